"""Rules for the tests themselves: marks, and what `raises` must say."""

import ast
import functools

import pytest

from tests.reference.sources import ROOT, listed_marks

pytestmark = pytest.mark.project

PYTEST_MARKS = {"filterwarnings", "parametrize", "skip", "skipif", "usefixtures", "xfail"}


@functools.cache
def files_of_tests():
    found = {
        path.relative_to(ROOT / "tests").as_posix(): ast.parse(path.read_text("utf-8"))
        for path in sorted(ROOT.glob("tests/**/*.py"))
    }
    assert len([name for name in found if "test_" in name]) >= 8
    return found


def marks_in(nodes):
    """Names of the marks in some syntax: the X of every pytest.mark.X."""
    return {
        node.attr
        for root in nodes
        for node in ast.walk(root)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "mark"
    }


def test_marks_are_listed_and_used():
    assert len(listed_marks()) >= 12
    assert marks_in(files_of_tests().values()) - PYTEST_MARKS == listed_marks()


@pytest.mark.parametrize("file", [name for name in files_of_tests() if "test_" in name])
def test_every_test_belongs_to_a_derivation(file):
    tree = files_of_tests()[file]
    of_file = marks_in(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
    )
    functions = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    assert functions
    for function in functions:
        marks = marks_in(function.decorator_list) | of_file
        assert marks & listed_marks(), f"{file}: {function.name} has no mark"
    names = [function.name for function in functions]
    assert len(set(names)) == len(names), f"{file}: of two tests of one name only one runs"


def test_every_raises_has_a_match_and_one_statement():
    found = 0
    for file, tree in files_of_tests().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("pytest.raises", "raises"):
                found += 1
                keywords = {keyword.arg for keyword in node.keywords}
                assert "match" in keywords, f"{file}, line {node.lineno}: raises without match"
            if isinstance(node, ast.With) and "raises(" in ast.unparse(node.items[0]):
                assert len(node.body) == 1, f"{file}, line {node.lineno}: more than one statement"
    assert found > 5
