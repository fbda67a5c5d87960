"""Cause: which part of the kernel's motion lowers the loss, by replaying it with the rest at rest.

The criterion stood before any run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ...circle import fourier_sum, uniform_angles
from ...network import initialise
from ..claim import Cell, Claim, Control, Data, Found, Measure, Part
from ..drawing import label
from ..moving import STARTS, cell_of
from ..replays import PARTS, replayed
from ..statistics import FAILS, HOLDS, IN_PART, OPEN, Finding, Interval, Verdict
from ..targets import TARGETS

STATEMENT = (
    "At small width the evolving kernel reaches a lower loss by strengthening the lowest-frequency "
    "components of the kernel."
)
FORMULA = "r_{s+1} = (I − η [A_0 + edit(A_s − A_0)]) r_s, A_s the network's kernel on all modes"
SOURCE = "Kalvankar (2026); restart with the end kernel: Atanasov et al. (2022)"
MOST, LEAST, CLOSE, RESAMPLES = 0.5, 0.1, 0.05, 2000
TIME, WIDTHS = 250.0, (16, 64)
EVERYTHING, LOW = 1, 2  # places among the parts


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run; judged is the first target, at the step nearest to τ = 250."""

    widths: tuple[int, ...] = (16, 64)
    targets: tuple[str, ...] = ("low",)
    starts: tuple[str, ...] = STARTS
    points: int = 64
    learning_rate: float = 0.25
    at_steps: tuple[int, ...] = (200, 1000)
    seeds: int = 32
    block: int = 16

    def judged(self) -> tuple[int, str]:
        """The place among the steps, and its time in words."""
        off = [abs(self.learning_rate * step - TIME) for step in self.at_steps]
        place = off.index(min(off))
        return place, f"τ = {self.learning_rate * self.at_steps[place]:g}"


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    target, widths = sizes.targets[0], " and ".join(str(m) for m in sizes.widths if m in WIDTHS)
    return (
        f"{target.capitalize()} target, {sizes.judged()[1]}, m = {widths}, each start: of "
        "what the kernel's whole motion gains over the frozen kernel, in mean log loss, the "
        f"diagonal gains of |k| ≤ 1 alone give at least {100 * MOST:g} % (holds), at most "
        f"{100 * LEAST:g} % (fails), else in part: by 95 % bootstrap intervals over {sizes.seeds} "
        "networks. Nothing is decided where the replay of everything is off the networks' own mean "
        f"log loss by {CLOSE:g}."
    )


def measure(
    sizes: Sizes, cell: Cell, rng: np.random.Generator, count: int, without_lowest: bool = False
) -> Part:
    """Losses (networks, times, parts) of real trainings, and of replays with an edited path."""
    grid, pairs = uniform_angles(sizes.points), cell.start == STARTS[0]
    starts = [initialise(cell.width, rng, antisymmetric=pairs) for _ in range(count)]
    task = (grid, fourier_sum(grid, TARGETS[cell.target]), sizes.learning_rate, sizes.at_steps)
    return {"loss": replayed(starts, *task, without_lowest)}


def measure_resamples(sizes: Sizes, cell: Cell, rng: np.random.Generator) -> Part:
    """Which networks each bootstrap sample takes: the same for every cell."""
    return {"networks": rng.integers(0, sizes.seeds, (RESAMPLES, sizes.seeds))}


def find(sizes: Sizes, data: Data) -> Found:
    """Gains in mean log loss over the frozen kernel, and their share in that of everything."""
    logs, samples = np.log(data["networks"]["loss"]), data["resamples"]["networks"]
    gains = logs[..., :1] - logs  # (starts, targets, widths, seeds, times, parts)
    resampled = gains[..., samples, :, :].mean(axis=4)
    means, shares = gains.mean(axis=3), resampled / resampled[..., [EVERYTHING]]
    time, _ = sizes.judged()
    low, high = np.quantile(shares[..., time, LOW], [0.025, 0.975], axis=3)
    if sizes.seeds < 2:  # one network has no spread to resample
        low, high = low - np.inf, high + np.inf
    shares = means / means[..., [EVERYTHING]]
    cells = {cell_of(target, start, width): (i, j, n)
             for i, start in enumerate(sizes.starts) for j, target in enumerate(sizes.targets)
             for n, width in enumerate(sizes.widths)}  # fmt: skip
    return Found(
        share_of_lowest={c: Interval(float(shares[at][time, LOW]), float(low[at]), float(high[at]),
                                     sizes.seeds, "95 % bootstrap") for c, at in cells.items()},
        shares={c: {f"τ = {sizes.learning_rate * step:g}": dict(zip(PARTS, row, strict=True))
                    for step, row in zip(sizes.at_steps, shares[at].tolist(), strict=True)}
                for c, at in cells.items()},
        replay_off={c: float(means[at][time, EVERYTHING] - means[at][time, -1])
                    for c, at in cells.items()},
        gain=np.stack([*np.quantile(resampled, [0.025, 0.975], axis=3), means]),
    )  # fmt: skip


