"""A student's functions in a process of their own, with limits.

run_functions   call functions of a file with given arguments; never raises for what they do
find_changes    the lines in which one change, or two, would make a function right
works_here      whether a known-good function gets its due on this system

This isolates accidents: an infinite loop, a crash, a flood of output. It is no sandbox: code that
means harm has the rights of whoever runs the grader, and may kill it.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..._require import Array

Lines = list[dict[str, Any]]  # JSON objects
Told = tuple[Lines, "int | None"]  # of a task, with its exit status, or None: out of time
MEMORY = 2**31
_SCRIPT = Path(__file__).with_name("child.py")
_KILLED = -1000  # no signal: the process above the function's own is gone
_EARLY = -1001  # no signal: it was killed before its processor time was over
Case = tuple[Sequence[Any], Sequence[Array]]  # arguments of a call, and its right outputs
_STOPPED = {"time-limit": "TimeLimit after ", "too-much-output": "TooMuchOutput after "}
_WALL = 5.0  # wall clock per second of processor time: other work may share the machine


class Task(NamedTuple):
    """One function to call: its parameters, how many arrays it returns, the calls' arguments.

    right   exercises of minintk that it calls, in whose place right functions are put
    """

    function: str
    parameters: Sequence[str]
    calls: Sequence[Sequence[Any]]
    outputs: int = 1
    right: Sequence[str] = ()


@dataclass(frozen=True)
class Call:
    """One call: its outputs with their dtypes, or the problem of all; `lost` has that of each."""

    outputs: tuple[Array, ...] = ()
    dtypes: tuple[str, ...] = ()
    problem: str | None = None
    detail: str = ""
    changed: tuple[int, ...] = ()
    lost: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Run:
    """What a function did: its calls as far as they came, and a problem of the whole, if any.

    loaded      False where the file itself could not be run
    unlimited   what the system could not limit
    failures    what statements of the file raised, before the function was called
    """

    calls: tuple[Call, ...] = ()
    problem: str | None = None
    detail: str = ""
    loaded: bool = True
    unlimited: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


def run_functions(
    path: Path, tasks: Sequence[Task], *, seconds: float = 4.0, memory: int = MEMORY
) -> list[Run]:
    """Call functions of a student's file, each in a process of its own.

    Each call's arguments are arrays or plain numbers; every call gets fresh copies. Limits:
    `seconds` of processor time for all calls of a function together (five times as long by the
    clock), `memory` bytes of address space.
    """
    answers = _carry_out(path, [task._asdict() for task in tasks], seconds, memory)
    return [_as_run(lines, status, seconds) for lines, status in answers]


class Change(NamedTuple):
    """One change in a student's functions: its kind, its line, the line's text; none of several."""

    kind: str
    line: int | None
    text: str


class Changes(NamedTuple):
    """The changes that make a student's function right, as far as they were found.

    changes    one or two after which all is right, or one beside a known mistake
    known      the number of that mistake
    outputs    by their numbers, the one change after which an output is right
    kink       whether what they make right is still off on a kink
    """

    changes: tuple[Change, ...] = ()
    known: int | None = None
    outputs: Mapping[int, Change] = {}
    kink: bool = False


def find_changes(
    path: Path,
    function: str,
    cases: Sequence[Case],
    *,
    on_kinks: Sequence[Case] = (),
    known: Sequence[Array] = (),
    kinds: Sequence[str] = (),
    right: Sequence[str] = (),
    fine: Sequence[str] = (),
) -> Changes:
    """The changes in a student's functions that make all calls right.

    Takes cases as (arguments, right outputs). `known` has a matrix for each of the first cases: a
    row for a known mistake, of all outputs one after the other. `kinds` leaves out all other
    changes, `fine` those in functions that are right. `right` is that of a `Task`. None are found
    where the system has no alarm clock.
    """
    if not hasattr(signal, "SIGPROF"):
        return Changes()
    task = {
        "function": function,
        "search": True,
        "kinds": list(kinds),
        "right": list(right),
        "without": [*right, *fine],
        "known": known,
        "cases": cases,
        "on_kinks": on_kinks,
        "positions": [j for j, value in enumerate(cases[0][0]) if isinstance(value, np.ndarray)],
    }
    ((lines, _),) = _carry_out(path, [task], 8.0, MEMORY)
    found = next((line["found"] for line in lines if "found" in line), None) or {}

    def change(of: Mapping[str, Any]) -> Change:
        return Change(of["kind"], of["line"], printable(of["text"]))

    outputs = {int(j): change(of) for j, of in found.get("outputs", {}).items()}
    changes = tuple(map(change, found.get("changes", ())))
    return Changes(changes, found.get("known"), outputs, found.get("kink", False))


def works_here() -> bool:
    """Whether a function that is right gets through: if not, nobody's score means anything."""
    with tempfile.TemporaryDirectory(prefix="minintk-grade-") as folder:
        path = Path(folder) / "known.py"
        path.write_text("import numpy as np\ndef twice(x):\n    return np.add(x, x)\n", "utf-8")
        (run,) = run_functions(path, [Task("twice", ["x"], [(np.array([1.0, 2.0]),)])])
    return run.problem is None and run.calls[0].outputs[0].tolist() == [2.0, 4.0]


