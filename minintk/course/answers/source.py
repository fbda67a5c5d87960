"""What a student's file shows without being run.

tree_of              its syntax tree
called_from          the functions of the file that one of them may call
name_of_other_case   the function whose name differs by case alone
what_is_kept         what a function keeps from call to call
return_in_a_loop     where a loop ends in its first round
calls_arccos         whether an arccos is called
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from .notebook import source_of
from .one_change import reached_from
from .trees import syntax_tree

__all__ = [
    *("called_from", "calls_arccos", "name_of_other_case", "return_in_a_loop", "tree_of"),
    "what_is_kept",
]


def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a file, which is read for every question and parsed once. Only to read.

    >>> tree_of(Path(__file__)) is tree_of(Path(__file__))
    True
    """
    return _parsed(source_of(str(path)))


@lru_cache(maxsize=8)
def _parsed(source: bytes) -> ast.Module:
    tree: ast.Module = syntax_tree(source)
    return tree


def _nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(tree_of(path))


def called_from(path: Path, name: str) -> set[str]:
    """The functions of a file that one of them may call, and itself.

    >>> sorted(called_from(Path(__file__), "calls_arccos"))
    ['_nodes', '_parsed', 'calls_arccos', 'tree_of']
    """
    return reached_from(tree_of(path), name)


def name_of_other_case(path: Path, name: str) -> str:
    """The function of a file whose name differs from `name` by case alone, if there is one.

    >>> name_of_other_case(Path(__file__), "Calls_arccos")
    'calls_arccos'
    """
    names = [node.name for node in _nodes(path) if isinstance(node, ast.FunctionDef)]
    return next((n for n in names if n.lower() == name.lower()), "")


def what_is_kept(path: Path, name: str) -> str:
    """What a function keeps from call to call: a mutable default, or a global name.

    >>> what_is_kept(Path(__file__), "calls_arccos")
    ''
    """
    for node in _nodes(path):
        if isinstance(node, ast.FunctionDef):
            kept = [*node.args.defaults, *node.args.kw_defaults]
            if any(isinstance(d, (ast.List, ast.Dict, ast.Set, ast.Call)) for d in kept):
                return f"a default of {node.name} is made once, and kept"
            names = [n for s in ast.walk(node) if isinstance(s, ast.Global) for n in s.names]
            if names:
                return f"{node.name} changes the global {', '.join(names)}"
    return ""


def return_in_a_loop(path: Path, name: str) -> tuple[int, str] | None:
    """Line and text of a return that ends a loop in its first round, in a function or one it calls.

    >>> return_in_a_loop(Path(__file__), "called_from")
    """
    tree = tree_of(path)
    reached = reached_from(tree, name)
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name in reached)
    for loop in (n for f in functions for n in ast.walk(f) if isinstance(n, ast.For)):
        last = loop.body[-1]
        if isinstance(last, ast.Return) and not any(
            isinstance(n, ast.Continue) for n in ast.walk(loop)
        ):
            return last.lineno, ast.unparse(last)
    return None


def calls_arccos(path: Path) -> bool:
    """Whether an arccos is called in a file.

    >>> calls_arccos(Path(__file__))
    False
    """
    names = (ast.unparse(n.func) for n in _nodes(path) if isinstance(n, ast.Call))
    return any(name.endswith(("arccos", "acos")) for name in names)
