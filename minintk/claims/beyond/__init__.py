"""Claims beyond the study: the evolving kernel measured, explained and predicted."""

from types import ModuleType

from . import (
    alignment,
    decomposition,
    evolving_or_frozen,
    frozen_fluctuation,
    growth,
    hard_targets,
    isotropic_growth,
    kernel_velocity,
    kink,
    leading_logarithm,
    mean_field,
    mean_field_fluctuation,
    phase_split,
    sampling_and_width,
)

__all__ = ["BEYOND"]

BEYOND: tuple[ModuleType, ...] = (
    sampling_and_width,
    growth,
    isotropic_growth,
    mean_field,
    mean_field_fluctuation,
    decomposition,
    frozen_fluctuation,
    evolving_or_frozen,
    phase_split,
    leading_logarithm,
    kink,
    kernel_velocity,
    alignment,
    hard_targets,
)
