"""A formula as a student writes it, read safely and evaluated on arrays.

parse_formula    from text to a `Formula`, or a `FormulaError` that says how to fix the text
evaluate         the value of such a tree
Formula          call it with the values of its variables

`notation` reads what stands on paper, LaTeX among it, as Python's words. Those are read by Python's
own `ast`. Every node is held against a white list: numbers, names, + − * / ** and comparisons,
calls of the functions below. Nothing else is ever evaluated: no attributes, no indices, no strings.
Numbers are float64, so no power can run away.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from ..._require import Array
from .latex import FormulaError, plain_text
from .notation import READINGS, read_notation
from .trees import (
    BINARY,
    BINDERS,
    COMPARISONS,
    CONSTANTS,
    FUNCTIONS,
    PLAIN_FUNCTIONS,
    children,
    evaluate,
    size,
    syntax_tree,
)

__all__ = ["Formula", "FormulaError", "evaluate", "parse_formula"]

MAX_LENGTH = 1000
MAX_NODES = 300
MAX_DEPTH = 40


@dataclass(frozen=True)
class Formula:
    """A formula that was read: text, tree, the variables that occur, size, and its tokens.

    strays   letters of the course that occur, but do not belong here
    note     "read as …" where the text could be read in two ways, else ""
    """

    text: str
    tree: ast.expr
    variables: frozenset[str]
    size: int
    tokens: tuple[str, ...]
    strays: frozenset[str] = frozenset()
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
    strays: Iterable[str] = (),
    reading: str = READINGS[0],
) -> Formula:
    """Read a formula in the given variables.

    Takes the text, the names of the variables, other spellings of them (`aliases`) and the names of
    the functions that may be called. Then letters that are read although they do not belong, and
    one of READINGS for what can be read in two ways. An alias gives way where the variable occurs
    under its own name. Raises FormulaError, with the fix, for anything else, such as an unknown
    name. A formula has at most 1000 characters and 300 parts, nested at most 40 deep.

    >>> parse_formula("1/2pi", []).note
    'read as 1 / (2 * pi)'
    """
    if not isinstance(text, str) or not text.strip():
        raise FormulaError("the formula is empty")
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"the formula must have at most {MAX_LENGTH} characters")
    allowed, plain = frozenset(functions), plain_text(text)
    used = set(re.findall(r"[^\W\d_]\w*", plain))
    spelling = {name: name for name in (*variables, *CONSTANTS)}
    spelling |= {alias: v for alias, v in dict(aliases or {}).items() if v not in used}
    spelling = {name: name for name in strays} | spelling
    unsaid = frozenset(strays) - frozenset(variables)
    for name in sorted((used & FUNCTIONS.keys()) - allowed - spelling.keys()):  # kappa0*cos(t), too
        raise FormulaError(f"{name} cannot be used here: write it out")
    words, note = read_notation(plain, spelling, allowed | FUNCTIONS.keys(), reading, unsaid)
    tree, size = _read(words)
    names = _refuse_unknown(tree, frozenset(spelling.values()), allowed)
    own, other = frozenset(variables), frozenset(strays)
    tokens = tuple(words.split())
    return Formula(text, tree, names & own, size, tokens, (names & other) - own, note)


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


def _read(source: str) -> tuple[ast.expr, int]:
    try:
        tree = syntax_tree(source, "eval").body
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        raise FormulaError(
            "the formula does not read: look for a missing operand or bracket"
        ) from None
    count, depth = size(tree)
    if count > MAX_NODES or depth > MAX_DEPTH:
        raise FormulaError(
            f"the formula must have at most {MAX_NODES} parts, nested at most {MAX_DEPTH} deep"
        )
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
        _refuse_operator(type(node.op) in BINARY)
    elif isinstance(node, ast.Compare):
        _refuse_operator(all(type(op) in COMPARISONS for op in node.ops))
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
