"""The cells of the tutorials in which a reader types a formula: empty, right and wrong answers."""

import contextlib
import io
import itertools
import re

import pytest

from tests.project.test_tutorials import cells

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
# Tutorial: for each of its cells in turn a right answer, and wrong ones, as Python.
ANSWERS = {
    "01_a_relu_network_by_hand": [
        ('"r max(z,0)/sqrt(m)"', '"r max(z,0)"', '"r a/sqrt(m)"'),
        ('"r a step(z) x1/sqrt(m)"', '"r step(z) x1/sqrt(m)"', '"r a x1/sqrt(m)"'),
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
    ],
    "04_the_circle": [
        (BIAS.format("1"), BIAS.format("2")),
        ('"(k^2 + 1)/(pi^2 (k^2 - 1)^2)"', '"2 (k^2 + 1)/(pi^2 (k^2 - 1)^2)"'),
        ('"(k^2 + 3)/(pi^2 (k^2 - 1)^2)"', '"(k^2 + 1)/(pi^2 (k^2 - 1)^2)"'),
    ],
}


def answer_cells(name):
    """The cells after each "Do it here" of a tutorial, with its text."""
    found = cells(name)
    return [
        (text, code)
        for (kind, text), (_, code) in itertools.pairwise(found)
        if kind == "markdown" and "**Do it here" in text
    ]


def printed(name, cell, answer=None):
    """What a cell prints after the imports, with an answer in the place of the empty one."""
    if answer is not None:
        empty = r'\A(\w+ = )(?:"""\n"""|""|None)(?=  # )'
        cell, replaced = re.subn(empty, lambda m: m[1] + answer, cell)
        assert replaced == 1, cell
    imports = next(text for kind, text in cells(name) if kind == "code")
    known = {}
    exec("\n".join(re.findall(r"^(?:import|from) .+$", imports, flags=re.MULTILINE)), known)
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(cell, known)
    return output.getvalue().strip()


def says_right(output):
    """Whether a cell says so: `minintk.course` says it first, a comparison last."""
    return output.startswith("right: ") or output.endswith(": right")


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_cell_has_a_row_here_and_two_hints(name):
    assert len(answer_cells(name)) == len(ANSWERS[name]) > 0
    for text, _ in answer_cells(name):
        hints = re.findall(r"<details><summary>(Hint \d)</summary>\n\n\S", text)
        assert hints == ["Hint 1", "Hint 2"], text


@pytest.mark.parametrize("name", ANSWERS)
def test_an_empty_answer_says_what_to_do(name):
    for _, cell in answer_cells(name):
        assert printed(name, cell).endswith("and run this cell.")


@pytest.mark.parametrize("name", ANSWERS)
def test_a_right_answer_is_right_and_a_wrong_one_is_not(name):
    for (_, cell), (right, *wrong) in zip(answer_cells(name), ANSWERS[name], strict=True):
        assert says_right(printed(name, cell, right)), printed(name, cell, right)
        assert wrong
        for answer in wrong:
            output = printed(name, cell, answer)
            assert "wrong" in output, answer
            assert not says_right(output), answer


@pytest.mark.parametrize("name", ANSWERS)
def test_no_hint_is_the_answer(name):
    for (text, _), (right, *_) in zip(answer_cells(name), ANSWERS[name], strict=True):
        last = right.strip('"').split("\\n= ")[-1]
        assert last.replace(" ", "") not in text.replace(" ", "")


@pytest.mark.parametrize("name", ANSWERS)
def test_a_tutorial_has_predictions_to_make_and_an_open_question(name):
    text = "\n\n".join(text for kind, text in cells(name) if kind == "markdown")
    code = "\n".join(text for kind, text in cells(name) if kind == "code")
    guesses = re.findall(r"^(my_\w+) = None  # \w", code, flags=re.MULTILINE)
    assert 1 <= len(guesses) == text.count("**Predict before you run.**")
    assert all(f"if {guess} is not None" in code for guess in guesses)
    questions = text.split("\n## Questions\n")[1]
    assert questions.count("**An open question**") == 1
    assert "<details>" not in questions.split("**An open question**")[1], "no printed answer"
