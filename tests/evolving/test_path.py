"""The change of the kernel along a line between two networks, split as its velocity is."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minintk as mn
from minintk import evolving, fast
from tests.reference.closeness import assert_close
from tests.reference.evolving_problems import START, TARGET

pytestmark = pytest.mark.evolving


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


# --- by hand --------------------------------------------------------------------------------------


def test_the_size_of_the_block_is_chosen_and_4_by_default():
    target = [0.0, 1.0, 0.5]
    whole = evolving.leading_logarithm(target, 3.0)
    assert whole.shape == (9, 9)
    assert_close(evolving.leading_logarithm(target, 3.0, 0), whole[:1, :1], 1e-12)
    start = evolving.mean_field_start(4, 8)
    assert evolving.flow_velocity(start, target).total.shape == (9, 9)
    assert evolving.kernel_velocity(start, start).total.shape == (9, 9)
    assert evolving.kernel_velocity(start, start, 0).total.shape == (1, 1)
    assert evolving.kernel_change(start, start).total.shape == (9, 9)
    assert evolving.kernel_change(start, start, 0).total.shape == (1, 1)


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1e-4, 1e-2, 0.1, 0.7, 5.0])
@pytest.mark.parametrize("trained", [("w", "b", "a"), ("w", "b"), ("b", "a"), ("w",)])
def test_kernel_change_is_the_difference_of_the_blocks(size, trained):
    rng = np.random.default_rng(11)
    for bias_std in (0.0, 0.5, 2.0):
        drawn = mn.initialise(40, rng, law=mn.Law(bias_std=bias_std))
        params = mn.Params(drawn.w, drawn.b, drawn.a, trained)
        moved = moved_by(params, size, rng)
        change = evolving.kernel_change(params, moved)
        assert set(change.smooth) == set(change.ends) == set(trained)
        assert_close(change.total, change_of_block(params, moved, 4), 5e-4)


@pytest.mark.parametrize("k_max", [0, 12, 30])
@pytest.mark.parametrize("size", [0.03, 2.0])
def test_kernel_change_of_low_and_high_frequencies(k_max, size):
    rng = np.random.default_rng(13)
    params = mn.initialise(12, rng, law=mn.Law(bias_std=0.7))
    moved = moved_by(params, size, rng)
    change = evolving.kernel_change(params, moved, k_max)
    assert_close(change.total, change_of_block(params, moved, k_max), 5e-4)


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


# A neuron at the start and at the end of its way, (w1, w2, b, a) each.
AWKWARD = {
    "starts at |b| = |w|": ([3, 4, 5, 1], [3, 4, 2, 1]),
    "ends at |b| = |w|": ([3, 5, -2, 1], [3, 4, -5, 1.2]),
    "stays at |b| = |w|": ([3, 4, 5, 1], [6, 8, 10, 2]),
    "along the cone": ([1, 0, 0.5, 1], [2, 0, 1.5, 2]),
    "crosses |b| = |w| with a linear D": ([1, 0, 1.5, 1], [2, 0, 0.5, 2]),
    "touches |b| = |w| from within": ([1, -1, -1, 1], [1, 1, -1, 2]),
    "nearly touches it": ([1, -1, -1 + 1e-9, 1], [1, 1, -1 + 1e-9, 2]),
    "passes close to the origin": ([1, 2, 1e-5, 1], [-1, -2 + 1e-5, 1e-5, 2]),
    "passes closer": ([1, 2, 1e-8, 1], [-1, -2 + 1e-8, 1e-8, 2]),
    "keeps a small |w|² − b²": ([1e-5, -0.5, -0.5, 1], [1e-5, 0.5, 0.5, 1]),
    "keeps |w|² − b²": ([1, -0.5, -0.5, 1], [1, 0.5, 0.5, 1]),
    "starts without weights": ([0, 0, 1, 1], [3, 4, 1, 1]),
    "does not move": ([1, 0, 0.5, 1], [1, 0, 0.5, 1]),
    "is dead": ([0, 0, 0, 1], [0, 0, 0, 2]),
    "is tiny": ([1e-200, 0, 5e-201, 1], [1e-200, 2e-200, 5e-201, 1]),
    "is large": ([1e60, 0, 5e59, 1e-60], [1e60, 2e60, 5e59, 1e-60]),
}


@pytest.mark.parametrize("name", AWKWARD)
def test_the_change_of_an_awkward_neuron(name):
    start, end = (
        mn.Params([way[:2]], way[2:3], way[3:]) for way in np.array(AWKWARD[name], dtype=float)
    )
    change = evolving.kernel_change(start, end).total
    blocks = [fast.population_low_frequency_block(p) for p in (start, end)]
    size = max(np.abs(block).max() for block in blocks)
    assert np.abs(change - (blocks[1] - blocks[0])).max() <= 3e-5 * size


def change_and_difference(start, end):
    pair = [mn.Params([way[:2]], [way[2]], [1.0]) for way in (start, end)]
    before, after = (fast.population_low_frequency_block(params) for params in pair)
    return evolving.kernel_change(*pair).total, after - before


@pytest.mark.claims
@pytest.mark.parametrize("ends", [(1.05, 0.05), (-0.05, -1.05)])
def test_a_neuron_on_a_line_through_the_origin_that_ends_before_it(ends):
    change, difference = change_and_difference(*([end, 0.0, 0.0] for end in ends))
    assert np.abs(change - difference).max() < 1e-13


@pytest.mark.claims
@pytest.mark.parametrize("least", [1e-2, 1e-4])
def test_a_neuron_that_nearly_touches_the_cone_away_from_its_least_weights(least):
    # D = |w|² − b² is least at s = 0.71, |w|² + b² at 0.09: the complex roots count from there.
    bias = np.sqrt((1 - least) / (1 - 0.3**2))
    begin = bias - 0.3 * (0.4 + 0.3 * bias)
    change, difference = change_and_difference([1, -0.4, begin], [1, 0.6, begin + 0.3])
    assert np.abs(change - difference).max() < 3e-6


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.3, 0.03, 1e-3, 1e-5, 1e-8]))
def test_a_neuron_that_passes_at_any_distance_from_the_origin(seed, distance):
    rng = np.random.default_rng(seed)
    along, away = (vector / np.linalg.norm(vector) for vector in rng.standard_normal((2, 3)))
    away -= (away @ along) * along
    away *= distance / np.linalg.norm(away)
    share = rng.uniform()
    change, difference = change_and_difference(away - share * along, away + (1 - share) * along)
    assert np.abs(change - difference).max() < 1e-4


# --- theorem --------------------------------------------------------------------------------------


def test_kernel_change_of_a_wide_network_takes_piece_after_piece():
    rng = np.random.default_rng(12)
    few = mn.initialise(40, rng, law=mn.Law(bias_std=0.5))
    moved = moved_by(few, 0.3, rng)
    many = [
        mn.Params(*(np.concatenate([part] * 60) for part in (p.w, p.b, p.a))) for p in (few, moved)
    ]
    expected = evolving.kernel_change(few, moved, 1)
    for part, block in evolving.kernel_change(*many, 1).ends.items():
        assert np.abs(block - expected.ends[part]).max() < 1e-13


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 0.99), st.sampled_from([0.02, 0.5, 4.0]))
@settings(max_examples=15)
def test_the_change_along_a_line_adds_up_and_turns_round(seed, share, size):
    # Any split of the line gives the same smooth part and the same ends, by other nodes.
    rng = np.random.default_rng(seed)
    start = mn.initialise(5, rng, law=mn.Law(bias_std=1.0))
    step = [rng.standard_normal(getattr(start, part).shape) for part in ("w", "b", "a")]
    middle, end = (
        mn.Params(start.w + s * step[0], start.b + s * step[1], start.a + s * step[2])
        for s in (share * size, size)
    )
    whole, back = evolving.kernel_change(start, end, 3), evolving.kernel_change(end, start, 3)
    halves = [evolving.kernel_change(*pair, 3) for pair in ((start, middle), (middle, end))]
    for kind in ("smooth", "ends"):
        for part, block in getattr(whole, kind).items():
            pieces = sum(getattr(half, kind)[part] for half in halves)
            bound = 1e-4 * max(1.0, np.abs(block).max())
            assert np.abs(pieces - block).max() < bound, f"{kind} of {part}"
            assert np.abs(getattr(back, kind)[part] + block).max() < bound, f"{kind} of {part}"


def test_the_steps_of_a_training_add_up_to_the_change_of_its_kernel():
    states = []
    start = mn.initialise(16, np.random.default_rng(3), antisymmetric=True)
    mn.gradient_descent(
        start, fast.population_objective(TARGET), 0.5, 30, record=lambda _, p: states.append(p)
    )
    steps = [evolving.kernel_change(*pair, 3).total for pair in itertools.pairwise(states)]
    assert_close(np.sum(steps, axis=0), change_of_block(start, states[-1], 3), 1e-5)


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "call"),
    [
        ("moved must have width 6 and trained parts ('w', 'b', 'a'), got 2 and ('w', 'b', 'a')",
         lambda: evolving.kernel_change(START, mn.initialise(2, np.random.default_rng(0)))),
        ("moved must have width 6 and trained parts ('w', 'b', 'a'), got 6 and ('w',)",
         lambda: evolving.kernel_change(START, mn.Params(START.w, START.b, START.a, ("w",)))),
        ("moved must have the same a, which is not trained, got 2 in place of 1",
         lambda: evolving.kernel_change(*(mn.Params([[2.0, 0.0]], [0.5], [a], ("w", "b"))
                                          for a in (1.0, 2.0)))),
        ("no neuron must pass through w = b = 0, got one at 1", lambda: evolving.kernel_change(
            *(mn.Params([[1.0, 0.0], [s, 2 * s]], [0.0, -s], [1.0, 1.0]) for s in (1.0, -3.0)))),
        ("no neuron must pass through w = b = 0, got one at 0", lambda: evolving.kernel_change(
            *(mn.Params([[s, 0.0]], [0.0], [1.0]) for s in (1.0, 0.0)))),
        ("k_max must be", lambda: evolving.kernel_change(START, START, -1)),
    ],
)  # fmt: skip
def test_rejected_with_rule_and_value(rule, call):
    with pytest.raises(ValueError, match=re.escape(rule)):
        call()


def test_networks_that_are_no_params_are_rejected_by_their_names():
    with pytest.raises(TypeError, match=r"^params must be a Params"):
        evolving.kernel_change({}, START)
    with pytest.raises(TypeError, match=r"^moved must be a Params"):
        evolving.kernel_change(START, None)
