"""Where a neuron is active: one arc of the circle, and one run of sorted samples.

neuron_arcs         the two ends of every neuron's arc as angles, in closed form
spans_of_arcs       the run of sorted samples on every arc; SpanFinder for training
running_sums        a difference array and one cumulative sum: all neurons added up, everywhere
sums_on_arcs        the transpose: what the samples on a neuron's arc add up to
SpanSums            both of them, with arrays that serve every step of a training

The circle is cut open at angle 0, and samples are numbered 0 … n − 1 from there. The run of a
neuron may pass the cut. It then goes on in a second turn, where sample i has the number n + i.

*Samples on an arc, without an angle.* Take w = w₁ + i w₂ in the plane of complex numbers, ρ = |w|.
The arc of w·x + b > 0 starts and ends in the directions

(−b ∓ i s) w,   s = √(ρ² − b²) = √((ρ − b)(ρ + b))

since cos ∠(end, w) = −b/ρ. Their keys (see `order`), those of (b ± i s) w, say how many samples
come before them. No inverse function is needed, and no division by the length ρ².
The example in `minintk.fast` shows the idea of the sums.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .._require import Array
from ..network import Params
from .order import Indices, SortedAngles

__all__ = [
    "Arcs",
    "SpanFinder",
    "SpanSums",
    "Spans",
    "augmented_weights",
    "neuron_arcs",
    "running_sums",
    "spans_of_arcs",
    "sums_on_arcs",
]

Flags = npt.NDArray[np.bool_]

# An arc that is the whole circle ends just beyond the cut, so that samples at 0 and 2π are on it.
_BELOW, _ABOVE = float(np.nextafter(0.0, -1.0)), float(np.nextafter(2 * np.pi, 7.0))
# w·x + b of at most this times |w| counts as 0: rounding must not make a sample on a kink active.
_ROUNDING = 2e-15
# Below this size squares of weights lose digits, and are scaled up first.
_SMALL = 1e-140


class Arcs(NamedTuple):
    """The open arc from `start` to `end` (m,), counterclockwise; `crosses` the cut at 0 or not."""

    start: Array
    end: Array
    crosses: Flags


class Spans(NamedTuple):
    """Neuron r is active on sorted samples first_r … stop_r − 1, counted on into a second turn.

    0 ≤ first ≤ stop ≤ first + n; `places` (2, m) has the rows first and stop. Equal where the
    neuron is active on no sample, stop = first + n where on all.
    """

    places: Indices

    @property
    def first(self) -> Indices:
        """The number of the first sample, (m,)."""
        return self.places[0]

    @property
    def stop(self) -> Indices:
        """One more than the number of the last sample, (m,)."""
        return self.places[1]


def neuron_arcs(params: Params) -> Arcs:
    """The arc on which each neuron is active.

    w·x + b = ρ cos(t − ϕ) + b > 0  ⟺  |t − ϕ| < arccos(−b/ρ),  ρ = |w|, ϕ the angle of w

    Where |b| ≥ ρ the neuron is active everywhere if b > 0 and nowhere if not, also at w = b = 0.
    Nowhere is an arc of length 0. Returns `start` and `end` (m,) in [0, 2π], float64, and whether
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


