"""How the kernel turns when its neurons move a little: the leading logarithm, in closed form.

What holds: m times the change of the kernel has this slope in ln √m. Measured slopes are within a
tenth of it for widths m ≳ (16 A G s_k)², G = (1 − e^{−λτ})/λ, which is thousands and more. The
change itself is not the logarithm alone: a remainder of order 1/m stands beside it, with no formula
here. For cos 3t it leaves 0.45 to 0.69 of the logarithm on the own phase, at m = 2^12 … 2^22: see
the example at the end.

leading_logarithm   slope in ln √m of m times the change of the low-frequency block
relative_split      for one mode: on its own phase, and on the one shifted by 90°
descent_factor      by how much descent with a finite rate exceeds the flow in that

Setting: antisymmetric start, a = ±1, b = 0, all parts trained, the whole circle. r is the residual
of the infinite-width flow, g_τ(t) = ∫_0^τ r dτ' and ε = m^-1/2. The derivation, to redo on paper:

1. To first order in ε a neuron v = (w, b) with output weight a moves by δv = −εa ∇Ψ(v), with
   Ψ(v) = ⟨g relu(v·x̃)⟩. For that integrate dv/dτ = −εa ⟨r 1 x̃⟩ with the arc at rest.
2. Ψ is homogeneous of degree 1, so ∇Ψ depends on the direction of v alone. The neuron's arc is
   (ϕ − π/2, ϕ + π/2) and ends where v·x̃ = 0. There v·x̃ has the slope ρ = |w| along the circle. So
   an end at t moves by ∓εa h/ρ with h = x̃(t)·∇Ψ: neurons of small ρ turn far.
3. One neuron's entry of first layer and bias in the kernel is F_jl = ∇Ψ_j·∇Ψ_l, with φ_j in the
   place of g. Its degree in v is 0. Expand F(v + δv): order ε is odd in a and cancels between
   a = ±1. Order ε² is a second derivative of F times |δv|²: degree −2, so ∝ 1/ρ². Its mean over
   ρ e^{−ρ²/2} dρ is ∫ ρ dρ/ρ², cut off above at 1 and below at ρ ≈ ε. There the neuron turns by an
   angle of order 1. The integral is ln(1/ε) = ln √m. The second layer's entry and the change of a
   have degree 0 or more to this order and give no logarithm.
4. The second derivative along the motion of the ends: a moving end t_e of the arc changes ∇Ψ_j by
   (1/2π) φ_j(t_e) x̃(t_e) δt_e. The two ends are opposite, and x̃(t + π/2)·x̃(t − π/2) = 0, so they
   do not mix. For one end δt = εa h/ρ, and the force that moves it further acts where the end then
   is. Without that feedback the term is h². The feedback takes away ∫ h dh = ½ h², so half is left.
   The order in time enters: ½ h² is ∫_0^τ h(τ') dh(τ').
5. Averaged over ϕ, an end is anywhere with density 1/2π. With x̃(t)·x̃(t') = 1 + cos(t − t') the
   force at an end t and the row of the kernel that it moves are one operator each,

       (H±φ)(t) = (1/2π) ∫_0^π φ(t ∓ u) (1 + cos u) du       (an arc to one side of its end t)
       Q±(t) = ∫_0^τ g(t, τ') (H± r(τ'))(t) dτ'

   and with M_Q the multiplication by Q:

       ΔK = −(ln √m / (2π² m)) Σ± [M_{Q±} H± + H±ᵀ M_{Q±}] + O(1/m)

In the Fourier basis H± cos kt = e_k cos kt ± s_k sin kt and H± sin kt = e_k sin kt ∓ s_k cos kt.
Here e_0 = ½, e_1 = ¼, else 0. And s_k = 1/(πk) for odd k, k/(π(k² − 1)) for even k.

6. Descent with rate η moves in steps δ_s = η r_s, s = 0, 1, …. The term without feedback is the
   product of two sums, Σ_s Σ_s' δ_s' (H δ_s). The feedback takes away the pairs s' after s: a
   step's force acts where the steps before it have moved the end. What is left is
   Q± = Σ_s (Σ_{s'≤s} δ_s') (H± δ_s). It keeps the pairs s' = s that the integral has no room for.
   That is why descent exceeds the flow, by `descent_factor` for one mode. With `learning_rate`
   given, every function here takes these sums, in closed form, for τ = η × steps.

All this is derived formally: no bound of the O(1/m) is proved here, and the claim
`leading_logarithm` measures it. The 16 of m ≳ (16 A G s_k)² is read off measurements, not derived.
At m = 64 … 256 the local slope in ln √m is smaller. It is 57 % of the flow's on the own phase, 70 %
on the shifted, for cos 3t at τ = 50 with η = ½.
On samples the grid must be finer than the arcs' motion, about m^-1/2. A grid of n = 256 is wrong
from m ≈ 4096 on. For k = 1 (m = 64 … 1024) and k = 2 (m = 64) the own phase rises: the other terms
decide.

Source: derived here; the setting is that of Chizat et al. (2019) and Huang & Yau (2020).

On cos 3t the change of the mean-field limit, times m / λ_3, and over the logarithm alone:

>>> from minintk.evolving import mean_field_descent, mean_field_start
>>> from minintk.fast import population_low_frequency_block, population_objective
>>> start = mean_field_start(96, 96, spacing="logarithm", smallest_radius=1e-5)
>>> before = population_low_frequency_block(start, 3)
>>> slope, _ = relative_split(3, 1.0, 50.0, learning_rate=2.0)
>>> for m in (2**12, 2**14, 2**22):
...     y = [0, 0, 0, 0, 0, 0.5**0.5, 0]
...     end, _ = mean_field_descent(start, population_objective, y, m, 2.0, 25)
...     change = (population_low_frequency_block(end, 3) - before)[5, 5]
...     own = m * change / fourier_eigenvalues(3)[3]
...     print(f"{own:.0f} {own / (slope * math.log(m**0.5)):.2f}")
-73 0.45
-99 0.52
-206 0.69
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .._require import (
    LARGEST,
    Array,
    require_coefficients,
    require_integer,
    require_memory,
    require_number,
    show,
)
from ..arccosine import fourier_eigenvalues
from .exponentials import Complex, in_real_basis, on_exponentials, padded

__all__ = ["descent_factor", "leading_logarithm", "relative_split"]


_MOST_STEPS = 1e15  # beyond it no float64 says whether a time is a whole number of steps
_SMALLEST = 1e-300  # below it ηλ loses its digits


def leading_logarithm(
    coefficients: npt.ArrayLike,
    time: float,
    k_max: int = 4,
    *,
    learning_rate: float | None = None,
) -> Array:
    """Slope in ln √m of m times the change of the low-frequency block by time τ, for m → ∞.

    L_jl = −(1/2π²) Σ± ⟨φ_j, (M_{Q±} H± + H±ᵀ M_{Q±}) φ_l⟩

    Takes the target's (2 k_y + 1,) coefficients in the order of `fourier_basis`, and τ ≥ 0. τ is
    that of the flow, or with `learning_rate` that of descent: a whole number of steps. Returns
    (2 k_max + 1, 2 k_max + 1), symmetric. Exact in both. Times ln √m / m it is not the whole
    change: see the module's docstring.
    Raises ValueError for an even number of coefficients, a negative time, a broken step, ηλ ≥ 2,
    MemoryError above 1 GiB.
    Source: derived in the module.

    >>> block = leading_logarithm([0, 0, 0, 1, 0], 50.0, 2)  # y = √2 cos 2t
    >>> own, shifted = block.diagonal()[3:]
    >>> bool(own < 0), bool(np.isclose(own, -shifted))
    (True, True)
    """
    y, tau = on_exponentials(require_coefficients("coefficients", coefficients)), _time(time)
    require_memory("products of coefficients", 2 * len(y) ** 2, "take fewer")
    top = require_integer("k_max", k_max, least=0)
    require_memory("the block up to k_max", 2 * (2 * top + 1) ** 2, "take a smaller k_max")
    k = np.arange(-top, top + 1)
    block = np.zeros((len(k), len(k)), dtype=np.complex128)
    for side in (1, -1):
        q = padded(_turning_force(y, tau, side, learning_rate), 2 * top)
        between = q[2 * top + k[:, None] - k]  # ⟨e_j, M_Q e_l⟩ = Q̂_{j−l}, here |j − l| ≤ 2 k_max
        h = _multiplier(k, side)
        block += between * h + np.conj(h)[:, None] * between
    return -in_real_basis(block) / (2 * np.pi**2)


def relative_split(
    frequency: int, amplitude: float, time: float, *, learning_rate: float | None = None
) -> tuple[float, float]:
    """For y = A cos kt: slope in ln √m of m ΔK/λ_k on cos kt and on sin kt, for m → ∞.

    own = −D, shifted = +D,  D = A² G² c_k/(4π²),  G = (1 − e^{−λ_kτ})/λ_k,
    c_k = 1 (odd k ≥ 3), k²/(k² + 3) (even k);  for k = 1 in units of A²G²/(4π² λ_1):
    −(1/π² + 3/16) and +(1/π² − 1/16)

    Takes k ≥ 1, the amplitude A and τ ≥ 0; with `learning_rate` times `descent_factor`. So a mode
    that is being learned lowers its own rate. The mean of both phases, which is what one usually
    plots, hides it for k ≥ 2. For k = 1 the mean falls, too, and so does the entry at k = 0.
    Source: derived in the module.

    >>> own, shifted = relative_split(3, 1.0, 50.0)
    >>> print(f"{own:.2f} {shifted:.2f}")
    -37.03 37.03
    """
    k = require_integer("frequency", frequency)
    squared = require_number("amplitude", amplitude, least=-LARGEST, largest=LARGEST) ** 2
    rate, tau = _rate(k), _time(time)
    unit = squared * (-math.expm1(-rate * tau) / rate) ** 2 / (4 * np.pi**2)
    if learning_rate is not None:
        eta, steps = _steps(tau, learning_rate, rate)
        unit *= _factor(eta * rate, steps)
    if k == 1:
        unit /= rate
        return -unit * (1 / np.pi**2 + 3 / 16), unit * (1 / np.pi**2 - 1 / 16)
    split = unit if k % 2 else unit * k**2 / (k**2 + 3)
    return -split, split


def descent_factor(frequency: int, learning_rate: float, steps: int) -> float:
    """By how much descent with rate η exceeds the flow in the split of one mode.

    (Σ_s Σ_{s'≤s} δ_s' δ_s) / (½ G²),  δ_s = η (1 − ηλ)^s,  S steps, G = (1 − e^{−ληS})/λ

    The sum is ½ [(Σ δ)² + Σ δ²]: the square is nearly the flow's, Σ δ² is what the steps add.
    Source: derived in the module, step 6.

    >>> print(f"{descent_factor(3, 0.5, 100):.4f}")
    1.0145
    """
    eta = require_number("learning_rate", learning_rate, above=0, largest=LARGEST)
    count = require_integer("steps", steps)
    if count > _MOST_STEPS:
        raise ValueError(f"steps must be at most {_MOST_STEPS:g}, got {show(count)}")
    rate = _rate(require_integer("frequency", frequency))
    _require_descent(eta, rate)
    return _factor(eta * rate, count)


def _factor(shrink: float, steps: int) -> float:
    """(1 − q^S)²/(1 − e^{−xS})² [1 + x (1 + q^S)/((2 − x)(1 − q^S))] of x = ηλ, q = 1 − x."""
    if steps == 0:
        return 1.0
    x = max(shrink, _SMALLEST)  # where it has long been 1 + 1/S
    learned = -math.expm1(steps * math.log1p(-x)) if x < 0.5 else 1 - (1 - x) ** steps
    flow = -math.expm1(-x * steps)
    return (learned / flow) ** 2 * (1 + x * (2 - learned) / ((2 - x) * learned))


def _rate(frequency: int) -> float:
    what = "eigenvalues up to the frequency"
    require_memory(what, 3 * (frequency + 1), "take a smaller frequency")
    return float(fourier_eigenvalues(frequency)[frequency])


def _turning_force(y: Complex, time: float, side: int, learning_rate: float | None) -> Complex:
    """Coefficients of Q± on e^{ikt}, |k| ≤ 2 k_y.

    Q±(t) = ∫_0^τ g(t, τ') (H± r(τ'))(t) dτ' = Σ_jl y_j y_l I_jl φ_j (H± φ_l),
    I_jl = ∫_0^τ (1 − e^{−λ_jτ'})/λ_j e^{−λ_lτ'} dτ';  descent:
    I_jl = Σ_s η q_l^s (1 − q_j^{s+1})/λ_j,  q = 1 − ηλ
    """
    top = len(y) // 2
    k = np.arange(-top, top + 1)
    rates = fourier_eigenvalues(top)[np.abs(k)]
    integrals = _integrals(rates, time, learning_rate)
    products = y[:, None] * y * integrals * _multiplier(k, side)
    force = np.zeros(4 * top + 1, dtype=np.complex128)
    np.add.at(force, 2 * top + k[:, None] + k, products)
    return force


def _multiplier(k: npt.NDArray[np.int_], side: int) -> Complex:
    """H± e^{ikt} = (e_k ∓ i s_k) e^{ikt}, s_{−k} = −s_k."""
    even = np.select([k == 0, np.abs(k) == 1], [0.5, 0.25], 0.0)
    return np.asarray(even - 1j * side * np.sign(k) * _sine_part(np.abs(k)))


def _sine_part(k: npt.NDArray[np.int_]) -> Array:
    """s_k of k ≥ 0, 0 at k = 0."""
    odd, even = 1 / (np.pi * np.maximum(k, 1)), k / (np.pi * np.where(k == 1, 1, k**2 - 1))
    return np.asarray(np.where(k % 2 == 1, odd, even), dtype=np.float64)


def _integrals(rates: Array, tau: float, learning_rate: float | None) -> Array:
    """I_jl, of the flow or of descent."""
    if learning_rate is None:
        both = _learned(rates[:, None] + rates, tau)
        return np.asarray((_learned(rates, tau) - both) / rates[:, None])
    eta, steps = _steps(tau, learning_rate, float(rates.max()))
    left = 1 - eta * rates
    learned = (1 - left**steps) / rates
    pairs = (1 - np.multiply.outer(left, left) ** steps) / (
        rates[:, None] + rates - eta * np.multiply.outer(rates, rates)
    )
    return np.asarray((learned - left[:, None] * pairs) / rates[:, None])


def _steps(tau: float, learning_rate: float, largest_rate: float) -> tuple[float, int]:
    """η and the number of steps that a time is."""
    eta = require_number("learning_rate", learning_rate, above=0)
    _require_descent(eta, largest_rate)
    steps = round(tau / eta) if tau <= _MOST_STEPS * eta else None
    if steps is None or abs(steps * eta - tau) > 1e-9 * tau:
        raise ValueError(
            f"learning_rate must divide the time into whole steps, at most {_MOST_STEPS:g}, "
            f"got {eta:g} for time {tau:g}"
        )
    return eta, steps


def _require_descent(eta: float, rate: float) -> None:
    if eta * rate >= 2:
        raise ValueError(f"learning_rate must be below 2/λ = {2 / rate:.4g}, got {eta:g}")


def _learned(rates: Array, tau: float) -> Array:
    """(1 − e^{−λτ})/λ."""
    return np.asarray(-np.expm1(-rates * tau) / rates, dtype=np.float64)


def _time(time: float) -> float:
    tau = require_number("time", time, largest=LARGEST)
    if tau < 0:
        raise ValueError(f"time must be at least 0, got {time}")
    return tau
