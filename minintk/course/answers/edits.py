"""One edit away: every syntax tree that differs by one slip, of a formula or of a program.

Edit             one change of one field of a tree, made and taken back
formula_edits    those of a formula, the likeliest first
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

__all__ = ["Edit", "formula_edits", "program_edits"]

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
)
_COMPARISONS: dict[type, tuple[type, ...]] = {
    **{ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.LtE)},
    **{ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE)},
}
_SWAPS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
_GATES = frozenset({"kappa0", "kappa1", "step", "relu", "sin", "cos"})
# A kind with a space after it is tried later than without: it says the same less clearly.
ORDER = (
    *("overwritten", "inner-comparison", "inner-sign", "inner-sign ", "inner-transposed"),
    *("matrix-product", "wrong-axis", "inner-factor", "argument-order", "wrong-function"),
    *("off-by-one", "statement-order", "exponent", "brackets", "wrong-operator"),
    *("wrong-variable-inside", "inner-term", "missing-inner-term", "inner-factor "),
    *("inner-factor  ", "argument-order ", "missing-activation"),
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
    for parent, field, value, child in _places(root):
        size = sum(1 for _ in ast.walk(child))
        leaf = isinstance(child, (ast.Name, ast.Constant)) and parent is not root
        exponent = field == "right" and isinstance(getattr(parent, "op", None), ast.Pow)
        for kind, new in _of_formula(child, scope):
            name = "exponent" if exponent and kind == "inner-factor" else kind
            found.append((ORDER.index(name), size, name, parent if leaf else child))
            found[-1] += ((parent, field, _replaced(value, child, new)),)  # type: ignore[assignment]
    found.sort(key=lambda entry: entry[:2])
    for _, _, kind, shown, change in found:  # type: ignore[misc]
        yield Edit(kind.strip(), shown, *change)


def program_edits(function: ast.FunctionDef, arrays: Iterable[str]) -> list[Edit]:
    """Every edit of a function, the likeliest kinds first; `arrays` are names of parameters.

    >>> tree = ast.parse("def f(x):\\n    return x.sum(axis=0)").body[0]
    >>> [edit.kind for edit in program_edits(tree, ["x"])][:2]
    ['inner-sign', 'inner-sign']
    """
    names = [argument.arg for argument in function.args.args]
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id not in names:
            names.append(node.id)
    scope = Scope(tuple(names[:12]), None, tuple(n for n in names if n in set(arrays)))
    found = []
    for parent, field, value, child in _places(function):
        if field == "func" or isinstance(parent, ast.arguments):
            continue
        for kind, new in _of_program(child, parent, scope):
            found.append(Edit(kind, child, parent, field, _replaced(value, child, new)))
    for parent in ast.walk(function):
        body = getattr(parent, "body", None)
        if isinstance(body, list):
            found += [Edit("statement-order", s, parent, "body", b) for s, b in _orders(body)]
    return sorted(found, key=lambda edit: ORDER.index(edit.kind))


def _places(root: Any) -> Iterator[tuple[Any, str, Any, Any]]:
    """Every part of a tree: its parent, the field, the field's value, and the part itself."""
    for parent in ast.walk(root):
        for field, value in ast.iter_fields(parent):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, (ast.expr, ast.stmt)) and (
                    field != "func" or isinstance(root, ast.FunctionDef)
                ):
                    yield parent, field, value, child


def _replaced(value: Any, child: Any, new: Any) -> Any:
    return [new if v is child else v for v in value] if isinstance(value, list) else new


def _of_formula(node: Any, scope: Scope) -> Iterator[Change]:
    assert scope.functions is not None
    if isinstance(node, ast.BinOp):
        yield from _of_operator(node, scope)
    elif isinstance(node, ast.Call):
        yield from _of_call(node, scope)
    elif isinstance(node, ast.Name):
        for other in (*scope.names, "pi"):
            if other != node.id.rstrip("_"):
                yield "wrong-variable-inside", _name(other)
        if node.id != "pi":
            yield "missing-inner-term", _binary(_name("pi"), ast.Sub, node)
    elif isinstance(node, ast.Constant):
        yield from _of_number(node)
        yield "inner-factor", _name("pi")
    elif isinstance(node, ast.UnaryOp):
        yield "inner-sign", node.operand
    elif isinstance(node, ast.Compare):
        yield "inner-sign", _binary(_number(1), ast.Sub, node)
    yield from _around_formula(node, scope)


def _of_program(node: Any, parent: Any, scope: Scope) -> Iterator[Change]:
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        yield from _of_operator(node, scope)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for op in _COMPARISONS.get(type(node.ops[0]), ()):
            yield "inner-comparison", _changed(node, ops=[op()])
    elif isinstance(node, ast.UnaryOp):
        yield "inner-sign", node.operand
    elif isinstance(node, ast.Constant):
        yield from _of_number(node)
    elif isinstance(node, ast.Call):
        yield from _of_call(node, scope)
    loaded = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
    if loaded and isinstance(node, ast.Name):
        yield from (("wrong-variable-inside", _name(n)) for n in scope.names if n != node.id)
        if isinstance(parent, ast.Assign):
            yield "overwritten", _call(ast.Attribute(node, "copy", ast.Load()))
    if loaded and isinstance(node, (ast.BinOp, ast.Call, ast.Name, ast.Subscript, ast.Attribute)):
        yield from _around_program(node, scope)


