"""The claim on alignment: every measure by its own name, in three ways, beside growth alone."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import minintk as mn
from minintk.claims import moving
from minintk.claims.beyond import alignment
from minintk.claims.claim import Cell, Found, run_claim
from minintk.claims.statistics import FAILS, HOLDS, IN_PART, OPEN, Interval, student_interval
from tests.reference.claim_runs import run_with_control
from tests.reference.closeness import assert_close
from tests.reference.found import without_control

pytestmark = [pytest.mark.evolving, pytest.mark.claims]

CLAIM = alignment.CLAIM
TINY = alignment.Sizes(
    widths=(8,), wide=(16,), points=24, steps=10, seeds=3, wide_seeds=2, block=2
)  # fmt: skip
SMALL = alignment.Sizes(
    widths=(16,), wide=(64,), points=24, steps=60, seeds=6, wide_seeds=6, block=6
)
CELLS = [
    moving.cell_of(target, start, width)
    for start in moving.STARTS
    for target in ("low", "high")
    for width in (16, 64)
]
LESS, MORE, EITHER = Interval(-0.1, -0.2, -0.01), Interval(0.2, 0.1, 0.3), Interval(0, -0.1, 0.1, 8)
UNKNOWN = student_interval(np.array([1.0, 2.0, np.nan]))
LOW = Cell(start="antisymmetric", target="low", width=32)


def found(changes=()):
    """Every measure below the margin, but for these changes, by name and cell."""
    rows = {n: {**dict.fromkeys(CELLS, LESS), **dict(changes).get(n, {})} for n in SMALL.names()}
    return Found(
        from_margin=rows,
        improvement={n: {c: one.mean + 0.1 for c, one in row.items()} for n, row in rows.items()},
        by_growth={name: dict.fromkeys(CELLS, 0.04) for name in rows},
        ways={name: {**dict.fromkeys(CELLS, "the same"), CELLS[0]: "worse"} for name in rows},
        turned=dict.fromkeys(CELLS, LESS),
    )


@pytest.fixture(scope="module")
def small():
    return run_with_control(CLAIM, SMALL)


def one_measure(improvement, start=0.5, column=0):
    """Data in which one column of the measures improves so, and nothing else moves."""
    rows = np.full((2, 2, 1, 6, 3, 13), start)
    rows[..., 2, column] += improvement
    part = {"measures": rows, "turned": np.zeros((2, 2, 1, 6))}
    return alignment.find(SMALL, {"small": part, "wide": part})


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "change"),
    [
        (HOLDS, {}),
        (OPEN, {"CKA": {CELLS[0]: EITHER}}),
        (IN_PART, {"off-diagonal correlation": {CELLS[3]: MORE}}),
        (IN_PART, {"angles of k = 2": {CELLS[3]: MORE}}),
        (IN_PART, {"CKA": {CELLS[0]: EITHER}, "subspace overlap": {CELLS[3]: MORE}}),
        (FAILS, {name: dict.fromkeys(CELLS, MORE) for name in SMALL.names()}),
        (OPEN, {"kernel alignment": {CELLS[0]: UNKNOWN}}),
        (OPEN, {"CKA": {CELLS[0]: LESS._replace(high=0.0)}}),  # where Holm's steps stopped
    ],
)
def test_every_branch_of_judge(verdict, change):
    assert CLAIM.judge(SMALL, found(change)).verdict == verdict


def test_the_reason_counts_the_three_ways_beside_growth_alone():
    reason = CLAIM.judge(SMALL, found()).reason
    said = "CKA 0 % (worse in 1, the same in 7; growth alone +4 %)"
    assert said in reason
    assert "angles of k = 1 0 rad" in reason
    assert "over 8 cells up to τ = 30" in reason


@pytest.mark.parametrize(
    ("below", "above", "way"),
    [
        ((0.15, 0.25), (-0.05, 0.05), "open"),
        ((0.15, 0.25), (-0.09, -0.01), "the same"),
        ((0.25, 0.35), (0.05, 0.15), "improved"),
        ((-0.15, -0.05), (-0.35, -0.25), "worse"),
        ((-0.05, 0.05), (-0.25, -0.15), "open"),
    ],
)
def test_three_ways_and_open(below, above, way):
    assert alignment._way(Interval(0, *below), Interval(0, *above)) == way


def test_an_improvement_is_a_share_of_the_mean_start_with_its_sign():
    for column, name, sign in ((0, "kernel alignment", 1), (3, "off-diagonal share", -1)):
        moved = one_measure(0.06, column=column)
        values = set(moved.improvement[name].values())
        assert_close(sorted(values), [sign * 0.12] * len(values), 1e-12)
        assert set(moved.ways[name].values()) == {"improved" if sign > 0 else "worse"}
        assert set(moved.ways["CKA"].values()) == {"the same"}
    angles = one_measure(-0.2, column=5)  # smaller angles, in radians and not over the start
    assert_close(angles.improvement["angles of k = 1"][CELLS[0]], 0.2, 1e-12)
    assert angles.ways["angles of k = 1"][CELLS[0]] == "improved"


def test_the_sentence_says_which_measures_go_which_way():
    run = found()
    run.ways = {name: {**of, CELLS[0]: "the same"} for name, of in run.ways.items()}
    run.ways["CKA"][CELLS[0]], run.ways["subspace overlap"][CELLS[0]] = "improved", "worse"
    said = CLAIM.explain(SMALL, run)
    assert "m = 16: shown nearer by CKA. Kernel" in said
    assert "by 4.0 % at most there" in said


def test_the_criterion_speaks_of_the_sizes_of_the_run():
    assert CLAIM.criterion(SMALL).startswith("At τ = 30, m = 16, 64, for each target and start: ")


# --- reference ------------------------------------------------------------------------------------


def test_every_measure_is_that_of_the_table_before_grown_and_after():
    part = alignment.measure(TINY, LOW, np.random.default_rng(5), 2)
    run = moving.train(TINY, LOW, np.random.default_rng(5), 2, (0, 10))
    angles = mn.uniform_angles(24)
    targets = sum(np.cos(k * angles + 0.3 * k) for k in (1, 2, 3))
    for number, (start, end) in enumerate(zip(*run.kept, strict=True)):
        parts = mn.empirical_ntk_parts(start, angles)
        output = (end.a**2).sum() / (start.a**2).sum()
        first = ((end.w**2).sum() + (end.b**2).sum()) / (start.w**2).sum()
        grown = output * parts["w"] + output * parts["b"] + first * parts["a"]
        kernels = (mn.empirical_ntk(start, angles), grown, mn.empirical_ntk(end, angles))
        for values, kernel in zip(part["measures"][number], kernels, strict=True):
            table = mn.alignment_measures(kernel, angles, targets, mn.infinite_ntk(angles), 4)
            assert_close(np.delete(values, range(4, 9)), list(table.values()), 1e-10)
            block = mn.low_frequency_block(kernel, angles, 4)
            assert_close(values[4], mn.off_diagonal_correlation(block), 1e-8)
            assert_close(values[5:9], mn.principal_angles(kernel, angles, 4)[:, 1], 1e-8)
        first, _, last = (kernel / np.linalg.norm(kernel) for kernel in kernels)
        assert_close(part["turned"][number], 1 - np.sum(first * last), 1e-8)


def test_every_measure_has_its_means_and_those_of_the_basis_their_intervals(small):
    names = [*(measure.name for measure in mn.MEASURES[:4]), "off-diagonal correlation"]
    judged = [*names, *(f"angles of k = {k}" for k in range(1, 5))]
    assert list(small.found.means) == [*judged, *(measure.name for measure in mn.MEASURES[4:])]
    assert list(small.found.improvement) == judged
    for name in names:
        assert list(small.found.improvement[name]) == CELLS
        sign = -1 if name.startswith("off") else 1
        for cell in CELLS:
            start, end = small.found.means[name][cell]
            assert_close(small.found.improvement[name][cell], sign * (end / start - 1), 1e-9)
    assert all(interval.mean > 0 for interval in small.found.turned.values())
    assert "Holm over 144 cells" in small.found.from_margin["CKA"][CELLS[0]].kind


# --- theorem --------------------------------------------------------------------------------------


def test_the_relative_distance_sees_the_growth_that_alignment_does_not(small):
    cell = CELLS[0]
    start, end = small.found.means["relative distance"][cell]
    assert end > start
    assert abs(small.found.improvement["kernel alignment"][cell]) < 0.1


def test_growth_of_the_whole_kernel_moves_no_measure():
    angles = mn.uniform_angles(24)
    kernel = mn.factorised_ntk(mn.initialise(8, np.random.default_rng(0)), angles)
    values = alignment._measured(TINY, LOW, [(kernel, 3 * kernel, kernel)])["measures"][0]
    assert_close(values[1, :12], values[0, :12], 1e-10)
    assert values[1, 12] > 1.5, "but the relative distance"


def test_a_kernel_that_turns_to_that_of_infinite_width_is_seen_to_improve(small):
    assert small.control.verdict == FAILS
    assert small.verdict.verdict in (OPEN, IN_PART)


def test_its_figure_has_a_title_labels_and_finite_data(small):
    figure, axes = plt.subplots(CLAIM.panels)
    CLAIM.draw(SMALL, small.found, list(axes))
    for axis in axes:
        assert all((axis.get_title(), axis.get_xlabel(), axis.get_ylabel(), axis.get_legend()))
        assert all(np.isfinite(line.get_ydata()).all() for line in axis.lines)
        low, high = axis.get_ylim()
        ticks = [int(text.get_text().replace("−", "-")) for text in axis.get_yticklabels()]
        assert ticks == axis.get_yticks().tolist()
        assert {-10, 0, 10} <= {*ticks}
        assert low <= ticks[0] < ticks[-1] <= high
        assert "linear to ±20, then logarithmic" in axis.get_ylabel()
    bars = axes[0].lines[0].get_ydata()
    cells = (moving.cell_of("low", "antisymmetric", width) for width in (16, 64))
    assert_close(bars, [100 * small.found.improvement["kernel alignment"][c] for c in cells], 1e-9)
    plt.close(figure)


# --- argument checks ------------------------------------------------------------------------------


def test_a_tampered_measure_is_seen(monkeypatch, small):
    true = alignment._measured

    def tampered(*arguments):
        part = true(*arguments)
        part["measures"][:, 2, 1] = 1.3 * part["measures"][:, 0, 1]
        return part

    monkeypatch.setattr(alignment, "_measured", tampered)
    verdict, reason, _ = run_claim(without_control(CLAIM), SMALL, seed=0).verdict
    assert verdict == IN_PART
    assert (
        "Refuted: improvement of CKA below the margin (low target, antisymmetric, m = 16, 64"
        in reason
    )
    assert "Refuted: CKA" not in small.verdict.reason


def test_one_seed_decides_nothing():
    sizes = alignment.Sizes(widths=(8,), wide=(8,), points=12, steps=2, seeds=1, wide_seeds=1)
    assert run_claim(without_control(CLAIM), sizes, seed=0).verdict.verdict == OPEN
