"""Tests of minintk.jacobian: the explicit Jacobian and central differences."""

import math

import numpy as np
import pytest
from hypothesis import example, given

import minintk as mn
from tests.reference import jacobian as reference
from tests.reference import network as reference_network
from tests.reference import properties
from tests.reference import strategies as some
from tests.reference.closeness import HOLD, assert_close
from tests.reference.network import off_kinks
from tests.reference.variants import with_arrays
from tests.reference.wrong_input import (
    NETWORK,
    NO_NUMBER,
    NOT_ANGLES,
    THOUSAND,
    counts,
    every,
    meets,
    meets_before_allocating,
    refuses,
)

# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.jacobian
def test_central_differences_of_a_matrix_of_functions():
    def function(v):
        return [[v[0] ** 2 * v[1], v[1] * v[2]], [3 * v[2], v[0] * v[2] ** 2]]

    x, y, z = point = [1.3, -0.4, 2.2]
    expected = [[[2 * x * y, x**2, 0], [0, z, y]], [[0, 0, 3], [z**2, 0, 2 * x * z]]]
    for step in ({}, {"step": 1e-3}):
        assert_close(mn.central_differences(function, point, **step), expected, 1e-11)


@pytest.mark.jacobian
def test_a_central_difference_is_off_by_a_sixth_of_the_third_derivative():
    error = mn.central_differences(lambda v: v[0] ** 3, [2.0], step=0.1)[0] - 12.0
    assert error == pytest.approx(0.1**2, rel=1e-10)
    error = mn.central_differences(lambda v: v[0] ** 3, [2.0])[0] - 12.0
    assert error == pytest.approx(1e-4**2, rel=0.02)


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.jacobian
@given(case=some.networks_at_angles())
@example(case=(some.ON_KINKS, some.ANTIPODAL))
@example(case=(some.ON_KINKS, some.COINCIDENT + some.AXES))
def test_jacobian(case):
    params, angles = case
    angles = off_kinks(params, angles)
    expected = [reference.jacobian_row(params, t) for t in angles]
    assert_close(mn.output_jacobian(params, angles), expected, HOLD)


@pytest.mark.jacobian
@given(case=some.networks_at_angles())
def test_jacobian_slices(case):
    params, angles = case
    jacobian, slices = mn.output_jacobian(params, angles), mn.jacobian_slices(params)
    assert list(slices) == list(params.trained)
    for part, columns in slices.items():
        by_loops = [reference_network.partial_derivatives(params, t)[part] for t in angles]
        np.testing.assert_allclose(jacobian[:, columns], by_loops, rtol=0, atol=HOLD, err_msg=part)


# --- theorem --------------------------------------------------------------------------------------


def by_differences(params, angles, step=1e-4):
    """The Jacobian by central differences of the output in every trained parameter."""

    def output(vector):
        return mn.forward(mn.unflatten(vector, params), angles)

    return mn.central_differences(output, mn.flatten(params), step)


# Everything whose rows belong to angles, one row an angle.
ROWS_OF_ANGLES = {
    "output_jacobian": lambda t: mn.output_jacobian(properties.NETWORK, t),
    "central differences": lambda t: by_differences(properties.NETWORK, t, 1e-9),
}


@pytest.mark.circle
@pytest.mark.parametrize("name", ROWS_OF_ANGLES)
@given(seed=some.seeds)
def test_rows_come_in_the_order_of_the_angles(name, seed):
    tolerance = 1e-5 if name == "central differences" else 1e-14  # a step of 1e-9 rounds
    properties.rows_come_in_the_order_of_the_angles(ROWS_OF_ANGLES[name], seed, tolerance)


@pytest.mark.circle
@pytest.mark.parametrize("name", ROWS_OF_ANGLES)
def test_float32_and_whole_numbers_are_promoted(name):
    properties.float32_and_whole_numbers_are_promoted(ROWS_OF_ANGLES[name])


@pytest.mark.circle
@pytest.mark.parametrize("name", [name for name in ROWS_OF_ANGLES if "differences" not in name])
def test_a_whole_turn_changes_nothing(name):
    properties.a_whole_turn_changes_nothing(ROWS_OF_ANGLES[name])


@pytest.mark.backward
@given(case=some.networks_at_angles(), seed=some.seeds)
@example(case=(some.ON_KINKS, some.COINCIDENT), seed=0)
@example(case=(some.ON_KINKS, some.ANTIPODAL + some.AXES), seed=0)
def test_the_gradient_is_the_jacobian_against_the_residual(case, seed):
    params, angles = case
    targets = np.random.default_rng(seed).standard_normal(len(angles))
    residual = mn.forward(params, angles) - targets
    gradient = mn.flatten(mn.loss_and_gradient(params, angles, targets)[1])
    jacobian = mn.output_jacobian(params, angles)
    np.testing.assert_allclose(gradient, jacobian.T @ residual / len(residual), rtol=0, atol=1e-13)


