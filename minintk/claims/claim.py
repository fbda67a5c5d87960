"""The shape of a claim: learn one file of this folder, know all of them.

Top to bottom, a claim's file has its statement and source; a frozen configuration, in a default, a
quick and a full size; `units`, the pieces of work it falls into; `measure_unit`, which does one of
them; `collect`, which joins them into a frozen record; `judge`, which applies a criterion written
down before the run; and `draw`, which shows the record on the Axes that it is given.

A unit's generator depends on the seed, the claim and the unit alone, so that units run in any order
on any number of workers. `measure` runs them one after the other: that is the definition.
"""

from __future__ import annotations

import dataclasses
import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .._require import Array

HOLDS, IN_PART, FAILS = "holds", "holds in part", "fails"

Part = Mapping[str, Any]


class Unit(NamedTuple):
    """One piece of work: whole numbers that name it, and its rough cost in seconds."""

    key: tuple[int, ...]
    cost: float


class Verdict(NamedTuple):
    """Whether a claim holds, and why."""

    verdict: str
    reason: str


@dataclass(frozen=True)
class Claim:
    """One claim, from its statement to its figure: of the study, or `beyond_study`."""

    name: str
    statement: str
    formula: str
    source: str
    criterion: str
    default: Any
    quick: Any
    full: Any
    units: Callable[[Any], list[Unit]]
    measure_unit: Callable[[Any, Unit, np.random.Generator], Part]
    collect: Callable[[Any, Sequence[Part]], Any]
    judge: Callable[[Any], Verdict]
    draw: Callable[[Any, Sequence[Any]], None]
    panels: int
    beyond_study: bool = False


def unit_generator(seed: int, claim: str, unit: Unit) -> np.random.Generator:
    """The generator of one unit: a function of the seed, the claim's name and the unit's key."""
    return np.random.default_rng([seed, zlib.crc32(claim.encode()), *unit.key])


def measure(claim: Claim, configuration: Any, seed: int) -> Any:
    """Measure a whole claim, unit after unit, and return its record."""
    units = claim.units(configuration)
    return claim.collect(
        configuration,
        [
            claim.measure_unit(configuration, unit, unit_generator(seed, claim.name, unit))
            for unit in units
        ],
    )


def seed_units(
    sizes: Sequence[int], seeds: int, block: int, cost: Callable[[int], float]
) -> list[Unit]:
    """Units (size, block number) for every size and block of seeds; `cost` is of one seed."""
    blocks = math.ceil(seeds / block)
    return [
        Unit((size, number), cost(size) * len(seeds_in_block(seeds, block, number)))
        for size in sizes
        for number in range(blocks)
    ]


def seeds_in_block(seeds: int, block: int, number: int) -> range:
    """The seeds that belong to one block: a unit draws once for each, in this order."""
    return range(number * block, min(seeds, (number + 1) * block))


def by_size(parts: Sequence[Part], name: str, sizes: int) -> Array:
    """One measured quantity of `seed_units`, joined to (sizes, seeds, …)."""
    rows = np.concatenate([np.asarray(part[name]) for part in parts])
    return rows.reshape(sizes, -1, *rows.shape[1:])


class Interval(NamedTuple):
    """A mean over seeds with its 95 % Student interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3g} [{self.low:.3g}, {self.high:.3g}]".replace("-", "−")

    def near(self, value: float, margin: float) -> bool:
        """Whether the mean is within the margin of a value, and known to better than the margin."""
        return abs(self.mean - value) <= margin and self.high - self.mean <= margin


def student_quantile(degrees: int) -> float:
    """The 97.5 % quantile of Student's t, to 1e-3 from 7 degrees of freedom on.

    t ≈ z + (z³ + z)/(4ν) + (5z⁵ + 16z³ + 3z)/(96ν²) + (3z⁷ + 19z⁵ + 17z³ − 15z)/(384ν³)

    Source: Abramowitz & Stegun, 26.7.5, with z = 1.959964 of the normal law.
    """
    z, nu = 1.959963984540054, degrees
    return (
        z
        + (z**3 + z) / (4 * nu)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * nu**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * nu**3)
    )


def student_interval(values: Array) -> Interval:
    """Mean over seeds and its 95 % Student interval, of at least 8 values (nan: not all finite)."""
    if not np.isfinite(values).all():
        return Interval(math.nan, -math.inf, math.inf)
    mean = float(np.mean(values))
    error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
    half = student_quantile(len(values) - 1) * error
    return Interval(mean, mean - half, mean + half)


def fitted_slopes(sizes: Sequence[float], values: Array) -> Array:
    """Least-squares slope of log value against log size, for every seed.

    Takes sizes (s,) and positive values (s, seeds); returns (seeds,).
    """
    x = np.log(np.asarray(sizes, dtype=np.float64))
    x = x - x.mean()
    return np.asarray(x @ np.log(values) / (x @ x))


def summary(record: Any) -> dict[str, Any]:
    """The figures of a record that fit in a table: all but the arrays of more than 16 numbers."""
    return {
        field.name: _plain(value)
        for field in dataclasses.fields(record)
        if not isinstance(value := getattr(record, field.name), np.ndarray)
        or (value.ndim == 1 and value.size <= 16)
    }


def arrays(record: Any) -> dict[str, Array]:
    """The arrays of a record, by name."""
    return {
        field.name: value
        for field in dataclasses.fields(record)
        if isinstance(value := getattr(record, field.name), np.ndarray)
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Interval):
        return {**value._asdict(), "interval": "95 % Student"}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
