"""Trees made of other trees.

rebuilt, made      a tree with other nodes for some
filled, around     expressions with nodes for their names
changed            a node with other fields

Like `edits`, which uses it, it stands alone and never imports minintk.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

__all__ = ["around", "changed", "filled", "made", "name_node", "rebuilt"]

Kinds = Iterator[tuple[str, Any]]  # of changes, each with the new node
Table = tuple[tuple[str, str], ...]  # kinds, each with the new expressions


def rebuilt(node: Any, change: Callable[[Any], Any] = lambda node: None) -> Any:
    """A copy of a tree with what `change` makes of a node in its place, unless that is None.

    >>> tree = ast.parse("x + sin(y)", mode="eval").body
    >>> ast.unparse(rebuilt(tree, lambda n: n.args[0] if isinstance(n, ast.Call) else None))
    'x + y'
    """
    if isinstance(node, list):
        return [rebuilt(item, change) for item in node]
    if not isinstance(node, ast.AST) or not node._fields:
        return node
    new = change(node)
    if new is None:
        new = type(node).__new__(type(node))  # copy.deepcopy is ten times slower
        for field, value in vars(node).items():
            setattr(new, field, rebuilt(value, change))
    return new


def made(tree: Any, new: Mapping[int, Any]) -> Any:
    """A copy of a tree with other nodes for some, by their `id`; one may stand inside another."""

    def change(node: Any) -> Any:
        others = {key: value for key, value in new.items() if key != id(node)}
        return made(new[id(node)], others) if id(node) in new else None

    return rebuilt(tree, change)


@cache
def _read(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def filled(text: str, **nodes: Any) -> Any:
    """An expression in which nodes stand for names.

    >>> ast.unparse(filled("pi - x", x=ast.Constant(2)))
    'pi - 2'
    """
    return rebuilt(_read(text), lambda node: nodes.get(getattr(node, "id", "")))


def around(table: Table, **nodes: Any) -> Kinds:
    """The expressions of a table of kinds, with nodes for their names."""
    for kind, texts in table:
        yield from ((kind, filled(text, **nodes)) for text in texts.split("; "))


def changed(node: Any, **fields: Any) -> Any:
    """A copy of a node with other fields."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def name_node(name: str) -> ast.expr:
    """A name, as a value."""
    return ast.Name("lambda_" if name == "lambda" else name, ast.Load())
