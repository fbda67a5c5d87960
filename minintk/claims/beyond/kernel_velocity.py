"""Kernel velocity: dK/dτ exactly, with the moving ends of the arcs, and what they contribute."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..._require import Array
from ...circle import mean_by_frequency
from ...evolving import flow_velocity, kernel_change
from ...fast import population_loss_and_gradient, population_low_frequency_block, train_together
from ...network import Params, initialise
from ..claim import ALONE, Axes, Cell, Claim, Control, Data, Found, Generator, Measure, Part
from ..drawing import MARKERS, label, ranges
from ..statistics import Interval, Verdict, below, decide, exact, inside, ratio_interval
from ..targets import TARGETS

STATEMENT = (
    "dK/dτ is exact through the arcs: a smooth part and a part of the moving ends. The second is "
    "missing where a kernel on samples is differentiated. For the low target, k = 1, 2, 3, the "
    "smooth part alone carries the gains of k ≤ 3, averaged over both phases; not that of k = 4."
)
FORMULA = "dU/dτ = (1/2π) Σ_ends φ x̃ (dw̃/dτ·x̃)/√(|w|² − b²);  dK/dτ = −⟨K₃ r⟩"
SOURCE = "Huang & Yau (2020), the third-order kernel; the ends are derived in minintk.evolving"
PLAINLY = "Neurons change strength and place: the mean of both phases hardly feels the place."
OF_VELOCITY, OF_INTEGRAL, SMALL = 1e-5, 0.05, 0.05
LATER = (
    f"At the frequencies above, the moving ends are below −{100 * SMALL:g} % of the gain, by the "
    "95 % interval: the smooth part alone does not carry it. This, and that intervals decide in "
    "place of means, came after a first run had shown the shares."
)


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run, on the whole circle."""

    widths: tuple[int, ...] = (64, 128, 256, 512)
    learning_rate: float = 1.0
    steps: int = 50
    k_max: int = 4
    judged_to: int = 3
    seeds: int = 17
    block: int = 9


def criterion(sizes: Sizes) -> str:
    """What was asked first, with the numbers of this run."""
    time = sizes.learning_rate * sizes.steps
    return (
        f"In every network the velocity agrees with central differences to {OF_VELOCITY:g}. So "
        f"does its integral over a training up to τ = {time:g} with the kernel's change, to "
        f"{100 * OF_INTEGRAL:g} %; else the claim fails. And for every k ≤ {sizes.judged_to} the "
        f"moving ends are at most {100 * SMALL:g} % of the mean of m × gain, by each k's own 95 % "
        f"interval. {ALONE}"
    )


def measure(sizes: Sizes, cell: Cell, rng: Generator, count: int, with_ends: bool = True) -> Part:
    """Integrate the velocity over every step of trainings, and hold it against the change."""
    target, size = TARGETS["low"], 2 * sizes.k_max + 1
    starts = [initialise(cell.width, rng, antisymmetric=True) for _ in range(count)]
    parts, before = np.zeros((count, 2, size, size)), starts

    def record(step: int, networks: list[Params]) -> None:
        # A step is a straight line, along which the velocity is integrated without any time step.
        nonlocal before
        for part, old, new in zip(parts, before, networks, strict=True):
            change = kernel_change(old, new, sizes.k_max)
            part[0] += sum(change.smooth.values())
            part[1] += sum(change.ends.values())
        before = networks

    train_together(starts, None, target, sizes.learning_rate, sizes.steps, record=record)
    parts[:, 1] *= with_ends
    blocks = [[population_low_frequency_block(params, sizes.k_max) for params in some]
              for some in (starts, before)]  # fmt: skip
    whole = np.diff(blocks, axis=0)[0]
    rows = np.concatenate([parts, whole[:, None]], axis=1)
    off, change = (np.linalg.norm(b, axis=(1, 2)) for b in (parts.sum(axis=1) - whole, whole))
    return {
        "gains": np.array([[mean_by_frequency(b.diagonal()) for b in row] for row in rows]),
        "integral": off / change,
        "velocity": np.array([_off(params, target, sizes.k_max, with_ends) for params in before]),
    }


def _off(params: Params, target: Array, k_max: int, with_ends: bool) -> float:
    """Velocity against central differences along the flow, relative to the largest entry."""
    gradient, h = population_loss_and_gradient(params, target)[1], 1e-4
    moved = (Params(*(getattr(params, part) - step * getattr(gradient, part) for part in "wba"))
             for step in (h, -h))  # fmt: skip
    after, before = (population_low_frequency_block(one, k_max) for one in moved)
    differences = (after - before) / (2 * h)
    velocity = flow_velocity(params, target, k_max)
    found = velocity.total if with_ends else sum(velocity.smooth.values())
    return float(np.abs(found - differences).max() / np.abs(differences).max())


