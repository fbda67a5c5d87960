"""Sentences of `check` and `grade`: each where it is true, and where it would be out of place."""

import pytest

from minintk.course.checking import as_json, check, describe
from minintk.course.derivation import check_steps
from minintk.course.diagnosis.words import say
from minintk.course.exercises import EXERCISES
from tests.course.runner import SOLUTIONS, verdict_of

pytestmark = pytest.mark.course
_MOVE = "{} = {} - learning_rate * g{}".format
_BACK = "gw, gb, ga = backward(w, b, a, angles, targets)"


def of_loss(value):
    return "loss", f"r = output - targets\nn = len(r)\nreturn {value}"


def of_circulant(size):
    return (
        "is_circulant",
        "n = len(matrix)\nrows = np.array([np.roll(matrix[i], -i) for i in range(n)])\n"
        f"return np.abs(rows - rows[0]).max() <= {size}",
    )


def of_rows(shift, count, allowed="1e-5, 1e-8"):
    rows = f"np.allclose(matrix[i], np.roll(matrix[0], {shift}), {allowed}) for i in range({count})"
    size = "n, size = len(matrix), np.abs(matrix).max()"
    return "is_circulant", f"{size}\nreturn all({rows})"


def of_transform(root):
    return (
        "fourier_coefficients",
        f"c = np.fft.rfft(values)[1 : k_max + 1] * {root}\n"
        "rest = np.ravel([c.real, -c.imag], 'F')\n"
        "return np.append(values.sum(), rest) / len(values)",
    )


def of_descent(*lines, steps="steps"):
    body = "".join(f"    {line}\n" for line in lines)
    return "gradient_descent", f"for _ in range({steps}):\n{body}return w, b, a"


def of_flow(eta, count):
    return (
        "frozen_kernel_prediction",
        f"f = initial_output + 0.0\nfor _ in range({count}):\n"
        f"    f = f - {eta} * kernel @ (f - targets) / len(f)\nreturn f",
    )


def of_columns(columns):
    return (
        "jacobian",
        "x = circle_points(angles)\nz = x @ w.T + b\nd, h = (z > 0) * a, np.maximum(z, 0)\n"
        f"return np.hstack([{columns}]) / np.sqrt(len(a))",
    )


def of_gaps(gaps):
    return (
        "fourier_coefficients",
        f"gaps, k = {gaps}, np.arange(1, k_max + 1)[:, None] * angles\n"
        "basis = np.array([np.cos(k), np.sin(k)]).transpose(1, 0, 2).reshape(-1, len(angles))\n"
        "basis = np.vstack([np.ones_like(angles), np.sqrt(2) * basis])\n"
        "return basis @ (values * (gaps[1:] + gaps[:-1])) / (4 * np.pi)",
    )


def of_kernel(first, second):
    return (
        "analytic_ntk",
        "theta = angle_between(angles, angles)\n"
        "c, k0 = np.cos(theta), 1 - theta / np.pi\n"
        f"return ({first} + (np.sin(theta) + {second}) / np.pi) / 2",
    )


def of_mean(grid, by="len(u)"):
    return (
        "ntk_eigenvalues",
        f"u = {grid}\nkernel = analytic_ntk(np.append(0, u))[0, 1:]\n"
        f"return np.cos(np.outer(np.arange(k_max + 1), u)) @ kernel / ({by})",
    )


def of_whole(kernel):
    return "analytic_ntk", f"t = angle_between(angles, angles)\nreturn ({kernel}) / 2"


def of_two_parts(size):
    return (
        "empirical_ntk",
        "x = circle_points(angles)\nz = x @ w.T + b\nd, h = (z > 0) * a, np.maximum(z, 0)\n"
        f"return (h @ h.T + (d @ d.T) * (x @ x.T)) / {size}",
    )


def of_eigenvalues(first):
    return (
        "ntk_eigenvalues",
        "k = np.arange(2.0, k_max + 3)\neven = (k**2 + 3) / (np.pi * (k**2 - 1)) ** 2\n"
        "rest = np.where(k % 2 == 0, even, 1 / (np.pi * k**2))\n"
        f"return np.append([{first}, 1 / 4 + 1 / np.pi**2], rest)[: k_max + 1]",
    )


