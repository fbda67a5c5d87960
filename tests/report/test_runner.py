"""The runner: what its child processes measure, on any number of them, and none left behind."""

import io
import json
import multiprocessing
import shutil
from pathlib import Path

import pytest

from minintk.report import runner
from tests.reference import small_claims
from tests.reference.commands import (
    NAMES,
    bits,
    python,
    read_claims,
    reproduce,
    reproduce_here,
    study,
    verdicts,
)

pytestmark = pytest.mark.command

# The definition of what a run measures, on one BLAS thread as the runner has it.
DEFINITION = """
import json, sys
import numpy as np
from minintk.claims import CLAIMS
from minintk.claims.claim import arrays, measure, summary

folder, *names = sys.argv[1:]
for name in names:
    record = measure(CLAIMS[name], CLAIMS[name].quick, 0)
    np.savez(f"{folder}/{name}.npz", **arrays(record))
    with open(f"{folder}/{name}.json", "w") as file:
        json.dump(summary(record), file)
"""


# --- reference ------------------------------------------------------------------------------------


def test_measured_figures_and_arrays_are_those_of_the_definition_bit_by_bit(finished, tmp_path):
    threads = dict.fromkeys(runner._THREADS, "1")
    result = python("-c", DEFINITION, tmp_path, *NAMES, **threads)
    assert result.returncode == 0, result.stderr
    _, entries = read_claims(finished[0])
    (tmp_path / "data").mkdir()
    for name in NAMES:
        shutil.move(tmp_path / f"{name}.npz", tmp_path / "data")
        assert bits(finished[0], name) == bits(tmp_path, name), name
        assert entries[name]["measured"] == json.loads((tmp_path / f"{name}.json").read_text())
        assert len(bits(tmp_path, name)) >= 2, name


# --- theorem --------------------------------------------------------------------------------------


def test_results_do_not_depend_on_the_number_of_workers(finished, tmp_path):
    result = reproduce(tmp_path / "one", "--claims", ",".join(NAMES[::-1]), "--workers", "1")
    assert result.returncode == 0, result.stderr
    _, two = read_claims(finished[0])
    _, one = read_claims(tmp_path / "one")
    assert list(one) == NAMES, "the order is the study's, however the claims were asked for"
    for name in NAMES:
        assert one[name]["measured"] == two[name]["measured"], name
        assert bits(tmp_path / "one", name) == bits(finished[0], name), name
        for kind in ("png", "svg"):
            figure = Path("figures") / f"{name}.{kind}"
            same = (tmp_path / "one" / figure).read_bytes() == (finished[0] / figure).read_bytes()
            assert same, f"{figure} differs"


# --- refusal --------------------------------------------------------------------------------------


def test_an_interrupted_run_ends_units_that_still_run(tmp_path, monkeypatch):
    class Interrupting(io.StringIO):
        def write(self, text):
            raise KeyboardInterrupt

    monkeypatch.setenv("SLEPT", str(tmp_path / "slept"))
    study(monkeypatch, small_claims.FINE, small_claims.SLEEPING)
    monkeypatch.setattr(io, "StringIO", Interrupting)  # Ctrl-C as soon as `fine` is finished
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        reproduce_here(tmp_path / "results", "fine", "sleeping", workers=2)
    assert not multiprocessing.active_children()
    assert not (tmp_path / "slept").exists(), "a unit was waited for"
    assert verdicts(tmp_path / "results") == {"fine": "holds"}
