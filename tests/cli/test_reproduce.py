"""`minintk reproduce` from end to end: what it prints, its exit status, interruptions, errors."""

import contextlib
import os
import re
import signal
import threading
import time
from pathlib import Path

import pytest

from minintk import cli
from minintk.claims import CLAIMS
from minintk.cli import reproduce as command
from tests.reference import small_claims
from tests.reference.commands import (
    INTERRUPTED,
    NAMES,
    contents,
    environment,
    main,
    processes_in,
    read_claims,
    refuse,
    reproduce,
    study,
    verdicts,
    wait_until,
)
from tests.reference.forked import Forked
from tests.reference.pages import Page

pytestmark = [
    pytest.mark.command,
    pytest.mark.usefixtures("_keep_the_handler_of_sigterm"),
]

QUICK = (
    "size: quick (a smoke run: it shows that everything runs; only the default size and the full "
    "size are meant to decide)\n"
)
has_process_groups = pytest.mark.skipif(not hasattr(os, "killpg"), reason="no process groups")


@contextlib.contextmanager
def running(folder, *arguments):
    """A run in a process group of its own, as a terminal has it; ended at the latest here."""
    where = environment(PROCESSES=str(folder.parent))
    process = Forked("reproduce", "--out", folder, *arguments, environment=where)
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


FINISHED = ["--quick", "--claims", ",".join(NAMES)]


@pytest.fixture
def _study_of_the_finished_run(monkeypatch):
    study(monkeypatch, small_claims.ROTATION, small_claims.OTHER)


# --- by hand --------------------------------------------------------------------------------------


def test_a_run_prints_its_size_the_verdicts_in_words_and_last_where_the_page_is(finished):
    folder, result = finished
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].startswith("size: quick (a smoke run: it shows that everything runs;")
    assert [line.split()[:2] for line in lines[2:] if not line.startswith(" ")] == [
        ["rotation", "holds"],
        ["beyond", "the"],
        ["another_one", "holds"],
        ["quick", "sizes"],
        ["page:", str(folder / "report.html")],
    ]
    assert lines[-2] == "quick sizes judge no claim: the default ones do"
    assert lines[-1] == f"page: {folder / 'report.html'}"
    text = " ".join(result.stdout.split())
    assert "By a criterion that came after a first run: fails." in text
    for entry in read_claims(folder)[1].values():
        assert entry["explanation"] in text
        assert entry["verdict"] != "holds" or entry["reason"][1:] not in text, "it is on the page"
    assert re.fullmatch(
        rf"{re.escape(QUICK)}"
        r"(rotation: holds|another_one: holds), (about \d+|a few) s(econds)? left\n"
        r"(rotation: holds|another_one: holds)\n",
        result.stderr,
    ), result.stderr


def test_of_a_reason_the_terminal_shows_what_is_refuted_or_open_in_a_few_words():
    short = command._short
    assert short("a is 1. Refuted: b. Not decided at these sizes: c.") == (
        "Refuted: b. Not decided at these sizes: c."
    )
    assert short("a is 1. Not decided at these sizes: c.") == "Not decided at these sizes: c."
    assert short("a is 1.") == "a is 1."
    long = short("a is 1. Refuted: " + 100 * "b of c, ")
    assert long.startswith("Refuted: b of c, ")
    assert long.endswith(" …")
    assert len(long) <= command.LONGEST


def test_a_reason_is_never_cut_inside_a_bracket():
    seeds = "(about 2030 more seeds would decide it)"
    for spaces in range(60):  # the limit falls on every place of the brackets
        reason = f"a is 1. Refuted: {'b ' * spaces}(low [1, 2], m = 16) c {seeds}; {'d ' * 60}"
        short = command._short(reason)
        assert len(short) <= command.LONGEST
        assert short.endswith(" …")
        assert short.removesuffix(" …") in reason
        assert [short.count(sign) for sign in "(["] == [short.count(sign) for sign in ")]"], short
        assert ("more seeds" in short) == (seeds in short)
    cut = command._short(f"Refuted: {'b ' * 40}(m = 16) (about 2030 more seeds would decide it)")
    assert cut == f"Refuted: {'b ' * 40}(m = 16) …"


