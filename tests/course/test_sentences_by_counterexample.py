"""Sentences that would be false of what only looks alike: each with where it is not said."""

import re

import numpy as np
import pytest

from minintk.course import check
from minintk.course.diagnosis.words import say
from tests.course.runner import changed_solution, plan, result_of, verdict_of

pytestmark = [pytest.mark.course, pytest.mark.filterwarnings("ignore::RuntimeWarning")]

SLOPE = "(f - y)*a*step(z)"
K0, K1, ODD = {"k": "0"}, {"k": "1"}, {"k": "odd"}
KERNELS_OF_COS = "*kappa0(cos(t))/2 + kappa0(cos(t))/2 + kappa1(cos(t))/2"
GAP = "(atan2(y2, y1) - atan2(x2, x1))"
# What is said of a formula, and another of which it would be false.
FORMULAS = [
    (
        "It is right at 0, π/2 and π alone.",
        ("expectation_of_steps", "(1 + cos(t))/4", {}),
        ("expectation_of_steps", "cos(t/2)/2", {}),  # but for its square
    ),
    (
        "It is right at 0, π/2 and π alone.",
        ("kappa0", "(1 + cos(t))/2", {}),
        ("kappa0", "(1 + cos(t))/4", {}),
    ),
    (
        "Not a finite number at k = 0 and k = 1. Hint",
        ("ntk_eigenvalue", "1/(k*(k - 1))", {}),
        ("ntk_eigenvalue", "1/(k*(k - 1)*(k - 2))", {}),
    ),
    (
        "Not a finite number at 72 % of ordinary inputs.",
        ("ntk_eigenvalue", "sqrt(10 - k)", {}),
        ("ntk_eigenvalue", "sqrt(k - 1)", {}),
    ),
    (
        "Look at '(sin(t) + (pi - t))*cos(t)'.",  # with tan for sin it would be right, too
        ("kappa1", "(sin(t) + (pi - t))*cos(t)/pi", {}),
        ("kappa1", "(tan(t) + (pi - t)*cos(t))/pi", {}),
    ),
    (
        "One function is wrong or missing, at 'tan(t)'.",
        ("kappa1", "(tan(t) + (pi - t)*cos(t))/pi", {}),
        ("expectation_of_relus", "(sin(t) + pi - t)*cos(t)/(2*pi)", {}),
    ),
    (
        "Where a pre-activation is exactly 0, yours is off in another way.",
        ("dL_dw2", "(f - y)*a*(z >= 0)*w2/sqrt(m)", {}),
        ("dL_dw2", f"{SLOPE}*w2/sqrt(m)", {}),  # w2/x2 has no value at x2 = 0, and both are 0
    ),
    (
        "this is the formula of odd k at k + 1, but for another mistake.",
        ("ntk_eigenvalue", "1/(pi^2*(k + 1)^3)", {"k": "odd"}),
        ("ntk_eigenvalue", "1/(pi*(k + 1))^2", {"k": "odd"}),
    ),
    (
        "2*k + 1 stands for k.",
        ("ntk_eigenvalue", "2/(pi*(2*k + 1))^2", {"k": "odd"}),
        ("ntk_eigenvalue", "1/(pi*(k + 1))^2", {"k": "odd"}),
    ),
    (
        "Your term '1/8' is half the right one. Your term '2/pi^2' is twice the right one.",
        ("ntk_eigenvalue", "1/8 + 2/pi^2", K1),
        ("ntk_eigenvalue", "1/8 + 1/(2*pi^2)", K1),
    ),
    (
        "he whole is",
        ("kappa1", "2*(sin(t) + t*cos(t))/pi", {}),
        ("ntk_eigenvalue", "4/pi^2 + 1/pi^2 + 1/2", K0),  # 1/pi^2 is right
    ),
    (
        "Right in general, wrong very near z = 0",
        ("relu_derivative", "(relu(z + 0.0001) - relu(z - 0.0001))/0.0002", {}),
        ("relu_derivative", "(1 + sign(z))/2", {}),
    ),
    (
        "Right in general, wrong on the kink",
        ("relu_derivative", "(1 + sign(z))/2", {}),
        ("relu_derivative", "(relu(z + 0.0001) - relu(z - 0.0001))/0.0002", {}),
    ),
    (
        "One power is wrong or missing, at '1 - cos(t)'.",  # cos(t) stands there twice
        ("expectation_of_relus", "(sqrt(1 - cos(t)) + (pi - t)*cos(t))/(2*pi)", {}),
        ("expectation_of_steps", "(1 - cos(t))/2", {}),
    ),
    (
        "This is the formula of odd k ≥ 3, which does not hold at k = 1.",
        ("ntk_eigenvalue_second_layer", "0", K1),
        ("ntk_eigenvalue_bias", "0", K1),
    ),
    (
        "This is the formula of even k ≥ 2, which does not hold at k = 1.",
        ("ntk_eigenvalue_bias", "0", K1),
        ("ntk_eigenvalue", "0", K1),
    ),
    (
        "this is the hinge loss",
        ("relu", "max(0, 1 - z)", {}),
        ("relu", "max(0, 1 + z)", {}),
    ),
    (
        "The square is taken of the whole, and belongs to each of its terms, at '(w1 + w2",
        ("balance", "a^2 - 2*(w1 + w2 + b)^2", {}),
        ("balance", "a^2 - 2*(w1^2 + w2^2 + b^2)", {}),
    ),
    (
        "The square is taken of each term, and belongs to the whole, at 'f^2 - y^2'",
        ("loss", "f^2 - y^2", {}),
        ("loss", "(f^2 + y^2)/2", {}),  # in which a term is missing
    ),
    (
        "This is another part of the kernel: the first layer. Yours is twice that.",
        ("ntk_bias", "cos(t)*kappa0(t)", {}),
        ("ntk_bias", "cos(t)*kappa0(t)/2", {}),
    ),
    (
        "at 'log(2*q)'.",  # '2*q' stands there twice, once as the end of 0/2*q
        ("steps_to_learn", "log(2*q)/log(1 - eta*lambda) + 0/2*q", {}),
        ("steps_to_learn", "log(2*q)/log(1 - eta*lambda)", {}),
    ),
    (
        "A term or factor is there that should not be, at the first 'cos(t)'.",
        ("ntk_second_layer", "cos(t)*(sin(t) + t*cos(t))/(2*pi)", {}),
        ("kappa2", "(3 sin t cos t + (pi - t)(1 + cos t + 2 cos(t)^2))/(3 pi)", {}),  # the second
    ),
    (
        "a residual decays. One sign is wrong, at '1 + eta*lambda'",
        ("descent_decay", "(1 + eta*lambda)^s", {}),
        ("descent_decay", "exp(eta*lambda*s)", {}),
    ),
    (
        "The term with b is missing.",
        ("balance", "a^2 - w1^2 - w2^2", {}),
        ("balance", "a^2 - w1^2 - w2^2 - b", {}),
    ),
    (
        "Your term '2*t/3.14' is twice the right one. A constant is typed by hand, with few digits",
        ("kappa0", "1 - 2*t/3.14", {}),
        ("kappa0", "1 - t/3.14", {}),
    ),
    ("Nearly right", ("kappa0", "1 - t/3.14159", {}), ("kappa0", "1 - 2*t/3.14159", {})),
    ("it agrees to 3 digits", ("kappa0", "(22/7 - t)/(22/7)", {}), ("kappa0", "1 - t/3.3", {})),
    (
        "it agrees to a few digits only",  # not: two numbers are wrong
        ("kappa1", "(sin(t) + (3.1 - t)*cos(t))/3.1", {}),
        ("kappa1", "(sin(t) + (3.1 + t)*cos(t))/3.1", {}),
    ),
    (
        "The difference of two angles can be below 0: take its absolute value.",
        ("angle_between", f"min({GAP}, 2*pi - {GAP})", {}),
        ("angle_between", f"min(abs({GAP}), 2*pi + abs({GAP}))", {}),
    ),
    (
        "Below 0 the neuron must be silent. There the slope is −1.",
        ("dL_dw2", "(f - y)*a*sign(z)*x2/sqrt(m)", {}),
        ("dL_dw2", "(f - y)*a*sign(z)*x1/sqrt(m)", {}),
    ),
    (
        "There the slope is 0.2.",
        ("dL_da", "(f - y)*max(z, 0.2*z)/sqrt(m)", {}),
        ("dL_da", "(f - y)*max(z, 0.2)/sqrt(m)", {}),
    ),
    (
        "Even and odd k have changed places, and the whole is twice its right size.",
        ("ntk_eigenvalue_bias", "(1 + cos(k*pi))/(pi*k)^2", {"k": "odd"}),
        ("ntk_eigenvalue_bias", "2*(-1)^k/(pi*k)^2", {"k": "odd"}),
    ),
    ("the value without a bias.", ("ntk_eigenvalue", "0", ODD), ("ntk_eigenvalue_bias", "0", ODD)),
    (
        "rounded to",
        ("kappa0", "floor(100 - 100*t/pi + 1/2)/100", {}),
        ("ntk_eigenvalue", "0", {"k": "3"}),
    ),
    (
        "The angle itself stands where its cosine belongs, in",
        ("ntk", f"t{KERNELS_OF_COS}", {}),
        ("ntk", f"cos(t){KERNELS_OF_COS}", {}),  # which would be cos(cos(t))
    ),
    (
        "first layer has the wrong sign.",
        ("ntk", "(1 - cos(t))*kappa0(t)/2 + kappa1(t)/2", {}),
        ("ntk", "kappa0(t)/2 + sin(t)/(2*pi)", {}),  # two terms are missing
    ),
    (
        "is missing, or a term of the same value in that of the second layer.",
        ("ntk", "(cos(t) + 1)*kappa0(t)/2 + sin(t)/(2*pi)", {}),
        ("ntk", "kappa0(t)/2 + (sin(t) + (pi - t)*cos(t))/(2*pi)", {}),
    ),
    (
        "The brackets do not say",
        ("ntk_eigenvalue", "1/pi*k^2", ODD),
        ("ntk_eigenvalue", "1/(pi^2*(k^2 - 1)^2)", ODD),  # k^(2 - 1)
    ),
    (
        "This is the part of the second layer, for even k, and yours is half that.",
        ("ntk_eigenvalue", "1/(pi^2*(k^2 - 1)^2)", ODD),
        ("ntk_eigenvalue", "1/(pi^2*(k^2 + 1)^2)", ODD),
    ),
    (
        "Yours is 3 times the right value",
        ("ntk_eigenvalue", "7/(3*pi^2)", {"k": "2"}),
        ("ntk_eigenvalue", "7/(3*pi)", {"k": "2"}),
    ),
    (
        "the absolute error, without a ½. Yours",
        ("loss", "2*abs(f - y)", {}),
        ("loss", "abs(f - y)", {}),
    ),
    (
        "this is the formula of odd k at k + 1",
        ("ntk_eigenvalue", "1/(pi^2*(k + 1)^3)", ODD),
        ("ntk_eigenvalue", "1/(pi^2*(k^2 + 1)^2)", ODD),
    ),
    (
        "A term or factor is there that should not be, at the second '1'.",
        ("ntk_eigenvalue", "1/(pi^2*(k^2 - 1))", ODD),  # not: the operator, as in k²·1
        ("ntk_eigenvalue", "1/(pi^2*(k - 1)^2)", ODD),
    ),
]


