"""The style of every figure, and the only place that knows matplotlib.

Colours are told apart in greyscale and by the colour-blind (Okabe & Ito 2008), and never carry a
meaning alone: every series has its own marker or line style too. What a reader has set for his own
figures (a matplotlibrc, MPLBACKEND) has no influence. matplotlib is loaded when a figure is drawn.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..claims.claim import Claim, Found, Sizes
from .files import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STYLE", "drawing", "figure_bytes", "figure_of", "save_drawing"]

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
    with _style():
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
    with _style():
        figure.savefig(buffer, format=kind, metadata={"Date": None} if kind == "svg" else {})
    return buffer.getvalue()


@contextlib.contextmanager
def _style() -> Iterator[None]:
    """Our own style over matplotlib's defaults, whatever the reader has set."""
    mpl = _matplotlib()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


def _matplotlib() -> Any:
    """matplotlib, loaded without a word about the reader's settings, which then hold for him."""
    backend = os.environ.pop("MPLBACKEND", None)
    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        import matplotlib as mpl
    finally:
        logger.setLevel(level)
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
    if backend is not None:
        with contextlib.suppress(ValueError):
            mpl.rcParams["backend"] = backend
    return mpl
