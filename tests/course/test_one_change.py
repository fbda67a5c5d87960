"""Planted slips in programs are found in their line."""

import ast
import signal
import types

import pytest

from minintk.course.answers import one_change
from tests.course.planted_programs import SLIPS_PLANTED
from tests.course.runner import SOLUTIONS, change_of, changed_solution, result_of

# A student's float32 or a wrong power may warn; that is theirs.
pytestmark = [pytest.mark.course, pytest.mark.filterwarnings("ignore::RuntimeWarning")]


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mistake", "exercise", "old", "new"), SLIPS_PLANTED)
def test_planted_slips_are_found_in_their_line(tmp_path, mistake, exercise, old, new):
    source = changed_solution(exercise, old, new)
    kind, line = change_of(source, exercise)
    assert kind == mistake, f"the search says {kind!r}, the list {mistake!r}, of line {line}"
    before, after = SOLUTIONS.splitlines(), source.splitlines()
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


def test_programs_that_never_end_get_less_and_less_time():
    """A loop has dozens of changes after which it never ends: they would take all of the time."""
    module = types.ModuleType("answer")
    exec("def half(x):\n    while x:\n        pass\n", module.__dict__)
    task = {"function": "half", "cases": [((1,), (0.5,))]}
    program = one_change.Program(module, ast.parse(""), task)
    program.seconds = 0.03
    before = signal.signal(signal.SIGPROF, one_change._stop)
    try:
        assert [program.outputs(0) or program.seconds for _ in range(3)] == [0.015, 0.01, 0.01]
    finally:
        signal.signal(signal.SIGPROF, before)
