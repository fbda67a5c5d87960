"""The claim on spectral bias: steps counted, the borders of its criterion, and wrong formulas."""

import numpy as np
import pytest
from matplotlib.figure import Figure

import minintk as mn
from minintk.claims.claim import Cell
from minintk.claims.residuals import steps_until
from minintk.claims.statistics import FAILS, HOLDS, IN_PART, OPEN
from minintk.claims.study import spectral_bias
from tests.reference.closeness import assert_close
from tests.reference.found import UNKNOWN, changed, near, outcome, with_entry
from tests.reference.tampering import scaled

pytestmark = pytest.mark.claims

SMALL = spectral_bias.Sizes(
    points=24,
    width=1024,
    frequencies=(1, 2, 3, 4),
    seeds=8,
    unlearned=(3, 5),
    steps_without_bias=50,
)
ALL = [near(1.0)] * 4


def judged(**fields):
    """The verdict on findings that hold but for these fields."""
    found = outcome(spectral_bias.CLAIM, SMALL).found
    holding = {
        "step_ratio": ALL,
        "least_growth": near(10.0, 5.0),
        "exponent": near(found.exponent_on_grid),
        "left_without_bias": np.ones(2),
        **fields,
    }
    return spectral_bias.judge(SMALL, changed(found, **holding))


def off_grid(difference):
    return near(outcome(spectral_bias.CLAIM, SMALL).found.exponent_on_grid + difference)


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "fields"),
    [
        (HOLDS, {"step_ratio": with_entry(ALL, 1, near(1.079))}),
        (OPEN, {"step_ratio": with_entry(ALL, 1, near(1.09))}),
        (IN_PART, {"step_ratio": with_entry(ALL, 2, near(0.87))}),
        (OPEN, {"step_ratio": with_entry(ALL, 3, UNKNOWN)}),
        (HOLDS, {"least_growth": near(5.1, 5.0)}),
        (OPEN, {"least_growth": near(4.9, 5.0)}),
        (IN_PART, {"least_growth": near(-5.1, 5.0)}),
        (OPEN, {"least_growth": UNKNOWN}),
        (HOLDS, {"left_without_bias": np.array([1.0, 1 - 0.9e-9])}),
        (IN_PART, {"left_without_bias": np.array([1.0, 1 - 2e-9])}),
        (OPEN, {"left_without_bias": np.array([1.0, np.nan])}),
        (OPEN, {"exponent": UNKNOWN}),
        (
            FAILS,
            {
                "step_ratio": [near(2.0)] * 4,
                "least_growth": near(-50.0),
                "exponent": near(9.0),
                "left_without_bias": np.zeros(2),
            },
        ),
    ],
)
def test_the_borders_of_the_criterion(verdict, fields):
    assert judged(**fields).verdict == verdict


@pytest.mark.parametrize(
    ("verdict", "difference"),
    [(HOLDS, 0.079), (HOLDS, -0.079), (OPEN, 0.09), (IN_PART, 0.13), (IN_PART, -0.13)],
)
def test_the_exponent_is_compared_with_that_of_the_grid(verdict, difference):
    assert judged(exponent=off_grid(difference)).verdict == verdict


def test_a_verdict_names_the_frequency_that_is_refuted():
    reason = judged(step_ratio=with_entry(ALL, 2, near(1.2))).reason
    assert "Refuted: steps of k = 3." in reason
    assert "k = (1, 2, 3, 4)" in spectral_bias.criterion(SMALL)


def test_a_frequency_that_is_not_learned_never_passes():
    # Of the steps of the run, k = 3 is not learned by one seed.
    found = outcome(spectral_bias.CLAIM, SMALL).found
    steps = found.steps.copy()
    steps[2, 5] = np.inf
    data = {
        "alone": {"steps": steps},
        "competing": {"left": found.left},
        "without_bias": {"left": found.left_without_bias},
    }
    verdict = spectral_bias.judge(SMALL, spectral_bias.find(SMALL, data))
    refuted = {finding.part for finding in verdict.findings if finding.shown is False}
    assert verdict.verdict == IN_PART
    assert {"steps of k = 3", "growth exponent"} <= refuted
    assert any("longer" in part for part in refuted)
    assert "worst k = 3, more than 1.2 times the predicted steps" in verdict.reason
    assert "exponent from k = 3 on is not known (" in verdict.reason


