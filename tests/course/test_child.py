"""The script of the student's process needs few other modules of the package."""

import re
from pathlib import Path

import pytest

from minintk.course.answers import child

# A student's float32 or a wrong power may warn; that is theirs.
pytestmark = [pytest.mark.course, pytest.mark.filterwarnings("ignore::RuntimeWarning")]


# --- theorem --------------------------------------------------------------------------------------


ALONE = ("child", "child_guard", "notebook", "one_change", "edits", "nodes")


def test_the_child_stands_alone():
    for name in ALONE:
        text = Path(child.__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
        assert set(re.findall(r"from (\.\S*)", text)) <= {f".{other}" for other in ALONE}
        assert "import minintk" not in text
