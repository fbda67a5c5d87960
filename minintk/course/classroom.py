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
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from pathlib import Path

from .._require import require_instance, require_integer, require_path, show
from .answers.program import printable
from .conventions import listed
from .course_file import Course
from .grading import Report, Result, grade_exercises, require_working_grader
from .reports import gradescope_json, in_one_line, not_graded_json, report_text, shown_points

_SUFFIXES = (".py", ".ipynb")
_OURS = "This text was written by minintk grade."
_POINTS = "the points of "
_PLURAL = (_POINTS, "the hidden exercises", "the limits")


@dataclass(frozen=True)
class ClassReport:
    """Every student's report by name, and of whom none could be made, with the reason.

    notes   lines on what was skipped, and on what was graded again and why
    """

    reports: Mapping[str, Report]
    failed: Mapping[str, str]
    notes: tuple[str, ...] = ()

    def common(self) -> list[tuple[int, str, str]]:
        """How many students made which mistake in which exercise, the most common first."""
        counts = Counter(pair for report in self.reports.values() for pair in report.mistakes)
        return sorted(((n, *key) for key, n in counts.items()), key=lambda row: (-row[0], *row[1:]))

    def __str__(self) -> str:
        wide = max(25, *map(len, [*self.reports, *self.failed]))
        lines = [
            f"{name:{wide}} {shown_points(report.score)}/{shown_points(report.points)}"
            f"  {in_one_line(report)}"
            for name, report in self.reports.items()
        ]
        lines += [f"{name:{wide}} not graded: {why}" for name, why in self.failed.items()]
        rows = [f"    {n:4}  {exercise} [{kind}]" for n, exercise, kind in self.common()]
        few = f"The 12 most common of {len(rows)} different mistakes:"
        common = [few if len(rows) > 12 else "The most common mistakes:"] * bool(rows) + rows[:12]
        return "\n".join([*lines, *common, *self.notes])

    def as_csv(self) -> str:
        """A row a student: the score of each exercise, the sum, and what was found."""
        text = io.StringIO()
        writer = csv.writer(text)
        first = next(iter(self.reports.values()), None)
        names = [result.name for result in first.results] if first else []
        writer.writerow(["student", *names, "score", "points", "findings"])
        for student, report in self.reports.items():
            every = report.results if report.loaded else (replace(report.results[0], name="file"),)
            kinds = " ".join(f"{r.name}:{k}" for r in every for k in (r.diagnosis, *r.also) if k)
            scores = [*(r.score for r in report.results), report.score, report.points]
            writer.writerow([student, *map(shown_points, scores), kinds])
        for student, why in self.failed.items():
            writer.writerow([student, *("" for _ in names), "", "", f"not graded: {why}"])
        return text.getvalue()


def students_of(paths: Iterable[str | Path]) -> tuple[dict[str, list[Path]], list[str]]:
    """The files of each student by name, and the names of the files that are skipped.

    Of a folder, its files by their names, and those of each folder in it. Raises ValueError where
    two students have one name.
    """
    found: dict[str, list[Path]] = {}
    skipped: list[str] = []
    for given in paths:
        path = require_path("files", given)
        if not path.exists():
            raise ValueError(f"files must be files or folders that are there, got {str(path)!r}")
        here = _in_folder(path, skipped) if path.is_dir() else {path.stem: [path]}
        for raw, files in here.items():
            name = printable(raw)
            if name in found:
                texts = ([printable(str(f)) for f in of] for of in (found[name], files))
                both = "; ".join(listed(some) or "no file" for some in texts)
                raise ValueError(f"two students have the name {name}: {both}")
            found[name] = files
    return found, skipped


