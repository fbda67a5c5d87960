"""What a lecturer sets: exercises, weights and limits, and exercises of one's own.

Course         exercises, weights, limits
read_course    a course file, TOML or JSON
own_exercise   an exercise of one's own: a stub file and a question
"""

from __future__ import annotations

import hashlib
import importlib
import json
import runpy
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .._require import require_choice, require_flag, require_integer, require_number, require_path
from .answers.program import MEMORY
from .exercises import EXERCISES, Exercise, exercise_of
from .questions.question import Trials

__all__ = ["Course", "own_exercise", "read_course"]


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


_KEYS = ("exercises", "weights", "hidden", "seconds", "memory_mib", "hints", "own")


def read_course(file: str | Path) -> Course:
    """Read a course file: TOML from Python 3.11 on, the same keys in JSON everywhere.

    exercises    names in order (all, unless given)
    weights      points by name; what is not named keeps its own
    hidden       names whose results the student does not see
    seconds, memory_mib, hints   limits for each exercise; hints = false says no more than is wrong
    own          files of exercises of one's own, beside the course file, see `own_exercise`

    Raises ValueError, in one line, for an unknown key or exercise, a negative weight, or weights
    whose sum is 0.

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
    and how calls are drawn. Raises ValueError where one of them is missing.

    >>> own_exercise("nowhere.py")
    Traceback (most recent call last):
    ...
    ValueError: an exercise must be two files, nowhere.py and nowhere.txt
    """
    path = require_path("file", file)
    stub = path.with_suffix(".txt")
    if not path.is_file() or not stub.is_file():
        raise ValueError(f"an exercise must be two files, {path.name} and {stub.name}")
    trials = runpy.run_path(str(path)).get("TRIALS")
    if not isinstance(trials, Trials):
        raise ValueError(f"{path.name} must set TRIALS to a Trials")
    contents = hashlib.sha256(path.read_bytes() + b"\0" + stub.read_bytes()).hexdigest()
    return replace(exercise_of(stub.read_text(encoding="utf-8"), trials), contents=contents)