# --- reference ------------------------------------------------------------------------------------


def test_steps_are_those_of_a_network_trained_alone():
    sizes = spectral_bias.Sizes(points=12, width=64, frequencies=(2,), amplitude=0.01)
    rng = np.random.default_rng(6)
    found = spectral_bias.measure(sizes, Cell(frequency=2), np.random.default_rng(6), 2)["steps"]
    angles = mn.uniform_angles(12)
    targets, shares = 0.01 * np.cos(2 * angles), []
    params = mn.initialise(64, rng, antisymmetric=True)

    def record(step, now):
        residual = targets - mn.forward(now, angles)
        shares.append(mn.fourier_coefficients(angles, residual, 2)[3] / (0.01 / np.sqrt(2)))

    mn.gradient_descent(params, mn.objective(angles, targets), 2.0, 30, record=record)
    assert_close(found[0], steps_until(0.05, np.arange(31.0), np.array(shares)), 1e-9)


def test_the_predicted_shares_are_powers():
    found = outcome(spectral_bias.CLAIM, SMALL).found
    eigenvalues = mn.aliased_eigenvalues(24)[[1, 2, 3, 4]]
    expected = mn.mode_descent(eigenvalues, SMALL.learning_rate, found.shown_steps)
    assert_close(found.left_predicted, expected, 1e-12)


def test_the_figure_shows_what_is_never_learned_beside_what_is():
    found = changed(
        outcome(spectral_bias.CLAIM, SMALL).found, left_without_bias=np.array([1.0, 0.5])
    )
    axes = Figure().subplots(1, 2)
    spectral_bias.draw(SMALL, found, axes)
    lines = axes[1].lines
    np.testing.assert_array_equal(lines[1].get_ydata(), found.left[:, :, 0].mean(axis=0))
    stays, falls = lines[-2:]
    assert stays.get_label() == "k = 3, 5,\nwithout bias"
    np.testing.assert_array_equal(stays.get_xydata(), [[0, 1], [50, 1]])
    np.testing.assert_array_equal(falls.get_xydata(), [[0, 1], [50, 0.5]])


# --- rate -----------------------------------------------------------------------------------------


def test_modes_that_compete_follow_the_same_prediction_and_the_control_fails():
    run = outcome(spectral_bias.CLAIM, SMALL)
    assert run.verdict.verdict in (HOLDS, OPEN), run.verdict.reason
    assert np.abs(run.found.left.mean(axis=0) - run.found.left_predicted).max() < 0.05
    assert np.abs(run.found.half_ratio - 1).max() < 0.1
    assert run.control.verdict == FAILS, run.control.reason


# --- argument checks ------------------------------------------------------------------------------


def test_eigenvalues_twice_too_large_are_seen(monkeypatch):
    run = outcome(spectral_bias.CLAIM, SMALL)
    data = {
        "alone": {"steps": run.found.steps},
        "competing": {"left": run.found.left},
        "without_bias": {"left": run.found.left_without_bias},
    }
    monkeypatch.setattr(spectral_bias, "aliased_eigenvalues", scaled(mn.aliased_eigenvalues, 2))
    verdict = spectral_bias.judge(SMALL, spectral_bias.find(SMALL, data))
    assert verdict.verdict == IN_PART, verdict.reason


def test_where_no_mean_is_defined_the_growth_is_left_open():
    """Frequencies that are learned by some networks alone: inf − 1 and 1 − inf have no mean."""
    sizes = spectral_bias.CLAIM.control.sizes
    steps = np.array([[np.inf, 1.0], [1.0, np.inf]] * 2)
    left = np.ones((2, len(spectral_bias._shown_steps(sizes)), 4))
    data = {"alone": {"steps": steps}, "competing": {"left": left}}
    found = spectral_bias.find(sizes, data | {"without_bias": {"left": np.ones(2)}})
    assert np.isnan(found.least_growth.mean)
    assert spectral_bias.judge(sizes, found).findings[0].shown is None
