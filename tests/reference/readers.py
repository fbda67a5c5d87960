"""The pages for readers: their texts, their commands, and the files that these need."""

import contextlib
import importlib
import re
import sys

from minintk.claims.numbers import number, with_bounds
from tests.reference.sources import ROOT

PAGES = ("README.md", *(f"tutorials/{path.name}" for path in sorted(ROOT.glob("tutorials/*.md"))))
# Too long for the suite: .ci/pages.py runs them.
SLOW = (
    "minintk animate",
    "minintk bench",
    "minintk doctor",
    "minintk grade submissions --course",
    "minintk reproduce --claims",
    "minintk reproduce --quick",
)
# The default run: .ci/results.py runs it and compares it with the page of results.
DEFAULT_RUN = "minintk reproduce"
# What to do where a claim and the two records differ.
MEASURE_AGAIN = (
    "run `minintk reproduce --out run`, `python tutorials/results.py run`, the same with --full "
    "for this claim where its full sizes or criterion changed, and `python tutorials/pages.py`: "
    "“How to add a claim” in CONTRIBUTING.md. Correct the words in tutorials/results.txt and in "
    "docstrings that speak of the old sizes"
)
# What to do where a page is not what it is made of.
MAKE_PAGES = "run `python tutorials/pages.py`"
# A wrong formula, and exercises that nobody has done yet.
STATUS_1 = (
    'minintk check kappa1 "(sin(t) + (pi - t)*cos(t))/(2*pi)"',
    "minintk grade handout/assignment.py",
)
FILE = re.compile(
    r"`([\w-]+\.(?:txt|json))`[^`\n]*:\n\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL
)


def with_ends_apart(*values):
    """A mean with its two ends, with three digits, or more where they would read the same."""
    texts = [[number(value, digits) for value in values] for digits in range(3, 7)]
    return with_bounds(*next(some for some in texts if len({*some}) == len({*values})))


def text_of(page):
    """The text of a page, by its path from the root."""
    return (ROOT / page).read_text("utf-8")


def blocks(page, language):
    """The texts of a page's fenced blocks of one language."""
    fence = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [text for named, text in fence.findall(text_of(page)) if named == language]


def commands(page):
    """Every `minintk …` line of a page's sh blocks, in order."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("minintk ")]


def status_of(command):
    """The exit status that a command of a page must have."""
    return int(command.startswith(STATUS_1))


def write_files(page, folder):
    """Write the files that a page shows under a line with their name, and a class to grade."""
    if any(command.startswith("minintk grade submissions") for command in commands(page)):
        (folder / "submissions").mkdir()
        (folder / "submissions" / "ann.py").write_text("def relu(z):\n    return z * (z > 0)\n")
    for name, content in FILE.findall(text_of(page)):
        (folder / name).write_text(content, encoding="utf-8")


@contextlib.contextmanager
def makers(*names):
    """The modules of tutorials/ that make pages, by name; afterwards they are no longer loaded."""
    sys.path.insert(0, str(ROOT / "tutorials"))
    yield {name: importlib.import_module(name) for name in names}
    sys.path.pop(0)
    for name in names:
        del sys.modules[name]
