"""What test_evolving_twins imports from here; its home is tests.reference.evolving."""

from tests.reference.evolving import (
    driven_descent,
    entry_variance,
    frozen_loss,
    hierarchy_velocity,
    logarithm_entry,
    mean_field_descent,
    turning_force,
    turning_sum,
)

__all__ = [
    "driven_descent",
    "entry_variance",
    "frozen_loss",
    "hierarchy_velocity",
    "logarithm_entry",
    "mean_field_descent",
    "turning_force",
    "turning_sum",
]
