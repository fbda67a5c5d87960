"""The cells of the tutorials in which a reader types a formula: empty, right and wrong answers."""

import contextlib
import io
import itertools
import math
import re
import textwrap
from pathlib import Path

import numpy as np
import pytest

import minintk as mn
from minintk import course, fast
from minintk.course import FormulaError
from minintk.course.answers.formula import answer_value
from tests.project.test_tutorials import TUTORIALS, cells

pytestmark = pytest.mark.tutorials

KAPPA1 = (
    "\"2 E[relu(w·x) relu(w·x')]\\n"
    "= (1/pi) integral(u^3 exp(-u^2/2), u, 0, inf) integral(cos(u) cos(u - t), u, t - pi/2, pi/2)"
    '\\n= (sin(t) {} (pi - t) cos(t))/pi"'
)
BIAS = (
    '"(1/pi) integral((1 - u/pi)/2 cos(k u), u, 0, pi)\\n'
    '= (1/(2 pi^2)) integral(sin(k u)/k, u, 0, pi)\\n= {}/(pi k)^2"'
)
EMPTY = r'\A(\w+ = )(?:"""\n"""|""|None)(?=  # )'
# Tutorial: for each of its cells in turn a right answer, and wrong ones, as Python.
ANSWERS = {
    "01_a_relu_network_by_hand": [
        ('"r max(z,0)/sqrt(m)"', '"r max(z,0)"', '"r a/sqrt(m)"'),
        ('"r a step(z) x1/sqrt(m)"', '"r step(z) x1/sqrt(m)"', '"r a x1/sqrt(m)"'),
        (
            "lambda h, second: h * second / 2",
            "lambda h, second: h**2 * second / 6",
            "lambda h, second: h * second",
        ),
        (
            "lambda rho, phi, b: phi + np.arccos(-b / rho)",
            "lambda rho, phi, b: phi + np.arccos(b / rho)",
            "lambda rho, phi, b: np.arccos(-b / rho) - phi",
        ),
    ],
    "02_from_descent_to_a_kernel": [
        (
            "lambda J, r, n, eta: -eta * J @ J.T @ r / n",
            "lambda J, r, n, eta: eta * J @ J.T @ r / n",
            "lambda J, r, n, eta: -eta * J @ J.T @ r",
            "lambda J, r, n, eta: -eta * J.T @ r / n",
        ),
        ('"exp(-lambda tau)"', '"exp(-2 lambda tau)"'),
        ('"(1 - eta lambda)^s"', '"exp(-eta lambda s)"'),
        ('"2/lambda"', '"1/lambda"'),
    ],
    "03_infinite_width": [
        ('"(pi - t)/(2 pi)"', '"(pi - t)/pi"', '"t/(2 pi)"'),
        (KAPPA1.format("+"), KAPPA1.format("-")),
        (
            '"((cos(t) + 1)(pi - t) + sin(t) + (pi - t) cos(t))/(2 pi)"',
            '"(cos(t) (pi - t) + sin(t) + (pi - t) cos(t))/(2 pi)"',
        ),
        ("13 / 4", "11 / 2", "3 / 2"),
    ],
    "04_the_circle": [
        (
            "lambda K, u, k: np.mean(K * np.cos(k * u))",
            "lambda K, u, k: np.mean(K * np.sin(k * u))",
            "lambda K, u, k: 2 * np.mean(K * np.cos(k * u))",
        ),
        (BIAS.format("1"), BIAS.format("2")),
        ('"(k^2 + 1)/(pi^2 (k^2 - 1)^2)"', '"2 (k^2 + 1)/(pi^2 (k^2 - 1)^2)"'),
        ('"(k^2 + 3)/(pi^2 (k^2 - 1)^2)"', '"(k^2 + 1)/(pi^2 (k^2 - 1)^2)"'),
        (
            "lambda lam, k, n: sum(lam[abs(k + j * n)] for j in range(-100, 101))",
            "lambda lam, k, n: sum(lam[abs(k + j * n)] for j in range(101))",
            "lambda lam, k, n: lam[k]",
        ),
    ],
    "05_spectral_bias": [
        ('"log(q)/log(1 - eta*lambda)"', '"-log(q)/(eta*lambda)"', '"q*eta/lambda"'),
        (
            "lambda y, s, rate: np.log(1 + y**2 / s**2) / rate",
            "lambda y, s, rate: np.log(y**2 / s**2) / rate",
            "lambda y, s, rate: y / s * rate",
        ),
    ],
    "06_finite_samples_and_width": [
        (
            "lambda lam_j, lam_l, v: (lam_j + lam_l) ** 2 * v",
            "lambda lam_j, lam_l, v: (lam_j**2 + lam_l**2) * v",
            "lambda lam_j, lam_l, v: lam_j * lam_l * v",
        ),
        ('"2/pi^2"', '"4/pi"', '"1/pi^2"'),
        (
            "lambda m: 2 / (np.pi**2 * np.sqrt(m))",
            "lambda m: 4 / (np.pi**4 * m)",
            "lambda m: 2 * np.sqrt(2) / (np.pi**2 * np.sqrt(m))",
        ),
    ],
    "07_the_kernel_moves": [
        ('"a^2 - w1^2 - w2^2 - b^2"', '"a^2 + w1^2 + w2^2 + b^2"', '"a^2 - w1^2 - w2^2"'),
        ('"2*f*(y - f)"', '"2*f*(f - y)"', '"f*(y - f)"'),
    ],
    "08_what_moves_it": [
        ('"2/(pi^2*(k^2 - 1)^2)"', '"4/(pi^2*(k^2 - 1)^2)"', '"1/(pi*k)^2"'),
        ("lambda k: (k**2 + 2) / (k**2 + 3)", "lambda k: (k**2 + 1) / (k**2 + 3)", "lambda k: 1"),
        ("lambda M, m: np.sqrt(M / m)", "lambda M, m: M / m", "lambda M, m: np.sqrt(m / M)"),
        (
            "lambda k, t: np.sin(k * t) / (np.pi * k)",
            "lambda k, t: -np.sin(k * t) / (np.pi * k)",
            "lambda k, t: 2 * np.sin(k * t) / k",
        ),
    ],
    "09_arcs": [
        (
            "lambda rho, b: np.arccos(-b / rho)",
            "lambda rho, b: np.arccos(b / rho)",
            "lambda rho, b: b / rho",
        ),
        ("[2, 1, 0, -2, 0, -1]", "[2, 3, 3, 1, 1, 0]", "[0, 0, 0, 0, 0, 0]"),
        (
            "lambda t, k: (np.sin((k - 1) * t) / (k - 1) + np.sin((k + 1) * t) / (k + 1)) / 2",
            "lambda t, k: np.sin((k - 1) * t) / (k - 1) + np.sin((k + 1) * t) / (k + 1)",
            "lambda t, k: np.sin(t) * np.sin(k * t) / k",
        ),
    ],
    "10_beyond_the_uniform_density": [
        (
            "lambda e, lam, k: (e / 2 * lam[k - 2], lam[k], e / 2 * lam[k + 2])",
            "lambda e, lam, k: (e / 2 * lam[k], lam[k], e / 2 * lam[k])",
            "lambda e, lam, k: (0, lam[k], e)",
        ),
        (
            "lambda k, p: 2 * p / (np.pi * k**2)",
            "lambda k, p: p / (np.pi * k**2)",
            "lambda k, p: 2 * p / np.pi",
        ),
    ],
}


