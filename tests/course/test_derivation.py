"""Derivations line by line: right ones stay right, and of a broken one the line is named."""

import ast
import copy
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minintk as mn
from minintk.course import _line_by_line
from minintk.course.answers import steps as reader
from minintk.course.answers.source import read_steps
from minintk.course.answers.steps import StepsError, read_derivation
from minintk.course.derivation import check_steps, describe_steps
from minintk.course.questions import QUESTIONS, names_of
from tests.reference.commands import run

pytestmark = pytest.mark.course

FOLDER = Path(mn.__file__).parent / "course" / "derivations"
WORKED = sorted(FOLDER.glob("*.txt"))


def call(path):
    """Quantity and options that the first line of a file names."""
    words = path.read_text("utf-8").splitlines()[0].removeprefix("# minintk check ").split()
    k = words[words.index("--k") + 1] if "--k" in words else None
    return words[0], {"bias": "--no-bias" not in words, "k": k}


# --- by hand --------------------------------------------------------------------------------------


def test_there_are_worked_derivations():
    assert {path.stem for path in WORKED} >= {
        "bias_from_fourier",
        "descent_bound",
        "eigenvalue_by_parts",
        "gradient_of_a_neuron",
        "kappa0",
        "kappa1",
        "parity",
    }


@pytest.mark.parametrize("path", WORKED, ids=lambda path: path.stem)
def test_worked_derivations_are_right(path):
    quantity, options = call(path)
    answer = check_steps(quantity, read_steps(path), **options)
    assert answer.verdict == "right", answer.message
    assert path.read_text("utf-8").count("\n=") >= 4


# (worked derivation, what is replaced, by what, the line that breaks then, what is said of it)
BROKEN = [
    (
        "kappa0",
        r"= \frac{1}{\pi} \int_{\theta",
        r"= \frac{1}{2\pi} \int_{\theta",
        7,
        "1/2 times line 6",
    ),
    ("kappa0", r"{\pi - \theta}{\pi}", r"{\pi + \theta}{\pi}", 9, "with another sign than line"),
    ("kappa0", "2 E[1", "E[1", 5, "It is 1/2 times line 6"),
    ("kappa1", r"\rho^3 e", r"\rho^2 e", 5, "missing, at 'rho^2*e^(-rho^2/2)'"),
    ("kappa1", r"= \frac{2}{\pi} \int", r"= \frac{1}{\pi} \int", 6, "it is 1/2 times line 5"),
    ("kappa1", r"{\sin\theta + (\pi", r"{(\pi", 9, "it lacks the term 1/pi*(1/2*(sin(pi - t)"),
    ("eigenvalue_by_parts", "(1 - cos(kπ))", "(1 + cos(kπ))", 10, "one sign is wrong, at '1 + "),
    ("eigenvalue_by_parts", "= 1/(π² k²)", "= 1/(π² k)", 11, "it is k times line 10"),
    ("eigenvalue_second_layer", "= -(1/(2πk))", "= (1/(2πk))", 5, "it is −1 times line 4"),
    ("eigenvalue_second_layer", "- 2/(k+1)²)", "+ 2/(k+1)²)", 8, "with another sign than line"),
    ("parity", "integral(cos(u) cos(ku)", "integral(u cos(ku)", 10, "it differs from line 9"),
    (
        "descent_bound",
        "= integral(1(hλ < 2), h",
        "= integral(1(hλ < 1), h",
        6,
        "it is 1/2 times line 5",
    ),
    ("gradient_of_a_neuron", "= r diff(f, w1) ", "= 2 r diff(f, w1) ", 7, "2 times line 6"),
    ("gradient_of_a_neuron", "x1/sqrt(m)", "x2/sqrt(m)", 10, "it is "),
    ("bias_from_fourier", r"\frac{\pi^2}{8}", r"\frac{\pi^2}{6}", 7, "same number, 0.0833333"),
]


@pytest.mark.parametrize(("name", "old", "new", "line", "said"), BROKEN)
def test_of_a_broken_derivation_the_line_is_named(name, old, new, line, said):
    path = FOLDER / f"{name}.txt"
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    quantity, options = call(path)
    answer = check_steps(quantity, text.replace(old, new), **options)
    assert (answer.verdict, answer.line) == ("wrong", line), answer.message
    assert f"line {line} is where it breaks" in answer.message
    assert said in answer.message


def test_there_are_twelve_broken_derivations():
    assert len(BROKEN) >= 12
    assert {entry[0] for entry in BROKEN} == {path.stem for path in WORKED}


@pytest.mark.parametrize(
    ("quantity", "steps"),
    [
        ("dL_da", "diff((f - y)^2/2, a) = (f - y) diff(f, a) = r max(z, 0)/sqrt(m)"),
        ("dL_da", "diff(r^2/2, f) diff(f, a) = r relu(z)/sqrt(m)"),
        ("dL_dw1", "r relu'(z) a/√m diff(f, f) dz/dw1 = r a/√m dz/dw1 relu'(z)"),
        ("dL_dw2", "r diff(f, z) diff(z, w2) = r diff(a relu(w1 x1 + w2 x2 + b), w2)/sqrt(m)"),
        ("dL_db", "let g = r diff(f, b)\ng = r a step(z)/sqrt(m) diff(z, b) = g diff(f, f)"),
    ],
)
def test_in_a_derivative_a_letter_changes_with_what_it_depends_on(quantity, steps):
    assert check_steps(quantity, steps).verdict == "right"
    answer = check_steps(quantity, steps.replace("diff(f, ", "0 diff(f, ", 1))
    assert answer.verdict == "wrong"


def test_a_derivative_by_a_letter_inside_one_of_what_it_depends_on_is_rejected():
    with pytest.raises(ValueError, match=r"line 2: write out the derivative .* the one by w1$"):
        check_steps("dL_dw1", "0\ndiff(diff(f, z), w1)")


K0, K1 = "1 - t/pi", "(sin t + (pi - t)cos t)/pi"
LAMBDA = "integral(kappa0(u) cos(ku), u, 0, pi)/(2pi)"


@pytest.mark.parametrize(
    ("quantity", "steps", "line", "kind", "said"),
    [
        ("kappa0", f"{K0}\n2 - 2t/pi\n1 - t/pi", 2, "factor-2", "it is 2 times line 1"),
        ("kappa0", f"{K0}\n\n# a remark\n-1 + t/pi", 4, "sign", "it is −1 times line 1"),
        ("kappa1", f"{K1}\n(pi - t) cos(t)/pi", 2, "missing-term", "it lacks the term sin(t)/pi"),
        ("kappa1", f"{K1}\n{K1} + sin(t)/pi", 2, "doubled-term", "it has the term sin(t)/pi twice"),
        ("kappa0", f"{K0}\n1 - t/pi + sin t", 2, "foreign-term", "line 1 does not have, sin(t)"),
        ("kappa1", f"{K1}\n(3 sin t + (pi - t)cos t)/pi", 2, "inner-factor", "at '3*sin(t)'"),
        ("kappa0", f"{K0}\n{K0} + 1/7", 2, "foreign-term", "line 1 does not have, 1/7"),
        ("kappa0", f"{K0}\n8/7 - t/pi", 2, "shift", "same number, 0.142857"),
        ("kappa0", f"{K0}\nt(1 - t/pi)", 2, "factor-variable", "it is t times line 1"),
        ("kappa0", f"{K0}\n{K1}", 2, "another-quantity", "it is another quantity, kappa1"),
        ("kappa0", f"{K1}\n((pi - t)cos t + sin t)/pi", None, "another-quantity", "not kappa0"),
        ("kappa0", "2 - 2t/pi\n(2pi - 2t)/pi", None, "factor-2", "but it is 2 times kappa0"),
        ("ntk", "cos(t) kappa0(t)/2 + kappa1(t)/2", None, "missing-bias", "the part of the bias"),
        ("ntk_eigenvalue_bias", f"{LAMBDA}\n1/4", 2, "wrong-block", "wrong for every k ≥ 1"),
        ("kappa0", f"{K0}\n0", 2, "constant", "yours is 0 for every input"),
        ("kappa0", f"{K0}\n2 - sin(exp(t))/pi", 2, "unknown", "it differs from line 1: "),
        ("kappa0", f"{K0}\n1 - sin(exp(t))/pi", 2, "one-place", "there, '-(sin(exp(t))/pi)' here"),
        ("decay", "e^(-λτ)\n= e^(-2λτ)", 2, "loss-rate", "this is how the loss decays"),
        ("decay", "e^(-λτ)\n= e^(-3λτ)", 2, "inner-factor", "missing, at '-3'"),
        (
            "descent_decay",
            "exp(s ln(1 - ηλ))\n= exp(-s η λ)",
            2,
            "flow-for-descent",
            "it differs from line 1: this is the flow, exp(−λτ) at τ = ηs, not descent; in the",
        ),
        (
            "balance",
            "a^2 - (w1^2 + w2^2 + b^2)\n= a^2 - w1^2 + w2^2 + b^2",
            2,
            "brackets",
            "it differs from line 1: the brackets do not say what you mean",
        ),
        (
            "kappa1",
            f"{K1}\n(cos t + (pi - t)sin t)/pi",
            2,
            "sin-cos-swapped",
            "it differs from line 1: sin and cos have changed places; in the",
        ),
        (
            "kappa0",
            f"{K0}\n1 - t/3.1416",
            2,
            "few-digits",
            "it differs from line 1: nearly right: it agrees to a few digits only",
        ),
        (
            "ntk",
            "((cos(t) + 1) kappa0(t) + kappa1(t))/2\n((cos(t) + 1) kappa1(t) + kappa0(t))/2",
            2,
            "kappa-swapped",
            "it differs from line 1: an arc-cosine kernel stands where another belongs; in the",
        ),
        (
            "decay",
            "e^(-λτ)\n= e^(-λ/τ)",
            2,
            "wrong-operator",
            "it differs from line 1: one operator is wrong. Look at '-lambda/tau'",
        ),
    ],
)
def test_what_the_line_is_to_the_one_before(quantity, steps, line, kind, said):
    answer = check_steps(quantity, steps)
    assert (answer.verdict, answer.line, answer.finding.kind) == ("wrong", line, kind)
    assert said in answer.message


