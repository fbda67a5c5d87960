"""The project's own files: where they are, the package parsed, the configuration read."""

import ast
import configparser
import functools
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


@functools.cache
def modules():
    """Every module of the package by its dotted name below it, parsed."""
    found = {
        ".".join(path.relative_to(SOURCE).with_suffix("").parts): ast.parse(path.read_text("utf-8"))
        for path in sorted(SOURCE.rglob("*.py"))
    }
    assert len(found) > 25, "the package was not found"
    return found


@functools.cache
def files_of_tests():
    """Every file of the tests by its path below their folder, parsed."""
    found = {
        path.relative_to(ROOT / "tests").as_posix(): ast.parse(path.read_text("utf-8"))
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
