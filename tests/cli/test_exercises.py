"""`minintk exercises` from end to end: output, files and exit status."""

from pathlib import Path

import pytest

from minintk.course import EXERCISES, exercise_text
from tests.reference.commands import run

pytestmark = [pytest.mark.course, pytest.mark.command]


# --- by hand --------------------------------------------------------------------------------------


def test_exercises(capsys, tmp_path):
    status, out, _ = run(capsys, "exercises")
    assert (status, len(out.splitlines())) == (0, len(EXERCISES))
    assert run(capsys, "exercises", "--list")[1] == out
    assert run(capsys, "exercises", "--list", "loss")[1] == out.splitlines()[4] + "\n"
    assert run(capsys, "exercises", "backward")[1] == exercise_text(["backward"])
    status, out, _ = run(capsys, "exercises", "--out", str(tmp_path / "new"))
    assert status == 0
    assert all(Path(line).is_file() for line in out.splitlines())
    assert run(capsys, "exercises", "--out", str(tmp_path / "new"))[0] == 2
    status, out, _ = run(capsys, "exercises", "loss", "--out", str(tmp_path / "one"))
    names = [Path(line).name for line in out.splitlines()]
    assert (status, names) == (0, ["05_loss.py", "assignment.py"])


def test_a_course_is_handed_out_with_exercises_of_ones_own(capsys, tmp_path):
    (tmp_path / "double.py").write_text(
        "from minintk.course import Question, Trials\n"
        "TRIALS = Trials({'': Question('double', '2*x')}, lambda rng, n, m: (rng.normal(),))\n"
    )
    stub = 'def double(x):\n    """Twice x. (2 points)"""\n    raise NotImplementedError\n'
    (tmp_path / "double.txt").write_text(stub)
    course = tmp_path / "course.json"
    course.write_text('{"own": ["double.py"], "exercises": ["double", "loss"]}')
    status, out, _ = run(
        capsys, "exercises", "--out", str(tmp_path / "new"), "--course", str(course)
    )
    paths = [Path(line) for line in out.splitlines()]
    assert (status, [path.name for path in paths]) == (
        0,
        ["01_double.py", "02_loss.py", "assignment.py"],
    )
    assert stub in paths[0].read_text("utf-8")
    assert paths[2].read_text("utf-8").count("\ndef ") == 2
    assert "minintk grade 01_double.py --course course.json" in paths[0].read_text("utf-8")
    given = ("--out", str(tmp_path / "new"), "--course", str(course))
    assert run(capsys, "exercises", *given)[0] == 2  # nothing is written over
    assert "--course goes with --out" in run(capsys, "exercises", "loss", *given)[2]
