"""Run the claims into a folder: what `minintk reproduce` does."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import TextIO

from .._require import require_integer, require_path
from ..claims import CLAIMS
from .book import Book, Run
from .card import Link
from .files import FolderError, sweep
from .locks import exclusive, live_shards, presence
from .pool import on_pool, refuse_in_import
from .progress import Progress
from .results import Job, open_folder
from .runner import Done, Failed, Results, Task, on_executor, run_claims, tasks_of
from .sizes import jobs_of
from .units import Shelf, dealt

__all__ = ["MOST_WORKERS", "Run", "cores", "run", "run_shard"]

MOST_WORKERS = 8  # more child processes than this would need more than 1 GiB of memory


def run(
    folder: Path,
    names: Sequence[str] | None = None,
    *,
    size: str = "default",
    changes: Sequence[str] = (),
    seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    fresh: bool = False,
    stream: TextIO | None = None,
    links: Mapping[str, Link] | None = None,
) -> Run:
    """Run the named claims, keep what they measured, and write the page over all that is kept.

    `size` is "quick", "default" or "full"; `changes` such as "decay.width=512" change a claim's
    sizes. The units run on child processes, or on an `executor` of yours; those that a shard has
    left in the folder are merged. Child processes import your script again: it must be a file, and
    call `run` under `if __name__ == "__main__":`. A claim that an earlier run finished, with the
    same sizes, seed, code and arithmetic, is not run again unless `fresh`. Where only some claims
    are named, the entries of the others stay as they are. A run of all of them drops every entry
    that is not its own. The page says by `links` where else a claim can be seen.

    Raises FolderError where the folder cannot be used now, NotWrittenError where it is full. In a
    child process that imports a script without that line it raises RuntimeError.
    """
    folder, workers, seed = _checked(folder, workers, seed)
    jobs = _jobs(names, size, changes)
    called = "own" if any(job.size == "own" for job in jobs) else size
    open_folder(folder)
    with exclusive(folder):
        _refuse_live_shards(folder)
        sweep(folder)
        book = Book(folder, called, seed, sys.stderr if stream is None else stream, links)
        book.keep(jobs, fresh, here=executor is None)
        todo = [job for job in jobs if job.claim.name not in book.entries]
        return _run(book, todo, None if fresh else Shelf(folder, todo, seed), workers, executor)


def _run(
    book: Book,
    jobs: Sequence[Job],
    shelf: Shelf | None,
    workers: int | None,
    executor: Executor | None,
) -> Run:
    """Merge what shards left, run the rest, and save each claim as soon as it is complete."""
    merged = [] if shelf is None else _merged(book, jobs, shelf)
    known = {(task.job, task.place) for task, _ in merged}
    tasks = [task for task in tasks_of(jobs) if (task.job, task.place) not in known]
    count = workers or min(cores(), MOST_WORKERS)
    progress = Progress(tasks, count if executor is None else None, book.stream)

    saving: deque[tuple[str, Future[str]]] = deque()

    def say_saved(wait: bool = False) -> None:
        while saving and (wait or saving[0][1].done()):
            name, verdict = saving.popleft()
            progress.claim_done(name, verdict.result())

    def unit_done(task: Task, result: Done | Failed) -> None:
        if (task.job, task.place) not in known:
            progress.unit_done(task, result.seconds if isinstance(result, Done) else 0.0)
        say_saved()

    try:
        # Figures take time to draw: one thread saves claim after claim, this one counts units.
        with (
            ThreadPoolExecutor(1) as saver,
            contextlib.closing(_on(tasks, book.seed, count, executor)) as results,
        ):
            for result in run_claims(jobs, itertools.chain(merged, results), unit_done):
                saving.append((result.job.claim.name, saver.submit(book.save, result)))
            say_saved(wait=True)
    finally:
        progress.close()
        done = book.close()
    return done


def _on(tasks: Sequence[Task], seed: int, workers: int, executor: Executor | None) -> Results:
    if executor is not None:
        return on_executor(executor, tasks, seed)
    return on_pool(tasks, seed, workers)


def _merged(book: Book, jobs: Sequence[Job], shelf: Shelf) -> list[tuple[Task, Done | Failed]]:
    """The units that shards have left; a file that was changed is said, and its unit runs again."""
    found: list[tuple[Task, Done | Failed]] = []
    for task in tasks_of(jobs):
        try:
            done = shelf.read(task)
        except (OSError, ValueError) as error:
            book.say(f"{task.claim.name}: {error}; its unit runs again")
            continue
        if done is not None:
            found.append((task, done))
    if found:
        book.say(f"{len(found)} units from shards are merged")
    return found


def run_shard(
    folder: Path,
    names: Sequence[str] | None = None,
    *,
    shard: tuple[int, int],
    size: str = "default",
    changes: Sequence[str] = (),
    seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    stream: TextIO | None = None,
) -> list[str]:
    """Run one of several equal shares of the units into files under units/, and nothing else.

    `shard` is (1, 3) for the first of three; the other arguments are those of `run`.
    Shards may run at the same time, on any machines that share the folder; `run` then merges and
    judges. A unit whose file is there is not run again. Returns the tracebacks of units that
    crashed: `run` will run these again.
    """
    stream = sys.stderr if stream is None else stream
    folder, workers, seed = _checked(folder, workers, seed)
    jobs = _jobs(names, size, changes)
    if not isinstance(shard, tuple) or len(shard) != 2:
        raise TypeError(f"shard must be two numbers such as (1, 3), got {shard!r}")
    number, shares = (require_integer("each of shard", part) for part in shard)
    if number > shares:
        raise ValueError(f"shard must be one of {shares}, got {number}")
    open_folder(folder)
    with presence(folder, f"shard-{number}-of-{shares}"):
        shelf = Shelf(folder, jobs, seed)
        tasks = [
            task for task in dealt(tasks_of(jobs), number, shares) if not _is_there(shelf, task)
        ]
        count = workers or min(cores(), MOST_WORKERS)
        progress = Progress(tasks, count if executor is None else None, stream)
        failed = []
        try:
            with contextlib.closing(_on(tasks, seed, count, executor)) as results:
                for task, result in results:
                    if isinstance(result, Done):
                        shelf.write(task, result)
                        progress.unit_done(task, result.seconds)
                    else:
                        failed.append(f"# {task.claim.name}\n{result.traceback}")
        finally:
            progress.close()
    return failed


def _is_there(shelf: Shelf, task: Task) -> bool:
    try:
        return shelf.read(task) is not None
    except (OSError, ValueError):
        return False


def _refuse_live_shards(folder: Path) -> None:
    live = live_shards(folder)
    if live:
        raise FolderError(
            f"{', '.join(live)} still writes into {folder}: wait for its end, then run again"
        )


def _checked(folder: Path, workers: int | None, seed: int) -> tuple[Path, int | None, int]:
    refuse_in_import()
    most = None if workers is None else require_integer("workers", workers)
    return require_path("folder", folder), most, require_integer("seed", seed, least=0)


def _jobs(names: Sequence[str] | None, size: str, changes: Sequence[str]) -> list[Job]:
    for name, value in (("names", names), ("changes", changes)):
        if isinstance(value, str):
            raise TypeError(f"{name} must be a list of texts, got {value!r}")
    unknown = [name for name in names or () if name not in CLAIMS]
    if unknown:
        raise ValueError(f"names must be some of {', '.join(CLAIMS)}; got {unknown[0]!r}")
    chosen = [claim for name, claim in CLAIMS.items() if names is None or name in names]
    return jobs_of(chosen, size, changes)


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
