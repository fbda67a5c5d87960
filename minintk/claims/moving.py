"""Networks whose kernel moves, small and wide, and whether its alignment improves.

small_and_wide   the measures of a claim about both
by_cell          what they gave, cell by cell
train            networks and their kernels before and after
frozen_loss      what a kernel that stays reaches
improvements     by how much each alignment measure improves, and whether by more than the margin
does_not_improve the findings, measure by measure
significant      what improves by the first form of the criterion, without a margin
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from .._require import PARTS, Array
from ..alignment import MEASURES, alignment_measures
from ..arccosine import infinite_ntk
from ..circle import fourier_sum, uniform_angles
from ..fast import train_together
from ..frozen import frozen_descent
from ..network import Params, initialise, loss
from ..ntk import factorised_ntk
from .claim import Cell, Measure, Part
from .drawing import against_width, ranges
from .statistics import Finding, Interval, below, holm, student_interval
from .targets import TARGETS

# Those that speak of the Fourier basis, as the study's sentence does.
BASIS = MEASURES[:4]
# Absence of significance is not absence: an improvement below this share does not count as one.
MARGIN = 0.10
CRITERION = (
    "no measure of alignment with the Fourier basis (kernel alignment, CKA, subspace overlap, "
    f"off-diagonal share) improves by more than {100 * MARGIN:.0f} % of its mean at the start "
    "(Holm over measures and cells)."
)
FIRST_FORM = (
    f"(The margin of {100 * MARGIN:.0f} % came after a first run; before, any interval above 0 was "
    "an improvement.)"
)
NEVER = 10_000  # so many more seeds are no advice

Improvements = Mapping[str, Mapping[str, Interval]]  # measure → cell → relative improvement


class Moved(NamedTuple):
    """Networks at the start, losses (networks, steps + 1), kernels before and after training."""

    grid: Array
    targets: Array
    starts: list[Params]
    losses: Array
    before: list[Array]
    after: list[Array]


def train(
    sizes: Any, cell: Cell, rng: np.random.Generator, count: int, trained: tuple[str, ...] = PARTS
) -> Moved:
    """Antisymmetric networks side by side, towards one of the targets on a uniform grid."""
    grid = uniform_angles(sizes.points)
    targets = fourier_sum(grid, TARGETS[cell.target])
    starts = [initialise(cell.width, rng, antisymmetric=True) for _ in range(count)]
    moving = [replace(start, trained=trained) for start in starts]
    ends, losses, _ = train_together(moving, grid, targets, sizes.learning_rate, sizes.steps)
    before, after = ([factorised_ntk(p, grid) for p in networks] for networks in (moving, ends))
    return Moved(grid, targets, starts, losses, before, after)


def frozen_loss(sizes: Any, kernel: Array, targets: Array) -> float:
    """The loss at the end where this kernel stays, from output 0."""
    start, eta = np.zeros_like(targets), sizes.learning_rate
    return loss(frozen_descent(kernel, start, targets, eta, sizes.steps)[0], targets)


def measured_alignments(moved: Moved, k_max: int) -> Part:
    """Every measure of the table, (networks, measures), before and after; the limit once."""
    limit = infinite_ntk(moved.grid)

    def measured(kernel: Array) -> list[float]:
        found = alignment_measures(kernel, moved.grid, moved.targets, limit, k_max)
        return list(found.values())

    return {
        "before": np.array([measured(kernel) for kernel in moved.before]),
        "after": np.array([measured(kernel) for kernel in moved.after]),
    }


def small_and_wide(of: Callable[..., Part]) -> dict[str, Measure]:
    """Small networks, and fewer wide ones; a step costs 1.5 ns an activity, or arcs do it."""
    return {
        name: Measure(
            of,
            {"target": "targets", "width": widths},
            lambda s, c: 3e-3 + s.steps * min(1.5e-9 * s.points, 6e-8) * c.width,
            together=True,
            seeds=seeds,
        )
        for name, widths, seeds in (("small", "widths", "seeds"), ("wide", "wide", "wide_seeds"))
    }


def cell_of(target: str, width: int) -> str:
    """The name of a cell: low target, m = 16."""
    return f"{target} target, m = {width}"


def by_cell(sizes: Any, data: Mapping[str, Mapping[str, Array]], name: str) -> dict[str, Array]:
    """One array (seeds, …) for every target and width, of small and of wide networks."""
    return {
        cell_of(target, width): data[measure][name][row, column]
        for row, target in enumerate(sizes.targets)
        for measure, widths in (("small", sizes.widths), ("wide", sizes.wide))
        for column, width in enumerate(widths)
    }


def improvements(
    before: Mapping[str, Array], after: Mapping[str, Array], of_room: bool = False
) -> dict[str, dict[str, Interval]]:
    """Mean improvement over the mean at the start, by measure of the basis and cell.

    Intervals are those of Holm's steps for improvement − margin, over all measures and cells: which
    of them lie on one side of the margin is certain together. With `of_room`, over the mean
    distance from perfect alignment at the start.
    """
    tests = []
    for column, measure in enumerate(BASIS):
        perfect = measure.high if measure.better > 0 else measure.low
        for cell, start in before.items():
            gain = measure.better * (after[cell] - start)[:, column]
            scale = np.abs(perfect - start[:, column]) if of_room else start[:, column]
            tests.append((f"{measure.name}|{cell}", (gain - MARGIN * scale) / scale.mean()))
    found = holm(tests)
    return {
        measure.name: {cell: _moved(found[f"{measure.name}|{cell}"]) for cell in before}
        for measure in BASIS
    }


def _moved(interval: Interval) -> Interval:
    """From improvement − margin to the improvement."""
    mean, low, high = (value + MARGIN for value in interval[:3])
    return interval._replace(mean=mean, low=low, high=high)


def does_not_improve(found: Improvements) -> list[Finding]:
    """Shown where a measure improves by less than the margin, refuted where by more."""
    return [
        finding
        for name, cells in found.items()
        for finding in grouped(
            f"{name} does not improve", {c: below(c, i, MARGIN) for c, i in cells.items()}
        )
    ]


def grouped(part: str, cells: Mapping[str, Finding]) -> list[Finding]:
    """Cells with one outcome as one finding that names them: a reason stays readable."""
    groups = []
    for shown in (True, False, None):
        some = [cell for cell, finding in cells.items() if finding.shown is shown]
        if some:
            more = [cells[cell].more_seeds or NEVER for cell in some]
            seeds = max(more) if max(more) < NEVER else None
            groups.append(Finding(f"{part} ({listed(some)})", shown, seeds))
    return groups


def listed(cells: Iterable[str]) -> str:
    """Names of cells with each target once: low target, m = 16, 64; high target, m = 16."""
    widths: dict[str, list[str]] = {}
    for cell in cells:
        target, width = cell.split(", m = ")
        widths.setdefault(target, []).append(width)
    return "; ".join(f"{target}, m = {', '.join(some)}" for target, some in widths.items())


def significant(before: Mapping[str, Array], after: Mapping[str, Array], cells: int = 1) -> str:
    """The first form of the criterion: where a measure's change has its interval above 0."""
    said = []
    for column, measure in enumerate(BASIS):
        gains = {c: measure.better * (after[c] - before[c])[:, column] for c in before}
        some = [c for c, gain in gains.items() if student_interval(gain, cells).low > 0]
        said += [f"{measure.name} ({listed(some)})"] if some else []
    return "; ".join(said) or "none"


