"""The arcs on which neurons are active, the samples on them, and sums over both."""

import numpy as np
import pytest
from hypothesis import given

from minintk.fast import arcs
from tests.reference import awkward
from tests.reference.closeness import assert_close

# --- reference ------------------------------------------------------------------------------------


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


# --- theorem --------------------------------------------------------------------------------------


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
def test_far_angles_keep_their_digits():
    angles = np.array([1e6, -1e6, 12345.678])
    samples = arcs.sort_angles(angles)
    assert_close(np.cos(samples.angles), np.cos(angles)[samples.order], 1e-15)
    assert_close(np.sin(samples.angles), np.sin(angles)[samples.order], 1e-15)
