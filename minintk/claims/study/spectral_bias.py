"""Spectral bias: low frequencies are learned first, and without a bias some never."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._require import Array
from ...arccosine import aliased_eigenvalues
from ...circle import target_coefficients
from ...frozen import steps_to_learn
from ...law import Law
from ..claim import Axes, Cell, Claim, Control, Data, Found, Generator, Measure, Part
from ..drawing import draw_modes, label, ticks_at
from ..residuals import residual_spectra, steps_until
from ..statistics import Verdict, above, decide, exact, fitted_slopes, inside, student_interval

STATEMENT = "The lower the frequency, the larger the eigenvalue: low frequencies are learned first."
FORMULA = "steps to 5 % = −ln 20/ln(1 − ηλ_k), τ = ln 20/λ_k under flow; λ_k ~ 1/(π²k²)"
SOURCE = "Kalvankar (2026); Basri et al. (2019), sections 4 and 5"
PLAINLY = "Coarse shapes are learned first; at high k twice the frequency takes four times as long."
LEARNED, PATIENCE = 0.05, 1.2  # the share left; what takes so many predicted steps is given up
MARGIN, UNMOVED = 0.1, 1e-9  # MARGIN: relative for steps, and of the exponent


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run: at these the steps are known to 4 %, and 4 % off at most."""

    points: int = 32  # a step costs half of one on 64
    width: int = 1536
    frequencies: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 8)
    amplitude: float = 0.005
    learning_rate: float = 2.0  # near 3.6 a single step would learn k = 1
    seeds: int = 15
    competing_seeds: int = 5
    block: int = 5
    unlearned: tuple[int, ...] = (3, 5, 7, 9)
    steps_without_bias: int = 1000


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    return (
        f"The steps until {100 * LEARNED:g} % of cos kt remains grow with k = {sizes.frequencies}. "
        f"Their means are within {100 * MARGIN:g} % of the formula for each, by 95 % intervals "
        f"that hold together. The growth exponent over k ≥ 3 is within {MARGIN:g} of the formula's "
        f"own on the grid. Without a bias k = {sizes.unlearned} keep their residual to "
        f"{UNMOVED:g}. What takes over {PATIENCE:g} times the predicted steps counts as never "
        "learned."
    )


def _predicted(sizes: Sizes, ks: Sequence[int]) -> Array:
    eigenvalues = aliased_eigenvalues(sizes.points)[list(ks)]
    return steps_to_learn(eigenvalues, sizes.learning_rate, LEARNED)


def _shown_steps(sizes: Sizes) -> Array:
    last = _predicted(sizes, sizes.frequencies).max()
    return np.unique(np.append(0, np.geomspace(1, last, 40).round()))


def _shares(sizes: Sizes, ks: Sequence[int], steps: Array, *others: Any) -> Array:
    """Train on A Σ cos kt; the share of each cosine that is left: (networks, steps, cosines)."""
    target, columns = target_coefficients(ks, sizes.amplitude, 0.0), [2 * k - 1 for k in ks]
    return residual_spectra(sizes, target, steps, *others)[..., columns] / target[columns]