def _in_folder(folder: Path, skipped: list[str]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in sorted([*folder.glob("[!.]*"), *folder.glob("[!._]*/[!.]*")]):
        inside = path.parent != folder
        if path.is_dir():
            if not path.name.startswith("_"):  # a student, who may have handed in nothing
                found.setdefault((path.parent if inside else path).name, []).extend([path] * inside)
        elif path.suffix in _SUFFIXES:
            found.setdefault(path.parent.name if inside else path.stem, []).append(path)
        else:
            skipped.append(printable(str(path.relative_to(folder))))
    return found


def only_file(files: list[Path]) -> Path | str:
    """The one file that was handed in, folders aside, or why nothing is graded."""
    only = [file for file in files if not file.is_dir()]
    got = ", ".join(printable(file.name) for file in only or files) or "none"
    got = f"none (folders are not looked into: {got})" if files and not only else got
    return only[0] if len(only) == 1 else f"hand in one file, got {got}"


def grade_class(
    files: Iterable[str | Path],
    course: Course | None = None,
    *,
    workers: int = 2,
    json_dir: str | Path | None = None,
) -> ClassReport:
    """Grade every student's file, `workers` of them at a time.

    `files` are files, or folders of files or of students' folders. With `json_dir` each report is
    written as soon as it is there, whole, in the layout that Gradescope reads. Beside it is a text
    for the student, without what is hidden. A report of the same
    file under the same course, exercises and code is taken over, so that a run that was stopped
    goes on. Nothing is lost when one file is hostile: the others are graded.
    Raises ValueError for two students of one name, before anything is graded. Who handed in no
    file, or several, is among the failed. A KeyboardInterrupt has as its argument what is done.

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
    students, skipped = students_of(files)
    if not students:
        raise ValueError("files must have a student's file or folder, got none")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        _require_own_texts(folder, students)
    require_working_grader()
    again: Counter[str] = Counter()
    one = partial(_one_student, course, folder, again)
    futures: dict[str, Future[Report | str]] = {}
    with suppress(KeyboardInterrupt), ThreadPoolExecutor(count) as pool:
        try:
            for name, works in students.items():
                futures[name] = pool.submit(one, name, only_file(works))
            while wait(futures.values(), timeout=0.5).not_done:
                pass  # a wait without end does not see Ctrl-C where another thread gets the signal
        finally:  # those that run end first: no process of theirs is left behind
            pool.shutdown(cancel_futures=True)
    done = {name: future.result() for name, future in futures.items() if not future.cancelled()}
    notes = [f"graded again: {what} changed (students: {n})" for what, n in sorted(again.items())]
    notes += [f"skipped: {', '.join(skipped)}"] if skipped else []
    reports = {name: found for name, found in done.items() if isinstance(found, Report)}
    failed = {name: found for name, found in done.items() if isinstance(found, str)}
    report = ClassReport(reports, failed, tuple(notes))
    if len(done) < len(students):
        raise KeyboardInterrupt(report)
    return report


def _require_own_texts(folder: Path, students: Iterable[str]) -> None:
    """Reject a folder in which a student's text would be written over another file."""
    for text in (folder / f"{name}.txt" for name in students):
        earlier = not text.exists() or text.with_suffix(".json").exists()
        if not earlier and not text.read_bytes().rstrip().endswith(_OURS.encode()):
            rule = "json_dir must have no file that minintk grade did not write"
            raise ValueError(f"{rule}, got {str(text)!r}: move or delete it. Nothing was graded")


def _one_student(
    course: Course, folder: Path | None, again: Counter[str], name: str, work: Path | str
) -> Report | str:
    target = None if folder is None else folder / f"{name}.json"
    try:
        if isinstance(work, Path):
            return _graded(course, target, again, work)
        why = work
    except Exception as error:  # whatever one file does, the others are graded
        why = printable(f"{type(error).__name__}: {error}")
    if target is not None:
        with suppress(OSError):
            write_whole(target, json.dumps(not_graded_json(why)))
            write_whole(target.with_suffix(".txt"), f"not graded: {why}\n{_OURS}\n")
    return why


def _graded(course: Course, target: Path | None, again: Counter[str], path: Path) -> Report:
    mark = _mark(course, path)
    if target is None:
        return _by_itself(course, path)
    known, changed = _taken_over(target, mark)
    again.update([changed] if changed else [])
    report = known or _by_itself(course, path)
    plain = (replace(result, message=result.shown or result.message) for result in report.results)
    seen = tuple(result for result in plain if result.name not in course.hidden)
    shown = report_text(replace(report, results=seen))
    write_whole(target.with_suffix(".txt"), f"{shown}\n{_OURS}\n")
    if not known:
        results = tuple(replace(result, finding=None) for result in report.results)
        kept = {**asdict(replace(report, results=results)), "mark": mark}
        layout = gradescope_json(report, course.hidden)
        # the last: it says that the student is done
        write_whole(target, json.dumps({**layout, "minintk": kept}))
    return report


def _by_itself(course: Course, path: Path) -> Report:
    """The report of a file; where other files lie beside it, of a copy that cannot import them."""
    others = (file for file in path.parent.iterdir() if file != path)
    if not any(file.suffix in _SUFFIXES for file in others):
        return grade_exercises(path, course)
    with tempfile.TemporaryDirectory(prefix="minintk-grade-") as folder:
        return replace(grade_exercises(Path(shutil.copy(path, folder)), course), file=str(path))


@cache
def _code(package: Path) -> str:
    """A digest of minintk's own code."""
    files = sorted([*package.rglob("*.py"), *package.rglob("*.txt")])
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def _mark(course: Course, path: Path) -> dict[str, str]:
    """What a report depends on, each with a digest."""
    limits = (course.seconds, course.memory, course.hints)
    parts = {
        "the student's file": path.read_bytes(),
        "the list of exercises": repr(list(course.exercises)).encode(),
        "the hidden exercises": repr(course.hidden).encode(),
        "the limits or hints": repr(limits).encode(),
        "minintk": _code(Path(__file__).parents[1]).encode(),
    }
    for name, e in course.exercises.items():
        parts[name] = repr((e.stub, e.contents)).encode()
        parts[_POINTS + name] = repr(e.points).encode()
    return {what: hashlib.sha256(data).hexdigest() for what, data in parts.items()}


def _taken_over(target: Path, mark: Mapping[str, str]) -> tuple[Report | None, str]:
    """The report that was written before, or what has changed since, if there is one."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        found = json.loads(target.read_text(encoding="utf-8"))["minintk"]
        before = found.pop("mark")
        if changed := [what for what in mark if before.get(what) != mark[what]]:
            said = [w for w in changed if w[:14] != _POINTS or w[14:] not in changed]
            one = len(said) == 1 and not said[0].startswith(_PLURAL)
            return None, f"{listed(said)} {'has' if one else 'have'}"
        found["results"] = tuple(Result(**result) for result in found["results"])
        return Report(**{**found, "unlimited": tuple(found["unlimited"])}), ""
    return None, ""


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    partial_file = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial_file.write_text(text, encoding="utf-8")
        os.replace(partial_file, path)
    finally:
        with suppress(OSError):
            partial_file.unlink(missing_ok=True)
