"""The exercises, in teaching order: from the ReLU to the kernel that evolves.

EXERCISES         name → Exercise: the stub as it is handed out, and the questions it asks
exercise_text     one exercise as the text of a Python file, or all of them in one
write_exercises   the files that a lecturer hands out

Each stub is a file of this folder. Conventions are those of minintk's docstring. A statement gives
what is known on paper; the rest is to be written. Definitions are there, derived formulas are not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..._require import require_choice, require_path, require_text, show
from ..answers.trees import syntax_tree
from ..questions import TRIALS
from ..questions.question import Keeper, Trials

__all__ = ["EXERCISES", "Exercise", "exercise_text", "write_exercises"]


@dataclass(frozen=True)
class Exercise(Keeper):
    """One exercise: what the student gets, and how the grader asks.

    stub        the function as it is handed out: its first line ends in the points, and its
                docstring has the statement and two visible checks
    trials      the questions, and the arguments of the calls
    contents    of one's own: a digest of its two files
    """

    name: str
    points: float
    parameters: tuple[str, ...]
    title: str
    stub: str
    trials: Trials
    contents: str = ""

    def inputs(self, arguments: tuple[Any, ...]) -> dict[str, Any]:
        """The arguments by name, and the letters of the questions made of them."""
        known = dict(zip(self.parameters, arguments, strict=True))
        return known | dict(self.trials.letters(known))


def exercise_of(stub: str, trials: Trials) -> Exercise:
    """An exercise from the text of its stub and its questions.

    Raises ValueError for a stub that is not one function whose docstring's first line ends in
    "(N points)".
    """
    try:
        (function,) = syntax_tree(stub).body
        assert isinstance(function, ast.FunctionDef)
        first = (ast.get_docstring(function) or "").splitlines()[0]
        title, points = re.fullmatch(r"(.*) \((\d+(?:\.\d+)?) points?\)", first).groups()  # type: ignore[union-attr]
    except (SyntaxError, ValueError, AssertionError, IndexError, AttributeError):
        rule = "must be one function, whose docstring's first line ends in (N points)"
        raise ValueError(f"a stub {rule}") from None
    parameters = tuple(argument.arg for argument in function.args.args)
    worth = float(points) if "." in points else int(points)
    return Exercise(function.name, worth, parameters, title, stub, trials)


def _of_file(stub: Path) -> Exercise:
    name = stub.stem[3:]
    if name not in TRIALS:
        rule = f"must have a row {name!r} in TRIALS of a file of minintk/course/questions"
        raise ValueError(f"{stub.name} {rule}")
    return exercise_of(stub.read_text(encoding="utf-8"), TRIALS[name])


_ALL = [_of_file(stub) for stub in sorted(Path(__file__).parent.glob("*.txt"))]  # 01_relu.txt, …
EXERCISES: dict[str, Exercise] = {exercise.name: exercise for exercise in _ALL}

_HEADER = '''"""minintk exercises. Write the functions; keep their names and parameters.

{hand_in}
Use numpy only. Run the visible checks with  python -m doctest -v {file}
{grader}
"""

import numpy as np
'''
WHOLE = "assignment.py"
GRADER = "and the grader with                          minintk grade {}"


def exercise_text(names: Iterable[str] | None = None, file: str = "FILE.py") -> str:
    """A Python file with the stubs of some exercises (all, unless named).

    Raises ValueError for an unknown name, with all that there are.

    >>> print(exercise_text(["relu"]).splitlines()[10])
    def relu(z):
    """
    chosen = chosen_exercises("names", names)
    require_text("file", file)
    option = "" if len(chosen) == len(EXERCISES) else f" --exercise {','.join(chosen)}"
    return text_of([EXERCISES[name] for name in chosen], file, GRADER.format(f"{file}{option}"))


def text_of(exercises: Iterable[Exercise], file: str, grader: str) -> str:
    """A file with stubs, under a header that says what to hand in, and how `grader` grades it."""
    hand_in = f"To practise. Hand in {WHOLE} alone, with a copy of this function in it."
    if file == WHOLE:
        hand_in = f"Hand in this one file, {WHOLE}, or one notebook of these functions."
    header = _HEADER.format(file=file, hand_in=hand_in, grader=grader)
    return "\n\n".join([header, *map(_stub_of, exercises)])


def _stub_of(exercise: Exercise) -> str:
    """The stub with the points of the course."""
    points = f"({exercise.points:.10g} point{'' if exercise.points == 1 else 's'})"
    return re.sub(r"\(\d+(?:\.\d+)? points?\)", points, exercise.stub, count=1)


def chosen_exercises(parameter: str, names: Iterable[str] | None) -> list[str]:
    """The names of some exercises, each known; all of them for None."""
    if names is None:
        return list(EXERCISES)
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise TypeError(f"{parameter} must be a list of exercises, got {show(names)}")
    return [require_choice("exercise", name, EXERCISES) for name in names]


def write_exercises(folder: Path, names: Iterable[str] | None = None) -> list[Path]:
    """Write one file an exercise, numbered, and `assignment.py` with all of them.

    Makes the folder where there is none. Raises FileExistsError rather than write over a file: a
    student's work may be in it.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_exercises(Path(folder), ["relu"])]
    ['01_relu.py', 'assignment.py']
    """
    order, chosen = list(EXERCISES), chosen_exercises("names", names)
    files = {f"{order.index(name) + 1:02}_{name}.py": [name] for name in chosen}
    files[WHOLE] = chosen
    return write_new(folder, {file: exercise_text(m, file) for file, m in files.items()})


def write_new(folder: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write the files, none of them over one that is there."""
    paths = {require_path("folder", folder) / file: text for file, text in texts.items()}
    for path in paths:
        if path.exists():
            raise FileExistsError(f"{path} exists, and is not written over")
    for path, text in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(paths)
