"""Decomposition: infinite width, + fluctuation, + feature learning, both; they do not add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..._require import Array
from ...alignment import MEASURES, alignment_measures
from ...arccosine import infinite_ntk
from ...circle import fourier_basis, mean_by_frequency
from ...evolving import mean_field_descent, mean_field_start
from ...fast import objective, train_together
from ...frozen import frozen_descent
from ...network import forward, initialise
from ...ntk import factorised_ntk
from ...spectrum import low_frequency_block
from ..claim import Axes, Cell, Claim, Control, Data, Found, Generator, Measure, Part
from ..drawing import label, ranges
from ..moving import spread, task
from ..residuals import amplitudes
from ..starts import ADJUSTED, neuron_sums, without_starts
from ..statistics import Verdict, above, decide, every, student_interval

STATEMENT = (
    "What the random start and the motion of the kernel add to infinite width do not add up. The "
    "random start costs the evolving network many times less than the frozen kernel."
)
FORMULA = "repair = (L_frozen − L_∞) / (L_evolving − L_mean-field) ≫ 1, L of networks: exp E ln L"
SOURCE = "measured here; the limit is that of Chizat & Bach (2018)"
PLAINLY = "A random start spoils a frozen kernel; a kernel that moves makes up for most of that."
ASKED = 12  # from a pilot
STAGES = {"infinite width": "k:P", "+ fluctuation: frozen": "C1--s",
          "+ feature learning: mean-field": "C0-.^", "both: evolving": "C2-o"}  # fmt: skip
SHOWN = [n for n, measure in enumerate(MEASURES) if measure.high == 1]


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run; the first target is judged. With these nodes the limit is good to 0.4 %."""

    widths: tuple[int, ...] = (16, 64, 256)
    targets: tuple[str, ...] = ("low",)
    points: int = 64
    learning_rate: float = 0.5
    steps: int = 500
    seeds: int = 96
    block: int = 32
    k_max: int = 8
    radii: int = 24
    directions: int = 96


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    return (
        f"{sizes.targets[0].capitalize()} target, τ = {sizes.learning_rate * sizes.steps:g}, m = "
        f"{', '.join(map(str, sizes.widths))}: the repair is {ASKED} or more (from a pilot), by 95 "
        f"% intervals joint over the widths. That is, L_frozen − L_∞ − {ASKED} (L_evolving − "
        "L_mean-field) and the bracket are positive. First asked of means, with heavy tails."
    ) + ADJUSTED.replace("Means", "Means of ln L", 1)


def _measured(sizes: Sizes, cell: Cell, kernels: Sequence[Array], *moved: Array) -> Part:
    """Of loss curves, last outputs and kernels: modes of both by frequency, and alignments."""
    (grid, y), k_max, eta = task(sizes, cell), sizes.k_max, sizes.learning_rate
    if not moved:  # the kernels stay at rest, and descent starts from 0
        paths = np.array(
            [frozen_descent(one, 0 * y, y, eta, spread(sizes.steps, 28)) for one in kernels]
        )
        moved = np.mean((paths - y) ** 2, axis=2) / 2, paths[:, -1]
    curves, outputs = moved
    blocks, limit = [low_frequency_block(one, grid, k_max) for one in kernels], infinite_ntk(grid)
    alignments = [alignment_measures(kernel, grid, y, limit, k_max) for kernel in kernels]
    return {
        "curves": curves,
        "residuals": amplitudes((outputs - y) @ fourier_basis(grid, k_max) / len(grid)),
        "kernels": np.array([mean_by_frequency(block.diagonal()) for block in blocks]),
        "alignments": np.array([list(measures.values()) for measures in alignments]),
    }


def measure(sizes: Sizes, cell: Cell, rng: Generator, count: int, still: bool = False) -> Part:
    """Networks: + fluctuation, the kernel frozen at the start; and both, the network itself."""
    grid, targets = task(sizes, cell)
    starts = [initialise(cell.width, rng, antisymmetric=True) for _ in range(count)]
    ends, losses, _ = train_together(starts, grid, targets, sizes.learning_rate, sizes.steps)
    before, after = ([factorised_ntk(one, grid) for one in networks] for networks in (starts, ends))
    curves, outputs = (
        losses[:, spread(sizes.steps, 28)],
        np.array([forward(end, grid) for end in ends]),
    )
    frozen = _measured(sizes, cell, before)
    moved = frozen if still else _measured(sizes, cell, after, curves, outputs)
    both = {name: np.stack([frozen[name], moved[name]], axis=1) for name in frozen}
    return {**both, "sums": np.array([neuron_sums(start) for start in starts])}


def measure_limits(sizes: Sizes, cell: Cell, rng: Generator) -> Part:
    """Infinite width; and + feature learning, the limit whose kernel moves as the width's."""
    grid, targets = task(sizes, cell)
    start = mean_field_start(sizes.radii, sizes.directions, angles=grid)
    nodes, losses = mean_field_descent(start, partial(objective, grid), targets, cell.width,
                                       sizes.learning_rate, sizes.steps)  # fmt: skip
    output = np.sqrt(cell.width / nodes.width) * forward(nodes, grid)
    infinite, curves = (
        _measured(sizes, cell, [infinite_ntk(grid)]),
        losses[None, spread(sizes.steps, 28)],
    )
    moved = _measured(sizes, cell, [factorised_ntk(nodes, grid)], curves, output[None])
    return {name: np.concatenate([infinite[name], moved[name]]) for name in infinite}


