"""The claim on the evolving kernel: its verdict, its reasons and what it measures."""

import dataclasses
import zlib

import matplotlib.pyplot as plt
import numpy as np
import pytest

import minintk as mn
from minintk.claims import moving
from minintk.claims.claim import Cell, Found, arrays, run_claim, summary
from minintk.claims.statistics import (
    FAILS,
    HOLDS,
    IN_PART,
    OPEN,
    Interval,
    share_interval,
    student_interval,
)
from minintk.claims.study import evolving
from minintk.claims.targets import TARGETS
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.claims

CLAIM = evolving.CLAIM
TINY = evolving.Sizes(
    widths=(8,), wide=(16,), points=24, steps=10, seeds=3, wide_seeds=2, block=2
)  # fmt: skip
SMALL = evolving.Sizes(
    widths=(16, 64), wide=(128,), points=24, steps=400, seeds=12, wide_seeds=6, block=6
)
CELLS = [moving.cell_of(target, width) for target in ("low", "high") for width in (16, 64, 128)]
SURE, NEVER = Interval(1.0, 0.95, 1.0, 64), Interval(0.0, 0.0, 0.05, 64)
TOSS = Interval(0.5, 0.3, 0.7, 64)
ABOVE, AROUND, UNDER = (Interval(x, x - 0.1, x + 0.1, 64) for x in (1.0, 0.0, -1.0))
MARGINAL = Interval(0.1, 0.0, 0.2, 64)
NONE = Interval(0.0, -0.02, 0.05, 64)  # no improvement
UNKNOWN = student_interval(np.array([1.0, 2.0, np.nan]))
GAINS = [f"gain of k = {k}, {target} target" for target in ("low", "high") for k in (0, 1)]


def found(shares=(), gains=(), improvements=()):
    """Everything as the statement says, but for these changes, by cell, gain and measure."""
    return Found(
        share_evolving_lower={**dict.fromkeys(CELLS, SURE), **dict(shares)},
        lowest_gains={**dict.fromkeys(GAINS, ABOVE), **dict(gains)},
        improvements={
            measure.name: {**dict.fromkeys(CELLS, NONE), **dict(improvements).get(measure.name, {})}
            for measure in moving.BASIS
        },
        improved_by_first_form="none",
    )


@pytest.fixture(scope="module")
def small():
    return run_claim(CLAIM, SMALL, seed=0)


# --- by hand --------------------------------------------------------------------------------------

LOW_16, LOW_128, HIGH_16, HIGH_64 = CELLS[0], CELLS[2], CELLS[3], CELLS[4]
JUDGED = [
    (HOLDS, {}, "evolving has the lower loss in 100 % (low target, m = 16)"),
    (HOLDS, {"shares": {LOW_16: Interval(0.95, 0.9, 0.99)}}, "95 % (low target, m = 16)"),
    (OPEN, {"shares": {LOW_16: Interval(0.95, 0.89, 0.99)}}, "wins in 90 % (low target, m = 16)"),
    (IN_PART, {"shares": {HIGH_64: Interval(0.8, 0.7, 0.89)}}, "90 % (high target, m = 64)."),
    (HOLDS, {"shares": {LOW_128: Interval(0.6, 0.5, 0.7)}}, "60 % (low target, m = 128)"),
    (OPEN, {"shares": {LOW_128: TOSS}}, "wins in most (low target, m = 128)"),
    (IN_PART, {"shares": {LOW_128: NEVER}}, "Refuted: evolving wins in most (low target, m = 128)"),
    (IN_PART, {"shares": {HIGH_16: NEVER}}, "Refuted: evolving wins in 90 % (high target, m = 16)"),
    (FAILS, {"shares": {LOW_16: NEVER, HIGH_16: NEVER}}, "0 % (low target, m = 16)"),
    (IN_PART, {"shares": {LOW_16: NEVER, HIGH_16: TOSS}}, "Refuted"),
    (IN_PART, {"gains": {GAINS[3]: UNDER}}, "Refuted: gain of k = 1, high target"),
    (OPEN, {"gains": {GAINS[0]: AROUND}}, "Not decided at these sizes: gain of k = 0, low target"),
    (IN_PART, {"gains": {GAINS[0]: Interval(0.0, 0.0, 0.0, 8)}}, "gain of k = 0, low target"),
    *(
        (IN_PART, {"improvements": {m.name: {HIGH_64: ABOVE}}}, f"{m.name} does not improve (high")
        for m in moving.BASIS
    ),
    (OPEN, {"improvements": {"CKA": {HIGH_64: MARGINAL}}}, "CKA does not improve (high target"),
    (HOLDS, {"improvements": {"CKA": {HIGH_64: UNDER}}}, "CKA −100.0 to +0.0 %"),
]  # fmt: skip


