"""The claims, each in one file of the same shape, in the order of the argument.

`study` has those of the study; `beyond` has those about the evolving kernel, whose theory the study
leaves open.

>>> print(*(name for name, claim in CLAIMS.items() if not claim.beyond_study))
rotation eigenfunctions decay spectral_bias sampling width evolving
"""

from .beyond import BEYOND
from .claim import Claim
from .study import STUDY

__all__ = ["CLAIMS", "Claim"]

CLAIMS: dict[str, Claim] = {module.CLAIM.name: module.CLAIM for module in (*STUDY, *BEYOND)}
