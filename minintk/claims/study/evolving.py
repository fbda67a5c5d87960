"""Evolving: at small width the kernel moves, and the frozen picture breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..._require import PARTS
from ...arccosine import aliased_eigenvalues, infinite_ntk
from ...circle import fourier_sum, mean_by_frequency, uniform_angles
from ...ntk import factorised_ntk
from ...spectrum import low_frequency_block
from .. import moving
from ..claim import Cell, Claim, Control, Data, Found, Part
from ..drawing import against_width, ranges
from ..moving import by_cell, cell_of, grouped
from ..statistics import FAILS, Verdict, above, below, decide, holm, share_interval
from ..targets import TARGETS

STATEMENT = (
    "The picture breaks only when the kernel evolves: at small width training with the evolving "
    "kernel reaches a lower loss than with the frozen one, by strengthening the lowest-frequency "
    "components of the kernel, while its alignment with the Fourier basis does not improve."
)
FORMULA = "evolving: θ ← θ − η∇L;  frozen: r ← (I − ηK_0/n) r;  gain_k = Δ(A_kc,kc + A_ks,ks)/2"
SOURCE = "Kalvankar (2026); Chizat et al. (2019)"
MOST, HALF, ROUNDING = 0.9, 0.5, 1e-12
RANGE = [0.0, 0.5, 1.0]  # least, middle and largest


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run: small widths are those that the statement is about."""

    widths: tuple[int, ...] = (16, 32, 64)
    wide: tuple[int, ...] = (128, 256, 1024)
    targets: tuple[str, ...] = ("low", "high")
    points: int = 64
    learning_rate: float = 0.5
    steps: int = 2000
    k_max: int = 4
    seeds: int = 64
    wide_seeds: int = 12
    block: int = 32


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    return (
        f"At every width up to {sizes.widths[-1]} and for both targets evolving has the lower loss "
        f"in at least {100 * MOST:.0f} % of networks, and at no width in a minority (exact "
        f"intervals, together); at m = {sizes.widths[-1]} the gains of k = 0 and 1 are above 0 "
        f"(Holm); {moving.CRITERION} Fails if at m = {sizes.widths[0]} evolving wins in a minority "
        f"for both. {moving.FIRST_FORM}"
    )


def measure(
    sizes: Sizes, cell: Cell, rng: np.random.Generator, count: int, trained: tuple[str, ...] = PARTS
) -> Part:
    """Networks trained with their own kernel, and with the whole kernel of their start."""
    moved = moving.train(sizes, cell, rng, count, trained)
    whole = [factorised_ntk(start, moved.grid) for start in moved.starts]
    frozen = [moving.frozen_loss(sizes, kernel, moved.targets) for kernel in whole]
    changes = np.array(moved.after) - moved.before
    blocks = [low_frequency_block(change, moved.grid, sizes.k_max) for change in changes]
    return {
        "evolving_loss": moved.losses[:, -1],
        "frozen_loss": np.array(frozen),
        "gain": np.array([mean_by_frequency(block.diagonal()) for block in blocks]),
        **moving.measured_alignments(moved, sizes.k_max),
    }


def find(sizes: Sizes, data: Data) -> Found:
    """Shares of networks that win, gains, and improvements of alignment, cell by cell."""
    names = ("evolving_loss", "frozen_loss", "gain", "before", "after")
    evolving, frozen, gains, before, after = (by_cell(sizes, data, name) for name in names)
    judged = [(target, gains[cell_of(target, sizes.widths[-1])]) for target in sizes.targets]
    lowest = [(f"gain of k = {k}, {t} target", gain[:, k]) for t, gain in judged for k in (0, 1)]
    grid, shape = uniform_angles(sizes.points), (len(sizes.targets), -1, 3)
    limits = (fourier_sum(grid, TARGETS[target]) for target in sizes.targets)
    relative = [gain.mean(axis=0) for gain in gains.values()]
    relative /= aliased_eigenvalues(sizes.points)[: sizes.k_max + 1]
    lower = {cell: evolving[cell] < frozen[cell] for cell in evolving}
    return Found(
        share_evolving_lower={cell: share_interval(x, len(lower)) for cell, x in lower.items()},
        lowest_gains=holm(lowest),
        improvements=moving.improvements(before, after),
        improved_by_first_form=moving.significant(before, after),
        infinite_loss=np.array([moving.frozen_loss(sizes, infinite_ntk(grid), y) for y in limits]),
        evolving_loss=np.reshape([np.quantile(x, RANGE) for x in evolving.values()], shape),
        frozen_loss=np.reshape([np.quantile(x, RANGE) for x in frozen.values()], shape),
        relative_gain=np.reshape(relative, (len(sizes.targets), -1, sizes.k_max + 1)),
    )


