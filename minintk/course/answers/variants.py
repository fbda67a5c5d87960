"""The values of every formula that is one change away, and pairs of changes that lead to a value.

Variants   the changes of a formula, with the values of the formula after each

The values are found from below. A change inside an operand leads to another value of the operand.
All of these go through the operation at once. Pairs of changes meet in the middle. What a part
must be for the whole to be right is found from above, with one change beside or above the part. It
is then looked for among the values of the part with one change inside.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import numpy as np

from ..._require import Array
from .edits import Change
from .nodes import called, made
from .rewritten import changes
from .trees import children, evaluate

_CLOSE = 1e-9
_LEAST = 3  # inputs at which it must be known what a part should be
_MOST = 4000  # pairs of one place: where so many agree, none says anything
Rows = tuple[Array, Array]  # numbers of changes, and the values after each


class Variants:
    """The changes of a formula, the likeliest first, and a row of values for each.

    >>> x = {"x": np.array([1.0, 2.0])}
    >>> found = Variants(ast.parse("1 + x", mode="eval").body, x, ["x"], [])
    >>> found.changes[0].kind, found.values[0].tolist()
    ('inner-sign', [0.0, -1.0])
    >>> {one.kind for one, _ in found.pairs(np.array([3.0, 5.0]))} >= {"inner-factor"}
    True
    """

    def __init__(
        self,
        tree: ast.expr,
        inputs: Mapping[str, Array],
        names: Collection[str],
        functions: Collection[str],
    ) -> None:
        self.tree, self._inputs = tree, inputs
        self._shape = np.broadcast_shapes(*(np.shape(value) for value in inputs.values()))
        self.changes: list[Change] = changes(tree, names, functions)
        self._costs = np.array([change.cost for change in self.changes])
        self._own: dict[int, list[int]] = {}
        for number, change in enumerate(self.changes):
            self._own.setdefault(id(change.node), []).append(number)
        self.vanishing: set[int] = set()  # numbers of changes after which a part of it is 0
        self._known: dict[int, Any] = {}
        self._rows: dict[int, Rows] = {}
        with np.errstate(all="ignore"):
            self._visit(tree)
        numbers, values = self._rows[id(tree)]
        self.values = np.empty_like(values)
        self.values[numbers] = values

    def made(self, *chosen: Change) -> ast.expr:
        """The formula after some changes."""
        tree: ast.expr = made(self.tree, {id(change.node): change.new for change in chosen})
        return tree

    def _visit(self, node: ast.expr) -> None:
        parts, own = list(children(node)), self._own.get(id(node), [])
        for part in parts:
            self._visit(part)
        found = [(np.array(own, dtype=int), np.empty((len(own), *self._shape)))]
        for part in parts:
            numbers, values = self._rows[id(part)]
            through = evaluate(node, self._inputs, {**self._known, id(part): values})
            found.append((numbers, np.broadcast_to(through, values.shape)))
        self._known[id(node)] = evaluate(node, self._inputs, self._known)
        for j, number in enumerate(own):
            found[0][1][j] = evaluate(self.changes[number].new, self._inputs, self._known)
        numbers, values = (np.concatenate(each) for each in zip(*found, strict=True))
        self.vanishing |= set(numbers[(np.abs(values) < 1e-12).all(axis=1)].tolist())
        self._rows[id(node)] = numbers, values

    def pairs(self, target: Array) -> Iterator[tuple[Change, Change]]:
        """Pairs of changes after which the formula has the target's values."""
        with np.errstate(all="ignore"):
            for one, other in self._met(target):
                yield self.changes[one], self.changes[other]

    def _met(self, target: Array) -> Iterator[tuple[int, int]]:
        stack = [(self.tree, np.broadcast_to(target, self._shape))]
        while stack:
            node, need = stack.pop()
            known = np.isfinite(need)
            parts = list(children(node)) if known.sum() >= _LEAST or known.all() else []
            own = np.array(self._own.get(id(node), []), dtype=int)
            for j, part in enumerate(parts):
                inside, power = self._rows[id(part)], isinstance(getattr(node, "op", None), ast.Pow)
                size = np.abs if power and j == 0 else np.positive  # of a base the sign may be lost
                inside = inside[0], size(inside[1])
                if len(own):
                    needs = [self._need(self.changes[n].new, part, need) for n in own]
                    yield from self._equal(inside, (own, size(needs)), known)
                for other in parts[:j] + parts[j + 1 :]:  # both ways: one may not be undone
                    numbers, values = self._rows[id(other)]
                    found = _undone(node, part, need, self._values({id(other): values}))
                    needed = numbers, size(np.broadcast_to(found, values.shape))
                    yield from self._equal(inside, needed, known)
                stack.append((part, self._need(node, part, need)))

    def _equal(self, inside: Rows, needs: Rows, known: Array) -> Iterator[tuple[int, int]]:
        """Numbers of rows that agree, where it is known what is needed."""
        (one, x), (other, y) = (self._distinct(n, v[:, known]) for n, v in (inside, needs))
        weights = np.cos(np.arange(x.shape[1]) + 1.0)
        key, size = x @ weights, 2 * _CLOSE * (np.abs(x) @ np.abs(weights))
        order = np.argsort(y @ weights)
        keys = (y @ weights)[order]
        first = np.searchsorted(keys, key - size)
        last = np.searchsorted(keys, key + size)
        found = 0
        for row in np.flatnonzero(last > first):
            for column in order[first[row] : last[row]]:
                a, b = x[row], y[column]
                found += 1
                if found < _MOST and np.all(abs(a - b) <= _CLOSE * np.maximum(abs(a), abs(b))):
                    yield int(one[row]), int(other[column])

    def _distinct(self, numbers: Array, values: Array) -> Rows:
        """The finite rows, of equal ones that of the likeliest change alone."""
        finite = np.isfinite(values).all(axis=1)
        numbers, values = numbers[finite], values[finite]
        order = np.argsort(self._costs[numbers], kind="stable")
        numbers, values = numbers[order], values[order]
        if len(values):
            digits = 10.0 ** (10 - np.ceil(np.log10(np.maximum(np.abs(values), 1e-300))))
            kept = np.unique(np.round(values * digits) / digits, axis=0, return_index=True)[1]
            kept.sort()
            numbers, values = numbers[kept], values[kept]
        return numbers, values

    def _values(self, changed: Mapping[int, Any]) -> Callable[[ast.expr], Any]:
        return lambda node: evaluate(node, self._inputs, {**self._known, **changed})

    def _need(self, tree: ast.expr, part: ast.expr, need: Array) -> Array:
        """What a part must be for a tree made of it and of others to have the values needed."""
        if (way := _way(tree, part)) is None:
            return np.full(self._shape, np.nan)
        for operand in way:
            found = _undone(tree, operand, need, self._values({}))
            tree, need = operand, np.broadcast_to(found, self._shape)
        return need


