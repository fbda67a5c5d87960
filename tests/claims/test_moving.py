"""What the claims about a moving kernel share: cells, improvements, their words and figures."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest

import minintk as mn
from minintk.claims import moving
from minintk.claims.beyond import alignment
from minintk.claims.claim import Cell
from minintk.claims.drawing import against_width, ranges
from minintk.claims.statistics import Finding, Interval
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.claims

TINY = alignment.Sizes(widths=(8,), wide=(12,), points=12, steps=5, k_max=2, seeds=3, wide_seeds=2)


@pytest.fixture
def axis():
    figure, axis = plt.subplots()
    yield axis
    plt.close(figure)


def rows(*first, measures=8):
    """Values of the measures in so many networks: the first columns, the rest 1."""
    table = np.ones((len(first), measures))
    table[:, : len(first[0])] = first
    return table


# --- by hand --------------------------------------------------------------------------------------


def test_cells_go_by_target_and_then_by_width():
    data = {
        "small": {"loss": np.arange(6.0).reshape(2, 1, 3)},
        "wide": {"loss": np.arange(10.0, 14.0).reshape(2, 1, 2)},
    }
    found = moving.by_cell(TINY, data, "loss")
    assert {cell: values.tolist() for cell, values in found.items()} == {
        "low target, m = 8": [0, 1, 2],
        "low target, m = 12": [10, 11],
        "high target, m = 8": [3, 4, 5],
        "high target, m = 12": [12, 13],
    }
    assert list(found)[1] == "low target, m = 12"
    assert moving.listed(found) == "low target, m = 8, 12; high target, m = 8, 12"


def test_an_improvement_is_a_share_of_the_mean_start_with_its_sign():
    start = rows([0.5, 0.8, 0.4, 0.2], [0.7, 0.8, 0.4, 0.4], [0.6, 0.8, 0.4, 0.3])
    end = start + rows(*[[0.06, 0.0, -0.08, -0.06]] * 3, measures=8)
    found = moving.improvements({"c": start}, {"c": end})
    means = {name: cells["c"].mean for name, cells in found.items()}
    # of 0.6, 0.8, 0.4 and 0.3; a smaller off-diagonal share is the better one
    expected = {"kernel alignment": 0.1, "CKA": 0.0, "subspace overlap": -0.2}
    assert_close(np.array([means[name] for name in expected]), list(expected.values()), 1e-12)
    assert_close(means["off-diagonal share"], 0.2, 1e-12)
    of_room = moving.improvements({"c": start}, {"c": end}, of_room=True)
    assert_close(of_room["kernel alignment"]["c"].mean, 0.06 / 0.4, 1e-12)
    assert_close(of_room["subspace overlap"]["c"].mean, -0.08 / 0.6, 1e-12)
    assert_close(of_room["off-diagonal share"]["c"].mean, 0.2, 1e-12)
    assert "Holm over 4 cells" in found["CKA"]["c"].kind


def test_findings_at_the_margin():
    def outcome(low, high):
        cells = {"low target, m = 8": Interval((low + high) / 2, low, high, 9)}
        (finding,) = moving.does_not_improve({"CKA": cells})
        assert finding.part == "CKA does not improve (low target, m = 8)"
        return finding.shown

    assert outcome(-5.0, 0.1) is True
    assert outcome(0.02, 0.099) is True, "above 0 and below the margin is no improvement"
    assert outcome(0.101, 0.2) is False
    assert outcome(0.05, 0.15) is None
    assert outcome(np.nan, np.nan) is False


def test_findings_with_one_outcome_are_one_that_names_its_cells():
    cells = {
        "low target, m = 8": Finding("", True),
        "low target, m = 12": Finding("", None, 7),
        "high target, m = 8": Finding("", None, 30),
        "high target, m = 12": Finding("", None, None),
    }
    shown, undecided = moving.grouped("wins", cells)
    assert shown == Finding("wins (low target, m = 8)", True)
    assert undecided.part == "wins (low target, m = 12; high target, m = 8, 12)"
    assert undecided.more_seeds is None, "no number of seeds decides them all"
    del cells["high target, m = 12"]
    assert moving.grouped("wins", cells)[1].more_seeds == 30


def test_the_first_form_asks_only_for_an_interval_above_0():
    start = rows(*[[0.9, 0.9, 0.9, 0.3]] * 4)
    end = start.copy()
    end[:, 0] += [0.01, 0.011, 0.009, 0.01]
    end[:, 3] += [0.01, 0.011, 0.009, 0.01]  # worse
    cells = {"low target, m = 8": start}, {"low target, m = 8": end}
    assert moving.significant(*cells) == "kernel alignment (low target, m = 8)"
    assert moving.significant(cells[0], cells[0]) == "none"
    found = moving.improvements(*cells)
    assert all(finding.shown for finding in moving.does_not_improve(found))
    assert moving.in_words(found).startswith("kernel alignment +1.1 to +1.1 %, CKA")
    assert moving.in_words(found).endswith("off-diagonal share −3.3 to −3.3 %")


def test_bars_are_drawn_from_low_to_high_and_every_width_has_its_tick(axis):
    ranges(axis, (16, 64), np.array([[1.0, 2.0, 4.0], [2.0, 3.0, 3.5]]), "o-", "networks")
    against_width(axis, (16, 64), ylabel="loss")
    (bars,) = axis.collections
    assert [segment[:, 1].tolist() for segment in bars.get_segments()] == [[1, 4], [2, 3.5]]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["16", "64"]
    assert axis.get_xscale() == "log"
    assert axis.get_legend().get_texts()[0].get_text() == "networks"


def test_improvements_are_drawn_in_percent_beside_the_margin(axis):
    cells = {"low target, m = 8": Interval(0.2, 0.1, 0.3), "low target, m = 12": Interval(0, 0, 0)}
    moving.draw_improvements(axis, (8, 12), {"CKA": cells}, "low")
    (bars,) = axis.collections
    assert_close(bars.get_segments()[0][:, 1], [10.0, 30.0], 1e-12)
    labels = [text.get_text() for text in axis.get_legend().get_texts()]
    assert set(labels) == {"margin", "CKA"}
    assert [line.get_ydata()[0] for line in axis.lines[-2:]] == [0, 10]


# --- reference ------------------------------------------------------------------------------------


def test_networks_are_those_of_plain_descent():
    moved = moving.train(TINY, Cell(target="high", width=8), np.random.default_rng(5), 2)
    rng = np.random.default_rng(5)
    for number in range(2):
        params = mn.initialise(8, rng, antisymmetric=True)
        angles = mn.uniform_angles(12)
        targets = sum(0.5 * np.cos(k * angles + 0.3 * k) for k in (1, 2, 4, 8))
        before = mn.empirical_ntk(params, angles)
        for _ in range(5):
            gradient = mn.loss_and_gradient(params, angles, targets)[1]
            params = mn.unflatten(mn.flatten(params) - 0.5 * mn.flatten(gradient), params)
        loss = mn.loss_and_gradient(params, angles, targets)[0]
        assert_close(moved.losses[number, -1], loss, 1e-12)
        assert_close(moved.before[number], before, 1e-12)
        assert_close(moved.after[number], mn.empirical_ntk(params, angles), 1e-12)


# --- theorem --------------------------------------------------------------------------------------


def test_growth_alone_improves_no_measure_of_the_basis():
    moved = moving.train(TINY, Cell(target="low", width=8), np.random.default_rng(5), 3)
    grown = moved._replace(after=[3 * kernel for kernel in moved.before])
    found = moving.measured_alignments(grown, 2)
    assert found["before"].shape == (3, len(moving.MEASURES))
    assert_close(found["after"][:, :4], found["before"][:, :4], 1e-12)


def test_training_starts_from_output_0():
    moved = moving.train(TINY, Cell(target="low", width=8), np.random.default_rng(5), 3)
    outputs = [np.abs(mn.forward(start, [0.1, 2.0, -1.3])).max() for start in moved.starts]
    assert max(outputs) < 1e-12


def test_holm_lets_no_cell_pass_that_a_clearer_one_did_not():
    rng = np.random.default_rng(0)
    start = np.full((8, 8), 0.5)
    end = start + rng.normal(0.05, 0.1, start.shape)  # at the margin: nothing is decided
    found = moving.improvements({"c": start}, {"c": end})
    assert all(cells["c"].low <= moving.MARGIN <= cells["c"].high for cells in found.values())


# --- refusal --------------------------------------------------------------------------------------


def test_a_measure_that_is_not_finite_does_not_pass():
    start = np.full((4, 8), 0.5)
    end = start + np.random.default_rng(0).normal(0, 1e-3, start.shape)
    end[1, 2] = np.nan
    found = moving.improvements({"low target, m = 8": start}, {"low target, m = 8": end})
    outcomes = {f.part.split(" does")[0]: f.shown for f in moving.does_not_improve(found)}
    assert outcomes["subspace overlap"] is False


def test_small_and_wide_networks_have_their_own_number_of_seeds():
    measures = moving.small_and_wide(lambda *_: {})
    assert [measure.seeds for measure in measures.values()] == ["seeds", "wide_seeds"]
    fields = {field.name for field in dataclasses.fields(TINY)}
    for measure in measures.values():
        assert {measure.seeds, *measure.over.values()} <= fields
        assert measure.cost(TINY, Cell(width=12)) > 0
