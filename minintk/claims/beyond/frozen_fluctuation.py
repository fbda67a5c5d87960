"""Frozen fluctuation: the mean loss of the frozen kernel at finite width, in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._require import Array
from ...arccosine import fourier_eigenvalues
from ...evolving import frozen_loss
from ...fast import population_low_frequency_block
from ...network import Params, initialise
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

# The second condition, ours: what the draw adds is known to 15 %, and is right to 15 %. Added, and
# 15 % chosen, after a first run: an interval of 200 draws is 5 to 9 % wide on either side.
MARGIN = 0.15


@dataclass(frozen=True)
class Configuration:
    """Sizes of a run; no samples: the whole circle, on the frequencies up to k_max."""

    widths: tuple[int, ...] = (64, 256, 1024)
    frequencies: tuple[int, ...] = (3, 4, 5)
    times: tuple[float, ...] = (25.0, 50.0, 100.0, 250.0)
    k_max: int = 24
    seeds: int = 200
    block: int = 50


@dataclass(frozen=True)
class Record:
    """What was measured: losses (widths, frequencies, times, seeds), the formula without seeds.

    `added` is the mean of what the draw adds to the loss, over what the formula says it adds.
    """

    widths: tuple[int, ...]
    frequencies: tuple[int, ...]
    times: tuple[float, ...]
    loss: Array
    formula: Array
    infinite: Array
    ratio: Array
    ratio_error: Array
    added: Array
    added_error: Array


def units(configuration: Configuration) -> list[Unit]:
    """One unit for every width and block of seeds."""

    def cost(width: int) -> float:
        return 1e-3 + 1.4e-7 * width * configuration.k_max

    return seed_units(configuration.widths, configuration.seeds, configuration.block, cost)


def measure_unit(configuration: Configuration, unit: Unit, rng: np.random.Generator) -> Part:
    """Losses of every frequency and time under one frozen kernel, and its entries A_kk."""
    width, block = unit.key
    modes = 2 * np.array(configuration.frequencies) - 1  # cos kt in the order of `fourier_basis`
    losses, entries = [], []
    for _ in seeds_in_block(configuration.seeds, configuration.block, block):
        kernel = _block(initialise(width, rng, antisymmetric=True), configuration.k_max)
        rates, vectors = np.linalg.eigh(kernel)
        left = np.exp(-2 * np.outer(rates, configuration.times))
        losses.append(vectors[modes] ** 2 @ left / 4)  # ½⟨r²⟩ with r = e^{−Aτ} φ_k/√2
        entries.append(kernel[modes, modes])
    return {"loss": np.array(losses), "entry": np.array(entries)}


def _block(params: Params, k_max: int) -> Array:
    """The kernel on |k| ≤ k_max; one neuron of every pair: the other has the same share of it."""
    half = params.width // 2
    first = Params(params.w[:half], params.b[:half], params.a[:half])
    return population_low_frequency_block(first, k_max)


def collect(configuration: Configuration, parts: Sequence[Part]) -> Record:
    """Join the units, and hold the means against the formula, cut at the same k_max."""
    loss = np.moveaxis(by_size(parts, "loss", len(configuration.widths)), 1, -1)
    entry = np.moveaxis(by_size(parts, "entry", len(configuration.widths)), 1, -1)
    times, k_max = np.array(configuration.times), configuration.k_max

    def theory(width: float) -> Array:
        rows = [frozen_loss(k, 1.0, width, times, k_max=k_max) for k in configuration.frequencies]
        return np.array(rows)

    formula = np.array([theory(width) for width in configuration.widths])
    infinite = theory(1e300)  # at this width nothing is left of the draw
    # To first order a draw changes the loss by −2τ L_∞ Δ_kk. The mean over draws is 0, exactly, and
    # without it what is of second order stands out of the noise.
    change = entry - fourier_eigenvalues(k_max)[list(configuration.frequencies), None]
    linear = -2 * (times * infinite)[:, :, None] * change[:, :, None]
    with np.errstate(divide="ignore", invalid="ignore"):  # a formula without a draw's share
        added, added_error = _mean_and_half(
            (loss - linear - infinite[:, :, None]) / (formula - infinite)[..., None]
        )
    ratio, ratio_error = _mean_and_half(loss / formula[..., None])
    return Record(
        widths=configuration.widths,
        frequencies=configuration.frequencies,
        times=configuration.times,
        loss=loss,
        formula=formula,
        infinite=infinite,
        ratio=ratio,
        ratio_error=ratio_error,
        added=added,
        added_error=added_error,
    )


def _mean_and_half(values: Array) -> tuple[Array, Array]:
    """Mean over the last axis, and half of its 95 % interval."""
    intervals = [student_interval(row) for row in values.reshape(-1, values.shape[-1])]
    mean = np.array([interval.mean for interval in intervals])
    high = np.array([interval.high for interval in intervals])
    return mean.reshape(values.shape[:-1]), (high - mean).reshape(values.shape[:-1])


def judge(record: Record) -> Verdict:
    """At the largest width, for every frequency and time: the loss, and what the draw adds."""
    off, error = np.abs(record.ratio - 1), record.ratio_error
    good = (off <= error) | (off <= 0.03)
    added, added_error = record.added[-1], record.added_error[-1]
    both = good[-1] & (np.abs(added - 1) <= MARGIN) & (added_error <= MARGIN)
    correction = record.formula / record.infinite - 1
    smaller = correction < 1
    beyond = ""
    if not smaller.all():
        factor = np.exp(np.abs(np.log(record.ratio[~smaller]))).max()
        beyond = (
            f"; beyond that it is off in {int((~good & ~smaller).sum())} of "
            f"{int((~smaller).sum())}, by up to a factor {factor:.2f}"
        )
    reason = (
        f"measured over formula at m = {record.widths[-1]}: {record.ratio[-1].min():.3f} to "
        f"{record.ratio[-1].max():.3f} (intervals up to ±{error[-1].max():.3f}); what the draw "
        f"adds alone: {added.min():.2f} to {added.max():.2f} of the formula's (up to "
        f"±{added_error.max():.2f}). At all widths "
        f"{int((good & smaller).sum())} of {int(smaller.sum())} cells with a correction below the "
        f"limit's loss agree{beyond}."
    )
    if both.all():
        return Verdict(HOLDS, reason)
    return Verdict(IN_PART if both.mean() >= 0.75 else FAILS, reason)


def draw(record: Record, axes: Sequence[Any]) -> None:
    """What the draw adds to the loss, on the formula's lines, one panel a frequency."""
    times = np.array(record.times)
    relative = record.formula / record.infinite - 1
    for number, axis in enumerate(axes):
        for row, width in enumerate(record.widths):
            line = relative[row, number]
            axis.errorbar(
                times,
                record.added[row, number] * line,
                record.added_error[row, number] * line,
                fmt="osD"[row % 3],
                color=f"C{row}",
                label=f"m = {width}",
            )
            axis.plot(times, line, color=f"C{row}")
        axis.axhline(1, color="k", linestyle=":", label="as much as the limit's loss")
        axis.set(
            xscale="log",
            yscale="log",
            xticks=record.times,
            xticklabels=[f"{time:g}" for time in record.times],
            xlabel="time τ",
            ylabel="what the draw adds, over the limit's loss",
            title=f"y = cos {record.frequencies[number]}t. Lines: formula. Bars: 95 %",
        )
        axis.minorticks_off()
        axis.margins(y=0.12)
        axis.legend(loc="lower right", fontsize=8)


