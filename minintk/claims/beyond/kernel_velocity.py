"""Kernel velocity: dK/dτ exactly, with the moving ends of the arcs, and what they contribute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._require import Array
from ...circle import basis_frequencies
from ...evolving import flow_velocity
from ...fast.population import (
    population_loss_and_gradient,
    population_low_frequency_block,
    population_objective,
)
from ...network import Params, initialise
from ...training import gradient_descent
from ..claim import (
    FAILS,
    HOLDS,
    IN_PART,
    Claim,
    Part,
    Unit,
    Verdict,
    by_size,
    seed_units,
    seeds_in_block,
)
from ..targets import TARGETS


@dataclass(frozen=True)
class Configuration:
    """Sizes of a run."""

    widths: tuple[int, ...] = (64, 256, 1024)
    learning_rate: float = 0.1
    steps: int = 500
    every: int = 1
    k_max: int = 4
    judged_to: int = 3
    seeds: int = 8
    block: int = 4


@dataclass(frozen=True)
class Record:
    """What was measured: gains of the band (widths, seeds, smooth/ends/whole, k)."""

    widths: tuple[int, ...]
    time: float
    judged_to: int
    gains: Array
    error_of_velocity: float
    error_of_integral: float
    largest_error_of_integral: float
    share_of_ends: tuple[float, ...]


def units(configuration: Configuration) -> list[Unit]:
    """One unit for every width and block of seeds."""

    def cost(width: int) -> float:
        return configuration.steps * (9e-4 + 9e-7 * width)

    return seed_units(configuration.widths, configuration.seeds, configuration.block, cost)


def measure_unit(configuration: Configuration, unit: Unit, rng: np.random.Generator) -> Part:
    """Integrate the velocity over a training with small steps, and hold it against the change."""
    width, block = unit.key
    seeds = seeds_in_block(configuration.seeds, configuration.block, block)
    runs = [_run(configuration, width, rng) for _ in seeds]
    return {name: np.array([run[name] for run in runs]) for name in runs[0]}


def _run(
    configuration: Configuration, width: int, rng: np.random.Generator
) -> dict[str, Array | float]:
    target, k_max, eta = TARGETS["low"], configuration.k_max, configuration.learning_rate
    start = initialise(width, rng, antisymmetric=True)
    at, smooth, ends = [], [], []

    def record(step: int, params: Params) -> None:
        if step % configuration.every == 0:
            velocity = flow_velocity(params, target, k_max)
            at.append(eta * step)
            smooth.append(np.sum(list(velocity.smooth.values()), axis=0))
            ends.append(np.sum(list(velocity.ends.values()), axis=0))

    trained, _ = gradient_descent(
        start, population_objective(target), eta, configuration.steps, record=record
    )
    blocks = [population_low_frequency_block(p, k_max) for p in (start, trained)]
    whole = blocks[1] - blocks[0]
    parts = [_integral(np.array(rows), np.array(at)) for rows in (smooth, ends)]
    off = np.linalg.norm(parts[0] + parts[1] - whole) / np.linalg.norm(whole)
    return {
        "gains": np.array([_by_frequency(block) for block in (*parts, whole)]),
        "integral": float(off),
        "velocity": _error_of_velocity(trained, target, k_max),
    }


def _integral(rows: Array, times: Array) -> Array:
    """∫ of rows over time, by trapezoids."""
    return np.asarray(np.tensordot(np.diff(times), (rows[1:] + rows[:-1]) / 2, axes=1))


def _by_frequency(block: Array) -> Array:
    """Mean of the cosine and the sine entry of every frequency."""
    frequencies = basis_frequencies(len(block) // 2)
    return np.bincount(frequencies, block.diagonal()) / np.bincount(frequencies)


def _error_of_velocity(params: Params, target: Array, k_max: int) -> float:
    """Against central differences along the flow, relative to the largest entry."""
    gradient = population_loss_and_gradient(params, target)[1]
    h = 1e-4

    def moved(step: float) -> Array:
        shifted = Params(
            params.w - step * gradient.w, params.b - step * gradient.b, params.a - step * gradient.a
        )
        return population_low_frequency_block(shifted, k_max)

    differences = (moved(h) - moved(-h)) / (2 * h)
    exact = flow_velocity(params, target, k_max).total
    return float(np.abs(exact - differences).max() / np.abs(exact).max())


def collect(configuration: Configuration, parts: Sequence[Part]) -> Record:
    """Join the units, and take the share of the moving ends in the band's gains."""
    widths = len(configuration.widths)
    gains = by_size(parts, "gains", widths)
    mean = gains.mean(axis=(0, 1))
    shares = np.abs(mean[1] / mean[2])[: configuration.judged_to + 1]
    return Record(
        widths=configuration.widths,
        time=configuration.learning_rate * configuration.steps,
        judged_to=configuration.judged_to,
        gains=gains,
        error_of_velocity=float(by_size(parts, "velocity", widths).max()),
        error_of_integral=float(np.median(by_size(parts, "integral", widths))),
        largest_error_of_integral=float(by_size(parts, "integral", widths).max()),
        share_of_ends=tuple(shares.tolist()),
    )


