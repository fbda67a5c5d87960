"""The claim on growth: the laws of a step, and the lazy limit."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest

import minintk as mn
from minintk.claims.beyond import growth
from minintk.claims.claim import Cell, Found, arrays, run_claim, summary
from minintk.claims.statistics import FAILS, HOLDS, IN_PART, OPEN, Interval, student_interval
from tests.reference.claim_runs import run_with_control
from tests.reference.closeness import assert_close
from tests.reference.found import without_control

pytestmark = [pytest.mark.evolving, pytest.mark.claims]

CLAIM = growth.CLAIM
TINY = growth.Sizes(
    widths=(8, 16), law_widths=(8,), points=12, steps=5, seeds=3, law_seeds=2, block=2
)
SMALL = growth.Sizes(
    widths=(16, 1024), law_widths=(16, 64), points=32, steps=60, seeds=4, law_seeds=2
)


def near(mean, half=0.02):
    return Interval(mean, mean - half, mean + half, 9)


def found(**changes):
    good = {
        "error_of_growth_law": 1e-13,
        "error_of_balance_law": 1e-13,
        "ratio_to_lazy": [near(0.8), near(1.02)],
        "ratio_at_largest_width": near(1.02),
        "lazy_growth": 40.0,
    }
    return Found(**{**good, **changes})


@pytest.fixture(scope="module")
def small():
    return run_with_control(CLAIM, SMALL)


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "changes"),
    [
        (HOLDS, {}),
        (HOLDS, {"ratio_to_lazy": [near(0.72), near(1.28)]}),
        (OPEN, {"ratio_to_lazy": [near(1.3), near(1.0)]}),
        (IN_PART, {"ratio_to_lazy": [near(1.34), near(1.0)]}),
        (IN_PART, {"ratio_to_lazy": [near(0.66), near(1.0)]}),
        (IN_PART, {"error_of_growth_law": 1e-8}),
        (IN_PART, {"error_of_balance_law": 1e-8}),
        (OPEN, {"error_of_growth_law": np.nan}),
        (OPEN, {"error_of_balance_law": np.nan}),
        (OPEN, {"ratio_to_lazy": [student_interval(np.array([1, np.nan])), near(1.0)]}),
        (OPEN, {"ratio_to_lazy": [near(1.0, np.inf), near(1.0)]}),  # one seed
        (
            FAILS,
            {
                "error_of_growth_law": 1.0,
                "error_of_balance_law": 1.0,
                "ratio_to_lazy": [near(0.0), near(0.0)],
            },
        ),
    ],
)
def test_every_branch_of_judge(verdict, changes):
    judged = CLAIM.judge(TINY, found(**changes))
    assert judged.verdict == verdict, judged.reason
    assert "over the lazy limit 40.0 is" in judged.reason


@pytest.mark.parametrize(
    ("verdict", "ratio"),
    [
        (HOLDS, near(1.02)),
        (OPEN, near(1.04)),
        (FAILS, near(1.08)),
        (FAILS, near(0.92)),
        (OPEN, student_interval(np.array([1.0, np.nan]))),
    ],
)
def test_the_later_criterion_speaks_of_the_largest_width_alone(verdict, ratio):
    assert CLAIM.later[1](TINY, found(ratio_at_largest_width=ratio)).verdict == verdict


def test_the_criterion_speaks_of_the_sizes_of_the_run():
    text = CLAIM.criterion(TINY)
    assert text.startswith("At m = 8 both laws")
    assert "At m = 8, 16 the mean growth is within 31 %" in text


# --- reference ------------------------------------------------------------------------------------


def test_growth_is_that_of_plain_descent():
    part = growth.measure(TINY, Cell(width=8), np.random.default_rng(5), 2)
    rng = np.random.default_rng(5)
    angles = mn.uniform_angles(12)
    targets = sum(np.cos(k * angles + 0.3 * k) for k in (1, 2, 3))
    for run in range(2):
        params = mn.initialise(8, rng, antisymmetric=True)
        start = params
        for _ in range(5):
            gradient = mn.loss_and_gradient(params, angles, targets)[1]
            params = mn.unflatten(mn.flatten(params) - 0.5 * mn.flatten(gradient), params)
        expected = np.sum(params.a**2) - np.sum(start.a**2)
        assert_close(part["growth"][run], expected, 1e-12)


def test_the_lazy_limit_is_that_of_the_grid(small):
    angles = mn.uniform_angles(32)
    kernel = mn.infinite_ntk(angles) / 32
    targets = sum(np.cos(k * angles + 0.3 * k) for k in (1, 2, 3))
    rates, modes = np.linalg.eigh(kernel)
    y = modes.T @ targets / np.sqrt(32)
    expected = np.sum(y**2 * (1 - np.exp(-rates * 30)) ** 2 / rates)
    assert_close(small.found.lazy_growth, expected, 1e-9)
    ratio = small.found.ratio_to_lazy[0].mean
    assert_close(ratio, small.found.growth[0].mean() / expected, 1e-9)


# --- theorem --------------------------------------------------------------------------------------


def test_the_laws_hold_to_rounding_and_the_claim_with_them(small):
    assert small.found.error_of_growth_law < 1e-11
    assert small.found.error_of_balance_law < 1e-11
    assert small.verdict.verdict == HOLDS, small.verdict.reason
    assert small.control.verdict == FAILS


def test_training_starts_from_output_0(monkeypatch):
    kept, true = [], growth.train_together
    monkeypatch.setattr(
        growth, "train_together", lambda *a, **k: kept.append(a[0]) or true(*a, **k)
    )
    growth.measure(TINY, Cell(width=8), np.random.default_rng(5), 3)
    (starts,) = kept
    assert len(starts) == 3
    assert max(np.abs(mn.forward(start, [0.1, 2.0, -1.3])).max() for start in starts) < 1e-12


def test_the_same_seed_gives_the_same_bits():
    first, again, other = (
        run_claim(without_control(CLAIM), TINY, seed).found for seed in (3, 3, 4)
    )
    assert summary(first) == summary(again)
    assert (arrays(first)["growth"] == arrays(again)["growth"]).all()
    assert (first.growth != other.growth).all()


def test_its_figure_has_the_networks_beside_the_limit(small):
    figure, axis = plt.subplots()
    CLAIM.draw(SMALL, small.found, [axis])
    assert all((axis.get_title(), axis.get_xlabel(), axis.get_ylabel(), axis.get_legend()))
    assert_close(axis.lines[-1].get_ydata()[0], small.found.lazy_growth, 1e-12)
    assert_close(axis.lines[0].get_ydata(), small.found.growth.mean(axis=1), 1e-12)
    plt.close(figure)


# --- rate -----------------------------------------------------------------------------------------


def test_the_growth_of_wide_networks_scatters_less(small):
    # by m^-1/2: 8 from m = 16 to 1024, here from four networks each
    narrow, wide = small.found.growth.std(axis=1, ddof=1)
    assert 3 < narrow / wide < 40
    assert abs(small.found.ratio_to_lazy[-1].mean - 1) < 0.03


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "factor"), [("growth_rate", 1.01), ("balance", 1.01), ("lazy_growth", 2.0)]
)
def test_a_tampered_theory_is_seen(name, factor, monkeypatch):
    true, calls = getattr(growth, name), []

    def tampered(*arguments):
        calls.append(1)
        # of the balance only every other call: it stands on both sides of its law
        return true(*arguments) * (1 if name == "balance" and len(calls) % 2 else factor)

    monkeypatch.setattr(growth, name, tampered)
    outcome = run_claim(without_control(CLAIM), SMALL, seed=0)
    assert outcome.verdict.verdict == IN_PART, outcome.verdict.reason


def test_one_seed_decides_nothing():
    sizes = dataclasses.replace(TINY, seeds=1)
    assert run_claim(without_control(CLAIM), sizes, seed=0).verdict.verdict == OPEN
