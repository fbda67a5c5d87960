"""Wrong input is refused at the door of the fast functions as well, with rule and value."""

import re

import numpy as np
import pytest

import minintk as mn
from minintk import fast
from tests.reference import awkward

NETWORK = awkward.network(3, 0, np.random.default_rng(0))
ANGLES = [0.3, 1.9, -2.0]
EYE = np.eye(3)
SKEW = np.array([[0.0, 1.0], [-1.0, 0.0]])
UNEVEN = np.array([[2.0, 1.0], [1.00001, 2.0]])
INDEFINITE = np.array([[1.0, 1.5], [1.5, 1.0]])  # eigenvalues 2.5 and −0.5
NAN = float("nan")

CASES = [
    ("angles must be finite, got nan", lambda: fast.forward(NETWORK, [0.0, NAN])),
    ("angles must have shape", lambda: fast.forward(NETWORK, [[0.0]])),
    ("angles must have shape", lambda: fast.forward(NETWORK, [])),
    ("targets must have shape (3,)", lambda: fast.objective(ANGLES, [1.0])),
    ("targets must be finite", lambda: fast.loss_and_gradient(NETWORK, ANGLES, [1.0, NAN, 0.0])),
    ("angles must be finite", lambda: fast.empirical_ntk(NETWORK, [NAN])),
    ("must be finite, got inf", lambda: fast.empirical_ntk(NETWORK, ANGLES, [np.inf])),
    ("must have shape", lambda: fast.empirical_ntk_parts(NETWORK, ANGLES, 0.0)),
    ("vector must have shape (3,)", lambda: fast.empirical_ntk_product(NETWORK, ANGLES, [1.0])),
    ("vector must have shape (3,)", lambda: fast.infinite_ntk_product(ANGLES, [1.0])),
    ("k_max must be an integer", lambda: fast.empirical_low_frequency_block(NETWORK, ANGLES, -1)),
    ("k_max must be an integer", lambda: fast.population_low_frequency_block(NETWORK, 1.5)),
    ("k_max must be an integer", lambda: fast.infinite_low_frequency_block(ANGLES, True)),
    (
        "angles must be at least 2 k_max + 1 = 5 in number, got 3",
        lambda: fast.empirical_low_frequency_block(NETWORK, ANGLES, 2, whitened=True),
    ),
    (
        "angles must be at least 2 k_max + 1 = 9 in number, got 3",
        lambda: fast.infinite_low_frequency_block(ANGLES, whitened=True),
    ),
    (
        "angles must tell 2 k_max + 1 = 3 modes apart",
        lambda: fast.infinite_low_frequency_block([0.0, 0.0, 0.0], 1, whitened=True),
    ),
    ("coefficients must be odd in number", lambda: fast.population_objective([1.0, 2.0])),
    ("coefficients must be finite", lambda: fast.population_loss_and_gradient(NETWORK, [NAN])),
    ("bias_std must be 0 where bias", lambda: fast.infinite_ntk(ANGLES, bias=False, bias_std=0.5)),
    ("weight_std must be", lambda: fast.infinite_ntk_product(ANGLES, ANGLES, weight_std=0.0)),
    ("trained must be", lambda: fast.infinite_low_frequency_block(ANGLES, 1, trained=("v",))),
    ("n must be a positive integer, got 0", lambda: fast.grid_eigenvalues(0)),
    ("kernel must be symmetric", lambda: fast.frozen_flow(np.triu(EYE + 1), ANGLES, ANGLES, [1.0])),
    ("kernel must have shape (3, 3)", lambda: fast.frozen_flow(np.eye(2), ANGLES, ANGLES, [1.0])),
    ("positive semidefinite", lambda: fast.frozen_flow(-EYE, ANGLES, [0.0, 0.0, 0.0], [1.0])),
    ("symmetric", lambda: fast.frozen_flow(SKEW, [1.0, 1.0], [0.0, 0.0], [1.0])),
    ("symmetric", lambda: fast.frozen_flow(1e-6 * UNEVEN, [1.0, 1.0], [0.0, 0.0], [1.0])),
    ("semidefinite", lambda: fast.frozen_flow(INDEFINITE, [1.0, 0.2], [0.0, 0.0], [1.0])),
    ("semidefinite", lambda: fast.frozen_flow(1e-11 * INDEFINITE, [1.0, 0.2], [0.0, 0.0], [1.0])),
    ("symmetric", lambda: fast.grid_flow([1e-6, 1e-6, 1.00001e-6], ANGLES, ANGLES, [1.0])),
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
    (
        "the kernel's product must have shape (3,)",
        lambda: fast.frozen_flow(lambda v: v[:2], ANGLES, [0.0, 0.0, 0.0], [1.0]),
    ),
    ("of a symmetric matrix", lambda: fast.grid_flow([1.0, 0.5, 0.2], ANGLES, ANGLES, [1.0])),
    ("eigenvalues must lie in [0", lambda: fast.grid_flow([-1.0], [0.0], [1.0], [1.0])),
    (
        "initial_output must have shape (2,)",
        lambda: fast.grid_flow([1.0, 0.5], [0.0], [0.0], [1.0]),
    ),
]


@pytest.mark.project
@pytest.mark.parametrize(("message", "call"), CASES, ids=[case[0][:60] for case in CASES])
def test_refused(message, call):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


@pytest.mark.project
@pytest.mark.parametrize(
    "call",
    [
        lambda: fast.empirical_ntk(NETWORK, np.zeros(12_000)),
        lambda: fast.infinite_ntk(np.zeros(12_000)),
    ],
)
def test_too_large_a_matrix_is_refused_before_it_is_made(call):
    with pytest.raises(MemoryError, match="more than 1 GiB"):
        call()


@pytest.mark.project
def test_all_names_are_there_and_twins_share_their_arguments():
    import inspect

    twins = [name for name in fast.__all__ if hasattr(mn, name)]
    assert set(twins) >= {
        *("forward", "loss_and_gradient", "objective", "empirical_ntk", "empirical_ntk_parts"),
        *("infinite_ntk", "frozen_flow"),
    }
    for name in twins:
        plain = inspect.signature(getattr(mn, name)).parameters
        ours = inspect.signature(getattr(fast, name)).parameters
        assert list(ours)[: len(plain)] == list(plain), name
