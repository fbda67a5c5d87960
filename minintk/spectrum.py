"""Spectra of any kernel on the circle: eigenvalues, low-frequency blocks, their errors.

kernel_operator, quadrature_eigenvalues  of a function of the angle, by Gauss-Legendre
circulant_deviation, is_circulant        is the matrix a function of i − j alone?
circulant_eigenvalues                    then the discrete Fourier transform has its eigenvalues
low_frequency_block, spectral_error      the operator on |k| ≤ k_max, its distance from diag(λ)
orthonormal_basis                        the modes at scattered points, made orthonormal

No kernel is imported here: they come as arrays or as functions of the angle.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ._require import (
    LARGEST,
    Array,
    moderated,
    require_array,
    require_flag,
    require_function,
    require_integer,
    require_memory,
    require_number,
    require_square,
    require_symmetric,
    scaled,
)
from .circle import _basis_frequencies, _one_turn, fourier_basis

__all__ = [
    "circulant_deviation",
    "circulant_eigenvalues",
    "is_circulant",
    "kernel_operator",
    "low_frequency_block",
    "orthonormal_basis",
    "quadrature_eigenvalues",
    "spectral_error",
]

AngleFunction = Callable[[Array], npt.ArrayLike]


def kernel_operator(
    kernel_of_angle: AngleFunction, function: AngleFunction, angles: npt.ArrayLike, nodes: int = 200
) -> Array:
    """Apply the kernel operator to a function on the circle.

    (Tg)(t) = ∫ K(t, t') g(t') dt'/2π = (1/2π) ∫_0^π K(u) [g(t + u) + g(t − u)] du

    The integral runs over [0, π] by Gauss-Legendre with the given number of nodes. So the kink of K
    at u = 0 lies at an end, and the rule converges geometrically. It resolves g up to frequencies
    of about `nodes`. Takes K of angles in [0, π], g of angles, and (n,) angles, which are first
    reduced to one turn; returns (n,) float64. Raises MemoryError above 1 GiB.

    >>> kernel_operator(np.cos, np.sin, [np.pi / 2]).round(6)  # T sin = sin/2 for K = cos
    array([0.5])
    """
    require_function("kernel_of_angle", kernel_of_angle, "angles")
    require_function("function", function, "angles")
    t = _one_turn(require_array("angles", angles, (None,)))[:, None]
    nodes = require_integer("nodes", nodes)
    fewer = "take fewer angles at a time, or fewer nodes"
    require_memory("the function's values", len(t) * nodes, fewer)
    u, weights = _quadrature(nodes, "take fewer nodes")
    kernel = require_array("the kernel's values", kernel_of_angle(u), u.shape, most=LARGEST)
    above, below = (
        require_array("the function's values", function(angle), angle.shape, most=LARGEST)
        for angle in (t + u, t - u)
    )
    return (above + below) @ (weights * kernel) / (2 * np.pi)


def quadrature_eigenvalues(
    kernel_of_angle: AngleFunction, k_max: int, nodes: int | None = None
) -> Array:
    """Eigenvalues of a function of the angle, smooth inside [0, π], on the Fourier modes.

    λ_k = (1/2π) ∫_0^{2π} K(u) cos(ku) du = (1/π) ∫_0^π K(u) cos(ku) du

    Takes K of angles in radians in [0, π]; a kink at 0 or π does no harm. Returns (k_max + 1,)
    float64 for k = 0 … k_max, to 1e-12 of the largest. Gauss-Legendre on [0, π] with 2 k_max + 64
    nodes unless given, and with half as many more, whose result is returned. Raises ValueError
    where the two differ by over 1e-12 of the largest. Take more nodes then. For a K with a kink
    inside take `circulant_eigenvalues` of its matrix on a fine grid: the error is of order 1/n².
    Source: derived in tutorial 4, section 2.

    >>> quadrature_eigenvalues(lambda u: 1 + np.cos(u), 2).round(6) + 0.0
    array([1. , 0.5, 0. ])
    """
    require_function("kernel_of_angle", kernel_of_angle, "angles")
    top = require_integer("k_max", k_max, least=0)
    count = 2 * top + 64 if nodes is None else require_integer("nodes", nodes)
    more = count + count // 2 + 1
    require_memory("the cosines", (top + 1) * more, "take a smaller k_max, or fewer nodes")
    eigenvalues, finer = (
        _cosine_integrals(kernel_of_angle, top, number) for number in (count, more)
    )
    change = float(np.abs(finer - eigenvalues).max())
    if change > 1e-12 * np.abs(finer).max():
        raise ValueError(
            f"nodes must be enough for the integral to settle, got {count}: "
            f"half as many more still change an eigenvalue by {change:.1e}"
        )
    return finer


def circulant_deviation(kernel: npt.ArrayLike) -> float:
    """Distance of a matrix from the nearest circulant one, relative to its own size.

    ‖K − C‖_F/‖K‖_F,  C_ij = mean of K over all entries with the same (i − j) mod n

    Takes (n, n); returns a number in [0, 1], 0 for a circulant matrix. A grid closed twice (its
    first point repeated as its last) gives a large value: see `uniform_angles`.

    >>> circulant_deviation([[1.0, 2.0], [2.0, 1.0]])
    0.0
    >>> circulant_deviation([[1.0, 0.0], [0.0, 0.0]]).__round__(6)
    0.707107
    """
    matrix = scaled(require_square("kernel", kernel))[0]
    rotated = _rows_rotated(matrix)  # a circulant matrix has equal rows here
    norm = float(np.linalg.norm(matrix))
    return float(np.linalg.norm(rotated - rotated.mean(axis=0))) / norm if norm else 0.0


def is_circulant(kernel: npt.ArrayLike, tolerance: float = 1e-12) -> bool:
    """Whether every row of a matrix is the row above it, moved by one place.

    |K_ij − K_{i+1,j+1}| ≤ tolerance × max|K|, indices modulo n

    Takes (n, n). Angles computed by arccos keep only 8 digits near 0 and π, which alone breaks a
    tolerance of 1e-12. Raises ValueError unless the matrix is square and finite.

    >>> is_circulant([[1.0, 2.0], [2.0, 1.0]]), is_circulant([[1.0, 2.0], [3.0, 1.0]])
    (True, False)
    """
    matrix = moderated(require_square("kernel", kernel))[0]
    bound = min(require_number("tolerance", tolerance, least=0), 2.0) * np.abs(matrix).max()
    return bool(np.abs(matrix - np.roll(matrix, 1, axis=(0, 1))).max() <= bound)


def circulant_eigenvalues(kernel: npt.ArrayLike, tolerance: float = 1e-10) -> Array:
    """Eigenvalues of K_n/n of a symmetric circulant matrix, by the discrete Fourier transform.

    λ_k = (1/n) Σ_j K_0j cos(2πjk/n),  k = 0 … n − 1,  λ_{n−k} = λ_k

    Takes (n, n); returns (n,) float64 by frequency, not sorted: of K_n/n, the operator with
    respect to dt/2π, and not of K_n. Raises ValueError where the matrix is not circulant or not
    symmetric within the tolerance (relative to its largest entry). The tolerance is larger than
    that of `is_circulant`, for eigenvalues off by 1e-10 are of use.
    Source: derived in tutorial 4, section 6.

    >>> circulant_eigenvalues([[2.0, 1.0, 1.0], [1.0, 2.0, 1.0], [1.0, 1.0, 2.0]]).round(6)
    array([1.333333, 0.333333, 0.333333])
    """
    tolerance = require_number("tolerance", tolerance, least=0)
    matrix = require_symmetric("kernel", kernel, min(tolerance, 2.0))  # 2: all are within it
    if not is_circulant(matrix, tolerance):
        distance = circulant_deviation(matrix)
        raise ValueError(f"kernel must be circulant, got one at a distance of {distance:.1e}")
    return np.fft.fft(matrix[0]).real / len(matrix)


def low_frequency_block(
    kernel: npt.ArrayLike, angles: npt.ArrayLike, k_max: int = 4, *, whitened: bool = False
) -> Array:
    """The sampled kernel operator on the frequencies |k| ≤ k_max.

    A = Φᵀ K Φ/n²             raw: Φ the Fourier basis at the n points
    A = Qᵀ K Q/n              whitened: Φ = QR, R with a positive diagonal

    Takes K (n, n) and its (n,) angles in radians; returns (2 k_max + 1, 2 k_max + 1) float64 in the
    order of `fourier_basis`. Both tend to diag(λ) as n grows. Raw contains the sampling error of
    ΦᵀΦ/n too, whitened does not. Whitened is its own convention: QR takes the columns in their
    order, low frequencies first. Say which one you report.
    Raises ValueError for bad shapes, or n < 2 k_max + 1 where whitened.

    >>> t = 2 * np.pi * np.arange(8) / 8
    >>> low_frequency_block(np.cos(t[:, None] - t), t, k_max=1).round(6).diagonal() + 0.0
    array([0. , 0.5, 0.5])
    """
    matrix = require_square("kernel", kernel, most=LARGEST)
    t = require_array("angles", angles, (len(matrix),))
    white = require_flag("whitened", whitened)
    basis = orthonormal_basis(t, k_max) if white else fourier_basis(t, k_max) / np.sqrt(len(t))
    block: Array = basis.T @ matrix @ basis / len(t)
    return block


def orthonormal_basis(angles: npt.ArrayLike, k_max: int) -> Array:
    """Orthonormal basis of the low-frequency subspace at the given points: the whitened modes.

    Φ = QR,  R upper triangular with a positive diagonal: Gram-Schmidt in the order 0, 1c, 1s, 2c, …

    Takes (n,) angles in radians, n ≥ 2 k_max + 1; returns Q (n, 2 k_max + 1) float64, QᵀQ = I.
    Raises ValueError for too few different angles.

    >>> np.abs(orthonormal_basis([0.0, 1.0, 3.0], 1)[:, 0]).round(4)
    array([0.5774, 0.5774, 0.5774])
    """
    basis = fourier_basis(angles, k_max)
    if basis.shape[0] < basis.shape[1]:
        raise ValueError(
            f"angles must be at least 2 k_max + 1 = {basis.shape[1]} in number, got {len(basis)}"
        )
    q, r = np.linalg.qr(basis)
    diagonal = r.diagonal()
    if np.abs(diagonal).min() <= 1e-12 * np.abs(diagonal).max():
        raise ValueError(f"angles must tell all {len(r)} modes apart, got too few different ones")
    return q * np.where(diagonal < 0, -1.0, 1.0)


def spectral_error(block: npt.ArrayLike, eigenvalues: npt.ArrayLike) -> float:
    """Spectral norm of the difference between a low-frequency block and its limit.

    ‖A − diag(λ_0, λ_1, λ_1, λ_2, λ_2, …)‖₂

    Takes A (2 k_max + 1, 2 k_max + 1) and λ_0 … λ_k_max, one per frequency.

    >>> spectral_error(np.diag([1.0, 0.6, 0.5]), [1.0, 0.5]).__round__(6)
    0.1
    """
    matrix = require_square("block", block, most=LARGEST)
    if len(matrix) % 2 == 0:
        raise ValueError(f"block must be of odd size, 2 k_max + 1, got {matrix.shape}")
    values = require_array("eigenvalues", eigenvalues, ((len(matrix) + 1) // 2,), most=LARGEST)
    limit = np.diag(values[_basis_frequencies(len(matrix) // 2)])
    return float(np.linalg.norm(matrix - limit, ord=2))


def _quadrature(nodes: int, cheaper: str) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights, moved from [−1, 1] to [0, π]."""
    require_memory("the matrix that gives the nodes", nodes**2, cheaper)
    x, weights = _gauss_legendre(nodes)
    return np.pi / 2 * (1 + x), np.pi / 2 * weights  # new arrays: a kernel may change its angles


@functools.lru_cache(maxsize=8)  # an eigenvalue problem, where the same rule serves every mode
def _gauss_legendre(nodes: int) -> tuple[Array, Array]:
    rule: tuple[Array, Array] = np.polynomial.legendre.leggauss(nodes)
    return rule


def _cosine_integrals(kernel_of_angle: AngleFunction, k_max: int, nodes: int) -> Array:
    u, weights = _quadrature(nodes, "take fewer nodes, or a smaller k_max")
    kernel = require_array("the kernel's values", kernel_of_angle(u), u.shape, most=LARGEST)
    integrals: Array = np.cos(np.outer(np.arange(k_max + 1), u)) @ (weights * kernel) / np.pi
    return integrals


def _rows_rotated(matrix: Array) -> Array:
    i = np.arange(len(matrix))
    rotated: Array = matrix[i[:, None], (i[:, None] + i) % len(matrix)]
    return rotated
