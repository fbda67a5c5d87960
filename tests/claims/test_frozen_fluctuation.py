"""The claim on the frozen kernel of a finite width: its losses, and wrong variances."""

import dataclasses
import functools
import sys

import numpy as np
import pytest

import minintk as mn
from minintk import evolving, fast
from minintk.claims.beyond import frozen_fluctuation
from minintk.claims.beyond.frozen_fluctuation import CLAIM, Sizes
from minintk.claims.claim import Cell, Found, run_claim
from minintk.claims.statistics import FAILS, HOLDS, IN_PART, OPEN, Interval
from tests.reference.claim_runs import run_with_control
from tests.reference.closeness import assert_close
from tests.reference.found import without_control
from tests.reference.tampering import scaled

pytestmark = [pytest.mark.evolving, pytest.mark.claims]

SIZES = Sizes(widths=(64, 256), k_max=8, times=(50.0, 100.0), seeds=240)


@functools.cache
def outcome():
    return run_with_control(CLAIM, SIZES)


def found_with(ratios, added, half=0.01):
    """Cells of the largest width with these means and half intervals."""

    def intervals(means):
        return {f"cell {i}": Interval(m, m - half, m + half, 9) for i, m in enumerate(means)}

    changes = {
        "ratio_at_largest_width": intervals(ratios),
        "added_at_largest_width": intervals(added),
    }
    return Found(**{**vars(outcome().found), **changes})


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ratios", "added", "first", "later"),
    [
        ((1.019, 0.981), (1.139, 0.861), HOLDS, HOLDS),
        ((1.0, 1.0), (1.1, 1.2), HOLDS, IN_PART),  # what the fluctuation adds is 20 % off
        ((1.0, 1.0), (1.1, 1.15), HOLDS, OPEN),
        ((1.0, 1.021), (1.0, 1.0), OPEN, OPEN),
        ((1.0, 1.05), (1.0, 1.0), IN_PART, IN_PART),
        ((1.0, np.nan), (1.0, 1.0), OPEN, OPEN),
        ((1.05, 0.95), (1.0, 1.0), FAILS, IN_PART),
        ((np.nan, np.nan), (np.nan, np.nan), OPEN, OPEN),
    ],
)
def test_the_borders_of_both_criteria(ratios, added, first, later):
    found = found_with(ratios, added)
    assert frozen_fluctuation.judge(SIZES, found).verdict == first
    assert frozen_fluctuation.judge_later(SIZES, found).verdict == later


def test_the_criterion_says_the_sizes_of_the_run():
    words = CLAIM.criterion(SIZES)
    assert "m = 256, k = 3, 4, 5, τ = 50, 100; kernel and formula cut at k = " in words
    assert f"cut at k = {SIZES.k_max}: the mean loss of 240 networks" in words


# --- reference ------------------------------------------------------------------------------------


def test_the_frozen_losses_are_those_of_one_network_of_all_its_neurons():
    size = Sizes(widths=(8,), frequencies=(3, 1), times=(5.0, 40.0), k_max=5)
    part = frozen_fluctuation.measure(size, Cell(width=8), np.random.default_rng(3))
    params = mn.initialise(8, np.random.default_rng(3), antisymmetric=True)
    kernel = fast.population_low_frequency_block(params, 5)
    for row, mode in enumerate((5, 1)):  # √2 cos 3t, √2 cos t
        assert_close(part["entry"][row], kernel[mode, mode], 1e-13)
        for column, time in enumerate(size.times):
            residual = np.zeros(11)
            residual[mode] = 1 / np.sqrt(2)
            for _ in range(64):  # e^{−Aτ} r by the series of a 64th of the time
                term = residual
                for order in range(1, 15):
                    term = -kernel @ term * time / (64 * order)
                    residual = residual + term
            assert_close(part["loss"][row, column], residual @ residual / 2, 1e-11)


def test_what_is_found_is_of_losses_without_their_first_order():
    rng, k_max = np.random.default_rng(2), SIZES.k_max
    loss, entry = 0.1 + rng.random((2, 9, 3, 2)), rng.random((2, 9, 3))
    found = CLAIM.find(SIZES, {"networks": {"loss": loss, "entry": entry}})
    for row, k in enumerate(SIZES.frequencies):
        rate = mn.fourier_eigenvalues(k)[k]
        for column, time in enumerate(SIZES.times):
            limit = np.exp(-2 * rate * time) / 4
            means = (loss[1, :, row, column] + 2 * time * limit * (entry[1, :, row] - rate)).mean()
            (formula,) = evolving.frozen_loss(k, 1.0, 256, [time], k_max=k_max)
            cell = f"k = {k}, τ = {time:g}"
            assert_close(found.ratio_at_largest_width[cell].mean, means / formula, 1e-12)
            added = (means - limit) / (formula - limit)
            assert_close(found.added_at_largest_width[cell].mean, added, 1e-9)


# --- theorem --------------------------------------------------------------------------------------


def test_the_formula_holds_and_its_control_fails():
    found = outcome()
    assert found.later.verdict == HOLDS, found.later
    assert found.verdict.verdict == HOLDS, found.verdict
    assert found.control.verdict == FAILS


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [0.0, 0.7, 1.4])
def test_a_formula_with_other_variances_is_seen_by_the_later_criterion(factor, monkeypatch):
    module = sys.modules["minintk.evolving.fluctuation"]
    monkeypatch.setattr(module, "entry_variances", scaled(module.entry_variances, factor))
    verdict = run_claim(without_control(CLAIM), SIZES, 0).later
    assert verdict.verdict in (FAILS, IN_PART), verdict
    assert any("added" in finding.part for finding in verdict.findings if finding.shown is False)


def test_one_network_decides_nothing():
    verdict = run_claim(
        without_control(CLAIM), dataclasses.replace(SIZES, widths=(16,), seeds=1), 0
    ).verdict
    assert verdict.verdict == OPEN
