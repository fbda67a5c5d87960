"""The process in which a student's function runs: `python -I student_process.py RESULTS < job`.

It stands alone and never imports minintk. The job, a JSON object on standard input, has the file,
the function, its parameters' names, the calls and the limits; the results are JSON lines: what
loading the file gave, one line a call, and a last one. Whatever the student's code does, the lines
already written are kept.
"""

from __future__ import annotations

import base64
import importlib.abc
import importlib.machinery
import inspect
import json
import math
import os
import sys
import traceback
import types
from typing import Any

import numpy as np

FORBIDDEN = {
    *("minintk", "jax", "jaxlib", "flax", "haiku", "neural_tangents", "nngeometry", "autograd"),
    *("torch", "functorch", "tensorflow", "keras", "theano", "mxnet"),
}
MOST_CHARACTERS = 1_000_000
MOST_NUMBERS = 1_000_000

# Kept before the student's code runs, so that a changed numpy does not change the transport.
_asarray, _array, _frombuffer, _float64 = np.asarray, np.array, np.frombuffer, np.float64
_dumps, _b64encode, _b64decode = json.dumps, base64.b64encode, base64.b64decode


class TooMuchOutput(BaseException):
    """The student's code prints without end."""


class ForbiddenUse(BaseException):
    """The student's code calls a library that does the exercise's work."""


class Screen:
    """A standard output that counts and forgets."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.count = 0

    def write(self, text: str) -> int:
        self.count += len(text)
        if self.count > MOST_CHARACTERS:
            raise TooMuchOutput(f"more than {MOST_CHARACTERS} characters")
        return len(text)

    def flush(self) -> None:
        """Nothing to do."""

    def isatty(self) -> bool:
        return False


class State:
    """Whether a call is running, and which forbidden library was used in one."""

    calling = False
    used: set[str] = set()  # noqa: RUF012


class Placeholder:
    """Anything from a forbidden library: harmless while the file loads, an error when called."""

    def __init__(self, name: str = "?", *_: Any) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Placeholder(f"{self._name}.{name}")

    def __call__(self, *_: Any, **__: Any) -> Any:
        if State.calling:
            State.used.add(self._name)
            raise ForbiddenUse(self._name)
        return Placeholder(self._name)


class ForbiddenModule(types.ModuleType):
    """A forbidden library, empty but for placeholders."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Placeholder(f"{self.__name__}.{name}")


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
        return ForbiddenModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """There is nothing to run."""


def _fingerprint() -> dict[tuple[str, str], Any]:
    """Every function and constant of numpy, math and the builtins, to see if one was replaced."""
    import builtins

    modules = [np, np.linalg, np.random, np.fft, math, builtins]
    return {
        (module.__name__, name): value
        for module in modules
        for name, value in vars(module).items()
        if not name.startswith("__") and name != "_"
    }


def _replaced(before: dict[tuple[str, str], Any]) -> list[str]:
    """Names whose value is another object than before."""
    now = _fingerprint()
    return sorted(
        ".".join(name) for name, value in before.items() if now.get(name, None) is not value
    )[:3]


def _set_limits(seconds: float, memory: int) -> list[str]:
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


def _decode(value: Any) -> Any:
    """A fresh argument: an array from its bytes, or a plain number."""
    if isinstance(value, dict):
        flat = _frombuffer(_b64decode(value["bytes"]), dtype=_float64)
        return _array(flat.reshape(value["shape"]))
    return value


def _encode(value: Any) -> dict[str, Any]:
    """One output: its numbers as float64 bytes with dtype and shape, or why it has none."""
    if value is None:
        return {"problem": "no-result", "detail": ""}
    try:
        array = _asarray(value)
    except Exception as error:
        return {"problem": "not-an-array", "detail": f"an array of numbers: {error}"}
    if array.dtype.kind not in "biuf":
        kind = "complex numbers" if array.dtype.kind == "c" else type(value).__name__
        return {"problem": "not-an-array", "detail": f"an array of real numbers but {kind}"}
    if array.size > MOST_NUMBERS:
        return {"problem": "shape", "detail": f"{array.shape} is far too large"}
    data = _b64encode(array.astype(_float64).tobytes()).decode("ascii")
    return {"bytes": data, "shape": list(array.shape), "dtype": str(array.dtype)}


