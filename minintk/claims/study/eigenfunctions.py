"""Eigenfunctions: the Fourier modes, with eigenvalues in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..._require import Array
from ...arccosine import aliased_eigenvalues, fourier_eigenvalues, infinite_ntk, ntk_of_angle
from ...circle import sample_angles, uniform_angles
from ...law import Law
from ...spectrum import circulant_eigenvalues, kernel_operator
from ..claim import Cell, Claim, Control, Data, Found, Measure, Part
from ..statistics import Verdict, decide, exact

STATEMENT = "The Fourier modes are the eigenfunctions of the kernel operator."
FORMULA = "Tφ_k = λ_k φ_k,  λ_k = (1/2π) ∫ K(u) cos(ku) du;  on a grid Σ_j λ_{k+jn}"
SOURCE = "Kalvankar (2026); Basri et al. (2019); Bietti & Mairal (2019)"
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
        f"With and without bias: ‖Tφ_k − λ_kφ_k‖ < {ROUNDING:g} for every k ≤ {sizes.k_max} with "
        f"λ_k in closed form, and the FFT of the matrix on a grid of {grids} points equals the "
        f"closed aliasing sum to {ROUNDING:g}. On the first grid λ_k < {ZERO:g} for every odd k ≥ "
        "3 without bias, while with bias every λ_k is above it."
    )


def measure(sizes: Sizes, cell: Cell, rng: np.random.Generator, lean: float = 0.0) -> Part:
    """Residual of every mode at scattered points, and the eigenvalues of the grids.

    With `lean` the points that the operator averages over have the density 1 + lean cos t.
    """
    law = Law(bias=cell.bias)
    eigenvalues = fourier_eigenvalues(sizes.k_max, law)
    angles = sample_angles(sizes.points, rng)
    residual = [
        _residual(k, value, law, angles, sizes.nodes, lean) for k, value in enumerate(eigenvalues)
    ]
    on_grids = [_on_grid(n, law, lean) for n in sizes.grids]
    errors = [np.abs(found - aliased_eigenvalues(len(found), law)).max() for found in on_grids]
    return {
        "eigenvalues": eigenvalues,
        "residual": residual,
        "grid_eigenvalues": on_grids[0][: sizes.k_max + 1],
        "aliasing_error": np.max(errors),
    }


def _residual(k: int, value: float, law: Law, angles: Array, nodes: int, lean: float) -> float:
    """‖T(pφ) − λφ‖, root mean square over the points, the worse of both phases; p: the density."""
    kernel, norms = partial(ntk_of_angle, law=law), []
    for wave in (np.cos, np.sin):
        mode = lambda t, wave=wave: np.sqrt(2) * wave(k * t)  # noqa: E731
        weighted = lambda t, mode=mode: mode(t) * (1 + lean * np.cos(t))  # noqa: E731
        error = kernel_operator(kernel, weighted, angles, nodes) - value * mode(angles)
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
    findings = [
        exact("the eigenvalue equation", residual, ROUNDING),
        exact("the aliasing sum on the grids", aliasing, ROUNDING),
        exact("the gap at odd k without bias", gap, ZERO if smallest > ZERO else -np.inf),
    ]
    return decide(
        findings,
        f"‖Tφ_k − λ_kφ_k‖ ≤ {residual:.1e} for k ≤ {sizes.k_max}, and the grid's eigenvalues are "
        f"the aliasing sums to {aliasing:.1e}. Without a bias |λ_k| ≤ {gap:.1e} for odd k ≥ 3 on "
        f"{sizes.grids[0]} points; with a bias every λ_k is at least {smallest:.1e}.",
    )


def explain(sizes: Sizes, found: Found) -> str:
    """For a reader who has not read the study."""
    return (
        "The kernel of an infinitely wide network turns a wave into the same wave, times λ_k. The "
        "larger that number, the faster it learns the wave. Without a bias λ_k = 0 for odd k ≥ 3."
    )


def draw(sizes: Sizes, found: Found, axes: Sequence[Any]) -> None:
    """Eigenvalues on the left, residuals of the eigenvalue equation on the right."""
    left, right = axes
    k = np.arange(sizes.k_max + 1)
    bias, without = sizes.biases.index(True), sizes.biases.index(False)
    learned = (k == 1) | ((k % 2 == 0) & (k > 0))
    on_grid = found.grid_eigenvalues
    left.plot(k[1:], found.eigenvalues[bias][1:], "-", color="C0", label="closed form, with bias")
    left.plot(k[1:], on_grid[bias][1:], "o", color="C0", markersize=4, label="FFT, with bias")
    left.plot(k[learned], on_grid[without][learned], "s", color="C1", markerfacecolor="none",
              markersize=8, label="FFT, without (odd k ≥ 3: 0)")  # fmt: skip
    left.plot(k[1:], 1 / (np.pi * k[1:]) ** 2, "k:", label="1/(π²k²)")
    left.set(xscale="log", yscale="log", xlabel="frequency k", ylabel="eigenvalue λ_k",
             title=f"Eigenvalues on the Fourier modes (FFT: grid of {sizes.grids[0]})")  # fmt: skip
    right.semilogy(k, found.residual[bias], "o", label="with bias")
    right.semilogy(k, found.residual[without], "s", markerfacecolor="none", label="without")
    right.axhline(ROUNDING, color="k", linestyle="--", label="criterion")
    right.set(xlabel="frequency k", ylabel="‖Tφ_k − λ_kφ_k‖",
              title="Residual of the eigenvalue equation")  # fmt: skip
    left.legend()
    right.legend()


BIASES = {"bias": "biases"}
CLAIM = Claim(
    name="eigenfunctions",
    statement=STATEMENT,
    formula=FORMULA,
    source=SOURCE,
    criterion=criterion,
    default=Sizes(),
    quick=Sizes(k_max=32, grids=(128, 129), nodes=96),
    full=Sizes(k_max=256, grids=(1024, 1025), nodes=600),
    measures={"modes": Measure(measure, BIASES, lambda s, c: 0.2, draws=False)},
    find=find,
    judge=judge,
    explain=explain,
    draw=draw,
    panels=2,
    control=Control(
        "samples of a density that is not uniform",
        Sizes(k_max=9, points=11, grids=(32, 33), nodes=60),
        {"modes": Measure(partial(measure, lean=LEAN), BIASES, lambda s, c: 0.01, draws=False)},
    ),
)
