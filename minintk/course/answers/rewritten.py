"""Formulas one edit away: at one place, everywhere, or with other brackets.

changes       every change at one place, the likeliest first
everywhere    one name for another in the whole formula, numbers typed by hand
rebracketed   formulas of the same symbols with other brackets, or one other operator
"""

from __future__ import annotations

import ast
import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from .edits import (
    ORDER,
    Scope,
    binary,
    call_node,
    minus,
    name_node,
    of_call,
    of_number,
    of_operator,
    places,
)
from .trees import children, copied, syntax_tree

__all__ = ["Change", "changes", "everywhere", "rebracketed"]

_GATES = frozenset({"kappa0", "kappa1", "step", "relu", "sin", "cos"})
_TYPED = [math.pi**p * c for p in (1, 2, -1, -2) for c in (1, 2, 0.5, 4, 0.25)]
_TYPED += [2**0.5, 0.5**0.5, 180 / math.pi, 1 / 3, 2 / 3, math.e]


class Change(NamedTuple):
    """One node of a formula for another; `shown` is what the student is told of.

    cost   how much it takes to believe in it, about 1
    """

    kind: str
    shown: ast.expr
    node: ast.expr
    new: ast.expr
    cost: float


# Of kinds that are less likely than a wrong sign. A space after a kind as in ORDER.
_COSTS = {
    **{"inner-sign ": 1.3, "inner-factor": 1.1, "argument-order": 1.2, "wrong-function": 1.2},
    **{"exponent": 1.2, "inverse": 1.2, "wrong-operator": 1.25, "brackets": 1.6, "supplement": 1.1},
    **{"wrong-variable-inside": 1.3, "inner-term": 1.4, "missing-inner-term": 1.5},
    **{"inner-factor ": 1.5, "inner-factor  ": 1.8},
}


_OF_A_LETTER = {"exponent", "wrong-variable-inside"}  # told of the letter, not of the whole


