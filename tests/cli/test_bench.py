"""`minintk bench` from end to end: table, figure, JSON, and files that cannot be written."""

import json

import pytest

import minintk as mn
from minintk import bench, cli

pytestmark = pytest.mark.command

SMALL = [bench.Case(bench.KERNEL, 24, 40), bench.Case(bench.TRAINING, 24, 40, 3)]
KEYS = ["name", "n", "m", "steps", "method", "seconds_min", "seconds_median", "turns"]
KEYS += ["peak_mib", "ratio_to_numpy", "ratio_to_limit"]


# --- by hand --------------------------------------------------------------------------------------


def test_the_command_writes_table_figure_and_json(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(bench, "QUICK_CASES", SMALL)
    monkeypatch.setattr(
        bench, "machine_limits", lambda: {"dgemm_gflops": 1.0, "write_gib_per_second": 2.0}
    )
    files = tmp_path / "bench.json", tmp_path / "bench.png"
    assert cli.main(["bench", "--quick", "--json", str(files[0]), "--figure", str(files[1])]) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines()[-1] == f"written: {files[0]}, {files[1]}"
    assert captured.err.splitlines() == [
        "empirical NTK, n = 24, m = 40",
        "training, n = 24, m = 40, 3 steps",
    ], "one line a case"
    content = json.loads(files[0].read_text("utf-8"))
    assert [list(case) for case in content["cases"]] == [KEYS] * len(content["cases"])
    assert {case["name"] for case in content["cases"]} == {bench.KERNEL, bench.TRAINING}
    assert content["machine"]["threads"] == 1
    assert content["version"] == mn.__version__
    assert files[1].read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bench.json", "bench.png"]


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["--json", "--figure"])
def test_a_file_that_cannot_be_written_is_rejected_before_the_run(option, tmp_path, capsys):
    with pytest.raises(SystemExit, match=r"^2$"):
        cli.main(["bench", option, str(tmp_path / "absent" / "file")])
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "must go to a file that can be written" in line