@pytest.mark.parametrize(("verdict", "changes", "words"), JUDGED)
def test_every_branch_of_judge(verdict, changes, words):
    judged = CLAIM.judge(SMALL, found(**changes))
    assert judged.verdict == verdict, judged.reason
    assert words in judged.reason, judged.reason


def test_a_share_has_its_exact_interval():
    # Clopper & Pearson: 8 of 8, and 1 of 10 as tables have it
    assert_close(share_interval([True] * 8).low, 0.025 ** (1 / 8), 1e-12)
    one = share_interval([True] + [False] * 9)
    assert abs(one.low - 0.00253) < 5e-6
    assert abs(one.high - 0.44502) < 5e-6
    assert (one.mean, one.seeds) == (0.1, 10)
    none = share_interval([False] * 8, cells=4)
    assert none.low == 0
    assert_close(none.high, 1 - (0.025 / 4) ** (1 / 8), 1e-12)
    assert "4 cells" in none.kind


def test_the_targets_are_those_of_the_study():
    angles = mn.uniform_angles(40)
    for name, amplitude, ks in (("low", 1.0, (1, 2, 3)), ("high", 0.5, (1, 2, 4, 8))):
        expected = sum(amplitude * np.cos(k * angles + 0.3 * k) for k in ks)
        assert_close(mn.fourier_sum(angles, TARGETS[name]), expected, 1e-12)


def test_the_criterion_and_the_sentence_speak_of_the_sizes_of_the_run(small):
    text = CLAIM.criterion(dataclasses.replace(SMALL, widths=(8, 24)))
    assert "At every width up to 24" in text
    assert "if at m = 8 evolving" in text
    shares = small.found.share_evolving_lower
    for cell in ("low target, m = 64", "high target, m = 64"):
        sentence = f"{100 * shares[cell].mean:.0f} % ({cell})"
        assert sentence in CLAIM.explain(SMALL, small.found)
        assert sentence in small.verdict.reason


# --- reference ------------------------------------------------------------------------------------


def test_evolving_trains_one_network_with_both_kernels():
    part = evolving.measure(TINY, Cell(target="high", width=8), np.random.default_rng(5), 2)
    rng = np.random.default_rng(5)
    angles = mn.uniform_angles(24)
    targets = mn.fourier_sum(angles, TARGETS["high"])
    for run in range(2):
        params = mn.initialise(8, rng, antisymmetric=True)
        start = mn.empirical_ntk(params, angles)
        residual = -targets
        for _ in range(10):
            residual = residual - 0.5 * start @ residual / 24
            gradient = mn.loss_and_gradient(params, angles, targets)[1]
            params = mn.unflatten(mn.flatten(params) - 0.5 * mn.flatten(gradient), params)
        assert_close(part["frozen_loss"][run], np.mean(residual**2) / 2, 1e-10)
        loss = mn.loss_and_gradient(params, angles, targets)[0]
        assert_close(part["evolving_loss"][run], loss, 1e-10)
        change = (mn.empirical_ntk(params, angles) - start) / 24
        modes = mn.fourier_basis(angles, 4) / np.sqrt(24)
        diagonal = np.diag(modes.T @ change @ modes)
        gain = [diagonal[0], *(diagonal[1::2] + diagonal[2::2]) / 2]
        assert_close(part["gain"][run], gain, 1e-8)


