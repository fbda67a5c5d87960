"""Tests of minintk.plotting.record: what is kept of a training is what the core computes."""

import math

import numpy as np
import pytest

import minintk as mn
from minintk.plotting import record, record_training
from minintk.plotting.panels import amplitudes
from tests.reference.wrong_input import meets, refuses, rng

pytestmark = pytest.mark.dynamics

SMALL = {"steps": 12, "samples": 20, "frames": 4}


def square_wave(angles):
    return np.sign(np.sin(angles + 0.1))


def start(width, law=mn.DEFAULT_LAW):
    return mn.initialise(width, rng(), law, antisymmetric=True)


# --- by hand --------------------------------------------------------------------------------------


def test_the_frequencies_are_the_strongest_of_the_target():
    def target(angles):
        return 3.0 + np.cos(2 * angles) + 0.5 * np.sin(7 * angles) + 0.01 * np.cos(4 * angles)

    assert record_training(target, 4, rng(), **SMALL).frequencies == (0, 2, 7)
    highest = record_training(lambda t: np.cos(10 * t), 4, rng(), **SMALL)
    assert highest.frequencies == (10,)
    np.testing.assert_array_equal(highest.histories["evolving"].shares[0], [1.0])


def test_a_number_is_a_constant_function():
    recording = record_training(lambda angles: 2, 4, rng(), kernel="frozen", **SMALL)
    assert recording.targets.tolist() == [2.0] * 20
    assert list(recording.histories) == ["frozen"]
    assert recording.frequencies == (0,)


def test_progress_counts_the_steps():
    seen = []
    record_training(np.cos, 4, rng(), progress=lambda *pair: seen.append(pair), **SMALL)
    assert seen == [(step, 12) for step in range(1, 13)]


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.parametrize("bias", [True, False])
def test_both_kernels_are_those_of_the_core(bias):
    recording = record_training(square_wave, 30, rng(), bias=bias, kernel="both", **SMALL)
    angles, law = mn.uniform_angles(20), mn.Law(bias=bias)
    targets, params = square_wave(angles), start(30, law)
    np.testing.assert_array_equal(recording.targets, targets)
    assert recording.steps.tolist() == [0, 1, 3, 12]
    eta = recording.learning_rate
    kernel = mn.factorised_ntk(params, angles)
    assert eta == pytest.approx(20 / np.linalg.eigvalsh(kernel)[-1], rel=0.05)
    trace = mn.Trace(recording.steps.tolist(), angles, targets, k_max=9)
    mn.gradient_descent(params, mn.objective(angles, targets), eta, 12, record=trace)
    frozen = mn.frozen_descent(kernel, mn.forward(params, angles), targets, eta, recording.steps)
    for name, outputs in (("evolving", trace["output"]), ("frozen", frozen)):
        history = recording.histories[name]
        np.testing.assert_allclose(history.outputs, outputs, rtol=0, atol=1e-12)
        losses = [mn.loss(f, targets) for f in outputs]
        np.testing.assert_allclose(history.losses, losses, rtol=1e-12)
        spectra = np.array([mn.fourier_coefficients(angles, f - targets, 9) for f in outputs])
        for place, k in enumerate(recording.frequencies):
            sizes = np.hypot(spectra[:, 2 * k - 1], spectra[:, 2 * k])
            np.testing.assert_allclose(history.shares[:, place], sizes / sizes[0], atol=1e-12)
    assert recording.frequencies == (1, 3, 5, 7, 9)
    rates = mn.aliased_eigenvalues(20, law)[list(recording.frequencies)]
    expected = np.abs(1 - eta * rates) ** recording.steps[:, None]
    np.testing.assert_allclose(recording.predicted, expected, rtol=1e-12)


def test_sizes_of_frequencies_are_those_of_the_fourier_basis():
    angles = mn.uniform_angles(13)
    values = rng().standard_normal((2, 13))
    spectra = [mn.fourier_coefficients(angles, row, 6) for row in values]
    np.testing.assert_allclose(record._sizes(values), amplitudes(spectra), rtol=1e-12)


def test_arcs_and_the_plain_code_give_the_same(monkeypatch):
    plain = record_training(square_wave, 30, rng(), kernel="both", **SMALL)
    monkeypatch.setattr(record, "PLAIN_SIZE", 0)
    monkeypatch.setattr(record, "objective", None)
    monkeypatch.setattr(record, "factorised_ntk", None)
    monkeypatch.setattr(record, "forward", None)
    by_arcs = record_training(square_wave, 30, rng(), kernel="both", **SMALL)
    for name, history in plain.histories.items():
        np.testing.assert_allclose(by_arcs.histories[name].outputs, history.outputs, atol=1e-10)


# --- theorem --------------------------------------------------------------------------------------


def test_a_wide_network_is_near_its_marks_and_low_frequencies_come_first():
    recording = record_training(square_wave, 8192, rng(), steps=100, frames=5)
    shares = recording.histories["evolving"].shares
    assert abs(shares - recording.predicted).max() < 0.05
    assert (np.diff(shares[-1]) > 0).all()


# --- argument checks ------------------------------------------------------------------------------


@refuses(
    (
        "the target must be finite, got inf at the angle t = 0",
        lambda: record_training(lambda t: np.divide(1, t, where=t > 0, out=t + np.inf), 4, rng()),
    ),
    (
        "the target must be finite, got nan at the angle t = 1.5708",
        lambda: record_training(lambda t: np.where(t == np.pi / 2, np.nan, t), 4, rng()),
    ),
    (
        "the target must be at most 1e+70 in size, got -1e+80 at the angle t = 0",
        lambda: record_training(lambda t: t - 1e80, 4, rng()),
    ),
    ("the target must not be 0 at every angle", lambda: record_training(lambda t: 0 * t, 4, rng())),
    (
        "function must return 128 real numbers for 128 angles, got",
        lambda: record_training(lambda t: t[1:], 4, rng()),
    ),
    ("function must return 128 real", lambda: record_training(lambda t: 1j * t, 4, rng())),
    (TypeError, "function must be a function of the angles", lambda: record_training(1, 4, rng())),
    ("width must be even for antisymmetric", lambda: record_training(np.cos, 5, rng())),
    ("kernel must be one of", lambda: record_training(np.cos, 4, rng(), kernel="all")),
    ("steps must be", lambda: record_training(np.cos, 4, rng(), steps=0)),
    ("frames must be", lambda: record_training(np.cos, 4, rng(), frames=1)),
    ("samples must be", lambda: record_training(np.cos, 4, rng(), samples=3)),
    ("bias must be True or False", lambda: record_training(np.cos, 4, rng(), bias=1)),
    ("learning_rate must be", lambda: record_training(np.cos, 4, rng(), learning_rate=math.nan)),
    (TypeError, "rng must be a numpy.random.Generator", lambda: record_training(np.cos, 4, 0)),
)
def test_wrong_arguments(error, message, call):
    meets(error, message, call)


def test_a_learning_rate_that_is_too_large_is_met_without_other_functions_options():
    with pytest.raises(mn.StabilityError, match=r"above 2/λ_max = [3-4]\.\d+, got 50$"):
        record_training(np.cos, 256, rng(), learning_rate=50.0)


def test_a_target_that_makes_training_diverge():
    with pytest.raises(mn.DivergenceError, match="gradient descent diverged"):
        record_training(lambda t: 1e6 * t, 4, rng())
