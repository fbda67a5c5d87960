"""`grade`: right programs pass in five styles, and accidents cost their exercise alone."""

import json
import os
import re
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

import minintk
from minintk.course import EXERCISES, exercise_text, grade, grading
from minintk.course.answers import program
from minintk.course.diagnosis.finding import Finding
from minintk.course.diagnosis.shown import as_python
from minintk.course.diagnosis.words import say
from minintk.course.reports import gradescope_json, report_text
from tests.course.runner import SOLUTIONS, result_of, verdict_of

# A student's float32 or a wrong power may warn; that is theirs.
pytestmark = [pytest.mark.course, pytest.mark.filterwarnings("ignore::RuntimeWarning")]


def commanded():
    """Every file of the tables below whose process matters: what is in it, and what is graded."""
    exercise, body, *_ = FAIR["midpoint rule"]  # its time is a part of what is fair
    return {
        "midpoint rule": (f"import numpy as np\n{body}", [exercise]),
        "solutions": (SOLUTIONS, None),
        "stubs": (exercise_text(), None),
        "accidents": (ACCIDENTS, EXPECTED),
    }


def loaded():
    """Every file of which only one line matters: how it is loaded, or why it is not."""
    return {name: (source, ["relu"]) for name, source in LOADED.items()} | {
        source: (source, ["relu"]) for source in BROKEN
    }


@pytest.fixture(scope="module")
def reports(tmp_path_factory, kept_process):
    """The report of each of these, those in processes of their own two at a time."""
    stopped_early = {"accidents", *BROKEN}

    def report(name, source, exercises):
        path = tmp_path_factory.mktemp("graded") / "answer.py"
        path.write_bytes(source if isinstance(source, bytes) else source.encode())
        with np.errstate(all="ignore"):
            return grade(path, exercises, seconds=0.5 if name in stopped_early else 4.0)

    grading.require_working_grader()  # once for both
    found = {}
    with mock.patch.object(program, "_run_process", kept_process.run):
        for name, how in loaded().items():
            found[name] = Future()
            found[name].set_result(report(name, *how))
    with ThreadPoolExecutor(2) as pool:
        yield found | {n: pool.submit(report, n, *how) for n, how in commanded().items()}
        pool.shutdown(cancel_futures=True)


# --- by hand --------------------------------------------------------------------------------------


def test_reference_solutions_get_full_marks_and_stubs_none(reports):
    files = {"solutions": "tests/course/solutions.py", "stubs": "minintk/course/exercises"}
    for name, share in (("solutions", 1), ("stubs", 0)):
        report = reports[name].result()
        assert [r.name for r in report.results] == list(EXERCISES)
        for result in report.results:
            said = f"{result.score} of {result.points} points: {result.message}"
            assert result.score == share * result.points, f"{files[name]}, {result.name}: {said}"
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


FUNCTIONS = "import numpy as np\ndef relu(z):\n    return np.maximum(z, 0)\n"
LOADED = {
    "BOM": "\ufeff".encode() + FUNCTIONS.encode(),
    "latin-1": b"# -*- coding: latin-1 -*-\n# d\xe9riv\xe9e\n" + FUNCTIONS.encode(),
    "CRLF": FUNCTIONS.replace("\n", "\r\n").encode(),
    "failing last line": FUNCTIONS.encode() + b"print(undefined_name)\n",
    "missing data": b"import numpy as np\nx = np.load('data.npy')\n" + FUNCTIONS.encode(),
    "absent package": b"import a_package_of_nobody\n" + FUNCTIONS.encode(),
    "get_ipython": b"get_ipython().run_line_magic('matplotlib', 'inline')\n" + FUNCTIONS.encode(),
    "future": b"from __future__ import annotations\n" + FUNCTIONS.encode(),
}


@pytest.mark.parametrize("name", LOADED)
def test_files_are_loaded_as_python_loads_them(reports, name):
    report = reports[name].result()
    assert report.passed, report
    lines = {"failing last line": 4, "missing data": 2, "absent package": 1, "get_ipython": 1}
    assert (f"(line {lines[name]})" if name in lines else "") in report_text(report)


