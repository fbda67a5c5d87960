"""Phase split: learning cos kt lowers the kernel on cos kt and raises it on sin kt."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from ..._require import Array
from ...arccosine import fourier_eigenvalues
from ...circle import target_coefficients
from ...evolving import mean_field_descent, mean_field_start, relative_split
from ...fast import population_low_frequency_block, population_objective, train_together
from ...network import Params, initialise
from ..claim import ALONE, Axes, Cell, Claim, Control, Data, Found, Generator, Measure, Part
from ..drawing import label, ticks_at
from ..statistics import Verdict, above, decide, share_interval

STATEMENT = (
    "Learning a mode cos kt, k ≥ 3, lowers the kernel on that mode and raises it on sin kt. The "
    "mean over the two phases hides it."
)
FORMULA = "own: −A²G²c_k/4π² · λ_k ln √m / m + O(1/m), shifted: the opposite;  G = (1 − e^{−λτ})/λ"
SOURCE = "derived in minintk.evolving.leading_order"
PLAINLY = "Learning a cosine makes a network slower at it, faster at its sine: the mean hides it."
SHARE, SIGNS = 0.8, ("own_falls", "shifted_rises")


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run; a seed is one network, or as many as have `neurons` together.

    A share near the asked one takes many networks to tell. Small networks are near it, and cheap.
    """

    frequencies: tuple[int, ...] = (3, 5)
    widths: tuple[int, ...] = (64, 256, 1024)
    neurons: int = 256
    amplitude: float = 1.0
    learning_rate: float = 1.25
    at_steps: tuple[int, ...] = (40, 80)
    seeds: int = 32
    block: int = 8
    radii: int = 32
    directions: int = 32


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    times = [sizes.learning_rate * step for step in sizes.at_steps]
    axes = (times, sizes.frequencies, sizes.widths)
    tau, k, m = (" and ".join(f"{value:g}" for value in axis) for axis in axes)
    return (
        f"Trained networks, A = {sizes.amplitude:g}, τ = {tau}, k = {k}, m = {m}: in every cell "
        f"two shares are judged. The own phase falls in at least {100 * SHARE:g} % of networks, "
        f"and the shifted one rises in as many, by each cell's own 95 % interval. {ALONE} Only the "
        "signs are judged: the formula is by leading_logarithm."
    )


