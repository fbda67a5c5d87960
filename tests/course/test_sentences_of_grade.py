"""Sentences of `grade` that are told where they are true, and not of what only looks alike."""

import ast
import json
from dataclasses import replace
from functools import partial

import pytest

from minintk.course import (
    EXERCISES,
    check,
    course_file,
    grade_class,
    grading,
    own_exercise,
    reasons,
)
from minintk.course.answers import one_change, program
from minintk.course.answers.source import name_alike
from minintk.course.course_file import Course
from minintk.course.diagnosis.words import say
from minintk.course.grading import grade_exercises
from minintk.course.reports import report_text
from tests.course.runner import SOLUTIONS, changed_solution, result_of, run_here, verdict_of

pytestmark = [
    pytest.mark.course,
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.usefixtures("in_forks"),
]


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
        ("(rolled - rolled[0]) / 1e4", "The tolerance must be 1e-10 of the largest entry"),
        ("rolled[: max(2, n - 1)] - rolled[0]", "This is another property: a circulant matrix"),
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
    assert said == "Your values are whole numbers, and the right ones are not."


_KAPPA0 = "return 1 - theta / np.pi"


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (f"return np.array({_KAPPA0[7:]}).astype(int)", "ones are not: return floats."),
        ("return np.where(theta < np.pi / 2, 1, 0)", "ones are not."),
        ("return 1 - theta / np.pi % 1", "Right in general, wrong at θ = π."),
        ("return np.where(theta, 1 - theta / np.pi, 0)", "Right in general, wrong at θ = 0."),
    ],
)
def test_a_cure_is_named_where_it_is_one_and_an_end_where_it_is_wrong(new, said):
    assert told("kappa0", _KAPPA0, new)[0].endswith(said)


_EIGENVALUES = "Right for k = 1, even k ≥ 2 and odd k ≥ 3, wrong for k = 0: "


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "3 / np.pi**2 + 1 / 4",
            "3 / np.pi**2 + 1 / 2",
            "the part of the bias is counted twice there.",
        ),
        (
            "3 / np.pi**2 + 1 / 4",
            "1 / np.pi**2 + 1 / 4",
            "the part of the second layer is missing there.",
        ),
        ("3 / np.pi**2 + 1 / 4", "6 / np.pi**2 + 1 / 2", "yours is twice the right value there."),
        ("3 / np.pi**2 + 1 / 4", "0.5", "yours is 0.902586 times the right value there."),
    ],
)
def test_the_part_that_is_off_at_one_k_is_named(old, new, said):
    (sentence,) = told("ntk_eigenvalues", old, new)
    assert sentence.startswith(_EIGENVALUES + said)


@pytest.mark.parametrize(("new", "exchanged"), [("elif k % 2:", True), ("elif k % 3 == 0:", False)])
def test_branches_that_are_exchanged_are_no_missing_term(new, exchanged):
    (sentence,) = told("ntk_eigenvalues", "elif k % 2 == 0:", new)
    said = "The formulas of even and odd k have changed places."
    assert (sentence == said) is exchanged


@pytest.mark.parametrize(
    ("exercise", "old", "new", "alone"),
    [
        ("jacobian", "relu(z)])", "relu(z) * np.sqrt(len(a))])", True),
        ("jacobian", "relu(z)]) / np.sqrt(len(a))", "relu(z)])", False),
        ("jacobian", "relu(z)])", "relu(z) * len(a)])", False),
    ],
)
def test_columns_that_lack_a_factor_are_named(exercise, old, new, alone):
    (sentence,) = told(exercise, old, new)
    said = "The columns of a in the Jacobian lack m^-1/2, and they alone."
    assert (sentence == said) is alone


def graded(tmp_path, source, names, **more):
    """The results of a file by name, as `grade` makes them."""
    file = tmp_path / "answer.py"
    file.write_text(source, encoding="utf-8")
    chosen = {name: EXERCISES[name] for name in names}
    report = grade_exercises(file, course_file.Course(chosen, **more))
    return {result.name: result for result in report.results}


