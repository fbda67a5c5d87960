"""Planted mistakes in programs come back by their names."""

from dataclasses import replace

import pytest

from minintk.course import CATALOGUE, EXERCISES
from minintk.course.diagnosis.words import say
from minintk.course.plans import plan_of
from tests.course.planted_programs import PLANTED
from tests.course.runner import SOLUTIONS, changed_solution, plan, verdict_of

# A student's float32 or a wrong power may warn; that is theirs.
pytestmark = [pytest.mark.course, pytest.mark.filterwarnings("ignore::RuntimeWarning")]


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mistake", "exercise", "old", "new"), PLANTED)
def test_planted_mistakes_come_back_by_name(mistake, exercise, old, new):
    verdict = verdict_of(changed_solution(exercise, old, new), exercise)
    assert verdict.share < 1, f"{new!r} is a right answer: it is no mistake"
    kind = getattr(verdict.finding, "kind", None)
    assert kind == mistake, f"the grader says {kind!r}, the list {mistake!r}, of {new!r}"
    assert kind in CATALOGUE, f"{kind!r} is no kind of minintk/course/diagnosis/catalogue.txt"


def of_angles(first):
    """Points of the circle, by a function that does something to its angles first."""
    return (
        "import numpy as np\n\n\ndef circle_points(angles):\n"
        f"    {first}\n    return np.column_stack([np.cos(angles), np.sin(angles)])\n"
    )


@pytest.mark.parametrize(
    ("first", "share", "said"),
    [
        ("angles %= 2 * np.pi", 0.5, "It changes its input 'angles': work on a copy."),
        ("angles[:] = angles % (2 * np.pi)", 0.5, "It changes its input 'angles': work on a copy."),
        ("angles = angles % (2 * np.pi)", 1.0, None),
        (
            "angles = np.array(angles); angles %= 7",
            0.0,
            "of what was tried, not for the rest",
        ),
        ("angles %= 7", 0.0, "not for the rest. It changes its input 'angles': work on a copy."),
        (
            "angles = np.array(angles); angles %= 2 * np.pi",
            0.5,
            "Right in general, wrong for integer angles: it raises UFuncTypeError",
        ),
        (
            "angles = np.asarray(angles, dtype=float); angles %= 2 * np.pi",
            0.5,
            "It changes its input 'angles': work on a copy.",
        ),
    ],
)
def test_what_is_said_of_angles_that_are_changed_in_place(first, share, said):
    verdict = verdict_of(of_angles(first), "circle_points")
    assert verdict.share == share
    if said is None:
        assert verdict.finding is None
    else:
        assert said in say(verdict.finding, hints=False)


def test_every_input_that_is_changed_is_named():
    source = changed_solution(
        "frozen_kernel_prediction",
        "def frozen_kernel_prediction(kernel, initial_output, targets, time):\n",
        "def frozen_kernel_prediction(kernel, initial_output, targets, time):\n"
        "    kernel += np.eye(len(kernel))\n    kernel -= np.eye(len(kernel))\n"
        "    initial_output -= 1\n    initial_output += 1\n"
        "    kernel[0, 0] += 1e-15\n    initial_output[0] += 1e-15\n",
    )
    finding = verdict_of(source, "frozen_kernel_prediction").finding
    assert finding.kind == "changed-inputs"
    assert finding.place == "'kernel', 'initial_output'"


def test_one_point_alone_is_not_right_where_its_value_is_the_same_for_all():
    source = (
        "import numpy as np\n\n\ndef analytic_ntk(angles):\n"
        "    return np.full((len(angles), len(angles)), 1.5) + 0 * angles\n"
    )
    # K(0) is 3/2 at every single point
    assert verdict_of(source, "analytic_ntk").finding.kind != "one-point-only"


@pytest.mark.parametrize("exercise", ["analytic_ntk", "frozen_kernel_prediction"])
def test_what_known_mistakes_lead_to_is_computed_once_for_all_students(exercise):
    known = plan(exercise).known

    def examine(change):
        body = f"    return {change.format('right(*values)')}\n"
        source = f"{SOLUTIONS}\n\nright = {exercise}\n\n\ndef {exercise}(*values):\n{body}"
        assert verdict_of(source, exercise).share == 0
        return {key: dict(values) for key, values in known.items()}

    first, second = examine("np.cos({})"), examine("np.sin(3 * {})")
    assert sum(map(len, first.values())) > 40
    assert first.keys() == second.keys()
    for key, values in first.items():
        assert values.keys() == second[key].keys()
        assert all(second[key][value] is found for value, found in values.items())


def test_calls_are_made_once_for_an_exercise_with_points_of_its_own():
    other = replace(EXERCISES["relu"], points=3)
    assert plan_of(other) is plan_of(other)
    assert plan_of(other).exercise is other
    assert plan("relu").exercise is EXERCISES["relu"]


_JACOBIAN = "return np.hstack([first, d, relu(z)]) / np.sqrt(len(a))"
_POINTS = "return np.column_stack([np.cos(angles), np.sin(angles)])"


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        ("2", "Yours is twice the right value."),
        ("len(a) * len(angles)", "Yours is n · m times the right value."),
        ("len(a) ** -1.5", "Yours is 1/m^1.5 times the right value."),
    ],
)
def test_a_factor_of_values_in_another_order_may_have_powers_of_several_sizes(factor, said):
    new = f"{_JACOBIAN.replace('return', 'j =')}\n    return j[:, ::-1] * {factor}"
    source = changed_solution("jacobian", _JACOBIAN, new)
    order = "The values stand in another order than asked: along the last axis."
    assert say(verdict_of(source, "jacobian").finding, hints=False) == f"{said} {order}"


@pytest.mark.parametrize(
    ("second", "said"), [("0 * angles", ": yours is 0 there."), ("angles**3", ".")]
)
def test_of_columns_that_are_wrong_it_is_said_that_they_are_0(second, said):
    source = changed_solution("circle_points", _POINTS, _POINTS.replace("np.sin(angles)", second))
    told = say(verdict_of(source, "circle_points").finding, hints=False)
    assert told == f"Right for column 1, wrong for column 2{said}"
