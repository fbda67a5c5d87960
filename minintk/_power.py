"""The largest eigenvalue of an operator that is known by its products alone.

largest_eigenvalue   λ_max of a positive semidefinite operator, from a few products with it
irregular            a vector to start from

Training asks it for λ_max of J Jᵀ/n, to tell whether a learning rate can work.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ._require import Array

_FEWEST_PRODUCTS, _MOST_PRODUCTS = 7, 20


def largest_eigenvalue(operator: Callable[[Array], Array], start: Array) -> float:
    """λ_max of a positive semidefinite operator T, from below, within 5 %.

    The largest eigenvalue of T on the span of v, T v, T² v, … until another product adds less than
    0.1 %: power iteration that forgets no power (Lanczos). It is never above λ_max. The last power
    alone needs many more products where two eigenvalues are close, and stops too early.

    >>> round(largest_eigenvalue(lambda v: np.array([1.0, 2.0, 3.0]) * v, np.ones(3)), 12)
    3.0
    """
    projected = np.zeros((_MOST_PRODUCTS, _MOST_PRODUCTS))
    basis = np.empty((0, len(start)))
    largest, rest = 0.0, start
    for done in range(1, min(_MOST_PRODUCTS, len(start)) + 1):
        size = float(np.linalg.norm(rest))
        if size <= 1e-12 * largest or size == 0:
            break
        basis = np.vstack([basis, rest / size])
        image = operator(basis[-1])
        projected[done - 1, :done] = basis @ image
        before, largest = largest, float(np.linalg.eigvalsh(projected[:done, :done])[-1])
        if done >= _FEWEST_PRODUCTS and largest < 1.001 * before:
            break
        rest = image - projected[done - 1, :done] @ basis
    return largest


def irregular(n: int) -> Array:
    """A vector that no symmetry makes orthogonal to the first eigenvector.

    >>> irregular(3).round(3)
    array([1.878, 1.071, 0.789])
    """
    return 1.0 + np.cos(np.arange(n) ** 2 + 0.5)
