"""Growth: how much the layers grow in training, against the lazy limit and the exact law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._require import Array
from ...arccosine import aliased_eigenvalues
from ...circle import basis_frequencies, fourier_sum, uniform_angles
from ...fast.samples import forward
from ...fast.samples import objective as objective_on_arcs
from ...frozen import lazy_growth
from ...network import Params, initialise
from ...training import balance, gradient_descent, growth_rate
from ..claim import (
    FAILS,
    HOLDS,
    IN_PART,
    Claim,
    Interval,
    Part,
    Unit,
    Verdict,
    by_size,
    seed_units,
    seeds_in_block,
    student_interval,
)
from ..targets import TARGETS


@dataclass(frozen=True)
class Configuration:
    """Sizes of a run."""

    widths: tuple[int, ...] = (16, 64, 256, 1024, 4096, 16384)
    points: int = 64
    learning_rate: float = 0.5
    steps: int = 500
    seeds: int = 5
    block: int = 3


@dataclass(frozen=True)
class Record:
    """What was measured."""

    widths: tuple[int, ...]
    time: float
    growth: Array
    lazy_growth: float
    ratio_to_lazy: tuple[Interval, ...]
    error_of_growth_law: float
    error_of_balance_law: float


def units(configuration: Configuration) -> list[Unit]:
    """One unit for every width and block of seeds."""

    def cost(width: int) -> float:
        return configuration.steps * (4e-4 + 1e-7 * width)

    return seed_units(configuration.widths, configuration.seeds, configuration.block, cost)


def measure_unit(configuration: Configuration, unit: Unit, rng: np.random.Generator) -> Part:
    """Train; measure the growth, and how far each step is from the laws of descent."""
    width, block = unit.key
    seeds = seeds_in_block(configuration.seeds, configuration.block, block)
    return {"runs": np.array([_run(configuration, width, rng) for _ in seeds])}


def _run(configuration: Configuration, width: int, rng: np.random.Generator) -> Array:
    """Growth of Σ a², and the errors of both laws, relative to the growth."""
    grid = uniform_angles(configuration.points)
    targets = fourier_sum(grid, TARGETS["low"])
    eta, objective = configuration.learning_rate, objective_on_arcs(grid, targets)
    start = initialise(width, rng, antisymmetric=True)
    expected, drift, last = 0.0, np.zeros(width), (0.0, np.zeros(width))

    def noted(params: Params) -> tuple[float, Params]:
        # One step of descent: Σ a² grows by 2η⟨y − f, f⟩ + η² Σ g_a², the balance as a sum of g².
        # It is added at the next call, once the step is made: none starts from the last state.
        nonlocal expected, drift, last
        loss, gradient = objective(params)
        expected, drift = expected + last[0], drift + last[1]
        rate = growth_rate(forward(params, grid), targets)
        grown = eta * rate + eta**2 * float(np.sum(gradient.a**2))
        last = grown, eta**2 * balance(gradient)
        return loss, gradient

    trained, _ = gradient_descent(start, noted, eta, configuration.steps)
    growth = float(np.sum(trained.a**2) - np.sum(start.a**2))
    drifted = balance(trained) - balance(start)
    return np.array(
        [growth, abs((growth - expected) / growth), float(np.abs(drifted - drift).max())]
    )


def collect(configuration: Configuration, parts: Sequence[Part]) -> Record:
    """Join the units to (widths, seeds), and hold the growth against the lazy limit."""
    runs = by_size(parts, "runs", len(configuration.widths))
    lazy = _lazy(configuration)
    return Record(
        widths=configuration.widths,
        time=configuration.learning_rate * configuration.steps,
        growth=runs[..., 0],
        lazy_growth=lazy,
        ratio_to_lazy=tuple(student_interval(row / lazy) for row in runs[..., 0]),
        error_of_growth_law=float(runs[..., 1].max()),
        error_of_balance_law=float(runs[..., 2].max()),
    )


def _lazy(configuration: Configuration) -> float:
    """By how much Σ a² grows in the lazy limit, on the grid: with the aliased eigenvalues."""
    target = TARGETS["low"]
    rates = aliased_eigenvalues(configuration.points)[basis_frequencies(len(target) // 2)]
    time = configuration.learning_rate * configuration.steps
    return float(lazy_growth(target, rates, [time])[0])


def judge(record: Record) -> Verdict:
    """The exact laws to rounding; the lazy limit within 31 %, and 5 % at the largest width."""
    means = np.array([ratio.mean for ratio in record.ratio_to_lazy])
    widest = record.ratio_to_lazy[int(np.argmax(record.widths))]
    worst = int(np.argmax(np.abs(means - 1)))
    laws = np.array([record.error_of_growth_law, record.error_of_balance_law])
    ratios = ", ".join(
        f"{ratio} (m = {m})" for m, ratio in zip(record.widths, record.ratio_to_lazy, strict=True)
    )
    reason = (
        f"over a whole training the laws of a step of descent hold to {laws.max():.0e}. At τ = "
        f"{record.time:g} the growth of Σ a² over the lazy limit {record.lazy_growth:.1f} is "
        f"{ratios}: farthest off at m = {record.widths[worst]}."
    )
    if not (laws < 1e-9).all():
        return Verdict(FAILS, reason)
    if not np.isfinite(record.ratio_to_lazy).all():
        return Verdict(FAILS, "a growth is not finite, or known from too few seeds. " + reason)
    near = bool((np.abs(means - 1) <= 0.31).all())
    at_limit = widest.low >= 0.95 and widest.high <= 1.05
    return Verdict(HOLDS if near and at_limit else IN_PART, reason)


def draw(record: Record, axes: Sequence[Any]) -> None:
    """Growth against width, beside the lazy limit."""
    (axis,) = axes
    mean, low, high = record.lazy_growth * np.array(record.ratio_to_lazy).T
    bars = [mean - low, high - mean]
    axis.errorbar(record.widths, mean, bars, fmt="o-", label="networks (mean, 95 % interval)")
    axis.axhline(record.lazy_growth, color="k", linestyle="--", label="lazy limit")
    axis.set(
        xscale="log",
        ylim=(0, 1.6 * record.lazy_growth),
        xlabel="width m (neurons)",
        ylabel="growth of Σ a²",
        title=f"Growth of a layer up to τ = {record.time:g}, low-frequency target",
    )
    axis.legend(loc="lower right")


CLAIM = Claim(
    name="growth",
    statement=(
        "Each neuron keeps its balance a² − |w|² − b² and both layers grow at the rate "
        "2⟨y − f, f⟩; in the lazy limit the growth is Σ y_k² (1 − e^{−λ_kτ})²/λ_k at every width, "
        "so that the kernel's size grows by O(1/m)."
    ),
    formula=(
        "one step of descent: ΔΣ a² = 2η⟨y − f, f⟩ + η² Σ g_a²;  Δ(a² − |w̃|²) = η² (g_a² − |g_w̃|²)"
    ),
    source="Du et al. (2018); Chizat et al. (2019) for the lazy limit",
    criterion=(
        "Holds if over the whole training both laws of a step of descent hold to 1e-9 (relative to "
        "the growth, and absolutely for the balance), the mean growth at every width is within "
        "31 % of the lazy limit, and its whole 95 % interval at the largest width within 5 %; "
        "fails if a law does not hold or a growth is not known; else holds in part. (The 5 % were "
        "added after a first run, before the intervals were known.)"
    ),
    default=Configuration(),
    quick=Configuration(widths=(16, 4096), points=32, steps=300, seeds=4, block=4),
    full=Configuration(seeds=16),
    units=units,
    measure_unit=measure_unit,
    collect=collect,
    judge=judge,
    draw=draw,
    panels=1,
    beyond_study=True,
)
