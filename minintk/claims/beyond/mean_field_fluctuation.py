"""Mean-field fluctuation: the mean loss of networks, by linear response and with no network run.

The criterion stood before any run. B was fitted before, at one γ.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..._require import Array
from ...circle import mean_by_frequency
from ...evolving import mean_field_descent, mean_field_start, mean_loss_excess
from ...fast import objective, population_low_frequency_block
from ...network import Params
from .. import moving
from ..claim import ALONE, Axes, Cell, Claim, Control, Data, Found, Generator, Measure, Part
from ..drawing import MARKERS, against_width, ranges
from ..moving import CELLS, STARTS, cell_of, grouped
from ..statistics import Verdict, decide, inside, student_interval, student_intervals
from ..targets import TARGETS

STATEMENT = (
    "The mean loss of networks of width m is that of the mean-field limit times 1 + B/m. B follows "
    "from the linear response of the limit: no network is run, and nothing is fitted."
)
FORMULA = "E L = L_MF (1 + B/m),  B = Σ_k [⟨f_k'²⟩ + ⟨r f_k''⟩]/(2 L_MF)"
SOURCE = "Chizat & Bach (2018); Bordelon & Pehlevan (2023); minintk.evolving.linear_response"
MARGIN, WIDE = 0.1, 64


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run: nodes of the limit, and of its response."""

    widths: tuple[int, ...] = (16, 64, 256)
    targets: tuple[str, ...] = ("low",)
    starts: tuple[str, ...] = STARTS
    points: int = 64
    learning_rate: float = 0.5
    at_steps: tuple[int, ...] = (100, 500)
    seeds: int = 60
    block: int = 30
    radii: int = 24
    directions: int = 96
    response_radii: int = 8
    response_directions: int = 64
    components: int = 16
    k_max: int = 4

    def times(self) -> list[str]:
        """The times of the steps, in words."""
        return [f"τ = {self.learning_rate * step:g}" for step in self.at_steps]


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    return (
        f"{' and '.join(sizes.targets).capitalize()} target, {', '.join(sizes.times())}, m = "
        f"{', '.join(map(str, sizes.widths))}, each start: the mean loss of {sizes.seeds} networks "
        f"over L_MF (1 + B/m) has its 95 % interval inside 1 ± {MARGIN:g}. {ALONE} "
        "What is wider is not decided."
    )


def _change(sizes: Sizes, start: Params, end: Params) -> Array:
    before, after = (population_low_frequency_block(one, sizes.k_max) for one in (start, end))
    return after - before


def measure(sizes: Sizes, cell: Cell, rng: Generator, count: int) -> Part:
    """Networks: losses at the kept steps, and how the kernel's block changed up to the last."""
    run = moving.train(sizes, cell, rng, count, (0, *sizes.at_steps))
    changes = [_change(sizes, *pair) for pair in zip(run.kept[0], run.kept[-1], strict=True)]
    return {"loss": run.losses[:, 1:], "change": np.array(changes)}


def measure_limit(sizes: Sizes, cell: Cell, rng: Generator) -> Part:
    """The same of the mean-field limit."""
    grid, targets = moving.task(sizes, cell)
    start = mean_field_start(sizes.radii, sizes.directions, angles=grid)
    end, losses = mean_field_descent(
        start, partial(objective, grid), targets, cell.width, sizes.learning_rate,
        sizes.at_steps[-1],
    )  # fmt: skip
    return {"loss": losses[list(sizes.at_steps)], "change": _change(sizes, start, end)}


