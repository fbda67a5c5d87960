"""The claim on the four stages: what each is, the borders of the verdict, and the figure."""

import numpy as np
import pytest

import minintk as mn
from minintk import evolving
from minintk.claims.beyond import decomposition
from minintk.claims.claim import Cell, run_claim
from minintk.claims.moving import spread
from minintk.claims.targets import TARGETS
from tests.reference.canvas import Canvas
from tests.reference.closeness import assert_close
from tests.reference.found import changed, near, outcome, without_control
from tests.reference.tampering import with_losses

pytestmark = [pytest.mark.evolving, pytest.mark.claims]

CLAIM = decomposition.CLAIM
TINY = decomposition.Sizes(widths=(8, 16), targets=("low",), points=16, steps=30, seeds=4, block=3,
                           k_max=3, radii=8, directions=32)  # fmt: skip
SMALL = decomposition.Sizes(widths=(16,), targets=("low",), points=32, seeds=32, steps=100, k_max=2)
NOTHING = np.random.default_rng(0)


def four_stages(sizes, cell, seed, count=1):
    """Name of each number → its four stages, (…, stage, …) as the claim has them."""
    networks = decomposition.measure(sizes, cell, np.random.default_rng(seed), count)
    limits = decomposition.measure_limits(sizes, cell, NOTHING)
    return {
        name: {
            "infinite": limits[name][0],
            "frozen": networks[name][0, 0],
            "mean-field": limits[name][1],
            "evolving": networks[name][0, 1],
        }
        for name in limits
    }


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "holds"),
        ({"contrast": near(0.03)}, "holds"),
        ({"contrast": near(0.01)}, "not decided"),  # its interval reaches below 0
        ({"contrast": near(-0.01)}, "not decided"),
        ({"contrast": near(-0.03)}, "holds in part"),
        ({"evolving": near(0.01)}, "not decided"),
        ({"evolving": near(-0.03)}, "holds in part"),  # a limit above its networks
        ({"contrast": near(np.nan)}, "not decided"),
    ],
)
def test_verdicts_at_the_borders_of_the_criterion(changes, verdict):
    shown = {"repair": 20.0, "frozen": near(1.0), "evolving": near(0.05), "contrast": near(0.4)}
    widths = {"m = 8": {**shown, **changes}, "m = 16": shown}
    found = changed(outcome(CLAIM, TINY).found, by_logarithms=widths)
    judged = CLAIM.judge(TINY, found)
    assert judged.verdict == verdict
    assert verdict == "holds" or "m = 8" in judged.reason
    failing = changed(found, by_logarithms={m: {**shown, "contrast": near(-1)} for m in widths})
    assert CLAIM.judge(TINY, failing).verdict == "fails"


def test_what_the_first_criterion_says_is_printed_beside():
    found = outcome(CLAIM, TINY).found
    low = {**found.by_means["m = 8"], "contrast": near(-1.0)}
    changed_means = changed(found, by_means=dict.fromkeys(found.by_means, low))
    judged, before = CLAIM.judge(TINY, changed_means), CLAIM.judge(TINY, found)
    assert judged.verdict == before.verdict
    assert "By the first criterion, of means: fails," in judged.reason
    assert "First asked of means" in CLAIM.criterion(TINY)
    assert "12 or more (from a pilot)" in CLAIM.criterion(TINY)


def test_what_the_plain_means_of_ln_l_say_is_told_beside():
    sizes, cell = decomposition.Sizes(**{**vars(TINY), "widths": (8,)}), Cell(target="low", width=8)
    data = {
        "networks": decomposition.measure(sizes, cell, np.random.default_rng(0), 54),
        "limits": decomposition.measure_limits(sizes, cell, NOTHING),
    }
    data = {of: {name: v[None, None] for name, v in part.items()} for of, part in data.items()}
    found = CLAIM.find(sizes, data)
    logs = np.log(data["networks"]["curves"][0, 0, ..., -1]).mean(axis=0)
    excess = np.exp(logs) - data["limits"]["curves"][0, 0, :, -1]
    plain, adjusted = found.by_logarithms_unadjusted["m = 8"], found.by_logarithms["m = 8"]
    assert_close([plain["frozen"].mean, plain["evolving"].mean], excess, 1e-12)
    assert abs(adjusted["frozen"].mean - plain["frozen"].mean) > 1e-6
    lengths = [one["frozen"].high - one["frozen"].low for one in (adjusted, plain)]
    assert lengths[0] < 0.95 * lengths[1]
    told = changed(found, verdict_unadjusted="fails")
    assert " Without the adjustment: fails. By the first" in CLAIM.judge(sizes, told).reason
    assert "Means of ln L over many networks are adjusted" in CLAIM.criterion(sizes)


# --- reference ------------------------------------------------------------------------------------


