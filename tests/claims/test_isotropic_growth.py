"""The claim on isotropic growth: the null without a fit, and the slope of the relative gain."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest

import minintk as mn
from minintk.claims import moving
from minintk.claims.beyond import isotropic_growth
from minintk.claims.claim import Cell, Found, run_claim
from minintk.claims.statistics import FAILS, HOLDS, IN_PART, OPEN, Interval, student_interval
from tests.reference.claim_runs import run_with_control
from tests.reference.closeness import assert_close
from tests.reference.found import without_control

pytestmark = [pytest.mark.evolving, pytest.mark.claims]

CLAIM = isotropic_growth.CLAIM
TINY = isotropic_growth.Sizes(
    widths=(8, 16), points=16, at_steps=(3, 6, 12), k_max=3, seeds=3, block=2
)
SMALL = isotropic_growth.Sizes(widths=(16, 64), points=24, at_steps=(50, 200), k_max=3, seeds=8)
NULLS = [
    moving.cell_of(target, start, m)
    for start in moving.STARTS
    for target in ("low", "high")
    for m in (8, 16)
]
SLOPES = [f"{t} target, τ = {tau}, m = {m}" for t in ("low", "high") for m in (8, 16)
          for tau in (3, 6)]  # fmt: skip
ON, OFF, WIDE = Interval(1, 0.95, 1.05, 9), Interval(1.3, 1.2, 1.4, 9), Interval(1.1, 1, 1.2, 9)
LESS, MORE, NEITHER = (Interval(x, x - 0.1, x + 0.1, 9) for x in (-0.5, 0.5, 0.0))


def found(nulls=(), falls=(), rises=()):
    """The null on in every cell and every slope below, but for these changes."""
    rows = {cell: [ON] * 4 for cell in NULLS}
    for cell, k, interval in nulls:
        rows[cell] = [interval if place == k else one for place, one in enumerate(rows[cell])]
    return Found(
        ratio_to_null=rows,
        slope=dict.fromkeys(SLOPES, LESS),
        below={**dict.fromkeys(SLOPES, LESS), **dict(falls)},
        above={**dict.fromkeys(SLOPES, LESS), **dict(rises)},
    )


@pytest.fixture(scope="module")
def small():
    return run_with_control(CLAIM, SMALL)


def data_of(sizes, entries, sums):
    """Data of one measure, from entries (times, k) and sums (times, 2), the same everywhere."""
    shape = (2, 2, len(sizes.widths), sizes.seeds)
    block = np.zeros((len(entries), 2 * sizes.k_max + 1, 2 * sizes.k_max + 1))
    parts = {"entries": entries, "sums": sums, "blocks": block}
    return {
        "networks": {name: np.broadcast_to(v, (*shape, *np.shape(v))) for name, v in parts.items()}
    }


# --- by hand --------------------------------------------------------------------------------------

HIGH = "high target, independent, m = 16"


@pytest.mark.parametrize(
    ("verdict", "changes"),
    [
        (HOLDS, {}),
        (HOLDS, {"nulls": [(NULLS[0], 2, OFF)]}),  # the low target is only reported
        (IN_PART, {"nulls": [(HIGH, 2, OFF)]}),
        (OPEN, {"nulls": [(HIGH, 2, WIDE)]}),
        (OPEN, {"falls": {SLOPES[0]: NEITHER}}),
        (IN_PART, {"falls": {SLOPES[0]: MORE}, "rises": {SLOPES[0]: MORE}}),
        (OPEN, {"falls": {SLOPES[0]: MORE}, "rises": {SLOPES[0]: NEITHER}}),
        (OPEN, {"falls": {SLOPES[0]: MORE}}),  # below 0, and not below −0.05
        (OPEN, {"falls": {SLOPES[0]: LESS._replace(high=0.0)}}),
        (
            FAILS,
            {
                "nulls": [(c, k, OFF) for c in NULLS for k in range(4)],
                "falls": dict.fromkeys(SLOPES, MORE),
                "rises": dict.fromkeys(SLOPES, MORE),
            },
        ),
        (OPEN, {"nulls": [(HIGH, 0, student_interval(np.array([1.0, np.nan])))]}),
    ],
)
def test_every_branch_of_judge(verdict, changes):
    assert CLAIM.judge(TINY, found(**changes)).verdict == verdict


def test_the_reason_names_cells_and_parity():
    reason = CLAIM.judge(TINY, found(nulls=[(HIGH, 2, OFF), (NULLS[0], 1, OFF)])).reason
    assert f"Refuted: the null at k = 2 ({HIGH})" in reason
    assert "between 1.00 and 1.30 at odd k, 1.00 and 1.00 at even k" in reason


def test_with_one_target_nothing_is_said_of_where_it_is_not_judged():
    one = found()
    one.ratio_to_null = {cell: row for cell, row in one.ratio_to_null.items() if "high" in cell}
    reason = CLAIM.judge(dataclasses.replace(TINY, targets=("high",)), one).reason
    assert "not judged" not in reason
    assert "1.00. Slopes: " in reason


def test_a_network_that_grows_alike_is_on_the_null_and_has_no_slope():
    first, second = (
        mn.aliased_eigenvalues(16, mn.Law(trained=parts))[:4] for parts in (("w", "b"), ("a",))
    )
    sizes = dataclasses.replace(TINY, widths=(8,))
    sums = np.array([[8.0, 16.0], [9.0, 17.0], [10.0, 20.0], [12.0, 24.0]])
    entries = [(a / 8) * first + (w / 16) * second for a, w in sums]
    moved = CLAIM.find(sizes, data_of(sizes, entries, sums))
    for row in moved.ratio_to_null.values():
        assert_close([one.mean for one in row], np.ones(4), 1e-12)
    assert max(abs(one.mean) for one in moved.slope.values()) < 1e-12  # at τ = 3 and 6


def test_a_slope_is_that_of_the_relative_gain_in_the_logarithm_of_k():
    k = np.array([2.0, 1, 2, 3])  # k = 0 takes no part
    entries = np.array([k, 2 * k**0.5 * k, k**0.25 * k, k**-0.5 * k])
    sizes = dataclasses.replace(TINY, widths=(8,))
    moved = CLAIM.find(sizes, data_of(sizes, entries, np.arange(8.0).reshape(4, 2)))
    slopes = [moved.slope[f"high target, τ = {tau}, m = 8"].mean for tau in (3, 6)]
    assert_close(slopes, [0.25, -0.5], 1e-12)


def test_the_criterion_speaks_of_the_sizes_of_the_run():
    text = CLAIM.criterion(TINY)
    assert "High target, τ = 6, m = 8, 16, antisymmetric and independent start" in text
    assert "τ = 3 and 6, each target and width" in text
    assert "Holm over the 8 cells" in text


# --- reference ------------------------------------------------------------------------------------


def test_what_is_measured_is_the_kernel_and_the_size_of_the_layers():
    cell = Cell(start="independent", target="low", width=8)
    part = isotropic_growth.measure(TINY, cell, np.random.default_rng(5), 2)
    run = moving.train(TINY, cell, np.random.default_rng(5), 2, (0, *TINY.at_steps))
    angles = mn.uniform_angles(16)
    modes = mn.fourier_basis(angles, 3)
    for number in range(2):
        for time in range(4):
            one = run.kept[time][number]
            block = modes.T @ mn.empirical_ntk(one, angles) @ modes / 16**2
            assert_close(part["blocks"][number, time], block, 1e-10)
            own = [block[0, 0], *((block[j, j] + block[j + 1, j + 1]) / 2 for j in (1, 3, 5))]
            assert_close(part["entries"][number, time], own, 1e-10)
            sums = [sum(a * a for a in one.a), sum(v * v for v in (*one.w.ravel(), *one.b))]
            assert_close(part["sums"][number, time], sums, 1e-12)


# --- theorem --------------------------------------------------------------------------------------


def test_the_control_fails_and_networks_are_near_the_null(small):
    assert small.control.verdict == FAILS
    cells = (cell for cell in small.found.ratio_to_null if cell.startswith("high"))
    means = [one.mean for cell in cells for one in small.found.ratio_to_null[cell]]
    assert 0.7 < min(means) < max(means) < 1.4


def test_its_figure_has_a_title_labels_and_finite_data(small):
    figure, axes = plt.subplots(CLAIM.panels)
    CLAIM.draw(SMALL, small.found, list(axes))
    for axis in axes:
        assert all((axis.get_title(), axis.get_xlabel(), axis.get_ylabel()))
        assert all(np.isfinite(line.get_ydata()).all() for line in axis.lines)
    gain = small.found.gain[0, 0, 0] * 16 / mn.aliased_eigenvalues(24)[:4]
    assert_close(axes[0].lines[0].get_ydata(), gain, 1e-12)
    plt.close(figure)


# --- argument checks ------------------------------------------------------------------------------


def test_one_seed_decides_nothing():
    sizes = dataclasses.replace(TINY, seeds=1)
    assert run_claim(without_control(CLAIM), sizes, seed=0).verdict.verdict == OPEN
