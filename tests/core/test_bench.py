"""The bench: it times what it says, side by side, and reports it; never how fast anything is."""

import os
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from minintk import bench
from tests.reference.commands import python

pytestmark = pytest.mark.command

SMALL = bench.Case(bench.KERNEL, 24, 40)
WORKS = (bench.KERNEL, bench.TRAINING, bench.EIGHT, bench.BLOCK)
WORKS += (bench.INFINITE, bench.GRID, bench.SPECTRUM, bench.FLOW)


def result(method, n, m, seconds, name="work", steps=0):
    return bench.Result(name, n, m, steps, method, seconds, seconds, 4, 1.0, 1.0, 1.0)


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
    results = bench.measure_case(SMALL, 0.05)
    by_method = {r.method: r for r in results}
    assert set(by_method) == {bench.NUMPY, bench.PLAIN, bench.ARCS, bench.JACOBIAN, bench.LIMIT}
    numpy, limit = by_method[bench.NUMPY], by_method[bench.LIMIT]
    for r in results:
        assert 0 < r.seconds_min <= r.seconds_median, r
        assert r.ratio_to_numpy == numpy.seconds_min / r.seconds_min
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


def test_a_case_ends_after_its_seconds_but_not_before_three_turns_nor_after_fifteen(monkeypatch):
    clock = Clock(monkeypatch)
    for seconds, turns in ((1.0, 10), (100.0, 15), (0.25, 3), (0.0, 3)):
        called = []
        methods = {bench.NUMPY: clock.call(0.06), bench.LIMIT: clock.call(0.04)}
        counted = {
            method: lambda method=method, call=call, called=called: (called.append(method), call())
            for method, call in methods.items()
        }
        monkeypatch.setattr(bench, "methods", lambda *case, c=counted: c)
        numpy, limit = bench.measure_case(SMALL, seconds)
        assert len(called) == 2 * turns + 2, "each once more for its memory"
        assert called[:4] == [bench.NUMPY, bench.LIMIT] * 2
        assert numpy.turns == limit.turns == turns
        assert numpy.seconds_min == numpy.seconds_median == pytest.approx(0.06, rel=1e-9)
        assert numpy.ratio_to_limit == pytest.approx(1.5, rel=1e-9)
        assert limit.ratio_to_numpy == pytest.approx(1.5, rel=1e-9)


def test_memory_at_the_peak():
    assert bench._peak_mib(lambda: np.ones(3 * 2**17)) == pytest.approx(3.0, rel=0.01)


def test_limits_of_the_machine(monkeypatch):
    lengths = {}

    def turn(call):
        kind = getattr(call, "func", type(call))
        if kind not in lengths:  # five turns of one call give the same
            lengths[kind] = len(call())
        return 0.5 if lengths[kind] == 1024 else 0.25

    monkeypatch.setattr(bench, "_turn", turn)
    limits = bench._limits()
    assert limits["dgemm_gflops"] == pytest.approx(2 * 1.024**3 / 0.5, rel=1e-12)
    assert limits["write_gib_per_second"] == 0.125 / 0.25
    assert sorted(lengths.values()) == [1024, 2**24]


