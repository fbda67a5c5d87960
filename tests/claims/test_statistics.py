"""What data over seeds can show: intervals that hold what they say, findings, verdicts in words."""

import math

import numpy as np
import pytest

from minintk.claims.statistics import (
    FAILS,
    HOLDS,
    IN_PART,
    OPEN,
    Finding,
    Interval,
    Judged,
    above,
    below,
    decide,
    every,
    exact,
    fitted_slopes,
    holm,
    inside,
    median_interval,
    negative,
    ratio_interval,
    student_interval,
    student_quantile,
)
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.claims

NAN, INF = math.nan, math.inf


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("degrees", "tail", "quantile"),
    [(1, 0.025, 12.706205), (7, 0.025, 2.364624), (15, 0.005, 2.946713), (30, 0.025, 2.042272)],
)
def test_student_quantile_of_the_tables(degrees, tail, quantile):
    assert abs(student_quantile(degrees, tail) - quantile) < 1e-6


def test_student_interval_of_a_sample_by_hand():
    found = student_interval(np.array([1.0, 2.0, 3.0]))
    half = 4.302653 / math.sqrt(3)
    assert_close([found.mean, found.low, found.high], [2.0, 2 - half, 2 + half], 1e-6)
    assert (found.seeds, found.kind) == (3, "95 % Student")
    together = student_interval(np.array([1.0, 2.0, 3.0]), cells=4)
    assert together.high > found.high
    assert "4 cells together (Bonferroni)" in together.kind
    assert str(Interval(-1.0, -2.0, 0.5)) == "−1 [−2, 0.5]"
    assert str(Interval(2.0, -INF, INF)) == "2 (too few seeds for an interval)"
    assert str(Interval(NAN, -INF, INF)) == "nan [−inf, inf]"
    assert str(Interval(-562.3, -1234.0, 0.5)) == "−562 [−1230, 0.5]"


def test_median_interval_of_samples_by_hand():
    # P(Binomial(8, ½) < 1) = 1/256 ≤ 0.025, < 2 would be 9/256: the smallest and the largest.
    found = median_interval(np.array([8.0, 1.0, 2.0, 3.0, 100.0, 4.0, 5.0, 6.0]))
    assert found[:4] == (4.5, 1.0, 100.0, 8)
    # P(Binomial(11, ½) < 2) = 12/2048 ≤ 0.025, < 3 would be 67/2048: second and last but one.
    assert median_interval(np.arange(1.0, 12.0))[:3] == (6.0, 2.0, 10.0)
    # Five: even the smallest and the largest miss the median with 1/16.
    assert median_interval(np.arange(5.0))[:3] == (2.0, -INF, INF)


def test_findings_at_their_borders():
    inner, over = Interval(0.0, -1.0, 1.0, 8), Interval(1.5, 0.5, 2.5, 8)
    assert inside("x", inner, -1.0, 1.0) == Finding("x", True)
    assert inside("x", over, -1.0, 0.4) == Finding("x", False)
    assert inside("x", over, -1.0, 0.5).shown is None
    assert inside("x", over, -1.0, 1.0) == Finding("x", None, 24)  # (1/0.5)² = 4 times 8 seeds
    assert above("x", over, 0.5).shown is True
    assert above("x", over, 0.6).shown is None
    assert above("x", over, 2.6).shown is False
    assert below("x", over, 2.5).shown is True
    assert below("x", over, 0.4).shown is False
    assert exact("x", 1.0, 1.0).shown is False
    assert exact("x", 0.99, 1.0).shown is True


SHOWN, REFUTED, UNKNOWN = Finding("a", True), Finding("b", False), Finding("c", None, 12)


