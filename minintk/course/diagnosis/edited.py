"""Formulas that one edit makes right, or that are right with another meaning of their letters.

one_edit, misread, …    tests of the search, see its table
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..._require import Array
from ..answers.edits import Edit
from ..answers.rewritten import formula_edits
from ..answers.trees import copied, evaluate, show, terms
from ..questions.question import Inputs, Value
from .changed import Parts, edited_values, made, names_of
from .finding import Asked, Finding, Hypothesis, PartOff, Sample, close, constant_ratio
from .pairs import singles
from .parts import looks_like_a_slip
from .ratios import name_of_constant

__all__ = ["misread", "one_edit"]


def _becomes_right(finding: Finding, tree: ast.expr, factor: float = 1.0) -> Hypothesis:
    """The student's formula with one edit; it holds where that one is right."""

    def holds(sample: Sample) -> bool:
        return close(factor * evaluate(tree, sample.inputs[0]), sample.right[0], sample)

    return Hypothesis(finding, holds)


def one_edit(asked: Asked) -> Iterator[Hypothesis]:
    """One edit in the student's formula that makes it right, up to a constant."""
    if asked.formula is None:
        return
    scaled: list[Hypothesis] = []
    right = asked.sample.right[0][:8]
    may_be = _quick_test(right, asked.sample.scale)
    for kind, edit, tree, value in edited_values(asked):
        if not may_be(value):
            continue
        ratio = _found(value, right, asked.sample, len(scaled) < 8)
        place = show(edit.shown) if edit and ratio else ""  # as the student has it
        if ratio == 1.0:
            yield _becomes_right(Finding(kind, place=place), made(edit, tree))
        elif ratio:
            finding = Finding(kind, place=place, factor=1 / ratio)
            h = _becomes_right(finding, made(edit, tree), ratio)
            scaled += [h] if h.holds(asked.sample) else []
    yield from scaled


_ANOTHER = ("wrong-parity", "off-by-one-in-k", "wrong-part")


def one_edit_and_known(asked: Asked) -> Iterator[Hypothesis]:
    """One edit in the student's formula, after which it has a known mistake."""
    sample = asked.sample
    if asked.formula is None or not np.ptp(sample.right[0]):
        return
    # After an edit that takes a term away, a term is missing: that is no second mistake.
    # And another quantity's value is not what an edit of this one's should lead to.
    known = [
        (f, v, sample.values(v)[0])
        for f, v in singles(asked.question)
        if not any(part.size == 0 for part in f.parts) and f.kind not in _ANOTHER
    ]
    known = [entry for entry in known if np.isfinite(entry[2]).all()]
    matrix = np.array([values[:8] for *_, values in known])
    for kind, edit, tree, value in edited_values(asked):
        if edit is None or kind == "inner-term" or not known:
            continue
        near = np.abs(matrix - value) <= 1e-9 * (np.abs(value) + sample.scale)
        for j in np.flatnonzero(near.all(axis=1)):
            finding = replace(known[j][0], second=Finding(kind, place=show(edit.shown)))
            yield _becomes(finding, made(edit, tree), known[j][1])


def _quick_test(right: Array, scale: float) -> Callable[[Array], bool]:
    """Whether values can be a multiple of the right ones, by the two largest of these alone."""
    largest = np.argsort(np.abs(right))[-2:].tolist()
    if len(largest) < 2 or abs(right[largest[0]]) < 1e-3 * scale:
        return lambda value: True
    x, y = right[largest].tolist()

    def may_be(value: Array) -> bool:
        a, b = (value.item(at) for at in largest)
        return not abs(a * y - b * x) > 1e-5 * (abs(a * y) + abs(b * x))  # true of nan

    return may_be


def _becomes(finding: Finding, tree: ast.expr, value: Value) -> Hypothesis:
    """The student's formula with one edit; it holds where that one is the other value."""

    def holds(sample: Sample) -> bool:
        return close(evaluate(tree, sample.inputs[0]), sample.values(value)[0], sample)

    return Hypothesis(finding, holds)


def _found(value: Array, right: Array, sample: Sample, scaled: bool) -> float | None:
    """1 where the values are right, another known constant where they are so times it."""
    if not np.isfinite(value).all():
        return None
    if close(value, right, sample):
        return 1.0
    ratio = constant_ratio(right, value) if scaled and np.ptp(right) else None
    return ratio if ratio is not None and name_of_constant(ratio) else None


# How many edits of a kind are tried in pairs: below half a second together.
_LIKELY = {"inner-sign": 20, "inner-factor": 24, "wrong-function": 18, "exponent": 40}
_LIKELY |= {"wrong-variable-inside": 16, "wrong-operator": 6}


def two_edits(asked: Asked) -> Iterator[Hypothesis]:
    """Two edits of the likeliest kinds, at two places of the formula."""
    if asked.formula is None or not asked.formula.variables:
        return
    inputs, right = asked.sample.inputs[0], asked.sample.right[0][:5]
    may_be = _quick_test(right, asked.sample.scale)
    few = {name: np.atleast_1d(value)[:5] for name, value in inputs.items()}
    root = ast.Expression(copied(asked.formula.tree))
    found = formula_edits(root, names_of(asked), asked.question.functions)
    by_kind: dict[str, list[Edit]] = {kind: [] for kind in _LIKELY}
    for edit in found:
        if _is_plain(edit) and len(by_kind.get(edit.kind, ())) < _LIKELY.get(edit.kind, 0):
            by_kind[edit.kind].append(edit)
    likely, parts = list(itertools.chain(*by_kind.values())), Parts.of(root.body, few)
    for one, other in itertools.combinations(likely, 2):
        if one.parent is other.parent and one.field == other.field:
            continue
        with one.made(), other.made():
            value = evaluate(root.body, few, parts.beside(one, other))
            value = np.broadcast_to(value, right.shape)
            fits = may_be(value) and close(value, right, asked.sample)
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
        change = {"t": lambda i, f=function: f(i["t"])}
        yield from _with_letters(asked, Finding(kind, note=note), change)
    for step in (1, -1) if "k" in names else ():
        change = {"k": lambda i, step=step: i["k"] + step}
        yield from _with_letters(asked, Finding("off-by-one-in-k"), change)
    for one, other in itertools.combinations(names, 2):
        finding = Finding("wrong-variable", note=f"{one} and {other} have changed places")
        change = {one: lambda i, x=other: i[x], other: lambda i, x=one: i[x]}
        yield from _with_letters(asked, finding, change)


