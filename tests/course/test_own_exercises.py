"""Exercises of one's own: what reaches the student's function, what is said of each output."""

import json
import re

import numpy as np
import pytest

from minintk.course.answers import child, program
from minintk.course.course_file import Course, own_exercise
from minintk.course.diagnosis.finding import Finding
from minintk.course.diagnosis.words import say
from minintk.course.grading import grade_exercises

pytestmark = [
    pytest.mark.course,
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.usefixtures("in_forks"),
]

HEAD = "import numpy as np\n\nfrom minintk.course import Confusion, Question, Trials\n\n"


def own(tmp_path, trials, name="own", parameters="x, y"):
    """An exercise of one's own, from the arguments of its Trials."""
    (tmp_path / f"{name}.py").write_text(f"{HEAD}TRIALS = Trials(\n{trials}\n)\n", "utf-8")
    stub = f'def {name}({parameters}):\n    """A stub. (6 points)"""\n'
    (tmp_path / f"{name}.txt").write_text(stub, "utf-8")
    return own_exercise(tmp_path / f"{name}.py")


def graded(tmp_path, exercise, body):
    """The result of a student's function."""
    file = tmp_path / "answer.py"
    given = ", ".join(exercise.parameters)
    source = f"import numpy as np\n\n\ndef {exercise.name}({given}):\n    {body}\n"
    file.write_text(source, "utf-8")
    course = Course({exercise.name: exercise}, seconds=2.0)
    return grade_exercises(file, course).results[0]


PICK = (
    '{"": Question("mean", lambda i: np.mean(i["x"][i["y"]]))},'
    " draw=lambda rng, n, m: (rng.uniform(0, 3, n), rng.integers(0, n, n)),"
)


def test_whole_numbers_that_are_drawn_arrive_as_such(tmp_path):
    assert graded(tmp_path, own(tmp_path, PICK), "return np.mean(x[y])").score == 6


@pytest.mark.parametrize(
    ("drawn", "right", "body"),
    [
        ("rng.uniform(0, 3, n) > 1", "np.sum(i['x'][i['y']])", "return np.sum(x[y])"),
        ("int(rng.integers(0, n)) * np.ones(2, int)", "i['x'][i['y'][0]]", "return x[y[0]]"),
        ("rng.integers(0, n)", "i['x'][i['y']]", "return x[y]"),
        ("rng.choice(['up', 'to'], n)", "np.mean(i['y'] == 'up')", "return np.mean(y == 'up')"),
        ("[rng.uniform(0, 1, n)] * 2", "i['x'] @ i['y'][1]", "return x @ y[1]"),
        ("1j * rng.uniform(0, 1, n)", "i['x'] @ i['y'].imag", "return x @ y.imag"),
    ],
)
def test_so_do_masks_numbers_text_and_lists(tmp_path, drawn, right, body):
    trials = f'{{"": Question("picked", lambda i: {right})}},'
    trials += f" draw=lambda rng, n, m: (rng.uniform(0, 3, n), {drawn}),"
    assert graded(tmp_path, own(tmp_path, trials), body).message == "Right."


def test_an_argument_arrives_as_it_was():
    given = [np.arange(3), np.array([1.5]), np.arange(6.0).reshape(2, 3).T, np.float32([1]), 2, "a"]
    found = child._decode(json.loads(json.dumps(given, default=program.encode)))
    assert found[4:] == given[4:]
    for one, other in zip(found[:4], given[:4], strict=True):
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("trials", "rule"),
    [
        (  # an index into five groups, where a draw of two has two
            '{"": Question("mean", lambda i: np.mean(i["x"][i["y"]]))},'
            " draw=lambda rng, n, m: (rng.uniform(0, 3, n), rng.integers(0, 5, n)),",
            "the right value of mean must be a function .* got IndexError: index",
        ),
        (
            '{"": Question("mean", lambda i: np.mean(i["x"][i["x"] > 2]))},'
            " draw=lambda rng, n, m: (rng.uniform(0, 3, n), 1.0),",
            "the right value of mean must be finite in every step at what draw returns, got nan",
        ),
        (
            '{"": Question("sum", "x + y", confusions=(Confusion("a-slip", lambda i: [1]'
            '[int(i["x"])]),))}, draw=lambda rng, n, m: (float(n > 11), 1.0),',
            "the confusion a-slip of sum must be a function .* got IndexError",
        ),
        (
            '{"": Question("sum", "x + y", parts={"x": "x", "y": lambda i: min(i["y"], 5)})},'
            " draw=lambda rng, n, m: (float(n), float(m)),",
            "the parts of sum must add up to its right value, got",
        ),
        ("{}, draw=lambda rng, n, m: (1.0, 2.0),", "outputs must be questions, each with a name"),
        (
            '{"a": Question("sum", "x + y"), "b": Question("sum", "x*y")},'
            " draw=lambda rng, n, m: (float(n), float(m)),",
            "outputs must be questions, each with a name of its own",
        ),
        (
            '{"": Question("sum", lambda i: 1.0)}, draw=lambda rng, n, m: (len, 2.0),',
            "what draw returns must be numbers, text, or arrays of them, got TypeError",
        ),
    ],
)
def test_what_cannot_be_asked_is_one_line_before_anything_is_graded(tmp_path, trials, rule):
    with pytest.raises(ValueError, match=rf"^own\.py(: |, line \d+: ){rule}") as raised:
        own(tmp_path, trials)
    assert "\n" not in str(raised.value)


