"""Claims beyond the study: the evolving kernel measured, explained and predicted.

Each is a file of the same shape as the study's own, marked `beyond_study`; the theory that they
test is derived in the docstrings of `minintk.evolving`. Their criteria were fixed before the first
run, and one that fails is reported, not moved; where a stricter condition or more seeds came after
it, the file says so.
"""

from types import ModuleType

from . import (
    alignment,
    decomposition,
    evolving_or_frozen,
    frozen_fluctuation,
    growth,
    kernel_velocity,
    leading_logarithm,
    mean_field,
    mean_field_fluctuation,
    phase_split,
)

__all__ = ["BEYOND"]

BEYOND: tuple[ModuleType, ...] = (
    growth,
    mean_field,
    mean_field_fluctuation,
    decomposition,
    frozen_fluctuation,
    evolving_or_frozen,
    phase_split,
    leading_logarithm,
    kernel_velocity,
    alignment,
)
