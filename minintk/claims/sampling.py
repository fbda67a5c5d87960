"""Sampling: with n random samples the operator on low frequencies is off by O(n^-1/2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._require import Array
from ..arccosine import aliased_eigenvalues, fourier_eigenvalues
from ..circle import sample_angles, uniform_angles
from ..fast.infinite import infinite_low_frequency_block
from ..fast.modes import gram_matrix, whitened_block
from ..spectrum import spectral_error
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

    sizes: tuple[int, ...] = (64, 128, 256, 1024, 4096, 16384, 65536, 1000000)
    seeds: int = 8
    block: int = 1
    k_max: int = 4


@dataclass(frozen=True)
class Record:
    """What was measured."""

    sizes: tuple[int, ...]
    k_max: int
    raw: Array
    whitened: Array
    grid: Array
    grid_predicted: Array
    slope_raw: Interval
    slope_whitened: Interval
    raw_times_root_n_at_smallest: Interval
    raw_times_root_n: Interval
    whitened_times_root_n: Interval
    largest_size: int


def units(configuration: Configuration) -> list[Unit]:
    """One unit for every sample size and block of seeds."""
    return seed_units(
        configuration.sizes, configuration.seeds, configuration.block, lambda n: 5e-6 * n + 1e-3
    )


def measure_unit(configuration: Configuration, unit: Unit, rng: np.random.Generator) -> Part:
    """Error of the sampled operator, raw and whitened, and of the grid of that size."""
    n, number = unit.key
    eigenvalues = fourier_eigenvalues(configuration.k_max)
    raw, whitened = [], []
    for _ in seeds_in_block(configuration.seeds, configuration.block, number):
        angles = sample_angles(n, rng)
        block = infinite_low_frequency_block(angles, configuration.k_max)
        raw.append(spectral_error(block, eigenvalues))
        block = whitened_block(block, gram_matrix(angles, configuration.k_max))
        whitened.append(spectral_error(block, eigenvalues))
    on_grid = []
    if number == 0:
        block = infinite_low_frequency_block(uniform_angles(n), configuration.k_max)
        on_grid = [spectral_error(block, eigenvalues)]
    return {"raw": raw, "whitened": whitened, "grid": on_grid}


def collect(configuration: Configuration, parts: Sequence[Part]) -> Record:
    """Join the units, and fit a slope for every seed."""
    sizes = configuration.sizes
    raw = by_size(parts, "raw", len(sizes))
    whitened = by_size(parts, "whitened", len(sizes))
    root_n = np.sqrt(sizes[-1])
    return Record(
        sizes=sizes,
        k_max=configuration.k_max,
        raw=raw,
        whitened=whitened,
        grid=by_size(parts, "grid", len(sizes))[:, 0],
        grid_predicted=np.array([_aliasing(n, configuration.k_max) for n in sizes]),
        slope_raw=student_interval(fitted_slopes(sizes, raw)),
        slope_whitened=student_interval(fitted_slopes(sizes, whitened)),
        raw_times_root_n_at_smallest=student_interval(raw[0] * np.sqrt(sizes[0])),
        raw_times_root_n=student_interval(raw[-1] * root_n),
        whitened_times_root_n=student_interval(whitened[-1] * root_n),
        largest_size=sizes[-1],
    )


def _aliasing(n: int, k_max: int) -> float:
    """What a uniform grid is off by: every λ_k of the block is an aliasing sum instead."""
    eigenvalues = fourier_eigenvalues(k_max)
    return float(np.abs(aliased_eigenvalues(n)[: k_max + 1] - eigenvalues).max())


def judge(record: Record) -> Verdict:
    """Both slopes."""
    text = (
        f"slope {record.slope_raw} raw and {record.slope_whitened} whitened; at n = "
        f"{record.largest_size} the error is {record.raw_times_root_n}/√n raw and "
        f"{record.whitened_times_root_n}/√n whitened. Raw at n = "
        f"{record.sizes[0]} it is {record.raw_times_root_n_at_smallest}/√n. A uniform grid has no "
        f"such error, only aliasing: {record.grid[0]:.0e} at n = {record.sizes[0]}."
    )
    slopes = (record.slope_raw, record.slope_whitened)
    right = [slope.near(-0.5, 0.1) for slope in slopes]
    if all(right):
        return Verdict(HOLDS, text)
    return Verdict(IN_PART if any(right) else FAILS, text)


def draw(record: Record, axes: Sequence[Any]) -> None:
    """Errors of random samples with lines of slope −1/2, and of uniform grids with theirs."""
    left, right = axes
    n = np.array(record.sizes)
    for values, label, style, guide in (
        (record.raw, "raw, ΦᵀKΦ/n²", "o", "k--"),
        (record.whitened, "whitened, QᵀKQ/n", "s", "k:"),
    ):
        mean = values.mean(axis=1)
        constant = np.exp(np.log(mean * np.sqrt(n)).mean())
        left.errorbar(n, mean, values.std(axis=1, ddof=1), fmt=style, label=label)
        left.plot(n, constant / np.sqrt(n), guide, label=f"{constant:.2f}/√n")
    right.plot(n, record.grid, "^", color="C2", label="measured (rounding from 10⁻¹² on)")
    right.plot(n, record.grid_predicted, "k--", label="aliasing, closed form (slope −2)")
    for axis, title in (
        (left, f"Random samples, {record.raw.shape[1]} seeds (mean and spread)"),
        (right, "Uniform grid"),
    ):
        axis.set(
            xscale="log",
            yscale="log",
            xlabel="number of samples n",
            ylabel=f"spectral norm of the error on |k| ≤ {record.k_max}",
            title=title,
        )
        axis.legend(loc="lower left")


CLAIM = Claim(
    name="sampling",
    statement=(
        "With n random samples the kernel operator on a fixed low-frequency subspace is off by "
        "O(n^-1/2)."
    ),
    formula="‖Φᵀ K_n Φ/n² − diag(λ)‖₂ ∝ n^-1/2;  whitened: QᵀK_nQ/n, Φ = QR",
    source="Kalvankar (2026)",
    criterion=(
        "Holds if the slopes of log error in log n, raw and whitened, are within 0.1 of −1/2, "
        "known to ±0.1 (95 %); holds in part if only one is; else fails."
    ),
    default=Configuration(),
    quick=Configuration(sizes=(64, 256, 1024, 4096, 16384), seeds=16, block=4),
    full=Configuration(sizes=tuple(64 * 2**power for power in range(17)), seeds=32, block=2),
    units=units,
    measure_unit=measure_unit,
    collect=collect,
    judge=judge,
    draw=draw,
    panels=2,
)
