"""The largest eigenvalue of an operator that is known by its products."""

import numpy as np
import pytest

from minintk._stability import irregular, largest_eigenvalue, largest_eigenvalues
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.dynamics

# --- reference ------------------------------------------------------------------------------------


def test_largest_eigenvalue_of_matrices():
    rng = np.random.default_rng(2)
    for n in (1, 2, 5, 40):
        for rank in {1, n}:
            factor = rng.standard_normal((n, rank)) * 10.0 ** rng.uniform(-80, 50)
            matrix = factor @ factor.T
            true = np.linalg.eigvalsh(matrix)[-1]
            found = largest_eigenvalue(lambda v, k=matrix: k @ v, np.ones(n))
            assert 0.95 * true <= found <= true * (1 + 1e-12)
    assert largest_eigenvalue(lambda v: 0 * v, np.ones(3)) == 0
    assert largest_eigenvalue(lambda v: v, np.zeros(3)) == 0


def test_close_eigenvalues_do_not_stop_the_search_early():
    rates = np.append(np.linspace(0.0, 0.9, 200), 1.0)
    start = np.append(np.ones(200), 1e-3)
    products = []
    found = largest_eigenvalue(lambda v: products.append(v) or rates * v, start)
    assert 0.95 <= found <= 1 + 1e-12
    assert len(products) <= 20


def test_nothing_is_counted_twice_where_the_span_is_all_but_exhausted():
    rng = np.random.default_rng(3)
    factors = rng.standard_normal((300, 64, 3)) * [1.0, 0.9, 0.7]
    matrices = factors @ factors.swapaxes(1, 2)
    true = np.linalg.eigvalsh(matrices)[:, -1]
    shares = 10.0 ** rng.uniform(-6, 0, (300, 3))
    starts = np.einsum("sij,sj->si", factors, shares)
    found = largest_eigenvalues(lambda v: np.einsum("sij,sj->si", matrices, v), starts)
    assert (found <= true * (1 + 1e-12)).all()
    assert (found >= 0.95 * true).all()
    alone = [
        largest_eigenvalue(lambda v, k=matrix: k @ v, start)
        for matrix, start in zip(matrices, starts, strict=True)
    ]
    assert_close(found, alone, 1e-3)


# --- theorem --------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 3, 16, 64, 65])
def test_the_start_has_a_share_of_every_fourier_mode_of_a_grid(n):
    assert np.abs(np.fft.fft(irregular(n))).min() > 1e-3 * n**0.5
