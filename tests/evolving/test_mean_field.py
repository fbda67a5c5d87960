"""The mean-field limit: its nodes cell by cell, its descent, and where it meets networks."""

import itertools
import math
import re
from decimal import Decimal, getcontext

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import minintk as mn
from minintk import evolving, fast
from minintk.circle import basis_frequencies
from minintk.evolving.mean_field import _cells, _edges
from tests.reference import evolving as reference
from tests.reference.closeness import assert_close
from tests.reference.evolving_problems import (
    COS_3T,
    COSINE,
    START,
    TARGET,
    coefficients,
    diagonal_change,
)

pytestmark = pytest.mark.evolving


def clearance(ends, samples):
    """Smallest distance on the circle from an end to a sample."""
    apart = np.subtract.outer(ends, samples)
    return np.abs((apart + np.pi) % (2 * np.pi) - np.pi).min()


# --- by hand --------------------------------------------------------------------------------------


def test_thin_cells_keep_their_digits():
    # In a cell (0, ρ) of small ρ the mean of ρ² is half of its end's.
    for end in (1e-9, 1e-5, 1e-3):
        assert _cells(np.array([0.0, end, 1.0]))[1][0] / end == pytest.approx(
            math.sqrt(0.5), rel=1e-10 + end**2
        )


@pytest.mark.claims
def test_directions_without_samples_are_turned_by_the_golden_share_of_their_spacing():
    w = evolving.mean_field_start(2, 8).w[0]
    share = np.arctan2(w[1], w[0]) / (2 * np.pi / 8) % 1
    assert abs(share - (np.sqrt(5) - 1) / 2) < 1e-12


def test_mean_field_change_of_cos_3t_at_width_64():
    # Computed before by another program: −11.6 and 36.6 (m × change over λ_3, τ = 50).
    target = mn.target_coefficients((3,), amplitude=1.0, shift=0.0)
    start = evolving.mean_field_start(96, 32)
    trained, _ = evolving.mean_field_descent(start, fast.population_objective, target, 64, 0.5, 100)
    blocks = [fast.population_low_frequency_block(p, 3).diagonal()[5:] for p in (start, trained)]
    change = 64 * (blocks[1] - blocks[0]) / mn.fourier_eigenvalues(3)[3]
    assert abs(change[0] + 11.6) < 0.4, change
    assert abs(change[1] - 36.6) < 0.4, change


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.parametrize("spacing", ["root", "logarithm"])
def test_shares_and_radii_of_the_cells_in_50_digits(spacing):
    getcontext().prec = 50
    edges = _edges(9, spacing, 1e-6)
    assert (edges[0], edges[-1]) == (0.0, math.inf)
    shares, radii = _cells(edges)
    halves = [Decimal(float(edge)) ** 2 / 2 for edge in edges[:-1]]
    above = [(-u).exp() for u in halves] + [Decimal(0)]
    moments = [(u + 1) * (-u).exp() for u in halves] + [Decimal(0)]  # ∫_u^∞ v e^{−v} dv
    expected = [low - high for low, high in itertools.pairwise(above)]
    means = [low - high for low, high in itertools.pairwise(moments)]
    for i in range(9):
        assert abs(shares[i] / float(expected[i]) - 1) < 1e-13, i
        assert abs(radii[i] / float((2 * means[i] / expected[i]).sqrt()) - 1) < 1e-9, i


def law(start):
    """(share, w1, w2, b, a) of every neuron of a start, its size taken out again."""
    size = np.abs(start.a)
    shares = size**2 / len(size)
    rows = zip(shares, start.w / size[:, None], start.b / size, start.a / size, strict=True)
    return [(q, *w, b, a) for q, w, b, a in rows]


@pytest.mark.parametrize("start", ["nodes", "random"])
def test_mean_field_descent_is_the_law_of_motion(start):
    angles = mn.sample_angles(7, np.random.default_rng(3))
    targets = mn.fourier_sum(angles, TARGET)
    if start == "nodes":
        params = evolving.mean_field_start(5, 3, angles=angles)
    else:
        params = evolving.random_start(10, np.random.default_rng(0))
    trained, losses = evolving.mean_field_descent(
        params, lambda y: mn.objective(angles, y), targets, 23.0, 0.4, 12
    )
    neurons, expected = reference.mean_field_descent(law(params), angles, targets, 23.0, 0.4, 12)
    assert_close(losses, np.array(expected), 1e-12)
    size = np.abs(params.a)  # the size of a neuron does not change, its a does
    assert_close(trained.w / size[:, None], np.array([v[1:3] for v in neurons]), 1e-12)
    assert_close(trained.b / size, np.array([v[3] for v in neurons]), 1e-12)
    assert_close(trained.a / size, np.array([v[4] for v in neurons]), 1e-12)


