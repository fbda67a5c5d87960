"""Grade a student's file: every function in a process of its own, every mistake with its name.

grade            the exercises of a file: a `Report`
report_text      a report for people
gradescope_json  a report in the layout that Gradescope reads

A process each keeps accidents away from the grader and from the other exercises. Such are an
infinite loop, a crash, sys.exit, a huge allocation, a flood of output. It is no sandbox: do not run
the file of someone who means harm, unless the whole grader runs in a container.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from .._require import (
    require_flag,
    require_instance,
    require_integer,
    require_number,
    require_path,
    require_text,
    show,
)
from .answers.child import source_of
from .answers.copies import copied_from_minintk
from .answers.program import MEMORY, Run, Task, find_change, run_functions, works_here
from .answers.trees import syntax_tree
from .diagnosis.finding import Finding
from .diagnosis.words import say, shown_value
from .examiner import Verdict, examine_function
from .exercises import EXERCISES, Exercise, chosen_exercises
from .plans import Plan, change_cases, known_values, plan, plan_of

__all__ = ["Report", "Result", "grade", "gradescope_json", "report_text"]

# Findings that say where an answer is wrong, but not what is wrong with it.
VAGUE = {"unknown", "one-point-only", "other-branch", "few-digits", "shift", "power"}
# Diagnoses of an exercise that is not there: no function of that name, or the stub as handed out.
ABSENT = ("missing-function", "not-written")
# What an array that is overwritten in place can look like.
OVERWRITTEN = {"uses-relu-for-derivative", "wrong-block", "no-absolute-value"}


@dataclass(frozen=True)
class Result:
    """One exercise: its score out of `points`, the mistake's name, or None, and what to say."""

    name: str
    score: float
    points: float
    diagnosis: str | None
    message: str
    finding: Finding | None = None


@dataclass(frozen=True)
class Report:
    """All exercises of a file.

    loaded      False where the file could not be run at all
    unlimited   what the system could not limit, such as "memory"
    note        what the file did when it was loaded, if it raised something
    """

    file: str
    results: tuple[Result, ...]
    loaded: bool
    unlimited: tuple[str, ...] = ()
    note: str = ""

    @property
    def passed(self) -> bool:
        """Whether every exercise has all its points."""
        return all(result.score == result.points for result in self.results)

    @property
    def score(self) -> float:
        """The sum of the scores."""
        return float(sum(result.score for result in self.results))

    @property
    def points(self) -> float:
        """What a file with everything right would have."""
        return float(sum(result.points for result in self.results))

    @property
    def absent(self) -> list[Result]:
        """The exercises that are not there: no function of that name, or the stub."""
        return [result for result in self.results if result.diagnosis in ABSENT]

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """Exercise and diagnosis of what is there and wrong; none where the file does not run."""
        return [
            (result.name, result.diagnosis)
            for result in self.results
            if self.loaded and result.diagnosis and result.diagnosis not in ABSENT
        ]


def is_vague(finding: Finding) -> bool:
    """Whether the place of a single change says more than the finding.

    >>> is_vague(Finding("shift")), is_vague(Finding("sign"))
    (True, False)
    """
    raised = finding.kind == "one-point-only" and finding.place
    return finding.kind in VAGUE and not raised


