"""Alignment: which measures improve in training, which do not, each with its own verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._require import Array
from ...arccosine import infinite_ntk
from ...circle import fourier_sum, uniform_angles
from ...network import initialise, objective
from ...ntk import factorised_ntk
from ...spectrum import (
    centred_kernel_alignment,
    effective_rank,
    kernel_alignment,
    low_frequency_block,
    off_diagonal_share,
    subspace_overlap,
    target_alignment,
)
from ...training import gradient_descent
from ..claim import FAILS, HOLDS, IN_PART, Claim, Part, Unit, Verdict, seeds_in_block
from ..targets import TARGETS

# Each measure with the direction in which the kernel is better aligned: +1 up, −1 down.
MEASURES = {
    "kernel alignment with the continuum": 1,
    "CKA with the continuum": 1,
    "overlap with |k| ≤ 4": 1,
    "off-diagonal share": -1,
    "target alignment": 1,
    "centred target alignment": 1,
    "effective rank": 1,
}
OF_THE_BASIS = tuple(MEASURES)[:4]


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
    """What was measured: improvement of each measure (targets, widths, seeds, measures)."""

    widths: tuple[int, ...]
    targets: tuple[str, ...]
    measures: tuple[str, ...]
    time: float
    improvement: Array
    mean: Array
    half_interval: Array
    verdicts: dict[str, str]


def units(configuration: Configuration) -> list[Unit]:
    """One unit for every target, width and block of seeds."""
    blocks = -(-configuration.seeds // configuration.block)
    return [
        Unit(
            (number, width, block),
            configuration.block * configuration.steps * (1.2e-4 + 4e-7 * width),
        )
        for number in range(len(configuration.targets))
        for width in configuration.widths
        for block in range(blocks)
    ]


def measure_unit(configuration: Configuration, unit: Unit, rng: np.random.Generator) -> Part:
    """How much every measure improves from start to end, for a block of networks."""
    number, width, block = unit.key
    grid = uniform_angles(configuration.points)
    targets = fourier_sum(grid, TARGETS[configuration.targets[number]])
    rows = []
    for _ in seeds_in_block(configuration.seeds, configuration.block, block):
        start = initialise(width, rng, antisymmetric=True)
        trained, _ = gradient_descent(
            start, objective(grid, targets), configuration.learning_rate, configuration.steps
        )
        before, after = (
            _measures(factorised_ntk(params, grid), grid, targets, configuration.k_max)
            for params in (start, trained)
        )
        rows.append((after - before) * list(MEASURES.values()))
    return {"improvement": np.array(rows)}


def _measures(kernel: Array, grid: Array, targets: Array, k_max: int) -> Array:
    """Every measure, in the order of MEASURES."""
    continuum = infinite_ntk(grid)
    return np.array(
        [
            kernel_alignment(kernel, continuum),
            centred_kernel_alignment(kernel, continuum),
            subspace_overlap(kernel, grid, k_max),
            off_diagonal_share(low_frequency_block(kernel, grid, k_max)),
            target_alignment(kernel, targets),
            target_alignment(kernel, targets, centred=True),
            effective_rank(kernel),
        ]
    )


def collect(configuration: Configuration, parts: Sequence[Part]) -> Record:
    """Join the units; intervals that hold together for all cells of a measure (Bonferroni)."""
    improvement = np.concatenate([part["improvement"] for part in parts])
    cells = (len(configuration.targets), len(configuration.widths))
    improvement = improvement.reshape(*cells, -1, len(MEASURES))
    mean = improvement.mean(axis=2)
    error = improvement.std(axis=2, ddof=1) / math.sqrt(improvement.shape[2])
    half = _quantile(0.025 / math.prod(cells), improvement.shape[2] - 1) * error
    return Record(
        widths=configuration.widths,
        targets=configuration.targets,
        measures=tuple(MEASURES),
        time=configuration.learning_rate * configuration.steps,
        improvement=improvement,
        mean=mean,
        half_interval=half,
        verdicts=_verdicts(configuration, mean, half),
    )


def _quantile(tail: float, degrees: int) -> float:
    """Upper quantile of Student's t by bisection of its density's integral, to 1e-6."""
    t = np.linspace(0.0, 60.0, 600_001)
    density = (1 + t**2 / degrees) ** (-(degrees + 1) / 2)
    beyond = np.cumsum(density[::-1])[::-1] / density.sum() / 2
    return float(t[np.searchsorted(-beyond, -tail)])


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
    reason = " ".join(f"{name}: {record.verdicts[name]}." for name in OF_THE_BASIS)
    if not np.isfinite(record.mean).all():
        return Verdict(FAILS, "a measure is not finite.")
    if not improves:
        return Verdict(HOLDS, reason)
    return Verdict(IN_PART if len(improves) < len(OF_THE_BASIS) else FAILS, reason)


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
        axis.legend(loc="upper right")


CLAIM = Claim(
    name="alignment",
    statement=(
        "The study's sentence that the alignment with the Fourier basis does not improve, for each "
        "measure by its own name: they disagree."
    ),
    formula="KA, CKA with the continuum; ‖QᵀU‖²/d on |k| ≤ 4; Σ_{j≠l} A_jl²/Σ A_jl²",
    source="Kalvankar (2026); Baratin et al. (2021); Kornblith et al. (2019) for CKA",
    criterion=(
        "Holds if none of the four measures of alignment with the Fourier basis improves at any "
        "width and target beyond its interval (95 % together for all cells of a measure, "
        "Bonferroni); fails if all four do somewhere; else holds in part."
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
