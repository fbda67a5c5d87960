"""The change of the kernel along a straight line of parameters, split without any error of time.

kernel_change   ∫ (dA/ds) ds from one network to another: smooth part and moving ends, by part

A step of descent is a straight line θ(s) = θ + s Δθ, 0 ≤ s ≤ 1, so a training is a chain of them,
and the split of its whole change is a sum over the steps. The integrand is that of
`kernel_velocity`, one neuron at a time. It is singular at the roots of two quadratics in s:

    D(s) = |w + s Δw|² − (b + s Δb)² = 0   where the arc appears or closes, its ends move as 1/√D
    |w + s Δw|² = 0, at a complex s        near its real part the arc turns, by up to π

Both are integrable, but a rule for smooth functions, such as trapezoids over the states of a
training, gets near them only by luck. A neuron without a root within 300 of the middle of [0, 1]
takes 2 Gauss nodes, one without a root within 30 takes 3: the error is (4 distance)^(−2 nodes),
below 1e-12. For the few others [0, 1] is cut at the real roots of D, and the panels are halved
until all roots are at least two lengths of the panel away (those of |w|² are poles of order k in
φ_k). A real root of D nearer than that, most often the end of the panel itself, is taken out by s =
root ± v²: D = v² (±D' + ½ D'' v²) then keeps its digits, and |ds|/√D = 2 dv/√(±D' + ½ D'' v²) is
smooth.
Above k_max = 4 the distances 300 and 30 grow with it; a panel has 8 + 2 k_max nodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .._require import PARTS, Array, require_integer
from ..fast.arcs import augmented_weights
from ..network import Params
from .velocity import KernelVelocity, velocity_of_neurons

__all__ = ["kernel_change"]

Indices = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
Quadratic = tuple[Array, Array, Array]

_STATES_AT_ONCE = 2**14
_RULES = ((300.0, 2), (30.0, 3))  # no root within the first of the middle: so many nodes
_NODES = 8  # of a panel, and 2 more for every frequency
_APART = 2.0  # lengths of a panel between it and the nearest root
_HALVINGS = 60


class _States(NamedTuple):
    """Neurons on their way: which, at which s, with which quadrature weight, and √D there."""

    neuron: Indices
    at: Array
    weight: Array
    root: Array


class _Roots(NamedTuple):
    """Both roots of D, and one of |w|², as real and imaginary parts (3, N); and D' at the two."""

    real: Array
    imaginary: Array
    slope: Array

    def of(self, some: Indices) -> _Roots:
        """Those of some of the neurons."""
        return _Roots(*(rows[:, some] for rows in self))


def kernel_change(params: Params, moved: Params, k_max: int = 4) -> KernelVelocity:
    """Change of the low-frequency block along the straight line between two networks, by part.

    ∫_0^1 dA/ds ds,  θ(s) = θ + s (θ' − θ)

    Takes two networks of the same width and trained parts; the others must be equal. Returns the
    integral of `kernel_velocity` in its form: blocks (2 k_max + 1, 2 k_max + 1), smooth part and
    part of the moving ends. Their total is the difference of the blocks of both networks to 1e-10,
    also where arcs appear or close. Costs 2 to 3 velocities for neurons that move little, up to
    some hundred for one that passes through |b| = |w|. Raises ValueError for networks that do not
    fit together, and for a neuron that passes through w = b = 0, where its arc jumps.
    Source: derived in the module.

    >>> start = Params(w=[[2.0, 0.0]], b=[-3.0], a=[1.0], trained=("b",))
    >>> change = kernel_change(start, Params(start.w, [3.0], start.a, ("b",)), 0)
    >>> print(f"{change.ends['b'][0, 0]:.10f}")  # from nowhere active to everywhere: K_00 0 → 1
    1.0000000000
    """
    top = require_integer("k_max", k_max, least=0)
    if moved.width != params.width or moved.trained != params.trained:
        raise ValueError(
            f"moved must have width {params.width} and trained parts {params.trained}, "
            f"got {moved.width} and {moved.trained}"
        )
    for part in set(PARTS) - set(params.trained):
        if not np.array_equal(getattr(params, part), getattr(moved, part)):
            raise ValueError(f"moved must have the same {part}, which is not trained")
    start = augmented_weights(params)
    move, moving_a = augmented_weights(moved) - start, moved.a - params.a
    blocks = {part: np.zeros((2 * top + 1, 2 * top + 1)) for part in params.trained}
    change = KernelVelocity(blocks, {part: block.copy() for part, block in blocks.items()})
    for r, s, weight, root in _pieces(_states(start, move, top)):
        piece = velocity_of_neurons(
            start[:, r] + s * move[:, r],
            params.a[r] + s * moving_a[r],
            move[:, r],
            moving_a[r],
            root,
            weight / params.width,
            params.trained,
            top,
        )
        for part in params.trained:
            change.smooth[part][:] += piece.smooth[part]
            change.ends[part][:] += piece.ends[part]
    return change


