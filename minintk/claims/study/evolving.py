"""Evolving: at small width the kernel moves, and the loss falls below that of the frozen kernel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..._require import Array
from ...arccosine import infinite_ntk
from ...circle import fourier_basis, uniform_angles
from ...frozen import frozen_descent
from ...network import forward
from .. import moving
from ..claim import ALONE, Axes, Cell, Claim, Control, Data, Found, Generator, Measure, Part
from ..drawing import MARKERS, against_width, heat_map, label, ranges
from ..moving import STARTS, by_cell, cell_of, grouped
from ..residuals import amplitudes
from ..statistics import Verdict, below, decide, median_interval

STATEMENT = (
    "The picture breaks only when the kernel evolves: at small width training with the evolving "
    "kernel reaches a lower loss than with the frozen one. (By what: `cause`; and `alignment`.)"
)
FORMULA = "evolving: θ ← θ − η∇L;  frozen, from the same f(0): r ← (I − ηK_0/n) r"
SOURCE = "Kalvankar (2026); Chizat et al. (2019)"
SMALL, RATIO = (16, 32), 0.9
RANGE, FLOOR = (0.05, 0.5, 0.95), 1e-5  # of networks; of the residual modes that are shown


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run: the criterion is about small widths, the others show where it ends."""

    widths: tuple[int, ...] = (16, 32, 64)
    wide: tuple[int, ...] = (256, 1024)
    targets: tuple[str, ...] = ("low", "high")
    starts: tuple[str, ...] = STARTS
    points: int = 64
    learning_rate: float = 0.5
    steps: int = 2000
    k_max: int = 8
    seeds: int = 32
    wide_seeds: int = 6  # the fewest with a 95 % interval of the median
    block: int = 16


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    small = ", ".join(str(width) for width in (*sizes.widths, *sizes.wide) if width in SMALL)
    return (
        f"At τ = {sizes.learning_rate * sizes.steps:g}, m = {small}, for each target and start: "
        f"the networks' median of evolving over frozen loss is below {RATIO:g} with its whole "
        f"95 % interval. {ALONE} First asked: lower in nine of ten networks, which is printed, too."
    )


def _of(sizes: Sizes, name: str, residuals: Array) -> Part:
    """Loss and amplitude of every mode up to k_max of residuals (…, n)."""
    basis = fourier_basis(uniform_angles(sizes.points), sizes.k_max) / sizes.points
    loss = np.mean(residuals**2, axis=-1) / 2
    return {name: loss, f"{name} modes": amplitudes(residuals @ basis)}


def measure(sizes: Sizes, cell: Cell, rng: Generator, count: int, **changes: Any) -> Part:
    """Losses and residual modes of networks, and under the kernels of their starts."""
    run = moving.train(sizes, cell, rng, count, moving.spread(sizes.steps), **changes)
    own = [[forward(one, run.grid) for one in networks] for networks in zip(*run.kept, strict=True)]
    frozen = moving.frozen_outputs(sizes, run, moving.spread(sizes.steps))
    evolving = _of(sizes, "evolving", np.array(own) - run.targets)
    return {**_of(sizes, "frozen", frozen - run.targets), **evolving}


def measure_limit(sizes: Sizes, cell: Cell, rng: Generator) -> Part:
    """The same at infinite width, from f(0) = 0."""
    (grid, y), steps = moving.task(sizes, cell), moving.spread(sizes.steps)
    outputs = frozen_descent(infinite_ntk(grid), 0 * y, y, sizes.learning_rate, steps)
    return _of(sizes, "limit", outputs - y)


def find(sizes: Sizes, data: Data) -> Found:
    """The ratio of both losses over time in every cell, and when it falls below 1 for good."""
    networks = {name: by_cell(sizes, data, name) for name in ("frozen", "evolving")}
    modes = {name: by_cell(sizes, data, f"{name} modes") for name in networks}
    ratios = {cell: own / networks["frozen"][cell] for cell, own in networks["evolving"].items()}
    times, shown = sizes.learning_rate * np.array(moving.spread(sizes.steps)), next(iter(ratios))
    quantiles = {cell: np.quantile(ratio, RANGE, axis=0) for cell, ratio in ratios.items()}
    return Found(
        times=times, ratio=np.array(list(quantiles.values())),
        ratio_at_the_end={cell: median_interval(ratio[:, -1]) for cell, ratio in ratios.items()},
        lower_from={cell: _from(times, middle) for cell, (_, middle, _) in quantiles.items()},
        lower_from_of_networks={cell: _spread([_from(times, one) for one in ratio])
                                for cell, ratio in ratios.items()},
        share_evolving_lower={cell: float(np.mean(r[:, -1] < 1)) for cell, r in ratios.items()},
        infinite_loss=data["limit"]["limit"],
        losses=np.array([np.quantile(of[shown], RANGE, axis=0) for of in networks.values()]),
        modes=np.array([data["limit"]["limit modes"][0],
                        *(np.median(of[shown], axis=0) for of in modes.values())]),
    )  # fmt: skip


