"""`minintk conventions` from end to end."""

import pytest

from tests.reference.commands import run

pytestmark = [pytest.mark.course, pytest.mark.command]


# --- by hand --------------------------------------------------------------------------------------


def test_conventions(capsys):
    status, out, _ = run(capsys, "conventions")
    assert status == 0
    assert "Bietti & Mairal 2019" in out
