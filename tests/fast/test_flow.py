"""The flow of a fixed kernel by Lanczos."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minintk as mn
from minintk import fast
from tests.reference import awkward
from tests.reference.closeness import assert_close


def flow_problem(n, rng):
    angles = awkward.angles(n, 0, rng)
    targets = np.cos(angles) + 0.5 * np.sin(3 * angles) + 0.1 * rng.standard_normal(n)
    return angles, 0.3 * rng.standard_normal(n), targets


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.dynamics
def test_flow_of_a_learned_target_stays():
    targets = np.array([1.0, -2.0, 0.5])
    output = fast.frozen_flow(np.eye(3), targets, targets, [0.0, 7.0])
    np.testing.assert_array_equal(output, [targets, targets])


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.dynamics
@pytest.mark.parametrize("times", [[0.0, 0.1, 1.0, 30.0], [1e4], 500.0], ids=str)
@pytest.mark.parametrize("n", [1, 2, 17, 150])
def test_flow_by_lanczos(n, times):
    rng = np.random.default_rng(n)
    angles, initial, targets = flow_problem(n, rng)
    params = awkward.network(9, 2, rng)
    for case, kernel in {
        "infinite": mn.infinite_ntk(angles),
        "singular": mn.infinite_ntk(angles, law=mn.Law(bias=False)),
        "empirical": mn.empirical_ntk(params, angles),
    }.items():
        output = fast.frozen_flow(kernel, initial, targets, times)
        expected = mn.frozen_flow(kernel, initial, targets, times)
        assert_close(output, expected, 1e-10, case)
        by_product = fast.frozen_flow(lambda v, k=kernel: k @ v, initial, targets, times)
        assert_close(by_product, expected, 1e-10, f"{case}, as a function")


@pytest.mark.dynamics
@pytest.mark.parametrize("times", [[0.0, 1.0, 30.0], [1e4]], ids=str)
def test_flow_at_test_points(times):
    rng = np.random.default_rng(8)
    angles, initial, targets = flow_problem(120, rng)
    others = awkward.angles(31, 0, rng)
    test = {"test_kernel": mn.infinite_ntk(others, angles), "test_initial_output": np.sin(others)}
    kernel = mn.infinite_ntk(angles)
    output = fast.frozen_flow(kernel, initial, targets, times, **test)
    assert_close(output, mn.frozen_flow(kernel, initial, targets, times, **test), 1e-10)


@pytest.mark.dynamics
@pytest.mark.parametrize("size", [0.0, 1e-9, 1e9])
def test_flow_of_a_kernel_of_any_size(size):
    kernel = size * np.array([[2.0, 1.0, 0.0], [1.0, 2.0, 1.0], [0.0, 1.0, 2.0]])
    arguments = [0.3, 0.0, -0.2], [1.0, -2.0, 0.5], [0.0, 0.7 / max(size, 1.0), 1e9]
    output = fast.frozen_flow(kernel, *arguments)
    assert_close(output, mn.frozen_flow(kernel, *arguments), 1e-12)


# --- theorem --------------------------------------------------------------------------------------


@pytest.mark.dynamics
@given(seed=st.integers(0, 2**32), time=st.floats(0.01, 300.0))
def test_lanczos_keeps_its_bound(seed, time):
    rng = np.random.default_rng(seed)
    angles, initial, targets = flow_problem(60, rng)
    kernel = mn.infinite_ntk(angles)
    expected = mn.frozen_flow(kernel, initial, targets, [time])
    for tolerance in (1e-3, 1e-6):
        output = fast.frozen_flow(kernel, initial, targets, [time], tolerance=tolerance)
        error = np.linalg.norm(output - expected)
        assert error <= tolerance * np.linalg.norm(initial - targets) + 1e-12


@pytest.mark.dynamics
def test_flow_scales_with_tiny_residuals_and_kernels():
    """Squares of such numbers underflow: Lanczos must not take its norms of them."""
    rng = np.random.default_rng(4)
    angles, initial, targets = flow_problem(20, rng)
    kernel = mn.infinite_ntk(angles)
    plain = fast.frozen_flow(kernel, initial, targets, [0.5, 20.0])
    tiny = fast.frozen_flow(kernel, 2.0**-550 * initial, 2.0**-550 * targets, [0.5, 20.0])
    assert_close(2.0**550 * tiny, plain, 1e-13)
    slow = fast.frozen_flow(2.0**-490 * kernel, initial, targets, 2.0**488 * np.array([0.5, 2.0]))
    assert_close(slow, fast.frozen_flow(kernel, initial, targets, [0.125, 0.5]), 1e-12)


# --- argument checks ------------------------------------------------------------------------------

ANGLES = [0.3, 1.9, -2.0]
EYE = np.eye(3)
SKEW = np.array([[0.0, 1.0], [-1.0, 0.0]])
UNEVEN = np.array([[2.0, 1.0], [1.00001, 2.0]])
INDEFINITE = np.array([[1.0, 1.5], [1.5, 1.0]])  # eigenvalues 2.5 and −0.5

CASES = [
    ("kernel must be symmetric", lambda: fast.frozen_flow(np.triu(EYE + 1), ANGLES, ANGLES, [1.0])),
    ("kernel must have shape (3, 3)", lambda: fast.frozen_flow(np.eye(2), ANGLES, ANGLES, [1.0])),
    ("positive semidefinite", lambda: fast.frozen_flow(-EYE, ANGLES, [0.0, 0.0, 0.0], [1.0])),
    ("symmetric", lambda: fast.frozen_flow(SKEW, [1.0, 1.0], [0.0, 0.0], [1.0])),
    ("symmetric", lambda: fast.frozen_flow(1e-6 * UNEVEN, [1.0, 1.0], [0.0, 0.0], [1.0])),
    ("semidefinite", lambda: fast.frozen_flow(INDEFINITE, [1.0, 0.2], [0.0, 0.0], [1.0])),
    ("semidefinite", lambda: fast.frozen_flow(1e-11 * INDEFINITE, [1.0, 0.2], [0.0, 0.0], [1.0])),
    ("targets must have shape (3,)", lambda: fast.frozen_flow(EYE, ANGLES, [0.0], [1.0])),
    ("times must lie in [0", lambda: fast.frozen_flow(EYE, ANGLES, ANGLES, [-1.0])),
    ("tolerance must be", lambda: fast.frozen_flow(EYE, ANGLES, ANGLES, [1.0], tolerance=0)),
    ("go together", lambda: fast.frozen_flow(EYE, ANGLES, ANGLES, [1.0], test_kernel=EYE)),
    (
        "test_kernel must have shape",
        lambda: fast.frozen_flow(
            EYE, ANGLES, ANGLES, [1.0], test_kernel=np.ones((2, 4)), test_initial_output=[1.0, 2.0]
        ),
    ),
    ("kernel must be at most 1e+70", lambda: fast.frozen_flow(1e71 * EYE, ANGLES, ANGLES, [1.0])),
    (
        "kernel must be an array with rows of one length",
        lambda: fast.frozen_flow([[1.0], [1.0, 2.0]], ANGLES, ANGLES, [1.0]),
    ),
    (
        "the kernel's product must have shape (3,)",
        lambda: fast.frozen_flow(lambda v: v[:2], ANGLES, [0.0, 0.0, 0.0], [1.0]),
    ),
]


@pytest.mark.project
@pytest.mark.parametrize(("message", "call"), CASES, ids=[case[0][:60] for case in CASES])
def test_rejected(message, call):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
