"""What does the matrix products: BLAS, its threads and its core type; the bits depend on them.

use_one_thread    BLAS on one thread, also in a process that somebody else started
arithmetic        the BLAS, its threads and its core type, "unknown" where the library does not tell
THREADS           the environment variables that set the threads before NumPy is loaded
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["THREADS", "arithmetic", "in_words", "use_one_thread"]

THREADS = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
UNKNOWN = "unknown"


def use_one_thread() -> None:
    """Set BLAS to one thread in this process, where the library can be told."""
    setter = _function("set_num_threads")
    if setter is not None:
        setter(1)


def arithmetic() -> dict[str, str]:
    """`blas` (name and version), `threads` and `core` of a unit of work in this process."""
    count, core = _function("get_num_threads"), _function("get_corename")
    threads = "1" if all(os.environ.get(name) == "1" for name in THREADS) else UNKNOWN
    if count is not None:
        threads = str(count())
    name = UNKNOWN
    if core is not None:
        core.restype = ctypes.c_char_p
        name = (core() or b"").decode("ascii", "replace") or UNKNOWN
    return {"blas": _blas(), "threads": threads, "core": name}


def in_words(one: dict[str, str]) -> str:
    """One line for a reader.

    >>> in_words({"blas": "scipy-openblas 0.3.31", "threads": "1", "core": "Haswell"})
    'scipy-openblas 0.3.31, threads: 1, core type: Haswell'
    """
    blas, threads, core = (str(one.get(key, UNKNOWN)) for key in ("blas", "threads", "core"))
    return f"{blas}, threads: {threads}, core type: {core}"


@functools.cache
def _blas() -> str:
    try:
        configuration: Any = np.show_config(mode="dicts")
        blas = configuration["Build Dependencies"]["blas"]
        return f"{blas['name']} {blas.get('version', '')}".strip()
    except (TypeError, KeyError):  # NumPy before 1.25 only prints it
        return UNKNOWN


def _function(name: str) -> Any:
    """A function of the OpenBLAS that NumPy has loaded, or None."""
    for library in _libraries():
        for start in ("scipy_openblas_", "openblas_"):
            for end in ("64_", "_64", ""):
                found = getattr(library, f"{start}{name}{end}", None)
                if found is not None:
                    return found
    return None


@functools.cache
def _libraries() -> tuple[ctypes.CDLL, ...]:
    found = []
    for path in _paths():
        try:
            found.append(ctypes.CDLL(str(path)))
        except OSError:  # not a library of this system
            continue
    return tuple(found)


def _paths() -> Iterator[Path]:
    """The libraries that the process has mapped, where the system lists them; else NumPy's own."""
    try:
        mapped = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
        names = {line.split(maxsplit=5)[-1] for line in mapped.splitlines() if "blas" in line}
        yield from (Path(name) for name in sorted(names) if Path(name).is_file())
    except OSError:
        package = Path(np.__file__).parent
        folders = (package.parent / "numpy.libs", package / ".dylibs", package / ".libs")
        ending = {"win32": "*.dll", "darwin": "*.dylib"}.get(sys.platform, "*.so*")
        for folder in folders:
            yield from sorted(path for path in folder.glob(ending) if "blas" in path.name)
