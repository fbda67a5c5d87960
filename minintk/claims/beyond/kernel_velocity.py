"""Kernel velocity: dK/dτ exactly, with the moving ends of the arcs, and what they contribute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..._require import Array
from ...circle import mean_by_frequency
from ...evolving import flow_velocity, kernel_change
from ...fast.population import population_loss_and_gradient, population_low_frequency_block
from ...fast.together import train_together
from ...network import Params, initialise
from ..claim import Cell, Claim, Control, Data, Found, Measure, Part
from ..statistics import Interval, Verdict, below, decide, exact, inside, student_interval
from ..targets import TARGETS

STATEMENT = (
    "dK/dτ is exact through the arcs: a smooth part and a part of the moving ends, which "
    "differentiating a kernel on samples never sees. The smooth part alone carries the gains of "
    "the frequencies k ≤ 3, averaged over both phases; at k = 4 it no longer does."
)
FORMULA = "dU/dτ = (1/2π) Σ_ends φ x̃ (dw̃/dτ·x̃)/√(|w|² − b²);  dK/dτ = −⟨K₃ r⟩"
SOURCE = "Huang & Yau (2020), the third-order kernel; the ends are derived in minintk.evolving"
OF_VELOCITY, OF_INTEGRAL, SMALL = 1e-5, 0.05, 0.05
LATER = (
    f"At the frequencies above, the moving ends are below −{100 * SMALL:g} % of the gain, by the "
    "95 % interval: the smooth part alone does not carry it. This, and that intervals decide in "
    "place of means, came after a first run had shown the shares."
)


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run, on the whole circle."""

    widths: tuple[int, ...] = (64, 256, 1024)
    learning_rate: float = 1.0
    steps: int = 50
    k_max: int = 4
    judged_to: int = 3
    seeds: int = 16
    block: int = 4

    @property
    def time(self) -> float:
        """The time of the last step."""
        return self.learning_rate * self.steps


def criterion(sizes: Sizes) -> str:
    """What was asked first, with the numbers of this run."""
    return (
        f"The velocity agrees with central differences to {OF_VELOCITY:g}, and its integral over a "
        f"training up to τ = {sizes.time:g} with the kernel's change to {100 * OF_INTEGRAL:g} % in "
        f"every network; else the claim fails. And for every k ≤ {sizes.judged_to} the moving ends "
        f"are at most {100 * SMALL:g} % of the mean of m × gain, by the 95 % interval of each k's "
        "own (all must be shown, so none needs a correction for the others)."
    )


def measure(
    sizes: Sizes, cell: Cell, rng: np.random.Generator, count: int, with_ends: bool = True
) -> Part:
    """Integrate the velocity over every step of trainings, and hold it against the change."""
    target, size = TARGETS["low"], 2 * sizes.k_max + 1
    starts = [initialise(cell.width, rng, antisymmetric=True) for _ in range(count)]
    parts, before = np.zeros((count, 2, size, size)), starts

    def record(step: int, networks: list[Params]) -> None:
        # A step is a straight line, along which the velocity is integrated without any time step.
        nonlocal before
        for one, old, new in zip(parts, before, networks, strict=True):
            if step > 0:
                change = kernel_change(old, new, sizes.k_max)
                one[0] += sum(change.smooth.values())
                one[1] += sum(change.ends.values()) if with_ends else 0.0
        before = networks

    train_together(starts, None, target, sizes.learning_rate, sizes.steps, record=record)
    trained, size_of = before, partial(np.linalg.norm, axis=(1, 2))
    blocks = np.array([[_block(sizes, params) for params in some] for some in (trained, starts)])
    whole = blocks[0] - blocks[1]
    rows = np.concatenate([parts, whole[:, None]], axis=1)
    gains = [[mean_by_frequency(block.diagonal()) for block in row] for row in rows]
    errors = [_error_of_velocity(sizes, params, target, with_ends) for params in trained]
    off = size_of(parts.sum(axis=1) - whole) / size_of(whole)
    return {"gains": np.array(gains), "integral": off, "velocity": np.array(errors)}


def _block(sizes: Sizes, params: Params) -> Array:
    return population_low_frequency_block(params, sizes.k_max)


def _error_of_velocity(sizes: Sizes, params: Params, target: Array, with_ends: bool) -> float:
    """Against central differences along the flow, relative to the largest entry."""
    gradient = population_loss_and_gradient(params, target)[1]
    h = 1e-4

    def moved(step: float) -> Array:
        parts = ((getattr(params, part), getattr(gradient, part)) for part in "wba")
        return _block(sizes, Params(*(value - step * slope for value, slope in parts)))

    differences = (moved(h) - moved(-h)) / (2 * h)
    velocity = flow_velocity(params, target, sizes.k_max)
    found = velocity.total if with_ends else sum(velocity.smooth.values())
    return float(np.abs(found - differences).max() / np.abs(differences).max())


def find(sizes: Sizes, data: Data) -> Found:
    """The errors, and the share of the moving ends in the gains of every frequency."""
    gains = data["networks"]["gains"]  # (widths, seeds, smooth/ends/whole, k)
    scaled = gains * np.array(sizes.widths)[:, None, None, None]
    velocity, integral = (float(data["networks"][name].max()) for name in ("velocity", "integral"))
    return Found(gains=gains, error_of_velocity=velocity, error_of_integral=integral,
                 share_of_ends=_shares(scaled.reshape(-1, *gains.shape[2:])))  # fmt: skip


