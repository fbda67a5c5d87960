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
from ...fast.samples import objective
from ...fast.together import train_together
from ...frozen import frozen_descent
from ...network import initialise, loss
from ...ntk import factorised_ntk
from ..claim import Cell, Claim, Data, Found, Measure, Part
from ..statistics import Finding, Interval, Verdict, above, below, decide, student_interval
from ..winners import Mask, draw_map, draw_shares, everywhere, theory_in_words, told

STATEMENT = (
    "For y = A cos kt it is the product λ_kτ that decides: a mode that is not yet learned is "
    "learned more slowly by the evolving kernel, and late in training the frozen kernel is "
    "crippled by the fluctuation of its random start. Where λ_kτ > 3 the mean-field loss against "
    "the mean frozen loss tells the majority; before, only where it names frozen: the limit leaves "
    "out what the random start costs the evolving network."
)
FORMULA = "evolving wins where L_MF(A/√m, τ) < E L_frozen(A, m, τ)"
SOURCE = "measured here; the limit is that of Chizat & Bach (2018)"
LATE, EARLY, FROM_WIDTH, OFTEN, SELDOM = 12.0, 2.0, 64, 0.95, 0.10  # from a pilot


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run: every frequency, amplitude and width, each read at every one of the steps.

    The mean-field limit has a whole number of directions to every point of the grid. With another
    number its kernel at the start is not that of the grid, and late its loss may be all error.
    """

    frequencies: tuple[int, ...] = (1, 2, 3, 5, 8)
    amplitudes: tuple[float, ...] = (0.25, 2.0)
    widths: tuple[int, ...] = (16, 64, 256)
    at_steps: tuple[int, ...] = (20, 50, 100, 200, 500)
    points: int = 64
    learning_rate: float = 0.5
    seeds: int = 28
    block: int = 14
    radii: int = 16
    directions_per_point: int = 1

    @property
    def rows(self) -> tuple[int, ...]:
        """The place of each frequency, by which the random starts of the kept map were named."""
        return tuple(range(len(self.frequencies)))

    @property
    def strengths(self) -> list[Fraction]:
        """The different A²/m: the limit knows A and m by A/√m alone, and its loss is ∝ A²."""
        return sorted({Fraction(a) ** 2 / m for a in self.amplitudes for m in self.widths})


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    axes = (sizes.frequencies, sizes.amplitudes, sizes.widths)
    k, amplitudes, m = (", ".join(f"{value:g}" for value in axis) for axis in axes)
    return (
        f"y = A cos kt, k = {k}, A = {amplitudes}, m = {m}, n = {sizes.points}: evolving has the "
        f"lower loss in at least {100 * OFTEN:g} % of networks where λ_kτ > {LATE:g}, and in at "
        f"most {100 * SELDOM:g} % where λ_kτ < {EARLY:g} and m ≥ {FROM_WIDTH}, with both 95 % "
        "intervals (together). Fails with a loss that is not finite. (The numbers are from a "
        "pilot. The theory is reported beside it and is no part of the verdict.)"
    )


def measure(sizes: Sizes, cell: Cell, rng: np.random.Generator, count: int) -> Part:
    """Losses of networks and of their frozen kernels, at all times."""
    grid, steps = uniform_angles(sizes.points), sizes.at_steps
    targets = _target(grid, sizes.frequencies[cell.row], cell.amplitude)
    starts = [initialise(cell.width, rng, antisymmetric=True) for _ in range(count)]
    losses = train_together(starts, grid, targets, sizes.learning_rate, steps[-1]).losses
    zero, eta = np.zeros(len(grid)), sizes.learning_rate
    frozen = [frozen_descent(factorised_ntk(start, grid), zero, targets, eta, steps)
              for start in starts]  # fmt: skip
    frozen_losses = np.array([[loss(output, targets) for output in row] for row in frozen])
    return {"evolving": losses[:, list(steps)], "frozen": frozen_losses}


def _target(grid: Array, frequency: int, amplitude: float) -> Array:
    return fourier_sum(grid, target_coefficients((frequency,), amplitude=amplitude, shift=0.0))


def measure_limit(sizes: Sizes, cell: Cell, rng: np.random.Generator) -> Part:
    """The mean-field loss over A², at all times: of cos kt at the width m/A²."""
    grid, steps = uniform_angles(sizes.points), sizes.at_steps
    start = mean_field_start(sizes.radii, sizes.directions_per_point * sizes.points, angles=grid)
    target = _target(grid, sizes.frequencies[cell.row], 1.0)
    losses = mean_field_descent(start, partial(objective, grid), target, float(1 / cell.strength),
                                sizes.learning_rate, steps[-1])[1]  # fmt: skip
    return {"loss": losses[list(steps)]}


def find(sizes: Sizes, data: Data) -> Found:
    """Losses (frequencies, amplitudes, widths, seeds, times); the limit's without seeds."""
    networks = data["networks"]
    evolving, frozen = (np.swapaxes(networks[name], 1, 2) for name in ("evolving", "frozen"))
    place = sizes.strengths.index
    places = [[place(Fraction(a) ** 2 / m) for m in sizes.widths] for a in sizes.amplitudes]
    limit = data["limit"]["loss"][:, places] * np.square(sizes.amplitudes)[:, None, None]
    return found_of(sizes, evolving, frozen, limit)


