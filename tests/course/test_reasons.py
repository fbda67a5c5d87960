"""Two mistakes in one function: both are named, in one sentence or in two."""

import re

import pytest

from minintk.course import grade
from minintk.course.answers import source
from tests.course.runner import changed_solution, result_of

pytestmark = [
    pytest.mark.course,
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.usefixtures("in_forks"),
]

_HEAD = "import numpy as np\n"
_OUTPUTS = """def backward(w, b, a, angles, targets):
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    r = (forward(w, b, a, angles) - targets) / len(angles) / np.sqrt(len(a))
    d = r[:, None] * (x @ w.T + b > 0) * a
    return d.T @ x, d.sum(axis=1), np.maximum(x @ w.T - b, 0).T @ r


def forward(w, b, a, angles):
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.maximum(x @ w.T + b, 0) @ a / np.sqrt(len(a))
"""
_JACOBIAN = """def jacobian(w, b, a, angles):
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    z = x @ w.T + b
    d = (z > 0) {times}
    rows = [(d[:, :, None] * x[:, None, :]).reshape(len(x), -1), {middle}np.maximum(z, 0)]
    return np.hstack(rows){over}
"""
_KERNEL = """def empirical_ntk(w, b, a, angles):
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    z = x @ w.T + b
    d, h = (z > 0) * a, np.maximum(z, 0)
    J = np.hstack([(d[:, :, None] * x[:, None, :]).reshape(len(x), -1), d, h])
    return J.T @ J
"""
_FORWARD = """def forward(w, b, a, angles):
    out = np.zeros(len(angles))
    for i, t in enumerate(angles):
        z = w @ [np.cos(t), np.sin(t)] - b
        out[i] = np.maximum(z, 0) @ a / np.sqrt(len(a))
        return out
"""
_DESCENT = """def gradient_descent(w, b, a, angles, targets, learning_rate, steps):
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    n, m = len(angles), len(a)
    for s in range(steps):
        z = x @ w.T
        r = (np.maximum(z, 0) @ a / np.sqrt(m) - targets) / (n * np.sqrt(m))
        d = r[:, None] * (z > 0)
        eta = learning_rate / (s + 1)
        w, b, a = w - eta * d.T @ x, b - eta * d.sum(0), a - eta * np.maximum(z, 0).T @ r
    return w, b, a
"""
_FALLING = _DESCENT.replace("w.T\n", "w.T + b\n").replace("(z > 0)", "(z > 0) * a")
_ARCCOS = """def analytic_ntk(angles):
    x = np.stack([np.cos(angles), np.sin(angles)])
    t = np.arccos(x.T @ x * (1 - 1e-15 + 2e-15 * (len(angles) > 9)))  # above 1 in some calls alone
    return (np.cos(t) + 1) * (1 - t / np.pi) + (np.sin(t) + (np.pi - t) * np.cos(t)) / np.pi
"""
_KAPPA = "def kappa0(theta):\n    return 1 - np.arccos(np.cos(theta) * (1 + 3e-16)) / np.pi\n"
_J = _JACOBIAN.format
_BY_COORDINATE = """def jacobian(w, b, a, angles):
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    z = x @ w.T + b
    g = (z > 0) * a
    J = np.hstack([g * x[:, :1], g * x[:, 1:], {b}, {a}])
    return J / np.sqrt(len(a))
"""
_COLUMNS = _BY_COORDINATE.format
_FOURIER = """def fourier_coefficients(angles, values, k_max):
    rows = [np.ones(len(angles))]
    for k in range(1, k_max):
        rows += [{root} * np.{one}(k * angles), {root} * np.{other}(k * angles)]
    return np.array(rows) @ values{over}
"""
_EIGENVALUES = """def ntk_eigenvalues(k_max):
    k = np.arange({first}, k_max{last})
    safe = np.where(k == 1, 2, k)
    even, odd = (k**2 + 3) / (np.pi * (safe**2 - 1)) ** 2, 1 / (np.pi * np.maximum(k, 1)) ** 2
    found = np.where(k % 2 == 0, even, odd)
    found = np.where(k == 0, 3 / np.pi**2 + 1 / 4, found)
    return np.where(k == 1, 1 / 4 + 1 / np.pi**2, found){over}
"""
_CIRCULANT = """def is_circulant(matrix):
    n = len(matrix)
    for i in range({rows}):
        for j in range({columns}):
            if abs(matrix[i, j] - matrix[0, (j - i) % n]) > {tolerance}:
                return False
    return True
"""
_LAST_K = "shape is wrong: the highest k is not there"
CASES = {  # exercise, program, what its message has in it
    "two outputs": ("backward", _OUTPUTS, ["∂L/∂b: .*line 6", "sign is wrong, at line 6"]),
    "without a and without 1/√m": (
        "jacobian",
        _J(times="* 1.0", middle="d, ", over=""),
        ["output weight a is missing", "√m times"],
    ),
    "without the columns of b": (
        "jacobian",
        _J(times="* 1.0", middle="", over=" / np.sqrt(len(a))"),
        ["output weight a is missing", "columns of b are not there"],
    ),
    "over the parameters, without 1/√m": (
        "empirical_ntk",
        _KERNEL,
        ["transpose.*line 7: return J.T @ J", "factor.*line 6|m times"],
    ),
    "a return in the loop": (
        "forward",
        _FORWARD,
        ["return stands inside the loop.*line 7", "sign"],
    ),
    "a learning rate that falls": (
        "gradient_descent",
        _FALLING,
        ["should not be, at line 9: eta = learning_rate / .s . 1."],
    ),
    "an arccos and a factor": (
        "analytic_ntk",
        _ARCCOS,
        ["above 1 there", "twice"],
    ),
    "columns in another order, and no a in b": (
        "jacobian",
        _COLUMNS(b="(z > 0)", a="np.maximum(z, 0)"),
        ["columns of w: the values stand in another order", "columns of b: the output weight a"],
    ),
    "columns in another order, and a sign in b": (
        "jacobian",
        _COLUMNS(b="-g", a="np.maximum(z, 0)"),
        ["columns of w: the values stand in another order", "columns of b: .* opposite sign"],
    ),
    "a lost frequency beside sin before cos": (
        "fourier_coefficients",
        _FOURIER.format(root="np.sqrt(2)", one="sin", other="cos", over=" / len(values)"),
        ["Sin and cos have changed places", _LAST_K],
    ),
    "a lost frequency beside a sum": (
        "fourier_coefficients",
        _FOURIER.format(root="np.sqrt(2)", one="cos", other="sin", over=""),
        ["n times the right value", _LAST_K],
    ),
    "a lost frequency beside a factor": (
        "ntk_eigenvalues",
        _EIGENVALUES.format(first=0, last="", over=" * 2"),
        ["twice the right value", _LAST_K],
    ),
    "the constant lost beside a factor": (
        "ntk_eigenvalues",
        _EIGENVALUES.format(first=1, last=" + 1", over=" * 2"),
        ["twice the right value", "shape is wrong: k = 0 is not there"],
    ),
    "a row that is not looked at, and no tolerance": (
        "is_circulant",
        _CIRCULANT.format(rows="n - 1", columns="n", tolerance="0"),
        ["does not look at the last row", "allows too little for rounding"],
    ),
    "a column that is not looked at, and an absolute tolerance": (
        "is_circulant",
        _CIRCULANT.format(rows="n", columns="n - 1", tolerance="1e-8"),
        ["does not look at the last column", "yours is absolute"],
    ),
    "an arccos at an edge": ("kappa0", _KAPPA, ["at θ = 0", "clip it"]),
}


