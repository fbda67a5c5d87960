"""Sentences on a line of a student's program: what is told of it is true of that line."""

import pytest

from tests.course.runner import result_of

pytestmark = [pytest.mark.course, pytest.mark.filterwarnings("ignore::RuntimeWarning")]

_COEFFICIENTS = """import numpy as np


def fourier_coefficients(angles, values, k_max):
    c = [np.mean(values)]
    {before}
    for k in range(1, k_max + 1):
        {inside}
        c.append({root} * np.mean(values * np.cos(k * angles)))
        c.append({root} * np.mean(values * np.sin(k * angles)))
    return np.array(c)
"""
_KERNEL = """import numpy as np


def empirical_ntk(w, b, a, angles):
    m = len(a)
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    z = x @ w.T + b
    h = np.maximum(z, 0)
    act = {active}
    both = act @ act.T
    return (both * (x @ x.T + 1) + h @ h.T) / {count}
"""
_EIGENVALUES = """import numpy as np


def ntk_eigenvalues(k_max):
    k = np.arange(k_max + 1)
    even = (k**2 + 3) / (np.pi**2 * (k**2 - 1) ** 2)
    return np.where(k % 2 == 0, even, {factor} / np.maximum(np.pi * k, 1) ** 2)
"""
_PLACES = "Right for the constant, wrong for the cosines and the sines. "
_INPUT = "It changes its input 'values': work on a copy. "


def _of(before="pass", inside="pass", root="np.sqrt(2)"):
    return _COEFFICIENTS.format(before=before, inside=inside, root=root)


_ANGLES = """import numpy as np


def angle_between(angles, other_angles):
    d = np.abs(np.subtract.outer(angles, other_angles)) % (2 * np.pi)
    d = np.minimum(d, 2 * np.pi - d)
    {line}
    return d
"""
_ZERO = "A line is there that should not be, at line 7: "
SAID = [
    # a sign or another function there would take the statement away, and += adds nothing
    *(
        ("angle_between", _ANGLES.format(line=line), f"{_ZERO}{line}. ")
        for line in ("np.fill_diagonal(d, 0)", "d[0] = 0", "d[0, 0] = 1")
    ),
    (
        "fourier_coefficients",
        _of("values = values - c[0]"),
        f"{_PLACES}A line is there that should not be, at line 6: values = values - c[0]. ",
    ),
    # that an input is changed comes first
    (
        "fourier_coefficients",
        _of("values -= c[0]"),
        f"{_INPUT}{_PLACES}A line is there that should not be, at line 6: values -= c[0]. ",
    ),
    (
        "fourier_coefficients",
        _of(inside="values *= np.sqrt(2)", root="1"),
        f"{_INPUT}{_PLACES}A line stands inside a loop and belongs before it, at line 8: "
        "values *= np.sqrt(2). ",
    ),
    # one factor explains all, and no power besides
    (
        "empirical_ntk",
        _KERNEL.format(active="z > 0", count="m"),
        "One number or factor is wrong or missing, at line 9: act = z > 0. ",
    ),
    # the root of m is to be m, and m itself is the number of neurons (two changes: a second)
    (
        "empirical_ntk",
        _KERNEL.format(active="(z > 0) * np.sqrt(np.abs(a))", count="np.sqrt(m)"),
        "One power is wrong or missing, at line 9: act = (z > 0) * np.sqrt(np.abs(a)). Another "
        "power is wrong or missing, at line 11: return (both * (x @ x.T + 1) + h @ h.T) / "
        "np.sqrt(m). ",
    ),
]


@pytest.mark.parametrize(("factor", "true"), [("1", True), ("np.where(k == 1, 2, 1)", False)])
def test_the_formula_of_odd_k_at_k_1_is_named(tmp_path, factor, true):
    path = tmp_path / "answer.py"
    path.write_text(_EIGENVALUES.format(factor=factor), "utf-8")
    message = result_of(path, "ntk_eigenvalues").message
    assert (
        "For k = 1: at k = 1 yours has the value of the formula of odd k ≥ 3" in message
    ) == true, message


@pytest.mark.parametrize(("exercise", "program", "said"), SAID)
def test_what_is_said_of_a_line_is_true_of_it(tmp_path, exercise, program, said):
    path = tmp_path / "answer.py"
    path.write_text(program, "utf-8")
    message = result_of(path, exercise).message
    assert message.startswith(f"{said}Read: "), message
