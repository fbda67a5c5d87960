"""Checks of arrays: their shape, their entries, their size.

moderated, scaled   an array over a power of two, or over its largest entry
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .objects import is_masked, show

Array = npt.NDArray[np.float64]

# Parameters and targets beyond this size would overflow in a kernel or a loss: (a² h²) and r².
LARGEST = 1e70


def require_array(
    name: str, value: npt.ArrayLike, shape: Sequence[int | None], *, most: float = math.inf
) -> Array:
    """Return a finite float64 array of the given shape; None stands for any length from 1.

    No entry may be larger than `most` in size. The array may share its memory with the argument.

    >>> require_array("angles", [0.0, float("nan")], (None,))
    Traceback (most recent call last):
    ...
    ValueError: angles must be finite, got nan at index (1,)
    """
    raw = real_array(name, value)
    if raw.ndim != len(shape) or not all(
        size == wanted if wanted is not None else size >= 1
        for size, wanted in zip(raw.shape, shape, strict=True)
    ):
        lengths = ["any length from 1" if wanted is None else str(wanted) for wanted in shape]
        wanted_shape = f"({', '.join(lengths)}{',' if len(shape) == 1 else ''})"
        raise ValueError(f"{name} must have shape {wanted_shape}, got shape {raw.shape}")
    with np.errstate(over="ignore"):  # longer floats may end as inf, which is rejected below
        array = np.asarray(raw, dtype=np.float64, order="C")
    if not np.isfinite(array).all():
        _refuse_where(name, "be finite", array, ~np.isfinite(array))
    if most < math.inf and np.abs(array).max(initial=0.0) > most:
        _refuse_where(name, f"be at most {most:g} in size", array, np.abs(array) > most)
    return array


def require_real(name: str, value: npt.ArrayLike) -> Array:
    """Return finite numbers of any shape as float64.

    >>> require_real("z", [[1, 2]])
    array([[1., 2.]])
    """
    return require_array(name, value, real_array(name, value).shape)


def require_square(name: str, value: npt.ArrayLike, *, most: float = math.inf) -> Array:
    """Return a finite square matrix as float64.

    >>> require_square("kernel", [[1.0, 2.0]])
    Traceback (most recent call last):
    ...
    ValueError: kernel must be a square matrix, got shape (1, 2)
    """
    matrix = require_array(name, value, (None, None), most=most)
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"{name} must be a square matrix, got shape {matrix.shape}")
    return matrix


def require_symmetric(
    name: str, value: npt.ArrayLike, tolerance: float = 1e-10, *, most: float = math.inf
) -> Array:
    """Return a finite symmetric matrix as float64; the tolerance is relative to its largest entry.

    >>> require_symmetric("kernel", [[1.0, 2.0], [0.0, 1.0]])
    Traceback (most recent call last):
    ...
    ValueError: kernel must be symmetric, got |K - K.T| up to 2.0e+00
    """
    matrix = require_square(name, value, most=most)
    moderate, exponent = moderated(matrix)
    asymmetry = float(np.abs(moderate - moderate.T).max())
    if asymmetry > tolerance * np.abs(moderate).max():
        with np.errstate(over="ignore"):
            largest = np.ldexp(asymmetry, exponent)
        raise ValueError(f"{name} must be symmetric, got |K - K.T| up to {largest:.1e}")
    return matrix


def moderated(array: Array) -> tuple[Array, int]:
    """An array over a power of two, and its exponent, so that sums and products stay numbers.

    It is the array itself, and 0, where the largest entry is 0 or between 1e-150 and 1e150.

    >>> moderated(np.array([2.0])), moderated(np.array([2.0**1000]))
    ((array([2.]), 0), (array([0.5]), 1001))
    """
    largest = float(np.abs(array).max())
    if largest == 0 or 1e-150 <= largest <= 1e150:
        return array, 0
    exponent = int(np.frexp(largest)[1])
    return np.ldexp(array, -exponent), exponent


def scaled(array: Array) -> tuple[Array, float]:
    """An array over its largest entry in size, and that entry; zeros stay as they are.

    >>> scaled(np.array([1e-200, -2e-200]))
    (array([ 0.5, -1. ]), 2e-200)
    """
    largest = float(np.abs(array).max())
    if largest == 0:
        return array, 0.0
    # By a power of two first: 1/largest alone may overflow, and exact scaling keeps all digits.
    exponent = int(np.frexp(largest)[1])
    return np.ldexp(array, -exponent) / np.ldexp(largest, -exponent), largest


def require_range(name: str, value: npt.ArrayLike, low: float, high: float) -> Array:
    """Return real numbers within [low, high], of any shape, as float64.

    >>> require_range("angle", [0.0, 4.0], 0.0, np.pi)
    Traceback (most recent call last):
    ...
    ValueError: angle must lie in [0, 3.14159] and be finite, got 4.0 at index (1,)
    """
    array = require_real(name, value)
    rule = f"lie in [{low:g}, {high:g}] and be finite"
    _refuse_where(name, rule, array, ~((array >= low) & (array <= high)))
    return array + 0.0  # no −0, whose inverse is −inf


def require_coefficients(name: str, value: npt.ArrayLike) -> Array:
    """Return coefficients in the order 0, 1c, 1s, 2c, 2s, …: an odd number of them.

    >>> require_coefficients("coefficients", [1.0, 2.0])
    Traceback (most recent call last):
    ...
    ValueError: coefficients must be odd in number (0, 1c, 1s, …), got 2
    """
    array = require_array(name, value, (None,), most=LARGEST)
    if len(array) % 2 == 0:
        raise ValueError(f"{name} must be odd in number (0, 1c, 1s, …), got {len(array)}")
    return array


def real_array(name: str, value: npt.ArrayLike) -> npt.NDArray[Any]:
    """An array of whole or real numbers; rows of unequal length and masks are no such array."""
    if _is_masked(value):
        raise TypeError(f"{name} must be an array without a mask, got {show(value)}")
    try:
        raw = np.asarray(value)
    except ValueError:  # rows of unequal length
        raise ValueError(
            f"{name} must be an array with rows of one length, got {show(value)}"
        ) from None
    if raw.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be an array of real numbers, got {show(value)}")
    return raw


def _is_masked(value: Any) -> bool:
    """Whether a mask is anywhere in an argument, also as an entry of a list."""
    if not isinstance(value, (list, tuple)):
        return is_masked(value)
    kinds = set(map(type, value))  # of a million numbers one: a list is not walked in Python
    nested = any(issubclass(kind, (list, tuple, np.ndarray)) for kind in kinds)
    return nested and any(map(_is_masked, value))


def _refuse_where(name: str, rule: str, array: Array, wrong: npt.NDArray[np.bool_]) -> None:
    if wrong.any():
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        where = f" at index {index}" if index else ""
        raise ValueError(f"{name} must {rule}, got {float(array[index])}{where}")
