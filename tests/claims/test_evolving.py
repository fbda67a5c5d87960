"""The claim on the evolving kernel: its verdict, its reasons and what it measures."""

import dataclasses
import zlib

import matplotlib.pyplot as plt
import numpy as np
import pytest

import minintk as mn
from minintk.claims import moving
from minintk.claims.claim import Cell, Found, run_claim
from minintk.claims.statistics import FAILS, HOLDS, IN_PART, OPEN, Interval, median_interval
from minintk.claims.study import evolving
from minintk.claims.targets import TARGETS
from tests.reference.claim_runs import run_with_control
from tests.reference.closeness import assert_close
from tests.reference.found import without_control

pytestmark = pytest.mark.claims

CLAIM = evolving.CLAIM
TINY = evolving.Sizes(
    widths=(8,), wide=(16,), points=24, steps=10, seeds=3, wide_seeds=2, block=2
)  # fmt: skip
SMALL = evolving.Sizes(
    widths=(16, 64), wide=(128,), points=24, steps=400, seeds=12, wide_seeds=6, block=6
)
CELLS = [
    moving.cell_of(target, start, width)
    for start in moving.STARTS
    for target in ("low", "high")
    for width in (16, 64, 128)
]
LOWER, HIGHER, EITHER = (Interval(x, x - 0.2, x + 0.2, 9) for x in (0.5, 1.3, 0.9))


def found(**ratios):
    """Evolving lower in every cell, but for these changes, by cell."""
    return Found(
        times=np.array([0.0, 1.0, 200.0]),
        ratio_at_the_end={**dict.fromkeys(CELLS, LOWER), **ratios},
        lower_from={**dict.fromkeys(CELLS, 1.0), CELLS[1]: np.inf},
        share_evolving_lower=dict.fromkeys(CELLS, 0.875),
    )


@pytest.fixture(scope="module")
def small():
    return run_with_control(CLAIM, SMALL)


# --- by hand --------------------------------------------------------------------------------------

LOW, HIGH, WIDER = CELLS[0], CELLS[3], CELLS[1]
JUDGED = [
    (HOLDS, {}, f"{LOW}: 0.5 [0.3, 0.7], 88 %, from τ = 1 on"),
    (HOLDS, {}, f"{CELLS[1]}: 0.5 [0.3, 0.7], 88 %, never for good"),
    (HOLDS, {WIDER: HIGHER}, f"{WIDER}: 1.3"),  # wider than the criterion looks
    (HOLDS, {LOW: Interval(0.8, 0.7, 0.9, 9)}, "0.8 [0.7, 0.9]"),
    (OPEN, {LOW: EITHER}, f"ratio below 0.9 ({LOW})"),
    (IN_PART, {HIGH: HIGHER}, f"Refuted: ratio below 0.9 ({HIGH})"),
    (IN_PART, {HIGH: HIGHER, LOW: EITHER}, f"Not decided at these sizes: ratio below 0.9 ({LOW})"),
    (FAILS, {cell: HIGHER for cell in CELLS if cell.endswith(" 16")}, "1.3 [1.1, 1.5]"),
]


@pytest.mark.parametrize(("verdict", "changes", "words"), JUDGED)
def test_every_branch_of_judge(verdict, changes, words):
    judged = CLAIM.judge(SMALL, found(**changes))
    assert judged.verdict == verdict, judged.reason
    assert words in judged.reason, judged.reason


@pytest.mark.parametrize(
    ("ratio", "since"),
    [
        ([1.0, 0.5, 0.9, 0.1], 1.0),
        ([0.9, 0.5, 1.0, 0.1], 3.0),
        ([0.9, 0.5, 0.9, 0.1], 0.0),
        ([0.9, 0.5, 0.9, 1.0], np.inf),
        ([0.9, 0.5, np.nan, 0.1], 3.0),
    ],
)
def test_since_when_a_ratio_is_below_1_for_good(ratio, since):
    assert evolving._from(np.arange(4.0), np.array(ratio)) == since


def test_when_single_networks_cross_is_at_the_nearest_places_of_their_order():
    times = [np.inf, *range(21)]  # 0.05 and 0.95 of the places 0 … 21: 1 and 20
    assert evolving._spread(times) == [1, 10, 20]
    assert evolving._spread([2.0, np.inf, np.inf]) == [2.0, np.inf, np.inf]


def test_the_targets_are_those_of_the_study():
    angles = mn.uniform_angles(40)
    for name, amplitude, ks in (("low", 1.0, (1, 2, 3)), ("high", 0.5, (1, 2, 4, 8))):
        expected = sum(amplitude * np.cos(k * angles + 0.3 * k) for k in ks)
        assert_close(mn.fourier_sum(angles, TARGETS[name]), expected, 1e-12)


