"""The claims of the study, in the order of its argument."""

from types import ModuleType

from . import decay, eigenfunctions, rotation, spectral_bias

__all__ = ["STUDY"]

STUDY: tuple[ModuleType, ...] = (rotation, eigenfunctions, decay, spectral_bias)