K_BELOW = "-2/(k²-1) + (k²+1)·2/(k²-1)²"


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("right", [K_BELOW, "4/(k²-1)²"])
def test_a_sign_of_a_term_says_more_than_a_letter(right, before):
    """By chance one wrong sign can be a factor k² of the whole, or 1/k²."""
    for wrong in (K_BELOW.replace("-2", "2", 1), K_BELOW.replace("+ (k", "- (k")):
        steps = f"{wrong}\n{right}" if before else f"{right}\n{wrong}"
        answer = check_steps("ntk_eigenvalue_first_layer", steps, k="even")
        assert (answer.line, answer.finding.kind) == (2, "sign-of-term")
        assert "with another sign than line" in answer.message


_SINES = "(1/π) ((π - θ) cos θ + [sin(2φ - θ)/2]_{φ=θ-π/2}^{π/2})"


@pytest.mark.parametrize(
    ("line", "term"),
    [
        ("(1/π) ((π - θ) cos θ - sin θ)", "1/pi*sin(θ)"),
        ("((π - θ) cos θ - sin θ)/π", "sin(θ)/pi"),
        ("(-sin θ + (π - θ) cos θ)/π", "sin(θ)/pi"),
    ],
)
def test_a_sign_after_a_bracket_with_limits_is_told(line, term):
    """In the letter of the line; of a line that has the bracket still, no term of it is quoted."""
    answer = check_steps("kappa1", f"{_SINES}\n{line}")
    assert f"it has the term {term} with another sign than line 1" in answer.message
    with_it = _SINES.replace("+ [", "- [")
    assert "the term" not in check_steps("kappa1", f"{line.replace('-', '+')}\n{with_it}").message


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("(1/(2π)) ([(1 - u/π) sin(ku)/k]_{u=0}^{π} - (1/π) ∫_0^π sin(ku)/k du)", "inner-sign"),
        ("[(1 - u/π) sin(ku)/(2πk)]_0^π - (1/(2π^2)) ∫_0^π sin(ku)/k du", "inner-sign"),
        # the whole has the other sign, or what stands in the integral is not what is left
        ("-(1/(2π)) ([(1 - u/π) sin(ku)/k]_{u=0}^{π} + (1/π) ∫_0^π sin(ku)/k du)", "sign"),
        ("(1/(2π)) (-[(1 - u/π) sin(ku)/k]_{u=0}^{π} - (1/π) ∫_0^π sin(ku)/k du)", "sign"),
        ("(1/(2π)) ([u (1 - u/π) sin(ku)/k]_{u=0}^{π} - (1/π) ∫_0^π sin(ku)/k du)", "sign"),
    ],
)
def test_a_sign_before_what_is_left_by_parts_is_told_beside_a_bracket_that_is_0(line, kind):
    text = f"(1/π) ∫_0^π (1 - u/π)/2 cos(ku) du\n{line}\n-1/(π^2 k^2)"
    answer = check_steps("ntk_eigenvalue_bias", text, k="odd")
    assert (answer.line, answer.finding.kind) == (2, kind)
    assert ("one sign is wrong, at 'integral(sin(k*u)/k" in answer.message) == (kind != "sign")
    assert ("it is −1 times line 1" in answer.message) == (kind == "sign")


def test_a_term_that_is_too_large_does_not_stand_there_twice():
    message = check_steps("balance", "a^2 - w1^2 - w2^2 - 2b^2\n= a^2 - w1^2 - w2^2 - 2b*b").message
    assert "it has a term, '2*b*b', that is twice the right one." in message
    message = check_steps("balance", "a^2 - b^2").message
    assert "it lacks the term with w." in message


TWO_MEANS = "2 E[relu(w·x) relu(w·x')]"
AN_INTEGRAL = "(1/π) integral((1 - u/π)/2 cos(ku), u, 0, π)"
AN_ARC = "(2/π) integral(cos(φ) cos(φ - t), φ, t - π/2, π/2)"


@pytest.mark.parametrize(
    ("quantity", "line", "old", "new", "said"),
    [
        ("kappa1", TWO_MEANS, ") relu", ")] E[relu", "the mean of a product is not the product of"),
        (
            "kappa1",
            f"{TWO_MEANS}/2",
            ") relu",
            ")] E[relu",
            "the mean of a product is not the prod",
        ),
        (
            "ntk",
            "E[1(w·x>0) 1(w·x'>0)]",
            " 1(w·x'>0)",
            "",
            "'(z > 0)*(z' > 0)' there, '(z > 0)' here",
        ),
        ("ntk_eigenvalue_bias", AN_INTEGRAL, "cos", "sin", "'cos(k*u)' there, 'sin(k*u)' here"),
        ("kappa1", AN_ARC, ", π/2", ", π", "'pi/2' there, 'pi' here"),
        ("kappa1", AN_ARC, "t - π/2,", "-π/2,", "'t - pi/2' there, '-pi/2' here"),
        ("kappa1", AN_ARC, "(φ - t)", "(φ + t)", "'phi - t' there, 'phi + t' here"),
    ],
)
def test_one_change_inside_an_integral_or_a_mean_is_the_place(quantity, line, old, new, said):
    asked = {"k": "odd"} if quantity == "ntk_eigenvalue_bias" else {}
    assert line.count(old) == 1
    answer = check_steps(quantity, f"{line}\n{line.replace(old, new)}", **asked)
    assert answer.line == 2
    assert said in answer.message


@pytest.mark.parametrize(
    ("power", "factor", "said"),
    [
        (2, "", "one power is wrong or missing, at 'rho^2*exp(-rho^2/2)'"),
        (8, "", "0.63662 there and 41.8889 here"),  # more than one power off
        (3, "1.1 ", "it is 1.1 times line 1"),
    ],
)
def test_a_power_inside_an_integral_is_the_place(power, factor, said):
    line = f"(1/π) integral({factor}ρ^{power} exp(-ρ²/2), ρ, 0, inf)"
    assert said in check_steps("kappa0", f"2/π\n= {line}").message


@pytest.mark.parametrize(
    ("angle", "said"),
    [("u", "one number or factor is wrong or missing, at 'cos(u)'"), ("5u", "at '5*u'")],
)
def test_an_angle_that_is_not_doubled_inside_an_integral_is_the_place(angle, said):
    line = f"(1/(4π)) integral((1 - u/π)(1 + cos({angle})), u, 0, π)"
    steps = f"(1/(2π)) integral((1 - u/π) cos(u)^2, u, 0, π)\n= {line}"
    assert said in check_steps("ntk_eigenvalue_first_layer", steps, k="1").message


@pytest.mark.parametrize(
    ("sign", "said"), [("", "one sign is wrong, at 'lambda*s'"), ("2", " here, at")]
)
def test_a_sign_inside_an_integral_is_the_place(sign, said):
    """And no sign is told where a number is wrong besides."""
    steps = f"e^(-λτ)\n= 1 - λ integral(e^({sign}λs), s, 0, τ)"
    assert said in check_steps("decay", steps).message


_UNDER = "(1 - u/π)(cos((k+1)u) {} cos((k-1)u))"
_OF_SUM = "integral((1 - u/π) cos((k+1)u), u, 0, π)"


@pytest.mark.parametrize(
    ("first", "said"),
    [
        (
            "1/(2π) integral((1 - u/π) cos(u) cos(k u), u, 0, π)",
            "one sign is wrong, at 'cos((k + 1",
        ),
        (f"1/(4π) integral({_UNDER.format('+')}, u, 0, π)", " there, 'cos((k + 1)*u) - cos((k"),
        (f"1/(4π) ({_OF_SUM} + {_OF_SUM.replace('+1', '-1')})", "cos((k - 1)*u), u, 0, pi) with"),
    ],
)
def test_a_sign_is_told_where_it_stands(first, said):
    """Of the product of two sums there is a term of the other sign, which no one wrote."""
    line = f"1/(4π) integral({_UNDER.format('-')}, u, 0, π)"
    if first.endswith("))"):
        line = first.replace(" + integral", " - integral")
    message = check_steps("ntk_eigenvalue_first_layer", f"{first}\n= {line}", k="even").message
    assert said in message
    assert "integral(-" not in message


def test_a_factor_that_is_lost_under_an_integral_is_the_place():
    """And not a sign in what both lines share, which makes the integrals equal by chance."""
    steps = [
        "8/(3π) ∫_{θ-π/2}^{π/2} cos²φ cos²(φ-θ) dφ",
        "2/(3π) ∫_{θ-π/2}^{π/2} (cos²θ + cos θ cos(2φ-θ) + (1 + cos(4φ-2θ))/2) dφ",
    ]
    message = check_steps("kappa2", "\n= ".join(steps)).message
    assert "one number or factor is wrong or missing, at 'cos(θ)*cos(2*phi - θ)'" in message


_SPLIT = "(1/π) ∫_{θ-π/2}^{π/2} (cos(2φ-θ) + cos θ) dφ\n= (1/π) ∫_{θ-π/2}^{π/2} cos(2φ-θ) dφ"
_SCALED = "(2/π) ∫_{θ-π/2}^{π/2} cos(φ) cos(φ-θ) dφ\n= {} ∫_{θ-π/2}^{π/2} cos(φ) cos(φ-θ) dφ"
_OF_SINE = "(1/(2π)) ∫_0^π sin(k u)/(π k) du\n= 1/(2π² k) ∫_0^π k sin(ku) du"