def of_rows_by_sum(equal):
    body = f"return all({equal} for i in range(len(matrix)))"
    return "is_circulant", f"size = np.abs(matrix).max()\n{body}"


def of_indices(places, also="True"):
    return (
        "is_circulant",
        "i, j = np.indices(matrix.shape)\nsize = 1e-10 * np.abs(matrix).max()\n"
        f"right = np.abs(matrix - matrix[0, {places}]).max() <= size\n"
        f"return bool(right and {also})",
    )


_OF_TRANSPOSED = "np.abs(matrix - matrix.T).max() <= size"
_OF_SINE = "(np.pi - 1 - theta) * np.sin(theta)"


def of_inverse(m):
    return f"return targets + np.linalg.inv(np.eye(len(kernel)) + {m}) @ (initial_output - targets)"


def of_modes(to, back):
    return (
        "rates, v = np.linalg.eigh(kernel / len(targets))\n"
        f"modes = np.exp(-rates * time) * ({to} @ (initial_output - targets))\n"
        f"return targets + {back} @ modes"
    )


_Z = "relu(circle_points(angles) @ w.T{}) @ a / np.sqrt(len(a))".format
_OF_COSINE = "return (np.sqrt(1 - theta**2) + (np.pi - np.arccos(theta)) * {}) / np.pi"
_AT_ONCE = (_BACK, *(_MOVE(p, p, p) for p in "wba"))
# What is said, of which program, and of which it is not.
PROGRAMS = [
    ("whole", of_loss("np.mean(r) ** 2"), of_loss("0.5 * np.mean(r) ** 2")),
    ("the sum is taken before", of_loss("np.sum(r) ** 2 / (2 * n)"), of_loss("np.mean(r) ** 2")),
    (
        "sum is taken before the square, and the whole is n times",
        of_loss("np.sum(r) ** 2 / 2"),
        of_loss("np.mean(r) ** 2 / 2"),
    ),
    (
        "is π/180 times its right size: is a factor 180/π missing?",
        ("kappa0", "return 1 - theta / 180"),
        ("kappa0", "return 1 - theta * 180 / np.pi**2"),
    ),
    (
        "is √n times its right size",
        of_loss("n**0.5 * np.mean(r) ** 2 / 2"),
        of_loss("n**0.5 * r @ r"),
    ),
    ("is it np.allclose's own?", of_rows("-i", "n"), of_rows("-i", "n", "0, 1e-10 * size")),
    ("One entry far off is not seen", of_rows("i", "min(2, n)"), of_rows("-i", "n")),
    (
        "to tiny entries alone: is an axis missing?",
        ("is_circulant", "return np.allclose(np.roll(matrix, (1, 1)), matrix)"),
        ("is_circulant", "return np.allclose(np.roll(matrix, 1, axis=0), matrix)"),
    ),
    ("Yours goes by |i − j|.", of_indices("abs(i - j)"), of_indices("j - i", _OF_TRANSPOSED)),
    ("Yours asks for symmetry too", of_indices("j - i", _OF_TRANSPOSED), of_indices("abs(i - j)")),
    ("yours is absolute", of_circulant("1e-10"), of_circulant("1e-6 * np.abs(matrix).max()")),
    ("yours allows too much.", of_circulant("1e-6 * np.abs(matrix).max()"), of_circulant("1e-8")),
    ("too little for rounding", of_circulant("0"), of_circulant("1e-10")),
    (
        "off by 8e-9 of the largest",
        of_circulant("1e-8 * np.abs(matrix).max()"),
        of_circulant("1e-10 * np.abs(matrix).max()"),
    ),
    (
        "all rows are alike",
        ("is_circulant", "return np.allclose(np.roll(matrix, 1, axis=0), matrix)"),
        of_circulant("0"),
    ),
    (
        "right for column 1, wrong for column 2.",
        ("circle_points", "return np.column_stack([np.cos(angles), np.tan(angles)])"),
        ("circle_points", "return np.column_stack([np.sin(angles), np.tan(angles)])"),
    ),
    ("2 in place of √2", of_transform("2"), of_transform("np.sqrt(2)")),
    ("those given are not used", of_transform("np.sqrt(2)"), of_loss("n")),
    (
        "the bias does not move",
        of_descent(_BACK, _MOVE("w", "w", "w"), _BACK, _MOVE("a", "a", "a")),
        of_descent(*_AT_ONCE, steps="steps + 1"),
    ),
    (
        "digits of your own sums",
        ("ntk_eigenvalues", "return rough(k_max + 1)[1:]"),
        of_descent(_BACK, _MOVE("w", "w", "w"), _BACK, _MOVE("a", "a", "a")),
    ),
    (
        "the trapezoid rule, from the first sample to the last.",
        of_gaps("np.diff(angles, prepend=angles[0], append=angles[-1])"),
        of_gaps("np.diff(angles, prepend=angles[-1] - 2*np.pi, append=angles[0] + 2*np.pi)"),
    ),
    (
        "In the part of the first layer: one term is wrong: a cosine is missing in it, or in that",
        of_kernel("2 * k0", "theta * c"),
        of_kernel("(c + 1) * k0", "1"),
    ),
    (  # not of a sum of two changes of the same term
        "sin and cos have changed places",
        of_kernel("(c + 1) * k0", f"c + {_OF_SINE}"),
        of_kernel("(c + 1) * k0", f"(2 * theta - np.pi + 1) * c + {_OF_SINE}"),
    ),
    (
        "In the part of the second layer: θ stands for π − θ in one term.",
        of_kernel("2 * k0", "theta * c"),
        of_kernel("2 * k0", "(np.pi - theta) * c"),
    ),
    (
        "Wrong for the columns of w and the columns of a. For the columns of a: yours is √m times",
        of_columns("np.repeat(d, 2, axis=1) * np.repeat(x, len(a), axis=1), d, h * len(a)**0.5"),
        of_columns("np.repeat(d, 2, axis=1) * np.repeat(x, len(a), axis=1), d, h**2"),
    ),
    (
        "the flow is its limit for small steps",
        ("frozen_kernel_prediction", of_inverse("time * kernel / len(targets)")),
        of_flow("time", "1"),
    ),
    (
        "A transpose is missing or too many: that of the eigenvectors.",
        ("frozen_kernel_prediction", of_modes("v", "v.T")),
        ("frozen_kernel_prediction", of_modes("v", "v")),
    ),
    ("one too many", of_descent(*_AT_ONCE, steps="steps + 1"), of_descent(*_AT_ONCE, steps="1")),
    (
        "the NTK is a sum over what is trained",
        ("empirical_ntk", "j = jacobian(w, b, a, angles)[:, : 3 * len(a)]\nreturn j @ j.T"),
        ("forward", f"return {_Z('')}"),
    ),
    (
        "is silent",
        ("forward", f"return {_Z(' + b').replace('relu', '')}"),
        ("forward", f"return {_Z(' - b')}"),
    ),
    (
        "E[1 1'] is κ0/2",
        (
            "analytic_ntk",
            "t = angle_between(angles, angles)\nreturn (np.cos(t) + 1) * kappa0(t) + kappa1(t)",
        ),
        ("balance", "return (a**2 - (w**2).sum(axis=1) - b**2) / 2"),
    ),
    (
        "each of the other values is half its right size",
        ("forward", f"return {_Z(' + b')} * np.where(angles > 1, 1.0, 0.5)"),
        ("forward", f"return {_Z(' + b')} * 0.5"),
    ),
    (
        "The angle itself stands where its cosine belongs, in the first layer.",
        (
            "analytic_ntk",
            "t = angle_between(angles, angles)\nreturn ((t + 1) * kappa0(t) + kappa1(t)) / 2",
        ),
        ("analytic_ntk", "return 2 * kappa1(angle_between(angles, angles))"),
    ),
    (
        "an end of the grid has the wrong weight",
        ("ntk_eigenvalues", "return mean_over(np.linspace(0, 2 * np.pi, 1000), k_max)"),
        ("ntk_eigenvalues", "return mean_over(np.linspace(0, 2 * np.pi, 1000)[:-1], k_max) + 1e-2"),
    ),
    (
        "and from 0 to π each end counts half",
        ("ntk_eigenvalues", "return mean_over(np.arange(500) * np.pi / 500, k_max)"),
        ("ntk_eigenvalues", "return mean_over((np.arange(500) + 0.5) * np.pi / 500, k_max)"),
    ),
    (
        "an end of the grid has the wrong weight",
        of_mean("np.linspace(-np.pi, np.pi, 400)"),
        of_mean("np.linspace(-np.pi, np.pi, 400)", "len(u) - 1"),
    ),
    (
        "an end of the grid has the wrong weight",
        of_mean("np.linspace(0, np.pi, 300)"),
        of_mean("(np.arange(300) + 0.5) * np.pi / 300"),
    ),
    (
        "each end counts half. The whole is twice its right size.",
        of_mean("np.linspace(-np.pi, np.pi, 401)", "len(u) / 2"),
        of_mean("np.linspace(-np.pi, np.pi, 401)"),
    ),
    *(
        (
            "One term is wrong: the cosine is added, and should multiply.",
            of_whole(f"np.cos(t) + {bias}kappa0(t) + kappa1(t)"),
            of_whole(f"2 * np.cos(t) + {bias}kappa0(t) + kappa1(t)"),
        )
        for bias in ("", "1 + ", "kappa0(t) + ")
    ),
    (
        "The angle itself stands where its cosine belongs, in an arccosine or the like.",
        ("kappa1", _OF_COSINE.format("theta")),
        ("kappa1", _OF_COSINE.format("1")),
    ),
    (
        "In the part of the second layer: the angle itself stands where its cosine belongs",
        of_whole("(np.cos(t) + 1) * kappa0(t) + of_cosine(t)"),
        of_whole("(np.cos(t) + 1) * kappa0(t) + 2 * of_cosine(t)"),
    ),
    (
        "learning rate of 0.01",
        of_flow("0.01", "int(time / 0.01)"),
        of_flow("0.1", "int(time / 0.1)"),
    ),
    ("in 300 steps", of_flow("time / 300", "300"), of_flow("0.01", "int(time / 0.01)")),
    (
        "a difference or a mean over random numbers",
        ("kappa1", "return np.sin(theta) / 3.14 + kappa1_of(theta)"),
        of_loss("n"),
    ),
    (
        "The part of the bias is missing, and the whole is m/n times its right size",
        of_two_parts("len(angles)"),
        of_two_parts("len(a)"),
    ),
    (
        "For k = 0: the part of the second layer is missing. For odd k ≥ 3",
        of_eigenvalues("1 / 4 + 1 / np.pi**2"),
        of_eigenvalues("1 / 4 + 2 / np.pi**2"),
    ),
    (
        "It has base 10. The learning rate is missing.",
        ("steps_to_learn", "return np.log10(remaining) / np.log(1 - eigenvalue)"),
        ("steps_to_learn", "return np.log10(remaining) / np.log(1 - learning_rate * eigenvalue)"),
    ),
    (
        "Yours goes by i + j, and allows too little for rounding",
        of_rows_by_sum("np.array_equal(matrix[i], np.roll(matrix[0], -i))"),
        of_rows_by_sum("np.abs(matrix[i] - np.roll(matrix[0], -i)).max() <= 1e-10 * size"),
    ),
    (
        "Yours goes by i + j. Read",
        of_rows_by_sum("np.abs(matrix[i] - np.roll(matrix[0], -i)).max() <= 1e-10 * size"),
        of_rows_by_sum("np.array_equal(matrix[i], np.roll(matrix[0], -i))"),
    ),
]
_HELPERS = """
circle = circle_points
def mean_over(u, k_max):
    t = angle_between(u[:1], u)[0]
    kernel = ((np.cos(t) + 1) * kappa0(t) + kappa1(t)) / 2
    return np.cos(np.outer(np.arange(k_max + 1), u)) @ kernel / len(u)
def of_cosine(c):
    return (np.sqrt(1 - c**2) + (np.pi - np.arccos(c)) * c) / np.pi
def rough(k_max):
    return mean_over(2 * np.pi * np.arange(200) / 200, k_max)
def kappa1_of(theta):
    return (np.pi - theta) * np.cos(theta) / np.pi
"""


