"""Claims beyond the study: the evolving kernel measured, explained and predicted."""

from types import ModuleType

from . import alignment, growth

__all__ = ["BEYOND"]

BEYOND: tuple[ModuleType, ...] = (growth, alignment)
