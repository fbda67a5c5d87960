"""Sentences on one of two mistakes, each with a program or formula of which they would be false."""

import pytest

from minintk.course import check
from minintk.course.derivation import check_steps
from minintk.course.diagnosis.words import say
from tests.course.runner import SOLUTIONS, result_of, verdict_of

pytestmark = [pytest.mark.course, pytest.mark.filterwarnings("ignore::RuntimeWarning")]

BLOCKS = """def fourier_coefficients(angles, values, k_max):
    ks = np.outer(np.arange(1, k_max + 1), angles)
    first = {} * np.ones_like(angles)[None]
    basis = np.vstack([first, {} * np.cos(ks), {} * np.sin(ks)])
    return basis @ values / len(values)
"""
JACOBIAN = """def jacobian(w, b, a, angles):
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    z = x @ w.T + b
    d, h = (z > 0) * a, np.maximum(z, 0)
    first = (d[:, :, None] * x[:, None]).reshape(len(x), -1)
    return np.hstack([first, {}]) / np.sqrt(len(a))
"""
DESCENT = """def gradient_descent(w, b, a, angles, targets, learning_rate, steps):
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    w, b, a = w.copy(), b.copy(), a.copy()
    r = np.maximum(x @ w.T + b, 0) @ a / len(a) ** 0.5 - targets
    for _ in range(steps):
        z = x @ w.T + b
        g = r[:, None] / (len(x) * len(a) ** 0.5)
        later = a - learning_rate * (g * np.maximum(z, 0)).sum(axis=0)
        d = g * (z > 0) * a
        w = w {} learning_rate * d.T @ x
        b = b - {} * d.sum(axis=0)
        a = later
        {}
    return w, b, a
"""
ANEW = "r = np.maximum(x @ w.T + b, 0) @ a / len(a) ** 0.5 - targets"
KERNEL = """def analytic_ntk(angles):
    t = np.asarray(angles, dtype=float)
    gap = np.abs((np.subtract.outer(t, t) + np.pi) % (2 * np.pi) - np.pi)
    cosine = np.cos(gap)
    sine = np.sqrt(np.clip(1 - cosine{}, 0, None))
    k0 = 1 - gap / np.pi
    k1 = sine / np.pi + {}
    return 0.5 * ({} * k0 + k1)
"""
KAPPA = "def kappa0(theta):\n    theta = np.asarray(theta)\n    return {}\n"
KAPPA1 = (
    "PI = {}\n\n\ndef kappa1(theta):\n    c, s = np.cos(theta), np.sin(theta)\n    return {} / PI\n"
)
RELU = "def relu(z):\n    z = np.asarray(z, dtype=float)\n    out = {}\n    return {}\n"
SLOPE = "def relu_derivative(z):\n    return 1.0 * {}\n"
ROOT = "np.sqrt(2)"
BIAS = "The part of the bias is missing."
LOSS = "def loss(output, targets):\n    return np.mean({})\n"
SLOPES = """def backward(w, b, a, angles, targets):
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    z = x @ w.T + b
    h = np.maximum(z, 0)
    g = {} * (h @ a / len(a) ** 0.5 - targets)[:, None] / (len(x) * len(a) ** 0.5)
    return (g * (z > 0) * a).T @ x, (g * {} * a).sum(axis=0), (g * h).sum(axis=0)
"""
# What is said of a program, and another of which it would be false.
PROGRAMS = [
    (
        "For the constant: yours is √2 times the right value. The values stand in another order",
        ("fourier_coefficients", BLOCKS.format(ROOT, ROOT, ROOT)),
        ("fourier_coefficients", BLOCKS.format(1, 1, 1)),
    ),
    (
        "√2 is missing for k ≥ 1. The values stand in another order",
        ("fourier_coefficients", BLOCKS.format(1, 1, 1)),
        ("fourier_coefficients", BLOCKS.format(ROOT, ROOT, ROOT)),
    ),
    (
        "the absolute error, without a ½",
        ("loss", LOSS.format("np.abs(output - targets)")),
        ("loss", LOSS.format("np.abs(output - targets) / 2")),
    ),
    (
        "In ∂L/∂b: a variable stands where another belongs: z for relu'(z). The whole has",
        ("backward", SLOPES.format("-1", "z")),
        ("backward", SLOPES.format("1", "z")),
    ),
    (
        "z for relu'(z)",
        ("backward", SLOPES.format("1", "z")),
        ("backward", SLOPES.format("1", "h")),
    ),
    (
        "For the columns of b: the output weight a is missing",
        ("jacobian", JACOBIAN.format("h, (z > 0) * 1.0")),
        ("jacobian", JACOBIAN.format("h, d")),
    ),
    (
        "the residual of the start, not that of its own weights. The bias does not move.",
        ("gradient_descent", DESCENT.format("-", "0", "pass")),
        ("gradient_descent", DESCENT.format("-", "learning_rate", "pass")),
    ),
    (
        "ne sign is wrong, at line",
        ("gradient_descent", DESCENT.format("+", "learning_rate", ANEW)),
        ("gradient_descent", DESCENT.format("-", "0", "pass")),
    ),
    (
        BIAS,
        ("analytic_ntk", KERNEL.format("", "k0 * cosine", "cosine")),
        ("analytic_ntk", KERNEL.format("", "k0 * cosine", "(cosine + 1)")),
    ),
    (
        "relu(z) stands where its derivative relu'(z) belongs. The shape is wrong:",
        ("relu_derivative", SLOPE.format("np.maximum(z, 0).ravel()")),
        ("relu_derivative", SLOPE.format("(z > 0).ravel()")),
    ),
    (
        " * c / PI. A constant is typed by hand, with few digits, at line 4: PI = 3.14.",
        ("kappa1", KAPPA1.format("3.14", "(s + (PI - theta)) * c")),
        ("kappa1", KAPPA1.format("np.pi", "(s + (PI - theta)) * c")),
    ),
    (
        "is typed by hand, with few digits",
        ("kappa1", KAPPA1.format("3.14", "(s + (PI - theta)) * c")),
        ("kappa1", KAPPA1.format("3.2", "(s + (PI - theta)) * c")),
    ),
    (
        "A constant is typed by hand, with few digits, at line 4: PI = 3.14. Read",
        ("kappa1", KAPPA1.format("3.14", "(s + (PI - theta) * c)")),
        ("kappa1", KAPPA1.format("3.2", "(s + (PI - theta) * c)")),
    ),
    (
        "One power is wrong or missing, at line 9: return (s",
        ("kappa1", KAPPA1.format("(2 * np.pi)", "(s + (np.pi - theta) * c**2)")),
        ("kappa1", KAPPA1.format("(2 * np.pi)", "(s + (np.pi - theta) * 3 * c)")),
    ),
    (  # of both lines the slope could be cut off, and it stands in one of them
        "at line 6: out = np.maximum(z, 0.01 * z). Another number or factor is wrong or missing",
        ("relu", RELU.format("np.maximum(z, 0.01 * z)", "np.minimum(out, 1)")),
        ("relu", RELU.format("z", "np.minimum(out, 1)")),
    ),
    (
        "Negative values should be cut off, at line",
        ("relu", RELU.format("z", "np.minimum(out, 1)")),
        ("relu", RELU.format("np.maximum(z, 0.01 * z)", "np.minimum(out, 1)")),
    ),
    (
        "// drops what is behind the decimal point",
        ("kappa0", KAPPA.format("1.0 - theta // np.pi")),
        ("kappa0", KAPPA.format("1.0 - 0 * theta")),
    ),
    (
        "Yours is 1 for every input tried. It must depend on theta.",
        ("kappa0", KAPPA.format("1.0 - 0 * theta")),
        ("kappa0", KAPPA.format("1.0 - (theta == np.pi)")),
    ),
    (
        "Yours is 1 for every ordinary input tried.",
        ("kappa0", KAPPA.format("1.0 - (theta == np.pi)")),
        ("kappa0", KAPPA.format("1.0 - 0 * theta")),
    ),
]


