"""What several claims draw, on the Axes that they are given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .._require import Array

MARKERS = "osD^v*P"  # seven, so that with six colours no pair comes twice


def label(
    axis: Any, x: str, y: str, title: str, log: str = "", legend: str = "", **settings: Any
) -> None:
    """Names, title, which axes are logarithmic ("x", "y", "xy"), and where the legend stands."""
    scales = {f"{name}scale": "log" for name in log}
    axis.set(xlabel=x, ylabel=y, title=title, **scales, **settings)
    if legend:
        axis.legend(loc=legend)


def heat_map(
    axis: Any, values: Array, what: str, low: float, high: float, *edges: Any, cmap: str = "cividis"
) -> None:
    """Values as colours between two limits, at the x and y of `edges` where they are given."""
    settings = {"cmap": cmap, "vmin": low, "vmax": high, "rasterized": True}
    mesh = axis.pcolormesh(*edges, values, **settings, shading="nearest" if edges else None)
    axis.figure.colorbar(mesh, ax=axis, label=what)
    axis.grid(visible=False)


def ranges(axis: Any, x: Any, bars: Array, style: str, name: str = "", **own: Any) -> None:
    """Bars from low to high around a middle: (points, 3) in the order low, middle, high."""
    low, middle, high = bars.T
    errors = [(middle - low).tolist(), (high - middle).tolist()]  # of arrays matplotlib may warn
    axis.errorbar(x, middle, errors, fmt=style, label=name or None, **own)


def ticks_at(axis: Any, values: Sequence[float]) -> None:
    """A tick at each of these on a logarithmic x axis; of more than 8 every other is named."""
    every = 1 + (len(values) > 8)
    axis.set_xticks(values, [f"{x:.10g}" * (i % every == 0) for i, x in enumerate(values)])
    axis.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)


def against_width(axis: Any, widths: Sequence[int], **settings: Any) -> None:
    """Widths on a logarithmic axis with a tick at each, the given settings, and a legend."""
    axis.set(xscale="log", xlabel="width m (neurons)", **settings)
    ticks_at(axis, widths)
    axis.legend()


def draw_modes(axis: Any, x: Array, measured: Array, predicted: Array, ks: Iterable[int]) -> None:
    """The modes of a residual over time (times, frequencies): points on the predicted lines."""
    for place, k in enumerate(ks):
        colour, marker = f"C{place}", MARKERS[place % len(MARKERS)]
        axis.plot(x, predicted[:, place], "-", color=colour)
        axis.plot(x, measured[:, place], marker, color=colour, markersize=4, label=f"k = {k}")
