"""The exercises, in teaching order: from the ReLU to the kernel that evolves.

EXERCISES         name → Exercise: statement, stub with shapes and units, two visible checks, points
exercise_text     one exercise as the text of a Python file, or all of them in one
write_exercises   the files that a lecturer hands out

Conventions are those of minintk's docstring. A statement gives what is known on paper and asks for
the rest: definitions are there, derived formulas are not.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from .._require import require_choice, require_path, require_text, show
from .statements import STATEMENTS

__all__ = ["EXERCISES", "Exercise", "exercise_text", "write_exercises"]


class Exercise(NamedTuple):
    """One exercise; `checks` are two calls with their printed results."""

    name: str
    points: float
    parameters: tuple[str, ...]
    statement: str
    checks: tuple[tuple[str, str], tuple[str, str]]


EXERCISES: dict[str, Exercise] = {entry[0]: Exercise(*entry) for entry in STATEMENTS}

_HEADER = '''"""minintk exercises. Write the functions; keep their names and parameters.

Use numpy only. Run the visible checks with  python -m doctest -v {file}
and the grader with                          minintk grade {file}{option}
"""

import numpy as np
'''


def exercise_text(names: Iterable[str] | None = None, file: str = "FILE.py") -> str:
    """A Python file with the stubs of some exercises (all, unless named).

    Raises ValueError for an unknown name, with all that there are.

    >>> print(exercise_text(["relu"]).splitlines()[9])
    def relu(z):
    """
    chosen = chosen_exercises("names", names)
    require_text("file", file)
    option = "" if len(chosen) == len(EXERCISES) else f" --exercise {','.join(chosen)}"
    stubs = [_stub(EXERCISES[name]) for name in chosen]
    return "\n\n".join([_HEADER.format(file=file, option=option), *stubs])


def exercise_named(name: str) -> Exercise:
    """The exercise of a name.

    >>> exercise_named("relu").points
    1
    """
    return EXERCISES[require_choice("exercise", name, EXERCISES)]


def chosen_exercises(parameter: str, names: Iterable[str] | None) -> list[str]:
    """The names of some exercises, each known; all of them for None.

    >>> chosen_exercises("names", ["relu"])
    ['relu']
    """
    if names is None:
        return list(EXERCISES)
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise TypeError(f"{parameter} must be a list of exercises, got {show(names)}")
    return [exercise_named(name).name for name in names]


def write_exercises(folder: Path, names: Iterable[str] | None = None) -> list[Path]:
    """Write one file an exercise, numbered, and `assignment.py` with all of them.

    Makes the folder where there is none. Raises FileExistsError rather than write over a file: a
    student's work may be in it.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_exercises(Path(folder), ["relu"])]
    ['01_relu.py', 'assignment.py']
    """
    folder = require_path("folder", folder)
    order, chosen = list(EXERCISES), chosen_exercises("names", names)
    texts = {f"{order.index(name) + 1:02}_{name}.py": [name] for name in chosen}
    texts["assignment.py"] = chosen
    paths = {folder / file: members for file, members in texts.items()}
    for path in paths:
        if path.exists():
            raise FileExistsError(f"{path} exists, and is not written over")
    folder.mkdir(parents=True, exist_ok=True)
    for path, members in paths.items():
        path.write_text(exercise_text(members, path.name), encoding="utf-8")
    return list(paths)


def _stub(exercise: Exercise) -> str:
    lines = [f"def {exercise.name}({', '.join(exercise.parameters)}):"]
    points = "1 point" if exercise.points == 1 else f"{exercise.points} points"
    first, *rest = _wrapped(exercise.statement).splitlines()
    lines += [f'    r"""{first} ({points})', *(f"    {line}".rstrip() for line in rest), ""]
    for call, result in exercise.checks:
        lines += [
            *(f"    >>> {line}" for line in call.splitlines()),
            *(f"    {line}" for line in result.splitlines()),
        ]
    lines += ['    """', '    raise NotImplementedError("write me")', ""]
    return "\n".join(lines)


def _wrapped(statement: str) -> str:
    """Paragraphs with a line that is too long, filled again; formulas stay as they are."""
    paragraphs = statement.strip().split("\n\n")
    return "\n\n".join(
        textwrap.fill(text, 92) if max(map(len, text.splitlines())) > 92 else text
        for text in paragraphs
    )
