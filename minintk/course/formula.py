"""A formula as a student writes it, read safely and evaluated on arrays.

parse_formula    from text to a `Formula`, or a `FormulaError` that says how to fix the text
Formula          call it with the values of its variables

`answers.notation` reads what stands on paper, LaTeX among it, as Python's words. Those are read by
Python's own `ast`, and every node is held against a white list: numbers, names,
+ − * / ** and comparisons, calls of the functions below. Nothing else is ever evaluated; there
are no attributes, no indices, no strings. Numbers are float64, so no power can run away.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from .._require import Array
from ..arccosine import _angle, _kappa0, _kappa1
from .answers.latex import FormulaError
from .answers.notation import READINGS, read_notation

__all__ = ["Formula", "FormulaError", "parse_formula"]

MAX_LENGTH = 1000
MAX_NODES = 300
MAX_DEPTH = 40

CONSTANTS = {"pi": np.pi, "e": np.e}

# Functions that bind a letter, with the number of their arguments: `calculus` evaluates them.
BINDERS = {"integral": 4, "sum": 4, "diff": 2, "mean": 1}


def _heaviside(z: Array) -> Array:
    return np.where(np.isnan(z), z, np.where(z > 0, 1.0, 0.0))


def _where(condition: Array, yes: Array, no: Array) -> Array:
    return np.where(condition != 0, yes, no)


# name: (function, least and largest number of arguments)
FUNCTIONS: dict[str, tuple[Callable[..., Array], int, int]] = {
    **{name: (getattr(np, name), 1, 1) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{
        name: (getattr(np, name), 1, 1)
        for name in ("exp", "expm1", "log1p", "sqrt", "sign", "floor", "ceil")
    },
    **{name: (getattr(np, name), 1, 1) for name in ("arcsin", "arccos", "arctan", "log", "log2")},
    **{f"a{name}": (getattr(np, f"arc{name}"), 1, 1) for name in ("sin", "cos", "tan")},
    "ln": (np.log, 1, 1),
    "log10": (np.log10, 1, 1),
    "abs": (np.abs, 1, 1),
    "atan2": (np.arctan2, 2, 2),
    "arctan2": (np.arctan2, 2, 2),
    "hypot": (np.hypot, 2, 2),
    "max": (lambda *values: reduce(np.maximum, values), 2, 8),
    "min": (lambda *values: reduce(np.minimum, values), 2, 8),
    "where": (_where, 3, 3),
    "degrees": (np.degrees, 1, 1),
    "radians": (np.radians, 1, 1),
    "relu": (lambda z: np.maximum(z, 0.0), 1, 1),
    "step": (_heaviside, 1, 1),
    "heaviside": (_heaviside, 1, 1),
    "relu_derivative": (_heaviside, 1, 1),
    "kappa0": (lambda theta: _kappa0(_angle(theta)), 1, 1),
    "kappa1": (lambda theta: _kappa1(_angle(theta)), 1, 1),
}
SPECIAL = frozenset({"relu", "step", "heaviside", "relu_derivative", "kappa0", "kappa1"})
PLAIN_FUNCTIONS = frozenset(FUNCTIONS) - SPECIAL

_BINARY: dict[type, Callable[[Array, Array], Array]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
_COMPARISONS: dict[type, Callable[[Array, Array], Any]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}


@dataclass(frozen=True)
class Formula:
    """A formula that was read: text, tree, the variables that occur, size, and its tokens.

    note   "read as …" where the text could be read in two ways, else ""
    """

    text: str
    tree: ast.expr
    variables: frozenset[str]
    size: int
    tokens: tuple[str, ...]
    note: str = ""

    def __call__(self, values: Mapping[str, Array]) -> Array:
        """Values of the formula, float64, in the common shape of the variables given.

        Outside the domain of a function the value is nan or inf; nothing warns, nothing raises.

        >>> parse_formula("1/x^2", ["x"])({"x": np.array([1.0, 2.0])})
        array([1.  , 0.25])
        """
        shape = np.broadcast_shapes(*(np.shape(value) for value in values.values()))
        with np.errstate(all="ignore"):
            value = evaluate(self.tree, values)
        return np.broadcast_to(np.asarray(value, dtype=np.float64), shape).copy()


def parse_formula(
    text: str,
    variables: Iterable[str],
    *,
    aliases: Mapping[str, str] | None = None,
    functions: Iterable[str] = PLAIN_FUNCTIONS,
    reading: str = READINGS[0],
) -> Formula:
    """Read a formula in the given variables.

    Takes the text, the names of the variables, other spellings of them (`aliases`), the names of
    the functions that may be called, and one of READINGS for text that can be read in two ways.
    Raises FormulaError, with the fix, for anything else: an unknown name, a formula longer than
    1000 characters, of more than 300 parts, or nested more than 40 deep.

    >>> parse_formula("1/2pi", []).note
    'read as 1 / (2 * pi)'
    """
    if not isinstance(text, str) or not text.strip():
        raise FormulaError("the formula is empty")
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"the formula must have at most {MAX_LENGTH} characters")
    allowed = frozenset(functions)
    spelling = {name: name for name in variables} | dict(aliases or {}) | {c: c for c in CONSTANTS}
    words, note = read_notation(text, spelling, allowed | FUNCTIONS.keys(), reading)
    tree, size = _read(words)
    used = _refuse_unknown(tree, frozenset(spelling.values()), allowed)
    return Formula(text, tree, used & frozenset(variables), size, tuple(words.split()), note)


def evaluate(node: ast.expr, values: Mapping[str, Array]) -> Any:
    """The value of a tree that `parse_formula` let through (or that `repair` made from one).

    >>> evaluate(ast.parse("2 * x", mode="eval").body, {"x": np.array([1.0, 2.0])})
    array([2., 4.])
    """
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.Name):
        return CONSTANTS[node.id] if node.id in CONSTANTS else values[node.id.rstrip("_")]
    if isinstance(node, ast.BinOp):
        left, right = evaluate(node.left, values), evaluate(node.right, values)
        return _BINARY[type(node.op)](left, right)
    if isinstance(node, ast.UnaryOp):
        value = evaluate(node.operand, values)
        if isinstance(node.op, ast.Not):
            return np.equal(value, 0) * 1.0
        return np.negative(value) if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.Call):
        arguments = [np.asarray(evaluate(a, values), dtype=np.float64) for a in node.args]
        return FUNCTIONS[node.func.id][0](*arguments)  # type: ignore[attr-defined]
    if isinstance(node, ast.Compare):
        operands = [evaluate(operand, values) for operand in (node.left, *node.comparators)]
        pairs = zip(operands, operands[1:], node.ops, strict=False)
        return reduce(np.multiply, [_COMPARISONS[type(op)](a, b) * 1.0 for a, b, op in pairs])
    if isinstance(node, ast.BoolOp):
        parts = [np.not_equal(evaluate(value, values), 0) for value in node.values]
        joined = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return reduce(joined, parts) * 1.0
    assert isinstance(node, ast.IfExp), node
    return _where(*(evaluate(part, values) for part in (node.test, node.body, node.orelse)))


def is_formula(tree: ast.expr, names: Iterable[str], functions: Iterable[str]) -> bool:
    """Whether every node of a tree is on the white list.

    >>> is_formula(ast.parse("x.real", mode="eval").body, ["x"], [])
    False
    """
    try:
        _refuse_unknown(tree, frozenset(names) | frozenset(CONSTANTS), frozenset(functions))
    except FormulaError:
        return False
    return True


def children(node: ast.expr) -> Iterator[ast.expr]:
    """The operands of a node, without the name of the function that is called.

    >>> [ast.unparse(child) for child in children(ast.parse("sin(x)", mode="eval").body)]
    ['x']
    """
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr) and not (isinstance(node, ast.Call) and child is node.func):
            yield child


def show(node: ast.expr, longest: int = 60) -> str:
    """A part of the student's formula, for a message.

    >>> show(ast.parse("x**2", mode="eval").body)
    'x ^ 2'
    """
    text = ast.unparse(node).replace("**", "^").replace("lambda_", "lambda")
    return text if len(text) <= longest else text[: longest - 3] + "..."


def _read(source: str) -> tuple[ast.expr, int]:
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        raise FormulaError(
            "the formula does not read: look for a missing operand or bracket"
        ) from None
    stack, count = [(tree, 1)], 0
    while stack:
        node, depth = stack.pop()
        count += 1
        if count > MAX_NODES or depth > MAX_DEPTH:
            raise FormulaError(
                f"the formula must have at most {MAX_NODES} parts, nested at most {MAX_DEPTH} deep"
            )
        stack += [(child, depth + 1) for child in children(node)]
    return tree, count


def _refuse_unknown(
    tree: ast.expr, names: frozenset[str], functions: frozenset[str]
) -> frozenset[str]:
    """Hold every node against the white list; return the names that occur."""
    used, stack = set(), [tree]
    while stack:
        node = stack.pop()
        _refuse_node(node, names, functions)
        if isinstance(node, ast.Name):
            used.add(node.id.rstrip("_"))
        stack += children(node)
    return frozenset(used)


def _refuse_node(node: ast.expr, names: frozenset[str], functions: frozenset[str]) -> None:
    if isinstance(node, ast.Constant):
        if type(node.value) not in (int, float) or not abs(node.value) < 1e300:  # type: ignore[arg-type]
            raise FormulaError("numbers must be below 1e300")
    elif isinstance(node, ast.Name):
        if node.id.rstrip("_") not in names:
            raise FormulaError(f"unknown name {node.id!r}")
    elif isinstance(node, ast.Call):
        _refuse_call(node, functions)
    elif isinstance(node, ast.Tuple):
        raise FormulaError("a comma stands between arguments only: write 0.5 for 0,5")
    elif isinstance(node, ast.BinOp):
        _refuse_operator(type(node.op) in _BINARY)
    elif isinstance(node, ast.Compare):
        _refuse_operator(all(type(op) in _COMPARISONS for op in node.ops))
    else:
        plain = isinstance(node, (ast.UnaryOp, ast.BoolOp, ast.IfExp))
        _refuse_operator(plain and not isinstance(getattr(node, "op", None), ast.Invert))


def _refuse_call(node: ast.Call, functions: frozenset[str]) -> None:
    if not isinstance(node.func, ast.Name) or node.keywords:
        raise FormulaError("only the usual functions can be called, by name")
    if node.func.id not in functions:
        raise FormulaError(f"{node.func.id} cannot be used here: write it out")
    binder = BINDERS.get(node.func.id)
    least, largest = (binder, binder) if binder else FUNCTIONS[node.func.id][1:]
    if not least <= len(node.args) <= largest:
        count = f"{least}" if least == largest else f"{least} to {largest}"
        raise FormulaError(f"{node.func.id} takes {count} arguments, got {len(node.args)}")


def _refuse_operator(known: bool) -> None:
    if not known:
        raise FormulaError("a formula has numbers, names, + - * / ^, comparisons and functions")
