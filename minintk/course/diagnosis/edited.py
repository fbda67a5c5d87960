"""Formulas that one edit makes right, or that are right with another meaning of their letters.

one_edit, misread, …    tests of the search, see its table
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np

from ..._require import Array
from ..answers.edits import Edit
from ..answers.formula import Formula, is_formula
from ..answers.rewritten import everywhere, formula_edits, rebracketed
from ..answers.trees import copied, evaluate, show
from .finding import Asked, Finding, Hypothesis, Sample, close, constant_ratio
from .parts import looks_like_a_slip
from .ratios import name_of_constant

__all__ = ["misread", "one_edit"]

_WORK = 30_000  # parts of formulas evaluated in the search for an edit: below 0.1 s
_FIRST = ("few-digits", "inner-sign", "inner-factor")  # before brackets are moved


def _names(asked: Asked) -> list[str]:
    return [letter.name for letter in asked.question.letters] + list(asked.question.shorthands)


def _becomes_right(finding: Finding, tree: ast.expr, factor: float = 1.0) -> Hypothesis:
    """The student's formula with one edit; it holds where that one is right."""

    def holds(sample: Sample) -> bool:
        return close(factor * evaluate(tree, sample.inputs[0]), sample.right[0], sample)

    return Hypothesis(finding, holds)


def one_edit(asked: Asked) -> Iterator[Hypothesis]:
    """One edit in the student's formula that makes it right, up to a constant."""
    if asked.formula is None:
        return
    sample, formula = asked.sample, asked.formula
    few = {name: np.atleast_1d(value)[:8] for name, value in sample.inputs[0].items()}
    right, work, brackets = sample.right[0][:8], 0, True
    scaled: list[Hypothesis] = []
    for kind, edit, tree in _edited(asked, formula):
        if brackets and kind not in _FIRST:
            brackets = False
            yield from _brackets(asked, formula, few)
        work += formula.size
        if work > _WORK:
            break
        with edit.made() if edit else nullcontext():
            value = np.broadcast_to(evaluate(tree.body, few), right.shape)
            ratio, new = _found(value, right, sample, len(scaled) < 8), tree.body
            new = copied(new) if ratio else new
        place = show(edit.shown) if edit and ratio else ""  # as the student has it
        if ratio == 1.0:
            yield _becomes_right(Finding(kind, place=place), new)
        elif ratio:
            scaled.append(_becomes_right(Finding(kind, place=place, factor=1 / ratio), new, ratio))
    yield from scaled


def _found(value: Array, right: Array, sample: Sample, scaled: bool) -> float | None:
    """1 where the values are right, another known constant where they are so times it."""
    if not np.isfinite(value).all():
        return None
    if close(value, right, sample):
        return 1.0
    ratio = constant_ratio(right, value) if scaled and np.ptp(right) else None
    return ratio if ratio is not None and name_of_constant(ratio) else None


def _edited(asked: Asked, formula: Formula) -> Iterator[tuple[str, Edit | None, ast.Expression]]:
    """(kind, the edit to be made, the formula), typed numbers first, exchanges everywhere last."""
    digits, *exchanges = everywhere(formula.tree, asked.question.functions)
    yield digits[0], None, ast.Expression(digits[1])
    root = ast.Expression(copied(formula.tree))
    for edit in formula_edits(root, _names(asked), asked.question.functions):
        yield edit.kind, edit, root
    for kind, tree in exchanges:
        yield kind, None, ast.Expression(tree)


# How many edits of a kind are tried in pairs: below half a second together.
_LIKELY = {"inner-sign": 20, "inner-factor": 24, "wrong-function": 18, "exponent": 40}
_LIKELY |= {"wrong-variable-inside": 16, "wrong-operator": 6}


