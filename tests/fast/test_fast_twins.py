"""Every fast function against its plain twin, for networks with every awkward arc."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minintk as mn
from minintk import fast
from minintk.fast import sweep
from tests.reference import awkward
from tests.reference.closeness import assert_close

HOLD = 1e-13  # relative to the largest entry of the plain result
LAWS = [
    {},
    {"bias": False},
    {"bias_std": 0.7},
    {"bias_std": 1.0},
    {"bias_std": 1e-9},
    {"bias_std": 0.4, "weight_std": 1.7, "trained": ("b", "a")},
    {"weight_std": 0.6, "trained": ("w", "a")},
    {"trained": ("b",)},
    {"weight_std": 2.0, "trained": ("a",)},
]
laws = pytest.mark.parametrize("law", LAWS, ids=str)


def within(actual, expected, size, case):
    """Fail where the absolute error is above 1e-14 of the size of what was added up."""
    error = float(np.abs(np.asarray(actual) - expected).max())
    assert error <= 1e-14 * size, f"{case}: error {error:.1e}, size {size:.1e}"


def sizes(params):
    """How large a sum over the neurons can be, of outputs and of kernel entries."""
    norms = np.abs(params.w).sum(axis=1) + np.abs(params.b)
    outputs = np.sum(np.abs(params.a) * norms) / math.sqrt(params.width)
    return outputs, np.sum(params.a**2 * 2 + norms**2) / params.width


# --- samples ------------------------------------------------------------------------------------


@pytest.mark.forward
@given(drawn=awkward.few())
def test_output_of_few_neurons(drawn):
    params, angles, _ = drawn
    within(fast.forward(params, angles), mn.forward(params, angles), sizes(params)[0], "output")


@pytest.mark.forward
def test_the_layout_of_an_array_in_memory_does_not_matter():
    drawn = mn.initialise(9, np.random.default_rng(0), bias_std=0.5)
    angles = mn.sample_angles(12, np.random.default_rng(1))
    by_columns = mn.Params(np.asfortranarray(drawn.w), drawn.b[::-1].copy()[::-1], drawn.a)
    assert_close(fast.forward(by_columns, angles[::-1])[::-1], mn.forward(drawn, angles), HOLD)
    assert_close(fast.empirical_ntk(by_columns, angles), mn.empirical_ntk(drawn, angles), HOLD)


@pytest.mark.backward
@given(drawn=awkward.few())
def test_loss_and_gradient_of_few_neurons(drawn):
    params, angles, rng = drawn
    targets = rng.standard_normal(len(angles))
    loss, gradient = fast.loss_and_gradient(params, angles, targets)
    plain_loss, plain = mn.loss_and_gradient(params, angles, targets)
    output, _ = sizes(params)
    largest = max(np.abs(getattr(params, part)).max() for part in "wba")
    within(loss, plain_loss, (output + np.abs(targets).max()) ** 2, "loss")
    for part in "wba":
        size = (output + np.abs(targets).max()) * max(1.0, largest)
        within(getattr(gradient, part), getattr(plain, part), size, part)
        assert part in params.trained or not getattr(gradient, part).any()
    assert gradient.trained == params.trained


@pytest.mark.ntk
@given(drawn=awkward.few())
def test_kernel_of_few_neurons(drawn):
    params, angles, rng = drawn
    others = awkward.off_kinks(params, awkward.angles(17, 8, rng))
    size = sizes(params)[1]
    plain = mn.empirical_ntk(params, angles)
    within(fast.empirical_ntk(params, angles), plain, size, "kernel")
    plain = mn.empirical_ntk(params, angles, others)
    within(fast.empirical_ntk(params, angles, others), plain, size, "rectangle")
    parts = fast.empirical_ntk_parts(params, angles, others)
    assert tuple(parts) == params.trained
    for part, expected in mn.empirical_ntk_parts(params, angles, others).items():
        within(parts[part], expected, size, part)
    vector = rng.standard_normal(len(others))
    product = fast.empirical_ntk_product(params, angles, vector, others)
    within(product, plain @ vector, size * np.abs(vector).sum(), "product")


@pytest.mark.backward
@pytest.mark.ntk
@settings(max_examples=10)
@given(drawn=awkward.many())
def test_everything_of_many_neurons(drawn):
    params, angles, rng = drawn
    targets = rng.standard_normal(len(angles))
    assert_close(fast.forward(params, angles), mn.forward(params, angles), HOLD, "output")
    loss, gradient = fast.loss_and_gradient(params, angles, targets)
    plain_loss, plain = mn.loss_and_gradient(params, angles, targets)
    assert_close(loss, plain_loss, HOLD, "loss")
    for part in "wba":
        assert_close(getattr(gradient, part), getattr(plain, part), HOLD, f"gradient of {part}")
    kernel = mn.factorised_ntk(params, angles)
    assert_close(fast.empirical_ntk(params, angles), kernel, HOLD, "kernel")
    product = fast.empirical_ntk_product(params, angles, targets)
    assert_close(product, kernel @ targets, HOLD, "product")
    for whitened in (False, True):
        expected = mn.low_frequency_block(kernel, angles, 4, whitened=whitened)
        block = fast.empirical_low_frequency_block(params, angles, 4, whitened=whitened)
        assert_close(block, expected, HOLD, f"block, whitened {whitened}")


@pytest.mark.ntk
@settings(max_examples=3)
@given(drawn=awkward.many())
def test_rectangle_and_parts_of_many_neurons(drawn):
    params, angles, rng = drawn
    others = awkward.off_kinks(params, awkward.angles(200, 17, rng))
    expected = mn.factorised_ntk_parts(params, angles, others)
    parts = fast.empirical_ntk_parts(params, angles, others)
    assert tuple(parts) == tuple(expected)
    for part, kernel in expected.items():
        assert_close(parts[part], kernel, HOLD, part)


@pytest.mark.backward
@pytest.mark.parametrize("trained", [("w", "b", "a"), ("w", "b"), ("a",)], ids=str)
def test_objective_is_loss_and_gradient(trained):
    rng = np.random.default_rng(3)
    angles, targets = awkward.angles(23, 0, rng), rng.standard_normal(23)
    objective = fast.objective(angles, targets)
    for _ in range(2):
        params = awkward.network(11, 4, rng, trained)
        loss, gradient = objective(params)
        expected_loss, expected = fast.loss_and_gradient(params, angles, targets)
        assert loss == expected_loss
        for part in "wba":
            np.testing.assert_array_equal(getattr(gradient, part), getattr(expected, part))


@pytest.mark.forward
def test_antisymmetric_pairs_cancel():
    rng = np.random.default_rng(5)
    params = awkward.network(300, 60, rng, antisymmetric=True)
    output = fast.forward(params, awkward.angles(100, 17, rng))
    assert np.abs(output).max() < 1e-13


@pytest.mark.forward
@pytest.mark.parametrize(
    ("w", "b", "angles", "active"),
    [
        ((0.0, 1.0), 0.0, [0.0, 1e-9, -1e-9], [False, True, False]),  # the arc starts at sample 0
        ((0.0, -1.0), 0.0, [0.0, 1e-9, -1e-9], [False, False, True]),  # and ends there
        ((1.0, 0.0), -1.0, [0.0, 0.1, 3.0], [False, False, False]),  # tangent
        ((-1.0, 0.0), 1.0, [0.0, 0.1, 3.0], [False, True, True]),  # all but the tangent point
        ((0.0, 0.0), 0.0, [0.0, 0.1, 3.0], [False, False, False]),
        ((0.0, 0.0), 1e-300, [0.0, 0.1, 2 * math.pi], [True, True, True]),
    ],
    ids=str,
)
def test_kinks_that_are_exact_in_floating_point(w, b, angles, active):
    params = mn.Params([w], [b], [1.0], trained=("b",))
    diagonal = fast.empirical_ntk(params, angles).diagonal()
    expected = mn.empirical_ntk(params, angles).diagonal()
    np.testing.assert_array_equal(expected, np.array(active, dtype=float))
    if abs(b) != math.hypot(*w) or b <= 0:  # a whole circle less one point counts as whole
        np.testing.assert_array_equal(diagonal, expected)


# --- infinite width -----------------------------------------------------------------------------


@pytest.mark.arccosine
@laws
def test_infinite_kernel(law):
    rng = np.random.default_rng(0)
    angles, others = awkward.angles(61, 17, rng), awkward.angles(40, 17, rng)
    largest = float(mn.ntk_of_angle(0.0, **law))
    for fewer in (None, others):
        error = fast.infinite_ntk(angles, fewer, **law) - mn.infinite_ntk(angles, fewer, **law)
        assert np.abs(error).max() <= 1.5e-15 * max(1.0, largest)
    kernel = mn.infinite_ntk(angles, **law)
    vector = rng.standard_normal(61)
    product = fast.infinite_ntk_product(angles, vector, **law)
    assert_close(product, kernel @ vector, HOLD, "product")
    for whitened in (False, True):
        expected = mn.low_frequency_block(kernel, angles, 5, whitened=whitened)
        block = fast.infinite_low_frequency_block(angles, 5, whitened=whitened, **law)
        assert_close(block, expected, HOLD, f"whitened {whitened}")


@pytest.mark.arccosine
@laws
@pytest.mark.parametrize("n", [1, 2, 7, 64])
def test_infinite_kernel_on_a_grid(law, n):
    grid = mn.uniform_angles(n)
    expected = mn.infinite_ntk(grid, **law)
    kernel = fast.infinite_ntk(grid, **law)
    assert np.abs(kernel - expected).max() <= 1.5e-15 * max(1.0, expected[0, 0])
    assert mn.is_circulant(kernel, 0.0)
    eigenvalues = fast.grid_eigenvalues(n, **law)
    assert_close(eigenvalues, mn.circulant_eigenvalues(expected), HOLD)
    if law.get("bias_std", 0.0) == 0:
        assert_close(eigenvalues, mn.aliased_eigenvalues(n, **law), HOLD)


@pytest.mark.ntk
def test_one_set_of_angles_sorted_and_the_other_not():
    rng = np.random.default_rng(7)
    params, angles = awkward.network(20, 5, rng), np.linspace(0.1, 6.1, 9)
    for others in (angles[[4, 0, 2, 6, 8, 1, 3, 5, 7]], angles[::2], angles[::-1]):
        for rows, columns in ((others, angles), (angles, others)):
            kernel = fast.empirical_ntk(params, rows, columns)
            assert_close(kernel, mn.empirical_ntk(params, rows, columns), HOLD)


@pytest.mark.ntk
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 16, 17, 55, 56])
@pytest.mark.parametrize("in_threads_from", [0, 2**40])
def test_sizes_around_a_block_of_rows(n, in_threads_from, monkeypatch):
    monkeypatch.setattr(sweep, "_ENTRIES_FOR_THREADS", in_threads_from)
    rng = np.random.default_rng(n)
    params, angles = awkward.network(20, 0, rng), rng.uniform(-9, 9, n)
    kernel = fast.empirical_ntk(params, angles)
    assert_close(kernel, mn.empirical_ntk(params, angles), HOLD)


@pytest.mark.spectrum
def test_blocks_are_raw_unless_asked():
    rng = np.random.default_rng(2)
    params, angles = awkward.network(5, 0, rng), awkward.angles(30, 0, rng)
    raw = mn.low_frequency_block(mn.empirical_ntk(params, angles), angles)
    assert_close(fast.empirical_low_frequency_block(params, angles), raw, HOLD)
    raw = mn.low_frequency_block(mn.infinite_ntk(angles), angles)
    assert_close(fast.infinite_low_frequency_block(angles), raw, HOLD)


@pytest.mark.spectrum
def test_k_max_by_default_is_4():
    rng = np.random.default_rng(2)
    params, angles = awkward.network(5, 0, rng), awkward.angles(30, 0, rng)
    for function, first in (
        (fast.empirical_low_frequency_block, (params, angles)),
        (fast.infinite_low_frequency_block, (angles,)),
        (fast.population_low_frequency_block, (params,)),
    ):
        np.testing.assert_array_equal(function(*first), function(*first, 4))


# --- flow ---------------------------------------------------------------------------------------


def flow_problem(n, rng):
    angles = awkward.angles(n, 0, rng)
    targets = np.cos(angles) + 0.5 * np.sin(3 * angles) + 0.1 * rng.standard_normal(n)
    return angles, 0.3 * rng.standard_normal(n), targets


@pytest.mark.dynamics
@pytest.mark.parametrize("times", [[0.0, 0.1, 1.0, 30.0], [1e4], 500.0], ids=str)
@pytest.mark.parametrize("n", [1, 2, 17, 150])
def test_flow_by_lanczos(n, times):
    rng = np.random.default_rng(n)
    angles, initial, targets = flow_problem(n, rng)
    params = awkward.network(9, 2, rng)
    for case, kernel in {
        "infinite": mn.infinite_ntk(angles),
        "singular": mn.infinite_ntk(angles, bias=False),
        "empirical": mn.empirical_ntk(params, angles),
    }.items():
        output = fast.frozen_flow(kernel, initial, targets, times)
        expected = mn.frozen_flow(kernel, initial, targets, times)
        assert_close(output, expected, 1e-10, case)
        by_product = fast.frozen_flow(lambda v, k=kernel: k @ v, initial, targets, times)
        assert_close(by_product, expected, 1e-10, f"{case}, as a function")


@pytest.mark.dynamics
@pytest.mark.parametrize("times", [[0.0, 1.0, 30.0], [1e4]], ids=str)
def test_flow_at_test_points(times):
    rng = np.random.default_rng(8)
    angles, initial, targets = flow_problem(120, rng)
    others = awkward.angles(31, 0, rng)
    test = {"test_kernel": mn.infinite_ntk(others, angles), "test_initial_output": np.sin(others)}
    kernel = mn.infinite_ntk(angles)
    output = fast.frozen_flow(kernel, initial, targets, times, **test)
    assert_close(output, mn.frozen_flow(kernel, initial, targets, times, **test), 1e-10)


@pytest.mark.dynamics
@pytest.mark.parametrize("n", [1, 2, 9, 32])
def test_flow_on_a_grid(n):
    rng = np.random.default_rng(n)
    grid, times = mn.uniform_angles(n), [0.0, 0.5, 20.0, 1e4]
    initial, targets = rng.standard_normal(n), rng.standard_normal(n)
    output = fast.grid_flow(fast.grid_eigenvalues(n), initial, targets, times)
    expected = mn.frozen_flow(mn.infinite_ntk(grid), initial, targets, times)
    assert_close(output, expected, 1e-11)


@pytest.mark.dynamics
def test_flow_of_a_learned_target_stays():
    targets = np.array([1.0, -2.0, 0.5])
    output = fast.frozen_flow(np.eye(3), targets, targets, [0.0, 7.0])
    np.testing.assert_array_equal(output, [targets, targets])


@pytest.mark.dynamics
@pytest.mark.parametrize("size", [0.0, 1e-9, 1e9])
def test_flow_of_a_kernel_of_any_size(size):
    kernel = size * np.array([[2.0, 1.0, 0.0], [1.0, 2.0, 1.0], [0.0, 1.0, 2.0]])
    arguments = [0.3, 0.0, -0.2], [1.0, -2.0, 0.5], [0.0, 0.7 / max(size, 1.0), 1e9]
    output = fast.frozen_flow(kernel, *arguments)
    assert_close(output, mn.frozen_flow(kernel, *arguments), 1e-12)
    rates = size * np.array([1.0, 0.5, 0.5])
    circulant = size * np.array([[2.0, 0.5, 0.5], [0.5, 2.0, 0.5], [0.5, 0.5, 2.0]])
    output = fast.grid_flow(rates, *arguments)
    assert_close(output, mn.frozen_flow(circulant, *arguments), 1e-12)


@pytest.mark.dynamics
@given(seed=st.integers(0, 2**32), time=st.floats(0.01, 300.0))
def test_lanczos_keeps_its_bound(seed, time):
    rng = np.random.default_rng(seed)
    angles, initial, targets = flow_problem(60, rng)
    kernel = mn.infinite_ntk(angles)
    expected = mn.frozen_flow(kernel, initial, targets, [time])
    for tolerance in (1e-3, 1e-6):
        output = fast.frozen_flow(kernel, initial, targets, [time], tolerance=tolerance)
        error = np.linalg.norm(output - expected)
        assert error <= tolerance * np.linalg.norm(initial - targets) + 1e-12
