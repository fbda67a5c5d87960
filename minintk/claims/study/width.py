"""Width: with m neurons and the kernel of the start the operator is off by O(m^-1/2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..._require import Array
from ...arccosine import infinite_ntk
from ...circle import mean_by_frequency, sample_angles
from ...evolving import width_limit
from ...evolving.gaussian_limits import limit_block, norms
from ...fast.population import population_low_frequency_block
from ...law import Law
from ...network import initialise
from ...ntk import factorised_ntk, monte_carlo_ntk
from .. import fluctuations
from ..claim import Axes, Cell, Claim, Control, Data, Found, Generator, Measure, Part
from ..drawing import MARKERS, label
from ..statistics import Verdict, decide, exact

STATEMENT = "With m neurons the kernel of the start on low frequencies is off by O(m^-1/2)."
FORMULA = "√m (⟨φ_j, K_m φ_l⟩ − Λ) → Gaussian, of one neuron's covariance;  E[K_m] = K at every m"
SOURCE = "Kalvankar (2026); Jacot et al. (2018), theorem 1; minintk.evolving.gaussian_limits"
PLAINLY = "Four times as many neurons halve what a network's kernel is off by; its mean is exact."
ERRORS, STILL = 5.0, 1e-12
# Of the output weights, and whether in antisymmetric pairs.
LAWS = {"signs": ("signs", False), "antisymmetric": ("signs", True), "normal": ("normal", False)}


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run."""

    widths: tuple[int, ...] = (64, 256, 1024, 4096)
    seeds: int = 240
    block: int = 16
    k_max: int = 4
    gaussian_draws: int = 4000
    mean_points: int = 16
    mean_neurons: int = 1_000_000


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    rate = fluctuations.criterion("m", sizes.widths)
    return (
        f"Every entry of the mean kernel of {sizes.mean_neurons:,} neurons is within {ERRORS:g} "
        f"standard errors of K (one that never varies: equal to {STILL:g}), or all fails. Of "
        f"three laws of the output weights, |k| ≤ {sizes.k_max}, two things are asked, by 95 % "
        f"intervals joint over the laws. {rate}"
    )


def measure(sizes: Sizes, cell: Cell, rng: Generator, copies: bool = False) -> Part:
    """Error of the operator of a network on the whole circle, for every law."""
    width = 2 if copies else cell.width  # m copies of a pair of neurons have the pair's kernel
    limit, deviations = limit_block(sizes.k_max), {}
    for name, (law, pairs) in LAWS.items():
        params = initialise(width, rng, Law(output_law=law), antisymmetric=pairs)
        deviations[name] = population_low_frequency_block(params, sizes.k_max) - limit
    return {**norms(deviations), "by_k": _by_k(deviations["signs"], limit)}


def _by_k(deviation: Array, limit: Array) -> Array:
    """|A_kk − λ_k|/λ_k, the root mean square of both phases."""
    squares = (deviation.diagonal() / limit.diagonal()) ** 2
    return np.asarray(np.sqrt(mean_by_frequency(squares)))


def measure_limit(sizes: Sizes, cell: Cell, rng: Generator) -> Part:
    """Mean norms of the Gaussian limit."""
    how = sizes.k_max, sizes.gaussian_draws, rng
    draws = {name: width_limit(*how, *law) for name, law in LAWS.items()}
    limit = limit_block(sizes.k_max)
    by_k = [_by_k(one, limit) for one in draws["signs"]]
    means = {name: values.mean() for name, values in norms(draws).items()}
    return {**means, "by_k": np.mean(by_k, axis=0)}


def measure_mean(sizes: Sizes, cell: Cell, rng: Generator, copies: bool = False) -> Part:
    """The mean kernel of many neurons, its standard error, and the kernel of infinite width."""
    angles = sample_angles(sizes.mean_points - 1, rng)
    angles = np.append(angles, angles[0] + np.pi)  # there K and every network's kernel are 0
    mean, error = monte_carlo_ntk(angles, sizes.mean_neurons, rng)
    if copies:
        mean, error = factorised_ntk(initialise(1, rng), angles), np.zeros_like(mean)
    return {"mean_kernel": mean, "mean_error": error, "mean_theory": infinite_ntk(angles)}


