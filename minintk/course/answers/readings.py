"""What a student's file shows without being run.

called_from          the functions of the file that one of them may call
name_of_other_case   the function whose name differs by case alone
what_is_kept         what a function keeps from call to call
loops_that_return, calls_arccos   whether there is such a thing
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from .child import source_of
from .one_change import reached_from
from .trees import syntax_tree

__all__ = [
    *("called_from", "calls_arccos", "loops_that_return", "name_of_other_case", "what_is_kept"),
]


def _nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(syntax_tree(source_of(str(path))))


def called_from(path: Path, name: str) -> set[str]:
    """The functions of a file that one of them may call, and itself.

    >>> sorted(called_from(Path(__file__), "calls_arccos"))
    ['_nodes', 'calls_arccos']
    """
    return reached_from(syntax_tree(source_of(str(path))), name)


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


def loops_that_return(path: Path) -> bool:
    """Whether some loop of a file ends with a return, so that it has one round.

    >>> loops_that_return(Path(__file__))
    False
    """
    loops = [node for node in _nodes(path) if isinstance(node, (ast.For, ast.While))]
    return any(isinstance(loop.body[-1], ast.Return) for loop in loops)


def calls_arccos(path: Path) -> bool:
    """Whether an arccos is called in a file.

    >>> calls_arccos(Path(__file__))
    False
    """
    names = (ast.unparse(n.func) for n in _nodes(path) if isinstance(n, ast.Call))
    return any(name.endswith(("arccos", "acos")) for name in names)
