"""How fast the kernel of any network turns: dK/dτ on the low-frequency block, exactly, for n = ∞.

kernel_velocity   for neurons in any motion: by part, and split into smooth part and moving ends
flow_velocity     the same for the motion of gradient flow towards a target

The derivation, to redo on paper. On the whole circle the block of the kernel is

    A = (1/m) Σ_r [a_r² (U_r1 U_r1ᵀ + U_r2 U_r2ᵀ) + a_r² U_r3 U_r3ᵀ + h_r h_rᵀ]
                   first layer                        bias          second layer
    U_rc = ∫_{arc r} φ x̃_c dt/2π (a vector over the modes φ),   h_r = w̃_r·U_r

so its derivative needs ȧ, dw̃/dτ and dU/dτ. Inside an arc φ x̃ does not depend on the neuron: U
changes by the motion of the arc's two ends alone. At an end t_e the pre-activation z = w̃·x̃ is 0;
from dz = 0, ṫ_e = −(dw̃/dτ·x̃(t_e))/z'(t_e), with z' = −ρ sin h at the end, +ρ sin h at the start,
and ρ sin h = √(ρ² − b²). The signs of z' and of the limits of the integral go together:

    dU/dτ = (1/2π) Σ_{both ends} φ(t_e) x̃(t_e) (dw̃/dτ·x̃(t_e)) / √(ρ² − b²)

Smooth part: what dU = 0 leaves, 2 a ȧ U Uᵀ and (dw̃/dτ·U) hᵀ + h (dw̃/dτ·U)ᵀ. The second layer has no
part of the ends at all, since w̃·dU = 0 there. On samples the ends jump from sample to sample, so
differentiating a kernel matrix (by hand or by autodiff) gives the smooth part only, at every n.

Along gradient flow dw̃/dτ and ȧ are linear in the residual, so dK/dτ(x, x') = −⟨K₃(x, x', ·) r⟩: the
third-order kernel of the neural tangent hierarchy (Huang & Yau 2020), here with its boundary term.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .._require import PARTS, Array, require_integer
from ..circle import augmented_points, fourier_basis
from ..fast.arcs import augmented_weights, neuron_arcs
from ..fast.modes import means_on_arcs, modes_on_arcs
from ..fast.population import population_loss_and_gradient
from ..network import Params

__all__ = ["KernelVelocity", "flow_velocity", "kernel_velocity"]


class KernelVelocity(NamedTuple):
    """dA/dτ by trained part "w", "b", "a": the smooth part, and that of the moving ends.

    >>> still = KernelVelocity({"b": np.zeros((1, 1))}, {"b": np.ones((1, 1))})
    >>> still.total
    array([[1.]])
    """

    smooth: dict[str, Array]
    ends: dict[str, Array]

    @property
    def total(self) -> Array:
        """The whole dA/dτ."""
        return np.sum([*self.smooth.values(), *self.ends.values()], axis=0)


def kernel_velocity(params: Params, motion: Params, k_max: int = 4) -> KernelVelocity:
    """Rate of change of the low-frequency block while the parameters move, on the whole circle.

    dA = (1/m) Σ_r {2 a ȧ U Uᵀ + a² (dU Uᵀ + U dUᵀ)}_{w, b} + (1/m) Σ_r (dh hᵀ + h dhᵀ)

    Takes the network and the rate of change of each parameter (`Params` of the same width; parts
    that are not trained stay). Returns blocks (2 k_max + 1, 2 k_max + 1) by part, at a cost of
    O(m k_max²). Raises ValueError for another width, and for a neuron with |b| = |w|, whose arc is
    about to appear or to close: there the kernel has no derivative.
    Source: Huang & Yau (2020) for the hierarchy; the ends are derived in the module.

    >>> params = Params(w=[[2.0, 0.0]], b=[0.0], a=[1.0], trained=("b",))
    >>> rates = kernel_velocity(params, Params(w=[[0.0, 0.0]], b=[1.0], a=[0.0]), 0)
    >>> print(f"{rates.ends['b'][0, 0]:.6f}")  # K_00 = (h/π)² with dh/db = 1/2 at h = π/2
    0.159155
    """
    top = require_integer("k_max", k_max, least=0)
    if motion.width != params.width:
        raise ValueError(f"motion must have width {params.width}, got {motion.width}")
    moving = _trained_alone(params, motion)
    modes = modes_on_arcs(means_on_arcs(neuron_arcs(params), top + 1))
    turned = _turned_modes(params, moving, top)
    smooth, ends = {}, {}
    for part, coordinates in (("w", [0, 1]), ("b", [2])):
        if part in params.trained:
            here, new = modes[coordinates], turned[coordinates]
            smooth[part] = _symmetric(here * (params.a * moving.a), here) / params.width
            ends[part] = _symmetric(new * params.a**2, here) / params.width
    if "a" in params.trained:
        values = np.einsum("cm,cdm->dm", augmented_weights(params), modes)
        rates = np.einsum("cm,cdm->dm", augmented_weights(moving), modes)
        smooth["a"] = _symmetric(rates[None], values[None]) / params.width
        ends["a"] = np.zeros_like(smooth["a"])
    return KernelVelocity(smooth, ends)


def flow_velocity(params: Params, coefficients: npt.ArrayLike, k_max: int = 4) -> KernelVelocity:
    """Rate of change of the low-frequency block under gradient flow towards a target, for n = ∞.

    dθ/dτ = −∇L,  L = ½ ∫ (f − y)² dt/2π

    Takes the target's (2 k_y + 1,) coefficients in the order of `fourier_basis`; returns and raises
    as `kernel_velocity`.

    >>> from minintk.network import initialise
    >>> params = initialise(64, np.random.default_rng(0), antisymmetric=True)
    >>> flow_velocity(params, [0.0, 1.0, 0.0], 2).total.shape
    (5, 5)
    """
    gradient = population_loss_and_gradient(params, coefficients)[1]
    motion = Params(-gradient.w, -gradient.b, -gradient.a, params.trained)
    return kernel_velocity(params, motion, k_max)


def _trained_alone(params: Params, motion: Params) -> Params:
    """The motion, with the untrained parts at rest."""
    w, b, a = (getattr(motion, part) * (part in params.trained) for part in PARTS)
    return Params(w, b, a, params.trained)


def _turned_modes(params: Params, motion: Params, k_max: int) -> Array:
    """dU/dτ: φ x̃ at both ends of every arc, times how fast the end moves, (3, 2 k_max + 1, m)."""
    squared = (params.w**2).sum(axis=1) - params.b**2  # (z')² at the ends
    if (squared == 0).any():
        neuron = int(np.argmax(squared == 0))
        raise ValueError(
            f"every neuron must have |b| unlike |w|, got both {abs(params.b[neuron]):g} at {neuron}"
        )
    has_ends = squared > 0
    slope = np.sqrt(np.where(has_ends, squared, 1.0))
    arcs, weights = neuron_arcs(params), augmented_weights(motion)
    turned = np.zeros((3, 2 * k_max + 1, params.width))
    for end in (arcs.start, arcs.end):
        points, basis = augmented_points(end).T, fourier_basis(end, k_max).T
        speed = has_ends * (weights * points).sum(axis=0) / slope
        turned += points[:, None] * basis * speed
    return turned / (2 * np.pi)


def _symmetric(left: Array, right: Array) -> Array:
    """Σ (l rᵀ + r lᵀ) over coordinates and neurons, of (c, d, m) each."""
    product = np.einsum("cjm,clm->jl", left, right, optimize=True)
    return np.asarray(product + product.T)
