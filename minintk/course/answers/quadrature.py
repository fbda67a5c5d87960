"""Integrals, sums and slopes to 12 digits, many at once, from values at points chosen here.

integrate          ∫ of a function for many limits, between kinks, by panels that are halved
to_infinity        Σ of terms: sums with a smooth end at N, 2N, 4N, …, extrapolated in two ways
slope              that of the interpolant in Chebyshev points around x
ConvergenceError   an integral, a sum or a derivative that has no value, or none to 1e-11
Budget             how many values may still be computed, counted for every part of a formula

A panel has 16 and 10 points of Gauss and Legendre; where the two disagree it is halved. So a kink
that was not found, or a singular end, is closed in on.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._require import Array

Numbers = npt.NDArray[np.int64]  # of the integral that a point belongs to
Function = Callable[[Numbers, Array], Array]  # of those, and of u

_FINE, _COARSE = np.polynomial.legendre.leggauss(16), np.polynomial.legendre.leggauss(10)
_NODES = np.concatenate([_FINE[0], _COARSE[0]])
_PANELS, _HALVINGS, _GRID, _MOST_PANELS = 2, 100, 97, 1000
_ACCURATE, _ENOUGH = 1e-14, 1e-11


class ConvergenceError(ValueError):
    """An integral, a sum or a derivative without a value; `named` once the message says which."""

    named = False


@dataclass
class Budget:
    """How many values may still be computed: a point costs one for every part of a formula."""

    left: int

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise ConvergenceError("it needs more values than are allowed")


def integrate(function: Function, kinks: Sequence[Function], low: Array, high: Array) -> Array:
    """∫ function(i, u) du from low[i] to high[i], for every i; `kinks` change their sign at kinks.

    Holds 12 digits of ∫|function| where it is smooth between the kinks; a limit may be infinite.
    Raises ConvergenceError where two rules do not agree to 1e-11.

    >>> ends = np.zeros(2), np.array([1.0, np.inf])
    >>> integrate(lambda i, u: np.exp(-u), [], *ends).round(12).tolist()
    [0.632120558829, 1.0]
    """
    if np.isnan(low).any() or np.isnan(high).any():
        raise ConvergenceError("a limit is not a number")
    a, b = np.minimum(low, high), np.maximum(low, high)

    def at(index: Numbers, s: Array) -> Array:
        return np.asarray(_substituted(a[index], b[index], s))

    def weighted(index: Numbers, s: Array) -> Array:
        value = function(index, at(index, s))
        with np.errstate(all="ignore"):
            # |du/ds| by a complex step: exact to rounding
            speed = np.abs(_substituted(a[index], b[index], s + 1e-100j).imag) / 1e-100
            return np.where(value == 0, 0.0, value * speed)  # at an end 0 times infinity is 0

    cuts = [_sign_changes(lambda i, s: kink(i, at(i, s)), len(low)) for kink in kinks]  # noqa: B023
    total = _adaptive(weighted, _panels(cuts, len(low)), len(low))
    return np.where(low == high, 0.0, np.where(low < high, total, -total))


def _substituted(a: Array, b: Array, s: Any) -> Any:
    """u for s in [0, 1], slow at the ends: u = a + (b − a) s²(3 − 2s), so 1/√(u − a) is smooth.

    To infinity u = a + (1/s − 1)², so that u^(−3/2) is smooth, too.
    """
    left, right = np.isinf(a), np.isinf(b)
    with np.errstate(all="ignore"):
        near_a, near_b = s * s * (3 - 2 * s), (1 - s) * (1 - s) * (1 + 2 * s)
        u = np.where(s < 0.5, a + (b - a) * near_a, b - (b - a) * near_b)
        if not (left.any() or right.any()):
            return u
        far = (1 / s - 1) * (1 / s - 1)
        u = np.where(left, b - far, np.where(right, a + far, u))
        return np.where(left & right, (2 * s - 1) / (s * (1 - s)), u)


def _panels(cuts: list[tuple[Numbers, Array]], count: int) -> tuple[Numbers, Array, Array]:
    """The panels to begin with: (number of the integral, from, to), cut at the kinks."""
    ends = np.linspace(0, 1, _PANELS + 1)
    cuts = [(np.repeat(np.arange(count), len(ends)), np.tile(ends, count)), *cuts]
    index, s = (np.concatenate(part) for part in zip(*cuts, strict=True))
    order = np.lexsort((s, index))
    index, s = index[order], s[order]
    inside = (index[1:] == index[:-1]) & (s[1:] > s[:-1])
    return index[1:][inside], s[:-1][inside], s[1:][inside]


def _sign_changes(function: Function, count: int) -> tuple[Numbers, Array]:
    grid = np.linspace(0, 1, _GRID)
    index = np.repeat(np.arange(count), _GRID)
    positive = (function(index, np.tile(grid, count)) > 0).reshape(count, _GRID)
    point, cell = np.nonzero(positive[:, 1:] != positive[:, :-1])
    low, high, above = grid[cell], grid[cell + 1], positive[point, cell]
    if len(point):
        for _ in range(52):
            middle = (low + high) / 2
            same = (function(point, middle) > 0) == above
            low, high = np.where(same, middle, low), np.where(same, high, middle)
    return point, high


def _adaptive(function: Function, panels: tuple[Numbers, Array, Array], count: int) -> Array:
    """∫ function over panels; those where two rules disagree are halved."""
    index, a, b = panels
    total, size, error = np.zeros(count), np.zeros(count), np.zeros(count)
    for halving in range(_HALVINGS):
        half, middle = (b - a) / 2, (a + b) / 2
        s = middle[:, None] + half[:, None] * _NODES
        found = function(np.repeat(index, len(_NODES)), s.ravel()).reshape(s.shape)
        if not np.isfinite(found).any(axis=1).all():
            raise ConvergenceError("it has a part where it is not finite")
        with np.errstate(all="ignore"):
            fine, coarse = half * (found[:, :16] @ _FINE[1]), half * (found[:, 16:] @ _COARSE[1])
            rough = half * (np.abs(found[:, :16]) @ _FINE[1])
            size = np.fmax(size, np.bincount(index, np.nan_to_num(rough, posinf=0), count))
            off = np.abs(fine - coarse)
            # near a singular end rounding grows as panels shrink: 1e-12 is enough there
            good = off <= min(_ACCURATE * 1.25**halving, 1e-12) * size[index]
        done = good | (middle <= a) | (middle >= b) | (halving == _HALVINGS - 1)
        total += np.bincount(index[done], fine[done], count)
        error += np.bincount(index[done & ~good], off[done & ~good], count)
        if done.all():
            break
        index, a, b, middle = (part[~done] for part in (index, a, b, middle))
        index = np.concatenate([index, index])
        a, b = np.concatenate([a, middle]), np.concatenate([middle, b])
        if len(index) > _MOST_PANELS * count:
            raise ConvergenceError("it does not converge, or is too irregular")
    if not np.all(error <= _ENOUGH * size):
        raise ConvergenceError(f"it does not converge, or not to {_ENOUGH:g}")
    return total


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


def slope(function: Callable[[Array], Array], step: float, n: int) -> tuple[Array, Array]:
    """The slope at 0 of the interpolant in n Chebyshev points of [−step, step], and f's size.

    `function` takes the points, and returns a row of values for each case.

    >>> at_0, size = slope(lambda x: np.sin(3 * x)[None], 0.1, 12)
    >>> print(f"{at_0[0]:.12f}")
    3.000000000000
    """
    nodes = np.cos(np.pi * (np.arange(n) + 0.5) / n)
    order = np.arange(n)
    # the interpolant is Σ c_k T_k, c_k = (2/n) Σ_j f_j T_k(x_j), and T_k'(0) = k sin(kπ/2)
    slopes = order * np.sin(order * np.pi / 2)
    weights = (2 / n) * np.cos(np.outer(np.arccos(nodes), order)) @ slopes
    f = function(step * nodes)
    return (f - f[:, n // 2, None]) @ weights / step, np.abs(f).max(axis=1)
