"""Tests of the search: a formula that is right with another meaning of its letters."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..._require import Array
from ..answers.trees import evaluate
from ..questions.question import Inputs, Value, value_of
from .edited import found_ratio
from .finding import Asked, Finding, Hypothesis, Sample, close
from .pairs import singles

_MEANINGS: tuple[tuple[str, str, str, Callable[[Array], Array]], ...] = (
    ("t", "cos-for-angle", "if t were the cosine of the angle", np.cos),
    ("t", "degrees", "if t were in degrees", np.degrees),
    ("t", "supplement", "if t were the angle from the opposite point", lambda t: np.pi - t),
    ("k", "off-by-one-in-k", "with k + 1 for k", lambda k: k + 1),
    ("k", "off-by-one-in-k", "with k − 1 for k", lambda k: k - 1),
)


def misread(asked: Asked) -> Iterator[Hypothesis]:
    """The formula is right for another meaning of its letters: cos θ for t, x2 for x1."""
    names = [letter.name for letter in asked.question.letters] if asked.formula else []
    for name, kind, meaning, function in _MEANINGS:
        if name in names:
            finding = Finding(kind, note=f"it would be right {meaning}")
            yield from _with(asked, finding, {name: lambda i, n=name, f=function: f(i[n])})  # type: ignore[misc]
    for one, other in itertools.combinations(names, 2):
        finding = Finding("wrong-variable", note=f"{one} and {other} have changed places")
        change = {one: lambda i, x=other: i[x], other: lambda i, x=one: i[x]}
        yield from _with(asked, finding, change)


def _with(
    asked: Asked, finding: Finding, change: Mapping[str, Callable[[Inputs], Any]]
) -> Iterator[Hypothesis]:
    """Right with other values for some letters, perhaps but for a constant factor."""
    formula, question = asked.formula, asked.question
    assert formula is not None

    def values(sample: Sample) -> Array:
        known = sample.inputs[0]
        letters = {name: v for name, v in known.items() if name not in question.shorthands}
        inputs = question.complete(letters | {name: f(known) for name, f in change.items()})
        return np.broadcast_to(evaluate(formula.tree, inputs), sample.right[0].shape)

    if ratio := found_ratio(values(asked.sample), asked.sample.right[0], asked.sample, scaled=True):
        yield Hypothesis(
            replace(finding, factor=None if ratio == 1 else 1 / ratio),
            lambda sample: close(ratio * values(sample), sample.right[0], sample),
        )


def misread_where_undefined(asked: Asked) -> Iterator[Hypothesis]:
    """What is not defined at ordinary inputs may take the letters, or an angle, for another."""
    if not np.isfinite(asked.sample.both[0]).all():
        yield from misread(asked)
        every = [(f, v) for f, v in singles(asked.question) if f.kind == "angle-for-cos"]
        yield from (Hypothesis(f, partial(_where_defined, value=v)) for f, v in every)


def _where_defined(sample: Sample, value: Value) -> bool:
    given, other = sample.both[0], sample.flat(sample.values(value))
    known = np.isfinite(given)
    return bool(known.any()) and close(np.where(known, given, other), other, sample)


def stray_letter(asked: Asked) -> Iterator[Hypothesis]:
    """A letter of the course that does not belong here: right without it, but for a constant?"""
    for h in any_stray_letter(asked):
        yield from _with(asked, h.finding, {h.finding.place: lambda i: np.asarray(1.0)})


def any_stray_letter(asked: Asked) -> Iterator[Hypothesis]:
    """The letter alone, where nothing more is known of the formula."""
    for n in sorted(asked.formula.strays) if asked.formula else ():
        yield Hypothesis(Finding("stray-letter", place=n, note=asked.question.strays.get(n, "")))


def lacking_letter(asked: Asked) -> Iterator[Hypothesis]:
    """A letter on which the right value depends, and the formula does not."""
    question, sample, formula = asked.question, asked.sample, asked.formula
    names = () if question.draw else [letter.name for letter in question.letters]  # free ones
    for name in names if formula else ():
        other = question.complete({n: np.roll(sample.inputs[0][n], n == name) for n in names})
        matters = not close(value_of(question.right, other), sample.right[0], sample)
        if formula and matters and close(formula(other), sample.given[0], sample):
            place, note = f"the same for every {name}", f"it must depend on {name}"
            yield Hypothesis(Finding("constant", place=place, note=note))
