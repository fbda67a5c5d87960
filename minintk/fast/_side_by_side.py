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

from .._require import Array
from ..network import _irregular

__all__ = ["PlainSteps", "Steps"]

# Activities (n, m) of a block of networks: three arrays of so many entries stay in a 1 MiB cache.
# Measured, eight networks, n = 64, in µs a step, by entries: see `together`.
_ENTRIES = 2**15
_MOST_ITERATIONS = 60


class Steps:
    """What the three have in common; `blocks` are the networks that are taken at a time."""

    def __init__(self, networks: int, width: int, at_once: int) -> None:
        self.root = math.sqrt(width)
        self.shape = (networks, width)
        self.blocks = [
            slice(start, min(start + at_once, networks)) for start in range(0, networks, at_once)
        ]

    def locate(self, state: Array) -> None:
        """Find where every neuron of these networks is active."""
        raise NotImplementedError

    def output(self, values: Array) -> Array:
        """m^-1/2 Σ_r 1_r v_r from v (3, s, m), as the values or the pieces of a function."""
        raise NotImplementedError

    def residual(self, state: Array) -> Array:
        """f − y of every network."""
        raise NotImplementedError

    def squares(self, function: Array) -> Array:
        """⟨g²⟩ of every network's function (s,)."""
        raise NotImplementedError

    def losses(self, residual: Array) -> Array:
        """½⟨r²⟩ of every network (s,)."""
        return self.squares(residual) / 2

    def sums(self, function: Array, scale: float) -> Array:
        """scale m^-1/2 ⟨1_r g x̃⟩ for every neuron (3, s, m)."""
        raise NotImplementedError

    def irregular(self, networks: int) -> Array:
        """A function for each network that no symmetry makes orthogonal to the first mode."""
        raise NotImplementedError

    def descend(self, state: Array, change: Array, learning_rate: float) -> Array:
        """Losses (S,); η ∇L goes into `change`, of the shape of the state."""
        losses = np.empty(self.shape[0])
        for some in self.blocks:
            now, into = state[:, some], change[:, some]
            self.locate(now)
            residual = self.residual(now)
            losses[some] = self.losses(residual)
            sums = self.sums(residual, learning_rate)
            np.multiply(sums, now[3], out=into[:3])
            sums *= now[:3]
            np.add(sums[0], sums[1], out=into[3])
            into[3] += sums[2]
        return losses

    def largest_eigenvalues(self, state: Array, trained: Array) -> Array:
        """λ_max of J Jᵀ/n of every network, from below, within 5 %, by power iteration.

        `trained` (4,) is 1 for a row of the state that is trained and 0 for another.
        """
        return np.concatenate([self._largest(state[:, some], trained) for some in self.blocks])

    def _largest(self, state: Array, trained: Array) -> Array:
        self.locate(state)
        weights, a = state[:3], state[3]
        function = self.irregular(state.shape[1])
        largest = np.zeros(state.shape[1])
        for iteration in range(_MOST_ITERATIONS):
            sizes = np.sqrt(self.squares(function))
            before, largest = largest, np.maximum(largest, sizes if iteration else 0.0)
            if iteration > 5 and (largest <= 1.002 * before).all():
                break
            function = function / np.where(sizes > 0, sizes, 1.0)[:, None]
            sums = self.sums(function, 1.0)
            along_a = trained[3] * np.sum(weights * sums, axis=0)
            along_weights = trained[:3, None, None] * (a * sums)
            function = self.output(a * along_weights + along_a * weights)
        return largest


class PlainSteps(Steps):
    """On n samples by the activities themselves, 0 or 1: O(n m) for each network."""

    def __init__(self, points: Array, targets: Array, networks: int, width: int) -> None:
        n = len(points)
        super().__init__(networks, width, max(1, _ENTRIES // (n * width)))
        at_once = min(networks, max(1, _ENTRIES // (n * width)))
        self.points, self.targets = points, targets
        self.across = np.ascontiguousarray(points.T)
        self.memory = np.empty((2, at_once, n, width))
        self.flags = np.empty((at_once, n, width), dtype=np.bool_)
        self.sums_memory = np.empty((3, at_once, width))

    def locate(self, state: Array) -> None:
        s = state.shape[1]
        self.z, self.active = self.memory[:, :s]
        np.matmul(self.points, np.swapaxes(state[:3], 0, 1), out=self.z)
        flags = np.greater(self.z, 0.0, out=self.flags[:s])
        np.copyto(self.active, flags)

    def output(self, values: Array) -> Array:
        coefficients = np.matmul(self.active, np.moveaxis(values, 0, 2))
        return np.einsum("snk,nk->sn", coefficients, self.points) / self.root

    def residual(self, state: Array) -> Array:
        hidden = np.multiply(self.z, self.active, out=self.z)
        output = np.matmul(hidden, state[3][:, :, None])[:, :, 0]
        output /= self.root
        output -= self.targets
        return output

    def squares(self, function: Array) -> Array:
        total = np.matmul(function[:, None], function[:, :, None])[:, 0, 0]
        return total / function.shape[1]

    def sums(self, function: Array, scale: float) -> Array:
        moments = self.across[:, None] * (function * (scale / (function.shape[1] * self.root)))
        sums = self.sums_memory[:, : len(function)]
        np.matmul(moments[:, :, None], self.active, out=sums[:, :, None])
        return sums

    def irregular(self, networks: int) -> Array:
        return np.tile(_irregular(len(self.points)), (networks, 1))
