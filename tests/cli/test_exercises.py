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