def _shares(gains: Array) -> list[Interval]:
    """Ends over whole, a ratio of means over networks (networks, 3, k), with its interval.

    S = ⟨e⟩/⟨g⟩ varies to first order as the mean of S + (e − S g)/⟨g⟩. The gain falls as 1/m: taken
    times m, all widths weigh the same.
    """
    ends, whole = gains[:, 1], gains[:, 2]
    share = ends.mean(axis=0) / whole.mean(axis=0)
    values = share + (ends - share * whole) / whole.mean(axis=0)
    return [student_interval(column) for column in values.T]


def judge(sizes: Sizes, found: Found) -> Verdict:
    """Exact first, then the share of the ends."""
    right = [
        exact("velocity", found.error_of_velocity, OF_VELOCITY),
        exact("integral", found.error_of_integral, OF_INTEGRAL),
    ]
    shares = [
        inside(f"at most {100 * SMALL:g} % at k = {k}", share, -SMALL, SMALL)
        for k, share in enumerate(found.share_of_ends[: sizes.judged_to + 1])
    ]
    wrong = [finding for finding in right if not finding.shown]
    return decide(wrong or [*right, *shares], _reason(sizes, found))


def judge_later(sizes: Sizes, found: Found) -> Verdict:
    """That the smooth part alone does not carry the frequencies above."""
    first = sizes.judged_to + 1
    rest = enumerate(found.share_of_ends[first:], first)
    return decide([below(f"at k = {k}", share, -SMALL) for k, share in rest], _reason(sizes, found))


def _reason(sizes: Sizes, found: Found) -> str:
    shares = [
        f"{100 * share.mean:.1f} [{100 * share.low:.1f}, {100 * share.high:.1f}]".replace("-", "−")
        for share in found.share_of_ends
    ]
    first = sizes.judged_to + 1
    rest = "".join(f"; {share} % at k = {k}" for k, share in enumerate(shares[first:], first))
    return (
        f"the velocity agrees with central differences to {found.error_of_velocity:.0e}, and its "
        "integral over every step of a training with the kernel's change to "
        f"{found.error_of_integral:.0e} in the worst network. The moving ends are "
        f"{', '.join(shares[:first])} % of the mean of m × gain for k = 0 … {sizes.judged_to} "
        f"(95 % intervals){rest}."
    )


def explain(sizes: Sizes, found: Found) -> str:
    """For a reader who has not read the study."""
    return (
        "How fast the kernel changes has two sources: neurons change their strength, and they "
        "change where on the circle they are active. The second hardly matters for low frequencies."
    )


def draw(sizes: Sizes, found: Found, axes: Sequence[Any]) -> None:
    """Share of the moving ends in the gain of each frequency: every width, and all together."""
    (axis,) = axes
    k = np.arange(found.gains.shape[3])
    rows = [(f"m = {m}", _shares(g)) for m, g in zip(sizes.widths, found.gains, strict=True)]
    rows.append(("all, as m × gain", found.share_of_ends))
    for number, (label, shares) in enumerate(rows):
        last = number == len(rows) - 1
        mean, low, high = 100 * np.array([share[:3] for share in shares]).T
        axis.errorbar(k + 0.12 * (number - (len(rows) - 1) / 2), mean, [mean - low, high - mean],
                      fmt="k_" if last else "os^Dv"[number % 5], label=label,
                      markersize=10 if last else 5, linewidth=2 if last else 1)  # fmt: skip
    edge = 100 * SMALL
    axis.axhspan(-edge, edge, color="0.9", zorder=0, label=f"at most {edge:g} %")
    axis.set(
        xticks=k, xlabel="frequency k", ylabel="moving ends, % of the gain (95 % intervals)",
        title=f"What moving ends add to the kernel's gain up to τ = {sizes.time:g}",
    )  # fmt: skip
    axis.axhline(0, color="k", linewidth=0.8)
    axis.legend(loc="lower left")


def _cost(sizes: Sizes, cell: Cell) -> float:
    return sizes.steps * (7e-4 + 2e-6 * float(cell.width))


def _measures(of: Any) -> dict[str, Measure]:
    return {"networks": Measure(of, {"width": "widths"}, _cost, together=True)}


CLAIM = Claim(
    name="kernel_velocity",
    statement=STATEMENT, formula=FORMULA, source=SOURCE, criterion=criterion,
    default=Sizes(),
    quick=Sizes(widths=(64,), seeds=64, block=16),
    full=Sizes(widths=(16, 64, 256, 1024, 4096), seeds=28, learning_rate=0.1, steps=500),
    measures=_measures(measure),
    find=find, judge=judge, explain=explain, draw=draw, panels=1, beyond_study=True,
    control=Control(
        "a velocity without the moving ends",
        Sizes(widths=(64,), learning_rate=0.5, steps=10, seeds=4),
        _measures(partial(measure, with_ends=False)),
    ),
    later=(LATER, judge_later),
)  # fmt: skip
