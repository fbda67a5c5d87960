"""One step between a student's program and a right one: which line is it in?

`python -I program_slips.py RESULTS < job` runs in a process of its own and stands alone, as
`student_process` does, whose loader and limits it uses. It changes one thing at a time in the
student's functions (a sign, a number, a name, a transpose, an axis, the order of two lines) and
writes the first change that makes every given call right: its kind, and the line. The right
program itself is never told.
"""

from __future__ import annotations

import ast
import copy
import importlib.util
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

FAMILIES = (
    *(("sin", "cos"), ("sum", "mean"), ("maximum", "minimum"), ("max", "min"), ("zeros", "ones")),
    *(
        ("log", "log10", "log2"),
        ("ceil", "floor"),
        ("arccos", "arcsin", "arctan"),
        ("inner", "outer"),
    ),
    *(("hstack", "vstack", "column_stack"), ("zeros_like", "ones_like"), ("eigh", "svd")),
    *(("exp", "expm1"), ("cumsum", "sum"), ("dot", "multiply"), ("fft", "ifft")),
)
SWAPS: dict[type, tuple[tuple[str, type], ...]] = {
    ast.Add: (("inner-sign", ast.Sub),),
    ast.Sub: (("inner-sign", ast.Add),),
    ast.Mult: (("matrix-product", ast.MatMult), ("brackets", ast.Div)),
    ast.Div: (("brackets", ast.Mult),),
    ast.MatMult: (("matrix-product", ast.Mult),),
    ast.Gt: (("inner-comparison", ast.GtE), ("inner-comparison", ast.Lt)),
    ast.GtE: (("inner-comparison", ast.Gt), ("inner-comparison", ast.LtE)),
    ast.Lt: (("inner-comparison", ast.LtE), ("inner-comparison", ast.Gt)),
    ast.LtE: (("inner-comparison", ast.Lt), ("inner-comparison", ast.GtE)),
}
ORDER = ["inner-comparison", "inner-sign", "transposed", "matrix-product", "wrong-axis"]
ORDER += ["inner-factor", "wrong-function", "off-by-one", "statement-order", "exponent", "brackets"]
ORDER += ["wrong-variable-inside", "inner-term", "missing-inner-term", "other-factor"]
ORDER += ["missing-factor"]
SECONDS = 2.5  # of processor time
Change = tuple[str, Any]


def _changes(node: Any, names: list[str], arrays: list[str]) -> Iterator[Change]:
    """Every slip that this node could be, as the node that fixes it."""
    kinds = {
        ast.BinOp: _of_operator,
        ast.AugAssign: _of_operator,
        ast.Compare: _of_comparison,
        ast.UnaryOp: lambda n: iter([("inner-sign", n.operand)]),
        ast.Constant: _of_number,
        ast.Call: _of_call,
        ast.Attribute: lambda n: iter([("transposed", n.value)] if n.attr == "T" else []),
    }
    yield from kinds.get(type(node), lambda n: iter([]))(node)
    loaded = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
    if isinstance(node, ast.Name) and loaded:
        for other in names:
            if other != node.id:
                yield "wrong-variable-inside", _name_of(other)
    values = (ast.BinOp, ast.Call, ast.Name, ast.Subscript, ast.Attribute)
    if isinstance(node, values) and loaded:
        yield from _of_value(node, names, arrays)


def _of_comparison(node: ast.Compare) -> Iterator[Change]:
    """Another comparison."""
    if len(node.ops) == 1:
        for kind, op in SWAPS.get(type(node.ops[0]), ()):
            yield kind, _changed(node, ops=[op()])


def _of_number(node: Any) -> Iterator[Change]:
    """Another number: doubled, halved, one more, with the other sign."""
    value = node.value
    if type(value) not in (int, float):
        return
    for other in dict.fromkeys((2 * value, value / 2, -value, value + 1, value - 1, 0, 1, 0.5)):
        if other != value:
            whole = isinstance(value, int) and other == int(other)
            yield "inner-factor", ast.Constant(int(other) if whole else other)


def _of_operator(node: Any) -> Iterator[Change]:
    """Another operator; terms dropped, operands exchanged, brackets moved."""
    for kind, other in SWAPS.get(type(node.op), ()):
        yield kind, _changed(node, op=other())
    if isinstance(node, ast.BinOp):
        yield from _of_operands(node)


def _of_operands(node: ast.BinOp) -> Iterator[Change]:
    """Terms dropped, operands exchanged, brackets moved."""
    op = type(node.op)
    if op in (ast.Sub, ast.Div, ast.MatMult):
        kind = {ast.Sub: "inner-sign", ast.Div: "brackets"}.get(op, "transposed")
        yield kind, ast.BinOp(node.right, op(), node.left)
    if op is ast.Pow:
        yield "exponent", node.left
    else:
        yield "inner-term", node.left
        yield "inner-term", node.right
    if isinstance(node.left, ast.BinOp):
        left = node.left
        moved = ast.BinOp(left.right, op(), node.right)
        yield "brackets", ast.BinOp(left.left, type(left.op)(), moved)
        yield (
            "exponent",
            ast.BinOp(
                ast.BinOp(left.left, op(), node.right), type(left.op)(), copy.deepcopy(moved)
            ),
        )
    if isinstance(node.right, ast.BinOp):
        right = node.right
        moved = ast.BinOp(node.left, op(), right.left)
        yield "brackets", ast.BinOp(moved, type(right.op)(), right.right)


