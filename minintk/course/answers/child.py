"""The process in which a student's functions run: `python -I child.py NUMPY_FOLDER < job`.

It stands alone and never imports minintk by its name. The job is a JSON object on standard input.
It has the file, the limits, and for each function its parameters' names and the calls. The results
are JSON lines on standard output. Every function runs in a fork of its own where the system has
forks. Whatever a student's code does ends with it, and what it left running is killed.
"""

from __future__ import annotations

import ast
import base64
import codeop
import importlib
import inspect
import json
import os
import signal
import sys
import tempfile
import time
import traceback
import types
from typing import Any, NamedTuple

if len(sys.argv) > 1 and __name__ == "__main__":
    sys.path.append(sys.argv[1])  # isolated, a user's own site with NumPy in it would be lost

import numpy as np

# the folder as a package of its own: minintk itself is never imported
_FOLDER = types.ModuleType("minintk_answers")
_FOLDER.__path__ = [os.path.dirname(os.path.abspath(__file__))]
sys.modules[_FOLDER.__name__] = _FOLDER
guard, notebook = (
    importlib.import_module(f"{_FOLDER.__name__}.{name}") for name in ("child_guard", "notebook")
)
# minintk under another name, for functions that are put in the place of a student's wrong ones
_CORE = types.ModuleType("minintk_right")
_CORE.__path__ = [os.path.dirname(os.path.dirname(_FOLDER.__path__[0]))]
sys.modules[_CORE.__name__] = _CORE
_EXERCISES, _VALUES = "minintk_right.course.exercises", "minintk_right.course.questions.question"
MOST_NUMBERS = 1_000_000

# Kept before the student's code runs, so that a changed numpy does not change the transport.
_asarray, _array, _frombuffer, _float64 = np.asarray, np.array, np.frombuffer, np.float64
_dumps, _b64encode, _b64decode, _write = json.dumps, base64.b64encode, base64.b64decode, os.write


def _decode(value: Any) -> Any:
    """A fresh argument: an array from its bytes, or a plain number."""
    if isinstance(value, dict):
        flat = _frombuffer(_b64decode(value["bytes"]), dtype=value["dtype"])
        return _array(flat.reshape(value["shape"]))
    return [_decode(entry) for entry in value] if isinstance(value, list) else value


def _encode(value: Any) -> dict[str, Any]:
    """One output: its numbers as float64 bytes with dtype and shape, or why it has none."""
    if value is None:
        return {"problem": "no-result", "detail": ""}
    several = isinstance(value, (tuple, list)) and len(value) > 1
    things = f"one array but a {type(value).__name__} of {len(value)} things" if several else ""
    try:
        array = _asarray(value)
    except Exception as error:
        return {"problem": "not-an-array", "detail": things or f"an array of numbers: {error}"}
    if things and array.dtype == object:  # of several lengths, for NumPy before 1.24
        return {"problem": "not-an-array", "detail": things}
    if array.dtype.kind not in "biuf":
        kind = "complex numbers" if array.dtype.kind == "c" else type(value).__name__
        return {"problem": "not-an-array", "detail": f"an array of real numbers but {kind}"}
    if array.size > MOST_NUMBERS:
        return {"problem": "shape", "detail": f"{array.shape} is far too large"}
    data = _b64encode(array.astype(_float64).tobytes()).decode("ascii")
    return {"bytes": data, "shape": list(array.shape), "dtype": str(array.dtype)}


def _outputs_of(result: Any, count: int) -> list[dict[str, Any]]:
    """The outputs of a call, one or as many as the exercise has."""
    if result is NotImplemented:
        return [{"problem": "not-written", "detail": ""}]
    if count == 1 or result is None:
        return [_encode(result)]
    several = isinstance(result, (tuple, list)) or getattr(result, "ndim", 0) > 0
    if not several or len(result) != count:  # an array of as many entries is as good as a tuple
        kind = "array" if isinstance(result, np.ndarray) else type(result).__name__
        size = f" of {len(result)}" if several else ""
        detail = f"{count} things but {'an' if kind[0] in 'aeiou' else 'a'} {kind}{size}"
        return [{"problem": "not-an-array", "detail": detail}]
    none = {"problem": "not-an-array", "detail": "an array of numbers but None"}
    return [none if entry is None else _encode(entry) for entry in result]


class Prepared(NamedTuple):
    """A file that was read: its source, its statements with their code, or why there are none.

    unread   what is wrong with cells of a notebook that were left out, with their functions
    """

    path: str
    source: bytes = b""
    codes: tuple[tuple[ast.stmt, Any], ...] = ()
    problem: dict[str, str] | None = None
    unread: tuple[tuple[str, list[str]], ...] = ()