def test_a_shift_is_told_beside_its_line(tmp_path):
    source = changed_solution("steps_to_learn", _STEPS, f"{_STEPS} + 1")
    result = graded(tmp_path, source, ["steps_to_learn"])["steps_to_learn"]
    assert result.diagnosis == "shift"
    assert result.message.startswith("Yours is off by the same number, 1, everywhere. One number")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("np.sin(theta) + ", "np.sin(theta) - "),
        (
            "return (np.sin",
            "for _ in range(2):\n        return np.sin(theta)\n    return (np.sin",
        ),
    ],
)
def test_a_student_is_not_told_of_a_hidden_exercise_where_it_is_called(tmp_path, old, new):
    source, names = changed_solution("kappa1", old, new), ["kappa1", "analytic_ntk"]
    seen = graded(tmp_path, source, names)["analytic_ntk"]
    assert "The function that it calls, kappa1, is not right" in seen.message
    hidden = graded(tmp_path, source, names, hidden=["kappa1"])
    assert hidden["analytic_ntk"].score == 0
    assert (hidden["analytic_ntk"].message, seen.shown) == (seen.message, ""), "the lecturer is"
    rest = "With right functions in place of those that it calls, it is right. Read: "
    assert hidden["analytic_ntk"].shown.startswith(rest)
    assert "kappa1" not in hidden["analytic_ntk"].shown
    assert hidden["kappa1"].message == graded(tmp_path, source, names)["kappa1"].message


def test_what_another_function_keeps_is_not_said_of_this_one(tmp_path):
    kept = "\n\n\ndef other(x, seen=[]):\n    return seen\n"
    source = changed_solution("kappa0", "1 - theta", "np.random.rand() - theta") + kept
    assert graded(tmp_path, source, ["kappa0"])["kappa0"].diagnosis == "random"
    source = changed_solution("kappa0", "1 - theta", "other(1) - theta")
    kept = "\n\n\ndef other(x, seen=[]):\n    seen.append(x)\n    return len(seen)\n"
    result = graded(tmp_path, source + kept, ["kappa0"])["kappa0"]
    assert "a default of other is made once" in result.message


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("class X:\n    def relu(self, z):\n        return z\n", "relu is inside X: it must"),
        ("def Relu(z):\n    return z\n", "Did you mean Relu? The name must be that of the stub."),
        ("def other(z):\n    return z\n", "There is no function relu in the loaded file."),
        ("def rellu(z):\n    return z\n", "Did you mean rellu? The name must be that of the stub."),
        ("def relu_of(z):\n    return z\n", "There is no function relu in the loaded file."),
    ],
)
def test_a_function_that_is_not_found_is_told_where_it_is(tmp_path, source, said):
    message = graded(tmp_path, source, ["relu"])["relu"].message
    assert said in message
    assert "mean relu" not in message
    assert (message == said) is said.startswith("There")


def test_the_name_of_another_exercise_is_no_misspelled_one(tmp_path):
    (tmp_path / "answer.py").write_text("def cooling(t):\n    return t\n", encoding="utf-8")
    assert name_alike(tmp_path / "answer.py", "cooling2") == "cooling"
    assert not name_alike(tmp_path / "answer.py", "cooling2", ["cooling"])


def test_a_name_that_is_as_near_to_two_exercises_is_that_of_neither(tmp_path):
    """P24 of list 14 was told that its helper kappa was a misspelled kappa0, and kappa1."""
    names, file = ["kappa0", "kappa1"], tmp_path / "answer.py"
    file.write_text("def kappa(theta):\n    return theta, theta\n", encoding="utf-8")
    assert [name_alike(file, name, names) for name in names] == ["", ""]
    file.write_text("def kapa1(theta):\n    return theta\n", encoding="utf-8")
    assert [name_alike(file, name, names) for name in names] == ["", "kapa1"]


def test_a_file_that_cannot_be_run_has_no_part_that_was_graded(tmp_path):
    file = tmp_path / "answer.py"
    for source, whole in (
        ("from helper import relu\n", False),
        ("import helper\nrelu = abs\n", True),
    ):
        file.write_text(source, encoding="utf-8")
        text = report_text(grade_exercises(file, course_file.Course({"relu": EXERCISES["relu"]})))
        assert ("What could be loaded was graded." in text) is whole
        assert ("The file cannot be run." in text) is not whole