def score_of(tmp_path, exercise, body):
    """What a function gets that needs no process of its own: it does nothing but compute."""
    path = tmp_path / "answer.py"
    path.write_text(f"import numpy as np\n{body}", "utf-8")
    return result_of(path, exercise)


FAIR = {
    "midpoint rule": (
        "ntk_eigenvalues",
        "def ntk_eigenvalues(k_max):\n"
        "    u = (np.arange(40000) + 0.5) * np.pi / 40000\n"
        "    K = (2*(np.pi - u)*np.cos(u) + np.pi - u + np.sin(u)) / (2*np.pi)\n"
        "    return np.array([np.mean(K*np.cos(k*u)) for k in range(k_max + 1)])\n",
        1.0,
        None,
    ),
    "coarse midpoint rule": (
        "ntk_eigenvalues",
        "def ntk_eigenvalues(k_max):\n"
        "    u = (np.arange(500) + 0.5) * np.pi / 500\n"
        "    K = (2*(np.pi - u)*np.cos(u) + np.pi - u + np.sin(u)) / (2*np.pi)\n"
        "    return np.array([np.mean(K*np.cos(k*u)) for k in range(k_max + 1)])\n",
        0.0,
        "few-digits",
    ),
    "allclose": (
        "is_circulant",
        "def is_circulant(matrix):\n"
        "    rows = [np.roll(row, -i) for i, row in enumerate(matrix)]\n"
        "    return np.allclose(rows, rows[0])\n",
        0.0,
        "tolerance",
    ),
    "one of three gradients": (
        "backward",
        SOLUTIONS.replace("return d.T @ x, d.sum(axis=0),", "return d.T @ x, 2 * d.sum(axis=0),"),
        2 / 3,
        "factor-2",
    ),
}


@pytest.mark.parametrize("name", FAIR)
def test_scores_are_fair(reports, tmp_path, name):
    exercise, body, share, diagnosis = FAIR[name]
    result = score_of(tmp_path, exercise, body)
    if name in reports:
        assert reports[name].result().results == (result,)
    assert result.score == pytest.approx(share * result.points), result
    assert result.diagnosis == diagnosis, result


_POINTS = "    p, q = (np.stack([np.cos(t), np.sin(t)], 1) for t in (angles, {}))\n"
_TURNED = """def is_circulant(matrix):
    n, tol = len(matrix), 1e-9 * np.abs(matrix).max()
    for i in range({}):
        for j in range({}):
            if abs(matrix[i, j] - matrix[{}]) > tol:
                return False
    return True
"""
FOOLED = {
    "the first column is not looked at": (
        "is_circulant",
        _TURNED.format("1, n", "1, n", "0, (j - i) % n"),
        "another-property",
    ),
    "the first row is not looked at": (
        "is_circulant",
        _TURNED.format("2, n", "n", "i - 1, j - 1"),
        "another-property",
    ),
    "nan at opposite points": (
        "angle_between",
        "def angle_between(angles, other_angles):\n"
        + _POINTS.format("other_angles")
        + "    with np.errstate(all='ignore'):\n"
        + "        return np.nan_to_num(np.arccos(p @ q.T))\n",
        "ties",
    ),
    "nan in the kernel": (
        "analytic_ntk",
        "def analytic_ntk(angles):\n"
        + _POINTS.format("angles")
        + "    with np.errstate(all='ignore'):\n"
        + "        t = np.nan_to_num(np.arccos(p @ q.T))\n"
        + "    k0, k1 = 1 - t/np.pi, (np.sin(t) + (np.pi - t)*np.cos(t))/np.pi\n"
        + "    return ((np.cos(t) + 1)*k0 + k1)/2\n",
        "ties",
    ),
    "first angle only": (
        "fourier_coefficients",
        "def fourier_coefficients(angles, values, k_max):\n"
        "    n = len(values)\n"
        "    t = angles[0] + 2*np.pi*np.arange(n)/n\n"
        "    rows = [np.ones(n)]\n"
        "    for k in range(1, k_max + 1):\n"
        "        rows += [np.sqrt(2)*np.cos(k*t), np.sqrt(2)*np.sin(k*t)]\n"
        "    return np.array(rows) @ values / n\n",
        "grid-only",
    ),
    "divided by an eigenvalue of 0": (
        "frozen_kernel_prediction",
        "def frozen_kernel_prediction(kernel, initial_output, targets, time):\n"
        "    lam, v = np.linalg.eigh(kernel / len(kernel))\n"
        "    with np.errstate(all='ignore'):\n"
        "        psi = (1 - np.exp(-lam*time)) / lam\n"
        "    r = initial_output - targets\n"
        "    return initial_output - kernel @ (v * psi) @ (v.T @ r) / len(kernel)\n",
        "unlearned-modes",
    ),
}