@pytest.mark.parametrize(
    ("quantity", "steps", "said"),
    [
        ("kappa1", f"{_SPLIT} + (1/π) cos θ", "0.0398351 there and"),
        ("kappa1", f"{_SPLIT} - (1/π) cos θ", "0.0398351 there and"),
        ("ntk_second_layer", f"{_SPLIT} + (1/π) cos θ", " there and"),
        ("kappa1", f"{_SPLIT} + (1/π) π cos θ", "0.0398351 there and"),
        ("kappa1", f"{_SPLIT} + θ cos θ/π", "line 1: θ stands for π − θ in one term"),
        ("kappa1", f"{_SPLIT} + (1/π)(π/2-θ) cos θ", "0.0398351 there and"),
        ("kappa1", _SCALED.replace("{} ", ""), "it is π/2 times line 1; in"),
        ("kappa1", _SCALED.replace("{}", "1.3"), "it is 2.04204 times line 1; in"),
        ("ntk_eigenvalue_bias", _OF_SINE, "it is k times line 1; in"),
    ],
)
def test_no_edit_under_an_integral_makes_up_for_a_term_or_a_factor(quantity, steps, said):
    """A term beside an integral is no term of the integrand; a factor of the whole comes first."""
    odd = {"k": "odd"} if quantity == "ntk_eigenvalue_bias" else {}
    assert said in check_steps(quantity, steps, **odd).message


@pytest.mark.parametrize("sign", "+-")
def test_squares_of_terms_are_told_of_the_square_of_a_difference(sign):
    answer = check_steps("loss", f"(f - y)^2/2\n= (f^2 {sign} y^2)/2")
    assert (answer.finding.kind, answer.finding.place) == ("squares-of-terms", f"f^2 {sign} y^2")


@pytest.mark.parametrize("line", ["0 = a^2 - w1^2", "1 = a/(w1 + b)", "0 = a² + a²", "0\n= a - b"])
def test_no_edit_that_makes_a_line_trivial_is_told(line):
    answer = check_steps("balance", line)
    assert answer.finding.kind == "unknown"
    assert " at a = " in answer.message
    # an edit that makes an identity of letters is told, and one term of a number that is not 0
    for fine, kind in (
        ("a - b = a + b", "sign-of-term"),
        ("1 = sin(b)² - cos(b)²", "sign-of-term"),
    ):
        assert check_steps("balance", fine).finding.kind == kind


def test_of_two_terms_that_are_alike_the_one_is_named_that_stands_there():
    steps = "(1/π)(π/2 - (θ - π/2))\n= (1/π)(π/2 - θ - π/2)\n= 1 - θ/π"
    assert "it has the term 1/pi*-(pi/2) with another" in check_steps("kappa0", steps).message


@pytest.mark.parametrize(
    ("arc", "said"),
    [
        (
            "cos(φ) cos(φ - t), φ, -π/2, π/2",
            "the limit '-pi/2' of the integral over phi is",
        ),
        ("cos(φ) cos(φ - t), φ, t - π/2, 1", "the limit '1' of the integral over phi is"),
        ("cos(φ) cos(φ - t), φ, 0, π", "the limits '0' and 'pi' of the integral over phi are"),
        ("1/2, φ, -π/2, π/2", "the limit '-pi/2' or 'pi/2' of the integral over phi is wrong"),
        ("sin(φ) cos(φ - t), φ, t - π/2, π/2", ""),  # no limits would do
    ],
)
def test_limits_are_named_where_others_make_the_line_right(arc, said):
    wrong = f"(2/π) integral({arc})"
    mean, quantity = ("step", "kappa0") if arc[0] == "1" else ("relu", "kappa1")
    for steps in (wrong, f"2 E[{mean}(w·x) {mean}(w·x')]\n= {wrong}"):
        answer = check_steps(quantity, steps)
        assert (answer.finding.kind == "limits") == bool(said)
        assert said in answer.message


@pytest.mark.parametrize(
    ("primitive", "kind", "said"),
    [
        ("sin(2φ - t)", "inner-factor", "missing, at 'sin(2*phi - t)'"),
        ("sin(2φ - t)/4", "inner-factor", "missing, at 'sin(2*phi - t)/4'"),
        ("φ cos t - sin(2φ - t)/2", "sign-of-term", "with another sign than line 1"),
        ("φ cos t + sin(2φ - t)/3", "unknown", "there and"),
        ("2φ cos t + sin(2φ - t)", "factor-2", "it is 2 times line 1"),
    ],
)
def test_a_term_of_an_evaluated_bracket_is_named(primitive, kind, said):
    rest = "" if "φ cos t" in primitive else "(π - t) cos t + "
    line = f"(1/π) ({rest}[{primitive}]_{{φ=t-π/2}}^{{π/2}})"
    answer = check_steps(
        "kappa1", f"(1/π) integral(cos t + cos(2φ - t), φ, t - π/2, π/2)\n= {line}"
    )
    assert answer.finding.kind == kind
    assert said in answer.message


def test_what_is_said_to_be_a_line_again_is_not_listed():
    wrong = "1 - t/pi\n= 2 - 2t/pi\n= 1 - t/pi"
    assert "too:" not in describe_steps(check_steps("kappa0", wrong))
    more = describe_steps(check_steps("kappa0", f"{wrong}\n= 3 - 3t/pi\n= 1 - t/pi"))
    assert more.endswith("Lines that differ from the one before, too: 4, 5.")


def test_two_changes_at_two_places_are_no_one_place():
    two = AN_ARC.replace(", π/2", ", π").replace("(φ - t)", "(φ + t)")
    message = check_steps("kappa1", f"{AN_ARC}\n{two}").message
    assert " here, at t = " in message


def test_messages():
    broken = check_steps("kappa0", "1 - t/pi\n= 2 - 2t/pi\n= 1 - t/pi")
    assert describe_steps(broken) == (
        "wrong: kappa0 [factor-2]\n"
        "  line 2 is where it breaks: it is 2 times line 1; in the step from  1 - t/pi  to"
        "  2 - 2t/pi. Line 3 is line 1 again."
    )
    other = check_steps("kappa0", "(sin t + (pi - t)cos t)/pi\n((pi - t)cos t + sin t)/pi")
    assert "but the first is another quantity: kappa1, not kappa0." in other.message
    doubt = check_steps("kappa0", "(2pi - 2t)/2pi")
    assert "(line 1 is read as (2 * pi - 2 * t) / (2 * pi))" in describe_steps(doubt)
    shown = json.loads(json.dumps(dataclasses.asdict(broken)))
    assert (shown["line"], shown["finding"]["factor"]) == (2, 2.0)


@pytest.mark.parametrize("nearly", ["1 - t/3.14159265", "1 - t/pi + 1e-9 t", "(pi - t)/pi + 3e-9"])
def test_what_is_nearly_equal_is_not_equal(nearly):
    assert check_steps("kappa0", f"1 - t/pi\n{nearly}").line == 2


def test_letters_of_the_reader():
    right = """
    let u in [0, pi]
    let n in 2..9
    let A = cos(t)
    let B = A kappa0(t)
    (B + kappa0(t) + kappa1(t))/2 + u - u
    K = ((A + 1) kappa0(t) + kappa1(t))/2 = n((A + 1) kappa0(t) + kappa1(t))/(2n)
    """
    assert check_steps("ntk", right).verdict == "right"
    assert check_steps("ntk", right.replace("+ u - u", "+ u")).line == 6
    named = "λ_k = (1/π) ∫_0^π (π - u)/(2π) cos ku du = 1/(π²k²)"
    assert check_steps("ntk_eigenvalue_bias", named, k="odd").verdict == "right"


@pytest.mark.parametrize("product", ["x.x'", "x·x'", "x^T x'", r"x^{T}x'", "xᵀx'", r"x \cdot x'"])
def test_the_product_of_the_points_is_the_cosine_of_their_angle(product):
    steps = f"E[1(w·x>0) 1(w·x'>0) (2{product} + 2)]/2 + kappa1(t)/2\n= ntk_at_1"
    right = "((cos t + 1) kappa0(t) + kappa1(t))/2"
    assert check_steps("ntk", steps.replace("ntk_at_1", right)).verdict == "right"
    wrong = check_steps("ntk", steps.replace("ntk_at_1", right.replace("cos", "sin")))
    assert wrong.line == 2


AN_END = "∫_0^π sin(ku) du/(2π²k)"


@pytest.mark.parametrize(
    "ends", ["]_0^π", "]_{0}^{π}", "]_{u=0}^{u=π}", "]_{u=0}^π", r"\right]_{u = 0}^{\pi}"]
)
def test_an_integral_is_evaluated_between_brackets(ends):
    """At the upper end less at the lower one, of the letter that runs."""
    steps = f"{AN_END}\n= 1/(2π²k) [-cos(ku)/k{ends}\n= 1/(π k)^2"
    assert check_steps("ntk_eigenvalue_bias", steps, k="odd").verdict == "right"
    wrong = check_steps("ntk_eigenvalue_bias", steps.replace("-cos", "cos"), k="odd")
    assert (wrong.line, wrong.finding.kind) == (2, "sign")
    shown = "(-cos(k*pi)/k - -cos(k*0)/k)"
    assert shown in check_steps("ntk_eigenvalue_bias", steps, k="odd").notes[-1][1]


@pytest.mark.parametrize("sides", ["[]", (r"\left[", r"\right]"), (r"\Big[", r"\Big]")])
@pytest.mark.parametrize("between", ["", " "])
def test_a_bracket_with_limits_ends_the_argument_of_a_function(sides, between):
    """As ∫ does; where nothing else can be the argument, the bracket is it."""
    evaluated = f"{sides[0]}φ{sides[1]}_{{φ=0}}^"
    right = f"(1/π)(sin θ + cos θ{between}{evaluated}{{π-θ}})"
    assert check_steps("kappa1", right).verdict == "right"
    alone = f"(1/π)(sin{between}{evaluated}{{θ}} + (π - θ) cos θ)"
    assert check_steps("kappa1", alone).verdict == "right"


