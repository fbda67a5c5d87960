"""`gradient_check`: right gradients pass, also at kinks, and wrong ones are found."""

import numpy as np
import pytest

import minintk as mn
from minintk.course import gradient_check

pytestmark = pytest.mark.course


def problem(b):
    """Three neurons at three points; the first has z = 1 + b at t = 0."""
    params = mn.Params([[1.0, 0.0], [0.5, 0.3], [-0.4, 1.1]], [b, 0.2, 0.1], [1.0, 2.0, -1.5])
    goal = mn.objective([0.0, 1.0, 2.5], [3.0, 1.0, -0.5])
    return params, lambda p: goal(p)[0], lambda p: goal(p)[1]


# --- by hand --------------------------------------------------------------------------------------


def test_right_gradients_pass_and_wrong_ones_are_found():
    params, loss, gradient = problem(0.3)
    assert gradient_check(loss, gradient, params).passed

    def wrong(p):
        right = gradient(p)
        return {"w": right.w, "b": 2 * right.b, "a": right.a + np.array([0, 0, 0.1])}

    found = {group.name: group for group in gradient_check(loss, wrong, params).groups}
    assert found["w"].passed
    assert (found["b"].passed, found["b"].ratio) == (False, 2.0)
    assert (found["a"].passed, found["a"].worst) == (False, (2,))
    assert "2 times the slope everywhere" in str(gradient_check(loss, wrong, params))


# --- theorem --------------------------------------------------------------------------------------


@pytest.mark.parametrize("distance", [0.0, 1e-6, -1e-6, 3e-7])
def test_a_kink_within_a_step_is_no_false_alarm(distance):
    params, loss, gradient = problem(-1.0 + distance)
    check = gradient_check(loss, gradient, params)
    assert check.passed, str(check)
    assert {g.name: g.kinks for g in check.groups} == {"w": 1, "b": 1, "a": 0}
    assert "a kink within a step" in str(check)


@pytest.mark.parametrize("distance", [0.0, 1e-6])
def test_a_wrong_slope_at_a_kink_is_still_wrong(distance):
    params, loss, gradient = problem(-1.0 + distance)
    check = gradient_check(
        loss, lambda p: {"w": gradient(p).w + 9, "b": gradient(p).b, "a": gradient(p).a}, params
    )
    assert [g.passed for g in check.groups] == [False, True, True]


def test_any_network_and_any_container():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((5, 3))

    def loss(p):
        return float(np.sum(np.tanh(x @ p["first"]) @ p["second"]))

    def gradient(p):
        h = np.tanh(x @ p["first"])
        return {
            "first": x.T @ ((1 - h**2) * p["second"]),
            "second": h.sum(axis=0),
        }

    params = {"first": rng.standard_normal((3, 4)), "second": rng.standard_normal(4)}
    assert gradient_check(loss, gradient, params).passed
    assert gradient_check(lambda v: v @ v, lambda v: 2 * v, np.array([1.0, 2.0])).passed
    with pytest.raises(ValueError, match=r"gradient must have shape \(4,\) for 'second'"):
        gradient_check(loss, lambda p: {**gradient(p), "second": np.ones(3)}, params)
    with pytest.raises(ValueError, match="groups of the parameters"):
        gradient_check(loss, lambda p: {"first": gradient(p)["first"]}, params)
