"""What must hold whatever the numbers: symmetries, invariances, exact laws and limits."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import minintk as mn
from tests.reference import strategies as some
from tests.reference.closeness import assert_close

NETWORK = some.random_params(9, np.random.default_rng(11))

# Everything whose rows belong to angles, one row an angle.
ROWS_OF_ANGLES = {
    "circle_points": mn.circle_points,
    "augmented_points": mn.augmented_points,
    "fourier_basis": lambda t: mn.fourier_basis(t, 3),
    "fourier_sum": lambda t: mn.fourier_sum(t, [0.3, 1.0, -2.0]),
    "forward": lambda t: mn.forward(NETWORK, t),
    "output_jacobian": lambda t: mn.output_jacobian(NETWORK, t),
    "empirical_ntk": lambda t: mn.empirical_ntk(NETWORK, t, [0.1, 2.0, -1.0]),
    "factorised_ntk": lambda t: mn.factorised_ntk(NETWORK, t, [0.1, 2.0, -1.0]),
    "infinite_ntk": lambda t: mn.infinite_ntk(t, [0.1, 2.0, -1.0]),
    "monte_carlo_ntk": lambda t: mn.monte_carlo_ntk(t, 6, np.random.default_rng(1), [0.1, 2.0])[0],
    "kernel_operator": lambda t: mn.kernel_operator(mn.kappa0, np.sin, t, nodes=20),
    "central differences": lambda t: mn.central_difference_jacobian(NETWORK, t, 1e-9),
}
KERNELS = {
    "empirical_ntk": lambda *t: mn.empirical_ntk(NETWORK, *t),
    "factorised_ntk": lambda *t: mn.factorised_ntk(NETWORK, *t),
    "infinite_ntk": mn.infinite_ntk,
    "infinite_ntk, bias_std": lambda *t: mn.infinite_ntk(*t, bias_std=0.8, weight_std=1.4),
    "infinite_ntk, no bias": lambda *t: mn.infinite_ntk(*t, bias=False),
}


def with_arrays(params, **arrays):
    kept = {name: getattr(params, name) for name in ("w", "b", "a", "trained")}
    return mn.Params(**{**kept, **arrays})


def rotated(params, turn):
    c, s = math.cos(turn), math.sin(turn)
    return with_arrays(params, w=params.w @ np.array([[c, s], [-s, c]]))


# --- angles and their order ---------------------------------------------------------------------


@pytest.mark.circle
@pytest.mark.parametrize("name", ROWS_OF_ANGLES)
@given(seed=some.seeds)
def test_rows_come_in_the_order_of_the_angles(name, seed):
    rng = np.random.default_rng(seed)
    angles = np.concatenate([some.distinct_angles(4, rng) + 0.01, [-50.3, 1e3]])
    order = rng.permutation(6)
    whole, moved = ROWS_OF_ANGLES[name](angles), ROWS_OF_ANGLES[name](angles[order])
    tolerance = 1e-5 if name == "central differences" else 1e-14  # a step of 1e-9 rounds
    assert_close(moved, whole[order], tolerance)


@pytest.mark.circle
@pytest.mark.parametrize("name", ROWS_OF_ANGLES)
def test_float32_and_whole_numbers_are_promoted(name):
    single = np.array([0.3, 1.7, -2.9], dtype=np.float32)
    result = ROWS_OF_ANGLES[name](single)
    assert result.dtype == np.float64
    np.testing.assert_array_equal(result, ROWS_OF_ANGLES[name](single.astype(np.float64)))
    np.testing.assert_array_equal(ROWS_OF_ANGLES[name]([1, 2]), ROWS_OF_ANGLES[name]([1.0, 2.0]))


@pytest.mark.dynamics
def test_float32_parameters_targets_and_kernels_are_promoted():
    rng = np.random.default_rng(2)
    w, b, a, y = (rng.standard_normal(s).astype(np.float32) for s in ((4, 2), 4, 4, 3))
    angles = [0.3, 1.7, -2.9]
    single = mn.Params(w, b, a)
    double = mn.Params(*(part.astype(np.float64) for part in (w, b, a)))
    assert single.w.dtype == single.b.dtype == single.a.dtype == np.float64
    np.testing.assert_array_equal(mn.flatten(single), mn.flatten(double))
    gradients = [mn.loss_and_gradient(double, angles, t)[1] for t in (y, y.astype(np.float64))]
    np.testing.assert_array_equal(mn.flatten(gradients[0]), mn.flatten(gradients[1]))
    kernel = mn.infinite_ntk(angles).astype(np.float32)
    outputs = [mn.frozen_flow(k, 0 * y, y, [2.0]) for k in (kernel, kernel.astype(np.float64))]
    assert outputs[0].dtype == np.float64
    np.testing.assert_array_equal(*outputs)
    assert mn.effective_rank(kernel) == mn.effective_rank(kernel.astype(np.float64))


@pytest.mark.circle
@pytest.mark.parametrize("name", [name for name in ROWS_OF_ANGLES if "differences" not in name])
def test_a_whole_turn_changes_nothing(name):
    angles = np.array([0.3, 1.7, -2.9])
    expected = ROWS_OF_ANGLES[name](angles)
    assert_close(ROWS_OF_ANGLES[name](angles + 2 * np.pi * np.array([1, -7, 40])), expected, 1e-12)


@pytest.mark.circle
@given(n=st.integers(1, 50))
def test_a_grid_closes_once(n):
    angles = mn.uniform_angles(n)
    assert angles[0] == 0
    np.testing.assert_allclose(np.diff(angles), 2 * np.pi / n, rtol=1e-12)
    assert angles[-1] == pytest.approx(2 * np.pi - 2 * np.pi / n, rel=1e-12)


@pytest.mark.circle
def test_sampled_angles_are_uniform_on_the_whole_circle():
    angles = mn.sample_angles(40_000, np.random.default_rng(3))
    assert angles.shape == (40_000,)
    assert 0 <= angles.min() < 1e-3
    assert 2 * np.pi - 1e-3 < angles.max() < 2 * np.pi
    means = mn.fourier_basis(angles, 4).mean(axis=0)[1:]  # each 0 with error 1/√n
    assert np.abs(means).max() * 200 < 4
    assert np.any(np.diff(angles) < 0), "sorted"


@pytest.mark.circle
@pytest.mark.parametrize("length", [1e-150, 1e150])
def test_the_angle_between_points_of_extreme_lengths(length):
    theta = mn.angle_between([[length, 0.0]], [[0.0, length], [-length, 0.0], [length, 0.0]])
    np.testing.assert_array_equal(theta, [[np.pi / 2, np.pi, 0.0]])


@pytest.mark.circle
@given(seed=some.seeds, turn=some.angle)
def test_the_angle_between_points_is_symmetric_and_knows_no_rotation_or_length(seed, turn):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((4, 2)), rng.standard_normal((3, 2))
    theta = mn.angle_between(x, y)
    assert theta.min() >= 0
    assert theta.max() <= np.pi
    np.testing.assert_array_equal(mn.angle_between(y, x), theta.T)
    np.testing.assert_allclose(mn.angle_between(8 * x, y / 4), theta, rtol=0, atol=1e-15)
    np.testing.assert_allclose(mn.angle_between(-x, y), np.pi - theta, rtol=0, atol=1e-15)
    rotation = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    moved = mn.angle_between(x @ rotation, y @ rotation)
    np.testing.assert_allclose(moved, theta, rtol=0, atol=4e-15)


# --- Fourier basis ------------------------------------------------------------------------------


@pytest.mark.circle
@given(k_max=st.integers(0, 9), extra=st.integers(1, 20), turn=st.floats(-4, 4))
@example(k_max=4, extra=1, turn=0.0)
def test_the_basis_is_orthonormal_on_a_grid(k_max, extra, turn):
    n = 2 * k_max + extra
    basis = mn.fourier_basis(mn.uniform_angles(n) + turn, k_max)
    gram = basis.T @ basis / n
    np.testing.assert_allclose(gram, np.eye(2 * k_max + 1), rtol=0, atol=1e-13)


@pytest.mark.circle
def test_the_basis_is_not_orthonormal_on_a_grid_that_is_too_coarse():
    basis = mn.fourier_basis(mn.uniform_angles(8), 4)
    np.testing.assert_allclose(np.diag(basis.T @ basis / 8)[-2:], [2.0, 0.0], atol=1e-13)


@pytest.mark.circle
@given(k_max=st.integers(0, 4), degree=st.integers(0, 6), seed=some.seeds)
def test_coefficients_are_exact_below_n_minus_k_max(k_max, degree, seed):
    c = np.random.default_rng(seed).standard_normal(2 * degree + 1)
    angles = mn.uniform_angles(degree + k_max + 1)
    expected = np.zeros(2 * max(k_max, degree) + 1)
    expected[: len(c)] = c
    back = mn.fourier_coefficients(angles, mn.fourier_sum(angles, c), k_max)
    np.testing.assert_allclose(back, expected[: 2 * k_max + 1], rtol=0, atol=1e-13)


# --- networks -----------------------------------------------------------------------------------


@pytest.mark.forward
@pytest.mark.parametrize("law", ["signs", "normal"])
@pytest.mark.parametrize("antisymmetric", [False, True])
def test_the_same_seed_gives_the_same_bits(law, antisymmetric):
    def draw(seed):
        rng = np.random.default_rng(seed)
        params = mn.initialise(
            6, rng, bias_std=0.5, output_law=law, antisymmetric=antisymmetric, weight_std=2.0
        )
        mean, error = mn.monte_carlo_ntk([0.1, 2.0], 5, rng)
        return np.concatenate(
            [mn.flatten(params), mn.sample_angles(3, rng), mean.ravel(), error.ravel()]
        )

    np.testing.assert_array_equal(draw(7), draw(7))
    assert not np.any(draw(7)[:12] == draw(8)[:12])


@pytest.mark.forward
@pytest.mark.parametrize(
    "options",
    [{}, {"weight_std": 1.7, "bias_std": 0.4, "output_law": "normal"}, {"antisymmetric": True}],
)
def test_the_initial_law(options):
    m = 100_000
    params = mn.initialise(m, np.random.default_rng(2), **options)
    draws = m // 2 if options.get("antisymmetric") else m
    w, b, a = params.w[:draws], params.b[:draws], params.a[:draws]
    s, beta = options.get("weight_std", 1.0), options.get("bias_std", 0.0)
    if beta == 0:
        assert not np.any(b)
    if options.get("output_law") != "normal":
        assert set(a.tolist()) == {-1.0, 1.0}
    columns = np.column_stack([w / s, a, *([b / beta] if beta else [])])
    scores = columns.mean(axis=0) * math.sqrt(draws)
    assert np.abs(scores).max() < 4, "means"
    size = columns.shape[1]
    covariance = columns.T @ columns / draws
    assert np.abs(covariance - np.eye(size)).max() * math.sqrt(draws / 2) < 4, "covariance"
    fourth = (columns**4).mean(axis=0)
    is_sign = np.arange(size) == 2 if options.get("output_law") != "normal" else np.zeros(size)
    np.testing.assert_allclose(fourth, np.where(is_sign, 1.0, 3.0), rtol=0.05, err_msg="fourth")


@pytest.mark.forward
@given(half=st.integers(1, 6), seed=some.seeds, angles=some.angle_lists())
def test_antisymmetric_pairs_start_at_0_with_the_kernel_of_one_half(half, seed, angles):
    params = mn.initialise(
        2 * half, np.random.default_rng(seed), bias_std=0.6, output_law="normal", antisymmetric=True
    )
    np.testing.assert_array_equal(params.w[:half], params.w[half:])
    np.testing.assert_array_equal(params.b[:half], params.b[half:])
    np.testing.assert_array_equal(params.a[:half], -params.a[half:])
    np.testing.assert_allclose(mn.forward(params, angles), 0, atol=1e-14)
    one_half = mn.Params(params.w[:half], params.b[:half], params.a[:half])
    expected = mn.factorised_ntk(one_half, angles)
    np.testing.assert_allclose(mn.factorised_ntk(params, angles), expected, rtol=0, atol=1e-12)


@pytest.mark.forward
@pytest.mark.parametrize(
    ("trained", "bias"),
    [(None, True), (None, False), (("w",), False), (("w", "a"), False)]
    + [(subset, True) for subset in some.TRAINED_SUBSETS],
)
def test_trained_parts_of_a_new_network(trained, bias):
    params = mn.initialise(3, np.random.default_rng(0), bias=bias, trained=trained)
    everything = ("w", "b", "a") if bias else ("w", "a")
    assert params.trained == (trained or everything)
    assert not np.any(params.b)
    given_backwards = trained and tuple(reversed(trained))
    again = mn.initialise(3, np.random.default_rng(0), bias=bias, trained=given_backwards)
    assert again.trained == params.trained


@pytest.mark.forward
@given(params=some.networks(), seed=some.seeds)
def test_flatten_and_unflatten_are_inverse(params, seed):
    vector = np.random.default_rng(seed).standard_normal(params.size)
    moved = mn.unflatten(vector, params)
    np.testing.assert_array_equal(mn.flatten(moved), vector)
    assert moved.trained == params.trained
    for part in {"w", "b", "a"} - set(params.trained):
        np.testing.assert_array_equal(getattr(moved, part), getattr(params, part))
    back = mn.unflatten(mn.flatten(params), moved)
    for part in ("w", "b", "a"):
        np.testing.assert_array_equal(getattr(back, part), getattr(params, part))


@pytest.mark.forward
@given(params=some.networks(), angles=some.angle_lists(), scale=st.floats(0.01, 100))
def test_the_output_is_homogeneous_in_either_layer(params, angles, scale):
    output = scale * mn.forward(params, angles)
    first = with_arrays(params, w=scale * params.w, b=scale * params.b)
    second = with_arrays(params, a=scale * params.a)
    for scaled in (first, second):
        np.testing.assert_allclose(
            mn.forward(scaled, angles), output, rtol=0, atol=1e-13 * (1 + scale)
        )


@pytest.mark.forward
@given(case=some.networks_off_kinks(), turn=some.angle)
def test_network_and_points_turn_together(case, turn):
    params, angles, _ = case
    moved = rotated(params, turn)
    for function in (mn.forward, mn.empirical_ntk, mn.factorised_ntk):
        assert_close(
            function(moved, angles + turn), function(params, angles), 1e-11, function.__name__
        )


@pytest.mark.forward
@given(half=st.integers(4, 10), seed=some.seeds)
def test_without_bias_an_even_grid_sees_no_odd_frequency_above_1(half, seed):
    params = mn.initialise(5, np.random.default_rng(seed), bias=False, output_law="normal")
    k_max = 2 * half - 2  # frequency n − 1 would be 1 again
    odd = (mn.basis_frequencies(k_max) % 2 == 1) & (mn.basis_frequencies(k_max) > 1)
    angles = mn.uniform_angles(2 * half)
    spectrum = mn.fourier_coefficients(angles, mn.forward(params, angles), k_max)
    np.testing.assert_allclose(spectrum[odd], 0, atol=1e-14)
    angles = mn.uniform_angles(2 * half + 1)
    spectrum = mn.fourier_coefficients(angles, mn.forward(params, angles), k_max)
    assert np.abs(spectrum[odd]).max() > 1e-5, "an odd grid lets them in"


# --- gradient and Jacobian ----------------------------------------------------------------------


@pytest.mark.backward
@given(case=some.networks_at_angles(), seed=some.seeds)
@example(case=(some.ON_KINKS, some.COINCIDENT), seed=0)
@example(case=(some.ON_KINKS, some.ANTIPODAL + some.AXES), seed=0)
def test_the_gradient_is_the_jacobian_against_the_residual(case, seed):
    params, angles = case
    targets = np.random.default_rng(seed).standard_normal(len(angles))
    residual = mn.forward(params, angles) - targets
    gradient = mn.flatten(mn.loss_and_gradient(params, angles, targets)[1])
    jacobian = mn.output_jacobian(params, angles)
    np.testing.assert_allclose(gradient, jacobian.T @ residual / len(residual), rtol=0, atol=1e-13)


@pytest.mark.backward
@pytest.mark.parametrize("seed", range(4))
def test_the_loss_along_a_line_through_both_layers_has_central_differences_of_order_2(seed):
    rng = np.random.default_rng(seed)
    params, angles = some.random_params(20, rng), some.distinct_angles(12, rng)
    targets, line = rng.standard_normal(12), some.random_params(20, rng)
    points = mn.augmented_points(angles)
    z = points @ np.column_stack([params.w, params.b]).T
    slope_of_z = points @ np.column_stack([line.w, line.b]).T
    largest = 0.9 * np.abs(z / slope_of_z).min()  # no kink is crossed up to here
    derivative = mn.flatten(mn.loss_and_gradient(params, angles, targets)[1]) @ mn.flatten(line)

    def loss(step):
        moved = mn.unflatten(mn.flatten(params) + step * mn.flatten(line), params)
        return mn.half_mean_square(mn.forward(moved, angles), targets)

    steps = largest / 2.0 ** np.arange(4)
    errors = [abs((loss(h) - loss(-h)) / (2 * h) - derivative) for h in steps]
    assert errors[0] < 0.2 * abs(derivative), "size of the error at the largest step"
    assert errors[-1] > 1e3 * 1e-16 * loss(0) / steps[-1], "above rounding"
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert slope == pytest.approx(2.0, abs=0.01)


@pytest.mark.jacobian
@given(case=some.networks_off_kinks())
def test_the_jacobian_is_the_central_difference_inside_a_region(case):
    params, angles, margin = case
    exact = mn.output_jacobian(params, angles)
    for step in (1e-4, 0.9 * margin):
        differences = mn.central_difference_jacobian(params, angles, step)
        np.testing.assert_allclose(differences, exact, rtol=0, atol=1e-10, err_msg=f"step {step}")
    differences = mn.central_difference_jacobian(params, angles)
    np.testing.assert_allclose(differences, exact, rtol=0, atol=1e-10)


@pytest.mark.jacobian
@given(case=some.networks_at_angles(), seed=some.seeds)
def test_trained_parts_decide_columns_kernel_and_gradient_alike(case, seed):
    params, angles = case
    whole = with_arrays(params, trained=("w", "b", "a"))
    targets = np.random.default_rng(seed).standard_normal(len(angles))
    slices = mn.jacobian_slices(whole)
    wanted = np.concatenate(
        [np.arange(slices[part].start, slices[part].stop) for part in params.trained]
    )
    jacobian = mn.output_jacobian(whole, angles)[:, wanted]
    np.testing.assert_array_equal(mn.output_jacobian(params, angles), jacobian)
    assert mn.jacobian_slices(params)[params.trained[-1]].stop == params.size == len(wanted)
    parts = mn.factorised_ntk_parts(whole, angles)
    kernel = sum(parts[part] for part in params.trained)
    assert_close(mn.factorised_ntk(params, angles), kernel, 1e-15)
    gradient = mn.loss_and_gradient(params, angles, targets)[1]
    whole_gradient = mn.loss_and_gradient(whole, angles, targets)[1]
    trained, _ = mn.gradient_descent(params, mn.objective(angles, targets), 0.1, 3)
    for part in ("w", "b", "a"):
        if part in params.trained:
            np.testing.assert_array_equal(getattr(gradient, part), getattr(whole_gradient, part))
        else:
            assert not np.any(getattr(gradient, part))
            np.testing.assert_array_equal(getattr(trained, part), getattr(params, part))


@pytest.mark.backward
def test_on_an_exact_kink_the_derivative_is_0():
    # w·x + b is exactly 0 at angle 0 for the first neuron, and everywhere for the second.
    params = mn.Params(w=[[0.0, 2.0], [0.0, 0.0]], b=[0.0, 0.0], a=[3.0, 5.0])
    assert not np.any(mn.output_jacobian(params, [0.0]))
    assert not np.any(mn.empirical_ntk(params, [0.0, 1.0], [0.0]))
    assert not np.any(mn.factorised_ntk(params, [0.0, 1.0], [0.0]))
    assert not np.any(mn.flatten(mn.loss_and_gradient(params, [0.0], [1.0])[1]))
    assert np.any(mn.output_jacobian(params, [1e-9]))


# --- kernels ------------------------------------------------------------------------------------


@pytest.mark.ntk
@pytest.mark.parametrize("name", KERNELS)
@given(angles=some.angle_lists(2, 6), others=some.angle_lists(1, 3))
@example(angles=some.COINCIDENT, others=some.COINCIDENT[:3])
@example(angles=some.ANTIPODAL, others=some.AXES)
@example(angles=some.FAR, others=some.ANTIPODAL)
def test_kernels_are_symmetric_and_positive_semidefinite(name, angles, others):
    kernel = KERNELS[name]
    matrix = kernel(angles)
    np.testing.assert_allclose(matrix, matrix.T, rtol=0, atol=1e-14)
    np.testing.assert_allclose(kernel(angles, angles), matrix, rtol=0, atol=1e-14)
    np.testing.assert_allclose(kernel(others, angles), kernel(angles, others).T, rtol=0, atol=1e-14)
    eigenvalues = np.linalg.eigvalsh(matrix)
    assert eigenvalues[0] >= -1e-13 * eigenvalues[-1]


@pytest.mark.ntk
@given(params=some.networks(), angles=some.angle_lists(1, 5))
@example(params=some.ON_KINKS, angles=some.AXES + some.COINCIDENT)
def test_parts_add_up_to_the_kernel(params, angles):
    others = [0.2, -1.0]
    for road in ("empirical", "factorised"):
        whole = getattr(mn, f"{road}_ntk")(params, angles, others)
        parts = getattr(mn, f"{road}_ntk_parts")(params, angles, others)
        np.testing.assert_allclose(sum(parts.values()), whole, rtol=0, atol=1e-13)


@pytest.mark.ntk
@given(seed=some.seeds)
def test_the_definition_and_the_factorised_form_agree(seed):
    rng = np.random.default_rng(seed)
    params, angles = some.random_params(60, rng), some.distinct_angles(23, rng)
    jacobian = mn.output_jacobian(params, angles)
    expected = np.einsum("ip,jp->ij", jacobian, jacobian)
    assert_close(mn.factorised_ntk(params, angles), expected, 1e-13)
    assert_close(mn.empirical_ntk(params, angles), expected, 1e-13)


@pytest.mark.ntk
@given(seed=some.seeds, width=st.integers(2, 40))
def test_at_finite_width_the_kernel_on_a_grid_is_not_circulant(seed, width):
    params = mn.initialise(width, np.random.default_rng(seed))
    kernel = mn.empirical_ntk(params, mn.uniform_angles(16))
    assert not mn.is_circulant(kernel)
    assert mn.circulant_deviation(kernel) > 0.01


@pytest.mark.ntk
@pytest.mark.parametrize("chunk", [1, 7, 19, 20, 10**9])
def test_the_chunk_changes_only_rounding(chunk):
    def estimate(**options):
        rng = np.random.default_rng(4)
        return mn.monte_carlo_ntk([0.3, 2.0, -1.0], 20, rng, [0.3, 1.0], bias_std=0.3, **options)

    for ours, whole in zip(estimate(chunk=chunk), estimate(), strict=True):
        assert_close(ours, whole, 1e-14)


@pytest.mark.ntk
def test_where_no_draw_varies_the_standard_error_is_0():
    mean, error = mn.monte_carlo_ntk([0.0], 50, np.random.default_rng(0), [np.pi, 0.0], bias=False)
    assert mean[0, 0] == error[0, 0] == 0
    assert min(mean[0, 1], error[0, 1]) > 0.01


@pytest.mark.arccosine
@given(law=some.laws(), angles=some.angle_lists(2, 6), turn=st.floats(-7, 7))
@example(law={}, angles=some.COINCIDENT, turn=1.0)
@example(law={"bias_std": 0.3}, angles=some.ANTIPODAL, turn=-2.0)
def test_the_limit_knows_no_rotation_and_no_order(law, angles, turn):
    kernel = mn.infinite_ntk(angles, **law)
    size = np.abs(kernel).max()
    moved = mn.infinite_ntk(np.array(angles) + turn, **law)
    np.testing.assert_allclose(moved, kernel, rtol=0, atol=1e-12 * size)
    mirrored = mn.infinite_ntk(-np.array(angles), **law)
    np.testing.assert_allclose(mirrored, kernel, rtol=0, atol=1e-15 * size)
    assert np.linalg.eigvalsh(kernel)[0] >= -1e-13 * size * len(angles)


@pytest.mark.arccosine
@given(law=some.laws(), n=st.integers(1, 30))
def test_on_a_grid_the_limit_is_circulant(law, n):
    kernel = mn.infinite_ntk(mn.uniform_angles(n), **law)
    assert mn.is_circulant(kernel, 1e-14)
    assert mn.circulant_deviation(kernel) < 1e-14
    off_grid = mn.infinite_ntk([0.0, 1.0, 2.5], **law)
    assert not mn.is_circulant(off_grid)


@pytest.mark.arccosine
@given(law=some.laws(), theta=some.angles_within)
def test_parts_of_the_limit_add_up_and_follow_the_trained(law, theta):
    options = {**law, "trained": None}
    parts = mn.ntk_parts_of_angle(theta, **options)
    assert list(parts) == (["w", "b", "a"] if law["bias"] else ["w", "a"])
    chosen = law["trained"] or tuple(parts)
    assert mn.ntk_of_angle(theta, **law) == pytest.approx(
        sum(parts[part] for part in chosen), rel=1e-14, abs=1e-16
    )
    eigenvalues = mn.fourier_eigenvalue_parts(4, **{**options, "bias_std": 0.0})
    total = sum(eigenvalues[part] for part in chosen)
    assert_close(mn.fourier_eigenvalues(4, **{**law, "bias_std": 0.0}), total, 1e-15)


@pytest.mark.arccosine
@given(theta=some.separations, s=st.floats(0.1, 10), beta=st.floats(0.01, 10))
def test_only_the_ratio_of_the_standard_deviations_bends_the_angle(theta, s, beta):
    ours = mn.ntk_parts_of_angle(theta, weight_std=s, bias_std=beta)
    scaled = mn.ntk_parts_of_angle(theta, weight_std=3 * s, bias_std=3 * beta)
    for part, factor in (("w", 1), ("b", 1), ("a", 9)):
        size = factor * (1 + s**2 + beta**2)
        np.testing.assert_allclose(scaled[part], factor * ours[part], rtol=0, atol=1e-14 * size)
    assert ours["b"] >= mn.ntk_parts_of_angle(theta)["b"] - 1e-15  # points come closer together


@pytest.mark.arccosine
@given(first=some.separations, second=some.separations)
def test_arc_cosine_kernels_fall_from_1_to_0(first, second):
    near, far = sorted((first, second))
    for kappa in (mn.kappa0, mn.kappa1):
        assert 1 >= kappa(near) >= kappa(far) - 1e-15 >= -2e-15


# --- eigenvalues --------------------------------------------------------------------------------


@pytest.mark.eigenvalues
@given(law=some.closed_form_laws(), n=st.integers(1, 40))
def test_the_transform_of_the_kernel_on_a_grid_gives_the_aliased_eigenvalues(law, n):
    aliased = mn.aliased_eigenvalues(n, **law)
    kernel = mn.infinite_ntk(mn.uniform_angles(n), **law)
    size = aliased.max()
    transform = mn.circulant_eigenvalues(kernel)
    np.testing.assert_allclose(transform, aliased, rtol=0, atol=1e-14 * size)
    by_size = np.linalg.eigvalsh(kernel / n)
    np.testing.assert_allclose(np.sort(aliased), by_size, rtol=0, atol=1e-13 * size)
    np.testing.assert_allclose(aliased[1:], aliased[:0:-1], rtol=0, atol=1e-14 * size)
    assert aliased.sum() == pytest.approx(float(mn.ntk_of_angle(0.0, **law)), rel=1e-12)


@pytest.mark.eigenvalues
@given(law=some.closed_form_laws())
def test_closed_form_and_quadrature_agree(law):
    integrals = mn.quadrature_eigenvalues(lambda u: mn.ntk_of_angle(u, **law), 8)
    assert_close(mn.fourier_eigenvalues(8, **law), integrals, 1e-13)


@pytest.mark.eigenvalues
def test_with_bias_every_frequency_is_learned_and_lower_ones_first():
    assert np.all(np.diff(mn.fourier_eigenvalues(200)) < 0)
    assert mn.fourier_eigenvalues(200)[-1] > 0
    squares = np.arange(3, 200) ** 2 * mn.fourier_eigenvalues(199)[3:]
    # The time to learn k grows as k²: λ_k k² π² is 1 for odd k and falls to 1 for even k.
    np.testing.assert_allclose(squares[::2] * np.pi**2, 1, rtol=1e-12)
    assert np.all(np.diff(squares[1::2]) < 0)
    assert 1 < squares[-2] * np.pi**2 < 1.001


@pytest.mark.eigenvalues
@pytest.mark.parametrize("trained", [None, ("w",), ("a",)])
def test_without_bias_odd_frequencies_above_1_have_no_eigenvalue(trained):
    odd = np.arange(3, 20, 2)
    assert not np.any(mn.fourier_eigenvalues(20, bias=False, trained=trained)[odd])
    even_grid = mn.aliased_eigenvalues(24, bias=False, trained=trained)
    assert not np.any(even_grid[odd])
    odd_grid = mn.aliased_eigenvalues(25, bias=False, trained=trained)
    assert np.all(odd_grid[odd] > 1e-6)
    even = np.arange(2, 21, 2)
    assert np.all(mn.fourier_eigenvalues(20, bias=False, trained=trained)[even] > 1e-6)


@pytest.mark.eigenvalues
def test_finer_grids_fold_less():
    limit = mn.fourier_eigenvalues(3)
    errors = [mn.aliased_eigenvalues(n)[:4] - limit for n in (16, 32, 64)]
    for coarse, fine in itertools.pairwise(errors):
        assert np.all(coarse > fine)
        assert np.all(fine > 0)
    np.testing.assert_allclose(errors[1] / errors[2], 4, rtol=0.1)  # as n^-2


# --- spectrum -----------------------------------------------------------------------------------


@pytest.mark.spectrum
@pytest.mark.parametrize("k", [0, 1, 2, 3, 7])
def test_fourier_modes_are_eigenfunctions_of_the_operator(k):
    angles, rate = [0.3, -2.0, 5.5], mn.fourier_eigenvalues(k)[k]
    for mode in (lambda t: np.cos(k * t), lambda t: np.sin(k * t), lambda t: np.cos(k * t + 0.4)):
        image = mn.kernel_operator(mn.ntk_of_angle, mode, angles)
        np.testing.assert_allclose(image, rate * mode(np.array(angles)), rtol=0, atol=1e-14)


@pytest.mark.spectrum
@given(n=st.integers(2, 9), seed=some.seeds)
def test_circulant_matrices_and_the_nearest_one(n, seed):
    rng = np.random.default_rng(seed)
    row = rng.standard_normal(n)
    circulant = np.stack([np.roll(row, i) for i in range(n)])
    assert mn.is_circulant(circulant)
    assert mn.circulant_deviation(circulant) < 1e-15
    symmetric = circulant + circulant.T
    by_frequency = mn.circulant_eigenvalues(symmetric)
    np.testing.assert_allclose(
        np.sort(by_frequency), np.linalg.eigvalsh(symmetric / n), rtol=0, atol=1e-13
    )
    off = rng.standard_normal((n, n))
    off -= sum(np.roll(off, i, axis=(0, 1)) for i in range(n)) / n  # orthogonal to all circulants
    size = math.hypot(np.linalg.norm(circulant), np.linalg.norm(off))
    assert mn.circulant_deviation(circulant + off) == pytest.approx(
        np.linalg.norm(off) / size, rel=1e-10
    )


@pytest.mark.spectrum
def test_the_tolerance_of_is_circulant_is_relative_to_the_largest_entry():
    kernel = 40.0 * mn.infinite_ntk(mn.uniform_angles(7))
    size = float(kernel.max())
    for entry in ((2, 5), (0, 6), (6, 0)):
        for tolerance in (1e-12, 1e-3):
            moved = kernel.copy()
            moved[entry] += 0.9 * tolerance * size
            assert mn.is_circulant(moved, tolerance)
            moved[entry] += 0.3 * tolerance * size
            assert not mn.is_circulant(moved, tolerance)
    moved = kernel.copy()
    moved[2, 5] += 1.5e-12 * size
    assert not mn.is_circulant(moved)
    for ramp in ([0.0, 1.0, 2.0, 3.0], [3.0, 2.0, 1.0, 0.0]):  # a jump of 3 in one direction only
        assert not mn.is_circulant(np.diag(ramp), 0.5)
    assert not mn.is_circulant(np.diag([1.0, 2.0, 1.0, 2.0])), "period 2"
    assert mn.is_circulant([[1.0, 2.0], [2.0, 1.0]], 0)
    assert mn.is_circulant([[0.0, 0.0], [0.0, 0.0]])
    assert mn.circulant_deviation([[0.0, 0.0], [0.0, 0.0]]) == 0.0


@pytest.mark.spectrum
def test_the_tolerance_of_circulant_eigenvalues():
    kernel = 40.0 * mn.infinite_ntk(mn.uniform_angles(7))
    expected = mn.circulant_eigenvalues(kernel)
    bump = np.zeros((7, 7))
    bump[2, 5] = bump[5, 2] = float(kernel.max())
    np.testing.assert_array_equal(mn.circulant_eigenvalues(kernel + 0.9e-10 * bump), expected)
    np.testing.assert_array_equal(mn.circulant_eigenvalues(kernel + 0.9e-3 * bump, 1e-3), expected)
    for moved, tolerance in ((1.2e-10, {}), (1.2e-3, {"tolerance": 1e-3})):
        with pytest.raises(ValueError, match="kernel must be circulant, got one at a distance of"):
            mn.circulant_eigenvalues(kernel + moved * bump, **tolerance)


@pytest.mark.eigenvalues
@pytest.mark.parametrize("scale", [0.0, 1e-6, 1e6])
def test_quadrature_settles_at_any_scale(scale):
    eigenvalues = mn.quadrature_eigenvalues(lambda u: scale * mn.ntk_of_angle(u), 4)
    expected = scale * mn.fourier_eigenvalues(4)
    np.testing.assert_allclose(eigenvalues, expected, rtol=0, atol=1e-13 * scale)
    if scale:
        with pytest.raises(ValueError, match="nodes must be enough for the integral to settle"):
            mn.quadrature_eigenvalues(lambda u: scale * np.abs(u - 1), 4)


@pytest.mark.eigenvalues
@pytest.mark.parametrize("sign", [1, -1])
def test_quadrature_settles_to_1e_12_in_every_eigenvalue(sign):
    def estimate(change):
        seen, factors = [], iter([1.0, 1.0 + sign * change])

        def kernel(u):
            seen.append(len(u))
            return next(factors) * np.cos(u)

        return mn.quadrature_eigenvalues(kernel, 1), seen

    eigenvalues, (count, finer) = estimate(0.7e-12)
    assert_close(eigenvalues, [0.0, 0.5], 1e-12)
    assert count == 66  # 2 k_max + 64
    assert finer >= 1.5 * count
    with pytest.raises(ValueError, match="half as many more still change an eigenvalue by"):
        estimate(1.5e-12)
    with pytest.raises(ValueError, match="half as many more still change an eigenvalue by"):
        mn.quadrature_eigenvalues(lambda u: sign * np.abs(u - np.pi / 2), 2)  # k = 1 is exact
    with pytest.raises(ValueError, match="half as many more still change an eigenvalue by"):
        mn.quadrature_eigenvalues(lambda u: sign * np.abs(u - 1), 0)


@pytest.mark.spectrum
@given(k_max=st.integers(0, 4), extra=st.integers(1, 9), turn=st.floats(-3, 3))
def test_on_a_grid_the_low_frequency_block_is_diagonal(k_max, extra, turn):
    n = 2 * k_max + extra
    angles = mn.uniform_angles(n) + turn
    kernel, aliased = mn.infinite_ntk(angles), mn.aliased_eigenvalues(n)
    expected = np.diag(aliased[mn.basis_frequencies(k_max)])
    for whitened in (False, True):
        block = mn.low_frequency_block(kernel, angles, k_max, whitened=whitened)
        np.testing.assert_allclose(block, expected, rtol=0, atol=1e-13)
    assert mn.spectral_error(block, aliased[: k_max + 1]) < 1e-13
    assert mn.off_diagonal_share(block) < 1e-24


@pytest.mark.spectrum
@given(data=st.data())
def test_a_whitened_block_of_full_size_has_the_eigenvalues_of_the_kernel(data):
    kernel, angles = data.draw(some.separated_kernels(7))
    block = mn.low_frequency_block(kernel, angles, 3, whitened=True)
    expected = np.linalg.eigvalsh(kernel / 7)
    np.testing.assert_allclose(np.linalg.eigvalsh(block), expected, rtol=0, atol=1e-13)
    smaller = mn.low_frequency_block(kernel, angles, 2, whitened=True)
    assert_close(smaller, block[:5, :5], 1e-12, "low frequencies come first")


@pytest.mark.spectrum
@given(pair=some.kernels(3, 6), seed=some.seeds, scale=st.floats(0.01, 100))
def test_alignment_measures_know_no_scale_and_stay_in_their_range(pair, seed, scale):
    kernel = pair[0]
    n = len(kernel)
    rng = np.random.default_rng(seed)
    factor, targets = rng.standard_normal((n, n)), rng.standard_normal(n)
    other = factor @ factor.T
    assert mn.kernel_alignment(kernel, scale * kernel) == pytest.approx(1.0, rel=1e-13)
    assert mn.kernel_distance(kernel, scale * kernel) == pytest.approx(0.0, abs=1e-13)
    assert mn.kernel_alignment(kernel, -scale * kernel) == pytest.approx(-1.0, rel=1e-13)
    for measure in (mn.kernel_alignment, mn.centred_kernel_alignment):
        value = measure(kernel, other)
        assert 0 <= value < 1
        assert measure(other, kernel) == pytest.approx(value, rel=1e-13)
        assert measure(scale * kernel, other) == pytest.approx(value, rel=1e-12)
    shifted = mn.centred_kernel_alignment(kernel + 3.0, other - 5.0)
    assert shifted == pytest.approx(mn.centred_kernel_alignment(kernel, other), rel=1e-10)
    aligned = np.outer(targets, targets)
    assert mn.target_alignment(aligned, scale * targets) == pytest.approx(1.0, rel=1e-12)
    moved = mn.target_alignment(aligned + 7.0, targets + 2.0, centred=True)
    assert moved == pytest.approx(1.0, rel=1e-10)
    assert 1 <= mn.effective_rank(kernel) <= n + 1e-12
    assert mn.effective_rank(scale * np.eye(n)) == pytest.approx(n, rel=1e-12)
    assert mn.effective_rank(aligned) == pytest.approx(1.0, rel=1e-12)
    assert 0 < mn.off_diagonal_share(kernel) < 1


@pytest.mark.spectrum
@given(k_max=st.integers(0, 3), extra=st.integers(1, 6), seed=some.seeds)
def test_subspace_overlap_of_the_subspace_and_of_its_complement(k_max, extra, seed):
    size = 2 * k_max + 1
    angles = some.distinct_angles(size + extra, np.random.default_rng(seed))
    basis = mn.fourier_basis(angles, k_max)
    inside = basis @ basis.T
    assert mn.subspace_overlap(inside, angles, k_max) == pytest.approx(1.0, abs=1e-9)
    q = np.linalg.qr(basis)[0]
    outside = 2 * np.eye(len(angles)) - 2 * q @ q.T + 1e-3 * q @ q.T
    expected = max(0, size - extra) / size
    assert mn.subspace_overlap(outside, angles, k_max) == pytest.approx(expected, abs=1e-9)


# --- a fixed kernel -----------------------------------------------------------------------------


def two_parts(kernel, seed):
    return np.random.default_rng(seed).standard_normal((2, len(kernel)))


@pytest.mark.dynamics
@given(pair=some.kernels(), seed=some.seeds)
def test_predictions_start_from_the_network_and_keep_the_order_of_times(pair, seed):
    kernel = pair[0]
    f0, y = two_parts(kernel, seed)
    test = {"test_kernel": kernel[:1], "test_initial_output": [0.7]}
    for predict, times in (
        (lambda t, **k: mn.frozen_flow(kernel, f0, y, t, **k), [0.4, 0.0, 2.0]),
        (lambda s, **k: mn.frozen_descent(kernel, f0, y, 1e-2, s, **k), [5, 0, 2]),
    ):
        rows = predict(times)
        np.testing.assert_array_equal(rows[1], f0)
        assert predict(times, **test)[1] == [0.7]
        for row, time in zip(rows, times, strict=True):
            assert_close(predict([time])[0], row, 1e-14)
            assert_close(predict(time)[0], row, 1e-14, "one number")


@pytest.mark.dynamics
@given(pair=some.kernels(), seed=some.seeds, times=st.tuples(*[st.floats(0, 5)] * 2))
def test_the_flow_is_a_semigroup(pair, seed, times):
    kernel = pair[0]
    f0, y = two_parts(kernel, seed)
    first, second = times
    half_way = mn.frozen_flow(kernel, f0, y, [first])[0]
    at_once = mn.frozen_flow(kernel, f0, y, [first + second])
    assert_close(mn.frozen_flow(kernel, half_way, y, [second]), at_once, 1e-12)


@pytest.mark.dynamics
@given(pair=some.kernels(), seed=some.seeds)
def test_descent_goes_on_where_it_stopped(pair, seed):
    kernel = pair[0]
    f0, y = two_parts(kernel, seed)
    eta = 1.9 / float(np.linalg.eigvalsh(kernel / len(kernel))[-1])
    half_way = mn.frozen_descent(kernel, f0, y, eta, [4])[0]
    at_once = mn.frozen_descent(kernel, f0, y, eta, [11])
    assert_close(mn.frozen_descent(kernel, half_way, y, eta, [7]), at_once, 1e-12)


@pytest.mark.dynamics
@pytest.mark.parametrize("share", [0.02, 0.6, 1.0])
def test_descent_under_the_limit_is_many_single_steps(share):
    rng = np.random.default_rng(8)
    angles = some.distinct_angles(17, rng)
    kernel, (f, y) = mn.infinite_ntk(angles), rng.standard_normal((2, 17))
    eta = share * 2 / float(np.linalg.eigvalsh(kernel / 17)[-1]) * (1 - 1e-13)
    prediction = mn.frozen_descent(kernel, f, y, eta, [200])[0]
    for _ in range(200):
        f = f - eta * kernel @ (f - y) / 17
    assert_close(prediction, f, 1e-12)


@pytest.mark.dynamics
@given(pair=some.kernels(), seed=some.seeds)
def test_test_points_on_the_training_points_give_the_training_outputs(pair, seed):
    kernel = pair[0]
    f0, y = two_parts(kernel, seed)
    same = {"test_kernel": kernel, "test_initial_output": f0}
    train = mn.frozen_flow(kernel, f0, y, [0.0, 0.3, 4.0])
    assert_close(mn.frozen_flow(kernel, f0, y, [0.0, 0.3, 4.0], **same), train, 1e-12)
    train = mn.frozen_descent(kernel, f0, y, 1e-2, [0, 3, 40])
    assert_close(mn.frozen_descent(kernel, f0, y, 1e-2, [0, 3, 40], **same), train, 1e-12)


@pytest.mark.dynamics
def test_modes_without_an_eigenvalue_keep_their_residual_and_the_others_end_at_the_target():
    angles = mn.uniform_angles(12)
    kernel = mn.infinite_ntk(angles, bias=False)
    rng = np.random.default_rng(5)
    f0, y = rng.standard_normal((2, 12))
    before = mn.fourier_coefficients(angles, f0 - y, 5)
    kept = (mn.basis_frequencies(5) % 2 == 1) & (mn.basis_frequencies(5) > 1)
    for output in (
        mn.frozen_flow(kernel, f0, y, [1e6])[0],
        mn.frozen_descent(kernel, f0, y, 1.0, [10**6])[0],
    ):
        after = mn.fourier_coefficients(angles, output - y, 5)
        np.testing.assert_allclose(after, np.where(kept, before, 0.0), rtol=0, atol=1e-8)


@pytest.mark.dynamics
def test_residual_modes_decay_at_their_aliased_rates():
    angles, times, eta = mn.uniform_angles(11), np.array([0.5, 3.0]), 1.3
    rates = mn.aliased_eigenvalues(11)[mn.basis_frequencies(5)]
    f0, y = np.random.default_rng(2).standard_normal((2, 11))
    before = mn.fourier_coefficients(angles, f0 - y, 5)
    flow = mn.frozen_flow(mn.infinite_ntk(angles), f0, y, times) - y
    descent = mn.frozen_descent(mn.infinite_ntk(angles), f0, y, eta, [2, 9]) - y
    for row in range(2):
        after = mn.fourier_coefficients(angles, flow[row], 5)
        assert_close(after, mn.mode_decay(rates, times)[row] * before, 1e-12, "flow")
        after = mn.fourier_coefficients(angles, descent[row], 5)
        assert_close(after, mn.mode_descent(rates, eta, [2, 9])[row] * before, 1e-12, "descent")


@pytest.mark.dynamics
@given(rate=st.floats(1e-3, 10), remaining=st.floats(0.001, 0.999), share=st.floats(0.01, 0.9))
def test_at_the_time_to_learn_the_fraction_remains(rate, remaining, share):
    time = mn.time_to_learn(rate, remaining)
    assert mn.mode_decay([rate], [time])[0, 0] == pytest.approx(remaining, rel=1e-12)
    steps = mn.steps_to_learn(rate, share / rate, remaining)
    assert (1 - share) ** float(steps) == pytest.approx(remaining, rel=1e-10)
    above = mn.steps_to_learn(rate, (2 - share) / rate, remaining)  # it flips its sign each step
    assert float(above) == pytest.approx(float(steps), rel=1e-10)


@pytest.mark.dynamics
def test_modes_that_are_never_learned_and_learned_at_once():
    assert mn.time_to_learn([0.0, 1.0]).tolist() == [math.inf, -math.log(0.05)]
    assert mn.steps_to_learn([0.0, 0.5], 2.0).tolist() == [math.inf, 0.0]
    assert mn.time_to_learn(0.5).shape == mn.steps_to_learn(0.5, 1.0).shape == ()
    assert (
        mn.time_to_learn([[0.5, 1.0]]).shape == mn.steps_to_learn([[0.5, 1.0]], 1.0).shape == (1, 2)
    )


@pytest.mark.dynamics
@pytest.mark.parametrize("eta", [1e-2, 1e-3])
def test_descent_runs_ahead_of_the_flow_by_half_eta_lambda_squared_tau(eta):
    rates, steps = np.array([0.5, 1.0, 2.0]), np.array([100, 400])
    ratio = mn.mode_descent(rates, eta, steps) / mn.mode_decay(rates, eta * steps)
    ahead = -np.log(ratio) / (eta * steps[:, None] * eta * rates**2)
    np.testing.assert_allclose(ahead, 0.5, rtol=eta * 2)


@pytest.mark.dynamics
def test_lazy_growth_is_the_growth_law_along_the_frozen_flow():
    angles, end = mn.uniform_angles(16), 30.0
    kernel, rates = mn.infinite_ntk(angles), mn.aliased_eigenvalues(16)[mn.basis_frequencies(3)]
    coefficients = mn.target_coefficients([1, 2, 3])
    targets = mn.fourier_sum(angles, coefficients)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    outputs = mn.frozen_flow(kernel, 0 * targets, targets, end / 2 * (1 + nodes))
    growth = end / 2 * weights @ [mn.growth_rate(f, targets) for f in outputs]
    assert mn.lazy_growth(coefficients, rates, [end])[0] == pytest.approx(growth, rel=1e-10)
    final = mn.lazy_growth(coefficients, rates, 1e9)[0]
    assert final == pytest.approx(targets @ np.linalg.solve(kernel, targets), rel=1e-9)
    assert mn.lazy_growth([3.0], [0.0], [1.0, 1e6]).tolist() == [0.0, 0.0]


# --- a real network -----------------------------------------------------------------------------


@pytest.mark.dynamics
@given(case=some.networks_at_angles(), seed=some.seeds)
def test_training_the_second_layer_alone_is_the_frozen_kernel_exactly(case, seed):
    params, angles = case
    params = with_arrays(params, trained=("a",))
    targets = np.random.default_rng(seed).standard_normal(len(angles))
    kernel, f0 = mn.empirical_ntk(params, angles), mn.forward(params, angles)
    others = [0.3, -2.0, 1.0]
    test = {
        "test_kernel": mn.empirical_ntk(params, others, angles),
        "test_initial_output": mn.forward(params, others),
    }
    trained, losses = mn.gradient_descent(params, mn.objective(angles, targets), 0.05, 20)
    frozen = mn.frozen_descent(kernel, f0, targets, 0.05, range(21))
    assert_close(mn.forward(trained, angles), frozen[-1], 1e-11)
    assert_close(losses, [mn.half_mean_square(f, targets) for f in frozen], 1e-11)
    at_others = mn.frozen_descent(kernel, f0, targets, 0.05, [20], **test)[0]
    assert_close(mn.forward(trained, others), at_others, 1e-11)


@pytest.mark.dynamics
def test_every_step_is_recorded_and_the_last_is_returned():
    rng = np.random.default_rng(1)
    params, angles = some.random_params(5, rng), some.distinct_angles(4, rng)
    objective = mn.objective(angles, rng.standard_normal(4))
    seen = []
    trained, losses = mn.gradient_descent(
        params, objective, 0.2, 3, record=lambda step, now: seen.append((step, now))
    )
    assert [step for step, _ in seen] == [0, 1, 2, 3]
    assert seen[0][1] is params
    assert seen[-1][1] is trained
    np.testing.assert_array_equal(losses, [objective(now)[0] for _, now in seen])
    unchanged, losses = mn.gradient_descent(params, objective, 0.2, 0)
    assert unchanged is params
    assert losses.shape == (1,)


@pytest.mark.dynamics
@pytest.mark.parametrize("trained", some.TRAINED_SUBSETS, ids="".join)
def test_parts_that_are_not_trained_stay_whatever_the_objective_says(trained):
    rng = np.random.default_rng(0)
    params, gradient = some.random_params(4, rng, trained), some.random_params(4, rng)
    moved, _ = mn.gradient_descent(params, lambda params: (1.0, gradient), 0.5, 1)
    for part in ("w", "b", "a"):
        expected = getattr(params, part) - 0.5 * getattr(gradient, part) * (part in trained)
        np.testing.assert_array_equal(getattr(moved, part), expected)


@pytest.mark.dynamics
@given(case=some.networks_at_angles(), seed=some.seeds)
def test_both_layers_grow_by_the_growth_law(case, seed):
    params, angles = case
    params = with_arrays(params, trained=("w", "b", "a"))
    targets = np.random.default_rng(seed).standard_normal(len(angles))
    objective, eta = mn.objective(angles, targets), 1e-2
    gradient = objective(params)[1]
    moved, _ = mn.gradient_descent(params, objective, eta, 1)
    rate = mn.growth_rate(mn.forward(params, angles), targets)

    def sizes(p):
        return np.array([np.sum(p.a**2), np.sum(p.w**2) + np.sum(p.b**2)])

    # One step of length η adds its own square, nothing else.
    growth = (sizes(moved) - sizes(params)) / eta - eta * sizes(gradient)
    np.testing.assert_allclose(growth, rate, rtol=0, atol=1e-11)


@pytest.mark.dynamics
@pytest.mark.parametrize("bias", [True, False])
def test_the_balance_drifts_in_proportion_to_the_learning_rate(bias):
    rng = np.random.default_rng(6)
    params = mn.initialise(8, rng, bias=bias, output_law="normal", bias_std=0.5 * bias)
    angles, targets = some.distinct_angles(10, rng), 2 * rng.standard_normal(10)
    start, drifts = mn.balance(params), []
    for steps in (200, 400, 800):
        trained, _ = mn.gradient_descent(params, mn.objective(angles, targets), 4 / steps, steps)
        drifts.append(np.abs(mn.balance(trained) - start).max())
    moved = np.abs(trained.a**2 - params.a**2).max()
    assert drifts[-1] < 0.02 * moved, "against what the layers themselves moved"
    np.testing.assert_allclose(np.divide(drifts[:-1], drifts[1:]), 2, atol=0.2)


@pytest.mark.dynamics
def test_above_the_stable_learning_rate_the_loss_rises_and_comes_back():
    rng = np.random.default_rng(0)
    params = mn.initialise(64, rng, output_law="normal")
    angles = mn.uniform_angles(12) + 0.3
    targets = 2 * mn.fourier_sum(angles, mn.target_coefficients([1, 3]))
    largest = float(np.linalg.eigvalsh(mn.empirical_ntk(params, angles) / 12)[-1])
    trained, losses = mn.gradient_descent(
        params,
        mn.objective(angles, targets),
        3.5 / largest,
        400,
        largest_eigenvalue=largest,
        allow_catapult=True,
    )
    assert losses.max() > 1.5 * losses[0]
    assert losses[-1] < 0.05 * losses[0]
    after = float(np.linalg.eigvalsh(mn.empirical_ntk(trained, angles) / 12)[-1])
    assert after < 0.7 * largest