@pytest.mark.parametrize("text", ['{"cells": [', "{}", "[]", '{"cells": ["x"]}'])
def test_a_notebook_that_is_broken_is_said_to_be_so(tmp_path, text):
    file = tmp_path / "answer.ipynb"
    file.write_text(text, encoding="utf-8")
    (result,) = grade_exercises(file, course_file.Course({"relu": EXERCISES["relu"]})).results
    assert result.diagnosis == "not-a-notebook"
    assert result.message == "The file cannot be run. This is no whole notebook: save it again."


def test_a_folder_in_a_students_folder_is_named(tmp_path):
    place = tmp_path / "class"
    for name in ("cem/homework", "dan/__pycache__"):
        (place / name).mkdir(parents=True)
    (place / "cem/homework/assignment.py").write_text("", encoding="utf-8")
    found = grade_class([place], course_file.Course({"relu": EXERCISES["relu"]}))
    assert found.failed == {
        "cem": "hand in one file, got none (folders are not looked into: homework)",
        "dan": "hand in one file, got none",
    }
    assert found.notes == ()


def test_the_text_for_a_student_is_written_anew_from_what_is_taken_over(tmp_path):
    file = tmp_path / "ann.py"
    file.write_text("def relu(z):\n    return z\n", encoding="utf-8")
    course = course_file.Course({"relu": EXERCISES["relu"]})
    results, text = tmp_path / "results", tmp_path / "results" / "ann.txt"
    grade_class([file], course, json_dir=results)
    said, written = text.read_text("utf-8"), (results / "ann.json").stat().st_mtime_ns
    text.unlink()
    grade_class([file], course, json_dir=results)
    assert text.read_text("utf-8") == said
    text.write_text("10/10", encoding="utf-8")
    assert grade_class([file], course, json_dir=results).notes == ()
    assert text.read_text("utf-8") == said
    assert (results / "ann.json").stat().st_mtime_ns == written
    more = replace(EXERCISES["relu"], points=7)
    again = grade_class([file], course_file.Course({"relu": more}), json_dir=results)
    assert again.notes == ("graded again: the points of relu have changed (students: 1)",)


OWN = """from minintk.course import Confusion, Question, Trials

TRIALS = Trials(
    {{"": Question("own", {right!r}, confusions=(Confusion("a-slip", {slip!r}, "slip"),))}},
    draw=lambda rng, n, m: (float(rng.uniform(1, 2)), float(rng.uniform(3, 4))),
)
"""


def own(tmp_path, right, slip="x"):
    """An exercise of one's own in x and y."""
    (tmp_path / "own.py").write_text(OWN.format(right=right, slip=slip), encoding="utf-8")
    stub = 'def own(x, y):\n    """One number. (1 point)"""\n'
    (tmp_path / "own.txt").write_text(stub, encoding="utf-8")
    return course_file.own_exercise(tmp_path / "own.py")


@pytest.mark.parametrize(
    ("right", "slip", "rule"),
    [
        (
            "x + y",
            "y + x",
            "the confusion a-slip of own must be another value, got the right one in 15",
        ),
        (
            "exp(-x y)",
            "x",
            "the right value of own .* 'exp.-x y.': is a .* missing.*: invalid syntax$",
        ),
        ("2(x + y)", "x", "the right value of own .* is a .* missing.*, got FormulaError"),
        (
            "x + * y",
            "x",
            "the right value of own .* .here 'x . . y'., got SyntaxError: invalid syntax",
        ),
        ("2 x + Z", "x", "the right value of own .* is a .* missing.*: invalid syntax$"),
        (
            "1e3*x + Z",
            "x",
            "the right value of own .* .here '1e3.x . Z'., got FormulaError: unknown",
        ),
    ],
)
def test_a_text_that_cannot_be_meant_is_rejected(tmp_path, right, slip, rule):
    with pytest.raises(ValueError, match=rf"^own\.py: {rule}"):
        own(tmp_path, right, slip)


