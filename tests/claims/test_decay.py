"""The claim on decay: the mode that first leaves the predicted line."""

import dataclasses

import numpy as np
import pytest

from minintk.claims import (
    decay,
)
from tests.reference.claim_records import (
    small_record,
)

pytestmark = pytest.mark.claims


# --- by hand --------------------------------------------------------------------------------------


def test_decay_says_which_mode_first_leaves_the_line_and_where():
    predicted = np.array([[1.0, 1.0], [0.5, 0.8], [0.2, 0.6], [0.1, 0.5]])
    measured = np.array([[1.0, 1.0], [0.5, 0.8], [0.2, 0.8], [0.2, 0.5]])
    assert decay._holds_down_to(np.array([measured] * 3), predicted).tolist() == [0.1, 0.6]
    assert decay._holds_down_to(np.array([predicted] * 3), predicted).tolist() == [0.0, 0.0]
    record = small_record("decay")
    assert record.holds_down_to[2] == 0.0, "60 steps are too few for k = 2 to leave"
    assert (record.holds_down_to[:2] > 0).all()
    changed = dataclasses.replace(record, holds_down_to=np.array([0.0, 0.012, 0.01]))
    assert "k = 1 is the first to leave the line by 20 %, at 0.012" in decay.judge(changed).reason
    never = dataclasses.replace(record, holds_down_to=np.zeros(3))
    assert "leave the line" not in decay.judge(never).reason