NTK = """def analytic_ntk(angles):
    t = np.asarray(angles, dtype=float)
    t = np.abs((np.subtract.outer(t, t) + np.pi) % (2 * np.pi) - np.pi)
    k0 = (np.pi - t) / np.pi
    k1 = {}
    return {}
"""
K1 = "(np.sin(t) + (np.pi - t) * np.cos(t)) / np.pi"
BARE = "np.sin(t) + (np.pi - t) * np.cos(t) / np.pi"
SUM = "0.5 * (np.cos(t) * k0 + k0 + k1)"
GAP = """def angle_between(angles, other_angles):
    d = {} % (2 * np.pi)
    return np.minimum(d, 2 * np.pi - d)
"""
APART = "np.abs(np.subtract.outer(angles, other_angles)){}"
LAMBDA = """def ntk_eigenvalues(k_max):
    k = np.arange(k_max + 1.0)
    even = (k**2 + 3) / (np.pi**2 * np.where(k == 1, 1, k**2 - 1) ** 2)
    odd = {} + 0 * k
    return np.where(k == 1, 1 / 4 + 1 / np.pi**2, np.where(k % 2 == 0, even, odd){})
"""
ODD = "1 {} (np.pi**2 * np.maximum(k, 1) ** 2)"
PROGRAMS += [
    (
        "// drops what is behind the decimal point",
        ("ntk_eigenvalues", LAMBDA.format(ODD.format("//"), " + (k == 0) / 4")),
        ("ntk_eigenvalues", LAMBDA.format("0", " + (k == 0) / (4 // 1)")),
    ),
    (
        "np.maximum(k, 1) ** 2) + 0 * k. // drops what is behind the decimal point: / is meant, at",
        ("ntk_eigenvalues", LAMBDA.format(f"2 * {ODD.format('/')}", " + (k == 0) // 4")),
        ("ntk_eigenvalues", LAMBDA.format(f"2 * {ODD.format('/')}", " + (k == 0) / (4 // 1)")),
    ),
    (
        "The brackets do not say what you mean",
        ("analytic_ntk", NTK.format(BARE, SUM)),
        ("analytic_ntk", NTK.format(K1.replace("np.pi - t", "t"), SUM)),
    ),
    (
        "Line 9: return",
        ("analytic_ntk", NTK.format(K1, "0.5 * (np.cos(t) + 1 * k0 + k1)")),
        ("analytic_ntk", NTK.format(BARE, SUM)),
    ),
    (
        "One number or factor is wrong or missing, at line 9: return",
        ("analytic_ntk", NTK.format(K1, "0.5 * (np.cos(t) * k0 + 1 + k1)")),
        ("analytic_ntk", NTK.format(K1.replace("/ np.pi", "+ k0"), SUM)),
    ),
    (
        "One function is wrong or missing, at line 5: d = np.abs(",
        ("angle_between", GAP.format(APART.format(".astype(int)"))),
        ("angle_between", GAP.format(APART.format(" / 2"))),
    ),
]
FALSE = [
    ("1.14159", NTK.format(BARE, SUM)),
    ("counted twice", NTK.format(K1, "0.5 * (np.cos(t) + 1 * k0 + k1)")),
    ("counted twice", NTK.format(K1, "np.cos(t) + k0 + k1")),
    ("line 8", NTK.format(K1, "np.cos(t) + k0 + k1")),
    ("line 8", NTK.format(K1, "0.5 * (np.cos(t) * k0 + 1 + k1)")),
]


