"""Grade a student's file: every function in a process of its own, every mistake with its name.

grade    the exercises of a file: a `Report`
Report   what `reports` tells people, or Gradescope

A process each keeps accidents away from the grader and from the other exercises. Such are an
infinite loop, a crash, sys.exit, a huge allocation, a flood of output. It is no sandbox: do not run
the file of someone who means harm, unless the whole grader runs in a container.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .._require import require_flag, require_integer, require_number, require_path
from .answers.notebook import in_cells
from .answers.program import MEMORY, Run, Task, run_functions, works_here
from .answers.source import called_from, copied_from_minintk, name_alike, set_at
from .conventions import listed
from .course_file import Course
from .diagnosis.finding import Finding
from .diagnosis.shown import shown_value
from .diagnosis.words import say
from .examiner import Verdict, examine_function
from .exercises import EXERCISES, chosen_exercises
from .plans import Plan, plan_of, wrong_call
from .reasons import closer

_ONCE = re.compile(r" (?:Hint|Remember): [^.]*\.| Read: tutorial \d+, “[^”]*”\.")
# Diagnoses of an exercise that is not there: no function of that name, or the stub as handed out.
ABSENT = {"not-written": "not written yet", "missing-function": "no such function"}


@dataclass(frozen=True)
class Result:
    """One exercise: its score out of `points`, the mistake's name, or None, and what to say.

    near   the function of the file with nearly that name, where there is none of `name`
    shown  the message for the student, where `message` names what is hidden
    also   the names of the other mistakes in it
    example   a wrong call as Python, and its values: for the lecturer
    """

    name: str
    score: float
    points: float
    diagnosis: str | None
    message: str
    finding: Finding | None = None
    near: str = ""
    shown: str = ""
    also: Sequence[str] = ()
    example: str = ""


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
    def absent(self) -> dict[str, list[Result]]:
        """What is not there, by why: a stub as it was handed out, or no function of that name."""
        gone = [result for result in self.results if not result.near]
        groups = {words: [r for r in gone if r.diagnosis == kind] for kind, words in ABSENT.items()}
        return {words: group for words, group in groups.items() if group}

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """Exercise and mistake of what is there and wrong; none where the file does not run."""
        there = [r for r in self.results if r.near or r.diagnosis not in ABSENT]
        return [(r.name, k) for r in there if self.loaded for k in (r.diagnosis, *r.also) if k]


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
    does. Full points if everything is right, half if only an edge case is wrong or the digits are
    those of float32. Of several outputs each counts for itself. `hints=False` leaves out Hint,
    Remember and Read. Raises FileNotFoundError for a file that is not there, ValueError for an
    unknown exercise or a file that is neither. Raises RuntimeError where a function that is right
    does not get its due here.

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
    if path.is_dir():
        raise ValueError(f"file must be a Python file or a notebook, got the folder {str(path)!r}")
    if not path.is_file():
        got = f"{str(path)!r}, which is not there"
        raise FileNotFoundError(f"file must be a Python file, got {got}")
    require_working_grader()
    return grade_exercises(path, Course({n: EXERCISES[n] for n in names}, (), limit, memory, hints))


@cache
def require_working_grader() -> None:
    """Reject to grade where a known-good function does not get through."""
    if not works_here():
        raise RuntimeError("the grader cannot run a student's function here: nothing is graded")


def grade_exercises(path: Path, course: Course) -> Report:
    """Grade the exercises of a course; `shown` of a result names no hidden one."""
    plans = {name: plan_of(exercise) for name, exercise in course.exercises.items()}
    tasks = [_task(asked) for asked in plans.values()]
    runs = run_functions(path, tasks, seconds=course.seconds, memory=course.memory)
    if copied := copied_from_minintk(path):
        runs = [r if r.problem else replace(r, problem="copied", detail=copied) for r in runs]
    done = {
        name: (asked, run, examine_function(asked, run))
        for (name, asked), run in zip(plans.items(), runs, strict=True)
    }
    judged, fine = _what_follows(path, course, done)
    results = [_result(path, of, course, judged.get(name), fine) for name, of in done.items()]
    unlimited = tuple(sorted({what for run in runs for what in run.unlimited}))
    failures = next((run.failures for run in runs if run.failures), ())
    note = f"While the file was loaded it raised {'; '.join(failures[:3])}" if failures else ""
    note = in_cells(str(path), note)
    return Report(str(path), tuple(results), any(run.loaded for run in runs), unlimited, note)


def _task(asked: Plan, right: tuple[str, ...] = ()) -> Task:
    e = asked.exercise
    arguments = [call.arguments for call in asked.calls]
    return Task(e.name, e.parameters, arguments, len(e.trials.outputs), right)


_Done = tuple[Plan, Run, Verdict]
_OF_ALL = ("sign", "factor-2", "factor-1/2")  # of which a hint says what all outputs share
_UNNAMED = "A function that it calls is not right."
_WRONG, _UNWRITTEN, _NOTHING = "is not right", "is not written yet", "returns None"
_IN_PLACE = "with right functions in place of those that it calls"


class _Judged(NamedTuple):
    """A function, and where it calls wrong ones what it does with right ones in their place.

    placed    what is right in their place; None where no more can be said
    opening   how its message begins
    calls     the sentence on what it calls
    shown     that sentence for the student, which names no hidden exercise
    """

    verdict: Verdict
    placed: tuple[str, ...] | None = ()
    opening: str = ""
    calls: str = ""
    shown: str = ""


def _what_follows(
    path: Path, course: Course, done: Mapping[str, _Done]
) -> tuple[dict[str, _Judged], set[str]]:
    """What calls wrong exercises of the file, listed or not; and the exercises that are right."""
    fine = {name for name, (*_, verdict) in done.items() if verdict.finding is None}
    own = {name for name, (asked, *_) in done.items() if asked.exercise.contents}
    if not (called := _wrong_in(path, done, fine)):
        return {}, fine
    others = {n: plan_of(EXERCISES[n]) for of in called.values() for n in of if n not in done}
    placed = {name: tuple(n for n in of if n not in own) for name, of in called.items()}
    tasks = [*(_task(done[n][0], of) for n, of in placed.items()), *map(_task, others.values())]
    runs = run_functions(path, tasks, seconds=course.seconds, memory=course.memory)
    pairs = zip(others.items(), runs[len(called) :], strict=True)
    found = {n: verdict.finding for n, (*_, verdict) in done.items()}
    found |= {n: examine_function(asked, run).finding for (n, asked), run in pairs}
    right = {n for n, finding in found.items() if finding is None}
    made: dict[str, _Judged] = {}
    for (name, of), run in zip(called.items(), runs, strict=False):
        asked, before, verdict = done[name]
        left = own.intersection(of)  # of one's own, and wrong: none is known to be right
        itself = run.problem == "forbidden-import"  # also with right ones in place
        if itself or right.issuperset(of) or (not left and _alike(before, run)):
            continue
        wrong = [n for n in of if n not in right]
        why = {n: _why(found[n]) for n in wrong if not called_from(path, n) & {*wrong} - {n}}
        # not those that are right themselves, or may be, and only follow
        follow = {n for n in wrong if (made[n].placed is None if n in made else n not in done)}
        wrong = [n for n in wrong if n in why or n not in follow] or wrong
        finding, names = _follows(wrong, why), [n for n in wrong if n not in course.hidden]
        both = zip(before.calls, run.calls, strict=False)
        after, said = examine_function(asked, run), say(finding, hints=False)
        lost = run.problem or left or any(then.problem and not now.problem for now, then in both)
        if after.finding and {_UNWRITTEN, _NOTHING} & {*why.values()}:
            lost = True  # it may be half written itself
        shown = say(_follows(names, why), hints=False) if names else _UNNAMED if lost else ""
        if after.finding is None or lost:
            note = "" if lost else f"{_IN_PLACE}, it is right"
            after = Verdict(verdict.share, replace(finding, note=note))
            made[name] = _Judged(after, None, "", said, shown)
        else:
            opening = f"{said} {_IN_PLACE.capitalize()}: "
            made[name] = _Judged(after, placed[name], opening, said, shown)
    return made, right


def _wrong_in(path: Path, done: Mapping[str, _Done], fine: set[str]) -> dict[str, tuple[str, ...]]:
    """By function, the exercises that it calls and that are not known to be right."""
    called = {}
    for name, (_, run, _) in done.items():
        if name not in fine and run.problem in (None, "time-limit", "crash", "forbidden-import"):
            wrong = called_from(path, name) - {name, *fine}
            if of := tuple(n for n in {**EXERCISES, **done} if n in wrong):
                called[name] = of
    # what is called comes before what calls it, in whatever order a course has them
    return dict(sorted(called.items(), key=lambda of: len(of[1])))


def _why(finding: Finding | None) -> str:
    """What is said of a function that another one calls, and that calls nothing wrong itself."""
    kind, what = (finding.kind, finding.place) if finding else ("", "")
    words = {"changed-inputs": f"changes its input {what}", "forbidden-import": f"uses {what}"}
    words |= {"float32": f"computes in {what[:7]}", "no-result": _NOTHING}
    return {**words, "not-written": _UNWRITTEN}.get(kind, _WRONG)


def _follows(names: Sequence[str], why: Mapping[str, str]) -> Finding:
    """The finding that what a function calls is not right, or why it is not."""
    said, *more = {why.get(n, _WRONG) for n in names}
    said = _WRONG if more or (names[1:] and said != _UNWRITTEN) else said
    of = ("function", said)
    of = ("functions", said.replace("is", "are", 1)) if names[1:] else of
    return Finding("follows", place=f"the {of[0]} that it calls, {listed(names)}, {of[1]}")


def _alike(one: Run, other: Run) -> bool:
    """Whether all calls came to the same, up to rounding."""
    outputs = ([x for c in run.calls for x in c.outputs] for run in (one, other))
    pairs = zip(*outputs, strict=False)
    same = all(x.shape == y.shape and np.allclose(x, y, 1e-9, 1e-11, True) for x, y in pairs)
    ends = [[(c.problem, c.changed) for c in run.calls] for run in (one, other)]
    return same and ends[0] == ends[1]


def _result(
    path: Path, of: _Done, course: Course, judged: _Judged | None = None, fine: Iterable[str] = ()
) -> Result:
    asked, run, verdict = of
    exercise = asked.exercise
    score = float(exercise.points * verdict.share)
    if verdict.finding is None:
        return Result(exercise.name, score, exercise.points, None, "Right.")
    judged = judged or _Judged(verdict, None if run.problem else ())
    verdict = judged.verdict
    wrong = {verdict.output: verdict}
    if judged.placed is not None:
        wrong = closer(path, asked, verdict, judged.placed, sorted(fine))
    finding = wrong[verdict.output].finding or Finding("unknown")
    taken = {*EXERCISES, *course.exercises}
    near = name_alike(path, exercise.name, taken) if finding.kind == "missing-function" else ""
    inside, _, own = near.rpartition(".")
    more = f" Did you mean {near}? The name must be that of the stub."
    more *= near not in ("", exercise.name)  # a def that did not run
    more = f" {own} is inside {inside}: it must stand alone." if inside else more
    if finding.kind == "not-a-function" and (where := set_at(path, exercise.name)):
        more = f" {where}."
    first = [each.finding or Finding("unknown") for each in wrong.values()]
    every = [f for one in first for f in one.each()]
    factors = {f"{f.factor or 1:.6g}" for f in first}
    minus = ["sign"] * any((f.factor or 0) < 0 and not f.wrong for f in every)  # −n is two mistakes
    kinds = dict.fromkeys([*(f.kind for f in every if f.kind != "unknown"), *minus])
    outputs = exercise.trials.outputs
    some = not exercise.contents and (len(wrong) < len(outputs) or len(factors) > 1)
    about: dict[str, Any] = {}
    for name, q in outputs.items() if run.problem is None else ():
        of_each = {k: hint for k, hint in q.hints.items() if not (some and k in _OF_ALL)}
        about[q.name if name else ""] = replace(q, hints=of_each)
    same = len({q.section for q in about.values()}) == 1  # else none is that of no output alone
    of_all = [q if same else replace(q, section=None) for q in about.values()]
    about.setdefault("", next((q for q in of_all if q.section or q.hints), None))
    message = judged.opening + _said(wrong, about, course.hints) + more
    message = in_cells(str(path), message if run.loaded else f"The file cannot be run. {message}")
    seen = message.replace(judged.calls, judged.shown).strip() * (judged.calls != judged.shown)
    found = (finding.kind, message, finding, near, seen, [k for k in kinds if k != finding.kind])
    return Result(exercise.name, score, exercise.points, *found, wrong_call(asked, run))


def _said(wrong: Mapping[str, Verdict], questions: Mapping[str, Any], hints: bool) -> str:
    """What is wrong with the outputs, by their names; what is the same of several once."""
    texts: dict[tuple[str, str], list[str]] = {}
    for name, each in wrong.items():
        finding = each.finding or Finding("unknown")
        about = None if finding.kind == "unknown" else questions.get(name)
        where = ", ".join(f"{n} = {shown_value(v)}" for n, v in (each.where or {}).items())
        example = f"at {where} yours is {shown_value(each.yours)}" if where else ""
        text = say(finding, about, hints=hints, example=example)
        if name:  # behind a colon
            text = re.sub("^A(?= )|^[A-Z](?=[a-z])", lambda m: m[0].lower(), text)
            text = text.replace("what it returns is not", "this is not")
        texts.setdefault((text, where), []).append(name)
    pairs = zip(["", *(where for _, where in texts)], texts.items(), strict=False)
    said = [
        (t.replace(f"at {w} yours", "there yours") if w == b else t, n) for b, ((t, w), n) in pairs
    ]
    message = " ".join(f"In {listed(n)}: {text}" if n[0] else text for text, n in said)
    # Each hint and place once, behind all that it is for; in order, which a set would not keep.
    for place in dict.fromkeys(_ONCE.findall(message)):
        before, after = message.rsplit(place, 1)
        message = f"{before.replace(place, '')}{place}{after}"
    return message
