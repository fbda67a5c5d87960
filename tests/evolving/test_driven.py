"""Neurons that the residual of the infinite-width flow moves, and the gains of their kernel."""

import re

import numpy as np
import pytest

import minintk as mn
from minintk import evolving, fast
from minintk.claims.targets import TARGETS
from tests.reference import evolving as reference
from tests.reference.closeness import assert_close
from tests.reference.evolving_problems import COSINE, START, TARGET

pytestmark = pytest.mark.evolving


# --- by hand --------------------------------------------------------------------------------------


def test_limiting_gains_of_the_low_target():
    # Computed before by another program, with other nodes, at widths of about 2^16 and without
    # taking the logarithm of k = 0 and 1 out: 28.9, 13.8, 1.424, 0.845, 0.073.
    gains = evolving.limiting_gains(TARGETS["low"], 0.5, 400, radii=96, directions=32)
    logarithm = np.array([-0.0513, -0.0257, 0, 0]) * np.log(2.0**8)
    ratios = (gains[:4] + logarithm) / [28.9, 13.8, 1.424, 0.845]
    assert np.abs(ratios - 1).max() < 0.025, gains
    assert abs(gains[4] - 0.073) < 0.01


# --- reference ------------------------------------------------------------------------------------


def test_driven_descent():
    start = mn.initialise(4, np.random.default_rng(5), law=mn.Law(bias_std=0.3))
    moved = evolving.driven_descent(start, TARGET, 30.0, 0.5, 5)
    rows = np.column_stack([start.w, start.b, start.a])
    expected = np.array(reference.driven_descent(rows, TARGET, 30.0, 0.5, 5))
    assert_close(np.column_stack([moved.w, moved.b, moved.a]), expected, 1e-9)


def test_limiting_gains_take_the_logarithm_out_and_go_to_infinity():
    # c(m) = m gain − L ln √m at 16 and 64 by the driven neurons, gain and L of one entry each
    steps, eta, nodes = 12, 0.5, {"spacing": "logarithm", "smallest_radius": 1e-4}
    gains = evolving.limiting_gains(TARGET, eta, steps, 2, width=16.0, radii=24, directions=16)
    start = evolving.mean_field_start(24, 16, **nodes)
    before = fast.population_low_frequency_block(start, 2)
    q_mean = np.mean(
        [
            [reference.turning_sum(TARGET, eta, steps, t, side) for side in (1, -1)]
            for t in np.arange(9) * (2 * np.pi / 9)
        ]
    )
    for k, rows in ((0, [0]), (1, [1, 2]), (2, [3, 4])):
        logarithm = -4 * [0.5, 0.25, 0.0][k] * q_mean / (2 * np.pi**2)
        at = []
        for m in (16.0, 64.0):
            moved = evolving.driven_descent(start, TARGET, m, eta, steps)
            change = fast.population_low_frequency_block(moved, 2) - before
            at.append(m * np.mean(change[rows, rows]) - logarithm * np.log(m) / 2)
        assert_close(gains[k], np.array(2 * at[1] - at[0]), 1e-9, f"k = {k}")


# --- rate -----------------------------------------------------------------------------------------


def test_the_driven_gain_meets_that_of_the_limit_at_large_width():
    target = mn.target_coefficients((1, 2), amplitude=0.5)
    start = evolving.mean_field_start(48, 128, spacing="logarithm", smallest_radius=1e-3)
    before = fast.population_low_frequency_block(start, 2).diagonal()
    gaps = []
    for m in (16.0, 4096.0):
        driven = evolving.driven_descent(start, target, m, 0.5, 40)
        free, _ = evolving.mean_field_descent(start, fast.population_objective, target, m, 0.5, 40)
        gains = [
            fast.population_low_frequency_block(params, 2).diagonal() - before
            for params in (driven, free)
        ]
        gaps.append(np.abs(gains[0] - gains[1]).max() / np.abs(gains[1]).max())
    assert gaps[0] > 5e-3, "at width 16 its own residual is another one"
    assert gaps[1] < 2e-4


# --- refusal --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "call"),
    [
        ("coefficients must be odd in number",
         lambda: evolving.driven_descent(START, [1.0, 0.0], 4, 0.1, 1)),
        ("width must be", lambda: evolving.driven_descent(START, COSINE, -1, 0.1, 1)),
    ],
)  # fmt: skip
def test_refused_with_rule_and_value(rule, call):
    with pytest.raises(ValueError, match=re.escape(rule)):
        call()
