"""Records of every claim at small sizes, and changes to them."""

import dataclasses
import functools

import numpy as np

from minintk.claims import CLAIMS, evolving
from minintk.claims.claim import Interval, arrays, measure, summary

# Sizes for a fraction of a second each, at which the verdicts are still those of the quick run.
SMALL = {
    "rotation": {"widths": (64, 256, 1024)},
    "eigenfunctions": {"k_max": 9, "points": 11, "grids": (32, 33), "nodes": 60},
    "decay": {"points": 32, "k_max": 2, "steps": 60},
    "spectral_bias": {"points": 24, "frequencies": (1, 2, 3, 4), "steps_without_bias": 50},
    "sampling": {"sizes": (64, 400), "seeds": 64},
    "width": {"mean_points": 9, "mean_neurons": 20_000, "mean_blocks": 3},
    "sampling_and_width": {"samples": (64, 192, 512), "widths": (16, 64, 256), "seeds": 16},
    "evolving": {"widths": (16, 64), "steps": 200, "seeds": 12, "block": 3},
    "growth": {"steps": 60, "widths": (16, 64), "seeds": 4, "block": 3},
    "mean_field": {"at_steps": (20, 40), "radii": 16, "directions": 16},
    "mean_field_fluctuation": {"steps": 40, "radii": 16, "directions": 16},
    "decomposition": {"steps": 60, "radii": 16, "directions": 16},
    "frozen_fluctuation": {"widths": (64, 256), "k_max": 8},
    "evolving_or_frozen": {
        "frequencies": (1, 8),
        "at_steps": (20, 50, 80),
        "directions_per_point": 1,
    },
    "phase_split": {"widths": (64,), "at_steps": (40,), "radii": 16, "directions": 16},
    "leading_logarithm": {"radii": 48, "directions": 48},
    "kernel_velocity": {"steps": 40, "seeds": 3},
    "alignment": {"steps": 60},
}
# Sizes for a few hundredths of a second, in blocks that do not divide the seeds.
TINY = {
    "rotation": {"points": 8, "rotations": 2, "widths": (16, 32), "seeds": 8, "block": 3},
    "eigenfunctions": {"k_max": 5, "points": 7, "grids": (16, 17), "nodes": 30},
    "decay": {"width": 64, "points": 16, "k_max": 2, "steps": 60, "seeds": 8, "block": 3},
    "spectral_bias": {
        "width": 512,
        "points": 16,
        "frequencies": (1, 2, 3, 4),
        "remaining": 0.5,
        "patience": 2.0,
        "seeds": 8,
        "block": 3,
        "steps_without_bias": 5,
    },
    "sampling": {"sizes": (24, 40), "seeds": 8, "block": 3},
    "width": {
        "widths": (16, 32),
        "seeds": 8,
        "block": 3,
        "mean_points": 5,
        "mean_neurons": 200,
        "mean_blocks": 2,
    },
    "sampling_and_width": {"samples": (24, 40), "widths": (16, 32), "seeds": 8, "block": 3},
    "evolving": {
        "widths": (8, 16),
        "small_width": 16,
        "points": 24,
        "steps": 10,
        "seeds": 8,
        "block": 3,
    },
    "growth": {"steps": 5, "widths": (8, 16), "points": 12, "seeds": 3, "block": 2},
    "mean_field": {
        "widths": (8, 16),
        "points": 12,
        "at_steps": (3, 6),
        "seeds": 8,
        "block": 3,
        "radii": 4,
        "directions": 6,
    },
    "decomposition": {
        "widths": (8, 64),
        "points": 12,
        "steps": 5,
        "seeds": 8,
        "block": 3,
        "k_max": 4,
        "radii": 4,
        "directions": 6,
    },
    "mean_field_fluctuation": {
        "neurons": (8, 16),
        "judged_from": 8,
        "points": 12,
        "steps": 5,
        "seeds": 8,
        "block": 3,
        "radii": 4,
        "directions": 6,
    },
    "frozen_fluctuation": {"widths": (16, 32), "k_max": 6, "seeds": 8, "block": 3},
    "evolving_or_frozen": {
        "frequencies": (1, 2),
        "widths": (8, 64),
        "points": 12,
        "at_steps": (3, 40),
        "seeds": 3,
        "radii": 4,
        "directions_per_point": 1,
    },
    "phase_split": {"widths": (8, 16), "at_steps": (5,), "seeds": 8, "block": 3, "radii": 4},
    "leading_logarithm": {"radii": 4, "directions": 8, "steps": 5},
    "kernel_velocity": {"widths": (8, 16), "steps": 5, "seeds": 3, "block": 2},
    "alignment": {"widths": (8, 16), "points": 12, "steps": 5, "seeds": 8, "block": 3},
}


def sized(name, changes):
    return dataclasses.replace(CLAIMS[name].quick, **changes[name])


@functools.cache
def small_record(name):
    return measure(CLAIMS[name], sized(name, SMALL), seed=0)


@functools.cache
def tiny_record(name):
    return measure(CLAIMS[name], sized(name, TINY), seed=3)


def figures_of_record(record):
    """All that a record holds, in a form that `==` compares bit by bit."""
    return repr(summary(record)), {key: a.tobytes() for key, a in arrays(record).items()}


def near_half(mean, half=0.02):
    return Interval(mean, mean - half, mean + half)


def with_entry(array, index, value):
    changed = np.array(array, dtype=np.float64)
    changed[index] = value
    return changed


def with_ratio(record, k, mean):
    """The interval of one frequency moved to another mean."""
    intervals = list(record)
    intervals[k] = near_half(mean)
    return tuple(intervals)


def winning(record):
    """A record of `evolving` in which everything that the study says is so."""
    low = {key: near_half(0.5) for key in record.lowest_gain_at_small_width}
    return dataclasses.replace(
        record,
        evolving_loss=record.frozen_loss / 2,
        after=record.before,
        lowest_gain_at_small_width=low,
    )


def changed_by(record, measure, amount):
    """A measure of the low target changed at the first width only, about alike in every seed."""
    column = list(evolving.MEASURES).index(measure)
    seeds = np.arange(record.after.shape[2])
    changed = np.array(record.before)
    changed[0, 0, :, column] += amount * (1 + 0.01 * seeds)
    return {"after": changed}


def worse_where(record, chosen):
    """The loss of the evolving kernel half the frozen one, or twice where chosen."""
    return record.frozen_loss * np.where(chosen, 2.0, 0.5)


def losses(record, target, width, lost):
    """The evolving kernel loses in the first `lost` seeds of one target and width."""
    chosen = np.zeros(record.frozen_loss.shape, dtype=bool)
    chosen[target, width, :lost] = True
    return worse_where(record, chosen)
