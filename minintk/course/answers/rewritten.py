"""Changes of a whole formula: one function for another everywhere, other brackets.

everywhere    one name for another in the whole formula, numbers typed by hand
rebracketed   formulas of the same symbols with other brackets, or one other operator
"""

from __future__ import annotations

import ast
import copy
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

__all__ = ["everywhere", "rebracketed"]

_TYPED = [math.pi**p * c for p in (1, 2, -1, -2) for c in (1, 2, 0.5, 4, 0.25)]
_TYPED += [2**0.5, 0.5**0.5, 180 / math.pi, 1 / 3, 2 / 3, math.e]


def everywhere(tree: ast.expr, functions: Iterable[str]) -> Iterator[tuple[str, ast.expr]]:
    """One function for another in the whole formula; typed numbers as what they stand for.

    >>> tree = ast.parse("3.14*x", mode="eval").body
    >>> [(kind, ast.unparse(new)) for kind, new in everywhere(tree, [])]
    [('few-digits', '3.141592653589793 * x')]
    """
    yield "few-digits", _mapped(tree, _exact)
    exchanges = (("sin-cos-swapped", "sin", "cos"), ("kappa-swapped", "kappa0", "kappa1"))
    for kind, one, other in exchanges:
        if {one, other} <= set(functions):
            table = {one: other, other: one}
            yield kind, _mapped(tree, lambda n, table=table: _renamed(n, table))  # type: ignore[misc]


def _exact(node: Any) -> Any:
    if isinstance(node, ast.Constant) and node.value != round(node.value, 1):  # type: ignore[arg-type]
        for exact in _TYPED:
            if abs(node.value / exact - 1) < 2e-3:  # type: ignore[operator]
                return ast.Constant(exact)
    return node


def _renamed(node: Any, table: dict[str, str]) -> Any:
    if isinstance(node, ast.Name) and node.id in table:
        return ast.Name(table[node.id], ast.Load())
    return node


def _mapped(tree: ast.expr, change: Callable[[Any], Any]) -> ast.expr:
    class Mapped(ast.NodeTransformer):
        def generic_visit(self, node: ast.AST) -> Any:
            return change(super().generic_visit(node))

    changed: ast.expr = Mapped().visit(copy.deepcopy(tree))
    return changed


def rebracketed(tokens: tuple[str, ...]) -> Iterator[tuple[str, ast.expr]]:
    """The formula with other brackets, or one other operator: (kind, tree).

    One pair of brackets more, one bracket in another place, or one of + - * / ^ for another.

    >>> found = rebracketed(("a", "+", "b", "*", "c"))
    >>> sum(ast.unparse(tree) == "(a + b) * c" for _, tree in found)
    1
    """
    if len(tokens) > 50:
        return
    seen = set()
    changes = [("brackets", words) for words in _bracketings(tokens)]
    for kind, words in changes + [("wrong-operator", words) for words in _operators(tokens)]:
        try:
            tree = ast.parse(" ".join(words), mode="eval").body
        except SyntaxError:
            continue
        shape = ast.dump(tree)
        if shape not in seen:
            seen.add(shape)
            yield kind, tree


def _operators(tokens: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    every = ("+", "-", "*", "/", "**")
    for i, token in enumerate(tokens):
        for other in every if token in every else ():
            if other != token:
                yield (*tokens[:i], other, *tokens[i + 1 :])


def _bracketings(tokens: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    size = len(tokens)
    for i in (i for i in range(size) if tokens[i] == "(" or tokens[i][0].isalnum()):
        for j in range(i + 3, size + 1):
            inside = tokens[i:j]
            if inside.count("(") == inside.count(")"):
                yield (*tokens[:i], "(", *inside, ")", *tokens[j:])
    for i, token in enumerate(tokens):
        if token in "()":
            rest = tokens[:i] + tokens[i + 1 :]
            for j in range(size):
                if j != i:
                    yield (*rest[:j], token, *rest[j:])
