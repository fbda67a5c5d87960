"""The claim on the leading logarithm: its slopes between widths, and the lines of its figure."""

import functools

import numpy as np
import pytest

import minintk as mn
from minintk import evolving
from minintk.claims.beyond import leading_logarithm
from minintk.claims.beyond.leading_logarithm import CLAIM, Sizes
from minintk.claims.claim import Found
from minintk.claims.statistics import FAILS, HOLDS, IN_PART, OPEN
from tests.reference.canvas import Canvas
from tests.reference.claim_runs import run_with_control
from tests.reference.closeness import assert_close
from tests.reference.tampering import scaled

pytestmark = [pytest.mark.evolving, pytest.mark.claims]

MADE = Sizes(
    frequencies=(2, 3), several=(1, 3), widths=(2**10, 2**12, 2**18), k_max=3, learning_rate=0.5,
    steps=40,
)  # fmt: skip
SMALL = Sizes(
    frequencies=(3,), several=(1, 3), widths=(2**18, 2**22), steps=10, k_max=3, directions=64
)


@functools.cache
def outcome():
    return run_with_control(CLAIM, SMALL)


def made_found():
    """What `find` makes of changes at random, in which the own entries are the largest."""
    rng = np.random.default_rng(2)
    change = rng.normal(size=(3, 3, 7, 7))
    for row, k in enumerate(MADE.frequencies):
        for mode in (2 * k - 1, 2 * k):
            change[row, 2, mode, mode] = 100.0
    return change, leading_logarithm.find(MADE, {"limit": {"change": change}})


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("miss", "without", "several", "verdict"),
    [
        (0.0499, 0.0099, 0.0199, HOLDS),
        (0.051, 0.0099, 0.0199, IN_PART),
        (0.0499, 0.011, 0.0199, IN_PART),
        (0.0499, 0.0099, np.nan, OPEN),
        (0.1, 0.1, 0.1, FAILS),
        (np.nan, np.nan, np.nan, OPEN),
    ],
)
def test_the_borders_of_the_criterion(miss, without, several, verdict):
    changes = {
        "largest_miss": miss,
        "largest_without_logarithm": without,
        "miss_of_several": several,
    }
    found = Found(**{**vars(made_found()[1]), **changes})
    assert leading_logarithm.judge(MADE, found).verdict == verdict


def test_the_criterion_says_the_sizes_of_the_run():
    words = CLAIM.criterion(MADE)
    for part in ("τ = 20,", "from m = 2^12 to 2^18", "k = 2, 3:", "2 modes", "k ≤ 3"):
        assert part in words


# --- reference ------------------------------------------------------------------------------------


def test_the_slopes_of_the_logarithm_are_those_between_the_last_two_widths():
    change, found = made_found()
    slopes = (change[:, 2] - change[:, 1]) / (0.5 * np.log(2.0**6))
    rates, misses, others = mn.fourier_eigenvalues(3), [], []
    for row, k in enumerate((2, 3)):
        own, shifted = evolving.relative_split(k, 1.0, 20.0, learning_rate=0.5)
        relative = slopes[row].diagonal() / rates[k]
        expected = relative[[2 * k - 1, 2 * k]] / [own, shifted]
        assert_close(found.slope_over_theory[row], expected, 1e-12)
        assert_close(found.split[row], [own, shifted], 1e-14)
        misses += list(np.abs(expected - 1))
        others += [abs(relative[i]) / shifted for i in range(7) if i not in (2 * k - 1, 2 * k)]
    assert abs(found.largest_miss / max(misses) - 1) < 1e-12
    assert abs(found.largest_without_logarithm / max(others) - 1) < 1e-12
    target = mn.target_coefficients((1, 3), amplitude=0.5)
    theory = evolving.leading_logarithm(target, 20.0, 3, learning_rate=0.5)
    miss = np.abs(slopes[2] - theory).max() / np.abs(theory).max()
    assert abs(found.miss_of_several / miss - 1) < 1e-12
    assert (found.change == change).all()


def test_the_lines_of_the_logarithm_go_through_the_last_width():
    change, found = made_found()
    axis = Canvas()
    leading_logarithm._draw_slopes(MADE, found, axis)
    drawn, rates = axis.of("plot"), mn.fourier_eigenvalues(3)
    assert len(drawn) == 8
    cells = [(row, k, phase) for row, k in enumerate((2, 3)) for phase in (0, 1)]
    for (row, k, phase), (points, _), (line, _) in zip(cells, drawn[::2], drawn[1::2], strict=True):
        mode = 2 * k - 1 + phase
        values = change[row, :, mode, mode] / rates[k]
        assert_close(points[1], values, 1e-14)
        assert abs(line[1][-1] - values[-1]) < 1e-12 * abs(values[-1])
        slope = (line[1][-1] - line[1][0]) / (0.5 * np.log(2.0**8))
        assert abs(slope / found.split[row, phase] - 1) < 1e-12


# --- theorem --------------------------------------------------------------------------------------


def test_the_formula_holds_and_small_widths_fail():
    assert outcome().verdict.verdict == HOLDS, outcome().verdict
    assert outcome().control.verdict == FAILS, outcome().control


# --- argument checks ------------------------------------------------------------------------------


def test_a_formula_that_is_5_percent_off_is_seen(monkeypatch):
    wrong = scaled(leading_logarithm.leading_logarithm, 1.05)
    monkeypatch.setattr(leading_logarithm, "leading_logarithm", wrong)
    found = leading_logarithm.find(SMALL, {"limit": {"change": outcome().found.change}})
    assert found.miss_of_several > 0.02
    assert leading_logarithm.judge(SMALL, found).verdict == IN_PART
