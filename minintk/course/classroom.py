"""A class: every student's file, a table of scores, and which mistakes are common.

grade_class    every student's file, several at a time; what was graded before is taken over
ClassReport    the reports, as a table and as CSV
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from .._require import require_instance, require_integer, require_path, show
from .answers.program import printable
from .course_file import Course
from .grading import (
    Report,
    Result,
    grade_exercises,
    gradescope_json,
    in_one_line,
    require_working_grader,
)

__all__ = ["ClassReport", "grade_class"]


@dataclass(frozen=True)
class ClassReport:
    """Every student's report by name, and of whom none could be made, with the reason."""

    reports: Mapping[str, Report]
    failed: Mapping[str, str]

    def common(self) -> list[tuple[int, str, str]]:
        """How many students made which mistake in which exercise, the most common first."""
        counts = Counter(pair for report in self.reports.values() for pair in report.mistakes)
        return sorted(((n, *key) for key, n in counts.items()), key=lambda row: (-row[0], *row[1:]))

    def __str__(self) -> str:
        wide = max(25, *map(len, [*self.reports, *self.failed]))
        lines = [
            f"{name:{wide}} {report.score:.6g}/{report.points:.6g}  {in_one_line(report)}"
            for name, report in self.reports.items()
        ]
        lines += [f"{name:{wide}} not graded: {why}" for name, why in self.failed.items()]
        rows = [f"    {n:4}  {exercise} [{kind}]" for n, exercise, kind in self.common()[:12]]
        return "\n".join([*lines, *(["The most common mistakes:", *rows] if rows else [])])

    def as_csv(self) -> str:
        """A row a student: the score of each exercise, the sum, and what was found."""
        text = io.StringIO()
        writer = csv.writer(text)
        first = next(iter(self.reports.values()), None)
        names = [result.name for result in first.results] if first else []
        writer.writerow(["student", *names, "score", "points", "findings"])
        for student, report in self.reports.items():
            kinds = " ".join(f"{r.name}:{r.diagnosis}" for r in report.results if r.diagnosis)
            scores = [f"{result.score:.6g}" for result in report.results]
            writer.writerow([student, *scores, report.score, report.points, kinds])
        for student, why in self.failed.items():
            writer.writerow([student, *("" for _ in names), "", "", f"not graded: {why}"])
        return text.getvalue()


def students_of(paths: Iterable[str | Path]) -> dict[str, Path]:
    """The students' files by name: of a folder, its files, and the one file of each folder in it.

    Raises ValueError where two students have one name, or a folder has no file or several.

    >>> list(students_of([Path(__file__)]))
    ['classroom']
    """
    found: dict[str, Path] = {}
    for given in paths:
        path = require_path("files", given)
        if not path.exists():
            raise ValueError(f"files must be files or folders that are there, got {str(path)!r}")
        here = list(_in_folder(path)) if path.is_dir() else [(path.stem, path)]
        if not here:
            raise ValueError(f"a folder must have students' files, got none in {path}")
        for name, file in here:
            name = printable(name)
            if name in found:
                raise ValueError(f"two students have the name {name}: {found[name]} and {file}")
            found[name] = file
    return found


def _in_folder(folder: Path) -> Iterator[tuple[str, Path]]:
    for entry in sorted(folder.iterdir()):
        if entry.is_file() and entry.suffix in (".py", ".ipynb"):
            yield entry.stem, entry
        elif entry.is_dir() and not entry.name.startswith((".", "_")):
            files = [f for f in entry.iterdir() if f.suffix in (".py", ".ipynb")]
            if len(files) != 1:
                raise ValueError(f"the folder of a student must have one file, got {entry}")
            yield entry.name, files[0]


def grade_class(
    files: Iterable[str | Path],
    course: Course | None = None,
    *,
    workers: int = 2,
    json_dir: str | Path | None = None,
) -> ClassReport:
    """Grade every student's file, `workers` of them at a time.

    `files` are files, or folders of files or of students' folders. With `json_dir` each report is
    written as soon as it is there, whole, in the layout that Gradescope reads. A report of the same
    file under the same course is taken over, so that a run that was stopped goes on. Nothing is
    lost when one file is hostile: the others are graded.
    Raises ValueError for two students of one name, before anything is graded.

    >>> import tempfile
    >>> from .exercises import EXERCISES
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "ann.py"
    ...     _ = path.write_text("def relu(z):\\n    return z * (z > 0)\\n")
    ...     course = Course({"relu": EXERCISES["relu"]})
    ...     grade_class([folder], course).reports["ann"].score
    1.0
    """
    course = Course() if course is None else require_instance("course", course, Course, "Course()")
    if isinstance(files, (str, dict)) or not isinstance(files, Iterable):
        raise TypeError(f"files must be a list of paths, got {show(files)}")
    count = require_integer("workers", workers)
    folder = None if json_dir is None else require_path("json_dir", json_dir)
    students = students_of(files)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    require_working_grader()
    with ThreadPoolExecutor(count) as pool:
        one = partial(_one_student, course, folder)
        done = dict(zip(students, pool.map(one, students.items()), strict=True))
    reports = {name: found for name, found in done.items() if isinstance(found, Report)}
    return ClassReport(reports, {n: str(f) for n, f in done.items() if not isinstance(f, Report)})


def _one_student(course: Course, folder: Path | None, student: tuple[str, Path]) -> Report | str:
    name, path = student
    try:
        mark = _mark(course, path)
        target = None if folder is None else folder / f"{name}.json"
        known = None if target is None else _taken_over(target, mark)
        if known is not None:
            return known
        report = grade_exercises(
            path,
            course.exercises,
            seconds=course.seconds,
            memory=course.memory,
            hints=course.hints,
        )
        if target is not None:
            layout = gradescope_json(report, course.hidden)
            write_whole(target, json.dumps({**layout, "minintk": {**_plain(report), "mark": mark}}))
        return report
    except Exception as error:  # whatever one file does, the others are graded
        return printable(f"{type(error).__name__}: {error}")


def _mark(course: Course, path: Path) -> str:
    """What a report depends on: the file, and the course."""
    words = [path.read_bytes(), repr((course.seconds, course.memory, course.hints)).encode()]
    words += [repr((n, e.points, e.stub)).encode() for n, e in course.exercises.items()]
    return hashlib.sha256(b"\0".join(words)).hexdigest()


def _plain(report: Report) -> dict[str, Any]:
    results = [{k: v for k, v in asdict(r).items() if k != "finding"} for r in report.results]
    return {**asdict(report), "results": results}


def _taken_over(target: Path, mark: str) -> Report | None:
    """The report that was written for the same file and course, if it reads."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads(target.read_text(encoding="utf-8"))["minintk"]
        if found.pop("mark") == mark:
            results = tuple(Result(**result) for result in found.pop("results"))
            unlimited = tuple(found.pop("unlimited"))
            return Report(**found, results=results, unlimited=unlimited)
    return None


def require_writable(path: Path) -> None:
    """Raise OSError where a file could not be written; what is there is left as it is.

    >>> require_writable(Path(__file__).with_name("scores.csv"))
    """
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(b"")
    part.unlink()


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(Path(folder) / "a.txt", "a")
    ...     os.listdir(folder)
    ['a.txt']
    """
    partial_file = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial_file.write_text(text, encoding="utf-8")
        os.replace(partial_file, path)
    finally:
        with suppress(OSError):
            partial_file.unlink(missing_ok=True)
