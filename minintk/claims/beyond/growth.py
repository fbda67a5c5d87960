"""Growth: how much the layers grow in training, against the lazy limit and the exact law."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ..._require import PARTS
from ...arccosine import aliased_eigenvalues
from ...circle import basis_frequencies, fourier_sum, uniform_angles
from ...fast import train_together
from ...frozen import lazy_growth
from ...network import Params, forward, initialise
from ...training import balance, growth_rate
from ..claim import Axes, Cell, Claim, Control, Data, Found, Generator, Measure, Part
from ..drawing import against_width, ranges
from ..statistics import Verdict, decide, exact, inside, student_interval
from ..targets import TARGETS

STATEMENT = (
    "Each neuron keeps its balance a² − |w|² − b², and both layers grow at the rate 2⟨y − f, f⟩. "
    "From f = 0 its lazy limit is Σ y_k² (1 − e^{−λ_kτ})²/λ_k at every width, so that the "
    "kernel's size grows by O(1/m)."
)
FORMULA = "a step of descent: ΔΣ a² = 2η⟨y − f, f⟩ + η² Σ g_a²;  Δ(a² − |w̃|²) = η² (g_a² − |g_w̃|²)"
SOURCE = "Du et al. (2018); Chizat et al. (2019) for the lazy limit"
PLAINLY = "Both layers grow by about as much at any width: each of many neurons hardly changes."
TARGET = TARGETS["low"]
# How far from the lazy limit: from a pilot, and for the largest width from after a first run.
ROUNDING, MARGIN, LATER_MARGIN = 1e-9, 0.31, 0.05
LATER = (
    f"at the largest width the mean growth is within {100 * LATER_MARGIN:.0f} % of the lazy limit, "
    "by its 95 % interval. Added after a first run, before the intervals were known."
)


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run."""

    widths: tuple[int, ...] = (16, 64, 256, 1024, 4096)
    law_widths: tuple[int, ...] = (16, 256)
    points: int = 64
    learning_rate: float = 0.5
    steps: int = 500
    seeds: int = 8
    law_seeds: int = 2
    block: int = 8
    trained: tuple[str, ...] = PARTS


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    return (
        f"At m = {', '.join(map(str, sizes.law_widths))} both laws of a step of descent hold over "
        f"the whole training to {ROUNDING:g}. This is relative to the growth, and absolute for "
        f"the balance. At m = {', '.join(map(str, sizes.widths))} the mean growth is within "
        f"{100 * MARGIN:.0f} % of the lazy limit (from a pilot; 95 % intervals, Bonferroni)."
    )


def measure(sizes: Sizes, cell: Cell, rng: Generator, count: int, laws: bool = False) -> Part:
    """By how much Σ a² grows; or how far that is from the sum of what the laws say of each step."""
    grid, eta = uniform_angles(sizes.points), sizes.learning_rate
    targets = fourier_sum(grid, TARGET)
    drawn = [initialise(cell.width, rng, antisymmetric=True) for _ in range(count)]
    starts = last = [replace(network, trained=sizes.trained) for network in drawn]
    expected, drift = np.zeros(count), np.zeros((count, cell.width))

    def noted(_: int, networks: list[Params]) -> None:
        # A step is −η times the gradient, so that the second order of a law is the step's square.
        nonlocal last
        for number, (old, new) in enumerate(zip(last, networks, strict=True)):
            step = Params.unchecked(new.w - old.w, new.b - old.b, new.a - old.a, PARTS)
            expected[number] += eta * growth_rate(forward(old, grid), targets) + np.sum(step.a**2)
            drift[number] += balance(step)
        last = networks

    record, at = (noted, range(1, sizes.steps + 1)) if laws else (None, None)
    ends = train_together(starts, grid, targets, eta, sizes.steps, record=record, at_steps=at)[0]
    pairs = list(zip(starts, ends, strict=True))
    grown = np.array([np.sum(end.a**2) - np.sum(start.a**2) for start, end in pairs])
    if not laws:
        return {"growth": grown}
    moved = np.array([balance(end) - balance(start) for start, end in pairs])
    return {"error_of_growth_law": np.abs(grown / expected - 1),
            "error_of_balance_law": np.abs(moved - drift).max(axis=1)}  # fmt: skip


