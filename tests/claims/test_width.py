"""The claim on width: its laws of the output weights and its mean kernel."""

import math

import numpy as np
import pytest

import minintk as mn
from minintk.claims import CLAIMS, width
from minintk.claims.claim import unit_generator
from tests.reference.claim_records import TINY, sized, small_record
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.claims


# --- by hand --------------------------------------------------------------------------------------


def test_width_averages_the_kernel_over_blocks():
    configuration = sized("width", TINY)
    parts = [
        width.measure_unit(configuration, unit, unit_generator(3, "width", unit))
        for unit in CLAIMS["width"].units(configuration)
    ]
    for part, mean, error in zip(parts[:2], (1.0, 2.0), (0.3, 0.4), strict=True):
        part.update(mean=np.full((5, 5), mean), variance=np.full((5, 5), error**2))
    record = width.collect(configuration, parts)
    assert_close(record.mean_kernel, np.full((5, 5), 1.5), 1e-15)
    assert_close(record.mean_kernel_error, np.full((5, 5), 0.25), 1e-15)  # √(0.3² + 0.4²)/2
    angles = width._mean_points(configuration)
    assert_close(record.mean_kernel_theory, mn.infinite_ntk(angles), 1e-15)
    assert abs(mn.infinite_ntk(angles)[0, -1]) < 1e-15, "the last point is the first one's antipode"


def test_width_compares_an_entry_that_never_varies_exactly():
    theory, error = np.array([0.0, 1.0, 2.0]), np.array([0.0, 0.1, 0.5])
    mean = np.array([0.0, 1.2, 1.5])
    assert_close(width._largest_standard_score(mean, error, theory), 2.0, 1e-12)
    mean[0] = 1e-9
    assert width._largest_standard_score(mean, error, theory) == float("inf")


# --- rate -----------------------------------------------------------------------------------------


def test_width_measures_three_laws_of_the_output_weights():
    errors = {law: error.mean for law, error in small_record("width").error_times_root_m.items()}
    assert abs(errors["antisymmetric"] / errors["signs"] - math.sqrt(2)) < 0.15, errors
    assert abs(errors["normal"] / errors["signs"] - 1.13 / 0.77) < 0.15, errors
