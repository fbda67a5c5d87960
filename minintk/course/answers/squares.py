"""Squares in another place: of a sum for those of its terms, and the reverse.

of_squares   what may stand in the place of a node
called       the name of the function that a call calls

Like `edits`, which uses it, it stands alone and never imports minintk.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from .nodes import Kinds, filled, made

__all__ = ["called", "of_squares"]

Terms = list[tuple[int, Any]]  # of a sum, each with its sign


def called(call: Any) -> str:
    """The name of the function that a call calls, without its module.

    >>> called(ast.parse("np.sum(x)", mode="eval").body)
    'sum'
    """
    function = getattr(call, "func", None)
    return str(getattr(function, "attr", getattr(function, "id", "")))


def of_squares(node: Any) -> Kinds:
    """The sum of the squares for the square of a sum, and the reverse; so for `sum` and `mean`.

    >>> [ast.unparse(new) for _, new in of_squares(ast.parse("(x + y)**2", mode="eval").body)]
    ['x ** 2 + y ** 2']
    """
    if _is_square(node):
        squares = [(sign, filled("x**2", x=term)) for sign, term in _terms(node.left)]
        if len(squares) > 1:
            yield "square-of-sum", _sum(squares)
        x = _summed(node.left)
        if x is not None:
            yield "square-of-sum", made(node.left, {id(x): filled("x**2", x=x)})
    terms, x = list(_terms(node)), _summed(node)
    if len(terms) > 1 and all(_is_square(term) for _, term in terms):
        yield "squares-of-terms", filled("x**2", x=_sum([(s, term.left) for s, term in terms]))
    if x is not None and _is_square(x):
        yield "squares-of-terms", filled("x**2", x=made(node, {id(x): x.left}))


def _is_square(node: Any) -> bool:
    power = isinstance(getattr(node, "op", None), ast.Pow)
    return power and getattr(node.right, "value", None) == 2


def _summed(node: Any) -> Any:
    """What a call of `sum` or `mean` adds up, or None."""
    if isinstance(node, ast.Call) and called(node) in ("sum", "mean"):
        return node.args[0] if node.args else getattr(node.func, "value", None)
    return None


def _terms(node: Any, sign: int = 1) -> Iterator[tuple[int, Any]]:
    """The terms of a sum, with their signs."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        yield from _terms(node.left, sign)
        yield from _terms(node.right, sign if isinstance(node.op, ast.Add) else -sign)
    else:
        yield sign, node


def _sum(terms: Terms) -> Any:
    total = terms[0][1]
    for sign, term in terms[1:]:
        total = filled("a + b" if sign > 0 else "a - b", a=total, b=term)
    return total
