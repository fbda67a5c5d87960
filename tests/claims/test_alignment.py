"""The claim on alignment: its measures and their intervals."""

import numpy as np
import pytest

import minintk as mn
from minintk.claims.beyond import alignment
from minintk.claims.claim import summary
from tests.reference.beyond_records import record_of

pytestmark = [pytest.mark.evolving, pytest.mark.claims]


# --- by hand --------------------------------------------------------------------------------------


def test_the_relative_distance_sees_the_size_that_alignment_does_not():
    grid = mn.uniform_angles(12)
    measures = alignment._measures(3 * mn.infinite_ntk(grid), grid, np.cos(grid), 2)
    found = dict(zip(alignment.MEASURES, measures, strict=True))
    assert abs(found["kernel alignment"] - 1) < 1e-12
    assert abs(found["relative distance"] - 2) < 1e-12
    cells = record_of("alignment").intervals["relative distance"]
    assert cells["low target, m = 16"].high < 0, "the kernel grows away from the continuum"


# --- reference ------------------------------------------------------------------------------------


def test_every_measure_of_alignment_has_its_interval_in_every_cell():
    record = record_of("alignment")
    cells = [f"{target} target, m = {m}" for target in record.targets for m in record.widths]
    measured = summary(record)["intervals"]
    assert set(measured) == {*alignment.MEASURES, "kernel distance from the start"}
    quantile = 3.335295  # Student, 7 degrees of freedom, 0.025/4 beyond
    for number, name in enumerate(alignment.MEASURES):
        assert list(measured[name]) == cells
        values = record.improvement[..., number].reshape(4, 8)
        for row, interval in zip(values, measured[name].values(), strict=True):
            half = quantile * row.std(ddof=1) / np.sqrt(8)
            ends = [row.mean() - half, row.mean(), row.mean() + half]
            found = [interval[key] for key in ("low", "mean", "high")]
            assert np.abs(np.subtract(found, ends)).max() < 1e-6 * half
            assert "Bonferroni" in interval["interval"]
        means, halves = (
            table[..., number].ravel() for table in (record.mean, record.half_interval)
        )
        assert list(means) == [interval["mean"] for interval in measured[name].values()]
        highs = [interval["high"] for interval in measured[name].values()]
        assert np.abs(means + halves - highs).max() < 1e-12
    turned = measured["kernel distance from the start"].values()
    assert all(interval["mean"] > 0 for interval in turned)
