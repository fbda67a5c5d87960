"""`minintk doctor`: what it shows, and that it notices a wrong library."""

import platform
import re

import matplotlib
import numpy as np
import pytest

import minintk as mn
from minintk import arccosine, fast, network, training
from minintk.cli import doctor
from tests.reference.commands import run

pytestmark = pytest.mark.command


# --- by hand --------------------------------------------------------------------------------------


def test_it_shows_versions_and_every_comparison(capsys):
    status, out, err = run(capsys, "doctor")
    assert (status, err) == (0, "")
    shown = dict(line.split(maxsplit=1) for line in out.splitlines()[:7])
    assert shown["minintk"] == mn.__version__
    assert shown["Python"].split()[0] == platform.python_version()
    assert (shown["NumPy"], shown["matplotlib"]) == (np.__version__, matplotlib.__version__)
    assert "threads: " in shown["BLAS"]
    assert "core type: " in shown["BLAS"]
    lines = [line for line in out.splitlines() if line.startswith("  ")]
    assert len(lines) == len(doctor._CHECKS) >= 6
    for line in lines:
        found = re.fullmatch(r"  passed  .+: (\d\.\de[+-]\d\d), limit (1e-\d\d)", line)
        assert found, line
        assert float(found[1]) <= float(found[2])
    assert out.splitlines()[-1].startswith("The self-test passed.")


def failures(capsys):
    """The lines of the comparisons that failed, and of how many the last line speaks."""
    status, out, _ = run(capsys, "doctor")
    assert status == 1
    failed = [line for line in out.splitlines() if line.startswith("  FAILED  ")]
    assert f"The self-test failed: {len(failed)} of {len(doctor._CHECKS)}." in out
    return "\n".join(failed)


def altered(monkeypatch, module, name, change):
    """Put what `change` makes of its value in place of a function."""
    right = getattr(module, name)
    monkeypatch.setattr(module, name, lambda *a, **k: change(right(*a, **k)))


@pytest.mark.parametrize(
    ("module", "name", "change", "said"),
    [
        (arccosine, "_kappa0", lambda k: k * (1 + 1e-5), "J Jᵀ"),
        (arccosine, "fourier_eigenvalues", lambda v: v * [1, 1, 1, 1, 1, 1, 1, 1, 2], "quadrature"),
        (arccosine, "aliased_eigenvalues", lambda v: v[::-1], "by FFT"),
        (network, "_backward", lambda g: mn.Params(g.w, -g.b, g.a), "central differences"),
        (training, "balance", lambda b: b + 1e-6, "balance law"),
        (fast, "objective", lambda f: lambda p: (0.0, p), "fast functions"),
        (arccosine, "infinite_ntk", lambda k: k * np.nan, "J Jᵀ of 4096 directions: nan, limit"),
    ],
)
def test_a_wrong_library_fails(module, name, change, said, capsys, monkeypatch):
    altered(monkeypatch, module, name, change)
    assert said in failures(capsys)


def test_a_function_that_raises_fails_and_the_others_are_compared(capsys, monkeypatch):
    def broken(*_):
        raise OSError("no such library")

    monkeypatch.setattr(fast, "objective", broken)
    assert failures(capsys).endswith("by the core: OSError: no such library")


def test_a_matplotlib_that_draws_nothing_is_told(capsys, monkeypatch):
    def broken(*_, **__):
        raise ImportError("no font")

    monkeypatch.setattr("minintk.report.figures.drawing", broken)
    status, out, _ = run(capsys, "doctor")
    assert status == 0
    assert "matplotlib  draws nothing here: ImportError: no font\n" in out
