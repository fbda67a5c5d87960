"""Planted mistakes in programs come back by their names."""

import pytest

from minintk.course import CATALOGUE
from tests.course.planted_programs import PLANTED
from tests.course.runner import changed_solution, verdict_of

# A student's float32 or a wrong power may warn; that is theirs.
pytestmark = [pytest.mark.course, pytest.mark.filterwarnings("ignore::RuntimeWarning")]


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mistake", "exercise", "old", "new"), PLANTED)
def test_planted_mistakes_come_back_by_name(mistake, exercise, old, new):
    verdict = verdict_of(changed_solution(exercise, old, new), exercise)
    assert getattr(verdict.finding, "kind", None) == mistake, (verdict, new)
    assert verdict.share < 1
    assert verdict.finding.kind in CATALOGUE
