"""A student's program with changes in it, for as long as a block lasts.

Candidate   a change in one of the student's functions, or in a constant of the file
Program     the functions, called as they are or changed: the outputs, and which are right

Loaded by `child`, in the process of the student's program; like `child` it stands alone.
"""

from __future__ import annotations

import ast
import itertools
import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import numpy as np

from .edits import ORDER, Change
from .nodes import made, name_node, placed

# Slips put one thing in another's place: what adds or drops a piece may be a chance hit.
_PIECES = {"half-filled", "inner-term", "missing-inner-term", "supplement", "inverse-of-sum"}
_PIECES |= {"argument-order", "angle-for-cos", "wrong-operator", "wrong-variable-inside"}
ALONE = {"line-too-many", "missing-else"}  # as likely, if they explain all
SLIPS = {kind for kind in ORDER if kind[-1] != " "} - _PIECES - ALONE | {"inner-sign ", "exponent "}
_CHOICE = "choice {}"  # no name that a program can have


class Candidate(NamedTuple):
    """A change in one of the student's functions, or in a constant of the file."""

    name: str
    statement: ast.FunctionDef | ast.Assign
    change: Change

    @property
    def rank(self) -> float:
        """How unlikely it is: slips as their kinds, and before the last a slope that becomes 0."""
        slope = type(getattr(self.change.node, "value", None)) is float
        likely = self.is_slip or self.change.kind in ALONE
        return ORDER.index(self.change.kind) if likely else len(ORDER) - 1.5 * slope

    @property
    def kind(self) -> str:
        return self.change.kind.strip()

    @property
    def line(self) -> int:
        """The line that is told."""
        return int(getattr(self.change.shown, "lineno", self.statement.lineno))

    @property
    def is_slip(self) -> bool:
        """Whether it puts one thing in another's place; not 0, which takes a factor away."""
        return self.change.kind in SLIPS and getattr(self.change.new, "value", 1) != 0


