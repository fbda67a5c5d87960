"""Sampling and width together: which of the two errors dominates where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._require import Array
from ..arccosine import fourier_eigenvalues
from ..circle import sample_angles
from ..fast.kernel import empirical_low_frequency_block
from ..network import initialise
from ..spectrum import spectral_error
from .claim import (
    FAILS,
    HOLDS,
    IN_PART,
    Claim,
    Part,
    Unit,
    Verdict,
    by_size,
    seeds_in_block,
)


@dataclass(frozen=True)
class Configuration:
    """Sizes of a run."""

    samples: tuple[int, ...] = (128, 512, 2048, 8192, 32768)
    widths: tuple[int, ...] = (16, 64, 256, 1024, 4096)
    seeds: int = 48
    block: int = 8
    k_max: int = 4


@dataclass(frozen=True)
class Record:
    """What was measured."""

    samples: tuple[int, ...]
    widths: tuple[int, ...]
    errors: Array
    root_mean_square: Array
    model: Array
    sampling_constant: float
    width_constant: float
    typical_misfit: float
    largest_misfit: float
    width_dominates_below: float


def units(configuration: Configuration) -> list[Unit]:
    """One unit for every pair of sizes and block of seeds."""
    blocks = -(-configuration.seeds // configuration.block)
    return [
        Unit(
            (n, m, number),
            configuration.block * (5e-4 + 4e-7 * (n + m)),
        )
        for n in configuration.samples
        for m in configuration.widths
        for number in range(blocks)
    ]


def measure_unit(configuration: Configuration, unit: Unit, rng: np.random.Generator) -> Part:
    """Error of the operator of networks at random samples."""
    n, m, number = unit.key
    eigenvalues = fourier_eigenvalues(configuration.k_max)
    errors = []
    for _ in seeds_in_block(configuration.seeds, configuration.block, number):
        angles = sample_angles(n, rng)
        block = empirical_low_frequency_block(initialise(m, rng), angles, configuration.k_max)
        errors.append(spectral_error(block, eigenvalues))
    return {"error": errors}


def collect(configuration: Configuration, parts: Sequence[Part]) -> Record:
    """Fit √(A/n + B/m) to the root mean square error of all cells."""
    n = np.array(configuration.samples, dtype=np.float64)
    m = np.array(configuration.widths, dtype=np.float64)
    errors = by_size(parts, "error", len(n) * len(m)).reshape(len(n), len(m), -1)
    square = (errors**2).mean(axis=2)
    # A/n + B/m fitted with equal weight on relative errors of every cell
    design = np.column_stack([(1 / n[:, None] / square).ravel(), (1 / m / square).ravel()])
    constants = np.linalg.lstsq(design, np.ones(square.size), rcond=None)[0]
    model = np.sqrt(constants[0] / n[:, None] + constants[1] / m)
    root_mean_square = np.sqrt(square)
    return Record(
        samples=configuration.samples,
        widths=configuration.widths,
        errors=errors,
        root_mean_square=root_mean_square,
        model=model,
        sampling_constant=float(constants[0]),
        width_constant=float(constants[1]),
        typical_misfit=float(np.sqrt(np.mean((root_mean_square / model - 1) ** 2))),
        largest_misfit=float(np.abs(root_mean_square / model - 1).max()),
        width_dominates_below=float(constants[1] / constants[0]),
    )


def judge(record: Record) -> Verdict:
    """Both constants first, then the worst cell."""
    typical, worst = 100 * record.typical_misfit, 100 * record.largest_misfit
    text = (
        f"error² ≈ {record.sampling_constant:.2f}/n + {record.width_constant:.2f}/m, off by "
        f"{typical:.0f} % in a typical cell and {worst:.0f} % in the worst (small n and m, where "
        f"the error still falls faster). Width dominates where m < "
        f"{record.width_dominates_below:.3f} n, else sampling does."
    )
    if not np.min([record.sampling_constant, record.width_constant]) > 0:
        return Verdict(FAILS, "one of the two errors does not show: " + text)
    if record.typical_misfit < 0.15 and record.largest_misfit < 0.45:
        return Verdict(HOLDS, text)
    return Verdict(IN_PART if record.typical_misfit < 0.3 else FAILS, text)


def draw(record: Record, axes: Sequence[Any]) -> None:
    """Errors with the fitted law on the left, the map of what dominates on the right."""
    _draw_errors(record, axes[0])
    _draw_map(record, axes[1])


def _draw_errors(record: Record, axis: Any) -> None:
    for column, width in enumerate(record.widths):
        colour, style = f"C{column}", "osD^v"[column % 5]
        measured, model = record.root_mean_square[:, column], record.model[:, column]
        axis.plot(record.samples, measured, style, color=colour, label=f"m = {width}")
        axis.plot(record.samples, model, "-", color=colour)
    axis.set(
        xscale="log",
        yscale="log",
        xlabel="number of samples n",
        ylabel="error (root mean square over seeds)",
        title="Points: measured. Lines: √(A/n + B/m)",
    )
    axis.legend(loc="lower left")


def _draw_map(record: Record, axis: Any) -> None:
    share = record.width_constant / np.array(record.widths) / record.model**2
    mesh = axis.pcolormesh(share.T, cmap="cividis", vmin=0, vmax=1)
    axis.figure.colorbar(mesh, ax=axis, label="share of the width in error²")
    for (row, column), error in np.ndenumerate(record.root_mean_square):
        colour = "black" if share[row, column] > 0.5 else "white"
        axis.text(row + 0.5, column + 0.5, f"{error:.2f}", ha="center", va="center", color=colour)
    axis.set_xticks(np.arange(len(record.samples)) + 0.5, [str(n) for n in record.samples])
    axis.set_yticks(np.arange(len(record.widths)) + 0.5, [str(m) for m in record.widths])
    axis.grid(False)
    axis.set(
        xlabel="number of samples n",
        ylabel="width m (neurons)",
        title="Which dominates (numbers: the error)",
    )


CLAIM = Claim(
    name="sampling_and_width",
    statement="The errors of finite sampling and of finite width add up in their squares.",
    formula="error(n, m) ≈ √(A/n + B/m)",
    source="Kalvankar (2026)",
    criterion=(
        "Holds if √(A/n + B/m), with A and B fitted to all cells, misses the root mean square "
        "error by less than 15 % in a typical cell (root mean square over cells) and less than "
        "45 % in the worst, and both constants are above 0; holds in part if the typical cell is "
        "within 30 %; else fails."
    ),
    default=Configuration(),
    quick=Configuration(samples=(128, 1024, 8192), widths=(16, 128, 1024), seeds=48),
    full=Configuration(
        samples=(64, 256, 1024, 4096, 16384, 65536, 262144),
        widths=(16, 64, 256, 1024, 4096, 16384, 65536),
        seeds=256,
    ),
    units=units,
    measure_unit=measure_unit,
    collect=collect,
    judge=judge,
    draw=draw,
    panels=2,
)