def test_the_figures_reported_are_those_of_the_networks():
    # Each cell's generator: the seed, the claim, target's place, width, block.
    key = [3, zlib.crc32(b"evolving"), 1, 16, 0]
    part = evolving.measure(TINY, Cell(target="high", width=16), np.random.default_rng(key), 2)
    reported = run_claim(CLAIM, TINY, seed=3).found
    share = reported.share_evolving_lower["high target, m = 16"]
    assert share.mean == np.mean(part["evolving_loss"] < part["frozen_loss"])
    assert_close(reported.evolving_loss[1, 1, 1], np.median(part["evolving_loss"]), 1e-12)
    assert_close(reported.frozen_loss[1, 1, 2], part["frozen_loss"].max(), 1e-12)
    relative = part["gain"].mean(axis=0) / mn.aliased_eigenvalues(24)[:5]
    assert_close(reported.relative_gain[1, 1], relative, 1e-12)
    kernel = mn.infinite_ntk(mn.uniform_angles(24)) / 24
    residual = -mn.fourier_sum(mn.uniform_angles(24), TARGETS["high"])
    for _ in range(10):
        residual = residual - 0.5 * kernel @ residual
    assert_close(reported.infinite_loss[1], np.mean(residual**2) / 2, 1e-10)


# --- theorem --------------------------------------------------------------------------------------


def test_it_holds_in_part_and_the_reason_names_target_and_width(small):
    verdict, reason, _ = small.verdict
    assert verdict == IN_PART, reason
    refuted = reason.split("Refuted: ")[1].split("Not decided")[0]
    assert "evolving wins in 90 % (high target, m = 16, 64)" in refuted
    assert "low target" not in refuted
    assert small.control.verdict == FAILS


def test_the_same_seed_gives_the_same_bits():
    first, again, other = (run_claim(CLAIM, TINY, seed).found for seed in (3, 3, 4))
    assert summary(first) == summary(again)
    for name, values in arrays(first).items():
        assert (values == arrays(again)[name]).all()
        assert np.isfinite(values).all()
    assert (first.evolving_loss != other.evolving_loss).all()


def test_a_kernel_that_does_not_move_has_no_gain_and_no_win():
    measure = CLAIM.control.measures["small"].of
    part = measure(SMALL, Cell(target="low", width=16), np.random.default_rng(0), 4)
    assert np.abs(part["gain"]).max() < evolving.ROUNDING
    assert (part["evolving_loss"] > part["frozen_loss"]).all()
    assert_close(part["before"], part["after"], 1e-12)


def test_its_figure_has_a_title_labels_and_finite_data(small):
    figure, axes = plt.subplots(CLAIM.panels)
    CLAIM.draw(SMALL, small.found, list(axes))
    for axis in axes:
        assert all((axis.get_title(), axis.get_xlabel(), axis.get_ylabel(), axis.get_legend()))
        assert all(np.isfinite(line.get_ydata()).all() for line in axis.lines)
    assert_close(axes[0].lines[-1].get_ydata()[0], small.found.infinite_loss[0], 1e-12)
    plt.close(figure)


# --- refusal --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"gains": {GAINS[0]: UNKNOWN}},
        {"improvements": {"CKA": {LOW_16: UNKNOWN}}},
        {"shares": {LOW_16: share_interval(np.full(64, np.nan) < 1.0)}},
    ],
)
def test_nan_never_passes(changes):
    assert CLAIM.judge(SMALL, found(**changes)).verdict == IN_PART


def test_a_tampered_kernel_fails_the_claim(monkeypatch):
    def limit(_, angles):
        return mn.infinite_ntk(angles)

    monkeypatch.setattr(moving, "factorised_ntk", limit)
    monkeypatch.setattr(evolving, "factorised_ntk", limit)
    assert run_claim(CLAIM, SMALL, seed=0).verdict.verdict == FAILS


def test_one_seed_decides_nothing():
    sizes = dataclasses.replace(TINY, seeds=1, wide_seeds=1)
    assert run_claim(CLAIM, sizes, seed=0).verdict.verdict == OPEN