def test_the_listing(capsys):
    assert cli.main(["reproduce", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines[::4]] == list(CLAIMS)
    work = r"about \d+ (s|min) of work in \d+ units, the longest about \d+ s: "
    assert all(re.search(work, line) for line in lines[1::4])
    assert cli.main(["reproduce", "--list", "--claims", "rotation"]) == 0
    assert capsys.readouterr().out.splitlines() == lines[:4]


def test_the_names_of_both_groups(capsys):
    listed = {}
    for asked in ("study", "beyond", "beyond,rotation"):
        assert cli.main(["reproduce", "--list", "--claims", asked]) == 0
        listed[asked] = [line.split(":")[0] for line in capsys.readouterr().out.splitlines()[::4]]
    folders = {name: claim.criterion.__module__.split(".")[-2] for name, claim in CLAIMS.items()}
    assert listed["study"] == [name for name in CLAIMS if folders[name] == "study"]
    assert listed["beyond"] == [name for name in CLAIMS if folders[name] == "beyond"]
    assert listed["beyond,rotation"] == ["rotation", *listed["beyond"]]


@pytest.mark.usefixtures("_units_here")
def test_own_sizes(tmp_path, monkeypatch, capsys):
    study(monkeypatch, small_claims.FINE)
    arguments = ("--set", "fine.cells=1,2", "--set", "fine.factor=0.5", "--workers", "1")
    assert main(tmp_path, *arguments) == 0
    out, _ = capsys.readouterr()
    assert out.startswith("size: own (set by the reader)\n")
    assert read_claims(tmp_path)[1]["fine"]["criterion"] == "2 cells: below 1."


@pytest.mark.usefixtures("_units_here")
def test_a_shard_and_then_the_merging_run(tmp_path, monkeypatch, capsys):
    study(monkeypatch, small_claims.FINE, small_claims.CRASHING)
    assert main(tmp_path, "--claims", "fine", "--workers", "1", "--shard", "1/2") == 0
    out, err = capsys.readouterr()
    assert out == (
        f"shard 1 of 2: its units are in {tmp_path / 'units'}; when all shards are done, the same "
        "command without --shard merges and judges\n"
    )
    assert main(tmp_path, "--workers", "1", "--shard", "1/1") == 1
    out, err = capsys.readouterr()
    assert " but for 2 that crashed; " in out
    assert "this unit cannot be measured" in err


@pytest.mark.usefixtures("_study_of_the_finished_run")
@pytest.mark.parametrize("columns", [20, 70, 300])
def test_verdicts_fit_the_terminal(folder, columns, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main(folder, *FINISHED) == 0
    *table, last = capsys.readouterr().out.splitlines()
    assert last == f"page: {folder / 'report.html'}"
    assert max(len(line) for line in table) <= max(60, min(columns, 120))
    assert len(table) > 2


def test_verdicts_can_be_printed_where_only_ascii_can(folder):
    result = reproduce(folder, "--claims", ",".join(NAMES), PYTHONIOENCODING="ascii")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == f"page: {folder / 'report.html'}"


@pytest.mark.usefixtures("_study_of_the_finished_run")
def test_open_shows_the_page(folder, monkeypatch):
    shown = []
    monkeypatch.setattr("webbrowser.open", shown.append)
    assert main(folder, *FINISHED) == 0
    assert shown == []
    assert main(folder, *FINISHED, "--open") == 0
    assert shown == [(folder / "report.html").resolve().as_uri()]


@pytest.mark.usefixtures("_study_of_the_finished_run")
def test_the_folder_is_minintk_results_unless_given(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder.parent)
    folder.rename("minintk-results")
    assert cli.main(["reproduce", *FINISHED]) == 0
    assert capsys.readouterr().out.endswith(f"page: {Path('minintk-results', 'report.html')}\n")


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["reprodcue"], "got 'reprodcue': did you mean reproduce?"),
        (["reproduce", "--claims", "rotation,spectral"], "got 'spectral'"),
        (
            ["reproduce", "--claims", "spectral"],
            "must name some of study, beyond, " + ", ".join(CLAIMS),
        ),
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
        (
            ["reproduce", "--workers", "9"],
            "must be at most 8, got '9', which keeps a run within 1 GiB",
        ),
        (["reproduce", "--workers", "2", "--dask", "x"], "not allowed with"),
        (["reproduce", "--quick", "--full"], "not allowed with"),
        (["reproduce", "--shard", "3"], "must be I/N, such as 1/4, got '3'"),
        (["reproduce", "--shard", "0/3"], "must be a whole number from 1, got '0'"),
        (["reproduce", "--shard", "4/3"], "must be I/N with I from 1 to N, got '4/3'"),
        (["reproduce", "--shard", "1/3", "--fresh"], "--fresh is for the run without it"),
        (
            ["reproduce", "--set", "rotation.withs=3"],
            "--set: 'rotation.withs=3': no field 'withs': did you mean widths? rotation has",
        ),
        (["reproduce", "--set", "rotation.seeds=x"], "rotation has points=64"),
        (["reproduce", "--set", "rotation.block=0"], "cannot run at these sizes"),
        (
            ["reproduce", "--set", "rotation.widths=64"],
            "rotation.widths must have two values or more",
        ),
        (["reproduce", "--out"], "--out"),
    ],
)
def test_a_wrong_argument_meets_one_line(arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert words in refuse(capsys, *arguments)
    assert not list(tmp_path.iterdir()), "a rejected call must not make a folder"


def test_a_learning_rate_above_that_of_a_network_is_one_sentence(tmp_path, capsys):
    own = ("--quick", "--claims", "decay", "--set", "decay.learning_rate=2.9")
    small = ("--set", "decay.width=64", "--set", "decay.seeds=2", "--set", "decay.large_seeds=2")
    with pytest.raises(SystemExit, match="2"):
        main(tmp_path, *own, *small)
    out, err = capsys.readouterr()
    said = "--set: decay.learning_rate must be smaller, to see k = 0 fall in two steps, got 2.9"
    assert err.splitlines()[-1] == f"minintk reproduce: {said}"
    assert re.search(rf"decay +not run +{said}", " ".join(out.split()))
    assert "crashed" not in out + err
    assert not (tmp_path / "tracebacks.txt").exists()


def test_a_crashed_claim_is_named_and_the_others_are_kept(tmp_path, monkeypatch, capsys):
    crashing = (small_claims.CRASHING, small_claims.UNJUDGED)
    study(monkeypatch, small_claims.FINE, *crashing, small_claims.OTHER)  # the last: beyond
    assert main(tmp_path, "--workers", "2") == 1
    out, err = capsys.readouterr()
    tracebacks = tmp_path / "tracebacks.txt"
    size, *table, last = out.splitlines()
    assert size == "size: default"
    assert last == f"page: {tmp_path / 'report.html'}; tracebacks: {tracebacks}"
    assert "beyond the study:" in table
    shown = [line.split()[:2] for line in table if line[0] not in " b"]
    verdict = {
        "fine": "holds",
        "another_one": "holds",
        "crashing": "crashed",
        "unjudged": "crashed",
    }
    assert dict(shown) == verdict
    assert len(err.splitlines()) == 1 + 4
    assert "Traceback" not in out + err
    assert "crashing     crashed        RuntimeError: this unit cannot be measured\n" in out
    text = tracebacks.read_text()
    for name, what in (("crashing", "unit cannot be measured"), ("unjudged", "record cannot be")):
        assert f"# {name}\n" in text
        assert f"RuntimeError: this {what}" in text
    assert verdicts(tmp_path) == {"fine": "holds", "another_one": "holds"}
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    shown = [words.strip() for words in page.texts]
    verdicts_shown = ("holds", "crashed")
    heads = [(shown[i - 1], words) for i, words in enumerate(shown) if words in verdicts_shown]
    assert heads == [
        ("Fine", "holds"),
        ("Another one", "holds"),
        ("Crashing", "crashed"),
        ("Unjudged", "crashed"),
    ]
    assert "That fine <b>holds</b>." in page.texts, "text must be escaped"
    assert "Numbers between 0 and 1 are <b>small</b>." in page.texts
    assert page.texts.count("1 < 2 & the mean of 240 numbers is λ.") == 2

    # without these: what is finished is kept, and the old tracebacks go
    study(monkeypatch, small_claims.FINE, small_claims.OTHER)
    assert main(tmp_path, "--workers", "1") == 0
    out, err = capsys.readouterr()
    kept = "fine: kept from an earlier run\nanother_one: kept from an earlier run\n"
    assert err == "size: default\n" + kept
    assert out.splitlines()[-1] == f"page: {tmp_path / 'report.html'}"
    assert not tracebacks.exists()


@pytest.mark.usefixtures("_units_here")
def test_a_figure_that_cannot_be_drawn_is_said(tmp_path, monkeypatch, capsys):
    study(monkeypatch, small_claims.UNDRAWABLE)
    assert main(tmp_path, "--workers", "1") == 1
    assert "undrawable: its figure could not be drawn\n" in capsys.readouterr().out
    assert verdicts(tmp_path) == {"undrawable": "holds"}


@has_process_groups
def test_an_interrupted_run_keeps_what_finished_and_continues(tmp_path):
    out = tmp_path / "out"
    arguments = ["--claims", "fine,sleeping", "--workers", "2"]
    with running(out, *arguments) as process:
        assert process.stderr.readline() == "size: default\n"
        first = process.stderr.readline()
        assert first.startswith("fine: holds, a"), first + rest_of(process)[1]
        os.killpg(process.pid, signal.SIGINT)  # Ctrl-C reaches the children too
        assert rest_of(process) == ("", INTERRUPTED.format(out))
        assert process.returncode == 130
    left = contents(out)
    files = ["claims.json", "data/fine.npz", "figures/fine.png", "figures/fine.svg"]
    assert sorted(left) == [*files, "report.html"]
    assert list(read_claims(out)[1]) == ["fine"]
    assert 'id="fine"' in left["report.html"].decode()

    with running(out, *arguments) as process:
        earlier = len(processes_in(tmp_path))
        process.stderr.readline()
        assert process.stderr.readline() == "fine: kept from an earlier run\n"
        wait_until(lambda: len(processes_in(tmp_path)) == earlier + 2)  # both children work
        process.terminate()  # reaches the parent alone
        assert rest_of(process) == ("", INTERRUPTED.format(out))
        assert process.returncode == 130
    assert contents(out) == left


@has_process_groups
@pytest.mark.parametrize("seconds", [0.05, 0.1])
def test_ctrl_c_while_the_children_start_is_one_line_too(seconds, tmp_path):
    out = tmp_path / "out"
    with running(out, "--claims", "sleeping", "--workers", "2") as process:
        wait_until((out / "claims.json").exists)
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGINT)
        assert rest_of(process) == ("", "size: default\n" + INTERRUPTED.format(out))
        assert process.returncode == 130
    assert sorted(contents(out)) == ["claims.json", "report.html"]


