"""One edit away: every syntax tree that differs by one slip, of a formula or of a program.

Change           one node of a tree for another
program_changes  those of a function: also a transpose, an axis, the order of lines, a loop

Only the place of an edit is ever told. This file stands alone: the process in which a student's
program runs loads it without the package.
"""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from .nodes import Kinds, around, called, changed, filled, made, name_node, of_squares, placed

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
    *(("relu", "relu_derivative"), ("kappa0", "kappa1"), ("max", "maximum"), ("min", "minimum")),
)
_COMPARISONS: dict[type, tuple[type, ...]] = {
    **{ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.LtE)},
    **{ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE)},
}
# What may stand in the place of a ∘ b: in formulas, and in programs.
_TERMS = ("inner-term", "a; b")
_IN_FORMULAS: dict[str, Any] = {
    "+": (("inner-sign", "a - b; -a + b"), ("wrong-operator", "a * b"), _TERMS),
    "-": (
        *(("inner-sign", "a + b; -a - b"), ("inner-sign ", "b - a"), ("wrong-operator", "a * b")),
        *(_TERMS, ("inner-term", "-b")),
    ),
    "*": (("wrong-operator", "a / b"), ("exponent", "a ** b"), _TERMS),
    "/": (("wrong-operator", "a * b"), ("inverse", "b / a"), _TERMS),
    "**": (("exponent", "a * b; a; b ** a"),),
}
_IN_PROGRAMS: dict[str, Any] = {
    "+": (("inner-sign", "a - b"), _TERMS),
    "-": (("inner-sign", "a + b; b - a"), _TERMS, ("inner-term", "-b")),
    "*": (("wrong-operator", "a / b"), ("matrix-product", "a @ b"), _TERMS),
    "/": (("wrong-operator", "a * b"), ("inverse", "b / a"), _TERMS),
    "//": (("integer-division", "a / b"),),
    "@": (("matrix-product", "a * b"), ("inner-transposed", "b @ a"), _TERMS),
    "**": (("exponent", "a; b ** a"),),
}
_SIGNS = {type(filled(f"a {s} b").op): s for s in ("+", "-", "*", "/", "@", "**", "//")}
# A kind with a space after it is tried later than without: it says the same less clearly.
ORDER = (
    *("return-in-loop", "break-for-continue", "return-for-continue", "not-added-up"),
    *("integer-division", "overwritten", "missing-else", "inner-comparison", "inner-sign"),
    *("inner-sign ", "inner-transposed", "wrong-axis", "inner-transposed ", "matrix-product"),
    *("inner-factor", "argument-order", "entry-order", "wrong-function", "wrong-function "),
    *("half-filled", "off-by-one", "off-by-one ", "line-too-many", "belongs-after-loop"),
    *("belongs-before-loop", "belongs-in-loop", "statement-order", "square-of-sum"),
    *("squares-of-terms", "exponent", "inverse", "inverse-of-sum", "typed-digits", "angle-for-cos"),
    *("brackets", "exponent ", "wrong-operator", "inner-term", "wrong-variable-inside"),
    *("inner-factor   ", "missing-inner-term", "supplement", "inner-factor ", "inner-factor  "),
    *("argument-order ", "missing-activation"),
)
_OF_NUMBERS = {"inner-sign", "inner-sign ", "inner-factor", "inner-term", "missing-inner-term"}


class Scope(NamedTuple):
    """What an edit may use: names, the functions of a formula (None: a program), its arrays."""

    names: tuple[str, ...]
    functions: frozenset[str] | None = None
    arrays: tuple[str, ...] = ()


class Change(NamedTuple):
    """One node of a tree for another; `shown` is what the student is told of.

    cost   how much it takes to believe in it, about 1; 2 where it tells what is done at all
    """

    kind: str
    shown: Any
    node: Any
    new: Any
    cost: float = 1.0


