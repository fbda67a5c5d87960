"""States of the page that show a claim of the study: what stands after # in its address."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["STATES", "State"]


class State(NamedTuple):
    """A state of the page, and what a reader is to do or to look at there.

    >>> STATES["width"].address
    'm=64'
    """

    address: str
    words: str


STATES = {
    "rotation": State("m=1024&pull=16", "pull one sample after the other: the same row, turned"),
    "eigenfunctions": State("m=1024", "see the kernel between waves: nearly diagonal"),
    "decay": State("target=equal&m=1024&step=200", "watch each frequency fall on its line"),
    "spectral_bias": State("target=square&m=512&step=300", "watch a square wave being learned"),
    "sampling": State(
        "samples=random&n=32&m=1024", "see what random samples do to the kernel between waves"
    ),
    "width": State("m=64", "change the width, and see the kernel between waves"),
    "evolving": State(
        "m=16&second=frozen&step=1000", "see the loss with and without a frozen kernel"
    ),
    "cause": State(
        "m=16&second=frozen&step=500", "see which entries of the kernel grow while it learns"
    ),
}
