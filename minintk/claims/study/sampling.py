"""Sampling: with n random samples the operator on low frequencies is off by O(n^-1/2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...arccosine import aliased_eigenvalues, fourier_eigenvalues
from ...circle import sample_angles, uniform_angles
from ...evolving import sampling_limit
from ...evolving.gaussian_limits import limit_block, norms
from ...fast.infinite import infinite_low_frequency_block
from ...fast.modes import gram_matrix, whitened_block
from ...spectrum import spectral_error
from .. import fluctuations
from ..claim import Axes, Cell, Claim, Control, Data, Found, Generator, Measure, Part
from ..drawing import label, ticks_at
from ..statistics import Verdict, decide

STATEMENT = "With n random samples the kernel operator on low frequencies is off by O(n^-1/2)."
FORMULA = (
    "√n (A − Λ) → ΛG + GΛ for A = ΦᵀK_nΦ/n², → UΛ + ΛUᵀ for A = QᵀK_nQ/n, Φ = QR;  "
    "G = U + Uᵀ = Σ_{p≥1} ξ_p ⟨φ_jφ_lφ_p⟩, ξ_p ~ N(0, 1)"
)
SOURCE = "Kalvankar (2026) for the rate; limits derived in minintk.evolving.gaussian_limits"
PLAINLY = "Four times as many random samples halve the error, as averages of cosines predict."
SQUEEZE = 0.5  # of the control: t + ½ sin t crowds around π


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run."""

    sizes: tuple[int, ...] = (64, 256, 1024, 4096)
    seeds: int = 224
    block: int = 16
    k_max: int = 4
    gaussian_draws: int = 4000


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    rate = fluctuations.criterion("n", sizes.sizes)
    return (
        f"Of raw and whitened errors, |k| ≤ {sizes.k_max}, two things are asked, by 95 % intervals "
        f"joint over both. {rate}"
    )


def measure(sizes: Sizes, cell: Cell, rng: Generator, squeeze: float = 0.0) -> Part:
    """Errors of the operator at random samples, raw and whitened, as they are and relative to λ."""
    angles, limit = sample_angles(cell.n, rng), limit_block(sizes.k_max)
    angles += squeeze * np.sin(angles)
    raw = infinite_low_frequency_block(angles, sizes.k_max)
    whitened = whitened_block(raw, gram_matrix(angles, sizes.k_max))
    return norms({"raw": raw - limit, "whitened": whitened - limit})


def measure_limit(sizes: Sizes, cell: Cell, rng: Generator) -> Part:
    """Mean norms of the Gaussian limit."""
    limits = norms(sampling_limit(sizes.k_max, sizes.gaussian_draws, rng))
    return {name: values.mean() for name, values in limits.items()}


def measure_grid(sizes: Sizes, cell: Cell, rng: Generator) -> Part:
    """What a uniform grid is off by: every λ_k of the block is an aliasing sum instead."""
    rates, k_max = fourier_eigenvalues(sizes.k_max), sizes.k_max
    block = infinite_low_frequency_block(uniform_angles(cell.n), k_max)
    aliasing = np.abs(aliased_eigenvalues(cell.n)[: k_max + 1] - rates).max()
    return {"grid_error": spectral_error(block, rates), "grid_aliasing": aliasing}


def find(sizes: Sizes, data: Data) -> Found:
    """A slope for every seed, and what the errors times √n are of the predicted constants."""
    errors, names = data["samples"], ("raw", "whitened")
    about = fluctuations.slopes_and_constants(sizes.sizes, errors, data["limit"], *names)
    return Found(**errors, **data["grid"], **about)


def judge(sizes: Sizes, found: Found) -> Verdict:
    """Both slopes and both constants."""
    return decide(
        list(fluctuations.findings(found)),
        f"{fluctuations.said('n', found)} A uniform grid has only aliasing: "
        f"{found.grid_error[0]:.0e} at n = {sizes.sizes[0]}.",
    )


def draw(sizes: Sizes, found: Found, axes: Axes) -> None:
    """Errors with the predicted lines, the same relative to λ, and uniform grids with theirs."""
    fluctuations.draw(axes[:2], "n", sizes.sizes, sizes.k_max, found)
    axes[2].plot(sizes.sizes, found.grid_error, "^C2", label="measured (rounding from 10⁻¹² on)")
    axes[2].plot(sizes.sizes, found.grid_aliasing, "k--", label="aliasing, closed form (slope −2)")
    label(axes[2], "number of samples n", "‖A − Λ‖₂", "Uniform grid: aliasing only", log="xy",
          legend="upper right")  # fmt: skip
    ticks_at(axes[2], sizes.sizes)


MEASURES = {
    "limit": Measure(measure_limit, {}, lambda s, c: 2e-5 * s.gaussian_draws, draws=False),
    "grid": Measure(measure_grid, {"n": "sizes"}, lambda s, c: 5e-4 + 1e-6 * c.n, draws=False),
    "samples": Measure(measure, {"n": "sizes"}, lambda s, c: 7e-4 + 1e-6 * c.n),
}
CLAIM = Claim.of(
    globals(), measures=MEASURES, panels=3,
    quick=Sizes((128, 512, 1024), seeds=48, gaussian_draws=1000),
    full=Sizes(tuple(64 * 4**power for power in range(8)), seeds=192, gaussian_draws=8000),
    control=Control("a density that is not uniform",
                    Sizes((64, 512, 2048), seeds=16, gaussian_draws=500),
                    {"samples": MEASURES["samples"].wrong(squeeze=SQUEEZE)}),
)  # fmt: skip
