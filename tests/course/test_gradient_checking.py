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


@pytest.mark.parametrize("constant", [0.0, 1e4, -1e6])
def test_a_missing_gradient_is_wrong_however_large_the_function(constant):
    params = {"w": np.ones(3)}
    check = gradient_check(
        lambda p: constant + 1e-3 * np.sum(p["w"]), lambda p: {"w": np.zeros(3)}, params
    )
    assert not check.passed
    assert "wrong" in str(check)


def test_a_layer_that_is_left_out_of_a_deep_network_is_found():
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((6, 4)), rng.standard_normal(6)
    params = {f"W{j}": 0.05 * rng.standard_normal(s) for j, s in enumerate(((4, 5), (5, 5), (5,)))}

    def gradient(p):
        one, two = np.tanh(x @ p["W0"]), np.tanh(np.tanh(x @ p["W0"]) @ p["W1"])
        r = (two @ p["W2"] - y) / 6
        back = np.outer(r, p["W2"]) * (1 - two**2)
        return {"W0": x.T @ (back @ p["W1"].T * (1 - one**2)), "W1": one.T @ back, "W2": two.T @ r}

    def loss(p):
        out = np.tanh(np.tanh(x @ p["W0"]) @ p["W1"]) @ p["W2"]
        return float(np.mean((out - y) ** 2) / 2)

    assert gradient_check(loss, gradient, params).passed, str(
        gradient_check(loss, gradient, params)
    )
    for name in params:
        left_out = {**gradient(params), name: 0 * params[name]}
        assert not gradient_check(loss, left_out, params).passed, name


def test_what_rounding_hides_is_not_called_right():
    check = gradient_check(
        lambda p: 1e12 + 1e-9 * np.sum(p["w"]), lambda p: {"w": np.zeros(2)}, {"w": np.ones(2)}
    )
    assert not check.passed
    assert check.groups[0].undecided == 2
    assert "too small to decide" in str(check)


def test_functions_that_change_their_argument_get_a_copy_each():
    def function(p):
        p["b"] *= 2
        return float(np.sum(p["w"] ** 2) + np.sum(p["b"] ** 2))

    def gradient(p):
        p["w"] *= 2
        return {"w": p["w"], "b": 8 * p["b"]}

    params = {"w": np.array([1.2, 0.3]), "b": np.array([1, -2])}
    check = gradient_check(function, gradient, params)
    assert check.passed, str(check)
    assert params["b"].tolist() == [1, -2]


def test_a_dead_neuron_is_right():
    params, loss, gradient = problem(-9.0)
    assert gradient_check(loss, gradient, params).passed


def test_single_precision_is_named():
    def loss(p):
        return float(np.sum(np.float32(p["w"]) ** 2 * np.float32(0.3)))

    check = gradient_check(loss, lambda p: {"w": 0.6 * p["w"]}, {"w": np.array([0.7, 1.3])})
    assert check.precision == "float32"
    assert check.passed
    assert "float32" in str(check)
    wrong = gradient_check(loss, lambda p: {"w": 0.3 * p["w"]}, {"w": np.array([0.7, 1.3])})
    assert not wrong.passed


@pytest.mark.parametrize("kind", [tuple, list])
def test_tuples_and_lists_of_arrays(kind):
    params = kind([np.array([1.0, 2.0]), np.array([[0.5]])])
    check = gradient_check(
        lambda p: np.sum(p[0] ** 2) + 3 * p[1][0, 0],
        lambda p: kind([2 * p[0], np.full((1, 1), 3.0)]),
        params,
    )
    assert check.passed
    assert [group.name for group in check.groups] == ["0", "1"]


# --- argument checks ------------------------------------------------------------------------------


def test_both_sets_of_names_are_said():
    with pytest.raises(ValueError, match=r"which are \['a', 'b'\], got \['a', 'c'\]"):
        gradient_check(lambda p: 0.0, {"a": [1.0], "c": [1.0]}, {"a": [1.0], "b": [1.0]})
