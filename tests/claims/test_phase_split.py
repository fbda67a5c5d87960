"""The claim on the two phases of a target: its shares and ratios over the draws."""

import numpy as np
import pytest

from minintk.claims.beyond import phase_split
from tests.reference.closeness import assert_close

pytestmark = [pytest.mark.evolving, pytest.mark.claims]


# --- reference ------------------------------------------------------------------------------------


def phase_record():
    size = phase_split.Configuration(
        frequencies=(3, 5), widths=(64, 128, 256), at_steps=(10, 20), seeds=4, block=4
    )
    rng = np.random.default_rng(1)
    change, limit = rng.uniform(-0.9, 0.9, (2, 3, 4, 2, 2)), rng.uniform(1, 2, (2, 3, 2, 2))
    parts = [
        {"limit": limit[unit.key[0], size.widths.index(unit.key[1])]}
        if unit.key[2] == phase_split.LIMIT
        else {"change": change[unit.key[0], size.widths.index(unit.key[1])]}
        for unit in phase_split.units(size)
    ]
    return change, limit, phase_split.collect(size, parts)


def test_the_shares_and_ratios_of_the_phase_split_are_over_the_draws():
    change, limit, record = phase_record()
    for cell in np.ndindex(2, 3, 2):
        row, column, time = cell
        own, shifted = change[row, column, :, time].T
        assert record.share_own_falls[cell] == sum(value < 0 for value in own) / 4
        assert record.share_shifted_rises[cell] == sum(value > 0 for value in shifted) / 4
    ratios = change.sum(axis=2) / 4 / limit
    assert_close(record.mean_field_ratio, [ratios.min(), ratios.max()], 1e-13)
    assert record.average_rises == (change[..., 0] + change[..., 1] > 0).mean()
    smallest = min(record.share_own_falls.min(), record.share_shifted_rises.min())
    assert record.smallest_share == smallest
