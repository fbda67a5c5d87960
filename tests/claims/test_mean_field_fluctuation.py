"""The claim on networks around their mean-field limit: its networks, and wrong ones."""

import dataclasses

import numpy as np
import pytest

import minintk as mn
from minintk import evolving
from minintk.claims.beyond import mean_field_fluctuation
from minintk.claims.claim import Cell, run_claim
from minintk.claims.statistics import student_quantile
from minintk.claims.targets import TARGETS
from tests.reference.closeness import assert_close
from tests.reference.found import changed, near, outcome
from tests.reference.tampering import with_losses

pytestmark = [pytest.mark.evolving, pytest.mark.claims]

CLAIM = mean_field_fluctuation.CLAIM
ALONE = dataclasses.replace(CLAIM, control=None)
SMALL = mean_field_fluctuation.Sizes(
    neurons=(64, 128), points=32, steps=30, seeds=256, radii=16, directions=64
)


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({}, "holds"),
        ({"ratio_to_mean": [near(1.22), near(0.78)]}, "holds"),
        ({"ratio_to_mean": [near(1.24), near(0.76)]}, "not decided"),
        ({"ratio_to_mean": [near(1.28), near(0.72)]}, "fails"),
        ({"ratio_to_mean": [near(1.0), near(np.nan)]}, "fails"),
        ({"mean_over_neurons": near(-16.0)}, "fails"),
        ({"mean_over_neurons": near(0.01)}, "not decided"),
        ({"mean_over_neurons": near(np.nan)}, "fails"),
    ],
)
def test_verdicts_at_the_borders_of_the_criterion(fields, verdict):
    found = changed(
        outcome(CLAIM, SMALL).found,
        excess_times_neurons=[near(17.0), near(16.0)],
        ratio_to_mean=[near(1.03), near(0.97)],
        mean_over_neurons=near(16.5),
    )
    assert CLAIM.judge(SMALL, changed(found, **fields)).verdict == verdict


def test_one_number_of_neurons_or_one_network_shows_no_constant():
    for sizes in (dataclasses.replace(SMALL, steps=3, seeds=8, neurons=(64,)),
                  dataclasses.replace(SMALL, steps=3, seeds=1)):  # fmt: skip
        assert run_claim(ALONE, sizes, 0).verdict.verdict != "holds"


def test_the_source_says_how_the_number_of_networks_was_raised():
    assert "With 64 networks of each size, the first choice" in CLAIM.source
    assert f"raised to 640. Now it is {CLAIM.default.seeds}," in CLAIM.source


# --- reference ------------------------------------------------------------------------------------


def test_the_networks_are_those_of_mean_field_descent():
    part = mean_field_fluctuation.measure(SMALL, Cell(neurons=128), np.random.default_rng(7), 3)
    rng, grid = np.random.default_rng(7), mn.uniform_angles(SMALL.points)
    targets = mn.fourier_sum(grid, TARGETS["low"])
    for loss in part["loss"]:
        expected = evolving.mean_field_descent(
            evolving.random_start(128, rng),
            lambda values: mn.objective(grid, values),
            targets,
            SMALL.width,
            SMALL.learning_rate,
            SMALL.steps,
        )[1][-1]
        assert_close(loss, np.array(expected), 1e-12)


def test_ratios_and_their_noise():
    """Against resampling: the ratio of each constant to the mean, and its standard error."""
    rng = np.random.default_rng(4)
    losses = 1 + 0.1 * rng.random((2, 600))
    data = {"networks": {"loss": losses, "sums": np.zeros((2, 600, 400))},
            "limit": {"loss": np.array(1.0)}}  # fmt: skip
    found = CLAIM.find(SMALL, data)  # with so many sums there is no regression
    constants = np.array([64, 128]) * (losses.mean(axis=1) - 1)
    for row, ratio in enumerate(found.ratio_to_mean):
        assert abs(ratio.mean - constants[row] / constants.mean()) < 1e-12
    drawn = np.array([row[rng.integers(600, size=(2000, 600))] for row in losses])
    again = np.array([[64], [128]]) * (drawn.mean(axis=2) - 1)
    error = (again[0] / again.mean(axis=0)).std()
    half = found.ratio_to_mean[0].high - found.ratio_to_mean[0].mean
    assert abs(half / student_quantile(599, 0.025 / 2) / error - 1) < 0.08


# --- refusal --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("part", "factor"), [("mean_field_descent", 0.9), ("train_together", 1.1)])
def test_a_limit_or_networks_off_by_a_tenth_cannot_hold(part, factor, monkeypatch):
    before = outcome(CLAIM, SMALL)
    assert before.verdict.verdict == "holds"
    assert before.control.verdict == "fails"
    wrong = with_losses(getattr(mean_field_fluctuation, part), factor)
    monkeypatch.setattr(mean_field_fluctuation, part, wrong)
    after = run_claim(ALONE, SMALL, 0)
    assert after.verdict.verdict != "holds"
    added = [
        new.mean - old.mean
        for new, old in zip(
            after.found.excess_times_neurons, before.found.excess_times_neurons, strict=True
        )
    ]
    assert added[1] > 10
