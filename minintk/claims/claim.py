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
import functools
import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .._require import Array

HOLDS, IN_PART, FAILS = "holds", "holds in part", "fails"

Part = Mapping[str, Any]

# In the place of a block number: the mean-field limit that networks are held against.
LIMIT = 2**20


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


def target_units(
    targets: int,
    widths: Sequence[int],
    seeds: int,
    block: int,
    cost: Callable[[int], float],
    limit_cost: float | None = None,
) -> list[Unit]:
    """Units (target, width, block number) for every target, width and block of seeds.

    With `limit_cost` also (target, width, LIMIT) after the blocks of each width: the mean-field
    limit that its networks are held against.

    >>> units = target_units(1, [8], 5, 3, lambda width: 1.0, limit_cost=2.0)
    >>> [unit.key[2] == LIMIT for unit in units]
    [False, False, True]
    """

    def of_width(width: int) -> list[Unit]:
        limit = [] if limit_cost is None else [Unit((width, LIMIT), limit_cost)]
        return [*seed_units([width], seeds, block, cost), *limit]

    return [
        Unit((target, *unit.key), unit.cost)
        for target in range(targets)
        for width in widths
        for unit in of_width(width)
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

    @property
    def kind(self) -> str:
        """What is known of it: a single interval."""
        return "95 % Student"

    def __str__(self) -> str:
        return f"{self.mean:.3g} [{self.low:.3g}, {self.high:.3g}]".replace("-", "−")

    def near(self, value: float, margin: float) -> bool:
        """Whether the mean is within the margin of a value, and known to better than the margin."""
        return abs(self.mean - value) <= margin and self.high - self.mean <= margin


class JointInterval(Interval):
    """One of several intervals that hold together with 95 % (Bonferroni)."""

    @property
    def kind(self) -> str:
        """What is known of it: all cells of a measure at once."""
        return "95 % Student, all cells together (Bonferroni)"


_GAUSS = np.polynomial.legendre.leggauss(64)


@functools.cache
def student_quantile(degrees: int, tail: float = 0.025) -> float:
    """The t that Student's law exceeds with the given probability, to 1e-7.

    P(T > t) = ½ − c ∫_0^θ cos^{ν−1} φ dφ,  t = √ν tan θ,  c = Γ((ν+1)/2)/(√π Γ(ν/2))

    By bisection in θ, the integral by Gauss-Legendre: cos^{ν−1} is smooth for every ν ≥ 1. For a
    tail of 1e-4 or more and at most 10⁶ degrees of freedom.
    Source: Abramowitz & Stegun, 26.7.1.

    >>> print(f"{student_quantile(7):.6f} {student_quantile(15, 0.005):.6f}")
    2.364624 2.946713
    """
    scale = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(math.pi)
    nodes, weights = _GAUSS

    def beyond(theta: float) -> float:
        values = np.cos(theta / 2 * (1 + nodes)) ** (degrees - 1)
        return 0.5 - scale * theta / 2 * float(weights @ values)

    low, high = 0.0, math.atan(12 / math.sqrt(degrees)) if degrees > 100 else math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if beyond(middle) > tail else (low, middle)
    return math.sqrt(degrees) * math.tan((low + high) / 2)


def student_interval(values: Array, cells: int = 1) -> Interval:
    """Mean over seeds and its 95 % Student interval (nan and without bounds: not all finite).

    With `cells` above 1 as one of so many intervals that hold together (Bonferroni). One value has
    a mean and no bounds.
    """
    kind = Interval if cells == 1 else JointInterval
    if not np.isfinite(values).all():
        return kind(math.nan, -math.inf, math.inf)
    mean = float(np.mean(values))
    if len(values) < 2:
        return kind(mean, -math.inf, math.inf)
    error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
    half = student_quantile(len(values) - 1, 0.025 / cells) * error
    return kind(mean, mean - half, mean + half)


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
        return {**value._asdict(), "interval": value.kind}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
