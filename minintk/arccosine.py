"""Infinite width: the arc-cosine kernels, the NTK in closed form, and its eigenvalues.

kappa0, kappa1                    the arc-cosine kernels of order 0 and 1
ntk_of_angle, ntk_parts_of_angle  the NTK as a function of the angle θ, whole and by part
infinite_ntk, infinite_ntk_parts  the same as matrices over angles on the circle
fourier_eigenvalues               λ_k in closed form
fourier_eigenvalue_parts          the same by part
aliased_eigenvalues               the eigenvalues of K_n/n on a grid of n points, exactly

No network enters here: theory and simulation are compared elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ._require import PARTS, Array, require_array, require_integer, require_memory, require_range
from .circle import _cross_and_dot, _points
from .law import DEFAULT_LAW, Law, _scaled_stds, require_law

__all__ = [
    "aliased_eigenvalues",
    "fourier_eigenvalue_parts",
    "fourier_eigenvalues",
    "infinite_ntk",
    "infinite_ntk_parts",
    "kappa0",
    "kappa1",
    "ntk_of_angle",
    "ntk_parts_of_angle",
]


def kappa0(angle: npt.ArrayLike) -> Array:
    """Arc-cosine kernel of order 0, normalised to 1 at angle 0.

    κ0(θ) = (π − θ)/π = 2 E[1(w·x > 0) 1(w·x' > 0)],  w ~ N(0, I)

    Takes angles θ in radians in [0, π], any shape; returns float64 of the same shape.
    κ0(0) = 1, κ0(π/2) = 1/2, κ0(π) = 0.
    Raises ValueError for an angle outside [0, π] or not finite.
    Source: Cho & Saul (2009), J0 = π − θ, divided by π.

    >>> print(kappa0(np.pi / 2))
    0.5
    """
    return _kappa0(_angle(require_range("angle", angle, 0.0, np.pi)))


class _Angle(NamedTuple):
    """An angle in [0, π] with its sine and cosine, which points give without asking for it."""

    theta: Array
    sine: Array
    cosine: Array


def _angle(theta: Array) -> _Angle:
    return _Angle(theta, np.sin(theta), np.cos(theta))


def _kappa0(u: _Angle) -> Array:
    return (np.pi - u.theta) / np.pi


def kappa1(angle: npt.ArrayLike) -> Array:
    """Arc-cosine kernel of order 1, normalised to 1 at angle 0.

    κ1(θ) = (sin θ + (π − θ) cos θ)/π = 2 E[relu(w·x) relu(w·x')],  w ~ N(0, I), |x| = |x'| = 1

    Takes angles θ in radians in [0, π], any shape; returns float64 of the same shape.
    κ1(0) = 1, κ1(π/2) = 1/π, κ1(π) = 0. Near π it falls as (π − θ)³/(3π): the error stays below
    1e-15, but the relative digits are lost there.
    Raises ValueError for an angle outside [0, π] or not finite.
    Source: Cho & Saul (2009), J1 = sin θ + (π − θ) cos θ, divided by π.

    >>> print(f"{kappa1(np.pi / 2):.6f}")
    0.318310
    """
    return _kappa1(_angle(require_range("angle", angle, 0.0, np.pi)))


def _kappa1(u: _Angle) -> Array:
    return (u.sine + (np.pi - u.theta) * u.cosine) / np.pi


def ntk_parts_of_angle(angle: npt.ArrayLike, law: Law = DEFAULT_LAW) -> dict[str, Array]:
    """Infinite-width NTK of each trained part as a function of the angle.

    K_w = ½ cos θ κ0(u),  K_b = ½ κ0(u),  K_a = ½ (s² + β²) κ1(u)
    with u the angle between (s x, β) and (s x', β);  u = θ where β = 0

    Takes θ in radians in [0, π], any shape, and the law of the network: s, β and the trained parts.
    E[a²] = 1. Returns "w", "b", "a" (those that are trained), float64 of θ's shape.
    Raises ValueError for an angle outside [0, π].
    Source: Cho & Saul (2009) for both means; derived in tutorial 3, section 3; with β, section 5.

    >>> {part: float(value) for part, value in ntk_parts_of_angle(0.0).items()}
    {'w': 0.5, 'b': 0.5, 'a': 0.5}
    """
    return _ntk_parts(_angle(require_range("angle", angle, 0.0, np.pi)), require_law(law))


def _ntk_parts(angle: _Angle, law: Law) -> dict[str, Array]:
    u = _lifted(angle, law)
    parts = {
        "w": 0.5 * angle.cosine * _kappa0(u),
        "b": 0.5 * _kappa0(u),
        "a": 0.5 * (law.weight_std**2 + law.bias_std**2) * _kappa1(u),
    }
    return {part: parts[part] for part in law.trained}


def ntk_of_angle(angle: npt.ArrayLike, law: Law = DEFAULT_LAW) -> Array:
    """Infinite-width NTK as a function of the angle between the points.

    K(θ) = ½ [(cos θ + 1) κ0(θ) + κ1(θ)]      with a bias that starts at 0, all parts trained

    In general the sum of `ntk_parts_of_angle`, with the same arguments. Returns float64 of θ's
    shape. K(0) = 3/2, K(π/2) = ¼ + 1/(2π), K(π) = 0; without the bias K(0) = 1.
    Source: Jacot et al. (2018), theorem 1, for this network.

    >>> print(f"{ntk_of_angle(np.pi / 4):.6f} {ntk_of_angle(0.0, Law(bias=False)):.1f}")
    1.017870 1.0
    """
    return _ntk(_angle(require_range("angle", angle, 0.0, np.pi)), require_law(law))


def _ntk(angle: _Angle, law: Law) -> Array:
    """½ [(c_w cos θ + c_b) κ0(u) + c_a (s² + β²) κ1(u)],  c = 1 for a trained part, else 0."""
    u = _lifted(angle, law)
    c_w, c_b, c_a = (float(part in law.trained) for part in PARTS)
    kernel = np.asarray(c_w * angle.cosine + c_b)
    kernel *= _kappa0(u)
    if c_a:
        kernel += (law.weight_std**2 + law.bias_std**2) * _kappa1(u)
    kernel *= 0.5
    return kernel


def infinite_ntk_parts(
    angles: npt.ArrayLike,
    other_angles: npt.ArrayLike | None = None,
    law: Law = DEFAULT_LAW,
) -> dict[str, Array]:
    """Infinite-width NTK of each trained part as a matrix.

    K_ij = K(θ_ij),  θ_ij the angle between point i and point j

    Takes (n,) and (n',) angles in radians, the second like the first unless given, and the law of
    the network. Returns "w", "b", "a" (those that are trained), each (n, n') float64.

    >>> infinite_ntk_parts([0.0], [0.0, np.pi])["b"]
    array([[0.5, 0. ]])
    """
    return _ntk_parts(_angles_between(angles, other_angles), require_law(law))


def infinite_ntk(
    angles: npt.ArrayLike,
    other_angles: npt.ArrayLike | None = None,
    law: Law = DEFAULT_LAW,
) -> Array:
    """Infinite-width NTK as a matrix over points of the circle.

    K_ij = K(θ_ij),  θ_ij the angle between point i and point j

    Takes (n,) angles in radians for the rows and (n',) for the columns, the same unless given, and
    the law of the network. Returns (n, n') float64. On a uniform grid it is circulant.
    Raises ValueError for bad angles, MemoryError above 1 GiB.

    >>> infinite_ntk([0.0, np.pi / 4]).round(6)
    array([[1.5    , 1.01787],
           [1.01787, 1.5    ]])
    """
    return _ntk(_angles_between(angles, other_angles), require_law(law))


def fourier_eigenvalue_parts(k_max: int, law: Law = DEFAULT_LAW) -> dict[str, Array]:
    """Eigenvalues of each trained part of the infinite-width NTK on the Fourier modes.

    λ_k = (1/2π) ∫ K(u) cos(ku) du          even k                 odd k ≥ 3   k = 1
        w:  ½ cos θ κ0                      (k²+1)/(π²(k²−1)²)     0           1/8
        b:  ½ κ0                            0, but ¼ at k = 0      1/(π²k²)    1/π²
        a:  ½ s² κ1                         2s²/(π²(k²−1)²)        0           s²/8

    Returns "w", "b", "a" (those that are trained), each (k_max + 1,) float64 for k = 0 … k_max; s
    is the law's `weight_std`. Raises ValueError where its `bias_std` is not 0: there is no closed
    form then, and `quadrature_eigenvalues` of `ntk_of_angle` gives them to 1e-12.
    Source: derived in tutorial 4; Basri et al. (2019) have w and b. Bietti & Mairal (2019) have the
    parity and the decay of w and a.

    >>> for part, eigenvalues in fourier_eigenvalue_parts(3).items():
    ...     print(part, eigenvalues.round(4))
    w [0.1013 0.125  0.0563 0.    ]
    b [0.25   0.1013 0.     0.0113]
    a [0.2026 0.125  0.0225 0.    ]
    """
    top = require_integer("k_max", k_max, least=0)
    require_memory("the list of eigenvalues", 3 * (top + 1), "take a smaller k_max")
    law = _require_closed_form(law)
    k = np.arange(top + 1.0)
    size = {"w": 1.0, "b": 1.0, "a": law.weight_std**2}
    parts = {part: np.empty_like(k) for part in law.trained}
    for part, values in parts.items():
        for some, formula in zip(_classes(k), _EIGENVALUES[part], strict=True):
            values[some] = size[part] * formula(k[some])
    return parts


def _classes(k: Array) -> tuple[npt.NDArray[np.bool_], ...]:
    """Where k = 0, k = 1, k ≥ 2 is even, and k ≥ 3 is odd."""
    return k == 0, k == 1, (k >= 2) & (k % 2 == 0), (k >= 3) & (k % 2 == 1)


# λ_k of each part for these four classes of k, at s = 1.
_EIGENVALUES: dict[str, tuple[Callable[[Any], Any], ...]] = {
    "w": (
        lambda k: 1 / np.pi**2 + 0 * k,
        lambda k: 1 / 8 + 0 * k,
        lambda k: (k**2 + 1) / (np.pi * (k**2 - 1)) ** 2,
        lambda k: 0 * k,
    ),
    "b": (
        lambda k: 1 / 4 + 0 * k,
        lambda k: 1 / np.pi**2 + 0 * k,
        lambda k: 0 * k,
        lambda k: 1 / (np.pi * k) ** 2,
    ),
    "a": (
        lambda k: 2 / np.pi**2 + 0 * k,
        lambda k: 1 / 8 + 0 * k,
        lambda k: 2 / (np.pi * (k**2 - 1)) ** 2,
        lambda k: 0 * k,
    ),
}


def fourier_eigenvalues(k_max: int, law: Law = DEFAULT_LAW) -> Array:
    """Eigenvalues of the infinite-width NTK on the Fourier modes: the rates of learning.

    λ_0 = 3/π² + ¼,  λ_1 = ¼ + 1/π²
    λ_k = (k²+3)/(π²(k²−1)²) for even k ≥ 2,  1/(π²k²) for odd k ≥ 3

    That is with a bias; without, λ_0 = 3/π², λ_1 = ¼ and 0 for odd k ≥ 3, which are never learned.
    The sum of `fourier_eigenvalue_parts`, with the same arguments and errors. Returns (k_max + 1,)
    float64; under gradient flow mode k of the residual decays as exp(−λ_k τ).
    Source: derived in tutorial 4, section 4.

    >>> fourier_eigenvalues(5).round(6)
    array([0.553964, 0.351321, 0.078805, 0.011258, 0.008556, 0.004053])
    """
    eigenvalues: Array = np.sum(list(fourier_eigenvalue_parts(k_max, law).values()), axis=0)
    return eigenvalues


def aliased_eigenvalues(n: int, law: Law = DEFAULT_LAW) -> Array:
    """Eigenvalues of K_n/n on the uniform grid of n points: every λ folded onto n frequencies.

    λ_k^(n) = Σ_{j ∈ Z} λ_{k + jn},  k = 0 … n − 1

    The whole sum, not a part of it. By partial fractions the even λ are made of 1/(l ± 1) and
    1/(l ± 1)², the odd of 1/l². Over all l = k + jN
        Σ_j 1/(x + jN) = (π/N) cot(πx/N),   Σ_j 1/(x + jN)² = (π/N)²/sin²(πx/N).
    For even n all of k + jn have the parity of k and N = n. For odd n the parity alternates and
    each parity has N = 2n. Returns (n,) float64, aligned with `circulant_eigenvalues`. The law and
    errors as `fourier_eigenvalue_parts`.
    Source: the sum is derived in tutorial 4, section 6; the partial fractions here.

    >>> print(f"{aliased_eigenvalues(17, Law(bias=False))[3]:.2e}")  # an odd grid lets k = 3 in
    9.52e-04
    """
    n = require_integer("n", n)
    require_memory("the list of eigenvalues", 8 * n, "take a smaller n")
    law = _require_closed_form(law)
    k = np.arange(n)
    units = np.bincount(np.array([1, -1]) % n, minlength=n)  # how often l = ±1 is folded onto k
    parts = {part: np.zeros(n) for part in PARTS}
    parts["b"][0] += 1 / 4
    parts["w"] += units / 8
    parts["a"] += units / 8
    even, period = _congruent(k, n, parity=0)
    # 1/(l−1)² + 1/(l+1)² = 2(l²+1)/(l²−1)²,  1/(l−1) − 1/(l+1) = 2/(l²−1)
    squares = _sum_of_squares(even - 1, period) + _sum_of_squares(even + 1, period)
    products = _sum_of_inverses(even - 1, period) - _sum_of_inverses(even + 1, period)
    parts["w"][even % n] += squares / (2 * np.pi**2)
    parts["a"][even % n] += (squares - products) / (2 * np.pi**2)
    odd, period = _congruent(k, n, parity=1)
    parts["b"][odd % n] += _sum_of_squares(odd, period) / np.pi**2
    parts["a"] *= law.weight_std**2
    eigenvalues: Array = np.sum([parts[part] for part in law.trained], axis=0)
    return eigenvalues


def _lifted(angle: _Angle, law: Law) -> _Angle:
    """The angle u between (s x, β) and (s x', β), from |cross product| and dot product in R³."""
    if law.bias_std == 0:
        return angle
    s, beta = _scaled_stds(law)
    half = angle.theta / 2
    cross = 2 * s * np.sin(half) * np.sqrt(beta**2 + s**2 * np.cos(half) ** 2)
    dot = s**2 * angle.cosine + beta**2
    square = s**2 + beta**2
    return _Angle(np.arctan2(cross, dot), cross / square, dot / square)


def _angles_between(angles: npt.ArrayLike, other_angles: npt.ArrayLike | None) -> _Angle:
    t = require_array("angles", angles, (None,))
    others = t if other_angles is None else require_array("other_angles", other_angles, (None,))
    require_memory("the kernel", len(t) * len(others), "take fewer angles at a time")
    x = _points(t)
    sine, cosine = _cross_and_dot(x, x if others is t else _points(others))
    return _Angle(np.arctan2(sine, cosine), sine, cosine)


def _require_closed_form(law: Law) -> Law:
    if require_law(law).bias_std > 0:
        raise ValueError(
            "bias_std must be 0 for the closed form (quadrature_eigenvalues takes any kernel), "
            f"got {law.bias_std}"
        )
    return law


def _congruent(k: npt.NDArray[np.int_], n: int, parity: int) -> tuple[npt.NDArray[np.int_], int]:
    """For each k that has one: a number of the given parity equal to k modulo n; and their step.

    For even n only the k of that parity have one. For odd n every k has: k or k + n.
    """
    if n % 2 == 0:
        return k[k % 2 == parity], n
    return np.where(k % 2 == parity, k, k + n), 2 * n


def _sum_of_inverses(x: npt.NDArray[np.int_], period: int) -> Array:
    return (np.pi / period) / np.tan(np.pi * x / period)


def _sum_of_squares(x: npt.NDArray[np.int_], period: int) -> Array:
    return (np.pi / period) ** 2 / np.sin(np.pi * x / period) ** 2
