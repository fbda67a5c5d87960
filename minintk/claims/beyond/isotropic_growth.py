"""Isotropic growth: does the kernel gain as if neurons grew alike? (Asked so before any run.)"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..._require import Array
from ...arccosine import aliased_eigenvalues
from ...circle import basis_frequencies, mean_by_frequency
from ...fast import empirical_ntk
from ...law import Law
from ...spectrum import low_frequency_block
from ..claim import ALONE, Axes, Cell, Claim, Control, Data, Found, Generator, Measure, Part
from ..drawing import MARKERS, heat_map, label
from ..moving import CELLS, STARTS, cell_of, cost, grouped, train
from ..statistics import Verdict, decide, holm, inside, negative, ratio_interval, student_interval

STATEMENT = (
    "The evolving kernel gains as if every neuron's a² and |w̃|² grew alike. And, relative to what "
    "they have, low frequencies gain more than high ones: the low-frequency bias is reinforced."
)
FORMULA = "gain_k = [(λ_k^w + λ_k^b) ΔΣa² + ½ λ_k^a ΔΣ|w̃|²]/m; slope of ln[A_kk(τ)/A_kk(0)] in ln k"
SOURCE = "Kalvankar (2026) for “reinforces”; the null has no fit: it takes the networks' own growth"
MARGIN, STEEP = 0.1, -0.05


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run: the target that comes last is that of the null, at the last step."""

    widths: tuple[int, ...] = (16, 64, 256)
    targets: tuple[str, ...] = ("low", "high")
    starts: tuple[str, ...] = STARTS
    points: int = 64
    learning_rate: float = 0.5
    at_steps: tuple[int, ...] = (100, 500, 2000)
    slopes_from: int = 1
    k_max: int = 8
    seeds: int = 24
    block: int = 12

    def times(self) -> list[float]:
        """The times of the steps."""
        return [self.learning_rate * step for step in self.at_steps]


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    times, widths = sizes.times(), ", ".join(map(str, sizes.widths))
    target, starts = sizes.targets[-1].capitalize(), " and ".join(sizes.starts)
    judged = " and ".join(f"{time:g}" for time in times[sizes.slopes_from :])
    cells = len(sizes.targets) * len(sizes.widths) * len(times[sizes.slopes_from :])
    return (
        f"{target} target, τ = {times[-1]:g}, m = {widths}, {starts} start: the mean gain "
        f"over the mean of the null is judged, for every k ≤ {sizes.k_max}. Its 95 % interval is "
        f"inside {1 - MARGIN:g} … {1 + MARGIN:g}. {ALONE} And the slope in ln k, k = 1 … "
        f"{sizes.k_max}, of both phases' mean: {sizes.starts[0]} start, τ = {judged}, each target "
        f"and width. It is below {STEEP:g}, and refuted above 0 (Holm over the {cells} cells)."
    )


def measure(sizes: Sizes, cell: Cell, rng: Generator, count: int) -> Part:
    """The kernel's block, its mean entries by frequency, Σ a² and Σ |w̃|², at every kept step."""
    run = train(sizes, cell, rng, count, (0, *sizes.at_steps))
    networks = list(zip(*run.kept, strict=True))
    blocks = [[low_frequency_block(empirical_ntk(one, run.grid), run.grid, sizes.k_max)
               for one in row] for row in networks]  # fmt: skip
    sums = [[(np.sum(p.a**2), np.sum(p.w**2) + np.sum(p.b**2)) for p in row] for row in networks]
    entries = [[mean_by_frequency(block.diagonal()) for block in row] for row in blocks]
    return {"blocks": np.array(blocks), "entries": np.array(entries), "sums": np.array(sums)}


def measure_steep(sizes: Sizes, cell: Cell, rng: Generator, count: int) -> Part:
    """The control: the growth factor of frequency k to the power k + 4."""
    part = measure(sizes, cell, rng, count)
    entries, start = part["entries"], part["entries"][:, :1]
    return {**part, "entries": start * (entries / start) ** (4 + np.arange(sizes.k_max + 1))}


def find(sizes: Sizes, data: Data) -> Found:
    """Gains over the null by cell and k, and slopes of the relative gain."""
    networks = data["networks"]  # (starts, targets, widths, seeds, times, …)
    start, later = networks["entries"][..., :1, :], networks["entries"][..., 1:, :]
    grown = networks["sums"][..., 1:, :] - networks["sums"][..., :1, :]
    first, second = (aliased_eigenvalues(sizes.points, Law(trained=parts))[: sizes.k_max + 1]
                     for parts in (("w", "b"), ("a",)))  # fmt: skip
    width = np.array(sizes.widths)[:, None, None, None]
    null = (first * grown[..., :1] + second / 2 * grown[..., 1:]) / width
    x = np.log(np.arange(1, sizes.k_max + 1))
    x -= x.mean()
    slopes = np.log(later / start)[0, ..., sizes.slopes_from :, 1:] @ (x / (x @ x))
    cells = {f"{t} target, τ = {time:g}, m = {m}": slopes[i, j, :, n]
             for i, t in enumerate(sizes.targets) for j, m in enumerate(sizes.widths)
             for n, time in enumerate(sizes.times()[sizes.slopes_from :])}  # fmt: skip
    names = [cell_of(t, s, m) for s in sizes.starts for t in sizes.targets for m in sizes.widths]
    pairs = np.stack([later - start, null])[..., -1, :].reshape(2, len(names), -1, len(first))
    return Found(
        ratio_to_null={name: [ratio_interval(*pair) for pair in pairs[:, row].transpose(2, 0, 1)]
                       for row, name in enumerate(names)},
        slope={cell: student_interval(values) for cell, values in cells.items()},
        below=holm([(cell, values - STEEP) for cell, values in cells.items()]),
        above=holm(list(cells.items())),
        gain=(later - start).mean(axis=3)[..., -1, :], null=null.mean(axis=3)[..., -1, :],
        blocks=networks["blocks"][0, 0].mean(axis=1),
    )  # fmt: skip


