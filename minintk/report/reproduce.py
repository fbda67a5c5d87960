"""Run the claims into a folder: what `minintk reproduce` does."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import NamedTuple, TextIO

from minintk import __version__

from ..claims import CLAIMS
from .arithmetic import arithmetic
from .figures import figure_bytes
from .files import NotWrittenError, write_whole
from .page import write_page
from .pool import on_pool
from .progress import Progress
from .results import (
    Entry,
    Job,
    array_bytes,
    entry_of,
    fingerprint,
    open_folder,
    save_entries,
    what_is_wrong,
)
from .runner import Crashed, Done, Failed, Finished, Task, on_executor, run_claims, tasks_of
from .sizes import jobs_of, size_in_words

__all__ = ["MOST_WORKERS", "Run", "cores", "run"]

MOST_WORKERS = 8  # more child processes than this would need more than 1 GiB of memory


class Run(NamedTuple):
    """What a run left behind: the entries of claims.json, the page, and the tracebacks if any."""

    entries: list[Entry]
    size: str
    crashed: list[str]
    undrawn: list[str]
    page: Path
    tracebacks: Path | None


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
) -> Run:
    """Run the named claims, keep what they measured, and write the page over all that is kept.

    `size` is "quick", "default" or "full"; `changes` such as "decay.width=512" change a claim's
    sizes. The units run on child processes, or on an `executor` of yours. A claim that an earlier
    run finished, with the same sizes, seed, code and arithmetic, is not run again unless `fresh`.
    Where only some claims are named, the entries of the others stay as they are; a run of all of
    them drops every entry that is not its own.
    """
    chosen = [claim for name, claim in CLAIMS.items() if names is None or name in names]
    jobs = jobs_of(chosen, size, changes)
    called = "own" if any(job.size == "own" for job in jobs) else size
    book = _Book(folder, called, seed, sys.stderr if stream is None else stream)
    book.keep(jobs, fresh, here=executor is None)
    todo = [job for job in jobs if job.claim.name not in book.entries]
    tasks = tasks_of(todo)
    count = workers or min(cores(), MOST_WORKERS)
    progress = Progress(tasks, count if executor is None else None, book.stream)
    on_them = (
        on_pool(tasks, seed, count) if executor is None else on_executor(executor, tasks, seed)
    )

    def count_unit(task: Task, result: Done | Failed) -> None:
        progress.unit_done(task, result.seconds if isinstance(result, Done) else 0.0)

    try:
        for result in run_claims(todo, on_them, count_unit):
            progress.claim_done(result.job.claim.name, book.save(result))
    finally:
        progress.close()
        done = book.close()
    return done


class _Book:
    """The entries of a folder, from its opening to the page."""

    def __init__(self, folder: Path, size: str, seed: int, stream: TextIO) -> None:
        self.folder, self.size, self.seed, self.stream = folder, size, seed, stream
        self.entries: dict[str, Entry] = {}
        self.tracebacks: dict[str, str] = {}
        self.crashed: list[str] = []
        self.undrawn: list[str] = []

    def keep(self, jobs: Sequence[Job], fresh: bool, here: bool) -> None:
        """Keep what an earlier run left, where it is the same, whole, and as it was written."""
        ours = {job.claim.name: job for job in jobs}
        earlier = {entry["name"]: entry for entry in open_folder(self.folder)}
        self._say(f"size: {size_in_words([], self.size)}")
        for name, entry in earlier.items():
            if name in CLAIMS and not (name in ours and fresh):
                self._keep_one(entry, ours.get(name), here)
        self.write()

    def _keep_one(self, entry: Entry, job: Job | None, here: bool) -> None:
        name = entry["name"]
        wrong = what_is_wrong(self.folder, entry)
        if wrong:
            self._say(f"{name}: {wrong}; it {'runs again' if job else 'is left out'}")
        elif job is None:
            if entry["version"] == __version__:
                self.entries[name] = entry
        elif entry["fingerprint"] == fingerprint(job.claim, job.sizes, self.seed):
            if here and entry["arithmetic"] != [{**arithmetic(), "threads": "1"}]:
                self._say(f"{name}: an earlier run had another arithmetic; it runs again")
            else:
                self.entries[name] = entry
                self._say(f"{name}: kept from an earlier run")

    def _say(self, line: str) -> None:
        self.stream.write(f"{line}\n")
        self.stream.flush()

    def in_order(self) -> list[Entry]:
        return [self.entries[name] for name in CLAIMS if name in self.entries]

    def write(self) -> None:
        save_entries(self.folder, self.in_order(), self.size, self.seed)

    def save(self, result: Finished | Crashed) -> str:
        """Keep a finished claim, its entry last; return its verdict."""
        name = result.job.claim.name
        if isinstance(result, Crashed):
            self.crashed.append(name)
            self.tracebacks[name] = result.traceback
            return "crashed"
        try:
            files = dict(self._files(result))
            for path, content in files.items():
                write_whole(self.folder / path, content)
            self.entries[name] = entry_of(
                result.job, self.seed, result.outcome, result.seconds, result.arithmetic, files
            )
            self.write()
        except NotWrittenError:
            self.entries.pop(name, None)
            raise
        except Exception:
            self.entries.pop(name, None)
            return self.save(Crashed(result.job, traceback.format_exc()))
        return str(self.entries[name]["verdict"])

    def _files(self, result: Finished) -> Iterator[tuple[str, bytes]]:
        """The arrays and the figure; a figure that cannot be drawn loses no numbers."""
        job, found = result.job, result.outcome.found
        yield f"data/{job.claim.name}.npz", array_bytes(found)
        try:
            yield from figure_bytes(job.claim, job.sizes, found).items()
        except Exception:
            self.undrawn.append(job.claim.name)
            self.tracebacks[f"{job.claim.name}: its figure"] = traceback.format_exc()

    def close(self) -> Run:
        """Write the tracebacks and the page."""
        path = self._save_tracebacks()
        page = write_page(self.folder, self.in_order(), self.crashed, self.size)
        return Run(self.in_order(), self.size, self.crashed, self.undrawn, page, path)

    def _save_tracebacks(self) -> Path | None:
        path = self.folder / "tracebacks.txt"
        if not self.tracebacks:
            path.unlink(missing_ok=True)
            return None
        text = "\n".join(f"# {name}\n{text}" for name, text in self.tracebacks.items())
        write_whole(path, text.encode())
        return path


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
