"""Decay: each Fourier mode of the residual decays exponentially, at the rate of its eigenvalue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from ..._require import Array
from ...arccosine import aliased_eigenvalues, fourier_eigenvalues, infinite_ntk
from ...circle import fourier_basis, uniform_angles
from ...frozen import frozen_flow, mode_decay, mode_descent, steps_to_learn
from ..claim import Axes, Cell, Claim, Control, Data, Found, Generator, Measure, Part
from ..drawing import MARKERS, draw_modes, label, ranges
from ..residuals import amplitudes, residual_spectra
from ..statistics import Interval, Verdict, decide, exact, inside, student_interval

STATEMENT = "Each Fourier mode of the residual decays exponentially, at the rate of its eigenvalue."
FORMULA = "r_k(τ) = exp(−λ_k τ) r_k(0);  under descent r_k = (1 − ηλ_k)^s r_k(0)"
SOURCE = (
    "Kalvankar (2026); Jacot et al. (2018), section 5; Bowman & Montúfar (2022): damped deviations"
)
PLAINLY = "What is left to learn is a sum of waves; each fades with its own half-life, ln 2/λ_k."
STABLE = float(2 / fourier_eigenvalues(0)[0])  # a learning rate at infinite width is below it
ROUNDING, MARGIN = 1e-12, 0.05
FIT_FROM, FIT_TO, LAST = 0.9, 0.15, 0.12  # of the start; training ends where the slowest has LAST


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run: at these each rate is known to 2 %, and off by about 1 %."""

    points: int = 24
    width: int = 2048
    k_max: int = 5
    amplitude: float = 0.01
    learning_rate: float = 1.0
    seeds: int = 36
    large_amplitude: float = 1.0  # shown beside, not judged
    large_seeds: int = 9
    block: int = 9


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    return (
        f"The infinite-width flow follows exp(−λτ) to {ROUNDING:g}. Rates are fitted to training "
        f"for a small target (amplitude {sizes.amplitude:g}). The steps of the fit are those "
        f"whose prediction lies between {FIT_FROM} and {FIT_TO} of its start. The mean rates are "
        f"within {100 * MARGIN:g} % of λ_k (aliased on the grid) for every k ≤ {sizes.k_max}, by "
        "95 % intervals that hold together."
    )


def _prediction(sizes: Sizes) -> tuple[Array, Array, Array]:
    """λ_k; every step up to 20, then evenly in the logarithm; the share that is left at each."""
    eigenvalues = aliased_eigenvalues(sizes.points)[: sizes.k_max + 1]
    last = steps_to_learn(eigenvalues.min(), sizes.learning_rate, LAST)
    steps = np.unique(np.concatenate([np.arange(21), np.geomspace(20, last, 60).round()]))
    return eigenvalues, steps, mode_descent(eigenvalues, sizes.learning_rate, steps)


def measure(
    sizes: Sizes, cell: Cell, rng: Generator, count: int, large: bool = False, of: int = 0
) -> Part:
    """The share of every mode that is left while networks train (k + `of` in place of k)."""
    amplitude = sizes.large_amplitude if large else sizes.amplitude
    target = np.full(2 * (sizes.k_max + of) + 1, amplitude)
    left = amplitudes(residual_spectra(sizes, target, _prediction(sizes)[1], rng, count))
    return {"share": (left / left[:, :1])[..., of:]}


def measure_infinite(sizes: Sizes, cell: Cell, rng: Generator, of: int = 0) -> Part:
    """Flow of the infinite-width kernel on the grid against exp(−λτ), largest error."""
    angles, (eigenvalues, steps, _) = uniform_angles(sizes.points), _prediction(sizes)
    basis, times = fourier_basis(angles, sizes.k_max + of), sizes.learning_rate * steps
    targets = basis.sum(axis=1)
    outputs = frozen_flow(infinite_ntk(angles), np.zeros_like(targets), targets, times)
    left = amplitudes((targets - outputs) @ basis)
    return {"error": np.abs((left / left[0])[:, of:] - mode_decay(eigenvalues, times)).max()}