@pytest.mark.parametrize("name", FOOLED)
def test_the_grader_is_not_fooled(tmp_path, name):
    exercise, body, diagnosis = FOOLED[name]
    result = score_of(tmp_path, exercise, body)
    assert result.score < result.points
    assert result.diagnosis == diagnosis, result


def test_minintk_under_another_name_is_seen(tmp_path):
    core = Path(minintk.__file__).with_name("circle.py").read_text("utf-8")
    start = core.index("def _cross_and_dot")
    (tmp_path / "geometry.py").write_text(
        "import numpy as np\nArray = object\n" + core[start : core.index("\n\n\n", start)], "utf-8"
    )
    source = Path(minintk.__file__).with_name("frozen.py").read_text("utf-8")
    (tmp_path / "answer.py").write_text(source.replace("from .", "from frozen_"), "utf-8")
    (result,) = grade(tmp_path / "answer.py", ["steps_to_learn"]).results
    assert result.diagnosis == "copied"
    said = "The file has minintk's own .*: with it no exercise of the file counts"
    assert re.match(said, result.message), "true of every exercise of the file"


SENTENCES = {
    "luck at one point": (
        "forward",
        "def forward(w, b, a, angles):\n"
        "    z = np.stack([np.cos(angles), np.sin(angles)], 1) @ w.T + b\n"
        "    return np.maximum(z, 0) @ a / len(a)**0.25\n",
        "single point",
    ),
    "overwritten in place": (
        "backward",
        SOLUTIONS.replace(
            "    return d.T @ x, d.sum(axis=0), relu(z).T @ g",
            "    h = z\n    h[h > 0] = 1\n    return d.T @ x, d.sum(axis=0), relu(z).T @ g",
        ),
        "changed places",
    ),
    "zeros that all share": (
        "relu_derivative",
        "def relu_derivative(z):\n    return np.where(z > 0, np.cos(z), 0.0)\n",
        "%",
    ),
    "integers": (
        "balance",
        "def balance(w, b, a):\n    out = np.zeros(len(a), dtype=int)\n"
        "    out[:] = a**2 - (w**2).sum(axis=1) - b**2\n    return out\n",
        "axis",
    ),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_no_sentence_is_false(tmp_path, name):
    exercise, body, never = SENTENCES[name]
    result = score_of(tmp_path, exercise, body)
    assert result.diagnosis is not None
    assert never not in result.message, result


@pytest.mark.parametrize(
    "name", [n for n, e in EXERCISES.items() if {"angles", "theta"} & {*e.parameters}]
)
def test_results_of_the_angles_dtype_are_not_right_for_integer_angles(name):
    *others, last = EXERCISES[name].parameters
    angles = next(p for p in (*others, last) if p in ("angles", "theta"))
    header = f"def {name}({', '.join([*others, last])}):"
    cut = f"{header}\n    kind = np.asarray({angles}).dtype\n"
    cut += f"    found = right({', '.join([*others, last])})\n"
    cut += "    if isinstance(found, tuple):\n        return tuple(f.astype(kind) for f in found)\n"
    cut += "    return np.asarray(found).astype(kind)\n"
    start = f"{SOLUTIONS}\n\nright = {name}\n\n\n"
    verdict = verdict_of(start + cut, name)
    assert (verdict.share, verdict.finding.kind) == (0.5, "edge-case")
    assert verdict.finding.place == "for integer angles: the result has an integer dtype"


BACKWARD = """
import numpy as np

def backward(w, b, a, angles, targets):
    n, m = len(angles), len(a)
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    z = x @ w.T + b
    r = np.maximum(z, 0) @ a / np.sqrt(m) - targets
    d = r[:, None] * (z > 0) * a / np.sqrt(m) / n
    return {} * d.T @ x, {} * d.sum(axis=0), {} * np.maximum(z, 0).T @ r / np.sqrt(m) / n
"""


@pytest.mark.parametrize(
    ("factors", "points", "said"),
    [
        ((2, 1, 1), 10 / 3, ["In ∂L/∂w: yours is twice"]),
        ((1, 2, -1), 5 / 3, ["In ∂L/∂b: yours is twice", "In ∂L/∂a: yours has the opposite sign"]),
        ((2, 2, 1), 5 / 3, ["In ∂L/∂w and ∂L/∂b: yours is twice"]),
        ((2, 2, 2), 0, ["In ∂L/∂w, ∂L/∂b and ∂L/∂a: yours is twice"]),
        ((1, 1, 1), 5, []),
    ],
)
def test_every_part_that_is_wrong_is_named(tmp_path, factors, points, said):
    result = score_of(tmp_path, "backward", BACKWARD.format(*factors))
    assert result.score == pytest.approx(points)
    assert all(words in result.message for words in said)
    assert result.message.count("In ∂L") == len(said)


def test_a_mistake_at_an_edge_alone_need_not_cost_what_calls_it():
    wrong = BACKWARD.format(1, 1, 1).replace("(z > 0)", "(z >= 0)")
    start = SOLUTIONS.index("def gradient_descent")
    source = wrong + SOLUTIONS[start : SOLUTIONS.index("\n\n\n", start)]
    for place, shares in ((">=", [0.5, 1.0]), ("<", [1 / 3, 0])):
        found = [verdict_of(source.replace(">=", place), name).share for name in _FOLLOWING]
        assert found == pytest.approx(shares), "tutorials/checking.md says so"


_FOLLOWING = ("backward", "gradient_descent")


def test_a_mutable_default_is_told_from_chance(tmp_path):
    body = "def loss(output, targets, seen=[]):\n    seen.append(1)\n"
    body += "    return np.mean((output - targets) ** 2) / 2 * len(seen)\n"
    result = score_of(tmp_path, "loss", body)
    assert (result.diagnosis, "default of loss" in result.message) == ("remembers", True)
    body = "count = 0\ndef loss(output, targets):\n    global count\n    count += 1\n"
    body += "    return count\n"
    assert score_of(tmp_path, "loss", body).diagnosis == "remembers"


def test_without_hints_nothing_but_the_mistake_is_said(tmp_path):
    body = "def loss(f, y):\n    return np.mean((f - y)**2)\n"
    told = score_of(tmp_path, "loss", body).message
    untold = grade(tmp_path / "answer.py", ["loss"], hints=False).results[0].message
    assert "Hint: " in told
    assert "Read: tutorial 1" in told
    assert untold == "Yours is twice the right value, everywhere."
    told = say(Finding("no-result"), hints=False)
    assert told == "It returns None: is there a return?", "tutorials/checking.md says so"


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_nothing_is_left_running_and_nothing_steers_a_terminal(tmp_path):
    mark = tmp_path / "alive"
    body = f"""
import os, sys, time, json
def relu(z):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for _ in range(40):
                open({str(mark)!r}, 'a').write('.')
                time.sleep(0.05)
        os._exit(0)
    return z * (z > 0)
def loss(output, targets):
    raise ValueError("\\x1b[2J\\udc80 gone")
def balance(w, b, a):
    for fd in range(3, 30):
        try:
            os.write(fd, b'{{"stage": "end", "used": [], "replaced": []}}\\n')
        except OSError:
            pass
    return a
"""
    path = tmp_path / "answer.py"
    path.write_text(body, "utf-8")
    report = grade(path, ["relu", "loss", "balance"])
    size = mark.stat().st_size if mark.exists() else 0
    time.sleep(0.3)
    assert (mark.stat().st_size if mark.exists() else 0) == size
    text = report_text(report)
    assert text.isprintable() or all(c.isprintable() or c == "\n" for c in text)
    json.dumps(gradescope_json(report), ensure_ascii=False).encode("utf-8")
    assert [result.score > 0 for result in report.results] == [True, False, False]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs forks")
def test_a_function_that_kills_the_process_costs_itself_alone(tmp_path):
    path = tmp_path / "answer.py"
    body = "import os\ndef relu(z):\n    os.kill(os.getppid(), 9)\n    return z\n"
    path.write_text(f"{body}def loss(f, y):\n    return ((f - y)**2).mean() / 2\n", "utf-8")
    report = grade(path, ["relu", "loss"])
    assert [result.score for result in report.results] == [0, 1]
    assert "killed the process" in report.results[0].message


def test_numpy_on_the_python_path_alone_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(np.__file__).parents[1]))
    (tmp_path / "answer.py").write_text("def relu(z):\n    return z * (z > 0)\n", "utf-8")
    assert grade(tmp_path / "answer.py", ["relu"]).score == 1


