"""Many networks of one width trained side by side, in one array: the same steps, far faster.

train_together   gradient descent of every network on the same samples and targets

A small network spends its time not on arithmetic but on the calls themselves. Here the networks
are the first axis of every array. With the activity 1_r(i) = 1 where w̃_r·x̃_i > 0, else 0, one
matrix of zeros and ones serves both directions, since relu(z) = 1(z > 0) z:

    f_i = m^-1/2 x̃_i · Σ_r 1_r(i) a_r w̃_r,       S_r = (1/n) Σ_i 1_r(i) r_i x̃_i
    ∂L/∂w̃_r = m^-1/2 a_r S_r,                     ∂L/∂a_r = m^-1/2 w̃_r·S_r
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .._require import PARTS, Array, require_array, require_integer, require_number
from ..circle import augmented_points
from ..network import Params
from ..training import DivergenceError

__all__ = ["train_together"]

# As in `gradient_descent`: a loss that many times the first is a divergence.
_DIVERGED = 1e8


def train_together(
    networks: Sequence[Params],
    angles: npt.ArrayLike,
    targets: npt.ArrayLike,
    learning_rate: float,
    steps: int,
) -> tuple[list[Params], Array]:
    """Train networks of one width, each as `gradient_descent` with `network.objective` trains it.

    θ_{s+1} = θ_s − η ∇L(θ_s)      for every network on its own

    Takes (n,) angles in radians and (n,) targets, the same for all; all parts are trained. Returns
    the trained networks and the losses (networks, steps + 1) float64, within rounding of those of
    one network at a time, at a cost of O(n m) per network and step with little of it in calls.
    Raises ValueError for no network, for widths that differ or a part that is not trained, and
    `DivergenceError` where one network diverges.

    >>> from minintk.network import initialise
    >>> rng = np.random.default_rng(0)
    >>> networks = [initialise(16, rng, antisymmetric=True) for _ in range(3)]
    >>> _, losses = train_together(networks, [0.0, 2.0, 4.0], [1.0, 0.0, -1.0], 0.5, 50)
    >>> losses.shape, bool((losses[:, -1] < 0.01 * losses[:, 0]).all())
    ((3, 51), True)
    """
    weights, a = _stacked(networks)
    points = augmented_points(angles)
    y = require_array("targets", targets, (len(points),))
    eta = require_number("learning_rate", learning_rate, above=0)
    count = require_integer("steps", steps, least=0)
    root = math.sqrt(a.shape[1])
    losses = np.empty((len(a), count + 1))
    active = np.empty((len(a), len(points), a.shape[1]))
    for step in range(count + 1):
        np.matmul(points, weights, out=active)
        np.greater(active, 0, out=active)
        coefficients = np.matmul(active, np.swapaxes(weights * a[:, None], 1, 2))
        residual = np.einsum("snk,nk->sn", coefficients, points) / root - y
        losses[:, step] = np.einsum("sn,sn->s", residual, residual) / (2 * len(y))
        if not (losses[:, step] <= _DIVERGED * losses[:, 0]).all():
            raise DivergenceError(
                f"gradient descent of a network diverged at step {step}, with learning_rate {eta:g}"
            )
        if step < count:
            sums = np.matmul(points.T * residual[:, None], active) / (len(y) * root)
            weights, a = (
                weights - eta * a[:, None] * sums,
                a - eta * np.einsum("skm,skm->sm", weights, sums),
            )
    trained = [Params(w[:2].T, w[2], outer) for w, outer in zip(weights, a, strict=True)]
    return trained, losses


def _stacked(networks: Sequence[Params]) -> tuple[Array, Array]:
    """(w, b) as (networks, 3, m) and a as (networks, m)."""
    if not networks:
        raise ValueError("networks must be at least one, got none")
    widths = {network.width for network in networks}
    if len(widths) > 1:
        raise ValueError(f"networks must have one width, got {sorted(widths)}")
    for network in networks:
        if network.trained != PARTS:
            raise ValueError(f"networks must train all of {PARTS}, got {network.trained}")
    weights = np.array([np.vstack([network.w.T, network.b]) for network in networks])
    return weights, np.array([network.a for network in networks])
