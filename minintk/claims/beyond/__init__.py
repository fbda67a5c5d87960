"""Claims beyond the study: the evolving kernel measured, explained and predicted."""

from types import ModuleType

__all__ = ["BEYOND"]

BEYOND: tuple[ModuleType, ...] = ()
