"""The arcs on which neurons are active, the samples on them, and sums over both."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minintk as mn
from minintk.fast import arcs
from minintk.fast.order import sort_angles
from tests.reference import awkward
from tests.reference.closeness import assert_close


def active(spans, n):
    """The indicators 1_r(i), (m, n), by counting around the circle."""
    flags = np.zeros((len(spans.first), n), dtype=int)
    for row, first, stop in zip(flags, *spans.places, strict=True):
        for number in range(first, stop):
            row[number % n] += 1
    return flags


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.circle
def test_quarter_turns():
    samples = sort_angles(math.pi * np.arange(4) / 2)
    half_circles = mn.Params([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]], [0.5] * 4, [1] * 4)
    spans = arcs.spans_of_arcs(half_circles, samples)
    np.testing.assert_array_equal(active(spans, 4), np.ones((4, 4)) - np.eye(4)[[2, 3, 0, 1]])
    np.testing.assert_array_equal(spans.stop - spans.first, [3, 3, 3, 3])


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.circle
@given(drawn=awkward.few())
def test_samples_on_arcs_are_those_with_positive_preactivation(drawn):
    params, angles, _ = drawn
    samples = sort_angles(angles)
    z = mn.forward_with_cache(params, angles[samples.order])[1].preactivation
    spans = arcs.spans_of_arcs(params, samples)
    np.testing.assert_array_equal(active(spans, len(angles)), (z > 0).T)
    assert (spans.stop <= spans.first + len(angles)).all()


@pytest.mark.circle
@pytest.mark.parametrize("b", [-2.0, -1.0, 2.0, 0.0])
@pytest.mark.parametrize("w", [(1.0, 0.0), (1.0, -0.0), (-1.0, 0.0), (-1.0, -0.0), (0.0, 0.0)])
def test_both_ends_at_the_cut(w, b):
    samples = sort_angles([0.0, -0.0, 1e-20, 1.0, 3.0, -1.0, -1e-20, 2 * math.pi])
    params = mn.Params([w], [b], [1.0])
    z = mn.forward_with_cache(params, samples.angles)[1].preactivation
    spans = arcs.spans_of_arcs(params, samples)
    np.testing.assert_array_equal(active(spans, 8), (z > 0).T)


@pytest.mark.circle
@given(exponent=st.integers(-307, 69), bias=st.integers(-307, 69), seed=st.integers(0, 999))
def test_weights_of_every_size(exponent, bias, seed):
    rng = np.random.default_rng(seed)
    w = rng.standard_normal((3, 2)) * 10.0**exponent
    params = mn.Params(w, rng.standard_normal(3) * 10.0**bias, np.ones(3))
    angles = awkward.off_kinks(params, rng.uniform(-9, 9, 40))
    samples = sort_angles(angles)
    z = mn.forward_with_cache(params, angles[samples.order])[1].preactivation
    spans = arcs.spans_of_arcs(params, samples)
    np.testing.assert_array_equal(active(spans, len(angles)), (z > 0).T)


# --- theorem --------------------------------------------------------------------------------------


@pytest.mark.forward
@given(drawn=awkward.few())
def test_running_sums_and_sums_on_arcs_are_transposes(drawn):
    params, angles, rng = drawn
    spans = arcs.spans_of_arcs(params, sort_angles(angles))
    of_neurons = rng.standard_normal((2, params.width))
    of_samples = rng.standard_normal((2, len(angles)))
    sums = arcs.running_sums(spans, of_neurons, len(angles))
    assert_close(1 + sums, 1 + of_neurons @ active(spans, len(angles)), 1e-14)
    right = np.sum(arcs.sums_on_arcs(spans, of_samples) * of_neurons)
    bound = 1e-12 * np.abs(of_neurons).sum() * np.abs(of_samples).sum()
    assert abs(np.sum(sums * of_samples) - right) <= bound


@pytest.mark.circle
def test_arrays_of_a_finder_and_of_sums_serve_the_next_network():
    rng = np.random.default_rng(1)
    samples = sort_angles(rng.uniform(0, 9, 20))
    finder, sums = arcs.SpanFinder(samples, 30), arcs.SpanSums(3, 20, 30)
    for seed in (5, 30, 0):
        params = awkward.network(30, seed, rng)
        spans = finder(params.w, params.b)
        once = arcs.spans_of_arcs(params, samples)
        np.testing.assert_array_equal(spans.places, once.places)
        np.testing.assert_array_equal(finder.weights, arcs.augmented_weights(params))
        sums.move_to(spans)
        of_neurons = sums.over_neurons(finder.weights, params.a)
        expected = arcs.running_sums(once, finder.weights * params.a, 20)
        assert_close(of_neurons, expected, 1e-14)
        of_samples = sums.over_samples(samples.points, of_neurons[0])
        expected = arcs.sums_on_arcs(once, samples.points * of_neurons[0])
        assert_close(of_samples, expected, 1e-14)
