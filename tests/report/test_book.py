"""The entries of a folder, from its opening to the page."""

import io
import json

import pytest

from minintk.report import book, files
from minintk.report.results import Job
from tests.reference import small_claims
from tests.reference.commands import contents, read_claims, reproduce_here, study, verdicts

pytestmark = [pytest.mark.command, pytest.mark.usefixtures("_units_here")]


def jobs(*claims):
    return [Job(claim, claim.default, "default") for claim in claims]


@pytest.fixture(autouse=True)
def _small_study(monkeypatch):
    study(monkeypatch, small_claims.FINE, small_claims.OTHER, small_claims.UNDRAWABLE)


# --- by hand --------------------------------------------------------------------------------------


def test_what_another_run_has_written_meanwhile_is_merged(tmp_path):
    stream = io.StringIO()
    mine = book.Book(tmp_path, "default", 0, stream)
    mine.keep(jobs(small_claims.FINE), fresh=False, here=True)
    reproduce_here(tmp_path, "another_one")  # as where a file system has no locks
    _, before = read_claims(tmp_path)
    mine.write()
    assert read_claims(tmp_path)[1] == before
    assert list(before) == ["another_one"]


def test_what_this_run_has_dropped_stays_dropped(tmp_path):
    reproduce_here(tmp_path, "fine", "another_one")
    mine = book.Book(tmp_path, "default", 0, io.StringIO())
    mine.keep(jobs(small_claims.FINE), fresh=True, here=True)
    assert list(read_claims(tmp_path)[1]) == ["another_one"]


# --- theorem --------------------------------------------------------------------------------------


def test_only_results_of_the_same_arithmetic_are_used_again(tmp_path, monkeypatch):
    reproduce_here(tmp_path, "fine")
    assert "fine: kept" in reproduce_here(tmp_path, "fine")[1]
    for key in ("blas", "core"):
        with monkeypatch.context() as patch:
            here = {**book.arithmetic(), key: "another"}
            patch.setattr(book, "arithmetic", lambda here=here: here)
            text = reproduce_here(tmp_path, "fine")[1]
        assert "fine: an earlier run had another arithmetic; it runs again" in text


# --- argument checks ------------------------------------------------------------------------------


def test_a_figure_that_cannot_be_drawn_loses_no_numbers(tmp_path):
    outcome, _ = reproduce_here(tmp_path, "undrawable", "fine")
    assert outcome.crashed == {}
    assert outcome.undrawn == ["undrawable"]
    assert verdicts(tmp_path) == {"fine": "holds", "undrawable": "holds"}
    assert list(read_claims(tmp_path)[1]["undrawable"]["files"]) == ["data/undrawable.npz"]
    assert "this record cannot be drawn" in (tmp_path / "tracebacks.txt").read_text()
    text = reproduce_here(tmp_path, "undrawable", "fine")[1]
    assert "undrawable: its figure was not drawn; it runs again" in text


@pytest.mark.parametrize("file", ["data/another_one.npz", "figures/another_one.svg", "claims.json"])
def test_a_full_disk_leaves_what_was_saved(file, tmp_path, monkeypatch):
    reproduce_here(tmp_path, "fine")
    before = read_claims(tmp_path)[1]
    replace = files.os.replace

    def full(source, target):
        done = (tmp_path / "figures" / "another_one.svg").exists()
        if str(target).endswith(file) and (file != "claims.json" or done):
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(files.NotWrittenError, match="No space left") as error:
        reproduce_here(tmp_path, "fine", "another_one")
    assert error.value.filename == str(tmp_path / file)
    monkeypatch.undo()
    study(monkeypatch, small_claims.FINE, small_claims.OTHER)
    assert read_claims(tmp_path)[1] == before
    assert not [name for name in contents(tmp_path) if name.startswith(("figures/.", "data/."))]
    assert reproduce_here(tmp_path, "fine", "another_one")[1].splitlines()[1:] == [
        "fine: kept from an earlier run",
        "another_one: holds",
    ]
    assert json.loads((tmp_path / "claims.json").read_text())["size"] == "default"
