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
ORDER = ["inner-sign", "inner-comparison", "transposed", "matrix-product", "wrong-axis"]
ORDER += ["inner-factor", "wrong-function", "off-by-one", "statement-order", "exponent", "brackets"]
ORDER += ["wrong-variable-inside", "inner-term", "other-factor", "missing-factor"]
SECONDS = 6.0
Change = tuple[str, Any]


def changes(node: Any, names: list[str], arrays: list[str]) -> Iterator[Change]:
    """Every slip that this node could be, as the node that mends it."""
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        for kind, op in SWAPS.get(type(node.op), ()):
            yield kind, changed(node, op=op())
    if isinstance(node, ast.BinOp):
        yield from of_operator(node)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for kind, op in SWAPS.get(type(node.ops[0]), ()):
            yield kind, changed(node, ops=[op()])
    elif isinstance(node, ast.UnaryOp):
        yield "inner-sign", node.operand
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        value = node.value
        for other in dict.fromkeys((2 * value, value / 2, -value, value + 1, value - 1, 0, 1, 0.5)):
            if other != value:
                whole = int(other) if isinstance(value, int) and other == int(other) else other
                yield "inner-factor", ast.Constant(whole)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for other_name in names:
            if other_name != node.id:
                yield "wrong-variable-inside", name_of(other_name)
    elif isinstance(node, ast.Call):
        yield from of_call(node)
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield "transposed", node.value
    if isinstance(node, (ast.BinOp, ast.Call, ast.Name, ast.Subscript, ast.Attribute)):
        if isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            yield from of_value(node, names, arrays)


def of_operator(node: ast.BinOp) -> Iterator[Change]:
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


def of_call(node: ast.Call) -> Iterator[Change]:
    """Another function, an argument alone, an axis, the ends of a range."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    for family in FAMILIES:
        for other in family:
            if name in family and other != name and isinstance(node.func, ast.Attribute):
                yield "wrong-function", changed(node, func=changed(node.func, attr=other))
    if name in ("sum", "mean", "norm", "max", "min") and not node.keywords:
        for axis in (0, 1):
            keyword = ast.keyword("axis", ast.Constant(axis))
            yield "wrong-axis", changed(node, keywords=[keyword])
    if node.keywords:
        yield "wrong-axis", changed(node, keywords=[])
    if name == "range" and len(node.args) == 1:
        (end,) = node.args
        more = ast.BinOp(end, ast.Add(), ast.Constant(1))
        for arguments in ([ast.Constant(1), more], [more], [ast.Constant(1), end]):
            yield "off-by-one", changed(node, args=arguments)
    if len(node.args) == 2:
        yield "argument-order", changed(node, args=node.args[::-1])
    for argument in node.args:
        if not isinstance(argument, (ast.Constant, ast.List)):
            yield "wrong-function", argument


def of_value(node: Any, names: list[str], arrays: list[str]) -> Iterator[Change]:
    """A factor, a sign, a power, a transpose that is missing around a value."""
    yield "inner-sign", ast.UnaryOp(ast.USub(), node)
    yield "transposed", ast.Attribute(node, "T", ast.Load())
    yield "exponent", ast.BinOp(node, ast.Pow(), ast.Constant(2))
    yield "exponent", ast.BinOp(node, ast.Pow(), ast.Constant(0.5))
    yield "inner-term", ast.BinOp(node, ast.Add(), ast.Constant(1))
    yield "wrong-function", call("abs", node)
    yield (
        "missing-activation",
        ast.BinOp(node, ast.Mult(), ast.Compare(node, [ast.Gt()], [ast.Constant(0)])),
    )
    for factor in factors(arrays):
        yield "other-factor", ast.BinOp(node, ast.Mult(), factor)
        yield "other-factor", ast.BinOp(node, ast.Div(), factor)
    for name in names:
        yield "missing-factor", ast.BinOp(node, ast.Mult(), name_of(name))
        yield "missing-factor", ast.BinOp(node, ast.Div(), name_of(name))
        yield "inner-term", ast.BinOp(node, ast.Add(), name_of(name))
        yield "inner-term", ast.BinOp(node, ast.Sub(), name_of(name))


def factors(arrays: list[str]) -> Iterator[ast.expr]:
    """2, π, the lengths of the arguments and their roots."""
    yield ast.Constant(2)
    yield ast.Constant(float(np.pi))
    for name in arrays:
        length = call("len", name_of(name))
        yield length
        yield ast.BinOp(length, ast.Pow(), ast.Constant(0.5))


def statement_orders(body: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """Two neighbouring statements exchanged; a return that belongs behind its loop."""
    for i in range(len(body) - 1):
        if not isinstance(body[i], ast.Expr):
            yield [*body[:i], body[i + 1], body[i], *body[i + 2 :]]
    for i, statement in enumerate(body):
        if isinstance(statement, (ast.For, ast.While)) and len(statement.body) > 1:
            last = statement.body[-1]
            shorter = changed(statement, body=statement.body[:-1])
            yield [*body[:i], shorter, last, *body[i + 1 :]]


def changed(node: Any, **fields: Any) -> Any:
    """A copy of a node with other fields."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def name_of(name: str) -> ast.expr:
    """A variable, as a value."""
    return ast.Name(name, ast.Load())


