"""Formulas one edit away: at one place, everywhere, or with other brackets.

formula_edits every edit at one place, the likeliest first
everywhere    one name for another in the whole formula, numbers typed by hand
rebracketed   formulas of the same symbols with other brackets, or one other operator
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .edits import (
    ORDER,
    Change,
    Edit,
    Scope,
    binary,
    call_node,
    minus,
    name_node,
    of_call,
    of_number,
    of_operator,
    places,
    replaced,
)
from .trees import copied, syntax_tree

__all__ = ["everywhere", "formula_edits", "rebracketed"]

_GATES = frozenset({"kappa0", "kappa1", "step", "relu", "sin", "cos"})
_TYPED = [math.pi**p * c for p in (1, 2, -1, -2) for c in (1, 2, 0.5, 4, 0.25)]
_TYPED += [2**0.5, 0.5**0.5, 180 / math.pi, 1 / 3, 2 / 3, math.e]


def formula_edits(
    root: ast.Expression, names: Iterable[str], functions: Iterable[str]
) -> Iterator[Edit]:
    """Every edit of a formula, in the order of how likely it is, the smallest part first.

    >>> root = ast.parse("1 + x", mode="eval")
    >>> edits = [(edit.kind, ast.unparse(edit.value)) for edit in formula_edits(root, ["x"], [])]
    >>> ("inner-sign", "1 - x") in edits
    True
    """
    scope = Scope(tuple(names), frozenset(functions))
    found = []
    for parent, field, value, child in places(root):
        size = sum(1 for _ in ast.walk(child))
        leaf = isinstance(child, (ast.Name, ast.Constant)) and parent is not root
        exponent = field == "right" and isinstance(getattr(parent, "op", None), ast.Pow)
        for kind, new in _of_formula(child, scope):
            name = "exponent" if exponent and kind == "inner-factor" else kind
            found.append((ORDER.index(name), size, name, parent if leaf else child))
            found[-1] += ((parent, field, replaced(value, child, new)),)  # type: ignore[assignment]
    found.sort(key=lambda entry: entry[:2])
    for _, _, kind, shown, change in found:  # type: ignore[misc]
        yield Edit(kind.strip(), shown, *change)


def _of_formula(node: Any, scope: Scope) -> Iterator[Change]:
    assert scope.functions is not None
    if isinstance(node, ast.BinOp):
        yield from of_operator(node, scope)
    elif isinstance(node, ast.Call):
        yield from of_call(node, scope)
    elif isinstance(node, ast.Name):
        for other in (*scope.names, "pi"):
            if other != node.id.rstrip("_"):
                yield "wrong-variable-inside", name_node(other)
        if node.id != "pi":
            kind = "supplement" if node.id in ("t", "u") else "missing-inner-term"
            yield kind, binary(name_node("pi"), ast.Sub, node)
    elif isinstance(node, ast.Constant):
        yield from of_number(node)
        yield "inner-factor", name_node("pi")
    elif isinstance(node, ast.UnaryOp):
        yield "inner-sign", node.operand
    elif isinstance(node, ast.Compare):
        yield "inner-sign", binary(ast.Constant(1), ast.Sub, node)
    yield from _around_formula(node, scope)


def _around_formula(node: Any, scope: Scope) -> Iterator[Change]:
    """A sign, a factor, a power, a term that is missing around a part of a formula."""
    assert scope.functions is not None
    for function in sorted(scope.functions & _GATES) if len(scope.names) <= 4 else ():
        for name in scope.names:
            yield (
                "inner-factor ",
                binary(node, ast.Mult, call_node(name_node(function), name_node(name))),
            )
    for name in scope.names:
        yield "missing-inner-term", binary(node, ast.Add, name_node(name))
        yield "missing-inner-term", binary(node, ast.Sub, name_node(name))
    if isinstance(node, ast.Constant):
        return
    yield "inner-sign ", minus(node)  # after a + for a −, which says where more clearly
    for factor in (ast.Constant(2), name_node("pi"), *map(name_node, scope.names)):
        same = isinstance(node, ast.Name) and isinstance(factor, ast.Name) and node.id == factor.id
        late = isinstance(factor, ast.Name) and factor.id != "pi"  # a number is likelier
        kind = "inner-factor " if late else "inner-factor"
        yield "exponent" if same else kind, binary(node, ast.Mult, factor)
        yield kind, binary(node, ast.Div, factor)
    for power in (2, 3, 0.5):
        yield "exponent", binary(node, ast.Pow, ast.Constant(power))
    yield "missing-inner-term", binary(node, ast.Add, ast.Constant(1))
    yield "missing-inner-term", binary(node, ast.Sub, ast.Constant(1))
    yield "missing-inner-term", binary(ast.Constant(1), ast.Sub, node)
    yield "wrong-function", call_node(name_node("abs"), node)
    wrapped = {"sin", "cos", "exp", "relu", "step", "ln"} if isinstance(node, ast.Name) else {"ln"}
    for function in sorted(scope.functions & wrapped):
        yield "wrong-function", call_node(name_node(function), node)


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

    changed: ast.expr = Mapped().visit(copied(tree))
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
            tree = syntax_tree(" ".join(words), "eval").body
        except SyntaxError:
            continue
        shape = _shape(tree)
        if shape not in seen:
            seen.add(shape)
            yield kind, tree


def _shape(node: Any) -> Any:
    """The same for equal trees alone, as `ast.dump` has it; in a tenth of its time."""
    if isinstance(node, ast.BinOp):
        return type(node.op), _shape(node.left), _shape(node.right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return node.func.id, *map(_shape, node.args)
    if isinstance(node, ast.UnaryOp):
        return type(node.op), _shape(node.operand)
    if isinstance(node, ast.Constant):
        return type(node.value), node.value
    return node.id if isinstance(node, ast.Name) else ast.dump(node)


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
