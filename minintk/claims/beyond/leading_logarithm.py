"""Leading logarithm: a closed form for the slope of the evolving kernel in ln √m."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._require import Array
from ...arccosine import fourier_eigenvalues
from ...circle import target_coefficients
from ...evolving.leading_order import descent_factor, leading_logarithm, relative_split
from ...evolving.mean_field import mean_field_descent, mean_field_start
from ...fast.population import population_low_frequency_block, population_objective
from ..claim import Axes, Cell, Claim, Control, Data, Found, Generator, Measure, Part
from ..drawing import MARKERS, label
from ..statistics import Verdict, decide, exact

STATEMENT = (
    "To leading order the whole evolving kernel (of the mean-field limit) changes by an explicit "
    "operator times (ln √m)/m, for any target."
)
FORMULA = "ΔK = −(ln √m / 2π²m) Σ± [M_{Q±} H± + H±ᵀ M_{Q±}] + O(1/m)"
SOURCE = "derived in minintk.evolving.leading_order"
PLAINLY = "The wider a network, the less its kernel moves: in the end as (ln m)/m, by a formula."
OF_SLOPE, WITHOUT, OF_MATRIX = 0.05, 0.01, 0.02


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run: slopes in ln √m between the last two widths."""

    frequencies: tuple[int, ...] = (2, 3, 4, 5)
    several: tuple[int, ...] = (1, 2, 3, 5, 6, 7)
    amplitude_of_several: float = 0.5
    widths: tuple[int, ...] = (2**14, 2**18, 2**22)
    learning_rate: float = 2.0
    steps: int = 25
    k_max: int = 7
    radii: int = 96
    directions: int = 96
    smallest_radius: float = 1e-5
    seeds: int = 0  # a limit has no random start
    block: int = 1

    @property
    def targets(self) -> list[Array]:
        """One frequency each, cos kt, and last the target of several modes."""
        single = [target_coefficients((k,), shift=0.0) for k in self.frequencies]
        return [*single, target_coefficients(self.several, amplitude=self.amplitude_of_several)]


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    time, ks = sizes.learning_rate * sizes.steps, ", ".join(map(str, sizes.frequencies))
    return (
        f"Mean-field limit, n = ∞, τ = {time:g}, slope in ln √m {_between(sizes)}, with the Euler "
        f"factor of descent. For A = 1, k = {ks}: both phases are within {100 * OF_SLOPE:g} % of "
        f"∓D, diagonal entries without a logarithm below {100 * WITHOUT:g} % of D. For a target of "
        f"{len(sizes.several)} modes, A = {sizes.amplitude_of_several:g}: the whole low-frequency "
        f"matrix (k ≤ {sizes.k_max}) is within {100 * OF_MATRIX:g} %."
    )


def _between(sizes: Sizes) -> str:
    low, high = (f"{np.log2(width):.3g}" for width in sizes.widths[-2:])
    return f"from m = 2^{low} to 2^{high}"


def measure(sizes: Sizes, cell: Cell, rng: Generator) -> Part:
    """m × the change of the kernel of the mean-field limit."""
    start = mean_field_start(sizes.radii, sizes.directions, spacing="logarithm",
                             smallest_radius=sizes.smallest_radius)  # fmt: skip
    trained, _ = mean_field_descent(start, population_objective, cell.target, cell.width,
                                    sizes.learning_rate, sizes.steps)  # fmt: skip
    before, after = (population_low_frequency_block(p, sizes.k_max) for p in (start, trained))
    return {"change": cell.width * (after - before)}


def find(sizes: Sizes, data: Data) -> Found:
    """Slopes in ln √m of every entry, and how far they are from the formula."""
    change, ks = data["limit"]["change"], np.array(sizes.frequencies)  # (targets, widths, …)
    slopes = np.diff(change[:, -2:], axis=1)[:, 0] / np.diff(np.log(np.sqrt(sizes.widths)))[-1]
    time, eta = sizes.learning_rate * sizes.steps, sizes.learning_rate
    theory = leading_logarithm(sizes.targets[-1], time, sizes.k_max, learning_rate=eta)
    split = np.array([relative_split(k, 1.0, time, learning_rate=eta) for k in ks.tolist()])
    entries = slopes[:-1].diagonal(axis1=1, axis2=2) / fourier_eigenvalues(sizes.k_max)[ks, None]
    own = np.stack([2 * ks - 1, 2 * ks], axis=1)
    ratios = np.take_along_axis(entries, own, axis=1) / split
    np.put_along_axis(entries, own, 0.0, axis=1)
    return Found(
        change=change, slope_of_several=slopes[-1], split=split, slope_over_theory=ratios,
        factor=[descent_factor(k, eta, sizes.steps) for k in sizes.frequencies],
        largest_miss=float(np.abs(ratios - 1).max()),
        largest_without_logarithm=float((np.abs(entries).max(axis=1) / split[:, 1]).max()),
        miss_of_several=float(np.abs(slopes[-1] - theory).max() / np.abs(theory).max()),
    )  # fmt: skip