def test_a_confusion_that_is_right_in_some_calls_alone_is_kept(tmp_path):
    assert own(tmp_path, "x + y", "max(x, 1.2) + y").points == 1


@pytest.mark.parametrize(
    ("right", "returned", "said"),
    [
        (
            "log(x)*y",
            "np.log10(x) * y",
            "natural one: yours is 1/ln 10 = 0.434294 times the right value.",
        ),
        (
            "log(x)*y",
            "np.log2(x) * y",
            "natural one: yours is 1/ln 2 = 1.4427 times the right value.",
        ),
        ("log(2)*y/x", "y / x", "Yours is 1.4427 times the right value, everywhere."),
        ("log(2)*y/x", "y / x  # see the catalogue", "Yours is 1.4427 times the right value"),
        ("log(x)*y", "0.4343 * np.log(x) * y", "Yours is 0.4343 times the right value"),
        ("y/log(x)", "2 * y / np.log(x)", "Yours is twice the right value"),
        ("x^3*y^4", "int(np.ceil(x**3 * y**4))", "Yours is rounded up to a whole number"),
        ("x^3*y^4", "int(2 * x**3 * y**4)", "Your values are whole numbers"),
        (
            "(y - x)^2*log(2/x)/(2*y^2)",
            "(y + x)**2 * np.log(2 / x) / y**2",
            "With that put right the whole is twice its right size.",
        ),
    ],
)
def test_of_an_exercise_of_ones_own_the_same_is_told(tmp_path, right, returned, said):
    file = tmp_path / "answer.py"
    text = f"import numpy as np\n\n\ndef own(x, y):\n    return {returned}\n"
    file.write_text(text, encoding="utf-8")
    (result,) = grade_exercises(file, course_file.Course({"own": own(tmp_path, right)})).results
    assert said in result.message
    assert "power" not in result.message


_ARCCOS = "x = circle_points(angles)\n    theta = np.arccos(x @ x.T * (1 + 1e-15))"


@pytest.mark.parametrize(
    ("factor", "said"), [("1.0 *", "Wrong at other points, and not"), ("0.5 *", "Right in general")]
)
def test_an_arccos_of_more_than_1_hides_no_other_mistake(factor, said):
    theta = "theta = angle_between(angles, angles)"
    source = changed_solution("analytic_ntk", theta, _ARCCOS)
    source = source.replace("return 0.5 * ((np.cos(theta)", f"return {factor} ((np.cos(theta)")
    verdict = verdict_of(source, "analytic_ntk")
    assert say(verdict.finding).startswith(said)


_TWICE = ("+ kappa1(theta))", "+ 2 * kappa1(theta))")
_MINUS = ("np.sin(theta) + ", "np.sin(theta) - ")


def _both(callee, caller):
    """The solutions with a wrong kappa1, and analytic_ntk as it is or with a mistake of its own."""
    text = changed_solution("kappa1", *callee)
    assert _TWICE[0] in text
    return text.replace(*_TWICE) if caller else text


@pytest.mark.parametrize(
    ("names", "wrong"), [(["kappa1", "analytic_ntk"], False), (["analytic_ntk"], True)]
)
def test_a_caller_is_judged_with_right_functions_in_place_of_the_wrong_ones(tmp_path, names, wrong):
    """Listed in the course or not. It takes two processes, hence its time."""
    found = graded(tmp_path, _both(_MINUS, wrong), names)["analytic_ntk"]
    said = (
        "The function that it calls, kappa1, is not right: look there first. With right functions "
    )
    assert found.message.startswith(said)
    assert found.score == 0
    own = "The part of the second layer is counted twice." in found.message
    assert (own, "it is right" in found.message) == (wrong, not wrong)
    assert found.diagnosis == ("doubled-second-layer" if wrong else "follows")