class SpanFinder:
    """Finds the run of samples on every arc; its arrays serve every network of that width.

    >>> from minintk.fast.order import sort_angles
    >>> finder = SpanFinder(sort_angles([0.0, 0.5, 2.0, 3.0]), 2)
    >>> finder(np.array([[0.0, 1.0], [1.0, 0.0]]), np.zeros(2)).places  # 0 < t < π, cos t > 0
    array([[1, 4],
           [4, 6]])
    """

    def __init__(self, samples: SortedAngles, width: int) -> None:
        self.weights = np.empty((3, width))  # (w₁, w₂, b) of the last network
        self._table, self._n = samples.table, len(samples.angles)
        self._rho, self._bias, self._below, self._root = np.empty((4, width))
        self._along, self._across = np.empty((2, 2, width))
        self._ends, self._sizes = np.empty((2, 2, 2, width))  # x and y, start and end
        self._keys = np.empty((2, width))

    def __call__(self, w: Array, b: Array) -> Spans:
        """The spans of neurons with weights (m, 2), row by row in memory, and biases (m,).

        start, end: the number of samples before each. The end has one turn more where the arc
        crosses the cut or is the whole circle. One that is nowhere has s = 0: both ends are then
        the same.
        """
        self.weights[:2], self.weights[2] = w.T, b
        start, end = keys = self._keys_of_ends(w, self.weights[:2], b)
        places = self._table.count_below(keys)
        second_turn = end < start
        second_turn |= self._below <= 0
        places[1] += np.multiply(second_turn, self._n)
        return Spans(places)

    def _keys_of_ends(self, w: Array, directions: Array, b: Array) -> Array:
        rho, bias, below, root = self._rho, self._bias, self._below, self._root
        np.abs(w.view(np.complex128)[:, 0], out=rho)  # unlike √(w₁² + w₂²) it cannot underflow
        if np.minimum.reduce(rho) < _SMALL:
            directions, b = _scaled_up(directions, b, rho)
            np.hypot(directions[0], directions[1], out=rho)
        np.multiply(rho, -_ROUNDING, out=bias)
        bias += b
        np.subtract(rho, bias, out=below)
        np.add(rho, bias, out=root)
        root *= below
        np.maximum(root, 0.0, out=root)
        np.sqrt(root, out=root)  # s
        np.multiply(directions, bias, out=self._along)
        self._along[1] += 0.0  # from −0 and s = 0 the two ends would get opposite signs
        np.multiply(directions[::-1], root, out=self._across)
        np.negative(self._across[0], out=self._across[0])
        np.add(self._along, self._across, out=self._ends[:, 0])  # (b + i s) w: −start
        np.subtract(self._along, self._across, out=self._ends[:, 1])  # (b − i s) w: −end
        return self._keys_from_ends()

    def _keys_from_ends(self) -> Array:
        (x, y), sizes, keys = self._ends, self._sizes, self._keys
        np.abs(self._ends, out=sizes)
        np.add(sizes[0], sizes[1], out=keys)
        np.divide(x, keys, out=keys)
        np.subtract(1.0, keys, out=keys)
        return np.copysign(keys, y, out=keys)


def spans_of_arcs(params: Params, samples: SortedAngles) -> Spans:
    """The sorted samples on each arc; one at an arc's end is not on it: relu' is 0 at the kink.

    1_r(i) = 1 where w_r·x_i + b_r > 0

    Costs O(m), or O(m log n) where the samples crowd too much for a table. A sample where
    w·x + b is 0 to rounding, ≤ 2e-15 |w|, counts as one at the end.

    >>> from minintk.fast.order import sort_angles
    >>> network = Params(w=[[2.0, 0.0], [-2.0, 0.0]], b=[0.0, 1.0], a=[3.0, 1.0])
    >>> spans_of_arcs(network, sort_angles([0.5, 1.5, 2.5, 6.0]))
    Spans(places=array([[3, 1],
           [6, 3]]))
    """
    return SpanFinder(samples, params.width)(params.w, params.b)


