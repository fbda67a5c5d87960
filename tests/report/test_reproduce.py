"""A whole run: the files that it leaves, what it uses again, and what a crash leaves."""

import os

import pytest

from minintk.report import reproduce as reproduction
from minintk.report import results, runner
from tests.reference import small_claims
from tests.reference.commands import (
    FILES,
    INTERRUPTED,
    NAMES,
    bits,
    contents,
    main,
    read_claims,
    reproduce,
    reproduce_here,
    study,
    verdicts,
)

pytestmark = [
    pytest.mark.command,
    pytest.mark.usefixtures("_keep_the_handler_of_sigterm"),
]


# --- by hand --------------------------------------------------------------------------------------


def test_a_run_leaves_whole_files_and_no_others(finished):
    assert sorted(contents(finished[0])) == sorted(FILES)


# --- theorem --------------------------------------------------------------------------------------


def test_a_second_run_keeps_everything(folder):
    before = contents(folder)
    result = reproduce(folder, "--claims", ",".join(NAMES))
    assert result.returncode == 0
    assert result.stderr == "".join(f"{name}: kept from an earlier run\n" for name in NAMES)
    assert contents(folder) == before


def test_fresh_runs_again_and_leaves_other_claims_alone(folder):
    figure = folder / "figures" / "rotation.svg"
    figure.write_text("old")
    (folder / "data" / "eigenfunctions.npz").write_text("not touched")
    _, before = read_claims(folder)
    result = reproduce(folder, "--claims", "rotation", "--fresh")
    assert result.returncode == 0, result.stderr
    assert result.stderr == "rotation: holds\n"
    assert figure.read_text() != "old"
    assert (folder / "data" / "eigenfunctions.npz").read_text() == "not touched"
    _, after = read_claims(folder)
    assert after["eigenfunctions"] == before["eigenfunctions"]
    assert after["rotation"]["measured"] == before["rotation"]["measured"]


def test_another_seed_never_uses_old_results(folder):
    content, before = read_claims(folder)
    result = reproduce(folder, "--claims", "rotation", "--seed", "1")
    assert result.returncode == 0, result.stderr
    assert result.stderr == "rotation: holds\n"
    content, after = read_claims(folder)
    assert content["seed"] == 1
    assert after["eigenfunctions"] == before["eigenfunctions"]
    assert after["rotation"]["seed"] == 1
    assert after["rotation"]["measured"] != before["rotation"]["measured"]
    assert bits(folder, "rotation").keys() == {"empirical_change", "empirical_circulant_distance"}


def test_what_makes_a_run_use_old_results(tmp_path, monkeypatch):
    study(monkeypatch, small_claims.FINE, small_claims.OTHER)
    ran, kept = "fine: holds\n", "fine: kept from an earlier run\n"
    assert reproduce_here(tmp_path, "fine")[1] == ran
    assert reproduce_here(tmp_path, "fine")[1] == kept
    assert reproduce_here(tmp_path, "fine", workers=2)[1] == kept
    (tmp_path / "figures" / "fine.png").unlink()
    assert reproduce_here(tmp_path, "fine")[1] == ran, "a file was missing"
    assert reproduce_here(tmp_path, "fine", size="quick")[1] == ran, "other sizes"
    with monkeypatch.context() as patch:
        patch.setattr(results, "__version__", "99")
        assert reproduce_here(tmp_path, "fine", size="quick")[1] == ran, "another version"


def test_a_whole_run_drops_entries_that_are_not_its_own(tmp_path, monkeypatch):
    study(monkeypatch, small_claims.FINE, small_claims.OTHER)
    reproduce_here(tmp_path, "another_one", size="quick")
    reproduce_here(tmp_path, "fine", size="quick")
    assert list(verdicts(tmp_path)) == ["fine", "another_one"], "in the study's order"
    before = read_claims(tmp_path)[1]

    # Ctrl-C before the first unit: what a whole run of other sizes does not own is gone
    def interrupted(*_):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(reproduction, "run_claims", interrupted)
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        reproduce_here(tmp_path, "fine")
    assert read_claims(tmp_path)[1] == {"another_one": before["another_one"]}
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        reproduce_here(tmp_path, "fine", "another_one")
    assert read_claims(tmp_path)[1] == {}


# --- refusal --------------------------------------------------------------------------------------


def test_outcome_of_a_crash(tmp_path, monkeypatch):
    study(monkeypatch, small_claims.CRASHING, small_claims.FINE)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    outcome, text = reproduce_here(tmp_path, "crashing", "fine")
    assert os.environ["OPENBLAS_NUM_THREADS"] == "7", "for the children alone"
    assert "OMP_NUM_THREADS" not in os.environ
    assert outcome.crashed == ["crashing"]
    assert [entry["name"] for entry in outcome.entries] == ["fine"]
    assert outcome.tracebacks == tmp_path / "tracebacks.txt"
    assert outcome.page == tmp_path / "report.html"
    assert "crashing: crashed, about " in text
    measured = outcome.entries[0]["measured"]
    assert measured["in_child_process"] is True
    assert measured["blas_threads"] == ["1"], "BLAS must have one thread in every child"
    assert measured["units"] == [0, 1, 2]
    assert measured["never"] == "inf", "JSON has no inf: it becomes text"


def test_an_interrupted_run_with_a_crash_leaves_the_traceback_that_the_page_names(
    tmp_path, monkeypatch, capsys
):
    def crashed_then_interrupted(*_):
        yield runner.Crashed(small_claims.CRASHING, "Traceback: of crashing\n")
        raise KeyboardInterrupt

    study(monkeypatch, small_claims.CRASHING, small_claims.FINE)
    monkeypatch.setattr(reproduction, "run_claims", crashed_then_interrupted)
    assert main(tmp_path) == 130
    assert capsys.readouterr().err.splitlines()[-1] == INTERRUPTED.format(tmp_path).strip()
    assert "tracebacks.txt" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "of crashing" in (tmp_path / "tracebacks.txt").read_text()