@pytest.mark.parametrize(
    ("relu", "scores", "why"),
    [
        ("import minintk\n    return minintk.network.relu(z)", [0, 0, 3], "uses minintk"),
        ("return np.maximum(z, 0).astype(np.float32)", [0.5, 0, 3], "computes in float32"),
        ("raise NotImplementedError", [0, 0, 3], "is not written yet"),
        ("return NotImplemented", [0, 0, 3], "is not written yet"),
        ("pass", [0, 0, 3], "returns None"),
    ],
)
def test_a_caller_is_told_what_is_wrong_with_what_it_calls(tmp_path, relu, scores, why):
    text = changed_solution("relu", "return np.maximum(z, 0)", relu)
    found = graded(tmp_path, text, ["relu", "forward", "kappa1"])
    assert [result.score for result in found.values()] == scores
    assert found["forward"].diagnosis == "follows"
    said = f"The function that it calls, relu, {why}: look there first. With right functions in "
    assert found["forward"].message.startswith(said)


def test_what_uses_minintk_itself_does_so_whatever_it_calls(tmp_path):
    text = changed_solution("relu", "return", "return mn.relu(z) +")
    tries = "try:\n        mn.forward(w)\n    except BaseException:\n        pass\n    "
    text = text.replace("return relu(circle", f"{tries}return relu(circle", 1)
    names, text = ["relu", "forward", "backward"], f"import minintk as mn\n{text}"
    found = graded(tmp_path, text, names, hidden=["relu"])
    assert found["forward"].message.startswith("It uses minintk.forward, minintk.relu: write it")
    # what is said of two holds of both, and of the second it is not known
    said = "The functions that it calls, relu and forward, are not right: look there first."
    assert found["backward"].message.startswith(said)
    assert found["backward"].shown.startswith("The function that it calls, forward, is not right")


def test_what_is_not_asked_for_is_not_blamed_for_what_it_calls_itself(tmp_path):
    text = changed_solution("relu", "return np.maximum(z, 0)", "raise NotImplementedError")
    found = graded(tmp_path, text, ["backward"])["backward"]
    assert found.message.startswith("The function that it calls, relu, is not written yet")


_ALL = "w, b, a = w - learning_rate * gw, b - learning_rate * gb, a - learning_rate * ga"


@pytest.mark.parametrize("stub", ["raise NotImplementedError", "return"])
def test_what_calls_a_stub_is_not_judged_while_it_may_be_half_written(tmp_path, stub):
    start = "def backward(w, b, a, angles, targets):\n"
    text = SOLUTIONS.replace(start, f"{start}    {stub}\n")
    assert start in text
    assert _ALL in text
    text = text.replace(_ALL, "w = w - learning_rate * gw")
    found = graded(tmp_path, text, ["backward", "gradient_descent"], hints=False)
    why = "returns None" if stub == "return" else "is not written yet"
    said = f"The function that it calls, backward, {why}: look there first."
    assert found["gradient_descent"].message == said
    assert found["gradient_descent"].diagnosis == "follows"


def test_a_caller_is_not_blamed_for_inputs_that_another_function_changes(tmp_path):
    text = changed_solution(
        "gradient_descent", _ALL, f"w -= learning_rate * gw\n        gw = 0\n        {_ALL}"
    )
    found = graded(tmp_path, text, ["gradient_descent", "kernel_change"], hints=False)
    assert [result.score for result in found.values()] == [1.5, 2]
    said = "The function that it calls, gradient_descent, changes its input 'w': look there first."
    assert found["kernel_change"].message.startswith(said)
    assert found["kernel_change"].message.endswith("it is right.")


_LOOP = ("return (np.sin", "for _ in range(2):\n        return theta\n    return (np.sin")


def test_a_caller_of_a_hidden_exercise_is_told_of_its_own_mistake_alone(tmp_path):
    names = ["kappa1", "analytic_ntk"]
    found = graded(tmp_path, _both(_LOOP, True), names, hidden=["kappa1"], hints=False)
    said = "With right functions in place of those that it calls: The part of the second layer is"
    assert found["analytic_ntk"].shown == f"{said} counted twice."
    assert found["analytic_ntk"].message.startswith("The function that it calls, kappa1, is not")


