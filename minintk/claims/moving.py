"""The setting of the study's claim about the evolving kernel, which several claims share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from .._require import PARTS, Array
from ..circle import fourier_sum, uniform_angles
from ..fast import train_together
from ..frozen import frozen_descent
from ..network import Params, forward, initialise
from ..ntk import factorised_ntk
from .claim import Cell, Generator, Measure, Part
from .statistics import Finding, every
from .targets import TARGETS

# Pairs of equal neurons with opposite output weights, f(0) = 0; or neurons of their own, f(0) ≠ 0.
STARTS = ("antisymmetric", "independent")
CELLS = {"start": "starts", "target": "targets", "width": "widths"}


def spread(steps: int, count: int = 30) -> list[int]:
    """About so many steps, evenly in the logarithm, with the start and the last."""
    return sorted({0, *np.geomspace(1, steps, count).round().astype(int).tolist()})


def task(sizes: Any, cell: Cell) -> tuple[Array, Array]:
    """Angles of the uniform grid, and the target on it."""
    grid = uniform_angles(sizes.points)
    return grid, fourier_sum(grid, TARGETS[cell.target])


class Trained(NamedTuple):
    """What was trained: `kept` has a list of networks for every step, the start among them."""

    grid: Array
    targets: Array
    losses: Array
    kept: list[list[Params]]


def train(
    sizes: Any, cell: Cell, rng: Generator, count: int, at_steps: Sequence[int], **changes: Any
) -> Trained:
    """Networks, with these changes, side by side towards a target, kept at these steps."""
    (grid, targets), pairs = task(sizes, cell), cell.start == STARTS[0]
    starts = [initialise(cell.width, rng, antisymmetric=pairs) for _ in range(count)]
    moving = [replace(start, **changes) for start in starts]
    kept: list[list[Params]] = []
    losses = train_together(
        moving, grid, targets, sizes.learning_rate, at_steps[-1],
        record=lambda _, networks: kept.append(networks), at_steps=at_steps,
    ).losses[:, list(at_steps)]  # fmt: skip
    return Trained(grid, targets, losses, kept)


def frozen_outputs(sizes: Any, run: Trained, at_steps: Sequence[int]) -> Array:
    """Outputs (networks, steps, n) under the whole kernel of each start, which stays.

    That is the network linearised at its start: f(0) is where the descent begins.
    """
    grid, y, eta = run.grid, run.targets, sizes.learning_rate
    whole = [replace(start, trained=PARTS) for start in run.kept[0]]
    pairs = [(factorised_ntk(start, grid), forward(start, grid)) for start in whole]
    return np.array([frozen_descent(*pair, y, eta, at_steps) for pair in pairs])


def cost(sizes: Any, cell: Cell) -> float:
    """A step costs 1.5 ns an activity, or arcs do it."""
    steps = sizes.at_steps[-1] if hasattr(sizes, "at_steps") else sizes.steps
    return 3e-3 + float(steps * min(1.5e-9 * sizes.points, 6e-8) * cell.width)


def small_and_wide(of: Callable[..., Part]) -> dict[str, Measure]:
    """Small networks, and fewer wide ones."""
    return {
        name: Measure(of, {**CELLS, "width": widths}, cost, together=True, seeds=seeds)
        for name, widths, seeds in (("small", "widths", "seeds"), ("wide", "wide", "wide_seeds"))
    }


def cell_of(target: str, start: str, width: int) -> str:
    """The name of a cell: low target, antisymmetric, m = 16."""
    return f"{target} target, {start}, m = {width}"


def by_cell(sizes: Any, data: Mapping[str, Mapping[str, Array]], name: str) -> dict[str, Array]:
    """One array (seeds, …) for every start, target and width, of small and of wide networks."""
    return {
        cell_of(target, start, width): data[measure][name][place, row, column]
        for place, start in enumerate(sizes.starts)
        for row, target in enumerate(sizes.targets)
        for measure, widths in (("small", sizes.widths), ("wide", sizes.wide))
        for column, width in enumerate(widths)
    }


def grouped(part: str, cells: Mapping[str, Finding]) -> list[Finding]:
    """Cells with one outcome as one finding that names them: a reason stays readable."""
    alike = [{name: one for name, one in cells.items() if one.shown is shown}
             for shown in (True, False, None)]  # fmt: skip
    return [every(part, some.values(), f" ({listed(some)})") for some in alike if some]


def listed(cells: Iterable[str]) -> str:
    """Names of cells with each target once: low target, m = 16, 64; high target, m = 16."""
    widths: dict[str, list[str]] = {}
    for cell in cells:
        target, width = cell.split(", m = ")
        widths.setdefault(target, []).append(width)
    return "; ".join(f"{target}, m = {', '.join(some)}" for target, some in widths.items())
