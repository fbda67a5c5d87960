"""The folder of results, in which every file is whole: written beside its place, then renamed.

claims.json has `version` (of minintk), `seed` (of the last run), `machine`, and `claims`, a list in
which each entry has

name, beyond_study                            which claim, and whether the study makes it
statement, formula, source, criterion         what is claimed, and what was asked of it beforehand
verdict, reason                               "holds", "holds in part" or "fails", and why
measured                                      the figures, with 95 % Student intervals over seeds
configuration, seed, version                  what was run, and with which minintk
seconds                                       work of all child processes together
fingerprint                                   of all that the result depends on: for reuse

data/NAME.npz has the arrays of each claim, figures/NAME.png and .svg its figure.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import platform
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import minintk
from minintk import __version__

from ..claims.claim import Claim, Verdict, arrays, summary

CLAIMS_FILE = "claims.json"
ENTRY_KEYS = (
    "name",
    "beyond_study",
    "statement",
    "formula",
    "source",
    "criterion",
    "verdict",
    "reason",
    "measured",
    "configuration",
    "seed",
    "version",
    "seconds",
    "fingerprint",
)


class FolderError(ValueError):
    """The folder cannot be used for results."""


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a temporary name beside it, then rename: never half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def open_folder(folder: Path) -> list[dict[str, Any]]:
    """The entries in a folder; refuse one that holds something else or cannot be written."""
    try:
        names = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
        entries = _read_entries(folder) if CLAIMS_FILE in names else []
        if names and CLAIMS_FILE not in names:
            raise FolderError(
                f"--out must be absent, empty or hold our {CLAIMS_FILE}, got {folder} with "
                f"{names[0]!r} in it"
            )
        write_whole(folder / ".writable", b"")
        (folder / ".writable").unlink()
    except OSError as error:
        raise FolderError(
            f"--out must be a folder that can be written, got {folder}: {error.strerror}"
        ) from error
    return entries


def _read_entries(folder: Path) -> list[dict[str, Any]]:
    try:
        content = json.loads((folder / CLAIMS_FILE).read_text(encoding="utf-8"))
        entries = content["claims"]
        if not {"version", "seed", "machine"} <= set(content) or not isinstance(entries, list):
            raise KeyError
        return [entry for entry in entries if set(ENTRY_KEYS) <= set(entry)]
    except (ValueError, KeyError, TypeError) as error:
        raise FolderError(
            f"--out must be absent, empty or hold our {CLAIMS_FILE}, got {folder} with another "
            f"file of that name"
        ) from error


def save_entries(folder: Path, entries: list[dict[str, Any]], seed: int) -> None:
    """Write claims.json."""
    content = {
        "version": __version__,
        "seed": seed,
        "machine": machine(),
        "claims": entries,
    }
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(folder / CLAIMS_FILE, text.encode())


def save_arrays(folder: Path, claim: Claim, record: Any) -> None:
    """Write the arrays of a claim's record."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays(record))  # type: ignore[arg-type]
    write_whole(folder / "data" / f"{claim.name}.npz", buffer.getvalue())


def entry_of(
    claim: Claim, configuration: Any, seed: int, record: Any, verdict: Verdict, seconds: float
) -> dict[str, Any]:
    """One entry of claims.json."""
    return {
        "name": claim.name,
        "beyond_study": claim.beyond_study,
        "statement": claim.statement,
        "formula": claim.formula,
        "source": claim.source,
        "criterion": claim.criterion,
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "measured": _finite(summary(record)),
        "configuration": _finite(dataclasses.asdict(configuration)),
        "seed": seed,
        "version": __version__,
        "seconds": round(seconds, 2),
        "fingerprint": fingerprint(claim, configuration, seed),
    }


def is_complete(folder: Path, entry: Mapping[str, Any]) -> bool:
    """Whether the files that belong to an entry are all there."""
    name = entry["name"]
    files = (f"data/{name}.npz", f"figures/{name}.png", f"figures/{name}.svg")
    return all((folder / file).is_file() for file in files)


def fingerprint(claim: Claim, configuration: Any, seed: int) -> str:
    """A hash of all that a result depends on: an old result is reused only where it is the same."""
    parts = [
        claim.name,
        repr(configuration),
        str(seed),
        __version__,
        np.__version__,
        platform.machine(),
    ]
    digest = hashlib.sha256("\n".join(parts).encode())
    folder = Path(minintk.__file__).parent
    for path in sorted(folder.rglob("*.py")):  # an edited formula must not reuse old results
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


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
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
