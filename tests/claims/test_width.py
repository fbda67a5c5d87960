"""The claim on width: its laws of the output weights, its mean kernel, and its verdicts."""

import math

import numpy as np
import pytest

import minintk as mn
from minintk import fast
from minintk.claims.claim import Cell, run_claim
from minintk.claims.statistics import Interval
from minintk.claims.study import width
from tests.reference.claim_runs import run_with_control
from tests.reference.closeness import assert_close
from tests.reference.found import changed, outcome, without_control
from tests.reference.tampering import scaled

pytestmark = pytest.mark.claims

SMALL = width.Sizes(
    (64, 256, 512), seeds=64, block=32, gaussian_draws=1000, mean_points=9, mean_neurons=60_000
)
TINY = width.Sizes(
    (16, 32), seeds=8, block=3, gaussian_draws=50, mean_points=5, mean_neurons=200
)  # fmt: skip


# --- by hand --------------------------------------------------------------------------------------


def test_an_entry_that_never_varies_is_compared_exactly():
    theory, error = np.array([0.0, 1.0, 2.0]), np.array([0.0, 0.1, 0.5])
    mean = np.array([0.0, 1.2, 1.5])
    assert_close(width._largest_score(mean, error, theory), 2.0, 1e-12)
    mean[0] = 1e-9
    assert width._largest_score(mean, error, theory) == math.inf


@pytest.mark.parametrize(
    ("score", "law", "slope", "verdict"),
    [
        (4.9, "normal", -0.5, "holds"),
        (4.9, "signs", -0.39, "holds in part"),
        (4.9, "antisymmetric", -0.39, "holds in part"),
        (4.9, "normal", -0.405, "not decided"),
        (5.0, "normal", -0.5, "fails"),
        (math.inf, "normal", -0.5, "fails"),
        (math.nan, "normal", -0.5, "not decided"),
    ],
)
def test_verdicts_at_the_borders_of_the_criterion(score, law, slope, verdict):
    found = changed(outcome(width.CLAIM, TINY).found)
    found.slopes = dict.fromkeys(width.LAWS, Interval(-0.5, -0.52, -0.48, 8))
    found.ratios = dict.fromkeys(width.LAWS, Interval(1.0, 0.95, 1.05, 8))
    found.slopes[law] = Interval(slope, slope - 0.009, slope + 0.009, 8)
    found.largest_standard_score = score
    assert width.judge(TINY, found).verdict == verdict


def test_criterion_and_sentences_follow_the_sizes():
    outcome = run_claim(without_control(width.CLAIM), TINY, 3)
    assert "m = 16 … 32" in width.criterion(TINY)
    assert "200 neurons" in width.criterion(TINY)
    assert f"{outcome.found.for_a_tenth['signs']:,} (signs)" in outcome.verdict.reason
    for values in vars(outcome.found).values():
        if isinstance(values, np.ndarray):
            assert np.isfinite(values).all()


# --- reference ------------------------------------------------------------------------------------


def test_errors_of_three_laws():
    part = width.measure(TINY, Cell(width=16), np.random.default_rng(5))
    rng, grid = np.random.default_rng(5), mn.uniform_angles(2048)
    rates = mn.fourier_eigenvalues(4)
    for name, options in (
        ("signs", {}),
        ("antisymmetric", {"antisymmetric": True}),
        ("normal", {"law": mn.Law(output_law="normal")}),
    ):
        params = mn.initialise(16, rng, **options)
        block = fast.empirical_low_frequency_block(params, grid)  # 2048 samples for the circle
        assert_close(part[name], mn.spectral_error(block, rates), 1e-3)


def test_mean_kernel_beside_the_closed_form():
    part = width.measure_mean(TINY, Cell(), np.random.default_rng(5))
    rng = np.random.default_rng(5)
    angles = mn.sample_angles(4, rng)
    angles = np.append(angles, angles[0] + np.pi)
    mean, error = mn.monte_carlo_ntk(angles, 200, rng)
    assert_close(part["mean_kernel"], mean, 1e-15)
    assert_close(part["mean_error"], error, 1e-15)
    assert_close(part["mean_theory"], mn.infinite_ntk(angles), 1e-15)
    assert abs(part["mean_theory"][0, -1]) < 1e-15, "the last point is the first one's antipode"
    assert part["mean_error"][0, -1] < 1e-15


def test_the_error_by_frequency_is_that_of_both_phases():
    part = width.measure(TINY, Cell(width=64), np.random.default_rng(5))
    params = mn.initialise(64, np.random.default_rng(5), mn.Law(output_law="signs"))
    block, rates = mn.fast.population_low_frequency_block(params, TINY.k_max), []
    for k, rate in enumerate(mn.fourier_eigenvalues(TINY.k_max)):
        entries = [block[j, j] for j in ([0] if k == 0 else [2 * k - 1, 2 * k])]
        rates.append(np.sqrt(np.mean([(entry / rate - 1) ** 2 for entry in entries])))
    assert_close(part["by_k"], rates, 1e-10)


def test_copies_have_the_kernel_of_the_pair():
    part = width.measure(TINY, Cell(width=4096), np.random.default_rng(5), copies=True)
    other = width.measure(TINY, Cell(width=2), np.random.default_rng(5))
    assert part.keys() == other.keys()
    assert all(np.array_equal(part[name], other[name]) for name in part)
    pair = mn.initialise(2, np.random.default_rng(5))
    many = mn.Params(np.tile(pair.w, (8, 1)), np.tile(pair.b, 8), np.tile(pair.a, 8))
    t = mn.uniform_angles(12)
    assert_close(mn.empirical_ntk(many, t), mn.empirical_ntk(pair, t), 1e-14)


# --- rate -----------------------------------------------------------------------------------------


def test_it_holds_and_its_control_fails():
    outcome = run_with_control(width.CLAIM, SMALL)
    assert outcome.control.verdict == "fails", outcome.control.reason
    assert outcome.verdict.verdict != "fails", outcome.verdict.reason
    constants = {law: interval.mean for law, interval in outcome.found.constants.items()}
    assert abs(constants["antisymmetric"] / constants["signs"] - math.sqrt(2)) < 0.15
    assert abs(constants["normal"] / constants["signs"] - 1.145 / 0.776) < 0.15


# --- argument checks ------------------------------------------------------------------------------


def test_a_tampered_kernel_fails(monkeypatch):
    monkeypatch.setattr(width, "infinite_ntk", scaled(mn.infinite_ntk, 1.05))
    verdict = run_claim(without_control(width.CLAIM), SMALL, 0).verdict
    assert verdict.verdict == "fails", verdict.reason
    assert [finding.part for finding in verdict.findings] == ["the mean kernel"]
