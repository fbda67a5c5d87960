"""`minintk grade FILE.py`: grade a file of functions."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any


def add_command(commands: Any) -> None:
    """Describe the command and its options."""
    grade = commands.add_parser(
        "grade",
        help="grade a file of functions, and say what is wrong with each",
        description="Grade a file of functions, each in a process of its own. This isolates "
        "accidents and is no sandbox. Exit status: 0 all passed, 1 some failed, 2 not run.",
    )
    grade.add_argument("file", metavar="FILE.py")
    grade.add_argument("--exercise", metavar="NAME,...", help="only these exercises")
    grade.add_argument(
        "--json", metavar="FILE", type=Path, help="write the result as Gradescope reads it"
    )
    grade.set_defaults(command=run, refuse=grade.error)


def run(options: argparse.Namespace) -> int:
    """Carry out the command and return its exit status."""
    from ..course.grading import grade, gradescope_json, report_text

    try:
        names = options.exercise.split(",") if options.exercise else None
        report = grade(options.file, names)
    except (OSError, ValueError) as error:
        options.refuse(str(error))
    print(report_text(report))
    if options.json is not None:
        text = json.dumps(gradescope_json(report), ensure_ascii=False, indent=1)
        try:
            options.json.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            options.refuse(f"--json: {error}")
    if not report.loaded:
        return 2
    return 0 if report.passed else 1
