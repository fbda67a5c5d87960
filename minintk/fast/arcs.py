"""Where a neuron is active: one arc of the circle, and one run of sorted samples.

neuron_arcs     the two ends of every neuron's arc, in closed form
sort_angles     samples in the order in which an arc meets them, sorted once
spans_of_arcs   the run of sorted samples on every arc
running_sums    a difference array and one cumulative sum: what all neurons add up to, everywhere
sums_on_arcs    the transpose: what the samples on a neuron's arc add up to

The circle is cut open at angle 0, so that an angle is a number in [0, 2π] and an arc an interval of
numbers, or the outside of one if it crosses the cut. The example in `minintk.fast` shows the idea.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .._require import Array, require_array
from ..network import Params

__all__ = [
    "Arcs",
    "SortedAngles",
    "Spans",
    "augmented_weights",
    "neuron_arcs",
    "running_sums",
    "sort_angles",
    "spans_of_arcs",
    "sums_on_arcs",
]

Indices = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

# An arc that is the whole circle ends just beyond the cut, so that samples at 0 and 2π are on it.
_BELOW, _ABOVE = float(np.nextafter(0.0, -1.0)), float(np.nextafter(2 * np.pi, 7.0))
# Angles share buckets 4 to a sample; above these sizes a binary search is the faster one.
_BUCKETS_PER_ANGLE = 4
_MOST_ANGLES = 2**16
_MOST_IN_A_BUCKET = 8


class Arcs(NamedTuple):
    """The open arc from `start` to `end` (m,), counterclockwise; `crosses` the cut at 0 or not."""

    start: Array
    end: Array
    crosses: Flags


class Spans(NamedTuple):
    """Neuron r is active on sorted samples first_r … stop_r − 1, or, if `outside`, on all others.

    1_r(i) = outside_r + sign_r [first_r ≤ i < stop_r],  sign = −1 where outside, else 1
    """

    first: Indices
    stop: Indices
    outside: Flags

    @property
    def sign(self) -> Array:
        """The change of the indicator at `first`; the opposite of it at `stop`."""
        return np.where(self.outside, -1.0, 1.0)


class SortedAngles(NamedTuple):
    """Sorted angles in [0, 2π], the `order` that sorts them, x̃ (3, n), and a table of buckets."""

    angles: Array
    order: Indices
    points: Array
    buckets: Indices | None

    def restore(self, values: Array) -> Array:
        """Values at the sorted samples, in the caller's order."""
        restored = np.empty_like(values)
        restored[self.order] = values
        return restored


def neuron_arcs(params: Params) -> Arcs:
    """The arc on which each neuron is active.

    w·x + b = ρ cos(t − ϕ) + b > 0  ⟺  |t − ϕ| < arccos(−b/ρ),  ρ = |w|, ϕ the angle of w

    Where |b| ≥ ρ the neuron is active everywhere if b > 0 and nowhere if not, also at w = b = 0;
    nowhere is an arc of length 0. Returns `start` and `end` (m,) in [0, 2π], float64, and whether
    the arc crosses the cut; then end < start.

    >>> arcs = neuron_arcs(Params(w=[[2.0, 0.0], [-2.0, 0.0]], b=[0.0, 1.0], a=[1.0, 1.0]))
    >>> (arcs.start / np.pi).round(4), (arcs.end / np.pi).round(4), arcs.crosses
    (array([1.5   , 0.3333]), array([0.5   , 1.6667]), array([ True, False]))
    """
    rho = np.abs(params.w.view(np.complex128)[:, 0])  # unlike √(w₁² + w₂²) it cannot underflow
    centre = np.arctan2(params.w[:, 1], params.w[:, 0])
    largest = np.maximum(rho, np.abs(params.b))
    with np.errstate(invalid="ignore"):  # 0/0 where w = b = 0
        half_width = np.arccos(-params.b / largest)  # π or 0 where |b| ≥ ρ
    start, end = centre - half_width, centre + half_width
    crosses = (start < 0) & (end >= 0)
    start += (2 * np.pi) * (start < 0)  # from [−2π, π]
    end += (2 * np.pi) * (end < 0)  # from [−π, 2π]
    no_ends = rho <= np.abs(params.b)
    if no_ends.any():
        everywhere = params.b > 0  # else nowhere: an arc of length 0
        np.copyto(start, np.where(everywhere, _BELOW, 0.0), where=no_ends)
        np.copyto(end, np.where(everywhere, _ABOVE, 0.0), where=no_ends)
        crosses &= ~no_ends
    return Arcs(start, end, crosses)


def sort_angles(angles: npt.ArrayLike) -> SortedAngles:
    """Sort angles along the circle, cut open at 0.

    Takes (n,) finite angles in radians; each is brought to [0, 2π] by way of its point, exact to
    rounding also for large angles. Costs O(n log n) once; `objective` keeps the result between
    steps. Raises ValueError for a wrong shape or a value that is not finite.

    >>> sort_angles([1.0, -1.0, 7.0]).order
    array([2, 0, 1])
    """
    t = require_array("angles", angles, (None,))
    cosines, sines = np.cos(t), np.sin(t)
    reduced = np.arctan2(sines, cosines)
    reduced += (2 * np.pi) * (reduced < 0)
    order = np.argsort(reduced, kind="stable")
    points = np.stack([cosines[order], sines[order], np.ones(len(t))])
    return SortedAngles(reduced[order], order, points, _bucket_table(reduced[order]))


