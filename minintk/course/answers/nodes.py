"""Trees made of other trees.

rebuilt, made      a tree with other nodes for some
filled, around, with_nodes   expressions with nodes for their names
changed, placed, called   a node with other fields, with a line; what a call calls
of_squares         squares in another place

Like `edits`, which uses it, it stands alone and never imports minintk.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

Kinds = Iterator[tuple[str, Any]]  # of changes, each with the new node
Table = tuple[tuple[str, str], ...]  # kinds, each with the new expressions
_PLAIN = {int, str, float, type(None)}


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
    if (new := change(node)) is None:
        new = type(node).__new__(type(node))  # copy.deepcopy takes four times as long
        for field, value in vars(node).items():
            setattr(new, field, value if value.__class__ in _PLAIN else rebuilt(value, change))
    return new


def made(tree: Any, new: Mapping[int, Any]) -> Any:
    """A copy of a tree with other nodes for some, by their `id`; one may stand inside another."""

    def change(node: Any) -> Any:
        if id(node) in new:
            others = {key: value for key, value in new.items() if key != id(node)}
            return made(new[id(node)], others)
        return None

    return rebuilt(tree, change)


def filled(text: str, **nodes: Any) -> Any:
    """An expression in which nodes stand for names.

    >>> ast.unparse(filled("pi - x", x=ast.Constant(2)))
    'pi - 2'
    """
    return _template(text)(nodes)


@cache
def _template(text: str) -> Callable[[Mapping[str, Any]], Any]:
    """What makes an expression of nodes for its names: thousands are made of one text."""
    return _maker(ast.parse(text, mode="eval").body)


def _maker(node: Any) -> Callable[[Mapping[str, Any]], Any]:
    if isinstance(node, list):
        items = [_maker(item) for item in node]
        return lambda nodes: [item(nodes) for item in items]
    if not isinstance(node, ast.AST) or not node._fields:
        return lambda nodes: node
    name, kind, plain = getattr(node, "id", ""), type(node), dict(vars(node))
    inner = [(f, _maker(v)) for f, v in plain.items() if isinstance(v, list | ast.AST)]

    def make(nodes: Mapping[str, Any]) -> Any:
        if name in nodes:
            return nodes[name]
        new = kind.__new__(kind)
        new.__dict__.update(plain)
        for field, maker in inner:
            new.__dict__[field] = maker(nodes)
        return new

    return make


def with_nodes(tree: Any, nodes: Mapping[str, Any]) -> Any:
    """A copy of a tree with nodes in the place of names."""
    return rebuilt(tree, lambda node: nodes.get(getattr(node, "id", "")))


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


def placed(node: Any) -> Any:
    """A node with a line: what is compiled needs one, and no reader is told it."""
    node.lineno, node.col_offset = 1, 0
    return node


def name_node(name: str) -> ast.expr:
    """A name, as a value."""
    return placed(ast.Name("lambda_" if name == "lambda" else name, ast.Load()))


def called(call: Any) -> str:
    """The name of the function that a call calls, without its module."""
    function = getattr(call, "func", None)
    return str(getattr(function, "attr", getattr(function, "id", "")))


def of_squares(node: Any) -> Kinds:
    """The sum of the squares for the square of a sum, and the reverse; so for `sum` and `mean`."""
    if _is_square(node):
        terms, x = _terms(node.left), _summed(node.left)
        if len(terms) > 1:
            yield "square-of-sum", _sum([(sign, _squared(term)) for sign, term in terms])
        if x is not None:
            yield "square-of-sum", _squared(node.left)
    terms, x = _terms(node), _summed(node)
    roots = [(sign, _root(term)) for sign, term in terms]
    if len(terms) > 1 and all(root is not None for _, root in roots):
        for sign in (1, -1):  # a² + b² of a sum, and of a difference
            yield "squares-of-terms", filled("x**2", x=_sum([*roots[:-1], (sign, roots[-1][1])]))
    if _is_square(x):
        yield "squares-of-terms", filled("x**2", x=made(node, {id(x): x.left}))


def _squared(node: Any) -> Any:
    """x² for x, and the sum of the squares for a call of `sum`."""
    x = _summed(node) or node
    return made(node, {id(x): filled("x**2", x=x)})


def _is_square(node: Any) -> bool:
    power = isinstance(getattr(node, "op", None), ast.Pow)
    return power and getattr(node.right, "value", None) == 2


def _root(node: Any) -> Any:
    """k of k², k² of k⁴, 1 of 1, or None."""
    if isinstance(getattr(node, "op", None), ast.Pow):
        power: Any = getattr(node.right, "value", None)
        return {2: node.left, 4: filled("x**2", x=node.left)}.get(power)
    return node if getattr(node, "value", None) == 1 else None


def _summed(node: Any) -> Any:
    """What a call of `sum` or `mean` adds up, or None."""
    if called(node) not in ("sum", "mean"):
        return None
    return node.args[0] if node.args else getattr(node.func, "value", None)


def roots_of_sums(tree: Any) -> Iterator[tuple[str, Any, Any]]:
    """√(p² + q²) for p + q, wherever that stands: the kind, the sum, the new tree."""
    sums = [n for n in ast.walk(tree) if isinstance(getattr(n, "op", None), ast.Add)]
    texts = [ast.dump(n) for n in sums]
    for sum_, text in zip(sums, texts, strict=True):
        root = filled("sqrt(x)", x=_sum([(1, filled("x**2", x=t)) for _, t in _terms(sum_)]))
        same = (n for n, other in zip(sums, texts, strict=True) if other == text)
        yield "root-of-sum", sum_, made(tree, {id(n): root for n in same})


def _terms(node: Any, sign: int = 1) -> list[tuple[int, Any]]:
    """The terms of a sum, with their signs."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, (ast.Add, ast.Sub)):
        return [(sign, node)]
    second = sign if isinstance(node.op, ast.Add) else -sign
    return [*_terms(node.left, sign), *_terms(node.right, second)]


def _sum(terms: list[tuple[int, Any]]) -> Any:
    (_, total), *others = terms
    for sign, term in others:
        total = filled("a + b" if sign > 0 else "a - b", a=total, b=term)
    return total