def _prepare(path: str) -> Prepared:
    """Read and compile a file, without running anything of it."""
    try:
        source, unread = notebook.source_of(path), notebook.unread(path)
        tree = ast.parse(source, path)
        compiled: Any = codeop.Compile()  # which keeps __future__ imports
        compiled(tree, path, "exec")  # what Python would reject as a whole
        codes = tuple((s, compiled(ast.Module([s], []), path, "exec")) for s in tree.body)
    except Exception as error:
        problem = _explain(error, path)
        if not notebook.is_utf8(path):
            problem["detail"] += ": save the file as UTF-8"
        elif isinstance(error, (json.JSONDecodeError, KeyError, TypeError)):
            problem = {"problem": "not-a-notebook", "detail": ""}
        return Prepared(path, problem=problem)
    return Prepared(path, source, codes, unread=tuple(unread.items()))


def _load(prepared: Prepared, seconds: float, screen: Any) -> tuple[types.ModuleType, list[Any]]:
    """Run a student's file, a statement at a time; one that fails is told with its names.

    All have so many seconds. After these each has a fiftieth, but an import, which ends.
    """
    module = types.ModuleType("answer")
    module.__file__ = prepared.path
    sys.modules["answer"] = module
    sys.path.append(os.path.dirname(os.path.abspath(prepared.path)))
    failures = [({"problem": "raises", "detail": said}, names) for said, names in prepared.unread]
    end = time.process_time() + seconds
    for statement, code in prepared.codes:
        least = seconds if isinstance(statement, (ast.Import, ast.ImportFrom)) else seconds / 50
        screen.count = 0
        try:
            with guard.time_limit(max(end - time.process_time(), least)):
                exec(code, module.__dict__)
        except BaseException as error:
            failures.append((_explain(error, prepared.path), notebook.set_in(statement)))
    return module, failures


def _explain(error: BaseException, path: str) -> dict[str, str]:
    """An exception as a problem: its kind, its message, and the line in the student's file."""
    kinds = {
        SystemExit: "exit",
        MemoryError: "memory-limit",
        guard.TooMuchOutput: "too-much-output",
        guard.ForbiddenUse: "forbidden-import",
        guard.TimeLimit: "time-limit",
        NotImplementedError: "not-written",
    }
    problem = next((name for kind, name in kinds.items() if isinstance(error, kind)), "raises")
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == path]
    line = f" (line {lines[-1]})" if lines else ""
    said: object = error
    if isinstance(error, SyntaxError) and error.filename == path:
        line, said = f" (line {error.lineno})", error.msg  # its own text names the line, too
    try:
        text = str(said).splitlines()[0][:200] if str(said) else ""
    except BaseException:
        text = "an error whose text cannot be made"
    name = type(error).__name__
    detail = {
        "exit": f"sys.exit({text}){line}",
        **dict.fromkeys(("forbidden-import", "too-much-output", "time-limit"), text + line),
        "memory-limit": (text or "MemoryError") + line,
    }.get(problem, f"{name}: {text}{line}")
    return {"problem": problem, "detail": detail}


def call(function: Any, names: list[str], arguments: list[Any], path: str, count: int) -> Any:
    """One call: its outputs, or the problem; and which inputs it changed."""
    kept = [value.copy() if isinstance(value, np.ndarray) else value for value in arguments]
    guard.State.calling = True
    try:
        result = function(**dict(zip(names, arguments))) if names else function(*arguments)  # noqa: B905
        outputs = _outputs_of(result, count)
    except BaseException as error:
        return _explain(error, path)
    finally:
        guard.State.calling = False
    changed = [
        i
        for i, (before, after) in enumerate(zip(kept, arguments))  # noqa: B905
        if isinstance(before, np.ndarray) and before.tobytes() != after.tobytes()
    ]
    return {"outputs": outputs, "changed": changed}


def keywords(function: Any, names: list[str]) -> list[str]:
    """The parameters' names where the student has them in another order, to call by name."""
    try:
        own = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []
    return names if own != names and sorted(own) == sorted(names) else []


def _right_one(name: str, own: Any) -> Any:
    """A function that does what an exercise of minintk asks, with the parameters of a student's."""
    exercise = importlib.import_module(_EXERCISES).EXERCISES[name]
    value_of = importlib.import_module(_VALUES).value_of
    parameters = list(exercise.parameters)
    order = keywords(own, parameters) and list(inspect.signature(own).parameters)

    def right(*arguments: Any, **named: Any) -> Any:
        known = {**dict(zip(order or parameters, arguments)), **named}  # noqa: B905
        inputs = exercise.inputs(tuple(known[parameter] for parameter in parameters))
        found = [_array(value_of(q.right, inputs)) for q in exercise.trials.outputs.values()]
        return found[0] if len(found) == 1 else tuple(found)

    return right


def _kind_of(value: Any) -> str:
    """What stands where a function should."""
    kinds: Any = {type: "a class", np.ndarray: "an array", (int, float, np.number): "a number"}
    kinds[object] = f"of the type {type(value).__name__}"
    return next(words for kind, words in kinds.items() if isinstance(value, kind))


