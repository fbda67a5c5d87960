"""The population limit against quadrature between the kinks, and against large samples."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings

import minintk as mn
from minintk import fast
from minintk.fast import modes
from tests.reference import awkward
from tests.reference.closeness import assert_close

# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.spectrum
def test_k_max_by_default_is_4():
    rng = np.random.default_rng(2)
    params, angles = awkward.network(5, 0, rng), awkward.angles(30, 0, rng)
    for function, first in (
        (fast.empirical_low_frequency_block, (params, angles)),
        (fast.infinite_low_frequency_block, (angles,)),
        (fast.population_low_frequency_block, (params,)),
    ):
        np.testing.assert_array_equal(function(*first), function(*first, 4))


# --- reference ------------------------------------------------------------------------------------

NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)


def quadrature(params):
    """Angles and weights of Gauss-Legendre on every piece between two kinks, by bisection of z."""
    grid = np.linspace(0, 2 * np.pi, 4001)
    edges = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 2 * np.pi]
    for (w1, w2), b in zip(params.w, params.b, strict=True):

        def z(t, w1=w1, w2=w2, b=b):
            return w1 * np.cos(t) + w2 * np.sin(t) + b

        active = z(grid) > 0
        for i in np.flatnonzero(active[1:] != active[:-1]):
            low, high = grid[i], grid[i + 1]
            for _ in range(60):
                middle = (low + high) / 2
                low, high = (middle, high) if (z(middle) > 0) == active[i] else (low, middle)
            edges.append(low)
    edges = np.sort(edges)
    half = np.diff(edges)[:, None] / 2
    angles = (edges[:-1, None] + half * (1 + NODES)).ravel()
    return angles, (half * WEIGHTS).ravel() / (2 * np.pi)


def few_kinks(drawn):
    """Without the arcs that the grid of `quadrature` cannot see."""
    params, _, rng = drawn
    size = np.hypot(*params.w.T)
    seen = (np.abs(np.abs(params.b) - size) > 1e-3) | (size == 0)
    b = np.where(seen, params.b, 0.1)
    return mn.Params(params.w, b, params.a, params.trained), rng


@pytest.mark.backward
@given(drawn=awkward.few())
def test_loss_and_gradient_against_quadrature(drawn):
    params, rng = few_kinks(drawn)
    coefficients = rng.standard_normal(2 * rng.integers(0, 7) + 1)
    angles, weights = quadrature(params)
    output, cache = mn.forward_with_cache(params, angles)
    residual = output - mn.fourier_sum(angles, coefficients)
    expected = mn.backward(params, cache, weights * residual)
    loss, gradient = fast.population_loss_and_gradient(params, coefficients)
    assert_close(loss, weights @ residual**2 / 2, 1e-12, "loss")
    size = 1 + np.sqrt(weights @ residual**2) * max(np.abs(params.a).max(), np.abs(params.w).max())
    for part in "wba":
        error = np.abs(getattr(gradient, part) - getattr(expected, part)).max()
        assert error <= 1e-13 * size, f"{part}: {error:.1e}"
    assert gradient.trained == params.trained


@pytest.mark.spectrum
@given(drawn=awkward.few())
def test_block_against_quadrature(drawn):
    params, _ = few_kinks(drawn)
    angles, weights = quadrature(params)
    weighted = mn.fourier_basis(angles, 6) * weights[:, None]
    projected = mn.output_jacobian(params, angles).T @ weighted
    block = fast.population_low_frequency_block(params, 6)
    size = max(1.0, np.abs(projected).max() ** 2)
    assert np.abs(block - projected.T @ projected).max() <= 1e-12 * size


@pytest.mark.forward
@given(drawn=awkward.few())
def test_output_on_every_piece(drawn):
    params, angles, _ = drawn
    ends, coefficients = fast.population_output(params)
    assert ends[0] == 0
    assert ends[-1] == 2 * np.pi
    assert (np.diff(ends) >= 0).all()
    assert coefficients.shape == (3, 2 * params.width + 1) == (3, len(ends) - 1)
    t = np.arctan2(np.sin(angles), np.cos(angles)) % (2 * np.pi)
    inside = np.min(np.abs(t[:, None] - ends), axis=1) > 1e-12
    assert inside.any()
    piece = np.searchsorted(ends, t[inside], "right") - 1
    x = mn.augmented_points(t[inside])
    size = np.sum(np.abs(params.a) * (np.abs(params.w).sum(axis=1) + np.abs(params.b)))
    error = np.einsum("ik,ki->i", x, coefficients[:, piece]) - mn.forward(params, t[inside])
    assert np.abs(error).max() <= 1e-13 * size


@pytest.mark.backward
@pytest.mark.spectrum
@settings(max_examples=4)
@given(drawn=awkward.few())
def test_against_a_hundred_thousand_samples(drawn):
    params, _, rng = drawn
    n = 100_000
    grid = 2 * np.pi * (np.arange(n) + 0.5) / n
    coefficients = rng.standard_normal(9)
    loss, gradient = fast.population_loss_and_gradient(params, coefficients)
    plain_loss, plain = fast.loss_and_gradient(params, grid, mn.fourier_sum(grid, coefficients))
    assert abs(loss - plain_loss) <= 10 / n * (1 + plain_loss)
    largest = 1 + np.abs(np.hstack([params.w.ravel(), params.b, params.a])).max()
    for part in "wba":
        error = np.abs(getattr(gradient, part) - getattr(plain, part)).max()
        assert error <= 30 / n * largest**2 * (1 + math.sqrt(plain_loss)), part
    block = fast.population_low_frequency_block(params, 3)
    sampled = fast.empirical_low_frequency_block(params, grid, 3)
    assert np.abs(block - sampled).max() <= 100 / n * largest**4


@pytest.mark.dynamics
@pytest.mark.parametrize("trained", awkward.TRAINED_SUBSETS, ids=str)
@pytest.mark.parametrize("antisymmetric", [False, True])
@pytest.mark.parametrize("width", [2, 6, 30])
def test_largest_eigenvalue_against_a_fine_grid(trained, antisymmetric, width):
    rng = np.random.default_rng(width)
    law = mn.Law(bias_std=0.3, output_law="normal", trained=trained)
    params = mn.initialise(width, rng, law, antisymmetric=antisymmetric)
    jacobian = mn.output_jacobian(params, mn.uniform_angles(20_000))
    true = np.linalg.eigvalsh(jacobian.T @ jacobian / 20_000)[-1]
    found = fast.population_objective([0.0]).largest_eigenvalue(params)
    assert 0.95 * true <= found <= true * (1 + 1e-3)


# --- theorem --------------------------------------------------------------------------------------


@pytest.mark.dynamics
def test_training_on_the_whole_circle():
    params = mn.initialise(60, np.random.default_rng(1), antisymmetric=True)
    coefficients = mn.target_coefficients([1, 2])
    objective = fast.population_objective(coefficients)
    trained, losses = mn.gradient_descent(params, objective, 0.5, 300)
    assert_close(losses[0], coefficients @ coefficients / 2, 1e-14, "f = 0 at the start")
    assert (np.diff(losses) < 0).all()
    assert losses[-1] < 0.02 * losses[0]
    grid = mn.uniform_angles(1 << 16)
    sampled = fast.loss_and_gradient(trained, grid, mn.fourier_sum(grid, coefficients))[0]
    assert_close(losses[-1], sampled, 1e-5, "at the end")


# --- rate -----------------------------------------------------------------------------------------


@pytest.mark.spectrum
def test_block_of_a_wide_network_is_nearly_diagonal():
    params = mn.initialise(200_000, np.random.default_rng(4))  # over one chunk of neurons
    block = fast.population_low_frequency_block(params, 3)
    error = mn.spectral_error(block, mn.fourier_eigenvalues(3))
    assert 0 < error < 4 * 0.77 / math.sqrt(200_000)


@pytest.mark.spectrum
def test_high_frequencies_take_the_neurons_in_blocks(monkeypatch):
    rng = np.random.default_rng(7)
    params, angles = awkward.network(9, 0, rng), awkward.angles(30, 0, rng)
    whole = fast.population_low_frequency_block(params, 6)
    sampled = fast.empirical_low_frequency_block(params, angles, 6)
    monkeypatch.setattr(modes, "_MODES_AT_ONCE", 2 * 13)
    assert_close(fast.population_low_frequency_block(params, 6), whole, 1e-14)
    assert_close(fast.empirical_low_frequency_block(params, angles, 6), sampled, 1e-14)


# --- argument checks ------------------------------------------------------------------------------

NETWORK = awkward.network(3, 0, np.random.default_rng(0))
NAN = float("nan")

CASES = [
    ("k_max must be an integer", lambda: fast.population_low_frequency_block(NETWORK, 1.5)),
    ("coefficients must be odd in number", lambda: fast.population_objective([1.0, 2.0])),
    ("coefficients must be finite", lambda: fast.population_loss_and_gradient(NETWORK, [NAN])),
]


@pytest.mark.project
@pytest.mark.parametrize(("message", "call"), CASES, ids=[case[0][:60] for case in CASES])
def test_rejected(message, call):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


@pytest.mark.project
def test_another_object_in_place_of_the_network():
    objective = fast.population_objective([1.0])
    for function in (
        objective,
        objective.largest_eigenvalue,
        fast.population_output,
        fast.population_low_frequency_block,
        lambda params: fast.population_loss_and_gradient(params, [1.0]),
    ):
        with pytest.raises(TypeError, match="params must be a Params"):
            function((1.0, 2.0, 3.0))
