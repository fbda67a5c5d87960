"""Kink: the logarithm of the width is a property of the ReLU's kink, and a softplus has none.

The criterion stood before any run. The softplus is a control, no second activation of minintk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..._require import Array
from ...arccosine import fourier_eigenvalues
from ...circle import fourier_basis, target_coefficients, uniform_angles
from ...evolving import driven_descent, mean_field_start, relative_split
from ...fast import population_low_frequency_block
from ...network import Params
from ..claim import Axes, Cell, Claim, Control, Data, Found, Generator, Measure, Part
from ..drawing import MARKERS, label
from ..statistics import Interval, Verdict, below, decide

STATEMENT = "The logarithm of the width comes from the ReLU's kink: a softplus of fixed β has none."
FORMULA = "m ΔA/λ_k = ∓D ln √m + O(1) with the ReLU, constant + O(1/m) with softplus(βz)/β"
SOURCE = "expected from step 3 of minintk.evolving.leading_order, whose `relative_split` gives D"
WITHIN, PHASES = 0.01, ("own", "shifted")


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run: `directions` in a turn by 2π/k (see `_neurons`), `points` of two grids."""

    frequency: int = 3
    sharpness: float = 4.0
    widths: tuple[int, ...] = tuple(2**power for power in range(10, 23, 2))
    late: int = 2**16  # the slope from here on is printed beside that of all widths
    learning_rate: float = 2.0
    steps: int = 25
    radii: int = 80
    directions: int = 32
    points: tuple[int, ...] = (36, 72)


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    low, high = np.log2(sizes.widths)[[0, -1]]
    return (
        "Neurons of a deterministic start, driven by the residual of the infinite-width flow of "
        f"their own kernel to cos {sizes.frequency}t, τ = {sizes.learning_rate * sizes.steps:g}, "
        f"m = 2^{low:g} … 2^{high:g}. Judged is the slope of m × change over λ_k in ln √m, "
        f"both phases. With softplus(βz)/β, β = {sizes.sharpness:g}, its size plus its error is "
        f"below {100 * WITHIN:g} % of the ReLU's. The error is that of the fit, plus that of a "
        "coarser grid."
    )


def _neurons(sizes: Sizes) -> Params:
    """Those with a > 0 in one turn by 2π/k, which stand for all.

    A turn by π/k changes the sign of cos kt; with that of a changed too, all laws of motion are as
    before. So the other neurons move alike, and add the same to the entries on cos kt and sin kt.
    """
    directions = sizes.frequency * sizes.directions
    start = mean_field_start(sizes.radii, directions, spacing="logarithm")
    some = (start.a > 0) & (np.arange(start.width) % directions < sizes.directions)
    return Params(start.w[some], start.b[some], start.a[some])


def measure_relu(sizes: Sizes, cell: Cell, rng: Generator) -> Part:
    """m × the change of the kernel's entries on cos kt and sin kt over λ_k, on exact arcs."""
    k, start, rate = sizes.frequency, _neurons(sizes), fourier_eigenvalues(sizes.frequency)[-1]
    y = target_coefficients((k,), shift=0.0)
    moved = driven_descent(start, y, cell.width, sizes.learning_rate, sizes.steps)
    before, after = (population_low_frequency_block(p, k).diagonal() for p in (start, moved))
    return {"change": cell.width * (after - before)[2 * k - 1 :] / rate, "rate": rate}


def measure_softplus(sizes: Sizes, cell: Cell, rng: Generator) -> Part:
    """The same with softplus(βz)/β, on a grid; β ρ sets how many points it needs.

    A = Σ_r q_r [a_r² |⟨φ σ(βz_r) x̃⟩|² + ⟨φ softplus(βz_r)/β⟩²],  σ the logistic function
    """
    k, start, eta = sizes.frequency, _neurons(sizes), sizes.learning_rate
    size = np.abs(start.a)  # a softplus is not homogeneous: the shares stay outside of its neurons
    shares, a = size**2 / start.width, start.a / size
    weights = np.column_stack([start.w, start.b]) / size[:, None]
    t = uniform_angles(cell.points)
    x = np.stack([np.cos(t), np.sin(t), np.ones_like(t)])
    phases = fourier_basis(t, k)[:, 2 * k - 1 :].T / len(t)
    tests = (phases[:, None] * x).reshape(6, -1).T
    pull = eta / np.sqrt(cell.width) * target_coefficients((k,), shift=0.0)[2 * k - 1]  # −η r_0/√m
    entries: list[Array] = []
    for step in range(sizes.steps + 1):
        value, slope = _softplus(weights @ x, sizes.sharpness)
        turning, lifting = (slope @ tests).reshape(-1, 2, 3), value @ phases.T
        entries.append(shares @ (a[:, None] ** 2 * (turning**2).sum(2) + lifting**2))
        rate = entries[0].mean()  # the same on both phases
        now = pull * (1 - eta * rate) ** step
        weights, a = weights + now * a[:, None] * turning[:, 0], a + now * lifting[:, 0]
    return {"change": cell.width * (entries[-1] - entries[0]) / rate, "rate": rate}


def _softplus(z: Array, sharpness: float) -> tuple[Array, Array]:
    """softplus(βz)/β and its derivative, without an overflow."""
    small = np.exp(-sharpness * np.abs(z))
    value = np.maximum(z, 0) + np.log1p(small) / sharpness
    return value, np.where(z > 0, 1.0, small) / (1 + small)


