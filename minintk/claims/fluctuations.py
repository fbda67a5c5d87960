"""How far samples and neurons are off in the limit of many: Gaussian matrices, with nothing to fit.

sampling_limit   √n (A − Λ) for n random samples, raw and whitened
width_limit      √m (A − Λ) for m neurons on the whole circle
norms            the spectral norm of a deviation, as it is and relative to Λ
size_for_a_tenth how many samples or neurons make the mean relative error 10 %
slopes_and_constants, criterion, findings, said, judge_later, draw   measurements beside the limit

A is the kernel operator on |k| ≤ k_max, Λ = diag(λ). The derivations, to redo on paper:

*Samples.* A_jl = (1/n²) Σ_ab φ_j(t_a) K(t_a, t_b) φ_l(t_b) is a mean over pairs. What is random in
it to order n^-1/2 is one point at a time, the other one averaged over the circle: Kφ_l is λ_l φ_l,
so that, with the fluctuation G = √n (ΦᵀΦ/n − I) of the Gram matrix,

    √n (A − Λ) → ΛG + GΛ                                                       (raw)

G is a sum of independent terms φ_jφ_l − δ_jl, thus Gaussian in the limit. The product of two modes
is a sum of modes up to 2 k_max, φ_jφ_l = Σ_p ⟨φ_jφ_lφ_p⟩ φ_p, and the means √n ⟨φ_p⟩_n of different
modes are uncorrelated with variance 1, since the modes are orthonormal. Hence

    G = Σ_{p ≥ 1} ξ_p ⟨φ_jφ_lφ_p⟩,   ξ_p ~ N(0, 1), independent

Whitening is L⁻¹AL⁻ᵀ with I + G/√n = LLᵀ. To first order L = I + Uᵀ/√n, where G = U + Uᵀ: U is the
part of G above the diagonal and half of the diagonal. Then ΛG + GΛ − UᵀΛ − ΛU leaves

    √n (A − Λ) → UΛ + ΛUᵀ                                                      (whitened)

*Neurons.* A is the mean over m neurons of their entries a² F(ϕ) + ρ² P(ϕ): ϕ and ρ are direction
and radius of w, F belongs to the first layer and the bias, P to the second layer, both at
a = ρ = 1 and b = 0. ϕ, ρ and a are independent, E a² = 1, E ρ² = 2, E ρ⁴ = 8. So √m (A − Λ) tends
to a Gaussian matrix; with ⟨·⟩ the mean over ϕ and v = Var a² (0 for signs, 2 for normal a) its
covariance is

    ⟨(F + 2P − Λ) ⊗ (F + 2P − Λ)⟩ + v ⟨F ⊗ F⟩ + 4 ⟨P ⊗ P⟩

F and P are trigonometric polynomials in ϕ of degree 2 k_max, so that D > 4 k_max evenly spaced
directions give these means exactly, and (1/√D) Σ_d [(F + 2P − Λ)_d ξ_d + √v F_d η_d + 2P_d ζ_d],
with independent ξ, η, ζ ~ N(0, 1), has this covariance. In antisymmetric pairs two neurons have the
same entry: m/2 independent ones, and √2 times the deviation.

*Both.* The two are independent, and the squares of the norm of their sum add: exactly for the
Frobenius norm, and for the spectral norm at k_max = 4 to 0.3 % of the error, by Monte Carlo.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .._require import Array
from ..arccosine import fourier_eigenvalues
from ..circle import basis_frequencies, fourier_basis, uniform_angles
from ..fast.population import population_low_frequency_block
from ..network import Params
from .statistics import Finding, Verdict, decide, fitted_slopes, inside, near, student_interval

__all__ = [
    "LATER",
    "criterion",
    "draw",
    "findings",
    "judge_later",
    "limit_block",
    "mean_norms",
    "norms",
    "said",
    "sampling_limit",
    "size_for_a_tenth",
    "slopes_and_constants",
    "width_limit",
]

MARGIN, OFF = 0.1, 0.1


def limit_block(k_max: int) -> Array:
    """Λ = diag(λ_0, λ_1, λ_1, …), (2 k_max + 1, 2 k_max + 1): what A tends to.

    >>> limit_block(1).diagonal().round(4)
    array([0.554 , 0.3513, 0.3513])
    """
    return np.diag(fourier_eigenvalues(k_max)[basis_frequencies(k_max)])


def sampling_limit(k_max: int, draws: int, rng: np.random.Generator) -> dict[str, Array]:
    """So many draws of the limit of √n (A − Λ) for random samples.

    raw: ΛG + GΛ;  whitened: UΛ + ΛUᵀ,  G = U + Uᵀ

    Returns "raw" and "whitened", each (draws, d, d), d = 2 k_max + 1; of the same G.

    >>> found = sampling_limit(0, 40000, np.random.default_rng(0))  # G_00 = 0: ⟨1⟩ is exact
    >>> float(np.abs(found["raw"]).max()) < 1e-15
    True
    """
    points = uniform_angles(4 * k_max + 1)  # above the degree of a product of three modes
    modes = fourier_basis(points, 2 * k_max)
    low = modes[:, : 2 * k_max + 1]
    products = np.einsum("ij,il,ip->pjl", low, low, modes[:, 1:]) / len(points)
    gram = np.tensordot(rng.standard_normal((draws, 4 * k_max)), products, 1)
    upper = np.triu(gram) - np.eye(2 * k_max + 1) * gram / 2
    right = {"raw": gram, "whitened": upper}  # both limits are a matrix and its transpose
    halves = {name: matrix @ limit_block(k_max) for name, matrix in right.items()}
    return {name: half + half.transpose(0, 2, 1) for name, half in halves.items()}


def width_limit(
    k_max: int,
    draws: int,
    rng: np.random.Generator,
    output_law: str = "signs",
    antisymmetric: bool = False,
) -> Array:
    """So many draws of the limit of √m (A − Λ) for random neurons, w ~ N(0, I) and b = 0.

    (1/√D) Σ_d [(F + 2P − Λ)_d ξ_d + √v F_d η_d + 2P_d ζ_d],  v = 0 ("signs") or 2 ("normal")

    Returns (draws, d, d), d = 2 k_max + 1.

    >>> found = width_limit(0, 40000, np.random.default_rng(0))  # F = 1/π² + 1/4, P = 1/π²
    >>> bool(abs(found.std() * np.pi**2 / 2 - 1) < 0.02)  # only ρ² P varies
    True
    """
    directions = uniform_angles(4 * k_max + 1)
    first = np.stack([_entry(angle, ("w", "b"), k_max) for angle in directions])
    second = np.stack([_entry(angle, ("a",), k_max) for angle in directions])
    spread = math.sqrt(2.0) if output_law == "normal" else 0.0
    parts = (first + 2 * second - limit_block(k_max), spread * first, 2 * second)
    normals = rng.standard_normal((3, draws, len(directions))) / math.sqrt(len(directions))
    deviation = sum(np.tensordot(x, part, 1) for x, part in zip(normals, parts, strict=True))
    return np.asarray(deviation * (math.sqrt(2.0) if antisymmetric else 1.0))


def _entry(angle: float, trained: tuple[str, ...], k_max: int) -> Array:
    """The block of one neuron of direction ϕ, with ρ = a = 1 and b = 0."""
    w = np.array([[math.cos(angle), math.sin(angle)]])
    neuron = Params.unchecked(w, np.zeros(1), np.ones(1), trained)
    return population_low_frequency_block(neuron, k_max)


def norms(deviations: Mapping[str, Array]) -> dict[str, Array]:
    """Spectral norms of symmetric matrices (…, d, d): as they are, and relative to Λ.

    ‖Δ‖₂  and  ‖Λ^-½ Δ Λ^-½‖₂: the largest share by which a quadratic form of A is off

    The second is what the rates of the modes feel. Returns (…,) arrays, the second ones named
    "…_relative".

    >>> found = norms({"raw": 0.1 * limit_block(2)})
    >>> print(*(f"{name} {float(norm):.6f}" for name, norm in found.items()))
    raw 0.055396 raw_relative 0.100000
    """
    found = {}
    for name, matrix in deviations.items():
        root = np.sqrt(limit_block(matrix.shape[-1] // 2).diagonal())
        for ending, part in (("", matrix), ("_relative", matrix / np.outer(root, root))):
            found[name + ending] = np.abs(np.linalg.eigvalsh(part)).max(axis=-1)
    return found


def mean_norms(limits: Mapping[str, Array]) -> dict[str, float]:
    """The means over draws of what `norms` gives."""
    return {name: float(values.mean()) for name, values in norms(limits).items()}


def size_for_a_tenth(constant: float) -> int:
    """How large n or m must be for a mean relative error of 10 %, to two digits.

    (c/0.1)²,  c the mean relative error times √n

    >>> size_for_a_tenth(2.63)
    690
    """
    return int(float(f"{(constant / 0.1) ** 2:.2g}"))


def criterion(letter: str, sizes: Sequence[int]) -> str:
    """What is asked of errors at these sizes n or m: slope and constant."""
    upper = _upper_half(sizes)
    return (
        f"the slopes of log error in log {letter}, {letter} = {sizes[0]} … {sizes[-1]}, have 95 % "
        f"intervals inside −½ ± {MARGIN:g}, and the error times √{letter} at {letter} = {upper[0]} "
        f"… {upper[-1]}, over the mean norm of the Gaussian limit, inside 1 ± {OFF:g}. (The part "
        f"on the constants is new; {OFF:g} was set when a pilot had missed by 0.03.)"
    )


def _upper_half(sizes: Sequence[int]) -> Sequence[int]:
    """The sizes from the middle one on: large enough to be held against the limit."""
    return sizes[len(sizes) // 2 :]


def slopes_and_constants(
    sizes: Sequence[int],
    errors: Mapping[str, Array],
    limit: Mapping[str, Array],
    names: Iterable[str],
) -> dict[str, Any]:
    """What errors (sizes, seeds) say of c/√n, beside the mean norms c of the limit.

    Slopes of log error in log n, and the mean of error × √n over the upper half of the sizes, as it
    is and over c: each by name, with intervals over seeds; slopes and ratios hold together.
    """
    half = len(_upper_half(sizes))
    roots = np.sqrt(sizes[-half:])[:, None]
    constants = {name: (errors[name][-half:] * roots).mean(axis=0) for name in names}
    count, predicted = len(constants), {name: float(value) for name, value in limit.items()}
    return {
        "slopes": {k: student_interval(fitted_slopes(sizes, errors[k]), count) for k in constants},
        "constants": {k: student_interval(values) for k, values in constants.items()},
        "ratios": {k: student_interval(v / predicted[k], count) for k, v in constants.items()},
        "predicted": predicted,
        "for_a_tenth": {k: size_for_a_tenth(predicted[f"{k}_relative"]) for k in constants},
    }


def findings(found: Any) -> Iterator[Finding]:
    """Slopes inside −½ ± MARGIN, constants inside 1 ± OFF of the predicted ones."""
    for name, slope in found.slopes.items():
        yield inside(f"slope, {name}", slope, -0.5 - MARGIN, -0.5 + MARGIN)
        yield inside(f"constant, {name}", found.ratios[name], 1 - OFF, 1 + OFF)


def said(letter: str, found: Any) -> str:
    """The measured numbers in words."""
    measured = "; ".join(
        f"{name}: slope {slope}, error × √{letter} {found.constants[name]} where "
        f"{found.predicted[name]:.3g} is predicted"
        for name, slope in found.slopes.items()
    )
    needed = ", ".join(f"{size:,} ({name})" for name, size in found.for_a_tenth.items())
    return f"{measured}. The error relative to λ is 10 % at {letter} = {needed}."


LATER = f"The slopes are within {MARGIN:g} of −½, known to {MARGIN:g} (95 %)."


def judge_later(sizes: Any, found: Any) -> Verdict:
    """The slopes as they were judged for a while after a first run: see `LATER`."""
    parts = [near(f"slope, {name}", slope, -0.5, MARGIN) for name, slope in found.slopes.items()]
    return decide(parts, f"slopes: {', '.join(f'{k} {v}' for k, v in found.slopes.items())}.")


def draw(axes: Sequence[Any], letter: str, sizes: Iterable[int], k_max: int, found: Any) -> None:
    """Two panels: errors on the predicted lines, as they are and relative to λ."""
    n, what = np.array(sizes), {"n": "number of samples n", "m": "width m (neurons)"}[letter]
    for axis, ending in zip(axes, ("", "_relative"), strict=True):
        for number, name in enumerate(found.slopes):
            values, constant = vars(found)[name + ending], found.predicted[name + ending]
            spread = values.std(axis=1, ddof=1)
            axis.errorbar(n, values.mean(axis=1), spread, fmt="os^"[number], label=name)
            axis.plot(n, constant / np.sqrt(n), "k" + ("--", ":", "-.")[number],
                      label=f"predicted, {constant:.3g}/√{letter}")  # fmt: skip
    axes[0].set(title=f"Operator on |k| ≤ {k_max}: mean, spread of seeds", ylabel="‖A − Λ‖₂")
    axes[1].set(title="Relative to λ: what rates feel", ylabel="‖Λ^-½ (A − Λ) Λ^-½‖₂")
    axes[1].axhline(0.1, color="0.5", linewidth=1, label="10 %")
    for axis in axes:
        axis.set(xscale="log", yscale="log", xlabel=what)
        axis.legend(loc="upper right")