def test_gamma_is_that_of_the_mean_field_scaling():
    # f = (1/(γN)) Σ a relu(z) of N neurons, trained at γ²N times the learning rate. With α = 1/γ it
    # is α times the mean over neurons, with the loss over α², at N times the learning rate.
    angles = mn.uniform_angles(9)
    targets, width, eta, steps = mn.fourier_sum(angles, TARGET), 5.0, 0.3, 7
    gamma = width**-0.5
    start = evolving.random_start(6, np.random.default_rng(1))
    found = evolving.mean_field_descent(
        start, lambda y: mn.objective(angles, y), targets, width, eta, steps
    )[1]
    x = np.array([[math.cos(t), math.sin(t), 1.0] for t in angles])
    scale, rate = 1 / (gamma * 6), eta * gamma**2 * 6
    w, a, losses = np.column_stack([start.w, start.b]), start.a.copy(), []
    for _ in range(steps + 1):
        h = np.maximum(x @ w.T, 0.0)
        residual = scale * h @ a - targets
        losses.append(np.mean(residual**2) / 2)
        move_a = scale * residual @ h / 9
        move_w = scale * a[:, None] * ((residual[:, None] * (h > 0)).T @ x) / 9
        w, a = w - rate * move_w, a - rate * move_a
    assert_close(found, np.array(losses), 1e-12)


# --- theorem --------------------------------------------------------------------------------------


@pytest.mark.parametrize("spacing", ["root", "logarithm"])
def test_the_start_stands_for_the_whole_law(spacing):
    start = evolving.mean_field_start(40, 24, spacing=spacing)
    shares = start.a**2 / start.width
    radius = np.hypot(*(start.w / np.abs(start.a)[:, None]).T)
    assert_close(shares.sum(), np.array(1.0), 1e-14)
    assert_close((shares * radius**2).sum(), np.array(2.0), 1e-12)
    block = fast.population_low_frequency_block(start, 5)
    expected = np.diag(mn.fourier_eigenvalues(5)[basis_frequencies(5)])
    assert_close(block, expected, 1e-13)
    angles = mn.sample_angles(9, np.random.default_rng(0))
    assert np.abs(mn.forward(start, angles)).max() < 1e-13


def test_the_median_radius_is_that_of_the_law():
    start = evolving.mean_field_start(400, 3)
    shares = start.a**2 / start.width
    radius = np.hypot(*(start.w / np.abs(start.a)[:, None]).T)
    below = shares[radius < math.sqrt(2 * math.log(2))].sum()
    assert abs(below - 0.5) < 0.004, "P(|w| < √(2 ln 2)) = ½"


def test_cells_in_the_logarithm_start_at_the_smallest_radius():
    edges = _edges(8, "logarithm", 1e-2)
    assert edges[1] == 1e-2
    assert np.ptp(np.diff(np.log(edges[1:-1]))) < 1e-12
    start = evolving.mean_field_start(8, 3, spacing="logarithm")
    named = evolving.mean_field_start(8, 3, spacing="logarithm", smallest_radius=1e-6)
    assert np.array_equal(start.w, named.w)
    assert len(evolving.mean_field_start().a) == 2 * 48 * 96


@given(st.integers(3, 40), st.integers(1, 60), st.floats(0.0, 7.0))
@example(32, 64, 0.0)
@example(4, 8, math.pi / 2)
def test_no_arc_ends_on_a_sample(directions, n, shift):
    angles = mn.uniform_angles(n) + shift
    start = evolving.mean_field_start(2, directions, angles=angles)
    z = mn.circle_points(angles) @ start.w.T
    assert np.abs(z).min() > 1e-9 * np.abs(start.w).max()


@given(st.integers(3, 20), st.integers(1, 12), st.integers(0, 2**32 - 1))
@settings(max_examples=20)
@example(4, 8, 0)
def test_no_other_turn_keeps_the_ends_farther_from_the_samples(directions, n, seed):
    angles = mn.sample_angles(n, np.random.default_rng(seed))
    w = evolving.mean_field_start(2, directions, angles=angles).w[:directions]
    phi = np.arctan2(w[:, 1], w[:, 0])
    ends = np.concatenate([phi - np.pi / 2, phi + np.pi / 2])
    found = clearance(ends, angles)
    turns = np.linspace(0, 2 * np.pi / directions, 101)
    others = [clearance(ends + turn, angles) for turn in turns]
    assert found >= max(others) - 1e-12
    assert found > 0


