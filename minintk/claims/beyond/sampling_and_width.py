"""Sampling and width together: which of the two errors dominates where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ...circle import sample_angles
from ...fast.kernel import empirical_low_frequency_block
from ...network import initialise
from .. import fluctuations
from ..claim import Cell, Claim, Control, Data, Found, Measure, Part
from ..statistics import Verdict, decide, exact, inside, student_interval

STATEMENT = "The errors of finite sampling and of finite width add up in their squares."
FORMULA = (
    "E error² ≈ A/n + B/m,  A = E‖ΛG + GΛ‖² and B = E‖W‖² of the Gaussian limits of sampling and "
    "of width; nothing is fitted"
)
SOURCE = "Kalvankar (2026) for the two rates; A and B are derived in minintk.claims.fluctuations"
OFF, TYPICAL, WORST = 0.3, 0.15, 0.45


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run."""

    samples: tuple[int, ...] = (128, 512, 2048)
    widths: tuple[int, ...] = (16, 64, 256, 1024)
    seeds: int = 544
    block: int = 32
    k_max: int = 4
    gaussian_draws: int = 8000


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    cells = len(sizes.samples) * len(sizes.widths)
    return (
        f"The root mean square error over √(A/n + B/m), with A and B from theory, has a 95 % "
        f"interval inside 1 ± {OFF:g} in every of {cells} cells (all together), n = "
        f"{sizes.samples[0]} … {sizes.samples[-1]}, m = {sizes.widths[0]} … {sizes.widths[-1]}, "
        f"|k| ≤ {sizes.k_max}. (At first A and B were fitted, and the same {OFF:g} asked.)"
    )


def measure(sizes: Sizes, cell: Cell, rng: np.random.Generator, squeeze: float = 0.0) -> Part:
    """Error of the operator of a network at random samples, as it is and relative to λ."""
    angles = sample_angles(cell.n, rng)
    angles += squeeze * np.sin(angles)
    block = empirical_low_frequency_block(initialise(cell.width, rng), angles, sizes.k_max)
    return fluctuations.norms({"error": block - fluctuations.limit_block(sizes.k_max)})


def measure_limit(sizes: Sizes, cell: Cell, rng: np.random.Generator) -> Part:
    """Mean squares of the norms of both Gaussian limits."""
    of_samples = fluctuations.sampling_limit(sizes.k_max, sizes.gaussian_draws, rng)["raw"]
    of_width = fluctuations.width_limit(sizes.k_max, sizes.gaussian_draws, rng)
    found = fluctuations.norms({"samples": of_samples, "width": of_width})
    return {name: np.mean(values**2) for name, values in found.items()}


def find(sizes: Sizes, data: Data) -> Found:
    """The measured root mean square over the predicted one in every cell, all cells together."""
    errors, constants = data["networks"], {k: float(v) for k, v in data["limit"].items()}
    n, m = np.array(sizes.samples)[:, None], np.array(sizes.widths)
    model = np.sqrt(constants["samples"] / n + constants["width"] / m)
    ratios = {}
    for (row, column), predicted in np.ndenumerate(model):
        squares = student_interval((errors["error"][row, column] / predicted) ** 2, model.size)
        mean, low, high = (np.sqrt(max(bound, 0.0)) for bound in squares[:3])
        name = f"n = {sizes.samples[row]}, m = {sizes.widths[column]}"
        ratios[name] = squares._replace(mean=mean, low=low, high=high)
    misses = np.array([ratio.mean - 1 for ratio in ratios.values()])
    return Found(
        errors=errors["error"],
        root_mean_square=np.sqrt((errors["error"] ** 2).mean(axis=2)),
        model=model,
        sampling_constant=constants["samples"],
        width_constant=constants["width"],
        ratios=ratios,
        typical_misfit=float(np.sqrt(np.mean(misses**2))),
        largest_misfit=float(np.abs(misses).max()),
        width_dominates_below=constants["width"] / constants["samples"],
        # each of the two gives half of the square of 10 %
        n_for_a_tenth=fluctuations.size_for_a_tenth((2 * constants["samples_relative"]) ** 0.5),
        m_for_a_tenth=fluctuations.size_for_a_tenth((2 * constants["width_relative"]) ** 0.5),
    )


def judge(sizes: Sizes, found: Found) -> Verdict:
    """Every cell."""
    return decide(
        [inside(name, ratio, 1 - OFF, 1 + OFF) for name, ratio in found.ratios.items()],
        f"error² = {found.sampling_constant:.2f}/n + {found.width_constant:.2f}/m as predicted, "
        f"off by {100 * found.typical_misfit:.0f} % in a typical cell and "
        f"{100 * found.largest_misfit:.0f} % in the worst. Width dominates where m < "
        f"{found.width_dominates_below:.3f} n, else sampling does. Relative to λ the error is 10 % "
        f"at n = {found.n_for_a_tenth:,} with m = {found.m_for_a_tenth:,}.",
    )


