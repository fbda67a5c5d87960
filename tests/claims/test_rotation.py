"""The claim on rotation: what it measures of a network, its borders, and wrong kernels."""

import numpy as np
import pytest

import minintk as mn
from minintk.claims.claim import Cell
from minintk.claims.statistics import FAILS, HOLDS, IN_PART, OPEN
from minintk.claims.study import rotation
from tests.reference.closeness import assert_close
from tests.reference.found import UNKNOWN, changed, near, outcome
from tests.reference.tampering import bent

pytestmark = pytest.mark.claims

SMALL = rotation.Sizes(points=16, rotations=4, widths=(64, 256, 1024), seeds=32)
EXACT = ("infinite_change", "infinite_circulant_distance")
SLOPES = ("slope_of_change", "slope_of_circulant_distance")


def judged(**fields):
    """The verdict on findings that hold but for these fields."""
    holding = {**dict.fromkeys(EXACT, 1e-15), **dict.fromkeys(SLOPES, near(-0.5)), **fields}
    found = changed(outcome(rotation.CLAIM, SMALL).found, **holding)
    return rotation.judge(SMALL, found).verdict


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "fields"),
    [
        (HOLDS, {}),
        (HOLDS, {"infinite_change": 0.9e-13, "slope_of_change": near(-0.421)}),
        (HOLDS, {"slope_of_circulant_distance": near(-0.579)}),
        (OPEN, {"slope_of_change": near(-0.42, 0.03)}),
        (OPEN, {"slope_of_change": near(-0.39)}),
        (IN_PART, {"slope_of_change": near(-0.37)}),
        (IN_PART, {"slope_of_circulant_distance": near(-0.63)}),
        (FAILS, {**dict.fromkeys(EXACT, 1.1e-13), **dict.fromkeys(SLOPES, near(-0.37))}),
        *((IN_PART, {name: 1.1e-13}) for name in EXACT),
        *((OPEN, {name: np.nan}) for name in EXACT),
        *((OPEN, {name: UNKNOWN}) for name in SLOPES),
    ],
)
def test_the_borders_of_the_criterion(verdict, fields):
    assert judged(**fields) == verdict


def test_the_criterion_says_the_sizes_of_the_run():
    assert "4 rotations" in rotation.criterion(SMALL)
    assert "m = 64 … 1024" in rotation.criterion(SMALL)
    assert "Infinite width, with and without bias: " in rotation.criterion(SMALL)
    without = rotation.criterion(rotation.Sizes(biases=(False,)))
    assert without.startswith("Infinite width, without bias: ")


# --- reference ------------------------------------------------------------------------------------


def test_both_distances_of_a_network():
    sizes, rng = rotation.Sizes(points=8), np.random.default_rng(5)
    part = rotation.measure(sizes, Cell(width=32), np.random.default_rng(5))
    params, grid = mn.initialise(32, rng), mn.uniform_angles(8)
    kernel = mn.empirical_ntk(params, grid)
    turned = mn.empirical_ntk(params, grid + rng.uniform(0, 2 * np.pi))
    assert_close(part["circulant_distance"], mn.circulant_deviation(kernel), 1e-12)
    expected = np.sqrt(((turned - kernel) ** 2).sum() / (kernel**2).sum())
    assert_close(part["change"], expected, 1e-12)


# --- rate -----------------------------------------------------------------------------------------


def test_it_holds_at_small_sizes_and_its_control_fails():
    run = outcome(rotation.CLAIM, SMALL)
    assert run.verdict.verdict != FAILS, run.verdict.reason
    assert run.found.infinite_change < 1e-14
    assert abs(run.found.slope_of_change.mean + 0.5) < 0.1
    assert run.control.verdict == FAILS


# --- argument checks ------------------------------------------------------------------------------


def test_a_kernel_of_the_points_themselves_is_seen(monkeypatch):
    monkeypatch.setattr(rotation, "infinite_ntk", bent(mn.infinite_ntk))
    part = rotation.measure_infinite(SMALL, Cell(bias=True), np.random.default_rng(1))
    assert part["change"] > 1e-8
    assert part["circulant_distance"] > 1e-8