def printable(text: str) -> str:
    """Text of a student's without what could steer a terminal or break a file."""
    plain = text.encode("utf-8", errors="replace").decode("utf-8")
    return "".join(c if c.isprintable() else "?" for c in plain)


def _carry_out(path: Path, tasks: Lines, seconds: float, memory: int) -> list[Told]:
    """The lines that each task told, and how it ended."""
    if not hasattr(os, "fork") and len(tasks) > 1:
        return [_carry_out(path, [task], seconds, memory)[0] for task in tasks]
    wall = _WALL * seconds
    job = {"file": str(Path(path).resolve()), "seconds": seconds, "memory": memory, "wall": wall}
    with tempfile.TemporaryDirectory(prefix="minintk-grade-", ignore_cleanup_errors=True) as folder:
        text = json.dumps({**job, "tasks": tasks}, default=encode)
        told = _run_process(text, folder, wall * len(tasks) + 10)
    found = {line["task"]: line for line in _json_lines(told) if "lines" in line}
    if len(found) < len(tasks) > 1:  # a function killed the process: the others have one each
        return [_carry_out(path, [task], seconds, memory)[0] for task in tasks]
    lines = [found.get(number, {"lines": [], "status": _KILLED}) for number in range(len(tasks))]
    for line in lines:  # a signal that its limit sends counts as one only where it is due
        if line["status"] == -9 and line.get("spent", seconds) < seconds:
            line["status"] = _EARLY
    return [(_json_lines(line["lines"]), line["status"]) for line in lines]


def _run_process(job: str, folder: str, wall: float) -> list[str]:
    """What the process told, line by line, until it ended or the clock ran out."""
    process = _isolated(_SCRIPT, stderr=subprocess.DEVNULL, cwd=folder)
    told = b""
    try:
        told, _ = process.communicate(job.encode(), timeout=wall)
    except subprocess.TimeoutExpired as late:
        told = late.stdout or b""
    finally:
        with suppress(ProcessLookupError, PermissionError, AttributeError):
            os.killpg(process.pid, signal.SIGKILL)
        if process.poll() is None:
            process.kill()
        process.wait()
    return told.decode("utf-8", errors="replace").splitlines()


def _isolated(script: Path, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """A script in an isolated Python on one thread, between pipes; NumPy's folder comes last."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environment |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-I", "-B", str(script), *arguments, str(Path(np.__file__).parents[1])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        start_new_session=True,
        **options,
    )


def _json_lines(lines: Sequence[str]) -> Lines:
    """The lines that are JSON objects: whatever else a student's code wrote is passed over."""
    found = []
    for line in lines:
        with suppress(ValueError):
            value = json.loads(line)
            if isinstance(value, dict):
                found.append(value)
    return found


def _as_run(lines: Lines, status: int | None, seconds: float) -> Run:
    told = {key: value for line in lines for key, value in line.items()}
    calls = tuple(_as_call(line["result"]) for line in lines if "result" in line)
    problem, detail = told.get("problem"), printable(told.get("detail", ""))
    if not told.get("ended"):
        problem, detail = _how_it_died(status, seconds)
    every = told.get("failures", ())
    slow = next((failure for failure in every if failure["problem"] in _STOPPED), None)
    failures = tuple(_in_words(failure, failure is slow) for failure in every)
    unlimited = tuple(told.get("unlimited", ()))
    return Run(calls, problem, detail, told.get("loaded", False), unlimited, failures)


def _in_words(failure: dict[str, str], slow: bool) -> str:
    """What a statement of the file raised; of the first that was stopped, what to do."""
    what = _STOPPED.get(failure["problem"], "")
    aside = ': put what tries the functions under if __name__ == "__main__"' * slow
    return f"{what}{printable(failure['detail'])}{aside}"


def _how_it_died(status: int | None, seconds: float) -> tuple[str, str]:
    if status == _KILLED:
        return "crash", "it killed the process that ran it"
    if status == _EARLY:
        return "crash", "it was killed, by itself or by the system for want of memory"
    if status is None:
        return "time-limit", f"{_WALL * seconds:.0f} s by the clock"
    name = signal.Signals(-status).name if status < 0 else f"exit status {status}"
    if name in ("SIGXCPU", "SIGKILL"):
        return "time-limit", f"{seconds:g} s of processor time: a loop that does not end?"
    return "crash", name


def _as_call(line: dict[str, Any]) -> Call:
    every = line.get("outputs", [line])
    lost = tuple((o.get("problem", ""), printable(o.get("detail", ""))) for o in every)
    if all(problem for problem, _ in lost):
        return Call(problem=lost[0][0], detail=lost[0][1])
    flat = [np.frombuffer(base64.b64decode(o.get("bytes", ""))) for o in every]
    shapes = [o.get("shape", [0] * 9) for o in every]  # of what is lost one that is never right
    arrays = tuple(v.reshape(shape) for v, shape in zip(flat, shapes, strict=True))
    dtypes = tuple(o.get("dtype", "") for o in every)
    return Call(arrays, dtypes, changed=tuple(line["changed"]), lost=lost)


def encode(value: Any) -> Any:
    """An argument as JSON can hold it: an array by its bytes and dtype, a NumPy number plain."""
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        data = base64.b64encode(value.tobytes()).decode("ascii")
        return {"bytes": data, "shape": list(value.shape), "dtype": value.dtype.str}
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a process cannot be handed this {type(value).__name__}")
