"""Numbers of the kernel that moves which can be computed by hand, or were by another program."""

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest

import minintk as mn
from minintk import evolving, fast
from minintk.claims.targets import TARGETS
from minintk.evolving import fluctuation

pytestmark = pytest.mark.evolving


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


def test_early_logarithm_of_a_constant_target():
    # y = 1, τ → 0: r = −1, g = −τ', H± r = −½, so Q = τ²/4 and the block is −(1/2π²) τ²/4 · 2 · 2e
    time = 1e-4
    block = evolving.leading_logarithm([1.0], time, 2)
    expected = -(time**2 / 4) / (2 * math.pi**2) * 4 * np.array([0.5, 0.25, 0.25, 0, 0])
    assert np.abs(np.diag(block) - expected).max() < 1e-3 * np.abs(expected).max()
    assert np.abs(block - np.diag(np.diag(block))).max() < 1e-15


def test_limiting_gains_of_the_low_target():
    # Computed before by another program, with other nodes, at widths of about 2^16 and without
    # taking the logarithm of k = 0 and 1 out: 28.9, 13.8, 1.424, 0.845, 0.073.
    gains = evolving.limiting_gains(TARGETS["low"], 0.5, 400, radii=96, directions=32)
    logarithm = np.array([-0.0513, -0.0257, 0, 0]) * np.log(2.0**8)
    ratios = (gains[:4] + logarithm) / [28.9, 13.8, 1.424, 0.845]
    assert np.abs(ratios - 1).max() < 0.025, gains
    assert abs(gains[4] - 0.073) < 0.01


def test_mean_field_change_of_cos_3t_at_width_64():
    # Computed before by another program: −11.6 and 36.6 (m × change over λ_3, τ = 50).
    target = mn.target_coefficients((3,), amplitude=1.0, shift=0.0)
    start = evolving.mean_field_start(96, 32)
    trained, _ = evolving.mean_field_descent(start, fast.population_objective, target, 64, 0.5, 100)
    blocks = [fast.population_low_frequency_block(p, 3).diagonal()[5:] for p in (start, trained)]
    change = 64 * (blocks[1] - blocks[0]) / mn.fourier_eigenvalues(3)[3]
    assert abs(change[0] + 11.6) < 0.4, change
    assert abs(change[1] - 36.6) < 0.4, change


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
