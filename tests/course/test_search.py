"""Planted mistakes in formulas come back by their names."""

import pytest

from minintk.course import check, describe
from tests.course.planted_formulas import PLANTED

pytestmark = pytest.mark.course


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "quantity", "formula", "options"), PLANTED)
def test_planted_mistakes_come_back_by_name(name, quantity, formula, options):
    answer = check(quantity, formula, **options)
    assert answer.verdict == "wrong"
    assert answer.diagnosis == name, describe(answer)
