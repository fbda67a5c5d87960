"""`minintk exercises`: list, show or hand out the exercises."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from . import in_words

FOR_STUDENTS = "course_for_students.json"


def add_command(commands: Any) -> None:
    """Describe the command and its options."""
    exercises = commands.add_parser(
        "exercises",
        help="list the exercises, show one, or write them to a folder",
        description="List the exercises with their points, show one, or write them to a folder. "
        "Each exercise is a Python function to fill in; `minintk grade` grades it.",
        epilog="examples:\n"
        "  minintk exercises                          list all\n"
        "  minintk exercises kappa0                   show one\n"
        "  minintk exercises kappa0 --out handout     write one\n"
        "  minintk exercises --out handout            write all",
    )
    exercises.add_argument(
        "name", nargs="?", metavar="NAME", help="one exercise (default: all)"
    ).words = exercise_names
    exercises.add_argument(
        "--list", action="store_true", help="show number, name, points and title, and stop"
    )
    exercises.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="write to DIR one file an exercise, and assignment.py with all of them; "
        "no file that is there is written over",
    )
    exercises.add_argument(
        "--gradescope", type=Path, metavar="ZIP", help="write the autograder that Gradescope runs"
    )
    exercises.add_argument(
        "--course",
        type=Path,
        metavar="FILE",
        help="with --out or --gradescope: the exercises of a course file, in TOML or JSON",
    )
    exercises.set_defaults(command=run, refuse=exercises.error)


def exercise_names() -> list[str]:
    """The name of every exercise, in teaching order."""
    from ..course.exercises import EXERCISES

    return list(EXERCISES)


def run(options: argparse.Namespace) -> int:
    """Carry out the command and return its exit status."""
    from ..course.exercises import exercise_text
    from .autograder import autograder_zip

    names = None if options.name is None else [options.name]
    if options.course is not None and (names or (options.gradescope or options.out) is None):
        options.refuse("--course goes with --out or --gradescope, and has the names")
    try:
        if options.list:
            _show(names)
        elif options.gradescope is not None:
            points = autograder_zip(options.gradescope, options.course)
            print(f"{options.gradescope}\n{points:.6g} points in all")
        elif options.out is not None:
            for path in _written(options, names):
                print(path)
        elif names:
            print(exercise_text(names), end="")
        else:
            _show(names)
    except (OSError, ValueError) as error:
        options.refuse(in_words(error))
    return 0


def _written(options: argparse.Namespace, names: list[str] | None) -> list[Path]:
    from ..course.course_file import read_course
    from ..course.exercises import write_exercises

    if options.course is None:
        return write_exercises(options.out, names)
    return _write_course(options.out, read_course(options.course))


def _write_course(folder: Path, course: Any) -> list[Path]:
    """Write a course's exercises, numbered in its order, and a course file for students.

    With it they grade at home what is minintk's own and not hidden, for the points of the course.
    """
    from ..course.exercises import GRADER, WHOLE, text_of, write_new

    chosen = list(course.exercises.values())
    home = {e.name: e.points for e in chosen if not e.contents and e.name not in course.hidden}
    if sum(home.values()) <= 0:  # no course file may have this sum
        home = {}
    texts = {}
    files = {f"{number:02}_{e.name}.py": [e] for number, e in enumerate(chosen, 1)}
    for file, exercises in {**files, WHOLE: chosen}.items():
        lines = []
        if any(e.name in home for e in exercises):
            one = "" if file == WHOLE else f" --exercise {exercises[0].name}"
            lines.append(GRADER.format(f"{file} --course {FOR_STUDENTS}{one}"))
        rest = ", ".join(e.name for e in exercises if e.name not in home)
        if rest:
            lines.append(f"Your lecturer grades:  {rest}")
        texts[file] = text_of(exercises, file, "\n".join(lines))
    if home:
        limits = {"seconds": course.seconds, "memory_mib": course.memory >> 20}
        keys = {"exercises": list(home), "weights": home, **limits, "hints": course.hints}
        texts[FOR_STUDENTS] = json.dumps(keys, indent=1) + "\n"
    return write_new(folder, texts)


def _show(names: list[str] | None) -> None:
    from ..course.exercises import EXERCISES, chosen_exercises

    chosen = chosen_exercises("names", names)
    for number, exercise in enumerate(EXERCISES.values(), 1):
        if exercise.name in chosen:
            print(f"{number:2} {exercise.name:26}{exercise.points} {exercise.title}")