def said_of(exercise, body):
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    head = f"def {exercise}({', '.join(EXERCISES[exercise].parameters)}):\n"
    verdict = verdict_of(f"{SOLUTIONS}\n{_HELPERS}\n\n{head}{lines}", exercise)
    question = next(iter(EXERCISES[exercise].trials.outputs.values()))
    return say(verdict.finding, question) if verdict.finding else ""


@pytest.mark.parametrize(("said", "where", "elsewhere"), PROGRAMS)
def test_of_programs(said, where, elsewhere):
    assert said.lower() in said_of(*where).lower()
    assert said.lower() not in said_of(*elsewhere).lower()


_SQUARES = "1/(k-1)^2 + 1/(k+1)^2"
FORMULAS = [
    (
        "the convention of Cho & Saul 2009",
        ("ntk_bias", "kappa0(t)", {}),
        ("ntk", "(cos(t) + 1)*kappa0(t) + kappa1(t)", {}),
    ),
    (
        "Your term '1/(pi^2*k^2)' does not belong here.",
        ("ntk_eigenvalue", "(k^2 + 3)/(pi^2 (k^2 - 1)^2) + 1/(pi^2*k^2)", {"k": "even"}),
        ("ntk_eigenvalue", "(k^2 + 3)/(pi^2 (k^2 - 1)^2) + 1/pi^2", {"k": "even"}),
    ),
    (
        "The angle itself stands where its cosine belongs, in 't*(pi - t)'.",
        ("ntk_first_layer", "t*(pi - t)/(2*pi)", {}),
        ("ntk_first_layer", "sin(t)*(pi - t)/(2*pi)", {}),
    ),
    (
        "Your term '(pi - t)*cos(t)/pi' is twice the right one.",
        ("ntk_second_layer", "sin(t)/(2*pi) + (pi - t)*cos(t)/pi", {}),
        ("ntk_second_layer", "kappa1(t)/2 + cos(t)*kappa0(t)/2", {}),
    ),
    (
        "The part of the first layer does not belong here.",
        ("ntk_second_layer", "kappa1(t)/2 + cos(t)*kappa0(t)/2", {}),
        ("ntk_second_layer", "sin(t)/(2*pi) + (pi - t)*cos(t)/pi", {}),
    ),
    (
        "The mean of a product is not the product of the means.",
        ("expectation_of_relus", "1/sqrt(2*pi) * 1/sqrt(2*pi)", {}),
        ("expectation_of_relus", "1/sqrt(2*pi)", {}),
    ),
    (
        "Those of arctan2 have changed places, and an absolute value is missing.",
        ("angle_between", "arctan2(x1*y1 + x2*y2, x1*y2 - x2*y1)", {}),
        ("angle_between", "arctan2(x1*y1 + x2*y2, abs(x1*y2 - x2*y1))", {}),
    ),
    (
        "Yours is never above π/2, and the angle may be.",
        ("angle_between", "arccos(abs(x1*y1 + x2*y2))", {}),
        ("angle_between", "arctan2(x1*y2 - x2*y1, x1*y1 + x2*y2)", {}),
    ),
    (
        "Yours is 3 times the right value",
        ("ntk_eigenvalue", "1/(3*pi^2)", {"k": "3"}),
        ("ntk_eigenvalue", "1/(10*pi^2)", {"k": "3"}),
    ),
    (
        "One power is wrong or missing, at '3*pi'.",
        ("ntk_eigenvalue", "1/(3*pi)", {"k": "3"}),
        ("ntk_eigenvalue", "1/(3*pi^2)", {"k": "3"}),
    ),
    (
        "wrong or missing, at '10*pi^2'.",
        ("ntk_eigenvalue", "1/(10*pi^2)", {"k": "3"}),
        ("ntk_eigenvalue", "1/(18*pi^2)", {"k": "3"}),
    ),
    (
        "Each arc-cosine kernel is taken at π − θ: check the value at θ = 0",
        ("ntk", "cos(t)*kappa0(pi - t)/2 + kappa0(pi - t)/2 + kappa1(pi - t)/2", {}),
        ("ntk", "(1 - cos(t))*kappa0(pi - t)/2 + kappa1(pi - t)/2", {}),
    ),
    (
        "The term with (π − θ) cos θ is half its right size.",
        ("ntk", "(cos(t) + 1)*kappa0(t)/2 + 2*sin(t)/(2*pi)", {}),
        ("ntk", "(cos(t) + 1)*kappa0(t)/2 + sin(t)/(2*pi)", {}),
    ),
    ("θ stands for π − θ", ("kappa1", "(sin(t) + t*cos(t))/pi", {}), ("kappa1", "sin(t)/pi", {})),
    ("a cosine is missing", ("kappa1", "(sin(t) + pi - t)/pi", {}), ("kappa1", "sin(t)/pi", {})),
    ("π/2 and π alone", ("kappa0", "(1 + cos(t))/2", {}), ("kappa0", "cos(t)", {})),
    (
        "'1/2' should be the part of the bias",
        ("ntk", "(cos(t)*kappa0(t) + 1 + kappa1(t))/2", {}),
        ("ntk", "(cos(t)*kappa0(t) + t + kappa1(t))/2", {}),
    ),
    (
        "has a ½",
        ("dL_da", "(f - y)*relu(z)/2/sqrt(m)", {}),
        ("angle_between", "arccos(x1*y1 + x2*y2)/2", {}),
    ),
    (
        "This is the part of the bias, for odd k.",
        ("ntk_eigenvalue", "1/(pi^2*k^2)", {"k": "even", "bias": False}),
        ("ntk_eigenvalue", "1/(pi^2*k^2)", {"k": "even"}),
    ),
    (
        "This is the part of the bias, for odd k.",
        ("ntk_eigenvalue_first_layer", "1/(pi^2*k^2)", {"k": "even"}),
        ("ntk_eigenvalue_first_layer", "1/(pi^2*k^2)", {"k": "odd"}),
    ),
    (
        "This is the part of the first layer, for even k, and yours is twice that.",
        ("ntk_eigenvalue_bias", "2(k^2 + 1)/(pi*(k^2 - 1))^2", {"k": "odd"}),
        ("ntk_eigenvalue_bias", "2(k^2 + 1)/(pi*(k^2 - 1))^2", {"k": "even"}),
    ),
    (
        "the flow is its limit for small steps.",
        ("decay", "1/(1 + lambda*tau)", {}),
        ("decay", "1 - lambda*tau", {}),
    ),
    (
        "off: one step alone, the power s is missing.",
        ("descent_decay", "1 - eta*lambda", {}),
        ("descent_decay", "1 - eta*lambda*s", {}),
    ),
    (
        "This is another derivative, ∂L/∂b.",
        ("dL_da", "r*a*step(z)/sqrt(m)", {}),
        ("dL_da", "r*a*x1*step(z)/sqrt(m)", {}),
    ),
    (
        "This is another derivative, ∂L/∂a",
        ("dL_dw1", "2r*relu(z)/sqrt(m)", {}),
        ("dL_dw1", "r*a*relu(z)/sqrt(m)", {}),
    ),
    (
        "the residual is r = f − y",
        ("dL_da", "(y - f)*max(z, 0)/sqrt(m)", {}),
        ("dL_da", "-r*max(z, 0)/sqrt(m)", {}),
    ),
    (
        "Two terms are missing",
        ("ntk", "sin(t)/(2*pi)", {}),
        ("ntk", "cos(t)*(1 - t/pi)/2 + (sin(t) - (pi - t)*cos(t))/(2*pi)", {}),
    ),
    (  # which stand there and cancel
        "The part of the bias is missing. One sign is wrong, at 'sin(t) - (pi - t)*cos(t)'",
        ("ntk", "cos(t)*(1 - t/pi)/2 + (sin(t) - (pi - t)*cos(t))/(2*pi)", {}),
        ("ntk", "(sin(t) - (pi - t)*cos(t))/(2*pi)", {}),
    ),
    (  # 1/4 is half of the 1/2 that belongs there
        "One sign is wrong, at '1/4 - arcsin(cos(t))/pi'. One number or factor is wrong or missing",
        ("kappa0", "1/4 - arcsin(cos(t))/pi", {}),
        ("kappa0", "-1/4 + t/pi", {}),
    ),
    (
        "One sign is wrong, at '1/pi^2*(1/(k - 1)^2 + 1/(k + 1)^2) + 1/(pi^2*(k^2 - 1))'",
        ("ntk_eigenvalue_second_layer", f"1/pi^2*({_SQUARES}) + 1/(pi^2*(k^2-1))", {"k": "even"}),
        ("ntk_eigenvalue_second_layer", f"1/pi^2*({_SQUARES}) - 2/(pi^2*(k^2-1))", {"k": "even"}),
    ),
]


