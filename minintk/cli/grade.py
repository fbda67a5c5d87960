"""`minintk grade FILE.py` or a folder of files: grade functions, of one student or of a class."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from . import in_words
from .exercises import exercise_names
from .reproduce import whole_number

FEW = 5  # names of exercises in a line; of more only the number is said


def add_command(commands: Any) -> None:
    """Describe the command and its options."""
    grade = commands.add_parser(
        "grade",
        help="grade a file of functions, or the files of a class, and say what is wrong",
        description="Grade Python files or notebooks of functions. Each function runs in a process "
        "of its own. That isolates accidents; it is no protection against a hostile program. Of "
        "one file without --exercise, --course and --json only the functions in it count. Exit "
        "status for one file: 0 everything passed, 1 something failed or is not there, 2 the file "
        "could not be run. Exit status for a class: 0 every file was graded, 1 some were not, 130 "
        "interrupted.",
    )
    grade.add_argument(
        "files",
        metavar="FILE|FOLDER",
        nargs="+",
        help="a student's file, or a folder with the files of a class",
    )
    grade.add_argument(
        "--exercise", action="append", metavar="NAME,...", help="grade only these exercises"
    ).words = exercise_names
    grade.add_argument(
        "--course",
        metavar="FILE",
        type=Path,
        help="a course file in TOML or JSON: which exercises count, and for how much",
    )
    grade.add_argument("--no-hints", action="store_true", help="leave out Hint, Remember and Read")
    grade.add_argument(
        "--reveal", action="store_true", help="for one file: also show a right value for each"
    )
    grade.add_argument(
        "--json", metavar="FILE", type=Path, help="write the result in the layout of Gradescope"
    )
    grade.add_argument(
        "--gradescope",
        metavar="FILE",
        type=Path,
        help="the same, for the one file of a folder; exit status 0 whatever the score",
    )
    grade.add_argument(
        "--csv", metavar="FILE", type=Path, help="for a class: write a table of the scores"
    )
    grade.add_argument(
        "--json-dir",
        metavar="DIR",
        type=Path,
        help="for a class: write two files for each student, NAME.txt to hand out and NAME.json "
        "for the lecturer; a second run continues from there",
    )
    grade.add_argument(
        "--workers",
        metavar="N",
        type=whole_number(1),
        default=2,
        help="for a class: how many files at a time (default: %(default)s)",
    )
    grade.set_defaults(command=run, refuse=grade.error)


def run(options: argparse.Namespace) -> int:
    """Carry out the command and return its exit status."""
    from ..course.classroom import only_file, students_of

    signal.signal(signal.SIGTERM, _stop)  # what was started is ended, and nothing is left behind
    for_one = options.json or options.gradescope
    for_many = options.csv or options.json_dir
    try:
        students, skipped = students_of(options.files)
        if for_one and ((len(students) > 1 and not options.gradescope) or for_many):
            raise ValueError(
                "--json and --gradescope are for one file: take --json-dir for a class"
            )
        if for_one or (len(students) == 1 and not for_many and Path(options.files[0]).is_file()):
            if skipped:
                print(f"skipped: {', '.join(skipped)}")
            return _one(options, only_file([file for files in students.values() for file in files]))
        if options.reveal:
            raise ValueError(
                "--reveal is for one file: NAME.json of --json-dir has the right values"
            )
        return _class(options, len(students))
    except (OSError, ValueError, RuntimeError) as error:
        options.refuse(in_words(error))
        return 2
    except KeyboardInterrupt:
        print("stopped")
        return 130


def _stop(*_: Any) -> None:
    raise SystemExit(143)


def _interrupt(*_: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # what runs has limits, and ends by itself
    print("waiting for the files that are being graded", file=sys.stderr, flush=True)
    raise KeyboardInterrupt


def _course(options: argparse.Namespace) -> Any:
    from dataclasses import replace

    from .._require import require_choice
    from ..course.course_file import Course, read_course

    course = Course() if options.course is None else read_course(options.course)
    if options.exercise:
        names = [
            require_choice("exercise", n, course.exercises)
            for n in ",".join(options.exercise).split(",")
        ]
        course = replace(course, exercises={name: course.exercises[name] for name in names})
    return replace(course, hints=False) if options.no_hints else course


def _one(options: argparse.Namespace, path: Path | str) -> int:
    from ..course.classroom import write_whole
    from ..course.grading import grade_exercises, require_working_grader
    from ..course.reports import gradescope_json, not_graded_json, report_text

    course = _course(options)
    if isinstance(path, str):
        if options.gradescope is None:
            raise ValueError(path)
        write_whole(options.gradescope, json.dumps(not_graded_json(path)) + "\n")
        print(f"not graded: {path}")
        return 0
    require_working_grader()
    report = grade_exercises(path, course)
    for target in (options.json, options.gradescope):
        if target is not None:
            layout = gradescope_json(report, course.hidden)
            write_whole(target, json.dumps(layout, ensure_ascii=False, indent=1) + "\n")
    chosen = any((options.exercise, options.course, options.json, options.gradescope))
    counted, absent = (report, []) if chosen else _of_what_is_there(report)
    print(report_text(counted, options.reveal))
    if len(absent) > FEW:
        print(f"{len(absent)} other exercises are not in this file and are not counted")
    elif absent:
        print(f"not in this file, and not counted: {', '.join(absent)}")
    if options.gradescope is not None:
        return 0
    return 2 if not report.loaded else 0 if counted.passed else 1


def _of_what_is_there(report: Any) -> tuple[Any, list[str]]:
    """The report on the functions that the file has, and the names of those that it has not.

    A file without any keeps all of them: its score is 0.
    """
    from dataclasses import replace

    there = tuple(r for r in report.results if r.diagnosis != "missing-function" or r.near)
    if not (there and report.loaded):
        return report, []
    absent = [r.name for r in report.results if r not in there]
    return replace(report, results=there), absent


def _class(options: argparse.Namespace, total: int) -> int:
    from ..course.classroom import grade_class, write_whole

    course = _course(options)
    if options.csv is not None:
        _require_writable(options.csv)  # rejected now, not after an hour
    stopped = False
    before = signal.signal(signal.SIGINT, _interrupt)
    try:
        found = grade_class(
            options.files, course, workers=options.workers, json_dir=options.json_dir
        )
    except KeyboardInterrupt as stop:
        if not stop.args:  # before the first
            raise
        stopped, found = True, stop.args[0]
    finally:
        signal.signal(signal.SIGINT, before)
    if options.csv is not None:
        write_whole(options.csv, found.as_csv())
    if not stopped:
        print(found)
        return 1 if found.failed else 0
    how = "the same command goes on" if options.json_dir else "with --json-dir a second run goes on"
    print(f"{len(found.reports) + len(found.failed)} of {total} done; {how}")
    return 130


def _require_writable(path: Path) -> None:
    """Raise OSError where a file could not be written; what is there is left as it is."""
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(b"")
    part.unlink()
