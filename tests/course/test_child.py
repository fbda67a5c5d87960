"""The script of the student's process needs few other modules of the package."""

import re
from pathlib import Path

import numpy as np
import pytest

from minintk.course.answers import child
from minintk.course.exercises import EXERCISES
from tests.course import solutions
from tests.course.runner import plan

# A student's float32 or a wrong power may warn; that is theirs.
pytestmark = [pytest.mark.course, pytest.mark.filterwarnings("ignore::RuntimeWarning")]


# --- theorem --------------------------------------------------------------------------------------


ALONE = ("child", "child_guard", "notebook", "one_change", "changed_program", "edits", "nodes")


def test_the_child_stands_alone():
    for name in ALONE:
        text = Path(child.__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
        assert set(re.findall(r"from (\.\S*)", text)) <= {f".{other}" for other in ALONE}
        assert "import minintk" not in text


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_function_is_right_in_the_order_of_a_students_parameters(name):
    exercise, (call, *_) = EXERCISES[name], plan(name).calls
    given = dict(zip(exercise.parameters, call.arguments, strict=True))
    own = eval(f"lambda {', '.join(reversed(exercise.parameters))}: None")
    found = child._right_one(name, own)(*reversed(given.values()))
    wanted = getattr(solutions, name)(**given)
    every = zip(*((v if isinstance(v, tuple) else (v,)) for v in (found, wanted)), strict=True)
    assert all(np.allclose(*pair, rtol=1e-9, atol=1e-11) for pair in every)