def spans_of_arcs(arcs: Arcs, samples: SortedAngles) -> Spans:
    """The sorted samples on each arc; one at an arc's end is not on it: relu' is 0 at the kink.

    first, stop: inside the samples after the start and before the end; for an arc across the cut,
    outside of those from the end to the start. Costs O(m), or O(m log n) where the samples crowd
    too much for a table.

    >>> samples = sort_angles([0.0, 0.5, 2.0, 3.0])
    >>> spans_of_arcs(Arcs(*np.array([[0.0, 2.5], [2.5, 0.25]]), np.array([False, True])), samples)
    Spans(first=array([1, 1]), stop=array([3, 3]), outside=array([False,  True]))
    """
    after_start = _count_not_above(samples, arcs.start)
    before_end = _count_below(samples, arcs.end)
    first = np.where(arcs.crosses, before_end, after_start)
    stop = np.where(arcs.crosses, after_start, before_end)
    # Equal ends on a sample: the empty arc would get a stop before its first.
    return Spans(first, np.maximum(first, stop), arcs.crosses)


def running_sums(spans: Spans, values: Array, n: int) -> Array:
    """Σ_r 1_r(i) v_r at every sorted sample i: a difference array, then one cumulative sum.

    d_first += sign v,  d_stop −= sign v,  d_0 += v where outside;  the sum at i is d_0 + … + d_i

    Takes v (c, m), c quantities of each neuron; returns (c, n) float64 at a cost of O(c (n + m)).

    >>> spans = Spans(np.array([1, 0]), np.array([3, 2]), np.array([False, True]))
    >>> running_sums(spans, np.array([[5.0, 1.0]]), 4)
    array([[0., 5., 6., 1.]])
    """
    signed = values * spans.sign
    steps = np.empty((len(values), n + 1))
    for row, step in zip(signed, steps, strict=True):
        step[:] = np.bincount(spans.first, row, n + 1)
        step -= np.bincount(spans.stop, row, n + 1)
    steps[:, 0] += values @ spans.outside
    return np.cumsum(steps, axis=1, out=steps)[:, :n]


def sums_on_arcs(spans: Spans, values: Array) -> Array:
    """Σ_i 1_r(i) v_i for every neuron r: a difference of two running sums.

    Σ_{i < stop} v_i − Σ_{i < first} v_i,  and where outside, the sum over all samples less that

    The transpose of `running_sums`. Takes v (c, n) at the sorted samples; returns (c, m) float64 at
    a cost of O(c (n + m)).

    >>> spans = Spans(np.array([1, 0]), np.array([3, 2]), np.array([False, True]))
    >>> sums_on_arcs(spans, np.array([[1.0, 2.0, 3.0, 4.0]]))
    array([[5., 7.]])
    """
    running = np.zeros((len(values), values.shape[1] + 1), dtype=values.dtype)
    np.cumsum(values, axis=1, out=running[:, 1:])
    sums = np.take(running, spans.stop, axis=1)
    sums -= np.take(running, spans.first, axis=1)
    sums *= spans.sign
    sums += running[:, -1:] * spans.outside
    return sums


def augmented_weights(params: Params) -> Array:
    """The weights and the bias of every neuron together, so that w·x + b = w̃·x̃.

    w̃ = (w₁, w₂, b)

    Returns (3, m) float64, each row contiguous.

    >>> augmented_weights(Params(w=[[2.0, 0.0]], b=[0.5], a=[3.0])).ravel()
    array([2. , 0. , 0.5])
    """
    return np.stack([params.w[:, 0], params.w[:, 1], params.b])


def _bucket_of(angles: Array, buckets: int) -> Indices:
    # Floating-point rounding keeps this monotone, which is all that the table needs.
    return (angles * (buckets / _ABOVE)).astype(np.intp)


def _bucket_table(angles: Array) -> Indices | None:
    """How many sorted angles lie in earlier buckets, for each bucket; None where they crowd."""
    buckets = _BUCKETS_PER_ANGLE * len(angles)
    if len(angles) > _MOST_ANGLES:
        return None
    counts = np.bincount(_bucket_of(angles, buckets), minlength=buckets + 1)
    return None if counts.max() > _MOST_IN_A_BUCKET else np.cumsum(counts) - counts


def _count_below(samples: SortedAngles, limits: Array) -> Indices:
    return _count(samples, limits, "left")


def _count_not_above(samples: SortedAngles, limits: Array) -> Indices:
    return _count(samples, limits, "right")


def _count(samples: SortedAngles, limits: Array, side: str) -> Indices:
    """`np.searchsorted`, from the table: an angle of an earlier bucket is below the limit."""
    if samples.buckets is None:
        return np.searchsorted(samples.angles, limits, side)  # type: ignore[call-overload]
    passes = np.less if side == "left" else np.less_equal
    angles = np.append(samples.angles, np.inf)
    counts = samples.buckets[_bucket_of(limits, len(samples.buckets) - 1)]
    more = passes(angles[counts], limits)
    while more.any():
        counts += more
        more = passes(angles[counts], limits)
    return counts
