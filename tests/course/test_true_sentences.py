"""Sentences of `grade` that are told where they are true, and not of what only looks alike."""

from functools import partial

import pytest

from minintk.course.diagnosis.words import say
from tests.course.runner import changed_solution, verdict_of

pytestmark = [pytest.mark.course, pytest.mark.filterwarnings("ignore::RuntimeWarning")]


def told(exercise, old, new):
    """The sentences on each output that is wrong."""
    verdict = verdict_of(changed_solution(exercise, old, new), exercise)
    return [say(each.finding, hints=False) for each in verdict.each or (verdict,)]


_FORWARD = "return relu(circle_points(angles) @ w.T + b) @ a / np.sqrt(len(a))"
_SHAPE = "The shape is wrong: () where (5,) is asked."


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("f.sum()", " All entries are summed into one number."),
        ("f.mean()", " It is the mean of all entries."),
        ("f[0]", " It is the first entry alone."),
        ("f[-1]", " It is the last entry alone."),
        ("2 * f[0]", ""),
        ("f.max()", ""),
    ],
)
def test_what_one_number_for_an_array_is_is_said_where_it_is_known(made, said):
    new = f"{_FORWARD.replace('return', 'f =')}\n    return {made}"
    assert told("forward", _FORWARD, new) == [_SHAPE + said]


_MOVE = "w, b, a = w - learning_rate * gw, b - learning_rate * gb, a - learning_rate * ga"
_STILL = "It does not move: is the new value kept?"


@pytest.mark.parametrize(
    ("moved", "said"),
    [
        ("pass", [_STILL, _STILL, _STILL]),
        ("w = w - learning_rate * gw", ["Only w moves.", _STILL, _STILL]),
        ("b = b - learning_rate * gb", [_STILL, "Only b moves.", _STILL]),
        ("a = a - learning_rate * ga", [_STILL, _STILL, "Only a moves."]),
        (
            "b, a = b - learning_rate * gb, a - learning_rate * ga",
            [_STILL, "w does not move.", "w does not move."],
        ),
    ],
)
def test_what_stays_is_said_of_itself_alone(moved, said):
    assert told("gradient_descent", _MOVE, moved) == said


def test_a_part_that_moves_by_too_much_is_no_part_that_stays():
    said = told("gradient_descent", _MOVE, _MOVE.replace("w - learning", "w - 2 * learning"))
    assert _STILL not in said


_TEST = "return bool(np.abs(rolled - rolled[0]).max() <= 1e-9 * np.abs(matrix).max())"


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("rolled[:2] - rolled[0]", "One entry far off is not seen: is every row compared?"),
        ("rolled[1] - rolled[0]", "One entry far off is not seen: is every row compared?"),
        ("rolled[-1] - rolled[0]", "One entry far off is not seen: is every row compared?"),
        ("(rolled - rolled[0]) / 1e4", "The tolerance must be 1e-10 of the largest entry"),
        ("rolled[: max(2, n - 1)] - rolled[0]", "Right in general, wrong for one entry off in"),
    ],
)
def test_rows_that_are_not_compared_are_no_tolerance(new, said):
    (sentence,) = told("is_circulant", _TEST, _TEST.replace("rolled - rolled[0]", new))
    assert sentence.startswith(said)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("np.array([max(v, 0.0) for v in z])", "Right in one dimension, wrong for a matrix."),
        ("max(z, 0)", "Right for a single point, wrong for several at once."),
    ],
)
def test_one_dimension_is_more_than_one_point(value, said):
    (sentence,) = told("relu", "np.maximum(z, 0)", value)
    assert sentence.startswith(said)


_GROWTH = "return 2 * np.mean((targets - output) * output)"
_STEPS = "return np.log(remaining) / np.log1p(-learning_rate * eigenvalue)"
_ROUNDED = "Yours is rounded {}, which is not asked for."
steps = partial(told, "steps_to_learn", _STEPS)


@pytest.mark.parametrize(
    ("function", "old", "name", "said"),
    [
        ("growth_rate", _GROWTH, "int", _ROUNDED.format("to a whole number")),
        ("growth_rate", _GROWTH, "np.floor", _ROUNDED.format("down to a whole number")),
        ("growth_rate", _GROWTH, "round", _ROUNDED.format("to the nearest whole number")),
        ("steps_to_learn", _STEPS, "np.ceil", _ROUNDED.format("up to a whole number")),
        ("steps_to_learn", _STEPS, "int", _ROUNDED.format("down to a whole number")),
    ],
)
def test_how_a_number_is_rounded_is_said(function, old, name, said):
    assert told(function, old, f"return {name}({old.removeprefix('return ')})") == [said]


def test_whole_numbers_that_are_wrong_besides_are_not_called_rounded():
    (said,) = told("growth_rate", _GROWTH, f"{_GROWTH.replace('2 *', 'int(20 *')})")
    assert said == "Your values are whole numbers, and the right ones are not: return floats."
