"""Sums to infinity, and slopes, from values at points that are chosen here.

to_infinity       Σ of terms: sums with a smooth end at N, 2N, 4N, …, extrapolated in two ways
chebyshev_slope   the slope of the interpolant in Chebyshev points around x
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from ..._require import Array
from .quadrature import ConvergenceError

__all__ = ["chebyshev_slope", "to_infinity"]


def to_infinity(terms: Callable[[Array], Array]) -> Array:
    """Σ of terms(0), terms(1), …, by sums that end smoothly at N = 128, 256, …

    What oscillates is gone with the smooth end. What falls as a power leaves powers of 1/N:
    Richardson's table takes whole powers away, Wynn's any. Two entries of the first must agree, and
    the second with them roughly, or three of the second. The terms must fall, and the sums settle.
    Raises ConvergenceError else.

    >>> print(f"{to_infinity(lambda j: 1 / (j[None] + 1) ** 2)[0]:.12f}")
    1.644934066848
    """
    sums: list[Array] = []
    blocks = terms(np.arange(64.0))
    largest: list[Array] = []
    for level in range(7, 16):
        size = 1 << level
        blocks = np.hstack([blocks, terms(np.arange(size / 2, size))])
        if not np.isfinite(blocks).all():
            raise ConvergenceError("a term is not finite")
        sums.append(blocks @ _smooth_end((np.arange(size) + 0.5) / size))
        largest.append(np.abs(blocks[:, size // 2 :]).max(axis=1))
        if len(sums) < 5:
            continue
        scale = np.abs(blocks).max(axis=1)
        whole, any_power = _richardson(sums), _wynn(sums)
        off = np.minimum(
            np.abs(whole - _richardson(sums[:-1])) + 1e-3 * np.abs(whole - any_power),
            np.abs(any_power - _wynn(sums[:-1])) + 0.1 * np.abs(any_power - _wynn(sums[:-2])),
        )
        falls = (largest[-1] <= 0.97 * largest[-2]) | (largest[-1] <= 1e-16 * scale)
        if np.all((off <= 1e-12 * scale) & falls & _settles(sums, scale)):
            break
    if not np.all((off <= 1e-10 * scale) & falls & _settles(sums, scale)):
        raise ConvergenceError("it does not converge, or too slowly to be sure")
    with np.errstate(invalid="ignore"):
        exact = np.abs(whole - _richardson(sums[:-1])) <= np.abs(any_power - _wynn(sums[:-1]))
    return np.where(exact, whole, any_power)


def _settles(sums: list[Array], scale: Array) -> np.ndarray:
    """Whether the sums themselves come closer to each other, as those of 1/j do not."""
    last, before = np.abs(sums[-1] - sums[-2]), np.abs(sums[-2] - sums[-3])
    return (last <= 0.9 * before) | (last <= 1e-13 * scale)


def _smooth_end(x: Array) -> Array:
    """1 up to x = 1/2, then down to 0 at x = 1, with all derivatives continuous."""
    y = np.clip(2 * x - 1, 1e-9, 1 - 1e-9)
    with np.errstate(all="ignore"):
        return 1 / (1 + np.exp(1 / (1 - y) - 1 / y))


def _richardson(sums: list[Array]) -> Array:
    row = list(sums)
    for power in range(1, min(len(row), 7)):
        row = [(2**power * b - a) / (2**power - 1) for a, b in itertools.pairwise(row)]
    return row[-1]


def _wynn(sums: list[Array]) -> Array:
    """Wynn's ε: for S_N − S a sum of powers of any kind, at N = 2, 4, 8, …"""
    before, row = [np.zeros_like(s) for s in sums], list(sums)
    best = row[-1]
    for column in range(1, len(sums)):
        with np.errstate(all="ignore"):
            steps = [b - a for a, b in itertools.pairwise(row)]
            new = [p + 1 / s for p, s in zip(before[1:], steps, strict=False)]
        before, row = row, new
        if column % 2 == 0:
            best = np.where(np.isfinite(row[-1]), row[-1], best)
    return best


def chebyshev_slope(function: Callable[[Array], Array], step: float, n: int) -> tuple[Array, Array]:
    """The slope at 0 of the interpolant in n Chebyshev points of [−step, step], and f's size.

    `function` takes the points, and returns a row of values for each case.

    >>> slope, size = chebyshev_slope(lambda x: np.sin(3 * x)[None], 0.1, 12)
    >>> print(f"{slope[0]:.12f}")
    3.000000000000
    """
    nodes = np.cos(np.pi * (np.arange(n) + 0.5) / n)
    order = np.arange(n)
    # the interpolant is Σ c_k T_k, c_k = (2/n) Σ_j f_j T_k(x_j), and T_k'(0) = k sin(kπ/2)
    slopes = order * np.sin(order * np.pi / 2)
    weights = (2 / n) * np.cos(np.outer(np.arccos(nodes), order)) @ slopes
    f = function(step * nodes)
    return (f - f[:, n // 2, None]) @ weights / step, np.abs(f).max(axis=1)