def test_cases_and_limits_are_measured_in_processes_of_one_thread(monkeypatch):
    started = []

    class Pool:
        """Runs in this process what it is given, and keeps what a new process would inherit."""

        def __init__(self, processes, context):
            assert context == "spawn"
            started.append((processes, [bench.os.environ.get(name) for name in bench._THREADS]))

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def submit(self, function, *arguments):
            return SimpleNamespace(result=lambda: function(*arguments))

    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(bench.multiprocessing, "get_context", lambda method: method)
    monkeypatch.setattr(bench, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(bench, "measure_case", lambda case, seconds: [case.name, seconds])
    monkeypatch.setattr(bench, "_limits", lambda: "limits")
    seen = []
    cases = [SMALL, bench.Case(bench.TRAINING, 8, 8, 2)]
    found = list(bench.run_cases(cases, 0.5, seen.append))
    assert found == [bench.KERNEL, 0.5, bench.TRAINING, 0.5]
    assert seen == cases
    assert bench.machine_limits() == "limits"
    assert started == 3 * [(1, 4 * ["1"])]
    assert bench.os.environ["OPENBLAS_NUM_THREADS"] == "2"
    assert "OMP_NUM_THREADS" not in bench.os.environ


def test_a_new_process_has_one_thread(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    assert bench._in_child(os.getenv, "OPENBLAS_NUM_THREADS") == "1"


def test_a_script_without_the_guard_comes_to_an_end(tmp_path):
    script = tmp_path / "script.py"
    call = "list(run_cases([Case('infinite NTK', 8)], 0.0, print))"
    script.write_text(f"from minintk.bench import Case, run_cases\n{call}\n")
    result = python(script)
    assert result.returncode == 1
    assert "if __name__ == '__main__':" in result.stderr, "Python's own sentence"
    assert "BrokenProcessPool" in result.stderr


def test_the_cases_have_every_work_in_two_sizes_and_the_sizes_of_the_readme():
    assert {case[:3] for case in bench.QUICK_CASES} <= {case[:3] for case in bench.CASES}
    assert {case.name for case in bench.CASES} == set(WORKS)
    for name in set(WORKS) - {bench.SPECTRUM}:
        assert len({(c.n, c.m) for c in bench.CASES if c.name == name}) >= 2, name
    for n, m in ((256, 256), (1024, 16384), (4096, 4096), (4096, 65536)):
        assert bench.Case(bench.KERNEL, n, m) in bench.CASES
    for n, m, steps in (
        *((64, m, 1000) for m in (16, 64, 256, 512, 1024)),
        (1024, 1024, 200),
        (1024, 16384, 20),
    ):
        assert bench.Case(bench.TRAINING, n, m, steps) in bench.CASES
    for m in (16, 64, 256, 512, 1024):
        assert bench.Case(bench.EIGHT, 64, m, 500) in bench.CASES
    assert bench.Case(bench.SPECTRUM, 1024) in bench.CASES
    assert bench.Case(bench.FLOW, 4096) in bench.CASES


def test_the_docstring_of_a_case_names_every_work():
    text = " ".join(bench.Case.__doc__.split())
    assert all(f'"{name}"' in text for name in WORKS)
    assert {case.name for case in bench.CASES} == set(WORKS)


def test_a_training_and_nothing_else_has_steps():
    trainings = (bench.TRAINING, bench.EIGHT)
    assert all((case.steps > 0) is (case.name in trainings) for case in bench.CASES)


def test_the_time_of_one_step():
    assert result("plain", 8, 10, 0.5, steps=200).seconds_a_step == 0.0025
    assert result("plain", 8, 10, 0.5).seconds_a_step == 0.5


def test_the_table_has_a_line_for_every_result():
    results = [result("plain", 8, 0, 0.01), result("plain", 8, 20, 0.04, "training", steps=5)]
    results.append(result("plain", 8, 40, 0.16, "training", steps=10))
    text = bench.table(results, {"dgemm_gflops": 41.6, "write_gib_per_second": 2.34})
    head, first, second, _, _, growth, machine = text.split("\n")
    assert head.split()[:5] == ["case", "n", "m", "steps", "method"]
    assert head.split()[-2:] == ["numpy/this", "this/limit"]
    assert first.split()[:3] == ["work", "8", "plain"]
    assert first.split()[3:] == [*2 * ["10.00", "ms"], "4", "1", "MiB", "1.00", "1"]
    assert second.split()[:5] == ["training", "8", "20", "5", "plain"]
    assert second.split()[5:7] == ["40.00", "ms"]
    assert growth == "growth exponents of training: plain: m at n = 8: 1.00"
    assert "one thread" in machine
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


def test_growth_of_a_training_is_that_of_one_step():
    results = [
        result("plain", 8, m, 3.0 * m * steps, steps=steps) for m, steps in ((10, 50), (20, 7))
    ]
    assert bench.growth_exponents(results)["work"]["plain: m at n = 8"] == pytest.approx(1.0)


def test_the_figure_has_both_works_and_every_method():
    results = [
        result(method, 24, 40, 0.1, name, steps=4 * (name == bench.TRAINING))
        for name in (bench.KERNEL, bench.TRAINING)
        for method in (bench.NUMPY, bench.PLAIN, bench.ARCS, bench.LIMIT)
    ]
    results.append(result(bench.JACOBIAN, 24, 40, 0.1, bench.KERNEL))
    axes = list(Figure().subplots(1, 2))
    bench.draw(results, axes)
    for axis, methods, seconds in zip(axes, (5, 4), (0.1, 0.025), strict=True):
        assert axis.get_xlabel()
        assert axis.get_ylabel()
        assert len(axis.get_legend().get_texts()) == methods
        assert {line.get_ydata()[0] for line in axis.lines} == {seconds}
