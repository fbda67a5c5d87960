"""Eigenfunctions: the Fourier modes, with eigenvalues in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from ..._require import Array
from ...arccosine import aliased_eigenvalues, fourier_eigenvalues, infinite_ntk, ntk_of_angle
from ...circle import sample_angles, uniform_angles
from ...law import Law
from ...spectrum import circulant_eigenvalues, kernel_operator
from ..claim import Axes, Cell, Claim, Control, Data, Found, Generator, Measure, Part
from ..drawing import label
from ..statistics import Verdict, decide, exact

STATEMENT = "The Fourier modes are the eigenfunctions of the kernel operator."
FORMULA = "Tφ_k = λ_k φ_k,  λ_k = (1/2π) ∫ K(u) cos(ku) du;  on a grid Σ_j λ_{k+jn}"
SOURCE = "Kalvankar (2026); Basri et al. (2019); Bietti & Mairal (2019)"
PLAINLY = "An infinitely wide network's kernel turns a wave into the same wave, times λ_k."
ROUNDING, ZERO = 1e-12, 1e-14
LEAN = 0.5  # of the control's samples: their density is 1 + ½ cos t


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run."""

    k_max: int = 64
    points: int = 101
    grids: tuple[int, ...] = (256, 257)
    nodes: int = 160
    biases: tuple[bool, ...] = (True, False)


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    grids = " and ".join(str(n) for n in sizes.grids)
    return (
        f"With and without bias: ‖Tφ_k − λ_kφ_k‖ < {ROUNDING:g} for k ≤ {sizes.k_max}, λ_k in "
        f"closed form. The FFT of the matrix on {grids} points equals the aliasing sum to "
        f"{ROUNDING:g}. On the first grid λ_k < {ZERO:g} for odd k ≥ 3 without bias, while with "
        "bias every λ_k is above it."
    )


def measure(sizes: Sizes, cell: Cell, rng: Generator, lean: float = 0.0) -> Part:
    """Residual of every mode, and eigenvalues of grids; the density is 1 + lean cos t."""
    law, angles = Law(bias=cell.bias), sample_angles(sizes.points, rng)
    rates, how = fourier_eigenvalues(sizes.k_max, law), (law, angles, sizes.nodes, lean)
    on_grids = [_on_grid(n, law, lean) for n in sizes.grids]
    errors = [np.abs(found - aliased_eigenvalues(len(found), law)).max() for found in on_grids]
    return {
        "eigenvalues": rates,
        "residual": [_residual(k, rate, *how) for k, rate in enumerate(rates)],
        "grid_eigenvalues": on_grids[0][: sizes.k_max + 1],
        "aliasing_error": np.max(errors),
    }


def _residual(k: int, rate: float, law: Law, angles: Array, nodes: int, lean: float) -> float:
    """‖T(pφ) − λφ‖, root mean square over the points, the worse of both phases; p: the density."""
    kernel, norms = partial(ntk_of_angle, law=law), []
    for wave in (np.cos, np.sin):
        mode = lambda t, p=0, wave=wave: np.sqrt(2) * wave(k * t) * (1 + p * np.cos(t))  # noqa: E731
        error = kernel_operator(kernel, partial(mode, p=lean), angles, nodes) - rate * mode(angles)
        norms.append(np.sqrt(np.mean(error**2)))
    return float(np.max(norms))


def _on_grid(n: int, law: Law, lean: float) -> Array:
    """FFT of the matrix √p_i K_ij √p_j, which must be circulant unless p is not 1."""
    root = np.sqrt(1 + lean * np.cos(uniform_angles(n)))
    kernel = root[:, None] * infinite_ntk(uniform_angles(n), law=law) * root
    return circulant_eigenvalues(kernel, 1e-10 if lean == 0 else 2.0)


def find(sizes: Sizes, data: Data) -> Found:
    """The worst of both cases, and the gap at odd frequencies."""
    modes, on_grid = data["modes"], data["modes"]["grid_eigenvalues"]
    without, odd = sizes.biases.index(False), np.arange(3, sizes.k_max + 1, 2)
    return Found(
        **modes,
        largest_residual=float(modes["residual"].max()),
        largest_aliasing_error=float(modes["aliasing_error"].max()),
        largest_odd_without_bias=float(np.abs(on_grid[without, odd]).max(initial=0)),
        smallest_with_bias=float(on_grid[1 - without].min()),
    )


def judge(sizes: Sizes, found: Found) -> Verdict:
    """The eigenvalue equation, the grids, and the gap."""
    residual, aliasing = found.largest_residual, found.largest_aliasing_error
    gap, smallest = found.largest_odd_without_bias, found.smallest_with_bias
    return decide(
        [exact("the eigenvalue equation", residual, ROUNDING),
         exact("the aliasing sum on the grids", aliasing, ROUNDING),
         exact("the gap at odd k without bias", gap, ZERO if smallest > ZERO else -np.inf)],
        f"‖Tφ_k − λ_kφ_k‖ ≤ {residual:.1e} for k ≤ {sizes.k_max}, and the grid's eigenvalues are "
        f"the aliasing sums to {aliasing:.1e}. Without a bias |λ_k| ≤ {gap:.1e} for odd k ≥ 3 on "
        f"{sizes.grids[0]} points; with a bias every λ_k is at least {smallest:.1e}.",
    )  # fmt: skip


def draw(sizes: Sizes, found: Found, axes: Axes) -> None:
    """Eigenvalues on the left, residuals of the eigenvalue equation on the right."""
    (left, right), k = axes, np.arange(1, sizes.k_max + 1)
    bias, without = sizes.biases.index(True), sizes.biases.index(False)
    learned, on_grid = k[(k == 1) | (k % 2 == 0)], found.grid_eigenvalues
    left.plot(k, found.eigenvalues[bias][k], "-C0", label="closed form, with bias")
    left.plot(k, on_grid[bias][k], "oC0", markersize=4, label="FFT, with bias")
    left.plot(learned, on_grid[without][learned], "sC1", markerfacecolor="none", markersize=8,
              label="FFT, without (odd k ≥ 3: 0)")  # fmt: skip
    left.plot(k, 1 / (np.pi * k) ** 2, "k:", label="1/(π²k²)")
    right.plot(found.residual[bias], "o", label="with bias")
    right.plot(found.residual[without], "s", markerfacecolor="none", label="without")
    right.axhline(ROUNDING, color="k", linestyle="--", label="criterion")
    label(left, "frequency k", "eigenvalue λ_k", f"Eigenvalues (FFT: grid of {sizes.grids[0]})",
          log="xy", legend="lower left")  # fmt: skip
    title = "Residual of the eigenvalue equation"
    label(right, "frequency k", "‖Tφ_k − λ_kφ_k‖", title, log="y", legend="center right")


MODES = Measure(measure, {"bias": "biases"}, draws=False, cost=lambda s, c:
                2e-3 + 1e-7 * s.k_max * s.points * s.nodes)  # fmt: skip
CLAIM = Claim.of(
    globals(), quick=Sizes(k_max=32, grids=(128, 129), nodes=96), measures={"modes": MODES},
    full=Sizes(k_max=256, grids=(1024, 1025), nodes=600), panels=2,
    control=Control("samples of a density that is not uniform",
                    Sizes(k_max=9, points=11, grids=(32, 33), nodes=60),
                    {"modes": MODES.wrong(lean=LEAN)}),
)  # fmt: skip