def _pieces(states: _States) -> Iterator[_States]:
    """So many states at a time that the memory stays bounded."""
    for first in range(0, len(states.neuron), _STATES_AT_ONCE):
        some = slice(first, first + _STATES_AT_ONCE)
        yield _States(states.neuron[some], states.at[some], states.weight[some], states.root[some])


def _states(start: Array, move: Array, k_max: int) -> _States:
    """The nodes of every neuron's own rule, more of them for higher frequencies."""
    largest = np.maximum(np.abs(start), np.abs(start + move)).max(axis=0)
    size = np.where(largest > 0, largest, 1.0)
    begin, step = start / size, move / size  # arcs do not see it, and no square can underflow
    nearest = _nearest_to_origin(begin, step)
    middle = begin + step / 2
    rho, gap = (_quadratic(middle, step, bias) for bias in (0.0, 1.0))
    left, found, further = np.arange(len(size)), [], max(1.0, k_max / 4)
    for reach, nodes in _RULES:
        clear = _clear(gap, left, reach * further) & _clear(rho, left, reach * further)
        found.append(_gauss(left[clear], gap, nodes))
        left = left[~clear]
    if len(left):
        graded = _graded(left, begin[:, left], step[:, left], nearest[left], _NODES + 2 * k_max)
        found.append(graded._replace(at=graded.at + nearest[graded.neuron]))
    states = _joined(found)
    return states._replace(root=states.root * size[states.neuron])


