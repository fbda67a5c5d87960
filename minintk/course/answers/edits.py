"""One edit away: every syntax tree that differs by one slip, of a formula or of a program.

Edit             one change of one field of a tree, made and taken back
program_edits    those of a function: also a transpose, an axis, the order of two lines

Only the place of an edit is ever told. This file stands alone: the process in which a student's
program runs loads it without the package.
"""

from __future__ import annotations

import ast
import copy
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

__all__ = ["Edit", "program_edits"]

Change = tuple[str, Any]

# Functions that are taken for each other.
_FORMULA_FAMILIES = (
    *(("sin", "cos", "tan"), ("arcsin", "arccos", "arctan"), ("asin", "acos", "atan")),
    *(("kappa0", "kappa1", "kappa2"), ("relu", "step"), ("relu_derivative", "relu")),
    *(("heaviside", "relu"), ("min", "max"), ("exp", "expm1"), ("ln", "log10", "log2", "log1p")),
    *(("log", "log10", "log2", "log1p"), ("sinh", "sin"), ("cosh", "cos")),
)
_PROGRAM_FAMILIES = (
    *(("sin", "cos"), ("sum", "mean"), ("maximum", "minimum"), ("max", "min"), ("zeros", "ones")),
    *(("log", "log10", "log2"), ("ceil", "floor"), ("arccos", "arcsin", "arctan")),
    *(("inner", "outer"), ("hstack", "vstack", "column_stack"), ("zeros_like", "ones_like")),
    *(("eigh", "svd"), ("exp", "expm1"), ("cumsum", "sum"), ("dot", "multiply"), ("fft", "ifft")),
    *(("relu", "relu_derivative"), ("kappa0", "kappa1")),
)
_COMPARISONS: dict[type, tuple[type, ...]] = {
    **{ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.LtE)},
    **{ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE)},
}
_SWAPS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
# A kind with a space after it is tried later than without: it says the same less clearly.
ORDER = (
    *("return-in-loop", "overwritten", "inner-comparison", "inner-sign", "inner-sign "),
    *("inner-transposed", "inner-transposed ", "matrix-product", "wrong-axis", "inner-factor"),
    *("argument-order", "entry-order", "wrong-function", "wrong-function ", "off-by-one"),
    *("statement-order", "exponent", "inverse", "brackets", "wrong-operator"),
    *("wrong-variable-inside", "inner-term", "missing-inner-term", "supplement"),
    *("inner-factor ", "inner-factor  ", "argument-order ", "missing-activation"),
)


class Scope(NamedTuple):
    """What an edit may use: names, the functions of a formula (None: a program), its arrays."""

    names: tuple[str, ...]
    functions: frozenset[str] | None = None
    arrays: tuple[str, ...] = ()


class Edit(NamedTuple):
    """One field of one node with another value; `shown` is what the student is told of."""

    kind: str
    shown: Any
    parent: Any
    field: str
    value: Any

    @contextmanager
    def made(self) -> Iterator[None]:
        """The tree with the edit, for as long as the block lasts."""
        before = getattr(self.parent, self.field)
        setattr(self.parent, self.field, self.value)
        try:
            yield
        finally:
            setattr(self.parent, self.field, before)


def program_edits(function: ast.FunctionDef, arrays: Iterable[str]) -> list[Edit]:
    """Every edit of a function, the likeliest kinds first; `arrays` are names of parameters.

    >>> tree = ast.parse("def f(x):\\n    return x.sum(axis=0) - 1").body[0]
    >>> [edit.kind for edit in program_edits(tree, ["x"])][:2]
    ['inner-sign', 'inner-sign']
    """
    found = (n for n in ast.walk(function) if isinstance(n, ast.Name))
    stored = (n.id for n in found if isinstance(n.ctx, ast.Store))
    names = list(dict.fromkeys([*(a.arg for a in function.args.args), *stored]))
    scope = Scope(tuple(names[:12]), None, tuple(n for n in names if n in set(arrays)))
    edits = []
    for parent, field, value, child in places(function):
        if field == "func" or isinstance(parent, ast.arguments):
            continue
        for kind, new in _of_program(child, parent, scope):
            edits.append(Edit(kind, child, parent, field, replaced(value, child, new)))
    for parent in ast.walk(function):
        body = getattr(parent, "body", None)
        if isinstance(body, list):
            edits += [Edit(kind, s, parent, "body", b) for kind, s, b in _orders(body)]
    return sorted(edits, key=lambda edit: ORDER.index(edit.kind))


