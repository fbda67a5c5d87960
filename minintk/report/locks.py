"""Who writes into a folder: one run at a time, and shards that show that they are alive.

exclusive      a lock for whatever writes claims.json, figures or the page; freed by the system
presence       a shard's sign of life under units/, renewed while it runs, on any machine
live_shards    the shards whose sign of life is fresh
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import platform
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .files import FolderError, write_whole

__all__ = ["exclusive", "live_shards", "presence"]

BEAT, STALE = 10.0, 60.0  # seconds between signs of life, and after which none is believed
# File systems without locks: there only care helps.
_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL)


@contextlib.contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; raise FolderError where another run has it."""
    path = folder / ".lock"
    descriptor = _locked(path)
    try:
        with contextlib.suppress(OSError):  # a full disk: only the name of the holder is lost
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"process {os.getpid()} on {platform.node()}\n".encode())
        yield
    finally:
        with contextlib.suppress(OSError):  # Windows keeps a file that is open
            path.unlink()
        os.close(descriptor)


def _locked(path: Path) -> int:
    """An open and locked file that still has its name: an earlier holder may just take it away."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        if not _lock(descriptor):
            holder = os.read(descriptor, 200).decode("utf-8", "replace").strip()
            os.close(descriptor)
            raise FolderError(
                f"another run writes into {path.parent} at the moment ({holder or 'unknown'}): "
                "wait for its end, or choose another --out"
            )
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                return descriptor
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        if os.name == "nt":
            msvcrt: Any = __import__("msvcrt")
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in _NO_LOCKS
    return True


@contextlib.contextmanager
def presence(folder: Path, name: str) -> Iterator[None]:
    """Show that a shard runs, until the end of the block; a killed one is no longer believed."""
    path = folder / "units" / f"{name}.alive"
    write_whole(path, json.dumps({"pid": os.getpid(), "host": platform.node()}).encode())
    end = threading.Event()

    def beat() -> None:
        while not end.wait(BEAT):
            with contextlib.suppress(OSError):
                os.utime(path)

    threading.Thread(target=beat, daemon=True).start()
    try:
        yield
    finally:
        end.set()
        with contextlib.suppress(OSError):
            path.unlink()


def live_shards(folder: Path) -> list[str]:
    """The names of the shards that run now, on whatever machine; signs of dead ones are removed."""
    paths = sorted((folder / "units").glob("*.alive"))
    if not paths:
        return []
    now = _clock_of(folder / "units")
    live = []
    for path in paths:
        try:
            if now - path.stat().st_mtime < STALE and not _known_dead(path):
                live.append(path.stem)
            else:
                path.unlink()
        except OSError:  # it has just ended
            continue
    return live


def _clock_of(folder: Path) -> float:
    """The time by the clock that dates the folder's files, which may be another machine's."""
    path = folder / f".clock.{os.getpid()}"
    path.touch()
    now = path.stat().st_mtime
    path.unlink()
    return now


def _known_dead(path: Path) -> bool:
    """Whether the shard's process was on this machine and is not there."""
    try:
        sign = json.loads(path.read_text(encoding="utf-8"))
        if sign["host"] != platform.node() or os.name == "nt":
            return False
        os.kill(int(sign["pid"]), 0)
    except ProcessLookupError:
        return True
    except (ValueError, KeyError, TypeError, PermissionError):
        return False
    return False
