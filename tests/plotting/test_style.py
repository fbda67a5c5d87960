"""Tests of minintk.plotting.style: a look that is local to the figure."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

import minintk as mn
from minintk.plotting import COLOURS, STYLE, own_style
from minintk.plotting.style import angle_ticks

pytestmark = pytest.mark.dynamics


# --- by hand --------------------------------------------------------------------------------------


def test_the_style_holds_inside_and_is_gone_outside():
    with mpl.rc_context({"font.size": 31.0, "axes.grid": False, "figure.dpi": 7}):
        before = dict(mpl.rcParams)
        with own_style({"font.size": 12.0}):
            inside = dict(mpl.rcParams)
        assert dict(mpl.rcParams) == before
    assert inside["font.size"] == 12.0
    assert inside["figure.dpi"] == mpl.rcParamsDefault["figure.dpi"], "not the reader's"
    for key in STYLE.keys() - {"font.size", "axes.prop_cycle"}:
        assert inside[key] == STYLE[key], key
    assert inside["axes.prop_cycle"].by_key()["color"] == list(COLOURS)


def test_the_style_is_gone_after_an_error():
    before = dict(mpl.rcParams)
    with pytest.raises(ZeroDivisionError, match="division"), own_style():
        1 / 0  # noqa: B018
    assert dict(mpl.rcParams) == before


def test_ticks_at_the_quarters_of_the_circle():
    axes = Figure().subplots()
    angle_ticks(axes, "y")
    np.testing.assert_array_equal(axes.get_yticks(), np.pi / 2 * np.arange(5))
    assert axes.get_ylim() == (0, 2 * np.pi)
    assert axes.get_xlim() == (0, 1)


# --- theorem --------------------------------------------------------------------------------------


def test_two_colours_that_stand_together_differ_in_greyscale():
    grey = {colour: to_rgb(colour) @ np.array([0.299, 0.587, 0.114]) for colour in COLOURS}
    looks = [look[0] for look in mn.plotting.animation.LOOKS.values()]
    assert abs(grey[looks[0]] - grey[looks[1]]) > 0.2
    assert len({round(value, 2) for value in grey.values()}) == len(COLOURS)
