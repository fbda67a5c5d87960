"""`minintk exercises` from end to end: output, files and exit status."""

import json
import re
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


@pytest.fixture
def course(tmp_path):
    """A course file with an exercise of one's own, a hidden one, and points of its own."""
    (tmp_path / "double.py").write_text(
        "from minintk.course import Question, Trials\n"
        "TRIALS = Trials({'': Question('double', '2*x')}, lambda rng, n, m: (rng.normal(),))\n"
    )
    (tmp_path / "double.txt").write_text(STUB)
    keys = {
        "own": ["double.py"],
        "exercises": ["double", "loss", "relu", "kappa0"],
        "weights": {"double": 10, "relu": 2.5},
        "hidden": ["kappa0"],
        "seconds": 3,
    }
    path = tmp_path / "course.json"
    path.write_text(json.dumps(keys))
    return path


STUB = 'def double(x):\n    """Twice x. (2 points)"""\n    raise NotImplementedError\n'


def test_a_course_is_handed_out_with_exercises_of_ones_own(capsys, tmp_path, course):
    given = ("--out", str(tmp_path / "new"), "--course", str(course))
    status, out, _ = run(capsys, "exercises", *given)
    texts = {Path(line).name: Path(line).read_text("utf-8") for line in out.splitlines()}
    assert (status, list(texts)) == (
        0,
        [
            "01_double.py",
            "02_loss.py",
            "03_relu.py",
            "04_kappa0.py",
            "assignment.py",
            "course_for_students.json",
        ],
    )
    assert STUB.replace("(2 points)", "(10 points)") in texts["01_double.py"]
    assert "entry by entry. (2.5 points)" in texts["assignment.py"]
    assert texts["assignment.py"].count("\ndef ") == 4
    assert (
        texts["assignment.py"].splitlines()[2]
        == "Hand in this one file, assignment.py, or one notebook of these functions."
    )
    assert "Hand in assignment.py alone" in texts["02_loss.py"]
    assert run(capsys, "exercises", *given)[0] == 2  # nothing is written over
    assert "--course goes with --out" in run(capsys, "exercises", "loss", *given)[2]


def test_gradescope_is_told_the_sum_of_the_points(capsys, tmp_path, course):
    for name, given, points in (
        ("all", (), sum(exercise.points for exercise in EXERCISES.values())),
        ("own", ("--course", str(course)), 10 + 1 + 2.5 + 2),
    ):
        target = tmp_path / f"{name}.zip"
        status, out, _ = run(capsys, "exercises", "--gradescope", str(target), *given)
        assert (status, out) == (0, f"{target}\n{points} points in all\n")


def test_the_command_on_a_stub_works_with_what_is_handed_out(capsys, tmp_path, course, monkeypatch):
    assert run(capsys, "exercises", "--out", str(tmp_path / "new"), "--course", str(course))[0] == 0
    monkeypatch.chdir(tmp_path / "new")
    right = "def relu(z):\n    return z * (z > 0)\n\n\n"
    right += "def loss(f, y):\n    return np.mean((f - y) ** 2) / 2\n"
    points = {"02_loss.py": "1/1", "03_relu.py": "2.5/2.5", "assignment.py": "3.5/3.5"}
    for path in Path().glob("*.py"):
        text = path.read_text("utf-8")
        commands = re.findall(r"minintk (grade .*)", text)
        assert len(commands) == (path.name in points)
        for command in commands:
            path.write_text(f"{text}\n\n{right}", "utf-8")
            status, out, _ = run(capsys, *command.split())
            assert (status, out.split()[-1]) == (0, points[path.name])
    for name, rest in (("01_double.py", "double"), ("assignment.py", "double, kappa0")):
        assert f"Your lecturer grades:  {rest}\n" in Path(name).read_text("utf-8")
    known = json.loads(Path("course_for_students.json").read_text("utf-8"))
    assert (known["weights"], known["seconds"]) == ({"loss": 1, "relu": 2.5}, 3)


def test_a_course_of_ones_own_alone_needs_no_file_for_students(capsys, tmp_path, course):
    course.write_text('{"own": ["double.py"], "exercises": ["double"]}')
    out = run(capsys, "exercises", "--out", str(tmp_path / "new"), "--course", str(course))[1]
    assert [Path(line).name for line in out.splitlines()] == ["01_double.py", "assignment.py"]
    text = Path(out.splitlines()[1]).read_text("utf-8")
    assert "minintk grade" not in text
    assert "\nYour lecturer grades:  double\n" in text


def test_the_command_on_a_stub_of_all_exercises_works(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "exercises", "--out", "new")[0] == 0
    monkeypatch.chdir(tmp_path / "new")
    path = Path("01_relu.py")
    (command,) = re.findall(r"minintk (grade .*)", path.read_text("utf-8"))
    path.write_text("def relu(z):\n    return z * (z > 0)\n", "utf-8")
    assert run(capsys, *command.split())[0] == 0
