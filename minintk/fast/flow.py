"""Gradient flow under a fixed kernel, without an eigendecomposition.

frozen_flow   by Lanczos: a few products with the kernel, until its own bound is met

Lanczos writes T = K/n in an orthonormal basis V of r(0), T r(0), T² r(0), …, where it is a small
tridiagonal matrix H:  exp(−Tτ) r(0) ≈ ‖r(0)‖ V exp(−Hτ) e_1.  One basis serves all times.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .._require import (
    LARGEST,
    Array,
    moderated,
    real_array,
    require_array,
    require_number,
    require_range,
    require_symmetric,
)

__all__ = ["frozen_flow"]

Product = Callable[[Array], Array]

_FIRST_CHECK = 16
_ROWS_AT_ONCE = 64
_LONGEST = 1e150  # of a time: its product with an eigenvalue of at most 1e70 n stays a number


def frozen_flow(
    kernel: npt.ArrayLike | Product,
    initial_output: npt.ArrayLike,
    targets: npt.ArrayLike,
    times: npt.ArrayLike,
    *,
    test_kernel: npt.ArrayLike | None = None,
    test_initial_output: npt.ArrayLike | None = None,
    tolerance: float = 1e-12,
) -> Array:
    """Outputs under gradient flow with a fixed kernel, by Lanczos.

    r(τ) = exp(−T τ) r(0),  T = K/n,  f(τ) = f(0) − r(0) + r(τ)
    ‖error of r(τ)‖ ≤ ‖r(0)‖ β_j |e_jᵀ ψ(H) e_1| after j products,  ψ(λ) = (1 − e^{−λτ})/λ

    The fast version of `minintk.frozen_flow`, with its arguments and result. The kernel may also be
    a function v ↦ K v, such as a convolution on a grid: its matrix is then never made.
    It takes products until the bound at the largest time is below `tolerance` ‖r(0)‖, at most n of
    them. At test points the same basis is used, and the error is of that size where they lie among
    the training points. Raises ValueError for a wrong shape, or for a kernel that is not symmetric
    or not positive semidefinite as far as the products show.
    Source: Saad (1992), section 4, for the method. The bound is the residual of the flow, summed
    over time. The entries (j, 1) of exp(−Hs) have one sign, so that no absolute value is in the
    way.

    >>> frozen_flow([[2.0]], [0.0], [1.0], [0.0, 0.5]).round(4)  # 1 − exp(−2τ)
    array([[0.    ],
           [0.6321]])
    """
    f0 = require_array("initial_output", initial_output, (None,), most=LARGEST)
    n = len(f0)
    residual = f0 - require_array("targets", targets, f0.shape, most=LARGEST)
    tau = _not_negative("times", times)
    tolerance = require_number("tolerance", tolerance, above=0)
    if (test_kernel is None) != (test_initial_output is None):
        raise ValueError("test_kernel and test_initial_output go together, got only one of them")
    basis = _lanczos(_operator(kernel, n), residual, float(tau.max()), tolerance)
    if test_kernel is None or test_initial_output is None:
        learned = -np.expm1(-np.outer(tau, basis.rates))
        return f0 - basis.combine(learned)
    k_test = require_array("test_kernel", test_kernel, (None, n), most=LARGEST)
    f0_test = require_array(
        "test_initial_output", test_initial_output, (len(k_test),), most=LARGEST
    )
    return f0_test - basis.combine(_per_rate(basis.rates, tau)) @ k_test.T / n


class _Krylov(NamedTuple):
    """V (j, n), row by row, and H = Q diag(rates) Qᵀ; the norm is that of r(0)."""

    vectors: Array
    rates: Array
    modes: Array  # Q (j, j)
    norm: float

    def combine(self, values: Array) -> Array:
        """‖r(0)‖ V φ(H) e_1 for φ(rates) (s, j); returns (s, n)."""
        return self.norm * (values * self.modes[0]) @ self.modes.T @ self.vectors


def _lanczos(operator: Product, start: Array, time: float, tolerance: float) -> _Krylov:
    """The Krylov basis of r(0) and T, long enough for the flow up to a time."""
    n, norm = len(start), _norm(start)
    if norm == 0:
        return _Krylov(np.zeros((1, n)), np.zeros(1), np.ones((1, 1)), 0.0)
    vectors = np.empty((min(n, _FIRST_CHECK), n))
    h = np.zeros((len(vectors), len(vectors)))
    vectors[0], check = start / norm, _FIRST_CHECK
    for j in range(1, n + 1):
        image = operator(vectors[j - 1])
        h[j - 1, j - 1] = vectors[j - 1] @ image
        image = _orthogonal(image, vectors[:j])
        beta = _norm(image)
        exhausted = j == n or beta <= 1e-15 * h.diagonal().max()
        if exhausted or j == check:
            rates, modes = _eigen(h[:j, :j])
            left_over = modes[-1] * modes[0] @ _per_rate(rates, np.array([time]))[0]
            if exhausted or beta * abs(left_over) <= tolerance:
                break
            check += check // 4
            vectors = np.pad(vectors, ((0, min(check, n) - j), (0, 0)))
            h = np.pad(h, (0, min(check, n) - j))
        vectors[j] = image / beta
        h[j, j - 1] = h[j - 1, j] = beta
    return _Krylov(vectors[:j], rates, modes, norm)


def _norm(vector: Array) -> float:
    """‖v‖, also where the squares of its entries would underflow."""
    moderate, exponent = moderated(vector)
    return math.ldexp(float(np.linalg.norm(moderate)), exponent)


def _orthogonal(image: Array, vectors: Array) -> Array:
    """The part orthogonal to all rows before, and not to the last two only: rounding needs it."""
    for _ in range(2):
        image = image - (vectors @ image) @ vectors
    return image


def _eigen(h: Array) -> tuple[Array, Array]:
    """Eigenvalues of H, with those that are negative by rounding set to 0, and eigenvectors."""
    rates, modes = np.linalg.eigh(h)
    if rates[0] < -1e-10 * max(rates[-1], 0.0) or rates[-1] < 0:
        raise ValueError(
            f"kernel must be positive semidefinite, got an eigenvalue of K/n of {rates[0]:.3g}"
        )
    return np.maximum(rates, 0.0), modes


def _operator(kernel: npt.ArrayLike | Product, n: int) -> Product:
    """v ↦ T v = K v/n."""
    if callable(kernel):
        return lambda v: require_array("the kernel's product", kernel(v), (n,), most=LARGEST) / n
    matrix = real_array("kernel", kernel)
    if matrix.shape != (n, n):
        raise ValueError(f"kernel must have shape ({n}, {n}), got shape {matrix.shape}")
    if matrix.dtype != np.float64 or not _is_symmetric(matrix):
        matrix = require_symmetric("kernel", kernel, most=LARGEST)  # says what is wrong with it
    return lambda v: matrix @ v / n


def _is_symmetric(matrix: Array, tolerance: float = 1e-10) -> bool:
    """Whether it is symmetric and not too large, a few rows at a time and without a copy of it."""
    asymmetry, largest = [], []
    for start in range(0, len(matrix), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        right, below = matrix[rows, start:], matrix[start:, rows].T
        with np.errstate(invalid="ignore"):
            asymmetry.append(np.abs(right - below).max())
        largest.append(np.abs(right).max())
    return bool(np.max(asymmetry) <= tolerance * np.max(largest) <= tolerance * LARGEST)


def _per_rate(rates: Array, times: Array) -> Array:
    """ψ(λ) = (1 − e^{−λτ})/λ, and its limit τ where λ = 0; (s, j)."""
    safe = np.where(rates > 0, rates, 1.0)
    return np.where(rates > 0, -np.expm1(-np.outer(times, rates)) / safe, times[:, None])


def _not_negative(name: str, value: npt.ArrayLike) -> Array:
    array = require_range(name, value, 0.0, _LONGEST)
    return require_array(name, np.atleast_1d(array), (None,))