@pytest.mark.parametrize(("said", "where", "elsewhere"), FORMULAS)
def test_a_sentence_on_a_formula_is_said_where_it_is_true(said, where, elsewhere):
    for (quantity, formula, options), true in ((where, True), (elsewhere, False)):
        answer = check(quantity, formula, **options)
        assert answer.verdict == "wrong"
        assert (said in answer.message) == true, answer.message


DIFFERENCE = """def relu_derivative(z):
    h = {}
    return np.round((np.maximum(z + h, 0) - np.maximum(z - h, 0)) / (2 * h), 6)
"""
FOURIER = """def fourier_coefficients(angles, values, k_max):
    found = []
    for k in range(k_max + 1):
        found += [np.mean(np.cos(k * angles) * values), np.mean(np.sin(k * angles) * values)]
    found.pop(1)
    return {} * np.array(found)
"""
LOSS = "def loss(output, targets):\n    r = output - targets\n    return {}\n"
BALANCE = "def balance(w, b, a):\n    return a**2 {} b**2 - {}\n"
CIRCULANT = """def right(matrix):
    i, j = np.indices(matrix.shape)
    off = np.abs(matrix - matrix[0][(j - i) % len(matrix)]).max()
    return bool(off <= 1e-10 * np.abs(matrix).max())


def is_circulant(matrix):
    return {}
"""
ROLLED = "max(np.ptp(np.diag(np.vstack([matrix, matrix]), -k)) for k in range(len(matrix)))"
ROLLED += " <= 1e-10 * {}.max()"
LIST_OF_K = "def ntk_eigenvalues(k_max):\n    k = np.arange(k_max + 1)\n    return {}\n"
AROUND = """def ntk_eigenvalues(k_max):
    u = np.linspace(0, 2 * np.pi, 2001){}
    k = np.arange(k_max + 1)[:, None]
    t = {}
    kernel = (np.cos(t) + 1) * (np.pi - t) + np.sin(t) + (np.pi - t) * np.cos(t)
    return np.mean(kernel * np.cos(k * u), axis=1) / (2 * np.pi)
"""
EIGENVALUES = """def ntk_eigenvalues(k_max):
    k = np.arange(k_max + 1)
    found = np.zeros(k_max + 1)
    found[0] = {}
    found[1:2] = {}
    even, odd = k[2::2], k[3::2]
    found[2::2] = (even**2 + 3) / (np.pi**2 * (even**2 + 1) ** 2)
    found[3::2] = 1 / (np.pi * odd) ** 2
    return found
"""
JACOBIAN = """def jacobian(w, b, a, angles):
    x = np.column_stack([np.cos(angles), np.sin(angles)])
    z = x @ w.T + b
    d, h = {}
    first = (d[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    return np.hstack([{}]) / np.sqrt(len(a))
"""
_FINE = "(z > 0) * a, np.maximum(z, 0)"
BACKWARD = """def backward(w, b, a, angles, targets):
    x = np.column_stack([np.cos(angles), np.sin(angles)])
    z = x @ w.T + b
    h = np.maximum(z, 0)
    g = (h @ a / np.sqrt(len(a)) - targets) / np.sqrt(len(a))
    d = g[:, None] * (z > 0) * a
    return {}
"""
PARITIES = """def ntk_eigenvalues(k_max):
    k = np.arange(k_max + 1)
    found = np.zeros(k_max + 1)
    found[0], found[1:2] = 3 / np.pi**2 + 1 / 4, 1 / 4 + 1 / np.pi**2
    even, odd = k[2::2], k[3::2]
    found[2::2] = {} / (np.pi**2 * (even**2 - 1) ** 2)
    found[3::2] = 1 / ({} * odd**2)
    return found
"""
ANGLE = """def angle_between(angles, other_angles):
    d = angles[:, None] {} other_angles
    return {}
"""
FLOW = """def frozen_kernel_prediction(kernel, initial_output, targets, time):
    rates, vectors = np.linalg.eigh(kernel / len(kernel))
    kept = np.exp(-rates * time * {}) * (vectors.T @ (initial_output - targets))
    return targets + vectors @ kept
"""
# What is said of a program, and another of which it would be false.
PROGRAMS = [
    (
        "Not a finite number at k = 0. At k_max = 4 yours is [inf, 0.101321,",
        ("ntk_eigenvalues", LIST_OF_K.format("1 / (np.pi * k) ** 2")),
        ("ntk_eigenvalues", LIST_OF_K.format("1 / (np.pi * (k - 1)) ** 2")),
    ),
    (
        " % of its values. At theta = ",
        ("kappa0", "def kappa0(theta):\n    return np.arccos(theta) / np.pi\n"),
        ("kappa0", "def kappa0(theta):\n    return np.arccos(theta + 2) / np.pi\n"),
    ),
    (
        "Yours is 0.00075 for every ordinary input tried. It must depend on k.",
        ("ntk_eigenvalues", AROUND.format("[:-1]", "u")),
        ("ntk_eigenvalues", AROUND.format("[:-2]", "u")),
    ),
    (
        "Yours is 0 for every ordinary input tried. It must depend on k. Hint: around the whole",
        ("ntk_eigenvalues", AROUND.format("", "u")),
        ("ntk_eigenvalues", AROUND.format("", "np.minimum(u, 2 * np.pi - u)")),
    ),
    (
        "The square is taken of the whole, and belongs to each of its terms, at line",
        ("balance", BALANCE.format("-", "(np.sum(w, axis=1) + b) ** 2 + b**2")),
        ("balance", BALANCE.format("-", "(np.sum(w, axis=1) - 2 * b) ** 2 + b**2")),
    ),
    (
        "The other way round is 2π minus the difference, not π minus it.",
        ("angle_between", ANGLE.format("-", "np.minimum(abs(d), np.pi - abs(d))")),
        ("angle_between", ANGLE.format("-", "np.minimum(abs(d), 2 * np.pi - abs(d))")),
    ),
    (
        "yours takes that with its sign, which may be negative.",
        ("is_circulant", CIRCULANT.format(ROLLED.format("matrix"))),
        ("is_circulant", CIRCULANT.format(ROLLED.format("np.eye(9)"))),
    ),
    (
        "Right in general, wrong very near z = 0",
        ("relu_derivative", DIFFERENCE.format("1e-6")),
        ("relu_derivative", "def relu_derivative(z):\n    return np.heaviside(z, 0.5)\n"),
    ),
    (
        "√2 is missing for k ≥ 1",
        ("fourier_coefficients", FOURIER.format("1")),
        ("fourier_coefficients", FOURIER.format("np.sqrt(2)")),
    ),
    (
        "wrong for the constant: yours is √2 times the right value there.",
        ("fourier_coefficients", FOURIER.format("np.sqrt(2)")),
        ("fourier_coefficients", FOURIER.format("1")),
    ),
    (
        "The values stand in another order than asked",
        ("fourier_coefficients", f"{FOURIER.format('2')[:-1]}[::-1]\n"),
        ("fourier_coefficients", FOURIER.format("2")),
    ),
    (
        "// drops what is behind the decimal point: / is meant, at line 6: return np.sum(r**2) //",
        ("loss", LOSS.format("np.sum(r**2) // len(r) / 2")),
        ("loss", LOSS.format("np.sum(r**2) / 2")),
    ),
    (
        "The square is taken of the whole, and belongs to each of its terms, at line",
        ("balance", BALANCE.format("-", "np.sum(w, axis=1) ** 2")),
        ("balance", BALANCE.format("+", "np.sum(w**2, axis=1)")),
    ),
    (
        "(even**2 + 1) ** 2). At k = 0 yours is without the bias. The formula of even",
        ("ntk_eigenvalues", EIGENVALUES.format("3 / np.pi**2", "1 / 4 + 1 / np.pi**2")),
        ("ntk_eigenvalues", EIGENVALUES.format("3 / np.pi**2 + 1 / 4", "1 / 4 + 1 / np.pi**2")),
    ),
    (
        "(even**2 + 1) ** 2). For k = 1: the part of the bias is missing.",
        ("ntk_eigenvalues", EIGENVALUES.format("3 / np.pi**2 + 1 / 4", "1 / 4")),
        ("ntk_eigenvalues", EIGENVALUES.format("3 / np.pi**2", "1 / 4 + 1 / np.pi**2")),
    ),
    (
        "One function is wrong or missing, at line 5: return np.max(z, 0). Read",  # nothing else
        ("relu", "def relu(z):\n    return np.max(z, 0)\n"),
        ("relu", "def relu(z):\n    return np.minimum(z, 0)\n"),
    ),
    (
        "Yours says yes where no is right, and no where yes is right.",
        ("is_circulant", CIRCULANT.format("not right(matrix)")),
        ("is_circulant", CIRCULANT.format("right(matrix) and len(matrix) != 9")),
    ),
    (
        "One comparison is wrong, at line 11: return right(matrix) != (",
        ("is_circulant", CIRCULANT.format("right(matrix) != (len(matrix) == 8)")),
        ("is_circulant", CIRCULANT.format("not right(matrix)")),
    ),
    (
        "the root of the mean, without a ½.",
        ("loss", LOSS.format("np.sqrt(np.mean(r**2))")),
        ("loss", LOSS.format("np.sqrt(np.sum(r**2))")),
    ),
    (
        "the root of the sum. Yours is twice that.",
        ("loss", LOSS.format("2 * np.sqrt(np.sum(r**2))")),
        ("loss", LOSS.format("2 * np.sum(r**2)")),
    ),
    (
        "yours has first the columns of b, then the columns of w, then the columns of a.",
        ("jacobian", JACOBIAN.format("(z > 0) * 1.0, np.maximum(z, 0)", "d, first, h")),
        ("jacobian", JACOBIAN.format(_FINE, "d, h, first")),
    ),
    (
        "than asked: inside the columns of w. Hint: the columns are w row by row",
        ("jacobian", JACOBIAN.format(_FINE, "d * x[:, :1], d * x[:, 1:], d, h")),
        ("jacobian", JACOBIAN.format(_FINE, "d, d * x[:, :1], d * x[:, 1:], h")),
    ),
    (
        "In ∂L/∂b and ∂L/∂a: yours is n times the right value. Hint",
        ("backward", BACKWARD.format("h.T @ g, d.sum(axis=0), d.T @ x")),
        ("backward", BACKWARD.format("d.T @ x / len(g), d.sum(axis=0), h.T @ g / len(g)")),
    ),
    (
        "In ∂L/∂b and ∂L/∂a: yours is n times the right value. Hint",
        ("backward", BACKWARD.format("d.T @ x, h.T @ g, d.sum(axis=0)")),
        ("backward", BACKWARD.format("d.T @ x / len(g), d.sum(axis=0), h.T @ g / len(g)")),
    ),
    (
        "Yours asks that all rows are alike",
        ("is_circulant", CIRCULANT.format("np.allclose(matrix, matrix[0])")),
        ("is_circulant", CIRCULANT.format("bool(np.allclose(matrix[0], np.diag(matrix)))")),
    ),
    (
        "In ∂L/∂a: yours is n times the right value. The values stand in another order",
        ("backward", BACKWARD.format("d.T @ x / len(g), h.T @ g, d.sum(axis=0) / len(g)")),
        ("backward", BACKWARD.format("d.T @ x / len(g), d.sum(axis=0), h.T @ g / len(g)")),
    ),
    (
        "which half of the circle it is in. The sum of the two angles stands where their",
        ("angle_between", ANGLE.format("+", "np.abs(d) % np.pi")),
        ("angle_between", ANGLE.format("-", "np.abs(d) % np.pi")),
    ),
    (
        "K in place of K/n. A factor 1/2 stands in the rates where none belongs.",
        ("frozen_kernel_prediction", FLOW.format("len(rates) / 2")),
        ("frozen_kernel_prediction", FLOW.format("len(rates)")),
    ),
    (
        "Computed in float16, which keeps 3 digits: use float64.",
        ("loss", LOSS.format("np.float16(np.mean(r**2) / 2)")),
        ("loss", LOSS.format("np.float32(np.mean(r**2) / 2)")),
    ),
    (
        "One comparison is wrong, at line 11: return right(matrix) and len(matrix) < 7.",
        ("is_circulant", CIRCULANT.format("right(matrix) and len(matrix) < 7")),
        ("is_circulant", CIRCULANT.format("bool((matrix[0] == np.diag(matrix)).all())")),
    ),
    (
        "wrong for the columns of w and the columns of b: yours is twice the right value there.",
        ("jacobian", JACOBIAN.format("2 * (z > 0) * a, np.maximum(z, 0)", "first, d, h")),
        (
            "jacobian",
            JACOBIAN.format("np.where(z > 0, 2, 0.01) * a, np.maximum(z, 0)", "first, d, h"),
        ),  # where 0 is right it is not 0
    ),
    (
        "Below 0 the neuron must be silent. There the slope is 0.01.",
        (
            "jacobian",
            JACOBIAN.format("np.where(z > 0, 1, 0.01) * a, np.maximum(z, 0)", "first, d, h"),
        ),
        (
            "jacobian",
            JACOBIAN.format("np.where(z > 0, 2, 0.01) * a, np.maximum(z, 0)", "first, d, h"),
        ),
    ),
    (
        "The difference of two angles can be below 0: take its absolute value.",
        ("angle_between", ANGLE.format("-", "np.minimum(d, 2 * np.pi - d)")),
        ("angle_between", ANGLE.format("-", "np.minimum(abs(d), 2 * np.pi - d)")),
    ),
]