def judge(record: Record) -> Verdict:
    """Exact first, then the share of the ends."""
    exact = record.error_of_velocity < 1e-5 and record.error_of_integral < 0.05
    largest = max(record.share_of_ends)
    shares = ", ".join(f"{100 * share:.1f}" for share in record.share_of_ends)
    reason = (
        f"the velocity agrees with central differences to {record.error_of_velocity:.0e}, and its "
        f"integral over a training with the kernel's change to {record.error_of_integral:.1e} in "
        f"the typical network, {record.largest_error_of_integral:.1e} in the worst (an arc that is "
        f"about to close has ends that move without bound). The moving ends are {shares} % of the "
        f"mean gain for k = 0 … {record.judged_to}."
    )
    if not exact:
        return Verdict(FAILS, reason)
    return Verdict(HOLDS if largest <= 0.05 else IN_PART, reason)


def draw(record: Record, axes: Sequence[Any]) -> None:
    """Gains of each frequency at the smallest width: whole, smooth part, moving ends."""
    (axis,) = axes
    k = np.arange(record.gains.shape[3])
    for row, (label, style) in enumerate(
        (("smooth part", "o"), ("moving ends", "s"), ("change of the kernel", "k_"))
    ):
        values = record.gains[0, :, row]
        error = values.std(axis=0, ddof=1) / np.sqrt(len(values))
        axis.errorbar(k, values.mean(axis=0), error, fmt=style, label=label, markersize=7)
    axis.set(
        xticks=k,
        xlabel="frequency k",
        ylabel="gain of the mean of both phases",
        title=f"Integral of dK/dτ up to τ = {record.time:g}, m = {record.widths[0]}",
    )
    axis.axhline(0, color="k", linewidth=0.8)
    axis.legend()


CLAIM = Claim(
    name="kernel_velocity",
    statement=(
        "dK/dτ is exact through the arcs: a smooth part and a part of the moving ends, which "
        "differentiating a kernel on samples never sees. The smooth part alone carries the gains "
        "of low frequencies, averaged over both phases."
    ),
    formula="dU/dτ = (1/2π) Σ_ends φ x̃ (dw̃/dτ·x̃)/√(|w|² − b²);  dK/dτ = −⟨K₃ r⟩",
    source="Huang & Yau (2020), the third-order kernel; the ends are derived in minintk.evolving",
    criterion=(
        "Holds if the velocity agrees with central differences to 1e-5 and its integral over a "
        "training of small steps with the kernel's change to 5 % (median), and the moving ends are "
        "at most 5 % of the mean gain for every k ≤ 3; in part if only the first two; else fails."
    ),
    default=Configuration(),
    quick=Configuration(widths=(64,), steps=200),
    full=Configuration(widths=(16, 64, 256, 1024, 4096), seeds=16, learning_rate=0.04, steps=1250),
    units=units,
    measure_unit=measure_unit,
    collect=collect,
    judge=judge,
    draw=draw,
    panels=1,
    beyond_study=True,
)
