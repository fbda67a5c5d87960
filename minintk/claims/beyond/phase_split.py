"""Phase split: learning cos kt lowers the kernel on cos kt and raises it on sin kt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._require import Array
from ...arccosine import fourier_eigenvalues
from ...circle import target_coefficients
from ...evolving import mean_field_descent, mean_field_start, relative_split
from ...fast.population import population_low_frequency_block, population_objective
from ...network import Params, initialise
from ...training import gradient_descent
from ..claim import (
    FAILS,
    HOLDS,
    IN_PART,
    LIMIT,
    Claim,
    Part,
    Unit,
    Verdict,
    seeds_in_block,
    target_units,
)


@dataclass(frozen=True)
class Configuration:
    """Sizes of a run."""

    frequencies: tuple[int, ...] = (3, 5)
    widths: tuple[int, ...] = (64, 256, 1024)
    amplitude: float = 1.0
    learning_rate: float = 0.5
    at_steps: tuple[int, ...] = (100, 500)
    seeds: int = 20
    block: int = 10
    radii: int = 96
    directions: int = 32


@dataclass(frozen=True)
class Record:
    """What was measured: m × change over λ_k (frequencies, widths, seeds, times, own/shifted)."""

    frequencies: tuple[int, ...]
    widths: tuple[int, ...]
    times: tuple[float, ...]
    change: Array
    mean_field: Array
    leading_logarithm: Array
    share_own_falls: Array
    share_shifted_rises: Array
    smallest_share: float
    average_rises: float
    mean_field_ratio: tuple[float, float]


def units(configuration: Configuration) -> list[Unit]:
    """One unit for every frequency, width and block of seeds, and one for each limit."""
    steps = configuration.at_steps[-1]
    return target_units(
        len(configuration.frequencies),
        configuration.widths,
        configuration.seeds,
        configuration.block,
        lambda width: steps * (1.5e-4 + 2.5e-7 * width),
        limit_cost=2 * configuration.radii * configuration.directions * steps * 1e-7,
    )


def measure_unit(configuration: Configuration, unit: Unit, rng: np.random.Generator) -> Part:
    """Change of the kernel on both phases of the target's frequency, on the whole circle."""
    number, width, block = unit.key
    k = configuration.frequencies[number]
    target = target_coefficients((k,), amplitude=configuration.amplitude, shift=0.0)
    eta, steps = configuration.learning_rate, configuration.at_steps[-1]
    scale = width / float(fourier_eigenvalues(k)[k])

    def change(rows: list[Array]) -> Array:
        return scale * (np.array(rows[1:]) - rows[0])

    def recorded(rows: list[Array]) -> Any:
        def record(step: int, params: Params) -> None:
            if step in (0, *configuration.at_steps):
                rows.append(population_low_frequency_block(params, k).diagonal()[-2:])

        return record

    if block == LIMIT:
        rows: list[Array] = []
        start = mean_field_start(configuration.radii, configuration.directions)
        mean_field_descent(
            start, population_objective, target, width, eta, steps, record=recorded(rows)
        )
        return {"limit": change(rows)}
    changes = []
    for _ in seeds_in_block(configuration.seeds, configuration.block, block):
        rows = []
        start = initialise(width, rng, antisymmetric=True)
        gradient_descent(start, population_objective(target), eta, steps, record=recorded(rows))
        changes.append(change(rows))
    return {"change": np.array(changes)}


def collect(configuration: Configuration, parts: Sequence[Part]) -> Record:
    """Join the units; count in how many draws the two phases part as the theory says."""
    shape = (len(configuration.frequencies), len(configuration.widths))
    change = np.concatenate([part["change"] for part in parts if "change" in part])
    change = change.reshape(*shape, -1, *change.shape[1:])
    limit = np.array([part["limit"] for part in parts if "limit" in part])
    limit = limit.reshape(*shape, *limit.shape[1:])
    times = tuple(configuration.learning_rate * step for step in configuration.at_steps)
    logarithm = np.log(np.sqrt(configuration.widths))
    split = np.array(
        [
            [
                relative_split(
                    k, configuration.amplitude, time, learning_rate=configuration.learning_rate
                )
                for time in times
            ]
            for k in configuration.frequencies
        ]
    )
    falls = (change[..., 0] < 0).mean(axis=2)
    rises = (change[..., 1] > 0).mean(axis=2)
    ratios = change.mean(axis=2) / limit
    return Record(
        frequencies=configuration.frequencies,
        widths=configuration.widths,
        times=times,
        change=change,
        mean_field=limit,
        leading_logarithm=split[:, None] * logarithm[:, None, None],
        share_own_falls=falls,
        share_shifted_rises=rises,
        smallest_share=float(min(falls.min(), rises.min())),
        average_rises=float((change.mean(axis=-1) > 0).mean()),
        mean_field_ratio=(float(ratios.min()), float(ratios.max())),
    )