def _of_call(node: ast.Call) -> Iterator[Change]:
    """Another function, an argument alone, an axis, the ends of a range."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if isinstance(node.func, ast.Attribute):
        for other in (other for family in FAMILIES if name in family for other in family):
            yield "wrong-function", _changed(node, func=_changed(node.func, attr=other))
    if node.keywords:
        yield "wrong-axis", _changed(node, keywords=[])
    elif name in ("sum", "mean", "norm", "max", "min"):
        for axis in (0, 1):
            keyword = ast.keyword("axis", ast.Constant(axis))
            yield "wrong-axis", _changed(node, keywords=[keyword])
    if name == "range" and len(node.args) == 1:
        yield from ((kind, _changed(node, args=args)) for kind, args in _of_range(node.args[0]))
    if len(node.args) == 2:
        yield "argument-order", _changed(node, args=node.args[::-1])
    for argument in node.args:
        if not isinstance(argument, (ast.Constant, ast.List)):
            yield "wrong-function", argument


def _of_range(end: ast.expr) -> Iterator[Change]:
    """range(n) as 1 … n, 0 … n and 1 … n − 1."""
    more = ast.BinOp(end, ast.Add(), ast.Constant(1))
    for arguments in ([ast.Constant(1), more], [more], [ast.Constant(1), end]):
        yield "off-by-one", arguments


def _of_value(node: Any, names: list[str], arrays: list[str]) -> Iterator[Change]:
    """A factor, a sign, a power, a transpose that is missing around a value."""
    yield "inner-sign", ast.UnaryOp(ast.USub(), node)
    yield "transposed", ast.Attribute(node, "T", ast.Load())
    yield "exponent", ast.BinOp(node, ast.Pow(), ast.Constant(2))
    yield "exponent", ast.BinOp(node, ast.Pow(), ast.Constant(0.5))
    yield "missing-inner-term", ast.BinOp(node, ast.Add(), ast.Constant(1))
    yield "wrong-function", _call("abs", node)
    yield (
        "missing-activation",
        ast.BinOp(node, ast.Mult(), ast.Compare(node, [ast.Gt()], [ast.Constant(0)])),
    )
    for factor in _factors(arrays):
        yield "other-factor", ast.BinOp(node, ast.Mult(), factor)
        yield "other-factor", ast.BinOp(node, ast.Div(), factor)
    if isinstance(node, (ast.Subscript, ast.Attribute)):
        yield from (("wrong-variable-inside", _name_of(name)) for name in names)
    for name in names:
        yield "missing-factor", ast.BinOp(node, ast.Mult(), _name_of(name))
        turned = ast.Attribute(_name_of(name), "T", ast.Load())
        yield "missing-factor", ast.BinOp(turned, ast.MatMult(), node)
        yield "missing-factor", ast.BinOp(_name_of(name), ast.MatMult(), node)
        yield "missing-factor", ast.BinOp(node, ast.Div(), _name_of(name))
        yield "missing-inner-term", ast.BinOp(node, ast.Add(), _name_of(name))
        yield "missing-inner-term", ast.BinOp(node, ast.Sub(), _name_of(name))


def _factors(arrays: list[str]) -> Iterator[ast.expr]:
    """2, π, the lengths of the arguments and their roots."""
    yield ast.Constant(2)
    yield ast.Constant(float(np.pi))
    for name in arrays:
        length = _call("len", _name_of(name))
        yield length
        yield ast.BinOp(length, ast.Pow(), ast.Constant(0.5))


def _statement_orders(body: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """Two neighbouring statements exchanged; a return that belongs behind its loop."""
    for i in range(len(body) - 1):
        if not isinstance(body[i], ast.Expr):
            yield [*body[:i], body[i + 1], body[i], *body[i + 2 :]]
    for i, statement in enumerate(body):
        if isinstance(statement, (ast.For, ast.While)) and len(statement.body) > 1:
            last = statement.body[-1]
            shorter = _changed(statement, body=statement.body[:-1])
            yield [*body[:i], shorter, last, *body[i + 1 :]]
        if isinstance(statement, (ast.For, ast.While)):
            for j in range(i):  # lines in front of the loop that belong into it
                longer = _changed(statement, body=[*body[j:i], *statement.body])
                yield [*body[:j], longer, *body[i + 1 :]]


def _changed(node: Any, **fields: Any) -> Any:
    """A copy of a node with other fields."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _name_of(name: str) -> ast.expr:
    """A variable, as a value."""
    return ast.Name(name, ast.Load())


def _call(name: str, node: ast.expr) -> ast.expr:
    """A call of a builtin with one argument."""
    return ast.Call(_name_of(name), [node], [])


