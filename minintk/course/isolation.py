"""A student's function in a process of its own, with limits.

run_student    call one function of a file with the given arguments; never raises for what it does
find_slip      the line in which one change would make the function right

This isolates accidents: an infinite loop, a crash, a flood of output. It is no sandbox: code that
means harm has the rights of whoever runs the grader.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .._require import Array

__all__ = ["Call", "Run", "find_slip", "run_student"]

MEMORY = 2**31
_SCRIPT = Path(__file__).with_name("student_process.py")
_WALL = 5.0  # wall clock per second of processor time: other work may share the machine


@dataclass(frozen=True)
class Call:
    """One call: its outputs with their dtypes, or the problem that kept it from having them."""

    outputs: tuple[Array, ...] = ()
    dtypes: tuple[str, ...] = ()
    problem: str | None = None
    detail: str = ""
    changed: tuple[int, ...] = ()


@dataclass(frozen=True)
class Run:
    """What a function did: its calls as far as they came, and a problem of the whole, if any.

    loaded      False where the file itself could not be run
    unlimited   what the system could not limit
    """

    calls: tuple[Call, ...] = ()
    problem: str | None = None
    detail: str = ""
    loaded: bool = True
    unlimited: tuple[str, ...] = field(default=())


def run_student(
    path: Path,
    function: str,
    parameters: Sequence[str],
    calls: Sequence[Sequence[Any]],
    *,
    outputs: int = 1,
    seconds: float = 4.0,
    memory: int = MEMORY,
) -> Run:
    """Call one function of a student's file, in a process of its own.

    Each call's arguments are float64 arrays or plain numbers; every call gets fresh copies. Limits:
    `seconds` of processor time for all calls together (five times as long by the clock), `memory`
    bytes of address space. `outputs` is how many arrays the function returns.

    >>> run_student(Path("nowhere.py"), "relu", ["z"], []).loaded
    False
    """
    job = {
        "file": str(Path(path).resolve()),
        "function": function,
        "parameters": list(parameters),
        "calls": [[_encode(value) for value in call] for call in calls],
        "outputs": outputs,
        "seconds": seconds,
        "memory": memory,
    }
    with tempfile.TemporaryDirectory(prefix="minintk-grade-") as folder:
        results = Path(folder) / "results"
        results.touch()
        ended = _run_process(json.dumps(job).encode(), results, folder, _WALL * seconds)
        lines = _read_lines(results)
    return _as_run(lines, ended, seconds)


def find_slip(
    path: Path,
    function: str,
    calls: Sequence[tuple[Sequence[Any], Sequence[Array]]],
    arrays: Sequence[str],
    *,
    seconds: float = 8.0,
    memory: int = MEMORY,
) -> tuple[str, int, str] | None:
    """The one change in a student's functions that makes all calls right: kind, line, its text.

    Takes calls as (arguments, right outputs), and the names of the parameters that are arrays.
    None where no single change does it, or where the system has no alarm clock.

    >>> find_slip(Path("nowhere.py"), "relu", [], [])
    """
    if not hasattr(signal, "SIGPROF"):
        return None
    job = {
        "file": str(Path(path).resolve()),
        "function": function,
        "arrays": list(arrays),
        "calls": [
            {"arguments": [_encode(a) for a in arguments], "right": [_encode(r) for r in right]}
            for arguments, right in calls
        ],
        "seconds": seconds,
        "memory": memory,
    }
    with tempfile.TemporaryDirectory(prefix="minintk-grade-") as folder:
        results = Path(folder) / "results"
        results.touch()
        script = _SCRIPT.with_name("program_slips.py")
        _run_process(json.dumps(job).encode(), results, folder, 2 * seconds, script)
        lines = _read_lines(results)
    if not lines or lines[0] is None:
        return None
    text = Path(path).read_text(encoding="utf-8").splitlines()[lines[0]["line"] - 1]
    return lines[0]["kind"], lines[0]["line"], text.strip()


def _run_process(
    job: bytes, results: Path, folder: str, wall: float, script: Path = _SCRIPT
) -> int | None:
    """Exit status of the process, or None where the clock ran out."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environment |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-I", "-B", str(script), str(results)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=environment,
        start_new_session=True,
    )
    try:
        process.communicate(job, timeout=wall)
        return process.returncode
    except subprocess.TimeoutExpired:
        return None
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and all that it started."""
    with suppress(ProcessLookupError, PermissionError, AttributeError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.poll() is None:
        process.kill()
    process.wait()


def _read_lines(results: Path) -> list[dict[str, Any]]:
    lines = []
    with suppress(OSError):
        for line in results.read_text(encoding="utf-8", errors="replace").splitlines():
            with suppress(ValueError):
                lines.append(json.loads(line))
    return lines


def _as_run(lines: list[dict[str, Any]], ended: int | None, seconds: float) -> Run:
    calls = tuple(_as_call(line) for line in lines if line.get("stage") == "result")
    unlimited = tuple(lines[0].get("unlimited", ())) if lines else ()
    load = next((line for line in lines if line.get("stage") == "load"), None)
    last = lines[-1] if lines else {}
    if load is not None and "problem" in load:
        whole = load["problem"] != "missing-function"
        return Run((), load["problem"], load["detail"], not whole, unlimited)
    if last.get("stage") == "end":
        problem, detail = None, ""
        if last["used"]:
            problem, detail = "forbidden-import", ", ".join(last["used"])
        elif last["replaced"]:
            problem, detail = "numpy-changed", ", ".join(last["replaced"])
        return Run(calls, problem, detail, True, unlimited)
    problem, detail = _how_it_died(ended, seconds)
    return Run(calls, problem, detail, load is not None, unlimited)


def _how_it_died(ended: int | None, seconds: float) -> tuple[str, str]:
    if ended is None:
        return "time-limit", f"{_WALL * seconds:.0f} s by the clock"
    name = signal.Signals(-ended).name if ended < 0 else f"exit status {ended}"
    if name in ("SIGXCPU", "SIGKILL"):
        return "time-limit", f"{seconds:g} s of processor time: a loop that does not end?"
    return "crash", name


def _as_call(line: dict[str, Any]) -> Call:
    if "problem" in line:
        return Call(problem=line["problem"], detail=line["detail"])
    for output in line["outputs"]:
        if "problem" in output:
            return Call(problem=output["problem"], detail=output["detail"])
    arrays = tuple(
        np.frombuffer(base64.b64decode(o["bytes"]), dtype=np.float64).reshape(o["shape"])
        for o in line["outputs"]
    )
    return Call(arrays, tuple(o["dtype"] for o in line["outputs"]), changed=tuple(line["changed"]))


def _encode(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        data = base64.b64encode(np.ascontiguousarray(value, dtype=np.float64).tobytes())
        return {"bytes": data.decode("ascii"), "shape": list(value.shape)}
    return value
