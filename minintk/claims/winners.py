"""Who wins where: every cell of a map, what a theory says of it, and their figure."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .._require import Array
from .claim import Found, Sizes
from .drawing import MARKERS, label

Mask = npt.NDArray[np.bool_]
# From this λ_kτ on the theory is sure: read off the first map, so it is no part of a criterion.
THEORY_FROM, LEARNED = 3.0, "λ_k τ: how far the mode is learned"


def everywhere(which: Mask, cells: Array) -> Mask:
    """From (frequencies, times) to (frequencies, amplitudes, widths, times)."""
    return np.broadcast_to(which[:, None, None], cells.shape)


def told(wins: Array, theory: Mask, learned: Array) -> tuple[dict[str, int], dict[str, int]]:
    """In how many cells the majority is as the theory says, and of how many, by what it says."""
    late = everywhere(learned > THEORY_FROM, wins)
    agrees = np.where(theory, wins >= 0.5, wins < 0.5)  # false for nan
    kinds = {"late": late, "early, evolving": ~late & theory, "early, frozen": ~late & ~theory}
    right = {name: int(agrees[chosen].sum()) for name, chosen in kinds.items()}
    return right, {name: int(chosen.sum()) for name, chosen in kinds.items()}


def theory_in_words(found: Found) -> str:
    """In how many cells the majority is as the mean-field loss says."""
    said = {name: f"{found.right[name]} of {count}" for name, count in found.named.items()}
    return (
        "Whether the mean-field loss is below the mean frozen loss gives the majority in "
        f"{sum(found.right.values())} of {sum(found.named.values())} cells: in {said['late']} "
        f"where λ_kτ > {THEORY_FROM:g}; up to there “frozen” is right in {said['early, frozen']}, "
        f"“evolving” in {said['early, evolving']}."
    )


def draw_shares(sizes: Sizes, found: Found, axis: Any, judged: Mask, edges: Any) -> None:
    """One point for every frequency, time and width; filled where it is `judged` (k, m, τ)."""
    wins = (found.evolving_loss < found.frozen_loss).mean(axis=(1, 3))  # over amplitudes, seeds
    for column, width in enumerate(sizes.widths):
        style = {"marker": MARKERS[column % len(MARKERS)], "color": f"C{column}", "ls": ""}
        for chosen, fill in ((judged[:, column], "full"), (~judged[:, column], "none")):
            x, y = found.learned[chosen], 100 * wins[:, column][chosen]
            axis.plot(x, y, fillstyle=fill, alpha=0.8, **style)
        axis.plot([], [], label=f"m = {width}", **style)
    axis.vlines(edges, -5, 132, color="k", linestyle=":", linewidth=0.9)
    label(axis, LEARNED, "evolving wins (% of networks, all A)", "Filled points are judged",
          log="x", ylim=(-5, 132), yticks=range(0, 101, 25))  # fmt: skip
    axis.legend(loc="upper left", ncols=4)


def draw_map(sizes: Sizes, found: Found, axis: Any) -> None:
    """Every cell at its λ_kτ and A/√m, by who wins and what the theory says."""
    motion = np.divide.outer(sizes.amplitudes, np.sqrt(sizes.widths))
    theory = found.mean_field_loss < found.frozen_loss.mean(axis=3)
    wins = (found.evolving_loss < found.frozen_loss).mean(axis=3) >= 0.5
    # Frequencies side by side, so that cells of one A/√m do not cover one another.
    apart = 1.12 ** np.linspace(-1, 1, len(sizes.frequencies))
    x = everywhere(found.learned, wins)
    y = np.broadcast_to(np.multiply.outer(apart, motion)[..., None], wins.shape)
    for chosen, style, colour, words in (
        (wins & theory, "o", "C0", "evolving wins, as theory says"),
        (~wins & ~theory, "s", "C1", "frozen wins, as theory says"),
        (wins & ~theory, "^", "C2", "evolving wins against theory"),
        (~wins & theory, "v", "k", "frozen wins against theory"),
    ):
        axis.plot(x[chosen], y[chosen], style, color=colour, markersize=4, label=words)
    label(axis, LEARNED, "A/√m (frequencies set apart by up to 12 %)",
          "Theory: is the mean-field loss below the frozen one?", log="xy")  # fmt: skip
    axis.margins(y=0.35)
    axis.legend(loc="upper left", ncols=2, fontsize=7.5)
