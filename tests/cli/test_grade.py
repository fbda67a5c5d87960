"""`minintk grade` from end to end: output, JSON and exit status."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from minintk.course import EXERCISES
from tests.reference.commands import environment, run, wait_until

pytestmark = [
    pytest.mark.course,
    pytest.mark.command,
    pytest.mark.usefixtures("in_forks"),
]


ALL_POINTS = sum(exercise.points for exercise in EXERCISES.values())


# --- by hand --------------------------------------------------------------------------------------


def test_grade(capsys, tmp_path):
    path, results = tmp_path / "answer.py", tmp_path / "results.json"
    path.write_text("def relu(z):\n    return z * (z > 0)\n", encoding="utf-8")
    status, out, _ = run(capsys, "grade", str(path), "--exercise", "relu", "--json", str(results))
    assert (status, out.split()) == (0, ["relu", "1/1", "total", "1/1"])
    names = ("--exercise", "relu", "--exercise", "loss")  # as "relu,loss"
    status, out, _ = run(capsys, "grade", str(path), *names, "--json", str(results))
    assert status == 1
    layout = json.loads(results.read_text(encoding="utf-8"))
    assert [(t["name"], t["score"], t["max_score"]) for t in layout["tests"]] == [
        ("relu", 1.0, 1),
        ("loss", 0.0, 1),
    ]
    path.write_text("def relu(z:\n", encoding="utf-8")
    assert run(capsys, "grade", str(path), "--exercise", "relu")[0] == 2


def test_a_right_value_is_shown_where_it_is_asked_for(capsys, tmp_path):
    path = tmp_path / "answer.py"
    path.write_text("def relu(z):\n    return z * (z > 0)\n\n\ndef kappa0(u):\n    return 2\n")
    assert "right value" not in run(capsys, "grade", str(path))[1]
    lines = run(capsys, "grade", str(path), "--reveal")[1].splitlines()
    (example,) = (line.strip() for line in lines if "right value" in line)
    said = "For example, kappa0(0.7): yours is 2.0, the right value is 0.7771830796713465."
    assert example == said
    status, _, error = run(capsys, "grade", str(tmp_path), "--reveal")
    assert status == 2
    assert "--reveal is for one file" in error


def test_what_is_not_there_is_one_line(capsys, tmp_path):
    path = tmp_path / "answer.py"
    stub = "def loss(output, targets):\n    raise NotImplementedError\n"
    path.write_text(f"def relu(z):\n    return z * (z > 0)\n\n\n{stub}", encoding="utf-8")
    status, out, _ = run(capsys, "grade", str(path), "--exercise", "relu,loss,balance")
    assert status == 1
    assert [line.split() for line in out.splitlines()] == [
        ["relu", "1/1"],
        ["not", "written", "yet", "0/1", "loss"],
        ["no", "such", "function", "0/2", "balance"],
        ["total", "1/4"],
    ]
    folder = ("grade", str(tmp_path), "--exercise", "relu,loss,balance")
    out = run(capsys, *folder)[1]
    assert out.split(maxsplit=2) == [
        "answer",
        "1/4",
        "not written yet: loss; no such function: balance\n",
    ]
    path.write_text("def relu(z:\n", encoding="utf-8")
    out = run(capsys, *folder[:2])[1]
    why = "the file cannot be run [raises] (line 1)\n"
    assert out.split(maxsplit=2) == ["answer", f"0/{ALL_POINTS:g}", why]
    status, out, _ = run(capsys, "grade", str(path))
    assert (status, len(out.splitlines())) == (2, 2)
    assert "    [raises] The file cannot be run. It raises SyntaxError" in out
    assert out.count("line 1") == 1


def test_a_file_of_one_exercise_counts_what_is_there(capsys, tmp_path):
    path, results = tmp_path / "01_relu.py", tmp_path / "results.json"
    path.write_text("def relu(z):\n    return z * (z > 0)\n", encoding="utf-8")
    status, out, _ = run(capsys, "grade", str(path))
    *points, absent = out.splitlines()
    assert (status, [line.split() for line in points]) == (0, [["relu", "1/1"], ["total", "1/1"]])
    others = [name for name in EXERCISES if name != "relu"]
    assert absent == f"{len(others)} other exercises are not in this file and are not counted"
    # what a platform reads has all of the points
    status, out, _ = run(capsys, "grade", str(path), "--json", str(results))
    assert (status, out.split()[-1]) == (1, f"1/{ALL_POINTS:g}")
    assert len(json.loads(results.read_text("utf-8"))["tests"]) == len(EXERCISES)
    path.write_text("x = 1\n", encoding="utf-8")
    assert run(capsys, "grade", str(path))[1].split()[-1] == f"0/{ALL_POINTS:g}"
    # up to five are named, here all but those that only raise an error
    stubs = "".join(f"def {name}(*_):\n    raise ValueError\n\n\n" for name in others[5:])
    path.write_text(f"def relu(z):\n    return z * (z > 0)\n\n\n{stubs}", encoding="utf-8")
    *_, absent = run(capsys, "grade", str(path))[1].splitlines()
    assert absent == f"not in this file, and not counted: {', '.join(others[:5])}"


def test_the_line_of_a_slip_in_a_program(capsys, tmp_path):
    path = tmp_path / "answer.py"
    path.write_text(
        "import numpy as np\n\n\ndef balance(w, b, a):\n"
        "    size = np.linalg.norm(w)\n    return a**2 - size**2 - b**2\n",
        encoding="utf-8",
    )
    status, out, _ = run(capsys, "grade", str(path), "--exercise", "balance")
    assert status == 1
    assert "[wrong-axis]" in out
    assert "line 5: size = np.linalg.norm(w)" in out


def test_a_class(capsys, tmp_path):
    folder = tmp_path / "class"
    folder.mkdir()
    for name, body in (("ann", "z * (z > 0)"), ("bob", "z")):
        (folder / f"{name}.py").write_text(f"def relu(z):\n    return {body}\n", "utf-8")
    table = tmp_path / "scores.csv"
    arguments = ("grade", str(folder), "--exercise", "relu", "--csv", str(table))
    status, out, _ = run(capsys, *arguments)
    assert status == 0
    assert "bob                       0/1  relu [ignores-activation]" in out
    assert table.read_text("utf-8").splitlines()[1:] == [
        "ann,1,1,1,",
        "bob,0,0,1,relu:ignores-activation",
    ]
    refused = run(capsys, *arguments[:-1], str(tmp_path / "none" / "scores.csv"))
    assert (refused[0], refused[1]) == (2, "")
    assert run(capsys, "grade", str(folder), "--json", str(table))[0] == 2


def test_a_name_in_other_letters_is_told_everywhere(capsys, tmp_path):
    path, results = tmp_path / "answer.py", tmp_path / "results.json"
    path.write_text(
        "def ReLU(z):\n    return z * (z > 0)\n\n\n"
        "def loss(f, y):\n    return ((f - y) ** 2).mean() / 2\n"
    )
    message = "[missing-function] There is no function relu in the loaded file. Did you mean ReLU?"
    out = run(capsys, "grade", str(path))[1]
    assert message in out
    assert "total                     1/2" in out
    command = ("grade", str(path), "--exercise", "relu,loss,balance", "--json", str(results))
    out = run(capsys, *command)[1]
    assert message in out
    assert "no such function          0/2  balance" in out
    assert "not written" not in out
    assert json.loads(results.read_text("utf-8"))["tests"][0]["output"].startswith(message)
    for _ in range(2):  # graded, and taken over
        out = run(capsys, *command[:1], str(tmp_path), *command[2:4], "--json-dir", str(tmp_path))[
            1
        ]
        near = "relu [missing-function: did you mean ReLU?]; no such function: balance"
        assert out.splitlines()[0].split(maxsplit=2) == ["answer", "1/4", near]


@pytest.mark.parametrize(
    ("files", "got"),
    [
        (("a.py", "b.py"), "a.py, b.py"),
        (("a.ipynb", "a.py"), "a.ipynb, a.py"),
        (("notes.pdf",), "none"),
        (("work/a.py", "work/b.py"), "a.py, b.py"),
    ],
)
def test_gradescope_is_told_why_nothing_is_graded(capsys, tmp_path, files, got):
    for name in files:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text("", "utf-8")
    results = tmp_path / "results.json"
    status, out, _ = run(capsys, "grade", str(tmp_path / "in"), "--gradescope", str(results))
    assert (status, out.splitlines()[-1]) == (0, f"not graded: hand in one file, got {got}")
    assert ("skipped: notes.pdf" in out) == ("notes.pdf" in files)
    layout = json.loads(results.read_text("utf-8"))
    assert (layout["score"], layout["output"]) == (0, out.splitlines()[-1])


UNTIL_IT_IS_THERE = """
def relu(z):
    while True:
        try:
            open({!r}).close()
        except FileNotFoundError:
            continue
        return z
