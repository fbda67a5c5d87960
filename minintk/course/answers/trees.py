"""Syntax trees of formulas: the functions that may occur, and the value of a tree on arrays.

syntax_tree the tree of a text, safe in threads
FUNCTIONS   name → (function, least and largest number of arguments)
refuse_others   what is not on the white list: numbers, names, operators, some functions
evaluate    the value of a tree, at many inputs at once
vanishes    where a tree is 0, and not merely small; `zero_or_not` its values, accordingly
children    the operands of a node
size        the number of parts of a tree, and its depth
terms       the terms of a sum
free_names  the letters of a tree that no integral, sum or mean binds
show        a piece of a student's formula, for a message

Numbers are float64, so no power can run away; outside of a domain the value is nan or inf.
"""

from __future__ import annotations

import ast
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import reduce
from typing import Any

import numpy as np

from ..._require import Array
from ...arccosine import _angle, _kappa0, _kappa1
from .latex import FormulaError
from .nodes import called, made

Names = frozenset[str]
CONSTANTS = {"pi": np.pi, "e": np.e}


def _heaviside(z: Array) -> Array:
    return np.where(np.isnan(z), z, np.where(z > 0, 1.0, 0.0))


def _where(condition: Array, yes: Array, no: Array) -> Array:
    return np.where(condition != 0, yes, no)


def _kappa2(theta: Array) -> Array:
    sines, both = np.sin(theta) * np.cos(theta), 1 + 2 * np.cos(theta) ** 2
    return np.asarray((3 * sines + (np.pi - theta) * both) / (3 * np.pi))


_OF_NUMPY = "sin cos tan sinh cosh tanh exp expm1 log1p sqrt sign floor ceil arcsin arccos arctan"
_OF_NUMPY += " log log2 log10 abs degrees radians"
# name: (function, least and largest number of arguments)
FUNCTIONS: dict[str, tuple[Callable[..., Array], int, int]] = {
    **{name: (getattr(np, name), 1, 1) for name in _OF_NUMPY.split()},
    **{f"a{name}": (getattr(np, f"arc{name}"), 1, 1) for name in ("sin", "cos", "tan")},
    **{"ln": (np.log, 1, 1), "hypot": (np.hypot, 2, 2)},
    **dict.fromkeys(("atan2", "arctan2"), (np.arctan2, 2, 2)),
    "max": (lambda *values: reduce(np.maximum, values), 2, 8),
    "min": (lambda *values: reduce(np.minimum, values), 2, 8),
    "where": (_where, 3, 3),
    "relu": (lambda z: np.maximum(z, 0.0), 1, 1),
    **dict.fromkeys(("step", "heaviside", "relu_derivative"), (_heaviside, 1, 1)),
    "kappa0": (lambda theta: _kappa0(_angle(theta)), 1, 1),
    "kappa1": (lambda theta: _kappa1(_angle(theta)), 1, 1),
    "kappa2": (_kappa2, 1, 1),
}
SPECIAL = frozenset({"relu", "step", "heaviside", "relu_derivative", "kappa0", "kappa1", "kappa2"})
PLAIN_FUNCTIONS = frozenset(FUNCTIONS) - SPECIAL
# Functions that bind a letter, with the number of their arguments: `calculus` evaluates them.
BINDERS = {"integral": 4, "sum": 4, "diff": 2, "mean": 1}

BINARY: dict[type, Callable[[Array, Array], Array]] = {
    **{ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply},
    **{ast.Div: np.divide, ast.Pow: np.power},
}
COMPARISONS: dict[type, Callable[[Array, Array], Any]] = {
    **{ast.Lt: np.less, ast.LtE: np.less_equal, ast.Eq: np.equal},
    **{ast.Gt: np.greater, ast.GtE: np.greater_equal, ast.NotEq: np.not_equal},
}
# what else a formula may be made of, and the operators that it may have there
_OPERATORS: dict[type, Callable[[Any], bool]] = {
    ast.BinOp: lambda node: type(node.op) in BINARY,
    ast.Compare: lambda node: all(type(op) in COMPARISONS for op in node.ops),
    ast.UnaryOp: lambda node: not isinstance(node.op, ast.Invert),
    **dict.fromkeys((ast.BoolOp, ast.IfExp), lambda node: True),
}
_PARSING = threading.RLock()


