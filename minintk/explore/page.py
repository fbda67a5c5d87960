"""explore.html: the parts of the page joined into one file that loads nothing."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from importlib import resources

from .. import __version__
from .._require import require_text
from .pictures import pictures
from .reference_runs import reference_runs

__all__ = ["explore_page"]

SCRIPTS = (
    "simulation.js",
    "state.js",
    "check.js",
    "drawing.js",
    "session.js",
    "sketch.js",
    "guide.js",
    "controls.js",
)
TUTORIALS = {
    "1": "01_a_relu_network_by_hand.ipynb",
    "2": "02_from_descent_to_a_kernel.ipynb",
    "3": "03_infinite_width.ipynb",
    "4": "04_the_circle.ipynb",
    "5": "05_spectral_bias.ipynb",
    "6": "06_finite_samples_and_width.ipynb",
    "7": "07_the_kernel_moves.ipynb",
    "8": "08_what_moves_it.ipynb",
}


def explore_page(state: str = "", tutorials: str | None = None) -> str:
    """The page to play with, as one HTML text that loads nothing and sends nothing.

    `state` is what stands after # in the page's address, such as "m=64&bias=off": the page starts
    there, unless its own address says otherwise. An unknown key or value leaves
    the default, and the page says so. `tutorials` is where the tutorials are, as seen from the
    page: "../tutorials"; without it they are named but not linked.

    >>> page = explore_page("m=64")
    >>> print(page[:15], len(page) < 150_000)
    <!DOCTYPE html> True
    """
    require_text("state", state)
    runs = reference_runs()
    data = {
        "version": __version__,
        "state": state.removeprefix("#"),
        "experiments": json.loads(_part("experiments.json")),
        "runs": [{key: value for key, value in run.items() if key != "fits"} for run in runs],
    }
    figures = "\n".join(pictures(runs[0]))
    page = _part("page.html")
    for name, file in TUTORIALS.items():
        page = page.replace(f"@@tutorial:{name}@@", _link(name, file, tutorials))
    parts = {
        "style": (resources.files("minintk") / "look.css").read_text("utf-8") + _part("page.css"),
        "figures": figures,
        "version": html.escape(__version__),
        "data": _embedded(data),
        "script": "\n".join(_part(name).replace('"use strict";\n\n', "") for name in SCRIPTS),
    }
    return _filled(page, parts)


def _part(name: str) -> str:
    return (resources.files(__package__) / name).read_text("utf-8")


def _filled(page: str, parts: Mapping[str, str]) -> str:
    """Put each part in its place; what a part holds is not looked at again."""
    pieces = page.split("@@")
    return "".join(parts[piece] if i % 2 else piece for i, piece in enumerate(pieces))


def _embedded(data: object) -> str:
    """JSON inside a script: no text of it can end the script."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _link(name: str, file: str, tutorials: str | None) -> str:
    if tutorials is None:
        return f"Tutorial {name} of minintk"
    address = html.escape(f"{tutorials.rstrip('/')}/{file}")
    return f'<a href="{address}">Tutorial {name}</a>'
