"""The claim on which kernel wins where: its map, its limit, its verdict and its figure."""

import functools
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import minintk as mn
from minintk import evolving
from minintk.claims import winners
from minintk.claims.beyond import evolving_or_frozen
from minintk.claims.beyond.evolving_or_frozen import CLAIM, Sizes
from minintk.claims.claim import Cell, Found, Unit, arrays, run_claim, run_unit
from minintk.claims.statistics import FAILS, HOLDS, IN_PART, OPEN, Interval
from tests.reference.canvas import Canvas
from tests.reference.claim_runs import run_with_control
from tests.reference.closeness import assert_close
from tests.reference.found import without_control
from tests.reference.tampering import with_losses

pytestmark = [pytest.mark.evolving, pytest.mark.claims]

ROOT = Path(__file__).parents[2]
SIZES = Sizes(
    frequencies=(1, 8), amplitudes=(2.0,), widths=(16, 64), at_steps=(20, 50, 200), points=32,
    seeds=8, radii=8, directions_per_point=1,
)  # fmt: skip
MADE = Sizes(
    frequencies=(1, 3), amplitudes=(0.5, 1.0), widths=(32, 64, 128), at_steps=(4, 80), seeds=4
)


@functools.cache
def outcome():
    return run_with_control(CLAIM, SIZES)


def made_found():
    rng = np.random.default_rng(3)
    evolving_loss, frozen_loss = rng.random((2, 2, 2, 3, 4, 2))
    return evolving_or_frozen.found_of(MADE, evolving_loss, frozen_loss, rng.random((2, 2, 3, 2)))


def share(mean, half=0.0):
    return Interval(mean, mean - half, mean + half, 16)


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, HOLDS),
        ({"wins_late": share(0.94)}, IN_PART),
        ({"wins_late": share(0.96, 0.02)}, OPEN),
        ({"wins_early": share(0.11)}, IN_PART),
        ({"wins_early": share(0.11, 0.02)}, OPEN),
        ({"wins_early": share(np.nan)}, OPEN),
        ({"wins_late": share(np.nan), "wins_early": share(np.nan)}, OPEN),
        ({"wins_early": None}, OPEN),  # no such cell
        ({"not_finite": 1}, FAILS),
        ({"wins_early": share(0.11), "wins_late": share(0.9)}, FAILS),
    ],
)
def test_the_borders_and_the_words_of_the_map(changes, verdict):
    often = {"k = 1": 0.1, "k = 2": 0.74, "k = 3": 0.02}
    found = {
        **vars(made_found()), "wins_late": share(0.95), "wins_early": share(0.10),
        "wins_between": share(0.76), "wins_early_by_frequency": often, **changes,
    }  # fmt: skip
    told = evolving_or_frozen.judge(MADE, Found(**found))
    assert told.verdict == verdict
    if verdict == HOLDS:
        for words in ("wins in 95.0 [", "in 10.0 [", "10 % for k = 2: 74 %)", "in 76.0 ["):
            assert words in told.reason


def test_a_tie_counts_for_the_evolving_kernel():
    wins, learned = np.array([[[[0.5, 0.5]]], [[[0.25, 0.75]]]]), np.array([[1.0, 9.0], [1.0, 9.0]])
    for theory, right in ((True, (1, 2)), (False, (1, 0))):
        found, named = winners.told(wins, np.full(wins.shape, theory), learned)
        early = f"early, {'evolving' if theory else 'frozen'}"
        assert (found[early], found["late"]) == right
        assert (named[early], named["late"]) == (2, 2)


def test_the_criterion_says_the_sizes_of_the_run():
    assert "k = 1, 8, A = 2, m = 16, 64, n = 32:" in CLAIM.criterion(SIZES)


# --- reference ------------------------------------------------------------------------------------


def test_the_theory_of_the_map_is_told_by_what_it_names():
    found = outcome().found
    theory = found.mean_field_loss < found.frozen_loss.mean(axis=3)
    majority = (found.evolving_loss < found.frozen_loss).mean(axis=3) >= 0.5
    late = np.broadcast_to((found.learned > 3)[:, None, None], theory.shape)
    for name, cells in (
        ("late", late),
        ("early, evolving", ~late & theory),
        ("early, frozen", ~late & ~theory),
    ):
        assert found.named[name] == cells.sum()
        assert found.right[name] == (cells & (theory == majority)).sum()


