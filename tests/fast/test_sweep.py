"""The order in which the sweep fills a kernel, and the blocks of rows that it fills."""

import numpy as np
import pytest

import minintk as mn
from minintk import fast
from minintk.fast import sweep
from tests.reference import awkward
from tests.reference.agreement import HOLD
from tests.reference.closeness import assert_close

# --- reference ------------------------------------------------------------------------------------


@pytest.mark.circle
@pytest.mark.parametrize("largest", [9, 65_535, 65_536, 70_000])
def test_order_of_short_and_long_keys(largest):
    keys = np.array([3, largest, 4, 3, 0])
    np.testing.assert_array_equal(sweep._order(keys), np.argsort(keys, kind="stable"))


@pytest.mark.ntk
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 16, 17, 55, 56])
@pytest.mark.parametrize("in_threads_from", [0, 2**40])
def test_sizes_around_a_block_of_rows(n, in_threads_from, monkeypatch):
    monkeypatch.setattr(sweep, "_ENTRIES_FOR_THREADS", in_threads_from)
    rng = np.random.default_rng(n)
    params, angles = awkward.network(20, 0, rng), rng.uniform(-9, 9, n)
    kernel = fast.empirical_ntk(params, angles)
    assert_close(kernel, mn.empirical_ntk(params, angles), HOLD)
