"""Formulas with one edit, and the values that they have then.

edited_values   every edit of a student's formula, with its first values
made            the formula after one of them
Parts           the values of the parts of a formula: after an edit few of them are others
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np

from ..._require import Array
from ..answers.edits import Edit
from ..answers.formula import Formula, is_formula
from ..answers.rewritten import everywhere, formula_edits, rebracketed
from ..answers.trees import children, copied, evaluate
from ..questions.question import Inputs
from .finding import Asked

__all__ = ["Parts", "edited_values", "made", "names_of"]

_WORK = 60_000  # parts of formulas evaluated in the search for an edit: about 0.1 s
_FIRST = ("few-digits", "inner-sign", "inner-factor")  # before brackets are moved
Edited = tuple[str, "Edit | None", ast.Expression, Array]


def names_of(asked: Asked) -> list[str]:
    """The letters that a formula may have, and the shorthands made of them."""
    return [letter.name for letter in asked.question.letters] + list(asked.question.shorthands)


def made(edit: Edit | None, tree: ast.Expression) -> ast.expr:
    """The formula with an edit, as a tree of its own.

    >>> tree = ast.parse("2*x", mode="eval")
    >>> ast.unparse(made(Edit("inner-factor", None, tree.body, "left", ast.Constant(3)), tree))
    '3 * x'
    """
    with edit.made() if edit else nullcontext():
        return copied(tree.body)


def edited_values(asked: Asked) -> Iterator[Edited]:
    """Each edit, with the formula that it is made in, and its first values after the edit.

    Several tests ask for them: what was made for one is kept for the next.

    >>> from ..answers.formula import parse_formula
    >>> from ..questions import Question
    >>> from .finding import Sample
    >>> x = {"x": np.array([1.0, 2.0])}
    >>> sample = Sample((x,), (3 * x["x"],), (2 * x["x"],))
    >>> asked = Asked(Question("triple", "3*x"), sample, sample, parse_formula("2*x", ["x"]))
    >>> next(value for kind, *_, value in edited_values(asked) if kind == "wrong-operator")
    array([2., 1.])
    """
    found, more = asked.once(_edits_in_turn)
    for number in itertools.count():
        if number == len(found):
            new = next(more, None)
            if new is None:
                return
            found.append(new)
        yield found[number]


def _edits_in_turn(asked: Asked) -> tuple[list[Edited], Iterator[Edited]]:
    """Those that were made, and the rest."""
    return [], _values_of_edits(asked)


def _values_of_edits(asked: Asked) -> Iterator[Edited]:
    if asked.formula is None:
        return
    formula, inputs = asked.formula, asked.sample.inputs[0]
    few = {name: np.atleast_1d(value)[:8] for name, value in inputs.items()}
    shape, work, parts = asked.sample.right[0][:8].shape, 0, None
    for kind, edit, tree in _edited(asked, formula):
        work += formula.size if edit else 0
        if work > _WORK:
            break
        if edit is None:
            value = evaluate(tree.body, few)
        else:
            parts = parts or Parts.of(tree.body, few)
            with edit.made():
                value = evaluate(tree.body, few, parts.beside(edit))
        yield kind, edit, tree, np.broadcast_to(value, shape)


class Parts(NamedTuple):
    """The values of the parts of a formula, and the parts that each is in, both by `id`."""

    values: dict[int, Any]
    around: dict[int, tuple[int, ...]]

    @classmethod
    def of(cls, tree: ast.expr, inputs: Inputs) -> Parts:
        """Of a formula that stays as it is, but for edits that are made and taken back.

        >>> tree = ast.parse("2*x", mode="eval").body
        >>> [float(value) for value in Parts.of(tree, {"x": np.array(3.0)}).values.values()]
        [2.0, 3.0, 6.0]
        """
        parts = cls({}, {})

        def add(node: ast.expr, around: tuple[int, ...]) -> None:
            parts.around[id(node)] = around = (*around, id(node))
            for child in children(node):
                add(child, around)
            parts.values[id(node)] = evaluate(node, inputs, parts.values)

        add(tree, ())
        return parts

    def beside(self, *edits: Edit) -> dict[int, Any]:
        """The values of those that the edits do not change."""
        changed = {key for edit in edits for key in self.around.get(id(edit.parent), ())}
        return {key: value for key, value in self.values.items() if key not in changed}


def _edited(asked: Asked, formula: Formula) -> Iterator[tuple[str, Edit | None, ast.Expression]]:
    """(kind, the edit to be made, the formula), typed numbers first, exchanges everywhere last."""
    names, functions = names_of(asked), asked.question.functions
    digits, *exchanges = everywhere(formula.tree, functions)
    yield digits[0], None, ast.Expression(digits[1])
    root = ast.Expression(copied(formula.tree))
    brackets = (
        (k, tree) for k, tree in rebracketed(formula.tokens) if is_formula(tree, names, functions)
    )
    for edit in formula_edits(root, names, functions):
        if edit.kind not in _FIRST:
            for kind, tree in brackets:  # once: it is empty then
                yield kind, None, ast.Expression(tree)
        yield edit.kind, edit, root
    for kind, tree in exchanges:
        yield kind, None, ast.Expression(tree)
