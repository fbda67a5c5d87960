"""Formulas that one edit makes right, or two; and the terms of a formula, one by one.

one_edit, two_edits, …   tests of the search, see its table
found_ratio   what is between an edited formula and the right one
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from ..._require import Array
from ..answers.edits import Change
from ..answers.formula import is_formula
from ..answers.nodes import called, filled, rebuilt, roots_of_sums
from ..answers.rewritten import everywhere, rebracketed
from ..answers.trees import BINDERS, evaluate, show, terms, vanishes
from ..questions.question import Inputs, Value
from .finding import (
    FEW,
    Asked,
    Finding,
    Hypothesis,
    PartOff,
    Sample,
    agree,
    close,
    constant_ratio,
    predicts,
)
from .pairs import singles
from .parts import seen
from .ranking import cost_of
from .ratios import name_of_constant, tidy

# The formula after an edit: its kind and place, which are told, the formula, the cost.
Edited = tuple[str, Any, ast.expr, float]
_ANOTHER = ("wrong-parity", "wrong-part", "supplement")  # the value of something else


def _becomes(
    finding: Finding, tree: ast.expr, cost: float, value: Value | None = None, factor: float = 1.0
) -> Hypothesis:
    """The student's formula with edits; it holds where that one is right, or another value."""

    def holds(sample: Sample) -> bool:
        wanted = sample.right[0] if value is None else sample.values(value)[0]
        found, zero = evaluate(tree, sample.inputs[0]), not np.any(wanted)  # a small one is not 0
        is_zero = not zero or np.all(vanishes(tree, sample.inputs[0]))
        return close(factor * found, wanted, sample) and bool(is_zero)

    return Hypothesis(finding, holds, cost)


def one_edit(asked: Asked) -> Iterator[Hypothesis]:
    """One edit in the student's formula that makes it right, up to a constant."""
    if asked.formula is not None:
        found, right = asked.variants, asked.sample.right[0][:FEW]
        some = (found.changes[j] for j in np.flatnonzero(_parallel(found.values, right)))
        yield from _that_fit(asked, ((c.kind, c.shown, found.made(c), c.cost) for c in some))


def no_factor_inside(asked: Asked) -> Iterator[Hypothesis]:
    """The same; in a product of numbers no factor, which would be as good at any of them."""
    vague = _is_product_of_numbers(asked)
    return (h for h in one_edit(asked) if not (vague and h.finding.kind == "inner-factor"))


def _is_product_of_numbers(asked: Asked) -> bool:
    tokens = asked.formula.tokens if asked.formula else ()
    return not any(t in "+-" or (t.isalpha() and t != "pi") for t in tokens)


def parity(asked: Asked) -> Iterator[Hypothesis]:
    """Right with −(−1)^k for (−1)^k or cos kπ, where no factor says it."""
    if asked.formula and "k" in asked.sample.inputs[0] and asked.sample.ratio() is None:
        tree = rebuilt(asked.formula.tree, _of_other_parity)
        for h in _that_fit(asked, [("wrong-parity", None, tree, 1.0)]):
            yield replace(h, finding=replace(h.finding, note="even and odd k have changed places"))


def _of_other_parity(node: Any) -> Any:
    plain = ast.unparse(node) if isinstance(node, ast.BinOp | ast.Call) else ""
    return filled("-x", x=node) if plain in ("(-1) ** k", "cos(k * pi)", "cos(pi * k)") else None


def everywhere_or_brackets(asked: Asked) -> Iterator[Hypothesis]:
    """Other brackets, one other operator, one name for another everywhere; up to a constant."""
    if asked.formula is None:
        return
    question, tree = asked.question, asked.formula.tree
    names = [*(letter.name for letter in question.letters), *question.shorthands]
    whole = ((kind, None, new) for kind, new in everywhere(tree, question.functions))
    every = itertools.chain(whole, roots_of_sums(tree), rebracketed(asked.formula.tokens))
    edits = ((kind, place, new, 1.3) for kind, place, new in every)
    formulas = (edit for edit in edits if is_formula(edit[2], names, question.functions))
    yield from _that_fit(asked, formulas)


def plain_changes(asked: Asked) -> Iterator[Hypothesis]:
    """A pair of brackets in a formula that has none, as in π − θ/π; π for every 180."""
    text = "" if asked.formula is None else asked.formula.text
    bare, turns = "/" in text and not re.search(r"[(\[{]", text), re.search("180|360|90", text)
    for h in everywhere_or_brackets(asked) if bare or turns else ():
        brackets = bare and h.finding == Finding("brackets", place=h.finding.place)  # no factor
        if brackets or (turns and h.finding.kind == "degrees"):
            yield h


