"""The claim on alignment: every measure by its own name, by two margins."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import minintk as mn
from minintk.claims import moving
from minintk.claims.beyond import alignment
from minintk.claims.claim import Cell, Found, arrays, run_claim, summary
from minintk.claims.statistics import FAILS, HOLDS, IN_PART, OPEN, Interval, student_interval
from tests.reference.closeness import assert_close

pytestmark = [pytest.mark.evolving, pytest.mark.claims]

CLAIM = alignment.CLAIM
TINY = alignment.Sizes(
    widths=(8,), wide=(16,), points=24, steps=10, seeds=3, wide_seeds=2, block=2
)  # fmt: skip
SMALL = alignment.Sizes(
    widths=(16,), wide=(64,), points=24, steps=60, seeds=8, wide_seeds=8, block=8
)
CELLS = [moving.cell_of(target, width) for target in ("low", "high") for width in (16, 64)]
LESS, MORE, EITHER = Interval(0, -0.1, 0.09), Interval(0.3, 0.2, 0.4), Interval(0.1, 0, 0.2, 8)
UNKNOWN = student_interval(np.array([1.0, 2.0, np.nan]))


def found(improvements=(), of_room=()):
    """No measure improves, by either margin, but for these."""

    def table(changes):
        changes = dict(changes)
        return {
            row.name: {**dict.fromkeys(CELLS, LESS), **changes.get(row.name, {})}
            for row in moving.BASIS
        }

    return Found(
        improvements=table(improvements),
        improvements_of_room=table(of_room),
        improved_by_first_form="none",
        start={row.name: dict.fromkeys(CELLS, 0.8) for row in moving.MEASURES},
    )


@pytest.fixture(scope="module")
def small():
    return run_claim(CLAIM, SMALL, seed=0)


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "change"),
    [
        (HOLDS, {}),
        (OPEN, {"CKA": {CELLS[0]: EITHER}}),
        (IN_PART, {"off-diagonal share": {CELLS[3]: MORE}}),
        (IN_PART, {"CKA": {CELLS[0]: EITHER}, "subspace overlap": {CELLS[3]: MORE}}),
        (FAILS, {row.name: dict.fromkeys(CELLS, MORE) for row in moving.BASIS}),
        (IN_PART, {"kernel alignment": {CELLS[0]: UNKNOWN}}),
    ],
)
def test_every_branch_of_both_judges(verdict, change):
    assert CLAIM.judge(SMALL, found(improvements=change)).verdict == verdict
    assert CLAIM.later[1](SMALL, found(of_room=change)).verdict == verdict
    assert CLAIM.judge(SMALL, found(of_room=change)).verdict == HOLDS
    assert CLAIM.later[1](SMALL, found(improvements=change)).verdict == HOLDS


def test_the_reason_says_how_much_room_there_is():
    reason = CLAIM.judge(SMALL, found()).reason
    assert "kernel alignment 25.0 to 25.0 %" in reason  # 1/0.8 − 1
    assert "By the first form these improve: none" in reason


def test_the_sentence_says_which_measures_go_which_way():
    table = found(improvements={"CKA": {CELLS[0]: MORE}})
    assert "Low target, m = 16: the kernel comes nearer to the modes by CKA; it moves away" in (
        CLAIM.explain(SMALL, table)
    )


def test_the_criterion_speaks_of_the_sizes_of_the_run():
    assert CLAIM.criterion(SMALL).startswith("At m = 16, 64 and for both targets no measure")


# --- reference ------------------------------------------------------------------------------------


def test_every_measure_is_that_of_the_table_before_and_after():
    part = alignment.measure(TINY, Cell(target="low", width=8), np.random.default_rng(5), 2)
    moved = moving.train(TINY, Cell(target="low", width=8), np.random.default_rng(5), 2)
    angles = mn.uniform_angles(24)
    targets = sum(np.cos(k * angles + 0.3 * k) for k in (1, 2, 3))
    for run in range(2):
        for name, kernels in (("before", moved.before), ("after", moved.after)):
            expected = mn.alignment_measures(
                kernels[run], angles, targets, mn.infinite_ntk(angles), 4
            )
            assert_close(part[name][run], list(expected.values()), 1e-12)
        start, end = (k / np.linalg.norm(k) for k in (moved.before[run], moved.after[run]))
        assert_close(part["turned"][run], 1 - np.sum(start * end), 1e-8)


def test_every_measure_has_its_means_and_those_of_the_basis_their_intervals(small):
    names = [measure.name for measure in moving.MEASURES]
    assert list(small.found.start) == list(small.found.end) == names
    assert list(small.found.improvements) == names[:4]
    for name in names[:4]:
        assert list(small.found.improvements[name]) == CELLS
        sign = -1 if name == "off-diagonal share" else 1
        for cell in CELLS:
            start, end = small.found.start[name][cell], small.found.end[name][cell]
            assert_close(small.found.improvements[name][cell].mean, sign * (end / start - 1), 1e-9)
    assert all(interval.mean > 0 for interval in small.found.turned.values())
    assert "4 cells together (Bonferroni)" in small.found.turned[CELLS[0]].kind


# --- theorem --------------------------------------------------------------------------------------


def test_the_relative_distance_sees_the_growth_that_alignment_does_not(small):
    cell = "low target, m = 16"
    assert small.found.end["relative distance"][cell] > small.found.start["relative distance"][cell]
    assert abs(small.found.improvements["kernel alignment"][cell].mean) < 0.1


def test_a_kernel_that_turns_to_that_of_infinite_width_is_seen_to_improve(small):
    assert small.control.verdict == FAILS
    assert small.verdict.verdict in (OPEN, IN_PART)


def test_the_same_seed_gives_the_same_bits():
    first, again, other = (run_claim(CLAIM, TINY, seed).found for seed in (3, 3, 4))
    assert summary(first) == summary(again) != summary(other)
    same = [np.array_equal(values, arrays(again)[name]) for name, values in arrays(first).items()]
    assert len(same) > 2
    assert all(same)


def test_its_figure_has_a_title_labels_and_finite_data(small):
    figure, axes = plt.subplots(CLAIM.panels)
    CLAIM.draw(SMALL, small.found, list(axes))
    for axis in axes:
        assert all((axis.get_title(), axis.get_xlabel(), axis.get_ylabel(), axis.get_legend()))
        assert all(np.isfinite(line.get_ydata()).all() for line in axis.lines)
    labels = [axis.get_ylabel() for axis in axes]
    assert (
        labels
        == ["improvement (% of the start)"] * 2 + ["improvement (% of the way to perfect)"] * 2
    )
    plt.close(figure)


# --- refusal --------------------------------------------------------------------------------------


def test_a_tampered_measure_is_seen(monkeypatch, small):
    true = moving.measured_alignments

    def tampered(*arguments):
        part = true(*arguments)
        part["after"][:, 1] = 1.3 * part["before"][:, 1]
        return part

    monkeypatch.setattr(moving, "measured_alignments", tampered)
    verdict, reason, _ = run_claim(CLAIM, SMALL, seed=0).verdict
    assert verdict == IN_PART
    refuted = "Refuted: CKA does not improve (low target, m = 16, 64; high target, m = 16, 64)"
    assert refuted in reason
    assert "Refuted: CKA" not in small.verdict.reason


def test_one_seed_decides_nothing():
    sizes = alignment.Sizes(widths=(8,), wide=(8,), points=12, steps=2, seeds=1, wide_seeds=1)
    assert run_claim(CLAIM, sizes, seed=0).verdict.verdict == OPEN
