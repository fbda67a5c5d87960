"""How fast the kernel of any network turns: dK/dτ on the low-frequency block, exactly, for n = ∞.

kernel_velocity   for neurons in any motion: by part, and split into smooth part and moving ends
flow_velocity     the same for the motion of gradient flow towards a target

The derivation, to redo on paper. On the whole circle the block of the kernel is

    A = (1/m) Σ_r [a_r² (U_r1 U_r1ᵀ + U_r2 U_r2ᵀ) + a_r² U_r3 U_r3ᵀ + h_r h_rᵀ]
                   first layer                        bias          second layer
    U_rc = ∫_{arc r} φ x̃_c dt/2π (a vector over the modes φ),   h_r = w̃_r·U_r

so its derivative needs ȧ, dw̃/dτ and dU/dτ. Inside an arc φ x̃ does not depend on the neuron: U
changes by the motion of the arc's two ends alone. At an end t_e the pre-activation z = w̃·x̃ is 0.
From dz = 0, ṫ_e = −(dw̃/dτ·x̃(t_e))/z'(t_e). Here z' = −ρ sin h at the end, +ρ sin h at the start,
and ρ sin h = √(ρ² − b²). The signs of z' and of the limits of the integral go together:

    dU/dτ = (1/2π) Σ_{both ends} φ(t_e) x̃(t_e) (dw̃/dτ·x̃(t_e)) / √(ρ² − b²)

Smooth part: what dU = 0 leaves, 2 a ȧ U Uᵀ and (dw̃/dτ·U) hᵀ + h (dw̃/dτ·U)ᵀ. The second layer has
no part of the ends at all, since w̃·dU = 0 there. On samples the ends jump from sample to sample.
So differentiating a kernel matrix (by hand or by autodiff) gives the smooth part only, at every n.

The third-order kernel. The hierarchy of Huang & Yau (2020) begins with K₂ = K and goes on by

    K₃(x, x', x'') = ∇_θ K₂(x, x')·∇_θ f(x''),   so that   dK₂/dτ(x, x') = −⟨K₃(x, x', ·) r⟩

under gradient flow, since dθ/dτ = −∇L = −⟨r ∇_θ f⟩. For this network, step by step. Write 1_r for
the indicator of arc r, z_r = w̃_r·x̃. The motion is, for each neuron,

    dw̃_r/dτ = −(a_r/√m) ⟨r 1_r x̃⟩,   ȧ_r = −(1/√m) ⟨r 1_r z_r⟩

which is linear in r. Put it into the three terms of dA/dτ above, and read off what stands under
⟨r(t) …⟩. The coefficient of −r at the point t is K₃ between two modes and that point,

    K₃(t) = m^-3/2 Σ_r 1_r(t) {2 a_r z_r(t) Σ_c U_rc U_rcᵀ                      a moves: w and b
                             + a_r [(x̃(t)·U_r) h_rᵀ + h_r (x̃(t)·U_r)ᵀ]         w̃ moves: h = w̃·U
                             + (a_r³/2π) Σ_e (x̃(t_e)·x̃(t))/√(ρ_r² − b_r²)
                               Σ_c x̃_c(t_e) [φ(t_e) U_rcᵀ + U_rc φ(t_e)ᵀ]}      the ends move

The first line counts where a is trained. Of x̃(t)·U, x̃(t_e)·x̃(t) and Σ_c only trained coordinates
count. h hᵀ is in the kernel where a is trained. The first two lines are the smooth part: all that a
third-order kernel computed with relu'' = 0 contains. The third is the boundary term, with
relu'' = δ: the indicators in K₂ = (1/m) Σ_r 1_r(x) 1_r(x') (…) have the gradient δ(z_r) x̃, and

    ∫ φ δ(z_r) x̃ … dt/2π = (1/2π) Σ_e φ(t_e) x̃(t_e) …/|z_r'(t_e)|,   |z_r'| = √(ρ² − b²) at an end

Then dA/dτ = −∫ K₃(t) r(t) dt/2π: the integral over t gives every term above back.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .._require import Array, require_integer
from ..fast.arcs import augmented_weights
from ..fast.modes import modes_on_arcs, require_room
from ..fast.population import population_loss_and_gradient
from ..network import Params, require_params

__all__ = ["KernelVelocity", "flow_velocity", "kernel_velocity", "velocity_of_neurons"]

ComplexArray = npt.NDArray[np.complex128]


class KernelVelocity(NamedTuple):
    """dA/dτ, or its integral, by trained part "w", "b", "a": smooth part, part of the moving ends.

    >>> still = KernelVelocity({"b": np.zeros((1, 1))}, {"b": np.ones((1, 1))})
    >>> still.total
    array([[1.]])
    """

    smooth: dict[str, Array]
    ends: dict[str, Array]

    @property
    def total(self) -> Array:
        """Both together, over all parts."""
        return np.sum([*self.smooth.values(), *self.ends.values()], axis=0)


def kernel_velocity(params: Params, motion: Params, k_max: int = 4) -> KernelVelocity:
    """Rate of change of the low-frequency block while the parameters move, on the whole circle.

    dA = (1/m) Σ_r {2 a ȧ U Uᵀ + a² (dU Uᵀ + U dUᵀ)}_{w, b} + (1/m) Σ_r (dh hᵀ + h dhᵀ)

    Takes the network and the rate of change of each parameter (`Params` of the same width; parts
    that are not trained stay). Returns blocks (2 k_max + 1, 2 k_max + 1) by part, at a cost of
    O(m k_max²). Raises ValueError for another width, and for a neuron with |b| = |w|, whose arc is
    about to appear or to close. There the kernel has no derivative. The same for a velocity beyond
    the range of float64. Raises MemoryError where the neurons' modes take more than 1 GiB.
    Source: Huang & Yau (2020) for the hierarchy, Dyer & Gur-Ari (2019) for its orders in the width;
    the ends are derived in the module.

    >>> params = Params(w=[[2.0, 0.0]], b=[0.0], a=[1.0], trained=("b",))
    >>> rates = kernel_velocity(params, Params(w=[[0.0, 0.0]], b=[1.0], a=[0.0]), 0)
    >>> print(f"{rates.ends['b'][0, 0]:.6f}")  # K_00 = (h/π)² with dh/db = 1/2 at h = π/2
    0.159155
    """
    top = require_integer("k_max", k_max, least=0)
    require_room(top, require_params(params).width)
    if require_params(motion, "motion").width != params.width:
        raise ValueError(f"motion must have width {params.width}, got {motion.width}")
    weights, moving = augmented_weights(params), params.gradient(motion.w, motion.b, motion.a)
    rho, bias = np.hypot(weights[0], weights[1]), np.abs(params.b)
    if (rho == bias).any():
        neuron = int(np.argmax(rho == bias))
        raise ValueError(
            f"every neuron must have |b| unlike |w|, got both {bias[neuron]:g} at {neuron}"
        )
    share = np.full(params.width, 1 / params.width)
    with np.errstate(over="ignore", invalid="ignore"):
        velocity = velocity_of_neurons(
            weights, params.a, augmented_weights(moving), moving.a, share, params.trained, top
        )
    if not np.isfinite(velocity.total).all():
        raise ValueError("the kernel's velocity must be finite, got one beyond float64's range")
    return velocity


def flow_velocity(params: Params, coefficients: npt.ArrayLike, k_max: int = 4) -> KernelVelocity:
    """Rate of change of the low-frequency block under gradient flow towards a target, for n = ∞.

    dθ/dτ = −∇L,  L = ½ ∫ (f − y)² dt/2π

    Takes the target's (2 k_y + 1,) coefficients in the order of `fourier_basis`. Returns blocks as
    `kernel_velocity` does, and raises as it.

    >>> from minintk.network import initialise
    >>> params = initialise(64, np.random.default_rng(0), antisymmetric=True)
    >>> flow_velocity(params, [0.0, 1.0, 0.0], 2).total.shape
    (5, 5)
    """
    gradient = population_loss_and_gradient(require_params(params), coefficients)[1]
    motion = Params.unchecked(-gradient.w, -gradient.b, -gradient.a, params.trained)
    return kernel_velocity(params, motion, k_max)


def velocity_of_neurons(
    weights: Array,
    a: Array,
    moving_weights: Array,
    moving_a: Array,
    share: Array,
    trained: tuple[str, ...],
    k_max: int,
) -> KernelVelocity:
    """Σ_r share_r times the velocity of neuron r alone, for neurons in any number of states.

    share (2 a ȧ U Uᵀ + a² (dU Uᵀ + U dUᵀ)),   share (dh hᵀ + h dhᵀ)

    Takes w̃ and dw̃ (3, N), a and ȧ (N,) and the shares (N,); returns blocks by part.

    >>> row = np.ones(1)
    >>> rates = velocity_of_neurons(
    ...     np.array([[2.0], [0.0], [0.0]]), row, np.eye(3)[:, 2:], 0 * row, row, ("b",), 0
    ... )
    >>> print(f"{rates.ends['b'][0, 0]:.6f}")
    0.159155
    """
    modes, turned = _modes(weights, moving_weights, k_max)
    smooth, ends = {}, {}
    for part, coordinates in (("w", slice(0, 2)), ("b", slice(2, 3))):
        if part in trained:
            here, new = modes[coordinates], turned[coordinates]
            smooth[part] = _symmetric(here * (share * a * moving_a), here)
            ends[part] = _symmetric(new * (share * a**2), here)
    if "a" in trained:
        values = np.einsum("cm,cdm->dm", weights, modes)
        rates = np.einsum("cm,cdm->dm", moving_weights, modes) * share
        smooth["a"] = _symmetric(rates[None], values[None])
        ends["a"] = np.zeros_like(smooth["a"])
    return KernelVelocity(smooth, ends)


def _modes(weights: Array, motion: Array, k_max: int) -> tuple[Array, Array]:
    """U and dU, (3, 2 k_max + 1, N) each: the means of e^{ikt} on an arc, and how fast they turn.

    With ϕ ± h the ends: e^{iϕ} = (w₁ + i w₂)/ρ, e^{ih} = (−b + i √(ρ² − b²))/ρ. A point measure at
    an end is a mean over an arc of no length: φ x̃ there comes from e^{ikt_e} by the same formulas.
    """
    plane, bias = weights[0] + 1j * weights[1], weights[2]
    rho = np.abs(plane)
    # √(|w|² − b²) by two roots: squares of tiny weights would underflow. 0 where there are no ends.
    root = np.sqrt(np.maximum(rho - np.abs(bias), 0.0)) * np.sqrt(rho + np.abs(bias))
    has_ends = root > 0
    centre = _unit(np.where(has_ends, plane, 1.0))
    half = _unit(np.where(has_ends, -bias + 1j * root, np.where(bias > 0, -1.0, 1.0)))
    speeds = []
    for end in (centre * half, centre * half.conj()):
        moved = motion[0] * end.real + motion[1] * end.imag + motion[2]
        speeds.append(moved / np.where(has_ends, root, np.inf) / (2 * np.pi))
    means = np.empty((k_max + 2, len(root)), dtype=np.complex128)
    turns = np.empty_like(means)
    means[0], turns[0] = np.angle(half) / np.pi, speeds[0] + speeds[1]
    around, width = np.ones_like(half), np.ones_like(half)
    for k in range(1, k_max + 2):
        around, width = around * centre, width * half  # e^{ikϕ}, e^{ikh}
        means[k] = around * (width.imag / (np.pi * k))
        turns[k] = around * (width * speeds[0] + width.conj() * speeds[1])
    return modes_on_arcs(means), modes_on_arcs(turns)


def _unit(numbers: ComplexArray) -> ComplexArray:
    """z/|z|, part by part: dividing by a complex number overflows for tiny ones."""
    size = np.abs(numbers)
    return np.asarray(numbers.real / size + 1j * (numbers.imag / size))


def _symmetric(left: Array, right: Array) -> Array:
    """Σ (l rᵀ + r lᵀ) over coordinates and neurons, of (c, d, m) each."""
    product = (left @ right.swapaxes(1, 2)).sum(axis=0)
    return np.asarray(product + product.T)
