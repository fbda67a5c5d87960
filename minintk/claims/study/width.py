"""Width: with m neurons and the kernel of the start the operator is off by O(m^-1/2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..._require import Array
from ...arccosine import infinite_ntk
from ...circle import sample_angles
from ...fast.population import population_low_frequency_block
from ...law import Law
from ...network import initialise
from ...ntk import factorised_ntk, monte_carlo_ntk
from .. import fluctuations
from ..claim import Cell, Claim, Control, Data, Found, Measure, Part
from ..statistics import Verdict, decide, exact

STATEMENT = (
    "With m neurons and the kernel frozen at initialisation the operator on a fixed low-frequency "
    "subspace is off by O(m^-1/2)."
)
FORMULA = "√m (⟨φ_j, K_m φ_l⟩ − Λ) → Gaussian, of one neuron's covariance;  E[K_m] = K at every m"
SOURCE = "Kalvankar (2026); Jacot et al. (2018), theorem 1; derived in minintk.claims.fluctuations"
ERRORS, STILL = 5.0, 1e-12
# Of the output weights, and whether in antisymmetric pairs.
LAWS = {"signs": ("signs", False), "antisymmetric": ("signs", True), "normal": ("normal", False)}


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run."""

    widths: tuple[int, ...] = (64, 256, 1024, 4096, 16384)
    seeds: int = 160
    block: int = 16
    k_max: int = 4
    gaussian_draws: int = 8000
    mean_points: int = 16
    mean_neurons: int = 2_000_000


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    rate = fluctuations.criterion("m", sizes.widths)
    return (
        f"Every entry of the mean kernel of {sizes.mean_neurons:,} neurons is within {ERRORS:g} "
        f"standard errors of K (one that never varies: equal to {STILL:g}), or all fails. For "
        f"three laws of the output weights (together), |k| ≤ {sizes.k_max}: {rate}"
    )


def measure(sizes: Sizes, cell: Cell, rng: np.random.Generator, copies: bool = False) -> Part:
    """Error of the operator of a network on the whole circle, for every law."""
    width = 2 if copies else cell.width  # m copies of a pair of neurons have the pair's kernel
    limit, deviations = fluctuations.limit_block(sizes.k_max), {}
    for name, (law, pairs) in LAWS.items():
        params = initialise(width, rng, Law(output_law=law), antisymmetric=pairs)
        deviations[name] = population_low_frequency_block(params, sizes.k_max) - limit
    return fluctuations.norms(deviations)


def measure_limit(sizes: Sizes, cell: Cell, rng: np.random.Generator) -> Part:
    """Mean norms of the Gaussian limit."""
    k_max, draws = sizes.k_max, sizes.gaussian_draws
    return fluctuations.mean_norms(
        {name: fluctuations.width_limit(k_max, draws, rng, *law) for name, law in LAWS.items()}
    )


def measure_mean(sizes: Sizes, cell: Cell, rng: np.random.Generator, copies: bool = False) -> Part:
    """The mean kernel of many neurons, its standard error, and the kernel of infinite width."""
    angles = sample_angles(sizes.mean_points - 1, rng)
    angles = np.append(angles, angles[0] + np.pi)  # there K and every network's kernel are 0
    mean, error = monte_carlo_ntk(angles, sizes.mean_neurons, rng)
    if copies:
        mean, error = factorised_ntk(initialise(1, rng), angles), np.zeros_like(mean)
    return {"kernel": mean, "error": error, "theory": infinite_ntk(angles)}


def find(sizes: Sizes, data: Data) -> Found:
    """A slope for every seed and law, the constants, and the mean kernel entry by entry."""
    mean, errors = data["mean"], data["networks"]
    return Found(
        **errors,
        **{f"mean_{name}": values for name, values in mean.items()},
        largest_standard_score=_largest_score(mean["kernel"], mean["error"], mean["theory"]),
        **fluctuations.slopes_and_constants(sizes.widths, errors, data["limit"], LAWS),
    )


def _largest_score(kernel: Array, error: Array, theory: Array) -> float:
    """Largest |mean − K| in standard errors; an entry that never varies must be equal."""
    off, still = np.abs(kernel - theory), error < STILL
    if off[still].max(initial=0.0) > STILL:
        return float("inf")
    return float((off[~still] / error[~still]).max(initial=0.0))


def judge(sizes: Sizes, found: Found) -> Verdict:
    """The mean kernel, without which it fails, the slopes and the constants."""
    score = found.largest_standard_score
    mean = exact("the mean kernel", score, ERRORS)
    return decide(
        [mean, *fluctuations.findings(found)] if mean.shown else [mean],
        f"{fluctuations.said('m', found)} The mean of many neurons is at most {score:.1f} standard "
        "errors away from K.",
    )


def explain(sizes: Sizes, found: Found) -> str:
    """For a reader who has not read the study."""
    return (
        "A network of random neurons has on average exactly the kernel of infinite width; four "
        "times as many neurons halve what a single network is off by, and how much that is follows "
        "from one neuron, with nothing to fit. Relative to the modes' own rates it is 10 % at "
        f"about {found.for_a_tenth['signs']:,} neurons."
    )


def draw(sizes: Sizes, found: Found, axes: Sequence[Any]) -> None:
    """Errors on the predicted lines, as they are and relative; every entry of the mean kernel."""
    fluctuations.draw(axes[:2], "m", sizes.widths, sizes.k_max, found)
    varies = np.triu(found.mean_error > STILL)
    scores = (found.mean_kernel - found.mean_theory)[varies] / found.mean_error[varies]
    axes[2].plot(found.mean_theory[varies], scores, "o", label="every entry (i, j)")
    for level, label in ((2, "two standard errors"), (-2, None)):
        axes[2].axhline(level, color="k", linestyle="--", label=label)
    axes[2].set(title=f"E[K_m] = K: {sizes.mean_neurons:,} neurons", ylim=(-ERRORS, ERRORS))
    axes[2].set(xlabel="K(x, x') in closed form", ylabel="mean − K (in standard errors)")
    axes[2].legend(loc="lower left")


OVER = {"width": "widths"}
MEASURES = {
    "limit": Measure(measure_limit, {}, lambda s, c: 6e-5 * s.gaussian_draws, draws=False),
    "mean": Measure(measure_mean, {}, lambda s, c: 3e-7 * s.mean_neurons, draws=False),
    "networks": Measure(measure, OVER, lambda s, c: 1e-3 + 1.5e-6 * c.width),
}
COPIES = {
    "mean": Measure(partial(measure_mean, copies=True), {}, lambda s, c: 1e-3, draws=False),
    "networks": Measure(partial(measure, copies=True), OVER, lambda s, c: 1e-3),
}
CLAIM = Claim(
    name="width",
    statement=STATEMENT,
    formula=FORMULA,
    source=SOURCE,
    criterion=criterion,
    default=Sizes(),
    quick=Sizes(widths=(64, 512, 1024), seeds=256, gaussian_draws=4000, mean_neurons=400_000),
    full=Sizes(tuple(64 * 4**power for power in range(8)), mean_neurons=8_000_000),
    measures=MEASURES,
    find=find,
    judge=judge,
    explain=explain,
    draw=draw,
    panels=3,
    control=Control(
        "neurons that are copies of one",
        Sizes((64, 1024, 16384), 16, gaussian_draws=500, mean_neurons=2),
        MEASURES | COPIES,
    ),
    later=(fluctuations.LATER, fluctuations.judge_later),
)
