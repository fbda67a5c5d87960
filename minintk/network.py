"""The two-layer ReLU network: its output, its loss, and the gradient by hand.

f(x) = m^-1/2 Σ_r a_r relu(w_r·x + b_r)        (NTK parametrisation, width m)

Params                          the parameters, immutable; flatten, unflatten
initialise                      the laws of the study
relu, relu_derivative           the derivative at 0 is 0
forward, forward_with_cache     the output, and with what the backward pass needs
backward                        from ∂L/∂f back to every parameter, beside the forward pass
half_mean_square                L = 1/(2n) Σ (f − y)²
loss_and_gradient, objective    both at once, and for training
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ._require import (
    PARTS,
    Array,
    require_array,
    require_choice,
    require_flag,
    require_generator,
    require_integer,
    require_memory,
    require_no_bias_std,
    require_number,
    require_trained,
)
from .circle import circle_points

__all__ = [
    "Cache",
    "Objective",
    "Params",
    "backward",
    "flatten",
    "forward",
    "forward_with_cache",
    "half_mean_square",
    "initialise",
    "loss_and_gradient",
    "objective",
    "relu",
    "relu_derivative",
    "unflatten",
]


@dataclass(frozen=True, eq=False)
class Params:
    """Parameters of a network of width m, or a gradient with respect to them; never changed.

    w (m, 2), b (m,), a (m,) float64, copied and made read-only; `trained` names the parts that move
    under training, in the order "w", "b", "a". Without a bias: b = 0 and "b" not in `trained`.
    Raises ValueError for shapes that do not fit together or values that are not finite.

    >>> params = Params(w=[[1.0, 0.0]], b=[0.5], a=[-1.0], trained=("w", "a"))
    >>> params.width, params.size
    (1, 3)
    """

    w: Array
    b: Array
    a: Array
    trained: tuple[str, ...] = PARTS

    def __post_init__(self) -> None:
        a = require_array("a", self.a, (None,))
        w = require_array("w", self.w, (len(a), 2))
        b = require_array("b", self.b, (len(a),))
        for name, array in (("w", w), ("b", b), ("a", a)):
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        object.__setattr__(self, "trained", require_trained(self.trained, bias=True))

    @property
    def width(self) -> int:
        """The number m of neurons."""
        return len(self.a)

    @property
    def size(self) -> int:
        """The number p of trained parameters: 4m with all parts, 3m without the bias."""
        return sum(getattr(self, part).size for part in self.trained)

    def blocks(self, neurons: int) -> Iterator[Params]:
        """The same network in pieces of at most so many neurons, so that memory stays bounded.

        >>> network = Params(w=[[1.0, 0.0]] * 5, b=[0.0] * 5, a=[1.0] * 5)
        >>> [piece.width for piece in network.blocks(2)]
        [2, 2, 1]
        """
        most = require_integer("neurons", neurons)
        if self.width <= most:
            yield self
            return
        for start in range(0, self.width, most):
            some = slice(start, start + most)
            yield Params(self.w[some], self.b[some], self.a[some], self.trained)


def flatten(params: Params) -> Array:
    """The trained parts as one vector, in the order w (row by row), b, a.

    Returns (p,) float64, a copy.

    >>> flatten(Params(w=[[1.0, 2.0]], b=[3.0], a=[4.0], trained=("w", "a")))
    array([1., 2., 4.])
    """
    return np.concatenate([getattr(params, part).ravel() for part in params.trained])


def unflatten(vector: npt.ArrayLike, like: Params) -> Params:
    """Parameters whose trained parts are read from a vector, the others taken from `like`.

    The inverse of `flatten`. Takes (p,); raises ValueError for another length.

    >>> like = Params(w=[[1.0, 2.0]], b=[3.0], a=[4.0], trained=("w", "a"))
    >>> unflatten([5.0, 6.0, 7.0], like)
    Params(w=array([[5., 6.]]), b=array([3.]), a=array([7.]), trained=('w', 'a'))
    """
    flat = require_array("vector", vector, (like.size,))
    arrays = {part: getattr(like, part) for part in PARTS}
    start = 0
    for part in like.trained:
        stop = start + arrays[part].size
        arrays[part] = flat[start:stop].reshape(arrays[part].shape)
        start = stop
    return Params(**arrays, trained=like.trained)


def initialise(
    width: int,
    rng: np.random.Generator,
    *,
    weight_std: float = 1.0,
    bias_std: float = 0.0,
    output_law: str = "signs",
    antisymmetric: bool = False,
    bias: bool = True,
    trained: Iterable[str] | None = None,
) -> Params:
    """Draw a network from the initial law of the study.

    w_r ~ N(0, s² I),  b_r ~ N(0, β²),  a_r = ±1 ("signs") or N(0, 1) ("normal")

    s is `weight_std`, β is `bias_std` (0: every bias starts at 0). With `antisymmetric` the neurons
    r and r + m/2 share w and b and have opposite a: the output is 0 to rounding, while the kernel
    keeps its mean. Without `bias`, b = 0 for ever. `trained`: every part that there is, unless
    named. The same generator state gives the same bits.
    Raises ValueError for a width that is not a positive integer (even, where antisymmetric), for a
    standard deviation that is negative (or 0 for the weights), an unknown law or an unknown part.
    Source: Jacot et al. (2018), section 2; Chizat et al. (2019) for the antisymmetric pairs.

    >>> params = initialise(4, np.random.default_rng(0), antisymmetric=True)
    >>> print(params.a, abs(forward(params, [0.3])) < 1e-15)
    [-1.  1.  1. -1.] [ True]
    """
    width = require_integer("width", width)
    rng = require_generator(rng)
    s = require_number("weight_std", weight_std, above=0)
    parts = require_trained(trained, bias)
    beta = require_no_bias_std(bias, bias_std)
    law = require_choice("output_law", output_law, ("signs", "normal"))
    if require_flag("antisymmetric", antisymmetric) and width % 2:
        raise ValueError(f"width must be even for antisymmetric pairs, got {width}")
    drawn = width // 2 if antisymmetric else width
    w = s * rng.standard_normal((drawn, 2))
    a = rng.choice([-1.0, 1.0], drawn) if law == "signs" else rng.standard_normal(drawn)
    b = beta * rng.standard_normal(drawn) if beta > 0 else np.zeros(drawn)
    if antisymmetric:
        w, b, a = np.concatenate([w, w]), np.concatenate([b, b]), np.concatenate([a, -a])
    return Params(w, b, a, parts)


def relu(z: npt.ArrayLike) -> Array:
    """The rectified linear unit, entry by entry.

    relu(z) = max(z, 0)

    Takes finite numbers of any shape; returns float64 of the same shape.

    >>> relu([-2.0, 0.0, 3.0])
    array([0., 0., 3.])
    """
    return np.maximum(_finite(z), 0.0)


def relu_derivative(z: npt.ArrayLike) -> Array:
    """The derivative of the ReLU, with 0 at the kink.

    relu'(z) = 1 where z > 0, else 0

    Takes finite numbers of any shape; returns float64 of the same shape.

    >>> relu_derivative([-2.0, 0.0, 3.0])
    array([0., 0., 1.])
    """
    return (_finite(z) > 0).astype(np.float64)


def _finite(z: npt.ArrayLike) -> Array:
    """z as float64; one sum finds a nan in it, and only then the place is looked for."""
    array = np.asarray(z)
    with np.errstate(over="ignore", invalid="ignore"):
        plain = array.dtype == np.float64 and np.isfinite(array.sum())
    return array if plain else require_array("z", z, array.shape)


class Cache(NamedTuple):
    """What the forward pass leaves for the backward pass: points (n, 2), z and relu(z) (n, m).

    >>> forward_with_cache(Params([[2.0, 0.0]], [0.0], [3.0]), [np.pi])[1].preactivation
    array([[-2.]])
    """

    points: Array
    preactivation: Array
    hidden: Array


def forward_with_cache(params: Params, angles: npt.ArrayLike) -> tuple[Array, Cache]:
    """Output of the network, and what the backward pass needs.

    Z = X wᵀ + b,  H = relu(Z),  f = H a/√m

    Takes (n,) angles in radians; returns f (n,) and the cache of (n, m) arrays, float64.
    Raises ValueError for angles of a wrong shape or not finite, MemoryError where (n, m) doubles
    are more than 1 GiB.

    >>> output, cache = forward_with_cache(Params([[2.0, 0.0]], [0.0], [3.0]), [0.0, np.pi])
    >>> print(output, cache.hidden.ravel())
    [6. 0.] [2. 0.]
    """
    points = circle_points(angles)
    require_memory(
        "the matrix of pre-activations",
        len(points) * params.width,
        "take fewer angles at a time, each output depends on its own angle only",
    )
    z = points @ params.w.T + params.b
    h = relu(z)
    return h @ params.a / math.sqrt(params.width), Cache(points, z, h)


def backward(params: Params, cache: Cache, output_gradient: npt.ArrayLike) -> Params:
    """Gradient of a loss with respect to the parameters, from its gradient g in the outputs.

    ∂L/∂a_r = m^-1/2 Σ_i g_i relu(z_ir)
    ∂L/∂w_r = m^-1/2 a_r Σ_i g_i relu'(z_ir) x_i
    ∂L/∂b_r = m^-1/2 a_r Σ_i g_i relu'(z_ir)

    Takes the cache of `forward_with_cache` and g (n,); returns `Params` of gradients, 0 in the
    parts that are not trained. Raises ValueError where g is not of shape (n,) or not finite.

    >>> params = Params([[2.0, 0.0]], [0.0], [3.0])
    >>> backward(params, forward_with_cache(params, [0.0])[1], [1.0]).w
    array([[3., 0.]])
    """
    points, z, h = cache
    g = require_array("output_gradient", output_gradient, (len(points),)) / math.sqrt(params.width)
    gradient_z = g[:, None] * relu_derivative(z) * params.a  # ∂L/∂z, (n, m)
    gradients = {"w": gradient_z.T @ points, "b": gradient_z.sum(axis=0), "a": h.T @ g}
    for part in set(PARTS) - set(params.trained):
        gradients[part] = np.zeros_like(gradients[part])
    return Params(**gradients, trained=params.trained)


def forward(params: Params, angles: npt.ArrayLike) -> Array:
    """Output of the network at the given angles.

    f(x) = m^-1/2 Σ_r a_r relu(w_r·x + b_r)

    Takes (n,) angles in radians; returns (n,) float64. Raises as `forward_with_cache`.

    >>> forward(Params(w=[[2.0, 0.0]], b=[0.5], a=[3.0]), [0.0, np.pi])
    array([7.5, 0. ])
    """
    return forward_with_cache(params, angles)[0]


def half_mean_square(output: npt.ArrayLike, targets: npt.ArrayLike) -> float:
    """The loss of the study: half the mean square of the residual.

    L = 1/(2n) Σ_i (f_i − y_i)²

    Takes two arrays of shape (n,). Raises ValueError where the shapes differ.

    >>> half_mean_square([1.0, 3.0], [0.0, 0.0])
    2.5
    """
    f = require_array("output", output, (None,))
    residual = f - require_array("targets", targets, f.shape)
    return float(residual @ residual) / (2 * len(residual))


def loss_and_gradient(
    params: Params, angles: npt.ArrayLike, targets: npt.ArrayLike
) -> tuple[float, Params]:
    """Loss, and its gradient by the backward pass.

    L = 1/(2n) Σ_i (f(x_i) − y_i)²,  ∂L/∂f_i = (f(x_i) − y_i)/n

    Takes (n,) angles in radians and (n,) targets; returns the loss and `Params` of gradients.
    Raises ValueError for a wrong shape or a value that is not finite.

    >>> value, gradient = loss_and_gradient(Params([[2.0, 0.0]], [0.0], [3.0]), [0.0], [5.0])
    >>> print(value, gradient.w, gradient.b, gradient.a)
    0.5 [[3. 0.]] [3.] [2.]
    """
    output, cache = forward_with_cache(params, angles)
    y = require_array("targets", targets, output.shape)
    return half_mean_square(output, y), backward(params, cache, (output - y) / len(y))


Objective = Callable[[Params], tuple[float, Params]]


def objective(angles: npt.ArrayLike, targets: npt.ArrayLike) -> Objective:
    """The function that training lowers: parameters in, loss and gradient out.

    Takes (n,) angles in radians and (n,) targets; returns a function of `Params` for
    `gradient_descent`. Raises as `loss_and_gradient`, here and not at the first step.

    >>> objective([0.0], [5.0])(Params([[2.0, 0.0]], [0.0], [3.0]))[0]
    0.5
    """
    t = require_array("angles", angles, (None,))
    y = require_array("targets", targets, t.shape)
    return lambda params: loss_and_gradient(params, t, y)
