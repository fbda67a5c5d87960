"""Files that are whole or not there: written beside their place, synced to disk, then renamed.

write_whole          one file, or a `NotWrittenError` that says which and why
sweep                remove what a killed run has left half written
digest               the SHA-256 of some bytes
read_arrays          the arrays of a .npz file
FolderError          the folder cannot be used for results
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from .._require import Array

__all__ = ["FolderError", "NotWrittenError", "digest", "read_arrays", "sweep", "write_whole"]

HALF = ".half"  # how the names of files end that are not whole yet, which begin with a dot


class FolderError(ValueError):
    """The folder cannot be used for results."""


class NotWrittenError(OSError):
    """A file of results could not be written: the disk is full, or the folder is gone."""


def digest(content: bytes) -> str:
    """The SHA-256 of some bytes, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def read_arrays(path: Path) -> dict[str, Array]:
    """The arrays of a .npz file by name; raises OSError or ValueError where it cannot be read."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as data:
            return {name: data[name] for name in data.files}
    except (zipfile.BadZipFile, EOFError, AttributeError) as error:  # the last: it is a .npy file
        raise ValueError(f"{path.name} has no arrays") from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a temporary name beside it, then rename: never half a file.

    The bytes are on the disk before the name is, so that a power cut leaves the old file or the new
    one. Raises NotWrittenError where the system cannot write; then the old file is as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(path, content)
    except OSError as error:
        raise NotWrittenError(error.errno, error.strerror, str(path)) from error


def _write_whole(path: Path, content: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=HALF)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        Path(temporary).chmod(0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove the half files of a killed run from a folder that no other run writes into."""
    for part in (folder, folder / "data", folder / "figures"):
        for path in part.glob(f".*{HALF}"):
            path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Put the new name on the disk too; not every system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
