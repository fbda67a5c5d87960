"""How fast the kernel that moves meets its limits: slopes, with their own error, and sizes."""

import numpy as np
import pytest

import minintk as mn
from minintk import evolving, fast
from minintk.circle import basis_frequencies

pytestmark = pytest.mark.evolving

COS_3T = mn.target_coefficients((3,), amplitude=1.0, shift=0.0)


def slope(sizes, values):
    """Least-squares slope of log value against log size, and its standard error."""
    x, y = np.log(np.asarray(sizes, dtype=float)), np.log(np.asarray(values))
    fit, covariance = np.polyfit(x, y, 1, cov=True)
    return fit[0], np.sqrt(covariance[0, 0])


def diagonal_change(width, steps, target, **nodes):
    start = evolving.mean_field_start(64, 48, spacing="logarithm", smallest_radius=1e-4, **nodes)
    trained, _ = evolving.mean_field_descent(
        start, fast.population_objective, target, width, 0.5, steps
    )
    blocks = [fast.population_low_frequency_block(p, 3).diagonal() for p in (start, trained)]
    return blocks[1] - blocks[0]


def test_both_phases_part_with_the_slope_of_the_leading_logarithm():
    widths = 2.0 ** np.array([18, 20, 22])
    changes = np.array([m * diagonal_change(m, 40, COS_3T)[5:] for m in widths])
    split = evolving.relative_split(3, 1.0, 20.0, learning_rate=0.5)
    theory = np.array(split) * mn.fourier_eigenvalues(3)[3]
    slopes = np.diff(changes, axis=0) / np.log(2.0)  # ln √m grows by ln 2
    ratios = slopes / theory
    assert np.abs(ratios - 1).max() < 0.04, ratios
    assert np.abs(slopes[1] - slopes[0]).max() < 0.02 * np.abs(theory).max(), "a straight line"


def test_the_kernel_of_the_limit_moves_by_one_over_the_width():
    widths = 4.0 ** np.array([5, 6, 7, 8])
    change = [np.abs(diagonal_change(m, 20, COS_3T)[:2]).max() for m in widths]
    fitted, error = slope(widths, change)
    assert abs(fitted + 1) < 0.05, (fitted, error)
    assert error < 0.03


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


def test_mean_loss_of_frozen_networks_in_standard_errors():
    rng = np.random.default_rng(11)
    n, width, times = 48, 256, np.array([40.0, 60.0])
    grid = mn.uniform_angles(n)
    for antisymmetric in (True, False):
        losses = []
        for _ in range(500):
            params = mn.initialise(width, rng, antisymmetric=antisymmetric)
            rates, vectors = np.linalg.eigh(fast.empirical_ntk(params, grid) / n)
            target = vectors.T @ np.cos(3 * grid)
            losses.append(np.exp(-2 * np.outer(times, rates)) @ target**2 / (2 * n))
        mean, error = np.mean(losses, axis=0), np.std(losses, axis=0) / np.sqrt(500)
        formula = evolving.frozen_loss(3, 1.0, width, times, antisymmetric=antisymmetric)
        rate = mn.fourier_eigenvalues(3)[3]
        aliased = np.exp(-2 * (mn.aliased_eigenvalues(n)[3] - rate) * times)  # the grid's own rate
        scores = (mean - formula * aliased) / error
        assert np.abs(scores).max() < 4, (scores, antisymmetric)
        limit = 0.25 * np.exp(-2 * rate * times)
        assert np.all(formula - limit > 3 * error), "the correction is seen"


@pytest.mark.parametrize("k", [2, 3, 5])
def test_the_loss_of_a_mode_whose_rate_falls_as_the_split_says(k):
    # r' = −λ (1 + ε own(τ)) r by small steps, against the closed form of the loss's first order.
    amplitude, time, small, steps = 1.3, 40.0, 1e-6, 4000
    rate = float(mn.fourier_eigenvalues(k)[k])
    middles = (np.arange(steps) + 0.5) * time / steps
    own = np.array([evolving.relative_split(k, amplitude, t)[0] for t in middles])
    exponents = -rate * (1 + small * own) * time / steps
    losses = [amplitude**2 / 4 * np.exp(2 * e) for e in (exponents.sum(), -rate * time)]
    slope_in_epsilon = (losses[0] - losses[1]) / small
    assert abs(slope_in_epsilon / evolving.loss_logarithm(k, amplitude, time) - 1) < 1e-4


def test_a_mode_that_is_being_learned_is_slowed_down():
    start = evolving.mean_field_start(96, 96, spacing="logarithm", smallest_radius=1e-4)
    losses = [
        evolving.mean_field_descent(start, fast.population_objective, COS_3T, m, 0.5, 60)[1][-1]
        for m in (2.0**10, 1e11)
    ]
    assert losses[0] > losses[1]


def test_frequencies_of_the_basis_are_those_used_here():
    assert basis_frequencies(3)[5:].tolist() == [3, 3]


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
