"""The nodes of the mean-field start, cell by cell, and networks trained side by side."""

import dataclasses
import itertools
import math
from decimal import Decimal, getcontext

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import minintk as mn
from minintk import evolving
from minintk.claims import CLAIMS
from minintk.claims.beyond import mean_field, mean_field_fluctuation
from minintk.claims.claim import FAILS, HOLDS, measure
from minintk.evolving.mean_field import _cells, _edges
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.evolving


# --- nodes ----------------------------------------------------------------------------------------


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


def test_thin_cells_keep_their_digits():
    # In a cell (0, ρ) of small ρ the mean of ρ² is half of its end's.
    for end in (1e-9, 1e-5, 1e-3):
        assert _cells(np.array([0.0, end, 1.0]))[1][0] / end == pytest.approx(
            math.sqrt(0.5), rel=1e-10 + end**2
        )


def test_cells_in_the_logarithm_start_at_the_smallest_radius():
    edges = _edges(8, "logarithm", 1e-2)
    assert edges[1] == 1e-2
    assert np.ptp(np.diff(np.log(edges[1:-1]))) < 1e-12
    start = evolving.mean_field_start(8, 3, spacing="logarithm")
    named = evolving.mean_field_start(8, 3, spacing="logarithm", smallest_radius=1e-6)
    assert np.array_equal(start.w, named.w)
    assert len(evolving.mean_field_start().a) == 2 * 48 * 96


def clearance(ends, samples):
    """Smallest distance on the circle from an end to a sample."""
    apart = np.subtract.outer(ends, samples)
    return np.abs((apart + np.pi) % (2 * np.pi) - np.pi).min()


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


@pytest.mark.parametrize("start", ["nodes", "random"])
def test_without_laziness_the_kernel_of_the_start_decides(start):
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


# --- side by side ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "n"), [(1, 3), (6, 1), (17, 9)])
def test_networks_side_by_side_train_as_each_alone(width, n):
    rng = np.random.default_rng(width)
    angles, targets = mn.sample_angles(n, rng), rng.standard_normal(n)
    networks = [mn.initialise(width, rng, bias_std=0.4, output_law="normal") for _ in range(4)]
    trained, losses = evolving.train_together(networks, angles, targets, 0.3, 25)
    assert losses.shape == (4, 26)
    for index, network in enumerate(networks):
        alone, expected = mn.gradient_descent(network, mn.objective(angles, targets), 0.3, 25)
        assert_close(losses[index], expected, 1e-12)
        assert_close(mn.flatten(trained[index]), mn.flatten(alone), 1e-12)
        assert_close(mn.fast.forward(trained[index], angles), mn.forward(alone, angles), 1e-11)


def test_no_step_leaves_the_networks_as_they_are():
    networks = [mn.initialise(4, np.random.default_rng(seed)) for seed in (0, 1)]
    trained, losses = evolving.train_together(networks, [0.1, 2.0], [1.0, -1.0], 0.5, 0)
    assert losses.shape == (2, 1)
    for before, after in zip(networks, trained, strict=True):
        assert np.array_equal(mn.flatten(before), mn.flatten(after))


@pytest.mark.parametrize(
    ("rule", "networks"),
    [
        ("networks must be at least one, got none", []),
        ("networks must have one width, got", [2, 4]),
    ],
)
def test_networks_that_cannot_be_trained_together(rule, networks):
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=rule):
        evolving.train_together([mn.initialise(m, rng) for m in networks], [0.0], [1.0], 0.5, 1)


def test_side_by_side_refuses_a_part_at_rest_and_a_divergence():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="networks must train all of"):
        evolving.train_together([mn.initialise(4, rng, trained=("w", "a"))], [0.0], [1.0], 0.5, 1)
    quiet, wild = mn.initialise(4, rng), mn.initialise(4, rng, weight_std=1e4)
    with pytest.raises(mn.DivergenceError, match="diverged at step"):
        evolving.train_together([quiet, wild], [0.0, 1.0], [1.0, 2.0], 0.5, 400)


# --- the claims' road through them ----------------------------------------------------------------


def with_losses(function, factor):
    def changed(*arguments, **options):
        trained, losses = function(*arguments, **options)
        return trained, factor * losses

    return changed


