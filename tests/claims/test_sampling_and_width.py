"""The claim on sampling and width together: what it measures, and its verdicts."""

import math

import numpy as np
import pytest

import minintk as mn
from minintk import fast
from minintk.claims.beyond import sampling_and_width
from minintk.claims.claim import Cell, run_claim
from minintk.claims.statistics import Interval
from tests.reference.claim_runs import run_with_control
from tests.reference.closeness import assert_close
from tests.reference.found import changed, outcome, without_control
from tests.reference.tampering import scaled

pytestmark = pytest.mark.claims

SMALL = sampling_and_width.Sizes(
    (256, 512), (32, 64), seeds=96, block=32, gaussian_draws=1000
)  # fmt: skip
TINY = sampling_and_width.Sizes((24, 40), (16, 32), seeds=8, block=3, gaussian_draws=50)


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ratio", "verdict"),
    [
        ((1.0, 0.701, 1.299), "holds"),
        ((1.2, 1.1, 1.301), "not decided"),
        ((0.8, 0.699, 0.9), "not decided"),
        ((1.4, 1.31, 1.5), "holds in part"),
        ((math.nan, 0.0, math.inf), "not decided"),
    ],
)
def test_verdicts_at_the_borders_of_the_criterion(ratio, verdict):
    found = changed(outcome(sampling_and_width.CLAIM, TINY).found)
    found.ratios = dict.fromkeys(found.ratios, Interval(1.0, 0.9, 1.1, 8))
    found.ratios["n = 40, m = 16"] = Interval(*ratio, 8)
    assert sampling_and_width.judge(TINY, found).verdict == verdict
    found.ratios = dict.fromkeys(found.ratios, Interval(2.0, 1.9, 2.1, 8))
    assert sampling_and_width.judge(TINY, found).verdict == "fails"


def test_what_is_found_of_errors_that_are_known():
    errors = np.array([[[1.0, 3.0], [2.0, 2.0]]])  # one n, two m, two seeds
    sizes = sampling_and_width.Sizes((100,), (10, 20), seeds=2)
    limit = {"samples": 300.0, "width": 20.0, "samples_relative": 500.0, "width_relative": 8.0}
    data = {"networks": {"error": errors}, "limit": {k: np.array(v) for k, v in limit.items()}}
    found = sampling_and_width.find(sizes, data)
    assert_close(found.model, np.sqrt([[5.0, 4.0]]), 1e-15)
    assert_close(found.root_mean_square, np.sqrt([[5.0, 4.0]]), 1e-15)
    assert found.ratios["n = 100, m = 20"].mean == pytest.approx(1.0)
    assert found.ratios["n = 100, m = 10"].low == 0.0, "a negative square has no root"
    assert found.typical_misfit < 1e-15
    assert found.width_dominates_below == pytest.approx(1 / 15)
    assert (found.n_for_a_tenth, found.m_for_a_tenth) == (100_000, 1600)
    assert 500 / found.n_for_a_tenth + 8 / found.m_for_a_tenth == pytest.approx(0.1**2)


def test_criterion_and_sentences_follow_the_sizes():
    outcome = run_claim(without_control(sampling_and_width.CLAIM), TINY, 3)
    assert "4 cells" in sampling_and_width.criterion(TINY)
    assert f"m = {outcome.found.m_for_a_tenth:,}." in outcome.verdict.reason
    for values in vars(outcome.found).values():
        if isinstance(values, np.ndarray):
            assert np.isfinite(values).all()


# --- reference ------------------------------------------------------------------------------------


def test_error_of_a_network_at_random_samples():
    part = sampling_and_width.measure(TINY, Cell(n=24, width=16), np.random.default_rng(5))
    rng = np.random.default_rng(5)
    angles = mn.sample_angles(24, rng)
    kernel = mn.empirical_ntk(mn.initialise(16, rng), angles)
    block = mn.low_frequency_block(kernel, angles)
    error = mn.spectral_error(block, mn.fourier_eigenvalues(4))
    assert_close(part["error"], error, 1e-12)


# --- rate -----------------------------------------------------------------------------------------


def test_it_holds_and_its_control_fails():
    outcome = run_with_control(sampling_and_width.CLAIM, SMALL)
    assert outcome.control.verdict == "fails", outcome.control.reason
    assert outcome.verdict.verdict == "holds", outcome.verdict.reason


# --- argument checks ------------------------------------------------------------------------------


def test_a_tampered_kernel_fails(monkeypatch):
    wrong = scaled(fast.empirical_low_frequency_block, 0.5)
    monkeypatch.setattr(sampling_and_width, "empirical_low_frequency_block", wrong)
    verdict = run_claim(without_control(sampling_and_width.CLAIM), SMALL, 0).verdict
    assert verdict.verdict == "fails", verdict.reason
