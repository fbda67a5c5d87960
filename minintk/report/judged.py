"""What a verdict was decided on, as tables: each number or interval beside what is asked of it.

tables   of the findings of an entry of claims.json
count    how many numbers these have looked at
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ..claims.numbers import counted, number, with_bounds
from .results import Entry

__all__ = ["Table", "count", "tables"]

_MOST = 4  # columns of cells side by side
_OUTCOMES = {True: "shown", False: "refuted", None: "open"}


class Table(NamedTuple):
    """The head, the rows, and in a sentence which intervals these are."""

    head: list[str]
    rows: list[list[str]]
    said: str


def count(findings: Sequence[Entry]) -> int:
    """How many numbers the findings have looked at."""
    return sum(len(finding["judged"]) for finding in findings)


def tables(findings: Sequence[Entry]) -> list[Table]:
    """Parts with a number of their own, one a row; then parts of many cells, a column each."""
    alone = [one for one in findings if not any(cell["of"] for cell in one["judged"])]
    return [*_rows(alone), *_columns([one for one in findings if one not in alone])]


def _rows(findings: Sequence[Entry]) -> Iterator[Table]:
    if not findings:
        return
    kinds = {one["interval"] for finding in findings for one in finding["judged"]} - {""}
    several, rows = len(kinds) > 1, []
    for finding in findings:
        outcome, more = _OUTCOMES[finding["shown"]], finding["more_seeds"]
        outcome += f", about {counted(more, 'more seed')} would decide it" if more else ""
        for one in finding["judged"] or [None]:  # nothing was measured where there is no cell
            said = [_measured(one), _asked(one)] if one else ["nothing", "–"]
            kind = [(one and one["interval"]) or "none"] * several
            rows.append([finding["part"], *said, outcome, *kind])
    head = ["Part", "Measured", "Asked", "Outcome", "Interval"][: 4 + several]
    yield Table(head, rows, "" if several or not kinds else f"Intervals: {kinds.pop()}.")


def _columns(findings: Sequence[Entry]) -> Iterator[Table]:
    """Parts with the same cells side by side, as far as they fit."""
    parts: dict[tuple[str, str, str], dict[str, Entry]] = {}
    for one in (one for finding in findings for one in finding["judged"]):
        parts.setdefault((one["of"], _asked(one), one["interval"]), {})[one["part"]] = one
    alike: dict[tuple[frozenset[str], str], list[Any]] = {}
    for (of, asked, kind), cells in parts.items():
        alike.setdefault((frozenset(cells), kind), []).append(
            (of if asked in of else f"{of} ({asked})", cells)
        )
    for (_, kind), columns in alike.items():
        # One outcome keeps its cells in order: the part that has the longest stretch of one.
        order = max((cells for _, cells in columns), key=_first_stretch)
        share = math.ceil(len(columns) / math.ceil(len(columns) / _MOST))
        for start in range(0, len(columns), share):
            some = columns[start : start + share]
            rows = [[cell, *(_marked(cells[cell]) for _, cells in some)] for cell in order]
            said = f"Intervals: {kind}. " * bool(kind) + "All are shown but what is marked."
            yield Table(["Cell", *(head for head, _ in some)], rows, said)


def _first_stretch(cells: dict[str, Entry]) -> int:
    outcomes = [one["shown"] for one in cells.values()]
    return next((n for n, one in enumerate(outcomes) if one != outcomes[0]), len(outcomes))


def _marked(one: Entry) -> str:
    return _measured(one) + ("" if one["shown"] else f", {_OUTCOMES[one['shown']]}")


def _measured(one: Entry) -> str:
    if not one["interval"]:
        return _words(one["mean"], 2)
    values = [one[key] for key in ("mean", "low", "high")]
    # Three digits, and more where with these two numbers read the same and are not.
    texts = [[_words(value, digits) for value in values] for digits in range(3, 7)]
    apart = (some for some in texts if len(set(some)) == len(set(values)))
    return with_bounds(*next(apart, texts[0]))


def _asked(one: Entry) -> str:
    least, most = _words(one["least"], 4), _words(one["most"], 4)
    if least == "−inf":
        return "nothing can be shown" if most == least else f"below {most}"
    return f"above {least}" if most == "inf" else f"{least} to {most}"


def _words(value: Any, digits: int = 3) -> str:
    """A number of claims.json, which has one that is not finite as a text."""
    known = isinstance(value, (int, float)) or value in ("inf", "-inf", "nan")
    return number(float(value), digits) if known else str(value)
