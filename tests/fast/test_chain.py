"""The chain rule of one neuron, against the core's backward pass and its Jacobian."""

import numpy as np
import pytest
from hypothesis import given

import minintk as mn
from minintk.fast import arcs, chain
from minintk.fast.order import sort_angles
from tests.reference import awkward
from tests.reference.closeness import assert_close

# --- reference ------------------------------------------------------------------------------------


@pytest.mark.backward
@given(drawn=awkward.few())
def test_products_with_the_jacobian_and_its_transpose(drawn):
    params, angles, rng = drawn
    samples = sort_angles(angles)
    jacobian = mn.output_jacobian(params, samples.angles) * np.sqrt(params.width)
    spans, weights = arcs.spans_of_arcs(params, samples), arcs.augmented_weights(params)
    direction = rng.standard_normal(len(angles))
    sums = arcs.sums_on_arcs(spans, samples.points * direction)
    rows = chain.transposed(params, weights, sums)
    assert rows.shape == (4, params.width)
    gradient = mn.Params(rows[:2].T, rows[2], rows[3], params.trained)
    assert_close(1 + mn.flatten(gradient), 1 + jacobian.T @ direction, 1e-12)
    change = rng.standard_normal(rows.shape)
    for row, part in zip(change, "wwba", strict=True):
        row *= part in params.trained
    moved = chain.coefficients_of(params, weights, change)
    output = np.sum(arcs.running_sums(spans, moved, len(angles)) * samples.points, axis=0)
    flat = mn.flatten(mn.Params(change[:2].T, change[2], change[3], params.trained))
    assert_close(1 + output, 1 + jacobian @ flat, 1e-12)
    for part, row in zip("wwba", rows, strict=True):
        assert part in params.trained or not row.any()
    of_sums = chain.gradient_on_arcs(params, weights, sums.copy())
    np.testing.assert_array_equal(mn.flatten(of_sums), mn.flatten(gradient))


@pytest.mark.dynamics
def test_largest_eigenvalue_of_matrices():
    rng = np.random.default_rng(2)
    for n in (1, 2, 5, 40):
        for rank in {1, n}:
            factor = rng.standard_normal((n, rank)) * 10.0 ** rng.uniform(-80, 50)
            matrix = factor @ factor.T
            true = np.linalg.eigvalsh(matrix)[-1]
            found = chain.largest_of(lambda v, k=matrix: k @ v, np.ones(n))
            assert 0.95 * true <= found <= true * (1 + 1e-12)
    assert chain.largest_of(lambda v: 0 * v, np.ones(3)) == 0
    assert chain.largest_of(lambda v: v, np.zeros(3)) == 0


@pytest.mark.dynamics
def test_close_eigenvalues_do_not_stop_the_search_early():
    rates = np.append(np.linspace(0.0, 0.9, 200), 1.0)
    start = np.append(np.ones(200), 1e-3)
    products = []
    found = chain.largest_of(lambda v: products.append(v) or rates * v, start)
    assert 0.95 <= found <= 1 + 1e-12
    assert len(products) <= 20


@pytest.mark.dynamics
def test_nothing_is_counted_twice_where_the_span_is_all_but_exhausted():
    rng = np.random.default_rng(3)
    factors = rng.standard_normal((300, 64, 3)) * [1.0, 0.9, 0.7]
    matrices = factors @ factors.swapaxes(1, 2)
    true = np.linalg.eigvalsh(matrices)[:, -1]
    shares = 10.0 ** rng.uniform(-6, 0, (300, 3))
    starts = np.einsum("sij,sj->si", factors, shares)
    found = chain.largest_of_each(lambda v: np.einsum("sij,sj->si", matrices, v), starts)
    assert (found <= true * (1 + 1e-12)).all()
    assert (found >= 0.95 * true).all()
    alone = [
        chain.largest_of(lambda v, k=matrix: k @ v, start)
        for matrix, start in zip(matrices, starts, strict=True)
    ]
    assert_close(found, alone, 1e-3)