def changes(tree: ast.expr, names: Iterable[str], functions: Iterable[str]) -> list[Change]:
    """Every change of a formula at one place, the likeliest first, then the smallest part.

    >>> tree = ast.parse("1 + x", mode="eval").body
    >>> [ast.unparse(change.new) for change in changes(tree, ["x"], [])][:1]
    ['1 - x']
    """
    scope = Scope(tuple(names), frozenset(functions))
    letters = Counter(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
    once = {name for name, count in letters.items() if count == 1}
    found = []
    for parent, field, _, node in places(ast.Expression(tree)):
        size = sum(1 for _ in ast.walk(node))
        leaf = isinstance(node, (ast.Name, ast.Constant)) and node is not tree
        place = parent if leaf else node
        alone = leaf and getattr(node, "id", "") in once and _is_long(parent, tree)
        exponent = field == "right" and isinstance(getattr(parent, "op", None), ast.Pow)
        below = field == "right" and isinstance(getattr(parent, "op", None), ast.Div)
        for kind, new in _of_formula(node, scope):
            if below and kind.startswith("inner-factor") and _wraps(new, node):
                continue  # the same is said of the whole fraction
            name = "exponent" if exponent and kind == "inner-factor" else kind
            cost = _cost(name, node, new) + 0.002 * size
            shown = _left_out(node, new) if kind == "inner-term" else place
            shown = node if alone and kind in _OF_A_LETTER else shown
            change = Change(name.strip(), shown, node, new, cost)
            found.append((ORDER.index(name), size, change))
    found.sort(key=lambda entry: entry[:2])
    return [change for *_, change in found]


def _is_long(part: Any, whole: ast.expr) -> bool:
    """Whether a part of a formula says less of a place than one of its letters."""
    of_sum = isinstance(getattr(part, "op", None), ast.Add | ast.Sub)
    return part is whole or of_sum or sum(isinstance(n, ast.Name) for n in ast.walk(part)) > 4


def _left_out(node: Any, new: ast.expr) -> Any:
    """The operand that a change leaves out."""
    return node.right if new is node.left else node.left


def _wraps(new: ast.expr, node: ast.expr) -> bool:
    """Whether a change puts something beside a node."""
    return isinstance(new, ast.BinOp) and node in (new.left, new.right)


def _cost(kind: str, node: Any, new: Any) -> float:
    """What a change costs: more where it is less likely than others of its kind."""
    cost = _COSTS.get(kind, 1.0) + 0.15 * (kind == "inner-factor" and _wraps(new, node))
    if kind == "wrong-function" and not isinstance(node, ast.Call):
        return 1.6
    if kind == "wrong-function" and isinstance(node, ast.Call) and len(node.args) > 1:
        return 2.6 if new in node.args else cost
    if kind == "wrong-variable-inside" and getattr(new, "id", "") == "pi":
        return 1.8
    if kind == "wrong-operator" and isinstance(getattr(node, "op", None), ast.Sub):
        return 1.6  # 1 − x is 1 · x
    if kind == "exponent" and isinstance(getattr(node, "op", None), ast.Mult):
        return 1.4  # a product for a power
    if isinstance(node, ast.Constant):
        value: Any = node.value
        other = getattr(new, "value", None)
        likely = (2 * value, value / 2, -value, 1, value + 1, value - 1)
        return cost if other in likely and other != 0 else cost + (0.3 if other else 0.5)
    return cost


def _of_formula(node: Any, scope: Scope) -> Iterator[tuple[str, Any]]:
    assert scope.functions is not None
    if isinstance(node, ast.BinOp):
        yield from _of_operation(node, scope)
    elif isinstance(node, ast.Call):
        yield from of_call(node, scope)
    elif isinstance(node, ast.Name) and node.id != "pi":
        known = node.id.rstrip("_") in scope.names
        for other in (*scope.names, "pi") if known else scope.names:
            if node.id.rstrip("_") != other:
                yield "wrong-variable-inside", name_node(other)
        kind = "supplement" if node.id in ("t", "u") else "missing-inner-term"
        yield kind, binary(name_node("pi"), ast.Sub, node)
    elif isinstance(node, ast.Constant):
        yield from of_number(node)
        yield "inner-factor", name_node("pi")
        yield "inner-factor", ast.Constant(node.value / 4)  # type: ignore[operator]
        yield "inner-factor", ast.Constant(4 * node.value)  # type: ignore[operator]
    elif isinstance(node, ast.UnaryOp):
        yield "inner-sign", node.operand
        for first in (name_node("pi"), ast.Constant(1)):
            yield "missing-inner-term", binary(first, ast.Sub, node.operand)
    elif isinstance(node, ast.Compare):
        yield "inner-sign", binary(ast.Constant(1), ast.Sub, node)
    yield from _around_formula(node, scope)


def _of_operation(node: ast.BinOp, scope: Scope) -> Iterator[tuple[str, Any]]:
    opposite = isinstance(node.op, ast.Sub) and getattr(node.left, "id", "") == "pi"
    yield from ((k, new) for k, new in of_operator(node, scope) if new is not node.right)
    if not isinstance(node.op, ast.Pow):
        yield "supplement" if opposite else "inner-term", node.right
    indexed = any(name[1:] in ("1", "2") for name in scope.names)
    other = _mapped(node, _other_index) if indexed else node  # the term in x2 beside that in x1
    if indexed and _shape(other) != _shape(node):
        yield "missing-inner-term", binary(node, ast.Add, other)
        yield "missing-inner-term", binary(node, ast.Sub, other)


def _around_formula(node: Any, scope: Scope) -> Iterator[tuple[str, Any]]:
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
    roots = [call_node(name_node("sqrt"), name_node(n)) for n in scope.names if n == "m"]
    squared = binary(name_node("pi"), ast.Pow, ast.Constant(2))
    for factor in (ast.Constant(2), name_node("pi"), squared, *roots, *map(name_node, scope.names)):
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


Rewriting = Callable[[ast.expr], ast.expr]


def everywhere(functions: Iterable[str]) -> list[tuple[str, Rewriting]]:
    """One name for another in the whole formula, numbers typed by hand.

    >>> (kind, exact), *_ = everywhere([])
    >>> kind, ast.unparse(exact(ast.parse("3.14*x", mode="eval").body))
    ('few-digits', '3.141592653589793 * x')
    """
    found: list[tuple[str, Rewriting]] = [
        ("few-digits", partial(_mapped, change=_exact)),
        ("degrees", partial(_mapped, change=_radians)),
    ]
    exchanges = (("sin-cos-swapped", "sin", "cos"), ("kappa-swapped", "kappa0", "kappa1"))
    for kind, one, other in exchanges:
        if {one, other} <= set(functions):
            table = {one: other, other: one}
            found.append((kind, partial(_mapped, change=partial(_renamed, table=table))))
    return found


_RADIANS = {180: math.pi, 360: 2 * math.pi, 90: math.pi / 2}


def _radians(node: Any) -> Any:
    turns = isinstance(node, ast.Constant) and node.value in _RADIANS
    return ast.Constant(_RADIANS[node.value]) if turns else node


def _exact(node: Any) -> Any:
    if isinstance(node, ast.Constant) and node.value != round(node.value, 1):  # type: ignore[arg-type]
        for exact in _TYPED:
            if abs(node.value / exact - 1) < 2e-3:  # type: ignore[operator]
                return ast.Constant(exact)
    return node


def _other_index(node: Any) -> Any:
    """The letters x1, w1 for x2, w2, and back."""
    name = node.id if isinstance(node, ast.Name) else ""
    turned = {"1": "2", "2": "1"}.get(name[1:])
    return ast.Name(name[0] + turned, ast.Load()) if turned else node


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


def rebracketed(tokens: tuple[str, ...]) -> Iterator[tuple[str, ast.expr, ast.expr]]:
    """The formula with other brackets, or one other operator: (kind, place, tree).

    One pair of brackets more, one bracket in another place, or one of + - * / ^ for another.

    >>> found = rebracketed(("a", "+", "b", "*", "c"))
    >>> sum(ast.unparse(tree) == "(a + b) * c" for *_, tree in found)
    1
    """
    if len(tokens) > 50:
        return
    seen, whole = set(), syntax_tree(" ".join(tokens), "eval").body
    starts = list(itertools.accumulate((len(token) + 1 for token in tokens), initial=0))
    changes = [("brackets", *change) for change in _bracketings(tokens)]
    for kind, first, last, words in changes + [("wrong-operator", *c) for c in _operators(tokens)]:
        try:
            tree = syntax_tree(" ".join(words), "eval").body
        except SyntaxError:
            continue
        shape = _shape(tree)
        if shape not in seen:
            seen.add(shape)
            yield kind, _around(whole, starts[first], starts[last] - 1), tree


def _around(tree: ast.expr, start: int, end: int) -> ast.expr:
    """The smallest part of a formula that has a passage of its text in it."""
    for part in children(tree):
        if part.col_offset <= start and end <= (part.end_col_offset or 0):
            return _around(part, start, end)
    return tree


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


Tokens = tuple[str, ...]


def _operators(tokens: Tokens) -> Iterator[tuple[int, int, Tokens]]:
    others = {"+": "- * /", "-": "+ * /", "*": "+ - / **", "/": "+ - *"}
    for i, token in enumerate(tokens):
        for other in others.get(token, "").split():
            yield i, i + 1, (*tokens[:i], other, *tokens[i + 1 :])


def _bracketings(tokens: Tokens) -> Iterator[tuple[int, int, Tokens]]:
    size = len(tokens)
    for i in (i for i in range(size) if tokens[i] == "(" or tokens[i][0].isalnum()):
        for j in range(i + 3, size + 1):
            inside = tokens[i:j]
            if inside.count("(") == inside.count(")"):
                yield i, j, (*tokens[:i], "(", *inside, ")", *tokens[j:])
    for i, token in enumerate(tokens):
        if token in "()":
            rest = tokens[:i] + tokens[i + 1 :]
            for j in range(size):
                if j != i:
                    yield min(i, j), max(i, j) + 1, (*rest[:j], token, *rest[j:])
