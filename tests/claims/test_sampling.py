"""The claim on sampling: what it measures of drawn samples."""

import numpy as np
import pytest

import minintk as mn
from minintk.claims import sampling
from minintk.claims.claim import Unit
from tests.reference.claim_records import TINY, sized
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.claims


# --- reference ------------------------------------------------------------------------------------


def test_sampling_measures_both_errors_of_drawn_samples():
    configuration = sized("sampling", TINY)
    part = sampling.measure_unit(configuration, Unit((24, 2), 1.0), np.random.default_rng(5))
    rng = np.random.default_rng(5)
    eigenvalues = mn.fourier_eigenvalues(4)
    for raw, whitened in zip(part["raw"], part["whitened"], strict=True):
        angles = mn.sample_angles(24, rng)
        kernel = mn.infinite_ntk(angles)
        block = mn.low_frequency_block(kernel, angles)
        assert_close(raw, mn.spectral_error(block, eigenvalues), 1e-12)
        block = mn.low_frequency_block(kernel, angles, whitened=True)
        assert_close(whitened, mn.spectral_error(block, eigenvalues), 1e-12)
    assert len(part["raw"]) == 2
