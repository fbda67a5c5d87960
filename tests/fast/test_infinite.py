"""The infinite-width kernel at samples and on a grid, and its block."""

import re

import numpy as np
import pytest

import minintk as mn
from minintk import fast
from tests.reference import awkward
from tests.reference.agreement import HOLD
from tests.reference.closeness import assert_close

# --- reference ------------------------------------------------------------------------------------

LAWS = [
    mn.Law(),
    mn.Law(bias=False),
    mn.Law(bias_std=0.7),
    mn.Law(bias_std=1.0),
    mn.Law(bias_std=1e-9),
    mn.Law(weight_std=2e-200, bias_std=1e-200),
    mn.Law(weight_std=1e-200, bias_std=1.0),
    mn.Law(weight_std=2.0, bias_std=1e-320),
    mn.Law(bias_std=0.4, weight_std=1.7, trained=("b", "a")),
    mn.Law(weight_std=0.6, trained=("w", "a")),
    mn.Law(trained=("b",)),
    mn.Law(weight_std=2.0, trained=("a",)),
]

laws = pytest.mark.parametrize("law", LAWS, ids=str)


@pytest.mark.arccosine
@laws
def test_infinite_kernel(law):
    rng = np.random.default_rng(0)
    angles, others = awkward.angles(61, 17, rng), awkward.angles(40, 17, rng)
    largest = float(mn.ntk_of_angle(0.0, law=law))
    for fewer in (None, others):
        error = fast.infinite_ntk(angles, fewer, law=law) - mn.infinite_ntk(angles, fewer, law=law)
        assert np.abs(error).max() <= 1.5e-15 * max(1.0, largest)
    kernel = mn.infinite_ntk(angles, law=law)
    for whitened in (False, True):
        expected = mn.low_frequency_block(kernel, angles, 5, whitened=whitened)
        block = fast.infinite_low_frequency_block(angles, 5, whitened=whitened, law=law)
        assert_close(block, expected, HOLD, f"whitened {whitened}")


@pytest.mark.arccosine
@laws
@pytest.mark.parametrize("n", [1, 2, 7, 64])
def test_infinite_kernel_on_a_grid(law, n):
    grid = mn.uniform_angles(n)
    expected = mn.infinite_ntk(grid, law=law)
    kernel = fast.infinite_ntk(grid, law=law)
    assert np.abs(kernel - expected).max() <= 1.5e-15 * max(1.0, expected[0, 0])
    assert mn.is_circulant(kernel, 0.0)
    eigenvalues = fast.grid_eigenvalues(n, law=law)
    assert_close(eigenvalues, mn.circulant_eigenvalues(expected), HOLD)
    if law.bias_std == 0:
        assert_close(eigenvalues, mn.aliased_eigenvalues(n, law=law), HOLD)


@pytest.mark.spectrum
def test_blocks_are_raw_unless_asked():
    rng = np.random.default_rng(2)
    params, angles = awkward.network(5, 0, rng), awkward.angles(30, 0, rng)
    raw = mn.low_frequency_block(mn.empirical_ntk(params, angles), angles)
    assert_close(fast.empirical_low_frequency_block(params, angles), raw, HOLD)
    raw = mn.low_frequency_block(mn.infinite_ntk(angles), angles)
    assert_close(fast.infinite_low_frequency_block(angles), raw, HOLD)


# --- argument checks ------------------------------------------------------------------------------

ANGLES = [0.3, 1.9, -2.0]

CASES = [
    ("k_max must be an integer", lambda: fast.infinite_low_frequency_block(ANGLES, True)),
    (
        "angles must be at least 2 k_max + 1 = 9 in number, got 3",
        lambda: fast.infinite_low_frequency_block(ANGLES, whitened=True),
    ),
    (
        "angles must tell 2 k_max + 1 = 3 modes apart",
        lambda: fast.infinite_low_frequency_block([0.0, 0.0, 0.0], 1, whitened=True),
    ),
    (
        "bias_std must be 0 where bias",
        lambda: fast.infinite_ntk(ANGLES, law=mn.Law(bias=False, bias_std=0.5)),
    ),
    (
        "weight_std must be",
        lambda: fast.infinite_ntk(ANGLES, law=mn.Law(weight_std=0.0)),
    ),
    (
        "trained must be",
        lambda: fast.infinite_low_frequency_block(ANGLES, 1, law=mn.Law(trained=("v",))),
    ),
    ("n must be a positive integer, got 0", lambda: fast.grid_eigenvalues(0)),
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
        lambda: fast.infinite_ntk(np.zeros(12_000)),
    ],
)
def test_too_large_a_matrix_is_rejected_before_it_is_made(call):
    with pytest.raises(MemoryError, match="more than 1 GiB"):
        call()
