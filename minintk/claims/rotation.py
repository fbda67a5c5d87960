"""Rotation: at infinite width the NTK knows only the angle between two points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._require import Array
from ..arccosine import infinite_ntk
from ..circle import sample_angles, uniform_angles
from ..fast.kernel import empirical_ntk
from ..law import Law
from ..network import initialise
from ..spectrum import circulant_deviation
from .claim import (
    FAILS,
    HOLDS,
    IN_PART,
    Claim,
    Interval,
    Part,
    Unit,
    Verdict,
    by_size,
    fitted_slopes,
    seed_units,
    seeds_in_block,
    student_interval,
)


@dataclass(frozen=True)
class Configuration:
    """Sizes of a run."""

    points: int = 64
    rotations: int = 32
    widths: tuple[int, ...] = (64, 256, 1024, 4096, 16384)
    seeds: int = 128
    block: int = 32


@dataclass(frozen=True)
class Record:
    """What was measured."""

    widths: tuple[int, ...]
    infinite_change: float
    infinite_change_without_bias: float
    infinite_circulant_distance: float
    infinite_circulant_distance_without_bias: float
    empirical_change: Array
    empirical_circulant_distance: Array
    slope_of_change: Interval
    slope_of_circulant_distance: Interval
    smallest_empirical_distance: float


def units(configuration: Configuration) -> list[Unit]:
    """One unit for the infinite width, then one for every width and block of seeds."""
    infinite = Unit((0, 0), 0.1)  # no network has width 0: this one is the infinite width
    return [
        infinite,
        *seed_units(
            configuration.widths,
            configuration.seeds,
            configuration.block,
            lambda width: 1e-3 + 1e-6 * width,
        ),
    ]


def measure_unit(configuration: Configuration, unit: Unit, rng: np.random.Generator) -> Part:
    """Distance of each drawn network's kernel from a circulant one, and from itself rotated."""
    width, number = unit.key
    if width == 0:
        return _measure_infinite(configuration, rng)
    seeds = seeds_in_block(configuration.seeds, configuration.block, number)
    grid = uniform_angles(configuration.points)
    distances, changes = [], []
    for _ in seeds:
        params = initialise(width, rng)
        kernel = empirical_ntk(params, grid)
        turned = empirical_ntk(params, grid + rng.uniform(0, 2 * np.pi))
        distances.append(circulant_deviation(kernel))
        changes.append(np.linalg.norm(turned - kernel) / np.linalg.norm(kernel))
    return {"circulant_distance": distances, "change": changes}


def _measure_infinite(configuration: Configuration, rng: np.random.Generator) -> Part:
    """Largest change under rotation over max|K|, and the distance from a circulant matrix."""
    angles = sample_angles(configuration.points, rng)
    turns = rng.uniform(-10, 10, configuration.rotations)
    part = {}
    for bias in (True, False):
        kernel = infinite_ntk(angles, law=Law(bias=bias))
        changes = [
            np.abs(infinite_ntk(angles + turn, law=Law(bias=bias)) - kernel).max() for turn in turns
        ]
        on_grid = infinite_ntk(uniform_angles(configuration.points), law=Law(bias=bias))
        part[bias] = (np.max(changes) / kernel.max(), circulant_deviation(on_grid))
    return {"with_bias": part[True], "without_bias": part[False]}


def collect(configuration: Configuration, parts: Sequence[Part]) -> Record:
    """Join the units, and fit a slope for every seed."""
    infinite, *finite = parts
    sizes = len(configuration.widths)
    changes = by_size(finite, "change", sizes)
    distances = by_size(finite, "circulant_distance", sizes)
    return Record(
        widths=configuration.widths,
        infinite_change=float(infinite["with_bias"][0]),
        infinite_change_without_bias=float(infinite["without_bias"][0]),
        infinite_circulant_distance=infinite["with_bias"][1],
        infinite_circulant_distance_without_bias=infinite["without_bias"][1],
        empirical_change=changes,
        empirical_circulant_distance=distances,
        slope_of_change=student_interval(fitted_slopes(configuration.widths, changes)),
        slope_of_circulant_distance=student_interval(
            fitted_slopes(configuration.widths, distances)
        ),
        smallest_empirical_distance=float(np.min([changes.min(), distances.min()])),
    )


def judge(record: Record) -> Verdict:
    """Exact at infinite width first, then the slopes."""
    exact = np.max(  # np.max, since the built-in max would pass over a nan
        [
            record.infinite_change,
            record.infinite_change_without_bias,
            record.infinite_circulant_distance,
            record.infinite_circulant_distance_without_bias,
        ]
    )
    slopes = (record.slope_of_change, record.slope_of_circulant_distance)
    if not exact < 1e-13:
        return Verdict(FAILS, f"the infinite-width NTK itself changes, by {exact:.1e}.")
    if not all(slope.near(-0.5, 0.1) for slope in slopes):
        return Verdict(
            IN_PART,
            f"exact at infinite width ({exact:.1e}), but the empirical NTK's distance falls with "
            f"slopes {slopes[0]} and {slopes[1]} instead of −1/2.",
        )
    return Verdict(
        HOLDS,
        f"rotating the points changes the infinite-width NTK by {exact:.1e}. The empirical NTK of "
        f"every finite width does change, its distance from a circulant matrix falling with slope "
        f"{record.slope_of_circulant_distance}.",
    )


def draw(record: Record, axes: Sequence[Any]) -> None:
    """Both distances against the width, with the line that slope −1/2 predicts."""
    (axis,) = axes
    for values, label, style in (
        (record.empirical_circulant_distance, "from a circulant matrix (grid)", "o"),
        (record.empirical_change, "from itself, rotated", "s"),
    ):
        mean = values.mean(axis=1)
        spread = values.std(axis=1, ddof=1)
        axis.errorbar(record.widths, mean, spread, fmt=style, label=f"empirical, {label}")
        guide = mean[0] * np.sqrt(record.widths[0] / np.asarray(record.widths))
        axis.plot(record.widths, guide, "k--", label="slope −1/2" if style == "o" else None)
    exact = np.max([record.infinite_change, record.infinite_circulant_distance])
    axis.plot([], [], " ", label=f"infinite width: {exact:.0e}, far below")
    axis.set(
        xscale="log",
        yscale="log",
        xlabel="width m (neurons)",
        ylabel="relative distance (Frobenius norm)",
        title="Only the infinite-width NTK is invariant under rotation",
    )
    axis.legend(loc="lower left")


CLAIM = Claim(
    name="rotation",
    statement=(
        "At infinite width the NTK on the circle depends only on the angle between two points: the "
        "kernel operator is a convolution, and its matrix on a uniform grid is circulant."
    ),
    formula="K(t + α, t' + α) = K(t, t') for every α;  K_ij = K_{i+1, j+1} on a grid",
    source="Kalvankar (2026); Jacot et al. (2018), theorem 1; Basri et al. (2019)",
    criterion=(
        "Holds if rotation changes the infinite-width NTK by less than 1e-13 of its largest entry "
        "and its grid matrix is circulant to 1e-13, with and without bias, and if the empirical "
        "NTK's distance falls in the width with slopes within 0.1 of −1/2, known to ±0.1 (95 %). "
        "Fails if the first part does not hold, holds in part if only the second does not."
    ),
    default=Configuration(),
    quick=Configuration(widths=(64, 512, 4096), seeds=64),
    full=Configuration(widths=(64, 256, 1024, 4096, 16384, 65536, 262144), seeds=256),
    units=units,
    measure_unit=measure_unit,
    collect=collect,
    judge=judge,
    draw=draw,
    panels=1,
)
