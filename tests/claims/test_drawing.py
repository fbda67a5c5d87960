"""What several claims draw: modes over time on their predicted lines."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from minintk.claims.drawing import draw_modes

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
