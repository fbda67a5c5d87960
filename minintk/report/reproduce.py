"""Run the claims into a folder: what `minintk reproduce` does."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from minintk import __version__

from ..claims import CLAIMS
from ..claims.claim import Claim
from .figures import save_figure
from .page import write_page
from .progress import Progress
from .results import (
    entry_of,
    fingerprint,
    is_complete,
    open_folder,
    save_arrays,
    save_entries,
    write_whole,
)
from .runner import Crashed, Finished, run_claims

Entries = dict[str, dict[str, Any]]


class Outcome(NamedTuple):
    """What a run left behind: the entries of claims.json, the page, and the tracebacks if any."""

    entries: list[dict[str, Any]]
    crashed: list[str]
    page: Path
    tracebacks: Path | None


def reproduce(
    folder: Path,
    names: Sequence[str],
    *,
    size: str,
    seed: int,
    workers: int,
    fresh: bool,
    stream: TextIO,
) -> Outcome:
    """Run the named claims, keep what they measured, and write the page over all that is kept.

    `size` is "quick", "default" or "full". A claim that an earlier run finished, with the same
    configuration, seed and code, is not run again unless `fresh`. Where only some claims are named,
    the entries of the others stay as they are; a run of all of them drops every entry that is not
    its own.
    """
    jobs = [(CLAIMS[name], getattr(CLAIMS[name], size)) for name in names]
    entries = _kept(open_folder(folder), folder, jobs, seed, fresh)
    save_entries(folder, _in_order(entries), seed)
    todo = [job for job in jobs if job[0].name not in entries]
    progress = Progress(todo, workers, stream)
    for claim, _ in jobs:
        if claim.name in entries:
            progress.note(f"{claim.name}: kept from an earlier run")
    tracebacks: dict[str, str] = {}
    try:
        for result in run_claims(todo, seed, workers, progress.unit_done):
            name = result.claim.name
            error = (
                result.traceback
                if isinstance(result, Crashed)
                else _save(folder, result, entries, seed)
            )
            if error:
                tracebacks[name] = error
            progress.claim_done(name, "crashed" if error else entries[name]["verdict"])
    finally:
        progress.close()
        path = _save_tracebacks(folder, tracebacks)
        page = write_page(folder, _in_order(entries), list(tracebacks))
    return Outcome(_in_order(entries), list(tracebacks), page, path)


def _kept(
    earlier: list[dict[str, Any]],
    folder: Path,
    jobs: Sequence[tuple[Claim, Any]],
    seed: int,
    fresh: bool,
) -> Entries:
    """Entries of an earlier run that stay: other claims' in a partial run, and our own if equal."""
    ours = {claim.name: fingerprint(claim, configuration, seed) for claim, configuration in jobs}
    kept = {}
    for entry in earlier:
        name = entry["name"]
        same = not fresh and entry["fingerprint"] == ours.get(name)
        other = name in CLAIMS and name not in ours and entry["version"] == __version__
        if (same or other) and is_complete(folder, entry):
            kept[name] = entry
    return kept


def _in_order(entries: Entries) -> list[dict[str, Any]]:
    return [entries[name] for name in CLAIMS if name in entries]


def _save(folder: Path, result: Finished, entries: Entries, seed: int) -> str:
    """Keep a finished claim, its entry last; return the traceback if that fails."""
    claim = result.claim
    try:
        save_arrays(folder, claim, result.record)
        save_figure(folder, claim, result.record)
        entries[claim.name] = entry_of(
            claim, result.configuration, seed, result.record, result.verdict, result.seconds
        )
        save_entries(folder, _in_order(entries), seed)
    except Exception:
        entries.pop(claim.name, None)
        return traceback.format_exc()
    return ""


def _save_tracebacks(folder: Path, tracebacks: dict[str, str]) -> Path | None:
    path = folder / "tracebacks.txt"
    if not tracebacks:
        path.unlink(missing_ok=True)
        return None
    text = "\n".join(f"# {name}\n{text}" for name, text in tracebacks.items())
    write_whole(path, text.encode())
    return path