class SpanSums:
    """`running_sums` and `sums_on_arcs` of so many quantities; its arrays serve every step.

    >>> sums = SpanSums(quantities=1, n=4, width=2)
    >>> sums.move_to(Spans(np.array([[1, 2], [3, 6]])))
    >>> sums.over_neurons(np.array([[5.0, 1.0]]))
    array([[1., 6., 6., 1.]])
    """

    def __init__(self, quantities: int, n: int, width: int) -> None:
        self.n = n
        self._offsets = ((2 * n + 1) * np.arange(quantities))[:, None]
        self._places = np.empty((2, quantities, width), dtype=np.intp)
        self._changes = np.empty((2, quantities, width))
        self._active = np.empty(width)
        self._running = np.zeros((quantities, 2 * n + 1))
        # The samples of both turns, without the 0 in front of them.
        self._both_turns = self._running[:, 1:].reshape(quantities, 2, n)

    def move_to(self, spans: Spans) -> None:
        """Take the spans of the next network."""
        np.add(spans.places[:, None], self._offsets, out=self._places)
        np.not_equal(spans.first, spans.stop, out=self._active)

    def over_neurons(self, values: Array, factors: Array | float = 1.0) -> Array:
        """Σ_r 1_r(i) factor_r v_r (c, n), for v (c, m) and factors (m,)."""
        at_first, at_stop = self._changes
        # A neuron that is active on no sample adds nothing, however large its weights are.
        np.multiply(values, factors * self._active, out=at_first)
        np.negative(at_first, out=at_stop)
        places, changes = self._places.ravel(), self._changes.ravel()
        counts = np.bincount(places, changes, self._running.size)
        steps: Array = counts.reshape(self._running.shape)  # type: ignore[assignment]  # of weights
        np.add.accumulate(steps, axis=1, out=steps)
        return steps[:, : self.n] + steps[:, self.n : -1]

    def over_samples(self, values: Array, factors: Array | float = 1.0) -> Array:
        """Σ_i 1_r(i) factor_i v_i (c, m), for v (c, n) at the sorted samples and factors (n,)."""
        np.multiply(values[:, None], factors, out=self._both_turns)
        first, stop = np.add.accumulate(self._running, axis=1).take(self._places)
        return np.subtract(stop, first, out=stop)


def running_sums(spans: Spans, values: Array, n: int) -> Array:
    """Σ_r 1_r(i) v_r at every sorted sample i: a difference array, then one cumulative sum.

    d_first += v,  d_stop −= v;  the sum at i is (d_0 + … + d_i) + (d_0 + … + d_{n+i}), both turns

    Takes v (c, m), c quantities of each neuron; returns (c, n) float64 at a cost of O(c (n + m)).
    The sum at a sample where neuron r is not active may be off by rounding of v_r, unless r is
    active on no sample.

    >>> spans = Spans(np.array([[1, 2], [3, 4]]))
    >>> running_sums(spans, np.array([[5.0, 1.0]]), 4)
    array([[0., 5., 6., 1.]])
    """
    counted = values * (spans.first != spans.stop)
    steps = np.empty((len(values), 2 * n + 1))
    for row, step in zip(counted, steps, strict=True):
        step[:] = np.bincount(spans.first, row, 2 * n + 1)
        step -= np.bincount(spans.stop, row, 2 * n + 1)
    np.cumsum(steps, axis=1, out=steps)
    return steps[:, :n] + steps[:, n:-1]


def sums_on_arcs(spans: Spans, values: Array) -> Array:
    """Σ_i 1_r(i) v_i for every neuron r: a difference of two running sums, over both turns.

    Σ_{i < stop} v_i − Σ_{i < first} v_i

    The transpose of `running_sums`. Takes v (c, n) at the sorted samples; returns (c, m) float64 at
    a cost of O(c (n + m)).

    >>> spans = Spans(np.array([[1, 2], [3, 6]]))
    >>> sums_on_arcs(spans, np.array([[1.0, 2.0, 3.0, 4.0]]))
    array([[ 5., 10.]])
    """
    running = np.zeros((len(values), 2 * values.shape[1] + 1), dtype=values.dtype)
    np.cumsum(np.hstack([values, values]), axis=1, out=running[:, 1:])
    return np.take(running, spans.stop, axis=1) - np.take(running, spans.first, axis=1)


def augmented_weights(params: Params) -> Array:
    """The weights and the bias of every neuron together, so that w·x + b = w̃·x̃.

    w̃ = (w₁, w₂, b)

    Returns (3, m) float64, each row contiguous.

    >>> augmented_weights(Params(w=[[2.0, 0.0]], b=[0.5], a=[3.0])).ravel()
    array([2. , 0. , 0.5])
    """
    return np.stack([params.w[:, 0], params.w[:, 1], params.b])


def _scaled_up(directions: Array, b: Array, rho: Array) -> tuple[Array, Array]:
    """The same arcs from larger weights; biases far beyond |w| and weights of 0 lose their size."""
    factor = np.where(rho < _SMALL, 2.0**600, 1.0)
    nothing = rho == 0
    b = np.where(nothing, np.where(b > 0, 2.0, -2.0), np.clip(b, -2 * rho, 2 * rho) * factor)
    return np.where(nothing, 1.0, directions * factor), b
