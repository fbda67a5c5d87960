"""The change of the kernel along a straight line of parameters, split as its velocity is.

kernel_change   ∫ (dA/ds) ds from one network to another: smooth part and moving ends, by part

A step of descent is a straight line θ(s) = θ + s Δθ, 0 ≤ s ≤ 1. So a training is a chain of them,
and the split of its whole change is a sum over the steps. The integrand is that of
`kernel_velocity`, one neuron at a time. Two things spoil a plain rule:

    D(s) = |w + s Δw|² − (b + s Δb)² = 0   where the arc appears or closes, its ends move as 1/√D
    w = b = 0, nearly                      the arc turns by up to π while s moves by the distance c

Three Gauss nodes serve every neuron whose D and |w|² have no root, complex ones included, within 3
of the middle of [0, 1]. The others take the variable v with s = s₀ + c sinh v. There s₀ is nearest
to the origin, and c is the distance there in units of the move. Near the origin and far from it the
arc then turns by at most about as much as v. The line is cut where D = 0 (at the real part of v,
for a complex root). It is cut into panels of at most 1 in v, too. On a panel v = low + length
sin²(πx/2), which takes 1/√D at either end away. Then 8 + 2 k_max Gauss nodes in x do the rest.
Above k_max = 4 the distance 3 grows with it.

How good it is: the largest error of an entry of the total, against the difference of the blocks. In
trainings of 16 to 1024 neurons, summed over the steps, it is below 3e-6 of the change. From the
start to the end in one call it was up to 3e-5. The ends' gains of the claim
`kernel_velocity` are as good, as a share of the whole gain. For twelve neurons moved at random, by
1e-4 to 5 times their size, k_max up to 30, it is 3e-4. For a single neuron it is 3e-5 of its block,
whether its arc appears, closes or nearly does. That holds however near to w = b = 0 it passes: 400
random lines at each of nine distances from 0.3 to 1e-8 of the move.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from .._require import PARTS, Array, require_integer
from ..fast.arcs import augmented_weights
from ..fast.modes import require_room
from ..network import Params, require_params
from .velocity import KernelVelocity, velocity_of_neurons

__all__ = ["kernel_change"]

Nodes = tuple[npt.NDArray[np.intp], Array, Array]  # which neuron, at which s, with which weight
Quadratic = tuple[Array, Array, Array]

_STATES_AT_ONCE = 2**14
_CLEAR, _CLEAR_NODES = 3.0, 3
_NODES = 8  # of a panel, and 2 more for every frequency
_PANEL = 1.0
_ORIGIN = 1e-14  # a neuron as near to w = b = 0 as this, of its size, passes through


def kernel_change(params: Params, moved: Params, k_max: int = 4) -> KernelVelocity:
    """Change of the low-frequency block along the straight line between two networks, by part.

    ∫_0^1 dA/ds ds,  θ(s) = θ + s (θ' − θ)

    Takes two networks of the same width and trained parts; the others must be equal. Returns the
    integral of `kernel_velocity` in its form: blocks (2 k_max + 1, 2 k_max + 1), smooth part and
    part of the moving ends. Their total is the difference of the blocks of both networks to 0.1 %,
    also where arcs appear or close. Step by step it is so to 3e-6 in trainings: see the module.
    Costs 3 velocities for neurons that move little, some hundred for one that passes through |b| =
    |w|.
    Raises ValueError for networks that do not fit together, and for a neuron that passes through
    w = b = 0, where its arc jumps. Raises MemoryError for modes of more than 1 GiB.
    Source: derived in the module.

    >>> start = Params(w=[[2.0, 0.0]], b=[-3.0], a=[1.0], trained=("b",))
    >>> change = kernel_change(start, Params(start.w, [3.0], start.a, ("b",)), 0)
    >>> print(f"{change.ends['b'][0, 0]:.5f}")  # from nowhere active to everywhere: K_00 0 → 1
    1.00000
    """
    top = require_integer("k_max", k_max, least=0)
    require_room(top, _STATES_AT_ONCE)
    _require_fit(require_params(params), require_params(moved, "moved"))
    start = augmented_weights(params)
    move, moving_a = augmented_weights(moved) - start, moved.a - params.a
    blocks = {part: np.zeros((2 * top + 1, 2 * top + 1)) for part in params.trained}
    change = KernelVelocity(blocks, {part: block.copy() for part, block in blocks.items()})
    for r, s, weight in _in_pieces(_nodes(start, move, top)):
        piece = velocity_of_neurons(
            start[:, r] + s * move[:, r],
            params.a[r] + s * moving_a[r],
            move[:, r],
            moving_a[r],
            weight / params.width,
            params.trained,
            top,
        )
        for part in params.trained:
            change.smooth[part][:] += piece.smooth[part]
            change.ends[part][:] += piece.ends[part]
    return change


def _require_fit(params: Params, moved: Params) -> None:
    if moved.width != params.width or moved.trained != params.trained:
        raise ValueError(
            f"moved must have width {params.width} and trained parts {params.trained}, "
            f"got {moved.width} and {moved.trained}"
        )
    for part in PARTS:
        here, there = getattr(params, part), getattr(moved, part)
        if part not in params.trained and (here != there).any():
            first = np.flatnonzero(here != there)[0]
            raise ValueError(
                f"moved must have the same {part}, which is not trained, "
                f"got {there.flat[first]:g} in place of {here.flat[first]:g}"
            )


def _in_pieces(nodes: Nodes) -> Iterator[Nodes]:
    """So many states at a time that the memory stays bounded."""
    neurons, at, weight = nodes
    for first in range(0, len(neurons), _STATES_AT_ONCE):
        some = slice(first, first + _STATES_AT_ONCE)
        yield neurons[some], at[some], weight[some]


def _nodes(start: Array, move: Array, k_max: int) -> Nodes:
    """The nodes of every neuron's own rule."""
    largest = np.maximum(np.abs(start), np.abs(start + move)).max(axis=0)
    size = np.where(largest > 0, largest, 1.0)
    begin, step = start / size, move / size  # arcs do not see it, and no square can underflow
    _refuse_origin(begin, step)
    reach = _CLEAR * max(1.0, k_max / 4)
    middle = begin + step / 2
    clear = np.logical_and(*(_clear(_quadratic(middle, step, bias), reach) for bias in (0.0, 1.0)))
    easy, hard = np.flatnonzero(clear), np.flatnonzero(~clear)
    x, weight = _unit_gauss(_CLEAR_NODES)
    r, s, weights = _on_panels(begin[:, hard], step[:, hard], _NODES + 2 * k_max)
    return (
        np.concatenate([np.tile(easy, len(x)), hard[r]]),
        np.concatenate([np.repeat(x, len(easy)), s]),
        np.concatenate([np.repeat(weight, len(easy)), weights]),
    )


def _refuse_origin(begin: Array, step: Array) -> None:
    """Reject a neuron that moves through w = b = 0, where the arc jumps to its opposite."""
    nearest = np.clip(_nearest(begin, step), 0.0, 1.0)
    through = (np.abs(begin + nearest * step).max(axis=0) < _ORIGIN) & (step != 0).any(axis=0)
    if through.any():
        neuron = int(np.argmax(through))
        raise ValueError(f"no neuron must pass through w = b = 0, got one at {neuron}")


def _nearest(begin: Array, step: Array) -> Array:
    """The s, anywhere on the line, at which (w, b) is smallest; 0 for a neuron at rest."""
    square = (step**2).sum(axis=0)
    return np.asarray(-(begin * step).sum(axis=0) / np.where(square > 0, square, 1.0))


def _quadratic(at: Array, step: Array, bias: float) -> Quadratic:
    """Coefficients of |w + x Δw|² − bias (b + x Δb)² in x."""
    signs = np.array([1.0, 1.0, -bias])
    return signs @ at**2, 2 * (signs @ (at * step)), signs @ step**2


def _clear(quadratic: Quadratic, reach: float) -> npt.NDArray[np.bool_]:
    """Whether it has no root, complex ones included, within reach: |q₁x + q₂x²| < |q₀| there."""
    q0, q1, q2 = (np.abs(q) for q in quadratic)
    return np.asarray(q1 * reach + q2 * reach**2 < q0)


def _on_panels(begin: Array, step: Array, nodes: int) -> Nodes:
    """Nodes in x on panels of v, with v = low + length sin²(πx/2) and s = s₀ + c sinh v."""
    nearest = _nearest(begin, step)
    at, length = begin + nearest * step, np.sqrt((step**2).sum(axis=0))
    c = np.maximum(np.sqrt((at**2).sum(axis=0)) / np.where(length > 0, length, 1.0), 1e-12)
    edges = _edges(_quadratic(at, step, 1.0), nearest, c)
    neuron, low, span = _panels(edges)
    x, weight = (row[:, None] for row in _unit_gauss(nodes))
    v = low + span * np.sin(np.pi * x / 2) ** 2
    slope = span * (np.pi / 2) * np.sin(np.pi * x) * c[neuron] * np.cosh(v)  # ds/dx
    s = nearest[neuron] + c[neuron] * np.sinh(v)
    return np.tile(neuron, nodes), s.ravel(), (weight * slope).ravel()


def _edges(gap: Quadratic, nearest: Array, c: Array) -> Array:
    """In v: both ends of the line, and between them the real parts of the roots of D (4, N).

    Q = −½ (q₁ ± √…) without cancellation, then Q/q₂ and q₀/Q; a root that does not exist is no cut.
    """
    q0, q1, q2 = gap
    root = np.sqrt(q1**2 - 4 * q0 * q2 + 0j)
    stable = -(q1 + np.where(q1 < 0, -root, root)) / 2
    first, last = np.arcsinh(-nearest / c), np.arcsinh((1 - nearest) / c)
    with np.errstate(all="ignore"):  # q₂ or Q may be 0
        cuts = np.arcsinh(np.array([stable / q2, q0 / stable]) / c).real
    cuts = np.clip(np.where(np.isfinite(cuts), cuts, first), first, last)
    return np.sort(np.vstack([first, cuts, last]), axis=0)


def _panels(edges: Array) -> tuple[npt.NDArray[np.intp], Array, Array]:
    """Neuron, lower end and length of the panels, none longer than the longest allowed."""
    length = np.diff(edges, axis=0)
    between, neuron = np.nonzero(length > 0)
    low, span = edges[between, neuron], length[between, neuron]
    pieces = np.ceil(span / _PANEL).astype(np.intp)
    number = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    span = np.repeat(span / pieces, pieces)
    return np.repeat(neuron, pieces), np.repeat(low, pieces) + number * span, span


@functools.cache
def _unit_gauss(nodes: int) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights on [0, 1]."""
    x, weight = np.polynomial.legendre.leggauss(nodes)
    return (1 + x) / 2, weight / 2
