"""Evolving or frozen: λ_kτ decides which kernel reaches the lower loss; the map of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from ..._require import Array
from ...arccosine import aliased_eigenvalues
from ...circle import fourier_sum, target_coefficients, uniform_angles
from ...evolving import mean_field_descent, mean_field_start
from ...fast.samples import objective as objective_on_arcs
from ...frozen import frozen_descent
from ...network import initialise, loss, objective
from ...ntk import factorised_ntk
from ...training import gradient_descent
from ..claim import FAILS, HOLDS, IN_PART, Claim, Part, Unit, Verdict

# From this width on arcs are faster than the (n, m) matrix on 64 points.
ARCS_FROM = 512
_NETWORKS, _LIMIT = 0, 1  # what a unit is about
# From this λ_kτ on the theory is sure; read off the first map, so no part of the criterion.
THEORY_FROM = 3.0


@dataclass(frozen=True)
class Configuration:
    """Sizes of a run: every frequency, amplitude and width, each read at every one of the steps.

    The mean-field limit has a whole number of directions to every point of the grid. With another
    number its kernel at the start is not that of the grid, and late its loss may be all error.
    """

    frequencies: tuple[int, ...] = (1, 2, 3, 5, 8)
    amplitudes: tuple[float, ...] = (0.25, 1.0)
    widths: tuple[int, ...] = (16, 64, 256)
    at_steps: tuple[int, ...] = (20, 50, 100, 200, 500)
    points: int = 64
    learning_rate: float = 0.5
    seeds: int = 4
    radii: int = 16
    directions_per_point: int = 2


@dataclass(frozen=True)
class Record:
    """What was measured: losses (frequencies, amplitudes, widths, seeds, times).

    The theory names the winner of a cell: `right` says in how many it is the majority's, after
    λ_kτ = 3, and up to there where evolving was named and where frozen was; `named`, of how many.
    """

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
    not_finite: int
    predicted: int
    cells: int
    right: dict[str, int]
    named: dict[str, int]


def units(configuration: Configuration) -> list[Unit]:
    """One unit for every frequency, width and amplitude, and one for each mean-field limit."""
    steps = configuration.at_steps[-1]
    nodes = 2 * configuration.radii * configuration.directions_per_point * configuration.points
    frequencies = range(len(configuration.frequencies))
    cells = [
        (number, width, amplitude)
        for number in frequencies
        for width in configuration.widths
        for amplitude in range(len(configuration.amplitudes))
    ]
    limits = [(k, i) for k in frequencies for i in range(len(_strengths(configuration)))]
    return [
        *(
            Unit(
                (*cell, _NETWORKS),
                configuration.seeds * (steps * (1.2e-4 + min(4e-7 * cell[1], 3e-4)) + 0.01),
            )
            for cell in cells
        ),
        *(Unit((*limit, 0, _LIMIT), steps * (1e-4 + 7e-8 * nodes)) for limit in limits),
    ]


def _strengths(configuration: Configuration) -> list[Fraction]:
    """The different A²/m: the limit knows amplitude and width by A/√m alone, its loss is ∝ A²."""
    return sorted(
        {
            Fraction(amplitude) ** 2 / width
            for amplitude in configuration.amplitudes
            for width in configuration.widths
        }
    )


def measure_unit(configuration: Configuration, unit: Unit, rng: np.random.Generator) -> Part:
    """Losses of one cell at all times: of networks and their frozen kernels, or of the limit."""
    number, width, column, kind = unit.key
    k, steps = configuration.frequencies[number], configuration.at_steps
    if kind == _LIMIT:
        return {"mean_field": _limit(configuration, k, _strengths(configuration)[width])}
    grid, eta = uniform_angles(configuration.points), configuration.learning_rate
    targets = _target(grid, k, configuration.amplitudes[column])
    descent_of = objective if width < ARCS_FROM else objective_on_arcs
    evolving, frozen = [], []
    for _ in range(configuration.seeds):
        start = initialise(width, rng, antisymmetric=True)
        losses = gradient_descent(start, descent_of(grid, targets), eta, steps[-1])[1]
        kernel = factorised_ntk(start, grid)
        outputs = frozen_descent(kernel, np.zeros_like(targets), targets, eta, steps)
        evolving.append(losses[list(steps)])
        frozen.append([loss(output, targets) for output in outputs])
    return {"evolving": np.array(evolving), "frozen": np.array(frozen)}


def _target(grid: Array, frequency: int, amplitude: float) -> Array:
    return fourier_sum(grid, target_coefficients((frequency,), amplitude=amplitude, shift=0.0))


def _limit(configuration: Configuration, frequency: int, strength: Fraction) -> Array:
    """The mean-field loss over A², at all times: of cos kt at the width m/A²."""
    grid, steps = uniform_angles(configuration.points), configuration.at_steps
    directions = configuration.directions_per_point * configuration.points
    losses = mean_field_descent(
        mean_field_start(configuration.radii, directions, angles=grid),
        partial(objective_on_arcs, grid),
        _target(grid, frequency, 1.0),
        float(1 / strength),
        configuration.learning_rate,
        steps[-1],
    )[1]
    return losses[list(steps)]


def collect(configuration: Configuration, parts: Sequence[Part]) -> Record:
    """Join the units, and count who wins where λ_kτ is small, between and large."""
    frequencies, amplitudes = configuration.frequencies, configuration.amplitudes
    shape = (len(frequencies), len(configuration.widths), len(amplitudes))

    def joined(name: str) -> Array:
        rows = np.array([part[name] for part in parts if name in part])
        return np.swapaxes(rows.reshape(*shape, *rows.shape[1:]), 1, 2)  # widths after amplitudes

    evolving, frozen = joined("evolving"), joined("frozen")
    strengths = _strengths(configuration)
    limits = np.array([part["mean_field"] for part in parts if "mean_field" in part])
    limits = limits.reshape(len(frequencies), len(strengths), -1)
    places = [
        [strengths.index(Fraction(a) ** 2 / m) for m in configuration.widths] for a in amplitudes
    ]
    limit = limits[:, places] * np.square(amplitudes)[:, None, None]
    times = configuration.learning_rate * np.array(configuration.at_steps)
    rates = aliased_eigenvalues(configuration.points)[list(frequencies)]
    learned = np.outer(rates, times)
    wins = _wins(evolving, frozen)
    late = np.broadcast_to((learned > 12)[:, None, None], wins.shape)
    wide = np.array(configuration.widths) >= 64
    early = np.broadcast_to((learned < 2)[:, None, None], wins.shape) & wide[:, None]
    between = np.broadcast_to(((learned > 5) & (learned < 12))[:, None, None], wins.shape)
    right, named = _told(wins, limit < frozen.mean(axis=3), learned)
    return Record(
        frequencies=frequencies,
        amplitudes=amplitudes,
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
            for row, k in enumerate(frequencies)
            if early[row].any()
        },
        cells_late=int(late.sum()),
        cells_early=int(early.sum()),
        not_finite=sum(int((~np.isfinite(loss)).sum()) for loss in (evolving, frozen, limit)),
        predicted=sum(right.values()),
        cells=wins.size,
        right=right,
        named=named,
    )


def _wins(evolving: Array, frozen: Array) -> Array:
    """The share of draws in which evolving has the lower loss, by cell; nan where one is nan."""
    known = np.isfinite(evolving) & np.isfinite(frozen)
    return np.asarray(np.where(known, evolving < frozen, np.nan).mean(axis=3))


def _told(wins: Array, theory: Any, learned: Array) -> tuple[dict[str, int], dict[str, int]]:
    """In how many cells the majority is as the theory says, and of how many, by what it says."""
    late: Any = np.broadcast_to((learned > THEORY_FROM)[:, None, None], wins.shape)
    agrees = np.where(theory, wins >= 0.5, wins < 0.5)  # false for nan
    kinds = {
        "late": late,
        "early, evolving": ~late & theory,
        "early, frozen": ~late & ~theory,
    }
    return (
        {name: int(agrees[chosen].sum()) for name, chosen in kinds.items()},
        {name: int(chosen.sum()) for name, chosen in kinds.items()},
    )


def _share(wins: Array, chosen: Any) -> float:
    return float(wins[chosen].mean()) if chosen.any() else float("nan")


def judge(record: Record) -> Verdict:
    """Who wins late and who wins early, by the shares of the criterion; the theory in words."""
    if record.not_finite:
        return Verdict(FAILS, f"{record.not_finite} losses are not finite: no winner can be told.")
    if np.isnan([record.wins_late, record.wins_early]).any():
        return Verdict(FAILS, "no cell has λ_kτ > 12, or none has λ_kτ < 2 and m ≥ 64.")
    often = ", ".join(
        f"{name}: {100 * share:.0f} %"
        for name, share in record.wins_early_by_frequency.items()
        if share > 0.1
    )
    reason = (
        f"the evolving kernel wins in {100 * record.wins_late:.0f} % of seeds where λ_kτ > 12 "
        f"({record.cells_late} cells), in {100 * record.wins_early:.0f} % where λ_kτ < 2 and "
        f"m ≥ 64 ({record.cells_early} cells; above 10 % for {often or 'no k'}), and in "
        f"{100 * record.wins_between:.0f} % between 5 and 12. {_theory_in_words(record)}"
    )
    late, early = record.wins_late >= 0.95, record.wins_early <= 0.10
    if late and early:
        return Verdict(HOLDS, reason)
    return Verdict(IN_PART if late or early else FAILS, reason)


def _theory_in_words(record: Record) -> str:
    said = {name: f"{record.right[name]} of {count}" for name, count in record.named.items()}
    wrong = {name: count - record.right[name] for name, count in record.named.items()}
    if wrong["early, frozen"] == wrong["early, evolving"] == 0:
        side = "it does not err"
    elif wrong["early, frozen"] == 0:
        side = "it errs to one side, naming evolving where frozen wins"
    elif wrong["early, evolving"] == 0:
        side = "it errs to one side, naming frozen where evolving wins"
    else:
        side = "it errs to both sides"
    return (
        "Whether the mean-field loss is below the mean frozen loss tells the majority in "
        f"{record.predicted} of {record.cells} cells: in {said['late']} where λ_kτ > "
        f"{THEORY_FROM:g}; up to there {side}: “frozen” is right in {said['early, frozen']}, "
        f"“evolving” in {said['early, evolving']}."
    )


def draw(record: Record, axes: Sequence[Any]) -> None:
    """The share of wins against λ_kτ, and for every cell who wins and what the theory says."""
    _draw_shares(record, axes[0])
    _draw_map(record, axes[1])


def _draw_shares(record: Record, axis: Any) -> None:
    """One point for every frequency, time and width; hollow where the criterion does not look."""
    wins = _wins(record.evolving_loss, record.frozen_loss).mean(axis=1)  # over amplitudes
    for column, width in enumerate(record.widths):
        judged = (record.learned > 12) | ((record.learned < 2) & (width >= 64))
        style = {"marker": "osD^v*P"[column % 7], "color": f"C{column}", "alpha": 0.8}
        for chosen, fill in ((judged, "full"), (~judged, "none")):
            axis.plot(
                record.learned[chosen],
                100 * wins[:, column][chosen],
                linestyle="none",
                fillstyle=fill,
                **style,
            )
        axis.plot([], [], linestyle="none", label=f"m = {width}", **style)
    for edge in (2, 12):
        axis.axvline(edge, color="k", linestyle=":", linewidth=0.9)
    axis.set(
        xscale="log",
        ylim=(-5, 132),
        yticks=range(0, 101, 25),
        xlabel="λ_k τ: how far the mode is learned",
        ylabel="evolving wins (% of draws, all amplitudes)",
        title="Judged (filled): from m = 64 on below 2, and all above 12",
    )
    axis.legend(loc="upper left", ncols=4)


def _draw_map(record: Record, axis: Any) -> None:
    """Every cell at its λ_kτ and laziness, by who wins and what the theory says."""
    laziness = np.divide.outer(record.amplitudes, np.sqrt(record.widths))
    shape = record.mean_field_loss.shape
    x = np.broadcast_to(record.learned[:, None, None], shape)
    y = np.broadcast_to(laziness[None, :, :, None], shape) * _spread(shape)
    wins = _wins(record.evolving_loss, record.frozen_loss) >= 0.5
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
        ylabel="A/√m (frequencies set apart by up to 12 %)",
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
        "crippled by the fluctuation of its draw. Where λ_kτ > 3 the mean-field loss against the "
        "mean frozen loss tells the majority; before, only where it names frozen: the limit leaves "
        "out what the draw costs the evolving network."
    ),
    formula="evolving wins where L_MF(A/√m, τ) < E L_frozen(A, m, τ)",
    source="measured here; the limit is that of Chizat & Bach (2018)",
    criterion=(
        "Holds if evolving has the lower loss in at least 95 % of seeds where λ_kτ > 12, and in at "
        "most 10 % where λ_kτ < 2 and m ≥ 64; in part if one of both; else, or with a loss that is "
        "not finite, or without such cells, fails. The theory is reported beside it and is no part "
        "of the verdict."
    ),
    default=Configuration(),
    quick=Configuration(
        frequencies=(1, 3, 8), amplitudes=(1.0,), widths=(16, 64), points=32, radii=8
    ),
    full=Configuration(
        frequencies=(1, 2, 3, 4, 5, 6, 7, 8),
        amplitudes=(0.25, 0.5, 1.0, 2.0),
        widths=(16, 32, 64, 128, 256, 512, 1024),
        at_steps=(20, 50, 100, 200, 500, 1000),
        seeds=8,
        radii=24,
    ),
    units=units,
    measure_unit=measure_unit,
    collect=collect,
    judge=judge,
    draw=draw,
    panels=2,
    beyond_study=True,
)
