"""Alignment: which measures improve in training, and what growth alone would do to each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ... import alignment
from ..._require import Array
from ...arccosine import infinite_ntk
from ...network import Params
from ...ntk import empirical_ntk_parts, factorised_ntk
from ...spectrum import low_frequency_block
from ..claim import Axes, Cell, Claim, Control, Data, Found, Generator, Part
from ..drawing import MARKERS, against_width, ranges
from ..moving import STARTS, by_cell, cell_of, grouped, small_and_wide, task, train
from ..numbers import between, number
from ..statistics import Interval, Verdict, decide, holm, negative, student_interval

STATEMENT = (
    "The alignment of the kernel with the Fourier basis does not improve in training: for each "
    "measure by its own name, since they disagree."
)
FORMULA = "KA, CKA, ‖QᵀU‖²/d, Σ_{j≠l} A_jl²/Σ A_jl², mean A_jl²/(A_jj A_ll); angles of eigenpairs"
SOURCE = (
    "Kalvankar (2026); Kornblith et al. (2019) for CKA; Baratin et al. (2021); Fort et al. (2020) "
    "for the kernel distance; Björck & Golub (1973) for principal angles"
)
OTHERS = [measure.name for measure in alignment.MEASURES[4:]]  # said beside
TICKS = (-1000, -300, -100, -30, -10, 0, 10, 30, 100, 300, 1000)  # %
MARGIN, STRETCH = 0.1, 10.0  # MARGIN: of the mean at the start; for the angles in radians


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run."""

    widths: tuple[int, ...] = (16, 64)
    wide: tuple[int, ...] = (256,)
    targets: tuple[str, ...] = ("low", "high")
    starts: tuple[str, ...] = STARTS
    points: int = 64
    learning_rate: float = 0.5
    steps: int = 2000
    k_max: int = 4
    seeds: int = 20
    wide_seeds: int = 12
    block: int = 10

    def names(self) -> list[str]:
        """What is judged: measures of alignment with the Fourier basis, and angles by k."""
        basis = [*(measure.name for measure in alignment.MEASURES[:4]), "off-diagonal correlation"]
        return basis + [f"angles of k = {k}" for k in range(1, self.k_max + 1)]


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    widths = ", ".join(str(width) for width in (*sizes.widths, *sizes.wide))
    return (
        f"At τ = {sizes.learning_rate * sizes.steps:g}, m = {widths}, for each target and start: "
        f"five measures improve by less than {100 * MARGIN:g} % of their mean at the start. They "
        f"are {', '.join(sizes.names()[:5])}. The larger principal angle between each pair cos kt, "
        f"sin kt, k ≤ {sizes.k_max}, and the nearest eigenpair improves by less than {MARGIN:g} "
        "rad. Three ways, by Holm's intervals over all cells and both edges: improved, the same "
        "within the margin, worse. (The margin came after a first run; before, any interval above "
        "0 was improvement.)"
    )


def measure(sizes: Sizes, cell: Cell, rng: Generator, count: int) -> Part:
    """Every measure before and after training, and of a kernel of which only the parts grew."""
    run = train(sizes, cell, rng, count, (0, sizes.steps))
    rows = [(factorised_ntk(a, run.grid), _grown(a, b, run.grid), factorised_ntk(b, run.grid))
            for a, b in zip(*run.kept, strict=True)]  # fmt: skip
    return _measured(sizes, cell, rows)


def _grown(start: Params, end: Params, grid: Array) -> Array:
    """The kernel of the start, its parts scaled as Σ a² and Σ |w̃|² grew, and nothing turned."""
    parts, output = empirical_ntk_parts(start, grid), np.sum(end.a**2) / np.sum(start.a**2)
    first = (np.sum(end.w**2) + np.sum(end.b**2)) / np.sum(start.w**2)
    return np.asarray(output * (parts["w"] + parts["b"]) + first * parts["a"])


def _measured(sizes: Sizes, cell: Cell, kernels: Sequence[tuple[Array, Array, Array]]) -> Part:
    """Measures and angles (networks, before/grown/after, …), and how far the kernel turned."""
    grid, targets = task(sizes, cell)
    limit = infinite_ntk(grid)

    def of(kernel: Array) -> list[float]:
        table = alignment.alignment_measures(kernel, grid, targets, limit, sizes.k_max)
        block, values = low_frequency_block(kernel, grid, sizes.k_max), list(table.values())
        angles = alignment.principal_angles(kernel, grid, sizes.k_max).max(axis=1)
        return [*values[:4], alignment.off_diagonal_correlation(block), *angles, *values[4:]]

    return {
        "measures": np.array([[of(kernel) for kernel in row] for row in kernels]),
        "turned": np.array([alignment.kernel_distance(row[0], row[-1]) for row in kernels]),
    }


def measure_better(sizes: Sizes, cell: Cell, rng: Generator, count: int) -> Part:
    """The control: from the kernel of stretched weights to that of infinite width."""
    run = train(sizes, cell, rng, count, (0,))
    bad = [factorised_ntk(replace(one, w=one.w * [STRETCH, 1.0]), run.grid) for one in run.kept[0]]
    return _measured(sizes, cell, [(one, one, infinite_ntk(run.grid)) for one in bad])


