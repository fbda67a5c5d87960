"""Formulas that are right with another meaning of their letters, or of what stands everywhere.

misread, misread_and_more, …   tests of the search, see its table
without    what is asked, with 1 for a letter that does not belong
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..._require import Array
from ..answers.edits import Change
from ..answers.nodes import rebuilt
from ..answers.rewritten import Rewriting, everywhere
from ..answers.trees import evaluate, show
from ..questions.question import Inputs, Value
from .edited import equal_rows, found_ratio, known_mistakes
from .finding import FEW, Asked, Finding, Hypothesis, Sample, close
from .parts import finer_parts
from .ranking import cost_of

__all__ = ["misread", "misread_and_more", "without"]

_MEANINGS_OF_T: tuple[tuple[str, str, Callable[[Array], Array]], ...] = (
    ("cos-for-angle", "it would be right if t were the cosine of the angle", np.cos),
    ("degrees", "it would be right if t were in degrees", np.degrees),
    (
        "supplement",
        "it would be right if t were the angle from the opposite point",
        lambda t: np.pi - t,
    ),
)


def half_turns_as_180(asked: Asked) -> Iterator[Hypothesis]:
    """Right if every 180 and 360 of the formula were π and 2π, perhaps but for a factor."""
    for reading in _readings(asked):
        if reading.finding.kind == "degrees" and not reading.finding.note:
            yield from _alone(asked, reading)


class Reading(NamedTuple):
    """The formula with something changed everywhere: its tree, and what stands for its letters."""

    finding: Finding
    tree: ast.expr
    inputs: Callable[[Inputs], Inputs] = lambda known: known
    change: Rewriting = lambda tree: tree
    back: Rewriting = lambda tree: tree

    def values(self, sample: Sample) -> Array:
        """Its values."""
        found = evaluate(self.tree, self.inputs(sample.inputs[0]))
        return np.broadcast_to(found, sample.right[0].shape)

    def read(self, sample: Sample) -> Sample:
        """The sample with these values as the student's."""
        return replace(sample, given=(self.values(sample),))

    def and_then(self, other: Reading) -> Reading:
        """Two changes everywhere."""
        return Reading(
            replace(self.finding, second=other.finding),
            other.change(self.tree),
            lambda known: other.inputs(self.inputs(known)),
        )


def _readings(asked: Asked) -> Iterator[Reading]:
    """Other readings of the formula."""
    formula, names = asked.formula, [letter.name for letter in asked.question.letters]
    if formula is None or not formula.variables:
        return
    text = ast.unparse(formula.tree)
    for kind, change, back in everywhere(asked.question.functions)[1:]:
        new = change(formula.tree)
        alone = kind == "sin-cos-swapped" and len(re.findall(r"\b(sin|cos)\b", text)) < 2
        if ast.unparse(new) != text and not alone:  # of one place the edit says more
            yield Reading(Finding(kind), new, change=change, back=back)
    for kind, note, function in _MEANINGS_OF_T if "t" in names else ():
        finding = Finding(kind, note=note)
        yield _with_letters(asked, finding, {"t": lambda i, f=function: f(i["t"])})  # type: ignore[misc]
    for sign, step in (("+", 1), ("−", -1)) if "k" in names else ():
        finding = Finding("off-by-one-in-k", note=f"it would be right with k {sign} 1 for k")
        yield _with_letters(asked, finding, {"k": lambda i, step=step: i["k"] + step})  # type: ignore[misc]
    for rest, said in ((1, "2k + 1"), (0, "2k")) if "k" in names else ():
        if np.all(asked.sample.inputs[0]["k"] % 2 == rest):
            finding = Finding("index-for-k", place=said)
            yield _with_letters(asked, finding, {"k": lambda i, rest=rest: (i["k"] - rest) / 2})  # type: ignore[misc]


def _with_letters(
    asked: Asked, finding: Finding, change: Mapping[str, Callable[[Inputs], Any]]
) -> Reading:
    """The formula with other values for some letters."""
    formula, question = asked.formula, asked.question
    assert formula is not None

    def inputs(known: Inputs) -> Inputs:
        letters = {name: v for name, v in known.items() if name not in question.shorthands}
        return question.complete(letters | {name: f(known) for name, f in change.items()})

    return Reading(finding, formula.tree, inputs)


def _alone(asked: Asked, reading: Reading) -> Iterator[Hypothesis]:
    """Right in another reading, perhaps but for a constant factor."""
    ratio = found_ratio(
        reading.values(asked.sample), asked.sample.right[0], asked.sample, scaled=True
    )
    if ratio:
        yield Hypothesis(
            replace(reading.finding, factor=None if ratio == 1 else 1 / ratio),
            lambda sample: close(ratio * reading.values(sample), sample.right[0], sample),
        )


def misread(asked: Asked) -> Iterator[Hypothesis]:
    """The formula is right for another meaning of its letters: cos θ for t, x2 for x1."""
    for reading in _readings(asked):
        yield from _alone(asked, reading)
    names = [letter.name for letter in asked.question.letters] if asked.formula else []
    for one, other in itertools.combinations(names, 2):
        finding = Finding("wrong-variable", note=f"{one} and {other} have changed places")
        change = {one: lambda i, x=other: i[x], other: lambda i, x=one: i[x]}
        yield from _alone(asked, _with_letters(asked, finding, change))


