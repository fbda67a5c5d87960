"""The style of every figure, and the only place that knows matplotlib.

Colours are told apart in greyscale and by the colour-blind (Okabe & Ito 2008), and never carry a
meaning alone: every series has its own marker or line style too.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from ..claims.claim import Claim
from .results import write_whole

STYLE: Any = {
    "axes.prop_cycle": (
        "cycler('color', ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#000000', '#E69F00'])"
    ),
    "axes.titlesize": 10.5,
    "axes.labelsize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "0.9",
    "grid.linewidth": 0.6,
    "font.size": 9.5,
    "legend.fontsize": 8.5,
    "legend.framealpha": 0.9,
    "lines.markersize": 5,
    "lines.linewidth": 1.4,
    "errorbar.capsize": 2.5,
    "svg.hashsalt": "minintk",  # the same record gives the same file
    "savefig.dpi": 120,
}


def drawing(draw: Callable[[list[Any]], None], panels: int) -> Figure:
    """A figure of so many panels in one row, or in two rows from four panels on."""
    rows = 2 if panels >= 4 else 1
    columns = -(-panels // rows)
    with mpl.rc_context(STYLE):
        width = 5.2 * columns if columns > 1 else 6.4
        figure = Figure(figsize=(width, 3.9 * rows), layout="constrained")
        draw(list(np.ravel(figure.subplots(rows, columns))))
    return figure


def figure_of(claim: Claim, record: Any) -> Figure:
    """The figure of a claim."""
    return drawing(lambda axes: claim.draw(record, axes), claim.panels)


def save_figure(folder: Path, claim: Claim, record: Any) -> None:
    """Write figures/NAME.png and figures/NAME.svg."""
    figure = figure_of(claim, record)
    for kind in ("png", "svg"):
        write_whole(folder / "figures" / f"{claim.name}.{kind}", _bytes_of(figure, kind))


def save_drawing(path: Path, draw: Callable[[list[Any]], None], panels: int) -> None:
    """Write one figure as PNG, or as SVG where the name ends so."""
    kind = "svg" if path.suffix == ".svg" else "png"
    write_whole(path, _bytes_of(drawing(draw, panels), kind))


def _bytes_of(figure: Figure, kind: str) -> bytes:
    buffer = io.BytesIO()
    with mpl.rc_context(STYLE):
        figure.savefig(buffer, format=kind, metadata={"Date": None} if kind == "svg" else {})
    return buffer.getvalue()