def measure_response(sizes: Sizes, cell: Cell, rng: Generator, wrong: float = 1.0) -> Part:
    """B at every kept step; with `wrong` times the width in the motion."""
    longer = 2 if cell.width >= WIDE else 1  # at small width the kernel outgrows twice the step
    response = mean_loss_excess(
        TARGETS[cell.target], wrong * cell.width, longer * sizes.learning_rate,
        [step // longer for step in sizes.at_steps], neurons=cell.width, points=sizes.points,
        antisymmetric=cell.start == STARTS[0], radii=sizes.response_radii,
        directions=sizes.response_directions, components=sizes.components,
    )  # fmt: skip
    return {"excess": response}


def find(sizes: Sizes, data: Data) -> Found:
    """Mean losses over the prediction by cell and time; gains and turning beside the limit's."""
    networks, limit = data["networks"], data["limit"]
    widths = np.array(sizes.widths)[:, None]
    factor = 1 + data["response"]["excess"] / widths  # (starts, targets, widths, times)
    predicted = limit["loss"] * factor
    axes = (sizes.starts, sizes.targets, sizes.widths, sizes.times())
    places = itertools.product(*(range(len(axis)) for axis in axes))
    cells: dict[str, Any] = {
        f"{time}, {cell_of(target, start, m)}": (*place[:3], ..., place[3])
        for place, (start, target, m, time) in zip(places, itertools.product(*axes), strict=True)
    }
    ratios = networks["loss"] / predicted[:, :, :, None]
    excess = widths[..., None] * (networks["loss"] / limit["loss"][:, :, None] - 1)
    change = networks["change"].mean(axis=3)
    return Found(
        ratio={cell: student_interval(ratios[at]) for cell, at in cells.items()},
        measured_excess={cell: student_interval(excess[at]) for cell, at in cells.items()},
        excess=data["response"]["excess"], predicted=predicted, limit_loss=limit["loss"],
        loss=student_intervals(np.moveaxis(networks["loss"], 3, 0)),
        gain=_gains(change), limit_gain=_gains(limit["change"]),
        turning=_turning(change), limit_turning=_turning(limit["change"]),
    )  # fmt: skip


def _gains(change: Array) -> Array:
    diagonal = change.diagonal(axis1=-2, axis2=-1)
    rows = diagonal.reshape(-1, diagonal.shape[-1])
    return np.array([mean_by_frequency(row) for row in rows]).reshape(*diagonal.shape[:-1], -1)


def _turning(change: Array) -> Array:
    """Norm of a mean change off the diagonal."""
    off = change * (1 - np.eye(change.shape[-1]))
    return np.asarray(np.linalg.norm(off, axis=(-2, -1)))


def judge(sizes: Sizes, found: Found) -> Verdict:
    """The mean loss over the prediction in every cell."""
    rows, findings = [(*c.split(", ", 1), ratio) for c, ratio in found.ratio.items()], []
    for time in sizes.times():
        each = {c: inside(c, ratio, 1 - MARGIN, 1 + MARGIN) for t, c, ratio in rows if t == time}
        findings += grouped(f"mean loss at {time}", each)
    said = [
        f"{ratio}, B {b:.1f} where {found.measured_excess[cell]} was measured ({cell})"
        for (cell, ratio), b in zip(found.ratio.items(), found.excess.ravel(), strict=True)
    ]
    return decide(findings, f"mean loss of networks over L_MF (1 + B/m): {'; '.join(said)}.")


def explain(sizes: Sizes, found: Found) -> str:
    """For a reader who has not read the study."""
    where = f"{sizes.starts[0]} start, m = {sizes.widths[0]}, {sizes.times()[-1]}"
    factor = 1 + found.excess[0, 0, 0, -1] / sizes.widths[0]
    return f"By the formula networks lose {factor:.2f} times what the limit loses ({where})."


def draw(sizes: Sizes, found: Found, axes: Axes) -> None:
    """Mean losses on the prediction for each start, then gains and turning of the kernel."""
    dash = "_" * (len(sizes.widths) == 1)  # where there is no line
    for i, (axis, start) in enumerate(zip(axes, sizes.starts, strict=False)):
        for t, time in enumerate(sizes.times()):
            rows = found.loss[i, 0, :, t][:, [1, 0, 2]]
            ranges(axis, sizes.widths, rows, f"C{t}{MARKERS[t]}", time)
            axis.plot(sizes.widths, found.predicted[i, 0, :, t], f"C{t}{dash}-")
            axis.plot(sizes.widths, found.limit_loss[0, :, t], f"C{t}{dash}:")
        against_width(axis, sizes.widths, yscale="log", ylabel="mean loss (95 % interval)",
                      title=f"{start.capitalize()}. Line: L_MF (1 + B/m), dots: L_MF")  # fmt: skip
    for k, values in enumerate(np.moveaxis(found.gain[0, 0], -1, 0)):
        axes[-1].plot(sizes.widths, values, f"C{k}{MARKERS[k]}", label=f"gain of k = {k}")
        axes[-1].plot(sizes.widths, found.limit_gain[0, :, k], f"C{k}{dash}-")
    axes[-1].plot(sizes.widths, found.turning[0, 0], "kP", label="turning (norm off the diagonal)")
    axes[-1].plot(sizes.widths, found.limit_turning[0], f"k{dash}-")
    against_width(axes[-1], sizes.widths, yscale="log", ylabel="change of the kernel",
                  title=f"{sizes.times()[-1]}: points networks, lines mean-field")  # fmt: skip
    axes[-1].set_ylim(bottom=axes[-1].get_ylim()[0] / 30)  # room for the legend
    axes[-1].legend(loc="lower left", ncols=2)


MEASURES = {
    "networks": Measure(measure, CELLS, moving.cost, together=True),
    "limit": Measure(measure_limit, {"target": "targets", "width": "widths"}, draws=False,
                     cost=lambda s, c: 7e-8 * s.at_steps[-1] * s.radii * s.directions),
    "response": Measure(measure_response, CELLS, draws=False,
                        cost=lambda s, c: 1.2e-6 * s.at_steps[-1] * s.response_radii
                        * s.response_directions * s.components / 8),
}  # fmt: skip
CLAIM = Claim.of(
    globals(), measures=MEASURES, panels=3,
    quick=Sizes(widths=(64,), points=32, at_steps=(100,), seeds=24, radii=16, response_radii=6,
                response_directions=48, components=8),
    full=Sizes(targets=("low", "high"), at_steps=(100, 500, 2000), seeds=2000, block=40, radii=48,
               response_radii=12, components=32),
    control=Control("the response of a limit whose kernel hardly moves",
                    Sizes(widths=(16,), starts=STARTS[:1], points=32, at_steps=(500,), seeds=24,
                          radii=12, directions=64, response_radii=6, response_directions=32,
                          components=8), {"response": MEASURES["response"].wrong(wrong=1e4)}),
)  # fmt: skip
