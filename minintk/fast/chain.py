"""The chain rule of one neuron: from sums over its arc to its parameters, and back.

gradient_on_arcs   from S = Σ 1_r r x̃ (or an integral over the arc) to ∂L/∂(w, b, a)
transposed         the same as rows of one array, for products with Jᵀ
coefficients_of    how a w̃, the neuron's share of the output, moves with its parameters: J

For samples and for the whole circle alike. Factors m^-1/2 are the caller's.
"""

from __future__ import annotations

import numpy as np

from .._require import Array
from ..network import Params

__all__ = ["coefficients_of", "gradient_on_arcs", "transposed"]


def gradient_on_arcs(params: Params, weights: Array, sums: Array) -> Params:
    """A gradient from S, what the samples on each arc (or an integral over it) add up to.

    ∂/∂w̃_r = a_r S_r,   ∂/∂a_r = w̃_r·S_r;   0 in the parts that are not trained

    Takes w̃ and S (3, m) and overwrites S.

    >>> from minintk.fast.arcs import augmented_weights
    >>> network = Params(w=[[2.0, 0.0]], b=[0.0], a=[3.0])
    >>> gradient_on_arcs(network, augmented_weights(network), np.ones((3, 1)))
    Params(w=array([[3., 3.]]), b=array([3.]), a=array([2.]), trained=('w', 'b', 'a'))
    """
    w = np.empty_like(params.w)
    np.multiply(sums[:2], params.a, out=w.T)
    b = sums[2] * params.a
    sums *= weights
    return params.gradient(w, b, np.add.reduce(sums, axis=0))


def transposed(params: Params, weights: Array, sums: Array) -> Array:
    """The same as rows w₁, w₂, b, a of one array (4, m); S stays.

    >>> network = Params(w=[[2.0, 0.0]], b=[0.0], a=[3.0], trained=("w", "a"))
    >>> transposed(network, np.array([[2.0], [0.0], [0.0]]), np.ones((3, 1))).ravel()
    array([3., 3., 0., 2.])
    """
    rows = np.vstack([sums * params.a, np.sum(weights * sums, axis=0)])
    for row, part in zip(rows, ("w", "w", "b", "a"), strict=True):
        row *= part in params.trained
    return rows


def coefficients_of(params: Params, weights: Array, change: Array) -> Array:
    """How the coefficients a w̃ (3, m) of every neuron move with its parameters.

    d(a w̃) = a dw̃ + w̃ da

    Takes the change as rows w₁, w₂, b, a (4, m).

    >>> network = Params(w=[[2.0, 0.0]], b=[0.0], a=[3.0])
    >>> change = np.array([[1.0], [0.0], [0.0], [0.5]])
    >>> coefficients_of(network, np.array([[2.0], [0.0], [0.0]]), change).ravel()
    array([4., 0., 0.])
    """
    return change[:3] * params.a + weights * change[3]
