"""The claims, each in one file of the same shape, in the order of the argument.

Here those of the study, in `beyond` those about the evolving kernel, whose theory it leaves open.

>>> print(*(name for name, claim in CLAIMS.items() if not claim.beyond_study))
rotation eigenfunctions decay spectral_bias sampling width sampling_and_width evolving
"""

from . import (
    decay,
    eigenfunctions,
    evolving,
    rotation,
    sampling,
    sampling_and_width,
    spectral_bias,
    width,
)
from .beyond import BEYOND
from .claim import Claim

__all__ = ["CLAIMS", "Claim"]

CLAIMS: dict[str, Claim] = {
    module.CLAIM.name: module.CLAIM
    for module in (
        rotation,
        eigenfunctions,
        decay,
        spectral_bias,
        sampling,
        width,
        sampling_and_width,
        evolving,
        *BEYOND,
    )
}