def _outputs_of(result: Any, count: int) -> list[dict[str, Any]]:
    """The outputs of a call, one or as many as the exercise has."""
    if count == 1 or result is None:
        return [_encode(result)]
    if not isinstance(result, (tuple, list)) or len(result) != count:
        kind = type(result).__name__
        size = f" of {len(result)}" if isinstance(result, (tuple, list)) else ""
        detail = f"{count} arrays but a {kind}{size}"
        return [{"problem": "not-an-array", "detail": detail}]
    return [_encode(entry) for entry in result]


def _load(path: str) -> types.ModuleType:
    """Run the student's file as a module of its own; what it prints is lost."""
    module = types.ModuleType("answer")
    module.__file__ = path
    sys.modules["answer"] = module
    sys.path.append(os.path.dirname(os.path.abspath(path)))
    with open(path, encoding="utf-8") as file:
        code = compile(file.read(), path, "exec")
    exec(code, module.__dict__)
    return module


def _explain(error: BaseException, path: str) -> dict[str, str]:
    """An exception as a problem: its kind, its message, and the line in the student's file."""
    kinds = {
        SystemExit: "exit",
        MemoryError: "memory-limit",
        TooMuchOutput: "too-much-output",
        ForbiddenUse: "forbidden-import",
        NotImplementedError: "not-written",
    }
    problem = next((name for kind, name in kinds.items() if isinstance(error, kind)), "raises")
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == path]
    line = f" (line {lines[-1]})" if lines else ""
    if isinstance(error, SyntaxError) and error.filename == path:
        line = f" (line {error.lineno})"
    text = str(error).splitlines()[0][:200] if str(error) else ""
    name = type(error).__name__
    detail = {
        "exit": f"sys.exit({text}){line}",
        "forbidden-import": text + line,
        "too-much-output": text + line,
        "memory-limit": (text or "MemoryError") + line,
    }.get(problem, f"{name}: {text}{line}")
    return {"problem": problem, "detail": detail}


def _call(function: Any, names: list[str], arguments: list[Any], path: str, count: int) -> Any:
    """One call: its outputs, or the problem; and which inputs it changed."""
    kept = [value.copy() if isinstance(value, np.ndarray) else value for value in arguments]
    State.calling = True
    try:
        result = function(**dict(zip(names, arguments))) if names else function(*arguments)  # noqa: B905
        outputs = _outputs_of(result, count)
    except BaseException as error:
        return _explain(error, path)
    finally:
        State.calling = False
    changed = [
        i
        for i, (before, after) in enumerate(zip(kept, arguments))  # noqa: B905
        if isinstance(before, np.ndarray) and before.tobytes() != after.tobytes()
    ]
    return {"outputs": outputs, "changed": changed}


def _keywords(function: Any, names: list[str]) -> list[str]:
    """The parameters' names where the student has them in another order, to call by name."""
    try:
        own = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []
    return names if own != names and sorted(own) == sorted(names) else []


def main() -> None:
    """Carry out the job; every line is written out at once."""
    job = json.loads(sys.stdin.read())
    results = open(sys.argv[1], "w", encoding="utf-8", buffering=1)  # noqa: SIM115
    path = job["file"]

    def tell(**line: Any) -> None:
        results.write(_dumps(line) + "\n")
        results.flush()

    screen: Any = Screen()
    for stream in ("stdout", "stderr", "__stdout__", "__stderr__"):
        setattr(sys, stream, screen)
    sys.argv = [path]
    before = _fingerprint()
    sys.meta_path.insert(0, ForbiddenFinder())
    tell(stage="start", unlimited=_set_limits(job["seconds"], job["memory"]))
    try:
        module = _load(path)
    except BaseException as error:
        tell(stage="load", **_explain(error, path))
        return
    function = getattr(module, job["function"], None)
    if not callable(function):
        tell(stage="load", problem="missing-function", detail=f"{job['function']} in the file")
        return
    tell(stage="load")
    names = _keywords(function, job["parameters"])
    for number, encoded in enumerate(job["calls"]):
        tell(stage="call", number=number)
        arguments = [_decode(value) for value in encoded]
        tell(
            stage="result", number=number, **_call(function, names, arguments, path, job["outputs"])
        )
    tell(stage="end", replaced=_replaced(before), used=sorted(State.used))


if __name__ == "__main__":
    main()
    os._exit(0)  # neither threads nor atexit functions of the student's keep the grader waiting