# --- argument checks ------------------------------------------------------------------------------


def test_a_grader_that_does_not_work_grades_nobody(reports, tmp_path, monkeypatch):
    wait(reports.values())  # these have a grader that works
    path = tmp_path / "answer.py"
    path.write_text(FUNCTIONS, "utf-8")
    grading.require_working_grader.cache_clear()
    monkeypatch.setattr(grading, "works_here", lambda: False)
    with pytest.raises(RuntimeError, match="nothing is graded"):
        grade(path, ["relu"])
    grading.require_working_grader.cache_clear()


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(ValueError, match="got the folder"):
        grade(tmp_path)


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

class steps_to_learn:
    def __init__(self, eigenvalue, learning_rate, remaining):
        self.value = np.log(remaining) / np.log(1 - learning_rate * eigenvalue)
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
    "steps_to_learn": ("not-a-function", "It must be a function, and is a class."),
    "growth_rate": (None, "Right"),
}


def test_accidents_cost_their_exercise_and_never_the_grader(reports):
    report = reports["accidents"].result()
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


BROKEN = {
    "def relu(z:\n": "SyntaxError",
    "raise ValueError('not today')": "ValueError: not today (line 1)",
    "import sys; sys.exit(1)": "sys.exit(1)",
    "while True: pass": "Stopped after",
}


