"""The empirical kernel and its low-frequency block."""

import math
import re
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minintk as mn
from minintk import fast
from tests.reference import awkward
from tests.reference.agreement import HOLD, sizes, within
from tests.reference.closeness import assert_close

# --- by hand --------------------------------------------------------------------------------------


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


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.forward
def test_the_layout_of_an_array_in_memory_does_not_matter():
    drawn = mn.initialise(9, np.random.default_rng(0), law=mn.Law(bias_std=0.5))
    angles = mn.sample_angles(12, np.random.default_rng(1))
    by_columns = mn.Params(np.asfortranarray(drawn.w), drawn.b[::-1].copy()[::-1], drawn.a)
    assert_close(fast.forward(by_columns, angles[::-1])[::-1], mn.forward(drawn, angles), HOLD)
    assert_close(fast.empirical_ntk(by_columns, angles), mn.empirical_ntk(drawn, angles), HOLD)


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
    expected = mn.empirical_ntk_parts(params, angles, others)
    parts = fast.empirical_ntk_parts(params, angles, others)
    assert tuple(parts) == tuple(expected)
    for part, kernel in expected.items():
        assert_close(parts[part], kernel, HOLD, part)


@pytest.mark.ntk
@pytest.mark.parametrize("size", [1e8, 1e12])
def test_a_huge_neuron_that_is_active_on_no_sample_costs_nothing(size):
    rng = np.random.default_rng(8)
    small, angles = awkward.network(20, 4, rng), mn.uniform_angles(16) + 0.1
    between = np.array([0.0, 0.3, 6.2])  # the first arc crosses the cut, without a sample
    w = np.vstack([size * np.stack([np.cos(between), np.sin(between)], axis=1), small.w])
    b, a = (
        np.append(size * np.array([-0.999, -0.999, -1.5]), small.b),
        np.append([size] * 3, small.a),
    )
    params = mn.Params(w, b, a)
    for more in ((), (angles[3:9],), (np.array([0.0, 1.0]),)):  # the last: active on columns only
        expected = mn.empirical_ntk(params, angles, *more)
        assert_close(fast.empirical_ntk(params, angles, *more), expected, 1e-13)
    expected = mn.low_frequency_block(mn.empirical_ntk(params, angles), angles, 3)
    assert_close(fast.empirical_low_frequency_block(params, angles, 3), expected, 1e-13)


@pytest.mark.ntk
def test_one_set_of_angles_sorted_and_the_other_not():
    rng = np.random.default_rng(7)
    params, angles = awkward.network(20, 5, rng), np.linspace(0.1, 6.1, 9)
    for others in (angles[[4, 0, 2, 6, 8, 1, 3, 5, 7]], angles[::2], angles[::-1]):
        for rows, columns in ((others, angles), (angles, others)):
            kernel = fast.empirical_ntk(params, rows, columns)
            assert_close(kernel, mn.empirical_ntk(params, rows, columns), HOLD)


@pytest.mark.ntk
def test_large_kernel_on_sampled_entries():
    rng = np.random.default_rng(0)
    params = awkward.network(65_536, 96, rng)
    angles = awkward.off_kinks(awkward.network(96, 96, rng), awkward.angles(4096, 0, rng))
    rows, columns = rng.integers(0, len(angles), 7), rng.integers(0, len(angles), 60)
    kernel = fast.empirical_ntk(params, angles)
    expected = mn.factorised_ntk(params, angles[rows], angles[columns])
    assert_close(kernel[np.ix_(rows, columns)], expected, 1e-13, "kernel")
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
    if n < 100:
        kernel = mn.factorised_ntk(params, angles)
        projected = mn.low_frequency_block(kernel, angles, 1)
        white = mn.low_frequency_block(kernel, angles, 1, whitened=True)
    else:
        jacobian = mn.output_jacobian(params, angles)
        basis = mn.fourier_basis(angles, 1)
        q = np.linalg.qr(basis)[0] * np.sign(np.linalg.qr(basis)[1].diagonal())
        projected, white = (b.T @ jacobian for b in (basis / n, q / np.sqrt(n)))
        projected, white = projected @ projected.T, white @ white.T
    block = fast.empirical_low_frequency_block(params, angles, 1)
    assert_close(block, projected, 1e-13, "block")
    block = fast.empirical_low_frequency_block(params, angles, 1, whitened=True)
    assert_close(block, white, 1e-13, "whitened")


# --- theorem --------------------------------------------------------------------------------------


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


@pytest.mark.ntk
@pytest.mark.parametrize(("n", "m"), [(40, 400_000), (1500, 70_000)])
def test_memory_beside_the_result_stays_below_64_mib(n, m):
    rng = np.random.default_rng(0)
    params, angles = mn.initialise(m, rng, law=mn.Law(bias_std=0.5)), mn.sample_angles(n, rng)
    tracemalloc.start()
    fast.empirical_ntk(params, angles)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak - 8 * n**2 < 64 * 2**20


# --- argument checks ------------------------------------------------------------------------------

NETWORK = awkward.network(3, 0, np.random.default_rng(0))
ANGLES = [0.3, 1.9, -2.0]
NAN = float("nan")

CASES = [
    ("angles must be finite", lambda: fast.empirical_ntk(NETWORK, [NAN])),
    ("must be finite, got inf", lambda: fast.empirical_ntk(NETWORK, ANGLES, [np.inf])),
    ("must have shape", lambda: fast.empirical_ntk_parts(NETWORK, ANGLES, 0.0)),
    ("k_max must be an integer", lambda: fast.empirical_low_frequency_block(NETWORK, ANGLES, -1)),
    (
        "angles must be at least 2 k_max + 1 = 5 in number, got 3",
        lambda: fast.empirical_low_frequency_block(NETWORK, ANGLES, 2, whitened=True),
    ),
]


@pytest.mark.project
@pytest.mark.parametrize(("message", "call"), CASES, ids=[case[0][:60] for case in CASES])
def test_rejected(message, call):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


@pytest.mark.project
@pytest.mark.parametrize(
    "call",
    [
        lambda: fast.empirical_ntk(NETWORK, np.zeros(12_000)),
    ],
)
def test_too_large_a_matrix_is_rejected_before_it_is_made(call):
    with pytest.raises(MemoryError, match="more than 1 GiB"):
        call()


@pytest.mark.project
def test_another_object_in_place_of_the_network():
    for function in (
        fast.empirical_ntk,
        fast.empirical_ntk_parts,
        fast.empirical_low_frequency_block,
    ):
        with pytest.raises(TypeError, match="params must be a Params"):
            function([1.0], ANGLES)
