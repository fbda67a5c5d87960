"""The wing of the kernel that moves against plain loops that take another numerical road."""

import itertools

import numpy as np
import pytest

import minintk as mn
from minintk import evolving, fast
from tests.reference import loops as reference
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.evolving

TARGET = (0.3, 1.0, -0.4, 0.2, 0.7)  # nothing symmetric about it, a constant included


def law(start):
    """(share, w1, w2, b, a) of every neuron of a start, its size taken out again."""
    size = np.abs(start.a)
    shares = size**2 / len(size)
    rows = zip(shares, start.w / size[:, None], start.b / size, start.a / size, strict=True)
    return [(q, *w, b, a) for q, w, b, a in rows]


@pytest.mark.parametrize("start", ["nodes", "random"])
def test_mean_field_descent_is_the_law_of_motion(start):
    angles = mn.sample_angles(7, np.random.default_rng(3))
    targets = mn.fourier_sum(angles, TARGET)
    if start == "nodes":
        params = evolving.mean_field_start(5, 3, angles=angles)
    else:
        params = evolving.random_start(10, np.random.default_rng(0))
    trained, losses = evolving.mean_field_descent(
        params, lambda y: mn.objective(angles, y), targets, 23.0, 0.4, 12
    )
    neurons, expected = reference.mean_field_descent(law(params), angles, targets, 23.0, 0.4, 12)
    assert_close(losses, np.array(expected), 1e-12)
    size = np.abs(params.a)  # the size of a neuron does not change, its a does
    assert_close(trained.w / size[:, None], np.array([v[1:3] for v in neurons]), 1e-12)
    assert_close(trained.b / size, np.array([v[3] for v in neurons]), 1e-12)
    assert_close(trained.a / size, np.array([v[4] for v in neurons]), 1e-12)


@pytest.mark.parametrize("time", [0.7, 9.0])
def test_turning_force(time):
    angles = [0.3, 2.9, -1.7]
    forces = evolving.turning_force(angles, TARGET, time)
    for side, force in zip((1, -1), forces, strict=True):
        expected = [reference.turning_force(TARGET, time, t, side) for t in angles]
        assert_close(force, np.array(expected), 1e-9, f"side {side}")


def test_turning_force_of_descent():
    angles = [0.3, 2.9, -1.7]
    forces = evolving.turning_force(angles, TARGET, 0.4 * 9, learning_rate=0.4)
    for side, force in zip((1, -1), forces, strict=True):
        expected = [reference.turning_sum(TARGET, 0.4, 9, t, side) for t in angles]
        assert_close(force, np.array(expected), 1e-9, f"side {side}")


def test_the_kernel_form_is_continuous_where_its_one_sided_parts_jump():
    t, close = 0.7, 1e-9
    sides = evolving.leading_logarithm_kernel([t], [t - close, t + close], TARGET, 9.0)[0]
    here = evolving.leading_logarithm_kernel([t], [t], TARGET, 9.0)[0, 0]
    assert_close(sides, np.array([here, here]), 1e-7)
    plus, minus = (reference.turning_force(TARGET, 9.0, t, side) for side in (1, -1))
    assert_close(here, np.array(-2 * (plus + minus) / (2 * np.pi**2)), 1e-9)


def test_limiting_gains_take_the_logarithm_out_and_go_to_infinity():
    # c(m) = m gain − L ln √m at 16 and 64 by the driven neurons, gain and L of one entry each
    steps, eta, nodes = 12, 0.5, {"spacing": "logarithm", "smallest_radius": 1e-4}
    gains = evolving.limiting_gains(TARGET, eta, steps, 2, width=16.0, radii=24, directions=16)
    start = evolving.mean_field_start(24, 16, **nodes)
    before = fast.population_low_frequency_block(start, 2)
    q_mean = np.mean(
        [
            [reference.turning_sum(TARGET, eta, steps, t, side) for side in (1, -1)]
            for t in np.arange(9) * (2 * np.pi / 9)
        ]
    )
    for k, rows in ((0, [0]), (1, [1, 2]), (2, [3, 4])):
        logarithm = -4 * [0.5, 0.25, 0.0][k] * q_mean / (2 * np.pi**2)
        at = []
        for m in (16.0, 64.0):
            moved = evolving.driven_descent(start, TARGET, m, eta, steps)
            change = fast.population_low_frequency_block(moved, 2) - before
            at.append(m * np.mean(change[rows, rows]) - logarithm * np.log(m) / 2)
        assert_close(gains[k], np.array(2 * at[1] - at[0]), 1e-9, f"k = {k}")


