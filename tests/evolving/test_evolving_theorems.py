"""What must hold of the kernel that moves, whatever the target, the network and the time."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import minintk as mn
from minintk import evolving, fast
from minintk.circle import basis_frequencies
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.evolving

coefficients = (
    st.integers(1, 3)
    .flatmap(lambda top: st.lists(st.floats(-2, 2), min_size=2 * top + 1, max_size=2 * top + 1))
    .filter(lambda c: max(map(abs, c)) > 0.05)
)
times = st.floats(0.1, 200.0)


def cosine(k, amplitude):
    return mn.target_coefficients((k,), amplitude=amplitude, shift=0.0)


# --- mean field -----------------------------------------------------------------------------------


@pytest.mark.parametrize("spacing", ["root", "logarithm"])
def test_the_start_stands_for_the_whole_law(spacing):
    start = evolving.mean_field_start(40, 24, spacing=spacing)
    shares = start.a**2 / start.width
    radius = np.hypot(*(start.w / np.abs(start.a)[:, None]).T)
    assert_close(shares.sum(), np.array(1.0), 1e-14)
    assert_close((shares * radius**2).sum(), np.array(2.0), 1e-12)
    block = fast.population_low_frequency_block(start, 5)
    expected = np.diag(mn.fourier_eigenvalues(5)[basis_frequencies(5)])
    assert_close(block, expected, 1e-13)
    angles = mn.sample_angles(9, np.random.default_rng(0))
    assert np.abs(mn.forward(start, angles)).max() < 1e-13


def test_the_median_radius_is_that_of_the_law():
    start = evolving.mean_field_start(400, 3)
    shares = start.a**2 / start.width
    radius = np.hypot(*(start.w / np.abs(start.a)[:, None]).T)
    below = shares[radius < math.sqrt(2 * math.log(2))].sum()
    assert abs(below - 0.5) < 0.004, "P(|w| < √(2 ln 2)) = ½"


@given(st.integers(3, 40), st.integers(1, 60), st.floats(0.0, 7.0))
@example(32, 64, 0.0)
@example(4, 8, math.pi / 2)
def test_no_arc_ends_on_a_sample(directions, n, shift):
    angles = mn.uniform_angles(n) + shift
    start = evolving.mean_field_start(2, directions, angles=angles)
    z = mn.circle_points(angles) @ start.w.T
    assert np.abs(z).min() > 1e-9 * np.abs(start.w).max()


@given(coefficients, st.floats(0.5, 4.0))
@settings(max_examples=10)
def test_amplitude_and_width_enter_as_one_ratio(target, factor):
    start = evolving.mean_field_start(6, 8)
    runs = [
        evolving.mean_field_descent(
            start, fast.population_objective, scale * np.array(target), scale**2 * 20, 0.3, 15
        )
        for scale in (1.0, factor)
    ]
    assert_close(runs[1][0].w, runs[0][0].w, 1e-11)
    assert_close(runs[1][1], factor**2 * runs[0][1], 1e-9)


@given(coefficients)
@settings(max_examples=10)
def test_growth_law_of_the_limit(target):
    # Σ â² grows by η 2⟨Y − F, F⟩ + η² Σ g² in every step, as in any network.
    start, width, eta = evolving.mean_field_start(6, 8), 30.0, 0.2
    scaled = math.sqrt(start.width / width) * np.array(target)
    objective = fast.population_objective(scaled)
    trained, losses = evolving.mean_field_descent(
        start, fast.population_objective, target, width, eta, 1
    )
    loss, gradient = objective(start)
    assert_close(losses[0], np.array(loss * width / start.width), 1e-12)
    grown = np.sum(trained.a**2) - np.sum(start.a**2)
    assert_close(grown, np.array(eta**2 * np.sum(gradient.a**2)), 1e-8)  # F = 0 at the start
    drift = mn.balance(trained) - mn.balance(start)
    expected = eta**2 * mn.balance(gradient)
    assert np.abs(drift - expected).max() <= 1e-11 * np.abs(trained.a**2).max()


def test_with_as_many_random_neurons_it_is_the_network():
    rng = np.random.default_rng(4)
    angles, target = mn.uniform_angles(16), np.array([0.0, 1.0, 0.5])
    start = evolving.random_start(12, rng)
    targets = mn.fourier_sum(angles, target)
    limit = evolving.mean_field_descent(
        start, lambda y: mn.objective(angles, y), targets, 12, 0.5, 50
    )
    network = mn.gradient_descent(start, mn.objective(angles, targets), 0.5, 50)
    assert_close(limit[1], network[1], 1e-12)
    assert_close(limit[0].w, network[0].w, 1e-12)


def test_without_laziness_it_is_the_infinite_width_descent():
    target = np.array([0.2, 1.0, 0.0, 0.0, 0.4])
    start = evolving.mean_field_start(4, 640)  # off by directions^-2
    losses = evolving.mean_field_descent(start, fast.population_objective, target, 1e10, 0.5, 40)[1]
    rates = mn.fourier_eigenvalues(2)[basis_frequencies(2)]
    left = (1 - 0.5 * rates) ** np.arange(41)[:, None]
    assert_close(losses, 0.5 * (left**2 @ target**2), 5e-6)


# --- leading order --------------------------------------------------------------------------------


@given(coefficients, times)
@settings(max_examples=30)
def test_the_logarithm_is_symmetric_and_quadratic_in_the_target(target, time):
    block = evolving.leading_logarithm(target, time, 3)
    size = np.abs(block).max()
    assert np.abs(block - block.T).max() <= 1e-12 * size
    twice = evolving.leading_logarithm(2 * np.array(target), time, 3)
    assert np.abs(twice - 4 * block).max() <= 1e-11 * size


@given(coefficients, times, st.floats(-4, 4))
@settings(max_examples=20)
def test_a_rotated_target_rotates_the_kernel(target, time, shift):
    rotated = np.array(target)
    for k in range(1, len(target) // 2 + 1):
        c, s = target[2 * k - 1 : 2 * k + 1]
        rotated[2 * k - 1] = c * math.cos(k * shift) - s * math.sin(k * shift)
        rotated[2 * k] = c * math.sin(k * shift) + s * math.cos(k * shift)
    angles, others = np.array([0.3, 1.9, -2.2]), np.array([0.8, -0.5])
    kernel = evolving.leading_logarithm_kernel(angles, others, target, time)
    moved = evolving.leading_logarithm_kernel(angles + shift, others + shift, rotated, time)
    assert np.abs(moved - kernel).max() <= 1e-9 * np.abs(kernel).max()


@given(coefficients, times)
@settings(max_examples=6)
def test_the_kernel_form_has_the_fourier_form_as_its_block(target, time):
    n = 401
    angles = mn.uniform_angles(n)
    kernel = evolving.leading_logarithm_kernel(angles, angles, target, time)
    basis = mn.fourier_basis(angles, 2)
    block = evolving.leading_logarithm(target, time, 2)
    assert np.abs(basis.T @ kernel @ basis / n**2 - block).max() <= 1e-3 * np.abs(block).max()


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 8])
def test_one_mode_splits_and_touches_no_other_diagonal_entry(k):
    amplitude, time = 0.8, 30.0
    block = evolving.leading_logarithm(cosine(k, amplitude), time, 9)
    relative = block.diagonal() / mn.fourier_eigenvalues(9)[basis_frequencies(9)]
    split = evolving.relative_split(k, amplitude, time)
    assert_close(relative[2 * k - 1 : 2 * k + 1], np.array(split), 1e-12)
    assert split[0] < 0 < split[1]
    rest = np.delete(relative, [2 * k - 1, 2 * k])
    if k == 1:  # Q± has the mean A²G²/16, on which e_0 = ½ acts; by hand −A²G²/16π²
        rate_0, rate_1 = mn.fourier_eigenvalues(1)
        learned = (1 - math.exp(-rate_1 * time)) / rate_1
        expected = -((amplitude * learned) ** 2) / (16 * np.pi**2 * rate_0)
        assert_close(rest[0], np.array(expected), 1e-12)
        rest = rest[1:]
    assert np.abs(rest).max() < 1e-10 * split[1]


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


@given(coefficients, st.sampled_from([0.1, 0.5, 1.5]), st.integers(1, 60))
@settings(max_examples=20)
def test_the_logarithm_of_descent_is_that_of_the_flow_for_small_steps(target, rate, steps):
    flow = evolving.leading_logarithm(target, rate * steps, 3)
    fine = evolving.leading_logarithm(target, rate * steps, 3, learning_rate=rate / 2**16)
    assert np.abs(fine - flow).max() <= 1e-3 * np.abs(flow).max()


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_descent_factor_is_that_of_the_whole_block(k):
    flow = evolving.leading_logarithm(cosine(k, 1.3), 20.0, 4)
    descent = evolving.leading_logarithm(cosine(k, 1.3), 20.0, 4, learning_rate=0.5)
    assert_close(descent, evolving.descent_factor(k, 0.5, 40) * flow, 1e-12)


def test_the_descent_factor_tends_to_1():
    factors = [evolving.descent_factor(3, eta, round(50 / eta)) for eta in (0.5, 0.05, 0.005)]
    assert_close(np.array(factors) - 1, np.array([1e-2, 1e-3, 1e-4]) * (factors[0] - 1) * 100, 2e-2)


# --- fluctuation ----------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [3, 5, 7])
def test_closed_variances_of_odd_frequencies(k):
    rates = mn.fourier_eigenvalues(9)
    variances = evolving.entry_variances(k, 9)
    expected = [rates[k] / 4, 2 * rates[k] / np.pi**2]
    expected += [0 if j % 2 == 0 else 2 * rates[j] * rates[k] for j in range(2, 10)]
    expected[k] = rates[k] ** 2
    assert np.abs(variances - expected).max() < 1e-15


@given(st.integers(1, 6), st.floats(0.1, 3.0), st.floats(0.0, 500.0))
@settings(max_examples=20)
def test_the_fluctuation_adds_to_the_loss_and_halves_with_twice_the_width(k, amplitude, time):
    limit = amplitude**2 / 4 * math.exp(-2 * float(mn.fourier_eigenvalues(k)[k]) * time)
    losses = [
        float(evolving.frozen_loss(k, amplitude, m, [time], k_max=32)[0]) for m in (50.0, 100.0)
    ]
    assert losses[0] >= losses[1] >= limit * (1 - 1e-14)
    assert abs((losses[0] - limit) - 2 * (losses[1] - limit)) <= 1e-12 * losses[0]


# --- velocity -------------------------------------------------------------------------------------


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15)
def test_velocity_is_symmetric_and_linear_in_the_motion(seed):
    rng = np.random.default_rng(seed)
    params = mn.initialise(7, rng, bias_std=0.5)
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
    params = mn.initialise(8, np.random.default_rng(1), bias_std=0.5)
    motion = mn.Params(params.w @ [[0.0, 1.0], [-1.0, 0.0]], np.zeros(8), np.zeros(8))
    velocity = evolving.kernel_velocity(params, motion, 4).total
    before = fast.population_low_frequency_block(params, 4)
    turn = np.zeros((9, 9))
    for k in range(1, 5):
        turn[2 * k, 2 * k - 1], turn[2 * k - 1, 2 * k] = k, -k
    assert_close(velocity, turn @ before - before @ turn, 1e-12)


def test_scaling_both_layers_against_each_other_moves_no_second_layer_end():
    params = mn.initialise(8, np.random.default_rng(2), bias_std=0.5)
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


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 0.99), st.sampled_from([0.02, 0.5, 4.0]))
@settings(max_examples=15)
def test_the_change_along_a_line_adds_up_and_turns_round(seed, share, size):
    # Any split of the line gives the same smooth part and the same ends, by other nodes.
    rng = np.random.default_rng(seed)
    start = mn.initialise(5, rng, bias_std=1.0)
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
            bound = 1e-9 * max(1.0, np.abs(block).max())
            assert np.abs(pieces - block).max() < bound, f"{kind} of {part}"
            assert np.abs(getattr(back, kind)[part] + block).max() < bound, f"{kind} of {part}"


# A neuron at the start and at the end of its way, (w1, w2, b, a) each.
AWKWARD = {
    "starts at |b| = |w|": ([3, 4, 5, 1], [3, 4, 2, 1]),
    "ends at |b| = |w|": ([3, 5, -2, 1], [3, 4, -5, 1.2]),
    "stays at |b| = |w|": ([3, 4, 5, 1], [6, 8, 10, 2]),
    "along the cone": ([1, 0, 0.5, 1], [2, 0, 1.5, 2]),
    "touches |b| = |w| from within": ([1, -1, -1, 1], [1, 1, -1, 2]),
    "nearly touches it": ([1, -1, -1 + 1e-9, 1], [1, 1, -1 + 1e-9, 2]),
    "passes close to the origin": ([1, 2, 1e-5, 1], [-1, -2 + 1e-5, 1e-5, 2]),
    "keeps |w|² − b²": ([1, -0.5, -0.5, 1], [1, 0.5, 0.5, 1]),
    "starts without weights": ([0, 0, 1, 1], [3, 4, 1, 1]),
    "does not move": ([1, 0, 0.5, 1], [1, 0, 0.5, 1]),
    "is dead": ([0, 0, 0, 1], [0, 0, 0, 2]),
    "is tiny": ([1e-200, 0, 5e-201, 1], [1e-200, 2e-200, 5e-201, 1]),
    "is large": ([1e90, 0, 5e89, 1e-90], [1e90, 2e90, 5e89, 1e-90]),
}


@pytest.mark.parametrize("name", AWKWARD)
def test_the_change_of_an_awkward_neuron(name):
    start, end = (
        mn.Params([way[:2]], way[2:3], way[3:]) for way in np.array(AWKWARD[name], dtype=float)
    )
    change = evolving.kernel_change(start, end).total
    blocks = [fast.population_low_frequency_block(p) for p in (start, end)]
    size = max(np.abs(block).max() for block in blocks)
    assert np.abs(change - (blocks[1] - blocks[0])).max() <= 1e-11 * size


@pytest.mark.parametrize("scale", [1e-200, 1e-9, 1e90])
def test_velocity_of_a_network_of_any_size(scale):
    # The arcs know only w : b, so that first layer and bias move their blocks alike.
    params = mn.initialise(6, np.random.default_rng(3), bias_std=0.5)
    motion = mn.initialise(6, np.random.default_rng(4), bias_std=0.5)
    pair = [mn.Params(scale * p.w, scale * p.b, p.a) for p in (params, motion)]
    scaled, plain = evolving.kernel_velocity(*pair, 2), evolving.kernel_velocity(params, motion, 2)
    for part in ("w", "b"):
        assert_close(scaled.smooth[part], plain.smooth[part], 1e-12)
        assert_close(scaled.ends[part], plain.ends[part], 1e-12)


# --- decomposition --------------------------------------------------------------------------------


def test_each_stage_is_what_it_says():
    rng, eta, steps, width = np.random.default_rng(6), 0.5, 30, 24
    task = evolving.Task((0.0, 1.0, 0.3, -0.5, 0.2), eta, steps, points=32, k_max=3)
    stages = evolving.decompose(width, task, rng, radii=24, directions=32)
    grid = mn.uniform_angles(32)
    y = mn.fourier_sum(grid, task.coefficients)
    start = mn.initialise(width, np.random.default_rng(6), antisymmetric=True)
    kernels = {"infinite width": mn.infinite_ntk(grid), "frozen": mn.empirical_ntk(start, grid)}
    for name, kernel in kernels.items():
        outputs = mn.frozen_descent(kernel, np.zeros(32), y, eta, [steps])
        assert_close(stages[name].losses[-1], np.mean((outputs[0] - y) ** 2) / 2, 1e-12, name)
        assert_close(stages[name].kernel_block, mn.low_frequency_block(kernel, grid, 3), 1e-12)
    trained, losses = mn.gradient_descent(start, mn.objective(grid, y), eta, steps)
    assert_close(stages["evolving"].losses, losses, 1e-11)
    after = mn.low_frequency_block(mn.empirical_ntk(trained, grid), grid, 3)
    assert_close(stages["evolving"].kernel_block, after, 1e-11)
    for name, stage in stages.items():
        assert_close(stage.losses[0], np.array(np.mean(y**2) / 2), 1e-12, name)
        inside = 0.5 * np.sum(stage.residual_spectrum**2)
        assert inside <= stage.losses[-1] * (1 + 1e-12), name  # Bessel
        assert stage.alignments.keys() == stages["frozen"].alignments.keys()
    limit = stages["mean-field"]
    assert abs(0.5 * np.sum(limit.residual_spectrum**2) / limit.losses[-1] - 1) < 0.05
    assert (
        limit.alignments["off-diagonal share"] < stages["frozen"].alignments["off-diagonal share"]
    )


def test_all_stages_agree_at_very_large_width():
    task = evolving.Task((0.0, 0.05, 0.0), 0.5, 8, points=16)
    stages = evolving.decompose(200_000, task, np.random.default_rng(0))
    losses = np.array([stage.losses for stage in stages.values()])
    assert np.ptp(losses, axis=0).max() < 5e-3 * losses.max()
