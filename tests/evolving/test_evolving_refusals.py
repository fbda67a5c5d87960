"""What the wing of the kernel that moves refuses at the door, with the rule and the value."""

import re

import numpy as np
import pytest

import minintk as mn
from minintk import evolving, fast

pytestmark = pytest.mark.evolving

START = mn.initialise(6, np.random.default_rng(0), antisymmetric=True)
TARGET = [0.0, 1.0, 0.0]


def descend(width=4.0, targets=TARGET):
    return evolving.mean_field_descent(START, fast.population_objective, targets, width, 0.1, 2)


@pytest.mark.parametrize(
    ("rule", "call"),
    [
        ("radii must be an integer of at least 2, got 1", lambda: evolving.mean_field_start(1)),
        ("directions must be an integer of at least 3, got 2",
         lambda: evolving.mean_field_start(4, 2)),
        ("spacing must be", lambda: evolving.mean_field_start(4, 4, spacing="even")),
        ("smallest_radius must be",
         lambda: evolving.mean_field_start(4, 4, spacing="logarithm", smallest_radius=0.0)),
        ("smallest_radius must be below 6.5, got 7.0",
         lambda: evolving.mean_field_start(4, 4, spacing="logarithm", smallest_radius=7.0)),
        ("angles must be finite", lambda: evolving.mean_field_start(4, 4, angles=[np.nan])),
        ("width must be", lambda: descend(width=0)),
        ("width must be", lambda: descend(width=-3)),
        ("targets must be finite", lambda: descend(targets=[np.inf])),
        ("coefficients must be odd in number", lambda: descend(targets=[1.0, 2.0])),
        ("coefficients must be odd in number",
         lambda: evolving.leading_logarithm([1.0, 2.0], 1.0)),
        ("time must be at least 0, got -1", lambda: evolving.leading_logarithm(TARGET, -1)),
        ("time must be", lambda: evolving.turning_force([0.0], TARGET, float("nan"))),
        ("k_max must be", lambda: evolving.leading_logarithm(TARGET, 1.0, -1)),
        ("frequency must be", lambda: evolving.relative_split(0, 1.0, 1.0)),
        ("frequency must be an integer of at least 2, got 1",
         lambda: evolving.loss_logarithm(1, 1.0, 1.0)),
        ("learning_rate must be", lambda: evolving.descent_factor(2, 0.0, 5)),
        ("steps must be", lambda: evolving.descent_factor(2, 0.5, 0)),
        ("time must be a whole number of steps of 0.4, got 1",
         lambda: evolving.leading_logarithm(TARGET, 1.0, learning_rate=0.4)),
        ("learning_rate must be below 2/λ = 3.61, got 4",
         lambda: evolving.turning_force([0.0], TARGET, 8.0, learning_rate=4.0)),
        ("learning_rate must be",
         lambda: evolving.leading_logarithm_kernel([0.0], [1.0], TARGET, 8.0, learning_rate=0.0)),
        ("frequency must be", lambda: evolving.entry_variances(-1)),
        ("k_max must be an integer of at least 5, got 3", lambda: evolving.entry_variances(5, 3)),
        ("times must be at least 0, got -2", lambda: evolving.frozen_loss(2, 1.0, 8, [1.0, -2.0])),
        ("width must be", lambda: evolving.frozen_loss(2, 1.0, 0, [1.0])),
        ("coefficients must be odd in number",
         lambda: evolving.driven_descent(START, [1.0, 0.0], 4, 0.1, 1)),
        ("width must be", lambda: evolving.driven_descent(START, TARGET, -1, 0.1, 1)),
        ("motion must have width 6, got 2",
         lambda: evolving.kernel_velocity(START, mn.initialise(2, np.random.default_rng(0)))),
        ("every neuron must have |b| unlike |w|, got both 2 at 0",
         lambda: evolving.flow_velocity(mn.Params([[2.0, 0.0]], [-2.0], [1.0]), TARGET)),
        ("every neuron must have |b| unlike |w|, got both 0 at 0",
         lambda: evolving.flow_velocity(mn.Params([[0.0, 0.0]], [0.0], [1.0]), TARGET)),
        ("moved must have width 6 and trained parts ('w', 'b', 'a'), got 2 and ('w', 'b', 'a')",
         lambda: evolving.kernel_change(START, mn.initialise(2, np.random.default_rng(0)))),
        ("moved must have width 6 and trained parts ('w', 'b', 'a'), got 6 and ('w',)",
         lambda: evolving.kernel_change(START, mn.Params(START.w, START.b, START.a, ("w",)))),
        ("moved must have the same a, which is not trained",
         lambda: evolving.kernel_change(*(mn.Params([[2.0, 0.0]], [0.5], [a], ("w", "b"))
                                          for a in (1.0, 2.0)))),
        ("no neuron must pass through w = b = 0, got one at 1", lambda: evolving.kernel_change(
            *(mn.Params([[1.0, 0.0], [s, 2 * s]], [0.0, -s], [1.0, 1.0]) for s in (1.0, -3.0)))),
        ("no neuron must pass through w = b = 0, got one at 0", lambda: evolving.kernel_change(
            *(mn.Params([[s, 0.0]], [0.0], [1.0]) for s in (1.0, 0.0)))),
        ("k_max must be", lambda: evolving.kernel_change(START, START, -1)),
    ],
)  # fmt: skip
def test_refused_with_rule_and_value(rule, call):
    with pytest.raises(ValueError, match=re.escape(rule)):
        call()


def test_a_generator_must_be_passed_in():
    with pytest.raises(TypeError, match="rng must be"):
        evolving.random_start(4, 3)
