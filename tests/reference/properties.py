"""Properties that functions of several modules share."""

import numpy as np

from tests.reference import strategies as some
from tests.reference.closeness import assert_close

NETWORK = some.random_params(9, np.random.default_rng(11))


def rows_come_in_the_order_of_the_angles(function, seed, tolerance=1e-14):
    rng = np.random.default_rng(seed)
    angles = np.concatenate([some.distinct_angles(4, rng) + 0.01, [-50.3, 1e3]])
    order = rng.permutation(6)
    whole, moved = function(angles), function(angles[order])
    assert_close(moved, whole[order], tolerance)


def float32_and_whole_numbers_are_promoted(function):
    single = np.array([0.3, 1.7, -2.9], dtype=np.float32)
    result = function(single)
    assert result.dtype == np.float64
    np.testing.assert_array_equal(result, function(single.astype(np.float64)))
    np.testing.assert_array_equal(function([1, 2]), function([1.0, 2.0]))


def a_whole_turn_changes_nothing(function):
    angles = np.array([0.3, 1.7, -2.9])
    expected = function(angles)
    assert_close(function(angles + 2 * np.pi * np.array([1, -7, 40])), expected, 1e-12)


def kernel_is_symmetric_and_positive_semidefinite(kernel, angles, others):
    matrix = kernel(angles)
    np.testing.assert_allclose(matrix, matrix.T, rtol=0, atol=1e-14)
    np.testing.assert_allclose(kernel(angles, angles), matrix, rtol=0, atol=1e-14)
    np.testing.assert_allclose(kernel(others, angles), kernel(angles, others).T, rtol=0, atol=1e-14)
    eigenvalues = np.linalg.eigvalsh(matrix)
    assert eigenvalues[0] >= -1e-13 * eigenvalues[-1]