@pytest.mark.parametrize(("said", "where", "elsewhere"), FORMULAS)
def test_of_formulas(said, where, elsewhere):
    for (quantity, formula, options), true in ((where, True), (elsewhere, False)):
        message = check(quantity, formula, **options).message
        assert (said in message) == true, message


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("2 - t/pi", "Your term '2' is twice the right one"),
        ("3/2 + arcsin(cos(t))/pi", "number or factor is wrong or missing, at '3/2'"),
        ("arctan(sin(t)/cos(t))/pi", "the whole is half its right size"),
    ],
)
def test_the_constant_term_of_a_formula_is_one_that_is_written(formula, said):
    """Not that of arcsin(cos t) = π/2 − t."""
    message = check("kappa0", formula).message
    assert said in message
    assert "onstant term" not in message


def test_a_power_behind_a_function_without_brackets_is_shown():
    text = "(3 sin t cos t + (pi - t)(1 + 2 cos{} t{}))/(3 pi)"
    unclear, clear = (check("kappa2", text.format(*p)) for p in (("", "^2"), ("^2", "")))
    assert unclear.verdict == clear.verdict == "right"
    assert "cos(t) ^ 2" in describe(unclear)
    assert not clear.note
    assert "cos(t ^ 2)" in as_json(check("kappa1", "cos t^2"))["note"]


