"""A Dask cluster as an executor. `.ci/run` starts a real one: here only what is said without it."""

import sys
import types

import pytest

from minintk.report import cluster
from tests.reference.commands import refuse

pytestmark = pytest.mark.command


def distributed(monkeypatch, client):
    """A stand-in for dask.distributed, whether it is installed or not."""
    module = types.ModuleType("dask.distributed")
    module.Client = client
    monkeypatch.setitem(sys.modules, "dask", types.ModuleType("dask"))
    monkeypatch.setitem(sys.modules, "dask.distributed", module)


# --- by hand --------------------------------------------------------------------------------------


def test_the_executor_is_the_clients_which_is_closed_at_the_end(monkeypatch):
    done = []

    class Client:
        def __init__(self, address, timeout):
            done.append((address, timeout))

        def get_executor(self):
            return "executor"

        def close(self):
            done.append("closed")

    distributed(monkeypatch, Client)
    with cluster.dask_executor("tcp://here:1", 3.0) as executor:
        assert executor == "executor"
        assert done == [("tcp://here:1", 3.0)]
    assert done[1:] == ["closed"]


# --- argument checks ------------------------------------------------------------------------------


def test_without_dask_one_line_says_what_is_missing(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "dask", None)
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    line = refuse(capsys, "reproduce", "--out", tmp_path / "new", "--dask", "tcp://here:1")
    assert "--dask needs dask.distributed in this environment: pip install distributed" in line
    assert not (tmp_path / "new").exists()


def test_where_no_scheduler_answers_one_line_says_so(monkeypatch, capsys, tmp_path):
    def unreachable(address, timeout):
        raise OSError(f"Timed out trying to connect to {address}\nand more")

    distributed(monkeypatch, unreachable)
    line = refuse(capsys, "reproduce", "--out", tmp_path, "--dask", "tcp://here:1")
    assert "--dask found no scheduler at 'tcp://here:1': Timed out trying to connect" in line
