"""The figures of a run as files, in the style of `plotting`.

Colours never carry a meaning alone: every series has its own marker or line style too. What a
reader has set for his own figures (a matplotlibrc, MPLBACKEND) has no influence.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..claims.claim import Claim, Found, Sizes
from ..plotting.style import own_style
from .files import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["drawing", "figure_bytes", "figure_of", "save_drawing"]


def drawing(draw: Callable[[list[Any]], None], panels: int) -> Figure:
    """A figure of so many panels in one row, or in two rows from four panels on."""
    rows = 2 if panels >= 4 else 1
    columns = -(-panels // rows)
    with own_style():
        from matplotlib.figure import Figure

        width = 5.2 * columns if columns > 1 else 6.4
        figure = Figure(figsize=(width, 3.9 * rows), layout="constrained")
        draw(list(np.ravel(figure.subplots(rows, columns))))
    return figure


def figure_of(claim: Claim, sizes: Sizes, found: Found) -> Figure:
    """The figure of a claim."""
    return drawing(lambda axes: claim.draw(sizes, found, axes), claim.panels)


def figure_bytes(claim: Claim, sizes: Sizes, found: Found) -> dict[str, bytes]:
    """The figure of a claim as the files figures/NAME.png and figures/NAME.svg."""
    figure = figure_of(claim, sizes, found)
    png = _bytes_of(figure, "png")
    figure.set_layout_engine("none")  # both files in one layout, which is half of the work
    return {
        f"figures/{claim.name}.png": png,
        f"figures/{claim.name}.svg": _bytes_of(figure, "svg"),
    }


def save_drawing(path: Path, draw: Callable[[list[Any]], None], panels: int) -> None:
    """Write one figure as PNG, or as SVG where the name ends so."""
    kind = "svg" if path.suffix == ".svg" else "png"
    write_whole(path, _bytes_of(drawing(draw, panels), kind))


def _bytes_of(figure: Figure, kind: str) -> bytes:
    buffer = io.BytesIO()
    with own_style():
        figure.savefig(buffer, format=kind, metadata={"Date": None} if kind == "svg" else {})
    return buffer.getvalue()