def find(sizes: Sizes, data: Data) -> Found:
    """Improvement of each measure in each cell, over its start, from both edges of the margin."""
    measures, turned = (by_cell(sizes, data, name) for name in ("measures", "turned"))
    tests: list[tuple[Any, Array]] = []
    growth: dict[str, dict[str, float]] = {}
    for column, name in enumerate(sizes.names()):
        better, growth[name] = alignment.MEASURES[column].better if column < 4 else -1, {}
        for cell, values in measures.items():
            start, grown, end = np.moveaxis(values[..., column], 1, 0)
            scale = start if column < 5 else np.ones_like(start)
            change = better * (end - start)
            growth[name][cell] = float((better * (grown - start)).mean() / scale.mean())
            for edge in (-1, 1):
                tests += [((name, cell, edge), (change - edge * MARGIN * scale) / scale.mean())]
    edges = holm(tests)
    return Found(
        improvement={n: {c: edges[n, c, 1].mean + MARGIN for c in measures} for n in growth},
        from_margin={n: {c: edges[n, c, 1] for c in measures} for n in growth},
        ways={n: {c: _way(edges[n, c, -1], edges[n, c, 1]) for c in measures} for n in growth},
        by_growth=growth,
        means={name: {c: v[:, ::2, i].mean(axis=0).tolist() for c, v in measures.items()}
               for i, name in enumerate([*sizes.names(), *OTHERS])},
        turned={cell: student_interval(values, len(turned)) for cell, values in turned.items()},
    )  # fmt: skip


def _way(from_below: Interval, from_above: Interval) -> str:
    """From the intervals of improvement + margin and improvement − margin."""
    if from_above.low > 0 or from_below.high < 0:
        return "improved" if from_above.low > 0 else "worse"
    return "the same" if from_below.low > 0 and from_above.high < 0 else "open"


def judge(sizes: Sizes, found: Found) -> Verdict:
    """The study's sentence, measure by measure."""
    findings, said = [], []
    for name, cells in found.from_margin.items():
        of = f"{name}: improvement − {MARGIN:g}"
        each = {cell: negative(cell, interval, of) for cell, interval in cells.items()}
        findings += grouped(f"improvement of {name} below the margin", each)
        ways = ", ".join(f"{w} in {n}" for w, n in Counter(found.ways[name].values()).items())
        moved, growth = (_range(name, by[name]) for by in (found.improvement, found.by_growth))
        said.append(f"{name} {moved} ({ways}; growth alone {growth})")
    return decide(
        findings,
        f"improvement over {len(found.turned)} cells up to τ = "
        f"{sizes.learning_rate * sizes.steps:g}, beside what growth of the parts alone, with "
        f"nothing turned, would do: {'; '.join(said)}.",
    )


def _range(name: str, cells: Mapping[str, float]) -> str:
    unit, scale = (" rad", 1.0) if name.startswith("angles") else (" %", 100.0)
    low, high = scale * min(cells.values()), scale * max(cells.values())
    return between(number(low, 2, "+"), number(high, 2, "+"), unit)


def explain(sizes: Sizes, found: Found) -> str:
    """For a reader who has not read the study."""
    cell = cell_of(sizes.targets[0], sizes.starts[0], sizes.widths[0])
    near = ", ".join(n for n, of in found.ways.items() if of[cell] == "improved") or "no measure"
    growth = max(abs(cells[cell]) for cells in list(found.by_growth.values())[:5])
    return (
        f"Does the kernel align with Fourier modes? {cell.capitalize()}: shown nearer by {near}. "
        "Kernel alignment, CKA and off-diagonal share weigh the largest entries, of k = 0 and 1, "
        "the others all modes alike. Growth of the kernel's parts, with nothing turned, would "
        f"change a share, an overlap or an alignment by {100 * growth:.1f} % at most there."
    )


def draw(sizes: Sizes, found: Found, axes: Axes) -> None:
    """Improvement against width, for each target."""
    widths, start = (*sizes.widths, *sizes.wide), sizes.starts[0]
    for axis, target in zip(axes, sizes.targets, strict=False):
        for place, (name, cells) in enumerate(list(found.from_margin.items())[:5]):
            rows = np.array([cells[cell_of(target, start, width)][:3] for width in widths])
            x, bars = np.array(widths) * 1.06 ** (place - 2), 100 * (rows[:, [1, 0, 2]] + MARGIN)
            ranges(axis, x, bars, MARKERS[place] + "-", name)
        axis.axhspan(-100 * MARGIN, 100 * MARGIN, color="0.9", zorder=0, label="margin")
        title, edge = f"{target.capitalize()} target, {start} start (95 %, Holm)", 200 * MARGIN
        axis.set_yscale("symlog", linthresh=edge)
        at = [y for y in TICKS if axis.get_ylim()[0] <= y <= axis.get_ylim()[1]]
        y = f"improvement (% of the start),\nlinear to ±{edge:g}, then logarithmic"
        against_width(axis, widths, ylabel=y, title=title, yticks=at, yticklabels=map(number, at))
        axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)  # off the bars


CLAIM = Claim.of(
    globals(), measures=small_and_wide(measure), panels=2,
    quick=Sizes(widths=(16,), wide=(64,), points=32, steps=300, seeds=8, wide_seeds=6),
    full=Sizes(widths=(16, 32, 64, 128), wide=(256, 1024), seeds=256, wide_seeds=64),
    control=Control("a kernel that turns from a badly aligned one to that of infinite width",
                    Sizes(widths=(16,), wide=(32,), points=32, steps=0, seeds=12, wide_seeds=12),
                    small_and_wide(measure_better)),
)  # fmt: skip
