"""The network at n = ∞: every sum over samples becomes an integral over the circle, exactly.

population_output              f as A cos t + B sin t + C between one arc end and the next
population_loss_and_gradient   both for a target that is a sum of Fourier modes, in closed form
population_objective           for training on the uniform measure dt/2π itself
population_low_frequency_block ⟨φ_j, K φ_k⟩ of the empirical kernel

Finite width is here without any finite sampling. Each step's gradient is exact; training still
takes steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .._require import Array, require_coefficients, require_integer
from .._stability import irregular, largest_eigenvalue
from ..network import (
    Objective,
    Params,
    require_params,
)
from .arcs import (
    Arcs,
    Spans,
    augmented_weights,
    neuron_arcs,
    running_sums,
    sums_on_arcs,
)
from .chain import coefficients_of, gradient_on_arcs, transposed
from .kernel import NEURONS_AT_ONCE
from .modes import block_of_modes, means_on_arcs, modes_on_arcs, neurons_at_once

__all__ = [
    "PiecewiseOutput",
    "population_loss_and_gradient",
    "population_low_frequency_block",
    "population_objective",
    "population_output",
]


class PiecewiseOutput(NamedTuple):
    """f(t) = A cos t + B sin t + C for ends_p ≤ t ≤ ends_{p+1}.

    `ends` (P + 1,) rises from 0 to 2π; `coefficients` (3, P) has the rows A, B, C.
    """

    ends: Array
    coefficients: Array


def population_output(params: Params) -> PiecewiseOutput:
    """Output of the network on the whole circle, exactly.

    f(t) = A_p cos t + B_p sin t + C_p on piece p,  (A, B, C)_p = m^-1/2 Σ_{r active on p} a_r w̃_r

    The pieces run between the 2m sorted ends of the arcs, with 0 and 2π. There are P = 2m + 1, some
    of them of length 0. Costs O(m log m).

    >>> ends, coefficients = population_output(Params(w=[[2.0, 0.0]], b=[0.0], a=[3.0]))
    >>> print((ends / np.pi).round(3), coefficients[0])
    [0.  0.5 1.5 2. ] [6. 0. 6.]
    """
    ends, spans = _pieces(neuron_arcs(require_params(params)))
    return PiecewiseOutput(ends, _output(params, spans, augmented_weights(params) * params.a))


def population_loss_and_gradient(
    params: Params, coefficients: npt.ArrayLike
) -> tuple[float, Params]:
    """Loss on the uniform measure, and its gradient, in closed form.

    L = ½ ∫ (f − y)² dt/2π,   S_r = ∫_{arc r} (f − y) x̃ dt/2π
    ∂L/∂(w_r, b_r) = m^-1/2 a_r S_r,   ∂L/∂a_r = m^-1/2 w̃_r·S_r

    The limit n → ∞ of `loss_and_gradient` with y = `fourier_sum` of the coefficients. Takes
    (2 k_y + 1,) coefficients in the order of `fourier_basis`. Returns the loss and `Params` of
    gradients, at a cost of O(m log m + m k_y). The loss is ½⟨f²⟩ − ⟨fy⟩ + ½⟨y²⟩: its error is about
    1e-16 of these terms, also where it is itself far smaller.
    Raises ValueError for an even number of coefficients or one that is not finite.
    Source: derived in tutorial 9, "No sample at all".

    >>> loss, gradient = population_loss_and_gradient(Params([[2.0, 0.0]], [0.0], [3.0]), [0.0])
    >>> print(f"{loss:.6f} {gradient.a[0]:.6f}")  # ½⟨36 cos²⟩ on half the circle; 2 L/a
    4.500000 3.000000
    """
    return population_objective(coefficients)(params)


def population_objective(coefficients: npt.ArrayLike) -> Objective:
    """The function that training on the whole circle lowers, for `gradient_descent`.

    Takes the target's (2 k_y + 1,) coefficients in the order of `fourier_basis`. Returns a function
    from `Params` to the loss and the gradient of `population_loss_and_gradient`. Its
    `largest_eigenvalue(params)` gives λ_max of the kernel on the whole circle within 5 %, never
    above. Raises as `population_loss_and_gradient`.

    >>> objective = population_objective([1.0])
    >>> objective(Params(w=[[0.0, 0.0]], b=[3.0], a=[1.0]))[0]  # f = 3, y = 1
    2.0
    """
    return _OnCircle(require_coefficients("coefficients", coefficients).copy())


def population_low_frequency_block(params: Params, k_max: int = 4) -> Array:
    """The empirical kernel on the frequencies |k| ≤ k_max, on the whole circle, exactly.

    A_jl = ⟨φ_j, K φ_l⟩ = Σ_r U_rjᵀ G_r U_rl,   U_r = ∫_{arc r} φ x̃ᵀ dt/2π
    from  ∫_{ϕ−h}^{ϕ+h} e^{ikt} dt/2π = e^{ikϕ} sin(kh)/(πk),  h/π for k = 0

    The limit n → ∞ of `empirical_low_frequency_block`, where raw and whitened agree. Returns
    (2 k_max + 1, 2 k_max + 1) float64, at a cost of O(m k_max²); its error is below 1e-12. Raises
    MemoryError for a block above 1 GiB.
    Source: derived in tutorial 9, "The kernel at n = ∞", and in its questions.

    >>> params = Params(w=[[0.0, 0.0]], b=[2.0], a=[3.0], trained=("b",))  # K = 9 everywhere
    >>> print(population_low_frequency_block(params, 0).round(6))
    [[9.]]
    """
    require_params(params)
    k_max = require_integer("k_max", k_max, least=0)
    most = neurons_at_once(k_max, NEURONS_AT_ONCE)
    total = np.zeros((2 * k_max + 1, 2 * k_max + 1))
    for some in params.blocks(most):
        modes = modes_on_arcs(means_on_arcs(neuron_arcs(some), k_max + 1))
        total += block_of_modes(some, modes) * (some.width / params.width)
    return total


@dataclass(frozen=True, eq=False)
class _OnCircle:
    """The objective on the whole circle, for a target's Fourier coefficients, checked once."""

    coefficients: Array

    def __call__(self, params: Params) -> tuple[float, Params]:
        """Loss and gradient."""
        ends, spans = _pieces(neuron_arcs(require_params(params)))
        weights, c = augmented_weights(params), self.coefficients
        f = _output(params, spans, weights * params.a)
        of_output = _output_integrals(ends, f)  # ∫_piece f x̃
        of_target = np.diff(_target_integrals(ends, c), axis=1)  # ∫_piece y x̃
        square, product = np.sum(f * of_output), np.sum(f * of_target)
        sums = sums_on_arcs(spans, of_output - of_target) / math.sqrt(params.width)
        loss = float(square - 2 * product + c @ c) / 2
        return loss, gradient_on_arcs(params, weights, sums)

    def largest_eigenvalue(self, params: Params) -> float:
        """λ_max of J Jᵀ, and of JᵀJ, from below within 5 %: df = J dθ is a piecewise output too."""
        ends, spans = _pieces(neuron_arcs(require_params(params)))
        weights = augmented_weights(params)

        def operator(direction: Array) -> Array:
            change = coefficients_of(params, weights, direction.reshape(4, -1))
            of_change = _output_integrals(ends, _output(params, spans, change))
            sums = sums_on_arcs(spans, of_change) / math.sqrt(params.width)
            return transposed(params, weights, sums).ravel()

        start = operator(irregular(4 * params.width))  # 0 in the parts that are not trained
        return largest_eigenvalue(operator, start)