def find(sizes: Sizes, data: Data) -> Found:
    """A slope for every seed and law, the constants, and the mean kernel entry by entry."""
    mean, errors, limit = data["mean"], data["networks"], dict(data["limit"])
    predicted_by_k = limit.pop("by_k")
    about = fluctuations.slopes_and_constants(sizes.widths, errors, limit, *LAWS)
    return Found(**errors, **mean, **about, predicted_by_k=predicted_by_k,
                 largest_standard_score=_largest_score(*mean.values()))  # fmt: skip


def _largest_score(kernel: Array, error: Array, theory: Array) -> float:
    """Largest |mean − K| in standard errors; an entry that never varies must be equal."""
    off = np.abs(kernel - theory)
    still = np.where(off > STILL, np.inf, 0.0)
    return float(np.where(error < STILL, still, off / np.maximum(error, STILL)).max())


def judge(sizes: Sizes, found: Found) -> Verdict:
    """The mean kernel, without which it fails, the slopes and the constants."""
    score = found.largest_standard_score
    mean = exact("the mean kernel", score, ERRORS)
    return decide(
        [mean, *fluctuations.findings(found)] if mean.shown else [mean],
        f"{fluctuations.said('m', found)} The mean of many neurons is at most {score:.1f} standard "
        "errors away from K.",
    )


def draw(sizes: Sizes, found: Found, axes: Axes) -> None:
    """Errors on the predicted lines, as they are and relative; every entry of the mean kernel."""
    fluctuations.draw(axes[:2], "m", sizes.widths, sizes.k_max, found)
    varies = np.triu(found.mean_error > STILL)
    scores = (found.mean_kernel - found.mean_theory)[varies] / found.mean_error[varies]
    axes[2].plot(found.mean_theory[varies], scores, "o", label="every entry (i, j)")
    axes[2].axhspan(-2, 2, color="0.92", zorder=0, label="two standard errors")
    label(axes[2], "K(x, x') in closed form", "mean − K (in standard errors)",
          f"E[K_m] = K: {sizes.mean_neurons:,} neurons", legend="lower left",
          ylim=(-ERRORS, ERRORS))  # fmt: skip
    for row, width in enumerate(sizes.widths):
        colour, k = f"C{row}", range(sizes.k_max + 1)
        axes[3].plot(k, found.by_k[row].mean(axis=0), MARKERS[row % len(MARKERS)], color=colour,
                     label=f"m = {width}")  # fmt: skip
        axes[3].plot(k, found.predicted_by_k / np.sqrt(width), color=colour)
    label(axes[3], "frequency k", "mean |A_kk − λ_k|/λ_k", "Relative error by k. Lines: predicted",
          log="y", xticks=k)  # fmt: skip
    axes[3].margins(y=0.2)
    axes[3].legend(loc="upper center", ncols=len(sizes.widths), fontsize=7.5)


MEASURES = {
    "limit": Measure(measure_limit, {}, lambda s, c: 2.6e-5 * s.gaussian_draws, draws=False),
    "mean": Measure(measure_mean, {}, lambda s, c: 2e-7 * s.mean_neurons, draws=False),
    "networks": Measure(measure, {"width": "widths"}, lambda s, c: 6e-4 + 1e-6 * c.width),
}
CLAIM = Claim.of(
    globals(), measures=MEASURES, panels=4,
    quick=Sizes((64, 256, 512), seeds=64, gaussian_draws=1000, mean_neurons=200_000),
    full=Sizes(tuple(64 * 4**power for power in range(8)), seeds=160, gaussian_draws=8000,
               mean_neurons=8_000_000),
    control=Control("neurons that are copies of one",
                    Sizes((64, 1024, 16384), 16, gaussian_draws=500, mean_neurons=2),
                    {name: MEASURES[name].wrong(copies=True) for name in ("mean", "networks")}),
)  # fmt: skip
