"""What `grade` gives and says: points, and the sentence that explains them."""

from pathlib import Path

import pytest

import minintk
from minintk.course import EXERCISES, course_file, grade, grade_class
from minintk.course.course_file import Course, own_exercise
from minintk.course.grading import grade_exercises
from tests.course.runner import SOLUTIONS, verdict_of

pytestmark = [
    pytest.mark.course,
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.usefixtures("in_forks"),
]
LAST = course_file.LAST_TUTORIAL


def cast(name, *which):
    """The solutions, where some outputs of one function are float32."""
    given = ", ".join(EXERCISES[name].parameters)
    body = f"right = {name}\n\n\ndef {name}({given}):\n    found = right({given})\n"
    if len(EXERCISES[name].trials.outputs) == 1:
        body += "    return np.float32(found)\n"
    else:
        body += (
            f"    return tuple(np.float32(f) if j in {which} else f for j, f in enumerate(found))\n"
        )
    return f"{SOLUTIONS}\n\n{body}"


@pytest.mark.parametrize(
    "name", ["relu", "circle_points", "forward", "loss", "kappa0", "fourier_coefficients"]
)
def test_a_right_function_in_float32_has_half_of_the_points(name):
    verdict = verdict_of(cast(name), name)
    assert (verdict.share, verdict.finding.kind) == (0.5, "float32")


def test_of_several_outputs_those_in_float32_count_half():
    assert verdict_of(cast("backward", 0), "backward").share == pytest.approx(2.5 / 3)
    assert verdict_of(cast("backward", 0, 1, 2), "backward").share == pytest.approx(0.5)


def test_a_wrong_function_in_float32_has_no_points():
    wrong = cast("kappa0").replace("np.float32(found)", "np.float32(found * 1.001)")
    assert verdict_of(wrong, "kappa0").share == 0


@pytest.mark.parametrize(
    ("value", "note"),
    [
        (
            "np.linalg.norm(r) / 2 / len(r)",
            "the root of the sum; the factor 1/(2n) is right, the root is not",
        ),
        ("np.sqrt(np.mean(r**2)) / 2", "the root of the mean"),
        ("np.linalg.norm(r)", "the root of the sum"),
    ],
)
def test_a_norm_for_the_loss_has_its_factor_judged(value, note):
    source = "import numpy as np\n\ndef loss(output, targets):\n    r = output - targets\n"
    source += f"    return {value}\n"
    finding = verdict_of(source, "loss").finding
    assert (finding.kind, finding.note, finding.powers, finding.factor) == (
        "wrong-norm",
        note,
        (),
        None,
    )


def test_an_integer_dtype_is_no_reason_where_the_right_values_are_whole():
    source = "import numpy as np\n\ndef relu_derivative(z):\n    return np.where(z >= 0, 1, 0)\n"
    verdict = verdict_of(source, "relu_derivative")
    assert (verdict.share, verdict.finding.kind) == (0.5, "kink")
    assert verdict_of(source.replace(">=", ">"), "relu_derivative").share == 1


IN_PLACE = """
import os
import numpy as np

def relu(z):
    z[z < 0] = 0
    return z

def backward(w, b, a, angles, targets):
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    z = x @ w.T + b
    h = relu(z)
    n, m = z.shape
    r = h @ a / np.sqrt(m) - targets
    d = (z >= 0) * r[:, None] * a / n / np.sqrt(m)
    return d.T @ x, d.sum(axis=0), h.T @ r / n / np.sqrt(m)

def kappa0(theta):
    os.kill(os.getpid(), 9)
"""


def test_what_overwrites_its_input_and_what_is_killed_are_said(tmp_path):
    file = tmp_path / "answer.py"
    file.write_text(IN_PLACE, encoding="utf-8")
    relu, backward, kappa0 = grade(file, ["relu", "backward", "kappa0"]).results
    assert relu.message.startswith("It changes its input 'z'")
    said = "The function that it calls, relu, changes its input 'z': look there first."
    assert backward.message.startswith(said)
    assert backward.diagnosis == "kink"  # its own slip, z >= 0
    assert "active everywhere" not in backward.message
    assert (kappa0.diagnosis, "loop" in kappa0.message) == ("crash", False)
    assert "it was killed" in kappa0.message


