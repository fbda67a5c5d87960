"""The claim on the frozen kernel of a finite width: its losses, and wrong variances."""

import sys

import numpy as np
import pytest

import minintk as mn
from minintk import fast
from minintk.claims import CLAIMS
from minintk.claims.beyond import frozen_fluctuation
from minintk.claims.claim import FAILS, HOLDS, Unit, measure
from tests.reference.beyond_records import record_of, sized
from tests.reference.closeness import assert_close
from tests.reference.tampering import scaled

pytestmark = [pytest.mark.evolving, pytest.mark.claims]


# --- reference ------------------------------------------------------------------------------------


def test_the_frozen_losses_are_those_of_one_draw_of_all_its_neurons():
    size = frozen_fluctuation.Configuration(
        widths=(8,), frequencies=(3, 1), times=(5.0, 40.0), k_max=5, seeds=1, block=1
    )
    part = frozen_fluctuation.measure_unit(size, Unit((8, 0), 1.0), np.random.default_rng(3))
    params = mn.initialise(8, np.random.default_rng(3), antisymmetric=True)
    kernel = fast.population_low_frequency_block(params, 5)
    for row, mode in enumerate((5, 1)):  # √2 cos 3t, √2 cos t
        assert_close(part["entry"][0, row], kernel[mode, mode], 1e-13)
        for column, time in enumerate(size.times):
            residual = np.zeros(11)
            residual[mode] = 1 / np.sqrt(2)
            for _ in range(64):  # e^{−Aτ} r by the series of a 64th of the time
                term = residual
                for order in range(1, 15):
                    term = -kernel @ term * time / (64 * order)
                    residual = residual + term
            assert_close(part["loss"][0, row, column], residual @ residual / 2, 1e-11)


# --- refusal --------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [0.0, 0.7, 1.4])
def test_a_formula_with_other_variances_does_not_hold(factor, monkeypatch):
    claim, size = CLAIMS["frozen_fluctuation"], sized("frozen_fluctuation")
    assert claim.judge(record_of("frozen_fluctuation")).verdict == HOLDS
    module = sys.modules["minintk.evolving.fluctuation"]
    monkeypatch.setattr(module, "entry_variances", scaled(module.entry_variances, factor))
    verdict, reason = claim.judge(measure(claim, size, seed=0))
    assert verdict == FAILS, reason
