"""The script of the student's process needs no other module of the package."""

import pytest

from minintk.course import isolation

# A student's float32 or a wrong power may warn; that is theirs.
pytestmark = [pytest.mark.course, pytest.mark.filterwarnings("ignore::RuntimeWarning")]


# --- theorem --------------------------------------------------------------------------------------


def test_the_child_stands_alone():
    text = isolation._SCRIPT.read_text(encoding="utf-8")
    assert "from ." not in text
    assert "import minintk" not in text
