"""`check`: right answers pass in any form, and a wrong one's answer gives nothing away."""

import json
import re
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minintk.course import check, describe, quantity_table
from minintk.course.answers.formula import FormulaError, parse_formula
from minintk.course.checking import as_json, find_question
from minintk.course.questions import QUESTIONS
from minintk.course.questions.question import Confusion, value_of
from tests.course import blind_2, blind_3
from tests.course.blind_1_formulas import HELD_OUT
from tests.course.planted_formulas import EVEN, K0, K1, ODD, ONE, PLANTED, WHOLE_EIGENVALUE, ZERO
from tests.reference.lists import assert_same

pytestmark = pytest.mark.course

NONE = {"k": "odd", "bias": False}  # no such frequency without a bias
RIGHT = [
    ("kappa0", "1 - t/pi", {}),
    ("kappa0", "(π − θ)/π", {}),
    ("kappa0", "arccos(-cos(t))/pi", {}),
    ("kappa0", "2*(1/2 - t/(2*pi))", {}),
    ("kappa0", "0.5 + asin(cos(t))/pi", {}),
    ("kappa1", K1, {}),
    ("kappa1", "(sqrt(1 - cos(t)^2) + (pi - t)*cos(t))/pi", {}),
    ("kappa1", "cos(t)*(1 - t/pi) + sin(t)/pi", {}),
    ("kappa1", "(sin(pi - t) - (pi - t)*cos(pi - t))/pi", {}),
    ("kappa1", "1/pi*sin(t) + cos(t) - t/pi*cos(t)", {}),
    ("kappa2", "(3*sin(t)*cos(t) + (pi - t)*(1 + 2*cos(t)^2))/(3*pi)", {}),
    ("expectation_of_steps", "kappa0(t)/2", {}),
    ("expectation_of_relus", "((π − θ)·cos(θ) + sin(θ))/(2·π)", {}),
    ("ntk", f"((cos(t) + 1)*{K0} + {K1})/2", {}),
    ("ntk", "cos(t/2)^2*kappa0(t) + ½*kappa1(t)", {}),
    ("ntk", "(2*(pi - t)*cos(t) + pi - t + sin(t))/(2*pi)", {}),
    ("ntk", "cos(t)*kappa0(t) + sin(t)/(2*pi)", {"bias": False}),
    ("ntk_first_layer", "cos(t)*(pi - t)/(2*pi)", {}),
    ("ntk_bias", "0.5*kappa0(t)", {}),
    ("ntk_w", "cos(t)*kappa0(t)/2", {}),
    ("ntk_second_layer", "0.5*kappa1(t)", {}),
    ("whole_ntk_with_bias_std", "((cos(t)+1)*kappa0(u) + (1 + beta^2)*kappa1(u))/2", {}),
    (
        "whole_ntk_with_bias_std",
        "(cos(t)+1)/2*(1 - arccos((cos(t) + beta^2)/(1 + beta^2))/pi) + (1 + beta^2)/2*kappa1(u)",
        {},
    ),
    ("ntk_eigenvalue", "1/(pi^2*k^2)", ODD),
    ("ntk_eigenvalue", "(1/(k*π))²", ODD),
    ("ntk_eigenvalue", "0", {"k": "odd", "bias": False}),
    ("ntk_eigenvalue", "(k^2 + 3)/(pi^2*(k^2 - 1)^2)", EVEN),
    ("ntk_eigenvalue", "1/pi^2*((1/(k - 1)^2 + 1/(k + 1)^2)/2 + 2/(k^2 - 1)^2)", EVEN),
    ("ntk_eigenvalue", "3/pi^2 + 1/4", ZERO),
    ("ntk_eigenvalue", "1/4 + 1/pi^2", ONE),
    ("ntk_eigenvalue", WHOLE_EIGENVALUE, {}),
    ("ntk_eigenvalue_bias", "1/(pi*k)^2", ODD),
    ("ntk_eigenvalue_bias", "0", EVEN),
    ("ntk_eigenvalue", "1/(9*pi^2)", {"k": "3"}),
    ("ntk_eigenvalue", "(k^2 + 3)/(pi*(k^2 - 1))^2", {"k": "6"}),
    ("ntk_eigenvalue", "1/pi^2 + 1/8", {"k": "1", "convention": "basri2019"}),
    ("ntk", "(cos(t) + 1)*kappa0(t)/4", {"convention": "basri2019"}),
    ("ntk_eigenvalue_first_layer", "(k^2+1)/(pi*(k^2-1))^2", EVEN),
    ("ntk_eigenvalue_second_layer", "1/8", ONE),
    ("decay", "exp(-λ*τ)", {}),
    ("decay", "1/e^(lambda*tau)", {}),
    ("descent_decay", "(1 - η*λ)^s", {}),
    ("descent_decay", "exp(s*log(1 - eta*lambda))", {}),
    ("steps_to_learn", "log(q)/log(1 - eta*lambda)", {}),
    ("steps_to_learn", "-ln(1/epsilon)/log1p(-eta*lam)", {}),
    ("largest_stable_learning_rate", "2/lambda", {}),
    ("growth_rate", "2*(y - f)*f", {}),
    ("growth_rate", "-2*r*f", {}),
    ("angle_between", "arctan2(abs(x1*y2 - x2*y1), x1*y1 + x2*y2)", {}),
    ("angle_between", "acos(max(-1, min(1, x1*y1 + x2*y2)))", {}),
    ("angle_between", "2*arcsin(min(1, hypot(x1 - y1, x2 - y2)/2))", {}),
    ("relu", "max(0, z)", {}),
    ("relu", "(z + abs(z))/2", {}),
    ("relu", "z*(z > 0)", {}),
    ("relu_derivative", "z > 0", {}),
    ("relu_derivative", "1 if z > 0 else 0", {}),
    ("relu_derivative", "step(z)", {}),
    ("loss", "½·(f − y)²", {}),
    ("loss", "f^2/2 - f*y + y^2/2", {}),
    ("dL_da", "(f - y)*relu(z)/sqrt(m)", {}),
    ("dL_da", "m^(-1/2)*r*max(w1*x1 + w2*x2 + b, 0)", {}),
    ("dL_dw1", "(f - y)*a*(z > 0)*x1/√m", {}),
    ("dL_dw1", "(f - y)*a_r*step(w_1*x_1 + w_2*x_2 + b)*x_1*m^-0.5", {}),
    ("dL_dw2", "x2*r*a*relu_derivative(z)/sqrt(m)", {}),
    ("dL_db", "where(z > 0, a*r/sqrt(m), 0)", {}),
    ("balance", "a^2 - (w1^2 + w2^2) - b^2", {}),
    ("balance", "(a - b)*(a + b) - w1^2 - w2^2", {}),
]


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("quantity", "formula", "options"), RIGHT)
def test_right_answers_pass_in_any_form(quantity, formula, options):
    answer = check(quantity, formula, **options)
    assert (answer.verdict, answer.diagnosis) == ("right", None), describe(answer)


