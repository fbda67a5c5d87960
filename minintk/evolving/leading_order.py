"""How the kernel turns when its neurons move a little: the leading logarithm, in closed form.

leading_logarithm            the change of the low-frequency block, in units of ln √m / m
leading_logarithm_kernel     the same as a kernel on the circle
relative_split               for one mode: on its own phase, and on the one shifted by 90°
loss_logarithm               what that costs the loss of one mode, in the same units
turning_force                the functions Q± that say where the kernel changes

Setting: antisymmetric start, a = ±1, b = 0, all parts trained, the whole circle. r is the residual
of the infinite-width flow, g_τ(t) = ∫_0^τ r dτ' and ε = m^-1/2. The derivation, to redo on paper:

1. To first order in ε a neuron v = (w, b) with output weight a moves by δv = −εa ∇Ψ(v), with
   Ψ(v) = ⟨g relu(v·x̃)⟩: integrate dv/dτ = −εa ⟨r 1 x̃⟩ with the arc at rest.
2. Ψ is homogeneous of degree 1, so ∇Ψ depends on the direction of v alone. The neuron's arc is
   (ϕ − π/2, ϕ + π/2) and ends where v·x̃ = 0. There v·x̃ has the slope ρ = |w| along the circle,
   so an end at t moves by ∓εa h/ρ with h = x̃(t)·∇Ψ: neurons of small ρ turn far.
3. One neuron's entry of first layer and bias in the kernel is F_jl = ∇Ψ_j·∇Ψ_l, with φ_j in the
   place of g: degree 0 in v. Expand F(v + δv): order ε is odd in a and cancels between a = ±1.
   Order ε² is a second derivative of F times |δv|²: degree −2, so ∝ 1/ρ². Its mean over
   ρ e^{−ρ²/2} dρ is ∫ ρ dρ/ρ², cut off below at ρ ≈ ε, where the neuron turns by an angle of order
   1, and above at 1: ln(1/ε) = ln √m. The second layer's entry and the change of a have degree 0
   to this order and give no logarithm.
4. The second derivative along the motion of the ends: a moving end t_e of the arc changes ∇Ψ_j by
   (1/2π) φ_j(t_e) x̃(t_e) δt_e. The two ends are opposite, and x̃(t + π/2)·x̃(t − π/2) = 0, so they do
   not mix. For one end δt = εa h/ρ, and the force that moves it further acts where the end then is.
   Without that feedback the term is h²; the feedback takes away ∫ h dh = ½ h², so half is left, and
   the order in time enters: ½ h² is ∫_0^τ h(τ') dh(τ').
5. Averaged over ϕ, an end is anywhere with density 1/2π. With x̃(t)·x̃(t') = 1 + cos(t − t') the
   force at an end t and the row of the kernel that it moves are one operator each,

       (H±φ)(t) = (1/2π) ∫_0^π φ(t ∓ u) (1 + cos u) du       (an arc to one side of its end t)
       Q±(t) = ∫_0^τ g(t, τ') (H± r(τ'))(t) dτ'

   and with M_Q the multiplication by Q:

       ΔK = −(ln √m / (2π² m)) Σ± [M_{Q±} H± + H±ᵀ M_{Q±}] + O(1/m)

In the Fourier basis H± cos kt = e_k cos kt ± s_k sin kt and H± sin kt = e_k sin kt ∓ s_k cos kt,
with e_0 = ½, e_1 = ¼, else 0, and s_k = 1/(πk) for odd k, k/(π(k² − 1)) for even k.

Where it holds: it is the *leading* term for m → ∞, and other terms of order 1/m stand beside the
logarithm. It needs m ≳ (16 A G s_k)², G = (1 − e^{−λτ})/λ; at m = 64 … 256 the local slope in ln √m
for k = 3, τ = 50 is 57 % of it on the own phase, 70 % on the shifted. On samples the grid must be
finer than the arcs' motion, about m^-1/2: a grid of n = 256 is wrong from m ≈ 4096 on. Under
descent with rate η multiply by `descent_factor`.

Source: derived here; the setting is that of Chizat et al. (2019) and Huang & Yau (2020).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .._require import Array, require_array, require_integer, require_number
from ..arccosine import fourier_eigenvalues

__all__ = [
    "descent_factor",
    "leading_logarithm",
    "leading_logarithm_kernel",
    "loss_logarithm",
    "relative_split",
    "turning_force",
]

Complex = npt.NDArray[np.complex128]


def leading_logarithm(coefficients: npt.ArrayLike, time: float, k_max: int = 4) -> Array:
    """Change of the kernel's low-frequency block by time τ, divided by ln √m / m, for m → ∞.

    L_jl = −(1/2π²) Σ± ⟨φ_j, (M_{Q±} H± + H±ᵀ M_{Q±}) φ_l⟩

    Takes the target's (2 k_y + 1,) coefficients in the order of `fourier_basis` and τ ≥ 0; returns
    (2 k_max + 1, 2 k_max + 1), symmetric. Exact in both; limits in the module's docstring.
    Raises ValueError for an even number of coefficients or a negative time.

    >>> block = leading_logarithm([0, 0, 0, 1, 0], 50.0, 2)  # y = √2 cos 2t
    >>> own, shifted = block.diagonal()[3:]
    >>> bool(own < 0), bool(np.isclose(own, -shifted))
    (True, True)
    """
    top = require_integer("k_max", k_max, least=0)
    k = np.arange(-top, top + 1)
    block = np.zeros((len(k), len(k)), dtype=np.complex128)
    for side in (1, -1):
        q = _padded(_turning_force(coefficients, time, side), 2 * top)
        between = q[2 * top + k[:, None] - k]  # ⟨e_j, M_Q e_l⟩ = Q̂_{j−l}, here |j − l| ≤ 2 k_max
        h = _multiplier(k, side)
        block += between * h + np.conj(h)[:, None] * between
    return -_in_real_basis(block) / (2 * np.pi**2)


def leading_logarithm_kernel(
    angles: npt.ArrayLike,
    other_angles: npt.ArrayLike,
    coefficients: npt.ArrayLike,
    time: float,
) -> Array:
    """The same change as a kernel: ΔK(t, t') m / ln √m for m → ∞.

    −(1/2π²) Σ± [Q±(t) η±(t − t') + Q±(t') η±(t' − t)],   η+(v) = 1 + cos v on 0 < v < π, else 0,
    η−(v) = η+(−v), both half of that at v = 0

    Takes (n,) and (n',) angles in radians; returns (n, n'). It jumps where t = t'.
    Raises as `leading_logarithm`.

    >>> leading_logarithm_kernel([0.0], [1.0, 2.0], [0, 1.0, 0], 10.0).shape
    (1, 2)
    """
    t = require_array("angles", angles, (None,))
    others = require_array("other_angles", other_angles, (None,))
    difference = t[:, None] - others
    change = np.zeros(difference.shape)
    for side in (1, -1):
        rows, columns = (
            _evaluate(_turning_force(coefficients, time, side), s) for s in (t, others)
        )
        change += rows[:, None] * _one_sided(side * difference)
        change += columns * _one_sided(-side * difference)
    return -change / (2 * np.pi**2)


def relative_split(frequency: int, amplitude: float, time: float) -> tuple[float, float]:
    """For y = A cos kt: change of the kernel over λ_k on cos kt and on sin kt, over ln √m / m.

    own = −D, shifted = +D,  D = A² G² c_k/(4π²),  G = (1 − e^{−λ_kτ})/λ_k,
    c_k = 1 (odd k ≥ 3), k²/(k² + 3) (even k);  for k = 1 in units of A²G²/(4π² λ_1):
    −(1/π² + 3/16) and +(1/π² − 1/16)

    Takes k ≥ 1, the amplitude A and τ ≥ 0. So a mode that is being learned lowers its own rate, and
    the mean of both phases, which is what one usually plots, hides it.

    >>> own, shifted = relative_split(3, 1.0, 50.0)
    >>> print(f"{own:.2f} {shifted:.2f}")
    -37.03 37.03
    """
    k = require_integer("frequency", frequency)
    squared = require_number("amplitude", amplitude) ** 2
    rate = float(fourier_eigenvalues(k)[k])
    unit = squared * float(_learned(np.array(rate), _time(time))) ** 2 / (4 * np.pi**2)
    if k == 1:
        unit /= rate
        return -unit * (1 / np.pi**2 + 3 / 16), unit * (1 / np.pi**2 - 1 / 16)
    split = unit if k % 2 else unit * k**2 / (k**2 + 3)
    return -split, split


def loss_logarithm(frequency: int, amplitude: float, time: float) -> float:
    """For y = A cos kt, k ≥ 2: what the kernel's turning adds to the loss, over ln √m / m.

    (A²/2) e^{−2λτ} (A² s_k²/4π²) λ^{−2} [τ − 2(1 − e^{−λτ})/λ + (1 − e^{−2λτ})/(2λ)]

    From δr(τ) = −∫_0^τ e^{−λ(τ−τ')} ΔA(τ') r(τ') dτ' with ΔA = −(A² G² s_k²/4π²) ln √m / m: the
    bracket over λ² is ∫_0^τ G² dτ'. Positive: a mode that is being learned is slowed down.

    >>> print(f"{loss_logarithm(3, 1.0, 50.0):.3f}")
    1.291
    """
    k = require_integer("frequency", frequency, least=2)
    a = require_number("amplitude", amplitude)
    tau, rate = _time(time), float(fourier_eigenvalues(k)[k])
    bracket = tau + 2 * np.expm1(-rate * tau) / rate - np.expm1(-2 * rate * tau) / (2 * rate)
    falls = a**2 * float(_sine_part(np.array([k]))[0]) ** 2 / (4 * np.pi**2)
    return float(a**2 / 2 * np.exp(-2 * rate * tau) * falls * bracket / rate**2)


def descent_factor(frequency: int, learning_rate: float, steps: int) -> float:
    """By how much descent with rate η exceeds the flow in the split of one mode.

    1 + Σ_s η² r_s² / G²  with r_s = (1 − ηλ)^s and G = Σ_s η r_s

    With steps δ_s = η r_s the term without feedback is G² = (Σ δ)²; the feedback takes away the
    pairs Σ_{s'<s} δ_s δ_s' = ½ (G² − Σ δ²), and ½ (G² + Σ δ²) is left, where the flow has ½ G².

    >>> print(f"{descent_factor(3, 0.5, 100):.4f}")
    1.0103
    """
    k = require_integer("frequency", frequency)
    eta = require_number("learning_rate", learning_rate, above=0)
    count = require_integer("steps", steps)
    left = (1 - eta * float(fourier_eigenvalues(k)[k])) ** np.arange(count)
    return float(1 + (left**2).sum() / left.sum() ** 2)


def turning_force(
    angles: npt.ArrayLike, coefficients: npt.ArrayLike, time: float
) -> tuple[Array, Array]:
    """Q+ and Q− at some angles: where, and on which side of an arc's end, the kernel changes.

    Q±(t) = ∫_0^τ g(t, τ') (H± r(τ'))(t) dτ' = Σ_jl y_j y_l I_jl φ_j (H± φ_l),
    I_jl = ∫_0^τ (1 − e^{−λ_jτ'})/λ_j e^{−λ_lτ'} dτ'

    Takes (n,) angles; returns two (n,) arrays. Raises as `leading_logarithm`.

    >>> plus, minus = turning_force([0.3], [0, 1.0, 0], 0.0)
    >>> print(plus, minus)
    [0.] [0.]
    """
    t = require_array("angles", angles, (None,))
    plus, minus = (_evaluate(_turning_force(coefficients, time, side), t) for side in (1, -1))
    return plus, minus


def _turning_force(coefficients: npt.ArrayLike, time: float, side: int) -> Complex:
    """Coefficients of Q± on e^{ikt}, |k| ≤ 2 k_y."""
    y = _on_exponentials(coefficients)
    top = len(y) // 2
    k = np.arange(-top, top + 1)
    rates = fourier_eigenvalues(top)[np.abs(k)]
    tau = _time(time)
    both = _learned(rates[:, None] + rates, tau)
    integrals = (_learned(rates, tau) - both) / rates[:, None]  # I_jl
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


def _learned(rates: Array, tau: float) -> Array:
    """(1 − e^{−λτ})/λ."""
    return np.asarray(-np.expm1(-rates * tau) / rates, dtype=np.float64)


def _time(time: float) -> float:
    tau = require_number("time", time)
    if tau < 0:
        raise ValueError(f"time must be at least 0, got {time}")
    return tau


def _on_exponentials(coefficients: npt.ArrayLike) -> Complex:
    """From 1, √2 cos kt, √2 sin kt to e^{ikt}, k = −K … K."""
    c = require_array("coefficients", coefficients, (None,))
    if len(c) % 2 == 0:
        raise ValueError(f"coefficients must be odd in number (0, 1c, 1s, …), got {len(c)}")
    positive = (c[1::2] - 1j * c[2::2]) / np.sqrt(2)
    return np.concatenate([np.conj(positive[::-1]), c[:1], positive])


def _in_real_basis(block: Complex) -> Array:
    """From e^{ikt}, k = −K … K, to 1, √2 cos kt, √2 sin kt."""
    top = len(block) // 2
    change = np.zeros(block.shape, dtype=np.complex128)
    change[top, 0] = 1
    for k in range(1, top + 1):
        change[[top + k, top - k], 2 * k - 1] = 1 / np.sqrt(2)
        change[[top + k, top - k], 2 * k] = -1j / np.sqrt(2), 1j / np.sqrt(2)
    return np.asarray((change.conj().T @ block @ change).real)


def _padded(force: Complex, top: int) -> Complex:
    """The coefficients of |k| ≤ top: cut, or filled with zeros."""
    have = len(force) // 2
    if have >= top:
        return force[have - top : have + top + 1]
    return np.pad(force, top - have)


def _evaluate(force: Complex, t: Array) -> Array:
    k = np.arange(len(force)) - len(force) // 2
    return np.asarray((np.exp(1j * np.outer(t, k)) @ force).real)


def _one_sided(difference: Array) -> Array:
    """1 + cos v on 0 < v < π (mod 2π), half of it at v = 0."""
    v = difference % (2 * np.pi)
    return np.where(v == 0, 1.0, np.where(v < np.pi, 1 + np.cos(v), 0.0))
