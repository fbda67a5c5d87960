"""Evolving or frozen: λ_kτ decides which kernel reaches the lower loss; the map of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._require import Array
from ...arccosine import aliased_eigenvalues
from ...circle import fourier_sum, target_coefficients, uniform_angles
from ...dynamics import frozen_descent
from ...evolving import mean_field_descent, mean_field_start
from ...fast.samples import objective as objective_on_arcs
from ...network import Objective, half_mean_square, initialise, objective
from ...ntk import factorised_ntk
from ...training import gradient_descent
from ..claim import FAILS, HOLDS, IN_PART, Claim, Part, Unit, Verdict

# From this width on arcs are faster than the (n, m) matrix on 64 points.
ARCS_FROM = 512
_NETWORKS, _LIMIT = 0, 1  # what a unit is about


@dataclass(frozen=True)
class Configuration:
    """Sizes of a run: every frequency, amplitude and width, each read at every one of the steps."""

    frequencies: tuple[int, ...] = (1, 2, 3, 5, 8)
    amplitudes: tuple[float, ...] = (0.25, 1.0)
    widths: tuple[int, ...] = (16, 64, 256)
    at_steps: tuple[int, ...] = (20, 50, 100, 200, 500)
    points: int = 64
    learning_rate: float = 0.5
    seeds: int = 4
    radii: int = 64
    directions: int = 24


@dataclass(frozen=True)
class Record:
    """What was measured: losses (frequencies, amplitudes, widths, seeds, times)."""

    frequencies: tuple[int, ...]
    amplitudes: tuple[float, ...]
    widths: tuple[int, ...]
    times: tuple[float, ...]
    learned: Array
    evolving_loss: Array
    frozen_loss: Array
    mean_field_loss: Array
    wins_late: float
    wins_early: float
    wins_between: float
    wins_early_by_frequency: dict[str, float]
    cells_late: int
    cells_early: int
    predicted: int
    cells: int


def units(configuration: Configuration) -> list[Unit]:
    """One unit for every frequency, width and amplitude, and one for each mean-field limit."""
    steps = configuration.at_steps[-1]
    nodes = 2 * configuration.radii * configuration.directions
    cells = [
        (number, width, amplitude)
        for number in range(len(configuration.frequencies))
        for width in configuration.widths
        for amplitude in range(len(configuration.amplitudes))
    ]
    return [
        *(
            Unit(
                (*cell, _NETWORKS),
                configuration.seeds * (steps * (1.2e-4 + min(4e-7 * cell[1], 3e-4)) + 0.01),
            )
            for cell in cells
        ),
        *(Unit((*cell, _LIMIT), steps * 3e-7 * nodes) for cell in cells),
    ]


def measure_unit(configuration: Configuration, unit: Unit, rng: np.random.Generator) -> Part:
    """Losses of one cell at all times: of networks and their frozen kernels, or of the limit."""
    number, width, column, kind = unit.key
    k, amplitude = configuration.frequencies[number], configuration.amplitudes[column]
    grid = uniform_angles(configuration.points)
    targets = fourier_sum(grid, target_coefficients((k,), amplitude=amplitude, shift=0.0))
    steps, eta = configuration.at_steps, configuration.learning_rate
    if kind == _LIMIT:
        start = mean_field_start(configuration.radii, configuration.directions, angles=grid)

        def objective_of(scaled: Array) -> Objective:
            return objective_on_arcs(grid, scaled)

        losses = mean_field_descent(start, objective_of, targets, width, eta, steps[-1])[1]
        return {"mean_field": losses[list(steps)]}
    descent_of = objective if width < ARCS_FROM else objective_on_arcs
    evolving, frozen = [], []
    for _ in range(configuration.seeds):
        start = initialise(width, rng, antisymmetric=True)
        losses = gradient_descent(start, descent_of(grid, targets), eta, steps[-1])[1]
        kernel = factorised_ntk(start, grid)
        outputs = frozen_descent(kernel, np.zeros_like(targets), targets, eta, steps)
        evolving.append(losses[list(steps)])
        frozen.append([half_mean_square(output, targets) for output in outputs])
    return {"evolving": np.array(evolving), "frozen": np.array(frozen)}


def collect(configuration: Configuration, parts: Sequence[Part]) -> Record:
    """Join the units, and count who wins where λ_kτ is small, between and large."""
    shape = (
        len(configuration.frequencies),
        len(configuration.widths),
        len(configuration.amplitudes),
    )

    def joined(name: str) -> Array:
        rows = np.array([part[name] for part in parts if name in part])
        return np.swapaxes(rows.reshape(*shape, *rows.shape[1:]), 1, 2)  # widths after amplitudes

    evolving, frozen, limit = joined("evolving"), joined("frozen"), joined("mean_field")
    times = configuration.learning_rate * np.array(configuration.at_steps)
    rates = aliased_eigenvalues(configuration.points)[list(configuration.frequencies)]
    learned = np.outer(rates, times)
    wins = (evolving < frozen).mean(axis=3)  # (frequencies, amplitudes, widths, times)
    late = np.broadcast_to((learned > 12)[:, None, None], wins.shape)
    wide = np.array(configuration.widths) >= 64
    early = np.broadcast_to((learned < 2)[:, None, None], wins.shape) & wide[:, None]
    between = np.broadcast_to(((learned > 5) & (learned < 12))[:, None, None], wins.shape)
    theory = limit < frozen.mean(axis=3)
    return Record(
        frequencies=configuration.frequencies,
        amplitudes=configuration.amplitudes,
        widths=configuration.widths,
        times=tuple(times.tolist()),
        learned=learned,
        evolving_loss=evolving,
        frozen_loss=frozen,
        mean_field_loss=limit,
        wins_late=_share(wins, late),
        wins_early=_share(wins, early),
        wins_between=_share(wins, between),
        wins_early_by_frequency={
            f"k = {k}": _share(wins[row], early[row])
            for row, k in enumerate(configuration.frequencies)
            if early[row].any()
        },
        cells_late=int(late.sum()),
        cells_early=int(early.sum()),
        predicted=int((theory == (wins >= 0.5)).sum()),
        cells=wins.size,
    )


def _share(wins: Array, chosen: Any) -> float:
    return float(wins[chosen].mean()) if chosen.any() else float("nan")


def judge(record: Record) -> Verdict:
    """Who wins late and who wins early, by the shares of the criterion."""
    often = ", ".join(
        f"{name}: {100 * share:.0f} %"
        for name, share in record.wins_early_by_frequency.items()
        if share > 0.1
    )
    reason = (
        f"the evolving kernel wins in {100 * record.wins_late:.0f} % of seeds where λ_kτ > 12 "
        f"({record.cells_late} cells), in {100 * record.wins_early:.0f} % where λ_kτ < 2 and "
        f"m ≥ 64 ({record.cells_early} cells; above 10 % for {often or 'no k'}), and in "
        f"{100 * record.wins_between:.0f} % between 5 and 12. Whether the mean-field loss is below "
        f"the mean frozen loss tells the majority in {record.predicted} of {record.cells} cells."
    )
    late, early = record.wins_late >= 0.95, record.wins_early <= 0.10
    if late and early:
        return Verdict(HOLDS, reason)
    return Verdict(IN_PART if late or early else FAILS, reason)


def draw(record: Record, axes: Sequence[Any]) -> None:
    """The share of wins against λ_kτ, and the ratio of losses with the theory's line."""
    _draw_shares(record, axes[0])
    _draw_map(record, axes[1])


