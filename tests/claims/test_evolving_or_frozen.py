"""The claim on which kernel wins where: its map, its limit, its verdict and its figure."""

import dataclasses
import functools
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import minintk as mn
from minintk import evolving
from minintk.claims import CLAIMS
from minintk.claims.beyond import (
    evolving_or_frozen,
)
from minintk.claims.claim import (
    FAILS,
    HOLDS,
    IN_PART,
    arrays,
    measure,
)
from tests.reference.beyond_records import record_of, sized
from tests.reference.canvas import Canvas
from tests.reference.closeness import assert_close

pytestmark = [pytest.mark.evolving, pytest.mark.claims]


ROOT = Path(__file__).parents[2]


def map_record():
    size = evolving_or_frozen.Configuration(
        frequencies=(1, 3), amplitudes=(0.5, 1.0), widths=(32, 64, 128), at_steps=(4, 80), seeds=4
    )
    rng, parts = np.random.default_rng(3), []
    for unit in evolving_or_frozen.units(size):
        if unit.key[3] == evolving_or_frozen._NETWORKS:
            losses = rng.random((2, 4, 2))
            parts.append({"evolving": losses[0], "frozen": losses[1]})
        else:
            parts.append({"mean_field": rng.random(2)})
    return evolving_or_frozen.collect(size, parts)


def map_parts(size, losses):
    """The units' results of which `collect` makes the map, from the losses in it."""
    claim, parts = CLAIMS["evolving_or_frozen"], []
    strengths = evolving_or_frozen._strengths(size)
    for unit in claim.units(size):
        row, width, column, kind = unit.key
        if kind == evolving_or_frozen._NETWORKS:
            cell = row, column, size.widths.index(width)
            names = ("evolving", "frozen")
            parts.append({name: losses[f"{name}_loss"][cell] for name in names})
        else:
            column, place = next(
                (c, p)
                for c, amplitude in enumerate(size.amplitudes)
                for p, m in enumerate(size.widths)
                if Fraction(amplitude) ** 2 / m == strengths[width]
            )
            loss = losses["mean_field_loss"][row, column, place]
            parts.append({"mean_field": loss / size.amplitudes[column] ** 2})
    return parts


# --- by hand --------------------------------------------------------------------------------------


def test_the_borders_and_the_words_of_the_map():
    record = dataclasses.replace(
        map_record(),
        wins_late=0.95, wins_early=0.10, wins_between=0.76,
        wins_early_by_frequency={"k = 1": 0.1, "k = 2": 0.74, "k = 3": 0.02},
    )  # fmt: skip
    verdict, reason = evolving_or_frozen.judge(record)
    assert verdict == HOLDS
    for words in ("wins in 95 %", "in 10 % where", "10 % for k = 2: 74 %)", "in 76 % between"):
        assert words in reason


def test_a_tie_counts_for_the_evolving_kernel():
    wins, learned = np.array([[[[0.5, 0.5]]], [[[0.25, 0.75]]]]), np.array([[1.0, 9.0], [1.0, 9.0]])
    for theory, right in ((True, (1, 2)), (False, (1, 0))):
        found, named = evolving_or_frozen._told(wins, np.full(wins.shape, theory), learned)
        early = f"early, {'evolving' if theory else 'frozen'}"
        assert (found[early], found["late"]) == right
        assert (named[early], named["late"]) == (2, 2)


# --- reference ------------------------------------------------------------------------------------


def test_the_theory_of_the_map_is_told_by_what_it_names():
    record = record_of("evolving_or_frozen")
    theory = record.mean_field_loss < record.frozen_loss.mean(axis=3)
    majority = (record.evolving_loss < record.frozen_loss).mean(axis=3) >= 0.5
    late = np.broadcast_to((record.learned > 3)[:, None, None], theory.shape)
    for name, cells in (
        ("late", late),
        ("early, evolving", ~late & theory),
        ("early, frozen", ~late & ~theory),
    ):
        assert record.named[name] == cells.sum()
        assert record.right[name] == (cells & (theory == majority)).sum()
    assert record.predicted == (theory == majority).sum()
    judge = CLAIMS["evolving_or_frozen"].judge
    named = dict.fromkeys(record.named, 5)
    for early, words in (
        ((5, 5), "there it does not err"),
        ((4, 5), "naming evolving where frozen wins"),
        ((5, 4), "naming frozen where evolving wins"),
        ((4, 4), "it errs to both sides"),
    ):
        right = dict(zip(named, (5, *early), strict=True))
        told = dataclasses.replace(record, named=named, right=right)
        assert words in judge(told).reason


def test_the_limit_of_the_map_by_amplitude_and_width():
    # Cells of one A/√m share a limit; each must be that of its own amplitude and width.
    size = evolving_or_frozen.Configuration(
        frequencies=(1, 2), amplitudes=(0.5, 1.0, 2.0), widths=(4, 16), at_steps=(3, 20),
        points=12, seeds=1, radii=4, directions_per_point=1,
    )  # fmt: skip
    record = measure(CLAIMS["evolving_or_frozen"], size, seed=0)
    assert len(CLAIMS["evolving_or_frozen"].units(size)) == 12 + 2 * 4  # A²/m: ¼, 1, 4 … over 16
    grid = mn.uniform_angles(12)
    start = evolving.mean_field_start(4, 12, angles=grid)
    for row, k in enumerate(size.frequencies):
        for column, amplitude in enumerate(size.amplitudes):
            for place, width in enumerate(size.widths):
                losses = evolving.mean_field_descent(
                    start, functools.partial(mn.objective, grid), amplitude * np.cos(k * grid),
                    width, 0.5, 20,
                )[1]  # fmt: skip
                assert_close(record.mean_field_loss[row, column, place], losses[[3, 20]], 1e-11)


