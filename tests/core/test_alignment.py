"""Tests of the alignment measures: how alike two kernels, or a kernel and a target, are."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minintk as mn
from tests.reference import alignment as reference
from tests.reference import strategies as some
from tests.reference.wrong_input import (
    ANGLES,
    EYE,
    NO_COUNT,
    NO_SQUARE,
    NOT_SYMMETRIC,
    counts,
    every,
    meets,
    refuses,
)

# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.spectrum
def test_measures_by_hand():
    # K = [[2, 1], [1, 1]]: ‖K‖² = 7, tr = 3, yᵀKy = 1 for y = (1, −1), ⟨K, diag(1, 0)⟩ = 2.
    kernel = [[2.0, 1.0], [1.0, 1.0]]
    assert mn.effective_rank(kernel) == pytest.approx(9 / 7, rel=1e-15)
    assert mn.off_diagonal_share(kernel) == pytest.approx(2 / 7, rel=1e-15)
    assert mn.target_alignment(kernel, [1.0, -1.0]) == pytest.approx(1 / (2 * 7**0.5), rel=1e-15)
    unit = [[1.0, 0.0], [0.0, 0.0]]
    assert mn.kernel_alignment(kernel, unit) == pytest.approx(2 / 7**0.5, rel=1e-15)
    assert mn.kernel_distance(kernel, unit) == pytest.approx(1 - 2 / 7**0.5, rel=1e-15)
    # Nearest circulant: 1½ on the diagonal, 1 off it; K − C = diag(½, −½).
    assert mn.circulant_deviation(kernel) == pytest.approx((0.5 / 7) ** 0.5, rel=1e-15)
    # Centred, every 2×2 kernel is a multiple of [[1, −1], [−1, 1]].
    assert mn.centred_kernel_alignment(kernel, unit) == pytest.approx(1.0, rel=1e-14)
    assert mn.spectral_error([[3.0, 0, 0], [0, 1, 4], [0, 4, 1]], [1.0, 1.0]) == 4.0

    # Correlations of [[4, 2], [2, 9]]: 4/36 both ways, of which the mean is 1/9.
    assert mn.off_diagonal_correlation([[4.0, 2.0], [2.0, 9.0]]) == pytest.approx(1 / 9, rel=1e-15)


@pytest.mark.spectrum
@pytest.mark.parametrize("turn", [0.0, 1e-9, 0.1, 1.0, np.pi / 2])
def test_principal_angles_of_an_eigenpair_that_is_turned_by_hand(turn):
    angles = mn.uniform_angles(16)
    basis = mn.fourier_basis(angles, 3) / 4
    cosine = np.cos(turn) * basis[:, 1] + np.sin(turn) * basis[:, 5]  # towards cos 3t
    other = np.cos(turn) * basis[:, 5] - np.sin(turn) * basis[:, 1]
    pairs = [(5.0, basis[:, 0]), (4.0, cosine), (3.0, basis[:, 2]), (0.1, other)]
    kernel = sum(value * np.outer(vector, vector) for value, vector in pairs)
    found = mn.principal_angles(kernel, angles, 1)
    expected = min(turn, np.pi / 2 - turn)  # of the nearest two eigenvectors
    assert found[0] == pytest.approx([0.0, expected], abs=1e-7 if turn > 1 else 1e-12)


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.spectrum
@given(pair=st.tuples(some.kernels(3, 5), some.seeds))
def test_alignment_measures(pair):
    (kernel, _), seed = pair
    rng = np.random.default_rng(seed)
    n = len(kernel)
    factor, targets = rng.standard_normal((n, n)), rng.standard_normal(n)
    other = factor @ factor.T
    centred, other_centred = reference.centred(kernel), reference.centred(other)
    y = targets - math.fsum(targets) / n
    pairs = {
        "alignment": (mn.kernel_alignment(kernel, other), reference.alignment(kernel, other)),
        "distance": (mn.kernel_distance(kernel, other), 1 - reference.alignment(kernel, other)),
        "centred": (
            mn.centred_kernel_alignment(kernel, other),
            reference.alignment(centred, other_centred),
        ),
        "target": (
            mn.target_alignment(kernel, targets),
            reference.target_alignment(kernel, targets),
        ),
        "target centred": (
            mn.target_alignment(kernel, targets, centred=True),
            reference.target_alignment(centred, y),
        ),
        "share": (mn.off_diagonal_share(kernel), reference.off_diagonal_share(kernel)),
        "correlation": (
            mn.off_diagonal_correlation(kernel),
            reference.off_diagonal_correlation(kernel),
        ),
        "rank": (mn.effective_rank(kernel), reference.effective_rank(kernel)),
    }
    for measure, (ours, by_loops) in pairs.items():
        assert ours == pytest.approx(by_loops, rel=1e-10, abs=1e-13), measure


@pytest.mark.spectrum
def test_all_measures_at_once_are_each_alone_by_its_name():
    rng, angles = np.random.default_rng(0), mn.uniform_angles(12)
    factor, targets = rng.standard_normal((12, 12)), rng.standard_normal(12)
    kernel, limit = factor @ factor.T, mn.infinite_ntk(angles)
    block = mn.low_frequency_block(kernel, angles, 2)
    alone = {
        "kernel alignment": mn.kernel_alignment(kernel, limit),
        "CKA": mn.centred_kernel_alignment(kernel, limit),
        "subspace overlap": mn.subspace_overlap(kernel, angles, 2),
        "off-diagonal share": mn.off_diagonal_share(block),
        "target alignment": mn.target_alignment(kernel, targets),
        "centred target alignment": mn.target_alignment(kernel, targets, centred=True),
        "effective rank": mn.effective_rank(kernel),
        "relative distance": np.linalg.norm(kernel - limit) / np.linalg.norm(limit),
    }
    table = mn.alignment_measures(kernel, angles, targets, limit, k_max=2)
    assert list(table) == [measure.name for measure in mn.MEASURES] == list(alone)
    assert table == pytest.approx(alone, rel=1e-12)


@pytest.mark.spectrum
def test_centring_a_matrix_that_is_not_symmetric():
    rng = np.random.default_rng(0)
    left, right = rng.standard_normal((2, 5, 5))
    expected = reference.alignment(reference.centred(left), reference.centred(right))
    assert mn.centred_kernel_alignment(left, right) == pytest.approx(expected, rel=1e-12)


@pytest.mark.spectrum
@pytest.mark.parametrize(("size", "k_max"), [(4, 1), (6, 1), (7, 2), (10, 4)])
@given(data=st.data())
def test_subspace_overlap(size, k_max, data):
    kernel, angles = data.draw(some.separated_kernels(size))
    expected = reference.subspace_overlap(kernel, angles, k_max)
    assert mn.subspace_overlap(kernel, angles, k_max) == pytest.approx(expected, abs=1e-10)
    if k_max == 4:
        assert mn.subspace_overlap(kernel, angles) == pytest.approx(expected, abs=1e-10)


@pytest.mark.spectrum
@pytest.mark.parametrize(("size", "k_max"), [(4, 1), (7, 2), (10, 4)])
@given(data=st.data())
def test_principal_angles(size, k_max, data):
    kernel, angles = data.draw(some.separated_kernels(size))
    expected = reference.principal_angles(kernel, angles, k_max)
    found = mn.principal_angles(kernel, angles, k_max)
    assert found.shape == (k_max, 2)
    assert found == pytest.approx(np.array(expected), abs=1e-6)
    if k_max == 4:
        assert np.array_equal(mn.principal_angles(kernel, angles), found)


# --- theorem --------------------------------------------------------------------------------------


@pytest.mark.spectrum
@given(pair=some.kernels(3, 6), seed=some.seeds)
def test_growth_of_every_mode_by_itself_leaves_the_correlations(pair, seed):
    kernel = pair[0]
    growth = np.exp(np.random.default_rng(seed).uniform(-2, 2, len(kernel)))
    grown = growth[:, None] * kernel * growth
    value = mn.off_diagonal_correlation(kernel)
    assert 0 <= value <= 1 + 1e-12
    assert mn.off_diagonal_correlation(grown) == pytest.approx(value, rel=1e-10)


@pytest.mark.spectrum
@given(n=st.integers(9, 20), turn=st.floats(-10, 10))
def test_at_infinite_width_the_modes_are_the_eigenpairs_wherever_the_grid_starts(n, turn):
    angles = mn.uniform_angles(n) + turn
    found = mn.principal_angles(mn.infinite_ntk(angles), angles, 2)
    assert np.abs(found).max() < 1e-6


@pytest.mark.spectrum
@given(pair=some.kernels(3, 6), seed=some.seeds, scale=st.floats(0.01, 100))
def test_alignment_measures_know_no_scale_and_stay_in_their_range(pair, seed, scale):
    kernel = pair[0]
    n = len(kernel)
    rng = np.random.default_rng(seed)
    factor, targets = rng.standard_normal((n, n)), rng.standard_normal(n)
    other = factor @ factor.T
    assert mn.kernel_alignment(kernel, scale * kernel) == pytest.approx(1.0, rel=1e-13)
    assert mn.kernel_distance(kernel, scale * kernel) == pytest.approx(0.0, abs=1e-13)
    assert mn.kernel_alignment(kernel, -scale * kernel) == pytest.approx(-1.0, rel=1e-13)
    for measure in (mn.kernel_alignment, mn.centred_kernel_alignment):
        value = measure(kernel, other)
        assert 0 <= value < 1
        assert measure(other, kernel) == pytest.approx(value, rel=1e-13)
        assert measure(scale * kernel, other) == pytest.approx(value, rel=1e-12)
    shifted = mn.centred_kernel_alignment(kernel + 3.0, other - 5.0)
    assert shifted == pytest.approx(mn.centred_kernel_alignment(kernel, other), rel=1e-10)
    aligned = np.outer(targets, targets)
    assert mn.target_alignment(aligned, scale * targets) == pytest.approx(1.0, rel=1e-12)
    moved = mn.target_alignment(aligned + 7.0, targets + 2.0, centred=True)
    assert moved == pytest.approx(1.0, rel=1e-10)
    assert 1 <= mn.effective_rank(kernel) <= n + 1e-12
    assert mn.effective_rank(scale * np.eye(n)) == pytest.approx(n, rel=1e-12)
    assert mn.effective_rank(aligned) == pytest.approx(1.0, rel=1e-12)
    assert 0 < mn.off_diagonal_share(kernel) < 1


@pytest.mark.spectrum
@given(k_max=st.integers(0, 3), extra=st.integers(1, 6), seed=some.seeds)
def test_subspace_overlap_of_the_subspace_and_of_its_complement(k_max, extra, seed):
    size = 2 * k_max + 1
    angles = some.distinct_angles(size + extra, np.random.default_rng(seed))
    basis = mn.fourier_basis(angles, k_max)
    inside = basis @ basis.T
    assert mn.subspace_overlap(inside, angles, k_max) == pytest.approx(1.0, abs=1e-9)
    q = np.linalg.qr(basis)[0]
    outside = 2 * np.eye(len(angles)) - 2 * q @ q.T + 1e-3 * q @ q.T
    expected = max(0, size - extra) / size
    assert mn.subspace_overlap(outside, angles, k_max) == pytest.approx(expected, abs=1e-9)


# --- argument checks ------------------------------------------------------------------------------

COUNTS_FROM_0 = [
    ("k_max", lambda v: mn.subspace_overlap(EYE, ANGLES, v)),
    ("k_max", lambda v: mn.principal_angles(EYE, ANGLES, v)),
]


@pytest.mark.circle
@refuses(*counts(COUNTS_FROM_0, "an integer of at least 0", NO_COUNT))
def test_what_is_no_count(error, message, call):
    meets(error, message, call)


TAKE_A_SQUARE = {
    "kernel_alignment": lambda k: mn.kernel_alignment(k, EYE),
    "centred_kernel_alignment": lambda k: mn.centred_kernel_alignment(k, EYE),
    "target_alignment": lambda k: mn.target_alignment(k, ANGLES),
    "target_alignment, centred": lambda k: mn.target_alignment(k, ANGLES, centred=True),
    "subspace_overlap": lambda k: mn.subspace_overlap(k, ANGLES, 1),
    "kernel_distance": lambda k: mn.kernel_distance(k, EYE),
    "principal_angles": lambda k: mn.principal_angles(k, ANGLES, 1),
    "effective_rank": mn.effective_rank,
}


@pytest.mark.spectrum
@refuses(
    *every(TAKE_A_SQUARE, NO_SQUARE),
    *every(
        {name: TAKE_A_SQUARE[name] for name in ("subspace_overlap", "principal_angles")},
        NOT_SYMMETRIC,
    ),
)
def test_what_is_no_kernel_matrix(error, message, call):
    meets(error, message, call)


@pytest.mark.spectrum
@refuses(
    (
        "angles must have shape (3,), got shape (4,)",
        lambda: mn.subspace_overlap(EYE, [*ANGLES, 0.0], 1),
    ),
    (
        "angles must be at least 2 k_max + 1 = 9 in number, got 3",
        lambda: mn.subspace_overlap(EYE, ANGLES),
    ),
    (
        "block must be a square matrix, got shape (1, 2)",
        lambda: mn.off_diagonal_share([[1.0, 2.0]]),
    ),
    (
        "block must be a square matrix, got shape (1, 2)",
        lambda: mn.off_diagonal_correlation([[1.0, 2.0]]),
    ),
    (
        "block must have two or more positive diagonal entries, got 0.0",
        lambda: mn.off_diagonal_correlation([[1.0, 0.0], [0.0, 0.0]]),
    ),
    (
        "kernel must have rank 2 or more, got rank 1",
        lambda: mn.principal_angles(np.ones((3, 3)), ANGLES, 1),
    ),
    (
        "kernel must have rank 2 or more, got rank 0",
        lambda: mn.principal_angles(0 * EYE, ANGLES, 1),
    ),
    (
        "block must have |A_jl| ≤ √(A_jj A_ll), got 2 times as much",
        lambda: mn.off_diagonal_correlation([[1.0, 4.0], [4.0, 4.0]]),
    ),
    (
        "block must have two or more positive diagonal entries, got 1.0",
        lambda: mn.off_diagonal_correlation([[3.0]]),
    ),
    (
        "other must have shape (3, 3), got shape (2, 2)",
        lambda: mn.kernel_alignment(EYE, np.eye(2)),
    ),
    (
        "targets must have shape (3,), got shape (2,)",
        lambda: mn.target_alignment(EYE, [1.0, 2.0]),
    ),
    ("kernel must differ from 0, got only zeros", lambda: mn.kernel_alignment(0 * EYE, EYE)),
    ("other must differ from 0, got only zeros", lambda: mn.kernel_distance(EYE, 0 * EYE)),
    ("kernel must differ from 0, got only zeros", lambda: mn.target_alignment(0 * EYE, ANGLES)),
    ("targets must differ from 0, got only zeros", lambda: mn.target_alignment(EYE, [0, 0, 0])),
    ("kernel must differ from 0, got only zeros", lambda: mn.effective_rank(0 * EYE)),
    ("block must differ from 0, got only zeros", lambda: mn.off_diagonal_share(0 * EYE)),
    (
        "kernel must differ from 0 after centring, got a constant to rounding",
        lambda: mn.centred_kernel_alignment(np.full((3, 3), 0.1), EYE),
    ),
    (
        "kernel must differ from 0 after centring, got a constant to rounding",
        lambda: mn.centred_kernel_alignment(np.full((3, 3), 1e5 / 3), EYE),
    ),
    (
        "kernel must differ from 0 after centring, got a constant to rounding",
        lambda: mn.centred_kernel_alignment(0 * EYE, EYE),
    ),
    (
        "other must differ from 0 after centring, got a constant to rounding",
        lambda: mn.centred_kernel_alignment(EYE, np.full((3, 3), 0.1)),
    ),
    (
        "kernel must differ from 0 after centring, got a constant to rounding",
        lambda: mn.target_alignment(np.full((3, 3), 0.1), ANGLES, centred=True),
    ),
)
def test_wrong_arguments(error, message, call):
    meets(error, message, call)


@pytest.mark.project
@refuses(
    (
        ValueError,
        "targets must",
        lambda: mn.target_alignment(np.eye(6), [0.1] * 6, centred=True),
    ),
    (ValueError, "angles must", lambda: mn.subspace_overlap(EYE, [0.3, 0.3, 2.0], 1)),
    (ValueError, "centred must", lambda: mn.target_alignment(EYE, ANGLES, centred="no")),
)
def test_awkward_values(error, message, call):
    meets(error, message, call)


@pytest.mark.spectrum
@pytest.mark.parametrize("scale", [1e-5, 1.0, 1e5])
def test_centred_targets_at_any_scale(scale):
    with pytest.raises(ValueError, match="targets must differ from 0 after centring"):
        mn.target_alignment(EYE, [scale / 3] * 3, centred=True)
    with pytest.raises(ValueError, match="targets must differ from 0 after centring"):
        mn.target_alignment(EYE, [0.0, 0.0, 0.0], centred=True)
    almost = scale * np.array([1.0, 1.0 + 1e-13, 1.0])
    through_the_mean = scale * np.array([1.0, 2.0, 3.0])
    for targets in (almost, through_the_mean):
        assert mn.target_alignment(EYE, targets, centred=True) == pytest.approx(0.5**0.5, rel=1e-3)
