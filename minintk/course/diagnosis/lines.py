"""What a line of a derivation is to the line before.

step_finding   the relation of two lines, from their values, their terms and their text
"""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..._require import Array
from ..answers.trees import BINDERS, children, show
from ..questions.question import Confusion
from . import edited, parts, places, ratios
from .finding import Asked, Finding, PartOff, Sample, constant_ratio
from .search import confusions, ranked, search

__all__ = ["step_finding"]

Terms = Sequence[tuple[str, Array]]  # with their values

# Of a line of a derivation: the tests before those of its terms, and after.
_PLAIN = (ratios.named_factor, confusions, places.classes)
_EDITS = ranked((0.0, (edited.one_edit, edited.everywhere_or_brackets)))
_VAGUE = (ratios.any_factor, ratios.constant, parts.parts, ratios.shift, ratios.letter_factors)


def step_finding(
    asked: Asked,
    old: Terms,
    new: Terms,
    known: Sequence[Confusion] = (),
    trees: tuple[ast.expr, ast.expr] | None = None,
) -> Finding:
    """The relation of a line to the line before, which is the right value here.

    `old` and `new` are terms of the two lines with their values at both samples, one after the
    other. A term of a term may be among them. `known` are confusions of the line before, and
    `trees` the two lines.

    >>> from ..questions import Question
    >>> x = {"x": np.arange(1.0, 6.0)}
    >>> sample = Sample((x,), (x["x"] + 1,), (x["x"] - 1,))
    >>> twice = np.tile(x["x"], 2), np.ones(10)
    >>> asked = Asked(Question("step", "x + 1"), sample, sample)
    >>> step_finding(asked, [("x", twice[0]), ("1", twice[1])], []).parts
    (PartOff(name='1', size=-1.0, foreign=False, own='1'),)
    """
    samples: tuple[Sample, ...] = asked.samples
    right = np.concatenate([sample.right[0] for sample in samples])
    given = np.concatenate([sample.given[0] for sample in samples])
    term = _one_term(right, given, old, new)
    turned = term is not None and any(
        name == term.parts[0].name and np.allclose(value, -other, rtol=1e-9, atol=0)
        for name, value in old
        for _, other in new
    )  # both lines have the term: by chance a letter can say as much
    return (
        search(asked, _PLAIN)
        or (term if turned else None)
        or (one_place(*trees) if trees else None)
        or search(asked, (ratios.one_letter_factor,))
        or term
        or search(asked, (*_VAGUE, _EDITS))
        or search(
            replace(asked, question=replace(asked.question, confusions=tuple(known))), (confusions,)
        )
        or Finding("unknown")
    )


def _one_term(right: Array, given: Array, old: Terms, new: Terms) -> Finding | None:
    """Equal but for one term of either line: missing, counted twice, of the other sign."""
    # the terms, the difference of the lines beside the term, the size of the part, whether foreign
    missing, doubled, turned = (
        (old, -1.0, 0.0, False),
        (old, 1.0, 2.0, False),
        (old, -2.0, -1.0, False),
    )
    added, turned_here = (new, 1.0, 1.0, True), (new, 2.0, -1.0, False)
    for terms, by, size, foreign in (missing, doubled, turned, added, turned_here):
        for name, value in terms:
            with np.errstate(all="ignore"):
                ratio = constant_ratio(given - right, value)
            if ratio is not None and math.isclose(ratio, by, rel_tol=1e-7):
                part = PartOff(name, size, foreign, name)
                return Finding(parts.kind_of((part,)), parts=(part,), confirmed=True)
    return None


def one_place(old: ast.expr, new: ast.expr) -> Finding | None:
    """Where two lines differ, if that is one place, inside an integral, a sum or a mean.

    >>> line = ast.parse("2*integral(sin(u)*u, u, 0, pi)", mode="eval").body
    >>> one_place(ast.parse("2*integral(u*cos(u), u, 0, pi)", mode="eval").body, line).place
    "'cos(u)' has become 'sin(u)'"
    """
    inside, alike = False, ast.dump(old) != ast.dump(new)
    while alike:
        ones, others = _without_equal(*_operands(old, new))
        if _is_product_of_means(ones, others):
            return Finding("product-of-means", confirmed=True)
        alike = len(ones) == len(others) == 1 and _head(old) == _head(new)
        if alike:
            inside |= _name(old) in BINDERS
            old, new = ones[0], others[0]
    said = f"'{show(old)}' has become '{show(new)}'"
    return Finding("one-place", place=said, confirmed=True) if inside else None


def _name(node: ast.expr) -> str:
    return node.func.id if isinstance(node, ast.Call) else ""  # type: ignore[attr-defined]


def _head(node: ast.expr) -> str:
    """What a node does with its operands."""
    return f"{type(node)} {_name(node)} {type(getattr(node, 'op', None))}"


def _operands(*nodes: ast.expr) -> list[list[ast.expr]]:
    """The factors of each node where one is a product, else the operands."""
    factors = [_factors(node) for node in nodes]
    is_product = any(len(found) > 1 for found in factors)
    return factors if is_product else [list(children(node)) for node in nodes]


def _factors(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return [*_factors(node.left), *_factors(node.right)]
    return [node]


def _without_equal(
    old: list[ast.expr], new: list[ast.expr]
) -> tuple[list[ast.expr], list[ast.expr]]:
    """Both lists without what is in both."""
    only, left = [], [(ast.dump(node), node) for node in new]
    for node in old:
        same = [entry for entry in left if entry[0] == ast.dump(node)]
        if same:
            left.remove(same[0])
        else:
            only.append(node)
    return only, [node for _, node in left]


def _is_product_of_means(old: list[ast.expr], new: list[ast.expr]) -> bool:
    """Whether the mean of a product has become the product of means."""
    if len(old) != 1 or len(new) < 2 or {_name(node) for node in (*old, *new)} != {"mean"}:
        return False
    whole, single = (
        sorted(ast.dump(f) for node in nodes for f in _factors(node.args[0]))  # type: ignore[attr-defined]
        for nodes in (old, new)
    )
    return whole == single
