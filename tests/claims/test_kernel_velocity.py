"""The claim on the velocity of the kernel: the shares of the ends of the arcs."""

import dataclasses

import numpy as np
import pytest

from minintk.claims import CLAIMS

pytestmark = [pytest.mark.evolving, pytest.mark.claims]


# --- by hand --------------------------------------------------------------------------------------


def test_the_shares_of_the_ends_weigh_every_width_alike():
    # Gains that fall as 1/m: taken times m, the ends of both widths count, 10 % and 0 %.
    gains = np.array([[9.0, 1.0, 10.0], [10.0, 0.0, 10.0]])[:, None, :, None] * np.ones(
        (1, 4, 1, 5)
    )
    gains[1] /= 100
    parts = [
        {"gains": row, "integral": np.array([0, 0.3, 0, 0]), "velocity": np.zeros(4)}
        for row in gains
    ]
    sizes = dataclasses.replace(CLAIMS["kernel_velocity"].quick, widths=(10, 1000), seeds=4)
    record = CLAIMS["kernel_velocity"].collect(sizes, parts)
    assert record.error_of_integral == 0.3, "the worst network"
    assert len(record.share_of_ends) == 5
    for share in record.share_of_ends:
        assert abs(share.mean - 0.05) < 1e-12
        half = 2.364624 * 0.05 * np.sqrt(8 / 7) / np.sqrt(8)
        assert abs(share.high - share.mean - half) < 1e-6