def test_the_integral_of_an_angle_that_has_the_name_of_another_spelling():
    """φ is a spelling of t for κ0, but not under an integral over φ."""
    steps = "(1/π) integral(1(cos φ > 0) 1(cos(φ - t) > 0), φ, -π, π)\n1 - φ/π"
    assert check_steps("kappa0", steps).verdict == "right"


SLOPE = "r a relu'(z) x1/√m"


@pytest.mark.parametrize(
    "first",
    [
        "dL/dw1",
        "∂L/∂w1",
        r"\frac{\partial L}{\partial w_1}",
        "diff(L, w1)",
        "r df/dw1",
        "r ∂f/∂w_1",
        r"r \frac{d}{dw_1} f",
        r"\frac{d}{dw_1} \frac12 (f - y)^2",
        r"\frac{\partial}{\partial w_1} L",
        "r ∂/∂w1 (a relu(z)/√m)",
        r"r a/√m \frac{\partial relu(z)}{\partial w_1}",
        "r a/√m d(relu(z))/dw1",
        "∂L/∂r ∂r/∂w1",
        "r a/√m d/dz relu(z) ∂z/∂w1",
    ],
)
def test_derivatives_are_read_as_on_paper(first):
    assert check_steps("dL_dw1", f"{first}\n= {SLOPE}").verdict == "right"
    assert check_steps("dL_dw1", f"{first}\n= -{SLOPE}").line == 2
    own = "let du in [1, 2]\nlet dv in [1, 2]\n(1 - t/pi) du/dv dv/du\n= 1 - t/pi"
    assert check_steps("kappa0", own).verdict == "right"
    assert check_steps("dL_dw1", f"let L = (f - y)^2/2\n{first}\n= {SLOPE}").verdict == "right"


@pytest.mark.parametrize(
    "chain", ["df/dh dh/dw1", "∂f/∂h ∂h/∂z ∂z/∂w1", "diff(g, h) diff(h, w1)", "dg/dw1", "df/dv"]
)
def test_the_chain_rule_holds_through_letters_of_the_reader(chain):
    steps = f"let h = relu(z)\nlet g = a h/√m\nlet v = w1\nr {chain}\n= {SLOPE}"
    assert check_steps("dL_dw1", steps).verdict == "right"
    assert check_steps("dL_dw1", f"{steps}/2").line == 5


def test_a_derivative_is_of_the_product_that_follows_and_what_is_read_is_shown():
    answer = check_steps("kappa0", "d/dt t (1 - t/(2pi)) + 1 - 1 = 1 - t/pi")
    assert answer.verdict == "right"
    assert answer.notes == ((1, "is read as diff(t*(1 - t/(2*pi)), t) + 1 - 1"),)
    assert check_steps("kappa0", "d/dt (t - t²/(2pi)) = 1 - t/pi").notes == ()
    assert check_steps("kappa0", "1 + ∫_0^t d/du (-u/π) du = 1 - t/pi").verdict == "right"


@pytest.mark.parametrize(
    ("factor", "kind", "powers"),
    [
        ("√m", "factor-1/sqrt-m", (("m", -0.5),)),
        ("m", "factor-1/m", (("m", -1.0),)),
        ("y", "factor-variable", (("y", -1.0),)),
        ("r", "missing-residual", ()),  # a known mistake says more
        ("a", "missing-output-weight", ()),
    ],
)
def test_a_factor_that_is_lost_beside_a_derivative_is_named(factor, kind, powers):
    answer = check_steps("dL_dw1", f"r diff(f, w1)\n= {SLOPE}/({factor})")
    assert (answer.line, answer.finding.kind, answer.finding.powers) == (2, kind, powers)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("dL/dw1 = r a relu(z) x1/√m", "uses-relu-for-derivative"),  # the quantity
        ("df/dz = a relu(z)/√m", "uses-relu-for-derivative"),  # and another
        ("df/da = relu'(z)/√m", "uses-relu-for-derivative"),
        ("df/dz = a z relu'(z)/√m", "factor-variable"),
        ("df/da = z relu(z)/√m", "factor-variable"),
        ("df/dz = 2a relu(z)/√m", "uses-relu-for-derivative"),
        ("df/da = 1(z>0)/√m", "uses-relu-for-derivative"),
        ("df/da = relu(z)/(z√m)", "factor-variable"),
    ],
)
def test_relu_for_its_derivative_is_no_factor_z(line, kind):
    answer = check_steps("dL_dw1", f"{line}\ndL/dw1 = {SLOPE}")
    assert (answer.line, answer.finding.kind) == (1, kind)


def test_a_wrong_letter_of_a_long_line_is_the_place():
    answer = check_steps("dL_dw1", "r diff(f, w1)\n= r*a*relu'(z)*w1/sqrt(m)")
    assert "it is w1/x1 times line 1" in answer.message


def test_of_one_line_with_two_sides_the_other_side_is_told():
    message = check_steps("decay", "exp(-λτ) = 2 exp(-λτ)").message
    assert message.startswith("line 1 is where it breaks: it is 2 times what stands before it;")


def test_an_equation_that_is_solved_is_no_derivation():
    said = "Both sides must be equal for all values of the letters."
    assert check_steps("decay", "1 - λ = 2 - τ").message.endswith(said)
    assert said not in check_steps("decay", "exp(-2λτ) = exp(-λτ)").message
    assert said not in check_steps("decay", "1 - λ\n= 2 - τ").message
    of_all = check_steps("dL_db", "f = a relu(z)/√m\ndL/db = r a/√m relu'(z)").message
    assert of_all.endswith("The output f has the other neurons' terms, too.")


CHAIN = """dL/db = dL/df df/dz dz/db
dL/df = f - y
df/dz = a/sqrt(m) relu'(z)
dz/db = 1
dL/db = (f - y) a/sqrt(m) relu'(z)"""
NTK_BY_PARTS = """K(θ) = ½[(cos θ + 1) κ0(θ) + κ1(θ)]
κ0(θ) = (π - θ)/π
κ1(θ) = (sin θ + (π - θ) cos θ)/π
K(θ) = ½[(cos θ + 1) (π - θ)/π + (sin θ + (π - θ) cos θ)/π]"""
OF_LOSS = "L = (f - y)^2/2\ndL/da = (f - y) df/da\n= (f - y) relu(z)/√m"
WITH_NAME = "h = relu(z)\ndL/da = r df/da\n= r h/√m"


@pytest.mark.parametrize(
    ("quantity", "steps", "old", "new", "line", "said"),
    [
        ("dL_db", CHAIN, "df/dz = a", "df/dz = 2a", 3, "it is 2 times what stands before it"),
        ("dL_db", CHAIN, "dz/db = 1", "dz/db = x1", 4, "it is x1 times what stands before it"),
        ("dL_db", CHAIN, "= (f - y) a", "= (y - f) a", 5, "it is −1 times what stands before it"),
        ("dL_da", OF_LOSS, "^2/2", "^2", 1, "it is 2 times what stands before it"),
        ("dL_da", OF_LOSS, "= (f - y) relu", "= (f - y)^2 relu", 3, "times line 2"),
        ("dL_da", WITH_NAME, "h = relu(z)", "h = 2relu(z)", 3, "it is 2 times line 2"),
        ("ntk", NTK_BY_PARTS, "κ0(θ) = (π", "κ0(θ) = (2π", 2, "number, 1, everywhere"),
        ("ntk", NTK_BY_PARTS, "/π + (sin", "/π - (sin", 4, "with another sign than"),
    ],
)
def test_a_line_with_a_new_left_side_is_an_equation_by_itself(
    quantity, steps, old, new, line, said
):
    answer = check_steps(quantity, steps)
    assert (answer.verdict, answer.message) == ("right", "every equation holds")
    assert steps.count(old) == 1
    wrong = check_steps(quantity, steps.replace(old, new))
    assert (wrong.verdict, wrong.line) == ("wrong", line)
    assert said in wrong.message


def test_equations_may_stand_beside_each_other():
    first, *sides, last = CHAIN.split("\n")
    for mark in (", ", "; ", " and ", ", and ", r" \text{ and } "):
        steps = "\n".join([f"{first},", mark.join(sides), last])
        assert check_steps("dL_db", steps).verdict == "right"
        wrong = check_steps("dL_db", steps.replace("df/dz = a", "df/dz = 2a"))
        assert (wrong.line, wrong.step) == (2, ("df/dz", "2a/sqrt(m) relu'(z)"))
    both = check_steps("dL_db", "\n".join([first, "df/dz = a and dz/db = x1", last]))
    assert (both.line, both.more) == (2, ())  # the line once
    inside = "where(0 < t and t < 4, 1, 0) = 1"  # in brackets the word joins two conditions
    assert check_steps("kappa0", f"{inside} and t/t = 1 and κ0(θ) = 1 - t/π").verdict == "right"
    with pytest.raises(StepsError, match="line 1: a comma stands between arguments only"):
        check_steps("kappa0", "κ0(θ) = 1 - θ/π, 0")


OF_TIME = "c(τ) = exp(-λτ)\ndc/dτ = -λ c(τ)\nc(τ)²/c(τ) = exp(-λτ)"
OF_ANGLE = "let K(u) = κ0(u)/2\nλ_k = (1/π) ∫_0^π K(u) cos ku du\n= 1/(π²k²)"


def test_a_function_of_a_letter_is_short_for_its_formula():
    for steps in (OF_TIME, OF_TIME.replace("c", "c_0"), OF_TIME.replace("c", "μ")):
        assert check_steps("decay", steps.replace("exμ", "exp")).verdict == "right"
    assert check_steps("decay", OF_TIME.replace("-λ c", "λ c")).line == 2
    for steps in (OF_ANGLE, OF_ANGLE.replace("K(u)", "K"), OF_ANGLE.replace("K(u) =", "K( u ) =")):
        assert check_steps("ntk_eigenvalue_bias", steps, k="odd").verdict == "right"
    wrong = check_steps("ntk_eigenvalue_bias", OF_ANGLE.replace("/2", ""), k="odd")
    assert (wrong.line, wrong.finding.kind) == (2, "factor-2")
    # what has the name of an integral's letter, or of a letter of the quantity, stays apart
    both = "u(θ) = (π - θ)/π\n= (1/π) ∫_0^{π - θ} 1 du"
    assert check_steps("kappa0", both).verdict == "right"
    assert check_steps("dL_dw1", f"a(θ) = {SLOPE}\n= {SLOPE}").verdict == "right"


