"""Neurons that the residual of the infinite-width flow moves."""

import re

import numpy as np
import pytest

import minintk as mn
from minintk import evolving, fast
from tests.reference import evolving as reference
from tests.reference.closeness import assert_close
from tests.reference.evolving_problems import COSINE, START, TARGET

pytestmark = pytest.mark.evolving


# --- reference ------------------------------------------------------------------------------------


def test_driven_descent():
    start = mn.initialise(4, np.random.default_rng(5), law=mn.Law(bias_std=0.3))
    moved = evolving.driven_descent(start, TARGET, 30.0, 0.5, 5)
    rows = np.column_stack([start.w, start.b, start.a])
    expected = np.array(reference.driven_descent(rows, TARGET, 30.0, 0.5, 5))
    assert_close(np.column_stack([moved.w, moved.b, moved.a]), expected, 1e-9)


# --- rate -----------------------------------------------------------------------------------------


def test_the_driven_gain_meets_that_of_the_limit_at_large_width():
    target = mn.target_coefficients((1, 2), amplitude=0.5)
    start = evolving.mean_field_start(48, 128, spacing="logarithm", smallest_radius=1e-3)
    before = fast.population_low_frequency_block(start, 2).diagonal()
    gaps = []
    for m in (16.0, 4096.0):
        driven = evolving.driven_descent(start, target, m, 0.5, 40)
        free, _ = evolving.mean_field_descent(start, fast.population_objective, target, m, 0.5, 40)
        gains = [
            fast.population_low_frequency_block(params, 2).diagonal() - before
            for params in (driven, free)
        ]
        gaps.append(np.abs(gains[0] - gains[1]).max() / np.abs(gains[1]).max())
    assert gaps[0] > 5e-3, "at width 16 its own residual is another one"
    assert gaps[1] < 2e-4


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "call"),
    [
        ("coefficients must be odd in number",
         lambda: evolving.driven_descent(START, [1.0, 0.0], 4, 0.1, 1)),
        ("width must be", lambda: evolving.driven_descent(START, COSINE, -1, 0.1, 1)),
        ("steps must be at most 134217728, got 134217729",
         lambda: evolving.driven_descent(START, COSINE, 4, 0.1, 2**27 + 1)),
        ("learning_rate must not be above 2/λ_max = 3.61035",
         lambda: evolving.driven_descent(START, COSINE, 4, 6.0, 1)),
    ],
)  # fmt: skip
def test_rejected_with_rule_and_value(rule, call):
    with pytest.raises(ValueError, match=re.escape(rule)):
        call()


def test_a_descent_out_of_range_is_a_divergence_without_a_warning():
    with pytest.raises(mn.DivergenceError, match="of width 1 diverged at step 2"):
        evolving.driven_descent(START, [0.0, 1e40, 0.0], 1.0, 1.0, 50)


def test_neurons_that_are_no_params_are_rejected_by_their_name():
    with pytest.raises(TypeError, match=r"start must be a Params, .* got None"):
        evolving.driven_descent(None, COSINE, 4, 0.1, 1)
