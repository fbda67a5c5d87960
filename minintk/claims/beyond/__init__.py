"""Claims beyond the study: the evolving kernel measured, explained and predicted.

Each is a file of the same shape as the study's own, marked `beyond_study`; the theory that they
test is derived in the docstrings of `minintk.evolving`.
"""

from types import ModuleType

__all__ = ["BEYOND"]

BEYOND: tuple[ModuleType, ...] = ()