@pytest.mark.parametrize("directions", [3, 8, 32, 63, 64])
def test_without_angles_no_arc_ends_on_a_uniform_grid(directions):
    w = evolving.mean_field_start(2, directions).w[:directions]
    phi = np.arctan2(w[:, 1], w[:, 0])
    for n in (1, 7, 32, 64, 100, 128, 256, 500):
        # An end is off a point of the grid by |g − p/q| spacings, q ≤ 4n; at g the golden ratio
        # that is at least 0.38/q².
        least = 0.38 / (4 * n) ** 2 * 2 * np.pi / directions
        assert clearance(phi + np.pi / 2, mn.uniform_angles(n)) > least, n


@given(coefficients, st.floats(0.5, 4.0))
@settings(max_examples=10)
def test_amplitude_and_width_enter_as_one_ratio(target, factor):
    start = evolving.mean_field_start(6, 8)
    runs = [
        evolving.mean_field_descent(
            start, fast.population_objective, scale * np.array(target), scale**2 * 20, 0.3, 15
        )
        for scale in (1.0, factor)
    ]
    assert_close(runs[1][0].w, runs[0][0].w, 1e-11)
    assert_close(runs[1][1], factor**2 * runs[0][1], 1e-9)


@given(coefficients)
@settings(max_examples=10)
def test_growth_law_of_the_limit(target):
    # Σ â² grows by η 2⟨Y − F, F⟩ + η² Σ g² in every step, as in any network.
    start, width, eta = evolving.mean_field_start(6, 8), 30.0, 0.2
    scaled = math.sqrt(start.width / width) * np.array(target)
    objective = fast.population_objective(scaled)
    trained, losses = evolving.mean_field_descent(
        start, fast.population_objective, target, width, eta, 1
    )
    loss, gradient = objective(start)
    assert_close(losses[0], np.array(loss * width / start.width), 1e-12)
    grown = np.sum(trained.a**2) - np.sum(start.a**2)
    assert_close(grown, np.array(eta**2 * np.sum(gradient.a**2)), 1e-8)  # F = 0 at the start
    drift = mn.balance(trained) - mn.balance(start)
    expected = eta**2 * mn.balance(gradient)
    assert np.abs(drift - expected).max() <= 1e-11 * np.abs(trained.a**2).max()


def test_with_as_many_random_neurons_it_is_the_network():
    rng = np.random.default_rng(4)
    angles, target = mn.uniform_angles(16), np.array([0.0, 1.0, 0.5])
    start = evolving.random_start(12, rng)
    targets = mn.fourier_sum(angles, target)
    limit = evolving.mean_field_descent(
        start, lambda y: mn.objective(angles, y), targets, 12, 0.5, 50
    )
    network = mn.gradient_descent(start, mn.objective(angles, targets), 0.5, 50)
    assert_close(limit[1], network[1], 1e-12)
    assert_close(limit[0].w, network[0].w, 1e-12)


def test_without_motion_it_is_the_infinite_width_descent():
    target = np.array([0.2, 1.0, 0.0, 0.0, 0.4])
    start = evolving.mean_field_start(4, 640)  # off by directions^-2
    losses = evolving.mean_field_descent(start, fast.population_objective, target, 1e10, 0.5, 40)[1]
    rates = mn.fourier_eigenvalues(2)[basis_frequencies(2)]
    left = (1 - 0.5 * rates) ** np.arange(41)[:, None]
    assert_close(losses, 0.5 * (left**2 @ target**2), 5e-6)


@pytest.mark.parametrize("start", ["nodes", "random"])
def test_without_motion_the_kernel_of_the_start_decides(start):
    grid = mn.uniform_angles(8)
    y = mn.fourier_sum(grid, [0.2, 1.0, 0.0, 0.0, 0.4])
    if start == "nodes":
        params, bound = evolving.mean_field_start(4, 512, angles=grid), 1e-4
        kernel = mn.infinite_ntk(grid)
    else:
        params, bound = evolving.random_start(12, np.random.default_rng(0)), 1e-7
        kernel = mn.empirical_ntk(params, grid)
    losses = evolving.mean_field_descent(
        params, lambda values: mn.objective(grid, values), y, 1e12, 0.5, 40
    )[1]
    outputs = mn.frozen_descent(kernel, np.zeros(8), y, 0.5, range(41))
    assert_close(losses, 0.5 * np.mean((outputs - y) ** 2, axis=1), bound)


def test_a_mode_that_is_being_learned_is_slowed_down():
    start = evolving.mean_field_start(48, 96, spacing="logarithm", smallest_radius=1e-4)
    losses = [
        evolving.mean_field_descent(start, fast.population_objective, COS_3T, m, 0.5, 60)[1][-1]
        for m in (2.0**10, 1e11)
    ]
    assert losses[0] > losses[1]


# --- rate -----------------------------------------------------------------------------------------


