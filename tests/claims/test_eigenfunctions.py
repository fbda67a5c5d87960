"""The claim on eigenfunctions: an operator that is wrong on one phase."""

import numpy as np
import pytest

import minintk as mn
from minintk.claims import eigenfunctions
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.claims


# --- refusal --------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", [0.0, np.pi / 2], ids=["cosine", "sine"])
def test_eigenfunctions_look_at_both_phases(phase, monkeypatch):
    # an operator that is wrong on one phase only, by λ_k/2 of a mode of unit norm
    right, eigenvalue = mn.kernel_operator, mn.fourier_eigenvalues(1)[1]

    def wrong(kernel, mode, angles, nodes):
        return right(kernel, mode, angles, nodes) * (1.5 if abs(mode(phase)) > 1 else 1.0)

    monkeypatch.setattr(eigenfunctions, "kernel_operator", wrong)
    residual = eigenfunctions._residual(eigenvalue, 1, True, mn.uniform_angles(7), 30)
    assert_close(residual, eigenvalue / 2, 1e-9)
