"""The look of every figure, local to the figure: matplotlib's own settings stay as they were.

STYLE            the settings, over matplotlib's defaults
COLOURS          told apart in greyscale and by the colour-blind (Okabe & Ito 2008)
LINES            line styles, so that no colour carries a meaning alone
own_style        a context in which figures have that look, whatever the reader has set
angle_ticks      an axis of angles, with ticks at the quarters of the circle

matplotlib is loaded when a figure is drawn, and not before.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

__all__ = ["COLOURS", "LINES", "STYLE", "angle_ticks", "own_style"]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00")
LINES = ("-", "--", "-.", ":")
STYLE: Any = {
    "axes.prop_cycle": f"cycler('color', {list(COLOURS)})",
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


@contextlib.contextmanager
def own_style(changes: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Our own style over matplotlib's defaults, whatever the reader has set; `changes` over both.

    >>> from matplotlib import rcParams
    >>> with own_style():
    ...     size = rcParams["font.size"]
    >>> size
    9.5
    """
    mpl = _matplotlib()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        mpl.rcParams.update(changes or {})
        yield


def angle_ticks(axes: Any, *names: str) -> None:
    """Limits 0 and 2π of the axes of these names ("x", "y"), a tick at each quarter of the circle.

    >>> from matplotlib.figure import Figure
    >>> axes = Figure().subplots()
    >>> angle_ticks(axes, "x")
    >>> [text.get_text() for text in axes.get_xticklabels()]
    ['0', 'π/2', 'π', '3π/2', '2π']
    """
    for name in names:
        axes.set(**{f"{name}lim": (0, 2 * np.pi)})
        ticks = getattr(axes, f"set_{name}ticks")
        ticks(np.linspace(0, 2 * np.pi, 5), ("0", "π/2", "π", "3π/2", "2π"))


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
