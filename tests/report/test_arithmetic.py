"""What computes: BLAS, its threads and its core type."""

import json
import os

import numpy as np
import pytest

from minintk.report import arithmetic
from tests.reference.commands import all_started, ended

pytestmark = pytest.mark.command

SHOW = """
import json
from minintk.report.arithmetic import arithmetic, use_one_thread
before = arithmetic()
use_one_thread()
print(json.dumps([before, arithmetic()]))
"""
has_openblas = pytest.mark.skipif(
    arithmetic.arithmetic()["core"] == "unknown", reason="the library does not tell its core type"
)


CORES = min(3, os.cpu_count() or 1)
SETTINGS = {
    "threads": {"OPENBLAS_NUM_THREADS": str(CORES)},
    "Haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    "Nehalem": {"OPENBLAS_CORETYPE": "Nehalem"},
}


@pytest.fixture(scope="module")
def shown():
    """What a process with one setting shows; all of them start at once."""
    calls = {name: (("-c", SHOW), changes) for name, changes in SETTINGS.items()}
    with all_started(calls) as processes:

        def of(name):
            result = ended(processes[name])
            assert result.returncode == 0, result.stderr
            return json.loads(result.stdout)

        yield of


# --- by hand --------------------------------------------------------------------------------------


def test_every_kind_is_text():
    found = arithmetic.arithmetic()
    assert list(found) == ["blas", "threads", "core"]
    assert all(isinstance(value, str) and value for value in found.values())


@has_openblas
def test_one_thread_is_set_where_nothing_was_set_before_the_start(shown):
    before, after = shown("threads")
    assert before["threads"] == str(CORES)
    assert after == {**before, "threads": "1"}


@has_openblas
def test_the_core_type_is_the_one_that_the_library_uses(shown):
    haswell, nehalem = (shown(name)[0] for name in ("Haswell", "Nehalem"))
    assert haswell["blas"] == nehalem["blas"]
    assert nehalem["core"] == "Nehalem"


# --- argument checks ------------------------------------------------------------------------------


def test_what_no_library_tells_is_unknown(monkeypatch):
    monkeypatch.setattr(arithmetic, "_libraries", tuple)
    monkeypatch.setattr(np, "show_config", lambda: None)  # as before NumPy 1.25
    arithmetic._blas.cache_clear()
    for name in arithmetic.THREADS:
        monkeypatch.delenv(name, raising=False)
    unknown = dict.fromkeys(("blas", "threads", "core"), "unknown")
    assert arithmetic.arithmetic() == unknown
    arithmetic.use_one_thread()
    for name in arithmetic.THREADS:
        monkeypatch.setenv(name, "1")
    assert arithmetic.arithmetic() == {**unknown, "threads": "1"}
    arithmetic._blas.cache_clear()
