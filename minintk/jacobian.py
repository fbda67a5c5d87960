"""The Jacobian of the outputs with respect to the parameters, explicit and checked.

output_jacobian               J (n, p), every partial derivative written out
jacobian_slices               which columns of J belong to w, b and a
central_differences           the derivative of any function, by two-sided differences
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ._require import (
    LARGEST,
    Array,
    require_array,
    require_function,
    require_memory,
    require_number,
    require_real,
)
from .circle import _points
from .network import Params, _forward, require_params

__all__ = [
    "central_differences",
    "jacobian_slices",
    "output_jacobian",
]


def jacobian_slices(params: Params) -> dict[str, slice]:
    """Columns of the Jacobian that belong to each trained part.

    With all parts trained: "w" has the first 2m (w_11, w_12, w_21, …), "b" the next m, "a" the
    last m.

    >>> jacobian_slices(Params(w=[[1.0, 0.0]], b=[0.0], a=[1.0], trained=("w", "a")))
    {'w': slice(0, 2, None), 'a': slice(2, 3, None)}
    """
    require_params(params)
    slices, start = {}, 0
    for part in params.trained:
        stop = start + getattr(params, part).size
        slices[part] = slice(start, stop)
        start = stop
    return slices


def output_jacobian(params: Params, angles: npt.ArrayLike) -> Array:
    """Jacobian of the outputs with respect to the trained parameters.

    ∂f(x)/∂w_r = m^-1/2 a_r relu'(z_r) x
    ∂f(x)/∂b_r = m^-1/2 a_r relu'(z_r)
    ∂f(x)/∂a_r = m^-1/2 relu(z_r),   z_r = w_r·x + b_r

    Takes (n,) angles in radians; returns J (n, p) float64, rows in the order of the angles, columns
    in the order of `flatten`. Raises ValueError for bad angles, and MemoryError above 1 GiB (8np
    bytes), which names the kernel's form that needs no Jacobian.

    >>> output_jacobian(Params(w=[[2.0, 0.0]], b=[0.5], a=[3.0]), [0.0])
    array([[3. , 0. , 3. , 2.5]])
    """
    require_params(params)
    t = require_array("angles", angles, (None,))
    require_memory(
        "the Jacobian",
        len(t) * params.size,
        "factorised_ntk gives the kernel without it, or take fewer angles at a time",
    )
    return _output_jacobian(params, _points(t))


def _output_jacobian(params: Params, points: Array) -> Array:
    _, z, h = _forward(params, points)[1]
    active_a = (z > 0) * params.a  # a_r relu'(z_ir), (n, m)
    columns = {
        "w": (active_a[:, :, None] * points[:, None, :]).reshape(len(points), -1),
        "b": active_a,
        "a": h,
    }
    return np.hstack([columns[part] for part in params.trained]) / math.sqrt(params.width)


def central_differences(
    function: Callable[[Array], npt.ArrayLike], vector: npt.ArrayLike, step: float = 1e-4
) -> Array:
    """Derivative of a function of a vector, one coordinate after the other.

    ∂F/∂v_j ≈ (F(v + h e_j) − F(v − h e_j))/(2h)

    Takes F from (p,) to a number or an array, v (p,) and h > 0. Returns F's shape with a last axis
    of length p. Exact up to rounding (|F| 1e-16/h) where F is at most quadratic in each coordinate
    over the step, else off by O(h²). Nearer than h to a kink of a ReLU it is wrong by up to half of
    the jump, the more the nearer. Raises ValueError for a step too small to move v_j.

    >>> central_differences(lambda v: v[0] * v[1] ** 2, [2.0, 3.0]).round(6)
    array([ 9., 12.])
    """
    require_function("function", function, "a vector")
    v = require_array("vector", vector, (None,), most=LARGEST)
    h = require_number("step", step, above=0, largest=LARGEST)
    still = v[(v + h == v) | (v - h == v)]
    if still.size:
        raise ValueError(f"step must be large enough to move {still[0]} of the vector, got {h:g}")
    columns = []
    for coordinate in range(len(v)):
        step_along = np.zeros_like(v)
        step_along[coordinate] = h
        higher, lower = (
            require_real("the function's value", function(v + sign * step_along))
            for sign in (1, -1)
        )
        columns.append((higher - lower) / (2 * h))
    return np.stack(columns, axis=-1)