@pytest.mark.parametrize(
    ("findings", "verdict", "words"),
    [
        ((SHOWN,), HOLDS, "Measured."),
        ((SHOWN, SHOWN), HOLDS, "Measured."),
        ((REFUTED,), FAILS, "Measured."),
        ((SHOWN, REFUTED), IN_PART, "Measured. Refuted: b."),
        (
            (UNKNOWN,),
            OPEN,
            "Measured. Not decided at these sizes: c (about 12 more seeds would decide it).",
        ),
        (
            (Finding("c", None, 1),),
            OPEN,
            "Measured. Not decided at these sizes: c (about 1 more seed ",
        ),
        ((SHOWN, UNKNOWN), OPEN, "Measured. Not decided at these sizes: c (about 12 more seeds "),
        ((REFUTED, UNKNOWN), OPEN, "Measured. Refuted: b. Not decided at these sizes: c (about "),
        ((SHOWN, REFUTED, UNKNOWN), IN_PART, "Measured. Refuted: b. Not decided at these sizes: c"),
        ((SHOWN, Finding("d", None)), OPEN, "Measured. Not decided at these sizes: d."),
        ((), OPEN, "Measured."),
    ],
)
def test_verdicts(findings, verdict, words):
    found = decide(findings, "Measured.")
    assert found.verdict == verdict
    assert found.reason.startswith(words)
    assert found.findings == findings


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.parametrize("degrees", [1, 2, 3, 8, 31, 100, 101, 599])
@pytest.mark.parametrize("tail", [0.025, 0.025 / 12, 1e-4])
def test_student_quantile_against_the_finite_series(degrees, tail):
    # Abramowitz & Stegun 26.7.3, 26.7.4: P(|T| ≤ t) by powers of cos θ, t = √ν tan θ.
    theta = math.atan(student_quantile(degrees, tail) / math.sqrt(degrees))
    cosine, odd = math.cos(theta), degrees % 2
    term, total = (cosine if odd else 1.0), 0.0
    for k in range(1, (degrees - odd) // 2 + 1):
        total += term
        term *= cosine**2 * ((2 * k) / (2 * k + 1) if odd else (2 * k - 1) / (2 * k))
    within = math.sin(theta) * total
    within = (theta + within) * 2 / math.pi if odd else within
    assert abs((1 - within) / 2 / tail - 1) < 1e-8


def test_a_fitted_slope_is_the_least_squares_one():
    sizes = (2, 3, 7, 11)
    values = np.random.default_rng(2).uniform(1, 2, (4, 3))
    expected = np.polyfit(np.log(sizes), np.log(values), 1)[0]
    assert np.abs(fitted_slopes(sizes, values) - expected).max() < 1e-12


def test_a_ratio_of_means_has_the_interval_of_the_delta_method():
    rng = np.random.default_rng(0)
    null = rng.uniform(1, 2, 4000)
    gain = 1.5 * null + rng.normal(0, 0.5, 4000)
    found = ratio_interval(gain, null)
    again = [gain[s].sum() / null[s].sum() for s in rng.integers(0, 4000, (400, 4000))]
    assert_close(found.mean, gain.sum() / null.sum(), 1e-12)
    assert_close((found.high - found.low) / 2 / 1.96, np.std(again), 0.15)


# --- theorem --------------------------------------------------------------------------------------


def test_fitted_slopes_are_exact_on_power_laws():
    sizes = (16, 64, 1024, 3000)
    exponents = np.array([-0.5, -2.0, 1.25])
    values = np.array([0.7, 3.0, 1e-4]) * np.array(sizes, dtype=float)[:, None] ** exponents
    assert np.abs(fitted_slopes(sizes, values) - exponents).max() < 1e-12


def test_so_many_more_seeds_do_decide():
    # The interval of n seeds shrinks as 1/√n about the same mean.
    interval = Interval(0.05, 0.05 - 0.2, 0.05 + 0.2, 10)
    finding = inside("x", interval, -0.1, 0.1)
    half = 0.2 * math.sqrt(10 / (10 + finding.more_seeds))
    shrunk = Interval(0.05, 0.05 - half, 0.05 + half, 10 + finding.more_seeds)
    assert inside("x", shrunk, -0.1, 0.1).shown is True
    nearly = 0.2 * math.sqrt(10 / (10 + finding.more_seeds - 1))
    assert 0.05 + nearly > 0.1
    hardly = inside("x", Interval(0.0995, 0.0, 0.2, 10), -0.1, 0.1)
    assert hardly == Finding("x", None, None), "400 000 more seeds are no advice"


def test_holm_keeps_the_order_and_rejects_no_less_than_bonferroni():
    rng = np.random.default_rng(1)
    tests = [(f"cell {i}", rng.normal(mean, 1.0, 12)) for i, mean in enumerate((0, 1.0, 3, 0.9))]
    found = holm(tests)
    assert list(found) == [name for name, _ in tests]
    for name, values in tests:
        joint = student_interval(values, len(tests))
        if not joint.low <= 0 <= joint.high:
            assert not found[name].low <= 0 <= found[name].high
        assert found[name].mean == joint.mean
        assert "Holm over 4 cells" in found[name].kind


def test_a_mean_that_holm_leaves_open_is_open():
    noise = np.array([-1.0, 0.0, 1.0])
    found = holm([("open", noise - 2.2), ("late", np.tile(noise, 5) - 0.8)])
    assert found["late"].high == 0.0, "by itself it is below 0, but it comes after an open one"
    assert below("late", found["late"], 0.0).shown is True
    assert negative("late", found["late"], "mean").shown is None
    for low, high, shown in ((-2.0, -1.0, True), (1.0, 2.0, False), (-1.0, 1.0, None)):
        one = negative("a", Interval((low + high) / 2, low, high, 8), "mean")
        assert one.shown is shown
        assert [(cell.part, cell.of, cell.shown) for cell in one.judged] == [("a", "mean", shown)]


def test_what_a_finding_was_decided_on_stays_with_it():
    one, two = Interval(0.5, 0.4, 0.6, 8), Interval(2.0, 1.0, 3.0, 8)
    (judged,) = inside("a", one, 0.0, 1.0).judged
    assert judged == Judged("a", True, one, 0.0, 1.0)
    (judged,) = exact("b", 0.1, 0.01).judged
    assert (judged.interval[:3], judged.shown, judged.most) == ((0.1, 0.1, 0.1), False, 0.01)
    both = every("all", [inside("a", one, 0.0, 1.0), inside("c", two, 0.0, 1.5)], " (two cells)")
    assert (both.part, both.shown) == ("all (two cells)", None)
    assert [(cell.part, cell.of, cell.shown) for cell in both.judged] == [
        ("a", "all", True),
        ("c", "all", None),
    ]


def test_holm_gives_each_step_its_level_and_stops_at_the_first_that_is_open():
    noise = np.array([-1.0, 0.0, 1.0])  # with the mean c it is √3 c errors from 0
    tests = {name: np.tile(noise, n) + mean for name, n, mean in
             (("open", 1, 2.2), ("a", 9, 7.0), ("late", 5, 0.8), ("b", 9, 5.0))}  # fmt: skip
    found = holm(list(tests.items()))
    for name, cells in (("a", 4), ("b", 3), ("open", 2)):
        assert found[name][:3] == student_interval(tests[name], cells)[:3]
    assert found["b"].low > 0 > found["open"].low
    late = student_interval(tests["late"], 2)  # beyond 0 by itself, but after an open one
    assert late.low > 0
    assert found["late"][:3] == (late.mean, 0.0, late.high)


# --- rate -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seeds", [8, 24])
def test_student_intervals_cover_95_percent(seeds):
    samples = np.random.default_rng(5).normal(2.0, 3.0, (8000, seeds))
    intervals = [student_interval(sample) for sample in samples]
    covered = np.mean([interval.low <= 2.0 <= interval.high for interval in intervals])
    error = math.sqrt(0.05 * 0.95 / len(samples))
    assert abs(covered - 0.95) < 3 * error, f"{covered:.4f} of the intervals hold the mean"


@pytest.mark.parametrize("seeds", [8, 24, 25])
def test_median_intervals_cover_at_least_what_they_say_also_for_heavy_tails(seeds):
    samples = np.random.default_rng(6).standard_cauchy((4000, seeds))
    intervals = [median_interval(sample) for sample in samples]
    covered = np.mean([interval.low <= 0.0 <= interval.high for interval in intervals])
    assert covered > 0.95 - 3 * math.sqrt(0.05 * 0.95 / len(samples))


def test_holm_claims_an_effect_where_none_is_in_one_run_of_twenty_at_most():
    rng = np.random.default_rng(7)
    wrong = 0
    for _ in range(1500):
        found = holm([(str(cell), rng.normal(size=8)) for cell in range(5)])
        wrong += any(not one.low <= 0 <= one.high for one in found.values())
    assert wrong / 1500 < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 1500)


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize("interval", [student_interval, median_interval])
@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_an_interval_of_what_is_not_finite_has_no_bounds(interval, value):
    found = interval(np.array([*range(20), value]))
    assert np.array_equal(found.mean, NAN if interval is median_interval else value, equal_nan=True)
    assert (found.low, found.high) == (-INF, INF)


def test_nan_is_neither_shown_nor_refuted():
    nowhere = Interval(NAN, -INF, INF, 8)
    for finding in (
        inside("x", nowhere, -1.0, 1.0),
        above("x", nowhere, 0.0),
        below("x", nowhere, 0.0),
        exact("x", NAN, 1.0),
    ):
        assert finding.shown is None
    assert decide([exact("x", NAN, 1.0)], "measured").verdict == OPEN


def test_an_infinite_mean_is_outside_of_finite_bounds():
    never, before = (Interval(value, -INF, INF, 8) for value in (INF, -INF))
    assert [one.shown for one in (inside("x", never, -1.0, 1.0), below("x", never, 0.0))] == [
        False,
        False,
    ]
    assert [one.shown for one in (above("x", never, 0.0), above("x", before, 0.0))] == [None, False]
    both = student_interval(np.array([INF, -INF, 1.0]))
    assert math.isnan(both.mean)
    assert str(before) == "−inf"


def test_one_value_decides_nothing():
    one = student_interval(np.array([1.0]))
    assert one[:3] == (1.0, -INF, INF)
    assert above("x", one, 0.0) == Finding("x", None, None)
    assert decide([above("x", one, 0.0)], "measured").verdict == OPEN
