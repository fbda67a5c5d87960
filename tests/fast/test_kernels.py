"""Several empirical kernels at once."""

import numpy as np
import pytest

import minintk as mn
from minintk import fast
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.ntk

# --- by hand --------------------------------------------------------------------------------------


def test_one_neuron_each():
    """w = (1, 0), a = ±1 at t = 0, with a bias: K = a² (1 + 1) + 1 = 3 and, at a = 2, 9."""
    networks = [mn.Params([[1.0, 0.0]], [0.0], [a]) for a in (1.0, 2.0)]
    assert fast.kernels_together(networks, [0.0]).ravel().tolist() == [3.0, 9.0]


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.parametrize("trained", [("w", "b", "a"), ("w", "b"), ("w", "a"), ("b",), ("a",)])
def test_several_kernels_at_once_are_those_of_one_at_a_time(trained):
    law = mn.Law(bias_std=0.4, output_law="normal", trained=trained)
    rng = np.random.default_rng(3)
    networks, angles = [mn.initialise(7, rng, law) for _ in range(4)], mn.sample_angles(9, rng)
    found = fast.kernels_together(networks, angles)
    assert found.shape == (4, 9, 9)
    for one, params in zip(found, networks, strict=True):
        assert_close(one, mn.factorised_ntk(params, angles), 1e-13)


# --- argument checks ------------------------------------------------------------------------------


def test_several_kernels_of_networks_that_do_not_go_together():
    rng = np.random.default_rng(0)
    pair = [mn.initialise(width, rng) for width in (4, 6)]
    with pytest.raises(ValueError, match=r"networks must have one width, got \[4, 6\]"):
        fast.kernels_together(pair, [0.0])
    with pytest.raises(MemoryError, match="the kernels"):
        fast.kernels_together(pair[:1], np.zeros(20_000))