def misread_where_undefined(asked: Asked) -> Iterator[Hypothesis]:
    """A formula that is not defined at ordinary inputs may take its letters for something else."""
    if not np.isfinite(asked.sample.flat(asked.sample.given)).all():
        yield from misread(asked)


def _with_letters(
    asked: Asked, finding: Finding, change: Mapping[str, Callable[[Inputs], Any]]
) -> Iterator[Hypothesis]:
    """Right with other values for some letters, perhaps but for a constant factor."""
    formula, question = asked.formula, asked.question
    assert formula is not None

    def moved(sample: Sample) -> Array:
        inputs = sample.inputs[0]
        known = {name: v for name, v in inputs.items() if name not in question.shorthands}
        known |= {name: function(inputs) for name, function in change.items()}
        return formula(question.complete(known))

    ratio = _found(moved(asked.sample), asked.sample.right[0], asked.sample, scaled=True)
    if ratio:
        yield Hypothesis(
            replace(finding, factor=None if ratio == 1 else 1 / ratio),
            lambda sample: close(ratio * moved(sample), sample.right[0], sample),
        )


def half_turns_as_180(asked: Asked) -> Iterator[Hypothesis]:
    """Right if every 180 and 360 of the formula were π and 2π, perhaps but for a factor."""
    radians = {180: np.pi, 360: 2 * np.pi, 90: np.pi / 2}
    tree = copied(asked.formula.tree) if asked.formula else ast.Constant(0)
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and n.value in radians]
    for node in found:
        node.value = radians[node.value]  # type: ignore[index]
    if found:
        value, right = evaluate(tree, asked.sample.inputs[0]), asked.sample.right[0]
        ratio = _found(np.broadcast_to(value, right.shape), right, asked.sample, scaled=True)
        if ratio:
            factor = None if ratio == 1 else 1 / ratio
            yield _becomes_right(Finding("degrees", factor=factor), tree, ratio)


def stray_letter(asked: Asked) -> Iterator[Hypothesis]:
    """A letter of the course that does not belong here: right without it, but for a constant?"""
    for h in any_stray_letter(asked):
        yield from _with_letters(asked, h.finding, {h.finding.place: lambda i: np.asarray(1.0)})


def any_stray_letter(asked: Asked) -> Iterator[Hypothesis]:
    """The letter alone, where nothing more is known of the formula."""
    for name in sorted(asked.formula.strays) if asked.formula else ():
        yield Hypothesis(
            Finding("stray-letter", place=name, note=asked.question.strays.get(name, ""))
        )


def term_too_many(asked: Asked) -> Iterator[Hypothesis]:
    """Right without one term of the formula, which is no part of the question, and no number."""
    tree = asked.formula.tree if asked.formula else ast.Constant(0)
    written = list(terms(tree))
    every = {**asked.question.finer, **asked.question.parts, **asked.question.foreign}
    known = [asked.sample.values(value)[0] for value in every.values()]
    for term in written if len(written) > 1 else ():
        value = evaluate(term, asked.sample.inputs[0]) + 0 * asked.sample.right[0]
        if np.ptp(value) and not any(constant_ratio(value, part) for part in known):
            name = show(term.operand if isinstance(term, ast.UnaryOp) else term)
            finding = Finding("foreign-term", parts=(PartOff(name, 1.0, True, name),))
            yield _becomes_right(finding, ast.BinOp(tree, ast.Sub(), term))


def number_for_a_term(asked: Asked) -> Iterator[Hypothesis]:
    """A number alone stands where a term belongs."""
    return (h for h in terms_one_by_one(asked) if not re.search("[a-z]", h.finding.place))


def terms_one_by_one(asked: Asked) -> Iterator[Hypothesis]:
    """A sum written term by term, of which one term alone is no part of the right sum."""
    formula, parts, sample = asked.formula, asked.question.parts, asked.sample
    if formula is None or len(parts) < 2:
        return
    right, strange = [], []
    for term in terms(formula.tree):
        value = np.broadcast_to(evaluate(term, sample.inputs[0]), sample.right[0].shape)
        ratios = {name: constant_ratio(value, sample.values(p)[0]) for name, p in parts.items()}
        known = {name: r for name, r in ratios.items() if r and name_of_constant(r)}
        if not known:
            strange.append(show(term))
        right += [name for name, ratio in known.items() if abs(ratio - 1) < 1e-9]
        if known and not any(abs(ratio - 1) < 1e-9 for ratio in known.values()):
            return
    missing = tuple(name for name in parts if name not in right)
    if right and len(strange) == len(missing) == 1:
        yield Hypothesis(Finding("wrong-term", place=strange[0], fine=tuple(right), wrong=missing))
