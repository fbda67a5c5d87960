"""A whole run: the files that it leaves, what it uses again, shards, and what a crash leaves."""

import re
import signal
import threading

import pytest

import minintk.report
from minintk.claims import CLAIMS
from minintk.report import locks, pool, results, runner
from minintk.report import reproduce as reproduction
from minintk.report.arithmetic import arithmetic
from minintk.report.files import FolderError
from tests.reference import small_claims
from tests.reference.commands import (
    FILES,
    INTERRUPTED,
    NAMES,
    bits,
    contents,
    environment,
    main,
    read_claims,
    reproduce,
    reproduce_here,
    study,
    verdicts,
    wait_until,
)
from tests.reference.forked import FORKS, Forked

pytestmark = [
    pytest.mark.command,
    pytest.mark.usefixtures("_keep_the_handler_of_sigterm"),
]
has_openblas = pytest.mark.skipif(
    arithmetic()["core"] == "unknown", reason="the library does not tell its core type"
)
QUICK = (
    "size: quick (a smoke run: it shows that everything runs; only the default size and the full "
    "size are meant to decide)\n"
)

units_here = pytest.mark.usefixtures("_units_here")


@pytest.fixture
def _study_of_the_finished_run(monkeypatch):
    study(monkeypatch, small_claims.ROTATION, small_claims.OTHER)


def lines(folder, *names, **changes):
    """The lines of a run after the first, which says the size."""
    return reproduce_here(folder, *names, **changes)[1].split("\n", 1)[1]


# --- by hand --------------------------------------------------------------------------------------


def test_a_run_leaves_whole_files_and_no_others(finished):
    assert sorted(contents(finished[0])) == sorted([*FILES, "explore.html"])


def test_the_names_of_the_subpackage():
    assert minintk.report.run is reproduction.run
    assert minintk.report.run_shard is reproduction.run_shard


@units_here
def test_own_sizes_are_said_everywhere(tmp_path, monkeypatch):
    study(monkeypatch, small_claims.FINE, small_claims.OTHER)
    outcome, text = reproduce_here(tmp_path, "fine", "another_one", changes=["fine.cells=1,2,3,4"])
    assert text.startswith("size: own (set by the reader)\n")
    content, entries = read_claims(tmp_path)
    assert (outcome.size, content["size"]) == ("own", "own")
    assert [entry["size"] for entry in entries.values()] == ["own", "default"]
    assert entries["fine"]["criterion"] == "4 cells: below 2."
    assert entries["fine"]["configuration"]["cells"] == [1, 2, 3, 4]
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Size of this run: own (set by the reader); another_one: default." in page
    assert lines(tmp_path, "fine") == "fine: holds\n", "its own sizes are not the default ones"


# --- theorem --------------------------------------------------------------------------------------


def test_a_second_run_keeps_everything(folder):
    before = contents(folder)
    result = reproduce(folder, "--claims", ",".join(NAMES))
    assert result.returncode == 0
    kept = "".join(f"{name}: kept from an earlier run\n" for name in NAMES)
    assert result.stderr == QUICK + kept
    assert contents(folder) == before


@units_here
@pytest.mark.usefixtures("_study_of_the_finished_run")
def test_fresh_runs_again_and_leaves_other_claims_alone(folder, capsys):
    figure = folder / "figures" / "rotation.svg"
    figure.write_text("old")
    _, before = read_claims(folder)
    assert main(folder, "--quick", "--claims", "rotation", "--fresh") == 0
    assert capsys.readouterr().err == QUICK + "rotation: holds\n"
    assert figure.read_text() != "old"
    _, after = read_claims(folder)
    assert after["another_one"] == before["another_one"]
    assert after["rotation"]["measured"] == before["rotation"]["measured"]


@units_here
@pytest.mark.usefixtures("_study_of_the_finished_run")
def test_another_seed_never_uses_old_results(folder, capsys):
    content, before = read_claims(folder)
    assert main(folder, "--quick", "--claims", "rotation", "--seed", "1") == 0
    said = "rotation: replaces the result of seed 0\n"
    said += "of other claims in this folder 1 are of seed 0\n"
    assert capsys.readouterr().err == f"{QUICK}{said}rotation: {verdicts(folder)['rotation']}\n"
    page = (folder / "report.html").read_text("utf-8")
    assert all(f"Size quick, seed {seed}, " in page for seed in (0, 1))
    content, after = read_claims(folder)
    assert content["seed"] == 1
    assert after["another_one"] == before["another_one"]
    assert after["rotation"]["seed"] == 1
    assert after["rotation"]["measured"] != before["rotation"]["measured"]
    assert bits(folder, "rotation").keys() == {"change", "circulant_distance"}