def two_edits(asked: Asked) -> Iterator[Hypothesis]:
    """Two edits of the likeliest kinds, at two places of the formula."""
    if asked.formula is None or not asked.formula.variables:
        return
    inputs, right = asked.sample.inputs[0], asked.sample.right[0][:5]
    few = {name: np.atleast_1d(value)[:5] for name, value in inputs.items()}
    root = ast.Expression(copied(asked.formula.tree))
    found = formula_edits(root, _names(asked), asked.question.functions)
    by_kind: dict[str, list[Edit]] = {kind: [] for kind in _LIKELY}
    for edit in found:
        if _is_plain(edit) and len(by_kind.get(edit.kind, ())) < _LIKELY.get(edit.kind, 0):
            by_kind[edit.kind].append(edit)
    likely = list(itertools.chain(*by_kind.values()))
    for one, other in itertools.combinations(likely, 2):
        if one.parent is other.parent and one.field == other.field:
            continue
        with one.made(), other.made():
            value = np.broadcast_to(evaluate(root.body, few), right.shape)
            fits = close(value, right, asked.sample)
            new = copied(root.body) if fits else root.body
        if fits:
            second = Finding(other.kind, place=show(other.shown))
            first = Finding(one.kind, place=show(one.shown), second=second)
            yield _becomes_right(first, new)


def _is_plain(edit: Edit) -> bool:
    """Whether an edit exchanges what is there, and wraps nothing around it."""
    new = edit.value[0] if isinstance(edit.value, list) and edit.value else edit.value
    return {
        "inner-sign": not isinstance(new, ast.UnaryOp),
        "inner-factor": isinstance(new, (ast.Constant, ast.Name)),
        "wrong-function": isinstance(edit.shown, ast.Call),
        "exponent": isinstance(getattr(edit.shown, "op", None), ast.Pow),
    }.get(edit.kind, True)


def one_exact_edit(asked: Asked) -> Iterator[Hypothesis]:
    """An edit inside a part: before a fit on the parts would blame two others."""
    if asked.formula is not None and looks_like_a_slip(asked):
        for h in one_edit(asked):
            if h.finding.factor is None and h.finding.kind != "missing-inner-term":
                yield h


def _brackets(asked: Asked, formula: Formula, few: dict[str, Array]) -> Iterator[Hypothesis]:
    """The same symbols with one pair of brackets more, or one bracket in another place."""
    right = asked.sample.right[0][:8]
    for kind, tree in rebracketed(formula.tokens):
        if is_formula(tree, _names(asked), asked.question.functions):
            value = np.broadcast_to(evaluate(tree, few), right.shape)
            if close(value, right, asked.sample):
                yield _becomes_right(Finding(kind), tree)


_MEANINGS_OF_T: tuple[tuple[str, str, Callable[[Array], Array]], ...] = (
    ("cos-for-angle", "it would be right if t were the cosine of the angle", np.cos),
    ("degrees", "it would be right if t were in degrees", np.degrees),
    (
        "supplement",
        "it would be right if t were the angle from the opposite point",
        lambda t: np.pi - t,
    ),
)


def misread(asked: Asked) -> Iterator[Hypothesis]:
    """The formula is right for another meaning of its letters: cos θ for t, x2 for x1."""
    if asked.formula is None or not asked.formula.variables:
        return
    names = [letter.name for letter in asked.question.letters]
    for kind, note, function in _MEANINGS_OF_T if "t" in names else ():
        yield _with_letters(asked, Finding(kind, note=note), {"t": lambda i, f=function: f(i["t"])})
    for step in (1, -1) if "k" in names else ():
        yield _with_letters(
            asked, Finding("off-by-one-in-k"), {"k": lambda i, step=step: i["k"] + step}
        )
    for one, other in itertools.combinations(names, 2):
        finding = Finding("wrong-variable", note=f"{one} and {other} have changed places")
        yield _with_letters(
            asked, finding, {one: lambda i, x=other: i[x], other: lambda i, x=one: i[x]}
        )


def misread_where_undefined(asked: Asked) -> Iterator[Hypothesis]:
    """A formula that is not defined at ordinary inputs may take its letters for something else."""
    if not np.isfinite(asked.sample.flat(asked.sample.given)).all():
        yield from misread(asked)