def _run(job: dict[str, Any], task: dict[str, Any], tell: Any) -> None:
    """Load the file and call one function; every line is told at once."""
    prepared, before = job["prepared"], job["before"]
    screen: Any = guard.Screen()
    for stream in ("stdout", "stderr", "__stdout__", "__stderr__"):
        setattr(sys, stream, screen)
    sys.argv, sys.stdin = [prepared.path], None
    sys.meta_path.insert(0, guard.ForbiddenFinder())
    tell(unlimited=guard.set_limits(2 * job["seconds"], job["memory"]))
    if prepared.problem:
        tell(loaded=False, ended=True, **prepared.problem)
        return
    module, failed = _load(prepared, job["seconds"], screen)
    screen.count = 0
    guard.set_limits(job["seconds"], job["memory"])  # for the calls
    for name in task["right"]:
        module.__dict__[name] = _right_one(name, getattr(module, name, None))
    function, name, own = getattr(module, task["function"], None), task["function"], vars(module)
    some = callable(function) or any(isinstance(v, types.FunctionType) for v in own.values())
    tell(failures=[failure for failure, _ in failed], loaded=some or not failed)
    if isinstance(function, type) or not callable(function):
        lost = [f for f, names in failed if not some or (name in names and name not in own)]
        missing = {"problem": "missing-function", "detail": f"{name} in the loaded file"}
        wrong = {"problem": "not-a-function", "detail": _kind_of(function)}
        tell(ended=True, **(lost or [wrong if name in own else missing])[0])
        return
    if "search" in task:
        tell(found=_one_change(prepared, task, module, function))
        return
    names = keywords(function, task["parameters"])
    for encoded in task["calls"]:
        arguments = [_decode(value) for value in encoded]
        tell(result=call(function, names, arguments, prepared.path, task["outputs"]))
    used, replaced = sorted(guard.State.used), guard.replaced(before)
    kind = "forbidden-import" if used else "numpy-changed" if replaced else None
    tell(ended=True, problem=kind, detail=", ".join(used or replaced))


def _one_change(prepared: Prepared, task: dict[str, Any], module: Any, function: Any) -> Any:
    cases, on_kinks = (
        [[[_decode(v) for v in values] for values in case] for case in task[key]]
        for key in ("cases", "on_kinks")
    )
    own = list(inspect.signature(function).parameters)
    arrays = [own[j] for j in task["positions"] if j < len(own)]
    search = importlib.import_module(f"{_FOLDER.__name__}.one_change").search
    known = [_decode(rows) for rows in task["known"]]
    task = {**task, "cases": cases, "arrays": arrays, "known": known, "on_kinks": on_kinks}
    return search(module, prepared.source, task)


def _fork(job: dict[str, Any], task: dict[str, Any]) -> tuple[list[str], Any, float]:
    """One function in a fork: the lines that it told, its exit status, its processor time.

    The status is None where the clock ran out.
    """
    with tempfile.TemporaryFile(dir=".") as told:
        pid = os.fork()
        if pid == 0:
            try:
                _in_the_fork(job, task, told.fileno())
            finally:
                os._exit(0)  # neither threads nor atexit functions of the student's are waited for
        end, status, spent = time.monotonic() + job["wall"], None, 0.0
        while status is None and time.monotonic() < end:
            time.sleep(0.002)
            done, code, used = os.wait4(pid, os.WNOHANG)
            if done:
                status, spent = os.waitstatus_to_exitcode(code), used.ru_utime + used.ru_stime
        if status is None:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        guard.end_what_is_left(pid)
        told.seek(0)
        return told.read().decode("ascii", errors="replace").splitlines(), status, spent


def _in_the_fork(job: dict[str, Any], task: dict[str, Any], writing: int) -> None:
    os.setsid()
    guard.follow_the_parent()
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)

    def tell(**line: Any) -> None:
        data = (_dumps(line) + "\n").encode("ascii")
        while data:
            data = data[_write(writing, data) :]

    _run(job, task, tell)


def _main() -> None:
    job, output = json.loads(sys.stdin.read()), sys.stdout
    guard.follow_the_parent(keep_orphans=True)

    def tell(**line: Any) -> None:
        output.write(_dumps(line) + "\n")
        output.flush()

    _carry_out(job, tell)


def _carry_out(job: dict[str, Any], tell: Any) -> None:
    job |= {"prepared": _prepare(job["file"]), "before": guard.fingerprint()}
    if any(task["right"] for task in job["tasks"]):
        importlib.import_module(_EXERCISES)  # once for all
    forks = hasattr(os, "fork")
    for number, task in enumerate(job["tasks"]):
        tell(task=number)
        if forks:
            lines, status, spent = _fork(job, task)
            tell(task=number, lines=lines, status=status, spent=spent)
        else:  # a process of its own for each function, started by the grader
            lines = []
            _run(job, task, lambda **line: lines.append(_dumps(line)))  # noqa: B023
            tell(task=number, lines=lines, status=0)


if __name__ == "__main__":
    _main()
    os._exit(0)