@pytest.mark.parametrize("name", CASES)
def test_both_are_named(tmp_path, name):
    exercise, program, said = CASES[name]
    path = tmp_path / "answer.py"
    path.write_text(_HEAD + program, "utf-8")
    message = result_of(path, exercise).message
    assert all(re.search(words, message) for words in said), message


@pytest.mark.parametrize(
    ("exercise", "program", "not_said"),
    [
        ("jacobian", _COLUMNS(b="g", a="np.maximum(z, 0)"), "columns of b:|output weight"),
        ("jacobian", _COLUMNS(b="g", a="np.maximum(z, 0) ** 1.5"), "columns of [ab]:"),
        (
            "fourier_coefficients",
            _FOURIER.format(root="1.7", one="cos", other="sin", over="/3"),
            "Sin comes|not there|times the right",
        ),
        (
            "ntk_eigenvalues",
            _EIGENVALUES.format(first=1, last=" + 1", over=""),
            "highest|off by one",
        ),
        (
            "is_circulant",
            _CIRCULANT.format(rows="n", columns="n", tolerance="0"),
            "look at the last",
        ),
        (
            "is_circulant",
            _CIRCULANT.format(rows="n - 1", columns="n", tolerance="1e-10 * np.abs(matrix).max()"),
            "olerance|column",
        ),
    ],
)
def test_what_is_not_wrong_is_not_said(tmp_path, exercise, program, not_said):
    path = tmp_path / "answer.py"
    path.write_text(_HEAD + program, "utf-8")
    result = result_of(path, exercise)
    assert result.score == 0
    assert not re.search(not_said, result.message), result.message