def _joined(found: list[_States]) -> _States:
    return _States(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _nearest_to_origin(begin: Array, step: Array) -> Array:
    """The s at which (w, b) is smallest; refuses w = b = 0, where the arc jumps to its opposite."""
    square = (step**2).sum(axis=0)
    nearest = -(begin * step).sum(axis=0) / np.where(square > 0, square, 1.0)
    nearest = np.clip(nearest, 0.0, 1.0)
    through = (square > 0) & (np.abs(begin + nearest * step).max(axis=0) < 1e-14)
    if through.any():
        neuron = int(np.argmax(through))
        raise ValueError(f"no neuron must pass through w = b = 0, got one at {neuron}")
    return nearest


def _quadratic(at: Array, step: Array, bias: float) -> Quadratic:
    """Coefficients of |w + x Δw|² − bias (b + x Δb)² in x."""
    signs = np.array([1.0, 1.0, -bias])
    return signs @ at**2, 2 * (signs @ (at * step)), signs @ step**2


def _clear(quadratic: Quadratic, some: Indices, reach: float) -> Flags:
    """Whether it has no root, complex ones included, within reach: |q₁x + q₂x²| < |q₀| there."""
    q0, q1, q2 = (np.abs(q[some]) for q in quadratic)
    return np.asarray(q1 * reach + q2 * reach**2 < q0)


def _gauss(neurons: Indices, gap: Quadratic, nodes: int) -> _States:
    """Gauss nodes on the whole of [0, 1], D from its coefficients about the middle."""
    q0, q1, q2 = (q[neurons] for q in gap)
    at, weight = (row[:, None] for row in _unit_gauss(nodes))
    x = at - 0.5
    root = np.sqrt(np.maximum(q0 + (q1 + q2 * x) * x, 0.0))
    return _at_nodes(neurons, at, weight, root)


def _roots(rho: Quadratic, gap: Quadratic) -> _Roots:
    """Q = −½ (q₁ ± √…) without cancellation, then Q/q₂ and q₀/Q, or (−q₁ ± i√…)/(2 q₂)."""
    q0, q1, q2 = gap
    discriminant = q1**2 - 4 * q0 * q2
    both_real, length = discriminant >= 0, np.sqrt(np.abs(discriminant))
    slope = np.copysign(length, q1)
    stable = -(q1 + slope) / 2
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        real = np.where(both_real, [stable / q2, q0 / stable], -q1 / (2 * q2))
        imaginary = np.where(both_real, 0.0, np.abs(length / (2 * q2)))
        origin = -rho[1] / (2 * rho[2])
        height = np.sqrt(np.maximum(rho[0] / rho[2] - origin**2, 0.0))
    real, imaginary = np.stack([*real, origin]), np.stack([imaginary, imaginary, height])
    none = ~(np.isfinite(real) & np.isfinite(imaginary))  # no such root: infinitely far away
    real[none], imaginary[none] = np.inf, 0.0
    return _Roots(real, imaginary, np.stack([-slope, slope]))


def _graded(neurons: Indices, begin: Array, step: Array, origin: Array, nodes: int) -> _States:
    """Panels between the cuts, halved until they are far enough from all roots but one of D.

    s counts from `origin`, where the neuron is nearest to w = b = 0 and small numbers decide.
    """
    rho, gap = (_quadratic(begin + origin * step, step, bias) for bias in (0.0, 1.0))
    roots = _roots(rho, gap)
    cuts = np.where(roots.imaginary[:2] == 0, roots.real[:2], -np.inf)
    cuts = np.sort(np.clip(cuts, -origin, 1 - origin), axis=0)
    edges = np.vstack([-origin, cuts, 1 - origin])
    which, column = np.nonzero((edges[1:] > edges[:-1]).T)
    low, high = edges[column, which], edges[column + 1, which]
    found = []
    for halving in range(_HALVINGS + 1):
        here, rows = roots.of(which), np.arange(len(which))
        beside = np.maximum(np.maximum(low - here.real, here.real - high), 0.0)
        far = np.hypot(beside, here.imaginary)
        nearest = np.argmin(np.where(here.imaginary[:2] == 0, far[:2], np.inf), axis=0)
        too_near = _APART * (high - low)
        about = (here.imaginary[nearest, rows] == 0) & (far[nearest, rows] < too_near)
        far[nearest[about], rows[about]] = np.inf  # the substitution takes this one out
        done = (far >= too_near).all(axis=0) | (halving == _HALVINGS)
        q = (coefficient[which] for coefficient in gap)
        near, slope = here.real[nearest, rows], here.slope[nearest, rows]
        columns = (neurons[which], low, high, *q, about, near, slope)
        found.append(_panels(nodes, *(values[done] for values in columns)))
        which, low, high = (values[~done] for values in (which, low, high))
        if not len(which):
            break
        middle = (low + high) / 2
        which, low, high = np.tile(which, 2), np.r_[low, middle], np.r_[middle, high]
    return _joined(found)


def _panels(
    nodes: int,
    neurons: Indices,
    low: Array,
    high: Array,
    q0: Array,
    q1: Array,
    q2: Array,
    about: Flags,
    near: Array,
    slope: Array,
) -> _States:
    """Gauss nodes on panels, in v with s = root ± v² for a panel `about` a real root of D."""
    x, weight = (row[:, None] for row in _unit_gauss(nodes))
    side = np.where(low >= near, 1.0, -1.0)
    near = np.where(about, near, 0.0)  # it may be infinitely far away
    first, last = (np.sqrt(np.abs(end - near)) for end in (low, high))
    v = first + (last - first) * x
    at = np.where(about, near + side * v**2, low + (high - low) * x)
    weight = weight * np.where(about, 2 * np.abs(last - first) * v, high - low)
    plain = q0 + (q1 + q2 * at) * at
    squared = np.where(about, v**2 * (side * slope + q2 * v**2), plain)
    root = np.sqrt(np.maximum(squared, 0.0))
    return _at_nodes(neurons, at, weight, root)


def _at_nodes(neurons: Indices, at: Array, weight: Array, root: Array) -> _States:
    """Nodes down, neurons across, as one list."""
    which = np.broadcast_to(neurons, root.shape).ravel()
    s, weights = (np.broadcast_to(column, root.shape).ravel() for column in (at, weight))
    return _States(which, s, weights, root.ravel())


def _unit_gauss(nodes: int) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights on [0, 1]."""
    x, weight = np.polynomial.legendre.leggauss(nodes)
    return (1 + x) / 2, weight / 2
