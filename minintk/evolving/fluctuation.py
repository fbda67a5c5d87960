"""What a finite width costs the frozen kernel: its mean loss, to second order in the start.

entry_variances      variance of one neuron's kernel entry between a frequency and all others
frozen_loss          mean loss of a frozen network of width m learning A cos kt

The derivation, to redo on paper. The kernel of the start is A = Λ + Δ on the Fourier modes, with
Λ = diag(λ). Δ has mean 0: every neuron is an unbiased sample. The flow r' = −A r, expanded in Δ
(Duhamel twice), with E_s = e^{−Λs}:

    r(τ) = E_τ r_0 − ∫_{s<τ} E_{τ−s} Δ E_s r_0 ds + ∫∫_{s'<s<τ} E_{τ−s} Δ E_{s−s'} Δ E_s' r_0 ds' ds

With r_0 = −(A/√2) φ_k, for y = A cos kt, the integrals are elementary:

    first order, on φ_j:   (A/√2) Δ_jk φ_jk,       φ_jk = (e^{−λ_kτ} − e^{−λ_jτ})/(λ_j − λ_k)
    second order, on φ_k: −(A/√2) Σ_l Δ_kl² ψ_kl,  ψ_kl = e^{−λ_kτ} (dτ − 1 + e^{−dτ})/d²
    with d = λ_l − λ_k

The loss is ½⟨r²⟩. In its mean the terms linear in Δ vanish. In antisymmetric pairs m neurons have E
Δ_jk² = V_jk · 2/m: m/2 independent draws, of which each counts twice. Hence

    E L = L_∞ + (A²/2m) {Σ_j V_jk φ_jk² + 2 e^{−λ_kτ} Σ_l V_kl ψ_kl},  L_∞ = (A²/4) e^{−2λ_kτ}

with sums over both phases of every frequency. For m independent neurons the correction is half.

V is exact. At b = 0 and a = 1 the neuron at direction ϕ and radius ρ has the entry F + ρ² P. F(ϕ)
belongs to the first layer and the bias, P(ϕ) to the second layer. With E ρ² = 2 and E ρ⁴ = 8,
V = ⟨F²⟩ + 4⟨FP⟩ + 8⟨P²⟩ − λ² δ. The means over ϕ are of trigonometric polynomials, which evenly
spaced ϕ give without error. For odd k ≥ 3 V has a closed form, of F alone: P reaches no odd k ≥ 3.
V_kk = V_k,shifted = λ_k²/2. For other odd j ≥ 3, each phase: λ_jλ_k. For j = 1, each phase: λ_k/π².
For j = 0: λ_k/4. For even j: 0.

Where it holds: as long as the correction is below L_∞. Later the true loss is larger in its tail,
and the mean over few draws is ruled by the largest. Measured at m = 64, τ = 250, with 52 400 draws
and |j| ≤ 64: 15 % above the formula for k = 3. There the correction is 11 L_∞. For k = 4 it is 9 %
above (3 L_∞), and 1 % for k = 5 (0.7 L_∞). At m = 1024, k = 3, 4, 5, τ ≤ 250 the correction itself
is right to 2 % (2500 draws). The formula is that of the whole circle: on a grid of n points λ_k is
another one, and late its e^{−2λ_kτ} covers the correction.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .._require import (
    LARGEST,
    PARTS,
    Array,
    require_array,
    require_flag,
    require_integer,
    require_memory,
    require_number,
)
from ..arccosine import fourier_eigenvalues
from ..circle import basis_frequencies, circle_points, uniform_angles
from ..fast.arcs import augmented_weights, neuron_arcs
from ..fast.modes import means_on_arcs, modes_on_arcs, require_room
from ..network import Params

__all__ = ["entry_variances", "frozen_loss"]

# Below 0.1 the digits of the closed forms cancel; ten terms of the series leave 1e-18 there.
_SMALL, _TERMS = 0.1, 10


def entry_variances(frequency: int, k_max: int = 256) -> Array:
    """Variance of one neuron's kernel entry between cos kt and every frequency j.

    V_jk = Σ over both phases φ_j of Var[⟨∇Ψ_j, ∇Ψ_k⟩ + h_j h_k],
    ∇Ψ_j = ∫_arc φ_j x̃ dt/2π,  h_j = ∫_arc φ_j relu(w·x) dt/2π,  w ~ N(0, I), b = 0, a = 1

    Takes k ≥ 0 (k = 0: the constant) and the largest j; returns (k_max + 1,), exact to rounding.
    The bias is trained, from 0: V and `frozen_loss` are of no other law.
    Raises ValueError for k_max below the frequency, MemoryError for modes of more than 1 GiB.
    Source: Kalvankar (2026) for the rate m^-1/2, Hanin & Nica (2019) for any depth; the constants
    are derived in the module.

    >>> variances = entry_variances(3, 5)
    >>> rates = fourier_eigenvalues(5)
    >>> print((variances[[0, 1, 3, 5]] / [rates[3] / 4, 2 * rates[3] / np.pi**2, rates[3] ** 2,
    ...                                   2 * rates[3] * rates[5]]).round(12))
    [1. 1. 1. 1.]
    """
    k = require_integer("frequency", frequency, least=0)
    require_memory("modes up to the frequency", (2 * k + 1) ** 2, "take a smaller frequency")
    top = require_integer("k_max", k_max, least=k)
    directions = 2 * (top + k) + 9  # above the degree in ϕ of the square of an entry
    require_room(top, directions)
    phi = uniform_angles(directions)
    neurons = Params.unchecked(  # ρ = 1
        circle_points(phi), np.zeros_like(phi), np.ones_like(phi), PARTS
    )
    slopes = modes_on_arcs(means_on_arcs(neuron_arcs(neurons), top + 1))  # ∇Ψ, (3, 2 top + 1, ϕ)
    values = np.einsum("cn,cjn->jn", augmented_weights(neurons), slopes)  # h at ρ = 1
    column = 2 * k - 1 if k else 0
    first = np.einsum("cjn,cn->jn", slopes, slopes[:, column])
    second = values * values[column]
    mean = first.mean(axis=1) + 2 * second.mean(axis=1)
    square = (first**2 + 4 * first * second + 8 * second**2).mean(axis=1)
    variances = np.bincount(basis_frequencies(top), square - mean**2)
    return np.asarray(variances, dtype=np.float64)


def frozen_loss(
    frequency: int,
    amplitude: float,
    width: float,
    times: npt.ArrayLike,
    *,
    antisymmetric: bool = True,
    k_max: int = 256,
) -> Array:
    """Mean loss of frozen networks of width m that learn A cos kt, to second order in the start.

    (A²/4) e^{−2λτ} + (A²/2m) {Σ_j V_jk φ_jk² + 2 e^{−λτ} Σ_l V_kl ψ_kl}

    Takes k ≥ 1, A, m and τ (s,) ≥ 0; returns (s,). The sum over j is cut at `k_max`; what is left
    out falls as 1/k_max. With antisymmetric=False the neurons are independent, f(0) is taken out.
    Holds while the second term is below the first. Raises ValueError for a bad argument.
    Source: derived in the module.

    >>> print(frozen_loss(3, 1.0, 1024, [0.0, 50.0]).round(4))
    [0.25   0.0817]
    """
    k = require_integer("frequency", frequency)
    a = require_number("amplitude", amplitude, least=-LARGEST, largest=LARGEST)
    m = require_number("width", width, above=0, least=1 / LARGEST)
    tau = require_array("times", times, (None,))
    if tau.min() < 0:
        raise ValueError(f"times must be at least 0, got {tau.min()}")
    pairs = require_flag("antisymmetric", antisymmetric)
    variances = entry_variances(k, k_max)
    pairs_of = len(variances) * len(tau)
    require_memory("frequencies up to k_max times all times", pairs_of, "take fewer times")
    rates = fourier_eigenvalues(k_max)
    # The slower of the two rates is taken out of φ and ψ, so that no exponent is positive.
    slower = np.exp(-np.outer(np.minimum(rates, rates[k]), tau)) * tau  # (k_max + 1, s)
    y = np.outer(np.abs(rates - rates[k]), tau)
    first = slower * _mean_decay(y)  # φ_jk
    weights = np.where((rates >= rates[k])[:, None], _falling(y), _rising(y))
    second = slower * weights * tau  # ψ_kl
    left = np.exp(-rates[k] * tau)
    correction = variances @ first**2 + 2 * left * (variances @ second)
    draws = m if pairs else 2 * m
    return np.asarray(a**2 / 4 * left**2 + a**2 / (2 * draws) * correction)


def _mean_decay(y: Array) -> Array:
    """∫_0^1 e^{−ys} ds = (1 − e^{−y})/y, 1 at 0."""
    return np.where(y == 0, 1.0, -np.expm1(-y) / np.where(y == 0, 1.0, y))


def _falling(y: Array) -> Array:
    """∫_0^1 (1 − s) e^{−ys} ds = (y − 1 + e^{−y})/y², ½ at 0."""
    near, safe = np.minimum(y, _SMALL), np.maximum(y, _SMALL)
    series = sum((-near) ** n / math.factorial(n + 2) for n in range(_TERMS))
    return np.where(y < _SMALL, series, (1 + np.expm1(-safe) / safe) / safe)


def _rising(y: Array) -> Array:
    """∫_0^1 s e^{−ys} ds = (1 − e^{−y} − y e^{−y})/y², ½ at 0."""
    near, safe = np.minimum(y, _SMALL), np.maximum(y, _SMALL)
    series = sum((-near) ** n * (n + 1) / math.factorial(n + 2) for n in range(_TERMS))
    return np.where(y < _SMALL, series, (-np.expm1(-safe) / safe - np.exp(-safe)) / safe)
