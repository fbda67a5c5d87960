"""`minintk check` from end to end: output and exit status."""

import json

import pytest

from tests.reference.commands import run

pytestmark = [pytest.mark.course, pytest.mark.command]


# --- by hand --------------------------------------------------------------------------------------


def test_check(capsys):
    assert run(capsys, "check", "kappa1", "(sin(t) + (pi - t)*cos(t))/pi") == (
        0,
        "right: kappa1\n",
        "",
    )
    status, out, _ = run(capsys, "check", "kappa1", "-(sin(t) + (pi - t)*cos(t))/pi")
    assert status == 1
    assert out.startswith("wrong: kappa1 [sign]\n")
    assert "the right value" not in out
    status, out, _ = run(capsys, "check", "decay", "1/(1 + lambda)", "--reveal")
    assert status == 1
    assert "the right value is" in out
    status, out, _ = run(
        capsys, "check", "ntk_eigenvalue", "1/(pi^2*k^2)", "--bias", "--k", "odd", "--json"
    )
    assert status == 0
    assert json.loads(out)["verdict"] == "right"
    assert run(capsys, "check", "ntk", "cos(t)*kappa0(t) + sin(t)/(2*pi)", "--no-bias")[0] == 0


def test_list_names_every_quantity_with_variables(capsys):
    status, out, _ = run(capsys, "check", "--list")
    assert status == 0
    assert "ntk_eigenvalue_second_layer: " in out
    assert "lambda, lam" in out