def test_leading_logarithm_entry_by_entry():
    block = evolving.leading_logarithm(TARGET, 3.0, 3)
    pairs = [(0, 0), (1, 1), (2, 1), (3, 3), (4, 4), (3, 0), (6, 1), (5, 4)]
    expected = [reference.logarithm_entry(TARGET, 3.0, *pair) for pair in pairs]
    actual = np.array([block[pair] for pair in pairs])
    assert_close(actual, np.array(expected), 1e-9)


@pytest.mark.parametrize("frequency", [0, 1, 2, 3])
def test_entry_variances(frequency):
    variances = evolving.entry_variances(frequency, 4)
    column = 2 * frequency - 1 if frequency else 0
    expected = [reference.entry_variance(j, column) for j in range(9)]
    by_frequency = [expected[0]] + [sum(expected[2 * k - 1 : 2 * k + 1]) for k in range(1, 5)]
    assert_close(variances, np.array(by_frequency), 1e-10)


@pytest.mark.parametrize(("frequency", "pairs"), [(1, True), (2, False), (3, True)])
def test_frozen_loss(frequency, pairs):
    width, j_max, times = 40.0, 4, [0.0, 1.3, 20.0]
    losses = evolving.frozen_loss(frequency, 0.7, width, times, antisymmetric=pairs, k_max=j_max)
    draws = width / 2 if pairs else width
    expected = [reference.frozen_loss(frequency, 0.7, draws, t, j_max) for t in times]
    assert_close(losses, np.array(expected), 1e-8)


def test_driven_descent():
    start = mn.initialise(4, np.random.default_rng(5), bias_std=0.3)
    moved = evolving.driven_descent(start, TARGET, 30.0, 0.5, 5)
    rows = np.column_stack([start.w, start.b, start.a])
    expected = np.array(reference.driven_descent(rows, TARGET, 30.0, 0.5, 5))
    assert_close(np.column_stack([moved.w, moved.b, moved.a]), expected, 1e-9)


@pytest.mark.parametrize("trained", [("w", "b", "a"), ("w", "a"), ("b",), ("w",), ("a",)])
def test_velocity_against_central_differences(trained):
    rng = np.random.default_rng(8)
    drawn = mn.initialise(9, rng, bias_std=0.6)
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
    params = mn.initialise(6, rng, bias_std=0.5)
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
    params = mn.initialise(9, rng, bias_std=0.6)
    trained, _ = mn.gradient_descent(params, fast.population_objective(TARGET), step, 1)
    blocks = [fast.population_low_frequency_block(p, 3) for p in (params, trained)]
    velocity = evolving.flow_velocity(params, TARGET, 3)
    assert_close(velocity.total, (blocks[1] - blocks[0]) / step, 1e-4)


@pytest.mark.parametrize(
    ("trained", "entries"),
    [(("w", "b", "a"), [(0, 0), (2, 1)]), (("w", "a"), [(1, 1)]), (("b",), [(1, 0)])],
)
def test_third_order_kernel_contracted_with_the_residual(trained, entries):
    drawn = mn.initialise(2, np.random.default_rng(8), bias_std=0.6)
    params = mn.Params(drawn.w, drawn.b, drawn.a, trained)
    velocity = evolving.flow_velocity(params, TARGET[:3], 1)
    smooth = np.sum(list(velocity.smooth.values()), axis=0)
    for entry in entries:
        whole = reference.hierarchy_velocity(params, TARGET[:3], *entry)
        assert abs(whole - velocity.total[entry]) < 1e-14
        without_ends = reference.hierarchy_velocity(params, TARGET[:3], *entry, over_ends=False)
        assert abs(without_ends - smooth[entry]) < 1e-14
        assert abs(whole - without_ends) > 1e-4, "the boundary term must matter here"


