"""The claim on the two phases of a target: its shares and ratios over the networks."""

import dataclasses

import numpy as np
import pytest

import minintk as mn
from minintk import evolving, fast
from minintk.claims.beyond import phase_split
from minintk.claims.beyond.phase_split import CLAIM, Sizes
from minintk.claims.claim import Cell, Found, run_claim
from minintk.claims.statistics import FAILS, HOLDS, IN_PART, OPEN, Interval, share_interval
from tests.reference.canvas import Canvas
from tests.reference.claim_runs import run_with_control
from tests.reference.closeness import assert_close
from tests.reference.found import outcome, without_control
from tests.reference.tampering import at_another_width

pytestmark = [pytest.mark.evolving, pytest.mark.claims]

TINY = Sizes(
    widths=(8, 16), learning_rate=1.0, at_steps=(5, 10), neurons=16, seeds=3, block=2, radii=4,
    directions=8,
)  # fmt: skip


def made_found():
    """What `find` makes of changes at random, and what it was made of."""
    size = Sizes(widths=(64, 128, 256), neurons=128, seeds=4)
    rng = np.random.default_rng(1)
    change, limit = rng.uniform(-0.9, 0.9, (2, 3, 4, 2, 2)), rng.uniform(1, 2, (2, 3, 2, 2))
    each = np.broadcast_to(np.array([2, 1, 1])[:, None], (2, 3, 4))
    counts = {name: rng.integers(0, 2, (2, 3, 4, 2)) * each[..., None] for name in
              ("own_falls", "shifted_rises", "average_rises")}  # fmt: skip
    networks = {"change": change, "networks": each, **counts}
    return (
        networks,
        limit,
        phase_split.find(size, {"networks": networks, "limit": {"change": limit}}),
    )


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lows", "highs", "verdict"),
    [
        ((0.8, 0.9), (1.0, 1.0), HOLDS),
        ((0.79, 0.9), (1.0, 1.0), OPEN),
        ((0.5, 0.9), (0.79, 1.0), IN_PART),
        ((0.5, 0.5), (0.79, 0.79), FAILS),
        ((np.nan, np.nan), (np.nan, np.nan), OPEN),
    ],
)
def test_the_borders_of_the_criterion(lows, highs, verdict):
    shares = {
        f"cell {low}": Interval((low + high) / 2, low, high, 9)
        for low, high in zip(lows, highs, strict=True)
    }
    if np.isnan(lows[0]):
        shares = {"cell": Interval(np.nan, -np.inf, np.inf, 9)}
    found = Found(**{**vars(made_found()[2]), "shares": shares})
    assert phase_split.judge(Sizes(), found).verdict == verdict


def test_the_interval_of_a_share_by_hand():
    all_of = share_interval(np.ones(20, dtype=bool))  # p^20 = 0.025
    assert abs(all_of.low - 0.025**0.05) < 1e-12
    assert all_of.high == 1
    one = share_interval(np.arange(2) < 1)  # 1 − (1 − p)² = 0.025
    assert abs(one.low - (1 - np.sqrt(0.975))) < 1e-12
    assert abs(one.high - np.sqrt(0.975)) < 1e-12
    assert share_interval(np.zeros(3, dtype=bool)).low == 0


def test_the_criterion_says_the_sizes_of_the_run():
    assert "A = 1, τ = 5 and 10, k = 3 and 5, m = 8 and 16" in CLAIM.criterion(TINY)


# --- reference ------------------------------------------------------------------------------------


def test_the_shares_and_ratios_are_over_all_networks():
    networks, limit, found = made_found()
    for cell in np.ndindex(2, 3, 2):
        row, column, time = cell
        total = networks["networks"][row, column].sum()
        k, m, tau = (3, 5)[row], (64, 128, 256)[column], (50, 100)[time]
        for name, words in (("own_falls", "own falls"), ("shifted_rises", "shifted rises")):
            share = found.shares[f"{words} at k = {k}, m = {m}, τ = {tau}"].mean
            assert share == networks[name][row, column, :, time].sum() / total
    rises = networks["average_rises"].sum(axis=2) / networks["networks"].sum(axis=2)[..., None]
    assert abs(found.average_rises - rises.mean()) < 1e-14
    ratios = networks["change"].sum(axis=2) / 4 / limit
    assert_close(found.mean_field_ratio, [ratios.min(), ratios.max()], 1e-13)
    assert len(found.shares) == 2 * 3 * 2 * 2
    assert found.shares["own falls at k = 3, m = 64, τ = 50"].seeds == 8


def test_a_network_is_measured_as_it_would_be_alone():
    part = phase_split.measure(TINY, Cell(frequency=3, width=8), np.random.default_rng(2), 2)
    rng = np.random.default_rng(2)
    rate, changes = mn.fourier_eigenvalues(3)[3], []
    for _ in range(4):  # two side by side for each seed
        start = mn.initialise(8, rng, antisymmetric=True)
        objective = fast.population_objective(mn.target_coefficients((3,), shift=0.0))
        blocks = [fast.population_low_frequency_block(start, 3)]
        for steps in TINY.at_steps:
            trained, _ = mn.gradient_descent(start, objective, 1.0, steps)
            blocks.append(fast.population_low_frequency_block(trained, 3))
        changes.append([8 * (block - blocks[0]).diagonal()[[5, 6]] / rate for block in blocks[1:]])
    changes = np.array(changes).reshape(2, 2, 2, 2)
    assert_close(part["change"], changes.mean(axis=1), 1e-9)
    assert (part["own_falls"] == (changes[..., 0] < 0).sum(axis=1)).all()
    assert (part["shifted_rises"] == (changes[..., 1] > 0).sum(axis=1)).all()
    assert (part["networks"] == 2).all()


# --- argument checks ------------------------------------------------------------------------------


def test_a_limit_of_another_width_is_seen(monkeypatch):
    before = outcome(CLAIM, TINY)
    wrong = at_another_width(evolving.mean_field_descent, 4.0)
    monkeypatch.setattr(phase_split, "mean_field_descent", wrong)
    after = run_claim(without_control(CLAIM), TINY, 0)
    assert (after.found.change == before.found.change).all()
    assert np.abs(after.found.mean_field / before.found.mean_field - 1).max() > 0.05


def test_the_control_fails_and_the_quick_sizes_hold():
    sizes = dataclasses.replace(CLAIM.quick, widths=(64,), frequencies=(5,), seeds=16)
    found = run_with_control(CLAIM, sizes)
    assert found.control.verdict == FAILS
    assert found.verdict.verdict == HOLDS, found.verdict


def test_the_figure_has_a_panel_for_every_frequency():
    axes = [Canvas(), Canvas()]
    CLAIM.draw(TINY, outcome(CLAIM, TINY).found, axes)
    assert all(len(axis.of("errorbar")) == 2 for axis in axes)
