"""Planted slips in programs are found in their line."""

import json
import types
from pathlib import Path

import numpy as np
import pytest

from minintk.course.answers import one_change
from minintk.course.diagnosis.finding import Finding
from minintk.course.diagnosis.words import say
from tests.course.planted_programs import SLIPS_PLANTED
from tests.course.runner import SOLUTIONS, change_of, changed_solution, restored, result_of

# A student's float32 or a wrong power may warn; that is theirs.
pytestmark = [pytest.mark.course, pytest.mark.filterwarnings("ignore::RuntimeWarning")]


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mistake", "exercise", "old", "new"), SLIPS_PLANTED)
def test_planted_slips_are_found_in_their_line(tmp_path, mistake, exercise, old, new):
    source = changed_solution(exercise, old, new)
    kind, line = change_of(source, exercise)
    assert kind == mistake, f"the search says {kind!r}, the list {mistake!r}, of line {line}"
    before, after = SOLUTIONS.splitlines(), source.splitlines()
    if (exercise, new) == (
        "jacobian",
        "z]",
    ):  # z itself may be cut off in the line where it is made
        assert line is None
        return
    changed = [i for i, (x, y) in enumerate(zip(before, after, strict=False), 1) if x != y]
    assert abs(line - changed[0]) <= 5, (line, changed)  # the loop, or what feeds the line


@pytest.mark.parametrize(
    ("name", "arguments", "line"),
    [
        ("kappa0", "theta", "np.pi / (np.pi - theta)"),
        (
            "steps_to_learn",
            "eigenvalue, rate, remaining",
            "np.log(1 - rate * eigenvalue) / np.log(remaining)",
        ),
    ],
)
def test_of_an_inverted_fraction_no_bracket_is_blamed(tmp_path, name, arguments, line):
    path = tmp_path / "answer.py"
    text = f"import numpy as np\n\n\ndef {name}({arguments}):\n    return {line}\n"
    path.write_text(text, encoding="utf-8")
    result = result_of(path, name)
    assert result.diagnosis == "inverse"
    said = "One fraction is inverted: numerator and denominator have changed places, at line 5: "
    assert result.message.startswith(f"{said}return {line}."), result.message


TWICE = """import numpy as np


def relu(z):
    return np.maximum(z, 0)


def relu(z):
    return np.where(z > 1, z, 0)
"""


def test_of_a_function_that_is_defined_twice_the_last_counts(tmp_path):
    path = tmp_path / "answer.py"
    path.write_text(TWICE, encoding="utf-8")
    result = result_of(path, "relu")
    assert "line 5" not in result.message, result.message
    assert "at line 9: return np.where(z > 1, z, 0)." in result.message, result.message


def test_no_line_that_is_right_is_blamed_beside_a_known_mistake():
    step = "w - learning_rate * gw, b - learning_rate * gb"
    wrong = "w + learning_rate * gw, b - 0.5 * learning_rate * gb"
    both = changed_solution("gradient_descent", step, wrong)
    assert change_of(both, "gradient_descent") == (None, None)


IN_ONE_LINE = """import numpy as np


def f(x):
    y = 3 * x
    return np.exp(y) * np.cos(x + 1)
"""


def changes_of(source, right):
    """The changes after which a function of one number is right."""
    module, points = types.ModuleType("answer"), (0.3, 0.8, 1.7)
    exec(source, module.__dict__)
    cases = [((x,), (np.asarray(right(x)),)) for x in points]
    task = {"function": "f", "arrays": [], "cases": cases}
    found = restored(one_change.search, module, source.encode(), task)
    return found and found["changes"]


def test_of_changes_with_the_same_effect_the_one_in_the_line_of_the_other_comes_first():
    """A minus belongs before y, in the line where another function is wrong, or before 3 x."""
    found = changes_of(IN_ONE_LINE, lambda x: np.exp(-3 * x) * np.sin(x + 1))
    assert [(c["kind"], c["line"]) for c in found] == [("inner-sign", 6), ("wrong-function", 6)]


def test_of_two_statements_on_a_line_the_wrong_one_is_told():
    source = "def f(x):\n    y = 2*x; y = y*(x + 1); return y\n"
    (found,) = changes_of(source, lambda x: 2 * x)
    assert (found["kind"], found["line"], found["text"]) == ("line-too-many", 2, "y = y * (x + 1)")
    source = "def f(x):\n    y = 2; return y - x\n"
    (found,) = changes_of(source, lambda x: 2 + x)
    assert (found["line"], found["text"]) == (2, "return y - x")


def test_where_several_lines_fit_none_is_told():
    source = "def f(x):\n    y = 3 * x\n    z = y + y**3\n    return z * x**2\n"
    found = changes_of(source, lambda x: -(3 * x + 27 * x**3) * x**2)
    assert found == [{"kind": "inner-sign", "line": None, "text": ""}]
    assert say(Finding("inner-sign"), hints=False) == "One sign is wrong."
    assert say(Finding("statement-order"), hints=False) == "Two lines are in the wrong order."


@pytest.mark.parametrize("line", ["y = 3 * x", "y, _ = 3 * x, 0"])
def test_where_a_value_is_wrong_where_it_is_set_or_used_its_name_is_told(line):
    """A minus belongs before 3 x, or before y."""
    source = IN_ONE_LINE.replace("y = 3 * x", line)
    found = changes_of(source, lambda x: np.exp(-3 * x) * np.cos(x + 1))
    assert found == [{"kind": "inner-sign", "line": None, "text": "y"}]
    said = say(Finding("inner-sign", place="y"), hints=False)
    assert said == "One sign is wrong, at 'y'."


def test_beside_a_known_mistake_no_line_is_told_where_the_value_may_be_wrong_in_its_use(tmp_path):
    """P35 of list 13 was sent to the line that takes the odd k, which is right."""
    path = Path(__file__).with_name("blind-13") / "programs.json"
    programs = json.loads(path.read_text("utf-8"))
    (source,) = (p["text"] for p in programs if p["id"] == "P35")
    path = tmp_path / "answer.py"
    path.write_text(source, "utf-8")
    message = result_of(path, "ntk_eigenvalues").message
    assert "One power is wrong or missing, at 'odd'. At k = 0 yours is without the bias." in message