@pytest.mark.parametrize(
    ("formula", "right"),
    [
        *((f, True) for f in ("sin(k pi)/k", "1 + cos(k pi)", "(1 + (-1)^k)/k^2", "cos(k pi/2)")),
        *(
            (f, True)
            for f in ("log(1)", "max(-k, 0)", "-sin(2 k pi)^2", "where(k > 1, sin(k pi), 1)")
        ),
        *((f, False) for f in ("1/k^30", "sin(10^(-20))", "exp(-9 k) - exp(-10 k)", "-exp(-99 k)")),
        *((f, False) for f in ("exp(-1000 k)", "1/(2 pi^2 ^(k^2-1)^2)", "abs(0.1^(k^9))")),
    ],
)
def test_what_cancels_is_zero_and_what_is_small_is_not(formula, right):
    answer = check("ntk_eigenvalue", formula, **NONE)
    assert answer.diagnosis == (None if right else "must-vanish")
    if not right:
        assert answer.counterexample["inputs"] == {"k": 3.0}
        assert 0 < abs(answer.counterexample["yours"]) < 1


@pytest.mark.parametrize(
    ("quantity", "formula", "said"),
    [
        ("ntk_eigenvalue", "(k^2+3)/(2 pi^2 (k^2-1)^2)", "of even k, and yours is half that."),
        ("ntk_eigenvalue_second_layer", "1/(pi*(k^2-1))^2", "of even k, and yours is half that."),
        ("ntk_eigenvalue", "2/(pi*k)^2", "The part of the bias does not belong here."),
        ("ntk_eigenvalue", "k^2 - 1 + (k-1)*(k+1)", "One sign is wrong"),
        ("ntk_eigenvalue", "1/4", "The value must vanish for odd k ≥ 3, and yours does not."),
    ],
)
def test_of_a_value_that_must_vanish_no_factor_is_told(quantity, formula, said):
    assert said in check(quantity, formula, hints=False, **NONE).message


def test_a_hint_is_on_the_constant_as_on_the_width():
    message = check("dL_da", "2 r max(z, 0)/m").message
    assert (
        "Hint: the network has m^-1/2 in front, once; L has a ½ in front of the square." in message
    )


def test_a_convention_with_a_bias_is_none_without():
    first_layer = "(k^2 + 1)/(pi*(k^2 - 1))^2"
    for bias in (True, False):
        message = check("ntk_eigenvalue", first_layer, bias=bias, k="even").message
        assert ("Basri et al. 2019 with bias" in message) == bias
        assert "Arora et al. 2019" in message


