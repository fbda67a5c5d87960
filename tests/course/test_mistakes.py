"""The catalogue of mistakes: every entry is planted in the tests."""

from collections import Counter

import pytest

from minintk.course import CATALOGUE
from tests.course.planted_formulas import PLANTED
from tests.course.planted_programs import PLANTED as PLANTED_PROGRAMS
from tests.course.planted_programs import SLIPS_PLANTED

pytestmark = pytest.mark.course


# --- theorem --------------------------------------------------------------------------------------


# These need a process, an exception in it, or a stub: test_grading plants them.
ELSEWHERE = {"missing-function", "not-written", "time-limit", "memory-limit", "exit", "crash"}
ELSEWHERE |= {"too-much-output", "numpy-changed", "forbidden-import"}


def test_every_entry_of_the_catalogue_is_planted_twice():
    count = Counter(entry[0] for entry in [*PLANTED, *PLANTED_PROGRAMS, *SLIPS_PLANTED])
    assert set(count) <= set(CATALOGUE)
    short = {name for name in CATALOGUE if count[name] < 2} - ELSEWHERE
    assert not short, f"planted fewer than twice: {sorted(short)}"
