"""The cells of the tutorials in which a reader types a formula: empty, right and wrong answers."""

import contextlib
import io
import itertools
import math
import re

import numpy as np
import pytest

import minintk as mn
from minintk.course import check, describe
from tests.project.test_tutorials import cells

pytestmark = pytest.mark.tutorials

# Tutorial: for each of its cells in turn a right answer, and wrong ones, as Python.
ANSWERS = {
    "05_spectral_bias": [
        ('"log(q)/log(1 - eta*lambda)"', '"-log(q)/(eta*lambda)"', '"q*eta/lambda"'),
        (
            "lambda y, s, rate: np.log(1 + y**2 / s**2) / rate",
            "lambda y, s, rate: np.log(y**2 / s**2) / rate",
            "lambda y, s, rate: y / s * rate",
        ),
    ],
}


def answer_cells(name):
    """The cells after each "Do it here" of a tutorial."""
    found = cells(name)
    return [
        code
        for (kind, text), (_, code) in itertools.pairwise(found)
        if kind == "markdown" and "**Do it here" in text
    ]


def printed(cell, answer=None):
    """What a cell prints, with an answer in the place of the empty one."""
    if answer is not None:
        cell, replaced = re.subn(r'\A(\w+ = )(?:""|None)(?=  # )', lambda m: m[1] + answer, cell)
        assert replaced == 1, cell
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(cell, {"np": np, "math": math, "mn": mn, "check": check, "describe": describe})
    return output.getvalue().strip()


def says_right(output):
    """Whether a cell says so: `minintk.course` says it first, a comparison last."""
    return output.startswith("right: ") or output.endswith(": right")


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_cell_has_a_row_here(name):
    assert len(answer_cells(name)) == len(ANSWERS[name])


@pytest.mark.parametrize("name", ANSWERS)
def test_an_empty_answer_says_what_to_do(name):
    for cell in answer_cells(name):
        assert printed(cell).endswith("and run this cell.")


@pytest.mark.parametrize("name", ANSWERS)
def test_a_right_answer_is_right_and_a_wrong_one_is_not(name):
    for cell, (right, *wrong) in zip(answer_cells(name), ANSWERS[name], strict=True):
        assert says_right(printed(cell, right)), printed(cell, right)
        assert wrong
        for answer in wrong:
            assert not says_right(printed(cell, answer)), answer


@pytest.mark.parametrize("name", ANSWERS)
def test_a_tutorial_has_predictions_to_make_and_an_open_question(name):
    text = "\n\n".join(text for kind, text in cells(name) if kind == "markdown")
    code = "\n".join(text for kind, text in cells(name) if kind == "code")
    guesses = re.findall(r"^(my_\w+) = None", code, flags=re.MULTILINE)
    assert 1 <= len(guesses) == text.count("**Predict before you run.**")
    assert all(f"if {guess} is not None" in code for guess in guesses)
    questions = text.split("\n## Questions\n")[1]
    assert questions.count("**An open question**") == 1
    assert "<details>" not in questions.split("**An open question**")[1], "no printed answer"