def _that_fit(asked: Asked, every: Iterable[Edited]) -> Iterator[Hypothesis]:
    """Those that make the formula right, then those that do so up to a constant."""
    scaled: list[Hypothesis] = []
    right = asked.sample.right[0][:FEW]
    for kind, place, tree, plain_cost in every:
        values = np.broadcast_to(evaluate(tree, asked.few), right.shape)
        if (ratio := found_ratio(values, right, asked.sample, len(scaled) < 8)) is None:
            continue
        finding = Finding(kind, place="" if place is None else show(place))
        if ratio == 1.0:
            yield _becomes(finding, tree, plain_cost)
        else:
            cost = plain_cost + cost_of(Finding("factor-other", factor=1 / ratio))
            finding = replace(finding, factor=1 / ratio)
            h = _becomes(finding, tree, cost, factor=ratio)
            scaled += [h] if h.holds(asked.sample) else []
    yield from scaled


def one_edit_and_known(asked: Asked) -> Iterator[Hypothesis]:
    """One edit in the student's formula, after which it has a known mistake."""
    if asked.formula is None:
        return
    sample, found = asked.sample, asked.variants
    every = ((f, v, sample.values(v)[0][:FEW]) for f, v in singles(asked.question))
    later = {n: v * (1 + (n in ("tau", "s"))) for n, v in asked.few.items()}
    grows = np.all(np.abs(evaluate(asked.formula.tree, later)) > np.abs(sample.given[0][:FEW]))
    doubtful = ["ignores-activation"] + ["growth-for-decay"] * (not grows)  # an edit may lead to it
    for finding, value, values in every:
        if not np.isfinite(values).all() or not values.any() or finding.kind in doubtful:
            continue
        missing = finding.kind.startswith("missing")
        vague = bool(finding.parts) or finding.kind in _ANOTHER  # an edit says more
        besides = cost_of(finding) + 0.1 * missing + 0.2 * vague
        for number in np.flatnonzero(agree(found.values, values, sample).all(axis=1)):
            change = found.changes[number]
            # what takes a term away, after which it is missing, is no second mistake
            if number in found.vanishing or (missing and change.kind == "inner-term"):
                continue
            if finding.kind.endswith("-k") and show(change.shown).startswith("k^"):
                continue  # k² − 1 is no k − 1
            tree, of = found.made(change), asked.question.parts
            made = replace(asked, formula=replace(asked.formula, tree=tree))
            off = all(seen(made, of[part.name], part.size) for part in finding.parts)
            if off and _factor_of_whole(change, asked) is None:
                both = replace(finding, second=Finding(change.kind, place=show(change.shown)))
                yield _becomes(both, tree, change.cost + besides, value)


def _parallel(rows: Array, right: Array) -> np.ndarray:
    """Which rows are a multiple of the right values, or all that are near them, if it is one."""
    with np.errstate(all="ignore"):
        if not np.ptp(right):
            return np.abs(rows - right).max(axis=1) <= 1e-6 * np.abs(right).max()
        product, sizes = rows @ right, (rows * rows).sum(axis=1) * (right @ right)
        return product * product >= (1 - 1e-9) * sizes


def found_ratio(value: Array, right: Array, sample: Sample, scaled: bool) -> float | None:
    """1 where the values are right, another known constant where they are so times it."""
    if not np.isfinite(value).all():
        return None
    if close(value, right, sample):
        return 1.0
    ratio = constant_ratio(right, value) if scaled and np.ptp(right) else None
    return ratio if ratio is not None and name_of_constant(ratio) else None


def two_edits(asked: Asked) -> Iterator[Hypothesis]:
    """Two edits at two places of the formula; one may be a factor of the whole."""
    if asked.formula is None:
        return
    found, single = asked.variants, not np.ptp(asked.sample.right[0])
    of_sum = single and len(list(terms(asked.formula.tree))) > 1  # each of its terms would be off
    if single and _is_product_of_numbers(asked):
        return  # a product of numbers: of any two some change makes up for the rest
    for pair in found.pairs(asked.sample.right[0][:FEW]):
        one, other = sorted(pair, key=lambda c: (bool(_factor_of_whole(c, asked)), c.cost))
        finding, whole = Finding(one.kind, place=show(one.shown)), _factor_of_whole(other, asked)
        if whole is not None:
            finding = replace(finding, factor=whole.factor, powers=whole.powers)
            cost = cost_of(whole) + 0.3 * len(whole.powers) + 0.5 * of_sum
        else:
            second = Finding(other.kind, place=show(other.shown))
            finding = replace(finding, second=second if second != finding else None)
            cost = other.cost + 0.15 * (one.shown is other.shown)
        yield _becomes(finding, found.made(*pair), one.cost + cost)


