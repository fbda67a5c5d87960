"""`grade`: right programs pass in five styles, and accidents cost their exercise alone."""

import pytest

from minintk.course import EXERCISES, exercise_text, grade
from minintk.course.grading import gradescope_json, report_text
from tests.course.runner import SOLUTIONS, verdict_of

# A student's float32 or a wrong power may warn; that is theirs.
pytestmark = [pytest.mark.course, pytest.mark.filterwarnings("ignore::RuntimeWarning")]


# --- by hand --------------------------------------------------------------------------------------


def test_reference_solutions_get_full_marks_and_stubs_none(tmp_path):
    for name, text, share in (("solutions", SOLUTIONS, 1), ("stubs", exercise_text(), 0)):
        path = tmp_path / f"{name}.py"
        path.write_text(text, encoding="utf-8")
        report = grade(path)
        assert [r.name for r in report.results] == list(EXERCISES)
        for result in report.results:
            assert result.score == share * result.points, result
    assert {result.diagnosis for result in report.results} == {"not-written"}


# --- theorem --------------------------------------------------------------------------------------


STYLES = {
    "loops": (
        "forward",
        """
import math
def forward(w, b, a, angles):
    out = []
    for t in angles:
        total = 0.0
        for r in range(len(a)):
            z = w[r][0] * math.cos(t) + w[r][1] * math.sin(t) + b[r]
            if z > 0:
                total += a[r] * z
        out.append(total / math.sqrt(len(a)))
    return out
""",
    ),
    "vectorised": (
        "empirical_ntk",
        """
import numpy as np
def empirical_ntk(w, b, a, angles):
    x = np.stack([np.cos(angles), np.sin(angles), np.ones_like(angles)], 1)
    z = x @ np.c_[w, b].T
    d, h = (z > 0) * a, z.clip(min=0)
    return ((x @ x.T) * (d @ d.T) + h @ h.T) / a.size
""",
    ),
    "other variable order": (
        "loss",
        "def loss(targets, output):\n    return ((output - targets) ** 2).mean() * 0.5".replace(
            "\\\n", "\n"
        ),
    ),
    "lists": (
        "backward",
        """
import numpy as np
def backward(w, b, a, angles, targets):
    w, b, a, targets = w.tolist(), b.tolist(), a.tolist(), list(targets)
    n, m = len(targets), len(a)
    gw, gb, ga = [[0.0, 0.0] for _ in a], [0.0] * m, [0.0] * m
    for t, y in zip(angles, targets):
        x = [np.cos(t), np.sin(t)]
        z = [w[r][0] * x[0] + w[r][1] * x[1] + b[r] for r in range(m)]
        f = sum(a[r] * max(z[r], 0.0) for r in range(m)) / m**0.5
        g = (f - y) / n / m**0.5
        for r in range(m):
            if z[r] > 0:
                gw[r][0] += g * a[r] * x[0]
                gw[r][1] += g * a[r] * x[1]
                gb[r] += g * a[r]
                ga[r] += g * z[r]
    return [gw, gb, ga]
""",
    ),
    "other algebra": (
        "ntk_eigenvalues",
        """
import numpy as np
def ntk_eigenvalues(k_max):
    x, v = np.polynomial.legendre.leggauss(4 * k_max + 80)
    u = (x + 1) * np.pi / 2
    kernel = (2 * (np.pi - u) * np.cos(u) + np.pi - u + np.sin(u)) / (2 * np.pi)
    return np.cos(np.outer(np.arange(k_max + 1), u)) @ (v * kernel) / 2
""",
    ),
}


@pytest.mark.parametrize("style", STYLES)
def test_right_programs_pass_in_every_style(style):
    exercise, source = STYLES[style]
    assert verdict_of(source, exercise).share == 1, verdict_of(source, exercise)


# --- refusal --------------------------------------------------------------------------------------