@units_here
def test_what_makes_a_run_use_old_results(tmp_path, monkeypatch):
    study(monkeypatch, small_claims.FINE, small_claims.OTHER)
    ran, kept = "fine: holds\n", "fine: kept from an earlier run\n"
    assert lines(tmp_path, "fine") == ran
    assert lines(tmp_path, "fine") == kept
    assert lines(tmp_path, "fine", workers=2) == kept
    assert lines(tmp_path, "fine", size="quick") == ran, "other sizes"
    with monkeypatch.context() as patch:
        patch.setattr(results, "code_digest", lambda: "another version, or an edited formula")
        assert lines(tmp_path, "fine", size="quick") == ran


@units_here
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


@units_here
@pytest.mark.usefixtures("_study_of_the_finished_run")
def test_shards_give_the_bits_of_one_run(finished, tmp_path, capsys):
    arguments = ("--quick", "--claims", ",".join(NAMES))
    for shard in ("3/3", "1/3", "2/3"):
        assert main(tmp_path, *arguments, "--shard", shard) == 0
        assert "merges and judges" in capsys.readouterr().out
        assert {name.split("/")[0] for name in contents(tmp_path)} == {"units"}
    result = reproduce(tmp_path, *arguments[1:])  # another process
    assert result.returncode == 0, result.stderr
    assert "16 units from shards are merged" in result.stderr
    for name in NAMES:
        assert bits(tmp_path, name) == bits(finished[0], name)
    assert (tmp_path / "claims.json").exists()


@units_here
def test_a_plain_run_computes_what_shards_did_not(tmp_path, monkeypatch):
    study(monkeypatch, small_claims.FINE, small_claims.OTHER)
    names = ["fine", "another_one"]
    options = {"workers": 1, "shard": (1, 2)}
    assert minintk.report.run_shard(tmp_path, names, **options) == []
    done = sorted((tmp_path / "units").rglob("*.unit"))
    assert len(done) == 7
    before = done[0].stat().st_mtime_ns
    minintk.report.run_shard(tmp_path, names, **options)
    assert done[0].stat().st_mtime_ns == before, "what is there is not run again"
    done[1].write_bytes(b"edited")
    text = lines(tmp_path, *names)
    assert f"{done[1].relative_to(tmp_path)} was changed since it was written" in text
    assert "6 units from shards are merged" in text
    assert sorted((tmp_path / "units").rglob("*.unit")) == done, "they stay"
    assert verdicts(tmp_path) == dict.fromkeys(names, "holds")
    assert "merged" not in lines(tmp_path, *names, fresh=True)


@has_openblas
@units_here
@pytest.mark.usefixtures("_study_of_the_finished_run")
def test_another_core_type_is_noticed_by_a_run_and_mixed_by_shards(folder, tmp_path, monkeypatch):
    arguments, old = ("--claims", "another_one", "--workers", "1"), arithmetic()["core"]
    new = next(core for core in ("Nehalem", "Haswell") if core != old)
    result = reproduce(folder, *arguments, OPENBLAS_CORETYPE=new)
    assert result.returncode == 0, result.stderr
    assert "another_one: an earlier run had another arithmetic; it runs again" in result.stderr
    assert [one["core"] for one in read_claims(folder)[1]["another_one"]["arithmetic"]] == [new]
    assert "another_one: kept" in reproduce(folder, *arguments, OPENBLAS_CORETYPE=new).stderr

    shared = tmp_path / "shared"
    with monkeypatch.context() as patch:  # a child of the pool, as Python starts it
        patch.setattr(reproduction, "on_pool", pool.on_pool)
        patch.setenv("OPENBLAS_CORETYPE", new)
        assert main(shared, "--quick", *arguments, "--shard", "1/2") == 0
    assert "3 units from shards are merged" in lines(shared, "another_one", size="quick")
    cores = [one["core"] for one in read_claims(shared)[1]["another_one"]["arithmetic"]]
    assert cores == sorted([old, new])
    page = (shared / "report.html").read_text(encoding="utf-8")
    assert "Units ran on more than one arithmetic" in page
    assert f"core type: {new}" in page
    again = lines(shared, "another_one", size="quick")
    assert "had another arithmetic; it runs again\n3 units from shards are merged" in again


@pytest.mark.skipif(not FORKS, reason="processes of POSIX")
@units_here
def test_a_run_that_is_killed_again_and_again_ends_with_the_same_bytes(tmp_path, monkeypatch):
    study(monkeypatch, small_claims.FINE, small_claims.OTHER)
    reproduce_here(tmp_path / "whole", "fine", "another_one")
    killed = tmp_path / "killed"
    command = ["reproduce", "--out", killed, "--claims", "fine,another_one", "--workers", "1"]
    for signs in ("claims.json", "data/*", "figures/*.svg"):  # killed as soon as a new one is there
        earlier = {*killed.glob(signs)}
        process = Forked(*command, environment=environment())
        wait_until(lambda now=signs, old=earlier: {*killed.glob(now)} - old, 0.001)
        process.kill()
        process.communicate()  # ends only with the last child
        assert process.returncode == -signal.SIGKILL
    process = Forked(*command, environment=environment())
    _, text = process.communicate()
    assert process.returncode == 0, text
    one, other = contents(tmp_path / "whole"), contents(killed)
    assert one.keys() | {"explore.html"} == other.keys()  # that one is of the command
    for name in one.keys() - {"claims.json", "report.html"}:  # these say how long it took
        assert one[name] == other[name], name