def judge(sizes: Sizes, found: Found) -> Verdict:
    """The null in every cell of the last target, and every slope."""
    target, nulls, findings = sizes.targets[-1], found.ratio_to_null.items(), []
    for k in range(sizes.k_max + 1):
        each = {cell: inside(cell, row[k], 1 - MARGIN, 1 + MARGIN)
                for cell, row in nulls if cell.startswith(target)}  # fmt: skip
        findings += grouped(f"the null at k = {k}", each)
    # Shown where the slope is below STEEP, and refuted only where it is above 0.
    less = {cell: negative(cell, i, f"slope + {-STEEP:g}") for cell, i in found.below.items()}
    more = {cell: negative(cell, i, "slope") for cell, i in found.above.items()}
    slopes = {cell: replace(one, shown=one.shown or (more[cell].shown and None), more_seeds=None,
                            judged=[*one.judged, *more[cell].judged])
              for cell, one in less.items()}  # fmt: skip
    findings += grouped(f"slope below {STEEP:g}", slopes)
    ratios = [f"{cell}: {', '.join(f'{one.mean:.2f}' for one in row)}" for cell, row in nulls]
    said = [f"{interval} ({cell})" for cell, interval in found.slope.items()]
    others = [row for cell, row in nulls if not cell.startswith(target)]
    odd, even = ([one.mean for row in others for one in row[first::2]] for first in (1, 0))
    rest = (f" Where it is not judged it lies between {min(odd):.2f} and {max(odd):.2f} at odd k, "
            f"{min(even):.2f} and {max(even):.2f} at even k." if others else "")  # fmt: skip
    return decide(
        findings,
        f"gain over the null at τ = {sizes.times()[-1]:g}, k = 0 … {sizes.k_max}: "
        f"{'; '.join(ratios)}.{rest} Slopes: {', '.join(said)}.",
    )


def explain(sizes: Sizes, found: Found) -> str:
    """For a reader who has not read the study."""
    steep = sum(interval.high < 0 for interval in found.below.values())
    return (
        "A kernel grows because neurons grow. The gain of each frequency is compared with that of "
        "neurons that all grow alike. Relative to what they have, low frequencies gain more in "
        f"{steep} of {len(found.slope)} cells."
    )


def draw(sizes: Sizes, found: Found, axes: Axes) -> None:
    """Relative gains on the null, for each target; the mean kernel, raw and as correlations."""
    k = np.arange(sizes.k_max + 1)
    rates = aliased_eigenvalues(sizes.points)[: sizes.k_max + 1]
    for place, (axis, target) in enumerate(zip(axes, sizes.targets, strict=False)):
        for row, width in enumerate(sizes.widths):
            gain, null = (of[0, place, row] / rates * width for of in (found.gain, found.null))
            axis.plot(k, gain, MARKERS[row], color=f"C{row}", label=f"m = {width}")
            axis.plot(k, null, ("-", "--", ":", "-.")[row % 4], color=f"C{row}")
        title = f"{target.capitalize()} target, τ = {sizes.times()[-1]:g}. Lines: null"
        label(axis, "frequency k", "m × gain over λ_k", title, legend="best")
    shown = [0, 1, len(sizes.at_steps)]
    limit = np.diag(aliased_eigenvalues(sizes.points)[basis_frequencies(sizes.k_max)])
    columns = [*found.blocks[:2, shown], np.array([limit] * 3)]
    times = ", ".join(f"{time:g}" for time in (0.0, sizes.times()[0], sizes.times()[-1]))
    names = f"m = {', '.join(map(str, sizes.widths[:2]))}, ∞ (left to right)"
    for axis, raw in zip(axes[-2:], (True, False), strict=True):
        tiles = np.block([[_tile(column[row], raw) for column in columns] for row in range(3)])
        shades = ("log₁₀ |A_jl|", -4, 0) if raw else ("A_jl/√(A_jj A_ll)", -1, 1)
        heat_map(axis, tiles, *shades, cmap="cividis" if raw else "PuOr")
        title = f"Mean kernel on |k| ≤ {sizes.k_max}, {sizes.targets[0]} target"
        label(axis, names, f"τ = {times} (top to bottom)", title, xticks=[], yticks=[])
        axis.invert_yaxis()


def _tile(block: Array, raw: bool) -> Array:
    """One block with an empty border, as it is shown."""
    root = np.sqrt(block.diagonal())
    shown = np.log10(np.maximum(np.abs(block), 1e-4)) if raw else block / root / root[:, None]
    return np.pad(shown, 1, constant_values=np.nan)


CLAIM = Claim.of(
    globals(), panels=4, measures={"networks": Measure(measure, CELLS, cost, together=True)},
    quick=Sizes(widths=(16, 64), points=32, at_steps=(100, 500), seeds=12),
    full=Sizes(widths=(16, 64, 256, 1024), seeds=128),
    control=Control("the growth factor of frequency k is taken to the power k + 4",
                    Sizes(widths=(16,), points=32, at_steps=(20, 200), seeds=12),
                    {"networks": Measure(measure_steep, CELLS, cost, together=True)}),
)  # fmt: skip
