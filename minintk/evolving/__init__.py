"""The kernel that moves: what a theory can say where the study stops.

The study leaves a theory of the evolving kernel open. Here, in reading order, each derived step by
step in its module's docstring:

mean_field     infinitely many neurons that move as far as those of a finite width
leading_order  how the kernel turns, in closed form, for any target
driven         the neurons moved by the residual of the infinite-width flow: gains of order 1/m
fluctuation    what a finite width costs the frozen kernel
velocity       dK/dτ of any network, exactly, with the moving ends of the arcs; third-order kernel
path           its integral over a step of descent, exactly, split the same way
decomposition  infinite width, + fluctuation, + feature learning, both: side by side
"""

from .decomposition import (
    Stage,
    Task,
    decompose,
    drawn_stages,
    infinite_stage,
    mean_field_stage,
)
from .driven import driven_descent, limiting_gains
from .fluctuation import entry_variances, frozen_loss
from .leading_order import (
    descent_factor,
    leading_logarithm,
    leading_logarithm_kernel,
    loss_logarithm,
    relative_split,
    turning_force,
)
from .mean_field import mean_field_descent, mean_field_start, random_start
from .path import kernel_change
from .velocity import KernelVelocity, flow_velocity, kernel_velocity

__all__ = [
    "KernelVelocity",
    "Stage",
    "Task",
    "decompose",
    "descent_factor",
    "drawn_stages",
    "driven_descent",
    "entry_variances",
    "flow_velocity",
    "frozen_loss",
    "infinite_stage",
    "kernel_change",
    "kernel_velocity",
    "leading_logarithm",
    "leading_logarithm_kernel",
    "limiting_gains",
    "loss_logarithm",
    "mean_field_descent",
    "mean_field_stage",
    "mean_field_start",
    "random_start",
    "relative_split",
    "turning_force",
]
