"""Phase split: learning cos kt lowers the kernel on cos kt and raises it on sin kt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..._require import Array
from ...arccosine import fourier_eigenvalues
from ...circle import target_coefficients
from ...evolving import mean_field_descent, mean_field_start, relative_split
from ...fast.population import population_low_frequency_block, population_objective
from ...fast.together import train_together
from ...network import Params, initialise
from ..claim import Cell, Claim, Control, Data, Found, Measure, Part
from ..statistics import Verdict, above, decide, share_interval

STATEMENT = (
    "A mode cos kt, k ≥ 3, that is being learned lowers the kernel on itself and raises it on "
    "sin kt; the mean over the two phases hides it."
)
FORMULA = "own: −A²G²c_k/4π² · λ_k ln √m / m + O(1/m), shifted: the opposite;  G = (1 − e^{−λτ})/λ"
SOURCE = "derived in minintk.evolving.leading_order"
SHARE = 0.8


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run, on the whole circle.

    A share that is near the asked one takes many networks to tell, and small networks are cheap and
    near it: a seed is one network, or as many side by side as have `neurons` together.
    """

    frequencies: tuple[int, ...] = (3, 5)
    widths: tuple[int, ...] = (64, 256, 1024)
    neurons: int = 256
    amplitude: float = 1.0
    learning_rate: float = 1.0
    at_steps: tuple[int, ...] = (50, 100)
    seeds: int = 32
    block: int = 8
    radii: int = 32
    directions: int = 32

    @property
    def times(self) -> list[float]:
        """The times of the steps."""
        return [self.learning_rate * step for step in self.at_steps]


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    k, m = (" and ".join(map(str, axis)) for axis in (sizes.frequencies, sizes.widths))
    tau = " and ".join(f"{time:g}" for time in sizes.times)
    return (
        f"Trained networks, A = {sizes.amplitude:g}, τ = {tau}, k = {k}, m = {m}: in every cell "
        f"the own phase falls in at least {100 * SHARE:g} % of networks, and the shifted one rises "
        f"in at least {100 * SHARE:g} %, by the 95 % interval of each cell's own (all must be "
        "shown, so none needs a correction for the others). Only the signs are judged: the formula "
        "is by leading_logarithm."
    )


