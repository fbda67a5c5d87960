"""Claims beyond the study: the evolving kernel measured, explained and predicted."""

from types import ModuleType

from . import alignment, growth, sampling_and_width

__all__ = ["BEYOND"]

BEYOND: tuple[ModuleType, ...] = (sampling_and_width, growth, alignment)