def find(sizes: Sizes, data: Data) -> Found:
    """Slopes in ln √m with their errors, and the softplus's as a share of the ReLU's."""
    relu, grids = data["relu"]["change"], data["softplus"]["change"]
    x, soft, eta = np.log(np.sqrt(sizes.widths)), grids[:, -1], sizes.learning_rate
    (of_relu, error_of_relu), (slope, error) = _line(x, relu), _line(x, soft)
    error = error + np.abs(slope - _line(x, grids[:, 0])[0])
    late = np.array(sizes.widths) >= sizes.late
    shares = zip(PHASES, np.abs(slope / of_relu), error / np.abs(of_relu), strict=True)
    theory = relative_split(sizes.frequency, 1.0, eta * sizes.steps, learning_rate=eta)
    return Found(
        change_relu=relu, change_softplus=soft, slope_of_relu=of_relu, error_of_relu=error_of_relu,
        slope=slope, error=error, slope_over_theory=of_relu / theory,
        share={phase: Interval(float(of), float(of - by), float(of + by), kind="± its error")
               for phase, of, by in shares},
        late_share=np.abs(_line(x[late], soft[late])[0] / _line(x[late], relu[late])[0]),
        learned=[float(1 - (1 - eta * data[name]["rate"].flat[-1]) ** sizes.steps)
                 for name in ("relu", "softplus")],
    )  # fmt: skip


def _line(x: Array, y: Array) -> tuple[Array, Array]:
    """Slope of every column by least squares, and its standard error (nan for two points)."""
    x, y = x - x.mean(), y - y.mean(axis=0)
    slope = x @ y / (x @ x)
    square = ((y - np.multiply.outer(x, slope)) ** 2).sum(axis=0)
    return slope, np.sqrt(square / (x @ x) / (len(x) - 2 or np.nan))


def judge(sizes: Sizes, found: Found) -> Verdict:
    """The softplus's slope as a share of the ReLU's, for both phases."""
    findings = [below(f"{phase} phase", found.share[phase], WITHIN) for phase in PHASES]
    said = "; ".join(
        f"{phase} phase: {found.slope_of_relu[i]:+.2f} ± {found.error_of_relu[i]:.2f} with the "
        f"ReLU ({found.slope_over_theory[i]:.2f} of ∓D), {found.slope[i]:+.4f} ± "
        f"{found.error[i]:.4f} with the softplus, {100 * found.share[phase].mean:.3f} % of it, "
        f"{100 * found.late_share[i]:.4f} % for m ≥ 2^{np.log2(sizes.late):g}"
        for i, phase in enumerate(PHASES)
    ).replace("-", "−")
    learned = " and ".join(f"{100 * of:.0f} %" for of in found.learned)
    return decide(findings, f"{said}. They have learned {learned} of the target.")


def explain(sizes: Sizes, found: Found) -> str:
    """For a reader who has not read the study."""
    most = max(of.high for of in found.share.values())
    return (
        "The change of the kernel, times the width, still grows with the logarithm of the width. "
        f"With the kink of the ReLU rounded, at most {100 * most:.2g} % of that growth is left."
    )


def draw(sizes: Sizes, found: Found, axes: Axes) -> None:
    """m × change with its lines, and slopes between neighbouring widths over the ReLU's."""
    x, changes = np.log(np.sqrt(sizes.widths)), (found.change_relu, found.change_softplus)
    for place, (name, change) in enumerate(zip(("ReLU", "softplus"), changes, strict=True)):
        line = change.mean(axis=0) + np.multiply.outer(x - x.mean(), _line(x, change)[0])
        local = np.abs(np.diff(change, axis=0) / np.diff(x)[:, None] / found.slope_of_relu)
        for phase, filled in enumerate(("full", "none")):
            style = {"color": f"C{place}", "marker": MARKERS[place], "fillstyle": filled}
            axes[0].plot(x, change[:, phase], ls="", label=None if phase else name, **style)
            axes[0].plot(x, line[:, phase], color=f"C{place}", linewidth=1)
            axes[1].plot((x[1:] + x[:-1]) / 2, local[:, phase], **style)
    axes[1].axhline(WITHIN, color="0.5", ls="--", label=f"{100 * WITHIN:g} %")
    label(axes[0], "ln √m", "m × change/λ_k", "Full: own phase, open: shifted", "", "upper left")
    label(axes[1], "ln √m", "size over the ReLU's slope",
          f"Slope between two widths, β = {sizes.sharpness:g}", "y", "lower left")  # fmt: skip


def _cost(sizes: Sizes, cell: Cell) -> float:  # exact arcs cost as much as 15 points
    return 2e-8 * getattr(cell, "points", 15) * sizes.radii * sizes.directions * sizes.steps


CELLS = {"width": "widths", "points": "points"}
MEASURES = {
    "relu": Measure(measure_relu, {"width": "widths"}, _cost, draws=False),
    "softplus": Measure(measure_softplus, CELLS, _cost, draws=False),
}
CLAIM = Claim.of(
    globals(), panels=2, measures=MEASURES,
    quick=Sizes(widths=(2**10, 2**14, 2**18, 2**22), steps=15, radii=40, directions=16),
    full=Sizes(widths=tuple(2**power for power in range(10, 23)), learning_rate=0.5, steps=100,
               radii=160, directions=48, points=(60, 120)),
    control=Control("a softplus so sharp that the kink is back within the widths",
                    Sizes(sharpness=64.0, widths=(2**8, 2**10, 2**12), late=2**10, radii=20,
                          points=(240,)), MEASURES),
)  # fmt: skip
