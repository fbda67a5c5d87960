"""The empirical Neural Tangent Kernel of a network, as the definition and factorised.

empirical_ntk, empirical_ntk_parts     K = J J'ᵀ: the definition
factorised_ntk                         the same from two (n, m) matrices, without the Jacobian
monte_carlo_ntk                        the mean over many neurons, with its standard error

At initialisation the mean of the empirical kernel is the infinite-width kernel at every width:
each neuron is an unbiased sample. Only the spread falls as m^-1/2. This module never imports the
closed form, so that the two check each other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ._require import PARTS, Array, require_array, require_integer, require_memory
from .circle import _points
from .jacobian import _output_jacobian, jacobian_slices
from .law import DEFAULT_LAW, Law
from .network import Params, _forward, initialise, require_params

__all__ = [
    "empirical_ntk",
    "empirical_ntk_parts",
    "factorised_ntk",
    "monte_carlo_ntk",
]

_FEWER = "take fewer angles at a time: rows of the kernel do not depend on each other"


def empirical_ntk_parts(
    params: Params, angles: npt.ArrayLike, other_angles: npt.ArrayLike | None = None
) -> dict[str, Array]:
    """Empirical NTK of each trained part, by its name.

    K_part = J_part J'_partᵀ;  the parts add up to `empirical_ntk`

    Takes (n,) and (n',) angles in radians, the second like the first unless given. Returns
    "w", "b", "a" (those that are trained), each (n, n') float64. Raises as `empirical_ntk`.

    >>> params = Params(w=[[2.0, 0.0]], b=[0.5], a=[3.0])
    >>> {part: float(kernel[0, 0]) for part, kernel in empirical_ntk_parts(params, [0.0]).items()}
    {'w': 9.0, 'b': 9.0, 'a': 6.25}
    """
    rows, columns = _jacobians(params, angles, other_angles)
    return {part: rows[:, s] @ columns[:, s].T for part, s in jacobian_slices(params).items()}


def empirical_ntk(
    params: Params, angles: npt.ArrayLike, other_angles: npt.ArrayLike | None = None
) -> Array:
    """Empirical NTK of the network: the definition.

    K(x, x') = Σ_j ∂f(x)/∂θ_j ∂f(x')/∂θ_j,  K = J J'ᵀ

    Takes (n,) angles in radians for the rows and (n',) for the columns, the same unless given;
    returns (n, n') float64. The sum goes over the trained parts. Costs 8np bytes and 2nn'p flops.
    Raises ValueError for bad angles, and MemoryError before a Jacobian or a kernel above 1 GiB is
    made: `factorised_ntk` is the cheaper form.
    Source: Jacot et al. (2018), section 4.

    >>> empirical_ntk(Params(w=[[2.0, 0.0]], b=[0.5], a=[3.0]), [0.0, np.pi])
    array([[24.25,  0.  ],
           [ 0.  ,  0.  ]])
    """
    rows, columns = _jacobians(params, angles, other_angles)
    kernel: Array = rows @ columns.T
    return kernel


def factorised_ntk(
    params: Params, angles: npt.ArrayLike, other_angles: npt.ArrayLike | None = None
) -> Array:
    """Empirical NTK of the network in factorised form, equal to `empirical_ntk` to rounding.

    K = [(c_w X X'ᵀ + c_b) ∘ (D D'ᵀ) + c_a H H'ᵀ]/m,  c = 1 for a trained part, else 0

    Takes (n,) angles in radians for the rows and (n',) for the columns, the same unless given;
    returns (n, n') float64. Costs 16(n + n')m bytes and 4nn'm flops, about half of `empirical_ntk`.
    Raises ValueError for bad angles, MemoryError where an array would be above 1 GiB.

    >>> factorised_ntk(Params(w=[[2.0, 0.0]], b=[0.5], a=[3.0]), [0.0], [0.0, np.pi])
    array([[24.25,  0.  ]])
    """
    (x, d, h), (other_x, other_d, other_h) = _both_factors(params, angles, other_angles)
    c_w, c_b, c_a = (part in params.trained for part in PARTS)
    kernel = np.zeros((len(x), len(other_x)))
    if c_w or c_b:
        kernel += (c_w * (x @ other_x.T) + c_b) * (d @ other_d.T)
    if c_a:
        kernel += h @ other_h.T
    return kernel / params.width


def monte_carlo_ntk(
    angles: npt.ArrayLike,
    neurons: int,
    rng: np.random.Generator,
    other_angles: npt.ArrayLike | None = None,
    law: Law = DEFAULT_LAW,
    *,
    chunk: int = 4096,
) -> tuple[Array, Array]:
    """The infinite-width NTK by Monte Carlo: the mean over drawn neurons, and its standard error.

    K = E[k],  k(x, x') = c a² 1 1' + c_a h h',  c = c_w x·x' + c_b,  1 = relu'(z), h = relu(z)
    mean = Σ_r k_r/N,  standard error = √((Σ_r k_r²/N − mean²)/(N − 1))

    Takes (n,) and (n',) angles in radians and N ≥ 2 neurons, drawn from their law and `rng`;
    returns two (n, n') float64 arrays. The neurons are summed `chunk` at a time: each of a few
    arrays takes 8(n + n')·chunk bytes. The chunk changes only rounding. Where no draw varies
    (antipodal points without a bias: 0) the standard error is 0.

    >>> mean, error = monte_carlo_ntk([0.0], 40000, np.random.default_rng(0))
    >>> bool(abs(mean[0, 0] - 1.5) < 4 * error[0, 0] < 0.05)
    True
    """
    neurons = require_integer("neurons", neurons, least=2)
    chunk = require_integer("chunk", chunk)
    t, others = _both_angles(angles, other_angles)
    require_memory("the network", 4 * neurons, "take fewer neurons")
    most = max(len(t), len(others)) * min(chunk, neurons)
    require_memory("each chunk of neurons", most, "take a smaller chunk")
    x, other_x = _points(t), _points(others)
    network = initialise(neurons, rng, law)
    total = np.zeros((len(t), len(others)))
    total_of_squares = np.zeros_like(total)
    for block in network.blocks(chunk):
        sums, sums_of_squares = _neuron_sums(block, x, other_x)
        total += sums
        total_of_squares += sums_of_squares
    mean = total / neurons
    variance = np.maximum(total_of_squares / neurons - mean**2, 0.0)
    return mean, np.sqrt(variance / (neurons - 1))


def _both_angles(angles: npt.ArrayLike, other_angles: npt.ArrayLike | None) -> tuple[Array, Array]:
    t = require_array("angles", angles, (None,))
    others = t if other_angles is None else require_array("other_angles", other_angles, (None,))
    require_memory("the kernel", len(t) * len(others), _FEWER)
    return t, others


def _jacobians(
    params: Params, angles: npt.ArrayLike, other_angles: npt.ArrayLike | None
) -> tuple[Array, Array]:
    require_params(params)
    t, others = _both_angles(angles, other_angles)
    most = max(len(t), len(others)) * params.size
    require_memory("the Jacobian", most, f"factorised_ntk needs none, or {_FEWER}")
    rows = _output_jacobian(params, _points(t))
    return rows, rows if others is t else _output_jacobian(params, _points(others))


class _Factors(NamedTuple):
    """x (n, 2), and of every neuron a relu'(z) and relu(z), (n, m)."""

    points: Array
    active_a: Array
    hidden: Array


def _factors(params: Params, points: Array) -> _Factors:
    _, z, h = _forward(params, points)[1]
    return _Factors(points, (z > 0) * params.a, h)


def _both_factors(
    params: Params, angles: npt.ArrayLike, other_angles: npt.ArrayLike | None
) -> tuple[_Factors, _Factors]:
    require_params(params)
    t, others = _both_angles(angles, other_angles)
    most = max(len(t), len(others)) * params.width
    require_memory("each factor of the kernel", most, _FEWER)
    rows = _factors(params, _points(t))
    return rows, rows if others is t else _factors(params, _points(others))


def _neuron_sums(params: Params, points: Array, other_points: Array) -> tuple[Array, Array]:
    """Σ_r k_r and Σ_r k_r² over the neurons.

    k_r = c D D' + c_a H H'  with  D = a relu'(z), H = relu(z), c = c_w x·x' + c_b; so
    k_r² = c² D² D'² + 2 c c_a (D H)(D' H') + c_a² H² H'²
    """
    (x, d, h), (other_x, other_d, other_h) = (
        _factors(params, some) for some in (points, other_points)
    )
    c_w, c_b, c_a = (float(part in params.trained) for part in PARTS)
    c = c_w * (x @ other_x.T) + c_b
    sums = c * (d @ other_d.T) + c_a * (h @ other_h.T)
    squares = c**2 * (d**2 @ (other_d**2).T)
    squares += 2 * c * c_a * ((d * h) @ (other_d * other_h).T)
    squares += c_a**2 * (h**2 @ (other_h**2).T)
    return sums, squares
