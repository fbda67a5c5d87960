"""What guards the process of a student's functions: limits, forbidden libraries, what is left over.

Like `child`, which uses it, it stands alone and never imports minintk.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib.abc
import importlib.machinery
import io
import math
import os
import signal
import sys
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

FORBIDDEN = {
    *("minintk", "jax", "jaxlib", "flax", "haiku", "neural_tangents", "nngeometry", "autograd"),
    *("torch", "functorch", "tensorflow", "keras", "theano", "mxnet", "minintk_right"),
}
MOST_CHARACTERS = 1_000_000


class TooMuchOutput(BaseException):
    """The student's code prints too much."""


class TimeLimit(BaseException):
    """Loading the student's file takes too long."""


class ForbiddenUse(BaseException):
    """The student's code calls a library that may do the exercise's work."""


class Screen(io.TextIOBase):
    """A standard output that counts and forgets."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.count = 0

    def write(self, text: str) -> int:
        self.count += len(text)
        if self.count > MOST_CHARACTERS:
            raise TooMuchOutput(f"more than {MOST_CHARACTERS} characters")
        return len(text)


class State:
    """Whether a call is running, and which forbidden library was used in one."""

    calling = False
    used: set[str] = set()  # noqa: RUF012


class Placeholder(types.ModuleType):
    """A forbidden library, or a name of it: harmless while the file loads, an error when called."""

    def __init__(self, name: str = "?", *_: Any) -> None:
        super().__init__(name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Placeholder(f"{self.__name__}.{name}")

    def __call__(self, *_: Any, **__: Any) -> Any:
        if State.calling:
            State.used.add(self.__name__)
            raise ForbiddenUse(self.__name__)
        return Placeholder(self.__name__)


class ForbiddenFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands first among the finders and answers for the forbidden libraries."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name.split(".")[0] not in FORBIDDEN:
            return None
        if State.calling:
            State.used.add(name)
            raise ForbiddenUse(name)
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: Any) -> types.ModuleType:
        return Placeholder(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """There is nothing to run."""


def fingerprint() -> list[tuple[types.ModuleType, str, Any]]:
    """Every function and constant of numpy, math and the builtins, to see if one was replaced."""
    return [
        (module, name, value)
        for module in (np, np.linalg, np.random, np.fft, math, builtins)
        for name, value in vars(module).items()
        if not name.startswith("__") and name != "_"
    ]


def replaced(before: list[tuple[types.ModuleType, str, Any]]) -> list[str]:
    """Names whose value is another object than before."""
    changed = ((m, name) for m, name, value in before if vars(m).get(name) is not value)
    return sorted(f"{module.__name__}.{name}" for module, name in changed)[:3]


def set_limits(seconds: float, memory: int) -> list[str]:
    """Limit processor time and memory where the system can; return what it could not limit."""
    missing = []
    try:
        import resource
    except ImportError:
        return ["memory", "processor time"]
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = math.ceil(used.ru_utime + used.ru_stime + seconds)
    for what, name, value in (
        ("memory", "RLIMIT_AS", memory),
        ("processor time", "RLIMIT_CPU", spent),
        ("size of files", "RLIMIT_FSIZE", 2**26),
        ("core dumps", "RLIMIT_CORE", 0),
    ):
        try:
            resource.setrlimit(getattr(resource, name), (value, value + (what != "memory")))
        except (AttributeError, ValueError, OSError):
            missing.append(what)
    return missing


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeLimit after so much processor time, where the system can."""

    def stop(*_: Any) -> None:
        raise TimeLimit(f"{seconds:.2g} s of processor time")

    if not hasattr(signal, "SIGPROF"):
        yield
        return
    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def follow_the_parent(keep_orphans: bool = False) -> None:
    """On Linux: end with the parent; with `keep_orphans`, inherit what a child leaves running."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        prctl = ctypes.CDLL(None, use_errno=True).prctl
        prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
        if keep_orphans:
            prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def end_what_is_left(group: int) -> None:
    """End the process group of a function, and every process that it left to this one."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    for _ in range(20):
        left = _children()
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        if not left:
            return


def _children() -> list[int]:
    """The processes whose parent is this one; none where there is no /proc."""
    found, own = [], os.getpid()
    for name in filter(str.isdigit, os.listdir("/proc") if os.path.isdir("/proc") else []):
        with contextlib.suppress(OSError, IndexError):
            with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as file:
                parent = file.read().rpartition(")")[2].split()[1]
            if int(parent) == own:
                found.append(int(name))
    return found