def test_a_right_function_of_fewer_digits_is_not_blamed_for_its_caller(tmp_path):
    arccos = ("np.arctan2(np.abs(cross), x @ y.T)", "np.arccos(np.clip(x @ y.T, -1, 1))")
    text = changed_solution("angle_between", *arccos).replace(*_TWICE)
    found = graded(tmp_path, text, ["analytic_ntk"])["analytic_ntk"]
    assert found.message.startswith("The part of the second layer is counted twice.")


def test_no_change_is_looked_for_in_a_function_that_is_right(tmp_path, monkeypatch):
    """w and b go up, a goes down, and they are returned in another order."""
    text = changed_solution("gradient_descent", "return w, b, a", "return a, b, w")
    for name in "wb":
        text = text.replace(f"{name} - learning_rate", f"{name} + learning_rate")
    seen = []

    def look(path, function, cases, fine, **options):
        task, tree = {"function": function, "arrays": []}, ast.parse(text)
        for without in ([], fine):
            every = one_change._changes(tree, {**task, "without": without})
            seen.append({c.name for c in every})
        return program.Changes()

    monkeypatch.setattr(reasons, "find_changes", look)
    monkeypatch.setattr(grading, "run_functions", run_here)
    (tmp_path / "answer.py").write_text(text, encoding="utf-8")
    name = "gradient_descent"
    grade_exercises(tmp_path / "answer.py", Course({name: EXERCISES[name]}, ()))
    assert {"backward", "relu_derivative"} < seen[0]
    assert seen[1] == {name}


def test_what_calls_a_function_that_ends_the_process_follows(tmp_path):
    crash = ("return np.maximum(z, 0)", "import os; os._exit(1)")
    found = graded(tmp_path, changed_solution("relu", *crash), ["relu", "forward"])
    assert [result.diagnosis for result in found.values()] == ["crash", "follows"]


def test_what_only_follows_is_not_named_where_it_is_called(tmp_path):
    """A chain: relu, forward, backward; in processes, hence its time."""
    text = changed_solution("relu", "np.maximum(z, 0)", "np.maximum(z, 0) + 1")
    found = graded(tmp_path, text, ["relu", "forward", "backward"])
    for name in ("forward", "backward"):
        assert found[name].message.startswith("The function that it calls, relu, is not right")
    # in the wrong order, and relu nearly right: a right forward is not blamed for a hidden relu
    text = changed_solution("relu", "np.maximum(z, 0)", "np.maximum(z, 0).astype(np.float32)")
    order = ["backward", "forward", "relu"]
    chosen = {name: EXERCISES[name] for name in order}
    work = tmp_path / "class"
    work.mkdir()
    (work / "ann.py").write_text(text, encoding="utf-8")
    course = course_file.Course(chosen, hidden=("relu",))
    found = grade_class([work], course, json_dir=tmp_path)
    table = dict(zip(order, found.reports["ann"].results, strict=True))
    for name in order[:2]:
        assert table[name].diagnosis == "follows"
        assert table[name].message.startswith("The function that it calls, relu, computes in")
    told = (tmp_path / "ann.txt").read_text("utf-8")
    outputs = [t["output"] for t in json.loads((tmp_path / "ann.json").read_text("utf-8"))["tests"]]
    for said in (told, *outputs[:2]):
        assert (
            "[follows] With right functions in place of those that it calls, it is right." in said
        )
        assert "relu" not in said
        assert "look there" not in said


def test_of_what_cannot_be_judged_a_student_is_told_no_name(tmp_path):
    """Of an exercise of one's own no right function is known to put in its place."""
    stub = 'def helper(z):\n    """Twice. (1 point)"""\n'
    (tmp_path / "helper.txt").write_text(stub, "utf-8")
    own = (
        "from minintk.course import Question, Trials\n"
        "TRIALS = Trials({'': Question('helper', '2*z')}, draw=lambda rng, n, m: (float(n),))\n"
    )
    (tmp_path / "helper.py").write_text(own, "utf-8")
    chosen = {"relu": EXERCISES["relu"], "helper": own_exercise(tmp_path / "helper.py")}
    text = "def helper(z):\n    return 3*z\n\ndef relu(z):\n    return helper(z)*(z > 0)/2\n"
    (tmp_path / "work.py").write_text(text, "utf-8")
    result, _ = grade_exercises(
        tmp_path / "work.py", course_file.Course(chosen, hidden=("helper",))
    ).results
    assert result.diagnosis == "follows"
    assert result.message.startswith("The function that it calls, helper, is not right")
    assert result.shown.startswith("A function that it calls is not right.")
    assert "helper" not in result.shown


