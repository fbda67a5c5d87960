"""The claim on decay: fitted rates, the borders of its criterion, and wrong kernels."""

import dataclasses

import numpy as np
import pytest

import minintk as mn
from minintk.claims.claim import Cell
from minintk.claims.statistics import FAILS, HOLDS, IN_PART, OPEN
from minintk.claims.study import decay
from tests.reference.closeness import assert_close
from tests.reference.found import UNKNOWN, changed, near, outcome, with_entry
from tests.reference.tampering import scaled

pytestmark = pytest.mark.claims

SMALL = decay.Sizes(width=512, k_max=2, seeds=8)


def judged(**fields):
    """The verdict on findings that hold but for these fields."""
    holding = {"rate_ratio": [near(1.0)] * 3, "error_of_infinite_flow": 1e-15, **fields}
    return decay.judge(SMALL, changed(outcome(decay.CLAIM, SMALL).found, **holding))


def rate(k, interval):
    return {"rate_ratio": with_entry([near(1.0)] * 3, k, interval)}


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "fields"),
    [
        (HOLDS, {"error_of_infinite_flow": 0.9e-12}),
        (HOLDS, rate(1, near(1.029))),
        (OPEN, rate(1, near(1.031))),
        (OPEN, rate(0, near(0.96))),
        (OPEN, rate(0, near(1.0, np.inf))),  # one seed
        (IN_PART, rate(2, near(1.071))),
        (IN_PART, rate(0, near(0.929))),
        (OPEN, rate(2, UNKNOWN)),
        (IN_PART, {"error_of_infinite_flow": 1.1e-12}),
        (OPEN, {"error_of_infinite_flow": np.nan}),
        (FAILS, {"error_of_infinite_flow": 1.0, "rate_ratio": [near(0.5)] * 3}),
    ],
)
def test_the_borders_of_the_criterion(verdict, fields):
    assert judged(**fields).verdict == verdict


def test_a_verdict_names_the_frequency_that_is_refuted():
    assert "Refuted: rate of k = 2." in judged(**rate(2, near(1.1))).reason
    assert "k ≤ 2" in decay.criterion(SMALL)


def test_a_rate_that_is_a_tenth_too_high_is_fitted_as_such():
    eigenvalues, steps, _ = decay._prediction(SMALL)
    shares = (1 - SMALL.learning_rate * 1.1 * eigenvalues) ** steps[:, None]
    many = {"share": np.tile(shares, (3, 1, 1))}
    found = decay.find(SMALL, {"small": many, "large": many, "infinite": {"error": 0.0}})
    assert_close([ratio.mean for ratio in found.rate_ratio], np.full(3, 1.1), 1e-12)
    assert_close([ratio.mean for ratio in found.rate_ratio_of_large_target], np.full(3, 1.1), 1e-12)


def test_training_goes_on_until_the_slowest_mode_is_fitted():
    eigenvalues, steps, predicted = decay._prediction(decay.Sizes())
    assert predicted[-1].max() < decay.FIT_TO
    assert_close(predicted[7], (1 - eigenvalues) ** steps[7], 1e-12)


# --- reference ------------------------------------------------------------------------------------


def test_shares_are_those_of_networks_trained_one_by_one():
    sizes, count = decay.Sizes(width=16, points=12, k_max=1, large_amplitude=0.3), 2
    found = decay.measure(sizes, Cell(), np.random.default_rng(4), count, large=True)["share"]
    rng, angles = np.random.default_rng(4), mn.uniform_angles(12)
    targets = mn.fourier_sum(angles, np.full(3, 0.3))
    _, steps, _ = decay._prediction(sizes)
    networks = [mn.initialise(16, rng, antisymmetric=True) for _ in range(count)]
    for params, shares in zip(networks, found, strict=True):
        trace = mn.Trace(steps.astype(int).tolist(), angles, targets, k_max=1)
        objective = mn.objective(angles, targets)
        mn.gradient_descent(params, objective, sizes.learning_rate, int(steps[-1]), record=trace)
        constant, cosine, sine = trace["residual_spectrum"].T
        assert_close(shares[:, 0], np.abs(constant) / 0.3, 1e-9)
        assert_close(shares[:, 1], np.hypot(cosine, sine) / np.hypot(0.3, 0.3), 1e-9)


# --- theorem --------------------------------------------------------------------------------------


def test_the_flow_is_exact_and_the_control_fails():
    run = outcome(decay.CLAIM, SMALL)
    assert run.found.error_of_infinite_flow < 1e-13
    assert run.verdict.verdict in (HOLDS, OPEN), run.verdict.reason
    assert run.control.verdict == FAILS, run.control.reason


# --- argument checks ------------------------------------------------------------------------------


def test_a_kernel_one_percent_too_large_is_seen(monkeypatch):
    monkeypatch.setattr(decay, "infinite_ntk", scaled(mn.infinite_ntk, 1.01))
    error = decay.measure_infinite(SMALL, Cell(), np.random.default_rng(0))["error"]
    assert judged(error_of_infinite_flow=error).verdict == IN_PART


def test_a_learning_rate_that_skips_the_range_of_the_fit_is_rejected():
    sizes = dataclasses.replace(SMALL, learning_rate=1.7)
    one = {"share": np.ones((1, 24, 3))}
    with pytest.raises(ValueError, match="learning_rate must be smaller, to see k = 0"):
        decay.find(sizes, {"small": one, "large": one, "infinite": {"error": 0.0}})