@pytest.mark.parametrize(
    ("quantity", "formula", "k", "said"),
    [
        ("angle_between", "atan2(y2,y1) - atan2(x2,x1)", None, "two angles is not in [0, π]. Read"),
        ("angle_between", "atan2(x2,x1) - atan2(y2,y1)", None, "two angles is not in [0, π]. Read"),
        ("ntk_eigenvalue", "1/(4 pi^2)", "3", "this is the formula of odd k at k = 2."),
        ("ntk_eigenvalue", "7/(9 pi^2)", "3", "this is the value at k = 2."),
        ("ntk_eigenvalue", "1/(pi^2 (k-1)^2)", "odd", "the formula of odd k at k − 1."),
        ("kappa0", "t/pi", None, "exchanged, so that yours is the value at π − θ: check"),
        ("balance", "a^2 - w1^2 - w2^2 - b", None, "power is wrong or missing, at 'b'."),
    ],
)
def test_what_is_said_of_a_formula_is_true_of_it(quantity, formula, k, said):
    assert said in check(quantity, formula, k=k).message


@pytest.mark.parametrize(
    ("quantity", "formula", "note"),
    [
        ("kappa0", "(np.pi - t)/math.pi", "read without np. and math."),
        ("relu", "np.maximum(0, z)", "read without np. and math."),
        ("relu", r"\max(0, w\cdot x + b)", "read with w·x + b as z"),
        ("dL_da", "r relu(w^T x + b)/sqrt(m)", "read with w·x + b as z"),
        ("relu", "z step(z)", ""),
        ("relu", "z relu'(z)", ""),
        ("ntk_first_layer", "x.x' kappa0(t)/2", "read with x·x' as cos(t)"),
        ("kappa0", r"1 - \arccos(\langle x, x' \rangle)/\pi", "read with x·x' as cos(t)"),
    ],
)
def test_what_is_written_in_python_or_with_vectors_is_read_and_shown(quantity, formula, note):
    answer = check(quantity, formula)
    assert (answer.verdict, answer.note) == ("right", note)


