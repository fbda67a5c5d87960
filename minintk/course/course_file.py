"""What a lecturer sets: exercises, weights and limits, and exercises of one's own.

Course         exercises, weights, limits
read_course    a course file, TOML or JSON
own_exercise   an exercise of one's own: a stub file and a question
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
import runpy
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .._require import (
    Array,
    require_choice,
    require_flag,
    require_integer,
    require_number,
    require_path,
    show,
)
from .answers.program import MEMORY, encode
from .answers.trees import CONSTANTS, FUNCTIONS, refuse_others
from .diagnosis.finding import Sample, close
from .diagnosis.shown import shown_value
from .exercises import EXERCISES, Exercise, exercise_of
from .plans import Done, calls_of, telling
from .questions.question import Inputs, Question, Trials, formula_tree, value_of

LAST_TUTORIAL = 10
_KEYS = ("exercises", "weights", "hidden", "seconds", "memory_mib", "hints", "own")


@dataclass(frozen=True)
class Course:
    """What a course file sets.

    exercises   by name, in order; their points are the weights
    hidden      exercises whose results the student does not see
    seconds     of processor time for each exercise
    memory      bytes
    hints       whether a message has a hint and a place to read
    """

    exercises: Mapping[str, Exercise] = field(default_factory=lambda: dict(EXERCISES))
    hidden: tuple[str, ...] = ()
    seconds: float = 4.0
    memory: int = MEMORY
    hints: bool = True


def read_course(file: str | Path) -> Course:
    """Read a course file: TOML from Python 3.11 on, the same keys in JSON everywhere.

    exercises    names in order (all, unless given)
    weights      points by name; what is not named keeps its own
    hidden       names whose results the student does not see
    seconds, memory_mib, hints   limits for each exercise; hints = false: no Hint, Remember or Read
    own          files of exercises of one's own, beside the course file, see `own_exercise`

    Raises ValueError, in one line, for an unknown key or exercise, a negative weight, or weights
    whose sum is 0. So it does for a weight or a hidden name that is not among the exercises.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "course.json"
    ...     _ = path.write_text('{"exercises": ["relu", "loss"], "weights": {"loss": 3}}')
    ...     [exercise.points for exercise in read_course(path).exercises.values()]
    [1, 3]
    """
    path = require_path("file", file)
    found = parsed(path)
    for key in found:
        require_choice(f"a key of {path.name}", key, _KEYS)
    exercises = {e.name: e for e in (own_exercise(path.parent / f) for f in found.get("own", ()))}
    known = {**EXERCISES, **exercises}
    names = found.get("exercises", list(known))
    if not names or len(set(names)) < len(names):
        raise ValueError(f"exercises must be names, each once, got {names!r}")
    weights = found.get("weights", {})
    for name in (*names, *weights, *found.get("hidden", ())):
        require_choice(f"an exercise of {path.name}", name, known)
    for name, weight in weights.items():
        require_number(f"the weight of {name}", weight, least=0, largest=1e6)
    for key in ("weights", "hidden"):
        if unused := [name for name in found.get(key, ()) if name not in names]:
            raise ValueError(f"{key} must be of exercises of the course, got {', '.join(unused)}")
    chosen = {name: known[name] for name in names}
    chosen = {n: replace(e, points=weights.get(n, e.points)) for n, e in chosen.items()}
    if sum(exercise.points for exercise in chosen.values()) <= 0:
        raise ValueError(f"weights must have a sum above 0, got {weights!r}")
    return Course(
        chosen,
        tuple(found.get("hidden", ())),
        require_number("seconds", found.get("seconds", 4.0), above=0, largest=1e6),
        require_integer("memory_mib", found.get("memory_mib", MEMORY >> 20)) << 20,
        require_flag("hints", found.get("hints", True)),
    )


def parsed(path: Path) -> dict[str, Any]:
    """The keys of a course file."""
    text = path.read_text(encoding="utf-8-sig")
    try:
        if path.suffix == ".toml":
            if sys.version_info < (3, 11):
                raise ValueError("TOML is read from Python 3.11 on: write the same keys in JSON")
            return dict(importlib.import_module("tomllib").loads(text))
        found = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{path.name} must be TOML or JSON that reads: {error}") from None
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} must be an object of keys, got {type(found).__name__}")
    return found


def own_exercise(file: str | Path) -> Exercise:
    """An exercise of one's own: a Python file that sets TRIALS, and the stub beside it.

    The stub has the same name and ends in .txt: one function, as it is handed out, whose
    docstring's first line ends in "(N points)". TRIALS is a `Trials`: the questions of its outputs,
    and how calls are drawn. Raises ValueError, in one line, where one of them is missing, or where
    calls, formulas, parts or the section cannot be right.

    >>> own_exercise("nowhere.py")
    Traceback (most recent call last):
    ...
    ValueError: an exercise must be two files, nowhere.py and nowhere.txt
    """
    path = require_path("file", file)
    stub = path.with_suffix(".txt")
    if not path.is_file() or not stub.is_file():
        raise ValueError(f"an exercise must be two files, {path.name} and {stub.name}")
    trials = _tried(path, "the file must run", lambda: runpy.run_path(str(path))).get("TRIALS")
    if not isinstance(trials, Trials):
        raise ValueError(f"{path.name} must set TRIALS to a Trials")
    contents = hashlib.sha256(path.read_bytes() + b"\0" + stub.read_bytes()).hexdigest()
    try:
        exercise = exercise_of(stub.read_text(encoding="utf-8"), trials)
    except ValueError as error:
        raise ValueError(f"{stub.name}: {error}") from None
    with np.errstate(all="ignore"):
        _require_sound(path, exercise)
    return replace(exercise, contents=contents)


def _tried(path: Path, rule: str, function: Callable[[], Any]) -> Any:
    """What a lecturer's function returns; in place of its error one line with the file's name."""
    try:
        return function()
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(path)]
        if isinstance(error, SyntaxError) and error.filename == str(path):
            lines.append(error.lineno)
        line = f", line {lines[-1]}" if lines else ""
        said = getattr(error, "msg", None) or error
        said = "invalid syntax" if "* missing?" in rule and isinstance(error, SyntaxError) else said
        raise ValueError(f"{path.name}{line}: {rule}, got {type(error).__name__}: {said}") from None


def _require_sound(path: Path, exercise: Exercise) -> None:
    """Reject an exercise whose calls, formulas, parts or places to read cannot be right."""
    questions, calls = exercise.trials.outputs.values(), _calls(path, exercise)
    if len({question.name for question in questions}) < max(len(questions), 1):
        raise ValueError(f"{path.name}: outputs must be questions, each with a name of its own")
    for question in questions:
        # a mistake may have no value for one point or at an edge; on a kink it is asked for
        asked = (e for _, e in calls if telling([e]) or e.edge[1] == "kink")
        _require_question(path, question, [e.inputs for e in asked])
        # no student could have another right value, or a value at all where he divides by 0
        meant = callable(question.right) or "where(" in question.right
        how: Any = "ignore" if meant else "raise"
        for where, e in calls:
            rule = f"the right value of {question.name} must be finite in every step at {where}"
            with np.errstate(divide=how, invalid=how):
                right = _tried(path, rule, partial(value_of, question.right, e.inputs))
            if not np.isfinite(right).all():
                raise ValueError(f"{path.name}: {rule}, got {shown_value(right)}")


def _calls(path: Path, exercise: Exercise) -> list[tuple[str, Done]]:
    """All calls, each with its name and inputs, and as many arguments as the function takes."""
    trials, names, found = exercise.trials, exercise.parameters, []
    rule = "draw must return arguments, also for n = m = 2"
    for e in _tried(path, rule, lambda: calls_of(exercise)):
        given = [n for n in ("single", "simple") if e.arguments is getattr(trials, n)]
        where = f"the edge {e.edge[0]!r}" if e.label == "edge" else [*given, "what draw returns"][0]
        if not isinstance(e.arguments, (tuple, list)) or len(e.arguments) != len(names):
            count = f"{len(names)} ({', '.join(names)})"
            rule = f"{where} must be a tuple of as many arguments as {exercise.name} takes, {count}"
            raise ValueError(f"{path.name}: {rule}, got {show(e.arguments)}")
        rule = f"{where} must be numbers, text, or arrays of them"
        _tried(path, rule, partial(json.dumps, e.arguments, default=encode))
        rule = "letters must be made of arguments"
        inputs = _tried(path, rule, partial(exercise.inputs, tuple(e.arguments)))
        found.append((where, replace(e, inputs=inputs)))
    return found


def _require_question(path: Path, question: Question, several: list[Inputs]) -> None:
    section = question.section
    if section is not None and not 0 <= section[0] <= LAST_TUTORIAL:
        rule = f"must be the number of a tutorial, 0 to {LAST_TUTORIAL}, and a heading in it"
        raise ValueError(f"{path.name}: section {rule}, got {section!r}")
    of, named = question.name, list[tuple[str, Any]]([("the right value", question.right)])
    for field_name in ("parts", "finer", "foreign", "factors"):
        found = getattr(question, field_name).items()
        named += [(f"{name!r} of {field_name}", value) for name, value in found]
    named += [(f"the confusion {c.kind}", c.value) for c in question.confusions]
    every = [[_value(path, f"{what} of {of}", v, i) for i in several] for what, v in named]
    for c, values in zip(reversed(question.confusions), reversed(every), strict=False):
        pairs = zip(values, every[0], strict=True)
        if all(close(given, right, Sample((), (right,), ())) for given, right in pairs):
            rule = f"the confusion {c.kind} of {of} must be another value"
            raise ValueError(f"{path.name}: {rule}, got the right one in {len(values)} calls")
    for right, *parts in zip(every[0], *every[1 : 1 + len(question.parts)], strict=True):
        if parts and not np.allclose(total := sum(parts), right, rtol=1e-7, atol=1e-9):
            rule = f"the parts of {of} must add up to its right value, got {shown_value(total)}"
            raise ValueError(f"{path.name}: {rule} and {shown_value(right)}")


def _value(path: Path, what: str, value: Any, inputs: Inputs) -> Array:
    """A value at some inputs; of a text first whether it is a formula in the known letters."""
    rule = f"{what} must be a function of the inputs, or a formula in {', '.join(inputs)}"
    if isinstance(value, str):
        names = frozenset(inputs) | CONSTANTS.keys()
        lost = re.search(r"\b\d+\s*[A-DF-Za-df-z(]|\)\s*[\w(]|\w\s+\w", value)
        rule += f" (here {value!r}{': is a * missing?' if lost else ''})"
        _tried(path, rule, lambda: refuse_others(formula_tree(value), names, frozenset(FUNCTIONS)))
    return np.asarray(_tried(path, rule, lambda: value_of(value, inputs)))