@pytest.mark.parametrize(("said", "where", "elsewhere"), PROGRAMS)
def test_a_sentence_on_a_program_is_said_where_it_is_true(said, where, elsewhere, tmp_path):
    for (exercise, program), true in ((where, True), (elsewhere, False)):
        path = tmp_path / "answer.py"
        path.write_text(f"import numpy as np\n\n\n{program}", "utf-8")
        result = result_of(path, exercise)
        assert result.score < result.points
        assert (said in result.message) == true, result.message


@pytest.mark.parametrize(("top", "known"), [("even**2", True), ("even**2 + even", False)])
def test_what_is_wrong_for_each_parity_is_told_where_both_are_known(top, known):
    """Before its lines are looked for, which takes two seconds."""
    source = f"import numpy as np\n\n{PARITIES.format(top, 'np.pi')}"
    both = "For even k ≥ 2: a term is missing. For odd k ≥ 3: yours is π times the right value."
    assert (both in say(verdict_of(source, "ntk_eigenvalues").finding)) == known


def test_of_two_parts_that_are_as_large_neither_is_told_to_be_there_twice(tmp_path):
    """At k = 1 those of the first and the second layer."""
    path = tmp_path / "answer.py"
    program = EIGENVALUES.format("3 / np.pi**2 + 1 / 4", 3 / 8 + 1 / np.pi**2)
    path.write_text(f"import numpy as np\n\n{program}", "utf-8")
    message = result_of(path, "ntk_eigenvalues").message
    assert "wrong for k = 1 and even k ≥ 2." in message
    assert "layer" not in message


