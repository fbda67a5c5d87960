"""`minintk exercises`: list, show or hand out the exercises."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_command(commands: Any) -> None:
    """Describe the command and its options."""
    exercises = commands.add_parser(
        "exercises",
        help="list the exercises, show one, or write them to a folder",
        description="List the exercises, show one, or write them to a folder.",
    )
    exercises.add_argument("name", nargs="?", metavar="NAME", help="show this exercise")
    exercises.add_argument("--out", type=Path, metavar="DIR", help="write files to hand out")
    exercises.add_argument(
        "--gradescope", type=Path, metavar="ZIP", help="write the autograder that Gradescope runs"
    )
    exercises.add_argument("--course", type=Path, metavar="FILE", help="its course file")
    exercises.set_defaults(command=run, refuse=exercises.error)


def run(options: argparse.Namespace) -> int:
    """Carry out the command and return its exit status."""
    from ..course.autograder import autograder_zip
    from ..course.exercises import EXERCISES, exercise_text, write_exercises

    names = None if options.name is None else [options.name]
    try:
        if options.gradescope is not None:
            autograder_zip(options.gradescope, options.course)
            print(options.gradescope)
        elif options.out is not None:
            for path in write_exercises(options.out, names):
                print(path)
        elif names:
            print(exercise_text(names), end="")
        else:
            for number, exercise in enumerate(EXERCISES.values(), 1):
                print(f"{number:2} {exercise.name:26}{exercise.points} {exercise.title}")
    except (OSError, ValueError) as error:
        options.refuse(str(error))
    return 0
