"""Alignment measures of a kernel, each by its standard name. They disagree: say which you use.

kernel_alignment, centred_kernel_alignment, kernel_distance    with another kernel
target_alignment                                               with the targets
subspace_overlap, principal_angles                             with the Fourier modes
off_diagonal_share, off_diagonal_correlation                   with them, in a low-frequency block
effective_rank                                                 how even the eigenvalues are
MEASURES, alignment_measures                  those of one number a kernel as a table, all at once

Kernels come as matrices of any size: each is first scaled by its largest entry.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ._require import (
    Array,
    require_array,
    require_flag,
    require_square,
    require_symmetric,
    scaled,
)
from .spectrum import low_frequency_block, orthonormal_basis

__all__ = [
    "MEASURES",
    "Measure",
    "alignment_measures",
    "centred_kernel_alignment",
    "effective_rank",
    "kernel_alignment",
    "kernel_distance",
    "off_diagonal_correlation",
    "off_diagonal_share",
    "principal_angles",
    "subspace_overlap",
    "target_alignment",
]


class Measure(NamedTuple):
    """One row of the table: what a measure is called, its formula and range, and what it misses.

    `better` is +1 where a larger value means a better aligned kernel, −1 where a smaller one does.
    It is 0 for the effective rank: K = yyᵀ fits the targets best, and has the least of all.

    >>> [measure.name for measure in MEASURES if measure.better < 0]
    ['off-diagonal share', 'relative distance']
    """

    name: str
    formula: str
    low: float
    high: float
    better: int
    blind_to: str


# L is the kernel at infinite width, A the low-frequency block, U the top eigenvectors of K.
MEASURES = (
    Measure("kernel alignment", "⟨K, L⟩/(‖K‖ ‖L‖)", -1, 1, 1,
            "the size of K; the constant function and k = 1 decide it nearly alone"),
    Measure("CKA", "kernel alignment of CKC and CLC, C = I − 11ᵀ/n", -1, 1, 1,
            "the size of K, and how K acts on constants"),
    Measure("subspace overlap", "‖QᵀU‖²/d, d = 2 k_max + 1", 0, 1, 1,
            "the order of the eigenvalues inside and outside the subspace, and their size"),
    Measure("off-diagonal share", "Σ_{j≠l} A_jl²/Σ_{jl} A_jl²", 0, 1, -1,
            "the size of K; a diagonal entry that grows lowers it without any turning"),
    Measure("target alignment", "yᵀKy/(‖K‖ ‖y‖²)", -1, 1, 1,
            "the size of K, and all directions but that of y"),
    Measure("centred target alignment", "target alignment of CKC and Cy", -1, 1, 1,
            "the size of K, how it acts on constants, and all directions but that of y"),
    Measure("effective rank", "(tr K)²/‖K‖²", 1, np.inf, 0,
            "which functions the eigenvectors are"),
    Measure("relative distance", "‖K − L‖/‖L‖", 0, np.inf, -1,
            "nothing, so growth alone moves it"),
)  # fmt: skip


def alignment_measures(
    kernel: npt.ArrayLike,
    angles: npt.ArrayLike,
    targets: npt.ArrayLike,
    reference: npt.ArrayLike,
    k_max: int = 4,
) -> dict[str, float]:
    """Every measure of the table at once, by its name.

    See `MEASURES` for the formulas; the reference L is most often `infinite_ntk(angles)`

    Takes K and L (n, n), (n,) angles in radians, y (n,) and the largest frequency of the subspace.
    Raises as the measures themselves.

    >>> t = 2 * np.pi * np.arange(8) / 8
    >>> kernel = 1 + np.cos(t[:, None] - t)
    >>> found = alignment_measures(2 * kernel, t, np.cos(t), kernel, k_max=1)
    >>> print(f"{found['kernel alignment']:.3f} {found['relative distance']:.3f}")
    1.000 1.000
    """
    k = require_symmetric("kernel", kernel)
    limit = require_array("reference", reference, k.shape)
    values = (
        _alignment(k, limit, "reference"),
        _centred_alignment(k, limit, "reference"),
        subspace_overlap(k, angles, k_max),
        off_diagonal_share(low_frequency_block(k, angles, k_max)),
        target_alignment(k, targets),
        target_alignment(k, targets, centred=True),
        effective_rank(k),
        _relative_distance(k, limit),
    )
    return {measure.name: value for measure, value in zip(MEASURES, values, strict=True)}


def kernel_alignment(kernel: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """Kernel alignment: the cosine of the angle between two matrices.

    KA(K, L) = ⟨K, L⟩_F/(‖K‖_F ‖L‖_F)

    Takes two (n, n) matrices that are not 0; returns a number in [−1, 1], in [0, 1] for kernels.
    Source: Cristianini et al. (2001).

    >>> kernel_alignment(np.eye(2), [[1.0, 0.0], [0.0, 0.0]]).__round__(6)
    0.707107
    """
    k = require_square("kernel", kernel)
    return _alignment(k, require_array("other", other, k.shape), "other")


def _alignment(k: Array, other: Array, name: str) -> float:
    return float(np.sum(_unit("kernel", k) * _unit(name, other)))


def centred_kernel_alignment(kernel: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """Centred kernel alignment (CKA): the alignment once the constant function is taken out.

    CKA(K, L) = KA(CKC, CLC),  C = I − 11ᵀ/n

    Takes two (n, n) matrices that are not 0 after centring; returns a number in [−1, 1].
    Source: Cortes et al. (2012); Kornblith et al. (2019).

    >>> centred_kernel_alignment(np.eye(2), np.eye(2) + 5.0).__round__(6)
    1.0
    """
    k = require_square("kernel", kernel)
    return _centred_alignment(k, require_array("other", other, k.shape), "other")


def _centred_alignment(k: Array, other: Array, name: str) -> float:
    return _alignment(_centred("kernel", k), _centred(name, other), name)


def target_alignment(
    kernel: npt.ArrayLike, targets: npt.ArrayLike, *, centred: bool = False
) -> float:
    """Target alignment: how much of the kernel points at the targets.

    yᵀKy/(‖K‖_F ‖y‖²);  centred: with CKC and Cy, C = I − 11ᵀ/n

    Takes K (n, n) and y (n,), neither 0; returns a number in [−1, 1].
    Source: Cristianini et al. (2001); centred: Baratin et al. (2021).

    >>> target_alignment([[1.0, 0.0], [0.0, 0.0]], [1.0, 1.0]).__round__(6)
    0.5
    """
    centring = require_flag("centred", centred)
    k = require_square("kernel", kernel)
    y = scaled(require_array("targets", targets, (len(k),)))[0]
    if centring:
        k, y = _centred("kernel", k), y - y.mean()
        if np.abs(y).max() <= 1e-14:
            raise ValueError("targets must differ from 0 after centring, got a constant")
    direction = _unit("targets", y)
    return float(direction @ _unit("kernel", k) @ direction)


def subspace_overlap(kernel: npt.ArrayLike, angles: npt.ArrayLike, k_max: int = 4) -> float:
    """Overlap of the kernel's top eigenspace with the low-frequency subspace.

    ‖QᵀU‖_F²/d,  Q an orthonormal basis of |k| ≤ k_max at the points,  U the top d = 2 k_max + 1
    eigenvectors of K

    Takes K (n, n) symmetric and its (n,) angles, n ≥ d; returns a number in [0, 1]. It jumps where
    the d-th and the next eigenvalue change places.

    >>> t = 2 * np.pi * np.arange(8) / 8
    >>> print(f"{subspace_overlap(1 + np.cos(t[:, None] - t), t, k_max=1):.3f}")
    1.000
    """
    matrix = scaled(require_symmetric("kernel", kernel))[0]
    q = orthonormal_basis(require_array("angles", angles, (len(matrix),)), k_max)
    top = np.linalg.eigh(matrix)[1][:, -q.shape[1] :]
    return float(np.sum((q.T @ top) ** 2) / q.shape[1])


def off_diagonal_share(block: npt.ArrayLike) -> float:
    """Share of a low-frequency block's energy that lies off its diagonal.

    Σ_{j≠l} A_jl²/Σ_{jl} A_jl²

    Takes a block that is not 0, as from `low_frequency_block`; returns a number in [0, 1], which is
    0 where the Fourier modes are eigenfunctions.

    >>> off_diagonal_share([[1.0, 1.0], [1.0, 1.0]])
    0.5
    """
    a = _unit("block", require_square("block", block))
    return float(np.sum((a - np.diag(a.diagonal())) ** 2))


def off_diagonal_correlation(block: npt.ArrayLike) -> float:
    """Mean squared correlation of two Fourier modes under the kernel.

    (1/(d(d − 1))) Σ_{j≠l} A_jl²/(A_jj A_ll)

    Takes a block (d, d) of a kernel, d ≥ 2, with a positive diagonal and A_jl² ≤ A_jj A_ll. Returns
    a number in [0, 1], 0 where the modes are eigenfunctions. It does not change where every mode
    grows by a factor of its own.

    >>> off_diagonal_correlation([[4.0, 1.0], [1.0, 1.0]])
    0.25
    """
    a = scaled(require_square("block", block))[0]
    size = a.diagonal()
    if len(a) < 2 or size.min() <= 0:
        raise ValueError(f"block must have two or more positive diagonal entries, got {size.min()}")
    root = np.sqrt(size)
    with np.errstate(over="ignore"):
        correlation = a / root / root[:, None]
    np.fill_diagonal(correlation, 0.0)
    if (largest := np.abs(correlation).max()) > 1 + 1e-9:
        raise ValueError(f"block must have |A_jl| ≤ √(A_jj A_ll), got {largest:.3g} times as much")
    return float(np.sum(correlation**2)) / (len(a) * (len(a) - 1))


def principal_angles(kernel: npt.ArrayLike, angles: npt.ArrayLike, k_max: int = 4) -> Array:
    """Principal angles between each pair of Fourier modes and the kernel's nearest eigenpair.

    tan θ = σ(U − PPᵀU)/σ(PᵀU),  P an orthonormal basis of cos kt, sin kt at the points,  U the two
    eigenvectors of K with the largest ‖Pᵀu‖, among those whose eigenvalue is not 0 to rounding

    Takes K (n, n) symmetric of rank 2 or more and its (n,) angles, n ≥ 2 k_max + 1. Returns
    (k_max, 2) in radians for k = 1 … k_max, the smaller one first. Both are 0 where the pair spans
    an eigenspace. Where more than two eigenvalues other than 0 coincide, which vectors of their
    space are taken is a matter of rounding.
    Source: Björck & Golub (1973).

    >>> t = 2 * np.pi * np.arange(8) / 8
    >>> mixed = np.cos(t) + np.cos(2 * t)
    >>> kernel = np.outer(mixed, mixed) + np.outer(np.sin(t), np.sin(t))
    >>> print(np.round(principal_angles(kernel, t, k_max=1) / np.pi, 6))
    [[0.   0.25]]
    """
    matrix = scaled(require_symmetric("kernel", kernel))[0]
    t = require_array("angles", angles, (len(matrix),))
    values, vectors = np.linalg.eigh(matrix)
    vectors = vectors[:, np.abs(values) > 1e-12 * np.abs(values).max()]
    if vectors.shape[1] < 2:
        raise ValueError(f"kernel must have rank 2 or more, got rank {vectors.shape[1]}")
    # The basis is made for its checks: of k_max, and that the angles tell the modes apart.
    pairs = orthonormal_basis(t, k_max).shape[1] // 2
    found = []
    for k in range(1, pairs + 1):
        pair = np.linalg.qr(np.stack([np.cos(k * t), np.sin(k * t)], axis=1))[0]
        overlap = np.sum((pair.T @ vectors) ** 2, axis=0)
        nearest = vectors[:, np.argsort(overlap)[-2:]]
        inside = pair.T @ nearest
        cosines = np.linalg.svd(inside, compute_uv=False)
        sines = np.linalg.svd(nearest - pair @ inside, compute_uv=False)[::-1]
        found.append(np.arctan2(sines, cosines))
    return np.reshape(found, (-1, 2))


def kernel_distance(kernel: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """Kernel distance: how far a kernel has turned from another.

    1 − KA(K, L)

    Takes two (n, n) matrices that are not 0; returns a number in [0, 2], 0 for L = cK with c > 0.
    Source: Fort et al. (2020).

    >>> print(f"{kernel_distance(np.eye(2), 3 * np.eye(2)):.6f}")
    0.000000
    """
    return 1.0 - kernel_alignment(kernel, other)


def effective_rank(kernel: npt.ArrayLike) -> float:
    """Effective rank: how many eigenvalues share the trace.

    (tr K)²/‖K‖_F²

    Takes (n, n), symmetric positive semidefinite and not 0; returns a number in [1, n].

    >>> effective_rank(np.eye(3)).__round__(6)
    3.0
    """
    return float(np.trace(_unit("kernel", require_square("kernel", kernel)))) ** 2


def _relative_distance(kernel: Array, reference: Array) -> float:
    """‖K − L‖/‖L‖ of matrices of any size: both over the largest entry of the two."""
    (k, k_largest), (limit, limit_largest) = scaled(kernel), scaled(reference)
    largest = max(k_largest, limit_largest)
    share = limit_largest / largest
    if share < 1e-150:
        raise ValueError(
            f"reference must be at least 1e-150 times the kernel in size, got {limit_largest:.3g}"
        )
    difference = np.linalg.norm(k * (k_largest / largest) - limit * share)
    return float(difference / (np.linalg.norm(limit) * share))


def _centred(name: str, kernel: Array) -> Array:
    k = scaled(kernel)[0]
    centred: Array = k - k.mean(axis=0)
    centred -= centred.mean(axis=1, keepdims=True)
    if np.linalg.norm(centred) <= 1e-14 * np.linalg.norm(k):
        raise ValueError(f"{name} must differ from 0 after centring, got a constant to rounding")
    return centred


def _unit(name: str, array: Array) -> Array:
    """The array over its Frobenius norm; scaled first, so that no square leaves the numbers."""
    shape, largest = scaled(array)
    if largest == 0:
        raise ValueError(f"{name} must differ from 0, got only zeros")
    unit: Array = shape / np.linalg.norm(shape)
    return unit