ODD = {"k": "odd"}
BIAS = "1/(2π) integral(c cos(ku), u, 0, π)\n= 1/(πk)^2"


@pytest.mark.parametrize(
    ("quantity", "name", "rest", "options"),
    [
        ("dL_da", "h = relu(z)", "(f-y) h/√m", {}),
        ("dL_da", "h = relu(z)\nr = f - y", "(f-y) h/√m\n= r h/√m", {}),
        ("descent_decay", "q = 1 - ηλ", "q^s", {}),
        ("dL_db", "r = f - y", "r a relu'(z)/√m", {}),
        ("dL_db", "z = w1 x1 + w2 x2 + b", "(f-y) a/√m relu'(z)", {}),
        ("ntk_eigenvalue_bias", "c = 1 - u/π", BIAS, ODD),
        ("ntk_eigenvalue_bias", "let u in [0, π]\nc = 1 - u/π", BIAS, ODD),
        ("ntk_eigenvalue_bias", "c = 1 - u/π", f"λ_k = {BIAS}", ODD),
    ],
)
def test_what_a_name_stands_for_is_no_line_before_an_expression(quantity, name, rest, options):
    answer = check_steps(quantity, f"{name}\n{rest}", **options)
    assert (answer.verdict, answer.message) == ("right", "every equation holds")
    wrong = check_steps(quantity, f"{name}\n{rest}\n2 {rest.splitlines()[0]}", **options)
    assert (wrong.verdict, wrong.line) == ("wrong", 2 + f"{name}\n{rest}".count("\n"))


def test_what_stands_before_a_name_is_compared_with_what_follows_it():
    answer = check_steps("dL_da", "(f-y) relu(z)/m\nh = relu(z)\n(f-y) h/√m")
    assert (answer.line, answer.finding.kind) == (1, "factor-1/sqrt-m")
    assert check_steps("dL_da", "h = relu(z)\n= (f-y) h/√m").line == 1
    assert check_steps("dL_db", "r = y - f\nr a relu'(z)/√m").line == 1
    assert check_steps("dL_da", "(f-y)/m = (f-y)/√m\n(f-y) relu(z)/√m").line == 1
    for steps in ("1/(πk)^2\nc = 1 - u/π\n= 1/(πk)^2", f"c = 1 - u/π\nc\n{BIAS}"):
        with pytest.raises(StepsError, match=r"line 2: u(nknown name 'u'| is used where)"):
            check_steps("ntk_eigenvalue_bias", steps, k="odd")


def test_another_quantity_that_is_the_same_here_is_not_named():
    same = check_steps("ntk_eigenvalue_bias", "1 - k\n1/(πk)^2", k="odd")
    assert same.finding.kind == "unknown"
    other = check_steps("ntk_eigenvalue_first_layer", "1/k\n2/(π(k^2 - 1))^2", k="even")
    assert other.finding.note == "ntk_eigenvalue_second_layer"


def test_a_new_left_side_hides_no_break():
    """What is no equation yet goes on in the next line, whatever stands there."""
    for steps in (
        "1 - t/π\n2 - 2t/π = 2(1 - t/π)\n= 1 - t/π",
        "κ0(θ) = 1 - t/π\n2 - 2t/π = 2(1 - t/π)",
    ):
        answer = check_steps("kappa0", steps)
        assert answer.line == 2
        assert "it is 2 times line 1" in answer.message
    first = check_steps("kappa0", "κ0(θ) = 2 - 2t/π\n1 - t/π = (π - t)/π")
    assert (first.line, first.finding.kind) == (1, "factor-2")
    twice = check_steps("kappa0", "κ0(θ) = 1 - t/π\nκ0(θ) = 1 + t/π")
    assert (twice.line, twice.step) == (2, ("κ0(θ)", "1 + t/π"))


@pytest.mark.parametrize(
    ("quantity", "steps", "line", "said"),
    [  # with a 2 too many or too few in one line
        ("kappa0", "P = (π-θ)/π\nκ0 = 2 P\nκ0 = 1 - θ/π", 2, "the lines after it are the qu"),
        ("kappa0", "P = (π-θ)/π\nκ0(θ) = 2 P\n= 1 - θ/π", 2, "the lines after it are the qu"),
        ("kappa0", "P = (π-θ)/π\nκ0 = 2 P\nκ0 = 1 - 3θ/π", 2, "it is 2 times kappa0"),
        ("kappa0", "P = (π-θ)/(2π)\nκ0 = 2 P\nκ0 = 2 - 2θ/π", 3, "it is 2 times kappa0"),
        ("kappa1", f"κ_1 = 2({K1})\nκ1(t) = {K1}", 1, "the lines after it are the quantity"),
        ("ntk", "K = (cos t + 1) κ0(t) + κ1(t)\nK(t) = ((cos t + 1) κ0(t) + κ1(t))/2", 1, "lines"),
        ("loss", "L = (f - y)²\nL = r²/2", 1, "the lines after it are the quantity"),
        ("kappa0", "1 - 2t/π\nκ0 = 1 - t/π", 1, "the lines after it are the quantity"),
        ("kappa0", "κ0 = 2 - 2θ/π\nκ0 = 2(π - θ)/π", 1, "it is 2 times kappa0"),
        ("kappa0", "κ0(θ) = 2 - 2θ/π", 1, "line 1 is where it breaks: it is 2 times kappa0"),
        ("kappa1", f"κ1(θ) = {K1}/2\nκ1(θ) = ({K1}) 1/2", 1, "breaks: it is 1/2 times kappa1"),
        ("decay", "c(τ) = exp(λτ)\nc(τ) = exp(-λτ)", 1, "the lines after it are the quantity"),
        ("decay", "c(τ) = exp(λτ)\nc(τ) = exp(-2λτ)", 2, "differs from what stands before it"),
        ("kappa0", "κ0 = 1 - t²\n= 1 - t^2", 1, "it differs from kappa0; in the step"),  # no value
    ],
)
def test_the_name_of_the_quantity_stands_for_it(quantity, steps, line, said):
    answer = check_steps(quantity, steps)
    assert (answer.verdict, answer.line) == ("wrong", line)
    assert said in answer.message
    wrong_too = {"3θ/π": (3,), "θ)/π": (2,), ") 1/2": (2,)}  # the last line of its name
    more = [numbers for end, numbers in wrong_too.items() if steps.endswith(end)]
    assert (answer.notes, answer.more) == ((), more[0] if more else ())


WRITTEN = {  # in the titles that --list shows, or otherwise
    "growth_rate": [r"\frac{d}{d\tau} \sum a^2", "d/dτ ∑_r a_r^2"],
    **{f"dL_d{x}": [f"∂L/∂{x}", rf"\frac{{\partial L}}{{\partial {x}}}"] for x in ("a", "w1", "b")},
    "expectation_of_steps": ["E[1(w·x > 0) 1(w·x' > 0)]"],
    "expectation_of_relus": ["E[relu(w·x) relu(w·x')]"],
    "kappa0": ["κ_0(θ)", "κ0(x, x')"],
    "ntk": ["K(θ)"],
    "decay": ["r_k(τ) / r_k(0)"],
}


@pytest.mark.parametrize("quantity", QUESTIONS)
def test_every_name_of_a_quantity_stands_for_it(quantity):
    for name in (quantity, *names_of(quantity), *WRITTEN.get(quantity, ())):
        answer = check_steps(quantity, f"{name} = 0.123\n= 0.246/2")
        assert (answer.line, answer.step) == (1, (name, "0.123")), name


@pytest.mark.parametrize("name", ["λ_k", "λ(k)", "λ", "λ_{k}"])
def test_lambda_is_the_eigenvalue_that_is_asked_for(name):
    for steps in (
        f"{name} = 2/(π²k²)\n= 1/(π²k²)\n= (πk)^-2",
        f"{name} = 2/(πk)²\n{name} = (πk)^-2",
    ):
        answer = check_steps("ntk_eigenvalue_bias", steps, k="odd")
        assert (answer.line, answer.finding.kind) == (1, "factor-2")
        right = check_steps("ntk_eigenvalue_bias", steps.replace("2/", "1/"), k="odd")
        assert right.verdict == "right"
    assert check_steps("ntk_eigenvalue", "λ_3 = 1/(9π²)", k="3").verdict == "right"
    assert check_steps("ntk_eigenvalue", "λ_3 = 2/(9π²)\n= 1/(9π²)", k="3").line == 1


@pytest.mark.parametrize(
    ("quantity", "steps", "kind", "said"),
    [
        ("kappa0", "1 - θ/(2π)\n= 1 - θ/π", "inner-factor", "from line 2: one number or factor is"),
        ("kappa0", "κ0 = 1 - 2θ/π\n= 1 - θ/π", "doubled-term", "It has the term -(θ/pi) twice"),
        ("kappa1", f"{K1} + 1\n= {K1}", "foreign-term", "It has a term that line 2 does not have"),
        ("kappa1", f"{AN_ARC.replace('- t)', '+ t)')}\n= {AN_ARC}", "one-place", "'phi - t' there"),
    ],
)
def test_where_the_first_line_is_wrong_it_is_what_is_described(quantity, steps, kind, said):
    answer = check_steps(quantity, steps)
    assert (answer.line, answer.finding.kind) == (1, kind)
    assert "the lines after it are the quantity, and it is not. It" in answer.message
    assert said in answer.message


