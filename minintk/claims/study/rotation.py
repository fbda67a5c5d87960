"""Rotation: at infinite width the NTK knows only the angle between two points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..._require import Array
from ...arccosine import infinite_ntk
from ...circle import sample_angles, uniform_angles
from ...fast.kernel import empirical_ntk
from ...law import Law
from ...network import Params, initialise
from ...spectrum import circulant_deviation
from ..claim import Cell, Claim, Control, Data, Found, Measure, Part
from ..statistics import Verdict, decide, exact, fitted_slopes, inside, student_interval

STATEMENT = (
    "At infinite width the NTK on the circle depends only on the angle between two points: the "
    "kernel operator is a convolution, and its matrix on a uniform grid is circulant."
)
FORMULA = "K(t + α, t' + α) = K(t, t') for every α;  K_ij = K_{i+1, j+1} on a grid"
SOURCE = "Kalvankar (2026); Jacot et al. (2018), theorem 1; Basri et al. (2019)"
ROUNDING, MARGIN, STRETCH = 1e-13, 0.1, 3.0


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run."""

    points: int = 64
    rotations: int = 32
    widths: tuple[int, ...] = (64, 256, 1024, 4096, 16384)
    biases: tuple[bool, ...] = (True, False)
    seeds: int = 128
    block: int = 32


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    return (
        f"Infinite width, with and without bias: {sizes.rotations} rotations change the NTK by "
        f"less than {ROUNDING:g} of its largest entry, and its matrix on {sizes.points} grid points "
        f"is circulant to {ROUNDING:g}. Networks, m = {sizes.widths[0]} … {sizes.widths[-1]}: the "
        "distances from a circulant matrix and from the rotated kernel fall with slopes in m whose "
        f"95 % intervals lie within −½ ± {MARGIN:g}."
    )


def measure(sizes: Sizes, cell: Cell, rng: np.random.Generator, stretch: float = 1.0) -> Part:
    """One network's kernel: its distance from a circulant one, and from itself rotated."""
    params = _drawn(cell.width, rng, stretch)
    grid = uniform_angles(sizes.points)
    kernel = empirical_ntk(params, grid)
    turned = empirical_ntk(params, grid + rng.uniform(0, 2 * np.pi))
    change = np.linalg.norm(turned - kernel) / np.linalg.norm(kernel)
    return {"circulant_distance": circulant_deviation(kernel), "change": change}


def _drawn(width: int, rng: np.random.Generator, stretch: float) -> Params:
    """A network; stretched weights are not isotropic."""
    params = initialise(width, rng)
    return params if stretch == 1 else Params(params.w * [stretch, 1.0], params.b, params.a)


def measure_infinite(sizes: Sizes, cell: Cell, rng: np.random.Generator) -> Part:
    """Largest change under rotation over max|K|, and the distance from a circulant matrix."""
    angles, law = sample_angles(sizes.points, rng), Law(bias=cell.bias)
    turns = rng.uniform(-10, 10, sizes.rotations)
    kernel = infinite_ntk(angles, law=law)
    changes = [np.abs(infinite_ntk(angles + turn, law=law) - kernel).max() for turn in turns]
    on_grid = infinite_ntk(uniform_angles(sizes.points), law=law)
    return {
        "change": np.max(changes) / kernel.max(),
        "circulant_distance": circulant_deviation(on_grid),
    }


def find(sizes: Sizes, data: Data) -> Found:
    """The worst of infinite width, and a slope for every seed."""
    networks, infinite = data["networks"], data["infinite"]
    slopes = {
        name: student_interval(fitted_slopes(sizes.widths, networks[name]))
        for name in ("circulant_distance", "change")
    }
    return Found(
        infinite_change=float(infinite["change"].max()),
        infinite_circulant_distance=float(infinite["circulant_distance"].max()),
        circulant_distance=networks["circulant_distance"],
        change=networks["change"],
        slope_of_circulant_distance=slopes["circulant_distance"],
        slope_of_change=slopes["change"],
    )


def judge(sizes: Sizes, found: Found) -> Verdict:
    """Exact at infinite width, and both slopes."""
    findings = [
        exact("the infinite-width NTK under rotation", found.infinite_change, ROUNDING),
        exact("its circulant matrix", found.infinite_circulant_distance, ROUNDING),
        inside("slope of the circulant distance", found.slope_of_circulant_distance,
               -0.5 - MARGIN, -0.5 + MARGIN),
        inside("slope of the change", found.slope_of_change, -0.5 - MARGIN, -0.5 + MARGIN),
    ]  # fmt: skip
    return decide(
        findings,
        f"rotating the points changes the infinite-width NTK by {found.infinite_change:.1e}. The "
        "NTK of every finite width does change: its distance from a circulant matrix falls with "
        f"slope {found.slope_of_circulant_distance}, from itself rotated with "
        f"{found.slope_of_change}.",
    )


def explain(sizes: Sizes, found: Found) -> str:
    """For a reader who has not read the study."""
    return (
        "Turn all data points around the circle: an infinitely wide network does not notice, and a "
        "network of finite width notices less the wider it is."
    )


def draw(sizes: Sizes, found: Found, axes: Sequence[Any]) -> None:
    """Both distances against the width, with the line that slope −1/2 predicts."""
    (axis,) = axes
    for values, label, style in (
        (found.circulant_distance, "from a circulant matrix (grid)", "o"),
        (found.change, "from itself, rotated", "s"),
    ):
        mean: Array = values.mean(axis=1)
        axis.errorbar(sizes.widths, mean, values.std(axis=1, ddof=1), fmt=style,
                      label=f"empirical, {label}")  # fmt: skip
        guide = mean[0] * np.sqrt(sizes.widths[0] / np.asarray(sizes.widths))
        axis.plot(sizes.widths, guide, "k--", label="slope −1/2" if style == "o" else None)
    exact_to = max(found.infinite_change, found.infinite_circulant_distance)
    axis.plot([], [], " ", label=f"infinite width: {exact_to:.0e}, far below")
    axis.set(
        xscale="log",
        yscale="log",
        xlabel="width m (neurons)",
        ylabel="relative distance (Frobenius norm)",
        title="Only the infinite-width NTK is invariant under rotation",
    )
    axis.legend(loc="lower left")


def measure_stretched_limit(sizes: Sizes, cell: Cell, rng: np.random.Generator) -> Part:
    """The control's limit, by very many neurons."""
    return measure(sizes, Cell(width=100_000), rng, STRETCH)


WIDTHS = {"width": "widths"}
CLAIM = Claim(
    name="rotation",
    statement=STATEMENT,
    formula=FORMULA,
    source=SOURCE,
    criterion=criterion,
    default=Sizes(),
    quick=Sizes(widths=(64, 512, 4096), seeds=64),
    full=Sizes(widths=(64, 256, 1024, 4096, 16384, 65536, 262144), seeds=256),
    measures={
        "infinite": Measure(measure_infinite, {"bias": "biases"}, lambda s, c: 0.01, draws=False),
        "networks": Measure(measure, WIDTHS, lambda s, c: 1e-3 + 1e-6 * c.width),
    },
    find=find,
    judge=judge,
    explain=explain,
    draw=draw,
    panels=1,
    control=Control(
        "weights that are not isotropic",
        Sizes(points=32, widths=(64, 512, 4096), seeds=8, block=8),
        {
            "infinite": Measure(
                measure_stretched_limit, {"bias": "biases"}, lambda s, c: 0.02, draws=False
            ),
            "networks": Measure(partial(measure, stretch=STRETCH), WIDTHS, lambda s, c: 2e-3),
        },
    ),
)
