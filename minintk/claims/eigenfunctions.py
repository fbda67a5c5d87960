"""Eigenfunctions: the Fourier modes, with eigenvalues in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from .._require import Array
from ..arccosine import aliased_eigenvalues, fourier_eigenvalues, infinite_ntk, ntk_of_angle
from ..circle import sample_angles, uniform_angles
from ..law import Law
from ..spectrum import circulant_eigenvalues, kernel_operator
from .claim import FAILS, HOLDS, IN_PART, Claim, Part, Unit, Verdict


@dataclass(frozen=True)
class Configuration:
    """Sizes of a run."""

    k_max: int = 64
    points: int = 101
    grids: tuple[int, ...] = (256, 257)
    nodes: int = 160


@dataclass(frozen=True)
class Record:
    """What was measured."""

    k_max: int
    grids: tuple[int, ...]
    residual: Array
    residual_without_bias: Array
    grid_eigenvalues: Array
    grid_eigenvalues_without_bias: Array
    eigenvalues: Array
    eigenvalues_without_bias: Array
    largest_residual: float
    largest_residual_without_bias: float
    aliasing_error: float
    aliasing_error_without_bias: float
    largest_odd_eigenvalue_without_bias: float
    smallest_eigenvalue_with_bias: float


def units(configuration: Configuration) -> list[Unit]:
    """With and without bias."""
    return [Unit((1,), 0.8), Unit((0,), 0.8)]  # with and without bias


def measure_unit(configuration: Configuration, unit: Unit, rng: np.random.Generator) -> Part:
    """Residual of every mode at scattered points, and the eigenvalues of two grids."""
    bias = bool(unit.key[0])
    eigenvalues = fourier_eigenvalues(configuration.k_max, law=Law(bias=bias))
    angles = sample_angles(configuration.points, rng)
    on_grids = [
        circulant_eigenvalues(infinite_ntk(uniform_angles(n), law=Law(bias=bias)))
        for n in configuration.grids
    ]
    aliased = [aliased_eigenvalues(n, law=Law(bias=bias)) for n in configuration.grids]
    return {
        "eigenvalues": eigenvalues,
        "residual": [
            _residual(eigenvalue, k, bias, angles, configuration.nodes)
            for k, eigenvalue in enumerate(eigenvalues)
        ],
        "grid_eigenvalues": on_grids[0][: configuration.k_max + 1],
        "aliasing_error": np.max(
            [np.abs(a - b).max() for a, b in zip(on_grids, aliased, strict=True)]
        ),
    }


def _residual(eigenvalue: float, k: int, bias: bool, angles: Array, nodes: int) -> float:
    """‖Tφ − λφ‖, root mean square over scattered points, the worse of cosine and sine."""
    kernel = partial(ntk_of_angle, law=Law(bias=bias))
    norms = []
    for wave in (np.cos, np.sin):
        mode = lambda t, wave=wave: np.sqrt(2) * wave(k * t)  # noqa: E731
        error = kernel_operator(kernel, mode, angles, nodes) - eigenvalue * mode(angles)
        norms.append(np.sqrt(np.mean(error**2)))
    return float(np.max(norms))


def collect(configuration: Configuration, parts: Sequence[Part]) -> Record:
    """Set both cases side by side, and look for the parity gap."""
    with_bias, without = parts
    odd = np.arange(3, configuration.k_max + 1, 2)
    residual, residual_without = np.array(with_bias["residual"]), np.array(without["residual"])
    return Record(
        k_max=configuration.k_max,
        grids=configuration.grids,
        residual=residual,
        residual_without_bias=residual_without,
        grid_eigenvalues=with_bias["grid_eigenvalues"],
        grid_eigenvalues_without_bias=without["grid_eigenvalues"],
        eigenvalues=with_bias["eigenvalues"],
        eigenvalues_without_bias=without["eigenvalues"],
        largest_residual=float(residual.max()),
        largest_residual_without_bias=float(residual_without.max()),
        aliasing_error=float(with_bias["aliasing_error"]),
        aliasing_error_without_bias=float(without["aliasing_error"]),
        largest_odd_eigenvalue_without_bias=float(np.abs(without["grid_eigenvalues"][odd]).max()),
        smallest_eigenvalue_with_bias=float(with_bias["grid_eigenvalues"].min()),
    )


def judge(record: Record) -> Verdict:
    """The eigenvalue equation first, then the grids and the gap."""
    residual = np.max([record.largest_residual, record.largest_residual_without_bias])
    aliasing = np.max([record.aliasing_error, record.aliasing_error_without_bias])
    gap = record.largest_odd_eigenvalue_without_bias
    if not residual < 1e-12:
        return Verdict(FAILS, f"Tφ_k differs from λ_kφ_k by {residual:.1e}.")
    if not (aliasing < 1e-12 and gap < 1e-14 < record.smallest_eigenvalue_with_bias):
        return Verdict(
            IN_PART,
            f"the modes are eigenfunctions ({residual:.1e}), but the grid's eigenvalues differ "
            f"from the aliasing sum by {aliasing:.1e}, or the parity gap is not there ({gap:.1e}).",
        )
    return Verdict(
        HOLDS,
        f"‖Tφ_k − λ_kφ_k‖ ≤ {residual:.1e} for k ≤ {record.k_max}, and the grid's eigenvalues are "
        f"the aliasing sums to {aliasing:.1e}. Without a bias λ_k = 0 for odd k ≥ 3 "
        f"({gap:.1e} on the even grid): these frequencies cannot be learned.",
    )


def draw(record: Record, axes: Sequence[Any]) -> None:
    """Eigenvalues on the left, residuals of the eigenvalue equation on the right."""
    _draw_eigenvalues(record, axes[0])
    _draw_residuals(record, axes[1])


def _draw_eigenvalues(record: Record, axis: Any) -> None:
    k = np.arange(1, record.k_max + 1)
    learned = (k == 1) | (k % 2 == 0)
    without = record.grid_eigenvalues_without_bias[1:]
    axis.plot(k, record.eigenvalues[1:], "-", color="C0", label="closed form, with bias")
    axis.plot(k, record.grid_eigenvalues[1:], "o", color="C0", markersize=4, label="FFT, with bias")
    axis.plot(
        k[learned],
        without[learned],
        "s",
        color="C1",
        markerfacecolor="none",
        markersize=8,
        label="FFT, without (odd k ≥ 3: 0)",
    )
    axis.plot(k, 1 / (np.pi * k) ** 2, "k:", label="1/(π²k²)")
    axis.set(
        xscale="log",
        yscale="log",
        xlabel="frequency k",
        ylabel="eigenvalue λ_k",
        title=f"Eigenvalues on the Fourier modes (FFT: grid of {record.grids[0]})",
    )
    axis.legend()


def _draw_residuals(record: Record, axis: Any) -> None:
    k = np.arange(record.k_max + 1)
    axis.semilogy(k, record.residual, "o", label="with bias")
    axis.semilogy(k, record.residual_without_bias, "s", markerfacecolor="none", label="without")
    axis.axhline(1e-12, color="k", linestyle="--", label="criterion")
    axis.set(
        xlabel="frequency k",
        ylabel="‖Tφ_k − λ_kφ_k‖",
        title="Residual of the eigenvalue equation",
    )
    axis.legend()


CLAIM = Claim(
    name="eigenfunctions",
    statement="The Fourier modes are the eigenfunctions of the kernel operator.",
    formula="Tφ_k = λ_k φ_k,  λ_k = (1/2π) ∫ K(u) cos(ku) du;  on a grid Σ_j λ_{k+jn}",
    source="Kalvankar (2026); Basri et al. (2019); Bietti & Mairal (2019)",
    criterion=(
        "Holds if ‖Tφ_k − λ_kφ_k‖ < 1e-12 for every k ≤ k_max with λ_k in closed form, with and "
        "without bias, the FFT of the grid's matrix equals the closed aliasing sum to 1e-12 on an "
        "even and an odd grid, and without bias λ_k < 1e-14 for every odd k ≥ 3 while with bias "
        "every λ_k is above it. Fails if the first part does not hold; else holds in part."
    ),
    default=Configuration(),
    quick=Configuration(),
    full=Configuration(k_max=256, grids=(1024, 1025), nodes=600),
    units=units,
    measure_unit=measure_unit,
    collect=collect,
    judge=judge,
    draw=draw,
    panels=2,
)