@pytest.mark.command
def test_the_right_functions_cannot_be_imported(tmp_path):
    text = (
        "from minintk_right.arccosine import kappa0 as k\ndef kappa0(theta):\n    return k(theta)\n"
    )
    assert graded(tmp_path, text, ["kappa0"])["kappa0"].diagnosis == "forbidden-import"


_OWN_WAY = """import numpy as np
def circle_points(angles):
    return np.array([np.cos(angles), np.sin(angles)])
def forward(w, b, a, angles):
    return np.maximum(w @ circle_points(angles) - b[:, None], 0).T @ a / np.sqrt(len(a))
"""


def test_where_a_right_function_does_not_fit_nothing_is_said_of_the_caller(tmp_path):
    found = graded(tmp_path, _OWN_WAY, ["circle_points", "forward"])["forward"]
    said = "The function that it calls, circle_points, is not right: look there first. Read: "
    assert found.message.startswith(said)


def test_of_what_calls_a_wrong_exercise_of_ones_own_no_more_is_said(tmp_path):
    """No right function of it is known."""
    chosen = {name: EXERCISES[name] for name in ("kappa1", "analytic_ntk")}
    chosen["kappa1"] = replace(chosen["kappa1"], contents="a digest")
    (tmp_path / "answer.py").write_text(_both(_MINUS, True), "utf-8")
    report = grade_exercises(tmp_path / "answer.py", course_file.Course(chosen, hints=False))
    said = "The function that it calls, kappa1, is not right: look there first."
    assert report.results[1].message == said


def test_what_is_wrong_where_it_is_not_called_is_not_said_of_the_caller(tmp_path):
    off = ("np.maximum(z, 0)", "np.maximum(z, 0) + (z.dtype.kind == 'i')")
    text = changed_solution("relu", *off).replace("a / np.sqrt(len(a))", "a", 1)
    found = graded(tmp_path, text, ["relu", "forward"])
    assert found["relu"].diagnosis == "edge-case"
    assert found["forward"].message.startswith("Yours is √m times the right value.")


@pytest.mark.parametrize(
    ("returned", "diagnosis", "told"),
    [("np.sin(x) + y**3/7", "unknown", False), ("y**3/7 - np.cos(x)", "inner-sign", True)],
)
def test_a_note_of_ones_own_is_not_told_beside_a_guess(tmp_path, returned, diagnosis, told):
    """A function exchanged for another may itself be what makes the slip of it; in processes."""
    exercise = own(tmp_path, "cos(x) + y", "cos(x) + y^3/7")
    text = f"import numpy as np\n\ndef own(x, y):\n    return {returned}\n"
    (tmp_path / "work.py").write_text(text, "utf-8")
    (result,) = grade_exercises(tmp_path / "work.py", course_file.Course({"own": exercise})).results
    assert result.diagnosis == diagnosis
    assert ("Slip." in result.message) == told


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("1 - theta/3.14", "A constant is typed by hand, with few digits, at line 3: return"),
        ("1 - theta/(22/7)", "Nearly right: it agrees to 3 digits only."),
        ("1 - theta/np.pi + 1e-4*np.sin(theta)", "One number or factor is wrong or missing, at"),
    ],
)
def test_digits_are_told_and_not_two_changes_but_one_is(tmp_path, value, said):
    """In processes."""
    text = f"import numpy as np\ndef kappa0(theta):\n    return {value}\n"
    assert graded(tmp_path, text, ["kappa0"])["kappa0"].message.startswith(said)


