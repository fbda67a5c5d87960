"""The folder of results: claims.json, the arrays and the figures, and whether they are as we wrote.

claims.json has `version` (of minintk), `size` and `seed` (of the last run), `machine`, and
`claims`, a list in which each entry has

name, beyond_study                            which claim, and whether the study makes it
statement, formula, source, criterion         what is claimed, and what was asked of it beforehand
size, configuration, seed, version            what was run, and with which minintk
verdict, reason, findings, explanation        whether it holds, why, by which parts, in plain words
later                                         a criterion from after a first run, and its verdict
control                                       what must fail, and its verdict
measured                                      the figures, with 95 % intervals over seeds
seconds, arithmetic                           work of all processes together, and on which BLAS
fingerprint                                   of all that the result depends on: for reuse
files, digest                                 SHA-256 of the files and of the entry, as written

A finding has its `part`, whether it is `shown`, and the `more_seeds` that would decide it. What was
`judged` has part, of, shown, mean, low, high and interval, its kind. Asked is from least to most.
`size` is "quick", "default", "full", or "own" where a reader set a size. data/NAME.npz has the
arrays of each claim, figures/NAME.png and .svg its figure.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import minintk
from minintk import __version__

from ..claims.claim import Claim, Found, Outcome, Sizes, arrays, summary
from ..claims.statistics import Judged, Verdict
from .files import HALF, FolderError, digest, write_whole

__all__ = [
    "CLAIMS_FILE",
    "Entry",
    "Job",
    "array_bytes",
    "code_digest",
    "entry_of",
    "fingerprint",
    "machine",
    "open_folder",
    "save_entries",
    "verdict_in_words",
    "what_is_wrong",
]

CLAIMS_FILE = "claims.json"
PROBE = ".writable"  # written and removed at once, to see that a folder can be written
OURS = (CLAIMS_FILE, "units", ".lock", PROBE)  # a folder with only these may be used
Entry = Mapping[str, Any]


class Job(NamedTuple):
    """A claim with the sizes that it is run at, and what these are called."""

    claim: Claim
    sizes: Sizes
    size: str


def open_folder(folder: Path) -> list[Entry]:
    """The entries in a folder; reject one that holds something else or cannot be written."""
    try:
        names = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
        entries = _read_entries(folder) if CLAIMS_FILE in names else []
        others = [name for name in names if name not in OURS and not name.endswith(HALF)]
        if others and CLAIMS_FILE not in names:
            raise FolderError(
                f"--out must be absent, empty or hold our {CLAIMS_FILE}, got {folder} with "
                f"{others[0]!r} in it"
            )
        write_whole(folder / PROBE, b"")
        (folder / PROBE).unlink(missing_ok=True)
    except OSError as error:
        raise FolderError(
            f"--out must be a folder that can be written, got {folder}: {error.strerror}"
        ) from error
    return entries


def _read_entries(folder: Path) -> list[Entry]:
    try:
        content = json.loads((folder / CLAIMS_FILE).read_text(encoding="utf-8"))
        entries = content["claims"]
        if not {"version", "seed", "machine"} <= set(content) or not isinstance(entries, list):
            raise KeyError
        if not all(isinstance(entry, dict) for entry in entries):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FolderError(
            f"--out must be absent, empty or hold our {CLAIMS_FILE}, got {folder} with another "
            f"file of that name, or a damaged one"
        ) from error
    return [entry for entry in entries if isinstance(entry.get("name"), str)]


def save_entries(folder: Path, entries: Sequence[Entry], size: str, seed: int) -> None:
    """Write claims.json."""
    content = {
        "version": __version__,
        "size": size,
        "seed": seed,
        "machine": machine(),
        "claims": list(entries),
    }
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(folder / CLAIMS_FILE, text.encode())


def array_bytes(found: Found) -> bytes:
    """The arrays among the findings as the bytes of a .npz file."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays(found))  # type: ignore[arg-type]
    return buffer.getvalue()


def entry_of(
    job: Job,
    seed: int,
    outcome: Outcome,
    seconds: float,
    arithmetic: Sequence[Mapping[str, str]],
    files: Mapping[str, bytes],
) -> Entry:
    """One entry of claims.json, with the digests of its files and of itself."""
    claim, sizes = job.claim, job.sizes
    later = control = None
    if claim.later is not None and outcome.later is not None:
        later = {"criterion": claim.later[0], **verdict_in_words(outcome.later)}
    if claim.control is not None and outcome.control is not None:
        control = {"wrong": claim.control.wrong, **verdict_in_words(outcome.control)}
    entry = {
        "name": claim.name,
        "beyond_study": claim.beyond_study,
        "statement": claim.statement,
        "formula": claim.formula,
        "source": claim.source,
        "criterion": claim.criterion(sizes),
        "size": job.size,
        **verdict_in_words(outcome.verdict),
        "explanation": outcome.explanation,
        "later": later,
        "control": control,
        "measured": _finite(summary(outcome.found)),
        "configuration": _finite(dataclasses.asdict(sizes)),
        "seed": seed,
        "version": __version__,
        "seconds": round(seconds, 2),
        "arithmetic": [dict(one) for one in arithmetic],
        "fingerprint": fingerprint(claim, sizes, seed),
        "files": {name: digest(content) for name, content in files.items()},
    }
    return {**entry, "digest": _digest_of(entry)}


def verdict_in_words(verdict: Verdict) -> dict[str, Any]:
    """A verdict, its reason and its findings, as claims.json has them."""
    findings = [
        vars(finding) | {"judged": [_judged(one) for one in finding.judged]}
        for finding in verdict.findings
    ]
    return {"verdict": verdict.verdict, "reason": verdict.reason, "findings": _finite(findings)}


def _judged(one: Judged) -> dict[str, Any]:
    """What was judged, with its interval as `measured` has it."""
    mean, low, high, _, kind = one.interval
    return {**one._asdict(), "mean": mean, "low": low, "high": high, "interval": kind}


def _digest_of(entry: Mapping[str, Any]) -> str:
    """Of the entry as JSON, without its own digest; ASCII, so that any text can be written."""
    rest = {key: value for key, value in entry.items() if key != "digest"}
    return digest(json.dumps(rest, sort_keys=True).encode())


def what_is_wrong(folder: Path, entry: Entry) -> str:
    """Why an entry and its files are not what a run wrote; "" where they are."""
    try:
        if entry.get("digest") != _digest_of(entry):
            return f"its entry in {CLAIMS_FILE} was changed since it was written"
    except (TypeError, ValueError, RecursionError):
        return f"its entry in {CLAIMS_FILE} cannot be read"
    if not any(name.startswith("figures/") for name in entry["files"]):
        return "its figure was not drawn"
    for name, expected in entry["files"].items():
        try:
            if digest((folder / name).read_bytes()) != expected:
                return f"{name} was changed since it was written"
        except OSError:
            return f"{name} is missing"
    return ""


def fingerprint(claim: Claim, sizes: Sizes, seed: int) -> str:
    """A hash of all that a result depends on: an old result is reused only where it is the same."""
    parts = [claim.name, repr(sizes), str(seed), np.__version__, platform.machine(), code_digest()]
    return digest("\n".join(parts).encode())[:16]


def code_digest() -> str:
    """A hash of this version and all its code: an edited formula must not reuse old results."""
    found = hashlib.sha256(__version__.encode())
    folder = Path(minintk.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        found.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return found.hexdigest()[:16]


def machine() -> dict[str, Any]:
    """What the results were computed on."""
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def _finite(value: Any) -> Any:
    """JSON has no inf and no nan: they become text."""
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    if isinstance(value, np.generic):
        return _finite(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value