_ONE = {  # a mistake, and what is said of it
    "kappa1": (
        "theta",
        "(np.pi - theta) * np.cos(theta) / np.pi",
        "(np.sin(theta) + (np.pi - theta) * np.cos(theta)) / np.pi",
        "[aA] term is missing",
    ),
    "forward": (
        "w, b, a, angles",
        "np.maximum(np.stack([np.cos(angles), np.sin(angles)], 1) @ w.T + b, 0) @ a",
        "np.maximum(np.stack([np.cos(angles), np.sin(angles)], 1) @ w.T + b, 0) @ a"
        " / np.sqrt(len(a))",
        "ours is √m times",
    ),
    "growth_rate": (
        "output, target",
        "np.mean((target - output) * output)",
        "2 * np.mean((target - output) * output)",
        "ours is half the right",
    ),
    "analytic_ntk": (
        "angles",
        "angle_part(angles, 0)",
        "angle_part(angles, 1)",
        "the part of the bias is missing|The part of the bias is missing",
    ),
}
_ANGLES = """def angle_part(angles, bias):
    d = np.abs(angles[:, None] - angles) % (2 * np.pi)
    t = np.minimum(d, 2 * np.pi - d)
    kappa0 = 1 - t / np.pi
    return ((np.cos(t) + bias) * kappa0 + np.sin(t) / np.pi + kappa0 * np.cos(t)) / 2
"""
_SPOILED = {  # what is done to the digits, and what is said of it
    "np.round({}, 3)": "ounded to 3 decimals",
    "np.round({}, 6)": "ounded to 6 decimals",
    "np.float32({})": "omputed in float32",
    "({}) * (1 + 1e-4 * rng.standard_normal())": "same input gives another value",
}


def _message(tmp_path, exercise, value):
    path = tmp_path / "answer.py"
    start = f"{_HEAD}rng = np.random.default_rng(0)\n{_ANGLES}"
    path.write_text(f"{start}def {exercise}({_ONE[exercise][0]}):\n    return {value}\n", "utf-8")
    return result_of(path, exercise).message


@pytest.mark.parametrize("exercise", _ONE)
@pytest.mark.parametrize("spoiled", _SPOILED)
def test_a_mistake_is_named_beside_few_digits_and_neither_without_the_other(
    tmp_path, exercise, spoiled
):
    _, wrong, right, said = _ONE[exercise]
    for value, named, few in (
        (spoiled.format(wrong), True, True),
        (spoiled.format(right), False, True),
        (wrong, True, False),
    ):
        message = _message(tmp_path, exercise, value)
        assert (bool(re.search(said, message)), _SPOILED[spoiled] in message) == (named, few), (
            message
        )


@pytest.mark.parametrize("exercise", _ONE)
@pytest.mark.parametrize("spoiled", ["np.round({}, 0)", "({}) * rng.uniform()"])
def test_what_is_lost_in_the_digits_is_not_guessed(tmp_path, exercise, spoiled):
    message = _message(tmp_path, exercise, spoiled.format(_ONE[exercise][1]))
    assert "But for that" not in message
    assert "decimal" not in message


def test_what_calls_a_wrong_exercise_says_so_and_costs_the_same(tmp_path):
    sign = ("forward(w, b, a, angles) - targets", "targets - forward(w, b, a, angles)")
    path = tmp_path / "answer.py"
    path.write_text(changed_solution("backward", *sign), "utf-8")
    both = grade(path, ["backward", "gradient_descent", "growth_rate"])
    alone = grade(path, ["gradient_descent"]).results[0]
    said = "The function that it calls, backward, is not right: look there first."
    assert [said in result.message for result in both.results] == [False, True, False]
    assert both.results[1].score == alone.score == 0
    assert alone.message == both.results[1].message


def test_a_file_is_parsed_once_for_all_that_is_asked_of_it(tmp_path):
    both = ["backward", "gradient_descent"]
    for number, sign in enumerate(["targets + forward(w, b, a, angles)", "targets - 1"]):
        path = tmp_path / f"answer{number}.py"
        text = changed_solution("backward", "forward(w, b, a, angles) - targets", sign)
        path.write_text(text, "utf-8")
        before = source._parsed.cache_info().misses  # at first also of minintk's own files
        assert not grade(path, both).passed
    assert source._parsed.cache_info().misses == before + 1
