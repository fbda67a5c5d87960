"""The two-layer ReLU network: its output, its loss, and the gradient by hand.

f(x) = m^-1/2 Σ_r a_r relu(w_r·x + b_r)        (NTK parametrisation, width m)

Params                          the parameters, immutable; flatten, unflatten
initialise                      a network drawn from a `Law`
relu, relu_derivative           the derivative at 0 is 0
forward, forward_with_cache     the output, and with what the backward pass needs
backward                        from ∂L/∂f back to every parameter, beside the forward pass
loss                            L = 1/(2n) Σ (f − y)²
loss_and_gradient, objective    both at once, and for training
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ._require import (
    LARGEST,
    PARTS,
    Array,
    require_array,
    require_flag,
    require_generator,
    require_instance,
    require_integer,
    require_memory,
    require_real,
)
from ._stability import irregular, largest_eigenvalue
from .circle import _points
from .law import DEFAULT_LAW, Law, require_law, require_trained

__all__ = [
    "Cache",
    "Objective",
    "Params",
    "backward",
    "flatten",
    "forward",
    "forward_with_cache",
    "initialise",
    "loss",
    "loss_and_gradient",
    "objective",
    "relu",
    "relu_derivative",
    "unflatten",
]


@dataclass(frozen=True, eq=False)
class Params:
    """Parameters of a network of width m, or a gradient with respect to them; never changed.

    w (m, 2), b (m,), a (m,) float64, copied and made read-only. `trained` names the parts that move
    under training, in the order "w", "b", "a". Without a bias: b = 0 and "b" not in `trained`.
    Raises ValueError for shapes that do not fit together, and values that are not finite or above
    1e70 in size.

    >>> params = Params(w=[[1.0, 0.0]], b=[0.5], a=[-1.0], trained=("w", "a"))
    >>> params.width, params.size
    (1, 3)
    """

    w: Array
    b: Array
    a: Array
    trained: tuple[str, ...] = PARTS

    def __post_init__(self) -> None:
        a = require_array("a", self.a, (None,), most=LARGEST)
        w = require_array("w", self.w, (len(a), 2), most=LARGEST)
        b = require_array("b", self.b, (len(a),), most=LARGEST)
        self._keep(w.copy(), b.copy(), a.copy(), require_trained(self.trained, bias=True))

    def _keep(self, w: Array, b: Array, a: Array, trained: tuple[str, ...]) -> None:
        w = np.ascontiguousarray(w)  # arcs read w row by row as complex numbers
        w.setflags(write=False)  # one by one: a loop would be felt at every step of a training
        b.setflags(write=False)
        a.setflags(write=False)
        self.__dict__.update(w=w, b=b, a=a, trained=trained)  # frozen: nothing else may set them

    @classmethod
    def unchecked(cls, w: Array, b: Array, a: Array, trained: tuple[str, ...]) -> Params:
        """The same from arrays that minintk computed: neither checked nor copied.

        >>> Params.unchecked(np.ones((1, 2)), np.zeros(1), np.ones(1), ("a",)).size
        1
        """
        params = object.__new__(cls)
        params._keep(w, b, a, trained)
        return params

    def gradient(self, w: Array, b: Array, a: Array) -> Params:
        """Derivatives in the form of `Params`: 0 in the parts that are not trained.

        >>> still = Params(w=[[1.0, 0.0]], b=[0.0], a=[1.0], trained=("a",))
        >>> still.gradient(np.ones((1, 2)), np.ones(1), np.ones(1))
        Params(w=array([[0., 0.]]), b=array([0.]), a=array([1.]), trained=('a',))
        """
        if self.trained != PARTS:
            w, b, a = (
                array if part in self.trained else np.zeros_like(array)
                for part, array in zip(PARTS, (w, b, a), strict=True)
            )
        return Params.unchecked(w, b, a, self.trained)

    @property
    def width(self) -> int:
        """The number m of neurons."""
        return len(self.a)

    @property
    def size(self) -> int:
        """The number p of trained parameters: 4m with all parts, 3m without the bias."""
        return sum(getattr(self, part).size for part in self.trained)

    def blocks(self, neurons: int) -> Iterator[Params]:
        """The same neurons in pieces of at most so many, so that memory stays bounded.

        A piece is a network of its own width: what it sums over neurons is divided by that width.

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
            yield Params.unchecked(self.w[some], self.b[some], self.a[some], self.trained)


def flatten(params: Params) -> Array:
    """The trained parts as one vector, in the order w (row by row), b, a.

    Returns (p,) float64, a copy.

    >>> flatten(Params(w=[[1.0, 2.0]], b=[3.0], a=[4.0], trained=("w", "a")))
    array([1., 2., 4.])
    """
    require_params(params)
    return np.concatenate([getattr(params, part).ravel() for part in params.trained])


