"""The claim on networks around their mean-field limit: its networks, and wrong ones."""

import dataclasses

import numpy as np
import pytest

import minintk as mn
from minintk import evolving
from minintk.claims import CLAIMS
from minintk.claims.beyond import (
    mean_field_fluctuation,
)
from minintk.claims.claim import (
    FAILS,
    HOLDS,
    measure,
)
from tests.reference.closeness import assert_close
from tests.reference.tampering import (
    with_losses,
)

pytestmark = pytest.mark.evolving


SMALL = dataclasses.replace(
    CLAIMS["mean_field_fluctuation"].quick, steps=30, seeds=128, radii=16, directions=64
)


# --- by hand --------------------------------------------------------------------------------------


def test_one_number_of_neurons_shows_no_constant():
    claim = CLAIMS["mean_field_fluctuation"]
    record = measure(claim, dataclasses.replace(SMALL, steps=3, seeds=8), seed=0)
    for judged_from in (128, 129):  # one of (64, 128), and none
        some = dataclasses.replace(record, judged_from=judged_from)
        assert claim.judge(some).verdict == FAILS


# --- reference ------------------------------------------------------------------------------------


def test_the_networks_of_the_fluctuation_are_those_of_mean_field_descent():
    unit = mean_field_fluctuation.units(SMALL)[1]
    losses = mean_field_fluctuation.measure_unit(SMALL, unit, np.random.default_rng(7))["loss"]
    rng, grid = np.random.default_rng(7), mn.uniform_angles(SMALL.points)
    targets = mn.fourier_sum(grid, mean_field_fluctuation.TARGETS["low"])
    for loss in losses[:3]:
        expected = evolving.mean_field_descent(
            evolving.random_start(unit.key[0], rng),
            lambda values: mn.objective(grid, values),
            targets,
            SMALL.width,
            SMALL.learning_rate,
            SMALL.steps,
        )[1][-1]
        assert_close(loss, np.array(expected), 1e-12)


# --- refusal --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("part", "factor"), [("mean_field_descent", 0.9), ("train_together", 1.1)])
def test_a_limit_or_networks_off_by_a_tenth_cannot_hold(part, factor, monkeypatch):
    claim = CLAIMS["mean_field_fluctuation"]
    before = measure(claim, SMALL, seed=0)
    assert claim.judge(before).verdict == HOLDS
    monkeypatch.setattr(
        mean_field_fluctuation, part, with_losses(getattr(mean_field_fluctuation, part), factor)
    )
    after = measure(claim, SMALL, seed=0)
    assert claim.judge(after).verdict != HOLDS
    assert after.excess_times_neurons[1].mean > before.excess_times_neurons[1].mean + 10
