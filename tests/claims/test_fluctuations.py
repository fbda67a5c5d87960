"""The Gaussian limits of the errors of sampling and width, and what is made of them."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

import minintk as mn
from minintk import evolving, fast
from minintk.claims import fluctuations
from minintk.claims.statistics import Interval
from minintk.fast.modes import gram_matrix, whitened_block
from tests.reference import evolving as reference
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.claims


class Units:
    """In place of a generator: each draw has one normal that is 1, all others are 0."""

    def standard_normal(self, shape):
        *kinds, draws, normals = shape
        count = math.prod(kinds)
        return np.eye(draws).reshape(draws, count, normals).swapaxes(0, 1).reshape(shape)


def covariance(matrices):
    """Of all pairs of entries, where the draws are those of `Units`."""
    return np.einsum("njl,npq->jlpq", matrices, matrices)


def width_covariance(k_max, **law):
    return covariance(fluctuations.width_limit(k_max, 3 * (4 * k_max + 1), Units(), **law))


def found_with(**changes):
    """What is judged: both intervals well inside."""
    good = {"slopes": {"raw": Interval(-0.5, -0.52, -0.48, 8)},
            "ratios": {"raw": Interval(1.0, 0.95, 1.05, 8)}}  # fmt: skip
    return SimpleNamespace(**good | {k: {"raw": Interval(*v, 8)} for k, v in changes.items()})


# --- by hand --------------------------------------------------------------------------------------


def test_limit_of_sampling_at_frequency_one_by_hand():
    # G_01 = ξ_1 for both phases, G_cc = −G_ss = ξ_2c/√2, G_cs = ξ_2s/√2, G_00 = 0
    found = fluctuations.sampling_limit(1, 4, Units())
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
    found = fluctuations.norms({"a": np.stack([off, 2 * off])})
    rates = mn.fourier_eigenvalues(1)
    assert_close(found["a"], np.array([0.1, 0.2]), 1e-14)
    assert_close(found["a_relative"], np.array([0.1, 0.2]) / math.sqrt(rates.prod()), 1e-14)
    assert fluctuations.mean_norms({"a": off})["a"] == pytest.approx(0.1)


def test_slopes_and_constants_of_errors_that_are_known():
    sizes = (16, 64, 256, 1024)
    errors = {"a": np.array([[3.0], [2.0], [2.0], [2.0]]) / np.sqrt(sizes)[:, None] * [1.0, 1.2]}
    limit = {"a": np.array(2.0), "a_relative": np.array(1.0)}
    found = SimpleNamespace(**fluctuations.slopes_and_constants(sizes, errors, limit, ["a"]))
    x = np.log(sizes) - np.log(sizes).mean()
    assert found.slopes["a"].mean == pytest.approx(x @ np.log(errors["a"][:, 0]) / (x @ x))
    assert found.constants["a"].mean == pytest.approx(2.2), "the upper half of the sizes alone"
    assert found.ratios["a"].mean == pytest.approx(1.1)
    assert found.for_a_tenth == {"a": 100}
    assert "m = 256 … 1024" in fluctuations.criterion("m", sizes)
    assert "100 (a)" in fluctuations.said("m", found)


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, [True, True]),
        ({"slopes": (-0.5, -0.599, -0.401)}, [True, True]),
        ({"slopes": (-0.5, -0.601, -0.41)}, [None, True]),
        ({"slopes": (-0.5, -0.59, -0.399)}, [None, True]),
        ({"slopes": (-0.7, -0.8, -0.601)}, [False, True]),
        ({"slopes": (math.nan, -math.inf, math.inf)}, [False, True]),
        ({"ratios": (1.0, 0.901, 1.099)}, [True, True]),
        ({"ratios": (1.0, 0.899, 1.09)}, [True, None]),
        ({"ratios": (1.0, 0.91, 1.101)}, [True, None]),
        ({"ratios": (1.2, 1.11, 1.3)}, [True, False]),
        ({"ratios": (math.nan, -math.inf, math.inf)}, [True, False]),
    ],
)
def test_findings_at_their_borders(changes, shown):
    findings = list(fluctuations.findings(found_with(**changes)))
    assert [finding.part for finding in findings] == ["slope, raw", "constant, raw"]
    assert [finding.shown for finding in findings] == shown


@pytest.mark.parametrize(
    ("slope", "verdict"),
    [
        ((-0.59, -0.68, -0.5), "holds"),  # the first form does not decide this
        ((-0.59, -0.70, -0.48), "not decided"),
        ((-0.61, -0.65, -0.57), "fails"),
        ((math.nan, -math.inf, math.inf), "fails"),
    ],
)
def test_the_later_form_asks_less_of_the_slopes(slope, verdict):
    assert fluctuations.judge_later(None, found_with(slopes=slope)).verdict == verdict


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.parametrize("k_max", [1, 3])
def test_covariance_of_the_gram_matrix(k_max):
    points = mn.uniform_angles(997)
    modes = mn.fourier_basis(points, k_max)
    products = np.einsum("ij,il->ijl", modes, modes).reshape(len(points), -1)
    identity = np.eye(2 * k_max + 1).ravel()
    exact = products.T @ products / len(points) - np.outer(identity, identity)
    rates = fluctuations.limit_block(k_max).diagonal()
    factor = np.add.outer(rates, rates).ravel()  # (ΛG + GΛ)_jl = (λ_j + λ_l) G_jl
    found = covariance(fluctuations.sampling_limit(k_max, 4 * k_max, Units())["raw"])
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
        fluctuations.width_limit(2, 5, np.random.default_rng(3), antisymmetric=pairs)
        for pairs in (False, True)
    )
    assert_close(pairs, math.sqrt(2) * one, 1e-15)


def test_whitening_to_first_order():
    found = fluctuations.sampling_limit(2, 1, np.random.default_rng(4))
    rates = fluctuations.limit_block(2)
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
    rates = fluctuations.limit_block(k_max)
    blocks = {"raw": [], "whitened": [], "width": []}
    for _ in range(count):
        angles, network = mn.sample_angles(size, rng), mn.initialise(size, rng)
        raw = fast.infinite_low_frequency_block(angles, k_max)
        blocks["raw"].append(raw)
        blocks["whitened"].append(whitened_block(raw, gram_matrix(angles, k_max)))
        blocks["width"].append(fast.population_low_frequency_block(network, k_max))
    measured = fluctuations.norms({k: (np.array(v) - rates) * 32 for k, v in blocks.items()})
    limits = fluctuations.sampling_limit(k_max, 5000, rng)
    limits["width"] = fluctuations.width_limit(k_max, 5000, rng)
    predicted = fluctuations.mean_norms(limits)
    for name in blocks:
        error = measured[name].std() / math.sqrt(count)
        score = (measured[name].mean() - predicted[name]) / error
        assert abs(score) < 4, (name, score)
        assert error < 0.04 * predicted[name], name


def test_squares_of_both_limits_add():
    rng, draws = np.random.default_rng(7), 2000
    of_samples = fluctuations.sampling_limit(4, draws, rng)["raw"]
    of_width = fluctuations.width_limit(4, draws, rng)
    for share in (0.1, 0.5, 0.9):
        parts = {"samples": math.sqrt(share) * of_samples, "width": of_width}
        parts["both"] = parts["samples"] + parts["width"]
        squares = {k: np.mean(v**2) for k, v in fluctuations.norms(parts).items()}
        assert abs(squares["both"] / (squares["samples"] + squares["width"]) - 1) < 0.04
