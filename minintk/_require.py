"""Refusals at the door: every wrong argument meets the rule and the value received.

Each check returns its argument in the form that the code computes with: a float64 array, a plain
int, a plain float. float32 is promoted to float64; text, booleans and complex numbers are refused.
"""

from __future__ import annotations

import contextlib
import math
import operator
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

PARTS = ("w", "b", "a")
GIBIBYTE = 2**30


def require_array(name: str, value: npt.ArrayLike, shape: Sequence[int | None]) -> Array:
    """Return a finite float64 array of the given shape; None stands for any length from 1.

    >>> require_array("angles", [0.0, float("nan")], (None,))
    Traceback (most recent call last):
    ...
    ValueError: angles must be finite, got nan at index (1,)
    """
    raw = np.asarray(value)
    if raw.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be an array of real numbers, got {_show(value)}")
    if raw.ndim != len(shape) or not all(
        size == wanted if wanted is not None else size >= 1
        for size, wanted in zip(raw.shape, shape, strict=True)
    ):
        lengths = ["any length from 1" if wanted is None else str(wanted) for wanted in shape]
        wanted_shape = f"({', '.join(lengths)}{',' if len(shape) == 1 else ''})"
        raise ValueError(f"{name} must have shape {wanted_shape}, got shape {raw.shape}")
    array = raw.astype(np.float64, order="C")
    _refuse_where(name, "be finite", array, ~np.isfinite(array))
    return array


def require_square(name: str, value: npt.ArrayLike) -> Array:
    """Return a finite square matrix as float64.

    >>> require_square("kernel", [[1.0, 2.0]])
    Traceback (most recent call last):
    ...
    ValueError: kernel must be a square matrix, got shape (1, 2)
    """
    matrix = require_array(name, value, (None, None))
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"{name} must be a square matrix, got shape {matrix.shape}")
    return matrix


def require_symmetric(name: str, value: npt.ArrayLike, tolerance: float = 1e-10) -> Array:
    """Return a finite symmetric matrix as float64; the tolerance is relative to its largest entry.

    >>> require_symmetric("kernel", [[1.0, 2.0], [0.0, 1.0]])
    Traceback (most recent call last):
    ...
    ValueError: kernel must be symmetric, got |K - K.T| up to 2.0e+00
    """
    matrix = require_square(name, value)
    asymmetry = float(np.abs(matrix - matrix.T).max())
    if asymmetry > tolerance * np.abs(matrix).max():
        raise ValueError(f"{name} must be symmetric, got |K - K.T| up to {asymmetry:.1e}")
    return matrix


def require_range(name: str, value: npt.ArrayLike, low: float, high: float) -> Array:
    """Return real numbers within [low, high], of any shape, as float64.

    >>> require_range("angle", [0.0, 4.0], 0.0, np.pi)
    Traceback (most recent call last):
    ...
    ValueError: angle must lie in [0, 3.14159] and be finite, got 4.0 at index (1,)
    """
    array = require_array(name, value, np.shape(value))
    rule = f"lie in [{low:g}, {high:g}] and be finite"
    _refuse_where(name, rule, array, ~((array >= low) & (array <= high)))
    return array


def require_integer(name: str, value: Any, least: int = 1) -> int:
    """Return a whole number that is not below `least`.

    >>> require_integer("width", -3)
    Traceback (most recent call last):
    ...
    ValueError: width must be a positive integer, got -3
    """
    rule = "a positive integer" if least == 1 else f"an integer of at least {least}"
    number = None
    if not isinstance(value, (bool, np.bool_)):  # asked first: as an index it warns in NumPy 2.2
        with contextlib.suppress(TypeError):
            number = operator.index(value)
    if number is None or number < least:
        raise ValueError(f"{name} must be {rule}, got {_show(value)}")
    return number


def require_number(
    name: str, value: Any, *, least: float = -math.inf, above: float = -math.inf
) -> float:
    """Return a finite real number, not below `least` and greater than `above`.

    >>> require_number("learning_rate", 0, above=0)
    Traceback (most recent call last):
    ...
    ValueError: learning_rate must be a finite number above 0, got 0
    """
    bounds = [f"of at least {least:g}"] * (least > -math.inf)
    bounds += [f"above {above:g}"] * (above > -math.inf)
    plain = np.ndim(value) == 0 and np.asarray(value).dtype.kind in "iuf"
    if not (plain and math.isfinite(value) and value >= least and value > above):
        rule = " ".join(["a finite number", *bounds])
        raise ValueError(f"{name} must be {rule}, got {_show(value)}")
    return float(value)


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
        raise ValueError(f"{name} must be one of {listed}, got {_show(value)}")
    return value


def require_flag(name: str, value: Any) -> bool:
    """Return True or False; nothing else counts as one of them.

    >>> require_flag("antisymmetric", "no")
    Traceback (most recent call last):
    ...
    ValueError: antisymmetric must be True or False, got 'no'
    """
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} must be True or False, got {_show(value)}")
    return bool(value)


def require_trained(trained: Iterable[str] | None, bias: bool) -> tuple[str, ...]:
    """Return the trained parts in the order w, b, a; None means every part that there is.

    >>> require_trained(("a", "w"), bias=True)
    ('w', 'a')
    >>> require_trained(("w", "b"), bias=False)
    Traceback (most recent call last):
    ...
    ValueError: trained must be without 'b' where bias is False, got ('w', 'b')
    """
    require_flag("bias", bias)
    if trained is None:
        return PARTS if bias else ("w", "a")
    parts = () if isinstance(trained, str) else tuple(trained)
    if not parts or len(set(parts)) < len(parts) or not set(parts) <= set(PARTS):
        raise ValueError(
            f"trained must be a tuple of different names out of 'w', 'b', 'a', got {_show(trained)}"
        )
    if "b" in parts and not bias:
        raise ValueError(f"trained must be without 'b' where bias is False, got {_show(trained)}")
    return tuple(part for part in PARTS if part in parts)


def require_no_bias_std(bias: bool, bias_std: Any) -> float:
    """Return the standard deviation of the biases, which must be 0 where there is no bias.

    >>> require_no_bias_std(False, 0.5)
    Traceback (most recent call last):
    ...
    ValueError: bias_std must be 0 where bias is False, got 0.5
    """
    beta = require_number("bias_std", bias_std, least=0)
    if beta > 0 and not bias:
        raise ValueError(f"bias_std must be 0 where bias is False, got {_show(bias_std)}")
    return beta


def require_generator(rng: Any) -> np.random.Generator:
    """Return a numpy Generator; a seed in its place is refused, with the mend.

    >>> require_generator(0)
    Traceback (most recent call last):
    ...
    TypeError: rng must be a numpy.random.Generator (numpy.random.default_rng(seed)), got 0
    """
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            "rng must be a numpy.random.Generator (numpy.random.default_rng(seed)), "
            f"got {_show(rng)}"
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
        raise MemoryError(
            f"{what} would take {size / GIBIBYTE:.1f} GiB, more than 1 GiB: {cheaper}"
        )


def _refuse_where(name: str, rule: str, array: Array, wrong: npt.NDArray[np.bool_]) -> None:
    if wrong.any():
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        where = f" at index {index}" if index else ""
        raise ValueError(f"{name} must {rule}, got {float(array[index])}{where}")


def _show(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:57] + "..."