def test_the_criterion_and_the_sentence_speak_of_the_sizes_of_the_run(small):
    assert CLAIM.criterion(SMALL).startswith("At τ = 200, m = 16, for each target and start")
    ratio = small.found.ratio_at_the_end[LOW].mean
    assert f"{ratio:.2g} times ({LOW})" in CLAIM.explain(SMALL, small.found)
    assert f"{LOW}: {small.found.ratio_at_the_end[LOW]}" in small.verdict.reason


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", moving.STARTS)
def test_evolving_trains_one_network_with_both_kernels(start):
    cell = Cell(target="high", start=start, width=8)
    part = evolving.measure(TINY, cell, np.random.default_rng(5), 2)
    rng, angles = np.random.default_rng(5), mn.uniform_angles(24)
    targets = mn.fourier_sum(angles, TARGETS["high"])
    networks = [mn.initialise(8, rng, antisymmetric=start == "antisymmetric") for _ in range(2)]
    for run, params in enumerate(networks):
        kernel = mn.empirical_ntk(params, angles)
        residual = mn.forward(params, angles) - targets
        for _ in range(10):
            residual = residual - 0.5 * kernel @ residual / 24
            gradient = mn.loss_and_gradient(params, angles, targets)[1]
            params = mn.unflatten(mn.flatten(params) - 0.5 * mn.flatten(gradient), params)
        own = mn.forward(params, angles) - targets
        for name, left in (("frozen", residual), ("evolving", own)):
            assert_close(part[name][run, -1], np.mean(left**2) / 2, 1e-10)
            waves = [np.mean(left * np.exp(1j * k * angles)) for k in range(9)]
            expected = [abs(wave) * (np.sqrt(2) if k else 1) for k, wave in enumerate(waves)]
            assert_close(part[f"{name} modes"][run, -1], expected, 1e-9)


def test_the_figures_reported_are_those_of_the_networks():
    # Each cell's generator: the seed, the claim, the places of start and target, width, block.
    key = [3, zlib.crc32(b"evolving"), 1, 1, 16, 0]
    cell = Cell(start="independent", target="high", width=16)
    part = evolving.measure(TINY, cell, np.random.default_rng(key), 2)
    reported = run_claim(without_control(CLAIM), TINY, seed=3).found
    ratio = part["evolving"] / part["frozen"]
    name = "high target, independent, m = 16"
    assert reported.ratio_at_the_end[name] == median_interval(ratio[:, -1])
    assert reported.share_evolving_lower[name] == np.mean(ratio[:, -1] < 1)
    assert_close(reported.ratio[-1], np.quantile(ratio, (0.05, 0.5, 0.95), axis=0), 1e-12)
    kernel = mn.infinite_ntk(mn.uniform_angles(24)) / 24
    residual = -mn.fourier_sum(mn.uniform_angles(24), TARGETS["high"])
    for _ in range(10):
        residual = residual - 0.5 * kernel @ residual
    assert_close(reported.infinite_loss[1, -1], np.mean(residual**2) / 2, 1e-10)


# --- theorem --------------------------------------------------------------------------------------


def test_it_is_decided_for_the_low_target_and_the_control_fails(small):
    shown = [finding.part for finding in small.verdict.findings if finding.shown]
    assert "low target, antisymmetric, m = 16; low target, independent, m = 16" in shown[0]
    assert small.control.verdict == FAILS


def test_losses_start_equal_and_infinite_width_learns_only_what_is_there(small):
    assert_close(small.found.ratio[:, :, 0], np.ones((12, 3)), 1e-12)
    infinite = small.found.modes[0]
    assert np.abs(infinite[:, [0, 4, 5, 6, 7, 8]]).max() < 1e-12
    assert (np.diff(infinite[:15, 1]) < 0).all()


def test_a_kernel_that_does_not_move_does_not_win():
    measure = CLAIM.control.measures["small"].of
    cell = Cell(start="independent", target="low", width=16)
    part = measure(SMALL, cell, np.random.default_rng(0), 4)
    assert (part["evolving"][:, -1] > part["frozen"][:, -1]).all()


def test_its_figure_has_a_title_labels_and_finite_data(small):
    figure, axes = plt.subplots(CLAIM.panels)
    CLAIM.draw(SMALL, small.found, list(axes))
    for axis in axes:
        assert all((axis.get_title(), axis.get_xlabel(), axis.get_ylabel()))
        assert all(np.isfinite(line.get_ydata()).all() for line in axis.lines)
        assert axis.get_legend() or len(axis.collections) == 1
    assert_close(axes[0].lines[0].get_ydata(), small.found.infinite_loss[0, 1:], 1e-12)
    plt.close(figure)


# --- argument checks ------------------------------------------------------------------------------


def test_nan_never_passes():
    unknown = median_interval(np.array([0.1] * 9 + [np.nan]))
    assert CLAIM.judge(SMALL, found(**{LOW: unknown})).verdict == OPEN


def test_a_tampered_kernel_fails_the_claim(monkeypatch):
    monkeypatch.setattr(moving, "factorised_ntk", lambda _, angles: mn.infinite_ntk(angles))
    assert run_claim(without_control(CLAIM), SMALL, seed=0).verdict.verdict == FAILS


def test_one_seed_decides_nothing():
    sizes = dataclasses.replace(SMALL, steps=10, seeds=1, wide_seeds=1)
    assert run_claim(without_control(CLAIM), sizes, seed=0).verdict.verdict == OPEN
