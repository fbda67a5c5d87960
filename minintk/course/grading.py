"""Grade a student's file: every function in a process of its own, every mistake with its name.

grade            the exercises of a file: a `Report`
report_text      a report for people
gradescope_json  a report in the layout that Gradescope reads

A process each keeps accidents away from the grader and from the other exercises: an infinite loop,
a crash, sys.exit, a huge allocation, a flood of output. It is no sandbox: do not run the file of
someone who means harm, unless the whole grader runs in a container.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .._require import require_instance, require_integer, require_number, require_path
from .exercises import EXERCISES, chosen_exercises
from .isolation import MEMORY, Run, find_slip, run_student
from .judging import Verdict, judge, plan, right_outputs
from .mistakes import say
from .problems import PROBLEMS

__all__ = ["Report", "Result", "grade", "gradescope_json", "report_text"]


# Verdicts that say where an answer is wrong, but not what is wrong with it.
VAGUE = {"unknown", "one-point-only", "other-branch", "few-digits", "shift", "power"}

# The catalogue's names of what `program_slips` finds, where they differ.
SLIPS = {
    "other-factor": "inner-factor",
    "missing-factor": "inner-factor",
    "transposed": "inner-transposed",
}


@dataclass(frozen=True)
class Result:
    """One exercise: its score out of `points`, the mistake's name, or None, and what to say."""

    name: str
    score: float
    points: float
    diagnosis: str | None
    message: str


@dataclass(frozen=True)
class Report:
    """All exercises of a file.

    loaded      False where the file could not be run at all
    unlimited   what the system could not limit, such as "memory"
    """

    file: str
    results: tuple[Result, ...]
    loaded: bool
    unlimited: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every exercise has all its points."""
        return all(result.score == result.points for result in self.results)


def is_vague(verdict: Verdict) -> bool:
    """Whether the place of a slip says more than the verdict.

    >>> is_vague(Verdict(0.0, "shift")), is_vague(Verdict(0.0, "sign"))
    (True, False)
    """
    return verdict.mistake in VAGUE and "it raises" not in verdict.relation


def grade(
    file: str | Path,
    exercises: Iterable[str] | None = None,
    *,
    seconds: float = 4.0,
    memory: int = MEMORY,
) -> Report:
    """Grade the exercises of a student's file (all, unless named).

    Each runs in a process of its own, with a limit of `seconds` of processor time and of `memory`
    bytes where the system has such limits. Prints nothing, and never raises for what the student's
    code does. Full points if everything is right, half if only an edge case is wrong, else none.
    Raises FileNotFoundError for a file that is not there, ValueError for an unknown exercise.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "answer.py"
    ...     _ = path.write_text("def relu(z):\\n    return z * (z > 0)\\n")
    ...     grade(path, ["relu"]).results[0].score
    1.0
    """
    path = require_path("file", file)
    names = chosen_exercises("exercises", exercises)
    limit = require_number("seconds", seconds, above=0, largest=1e6)
    memory = min(require_integer("memory", memory), 2**62)  # a system takes no larger limit
    if not path.is_file():
        raise FileNotFoundError(
            f"file must be a Python file, got {str(file)!r}, which is not there"
        )
    workers = min(2, os.cpu_count() or 1)
    with ThreadPoolExecutor(workers) as pool:
        graded = list(pool.map(lambda name: _grade_one(path, name, limit, memory), names))
    runs = [run for run, _ in graded]
    unlimited = tuple(sorted({what for run in runs for what in run.unlimited}))
    loaded = any(run.loaded for run in runs)
    return Report(str(file), tuple(result for _, result in graded), loaded, unlimited)


def _grade_one(path: Path, name: str, seconds: float, memory: int) -> tuple[Run, Result]:
    problem, points = PROBLEMS[name], EXERCISES[name].points
    calls = plan(problem)
    run = run_student(
        path,
        name,
        problem.parameters,
        calls.arguments,
        outputs=len(problem.questions),
        seconds=seconds,
        memory=memory,
    )
    verdict = judge(problem, calls, run)
    if is_vague(verdict):
        verdict = _with_slip(path, name, verdict)
    score = float(points * verdict.share)
    if verdict.mistake is None:
        return run, Result(name, score, points, None, "Right.")
    question = next(iter(problem.questions.values()))
    pointer = "" if run.problem or verdict.mistake == "not-written" else question.pointer
    message = say(verdict.mistake, verdict.relation, question.hints, pointer)
    if verdict.output:
        message = f"In {verdict.output}: {message}"
    if not run.loaded:
        message = f"The file cannot be run. {message}"
    return run, Result(name, score, points, verdict.mistake, message)


def _with_slip(path: Path, name: str, verdict: Verdict) -> Verdict:
    """A vague verdict made precise by the line in which one change makes the function right."""
    problem = PROBLEMS[name]
    calls = plan(problem)
    chosen = [
        arguments
        for label, arguments in zip(calls.labels, calls.arguments, strict=True)
        if label in ("simple", "generic", "fresh")
    ]
    cases = [(arguments, right_outputs(problem, arguments)) for arguments in chosen]
    arrays = [
        parameter
        for parameter, value in zip(problem.parameters, chosen[0], strict=True)
        if isinstance(value, np.ndarray)
    ]
    slip = find_slip(path, name, cases, arrays)
    if slip is None:
        return verdict
    kind, line, text = slip
    return Verdict(verdict.share, SLIPS.get(kind, kind), f"line {line}: {text}")


def report_text(report: Report) -> str:
    """A report for people, an exercise a line, and under it what is wrong.

    >>> print(report_text(Report("a.py", (Result("relu", 1.0, 1, None, "Right."),), True)))
    relu                      1/1
    total                     1/1
    """
    require_instance("report", report, Report, "grade(file)")
    lines = []
    for result in report.results:
        lines.append(_line(result.name, result.score, result.points))
        if result.diagnosis is not None:
            lines.append(f"    [{result.diagnosis}] {result.message}")
    total = sum(result.score for result in report.results)
    lines.append(_line("total", total, sum(result.points for result in report.results)))
    if report.unlimited:
        lines.append(f"This system has no limit for: {', '.join(report.unlimited)}.")
    return "\n".join(lines)


def _line(name: str, score: float, points: float) -> str:
    return f"{name:26}{score:g}/{points:g}"


def gradescope_json(report: Report) -> dict[str, Any]:
    """A report as Gradescope's results.json.

    >>> report = Report("a.py", (Result("relu", 1.0, 1, None, "Right."),), True)
    >>> gradescope_json(report)["tests"]
    [{'name': 'relu', 'score': 1.0, 'max_score': 1, 'status': 'passed', 'output': 'Right.'}]
    """
    require_instance("report", report, Report, "grade(file)")
    tests = [
        {
            "name": result.name,
            "score": result.score,
            "max_score": result.points,
            "status": "passed" if result.score == result.points else "failed",
            "output": result.message
            if result.diagnosis is None
            else f"[{result.diagnosis}] {result.message}",
        }
        for result in report.results
    ]
    notes = (
        f"This system has no limit for: {', '.join(report.unlimited)}." if report.unlimited else ""
    )
    return {
        "score": sum(result.score for result in report.results),
        "output": notes,
        "tests": tests,
    }
