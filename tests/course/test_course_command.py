"""The four commands, from end to end: output and exit status."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from minintk.cli import main
from minintk.course import EXERCISES, exercise_text

pytestmark = [pytest.mark.course, pytest.mark.command]


def run(capsys, *arguments):
    try:
        status = main(list(arguments))
    except SystemExit as error:
        status = error.code
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_check(capsys):
    assert run(capsys, "check", "kappa1", "(sin(t) + (pi - t)*cos(t))/pi") == (
        0,
        "right: kappa1\n",
        "",
    )
    status, out, _ = run(capsys, "check", "kappa1", "-(sin(t) + (pi - t)*cos(t))/pi")
    assert status == 1
    assert out.startswith("wrong: kappa1 [sign]\n")
    assert "the right value" not in out
    status, out, _ = run(capsys, "check", "decay", "1/(1 + lambda)", "--reveal")
    assert status == 1
    assert "the right value is" in out
    status, out, _ = run(
        capsys, "check", "ntk_eigenvalue", "1/(pi^2*k^2)", "--bias", "--k", "odd", "--json"
    )
    assert status == 0
    assert json.loads(out)["verdict"] == "right"
    assert run(capsys, "check", "ntk", "cos(t)*kappa0(t) + sin(t)/(2*pi)", "--no-bias")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "kappa1", "2pi"), "write 2*pi"),
        (("check", "kappa9", "1"), "quantity must be one of"),
        (("check", "kappa0"), "QUANTITY and FORMULA"),
        (("check", "kappa0", "t", "--k", "odd"), "k must be left out"),
        (("grade", "nowhere.py"), "not there"),
        (("exercises", "softmax"), "exercise must be one of"),
    ],
)
def test_unusable_calls(capsys, arguments, words):
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_list_names_every_quantity_with_variables(capsys):
    status, out, _ = run(capsys, "check", "--list")
    assert status == 0
    assert "ntk_eigenvalue_second_layer: " in out
    assert "lambda, lam" in out


def test_grade(capsys, tmp_path):
    path, results = tmp_path / "answer.py", tmp_path / "results.json"
    path.write_text("def relu(z):\n    return z * (z > 0)\n", encoding="utf-8")
    status, out, _ = run(capsys, "grade", str(path), "--exercise", "relu", "--json", str(results))
    assert (status, out.split()) == (0, ["relu", "1/1", "total", "1/1"])
    status, out, _ = run(
        capsys, "grade", str(path), "--exercise", "relu,loss", "--json", str(results)
    )
    assert status == 1
    layout = json.loads(results.read_text(encoding="utf-8"))
    assert [(t["name"], t["score"], t["max_score"]) for t in layout["tests"]] == [
        ("relu", 1.0, 1),
        ("loss", 0.0, 1),
    ]
    path.write_text("def relu(z:\n", encoding="utf-8")
    assert run(capsys, "grade", str(path), "--exercise", "relu")[0] == 2


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


def test_exercises(capsys, tmp_path):
    status, out, _ = run(capsys, "exercises")
    assert (status, len(out.splitlines())) == (0, len(EXERCISES))
    assert run(capsys, "exercises", "backward")[1] == exercise_text(["backward"])
    status, out, _ = run(capsys, "exercises", "--out", str(tmp_path / "new"))
    assert status == 0
    assert all(Path(line).is_file() for line in out.splitlines())
    assert run(capsys, "exercises", "--out", str(tmp_path / "new"))[0] == 2


def test_conventions(capsys):
    status, out, _ = run(capsys, "conventions")
    assert status == 0
    assert "Bietti & Mairal 2019" in out


def test_as_a_program():
    command = [sys.executable, "-m", "minintk", "check", "kappa0", "1 - t/pi"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "right: kappa0\n"), done.stderr


def test_a_reader_who_stops_early_sees_no_traceback():
    # `minintk check --list | head -1`: the list is longer than what a pipe holds for nobody
    process = subprocess.Popen(
        [sys.executable, "-m", "minintk", "check", "--list"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    assert process.wait(timeout=60) in (0, 1)
    assert process.stderr.read() == b""
    process.stderr.close()
