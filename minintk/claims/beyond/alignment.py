"""Alignment: which measures improve in training, which do not, each by its own name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..._require import Array
from ...alignment import MEASURES, kernel_distance
from ...arccosine import infinite_ntk
from ...ntk import factorised_ntk
from .. import moving
from ..claim import Cell, Claim, Control, Data, Found, Part
from ..moving import by_cell
from ..statistics import Verdict, decide, student_interval

STATEMENT = (
    "The study's sentence that the alignment with the Fourier basis does not improve, for each "
    "measure by its own name: they disagree."
)
FORMULA = (
    "KA, CKA with the infinite width; ‖QᵀU‖²/d on |k| ≤ 4; Σ_{j≠l} A_jl²/Σ A_jl²; "
    "‖K − K_∞‖_F/‖K_∞‖_F;  1 − KA(K_0, K_τ)"
)
SOURCE = (
    "Kalvankar (2026); Baratin et al. (2021); Kornblith et al. (2019) for CKA; Fort et al. (2020) "
    "for the kernel distance"
)
LATER = (
    f"no measure improves by more than {100 * moving.MARGIN:.0f} % of its mean distance from "
    "perfect alignment at the start (Holm): most start so near 1 that no kernel can improve them "
    "by the margin of the criterion."
)
STRETCH = 10.0


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run."""

    widths: tuple[int, ...] = (16, 32, 64)
    wide: tuple[int, ...] = (256,)
    targets: tuple[str, ...] = ("low", "high")
    points: int = 64
    learning_rate: float = 0.5
    steps: int = 1000
    k_max: int = 4
    seeds: int = 128
    wide_seeds: int = 24
    block: int = 64


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    widths = ", ".join(str(width) for width in (*sizes.widths, *sizes.wide))
    return f"At m = {widths} and for both targets {moving.CRITERION} {moving.FIRST_FORM}"


def measure(sizes: Sizes, cell: Cell, rng: np.random.Generator, count: int) -> Part:
    """Every measure before and after training, and how far the kernel turned."""
    moved = moving.train(sizes, cell, rng, count)
    kernels = zip(moved.before, moved.after, strict=True)
    return {
        **moving.measured_alignments(moved, sizes.k_max),
        "turned": np.array([kernel_distance(start, end) for start, end in kernels]),
    }


def measure_better(sizes: Sizes, cell: Cell, rng: np.random.Generator, count: int) -> Part:
    """The control: from the kernel of stretched weights to that of infinite width."""
    moved = moving.train(sizes, cell, rng, count)
    starts = [replace(start, w=start.w * [STRETCH, 1.0]) for start in moved.starts]
    before = [factorised_ntk(start, moved.grid) for start in starts]
    after = [infinite_ntk(moved.grid)] * count
    turned = np.array([kernel_distance(start, after[0]) for start in before])
    better = moved._replace(before=before, after=after)
    return {**moving.measured_alignments(better, sizes.k_max), "turned": turned}


def find(sizes: Sizes, data: Data) -> Found:
    """Relative improvements of the measures of the basis, and the change of every measure."""
    before, after, turned = (by_cell(sizes, data, name) for name in ("before", "after", "turned"))
    cells = len(before)
    return Found(
        improvements=moving.improvements(before, after),
        improvements_of_room=moving.improvements(before, after, of_room=True),
        improved_by_first_form=moving.significant(before, after, cells),
        start={row.name: _means(before, column) for column, row in enumerate(MEASURES)},
        end={row.name: _means(after, column) for column, row in enumerate(MEASURES)},
        turned={cell: student_interval(values, cells) for cell, values in turned.items()},
        **{
            f"{when} {cell}": values
            for when, some in (("before", before), ("after", after))
            for cell, values in some.items()
        },
    )


def _means(cells: Mapping[str, Array], column: int) -> dict[str, float]:
    return {cell: float(values[:, column].mean()) for cell, values in cells.items()}


def judge(sizes: Sizes, found: Found) -> Verdict:
    """The study's sentence, measure by measure."""
    rooms = [
        f"{row.name} {100 * (row.high / max(starts) - 1):.1f} to "
        f"{100 * (row.high / min(starts) - 1):.1f} %"
        for row in moving.BASIS
        if row.better > 0 and (starts := found.start[row.name].values())
    ]
    return decide(
        moving.does_not_improve(found.improvements),
        f"at τ = {sizes.learning_rate * sizes.steps:g} the measures improve by "
        f"{moving.in_words(found.improvements)} of their start. There is room for "
        f"{', '.join(rooms)}: where that is below the margin, the criterion cannot fail. By the "
        f"first form these improve: {found.improved_by_first_form}.",
    )


def judge_later(sizes: Sizes, found: Found) -> Verdict:
    """The same with a margin that every measure can reach."""
    return decide(
        moving.does_not_improve(found.improvements_of_room),
        f"the measures come nearer to perfect alignment by "
        f"{moving.in_words(found.improvements_of_room)} of their distance from it at the start.",
    )


def explain(sizes: Sizes, found: Found) -> str:
    """For a reader who has not read the study."""
    cell = moving.cell_of(sizes.targets[0], sizes.widths[0])
    means = {name: cells[cell].mean for name, cells in found.improvements.items()}
    nearer = ", ".join(name for name, mean in means.items() if mean > 0) or "none"
    farther = ", ".join(name for name, mean in means.items() if mean <= 0) or "none"
    return (
        "Whether training aligns a kernel with the Fourier modes depends on the number that one "
        f"calls alignment. {cell.capitalize()}: the kernel comes nearer to the modes by {nearer}; "
        f"it moves away from them by {farther}."
    )


def draw(sizes: Sizes, found: Found, axes: Sequence[Any]) -> None:
    """Improvement of each measure of the basis against width, by both criteria, for each target."""
    widths = (*sizes.widths, *sizes.wide)
    rows = (
        (found.improvements, "of the start"),
        (found.improvements_of_room, "of the way to perfect"),
    )
    for number, axis in enumerate(axes):
        improvements, share = rows[number // len(sizes.targets)]
        target = sizes.targets[number % len(sizes.targets)]
        moving.draw_improvements(axis, widths, improvements, target, share)


CLAIM = Claim(
    name="alignment",
    statement=STATEMENT,
    formula=FORMULA,
    source=SOURCE,
    criterion=criterion,
    default=Sizes(),
    quick=Sizes(widths=(16, 32), wide=(64,), points=32, wide_seeds=16),
    full=Sizes(widths=(16, 32, 64, 128), wide=(256, 1024), seeds=512, wide_seeds=128, block=64),
    measures=moving.small_and_wide(measure),
    find=find,
    judge=judge,
    explain=explain,
    draw=draw,
    panels=4,
    control=Control(
        "a kernel that turns from a badly aligned one to that of infinite width",
        Sizes(widths=(16,), wide=(32,), points=32, steps=0, seeds=12, wide_seeds=12, block=12),
        moving.small_and_wide(measure_better),
    ),
    later=(LATER, judge_later),
    beyond_study=True,
)
