"""The shape of a claim: every file of `study` and `beyond` has it.

Top to bottom, a claim has its statement, formula, source and criterion, and its sizes. `measure`
does one cell of a grid and one seed. `find` turns what was measured into numbers. `judge` decides
the criterion on intervals. `explain` is a sentence for those who have not read the study (PLAINLY,
if no number of the run is in it). `draw` makes the figure.

This frame walks the grid, makes the generators, joins the results, and runs the negative control.
A unit's generator depends on the seed, the claim and the cell alone, so that units run in any order
on any number of workers. `run_claim` runs them one after the other: that is the definition.
"""

from __future__ import annotations

import itertools
import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from .._require import Array
from .statistics import FAILS, OPEN, Interval, Verdict

Axes = Sequence[Any]  # what a claim draws on: one for each panel
Generator = np.random.Generator
Sizes = Any  # the frozen dataclass of a claim's file
Cell = SimpleNamespace  # one point of a grid: cell.width, cell.target, …
Data = Mapping[str, Mapping[str, Array]]  # measure → name → (axes of its grid…, seeds, …)
Found = SimpleNamespace  # what `find` makes of the data: numbers, intervals, arrays
Part = Mapping[str, Any]
# Of criteria whose cells have intervals of their own.
ALONE = "All must be shown, so none needs a correction. Each is refuted by itself, uncorrected."


@dataclass(frozen=True)
class Measure:
    """Something to measure in every cell of a grid.

    `over` names the axes: the cell's attribute → the field of the sizes that lists its values.
    `of(sizes, cell, rng)` does one seed and returns numbers or arrays by name. With `together`,
    `of(sizes, cell, rng, count)` does several seeds side by side, which are its arrays' first axis.
    Without `draws` a cell has no seed: it is done once, such as a limit. `cost(sizes, cell)`: rough
    seconds of one seed. `seeds`: the field of the sizes with their number.
    """

    of: Callable[..., Part]
    over: Mapping[str, str]
    cost: Callable[[Sizes, Cell], float]
    draws: bool = True
    together: bool = False
    seeds: str = "seeds"

    def axes(self, sizes: Sizes) -> list[Sequence[Any]]:
        """The values along every axis of the grid."""
        return [getattr(sizes, field) for field in self.over.values()]

    def cell(self, sizes: Sizes, at: Sequence[int]) -> Cell:
        """The cell at these indices."""
        values = (axis[place] for axis, place in zip(self.axes(sizes), at, strict=True))
        return Cell(**dict(zip(self.over, values, strict=True)))

    def count(self, sizes: Sizes) -> int:
        """How many seeds a cell has."""
        return getattr(sizes, self.seeds) if self.draws else 1

    def wrong(self, **options: Any) -> Measure:
        """The same, done wrong for a control: with these options of its function."""
        return replace(self, of=partial(self.of, **options))


class Control(NamedTuple):
    """A negative control: what is wrong, its sizes, the measures that do it wrong. It must fail."""

    wrong: str
    sizes: Sizes
    measures: dict[str, Measure]


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
    measures: dict[str, Measure]
    find: Callable[[Sizes, Data], Found]
    judge: Callable[[Sizes, Found], Verdict]
    explain: Callable[[Sizes, Found], str]
    draw: Callable[[Sizes, Found, Axes], None]
    panels: int
    control: Control | None = None
    # A criterion that came after a first run: its text, and its own verdict, printed beside.
    later: tuple[str, Callable[[Sizes, Found], Verdict]] | None = None
    beyond_study: bool = False

    @classmethod
    def of(cls, file: Mapping[str, Any], **rest: Any) -> Claim:
        """The claim of a file, from its `globals()`: what stands there from STATEMENT to `draw`."""
        place, functions = file["__name__"], ("criterion", "find", "judge", "draw")
        words = {word.lower(): file[word] for word in ("STATEMENT", "FORMULA", "SOURCE")}
        words["explain"] = file.get("explain", lambda *_: file["PLAINLY"])
        if control := rest.get("control"):  # what it does not do wrong it does right
            rest["control"] = control._replace(measures=rest["measures"] | control.measures)
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
    """All the work, its control last, each cell's seeds in blocks of `sizes.block` or fewer."""
    sides = [(claim.measures, sizes, False)]
    if claim.control is not None:
        sides.append((claim.control.measures, claim.control.sizes, True))
    units = []
    for measures, own, control in sides:
        for name, measure in measures.items():
            count, size = measure.count(own), own.block if measure.draws else 1
            for at in itertools.product(*(range(len(axis)) for axis in measure.axes(own))):
                cost = measure.cost(own, measure.cell(own, at))
                for block in range(math.ceil(count / size)):
                    seeds = min(size, count - block * size)
                    units.append(Unit(name, at, block, seeds, cost * seeds, control))
    return units


def run_unit(claim: Claim, sizes: Sizes, unit: Unit, seed: int) -> Part:
    """What one unit measures: a pure function of the claim, its sizes, the unit and the seed."""
    measures = claim.measures
    if unit.control and claim.control is not None:
        _, sizes, measures = claim.control
    measure = measures[unit.measure]
    # Whole numbers by value, others by place: a cell keeps its numbers when others join its grid.
    axes = zip(measure.axes(sizes), unit.cell, strict=True)
    key = [values[at] if isinstance(values[at], int) else at for values, at in axes]
    rng = np.random.default_rng([seed, zlib.crc32(claim.name.encode()), *key, unit.block])
    cell = measure.cell(sizes, unit.cell)
    if measure.together:
        return measure.of(sizes, cell, rng, unit.seeds)
    rows = [measure.of(sizes, cell, rng) for _ in range(unit.seeds)]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def join(claim: Claim, sizes: Sizes, units: Sequence[Unit], parts: Sequence[Part]) -> Data:
    """From units in their order to arrays (axes of the grid…, seeds, …), by measure and name."""
    data: dict[str, dict[str, Array]] = {}
    for name, measure in claim.measures.items():
        mine = [part for unit, part in zip(units, parts, strict=True) if unit.measure == name]
        shape = [len(axis) for axis in measure.axes(sizes)] + [measure.count(sizes)] * measure.draws
        joined = {key: np.concatenate([np.asarray(part[key]) for part in mine]) for key in mine[0]}
        data[name] = {key: rows.reshape((*shape, *rows.shape[1:])) for key, rows in joined.items()}
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

    def judged(sizes: Sizes, control: bool) -> tuple[Found, Verdict]:
        chosen = [(u, p) for u, p in zip(units, parts, strict=True) if u.control == control]
        found = claim.find(sizes, join(claim, sizes, *zip(*chosen, strict=True)))
        return found, claim.judge(sizes, found)

    (found, verdict), control = judged(sizes, control=False), None
    later = None if claim.later is None else claim.later[1](sizes, found)
    if claim.control is not None:
        _, control = judged(claim.control.sizes, control=True)
        if control.verdict != FAILS:
            reason = (
                f"the negative control ({claim.control.wrong}) does not fail: it says "
                f"“{control.verdict}”. Without it: {verdict.verdict}, {verdict.reason}"
            )
            verdict = Verdict(OPEN, reason)  # what cannot fail shows nothing
    return Outcome(found, verdict, claim.explain(sizes, found), later, control)


def run_claim(claim: Claim, sizes: Sizes, seed: int) -> Outcome:
    """A whole claim, unit after unit."""
    units = units_of(claim, sizes)
    return judge_run(claim, sizes, units, [run_unit(claim, sizes, unit, seed) for unit in units])


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
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