def unflatten(vector: npt.ArrayLike, like: Params) -> Params:
    """Parameters whose trained parts are read from a vector, the others taken from `like`.

    The inverse of `flatten`. Takes (p,); raises ValueError for another length.

    >>> like = Params(w=[[1.0, 2.0]], b=[3.0], a=[4.0], trained=("w", "a"))
    >>> unflatten([5.0, 6.0, 7.0], like)
    Params(w=array([[5., 6.]]), b=array([3.]), a=array([7.]), trained=('w', 'a'))
    """
    require_params(like, "like")
    flat = require_array("vector", vector, (like.size,), most=LARGEST)
    arrays = {part: getattr(like, part) for part in PARTS}
    start = 0
    for part in like.trained:
        stop = start + arrays[part].size
        arrays[part] = flat[start:stop].reshape(arrays[part].shape)
        start = stop
    return Params(**arrays, trained=like.trained)


def require_params(params: Params, name: str = "params") -> Params:
    """Return a `Params`; anything else is rejected, with how to make one.

    >>> require_params(None)
    Traceback (most recent call last):
    ...
    TypeError: params must be a Params, as from minintk.initialise(width, rng), got None
    """
    return require_instance(name, params, Params, "minintk.initialise(width, rng)")


def initialise(
    width: int,
    rng: np.random.Generator,
    law: Law = DEFAULT_LAW,
    *,
    antisymmetric: bool = False,
) -> Params:
    """Draw a network from its law, the study's unless given.

    w_r ~ N(0, s² I),  b_r ~ N(0, β²),  a_r = ±1 or N(0, 1)      s, β and the law of a: see `Law`

    With `antisymmetric` the neurons r and r + m/2 share w and b and have opposite a. The output is
    0 to rounding, and the kernel keeps its mean. The same generator state gives the same bits.
    Raises ValueError for a width that is not a positive integer (even, where antisymmetric),
    MemoryError for one of more than 1 GiB.
    Source: Jacot et al. (2018), section 2; Chizat et al. (2019) for the antisymmetric pairs.

    >>> params = initialise(4, np.random.default_rng(0), antisymmetric=True)
    >>> print(params.a, abs(forward(params, [0.3])) < 1e-15)
    [-1.  1.  1. -1.] [ True]
    """
    width = require_integer("width", width)
    rng = require_generator(rng)
    law = require_law(law)
    if require_flag("antisymmetric", antisymmetric) and width % 2:
        raise ValueError(f"width must be even for antisymmetric pairs, got {width}")
    require_memory("the network", 4 * width, "take a smaller width")
    drawn = width // 2 if antisymmetric else width
    w = law.weight_std * rng.standard_normal((drawn, 2))
    signs = law.output_law == "signs"
    a = rng.choice([-1.0, 1.0], drawn) if signs else rng.standard_normal(drawn)
    b = law.bias_std * rng.standard_normal(drawn) if law.bias_std > 0 else np.zeros(drawn)
    if antisymmetric:
        w, b, a = np.concatenate([w, w]), np.concatenate([b, b]), np.concatenate([a, -a])
    return Params.unchecked(w, b, a, law.trained)


def relu(z: npt.ArrayLike) -> Array:
    """The rectified linear unit, entry by entry.

    relu(z) = max(z, 0)

    Takes finite numbers of any shape; returns float64 of the same shape.

    >>> relu([-2.0, 0.0, 3.0])
    array([0., 0., 3.])
    """
    return np.maximum(require_real("z", z), 0.0)


def relu_derivative(z: npt.ArrayLike) -> Array:
    """The derivative of the ReLU, with 0 at the kink.

    relu'(z) = 1 where z > 0, else 0

    Takes finite numbers of any shape; returns float64 of the same shape.

    >>> relu_derivative([-2.0, 0.0, 3.0])
    array([0., 0., 1.])
    """
    return (require_real("z", z) > 0).astype(np.float64)


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
    require_params(params)
    t = require_array("angles", angles, (None,))
    _require_room(len(t), params.width)
    return _forward(params, _points(t))


def _forward(params: Params, points: Array, memory: Cache | None = None) -> tuple[Array, Cache]:
    """`memory` for these points is written over."""
    cache = _memory(points, params.width) if memory is None else memory
    _, z, h = cache
    np.matmul(points, params.w.T, out=z)
    z += params.b
    np.maximum(z, 0.0, out=h)
    return h @ params.a / math.sqrt(params.width), cache


def _memory(points: Array, width: int) -> Cache:
    return Cache(points, *np.empty((2, len(points), width)))


def backward(params: Params, cache: Cache, output_gradient: npt.ArrayLike) -> Params:
    """Gradient of a loss with respect to the parameters, from its gradient g in the outputs.

    ∂L/∂a_r = m^-1/2 Σ_i g_i relu(z_ir)
    ∂L/∂w_r = m^-1/2 a_r Σ_i g_i relu'(z_ir) x_i
    ∂L/∂b_r = m^-1/2 a_r Σ_i g_i relu'(z_ir)

    Takes the cache of `forward_with_cache` and g (n,); returns `Params` of gradients, 0 in the
    parts that are not trained. Raises ValueError where g is not of shape (n,) or not finite.
    Source: derived in tutorial 1, section 2.

    >>> params = Params([[2.0, 0.0]], [0.0], [3.0])
    >>> backward(params, forward_with_cache(params, [0.0])[1], [1.0]).w
    array([[3., 0.]])
    """
    require_params(params)
    require_instance("cache", cache, Cache, "minintk.forward_with_cache(params, angles)[1]")
    shapes = [getattr(array, "shape", type(array).__name__) for array in cache]
    n = len(cache.points) if isinstance(cache.points, np.ndarray) else 0
    if shapes != [(n, 2), (n, params.width), (n, params.width)]:
        listed = ", ".join(map(str, shapes))
        raise ValueError(f"cache must be of a network of width {params.width}, got {listed}")
    g = require_array("output_gradient", output_gradient, (len(cache.points),), most=LARGEST)
    return _backward(params, cache, g)


