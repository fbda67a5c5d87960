"""Sentences on a line of a student's program: what is told of it is true of that line."""

from unittest import mock

import numpy as np
import pytest

from minintk.course.answers import one_change
from minintk.course.diagnosis.words import say
from tests.course.runner import changed_solution, result_of, verdict_of
from tests.course.test_one_change import changes_of

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
    assert ("At k = 1 yours has the value of the formula of odd k ≥ 3" in message) == true, message


@pytest.mark.parametrize(("exercise", "program", "said"), SAID)
def test_what_is_said_of_a_line_is_true_of_it(tmp_path, exercise, program, said):
    path = tmp_path / "answer.py"
    path.write_text(program, "utf-8")
    message = result_of(path, exercise).message
    assert message.startswith(f"{said}Read: "), message


_MODES = """import numpy as np


def ntk_eigenvalues(k_max):
    found = np.zeros(k_max + 1)
    for k in range(k_max + 1):
        if k == 0:
            found[k] = 3 / np.pi**2 + {bias}
        {other} k == 1:
            found[k] = 1 / np.pi**2 + {bias}
        {other} k % 2 == 0:
            found[k] = (k**2 + 3) / (np.pi**2 * (k**2 - 1) ** 2)
        else:
            found[k] = 1 / (np.pi * k) ** 2
    return found
"""
_SUM = """import numpy as np


def forward(w, b, a, angles):
    f = np.zeros(len(angles))
    for i, t in enumerate(angles):
        for w1, w2, weight, bias in zip(*w.T, a, b):
            z = w1 * np.cos(t) + w2 * np.sin(t) + bias
            if z <= 0:
                {end}
            f[i] += weight * z
    return f / np.sqrt(len(a))
"""
_OUTSIDE = """import numpy as np


def forward(w, b, a, angles):
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.maximum(x @ w.T, 0) @ a / np.sqrt(len(a)) + {}
"""
_FLOW = """import numpy as np


def frozen_kernel_prediction(kernel, initial_output, targets, time):
    rates, v = np.linalg.eigh(kernel / len(kernel))
    start = initial_output - targets
    return {} + v @ (np.exp(-rates * time) * (v.T @ start))
"""
_FOLDED = """import numpy as np


def angle_between(angles, other_angles):
    d = np.abs(np.subtract.outer(angles, other_angles)) % (2 * np.pi)
    if d.max() > np.pi:
        d = 2 * np.pi - d
    return d
"""
_EVEN = """import numpy as np


def ntk_eigenvalues(k_max):
    found = [3 / np.pi**2 + 1 / 4, 1 / np.pi**2 + 1 / 4]
    for k in range(2, k_max + 1):
        found.append({} if k % 2 == 0 else 1 / (np.pi * k) ** 2)
    return np.array(found[: k_max + 1])
"""
PAIRS = [  # what is said of a program, and another of which it is not
    (
        "Return ends the whole function, not the round of a loop: continue or break is meant, at",
        ("forward", _SUM.format(end="return f / np.sqrt(len(a))")),
        ("forward", _SUM.format(end="break")),
    ),
    (
        "an else belongs, at line 7: if k == 0:.",
        ("ntk_eigenvalues", _MODES.format(bias="1 / 4", other="if")),
        ("ntk_eigenvalues", _MODES.format(bias="0", other="elif")),
    ),
    (
        "The brackets do not say what you mean: * and / go from left to right, ^ before both. Line",
        ("ntk_eigenvalues", _EVEN.format("(k**2 + 3) / np.pi**2 * (k**2 - 1) ** 2")),
        ("ntk_eigenvalues", _EVEN.format("(k**2 + 3) / (np.pi**2 * (k**2 - 1) ** 3)")),
    ),
    (
        "/ is meant, at line 8: found[k] = 3 / np.pi**2 + 1 // 4. Read",
        ("ntk_eigenvalues", _MODES.format(bias="1 // 4", other="elif")),
        ("ntk_eigenvalues", _MODES.format(bias="0", other="elif")),
    ),
    (
        "At k = 0 yours is without the bias. The formula of even k ≥ 2 gives the same.",
        ("ntk_eigenvalues", _MODES.format(bias="0", other="elif")),
        ("ntk_eigenvalues", _MODES.format(bias="1 / 4", other="if")),
    ),
    (
        "This is not the output but the residual, to which that at τ = 0 is added. Read",
        ("frozen_kernel_prediction", _FLOW.format("start")),
        ("frozen_kernel_prediction", _FLOW.format("0")),
    ),
    (
        "The bias belongs inside the ReLU.",
        ("forward", _OUTSIDE.format("b.sum()")),
        ("forward", _OUTSIDE.format("0")),
    ),
]


@pytest.mark.parametrize(("said", "where", "elsewhere"), PAIRS)
def test_what_is_said_of_a_line_is_not_said_of_another(tmp_path, said, where, elsewhere):
    path = tmp_path / "answer.py"
    for (exercise, program), true in ((where, True), (elsewhere, False)):
        path.write_text(program, "utf-8")
        message = result_of(path, exercise).message
        assert (said in message) == true, message


def test_a_condition_that_never_holds_is_no_wrong_comparison(tmp_path):
    """All entries are changed at once: without the condition that is another, known mistake."""
    path = tmp_path / "answer.py"
    path.write_text(_FOLDED, "utf-8")
    with mock.patch.object(one_change, "SECONDS", 0.3):
        assert "comparison" not in result_of(path, "angle_between").message


def test_sines_that_have_moved_on_by_one_are_no_cosines():
    entries = "return np.hstack([c[0], 0, c[1:-1]])"
    whole = "return np.array(rows) @ values / len(angles)"
    for new, said in (
        (entries, False),
        ("return c[[0, *np.arange(1, len(c)).reshape(-1, 2)[:, ::-1].flat]]", True),
    ):
        source = changed_solution(
            "fourier_coefficients", whole, f"{whole.replace('return', 'c =')}\n    {new}"
        )
        message = say(verdict_of(source, "fourier_coefficients").finding)
        assert ("in and cos have changed places" in message) == said, message


def test_of_a_term_that_is_taken_away_nothing_is_changed():
    """x + y for z would be two changes, of which the one undoes what the other is for."""
    source = "import numpy as np\n\n\ndef f(x):\n    y = x**3\n    z = np.exp(x)\n    return {}\n"
    assert changes_of(source.format("x + y"), np.exp) is None
    one = changes_of(source.format("x + z"), np.exp)
    assert [c["kind"] for c in one] == ["inner-term"]


def test_at_1_the_formula_of_odd_k_is_the_part_of_the_bias(tmp_path):
    """Without the bias the value there would be 1/4, so nothing is said of a missing bias."""
    path = tmp_path / "answer.py"
    right = _MODES.format(bias="1 / 4", other="elif")
    assert "found[k] = 1 / np.pi**2 + 1 / 4" in right
    path.write_text(right.replace("1 / np.pi**2 + 1 / 4", "1 / np.pi**2"), "utf-8")
    message = result_of(path, "ntk_eigenvalues").message
    assert "At k = 1 yours has the value of the formula of odd k ≥ 3. " in f"{message} ", message
