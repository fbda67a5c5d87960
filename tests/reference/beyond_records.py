"""Records of the claims beyond the study at the sizes of their own tests."""

import dataclasses
import functools

from minintk.claims import CLAIMS
from minintk.claims.claim import measure

# Sizes of a few tenths of a second.
SIZES = {
    "growth": {"steps": 20, "widths": (16, 64), "seeds": 2},
    "mean_field": {"at_steps": (5, 10), "radii": 16, "directions": 16},
    "mean_field_fluctuation": {"steps": 10, "radii": 16, "directions": 16},
    "decomposition": {"steps": 60, "seeds": 8, "block": 8, "radii": 16},
    "frozen_fluctuation": {"widths": (64, 256), "k_max": 8, "times": (50.0, 100.0), "seeds": 120},
    "evolving_or_frozen": {
        "frequencies": (1, 8),
        "at_steps": (20, 50, 80),
        "seeds": 2,
        "radii": 8,
        "directions_per_point": 1,
    },
    "phase_split": {"widths": (64,), "at_steps": (100,), "radii": 16, "directions": 16},
    "leading_logarithm": {"steps": 40, "directions": 48},
    "kernel_velocity": {"steps": 60, "seeds": 2},
    "alignment": {"steps": 60},
}


def sized(name):
    return dataclasses.replace(CLAIMS[name].quick, **SIZES[name])


@functools.cache
def record_of(name):
    return measure(CLAIMS[name], sized(name), seed=0)
