"""The claim on the evolving kernel: its verdict, its reasons and what it measures."""

import dataclasses

import numpy as np
import pytest

import minintk as mn
from minintk.claims import (
    CLAIMS,
    evolving,
)
from minintk.claims.claim import (
    IN_PART,
    Unit,
)
from tests.reference.claim_records import (
    TINY,
    sized,
    small_record,
    winning,
    worse_where,
)
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.claims


# --- by hand --------------------------------------------------------------------------------------


def test_a_wider_network_that_loses_is_named_and_does_not_fail_the_claim():
    # the smallest width decides about failing, and one target that wins there is enough
    record = winning(small_record("evolving"))
    chosen = np.zeros(record.frozen_loss.shape, dtype=bool)
    chosen[:, 1] = chosen[1, 0] = True
    changed = dataclasses.replace(record, evolving_loss=worse_where(record, chosen))
    verdict, reason = CLAIMS["evolving"].judge(changed)
    assert verdict == IN_PART
    assert "low target at m = 64; high target at m = 16, 64." in reason


# --- reference ------------------------------------------------------------------------------------


def test_evolving_trains_one_network_with_both_kernels():
    configuration = sized("evolving", TINY)
    part = evolving.measure_unit(configuration, Unit((1, 16, 2), 1.0), np.random.default_rng(5))
    rng = np.random.default_rng(5)
    angles = mn.uniform_angles(24)
    targets = sum(0.5 * np.cos(k * angles + 0.3 * k) for k in (1, 2, 4, 8))
    for run in range(2):
        params = mn.initialise(16, rng, antisymmetric=True)
        start = mn.empirical_ntk(params, angles)
        residual = -targets
        for _ in range(10):
            residual = residual - 0.5 * start @ residual / 24
            gradient = mn.loss_and_gradient(params, angles, targets)[1]
            params = mn.unflatten(mn.flatten(params) - 0.5 * mn.flatten(gradient), params)
        assert_close(part["frozen_loss"][run], np.mean(residual**2) / 2, 1e-10)
        assert_close(
            part["evolving_loss"][run], mn.loss_and_gradient(params, angles, targets)[0], 1e-10
        )
        change = (mn.empirical_ntk(params, angles) - start) / 24
        modes = mn.fourier_basis(angles, 4) / np.sqrt(24)
        diagonal = np.diag(modes.T @ change @ modes)
        gain = [diagonal[0], *(diagonal[1::2] + diagonal[2::2]) / 2]
        assert_close(part["gain"][run], gain, 1e-8)


# --- theorem --------------------------------------------------------------------------------------


def test_evolving_holds_in_part_and_the_reason_names_target_width_and_measure():
    record = small_record("evolving")
    verdict, reason = CLAIMS["evolving"].judge(record)
    assert verdict == IN_PART, reason
    assert "the higher one for: high target at m = 16, 64." in reason
    assert "components k = 0 and 1 grow" in reason
    losing, improving = reason.split("these improve: ")
    assert "CKA (high target, m = 16" in improving
    assert "overlap" not in reason
    assert "low target" not in losing.split("the higher one for")[1]


def test_evolving_says_for_every_measure_where_it_changed():
    record = small_record("evolving")
    changes = record.better_aligned
    assert set(changes) == {"low", "high"}
    assert all(set(of_target) == set(evolving.MEASURES) for of_target in changes.values())
    assert changes["low"]["subspace overlap"] == "better at m = none; worse at m = 16, 64"
    assert changes["high"]["CKA"].startswith("better at m = 16")
    assert changes["high"]["kernel distance from the start"].endswith("worse at m = 16, 64")
    assert record.share_evolving_lower["low"]["m = 16"] == 1.0
    assert record.share_evolving_lower["high"]["m = 64"] < 0.5
