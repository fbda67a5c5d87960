"""Argument checks: every wrong argument meets the rule, its name and the value received.

Each check returns its argument in the form that the code computes with: a float64 array, a plain
int, a plain float. float32 is promoted to float64; text, booleans, complex numbers, masked arrays
and lists of unequal rows are refused. Public functions call these once; what they call computes.
"""

from __future__ import annotations

import contextlib
import math
import operator
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Kind = TypeVar("Kind")

PARTS = ("w", "b", "a")
GIBIBYTE = 2**30
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
    with np.errstate(over="ignore"):  # longer floats may end as inf, which is refused below
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
    """An array over a power of two, and its exponent, so that sums and products of its entries
    stay numbers; where they are already (entries up to 1e-150 … 1e150), the array itself.

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


def require_integer(name: str, value: Any, least: int = 1) -> int:
    """Return a whole number that is not below `least`.

    >>> require_integer("width", -3)
    Traceback (most recent call last):
    ...
    ValueError: width must be a positive integer, got -3
    """
    rule = "a positive integer" if least == 1 else f"an integer of at least {least}"
    number = None
    # Truth values are asked first: as an index they warn in NumPy 2.2.
    if not isinstance(value, (bool, np.bool_, np.ma.MaskedArray)):
        with contextlib.suppress(TypeError):
            number = operator.index(value)
    if number is None or number < least:
        raise ValueError(f"{name} must be {rule}, got {show(value)}")
    return number


def require_number(
    name: str,
    value: Any,
    *,
    least: float = -math.inf,
    above: float = -math.inf,
    largest: float = math.inf,
) -> float:
    """Return a finite real number, at least `least`, above `above`, at most `largest` in size.

    >>> require_number("learning_rate", 0, above=0)
    Traceback (most recent call last):
    ...
    ValueError: learning_rate must be a finite number above 0, got 0
    """
    number = math.nan
    plain = isinstance(value, (int, float, np.integer, np.floating, np.ndarray))
    if plain and not isinstance(value, np.ma.MaskedArray):
        raw = np.asarray(value)
        if raw.ndim == 0 and raw.dtype.kind in "iuf":  # no truth value, nor a whole number of 1e20
            with np.errstate(over="ignore"):
                number = float(raw)
        elif isinstance(value, int) and not isinstance(value, bool):
            with contextlib.suppress(OverflowError):
                number = float(value)
    if not (math.isfinite(number) and least <= number > above and abs(number) <= largest):
        bounds = [f"of at least {least:g}"] * (least > -math.inf)
        bounds += [f"above {above:g}"] * (above > -math.inf)
        bounds += [f"and at most {largest:g} in size"] * (largest < abs(number) < math.inf)
        raise ValueError(
            f"{name} must be {' '.join(['a finite number', *bounds])}, got {show(value)}"
        )
    return number


def require_choice(name: str, value: Any, choices: Iterable[str]) -> str:
    """Return one of the names on the list.

    >>> require_choice("output_law", "uniform", ("signs", "normal"))
    Traceback (most recent call last):
    ...
    ValueError: output_law must be one of 'signs', 'normal', got 'uniform'
    """
    names = tuple(choices)
    if not isinstance(value, str) or value not in names:
        listed = ", ".join(repr(choice) for choice in names)
        raise ValueError(f"{name} must be one of {listed}, got {show(value)}")
    return value


def require_flag(name: str, value: Any) -> bool:
    """Return True or False; nothing else counts as one of them.

    >>> require_flag("antisymmetric", "no")
    Traceback (most recent call last):
    ...
    ValueError: antisymmetric must be True or False, got 'no'
    """
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} must be True or False, got {show(value)}")
    return bool(value)


def require_instance(name: str, value: Any, kind: type[Kind], maker: str) -> Kind:
    """Return an object of one class; `maker` says how to get one.

    >>> require_instance("law", {"bias": False}, int, "int(…)")
    Traceback (most recent call last):
    ...
    TypeError: law must be an int, as from int(…), got {'bias': False}
    """
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "aeiouAEIOU" else "a"
        raise TypeError(
            f"{name} must be {article} {kind.__name__}, as from {maker}, got {show(value)}"
        )
    return value


def require_text(name: str, value: Any) -> str:
    """Return text.

    >>> require_text("formula", None)
    Traceback (most recent call last):
    ...
    TypeError: formula must be text, got None
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be text, got {show(value)}")
    return value


def require_path(name: str, value: Any) -> Path:
    """Return the path of a file or folder.

    >>> require_path("folder", 5)
    Traceback (most recent call last):
    ...
    TypeError: folder must be a path or its text, got 5
    """
    if not isinstance(value, (str, Path)):
        raise TypeError(f"{name} must be a path or its text, got {show(value)}")
    return Path(value)


def require_function(name: str, value: Any, of: str) -> Any:
    """Return what can be called; `of` says with what.

    >>> require_function("kernel_of_angle", 0.5, "angles")
    Traceback (most recent call last):
    ...
    TypeError: kernel_of_angle must be a function of angles, got 0.5
    """
    if not callable(value):
        raise TypeError(f"{name} must be a function of {of}, got {show(value)}")
    return value


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


def require_generator(rng: Any) -> np.random.Generator:
    """Return a numpy Generator; a seed in its place is refused, with how to make one.

    >>> require_generator(0)
    Traceback (most recent call last):
    ...
    TypeError: rng must be a numpy.random.Generator (numpy.random.default_rng(seed)), got 0
    """
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            "rng must be a numpy.random.Generator (numpy.random.default_rng(seed)), "
            f"got {show(rng)}"
        )
    return rng


def require_memory(what: str, doubles: int, cheaper: str) -> None:
    """Refuse an array of more than 1 GiB before anything is allocated.

    >>> require_memory("the Jacobian", 2**30, "factorised_ntk needs no Jacobian")
    Traceback (most recent call last):
    ...
    MemoryError: the Jacobian would take 8.0 GiB, more than 1 GiB: factorised_ntk needs no Jacobian
    """
    size = 8 * doubles
    if size > GIBIBYTE:
        gibibytes = float(min(size, 10**300)) / GIBIBYTE  # a whole number may be beyond a float
        needed = f"{gibibytes:.1f}" if gibibytes < 1e7 else f"{gibibytes:.1e}"
        raise MemoryError(f"{what} would take {needed} GiB, more than 1 GiB: {cheaper}")


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
        return isinstance(value, np.ma.MaskedArray)
    kinds = set(map(type, value))  # of a million numbers one: a list is not walked in Python
    nested = any(issubclass(kind, (list, tuple, np.ma.MaskedArray)) for kind in kinds)
    return nested and any(map(_is_masked, value))


def _refuse_where(name: str, rule: str, array: Array, wrong: npt.NDArray[np.bool_]) -> None:
    if wrong.any():
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        where = f" at index {index}" if index else ""
        raise ValueError(f"{name} must {rule}, got {float(array[index])}{where}")


def show(value: Any) -> str:
    """The value received, as short text on one line.

    >>> show("two\\nlines")
    "'two\\\\nlines'"
    """
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # Python writes no whole number of more than 4300 digits
        size = f" of {value.bit_length()} bits" if isinstance(value, int) else ""
        return f"{type(value).__name__} too long to write{size}"
    return text if len(text) <= 60 else text[:57] + "..."