def _mutants(function: ast.FunctionDef, arrays: list[str]) -> list[tuple[str, int, Any]]:
    """(kind, line, (node, field, value)): changes of one field, the likeliest kinds first."""
    names = [argument.arg for argument in function.args.args]
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id not in names:
            names.append(node.id)
    own = [name for name in names if name in arrays]
    found: list[tuple[str, int, Any]] = []
    for parent in ast.walk(function):
        for field, value in ast.iter_fields(parent):
            if field != "func" and not isinstance(parent, ast.arguments):
                found += _field_changes(parent, field, value, names[:12], own)
    rank = {kind: i for i, kind in enumerate(ORDER)}
    return sorted(found, key=lambda entry: rank.get(entry[0], len(rank)))


def _field_changes(
    parent: Any, field: str, value: Any, names: list[str], arrays: list[str]
) -> Iterator[tuple[str, int, Any]]:
    """The changes of one field of a node: of each child, and of the order of statements."""
    many = isinstance(value, list)
    for i, child in enumerate(value if many else [value]):
        if not isinstance(child, ast.AST):
            continue
        line = getattr(child, "lineno", getattr(parent, "lineno", 0))
        for kind, new in _changes(child, names, arrays):
            replaced = [*value[:i], new, *value[i + 1 :]] if many else new
            yield kind, line, (parent, field, replaced)
    if field == "body" and many:
        for body in _statement_orders(value):
            if any(isinstance(statement, ast.Return) for statement in body[:-1]):
                continue  # what comes after a return is never run
            line = next(a.lineno for a, b in zip(value, body) if a is not b)  # noqa: B905
            yield "statement-order", line, (parent, field, body)


def _all_right(outputs: Any, wanted: list[Any]) -> bool:
    """Whether all outputs have the wanted shapes and values."""
    values = [outputs] if len(wanted) == 1 else outputs
    if not isinstance(values, (list, tuple)) or len(values) != len(wanted):
        return False
    for value, target in zip(values, wanted):  # noqa: B905
        array = np.asarray(value)
        if array.shape != target.shape or array.dtype.kind not in "biuf":
            return False
        scale = np.abs(target).max(initial=0.0)
        if not np.all(np.abs(array - target) <= 1e-9 * np.abs(target) + 1e-11 * scale):
            return False
    return True


def _stop(*_: Any) -> None:
    """End a changed program that runs too long."""
    raise TimeoutError


def _search(
    job: dict[str, Any], child: Any, module: Any, tree: ast.Module
) -> dict[str, Any] | None:
    """The first change with which every call is right."""
    cases = [
        ([child._decode(a) for a in call_["arguments"]], [child._decode(o) for o in call_["right"]])
        for call_ in job["calls"]
    ]
    definitions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    definitions.sort(key=lambda node: node.name != job["function"])
    end = time.process_time() + SECONDS
    for definition in definitions:
        if definition.name != job["function"] and definition.name not in _job_names(tree, job):
            continue
        for kind, line, change in _mutants(definition, job["arrays"]):
            if time.process_time() > end:
                return None
            if _passes(definition, change, job["function"], module, cases):
                return {"kind": kind, "line": line}
    return None


def _job_names(tree: ast.Module, job: dict[str, Any]) -> set[str]:
    """The student's own functions that the asked one may call."""
    uses = {
        node.name: {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    reached, waiting = set(), [job["function"]]
    while waiting:
        name = waiting.pop()
        if name in uses and name not in reached:
            reached.add(name)
            waiting += uses[name]
    return reached


def _passes(
    definition: ast.FunctionDef, change: Any, asked: str, module: Any, cases: list[Any]
) -> bool:
    """Whether the file with one field of one function changed is right on every case."""
    parent, field, value = change
    before, kept = getattr(parent, field), module.__dict__[definition.name]
    setattr(parent, field, value)
    try:
        body = ast.fix_missing_locations(ast.Module([definition], []))
        exec(compile(body, "changed", "exec"), module.__dict__)
        for arguments, wanted in cases:
            signal.setitimer(signal.ITIMER_PROF, 0.25)
            copies = [np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments]
            if not _all_right(module.__dict__[asked](*copies), wanted):
                return False
        return True
    except BaseException:
        return False
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        setattr(parent, field, before)
        module.__dict__[definition.name] = kept


def main() -> None:
    """Carry out the job and write one line."""
    here = os.path.dirname(os.path.abspath(__file__))
    spec: Any = importlib.util.spec_from_file_location(
        "student_process", os.path.join(here, "student_process.py")
    )
    child = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(child)
    job = json.loads(sys.stdin.read())
    results = open(sys.argv[1], "w", encoding="utf-8")  # noqa: SIM115
    sys.stdout = sys.stderr = child.Screen()
    sys.meta_path.insert(0, child.ForbiddenFinder())
    child._set_limits(job["seconds"], job["memory"])
    np.seterr(all="ignore")
    signal.signal(signal.SIGPROF, _stop)  # of processor time: others share the machine
    with open(job["file"], encoding="utf-8") as file:
        tree = ast.parse(file.read())
    found = _search(job, child, child._load(job["file"]), tree)
    results.write(json.dumps(found))
    results.flush()


if __name__ == "__main__":
    try:
        main()
    finally:
        os._exit(0)
