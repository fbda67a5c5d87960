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
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..claims.claim import Claim, Found, Sizes
from .files import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STYLE", "drawing", "figure_bytes", "figure_of", "plain_power", "save_drawing"]

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
    """A figure of so many panels in one row, or in two rows from four panels on.

    Its margins are measured here, once, for every file that is made of it.
    """
    rows = 2 if panels >= 4 else 1
    columns = -(-panels // rows)
    with _style():
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        width = 5.2 * columns if columns > 1 else 6.4
        # At the PNG file's own resolution: what is measured for the margins serves it too.
        figure = Figure((width, 3.9 * rows), dpi=STYLE["savefig.dpi"], layout="constrained")
        canvas = FigureCanvasAgg(figure)
        draw(list(np.ravel(figure.subplots(rows, columns))))
        _write_powers_plainly(figure)
        margins: Any = figure.get_layout_engine()
        margins.execute(canvas.figure)
        figure.set_layout_engine(None)  # "none" would still draw everything twice
    return figure


def figure_of(claim: Claim, sizes: Sizes, found: Found) -> Figure:
    """The figure of a claim."""
    return drawing(lambda axes: claim.draw(sizes, found, axes), claim.panels)


def figure_bytes(claim: Claim, sizes: Sizes, found: Found) -> dict[str, bytes]:
    """The figure of a claim as the files figures/NAME.png and figures/NAME.svg."""
    figure = figure_of(claim, sizes, found)
    return {f"figures/{claim.name}.{kind}": _bytes_of(figure, kind) for kind in ("png", "svg")}


def save_drawing(path: Path, draw: Callable[[list[Any]], None], panels: int) -> None:
    """Write one figure as PNG, or as SVG where the name ends so."""
    kind = "svg" if path.suffix == ".svg" else "png"
    write_whole(path, _bytes_of(drawing(draw, panels), kind))


def _bytes_of(figure: Figure, kind: str) -> bytes:
    buffer = io.BytesIO()
    settings: dict[str, Any] = {}
    if kind == "svg":  # text and lines have no resolution there, heat maps do
        settings = {"metadata": {"Date": None}, "dpi": 2 * STYLE["savefig.dpi"]}
    with _style():
        figure.savefig(buffer, format=kind, **settings)
    return buffer.getvalue()


def _write_powers_plainly(figure: Figure) -> None:
    """Ticks such as 10⁻³ in plain characters: to set a formula takes ten times as long."""
    from matplotlib.ticker import Formatter, LogFormatterMathtext

    class Plain(Formatter):
        def __init__(self, formatter: Formatter) -> None:
            self._formatter = formatter

        def format_ticks(self, values: Any) -> list[str]:
            return [plain_power(text) for text in self._formatter.format_ticks(values)]

    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        if isinstance(axis.get_major_formatter(), LogFormatterMathtext):
            axis.set_major_formatter(Plain(axis.get_major_formatter()))
        if isinstance(axis.get_minor_formatter(), LogFormatterMathtext):
            axis.set_minor_formatter(Plain(axis.get_minor_formatter()))


_RAISED = str.maketrans("-−0123456789", "⁻⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def plain_power(text: str) -> str:
    r"""A tick's formula in plain characters; any other text as it is.

    >>> plain_power(r"$\mathdefault{-2\times10^{-3}}$")
    '−2 × 10⁻³'
    """
    found = re.fullmatch(r"\$\\mathdefault\{(.*)\^\{(.*)\}\}\$", text)
    if found is None:
        return text
    factor = found[1].replace(r"\times", " × ").replace("-", "−")
    return factor + found[2].translate(_RAISED)


@contextlib.contextmanager
def _style() -> Iterator[None]:
    """Our own style over matplotlib's defaults, whatever the reader has set."""
    mpl = _matplotlib()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE, **{"axes.titley": 1.0})  # no ticks above: no search for them
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