CLAIM = Claim(
    name="frozen_fluctuation",
    statement=(
        "The mean loss of the frozen kernel at width m (antisymmetric pairs, whole circle) is, to "
        "second order in the fluctuation of "
        "its draw, a closed formula of the variances of one neuron's kernel entries."
    ),
    formula="E L = L_∞ + (A²/2m) {Σ_j V_jk φ_jk² + 2 e^{−λ_kτ} Σ_l V_kl ψ_kl}",
    source="derived in minintk.evolving.fluctuation",
    criterion=(
        "Holds if at the largest width (m = 1024), k = 3, 4, 5 and every τ ≤ 250 the mean over "
        "seeds is within its 95 % interval of the formula or within 3 %, and if what the draw adds "
        "is known to 15 % and within 15 % of the formula (this second condition is ours, added "
        "after a first run: by the first alone no correction at all would pass in most cells); in "
        "part if in three quarters of these cells; else fails."
    ),
    default=Configuration(),
    quick=Configuration(widths=(64, 1024), seeds=160, block=40, k_max=16, times=(50.0, 250.0)),
    full=Configuration(widths=(64, 256, 1024, 4096), k_max=32, seeds=2000, block=50),
    units=units,
    measure_unit=measure_unit,
    collect=collect,
    judge=judge,
    draw=draw,
    panels=3,
    beyond_study=True,
)
