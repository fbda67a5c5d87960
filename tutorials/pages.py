"""Write the pages that are made from the code and from records, and check that they still are.

python tutorials/pages.py            conventions.md, glossary.md, mistakes.md, records.md,
                                     reference.md, results.md, the README's lines on the study,
                                     and the table of speed.md
python tutorials/pages.py --check    fail where a page differs from what it is made of

Each page is a module beside this one, with a function `page()` that returns the whole text.
formulas.md is written by formulas.py alone. The other pages, such as running.md, checking.md and
sources.md, are written by hand. So are the README and speed.md but for the lines between their two
marks: the claims of the study with their numbers, and the times.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
MADE = ("conventions", "glossary", "mistakes", "records", "reference", "results")


def tutorial(words: str) -> Path:
    """The notebook of a tutorial, from the words of its name: no other place knows its number."""
    (found,) = FOLDER.glob(f"[0-9][0-9]*_{words}.ipynb")
    return found


def link(words: str) -> str:
    """A link to a tutorial: its number and its title."""
    path = tutorial(words)
    number, _, title = path.stem.partition("_")
    return f"[tutorial {number.lstrip('0') or 0}, {title.replace('_', ' ')}]({path.name})"


README, SPEED = FOLDER.parent / "README.md", FOLDER / "speed.md"
MARKS = ("<!-- made by tutorials/pages.py -->\n", "<!-- up to here -->\n")


def with_lines(path: Path, lines: str) -> str:
    """A page with the lines between its marks made anew."""
    before, _, rest = path.read_text("utf-8").partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    return before + MARKS[0] + lines + MARKS[1] + after


def different() -> dict[Path, str]:
    """The pages that are not what they are made of, and what they should be."""
    made = {FOLDER / f"{name}.md": import_module(name).page() for name in MADE}
    in_parts = {README: import_module("results").briefly(), SPEED: import_module("speed").table()}
    made |= {path: with_lines(path, lines) for path, lines in in_parts.items()}
    return {
        path: text
        for path, text in made.items()
        if not path.exists() or path.read_text("utf-8") != text
    }


def differences() -> list[str]:
    """What is said of each page that is not what it is made of."""
    return [f"{path.name} differs from what tutorials/pages.py makes" for path in different()]


def write() -> None:
    """Write the pages that differ, and print which."""
    for path, text in different().items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.name}")


def main() -> int:
    """Do what the arguments say; the exit status is 1 where a page differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    if not parser.parse_args().check:
        write()
    problems = differences()
    print(
        "\n".join(problems)
        or f"{len(MADE)} pages, the README and speed.md are what they are made of"
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