def misread_and_more(asked: Asked) -> Iterator[Hypothesis]:
    """Another reading, in which the formula has one mistake besides."""
    every = list(_readings(asked))
    for number, reading in enumerate(every):
        yield from _alone(asked, reading)
        for other in every[number + 1 :]:
            if other.finding.kind != reading.finding.kind:
                yield from _alone(asked, reading.and_then(other))
        for finding, change, new, value in _with_one_more(asked, reading):
            cost = cost_of(reading.finding) + (change.cost if change else cost_of(finding))
            yield _reads(replace(reading.finding, second=finding), new, value, cost)
        read = [reading.read(sample) for sample in asked.samples]
        if np.abs(read[0].given[0]).max() < 1e-9 * asked.sample.scale:
            continue  # of nothing all terms are missing
        for h in finer_parts(replace(asked, sample=read[0], fresh=read[1], formula=None)):
            both = replace(reading.finding, second=h.finding)
            holds = partial(_holds_of, h, reading)
            yield Hypothesis(both, holds, cost_of(both) + 0.2)


def _holds_of(hypothesis: Hypothesis, reading: Reading, sample: Sample) -> bool:
    return hypothesis.holds(reading.read(sample))


def _with_one_more(
    asked: Asked, reading: Reading
) -> Iterator[tuple[Finding, Change | None, Reading, Value | None]]:
    """What else is wrong: a change that makes it right, or a known mistake, and its value."""
    found = asked.variants_of(reading.tree, reading.inputs(asked.sample.inputs[0]))
    right = asked.sample.right[0][:FEW]
    for number in np.flatnonzero(equal_rows(found.values, right, asked.sample)):
        change = found.changes[number]
        finding = Finding(change.kind, place=show(reading.back(change.shown)))
        yield finding, change, reading._replace(tree=found.made(change)), None
    given = reading.values(asked.sample)
    for finding, value, _ in known_mistakes(asked):
        if close(given, asked.sample.values(value)[0], asked.sample):
            yield finding, None, reading, value


def _reads(finding: Finding, reading: Reading, value: Value | None, cost: float) -> Hypothesis:
    def holds(sample: Sample) -> bool:
        wanted = sample.right[0] if value is None else sample.values(value)[0]
        return close(reading.values(sample), wanted, sample)

    return Hypothesis(finding, holds, cost)


def misread_where_undefined(asked: Asked) -> Iterator[Hypothesis]:
    """A formula that is not defined at ordinary inputs may take its letters for something else."""
    if not np.isfinite(asked.sample.flat(asked.sample.given)).all():
        yield from misread(asked)


def stray_letter(asked: Asked) -> Iterator[Hypothesis]:
    """A letter of the course that does not belong here: right without it, but for a constant?"""
    for h in any_stray_letter(asked):
        reading = _with_letters(asked, h.finding, {h.finding.place: lambda i: np.asarray(1.0)})
        yield from _alone(asked, reading)


def without(asked: Asked, letter: str) -> Asked:
    """The question and the samples with 1 for a letter that does not belong."""
    assert asked.formula is not None
    formula = replace(asked.formula, strays=asked.formula.strays - {letter})
    strays = {name: why for name, why in asked.question.strays.items() if name != letter}

    def one(sample: Sample) -> Sample:
        inputs = {**sample.inputs[0], letter: np.ones_like(sample.right[0])}
        return replace(sample, inputs=(inputs,), given=(formula(inputs),), known={})

    question = replace(asked.question, strays=strays)
    return Asked(question, one(asked.sample), one(asked.fresh), formula)


_INVERSES = {"arcsin": "sin", "arccos": "cos", "arctan": "tan"}


def unfolded(asked: Asked) -> tuple[Finding, Asked] | None:
    """That arcsin(sin x) is not x everywhere, and the formula with x in its place."""
    if asked.formula is None:
        return None
    found: list[tuple[str, str]] = []

    def change(node: Any) -> Any:
        inner = node.args[0] if isinstance(node, ast.Call) and node.args else None
        if not isinstance(inner, ast.Call) or _INVERSES.get(node.func.id) != inner.func.id:  # type: ignore[attr-defined]
            return None
        new = rebuilt(inner.args[0], change)
        found.append((show(node), show(new)))
        return new

    reading = Reading(Finding("other-branch"), rebuilt(asked.formula.tree, change))
    read = [reading.read(sample) for sample in asked.samples]
    if not found or close(read[0].given[0], asked.sample.given[0], asked.sample):
        return None
    folded, angle = found[0]
    finding = replace(reading.finding, note=f"{folded} is not {angle} at every input")
    formula = replace(asked.formula, tree=reading.tree)
    return finding, replace(asked, sample=read[0], fresh=read[1], formula=formula)


def any_stray_letter(asked: Asked) -> Iterator[Hypothesis]:
    """The letter alone, where nothing more is known of the formula."""
    for name in sorted(asked.formula.strays) if asked.formula else ():
        yield Hypothesis(
            Finding("stray-letter", place=name, note=asked.question.strays.get(name, ""))
        )
