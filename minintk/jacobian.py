"""The Jacobian of the outputs with respect to the parameters, explicit and checked.

output_jacobian               J (n, p), every partial derivative written out
jacobian_slices               which columns of J belong to w, b and a
central_differences           the derivative of any function, by two-sided differences
central_difference_jacobian   J again by differences, refusing to step over a kink
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ._require import Array, require_array, require_memory, require_number
from .circle import circle_points
from .network import Params, flatten, forward, forward_with_cache, relu_derivative, unflatten

__all__ = [
    "central_difference_jacobian",
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
    n = len(require_array("angles", angles, (None,)))
    require_memory(
        "the Jacobian",
        n * params.size,
        "factorised_ntk gives the kernel without it, or take fewer angles at a time",
    )
    points, z, h = forward_with_cache(params, angles)[1]
    active_a = relu_derivative(z) * params.a  # a_r relu'(z_ir), (n, m)
    columns = {
        "w": (active_a[:, :, None] * points[:, None, :]).reshape(n, -1),
        "b": active_a,
        "a": h,
    }
    return np.hstack([columns[part] for part in params.trained]) / math.sqrt(params.width)


def central_differences(
    function: Callable[[Array], npt.ArrayLike], vector: npt.ArrayLike, step: float = 1e-4
) -> Array:
    """Derivative of a function of a vector, one coordinate after the other.

    ∂F/∂v_j ≈ (F(v + h e_j) − F(v − h e_j))/(2h)

    Takes F from (p,) to a number or an array, v (p,) and h > 0; returns F's shape with a last axis
    of length p. Exact up to rounding (|F| 1e-16/h) where F is at most quadratic in each
    coordinate over the step, else off by O(h²). Across a kink of a ReLU it is wrong by up to the
    whole jump, ½ of it on the kink itself.

    >>> central_differences(lambda v: v[0] * v[1] ** 2, [2.0, 3.0]).round(6)
    array([ 9., 12.])
    """
    v = require_array("vector", vector, (None,))
    h = require_number("step", step, above=0)
    columns = []
    for coordinate in range(len(v)):
        step_along = np.zeros_like(v)
        step_along[coordinate] = h
        higher = np.asarray(function(v + step_along), dtype=np.float64)
        lower = np.asarray(function(v - step_along), dtype=np.float64)
        columns.append((higher - lower) / (2 * h))
    return np.stack(columns, axis=-1)


def central_difference_jacobian(params: Params, angles: npt.ArrayLike, step: float = 1e-4) -> Array:
    """The Jacobian by central differences, exact to rounding inside one activation region.

    The output is linear in every single parameter as long as no pre-activation changes its sign.
    A step h in one parameter moves z = w·x + b by at most h, so the rule is h < min |z|.

    Takes (n,) angles in radians; returns (n, p) float64, within about 1e-16 |f|/h of
    `output_jacobian`. Raises ValueError where a kink lies within the step.

    >>> central_difference_jacobian(Params([[2.0, 0.0]], [0.5], [3.0]), [0.0]).round(6)
    array([[3. , 0. , 3. , 2.5]])
    """
    h = require_number("step", step, above=0)
    z = circle_points(angles) @ params.w.T + params.b
    distance = float(np.abs(z).min())
    if h >= distance:
        raise ValueError(
            f"step must be below the distance to the nearest kink, min |w·x + b| = {distance:.3g}, "
            f"got {step}"
        )
    return central_differences(
        lambda vector: forward(unflatten(vector, params), angles), flatten(params), h
    )
