"""Frozen fluctuation: the mean loss of the frozen kernel at finite width, in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._require import Array
from ...circle import uniform_angles
from ...evolving import frozen_loss
from ...fast.kernel import empirical_ntk
from ...network import initialise
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
    student_interval,
)


@dataclass(frozen=True)
class Configuration:
    """Sizes of a run."""

    widths: tuple[int, ...] = (64, 256, 1024)
    frequencies: tuple[int, ...] = (3, 4, 5)
    times: tuple[float, ...] = (25.0, 50.0, 100.0, 250.0)
    points: int = 128
    seeds: int = 96
    block: int = 24


@dataclass(frozen=True)
class Record:
    """What was measured: losses (widths, frequencies, times, seeds), the formula without seeds."""

    widths: tuple[int, ...]
    frequencies: tuple[int, ...]
    times: tuple[float, ...]
    loss: Array
    formula: Array
    infinite: Array
    ratio: Array
    ratio_error: Array


def units(configuration: Configuration) -> list[Unit]:
    """One unit for every width and block of seeds."""

    def cost(width: int) -> float:
        return 1.2e-2 * (configuration.points / 128) ** 2 + 3e-7 * width

    return seed_units(configuration.widths, configuration.seeds, configuration.block, cost)


def measure_unit(configuration: Configuration, unit: Unit, rng: np.random.Generator) -> Part:
    """Losses of every frequency and time under one frozen kernel, for a block of draws."""
    width, block = unit.key
    seeds = seeds_in_block(configuration.seeds, configuration.block, block)
    return {"loss": np.array([_losses(configuration, width, rng) for _ in seeds])}


def _losses(configuration: Configuration, width: int, rng: np.random.Generator) -> Array:
    """½ mean of (e^{−Tτ} cos kt)², (frequencies, times)."""
    grid = uniform_angles(configuration.points)
    kernel = empirical_ntk(initialise(width, rng, antisymmetric=True), grid) / len(grid)
    rates, vectors = np.linalg.eigh(kernel)
    targets = np.cos(np.outer(configuration.frequencies, grid)) @ vectors
    left = np.exp(-2 * np.outer(rates, configuration.times))
    return np.asarray(targets**2 @ left / (2 * len(grid)))


def collect(configuration: Configuration, parts: Sequence[Part]) -> Record:
    """Join the units, and hold the means against the formula."""
    loss = np.moveaxis(by_size(parts, "loss", len(configuration.widths)), 1, -1)
    times = np.array(configuration.times)
    formula = np.array(
        [
            [frozen_loss(k, 1.0, width, times) for k in configuration.frequencies]
            for width in configuration.widths
        ]
    )
    infinite = np.array(
        [frozen_loss(k, 1.0, 1e300, times) for k in configuration.frequencies]
    )  # at this width nothing is left of the draw
    mean = loss.mean(axis=-1)
    half = np.array([student_interval(row).high for row in loss.reshape(-1, loss.shape[-1])])
    return Record(
        widths=configuration.widths,
        frequencies=configuration.frequencies,
        times=configuration.times,
        loss=loss,
        formula=formula,
        infinite=infinite,
        ratio=mean / formula,
        ratio_error=(half.reshape(mean.shape) - mean) / formula,
    )


def judge(record: Record) -> Verdict:
    """At the largest width within the interval or 3 %, for every frequency and time."""
    off, error = np.abs(record.ratio - 1), record.ratio_error
    good = (off <= error) | (off <= 0.03)
    correction = record.formula / record.infinite - 1
    smaller = correction < 1
    stops = int((~good & ~smaller).sum())
    reason = (
        f"measured over formula at m = {record.widths[-1]}: {record.ratio[-1].min():.3f} to "
        f"{record.ratio[-1].max():.3f} (intervals up to ±{error[-1].max():.3f}). At all widths "
        f"{int((good & smaller).sum())} of {int(smaller.sum())} cells with a correction below the "
        f"limit's loss agree; beyond that it is off in {stops} of {int((~smaller).sum())}, by up "
        f"to a factor {np.exp(np.abs(np.log(record.ratio))).max():.2f}."
    )
    if good[-1].all():
        return Verdict(HOLDS, reason)
    return Verdict(IN_PART if good[-1].mean() >= 0.75 else FAILS, reason)


def draw(record: Record, axes: Sequence[Any]) -> None:
    """Mean losses on the formula's lines, one panel a frequency."""
    times = np.array(record.times)
    for number, axis in enumerate(axes):
        for row, width in enumerate(record.widths):
            loss = record.loss[row, number]
            error = loss.std(axis=1, ddof=1) / np.sqrt(loss.shape[1])
            axis.errorbar(
                times,
                loss.mean(axis=1),
                error,
                fmt="osD"[row % 3],
                color=f"C{row}",
                label=f"m = {width}",
            )
            axis.plot(times, record.formula[row, number], color=f"C{row}")
        axis.plot(times, record.infinite[number], "k:", label="infinite width")
        axis.set(
            yscale="log",
            xlabel="time τ",
            ylabel="mean loss of the frozen kernel",
            title=f"y = cos {record.frequencies[number]}t. Lines: formula",
        )
        axis.legend(loc="lower left")


CLAIM = Claim(
    name="frozen_fluctuation",
    statement=(
        "The mean loss of the frozen kernel at width m is, to second order in the fluctuation of "
        "its draw, a closed formula of the variances of one neuron's kernel entries."
    ),
    formula="E L = L_∞ + (A²/2m) {Σ_j V_jk φ_jk² + 2 e^{−λ_kτ} Σ_l V_kl ψ_kl}",
    source="derived in minintk.evolving.fluctuation",
    criterion=(
        "Holds if at the largest width (m = 1024), k = 3, 4, 5 and every τ ≤ 250 the mean over "
        "seeds is within its 95 % interval of the formula or within 3 %; in part if in three "
        "quarters of these cells; else fails."
    ),
    default=Configuration(),
    quick=Configuration(widths=(64, 1024), seeds=64, block=32, times=(50.0, 250.0)),
    full=Configuration(widths=(64, 256, 1024, 4096), seeds=1000, block=50),
    units=units,
    measure_unit=measure_unit,
    collect=collect,
    judge=judge,
    draw=draw,
    panels=3,
    beyond_study=True,
)