def test_rounded_arguments_without_a_right_value_are_not_asked(tmp_path):
    """A matrix may be singular once it is rounded; who wrote the exercise could not know."""
    trials = (
        '{"": Question("root", lambda i: np.linalg.inv(i["x"])[0, 0] + i["y"])},'
        " draw=lambda rng, n, m: (np.eye(2) * (0.04 if n == 2 else 1), float(rng.uniform(1, 2))),"
    )
    result = graded(tmp_path, own(tmp_path, trials), "return np.linalg.inv(x)[0, 0] + y")
    assert result.message == "Right."


TWO = (
    '{"a": Question("sum", "x + y", hints={"sign": "of the sum"}, section=(1, "of the sum")),'
    ' "b": Question("product", "x*y", hints={"sign": "of the product"}, section=(2, "of both")),'
    ' "c": Question("ratio", "x/y")},'
    " draw=lambda rng, n, m: (float(rng.uniform(1, 2)), float(rng.uniform(3, 4))),"
)


def test_each_output_has_its_own_hint_and_place(tmp_path):
    result = graded(tmp_path, own(tmp_path, TWO), "return -x - y, -x * y, -x / y")
    for name, place in (("sum", "tutorial 1, “of the sum”"), ("product", "tutorial 2, “of both”")):
        said = f"In {name}: yours has the opposite sign everywhere. Hint: of the {name}. "
        assert f"{said}Read: {place}." in result.message
    assert result.message.endswith("In ratio: yours has the opposite sign everywhere.")
    result = graded(tmp_path, own(tmp_path, TWO), "return x + y, x * y, -x / y")
    assert result.message == "In ratio: yours has the opposite sign everywhere."


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ("None", "In ratio: this is not an array of numbers but None."),
        ("'much'", "In ratio: this is not an array of real numbers but str."),
        ("[[1.0], [1.0, 2.0]]", "In ratio: this is not one array but a list of 2 things."),
    ],
)
def test_an_output_that_is_no_array_loses_its_own_part_alone(tmp_path, lost, said):
    exercise = own(tmp_path, TWO)
    result = graded(tmp_path, exercise, f"return x + y, x * y, {lost}")
    assert (result.score, result.message) == (4, said)
    result = graded(tmp_path, exercise, f"return x + y, -x * y, {lost}")
    assert result.score == 2
    assert said in result.message
    assert "In product: yours has the opposite sign everywhere." in result.message
    result = graded(tmp_path, exercise, f"return x + y, x * y, x / y if x < 1.9 else {lost}")
    assert result.score == 4
    assert result.message.startswith("In ratio: ")


def test_an_output_that_is_far_too_large_loses_its_own_part_alone(tmp_path):
    big = np.zeros(10**6 + 1)
    one, other = child._outputs_of((big[:2], big), 2)
    assert (one["shape"], other["problem"]) == ([2], "shape")
    assert other["detail"] == "(1000001,) is far too large"
    program = "return x + y, x * y, x / y if x < 1.9 else np.zeros(10**6 + 1)"
    result = graded(tmp_path, own(tmp_path, TWO), program)
    assert (result.score, result.message[:10]) == (4, "In ratio: ")


def test_an_output_that_is_lost_at_an_edge_costs_half(tmp_path):
    exercise = own(tmp_path, TWO + ' edges=(("at 0", "edge-case", (0.0, 1.0)),),')
    result = graded(tmp_path, exercise, "return x + y, x * y, x / y if x else None")
    said = "Right in general, wrong at 0: one output is not an array of numbers but None."
    assert (result.score, result.message) == (3, said)
    result = graded(tmp_path, exercise, "return (x + y, x * y, x / y) if x else None")
    assert "wrong at 0: it returns None: is there a return." in result.message


OF_ROWS = (
    '{"": Question("shares", lambda i: i["x"] / i["x"].sum(1, keepdims=True) + i["y"],'
    ' confusions=(Confusion("wrong-axis", lambda i: i["x"] / i["x"].sum(0) + i["y"],'
    ' "your shares add up to 1 in each column"),))},'
    " draw=lambda rng, n, m: (rng.uniform(1, 2, (n, m)), float(rng.uniform(1, 2))),"
)


def test_a_note_is_said_besides_a_sentence_that_has_a_place(tmp_path):
    result = graded(tmp_path, own(tmp_path, OF_ROWS), "return x / x.sum(0) + y")
    assert result.diagnosis == "wrong-axis"
    said = "A sum or norm runs over the wrong axis. Your shares add up to 1 in each column."
    assert result.message == said


def test_an_example_shows_text_and_lists(tmp_path):
    trials = (
        '{"": Question("picked", lambda i: i["x"][i["y"] == "up"].sum())},'
        " draw=lambda rng, n, m: (rng.uniform(0, 3, n), rng.choice(['up', 'to'], n)),"
    )
    result = graded(tmp_path, own(tmp_path, trials), "return np.sin(x[y == 'to'].sum())")
    assert "no known mistake explains it: at x = [" in result.message.lower()
    assert re.search(r"np.array\(\['(up|to)', ", result.example)


def test_no_hints_leave_out_what_to_check():
    finding = Finding("supplement", note="θ stands for π − θ")
    assert say(finding, hints=False) == "θ stands for π − θ."
    assert say(finding) == "θ stands for π − θ: check the value at θ = 0 against that at θ = π."