def find(sizes: Sizes, data: Data, adjusted: bool = True) -> Found:
    """Every quantity by target, width, seed and stage; the excess over the limits by width."""
    limits, networks = data["limits"], data["networks"]
    found = Found(by_logarithms={}, by_means={})
    for name, still in limits.items():  # (targets, widths, seeds, moving, random, …) to stages
        both = np.stack(np.broadcast_arrays(still[:, :, None], networks[name]), axis=4)
        setattr(found, name, both.reshape((*both.shape[:3], 4, *both.shape[5:])))
    for place, width in enumerate(sizes.widths):
        losses, limit = networks["curves"][0, place, ..., -1], limits["curves"][0, place, :, -1]
        sums = networks["sums"][0, place][:, : None if adjusted else 0]  # no sum, no adjustment
        logs = without_starts(np.log(losses), sums)
        typical = np.exp(logs.mean(axis=0))
        first_order = typical * (1 + logs - np.log(typical))  # of exp E ln L, in the noise
        for of, values in ((found.by_logarithms, first_order), (found.by_means, losses)):
            frozen, evolving = (values - limit).T
            rows = {"frozen": frozen, "evolving": evolving, "contrast": frozen - ASKED * evolving}
            one = {part: student_interval(row, len(sizes.widths)) for part, row in rows.items()}
            of[f"m = {width}"] = {"repair": one["frozen"].mean / one["evolving"].mean, **one}
    if adjusted:
        plain = find(sizes, data, adjusted=False)
        found.verdict_unadjusted = judge(sizes, plain).verdict
        found.by_logarithms_unadjusted = plain.by_logarithms
    return found


def judge(sizes: Sizes, found: Found) -> Verdict:
    """At every width both the evolving network's excess and the contrast above 0."""
    parts = {"evolving": "excess", "contrast": f"excess, frozen − {ASKED:g} × evolving"}
    ours, first = (
        decide([every(m, [above(name, one[part], 0.0) for part, name in parts.items()])
                for m, one in widths.items()],
               ", ".join(f"{one['repair']:.3g} ({m})" for m, one in widths.items()) + ".")
        for widths in (found.by_logarithms, found.by_means)
    )  # fmt: skip
    costs = "the random start costs the frozen kernel so many times more than the evolving network"
    plain = vars(found).get("verdict_unadjusted")
    then = f"Without the adjustment: {plain}. " if plain else ""
    then += f"By the first criterion, of means: {first.verdict}, {first.reason}"
    return ours._replace(reason=f"{costs}: {ours.reason} {then}")


def draw(sizes: Sizes, found: Found, axes: Axes) -> None:
    """The four stages of one width, first target: loss, residual, kernel, alignments."""
    at, tau = len(sizes.widths) // 2, sizes.learning_rate * np.array(spread(sizes.steps, 28))
    kernels, ks = found.kernels / found.kernels[:, :, :, :1], np.arange(sizes.k_max + 1)
    shown = found.curves[..., 1:], found.residuals, kernels, found.alignments[..., SHOWN]
    for stage, (name, style) in enumerate(STAGES.items()):
        bars = [np.quantile(v[0, at, :, stage], [0.05, 0.5, 0.95], axis=0).T for v in shown]
        beside, point = 0.16 * (stage - 1.5), style.translate(dict.fromkeys(map(ord, ":-.")))
        low, middle, high = bars[0].T
        axes[0].fill_between(tau[1:], low, high, color=point[:-1], alpha=0.2, linewidth=0)
        axes[0].plot(tau[1:], middle, style, markevery=(2 * stage, 8), label=name)
        ranges(axes[1], ks + beside, bars[1], point)
        ranges(axes[2], ks + beside, bars[2], point)
        low, middle, high = bars[3].T
        errors = [middle - low, high - middle]
        axes[3].errorbar(middle, beside + np.arange(len(SHOWN)), xerr=errors, fmt=point)
    many, end = "(median, 5–95 %)", f"τ = {tau[-1]:g}"
    label(axes[0], "time τ = η × steps", f"loss {many}", log="xy", legend="lower left",
          title=f"Width {sizes.widths[at]}, {sizes.targets[0]} target: loss")  # fmt: skip
    label(axes[1], "frequency k", f"residual's mode k {many}",
          f"What is left at {end} (cut at 1e-6)", log="y", ylim=(1e-6, None))  # fmt: skip
    label(axes[2], "frequency k", f"entry over infinite width's {many}", f"The kernel at {end}")
    label(axes[3], f"value {many}", "measure", f"Alignments at {end}", yticks=range(len(SHOWN)),
          yticklabels=[MEASURES[n].name.replace(" ", "\n", 1) for n in SHOWN])  # fmt: skip
    axes[3].invert_yaxis()


CELLS = {"target": "targets", "width": "widths"}
LIMITS = Measure(measure_limits, CELLS, draws=False, cost=lambda s, c:
                 0.01 + 9e-8 * s.steps * s.radii * s.directions)  # fmt: skip
NETWORKS = Measure(measure, CELLS, together=True, cost=lambda s, c:
                   1.2e-3 + s.steps * (1e-6 + 1e-9 * s.points * c.width))  # fmt: skip
CLAIM = Claim.of(
    globals(), measures={"limits": LIMITS, "networks": NETWORKS}, panels=4,
    quick=Sizes(widths=(16, 256), points=32, steps=300, seeds=32),
    full=Sizes(widths=(16, 32, 64, 128, 256, 1024), seeds=400, radii=96, directions=192),
    control=Control("the evolving networks' kernels stay at rest, too",
                    Sizes(widths=(16,), points=32, steps=100, seeds=24, k_max=2, radii=8,
                          directions=64), {"networks": NETWORKS.wrong(still=True)}),
)  # fmt: skip
