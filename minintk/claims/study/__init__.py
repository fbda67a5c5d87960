"""The claims of the study, in the order of its argument."""

from types import ModuleType

from . import rotation

__all__ = ["STUDY"]

STUDY: tuple[ModuleType, ...] = (rotation,)
