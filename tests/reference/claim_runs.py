"""Small runs of every claim, and what can be compared of them."""

import dataclasses
import functools

import numpy as np

from minintk.claims import CLAIMS
from minintk.claims.claim import judge_run, run_unit, units_of
from tests.reference.kept import kept

# Claims whose quick size with a few seeds is still too much, or for which a few do not do.
SMALLER = {
    "rotation": {"widths": (64, 256, 1024)},
    "decay": {"large_seeds": 4},
    "spectral_bias": {"seeds": 3, "block": 3, "width": 256, "steps_without_bias": 50},
    "sampling": {"gaussian_draws": 200},
    "width": {"mean_neurons": 20_000, "gaussian_draws": 200},
    "evolving": {"steps": 40, "wide_seeds": 2},
    "cause": {"at_steps": (100,)},
    "sampling_and_width": {"gaussian_draws": 200},
    "growth": {"widths": (16, 256), "steps": 40},
    "isotropic_growth": {"at_steps": (20, 60)},
    "alignment": {"steps": 40, "wide_seeds": 2},
    "mean_field": {"at_steps": (25,)},
    "mean_field_fluctuation": {"at_steps": (20,)},
    "decomposition": {"steps": 40},
    "evolving_or_frozen": {"at_steps": (20, 50, 100)},
    "phase_split": {"at_steps": (20,)},
    "leading_logarithm": {"radii": 32, "directions": 32, "steps": 5},
    "kink": {"radii": 20},
    "kernel_velocity": {"steps": 15},
    "hard_targets": {"k_max": 6, "radii": (2, 3)},
}
SEED = 0


def tiny(name):
    """The quick sizes with few seeds."""
    quick = CLAIMS[name].quick
    few = {"seeds": 4, "block": 2}  # of a claim that draws
    less = {field: min(getattr(quick, field), few[field]) for field in few if hasattr(quick, field)}
    return dataclasses.replace(quick, **{**less, **SMALLER.get(name, {})})


@kept
def tiny_parts(name):
    """The units of the tiny run and what each measured, one after the other."""
    claim, sizes = CLAIMS[name], tiny(name)
    units = units_of(claim, sizes)
    return units, _parts(claim, sizes, units, SEED)


def run_with_control(claim, sizes, seed=SEED):
    """`run_claim`, where the control, whose sizes are its own, is measured once for all runs."""
    units = units_of(claim, sizes)
    return judge_run(claim, sizes, units, _parts(claim, sizes, units, seed))


def _parts(claim, sizes, units, seed):
    assert claim.control is CLAIMS[claim.name].control, "a tampered control is not kept"
    return [
        _of_control(claim.name, unit, seed) if unit.control else run_unit(claim, sizes, unit, seed)
        for unit in units
    ]


@kept
def _of_control(name, unit, seed):
    return run_unit(CLAIMS[name], None, unit, seed)


@functools.cache
def tiny_outcome(name):
    return judge_run(CLAIMS[name], tiny(name), *tiny_parts(name))


def bits(value):
    """All that is in it, down to the last bit, as something that can be compared."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, dict):
        return {key: bits(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [bits(item) for item in value]
    if hasattr(value, "__dict__") and not isinstance(value, type):
        return bits(vars(value))
    return repr(value)
