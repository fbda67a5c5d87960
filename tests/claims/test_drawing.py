"""What several claims draw: modes over time on their predicted lines."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from minintk.claims import CLAIMS
from minintk.claims.drawing import draw_modes, ticks_at
from tests.reference.claim_runs import tiny, tiny_outcome

pytestmark = pytest.mark.claims


# --- by hand --------------------------------------------------------------------------------------


def test_points_on_lines_of_their_own_colour_and_marker():
    axis, x = Figure().subplots(), np.arange(3.0)
    measured, predicted = np.ones((3, 12)), np.zeros((3, 12))
    draw_modes(axis, x, measured, predicted, range(1, 13))
    lines, points = axis.lines[::2], axis.lines[1::2]
    styles = [(point.get_color(), point.get_marker()) for point in points]
    assert len(set(styles)) == 12
    assert [point.get_label() for point in points] == [f"k = {k}" for k in range(1, 13)]
    for line, point in zip(lines, points, strict=True):
        assert (line.get_ydata() == 0).all()
        assert (point.get_ydata() == 1).all()
        assert line.get_color() == point.get_color()
        assert point.get_linestyle() == "None"


def test_every_size_has_a_tick_and_of_many_every_other_a_name():
    axis = Figure().subplots()
    axis.set_xscale("log")
    ticks_at(axis, [16, 64.0, 1048576])
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["16", "64", "1048576"]
    ticks_at(axis, [2**n for n in range(9)])
    names = [tick.get_text() for tick in axis.get_xticklabels()]
    assert names == ["1", "", "4", "", "16", "", "64", "", "256"]


@pytest.mark.parametrize("name", ["mean_field_fluctuation", "phase_split"])
def test_the_prediction_is_seen_at_a_single_width(name):
    axes = Figure().subplots(1, 3)
    CLAIMS[name].draw(tiny(name), tiny_outcome(name).found, axes)
    assert len(tiny(name).widths) == 1
    dashes = [
        line for line in axes[0].lines if line.get_marker() == "_" and len(line.get_xdata()) == 1
    ]
    assert len(dashes) >= 2


def test_bars_stand_at_their_names_for_any_number_of_widths():
    axes = Figure().subplots(1, 2)
    CLAIMS["cause"].draw(tiny("cause"), tiny_outcome("cause").found, axes)
    middles = [bar.get_y() + bar.get_height() / 2 for bar in axes[0].patches]
    assert np.allclose(middles, axes[0].get_yticks(), rtol=0, atol=1e-12)
