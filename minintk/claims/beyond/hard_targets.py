"""Hard targets: do learned features speed up a target with a heavy tail? (Asked before any run.)"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..._require import Array
from ...arccosine import fourier_eigenvalues
from ...circle import basis_frequencies, target_coefficients
from ...evolving import mean_field_descent, mean_field_start
from ...fast import population_objective
from ...frozen import mode_descent
from ..claim import Axes, Cell, Claim, Control, Data, Found, Generator, Measure, Part
from ..drawing import MARKERS, label
from ..numbers import between
from ..statistics import Finding, Interval, Verdict, decide, fitted_slopes, looked_at

STATEMENT = (
    "For a target Σ k^-(½+β) √2 cos(kt + 0.3k) the lazy loss falls as τ^-β; feature learning makes "
    "it τ^-2β/(1+β) for β < 1, and no faster for β > 1."
)
FORMULA = "β_rich = 2β/(1 + β) for β < 1, β for β > 1;  γ^-2 = ∞: lazy, γ^-2 = 1: rich"
SOURCE = "Bordelon, Atanasov & Pehlevan (2024), who test it on the circle"
WINDOWS = ((10.0, 100.0), (30.0, 300.0), (100.0, 800.0))
SHARE, SAME = 0.5, 0.1
LATER = (
    "each window is judged by itself, by the spread over two resolutions. Added after a full run: "
    "windows differed by far more than resolutions, so no finer run decides the first form."
)


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run: `widths` are γ^-2 of the limit, the last one is the richest."""

    betas: tuple[float, ...] = (0.5, 1.5)
    widths: tuple[float, ...] = (64.0, 4.0, 1.0)
    radii: tuple[int, ...] = (6, 8)
    last: float = 100.0
    k_max: int = 32
    learning_rate: float = 0.2

    def windows(self) -> list[tuple[float, float]]:
        """The stretches of time on which exponents are fitted."""
        return [window for window in WINDOWS if window[1] <= self.last]

    def steps(self) -> Array:
        """Where losses are kept: evenly in the logarithm."""
        last = round(self.last / self.learning_rate)
        return np.unique(np.geomspace(1, last, 200).round()).astype(int)


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    windows = ", ".join(f"{low:g}–{high:g}" for low, high in WINDOWS)
    return (
        f"Exponents of the loss in τ are those on the windows {windows}, at two resolutions, whose "
        f"spread is the interval. For β < 1 the loss at γ^-2 = {sizes.widths[-1]:g} is steeper "
        f"than at ∞ by at least {100 * SHARE:g} % of the predicted difference 2β/(1+β) − β. For β "
        f"> 1 they differ by less than {SAME:g}. Here β = "
        f"{', '.join(f'{beta:g}' for beta in sizes.betas)}. This run goes to τ = {sizes.last:g}; "
        "without all windows nothing is decided."
    )


def _target(sizes: Sizes, beta: float) -> Array:
    decay = np.maximum(basis_frequencies(sizes.k_max), 1.0) ** -(0.5 + beta)
    return np.asarray(target_coefficients(range(1, sizes.k_max + 1), np.sqrt(2)) * decay)


def measure(sizes: Sizes, cell: Cell, rng: Generator) -> Part:
    """Losses of the mean-field limit on the whole circle."""
    start, steps = mean_field_start(cell.radii, directions=8 * cell.radii), sizes.steps()
    _, losses = mean_field_descent(start, population_objective, _target(sizes, cell.beta),
                                   cell.width, sizes.learning_rate, int(steps[-1]))  # fmt: skip
    return {"loss": losses[steps]}


def measure_lazy(sizes: Sizes, cell: Cell, rng: Generator) -> Part:
    """Losses at γ^-2 = ∞, in closed form."""
    rates = fourier_eigenvalues(sizes.k_max)[basis_frequencies(sizes.k_max)]
    left = mode_descent(rates, sizes.learning_rate, sizes.steps())
    return {"loss": left**2 @ _target(sizes, cell.beta) ** 2 / 2}


def find(sizes: Sizes, data: Data) -> Found:
    """Exponents by window, β, γ^-2 and resolution; by how much the richest is steeper than lazy."""
    times = sizes.learning_rate * sizes.steps()
    losses = {name: data[name]["loss"] for name in ("limit", "lazy")}
    windows = [(times >= low) & (times <= high) for low, high in sizes.windows()]
    rich, lazy = (np.array([_exponent(times, of, some) for some in windows])
                  for of in losses.values())  # fmt: skip
    steeper = rich[:, :, -1] - lazy[..., None]  # (windows, β, resolutions)
    ends = [{f"β = {beta:g}": (float(of[:, row].min()), float(of[:, row].max()))
             for row, beta in enumerate(sizes.betas)} for of in (steeper, lazy)]  # fmt: skip
    return Found(
        times=times, losses=losses["limit"], lazy_loss=losses["lazy"], exponents=rich,
        lazy_exponents=lazy, steeper=ends[0], lazy_range=ends[1],
        steeper_by_window=np.stack([steeper.min(axis=-1), steeper.max(axis=-1)], axis=-1),
    )  # fmt: skip


