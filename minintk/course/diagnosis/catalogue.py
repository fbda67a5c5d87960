"""The mistakes that have a name, and what is said of each: the file catalogue.txt.

CATALOGUE    kind → what is said of it, and what to remember
mistake_of   the same of any kind, also of one that an exercise of one's own made up
OF_PYTHON    the kinds that no tutorial explains
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["CATALOGUE", "OF_PYTHON", "Mistake", "mistake_of"]


class Mistake(NamedTuple):
    """One entry: what it says ({} takes what is known of the case), and what to remember.

    of   beginnings of the names of the questions that the reminder speaks of; all where empty
    """

    says: str
    remember: str = ""
    of: str = ""

    def reminds_of(self, name: str) -> bool:
        """Whether there is a reminder, and the question of that name is one that it fits."""
        return bool(self.remember) and (not self.of or name.startswith(tuple(self.of.split())))


def _entries(text: str) -> Iterator[tuple[str, Mistake]]:
    """Each kind of catalogue.txt with its entry; a line of another form is rejected."""
    for number, line in enumerate(text.splitlines(), 1):
        kinds, *said = (field.strip() for field in line.split("|"))
        if not 1 <= len(said) <= 3:
            form = "must be KINDS | WHAT IS SAID [| WHAT TO REMEMBER [| QUESTIONS]]"
            raise ValueError(f"course/diagnosis/catalogue.txt, line {number}: {form}, got {line!r}")
        yield from ((kind, Mistake(*said)) for kind in kinds.split(", "))


_FILE = Path(__file__).with_name("catalogue.txt")
CATALOGUE: dict[str, Mistake] = dict(_entries(_FILE.read_text(encoding="utf-8")))
OF_PYTHON = {"not-written", "raises", "no-result", "exit", "too-much-output", "memory-limit"}
OF_PYTHON |= {"changed-inputs", "remembers", "random", "float32"}


def mistake_of(kind: str, note: str = "") -> Mistake:
    """The entry of a kind; one that the catalogue does not have says the note, or its name.

    >>> mistake_of("sign").says
    'yours has the opposite sign everywhere'
    >>> mistake_of("upside-down").says, mistake_of("upside-down", "the ratio is inverted").says
    ("this is a known mistake, 'upside-down'", '{}')
    """
    return CATALOGUE.get(kind, Mistake("{}" if note else f"this is a known mistake, '{kind}'"))
