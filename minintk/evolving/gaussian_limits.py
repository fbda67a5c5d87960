"""How far samples and neurons are off in the limit of many: Gaussian matrices, with nothing to fit.

sampling_limit   √n (A − Λ) for n random samples, raw and whitened
width_limit      √m (A − Λ) for m neurons on the whole circle
limit_block      Λ
norms            the spectral norm of a deviation, as it is and relative to Λ

A is the kernel operator on |k| ≤ k_max, Λ = diag(λ). The derivations, to redo on paper:

*Samples.* A_jl = (1/n²) Σ_ab φ_j(t_a) K(t_a, t_b) φ_l(t_b) is a mean over pairs. What is random in
it to order n^-1/2 is one point at a time, the other one averaged over the circle. There
Kφ_l = λ_l φ_l. So, with the fluctuation G = √n (ΦᵀΦ/n − I) of the Gram matrix,

    √n (A − Λ) → ΛG + GΛ                                                       (raw)

G is a sum of independent terms φ_jφ_l − δ_jl, thus Gaussian in the limit. The product of two modes
is a sum of modes up to 2 k_max: φ_jφ_l = Σ_p ⟨φ_jφ_lφ_p⟩ φ_p. The means √n ⟨φ_p⟩_n of different
modes are uncorrelated with variance 1, since the modes are orthonormal. Hence

    G = Σ_{p ≥ 1} ξ_p ⟨φ_jφ_lφ_p⟩,   ξ_p ~ N(0, 1), independent

Whitening is L⁻¹AL⁻ᵀ with I + G/√n = LLᵀ. To first order L = I + Uᵀ/√n, where G = U + Uᵀ. U is the
part of G above the diagonal and half of the diagonal. Then ΛG + GΛ − UᵀΛ − ΛU leaves

    √n (A − Λ) → UΛ + ΛUᵀ                                                      (whitened)

*Neurons.* A is the mean over m neurons of their entries a² F(ϕ) + ρ² P(ϕ). ϕ and ρ are direction
and radius of w. F belongs to the first layer and the bias, P to the second layer, both at a = ρ = 1
and b = 0. ϕ, ρ and a are independent, E a² = 1, E ρ² = 2, E ρ⁴ = 8. So √m (A − Λ) tends to a
Gaussian matrix. With ⟨·⟩ the mean over ϕ and v = Var a² (0 for signs, 2 for normal a) its
covariance is

    ⟨(F + 2P − Λ) ⊗ (F + 2P − Λ)⟩ + v ⟨F ⊗ F⟩ + 4 ⟨P ⊗ P⟩

F and P are trigonometric polynomials in ϕ of degree 2 k_max. So D > 4 k_max evenly spaced
directions give these means exactly. With independent ξ, η, ζ ~ N(0, 1) this has that covariance:

    (1/√D) Σ_d [(F + 2P − Λ)_d ξ_d + √v F_d η_d + 2P_d ζ_d]

In antisymmetric pairs two neurons have the same entry: m/2 independent ones, and √2 times the
deviation.

*Both.* The two are independent, and the mean squares of their norms add up to that of the sum. For
the Frobenius norm that is exact. For the spectral norm at k_max = 4 it holds to 0.3 % of the error,
by Monte Carlo.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from .._require import (
    Array,
    require_choice,
    require_flag,
    require_generator,
    require_integer,
    require_memory,
)
from ..arccosine import fourier_eigenvalues
from ..circle import basis_frequencies, fourier_basis, uniform_angles
from ..fast.population import population_low_frequency_block
from ..network import Params

__all__ = ["limit_block", "norms", "sampling_limit", "width_limit"]

# Var a² of the output weights, by their law.
_SPREAD = {"signs": 0.0, "normal": 2.0}


def sampling_limit(k_max: int, draws: int, rng: np.random.Generator) -> dict[str, Array]:
    """So many draws of the limit of √n (A − Λ) for n random samples.

    raw: ΛG + GΛ;  whitened: UΛ + ΛUᵀ;  G = U + Uᵀ = Σ_{p ≥ 1} ξ_p ⟨φ_jφ_lφ_p⟩,  ξ_p ~ N(0, 1)

    Takes k_max ≥ 0 and the number of draws. Returns "raw" and "whitened", each (draws, d, d)
    float64 with d = 2 k_max + 1, of the same G. The frequency 0 alone has G = 0. Raises ValueError
    for a bad argument, TypeError without a generator, MemoryError for draws of more than 1 GiB.
    Source: derived in the module; Koltchinskii & Giné (2000) for spectra of integral operators in
    general, Araya (2018) for relative bounds.

    >>> found = sampling_limit(1, 40000, np.random.default_rng(0))
    >>> variance = found["raw"][:, 0, 1].var()  # G_01 = ξ_1 of both phases
    >>> bool(abs(variance / fourier_eigenvalues(1).sum() ** 2 - 1) < 0.02)
    True
    """
    k_max, draws, rng = _checked(k_max, draws, rng)
    points = uniform_angles(4 * k_max + 1)  # above the degree of a product of three modes
    modes = fourier_basis(points, 2 * k_max)
    low = modes[:, : 2 * k_max + 1]
    products = np.einsum("ij,il,ip->pjl", low, low, modes[:, 1:]) / len(points)
    gram = np.tensordot(rng.standard_normal((draws, 4 * k_max)), products, 1)
    upper = np.triu(gram) - np.eye(2 * k_max + 1) * gram / 2
    right = {"raw": gram, "whitened": upper}  # both limits are a matrix and its transpose
    halves = {name: matrix @ limit_block(k_max) for name, matrix in right.items()}
    return {name: half + half.transpose(0, 2, 1) for name, half in halves.items()}


def width_limit(
    k_max: int,
    draws: int,
    rng: np.random.Generator,
    output_law: str = "signs",
    antisymmetric: bool = False,
) -> Array:
    """So many draws of the limit of √m (A − Λ) for m neurons, w ~ N(0, I), b trained from 0.

    (1/√D) Σ_d [(F + 2P − Λ)_d ξ_d + √v F_d η_d + 2P_d ζ_d],  v = 0 ("signs") or 2 ("normal")
    antisymmetric pairs: √2 times that

    Takes k_max ≥ 0 and the number of draws; returns (draws, d, d) float64, d = 2 k_max + 1. All
    parts are trained, the bias from 0. There is no Law: without a bias average
    `population_low_frequency_block` over networks. Raises ValueError for a bad argument, TypeError
    without a generator, MemoryError for draws of more than 1 GiB. Source: derived in the module.

    >>> found = width_limit(0, 40000, np.random.default_rng(0))  # F = 1/π² + 1/4, P = 1/π²
    >>> bool(abs(found.std() * np.pi**2 / 2 - 1) < 0.02)  # only ρ² P varies
    True
    """
    k_max, draws, rng = _checked(k_max, draws, rng)
    spread = math.sqrt(_SPREAD[require_choice("output_law", output_law, _SPREAD)])
    scale = math.sqrt(2.0) if require_flag("antisymmetric", antisymmetric) else 1.0
    directions = uniform_angles(4 * k_max + 1)
    first = np.stack([_entry(angle, ("w", "b"), k_max) for angle in directions])
    second = np.stack([_entry(angle, ("a",), k_max) for angle in directions])
    parts = (first + 2 * second - limit_block(k_max), spread * first, 2 * second)
    normals = rng.standard_normal((3, draws, len(directions))) / math.sqrt(len(directions))
    deviation = sum(np.tensordot(x, part, 1) for x, part in zip(normals, parts, strict=True))
    return np.asarray(deviation * scale)


def _checked(
    k_max: int, draws: int, rng: np.random.Generator
) -> tuple[int, int, np.random.Generator]:
    """The common arguments; the arrays are of the draws, or of products of three modes."""
    k_max, draws = require_integer("k_max", k_max, least=0), require_integer("draws", draws)
    rows, size = max(draws, 4 * k_max + 1), 2 * k_max + 1
    require_memory("the draws", rows * size * max(size, 6), "take fewer draws or a smaller k_max")
    return k_max, draws, require_generator(rng)


def _entry(angle: float, trained: tuple[str, ...], k_max: int) -> Array:
    """The block of one neuron of direction ϕ, with ρ = a = 1 and b = 0."""
    w = np.array([[math.cos(angle), math.sin(angle)]])
    neuron = Params.unchecked(w, np.zeros(1), np.ones(1), trained)
    return population_low_frequency_block(neuron, k_max)


def limit_block(k_max: int) -> Array:
    """Λ = diag(λ_0, λ_1, λ_1, …), (2 k_max + 1, 2 k_max + 1): what A tends to.

    >>> limit_block(1).diagonal().round(4)
    array([0.554 , 0.3513, 0.3513])
    """
    return np.diag(fourier_eigenvalues(k_max)[basis_frequencies(k_max)])


def norms(deviations: Mapping[str, Array]) -> dict[str, Array]:
    """Spectral norms of symmetric matrices (…, d, d): as they are, and relative to Λ.

    ‖Δ‖₂  and  ‖Λ^-½ Δ Λ^-½‖₂: the largest share by which a quadratic form of A is off

    The second is what the rates of the modes feel. Returns (…,) arrays, the second ones named
    "…_relative".

    >>> found = norms({"raw": 0.1 * limit_block(2)})
    >>> print(*(f"{name} {float(norm):.6f}" for name, norm in found.items()))
    raw 0.055396 raw_relative 0.100000
    """
    found = {}
    for name, matrix in deviations.items():
        root = np.sqrt(limit_block(matrix.shape[-1] // 2).diagonal())
        for ending, part in (("", matrix), ("_relative", matrix / np.outer(root, root))):
            found[name + ending] = np.abs(np.linalg.eigvalsh(part)).max(axis=-1)
    return found