def judge(sizes: Sizes, found: Found) -> Verdict:
    """Slopes over D, entries without a logarithm, and the matrix of several modes."""
    rows = zip(sizes.frequencies, found.slope_over_theory, strict=True)
    slopes = ", ".join(f"{own:.3f} and {shifted:.3f} (k = {k})" for k, (own, shifted) in rows)
    return decide(
        [exact("slopes of both phases", found.largest_miss, OF_SLOPE),
         exact("entries without a logarithm", found.largest_without_logarithm, WITHOUT),
         exact("the matrix of several modes", found.miss_of_several, OF_MATRIX)],
        f"slope in ln √m {_between(sizes)} over D with its Euler factor ({min(found.factor):.3f} "
        f"to {max(found.factor):.3f}), on the own and the shifted phase: {slopes}. Diagonal "
        f"entries without a logarithm: at most {100 * found.largest_without_logarithm:.1f} % of D. "
        "Several modes: the whole matrix, with its own Euler factors, to "
        f"{100 * found.miss_of_several:.1f} %.",
    )  # fmt: skip


def draw(sizes: Sizes, found: Found, axes: Axes) -> None:
    """m × change against ln √m with the slope of the formula, and the matrix of several modes."""
    _draw_slopes(sizes, found, axes[0])
    axis, slopes = axes[1], found.slope_of_several
    largest = np.abs(slopes).max()
    image = axis.imshow(slopes, cmap="PuOr", vmin=-largest, vmax=largest)
    names = ["0", *(f"{k}{phase}" for k in range(1, sizes.k_max + 1) for phase in "cs")]
    axis.set_xticks(range(len(names)), names, fontsize=7)
    axis.set_yticks(range(len(names)), names, fontsize=7)
    label(axis, "mode (c: cos, s: sin)", "mode",
          f"Slope of the block, several modes: to {100 * found.miss_of_several:.1f} %")  # fmt: skip
    axis.grid(visible=False)
    axis.figure.colorbar(image, ax=axis, label="d(m ΔA)/d ln √m")


def _draw_slopes(sizes: Sizes, found: Found, axis: Any) -> None:
    x, rates = np.log(np.sqrt(sizes.widths)), fourier_eigenvalues(max(sizes.frequencies))
    for row, k in enumerate(sizes.frequencies):
        for phase, filled in ((0, "full"), (1, "none")):
            mode, slope = 2 * k - 1 + phase, found.split[row, phase]
            y = found.change[row, :, mode, mode] / rates[k]
            axis.plot(x, y, MARKERS[row % len(MARKERS)], color=f"C{row}", fillstyle=filled,
                      label=None if phase else f"k = {k}")  # fmt: skip
            axis.plot(x, y[-1] + slope * (x - x[-1]), color=f"C{row}", linewidth=1)
    label(axis, "ln √m", "m × change over λ_k",
          "Full: own phase, open: shifted. Lines: the formula's slope")  # fmt: skip
    axis.legend(loc="upper left", ncols=2)


LIMIT = Measure(measure, {"target": "targets", "width": "widths"}, draws=False,
                cost=lambda s, c: 1.1e-6 * s.steps * s.radii * s.directions)  # fmt: skip
CLAIM = Claim.of(
    globals(), measures={"limit": LIMIT}, panels=2,
    quick=Sizes(frequencies=(3,), several=(1, 3), widths=(2**18, 2**22), steps=10, k_max=3,
                directions=64),
    full=Sizes(widths=(2**10, 2**14, 2**18, 2**22, 2**26), learning_rate=0.5, steps=100, radii=512,
               directions=144, smallest_radius=1e-6),
    control=Control("widths so small that neurons turn round, where the formula does not hold",
                    Sizes(frequencies=(3,), several=(1, 3), widths=(64, 256), k_max=3, radii=16,
                          directions=32, learning_rate=1.0), {}),
)  # fmt: skip
