"""The notation of paper and LaTeX: what is read, how doubt is shown, and what is rejected."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from minintk.course.answers.formula import parse_formula
from minintk.course.answers.latex import FormulaError, plain_text
from minintk.course.answers.notation import READINGS, read_notation
from minintk.course.answers.trees import FUNCTIONS
from minintk.course.checking import check, describe

pytestmark = pytest.mark.course

LETTERS = ("t", "k", "lambda", "tau", "eta", "z", "x1", "x2", "a", "b", "m", "s")
ALIASES = {"theta": "t", "phi": "t", "ar": "a", "lambdak": "lambda"}
VALUES = {name: np.array([0.3, 0.7, 1.9]) + i / 7 for i, name in enumerate(LETTERS)}
VALUES["z"] = np.array([-1.0, 0.5, 2.0])


def value(text, reading=READINGS[0]):
    return parse_formula(
        text, LETTERS, aliases=ALIASES, functions=FUNCTIONS, reading=reading
    )(VALUES)  # fmt: skip


def words(text):
    letters = {name: name for name in (*LETTERS, "pi", "e")} | ALIASES
    return read_notation(text, letters, FUNCTIONS)


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paper", "python"),
    [
        ("2 cos(t)", "2*cos(t)"),
        ("2pi", "2*pi"),
        ("2π", "2*pi"),
        ("(pi - t)cos(t)", "(pi - t)*cos(t)"),
        ("k^2 (k+1)", "k**2*(k + 1)"),
        ("k²(k+1)", "k**2*(k + 1)"),
        ("(t)(k)", "t*k"),
        ("kt", "k*t"),
        ("λτ", "lambda*tau"),
        ("etalambda", "eta*lambda"),
        ("x1x2", "x1*x2"),
        ("x_1 x_{2}", "x1*x2"),
        ("x_1x_2", "x1*x2"),
        ("x_{2}x_{1}", "x1*x2"),
        ("x₁x₂", "x1*x2"),
        ("2x_1x_2^2 - a_rx_1", "2*x1*x2**2 - a*x1"),
        ("λ_kt", "lambda*t"),
        (r"\operatorname{atan2}(|x_1a-x_2k|, x_1k+x_2a)", "arctan2(abs(x1*a - x2*k), x1*k + x2*a)"),
        ("a_r λ_k", "a*lambda"),
        ("|z|", "abs(z)"),
        ("|z| |t|", "abs(z)*abs(t)"),
        ("||z| - 1|", "abs(abs(z) - 1)"),
        ("|z + |t||", "abs(z + abs(t))"),
        ("2|z|²", "2*abs(z)**2"),
        ("(2π)²", "(2*pi)**2"),
        ("(2π)⁻¹", "1/(2*pi)"),
        ("relu'(z)", "step(z)"),
        ("ReLU(z)", "relu(z)"),
        ("(z)_+", "relu(z)"),
        ("[z]_+", "relu(z)"),
        ("1(z>0)", "step(z)"),
        ("1_{z > 0} t", "step(z)*t"),
        (r"\mathbb{1}\{z > 0\}", "step(z)"),
        (r"\mathbf 1_{z>0}", "step(z)"),
        ("1(-1 < z < 1)", "where(abs(z) < 1, 1, 0)"),
        ("sin²t", "sin(t)**2"),
        ("sin² θ", "sin(t)**2"),
        ("sin^2(t)", "sin(t)**2"),
        ("cos^2 t sin t", "cos(t)**2*sin(t)"),
        ("sin kt cos kt", "sin(k*t)*cos(k*t)"),
        ("cos 2kt", "cos(2*k*t)"),
        ("sin -t", "sin(-t)"),
        ("sin|z|", "sin(abs(z))"),
        ("tcos(t)", "t*cos(t)"),
        ("sint", "sin(t)"),
        ("√2 t", "sqrt(2)*t"),
        ("√(2t)", "sqrt(2*t)"),
        ("√m", "sqrt(m)"),
        ("κ0(t)", "kappa0(t)"),
        ("κ_1(θ)", "kappa1(t)"),
        ("κ₁(θ)", "kappa1(t)"),
        (r"\kappa_0(\theta)", "kappa0(t)"),
        (r"\frac12 \theta", "t/2"),
        (r"\frac{1}{\pi}\left(\sin\theta + (\pi-\theta)\cos\theta\right)", "kappa1(t)"),
        (r"\tfrac1\pi \bigl[\sin\theta + (\pi-\theta)\cos\theta\bigr]", "kappa1(t)"),
        (r"\dfrac{k^2+3}{\pi^2 (k^2-1)^2}", "(k**2 + 3)/(pi**2*(k**2 - 1)**2)"),
        (r"\sqrt{2\pi} \cdot \sqrt[3]{k}", "sqrt(2*pi)*k**(1/3)"),
        (r"e^{-\lambda\tau}", "exp(-lambda*tau)"),
        (r"\exp\left(-\lambda_k \tau\right)", "exp(-lambda*tau)"),
        (r"\mathrm{relu}(z)\,\mathrm{relu}'(z)", "relu(z)"),
        (r"\operatorname{max}\{0, z\}", "max(0, z)"),
        (r"\lvert z\rvert \times 2", "2*abs(z)"),
        (r"\sin^{2}\theta", "sin(t)**2"),
        (r"(1-\eta\lambda)^{s}", "(1 - eta*lambda)**s"),
        (r"$\boxed{\theta}$", "t"),
        ("2e3", "2000"),
        ("2e", "2*exp(1)"),
        ("-2²", "-4"),
        ("2 - 3t", "2 - 3*t"),
        ("2t if z > 0 else 3t", "where(z > 0, 2*t, 3*t)"),
        ("not (z > 0)", "1 - step(z)"),
    ],
)
def test_as_on_paper(paper, python):
    assert value(paper) == pytest.approx(value(python), rel=1e-14, nan_ok=True)
    assert words(paper)[1] == "", "there is one way only to read it"


@pytest.mark.parametrize(
    ("paper", "usual", "other"),
    [
        ("1/2pi", "1/(2*pi)", "pi/2"),
        ("t/2π", "t/(2*pi)", "t*pi/2"),
        ("1/kt", "1/(k*t)", "t/k"),
        ("2/π²(k²−1)²", "2/(pi**2*(k**2 - 1)**2)", "2/pi**2*(k**2 - 1)**2"),
        ("1/π(sin t + cos t)", "(sin(t) + cos(t))/pi", "1/(pi*(sin(t) + cos(t)))"),
        ("1/2(t + 1)", "(t + 1)/2", "1/(2*(t + 1))"),
        ("1/2cos t", "cos(t)/2", "1/(2*cos(t))"),
        ("1/(2π)(t + 1)", "(t + 1)/(2*pi)", "1/(2*pi*(t + 1))"),
        ("e^-λτ", "exp(-lambda*tau)", "exp(-lambda)*tau"),
        ("sin k t", "sin(k*t)", "sin(k)*t"),
        ("t(pi - t)", "t*(pi - t)", None),
        ("sin t/2", "sin(t)/2", None),
        ("cos t(1 + t)", "cos(t)*(1 + t)", None),
        ("sin^{-1}(x1)", "arcsin(x1)", None),
        ("2^kt", "2**k*t", None),
        ("k^-1/2", "k**(-1/2)", "1/(2*k)"),
        ("2k^−3/2 cos t", "2*k**(-3/2)*cos(t)", "2*k**-3/2*cos(t)"),
        ("log_{1+k} t", "log(t)/log(1 + k)", None),
        (r"\log_{1+k}(t)", "log(t)/log(1 + k)", None),
        ("log_k^2 t", "(log(t)/log(k))**2", None),
        ("log_λ t", "log(t)/log(lambda)", None),
        (r"\log_{k\lambda} t", "log(t)/log(k*lambda)", None),
        ("ln_3(t)", "log(t)/log(3)", None),
        ("k^-1/2(t + 1)", "k**(-1/2)*(t + 1)", None),
    ],
)
def test_what_can_be_read_in_two_ways_is_shown(paper, usual, other):
    assert value(paper) == pytest.approx(value(usual), nan_ok=True)
    note = words(paper)[1]
    assert note.startswith("read as ")
    shown = note.removeprefix("read as ")
    assert value(shown) == pytest.approx(value(usual), nan_ok=True)
    if other:
        readings = [value(paper, reading) for reading in READINGS]
        assert any(r == pytest.approx(value(other), nan_ok=True) for r in readings)


def test_a_formula_that_is_right_in_another_reading_is_right():
    answer = check("ntk_eigenvalue_bias", "1/π² k²", k="odd")
    assert answer.verdict == "right"
    assert answer.note == "read as 1 / (pi ^ 2 * k ^ 2)"
    assert "(read as 1 / (pi ^ 2 * k ^ 2))" in describe(answer)
    assert check("ntk_eigenvalue_bias", "1/pi^2 * k^2", k="odd").verdict == "wrong"
    assert check("kappa1", "(sin θ + (π − θ)cos θ)/2π").diagnosis == "factor-1/2"


def test_only_a_small_fraction_in_lowest_terms_is_an_exponent_without_brackets():
    for paper, plain in (("k^-2/4", "1/(4*k**2)"), ("k**-1/2", "1/(2*k)"), ("k^-1 /2", "1/(2*k)")):
        assert words(paper)[1] == ""
        assert value(paper) == pytest.approx(value(plain))
    answer = check("dL_da", "r relu(z) m^-1/2")
    assert (answer.verdict, answer.note) == ("right", "read as r * relu(z) * m ^ (-1 / 2)")


def test_a_letter_in_two_spellings_is_read_and_shown():
    answer = check("kappa1", "(sin(t) + (pi - θ)*cos(t))/pi")
    assert (answer.verdict, answer.note) == ("right", "read with theta as t")
    assert check("kappa1", "(sin t + (π-α) cos t)/π").note == "read with alpha as t"
    stray = check("descent_decay", "(1 - ηλ)^s n")  # n, which can be s, is the samples' here
    assert (stray.diagnosis, stray.note) == ("stray-letter", "")


def test_integrals_and_sums_of_a_page():
    for paper, plain in (
        (r"\int_{0}^{\pi} \cos ku \, du", "integral((cosku),u,0,(pi))"),
        ("∫_0^π u dθ", "integral((u),theta,0,pi)"),
        (r"\int_0^1 \int_0^u v \, dv \, du", "integral((integral((v),v,0,u)),u,0,1)"),
        (r"\sum_{j=1}^{n} \frac{1}{j} + 1", "sum((((1)/(j))),j,1,(n))+1"),
        ("Σ_{j=0}^∞ j t - 2", "sum((jt),j,0,inf)-2"),
    ):
        assert plain_text(paper).replace("\x1f", "").replace(" ", "") == plain


# --- theorem --------------------------------------------------------------------------------------


def trees():
    leaves = st.sampled_from(["t", "k", "tau", "pi", "2", "0.5", "lambda"])

    def larger(inner):
        return st.one_of(
            st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "^"]), inner).map(
                lambda p: f"({p[0]} {p[1]} {p[2]})"
            ),
            st.tuples(inner, inner).map(lambda p: f"(({p[0]})*({p[1]}))"),
            st.tuples(st.sampled_from(["sin", "cos", "abs"]), inner).map(
                lambda p: f"{p[0]}({p[1]})"
            ),
        )

    return st.recursive(leaves, larger, max_leaves=10)


@given(trees(), st.sampled_from(READINGS))
def test_a_formula_with_every_sign_is_read_in_one_way(text, reading):
    """Explicit products: no reading changes them, and a dropped * between brackets neither."""
    assert value(text, reading) == pytest.approx(value(text), nan_ok=True, rel=1e-13)
    without = text.replace(")*(", ")(")
    assert value(without) == pytest.approx(value(text), nan_ok=True, rel=1e-13)


PIECES = ["\\frac", "\\sqrt", "{", "}", "(", ")", "|", "_", "^", "'", "t", "k", "2", "1", " ", "/"]
PIECES += ["\\sin", "sin", "\\theta", "λ", "²", "√", "[", "]", "\\int", "_0^1", "dt", "\\sum", "e"]
PIECES += ["-", "+", "\\left", "\\mathrm", "z", ">", "relu", "\\", ",", "&", "$", "\x1f", "_+"]


@settings(max_examples=400)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
@example("\\")
@example("\\frac")
@example("\\frac{1}")
@example("|" * 60)
@example("√" * 60)
@example("\\sqrt" * 200 + "2")
@example("{" * 400 + "\\,")
@example("sin^" * 200 + "2")
@example("t^" * 300 + "t")
@example("\\int_0^1 " * 100 + "t" + " dt" * 100)
def test_random_pieces_of_a_page_never_crash(text):
    try:
        found = value(text[:1000])
    except FormulaError:
        found = np.zeros(3)
    assert found.shape == (3,)


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        (r"\foo{t}", "unknown name 'foo'"),
        (r"\frac{t", "a bracket { is not closed"),
        (r"\frac", "lacks what should follow it"),
        (
            r"\int \cos t \, dt",
            "an integral or a sum must be written ∫_a\\^b f du, with both limits",
        ),
        (r"\int_0^1 t", r"an integral must end in its variable"),
        (r"\sum_{j \ge 1} t", "must be written Σ"),
        ("(t]", r"a bracket '\(' is not closed by '\)'"),
        ("t)", "a bracket '\\)' is closed that was not opened"),
        ("|t", "lacks its other bar"),
        ("|", "lacks its other bar"),
        ("sin", r"sin needs brackets around its argument: write sin\(z\)"),
        ("f'(t)", "f' is not known here"),
        ("k!", "factorials"),
        ("t = k", "without '='"),
        ("q", "unknown name 'q'"),
        ("t_k", "unknown name 't_k'"),
        ("log_q t", "unknown name 'q'; the names here, with other spellings, are"),
        ("x_1_x_2", "unknown name 'x_1_x_2'"),
        ("2 q t", "unknown name 'q'"),
        ("((" * 31 + "t" + "))" * 31, "nested at most 60 deep"),
    ],
)
def test_argument_checks_with_the_fix(text, fix):
    with pytest.raises(FormulaError, match=fix):
        value(text)