@pytest.mark.jacobian
@given(case=some.networks_off_kinks())
def test_the_jacobian_is_the_central_difference_inside_a_region(case):
    params, angles, margin = case
    exact = mn.output_jacobian(params, angles)
    for step in (1e-4, 0.9 * margin):
        differences = by_differences(params, angles, step)
        np.testing.assert_allclose(differences, exact, rtol=0, atol=1e-10, err_msg=f"step {step}")
    differences = by_differences(params, angles)
    np.testing.assert_allclose(differences, exact, rtol=0, atol=1e-10)


@pytest.mark.jacobian
@given(case=some.networks_at_angles(), seed=some.seeds)
def test_trained_parts_decide_columns_kernel_and_gradient_alike(case, seed):
    params, angles = case
    whole = with_arrays(params, trained=("w", "b", "a"))
    targets = np.random.default_rng(seed).standard_normal(len(angles))
    slices = mn.jacobian_slices(whole)
    wanted = np.concatenate(
        [np.arange(slices[part].start, slices[part].stop) for part in params.trained]
    )
    jacobian = mn.output_jacobian(whole, angles)[:, wanted]
    np.testing.assert_array_equal(mn.output_jacobian(params, angles), jacobian)
    assert mn.jacobian_slices(params)[params.trained[-1]].stop == params.size == len(wanted)
    parts = mn.empirical_ntk_parts(whole, angles)
    kernel = sum(parts[part] for part in params.trained)
    assert_close(mn.factorised_ntk(params, angles), kernel, 1e-15)
    gradient = mn.loss_and_gradient(params, angles, targets)[1]
    whole_gradient = mn.loss_and_gradient(whole, angles, targets)[1]
    trained, _ = mn.gradient_descent(params, mn.objective(angles, targets), 0.1, 3)
    for part in ("w", "b", "a"):
        if part in params.trained:
            np.testing.assert_array_equal(getattr(gradient, part), getattr(whole_gradient, part))
        else:
            assert not np.any(getattr(gradient, part))
            np.testing.assert_array_equal(getattr(trained, part), getattr(params, part))


@pytest.mark.backward
def test_on_an_exact_kink_the_derivative_is_0():
    # w·x + b is exactly 0 at angle 0 for the first neuron, and everywhere for the second.
    params = mn.Params(w=[[0.0, 2.0], [0.0, 0.0]], b=[0.0, 0.0], a=[3.0, 5.0])
    assert not np.any(mn.output_jacobian(params, [0.0]))
    assert not np.any(mn.empirical_ntk(params, [0.0, 1.0], [0.0]))
    assert not np.any(mn.factorised_ntk(params, [0.0, 1.0], [0.0]))
    assert not np.any(mn.flatten(mn.loss_and_gradient(params, [0.0], [1.0])[1]))
    assert np.any(mn.output_jacobian(params, [1e-9]))


# --- argument checks ------------------------------------------------------------------------------

TAKE_ANGLES = {"output_jacobian": lambda t: mn.output_jacobian(NETWORK, t)}


@pytest.mark.circle
@refuses(*every(TAKE_ANGLES, NOT_ANGLES))
def test_what_is_no_list_of_angles(error, message, call):
    meets(error, message, call)


ABOVE_0 = [("step", lambda v: mn.central_differences(sum, [1.0, 2.0], v))]


@pytest.mark.dynamics
@refuses(*counts(ABOVE_0, "a finite number above 0", [0.0, *NO_NUMBER]))
def test_what_is_no_number_in_the_range(error, message, call):
    meets(error, message, call)


@pytest.mark.jacobian
@refuses(
    (
        "vector must have shape (any length from 1,), got shape (1, 2)",
        lambda: mn.central_differences(np.sum, [[1.0, 2.0]]),
    ),
    ("vector must be finite, got nan", lambda: mn.central_differences(np.sum, [math.nan])),
)
def test_wrong_arguments(error, message, call):
    meets(error, message, call)


@pytest.mark.ntk
def test_more_than_a_gibibyte_is_rejected_before_it_is_allocated(wide):
    meets_before_allocating(
        "the Jacobian would take 29.8 GiB, more than 1 GiB: "
        "factorised_ntk gives the kernel without it, or take fewer angles at a time",
        lambda: mn.output_jacobian(wide, THOUSAND),
    )
