"""The code of a student's file, a Python file or a notebook, and the cells that its lines are in.

source_of   the code as bytes
unread      why cells of a notebook are no Python, with their functions
set_in      the names that a statement is to set
is_utf8     whether it is text in the usual encoding
in_cells    a message whose lines are those of a notebook's cells

Like `child`, which uses it, it stands alone and never imports minintk.
"""

from __future__ import annotations

import ast
import json
import re


def _cells(path: str) -> list[tuple[list[str], SyntaxError | None]]:
    """The lines of each code cell, without those that only IPython reads, and what is wrong."""
    with open(path, "rb") as file:
        found = json.loads(file.read().decode("utf-8-sig"))["cells"]
    cells = []
    for cell in found:
        if cell["cell_type"] != "code":
            continue
        text = "".join(cell["source"])
        if text.startswith("%%") and not text.startswith(("%%time", "%%capture")):
            text = ""
        lines = ["" if line.lstrip()[:1] in ("%", "!", "?") else line for line in text.split("\n")]
        wrong = None
        try:
            compile("\n".join(lines), "cell", "exec", dont_inherit=True)
        except SyntaxError as error:
            wrong = error
        cells.append((lines, wrong))
    return cells


def source_of(path: str) -> bytes:
    """The code of a file as bytes: a BOM and a declared encoding are Python's to read.

    Of a notebook, its code cells one after the other. A cell that is no Python is left empty.
    """
    if not path.endswith(".ipynb"):
        with open(path, "rb") as file:
            return file.read()
    every: list[str] = []
    for lines, wrong in _cells(path):
        every += lines if wrong is None else [""] * len(lines)
    return "\n".join(every).encode("utf-8")


def unread(path: str) -> dict[str, list[str]]:
    """What is wrong with cells of a notebook, and in which line; with their functions' names."""
    found, before = {}, 0
    for lines, wrong in _cells(path) if path.endswith(".ipynb") else ():
        if wrong is not None:
            name = type(wrong).__name__
            said = f"{name}: {wrong.msg} (line {before + (wrong.lineno or 1)})"
            found[said] = re.findall(r"\bdef (\w+)", "\n".join(lines))
        before += len(lines)
    return found


def set_in(statement: ast.AST) -> list[str]:
    """The names that a statement is to set: functions, variables, what it imports."""
    every = (n for n in ast.walk(statement) if not isinstance(getattr(n, "ctx", 0), ast.Load))
    return [getattr(n, "name", getattr(n, "id", "")) for n in every]


def in_cells(path: str, text: str) -> str:
    """A message in which a line of all code is that of a code cell, if the file is a notebook."""
    if not path.endswith(".ipynb"):
        return text
    try:
        places = [
            f"code cell {number}, line {line}"
            for number, (lines, _) in enumerate(_cells(path), 1)
            for line, _ in enumerate(lines, 1)
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return text

    def place(found: re.Match[str]) -> str:
        line, first = int(found[2]), "C" if found[1] == "L" else "c"
        return f"{first}{places[line - 1][1:]}" if 0 < line <= len(places) else found[0]

    text = re.sub(r" \(detected at line \d+\)", "", text)  # Python counts in the cell alone there
    return re.sub(r"\b([Ll])ine (\d+)(?=\)|: )", place, text)


def is_utf8(path: str) -> bool:
    """Whether a file can be read as UTF-8, and is text."""
    try:
        with open(path, encoding="utf-8") as file:
            return "\0" not in file.read()
    except (OSError, ValueError):
        return False
