"""The exercises: their visible checks hold, the grader has them, files are handed out once."""

import doctest
import types

import pytest

from minintk.course import CATALOGUE, EXERCISES, exercise_text, write_exercises
from minintk.course.questions import TRIALS
from tests.course.runner import SOLUTIONS
from tests.reference.lists import assert_same

# A student's float32 or a wrong power may warn; that is theirs.
pytestmark = [pytest.mark.course, pytest.mark.filterwarnings("ignore::RuntimeWarning")]


# --- by hand --------------------------------------------------------------------------------------


def test_visible_checks_hold_for_the_solutions():
    stubs = types.ModuleType("stubs")
    exec(exercise_text(), stubs.__dict__)
    solved = {}
    exec(SOLUTIONS, solved)
    there = set(EXERCISES) & set(solved)
    assert_same(there, set(EXERCISES), "tests/course/solutions.py", "write the right function")
    tried = 0
    for name in EXERCISES:
        examples = doctest.DocTestParser().get_doctest(
            getattr(stubs, name).__doc__, dict(solved), name, None, None
        )
        results = doctest.DocTestRunner(verbose=False).run(examples)
        assert results.failed == 0, f"{name}: an example of its stub is not what its solution gives"
        tried += results.attempted
    assert tried >= 2 * len(EXERCISES)


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
