"""One step of many networks at once: where each neuron is active, and the two sums over it.

PlainSteps    a matrix of activities (n, m) for every network
ArcSteps      through arcs: two indices for every neuron
CircleSteps   on the whole circle, n = ∞, by integrals between the ends of the arcs

The parameters of S networks of width m are one array (4, S, m): w₁, w₂, b, a. With the activity
1_r(i) a step needs two sums, and the three classes differ in these alone:

    the output    f_i = m^-1/2 x̃_i · Σ_r 1_r(i) v_r,  v_r = a_r w̃_r
    the gradient  S_r = m^-1/2 ⟨1_r r x̃⟩,  ∂L/∂w̃_r = a_r S_r,  ∂L/∂a_r = w̃_r·S_r

Every network has its own rows in every sum, so that none feels the others, not even by rounding.
Arrays are kept between steps: in networks this small the allocation costs as much as the numbers.
"""

from __future__ import annotations

import math

import numpy as np

from .._require import PARTS, Array
from .._stability import irregular, largest_eigenvalues
from ..network import Params
from .arcs import SpanFinder, neuron_arcs
from .order import SortedAngles
from .population import _output_integrals, _target_integrals

__all__ = ["ArcSteps", "CircleSteps", "PlainSteps", "Steps"]

# Networks are taken a block at a time, so that its arrays stay in a cache of 1 MiB.
_ACTIVITIES_AT_ONCE = 2**16
_NEURONS_AT_ONCE = 2**12


class Steps:
    """What the three have in common; `blocks` are the networks that are taken at a time."""

    rounding = 0.0  # losses below it are nothing but rounding

    def __init__(self, networks: int, width: int, at_once: int) -> None:
        self.root = math.sqrt(width)
        self.shape = (networks, width)
        self.at_once = min(networks, max(1, at_once))
        starts = range(0, networks, self.at_once)
        self.blocks = [slice(start, min(start + self.at_once, networks)) for start in starts]

    def locate(self, state: Array) -> None:
        """Find where every neuron of these networks (4, s, m) is active."""
        raise NotImplementedError

    def losses_and_sums(self, state: Array, scale: float) -> tuple[Array, Array]:
        """½⟨r²⟩ of every network (s,), and scale S_r of every neuron (3, s, m)."""
        raise NotImplementedError

    def output(self, values: Array) -> Array:
        """m^-1/2 x̃ · Σ_r 1_r v_r for v (3, s, m), as a function in the form of the class."""
        raise NotImplementedError

    def sums(self, function: Array, scale: float) -> Array:
        """scale m^-1/2 ⟨1_r g x̃⟩ for every neuron (3, s, m)."""
        raise NotImplementedError

    def descend(self, state: Array, change: Array, learning_rate: float) -> Array:
        """Losses (S,); η ∇L goes into `change`, of the shape of the state."""
        losses = np.empty(self.shape[0])
        for some in self.blocks:
            now, into = state[:, some], change[:, some]
            self.locate(now)
            losses[some], sums = self.losses_and_sums(now, learning_rate)
            np.multiply(sums, now[3], out=into[:3])
            sums *= now[:3]
            np.add(sums[0], sums[1], out=into[3])
            into[3] += sums[2]
        return losses

    def largest_eigenvalues(self, state: Array, trained: Array) -> Array:
        """λ_max of JᵀJ/n of every network, from below, within 5 %: products with J and Jᵀ.

        `trained` (4,) is 1 for a row of the state that is trained and 0 for another.
        """
        return np.concatenate([self._largest(state[:, some], trained) for some in self.blocks])

    def _largest(self, state: Array, trained: Array) -> Array:
        self.locate(state)
        weights, a = state[:3], state[3]
        networks = state.shape[1]

        def operator(direction: Array) -> Array:
            change = direction.reshape(networks, 4, -1).swapaxes(0, 1)
            sums = self.sums(self.output(a * change[:3] + weights * change[3]), 1.0)
            rows = np.concatenate([a * sums, np.sum(weights * sums, axis=0, keepdims=True)])
            rows *= trained[:, None, None]
            return rows.swapaxes(0, 1).reshape(networks, -1)

        # The first product is 0 in the parts that are not trained.
        start = np.tile(irregular(4 * state.shape[2]), (networks, 1))
        return largest_eigenvalues(operator, operator(start))


