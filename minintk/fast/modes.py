"""From arcs to Fourier modes: the low-frequency block of an empirical kernel, for n and for n = ∞.

block_of_modes    A = Σ_r U_rᵀ G_r U_r from U_r, the modes that neuron r's arc holds
modes_on_arcs     U_r, from the means of e^{ikt} over the arc, k up to k_max + 1
means_on_arcs     the means of e^{ikt} over every arc of the whole circle
gram_matrix       ΦᵀΦ/n of the modes at the samples
whitened_block    A as seen by an orthonormal basis at the samples
require_room      raises for a block that is too large; neurons_at_once

Samples and population differ only in the means. These are a sum over the samples on the arc divided
by n, or an integral over the arc dt/2π. All else is shared here.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .._require import Array, require_memory
from ..circle import fourier_basis
from ..network import Params
from .arcs import Arcs, augmented_weights

__all__ = [
    "block_of_modes",
    "gram_matrix",
    "means_on_arcs",
    "modes_on_arcs",
    "neurons_at_once",
    "require_room",
    "whitened_block",
]

_ANGLES_AT_ONCE = 2**16
_MODES_AT_ONCE = 2**25  # of one coordinate: U (3, d, neurons) then takes at most 0.75 GiB

ComplexArray = npt.NDArray[np.complex128]


def require_room(k_max: int, neurons: int = 0) -> None:
    """Reject a block (d, d), d = 2 k_max + 1, or modes (3, d, neurons), of more than 1 GiB.

    >>> require_room(2**20)
    Traceback (most recent call last):
    ...
    MemoryError: modes up to k_max would take 32768.0 GiB, more than 1 GiB: take a smaller k_max
    """
    size = 2 * k_max + 1
    require_memory("modes up to k_max", size * max(size, 3 * neurons), "take a smaller k_max")


def neurons_at_once(k_max: int, most: int) -> int:
    """How many neurons to take at a time, at most `most`, so that their modes stay below 1 GiB.

    >>> neurons_at_once(4, 2**16), neurons_at_once(4000, 2**16)
    (65536, 4193)
    """
    require_room(k_max)
    return min(most, _MODES_AT_ONCE // (2 * k_max + 1))


def modes_on_arcs(means: ComplexArray) -> Array:
    """Means of φ_l x̃ over each arc, from the means of e^{ikt}.

    U_r = ⟨1_r φ_l x̃⟩;  e^{ikt} cos t = ½ (e^{i(k+1)t} + e^{i(k−1)t}),
    e^{ikt} sin t = (e^{i(k+1)t} − e^{i(k−1)t})/2i,  φ_{k,c} + i φ_{k,s} = √2 e^{ikt}

    Takes ⟨1_r e^{ikt}⟩ (k_max + 2, m), k = 0 … k_max + 1. Returns (3, 2 k_max + 1, m) float64, in
    the order of `fourier_basis`.

    >>> modes_on_arcs(np.array([[1.0], [0.0]], dtype=complex)).ravel()  # the whole circle
    array([0., 0., 1.])
    """
    above, here = means[1:], means[:-1]
    below = np.vstack([means[1].conj(), means[:-2]])  # e^{−it} for k = 0
    products = np.stack([(above + below) / 2, (above - below) / 2j, here])
    modes = np.empty((3, 2 * len(here) - 1, means.shape[1]))
    modes[:, 0] = products[:, 0].real
    modes[:, 1::2] = math.sqrt(2) * products[:, 1:].real
    modes[:, 2::2] = math.sqrt(2) * products[:, 1:].imag
    return modes


def means_on_arcs(arcs: Arcs, k_max: int) -> ComplexArray:
    """Means of e^{ikt} over each arc of the whole circle, k = 0 … k_max.

    ∫_{ϕ−h}^{ϕ+h} e^{ikt} dt/2π = e^{ikϕ} sin(kh)/(πk),  h/π for k = 0

    Returns (k_max + 1, m) complex128.

    >>> half = Arcs(np.array([1.5 * np.pi]), np.array([0.5 * np.pi]), np.array([True]))
    >>> (np.pi * means_on_arcs(half, 1).real).round(6).ravel()
    array([1.570796, 1.      ])
    """
    half_width = (arcs.end - arcs.start) / 2 + np.pi * arcs.crosses
    centre = arcs.start + half_width
    k = np.arange(1, k_max + 1)[:, None]
    oscillating = np.exp(1j * k * centre) * np.sin(k * half_width) / (np.pi * k)
    return np.vstack([half_width / np.pi, oscillating])


def block_of_modes(params: Params, modes: Array) -> Array:
    """The low-frequency block of the empirical kernel, from the modes on every arc.

    A = (1/m) Σ_r [Σ_l c_l a_r² U_rl U_rlᵀ + c_a (w̃_r·U_r)(w̃_r·U_r)ᵀ],  c = 1 if trained, else 0

    Takes U (3, d, m); returns (d, d) float64, a sum over these neurons divided by their number.

    >>> params = Params(w=[[0.0, 0.0]], b=[2.0], a=[3.0])  # active everywhere, with relu = 2
    >>> block_of_modes(params, np.array([0.0, 0.0, 1.0]).reshape(3, 1, 1))
    array([[13.]])
    """
    factors = [
        modes[coordinate] * params.a
        for coordinate, part in enumerate(("w", "w", "b"))
        if part in params.trained
    ]
    if "a" in params.trained:
        factors.append(np.einsum("km,kdm->dm", augmented_weights(params), modes))
    return np.sum([factor @ factor.T for factor in factors], axis=0) / params.width


def gram_matrix(angles: Array, k_max: int) -> Array:
    """The Gram matrix ΦᵀΦ/n of the Fourier modes at the samples.

    Takes (n,) angles, a bounded number of them at a time; returns (d, d) float64, d = 2 k_max + 1.
    Raises ValueError where there are fewer than d angles.

    >>> gram_matrix(np.array([0.0, 2.0, 4.0]), 0)
    array([[1.]])
    """
    if len(angles) < 2 * k_max + 1:
        raise ValueError(
            f"angles must be at least 2 k_max + 1 = {2 * k_max + 1} in number, got {len(angles)}"
        )
    gram = np.zeros((2 * k_max + 1, 2 * k_max + 1))
    for start in range(0, len(angles), _ANGLES_AT_ONCE):
        basis = fourier_basis(angles[start : start + _ANGLES_AT_ONCE], k_max)
        gram += basis.T @ basis
    return gram / len(angles)


def whitened_block(block: Array, gram: Array) -> Array:
    """The block of the same kernel in an orthonormal basis at the samples.

    A_w = L⁻¹ A L⁻ᵀ,  ΦᵀΦ/n = L Lᵀ,  since Φ = QR with R = √n Lᵀ and A_w = QᵀKQ/n

    Takes A = ΦᵀKΦ/n² and ΦᵀΦ/n, both (d, d). Raises ValueError where the modes are not independent
    at the samples.

    >>> whitened_block(np.array([[8.0]]), np.array([[4.0]]))
    array([[2.]])
    """
    try:
        factor = np.linalg.cholesky(gram)
    except np.linalg.LinAlgError as error:
        raise ValueError(
            f"angles must tell 2 k_max + 1 = {len(gram)} modes apart, got too few different ones"
        ) from error
    return np.linalg.solve(factor, np.linalg.solve(factor, block).T)
