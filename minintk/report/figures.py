"""The figures of a run as files, in the style of `plotting`.

Colours never carry a meaning alone: every series has its own marker or line style too. What a
reader has set for his own figures (a matplotlibrc, MPLBACKEND) has no influence.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..claims.claim import Claim, Found, Sizes
from ..plotting.style import STYLE, own_style
from .files import write_whole
from .readable import RAISED, readable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["drawing", "figure_bytes", "figure_of", "plain_power", "save_drawing"]

CHANGES = {"axes.titley": 1.0}  # no ticks above the axes: no search for them


def drawing(draw: Callable[[list[Any]], None], panels: int) -> Figure:
    """A figure of so many panels in one row, or in two rows from four panels on.

    Its margins are measured here, once, for every file that is made of it.
    """
    rows = 2 if panels >= 4 else 1
    columns = -(-panels // rows)
    with own_style(CHANGES):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        width = 5.2 * columns if columns > 1 else 6.4
        # At the PNG file's own resolution: what is measured for the margins serves it too.
        figure = Figure((width, 3.9 * rows), dpi=STYLE["savefig.dpi"], layout="constrained")
        canvas = FigureCanvasAgg(figure)
        draw(list(np.ravel(figure.subplots(rows, columns))))
        _write_powers_plainly(figure)
        _write_readably(figure)
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
    with own_style(CHANGES):
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


def _write_readably(figure: Figure) -> None:
    """λₖ in titles, names and legends as in the page's text, where a claim writes λ_k."""
    legends = [*figure.legends, *filter(None, (axes.get_legend() for axes in figure.axes))]
    texts = [*figure.texts, *(text for legend in legends for text in legend.get_texts())]
    for axes in figure.axes:  # the ticks have numbers, and a search there would make them all
        texts += [axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
    for text in texts:
        text.set_text(readable(text.get_text()))


def plain_power(text: str) -> str:
    r"""A tick's formula in plain characters; any other text as it is.

    >>> plain_power(r"$\mathdefault{-2\times10^{-3}}$")
    '−2 × 10⁻³'
    """
    found = re.fullmatch(r"\$\\mathdefault\{(.*)\^\{(.*)\}\}\$", text)
    if found is None:
        return text
    factor = found[1].replace(r"\times", " × ").replace("-", "−")
    return factor + found[2].translate(RAISED)
