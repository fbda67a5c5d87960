"""Checks of one number: whole, real, and how much memory it asks for."""

from __future__ import annotations

import contextlib
import math
import operator
from typing import Any

import numpy as np

from .objects import is_masked, show

GIBIBYTE = 2**30


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
    if not isinstance(value, (bool, np.bool_)) and not is_masked(value):
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
    if plain and not is_masked(value):
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


def require_memory(what: str, doubles: int, cheaper: str) -> None:
    """Reject an array of more than 1 GiB before anything is allocated.

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
