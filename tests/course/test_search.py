"""Planted mistakes in formulas come back by their names."""

import pytest

from minintk.course import check, describe
from tests.course.planted_formulas import CONSTANTS, PLANTED

pytestmark = pytest.mark.course


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "quantity", "formula", "options"), PLANTED)
def test_planted_mistakes_come_back_by_name(name, quantity, formula, options):
    answer = check(quantity, formula, **options)
    assert answer.verdict == "wrong"
    assert answer.diagnosis == name, describe(answer)


@pytest.mark.parametrize(
    ("quantity", "formula", "options", "kind", "said"),
    [
        ("ntk_eigenvalue", "3/(2 pi^2)", {"k": "0"}, "missing-bias", "the whole is half its"),
        ("ntk_eigenvalue", "8/pi^2 + 1/2", {"k": "0"}, "doubled-first-layer", "whole is twice its"),
        ("kappa0", "(180 - t)/90", {}, "degrees", "the whole is twice its right size"),
        (
            "kappa1",
            "2 (sqrt(1 - t^2) + (pi - acos(t)) t)/pi",
            {},
            "cos-for-angle",
            "the whole is twice its right size",
        ),
        (
            "ntk_second_layer",
            "kappa0(t)/4",
            {},
            "kappa-swapped",
            "the whole is half its right size",
        ),
        (
            "steps_to_learn",
            "2 log10(q)/ln(1 - ηλ)",
            {},
            "wrong-log",
            "the whole is twice its right",
        ),
        ("steps_to_learn", "π ln(q)/ln(1 - η) λ", {}, "brackets", "he whole is π times its right"),
        (
            "ntk_eigenvalue_bias",
            "2 where(k == 0, 1/4, 1/(pi k)^2)",
            {},
            "wrong-parity",
            "Yours is twice the right value for k = 0, k = 1 and odd k ≥ 3, and another for even k",
        ),
    ],
)
def test_a_factor_besides_another_mistake_is_said_too(quantity, formula, options, kind, said):
    answer = check(quantity, formula, **options)
    assert answer.diagnosis == kind, answer
    assert said in answer.message


# --- rate -----------------------------------------------------------------------------------------

ALONE = {"sign", "few-digits", "not-a-number", "constant", "edge-case", "kink", "shift"}
OTHERS = [
    entry for entry in PLANTED if entry[0] not in ALONE and entry[0][7:] not in {*CONSTANTS, "m"}
]


def says_both(finding):
    """A factor of the whole besides; or two parts, or two classes; or a paper that has both."""
    whole = finding.factor is not None or bool(finding.powers)
    return (whole and finding.kind != "factor-other") or (
        len(finding.parts) > 1
        or finding.number is not None
        or finding.kind == "other-convention"
        or finding.second is not None
    )


@pytest.mark.parametrize(("place", "factor"), [(0, "2"), (1, "1/2"), (2, "-1")])
def test_most_planted_mistakes_with_a_factor_besides_are_told_as_two(place, factor):
    some = OTHERS[place::3]  # each with one of the factors
    found = [check(q, f"({factor})*({text})", **o).finding for _, q, text, o in some]
    wrong = [finding for finding in found if finding is not None]
    assert len(wrong) > 40
    assert sum(map(says_both, wrong)) >= 0.85 * len(wrong)