def test_the_shares_are_over_the_cells_of_every_seed():
    found = made_found()
    wins = found.evolving_loss < found.frozen_loss
    cells = np.broadcast_to((found.learned > 12)[:, None, None], (2, 2, 3, 2))
    each = [wins[:, :, :, seed][cells].mean() for seed in range(4)]
    assert abs(found.wins_late.mean - np.mean(each)) < 1e-14
    assert found.wins_late.seeds == 4
    assert found.cells[0] == cells.sum()


def test_a_network_is_measured_as_it_would_be_alone():
    part = evolving_or_frozen.measure(
        MADE, Cell(row=1, width=32, amplitude=0.5), np.random.default_rng(4), 2
    )
    rng, grid = np.random.default_rng(4), mn.uniform_angles(64)
    y = 0.5 * np.cos(3 * grid)
    for seed in range(2):
        start = mn.initialise(32, rng, antisymmetric=True)
        losses = mn.gradient_descent(start, mn.objective(grid, y), 0.5, 80)[1]
        assert_close(part["evolving"][seed], losses[[4, 80]], 1e-9)
        kernel, output = mn.empirical_ntk(start, grid), np.zeros(64)
        for step in range(1, 81):
            output = output - 0.5 / 64 * kernel @ (output - y)
            if step in (4, 80):
                place = (4, 80).index(step)
                assert_close(part["frozen"][seed, place], ((output - y) ** 2).mean() / 2, 1e-9)


def test_the_limit_of_the_map_by_amplitude_and_width():
    # Cells of one A/√m share a limit; each must be that of its own amplitude and width.
    size = Sizes(
        frequencies=(1, 2), amplitudes=(0.5, 1.0, 2.0), widths=(4, 16), at_steps=(3, 20),
        points=12, seeds=1, radii=4, directions_per_point=1,
    )  # fmt: skip
    found = run_with_control(CLAIM, size).found
    assert len(size.strengths) == 4  # A²/m: ¼, 1, 4 … over 16
    grid = mn.uniform_angles(12)
    start = evolving.mean_field_start(4, 12, angles=grid)
    for row, k in enumerate(size.frequencies):
        for column, amplitude in enumerate(size.amplitudes):
            for place, width in enumerate(size.widths):
                losses = evolving.mean_field_descent(
                    start, functools.partial(mn.objective, grid), amplitude * np.cos(k * grid),
                    width, 0.5, 20,
                )[1]  # fmt: skip
                assert_close(found.mean_field_loss[row, column, place], losses[[3, 20]], 1e-11)


def test_the_kept_map_is_that_of_the_full_size_and_gives_its_verdict():
    path = ROOT / "tutorials" / "data"
    with np.load(path / "evolving_or_frozen.npz") as file:
        kept = dict(file)  # each read once
    losses = (kept[f"{name}_loss"] for name in ("evolving", "frozen", "mean_field"))
    found = evolving_or_frozen.found_of(CLAIM.full, *losses)
    for name, array in arrays(found).items():
        assert_close(array, kept[name], 1e-14, name)
    verdict = evolving_or_frozen.judge(CLAIM.full, found)
    assert verdict.verdict == HOLDS, verdict.reason
    assert round(found.wins_late.mean, 3) == 0.977, found.wins_late
    assert round(found.wins_early.mean, 3) == 0.064, found.wins_early
    assert found.right == {"late": 335, "early, evolving": 129, "early, frozen": 671}
    assert found.named == {"late": 336, "early, evolving": 337, "early, frozen": 671}
    command = "minintk reproduce --full --claims evolving_or_frozen"
    assert command in (path / "README.md").read_text("utf-8")


def test_a_cell_of_the_kept_map_is_measured_again():
    full = CLAIM.full
    assert full.block >= full.seeds, "the starts of a cell are one block"
    with np.load(ROOT / "tutorials" / "data" / "evolving_or_frozen.npz") as file:
        kept = file["evolving_loss"][6, 2, 0], file["frozen_loss"][6, 2, 0]
    part = run_unit(CLAIM, full, Unit("networks", (6, 0, 2), 0, full.seeds, 1.0), 0)
    assert_close(part["evolving"] / kept[0], np.ones_like(kept[0]), 1e-9)
    assert_close(part["frozen"] / kept[1], np.ones_like(kept[1]), 1e-9)


