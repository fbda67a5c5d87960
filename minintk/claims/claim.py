"""The shape of a claim: learn one file of `study` or `beyond`, know all of them.

Top to bottom, a claim has its statement, formula, source and criterion; its sizes; `measure`,
which does one cell of a grid and one seed; `find`, which turns what was measured into numbers;
`judge`, which decides the criterion on intervals; `explain`, one plain sentence; and `draw`.

This frame walks the grid, makes the generators, joins the results, and runs the negative control.
A unit's generator depends on the seed, the claim and the cell alone, so that units run in any order
on any number of workers. `run_claim` runs them one after the other: that is the definition.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from .._require import Array
from .statistics import FAILS, Interval, Verdict

Sizes = Any  # the frozen dataclass of a claim's file
Cell = SimpleNamespace  # one point of a grid: cell.width, cell.target, …
Data = Mapping[str, Mapping[str, Array]]  # measure → name → (axes of its grid…, seeds, …)
Found = SimpleNamespace  # what `find` makes of the data: numbers, intervals, arrays
Part = Mapping[str, Any]


@dataclass(frozen=True)
class Measure:
    """Something to measure in every cell of a grid.

    `over` names the axes: the cell's attribute → the field of the sizes that lists its values.
    `of(sizes, cell, rng)` does one seed and returns numbers or arrays by name. With `together`,
    `of(sizes, cell, rng, count)` does several seeds side by side, which are its arrays' first axis.
    Without `draws` a cell has no seed: it is done once, such as a limit. `cost(sizes, cell)`: rough
    seconds of one seed. `seeds`: the field of the sizes with their number, where wide networks have
    fewer than small ones.
    """

    of: Callable[..., Part]
    over: Mapping[str, str]
    cost: Callable[[Sizes, Cell], float]
    draws: bool = True
    together: bool = False
    seeds: str = "seeds"


class Control(NamedTuple):
    """A negative control: what is wrong in it, its cheap sizes, and the measures that do it wrong.

    Its data go through the claim's own `find` and `judge`, which must not say that it holds.
    """

    wrong: str
    sizes: Sizes
    measures: Mapping[str, Measure]


@dataclass(frozen=True)
class Claim:
    """One claim, from its statement to its figure: of the study, or `beyond_study`."""

    name: str
    statement: str
    formula: str
    source: str
    criterion: Callable[[Sizes], str]
    default: Sizes
    quick: Sizes
    full: Sizes
    measures: Mapping[str, Measure]
    find: Callable[[Sizes, Data], Found]
    judge: Callable[[Sizes, Found], Verdict]
    explain: Callable[[Sizes, Found], str]
    draw: Callable[[Sizes, Found, Sequence[Any]], None]
    panels: int
    control: Control | None = None
    # A criterion that came after a first run: its text, and its own verdict, printed beside.
    later: tuple[str, Callable[[Sizes, Found], Verdict]] | None = None
    beyond_study: bool = False

    @classmethod
    def of(cls, file: Mapping[str, Any], **rest: Any) -> Claim:
        """The claim of a file, from its `globals()`: what stands there from STATEMENT to `draw`."""
        place, functions = file["__name__"], ("criterion", "find", "judge", "explain", "draw")
        words = {word.lower(): file[word] for word in ("STATEMENT", "FORMULA", "SOURCE")}
        return cls(
            name=place.rpartition(".")[2], beyond_study=".beyond." in place,
            default=file["Sizes"](), **words, **{name: file[name] for name in functions}, **rest,
        )  # fmt: skip


class Unit(NamedTuple):
    """One piece of work: a cell of a grid (as indices), and a block of its seeds."""

    measure: str
    cell: tuple[int, ...]
    block: int
    seeds: int
    cost: float
    control: bool = False


def units_of(claim: Claim, sizes: Sizes) -> list[Unit]:
    """All the work of a claim, its control last.

    A cell's seeds are cut into blocks of `sizes.block`, the last one shorter.
    """
    units = list(_units(claim.measures, sizes, control=False))
    if claim.control is not None:
        units += _units(claim.control.measures, claim.control.sizes, control=True)
    return units


def _units(measures: Mapping[str, Measure], sizes: Sizes, control: bool) -> Iterator[Unit]:
    for name, measure in measures.items():
        for cell in itertools.product(*(range(len(axis)) for axis in _axes(measure, sizes))):
            cost = measure.cost(sizes, _cell(measure, sizes, cell))
            count = getattr(sizes, measure.seeds) if measure.draws else 1
            size = sizes.block if measure.draws else 1
            for block in range(math.ceil(count / size)):
                seeds = min(size, count - block * size)
                yield Unit(name, cell, block, seeds, cost * seeds, control)


def run_unit(claim: Claim, sizes: Sizes, unit: Unit, seed: int) -> Part:
    """What one unit measures: a pure function of the claim, its sizes, the unit and the seed."""
    measures: Mapping[str, Measure] = claim.measures
    if unit.control and claim.control is not None:
        measures, sizes = claim.control.measures, claim.control.sizes
    measure = measures[unit.measure]
    cell = _cell(measure, sizes, unit.cell)
    rng = _generator(claim, measure, sizes, unit, seed)
    if measure.together:
        return measure.of(sizes, cell, rng, unit.seeds)
    rows = [measure.of(sizes, cell, rng) for _ in range(unit.seeds)]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def join(claim: Claim, sizes: Sizes, units: Sequence[Unit], parts: Sequence[Part]) -> Data:
    """From units in their order to arrays (axes of the grid…, seeds, …), by measure and name."""
    data: dict[str, dict[str, Array]] = {}
    for name, measure in claim.measures.items():
        mine = [part for unit, part in zip(units, parts, strict=True) if unit.measure == name]
        shape = [len(axis) for axis in _axes(measure, sizes)]
        data[name] = {}
        for key in mine[0]:
            rows = np.concatenate([np.asarray(part[key]) for part in mine])
            seeds = [getattr(sizes, measure.seeds)] if measure.draws else []
            data[name][key] = rows.reshape((*shape, *seeds, *rows.shape[1:]))
    return data


class Outcome(NamedTuple):
    """A claim that was run: what was found, the verdict, and what else is said beside it."""

    found: Found
    verdict: Verdict
    explanation: str
    later: Verdict | None
    control: Verdict | None


def judge_run(claim: Claim, sizes: Sizes, units: Sequence[Unit], parts: Sequence[Part]) -> Outcome:
    """Join, find, judge and explain; the control by the same `find` and `judge`."""
    found, verdict = _judged(claim, sizes, units, parts, control=False)
    later = None if claim.later is None else claim.later[1](sizes, found)
    control = None
    if claim.control is not None:
        _, control = _judged(claim, claim.control.sizes, units, parts, control=True)
        if control.verdict != FAILS:
            verdict = Verdict(
                FAILS,
                f"the negative control ({claim.control.wrong}) does not fail: it says "
                f"“{control.verdict}”. Without it: {verdict.verdict}, {verdict.reason}",
            )
    return Outcome(found, verdict, claim.explain(sizes, found), later, control)


def _judged(
    claim: Claim, sizes: Sizes, units: Sequence[Unit], parts: Sequence[Part], control: bool
) -> tuple[Found, Verdict]:
    chosen = [(u, p) for u, p in zip(units, parts, strict=True) if u.control == control]
    found = claim.find(sizes, join(claim, sizes, *zip(*chosen, strict=True)))
    return found, claim.judge(sizes, found)


def run_claim(claim: Claim, sizes: Sizes, seed: int) -> Outcome:
    """A whole claim, unit after unit."""
    units = units_of(claim, sizes)
    return judge_run(claim, sizes, units, [run_unit(claim, sizes, unit, seed) for unit in units])


def _axes(measure: Measure, sizes: Sizes) -> list[Sequence[Any]]:
    return [getattr(sizes, field) for field in measure.over.values()]


def _cell(measure: Measure, sizes: Sizes, cell: Sequence[int]) -> Cell:
    axes = zip(measure.over, _axes(measure, sizes), cell, strict=True)
    return Cell(**{name: values[index] for name, values, index in axes})


def _generator(
    claim: Claim, measure: Measure, sizes: Sizes, unit: Unit, seed: int
) -> np.random.Generator:
    """From the seed, the claim's name and the cell: whole numbers by value, others by place.

    So a cell keeps its draws when other cells join its grid.
    """
    axes = zip(_axes(measure, sizes), unit.cell, strict=True)
    key = [values[i] if isinstance(values[i], int) else i for values, i in axes]
    return np.random.default_rng([seed, zlib.crc32(claim.name.encode()), *key, unit.block])


def summary(found: Found) -> dict[str, Any]:
    """The numbers that fit in a table: all but the arrays of more than 16 numbers."""
    return {
        name: _plain(value)
        for name, value in vars(found).items()
        if not isinstance(value, np.ndarray) or (value.ndim == 1 and value.size <= 16)
    }


def arrays(found: Found) -> dict[str, Array]:
    """The arrays among the findings, by name."""
    return {name: value for name, value in vars(found).items() if isinstance(value, np.ndarray)}


def _plain(value: Any) -> Any:
    if isinstance(value, Interval):
        return {"mean": value.mean, "low": value.low, "high": value.high, "interval": value.kind}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
