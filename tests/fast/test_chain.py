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