def test_a_convention_in_which_m_is_free_is_not_told_where_there_is_no_m():
    kernel = "0.5 * ((np.cos(theta) + 1) * kappa0(theta) + kappa1(theta))"
    twice = "(np.cos(theta) + 1) * kappa0(theta) + kappa1(theta) / 2"
    (said,) = told("analytic_ntk", kernel, twice)
    assert said == "The parts of the first layer and of the bias are counted twice."
    formula = "(1 + cos(t))*kappa0(t) + m*kappa1(t)/2"
    assert "standard parametrisation (He)" in check("ntk", formula).message


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ("(np.abs(z) - z)/2", "The two sides of 0 have changed places. This is relu(−z)."),
        ("np.minimum(z, 0)", "The two sides of 0 have changed places."),
    ],
)
def test_the_sides_of_0_are_told_without_a_sign(returned, said):
    assert told("relu", "np.maximum(z, 0)", returned) == [said]


def test_no_sentence_is_read_as_one_on_the_network_that_is_asked_for():
    """Of a missing bias "the network has no bias" would be read as what the network should be."""
    without = (
        "result[1] -= 1 / np.pi**2\n    result[0] -= 1 / 4\n    result[3::2] = 0\n    return result"
    )
    said = "The part of the bias is missing."
    assert told(
        "ntk_eigenvalues", "return result", without.replace("result[1]", "result[1:2]")
    ) == [said]
    for exercise in EXERCISES.values():
        for question in exercise.trials.outputs.values():
            notes = [c.note for c in question.confusions if " has no " in c.note]
            assert all(note.startswith("your ") for note in notes)


def test_the_inputs_of_an_unknown_mistake_are_told_once(tmp_path):
    end = "a - learning_rate * ga\n"
    text = changed_solution("gradient_descent", end, "a - learning_rate * np.sinh(1.3 * ga)\n")
    found = graded(tmp_path, text, ["gradient_descent"])["gradient_descent"]
    assert found.diagnosis == "unknown"
    assert found.message.count("angles = [0.4]") == 1
    assert "In the trained b: no known mistake explains it: there yours is [0.2" in found.message


def test_a_learning_rate_that_one_part_lacks_is_told(tmp_path):
    old = "a - learning_rate * ga\n"
    assert told("gradient_descent", old, "a - ga\n") == ["The learning rate is missing for a."] * 3


@pytest.mark.parametrize(("top", "bottom"), [(", 2", ""), ("", ", 2"), (", 2", ", 2")])
def test_a_spectral_norm_is_told_where_it_is_one(top, bottom):
    old = "np.linalg.norm(after - before) / np.linalg.norm(before)"
    new = f"np.linalg.norm(after - before{top}) / np.linalg.norm(before{bottom})"
    of = {("", ", 2"): " of K_0", (", 2", ""): " of the change"}.get((top, bottom), "")
    said = f"It is measured in another way than asked: the spectral norm{of}."
    assert told("kernel_change", old, new) == [said]


def test_a_factor_of_two_letters_is_told_beside_a_known_mistake():
    """In one call of many n is m, where the whole is right for neurons that are active."""
    new = "(relu(circle_points(angles) @ w.T) + b) @ a / np.sqrt(len(angles))"
    (said,) = told("forward", _FORWARD.removeprefix("return "), new)
    assert said == "The bias belongs inside the ReLU, and the whole is √m/√n times its right size."


def test_a_mean_that_is_taken_away_is_not_cut_off(tmp_path):
    """Where it is negative, cutting it off does what is right; so it must be tried where not."""
    source = changed_solution(
        "fourier_coefficients",
        "return np.array(rows)",
        "values = values - np.mean(values)\n    return np.array(rows)",
    )
    swapped = "np.sqrt(2) * np.sin(k * angles), np.sqrt(2) * np.cos(k * angles)"
    right = "np.sqrt(2) * np.cos(k * angles), np.sqrt(2) * np.sin(k * angles)"
    assert right in source
    path = tmp_path / "answer.py"
    path.write_text(source.replace(right, swapped), encoding="utf-8")
    assert "cut off" not in result_of(path, "fourier_coefficients").message