def grade(
    file: str | Path,
    exercises: Iterable[str] | None = None,
    *,
    seconds: float = 4.0,
    memory: int = MEMORY,
    hints: bool = True,
) -> Report:
    """Grade the exercises of a student's file (all, unless named), a Python file or a notebook.

    Each runs in a process of its own, with at most `seconds` of processor time and `memory` bytes
    where the system has such limits. Prints nothing, and never raises for what the student's code
    does. Full points if everything is right, half if only an edge case is wrong; of several outputs
    each counts for itself. `hints=False` says what is wrong and no more.
    Raises FileNotFoundError for a file that is not there, ValueError for an unknown exercise or a
    file that is neither. Raises RuntimeError where a function that is right does not get its due
    here.

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
    hints = require_flag("hints", hints)
    _require_student_file(path)
    require_working_grader()
    return grade_exercises(
        path, {name: EXERCISES[name] for name in names}, seconds=limit, memory=memory, hints=hints
    )


def _require_student_file(path: Path) -> None:
    """Reject what is not there, a folder, and a file that is neither Python nor a notebook."""
    if path.is_dir():
        raise ValueError(f"file must be a Python file or a notebook, got the folder {str(path)!r}")
    if not path.is_file():
        raise FileNotFoundError(
            f"file must be a Python file, got {str(path)!r}, which is not there"
        )


@cache
def require_working_grader() -> None:
    """Reject to grade where a known-good function does not get through.

    >>> require_working_grader()
    """
    if not works_here():
        raise RuntimeError("the grader cannot run a student's function here: nothing is graded")


def grade_exercises(
    path: Path,
    exercises: Mapping[str, Exercise],
    *,
    seconds: float,
    memory: int = MEMORY,
    hints: bool = True,
) -> Report:
    """Grade exercises of anyone's making; arguments are those of `grade`, checked.

    >>> grade_exercises(Path("nowhere.py"), {"relu": EXERCISES["relu"]}, seconds=1.0).loaded
    False
    """
    plans = {
        name: plan(name) if e is EXERCISES.get(name) else plan_of(e)
        for name, e in exercises.items()
    }
    tasks = [
        Task(name, e.parameters, plans[name].arguments, len(e.trials.outputs))
        for name, e in exercises.items()
    ]
    runs = run_functions(path, tasks, seconds=seconds, memory=memory)
    copied = copied_from_minintk(path)
    results = []
    for (name, exercise), run in zip(exercises.items(), runs, strict=True):
        if copied and run.problem is None:
            run = replace(run, problem="forbidden-import", detail=copied)
        results.append(_result(path, exercise, plans[name], run, hints))
    unlimited = tuple(sorted({what for run in runs for what in run.unlimited}))
    failures = next((run.failures for run in runs if run.failures), ())
    note = f"While the file was loaded it raised {'; '.join(failures[:3])}" if failures else ""
    return Report(str(path), tuple(results), any(run.loaded for run in runs), unlimited, note)


def _result(path: Path, exercise: Exercise, asked: Plan, run: Run, hints: bool) -> Result:
    verdict = examine_function(asked, run)
    finding = verdict.finding
    if finding is not None:
        finding = _closer(path, exercise.name, asked, finding)
    score = float(exercise.points * verdict.share)
    if finding is None:
        return Result(exercise.name, score, exercise.points, None, "Right.")
    question = next(iter(exercise.trials.outputs.values()))
    ran = run.problem is None and finding.kind != "unknown"
    message = say(finding, question if ran else None, hints=hints, example=_example(verdict))
    if verdict.output:
        message = f"In {verdict.output}: {message}"
    if not run.loaded:
        message = f"The file cannot be run. {message}"
    return Result(exercise.name, score, exercise.points, finding.kind, message, finding)


def _example(verdict: Verdict) -> str:
    if verdict.where is None:
        return ""
    values = (f"{name} = {shown_value(value)}" for name, value in verdict.where.items())
    return f"at {', '.join(values)} yours is {shown_value(verdict.yours)}"


def _closer(path: Path, name: str, asked: Plan, finding: Finding) -> Finding:
    """A vague finding made precise: what the program remembers, or the line of the one change."""
    if finding.kind == "random":
        kept = _what_is_kept(path, name)
        return Finding("remembers", place=kept) if kept else finding
    vague = is_vague(finding) or (finding.kind == "shape" and "right" not in finding.place)
    if not vague and finding.kind not in OVERWRITTEN:
        return finding
    known = known_values(asked) if vague else {}
    kinds = [] if vague else ["overwritten"]
    change = find_change(path, name, change_cases(asked, known), kinds=kinds)
    if change is None:
        return finding
    kind, line, text, left = change
    found = Finding(kind, place=text, line=line, second=finding.second, confirmed=True)
    for number, of_output in zip(left, known.values(), strict=False):
        if number:
            return replace(of_output[number - 1][0], second=replace(found, second=None))
    return found


def _what_is_kept(path: Path, name: str) -> str:
    """What a function keeps from call to call: a mutable default, or a global name."""
    for node in ast.walk(syntax_tree(source_of(str(path)))):
        if isinstance(node, ast.FunctionDef):
            kept = [*node.args.defaults, *node.args.kw_defaults]
            if any(isinstance(d, (ast.List, ast.Dict, ast.Set, ast.Call)) for d in kept):
                return f"a default of {node.name} is made once, and kept"
            names = [n for s in ast.walk(node) if isinstance(s, ast.Global) for n in s.names]
            if names:
                return f"{node.name} changes the global {', '.join(names)}"
    return ""


def report_text(report: Report) -> str:
    """A report for people: an exercise a line, under it what is wrong; what is not there, last.

    >>> relu, loss = Result("relu", 1.0, 1, None, ""), Result("loss", 0.0, 1, "not-written", "")
    >>> print(report_text(Report("a.py", (relu, loss), True)))
    relu                      1/1
    not written yet           0/1  loss
    total                     1/2
    """
    require_instance("report", report, Report, "grade(file)")
    lines, said = [], set()
    for result in report.results:
        if result.diagnosis in ABSENT:
            continue
        if report.loaded:
            lines.append(_line(result.name, result.score, result.points))
        if result.diagnosis is not None and (report.loaded or result.message not in said):
            lines.append(f"    [{result.diagnosis}] {result.message}")
            said.add(result.message)
    if report.absent:
        names = ", ".join(result.name for result in report.absent)
        points = sum(result.points for result in report.absent)
        lines.append(f"{_line('not written yet', 0, points)}  {names}")
    lines.append(_line("total", report.score, report.points))
    return "\n".join([*lines, *_notes(report)])


def in_one_line(report: Report) -> str:
    """What is wrong in a file, and what is not there, for a list of a class.

    >>> in_one_line(Report("a.py", (Result("loss", 0.0, 1, "not-written", ""),), True))
    'not written yet: loss'
    """
    if not report.loaded:
        line = re.search(r" \(line \d+\)", report.results[0].message)
        return f"the file cannot be run [{report.results[0].diagnosis}]{line[0] if line else ''}"
    wrong = ", ".join(f"{name} [{kind}]" for name, kind in report.mistakes)
    absent = ", ".join(result.name for result in report.absent)
    return "; ".join(filter(None, [wrong, f"not written yet: {absent}" * bool(absent)]))


def _require_names(parameter: str, names: Iterable[str]) -> list[str]:
    """A list of names, not one text."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise TypeError(f"{parameter} must be a list of names, got {show(names)}")
    return [require_text(parameter, name) for name in names]