def _of_number(node: Any) -> Iterator[Change]:
    """Another number: doubled, halved, one more, with the other sign."""
    value = node.value
    if type(value) not in (int, float):
        return
    few = (2 * value, value / 2, -value, value + 1, value - 1, 0.5, 1, 2, 3, 4, 0)
    for other in dict.fromkeys(few):
        if other != value:
            whole = isinstance(value, int) and other == int(other)
            yield "inner-factor", _number(int(other) if whole else other)


def _of_operator(node: Any, scope: Scope) -> Iterator[Change]:
    """Another operator; terms dropped, operands exchanged, brackets moved."""
    op, program = type(node.op), scope.functions is None
    if op in _SWAPS:
        kind = "inner-sign" if op in (ast.Add, ast.Sub) else "brackets"
        yield kind, _changed(node, op=_SWAPS[op]())
    if program and op in (ast.Mult, ast.MatMult):
        other = ast.Mult if op is ast.MatMult else ast.MatMult
        yield "matrix-product", _changed(node, op=other())
    if not isinstance(node, ast.BinOp):
        return
    left, right = node.left, node.right
    if op in (ast.Sub, ast.Div, ast.MatMult):
        kind = {ast.Sub: "inner-sign", ast.Div: "brackets"}.get(op, "inner-transposed")
        yield kind, _binary(right, op, left)
    if op in (ast.Add, ast.Sub) and not program:
        yield "inner-sign", _binary(_minus(left), op, right)
        yield "wrong-operator", _binary(left, ast.Mult, right)
    if op in (ast.Mult, ast.Pow) and not program:
        yield "exponent", _binary(left, ast.Pow if op is ast.Mult else ast.Mult, right)
    if op is ast.Pow:
        yield "exponent", left
    else:
        yield "inner-term", left
        yield "inner-term", right
    if op is ast.Sub:
        yield "inner-term", _minus(right)
    yield from _regrouped(left, right, op)


def _regrouped(left: Any, right: Any, op: Any) -> Iterator[Change]:
    """(a · b) ∘ c as a · (b ∘ c) and (a ∘ c) · (b ∘ c); a ∘ (b · c) as (a ∘ b) · c."""
    if isinstance(left, ast.BinOp):
        inner = type(left.op)
        moved = _binary(left.right, op, right)
        yield "brackets", _binary(left.left, inner, moved)
        if inner is ast.Div and op is ast.Mult:
            yield "brackets", _binary(left.left, ast.Div, _binary(left.right, ast.Mult, right))
        kind = "exponent" if op is ast.Pow or inner in (ast.Add, ast.Sub) else "brackets"
        yield kind, _binary(_binary(left.left, op, right), inner, copy.deepcopy(moved))
    if isinstance(right, ast.BinOp):
        moved = _binary(left, op, right.left)
        yield "brackets", _binary(moved, type(right.op), right.right)
        if op is ast.Sub and isinstance(right.op, (ast.Add, ast.Sub)):
            yield "inner-sign", _binary(moved, ast.Sub, right.right)


def _of_call(node: Any, scope: Scope) -> Iterator[Change]:
    """Another function, an argument alone or first; in programs an axis, the ends of a range."""
    program = scope.functions is None
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    for other in _taken_for(name, scope):
        if isinstance(node.func, ast.Attribute):
            yield "wrong-function", _changed(node, func=_changed(node.func, attr=other))
        elif not program:
            yield "wrong-function", _changed(node, func=_name(other))
    if program:
        yield from _of_arguments(node, name)
    if len(node.args) == 2:
        kind = "argument-order " if program else "argument-order"
        yield kind, _changed(node, args=node.args[::-1])
    for argument in node.args:
        if not (program and isinstance(argument, (ast.Constant, ast.List))):
            yield "exponent" if name == "sqrt" and not program else "wrong-function", argument


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
            yield "wrong-axis", _changed(node, keywords=[ast.keyword("axis", _number(axis))])
    if name == "range" and len(node.args) == 1:
        end, more = node.args[0], _binary(node.args[0], ast.Add, _number(1))
        for arguments in ([_number(1), more], [more], [_number(1), end]):
            yield "off-by-one", _changed(node, args=arguments)


