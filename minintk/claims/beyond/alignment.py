"""Alignment: which measures improve in training, which do not, each with its own verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._require import Array
from ...alignment import MEASURES as TABLE
from ...alignment import alignment_measures, kernel_distance
from ...arccosine import infinite_ntk
from ...circle import fourier_sum, uniform_angles
from ...fast.samples import objective as objective_on_arcs
from ...network import initialise, objective
from ...ntk import factorised_ntk
from ...training import gradient_descent
from ..claim import (
    FAILS,
    HOLDS,
    IN_PART,
    Claim,
    Interval,
    Part,
    Unit,
    Verdict,
    seeds_in_block,
    student_interval,
    target_units,
)
from ..targets import TARGETS

# The measures of the core's table, with the direction in which a kernel is better aligned.
MEASURES = {measure.name: measure.better for measure in TABLE}
OF_THE_BASIS = tuple(MEASURES)[:4]
# How far the kernel turned from its start: it has no better or worse.
TURNED = "kernel distance from the start"
COLUMNS = (*MEASURES, TURNED)
BARS = "bars: 95 % for all cells together (Bonferroni)"


@dataclass(frozen=True)
class Configuration:
    """Sizes of a run."""

    widths: tuple[int, ...] = (16, 64, 256)
    targets: tuple[str, ...] = ("low", "high")
    points: int = 64
    learning_rate: float = 0.5
    steps: int = 1000
    seeds: int = 16
    block: int = 8
    k_max: int = 4


@dataclass(frozen=True)
class Record:
    """What was measured: improvement of each measure (targets, widths, seeds, measures).

    `intervals` has the improvement of every measure in every cell, and how far the kernel turned.
    """

    widths: tuple[int, ...]
    targets: tuple[str, ...]
    measures: tuple[str, ...]
    time: float
    improvement: Array
    mean: Array
    half_interval: Array
    intervals: dict[str, dict[str, Interval]]
    verdicts: dict[str, str]


def units(configuration: Configuration) -> list[Unit]:
    """One unit for every target, width and block of seeds."""
    steps = configuration.steps
    return target_units(
        len(configuration.targets),
        configuration.widths,
        configuration.seeds,
        configuration.block,
        lambda width: steps * (1.2e-4 + 6e-8 * width),
    )


def measure_unit(configuration: Configuration, unit: Unit, rng: np.random.Generator) -> Part:
    """How much every measure improves from start to end, for a block of networks."""
    number, width, block = unit.key
    grid = uniform_angles(configuration.points)
    targets = fourier_sum(grid, TARGETS[configuration.targets[number]])
    loss = objective if width <= 128 else objective_on_arcs  # the cheaper one
    rows = []
    for _ in seeds_in_block(configuration.seeds, configuration.block, block):
        start = initialise(width, rng, antisymmetric=True)
        trained, _ = gradient_descent(
            start, loss(grid, targets), configuration.learning_rate, configuration.steps
        )
        kernels = [factorised_ntk(params, grid) for params in (start, trained)]
        before, after = (_measures(k, grid, targets, configuration.k_max) for k in kernels)
        improvement = (after - before) * list(MEASURES.values())
        rows.append([*improvement, kernel_distance(*kernels)])
    return {"improvement": np.array(rows)}


def _measures(kernel: Array, grid: Array, targets: Array, k_max: int) -> Array:
    """Every measure, in the order of MEASURES."""
    found = alignment_measures(kernel, grid, targets, infinite_ntk(grid), k_max)
    return np.array([found[name] for name in MEASURES])


def collect(configuration: Configuration, parts: Sequence[Part]) -> Record:
    """Join the units; intervals that hold together for all cells of a measure (Bonferroni)."""
    shape = (len(configuration.targets), len(configuration.widths))
    values = np.concatenate([part["improvement"] for part in parts]).reshape(
        *shape, -1, len(COLUMNS)
    )
    cells = list(np.ndindex(shape))
    intervals = {
        name: {
            f"{configuration.targets[row]} target, m = {configuration.widths[column]}": (
                student_interval(values[row, column, :, number], len(cells))
            )
            for row, column in cells
        }
        for number, name in enumerate(COLUMNS)
    }
    table = np.array([[*intervals[name].values()] for name in MEASURES])  # (measures, cells, 3)
    mean, _, high = np.moveaxis(table, 2, 0).reshape(3, -1, *shape)
    mean, half = (np.moveaxis(rows, 0, -1) for rows in (mean, high - mean))
    return Record(
        widths=configuration.widths,
        targets=configuration.targets,
        measures=tuple(MEASURES),
        time=configuration.learning_rate * configuration.steps,
        improvement=values[..., : len(MEASURES)],
        mean=mean,
        half_interval=half,
        intervals=intervals,
        verdicts=_verdicts(configuration, mean, half),
    )


def _verdicts(configuration: Configuration, mean: Array, half: Array) -> dict[str, str]:
    """In words for every measure: where it improves, where it gets worse, beyond its interval."""
    found = {}
    for column, name in enumerate(MEASURES):
        words = []
        for word, sign in (("improves", 1), ("gets worse", -1)):
            where = [
                f"{target} m = {', '.join(str(w) for w, c in zip(configuration.widths, row, strict=True) if c)}"  # noqa: E501
                for target, row in zip(
                    configuration.targets,
                    sign * mean[..., column] > half[..., column],
                    strict=True,
                )
                if row.any()
            ]
            if where:
                words.append(f"{word} ({'; '.join(where)})")
        found[name] = "; ".join(words) or "does not change beyond its intervals"
    return found


def judge(record: Record) -> Verdict:
    """The study's sentence, measure by measure."""
    improves = [name for name in OF_THE_BASIS if "improves" in record.verdicts[name]]
    reason = " ".join(
        f"{name}: {record.verdicts[name]}; {_clearest(record.intervals[name])}."
        for name in OF_THE_BASIS
    )
    if not (np.isfinite(record.mean).all() and np.isfinite(record.half_interval).all()):
        return Verdict(FAILS, "a measure or its interval is not finite. " + reason)
    if not improves:
        return Verdict(HOLDS, reason)
    return Verdict(IN_PART if len(improves) < len(OF_THE_BASIS) else FAILS, reason)


