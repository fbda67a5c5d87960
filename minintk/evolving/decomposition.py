"""What a finite width adds to the infinite one: fluctuation, feature learning, and both.

Each stage is a loss curve, the spectrum of the residual, the kernel's low-frequency block, and
alignments:

infinite_stage     infinite width: the kernel of no draw, at rest
drawn_stages       + fluctuation: the kernel of a draw, frozen; and both: the network itself
mean_field_stage   + feature learning: the limit whose kernel moves and has no draw

The first and the last depend on no draw: with many draws, ask for them once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from .._require import Array
from ..alignment import (
    centred_kernel_alignment,
    kernel_alignment,
    off_diagonal_share,
    subspace_overlap,
    target_alignment,
)
from ..arccosine import infinite_ntk
from ..circle import fourier_coefficients, fourier_sum, uniform_angles
from ..fast.kernel import empirical_ntk
from ..fast.samples import forward, objective
from ..fast.together import train_together
from ..frozen import frozen_descent
from ..network import initialise, loss
from ..spectrum import low_frequency_block
from .mean_field import mean_field_descent, mean_field_start

__all__ = ["Stage", "Task", "drawn_stages", "infinite_stage", "mean_field_stage"]


class Stage(NamedTuple):
    """One stage: losses (steps + 1,), and at the end residual spectrum, kernel block, alignments.

    >>> Stage(np.ones(2), np.zeros(3), np.eye(3), {"CKA": 1.0}).alignments
    {'CKA': 1.0}
    """

    losses: Array
    residual_spectrum: Array
    kernel_block: Array
    alignments: dict[str, float]


@dataclass(frozen=True)
class Task:
    """What is learned, and how: the target's coefficients, η, steps, grid points, largest |k|.

    >>> Task((0.0, 1.0, 0.0), 0.5, 20).steps
    20
    """

    coefficients: tuple[float, ...]
    learning_rate: float
    steps: int
    points: int = 64
    k_max: int = 4

    @property
    def grid(self) -> Array:
        """The samples' angles (n,)."""
        return uniform_angles(self.points)

    @property
    def targets(self) -> Array:
        """The target at the samples (n,)."""
        return fourier_sum(self.grid, self.coefficients)


def infinite_stage(task: Task) -> Stage:
    """Infinite width: descent under the closed-form kernel.

    >>> print(f"{infinite_stage(Task((0.0, 1.0, 0.0), 0.5, 20)).losses[-1]:.5f}")
    0.00022
    """
    return _frozen(infinite_ntk(task.grid), task)


def drawn_stages(
    width: int, task: Task, rng: np.random.Generator, draws: int
) -> list[tuple[Stage, Stage]]:
    """Draws of the network: each with its kernel frozen at the start, and trained.

    >>> task, rng = Task((0, 1, 0), 0.5, 3), np.random.default_rng(0)
    >>> [len(frozen.losses) for frozen, evolving in drawn_stages(8, task, rng, 2)]
    [4, 4]
    """
    starts = [initialise(width, rng, antisymmetric=True) for _ in range(draws)]
    networks, losses, _ = train_together(
        starts, task.grid, task.targets, task.learning_rate, task.steps
    )
    return [
        (
            _frozen(empirical_ntk(start, task.grid), task),
            _stage(values, forward(network, task.grid), empirical_ntk(network, task.grid), task),
        )
        for start, network, values in zip(starts, networks, losses, strict=True)
    ]


def mean_field_stage(width: float, task: Task, *, radii: int = 48, directions: int = 96) -> Stage:
    """The mean-field limit of a width, by so many nodes.

    >>> len(mean_field_stage(8, Task((0, 1, 0), 0.5, 3, points=16), radii=8).losses)
    4
    """
    nodes, losses = mean_field_descent(
        mean_field_start(radii, directions, angles=task.grid),
        partial(objective, task.grid),
        task.targets,
        width,
        task.learning_rate,
        task.steps,
    )
    output = np.sqrt(width / nodes.width) * forward(nodes, task.grid)
    return _stage(losses, output, empirical_ntk(nodes, task.grid), task)


def _frozen(kernel: Array, task: Task) -> Stage:
    """Descent from 0 under a kernel at rest."""
    y, steps = task.targets, range(task.steps + 1)
    outputs = frozen_descent(kernel, np.zeros_like(y), y, task.learning_rate, steps)
    losses = np.array([loss(output, y) for output in outputs])
    return _stage(losses, outputs[-1], kernel, task)


def _stage(losses: Array, output: Array, kernel: Array, task: Task) -> Stage:
    grid, y = task.grid, task.targets
    spectrum = fourier_coefficients(grid, output - y, task.k_max)
    block = low_frequency_block(kernel, grid, task.k_max)
    continuum = infinite_ntk(grid)
    alignments = {
        "kernel alignment with the continuum": kernel_alignment(kernel, continuum),
        "CKA with the continuum": centred_kernel_alignment(kernel, continuum),
        f"overlap with |k| ≤ {task.k_max}": subspace_overlap(kernel, grid, task.k_max),
        "off-diagonal share": off_diagonal_share(block),
        "target alignment": target_alignment(kernel, y),
    }
    return Stage(losses, spectrum, block, alignments)
