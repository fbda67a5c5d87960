"""The kernel that moves: what a theory can say where the study stops.

The study leaves a theory of the evolving kernel open. Here, in reading order, each derived step by
step in its docstring: `mean_field` (infinitely many neurons that move as far as those of a finite
width), `leading_order` (how the kernel turns, in closed form), `fluctuation` (what a finite width
costs the frozen kernel) and `velocity` (dK/dτ of any network, exactly).
"""

from .mean_field import mean_field_descent, mean_field_start, random_start

__all__ = ["mean_field_descent", "mean_field_start", "random_start"]