@pytest.mark.parametrize(("said", "program"), FALSE)
def test_what_two_parts_or_terms_explain_by_chance_is_not_said(said, program, tmp_path):
    assert said not in told("analytic_ntk", program, tmp_path)


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("1/(9π²)", "This is the value at k = 3."),
        ("1/(7π²)", "No known mistake explains it: at k = 5"),
        ("1/(4π²)", "No known mistake explains it: at k = 5"),
        ("2/(25π²)", "Yours is twice the right value"),
    ],
)
def test_of_a_product_of_numbers_no_two_are_named(formula, said):
    assert check("ntk_eigenvalue", formula, k="5").message.startswith(said)


def told(exercise, program, tmp_path):
    """The message on a program that is wrong."""
    path = tmp_path / "answer.py"
    path.write_text(f"import numpy as np\n\n\n{program}", "utf-8")
    result = result_of(path, exercise)
    assert result.score < result.points
    return result.message


@pytest.mark.parametrize(("said", "where", "elsewhere"), PROGRAMS)
def test_a_sentence_on_a_program_is_said_where_it_is_true(said, where, elsewhere, tmp_path):
    assert said in told(*where, tmp_path)
    assert said not in told(*elsewhere, tmp_path)


def test_a_missing_part_is_told_before_a_term_in_a_line_that_is_right(tmp_path):
    message = told("analytic_ntk", KERNEL.format("", "k0 * cosine", "cosine"), tmp_path)
    assert "A term is missing" not in message
    assert "line 9: sine" not in message