ACCIDENTS = """
import numpy as np
import torch
from jax import jit
from autograd import grad as differentiate

def relu(z):
    while True:
        pass

def relu_derivative(z):
    import os
    os.kill(os.getpid(), 11)

def circle_points(angles):
    import sys
    sys.exit(3)

def forward(w, b, a, angles):
    return np.zeros(10**12)

def loss(output, targets):
    while True:
        print("x" * 100000)

def backward(w, b, a, angles, targets):
    raise RuntimeError("no idea")

def gradient_descent(w, b, a, angles, targets, learning_rate, steps):
    w -= 1
    return w, b, a

def jacobian(w, b, a, angles):
    np.dot = lambda x, y: 0
    return np.zeros((len(angles), 4 * len(a)))

def empirical_ntk(w, b, a, angles):
    return torch.zeros(3)

def angle_between(angles, other_angles):
    import minintk
    return minintk.angle_between(angles, other_angles)

def kappa0(theta):
    return differentiate(theta)

@jit
def kappa1(theta):
    return theta

def analytic_ntk(angles):
    import os
    os._exit(0)

def is_circulant(matrix):
    return is_circulant(matrix)

def growth_rate(output, targets):
    print("just looking", output)
    return 2 * np.mean((targets - output) * output)
"""
EXPECTED = {
    "relu": ("time-limit", "Stopped after"),
    "relu_derivative": ("crash", "SIGSEGV"),
    "circle_points": ("exit", "sys.exit(3) (line 17)"),
    "forward": ("memory-limit", "Unable to allocate"),
    "loss": ("too-much-output", "1000000 characters"),
    "backward": ("raises", "RuntimeError: no idea (line 27)"),
    "gradient_descent": (None, ""),
    "jacobian": ("numpy-changed", "numpy.dot"),
    "empirical_ntk": ("forbidden-import", "torch.zeros"),
    "angle_between": ("forbidden-import", "minintk"),
    "kappa0": ("forbidden-import", "autograd.grad"),
    "kappa1": ("forbidden-import", "jax.jit"),
    "analytic_ntk": ("crash", "exit status 0"),
    "is_circulant": ("raises", "RecursionError"),
    "balance": ("missing-function", "balance"),
    "growth_rate": (None, "Right"),
}


def test_accidents_cost_their_exercise_and_never_the_grader(tmp_path):
    path = tmp_path / "accidents.py"
    path.write_text(ACCIDENTS, encoding="utf-8")
    report = grade(path, EXPECTED, seconds=0.5)
    assert report.loaded
    for result in report.results:
        diagnosis, words = EXPECTED[result.name]
        assert words in result.message, result
        if diagnosis is not None:
            assert (result.diagnosis, result.score) == (diagnosis, 0.0), result
    assert report.results[-1].score == report.results[-1].points
    text, layout = report_text(report), gradescope_json(report)
    assert "total" in text
    assert {"name", "score", "max_score", "output"} <= set(layout["tests"][0])
    assert layout["score"] == sum(test["score"] for test in layout["tests"])


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def relu(z:\n", "SyntaxError"),
        ("raise ValueError('not today')", "ValueError: not today (line 1)"),
        ("import sys; sys.exit(1)", "sys.exit(1)"),
        ("while True: pass", "Stopped after"),
    ],
)
def test_a_file_that_cannot_be_run(tmp_path, source, words):
    path = tmp_path / "broken.py"
    path.write_text(source, encoding="utf-8")
    report = grade(path, ["relu"], seconds=0.5)
    assert not report.loaded
    assert words in report.results[0].message
    assert "cannot be run" in report.results[0].message
    assert report.results[0].score == 0


def test_refusals(tmp_path):
    with pytest.raises(FileNotFoundError, match="which is not there"):
        grade(tmp_path / "none.py")
    path = tmp_path / "a.py"
    path.write_text("", encoding="utf-8")
    with pytest.raises(ValueError, match="exercise must be one of 'relu'"):
        grade(path, ["softmax"])
