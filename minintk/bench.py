"""NumPy, plain and arcs, side by side in one run: what each costs on this machine.

run_cases            time every case, each in a process of its own
measure_case         time one case in this process
machine_limits       the rates of matrix products and of writing, for comparison
growth_exponents     how the time of each method grows in n and in m
table                the results as lines of text
draw                 the same on given Axes

The measure is the method "numpy": the few lines that a student would write on arrays, kept beside
the other methods in `bench_methods`. In a case the methods take turns, three or more. What else the
machine does then slows some turns, and seldom all turns of one method. A turn is one call, where
that takes more than 20 ms, else the best of five. The smallest time of all turns counts; the median
shows how steady it was. Times are by the clock, on one thread. The limit of a case is the time to
allocate and write as many doubles as its result has (a training: at every step). No method is
faster than that.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np

from .bench_methods import (
    ARCS,
    BLOCK,
    EIGHT,
    FLOW,
    GRID,
    INFINITE,
    JACOBIAN,
    KERNEL,
    LIMIT,
    NUMPY,
    PLAIN,
    SPECTRUM,
    TRAINING,
    methods,
)

__all__ = [
    "CASES",
    "QUICK_CASES",
    "Case",
    "Result",
    "draw",
    "growth_exponents",
    "machine_limits",
    "measure_case",
    "run_cases",
    "table",
]

# BLAS reads them once, when NumPy is loaded.
_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
FEWEST, MOST = 3, 15  # turns of each method
T = TypeVar("T")


class Case(NamedTuple):
    """What to time: at n samples, width m (0: no network) and so many steps of a training.

    Names with a width: "empirical NTK", "low-frequency block", "training", "training, 8 networks".
    Names without: "infinite-width NTK, scattered", "infinite-width NTK, grid", "spectrum on a
    grid", "gradient flow".

    >>> Case("training", 64, 256, 1000).steps
    1000
    """

    name: str
    n: int
    m: int = 0
    steps: int = 0


@dataclass(frozen=True)
class Result:
    """Times of one method in one case: seconds, MiB at the peak, ratios of smallest times.

    >>> Result("training", 64, 256, 1000, "numpy", 0.08, 0.09, 3, 1.0, 1.0, 5.0).seconds_a_step
    8e-05
    """

    name: str
    n: int
    m: int
    steps: int
    method: str
    seconds_min: float
    seconds_median: float
    turns: int
    peak_mib: float
    ratio_to_numpy: float
    ratio_to_limit: float

    @property
    def seconds_a_step(self) -> float:
        """The smallest time, of a training that of one step."""
        return self.seconds_min / (self.steps or 1)


_SMALL = (
    Case(KERNEL, 256, 256),
    Case(KERNEL, 256, 1024),
    Case(KERNEL, 1024, 1024),
    *(Case(TRAINING, 64, m, 1000) for m in (16, 64, 256, 512, 1024)),
    *(Case(EIGHT, 64, m, 500) for m in (16, 256)),
    Case(BLOCK, 1024, 1024),
    Case(INFINITE, 1024),
    Case(GRID, 1024),
    Case(SPECTRUM, 1024),
    Case(FLOW, 1024),
)
QUICK_CASES = (*_SMALL, Case(TRAINING, 1024, 1024, 50))
CASES = (
    *_SMALL,
    Case(TRAINING, 1024, 1024, 200),
    Case(KERNEL, 1024, 4096),
    Case(KERNEL, 1024, 16384),
    Case(KERNEL, 4096, 4096),
    Case(KERNEL, 4096, 65536),
    *(Case(EIGHT, 64, m, 500) for m in (64, 512, 1024)),
    Case(TRAINING, 1024, 4096, 50),
    Case(TRAINING, 1024, 16384, 20),
    Case(BLOCK, 1024, 4096),
    Case(BLOCK, 4096, 4096),
    Case(INFINITE, 4096),
    Case(GRID, 4096),
    Case(FLOW, 4096),
)


def run_cases(
    cases: Sequence[Case], seconds_per_case: float, on_case: Callable[[Case], None]
) -> Iterator[Result]:
    """Time every case in a fresh process of one thread, and yield the results of its methods.

    `on_case(case)` is called before each. Takes about so many seconds a case, more where three
    turns are longer. The processes import your script again: call this under
    `if __name__ == "__main__":`.
    """
    for case in cases:
        on_case(case)
        yield from _in_child(measure_case, case, seconds_per_case)


def _in_child(function: Callable[..., T], *arguments: object) -> T:
    """The result of a function in a new process, whose BLAS has one thread."""
    # no Pool: it would start a child that cannot start again and again
    with _one_thread(), ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Processes that start meanwhile use one thread; here nothing changes, NumPy is loaded."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def measure_case(case: Case, seconds: float) -> list[Result]:
    """Let the methods of a case take turns for about so many seconds, then trace their memory.

    Each has three turns at least, and 15 at most. Returns a result for each method. The threads
    are those of this process: `run_cases` starts one with a single thread.

    >>> [result.method for result in measure_case(Case("gradient flow", 8), 0.0)]
    ['numpy', 'plain', 'arcs', 'limit']
    """
    calls = methods(*case, np.random.default_rng(0))
    times: dict[str, list[float]] = {method: [] for method in calls}
    end = time.perf_counter() + seconds
    turns = 0
    while turns < FEWEST or (time.perf_counter() < end and turns < MOST):
        turns += 1
        for method, call in calls.items():
            times[method].append(_turn(call))
    smallest = {method: min(values) for method, values in times.items()}
    return [
        Result(
            *case,
            method,
            smallest[method],
            float(np.median(times[method])),
            turns,
            _peak_mib(calls[method]),
            smallest[NUMPY] / smallest[method],
            smallest[method] / smallest[LIMIT],
        )
        for method in calls
    ]


def _turn(call: Callable[[], object]) -> float:
    """Seconds of one call; a call of milliseconds may first find its way back into the cache."""
    best = math.inf
    for _ in range(5):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
        if best > 0.02:
            break
    return best


def _peak_mib(call: Callable[[], object]) -> float:
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def machine_limits() -> dict[str, float]:
    """What one thread can do at most here: "dgemm_gflops" and "write_gib_per_second"."""
    return _in_child(_limits)


def _limits() -> dict[str, float]:
    matrix = np.random.default_rng(0).standard_normal((1024, 1024))
    product = min(_turn(lambda: matrix @ matrix) for _ in range(5))
    write = min(_turn(partial(np.full, 2**24, 1.0)) for _ in range(5))
    return {"dgemm_gflops": 2 * 1024**3 / product / 1e9, "write_gib_per_second": 0.125 / write}


def growth_exponents(results: Sequence[Result]) -> dict[str, dict[str, float]]:
    """Exponents p of time ∝ n^p and m^p, for every name and method with two sizes or more.

    Each is fitted in one size at the most frequent value of the other, and named after both. The
    time of a training is that of one step.
    """
    found: dict[str, dict[str, float]] = {}
    for name, method in dict.fromkeys((r.name, r.method) for r in results):
        if method == LIMIT:
            continue
        some = (r for r in results if (r.name, r.method) == (name, method))
        rows = [(r.n, r.m, r.seconds_a_step) for r in some]
        for moving, fixed, letters in ((0, 1, "nm"), (1, 0, "mn")):
            value = max((row[fixed] for row in rows), key=[row[fixed] for row in rows].count)
            line = sorted({row[moving]: row[2] for row in rows if row[fixed] == value}.items())
            if len(line) > 1:
                sizes, times = np.log(np.array(line)).T
                slope = np.polyfit(sizes, times, 1)[0]
                where = f" at {letters[1]} = {value}" if value else ""
                found.setdefault(name, {})[f"{method}: {letters[0]}{where}"] = float(slope)
    return found


def table(results: Sequence[Result], limits: dict[str, float]) -> str:
    """The results as text, one line a method, then the growth exponents and the machine."""
    lines = [
        f"{'case':30}{'n':>6}{'m':>7}{'steps':>7} {'method':8}{'smallest':>11}{'median':>11}"
        f"{'turns':>6}{'peak':>10}{'numpy/this':>12}{'this/limit':>12}"
    ]
    for r in results:
        lines.append(
            f"{r.name:30}{r.n:6}{r.m or '':>7}{r.steps or '':>7} {r.method:8}"
            f"{1e3 * r.seconds_min:8.2f} ms{1e3 * r.seconds_median:8.2f} ms"
            f"{r.turns:6}{r.peak_mib:6.0f} MiB{r.ratio_to_numpy:12.2f}{r.ratio_to_limit:12.3g}"
        )
    lines.append("")
    for name, exponents in growth_exponents(results).items():
        shown = ", ".join(f"{key}: {value:.2f}" for key, value in exponents.items())
        lines.append(f"growth exponents of {name}: {shown}")
    lines.append(
        f"everything on one thread; this machine: {limits['dgemm_gflops']:.0f} Gflop/s in matrix "
        f"products, {limits['write_gib_per_second']:.1f} GiB/s in writing new memory"
    )
    return "\n".join(lines)


def draw(results: Sequence[Result], axes: Sequence[Any]) -> None:
    """Smallest times of the empirical NTK and of a training step, against n·m, on two Axes."""
    styles = {JACOBIAN: "C0^", PLAIN: "C1s", ARCS: "C2o", LIMIT: "C3_", NUMPY: "kx"}
    for axis, name in zip(axes, (KERNEL, TRAINING), strict=True):
        for method, style in styles.items():
            rows = [r for r in results if (r.name, r.method) == (name, method)]
            label = "limit: write the result" if method == LIMIT else method
            if rows:
                sizes, times = [r.n * r.m for r in rows], [r.seconds_a_step for r in rows]
                axis.plot(sizes, times, style, label=label)
        axis.set(
            xscale="log",
            yscale="log",
            xlabel="samples × neurons",
            ylabel="smallest time (s)",
            title=name if name == KERNEL else "one step of training",
        )
        axis.minorticks_off()
        axis.margins(x=0.1, y=0.35)
        axis.legend(loc="upper left")
