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


def test_options_stand_anywhere(capsys):
    formula = "cos(t)*kappa0(t) + sin(t)/(2*pi)"
    for arguments in (
        ("--no-bias", "ntk", formula),
        ("ntk", "--no-bias", formula),
        ("ntk", formula, "--no-bias"),
    ):
        assert run(capsys, "check", *arguments)[0] == 0, arguments
    assert run(capsys, "check", "decay", "--no-hints", "-exp(-lambda*tau)")[0] == 1


@pytest.mark.parametrize("formula", ["-t", "-2t", "-θ", "-t/pi", "-cos t", "-\\theta", "-1"])
def test_a_formula_that_begins_with_a_minus_is_no_option(capsys, formula):
    for arguments in (("kappa0", formula), ("--no-hints", "kappa0", "--bias", formula)):
        status, out, err = run(capsys, "check", *arguments)
        assert (status, err) == (1, ""), formula
        assert out.startswith("wrong: kappa0"), formula


def test_one_quantity_is_listed_and_its_letters_are_told(capsys):
    status, out, _ = run(capsys, "check", "--list", "kappa1")
    assert (status, out.splitlines()[0].split(":")[0]) == (0, "kappa1")
    assert out.splitlines()[2:] == ["    in front of an equation of --steps: κ1"]
    status, out, err = run(capsys, "check", "kappa1")
    assert (status, out) == (2, "")
    assert "the letters of kappa1 are t (angle θ" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("ntk_eigenvalue", "1/pi^2 + 1/8", "--k", "1"),
            "Theirs lacks the part of the second layer.",
        ),
        (("decay", "exp(-lambda*tau/n)"), "n is in it already"),
        (("decay", "(1-eta*lambda)^(tau/eta)"), "descent, not the flow"),
        (("ntk_eigenvalue", "1/(9*pi^2)", "--k", "3"), "right: ntk_eigenvalue"),
        (("ntk", "(cos(t) + 1)*kappa0(t)/4", "--convention", "basri2019"), "right: ntk"),
    ],
)
def test_letters_and_conventions(capsys, arguments, words):
    assert words in run(capsys, "check", *arguments)[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ntk", "1", "--convention", "basri"), "convention must be one of"),
        (
            ("decay", "1", "--convention", "basri2019"),
            "convention must be one of mean-field-scaling",
        ),
        (("kappa0", "1", "--convention", "basri2019"), "convention must be left out for kappa0"),
        (("kapa0", "1"), "did you mean kappa0"),
        (("kappa0", "1 - thet/pi"), "did you mean theta"),
    ],
)
def test_rejected_in_one_line(capsys, arguments, words):
    status, out, err = run(capsys, "check", *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert words in err
