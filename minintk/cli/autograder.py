"""The archive that Gradescope runs: setup.sh, run_autograder, and this package.

autograder_zip   write it
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from ..course.course_file import Course, parsed, read_course

__all__ = ["autograder_zip"]

_SETUP = """#!/usr/bin/env bash
set -e
apt-get update && apt-get install -y python3 python3-pip
python3 -m pip install --break-system-packages numpy || python3 -m pip install numpy
"""
_RUN = """#!/usr/bin/env bash
root=${AUTOGRADER_ROOT:-/autograder}
cd "$root/source"
mkdir -p "$root/results"
python3 -m minintk grade "$root/submission" --gradescope "$root/results/results.json"COURSE
"""


def autograder_zip(target: Path, course_file: Path | None = None) -> float:
    """Write the archive that Gradescope runs, and return the sum of the points.

    It has setup.sh, run_autograder, and this package. A course file goes in with the exercises of
    one's own that it names. Raises FileExistsError rather than write over a file.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print(autograder_zip(Path(folder) / "autograder.zip"))
    ...     zipfile.ZipFile(Path(folder) / "autograder.zip").namelist()[:2]
    57
    ['setup.sh', 'run_autograder']
    """
    if target.exists():
        raise FileExistsError(f"{target} exists, and is not written over")
    course = Course() if course_file is None else read_course(course_file)
    package = Path(__file__).parents[1]
    with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as archive:

        def add(name: str, text: str | bytes, mode: int = 0o644) -> None:
            info = zipfile.ZipInfo(name)
            info.external_attr, info.compress_type = mode << 16, zipfile.ZIP_DEFLATED
            archive.writestr(info, text)

        extra = ""
        if course_file is not None:
            extra = f" --course {course_file.name}"
            add(course_file.name, course_file.read_bytes())
            for own in parsed(course_file).get("own", ()):
                for path in (Path(own), Path(own).with_suffix(".txt")):
                    add(path.as_posix(), (course_file.parent / path).read_bytes())
        add("setup.sh", _SETUP, 0o755)
        add("run_autograder", _RUN.replace("COURSE", extra), 0o755)
        for path in sorted(package.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                add(path.relative_to(package.parent).as_posix(), path.read_bytes())
    return sum(exercise.points for exercise in course.exercises.values())