def call(name: str, node: ast.expr) -> ast.expr:
    """A call of a builtin with one argument."""
    return ast.Call(name_of(name), [node], [])


def mutants(function: ast.FunctionDef, arrays: list[str]) -> list[tuple[str, int, ast.FunctionDef]]:
    """(kind, line, changed function), the likeliest kinds first."""
    names = [argument.arg for argument in function.args.args]
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id not in names:
            names.append(node.id)
    own = [a.arg for a in function.args.args if a.arg in arrays]
    found = []
    for parent in ast.walk(function):
        for field, value in ast.iter_fields(parent):
            children = value if isinstance(value, list) else [value]
            for i, child in enumerate(children):
                if not isinstance(child, ast.AST) or isinstance(child, ast.arguments):
                    continue
                if field == "func" and isinstance(child, (ast.Name, ast.Attribute)):
                    continue
                for kind, new in changes(child, names[:12], own):
                    line = getattr(child, "lineno", getattr(parent, "lineno", 0))
                    found.append((kind, line, with_change(function, parent, field, i, new)))
            if field == "body" and isinstance(value, list):
                for body in statement_orders(value):
                    line = next(a.lineno for a, b in zip(value, body) if a is not b)  # noqa: B905
                    found.append(
                        ("statement-order", line, with_change(function, parent, field, None, body))
                    )
    rank = {kind: i for i, kind in enumerate(ORDER)}
    return sorted(found, key=lambda entry: rank.get(entry[0], 99))


def with_change(root: Any, parent: Any, field: str, index: int | None, new: Any) -> Any:
    """A copy of the tree in which one field of one node is another."""
    kept = getattr(parent, field)
    if index is None or not isinstance(kept, list):
        replacement = new
    else:
        replacement = [*kept[:index], new, *kept[index + 1 :]]
    setattr(parent, field, replacement)
    try:
        return copy.deepcopy(root)
    finally:
        setattr(parent, field, kept)


def right(outputs: Any, wanted: list[Any]) -> bool:
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


def stop(*_: Any) -> None:
    """End a changed program that runs too long."""
    raise TimeoutError


def search(job: dict[str, Any], child: Any, module: Any, tree: ast.Module) -> dict[str, Any] | None:
    """The first change with which every call is right."""
    cases = [
        ([child.decode(a) for a in call_["arguments"]], [child.decode(o) for o in call_["right"]])
        for call_ in job["calls"]
    ]
    definitions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    definitions.sort(key=lambda node: node.name != job["function"])
    end = time.monotonic() + SECONDS
    for definition in definitions:
        if definition.name != job["function"] and definition.name not in job_names(tree, job):
            continue
        for kind, line, new in mutants(definition, job["arrays"]):
            if time.monotonic() > end:
                return None
            if passes(new, job["function"], module, cases):
                return {"kind": kind, "line": line}
    return None


def job_names(tree: ast.Module, job: dict[str, Any]) -> set[str]:
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


def passes(new: ast.FunctionDef, asked: str, module: Any, cases: list[Any]) -> bool:
    """Whether the file with one function changed is right on every case."""
    kept = module.__dict__[new.name]
    try:
        body = ast.fix_missing_locations(ast.Module([new], []))
        exec(compile(body, "changed", "exec"), module.__dict__)
        for arguments, wanted in cases:
            signal.setitimer(signal.ITIMER_REAL, 0.25)
            copies = [np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments]
            if not right(module.__dict__[asked](*copies), wanted):
                return False
        return True
    except BaseException:
        return False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        module.__dict__[new.name] = kept


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
    child.set_limits(job["seconds"], job["memory"])
    np.seterr(all="ignore")
    signal.signal(signal.SIGALRM, stop)
    with open(job["file"], encoding="utf-8") as file:
        tree = ast.parse(file.read())
    found = search(job, child, child.load(job["file"]), tree)
    results.write(json.dumps(found))
    results.flush()


if __name__ == "__main__":
    try:
        main()
    finally:
        os._exit(0)