def test_the_kept_map_is_that_of_the_full_size_and_gives_its_verdict():
    claim, path = CLAIMS["evolving_or_frozen"], ROOT / "tutorials" / "data"
    full = claim.full
    with np.load(path / "evolving_or_frozen.npz") as file:
        kept = dict(file)  # each read once
    record = claim.collect(full, map_parts(full, kept))
    for name, array in arrays(record).items():
        assert_close(array, kept[name], 1e-14, name)
    verdict, reason = claim.judge(record)
    assert verdict == HOLDS, reason
    assert round(record.wins_late, 3) == 0.977, record.wins_late
    assert round(record.wins_early, 3) == 0.064, record.wins_early
    assert (record.predicted, record.cells) == (1135, 1344)
    assert record.right == {"late": 335, "early, evolving": 129, "early, frozen": 671}
    assert record.named == {"late": 336, "early, evolving": 337, "early, frozen": 671}
    command = "minintk reproduce --full --claims evolving_or_frozen"
    assert command in (path / "README.md").read_text("utf-8")


def test_the_map_draws_every_cell_under_its_own_label():
    record, axes = map_record(), [Canvas(), Canvas()]
    evolving_or_frozen.draw(record, axes)
    wins = (record.evolving_loss < record.frozen_loss).mean(axis=3) >= 0.5
    theory = record.mean_field_loss < record.frozen_loss.mean(axis=3)
    labels = {
        "evolving wins, as theory says": wins & theory,
        "frozen wins, as theory says": ~wins & ~theory,
        "evolving wins against theory": wins & ~theory,
        "frozen wins against theory": ~wins & theory,
    }
    drawn = {options["label"]: arguments for arguments, options in axes[1].of("plot")}
    assert set(drawn) == set(labels)
    for label, chosen in labels.items():
        x = np.broadcast_to(record.learned[:, None, None], chosen.shape)[chosen]
        assert chosen.any()
        assert (drawn[label][0] == x).all(), label
        lazy = np.array(record.amplitudes)[:, None] / np.sqrt(record.widths)
        y = np.broadcast_to(lazy[None, :, :, None], chosen.shape)[chosen]
        assert (np.abs(np.log(drawn[label][1] / y)) < 0.12).all(), "beside its own place"


def test_the_map_fills_what_the_criterion_looks_at():
    record, axis = map_record(), Canvas()
    evolving_or_frozen._draw_shares(record, axis)
    shares = (record.evolving_loss < record.frozen_loss).mean(axis=(1, 3))
    points = [call for call in axis.of("plot") if "fillstyle" in call[1]]
    assert len(points) == 6
    for number, ((x, y), options) in enumerate(points):
        column, full = number // 2, number % 2 == 0
        early = (record.learned < 2) & (record.widths[column] >= 64)
        chosen = (early | (record.learned > 12)) == full
        assert options["fillstyle"] == ("full" if full else "none")
        assert (x == record.learned[chosen]).all()
        assert np.allclose(y, 100 * shares[:, column][chosen], rtol=1e-13)


# --- rate -----------------------------------------------------------------------------------------


def test_the_limit_of_the_map_is_converged_late():
    # cos 3t at the laziness of A = ¼, m = 256: with 24 directions the last loss is 5 % off
    fine = {"radii": 32, "directions_per_point": 4}
    losses = [
        evolving_or_frozen._limit(
            evolving_or_frozen.Configuration(at_steps=(100, 200), **nodes), 3, Fraction(1, 4096)
        )
        for nodes in ({}, fine)
    ]
    assert_close(losses[0] / losses[1], np.ones(2), 0.0025)


# --- refusal --------------------------------------------------------------------------------------


def test_the_map_fails_without_the_fluctuation_of_the_frozen_kernel(monkeypatch):
    # Frozen networks with the kernel of infinite width: late they are no longer crippled.
    claim, size = CLAIMS["evolving_or_frozen"], sized("evolving_or_frozen")
    before = record_of("evolving_or_frozen")
    assert claim.judge(before).verdict == HOLDS, claim.judge(before)
    monkeypatch.setattr(
        evolving_or_frozen, "factorised_ntk", lambda params, angles: mn.infinite_ntk(angles)
    )
    after = measure(claim, size, seed=0)
    assert after.wins_late < 0.5
    assert claim.judge(after).verdict == IN_PART


@pytest.mark.parametrize("name", ["evolving", "frozen", "mean_field"])
def test_a_loss_that_is_not_finite_fails_the_map(name):
    claim, size = CLAIMS["evolving_or_frozen"], sized("evolving_or_frozen")
    record = record_of("evolving_or_frozen")
    assert claim.judge(claim.collect(size, map_parts(size, vars(record)))).verdict == HOLDS
    losses = getattr(record, f"{name}_loss").copy()
    losses[0, 0, 0, ..., -1] = np.nan
    broken = claim.collect(size, map_parts(size, {**vars(record), f"{name}_loss": losses}))
    verdict, reason = claim.judge(broken)
    assert verdict == FAILS, reason
    assert "not finite" in reason
    assert np.isnan(broken.wins_late) == (name != "mean_field"), "an unknown winner is no winner"