def _backward(
    params: Params, cache: Cache, output_gradient: Array, reuse: Array | None = None
) -> Params:
    """`reuse`: an (n, m) array that is no longer needed; it may be the cache's own z."""
    points, z, h = cache
    g, a = output_gradient / math.sqrt(params.width), params.a
    active = np.empty_like(z) if reuse is None else reuse
    active[...] = z > 0  # relu'(z) is 1 or 0, (n, m)
    along_w = a[:, None] * (active.T @ (g[:, None] * points))
    return params.gradient(along_w, a * (g @ active), g @ h)


def forward(params: Params, angles: npt.ArrayLike) -> Array:
    """Output of the network at the given angles.

    f(x) = m^-1/2 Σ_r a_r relu(w_r·x + b_r)

    Takes (n,) angles in radians; returns (n,) float64. Raises as `forward_with_cache`.

    >>> forward(Params(w=[[2.0, 0.0]], b=[0.5], a=[3.0]), [0.0, np.pi])
    array([7.5, 0. ])
    """
    return forward_with_cache(params, angles)[0]


def loss(output: npt.ArrayLike, targets: npt.ArrayLike) -> float:
    """The loss of the study: half the mean square of the residual.

    L = 1/(2n) Σ_i (f_i − y_i)²

    Takes two arrays of shape (n,). Raises ValueError where the shapes differ.

    >>> loss([1.0, 3.0], [0.0, 0.0])
    2.5
    """
    f = require_array("output", output, (None,), most=1e150)
    return _loss(f - require_array("targets", targets, f.shape, most=1e150))


def _loss(residual: Array) -> float:
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
    return objective(angles, targets)(params)


Objective = Callable[[Params], tuple[float, Params]]


@dataclass(frozen=True, eq=False)
class _OnSamples:
    """The objective on n samples: points (n, 2) and targets (n,), checked once."""

    points: Array
    targets: Array

    def __call__(self, params: Params) -> tuple[float, Params]:
        """Loss and gradient."""
        return self.with_memory(require_params(params).width)(params)

    def with_memory(self, width: int) -> Objective:
        """The same for one training of that width: its (n, m) arrays serve every step."""
        _require_room(len(self.points), width)
        memory = _memory(self.points, width)

        def evaluate(params: Params) -> tuple[float, Params]:
            output, cache = _forward(params, self.points, memory)
            residual = output - self.targets
            gradient = _backward(params, cache, residual / len(residual), cache.preactivation)
            return _loss(residual), gradient

        return evaluate

    def largest_eigenvalue(self, params: Params) -> float:
        """λ_max of J Jᵀ/n from below, within 5 %, from products with Jᵀ and J."""
        n = len(self.points)
        _require_room(n, require_params(params).width)
        cache = _forward(params, self.points)[1]

        def operator(direction: Array) -> Array:
            return _along(params, cache, _backward(params, cache, direction / n))

        return largest_eigenvalue(operator, irregular(n))


def objective(angles: npt.ArrayLike, targets: npt.ArrayLike) -> Objective:
    """The function that training lowers: parameters in, loss and gradient out.

    Takes (n,) angles in radians and (n,) targets; returns a function of `Params` for
    `gradient_descent`. Its `largest_eigenvalue(params)` gives λ_max of J Jᵀ/n within 5 %, never
    above. Raises as `loss_and_gradient`, here and not at the first step.

    >>> objective([0.0], [5.0])(Params([[2.0, 0.0]], [0.0], [3.0]))[0]
    0.5
    """
    t = require_array("angles", angles, (None,))
    y = require_array("targets", targets, t.shape, most=LARGEST)
    return _OnSamples(_points(t), y.copy())


def _along(params: Params, cache: Cache, change: Params) -> Array:
    """J times a change of the parameters: how fast the output moves along it.

    df = m^-1/2 Σ_r [a_r relu'(z_r) (dw_r·x + db_r) + da_r relu(z_r)]
    """
    dz = cache.points @ change.w.T
    dz += change.b
    dz *= cache.preactivation > 0
    velocity: Array = (dz @ params.a + cache.hidden @ change.a) / math.sqrt(params.width)
    return velocity


def _require_room(n: int, width: int) -> None:
    require_memory(
        "the matrix of pre-activations",
        n * width,
        "take fewer angles at a time, each output depends on its own angle only",
    )
