"""Argument checks: every wrong argument raises with the rule, its name and the value.

Each check returns its argument in the form that the code computes with: a float64 array, a plain
int, a plain float. float32 is promoted to float64; text, booleans, complex numbers, masked arrays
and lists of unequal rows raise. Public functions call these once; what they call computes.

arrays    shape, finite entries, range, symmetry, coefficients
numbers   whole numbers, real numbers, memory before it is allocated
objects   names, flags, texts, paths, functions, generators, objects of a class
"""

from __future__ import annotations

from .arrays import (
    LARGEST,
    Array,
    moderated,
    real_array,
    require_array,
    require_coefficients,
    require_range,
    require_real,
    require_square,
    require_symmetric,
    scaled,
)
from .numbers import GIBIBYTE, require_integer, require_memory, require_number
from .objects import (
    did_you_mean,
    require_choice,
    require_flag,
    require_function,
    require_generator,
    require_instance,
    require_path,
    require_text,
    show,
)

PARTS = ("w", "b", "a")

__all__ = [
    "GIBIBYTE",
    "LARGEST",
    "PARTS",
    "Array",
    "did_you_mean",
    "moderated",
    "real_array",
    "require_array",
    "require_choice",
    "require_coefficients",
    "require_flag",
    "require_function",
    "require_generator",
    "require_instance",
    "require_integer",
    "require_memory",
    "require_number",
    "require_path",
    "require_range",
    "require_real",
    "require_square",
    "require_symmetric",
    "require_text",
    "scaled",
    "show",
]