# What the first cell of every tutorial imports, if such a cell uses it.
NAMES = {"np": np, "math": math, "mn": mn, "fast": fast, **vars(course)}
NAMES["answer_value"] = answer_value


def answer_cells(name):
    """The cells after each "Do it here" of a tutorial."""
    found = cells(name)
    return [
        code
        for (kind, text), (_, code) in itertools.pairwise(found)
        if kind == "markdown" and "**Do it here" in text
    ]


def printed(cell, answer=None):
    """What a cell prints, with an answer in the place of the empty one."""
    if answer is not None:
        cell, replaced = re.subn(EMPTY, lambda m: m[1] + answer, cell)
        assert replaced == 1, cell
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(output):
            exec(cell, dict(NAMES))
    except FormulaError as error:  # of which a notebook shows one line
        (line,) = error._render_traceback_()
        return f"{output.getvalue()}{line}".strip()
    return output.getvalue().strip()


def says_right(output):
    """Whether a cell says so: `minintk.course` says it first, a comparison last."""
    return output.startswith("right: ") or output.endswith(": right")


@pytest.mark.parametrize("name", TUTORIALS)
def test_every_answer_cell_has_a_row_here(name):
    there, here = len(answer_cells(name)), len(ANSWERS.get(name, ()))
    assert there == here, (
        f"tutorials/{name}.py has {there} cells under “Do it here”, and ANSWERS of "
        f"tests/project/test_answer_cells.py {here} rows: each cell has one, in their order"
    )


@pytest.mark.parametrize("name", ANSWERS)
def test_an_empty_answer_says_what_to_do(name):
    for cell in answer_cells(name):
        assert printed(cell).endswith("and run this cell.")


@pytest.mark.parametrize("name", ANSWERS)
def test_a_right_answer_is_right_and_a_wrong_one_is_not(name):
    for cell, (right, *wrong) in zip(answer_cells(name), ANSWERS[name], strict=True):
        assert says_right(printed(cell, right)), printed(cell, right)
        assert wrong
        for answer in wrong:
            assert not says_right(printed(cell, answer)), answer


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("J.T @ J @ r",
         "(size 4 is different from 24). It takes J (4, 24), r (4,), n a number, eta a number. "
         "Asked is (4,)."),
        ("J.T @ r", "it gives (24,). It takes J (4, 24), r (4,), n a number, eta a number. "
         "Asked is (4,)."),
        ("(J @ J.T @ r) ^ 2", "; in Python a power is **. It takes J (4, 24), r (4,), n a number, "
         "eta a number. Asked is (4,)."),
        ("n ^ 0.5", "unsupported operand type(s) for ^: 'int' and 'float'; in Python a power is "
         "**. It takes J (4, 24), r (4,), n a number, eta a number. Asked is (4,)."),
        ("None", "it gives None. It takes J (4, 24), r (4,), n a number, eta a number. "
         "Asked is (4,)."),
        ("J @ J.T @ R", "name 'R' is not defined. It takes J (4, 24), r (4,), n a number, eta a "
         "number. Asked is (4,)."),
    ],
)  # fmt: skip
def test_an_answer_of_other_shapes_is_told_in_one_line(answer, said):
    cell = answer_cells("02_from_descent_to_a_kernel")[0]
    line = printed(cell, f"lambda J, r, n, eta: {answer}")
    assert line.startswith("FormulaError: your answer cannot be used: ")
    assert line.endswith(said)
    assert "\n" not in line


