"""Width: with m neurons and the kernel of the start the operator is off by O(m^-1/2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._require import Array
from ..arccosine import fourier_eigenvalues, infinite_ntk
from ..circle import sample_angles
from ..fast.population import population_low_frequency_block
from ..law import Law
from ..network import initialise
from ..ntk import monte_carlo_ntk
from ..spectrum import spectral_error
from .claim import (
    FAILS,
    HOLDS,
    IN_PART,
    Claim,
    Interval,
    Part,
    Unit,
    Verdict,
    by_size,
    fitted_slopes,
    seed_units,
    seeds_in_block,
    student_interval,
)

LAWS: dict[str, dict[str, Any]] = {
    "signs": {},
    "antisymmetric": {"antisymmetric": True},
    "normal": {"law": Law(output_law="normal")},
}


@dataclass(frozen=True)
class Configuration:
    """Sizes of a run."""

    widths: tuple[int, ...] = (64, 128, 256, 1024, 4096, 16384, 65536, 1000000)
    seeds: int = 8
    block: int = 1
    k_max: int = 4
    mean_points: int = 16
    mean_neurons: int = 250_000
    mean_blocks: int = 8


@dataclass(frozen=True)
class Record:
    """What was measured."""

    widths: tuple[int, ...]
    k_max: int
    errors_signs: Array
    errors_antisymmetric: Array
    errors_normal: Array
    slopes: dict[str, Interval]
    error_times_root_m: dict[str, Interval]
    mean_kernel: Array
    mean_kernel_error: Array
    mean_kernel_theory: Array
    mean_neurons: int
    largest_standard_score: float


def units(configuration: Configuration) -> list[Unit]:
    """Blocks of the mean over many neurons, then one for every width and block of seeds."""
    cost = configuration.mean_neurons * configuration.mean_points * 2e-8
    means = [Unit((0, number), cost) for number in range(configuration.mean_blocks)]
    networks = seed_units(
        configuration.widths,
        configuration.seeds,
        configuration.block,
        lambda width: 3e-3 + 1.5e-6 * width,
    )
    return [*means, *networks]


def measure_unit(configuration: Configuration, unit: Unit, rng: np.random.Generator) -> Part:
    """Error of the operator of drawn networks, for three laws of the output weights."""
    width, number = unit.key
    if width == 0:  # a block of the mean over many neurons, at points that all blocks share
        angles = _mean_points(configuration)
        mean, error = monte_carlo_ntk(angles, configuration.mean_neurons, rng)
        return {"mean": mean, "variance": error**2}
    eigenvalues = fourier_eigenvalues(configuration.k_max)
    part: dict[str, list[float]] = {law: [] for law in LAWS}
    for _ in seeds_in_block(configuration.seeds, configuration.block, number):
        for law, options in LAWS.items():
            params = initialise(width, rng, **options)
            block = population_low_frequency_block(params, configuration.k_max)
            part[law].append(spectral_error(block, eigenvalues))
    return part


def _mean_points(configuration: Configuration) -> Array:
    """Scattered points, and the antipode of the first: there K and every draw of it are 0."""
    angles = sample_angles(configuration.mean_points - 1, np.random.default_rng(0))
    return np.append(angles, angles[0] + np.pi)


def collect(configuration: Configuration, parts: Sequence[Part]) -> Record:
    """Fit a slope for every seed and law, and compare the mean kernel entry by entry."""
    blocks, networks = parts[: configuration.mean_blocks], parts[configuration.mean_blocks :]
    mean = np.mean([part["mean"] for part in blocks], axis=0)
    error = np.sqrt(np.sum([part["variance"] for part in blocks], axis=0)) / len(blocks)
    theory = infinite_ntk(_mean_points(configuration))
    errors = {law: by_size(networks, law, len(configuration.widths)) for law in LAWS}
    root_m = np.sqrt(configuration.widths)[:, None]
    return Record(
        widths=configuration.widths,
        k_max=configuration.k_max,
        **{f"errors_{law}": values for law, values in errors.items()},
        slopes={
            law: student_interval(fitted_slopes(configuration.widths, values))
            for law, values in errors.items()
        },
        error_times_root_m={
            law: student_interval((values * root_m).mean(axis=0)) for law, values in errors.items()
        },
        mean_kernel=mean,
        mean_kernel_error=error,
        mean_kernel_theory=theory,
        mean_neurons=configuration.mean_neurons * configuration.mean_blocks,
        largest_standard_score=_largest_standard_score(mean, error, theory),
    )


def _largest_standard_score(mean: Array, error: Array, theory: Array) -> float:
    """Largest |mean − K| in standard errors; an entry that never varies must be equal."""
    fixed = error < 1e-12
    if np.abs(mean - theory)[fixed].max(initial=0.0) > 1e-12:
        return float("inf")
    return float((np.abs(mean - theory)[~fixed] / error[~fixed]).max())


def judge(record: Record) -> Verdict:
    """The mean kernel first, then the slopes."""
    text = (
        f"slope {record.slopes['signs']} for a = ±1 (error {record.error_times_root_m['signs']}"
        f"/√m), {record.slopes['antisymmetric']} in antisymmetric pairs "
        f"({record.error_times_root_m['antisymmetric']}/√m), {record.slopes['normal']} for normal "
        f"a ({record.error_times_root_m['normal']}/√m). The mean over {record.mean_neurons} "
        f"neurons is at most {record.largest_standard_score:.1f} standard errors away from K."
    )
    if not record.largest_standard_score < 5:
        return Verdict(FAILS, "the mean kernel is not the infinite-width one: " + text)
    right = [slope.near(-0.5, 0.1) for slope in record.slopes.values()]
    if all(right):
        return Verdict(HOLDS, text)
    return Verdict(IN_PART if any(right) else FAILS, text)


def draw(record: Record, axes: Sequence[Any]) -> None:
    """Errors against the width; on the right every entry of the mean kernel."""
    _draw_errors(record, axes[0])
    _draw_mean(record, axes[1])


def _draw_errors(record: Record, axis: Any) -> None:
    m = np.array(record.widths)
    for law, label, style in (
        ("signs", "a = ±1", "o"),
        ("antisymmetric", "a = ±1, antisymmetric pairs", "s"),
        ("normal", "a ~ N(0, 1)", "^"),
    ):
        values = getattr(record, f"errors_{law}")
        axis.errorbar(m, values.mean(axis=1), values.std(axis=1, ddof=1), fmt=style, label=label)
    constant = record.error_times_root_m["signs"].mean
    axis.plot(m, constant / np.sqrt(m), "k--", label=f"{constant:.2f}/√m")
    axis.set(
        xscale="log",
        yscale="log",
        xlabel="width m (neurons)",
        ylabel="spectral norm of the error",
        title=f"Operator on |k| ≤ {record.k_max} of the whole circle (n = ∞)",
    )
    axis.legend(loc="lower left")


def _draw_mean(record: Record, axis: Any) -> None:
    varying = np.triu(record.mean_kernel_error > 1e-12)
    difference = (record.mean_kernel - record.mean_kernel_theory)[varying]
    axis.plot(
        record.mean_kernel_theory[varying], difference / record.mean_kernel_error[varying], "o"
    )
    for level in (-2, 2):
        axis.axhline(level, color="k", linestyle="--")
    axis.set(
        xlabel="K(x, x') in closed form",
        ylabel="mean empirical minus closed form\n(in standard errors)",
        ylim=(-5, 5),
        title=f"E[K_m] = K: the mean over {record.mean_neurons:,} neurons",
    )


CLAIM = Claim(
    name="width",
    statement=(
        "With m neurons and the kernel frozen at initialisation the operator on a fixed "
        "low-frequency subspace is off by O(m^-1/2)."
    ),
    formula="‖⟨φ_j, K_m φ_l⟩ − diag(λ)‖₂ ∝ m^-1/2, on the whole circle;  E[K_m] = K at every width",
    source="Kalvankar (2026); Jacot et al. (2018), theorem 1",
    criterion=(
        "Holds if the slopes of log error in log m are within 0.1 of −1/2, known to ±0.1 (95 %), "
        "for all three laws of the output weights, and every entry of the mean kernel is within 5 "
        "standard errors of the closed form (an entry that never varies: equal to 1e-12). Fails if "
        "the mean is off or no slope is right; else holds in part."
    ),
    default=Configuration(),
    quick=Configuration(
        widths=(64, 1024, 16384), seeds=16, block=4, mean_neurons=100_000, mean_blocks=4
    ),
    full=Configuration(
        widths=tuple(64 * 2**power for power in range(17)),
        seeds=64,
        mean_neurons=2_000_000,
        mean_blocks=32,
    ),
    units=units,
    measure_unit=measure_unit,
    collect=collect,
    judge=judge,
    draw=draw,
    panels=2,
)
