"""The picture at the top of the page: what is left of each wave, drawn from the run's own record.

picture   one network's training on several frequencies at once, as inline SVG
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .files import read_arrays
from .results import Entry

__all__ = ["picture"]

_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 386, 14, 210
_NAME = 14  # where the name of the vertical axis stands, turned
_STYLES = (("--one", ""), ("--two", "7 3"), ("--three", "2 3"), ("--four", "9 3 2 3"))
_APART = 2.8  # a frequency is shown where it takes so many times longer than the one before


def picture(folder: Path, entries: Sequence[Entry]) -> str:
    """The figure with its caption; nothing where this run has no record of it."""
    for entry in entries:
        if entry["name"] == "spectral_bias":
            try:
                data = read_arrays(folder / "data" / "spectral_bias.npz")
                return _figure(data, entry["configuration"])
            except (OSError, ValueError, KeyError, TypeError, IndexError):
                return ""
    return ""


def _figure(data: dict[str, Any], sizes: Any) -> str:
    ks, steps, slowest = list(sizes["frequencies"]), data["shown_steps"], data["predicted_steps"]
    chosen = [0]
    for place in range(1, len(ks)):
        if len(chosen) < len(_STYLES) and slowest[place] > _APART * slowest[chosen[-1]]:
            chosen.append(place)
    measured, predicted = data["left"].mean(axis=0), data["left_predicted"]
    across = _LEFT + np.log1p(steps) * (_RIGHT - _LEFT) / math.log1p(steps[-1])
    lines = [
        "".join(_wave(across, measured[:, place], predicted[:, place], str(ks[place]), number))
        for number, place in enumerate(chosen)
    ]
    names = ", ".join(str(ks[place]) for place in chosen)
    count = len(data["left"])
    who = (
        f"{count} networks of {sizes['width']} neurons each learn"
        if count > 1
        else (f"One network of {sizes['width']} neurons learns")
    )
    mean = ", their mean" * (count > 1)
    words = (
        f"{who} waves of several frequencies at once. "
        f"Points: what is left of the waves k = {names}, in % of the start{mean}. "
        "Lines: what the kernel of infinite width predicts. Wave k goes k times around the circle."
    )
    said = f"What is left of each wave over the training steps: k = {names} fall in this order."
    return (
        f'<figure><svg class="picture" viewBox="0 0 400 252" role="img" '
        f'aria-label="{html.escape(said)}">{"".join(_axes(steps[-1]))}{"".join(lines)}</svg>'
        f"<figcaption>{html.escape(words)}</figcaption></figure>"
    )


def _down(share: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * float(share)


def _axes(last: float) -> Iterator[str]:
    yield f'<path class="axis" d="M{_LEFT} {_TOP}V{_BOTTOM}H{_RIGHT}"/>'
    for share in (0, 0.5, 1):
        yield _text(_LEFT - 6, _down(share) + 4, f"{100 * share:.0f} %", "end")
    for step in (0, 1, 10, 100, 1000, 10_000, 100_000):
        if step <= last:
            x = _LEFT + math.log1p(step) * (_RIGHT - _LEFT) / math.log1p(last)
            yield f'<path class="axis" d="M{x:.1f} {_BOTTOM}v5"/>'
            yield _text(x, _BOTTOM + 19, str(step), "middle")
    yield _text((_LEFT + _RIGHT) / 2, _BOTTOM + 37, "training steps", "middle")
    turned = f'<g transform="rotate(-90 {_NAME} {(_TOP + _BOTTOM) / 2:.0f})">'
    yield f"{turned}{_text(_NAME, (_TOP + _BOTTOM) / 2, 'left of the wave', 'middle')}</g>"


def _wave(across: Any, measured: Any, predicted: Any, k: str, number: int) -> Iterator[str]:
    """One line, its points, and its name where half of the wave is learned."""
    colour, dashes = _STYLES[number]
    points = " ".join(f"{x:.1f},{_down(y):.1f}" for x, y in zip(across, predicted, strict=True))
    yield (
        f'<polyline points="{points}" fill="none" stroke="var({colour})" stroke-width="2" '
        f'stroke-dasharray="{dashes}"/>'
    )
    for x, y in list(zip(across, measured, strict=True))[::2]:
        yield f'<circle cx="{x:.1f}" cy="{_down(y):.1f}" r="2.6" fill="var({colour})"/>'
    half = float(np.interp(-0.5, -predicted, across))
    yield _text(half + 5, _down(0.5) - 4, f"k = {k}", "start")


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(words)}</text>'
