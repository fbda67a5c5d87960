"""Who writes into a folder: one run, and shards that are alive."""

import json
import os
import platform
import subprocess
import sys
import time

import pytest

from minintk.report import locks
from minintk.report.files import FolderError
from tests.reference.commands import contents, environment

pytestmark = pytest.mark.command

HOLD = """
import sys, time, pathlib
from minintk.report import locks
with getattr(locks, sys.argv[2])(pathlib.Path(sys.argv[1]), *sys.argv[3:]):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(folder, *what):
    """A process that holds something until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), *what],
        stdout=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout.readline() == b"held\n"
    return process


def ended(process):
    process.kill()
    process.communicate()


# --- by hand --------------------------------------------------------------------------------------


def test_a_lock_leaves_nothing(tmp_path):
    with locks.exclusive(tmp_path):
        assert str(os.getpid()) in (tmp_path / ".lock").read_text()
    assert contents(tmp_path) == {}


def test_a_lock_ends_with_the_process_that_held_it(tmp_path):
    process = holder(tmp_path, "exclusive")
    with pytest.raises(FolderError, match=f"another run writes into .*process {process.pid} on "):
        locks.exclusive(tmp_path).__enter__()
    ended(process)
    with locks.exclusive(tmp_path):
        pass
    assert contents(tmp_path) == {}


def test_a_shard_is_alive_until_its_process_is_dead(tmp_path):
    assert locks.live_shards(tmp_path) == []
    process = holder(tmp_path, "presence", "shard-2-of-3")
    assert locks.live_shards(tmp_path) == ["shard-2-of-3"]
    ended(process)
    assert locks.live_shards(tmp_path) == []
    assert contents(tmp_path) == {}, "the sign of a dead one is removed"
    with locks.presence(tmp_path, "shard-1-of-3"):
        assert locks.live_shards(tmp_path) == ["shard-1-of-3"]
    assert locks.live_shards(tmp_path) == []


def test_a_shard_on_another_machine_is_believed_while_its_sign_is_fresh(tmp_path):
    (tmp_path / "units").mkdir()
    sign = tmp_path / "units" / "far.alive"
    sign.write_text(json.dumps({"pid": 1, "host": "not-" + platform.node()}))
    assert locks.live_shards(tmp_path) == ["far"]
    old = time.time() - 2 * locks.STALE
    os.utime(sign, (old, old))
    assert locks.live_shards(tmp_path) == []


def test_a_shard_renews_its_sign(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "BEAT", 0.01)
    with locks.presence(tmp_path, "here"):
        sign = tmp_path / "units" / "here.alive"
        old = time.time() - 2 * locks.STALE
        os.utime(sign, (old, old))
        end = time.monotonic() + 10
        while sign.stat().st_mtime < old + locks.STALE:
            assert time.monotonic() < end
            time.sleep(0.02)
        assert locks.live_shards(tmp_path) == ["here"]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"pid": "x", "host": 1}'])
def test_a_damaged_sign_is_believed_while_it_is_fresh(text, tmp_path):
    (tmp_path / "units").mkdir()
    (tmp_path / "units" / "odd.alive").write_text(text)
    assert locks.live_shards(tmp_path) == ["odd"]