def test_the_map_draws_every_cell_under_its_own_label():
    found, axes = made_found(), [Canvas(), Canvas()]
    evolving_or_frozen.draw(MADE, found, axes)
    wins = (found.evolving_loss < found.frozen_loss).mean(axis=3) >= 0.5
    theory = found.mean_field_loss < found.frozen_loss.mean(axis=3)
    labels = {
        "evolving wins, as theory says": wins & theory,
        "frozen wins, as theory says": ~wins & ~theory,
        "evolving wins against theory": wins & ~theory,
        "frozen wins against theory": ~wins & theory,
    }
    drawn = {options["label"]: arguments for arguments, options in axes[1].of("plot")}
    assert set(drawn) == set(labels)
    for label, chosen in labels.items():
        x = np.broadcast_to(found.learned[:, None, None], chosen.shape)[chosen]
        assert chosen.any()
        assert (drawn[label][0] == x).all(), label
        lazy = np.array(MADE.amplitudes)[:, None] / np.sqrt(MADE.widths)
        y = np.broadcast_to(lazy[None, :, :, None], chosen.shape)[chosen]
        assert (np.abs(np.log(drawn[label][1] / y)) < 0.12).all(), "beside its own place"


def test_the_map_fills_what_the_criterion_looks_at():
    found, axes = made_found(), [Canvas(), Canvas()]
    evolving_or_frozen.draw(MADE, found, axes)
    shares = (found.evolving_loss < found.frozen_loss).mean(axis=(1, 3))
    points = [call for call in axes[0].of("plot") if "fillstyle" in call[1]]
    assert len(points) == 6
    for number, ((x, y), options) in enumerate(points):
        column, full = number // 2, number % 2 == 0
        early = (found.learned < 2) & (MADE.widths[column] >= 64)
        chosen = (early | (found.learned > 12)) == full
        assert options["fillstyle"] == ("full" if full else "none")
        assert (x == found.learned[chosen]).all()
        assert np.allclose(y, 100 * shares[:, column][chosen], rtol=1e-13)


# --- rate -----------------------------------------------------------------------------------------


def test_the_limit_of_the_map_is_converged_late():
    # cos 3t at the A/√m of A = ¼, m = 256: with 24 directions the last loss is 5 % off
    losses = [
        evolving_or_frozen.measure_limit(
            Sizes(frequencies=(3,), at_steps=(100, 200), **nodes),
            Cell(row=0, strength=Fraction(1, 4096)),
            np.random.default_rng(0),
        )["loss"]
        for nodes in ({"directions_per_point": 2}, {"radii": 24, "directions_per_point": 3})
    ]
    assert_close(losses[0] / losses[1], np.ones(2), 0.0025)


# --- argument checks ------------------------------------------------------------------------------


def test_the_map_fails_late_without_the_fluctuation_of_the_frozen_kernel(monkeypatch):
    # Frozen networks with the kernel of infinite width: late they are no longer crippled.
    assert outcome().verdict.verdict == HOLDS, outcome().verdict
    assert outcome().control.verdict == FAILS, outcome().control
    monkeypatch.setattr(
        evolving_or_frozen, "factorised_ntk", lambda params, angles: mn.infinite_ntk(angles)
    )
    after = run_claim(without_control(CLAIM), SIZES, 0)
    assert after.found.wins_late.mean < 0.5
    assert after.verdict.verdict == IN_PART


def test_a_limit_without_sense_is_told(monkeypatch):
    before, wrong = outcome().found, with_losses(evolving.mean_field_descent, 1e9)
    monkeypatch.setattr(evolving_or_frozen, "mean_field_descent", wrong)
    after = run_claim(without_control(CLAIM), SIZES, 0).found
    assert after.named["early, evolving"] == 0
    assert after.right != before.right


@pytest.mark.parametrize("name", ["evolving", "frozen", "mean_field"])
def test_a_loss_that_is_not_finite_fails_the_map(name):
    losses = {
        key: getattr(outcome().found, f"{key}_loss").copy()
        for key in ("evolving", "frozen", "mean_field")
    }
    losses[name][0, 0, 0, ..., -1] = np.nan
    broken = evolving_or_frozen.found_of(SIZES, *losses.values())
    verdict = evolving_or_frozen.judge(SIZES, broken)
    assert verdict.verdict == FAILS, verdict
    assert "not finite" in verdict.reason