# --- argument checks ------------------------------------------------------------------------------


def test_outcome_of_a_crash(tmp_path, monkeypatch):
    study(monkeypatch, small_claims.CRASHING, small_claims.FINE)
    outcome, text = reproduce_here(tmp_path, "crashing", "fine")
    assert outcome.crashed == {"crashing": "RuntimeError: this unit cannot be measured"}
    assert [entry["name"] for entry in outcome.entries] == ["fine"]
    assert outcome.tracebacks == tmp_path / "tracebacks.txt"
    assert outcome.page == tmp_path / "report.html"
    assert "crashing: crashed, a" in text
    failed = minintk.report.run_shard(tmp_path / "new", workers=1, shard=(1, 1))
    assert len(failed) == 2, "two seeds of one cell"
    assert all("this unit cannot be measured" in text for text in failed)
    assert "crashing: crashed" in lines(tmp_path / "new", "crashing", "fine")


def test_an_interrupted_run_with_a_crash_leaves_the_traceback_that_the_page_names(
    tmp_path, monkeypatch, capsys
):
    def crashed_then_interrupted(jobs, *_):
        yield runner.Crashed(jobs[0], "Traceback: of crashing\n")
        raise KeyboardInterrupt

    study(monkeypatch, small_claims.CRASHING, small_claims.FINE)
    monkeypatch.setattr(reproduction, "run_claims", crashed_then_interrupted)
    assert main(tmp_path) == 130
    assert capsys.readouterr().err.splitlines()[-1] == INTERRUPTED.format(tmp_path).strip()
    assert "tracebacks.txt" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "of crashing" in (tmp_path / "tracebacks.txt").read_text()


def test_a_claim_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match=r"names must be some of rotation.*; got 'rotations'"):
        reproduce_here(tmp_path, "rotations")


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"folder": 5}, TypeError, "folder must be a path or its text, got 5"),
        ({"names": "rotation"}, TypeError, "names must be a list of texts, got 'rotation'"),
        ({"changes": "a.b=1"}, TypeError, "changes must be a list of texts, got 'a.b=1'"),
        ({"seed": -1}, ValueError, "seed must be an integer of at least 0, got -1"),
        ({"workers": 0}, ValueError, "workers must be a positive integer, got 0"),
    ],
)
@pytest.mark.parametrize("shard", [None, (1, 2)])
def test_arguments_of_a_run_from_python(tmp_path, wrong, error, said, shard):
    given = {"folder": tmp_path / "new", "names": ["rotation"], **wrong}
    given |= {"shard": shard} if shard else {}
    with pytest.raises(error, match=f"^{re.escape(said)}$"):
        (reproduction.run_shard if shard else reproduction.run)(**given)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("shard", "error", "said"),
    [
        ("1/2", TypeError, "shard must be two numbers such as (1, 3), got '1/2'"),
        ((3, 2), ValueError, "shard must be one of 2, got 3"),
        ((0, 2), ValueError, "each of shard must be a positive integer, got 0"),
    ],
)
def test_a_shard_that_is_none(tmp_path, shard, error, said):
    with pytest.raises(error, match=f"^{re.escape(said)}$"):
        reproduction.run_shard(tmp_path / "new", ["rotation"], shard=shard)
    assert not (tmp_path / "new").exists()


@units_here
def test_two_runs_in_one_folder(tmp_path, monkeypatch):
    study(monkeypatch, small_claims.FINE)
    with locks.exclusive(tmp_path), pytest.raises(FolderError, match="another run writes into"):
        reproduce_here(tmp_path, "fine")
    assert contents(tmp_path) == {}
    reproduce_here(tmp_path, "fine")
    with locks.exclusive(tmp_path):  # shards take no lock
        assert minintk.report.run_shard(tmp_path, ["fine"], workers=1, shard=(1, 7)) == []


@units_here
def test_a_run_beside_a_live_shard(tmp_path, monkeypatch):
    study(monkeypatch, small_claims.FINE)
    with (
        locks.presence(tmp_path, "shard-2-of-3"),
        pytest.raises(FolderError, match=r"shard-2-of-3 still writes into .*: wait for its end"),
    ):
        reproduce_here(tmp_path, "fine")
    reproduce_here(tmp_path, "fine")


def test_a_run_in_a_thread_needs_no_signals(tmp_path, monkeypatch):
    study(monkeypatch, small_claims.FINE)
    thread = threading.Thread(target=reproduce_here, args=(tmp_path, "fine"))
    thread.start()
    thread.join(60)
    assert verdicts(tmp_path) == {"fine": "holds"}
    assert "fine" not in CLAIMS