SUMS_AND_POWERS = [
    (
        "1/p + 1/q is not 1/(p + q), at '1/((k - 1)^2 + (k + 1)^2)', and with that put right the",
        ("ntk_eigenvalue_first_layer", "1/(4*pi^2)*(1/((k - 1)^2 + (k + 1)^2))"),
        ("ntk_eigenvalue_first_layer", "1/(4*pi^2)*(1/((k - 1)^2 + (k + 2)^2))"),
    ),
    (
        "The square is taken of each term, and belongs to the whole, at 'k^4 - 1'.",
        ("ntk_eigenvalue_second_layer", "2/(pi^2*(k^4 - 1))"),
        ("ntk_eigenvalue_second_layer", "2/(pi^2*(k^2 - 1))"),
    ),
]


@pytest.mark.parametrize(("said", "where", "elsewhere"), SUMS_AND_POWERS)
def test_what_is_no_sum_of_powers_is_told_where_it_is_one(said, where, elsewhere):
    assert said in check(*where, k="even").message
    assert said not in check(*elsewhere, k="even").message


EVEN = "π^2 (k^2 - 1)^2"
FRACTIONS = "(1/(2π²)) (4(k² + 1)/(k² - 1)² - 2/(k² - 1))"
# A step that breaks, what is said of it, and a step of which that would be false.
MODE = "∫_0^π (1 - u/π) cos(ku) du"
SUM_OF_SQUARES = f"((k+1)^2 + (k-1)^2)/(2 {EVEN})"
ARC = "(π - t)"
COLLECTED = f"(1/(2π)) ({ARC} {{}} + sin t)"
SQUARE, TERMS = "(2/(3π)) integral({}, v, t - π/2, π/2)", "cos(t)^2 + cos(v)^2"
STEPS = [
    (
        "fractions were added without being brought to one denominator",
        ("ntk_eigenvalue", FRACTIONS, f"(4k² + 4 - 2)/(2 {EVEN})"),
        ("ntk_eigenvalue", FRACTIONS, f"(4k² + 4 + 2)/(2 {EVEN})"),
    ),
    (
        "one sign is wrong, at '-1'",
        (
            "ntk_eigenvalue",
            f"(2 (k^2 + 1) - (k^2 - 1))/({EVEN})",
            f"(2 (k^2 + 1) - k^2 - 1)/({EVEN})",
        ),
        ("ntk_eigenvalue", f"(k^2 + 3)/({EVEN})", f"4/({EVEN})"),
    ),
    (
        "is another quantity, ntk_eigenvalue_second_layer",
        ("ntk_eigenvalue", f"(k^2 + 3)/({EVEN})", f"2/({EVEN})"),
        (
            "ntk_eigenvalue",
            f"(2 (k^2 + 1) - (k^2 - 1))/({EVEN})",
            f"(2 (k^2 + 1) - k^2 - 1)/({EVEN})",
        ),
    ),
    (
        "the root of a sum of squares is not the sum of the roots, at 'w1 + b'",
        ("balance", "a - sqrt(w1² + b²)", "a - (w1 + b)"),
        ("balance", "a - sqrt(w1² + b²)", "a - (w1 - b)"),
    ),
    (
        "line 2 is where it breaks: it has the term 2*f*y with another sign than line 1",
        ("growth_rate", "2 f (y - f)", "-2 f y - 2 f²"),
        ("growth_rate", "2 f (y - f)", "2 f y + 2 f²"),
    ),
    (
        "it is k^2 times line 1",  # not: sin(k³u)
        ("ntk_eigenvalue_bias", f"1/2 {MODE}", "1/(2π) ∫_0^π k sin(ku) du"),
        ("ntk_eigenvalue_bias", f"1/2 {MODE}", "1/(2π) ∫_0^π sin(ku)/k² du"),
    ),
    (
        "it lacks the term 2/pi",
        ("kappa0", "pi/2 + 2/pi + 4/pi", "pi/2 + 4/pi"),
        ("kappa0", "pi/2 + 4/pi + 2/pi", "pi/2 + 2/pi + 2/pi"),
    ),
    (
        "it has the term 2/pi twice",
        ("kappa0", "pi/2 + 4/pi + 2/pi", "pi/2 + 4/pi + 2/pi + 2/pi"),
        ("kappa0", "pi/2 + 4/pi + 2/pi", "pi/2 + 6/pi + 2/pi"),
    ),
    (
        "number or factor is wrong or missing",
        ("ntk_eigenvalue", f"{SUM_OF_SQUARES} + 2/({EVEN})", f"{SUM_OF_SQUARES} + 3/({EVEN})"),
        ("ntk_eigenvalue", f"{SUM_OF_SQUARES} + 2/({EVEN})", f"2k^2/(2 {EVEN}) + 2/({EVEN})"),
    ),
    (  # where a term is left as it was
        "a term is missing, at '2*k^2'",
        ("ntk_eigenvalue", f"{SUM_OF_SQUARES} + 2/({EVEN})", f"2k^2/(2 {EVEN}) + 2/({EVEN})"),
        ("ntk_eigenvalue", f"{SUM_OF_SQUARES} + 2/({EVEN})", f"2k^2/(2 {EVEN}) + 5/({EVEN})"),
    ),
    (
        "it differs from line 1 in one place: '",
        ("ntk", COLLECTED.format(f"(1 + cos t) + {ARC} cos t"), COLLECTED.format("(2 + cos t)")),
        ("kappa1", f"sin(t)/π + {ARC} cos(t)/π", "t sin(t)^2 + t^3 cos(t)"),
    ),
    (
        "the square of a sum has the product of its terms twice",
        ("kappa2", SQUARE.format("(cos t + cos v)^2"), SQUARE.format(f"{TERMS} + cos t cos v")),
        ("kappa2", SQUARE.format("(cos t - cos v)^2"), SQUARE.format(f"{TERMS} + 2 cos t cos v")),
    ),
    (
        "the square of a sum has the product of its terms twice",
        ("kappa2", SQUARE.format("(cos t - cos v)^2"), SQUARE.format(TERMS)),
        ("kappa2", SQUARE.format("(cos t + cos v) (cos t - cos v)"), SQUARE.format(TERMS)),
    ),
    ("times line 1", ("kappa0", "1 + pi", "5 + 5*pi"), ("kappa0", "1 + pi", "1.4 + pi")),
]


