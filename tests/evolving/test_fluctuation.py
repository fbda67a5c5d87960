"""What a finite width costs the frozen kernel: variances of its entries, and losses."""

import math
import re
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minintk as mn
from minintk import evolving, fast
from minintk.evolving import fluctuation
from tests.reference import evolving as reference
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.evolving


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("integral", "weight"),
    [
        (fluctuation._mean_decay, lambda n: n + 2),  # ∫ e^{−ys} ds
        (fluctuation._falling, lambda n: 1),  # ∫ (1 − s) e^{−ys} ds
        (fluctuation._rising, lambda n: n + 1),  # ∫ s e^{−ys} ds
    ],
)
def test_time_integrals_of_the_fluctuation_by_series_of_fractions(integral, weight):
    # Σ_n (−y)^n weight(n)/(n + 2)!, exact at the very doubles, on both sides of 0.1
    points = [0.0, 1e-5, 9e-3, 0.02, 0.0999, 0.1001, 0.3, 1.0, 20.0]
    exact = [
        float(sum((-Fraction(y)) ** n * weight(n) / math.factorial(n + 2) for n in range(120)))
        for y in points
    ]
    below = slice(0, 5)  # the series itself: to the last digits
    assert np.abs(integral(np.array(points)) / exact - 1)[below].max() < 1e-15
    assert np.abs(integral(np.array(points)) / exact - 1).max() < 1e-14


@pytest.mark.parametrize("k", [1, 3])
def test_frozen_loss_in_fifty_digits_from_the_start_to_very_late(k):
    # φ and ψ as the docstring writes them; with k = 1 all but one d are negative: e^{−dτ} overflows
    times, k_max, width = [0.0, 1e-3, 2.0, 60.0, 2000.0, 1e4], 6, 40.0
    losses = evolving.frozen_loss(k, 0.7, width, times, k_max=k_max)
    assert evolving.frozen_loss(k, 0.7, width, [1e300], k_max=k_max).tolist() == [0.0]
    variances = [Decimal(float(v)) for v in evolving.entry_variances(k, k_max)]
    rates = [Decimal(float(rate)) for rate in mn.fourier_eigenvalues(k_max)]
    with localcontext() as context:
        context.prec = 50
        for tau, loss in zip(map(Decimal, times), losses, strict=True):
            left, total = (-rates[k] * tau).exp(), Decimal(0)
            for j, rate in enumerate(rates):
                d = rate - rates[k]
                if j == k:
                    phi, psi = tau * left, tau**2 * left / 2
                else:
                    phi = (left - (-rate * tau).exp()) / d
                    psi = left * (d * tau - 1 + (-d * tau).exp()) / d**2
                total += variances[j] * (phi**2 + 2 * left * psi)
            exact = Decimal(7) ** 2 / 100 * (left**2 / 4 + total / (2 * Decimal(width)))
            assert abs(loss / float(exact) - 1) < 1e-12, (k, tau)


@pytest.mark.parametrize("frequency", [0, 1, 2, 3])
def test_entry_variances(frequency):
    variances = evolving.entry_variances(frequency, 4)
    column = 2 * frequency - 1 if frequency else 0
    expected = [reference.entry_variance(j, column) for j in range(9)]
    by_frequency = [expected[0]] + [sum(expected[2 * k - 1 : 2 * k + 1]) for k in range(1, 5)]
    assert_close(variances, np.array(by_frequency), 1e-10)


@pytest.mark.parametrize(("frequency", "pairs"), [(1, True), (2, False), (3, True)])
def test_frozen_loss(frequency, pairs):
    width, j_max, times = 40.0, 4, [0.0, 1.3, 20.0]
    losses = evolving.frozen_loss(frequency, 0.7, width, times, antisymmetric=pairs, k_max=j_max)
    draws = width / 2 if pairs else width
    expected = [reference.frozen_loss(frequency, 0.7, draws, t, j_max) for t in times]
    assert_close(losses, np.array(expected), 1e-8)


# --- theorem --------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [3, 5, 7])
def test_closed_variances_of_odd_frequencies(k):
    rates = mn.fourier_eigenvalues(9)
    variances = evolving.entry_variances(k, 9)
    expected = [rates[k] / 4, 2 * rates[k] / np.pi**2]
    expected += [0 if j % 2 == 0 else 2 * rates[j] * rates[k] for j in range(2, 10)]
    expected[k] = rates[k] ** 2
    assert np.abs(variances - expected).max() < 1e-15


@given(st.integers(1, 6), st.floats(0.1, 3.0), st.floats(0.0, 500.0))
@settings(max_examples=20)
def test_the_fluctuation_adds_to_the_loss_and_halves_with_twice_the_width(k, amplitude, time):
    limit = amplitude**2 / 4 * math.exp(-2 * float(mn.fourier_eigenvalues(k)[k]) * time)
    losses = [
        float(evolving.frozen_loss(k, amplitude, m, [time], k_max=32)[0]) for m in (50.0, 100.0)
    ]
    assert losses[0] >= losses[1] >= limit * (1 - 1e-14)
    assert abs((losses[0] - limit) - 2 * (losses[1] - limit)) <= 1e-12 * losses[0]


# --- rate -----------------------------------------------------------------------------------------


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


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "call"),
    [
        ("frequency must be", lambda: evolving.entry_variances(-1)),
        ("k_max must be an integer of at least 5, got 3", lambda: evolving.entry_variances(5, 3)),
        ("times must be at least 0, got -2", lambda: evolving.frozen_loss(2, 1.0, 8, [1.0, -2.0])),
        ("width must be", lambda: evolving.frozen_loss(2, 1.0, 0, [1.0])),
        ("amplitude must be", lambda: evolving.frozen_loss(2, 1e200, 8, [1.0])),
    ],
)  # fmt: skip
def test_rejected_with_rule_and_value(rule, call):
    with pytest.raises(ValueError, match=re.escape(rule)):
        call()