def syntax_tree(text: str | bytes, mode: str = "exec") -> Any:
    """The syntax tree of a text, as `ast.parse` has it, for one thread at a time.

    Before Python 3.12.2 two threads in `ast.parse` share a counter, and may end in a SystemError
    (python/cpython#106905).
    """
    with _PARSING:
        return ast.parse(text, mode=mode)


def refuse_others(tree: ast.expr, names: Names, functions: Names) -> Names:
    """Hold every node against the white list; return the names that occur. Raises FormulaError."""
    used, stack = set(), [tree]
    while stack:
        node = stack.pop()
        _refuse_node(node, names, functions)
        if isinstance(node, ast.Name):
            used.add(node.id.rstrip("_"))
        stack += children(node)
    return frozenset(used)


def _refuse_node(node: ast.expr, names: Names, functions: Names) -> None:
    if isinstance(node, ast.Constant):
        if not isinstance(node.value, int | float) or not abs(node.value) < 1e300:
            raise FormulaError("numbers must be below 1e300")
    elif isinstance(node, ast.Name):
        if node.id.rstrip("_") not in names:
            raise FormulaError(f"unknown name {node.id!r}")
    elif isinstance(node, ast.Call):
        _refuse_call(node, functions)
    elif isinstance(node, ast.Tuple):
        raise FormulaError("a comma stands between arguments only: write 0.5 for 0,5")
    elif not _OPERATORS.get(type(node), lambda node: False)(node):
        raise FormulaError("a formula has numbers, names, + - * / ^, comparisons and functions")


def _refuse_call(node: ast.Call, functions: Names) -> None:
    if not isinstance(node.func, ast.Name) or node.keywords:
        raise FormulaError("only the usual functions can be called, by name")
    if node.func.id not in functions:
        raise FormulaError(f"{node.func.id} cannot be used here: write it out")
    binder = BINDERS.get(node.func.id)
    least, largest = (binder, binder) if binder else FUNCTIONS[node.func.id][1:]
    if not least <= len(node.args) <= largest:
        count = f"{least}" if least == largest else f"{least} to {largest}"
        raise FormulaError(f"{node.func.id} takes {count} arguments, got {len(node.args)}")


def evaluate(
    node: ast.expr, values: Mapping[str, Array], known: Mapping[int, Any] | None = None
) -> Any:
    """The value of a tree that `parse_formula` let through (or that an edit made from one).

    `known` has the values of parts that were computed before, by `id`.
    """
    if known is not None and id(node) in known:
        return known[id(node)]
    if isinstance(node, ast.BinOp):
        left = evaluate(node.left, values, known)
        return BINARY[type(node.op)](left, evaluate(node.right, values, known))
    if isinstance(node, ast.Name):
        return CONSTANTS[node.id] if node.id in CONSTANTS else values[node.id.rstrip("_")]
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.UnaryOp):
        value = evaluate(node.operand, values, known)
        if isinstance(node.op, ast.Not):
            return np.equal(value, 0) * 1.0
        return np.negative(value) if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.Call):
        arguments = [np.asarray(evaluate(a, values, known), dtype=np.float64) for a in node.args]
        return FUNCTIONS[node.func.id][0](*arguments)  # type: ignore[attr-defined]
    if isinstance(node, ast.Compare):
        operands = [evaluate(part, values, known) for part in (node.left, *node.comparators)]
        pairs = zip(operands, operands[1:], node.ops, strict=False)
        return reduce(np.multiply, [COMPARISONS[type(op)](a, b) * 1.0 for a, b, op in pairs])
    if isinstance(node, ast.BoolOp):
        parts = [np.not_equal(evaluate(value, values, known), 0) for value in node.values]
        joined = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return reduce(joined, parts) * 1.0
    assert isinstance(node, ast.IfExp), node
    branches = (node.test, node.body, node.orelse)
    return _where(*(evaluate(part, values, known) for part in branches))