def judge_later(sizes: Sizes, found: Found) -> Verdict:
    """The weaker form that the criterion had after a first run."""
    findings = [
        exact("a typical cell", found.typical_misfit, TYPICAL),
        exact("the worst cell", found.largest_misfit, WORST),
    ]
    typical, worst = 100 * found.typical_misfit, 100 * found.largest_misfit
    return decide(findings, f"typical cell {typical:.0f} %, worst {worst:.0f} %.")


def explain(sizes: Sizes, found: Found) -> str:
    """For a reader who has not read the study."""
    return (
        "Too few samples and too few neurons each blur the kernel, independently of each other, "
        "and the two known errors add like the sides of a right angle: only the larger one is "
        f"worth working on, which is the samples' unless m < {found.width_dominates_below:.2f} n. "
        "For raw rates of slow modes to be right to 10 % it takes about "
        f"{found.n_for_a_tenth:,} samples with {found.m_for_a_tenth:,} neurons."
    )


def draw(sizes: Sizes, found: Found, axes: Sequence[Any]) -> None:
    """Errors with the predicted law on the left, the map of what dominates on the right."""
    _draw_errors(sizes, found, axes[0])
    _draw_map(sizes, found, axes[1])


def _draw_errors(sizes: Sizes, found: Found, axis: Any) -> None:
    fine = np.geomspace(sizes.samples[0], sizes.samples[-1], 50)
    for column, width in enumerate(sizes.widths):
        colour, style = f"C{column}", "osD^v"[column % 5]
        model = np.sqrt(found.sampling_constant / fine + found.width_constant / width)
        measured = found.root_mean_square[:, column]
        axis.plot(sizes.samples, measured, style, color=colour, label=f"m = {width}")
        axis.plot(fine, model, "-", color=colour)
    axis.set(
        xscale="log",
        yscale="log",
        xlabel="number of samples n",
        ylabel=f"error (root mean square of {sizes.seeds} seeds)",
        title="Points: measured. Lines: √(A/n + B/m), predicted",
    )
    axis.set_xticks(sizes.samples, [str(n) for n in sizes.samples])
    axis.set_xticks([], minor=True)
    axis.legend(loc="lower left")


def _draw_map(sizes: Sizes, found: Found, axis: Any) -> None:
    share = found.width_constant / np.array(sizes.widths) / found.model**2
    mesh = axis.pcolormesh(share.T, cmap="cividis", vmin=0, vmax=1)
    axis.figure.colorbar(mesh, ax=axis, label="share of the width in error²")
    for (row, column), error in np.ndenumerate(found.root_mean_square):
        colour = "black" if share[row, column] > 0.5 else "white"
        axis.text(row + 0.5, column + 0.5, f"{error:.2f}", ha="center", va="center", color=colour)
    axis.set_xticks(np.arange(len(sizes.samples)) + 0.5, [str(n) for n in sizes.samples])
    axis.set_yticks(np.arange(len(sizes.widths)) + 0.5, [str(m) for m in sizes.widths])
    axis.grid(False)
    axis.set(
        xlabel="number of samples n",
        ylabel="width m (neurons)",
        title="Which dominates (numbers: the error)",
    )


OVER = {"n": "samples", "width": "widths"}
MEASURES = {
    "limit": Measure(measure_limit, {}, lambda s, c: 4e-5 * s.gaussian_draws, draws=False),
    "networks": Measure(measure, OVER, lambda s, c: 5e-4 + 4e-7 * (c.n + c.width)),
}
CLAIM = Claim(
    name="sampling_and_width",
    statement=STATEMENT,
    formula=FORMULA,
    source=SOURCE,
    criterion=criterion,
    default=Sizes(),
    quick=Sizes(samples=(256, 1024), widths=(16, 64, 256), seeds=192, gaussian_draws=4000),
    full=Sizes(
        samples=(128, 512, 2048, 8192, 32768, 131072),
        widths=(16, 64, 256, 1024, 4096, 16384, 65536),
    ),
    measures=MEASURES,
    find=find,
    judge=judge,
    explain=explain,
    draw=draw,
    panels=2,
    control=Control(
        "a density that is not uniform",
        Sizes(samples=(512, 2048), widths=(64, 256), seeds=24, gaussian_draws=500),
        MEASURES | {"networks": Measure(partial(measure, squeeze=0.5), OVER, lambda s, c: 1e-3)},
    ),
    later=(
        f"√(A/n + B/m) is off by less than {TYPICAL:.0%} in a typical cell (root mean square over "
        f"cells) and {WORST:.0%} in the worst.",
        judge_later,
    ),
    beyond_study=True,
)