def program_changes(function: ast.FunctionDef, arrays: Iterable[str]) -> list[Change]:
    """Every change of a function, the likeliest kinds first; `arrays` are names of parameters."""
    every: list[Any] = [*ast.walk(function)]
    stored = (n.id for n in every if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    names = list(dict.fromkeys([*(a.arg for a in function.args.args), *stored]))
    scope = Scope(tuple(names[:12]), None, tuple(n for n in names if n in set(arrays)))
    ranges = (arg for n in every if called(n) == "range" for arg in n.args[:2])
    ends = {id(node) for end in ranges for node in ast.walk(end)}
    # what tells which lines are run, or which entries are set: always so, it may explain much
    steer = [n.test for n in every if hasattr(n, "test")]
    steer += [s for n in every if isinstance(n, ast.Compare) for s in (n.left, *n.comparators)]
    steer += [n.slice for n in every if isinstance(n, ast.Subscript) and type(n.ctx) is ast.Store]
    steering = {id(node) for part in steer for node in ast.walk(part)}
    changes = []
    inside = (p for p in places(function) if not isinstance(p[0], ast.arguments))
    for parent, _, node in inside:
        for kind, new in _of_program(node, parent, scope):
            kind = "off-by-one " if kind in _OF_NUMBERS and id(node) in ends else kind
            changes.append(Change(kind, node, node, new, 1.0 + (id(node) in steering)))
    if of_whole := [n for n in every if isinstance(getattr(n, "op", None), ast.FloorDiv)]:
        new = made(function, {id(n): changed(n, op=ast.Div()) for n in of_whole})
        changes.append(Change("integer-division", of_whole[0], function, new))
    bodies = ((parent, parent.body) for parent in every if hasattr(parent, "body"))
    changes += [
        Change(kind, shown, parent, changed(parent, body=new))
        for parent, body in bodies
        for j in range(len(body) if isinstance(body, list) else 0)
        for kind, shown, new in _orders(body, j)  # what comes after a return is never run
        if not any(isinstance(statement, ast.Return) for statement in new[:-1])
    ]
    return sorted(changes, key=lambda change: ORDER.index(change.kind))


def places(root: Any) -> Iterator[tuple[Any, str, Any]]:
    """Every part of a tree but functions that are called: its parent, the field, and the part."""
    for parent in ast.walk(root):
        for field, value in ast.iter_fields(parent):
            for node in value if isinstance(value, list) else [value]:
                if isinstance(node, (ast.expr, ast.stmt)) and field != "func":
                    yield parent, field, node


def _of_program(node: Any, parent: Any, scope: Scope) -> Kinds:
    power = isinstance(getattr(parent, "op", None), ast.Pow) and node is parent.right
    writes = called(node) == "fill_diagonal"  # no other function does anything there
    for kind, new in _inside_program(node, scope) if not writes else ():
        of_power = power and kind == "inner-factor"  # x^-2 comes after brackets behind a /
        yield ("exponent " if new.value < 0 else "exponent") if of_power else kind, new
    yield from _of_statement(node)
    loaded = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
    if loaded and isinstance(node, ast.Name):
        yield from (("wrong-variable-inside", name_node(n)) for n in scope.names if n != node.id)
        if isinstance(parent, ast.Assign):
            yield "overwritten", filled("x.copy()", x=node)
    # what is written into, and not a copy of it, which takes the statement away
    written = isinstance(getattr(parent, "ctx", None), ast.Store)
    written |= called(parent) == "fill_diagonal" and node is parent.args[0]
    values = ast.BinOp, ast.Call, ast.Name, ast.Subscript, ast.Attribute
    if loaded and not written and isinstance(node, values):
        yield from _around_program(node, parent, scope)


def _inside_program(node: Any, scope: Scope) -> Kinds:
    yield from of_squares(node)
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        yield from of_operator(node, scope)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for op in _COMPARISONS.get(type(node.ops[0]), ()):
            yield "inner-comparison", changed(node, ops=[op()])
        for name in scope.names:  # of 1 or 0 that are multiplied
            yield "inner-factor  ", filled("x * n", x=node, n=name_node(name))
    elif isinstance(node, ast.UnaryOp):
        yield "inner-sign", node.operand
    elif isinstance(node, ast.Constant):
        yield from of_number(node)
        yield from (("inner-factor   ", name_node(name)) for name in scope.names)
    elif isinstance(node, ast.Call):
        yield from of_call(node, scope)
    elif isinstance(node, (ast.List, ast.Tuple)) and len(node.elts) < 5:
        for j in range(1, len(some := node.elts)):
            entries = [*some[: j - 1], some[j], some[j - 1], *some[j + 1 :]]
            yield "entry-order", changed(node, elts=entries)


def _of_statement(node: Any) -> Kinds:
    """The other way to end a round of a loop; what is added up; a symmetric entry set twice."""
    if isinstance(node, (ast.Break, ast.Continue, ast.Return)):  # outside of a loop: no program
        kind = f"{'return' if isinstance(node, ast.Return) else 'break'}-for-continue"
        others = (other for other in (ast.Continue, ast.Break) if not isinstance(node, other))
        yield from ((kind, placed(other())) for other in others)
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    if isinstance(target, (ast.Name, ast.Subscript)) and not isinstance(node.value, ast.Constant):
        yield "not-added-up", placed(ast.AugAssign(target, ast.Add(), node.value))
    if isinstance(index := getattr(target, "slice", None), ast.Tuple) and len(index.elts) == 2:
        turned = changed(target, slice=changed(index, elts=index.elts[::-1]))
        yield "half-filled", changed(node, targets=[*node.targets, turned])


def of_number(node: Any) -> Kinds:
    """Another number: doubled, halved, one more, with the other sign."""
    value = node.value
    if type(value) not in (int, float):
        return
    few = (2 * value, value / 2, -value, value + 1, value - 1, 0.5, 1, 2, 3, 4, 0)
    for other in dict.fromkeys(few):
        if other != value:
            whole = isinstance(value, int) and other == int(other)
            yield "inner-factor", placed(ast.Constant(int(other) if whole else other))


def of_operator(node: Any, scope: Scope) -> Kinds:
    """Another operator; terms dropped, operands exchanged; in programs brackets moved."""
    sign, program = _SIGNS.get(type(node.op), ""), scope.functions is None
    table = (_IN_PROGRAMS if program else _IN_FORMULAS).get(sign, ())
    if isinstance(node, ast.BinOp):
        yield from around(table, a=node.left, b=node.right)
        if program:  # of a formula other brackets are tried as text
            yield from _regrouped(node.left, sign, node.right)
    else:
        for kind, new in around(table, a=node.target, b=node.value):
            if getattr(new, "left", None) is node.target:  # a += b for a -= b
                yield kind, changed(node, op=new.op)


def _regrouped(left: Any, sign: str, right: Any) -> Kinds:
    """Brackets moved: (a · b) ∘ c as a · (b ∘ c), a ∘ (b · c) as (a ∘ b) · c, and others."""
    first = _SIGNS.get(type(left.op), "") if isinstance(left, ast.BinOp) else ""
    second = _SIGNS.get(type(right.op), "") if isinstance(right, ast.BinOp) else ""
    if sign and first:
        a, b = left.left, left.right
        yield "brackets", filled(f"a {first} (b {sign} c)", a=a, b=b, c=right)
    if sign and second:
        b, c = right.left, right.right
        yield "brackets", filled(f"(a {sign} b) {second} c", a=left, b=b, c=c)
        if first and sign in "+-":  # a + b − c·d: a + (b − c)·d
            moved = f"a {first} ((b {sign} c) {second} d)"
            yield "brackets", filled(moved, a=left.left, b=left.right, c=b, d=c)
        if sign == "-" and second in "+-":
            yield "inner-sign", filled("a - b - c", a=left, b=b, c=c)


def of_call(node: Any, scope: Scope) -> Kinds:
    """Another function, an argument alone or first; in programs an axis, the ends of a range."""
    program = scope.functions is None
    name = called(node)
    families = _PROGRAM_FAMILIES if program else _FORMULA_FAMILIES
    for other in itertools.chain(*(family for family in families if name in family)):
        if other in (name, "tan") or not (program or other in (scope.functions or ())):
            continue  # no right value of the course has a tangent
        if isinstance(node.func, ast.Attribute):
            yield "wrong-function", changed(node, func=changed(node.func, attr=other))
        elif isinstance(node.func, ast.Name):
            yield "wrong-function", changed(node, func=name_node(other))
    if program:
        yield from _of_arguments(node, name)
    if len(node.args) == 2:
        kind = "argument-order " if program else "argument-order"
        yield kind, changed(node, args=node.args[::-1])
    for argument in node.args:
        if not program:
            yield "exponent" if name == "sqrt" else "wrong-function", argument
        elif not isinstance(argument, (ast.Constant, ast.List)):
            yield "wrong-function ", argument  # of one that is too many


def _of_arguments(node: Any, name: str) -> Kinds:
    """Another axis, or none; a range with other ends."""
    if name in ("astype", "round", "clip"):  # of a value
        yield "wrong-function ", getattr(node.func, "value", node)
    if given := [keyword.arg for keyword in node.keywords]:
        yield "wrong-axis", changed(node, keywords=[])
    if name in ("sum", "mean", "norm", "max", "min") and given[:1] in ([], ["axis"]):
        for axis in (0, 1):
            along = placed(ast.keyword("axis", placed(ast.Constant(axis))))
            yield "wrong-axis", changed(node, keywords=[along, *node.keywords[1:]])
    if name == "range" and len(node.args) < 3:
        ends = "range(a, b + 1); range(a, b - 1)"
        one = "range(1, b + 1); range(b + 1); range(1, b)"
        ranges = (("off-by-one", one if len(node.args) == 1 else ends),)
        yield from around(ranges, a=node.args[0], b=node.args[-1])


# What may be missing around a value x of a program; n is each of its arrays, or of its names.
_AROUND = (
    ("inner-sign ", "-x"),  # after what says where more clearly
    ("missing-inner-term", "x + 1"),
    ("wrong-function", "abs(x)"),
    ("missing-activation", "x * (x > 0)"),
    ("inner-factor ", f"x * 2; x / 2; x * {math.pi}; x / {math.pi}"),
)
_AROUND_ARRAY = (("inner-factor ", "x*len(n); x/len(n); x*len(n)**0.5; x/len(n)**0.5"),)
_AROUND_NAME = (
    ("inner-factor  ", "x * n; n.T @ x; n @ x; x / n"),
    ("missing-inner-term", "x + n; x - n"),
)


def _around_program(node: Any, parent: Any, scope: Scope) -> Kinds:
    """A factor, a sign, a power, a transpose that is missing around a value."""
    shape = getattr(getattr(node, "value", None), "attr", "") == "shape"
    size = shape or called(node) in ("len", "bool")
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield "inner-transposed", node.value
    else:
        yield "inner-transposed ", filled("x.T", x=node)
    if called(parent) != "log" and not (size and isinstance(parent, ast.Assign)):  # m = len(a)
        yield from around((("exponent", "x**2; x**0.5"),), x=node)
    unsigned = size or isinstance(parent, ast.Compare)
    unsigned |= called(parent) == "range"  # an empty loop explains nothing
    yield from around(_AROUND[unsigned:], x=node)
    for name in scope.arrays:
        yield from around(_AROUND_ARRAY, x=node, n=name_node(name))
    for name in scope.names:
        if isinstance(node, (ast.Subscript, ast.Attribute)):
            yield "wrong-variable-inside", name_node(name)
        yield from around(_AROUND_NAME, x=node, n=name_node(name))


def _else(body: list[Any], every: bool) -> list[Any]:
    """What follows an if, as its else; `every`: so for each if in what follows."""
    first, *after = body
    chain = getattr(first, "orelse", [])  # of an elif
    if not after or not isinstance(first, ast.If) or (chain and not isinstance(chain[0], ast.If)):
        return body
    rest = [*chain, *after]
    return [changed(first, orelse=_else(rest, every) if every or chain else rest)]


def _orders(body: list[Any], j: int) -> Iterator[tuple[str, Any, list[Any]]]:
    """Statement j, or the next, elsewhere or left out: its kind, what is shown, the new body."""
    before, one, after = body[:j], body[j], body[j + 1 :]
    if isinstance(one, (ast.Assign, ast.AugAssign)) or called(getattr(one, "value", None)):
        yield "line-too-many", one, [*before, *after]
    if after and not isinstance(one, ast.Expr):
        yield "statement-order", one, [*before, after[0], one, *after[1:]]
    if after and isinstance(one, ast.If):
        yield from (("missing-else", one, [*before, *_else(body[j:], n)]) for n in (False, True))
    if not isinstance(one, (ast.For, ast.While)):
        return
    first, *others = one.body
    if others:
        last, shorter = others[-1], changed(one, body=one.body[:-1])
        kind = "return-in-loop" if isinstance(last, ast.Return) else "belongs-after-loop"
        yield kind, last, [*before, shorter, last, *after * (kind != "return-in-loop")]
        yield "belongs-before-loop", first, [*before, first, changed(one, body=others), *after]
    for i in range(j):
        longer = changed(one, body=[*body[i:j], *one.body])
        yield "belongs-in-loop", body[i], [*body[:i], longer, *after]
    if after:
        longer = changed(one, body=[*one.body, after[0]])
        yield "belongs-in-loop", after[0], [*before, longer, *after[1:]]
