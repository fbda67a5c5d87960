"""Child processes: none is left behind, and one that dies is replaced."""

import contextlib
import io
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from collections import deque
from concurrent.futures import BrokenExecutor, Future
from dataclasses import replace

import pytest

from minintk.report import pool
from minintk.report import reproduce as reproduction
from minintk.report.results import Job
from minintk.report.runner import Done, tasks_of
from tests.reference import small_claims
from tests.reference.commands import (
    bits,
    environment,
    on_no_pool,
    processes_in,
    reproduce_here,
    study,
    verdicts,
    wait_until,
)
from tests.reference.forked import Forked

pytestmark = [
    pytest.mark.command,
    pytest.mark.skipif(os.name != "posix", reason="signals of POSIX"),
]


@pytest.fixture
def processes(tmp_path, monkeypatch):
    """A folder in which sleeping units leave the numbers of their processes."""
    (tmp_path / "processes").mkdir()
    monkeypatch.setenv("PROCESSES", str(tmp_path / "processes"))
    return tmp_path / "processes"


def is_there(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{number}/stat") as file:  # a dead one that nobody has waited for
        return file.read().rsplit(")", 1)[1].split()[0] != "Z"


def few(claim):
    """A claim of two units, and its control: each that was in flight runs again in its own pool."""
    return replace(claim, default=small_claims.Sizes(cells=(0, 1), seeds=1))


# --- by hand --------------------------------------------------------------------------------------


def test_children_are_children_with_one_thread(tmp_path, monkeypatch):
    study(monkeypatch, small_claims.PLACED)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    outcome, _ = reproduce_here(tmp_path, "placed", workers=2)
    assert os.environ["OPENBLAS_NUM_THREADS"] == "7", "for the children alone"
    assert "OMP_NUM_THREADS" not in os.environ
    measured = outcome.entries[0]["measured"]
    assert measured["in_child_process"] is True
    assert measured["blas_threads"] == ["1"], "BLAS must have one thread in every child"
    assert measured["units"] == [0, 1, 2]
    assert measured["never"] == "inf", "JSON has no inf: it becomes text"


# --- theorem --------------------------------------------------------------------------------------


def test_a_unit_whose_process_was_killed_runs_again(processes, tmp_path, monkeypatch):
    study(monkeypatch, few(small_claims.DYING_ONCE), few(small_claims.FINE))
    reproduce_here(tmp_path / "out", "dying_once", "fine", workers=1)
    assert (processes / "died-1").exists()
    assert verdicts(tmp_path / "out") == {"dying_once": "holds", "fine": "holds"}
    monkeypatch.setattr(reproduction, "on_pool", on_no_pool)
    reproduce_here(tmp_path / "again", "dying_once")  # now nothing dies
    assert bits(tmp_path / "out", "dying_once") == bits(tmp_path / "again", "dying_once")


def test_modules_in_the_readers_folder_have_no_influence(tmp_path):
    for name in ("signal", "types", "enum", "random", "numpy"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('the reader has this')\n")
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "minintk"  # as pip writes it
    main = "import sys\nfrom tests.reference.small_claims import _main\n"
    script.write_text(f"{main}if __name__ == '__main__':\n    sys.exit(_main())\n")
    command = [sys.executable, script, "reproduce", "--claims", "fine", "--workers", "1"]
    result = subprocess.run(
        command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    if sys.version_info >= (3, 11):  # before, Python itself looks there first in a child
        assert result.returncode == 0, result.stderr
        assert result.stderr.splitlines()[-1] == "fine: holds"


# --- argument checks ------------------------------------------------------------------------------


def test_a_unit_that_always_kills_its_process_crashes_its_claim_alone(tmp_path, monkeypatch):
    study(monkeypatch, few(small_claims.DYING), few(small_claims.FINE))
    outcome, _ = reproduce_here(tmp_path, "dying", "fine", workers=2)
    assert list(outcome.crashed) == ["dying"]
    assert verdicts(tmp_path) == {"fine": "holds"}
    text = (tmp_path / "tracebacks.txt").read_text()
    assert "the worker process died twice in this unit (networks, cell (1,), block 0)" in text


@pytest.mark.parametrize("workers", [1, 2])
def test_a_script_without_the_guard_is_told_so_once_and_at_once(workers, tmp_path):
    call = f"report.run(Path('out'), ['rotation', 'width'], size='quick', workers={workers})"
    script = tmp_path / "script.py"
    script.write_text(
        f"from pathlib import Path\nfrom minintk import report\nprint({call}.crashed)\n"
    )
    result = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    guard = 'under `if __name__ == "__main__":`'
    told = "RuntimeError: no worker process could start: a script must be a file that calls run"
    assert result.stdout == f"{dict.fromkeys(['rotation', 'width'], f'{told} {guard}')}\n"
    child = f"RuntimeError: a worker process imports this script again: put the call {guard}"
    errors = re.findall(r"^\w+Error: .+", result.stderr, flags=re.MULTILINE)
    assert errors == [child] * len(errors)
    assert 1 <= len(errors) <= workers, "no child is tried again"


def test_an_interrupted_run_ends_units_that_still_run(processes, tmp_path, monkeypatch):
    class Interrupting(io.StringIO):
        def write(self, text):
            if text.startswith("fine: holds"):
                raise KeyboardInterrupt
            return super().write(text)

    study(monkeypatch, small_claims.FINE, small_claims.SLEEPING)
    monkeypatch.setattr(io, "StringIO", Interrupting)  # Ctrl-C as soon as `fine` is finished
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        reproduce_here(tmp_path / "results", "fine", "sleeping", workers=2)
    assert not multiprocessing.active_children()
    assert verdicts(tmp_path / "results") == {"fine": "holds"}


def test_children_that_are_not_of_the_pool_are_left_alone():
    other = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,))
    other.start()
    try:
        claim = small_claims.FINE
        tasks = tasks_of([Job(claim, claim.default, "default")])
        assert all(isinstance(result, Done) for _, result in pool.on_pool(tasks, 0, 1))
        assert other.is_alive()
    finally:
        other.kill()
        other.join()


@pytest.mark.parametrize("name", ["SIGKILL", "SIGHUP", "SIGTERM"])
def test_a_run_that_is_killed_leaves_no_process(name, processes, tmp_path):
    command = ["reproduce", "--out", tmp_path / "out", "--claims", "sleeping", "--workers", "2"]
    process = Forked(*command, environment=environment())
    try:
        wait_until(lambda: len(processes_in(processes)) == 2)
        os.kill(process.pid, getattr(signal, name))
        # it ends only when no process is left that could write there
        _, text = process.communicate(timeout=30)
        assert process.returncode == (-signal.SIGKILL if name == "SIGKILL" else 130), text
        wait_until(lambda: not any(is_there(number) for number in processes_in(processes)))
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # a child that was left must not be waited for
        process.communicate()


@pytest.mark.parametrize(
    ("end", "more"),
    [
        (lambda future: future.set_result(None), 1),
        (lambda future: future.set_exception(ValueError()), 1),
        (lambda future: future.set_exception(BrokenExecutor()), 0),
        (lambda future: future.cancel(), 0),
    ],
)
def test_nothing_is_submitted_to_a_pool_that_ends(end, more, monkeypatch):
    """The thread that tells so holds the lock that `submit` waits for, in Python 3.13."""
    submitted = []
    monkeypatch.setattr(pool, "submit", lambda *_: submitted.append(Future()) or submitted[-1])
    feed = pool._Feed(None, deque(["first", "second"]), 0, 1)
    feed.top_up()
    end(submitted[0])
    assert len(submitted) == 1 + more
    assert feed.arrived.get_nowait() is submitted[0]
    assert list(feed.flying.values()) == ["first", "second"][: 1 + more]
