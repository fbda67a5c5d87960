"""Samples in the order along the circle, and their places found from keys."""

import numpy as np
import pytest

import minintk as mn
from minintk.fast.order import sort_angles
from tests.reference.closeness import assert_close

# --- reference ------------------------------------------------------------------------------------


@pytest.mark.circle
@pytest.mark.parametrize("n", [1, 5, 64, 3000, 70_000])
@pytest.mark.parametrize("spread", [2 * np.pi, 1e-3, 1e-9, 0.0])
def test_places_found_by_table_and_by_search(n, spread):
    rng = np.random.default_rng(n)
    table = sort_angles(rng.uniform(0, spread, n)).table
    keys = table.keys[:-1]
    limits = np.concatenate([keys, keys + 1e-9, rng.uniform(-2, 2, 50), [-2.0, -0.0, 0.0, 2.0]])
    limits = np.minimum(limits, 2.0)
    expected = np.searchsorted(keys, limits, "left")
    np.testing.assert_array_equal(table.count_below(limits), expected)
    even = sort_angles(mn.uniform_angles(n)).table
    assert even.depth == (1 if n <= 2**16 else 0)
    np.testing.assert_array_equal(
        even.count_below(limits), np.searchsorted(even.keys[:-1], limits, "left")
    )


# --- theorem --------------------------------------------------------------------------------------


@pytest.mark.circle
def test_keys_rise_with_the_angle():
    samples = sort_angles(np.linspace(0.0, 2 * np.pi, 10_001))
    keys = samples.table.keys[:-1]
    assert keys[0] == -2
    assert 2 - 1e-15 < keys[-1] <= 2
    assert np.diff(keys).min() > 0.5 * (2 * np.pi / 10_000) * (1 - 1e-6)  # slope ½ … 1


@pytest.mark.circle
def test_far_angles_keep_their_digits():
    angles = np.array([1e6, -1e6, 12345.678])
    samples = sort_angles(angles)
    assert_close(np.cos(samples.angles), np.cos(angles)[samples.order], 1e-15)
    assert_close(np.sin(samples.angles), np.sin(angles)[samples.order], 1e-15)
