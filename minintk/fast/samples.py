"""The network on n samples, through arcs: output, loss and gradient at the cost of a sort.

forward             f at every angle: running sums of each neuron's (a w, a b)
loss_and_gradient   the gradient of a neuron: a difference of two running sums of r x̃
objective           for training: it sorts once and keeps the order between steps

The fast versions of the core's functions of the same names, in O(n + m) instead of O(nm).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .._require import LARGEST, Array, require_array
from .._stability import irregular, largest_eigenvalue
from ..network import Objective, Params, require_params
from .arcs import (
    SpanFinder,
    SpanSums,
    augmented_weights,
    running_sums,
    spans_of_arcs,
    sums_on_arcs,
)
from .chain import coefficients_of, gradient_on_arcs, transposed
from .order import SortedAngles, sort_angles

__all__ = ["forward", "loss_and_gradient", "objective"]


def forward(params: Params, angles: npt.ArrayLike) -> Array:
    """Output of the network at the given angles, through arcs.

    f(t) = A cos t + B sin t + C,  (A, B, C) = m^-1/2 Σ_r 1_r(t) a_r (w_r1, w_r2, b_r)

    The fast version of `minintk.forward`. Takes (n,) angles in radians, in any order. Returns (n,)
    float64, at a cost of O(m + n log n) and no (n, m) array. Within 1e-13 of the reference,
    relative to its largest entry. Not on a kink, where rounding decides in both: |w·x + b| ≤ 1e-12
    (|w| + |b|) for some neuron. Neurons share one running sum, so that one with huge weights costs
    the others digits, unless it is active on no sample. The error at any sample is below 1e-14 Σ_r
    |a_r| (|w_r| + |b_r|)/√m, over the neurons that are active somewhere.
    Raises ValueError for angles of a wrong shape or not finite.
    Source: derived in tutorial 9, "Forward".

    >>> forward(Params(w=[[2.0, 0.0]], b=[0.5], a=[3.0]), [0.0, np.pi])
    array([7.5, 0. ])
    """
    require_params(params)
    samples = sort_angles(angles)
    spans, n = spans_of_arcs(params, samples), len(samples.angles)
    coefficients = running_sums(spans, augmented_weights(params) * params.a, n)
    return samples.restore(np.sum(coefficients * samples.points, axis=0) / math.sqrt(params.width))


def loss_and_gradient(
    params: Params, angles: npt.ArrayLike, targets: npt.ArrayLike
) -> tuple[float, Params]:
    """Loss, and its gradient, through arcs.

    S_r = (1/n) Σ_i 1_r(i) r_i x̃_i = R(stop) − R(first),  R the running sum of r x̃/n
    ∂L/∂(w_r, b_r) = m^-1/2 a_r S_r,   ∂L/∂a_r = m^-1/2 (w_r, b_r)·S_r

    The fast version of `minintk.loss_and_gradient`, with its arguments and result, in
    O(m + n log n); its digits are those of `forward`.
    Raises ValueError for a wrong shape or a value that is not finite.
    Source: derived in tutorial 9, "Backward".

    >>> value, gradient = loss_and_gradient(Params([[2.0, 0.0]], [0.0], [3.0]), [0.0], [5.0])
    >>> print(value, gradient.w, gradient.b, gradient.a)
    0.5 [[3. 0.]] [3.] [2.]
    """
    return objective(angles, targets)(params)


def objective(angles: npt.ArrayLike, targets: npt.ArrayLike) -> Objective:
    """The function that training lowers, through arcs: parameters in, loss and gradient out.

    The fast version of `minintk.objective`, for `gradient_descent`: it sorts the angles once, so
    that a step costs O(n + m). Below n = m = 160 or so the reference version is faster. Its
    `largest_eigenvalue(params)` gives λ_max of J Jᵀ/n within 5 %, never above.
    Raises as `loss_and_gradient`, here and not at the first step.

    >>> objective([0.0], [5.0])(Params([[2.0, 0.0]], [0.0], [3.0]))[0]
    0.5
    """
    samples = sort_angles(angles)
    y = require_array("targets", targets, samples.angles.shape, most=LARGEST)
    return _OnSamples(samples, y[samples.order])


@dataclass(frozen=True, eq=False)
class _OnSamples:
    """The objective on sorted samples and their targets (n,), checked once."""

    samples: SortedAngles
    targets: Array

    def __call__(self, params: Params) -> tuple[float, Params]:
        """Loss and gradient."""
        return self.with_memory(require_params(params).width)(params)

    def with_memory(self, width: int) -> Objective:
        """The same for one training of that width: its arrays serve every step.

        With R = √m r the factors 1/√m of the output and of the gradient become one, 1/(n m).
        """
        points, n, root = self.samples.points, len(self.targets), math.sqrt(width)
        scaled_targets, scaled_points = self.targets * root, points / (n * width)
        find, sums = SpanFinder(self.samples, width), SpanSums(3, n, width)
        weights = find.weights

        def evaluate(params: Params) -> tuple[float, Params]:
            sums.move_to(find(params.w, params.b))
            coefficients = sums.over_neurons(weights, params.a)
            coefficients *= points
            residual = np.add.reduce(coefficients, axis=0)
            residual -= scaled_targets
            on_arcs = sums.over_samples(scaled_points, residual)
            loss = float(residual @ residual) / (2 * n * width)
            return loss, gradient_on_arcs(params, weights, on_arcs)

        return evaluate

    def largest_eigenvalue(self, params: Params) -> float:
        """λ_max of J Jᵀ/n from below, within 5 %, from products with Jᵀ and J."""
        spans = spans_of_arcs(require_params(params), self.samples)
        points, n = self.samples.points, len(self.targets)
        weights = augmented_weights(params)

        def operator(direction: Array) -> Array:
            on_arcs = sums_on_arcs(spans, points * direction) / (n * params.width)
            change = coefficients_of(params, weights, transposed(params, weights, on_arcs))
            return np.sum(running_sums(spans, change, n) * points, axis=0)

        return largest_eigenvalue(operator, irregular(n))
