"""What the claims about a moving kernel share: the networks, their cells, and findings of many."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest

import minintk as mn
from minintk.claims import moving
from minintk.claims.beyond import alignment
from minintk.claims.claim import Cell
from minintk.claims.drawing import against_width, ranges
from minintk.claims.statistics import Finding
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.claims

TINY = alignment.Sizes(widths=(8,), wide=(12,), points=12, steps=5, k_max=2, seeds=3, wide_seeds=2)
STEPS = (0, 2, 5)


@pytest.fixture
def axis():
    figure, axis = plt.subplots()
    yield axis
    plt.close(figure)


def run(start="antisymmetric", target="high", trained=("w", "b", "a")):
    cell = Cell(start=start, target=target, width=8)
    return moving.train(TINY, cell, np.random.default_rng(5), 2, STEPS, trained=trained)


# --- by hand --------------------------------------------------------------------------------------


def test_cells_go_by_start_target_and_width():
    data = {
        "small": {"loss": np.arange(12.0).reshape(2, 2, 1, 3)},
        "wide": {"loss": np.arange(20.0, 28.0).reshape(2, 2, 1, 2)},
    }
    found = moving.by_cell(TINY, data, "loss")
    assert {cell: values.tolist() for cell, values in found.items()} == {
        "low target, antisymmetric, m = 8": [0, 1, 2],
        "low target, antisymmetric, m = 12": [20, 21],
        "high target, antisymmetric, m = 8": [3, 4, 5],
        "high target, antisymmetric, m = 12": [22, 23],
        "low target, independent, m = 8": [6, 7, 8],
        "low target, independent, m = 12": [24, 25],
        "high target, independent, m = 8": [9, 10, 11],
        "high target, independent, m = 12": [26, 27],
    }
    assert list(found)[1] == moving.cell_of("low", "antisymmetric", 12)
    assert moving.listed(list(found)[:3]) == (
        "low target, antisymmetric, m = 8, 12; high target, antisymmetric, m = 8"
    )


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


def test_bars_are_drawn_from_low_to_high_and_every_width_has_its_tick(axis):
    ranges(axis, (16, 64), np.array([[1.0, 2.0, 4.0], [2.0, 3.0, 3.5]]), "o-", "networks")
    against_width(axis, (16, 64), ylabel="loss")
    (bars,) = axis.collections
    assert [segment[:, 1].tolist() for segment in bars.get_segments()] == [[1, 4], [2, 3.5]]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["16", "64"]
    assert axis.get_xscale() == "log"
    assert axis.get_legend().get_texts()[0].get_text() == "networks"


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", moving.STARTS)
def test_networks_are_those_of_plain_descent_and_frozen_ones_linearised(start):
    found, rng = run(start), np.random.default_rng(5)
    starts = [mn.initialise(8, rng, antisymmetric=start == "antisymmetric") for _ in range(2)]
    frozen = moving.frozen_outputs(TINY, found, STEPS)
    for number, params in enumerate(starts):
        angles = mn.uniform_angles(12)
        targets = sum(0.5 * np.cos(k * angles + 0.3 * k) for k in (1, 2, 4, 8))
        jacobian, linear = mn.output_jacobian(params, angles), mn.forward(params, angles)
        for step in range(6):
            if step in STEPS:
                place = STEPS.index(step)
                loss = mn.loss_and_gradient(params, angles, targets)[0]
                assert_close(found.losses[number, place], loss, 1e-12)
                kept = mn.empirical_ntk(found.kept[place][number], angles)
                assert_close(kept, mn.empirical_ntk(params, angles), 1e-12)
                assert_close(frozen[number, place], linear, 1e-10)
            gradient = mn.loss_and_gradient(params, angles, targets)[1]
            params = mn.unflatten(mn.flatten(params) - 0.5 * mn.flatten(gradient), params)
            linear = linear - 0.5 * jacobian @ (jacobian.T @ (linear - targets)) / 12


# --- theorem --------------------------------------------------------------------------------------


def test_only_antisymmetric_starts_have_output_0():
    for start, zero in (("antisymmetric", True), ("independent", False)):
        outputs = [mn.forward(one, [0.1, 2.0, -1.3]) for one in run(start).kept[0]]
        assert all((np.abs(output).max() < 1e-12) == zero for output in outputs)


def test_a_frozen_kernel_is_whole_even_where_only_a_part_trains():
    found = run(trained=("a",))
    assert found.kept[2][0].trained == ("a",)
    assert np.array_equal(found.kept[2][0].w, found.kept[0][0].w)
    whole = moving.frozen_outputs(TINY, run(), STEPS)
    assert np.array_equal(moving.frozen_outputs(TINY, found, STEPS), whole)


# --- argument checks ------------------------------------------------------------------------------


def test_small_and_wide_networks_have_their_own_number_of_seeds():
    measures = moving.small_and_wide(lambda *_: {})
    assert [measure.seeds for measure in measures.values()] == ["seeds", "wide_seeds"]
    fields = {field.name for field in dataclasses.fields(TINY)}
    for measure in measures.values():
        assert {measure.seeds, *measure.over.values()} <= fields
        assert measure.cost(TINY, Cell(width=12)) > 0
