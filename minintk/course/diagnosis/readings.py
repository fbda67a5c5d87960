"""Formulas that are right with another meaning of their letters, or of what stands everywhere.

misread, …   tests of the search, see its table
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ..._require import Array
from ..answers.rewritten import everywhere
from ..answers.trees import evaluate
from ..questions.question import Inputs
from .edited import found_ratio
from .finding import Asked, Finding, Hypothesis, Sample, close

__all__ = ["misread"]

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

    def values(self, sample: Sample) -> Array:
        """Its values."""
        found = evaluate(self.tree, self.inputs(sample.inputs[0]))
        return np.broadcast_to(found, sample.right[0].shape)


def _readings(asked: Asked) -> Iterator[Reading]:
    """Other readings of the formula."""
    formula, names = asked.formula, [letter.name for letter in asked.question.letters]
    if formula is None or not formula.variables:
        return
    text = ast.unparse(formula.tree)
    for kind, change, _ in everywhere(asked.question.functions)[1:]:
        new = change(formula.tree)
        alone = kind == "sin-cos-swapped" and len(re.findall(r"\b(sin|cos)\b", text)) < 2
        if ast.unparse(new) != text and not alone:  # of one place the edit says more
            yield Reading(Finding(kind), new)
    for kind, note, function in _MEANINGS_OF_T if "t" in names else ():
        finding = Finding(kind, note=note)
        yield _with_letters(asked, finding, {"t": lambda i, f=function: f(i["t"])})  # type: ignore[misc]
    for sign, step in (("+", 1), ("−", -1)) if "k" in names else ():
        finding = Finding("off-by-one-in-k", note=f"it would be right with k {sign} 1 for k")
        yield _with_letters(asked, finding, {"k": lambda i, step=step: i["k"] + step})  # type: ignore[misc]


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


def misread_where_undefined(asked: Asked) -> Iterator[Hypothesis]:
    """A formula that is not defined at ordinary inputs may take its letters for something else."""
    if not np.isfinite(asked.sample.flat(asked.sample.given)).all():
        yield from misread(asked)


def stray_letter(asked: Asked) -> Iterator[Hypothesis]:
    """A letter of the course that does not belong here: right without it, but for a constant?"""
    for h in any_stray_letter(asked):
        reading = _with_letters(asked, h.finding, {h.finding.place: lambda i: np.asarray(1.0)})
        yield from _alone(asked, reading)


def any_stray_letter(asked: Asked) -> Iterator[Hypothesis]:
    """The letter alone, where nothing more is known of the formula."""
    for name in sorted(asked.formula.strays) if asked.formula else ():
        yield Hypothesis(
            Finding("stray-letter", place=name, note=asked.question.strays.get(name, ""))
        )