def _draw_shares(record: Record, axis: Any) -> None:
    wins = (record.evolving_loss < record.frozen_loss).mean(axis=(1, 3))  # over amplitudes, seeds
    for column, width in enumerate(record.widths):
        axis.plot(
            record.learned.ravel(),
            100 * wins[:, column].ravel(),
            "osD^v*P"[column % 7],
            alpha=0.8,
            label=f"m = {width}",
        )
    for edge in (2, 12):
        axis.axvline(edge, color="k", linestyle=":", linewidth=0.9)
    axis.set(
        xscale="log",
        ylim=(-5, 118),
        yticks=range(0, 101, 25),
        xlabel="λ_k τ: how far the mode is learned",
        ylabel="evolving wins (% of draws)",
        title="Dotted: the bounds of the criterion, 2 and 12",
    )
    axis.legend(loc="upper left", ncols=4)


def _draw_map(record: Record, axis: Any) -> None:
    """Every cell at its λ_kτ and laziness; filled where evolving wins, and what theory says."""
    laziness = np.divide.outer(record.amplitudes, np.sqrt(record.widths))
    shape = record.mean_field_loss.shape
    x = np.broadcast_to(record.learned[:, None, None], shape)
    y = np.broadcast_to(laziness[None, :, :, None], shape) * _spread(shape)
    wins = (record.evolving_loss < record.frozen_loss).mean(axis=3) >= 0.5
    theory = record.mean_field_loss < record.frozen_loss.mean(axis=3)
    for won, said, style, colour, label in (
        (True, True, "o", "C0", "evolving wins, as theory says"),
        (False, False, "s", "C1", "frozen wins, as theory says"),
        (True, False, "^", "C2", "evolving wins against theory"),
        (False, True, "v", "k", "frozen wins against theory"),
    ):
        chosen = (wins == won) & (theory == said)
        axis.plot(x[chosen], y[chosen], style, color=colour, markersize=4, label=label)
    axis.set(
        xscale="log",
        yscale="log",
        xlabel="λ_k τ: how far the mode is learned",
        ylabel="A/√m: amplitude times laziness",
        title="Theory: is the mean-field loss below the frozen one?",
    )
    axis.margins(y=0.35)
    axis.legend(loc="upper left", ncols=2, fontsize=7.5)


def _spread(shape: tuple[int, ...]) -> Array:
    """Frequencies side by side, so that cells of one laziness do not cover one another."""
    steps = np.linspace(-1, 1, shape[0]) if shape[0] > 1 else np.zeros(1)
    return np.asarray(1.12 ** steps[:, None, None, None])


CLAIM = Claim(
    name="evolving_or_frozen",
    statement=(
        "For y = A cos kt it is the product λ_kτ that decides: a mode that is not yet learned is "
        "learned more slowly by the evolving kernel, and late in training the frozen kernel is "
        "crippled by the fluctuation of its draw. The mean-field loss against the mean frozen loss "
        "predicts the majority."
    ),
    formula="evolving wins where L_MF(A/√m, τ) < E L_frozen(A, m, τ)",
    source="measured here; the limit is that of Chizat & Bach (2018)",
    criterion=(
        "Holds if evolving has the lower loss in at least 95 % of seeds where λ_kτ > 12, and in at "
        "most 10 % where λ_kτ < 2 and m ≥ 64; in part if one of both; else fails."
    ),
    default=Configuration(),
    quick=Configuration(
        frequencies=(1, 3, 8), amplitudes=(1.0,), widths=(16, 64), points=32, radii=24
    ),
    full=Configuration(
        frequencies=(1, 2, 3, 4, 5, 6, 7, 8),
        amplitudes=(0.25, 0.5, 1.0, 2.0),
        widths=(16, 32, 64, 128, 256, 512, 1024),
        at_steps=(20, 50, 100, 200, 500, 1000),
        seeds=8,
    ),
    units=units,
    measure_unit=measure_unit,
    collect=collect,
    judge=judge,
    draw=draw,
    panels=2,
    beyond_study=True,
)