def _kind(share: Interval) -> str:
    """Most, little, between, or not decided."""
    if share.low >= MOST or share.high <= LEAST:
        return HOLDS if share.low >= MOST else FAILS
    return IN_PART if share.low > LEAST and share.high < MOST else OPEN


def judge(sizes: Sizes, found: Found) -> Verdict:
    """The share of the lowest gains, of the first target, in all cells of the criterion."""
    judged = [cell_of(sizes.targets[0], start, m) for start in sizes.starts for m in WIDTHS]
    ours = {c: found.share_of_lowest[c] for c in judged if c in found.share_of_lowest}
    off = max(abs(found.replay_off[cell]) for cell in ours)
    kinds = {_kind(share) for share in ours.values()}
    mixed = IN_PART in kinds or {HOLDS, FAILS} <= kinds
    verdict = IN_PART if mixed else OPEN if OPEN in kinds else kinds.pop()
    said = []
    for cell, x in ours.items():
        shares = found.shares[cell][sizes.judged()[1]]
        others = ", ".join(f"{part} {100 * shares[part]:.0f}" for part in PARTS[LOW + 1 : -1])
        interval = f"{100 * x.mean:.1f} [{100 * x.low:.1f}, {100 * x.high:.1f}]"
        said.append(f"{cell}: {interval} %; {others}")
    shown = {HOLDS: True, FAILS: False}
    return Verdict(
        verdict if off <= CLOSE else OPEN,
        f"share in % of the gains of |k| ≤ 1 alone, then of other parts: {'. '.join(said)}. The "
        f"replay of everything is off the networks' own mean log loss by {off:.3f} at most.",
        tuple(Finding(f"by |k| ≤ 1 ({c})", shown.get(_kind(x))) for c, x in ours.items()),
    )


def explain(sizes: Sizes, found: Found) -> str:
    """For a reader who has not read the study."""
    cell, share = next(iter(found.share_of_lowest.items()))
    others = found.shares[cell][sizes.judged()[1]][PARTS[LOW + 1]]
    return (
        f"Let only k = 0 and 1 of the kernel grow as they did: {100 * share.mean:.0f} % of the "
        f"gain remains. Let only the others grow: {100 * others:.0f} % ({cell})."
    )


def draw(sizes: Sizes, found: Found, axes: Sequence[Any]) -> None:
    """Gain of every part over the frozen kernel, with its interval, one panel a start."""
    shown = [n for n, part in enumerate(PARTS) if part not in ("frozen", "turning")]
    for place, (axis, start) in enumerate(zip(axes, sizes.starts, strict=False)):
        for row, width in enumerate(sizes.widths):
            low, high, mean = found.gain[:, place, 0, row, sizes.judged()[0]][:, shown]
            y = np.arange(len(shown)) + 0.35 * row
            axis.barh(y, mean, 0.32, xerr=[mean - low, high - mean], color=f"C{row}",
                      label=f"m = {width}", hatch=("", "//")[row % 2])  # fmt: skip
        title = f"{sizes.targets[0].capitalize()} target, {start} start"
        names = {"yticks": np.arange(len(shown)) + 0.17, "yticklabels": [PARTS[n] for n in shown]}
        what = "gain in mean log loss over the frozen kernel"
        label(axis, what, "what moves", title, "", "lower right", **names)
        axis.invert_yaxis()
        axis.margins(x=0.35)


def _measures(of: Any) -> dict[str, Measure]:
    over = {"start": "starts", "target": "targets", "width": "widths"}
    return {
        "networks": Measure(of, over, lambda s, c: s.at_steps[-1] * (8e-5 + 4e-7 * c.width),
                            together=True),
        "resamples": Measure(measure_resamples, {}, lambda s, c: 1e-3, draws=False),
    }  # fmt: skip


CLAIM = Claim.of(
    globals(), measures=_measures(measure), panels=2,
    quick=Sizes(widths=(16,), points=32, at_steps=(1000,), seeds=8, block=8),
    full=Sizes(widths=(16, 64, 256), targets=("low", "high"), at_steps=(200, 1000, 4000)),
    control=Control(
        "the gains of |k| ≤ 1 are taken out of the path",
        Sizes(widths=(64,), starts=STARTS[:1], points=32, at_steps=(400,), seeds=8, block=8),
        _measures(partial(measure, without_lowest=True)),
    ),
)  # fmt: skip