def find(sizes: Sizes, data: Data) -> Found:
    """The errors, and the share of the moving ends in the gains of every frequency."""
    networks, gains = data["networks"], data["networks"]["gains"]  # (widths, seeds, 3 parts, k)
    scaled = gains * np.array(sizes.widths)[:, None, None, None]
    return Found(
        gains=gains, share_of_ends=_shares(scaled.reshape(-1, *gains.shape[2:])),
        **{f"error_of_{name}": float(networks[name].max()) for name in ("velocity", "integral")},
    )  # fmt: skip


def _shares(gains: Array) -> list[Interval]:
    """Ends over whole by frequency (networks, 3, k); times m, as the gain falls as 1/m."""
    return [ratio_interval(*row) for row in zip(gains[:, 1].T, gains[:, 2].T, strict=True)]


def judge(sizes: Sizes, found: Found) -> Verdict:
    """Exact first, then the share of the ends."""
    right = [exact("velocity", found.error_of_velocity, OF_VELOCITY),
             exact("integral", found.error_of_integral, OF_INTEGRAL)]  # fmt: skip
    wrong = [finding for finding in right if not finding.shown]
    shares = enumerate(found.share_of_ends[: sizes.judged_to + 1])
    small = [inside(f"at most {100 * SMALL:g} % at k = {k}", s, -SMALL, SMALL) for k, s in shares]
    return decide(wrong or right + small, _reason(sizes, found))


def judge_later(sizes: Sizes, found: Found) -> Verdict:
    """That the smooth part alone does not carry the frequencies above."""
    above = list(enumerate(found.share_of_ends))[sizes.judged_to + 1 :]
    return decide([below(f"at k = {k}", s, -SMALL) for k, s in above], _reason(sizes, found))


def _reason(sizes: Sizes, found: Found) -> str:
    shares = ["{:.1f} [{:.1f}, {:.1f}]".format(*(100 * value for value in share[:3]))
              for share in found.share_of_ends]  # fmt: skip
    first = sizes.judged_to + 1
    rest = "".join(f"; {share} % at k = {k}" for k, share in enumerate(shares[first:], first))
    said = f"{', '.join(shares[:first])} % of the mean of m × gain for k = 0 … {first - 1}"
    return (
        f"the velocity agrees with central differences to {found.error_of_velocity:.0e}, and its "
        f"integral over a training with the kernel's change to {found.error_of_integral:.0e} at "
        f"worst. The moving ends are {f'{said} (95 % intervals){rest}'.replace('-', '−')}."
    )


def draw(sizes: Sizes, found: Found, axes: Axes) -> None:
    """Share of the moving ends in the gain of each frequency: every width, and all together."""
    (axis,) = axes
    k, edge, last = np.arange(found.gains.shape[3]), 100 * SMALL, len(sizes.widths)
    rows = [(f"m = {m}", _shares(g)) for m, g in zip(sizes.widths, found.gains, strict=True)]
    for number, (name, shares) in enumerate([*rows, ("all, as m × gain", found.share_of_ends)]):
        bars = 100 * np.array([(low, mean, high) for mean, low, high, *_ in shares])
        style, size = ("k_", 10) if number == last else (MARKERS[number % len(MARKERS)], 5)
        ranges(axis, k + 0.12 * (number - last / 2), bars, style, name, markersize=size)
    axis.axhspan(-edge, edge, color="0.9", zorder=0, label=f"at most {edge:g} %")
    axis.axhline(0, color="k", linewidth=0.8)
    label(axis, "frequency k", "moving ends, % of the gain (95 % intervals)",
          "What moving ends add to the gain, by width", "", "lower left", xticks=k)  # fmt: skip


NETWORKS = Measure(measure, {"width": "widths"}, together=True,
                   cost=lambda s, c: s.steps * (4.5e-4 + 1.3e-6 * c.width))  # fmt: skip
CLAIM = Claim.of(
    globals(), measures={"networks": NETWORKS}, panels=1, later=(LATER, judge_later),
    quick=Sizes(widths=(64,), seeds=14, block=7),
    full=Sizes(widths=(16, 64, 256, 1024, 4096), seeds=28, learning_rate=0.1, steps=500, block=4),
    control=Control("a velocity without the moving ends",
                    Sizes(widths=(64,), learning_rate=0.5, steps=10, seeds=4),
                    {"networks": NETWORKS.wrong(with_ends=False)}),
)  # fmt: skip
