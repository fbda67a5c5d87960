"""Formulas as MathML: well-formed, nothing lost, everything escaped."""

import re
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minintk.claims import CLAIMS
from minintk.report.formulas import mathml

pytestmark = pytest.mark.command

ALIKE = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀ₀₁₂₃₄₅₆₇₈₉′\u0303\u0304", "0123456789−T0123456789'~¯")


def tree(formula):
    return ElementTree.fromstring(f"<all>{mathml(formula)}</all>")


def shape(formula):
    """Tags and texts of a formula of one part, as nested lists without <math> itself."""

    def nested(element):
        inner = [nested(child) for child in element]
        return [element.tag, *inner] if inner else f"{element.tag} {(element.text or '').strip()}"

    (math,) = tree(formula)
    return [nested(child) for child in math]


def letters(text):
    """What a formula says, without what only moves it up, down or apart, or under a root."""
    return re.sub(r"[\s;_^{}√\u0302]", "", text.translate(ALIKE).replace("½", "12"))


def said(root):
    """The same of its MathML."""
    return letters("".join(root.itertext()))


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("λ_kτ", [["msub", "mi λ", "mi k"], "mi τ"]),
        ("K_nQ", [["msub", "mi K", "mi n"], "mi Q"]),
        ("L_MF", [["msub", "mi L", ["mrow", "mi M", "mi F"]]]),
        ("c_k/4", [["msub", "mi c", "mi k"], "mo /", "mn 4"]),
        ("n^-1/2", [["msup", "mi n", ["mrow", "mo -", "mn 1", "mo /", "mn 2"]]]),
        ("A_jl²", [["msubsup", "mi A", ["mrow", "mi j", "mi l"], "mn 2"]]),
        ("f_k'²", [["msubsup", "mi f", "mi k", ["mrow", "mo ′", "mn 2"]]]),
        ("√m Σ", [["msqrt", "mi m"], "mi Σ"]),
        ("½√(m)", [["mfrac", "mn 1", "mn 2"], ["msqrt", ["mrow", "mo (", "mi m", "mo )"]]]),
        ("w̃_r", [["msub", ["mover", "mi w", "mo ~"], "mi r"]]),
        ("H±ᵀ = ±1", [["msubsup", "mi H", "mo ±", "mi T"], "mo =", "mo ±", "mn 1"]),
        ("L_mean-field, lazy", [["msub", "mi L", "mtext mean-field"], "mo ,", "mtext lazy"]),
        ("exp(jn)", ["mi exp", "mo (", "mi j", "mi n", "mo )"]),
        ("", []),
    ],
)
def test_what_is_raised_lowered_and_under_a_root(formula, expected):
    assert (shape(formula) if formula else list(tree(formula))) == expected


def test_the_parts_of_a_formula_have_a_line_each_and_the_text_itself():
    parts = tree("a < b;  on a grid c & d")
    assert [part.get("alttext") for part in parts] == ["a < b", "on a grid c & d"]
    assert all(part.get("display") == "block" for part in parts)
    assert parts[1][0].text == "on a grid\u00a0"


# --- theorem --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CLAIMS)
def test_nothing_of_a_claims_formula_is_lost_or_added(name):
    formula = CLAIMS[name].formula
    root = tree(formula)
    assert said(root) == letters(formula)
    assert len(root) == len(formula.split("; "))
    assert "mrow" not in {child.tag for part in root for child in part}  # nothing was left open


@given(st.text(alphabet="ab_^{}()½√'²₃ᵀ±w̃ λ;<&\"on-1/2", max_size=40))
def test_any_text_is_well_formed_and_whole(text):
    assert sorted(said(tree(text))) == sorted(letters(text))  # what is raised may come first


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Co", "Cn"]), max_size=40))
def test_any_text_at_all_is_well_formed(text):
    assert "<script" not in mathml("<script>" + text)
    tree(text)