def _around_formula(node: Any, scope: Scope) -> Iterator[Change]:
    """A sign, a factor, a power, a term that is missing around a part of a formula."""
    assert scope.functions is not None
    for function in sorted(scope.functions & _GATES) if len(scope.names) <= 4 else ():
        for name in scope.names:
            yield "inner-factor ", _binary(node, ast.Mult, _call(_name(function), _name(name)))
    for name in scope.names:
        yield "missing-inner-term", _binary(node, ast.Add, _name(name))
        yield "missing-inner-term", _binary(node, ast.Sub, _name(name))
    if isinstance(node, ast.Constant):
        return
    yield "inner-sign ", _minus(node)  # after a + for a −, which says where more clearly
    for factor in (_number(2), _name("pi"), *map(_name, scope.names)):
        same = isinstance(node, ast.Name) and isinstance(factor, ast.Name) and node.id == factor.id
        late = isinstance(factor, ast.Name) and factor.id != "pi"  # a number is likelier
        kind = "inner-factor " if late else "inner-factor"
        yield "exponent" if same else kind, _binary(node, ast.Mult, factor)
        yield kind, _binary(node, ast.Div, factor)
    for power in (2, 3, 0.5):
        yield "exponent", _binary(node, ast.Pow, _number(power))
    yield "missing-inner-term", _binary(node, ast.Add, _number(1))
    yield "missing-inner-term", _binary(node, ast.Sub, _number(1))
    yield "missing-inner-term", _binary(_number(1), ast.Sub, node)
    yield "wrong-function", _call(_name("abs"), node)
    for function in scope.functions & {"sin", "cos", "exp", "relu", "step", "ln"}:
        if isinstance(node, ast.Name):
            yield "wrong-function", _call(_name(function), node)


def _around_program(node: Any, scope: Scope) -> Iterator[Change]:
    """A factor, a sign, a power, a transpose that is missing around a value."""
    yield "inner-sign", _minus(node)
    was_turned = isinstance(node, ast.Attribute) and node.attr == "T"
    yield "inner-transposed", node.value if was_turned else ast.Attribute(node, "T", ast.Load())
    yield "exponent", _binary(node, ast.Pow, _number(2))
    yield "exponent", _binary(node, ast.Pow, _number(0.5))
    yield "missing-inner-term", _binary(node, ast.Add, _number(1))
    yield "wrong-function", _call(_name("abs"), node)
    positive = ast.Compare(node, [ast.Gt()], [_number(0)])
    yield "missing-activation", _binary(node, ast.Mult, positive)
    factors: list[ast.expr] = [_number(2), _number(math.pi)]
    for name in scope.arrays:
        length = _call(_name("len"), _name(name))
        factors += [length, _binary(length, ast.Pow, _number(0.5))]
    for factor in factors:
        yield "inner-factor ", _binary(node, ast.Mult, factor)
        yield "inner-factor ", _binary(node, ast.Div, factor)
    if isinstance(node, (ast.Subscript, ast.Attribute)):
        yield from (("wrong-variable-inside", _name(name)) for name in scope.names)
    for name in scope.names:
        turned = ast.Attribute(_name(name), "T", ast.Load())
        yield "inner-factor  ", _binary(node, ast.Mult, _name(name))
        yield "inner-factor  ", _binary(turned, ast.MatMult, node)
        yield "inner-factor  ", _binary(_name(name), ast.MatMult, node)
        yield "inner-factor  ", _binary(node, ast.Div, _name(name))
        yield "missing-inner-term", _binary(node, ast.Add, _name(name))
        yield "missing-inner-term", _binary(node, ast.Sub, _name(name))


def _orders(body: list[Any]) -> Iterator[tuple[Any, list[Any]]]:
    """Statements in another order: two exchanged; into a loop, or behind it."""
    found = []
    for i in range(len(body) - 1):
        if not isinstance(body[i], ast.Expr):
            found.append([*body[:i], body[i + 1], body[i], *body[i + 2 :]])
    for i, statement in enumerate(body):
        if isinstance(statement, (ast.For, ast.While)):
            if len(statement.body) > 1:
                shorter = _changed(statement, body=statement.body[:-1])
                found.append([*body[:i], shorter, statement.body[-1], *body[i + 1 :]])
            for j in range(i):
                longer = _changed(statement, body=[*body[j:i], *statement.body])
                found.append([*body[:j], longer, *body[i + 1 :]])
    for new in found:  # what comes after a return is never run
        if not any(isinstance(statement, ast.Return) for statement in new[:-1]):
            yield next(a for a, b in zip(body, new) if a is not b), new  # noqa: B905


def _changed(node: Any, **fields: Any) -> Any:
    """A copy of a node with other fields."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _binary(left: Any, op: Any, right: Any) -> ast.expr:
    return ast.BinOp(left, op(), right)


def _minus(node: Any) -> ast.expr:
    return ast.UnaryOp(ast.USub(), node)


def _number(value: float) -> ast.expr:
    return ast.Constant(value)


def _name(name: str) -> ast.expr:
    return ast.Name("lambda_" if name == "lambda" else name, ast.Load())


def _call(function: ast.expr, *arguments: ast.expr) -> ast.expr:
    return ast.Call(function, list(arguments), [])