"""


def test_a_class_that_is_interrupted_keeps_what_is_done(tmp_path):
    folder, place = tmp_path / "class", tmp_path / "json"
    folder.mkdir()
    for name in ("ann", "bob", "carl", "dora"):
        (folder / f"{name}.py").write_text("def relu(z):\n    return z * (z > 0)\n", "utf-8")
    end = tmp_path / "end"
    (folder / "bob.py").write_text(UNTIL_IT_IS_THERE.format(str(end)), "utf-8")
    course = tmp_path / "course.json"
    course.write_text('{"exercises": ["relu"], "seconds": 8}', "utf-8")
    command = [sys.executable, "-m", "minintk", "grade", folder, "--course", course]
    command += ["--workers", "1", "--csv", tmp_path / "scores.csv", "--json-dir", place]
    grader = subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    wait_until((place / "ann.json").exists)
    grader.send_signal(signal.SIGINT)
    waiting = "waiting for the files that are being graded\n"
    assert grader.stderr.readline() == waiting
    grader.send_signal(signal.SIGINT)  # in vain: who is being graded counts
    assert grader.poll() is None
    end.touch()
    out, err = grader.communicate(timeout=60)
    assert (grader.returncode, out, err) == (130, "2 of 4 done; the same command goes on\n", "")
    students = [line.split(",")[0] for line in (tmp_path / "scores.csv").read_text().splitlines()]
    assert students == ["student", "ann", "bob"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_grader_that_is_stopped_leaves_nothing(tmp_path):
    path, place = tmp_path / "answer.py", tmp_path / "tmp"
    place.mkdir()
    path.write_text("def relu(z):\n    while True:\n        pass\n", "utf-8")
    grader = subprocess.Popen(
        [sys.executable, "-m", "minintk", "grade", str(path), "--exercise", "relu"],
        env=environment(TMPDIR=str(place)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def below(number):
        children = Path(f"/proc/{number}/task/{number}/children")
        return children.read_text().split() if children.exists() else []

    wait_until(lambda: below(grader.pid) and below(below(grader.pid)[0]))  # the function runs
    assert list(place.iterdir())
    started = [*below(grader.pid), *below(below(grader.pid)[0])]
    grader.send_signal(signal.SIGTERM)
    assert grader.wait(timeout=30) == 143
    assert not list(place.iterdir())
    wait_until(lambda: not [pid for pid in started if os.path.exists(f"/proc/{pid}")])