def _with_letters(
    asked: Asked, finding: Finding, change: dict[str, Any], factor: float = 1.0
) -> Hypothesis:
    """The formula with other values for some letters."""
    formula, question = asked.formula, asked.question
    assert formula is not None

    def holds(sample: Sample) -> bool:
        inputs = sample.inputs[0]
        moved = {name: v for name, v in inputs.items() if name not in question.shorthands}
        moved |= {name: function(inputs) for name, function in change.items()}
        return close(factor * formula(question.complete(moved)), sample.right[0], sample)

    return Hypothesis(finding, holds)


def half_turns_as_180(asked: Asked) -> Iterator[Hypothesis]:
    """Right if every 180 and 360 of the formula were π and 2π."""
    radians = {180: np.pi, 360: 2 * np.pi, 90: np.pi / 2}
    tree = copied(asked.formula.tree) if asked.formula else ast.Constant(0)
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and n.value in radians]
    for node in found:
        node.value = radians[node.value]  # type: ignore[index]
    if found:
        yield _becomes_right(Finding("degrees"), tree)


def stray_letter(asked: Asked) -> Iterator[Hypothesis]:
    """A letter of the course that does not belong here: right without it, but for a constant?"""
    if asked.formula is None:
        return
    for name in sorted(asked.formula.strays):
        finding = Finding("stray-letter", place=name, note=asked.question.strays.get(name, ""))
        one = {name: lambda i: np.asarray(1.0)}
        yield _with_letters(asked, finding, one)
        value = asked.formula({**asked.sample.inputs[0], name: np.asarray(1.0)})
        ratio = constant_ratio(value, asked.sample.right[0])
        if ratio is not None and name_of_constant(ratio):
            yield _with_letters(asked, replace(finding, factor=ratio), one, 1 / ratio)


def any_stray_letter(asked: Asked) -> Iterator[Hypothesis]:
    """The letter alone, where nothing more is known of the formula."""
    for h in stray_letter(asked):
        yield replace(h, holds=lambda sample: True)


def terms_one_by_one(asked: Asked) -> Iterator[Hypothesis]:
    """A sum written term by term: which of its terms is a part, and how many times?"""
    formula, parts = asked.formula, asked.question.parts
    if formula is None or len(parts) < 2:
        return
    terms = _terms(formula.tree)
    if len(terms) < 2:
        return
    known: list[tuple[str, str, float]] = []
    strange = []
    sample = asked.sample
    for sign, node in terms:
        value = sign * np.broadcast_to(evaluate(node, sample.inputs[0]), sample.right[0].shape)
        for name, part in parts.items():
            ratio = constant_ratio(value, sample.values(part)[0])
            if ratio is not None and (ratio == 1 or name_of_constant(ratio)):
                known.append((ast.unparse(node), name, ratio))
                break
        else:
            strange.append(node)
    if known and len(strange) == 1:
        missing = [name for name in parts if name not in {entry[1] for entry in known}]
        right = tuple(name for _, name, ratio in known if abs(ratio - 1) < 1e-9)
        if len(right) == len(known) and len(missing) == 1:
            yield Hypothesis(
                Finding("wrong-term", place=show(strange[0]), fine=right, wrong=tuple(missing))
            )


def _terms(tree: ast.expr, sign: float = 1.0) -> list[tuple[float, ast.expr]]:
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, (ast.Add, ast.Sub)):
        other = sign if isinstance(tree.op, ast.Add) else -sign
        return _terms(tree.left, sign) + _terms(tree.right, other)
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, (ast.Mult, ast.Div)):
        # (a + b)/2 is a/2 + b/2: the terms of the bracket, each with the factor.
        for side, rest in ((tree.left, tree.right), (tree.right, tree.left)):
            inner = _terms(side, sign)
            if len(inner) > 1 and (side is tree.left or isinstance(tree.op, ast.Mult)):
                return [(s, ast.BinOp(node, tree.op, rest)) for s, node in inner]
    return [(sign, tree)]