def test_what_is_right_again_is_the_quantity_again():
    steps = "κ0 = 1 - θ/(2π)\n= (2π - θ)/(2π)\n= 1 - θ/π\n= (π - θ)/π"
    answer = check_steps("kappa0", steps)
    assert (answer.line, answer.finding.kind, answer.more) == (1, "factor-of-term", (3,))
    assert answer.message.endswith(" Line 3 is kappa0 again.")
    of_slope = "dL/dw2 = (y - f) df/dw2\n= (f - y) df/dw2\n= (f - y) a/√m relu'(z) x2"
    message = check_steps("dL_dw2", of_slope).message
    assert message.endswith(" Line 2 is the left side of line 1 again.")


def test_where_each_line_of_the_quantity_is_wrong_alike_none_begins_apart():
    without = "K(θ) = cos θ κ0(θ)/2 + κ1(θ)/2\nK(θ) = (cos θ κ0(θ) + κ1(θ))/2"
    message = check_steps("ntk", without).message
    assert message.startswith("line 1 is where it breaks: it lacks the part of the bias; in")


def test_with_its_own_name_a_right_derivation_stays_right():
    for steps in (
        "P = (π-θ)/(2π)\nκ0(θ) = 2 P\nκ0 = 1 - θ/π",
        "κ0 = 1 - t/π\nP = 1 - t/π\nκ0 = P",
        "κ_0 = 1 - t/π\n= (π - t)/π\nκ0(t) = 1 - t/π",
        "κ0(0) = 1\nκ0 = 1 - t/π",  # a value of it is no name of it
    ):
        answer = check_steps("kappa0", steps)
        assert answer.verdict == "right", (steps, answer.message)


def test_the_last_equation_must_be_the_quantity():
    aside = check_steps("dL_da", "dL/da = r df/da\ndf/da = relu(z)/√m")
    assert (aside.verdict, aside.line) == ("wrong", None)
    assert "every equation holds, but the last line is not dL_da" in aside.message
    assert "Line 1 is dL_da: end with it. Line 2 begins an equation of its own" in aside.message
    back = check_steps("dL_da", "dL/da = r df/da\ndf/da = relu(z)/√m\n= r relu(z)/√m")
    assert back.line == 3
    assert back.message.endswith("its left side is not equal to line 1.")
    slip = check_steps("kappa0", "1 - t/π = (π - t)/π\n(π + t)/π = 1 + t/π")
    assert (slip.verdict, slip.line, slip.finding.kind) == ("wrong", None, "sign-of-term")


def test_a_name_that_is_not_used_is_told():
    answer = check_steps("dL_da", WITH_NAME.replace("r h", "r relu(z)"))
    assert answer.verdict == "right"
    assert answer.notes == ((1, "gives a value to h, which is not used"),)
    assert check_steps("dL_da", WITH_NAME).notes == ()
    chain = (
        "h = relu(z)\ndL/da = dL/df df/da\ndL/df = r\ndf/dh = a/√m\ndf/da = h/√m\ndL/da = r h/√m"
    )
    assert check_steps("dL_da", chain).verdict == "right"
    assert check_steps("dL_da", chain.replace("= a/√m", "= 2a/√m")).line == 4


def test_where_no_relation_is_known_the_values_are_told():
    answer = check_steps("kappa0", "1 - t/π\n2 - sin(exp(t))/π")
    t, before, line = answer.example["t"], answer.example["before"], answer.example["line"]
    assert (before, line) == pytest.approx((1 - t / np.pi, 2 - np.sin(np.exp(t)) / np.pi))
    said = f"it differs from line 1: {before:.6g} there and {line:.6g} here, at t = {t:.6g}"
    assert f"{said}; in the step from" in answer.message
    assert check_steps("kappa0", "1 - t/π\n2 - 2t/π").example is None


# --- theorem --------------------------------------------------------------------------------------

LETTERS_OF_A_NEURON = ("f", "y", "r", "a", "w1", "w2", "b", "x1", "x2", "m", "z")
PARSED = []
for _path in WORKED:
    _lines = read_derivation(
        _path.read_text("utf-8"),
        {name: name for name in ("t", "k", "lambda", *LETTERS_OF_A_NEURON)} | {"theta": "t"},
        frozenset({"sin", "cos", "exp", "relu", "kappa0", "kappa1", "abs", "step", "sqrt"}),
    ).lines
    PARSED.append((*call(_path), [line.formula.tree for line in _lines]))


def places(tree):
    """Every place of an operand, but the letters that integrals and sums bind."""
    for node in ast.walk(tree):
        for field, child in ast.iter_fields(node):
            children = child if isinstance(child, list) else [child]
            for i, operand in enumerate(children):
                bound = isinstance(node, ast.Call) and i == 1 and len(node.args) > 1
                name = isinstance(node, ast.Call) and field == "func"
                if isinstance(operand, ast.expr) and not bound and not name:
                    yield node, field, i if isinstance(child, list) else None


def with_edit(tree, place, edit):
    """A copy of the tree in which the operand at a place, by its number, is edited."""
    changed = copy.deepcopy(ast.Expression(tree))
    node, field, i = list(places(changed))[place % len(list(places(changed)))]
    old = getattr(node, field) if i is None else getattr(node, field)[i]
    if i is None:
        setattr(node, field, edit(old))
    else:
        getattr(node, field)[i] = edit(old)
    return changed.body


def text_of(trees):
    return "\n= ".join(ast.unparse(tree).replace("lambda_", "lambda") for tree in trees)


def operation(operator, left, right):
    return ast.BinOp(left, operator(), right)


def swapped(node):
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mult):
        return ast.BinOp(node.right, node.op, node.left)
    return operation(ast.Mult, ast.Constant(1), node)


REWRITES = [
    swapped,
    lambda node: operation(ast.Add, node, ast.Constant(0)),
    lambda node: operation(ast.Div, operation(ast.Mult, node, ast.Constant(3)), ast.Constant(3)),
    lambda node: ast.UnaryOp(ast.USub(), ast.UnaryOp(ast.USub(), node)),
    lambda node: operation(ast.Sub, operation(ast.Add, node, ast.Constant(2)), ast.Constant(2)),
    lambda node: operation(ast.Add, operation(ast.Div, node, ast.Constant(2)),
                           operation(ast.Mult, node, ast.Constant(0.5))),
]  # fmt: skip
EDITS = [
    lambda node: operation(ast.Mult, ast.Constant(2), node),
    lambda node: ast.UnaryOp(ast.USub(), node),
    lambda node: operation(ast.Add, node, ast.Constant(1)),
    lambda node: operation(ast.Pow, node, ast.Constant(2)),
]


def derivations():
    return st.sampled_from(PARSED)


@settings(max_examples=30)
@given(derivations(), st.data())
def test_rewritten_lines_stay_right(derivation, data):
    quantity, options, trees = derivation
    changed = list(trees)
    for line in data.draw(st.lists(st.integers(0, len(trees) - 1), min_size=1, max_size=4)):
        place, rewrite = data.draw(st.integers(0, 60)), data.draw(st.sampled_from(REWRITES))
        changed[line] = with_edit(changed[line], place, rewrite)
    answer = check_steps(quantity, text_of(changed), **options)
    assert answer.verdict == "right", answer.message


@settings(max_examples=30)
@given(derivations(), st.data())
def test_one_edit_is_named_at_its_line(derivation, data):
    """One edit in one line: that line is named, unless it has no value, or the same one."""
    quantity, options, trees = derivation
    line = data.draw(st.integers(0, len(trees) - 1))
    edited = with_edit(
        trees[line], data.draw(st.integers(0, 60)), data.draw(st.sampled_from(EDITS))
    )
    try:
        alone = check_steps(quantity, text_of([edited]), **options)
    except StepsError:
        steps = text_of([*trees[:line], edited, *trees[line + 1 :]])
        with pytest.raises(StepsError, match=f"^line {line + 1}: "):
            check_steps(quantity, steps, **options)
        return
    answer = check_steps(quantity, text_of([*trees[:line], edited, *trees[line + 1 :]]), **options)
    assert answer.verdict == alone.verdict
    assert answer.line == (None if alone.verdict == "right" else line + 1), answer.message


PIECES = ["let ", "u", "t", " in ", "[0, 1]", "2..9", "=", "\n", "sum(", "integral(", ",", "inf"]
PIECES += [")", "(", "1/", "mean(", "z", "diff(", " ", "pi", "-", "∫_0^1 ", "dt"]
TEXT = st.text(max_size=40) | st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