RESIDUAL = """import numpy as np
def backward(w, b, a, angles, targets):
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    z = x @ w.T + b
    r = (np.maximum(z, 0) @ a - targets) / np.sqrt(len(a)) / len(angles)
    d = r[:, None] * (z > 0) * a
    return d.T @ x, d.sum(axis=0), np.maximum(z, 0).T @ r
"""


def test_a_factor_that_is_lost_in_the_residual_alone_is_told_there(tmp_path):
    file = tmp_path / "answer.py"
    file.write_text(RESIDUAL, encoding="utf-8")
    (result,) = grade(file, ["backward"]).results
    assert "he output in the residual lacks m^-1/2" in result.message
    assert "the whole is" not in result.message


PAIR = """from minintk.course import Question, Trials

TRIALS = Trials(
    {"sum": Question("sum", "x + y"), "product": Question("product", "x*y")},
    draw=lambda rng, n, m: (float(rng.uniform(1, 2)), float(rng.uniform(3, 4))),
)
"""


@pytest.mark.parametrize(
    ("returns", "share", "said"),
    [
        ("np.array([x + y, x * y])", 1, "Right"),
        ("x + y, x * y", 1, "Right"),
        ("np.array([x + y])", 0, "not 2 things but an array of 1"),
        ("x + y", 0, "not 2 things but a float"),
    ],
)
def test_two_numbers_may_be_an_array(tmp_path, returns, share, said):
    (tmp_path / "pair.py").write_text(PAIR, encoding="utf-8")
    stub = 'def pair(x, y):\n    """Two numbers. (1 point)"""\n'
    (tmp_path / "pair.txt").write_text(stub, encoding="utf-8")
    exercise = own_exercise(tmp_path / "pair.py")
    file = tmp_path / "answer.py"
    file.write_text(
        f"import numpy as np\n\ndef pair(x, y):\n    return {returns}\n", encoding="utf-8"
    )
    (result,) = grade_exercises(file, Course({"pair": exercise}, seconds=4.0)).results
    assert result.score == share
    assert said in result.message


@pytest.mark.parametrize(("other", "read"), [("(2, 'Two')", False), ("(1, 'One')", True)])
def test_of_no_output_alone_a_section_is_told_that_all_share(tmp_path, other, read):
    text = PAIR.replace('"x + y")', "\"x + y\", section=(1, 'One'))")
    text = text.replace('"x*y")', f'"x*y", section={other})')
    (tmp_path / "pair.py").write_text(text, encoding="utf-8")
    stub = 'def pair(x, y):\n    """Two numbers. (1 point)"""\n'
    (tmp_path / "pair.txt").write_text(stub, encoding="utf-8")
    exercise = own_exercise(tmp_path / "pair.py")
    file = tmp_path / "answer.py"
    for returns, of_one in (("x + y", False), ("x - y, x * y", True)):
        file.write_text(f"def pair(x, y):\n    return {returns}\n", encoding="utf-8")
        (result,) = grade_exercises(file, Course({"pair": exercise}, seconds=4.0)).results
        assert ("Read: tutorial 1, “One”" in result.message) == (read or of_one), result.message


