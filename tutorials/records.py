"""The page records.md: what can be set for each claim, and what a run writes of it.

All words stand in records.txt. A line `KIND NAME, NAME [AXIS; AXIS]: what it is` is about one
entry of a claim, or about several that are alike. KIND is one of KINDS. The axes are those of an
array, or the levels of what was measured. The last one may say what a value is: one of VALUES.

A size that has no line at its claim has the one that several claims share.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from minintk.claims import CLAIMS

FOLDER = Path(__file__).resolve().parent
KINDS = ("size", "array", "measured", "both")
VALUES = ("interval", "interval or number", "words")
LINE = re.compile(rf"({'|'.join(KINDS)}) ([\w, ]+?)(?: \[(.+?)\])?: (.+)")


class Line(NamedTuple):
    """One line of records.txt."""

    kind: str
    names: tuple[str, ...]
    axes: tuple[str, ...]
    meaning: str


def frame() -> dict[str, str]:
    """The parts of records.txt: what stands above, the shared sizes, the claims."""
    parts = re.split(r"^=== (\w+)\n", (FOLDER / "records.txt").read_text("utf-8"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def lines_of(text: str) -> Iterator[Line]:
    """The lines of a part; one of another form is rejected."""
    for line in text.strip().splitlines():
        found = LINE.fullmatch(line)
        if found is None:
            form = "lines KIND NAME [AXES]: meaning"
            raise ValueError(f"tutorials/records.txt must have {form}, got {line!r}")
        kind, names, axes, meaning = found.groups()
        yield Line(kind, tuple(names.split(", ")), tuple(axes.split("; ")) if axes else (), meaning)


def common() -> list[Line]:
    """The sizes that several claims share."""
    return list(lines_of(frame()["common"]))


def claims() -> dict[str, list[Line]]:
    """The lines of every claim."""
    parts = re.split(r"^== (\w+)\n", frame()["claims"], flags=re.M)
    return {name: list(lines_of(text)) for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def shared(name: str, lines: Sequence[Line]) -> list[str]:
    """The sizes of a claim that have no line of its own; one without any line is rejected."""
    own = {name for line in lines if line.kind == "size" for name in line.names}
    known = {name for line in common() for name in line.names}
    fields = [field.name for field in dataclasses.fields(CLAIMS[name].default)]
    if unknown := [field for field in fields if field not in own | known]:
        rule = f"must have a line on the size {unknown[0]} of {name}"
        raise ValueError(f"tutorials/records.txt {rule}")
    return [field for field in fields if field not in own]


def _code(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _axis(text: str, names: set[str]) -> str:
    """An axis as the page shows it: names of sizes and entries as code, places in parentheses."""
    if text.startswith("such as "):
        return f"such as “{text.removeprefix('such as ')}”"
    if ", " in text:
        return f"`({text})`" if text.count(", ") > 6 else f"({text})"  # no sentence
    return " + ".join(_code([part]) if part in names else part for part in text.split(" + "))


def _axes(line: Line, names: set[str]) -> str:
    axes = [_axis(axis, names) for axis in line.axes]
    value = axes.pop() if line.axes and line.axes[-1] in VALUES else ""
    return " → ".join(filter(None, (" × ".join(axes), value)))


def _table(head: str, rows: Sequence[Sequence[str]]) -> str:
    cells = (" | ".join(cell.replace("|", r"\|") for cell in row) for row in rows)
    return f"{head}\n{'|---' * (head.count('|') - 1)}|\n" + "".join(f"| {row} |\n" for row in cells)


def section(name: str, lines: Sequence[Line]) -> str:
    """The part of the page about one claim."""
    above, kinds = shared(name, lines), {line.kind for line in lines}
    names = {*above, *(name for line in lines for name in line.names)}
    said = f"[What is claimed](results.md#{name})."
    said += f" Also the sizes {_code(above)}, as above." if above else ""
    said += "" if kinds & {"array", "both"} else f" `data/{name}.npz` has no arrays."
    rows = "".join(
        f"- {_code(line.names)}: *{line.kind}*{_beside(line, names)}\n\n  {line.meaning}\n"
        for line in lines
    )
    return f"## {name}\n\n{said}\n\n{rows}"


def _beside(line: Line, names: set[str]) -> str:
    axes = _axes(line, names)
    return f", {axes}" if axes else ""


def page() -> str:
    """The whole page."""
    found = claims()
    if list(found) != list(CLAIMS):
        missing = ", ".join(name for name in CLAIMS if name not in found) or "none"
        unknown = ", ".join(name for name in found if name not in CLAIMS) or "none"
        raise ValueError(
            "tutorials/records.txt must have the claims of minintk, in their order, each under a "
            f"line `== NAME`: missing {missing}, not known {unknown}"
        )
    sizes = _table(
        "| Size | What it is |", [(_code(line.names), line.meaning) for line in common()]
    )
    sections = [section(name, lines) for name, lines in found.items()]
    return frame()["top"] + "\n".join([sizes, *sections])