@settings(max_examples=150)
@given(TEXT)
def test_random_text_is_checked_or_rejected_with_its_line(text):
    try:
        verdict = check_steps("kappa0", text).verdict
    except StepsError as error:
        verdict = f"{error}"
    assert verdict.startswith(("right", "wrong", "line ", "the derivation is empty"))


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ("", "the derivation is empty"),
        ("\n# nothing\n", "the derivation is empty"),
        ("let u in [0, 1]", "the derivation is empty"),
        ("1 - t/pi\n" * 10_001, "at most 10000 lines"),
        (("+".join("t" * 400) + "\n") * 400, "a derivation must have at most 250000 characters"),
        (
            "".join(f"let v{i} in [0, 1]\n" for i in range(300)) + "t",
            "line 201: a derivation must have at most 200 letters of its own",
        ),
        ("1 - t/pi\n1 - v/pi", "line 2: unknown name 'v'"),
        ("1 - t/pi\nintegral(u, u, 0, 1) + u", "line 2: u is used where it has no value: let u in"),
        ("let t in [0, 1]\nt", "line 1: the letter t is there already"),
        ("let u in [0, 1]\nlet u = 2\nt", "line 2: the letter u is there already"),
        ("let u in [1, 0]\nt", "line 1: a range must go from a number to a larger one"),
        ("let u in [0, inf]\nt", "line 1: unknown name 'inf'"),
        ("let u in 1..2.5\nt", "line 1: the range of a whole number must have whole ends"),
        ("let u\nt", "line 1: write  let u in"),
        ("let sin in [0, 1]\nt", "line 1: 'sin' cannot be a letter of your own"),
        ("let pi = 3\nt", "line 1: 'pi' cannot be a letter of your own"),
        ("let if = 3\nt", "line 1: 'if' cannot be a letter of your own"),
        ("t\n=\nt", "line 2: there is nothing but '='"),
        ("t\nsum(1/j, j, 1, inf)", "line 2: the sum over j: it does not converge"),
        ("t\nintegral(1/u, u, 0, 1)", "line 2: the integral over u: it does not converge"),
        ("t\nintegral(u, 2, 0, 1)", r"line 2: integral\(f, u, a, b\): the second argument must be"),
        ("t\nintegral(u, u, 0)", "line 2: integral takes 4 arguments, got 3"),
        ("t\ndiff(t, 2)", "line 2: diff: the second argument must be a letter, got 2"),
        ("t\nlog(t - 2)", r"line 2: it is not finite at t = \d"),
        ("let u in [0, 1]\nsqrt(u - 1)", r"line 2: it is not finite at u = 0\.\d"),
        ("t\n1/0", "line 2: it is not finite$"),
        ("t\nkappa0(t)", "line 2: kappa0 cannot be used here"),
        ("let A = t\nintegral(A, A, 0, 1)", "line 2: A is short for a formula"),
        ("mean(integral(z, z, 0, 1))", "line 1: w1, w2, z and z' belong to the mean"),
        ("t\n" + "1+" * 600 + "1", "line 2: it must have at most 1000 characters"),
        ("t\nz", "line 2: z is used where it has no value"),
        ("t\n__import__('os')", "line 2: "),
        ("t\n\x1b[31m", r"line 2: a formula cannot have '\\x1b'"),
    ],
)
def test_what_cannot_be_used_is_rejected_with_its_line(steps, reason):
    with pytest.raises(StepsError, match=reason):
        check_steps("kappa0", steps)


def test_a_mean_needs_an_angle():
    with pytest.raises(StepsError, match="line 1: a mean needs the angle t between the points"):
        check_steps("decay", "mean(relu(z)) τ")


def test_abbreviations_cannot_grow_without_bound():
    doubled = [f"let A{i + 1} = A{i} + A{i}" for i in range(30)]
    with pytest.raises(StepsError, match=r"line 1[0-9]: what the letters stand for is too long"):
        check_steps("kappa0", "\n".join(["let A0 = t", *doubled, "A30"]))
    deep = [f"let A{i + 1} = sin(A{i})" for i in range(300)]
    with pytest.raises(StepsError, match="what the letters stand for is too long"):
        check_steps("kappa0", "\n".join(["let A0 = t", *deep, "A300"]))


def test_a_long_derivation_is_read():
    assert check_steps("kappa0", "1 - t/pi\n" + "\n" * 9_999).verdict == "right"


def test_work_is_bounded(monkeypatch):
    monkeypatch.setattr(reader, "_VALUES_PER_LINE", 2_000_000)
    monkeypatch.setattr(_line_by_line, "_VALUES", 5_000_000)
    line = "integral(integral(integral(abs(u - v - w), u, 0, t), v, 0, t), w, 0, t)"
    with pytest.raises(StepsError, match=r"line 1: .*more values than are allowed"):
        check_steps("kappa0", line)
    means = "mean(relu(z)*relu(z'))\n" * 10  # 1.4 million each
    together = r"line \d: the lines up to this one need more values than are allowed: check fewer"
    with pytest.raises(StepsError, match=together):
        check_steps("kappa0", means)


def test_arguments():
    with pytest.raises(TypeError, match="steps must be text, got None"):
        check_steps("kappa0", None)
    with pytest.raises(ValueError, match="quantity must be one of"):
        check_steps("kappa7", "t")


@pytest.mark.command
def test_the_command(capsys, tmp_path):
    file = tmp_path / "steps.txt"
    file.write_text("\ufeff1 - θ/π\r\n= 1 - 2θ/2π\r\n", encoding="utf-8")
    status, out, err = run(capsys, "check", "kappa0", "--steps", str(file))
    assert (status, err) == (0, "")
    assert out.startswith("right: kappa0, every line equals the next\n")
    file.write_text("1 - θ/π\n= 1 + θ/π\n", encoding="utf-8")
    status, out, _ = run(capsys, "check", "kappa0", "--steps", str(file), "--json")
    assert status == 1
    answer = json.loads(out)
    assert (answer["verdict"], answer["line"]) == ("wrong", 2)
    assert answer["finding"]["kind"] == "sign-of-term"


@pytest.mark.command
def test_the_command_rejects_in_one_line(capsys, tmp_path):
    file = tmp_path / "steps.txt"
    for content, reason in (
        (b"", "the derivation is empty"),
        (b"1 - t/pi\n\xff\n", "must be text in UTF-8; line 2 is not"),
        (b"1\n" * 10_001, "at most 10000 lines"),
        (b"x" * 10_000_001, "must have at most 10000000 bytes"),
        (b"\x00", "line 1: "),
    ):
        file.write_bytes(content)
        status, out, err = run(capsys, "check", "kappa0", "--steps", str(file))
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert reason in err
    for arguments, reason in (
        (["--steps", str(tmp_path)], "must be a file"),
        (["--steps", str(tmp_path / "none.txt")], "No such file"),
        (["1 - t/pi", "--steps", str(file)], "--steps FILE goes without FORMULA"),
    ):
        status, out, err = run(capsys, "check", "kappa0", *arguments)
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert reason in err


@pytest.mark.command
@pytest.mark.parametrize("path", WORKED, ids=lambda path: path.stem)
def test_the_command_in_the_first_line_of_each_file(path, capsys, monkeypatch):
    monkeypatch.chdir(FOLDER)
    words = path.read_text("utf-8").splitlines()[0].removeprefix("# minintk ").split()
    assert run(capsys, *words)[0] == 0


def test_values_do_not_depend_on_the_global_generator():
    np.random.seed(0)  # noqa: NPY002
    first = check_steps("kappa0", "1 - t/pi\n1 - sin(t)/pi")
    np.random.seed(1)  # noqa: NPY002
    assert check_steps("kappa0", "1 - t/pi\n1 - sin(t)/pi") == first


@pytest.mark.parametrize(
    ("quantity", "steps", "said"),
    [
        ("kappa0", "1/pi [u]_0^π", r"write \[F\]_0\^π"),  # no integral runs over u
        ("kappa0", "∫_0^1 u t du = ∫_0^1 t dt [u t]_0^1", r"write \[F\]_0\^π"),  # u, or t?
        ("kappa0", "∫_0^π du = u|_0^π", r"write \[F\]_0\^π"),
        ("dL_dw1", "let h = max(0, z)\nr diff(f, h)", "derived by h must have h in it"),
        ("dL_dw1", "let c = 2\ndiff(c f, c)", "derived by c must have c in it"),
        (
            "kappa0",
            "let A = cos(u)\ndiff(t, A) + integral(u, u, 0, 1)",
            "u is used where it has no",
        ),
        ("dL_dw1", "d/dw1", "d/dw1 must be followed by what is derived"),
        ("dL_dw1", "dg/dw1", "dg/dw1: say what g is"),
        ("kappa0", "mean(diff(z, w1))", "write out the derivative that stands in the mean"),
        ("dL_dw1", "let g = r/n\ng", "line 1: n is not known here: the question is of one sample"),
        ("dL_dw1", "d^2 f/dw1^2", "write d/dx f, ∂f/∂x or diff.f, x. for the derivative"),
        ("relu", "dq/dz", r"write diff\(f, z\)"),
        (
            "largest_stable_learning_rate",
            "|1 - eta lambda| < 1",
            "^line 1: an inequality is not checked: write it with =$",
        ),
        (
            "largest_stable_learning_rate",
            "eta < 2/(lambda)",
            "^line 1: an inequality is not checked: write it with =$",
        ),
        ("largest_stable_learning_rate", "lambda eta -> 2", "a missing operand or bracket$"),
        (
            "largest_stable_learning_rate",
            "(1 - eta lambda)^2 = 1",
            "^line 1: eta still stands here",
        ),
        ("largest_stable_learning_rate", "1 = 1\neta = eta", "^line 2: eta still stands here"),
        (
            "largest_stable_learning_rate",
            "η λ = 2\nη = η",
            "^line 2: eta still stands here: solve for",
        ),
        ("dL_dw1", "r a 1(z>0) n", "a mean over n = 1$"),
        ("steps_to_learn", "(1 - eta lambda)^s = q", "^line 1: s still stands here: solve for it$"),
        ("steps_to_learn", "s", "^line 1: s still stands here: solve for it$"),
        ("kappa0", "cos(t) + ln - t", r"write ln\(t\)$"),
        ("ntk", "let A = cos(t)\nA kappa0 + 1", r"write kappa0\(t\)$"),
        ("dL_da", "r relu/sqrt(m)", r"write relu\(z\)$"),
        ("kappa0", "v", "the names here, with other spellings, are inf, pi, t$"),
        ("kappa0", "let h(t) = diff(t^2, t)\nh(2)", r"h is short for h\(t\): write out h\(2\)$"),
        ("decay", "let g(x) = exp(-x)\ng", "unknown name 'x'|x is used where it has no value"),
        ("ntk_eigenvalue_bias", "∫_0^π K(u) du", r"such as  let K\(u\) = kappa0\(u\)/2$"),
        (
            "ntk_eigenvalue_bias",
            "∫_0^π K du",
            "the names here, with other spellings, are inf, k, pi, u$",
        ),
        ("kappa0", "let K(0) = 1\nt", r"'K\(0\)' cannot be a letter of your own"),
        ("ntk", "let t(u) = 1\nt", "the letter t is there already"),
        ("ntk", "k_0(t)", r"unknown name 'k_0': did you mean kappa0\?$"),
        ("ntk", "kappa(t)", r"unknown name 'kappa': did you mean kappa1\?$"),
        (
            "kappa0",
            "mean(v)",
            "the names here, with other spellings, are inf, pi, t, w1, w2, z, zprime$",
        ),
    ],
)
def test_what_is_not_read_in_steps_is_said_with_its_fix(quantity, steps, said):
    with pytest.raises(StepsError, match=said):
        check_steps(quantity, steps)


