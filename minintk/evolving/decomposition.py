"""What a finite width adds to the infinite one: fluctuation, feature learning, and both.

decompose   four stages of one width and target, each with its loss, residual, kernel, alignments

infinite width → + fluctuation: the kernel of one draw, frozen → + feature learning: the mean-field
limit, whose kernel moves and has no draw → both: the network itself.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .._require import Array, require_array, require_integer
from ..arccosine import infinite_ntk
from ..circle import fourier_coefficients, fourier_sum, uniform_angles
from ..dynamics import frozen_descent
from ..fast.kernel import empirical_ntk
from ..fast.samples import forward, objective
from ..network import Objective, half_mean_square, initialise
from ..spectrum import (
    centred_kernel_alignment,
    kernel_alignment,
    low_frequency_block,
    off_diagonal_share,
    subspace_overlap,
    target_alignment,
)
from ..training import gradient_descent
from .mean_field import mean_field_descent, mean_field_start

__all__ = ["Stage", "decompose"]


class Stage(NamedTuple):
    """One stage: losses (steps + 1,), and at the end residual spectrum, kernel block, alignments.

    >>> Stage(np.ones(2), np.zeros(3), np.eye(3), {"CKA": 1.0}).alignments
    {'CKA': 1.0}
    """

    losses: Array
    residual_spectrum: Array
    kernel_block: Array
    alignments: dict[str, float]


def decompose(
    width: int,
    coefficients: npt.ArrayLike,
    rng: np.random.Generator,
    learning_rate: float,
    steps: int,
    *,
    points: int = 64,
    k_max: int = 4,
    radii: int = 48,
    directions: int = 96,
) -> dict[str, Stage]:
    """The four stages "infinite width", "frozen", "mean-field" and "evolving" of one width.

    The last two move their kernel; the second and the last share one draw of the network, in
    antisymmetric pairs, with all parts trained. Takes the target's (2 k_y + 1,) coefficients in the
    order of `fourier_basis`; the data are its values on a uniform grid of so many points. Losses
    are kept at every step; the residual's Fourier coefficients (2 k_max + 1,), the raw block of the
    kernel on |k| ≤ k_max and the alignments are those of the end. Raises as `gradient_descent`.

    >>> stages = decompose(32, [0.0, 1.0, 0.0], np.random.default_rng(0), 0.5, 20, points=16)
    >>> list(stages), {len(stage.losses) for stage in stages.values()}
    (['infinite width', 'frozen', 'mean-field', 'evolving'], {21})
    """
    target = require_array("coefficients", coefficients, (None,))
    count = require_integer("steps", steps, least=0)
    grid = uniform_angles(points)
    y = fourier_sum(grid, target)
    start = initialise(width, rng, antisymmetric=True)

    def stage(losses: Array, output: Array, kernel: Array) -> Stage:
        spectrum = fourier_coefficients(grid, output - y, k_max)
        block = low_frequency_block(kernel, grid, k_max)
        return Stage(losses, spectrum, block, _alignments(kernel, grid, y, k_max))

    def frozen(kernel: Array) -> Stage:
        outputs = frozen_descent(kernel, np.zeros_like(y), y, learning_rate, range(count + 1))
        losses = np.array([half_mean_square(output, y) for output in outputs])
        return stage(losses, outputs[-1], kernel)

    def objective_of(targets: Array) -> Objective:
        return objective(grid, targets)

    nodes, limit = mean_field_descent(
        mean_field_start(radii, directions, angles=grid),
        objective_of,
        y,
        width,
        learning_rate,
        count,
    )
    network, losses = gradient_descent(start, objective_of(y), learning_rate, count)
    shrink = np.sqrt(width / nodes.width)
    return {
        "infinite width": frozen(infinite_ntk(grid)),
        "frozen": frozen(empirical_ntk(start, grid)),
        "mean-field": stage(limit, shrink * forward(nodes, grid), empirical_ntk(nodes, grid)),
        "evolving": stage(losses, forward(network, grid), empirical_ntk(network, grid)),
    }


def _alignments(kernel: Array, grid: Array, targets: Array, k_max: int) -> dict[str, float]:
    continuum = infinite_ntk(grid)
    return {
        "kernel alignment with the continuum": kernel_alignment(kernel, continuum),
        "CKA with the continuum": centred_kernel_alignment(kernel, continuum),
        f"overlap with |k| ≤ {k_max}": subspace_overlap(kernel, grid, k_max),
        "off-diagonal share": off_diagonal_share(low_frequency_block(kernel, grid, k_max)),
        "target alignment": target_alignment(kernel, targets),
    }