def test_every_quantity_has_a_right_answer_here():
    aliases = {"ntk_w": "ntk_first_layer"}
    asked = {aliases.get(q, q) for q, _, _ in RIGHT}
    place, rule = "tests/course/test_checking.py, RIGHT", "a right formula of each quantity"
    assert_same(asked, set(quantity_table()), place, rule)


def test_counterexample_is_simple_and_true():
    answer = check("kappa1", "exp(-t^2)*cos(3*t)", reveal=True)
    example = answer.counterexample
    assert example["inputs"] == {"t": np.pi / 2}
    assert example["right"] == pytest.approx(1 / np.pi)
    assert example["yours"] == pytest.approx(0.0, abs=1e-15)
    assert "the right value is 0.31831" in answer.message


def test_an_example_shows_in_what_the_values_differ():
    """Six digits of both are 0.5, at which it is nearly right."""
    told = describe(check("kappa0", "1 - t/3.14159", reveal=True))
    assert "at t = pi/2 yours is 0.499999577668, the right value is 0.5." in told
    assert describe(check("kappa0", "1 - 2*t/pi/3")).endswith(" at t = pi/2 yours is 0.666667.")


@pytest.mark.parametrize(
    ("quantity", "formula", "grows"),
    [
        ("descent_decay", "(1 + eta*lambda)^(-s)", False),
        ("descent_decay", "1/(1 + eta*lambda)^s", False),
        ("descent_decay", "(1 + eta*lambda)^(-2*s)", False),
        ("descent_decay", "(1 + eta*lambda)^s", True),
        ("descent_decay", "(1 + eta*lambda)^(s/2)", True),
        ("descent_decay", "(0.5 + eta*lambda)^s", False),
        ("decay", "exp(lambda/tau)", False),
        ("decay", "exp(lambda*tau)", True),
    ],
)
def test_growth_is_said_of_what_grows(quantity, formula, grows):
    assert ("grows with time" in check(quantity, formula).message) == grows


def test_a_function_that_is_not_there_is_missing():
    message = check("steps_to_learn", "log(q)/(1 - eta*lambda)").message
    assert message.startswith("One function is wrong or missing, at '1 - eta*lambda'.")


def test_json_holds_what_the_issue_names():
    found = json.loads(json.dumps(as_json(check("angle_between", "arccos(x1*y1 + x2*y2)"))))
    assert {"verdict", "diagnosis", "message", "counterexample"} <= set(found)
    assert found["counterexample"]["yours"] == "nan"


# --- theorem --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "quantity", "formula", "options"), PLANTED[::3])
def test_messages_do_not_give_the_right_value_away(name, quantity, formula, options):
    hidden = check(quantity, formula, **options)
    shown = check(quantity, formula, **options, reveal=True)
    assert "right" not in hidden.counterexample
    right = shown.counterexample["right"]
    if right not in (0.0, 1.0):
        assert f"{right:.6g}" not in hidden.message
    assert hidden.message == shown.message or name == "unknown"


@pytest.mark.parametrize("k", ["0", "1", "2", "3", "6"])
@pytest.mark.parametrize("formula", ["0", "1", "0.3", "1/7"])
def test_a_single_number_is_not_given_away_by_the_way_to_it(formula, k):
    for name in ("ntk_eigenvalue", "ntk_eigenvalue_first_layer", "ntk_eigenvalue_bias"):
        answer = check(name, formula, k=k, reveal=True)
        if answer.verdict == "wrong" and (right := answer.counterexample["right"]):
            shown = check(name, formula, k=k).message
            numbers = [float(n) for n in re.findall(r"\d+\.\d+", shown)]
            assert not [n for n in numbers if abs(n - right) < 1e-4], shown


# Algebraic rules that keep the value; each takes and returns text.
RULES = [
    lambda f: f"({f})*2/2",
    lambda f: f"({f}) + pi - pi",
    lambda f: f"-(-({f}))",
    lambda f: f"({f})*(sin(1)^2 + cos(1)^2)",
    lambda f: f"1/(1/({f} + 3)) - 3",
    lambda f: f"({f})/pi*pi",
    lambda f: f"log(exp({f}))",
    lambda f: f"sqrt(({f})^2)*sign({f})",
    lambda f: f"2*({f}) - ({f})",
    lambda f: re.sub(r"\bcos\(t\)", "sin(pi/2 - t)", f),
    lambda f: re.sub(r"\bsin\(t\)", "(2*sin(t/2)*cos(t/2))", f),
    lambda f: re.sub(r"\bpi\b", "(4*arctan(1))", f),
]
SHORT = [entry for entry in RIGHT if len(entry[1]) < 45 and not set(entry[1]) & set("π−θλτη·½²√")]