# One passage of an exercise of one's own changed, and the one line that says so.
UNSOUND = [
    ('"x + y"', '"X + y"', "the right value of sum must be .* a formula in x, y .*name 'X'"),
    ('"x + y"', '"x + 2y"', "the right value of sum must be .* got SyntaxError"),
    ('"x + y"', '"x + np.exp(y)"', "the right value of sum must be .* by name"),
    ('"x + y"', '"mean(x) + y"', "the right value of sum must be .* mean cannot be used here"),
    ('"x + y"', 'lambda i: i["z"]', "line 4: the right value of sum must be .* got KeyError: 'z'"),
    ('"x + y"', '"log(x - 9) + y"', "the right value of sum must be finite in every step"),
    (
        '"x + y"',
        "lambda i: float('inf')",
        "the right value of sum must be finite .* draw .* got inf",
    ),
    (  # students divide plain numbers, and have no value there
        '"x + y"), "product": Question("product", "x*y")},',
        '"1/(1 + y/x)"), "product": Question("product", "x*y")},'
        ' edges=(("at 0", "kink", (0.0, 1.0)),),',
        "the right value of sum must be finite .* at the edge 'at 0', got Floating",
    ),
    ('"x + y"', '"x + y", parts={"x": "x"}', "the parts of sum must add up to its right value"),
    ('"x + y"', '"x + y", section=(99, "?")', rf"section must be .* 0 to {LAST}, .*\(99, '\?'\)"),
    (
        '"x*y"',
        '"x*y", confusions=[Confusion("a-slip", "x*Z")]',
        "the confusion a-slip of product must be .* got FormulaError: unknown name 'Z'",
    ),
    (
        '"x + y"), "product": Question("product", "x*y")},',
        '"y/x"), "product": Question("product", "x*y")}, edges=(("at 0", "kink", (0.0, 1.0)),),',
        "the right value of sum must be finite .* at the edge 'at 0', got Floating",
    ),
    (
        ", float(rng.uniform(3, 4))",
        ",",
        r"what draw returns must be a tuple .* takes, 2 \(x, y\), got",
    ),
    ("rng.uniform(1, 2)", "rng.unifrom(1, 2)", "line 5: draw must return arguments, .* Attribute"),
    (  # which two primes never do
        "rng.uniform(1, 2)",
        "rng.uniform(1, 2)/(n - m)",
        "line 5: draw must return arguments, also for n = m = 2, got ZeroDivisionError",
    ),
    ("4))),", '4))), edges=(("at 0", "edge-case", (0.0,)),),', "the edge 'at 0' must be a tuple"),
    ("minintk.course", "minintk.cours", "line 1: the file must run, got ModuleNotFoundError"),
]


def test_a_case_that_is_meant_is_no_division_by_0(tmp_path):
    right = '"where(x > 0, 1/(1 + y/x), 0)"), "product": Question("product", "x*y")},'
    edge = ' edges=(("at 0", "kink", (0.0, 1.0)),),'
    text = PAIR.replace('"x + y"), "product": Question("product", "x*y")},', right + edge)
    (tmp_path / "pair.py").write_text(text, encoding="utf-8")
    stub = 'def pair(x, y):\n    """Two numbers. (1 point)"""\n'
    (tmp_path / "pair.txt").write_text(stub, encoding="utf-8")
    assert own_exercise(tmp_path / "pair.py").trials.edges[0][0] == "at 0"


@pytest.mark.parametrize(("old", "new", "rule"), UNSOUND)
def test_an_exercise_that_cannot_be_right_is_rejected_in_one_line(tmp_path, old, new, rule):
    assert old in PAIR
    text = PAIR.replace("import Question", "import Confusion, Question").replace(old, new)
    (tmp_path / "pair.py").write_text(text, encoding="utf-8")
    stub = 'def pair(x, y):\n    """Two numbers. (1 point)"""\n'
    (tmp_path / "pair.txt").write_text(stub, encoding="utf-8")
    with pytest.raises(ValueError, match=rf"^pair\.py(: |, ){rule}") as raised:
        own_exercise(tmp_path / "pair.py")
    assert "\n" not in str(raised.value)


def test_sound_are_the_exercises_of_minintk():
    for exercise in EXERCISES.values():
        course_file._require_sound(Path("minintk.py"), exercise)


def test_the_last_tutorial_has_the_largest_number():
    tutorials = Path(minintk.__file__).parents[1] / "tutorials"
    last = max(int(file.name[:2]) for file in tutorials.glob("[0-9]*.py"))
    assert last == LAST, f"LAST_TUTORIAL of minintk/course/course_file.py must be {last}"


@pytest.mark.parametrize("key", ['"weights": {"loss": 2}', '"hidden": ["loss"]'])
def test_a_name_outside_of_the_exercises_is_rejected(tmp_path, key):
    file = tmp_path / "course.json"
    file.write_text(f'{{"exercises": ["relu"], {key}}}', encoding="utf-8")
    with pytest.raises(ValueError, match="must be of exercises of the course, got loss"):
        course_file.read_course(file)


