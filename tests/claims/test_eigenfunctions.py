"""The claim on eigenfunctions: its borders, and operators that are wrong in one place."""

import numpy as np
import pytest

import minintk as mn
from minintk.claims.claim import Cell
from minintk.claims.statistics import FAILS, HOLDS, IN_PART, OPEN
from minintk.claims.study import eigenfunctions
from tests.reference.closeness import assert_close
from tests.reference.found import changed, outcome
from tests.reference.tampering import raised

pytestmark = pytest.mark.claims

SMALL = eigenfunctions.Sizes(k_max=9, points=11, grids=(32, 33), nodes=60)
NUMBERS = ("largest_residual", "largest_aliasing_error", "largest_odd_without_bias")


def judged(**fields):
    found = changed(outcome(eigenfunctions.CLAIM, SMALL).found, **fields)
    return eigenfunctions.judge(SMALL, found).verdict


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "fields"),
    [
        (HOLDS, dict(zip(NUMBERS, (0.9e-12, 0.9e-12, 0.9e-14), strict=True))),
        (FAILS, dict(zip(NUMBERS, (1.1e-12, 1.1e-12, 1.1e-14), strict=True))),
        (IN_PART, {"smallest_with_bias": 0.9e-14}),
        (IN_PART, {"smallest_with_bias": np.nan}),
        *((IN_PART, {name: 1e-11}) for name in NUMBERS),
        *((OPEN, {name: np.nan}) for name in NUMBERS),
    ],
)
def test_the_borders_of_the_criterion(verdict, fields):
    assert judged(**fields) == verdict


def test_the_criterion_says_the_sizes_of_the_run():
    assert "k ≤ 9" in eigenfunctions.criterion(SMALL)
    assert "32 and 33 points" in eigenfunctions.criterion(SMALL)


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.parametrize("bias", [True, False])
def test_the_eigenvalues_are_those_of_the_matrix(bias):
    part = eigenfunctions.measure(SMALL, Cell(bias=bias), np.random.default_rng(2))
    law = mn.Law(bias=bias)
    kernel = mn.infinite_ntk(mn.uniform_angles(32), law=law) / 32
    on_grid = np.sort(mn.aliased_eigenvalues(32, law))
    assert_close(np.linalg.eigvalsh(kernel), on_grid, 1e-12)
    assert_close(part["grid_eigenvalues"], mn.aliased_eigenvalues(32, law)[:10], 1e-12)
    assert_close(part["eigenvalues"], mn.fourier_eigenvalues(9, law), 1e-12)


def test_samples_with_a_density_mix_a_mode_with_its_neighbours():
    # T(pφ_k) = λ_k φ_k + ¼ (λ_{k−1} φ_{k−1} + λ_{k+1} φ_{k+1}), p = 1 + ½ cos t
    angles, eigenvalues = mn.uniform_angles(32), mn.fourier_eigenvalues(4)
    residual = eigenfunctions._residual(3, eigenvalues[3], mn.Law(), angles, 60, 0.5)
    assert_close(residual, np.hypot(eigenvalues[2], eigenvalues[4]) / 4, 1e-9)


# --- theorem --------------------------------------------------------------------------------------


def test_it_holds_at_small_sizes_and_its_control_fails():
    run = outcome(eigenfunctions.CLAIM, SMALL)
    assert run.verdict.verdict == HOLDS, run.verdict.reason
    assert run.control.verdict == FAILS, run.control.reason


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", [0.0, np.pi / 2], ids=["cosine", "sine"])
def test_both_phases_are_looked_at(phase, monkeypatch):
    # an operator that is wrong on one phase only, by λ_k/2 of a mode of unit norm
    right, eigenvalue = mn.kernel_operator, mn.fourier_eigenvalues(1)[1]

    def wrong(kernel, mode, angles, nodes):
        return right(kernel, mode, angles, nodes) * (1.5 if abs(mode(phase)) > 1 else 1.0)

    monkeypatch.setattr(eigenfunctions, "kernel_operator", wrong)
    residual = eigenfunctions._residual(1, eigenvalue, mn.Law(), mn.uniform_angles(7), 30, 0.0)
    assert_close(residual, eigenvalue / 2, 1e-9)


def test_a_kernel_that_is_a_little_wrong_is_seen(monkeypatch):
    monkeypatch.setattr(eigenfunctions, "ntk_of_angle", raised(mn.ntk_of_angle))
    part = eigenfunctions.measure(SMALL, Cell(bias=True), np.random.default_rng(2))
    assert max(part["residual"]) > 1e-12
