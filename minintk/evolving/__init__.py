"""The first correction to the lazy limit, and a numerical mean-field limit.

In the lazy limit the kernel stands still. What is here says how it first departs from that at a
finite width. It also computes the limit of many neurons in which the kernel moves. These are parts
of a theory of the kernel that moves. The whole one is not here: the study leaves it open. In
reading order, each derived step by step in its module's docstring:

mean_field       infinitely many neurons that move as far as those of a finite width
leading_order    how the kernel turns: the slope in ln √m, in closed form, for any target
driven           the neurons moved by the residual of the infinite-width flow
gaussian_limits  how far the kernel of the start is off, for many samples and for many neurons
fluctuation      what a finite width costs the frozen kernel
linear_response  what it costs the moving one, with no network trained
velocity         dK/dτ of any network, exactly, with the moving ends of arcs; third-order kernel
path             its integral over a step of descent, split the same way
replays          the kernel's path repeated as descent, with only some of its entries moving

No function here takes a `Law`: a start has w ~ N(0, I), and a bias that is trained from 0. Without
a bias leave it at 0, where it began. `mean_field_descent` then moves the other two layers. Of the
start itself average `fast.population_low_frequency_block` over networks of `Law(bias=False)`.

>>> from minintk import Params
>>> from minintk.fast import population_objective
>>> start = mean_field_start(16, 16)
>>> start = Params(start.w, start.b, start.a, trained=("w", "a"))
>>> end, losses = mean_field_descent(start, population_objective, [0.0, 1.0, 0.0], 64, 0.5, 50)
>>> print(abs(end.b).max(), f"{losses[0]:.3f} {losses[-1]:.1e}")
0.0 0.500 4.1e-07
"""

from .driven import driven_descent
from .fluctuation import entry_variances, frozen_loss
from .gaussian_limits import sampling_limit, width_limit
from .leading_order import (
    descent_factor,
    leading_logarithm,
    relative_split,
)
from .linear_response import mean_loss_excess
from .mean_field import mean_field_descent, mean_field_start, random_start
from .path import kernel_change
from .replays import PARTS, replayed
from .velocity import KernelVelocity, flow_velocity, kernel_velocity

__all__ = [
    "PARTS",
    "KernelVelocity",
    "descent_factor",
    "driven_descent",
    "entry_variances",
    "flow_velocity",
    "frozen_loss",
    "kernel_change",
    "kernel_velocity",
    "leading_logarithm",
    "mean_field_descent",
    "mean_field_start",
    "mean_loss_excess",
    "random_start",
    "relative_split",
    "replayed",
    "sampling_limit",
    "width_limit",
]
