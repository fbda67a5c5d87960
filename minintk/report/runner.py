"""Units of work over child processes: same results whatever the order or the number of workers.

Every unit runs in a child process with BLAS on one thread, also with one worker, since the bits of
a matrix product depend on the number of threads.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from typing import Any, NamedTuple

import numpy as np

from ..claims.claim import Claim, Part, Unit, Verdict, unit_generator

_THREADS = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


class Finished(NamedTuple):
    """A claim whose units are all done."""

    claim: Claim
    configuration: Any
    record: Any
    verdict: Verdict
    seconds: float


class Crashed(NamedTuple):
    """A claim that raised an error, with its traceback."""

    claim: Claim
    traceback: str


def run_claims(
    jobs: Sequence[tuple[Claim, Any]],
    seed: int,
    workers: int,
    on_unit: Callable[[Claim, Unit], None],
) -> Iterator[Finished | Crashed]:
    """Run claims with their configurations, and yield each as soon as its last unit is done."""
    context = multiprocessing.get_context("spawn")
    with _one_blas_thread():
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_ignore_interrupts)
        try:
            yield from _collected(pool, jobs, seed, on_unit)
        finally:
            # also on Ctrl-C: the units that still run are worth nothing now
            pool.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.terminate()
                child.join()


def _collected(
    pool: ProcessPoolExecutor,
    jobs: Sequence[tuple[Claim, Any]],
    seed: int,
    on_unit: Callable[[Claim, Unit], None],
) -> Iterator[Finished | Crashed]:
    places: dict[Future[tuple[Part, float]], tuple[int, int, Unit]] = {}
    parts: list[dict[int, tuple[Part, float]]] = [{} for _ in jobs]
    counts = []
    with _interrupts_held():
        for number, (claim, configuration) in enumerate(jobs):
            units = claim.units(configuration)
            counts.append(len(units))
            for place, unit in enumerate(units):
                future = pool.submit(
                    _run_unit, claim.measure_unit, configuration, unit, claim.name, seed
                )
                places[future] = (number, place, unit)
    crashed: set[int] = set()
    for future in as_completed(places):
        number, place, unit = places[future]
        claim, configuration = jobs[number]
        on_unit(claim, unit)
        if number in crashed:
            continue
        try:
            parts[number][place] = future.result()
            if len(parts[number]) == counts[number]:
                yield _finished(claim, configuration, parts[number])
                parts[number] = {}
        except Exception:
            crashed.add(number)
            yield Crashed(claim, traceback.format_exc())


def _finished(claim: Claim, configuration: Any, parts: dict[int, tuple[Part, float]]) -> Finished:
    in_order = [parts[place] for place in sorted(parts)]
    record = claim.collect(configuration, [part for part, _ in in_order])
    seconds = sum(seconds for _, seconds in in_order)
    return Finished(claim, configuration, record, claim.judge(record), seconds)


def _run_unit(
    measure_unit: Callable[[Any, Unit, np.random.Generator], Part],
    configuration: Any,
    unit: Unit,
    name: str,
    seed: int,
) -> tuple[Part, float]:
    start = time.perf_counter()
    part = measure_unit(configuration, unit, unit_generator(seed, name, unit))
    return part, time.perf_counter() - start


def _ignore_interrupts() -> None:
    """Ctrl-C reaches every process of the terminal; only the parent answers it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back while children start, who inherit that; the parent gets it afterwards.

    The mask alone is not enough: a thread of BLAS may take the signal, and Python would then raise
    in the middle of a child's start. So it is noted too, and raised at the end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # no signal handler can be set here, and none is called here
        return
    noted: list[int] = []
    mask: Any = getattr(signal, "pthread_sigmask", lambda *_: set())  # not on Windows
    handler = signal.signal(signal.SIGINT, lambda number, _: noted.append(number))
    before = mask(getattr(signal, "SIG_BLOCK", 0), {signal.SIGINT})
    try:
        yield
    finally:
        mask(getattr(signal, "SIG_SETMASK", 2), before)
        signal.signal(signal.SIGINT, handler)
    if noted:
        raise KeyboardInterrupt


@contextlib.contextmanager
def _one_blas_thread() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