_OF_STEPS = "(1 - eta*lambda)^s = q\ns*ln(1 - eta*lambda) = ln(q)\n"
_OF_RATE = "|1 - ηλ| = 1\n1 - ηλ = -1\n"


@pytest.mark.parametrize(
    ("quantity", "steps"),
    [
        ("steps_to_learn", _OF_STEPS + "s = ln(q)/ln(1 - eta*lambda)"),
        ("steps_to_learn", _OF_STEPS + "ln(q)/ln(1 - eta*lambda) = s"),
        ("largest_stable_learning_rate", _OF_RATE + "ηλ = 2\nη = 2/λ"),
        ("largest_stable_learning_rate", _OF_RATE + "\\eta = \\frac{2}{\\lambda}"),
    ],
)
def test_an_equation_is_solved_step_by_step(quantity, steps):
    answer = check_steps(quantity, steps)
    assert (answer.verdict, answer.message) == ("right", "every equation holds")


@pytest.mark.parametrize(
    ("quantity", "steps", "line", "said"),
    [
        (
            "steps_to_learn",
            _OF_STEPS + "s = ln(q) - ln(1 - eta*lambda)",
            3,
            "one operator is wrong",
        ),
        ("largest_stable_learning_rate", _OF_RATE + "ηλ = 1\nη = 1/λ", 3, "it is 1/2 times what"),
        (
            "steps_to_learn",
            "exp(-eta*lambda*s) = q\ns = -ln(q)/(eta*lambda)",
            1,
            "s has the value there that is asked for.",
        ),
    ],
)
def test_the_equation_that_the_solution_does_not_fulfil_is_named(quantity, steps, line, said):
    answer = check_steps(quantity, steps)
    assert (answer.verdict, answer.line) == ("wrong", line)
    assert said in answer.message


_KNOWN = "eta has the value there that is asked for."


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        ("1 - η λ = 0\nη λ = 1\nη = 1/λ", 1),  # one value of η: no term, no letter is to blame
        ("(1 - η λ)^2 = 1\n1 - η λ + η^2 λ^2 = 1\nη λ = 1\nη = 1/λ", 2),
        ("(1 - η λ)^2 = 1\n= 1 - η λ + η^2 λ^2", 2),
        ("(1 - η λ)^2 = 1\n1 - 2 η λ - η^2 λ^2 = 1\nη = -2/λ", 2),
        ("(1 - η λ)^2 = 1\n1 - 2 η λ + η λ^2 = 1\nη = 2/λ", 2),
    ],
)
def test_of_an_equation_to_be_solved_both_values_are_told(steps, line):
    answer = check_steps("largest_stable_learning_rate", steps)
    assert (answer.line, answer.finding.kind, answer.more) == (line, "unknown", ())
    assert answer.message.endswith(_KNOWN)
    assert "differs from" in answer.message


def test_the_solution_of_a_wrong_equation_is_told_where_it_is_known():
    flow = "exp(-η λ s) = q\n-η λ s = ln q\ns = -ln(q)/(η λ)"
    told = check_steps("steps_to_learn", flow)
    assert told.message.endswith("It holds for another s. This is the flow's time over η.")
    assert (told.line, told.more) == (1, ())
    half = check_steps("largest_stable_learning_rate", "1 - η λ = -1\nη λ = 1\nη = 1/λ")
    assert half.finding.kind == "factor-1/2"
    assert "too" not in describe_steps(half)


@pytest.mark.parametrize(
    ("quantity", "steps", "said"),
    [
        ("kappa1", "2 E[relu(w·x) relu(w·x')]", "still has a mean"),
        ("kappa1", "κ1 = (2/π) ∫_{t - π/2}^{π/2} cos φ cos(φ - t) dφ", "still has an integral"),
        ("dL_db", "dL/db = (f - y) df/db", "still has a derivative"),
        ("kappa0", "1 - t/pi", "but it is one line, without a step"),
        ("kappa0", "κ0 = 1 - t/pi", "but it is one line, without a step"),
        ("steps_to_learn", "s = ln q/ln(1 - ηλ)", "but it is one line, without a step"),
    ],
)
def test_what_a_right_derivation_leaves_undone_is_said(quantity, steps, said):
    answer = check_steps(quantity, steps)
    assert answer.verdict == "right"
    assert said in describe_steps(answer)


def test_of_a_derivation_that_ends_in_a_formula_nothing_is_added():
    told = describe_steps(check_steps("kappa0", "mean(2 step(z) step(z'))\n= (pi - t)/pi"))
    assert told == "right: kappa0, every line equals the next"


@pytest.mark.parametrize("line", ["We use polar coordinates.", "polar coordinates:", "by symmetry"])
def test_words_belong_behind_a_hash(line):
    with pytest.raises(StepsError, match=r"^line 1: words are not read: put a # before them$"):
        check_steps("kappa0", f"{line}\n1 - t/pi")
    assert check_steps("kappa0", f"# {line}\n1 - t/pi").verdict == "right"


_PARTS = "= 1/(2π) [{f} {g}]_{{u=0}}^π - 1/(2π) ∫_0^π {rest} du\n= 1/(π² k²)"


@pytest.mark.parametrize(
    ("named", "first", "rest"),
    [
        ("F = 1 - u/π\nG = sin(ku)/k\n", "F cos(ku)", "dF/du G"),
        ("let F = 1 - u/π\nlet G = sin(ku)/k\n", "F cos(ku)", "G dF/du"),
        ("let F = 1 - u/π\nlet G = sin(ku)/k\n", "F dG/du", "G dF/du"),
        ("let F = 1 - u/π\nlet G = sin(ku)/k\n", "F (dG/du)", "G (dF/du)"),
    ],
)
def test_an_integral_runs_over_its_last_differential_and_not_over_a_derivative(named, first, rest):
    steps = f"{named}λ_k = 1/(2π) ∫_0^π {first} du\n" + _PARTS.format(f="F", g="G", rest=rest)
    assert check_steps("ntk_eigenvalue_bias", steps, k="odd").verdict == "right"
    wrong = steps.replace("- 1/(2π) ∫", "+ 1/(2π) ∫")
    assert check_steps("ntk_eigenvalue_bias", wrong, k="odd").verdict == "wrong"


def test_of_a_line_that_is_0_no_term_is_said_to_have_another_sign():
    told = check_steps("ntk_eigenvalue_bias", "1/(2π² k²) (1 - (-1)^k)\n= 0", k="odd")
    assert (told.line, told.finding.kind) == (2, "wrong-parity")


def test_how_a_power_behind_a_logarithm_was_read_is_said_where_it_has_no_value():
    steps = "q = (1 - ηλ)^s\nln q = ln(1 - ηλ)^s\ns = ln q/ln(1 - ηλ)"
    with pytest.raises(StepsError, match=r"it is read as ln\(1 - eta \* lambda\) \^ s$"):
        check_steps("steps_to_learn", steps)
    assert (
        check_steps("steps_to_learn", steps.replace("ln(1 - ηλ)^s", "ln((1 - ηλ)^s)")).line is None
    )


def test_every_name_of_the_unknown_stands_for_it_in_equations():
    right = "1 - η_max lambda = -1\nη_max lambda = 2\nη_max = 2/lambda"
    assert check_steps("largest_stable_learning_rate", right).verdict == "right"
    wrong = check_steps("largest_stable_learning_rate", "exp(η_max lambda) = 7\nη_max = 2/lambda")
    assert (wrong.verdict, wrong.line) == ("wrong", 1)


BY_MODES = (
    "let c(k) = (1-(-1)^k)/(π^2 k^2)",
    "(1/π) ∫_0^π (1 - u/π) cos u cos ku du/2 = (c(k+1) + c(|k-1|))/4",
    "= (k^2+1)/(π^2 (k^2-1)^2)",
)


@pytest.mark.parametrize(
    ("quantity", "lines", "line"),
    [
        ("ntk_eigenvalue_first_layer", BY_MODES, None),
        (
            "ntk_eigenvalue_first_layer",
            [line.replace("c(|k-1|)", "c(k)") for line in BY_MODES],
            2,
        ),
        ("decay", ["c(τ) = exp(-λτ)", "c(0) exp(-λτ)"], None),
        ("decay", ["let g(τ) = exp(-λτ)", "g(τ/2)^2", "= g"], None),
        ("decay", ["let g(τ) = exp(-λτ)", "g(τ/3)^2", "= g"], 2),
        ("decay", ["let g(x) = exp(-x)", "g(λτ)", "= g(λτ/2)^2"], None),
        ("decay", ["let g(λ) = exp(-λτ)", "g(2λ)/g(λ)", "= g(λ)"], None),
    ],
)
def test_a_definition_is_taken_at_other_arguments(quantity, lines, line):
    options = {"k": "even"} if quantity.startswith("ntk_eigenvalue") else {}
    answer = check_steps(quantity, "\n".join(lines), **options)
    assert (answer.verdict, answer.line) == ("wrong" if line else "right", line)


@pytest.mark.parametrize(("limit", "doubt"), [("π/2", True), ("{π}/2", False), ("π", False)])
def test_how_a_limit_before_a_fraction_is_read_is_told(limit, doubt):
    """[F]_0^π/2 is half of [F]_0^π, and may have been meant with the limit π/2."""
    notes = check_steps("kappa0", f"let u in [0, 1]\n[u]_{{u=0}}^{limit}").notes
    assert notes == (((2, "is read as (pi - 0)/2"),) if doubt else ())


def test_two_letters_beside_a_differential_are_no_words():
    with pytest.raises(StepsError, match=r"^line 1: unknown name 'v'"):
        check_steps("ntk_eigenvalue_bias", "∫_0^π cos u cos ku du v", k="even")
