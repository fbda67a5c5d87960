"""Decomposition: infinite width, + fluctuation, + feature learning, both; they do not add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._require import Array
from ...circle import basis_frequencies, mean_by_frequency
from ...evolving import Stage, Task, drawn_stages, infinite_stage, mean_field_stage
from ..claim import (
    FAILS,
    HOLDS,
    IN_PART,
    LIMIT,
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

ASKED = 12.0


@dataclass(frozen=True)
class Configuration:
    """Sizes of a run."""

    widths: tuple[int, ...] = (16, 64, 256)
    targets: tuple[str, ...] = ("low", "high")
    points: int = 64
    learning_rate: float = 0.5
    steps: int = 500
    seeds: int = 64
    block: int = 16
    k_max: int = 8
    radii: int = 48
    directions: int = 96
    shown_width: int = 64


@dataclass(frozen=True)
class Record:
    """What was measured: every quantity (targets, widths, stages, seeds, …)."""

    widths: tuple[int, ...]
    targets: tuple[str, ...]
    shown_width: int
    time: float
    losses: Array
    curve_times: Array
    curves: Array
    residuals: Array
    kernels: Array
    measures: tuple[str, ...]
    alignments: Array
    excess_frozen: dict[str, Interval]
    excess_evolving: dict[str, Interval]
    repair: dict[str, float]


def units(configuration: Configuration) -> list[Unit]:
    """One unit for every target, width and block of seeds, and one for each mean-field limit."""
    steps = configuration.steps
    return target_units(
        len(configuration.targets),
        configuration.widths,
        configuration.seeds,
        configuration.block,
        lambda width: 2e-2 + steps * (2e-6 + 8e-8 * width),
        limit_cost=2 * configuration.radii * configuration.directions * steps * 1e-7,
    )


def measure_unit(configuration: Configuration, unit: Unit, rng: np.random.Generator) -> Part:
    """The stages of some draws, or of the limit, each as arrays (seeds, …)."""
    number, width, block = unit.key
    task = _task(configuration, number)
    if block == LIMIT:
        limit = mean_field_stage(
            width, task, radii=configuration.radii, directions=configuration.directions
        )
        return {"mean-field": _numbers([limit], configuration)}
    seeds = seeds_in_block(configuration.seeds, configuration.block, block)
    frozen, evolving = zip(*drawn_stages(width, task, rng, len(seeds)), strict=True)
    return {
        "frozen": _numbers(frozen, configuration),
        "evolving": _numbers(evolving, configuration),
    }


def _task(configuration: Configuration, number: int) -> Task:
    return Task(
        tuple(TARGETS[configuration.targets[number]].tolist()),
        configuration.learning_rate,
        configuration.steps,
        configuration.points,
        configuration.k_max,
    )


def _numbers(stages: Sequence[Stage], configuration: Configuration) -> dict[str, Array]:
    """Loss curve, size of the residual and mean kernel entry by frequency, alignments."""
    frequencies = basis_frequencies(configuration.k_max)
    return {
        "curves": np.array([stage.losses[_curve_steps(configuration)] for stage in stages]),
        "residuals": np.sqrt(
            [np.bincount(frequencies, stage.residual_spectrum**2) for stage in stages]
        ),
        "kernels": np.array([mean_by_frequency(stage.kernel_block.diagonal()) for stage in stages]),
        "alignments": np.array([list(stage.alignments.values()) for stage in stages]),
    }


def _curve_steps(configuration: Configuration) -> list[int]:
    """Where the curves are kept: about 30 steps, and the last."""
    spaced = np.geomspace(1, configuration.steps, 28).round().astype(int).tolist()
    return sorted({0, *spaced})


def collect(configuration: Configuration, parts: Sequence[Part]) -> Record:
    """Join the units to (targets, widths, stages, seeds, …); a stage without a draw is repeated."""
    shape = (len(configuration.targets), len(configuration.widths))
    still = [infinite_stage(_task(configuration, i)) for i in range(shape[0])]
    without_draw = [_numbers([stage], configuration) for stage in still]

    def joined(name: str) -> Array:
        by_stage = []
        for stage in ("frozen", "mean-field", "evolving"):
            rows = np.concatenate([part[stage][name] for part in parts if stage in part])
            rows = rows.reshape(*shape, -1, *rows.shape[1:])
            by_stage.append(np.repeat(rows, configuration.seeds // rows.shape[2], axis=2))
        rest = np.array([numbers[name] for numbers in without_draw])  # (targets, 1, …)
        first = np.broadcast_to(rest[:, None], by_stage[0].shape)
        return np.stack([first, *by_stage], axis=2)

    curves = joined("curves")
    losses = curves[..., -1]
    names = [
        f"{target} m = {width}"
        for target in configuration.targets
        for width in configuration.widths
    ]
    rows = losses.reshape(-1, *losses.shape[2:])  # (cells, stages, seeds)
    frozen, evolving = (
        {
            name: student_interval(row[drawn] - row[drawn - 1])  # over the stage without a draw
            for name, row in zip(names, rows, strict=True)
        }
        for drawn in (1, 3)
    )
    return Record(
        widths=configuration.widths,
        targets=configuration.targets,
        shown_width=configuration.shown_width,
        time=configuration.learning_rate * configuration.steps,
        losses=losses,
        curve_times=configuration.learning_rate * np.array(_curve_steps(configuration)),
        curves=curves,
        residuals=joined("residuals"),
        kernels=joined("kernels"),
        measures=tuple(still[0].alignments),
        alignments=joined("alignments"),
        excess_frozen=frozen,
        excess_evolving=evolving,
        repair={name: frozen[name].mean / evolving[name].mean for name in names},
    )


def judge(record: Record) -> Verdict:
    """Whether training repairs the draw twelvefold, at every width, for the learned target."""
    asked = [f"low m = {width}" for width in record.widths]
    lower = {
        name: record.excess_frozen[name].low / max(record.excess_evolving[name].high, 1e-300)
        for name in record.repair
    }
    shown = "; ".join(f"{name}: {factor:.3g}" for name, factor in record.repair.items())
    reason = (
        f"at τ = {record.time:g} the draw costs the frozen kernel so many times more than the "
        f"evolving network: {shown}. Known to be at least "
        f"{min(lower[name] for name in asked):.3g} for the low target."
    )
    if not all(np.isfinite(record.losses).ravel()):
        return Verdict(FAILS, "a loss is not finite.")
    if any(record.excess_evolving[name].high <= 0 for name in asked):
        return Verdict(FAILS, f"the mean-field loss is above that of its networks: {reason}")
    if all(lower[name] >= ASKED for name in asked):
        return Verdict(HOLDS, reason)
    return Verdict(IN_PART if all(lower[name] >= 1 for name in asked) else FAILS, reason)


LABELS = (
    "infinite width",
    "+ fluctuation: frozen",
    "+ feature learning: mean-field",
    "both: evolving",
)
STYLES = (("k", ":", "P"), ("C1", "--", "s"), ("C0", "-.", "^"), ("C2", "-", "o"))


def draw(record: Record, axes: Sequence[Any]) -> None:
    """The four stages of one width, low target: loss, residual, kernel, alignments."""
    column = record.widths.index(record.shown_width)
    _draw_losses(record, column, axes[0])
    _draw_residuals(record, column, axes[1])
    _draw_kernels(record, column, axes[2])
    _draw_alignments(record, column, axes[3])


def _draw_losses(record: Record, column: int, axis: Any) -> None:
    for stage, (colour, line, marker) in enumerate(STYLES):
        curves = record.curves[0, column, stage, :, 1:]
        low, middle, high = np.quantile(curves, [0.05, 0.5, 0.95], axis=0)
        axis.fill_between(record.curve_times[1:], low, high, color=colour, alpha=0.2, linewidth=0)
        axis.plot(
            record.curve_times[1:],
            middle,
            marker + line,
            color=colour,
            markevery=(2 * stage, 8),
            label=LABELS[stage],
        )
    axis.set(
        xscale="log",
        yscale="log",
        xlabel="time τ = η × steps",
        ylabel="loss (median, 5–95 % of draws)",
        title=f"Width {record.shown_width}, {record.targets[0]} target: loss",
    )
    axis.legend(loc="lower left")


def _draw_residuals(record: Record, column: int, axis: Any) -> None:
    _points(axis, record.residuals[0, column])
    axis.set(
        yscale="log",
        ylim=(1e-6, None),
        xlabel="frequency k",
        ylabel="residual's mode k (median, 5–95 % of draws)",
        title=f"What is left at τ = {record.time:g} (cut at 1e-6)",
    )


def _draw_kernels(record: Record, column: int, axis: Any) -> None:
    kernels = record.kernels[0, column]
    _points(axis, kernels / kernels[0])
    axis.set(
        xlabel="frequency k",
        ylabel="entry over infinite width's (median, 5–95 %)",
        title=f"The kernel at τ = {record.time:g} (mean of cos and sin)",
    )


def _draw_alignments(record: Record, column: int, axis: Any) -> None:
    values = record.alignments[0, column]
    for stage, (colour, _, marker) in enumerate(STYLES):
        low, middle, high = np.quantile(values[stage], [0.05, 0.5, 0.95], axis=0)
        axis.errorbar(
            middle,
            np.arange(len(middle)) + 0.16 * (stage - 1.5),
            xerr=[middle - low, high - middle],
            fmt=marker,
            color=colour,
        )
    axis.set(
        yticks=range(values.shape[-1]),
        xlabel="value (median, 5–95 % of draws)",
        ylabel="of the kernel",
        title=f"Alignments at τ = {record.time:g}",
    )
    axis.set_yticklabels([name.replace(" with", "\nwith") for name in record.measures])
    axis.invert_yaxis()


def _points(axis: Any, values: Array) -> None:
    """Stages side by side at every frequency: medians and 5–95 % of the draws."""
    for stage, (colour, _, marker) in enumerate(STYLES):
        low, middle, high = np.quantile(values[stage], [0.05, 0.5, 0.95], axis=0)
        axis.errorbar(
            np.arange(len(middle)) + 0.16 * (stage - 1.5),
            middle,
            [middle - low, high - middle],
            fmt=marker,
            color=colour,
        )
    axis.set_xticks(range(values.shape[-1]))


CLAIM = Claim(
    name="decomposition",
    statement=(
        "What the draw and the motion of the kernel add to infinite width do not add up: the draw "
        "costs the evolving network many times less than the frozen kernel (we say: training "
        "repairs it)."
    ),
    formula="repair = (E L_frozen − L_∞) / (E L_evolving − L_mean-field) ≫ 1",
    source="measured here; the limit is that of Chizat & Bach (2018)",
    criterion=(
        "Low target, τ = 250: holds if at every width the 95 % intervals over seeds put the repair "
        "at 12 or more, the least in our first trials; in part if at 1 or more; fails else, and "
        "where the limit's loss is above its networks'."
    ),
    default=Configuration(),
    quick=Configuration(
        widths=(16, 64),
        targets=("low",),
        points=32,
        steps=200,
        seeds=12,
        block=6,
        radii=32,
        directions=32,
        k_max=6,
    ),
    full=Configuration(widths=(16, 32, 64, 128, 256, 1024), seeds=200, radii=96, directions=192),
    units=units,
    measure_unit=measure_unit,
    collect=collect,
    judge=judge,
    draw=draw,
    panels=4,
    beyond_study=True,
)