def _rate_ratios(sizes: Sizes, shares: Array) -> list[Interval]:
    """Rates over λ_k: slopes of the logarithm of shares (seeds, steps, k), in (1 − ηλ)^s."""
    eigenvalues, steps, predicted = _prediction(sizes)
    ratios = []
    for k, value in enumerate(eigenvalues):
        rows = np.flatnonzero((predicted[:, k] <= FIT_FROM) & (predicted[:, k] >= FIT_TO))
        if len(rows) < 2:
            raise ValueError(f"learning_rate must be smaller, to see k = {k} fall in two steps")
        x = steps[rows] - steps[rows].mean()
        rates = -np.expm1(np.log(shares[:, rows, k]) @ x / (x @ x)) / sizes.learning_rate
        ratios.append(student_interval(rates / value, len(eigenvalues)))
    return ratios


def find(sizes: Sizes, data: Data) -> Found:
    """The rate of every frequency, for both targets."""
    (eigenvalues, steps, predicted), small = _prediction(sizes), data["small"]["share"]
    return Found(
        eigenvalues=eigenvalues, times=sizes.learning_rate * steps, measured=small,
        predicted=predicted, error_of_infinite_flow=float(data["infinite"]["error"]),
        rate_ratio=_rate_ratios(sizes, small),
        rate_ratio_of_large_target=_rate_ratios(sizes, data["large"]["share"]),
    )  # fmt: skip


def judge(sizes: Sizes, found: Found) -> Verdict:
    """Exact at infinite width, and the fitted rates of the small target."""
    ratios, large = dict(enumerate(found.rate_ratio)), found.rate_ratio_of_large_target
    worst = max(ratios, key=lambda k: abs(ratios[k].mean - 1))
    last = min(ratios, key=lambda k: large[k].mean)
    return decide(
        [exact("the infinite-width flow", found.error_of_infinite_flow, ROUNDING),
         *(inside(f"rate of k = {k}", ratios[k], 1 - MARGIN, 1 + MARGIN) for k in ratios)],
        f"while a mode falls from {FIT_FROM} to {FIT_TO} of its start its rate is, for the worst "
        f"k = {worst}, {ratios[worst]} times λ_k at width {sizes.width}. It stops holding for large"
        f" targets, which move the kernel: at amplitude {sizes.large_amplitude:g} the rate of "
        f"k = {last} is {large[last]} times λ_k.",
    )  # fmt: skip


def draw(sizes: Sizes, found: Found, axes: Axes) -> None:
    """Modes against time on the predicted lines, and the fitted rates."""
    (left, right), ks = axes, np.arange(sizes.k_max + 1)
    mean = np.exp(np.log(found.measured).mean(axis=0))  # (s, k_max + 1), over the seeds
    draw_modes(left, found.times[1:], mean[1:], found.predicted[1:], ks)
    left.axhspan(FIT_TO, FIT_FROM, color="0.92", zorder=0, label="range of the fit")
    label(left, "time τ = η × steps", "residual mode, relative to its start",
          f"Points: width {sizes.width}, {sizes.seeds} seeds. Lines: theory", log="xy",
          legend="lower left", ylim=(1e-4, 1.5))  # fmt: skip
    targets = ((sizes.amplitude, found.rate_ratio),
               (sizes.large_amplitude, found.rate_ratio_of_large_target))  # fmt: skip
    for place, (amplitude, intervals) in enumerate(targets):
        bars = np.array([[i.low, i.mean, i.high] for i in intervals])
        ranges(right, ks - 0.08 + 0.16 * place, bars, MARKERS[-place], f"target at {amplitude}")
    right.axhline(1, color="k", linestyle="--", label="theory")
    label(right, "frequency k", "fitted rate over λ_k (95 %)", "A large target moves the kernel",
          "", "lower left", xticks=ks, ylim=(0, 1.2))  # fmt: skip


MEASURES = {
    "infinite": Measure(measure_infinite, {}, lambda s, c: 0.01, draws=False),
    **{name: Measure(partial(measure, large=name == "large"), {}, together=True, seeds=seeds,
                     cost=lambda s, c: 1e-6 * (1 + s.k_max**2) * s.width)
       for name, seeds in (("small", "seeds"), ("large", "large_seeds"))},
}  # fmt: skip
CLAIM = Claim.of(
    globals(), quick=Sizes(k_max=2, seeds=27), measures=MEASURES, panels=2,
    full=Sizes(points=64, width=65536, k_max=8, seeds=16, block=1),
    control=Control("every frequency is given the mode of the next one",
                    Sizes(width=256, k_max=2, seeds=8, large_seeds=8, block=8),
                    {name: right.wrong(of=1) for name, right in MEASURES.items()}),
)  # fmt: skip