def measure(
    sizes: Sizes, cell: Cell, rng: np.random.Generator, count: int, turned: bool = False
) -> Part:
    """m × the kernel's change over λ_k on both phases: means, and in how many it falls, or rises.

    Where it is `turned`, the target is sin kt, which is not the phase that is called its own.
    """
    each = max(1, sizes.neurons // cell.width)
    starts = [initialise(cell.width, rng, antisymmetric=True) for _ in range(count * each)]
    rows: list[list[Array]] = []

    def record(step: int, networks: list[Params]) -> None:
        rows.append([_both_phases(params, cell.frequency) for params in networks])

    train_together(
        starts, None, _target(sizes, cell, turned), sizes.learning_rate, sizes.at_steps[-1],
        record=record, at_steps=(0, *sizes.at_steps),
    )  # fmt: skip
    change = _scaled(cell, np.array(rows)).reshape(-1, count, each, 2).transpose(1, 2, 0, 3)
    return {
        "change": change.mean(axis=1),
        "own_falls": (change[..., 0] < 0).sum(axis=1),
        "shifted_rises": (change[..., 1] > 0).sum(axis=1),
        "average_rises": (change.sum(axis=3) > 0).sum(axis=1),
        "networks": np.full(count, each),
    }


def measure_limit(sizes: Sizes, cell: Cell, rng: np.random.Generator) -> Part:
    """The same of the mean-field limit."""
    rows: list[Array] = []

    def record(step: int, params: Params) -> None:
        if step in (0, *sizes.at_steps):
            rows.append(_both_phases(params, cell.frequency))

    start = mean_field_start(sizes.radii, sizes.directions)
    mean_field_descent(
        start, population_objective, _target(sizes, cell), cell.width, sizes.learning_rate,
        sizes.at_steps[-1], record=record,
    )  # fmt: skip
    return {"change": _scaled(cell, np.array(rows))}


def _target(sizes: Sizes, cell: Cell, turned: bool = False) -> Array:
    shift = -np.pi / (2 * cell.frequency) if turned else 0.0
    return target_coefficients((cell.frequency,), amplitude=sizes.amplitude, shift=shift)


def _both_phases(params: Params, k: int) -> Array:
    return population_low_frequency_block(params, k).diagonal()[-2:]


def _scaled(cell: Cell, rows: Array) -> Array:
    scale = cell.width / float(fourier_eigenvalues(cell.frequency)[cell.frequency])
    return np.asarray(scale * (rows[1:] - rows[0]))


def find(sizes: Sizes, data: Data) -> Found:
    """In what share of networks the phases part as the theory says, and their mean's sign."""
    networks, limit = data["networks"], data["limit"]["change"]
    change = networks["change"]  # (frequencies, widths, seeds, times, own/shifted)
    split_at = partial(relative_split, amplitude=sizes.amplitude, learning_rate=sizes.learning_rate)
    split = np.array([[split_at(k, time=time) for time in sizes.times] for k in sizes.frequencies])
    total = networks["networks"].sum(axis=2)
    counts = {name: networks[name].sum(axis=2) for name in ("own_falls", "shifted_rises")}
    shares = {
        f"{name.replace('_', ' ')} at k = {sizes.frequencies[i]}, m = {sizes.widths[j]}, "
        f"τ = {sizes.times[t]:g}": share_interval(np.arange(total[i, j]) < count[i, j, t])
        for name, count in counts.items()
        for i, j, t in np.ndindex(count.shape)
    }
    ratios = change.mean(axis=2) / limit
    return Found(
        change=change, mean_field=limit, shares=shares,
        leading_logarithm=split[:, None] * np.log(np.sqrt(sizes.widths))[:, None, None],
        **{f"share_{name}": count / total[..., None] for name, count in counts.items()},
        average_rises=float((networks["average_rises"].sum(axis=2) / total[..., None]).mean()),
        mean_field_ratio=(float(ratios.min()), float(ratios.max())),
    )  # fmt: skip


def judge(sizes: Sizes, found: Found) -> Verdict:
    """Both signs in every cell."""
    low, high = found.mean_field_ratio
    smallest = min(found.share_own_falls.min(), found.share_shifted_rises.min())
    return decide(
        [above(part, interval, SHARE) for part, interval in found.shares.items()],
        f"own phase falls and shifted phase rises in at least {100 * smallest:.0f} % of networks "
        f"in every cell, while the mean of both phases rises in {100 * found.average_rises:.0f} %. "
        f"Networks over mean-field: {low:.2f} to {high:.2f}.",
    )


def explain(sizes: Sizes, found: Found) -> str:
    """For a reader who has not read the study."""
    return (
        "While a network learns a cosine, it becomes slower at that cosine and faster at the sine "
        "of the same frequency. Whoever averages over both sees only that it becomes faster."
    )


def draw(sizes: Sizes, found: Found, axes: Sequence[Any]) -> None:
    """Both phases and their mean against width, one panel a frequency, at the first time."""
    for number, axis in enumerate(axes[: len(sizes.frequencies)]):
        values = found.change[number, :, :, 0]  # (widths, seeds, own/shifted)
        error = values.std(axis=1, ddof=1) / np.sqrt(values.shape[1])
        for phase, label in enumerate(("own phase", "shifted by 90°")):
            axis.errorbar(sizes.widths, values[..., phase].mean(axis=1), error[:, phase],
                          fmt="os"[phase], color=f"C{phase}", label=label)  # fmt: skip
            for lines, style, name in (
                (found.mean_field, ("-", "-.")[phase], "mean-field"),
                (found.leading_logarithm, (":", "--")[phase], "logarithm alone"),
            ):
                axis.plot(sizes.widths, lines[number, :, 0, phase], style,
                          color=f"C{phase}", label=f"{label}, {name}")  # fmt: skip
        axis.plot(sizes.widths, values.mean(axis=(1, 2)), "k^--", label="mean of both")
        axis.axhline(0, color="k", linewidth=0.8)
        k, time = sizes.frequencies[number], sizes.times[0]
        axis.set(
            xscale="log", xlabel="width m (neurons)", ylabel="m × change of the kernel over λ_k",
            title=f"Learning cos {k}t, τ = {time:g}. Bars: standard error",
        )  # fmt: skip
        axis.margins(y=0.5)
        axis.legend(ncols=2, fontsize=7.5, loc="upper left")


def _cost(sizes: Sizes, cell: Cell) -> float:
    neurons = float(max(cell.width, sizes.neurons // cell.width * cell.width))
    return sizes.at_steps[-1] * (1e-5 + 4e-7 * neurons)


def _cost_of_limit(sizes: Sizes, cell: Cell) -> float:
    return 1.1e-6 * sizes.radii * sizes.directions * sizes.at_steps[-1]


CELLS = {"frequency": "frequencies", "width": "widths"}
LIMIT = Measure(measure_limit, CELLS, _cost_of_limit, draws=False)
CLAIM = Claim(
    name="phase_split",
    statement=STATEMENT, formula=FORMULA, source=SOURCE, criterion=criterion,
    default=Sizes(),
    quick=Sizes(widths=(64, 256), at_steps=(50,), radii=16),
    full=Sizes(widths=(64, 128, 256, 512, 1024, 4096), learning_rate=0.5, at_steps=(100, 500),
               neurons=1024, seeds=50, radii=192, directions=48),
    measures={"networks": Measure(measure, CELLS, _cost, together=True), "limit": LIMIT},
    find=find, judge=judge, explain=explain, draw=draw, panels=2, beyond_study=True,
    control=Control(
        "the target is sin kt where cos kt is called its own phase",
        Sizes(frequencies=(5,), widths=(64,), at_steps=(25,), seeds=8, radii=8, directions=16),
        {"networks": Measure(partial(measure, turned=True), CELLS, _cost, together=True),
         "limit": LIMIT},
    ),
)  # fmt: skip