def _line(name: str, score: float, points: float) -> str:
    return f"{name:25} {score:.6g}/{points:.6g}"


def _notes(report: Report) -> list[str]:
    notes = [f"{report.note}. What could be loaded was graded."] if report.note else []
    if report.unlimited:
        notes.append(f"This system has no limit for: {', '.join(report.unlimited)}.")
    return notes


def gradescope_json(report: Report, hidden: Iterable[str] = ()) -> dict[str, Any]:
    """A report as Gradescope's results.json; what is hidden the student does not see.

    >>> report = Report("a.py", (Result("relu", 1.0, 1, None, "Right."),), True)
    >>> gradescope_json(report)["tests"]
    [{'name': 'relu', 'score': 1.0, 'max_score': 1, 'status': 'passed', 'output': 'Right.'}]
    """
    require_instance("report", report, Report, "grade(file)")
    unseen = set(_require_names("hidden", hidden))
    tests = [
        {
            "name": result.name,
            "score": result.score,
            "max_score": result.points,
            "status": "passed" if result.score == result.points else "failed",
            "output": result.message
            if result.diagnosis is None
            else f"[{result.diagnosis}] {result.message}",
            **({"visibility": "hidden"} if result.name in unseen else {}),
        }
        for result in report.results
    ]
    return {"score": report.score, "output": " ".join(_notes(report)), "tests": tests}
