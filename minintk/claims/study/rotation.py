"""Rotation: at infinite width the NTK depends only on the angle between two points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..._require import Array
from ...arccosine import infinite_ntk
from ...circle import sample_angles, uniform_angles
from ...fast.kernel import empirical_ntk
from ...law import Law
from ...network import Params, initialise
from ...spectrum import circulant_deviation
from ..claim import Axes, Cell, Claim, Control, Data, Found, Generator, Measure, Part
from ..drawing import MARKERS, label
from ..statistics import Verdict, decide, exact, fitted_slopes, inside, student_interval

STATEMENT = "At infinite width the NTK depends only on the angle between two points: a convolution."
FORMULA = "K(t + α, t' + α) = K(t, t') for every α;  K_ij = K_{i+1, j+1} on a grid"
SOURCE = "Kalvankar (2026); Jacot et al. (2018), theorem 1; Basri et al. (2019)"
PLAINLY = "Turn all data around the circle: the wider a network is, the less it notices."
ROUNDING, MARGIN = 1e-13, 0.1
STRETCH, MANY = 3.0, 20_000  # of the control: w₁ times 3, so many neurons for infinite width


@dataclass(frozen=True)
class Sizes:
    """Sizes of a run."""

    points: int = 64
    rotations: int = 32
    widths: tuple[int, ...] = (16, 128, 1024, 4096, 16384)
    biases: tuple[bool, ...] = (True, False)
    seeds: int = 48  # each slope is known to 0.035
    block: int = 24


def criterion(sizes: Sizes) -> str:
    """What is asked, with the numbers of this run."""
    biases = " and ".join("with" if bias else "without" for bias in sizes.biases)
    return (
        f"Infinite width, {biases} bias: {sizes.rotations} rotations change the NTK by "
        f"less than {ROUNDING:g} of its largest entry. Its matrix on {sizes.points} grid points "
        f"is circulant to {ROUNDING:g}. Networks, m = {sizes.widths[0]} … {sizes.widths[-1]}: the "
        "distances from a circulant matrix and from the rotated kernel fall. Their slopes in m "
        f"have 95 % intervals within −½ ± {MARGIN:g}."
    )


def measure(sizes: Sizes, cell: Cell, rng: Generator, stretch: float = 1.0) -> Part:
    """One network's kernel: its distance from a circulant one, and from itself rotated."""
    drawn = initialise(cell.width, rng)
    params = Params(drawn.w * [stretch, 1.0], drawn.b, drawn.a)  # isotropic at 1
    grid, turn = uniform_angles(sizes.points), rng.uniform(0, 2 * np.pi)
    kernel, turned = (empirical_ntk(params, angles) for angles in (grid, grid + turn))
    change = np.linalg.norm(turned - kernel) / np.linalg.norm(kernel)
    return {"circulant_distance": circulant_deviation(kernel), "change": change}


def measure_infinite(sizes: Sizes, cell: Cell, rng: Generator, stretch: float = 1.0) -> Part:
    """Largest change under rotation over max|K|, and the distance from a circulant matrix."""
    if stretch != 1.0:  # no closed form
        return measure(sizes, Cell(width=MANY), rng, stretch)
    angles, law = sample_angles(sizes.points, rng), Law(bias=cell.bias)
    turns = rng.uniform(-10, 10, sizes.rotations)
    kernel = infinite_ntk(angles, law=law)
    changes = [np.abs(infinite_ntk(angles + turn, law=law) - kernel).max() for turn in turns]
    circulant = circulant_deviation(infinite_ntk(uniform_angles(sizes.points), law=law))
    return {"change": np.max(changes) / kernel.max(), "circulant_distance": circulant}


def find(sizes: Sizes, data: Data) -> Found:
    """The worst of infinite width, and a slope for every seed."""
    networks, infinite = data["networks"], data["infinite"]
    return Found(
        **networks,
        **{f"infinite_{name}": float(values.max()) for name, values in infinite.items()},
        **{f"slope_of_{name}": student_interval(fitted_slopes(sizes.widths, values))
           for name, values in networks.items()},
    )  # fmt: skip


def judge(sizes: Sizes, found: Found) -> Verdict:
    """Exact at infinite width, and both slopes."""
    circulant, change = found.slope_of_circulant_distance, found.slope_of_change
    low, high = -0.5 - MARGIN, -0.5 + MARGIN
    return decide(
        [exact("the infinite-width NTK under rotation", found.infinite_change, ROUNDING),
         exact("its circulant matrix", found.infinite_circulant_distance, ROUNDING),
         inside("slope of the circulant distance", circulant, low, high),
         inside("slope of the change", change, low, high)],
        f"rotating the points changes the infinite-width NTK by {found.infinite_change:.1e}. The "
        "NTK of every finite width does change: its distance from a circulant matrix falls with "
        f"slope {circulant}, from itself rotated with {change}.",
    )  # fmt: skip


def draw(sizes: Sizes, found: Found, axes: Axes) -> None:
    """Both distances against the width, with the line that slope −1/2 predicts."""
    (axis,), widths = axes, np.array(sizes.widths)
    infinite = max(found.infinite_change, found.infinite_circulant_distance)
    curves = {"from a circulant matrix (grid)": found.circulant_distance,
              "from itself, rotated": found.change}  # fmt: skip
    for (name, values), marker in zip(curves.items(), MARKERS, strict=False):
        mean: Array = values.mean(axis=1)
        axis.errorbar(widths, mean, values.std(axis=1, ddof=1), fmt=marker, label=name)
        axis.plot(widths, mean[0] * np.sqrt(widths[0] / widths), "k--")
    axis.plot([], [], "k--", label="slope −1/2")
    axis.plot([], [], " ", label=f"infinite width: {infinite:.0e}, far below")
    label(axis, "width m (neurons)", "relative distance (Frobenius norm)",
          "Rotation leaves only the infinite-width NTK as it is", "xy", "lower left")  # fmt: skip


MEASURES = {
    "infinite": Measure(measure_infinite, {"bias": "biases"}, lambda s, c: 0.01, draws=False),
    "networks": Measure(measure, {"width": "widths"}, lambda s, c: 9e-4 + 1.1e-6 * c.width),
}
CLAIM = Claim.of(
    globals(), measures=MEASURES, panels=1,
    quick=Sizes(widths=(16, 256, 4096), seeds=40, block=20),
    full=Sizes(widths=(64, 256, 1024, 4096, 16384, 65536, 262144), seeds=256),
    control=Control("weights that are not isotropic",
                    Sizes(points=32, widths=(64, 512, 4096), seeds=12),
                    {name: right.wrong(stretch=STRETCH) for name, right in MEASURES.items()}),
)  # fmt: skip
