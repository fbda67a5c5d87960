"""The velocity of the kernel of any network, with the moving ends of its arcs."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minintk as mn
from minintk import evolving, fast
from tests.reference import evolving as reference
from tests.reference.closeness import assert_close
from tests.reference.evolving_problems import COSINE, START, TARGET

pytestmark = pytest.mark.evolving


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.parametrize("trained", [("w", "b", "a"), ("w", "a"), ("b",), ("w",), ("a",)])
def test_velocity_against_central_differences(trained):
    rng = np.random.default_rng(8)
    drawn = mn.initialise(9, rng, law=mn.Law(bias_std=0.6))
    params = mn.Params(drawn.w, drawn.b, drawn.a, trained)
    motion = mn.Params(*(rng.standard_normal(p.shape) for p in (params.w, params.b, params.a)))

    def block(step):
        w, b, a = (
            getattr(params, part) + step * getattr(motion, part) * (part in trained)
            for part in ("w", "b", "a")
        )
        return fast.population_low_frequency_block(mn.Params(w, b, a, trained), 3)

    h = 1e-5
    differences = (block(h) - block(-h)) / (2 * h)
    velocity = evolving.kernel_velocity(params, motion, 3)
    assert set(velocity.smooth) == set(velocity.ends) == set(trained)
    assert_close(velocity.total, differences, 1e-8)


def test_the_smooth_part_is_what_samples_see():
    # On samples the arcs' ends jump: differentiating the kernel there gives the smooth part alone.
    rng = np.random.default_rng(9)
    params = mn.initialise(6, rng, law=mn.Law(bias_std=0.5))
    motion = mn.Params(rng.standard_normal((6, 2)), rng.standard_normal(6), rng.standard_normal(6))
    angles, h = mn.uniform_angles(20_001), 1e-9

    def block(step):
        moved = mn.Params(
            params.w + step * motion.w, params.b + step * motion.b, params.a + step * motion.a
        )
        return fast.empirical_low_frequency_block(moved, angles, 2)

    differences = (block(h) - block(-h)) / (2 * h)
    velocity = evolving.kernel_velocity(params, motion, 2)
    smooth = np.sum(list(velocity.smooth.values()), axis=0)
    assert_close(differences, smooth, 2e-3)
    ends = np.sum(list(velocity.ends.values()), axis=0)
    assert np.abs(ends).max() > 0.02 * np.abs(smooth).max(), "the ends must matter here"


def test_flow_velocity_is_the_change_in_one_short_step_of_descent():
    rng, step = np.random.default_rng(10), 1e-6
    params = mn.initialise(9, rng, law=mn.Law(bias_std=0.6))
    trained, _ = mn.gradient_descent(params, fast.population_objective(TARGET), step, 1)
    blocks = [fast.population_low_frequency_block(p, 3) for p in (params, trained)]
    velocity = evolving.flow_velocity(params, TARGET, 3)
    assert_close(velocity.total, (blocks[1] - blocks[0]) / step, 1e-4)


@pytest.mark.parametrize(
    ("trained", "entries"),
    [(("w", "b", "a"), [(0, 0), (2, 1)]), (("w", "a"), [(1, 1)]), (("b",), [(1, 0)])],
)
def test_third_order_kernel_contracted_with_the_residual(trained, entries):
    drawn = mn.initialise(2, np.random.default_rng(8), law=mn.Law(bias_std=0.6))
    params = mn.Params(drawn.w, drawn.b, drawn.a, trained)
    velocity = evolving.flow_velocity(params, TARGET[:3], 1)
    smooth = np.sum(list(velocity.smooth.values()), axis=0)
    for entry in entries:
        whole = reference.hierarchy_velocity(params, TARGET[:3], *entry)
        assert abs(whole - velocity.total[entry]) < 1e-14
        without_ends = reference.hierarchy_velocity(params, TARGET[:3], *entry, over_ends=False)
        assert abs(without_ends - smooth[entry]) < 1e-14
        assert abs(whole - without_ends) > 1e-4, "the boundary term must matter here"


# --- theorem --------------------------------------------------------------------------------------


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15)
def test_velocity_is_symmetric_and_linear_in_the_motion(seed):
    rng = np.random.default_rng(seed)
    params = mn.initialise(7, rng, law=mn.Law(bias_std=0.5))
    motions = [
        mn.Params(rng.standard_normal((7, 2)), rng.standard_normal(7), rng.standard_normal(7))
        for _ in range(2)
    ]
    both = mn.Params(
        *(2 * getattr(motions[0], part) - getattr(motions[1], part) for part in ("w", "b", "a"))
    )
    one, two, sum_ = (evolving.kernel_velocity(params, m, 3).total for m in (*motions, both))
    size = np.abs(one).max() + np.abs(two).max()
    assert np.abs(one - one.T).max() <= 1e-12 * size
    assert np.abs(2 * one - two - sum_).max() <= 1e-11 * size


def test_a_rotation_of_all_neurons_turns_the_kernel_and_nothing_else():
    # dw = J w rotates every arc: the kernel is turned, so its trace and its k = 0 entry stay.
    params = mn.initialise(8, np.random.default_rng(1), law=mn.Law(bias_std=0.5))
    motion = mn.Params(params.w @ [[0.0, 1.0], [-1.0, 0.0]], np.zeros(8), np.zeros(8))
    velocity = evolving.kernel_velocity(params, motion, 4).total
    before = fast.population_low_frequency_block(params, 4)
    turn = np.zeros((9, 9))
    for k in range(1, 5):
        turn[2 * k, 2 * k - 1], turn[2 * k - 1, 2 * k] = k, -k
    assert_close(velocity, turn @ before - before @ turn, 1e-12)


def test_scaling_both_layers_against_each_other_moves_no_second_layer_end():
    params = mn.initialise(8, np.random.default_rng(2), law=mn.Law(bias_std=0.5))
    velocity = evolving.kernel_velocity(params, mn.Params(params.w, params.b, -params.a), 3)
    assert all(np.abs(ends).max() < 1e-14 for ends in velocity.ends.values()), "the arcs stay"
    parts = {
        part: fast.population_low_frequency_block(
            mn.Params(params.w, params.b, params.a, (part,)), 3
        )
        for part in ("w", "b", "a")
    }
    for part, sign in (("w", -2), ("b", -2), ("a", 2)):
        assert_close(velocity.smooth[part], sign * parts[part], 1e-12, part)


@pytest.mark.parametrize("scale", [1e-200, 1e-9, 1e60])
def test_velocity_of_a_network_of_any_size(scale):
    # The arcs depend on w : b alone, so that first layer and bias move their blocks alike.
    params = mn.initialise(6, np.random.default_rng(3), law=mn.Law(bias_std=0.5))
    motion = mn.initialise(6, np.random.default_rng(4), law=mn.Law(bias_std=0.5))
    pair = [mn.Params(scale * p.w, scale * p.b, p.a) for p in (params, motion)]
    scaled, plain = evolving.kernel_velocity(*pair, 2), evolving.kernel_velocity(params, motion, 2)
    for part in ("w", "b"):
        assert_close(scaled.smooth[part], plain.smooth[part], 1e-12)
        assert_close(scaled.ends[part], plain.ends[part], 1e-12)


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "call"),
    [
        ("motion must have width 6, got 2",
         lambda: evolving.kernel_velocity(START, mn.initialise(2, np.random.default_rng(0)))),
        ("every neuron must have |b| unlike |w|, got both 2 at 0",
         lambda: evolving.flow_velocity(mn.Params([[2.0, 0.0]], [-2.0], [1.0]), COSINE)),
        ("the kernel's velocity must be finite", lambda: evolving.kernel_velocity(
            mn.Params([[1e-300, 0.0]], [0.0], [1.0]), mn.Params([[0.0, 0.0]], [1e70], [0.0]))),
        ("every neuron must have |b| unlike |w|, got both 0 at 0",
         lambda: evolving.flow_velocity(mn.Params([[0.0, 0.0]], [0.0], [1.0]), COSINE)),
    ],
)  # fmt: skip
def test_rejected_with_rule_and_value(rule, call):
    with pytest.raises(ValueError, match=re.escape(rule)):
        call()


def test_networks_that_are_no_params_are_rejected_by_their_names():
    for name, call in {
        "params": lambda: evolving.kernel_velocity(None, START),
        "motion": lambda: evolving.kernel_velocity(START, (1.0,)),
    }.items():
        with pytest.raises(TypeError, match=f"^{name} must be a Params"):
            call()
    with pytest.raises(TypeError, match=r"^params must be a Params"):
        evolving.flow_velocity([], COSINE)
