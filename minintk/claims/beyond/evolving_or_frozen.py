"""Evolving or frozen: at low k λ_kτ decides which kernel has the lower loss; the map of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np

from ..._require import Array
from ...arccosine import aliased_eigenvalues, infinite_ntk
from ...circle import uniform_angles
from ...evolving import mean_field_descent, mean_field_start
from ...fast import objective, train_together
from ...frozen import frozen_descent
from ...law import Law
from ...network import initialise, loss
from ...ntk import factorised_ntk
from ..claim import Axes, Cell, Claim, Control, Data, Found, Generator, Measure, Part
from ..numbers import counted
from ..statistics import Finding, Interval, Verdict, above, below, decide, exact, student_interval
from ..winners import Mask, draw_map, draw_shares, everywhere, theory_in_words, told

STATEMENT = (
    "For y = A cos kt of low k the product λ_kτ decides. A mode that is not yet learned is learned "
    "more slowly by the evolving kernel; late in training its random start cripples the frozen "
    "one. Where λ_kτ > 3 the mean-field loss against the mean frozen loss gives the majority. "
    "Before, it does so only where it is for frozen: the start's cost to the evolving network is "
    "left out."
)
FORMULA = "evolving wins where L_MF(A/√m, τ) < E L_frozen(A, m, τ)"
SOURCE = "measured here; the limit is that of Chizat & Bach (2018)"
PLAINLY = "An evolving kernel is slower at first; a frozen one keeps its start's random errors."
LATE, EARLY, FROM_WIDTH, OFTEN, SELDOM = 12.0, 2.0, 64, 0.95, 0.10  # from a pilot


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run; directions in whole numbers to a point, so that the kernel is the grid's."""

    frequencies: tuple[int, ...] = (1, 2, 3, 8)
    amplitudes: tuple[float, ...] = (0.5, 2.0)
    widths: tuple[int, ...] = (16, 64, 256)
    at_steps: tuple[int, ...] = (20, 50, 100, 200, 500)
    points: int = 64
    learning_rate: float = 0.5
    seeds: int = 24
    block: int = 12
    radii: int = 16
    directions_per_point: int = 1

    @property
    def rows(self) -> tuple[int, ...]:
        """The place of each frequency, by which the random starts of the kept map were named."""
        return tuple(range(len(self.frequencies)))

    @property
    def strengths(self) -> list[Fraction]:
        """The different A²/m: A and m enter the limit by A/√m alone, and its loss is ∝ A²."""
        return sorted({Fraction(a) ** 2 / m for a in self.amplitudes for m in self.widths})


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    axes = (sizes.frequencies, sizes.amplitudes, sizes.widths)
    k, amplitudes, m = (", ".join(f"{value:g}" for value in axis) for axis in axes)
    return (
        f"y = A cos kt, k = {k}, A = {amplitudes}, m = {m}, n = {sizes.points}: two shares of "
        "networks are judged, with both 95 % intervals together. Evolving has the lower loss in at "
        f"least {100 * OFTEN:g} % where λ_kτ > {LATE:g}. It has it in at most {100 * SELDOM:g} % "
        f"where λ_kτ < {EARLY:g} and m ≥ {FROM_WIDTH}. A loss that is not finite fails. (Numbers "
        "from a pilot; the theory, shown beside it, is no part of the verdict.)"
    )


def measure(sizes: Sizes, cell: Cell, rng: Generator, count: int, law: Law | None = None) -> Part:
    """Losses at all times, of networks and of their own frozen kernels (else that of a law)."""
    grid, steps, eta = uniform_angles(sizes.points), sizes.at_steps, sizes.learning_rate
    targets = cell.amplitude * np.cos(sizes.frequencies[cell.row] * grid)
    starts = [initialise(cell.width, rng, antisymmetric=True) for _ in range(count)]
    losses = train_together(starts, grid, targets, eta, steps[-1]).losses
    other = [infinite_ntk(grid, law=law)] * count if law else None
    kernels = other or [factorised_ntk(start, grid) for start in starts]
    outputs = (frozen_descent(kernel, 0 * grid, targets, eta, steps) for kernel in kernels)
    frozen = [[loss(output, targets) for output in rows] for rows in outputs]
    return {"evolving": losses[:, list(steps)], "frozen": np.array(frozen)}


def measure_limit(sizes: Sizes, cell: Cell, rng: Generator) -> Part:
    """The mean-field loss over A², at all times: of cos kt at the width m/A²."""
    grid, steps = uniform_angles(sizes.points), sizes.at_steps
    start = mean_field_start(sizes.radii, sizes.directions_per_point * sizes.points, angles=grid)
    task = np.cos(sizes.frequencies[cell.row] * grid), float(1 / cell.strength), sizes.learning_rate
    _, losses = mean_field_descent(start, partial(objective, grid), *task, steps[-1])
    return {"loss": losses[list(steps)]}


def find(sizes: Sizes, data: Data) -> Found:
    """Losses (frequencies, amplitudes, widths, seeds, times); the limit's without seeds."""
    evolving, frozen = (np.swapaxes(data["networks"][n], 1, 2) for n in ("evolving", "frozen"))
    place = sizes.strengths.index
    places = [[place(Fraction(a) ** 2 / m) for m in sizes.widths] for a in sizes.amplitudes]
    limit = data["limit"]["loss"][:, places] * np.square(sizes.amplitudes)[:, None, None]
    return found_of(sizes, evolving, frozen, limit)


