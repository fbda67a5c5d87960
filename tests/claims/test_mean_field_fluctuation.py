"""The claim on networks around their mean-field limit: predicted mean losses, and wrong ones."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest

import minintk as mn
from minintk import evolving
from minintk.claims import moving
from minintk.claims.beyond import mean_field_fluctuation
from minintk.claims.claim import Cell, Found, run_claim
from minintk.claims.statistics import FAILS, HOLDS, IN_PART, OPEN, Interval, student_interval
from minintk.claims.targets import TARGETS
from tests.reference.claim_runs import run_with_control
from tests.reference.closeness import assert_close

pytestmark = [pytest.mark.evolving, pytest.mark.claims]

CLAIM = mean_field_fluctuation.CLAIM
ALONE = dataclasses.replace(CLAIM, control=None)
SMALL = mean_field_fluctuation.Sizes(
    widths=(64,), points=24, at_steps=(20, 60), seeds=96, radii=12, directions=48,
    response_radii=6, response_directions=48, components=8,
)  # fmt: skip
CELLS = [f"{time}, low target, {start}, m = {m}" for time in ("τ = 10", "τ = 30")
         for start in moving.STARTS for m in (16, 64)]  # fmt: skip
ON, OFF, WIDE = Interval(1, 0.95, 1.05, 9), Interval(1.2, 1.15, 1.25, 9), Interval(1, 0.8, 1.2, 9)


def found(**changes):
    """The mean loss as predicted in every cell, but for these."""
    ratios = {**dict.fromkeys(CELLS, ON), **changes}
    measured = dict.fromkeys(CELLS, Interval(9.0, 8.0, 10.0))
    return Found(ratio=ratios, excess=np.full((2, 1, 2, 2), 8.04), measured_excess=measured)


@pytest.fixture(scope="module")
def small():
    return run_with_control(CLAIM, SMALL)


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "changes"),
    [
        (HOLDS, {}),
        (HOLDS, {CELLS[0]: Interval(1.0, 0.9, 1.1)}),
        (OPEN, {CELLS[0]: WIDE}),
        (IN_PART, {CELLS[0]: OFF}),
        (IN_PART, {CELLS[0]: OFF, CELLS[5]: WIDE}),
        (FAILS, dict.fromkeys(CELLS, OFF)),
        (OPEN, {CELLS[0]: student_interval(np.array([1.0, np.nan]))}),
    ],
)
def test_every_branch_of_judge(verdict, changes):
    assert CLAIM.judge(SMALL, found(**changes)).verdict == verdict


def test_the_reason_names_the_cells_and_the_sentence_the_cost():
    reason = CLAIM.judge(SMALL, found(**{CELLS[5]: OFF, CELLS[4]: OFF})).reason
    assert f"1 [0.95, 1.05], B 8.0 where 9 [8, 10] was measured ({CELLS[0]})" in reason
    assert "Refuted: mean loss at τ = 30 (low target, antisymmetric, m = 16, 64)" in reason
    assert "1.13 times what the limit loses (antisymmetric start, m = 64, τ = 30)" in CLAIM.explain(
        SMALL, found()
    )


def test_the_criterion_speaks_of_the_sizes_of_the_run():
    text = CLAIM.criterion(SMALL)
    assert text.startswith("Low target, τ = 10, τ = 30, m = 64, each start: the mean loss of 96")


# --- reference ------------------------------------------------------------------------------------


def test_the_prediction_is_the_limit_times_one_and_the_excess_over_the_width(small):
    sizes = dataclasses.replace(SMALL, seeds=2)
    cell, grid = Cell(start="independent", target="low", width=64), mn.uniform_angles(24)
    start = evolving.mean_field_start(12, 48, angles=grid)
    losses = evolving.mean_field_descent(
        start, lambda y: mn.objective(grid, y), mn.fourier_sum(grid, TARGETS["low"]), 64, 0.5, 60
    )[1]
    limit = mean_field_fluctuation.measure_limit(sizes, cell, None)["loss"]
    assert_close(limit, losses[[20, 60]], 1e-10)
    excess = evolving.mean_loss_excess(
        TARGETS["low"], 64, 1.0, [10, 30], antisymmetric=False, points=24, radii=6, directions=48,
        components=8,
    )  # fmt: skip
    assert_close(small.found.excess[1, 0, 0], excess, 1e-10)
    assert_close(small.found.predicted[1, 0, 0], limit * (1 + excess / 64), 1e-10)
    cell = "τ = 30, low target, independent, m = 64"  # the last time of the second start
    assert list(small.found.ratio)[-1] == cell
    ratio, measured = small.found.ratio[cell].mean, small.found.measured_excess[cell].mean
    assert_close(measured, 64 * (ratio * (1 + excess[1] / 64) - 1), 1e-8)


def test_networks_their_gains_and_their_turning_are_those_of_plain_descent():
    cell, sizes = Cell(start="independent", target="low", width=8), SMALL
    part = mean_field_fluctuation.measure(sizes, cell, np.random.default_rng(2), 2)
    rng, grid = np.random.default_rng(2), mn.uniform_angles(24)
    targets = sum(np.cos(k * grid + 0.3 * k) for k in (1, 2, 3))
    for number, params in enumerate([mn.initialise(8, rng) for _ in range(2)]):
        start = mn.fast.population_low_frequency_block(params, 4)
        for _ in range(60):
            gradient = mn.loss_and_gradient(params, grid, targets)[1]
            params = mn.unflatten(mn.flatten(params) - 0.5 * mn.flatten(gradient), params)
        assert_close(part["loss"][number, 1], mn.loss(mn.forward(params, grid), targets), 1e-9)
        change = mn.fast.population_low_frequency_block(params, 4) - start
        assert_close(part["change"][number], change, 1e-8)
        gains = mean_field_fluctuation._gains(change[None])[0]
        assert_close(gains[1:], [(change[j, j] + change[j + 1, j + 1]) / 2 for j in (1, 3, 5, 7)],
                     1e-12)  # fmt: skip
        off = sum(change[i, j] ** 2 for i in range(9) for j in range(9) if i != j)
        assert_close(mean_field_fluctuation._turning(change), np.sqrt(off), 1e-12)


# --- theorem --------------------------------------------------------------------------------------


def test_the_prediction_is_near_and_a_response_of_another_motion_fails(small):
    assert all(abs(ratio.mean - 1) < 0.15 for ratio in small.found.ratio.values())
    assert small.control.verdict == FAILS


def test_its_figure_has_a_title_labels_and_finite_data(small):
    figure, axes = plt.subplots(CLAIM.panels)
    CLAIM.draw(SMALL, small.found, list(axes))
    for axis in axes:
        assert all((axis.get_title(), axis.get_xlabel(), axis.get_ylabel(), axis.get_legend()))
        assert all(np.isfinite(line.get_ydata()).all() for line in axis.lines)
    plt.close(figure)


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["limit", "response"])
def test_a_wrong_limit_or_response_cannot_hold(part, monkeypatch, small):
    name = {"limit": "mean_field_descent", "response": "mean_loss_excess"}[part]
    true = getattr(mean_field_fluctuation, name)

    def wrong(*arguments, **named):
        found = true(*arguments, **named)
        return 20 * found if part == "response" else (found[0], 1.3 * found[1])

    monkeypatch.setattr(mean_field_fluctuation, name, wrong)
    assert run_claim(ALONE, SMALL, 0).verdict.verdict == FAILS
    assert small.verdict.verdict != FAILS


def test_one_network_decides_nothing():
    sizes = dataclasses.replace(SMALL, seeds=1, at_steps=(2, 6))
    assert run_claim(ALONE, sizes, 0).verdict.verdict == OPEN
