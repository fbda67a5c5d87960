"""The Gaussian limits of the errors of samples and of neurons: covariances, and real errors."""

import math
import re

import numpy as np
import pytest

import minintk as mn
from minintk import evolving, fast
from minintk.evolving.gaussian_limits import limit_block, norms
from minintk.fast.modes import gram_matrix, whitened_block
from tests.reference import evolving as reference
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.evolving


class Units(np.random.Generator):
    """A generator with one normal that is 1 in each draw, all others 0."""

    def __init__(self):
        super().__init__(np.random.PCG64(0))

    def standard_normal(self, shape):
        *kinds, draws, normals = shape
        count = math.prod(kinds)
        return np.eye(draws).reshape(draws, count, normals).swapaxes(0, 1).reshape(shape)


def covariance(matrices):
    """Of all pairs of entries, where the draws are those of `Units`."""
    return np.einsum("njl,npq->jlpq", matrices, matrices)


def width_covariance(k_max, **law):
    return covariance(evolving.width_limit(k_max, 3 * (4 * k_max + 1), Units(), **law))


# --- by hand --------------------------------------------------------------------------------------


def test_limit_of_sampling_at_frequency_one_by_hand():
    # G_01 = ξ_1 for both phases, G_cc = −G_ss = ξ_2c/√2, G_cs = ξ_2s/√2, G_00 = 0
    found = evolving.sampling_limit(1, 4, Units())
    rates = mn.fourier_eigenvalues(1)
    both, half = rates.sum(), rates[1] / math.sqrt(2)
    raw = np.zeros((4, 3, 3))
    raw[0, 0, 1] = raw[0, 1, 0] = raw[1, 0, 2] = raw[1, 2, 0] = both
    raw[2, 1, 1], raw[2, 2, 2] = 2 * half, -2 * half
    raw[3, 1, 2] = raw[3, 2, 1] = 2 * half
    assert_close(found["raw"], raw, 1e-14)
    raw[:2] *= rates[1] / both  # whitening leaves U_01 λ_1 of both, half of the rest
    raw[2:] /= 2
    assert_close(found["whitened"], raw, 1e-14)


def test_norms_relative_to_the_eigenvalues():
    off = np.zeros((3, 3))
    off[0, 1] = off[1, 0] = 0.1
    found = norms({"a": np.stack([off, 2 * off])})
    rates = mn.fourier_eigenvalues(1)
    assert_close(found["a"], np.array([0.1, 0.2]), 1e-14)
    assert_close(found["a_relative"], np.array([0.1, 0.2]) / math.sqrt(rates.prod()), 1e-14)


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.parametrize("k_max", [1, 3])
def test_covariance_of_the_gram_matrix(k_max):
    points = mn.uniform_angles(997)
    modes = mn.fourier_basis(points, k_max)
    products = np.einsum("ij,il->ijl", modes, modes).reshape(len(points), -1)
    identity = np.eye(2 * k_max + 1).ravel()
    exact = products.T @ products / len(points) - np.outer(identity, identity)
    rates = limit_block(k_max).diagonal()
    factor = np.add.outer(rates, rates).ravel()  # (ΛG + GΛ)_jl = (λ_j + λ_l) G_jl
    found = covariance(evolving.sampling_limit(k_max, 4 * k_max, Units())["raw"])
    assert_close(found.reshape(exact.shape), exact * np.outer(factor, factor), 1e-13)


@pytest.mark.parametrize(("output_law", "fourth"), [("signs", 1.0), ("normal", 3.0)])
def test_covariance_of_a_neurons_entries(output_law, fourth):
    directions, k_max = 17, 1
    columns = range(2 * k_max + 1)
    first, second = np.empty((2, directions, 3, 3))
    for i in range(directions):
        phi = math.tau * (i + 0.17) / directions
        for j in columns:
            for m in columns:
                at_0, at_1 = (reference.neuron_entry(phi, rho, j, m) for rho in (0.0, 1.0))
                first[i, j, m], second[i, j, m] = at_0, at_1 - at_0
    mean = (first + 2 * second).mean(axis=0)  # E a² = 1, E ρ² = 2, E ρ⁴ = 8
    exact = (
        fourth * np.einsum("ijl,ipq->jlpq", first, first)
        + 2 * np.einsum("ijl,ipq->jlpq", first, second)
        + 2 * np.einsum("ijl,ipq->jlpq", second, first)
        + 8 * np.einsum("ijl,ipq->jlpq", second, second)
    ) / directions - np.einsum("jl,pq->jlpq", mean, mean)
    assert_close(width_covariance(k_max, output_law=output_law), exact, 1e-9)


