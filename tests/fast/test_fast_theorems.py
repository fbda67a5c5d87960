"""What must hold whatever the plain code says: symmetry, order, rotation, transposes, sizes."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minintk as mn
from minintk import fast
from minintk.fast import arcs, sweep
from tests.reference import awkward
from tests.reference.closeness import assert_close


def turned(params, turn):
    c, s = np.cos(turn), np.sin(turn)
    return mn.Params(params.w @ np.array([[c, s], [-s, c]]), params.b, params.a, params.trained)


@pytest.mark.forward
@given(drawn=awkward.few(), turn=st.floats(-7.0, 7.0))
def test_turning_points_and_weights_changes_nothing(drawn, turn):
    params, angles, _ = drawn
    angles = awkward.off_kinks(turned(params, turn), angles + turn) - turn
    other = turned(params, turn)
    size = np.sum(
        np.abs(params.a) * (np.abs(params.w).sum(axis=1) + np.abs(params.b)) + params.a**2
    )
    for function in (fast.forward, fast.empirical_ntk):
        error = np.abs(function(other, angles + turn) - function(params, angles)).max()
        assert error <= 1e-12 * (1 + size**2), function.__name__


@pytest.mark.forward
@given(seed=st.integers(0, 2**32))
def test_results_follow_the_order_of_the_angles(seed):
    rng = np.random.default_rng(seed)
    params, angles = awkward.network(20, 5, rng), rng.uniform(-9, 9, 30)
    others, order = rng.uniform(-9, 9, 12), rng.permutation(30)
    output, kernel = fast.forward(params, angles), fast.empirical_ntk(params, angles, others)
    np.testing.assert_array_equal(fast.forward(params, angles[order]), output[order])
    np.testing.assert_array_equal(fast.empirical_ntk(params, angles[order], others), kernel[order])
    assert_close(fast.empirical_ntk(params, others, angles), kernel.T, 1e-13, "transposed")
    square = fast.empirical_ntk(params, angles)
    np.testing.assert_array_equal(
        fast.empirical_ntk(params, angles[order]), square[np.ix_(order, order)]
    )
    assert_close(square, square.T, 1e-13, "symmetric")
    assert np.linalg.eigvalsh(square).min() > -1e-12 * np.abs(square).max()


@pytest.mark.forward
@given(drawn=awkward.few())
def test_running_sums_and_sums_on_arcs_are_transposes(drawn):
    params, angles, rng = drawn
    samples = arcs.sort_angles(angles)
    spans = arcs.spans_of_arcs(arcs.neuron_arcs(params), samples)
    of_neurons = rng.standard_normal((2, params.width))
    of_samples = rng.standard_normal((2, len(angles)))
    left = np.sum(arcs.running_sums(spans, of_neurons, len(angles)) * of_samples)
    right = np.sum(arcs.sums_on_arcs(spans, of_samples) * of_neurons)
    assert abs(left - right) <= 1e-12 * np.abs(of_neurons).sum() * np.abs(of_samples).sum()


@pytest.mark.circle
@pytest.mark.parametrize("n", [1, 5, 3000, 70_000])
@pytest.mark.parametrize("spread", [2 * np.pi, 1e-3])
def test_places_found_by_table_and_by_search(n, spread):
    rng = np.random.default_rng(n)
    samples = arcs.sort_angles(rng.uniform(0, spread, n))
    limits = np.concatenate([samples.angles, samples.angles + 1e-9, rng.uniform(0, 6, 50), [0.0]])
    zero_length = arcs.Arcs(limits, limits, np.zeros(len(limits), dtype=bool))
    spans = arcs.spans_of_arcs(zero_length, samples)
    np.testing.assert_array_equal(spans.first, np.searchsorted(samples.angles, limits, "right"))
    np.testing.assert_array_equal(spans.stop, spans.first)
    from_zero = arcs.Arcs(0 * limits - 1e-300, limits, np.zeros(len(limits), dtype=bool))
    spans = arcs.spans_of_arcs(from_zero, samples)
    np.testing.assert_array_equal(spans.stop, np.searchsorted(samples.angles, limits, "left"))


@pytest.mark.circle
@pytest.mark.parametrize("largest", [9, 65_535, 65_536, 70_000])
def test_order_of_short_and_long_keys(largest):
    keys = np.array([3, largest, 4, 3, 0])
    np.testing.assert_array_equal(sweep._order(keys), np.argsort(keys, kind="stable"))


@pytest.mark.circle
def test_far_angles_keep_their_digits():
    angles = np.array([1e6, -1e6, 12345.678])
    samples = arcs.sort_angles(angles)
    assert_close(np.cos(samples.angles), np.cos(angles)[samples.order], 1e-15)
    assert_close(np.sin(samples.angles), np.sin(angles)[samples.order], 1e-15)


# --- large sizes, on sampled rows ---------------------------------------------------------------


@pytest.mark.ntk
def test_large_kernel_on_sampled_entries():
    rng = np.random.default_rng(0)
    params = awkward.network(65_536, 96, rng)
    angles = awkward.off_kinks(awkward.network(96, 96, rng), awkward.angles(4096, 0, rng))
    rows, columns = rng.integers(0, len(angles), 7), rng.integers(0, len(angles), 60)
    kernel = fast.empirical_ntk(params, angles)
    expected = mn.factorised_ntk(params, angles[rows], angles[columns])
    assert_close(kernel[np.ix_(rows, columns)], expected, 1e-13, "kernel")
    vector = rng.standard_normal(len(angles))
    product = fast.empirical_ntk_product(params, angles, vector)
    assert_close(product, kernel @ vector, 1e-13, "product")
    output = fast.forward(params, angles)
    assert_close(output[columns], mn.forward(params, angles[columns]), 1e-13, "output")
    some = rng.integers(0, params.width, 50)
    few = mn.Params(params.w[some], params.b[some], params.a[some])
    targets = rng.standard_normal(len(angles))
    gradient = fast.loss_and_gradient(params, angles, targets)[1]
    share = (output - targets) / len(angles) * np.sqrt(50 / params.width)
    expected = mn.backward(few, mn.forward_with_cache(few, angles)[1], share)
    for part in "wba":
        largest = np.abs(getattr(gradient, part)).max()
        error = np.abs(getattr(gradient, part)[some] - getattr(expected, part)).max()
        assert error <= 1e-13 * largest, part


@pytest.mark.ntk
@pytest.mark.parametrize(("n", "m"), [(50, 70_001), (3, 70_001), (70_000, 40)])
def test_more_than_one_piece_of_work(n, m):
    rng = np.random.default_rng(n)
    params, angles = awkward.network(m, 3, rng), rng.uniform(0.001, 6.0, n)
    some = rng.integers(0, n, 11)
    assert_close(
        fast.empirical_ntk(params, angles[some], angles[some]),
        mn.factorised_ntk(params, angles[some]),
        1e-13,
        "kernel",
    )
    assert_close(fast.forward(params, angles), mn.forward(params, angles), 1e-13, "output")
    wide = fast.empirical_ntk(params, angles[some], angles)
    assert_close(wide, mn.factorised_ntk(params, angles[some], angles), 1e-13, "wide kernel")
    vector = rng.standard_normal(n)
    if n < 100:
        kernel = mn.factorised_ntk(params, angles)
        expected, projected = kernel @ vector, mn.low_frequency_block(kernel, angles, 1)
        white = mn.low_frequency_block(kernel, angles, 1, whitened=True)
    else:
        jacobian = mn.output_jacobian(params, angles)
        expected = jacobian @ (jacobian.T @ vector)
        basis = mn.fourier_basis(angles, 1)
        q = np.linalg.qr(basis)[0] * np.sign(np.linalg.qr(basis)[1].diagonal())
        projected, white = (b.T @ jacobian for b in (basis / n, q / np.sqrt(n)))
        projected, white = projected @ projected.T, white @ white.T
    assert_close(fast.empirical_ntk_product(params, angles, vector), expected, 1e-13, "product")
    block = fast.empirical_low_frequency_block(params, angles, 1)
    assert_close(block, projected, 1e-13, "block")
    block = fast.empirical_low_frequency_block(params, angles, 1, whitened=True)
    assert_close(block, white, 1e-13, "whitened")


@pytest.mark.ntk
@pytest.mark.parametrize(("n", "m"), [(40, 400_000), (1500, 70_000)])
def test_memory_beside_the_result_stays_below_64_mib(n, m):
    rng = np.random.default_rng(0)
    params, angles = mn.initialise(m, rng, bias_std=0.5), mn.sample_angles(n, rng)
    tracemalloc.start()
    fast.empirical_ntk(params, angles)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak - 8 * n**2 < 64 * 2**20


@pytest.mark.dynamics
def test_ten_thousand_steps_stay_with_the_plain_ones():
    rng = np.random.default_rng(6)
    params = awkward.network(15, 0, rng)
    angles = rng.uniform(0, 6, 20)
    targets = np.sin(angles) + 0.5 * np.cos(3 * angles)
    arguments = 0.05, 10_000
    trained, losses = mn.gradient_descent(params, fast.objective(angles, targets), *arguments)
    plain, plain_losses = mn.gradient_descent(params, mn.objective(angles, targets), *arguments)
    for part in "wba":
        assert_close(getattr(trained, part), getattr(plain, part), 1e-9, part)
        moved = np.abs(getattr(plain, part) - getattr(params, part)).max()
        assert moved > 0.01, f"{part} must move for this to show anything"
    assert np.abs(losses - plain_losses).max() <= 1e-9 * plain_losses[0]


@pytest.mark.ntk
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32))
def test_infinite_product_is_symmetric_and_positive(seed):
    rng = np.random.default_rng(seed)
    angles = awkward.angles(40, 17, rng)
    u, v = rng.standard_normal((2, 40))
    ku, kv = (fast.infinite_ntk_product(angles, x) for x in (u, v))
    assert abs(u @ kv - v @ ku) <= 1e-12 * np.abs(ku).sum()
    assert u @ ku > 0
