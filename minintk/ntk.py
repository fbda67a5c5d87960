"""The empirical Neural Tangent Kernel of a network, as the definition and factorised.

empirical_ntk, empirical_ntk_parts     K = J J'ᵀ: the definition
factorised_ntk, factorised_ntk_parts   the same from two (n, m) matrices, without the Jacobian
monte_carlo_ntk                        the mean over many neurons, with its standard error

At initialisation the mean of the empirical kernel is the infinite-width kernel at every width:
each neuron is an unbiased draw, only the spread falls as m^-1/2. This module never imports the
closed form, so that the two check each other.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from ._require import Array, require_array, require_integer, require_memory
from .circle import circle_points
from .jacobian import jacobian_slices, output_jacobian
from .network import Params, initialise, relu, relu_derivative

__all__ = [
    "empirical_ntk",
    "empirical_ntk_parts",
    "factorised_ntk",
    "factorised_ntk_parts",
    "monte_carlo_ntk",
]

_FEWER = "take fewer angles at a time: rows of the kernel do not depend on each other"


def empirical_ntk_parts(
    params: Params, angles: npt.ArrayLike, other_angles: npt.ArrayLike | None = None
) -> dict[str, Array]:
    """Empirical NTK of each trained part, by its name.

    K_part = J_part J'_partᵀ;  the parts add up to `empirical_ntk`

    Takes (n,) and (n',) angles in radians, the second like the first unless given; returns
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
    return rows @ columns.T


def factorised_ntk_parts(
    params: Params, angles: npt.ArrayLike, other_angles: npt.ArrayLike | None = None
) -> dict[str, Array]:
    """Empirical NTK of each trained part, without the Jacobian.

    K_w = (X X'ᵀ) ∘ (D D'ᵀ)/m,  K_b = D D'ᵀ/m,  K_a = H H'ᵀ/m
    with Z = X wᵀ + b,  H = relu(Z),  D = relu'(Z) a

    Same arguments and result as `empirical_ntk_parts`; the largest arrays are (n, m) and (n, n').

    >>> params = Params(w=[[2.0, 0.0]], b=[0.5], a=[3.0])
    >>> {part: float(kernel[0, 0]) for part, kernel in factorised_ntk_parts(params, [0.0]).items()}
    {'w': 9.0, 'b': 9.0, 'a': 6.25}
    """
    x, d, h = _factors(params, angles)
    other_x, other_d, other_h = (
        (x, d, h) if other_angles is None else _factors(params, other_angles)
    )
    require_memory("the kernel", len(x) * len(other_x), _FEWER)
    both_active = d @ other_d.T / params.width
    parts = {
        "w": (x @ other_x.T) * both_active,
        "b": both_active,
        "a": h @ other_h.T / params.width,
    }
    return {part: parts[part] for part in params.trained}


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
    return _total(factorised_ntk_parts(params, angles, other_angles))


def monte_carlo_ntk(
    angles: npt.ArrayLike,
    neurons: int,
    rng: np.random.Generator,
    other_angles: npt.ArrayLike | None = None,
    *,
    chunk: int = 4096,
    weight_std: float = 1.0,
    bias_std: float = 0.0,
    output_law: str = "signs",
    bias: bool = True,
    trained: Iterable[str] | None = None,
) -> tuple[Array, Array]:
    """The infinite-width NTK by Monte Carlo: the mean over drawn neurons, and its standard error.

    K = E[k],  k(x, x') = c a² 1 1' + c_a h h',  c = c_w x·x' + c_b,  1 = relu'(z), h = relu(z)
    mean = Σ_r k_r/N,  standard error = √((Σ_r k_r²/N − mean²)/(N − 1))

    Takes (n,) and (n',) angles in radians and N ≥ 2 neurons, drawn by `initialise` from `rng`;
    returns two (n, n') float64 arrays. The neurons are summed `chunk` at a time, so that the
    memory is 8(n + n')·chunk bytes for each of a few arrays; the chunk changes only rounding.
    Where no draw varies (antipodal points without a bias: 0) the standard error is 0.

    >>> mean, error = monte_carlo_ntk([0.0], 40000, np.random.default_rng(0))
    >>> bool(abs(mean[0, 0] - 1.5) < 4 * error[0, 0] < 0.05)
    True
    """
    neurons = require_integer("neurons", neurons, least=2)
    chunk = require_integer("chunk", chunk)
    law = {"weight_std": weight_std, "bias_std": bias_std, "output_law": output_law}
    t = require_array("angles", angles, (None,))
    others = t if other_angles is None else require_array("other_angles", other_angles, (None,))
    require_memory("the kernel", len(t) * len(others), _FEWER)
    network = initialise(neurons, rng, **law, bias=bias, trained=trained)  # type: ignore[arg-type]
    total = np.zeros((len(t), len(others)))
    total_of_squares = np.zeros_like(total)
    for block in network.blocks(chunk):
        sums, sums_of_squares = _neuron_sums(block, t, others)
        total += sums
        total_of_squares += sums_of_squares
    mean = total / neurons
    variance = np.maximum(total_of_squares / neurons - mean**2, 0.0)
    return mean, np.sqrt(variance / (neurons - 1))


def _jacobians(
    params: Params, angles: npt.ArrayLike, other_angles: npt.ArrayLike | None
) -> tuple[Array, Array]:
    n = len(require_array("angles", angles, (None,)))
    others = angles if other_angles is None else other_angles
    n_others = len(require_array("other_angles", others, (None,)))
    require_memory("the kernel", n * n_others, _FEWER)
    rows = output_jacobian(params, angles)
    return rows, rows if other_angles is None else output_jacobian(params, others)


def _factors(params: Params, angles: npt.ArrayLike) -> tuple[Array, Array, Array]:
    x = circle_points(angles)
    require_memory("each factor of the kernel", len(x) * params.width, _FEWER)
    z = x @ params.w.T + params.b
    return x, relu_derivative(z) * params.a, relu(z)


def _neuron_sums(params: Params, angles: Array, other_angles: Array) -> tuple[Array, Array]:
    """Σ_r k_r and Σ_r k_r² over the neurons; a² 1 1' h h' = (a h)(a h)', since 1·h = h."""
    x, d, h = _factors(params, angles)
    other_x, other_d, other_h = _factors(params, other_angles)
    c = ("w" in params.trained) * (x @ other_x.T) + ("b" in params.trained)
    c_a = float("a" in params.trained)
    sums = c * (d @ other_d.T) + c_a * (h @ other_h.T)
    sums_of_squares = c**2 * (d**2 @ (other_d**2).T) + c_a * (h**2 @ (other_h**2).T)
    sums_of_squares += 2 * c * c_a * ((d * h) @ (other_d * other_h).T)
    return sums, sums_of_squares


def _total(parts: dict[str, Array]) -> Array:
    first, *others = parts.values()
    return sum(others, start=first)
