"""Planted mistakes in formulas come back by their names."""

import re

import numpy as np
import pytest

from minintk.course import check, describe
from minintk.course.diagnosis import coarse
from minintk.course.diagnosis.finding import Asked, Sample
from minintk.course.questions.question import Confusion, Question
from tests.course.planted_formulas import CONSTANTS, PLANTED

pytestmark = pytest.mark.course


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "quantity", "formula", "options"), PLANTED)
def test_planted_mistakes_come_back_by_name(name, quantity, formula, options):
    answer = check(quantity, formula, **options)
    assert answer.verdict == "wrong", f"{formula} is a right answer: it is no mistake"
    said = f"check says {answer.diagnosis!r}, the list {name!r}: {describe(answer)}"
    assert answer.diagnosis == name, said


@pytest.mark.parametrize(
    ("quantity", "formula", "options", "kind", "said"),
    [
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
            "he whole is twice its right",
        ),
        ("steps_to_learn", "π ln(q)/ln(1 - η) λ", {}, "brackets", "he whole is π times its right"),
    ],
)
def test_a_factor_besides_another_mistake_is_said_too(quantity, formula, options, kind, said):
    answer = check(quantity, formula, **options)
    assert answer.diagnosis == kind, answer
    assert said in answer.message


# --- rate -----------------------------------------------------------------------------------------

# Of the unknown nothing is said alone, so nothing besides; no multiple of 0 is another number.
ALONE = {"sign", "few-digits", "not-a-number", "constant", "edge-case", "kink", "shift", "unknown"}
ALONE |= {"must-vanish"}
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


# Two mistakes of a formula, of kinds that were not found before: what must be said.
TWO = [
    ("kappa1", r"\frac{\cos\theta + (\pi-\theta)\sin\theta}{m \pi}", {}, ("'m'", "Sin and cos")),
    ("ntk", "n*((cos(t) + kappa0(t) + kappa1(t))/2)", {"bias": False}, ("'n'", "operator")),
    ("expectation_of_relus", "(cos(θ) + (π + θ) sin(θ))/(2π)", {}, ("Sin and cos", "'pi \\+ t'")),
    ("kappa2", "((pi - t)*(1 - 2*cos(t)^2) + 3*sin(t)*cos(t))/(2*pi)", {}, ("sign", "2\\*pi")),
    ("dL_da", "-y*relu(z)/m", {}, ("residual is incomplete", "1/√m")),
    ("dL_da", "(2f - y)*max(w1*x1 + w2*x2 + 2b, 0)/sqrt(m)", {}, ("'2\\*f'", "'2\\*b'")),
    ("dL_db", "(f - y + a)*step(z)", {}, ("operator", "f - y \\+ a")),
    ("dL_dw2", "f*step(z)*x2/sqrt(m)", {}, ("residual is incomplete", "output weight a")),
    ("loss", "(f - y/2)^3/2", {}, ("'y/2'", "power")),
    ("balance", "a - sqrt(w1^2 + b^2)", {}, ("squares are missing", "A term is missing, at 'w1")),
    ("descent_decay", "(1 - (eta + lambda))*s", {}, ("operator", "power")),
    ("descent_decay", "1 - (1 + eta*lambda)^s", {}, ("learned, not what is left", "sign")),
    ("ntk_eigenvalue", "1/pi^2 + 2/pi + 2/4", {"k": "0"}, ("'2/4'", "'2/pi'")),
    ("ntk_eigenvalue", "1/(pi^2*(k + 1)^3)", {"k": "odd"}, ("frequency is off by one", "power")),
    (
        "angle_between",
        "2 arctan2(|x1 y2 - x2 y1|, x1 y1)",
        {},
        ("missing, at 'x1\\*y1'", "twice"),
    ),
]


@pytest.mark.parametrize(("quantity", "formula", "options", "said"), TWO)
def test_two_mistakes_of_a_formula_are_named(quantity, formula, options, said):
    message = check(quantity, formula, **options).message
    assert [words for words in said if not re.search(words, message)] == [], message


@pytest.mark.parametrize(
    ("quantity", "formula", "said", "false"),
    [
        (
            "ntk",
            "((cos(t) + 1)*kappa0(t) + (sin(t) - (pi - t)*cos(t))/pi)/4",
            "sign",
            "first layer",
        ),
        ("dL_db", "(f - y)*a*(x1 + w2*x2/2 + b > 0)/sqrt(m)", r"Right for \d+ %", "everywhere"),
        ("balance", "a^2 - 2*(w2^2 + w2^2) - b^2", "'w2\\^2'", "w is missing"),
        ("kappa1", "exp(-t^2)*cos(3*t)", "No known mistake", "missing"),
    ],
)
def test_what_stands_in_the_text_as_it_should_is_not_blamed(quantity, formula, said, false):
    message = check(quantity, formula).message
    assert re.search(said, message), message
    assert not re.search(false, message), message


@pytest.mark.parametrize(
    ("known", "off", "kinds"),
    [
        (["x^2"], 2e-4, ["confusion 0"]),
        (["x^2", "x^2 + 0.0003*x"], 2e-4, []),  # both are as near
        (["x^2", "x^2 + x"], 2e-4, ["confusion 0"]),
        (["x + 0.0002*x^2"], None, []),  # the right value is as near
    ],
)
def test_a_rough_value_is_a_known_mistake_where_no_other_is_as_near(known, off, kinds):
    confusions = tuple(Confusion(f"confusion {i}", value) for i, value in enumerate(known))
    question = Question("rough", "x", confusions=confusions, section=(3, ""))
    samples = []
    for start in (1, 2):
        x = np.linspace(start, start + 2, 20)
        given = x + 1e-4 * np.cos(40 * x) if off is None else x**2 + off * np.cos(40 * x)
        samples.append(Sample(({"x": x},), (x,), (given,)))
    found = list(coarse.roughly_known(Asked(question, *samples)))
    assert [h.finding.kind for h in found] == kinds
    assert all(h.holds(sample) for h in found for sample in samples)


def test_nothing_is_seen_of_the_digits_where_a_sample_has_no_case_left():
    x = np.linspace(1, 2, 5)
    sample, none = Sample(({"x": x},), (x,), (np.round(x, 1),)), Sample((), (), ())
    asked = Asked(Question("rough", "x"), sample, none, calls={})
    assert list(coarse.spoiled(asked)) == []
