"""`minintk grade` from end to end: output, JSON and exit status."""

import json

import pytest

from tests.reference.commands import run

pytestmark = [pytest.mark.course, pytest.mark.command]


# --- by hand --------------------------------------------------------------------------------------


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