def vanishes(node: ast.expr, values: Mapping[str, Array]) -> Any:
    """Where a tree is 0 by a number 0 or by terms that cancel, and not merely small.

    A sum is then below the rounding of its largest term, a sine below that of its argument.
    """
    kind, name, value = type(getattr(node, "op", None)), called(node), evaluate(node, values)
    parts = [evaluate(part, values) for part in children(node)]
    zeros = [vanishes(part, values) for part in children(node)]
    if name == "where" or isinstance(node, ast.IfExp):
        found = np.where(parts[0] != 0, *zeros[1:])
    elif kind in (ast.Mult, ast.Div, ast.Pow):
        found = zeros[0] | (kind is ast.Mult and zeros[1])
    else:
        found = reduce(np.logical_and, zeros, bool(parts))
        if kind in (ast.Add, ast.Sub) or name in ("sin", "cos", "tan"):
            found = found | (np.abs(value) < 1e-11 * reduce(np.maximum, map(np.abs, parts)))
        elif name != "exp":  # 0 itself, k > 50, log(1): what is inside was not rounded to 0
            sound = (np.not_equal(part, 0) | zero for part, zero in zip(parts, zeros, strict=True))
            found = found | reduce(np.logical_and, sound, np.equal(value, 0))
    return found & (np.abs(value) < 1e-6)


def zero_or_not(tree: ast.expr, values: Mapping[str, Array], given: Array) -> Array:
    """The values of a tree, with 0 for what cancels but for rounding, and for nothing small."""
    with np.errstate(all="ignore"):
        return np.where(vanishes(tree, values), 0.0, np.where(given == 0, 5e-324, given))


def children(node: ast.expr) -> Iterable[ast.expr]:
    """The operands of a node, without the name of the function that is called."""
    if isinstance(node, ast.BinOp):
        return node.left, node.right
    if isinstance(node, ast.Call):
        return node.args
    return [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]


def size(tree: ast.expr) -> tuple[int, int]:
    """The number of parts of a tree, and its depth."""
    stack, count, deepest = [(tree, 1)], 0, 0
    while stack:
        node, depth = stack.pop()
        count, deepest = count + 1, max(deepest, depth)
        stack += [(child, depth + 1) for child in children(node)]
    return count, deepest


def show(node: ast.expr) -> str:
    """A part of the student's formula, for a message."""
    text = ast.unparse(node).replace("**", "^").replace("lambda_", "lambda")
    text = text.replace("zprime", "z'")
    text = re.sub(r" ([*/^]) ", r"\1", re.sub(r"(^|\* )1 \* (?=\D)", r"\1", text))
    return text if len(text) <= 120 else text[:117] + "..."


def terms(node: ast.expr, every: bool = False) -> Iterator[ast.expr]:
    """The terms of a sum, also of one with a factor, or under an integral or a minus.

    `every`: of a product of several sums, the terms of each.

    >>> [show(term) for term in terms(ast.parse("(a - b)/2", mode="eval").body)]
    ['a/2', '-b/2']
    """
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        left = node.left
        is_sum = isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add | ast.Sub)
        yield from terms(left) if is_sum else [left]
        yield node.right if isinstance(node.op, ast.Add) else ast.UnaryOp(ast.USub(), node.right)
        return
    several = False
    for inner in _where_sums_stand(node):
        found = list(terms(inner, every))
        if len(found) > 1 and (every or not several):
            several = True
            yield from (made(node, {id(inner): term}) for term in found)
    if not several:
        yield node


def _where_sums_stand(node: Any) -> Iterable[ast.expr]:
    """The operands of a node that make it a sum where they are one."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return [node.operand]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        return [node.left, node.right] if isinstance(node.op, ast.Mult) else [node.left]
    return node.args[:1] if called(node) in ("integral", "sum", "mean") else []


def free_names(node: ast.expr) -> set[str]:
    """The letters that need a value from outside."""
    if isinstance(node, ast.Name):
        return {node.id.rstrip("_")}
    kind = called(node)
    if kind in ("integral", "sum", "diff"):
        letter = node.args[1]  # type: ignore[attr-defined]
        if not isinstance(letter, ast.Name):
            raise FormulaError(f"{kind}: the second argument must be a letter, got {show(letter)}")
        inside = free_names(node.args[0])  # type: ignore[attr-defined]
        own = {letter.id.rstrip("_")}
        limits = [free_names(limit) for limit in node.args[2:]]  # type: ignore[attr-defined]
        return (inside | own if kind == "diff" else inside - own).union(*limits)
    found = set().union(*(free_names(child) for child in children(node)))
    return found - {"w1", "w2", "z", "zprime"} if kind == "mean" else found


def run_over(tree: ast.expr) -> set[str]:
    """The letters of the integrals, sums and derivatives of a tree."""
    calls: list[Any] = [node for node in ast.walk(tree) if called(node) in BINDERS]
    return {node.args[1].id.rstrip("_") for node in calls if len(node.args) > 1}