# --- theorem --------------------------------------------------------------------------------------


def test_variances_are_those_of_the_frozen_loss():
    found = np.einsum("jljl->jl", width_covariance(4))
    for k in range(5):
        by_phase = np.bincount(mn.basis_frequencies(4), found[2 * k - 1 if k else 0])
        assert_close(by_phase, evolving.entry_variances(k, 4), 1e-14)


def test_antisymmetric_pairs_vary_by_the_root_of_two():
    one, pairs = (
        evolving.width_limit(2, 5, np.random.default_rng(3), antisymmetric=pairs)
        for pairs in (False, True)
    )
    assert_close(pairs, math.sqrt(2) * one, 1e-15)


def test_whitening_to_first_order():
    found = evolving.sampling_limit(2, 1, np.random.default_rng(4))
    rates = limit_block(2)
    gram = found["raw"][0] / np.add.outer(rates.diagonal(), rates.diagonal())
    misses = []
    for small in (1e-3, 1e-4):
        exact = whitened_block(rates + small * found["raw"][0], np.eye(5) + small * gram)
        misses.append(np.abs((exact - rates) / small - found["whitened"][0]).max())
    assert misses[1] < 1e-3, misses
    assert 9 < misses[0] / misses[1] < 11, "what is left is of second order"


# --- rate -----------------------------------------------------------------------------------------


def test_errors_are_the_predicted_ones_in_standard_errors():
    rng, k_max, count, size = np.random.default_rng(6), 2, 300, 1024
    rates = limit_block(k_max)
    blocks = {"raw": [], "whitened": [], "width": []}
    for _ in range(count):
        angles, network = mn.sample_angles(size, rng), mn.initialise(size, rng)
        raw = fast.infinite_low_frequency_block(angles, k_max)
        blocks["raw"].append(raw)
        blocks["whitened"].append(whitened_block(raw, gram_matrix(angles, k_max)))
        blocks["width"].append(fast.population_low_frequency_block(network, k_max))
    measured = norms({k: (np.array(v) - rates) * 32 for k, v in blocks.items()})
    limits = evolving.sampling_limit(k_max, 5000, rng)
    limits["width"] = evolving.width_limit(k_max, 5000, rng)
    predicted = {name: values.mean() for name, values in norms(limits).items()}
    for name in blocks:
        error = measured[name].std() / math.sqrt(count)
        score = (measured[name].mean() - predicted[name]) / error
        assert abs(score) < 4, (name, score)
        assert error < 0.04 * predicted[name], name


def test_squares_of_both_limits_add():
    rng, draws = np.random.default_rng(7), 2000
    of_samples = evolving.sampling_limit(4, draws, rng)["raw"]
    of_width = evolving.width_limit(4, draws, rng)
    for share in (0.1, 0.5, 0.9):
        parts = {"samples": math.sqrt(share) * of_samples, "width": of_width}
        parts["both"] = parts["samples"] + parts["width"]
        squares = {k: np.mean(v**2) for k, v in norms(parts).items()}
        assert abs(squares["both"] / (squares["samples"] + squares["width"]) - 1) < 0.04


# --- argument checks ------------------------------------------------------------------------------


RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("error", "rule", "call"),
    [
        (ValueError, "k_max must be an integer of at least 0, got -1",
         lambda: evolving.sampling_limit(-1, 2, RNG)),
        (ValueError, "k_max must be an integer of at least 0, got 1.5",
         lambda: evolving.width_limit(1.5, 2, RNG)),
        (ValueError, "draws must be a positive integer, got 0",
         lambda: evolving.sampling_limit(1, 0, RNG)),
        (TypeError, "rng must be a numpy.random.Generator (numpy.random.default_rng(seed)), got 7",
         lambda: evolving.width_limit(1, 2, 7)),
        (ValueError, "output_law must be one of 'signs', 'normal', got 'uniform'",
         lambda: evolving.width_limit(1, 2, RNG, "uniform")),
        (ValueError, "antisymmetric must be True or False, got 1",
         lambda: evolving.width_limit(1, 2, RNG, antisymmetric=1)),
        (MemoryError, "the draws would take", lambda: evolving.sampling_limit(4, 10**7, RNG)),
        (MemoryError, "the draws would take", lambda: evolving.width_limit(10**4, 1, RNG)),
    ],
)  # fmt: skip
def test_rejected_with_rule_and_value(error, rule, call):
    with pytest.raises(error, match=re.escape(rule)):
        call()