def _pieces(arcs: Arcs) -> tuple[Array, Spans]:
    """The ends of the pieces, and between which of them each neuron is active."""
    arc_ends = np.clip(np.concatenate([arcs.start, arcs.end]), 0.0, 2 * np.pi)
    order = np.argsort(arc_ends)
    place = np.empty_like(order)
    place[order] = np.arange(1, len(order) + 1)
    start, end = np.split(place, 2)
    # Ends that are equal may come in either order; an arc across the cut ends in the second turn.
    pieces = len(order) + 1
    stop = np.where(arcs.crosses, np.minimum(start, end) + pieces, np.maximum(start, end))
    ends = np.concatenate([[0.0], arc_ends[order], [2 * np.pi]])
    return ends, Spans(np.stack([start, stop]))


def _output(params: Params, spans: Spans, coefficients: Array) -> Array:
    """A, B and C on every piece (3, P), from those of every neuron (3, m)."""
    scaled = coefficients / math.sqrt(params.width)
    return running_sums(spans, scaled, 2 * params.width + 1)


def _output_integrals(ends: Array, coefficients: Array) -> Array:
    """∫_piece (A cos t + B sin t + C) x̃ dt/2π, (3, P), with the digits of a short piece kept.

    On a piece of length d around u:  ∫ cos² = ½ (d + sin d cos 2u),  ∫ cos sin = ½ sin d sin 2u,
    ∫ sin² = ½ (d − sin d cos 2u),  ∫ cos = 2 sin(d/2) cos u,  ∫ sin = 2 sin(d/2) sin u
    """
    a, b, c = coefficients
    length = np.diff(ends)
    middle = ends[..., :-1] + length / 2
    # Two angles and their doubles: cos 2u = (cos u − sin u)(cos u + sin u) keeps its digits.
    cos_u, sin_u, chord = np.cos(middle), np.sin(middle), 2 * np.sin(length / 2)
    sin_d = chord * np.cos(length / 2)
    even, odd = sin_d * ((cos_u - sin_u) * (cos_u + sin_u)), sin_d * (2 * cos_u * sin_u)
    cosine, sine = chord * cos_u, chord * sin_u
    integrals = [
        (a * (length + even) + b * odd) / 2 + c * cosine,
        (a * odd + b * (length - even)) / 2 + c * sine,
        a * cosine + b * sine + c * length,
    ]
    return np.stack(integrals) / (2 * np.pi)


def _target_integrals(angles: Array, c: Array) -> Array:
    """∫_0^t y x̃ dt'/2π up to a constant, (3, len(angles)).

    y = Re Σ_k γ_k e^{ikt},  γ_0 = c_0,  γ_k = √2 (c_{k,c} − i c_{k,s})
    y cos t = Re Σ_j ½ (γ_{j−1} + γ_{j+1}) e^{ijt},  j = 0, 1, …
    y sin t = Re Σ_j (γ_{j−1} − γ_{j+1}) e^{ijt}/2i,  by product formulas

    There γ_{−1} = 0, and 2 γ_0 is in place of γ_0, since k = 0 gives both of j = ±1.
    """
    gamma = np.concatenate([[c[0]], math.sqrt(2) * (c[1::2] - 1j * c[2::2]), [0.0, 0.0]])
    before = np.concatenate([[0.0, 2 * gamma[0]], gamma[1:-2]])
    after = gamma[1:]
    waves = np.stack([(before + after) / 2, (before - after) / 2j, gamma[:-1]])  # (3, k_y + 2)
    total = waves[:, :1].real * angles
    turn = np.cos(angles) + 1j * np.sin(angles)  # faster than an exponential
    power = np.ones_like(turn)
    for k in range(1, waves.shape[1]):
        power *= turn  # e^{ikt}, whose integral is e^{ikt}/(ik)
        total += (waves[:, k : k + 1] * (power / (1j * k))).real
    return total / (2 * np.pi)
