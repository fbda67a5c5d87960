"""Tests of the argument checks: promotion, tolerances, messages and the limit of memory."""

import math
import re

import numpy as np
import pytest

import minintk as mn
from minintk import _require
from tests.reference.wrong_input import ANGLES, EYE, rng

# --- theorem --------------------------------------------------------------------------------------


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


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.spectrum
def test_the_tolerance_of_symmetry_is_relative_to_the_largest_entry():
    kernel = 40.0 * EYE  # with zeros in it
    assert mn.subspace_overlap(kernel + 0.8e-10 * 40 * np.eye(3, k=1), ANGLES, 1) == (
        pytest.approx(1.0, rel=1e-12)
    )
    with pytest.raises(
        ValueError, match=r"kernel must be symmetric, got \|K - K\.T\| up to 4\.8e-09"
    ):
        mn.subspace_overlap(kernel + 1.2e-10 * 40 * np.eye(3, k=1), ANGLES, 1)


@pytest.mark.project
def test_a_message_is_short_and_ends_with_the_value():
    with pytest.raises(ValueError, match=r"angle must be finite, got nan$"):
        mn.kappa0(math.nan)
    value = "x" * 58  # 60 characters with its quotes
    with pytest.raises(ValueError, match=f"got '{value}'$"):
        mn.initialise(value, rng())
    with pytest.raises(ValueError, match=f"got '{value[:56]}[.][.][.]$"):
        mn.initialise(value + "x", rng())


@pytest.mark.ntk
def test_a_gibibyte_itself_is_allowed():
    assert _require.require_memory("an array", 2**27, "") is None
    rule = "an array would take 1.0 GiB, more than 1 GiB: take less"
    with pytest.raises(MemoryError, match=re.escape(rule)):
        _require.require_memory("an array", 2**27 + 1, "take less")
