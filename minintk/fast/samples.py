"""The network on n samples, through arcs: output, loss and gradient at the cost of a sort.

forward             f at every angle: running sums of each neuron's (a w, a b)
loss_and_gradient   the gradient of a neuron: a difference of two running sums of r x̃
objective           for training: it sorts once and keeps the order between steps

The twins of the plain functions of the same names, in O(n + m) instead of O(nm).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .._require import PARTS, Array, require_array
from ..network import Objective, Params
from .arcs import (
    SortedAngles,
    Spans,
    augmented_weights,
    neuron_arcs,
    running_sums,
    sort_angles,
    spans_of_arcs,
    sums_on_arcs,
)

__all__ = ["forward", "loss_and_gradient", "objective"]


def forward(params: Params, angles: npt.ArrayLike) -> Array:
    """Output of the network at the given angles, through arcs.

    f(t) = A cos t + B sin t + C,  (A, B, C) = m^-1/2 Σ_r 1_r(t) a_r (w_r1, w_r2, b_r)

    The twin of `minintk.forward`: takes (n,) angles in radians, in any order; returns (n,) float64,
    at a cost of O(m + n log n) and no (n, m) array. Within 1e-13 of the plain one, relative to its
    largest entry, but on a kink (|w·x + b| ≤ 1e-12 (|w| + |b|) for some neuron), where rounding
    decides in both. Raises ValueError for angles of a wrong shape or not finite.

    >>> forward(Params(w=[[2.0, 0.0]], b=[0.5], a=[3.0]), [0.0, np.pi])
    array([7.5, 0. ])
    """
    samples = sort_angles(angles)
    spans = spans_of_arcs(neuron_arcs(params), samples)
    return samples.restore(_output(params, augmented_weights(params), spans, samples.points))


def loss_and_gradient(
    params: Params, angles: npt.ArrayLike, targets: npt.ArrayLike
) -> tuple[float, Params]:
    """Loss, and its gradient, through arcs.

    S_r = (1/n) Σ_i 1_r(i) r_i x̃_i = R(stop) − R(first),  R the running sum of r x̃/n
    ∂L/∂(w_r, b_r) = m^-1/2 a_r S_r,   ∂L/∂a_r = m^-1/2 (w_r, b_r)·S_r

    The twin of `minintk.loss_and_gradient`, with its arguments and result, in O(m + n log n).
    Raises ValueError for a wrong shape or a value that is not finite.

    >>> value, gradient = loss_and_gradient(Params([[2.0, 0.0]], [0.0], [3.0]), [0.0], [5.0])
    >>> print(value, gradient.w, gradient.b, gradient.a)
    0.5 [[3. 0.]] [3.] [2.]
    """
    return objective(angles, targets)(params)


def objective(angles: npt.ArrayLike, targets: npt.ArrayLike) -> Objective:
    """The function that training lowers, through arcs: parameters in, loss and gradient out.

    The twin of `minintk.objective`, for `gradient_descent`: it sorts the angles once, so that a
    step costs O(n + m). At n = m = 128 and below the plain one is about as fast.
    Raises as `loss_and_gradient`, here and not at the first step.

    >>> objective([0.0], [5.0])(Params([[2.0, 0.0]], [0.0], [3.0]))[0]
    0.5
    """
    samples = sort_angles(angles)
    y = require_array("targets", targets, samples.angles.shape)[samples.order]
    return lambda params: _loss_and_gradient(params, samples, y)


def _output(params: Params, weights: Array, spans: Spans, points: Array) -> Array:
    coefficients = running_sums(spans, weights * params.a, points.shape[1])
    return np.einsum("kn,kn->n", coefficients, points) / math.sqrt(params.width)


def _loss_and_gradient(params: Params, samples: SortedAngles, y: Array) -> tuple[float, Params]:
    weights = augmented_weights(params)
    spans = spans_of_arcs(neuron_arcs(params), samples)
    residual = _output(params, weights, spans, samples.points) - y
    sums = sums_on_arcs(spans, samples.points * residual) / (len(y) * math.sqrt(params.width))
    layer = sums * params.a
    gradients = {"w": layer[:2].T, "b": layer[2], "a": np.einsum("km,km->m", weights, sums)}
    for part in set(PARTS) - set(params.trained):
        gradients[part] = np.zeros_like(gradients[part])
    loss = float(residual @ residual) / (2 * len(y))
    return loss, Params(**gradients, trained=params.trained)