@settings(deadline=None, derandomize=True, max_examples=80)
@given(st.sampled_from(SHORT), st.lists(st.sampled_from(RULES), min_size=1, max_size=3))
def test_right_answers_rewritten_by_algebra_pass(entry, rules):
    quantity, formula, options = entry
    for rule in rules:
        formula = rule(formula)
    answer = check(quantity, formula, **options)
    assert answer.verdict == "right", (formula, describe(answer))


def pieces_of(message, question, inputs):
    """The quoted pieces of formulas in a message, with their values."""
    for piece in re.findall(r"'([^']+)'", message):
        letters = [letter.name for letter in question.letters]
        with suppress(FormulaError):
            yield piece, parse_formula(piece, letters, functions=question.functions)(inputs)


PARTED = ("kappa0", "kappa1", "kappa2", "expectation_of_steps", "expectation_of_relus", "loss")
IN_PARTS = [
    (quantity, formula, options)
    for _, quantity, formula, options in (*PLANTED, *HELD_OUT, *blind_2.FORMULAS, *blind_3.FORMULAS)
    if quantity in PARTED
]
SLIPS = [
    ("kappa0", "1 - t", "Your term 't': is a factor 1/π missing?"),
    ("kappa0", "1 - 2*t/pi", "Your term '2*t/pi' is twice the right one."),
    ("kappa0", "1 - t/pi - t/pi", "The term with θ/π is counted twice."),
    ("kappa0", "1 + t/pi", "Your term 't/pi' has the wrong sign."),
    ("kappa1", "(pi - t)*cos(t)/pi", "A term is missing."),
    ("kappa1", "-sin(t)/pi + (pi - t)*cos(t)/pi", "Your term '-sin(t)/pi' has the wrong sign."),
    ("kappa1", "sin(t)/pi + (pi - t)*sin(t)*cos(t)", "should not be, at the second 'sin(t)'."),
    ("growth_rate", "2*y*f", "A term is missing."),
    ("balance", "a^2 - w1^2 - w2^2", "The term with b is missing."),
]


@pytest.mark.parametrize(("quantity", "formula", "said"), SLIPS)
def test_a_term_is_named_as_the_student_wrote_it(quantity, formula, said):
    assert said in check(quantity, formula, hints=False).message


def test_two_parts_left_out_come_before_a_wrong_sign_that_gives_the_same_number():
    answer = check("ntk_eigenvalue", "1/(pi^2*k^2)", k="1")  # the first and second layer: 1/8 each
    assert answer.diagnosis == "missing-term"
    assert "parts of the first layer and of the second layer are missing" in answer.message


def test_no_message_shows_a_right_term_that_the_student_did_not_write():
    shown = 0
    for quantity, formula, options in [*IN_PARTS, *((q, f, {}) for q, f, _ in SLIPS[:-1])]:
        question = find_question(quantity, True, None)
        answer = check(quantity, formula, hints=False, **options)
        inputs = question.inputs(np.random.default_rng(7), 20)
        terms = {**question.parts, **question.finer}
        assert terms
        for name in terms:
            assert f"term {name}" not in answer.message, (formula, answer.message)
        for piece, value in pieces_of(answer.message, question, inputs):
            shown += 1
            right = any(np.allclose(value, value_of(term, inputs)) for term in terms.values())
            written = piece.replace(" ", "") in formula.replace(" ", "")
            assert written or not right, (formula, answer.message)
    assert len(IN_PARTS) > 40
    assert shown > 10


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("softmax", "t"), {}, "quantity must be one of 'kappa0'"),
        (("kapa1", "t"), {}, "got 'kapa1': did you mean kappa1"),
        (("kappa0", "t"), {"k": "odd"}, "k must be left out for kappa0"),
        (("ntk_eigenvalue", "1"), {"k": "-2"}, "k must be one of '0', '1', 'even', 'odd'"),
    ],
)
def test_argument_checks(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        check(*arguments, **options)


@pytest.mark.parametrize(
    ("formula", "kind"),
    [
        ("log(1/q)/(2*lambda)", "loss-rate"),
        ("ln(q)/lambda", "sign"),
        ("2*log(1/q)/lambda", "factor-2"),
    ],
)
def test_a_confusion_that_is_a_multiple_takes_no_named_factor_over(formula, kind, monkeypatch):
    """Of a question whose confusion is half of its right value."""
    half = Confusion("loss-rate", "log(1/q)/(2*lambda)", "this is the loss")
    steps = QUESTIONS["steps_to_learn"](True, None)
    own = {"name": "made_up", "right": "log(1/q)/lambda", "confusions": (half,)}
    asked = replace(steps, **own, parts={}, hints={}, edges=())
    monkeypatch.setitem(QUESTIONS, "made_up", lambda bias, k: asked)
    assert check("made_up", formula).diagnosis == kind