@pytest.mark.parametrize(("said", "where", "elsewhere"), STEPS)
def test_a_sentence_on_a_step_is_said_where_it_is_true(said, where, elsewhere):
    for (quantity, before, line), true in ((where, True), (elsewhere, False)):
        k = {"ntk_eigenvalue": "even", "ntk_eigenvalue_bias": "odd"}.get(quantity)
        answer = check_steps(quantity, f"{before}\n= {line}", k=k)
        assert answer.line == 2
        assert (said in answer.message) == true, answer.message


ENDS = "check the value at θ = 0 against that at θ = π"


@pytest.mark.parametrize(("formula", "said"), [("t/(2*pi)", True), ("t^2/(2*pi)", False)])
def test_that_both_ends_show_it_is_said_where_they_do(formula, said):
    message = check("expectation_of_steps", formula).message
    assert "θ and π − θ are exchanged" in message
    assert (ENDS in message) == said


_ONCE = """

def trained(w, b, a, angles, targets, learning_rate, steps):
    now = w, b, a
    for _ in range(steps):
        slopes = backward({}, angles, targets)
        now = [p - learning_rate * s for p, s in zip(now, slopes)]
    return now


gradient_descent = trained
"""


@pytest.mark.parametrize(("at", "said"), [("w, b, a", True), ("*now", False)])
def test_the_gradient_of_the_start_is_named(at, said):
    finding = verdict_of(SOLUTIONS + _ONCE.format(at), "gradient_descent").finding
    sentence = "every step uses the gradient of the start, not that of its own weights."
    assert (finding is not None and sentence[1:] in say(finding)) == said