SMALL = dataclasses.replace(
    CLAIMS["mean_field_fluctuation"].quick, steps=30, seeds=128, radii=16, directions=64
)


@pytest.mark.parametrize(("part", "factor"), [("mean_field_descent", 0.9), ("train_together", 1.1)])
def test_a_limit_or_networks_off_by_a_tenth_cannot_hold(part, factor, monkeypatch):
    claim = CLAIMS["mean_field_fluctuation"]
    before = measure(claim, SMALL, seed=0)
    assert claim.judge(before).verdict == HOLDS
    monkeypatch.setattr(
        mean_field_fluctuation, part, with_losses(getattr(mean_field_fluctuation, part), factor)
    )
    after = measure(claim, SMALL, seed=0)
    assert claim.judge(after).verdict != HOLDS
    assert after.excess_times_neurons[1].mean > before.excess_times_neurons[1].mean + 10


def test_the_networks_of_the_fluctuation_are_those_of_mean_field_descent():
    unit = mean_field_fluctuation.units(SMALL)[1]
    losses = mean_field_fluctuation.measure_unit(SMALL, unit, np.random.default_rng(7))["loss"]
    rng, grid = np.random.default_rng(7), mn.uniform_angles(SMALL.points)
    targets = mn.fourier_sum(grid, mean_field_fluctuation.TARGETS["low"])
    for loss in losses[:3]:
        expected = evolving.mean_field_descent(
            evolving.random_start(unit.key[0], rng),
            lambda values: mn.objective(grid, values),
            targets,
            SMALL.width,
            SMALL.learning_rate,
            SMALL.steps,
        )[1][-1]
        assert_close(loss, np.array(expected), 1e-12)


def test_what_the_mean_field_claim_measures_of_one_network():
    claim = CLAIMS["mean_field"]
    small = dataclasses.replace(claim.quick, at_steps=(4, 9), points=12, k_max=2)
    unit = mean_field.units(small)[0]
    part = mean_field.measure_unit(small, unit, np.random.default_rng(5))
    network = mn.initialise(unit.key[1], np.random.default_rng(5), antisymmetric=True)
    grid = mn.uniform_angles(12)
    y, blocks = mn.fourier_sum(grid, mean_field.TARGETS["low"]), {}

    def record(step, params):
        blocks[step] = mn.fast.population_low_frequency_block(params, 2).diagonal()

    losses = mn.gradient_descent(network, mn.objective(grid, y), 0.5, 9, record=record)[1]
    assert_close(part["evolving"][0], losses[[4, 9]], 1e-12)
    for column, step in enumerate((4, 9)):
        change = blocks[step] - blocks[0]
        expected = [change[0], change[1:3].mean(), change[3:5].mean()]
        assert_close(part["gains"][0, column], np.array(expected), 1e-11)


def test_the_farthest_cell_is_named_with_its_standard_error():
    claim = CLAIMS["mean_field"]
    small = dataclasses.replace(
        claim.quick, at_steps=(3, 6), points=12, seeds=10, radii=4, directions=24
    )
    record = measure(claim, small, seed=0)
    cells = {}
    for t, w, s in np.ndindex(record.mean_field_loss.shape):
        logs = [math.log(loss) for loss in record.evolving_loss[t, w, s]]
        mean = math.fsum(logs) / 10
        error = math.sqrt(math.fsum((x - mean) ** 2 for x in logs) / 9 / 10)
        name = f"m = {record.widths[w]}, {record.targets[t]}, τ = {record.times[s]:g}"
        cells[name] = math.exp(abs(math.log(record.mean_field_loss[t, w, s]) - mean)), error
    farthest = max(cells, key=lambda name: cells[name][0])
    assert record.factor_cell == farthest
    assert_close([record.largest_factor, record.factor_error], list(cells[farthest]), 1e-12)


def test_one_number_of_neurons_shows_no_constant():
    claim = CLAIMS["mean_field_fluctuation"]
    record = measure(claim, dataclasses.replace(SMALL, steps=3, seeds=8), seed=0)
    for judged_from in (128, 129):  # one of (64, 128), and none
        some = dataclasses.replace(record, judged_from=judged_from)
        assert claim.judge(some).verdict == FAILS
