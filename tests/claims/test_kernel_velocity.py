"""The claim on the velocity of the kernel: the shares of the ends of the arcs."""

import dataclasses
import functools

import numpy as np
import pytest

from minintk.claims.beyond import kernel_velocity
from minintk.claims.beyond.kernel_velocity import CLAIM, Sizes
from minintk.claims.claim import Found, run_claim
from minintk.claims.statistics import FAILS, HOLDS, IN_PART, OPEN, Interval
from tests.reference.canvas import Canvas
from tests.reference.claim_runs import run_with_control
from tests.reference.found import without_control
from tests.reference.tampering import without_ends

pytestmark = [pytest.mark.evolving, pytest.mark.claims]

SIZES = Sizes(widths=(16, 64), learning_rate=0.5, steps=10, seeds=2, block=2)


@functools.cache
def outcome():
    return run_with_control(CLAIM, SIZES)


def found_with(*means, half=0.02, velocity=1e-7, integral=0.01):
    shares = [Interval(mean, mean - half, mean + half, 16) for mean in means]
    return Found(
        share_of_ends=shares, error_of_velocity=velocity, error_of_integral=integral, gains=None
    )


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "verdict", "later"),
    [
        (found_with(0.03, -0.03, 0.0, 0.0, -0.2), HOLDS, HOLDS),
        (found_with(0.03, -0.03, 0.0, 0.0, -0.06), HOLDS, OPEN),
        (found_with(0.03, -0.03, 0.0, 0.0, 0.0), HOLDS, FAILS),
        (found_with(0.04, 0.0, 0.0, 0.0, -0.2), OPEN, HOLDS),
        (found_with(0.0, 0.0, 0.0, -0.08, -0.2), IN_PART, HOLDS),
        (found_with(0.0, 0.0, np.nan, 0.0, -0.2), OPEN, HOLDS),
        (found_with(0.0, 0.0, 0.0, 0.0, -0.2, half=np.inf), OPEN, OPEN),
        (found_with(0.0, 0.0, 0.0, 0.0, -0.2, velocity=2e-5), FAILS, HOLDS),
        (found_with(0.0, 0.0, 0.0, 0.0, -0.2, velocity=np.nan), OPEN, HOLDS),
        (found_with(0.0, 0.0, 0.0, 0.0, -0.2, integral=0.06), FAILS, HOLDS),
        (found_with(0.0, 0.0, 0.0, 0.0, -0.2, integral=np.nan), OPEN, HOLDS),
    ],
)
def test_the_borders_of_both_criteria(found, verdict, later):
    assert kernel_velocity.judge(Sizes(), found).verdict == verdict
    assert kernel_velocity.judge_later(Sizes(), found).verdict == later


def test_the_shares_of_the_ends_weigh_every_width_alike():
    # Gains that fall as 1/m: taken times m, the ends of both widths count, 10 % and 0 %.
    gains = np.array([[9.0, 1.0, 10.0], [10.0, 0.0, 10.0]])[:, None, :, None] * np.ones(
        (1, 4, 1, 5)
    )
    gains[1] /= 100
    errors = {"integral": np.array([[0, 0.3, 0, 0]] * 2), "velocity": np.zeros((2, 4))}
    sizes = dataclasses.replace(SIZES, widths=(10, 1000), seeds=4)
    found = kernel_velocity.find(sizes, {"networks": {"gains": gains, **errors}})
    assert found.error_of_integral == 0.3, "the worst network"
    assert len(found.share_of_ends) == 5
    for share in found.share_of_ends:
        assert abs(share.mean - 0.05) < 1e-12
        half = 2.364624 * 0.05 * np.sqrt(8 / 7) / np.sqrt(8)
        assert abs(share.high - share.mean - half) < 1e-6


def test_the_criterion_says_the_sizes_of_the_run():
    words = CLAIM.criterion(SIZES)
    assert "up to τ = 5 " in words
    assert "k ≤ 3 " in words


# --- theorem --------------------------------------------------------------------------------------


def test_velocity_and_integral_are_exact_and_the_parts_make_the_whole():
    found = outcome().found
    assert found.error_of_velocity < 1e-6
    assert found.error_of_integral < 1e-4
    smooth, ends, whole = np.moveaxis(found.gains, 2, 0)
    assert np.abs(smooth + ends - whole).max() < 1e-4 * np.abs(whole).max()
    assert outcome().control.verdict == FAILS


# --- argument checks ------------------------------------------------------------------------------


def test_a_velocity_without_its_ends_fails(monkeypatch):
    wrong = without_ends(kernel_velocity.flow_velocity)
    monkeypatch.setattr(kernel_velocity, "flow_velocity", wrong)
    after = run_claim(without_control(CLAIM), SIZES, 0)
    assert after.found.error_of_velocity > 1e-3
    assert after.verdict.verdict == FAILS


def test_one_network_decides_nothing():
    sizes = Sizes(widths=(8,), learning_rate=0.5, steps=2, seeds=1)
    assert run_claim(without_control(CLAIM), sizes, 0).verdict.verdict == OPEN


def test_the_figure_has_every_width_and_all_together():
    axis = Canvas()
    CLAIM.draw(SIZES, outcome().found, [axis])
    labels = [options["label"] for _, options in axis.of("errorbar")]
    assert labels == ["m = 16", "m = 64", "all, as m × gain"]
