"""Leading logarithm: a closed form for the evolving kernel at very large widths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._require import Array
from ...arccosine import fourier_eigenvalues
from ...circle import target_coefficients
from ...evolving import (
    descent_factor,
    leading_logarithm,
    mean_field_descent,
    mean_field_start,
    relative_split,
)
from ...fast.population import population_low_frequency_block, population_objective
from ..claim import FAILS, HOLDS, IN_PART, Claim, Part, Unit, Verdict

_SEVERAL = 0  # in the place of the frequency: the target of several modes


@dataclass(frozen=True)
class Configuration:
    """Sizes of a run: slopes in ln √m between the last two widths."""

    frequencies: tuple[int, ...] = (2, 3, 4, 5)
    several: tuple[int, ...] = (1, 2, 3, 5, 6, 7)
    amplitude_of_several: float = 0.5
    widths: tuple[int, ...] = (2**14, 2**18, 2**22)
    learning_rate: float = 0.5
    steps: int = 100
    k_max: int = 7
    radii: int = 128
    directions: int = 96
    smallest_radius: float = 1e-5


@dataclass(frozen=True)
class Record:
    """What was measured: m × the change of the low-frequency block, and its slopes in ln √m."""

    frequencies: tuple[int, ...]
    widths: tuple[int, ...]
    time: float
    change: Array
    change_of_several: Array
    split: Array
    factor: tuple[float, ...]
    slope_over_theory: Array
    largest_miss: float
    largest_without_logarithm: float
    miss_of_several: float


def units(configuration: Configuration) -> list[Unit]:
    """One unit for every target and width."""
    nodes = 2 * configuration.radii * configuration.directions
    return [
        Unit((k, width), configuration.steps * 3e-7 * nodes)
        for k in (*configuration.frequencies, _SEVERAL)
        for width in configuration.widths
    ]


def measure_unit(configuration: Configuration, unit: Unit, rng: np.random.Generator) -> Part:
    """m × the change of the kernel of the mean-field limit on the whole circle."""
    k, width = unit.key
    start = mean_field_start(
        configuration.radii,
        configuration.directions,
        spacing="logarithm",
        smallest_radius=configuration.smallest_radius,
    )
    trained, _ = mean_field_descent(
        start,
        population_objective,
        _target(configuration, k),
        width,
        configuration.learning_rate,
        configuration.steps,
    )
    blocks = [population_low_frequency_block(p, configuration.k_max) for p in (start, trained)]
    return {"change": width * (blocks[1] - blocks[0])}


def _target(configuration: Configuration, k: int) -> Array:
    if k == _SEVERAL:
        return target_coefficients(
            configuration.several, amplitude=configuration.amplitude_of_several
        )
    return target_coefficients((k,), amplitude=1.0, shift=0.0)


def collect(configuration: Configuration, parts: Sequence[Part]) -> Record:
    """Slopes in ln √m of every entry, and how far they are from the formula."""
    change = np.array([part["change"] for part in parts])
    change = change.reshape(-1, len(configuration.widths), *change.shape[1:])
    step = np.log(np.sqrt(configuration.widths[-1] / configuration.widths[-2]))
    slopes = (change[:, -1] - change[:, -2]) / step
    time, eta = configuration.learning_rate * configuration.steps, configuration.learning_rate
    several = leading_logarithm(
        _target(configuration, _SEVERAL), time, configuration.k_max, learning_rate=eta
    )
    factors, ratios, others = [], [], []
    rates = fourier_eigenvalues(configuration.k_max)
    split = np.array(
        [relative_split(k, 1.0, time, learning_rate=eta) for k in configuration.frequencies]
    )
    for row, k in enumerate(configuration.frequencies):
        factors.append(descent_factor(k, eta, configuration.steps))
        relative = slopes[row].diagonal() / rates[k]
        ratios.append(relative[2 * k - 1 : 2 * k + 1] / split[row])
        rest = np.delete(relative, [2 * k - 1, 2 * k])
        others.append(np.abs(rest).max() / split[row, 1])
    return Record(
        frequencies=configuration.frequencies,
        widths=configuration.widths,
        time=time,
        change=change[:-1],
        change_of_several=change[-1],
        split=split,
        factor=tuple(factors),
        slope_over_theory=np.array(ratios),
        largest_miss=float(np.abs(np.array(ratios) - 1).max()),
        largest_without_logarithm=float(np.max(others)),  # np.max, unlike max, keeps a nan
        miss_of_several=float(np.abs(slopes[-1] - several).max() / np.abs(several).max()),
    )


def judge(record: Record) -> Verdict:
    """Slopes within 5 % of D, entries without a logarithm below 1 %, several modes within 2 %."""
    good = (
        record.largest_miss <= 0.05,
        record.largest_without_logarithm < 0.01,
        record.miss_of_several <= 0.02,
    )
    slopes = ", ".join(
        f"{own:.3f} and {shifted:.3f} (k = {k})"
        for k, (own, shifted) in zip(record.frequencies, record.slope_over_theory, strict=True)
    )
    reason = (
        f"slope in ln √m from m = 2^{np.log2(record.widths[-2]):.0f} to "
        f"2^{np.log2(record.widths[-1]):.0f} over D with its Euler factor "
        f"({min(record.factor):.3f} to {max(record.factor):.3f}), on the own and the shifted "
        f"phase: {slopes}. Diagonal entries without a logarithm: at most "
        f"{100 * record.largest_without_logarithm:.1f} % of D. Several modes: the whole "
        f"matrix, with its own Euler factors, to {100 * record.miss_of_several:.1f} %."
    )
    return Verdict(HOLDS if all(good) else IN_PART if any(good) else FAILS, reason)


def draw(record: Record, axes: Sequence[Any]) -> None:
    """m × change against ln √m with the slope of the formula, and the matrix of several modes."""
    _draw_slopes(record, axes[0])
    _draw_matrix(record, axes[1])


def _draw_slopes(record: Record, axis: Any) -> None:
    rates = fourier_eigenvalues(max(record.frequencies))
    x = np.log(np.sqrt(record.widths))
    for row, k in enumerate(record.frequencies):
        for phase, filled in ((0, "full"), (1, "none")):
            y = record.change[row, :, 2 * k - 1 + phase, 2 * k - 1 + phase] / rates[k]
            label = f"k = {k}" if phase == 0 else None
            style = "osD^v*P"[row % 7]
            axis.plot(x, y, style, color=f"C{row}", fillstyle=filled, label=label)
            slope = record.split[row, phase]
            axis.plot(x, y[-1] + slope * (x - x[-1]), color=f"C{row}", linewidth=1)
    axis.set(
        xlabel="ln √m",
        ylabel="m × change over λ_k",
        title="Full: own phase, open: shifted. Lines: the formula's slope",
    )
    axis.legend(loc="upper left", ncols=2)


def _draw_matrix(record: Record, axis: Any) -> None:
    step = np.log(np.sqrt(record.widths[-1] / record.widths[-2]))
    slopes = (record.change_of_several[-1] - record.change_of_several[-2]) / step
    largest = np.abs(slopes).max()
    image = axis.imshow(slopes, cmap="PuOr", vmin=-largest, vmax=largest)
    names = ["0", *(f"{k}{p}" for k in range(1, len(slopes) // 2 + 1) for p in "cs")]
    axis.set(
        xticks=range(len(slopes)),
        yticks=range(len(slopes)),
        xlabel="mode (c: cos, s: sin)",
        ylabel="mode",
        title=f"Slope of the block, several modes: off by {100 * record.miss_of_several:.1f} %",
    )
    axis.set_xticklabels(names, fontsize=7)
    axis.set_yticklabels(names, fontsize=7)
    axis.grid(visible=False)
    axis.figure.colorbar(image, ax=axis, label="d(m ΔA)/d ln √m")


CLAIM = Claim(
    name="leading_logarithm",
    statement=(
        "To leading order the whole evolving kernel (of the mean-field limit) changes by an "
        "explicit operator times (ln √m)/m, for any target."
    ),
    formula="ΔK = −(ln √m / 2π²m) Σ± [M_{Q±} H± + H±ᵀ M_{Q±}] + O(1/m)",
    source="derived in minintk.evolving.leading_order",
    criterion=(
        "Mean-field limit, n = ∞, τ = 50, A = 1 (several modes: ½), slope in ln √m from m = 2^18 "
        "to 2^22, the Euler "
        "factor of descent taken into account: holds if for k = 2 … 5 both phases are within 5 % "
        "of ∓D, diagonal entries without a logarithm below 1 % of D, and for a target of several "
        "modes the whole low-frequency matrix within 2 %; in part if some of the three; else fails."
    ),
    default=Configuration(),
    quick=Configuration(
        frequencies=(3,),
        several=(1, 3),
        widths=(2**18, 2**22),
        steps=60,
        k_max=3,
        radii=96,
        directions=48,
    ),
    full=Configuration(
        widths=(2**10, 2**14, 2**18, 2**22, 2**26), radii=512, directions=144, smallest_radius=1e-6
    ),
    units=units,
    measure_unit=measure_unit,
    collect=collect,
    judge=judge,
    draw=draw,
    panels=2,
    beyond_study=True,
)