def test_the_share_that_is_right_counts_every_answer(tmp_path):
    """Also the answers that are right and 0."""
    path = tmp_path / "answer.py"
    path.write_text("def is_circulant(matrix):\n    return matrix[0, 0] > 0\n", "utf-8")
    calls = [c for c in plan("is_circulant").calls if c.label in ("simple", "generic")]
    told = [(c.inputs["matrix"], c.right[0]) for c in calls]
    good = [(m[0, 0] > 0) == r for m, r in told]
    said = f"Right for {100 * np.mean(good):.0f} % of what was tried"
    message = result_of(path, "is_circulant").message
    assert said in message
    (number,) = re.findall(r" At matrix = \[.*\] of shape .* yours is ([01])\. ", message)
    assert number == "1", "the simplest call that is wrong: it is not circulant"


@pytest.mark.parametrize(
    ("body", "kind", "wrong"),
    [
        ("np.arccos(theta) / np.pi", "not-a-number", lambda t: t > 1),
        (
            "np.interp(theta, [0, 1.1, 2.5, 3.2], [1, 1 - 1.1 / np.pi, 0.37, 0.11])",
            "other-branch",
            lambda t: t > 1.1,
        ),
    ],
)
def test_one_input_is_named_where_some_are_wrong(body, kind, wrong):
    source = f"import numpy as np\n\n\ndef kappa0(theta):\n    return {body}\n"
    verdict = verdict_of(source, "kappa0")
    assert verdict.finding.kind == kind
    assert wrong(verdict.where["theta"])
    assert np.ndim(verdict.yours) == 0
    assert say(verdict.finding, example="at 2 yours is 1").endswith(". At 2 yours is 1.")


@pytest.mark.parametrize(("gate", "off"), [("z > 0", False), ("z >= 0", True)])
def test_a_kink_is_told_beside_a_change_where_it_is_off(gate, off, tmp_path):
    """Of a program whose one change is found by making it."""
    path = tmp_path / "answer.py"
    wrong = changed_solution("backward", "relu_derivative(z)", f"({gate})")
    path.write_text(wrong.replace("- targets", "- targets**3"), "utf-8")
    result = result_of(path, "backward")
    assert result.score < result.points
    assert ("Where a pre-activation is exactly 0, yours" in result.message) == off, result.message


def test_a_kink_where_the_value_is_right_is_not_told_beside_a_change(tmp_path):
    """With 0 for 1 it is right but on the kink; as it is, it is right on the kink."""
    path = tmp_path / "answer.py"
    path.write_text("def relu_derivative(z):\n    return (z >= 1) * 1.0\n", "utf-8")
    message = result_of(path, "relu_derivative").message
    assert "at line 2: return (z >= 1) * 1.0." in message
    assert "exactly 0" not in message
    assert "exactly 0" not in check("relu_derivative", "z >= 1").message
