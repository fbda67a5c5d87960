"""What several claims draw, on the axes that they are given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .._require import Array

__all__ = ["draw_modes"]


def draw_modes(
    axis: Any, x: Array, measured: Array, predicted: Array, frequencies: Iterable[int]
) -> None:
    """The modes of a residual over time (times, frequencies): points on the predicted lines.

    Seven markers, so that with six colours no pair comes twice.
    """
    for place, k in enumerate(frequencies):
        colour, marker = f"C{place}", "osD^v*P"[place % 7]
        axis.plot(x, predicted[:, place], "-", color=colour)
        axis.plot(x, measured[:, place], marker, color=colour, markersize=4, label=f"k = {k}")
