"""One step between a student's formula and a right one: which step is it?

repairs      formulas that differ from the student's by one edit, with the mistake it fixes
rebracketed  formulas of the same symbols with other brackets

The edits are those of a slip on paper: a sign, a number, a power, brackets, sin for cos, one
variable for another, a term too many. Only the place is told, never the fixed formula.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from .formula import children, show

__all__ = ["rebracketed", "repairs"]

Edit = tuple[str, ast.expr]

# Slips that people make, as sets of functions that are taken for each other.
_FAMILIES = (
    ("sin", "cos", "tan"),
    ("arcsin", "arccos", "arctan"),
    ("asin", "acos", "atan"),
    ("kappa0", "kappa1"),
    ("relu", "step"),
    ("relu_derivative", "relu"),
    ("heaviside", "relu"),
    ("min", "max"),
    ("exp", "expm1"),
    ("ln", "log10", "log2", "log1p"),
    ("log", "log10", "log2", "log1p"),
    ("sinh", "sin"),
    ("cosh", "cos"),
)
_TYPED = [np.pi**p * c for p in (1, 2, -1, -2) for c in (1, 2, 0.5, 4, 0.25)]
_TYPED += [2**0.5, 0.5**0.5, 180 / np.pi, 1 / 3, 2 / 3, np.e]
_GATES = frozenset({"kappa0", "kappa1", "step", "relu", "sin", "cos"})
_NUMBERS = (0.5, 1.0, 2.0, 3.0, 4.0, 0.0)
_ORDER = [
    *(
        "inner-sign",
        "inner-sign ",
        "inner-factor",
        "argument-order",
        "wrong-function",
        "exponent",
        "brackets",
    ),
    "wrong-operator",
    *("wrong-variable-inside", "inner-term", "missing-inner-term", "inner-factor "),
]


def repairs(
    tree: ast.expr, variables: Iterable[str], functions: Iterable[str]
) -> Iterator[tuple[str, str, ast.expr]]:
    """Every formula one edit away: (mistake, where in the student's words, the edited tree).

    Constants typed with few digits come first, then single slips in the order of how likely they
    are, the smallest part first; exchanges everywhere (sin and cos) come last.

    >>> tree = ast.parse("1 + x", mode="eval").body
    >>> found = [(name, where, ast.unparse(new)) for name, where, new in repairs(tree, ["x"], [])]
    >>> ("inner-sign", "1 + x", "1 - x") in found
    True
    """
    names, known = tuple(variables), frozenset(functions)
    yield "few-digits", "", _mapped(tree, _exact)
    found: list[tuple[int, int, str, str, ast.expr]] = []
    for path, node in _places(tree):
        size = sum(1 for _ in ast.walk(node))
        in_exponent = bool(path) and _is_exponent(tree, path)
        for name, new in _edits(node, names, known):
            kind = "exponent" if in_exponent and name == "inner-factor" else name
            found.append(
                (_ORDER.index(kind), size, kind, _where(tree, path), _replace(tree, path, new))
            )
    found.sort(key=lambda entry: entry[:2])
    for _, _, name, where, edited in found:
        yield name.strip(), where, edited
    yield from _everywhere(tree, known)


def rebracketed(tokens: tuple[str, ...]) -> Iterator[tuple[str, ast.expr]]:
    """The formula with other brackets, or one other operator: (mistake, tree).

    One pair of brackets more, one bracket in another place, or one of + - * / ^ for another.

    >>> found = rebracketed(("a", "+", "b", "*", "c"))
    >>> sum(ast.unparse(tree) == "(a + b) * c" for _, tree in found)
    1
    """
    if len(tokens) > 50:
        return
    seen = set()
    changes = [("brackets", words) for words in _bracketings(tokens)]
    for name, words in changes + [("wrong-operator", words) for words in _operators(tokens)]:
        try:
            tree = ast.parse(" ".join(words), mode="eval").body
        except SyntaxError:
            continue
        shape = ast.dump(tree)
        if shape not in seen:
            seen.add(shape)
            yield name, tree


def _operators(tokens: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    every = ("+", "-", "*", "/", "**")
    for i, token in enumerate(tokens):
        if token in every:
            for other in every:
                if other != token:
                    yield (*tokens[:i], other, *tokens[i + 1 :])


def _bracketings(tokens: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    size = len(tokens)
    starts = [i for i in range(size) if tokens[i] == "(" or tokens[i][0].isalnum()]
    for i in starts:
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


def _places(tree: ast.expr) -> Iterator[tuple[tuple[int, ...], ast.expr]]:
    """Every part of the tree with the way to it."""
    stack: list[tuple[tuple[int, ...], ast.expr]] = [((), tree)]
    while stack:
        path, node = stack.pop()
        yield path, node
        stack += [((*path, i), child) for i, child in enumerate(children(node))]


def _replace(tree: ast.expr, path: tuple[int, ...], new: ast.expr) -> ast.expr:
    if not path:
        return new
    target = list(children(tree))[path[0]]
    changed = copy.copy(tree)
    for field, value in ast.iter_fields(tree):
        if value is target:
            setattr(changed, field, _replace(target, path[1:], new))
        elif isinstance(value, list) and any(item is target for item in value):
            items = [_replace(target, path[1:], new) if v is target else v for v in value]
            setattr(changed, field, items)
    return changed


def _where(tree: ast.expr, path: tuple[int, ...]) -> str:
    """The part itself; where it is a single letter or number, what stands around it."""
    node = tree
    parents = [tree]
    for step in path:
        node = list(children(node))[step]
        parents.append(node)
    if isinstance(node, (ast.Name, ast.Constant)) and len(parents) > 1:
        node = parents[-2]
    return show(node)


def _is_exponent(tree: ast.expr, path: tuple[int, ...]) -> bool:
    node = tree
    for step in path[:-1]:
        node = list(children(node))[step]
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and path[-1] == 1


def _edits(node: ast.expr, names: tuple[str, ...], functions: frozenset[str]) -> Iterator[Edit]:
    if isinstance(node, ast.BinOp):
        yield from _of_operator(node)
    elif isinstance(node, ast.Call):
        yield from _of_call(node, functions)
    elif isinstance(node, ast.Name):
        yield from _of_name(node, names)
    elif isinstance(node, ast.Constant):
        yield from _of_number(node)
    elif isinstance(node, ast.UnaryOp):
        yield "inner-sign", node.operand
    elif isinstance(node, ast.Compare):
        yield "inner-sign", _binary(_number(1), ast.Sub, node)
    yield from _of_any(node, names, functions)


def _of_operator(node: ast.BinOp) -> Iterator[Edit]:
    left, right, op = node.left, node.right, type(node.op)
    swaps = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
    if op in swaps:
        name = "inner-sign" if op in (ast.Add, ast.Sub) else "brackets"
        yield name, _binary(left, swaps[op], right)
    if op is ast.Sub:
        yield "inner-sign", _binary(right, ast.Sub, left)
    if op in (ast.Add, ast.Sub):
        yield "inner-sign", _binary(_minus(left), op, right)
        yield "wrong-operator", _binary(left, ast.Mult, right)
    if op is ast.Div:
        yield "brackets", _binary(right, ast.Div, left)
    if op in (ast.Mult, ast.Pow):
        yield "exponent", _binary(left, ast.Pow if op is ast.Mult else ast.Mult, right)
    if op is ast.Pow:
        yield "exponent", left
        if isinstance(left, ast.BinOp) and isinstance(left.op, (ast.Add, ast.Sub)):
            powers = _binary(left.left, op, right), _binary(left.right, op, right)
            yield "exponent", _binary(powers[0], type(left.op), powers[1])
        if isinstance(left, ast.BinOp) and isinstance(left.op, (ast.Mult, ast.Div)):
            yield "brackets", _binary(left.left, type(left.op), _binary(left.right, op, right))
    yield from _rebracketed(left, right, op)
    yield from _without_a_part(left, right, op)


def _without_a_part(left: ast.expr, right: ast.expr, op: type[ast.operator]) -> Iterator[Edit]:
    """a + b as a, and as b."""
    if op is not ast.Pow:
        yield "inner-term", left
        yield "inner-term", right
    if op is ast.Sub:
        yield "inner-term", _minus(right)


def _rebracketed(left: ast.expr, right: ast.expr, op: type[ast.operator]) -> Iterator[Edit]:
    """(a · b) ∘ c as a · (b ∘ c), and a ∘ (b · c) as (a ∘ b) · c."""
    if isinstance(left, ast.BinOp):
        moved = _binary(left.right, op, right)
        yield "brackets", _binary(left.left, type(left.op), moved)
        if isinstance(left.op, ast.Div) and op is ast.Mult:
            yield "brackets", _binary(left.left, ast.Div, _binary(left.right, ast.Mult, right))
    if isinstance(right, ast.BinOp):
        moved = _binary(left, op, right.left)
        yield "brackets", _binary(moved, type(right.op), right.right)
        if op is ast.Sub and isinstance(right.op, (ast.Add, ast.Sub)):
            yield "inner-sign", _binary(moved, ast.Sub, right.right)


def _of_call(node: ast.Call, functions: frozenset[str]) -> Iterator[Edit]:
    assert isinstance(node.func, ast.Name)
    name = node.func.id
    for family in _FAMILIES:
        for other in family:
            if name in family and other != name and other in functions:
                yield "wrong-function", _call(other, *node.args)
    if len(node.args) == 2:
        yield "argument-order", _call(name, node.args[1], node.args[0])
    for argument in node.args:
        yield ("exponent" if name == "sqrt" else "wrong-function"), argument


def _of_name(node: ast.Name, names: tuple[str, ...]) -> Iterator[Edit]:
    for other in (*names, "pi"):
        if other != node.id.rstrip("_"):
            yield "wrong-variable-inside", _name(other)
    if node.id != "pi":
        yield "missing-inner-term", _binary(_name("pi"), ast.Sub, node)


def _of_number(node: ast.Constant) -> Iterator[Edit]:
    value = float(node.value)  # type: ignore[arg-type]
    for other in dict.fromkeys((2 * value, value / 2, -value, value + 1, value - 1, *_NUMBERS)):
        if other != value:
            yield "inner-factor", _number(other)
    for other_name in ("pi",):
        yield "inner-factor", _name(other_name)


def _of_any(node: ast.expr, names: tuple[str, ...], functions: frozenset[str]) -> Iterator[Edit]:
    if len(names) <= 4:
        for function in sorted(functions & _GATES):
            for name in names:
                factor = _call(function, _name(name))
                yield "inner-factor ", _binary(node, ast.Mult, factor)
    for name in names:
        yield "missing-inner-term", _binary(node, ast.Add, _name(name))
        yield "missing-inner-term", _binary(node, ast.Sub, _name(name))
    if isinstance(node, ast.Constant):
        return
    yield "inner-sign ", _minus(node)  # after a + for a −, which says where more clearly
    for factor in (_number(2), _name("pi"), *map(_name, names)):
        same = isinstance(node, ast.Name) and isinstance(factor, ast.Name) and node.id == factor.id
        late = isinstance(factor, ast.Name) and factor.id != "pi"  # a number is likelier
        name = "inner-factor " if late else "inner-factor"
        yield "exponent" if same else name, _binary(node, ast.Mult, factor)
        yield name, _binary(node, ast.Div, factor)
    for power in (2, 3, 0.5):
        yield "exponent", _binary(node, ast.Pow, _number(power))
    yield "missing-inner-term", _binary(node, ast.Add, _number(1))
    yield "missing-inner-term", _binary(node, ast.Sub, _number(1))
    yield "missing-inner-term", _binary(_number(1), ast.Sub, node)
    yield "wrong-function", _call("abs", node)
    for function in functions & {"sin", "cos", "exp", "relu", "step", "ln"}:
        if isinstance(node, ast.Name):
            yield "wrong-function", _call(function, node)


def _everywhere(tree: ast.expr, functions: frozenset[str]) -> Iterator[tuple[str, str, ast.expr]]:
    exchanges = (("sin-cos-swapped", "sin", "cos"), ("kappa-swapped", "kappa0", "kappa1"))
    for name, one, other in exchanges:
        if {one, other} <= functions:
            table = {one: other, other: one}
            yield name, "", _mapped(tree, lambda n, table=table: _renamed(n, table))  # type: ignore[misc]


def _exact(node: ast.expr) -> ast.expr:
    """π and its relatives where a number was typed by hand."""
    if isinstance(node, ast.Constant) and node.value != round(node.value, 1):  # type: ignore[arg-type]
        for exact in _TYPED:
            if abs(node.value / exact - 1) < 2e-3:  # type: ignore[operator]
                return _number(exact)
    return node


def _renamed(node: ast.expr, table: dict[str, str]) -> ast.expr:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in table:
        return _call(table[node.func.id], *node.args)
    return node


def _mapped(tree: ast.expr, change: Callable[[ast.expr], ast.expr]) -> ast.expr:
    changed = tree
    for i, child in enumerate(children(tree)):
        changed = _replace(changed, (i,), _mapped(child, change))
    return change(changed)


def _binary(left: ast.expr, op: type[ast.operator], right: ast.expr) -> ast.expr:
    return ast.BinOp(left, op(), right)


def _minus(node: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.USub(), node)


def _number(value: float) -> ast.expr:
    return ast.Constant(value)


def _name(name: str) -> ast.expr:
    return ast.Name("lambda_" if name == "lambda" else name, ast.Load())


def _call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])
