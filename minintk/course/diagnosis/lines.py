"""What a line of a derivation is to the line before.

step_finding   the relation of two lines, from their values, their terms and their text
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..._require import Array
from ..answers.nodes import called, made
from ..answers.rewritten import changes
from ..answers.trees import BINDERS, children, show
from ..questions.networks import FOR_OUTPUT, FOR_SLOPE
from ..questions.question import Confusion
from . import edited, parts, places, ratios
from .finding import Asked, Finding, Hypothesis, PartOff, Sample, constant_ratio
from .search import confusions, ranked, search

Terms = Sequence[tuple[str, Array]]  # with their values

# Of a line of a derivation: the tests before those of its terms, and after.
_PLAIN = (edited.parity, ratios.named_factor, confusions, places.classes)
_EDITS = ranked((0.0, (edited.one_edit, edited.everywhere_or_brackets)))  # any line can be made 0
_VAGUE = (ratios.any_factor, ratios.constant, parts.parts, ratios.shift, ratios.letter_factors)


def step_finding(
    asked: Asked,
    old: Terms,
    new: Terms,
    known: Sequence[Confusion] = (),
    trees: tuple[ast.expr, ast.expr] | None = None,
    is_right: Callable[[ast.expr], bool] = lambda tree: False,
) -> Finding:
    """The relation of a line to the line before, which is the right value here.

    `old` and `new` are terms of the two lines with their values at both samples, one after the
    other. A term of a term may be among them. `known` are confusions of the line before, `trees`
    the two lines, and `is_right` tells of another tree whether it has the values of the first.
    """
    samples: tuple[Sample, ...] = asked.samples
    right = np.concatenate([sample.right[0] for sample in samples])
    given = np.concatenate([sample.given[0] for sample in samples])
    plain = search(asked, _PLAIN)
    if plain and plain.kind in ("another-quantity", "wrong-parity"):  # a slip may lead there
        edit = search(asked, (_EDITS,))
        plain = edit if edit and edit.kind in ("inner-sign", "brackets") else plain
    if plain:
        return plain
    term, place = _one_term(right, given, old, new), None
    if trees and not (term and _stands(term.parts[0].name, trees)):
        place = one_place(*trees) or (None if asked.formula else _one_power(trees[1], is_right))
    return (
        place
        or term
        or search(asked, (partial(confusions, known=known), _relu_for_derivative, *_VAGUE))
        or (search(asked, (_EDITS,)) if np.ptp(right) or not np.ptp(given) else None)
        or Finding("unknown")
    )


def _relu_for_derivative(asked: Asked) -> Iterator[Hypothesis]:
    """A factor z, or 1/z, that is no factor of the text, but relu(z) for relu'(z), or reverse."""
    nodes = [*ast.walk(asked.formula.tree)] if asked.formula else []
    names = [getattr(node, "id", "") for node in nodes]
    relus, slopes = names.count("relu"), sum(isinstance(node, ast.Compare) for node in nodes)
    slopes += sum(map(names.count, ("relu_derivative", "step", "heaviside")))
    note, power = (FOR_OUTPUT, -1.0) if slopes else (FOR_SLOPE, 1.0)
    if bool(slopes) != bool(relus) and names.count("z") <= relus + slopes:
        for h in ratios.letter_factors(asked):
            if h.finding.powers == (("z", power),):
                found = Finding("uses-relu-for-derivative", note=note, factor=h.finding.factor)
                yield replace(h, finding=found)


def _one_term(right: Array, given: Array, old: Terms, new: Terms) -> Finding | None:
    """Equal but for one term of either line: missing, counted twice, of the other sign."""
    # the terms, the difference of the lines beside the term, the size of the part: foreign if 1
    added = (new, 1.0, 1.0), (new, 2.0, -1.0)
    for terms, by, size in ((old, -1.0, 0.0), (old, 1.0, 2.0), (old, -2.0, -1.0), *added):
        for name, value in terms if right.any() else ():  # 0 = a² + a² is no a² − a²
            with np.errstate(all="ignore"):
                ratio = constant_ratio(given - right, value)
            if ratio is not None and math.isclose(ratio, by, rel_tol=1e-7):
                part = PartOff(name, size, size == 1, name)
                return Finding(parts.kind_of((part,)), parts=(part,), confirmed=True)
    return None


def _stands(term: str, lines: Sequence[ast.expr]) -> bool:
    """Whether a term is one as it was written: under an integral a product of sums has others."""
    inside = re.search(rf"({'|'.join(BINDERS)})\(.*\)", term)
    return inside is None or any(inside[0] in show(line) for line in lines)


def _one_power(line: ast.expr, is_right: Callable[[ast.expr], bool]) -> Finding | None:
    """One power or sign, without which a line with an integral, a sum or a mean is right."""
    nodes: list[Any] = [*ast.walk(line)]
    letters = {id(n.args[1]) for n in nodes if called(n) in BINDERS and len(n.args) > 1}
    for c in changes(line, {n.id for n in nodes if isinstance(n, ast.Name)}, ()):
        plain = c.kind in ("exponent", "inner-sign") and c.cost < 1.35 and id(c.node) not in letters
        if plain and is_right(made(line, {id(c.node): c.new})):
            return Finding(c.kind, place=show(c.shown), confirmed=True)
    return None


def one_place(old: ast.expr, new: ast.expr) -> Finding | None:
    """Where two lines differ, if that is one place, inside an integral, a sum or a mean."""
    inside, differ = False, [(old, new)]
    while len(differ) == 1:
        old, new = differ[0]
        if _factors(old, True) == _factors(new, True):
            return Finding("product-of-means", confirmed=True)
        alike = _head(old) == _head(new) and len([*children(old)]) == len([*children(new)])
        pairs = zip(children(old), children(new), strict=True) if alike else ()
        differ = [(a, b) for a, b in pairs if ast.dump(a) != ast.dump(b)]
        inside |= len(differ) == 1 and _head(old)[1] in BINDERS
    said = f"'{show(old)}' there, '{show(new)}' here"
    return Finding("one-place", place=said, confirmed=True) if inside else None


def _head(node: Any) -> tuple[str, str]:
    """What a node does with its operands: its operator, or the name of the function."""
    return f"{type(node)} {type(getattr(node, 'op', None))}", called(node)


def _factors(node: Any, of_means: bool) -> list[str]:
    """The factors of a product, in their order by name; those in a mean as if they stood alone."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return sorted(_factors(node.left, of_means) + _factors(node.right, of_means))
    is_mean = of_means and _head(node)[1] == "mean"
    return _factors(node.args[0], False) if is_mean else [ast.dump(node)]