def test_the_text_for_a_student_has_nothing_of_what_is_hidden(tmp_path):
    folder = tmp_path / "class"
    (folder / "bob").mkdir(parents=True)
    text = "def relu(z):\n    return z\n\ndef loss(output, targets):\n    return 0\n"
    (folder / "ann.py").write_text(text, encoding="utf-8")
    chosen = {name: EXERCISES[name] for name in ("relu", "loss")}
    course = course_file.Course(chosen, hidden=("loss",))
    grade_class([folder], course, json_dir=tmp_path / "results")
    said = (tmp_path / "results" / "ann.txt").read_text("utf-8")
    assert "[ignores-activation]" in said
    assert said.endswith("0/1\nThis text was written by minintk grade.\n")
    assert "loss" not in said
    assert '"loss"' in (tmp_path / "results" / "ann.json").read_text("utf-8")
    told = (tmp_path / "results" / "bob.txt").read_text("utf-8")
    assert told.startswith("not graded: hand in one file, got none\n")


def test_two_students_of_one_name_are_told_by_their_paths(tmp_path):
    for place in ("x", "y"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "ann.py").write_text("", encoding="utf-8")
    rule = "have the name ann: .*ann.py; .*ann.py$"
    with pytest.raises(ValueError, match=rule) as raised:
        grade_class([tmp_path / "x", tmp_path / "y"])
    assert "Path(" not in str(raised.value)


EIGENVALUES = """import numpy as np


def ntk_eigenvalues(k_max):
    out = np.zeros(k_max + 1)
    out[0] = 3 / np.pi**2 + 1 / 4
    for k in range(1, k_max + 1):
        if k == 1:
            out[k] = 1 / 4 + 1 / np.pi**2
        elif k % 2 == 0:
            out[k] = (k**2 + 3) / (np.pi * (k**2 - 1)) ** 2
        else:
            out[k] = 1 / (np.pi * k) ** 2
    return out
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    out[0] = 3 / np.pi**2 + 1 / 4\n", "", "wrong for k = 0: yours is 0 there."),
        ("range(1, k_max + 1)", "range(1, k_max)", "A range begins or ends at the wrong number"),
    ],
)
def test_what_is_left_at_0_is_said(tmp_path, old, new, said):
    assert old in EIGENVALUES
    file = tmp_path / "answer.py"
    file.write_text(EIGENVALUES.replace(old, new), encoding="utf-8")
    (result,) = grade(file, ["ntk_eigenvalues"]).results
    assert said in result.message
    assert "doubled" not in result.message
    assert "parity" not in result.message


def test_the_columns_in_another_order_have_theirs_said(tmp_path):
    file = tmp_path / "answer.py"
    turned = "right = jacobian\n\n\ndef jacobian(w, b, a, angles):\n"
    turned += "    return np.roll(right(w, b, a, angles), len(a), axis=1)\n"
    file.write_text(f"{SOLUTIONS}\n\n{turned}", encoding="utf-8")
    (result,) = grade(file, ["jacobian"]).results
    assert result.diagnosis == "flat-order"
    assert "w row by row (w_11, w_12, w_21, …), then b, then a" in result.message


def test_a_bracket_that_takes_in_a_term_of_the_sum_is_found_in_programs_too(tmp_path):
    file = tmp_path / "answer.py"
    text = "import numpy as np\n\n\ndef kappa1(theta):\n    t = theta\n    return {}\n"
    wrong = "(np.sin(t) + np.pi - t * np.cos(t)) / np.pi"
    file.write_text(text.format(wrong), encoding="utf-8")
    (result,) = grade(file, ["kappa1"]).results
    assert (result.diagnosis, result.finding.second) == ("brackets", None)
    file.write_text(text.format(wrong.replace("t * np.cos", "t * np.tan")), encoding="utf-8")
    (another,) = grade(file, ["kappa1"]).results
    assert another.diagnosis != "brackets" or another.finding.second is not None


@pytest.mark.parametrize(
    ("move", "said"),
    [
        ("{} - g{}", "the learning rate is missing."),
        ("{} - learning_rate**2 * g{}", "the learning rate is there twice."),
        ("{} + g{}", "no known mistake explains it"),  # it diverges, as models of it do
    ],
)
def test_a_learning_rate_that_is_missing_or_there_twice_is_told(tmp_path, move, said):
    right = ", ".join(f"{part} - learning_rate * g{part}" for part in "wba")
    assert right in SOLUTIONS
    wrong = ", ".join(move.format(part, part) for part in "wba")
    (tmp_path / "answer.py").write_text(SOLUTIONS.replace(right, wrong), "utf-8")
    (result,) = grade(tmp_path / "answer.py", ["gradient_descent"]).results
    assert said in result.message
