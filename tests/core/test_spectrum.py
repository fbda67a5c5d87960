"""Tests of minintk.spectrum: quadrature, circulant matrices and low-frequency blocks."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minintk as mn
from tests.reference import arccosine as reference_arccosine
from tests.reference import circle as reference_circle
from tests.reference import matrices, properties, quadrature
from tests.reference import spectrum as reference
from tests.reference import strategies as some
from tests.reference.closeness import HOLD, assert_close
from tests.reference.rates import mean_and_error, slope
from tests.reference.wrong_input import (
    ANGLES,
    EYE,
    MANY,
    NO_COUNT,
    NO_NUMBER,
    NO_SQUARE,
    NOT_ANGLES,
    NOT_SYMMETRIC,
    counts,
    every,
    meets,
    meets_before_allocating,
    refuses,
)

# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.eigenvalues
def test_eigenvalues_with_random_biases():
    # s = ¾, β = ½ as above, mpmath's quad on 20 pieces at 30 digits.
    expected = [0.59635167113194586533, 0.31444407111135889324, 0.05384690364674064453]
    kernel = mn.quadrature_eigenvalues(
        lambda u: mn.ntk_of_angle(u, law=mn.Law(weight_std=0.75, bias_std=0.5)), 2
    )
    np.testing.assert_allclose(kernel, expected, rtol=1e-13, atol=0)


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.eigenvalues
@pytest.mark.parametrize("law", [{}, {"bias_std": 0.3, "weight_std": 0.7}, {"trained": ("b",)}])
def test_quadrature_eigenvalues(law):
    options = {key: value for key, value in law.items() if key != "trained"}
    parts = law.get("trained", ("w", "b", "a"))
    expected = [
        reference.eigenvalue_by_integral(
            lambda u: reference_arccosine.limit(u, parts, **options), k
        )
        for k in range(6)
    ]
    for nodes in ({}, {"nodes": 90}):
        ours = mn.quadrature_eigenvalues(
            lambda u: mn.ntk_of_angle(u, law=mn.Law(**law)), 5, **nodes
        )
        assert_close(ours, expected, HOLD, f"{nodes}")


@pytest.mark.spectrum
def test_kernel_operator():
    def kernel(u):
        return np.exp(-u) * (1 + u)

    def function(t):
        return np.sin(2 * t) + np.exp(np.cos(t - 1))

    angles = [0.3, -50.3, 2.0]
    expected = []
    for t in angles:
        halves = [
            quadrature.integral(lambda u, t=t: kernel(abs(u)) * function(t - u), *ends)
            for ends in ((-math.pi, 0.0), (0.0, math.pi))
        ]
        expected.append(math.fsum(halves) / (2 * math.pi))
    assert_close(mn.kernel_operator(kernel, function, angles), expected, 1e-13)
    assert_close(mn.kernel_operator(kernel, function, angles, nodes=40), expected, 1e-13)


@pytest.mark.spectrum
@pytest.mark.parametrize("whitened", [False, True])
@pytest.mark.parametrize(("n", "k_max"), [(3, 1), (7, 2), (9, 4), (12, 4)])
def test_low_frequency_block(whitened, n, k_max):
    rng = np.random.default_rng(n)
    angles = some.distinct_angles(n, rng)
    kernel = rng.standard_normal((n, n))  # not symmetric, so that a transpose shows
    expected = reference.low_frequency_block(kernel, angles, k_max, whitened)
    ours = mn.low_frequency_block(kernel, angles, k_max, whitened=whitened)
    assert_close(ours, expected, 1e-12)
    if k_max == 4:
        assert_close(mn.low_frequency_block(kernel, angles, whitened=whitened), expected, 1e-12)


@pytest.mark.spectrum
@pytest.mark.parametrize(("n", "k_max"), [(1, 0), (4, 1), (9, 4), (13, 4)])
def test_orthonormal_basis(n, k_max):
    angles = some.distinct_angles(n, np.random.default_rng(n))
    expected = matrices.orthonormal_columns(reference_circle.fourier_matrix(angles, k_max))
    assert_close(mn.orthonormal_basis(angles, k_max), expected, 1e-12)


@pytest.mark.spectrum
@pytest.mark.parametrize("k_max", [0, 1, 3])
def test_spectral_error(k_max):
    rng = np.random.default_rng(k_max)
    block = rng.standard_normal((2 * k_max + 1, 2 * k_max + 1))
    eigenvalues = rng.uniform(0.5, 2.0, k_max + 1)
    ours = mn.spectral_error(block, eigenvalues)
    assert ours == pytest.approx(reference.spectral_error(block, eigenvalues), rel=1e-12)


@pytest.mark.spectrum
@pytest.mark.parametrize("n", [2, 5, 6])
def test_circulant_matrices(n):
    rng = np.random.default_rng(n)
    kernel = rng.standard_normal((n, n))
    expected = reference.circulant_deviation(kernel)
    assert mn.circulant_deviation(kernel) == pytest.approx(expected, rel=1e-12)
    row = rng.standard_normal(n)
    circulant = np.array([[row[(j - i) % n] for j in range(n)] for i in range(n)])
    symmetric = circulant + circulant.T
    expected = [reference.circulant_eigenvalue(symmetric, k) for k in range(n)]
    assert_close(mn.circulant_eigenvalues(symmetric), expected, HOLD)


# --- theorem --------------------------------------------------------------------------------------

# Everything whose rows belong to angles, one row an angle.
ROWS_OF_ANGLES = {"kernel_operator": lambda t: mn.kernel_operator(mn.kappa0, np.sin, t, nodes=20)}


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


@pytest.mark.spectrum
@pytest.mark.parametrize("k", [0, 1, 2, 3, 7])
def test_fourier_modes_are_eigenfunctions_of_the_operator(k):
    angles, rate = [0.3, -2.0, 5.5], mn.fourier_eigenvalues(k)[k]
    for mode in (lambda t: np.cos(k * t), lambda t: np.sin(k * t), lambda t: np.cos(k * t + 0.4)):
        image = mn.kernel_operator(mn.ntk_of_angle, mode, angles)
        np.testing.assert_allclose(image, rate * mode(np.array(angles)), rtol=0, atol=1e-14)


@pytest.mark.spectrum
@given(n=st.integers(2, 9), seed=some.seeds)
def test_circulant_matrices_and_the_nearest_one(n, seed):
    rng = np.random.default_rng(seed)
    row = rng.standard_normal(n)
    circulant = np.stack([np.roll(row, i) for i in range(n)])
    assert mn.is_circulant(circulant)
    assert mn.circulant_deviation(circulant) < 1e-15
    symmetric = circulant + circulant.T
    by_frequency = mn.circulant_eigenvalues(symmetric)
    np.testing.assert_allclose(
        np.sort(by_frequency), np.linalg.eigvalsh(symmetric / n), rtol=0, atol=1e-13
    )
    off = rng.standard_normal((n, n))
    off -= sum(np.roll(off, i, axis=(0, 1)) for i in range(n)) / n  # orthogonal to all circulants
    size = math.hypot(np.linalg.norm(circulant), np.linalg.norm(off))
    assert mn.circulant_deviation(circulant + off) == pytest.approx(
        np.linalg.norm(off) / size, rel=1e-10
    )


@pytest.mark.spectrum
def test_the_tolerance_of_is_circulant_is_relative_to_the_largest_entry():
    kernel = 40.0 * mn.infinite_ntk(mn.uniform_angles(7))
    size = float(kernel.max())
    for entry in ((2, 5), (0, 6), (6, 0)):
        for tolerance in (1e-12, 1e-3):
            moved = kernel.copy()
            moved[entry] += 0.9 * tolerance * size
            assert mn.is_circulant(moved, tolerance)
            moved[entry] += 0.3 * tolerance * size
            assert not mn.is_circulant(moved, tolerance)
    moved = kernel.copy()
    moved[2, 5] += 1.5e-12 * size
    assert not mn.is_circulant(moved)
    for ramp in ([0.0, 1.0, 2.0, 3.0], [3.0, 2.0, 1.0, 0.0]):  # a jump of 3 in one direction only
        assert not mn.is_circulant(np.diag(ramp), 0.5)
    assert not mn.is_circulant(np.diag([1.0, 2.0, 1.0, 2.0])), "period 2"
    assert mn.is_circulant([[1.0, 2.0], [2.0, 1.0]], 0)
    assert mn.is_circulant([[0.0, 0.0], [0.0, 0.0]])
    assert mn.circulant_deviation([[0.0, 0.0], [0.0, 0.0]]) == 0.0


@pytest.mark.spectrum
def test_the_tolerance_of_circulant_eigenvalues():
    kernel = 40.0 * mn.infinite_ntk(mn.uniform_angles(7))
    expected = mn.circulant_eigenvalues(kernel)
    bump = np.zeros((7, 7))
    bump[2, 5] = bump[5, 2] = float(kernel.max())
    np.testing.assert_array_equal(mn.circulant_eigenvalues(kernel + 0.9e-10 * bump), expected)
    np.testing.assert_array_equal(mn.circulant_eigenvalues(kernel + 0.9e-3 * bump, 1e-3), expected)
    for moved, tolerance in ((1.2e-10, {}), (1.2e-3, {"tolerance": 1e-3})):
        with pytest.raises(ValueError, match="kernel must be circulant, got one at a distance of"):
            mn.circulant_eigenvalues(kernel + moved * bump, **tolerance)


@pytest.mark.eigenvalues
@pytest.mark.parametrize("scale", [0.0, 1e-6, 1e6])
def test_quadrature_settles_at_any_scale(scale):
    eigenvalues = mn.quadrature_eigenvalues(lambda u: scale * mn.ntk_of_angle(u), 4)
    expected = scale * mn.fourier_eigenvalues(4)
    np.testing.assert_allclose(eigenvalues, expected, rtol=0, atol=1e-13 * scale)
    if scale:
        with pytest.raises(ValueError, match="nodes must be enough for the integral to settle"):
            mn.quadrature_eigenvalues(lambda u: scale * np.abs(u - 1), 4)


@pytest.mark.eigenvalues
@pytest.mark.parametrize("sign", [1, -1])
def test_quadrature_settles_to_1e_12_in_every_eigenvalue(sign):
    def estimate(change):
        seen, factors = [], iter([1.0, 1.0 + sign * change])

        def kernel(u):
            seen.append(len(u))
            return next(factors) * np.cos(u)

        return mn.quadrature_eigenvalues(kernel, 1), seen

    eigenvalues, (count, finer) = estimate(0.7e-12)
    assert_close(eigenvalues, [0.0, 0.5], 1e-12)
    assert count == 66  # 2 k_max + 64
    assert finer >= 1.5 * count
    with pytest.raises(ValueError, match="half as many more still change an eigenvalue by"):
        estimate(1.5e-12)
    with pytest.raises(ValueError, match="half as many more still change an eigenvalue by"):
        mn.quadrature_eigenvalues(lambda u: sign * np.abs(u - np.pi / 2), 2)  # k = 1 is exact
    with pytest.raises(ValueError, match="half as many more still change an eigenvalue by"):
        mn.quadrature_eigenvalues(lambda u: sign * np.abs(u - 1), 0)


@pytest.mark.spectrum
@given(k_max=st.integers(0, 4), extra=st.integers(1, 9), turn=st.floats(-3, 3))
def test_on_a_grid_the_low_frequency_block_is_diagonal(k_max, extra, turn):
    n = 2 * k_max + extra
    angles = mn.uniform_angles(n) + turn
    kernel, aliased = mn.infinite_ntk(angles), mn.aliased_eigenvalues(n)
    expected = np.diag(aliased[mn.basis_frequencies(k_max)])
    for whitened in (False, True):
        block = mn.low_frequency_block(kernel, angles, k_max, whitened=whitened)
        np.testing.assert_allclose(block, expected, rtol=0, atol=1e-13)
    assert mn.spectral_error(block, aliased[: k_max + 1]) < 1e-13
    assert mn.off_diagonal_share(block) < 1e-24


@pytest.mark.spectrum
@given(data=st.data())
def test_a_whitened_block_of_full_size_has_the_eigenvalues_of_the_kernel(data):
    kernel, angles = data.draw(some.separated_kernels(7))
    block = mn.low_frequency_block(kernel, angles, 3, whitened=True)
    expected = np.linalg.eigvalsh(kernel / 7)
    np.testing.assert_allclose(np.linalg.eigvalsh(block), expected, rtol=0, atol=1e-13)
    smaller = mn.low_frequency_block(kernel, angles, 2, whitened=True)
    assert_close(smaller, block[:5, :5], 1e-12, "low frequencies come first")


# --- rate -----------------------------------------------------------------------------------------

EIGENVALUES = mn.fourier_eigenvalues(4)
SIZES = [64, 128, 256]


@pytest.fixture(scope="module")
def sampling_errors():
    """Raw and whitened error of the low-frequency block at random angles, (2, seeds, sizes)."""

    def both(n, seed):
        angles = mn.sample_angles(n, np.random.default_rng([seed, n]))
        kernel = mn.infinite_ntk(angles)
        blocks = (mn.low_frequency_block(kernel, angles, whitened=w) for w in (False, True))
        return [mn.spectral_error(block, EIGENVALUES) for block in blocks]

    errors = np.array([[both(n, seed) for n in SIZES] for seed in range(256)])
    return errors.transpose(2, 0, 1)


@pytest.mark.spectrum
def test_the_raw_error_of_sampling(sampling_errors):
    # Not yet a pure power at these n: the error times √n falls from 2.65 at n = 64 towards 2.26.
    found, uncertainty = slope(SIZES, sampling_errors[0])
    assert uncertainty < 0.03
    assert found == pytest.approx(-0.58, abs=0.04)
    scaled, scaled_error = mean_and_error(sampling_errors[0] * np.sqrt(SIZES))
    assert scaled_error.max() < 0.08
    np.testing.assert_allclose(scaled, [2.65, 2.5, 2.4], rtol=0, atol=0.15)


@pytest.mark.spectrum
def test_the_whitened_error_of_sampling(sampling_errors):
    found, uncertainty = slope(SIZES, sampling_errors[1])
    assert uncertainty < 0.03
    assert found == pytest.approx(-0.5, abs=0.04)
    scaled, scaled_error = mean_and_error(sampling_errors[1].dot(np.sqrt(SIZES)) / 3)
    assert scaled_error < 0.02
    assert scaled == pytest.approx(0.64, abs=0.03)


# --- argument checks ------------------------------------------------------------------------------

TAKE_ANGLES = {
    "kernel_operator": lambda t: mn.kernel_operator(np.cos, np.sin, t),
    "orthonormal_basis": lambda t: mn.orthonormal_basis(t, 0),
}


@pytest.mark.circle
@refuses(*every(TAKE_ANGLES, NOT_ANGLES))
def test_what_is_no_list_of_angles(error, message, call):
    meets(error, message, call)


COUNTS = [("nodes", lambda v: mn.kernel_operator(np.cos, np.sin, ANGLES, nodes=v))]
COUNTS_FROM_0 = [
    ("k_max", lambda v: mn.orthonormal_basis(ANGLES, v)),
    ("k_max", lambda v: mn.quadrature_eigenvalues(np.cos, v)),
    ("k_max", lambda v: mn.low_frequency_block(EYE, ANGLES, v)),
]


@pytest.mark.circle
@refuses(
    *counts(COUNTS, "a positive integer", [0, *NO_COUNT]),
    *counts(COUNTS_FROM_0, "an integer of at least 0", NO_COUNT),
    *counts(
        [("nodes", lambda v: mn.quadrature_eigenvalues(np.cos, 3, nodes=v))],
        "a positive integer",
        [0, -3, 2.5, True, "3"],
    ),
)
def test_what_is_no_count(error, message, call):
    meets(error, message, call)


FROM_0 = [("tolerance", lambda v: mn.is_circulant(EYE, v))]


@pytest.mark.dynamics
@refuses(*counts(FROM_0, "a finite number of at least 0", NO_NUMBER))
def test_what_is_no_number_in_the_range(error, message, call):
    meets(error, message, call)


TAKE_A_SQUARE = {
    "circulant_deviation": mn.circulant_deviation,
    "is_circulant": mn.is_circulant,
    "circulant_eigenvalues": mn.circulant_eigenvalues,
    "low_frequency_block": lambda k: mn.low_frequency_block(k, ANGLES, 1),
}


@pytest.mark.spectrum
@refuses(
    *every(TAKE_A_SQUARE, NO_SQUARE),
    *every({"circulant_eigenvalues": TAKE_A_SQUARE["circulant_eigenvalues"]}, NOT_SYMMETRIC),
)
def test_what_is_no_kernel_matrix(error, message, call):
    meets(error, message, call)


@pytest.mark.spectrum
@refuses(
    (
        "nodes must be enough for the integral to settle, got 3: "
        "half as many more still change an eigenvalue by ",
        lambda: mn.quadrature_eigenvalues(mn.ntk_of_angle, 2, nodes=3),
    ),
    (
        "nodes must be enough for the integral to settle, got 1: ",
        lambda: mn.quadrature_eigenvalues(mn.ntk_of_angle, 2, nodes=1),
    ),
    (
        "nodes must be enough for the integral to settle, got 74: ",
        lambda: mn.quadrature_eigenvalues(lambda u: np.abs(u - 1.0), 5),
    ),
    (
        "the kernel's values must have shape (200,), got shape ()",
        lambda: mn.kernel_operator(lambda u: 1.0, np.sin, ANGLES),
    ),
    (
        "the kernel's values must be finite, got nan",
        lambda: mn.quadrature_eigenvalues(lambda u: u * math.nan, 3),
    ),
    (
        "kernel must be circulant, got one at a distance of 8.2e-01",
        lambda: mn.circulant_eigenvalues(np.diag([1.0, 0, 0])),
    ),
    (
        "angles must have shape (3,), got shape (2,)",
        lambda: mn.low_frequency_block(EYE, ANGLES[:2], 1),
    ),
    (
        "angles must be at least 2 k_max + 1 = 5 in number, got 3",
        lambda: mn.low_frequency_block(EYE, ANGLES, 2, whitened=True),
    ),
    (
        "angles must be at least 2 k_max + 1 = 5 in number, got 4",
        lambda: mn.orthonormal_basis([0.0, 1.0, 2.0, 3.0], 2),
    ),
    (
        "block must be a square matrix, got shape (3, 2)",
        lambda: mn.spectral_error([[1.0, 2.0]] * 3, [1.0, 2.0]),
    ),
    (
        "eigenvalues must have shape (2,), got shape (3,)",
        lambda: mn.spectral_error(EYE, [1.0, 2.0, 3.0]),
    ),
    (
        "eigenvalues must be finite, got nan at index (1,)",
        lambda: mn.spectral_error(EYE, [1.0, math.nan]),
    ),
)
def test_wrong_arguments(error, message, call):
    meets(error, message, call)


@pytest.mark.ntk
def test_more_than_a_gibibyte_is_rejected_before_it_is_allocated():
    meets_before_allocating(
        "the function's values would take 3.0 GiB, more than 1 GiB: take fewer angles",
        lambda: mn.kernel_operator(np.cos, np.sin, MANY, nodes=len(MANY)),
    )


@pytest.mark.project
@refuses(
    (ValueError, "block must", lambda: mn.spectral_error(np.eye(4), [1.0, 0.5])),
    (ValueError, "block must", lambda: mn.spectral_error(np.eye(2), [1.0])),
    (ValueError, "angles must", lambda: mn.orthonormal_basis([0.3, 0.3, 0.3], 1)),
    (
        ValueError,
        "angles must",
        lambda: mn.low_frequency_block(EYE, [0.3, 0.3, 2.0], 1, whitened=True),
    ),
    (
        ValueError,
        "the function's values must",
        lambda: mn.kernel_operator(np.cos, lambda t: t * math.nan, ANGLES),
    ),
    (
        ValueError,
        "whitened must",
        lambda: mn.low_frequency_block(EYE, ANGLES, 1, whitened="no"),
    ),
)
def test_awkward_values(error, message, call):
    meets(error, message, call)


@pytest.mark.spectrum
def test_modes_that_the_angles_do_not_tell_apart():
    rule = "angles must tell all 3 modes apart, got too few different ones"
    for close in (0.0, 1e-13):
        with pytest.raises(ValueError, match=rule):
            mn.orthonormal_basis([0.3, 2.0, 0.3 + close], 1)
    basis = mn.orthonormal_basis([0.3, 2.0, 0.3 + 1e-9], 1)
    np.testing.assert_allclose(basis.T @ basis, EYE, rtol=0, atol=1e-14)