def measure(sizes: Sizes, cell: Cell, rng: Generator, count: int, swap: int = 0) -> Part:
    """Train on one cosine (`swap` − k in place of k); the steps until little of it remains."""
    k = abs(swap - cell.frequency)
    last = int(PATIENCE * _predicted(sizes, [k])[0]) + 2
    steps = np.unique(np.append(np.arange(0.0, last, 1 + last // 50), last))
    left = _shares(sizes, [k], steps, rng, count)[..., 0]
    return {"steps": [steps_until(LEARNED, steps, share) for share in left]}


def measure_competing(sizes: Sizes, cell: Cell, rng: Generator, count: int) -> Part:
    """Train on one target with all the cosines; the share of each that is left over time."""
    return {"left": _shares(sizes, sizes.frequencies, _shown_steps(sizes), rng, count)}


def measure_without_bias(sizes: Sizes, cell: Cell, rng: Generator) -> Part:
    """Train without a bias on odd cosines; the share of each that is left at the end."""
    steps = np.array([0.0, sizes.steps_without_bias])
    return {"left": _shares(sizes, sizes.unlearned, steps, rng, 1, Law(bias=False))[0, -1]}


def find(sizes: Sizes, data: Data) -> Found:
    """The steps beside the formula, and growth exponents of both."""
    ks, predicted = np.array(sizes.frequencies), _predicted(sizes, sizes.frequencies)
    shown, steps, left = _shown_steps(sizes), data["alone"]["steps"], data["competing"]["left"]
    with np.errstate(invalid="ignore"):  # inf − inf, where two frequencies are not learned
        longer = np.nan_to_num(np.diff(steps, axis=0), nan=0.0, posinf=np.inf, neginf=-np.inf)
        growth = [student_interval(row, len(ks) - 1) for row in longer]
        exponents = fitted_slopes(ks[ks >= 3], steps[ks >= 3])
    least = min(growth, key=lambda one: np.inf if np.isnan(one.mean) else one.mean)
    halves = [steps_until(0.5, shown, share) for share in left.mean(axis=0).T]
    return Found(
        steps=steps, half_ratio=halves / predicted * np.log(LEARNED) / np.log(0.5),
        predicted_steps=predicted, least_growth=least,
        step_ratio=[student_interval(row, len(ks)) for row in steps / predicted[:, None]],
        exponent_on_grid=float(fitted_slopes(ks[ks >= 3], predicted[ks >= 3, None])[0]),
        left_without_bias=data["without_bias"]["left"], exponent=student_interval(exponents),
        shown_steps=shown, left=left, left_predicted=LEARNED ** (shown[:, None] / predicted),
    )  # fmt: skip


def judge(sizes: Sizes, found: Found) -> Verdict:
    """Order, steps, exponent, and the frequencies never learned."""
    grid, moved = found.exponent_on_grid, float(np.abs(found.left_without_bias - 1).max())
    ratios = dict(zip(sizes.frequencies, found.step_ratio, strict=True))
    worst, half = max(ratios, key=lambda k: abs(ratios[k].mean - 1)), found.half_ratio
    longest = ratios[worst] if np.isfinite(ratios[worst].mean) else f"more than {PATIENCE:g}"
    exponent = found.exponent if np.isfinite(found.exponent.mean) else "not known"
    return decide(
        [above("steps by which each frequency takes longer", found.least_growth, 0.0),
         *(inside(f"steps of k = {k}", ratios[k], 1 - MARGIN, 1 + MARGIN) for k in ratios),
         inside("growth exponent", found.exponent, grid - MARGIN, grid + MARGIN),
         exact("odd k without a bias", moved, UNMOVED)],
        f"cos kt takes, for the worst k = {worst}, {longest} times the predicted steps; the growth "
        f"exponent from k = 3 on is {exponent} ({grid:.2f} predicted). In one target "
        f"with all of them each is halved in {half.min():.2f} to {half.max():.2f} times the "
        f"predicted steps. Without a bias odd k move by {moved:.0e}. All at amplitude "
        f"{sizes.amplitude:g}: the larger it is, the more the kernel moves.",
    )  # fmt: skip


def draw(sizes: Sizes, found: Found, axes: Axes) -> None:
    """Steps by frequency; competing modes over time on their prediction, and those that stay."""
    (left, right), ks, predicted = axes, np.array(sizes.frequencies), found.predicted_steps
    steps = np.where(np.isfinite(found.steps), found.steps, np.nan)  # no point where not learned
    left.plot(ks, predicted, "k-", label="−ln 20/ln(1 − ηλ_k)")
    left.errorbar(ks, steps.mean(axis=1), steps.std(axis=1, ddof=1), fmt="o", label="networks")
    left.plot(ks, predicted[-1] * (ks / ks[-1]) ** 2, "k:", label="k²")
    label(left, "frequency k", f"steps to {100 * LEARNED:g} % (m = {sizes.width})",
          "Learning cos kt alone", log="xy", legend="best")  # fmt: skip
    ticks_at(left, sizes.frequencies)
    draw_modes(right, found.shown_steps, found.left.mean(axis=0), found.left_predicted, ks)
    odd = f"k = {', '.join(map(str, sizes.unlearned))},\nwithout bias"
    ends = np.stack([np.ones(len(sizes.unlearned)), found.left_without_bias])
    right.plot([0, sizes.steps_without_bias], ends, "kx:", label=[odd, *"_" * (len(ends.T) - 1)])
    label(right, "step", "share of cos kt left", "All in one target. Lines: (1 − ηλ_k)^step",
          xscale="symlog", ylim=(-0.1, 1.1))  # fmt: skip
    right.legend(loc="center left", bbox_to_anchor=(1, 0.5))


MEASURES = {
    "alone": Measure(measure, {"frequency": "frequencies"}, together=True,
                     cost=lambda s, c: 8e-7 * (2 + c.frequency**2) * s.width),
    "competing": Measure(measure_competing, {}, together=True, seeds="competing_seeds",
                         cost=lambda s, c: 5e-7 * max(s.frequencies)**2 * s.width),
    "without_bias": Measure(measure_without_bias, {}, lambda s, c: 5e-5 * s.width, draws=False),
}  # fmt: skip
CLAIM = Claim.of(
    globals(), quick=Sizes(frequencies=(1, 2, 3, 6), seeds=5, competing_seeds=2),
    full=Sizes(points=256, width=16384, frequencies=tuple(range(1, 17)), steps_without_bias=10_000),
    measures=MEASURES, panels=2,
    control=Control("the spectrum is shuffled: mode 7 − k stands for mode k",
                    Sizes(32, 256, (1, 2, 5, 6), seeds=4, competing_seeds=2, unlearned=(4, 2)),
                    {"alone": MEASURES["alone"].wrong(swap=7)}),
)  # fmt: skip