def judge(sizes: Sizes, found: Found) -> Verdict:
    """Losses, gains and alignment, each by the criterion."""
    shares, gains = found.share_evolving_lower, found.lowest_gains
    small = {cell_of(target, width) for target in sizes.targets for width in sizes.widths}
    often = {c: above(c, share, MOST) for c, share in shares.items() if c in small}
    mostly = {c: above(c, share, HALF) for c, share in shares.items() if c not in small}
    findings = [
        *grouped(f"evolving wins in {100 * MOST:.0f} %", often),
        *grouped("evolving wins in most", mostly),
        *(above(name, gain, ROUNDING) for name, gain in gains.items()),
        *moving.does_not_improve(found.improvements),
    ]
    reason = (
        f"at τ = {sizes.learning_rate * sizes.steps:g} evolving has the lower loss in "
        f"{'; '.join(f'{100 * share.mean:.0f} % ({cell})' for cell, share in shares.items())}. At "
        f"m = {sizes.widths[-1]}: {'; '.join(f'{name}: {gain}' for name, gain in gains.items())}. "
        f"Alignment improves by {moving.in_words(found.improvements)} of its start. By the first "
        f"form these improve: {found.improved_by_first_form}."
    )
    narrowest = [shares[cell_of(target, sizes.widths[0])] for target in sizes.targets]
    if all(below("wins", share, HALF).shown for share in narrowest):
        return Verdict(FAILS, reason, tuple(findings))
    return decide(findings, reason)


def explain(sizes: Sizes, found: Found) -> str:
    """For a reader who has not read the study."""
    cells = [cell_of(target, sizes.widths[-1]) for target in sizes.targets]
    wins = [f"{100 * found.share_evolving_lower[cell].mean:.0f} % ({cell})" for cell in cells]
    return (
        "A network changes its own kernel as it learns. This leads to a lower loss than the kernel "
        f"of its start would in {' and '.join(wins)} of the networks."
    )


def draw(sizes: Sizes, found: Found, axes: Sequence[Any]) -> None:
    """Losses of both targets, gains of the kernel, and its alignment."""
    widths, first = (*sizes.widths, *sizes.wide), sizes.targets[0]
    for row, target in enumerate(sizes.targets):
        ranges(axes[row], widths, found.evolving_loss[row], "o-", "evolving kernel")
        ranges(axes[row], widths, found.frozen_loss[row], "s--", "frozen kernel")
        axes[row].axhline(found.infinite_loss[row], color="k", ls=":", label="infinite width")
        against_width(axes[row], widths, yscale="log",
                      ylabel=f"loss at τ = {sizes.learning_rate * sizes.steps:g}",
                      title=f"{target.capitalize()} frequencies, median and range")  # fmt: skip
    for k, gains in enumerate(found.relative_gain[0].T):
        axes[-2].plot(widths, gains, "osD^v"[k % 5] + "-", label=f"k = {k}")
    axes[-2].axhline(0, color="k", linewidth=0.8)
    title = f"Kernel components (mean of both phases), {first} target"
    against_width(axes[-2], widths, ylabel="mean gain of A_kk over λ_k", title=title)
    moving.draw_improvements(axes[-1], widths, found.improvements, first)


CLAIM = Claim(
    name="evolving",
    statement=STATEMENT,
    formula=FORMULA,
    source=SOURCE,
    criterion=criterion,
    default=Sizes(),
    quick=Sizes(widths=(16, 64), wide=(256,), points=32, steps=1000, seeds=16, wide_seeds=8),
    full=Sizes(wide=(128, 256, 512, 1024, 2048, 4096, 16384), seeds=256, wide_seeds=64),
    measures=moving.small_and_wide(measure),
    find=find,
    judge=judge,
    explain=explain,
    draw=draw,
    panels=4,
    control=Control(
        "only the output layer is trained, and its kernel does not move",
        Sizes(widths=(16,), wide=(32,), points=32, steps=200, seeds=8, wide_seeds=8),
        moving.small_and_wide(partial(measure, trained=("a",))),
    ),
)