@has_process_groups
@pytest.mark.usefixtures("_units_here")
def test_of_two_runs_in_one_folder_the_second_is_rejected(tmp_path, monkeypatch, capsys):
    study(monkeypatch, small_claims.FINE)
    out = tmp_path / "out"
    with running(out, "--claims", "sleeping", "--workers", "1") as process:
        process.stderr.readline()
        line = refuse(capsys, "reproduce", "--out", out)
        assert re.fullmatch(
            rf"minintk reproduce: another run writes into {re.escape(str(out))} at the moment "
            rf"\(process {process.pid} on .*\): wait for its end, or choose another --out\n",
            line,
        ), line
        assert main(out, "--shard", "1/1") == 0, "a shard takes no lock"
        assert process.poll() is None


@has_process_groups
@pytest.mark.usefixtures("_units_here")
def test_a_plain_run_beside_a_live_shard_is_rejected(tmp_path, monkeypatch, capsys):
    study(monkeypatch, small_claims.FINE)
    out = tmp_path / "out"
    with running(out, "--claims", "sleeping", "--workers", "1", "--shard", "1/2") as process:
        wait_until(lambda: list(out.glob("units/*.alive")))
        assert refuse(capsys, "reproduce", "--out", out) == (
            f"minintk reproduce: shard-1-of-2 still writes into {out}: wait for its end, then run "
            "again\n"
        )
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert main(out) == 0, "a shard that was killed is not waited for"


@has_process_groups
@pytest.mark.usefixtures("_units_here")
def test_a_full_disk_is_one_line_and_keeps_what_was_saved(tmp_path, monkeypatch):
    # A limit on the size of files fails as a full disk does: the page that is there fits, one more
    # picture does not.
    study(monkeypatch, small_claims.FINE, small_claims.OTHER)
    out = tmp_path / "out"
    assert main(out, "--claims", "fine") == 0
    before = contents(out)
    limit = len(before["report.html"])
    command = ["reproduce", "--out", out, "--claims", "fine,another_one", "--workers", "1"]
    process = Forked(*command, environment=environment(), largest_file=limit)
    _, text = process.communicate()
    assert process.returncode == 1, text
    last = text.splitlines()[-1]
    assert re.fullmatch(
        rf"minintk reproduce: could not write {re.escape(str(out))}/.*: File too large; what was "
        rf"saved before is kept in {re.escape(str(out))}, the same command continues",
        last,
    ), text
    assert "Traceback" not in text
    assert verdicts(out)["fine"] == "holds"
    assert contents(out)["report.html"] == before["report.html"]