def found_of(sizes: Sizes, evolving: Array, frozen: Array, limit: Array) -> Found:
    """Who wins where λ_kτ is small, between and large, and where the theory names the majority."""
    times = sizes.learning_rate * np.array(sizes.at_steps)
    learned = np.outer(aliased_eigenvalues(sizes.points)[list(sizes.frequencies)], times)
    known = np.isfinite(evolving) & np.isfinite(frozen)
    wins = np.where(known, evolving < frozen, np.nan)
    by_cell, early = wins.mean(axis=3), _early(sizes, learned)
    late = everywhere(learned > LATE, by_cell)
    right, named = told(by_cell, limit < frozen.mean(axis=3), learned)
    return Found(
        learned=learned, evolving_loss=evolving, frozen_loss=frozen, mean_field_loss=limit,
        wins_late=_share(wins, late), wins_early=_share(wins, early),
        wins_between=_share(wins, everywhere((learned > 5) & (learned < LATE), by_cell)),
        wins_early_by_frequency={
            f"k = {k}": float(by_cell[row][early[row]].mean())
            for row, k in enumerate(sizes.frequencies)
            if early[row].any()
        },
        cells=(int(late.sum()), int(early.sum())),
        not_finite=sum(int((~np.isfinite(loss)).sum()) for loss in (evolving, frozen, limit)),
        right=right, named=named,
    )  # fmt: skip


def _early(sizes: Sizes, learned: Array) -> Mask:
    """Cells (frequencies, amplitudes, widths, times) that the criterion looks at before."""
    wide = np.array(sizes.widths) >= FROM_WIDTH
    early = (learned < EARLY)[:, None, None] & wide[:, None]
    return np.repeat(early, len(sizes.amplitudes), axis=1)


def _share(wins: Array, chosen: Mask) -> Interval | None:
    """Of the chosen cells, the share that evolving wins: each seed has one, over all cells."""
    if not chosen.any():
        return None
    share = student_interval(np.array([one[chosen].mean() for one in np.moveaxis(wins, 3, 0)]), 2)
    return share._replace(low=max(share.low, 0.0), high=min(share.high, 1.0))


def judge(sizes: Sizes, found: Found) -> Verdict:
    """Who wins late and who wins early, by the shares of the criterion; the theory in words."""
    if found.not_finite:
        reason = f"{found.not_finite} losses are not finite: no winner can be told."
        return decide([Finding("every loss is finite", False)], reason)
    late, early = f"λ_kτ > {LATE:g}", f"λ_kτ < {EARLY:g} and m ≥ {FROM_WIDTH}"
    shares = found.wins_early_by_frequency.items()
    often = ", ".join(f"{k}: {100 * share:.0f} %" for k, share in shares if share > SELDOM)
    return decide(
        [
            above(late, found.wins_late, OFTEN) if found.wins_late else Finding(late, None),
            below(early, found.wins_early, SELDOM) if found.wins_early else Finding(early, None),
        ],
        f"the evolving kernel wins in {_percent(found.wins_late)} % of networks where {late} "
        f"({found.cells[0]} cells), in {_percent(found.wins_early)} % where {early} "
        f"({found.cells[1]} cells; above {100 * SELDOM:g} % for {often or 'no k'}), and in "
        f"{_percent(found.wins_between)} % between 5 and {LATE:g}. {theory_in_words(found)}",
    )


def _percent(share: Interval | None) -> str:
    if share is None:
        return "no"
    return f"{100 * share.mean:.1f} [{100 * share.low:.1f}, {100 * share.high:.1f}]"


def explain(sizes: Sizes, found: Found) -> str:
    """For a reader who has not read the study."""
    return (
        "Early in training a network whose kernel may change is the slower one. Late it wins: the "
        "frozen kernel keeps the random errors that it started with."
    )


def draw(sizes: Sizes, found: Found, axes: Sequence[Any]) -> None:
    """The share of wins against λ_kτ, and for every cell who wins and what the theory says."""
    judged = (found.learned > LATE)[:, None] | _early(sizes, found.learned)[:, 0]
    draw_shares(sizes, found, axes[0], judged, (EARLY, LATE))
    axes[0].set_title(f"Judged (filled): m ≥ {FROM_WIDTH} below {EARLY:g}, and all above {LATE:g}")
    draw_map(sizes, found, axes[1])


def _cost(sizes: Sizes, cell: Cell) -> float:
    return sizes.at_steps[-1] * (2e-6 + 8e-8 * float(min(cell.width, 512))) + 3e-3


def _cost_of_limit(sizes: Sizes, cell: Cell) -> float:
    nodes = 2 * sizes.radii * sizes.directions_per_point * sizes.points
    return sizes.at_steps[-1] * (1e-4 + 7e-8 * nodes)


LIMITS = {"row": "rows", "strength": "strengths"}
NETWORKS = {"row": "rows", "width": "widths", "amplitude": "amplitudes"}
CLAIM = Claim(
    name="evolving_or_frozen",
    statement=STATEMENT, formula=FORMULA, source=SOURCE, criterion=criterion,
    default=Sizes(),
    quick=Sizes(frequencies=(1, 5, 8), amplitudes=(2.0,), widths=(16, 64), points=32, radii=8,
                seeds=32),
    full=Sizes(
        frequencies=tuple(range(1, 9)), amplitudes=(0.25, 0.5, 1.0, 2.0),
        widths=(16, 32, 64, 128, 256, 512, 1024), at_steps=(20, 50, 100, 200, 500, 1000),
        seeds=8, radii=24, directions_per_point=2,
    ),
    measures={
        "networks": Measure(measure, NETWORKS, _cost, together=True),
        "limit": Measure(measure_limit, LIMITS, _cost_of_limit, draws=False),
    },
    find=find, judge=judge, explain=explain, draw=draw, panels=2, beyond_study=True,
)  # fmt: skip
