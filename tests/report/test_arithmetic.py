"""What computes: BLAS, its threads and its core type."""

import json
import os

import numpy as np
import pytest

from minintk.report import arithmetic
from tests.reference.commands import python

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


def shown(**changes):
    result = python("-c", SHOW, **changes)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


# --- by hand --------------------------------------------------------------------------------------


def test_every_kind_is_text():
    found = arithmetic.arithmetic()
    assert list(found) == ["blas", "threads", "core"]
    assert all(isinstance(value, str) and value for value in found.values())


@has_openblas
def test_one_thread_is_set_where_nothing_was_set_before_the_start():
    cores = min(3, os.cpu_count() or 1)
    before, after = shown(OPENBLAS_NUM_THREADS=str(cores))
    assert before["threads"] == str(cores)
    assert after == {**before, "threads": "1"}


@has_openblas
def test_the_core_type_is_the_one_that_the_library_uses():
    haswell, nehalem = (shown(OPENBLAS_CORETYPE=name)[0] for name in ("Haswell", "Nehalem"))
    assert haswell["blas"] == nehalem["blas"]
    assert nehalem["core"] == "Nehalem"


# --- refusal --------------------------------------------------------------------------------------


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