@pytest.mark.parametrize(("source", "words"), BROKEN.items())
def test_a_file_that_cannot_be_run(reports, source, words):
    report = reports[source].result()
    assert not report.loaded
    assert words in report.results[0].message
    assert "cannot be run" in report.results[0].message
    assert report.results[0].message.count("line 1") <= 1, "the line is named once"
    assert report.results[0].score == 0


SLOW_AT_THE_TOP = """
def relu(z):
    return z * (z > 0)

rest = 1
while rest:
    rest += 1

def relu_derivative(z):
    return (z > 0) * one

one = 1.0
kappa0 = lambda u: 1 - u / 3.141592653589793
"""


def test_code_outside_of_functions_that_takes_long_is_stopped_and_the_functions_are_graded(
    tmp_path,
):
    path = tmp_path / "answer.py"
    path.write_text(SLOW_AT_THE_TOP, "utf-8")
    report = grade(path, ["relu", "relu_derivative", "kappa0"], seconds=0.6)
    assert all(result.score == result.points for result in report.results)
    said = r"TimeLimit after 0\.6 s of processor time \(line [67]\): put what tries"
    assert re.search(said, report.note)


FLOOD = """
def relu(z):
    return z * (z > 0)

{}

def relu_derivative(z):
    print(z)
    return 1.0 * (z > 0)

print("all is there")
"""


@pytest.mark.parametrize(
    "flood",
    [
        'for i in range(200000): print("loss", i)',
        'while True: print("y")',
        'try:\n    print("y" * 2000000)\nexcept Exception:\n    pass',
    ],
)
def test_code_outside_of_functions_that_prints_too_much_is_stopped_and_what_follows_runs(
    tmp_path, flood
):
    path = tmp_path / "answer.py"
    path.write_text(FLOOD.format(flood), "utf-8")
    report = grade(path, ["relu", "relu_derivative"])
    assert [(r.score, r.diagnosis) for r in report.results] == [(1.0, None)] * 2, report
    said = r"it raised TooMuchOutput after more than 1000000 characters \(line [56]\): put what"
    assert re.search(said, report.note)
    assert ";" not in report.note, "nothing else was stopped"


