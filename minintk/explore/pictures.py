"""Three pictures of a reference run as inline SVG, for a browser without scripts."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["pictures"]

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 60, 620, 40, 250
INK, GREY, BLUE, ORANGE = "#1a1c20", "#6b7079", "#0072b2", "#c04e00"


def pictures(run: Mapping[str, Any]) -> list[str]:
    """The fit, the residual by frequency, and the kernel's low-frequency block, as SVG.

    Takes one entry of `reference_runs`; returns three elements to stand inside HTML.

    >>> from minintk.explore import reference_runs
    >>> [picture[:4] for picture in pictures(reference_runs()[0])]
    ['<svg', '<svg', '<svg']
    """
    return [_fit(run), _modes(run), _block(run)]


def _fit(run: Mapping[str, Any]) -> str:
    fits = run["fits"]
    values = [value for row in (*(fit for _, fit in fits), run["targets"]) for value in row]
    y = _scale(min(values), max(values), BOTTOM, TOP)
    x = _scale(0.0, 2 * math.pi, LEFT, RIGHT)
    parts = [*_axis_of_angles(x), *_ticks_up(y, min(values), max(values))]
    for i, (moment, (angles, fit)) in enumerate(zip(run["moments"], fits, strict=True)):
        shade = 0.15 + 0.85 * i / (len(fits) - 1)
        points = " ".join(f"{x(t):.1f},{y(f):.1f}" for t, f in zip(angles, fit, strict=True))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{BLUE}" stroke-width="2.5" '
            f'stroke-opacity="{shade:.2f}"/>'
        )
        parts.append(_text(LEFT + 10 + 112 * i, TOP - 22, f"step {moment['step']}", BLUE, shade))
    parts.extend(
        f'<circle cx="{x(t):.1f}" cy="{y(target):.1f}" r="2.6" fill="{INK}"/>'
        for t, target in zip(run["angles"], run["targets"], strict=True)
    )
    return _svg("Output of the network after more and more steps, and the targets as dots", parts)


def _modes(run: Mapping[str, Any]) -> str:
    """Bars of the residual at three moments, and marks where (1 − ηλ_k)^s puts them."""
    moments = [run["moments"][i] for i in (0, 2, 3)]
    spectra = [_amplitudes(moment["evolving"]["modes"]) for moment in moments]
    top = 1.1 * max(max(spectrum) for spectrum in spectra)
    y = _scale(0.0, top, BOTTOM, TOP)
    count = len(spectra[0])
    x = _scale(-0.5, count - 0.5, LEFT, RIGHT)
    parts = [*_ticks_up(y, 0.0, top)]
    for k in range(count):
        parts.append(_text(x(k), BOTTOM + 18, f"k = {k}", GREY, anchor="middle"))
        for i, (moment, spectrum) in enumerate(zip(moments, spectra, strict=True)):
            left = x(k) - 42 + 28 * i
            parts.append(
                f'<rect x="{left:.1f}" y="{y(spectrum[k]):.1f}" width="24" '
                f'height="{BOTTOM - y(spectrum[k]):.1f}" fill="{BLUE}" '
                f'fill-opacity="{1 - 0.3 * i:.1f}"/>'
            )
            factor = (1 - run["eta"] * run["aliased"][k]) ** moment["step"]
            mark = y(abs(factor) * spectra[0][k])
            parts.append(
                f'<path d="M{left - 2:.1f} {mark:.1f}h28" stroke="{INK}" stroke-width="2.5"/>'
            )
    steps = ", ".join(str(moment["step"]) for moment in moments)
    title = f"Residual by frequency after {steps} steps; black: predicted at infinite width"
    return _svg(title, parts)


def _block(run: Mapping[str, Any]) -> str:
    """The block at the start as squares whose area is the entry's size."""
    entries = run["moments"][0]["block"]
    size = math.isqrt(len(entries))
    cell = (BOTTOM - TOP) / size
    most = max(map(abs, entries))
    names = ["0", *(f"{k}{phase}" for k in range(1, size // 2 + 1) for phase in "cs")]
    parts = []
    for i, entry in enumerate(entries):
        row, column = divmod(i, size)
        side = max(cell * math.sqrt(abs(entry) / most), 0.4)
        x = 200 + column * cell + (cell - side) / 2
        y = TOP + row * cell + (cell - side) / 2
        colour = BLUE if entry > 0 else ORANGE
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{side:.1f}" height="{side:.1f}" '
            f'fill="{colour}"/>'
        )
    for i, name in enumerate(names):
        at = (i + 0.5) * cell
        parts.append(_text(190, TOP + at + 4, name, GREY, anchor="end"))
        parts.append(_text(200 + at, BOTTOM + 18, name, GREY, anchor="middle"))
    title = (
        "The kernel between waves (0, cos t, sin t, …): nearly diagonal, larger at low frequency"
    )
    return _svg(title, parts)


def _amplitudes(coefficients: Sequence[float]) -> list[float]:
    pairs = zip(coefficients[1::2], coefficients[2::2], strict=True)
    return [abs(coefficients[0]), *(math.hypot(c, s) for c, s in pairs)]


def _scale(low: float, high: float, start: float, end: float) -> Any:
    return lambda value: start + (end - start) * (value - low) / (high - low)


def _axis_of_angles(x: Any) -> Iterator[str]:
    for quarter, name in enumerate(("0", "π/2", "π", "3π/2", "2π")):
        yield _text(x(quarter * math.pi / 2), BOTTOM + 18, name, GREY, anchor="middle")
    yield _text((LEFT + RIGHT) / 2, BOTTOM + 38, "angle t (radians)", GREY, anchor="middle")


def _ticks_up(y: Any, low: float, high: float) -> Iterator[str]:
    step = 0.5 if high - low < 3 else 1.0
    for i in range(math.ceil(low / step), math.floor(high / step) + 1):
        at = y(i * step)
        yield f'<path d="M{LEFT} {at:.1f}H{RIGHT}" stroke="#d5d8dd"/>'
        yield _text(LEFT - 8, at + 4, f"{i * step:g}", GREY, anchor="end")


def _text(
    x: float, y: float, words: str, colour: str, opacity: float = 1.0, anchor: str = "start"
) -> str:
    shade = f' opacity="{max(opacity, 0.6):.2f}"' if opacity < 1 else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}"{shade}>'
        f"{html.escape(words)}</text>"
    )


def _svg(title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg role="img" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="14"><title>{html.escape(title)}</title>{"".join(parts)}</svg>'
        f"<p>{html.escape(title)}.</p>"
    )
