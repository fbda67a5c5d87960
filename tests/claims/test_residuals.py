"""What is left while networks train: spectra of residuals, amplitudes, and when little is left."""

import types

import numpy as np
import pytest

import minintk as mn
from minintk.claims.residuals import amplitudes, residual_spectra, steps_until
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.claims

SIZES = types.SimpleNamespace(points=12, width=16, learning_rate=0.5)
TARGET = np.array([0.1, 0.2, -0.3])


# --- by hand --------------------------------------------------------------------------------------


def test_an_amplitude_joins_a_cosine_and_a_sine():
    found = amplitudes(np.array([[-1.0, 3.0, 4.0, 0.0, -2.0], [0.0, 0.0, 0.0, 5.0, 12.0]]))
    assert_close(found, np.array([[1.0, 5.0, 2.0], [0.0, 0.0, 13.0]]), 1e-15)


def test_steps_are_interpolated_in_the_logarithm():
    steps = np.arange(4.0)
    assert_close(steps_until(0.05, steps, 0.1**steps), -np.log10(0.05), 1e-12)
    assert 1 < steps_until(0.05, steps, np.array([1.0, 0.5, -0.1, 0.0])) < 2
    assert steps_until(1e-4, steps, 0.1**steps) == np.inf


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.parametrize("law", [mn.Law(), mn.Law(bias=False)], ids=["bias", "no bias"])
def test_spectra_are_those_of_networks_trained_one_by_one(law):
    steps = np.array([0.0, 1.0, 7.0])
    found = residual_spectra(SIZES, TARGET, steps, np.random.default_rng(3), 2, law)
    rng, angles = np.random.default_rng(3), mn.uniform_angles(12)
    targets = mn.fourier_sum(angles, TARGET)
    networks = [mn.initialise(16, rng, law, antisymmetric=True) for _ in range(2)]
    for params, spectra in zip(networks, found, strict=True):
        trace = mn.Trace([0, 1, 7], angles, targets, k_max=1)
        mn.gradient_descent(params, mn.objective(angles, targets), 0.5, 7, record=trace)
        assert_close(spectra, -trace["residual_spectrum"], 1e-10)


# --- theorem --------------------------------------------------------------------------------------


def test_networks_start_at_output_0():
    found = residual_spectra(SIZES, TARGET, np.array([0.0]), np.random.default_rng(3), 4)
    assert_close(found, np.tile(TARGET, (4, 1, 1)), 1e-12)
