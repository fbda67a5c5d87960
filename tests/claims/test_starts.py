"""What a random start explains: sums whose means are known, and means with less noise."""

import numpy as np
import pytest

import minintk as mn
from minintk.claims.starts import neuron_sums, without_starts
from minintk.claims.statistics import student_interval

pytestmark = [pytest.mark.evolving, pytest.mark.claims]


# --- by hand --------------------------------------------------------------------------------------


def test_the_sums_of_one_pair_of_neurons():
    params = mn.Params([[0.0, 2.0], [0.0, 2.0]], [0.0, 0.0], [1.0, -1.0])
    sums = neuron_sums(params)
    assert sums.shape == (26,)
    waves = 2 * np.exp(1j * np.pi / 2 * np.arange(1, 9))
    expected = [2.0, 2 - np.sqrt(np.pi / 2), *waves.real, *waves.imag, *[2 / 4 * 4 - 1] * 8]
    assert np.abs(sums - expected).max() < 1e-14


def test_few_networks_come_back_as_they_are():
    rng = np.random.default_rng(0)
    values, sums = rng.random((11, 2)), rng.random((11, 5))
    assert without_starts(values, sums) is values


# --- theorem --------------------------------------------------------------------------------------


def test_the_sums_have_the_mean_0_over_all_starts():
    rng = np.random.default_rng(1)
    sums = np.array([neuron_sums(mn.initialise(8, rng, antisymmetric=True)) for _ in range(4000)])
    assert np.abs(sums.mean(axis=0) / (sums.std(axis=0) / np.sqrt(len(sums)))).max() < 3.8


def test_the_interval_is_that_of_the_regression_and_covers_as_often_as_it_says():
    rng, covered, narrower = np.random.default_rng(2), 0, 0
    for _ in range(400):
        sums = rng.standard_normal((40, 6))
        values = 3 + sums @ np.arange(6) + rng.standard_normal(40)
        interval = student_interval(without_starts(values, sums))
        covered += interval.low <= 3 <= interval.high
        plain = student_interval(values)
        narrower += interval.high - interval.low < plain.high - plain.low
    assert 0.92 < covered / 400 < 0.98
    assert narrower == 400
