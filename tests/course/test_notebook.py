"""What is read of a notebook: its cells, each by itself, and the cell that a line is in."""

import json
import re

import pytest

from minintk.course import EXERCISES
from minintk.course.answers.notebook import in_cells, source_of, unread
from minintk.course.course_file import Course
from minintk.course.grading import grade_exercises
from minintk.course.reports import in_one_line, report_text

pytestmark = pytest.mark.course
CELLS = [
    "import numpy as np\n%matplotlib inline\n",
    "def relu(z)\n    return z",
    "x = 1 / 0",
    "def loss(output, targets):\n    r = output - targets\n    return r.undefined",
    "def kappa0(theta):\n    return 1 - theta * theta / np.pi",
]


def notebook(folder, cells):
    every = [{"cell_type": "markdown", "source": ["# mine"]}]
    every += [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    path = folder / "answer.ipynb"
    path.write_text(json.dumps({"cells": every}), encoding="utf-8")
    return path


def chosen(*names):
    return {name: EXERCISES[name] for name in names}


def test_a_cell_that_is_no_python_is_left_out_and_the_others_load(tmp_path):
    path = notebook(tmp_path, CELLS)
    assert b"def relu" not in source_of(str(path))
    assert b"def loss" in source_of(str(path))
    (said,) = unread(str(path))
    assert said.startswith("SyntaxError: ")
    assert said.endswith(" (line 4)")
    assert in_cells(str(path), said).endswith(" (code cell 2, line 1)")
    assert in_cells(str(path), "Off. Line 5: return z") == "Off. Code cell 2, line 2: return z"
    twice = "unterminated string literal (detected at line 1) (line 4)"
    assert in_cells(str(path), twice) == "unterminated string literal (code cell 2, line 1)"


def test_sentences_name_the_cell(tmp_path):
    report = grade_exercises(
        notebook(tmp_path, CELLS), Course(chosen("relu", "loss", "kappa0"), seconds=4.0)
    )
    relu, loss, kappa0 = report.results
    assert relu.diagnosis == "raises"
    assert re.match(r"It raises SyntaxError: .*\(code cell 2, line 1\)", relu.message)
    assert "(code cell 4, line 3)" in loss.message
    assert "at code cell 5, line 2: return 1 - theta * theta / np.pi" in kappa0.message
    assert "(code cell 2, line 1); ZeroDivisionError" in report.note
    assert "(code cell 3, line 1)" in report.note
    assert in_one_line(report).endswith("; errors while it was loaded")


def test_a_python_file_keeps_its_lines(tmp_path):
    path = tmp_path / "answer.py"
    path.write_text(
        "def relu(z):\n    return y\ndef loss(f, y):\n    return 3.0\nloss = loss(1, 2)\n",
        encoding="utf-8",
    )
    relu, loss = grade_exercises(path, Course(chosen("relu", "loss"), seconds=4.0)).results
    # without a section to read, which explains no NameError
    assert relu.message == "It raises NameError: name 'y' is not defined (line 2)."
    assert loss.message.startswith("It must be a function, and is a number. loss is set to it")
    assert loss.message.endswith(" (line 5), after its def.")


def test_a_file_that_is_not_utf_8_is_told_so(tmp_path):
    path = tmp_path / "answer.py"
    path.write_bytes("def relu(z):\n    return z * (z > 0)\n".encode("utf-16"))
    (result,) = grade_exercises(path, Course(chosen("relu"), seconds=4.0)).results
    assert ": save the file as UTF-8." in result.message
    path.write_bytes(b"def relu(z:\n    return z\n")
    (result,) = grade_exercises(path, Course(chosen("relu"), seconds=4.0)).results
    assert "UTF-8" not in result.message


def test_a_file_without_an_exercise_is_told_in_a_line(tmp_path):
    path = tmp_path / "answer.py"
    path.write_text("", encoding="utf-8")
    report = grade_exercises(path, Course(chosen("relu", "loss"), seconds=4.0))
    assert report_text(report).splitlines()[0] == "no exercise in the file   0/2"
    assert in_one_line(report) == "no exercise in the file"