def moved_by(params, size, rng):
    """Another network, its trained parts moved."""
    w, b, a = (
        getattr(params, part)
        + size * rng.standard_normal(getattr(params, part).shape) * (part in params.trained)
        for part in ("w", "b", "a")
    )
    return mn.Params(w, b, a, params.trained)


def change_of_block(params, moved, k_max):
    before, after = (fast.population_low_frequency_block(p, k_max) for p in (params, moved))
    return after - before


@pytest.mark.parametrize("size", [1e-4, 1e-2, 0.1, 0.7, 5.0])
@pytest.mark.parametrize("trained", [("w", "b", "a"), ("w", "b"), ("b", "a"), ("w",)])
def test_kernel_change_is_the_difference_of_the_blocks(size, trained):
    rng = np.random.default_rng(11)
    for bias_std in (0.0, 0.5, 2.0):
        drawn = mn.initialise(40, rng, bias_std=bias_std)
        params = mn.Params(drawn.w, drawn.b, drawn.a, trained)
        moved = moved_by(params, size, rng)
        change = evolving.kernel_change(params, moved)
        assert set(change.smooth) == set(change.ends) == set(trained)
        assert np.abs(change.total - change_of_block(params, moved, 4)).max() < 1e-11


@pytest.mark.parametrize("k_max", [0, 12, 30])
@pytest.mark.parametrize("size", [0.03, 2.0])
def test_kernel_change_of_low_and_high_frequencies(k_max, size):
    rng = np.random.default_rng(13)
    params = mn.initialise(12, rng, bias_std=0.7)
    moved = moved_by(params, size, rng)
    change = evolving.kernel_change(params, moved, k_max)
    assert np.abs(change.total - change_of_block(params, moved, k_max)).max() < 1e-11


def test_kernel_change_of_a_wide_network_takes_piece_after_piece():
    rng = np.random.default_rng(12)
    few = mn.initialise(40, rng, bias_std=0.5)
    moved = moved_by(few, 0.3, rng)
    many = [
        mn.Params(*(np.concatenate([part] * 60) for part in (p.w, p.b, p.a))) for p in (few, moved)
    ]
    expected = evolving.kernel_change(few, moved, 1)
    for part, block in evolving.kernel_change(*many, 1).ends.items():
        assert np.abs(block - expected.ends[part]).max() < 1e-13


@pytest.mark.parametrize("bias", [0.3, 1.2])  # the second passes through |b| = |w|
def test_kernel_change_splits_as_a_fine_midpoint_rule_does(bias):
    # One wide network holds all the states of one neuron on its way: its velocity is their mean.
    ways, n = ([[0.9, -0.2], bias, 1.1], [[-0.4, 0.5], -0.8, -0.3]), 40_000
    s = (np.arange(n) + 0.5)[:, None] / n
    w, b, a = (np.asarray(at) + s * np.asarray(step) for at, step in zip(*ways, strict=True))
    states = mn.Params(w, b[:, 0], a[:, 0])
    motion = mn.Params(*(np.broadcast_to(step, (n, *np.shape(step))) for step in ways[1]))
    fine = evolving.kernel_velocity(states, motion, 2)
    start, end = (
        mn.Params([w], [b], [a])
        for w, b, a in (ways[0], [np.add(x, y) for x, y in zip(*ways, strict=True)])
    )
    change = evolving.kernel_change(start, end, 2)
    for part in ("w", "b", "a"):
        assert np.abs(change.smooth[part] - fine.smooth[part]).max() < 1e-6
        assert np.abs(change.ends[part] - fine.ends[part]).max() < 1e-2  # slow where 1/√D
    assert np.abs(change.ends["w"]).max() > 0.02


def test_the_steps_of_a_training_add_up_to_the_change_of_its_kernel():
    states = []
    start = mn.initialise(16, np.random.default_rng(3), antisymmetric=True)
    mn.gradient_descent(
        start, fast.population_objective(TARGET), 0.5, 30, record=lambda _, p: states.append(p)
    )
    steps = [evolving.kernel_change(*pair, 3).total for pair in itertools.pairwise(states)]
    assert_close(np.sum(steps, axis=0), change_of_block(start, states[-1], 3), 1e-10)