def slope(sizes, values):
    """Least-squares slope of log value against log size, and its standard error."""
    x, y = np.log(np.asarray(sizes, dtype=float)), np.log(np.asarray(values))
    fit, covariance = np.polyfit(x, y, 1, cov=True)
    return fit[0], np.sqrt(covariance[0, 0])


def test_the_kernel_of_the_limit_moves_by_one_over_the_width():
    widths = 4.0 ** np.array([5, 6, 7, 8])
    change = [np.abs(diagonal_change(m, 20, COS_3T)[:2]).max() for m in widths]
    fitted, error = slope(widths, change)
    assert abs(fitted + 1) < 0.05, (fitted, error)
    assert error < 0.03


@pytest.mark.parametrize("width", [16, 256])
def test_more_than_twice_the_nodes_change_gains_and_loss_by_less_than_3e_4(width):
    target = mn.target_coefficients((1, 2, 3), amplitude=1.0)
    gains, losses = [], []
    for start in (evolving.mean_field_start(), evolving.mean_field_start(72, 144)):
        trained, loss = evolving.mean_field_descent(
            start, fast.population_objective, target, width, 0.5, 40
        )
        change = [fast.population_low_frequency_block(p, 8).diagonal() for p in (start, trained)]
        gains.append(np.bincount(basis_frequencies(8), change[1] - change[0]))
        losses.append(loss[-1])
    counts = np.bincount(basis_frequencies(8))
    off = np.abs(gains[0] - gains[1]) / counts / mn.fourier_eigenvalues(8)
    assert off.max() < 3e-4, off
    assert abs(losses[0] / losses[1] - 1) < 3e-4
    assert (np.abs(gains[1]) / counts / mn.fourier_eigenvalues(8)).max() > 10 * off.max()


# --- argument checks ------------------------------------------------------------------------------


def descend(width=4.0, targets=COSINE):
    return evolving.mean_field_descent(START, fast.population_objective, targets, width, 0.1, 2)


@pytest.mark.parametrize(
    ("rule", "call"),
    [
        ("radii must be an integer of at least 2, got 1", lambda: evolving.mean_field_start(1)),
        ("directions must be an integer of at least 3, got 2",
         lambda: evolving.mean_field_start(4, 2)),
        ("spacing must be", lambda: evolving.mean_field_start(4, 4, spacing="even")),
        ("smallest_radius must be",
         lambda: evolving.mean_field_start(4, 4, spacing="logarithm", smallest_radius=0.0)),
        ("smallest_radius must be below 6.5, got 7.0",
         lambda: evolving.mean_field_start(4, 4, spacing="logarithm", smallest_radius=7.0)),
        ("angles must be finite", lambda: evolving.mean_field_start(4, 4, angles=[np.nan])),
        ("width must be", lambda: descend(width=0)),
        ("width must be", lambda: descend(width=-3)),
        ("targets must be finite", lambda: descend(targets=[np.inf])),
        ("targets must be such that objective_of takes them: coefficients must be odd in number",
         lambda: descend(targets=[1.0, 2.0])),
    ],
)  # fmt: skip
def test_rejected_with_rule_and_value(rule, call):
    with pytest.raises(ValueError, match=re.escape(rule)):
        call()


@pytest.mark.claims
def test_a_smallest_radius_at_the_largest():
    with pytest.raises(ValueError, match=r"below 6\.5"):
        evolving.mean_field_start(4, 4, spacing="logarithm", smallest_radius=6.5)


def test_an_odd_number_of_neurons_is_rejected_by_its_name():
    with pytest.raises(ValueError, match="neurons must be even for antisymmetric pairs, got 3"):
        evolving.random_start(3, np.random.default_rng(0))


def test_far_angles_turn_the_directions_as_near_ones_do():
    near = np.array([0.1, 2.0, -0.9])
    far = near + 1e9 * 2 * np.pi
    start = evolving.mean_field_start(4, 8, angles=far)
    plain = evolving.mean_field_start(4, 8, angles=np.arctan2(np.sin(far), np.cos(far)))
    assert np.array_equal(start.w, plain.w)


def test_an_objective_is_rejected_by_the_name_of_what_makes_it():
    with pytest.raises(TypeError, match="objective_of must be a function of targets, got 1"):
        evolving.mean_field_descent(START, 1, COSINE, 4, 0.1, 2)
    with pytest.raises(TypeError, match=r"objective_of must return a function .*, got None"):
        evolving.mean_field_descent(START, lambda targets: None, COSINE, 4, 0.1, 2)


def test_a_generator_must_be_passed_in():
    with pytest.raises(TypeError, match="rng must be"):
        evolving.random_start(4, 3)