def test_each_stage_is_what_it_says():
    sizes, cell = TINY, Cell(target="low", width=16)
    stages = four_stages(sizes, cell, 6, count=2)
    grid, kept = mn.uniform_angles(16), spread(sizes.steps, 28)
    y = mn.fourier_sum(grid, TARGETS["low"])
    start = mn.initialise(16, np.random.default_rng(6), antisymmetric=True)

    def entries(kernel):
        diagonal = mn.low_frequency_block(kernel, grid, 3).diagonal()
        return np.array([diagonal[0], *(diagonal[1:].reshape(3, 2).mean(axis=1))])

    kernels = {"infinite": mn.infinite_ntk(grid), "frozen": mn.empirical_ntk(start, grid)}
    for name, kernel in kernels.items():
        output = mn.frozen_descent(kernel, np.zeros(16), y, 0.5, [30])[0]
        assert_close(stages["curves"][name][-1], np.array(np.mean((output - y) ** 2) / 2), 1e-12)
        assert_close(stages["kernels"][name], entries(kernel), 1e-12)
    trained, losses = mn.gradient_descent(start, mn.objective(grid, y), 0.5, 30)
    assert_close(stages["curves"]["evolving"], losses[kept], 1e-11)
    assert_close(stages["kernels"]["evolving"], entries(mn.empirical_ntk(trained, grid)), 1e-11)
    measures = mn.alignment_measures(
        mn.empirical_ntk(trained, grid), grid, y, mn.infinite_ntk(grid), 3
    )
    assert_close(stages["alignments"]["evolving"], np.array(list(measures.values())), 1e-10)
    nodes = evolving.mean_field_start(8, 32, angles=grid)
    scale = np.sqrt(nodes.width / 16)
    moved, losses = mn.gradient_descent(nodes, mn.objective(grid, scale * y), 0.5, 30)
    assert_close(stages["curves"]["mean-field"], losses[kept] / scale**2, 1e-11)
    assert_close(stages["kernels"]["mean-field"], entries(mn.empirical_ntk(moved, grid)), 1e-10)
    for name, residual in stages["residuals"].items():
        curve = stages["curves"][name]
        assert_close(curve[0], np.array(np.mean(y**2) / 2), 1e-12)
        assert np.sum(residual**2) / 2 <= curve[-1] * (1 + 1e-12), name  # Bessel


def test_the_excess_of_every_stage_is_that_over_the_stage_without_a_random_start():
    found = outcome(CLAIM, TINY).found
    for row, width in enumerate((8, 16)):
        infinite, frozen, limit, evolves = found.curves[0, row, :, :, -1].T
        assert len(set(infinite)) == len(set(limit)) == 1
        means = frozen.mean() - infinite[0], evolves.mean() - limit[0]
        logs = (np.exp(np.log(frozen).mean()) - infinite[0],
                np.exp(np.log(evolves).mean()) - limit[0])  # fmt: skip
        for kind, (above, below) in ((found.by_means, means), (found.by_logarithms, logs)):
            one = kind[f"m = {width}"]
            assert abs(one["frozen"].mean - above) < 1e-14
            assert abs(one["evolving"].mean - below) < 1e-14
            assert abs(one["repair"] - above / below) < 1e-11 * abs(one["repair"])
            assert abs(one["contrast"].mean - (above - 12 * below)) < 1e-13


def test_the_bars_of_the_figure_are_5_to_95_per_cent_of_the_networks():
    found = outcome(CLAIM, TINY).found
    axes = [Canvas() for _ in range(4)]
    CLAIM.draw(TINY, found, axes)
    shown = list(decomposition.SHOWN)
    assert [mn.alignment.MEASURES[n].high for n in shown] == [1] * 6
    kernels = found.kernels[0, 1] / found.kernels[0, 1, :, :1]
    for axis, values, along in ((axes[1], found.residuals[0, 1], 1), (axes[2], kernels, 1),
                                (axes[3], found.alignments[0, 1][..., shown], 0)):  # fmt: skip
        assert len(axis.of("errorbar")) == 4
        for stage, (arguments, options) in enumerate(axis.of("errorbar")):
            low, middle, high = np.quantile(values[:, stage], [0.05, 0.5, 0.95], axis=0)
            assert_close(arguments[along], middle, 1e-14)
            bars = arguments[2] if along else options["xerr"]
            assert_close(np.array(bars), np.array([middle - low, high - middle]), 1e-14)
            places = arguments[1 - along] - np.arange(len(middle))
            assert_close(places, np.full(len(middle), 0.16 * (stage - 1.5)), 1e-12)
    curves = found.curves[0, 1, :, :, 1:]
    for stage, ((shade, _), (line, options)) in enumerate(
        zip(axes[0].of("fill_between"), axes[0].of("plot"), strict=True)
    ):
        low, middle, high = np.quantile(curves[:, stage], [0.05, 0.5, 0.95], axis=0)
        for drawn, expected in ((shade[1], low), (shade[2], high), (line[1], middle)):
            assert_close(drawn, expected, 1e-14)
        assert options["label"] == list(decomposition.STAGES)[stage]


# --- theorem --------------------------------------------------------------------------------------


def test_all_stages_agree_at_very_large_width(monkeypatch):
    monkeypatch.setitem(TARGETS, "small", [0.0, 0.05, 0.0])
    sizes = decomposition.Sizes(points=16, steps=8, k_max=3, radii=48, directions=96)
    curves = four_stages(sizes, Cell(target="small", width=200_000), 0)["curves"]
    losses = np.array(list(curves.values()))
    assert np.ptp(losses, axis=0).max() < 5e-3 * losses.max()


# --- argument checks ------------------------------------------------------------------------------


def test_a_wrong_limit_is_seen(monkeypatch):
    before = outcome(CLAIM, SMALL)
    assert before.found.by_logarithms["m = 16"]["evolving"].low > 0
    wrong = with_losses(decomposition.mean_field_descent, 3.0)
    monkeypatch.setattr(decomposition, "mean_field_descent", wrong)
    after = run_claim(without_control(CLAIM), SMALL, 0).verdict
    assert after.verdict == "fails"  # a limit above its networks
