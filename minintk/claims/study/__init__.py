"""The claims of the study, in the order of its argument."""

from types import ModuleType

from . import cause, decay, eigenfunctions, evolving, rotation, sampling, spectral_bias, width

__all__ = ["STUDY"]

STUDY: tuple[ModuleType, ...] = (
    rotation,
    eigenfunctions,
    decay,
    spectral_bias,
    sampling,
    width,
    evolving,
    cause,
)