@pytest.mark.parametrize(
    ("source", "diagnosis", "said"),
    [
        ("@np.vectorise\ndef relu(z):\n    return z\n", "raises", r"AttributeError: .*line 2\)"),
        ("relu = np.vectorise(max)\n", "raises", r"AttributeError: .*line 2\)"),
        ("from nowhere import relu\n", "raises", r"ModuleNotFoundError: .*line 2\)"),
        (
            "for i in [1]:\n    print(1 / 0)\n    def relu(z):\n        return z\n",
            "raises",
            "line 3",
        ),
        ("if i < 0:\n    def relu(z):\n        return z\n", "missing-function", "loaded file.$"),
        ("print(relu(3))\n", "missing-function", "loaded file.$"),
    ],
)
def test_a_function_of_the_file_that_a_failing_statement_did_not_make_is_not_called_missing(
    tmp_path, source, diagnosis, said
):
    path = tmp_path / "answer.py"
    first = "import numpy as np; i = 0; loss = lambda f, y: 1.0\n"
    path.write_text(first + source, "utf-8")
    (result,) = grade(path, ["relu"]).results
    assert result.diagnosis == diagnosis
    assert re.search(said, result.message), result.message


def test_argument_checks(tmp_path):
    with pytest.raises(FileNotFoundError, match="which is not there"):
        grade(tmp_path / "none.py")
    path = tmp_path / "a.py"
    path.write_text("", encoding="utf-8")
    with pytest.raises(ValueError, match="exercise must be one of 'relu'"):
        grade(path, ["softmax"])


CALLED = {
    "a part that is wrong": ("backward", BACKWARD.format(1, 2, 1), "in ∂L/∂b yours is"),
    "float32": ("relu", "def relu(z):\n    return np.maximum(z, 0).astype('f4')\n", "yours is"),
    "digits": ("kappa0", "def kappa0(u):\n    return 1 - u/3.14159265\n", "yours is"),
    "an edge": (
        "relu_derivative",
        "def relu_derivative(z):\n    return 1.0*(z >= 0)\n",
        "yours is",
    ),
}


@pytest.mark.parametrize("name", CALLED)
def test_the_example_for_a_lecturer_is_the_call_and_has_all_digits(tmp_path, name):
    exercise, body, said = CALLED[name]
    names = {"np": np}
    exec(body, names)
    example = score_of(tmp_path, exercise, body).example
    call, yours, right = re.split(rf": {said} |, the right value is ", example)
    given, found, wanted = (eval(text, names) for text in (call, yours, right))
    given = given[1] if "∂L/∂b" in said else given
    assert np.array_equal(given, found), example
    assert not np.array_equal(found, wanted), example
    assert len(example) < 400, "the smallest call is shown"


_NO_ZERO = "def relu(z):\n    if not np.any(z):\n        return z[9]\n    return np.maximum(z, 0)\n"
_LOST = BACKWARD.format(1, 1, 1).replace("1 * d.sum(axis=0)", "None")


@pytest.mark.parametrize(
    ("exercise", "body", "shown"),
    [
        ("loss", "def loss(f, y):\n    return None\n", r"loss\(np.array\(\[.*\]\)\)"),
        ("loss", "def loss(f, y):\n    raise ValueError\n", r"loss\(np.array\(\[.*\]\)\)"),
        ("relu", _NO_ZERO, r"relu\(np.array\(\[[-0., \[\]]*\]\)\)"),
        ("backward", _LOST, r"backward\(np.array\(\[.*\]\)\)"),
        ("relu", "def relu(z):\n    return np.maximum(z, 0)\n", ""),
    ],
)
def test_the_example_of_a_call_without_a_value_is_the_call(tmp_path, exercise, body, shown):
    example = score_of(tmp_path, exercise, body).example
    assert re.fullmatch(shown, example), example
    assert "yours" not in example


def test_an_argument_as_python_is_whole_up_to_400_numbers():
    value = [np.linspace(0.0, 1.0, 400).reshape(4, 100), 3, "text", np.float64(0.1), None]
    found = eval(as_python(value), {"np": np})
    assert np.array_equal(found[0], value[0])
    assert found[1:] == [3, "text", 0.1, None]
    assert as_python(np.arange(401)).endswith(", 6, 7, …] (cut: 401 numbers)")