def _exponent(times: Array, losses: Array, some: npt.NDArray[np.bool_]) -> Array:
    """−d ln L/d ln τ by least squares on some of the times, the last axis of the losses."""
    rows = losses[..., some].reshape(-1, int(some.sum()))
    return -fitted_slopes(times[some], rows.T).reshape(losses.shape[:-1])


def judge(sizes: Sizes, found: Found) -> Verdict:
    """The difference of exponents for each β, where every window was run at two resolutions."""
    findings, said = [], []
    whole = len(sizes.windows()) == len(WINDOWS) and len(sizes.radii) > 1
    for beta in sizes.betas:
        low, high = found.steeper[f"β = {beta:g}"]
        findings.append(_finding(beta, low, high, whole))
        lazy = between(*(f"{value:.2f}" for value in found.lazy_range[f"β = {beta:g}"]))
        said.append(f"β = {beta:g}: {_signed(low, high, 3)} on the lazy exponent {lazy}")
    return decide(findings, f"exponents at γ^-2 = {sizes.widths[-1]:g}, {'; '.join(said)}.")


def judge_later(sizes: Sizes, found: Found) -> Verdict:
    """The same in each window that was run."""
    findings, said = [], []
    for (first, last), row in zip(sizes.windows(), found.steeper_by_window, strict=True):
        for beta, (low, high) in zip(sizes.betas, row, strict=True):
            where = f"τ = {first:g}–{last:g}"
            findings.append(_finding(beta, low, high, len(sizes.radii) > 1, f" on {where}"))
            said.append(f"β = {beta:g}, {where}: {_signed(low, high, 3)}")
    return decide(findings, f"difference of exponents: {'; '.join(said)}.")


def _finding(beta: float, low: float, high: float, known: bool, where: str = "") -> Finding:
    """Whether the difference of exponents is what is asked for this β."""
    least, most = (SHARE * (2 * beta / (1 + beta) - beta), np.inf) if beta < 1 else (-SAME, SAME)
    inner, outer = least <= low and high <= most, high < least or low > most
    asked = f"steeper by {least:.3f}" if beta < 1 else "no steeper"
    shown = inner if known and (inner or outer) else None
    interval = Interval((low + high) / 2, low, high, kind="spread over resolutions")
    return looked_at(f"β = {beta:g} {asked}{where}", shown, interval, least, most)


def _signed(low: float, high: float, places: int) -> str:
    return between(*(f"{value:+.{places}f}".replace("-", "−") for value in (low, high)))


def explain(sizes: Sizes, found: Found) -> str:
    """For a reader who has not read the study."""
    low, high = next(iter(found.steeper.values()))
    return (
        f"With many fine details (β = {sizes.betas[0]:g}) the loss falls as a power of the time. "
        f"From a lazy network to a rich one its exponent changes by {_signed(low, high, 2)}."
    )


def draw(sizes: Sizes, found: Found, axes: Axes) -> None:
    """Loss over time for every γ^-2, one panel a β."""
    for row, (axis, beta) in enumerate(zip(axes, sizes.betas, strict=False)):
        axis.plot(found.times, found.lazy_loss[row], "k:", label="γ^-2 = ∞ (lazy)")
        for column, width in enumerate(sizes.widths):
            axis.plot(found.times, found.losses[row, column, -1], MARKERS[column] + "-",
                      markevery=20, markersize=4, label=f"γ^-2 = {width:g}")  # fmt: skip
        end, exponent = found.times[-60:], 2 * beta / (1 + beta) if beta < 1 else beta
        line = found.lazy_loss[row, -1] * (end / end[-1]) ** -exponent
        axis.plot(end, line, "0.5", ls="--", label=f"slope −{exponent:.2f}, at any height")
        label(axis, "time τ", "loss", f"y_k = k^-{0.5 + beta:g} (β = {beta:g})", "xy", "lower left")


CELLS = {"beta": "betas", "width": "widths", "radii": "radii"}
LIMIT = Measure(measure, CELLS, draws=False, cost=lambda s, c:
                s.last / s.learning_rate * 16 * c.radii**2 * (4e-7 + 1e-8 * s.k_max))  # fmt: skip
LAZY = Measure(measure_lazy, {"beta": "betas"}, lambda s, c: 1e-3, draws=False)
CLAIM = Claim.of(
    globals(), panels=2, measures={"limit": LIMIT, "lazy": LAZY}, later=(LATER, judge_later),
    quick=Sizes(widths=(1.0,), radii=(4, 6), last=100.0, k_max=16),
    full=Sizes(radii=(12, 16), last=800.0, k_max=128, learning_rate=0.1),
    control=Control("the lazy limit in place of the rich one",
                    Sizes(betas=(0.5,), widths=(1.0,), last=800.0, k_max=16),
                    {"limit": replace(LAZY, over=CELLS)}),
)  # fmt: skip
