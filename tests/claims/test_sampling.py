"""The claim on sampling: what it measures of random samples, and its verdicts."""

import dataclasses
import math

import numpy as np
import pytest

import minintk as mn
from minintk import fast
from minintk.claims.claim import Cell, run_claim
from minintk.claims.statistics import Interval
from minintk.claims.study import sampling
from tests.reference.claim_runs import run_with_control
from tests.reference.closeness import assert_close
from tests.reference.found import changed, outcome, without_control
from tests.reference.tampering import scaled

pytestmark = pytest.mark.claims

SMALL = sampling.Sizes((64, 256, 512), seeds=64, block=32, gaussian_draws=1000)
BLOCKS = ("raw", "whitened")
TINY = sampling.Sizes((24, 40), seeds=8, block=3, gaussian_draws=50)


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "interval", "verdict"),
    [
        ("slopes", (-0.41, -0.43, -0.401), "holds"),
        ("slopes", (-0.38, -0.39, -0.37), "holds in part"),
        ("slopes", (-0.41, -0.45, -0.38), "not decided"),
        ("slopes", (math.nan, -math.inf, math.inf), "not decided"),
        ("ratios", (1.05, 1.0, 1.099), "holds"),
        ("ratios", (1.2, 1.15, 1.3), "holds in part"),
        ("ratios", (1.05, 0.9, 1.2), "not decided"),
    ],
)
def test_verdicts_at_the_borders_of_the_criterion(field, interval, verdict):
    found = changed(outcome(sampling.CLAIM, TINY).found)
    found.slopes = dict.fromkeys(BLOCKS, Interval(-0.5, -0.52, -0.48, 8))
    found.ratios = dict.fromkeys(BLOCKS, Interval(1.0, 0.95, 1.05, 8))
    assert sampling.judge(TINY, found).verdict == "holds"
    getattr(found, field)["whitened"] = Interval(*interval, 8)
    assert sampling.judge(TINY, found).verdict == verdict


def test_criterion_and_sentences_follow_the_sizes():
    sizes = dataclasses.replace(TINY, k_max=2)
    outcome = run_claim(without_control(sampling.CLAIM), sizes, 3)
    assert "n = 24 … 40" in sampling.criterion(sizes)
    assert "|k| ≤ 2" in sampling.criterion(sizes)
    assert "at n = 24." in outcome.verdict.reason
    assert f"{outcome.found.for_a_tenth['whitened']:,} (whitened)" in outcome.verdict.reason
    for values in vars(outcome.found).values():
        if isinstance(values, np.ndarray):
            assert np.isfinite(values).all()


# --- reference ------------------------------------------------------------------------------------


def test_both_errors_of_random_samples():
    part = sampling.measure(TINY, Cell(n=24), np.random.default_rng(5))
    rates = mn.fourier_eigenvalues(4)
    angles = mn.sample_angles(24, np.random.default_rng(5))
    kernel = mn.infinite_ntk(angles)
    roots = np.sqrt(rates[mn.basis_frequencies(4)])
    for name in BLOCKS:
        block = mn.low_frequency_block(kernel, angles, whitened=name == "whitened")
        assert_close(part[name], mn.spectral_error(block, rates), 1e-12)
        relative = np.linalg.norm(block / np.outer(roots, roots) - np.eye(9), ord=2)
        assert_close(part[f"{name}_relative"], relative, 1e-12)


def test_a_grid_is_off_by_its_aliasing():
    part = sampling.measure_grid(TINY, Cell(n=40), np.random.default_rng(0))
    assert_close(part["grid_error"], part["grid_aliasing"], 1e-9)
    aliasing = mn.aliased_eigenvalues(40)[:5] - mn.fourier_eigenvalues(4)
    assert part["grid_aliasing"] == np.abs(aliasing).max()


# --- rate -----------------------------------------------------------------------------------------


def test_it_holds_and_its_control_fails():
    outcome = run_with_control(sampling.CLAIM, SMALL)
    assert outcome.control.verdict == "fails", outcome.control.reason
    assert outcome.verdict.verdict != "fails", outcome.verdict.reason


# --- argument checks ------------------------------------------------------------------------------


def test_a_tampered_kernel_fails(monkeypatch):
    wrong = scaled(fast.infinite_low_frequency_block, 1.3)
    monkeypatch.setattr(sampling, "infinite_low_frequency_block", wrong)
    outcome = run_claim(without_control(sampling.CLAIM), SMALL, 0)
    assert outcome.verdict.verdict == "fails", outcome.verdict.reason


def test_a_tampered_limit_is_seen(monkeypatch):
    limit = sampling.sampling_limit

    def wrong(*arguments):
        return {name: 1.5 * matrices for name, matrices in limit(*arguments).items()}

    monkeypatch.setattr(sampling, "sampling_limit", wrong)
    verdict = run_claim(without_control(sampling.CLAIM), SMALL, 0).verdict
    assert verdict.verdict == "holds in part"
    assert "Refuted: constant, raw; constant, whitened" in verdict.reason