class Program:
    """The student's functions, with changes for as long as a block lasts."""

    def __init__(self, module: Any, tree: ast.Module, task: dict[str, Any]) -> None:
        self.places = {
            id(child): (node, field, j)
            for node in ast.walk(tree)
            for field, value in ast.iter_fields(node)
            for j, child in enumerate(value if isinstance(value, list) else [value])
        }
        self.names, self.asked, self.cases = module.__dict__, task["function"], task["cases"]
        self.known, self.kinks = task.get("known") or [], task.get("on_kinks") or []
        self.seconds = 0.25
        self.offered: dict[int, list[Any]] = {}
        self.codes: dict[tuple[int, ...], Any] = {}

    def offer(self, changes: Iterable[Candidate]) -> None:
        """What is to be tried: a function is compiled once for all changes at one place."""
        self.offered, self.codes = {}, {}
        for change in (one.change for one in changes):
            self.offered.setdefault(id(change.node), []).append(change.new)

    def above(self, node: Any) -> Iterator[Any]:
        """A node and what it stands in."""
        while node is not None:
            yield node
            node, _, _ = self.places.get(id(node), (None, "", 0))

    def name_of(self, same: Sequence[Candidate]) -> str:
        """The name of the value that all of them change: where it is set, and in a line of use."""
        used = {n.id: one.line for one in same if isinstance(n := one.change.node, ast.Name)}
        for one in same:
            node, _, j = self.places.get(id(one.change.node), (None, "", 0))
            node = self.places[id(node)][0] if isinstance(node, ast.Tuple) else node  # a, b = x, y
            to = getattr(node, "targets", [None])
            names = [getattr(n, "id", "") for n in getattr(to[0], "elts", to)[j : j + 1]]
            if names and {c.line for c in same} == {one.line, used.get(names[0])}:
                return names[0]
        return ""

    @contextmanager
    def changed(self, *changes: Candidate) -> Iterator[None]:
        statements = {change.name: change.statement for change in changes}
        kept = {name: self.names[name] for name in statements}
        try:
            for statement in statements.values():
                exec(self.compiled(statement, changes), self.names)
            yield
        finally:
            self.names.update(kept)

    def compiled(self, statement: ast.stmt, changes: Sequence[Candidate]) -> Any:
        """A changed statement of the file: with what was offered, from what is compiled once."""
        swapped = {one.change.node: one.change.new for one in changes}
        if all(new in self.offered.get(id(node), ()) for node, new in swapped.items()):
            key = (id(statement), *map(id, swapped))
            if key not in self.codes:
                self.codes[key] = self.with_choices(statement, list(swapped))
            if self.codes[key] is not None:
                for j, (node, new) in enumerate(swapped.items()):
                    self.names[_CHOICE.format(j)] = self.offered[id(node)].index(new)
                return self.codes[key]
        for outer, inner in itertools.permutations(swapped, 2):
            if outer in self.above(inner):
                swapped = {outer: made(swapped[outer], {id(inner): swapped[inner]})}
        return self.swapped(statement, swapped)

    def with_choices(self, statement: ast.stmt, nodes: list[Any]) -> Any:
        """A statement in which a number chooses what stands at a node, where one can; else None.

        Compiling takes longer than a call, and dozens of changes have the same place.
        """
        several = itertools.permutations(nodes, 2)
        if not all(map(_is_value, nodes)) or any(a in self.above(b) for a, b in several):
            return None
        with suppress(SyntaxError, TypeError, ValueError):
            chosen = (
                _one_of(self.offered[id(node)], name_node(_CHOICE.format(j)))
                for j, node in enumerate(nodes)
            )
            return self.swapped(statement, dict(zip(nodes, chosen)))  # noqa: B905
        return None

    def swapped(self, statement: ast.stmt, swapped: dict[Any, Any]) -> Any:
        """A statement with other nodes for some; the tree is as it was afterwards."""
        inside = [node for node in swapped if node is not statement]
        try:  # in their places: a copy takes longer than all the rest
            for node in inside:
                self.put(node, swapped[node])
            return compile(ast.Module([swapped.get(statement, statement)], []), "changed", "exec")
        finally:
            for node in inside:
                self.put(node, node)

    def put(self, node: Any, new: Any) -> None:
        """Put another node in the place of one."""
        parent, field, j = self.places[id(node)]
        if isinstance(value := getattr(parent, field), list):
            value[j] = new
        else:
            setattr(parent, field, new)

    def outputs(self, case: int) -> list[Any]:
        """The outputs of one call, none where they are not as many arrays of numbers as asked."""
        arguments, wanted = self.cases[case]
        copies = [np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments]
        signal.setitimer(signal.ITIMER_PROF, self.seconds)
        try:
            result = self.names[self.asked](*copies)
            values = [result] if len(wanted) == 1 else result
            if not isinstance(values, (list, tuple)) or len(values) != len(wanted):
                return []
            arrays = [np.asarray(value) for value in values]
        except BaseException as error:
            if isinstance(error, TimeoutError):  # many changes of one loop never end
                self.seconds = max(self.seconds / 2, 0.01)
            return []
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        return arrays if all(array.dtype.kind in "biuf" for array in arrays) else []

    def right(self, case: int, values: list[Any]) -> list[bool]:
        """Of each output, whether it is right."""
        return [_equal(v, w) for v, w in zip(values, self.cases[case][1])]  # noqa: B905

    def all_right(self, output: int | None = None) -> bool:
        """Whether every call, or one output of every call, is right."""
        every = (self.right(case, self.outputs(case)) for case in range(len(self.cases)))
        return all(good and (all(good) if output is None else good[output]) for good in every)

    def off_on_kinks(self, *changes: Candidate) -> bool:
        """Whether calls where a pre-activation is exactly 0 are wrong, and with slips made good."""
        plain, self.cases = self.cases, self.kinks
        try:
            if not all(change.is_slip for change in changes) or self.all_right():
                return False
            with self.changed(*changes):
                return not self.all_right()
        finally:
            self.cases = plain

    def mistakes(self, values: list[Any]) -> list[int]:
        """The numbers of the known mistakes that the outputs have on the first cases."""
        left = set(range(len(self.known[0]))) if self.known else set()
        for case, rows in enumerate(self.known):
            values = values if case == 0 else self.outputs(case)
            if not left or not self.shaped(case, values):
                return []
            flat = np.concatenate([np.ravel(value) for value in values])
            allowed = 1e-9 * np.abs(rows) + 1e-11 * np.abs(rows).max(axis=1, keepdims=True)
            left &= set(np.flatnonzero((np.abs(rows - flat) <= allowed).all(axis=1)).tolist())
        return sorted(left)

    def shaped(self, case: int, values: list[Any]) -> bool:
        """Whether all outputs have the wanted shapes."""
        wanted = self.cases[case][1]
        return bool(values) and all(v.shape == w.shape for v, w in zip(values, wanted))  # noqa: B905


def _equal(array: Any, target: Any) -> bool:
    if array.shape != target.shape:
        return False
    scale = np.abs(target).max(initial=0.0)
    return bool(np.all(np.abs(array - target) <= 1e-9 * np.abs(target) + 1e-11 * scale))


def _is_value(node: Any) -> bool:
    """Whether a node is an expression that is read."""
    return isinstance(node, ast.expr) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


def _one_of(nodes: list[Any], choice: Any, first: int = 0) -> Any:
    """The expression with the number that a name has at run time."""
    if len(nodes) == 1:
        return nodes[0]
    half = len(nodes) // 2
    below = placed(ast.Compare(choice, [ast.Lt()], [placed(ast.Constant(first + half))]))
    low, high = _one_of(nodes[:half], choice, first), _one_of(nodes[half:], choice, first + half)
    return placed(ast.IfExp(below, low, high))
