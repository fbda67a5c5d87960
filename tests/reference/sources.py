"""The project's own files: where they are, parsed once for all tests, the configuration read."""

import ast
import configparser
import functools
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "minintk"
CORE = (
    "circle",
    "law",
    "network",
    "jacobian",
    "ntk",
    "arccosine",
    "spectrum",
    "alignment",
    "frozen",
    "training",
)
PACKAGES = {"numpy", "matplotlib"}
# Texts, in which a # begins no comment, and comments.
TEXT_OR_COMMENT = re.compile(
    r'''"""(?:[^\\"]|\\.|"(?!""))*"""|"(?:[^\\"\n]|\\.)*"|'''
    r"""'''(?:[^\\']|\\.|'(?!''))*'''|'(?:[^\\'\n]|\\.)*'|#[^\n]*""",
    re.DOTALL,
)


@functools.cache
def parsed(path):
    return ast.parse(path.read_text("utf-8"))


@functools.cache
def nodes(tree):
    """Every node of a tree, as `ast.walk` finds them."""
    return tuple(ast.walk(tree))


def comments_of(text):
    """(line, comment) of every comment of a program: what `tokenize` finds, which takes long."""
    found, line, end = [], 1, 0
    for match in TEXT_OR_COMMENT.finditer(text):
        line += text.count("\n", end, match.start())
        if match[0].startswith("#"):
            found.append((line, match[0]))
        line, end = line + match[0].count("\n"), match.end()
    return found


@functools.cache
def modules():
    """Every module of the package by its dotted name below it, parsed."""
    found = {
        ".".join(path.relative_to(SOURCE).with_suffix("").parts): parsed(path)
        for path in sorted(SOURCE.rglob("*.py"))
    }
    assert len(found) > 25, "the package was not found"
    return found


@functools.cache
def files_of_tests():
    """Every file of the tests by its path below their folder, parsed."""
    found = {
        path.relative_to(ROOT / "tests").as_posix(): parsed(path)
        for path in sorted(ROOT.glob("tests/**/*.py"))
    }
    assert len([name for name in found if "test_" in name]) >= 8
    return found


def configuration():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def lines_of(section, option):
    return configuration()[section][option].split("\n")[1:]


def listed_marks():
    return {line.split(":")[0] for line in lines_of("tool:pytest", "markers")}