def _clearest(intervals: dict[str, Interval]) -> str:
    """The cell whose change is largest beside its interval."""
    cell = max(intervals, key=lambda name: abs(_in_half_widths(intervals[name])))
    return f"clearest for the {cell}: {intervals[cell]}"


def _in_half_widths(interval: Interval) -> float:
    half = interval.high - interval.mean
    return interval.mean / half if half > 0 else 0.0


def draw(record: Record, axes: Sequence[Any]) -> None:
    """Improvement of each measure of the basis against width, one panel a target."""
    for number, axis in enumerate(axes):
        for column, name in enumerate(OF_THE_BASIS):
            axis.errorbar(
                np.array(record.widths) * 1.04 ** (column - 1.5),
                record.mean[number, :, column],
                record.half_interval[number, :, column],
                fmt="osD^"[column] + "-",
                label=name,
            )
        axis.axhline(0, color="k", linewidth=0.8)
        axis.set(
            xscale="log",
            xlabel="width m (neurons)",
            ylabel="improvement in training",
            title=f"{record.targets[number].capitalize()}-frequency target, τ = {record.time:g}",
        )
        axis.set_xticks(record.widths, record.widths)
        axis.minorticks_off()
        axis.margins(y=0.45)
        axis.legend(loc="upper right", title=BARS)


CLAIM = Claim(
    name="alignment",
    statement=(
        "The study's sentence that the alignment with the Fourier basis does not improve, for each "
        "measure by its own name: they disagree."
    ),
    formula=(
        "KA, CKA with the continuum; ‖QᵀU‖²/d on |k| ≤ 4; Σ_{j≠l} A_jl²/Σ A_jl²; "
        "‖K − K_∞‖_F/‖K_∞‖_F;  1 − KA(K_0, K_τ)"
    ),
    source=(
        "Kalvankar (2026); Baratin et al. (2021); Kornblith et al. (2019) for CKA; Fort et al. "
        "(2020) for the kernel distance"
    ),
    criterion=(
        "Holds if none of the four measures of alignment with the Fourier basis improves at any "
        "width and target beyond its interval (95 % together for all cells of a measure, "
        "Bonferroni); fails if all four do somewhere, or if a measure or an interval is not "
        "finite; else holds in part."
    ),
    default=Configuration(),
    quick=Configuration(widths=(16, 64), points=32, steps=400, seeds=8, block=8),
    full=Configuration(widths=(16, 32, 64, 128, 256, 1024), seeds=64, block=8),
    units=units,
    measure_unit=measure_unit,
    collect=collect,
    judge=judge,
    draw=draw,
    panels=2,
    beyond_study=True,
)
