"""A report in words: for people, in one line, and in the layout of Gradescope's results.json.

report_text       a report for people
in_one_line       for a list of a class
gradescope_json   for Gradescope; not_graded_json says why there is no report
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .._require import require_flag, require_instance, require_text, show
from .grading import ABSENT, Report

NOTHING = "no exercise in the file"


def report_text(report: Report, reveal: bool = False) -> str:
    """A report for people: an exercise a line, what is wrong, its right value if asked; rest last.

    >>> from .grading import Result
    >>> relu, loss = Result("relu", 1.0, 1, None, ""), Result("loss", 0.0, 1, "not-written", "")
    >>> print(report_text(Report("a.py", (relu, loss), True)))
    relu                      1/1
    not written yet           0/1  loss
    total                     1/2
    """
    require_instance("report", report, Report, "grade(file)")
    lines, said, reveal = [], set(), require_flag("reveal", reveal)
    for result in report.results:
        if result.diagnosis in ABSENT and not result.near:
            continue
        if report.loaded:
            lines.append(_line(result.name, result.score, result.points))
        if result.diagnosis is not None and (report.loaded or result.message not in said):
            lines.append(f"    [{result.diagnosis}] {result.message}")
            said.add(result.message)
        lines += [f"    For example, {result.example}."] * bool(reveal and result.example)
    for words, absent in report.absent.items():
        points = sum(result.points for result in absent)
        names = ", ".join(result.name for result in absent)
        none = _has_nothing(report)
        lines.append(_line(NOTHING, 0, points) if none else f"{_line(words, 0, points)}  {names}")
    lines.append(_line("total", report.score, report.points))
    return "\n".join([*lines, *_notes(report)])


def in_one_line(report: Report) -> str:
    """What is wrong in a file, and what is not there, for a list of a class."""
    if not report.loaded:
        line = re.search(r" \((code cell \d+, )?line \d+\)", report.results[0].message)
        return f"the file cannot be run [{report.results[0].diagnosis}]{line[0] if line else ''}"
    alike = (r for r in report.results if r.near not in ("", r.name))
    near = {r.name: f": did you mean {r.near}?" for r in alike}
    wrong = ", ".join(f"{name} [{kind}{near.get(name, '')}]" for name, kind in report.mistakes)
    absent = [f"{words}: {', '.join(r.name for r in rs)}" for words, rs in report.absent.items()]
    absent = [NOTHING] if _has_nothing(report) else absent
    errors = "errors while it was loaded" if report.note else ""
    return "; ".join(filter(None, [wrong, *absent, errors]))


def _has_nothing(report: Report) -> bool:
    """Whether a file of several exercises has none of them."""
    gone = [result.diagnosis == "missing-function" and not result.near for result in report.results]
    return len(gone) > 1 and all(gone)


def _line(name: str, score: float, points: float) -> str:
    return f"{name:25} {shown_points(score)}/{shown_points(points)}"


def shown_points(points: float) -> str:
    """Points with at most two decimals."""
    return f"{round(points, 2):.12g}"


def _notes(report: Report) -> list[str]:
    note = report.note if report.loaded else ""
    notes = [f"{note}. What could be loaded was graded."] * bool(note)
    unlimited = f"This system has no limit for: {', '.join(report.unlimited)}."
    return notes + [unlimited] * bool(report.unlimited)


def gradescope_json(report: Report, hidden: Iterable[str] = ()) -> dict[str, Any]:
    """A report as Gradescope's results.json; what is hidden the student does not see.

    >>> from .grading import Result
    >>> report = Report("a.py", (Result("relu", 1.0, 1, None, "Right."),), True)
    >>> gradescope_json(report)["tests"]
    [{'name': 'relu', 'score': 1.0, 'max_score': 1, 'status': 'passed', 'output': 'Right.'}]
    """
    require_instance("report", report, Report, "grade(file)")
    if isinstance(hidden, str) or not isinstance(hidden, Iterable):
        raise TypeError(f"hidden must be a list of names, got {show(hidden)}")
    unseen = {require_text("hidden", name) for name in hidden}
    tests = [
        {
            "name": result.name,
            "score": result.score,
            "max_score": result.points,
            "status": "passed" if result.score == result.points else "failed",
            "output": (f"[{result.diagnosis}] " if result.diagnosis else "")
            + (result.shown or result.message),
            **({"visibility": "hidden"} if result.name in unseen else {}),
        }
        for result in report.results
    ]
    return {"score": report.score, "output": " ".join(_notes(report)), "tests": tests}


def not_graded_json(why: str) -> dict[str, Any]:
    """The layout of Gradescope for one who is not graded, and why."""
    return {"score": 0, "output": f"not graded: {why}", "tests": []}