def measure(sizes: Sizes, cell: Cell, rng: Generator, count: int, turn: float = 0.0) -> Part:
    """m × the kernel's change over λ_k on both phases, and signs; the target is cos(kt + turn)."""
    at, kept, each = (0, *sizes.at_steps), list[Params](), max(1, sizes.neurons // cell.width)
    starts = [initialise(cell.width, rng, antisymmetric=True) for _ in range(count * each)]
    train_together(starts, None, _target(sizes, cell, turn), sizes.learning_rate, at[-1],
                   record=lambda _, networks: kept.extend(networks), at_steps=at)  # fmt: skip
    change = _changes(cell, kept, len(at)).reshape(-1, count, each, 2).transpose(1, 2, 0, 3)
    own, shifted = change[..., 0], change[..., 1]
    return {
        "change": change.mean(axis=1), "networks": np.full(count, each),
        "own_falls": (own < 0).sum(axis=1), "shifted_rises": (shifted > 0).sum(axis=1),
        "average_rises": (own + shifted > 0).sum(axis=1),
    }  # fmt: skip


def measure_limit(sizes: Sizes, cell: Cell, rng: Generator) -> Part:
    """The same of the mean-field limit."""
    at, kept = (0, *sizes.at_steps), list[Params]()
    mean_field_descent(
        mean_field_start(sizes.radii, sizes.directions), population_objective,
        _target(sizes, cell), cell.width, sizes.learning_rate, at[-1],
        record=lambda step, params: kept.extend([params] if step in at else []),
    )  # fmt: skip
    return {"change": _changes(cell, kept, len(at))[:, 0]}


def _target(sizes: Sizes, cell: Cell, turn: float = 0.0) -> Array:
    return target_coefficients((cell.frequency,), sizes.amplitude, turn / cell.frequency)


def _changes(cell: Cell, networks: list[Params], times: int) -> Array:
    k = cell.frequency
    both = [population_low_frequency_block(params, k).diagonal()[-2:] for params in networks]
    rows = np.reshape(both, (times, -1, 2))
    return np.asarray(cell.width / fourier_eigenvalues(k)[k] * (rows[1:] - rows[0]))


def find(sizes: Sizes, data: Data) -> Found:
    """In what share of networks the phases part as the theory says, and their mean's sign."""
    networks, limit = data["networks"], data["limit"]["change"]
    change = networks["change"]  # (frequencies, widths, seeds, times, own/shifted)
    eta, times = sizes.learning_rate, [sizes.learning_rate * step for step in sizes.at_steps]
    split = [[relative_split(k, sizes.amplitude, time, learning_rate=eta) for time in times]
             for k in sizes.frequencies]  # fmt: skip
    cells = list(itertools.product(sizes.frequencies, sizes.widths, times))
    total = networks["networks"].sum(axis=2).repeat(len(times))
    hits = {name: networks[name].sum(axis=2).ravel() for name in (*SIGNS, "average_rises")}
    ratios = change.mean(axis=2) / limit
    return Found(
        change=change, mean_field=limit,
        leading_logarithm=np.array(split)[:, None] * np.log(np.sqrt(sizes.widths))[:, None, None],
        shares={f"{name.replace('_', ' ')} at k = {k}, m = {m}, τ = {time:g}":
                share_interval(np.arange(count) < hit) for name in SIGNS
                for (k, m, time), count, hit in zip(cells, total, hits[name], strict=True)},
        average_rises=float((hits["average_rises"] / total).mean()),
        mean_field_ratio=(float(ratios.min()), float(ratios.max())),
    )  # fmt: skip


def judge(sizes: Sizes, found: Found) -> Verdict:
    """Both signs in every cell."""
    low, high = found.mean_field_ratio
    smallest = min(share.mean for share in found.shares.values())
    return decide(
        [above(part, share, SHARE) for part, share in found.shares.items()],
        f"own phase falls and shifted phase rises in at least {100 * smallest:.0f} % of networks "
        "in every cell, by the point estimate, while the mean of both phases rises in "
        f"{100 * found.average_rises:.0f} %. Networks over mean-field: {low:.2f} to {high:.2f}.",
    )


def draw(sizes: Sizes, found: Found, axes: Axes) -> None:
    """Both phases and their mean against width, one panel a frequency, at the first time."""
    time, dash = sizes.learning_rate * sizes.at_steps[0], "_" * (len(sizes.widths) == 1)
    for number, (axis, k) in enumerate(zip(axes, sizes.frequencies, strict=False)):
        values = found.change[number, :, :, 0]  # (widths, seeds, own/shifted)
        error = values.std(axis=1, ddof=1) / np.sqrt(values.shape[1])
        theories = (("mean-field", found.mean_field), ("logarithm alone", found.leading_logarithm))
        for phase, name in enumerate(("own phase", "shifted by 90°")):
            mean, form = values[..., phase].mean(axis=1), f"C{phase}" + "os"[phase]
            axis.errorbar(sizes.widths, mean, error[:, phase], fmt=form, label=name)
            styles = (("-", ":"), ("-.", "--"))[phase]
            for (theory, lines), style in zip(theories, styles, strict=True):
                axis.plot(sizes.widths, lines[number, :, 0, phase], f"C{phase}{dash}{style}",
                          label=f"{name}, {theory}")  # fmt: skip
        axis.plot(sizes.widths, values.mean(axis=(1, 2)), "k^--", label="mean of both")
        axis.axhline(0, color="k", linewidth=0.8)
        label(axis, "width m (neurons)", "m × change of the kernel over λ_k",
              f"Learning cos {k}t, τ = {time:g}. Bars: standard error", "x")  # fmt: skip
        ticks_at(axis, sizes.widths)
        axis.margins(y=0.5)
        axis.legend(ncols=2, fontsize=7.5, loc="upper left")


CELLS = {"frequency": "frequencies", "width": "widths"}
NETWORKS = Measure(measure, CELLS, together=True, cost=lambda s, c:
                   s.at_steps[-1] * 4e-7 * c.width * max(1, s.neurons // c.width))  # fmt: skip
LIMIT = Measure(measure_limit, CELLS, draws=False,
                cost=lambda s, c: 1e-6 * s.radii * s.directions * s.at_steps[-1])  # fmt: skip
CLAIM = Claim.of(
    globals(), panels=2, quick=Sizes(widths=(64,), at_steps=(40,), seeds=24, radii=16),
    full=Sizes(widths=(64, 128, 256, 512, 1024, 4096), learning_rate=0.5, at_steps=(100, 500),
               neurons=1024, seeds=50, radii=192, directions=48),
    measures={"networks": NETWORKS, "limit": LIMIT},
    control=Control("the target is sin kt where cos kt is called its own phase",
                    Sizes(frequencies=(5,), widths=(64,), at_steps=(25,), seeds=8, radii=8,
                          directions=16), {"networks": NETWORKS.wrong(turn=-np.pi / 2)}),
)  # fmt: skip
