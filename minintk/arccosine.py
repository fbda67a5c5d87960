"""Infinite width: the arc-cosine kernels, the NTK in closed form, and its eigenvalues.

kappa0, kappa1                    the arc-cosine kernels of order 0 and 1
ntk_of_angle, ntk_parts_of_angle  the NTK as a function of the angle θ, whole and by part
infinite_ntk, infinite_ntk_parts  the same as matrices over angles on the circle
fourier_eigenvalues (and _parts)  λ_k in closed form
aliased_eigenvalues               the eigenvalues of K_n/n on a grid of n points, exactly

Nothing here knows a network: theory and experiment meet only above.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from ._require import (
    Array,
    require_integer,
    require_no_bias_std,
    require_number,
    require_range,
    require_trained,
)
from .circle import angle_between, circle_points

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
    theta = require_range("angle", angle, 0.0, np.pi)
    return (np.pi - theta) / np.pi


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
    theta = require_range("angle", angle, 0.0, np.pi)
    return (np.sin(theta) + (np.pi - theta) * np.cos(theta)) / np.pi


def ntk_parts_of_angle(
    angle: npt.ArrayLike,
    *,
    bias: bool = True,
    bias_std: float = 0.0,
    weight_std: float = 1.0,
    trained: Iterable[str] | None = None,
) -> dict[str, Array]:
    """Infinite-width NTK of each trained part as a function of the angle.

    K_w = ½ cos θ κ0(u),  K_b = ½ κ0(u),  K_a = ½ (s² + β²) κ1(u)
    with u the angle between (s x, β) and (s x', β);  u = θ where β = 0

    Takes θ in radians in [0, π], any shape; s is `weight_std`, β is `bias_std`; E[a²] = 1. Returns
    "w", "b", "a" (those that are trained; no "b" without `bias`), float64 of θ's shape.
    Raises ValueError for an angle outside [0, π], or options that contradict each other.

    >>> {part: float(value) for part, value in ntk_parts_of_angle(0.0).items()}
    {'w': 0.5, 'b': 0.5, 'a': 0.5}
    """
    theta = require_range("angle", angle, 0.0, np.pi)
    names = require_trained(trained, bias)
    beta = require_no_bias_std(bias, bias_std)
    s = require_number("weight_std", weight_std, above=0)
    u = _lifted_angle(theta, s, beta)
    parts = {
        "w": 0.5 * np.cos(theta) * kappa0(u),
        "b": 0.5 * kappa0(u),
        "a": 0.5 * (s**2 + beta**2) * kappa1(u),
    }
    return {name: parts[name] for name in names}


def ntk_of_angle(
    angle: npt.ArrayLike,
    *,
    bias: bool = True,
    bias_std: float = 0.0,
    weight_std: float = 1.0,
    trained: Iterable[str] | None = None,
) -> Array:
    """Infinite-width NTK as a function of the angle between the points.

    K(θ) = ½ [(cos θ + 1) κ0(θ) + κ1(θ)]      with a bias that starts at 0, all parts trained

    In general the sum of `ntk_parts_of_angle`, with the same arguments. Returns float64 of θ's
    shape. K(0) = 3/2, K(π/2) = ¼ + 1/(2π), K(π) = 0; without the bias K(0) = 1.
    Source: Jacot et al. (2018), theorem 1, for this network.

    >>> print(f"{ntk_of_angle(np.pi / 4):.6f} {ntk_of_angle(0.0, bias=False):.1f}")
    1.017870 1.0
    """
    parts = ntk_parts_of_angle(
        angle, bias=bias, bias_std=bias_std, weight_std=weight_std, trained=trained
    )
    return np.sum(list(parts.values()), axis=0)


def infinite_ntk_parts(
    angles: npt.ArrayLike,
    other_angles: npt.ArrayLike | None = None,
    *,
    bias: bool = True,
    bias_std: float = 0.0,
    weight_std: float = 1.0,
    trained: Iterable[str] | None = None,
) -> dict[str, Array]:
    """Infinite-width NTK of each trained part as a matrix.

    K_ij = K(θ_ij),  θ_ij the angle between point i and point j

    Takes (n,) and (n',) angles in radians, the second like the first unless given, and the options
    of `ntk_parts_of_angle`; returns "w", "b", "a" (those that are trained), each (n, n') float64.

    >>> infinite_ntk_parts([0.0], [0.0, np.pi])["b"]
    array([[0.5, 0. ]])
    """
    theta = _angles_between(angles, other_angles)
    return ntk_parts_of_angle(
        theta, bias=bias, bias_std=bias_std, weight_std=weight_std, trained=trained
    )


def infinite_ntk(
    angles: npt.ArrayLike,
    other_angles: npt.ArrayLike | None = None,
    *,
    bias: bool = True,
    bias_std: float = 0.0,
    weight_std: float = 1.0,
    trained: Iterable[str] | None = None,
) -> Array:
    """Infinite-width NTK as a matrix over points of the circle.

    K_ij = K(θ_ij),  θ_ij the angle between point i and point j

    Takes (n,) angles in radians for the rows and (n',) for the columns, the same unless given, and
    the options of `ntk_of_angle`; returns (n, n') float64. On a uniform grid it is circulant.
    Raises ValueError for bad angles, MemoryError above 1 GiB.

    >>> infinite_ntk([0.0, np.pi / 4]).round(6)
    array([[1.5    , 1.01787],
           [1.01787, 1.5    ]])
    """
    theta = _angles_between(angles, other_angles)
    return ntk_of_angle(theta, bias=bias, bias_std=bias_std, weight_std=weight_std, trained=trained)


def fourier_eigenvalue_parts(
    k_max: int,
    *,
    bias: bool = True,
    bias_std: float = 0.0,
    weight_std: float = 1.0,
    trained: Iterable[str] | None = None,
) -> dict[str, Array]:
    """Eigenvalues of each trained part of the infinite-width NTK on the Fourier modes.

    λ_k = (1/2π) ∫ K(u) cos(ku) du          even k                 odd k ≥ 3   k = 1
        w:  ½ cos θ κ0                      (k²+1)/(π²(k²−1)²)     0           1/8
        b:  ½ κ0                            0, but ¼ at k = 0      1/(π²k²)    1/π²
        a:  ½ s² κ1                         2s²/(π²(k²−1)²)        0           s²/8

    Returns "w", "b", "a" (those that are trained; no "b" without `bias`), each (k_max + 1,)
    float64 for k = 0 … k_max; s is `weight_std`. Raises ValueError where `bias_std` is not 0: there
    is no closed form then, and `quadrature_eigenvalues` of `ntk_of_angle` gives them to 1e-12.
    Source: Basri et al. (2019) for parts w and b, Bietti & Mairal (2019) for w and a.

    >>> for part, eigenvalues in fourier_eigenvalue_parts(3).items():
    ...     print(part, eigenvalues.round(4))
    w [0.1013 0.125  0.0563 0.    ]
    b [0.25   0.1013 0.     0.0113]
    a [0.2026 0.125  0.0225 0.    ]
    """
    k = np.arange(require_integer("k_max", k_max, least=0) + 1)
    names, s = _closed_form_options(bias, bias_std, weight_std, trained)
    even, one = k % 2 == 0, k == 1
    gap = np.where(one, np.inf, (k**2 - 1.0) ** 2)  # k = 1 has values of its own
    odd_square = np.where(even, np.inf, 1.0 * k**2)
    parts = {
        "w": even * (k**2 + 1) / (np.pi**2 * gap) + one / 8,
        "b": 1 / (np.pi**2 * odd_square) + (k == 0) / 4,
        "a": s**2 * (even * 2 / (np.pi**2 * gap) + one / 8),
    }
    return {name: parts[name] for name in names}


def fourier_eigenvalues(
    k_max: int,
    *,
    bias: bool = True,
    bias_std: float = 0.0,
    weight_std: float = 1.0,
    trained: Iterable[str] | None = None,
) -> Array:
    """Eigenvalues of the infinite-width NTK on the Fourier modes: the rates of learning.

    λ_0 = 3/π² + ¼,  λ_1 = ¼ + 1/π²
    λ_k = (k²+3)/(π²(k²−1)²) for even k ≥ 2,  1/(π²k²) for odd k ≥ 3

    That is with a bias; without, λ_0 = 3/π², λ_1 = ¼ and 0 for odd k ≥ 3, which are never learned.
    The sum of `fourier_eigenvalue_parts`, with the same arguments and errors. Returns (k_max + 1,)
    float64; under gradient flow mode k of the residual decays as exp(−λ_k τ).

    >>> fourier_eigenvalues(5).round(6)
    array([0.553964, 0.351321, 0.078805, 0.011258, 0.008556, 0.004053])
    """
    parts = fourier_eigenvalue_parts(
        k_max, bias=bias, bias_std=bias_std, weight_std=weight_std, trained=trained
    )
    return np.sum(list(parts.values()), axis=0)


def aliased_eigenvalues(
    n: int,
    *,
    bias: bool = True,
    bias_std: float = 0.0,
    weight_std: float = 1.0,
    trained: Iterable[str] | None = None,
) -> Array:
    """Eigenvalues of K_n/n on the uniform grid of n points: every λ folded onto n frequencies.

    λ_k^(n) = Σ_{j ∈ Z} λ_{k + jn},  k = 0 … n − 1

    The whole sum, not a part of it: by partial fractions the even λ are made of 1/(l ± 1) and
    1/(l ± 1)², the odd of 1/l², and over all l = k + jN
        Σ_j 1/(x + jN) = (π/N) cot(πx/N),   Σ_j 1/(x + jN)² = (π/N)²/sin²(πx/N).
    For even n all of k + jn have the parity of k and N = n; for odd n the parity alternates and
    each parity has N = 2n. Returns (n,) float64, aligned with `circulant_eigenvalues`. Options and
    errors as `fourier_eigenvalue_parts`.

    >>> print(f"{aliased_eigenvalues(17, bias=False)[3]:.2e}")  # an odd grid lets k = 3 in
    9.52e-04
    """
    n = require_integer("n", n)
    names, s = _closed_form_options(bias, bias_std, weight_std, trained)
    k = np.arange(n)
    even, odd, period = _by_parity(k, n)
    # 1/(l−1)² + 1/(l+1)² = 2(l²+1)/(l²−1)²,  1/(l−1) − 1/(l+1) = 2/(l²−1)
    squares = _sum_of_squares(even - 1, period) + _sum_of_squares(even + 1, period)
    products = _sum_of_inverses(even - 1, period) - _sum_of_inverses(even + 1, period)
    units = np.bincount(np.array([1, -1]) % n, minlength=n)  # how often l = ±1 is folded onto k
    parts = {
        "w": _of_parity(even, squares / (2 * np.pi**2)) + units / 8,
        "b": _of_parity(odd, _sum_of_squares(odd, period) / np.pi**2) + (k == 0) / 4,
        "a": s**2 * (_of_parity(even, (squares - products) / (2 * np.pi**2)) + units / 8),
    }
    return np.sum([parts[name] for name in names], axis=0)


def _lifted_angle(theta: Array, s: float, beta: float) -> Array:
    """The angle u between (s x, β) and (s x', β), from |cross product| and dot product in R³."""
    if beta == 0:
        return theta
    half = np.sin(theta / 2)
    cross = 2 * s * half * np.sqrt(beta**2 + s**2 * np.cos(theta / 2) ** 2)
    return np.arctan2(cross, s**2 * np.cos(theta) + beta**2)


def _angles_between(angles: npt.ArrayLike, other_angles: npt.ArrayLike | None) -> Array:
    points = circle_points(angles)
    return angle_between(points, points if other_angles is None else circle_points(other_angles))


def _closed_form_options(
    bias: bool, bias_std: float, weight_std: float, trained: Iterable[str] | None
) -> tuple[tuple[str, ...], float]:
    names = require_trained(trained, bias)
    if require_no_bias_std(bias, bias_std) > 0:
        raise ValueError(
            "bias_std must be 0 for the closed form (quadrature_eigenvalues takes any kernel), "
            f"got {bias_std}"
        )
    return names, require_number("weight_std", weight_std, above=0)


def _by_parity(k: npt.NDArray[np.int_], n: int) -> tuple[Array, Array, int]:
    """An even and an odd number equal to k modulo n (nan where there is none), and their step."""
    if n % 2 == 0:
        even, odd = np.where(k % 2 == 0, k, np.nan), np.where(k % 2 == 1, k, np.nan)
        return even, odd, n
    return np.where(k % 2 == 0, k, k + n) * 1.0, np.where(k % 2 == 1, k, k + n) * 1.0, 2 * n


def _of_parity(parity: Array, values: Array) -> Array:
    return np.where(np.isnan(parity), 0.0, values)


def _sum_of_inverses(x: Array, period: int) -> Array:
    return (np.pi / period) / np.tan(np.pi * x / period)


def _sum_of_squares(x: Array, period: int) -> Array:
    return (np.pi / period) ** 2 / np.sin(np.pi * x / period) ** 2