def judge(record: Record) -> Verdict:
    """Both signs in at least 80 % of draws in every cell."""
    good = (record.share_own_falls >= 0.8) & (record.share_shifted_rises >= 0.8)
    bad = [
        f"k = {record.frequencies[i]}, m = {record.widths[j]}, τ = {record.times[t]:g}"
        for i, j, t in np.argwhere(~good)
    ]
    low, high = record.mean_field_ratio
    reason = (
        f"own phase falls and shifted phase rises in at least {100 * record.smallest_share:.0f} % "
        f"of draws in every cell (below 80 %: {'; '.join(bad) or 'none'}), while the mean of both "
        f"phases rises in {100 * record.average_rises:.0f} %. Networks over mean-field: {low:.2f} "
        f"to {high:.2f}."
    )
    if good.all():
        return Verdict(HOLDS, reason)
    return Verdict(IN_PART if good.any() else FAILS, reason)


def draw(record: Record, axes: Sequence[Any]) -> None:
    """Both phases and their mean against width, one panel a frequency, at the first time."""
    for number, axis in enumerate(axes):
        for phase, label in enumerate(("own phase", "shifted by 90°")):
            values = record.change[number, :, :, 0, phase]
            error = values.std(axis=1, ddof=1) / np.sqrt(values.shape[1])
            style, colour = "os"[phase], f"C{phase}"
            axis.errorbar(
                record.widths, values.mean(axis=1), error, fmt=style, color=colour, label=label
            )
            axis.plot(
                record.widths,
                record.mean_field[number, :, 0, phase],
                color=colour,
                linestyle=("-", "-.")[phase],
                label=f"{label}, mean-field",
            )
            axis.plot(
                record.widths,
                record.leading_logarithm[number, :, 0, phase],
                color=colour,
                linestyle=(":", "--")[phase],
                label=f"{label}, logarithm alone",
            )
        mean = record.change[number, :, :, 0].mean(axis=(1, 2))
        axis.plot(record.widths, mean, "k^--", label="mean of both")
        axis.axhline(0, color="k", linewidth=0.8)
        axis.set(
            xscale="log",
            xlabel="width m (neurons)",
            ylabel="m × change of the kernel over λ_k",
            title=(
                f"Learning cos {record.frequencies[number]}t, τ = {record.times[0]:g}. "
                "Bars: standard error"
            ),
        )
        axis.margins(y=0.5)
        axis.legend(ncols=2, fontsize=7.5, loc="upper left")


CLAIM = Claim(
    name="phase_split",
    statement=(
        "A mode cos kt, k ≥ 3, that is being learned lowers the kernel on itself and raises it on "
        "sin kt; the mean over the two phases hides it."
    ),
    formula=(
        "own: −A²G²c_k/4π² · λ_k ln √m / m + O(1/m), shifted: the opposite;  G = (1 − e^{−λτ})/λ"
    ),
    source="derived in minintk.evolving.leading_order",
    criterion=(
        "Trained networks, A = 1, τ = 50 and 250: holds if for k = 3 and 5 and every m = 64 … 1024 "
        "the own phase falls in at least 80 % of draws and the shifted one rises in at least 80 %; "
        "fails if in no cell both; else holds in part. Only the signs are judged: the formula is "
        "by leading_logarithm."
    ),
    default=Configuration(),
    quick=Configuration(
        frequencies=(3, 5), widths=(64, 256), at_steps=(100,), seeds=10, radii=32, directions=24
    ),
    full=Configuration(widths=(64, 128, 256, 512, 1024, 4096), seeds=50, radii=192, directions=48),
    units=units,
    measure_unit=measure_unit,
    collect=collect,
    judge=judge,
    draw=draw,
    panels=2,
    beyond_study=True,
)
