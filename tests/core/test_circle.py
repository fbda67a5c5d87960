"""Tests of minintk.circle: angles, points, the Fourier basis and targets."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import minintk as mn
from tests.reference import circle as reference
from tests.reference import properties
from tests.reference import strategies as some
from tests.reference.closeness import HOLD, assert_close
from tests.reference.matrices import table
from tests.reference.wrong_input import (
    ANGLES,
    MANY,
    NO_COUNT,
    NO_GENERATOR,
    NOT_ANGLES,
    counts,
    every,
    meets,
    meets_before_allocating,
    refuses,
    rng,
)

# --- reference ------------------------------------------------------------------------------------


@pytest.mark.circle
@pytest.mark.parametrize("n", [1, 2, 7, 64])
def test_uniform_angles(n):
    expected = [float(2 * reference.PI * i / n) for i in range(n)]
    np.testing.assert_allclose(mn.uniform_angles(n), expected, rtol=1e-15, atol=0)


@pytest.mark.circle
@given(angles=some.angle_lists())
@example(angles=some.AXES)
@example(angles=some.FAR)
def test_points(angles):
    expected = [[np.exp(1j * t).real, np.exp(1j * t).imag] for t in angles]
    assert_close(mn.circle_points(angles), expected, 1e-15)
    assert_close(mn.augmented_points(angles), [[*point, 1.0] for point in expected], 1e-15)


@pytest.mark.circle
@given(angles=some.angle_lists(), others=some.angle_lists())
@example(angles=some.COINCIDENT, others=some.COINCIDENT)
@example(angles=some.ANTIPODAL, others=some.COINCIDENT)
@example(angles=some.FAR, others=some.AXES)
@example(angles=[1.0, 1.0 + 1e-8, 2.0], others=[1.0 + math.pi - 1e-8, 1.0 + 2e-8])
def test_angle_between_points_of_the_circle(angles, others):
    theta = mn.angle_between(mn.circle_points(angles), mn.circle_points(others))
    expected = table(reference.angle_between, angles, others)
    np.testing.assert_allclose(theta, expected, rtol=0, atol=1e-15)


@pytest.mark.circle
@given(seed=some.seeds)
def test_angle_between_points_of_any_length(seed):
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((4, 2)) * 10.0 ** rng.uniform(-9, 9, (4, 1))
    others = rng.standard_normal((3, 2))
    expected = table(reference.angle_between_points, points, others)
    np.testing.assert_allclose(mn.angle_between(points, others), expected, rtol=0, atol=2e-15)


@pytest.mark.circle
@pytest.mark.parametrize("k_max", [0, 1, 4])
@given(angles=some.angle_lists())
@example(angles=some.FAR)
def test_fourier_basis(k_max, angles):
    basis = mn.fourier_basis(angles, k_max)
    rounding = 1e-15 * (1 + k_max) * (1 + max(map(abs, angles)))  # of the phase kt
    np.testing.assert_allclose(
        basis, reference.fourier_matrix(angles, k_max), rtol=0, atol=rounding
    )
    columns = mn.basis_frequencies(k_max)
    assert columns.tolist() == [0, *(k for k in range(1, k_max + 1) for _ in "cs")]


@pytest.mark.circle
@pytest.mark.parametrize("k_max", [0, 2, 5])
@given(seed=some.seeds)
def test_fourier_sum_and_coefficients(k_max, seed):
    rng = np.random.default_rng(seed)
    angles, coefficients = some.distinct_angles(8, rng), rng.standard_normal(2 * k_max + 1)
    values = mn.fourier_sum(angles, coefficients)
    assert_close(values, [reference.fourier_sum(coefficients, t) for t in angles], HOLD)
    back = reference.fourier_coefficients(angles, values, k_max)
    assert_close(mn.fourier_coefficients(angles, values, k_max), back, HOLD)


@pytest.mark.circle
@pytest.mark.parametrize("frequencies", [[3], [0, 2], [4, 1, 2]])
@pytest.mark.parametrize("options", [{}, {"amplitude": 1.7, "shift": -0.9}])
def test_target_coefficients(frequencies, options):
    values = mn.fourier_sum(some.FAR, mn.target_coefficients(frequencies, **options))
    amplitude, shift = options.get("amplitude", 1.0), options.get("shift", 0.3)
    expected = [reference.cosine_target(t, frequencies, amplitude, shift) for t in some.FAR]
    assert_close(values, expected, 1e-12)


# --- theorem --------------------------------------------------------------------------------------

# Everything whose rows belong to angles, one row an angle.
ROWS_OF_ANGLES = {
    "circle_points": mn.circle_points,
    "augmented_points": mn.augmented_points,
    "fourier_basis": lambda t: mn.fourier_basis(t, 3),
    "fourier_sum": lambda t: mn.fourier_sum(t, [0.3, 1.0, -2.0]),
}


@pytest.mark.circle
@pytest.mark.parametrize("name", ROWS_OF_ANGLES)
@given(seed=some.seeds)
def test_rows_come_in_the_order_of_the_angles(name, seed):
    properties.rows_come_in_the_order_of_the_angles(ROWS_OF_ANGLES[name], seed)


@pytest.mark.circle
@pytest.mark.parametrize("name", ROWS_OF_ANGLES)
def test_float32_and_whole_numbers_are_promoted(name):
    properties.float32_and_whole_numbers_are_promoted(ROWS_OF_ANGLES[name])


@pytest.mark.circle
@pytest.mark.parametrize("name", ROWS_OF_ANGLES)
def test_a_whole_turn_changes_nothing(name):
    properties.a_whole_turn_changes_nothing(ROWS_OF_ANGLES[name])


@pytest.mark.circle
@pytest.mark.parametrize("t", [1e3, 1e6, -1e6, 1e9, 1e15, -3e15, 1e300])
def test_modes_at_an_angle_far_away(t):
    # cos 3t and sin 3t from cos t and sin t alone: no product 3t that rounds.
    c, s = math.cos(t), math.sin(t)
    expected = [1, c, s, 2 * c**2 - 1, 2 * s * c, 4 * c**3 - 3 * c, 3 * s - 4 * s**3]
    basis = mn.fourier_basis([t], 3)[0]
    np.testing.assert_allclose(basis[1:] / math.sqrt(2), expected[1:], rtol=0, atol=3e-15)
    target = mn.target_coefficients([3], shift=t)  # turned by a far angle
    np.testing.assert_allclose(target[5:] * math.sqrt(2), [expected[5], -expected[6]], atol=3e-15)


@pytest.mark.circle
@given(n=st.integers(1, 50))
def test_a_grid_closes_once(n):
    angles = mn.uniform_angles(n)
    assert angles[0] == 0
    np.testing.assert_allclose(np.diff(angles), 2 * np.pi / n, rtol=1e-12)
    assert angles[-1] == pytest.approx(2 * np.pi - 2 * np.pi / n, rel=1e-12)


@pytest.mark.circle
def test_sampled_angles_are_uniform_on_the_whole_circle():
    angles = mn.sample_angles(40_000, np.random.default_rng(3))
    assert angles.shape == (40_000,)
    assert 0 <= angles.min() < 1e-3
    assert 2 * np.pi - 1e-3 < angles.max() < 2 * np.pi
    means = mn.fourier_basis(angles, 4).mean(axis=0)[1:]  # each 0 with error 1/√n
    assert np.abs(means).max() * 200 < 4
    assert np.any(np.diff(angles) < 0), "sorted"


@pytest.mark.circle
@pytest.mark.parametrize("length", [1e-150, 1e150])
def test_the_angle_between_points_of_extreme_lengths(length):
    theta = mn.angle_between([[length, 0.0]], [[0.0, length], [-length, 0.0], [length, 0.0]])
    np.testing.assert_array_equal(theta, [[np.pi / 2, np.pi, 0.0]])


@pytest.mark.circle
@given(seed=some.seeds, turn=some.angle)
def test_the_angle_between_points_is_symmetric_and_knows_no_rotation_or_length(seed, turn):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((4, 2)), rng.standard_normal((3, 2))
    theta = mn.angle_between(x, y)
    assert theta.min() >= 0
    assert theta.max() <= np.pi
    np.testing.assert_array_equal(mn.angle_between(y, x), theta.T)
    np.testing.assert_allclose(mn.angle_between(8 * x, y / 4), theta, rtol=0, atol=1e-15)
    np.testing.assert_allclose(mn.angle_between(-x, y), np.pi - theta, rtol=0, atol=1e-15)
    rotation = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    moved = mn.angle_between(x @ rotation, y @ rotation)
    np.testing.assert_allclose(moved, theta, rtol=0, atol=4e-15)


@pytest.mark.circle
@given(k_max=st.integers(0, 9), extra=st.integers(1, 20), turn=st.floats(-4, 4))
@example(k_max=4, extra=1, turn=0.0)
def test_the_basis_is_orthonormal_on_a_grid(k_max, extra, turn):
    n = 2 * k_max + extra
    basis = mn.fourier_basis(mn.uniform_angles(n) + turn, k_max)
    gram = basis.T @ basis / n
    np.testing.assert_allclose(gram, np.eye(2 * k_max + 1), rtol=0, atol=1e-13)


@pytest.mark.circle
def test_the_basis_is_not_orthonormal_on_a_grid_that_is_too_coarse():
    basis = mn.fourier_basis(mn.uniform_angles(8), 4)
    np.testing.assert_allclose(np.diag(basis.T @ basis / 8)[-2:], [2.0, 0.0], atol=1e-13)


@pytest.mark.circle
@given(k_max=st.integers(0, 4), degree=st.integers(0, 6), seed=some.seeds)
def test_coefficients_are_exact_below_n_minus_k_max(k_max, degree, seed):
    c = np.random.default_rng(seed).standard_normal(2 * degree + 1)
    angles = mn.uniform_angles(degree + k_max + 1)
    expected = np.zeros(2 * max(k_max, degree) + 1)
    expected[: len(c)] = c
    back = mn.fourier_coefficients(angles, mn.fourier_sum(angles, c), k_max)
    np.testing.assert_allclose(back, expected[: 2 * k_max + 1], rtol=0, atol=1e-13)


# --- argument checks ------------------------------------------------------------------------------

TAKE_ANGLES = {
    "circle_points": mn.circle_points,
    "augmented_points": mn.augmented_points,
    "fourier_basis": lambda t: mn.fourier_basis(t, 2),
    "fourier_sum": lambda t: mn.fourier_sum(t, [1.0, 2.0, 3.0]),
    "fourier_coefficients": lambda t: mn.fourier_coefficients(t, [1.0, 2.0], 1),
}


@pytest.mark.circle
@refuses(*every(TAKE_ANGLES, NOT_ANGLES))
def test_what_is_no_list_of_angles(error, message, call):
    meets(error, message, call)


@pytest.mark.circle
@refuses(
    (
        "points must have shape (any length from 1, 2), got shape (1, 3)",
        lambda: mn.angle_between([[1.0, 0.0, 0.0]], [[1.0, 0.0]]),
    ),
    (
        "other_points must have shape (any length from 1, 2), got shape (2,)",
        lambda: mn.angle_between([[1.0, 0.0]], [1.0, 0.0]),
    ),
    (
        "points must be finite, got nan at index (0, 1)",
        lambda: mn.angle_between([[1.0, math.nan]], [[1.0, 0.0]]),
    ),
    (
        "points must have lengths from 1e-150 to 1e150, got 0.0",
        lambda: mn.angle_between([[1.0, 0.0], [0.0, 0.0]], [[1.0, 0.0]]),
    ),
    (
        "points must have lengths from 1e-150 to 1e150, got 0.0",
        lambda: mn.angle_between([[1.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]]),
    ),
    (
        "points must have lengths from 1e-150 to 1e150, got 9e-151",
        lambda: mn.angle_between([[1.0, 0.0], [9e-151, 0.0]], [[1.0, 0.0]]),
    ),
    (
        "points must have lengths from 1e-150 to 1e150, got 1.1e+150",
        lambda: mn.angle_between([[1.0, 0.0]], [[1.5e-150, 0.0], [1.1e150, 0.0]]),
    ),
    (
        "coefficients must be odd in number (0, 1c, 1s, …), got 2",
        lambda: mn.fourier_sum(ANGLES, [1.0, 2.0]),
    ),
    (
        "values must be odd in number (0, 1c, 1s, …), got 2",
        lambda: mn.mean_by_frequency([1.0, 2.0]),
    ),
    (
        "coefficients must be finite, got nan at index (0,)",
        lambda: mn.fourier_sum(ANGLES, [math.nan]),
    ),
    (
        "values must have shape (3,), got shape (4,)",
        lambda: mn.fourier_coefficients(ANGLES, [1.0, 2.0, 3.0, 4.0], 1),
    ),
    (
        "values must be finite, got inf at index (2,)",
        lambda: mn.fourier_coefficients(ANGLES, [1.0, 2.0, math.inf], 1),
    ),
    (
        "frequencies must be at least one, all different, got [1, 1]",
        lambda: mn.target_coefficients([1, 1]),
    ),
    (
        "frequencies must be at least one, all different, got []",
        lambda: mn.target_coefficients([]),
    ),
    (
        "each of frequencies must be an integer of at least 0, got -1",
        lambda: mn.target_coefficients([2, -1]),
    ),
    (
        "amplitude must be a finite number, got nan",
        lambda: mn.target_coefficients([1], amplitude=math.nan),
    ),
    (
        "shift must be a finite number, got inf",
        lambda: mn.target_coefficients([1], shift=math.inf),
    ),
)
def test_wrong_arguments(error, message, call):
    meets(error, message, call)


COUNTS = [
    ("n", mn.uniform_angles),
    ("n", lambda v: mn.sample_angles(v, rng())),
]
COUNTS_FROM_0 = [
    ("k_max", mn.basis_frequencies),
    ("k_max", lambda v: mn.fourier_basis(ANGLES, v)),
    ("k_max", lambda v: mn.fourier_coefficients(ANGLES, ANGLES, v)),
]


@pytest.mark.circle
@refuses(
    *counts(COUNTS, "a positive integer", [0, *NO_COUNT]),
    *counts(COUNTS_FROM_0, "an integer of at least 0", NO_COUNT),
)
def test_what_is_no_count(error, message, call):
    meets(error, message, call)


@pytest.mark.forward
@refuses(*every({"sample_angles": lambda r: mn.sample_angles(3, r)}, NO_GENERATOR))
def test_a_generator_is_wanted_and_no_seed(error, message, call):
    meets(error, message, call)


@pytest.mark.ntk
def test_more_than_a_gibibyte_is_rejected_before_it_is_allocated():
    meets_before_allocating(
        "the Fourier basis would take 3.0 GiB, more than 1 GiB: take fewer angles",
        lambda: mn.fourier_basis(MANY, len(MANY) // 2),
    )


@pytest.mark.project
@refuses(
    (ValueError, "points must", lambda: mn.angle_between([[1e-200, 0.0]], [[0.0, 1e-200]])),
    (ValueError, "points must", lambda: mn.angle_between([[1e200, 0.0]], [[0.0, 1e200]])),
)
def test_awkward_values(error, message, call):
    meets(error, message, call)
