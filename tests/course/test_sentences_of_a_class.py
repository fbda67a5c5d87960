"""Sentences of `grade` on slips that a lecturer tried on a class; names in its table."""

import pytest

from minintk.course import course_file
from minintk.course.classroom import ClassReport
from minintk.course.course_file import own_exercise
from minintk.course.grading import Report, grade_exercises
from tests.course.runner import SOLUTIONS, changed_solution, result_of, verdict_of

pytestmark = [
    pytest.mark.course,
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.usefixtures("in_forks"),
]
_FLOW = {
    "return targets + ": "return initial_output + ",
    "np.exp(-rates": "np.exp(rates",
}


def told(tmp_path, exercise, *changes):
    """The result on the solutions with some passages of one function changed."""
    (old, new), *others = changes
    source = changed_solution(exercise, old, new)
    for old, new in others:
        assert source.count(old) == 1
        source = source.replace(old, new)
    path = tmp_path / "answer.py"
    path.write_text(source, "utf-8")
    return result_of(path, exercise)


@pytest.mark.parametrize("count", [1, 2])
def test_a_variable_for_another_is_no_wrong_function(tmp_path, count):
    """With `expm1` for `exp` the values are the same: this is further from what was written."""
    result = told(tmp_path, "frozen_kernel_prediction", *[*_FLOW.items()][:count])
    assert result.diagnosis == ("wrong-variable", "growth-for-decay")[count - 1]
    said = "A variable stands where another belongs: the residual is added to f(0)."
    assert said in result.message
    assert " line " not in result.message


@pytest.mark.parametrize(
    ("k", "kind", "said"),
    [
        ("3 * k", "wrong-block", "Right for k = 0, wrong for every k ≥ 1."),
        ("k + k % 2 * 2", "wrong-parity", "wrong for k = 1 and odd k ≥ 3"),
    ],
)
def test_where_every_k_from_1_on_is_wrong_it_is_no_matter_of_parity(tmp_path, k, kind, said):
    source = SOLUTIONS.replace("def ntk_eigenvalues(", "def right(")
    more = "def ntk_eigenvalues(k_max):\n    every = right(4 * k_max + 4)\n"
    more += f"    return np.array([every[{k}] for k in range(k_max + 1)])\n"
    path = tmp_path / "answer.py"
    path.write_text(f"{source}\n\n{more}", "utf-8")
    result = result_of(path, "ntk_eigenvalues")
    assert (result.diagnosis, said in result.message) == (kind, True), result.message
    assert ("Remember" in result.message) is (kind == "wrong-parity")


def test_a_ratio_of_few_frequencies_that_is_nearly_a_constant_is_not_told(tmp_path):
    """∫ K cos(2πku) du is near 1/(4π²) of the right value at odd k, and no sum is coarse."""
    more = "    u = (np.arange(20000) + 0.5) * np.pi / 20000\n"
    more += "    K = kappa1(u) / 2 + kappa0(u) / 2 * (np.cos(u) + 1)\n"
    more += "    every = [np.mean(K * np.cos(2 * np.pi * k * u)) for k in range(k_max + 1)]\n"
    start = "    result = np.empty(k_max + 1)\n"
    source = changed_solution(
        "ntk_eigenvalues", start, f"{more}    return np.array(every)\n{start}"
    )
    finding = verdict_of(source, "ntk_eigenvalues").finding
    assert finding.wrong
    assert all(each.then != "rough" for each in finding.each())


def test_the_other_axis_is_no_transpose(tmp_path):
    result = told(tmp_path, "backward", ("d.sum(axis=0)", "d.sum(axis=1)"))
    assert result.diagnosis == "wrong-axis"


@pytest.mark.parametrize(
    ("term", "said"), [("0.5", "is half its right size"), ("2", "is counted twice")]
)
def test_the_constant_term_is_named(tmp_path, term, said):
    result = told(tmp_path, "kappa0", ("1 - theta", f"{term} - theta"))
    assert result.message.startswith(f"The constant term {said}.")


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ("return d.T @ x", "return 2 * d.T @ x", False),
        ("/ len(targets)", "/ len(targets) * 2", True),
        ("return d.T @ x", "return -d.T @ x", False),
    ],
)
def test_a_hint_on_what_all_outputs_share_is_given_where_all_are_off(tmp_path, old, new, hint):
    result = told(tmp_path, "backward", (old, new))
    assert ("Hint: L has a ½ in front of the square." in result.message) is hint
    assert "Hint: the residual" not in result.message


def test_a_hint_on_a_sign_that_all_have_is_given_beside_another_mistake(tmp_path):
    residual = "(forward(w, b, a, angles) - targets)"
    turned = (residual, "(targets - forward(w, b, a, angles))")
    slope = "g[:, None] * relu_derivative(z)"
    result = told(tmp_path, "backward", turned, (f"{slope} * a", slope))
    assert "the output weight a is missing" in result.message
    assert "Hint: the residual is r = f − y." in result.message


def test_every_mistake_of_an_exercise_is_in_the_table(tmp_path):
    residual = "(forward(w, b, a, angles) - targets) / len(targets)"
    result = told(tmp_path, "backward", (residual, "(targets - forward(w, b, a, angles))"))
    report = ClassReport({"jana": Report("jana.py", (result,), True)}, {})
    assert report.common() == [(1, "backward", "factor-n"), (1, "backward", "sign")]
    assert "backward:factor-n backward:sign" in report.as_csv()


_LOAN = """from minintk.course import Question, Trials


def right(i):
    return i["c"] * i["p"] / (1 - (1 + i["p"]) ** (-i["n"]))


PARTS = {"interest": "c*p", "repayment": lambda i: right(i) - i["c"] * i["p"]}
TRIALS = Trials(
    {"": Question("loan", right, parts=PARTS)},
    draw=lambda rng, n, m: tuple(float(rng.uniform(*of)) for of in ((5, 9), (0.1, 0.2), (2, 9))),
)
"""


def test_one_sign_in_an_exponent_is_no_missing_part_of_another_sign(tmp_path):
    (tmp_path / "loan.py").write_text(_LOAN, "utf-8")
    stub = 'def loan(c, p, n):\n    """Payment. (1 point)"""\n'
    (tmp_path / "loan.txt").write_text(stub, "utf-8")
    answer = tmp_path / "answer.py"
    answer.write_text("def loan(c, p, n):\n    return c * p / (1 - (1 + p) ** n)\n", "utf-8")
    course = course_file.Course({"loan": own_exercise(tmp_path / "loan.py")})
    (result,) = grade_exercises(answer, course).results
    assert result.message.startswith("One sign is wrong, at line 2: return"), result.message
