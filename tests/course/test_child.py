"""The script of the student's process needs no other module of the package."""

from pathlib import Path

import pytest

from minintk.course.answers import child

# A student's float32 or a wrong power may warn; that is theirs.
pytestmark = [pytest.mark.course, pytest.mark.filterwarnings("ignore::RuntimeWarning")]


# --- theorem --------------------------------------------------------------------------------------


def test_the_child_stands_alone():
    for name in ("child", "child_guard", "notebook", "one_change", "edits"):
        text = Path(child.__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
        assert "from ." not in text
        assert "import minintk" not in text
