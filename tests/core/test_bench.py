"""The bench: it times what it says, side by side, and reports it; never how fast anything is."""

import numpy as np
import pytest
from matplotlib.figure import Figure

import minintk as mn
from minintk import bench

pytestmark = pytest.mark.command

SMALL = [bench.Case(name, 24, 40) for name in (bench.KERNEL, bench.STEP, bench.BLOCK)] + [
    bench.Case(name, 24, 0) for name in (bench.INFINITE, bench.GRID, bench.SPECTRUM, bench.FLOW)
]


def result(method, n, m, seconds, name="work"):
    return bench.Result(name, n, m, method, seconds, seconds, 1.0, 1.0, 1.0)


class Clock:
    """Time that passes only when a method is called."""

    def __init__(self, monkeypatch):
        self.now = 100.0
        monkeypatch.setattr(bench.time, "perf_counter", lambda: self.now)

    def call(self, *seconds):
        """A call that takes so long; one of several times, turn by turn."""
        left = list(seconds)

        def work():
            self.now += left.pop(0) if len(left) > 1 else left[0]

        return work


# --- by hand --------------------------------------------------------------------------------------


def test_results_of_a_case_fit_together():
    results = bench.measure_case(SMALL[0], 0.05)
    by_method = {r.method: r for r in results}
    assert set(by_method) == {bench.PLAIN, bench.ARCS, bench.JACOBIAN, bench.LIMIT}
    plain, limit = by_method[bench.PLAIN], by_method[bench.LIMIT]
    for r in results:
        assert 0 < r.seconds_min <= r.seconds_median, r
        assert r.ratio_to_plain == plain.seconds_min / r.seconds_min
        assert r.ratio_to_limit == r.seconds_min / limit.seconds_min
        assert r.peak_mib > 0


@pytest.mark.parametrize(
    ("seconds", "best"),
    [((0.5,), 0.5), ((0.01, 0.015, 0.005, 0.019, 0.012, 0.001), 0.005), ((0.021, 0.001), 0.021)],
)
def test_a_turn_is_the_best_of_five_calls_unless_one_is_long(seconds, best, monkeypatch):
    clock = Clock(monkeypatch)
    assert bench._turn(clock.call(*seconds)) == pytest.approx(best, rel=1e-9)
    calls = [*seconds, *5 * seconds[-1:]][: 1 if seconds[0] > 0.02 else 5]
    assert clock.now == pytest.approx(100 + sum(calls), rel=1e-12)


def test_a_case_ends_after_its_seconds_or_fifteen_turns(monkeypatch):
    clock = Clock(monkeypatch)
    for seconds, turns in ((1.0, 10), (100.0, 15), (0.0, 1)):
        called = []
        methods = {bench.PLAIN: clock.call(0.06), bench.LIMIT: clock.call(0.04)}
        counted = {
            method: lambda method=method, call=call, called=called: (called.append(method), call())
            for method, call in methods.items()
        }
        monkeypatch.setattr(bench, "_methods", lambda case, rng, c=counted: c)
        plain, limit = bench.measure_case(SMALL[0], seconds)
        assert len(called) == 2 * turns + 2, "each once more for its memory"
        assert called[:4] == [bench.PLAIN, bench.LIMIT] * 2
        assert plain.seconds_min == plain.seconds_median == pytest.approx(0.06, rel=1e-9)
        assert plain.ratio_to_limit == pytest.approx(1.5, rel=1e-9)
        assert limit.ratio_to_plain == pytest.approx(1.5, rel=1e-9)


def test_memory_at_the_peak():
    assert bench._peak_mib(lambda: np.ones(3 * 2**17)) == pytest.approx(3.0, rel=0.01)


def test_the_limit_writes_as_many_doubles_as_the_result_has():
    sizes = {
        case.name: bench._methods(case, np.random.default_rng(0))[bench.LIMIT]().size
        for case in SMALL
    }
    kernels = dict.fromkeys((bench.KERNEL, bench.INFINITE, bench.GRID), 24 * 24)
    moments = dict.fromkeys((bench.STEP, bench.BLOCK), 24 + 4 * 40)
    assert sizes == {**kernels, **moments, bench.SPECTRUM: 24, bench.FLOW: 24}


@pytest.mark.parametrize(("limit", "there"), [(8 * 24 * 160, True), (8 * 24 * 160 - 1, False)])
def test_a_jacobian_above_the_limit_is_left_out(limit, there, monkeypatch):
    monkeypatch.setattr(bench, "GIBIBYTE", limit)
    assert (bench.JACOBIAN in bench._methods(SMALL[0], np.random.default_rng(0))) is there


