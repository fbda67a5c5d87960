"""Two known mistakes at once, each of which changes something else.

singles      every known mistake of a question, and the value that it leads to
two_known, moved    tests of the search, see its table
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from ..._require import Array
from ..questions.question import Inputs, Question, Value, together, value_of
from . import places
from .finding import Asked, Finding, Hypothesis, PartOff, Predict, Sample, close, predicts
from .parts import kind_of
from .ratios import factor_of

__all__ = ["moved", "singles", "two_known"]


def singles(question: Question) -> Iterator[tuple[Finding, Value]]:
    """The confusions, and each part of a sum that is missing, doubled, of the wrong sign or half.

    >>> from ..questions import QUESTIONS
    >>> [finding.kind for finding, _ in singles(QUESTIONS["growth_rate"](True, None))][:2]
    ['wrong-variable', 'missing-term']
    """
    for c in question.confusions:
        yield Finding(c.kind, note=c.note), c.value
    parts = question.parts
    for name in parts if len(parts) > 1 else ():
        for size in (0.0, 2.0, -1.0, 0.5):
            off = (PartOff(name, size),)
            sizes = {other: size if other == name else 1.0 for other in parts}
            yield Finding(kind_of(off), parts=off), _sum(parts, sizes)


def _sum(parts: Mapping[str, Value], sizes: Mapping[str, float]) -> Value:
    if all(isinstance(part, str) for part in parts.values()):
        return " + ".join(f"({sizes[name]})*({part})" for name, part in parts.items())

    def value(i: Inputs) -> Array:
        return np.asarray(sum(sizes[name] * value_of(part, i) for name, part in parts.items()))

    return value


def two_known(asked: Asked) -> Iterator[Hypothesis]:
    """Two known mistakes: two changes of one model, or in two terms of a sum."""
    sample, known = asked.sample, list(singles(asked.question))
    for (one, a), (other, b) in itertools.combinations(known, 2):
        both = together(a, b)
        if both is not None and _fits_one_case(sample, both):
            yield predicts(replace(one, second=other), _of(both))
    right, given = sample.flat(sample.right), sample.flat(sample.given)
    if asked.formula is not None or len(np.unique(right)) < 3:
        return  # a text has its terms; of yes and no, or of one number, too many pairs agree
    found = [(finding, sample.flat(sample.values(value)), value) for finding, value in known]
    size = 1e-8 * np.abs(right).max()
    for (one, x, a), (other, y, b) in itertools.combinations(found, 2):
        apart = x.shape == y.shape == right.shape and not (one.parts and other.parts)
        if apart and np.abs((x - right) + (y - given))[:24].max() < size:
            yield predicts(replace(one, second=other), partial(_added, a=a, b=b))


def _of(value: Value) -> Predict:
    return lambda sample: sample.values(value)


def _added(sample: Sample, a: Value, b: Value) -> Iterator[Array]:
    for x, y, r in zip(sample.values(a), sample.values(b), sample.right, strict=True):
        yield x + y - r


def _fits_one_case(sample: Sample, value: Value) -> bool:
    case = min(1, len(sample.right) - 1)
    found = value_of(value, sample.inputs[case])
    return found.ndim <= sample.right[case].ndim and close(found, sample.given[case], sample)


def moved(asked: Asked) -> Iterator[Hypothesis]:
    """A known mistake, or a factor, and the values in other places besides."""
    if asked.calls is None or all(r.ndim == 0 for r in asked.sample.right):
        return
    whole = [(Finding("factor-other"), asked.question.right)]
    for finding, value in itertools.chain(whole, singles(asked.question)):
        factor = factor_of(asked, value)
        if factor is None:
            continue
        constant, powers, scaled = factor
        samples = [replace(s, right=tuple(scaled(s))) for s in asked.samples]
        for h in places.reordered(replace(asked, sample=samples[0], fresh=samples[1])):
            if all(map(h.holds, samples)):
                size = None if constant == 1 else constant
                yield Hypothesis(replace(finding, factor=size, powers=powers, second=h.finding))
