"""The exercises: their visible checks hold, the grader has them, files are handed out once."""

import doctest
import functools
import types

import numpy as np
import pytest

from minintk.course import CATALOGUE, EXERCISES, exercise_text, write_exercises
from minintk.course.questions import TRIALS
from tests.course.runner import SOLUTIONS
from tests.reference.lists import assert_same

# A student's float32 or a wrong power may warn; that is theirs.
pytestmark = [pytest.mark.course, pytest.mark.filterwarnings("ignore::RuntimeWarning")]


# --- by hand --------------------------------------------------------------------------------------


def _visible_checks(functions):
    """How many checks of the stubs were tried with the functions; each must hold."""
    stubs = types.ModuleType("stubs")
    exec(exercise_text(), stubs.__dict__)
    tried = 0
    for name in set(EXERCISES) & set(functions):
        examples = doctest.DocTestParser().get_doctest(
            getattr(stubs, name).__doc__, {"np": np, **functions}, name, None, None
        )
        results = doctest.DocTestRunner(verbose=False).run(examples)
        assert results.failed == 0, f"{name}: an example of its stub is not what its solution gives"
        tried += results.attempted
    return tried


def _solved():
    solved = {}
    exec(SOLUTIONS, solved)
    return {name: solved[name] for name in EXERCISES if name in solved}


def test_visible_checks_hold_for_the_solutions():
    solved = _solved()
    assert_same(set(solved), set(EXERCISES), "tests/course/solutions.py", "write it")
    assert _visible_checks(solved) >= 2 * len(EXERCISES)


def _minus_zero(value):
    """Each zero as −0.0, as in z * (z > 0)."""
    value = np.asarray(value)
    return np.where(value == 0, -0.0, value) if value.dtype == float else value


def _rounded_otherwise(value):
    """Off by the rounding of another order of the operations."""
    value = np.asarray(value)
    return value * (1 - 1e-15) if value.dtype == float else value


@pytest.mark.parametrize("other", [_minus_zero, _rounded_otherwise])
def test_visible_checks_hold_for_right_functions_of_another_style(other):
    def otherwise(function):
        @functools.wraps(function)
        def call(*arguments):
            value = function(*arguments)
            return tuple(map(other, value)) if isinstance(value, tuple) else other(value)

        return call

    assert _visible_checks({n: otherwise(f) for n, f in _solved().items()}) >= 2 * len(EXERCISES)


def test_visible_checks_hold_for_these_right_functions():
    def jacobian(w, b, a, angles):
        x = np.column_stack([np.cos(angles), np.sin(angles)])
        z = x @ w.T + b
        rows = [np.where(z > 0, a * x[:, [j]], 0.0) for j in (0, 1)]
        first = np.stack(rows, axis=-1).reshape(len(x), -1)
        bias, last = np.where(z > 0, a, 0.0), np.where(z > 0, z, 0.0)
        return np.hstack([first, bias, last]) / np.sqrt(len(a))

    def angle_between(angles, other_angles):
        x, y = (np.column_stack([np.cos(t), np.sin(t)]) for t in (angles, other_angles))
        return np.arccos(np.clip(x @ y.T, -1, 1))

    functions = {
        "relu": lambda z: z * (z > 0),
        "relu_derivative": lambda z: z > 0,
        "loss": lambda output, targets: -0.5 * np.mean((output - targets) * (targets - output)),
        "growth_rate": lambda output, targets: -2 * np.mean((output - targets) * output),
        "kappa0": lambda theta: np.arccos(-np.cos(theta)) / np.pi,
        "jacobian": jacobian,
        "angle_between": angle_between,
    }
    assert _visible_checks(functions) >= 2 * len(functions)


# --- theorem --------------------------------------------------------------------------------------


def test_the_grader_and_the_exercises_agree():
    rule = "each file there, NUMBER_NAME.txt, has a row NAME in TRIALS, and each row a file"
    assert_same(set(EXERCISES), set(TRIALS), "minintk/course/exercises", rule)
    assert len(EXERCISES) >= 12
    for name, exercise in EXERCISES.items():
        assert exercise.name == name
        for question in exercise.trials.outputs.values():
            kinds = {*(confusion.kind for confusion in question.confusions), *question.hints}
            unknown = kinds - set(CATALOGUE)
            assert not unknown, f"{name}: no kind of diagnosis/catalogue.txt: {unknown}"


# --- argument checks ------------------------------------------------------------------------------


def test_files_are_handed_out_once(tmp_path):
    paths = write_exercises(tmp_path / "out")
    assert len(paths) == len(EXERCISES) + 1
    assert all(compile(path.read_text(encoding="utf-8"), str(path), "exec") for path in paths)
    with pytest.raises(FileExistsError, match="not written over"):
        write_exercises(tmp_path / "out", ["relu"])
