"""`minintk reproduce` from end to end: what it prints, its exit status, interruptions, refusals."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from minintk import cli
from minintk.claims import CLAIMS
from tests.reference import small_claims
from tests.reference.commands import (
    FILES,
    INTERRUPTED,
    NAMES,
    contents,
    environment,
    main,
    read_claims,
    refuse,
    reproduce,
    study,
    verdicts,
)
from tests.reference.pages import Page

pytestmark = [
    pytest.mark.command,
    pytest.mark.usefixtures("_keep_the_handler_of_sigterm"),
]

has_process_groups = pytest.mark.skipif(not hasattr(os, "killpg"), reason="no process groups")


@contextlib.contextmanager
def running(folder, *arguments):
    """A run in a process group of its own, as a terminal has it; ended at the latest here."""
    process = subprocess.Popen(
        [sys.executable, "-m", "minintk", "reproduce", "--out", str(folder), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(),
        start_new_session=True,
    )
    overdue = threading.Timer(60, os.killpg, (process.pid, signal.SIGKILL))
    overdue.start()
    try:
        yield process
    finally:
        overdue.cancel()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def rest_of(process):
    """What is still written. It ends only when no process is left that could write there."""
    return process.communicate(timeout=30)


def finished_in(folder):
    return ["--quick", "--claims", ",".join(NAMES)]


# --- by hand --------------------------------------------------------------------------------------


def test_a_run_prints_verdicts_and_last_where_the_page_is(finished):
    folder, result = finished
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert [line.split()[:2] for line in lines if not line.startswith(" ")] == [
        ["rotation", "holds"],
        ["eigenfunctions", "holds"],
        ["page:", str(folder / "report.html")],
    ]
    assert lines[-1] == f"page: {folder / 'report.html'}"
    assert re.fullmatch(
        r"(rotation: holds|eigenfunctions: holds), about \d+ s left\n"
        r"(rotation: holds|eigenfunctions: holds)\n",
        result.stderr,
    ), result.stderr


@pytest.mark.parametrize("columns", [20, 70, 300])
def test_verdicts_fit_the_terminal(folder, columns, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main(folder, *finished_in(folder)) == 0
    *table, last = capsys.readouterr().out.splitlines()
    assert last == f"page: {folder / 'report.html'}"
    assert max(len(line) for line in table) <= max(60, min(columns, 120))
    assert len(table) > 2


def test_verdicts_can_be_printed_where_only_ascii_can(folder):
    result = reproduce(folder, "--claims", ",".join(NAMES), PYTHONIOENCODING="ascii")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == f"page: {folder / 'report.html'}"


def test_open_shows_the_page(folder, monkeypatch):
    shown = []
    monkeypatch.setattr("webbrowser.open", shown.append)
    assert main(folder, *finished_in(folder)) == 0
    assert shown == []
    assert main(folder, *finished_in(folder), "--open") == 0
    assert shown == [(folder / "report.html").resolve().as_uri()]


def test_the_folder_is_minintk_results_unless_given(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder.parent)
    folder.rename("minintk-results")
    assert cli.main(["reproduce", *finished_in(folder)]) == 0
    assert capsys.readouterr().out.endswith(f"page: {Path('minintk-results', 'report.html')}\n")


# --- refusal --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "required: COMMAND"),
        (["reprodcue"], "'reprodcue'"),
        (["reproduce", "--claims", "rotation,spectral"], "got 'spectral'"),
        (["reproduce", "--claims", "spectral"], "must name some of " + ", ".join(CLAIMS)),
        (["reproduce", "--claims", ""], "got ''"),
        (["reproduce", "--workers", "0"], "--workers: must be a whole number from 1, got '0'"),
        (["reproduce", "--workers", "-2"], "--workers: must be a whole number from 1, got '-2'"),
        (["reproduce", "--workers", "1.5"], "got '1.5'"),
        (["reproduce", "--workers", "nan"], "got 'nan'"),
        (["reproduce", "--seed", "-1"], "--seed: must be a whole number from 0, got '-1'"),
        (["reproduce", "--seed", "nan"], "--seed: must be a whole number from 0, got 'nan'"),
        (["reproduce", "--seed", "²"], "got '²'"),
        (["reproduce", "--seed", "9" * 5000], "--seed"),
        (["reproduce", "--size", "3"], "--size"),
        (["reproduce", "--out"], "--out"),
    ],
)
def test_a_wrong_argument_meets_one_line(arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert words in refuse(capsys, *arguments)
    assert not list(tmp_path.iterdir()), "a refused call must not make a folder"


def test_a_crashed_claim_is_named_and_the_others_are_kept(tmp_path, monkeypatch, capsys):
    crashing = (small_claims.CRASHING, small_claims.UNDRAWABLE, small_claims.UNJUDGED)
    study(monkeypatch, small_claims.FINE, *crashing, small_claims.OTHER)  # the last: beyond
    assert main(tmp_path, "--workers", "2") == 1
    out, err = capsys.readouterr()
    tracebacks = tmp_path / "tracebacks.txt"
    *table, last = out.splitlines()
    assert last == f"page: {tmp_path / 'report.html'}; tracebacks: {tracebacks}"
    assert table.pop(1) == "beyond the study:"
    shown = {line.split()[0]: line.split()[1] for line in table}
    crashed = dict.fromkeys(["crashing", "undrawable", "unjudged"], "crashed")
    assert shown == {"fine": "holds", "another_one": "holds", **crashed}
    assert len(err.splitlines()) == 5
    assert "Traceback" not in out + err
    text = tracebacks.read_text()
    for name, what in (("crashing", "measured"), ("undrawable", "drawn"), ("unjudged", "judged")):
        assert f"# {name}\n" in text
        assert f"RuntimeError: this {'unit' if name == 'crashing' else 'record'}" in text
        assert f"cannot be {what}" in text
    assert verdicts(tmp_path) == {"fine": "holds", "another_one": "holds"}
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert [row[:2] for row in page.rows[:8]] == [
        ["Claim of the study", "Verdict"],
        ["Fine", "holds"],
        ["Beyond the study", "Verdict"],
        ["Another one", "holds"],
        ["Crashed", "Verdict"],
        *([name.capitalize(), "crashed"] for name in ("crashing", "undrawable", "unjudged")),
    ]
    assert "That fine <b>holds</b>." in page.texts, "text must be escaped"
    assert "1 < 2 & the mean of 120 numbers is λ." in [row[2] for row in page.rows[1:4]]

    # fixed: what is finished is kept, and the old tracebacks go
    study(monkeypatch, small_claims.FINE, small_claims.OTHER)
    assert main(tmp_path, "--workers", "1") == 0
    out, err = capsys.readouterr()
    assert err == "fine: kept from an earlier run\nanother_one: kept from an earlier run\n"
    assert out.splitlines()[-1] == f"page: {tmp_path / 'report.html'}"
    assert not tracebacks.exists()


@has_process_groups
def test_an_interrupted_run_keeps_what_finished_and_continues(tmp_path):
    arguments = ["--claims", "eigenfunctions,evolving", "--workers", "2"]
    with running(tmp_path, *arguments) as process:
        first = process.stderr.readline()
        assert first.startswith("eigenfunctions: holds, about "), first + rest_of(process)[1]
        os.killpg(process.pid, signal.SIGINT)  # Ctrl-C reaches the children too
        assert rest_of(process) == ("", INTERRUPTED.format(tmp_path))
        assert process.returncode == 130
    left = contents(tmp_path)
    assert sorted(left) == sorted(file for file in FILES if "rotation" not in file)
    entries = read_claims(tmp_path)[1]
    assert list(entries) == ["eigenfunctions"]
    assert 'id="eigenfunctions"' in left["report.html"].decode()

    with running(tmp_path, *arguments) as process:
        assert process.stderr.readline() == "eigenfunctions: kept from an earlier run\n"
        time.sleep(1.0)  # until the children work
        process.terminate()  # reaches the parent alone
        assert rest_of(process) == ("", INTERRUPTED.format(tmp_path))
        assert process.returncode == 130
    assert contents(tmp_path) == left


@has_process_groups
@pytest.mark.parametrize("seconds", [0.05, 0.1])
def test_ctrl_c_while_the_children_start_is_one_line_too(seconds, tmp_path):
    with running(tmp_path, "--claims", "evolving", "--workers", "2") as process:
        while not (tmp_path / "claims.json").exists() and process.poll() is None:
            time.sleep(0.01)
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGINT)
        assert rest_of(process) == ("", INTERRUPTED.format(tmp_path))
        assert process.returncode == 130
    assert sorted(contents(tmp_path)) == ["claims.json", "report.html"]
