"""The empirical NTK through arcs: its matrix and its low-frequency block.

empirical_ntk, empirical_ntk_parts   K in O(n² + m): row after row, only what changes
empirical_low_frequency_block        Φᵀ K Φ/n² without K, in O(n k_max + m k_max²)

One neuron adds 1_r(i) 1_r(j) x̃_iᵀ G_r x̃_j to K_ij, with a moment matrix G_r (3, 3):

G_r = [a_r² diag(c_w, c_w, c_b) + c_a w̃_r w̃_rᵀ]/m,   c = 1 for a trained part, else 0
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from .._require import Array, require_flag, require_integer, require_memory
from ..network import Params, require_params
from .arcs import Spans, augmented_weights, spans_of_arcs, sums_on_arcs
from .modes import (
    block_of_modes,
    gram_matrix,
    modes_on_arcs,
    neurons_at_once,
    whitened_block,
)
from .order import SortedAngles, sort_angles
from .sweep import fill_kernel

__all__ = [
    "empirical_low_frequency_block",
    "empirical_ntk",
    "empirical_ntk_parts",
]

NEURONS_AT_ONCE = 2**16  # so that all arrays beside the result stay below 64 MiB


def empirical_ntk(
    params: Params, angles: npt.ArrayLike, other_angles: npt.ArrayLike | None = None
) -> Array:
    """Empirical NTK of the network, through arcs.

    K_ij = x̃_iᵀ M_ij x̃_j,   M_ij = Σ_r 1_r(i) 1_r(j) G_r

    From a sorted row to the next, M changes only by the neurons whose arc starts or ends between
    them. As a function of j each of them changes it by a constant on its own arc.
    The fast version of `minintk.empirical_ntk`, with its arguments and result, in O(nn' + m), not
    O(nn'm). Beyond the result it takes less than 64 MiB at any m. Within 1e-13 of the reference,
    relative to the largest entry (an entry close to 0 keeps only that absolute accuracy). Not at a
    sample on a kink, |w·x + b| ≤ 1e-12 (|w| + |b|), where rounding decides in both. A square matrix
    is exactly symmetric. A neuron with huge weights costs the others digits unless it is active on
    no sample. The error of an entry is below 1e-14 (1/m) Σ_r (a_r² + |w_r|² + b_r²), over the
    neurons that are active somewhere. Below n = m = 250 or so the reference is faster: this one
    takes half a millisecond at least. Raises ValueError for bad angles, MemoryError for a result
    above 1 GiB.

    >>> empirical_ntk(Params(w=[[2.0, 0.0]], b=[0.5], a=[3.0]), [0.0, np.pi])
    array([[24.25,  0.  ],
           [ 0.  ,  0.  ]])
    """
    return _kernel(require_params(params), params.trained, angles, other_angles)


def empirical_ntk_parts(
    params: Params, angles: npt.ArrayLike, other_angles: npt.ArrayLike | None = None
) -> dict[str, Array]:
    """Empirical NTK of each trained part, by its name, through arcs.

    The fast version of `minintk.empirical_ntk_parts`: takes the arguments of `empirical_ntk`;
    returns "w", "b", "a" (those that are trained), each (n, n') float64.

    >>> params = Params(w=[[2.0, 0.0]], b=[0.5], a=[3.0])
    >>> {part: float(kernel[0, 0]) for part, kernel in empirical_ntk_parts(params, [0.0]).items()}
    {'w': 9.0, 'b': 9.0, 'a': 6.25}
    """
    require_params(params)
    return {part: _kernel(params, (part,), angles, other_angles) for part in params.trained}


def empirical_low_frequency_block(
    params: Params, angles: npt.ArrayLike, k_max: int = 4, *, whitened: bool = False
) -> Array:
    """The sampled empirical kernel on the frequencies |k| ≤ k_max, without its matrix.

    A = Φᵀ K Φ/n² = Σ_r U_rᵀ G_r U_r,   U_r = (1/n) Σ_i 1_r(i) x̃_i φ(t_i)ᵀ
    whitened: A_w = Qᵀ K Q/n,  Φ = QR

    The fast version of `low_frequency_block(empirical_ntk(params, angles), angles, k_max)`, raw or
    whitened. Costs O(n k_max + m k_max²) after sorting, and memory of O(n + m k_max). Returns
    (2 k_max + 1, 2 k_max + 1) float64, in the order of `fourier_basis`. Raises ValueError for a
    wrong shape, a value that is not finite, or too few angles where whitened. Raises MemoryError
    for a block above 1 GiB.

    >>> params = Params(w=[[0.0, 0.0]], b=[2.0], a=[3.0], trained=("b",))  # K = 9 everywhere
    >>> empirical_low_frequency_block(params, [0.0, np.pi / 2, np.pi, -np.pi / 2], 1).round(6) + 0.0
    array([[9., 0., 0.],
           [0., 0., 0.],
           [0., 0., 0.]])
    """
    require_params(params)
    k_max, flag = require_integer("k_max", k_max, least=0), require_flag("whitened", whitened)
    most = neurons_at_once(k_max, NEURONS_AT_ONCE)
    samples = sort_angles(angles)
    total = np.zeros((2 * k_max + 1, 2 * k_max + 1))
    for some in params.blocks(most):
        spans = spans_of_arcs(some, samples)
        means = [_mean_on_arcs(spans, k * samples.angles) for k in range(k_max + 2)]
        total += block_of_modes(some, modes_on_arcs(np.stack(means))) * (some.width / params.width)
    return whitened_block(total, gram_matrix(samples.angles, k_max)) if flag else total


def _mean_on_arcs(spans: Spans, phases: Array) -> npt.NDArray[np.complex128]:
    return sums_on_arcs(spans, np.exp(1j * phases)[None])[0] / len(phases)


def _moments(params: Params, parts: Iterable[str]) -> Array:
    """m G_r of every neuron, (3, 3, m)."""
    weights = augmented_weights(params)
    moments = weights[:, None] * weights if "a" in parts else np.zeros((3, 3, params.width))
    for coordinate, part in enumerate(("w", "w", "b")):
        if part in parts:
            moments[coordinate, coordinate] += params.a**2
    return moments


def _kernel(
    params: Params,
    parts: Iterable[str],
    angles: npt.ArrayLike,
    other_angles: npt.ArrayLike | None,
) -> Array:
    rows = sort_angles(angles)
    columns = rows if other_angles is None else sort_angles(other_angles, "other_angles")
    shape = len(rows.angles), len(columns.angles)
    require_memory("the kernel", math.prod(shape), "take fewer angles at a time")
    kernel = np.empty(shape)
    for number, some in enumerate(params.blocks(NEURONS_AT_ONCE)):
        row_spans = spans_of_arcs(some, rows)
        column_spans = row_spans if columns is rows else spans_of_arcs(some, columns)
        active = (row_spans.first < row_spans.stop) & (column_spans.first < column_spans.stop)
        moments = _moments(some, parts) * (active / params.width)  # 0 where on no sample
        fill_kernel(kernel, moments, rows, row_spans, columns, column_spans, add=number > 0)
    _restore_order(kernel, rows, columns)
    return kernel


def _restore_order(kernel: Array, rows: SortedAngles, columns: SortedAngles) -> None:
    """Bring a matrix from sorted order to the caller's, in place: row by row around each cycle."""
    from_row, from_column = np.argsort(rows.order), np.argsort(columns.order)
    if (np.diff(rows.order) == 1).all() and (np.diff(columns.order) == 1).all():
        return
    left = set(range(len(kernel)))
    while left:
        row = first = left.pop()
        kept = kernel[first].copy()
        while (source := int(from_row[row])) != first:
            kernel[source].take(from_column, out=kernel[row], mode="clip")  # unbuffered
            left.remove(source)
            row = source
        kept.take(from_column, out=kernel[row], mode="clip")
