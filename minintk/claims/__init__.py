"""The claims, each in one file of the same shape, in the order of the argument.

`study` has those of the study; `beyond` has ours: most are about the evolving kernel, whose theory
the study leaves open.

>>> print(*(name for name, claim in CLAIMS.items() if not claim.beyond_study))
rotation eigenfunctions decay spectral_bias sampling width evolving cause
"""

from importlib import import_module

from .claim import Claim

__all__ = ["CLAIMS", "Claim"]

_STUDY = "rotation eigenfunctions decay spectral_bias sampling width evolving cause"
_BEYOND = (
    "sampling_and_width growth isotropic_growth alignment mean_field mean_field_fluctuation "
    "decomposition frozen_fluctuation evolving_or_frozen phase_split leading_logarithm kink "
    "kernel_velocity hard_targets"
)
CLAIMS: dict[str, Claim] = {
    name: import_module(f".{folder}.{name}", __name__).CLAIM
    for folder, names in (("study", _STUDY), ("beyond", _BEYOND))
    for name in names.split()
}
