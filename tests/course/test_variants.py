"""The values of a formula after each change, and pairs of changes that lead to a value."""

import ast

import numpy as np
import pytest

from minintk.course.answers.trees import evaluate
from minintk.course.answers.variants import Variants

pytestmark = pytest.mark.course

X = {"x": np.array([0.4, 0.9, 1.7, 2.2, 2.9]), "y": np.array([1.1, 0.3, 2.4, 0.8, 1.9])}


# --- by hand --------------------------------------------------------------------------------------


def variants(text):
    functions = ["sin", "cos", "exp", "log", "sqrt", "max"]
    return Variants(ast.parse(text, mode="eval").body, X, ["x", "y"], functions)


@pytest.mark.parametrize("text", ["2*sin(x)/(1 + y)", "exp(-x*y)**2", "max(x - y, 0)*3"])
def test_each_row_has_the_values_of_its_change_made_alone(text):
    found = variants(text)
    assert len(found.changes) == len(found.values) > 50
    with np.errstate(all="ignore"):
        for change, row in zip(found.changes, found.values, strict=True):
            alone = np.broadcast_to(evaluate(found.made(change), X), row.shape)
            np.testing.assert_allclose(row, alone, rtol=1e-12)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("2*cos(x) - y", "2*sin(x) + y"),  # side by side
        ("2*(x - y)/3", "2*(x + y)"),  # one inside the other
        ("exp(-x*y**2)", "exp(-2*x*y)"),  # both in a function
        ("(x - y/2)**2/3", "(x - y)**2"),  # both in an even power
        ("(x + 1)*max(x - y, 0)", "(x - 1)*max(x + y, 0)"),  # behind a maximum
        ("max(2*x - y/3, 0)", "max(x - y, 0)"),  # both behind it
    ],
)
def test_two_changes_are_found_wherever_they_are(wrong, right):
    found, target = variants(wrong), evaluate(ast.parse(right, mode="eval").body, X)
    pairs = list(found.pairs(target))
    assert pairs
    fits = [np.allclose(evaluate(found.made(*pair), X), target) for pair in pairs[:50]]
    assert any(fits)


def test_a_change_that_leaves_nothing_is_known():
    found = variants("x - 2*y")
    gone = [ast.unparse(found.made(found.changes[number])) for number in sorted(found.vanishing)]
    assert "x - 0 * y" in gone
