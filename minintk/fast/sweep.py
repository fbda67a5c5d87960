"""The matrix Σ_r 1_r(i) 1_r(j) x̃_iᵀ G_r x̃_j, by a sweep over sorted rows.

fill_kernel   all its entries, in O(nn' + m)

Take the entries whose column angle is not below the row angle. There a neuron is active on both if
first ≤ i and j < stop. As i grows the neuron comes in, once, and stays: from there on it matters
only where j < stop. So W_j = M_ij x̃_j is kept from row to row, with M_ij the sum of all moments
G_r active at i and j. It changes only by the neurons that come in, and K_ij = x̃_i · W_j. The
entries on the other side are, by symmetry, the same. Between two sets of points they are the same
sweep in the mirror, with every order reversed. For three neurons whose arcs do not cross the cut,
by loops:

>>> from minintk.fast.order import sort_angles
>>> rng = np.random.default_rng(0)
>>> samples = sort_angles(rng.uniform(0, 6, 5))
>>> spans = Spans(np.array([[1, 0, 2], [3, 5, 4]]))  # samples 1, 2; all; 2, 3
>>> moments = np.stack([a @ a.T for a in rng.standard_normal((3, 3, 3))], axis=2)
>>> x, state, loops = samples.points, np.zeros((3, 5)), np.zeros((5, 5))
>>> for i in range(5):
...     for r, (first, stop) in enumerate(spans.places.T):
...         if first == i:  # it comes in, and matters up to its stop
...             state[:, :stop] += moments[:, :, r] @ x[:, :stop]  # W_j
...     loops[i, i:] = x[:, i] @ state[:, i:]
...     loops[i:, i] = loops[i, i:]

That is each neuron's sum over the pairs of samples on its arc, and what `fill_kernel` gives:

>>> pairs = np.zeros((5, 5))
>>> for r, (first, stop) in enumerate(spans.places.T):
...     for i in range(first, stop):
...         for j in range(first, stop):
...             pairs[i, j] += x[:, i] @ moments[:, :, r] @ x[:, j]
>>> kernel = np.empty((5, 5))
>>> fill_kernel(kernel, moments, samples, spans, samples, spans)
>>> np.allclose(loops, pairs, rtol=1e-13), np.allclose(kernel, pairs, rtol=1e-13)
(True, True)
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from .._require import Array
from .arcs import Flags, Spans, running_sums
from .order import Indices, SortedAngles

__all__ = ["fill_kernel"]

# A block works in the cache: so many rows, and so many neurons at a time.
_ROWS_AT_ONCE = 32
_NEURONS_AT_ONCE = 2**11
_ENTRIES_FOR_THREADS = 2**21  # below, two threads mostly wait for each other


def fill_kernel(
    kernel: Array,
    moments: Array,
    rows: SortedAngles,
    row_spans: Spans,
    columns: SortedAngles,
    column_spans: Spans,
    *,
    add: bool = False,
) -> None:
    """Write Σ_r 1_r(i) 1_r(j) x̃_iᵀ G_r x̃_j into a matrix (n, n'), or add it to what is there.

    Takes G (3, 3, m), symmetric; rows and columns of the matrix are in sorted order. Where both are
    the same object the matrix is exactly symmetric. The work is shared between two threads.

    >>> from minintk.fast.order import sort_angles
    >>> samples = sort_angles([0.0, np.pi])
    >>> spans = Spans(np.array([[1], [2]]))  # one neuron, active at π
    >>> kernel = np.empty((2, 2))
    >>> fill_kernel(kernel, np.eye(3)[:, :, None], samples, spans, samples, spans)
    >>> kernel
    array([[0., 0.],
           [0., 2.]])
    """
    n, symmetric = len(rows.angles), columns is rows
    in_threads = kernel.size >= _ENTRIES_FOR_THREADS
    width = len(columns.angles)
    across = (row_spans.stop > n) | (column_spans.stop > width)
    on_rows = _within_a_turn(row_spans, n, across)
    on_columns = on_rows if symmetric else _within_a_turn(column_spans, width, across)
    row_outside = _outside(moments, on_rows, rows.points)
    column_outside = row_outside if symmetric else _outside(moments, on_columns, columns.points)
    half = _Half(
        row_points=rows.points,
        row_outside=row_outside,
        first=on_rows.first,
        column_points=columns.points,
        column_outside=column_outside,
        stop=on_columns.stop,
        limit=np.arange(n) if symmetric else np.searchsorted(columns.angles, rows.angles, "left"),
    )
    if symmetric:
        middle = round(n * (1 - math.sqrt(0.5))) if in_threads else n  # half the triangle is above
        shares = slice(0, middle), slice(middle, n)
        jobs = [(kernel, half, share) for share in shares if share.start < n]
    else:
        other_half = half.mirrored(on_rows.stop, on_columns.first)
        jobs = [(kernel, half, slice(0, n)), (kernel[::-1, ::-1], other_half, slice(0, n))]
    if not in_threads:
        for job in jobs:
            _sweep(*job, moments, symmetric, add)
        return
    # NumPy lets go of the interpreter's lock, and no entry is in both jobs.
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(_sweep, *job, moments, symmetric, add) for job in jobs]
    for one in both:
        one.result()


class _Runs(NamedTuple):
    """1_r(i) = [first_r ≤ i < stop_r], or where `across` the cut the opposite of it (m,)."""

    first: Indices
    stop: Indices
    across: Flags


def _within_a_turn(spans: Spans, n: int, across: Flags) -> _Runs:
    """An arc across the cut by its complement, which ends in the turn where it begins."""
    first, stop = spans.places
    return _Runs(np.where(across, stop - n, first), np.where(across, first, stop), across)


class _Half(NamedTuple):
    """The entries with j ≥ limit_i, and where each neuron comes in (row) and ends (column).

    For an arc across the cut, c its complement's indicator: (1 − c_i)(1 − c_j) = c_i c_j + (1 − c_i
    − c_j). So c takes the place of 1_r, and the rest is x̃_iᵀ (L_i + L_j) x̃_j, L = Σ_r (½ − c) G_r.
    """

    row_points: Array  # x̃_i (3, n)
    row_outside: Array  # L_i x̃_i (3, n)
    first: Indices  # the row where a neuron comes in (m,)
    column_points: Array  # x̃_j (3, n')
    column_outside: Array  # L_j x̃_j (3, n')
    stop: Indices  # the column where it ends (m,)
    limit: Indices  # the first column of a row (n,)

    def mirrored(self, row_stop: Indices, column_first: Indices) -> _Half:
        """The entries with j < limit_i, with rows and columns in reversed order."""
        n, width = self.row_points.shape[1], self.column_points.shape[1]
        return _Half(
            row_points=self.row_points[:, ::-1],
            row_outside=self.row_outside[:, ::-1],
            first=n - row_stop,
            column_points=np.ascontiguousarray(self.column_points[:, ::-1]),
            column_outside=self.column_outside[:, ::-1],
            stop=width - column_first,
            limit=width - self.limit[::-1],
        )


class _Newcomers(NamedTuple):
    """Neurons that come in at a block of rows, by falling `stop`."""

    row: Indices
    stop: Indices
    moments: Array  # (9, c)


def _outside(moments: Array, runs: _Runs, points: Array) -> Array:
    """L x̃ at sorted points, L = Σ_r (½ − c_r) G_r over the arcs across the cut."""
    across = np.flatnonzero(runs.across)
    flat = moments.reshape(9, -1)[:, across]
    complement = Spans(np.stack([runs.first[across], runs.stop[across]]))
    n = points.shape[1]
    sums = 0.5 * flat.sum(axis=1, keepdims=True) - running_sums(complement, flat, n)
    return np.einsum("kln,ln->kn", sums.reshape(3, 3, n), points)


def _sweep(
    kernel: Array, half: _Half, share: slice, moments: Array, symmetric: bool, add: bool
) -> None:
    """The rows of one share of a half, and their mirror image in a symmetric kernel."""
    newcomers = _newcomers(moments, half, share)
    state = np.vstack([_state_before(moments, half, share.start), half.column_points])
    for i in range(share.start, share.stop, _ROWS_AT_ONCE):
        rows, j = slice(i, min(i + _ROWS_AT_ONCE, share.stop)), half.limit[i]
        # K_ij = x̃_i·W_j + (L_i x̃_i)·x̃_j, and under it W_j itself: K of the three unit vectors.
        left = np.hstack([half.row_points[:, rows].T, half.row_outside[:, rows].T])
        left = np.vstack([left, np.eye(3, 6)])
        block = left @ state[:, j:]
        for some in next(newcomers):
            block += _added(left[:, :3], some, half.column_points, j)
        state[:3, j:] = block[-3:]
        _store(kernel[rows, j:], block[:-3], half.limit[rows] - j, add)
        if symmetric:
            _mirror(kernel, rows)


def _state_before(moments: Array, half: _Half, row: int) -> Array:
    """W before a row: what is there without any neuron, and all that came in at earlier rows."""
    if row == 0:
        return half.column_outside.copy()
    earlier = np.flatnonzero(half.first < row)
    stop, width = half.stop[earlier], half.column_points.shape[1]
    until_stop = Spans(np.stack([np.zeros_like(stop), stop]))
    sums = running_sums(until_stop, moments.reshape(9, -1)[:, earlier], width)
    sums = sums.reshape(3, 3, width)
    return half.column_outside + np.einsum("kln,ln->kn", sums, half.column_points)


def _store(part: Array, values: Array, limit: Indices, add: bool) -> None:
    """Store the values at columns from the row's limit on; limits grow with the row."""
    if add:
        values = values + part
    last = limit[-1]
    part[:, last:] = values[:, last:]
    wanted = np.arange(last) >= limit[:, None]
    np.copyto(part[:, :last], values[:, :last], where=wanted)


