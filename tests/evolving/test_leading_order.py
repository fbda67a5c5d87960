"""How the kernel turns to leading order, in closed form, for any target and time."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minintk as mn
from minintk import evolving
from minintk.circle import basis_frequencies
from tests.reference import evolving as reference
from tests.reference.closeness import assert_close
from tests.reference.evolving_problems import (
    COS_3T,
    COSINE,
    TARGET,
    coefficients,
    diagonal_change,
    times,
)

pytestmark = pytest.mark.evolving


# --- by hand --------------------------------------------------------------------------------------


def test_frequencies_of_the_basis_are_those_used_here():
    assert basis_frequencies(3)[5:].tolist() == [3, 3]


def test_relative_split_by_hand():
    # k = 3: λ = 1/(9π²), G = (1 − e^{−50λ})/λ = 38.2345…, D = G²/4π²
    rate = 1 / (9 * math.pi**2)
    learned = (1 - math.exp(-50 * rate)) / rate
    assert evolving.relative_split(3, 1.0, 50.0)[1] == pytest.approx(
        learned**2 / (4 * math.pi**2), rel=1e-13
    )
    # k = 2: λ = 7/(9π²), c = 4/7; k = 1: λ = ¼ + 1/π²
    rate = 7 / (9 * math.pi**2)
    learned = (1 - math.exp(-50 * rate)) / rate
    assert evolving.relative_split(2, 2.0, 50.0)[1] == pytest.approx(
        4 * learned**2 * (4 / 7) / (4 * math.pi**2), rel=1e-13
    )
    rate = 0.25 + math.pi**-2
    learned = (1 - math.exp(-5 * rate)) / rate
    unit = learned**2 / (4 * math.pi**2 * rate)
    own, shifted = evolving.relative_split(1, 1.0, 5.0)
    assert own == pytest.approx(-unit * (math.pi**-2 + 3 / 16), rel=1e-13)
    assert shifted == pytest.approx(unit * (math.pi**-2 - 1 / 16), rel=1e-13)


def test_a_short_time_and_small_steps_keep_their_digits():
    # τ → 0: G = τ, and S equal steps have ½ (S² + S) pairs in place of ½ S²
    own, shifted = evolving.relative_split(3, 1.0, 1e-12)
    assert shifted == pytest.approx(1e-24 / (4 * math.pi**2), rel=1e-12)
    assert own == -shifted
    for rate in (1e-13, 1e-200, 5e-324):
        assert evolving.descent_factor(3, rate, 7) == pytest.approx(8 / 7, rel=1e-12)
    # one step, S = 1: δ_0² over ½ G², G = (1 − e^{−λη})/λ
    decay = -math.expm1(-mn.fourier_eigenvalues(2)[2])
    expected = 2 * (mn.fourier_eigenvalues(2)[2] / decay) ** 2
    assert evolving.descent_factor(2, 1.0, 1) == pytest.approx(expected, rel=1e-13)


def test_early_logarithm_of_a_constant_target():
    # y = 1, τ → 0: r = −1, g = −τ', H± r = −½, so Q = τ²/4 and the block is −(1/2π²) τ²/4 · 2 · 2e
    time = 1e-4
    block = evolving.leading_logarithm([1.0], time, 2)
    expected = -(time**2 / 4) / (2 * math.pi**2) * 4 * np.array([0.5, 0.25, 0.25, 0, 0])
    assert np.abs(np.diag(block) - expected).max() < 1e-3 * np.abs(expected).max()
    assert np.abs(block - np.diag(np.diag(block))).max() < 1e-15


# --- reference ------------------------------------------------------------------------------------


def flow_force(t, side):
    return reference.turning_force(TARGET, 3.0, t, side)


def descent_force(t, side):
    return reference.turning_sum(TARGET, 0.4, 9, t, side)


def test_leading_logarithm_entry_by_entry():
    block = evolving.leading_logarithm(TARGET, 3.0, 3)
    pairs = [(0, 0), (1, 1), (2, 1), (3, 3), (4, 4), (3, 0), (6, 1), (5, 4)]
    expected = [reference.logarithm_entry(flow_force, *pair) for pair in pairs]
    actual = np.array([block[pair] for pair in pairs])
    assert_close(actual, np.array(expected), 1e-9)


def test_leading_logarithm_of_descent_entry_by_entry():
    block = evolving.leading_logarithm(TARGET, 0.4 * 9, 2, learning_rate=0.4)
    pairs = [(0, 0), (1, 1), (2, 1), (3, 0), (4, 3)]
    expected = [reference.logarithm_entry(descent_force, *pair) for pair in pairs]
    assert_close(np.array([block[pair] for pair in pairs]), np.array(expected), 1e-9)


# --- theorem --------------------------------------------------------------------------------------


def cosine(k, amplitude):
    return mn.target_coefficients((k,), amplitude=amplitude, shift=0.0)


@given(coefficients, times)
@settings(max_examples=30)
def test_the_logarithm_is_symmetric_and_quadratic_in_the_target(target, time):
    block = evolving.leading_logarithm(target, time, 3)
    size = np.abs(block).max()
    assert np.abs(block - block.T).max() <= 1e-12 * size
    twice = evolving.leading_logarithm(2 * np.array(target), time, 3)
    assert np.abs(twice - 4 * block).max() <= 1e-11 * size


@given(coefficients, times, st.floats(-4, 4))
@settings(max_examples=20)
def test_a_rotated_target_rotates_the_kernel(target, time, shift):
    turn = np.eye(7)  # of the coefficients of 1, √2 cos kt, √2 sin kt, k ≤ 3
    for k in range(1, 4):
        c, s = math.cos(k * shift), math.sin(k * shift)
        turn[2 * k - 1 : 2 * k + 1, 2 * k - 1 : 2 * k + 1] = [[c, -s], [s, c]]
    rotated = turn[: len(target), : len(target)] @ target
    block = evolving.leading_logarithm(target, time, 3)
    moved = evolving.leading_logarithm(rotated, time, 3)
    assert np.abs(moved - turn @ block @ turn.T).max() <= 1e-9 * np.abs(block).max()


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 8])
def test_one_mode_splits_and_touches_no_other_diagonal_entry(k):
    amplitude, time = 0.8, 30.0
    block = evolving.leading_logarithm(cosine(k, amplitude), time, 9)
    relative = block.diagonal() / mn.fourier_eigenvalues(9)[basis_frequencies(9)]
    split = evolving.relative_split(k, amplitude, time)
    assert_close(relative[2 * k - 1 : 2 * k + 1], np.array(split), 1e-12)
    assert split[0] < 0 < split[1]
    rest = np.delete(relative, [2 * k - 1, 2 * k])
    if k == 1:  # Q± has the mean A²G²/16, on which e_0 = ½ acts; by hand −A²G²/16π²
        rate_0, rate_1 = mn.fourier_eigenvalues(1)
        learned = (1 - math.exp(-rate_1 * time)) / rate_1
        expected = -((amplitude * learned) ** 2) / (16 * np.pi**2 * rate_0)
        assert_close(rest[0], np.array(expected), 1e-12)
        rest = rest[1:]
    assert np.abs(rest).max() < 1e-10 * split[1]


@given(coefficients, st.sampled_from([0.1, 0.5, 1.5]), st.integers(1, 60))
@settings(max_examples=20)
def test_the_logarithm_of_descent_is_that_of_the_flow_for_small_steps(target, rate, steps):
    flow = evolving.leading_logarithm(target, rate * steps, 3)
    fine = evolving.leading_logarithm(target, rate * steps, 3, learning_rate=rate / 2**16)
    assert np.abs(fine - flow).max() <= 1e-3 * np.abs(flow).max()


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_descent_factor_is_that_of_the_whole_block(k):
    flow = evolving.leading_logarithm(cosine(k, 1.3), 20.0, 4)
    descent = evolving.leading_logarithm(cosine(k, 1.3), 20.0, 4, learning_rate=0.5)
    assert_close(descent, evolving.descent_factor(k, 0.5, 40) * flow, 1e-12)


def test_the_descent_factor_tends_to_1():
    factors = [evolving.descent_factor(3, eta, round(50 / eta)) for eta in (0.5, 0.05, 0.005)]
    assert_close(np.array(factors) - 1, np.array([1e-2, 1e-3, 1e-4]) * (factors[0] - 1) * 100, 2e-2)


# --- rate -----------------------------------------------------------------------------------------


def test_both_phases_part_with_the_slope_of_the_leading_logarithm():
    widths = 2.0 ** np.array([18, 20, 22])
    changes = np.array([m * diagonal_change(m, 40, COS_3T)[5:] for m in widths])
    split = evolving.relative_split(3, 1.0, 20.0, learning_rate=0.5)
    theory = np.array(split) * mn.fourier_eigenvalues(3)[3]
    slopes = np.diff(changes, axis=0) / np.log(2.0)  # ln √m grows by ln 2
    ratios = slopes / theory
    assert np.abs(ratios - 1).max() < 0.04, ratios
    assert np.abs(slopes[1] - slopes[0]).max() < 0.02 * np.abs(theory).max(), "a straight line"


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "call"),
    [
        ("coefficients must be odd in number",
         lambda: evolving.leading_logarithm([1.0, 2.0], 1.0)),
        ("time must be at least 0, got -1", lambda: evolving.leading_logarithm(COSINE, -1)),
        ("time must be", lambda: evolving.leading_logarithm(COSINE, float("nan"))),
        ("k_max must be", lambda: evolving.leading_logarithm(COSINE, 1.0, -1)),
        ("frequency must be", lambda: evolving.relative_split(0, 1.0, 1.0)),
        ("amplitude must be", lambda: evolving.relative_split(2, 1e200, 1.0)),
        ("learning_rate must be", lambda: evolving.descent_factor(2, 0.0, 5)),
        ("steps must be", lambda: evolving.descent_factor(2, 0.5, 0)),
        ("steps must be at most 1e+15, got 2000000000000000",
         lambda: evolving.descent_factor(2, 0.5, 2 * 10**15)),
        ("into whole steps, at most 1e+15, got 1e-300 for time 1",
         lambda: evolving.leading_logarithm(COSINE, 1.0, learning_rate=1e-300)),
        ("learning_rate must divide the time into whole steps, at most 1e+15, got 0.4 for time 1",
         lambda: evolving.leading_logarithm(COSINE, 1.0, learning_rate=0.4)),
        ("learning_rate must be below 2/λ = 3.61, got 4",
         lambda: evolving.leading_logarithm(COSINE, 8.0, learning_rate=4.0)),
        ("learning_rate must be",
         lambda: evolving.leading_logarithm(COSINE, 8.0, learning_rate=0.0)),
    ],
)  # fmt: skip
def test_rejected_with_rule_and_value(rule, call):
    with pytest.raises(ValueError, match=re.escape(rule)):
        call()
