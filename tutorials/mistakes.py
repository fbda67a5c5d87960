"""The page mistakes.md: every name of a mistake, and what is said of it."""

from __future__ import annotations

import re
from pathlib import Path

from minintk.course import CATALOGUE

TOP = """# The names of mistakes

`minintk check` has such a name in brackets. Of a mistake the table of a class and its CSV file
have nothing else. What is missing or cannot be run the table says in words. In the CSV file that
is `not-written`, `missing-function` or `raises`. The student is told the sentence, and often a
hint besides. *Such as* marks an example, of one quantity or program. An exercise of [your
own](own_exercises.md) may have names of your own.

This page is made by `python tutorials/pages.py`, from the catalogue and from the messages that a
test keeps.

| Name | What is said |
|---|---|
"""
KEPT = Path(__file__).parents[1] / "tests" / "course" / "messages.txt"
# Where the catalogue has little but a place to fill, and the test keeps no message that fits all.
WORDS = {
    "limits": "A limit of an integral is wrong",
    "kink": "Wrong on the kink, where a pre-activation is exactly 0; by itself, right elsewhere",
    "follows": "A function that it calls is not right: look there first",
    "missing-squares": "Not the same quantity: the squares are missing",
    "raises": "It raises an error",
    "missing-function": "There is no function of that name",
    "not-a-function": "It must be a function, and is another thing",
    "time-limit": "Stopped after the time that is allowed",
    "exit": "It ends the program",
}
CODE = re.compile("(k|break|return) ")  # a first word that stays as it is


def said(kind: str, examples: dict[str, str]) -> str:
    """What is said of a kind, in general words where there are some; else an example."""
    words = re.sub(r"(?:, (?:at|from|in)|:) \{\}$", "", CATALOGUE[kind].says)
    words = WORDS.get(kind, words)
    if "{}" in words and kind in examples:
        return f"*Such as*: {examples[kind]}"
    sentence = words.replace("{}", "…")
    first = sentence[:1] if CODE.match(sentence) else sentence[:1].upper()
    return first + sentence[1:] + ("" if sentence.endswith("?") else ".")


def page() -> str:
    """The whole page."""
    lines = [line.split(" | ", 2) for line in KEPT.read_text("utf-8").splitlines() if line]
    examples = {kind: message for kind, _, message in lines}
    rows = [f"| `{kind}` | {said(kind, examples)} |\n" for kind in sorted(CATALOGUE)]
    return TOP + "".join(rows)
