"""The bench: it times what it says, side by side, and reports it; never how fast anything is."""

import json

import numpy as np
import pytest
from matplotlib.figure import Figure

import minintk as mn
from minintk import bench, cli

pytestmark = pytest.mark.command

SMALL = [bench.Case(name, 24, 40) for name in (bench.KERNEL, bench.STEP, bench.BLOCK)] + [
    bench.Case(name, 24, 0) for name in (bench.INFINITE, bench.GRID, bench.SPECTRUM, bench.FLOW)
]
KEYS = ["name", "n", "m", "method", "seconds_min", "seconds_median", "peak_mib"]
KEYS += ["ratio_to_plain", "ratio_to_limit"]


def result(method, n, m, seconds, name="work"):
    return bench.Result(name, n, m, method, seconds, seconds, 1.0, 1.0, 1.0)


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


def test_growth_exponents_of_power_laws():
    sizes = [(n, m) for n in (8, 16, 64) for m in (10, 20, 80)]
    results = [result("plain", n, m, 1e-6 * n**2 * m**0.5) for n, m in sizes]
    results += [result("limit", n, m, 1.0) for n, m in sizes]
    found = bench.growth_exponents(results)
    assert list(found) == ["work"]
    assert found["work"] == {
        "plain: n at m = 10": pytest.approx(2.0, abs=1e-12),
        "plain: m at n = 8": pytest.approx(0.5, abs=1e-12),
    }


def test_the_command_writes_table_figure_and_json(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(bench, "QUICK_CASES", [SMALL[0], SMALL[1]])
    monkeypatch.setattr(
        bench, "machine_limits", lambda: {"dgemm_gflops": 1.0, "write_gib_per_second": 2.0}
    )
    files = tmp_path / "bench.json", tmp_path / "bench.png"
    assert cli.main(["bench", "--quick", "--json", str(files[0]), "--figure", str(files[1])]) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines()[-1] == f"written: {files[0]}, {files[1]}"
    assert captured.err.count("\n") == 2, "one line a case"
    content = json.loads(files[0].read_text("utf-8"))
    assert [list(case) for case in content["cases"]] == [KEYS] * len(content["cases"])
    assert {case["name"] for case in content["cases"]} == {bench.KERNEL, bench.STEP}
    assert content["version"] == mn.__version__
    assert files[1].read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bench.json", "bench.png"]


@pytest.mark.parametrize("option", ["--json", "--figure"])
def test_a_file_that_cannot_be_written_is_refused_before_the_run(option, tmp_path, capsys):
    with pytest.raises(SystemExit, match=r"^2$"):
        cli.main(["bench", option, str(tmp_path / "absent" / "file")])
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "must go to a file that can be written" in line


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