def found_of(sizes: Sizes, evolving: Array, frozen: Array, limit: Array) -> Found:
    """Who wins where λ_kτ is small, between and large, and where the theory names the majority."""
    times = sizes.learning_rate * np.array(sizes.at_steps)
    learned = np.outer(aliased_eigenvalues(sizes.points)[list(sizes.frequencies)], times)
    wins = np.where(np.isfinite(evolving + frozen), evolving < frozen, np.nan)
    by_cell, early = wins.mean(axis=3), _early(sizes, learned)
    late = everywhere(learned > LATE, by_cell)
    right, named = told(by_cell, limit < frozen.mean(axis=3), learned)
    return Found(
        learned=learned, evolving_loss=evolving, frozen_loss=frozen, mean_field_loss=limit,
        wins_late=_share(wins, late), wins_early=_share(wins, early),
        wins_between=_share(wins, everywhere((learned > 5) & (learned < LATE), by_cell)),
        wins_early_by_frequency={
            f"k = {k}": float(shares[chosen].mean()) for k, shares, chosen
            in zip(sizes.frequencies, by_cell, early, strict=True) if chosen.any()},
        cells=(int(late.sum()), int(early.sum())), right=right, named=named,
        not_finite=sum(int((~np.isfinite(loss)).sum()) for loss in (evolving, frozen, limit)),
    )  # fmt: skip


def _early(sizes: Sizes, learned: Array) -> Mask:
    """Cells (frequencies, amplitudes, widths, times) that the criterion looks at before."""
    early = (learned < EARLY)[:, None, None] & (np.array(sizes.widths) >= FROM_WIDTH)[:, None]
    return np.repeat(early, len(sizes.amplitudes), axis=1)


def _share(wins: Array, chosen: Mask) -> Interval | None:
    """Of the chosen cells, the share that evolving wins: each seed has one, over all cells."""
    if not chosen.any():
        return None
    share = student_interval(np.array([one[chosen].mean() for one in np.moveaxis(wins, 3, 0)]), 2)
    return share._replace(low=max(share.low, 0.0), high=min(share.high, 1.0))


def judge(sizes: Sizes, found: Found) -> Verdict:
    """Who wins late and who wins early, by the shares of the criterion; the theory in words."""
    if lost := found.not_finite:
        return decide([exact("finite", lost, 1)], f"{lost} losses are not finite: nobody wins.")
    late, early = f"λ_kτ > {LATE:g}", f"λ_kτ < {EARLY:g} and m ≥ {FROM_WIDTH}"
    shares = found.wins_early_by_frequency.items()
    often = ", ".join(f"{k}: {100 * share:.0f} %" for k, share in shares if share > SELDOM)
    parts = (above, late, found.wins_late, OFTEN), (below, early, found.wins_early, SELDOM)
    return decide(
        [of(part, share, at) if share else Finding(part, None) for of, part, share, at in parts],
        f"the evolving kernel wins in {_percent(found.wins_late)} % of networks where {late} "
        f"({counted(found.cells[0], 'cell')}), in {_percent(found.wins_early)} % where {early} "
        f"({counted(found.cells[1], 'cell')}; above {100 * SELDOM:g} % for {often or 'no k'}), and "
        f"in {_percent(found.wins_between)} % between 5 and {LATE:g}. {theory_in_words(found)}",
    )


def _percent(share: Interval | None) -> str:
    return "{:.1f} [{:.1f}, {:.1f}]".format(*(100 * x for x in share[:3])) if share else "no"


def draw(sizes: Sizes, found: Found, axes: Axes) -> None:
    """The share of wins against λ_kτ, and for every cell who wins and what the theory says."""
    judged = (found.learned > LATE)[:, None] | _early(sizes, found.learned)[:, 0]
    draw_shares(sizes, found, axes[0], judged, (EARLY, LATE))
    draw_map(sizes, found, axes[1])


CELLS = {"row": "rows", "width": "widths", "amplitude": "amplitudes"}
NETWORKS = Measure(measure, CELLS, together=True, cost=lambda s, c:
                   s.at_steps[-1] * (2e-6 + 8e-8 * c.width))  # fmt: skip
LIMIT = Measure(measure_limit, {"row": "rows", "strength": "strengths"}, draws=False,
                cost=lambda s, c: s.at_steps[-1]
                * (4e-5 + 8e-8 * s.radii * s.directions_per_point * s.points))  # fmt: skip
CLAIM = Claim.of(
    globals(), measures={"networks": NETWORKS, "limit": LIMIT}, panels=2,
    quick=Sizes(frequencies=(1, 8), amplitudes=(2.0,), widths=(16, 64), at_steps=(20, 50, 100, 200),
                points=32, radii=8, seeds=32),
    full=Sizes(frequencies=tuple(range(1, 9)), amplitudes=(0.25, 0.5, 1.0, 2.0),
               widths=(16, 32, 64, 128, 256, 512, 1024), at_steps=(20, 50, 100, 200, 500, 1000),
               seeds=8, radii=24, directions_per_point=2),
    control=Control("not the own frozen kernel, but that of infinite width and no bias",
                    Sizes(frequencies=(1, 3), amplitudes=(0.25,), widths=(64,), at_steps=(20, 100),
                          points=32, radii=4, seeds=4),
                    {"networks": NETWORKS.wrong(law=Law(bias=False))}),
)  # fmt: skip
