"""Claims beyond the study: the evolving kernel measured, explained and predicted."""

from types import ModuleType

from . import (
    evolving_or_frozen,
    frozen_fluctuation,
    kernel_velocity,
    leading_logarithm,
    phase_split,
)

__all__ = ["BEYOND"]

BEYOND: tuple[ModuleType, ...] = (
    frozen_fluctuation,
    evolving_or_frozen,
    phase_split,
    leading_logarithm,
    kernel_velocity,
)