def places(root: Any) -> Iterator[tuple[Any, str, Any, Any]]:
    """Every part of a tree: its parent, the field, the field's value, and the part itself."""
    for parent in ast.walk(root):
        for field, value in ast.iter_fields(parent):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, (ast.expr, ast.stmt)) and (
                    field != "func" or isinstance(root, ast.FunctionDef)
                ):
                    yield parent, field, value, child


def replaced(value: Any, child: Any, new: Any) -> Any:
    """The value of a field, a list or one node, with another child."""
    return [new if v is child else v for v in value] if isinstance(value, list) else new


def _of_program(node: Any, parent: Any, scope: Scope) -> Iterator[Change]:
    yield from _inside_program(node, scope)
    loaded = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
    if loaded and isinstance(node, ast.Name):
        yield from (("wrong-variable-inside", name_node(n)) for n in scope.names if n != node.id)
        if isinstance(parent, ast.Assign):
            yield "overwritten", call_node(ast.Attribute(node, "copy", ast.Load()))
    if loaded and isinstance(node, (ast.BinOp, ast.Call, ast.Name, ast.Subscript, ast.Attribute)):
        yield from _around_program(node, parent, scope)


def _inside_program(node: Any, scope: Scope) -> Iterator[Change]:
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        yield from of_operator(node, scope)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for op in _COMPARISONS.get(type(node.ops[0]), ()):
            yield "inner-comparison", _changed(node, ops=[op()])
    elif isinstance(node, ast.UnaryOp):
        yield "inner-sign", node.operand
    elif isinstance(node, ast.Constant):
        yield from of_number(node)
    elif isinstance(node, ast.Call):
        yield from of_call(node, scope)
    elif isinstance(node, (ast.List, ast.Tuple)):
        yield from _of_entries(node)


def _of_entries(node: Any) -> Iterator[Change]:
    """Two neighbours of a short list exchanged."""
    some = node.elts if len(node.elts) < 5 else []
    for j in range(1, len(some)):
        yield (
            "entry-order",
            _changed(node, elts=[*some[: j - 1], some[j], some[j - 1], *some[j + 1 :]]),
        )


def of_number(node: Any) -> Iterator[Change]:
    """Another number: doubled, halved, one more, with the other sign."""
    value = node.value
    if type(value) not in (int, float):
        return
    few = (2 * value, value / 2, -value, value + 1, value - 1, 0.5, 1, 2, 3, 4, 0)
    for other in dict.fromkeys(few):
        if other != value:
            whole = isinstance(value, int) and other == int(other)
            yield "inner-factor", ast.Constant(int(other) if whole else other)


def of_operator(node: Any, scope: Scope) -> Iterator[Change]:
    """Another operator; terms dropped, operands exchanged, brackets moved."""
    op, program = type(node.op), scope.functions is None
    if op in _SWAPS:
        kind = "inner-sign" if op in (ast.Add, ast.Sub) else "wrong-operator"
        yield kind, _changed(node, op=_SWAPS[op]())
    if program and op in (ast.Mult, ast.MatMult):
        other = ast.Mult if op is ast.MatMult else ast.MatMult
        yield "matrix-product", _changed(node, op=other())
    if not isinstance(node, ast.BinOp):
        return
    left, right = node.left, node.right
    if op in (ast.Sub, ast.Div, ast.MatMult):
        sign = "inner-sign" if program else "inner-sign "
        kind = {ast.Sub: sign, ast.Div: "inverse"}.get(op, "inner-transposed")
        yield kind, binary(right, op, left)
    if op in (ast.Add, ast.Sub) and not program:
        yield "inner-sign", binary(minus(left), op, right)
        yield "wrong-operator", binary(left, ast.Mult, right)
    if op in (ast.Mult, ast.Pow) and not program:
        yield "exponent", binary(left, ast.Pow if op is ast.Mult else ast.Mult, right)
    if op is ast.Pow:
        yield "exponent", left
        yield "exponent", binary(right, op, left)
    else:
        yield "inner-term", left
        yield "inner-term", right
    if op is ast.Sub:
        yield "inner-term", minus(right)
    yield from _regrouped(left, right, op)