def _from(times: Array, ratio: Array) -> float:
    """The first kept time from which a ratio stays below 1; infinite if it does not."""
    above = np.flatnonzero(~(ratio < 1)).max(initial=-1)
    return float(np.append(times, np.inf)[above + 1])


def _spread(values: list[float]) -> list[float]:
    """Those of the sorted values that are nearest to the RANGE; between two ∞ is nothing."""
    return [sorted(values)[round(part * (len(values) - 1))] for part in RANGE]


def judge(sizes: Sizes, found: Found) -> Verdict:
    """The ratio at small width; all ratios, and from when on they are below 1, in words."""
    ratios, share = found.ratio_at_the_end, found.share_evolving_lower
    small = [cell_of(t, s, m) for t in sizes.targets for s in sizes.starts for m in SMALL]
    since = {cell: f"from τ = {time:.3g} on" if time < np.inf else "never for good"
             for cell, time in found.lower_from.items()}  # fmt: skip
    said = [f"{c}: {one}, {100 * share[c]:.0f} %, {since[c]}" for c, one in ratios.items()]
    cells = {cell: below(cell, ratios[cell], RATIO) for cell in small if cell in ratios}
    return decide(
        grouped(f"ratio below {RATIO:g}", cells),
        f"median of evolving over frozen loss at τ = {found.times[-1]:g}, share of networks in "
        f"which it is below 1, and since when the median is: {'; '.join(said)}.",
    )


def explain(sizes: Sizes, found: Found) -> str:
    """For a reader who has not read the study."""
    names = [cell_of(target, sizes.starts[0], sizes.widths[0]) for target in sizes.targets]
    said = [f"{found.ratio_at_the_end[name].mean:.2g} times ({name})" for name in names]
    return f"The loss ends at {' and '.join(said)} what the kernel of the start reaches."


def draw(sizes: Sizes, found: Found, axes: Axes) -> None:
    """Losses of the first cell over time, ratios against width, and what is left of every mode."""
    times, widths = found.times[1:], (*sizes.widths, *sizes.wide)
    first, names = next(iter(found.lower_from)), ("frozen", "evolving")
    where = first[: first.rfind(",")].capitalize()
    axes[0].plot(times, found.infinite_loss[0, 1:], "k:", label="infinite width")
    for name, style, rows in zip(names, ("C1--", "C0-"), found.losses, strict=True):
        axes[0].fill_between(times, rows[0, 1:], rows[2, 1:], color=style[:2], alpha=0.2)
        axes[0].plot(times, rows[1, 1:], style, label=f"{name} (median, 5–95 %)")
    axes[0].axvline(min(found.lower_from[first], times[-1]), color="0.4", ls="-.", label="crossing")
    label(axes[0], "time τ = η × steps", "loss", first.capitalize(), "xy", "lower left")
    for place, width in enumerate(widths):
        style = MARKERS[place % len(MARKERS)] + "-"
        axes[1].plot(times, found.ratio[place, 1, 1:], style, markersize=3, label=f"m = {width}")
    label(axes[1], "time τ", "median of evolving over frozen loss", where, "xy", "lower left")
    for place, cells in enumerate(np.split(found.ratio[..., -1], len(found.ratio) // len(widths))):
        cell = list(found.lower_from)[place * len(widths)]
        x = np.array(widths) * 1.06 ** (place - 1.5)
        ranges(axes[2], x, cells, MARKERS[place] + "-", cell[: cell.rfind(",")])
    axes[2].axhline(RATIO, color="k", ls=":", label="criterion")
    title = f"Evolving over frozen loss, τ = {found.times[-1]:g}"
    against_width(axes[2], widths, yscale="log", ylabel="median, 5–95 % of networks", title=title)
    for axis, name, modes in zip(axes[3:], ("infinite width", *names), found.modes, strict=True):
        heat_map(axis, np.log10(np.maximum(modes[1:], FLOOR)).T, "log₁₀ of the residual's mode",
                 np.log10(FLOOR), 0, times, range(sizes.k_max + 1))  # fmt: skip
        label(axis, "time τ", "frequency k", f"What is left, {name}", "x")


LIMIT = {"limit": Measure(measure_limit, {"target": "targets"}, lambda s, c: 5e-3, draws=False)}
CLAIM = Claim.of(
    globals(), measures={**LIMIT, **moving.small_and_wide(measure)}, panels=6,
    quick=Sizes(widths=(16,), wide=(256,), points=32, steps=500, seeds=16, wide_seeds=4),
    full=Sizes(wide=(128, 256, 512, 1024, 4096), seeds=256, wide_seeds=64),
    control=Control("only the output layer is trained, against the frozen kernel of all layers",
                    Sizes(widths=(16,), wide=(32,), points=32, steps=200, seeds=8, wide_seeds=8),
                    moving.small_and_wide(partial(measure, trained=("a",)))),
)  # fmt: skip