def find(sizes: Sizes, data: Data) -> Found:
    """The growth over the lazy limit at every width, and the largest errors of the laws."""
    growth, laws = data["networks"]["growth"], data["laws"]
    rates = aliased_eigenvalues(sizes.points)[basis_frequencies(len(TARGET) // 2)]
    lazy = float(lazy_growth(TARGET, rates, [sizes.learning_rate * sizes.steps])[0])
    return Found(
        growth=growth, lazy_growth=lazy,
        ratio_to_lazy=[student_interval(row / lazy, len(growth)) for row in growth],
        ratio_at_largest_width=student_interval(growth[-1] / lazy),
        **{name: float(errors.max()) for name, errors in laws.items()},
    )  # fmt: skip


def judge(sizes: Sizes, found: Found) -> Verdict:
    """The exact laws to rounding, and the lazy limit at every width."""
    ratios = list(zip(sizes.widths, found.ratio_to_lazy, strict=True))
    growth, balanced = found.error_of_growth_law, found.error_of_balance_law
    return decide(
        [exact("law of growth", growth, ROUNDING), exact("law of balance", balanced, ROUNDING),
         *(inside(f"growth at m = {m}", ratio, 1 - MARGIN, 1 + MARGIN) for m, ratio in ratios)],
        f"over a whole training the laws of a step of descent hold to {max(growth, balanced):.0e}. "
        f"At τ = {sizes.learning_rate * sizes.steps:g} the growth of Σ a² over the lazy limit "
        f"{found.lazy_growth:.1f} is {', '.join(f'{ratio} (m = {m})' for m, ratio in ratios)}.",
    )  # fmt: skip


def judge_later(sizes: Sizes, found: Found) -> Verdict:
    """The lazy limit at the largest width, closer."""
    part, ratio = f"growth at m = {sizes.widths[-1]}", found.ratio_at_largest_width
    finding = inside(part, ratio, 1 - LATER_MARGIN, 1 + LATER_MARGIN)
    return decide([finding], f"{part} over the lazy limit: {ratio}.")


def draw(sizes: Sizes, found: Found, axes: Axes) -> None:
    """Growth against width, beside the lazy limit."""
    (axis,), lazy = axes, found.lazy_growth
    bars = lazy * np.array([[ratio.low, ratio.mean, ratio.high] for ratio in found.ratio_to_lazy])
    ranges(axis, sizes.widths, bars, "o-", "networks (mean, 95 % together)")
    axis.axhline(lazy, color="k", linestyle="--", label="lazy limit")
    title = f"Growth of a layer up to τ = {sizes.learning_rate * sizes.steps:g}, low target"
    against_width(axis, sizes.widths, ylim=(0, 1.6 * lazy), ylabel="growth of Σ a²", title=title)


MEASURES = {
    "laws": Measure(partial(measure, laws=True), {"width": "law_widths"}, together=True, cost=lambda
                    s, c: s.steps * (5e-5 + 3e-9 * s.points * c.width), seeds="law_seeds"),
    "networks": Measure(measure, {"width": "widths"}, together=True, cost=lambda s, c:
                        s.steps * (3e-6 + min(1e-9 * s.points, 5e-8) * c.width)),
}  # fmt: skip
CLAIM = Claim.of(
    globals(), measures=MEASURES, panels=1, later=(LATER, judge_later),
    quick=Sizes(widths=(16, 1024), law_widths=(16, 64), points=32, steps=200, seeds=6),
    full=Sizes(widths=(16, 64, 256, 1024, 4096, 16384), seeds=64, law_seeds=16),
    control=Control("only the first layer is trained, so that the second does not grow",
                    Sizes(widths=(16, 64), law_widths=(16,), points=32, steps=100, seeds=4,
                          law_seeds=2, trained=("w", "b")), {}),
)  # fmt: skip