class _SampleSteps(Steps):
    """On n samples: a function is its values (s, n)."""

    def __init__(self, points: Array, targets: Array, networks: int, width: int, at_once: int):
        super().__init__(networks, width, at_once)
        self.points, self.targets = points, targets  # (3, n), (n,)

    def losses_and_sums(self, state: Array, scale: float) -> tuple[Array, Array]:
        residual = self.present_output(state)
        residual -= self.targets
        squares = np.matmul(residual[:, None], residual[:, :, None])[:, 0, 0]
        return squares / (2 * len(self.targets)), self.sums(residual, scale)

    def present_output(self, state: Array) -> Array:
        """f of the networks that were located last (s, n)."""
        return self.output(state[3] * state[:3])

    def moments(self, function: Array, scale: float) -> Array:
        """scale m^-1/2 g x̃/n at every sample (3, s, n)."""
        scaled = function * (scale / (len(self.targets) * self.root))
        return np.multiply(self.points[:, None], scaled)


class PlainSteps(_SampleSteps):
    """On n samples by the activities themselves, 0 or 1: O(n m) for each network."""

    def __init__(self, points: Array, targets: Array, networks: int, width: int) -> None:
        n = len(targets)
        super().__init__(points, targets, networks, width, _ACTIVITIES_AT_ONCE // (n * width))
        self.rows = np.ascontiguousarray(points.T)
        self.memory = np.empty((2, self.at_once, n, width))
        self.flags = np.empty((self.at_once, n, width), dtype=np.bool_)
        self.found = np.empty((3, self.at_once, width))

    def locate(self, state: Array) -> None:
        s = state.shape[1]
        self.z, self.active = self.memory[:, :s]
        np.matmul(self.rows, np.swapaxes(state[:3], 0, 1), out=self.z)
        # To numbers in a pass of its own: NumPy compares into an array of numbers far slower.
        np.copyto(self.active, np.greater(self.z, 0.0, out=self.flags[:s]))

    def present_output(self, state: Array) -> Array:
        hidden = np.multiply(self.z, self.active, out=self.z)
        output = np.matmul(hidden, state[3][:, :, None])[:, :, 0]
        output /= self.root
        return output

    def output(self, values: Array) -> Array:
        coefficients = np.matmul(self.active, np.moveaxis(values, 0, 2))
        return np.einsum("snk,kn->sn", coefficients, self.points) / self.root

    def sums(self, function: Array, scale: float) -> Array:
        moments = self.moments(function, scale)
        found = self.found[:, : len(function)]
        # As vectors times matrices: with three rows at once BLAS would copy the matrix first.
        np.matmul(moments[:, :, None], self.active, out=found[:, :, None])
        return found


class ArcSteps(_SampleSteps):
    """On n samples through arcs: O(n + m) for each network.

    The neurons of all networks are found as those of one wide one. Then every network counts on in
    a row of its own. The row has 2 n + 1 places: two turns, since an arc may pass the cut.
    """

    def __init__(self, samples: SortedAngles, targets: Array, networks: int, width: int) -> None:
        most = _NEURONS_AT_ONCE // max(width, len(targets))
        super().__init__(samples.points, targets, networks, width, most)
        self.n, at_once = len(targets), self.at_once
        counts = {some.stop - some.start for some in self.blocks}
        self.finders = {count: SpanFinder(samples, count * width) for count in counts}
        self.row = (2 * self.n + 1) * np.arange(at_once)[:, None]
        self.w = np.empty((at_once, width, 2))
        self.places_memory = np.empty((2, at_once, width), dtype=np.intp)
        self.change_memory = np.empty((2, at_once, width))
        self.found = np.empty((3, at_once, width))
        self.ends_memory = np.empty((2, at_once, width))
        self.running = np.zeros((3, at_once, 2 * self.n + 1))

    def locate(self, state: Array) -> None:
        s, width = state.shape[1:]
        w = self.w[:s]
        w[..., 0], w[..., 1] = state[:2]
        places = self.finders[s](w.reshape(-1, 2), state[2].ravel()).places.reshape(2, s, width)
        self.active = np.not_equal(places[0], places[1])
        self.places = np.add(places, self.row[:s])

    def output(self, values: Array) -> Array:
        s = values.shape[1]
        change, size = self.change_memory[:, :s], s * (2 * self.n + 1)
        running = self.running[:, :s]
        for of, into in zip(values, running, strict=True):
            # A neuron that is active on no sample adds nothing, however large its weights are.
            np.multiply(of, self.active, out=change[0])
            np.negative(change[0], out=change[1])
            into[:] = np.bincount(self.places.ravel(), change.ravel(), size).reshape(s, -1)
        np.add.accumulate(running, axis=2, out=running)
        both = running[:, :, : self.n] + running[:, :, self.n : -1]
        both *= self.points[:, None]
        return both.sum(axis=0) / self.root

    def sums(self, function: Array, scale: float) -> Array:
        s = len(function)
        running, found, ends = self.running[:, :s], self.found[:, :s], self.ends_memory[:, :s]
        running[:, :, 0] = 0.0
        moments = self.moments(function, scale)
        running[:, :, 1 : self.n + 1] = running[:, :, self.n + 1 :] = moments
        np.add.accumulate(running, axis=2, out=running)
        for of, into in zip(running, found, strict=True):
            np.take(of.ravel(), self.places, out=ends, mode="clip")
            np.subtract(ends[1], ends[0], out=into)
        return found


class CircleSteps(Steps):
    """On the whole circle: a function is A cos t + B sin t + C on each of its pieces (3, s, P)."""

    def __init__(self, coefficients: Array, networks: int, width: int) -> None:
        super().__init__(networks, width, _NEURONS_AT_ONCE // width)
        self.coefficients = coefficients
        self.rounding = 1e-15 * float(coefficients @ coefficients)

    def locate(self, state: Array) -> None:
        s, width = state.shape[1:]
        w1, w2, b, a = state.reshape(4, -1)
        arcs = neuron_arcs(Params.unchecked(np.stack([w1, w2], axis=1), b.copy(), a.copy(), PARTS))
        ends = np.concatenate([arcs.start.reshape(s, width), arcs.end.reshape(s, width)], axis=1)
        self.crosses = arcs.crosses.reshape(s, width)
        self.order = np.argsort(ends, axis=1)
        self.rank = np.empty_like(self.order)
        np.put_along_axis(self.rank, self.order, np.arange(2 * width)[None], axis=1)
        self.ends = np.zeros((s, 2 * width + 2))  # from 0 to 2π
        self.ends[:, 1:-1] = np.clip(np.take_along_axis(ends, self.order, axis=1), 0.0, 2 * np.pi)
        self.ends[:, -1] = 2 * np.pi

    def losses_and_sums(self, state: Array, scale: float) -> tuple[Array, Array]:
        f = self.output(state[3] * state[:3])
        of_output = _output_integrals(self.ends, f)  # ∫_piece f x̃
        at_ends = _target_integrals(self.ends.ravel(), self.coefficients)
        of_target = np.diff(at_ends.reshape(3, *self.ends.shape))  # ∫_piece y x̃
        of_residual = of_output - of_target
        square = self.coefficients @ self.coefficients
        losses = (np.sum(f * (of_residual - of_target), axis=(0, 2)) + square) / 2
        return losses, self._on_arcs(of_residual, scale)

    def output(self, values: Array) -> Array:
        changes = np.concatenate([values, -values], axis=2)
        pieces = np.empty((3, *self.ends[:, 1:].shape))
        pieces[:, :, 0] = np.sum(values * self.crosses, axis=2)
        pieces[:, :, 1:] = np.take_along_axis(changes, self.order[None], axis=2)
        pieces /= self.root
        return np.cumsum(pieces, axis=2, out=pieces)

    def sums(self, function: Array, scale: float) -> Array:
        return self._on_arcs(_output_integrals(self.ends, function), scale)

    def _on_arcs(self, integrals: Array, scale: float) -> Array:
        """Integrals over the pieces, summed over those of every neuron's arc."""
        running = np.cumsum(integrals, axis=2)
        running *= scale / self.root
        start, end = np.split(np.take_along_axis(running, self.rank[None], axis=2), 2, axis=2)
        return end - start + running[:, :, -1:] * self.crosses