def test_w_x_without_a_bias_is_no_pre_activation():
    with pytest.raises(ValueError, match=r"write z for w·x \+ b"):
        check("relu", "max(0, w·x)")


def test_the_output_of_a_neuron_has_no_letter_of_its_own():
    for quantity, said in (("dL_da", r"^write relu\(z\) for h$"), ("kappa0", "unknown name 'h'")):
        with pytest.raises(ValueError, match=said):
            check(quantity, "2 h")


@pytest.mark.parametrize("formula", ["exp(-λ η s)", "exp(-2λs η)", "1 - eta*lambda*s"])
def test_time_has_a_letter_where_step_and_rate_enter_as_their_product(formula):
    with pytest.raises(ValueError, match=r"^write tau for eta s$"):
        check("decay", formula)
    assert check("descent_decay", formula).verdict == "wrong"
    for other in ("(1 - eta*lambda)^s", "exp(-lambda*eta*tau)", "exp(-lambda*s)"):
        assert check("decay", other).verdict == "wrong"


def test_the_coordinates_of_a_point_have_letters():
    said = r"^write x1 for cos\(t\), x2 for sin\(t\)$"
    for formula in ("r a step(z) cos(θ)/√m", "r a step(z) sin t/√m", r"r a \cos\theta/√m"):
        with pytest.raises(ValueError, match=said):
            check("dL_dw1", formula)
    with pytest.raises(
        ValueError,
        match=r"unknown name 'theta'; the names here, with other spellings, are a, b, f, m",
    ):
        check("dL_dw1", "r a theta/√m")  # no: did you mean eta?
    with pytest.raises(
        ValueError, match=r"unknown name 't'; the names here, with other spellings, are pi, x1"
    ):
        check("angle_between", "arccos(cos(t))")


