"""The claim on rotation: what it measures of a drawn network."""

import numpy as np
import pytest

import minintk as mn
from minintk.claims import rotation
from minintk.claims.claim import Unit
from tests.reference.claim_records import TINY, sized
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.claims


# --- reference ------------------------------------------------------------------------------------


def test_rotation_measures_both_distances_of_a_drawn_network():
    configuration = sized("rotation", TINY)
    unit = Unit((32, 1), 1.0)
    part = rotation.measure_unit(configuration, unit, np.random.default_rng(5))
    rng = np.random.default_rng(5)
    grid = mn.uniform_angles(8)
    for distance, change in zip(part["circulant_distance"], part["change"], strict=True):
        params = mn.initialise(32, rng)
        kernel = mn.empirical_ntk(params, grid)
        turned = mn.empirical_ntk(params, grid + rng.uniform(0, 2 * np.pi))
        assert_close(distance, mn.circulant_deviation(kernel), 1e-12)
        assert_close(change, np.sqrt(((turned - kernel) ** 2).sum() / (kernel**2).sum()), 1e-12)
    assert len(part["change"]) == 3