def _way(tree: ast.expr, part: ast.expr) -> list[ast.expr] | None:
    """The operands on the way from a tree to a part of it."""
    if tree is part:
        return []
    for operand in children(tree):
        if (rest := _way(operand, part)) is not None:
            return [operand, *rest]
    return None


def _undone(tree: Any, operand: ast.expr, need: Array, value: Callable[[ast.expr], Any]) -> Any:
    """What an operand must be for the tree to have the values needed; nan where none is known."""
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        return -need
    if isinstance(tree, ast.BinOp):
        first = operand is tree.left
        other = value(tree.right if first else tree.left)
        return _UNDONE[type(tree.op)](need, other, first, value(operand))
    if isinstance(tree, ast.Call):
        name = called(tree)
        if name in ("arctan2", "atan2"):
            first = operand is tree.args[0]
            other = value(tree.args[first])
            return other * np.tan(need) if first else other / np.tan(need)
        if name == "abs":
            return need * _sign(value(operand))
        return _INVERSES.get(name, lambda v: np.full(np.shape(v), np.nan))(need)
    return np.full(np.shape(need), np.nan)


def _of_power(need: Array, other: Any, first: bool, now: Any) -> Any:
    """A base, of the sign that it has now where that is in doubt, or an exponent."""
    if not first:
        return np.log(need) / np.log(other)
    one = np.ndim(other) == 0 or np.ptp(other, axis=-1, keepdims=True) == 0  # of all inputs
    signs = np.where(other % 2 == 1, np.sign(need), _sign(now))
    return np.where(one, signs, np.where(need > 0, 1.0, np.nan)) * np.abs(need) ** (1 / other)


_UNDONE: dict[type, Callable[..., Any]] = {
    ast.Add: lambda need, other, first, now: need - other,
    ast.Sub: lambda need, other, first, now: need + other if first else other - need,
    ast.Mult: lambda need, other, first, now: need / other,
    ast.Div: lambda need, other, first, now: need * other if first else other / need,
    ast.Pow: _of_power,
}


def _sign(value: Any) -> Any:
    return np.where(value < 0, -1.0, 1.0)


_INVERSES: dict[str, Callable[[Array], Any]] = {
    **{"exp": np.log, "log": np.exp, "ln": np.exp, "log10": lambda v: 10**v, "log2": np.exp2},
    **{"sqrt": np.square, "cos": np.arccos, "arccos": np.cos, "acos": np.cos},
    # where a ReLU is 0, its operand is not known
    **dict.fromkeys(("relu", "max"), lambda v: np.where(v > 0, v, np.nan)),
    **{"degrees": np.radians, "radians": np.degrees, "kappa0": lambda v: math.pi * (1 - v)},
}