def test_an_answer_of_too_few_names_is_told_how_many_values_there_are():
    cell = next(c for c in answer_cells("05_spectral_bias") if "best_time" in c)
    line = printed(cell, "lambda y, s: 1")
    assert line.endswith(
        "takes 2 positional arguments but 3 were given. "
        "It is called with 3: a number, a number, a number. Asked is a number."
    )
    assert "It takes" not in line
    assert "It takes y a number, s a number, rate a number." in printed(
        cell, "lambda y, s, rate: None"
    )


def test_a_sum_that_is_cut_too_early_is_told_by_how_much():
    cell = answer_cells("04_the_circle")[-1]
    line = printed(cell, "lambda lam, k, n: sum(lam[abs(k + j * n)] for j in range(-10, 11))")
    assert line.endswith(": wrong, off by up to 8e-05: asked is 1e-5, and lam ends at 5000")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("lambda K, u, k: np.mean(K * np.exp(-1j * k * u))", ": right"),  # real but for rounding
        ("lambda K, u, k: np.mean(K) + 1j", "it gives complex numbers. It takes K (4096,), "),
        ("np.mean(3)", "your answer must be a function, as lambda x: x, got "),
        ('"mean(K)"', "your answer must be a function, as lambda x: x, got 'mean(K)'"),
        ("np.cos", "were given. It is called with 3: (4096,), (4096,), a number. Asked is "),
    ],
)
def test_what_is_no_function_of_real_values_is_told_so(answer, said):
    assert said in printed(answer_cells("04_the_circle")[0], answer)


def test_the_cell_of_the_contributors_guide_is_one():
    guide = (Path(mn.__file__).parents[1] / ".github" / "CONTRIBUTING.md").read_text("utf-8")
    (block,) = re.findall(r"   # %%\n(   formula = None.*?)   ```", guide, re.S)
    cell = textwrap.dedent(block)
    assert printed(cell) == "Put your formula in the place of None, and run this cell."
    assert printed(cell, "lambda k: 1 / k**2") == "yours 0.1111: right"
    assert printed(cell, "lambda k: 1 / k") == "yours 0.3333: not yet"
    assert "name 'nowhere' is not defined. It takes k " in printed(cell, "lambda k: nowhere")


@pytest.mark.parametrize("name", ANSWERS)
def test_a_function_that_fails_is_told_in_one_line(name):
    for cell, (right, *_) in zip(answer_cells(name), ANSWERS[name], strict=True):
        arguments = re.match(r"lambda ([\w, ]+):", right)
        if arguments:
            line = printed(cell, f"lambda {arguments[1]}: nowhere")
            assert line.startswith(
                "FormulaError: your answer cannot be used: name 'nowhere' is not"
            )
            assert all(f"{word} " in line for word in arguments[1].split(", "))
            assert "Asked is " in line


@pytest.mark.parametrize("name", TUTORIALS)
def test_a_tutorial_has_predictions_to_make_and_an_open_question(name):
    text = "\n\n".join(text for kind, text in cells(name) if kind == "markdown")
    code = "\n".join(text for kind, text in cells(name) if kind == "code")
    guesses = re.findall(r"^(my_\w+) = None", code, flags=re.MULTILINE)
    asked, place = text.count("**Predict before you run.**"), f"tutorials/{name}.py"
    rule = "“**Predict before you run.**” stands once or more, each with a cell `my_… = None`"
    assert 1 <= len(guesses) == asked, f"{place}: {rule}"
    rule = "a later cell compares each my_… behind `if my_… is not None`"
    assert all(f"if {guess} is not None" in code for guess in guesses), f"{place}: {rule}"
    questions = text.split("\n## Questions\n")[1]
    rule = "one “**An open question**” after the questions with answers"
    assert questions.count("**An open question**") == 1, f"{place}: {rule}"
    assert "<details>" not in questions.split("**An open question**")[1], "no printed answer"


@pytest.mark.parametrize("name", ANSWERS)
def test_no_hint_is_the_answer(name):
    texts = [text for kind, text in cells(name) if kind == "markdown" and "**Do it here" in text]
    for text, (right, *_) in zip(texts, ANSWERS[name], strict=True):
        last = right.strip('"').split("\\n= ")[-1].split(": ")[-1]
        assert last.replace(" ", "") not in text.replace(" ", "")