def test_limits_of_the_machine(monkeypatch):
    monkeypatch.setattr(bench, "_turn", lambda call: 0.5 if len(call()) == 1024 else 0.25)
    limits = bench.machine_limits()
    assert limits["dgemm_gflops"] == pytest.approx(2 * 1.024**3 / 0.5, rel=1e-12)
    assert limits["write_gib_per_second"] == 0.125 / 0.25


def test_the_cases_have_every_work_in_two_sizes_and_the_sizes_of_the_readme():
    assert set(bench.QUICK_CASES) <= set(bench.CASES)
    for name in (bench.KERNEL, bench.STEP, bench.BLOCK, bench.INFINITE, bench.GRID, bench.FLOW):
        assert len({(c.n, c.m) for c in bench.CASES if c.name == name}) >= 2, name
    for n, m in ((1024, 16384), (4096, 4096), (4096, 65536)):
        assert bench.Case(bench.KERNEL, n, m) in bench.CASES
    for n, m in ((1024, 1024), (1024, 16384)):
        assert bench.Case(bench.STEP, n, m) in bench.CASES
    assert bench.Case(bench.SPECTRUM, 1024, 0) in bench.CASES
    assert bench.Case(bench.FLOW, 4096, 0) in bench.CASES


def test_the_table_has_a_line_for_every_result():
    results = [result("plain", 8, m, 0.002 * m) for m in (10, 20)]
    text = bench.table(results, {"dgemm_gflops": 41.6, "write_gib_per_second": 2.34})
    head, first, second, _, growth, machine = text.split("\n")
    assert first.split() == [
        "work",
        "8",
        "10",
        "plain",
        *2 * ["20.00", "ms"],
        "1",
        "MiB",
        "1.0",
        "1",
    ]
    assert second.split()[4:6] == ["40.00", "ms"]
    assert head.split()[:3] == ["case", "n", "m"]
    assert growth == "growth exponents of work: plain: m at n = 8: 1.00"
    assert "42 Gflop/s" in machine
    assert "2.3 GiB/s" in machine


def test_growth_exponents_of_power_laws():
    sizes = [(n, m) for n in (8, 16, 64) for m in (10, 20, 80)]
    results = [result("plain", n, m, 1e-6 * n**2 * m**0.5) for n, m in sizes if n == 8 or m == 10]
    results += [
        result("plain", n, m, 7.0 * m / n) for n, m in sizes if n > 8 and m > 10
    ]  # off both
    results += [result("limit", n, m, 1.0) for n, m in sizes]
    found = bench.growth_exponents(results)
    assert list(found) == ["work"]
    assert found["work"] == {
        "plain: n at m = 10": pytest.approx(2.0, abs=1e-12),
        "plain: m at n = 8": pytest.approx(0.5, abs=1e-12),
    }


def test_the_figure_has_both_works_and_every_method():
    results = [
        result(method, 24, 40, 0.1, name)
        for name in (bench.KERNEL, bench.STEP)
        for method in (bench.PLAIN, bench.ARCS, bench.LIMIT)
    ]
    axes = list(Figure().subplots(1, 2))
    bench.draw(results, axes)
    for axis in axes:
        assert axis.get_xlabel()
        assert axis.get_ylabel()
        assert len(axis.get_legend().get_texts()) == 4


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.name)
def test_methods_of_a_case_give_the_same_result(case):
    calls = bench._methods(case, np.random.default_rng(0))
    assert {bench.PLAIN, bench.ARCS, bench.LIMIT} <= set(calls)
    values = {method: call() for method, call in calls.items() if method != bench.LIMIT}
    for method, value in values.items():
        one, two = values[bench.PLAIN], value
        if case.name == bench.STEP:
            one, two = one[1], two[1]
        if case.name == bench.SPECTRUM:
            one, two = np.sort(one), np.sort(two)
        np.testing.assert_allclose(two, one, rtol=0, atol=1e-11, err_msg=method)


def test_a_kernel_in_pieces_of_neurons_is_the_whole_one(monkeypatch):
    monkeypatch.setattr(bench, "_NEURONS_AT_ONCE", 7)
    params, angles = mn.initialise(40, np.random.default_rng(0)), mn.uniform_angles(9)
    pieces = bench._factorised_in_pieces(params, angles)
    np.testing.assert_allclose(pieces, mn.factorised_ntk(params, angles), rtol=0, atol=1e-14)
