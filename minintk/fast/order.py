"""Samples in the order in which an arc meets them, and how many lie before an arc's end.

sort_angles    sorted once, with the keys by which ends of arcs find their places
KeyTable       sorted keys, and a table that finds a place among them without a search

To know which samples lie before an end it is enough to compare keys that rise along the circle as
the angle does. The cheapest of them needs no inverse function:

key(x, y) = ±(1 − x/(|x| + |y|)), the sign that of y;   from −2 to 2 as the angle goes from −π to π

It is taken of −(cos t, sin t), so that it rises from the cut at t = 0 on. The length of (x, y) does
not matter to it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .._require import Array, require_array

__all__ = ["KeyTable", "SortedAngles", "sort_angles"]

Indices = npt.NDArray[np.intp]

# Buckets for the keys: from 4 a sample on, then four times as many; else a binary search.
_FEWEST_BUCKETS, _MOST_BUCKETS, _BUCKETS_PER_KEY = 2**10, 2**16, 4
_MOST_KEYS = 2**16
_MOST_IN_A_BUCKET = 4


class KeyTable(NamedTuple):
    """Sorted keys, ended by ∞, and for each bucket of keys how many lie in earlier ones.

    A key belongs to the bucket `key * scale`, cut to a whole number; negative ones count from the
    end of `earlier`. No bucket holds more than `depth` keys. `earlier` is None where they crowd.
    """

    keys: Array
    earlier: Indices | None
    scale: float
    depth: int

    def count_below(self, keys: Array) -> Indices:
        """How many of the sorted keys are below each of the given ones.

        >>> _key_table(np.array([-1.0, 0.5])).count_below(np.array([-2.0, 0.5, 1.0]))
        array([0, 1, 2])
        """
        if self.earlier is None:
            return np.searchsorted(self.keys, keys)
        counts: Indices = self.earlier.take((keys * self.scale).astype(np.intp))
        for _ in range(self.depth):  # the next key is below too, or all from here on are not
            counts += self.keys.take(counts) < keys
        return counts


class SortedAngles(NamedTuple):
    """Sorted angles in [0, 2π], the `order` that sorts them, x̃ (3, n), and their keys."""

    angles: Array
    order: Indices
    points: Array
    table: KeyTable

    def restore(self, values: Array) -> Array:
        """Values at the sorted samples, in the caller's order."""
        restored = np.empty_like(values)
        restored[self.order] = values
        return restored


def sort_angles(angles: npt.ArrayLike, name: str = "angles") -> SortedAngles:
    """Sort angles along the circle, cut open at 0.

    Takes (n,) finite angles in radians; each is brought to [0, 2π] by way of its point, exact to
    rounding also for large angles. Costs O(n log n) once; `objective` keeps the result between
    steps. Raises ValueError for a wrong shape or a value that is not finite, and calls the argument
    by its `name`.

    >>> sort_angles([1.0, -1.0, 7.0]).order
    array([2, 0, 1])
    """
    t = require_array(name, angles, (None,))
    cosines, sines = np.cos(t), np.sin(t) + 0.0  # no −0, which has the angle 0 and the key of 2π
    reduced = np.arctan2(sines, cosines)
    reduced += (2 * np.pi) * (reduced < 0)
    order = np.argsort(reduced, kind="stable")
    points = np.stack([cosines[order], sines[order], np.ones(len(t))])
    keys = np.copysign(1 + points[0] / np.abs(points[:2]).sum(axis=0), -points[1])
    keys = np.maximum.accumulate(keys)  # equal to rounding, they may fall
    return SortedAngles(reduced[order], order, points, _key_table(keys))


def _key_table(keys: Array) -> KeyTable:
    ended = np.append(keys, np.inf)
    if len(keys) > _MOST_KEYS:
        return KeyTable(ended, None, 0.0, 0)
    fewest = min(max(_FEWEST_BUCKETS, _BUCKETS_PER_KEY * len(keys)), _MOST_BUCKETS)
    for half in (fewest // 2, fewest * 2):
        bucket = (keys * (half / 2)).astype(np.intp)
        # Sorted, more than d keys share a bucket where it is the same d places further on.
        most = range(1, _MOST_IN_A_BUCKET + 1)
        enough = (d for d in most if not (bucket[d:] == bucket[:-d]).any())
        depth = next(enough, len(keys))
        if depth == 1:
            break
    if depth > _MOST_IN_A_BUCKET:
        return KeyTable(ended, None, 0.0, 0)
    counts = np.bincount(bucket + half, minlength=2 * half + 1)
    earlier = np.cumsum(counts) - counts
    return KeyTable(ended, np.concatenate([earlier[half:], earlier[:half]]), half / 2, depth)