def _mirror(kernel: Array, rows: slice) -> None:
    """Copy the entries right of the diagonal to their places below it."""
    kernel[rows.stop :, rows] = kernel[rows, rows.stop :].T
    square = kernel[rows, rows]
    np.copyto(square, square.T, where=np.tri(len(square), k=-1, dtype=bool))


def _newcomers(moments: Array, half: _Half, share: slice) -> Iterator[list[_Newcomers]]:
    """The newcomers of each block of rows, a bounded number at a time."""
    limit = np.append(half.limit, half.column_points.shape[1])[half.first]
    wanted = (half.first >= share.start) & (half.first < share.stop) & (half.stop > limit)
    seen = np.flatnonzero(wanted)
    seen = seen[_order(half.column_points.shape[1] - half.stop[seen])]
    seen = seen[_order((half.first[seen] - share.start) // _ROWS_AT_ONCE)]
    starts = range(share.start, share.stop, _ROWS_AT_ONCE)
    place = (half.first[seen] - share.start) // _ROWS_AT_ONCE
    edges = np.searchsorted(place, np.arange(len(starts) + 1))
    flat = moments.reshape(9, -1)
    for start, (lo, hi) in zip(starts, pairwise(edges), strict=True):
        cuts = (seen[at : min(at + _NEURONS_AT_ONCE, hi)] for at in range(lo, hi, _NEURONS_AT_ONCE))
        yield [
            _Newcomers(half.first[some] - start, half.stop[some], flat[:, some]) for some in cuts
        ]


def _added(x: Array, some: _Newcomers, column_points: Array, j: int) -> Array:
    """Σ x̃_iᵀ G_r x̃_j over the newcomers r with row_r ≤ i and stop_r > j."""
    moved = (x @ some.moments.reshape(3, -1)).reshape(len(x), 3, -1)  # G_r x̃_i, (rows, 3, c)
    moved *= (some.row <= np.arange(len(x))[:, None])[:, None, :]
    sums = np.zeros((len(x), 3, len(some.row) + 1))
    np.cumsum(moved, axis=2, out=sums[:, :, 1:])
    width = column_points.shape[1] - j
    ended = np.cumsum(np.bincount(np.maximum(some.stop - j, 0), minlength=width + 1))[:width]
    on_columns = np.take(sums, len(some.row) - ended, axis=2)  # the same for all between two stops
    return np.einsum("ikj,kj->ij", on_columns, column_points[:, j:])


def _order(keys: Indices) -> Indices:
    """Stable argsort of numbers from 0; NumPy sorts short ones by radix, in linear time."""
    short = keys.max(initial=0) < 2**16
    return np.argsort(keys.astype(np.uint16 if short else np.int64), kind="stable")