def _factor_of_whole(change: Change, asked: Asked) -> Finding | None:
    """What a change says that multiplies or divides the whole formula."""
    new, tree = change.new, asked.variants.tree
    if change.node is not tree or not isinstance(new, ast.BinOp) or new.left is not tree:
        return None
    power, by = {ast.Mult: -1.0, ast.Div: 1.0}.get(type(new.op)), new.right
    if power is None or not isinstance(by, (ast.Name, ast.Constant)):
        return None
    if isinstance(by, ast.Constant) or by.id == "pi":
        return Finding("factor-other", factor=float(evaluate(by, {})) ** power)
    return Finding("factor-other", powers=((by.id.rstrip("_"), power),))


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
            yield _becomes(finding, ast.BinOp(tree, ast.Sub(), term), 1.0)


def terms_of_number(asked: Asked) -> Iterator[Hypothesis]:
    """A number written as a sum, each term of which is so many times a part, or parts, of it."""
    sample, tree = asked.sample, asked.formula.tree if asked.formula else ast.Constant(0)
    every = [("", sample.values(part)[0][0]) for part in asked.question.parts.values()]
    every += [(show(t), np.ravel(evaluate(t, sample.inputs[0]))[0]) for t in terms(tree)]
    groups: list[list[tuple[str, float]]] = []  # of one kind of number: parts, then terms
    for shown, value in every:
        group = next((g for g in groups if simple(value / g[0][1])), [])
        groups += [] if group else [group]
        group.append((shown, value))
    off = []
    for group in groups:
        right = sum(value for shown, value in group if not shown)
        size = (sum(value for _, value in group) - right) / right if right else 0.0
        name = " + ".join(shown for shown, _ in group if shown)
        off += [PartOff(name, tidy(size), False, name)] if name_of_constant(size) else []
    if len(off) == len(groups) > 1 and all(part.size != 1 for part in off):
        yield Hypothesis(Finding("factor-of-term", parts=tuple(off)))


def simple(ratio: float) -> bool:
    """Whether a ratio is one of small whole numbers."""
    return abs(ratio - float(Fraction(ratio).limit_denominator(16))) < 1e-9 * abs(ratio)


def added_fractions(asked: Asked, before: ast.expr | None) -> Iterator[Hypothesis]:
    """The fractions of the sum `before`, added over the denominator of one of them."""
    written = [*terms(before)] if before else []
    if before and any(called(node) in BINDERS for node in ast.walk(before)):
        return
    for below in written if len(written) > 1 else ():
        yield predicts(Finding("common-denominator"), partial(_over, written, below))


def _over(written: list[ast.expr], below: ast.expr, sample: Sample) -> Iterator[Array]:
    inputs = sample.inputs[0]
    above = [evaluate(term, inputs) * _denominator(term, inputs) for term in written]
    yield np.asarray(sum(above) / _denominator(below, inputs))


def _denominator(term: Any, inputs: Inputs) -> Any:
    """What a term is divided by."""
    if isinstance(term, ast.UnaryOp):
        return _denominator(term.operand, inputs)
    left = _denominator(term.left, inputs) if isinstance(term, ast.BinOp) else 1.0
    if isinstance(getattr(term, "op", None), ast.Mult):
        return left * _denominator(term.right, inputs)
    divided = isinstance(getattr(term, "op", None), ast.Div)
    return left * evaluate(term.right, inputs) if divided else 1.0


def terms_one_by_one(asked: Asked) -> Iterator[Hypothesis]:
    """A sum written term by term, of which one term alone is no part of the right sum."""
    formula, parts, sample = asked.formula, asked.question.parts, asked.sample
    if formula is None or len(parts) < 2:
        return
    right, strange = [], []
    for term in terms(formula.tree):
        value = np.broadcast_to(evaluate(term, sample.inputs[0]), sample.right[0].shape)
        ratios = {name: constant_ratio(value, sample.values(p)[0]) for name, p in parts.items()}
        if not (known := {name: r for name, r in ratios.items() if r and name_of_constant(r)}):
            strange.append(show(term))
        right += [name for name, ratio in known.items() if abs(ratio - 1) < 1e-9]
        if known and not any(abs(ratio - 1) < 1e-9 for ratio in known.values()):
            return
    missing = tuple(name for name in parts if name not in right)
    if right and len(strange) == len(missing) == 1:
        finding = Finding("wrong-term", place=strange[0], fine=tuple(right), wrong=missing)
        # a number alone is no term; of any other, two mistakes in it would say more
        yield Hypothesis(finding, cost=2.7 if re.search("[a-z]", strange[0]) else 1.2)