@pytest.mark.parametrize(
    ("quantity", "formula"),
    [
        *(("largest_stable_learning_rate", f"eta {sign} 2/lambda") for sign in ("<", "≤", ">")),
        ("largest_stable_learning_rate", "0 < eta < 2/lambda_max"),
        ("largest_stable_learning_rate", "1/lambda > eta"),
        ("steps_to_learn", "s >= log(q)/log(1 - eta*lambda)"),
        ("relu", "max(z, 0) >= 0"),
    ],
)
def test_an_inequality_is_no_formula(quantity, formula):
    with pytest.raises(ValueError, match=r"^give the formula only, one side of the inequality"):
        check(quantity, formula)


def test_a_comparison_is_0_or_1():
    assert check("relu_derivative", "z > 0").verdict == "right"
    assert check("relu", "z > 0").diagnosis == "uses-relu-for-derivative"


def test_two_changes_of_one_function_are_told_once():
    message = check("dL_da", "r*tanh(z)/sqrt(m)", hints=False).message
    assert message == "One function is wrong or missing, at 'tanh(z)'."
    both = check("kappa1", "(cos(t) + (pi - t)*cosh(t))/pi", hints=False).message
    assert both.count("function") == 2


def test_brackets_that_are_forgotten_are_told():
    steps = describe(check("steps_to_learn", "ln q / ln 1-ηλ"))
    assert "read as ln(q) / ln(1) - eta * lambda" in steps
    assert "wrong: steps_to_learn [brackets]" in steps
    assert check("kappa0", "π−θ/π").diagnosis == "brackets"
    assert check("kappa0", "π−(θ/π)").diagnosis == "factor-of-term"


def test_the_largest_eigenvalue_has_a_name_on_paper():
    assert check("largest_stable_learning_rate", "2/λ_max").verdict == "right"
    with pytest.raises(ValueError, match="unknown name 'lambda_max'"):
        check("decay", "exp(-lambda_max tau)")


@pytest.mark.parametrize(
    ("bracket", "said"),
    [
        ("[-cos(k u)/(π k^2)]_{π/2}^π", "the limit 'pi/2' of the bracket over u is wrong"),
        ("[-cos(k u)/(π k^2)]_1^π", "the limit '1' of the bracket over u is wrong"),
        ("[cos(k u)/(π k^2)]_0^π", "it is −1 times line 1"),
        ("[-cos(2 k u)/(π k^2)]_0^π", "it differs from line 1: 0.0112579 there and 0 here, at"),
        ("[1 - cos(k u)/(π k)]_0^π", "it is k times line 1"),
    ],
)
def test_a_limit_of_a_bracket_is_named(bracket, said):
    """And nothing is quoted of what it stands for, which nobody wrote."""
    steps = f"1/(2π) ∫_0^π sin(k u)/(π k) du\n= 1/(2π) {bracket}"
    assert said in check_steps("ntk_eigenvalue_bias", steps, k="odd").message
