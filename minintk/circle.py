"""The unit circle: where the data lives.

uniform_angles, sample_angles     n angles, on a grid or drawn
circle_points, augmented_points   an angle t as (cos t, sin t), and with a 1 for the bias
angle_between                     the angle θ in [0, π] between points
fourier_basis                     1, √2 cos kt, √2 sin kt: orthonormal for dt/2π
basis_frequencies                 the frequency k of each column of the basis
mean_by_frequency                 from one value a column to one a frequency
fourier_sum, fourier_coefficients from coefficients to values, and back
target_coefficients               the study's targets, sums of cosines
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from ._require import (
    LARGEST,
    Array,
    require_array,
    require_coefficients,
    require_generator,
    require_integer,
    require_memory,
    require_number,
    show,
)

__all__ = [
    "angle_between",
    "augmented_points",
    "basis_frequencies",
    "circle_points",
    "fourier_basis",
    "fourier_coefficients",
    "fourier_sum",
    "mean_by_frequency",
    "sample_angles",
    "target_coefficients",
    "uniform_angles",
]


def uniform_angles(n: int) -> Array:
    """Angles of n evenly spaced points on the circle.

    t_i = 2π i/n,  i = 0 … n − 1

    Returns (n,) float64, in radians. The circle is closed once: 2π, which is the point 0 again, is
    not among them. Raises ValueError unless n is a positive integer.

    >>> print(uniform_angles(4) / np.pi)
    [0.  0.5 1.  1.5]
    """
    n = require_integer("n", n)
    require_memory("the grid", n, "take a smaller n")
    return _uniform_angles(n)


def _uniform_angles(n: int) -> Array:
    return 2 * np.pi * np.arange(n) / n


def sample_angles(n: int, rng: np.random.Generator) -> Array:
    """Draw n independent angles from the uniform law on the circle, in the order drawn.

    t_i ~ U[0, 2π)

    Returns (n,) float64, in radians. Raises ValueError unless n is a positive integer, TypeError
    unless rng is a numpy Generator.

    >>> sample_angles(3, np.random.default_rng(0)).round(3)
    array([4.002, 1.695, 0.257])
    """
    n = require_integer("n", n)
    require_memory("the sample", n, "take a smaller n, more often")
    return require_generator(rng).uniform(0.0, 2 * np.pi, n)


def circle_points(angles: npt.ArrayLike) -> Array:
    """Points of the unit circle at the given angles.

    x(t) = (cos t, sin t)

    Takes (n,) finite angles in radians, in any order; returns (n, 2) float64 in the same order.
    Raises ValueError for another shape or a value that is not finite.

    >>> circle_points([0.0, np.pi / 2]).round(6)
    array([[1., 0.],
           [0., 1.]])
    """
    return _points(require_array("angles", angles, (None,)))


def _points(angles: Array) -> Array:
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def augmented_points(angles: npt.ArrayLike) -> Array:
    """Points with a third coordinate 1, so that w·x + b = (w, b)·x̃.

    x̃(t) = (cos t, sin t, 1)

    Takes (n,) finite angles in radians; returns (n, 3) float64. Raises as `circle_points`.

    >>> augmented_points([0.0])
    array([[1., 0., 1.]])
    """
    t = require_array("angles", angles, (None,))
    return np.stack([np.cos(t), np.sin(t), np.ones(len(t))], axis=1)


def angle_between(points: npt.ArrayLike, other_points: npt.ArrayLike) -> Array:
    """Angle between every point of one set and every point of another.

    θ = arctan2(|x × x'|, x·x'),  x × x' = x₁x₂' − x₂x₁'

    Takes (n, 2) and (n', 2), points of lengths 1e-150 to 1e150; returns (n, n') float64 in
    radians, in [0, π]. The error is below 1e-15 at every angle. The arccosine of x·x' would lose
    half the digits near 0 and π: 1.6e-8 where this is off by 4e-16.
    Raises ValueError for a wrong shape, a value that is not finite or another length.

    >>> angle_between([[1.0, 0.0]], [[0.0, 2.0], [-1.0, 0.0]])
    array([[1.57079633, 3.14159265]])
    """
    x = require_array("points", points, (None, 2))
    y = require_array("other_points", other_points, (None, 2))
    for name, some in (("points", x), ("other_points", y)):
        with np.errstate(over="ignore"):
            length = np.hypot(*some.T)
        if length.min() < 1e-150 or length.max() > 1e150:  # their products leave float64
            wrong = length.min() if length.min() < 1e-150 else length.max()
            raise ValueError(f"{name} must have lengths from 1e-150 to 1e150, got {wrong}")
    require_memory("the matrix of angles", len(x) * len(y), "take fewer points at a time")
    return _angle_between(x, y)


def _angle_between(x: Array, y: Array) -> Array:
    return np.arctan2(*_cross_and_dot(x, y))


def _cross_and_dot(x: Array, y: Array) -> tuple[Array, Array]:
    """|x × x'| and x·x' of every pair: sin θ and cos θ where both are of length 1."""
    cross = np.outer(x[:, 0], y[:, 1])
    cross -= np.outer(x[:, 1], y[:, 0])
    dot = np.outer(x[:, 0], y[:, 0])
    dot += np.outer(x[:, 1], y[:, 1])
    return np.abs(cross, out=cross), dot


def basis_frequencies(k_max: int) -> npt.NDArray[np.int_]:
    """Frequency of each column of `fourier_basis`.

    Returns (2 k_max + 1,) integers 0, 1, 1, 2, 2, … Raises ValueError unless k_max is a whole
    number of at least 0.

    >>> basis_frequencies(2)
    array([0, 1, 1, 2, 2])
    """
    k_max = require_integer("k_max", k_max, least=0)
    require_memory("the list of frequencies", 2 * k_max + 1, "take a smaller k_max")
    return _basis_frequencies(k_max)


def _basis_frequencies(k_max: int) -> npt.NDArray[np.int_]:
    return (np.arange(2 * k_max + 1) + 1) // 2


def mean_by_frequency(values: npt.ArrayLike) -> Array:
    """From one value for each column of `fourier_basis` to one for each frequency.

    v_0,  (v_kc + v_ks)/2 for k ≥ 1

    Takes (2 k_max + 1,) values, such as the diagonal of a low-frequency block; returns
    (k_max + 1,) float64. Raises ValueError for an even number of values.

    >>> mean_by_frequency([1.0, 2.0, 4.0])
    array([1., 3.])
    """
    columns = require_coefficients("values", values)
    frequencies = _basis_frequencies(len(columns) // 2)
    return np.asarray(np.bincount(frequencies, columns) / np.bincount(frequencies))


def fourier_basis(angles: npt.ArrayLike, k_max: int) -> Array:
    """Fourier modes up to frequency k_max, orthonormal for the uniform measure dt/2π.

    φ_0 = 1,  φ_{k,c} = √2 cos kt,  φ_{k,s} = √2 sin kt

    Takes (n,) angles in radians. Returns (n, 2 k_max + 1) float64, with columns 0, 1c, 1s, 2c,
    2s, … On a uniform grid with n > 2 k_max, ΦᵀΦ/n is the identity. Angles beyond 2π are first
    reduced to one turn, exactly; the error is then k times that of one angle, 4e-16 k.
    Raises ValueError for a wrong shape, a value that is not finite or a negative k_max, MemoryError
    above 1 GiB.

    >>> fourier_basis([0.0, np.pi], 1).round(3)
    array([[ 1.   ,  1.414,  0.   ],
           [ 1.   , -1.414,  0.   ]])
    """
    t = require_array("angles", angles, (None,))
    top = require_integer("k_max", k_max, least=0)
    require_memory(
        "the Fourier basis",
        len(t) * (2 * top + 1),
        "take fewer angles at a time, or a smaller k_max",
    )
    return _fourier_basis(t, top)


def _fourier_basis(angles: Array, k_max: int) -> Array:
    phases = np.outer(_one_turn(angles), np.arange(1, k_max + 1))
    basis = np.ones((len(angles), 2 * k_max + 1))
    basis[:, 1::2] = math.sqrt(2) * np.cos(phases)
    basis[:, 2::2] = math.sqrt(2) * np.sin(phases)
    return basis


def _one_turn(angles: Array) -> Array:
    """The same angles with those beyond 2π brought back: the rounding of k·t grows with t."""
    far = np.abs(angles) > 2 * np.pi
    if not far.any():
        return angles
    return np.where(far, np.arctan2(np.sin(angles), np.cos(angles)), angles)


def fourier_sum(angles: npt.ArrayLike, coefficients: npt.ArrayLike) -> Array:
    """Values of the function with the given coefficients in the Fourier basis.

    g(t) = Σ_l c_l φ_l(t)

    Takes (n,) angles in radians and (2 k_max + 1,) coefficients in the order of `fourier_basis`;
    returns (n,) float64. Raises ValueError where the number of coefficients is even.

    >>> fourier_sum([0.0, np.pi / 2], [2.0, 0.0, np.sqrt(0.5)]).round(6)  # 2 + sin t
    array([2., 3.])
    """
    c = require_coefficients("coefficients", coefficients)
    return fourier_basis(angles, len(c) // 2) @ c


def fourier_coefficients(angles: npt.ArrayLike, values: npt.ArrayLike, k_max: int) -> Array:
    """Coefficients of sampled values in the Fourier basis, the integral replaced by the mean.

    c_l = (1/n) Σ_i φ_l(t_i) g(t_i)  ≈  ∫ φ_l g dt/2π

    Takes (n,) angles in radians and (n,) values; returns (2 k_max + 1,) float64. Exact on a uniform
    grid for a trigonometric polynomial of degree below n − k_max; at random angles off by
    O(n^-1/2). Raises ValueError for a wrong shape or a value that is not finite.

    >>> t = uniform_angles(8)
    >>> fourier_coefficients(t, 2 + np.cos(t) + np.sin(t), 1).round(6)
    array([2.      , 0.707107, 0.707107])
    """
    basis = fourier_basis(angles, k_max)
    g = require_array("values", values, (len(basis),), most=LARGEST)
    coefficients: Array = basis.T @ g / len(basis)
    return coefficients


def target_coefficients(
    frequencies: Sequence[int], amplitude: float = 1.0, shift: float = 0.3
) -> Array:
    """Fourier coefficients of a sum of cosines of one amplitude, turned by `shift`.

    y(t) = A Σ_k cos(k(t + s)),  c_{k,c} = A cos(ks)/√2,  c_{k,s} = −A sin(ks)/√2  (k ≥ 1),  c_0 = A

    Takes different frequencies k ≥ 0 and s in radians; returns (2 max k + 1,) float64 in the order
    of `fourier_basis`, for `fourier_sum`. The turn s = 0.3 keeps a target from being even in t, so
    that an error in the sine modes shows. Raises ValueError for a repeated or negative frequency.

    >>> target_coefficients([0, 1], amplitude=2.0, shift=-np.pi / 4).round(6)
    array([2., 1., 1.])
    """
    if not isinstance(frequencies, Iterable):
        raise TypeError(f"frequencies must be a list of whole numbers, got {show(frequencies)}")
    ks = [require_integer("each of frequencies", k, least=0) for k in frequencies]
    if not ks or len(set(ks)) < len(ks):
        raise ValueError(
            f"frequencies must be at least one, all different, got {show(frequencies)}"
        )
    require_memory("the coefficients", 2 * max(ks) + 1, "take lower frequencies")
    size = require_number("amplitude", amplitude, largest=LARGEST)
    turn = float(_one_turn(np.array(require_number("shift", shift))))
    coefficients = np.zeros(2 * max(ks) + 1)
    for k in ks:
        if k == 0:
            coefficients[0] = size
        else:
            coefficients[2 * k - 1] = size * math.cos(k * turn) / math.sqrt(2)
            coefficients[2 * k] = -size * math.sin(k * turn) / math.sqrt(2)
    return coefficients