def _regrouped(left: Any, right: Any, op: Any) -> Iterator[Change]:
    """(a · b) ∘ c as a · (b ∘ c) and (a ∘ c) · (b ∘ c); a ∘ (b · c) as (a ∘ b) · c."""
    if isinstance(left, ast.BinOp):
        inner = type(left.op)
        moved = binary(left.right, op, right)
        yield "brackets", binary(left.left, inner, moved)
        if inner is ast.Div and op is ast.Mult:
            yield "brackets", binary(left.left, ast.Div, binary(left.right, ast.Mult, right))
        kind = "exponent" if op is ast.Pow or inner in (ast.Add, ast.Sub) else "brackets"
        yield kind, binary(binary(left.left, op, right), inner, copy.deepcopy(moved))
    if isinstance(right, ast.BinOp):
        moved = binary(left, op, right.left)
        yield "brackets", binary(moved, type(right.op), right.right)
        if isinstance(left, ast.BinOp) and op in (ast.Add, ast.Sub):  # a + b − c·d: a + (b − c)·d
            product = binary(binary(left.right, op, right.left), type(right.op), right.right)
            yield "brackets", binary(left.left, type(left.op), product)
        if op is ast.Sub and isinstance(right.op, (ast.Add, ast.Sub)):
            yield "inner-sign", binary(moved, ast.Sub, right.right)


def of_call(node: Any, scope: Scope) -> Iterator[Change]:
    """Another function, an argument alone or first; in programs an axis, the ends of a range."""
    program = scope.functions is None
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    for other in _taken_for(name, scope):
        if isinstance(node.func, ast.Attribute):
            yield "wrong-function", _changed(node, func=_changed(node.func, attr=other))
        elif isinstance(node.func, ast.Name):
            yield "wrong-function", _changed(node, func=name_node(other))
    if program:
        yield from _of_arguments(node, name)
    if len(node.args) == 2:
        kind = "argument-order " if program else "argument-order"
        yield kind, _changed(node, args=node.args[::-1])
    for argument in node.args:
        if not program:
            yield "exponent" if name == "sqrt" else "wrong-function", argument
        elif not isinstance(argument, (ast.Constant, ast.List)):
            yield "wrong-function ", argument  # of one that is too many


def _taken_for(name: str, scope: Scope) -> Iterator[str]:
    """The functions that a function is taken for."""
    for family in _PROGRAM_FAMILIES if scope.functions is None else _FORMULA_FAMILIES:
        if name in family:
            yield from (
                other
                for other in family
                if other != name and (scope.functions is None or other in scope.functions)
            )


def _of_arguments(node: Any, name: str) -> Iterator[Change]:
    """Another axis, or none; a range with other ends."""
    if node.keywords:
        yield "wrong-axis", _changed(node, keywords=[])
    elif name in ("sum", "mean", "norm", "max", "min"):
        for axis in (0, 1):
            yield "wrong-axis", _changed(node, keywords=[ast.keyword("axis", ast.Constant(axis))])
    if name == "range" and len(node.args) < 3:
        *start, end = node.args
        less, more = (binary(end, op, ast.Constant(1)) for op in (ast.Sub, ast.Add))
        one = [[ast.Constant(1), more], [more], [ast.Constant(1), end]]
        for ends in [[more], [less]] if start else one:
            yield "off-by-one", _changed(node, args=[*start, *ends])


