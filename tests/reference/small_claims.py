"""Claims that take no time: some that hold, and some that crash, each at another place.

In a module of its own, so that child processes can import what they run.
"""

import multiprocessing
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from minintk.claims.claim import HOLDS, Claim, Unit, Verdict


@dataclass(frozen=True)
class Configuration:
    units: int = 3
    factor: float = 1.0


@dataclass(frozen=True)
class Record:
    values: np.ndarray
    units: tuple[int, ...]
    in_child_process: bool
    blas_threads: tuple[str, ...]
    never: float = float("inf")


def units(configuration):
    return [Unit((number,), 2.0) for number in range(configuration.units)]


def measure_unit(configuration, unit, rng):
    return {
        "values": configuration.factor * rng.random(40),
        "unit": unit.key[0],
        "child": multiprocessing.parent_process() is not None,
        "threads": os.environ.get("OPENBLAS_NUM_THREADS", "as many as there are cores"),
    }


def crash_in_unit(configuration, unit, rng):
    if unit.key[0] == 1:
        raise RuntimeError("this unit cannot be measured")
    return measure_unit(configuration, unit, rng)


def sleep_in_unit(configuration, unit, rng):
    time.sleep(10)
    Path(os.environ["SLEPT"]).touch()


def collect(configuration, parts):
    return Record(
        values=np.array([part["values"] for part in parts]),
        units=tuple(part["unit"] for part in parts),
        in_child_process=all(part["child"] for part in parts),
        blas_threads=tuple(sorted({part["threads"] for part in parts})),
    )


def judge(record):
    return Verdict(HOLDS, f"1 < 2 & the mean of {record.values.size} numbers is λ.")


def draw(record, axes):
    (axis,) = axes
    axis.plot(record.values.T)


def crash_while_drawing(record, axes):
    raise RuntimeError("this record cannot be drawn")


def crash_while_judging(record):
    raise RuntimeError("this record cannot be judged")


def claim(name, **changes):
    return Claim(
        **{
            "name": name,
            "statement": f"That {name} <b>holds</b>.",
            "formula": "λ < π & 4",
            "source": "none",
            "criterion": "none",
            "default": Configuration(),
            "quick": Configuration(factor=2.0),
            "full": Configuration(factor=3.0),
            "units": units,
            "measure_unit": measure_unit,
            "collect": collect,
            "judge": judge,
            "draw": draw,
            "panels": 1,
            **changes,
        }
    )


def named(*claims):
    return {one.name: one for one in claims}


FINE = claim("fine")
OTHER = claim("another_one", beyond_study=True)
SLEEPING = claim("sleeping", measure_unit=sleep_in_unit)
CRASHING = claim("crashing", measure_unit=crash_in_unit)
UNDRAWABLE = claim("undrawable", draw=crash_while_drawing)
UNJUDGED = claim("unjudged", judge=crash_while_judging)
