"""Sampling: with n random samples the operator on low frequencies is off by O(n^-1/2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ...arccosine import aliased_eigenvalues, fourier_eigenvalues
from ...circle import sample_angles, uniform_angles
from ...fast.infinite import infinite_low_frequency_block
from ...fast.modes import gram_matrix, whitened_block
from ...spectrum import spectral_error
from .. import fluctuations
from ..claim import Cell, Claim, Control, Data, Found, Measure, Part
from ..statistics import Verdict, decide

STATEMENT = (
    "With n random samples the kernel operator on a fixed low-frequency subspace is off by "
    "O(n^-1/2)."
)
FORMULA = (
    "√n (A − Λ) → ΛG + GΛ for A = ΦᵀK_nΦ/n², → UΛ + ΛUᵀ for A = QᵀK_nQ/n, Φ = QR;  "
    "G = U + Uᵀ = Σ_p ξ_p ⟨φ_jφ_lφ_p⟩, ξ_p ~ N(0, 1)"
)
SOURCE = "Kalvankar (2026) for the rate; the limits are derived in minintk.claims.fluctuations"
BLOCKS = ("raw", "whitened")
SQUEEZE = 0.5  # of the control: t + ½ sin t crowds around π


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run."""

    sizes: tuple[int, ...] = (64, 256, 1024, 4096, 16384)
    seeds: int = 192
    block: int = 16
    k_max: int = 4
    gaussian_draws: int = 8000


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    rate = fluctuations.criterion("n", sizes.sizes)
    return f"Raw and whitened (both together), |k| ≤ {sizes.k_max}: {rate}"


def measure(sizes: Sizes, cell: Cell, rng: np.random.Generator, squeeze: float = 0.0) -> Part:
    """Errors of the operator at random samples, raw and whitened, as they are and relative to λ."""
    angles = sample_angles(cell.n, rng)
    angles += squeeze * np.sin(angles)
    raw = infinite_low_frequency_block(angles, sizes.k_max)
    limit = fluctuations.limit_block(sizes.k_max)
    whitened = whitened_block(raw, gram_matrix(angles, sizes.k_max))
    return fluctuations.norms({"raw": raw - limit, "whitened": whitened - limit})


def measure_limit(sizes: Sizes, cell: Cell, rng: np.random.Generator) -> Part:
    """Mean norms of the Gaussian limit."""
    draws = sizes.gaussian_draws
    return fluctuations.mean_norms(fluctuations.sampling_limit(sizes.k_max, draws, rng))


def measure_grid(sizes: Sizes, cell: Cell, rng: np.random.Generator) -> Part:
    """What a uniform grid is off by: every λ_k of the block is an aliasing sum instead."""
    rates, k_max = fourier_eigenvalues(sizes.k_max), sizes.k_max
    block = infinite_low_frequency_block(uniform_angles(cell.n), k_max)
    aliasing = np.abs(aliased_eigenvalues(cell.n)[: k_max + 1] - rates).max()
    return {"error": spectral_error(block, rates), "aliasing": aliasing}


def find(sizes: Sizes, data: Data) -> Found:
    """A slope for every seed, and what the errors times √n are of the predicted constants."""
    errors = data["samples"]
    return Found(
        **errors,
        **{f"grid_{name}": values for name, values in data["grid"].items()},
        **fluctuations.slopes_and_constants(sizes.sizes, errors, data["limit"], BLOCKS),
    )


def judge(sizes: Sizes, found: Found) -> Verdict:
    """Both slopes and both constants."""
    return decide(
        list(fluctuations.findings(found)),
        f"{fluctuations.said('n', found)} A uniform grid has only aliasing: "
        f"{found.grid_error[0]:.0e} at n = {sizes.sizes[0]}.",
    )


def explain(sizes: Sizes, found: Found) -> str:
    """For a reader who has not read the study."""
    return (
        "Random samples are no even grid: four times as many halve the error, and how large it is "
        "follows from averages of cosines, with nothing to fit. The rates of slow modes feel the "
        f"error relative to their own size: about {found.for_a_tenth['whitened']:,} samples make "
        f"it 10 %, or {found.for_a_tenth['raw']:,} if the modes are not made orthonormal on them."
    )


def draw(sizes: Sizes, found: Found, axes: Sequence[Any]) -> None:
    """Errors with the predicted lines, the same relative to λ, and uniform grids with theirs."""
    n, grid = np.array(sizes.sizes), axes[2]
    fluctuations.draw(axes[:2], "n", n, sizes.k_max, found)
    grid.plot(n, found.grid_error, "^", color="C2", label="measured (rounding from 10⁻¹² on)")
    grid.plot(n, found.grid_aliasing, "k--", label="aliasing, closed form (slope −2)")
    grid.set(xscale="log", yscale="log", xlabel="number of samples n", ylabel="‖A − Λ‖₂")
    grid.set(title="Uniform grid: aliasing only")
    grid.legend(loc="upper right")


OVER = {"n": "sizes"}
MEASURES = {
    "limit": Measure(measure_limit, {}, lambda s, c: 4e-5 * s.gaussian_draws, draws=False),
    "grid": Measure(measure_grid, OVER, lambda s, c: 1e-3 + 1e-6 * c.n, draws=False),
    "samples": Measure(measure, OVER, lambda s, c: 1e-3 + 1e-6 * c.n),
}
CROWDED = Measure(partial(measure, squeeze=SQUEEZE), OVER, lambda s, c: 2e-3)
CLAIM = Claim(
    name="sampling",
    statement=STATEMENT,
    formula=FORMULA,
    source=SOURCE,
    criterion=criterion,
    default=Sizes(),
    quick=Sizes(sizes=(128, 1024, 2048), seeds=192, gaussian_draws=4000),
    full=Sizes(sizes=tuple(64 * 4**power for power in range(8))),
    measures=MEASURES,
    find=find,
    judge=judge,
    explain=explain,
    draw=draw,
    panels=3,
    control=Control(
        "a density that is not uniform",
        Sizes(sizes=(64, 512, 2048), seeds=16, block=16, gaussian_draws=500),
        MEASURES | {"samples": CROWDED},
    ),
    later=(fluctuations.LATER, fluctuations.judge_later),
)
