"""Every number of the hall against its twin in reference.py: plain loops, another road."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import minintk as mn
from tests.reference import loops as reference
from tests.reference import strategies as some
from tests.reference.closeness import assert_close

HOLD = 1e-13  # both roads round; relative to the largest entry


def off_kinks(params, angles):
    """The angles at which rounding does not decide which neurons are active."""
    kept = [t for t in angles if not reference.on_a_kink(params, t)]
    assert kept, f"no angle of {angles} is off the kinks"
    return kept


def table(function, rows, columns):
    return np.array([[function(t, u) for u in columns] for t in rows])


# --- circle -------------------------------------------------------------------------------------


@pytest.mark.circle
@pytest.mark.parametrize("n", [1, 2, 7, 64])
def test_uniform_angles(n):
    expected = [float(2 * reference.PI * i / n) for i in range(n)]
    np.testing.assert_allclose(mn.uniform_angles(n), expected, rtol=1e-15, atol=0)


@pytest.mark.circle
@given(angles=some.angle_lists())
@example(angles=some.AXES)
@example(angles=some.FAR)
def test_points(angles):
    expected = [[np.exp(1j * t).real, np.exp(1j * t).imag] for t in angles]
    assert_close(mn.circle_points(angles), expected, 1e-15)
    assert_close(mn.augmented_points(angles), [[*point, 1.0] for point in expected], 1e-15)


@pytest.mark.circle
@given(angles=some.angle_lists(), others=some.angle_lists())
@example(angles=some.COINCIDENT, others=some.COINCIDENT)
@example(angles=some.ANTIPODAL, others=some.COINCIDENT)
@example(angles=some.FAR, others=some.AXES)
@example(angles=[1.0, 1.0 + 1e-8, 2.0], others=[1.0 + math.pi - 1e-8, 1.0 + 2e-8])
def test_angle_between_points_of_the_circle(angles, others):
    theta = mn.angle_between(mn.circle_points(angles), mn.circle_points(others))
    expected = table(reference.angle_between, angles, others)
    np.testing.assert_allclose(theta, expected, rtol=0, atol=1e-15)


@pytest.mark.circle
@given(seed=some.seeds)
def test_angle_between_points_of_any_length(seed):
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((4, 2)) * 10.0 ** rng.uniform(-9, 9, (4, 1))
    others = rng.standard_normal((3, 2))
    expected = table(reference.angle_between_points, points, others)
    np.testing.assert_allclose(mn.angle_between(points, others), expected, rtol=0, atol=2e-15)


@pytest.mark.circle
@pytest.mark.parametrize("k_max", [0, 1, 4])
@given(angles=some.angle_lists())
@example(angles=some.FAR)
def test_fourier_basis(k_max, angles):
    basis = mn.fourier_basis(angles, k_max)
    rounding = 1e-15 * (1 + k_max) * (1 + max(map(abs, angles)))  # of the phase kt
    np.testing.assert_allclose(
        basis, reference.fourier_matrix(angles, k_max), rtol=0, atol=rounding
    )
    columns = mn.basis_frequencies(k_max)
    assert columns.tolist() == [0, *(k for k in range(1, k_max + 1) for _ in "cs")]


@pytest.mark.circle
@pytest.mark.parametrize("k_max", [0, 2, 5])
@given(seed=some.seeds)
def test_fourier_sum_and_coefficients(k_max, seed):
    rng = np.random.default_rng(seed)
    angles, coefficients = some.distinct_angles(8, rng), rng.standard_normal(2 * k_max + 1)
    values = mn.fourier_sum(angles, coefficients)
    assert_close(values, [reference.fourier_sum(coefficients, t) for t in angles], HOLD)
    back = reference.fourier_coefficients(angles, values, k_max)
    assert_close(mn.fourier_coefficients(angles, values, k_max), back, HOLD)


@pytest.mark.circle
@pytest.mark.parametrize("frequencies", [[3], [0, 2], [4, 1, 2]])
@pytest.mark.parametrize("options", [{}, {"amplitude": 1.7, "shift": -0.9}])
def test_target_coefficients(frequencies, options):
    values = mn.fourier_sum(some.FAR, mn.target_coefficients(frequencies, **options))
    amplitude, shift = options.get("amplitude", 1.0), options.get("shift", 0.3)
    expected = [reference.cosine_target(t, frequencies, amplitude, shift) for t in some.FAR]
    assert_close(values, expected, 1e-12)


# --- network ------------------------------------------------------------------------------------


@pytest.mark.forward
@given(params=some.networks(), angles=some.angle_lists())
@example(params=some.ON_KINKS, angles=some.AXES + some.COINCIDENT)
@example(params=some.ON_KINKS, angles=some.ANTIPODAL)
def test_output(params, angles):
    # The output is continuous: a kink does not matter here.
    expected = [reference.output(params, t) for t in angles]
    np.testing.assert_allclose(mn.forward(params, angles), expected, rtol=0, atol=HOLD * 10)
    output, cache = mn.forward_with_cache(params, angles)
    np.testing.assert_array_equal(output, mn.forward(params, angles))
    z = [[reference.preactivation(params, r, t) for r in range(params.width)] for t in angles]
    np.testing.assert_allclose(cache.preactivation, z, rtol=0, atol=HOLD)
    np.testing.assert_allclose(cache.hidden, np.clip(z, 0, None), rtol=0, atol=HOLD)
    np.testing.assert_array_equal(cache.points, mn.circle_points(angles))


@pytest.mark.forward
def test_relu():
    z = [[-2.0, -1e-300], [0.0, -0.0], [1e-300, 3.0]]
    assert mn.relu(z).tolist() == [[0.0, 0.0], [0.0, 0.0], [1e-300, 3.0]]
    assert mn.relu_derivative(z).tolist() == [[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]]


@pytest.mark.backward
@given(case=some.networks_at_angles(), seed=some.seeds)
@example(case=(some.ON_KINKS, some.ANTIPODAL), seed=1)
@example(case=(some.ON_KINKS, some.COINCIDENT + some.AXES), seed=2)
def test_loss_and_gradient(case, seed):
    params, angles = case
    angles = off_kinks(params, angles)
    targets = np.random.default_rng(seed).standard_normal(len(angles))
    value, gradient = mn.loss_and_gradient(params, angles, targets)
    assert value == pytest.approx(reference.loss(params, angles, targets), rel=HOLD)
    expected = reference.gradient(params, angles, targets)
    size = max(abs(value) for twin in expected.values() for value in twin)
    for part, twin in expected.items():
        ours = getattr(gradient, part).ravel()
        np.testing.assert_allclose(ours, twin, rtol=0, atol=HOLD * size, err_msg=part)
    assert gradient.trained == params.trained
    again, same = mn.objective(angles, targets)(params)
    assert again == value
    np.testing.assert_array_equal(mn.flatten(same), mn.flatten(gradient))
    output = [reference.output(params, t) for t in angles]
    assert mn.half_mean_square(output, targets) == pytest.approx(value, rel=HOLD)


@pytest.mark.backward
@given(case=some.networks_at_angles(), seed=some.seeds)
def test_backward_of_any_loss(case, seed):
    params, angles = case
    g = np.random.default_rng(seed).standard_normal(len(angles))
    gradient = mn.backward(params, mn.forward_with_cache(params, angles)[1], g)
    rows = [reference.jacobian_row(params, t) for t in angles]
    assert_close(mn.flatten(gradient), reference.product([g], rows)[0], HOLD)


@pytest.mark.forward
@given(params=some.networks())
def test_flatten(params):
    whole = {"w": [v for row in params.w for v in row], "b": params.b, "a": params.a}
    expected = [v for part in ("w", "b", "a") if part in params.trained for v in whole[part]]
    assert mn.flatten(params).tolist() == expected
    assert params.size == len(expected)
    assert params.width == len(list(params.a))


# --- jacobian -----------------------------------------------------------------------------------


@pytest.mark.jacobian
@given(case=some.networks_at_angles())
@example(case=(some.ON_KINKS, some.ANTIPODAL))
@example(case=(some.ON_KINKS, some.COINCIDENT + some.AXES))
def test_jacobian(case):
    params, angles = case
    angles = off_kinks(params, angles)
    expected = [reference.jacobian_row(params, t) for t in angles]
    assert_close(mn.output_jacobian(params, angles), expected, HOLD)


@pytest.mark.jacobian
@given(case=some.networks_at_angles())
def test_jacobian_slices(case):
    params, angles = case
    jacobian, slices = mn.output_jacobian(params, angles), mn.jacobian_slices(params)
    assert list(slices) == list(params.trained)
    for part, columns in slices.items():
        twin = [reference.partial_derivatives(params, t)[part] for t in angles]
        np.testing.assert_allclose(jacobian[:, columns], twin, rtol=0, atol=HOLD, err_msg=part)


@pytest.mark.jacobian
def test_central_differences_of_a_matrix_of_functions():
    def function(v):
        return [[v[0] ** 2 * v[1], v[1] * v[2]], [3 * v[2], v[0] * v[2] ** 2]]

    x, y, z = point = [1.3, -0.4, 2.2]
    expected = [[[2 * x * y, x**2, 0], [0, z, y]], [[0, 0, 3], [z**2, 0, 2 * x * z]]]
    for step in ({}, {"step": 1e-3}):
        assert_close(mn.central_differences(function, point, **step), expected, 1e-11)


@pytest.mark.jacobian
def test_a_central_difference_is_off_by_a_sixth_of_the_third_derivative():
    error = mn.central_differences(lambda v: v[0] ** 3, [2.0], step=0.1)[0] - 12.0
    assert error == pytest.approx(0.1**2, rel=1e-10)
    error = mn.central_differences(lambda v: v[0] ** 3, [2.0])[0] - 12.0
    assert error == pytest.approx(1e-4**2, rel=0.02)


# --- ntk ----------------------------------------------------------------------------------------


@pytest.mark.ntk
@pytest.mark.parametrize("road", ["empirical", "factorised"])
@given(case=some.networks_at_angles(), seed=some.seeds)
@example(case=(some.ON_KINKS, some.ANTIPODAL), seed=1)
@example(case=(some.ON_KINKS, some.COINCIDENT + some.AXES), seed=2)
def test_empirical_kernel(road, case, seed):
    params, angles = case
    angles = off_kinks(params, angles)
    others = some.distinct_angles(len(angles) + 2, np.random.default_rng(seed))
    kernel, parts = getattr(mn, f"{road}_ntk"), getattr(mn, f"{road}_ntk_parts")
    for columns, arguments in ((angles, [angles]), (others, [angles, others])):
        expected = table(lambda t, u: reference.ntk(params, t, u), angles, columns)
        assert_close(kernel(params, *arguments), expected, HOLD)
        by_part = parts(params, *arguments)
        assert list(by_part) == list(params.trained)
        for part, ours in by_part.items():
            twin = table(lambda t, u, p=part: reference.ntk_part(params, p, t, u), angles, columns)
            size = np.abs(expected).max()
            np.testing.assert_allclose(ours, twin, rtol=0, atol=HOLD * size, err_msg=part)


@pytest.mark.ntk
@pytest.mark.parametrize("trained", some.TRAINED_SUBSETS, ids="".join)
@pytest.mark.parametrize("chunk", [4096, 4])
def test_monte_carlo_kernel(trained, chunk):
    law = {"weight_std": 1.3, "bias_std": 0.4, "output_law": "normal", "trained": trained}
    rows, columns, neurons = [0.3, 2.0, -1.1], [0.3, 1.0], 11
    drawn = mn.initialise(neurons, np.random.default_rng(5), **law)
    mean, error = mn.monte_carlo_ntk(
        rows, neurons, np.random.default_rng(5), columns, chunk=chunk, **law
    )
    expected = table(lambda t, u: reference.neuron_statistics(drawn, t, u), rows, columns)
    assert_close(mean, expected[..., 0], HOLD, "mean")
    assert_close(error, expected[..., 1], 1e-12, "standard error")
    assert np.count_nonzero(error) > 3


@pytest.mark.ntk
def test_monte_carlo_kernel_without_bias_and_on_one_set_of_angles():
    rows = [0.3, 2.0, -1.1]
    drawn = mn.initialise(7, np.random.default_rng(6), bias=False)
    mean, error = mn.monte_carlo_ntk(rows, 7, np.random.default_rng(6), bias=False)
    expected = table(lambda t, u: reference.neuron_statistics(drawn, t, u), rows, rows)
    assert_close(mean, expected[..., 0], HOLD, "mean")
    assert_close(error, expected[..., 1], 1e-12, "standard error")


# --- arccosine ----------------------------------------------------------------------------------


@pytest.mark.arccosine
@given(theta=st.lists(some.separations, min_size=1, max_size=5))
@example(theta=[0.0, 1e-8, math.pi - 1e-8, math.pi])
def test_arc_cosine_kernels(theta):
    for ours, twin in ((mn.kappa0, reference.kappa0), (mn.kappa1, reference.kappa1)):
        expected = [twin(t) for t in theta]
        np.testing.assert_allclose(ours(theta), expected, rtol=0, atol=1e-15)
        assert ours(theta[0]).shape == ()
        assert ours([theta]).shape == (1, len(theta))


@pytest.mark.arccosine
@given(law=some.laws(), theta=st.lists(some.separations, min_size=1, max_size=4))
@example(law={"bias_std": 0.3, "weight_std": 2.5}, theta=[0.0, 1e-8, math.pi - 1e-8, math.pi])
@example(law={"bias_std": 1e-9}, theta=[0.0, 1e-9, 3.0, math.pi])
def test_limit_of_angle(law, theta):
    parts = mn.ntk_parts_of_angle(theta, **law)
    names = law.get("trained") or (("w", "b", "a") if law.get("bias", True) else ("w", "a"))
    assert list(parts) == list(names)
    s, beta = law.get("weight_std", 1.0), law.get("bias_std", 0.0)
    size = 1 + s**2 + beta**2
    for part, ours in parts.items():
        twin = [reference.limit_parts(t, s, beta)[part] for t in theta]
        np.testing.assert_allclose(ours, twin, rtol=0, atol=1e-15 * size, err_msg=part)
    whole = [reference.limit(t, names, weight_std=s, bias_std=beta) for t in theta]
    np.testing.assert_allclose(mn.ntk_of_angle(theta, **law), whole, rtol=0, atol=2e-15 * size)


@pytest.mark.arccosine
@given(law=some.laws(), angles=some.angle_lists(), others=some.angle_lists())
@example(law={}, angles=some.COINCIDENT, others=some.ANTIPODAL)
@example(law={"bias_std": 0.3}, angles=some.FAR, others=some.AXES)
def test_limit_matrix(law, angles, others):
    s, beta = law.get("weight_std", 1.0), law.get("bias_std", 0.0)
    size = 1 + s**2 + beta**2
    for columns, arguments in ((angles, [angles]), (others, [angles, others])):
        parts = mn.infinite_ntk_parts(*arguments, **law)
        for part, ours in parts.items():
            twin = table(
                lambda t, u, p=part: reference.limit_parts(reference.angle_between(t, u), s, beta)[
                    p
                ],
                angles,
                columns,
            )
            np.testing.assert_allclose(ours, twin, rtol=0, atol=1e-15 * size, err_msg=part)
        whole = table(
            lambda t, u, p=tuple(parts): reference.limit(
                reference.angle_between(t, u), p, weight_std=s, bias_std=beta
            ),
            angles,
            columns,
        )
        ours = mn.infinite_ntk(*arguments, **law)
        np.testing.assert_allclose(ours, whole, rtol=0, atol=2e-15 * size)


# --- eigenvalues --------------------------------------------------------------------------------


@pytest.mark.eigenvalues
@pytest.mark.parametrize("part", ["w", "b", "a"])
def test_eigenvalues_by_part(part):
    ours = mn.fourier_eigenvalue_parts(9)[part]
    assert_close(ours, [reference.eigenvalue(k, part) for k in range(10)], HOLD, "closed form")

    def kernel(u):
        return reference.limit_parts(u)[part]

    integrals = [reference.eigenvalue_by_integral(kernel, k) for k in range(10)]
    assert_close(ours, integrals, HOLD, "integral")


@pytest.mark.eigenvalues
@given(law=some.closed_form_laws(), k_max=st.integers(0, 6))
def test_eigenvalues_of_any_law(law, k_max):
    parts = mn.fourier_eigenvalue_parts(k_max, **law)
    s = law["weight_std"]
    names = law["trained"] or (("w", "b", "a") if law["bias"] else ("w", "a"))
    assert list(parts) == list(names)
    expected = {
        part: [
            (s**2 if part == "a" else 1) * reference.eigenvalue(k, part) for k in range(k_max + 1)
        ]
        for part in names
    }
    for part in names:
        assert_close(parts[part], expected[part], HOLD, part)
    assert_close(mn.fourier_eigenvalues(k_max, **law), np.sum(list(expected.values()), 0), HOLD)


@pytest.mark.eigenvalues
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 17, 30, 33])
@pytest.mark.parametrize("options", [{}, {"bias": False, "weight_std": 1.4}], ids=["all", "w, a"])
def test_aliased_eigenvalues(n, options):
    names = ("w", "b", "a") if options.get("bias", True) else ("w", "a")
    s = options.get("weight_std", 1.0)
    scales = {"w": 1.0, "b": 1.0, "a": s**2}
    ours = mn.aliased_eigenvalues(n, **options)
    sums = [
        math.fsum(scales[part] * reference.aliased_eigenvalue(k, n, part) for part in names)
        for k in range(n)
    ]
    assert_close(ours, sums, HOLD, "term by term")
    row = [
        reference.limit(reference.angle_between(0.0, 2 * math.pi * j / n), names, weight_std=s)
        for j in range(n)
    ]
    transform = [reference.circulant_eigenvalue([row] * n, k) for k in range(n)]
    assert_close(ours, transform, HOLD, "transform of the first row")


@pytest.mark.eigenvalues
@pytest.mark.parametrize("trained", some.TRAINED_SUBSETS, ids="".join)
@pytest.mark.parametrize("n", [6, 7])
def test_aliased_eigenvalues_of_trained_parts(trained, n):
    ours = mn.aliased_eigenvalues(n, trained=trained)
    sums = [math.fsum(reference.aliased_eigenvalue(k, n, p) for p in trained) for k in range(n)]
    assert_close(ours, sums, HOLD)


@pytest.mark.eigenvalues
@pytest.mark.parametrize("law", [{}, {"bias_std": 0.3, "weight_std": 0.7}, {"trained": ("b",)}])
def test_quadrature_eigenvalues(law):
    options = {key: value for key, value in law.items() if key != "trained"}
    parts = law.get("trained", ("w", "b", "a"))
    expected = [
        reference.eigenvalue_by_integral(lambda u: reference.limit(u, parts, **options), k)
        for k in range(6)
    ]
    for nodes in ({}, {"nodes": 90}):
        ours = mn.quadrature_eigenvalues(lambda u: mn.ntk_of_angle(u, **law), 5, **nodes)
        assert_close(ours, expected, HOLD, f"{nodes}")


# --- spectrum -----------------------------------------------------------------------------------


@pytest.mark.spectrum
def test_kernel_operator():
    def kernel(u):
        return np.exp(-u) * (1 + u)

    def function(t):
        return np.sin(2 * t) + np.exp(np.cos(t - 1))

    angles = [0.3, -50.3, 2.0]
    expected = []
    for t in angles:
        halves = [
            reference.integral(lambda u, t=t: kernel(abs(u)) * function(t - u), *ends)
            for ends in ((-math.pi, 0.0), (0.0, math.pi))
        ]
        expected.append(math.fsum(halves) / (2 * math.pi))
    assert_close(mn.kernel_operator(kernel, function, angles), expected, 1e-13)
    assert_close(mn.kernel_operator(kernel, function, angles, nodes=40), expected, 1e-13)


@pytest.mark.spectrum
@pytest.mark.parametrize("whitened", [False, True])
@pytest.mark.parametrize(("n", "k_max"), [(3, 1), (7, 2), (9, 4), (12, 4)])
def test_low_frequency_block(whitened, n, k_max):
    rng = np.random.default_rng(n)
    angles = some.distinct_angles(n, rng)
    kernel = rng.standard_normal((n, n))  # not symmetric, so that a transpose shows
    expected = reference.low_frequency_block(kernel, angles, k_max, whitened)
    ours = mn.low_frequency_block(kernel, angles, k_max, whitened=whitened)
    assert_close(ours, expected, 1e-12)
    if k_max == 4:
        assert_close(mn.low_frequency_block(kernel, angles, whitened=whitened), expected, 1e-12)


@pytest.mark.spectrum
@pytest.mark.parametrize(("n", "k_max"), [(1, 0), (4, 1), (9, 4), (13, 4)])
def test_orthonormal_basis(n, k_max):
    angles = some.distinct_angles(n, np.random.default_rng(n))
    expected = reference.orthonormal_columns(reference.fourier_matrix(angles, k_max))
    assert_close(mn.orthonormal_basis(angles, k_max), expected, 1e-12)


@pytest.mark.spectrum
@pytest.mark.parametrize("k_max", [0, 1, 3])
def test_spectral_error(k_max):
    rng = np.random.default_rng(k_max)
    block = rng.standard_normal((2 * k_max + 1, 2 * k_max + 1))
    eigenvalues = rng.uniform(0.5, 2.0, k_max + 1)
    ours = mn.spectral_error(block, eigenvalues)
    assert ours == pytest.approx(reference.spectral_error(block, eigenvalues), rel=1e-12)


@pytest.mark.spectrum
@pytest.mark.parametrize("n", [2, 5, 6])
def test_circulant_matrices(n):
    rng = np.random.default_rng(n)
    kernel = rng.standard_normal((n, n))
    expected = reference.circulant_deviation(kernel)
    assert mn.circulant_deviation(kernel) == pytest.approx(expected, rel=1e-12)
    row = rng.standard_normal(n)
    circulant = np.array([[row[(j - i) % n] for j in range(n)] for i in range(n)])
    symmetric = circulant + circulant.T
    expected = [reference.circulant_eigenvalue(symmetric, k) for k in range(n)]
    assert_close(mn.circulant_eigenvalues(symmetric), expected, HOLD)


@pytest.mark.spectrum
@given(pair=st.tuples(some.kernels(3, 5), some.seeds))
def test_alignment_measures(pair):
    (kernel, _), seed = pair
    rng = np.random.default_rng(seed)
    n = len(kernel)
    factor, targets = rng.standard_normal((n, n)), rng.standard_normal(n)
    other = factor @ factor.T
    centred, other_centred = reference.centred(kernel), reference.centred(other)
    y = targets - math.fsum(targets) / n
    pairs = {
        "alignment": (mn.kernel_alignment(kernel, other), reference.alignment(kernel, other)),
        "distance": (mn.kernel_distance(kernel, other), 1 - reference.alignment(kernel, other)),
        "centred": (
            mn.centred_kernel_alignment(kernel, other),
            reference.alignment(centred, other_centred),
        ),
        "target": (
            mn.target_alignment(kernel, targets),
            reference.target_alignment(kernel, targets),
        ),
        "target centred": (
            mn.target_alignment(kernel, targets, centred=True),
            reference.target_alignment(centred, y),
        ),
        "share": (mn.off_diagonal_share(kernel), reference.off_diagonal_share(kernel)),
        "rank": (mn.effective_rank(kernel), reference.effective_rank(kernel)),
    }
    for measure, (ours, twin) in pairs.items():
        assert ours == pytest.approx(twin, rel=1e-10, abs=1e-13), measure


@pytest.mark.spectrum
def test_centring_a_matrix_that_is_not_symmetric():
    rng = np.random.default_rng(0)
    left, right = rng.standard_normal((2, 5, 5))
    expected = reference.alignment(reference.centred(left), reference.centred(right))
    assert mn.centred_kernel_alignment(left, right) == pytest.approx(expected, rel=1e-12)


@pytest.mark.spectrum
@pytest.mark.parametrize(("size", "k_max"), [(4, 1), (6, 1), (7, 2), (10, 4)])
@given(data=st.data())
def test_subspace_overlap(size, k_max, data):
    kernel, angles = data.draw(some.separated_kernels(size))
    expected = reference.subspace_overlap(kernel, angles, k_max)
    assert mn.subspace_overlap(kernel, angles, k_max) == pytest.approx(expected, abs=1e-10)
    if k_max == 4:
        assert mn.subspace_overlap(kernel, angles) == pytest.approx(expected, abs=1e-10)


# --- dynamics -----------------------------------------------------------------------------------


def starts(kernel, seed):
    """f(0) and targets on the training points, a kernel to test points, and f(0) there."""
    rng = np.random.default_rng(seed)
    n = len(kernel)
    return (
        *rng.standard_normal((2, n)),
        rng.standard_normal((n + 1, n)),
        rng.standard_normal(n + 1),
    )


@pytest.mark.dynamics
@given(pair=some.kernels(), seed=some.seeds)
def test_frozen_flow(pair, seed):
    kernel = pair[0]
    f0, y, test_kernel, test_f0 = starts(kernel, seed)
    times = [0.0, 1.3, 0.2]
    twins = [reference.flow(kernel, f0, y, time, test_kernel, test_f0) for time in times]
    assert_close(mn.frozen_flow(kernel, f0, y, times), [train for train, _ in twins], 1e-12)
    ours = mn.frozen_flow(
        kernel, f0, y, times, test_kernel=test_kernel, test_initial_output=test_f0
    )
    assert_close(ours, [test for _, test in twins], 1e-12)


@pytest.mark.dynamics
@pytest.mark.parametrize("share", [0.03, 0.4, 0.8, 1.0], ids="eta = {} of the largest".format)
@given(pair=some.kernels(), seed=some.seeds)
def test_frozen_descent(share, pair, seed):
    kernel = pair[0]
    f0, y, test_kernel, test_f0 = starts(kernel, seed)
    eta = share * 2 / float(np.linalg.eigvalsh(kernel / len(kernel))[-1]) * (1 - 1e-12)
    steps = [7, 0, 1, 30]
    twins = [reference.descent(kernel, f0, y, eta, s, test_kernel, test_f0) for s in steps]
    ours = mn.frozen_descent(kernel, f0, y, eta, steps)
    assert_close(ours, [train for train, _ in twins], 1e-12)
    ours = mn.frozen_descent(
        kernel, f0, y, eta, steps, test_kernel=test_kernel, test_initial_output=test_f0
    )
    assert_close(ours, [test for _, test in twins], 1e-12)


@pytest.mark.dynamics
def test_mode_factors():
    eigenvalues, times, steps, eta = [0.0, 0.3, 1.1], [0.0, 0.7, 4.0, 2.0], [0, 3, 1, 8], 1.7
    by_series = [
        [reference.exponential([[-rate * t]])[0][0] for rate in eigenvalues] for t in times
    ]
    assert_close(mn.mode_decay(eigenvalues, times), by_series, HOLD)
    assert_close(mn.mode_decay(eigenvalues, 0.7), by_series[1:2], HOLD, "one time")
    by_steps = []
    for count in steps:
        row = [1.0, 1.0, 1.0]
        for _ in range(count):
            row = [value - eta * rate * value for value, rate in zip(row, eigenvalues, strict=True)]
        by_steps.append(row)
    assert_close(mn.mode_descent(eigenvalues, eta, steps), by_steps, HOLD)


@pytest.mark.dynamics
@pytest.mark.parametrize("options", [{}, {"remaining": 0.3}])
def test_time_and_steps_to_learn(options):
    eigenvalues, eta, left = np.array([1.4, 0.3, 1e-9]), 1.1, options.get("remaining", 0.05)
    times = mn.time_to_learn(eigenvalues, **options)
    for rate, time in zip(eigenvalues, times, strict=True):
        assert reference.exponential([[-rate * time]])[0][0] == pytest.approx(left, rel=1e-12)
    steps = mn.steps_to_learn(eigenvalues, eta, **options)
    for rate, count in zip(eigenvalues[:2], steps[:2], strict=True):
        low = high = 1.0  # what is left after the whole steps below and above
        for _ in range(math.floor(count)):
            low *= abs(1 - eta * rate)
        high = low * abs(1 - eta * rate)
        assert high < left <= low
        fraction = count - math.floor(count)
        assert low ** (1 - fraction) * high**fraction == pytest.approx(left, rel=1e-12)
    assert steps[2] == pytest.approx(times[2] / eta, rel=1e-8)  # a small ηλ keeps its digits


@pytest.mark.dynamics
def test_largest_stable_learning_rate():
    for rate in (0.3, 1.0, 4.0):
        eta = mn.largest_stable_learning_rate(rate)
        assert 1 - eta * rate == pytest.approx(-1.0, rel=1e-15)


@pytest.mark.dynamics
def test_lazy_growth():
    coefficients, eigenvalues, times = [1.2, -0.7, 0.4], [0.5, 0.08, 0.0], [0.0, 3.0, 11.0]
    expected = [reference.lazy_growth(coefficients, eigenvalues, time) for time in times]
    assert_close(mn.lazy_growth(coefficients, eigenvalues, times), expected, 1e-12)


@pytest.mark.dynamics
@given(case=some.networks_at_angles(), seed=some.seeds)
def test_gradient_descent(case, seed):
    params, angles = case
    targets = np.random.default_rng(seed).standard_normal(len(angles))
    trained, losses = mn.gradient_descent(params, mn.objective(angles, targets), 0.3, 5)
    twin, twin_losses = reference.descend(params, angles, targets, 0.3, 5)
    assert_close(losses, twin_losses, 1e-12)
    for part in ("w", "b", "a"):
        assert_close(getattr(trained, part), getattr(twin, part), 1e-12, part)
    assert trained.trained == params.trained


@pytest.mark.dynamics
@given(params=some.networks(), seed=some.seeds)
def test_balance_and_growth_rate(params, seed):
    np.testing.assert_allclose(
        mn.balance(params), reference.balance(params), rtol=0, atol=HOLD * 10
    )
    f, y = np.random.default_rng(seed).standard_normal((2, 5))
    expected = 2 / 5 * math.fsum((b - a) * a for a, b in zip(f, y, strict=True))
    assert mn.growth_rate(f, y) == pytest.approx(expected, rel=1e-12, abs=1e-14)


@pytest.mark.dynamics
@pytest.mark.parametrize("options", [{}, {"k_max": 1}])
def test_trace(options):
    rng = np.random.default_rng(3)
    params, angles = some.random_params(6, rng), some.distinct_angles(10, rng)
    targets = rng.standard_normal(10)
    trace = mn.Trace([0, 4, 2], angles, targets, kernel=mn.factorised_ntk, **options)
    mn.gradient_descent(params, mn.objective(angles, targets), 0.3, 4, record=trace)
    assert trace["step"].tolist() == [0, 2, 4]
    k_max = options.get("k_max", 4)
    for row, step in enumerate((0, 2, 4)):
        now, losses = reference.descend(params, angles, targets, 0.3, step)
        residual = [reference.output(now, t) - y for t, y in zip(angles, targets, strict=True)]
        kernel = table(lambda t, u, now=now: reference.ntk(now, t, u), angles, angles)
        twins = {
            "loss": losses[-1],
            "residual_spectrum": reference.fourier_coefficients(angles, residual, k_max),
            "norms": [math.hypot(*np.ravel(part)) for part in (now.w, now.b, now.a)],
            "kernel_block": reference.low_frequency_block(kernel, angles, k_max),
        }
        for column, twin in twins.items():
            assert_close(trace[column][row], twin, 1e-12, f"{column} at step {step}")
            kept = getattr(trace.snapshots[row], column)
            np.testing.assert_array_equal(kept, trace[column][row])
