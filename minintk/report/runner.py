"""Units of work over processes: same results whatever the order or the number of workers.

Every unit runs with BLAS on one thread, also with one worker, since the bits of a matrix product
depend on the number of threads. `run_claims` collects units into claims; the units run on child
processes here (`pool`), or on any `concurrent.futures.Executor`.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import time
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from dataclasses import replace
from typing import Any, NamedTuple

from ..claims.claim import (
    Claim,
    Measure,
    Outcome,
    Part,
    Sizes,
    Unit,
    judge_run,
    run_unit,
    units_of,
)
from .arithmetic import arithmetic, use_one_thread
from .results import Job, code_digest

__all__ = [
    "Crashed",
    "Done",
    "Failed",
    "Finished",
    "Task",
    "on_executor",
    "run_claims",
    "submit",
    "tasks_of",
    "traced",
]


_MANY = 6  # units of a measure, of which one may come before its turn


class Task(NamedTuple):
    """One unit of one of the jobs: the job's number, and the unit's place in its claim."""

    job: int
    place: int
    claim: Claim
    sizes: Sizes
    unit: Unit


class Done(NamedTuple):
    """What a unit measured, in how many seconds, by which arithmetic and which code."""

    part: Part
    seconds: float
    arithmetic: dict[str, str]
    code: str


class Failed(NamedTuple):
    """A unit that raised an error, with its traceback."""

    traceback: str


class Finished(NamedTuple):
    """A claim whose units are all done."""

    job: Job
    outcome: Outcome
    seconds: float
    arithmetic: list[dict[str, str]]


class Crashed(NamedTuple):
    """A claim that raised an error, with its traceback."""

    job: Job
    traceback: str


Results = Generator[tuple[Task, "Done | Failed"], None, None]


def tasks_of(jobs: Sequence[Job]) -> list[Task]:
    """All units of all jobs, claim after claim, in each the longest first: so the end is short.

    But first one of the middle of each measure with many: from it the time left is learned.
    """
    first, rest = [], []
    for number, job in enumerate(jobs):
        tasks = [
            Task(number, place, job.claim, job.sizes, unit)
            for place, unit in enumerate(units_of(job.claim, job.sizes))
        ]
        tasks.sort(key=lambda task: -task.unit.cost)
        for name in job.claim.measures:
            mine = [t for t in tasks if t.unit.measure == name and not t.unit.control]
            if len(mine) >= _MANY:
                first.append(mine[_middle(mine)])
                tasks.remove(first[-1])
        rest += tasks
    return first + rest


def _middle(tasks: Sequence[Task]) -> int:
    """Where half of the work is before, and half after."""
    work = list(itertools.accumulate(task.unit.cost for task in tasks))
    return bisect.bisect_left(work, work[-1] / 2)


def run_claims(
    jobs: Sequence[Job],
    results: Iterable[tuple[Task, Done | Failed]],
    on_unit: Callable[[Task, Done | Failed], None],
) -> Iterator[Finished | Crashed]:
    """Collect results of units, in any order, and yield each claim as soon as its last one is in.

    Each unit's result is given to `on_unit` first.
    """
    counts = [len(units_of(job.claim, job.sizes)) for job in jobs]
    found: list[dict[int, Done]] = [{} for _ in jobs]
    crashed: set[int] = set()
    for task, result in results:
        on_unit(task, result)
        if task.job in crashed:
            continue
        if isinstance(result, Failed):
            crashed.add(task.job)
            yield Crashed(jobs[task.job], result.traceback)
            continue
        found[task.job][task.place] = result
        if len(found[task.job]) == counts[task.job]:
            yield _finished(jobs[task.job], found[task.job])
            found[task.job] = {}


def _finished(job: Job, found: Mapping[int, Done]) -> Finished | Crashed:
    done = [found[place] for place in sorted(found)]
    units = units_of(job.claim, job.sizes)
    try:
        outcome = judge_run(job.claim, job.sizes, units, [one.part for one in done])
    except Exception:
        return Crashed(job, traceback.format_exc())
    kinds = {tuple(sorted(one.arithmetic.items())): one.arithmetic for one in done}
    seconds = sum(one.seconds for one in done)
    return Finished(job, outcome, seconds, [kinds[key] for key in sorted(kinds)])


def on_executor(executor: Executor, tasks: Sequence[Task], seed: int) -> Results:
    """Run units on any executor: a cluster's, MPI's, or threads."""
    futures = {submit(executor, task, seed): task for task in tasks}
    try:
        for future in as_completed(futures):
            yield futures[future], traced(future)
    finally:
        for future in futures:
            future.cancel()


def submit(executor: Executor, task: Task, seed: int) -> Future[Done]:
    """Hand one unit to an executor, with no more of its claim than it needs."""
    return executor.submit(_run, _portable(task.claim, task.unit), task.sizes, task.unit, seed)


def traced(future: Future[Done]) -> Done | Failed:
    """A future's result, or its traceback; a broken pool's error is raised."""
    try:
        done = future.result()
        if done.code == _code():
            return done
        return Failed("RuntimeError: a worker has another minintk than this process\n")
    except BrokenExecutor:
        raise
    except Exception:
        return Failed(traceback.format_exc())


def _portable(claim: Claim, unit: Unit) -> Claim:
    """The claim with the one measure that the unit needs: only that must be found over there."""
    nothing: Any = None
    empty = dict.fromkeys(("criterion", "default", "quick", "full", "find", "judge"), nothing)
    empty |= dict.fromkeys(("explain", "draw", "later", "control"), nothing)

    def alone(measures: Mapping[str, Measure]) -> dict[str, Measure]:
        return {unit.measure: replace(measures[unit.measure], cost=nothing)}

    if not unit.control or claim.control is None:
        return replace(claim, **{**empty, "measures": alone(claim.measures)})
    control = claim.control._replace(measures=alone(claim.control.measures))
    return replace(claim, **{**empty, "measures": {}, "control": control})


def _run(claim: Claim, sizes: Sizes, unit: Unit, seed: int) -> Done:
    """In the worker: BLAS on one thread even where somebody else started the process."""
    use_one_thread()
    start = time.perf_counter()
    part = run_unit(claim, sizes, unit, seed)
    return Done(part, time.perf_counter() - start, arithmetic(), _code())


_code = functools.cache(code_digest)
