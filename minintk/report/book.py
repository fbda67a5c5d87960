"""The entries of a folder of results, from its opening to the page."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

from minintk import __version__

from ..claims import CLAIMS
from .arithmetic import arithmetic
from .card import Link
from .figures import figure_bytes
from .files import FolderError, NotWrittenError, write_whole
from .page import write_page
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
from .rules import broken_limit
from .runner import Crashed, Finished
from .sizes import size_in_words

__all__ = ["Book", "Run"]


class Run(NamedTuple):
    """What a run left behind: the entries of claims.json, the page, and the tracebacks if any.

    `crashed` has the last line of the traceback of each claim that crashed. `rejected` has a
    sentence on each claim with a learning rate of the reader's that the run showed to be too large.
    """

    entries: list[Entry]
    size: str
    crashed: dict[str, str]
    undrawn: list[str]
    page: Path
    tracebacks: Path | None
    rejected: dict[str, str]


class Book:
    """The entries of a folder, from its opening to the page."""

    def __init__(
        self,
        folder: Path,
        size: str,
        seed: int,
        stream: TextIO,
        links: Mapping[str, Link] | None = None,
    ) -> None:
        self.folder, self.size, self.seed, self.stream = folder, size, seed, stream
        self.links = links
        self.entries: dict[str, Entry] = {}
        self.tracebacks: dict[str, str] = {}
        self.crashed: dict[str, str] = {}
        self.rejected: dict[str, str] = {}
        self.undrawn: list[str] = []
        self._decided: set[str] = set()  # names about which this run alone decides

    def keep(self, jobs: Sequence[Job], fresh: bool, here: bool) -> None:
        """Keep what an earlier run left, where it is the same, whole, and as it was written."""
        ours = {job.claim.name: job for job in jobs}
        earlier = {entry["name"]: entry for entry in open_folder(self.folder)}
        self._decided = {*ours, *earlier} if len(ours) < len(CLAIMS) else set(CLAIMS)
        self.say(f"size: {size_in_words([], self.size)}")
        for name, entry in earlier.items():
            if name in CLAIMS and not (name in ours and fresh):
                self._keep_one(entry, ours.get(name), here)
        others = [entry["seed"] for entry in self.entries.values() if entry["seed"] != self.seed]
        if others:
            seeds = ", ".join(map(str, sorted(set(others))))
            self.say(f"of other claims in this folder {len(others)} are of seed {seeds}")
        self.write()

    def _keep_one(self, entry: Entry, job: Job | None, here: bool) -> None:
        name = entry["name"]
        wrong = what_is_wrong(self.folder, entry)
        if wrong:
            self.say(f"{name}: {wrong}; it {'runs again' if job else 'is left out'}")
        elif job is None:
            if entry["version"] == __version__:
                self.entries[name] = entry
        elif entry["fingerprint"] == fingerprint(job.claim, job.sizes, self.seed):
            if here and entry["arithmetic"] != [{**arithmetic(), "threads": "1"}]:
                self.say(f"{name}: an earlier run had another arithmetic; it runs again")
            else:
                self.entries[name] = entry
                self.say(f"{name}: kept from an earlier run")
        elif entry["seed"] != self.seed:
            self.say(f"{name}: replaces the result of seed {entry['seed']}")

    def say(self, line: str) -> None:
        """A line on stderr, or wherever the progress goes."""
        self.stream.write(f"{line}\n")
        self.stream.flush()

    def in_order(self) -> list[Entry]:
        """The entries in the order of the argument."""
        return [self.entries[name] for name in CLAIMS if name in self.entries]

    def write(self) -> None:
        """Write claims.json, with what another run has put there meanwhile about other claims.

        The lock of the folder excludes that; but not every file system has locks.
        """
        with contextlib.suppress(FolderError):
            for entry in open_folder(self.folder):
                name = entry["name"]
                if name in CLAIMS and name not in {*self._decided, *self.entries}:
                    self._keep_one(entry, None, here=False)
        save_entries(self.folder, self.in_order(), self.size, self.seed)

    def save(self, result: Finished | Crashed) -> str:
        """Keep a finished claim, its entry last; return its verdict."""
        name = result.job.claim.name
        if isinstance(result, Crashed):
            self.crashed[name] = result.traceback.strip().splitlines()[-1]
            too_large = broken_limit(result.job.claim, result.job.sizes, self.crashed[name])
            if too_large and result.job.size == "own":
                del self.crashed[name]
                self.rejected[name] = too_large
                return "not run"
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
        page = write_page(self.folder, self.in_order(), self.crashed, self.size, self.links)
        return Run(
            self.in_order(), self.size, self.crashed, self.undrawn, page, path, self.rejected
        )

    def _save_tracebacks(self) -> Path | None:
        path = self.folder / "tracebacks.txt"
        if not self.tracebacks:
            path.unlink(missing_ok=True)
            return None
        text = "\n".join(f"# {name}\n{text}" for name, text in self.tracebacks.items())
        write_whole(path, text.encode())
        return path