def _around_program(node: Any, parent: Any, scope: Scope) -> Iterator[Change]:
    """A factor, a sign, a power, a transpose that is missing around a value."""
    yield "inner-sign ", minus(node)  # after what says where more clearly
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield "inner-transposed", node.value
    else:
        yield "inner-transposed ", ast.Attribute(node, "T", ast.Load())
    if getattr(getattr(parent, "func", None), "attr", "") != "log":  # where it is a factor
        yield from (("exponent", binary(node, ast.Pow, ast.Constant(p))) for p in (2, 0.5))
    yield "missing-inner-term", binary(node, ast.Add, ast.Constant(1))
    yield "wrong-function", call_node(name_node("abs"), node)
    positive = ast.Compare(node, [ast.Gt()], [ast.Constant(0)])
    yield "missing-activation", binary(node, ast.Mult, positive)
    factors: list[ast.expr] = [ast.Constant(2), ast.Constant(math.pi)]
    for name in scope.arrays:
        length = call_node(name_node("len"), name_node(name))
        factors += [length, binary(length, ast.Pow, ast.Constant(0.5))]
    for factor in factors:
        yield "inner-factor ", binary(node, ast.Mult, factor)
        yield "inner-factor ", binary(node, ast.Div, factor)
    if isinstance(node, (ast.Subscript, ast.Attribute)):
        yield from (("wrong-variable-inside", name_node(name)) for name in scope.names)
    for name in scope.names:
        turned = ast.Attribute(name_node(name), "T", ast.Load())
        yield "inner-factor  ", binary(node, ast.Mult, name_node(name))
        yield "inner-factor  ", binary(turned, ast.MatMult, node)
        yield "inner-factor  ", binary(name_node(name), ast.MatMult, node)
        yield "inner-factor  ", binary(node, ast.Div, name_node(name))
        yield "missing-inner-term", binary(node, ast.Add, name_node(name))
        yield "missing-inner-term", binary(node, ast.Sub, name_node(name))


def _orders(body: list[Any]) -> Iterator[tuple[str, Any, list[Any]]]:
    """Statements in another order: two exchanged; into a loop, or behind it."""
    found = []
    for i in range(len(body) - 1):
        if not isinstance(body[i], ast.Expr):
            found.append([*body[:i], body[i + 1], body[i], *body[i + 2 :]])
    for i, statement in enumerate(body):
        if isinstance(statement, (ast.For, ast.While)):
            if len(statement.body) > 1:
                last = statement.body[-1]
                shorter = _changed(statement, body=statement.body[:-1])
                new = [*body[:i], shorter, last, *body[i + 1 :]]
                if isinstance(last, ast.Return):
                    yield "return-in-loop", last, new[: i + 2]
                found.append(new)
            for j in range(i):
                longer = _changed(statement, body=[*body[j:i], *statement.body])
                found.append([*body[:j], longer, *body[i + 1 :]])
    for new in found:  # what comes after a return is never run
        if not any(isinstance(statement, ast.Return) for statement in new[:-1]):
            first = next(a for a, b in zip(body, new) if a is not b)  # noqa: B905
            yield "statement-order", first, new


def _changed(node: Any, **fields: Any) -> Any:
    """A copy of a node with other fields."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def binary(left: Any, op: Any, right: Any) -> ast.expr:
    """An operation."""
    return ast.BinOp(left, op(), right)


def minus(node: Any) -> ast.expr:
    """The opposite."""
    return ast.UnaryOp(ast.USub(), node)


def name_node(name: str) -> ast.expr:
    """A name, as a value."""
    return ast.Name("lambda_" if name == "lambda" else name, ast.Load())


def call_node(function: ast.expr, *arguments: ast.expr) -> ast.expr:
    """A call."""
    return ast.Call(function, list(arguments), [])