def in_words(found: Improvements) -> str:
    """For every measure the range of its improvements over the cells."""
    said = []
    for name, cells in found.items():
        means = [100 * interval.mean for interval in cells.values()]
        span = f"{min(means):+.1f} to {max(means):+.1f} %".replace("-", "−")
        said.append(f"{name} {span}")
    return ", ".join(said)


def draw_improvements(
    axis: Any, widths: Sequence[int], found: Improvements, target: str, share: str = "of the start"
) -> None:
    """Improvement of each measure of the basis against width, beside the margin."""
    for number, (name, cells) in enumerate(found.items()):
        rows = [cells[cell_of(target, width)] for width in widths]
        bars = 100 * np.array([[row.low, row.mean, row.high] for row in rows])
        shifted = np.array(widths) * 1.05 ** (number - 1.5)
        ranges(axis, shifted, bars, "osD^"[number] + "-", name)
    axis.axhline(0, color="k", linewidth=0.8)
    axis.axhline(100 * MARGIN, color="k", linestyle=":", label="margin")
    bottom, top = axis.get_ylim()
    against_width(
        axis,
        widths,
        ylim=(bottom, top + 0.35 * (top - bottom)),  # room for the legend
        ylabel=f"improvement (% {share})",
        title=f"Alignment with the Fourier basis, {target} target",
    )
    axis.legend(loc="upper right", ncols=2)
