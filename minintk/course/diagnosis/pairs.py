"""Two known mistakes at once, each of which changes something else.

singles, factors, known   the known mistakes of a question, and the values that they lead to
of_function, two_known, inside_a_part    tests of the search, see its table
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..._require import Array
from ..questions.question import Inputs, Question, Value, once, sum_of, together, value_of
from . import places
from .finding import (
    Asked,
    Finding,
    Hypothesis,
    Mask,
    PartOff,
    Predict,
    Sample,
    agree,
    close,
    constant_ratio,
    predicts,
    times,
)
from .parts import inside, kind_of
from .ratios import factor_kind, factor_of, name_of_constant, power_kind, tidy

_FACTORS = (-1.0, 2.0, 0.5, 4.0, 0.25, np.pi, 1 / np.pi, 2 * np.pi, 0.5 / np.pi)


@once
def singles(question: Question) -> tuple[tuple[Finding, Value], ...]:
    """Each part of a sum missing, doubled, of the wrong sign, half; confusions, also in a part."""
    parts = question.parts if len(question.parts) > 1 else {}
    found: list[tuple[Finding, Value]] = []
    for name, part in parts.items():
        for size in (0.0, 2.0, -1.0, 0.5):
            off = (PartOff(name, size),)
            changed: dict[str, Any] = {name: partial(_sized, part=part, size=size)}
            value = partial(sum_of, parts=parts, **changed)
            found.append((Finding(kind_of(off), parts=off), value))
    found += [(Finding(c.kind, note=c.note), c.value) for c in question.confusions]
    for name in parts:
        for inner, finding in inside(question, name):
            changed = {name: inner}
            found.append((finding, partial(sum_of, parts=parts, **changed)))
    return tuple(found)


def _sized(i: Inputs, part: Value, size: float, of: Value = "1", power: float = 1.0) -> Array:
    return np.asarray(size * value_of(of, i) ** power * value_of(part, i))


@once
def factors(question: Question) -> tuple[tuple[Finding, Value], ...]:
    """The right value times a constant, or times a power of a letter."""
    found: list[tuple[Finding, Value]] = [
        (Finding(factor_kind(c), factor=c), partial(_sized, part=question.right, size=c))
        for c in _FACTORS
    ]
    for name, power, c in itertools.product(question.factors, (1.0, -1.0, 0.5, -0.5), (1.0, -1.0)):
        of = question.factors[name]
        value = partial(_sized, part=question.right, size=c, of=of, power=power)
        factor = None if c == 1 else c
        kind = (c == 1 and power_kind(name, power)) or "factor-variable"
        found.append((Finding(kind, factor=factor, powers=((name, power),)), value))
    return tuple(found)


def known(question: Question) -> tuple[tuple[Finding, Value], ...]:
    """Every known mistake, a factor first."""
    return (*factors(question), *singles(question))


def of_one_class(question: Question) -> Iterator[tuple[Finding, Value]]:
    """A part that is missing, or counted twice, in one class of inputs alone."""
    for finding, value in singles(question):
        if finding.parts and not finding.output and finding.parts[0].size in (0.0, 2.0):
            for _, words, mask in question.classes:
                both = partial(_where, mask=mask, of=value, right=question.right)
                yield replace(finding, output=f"for {words}"), both


def _where(i: Inputs, mask: Any, of: Value, right: Value) -> Array:
    values = value_of(right, i)
    return np.where(mask(i, values.shape), value_of(of, i), values)


def inside_a_part(asked: Asked) -> Iterator[Hypothesis]:
    """A known confusion inside one part of a sum."""
    for finding, value in singles(asked.question):
        if finding.output:
            yield predicts(finding, times(value))


def of_function(asked: Asked) -> Iterator[Hypothesis]:
    """Two mistakes of a function, before what is wrong in each class is told."""
    if asked.formula is None:
        yield from two_known(asked)
        yield from moved(asked, scaled=False)
        yield from of_blocks(asked)
        yield from moved(asked, scaled=True)


def two_known(asked: Asked) -> Iterator[Hypothesis]:
    """Two known mistakes: two changes of one model, or in two terms of a sum."""
    sample = asked.sample
    case = min(1, len(sample.right) - 1)
    for finding, value in _joined(asked.question):
        found = sample.value_of_case(value, case)
        if found.ndim <= sample.right[case].ndim and close(found, sample.given[case], sample):
            yield predicts(finding, times(value))
    given, right = sample.both
    if asked.formula is not None or len(np.unique(right)) < 3:
        return  # a text has its terms; of yes and no, or of one number, too many pairs agree
    every = ((f, sample.flat(sample.values(value)), value) for f, value in singles(asked.question))
    alike = [entry for entry in every if entry[1].shape == right.shape]
    if len(alike) < 2:
        return
    off = np.array([values[:24] for _, values, _ in alike]) - right[:24]
    apart = np.abs(off[:, None] + off - (given - right)[:24]).max(axis=-1)
    for j, k in np.argwhere(np.triu(apart < 1e-8 * np.abs(right).max(), 1)):
        (one, _, a), (other, _, b) = alike[j], alike[k]
        # in one part, or of one kind, they may change the same term: their differences do not add
        same = _share(one, other) or (one.output and one.output == other.output)
        if not same and one.kind != other.kind:
            yield predicts(replace(one, second=other), partial(_added, a=a, b=b))


@once
def _joined(question: Question) -> tuple[tuple[Finding, Value], ...]:
    """Every two known mistakes that are changes of one model, and the value of both at once."""
    return tuple(
        (replace(one, second=other), both)
        for (one, a), (other, b) in itertools.combinations(singles(question), 2)
        if not _share(one, other) and (both := together(a, b)) is not None
    )


def _share(one: Finding, other: Finding) -> bool:
    """Whether both may change one term, as a part does that is counted twice, and another part."""
    return any(other.parts or (part.size == 2 and other.output) for part in one.parts)


def _added(sample: Sample, a: Value, b: Value) -> Iterator[Array]:
    for x, y, r in zip(sample.values(a), sample.values(b), sample.right, strict=True):
        yield x + y - r


def of_blocks(asked: Asked) -> Iterator[Hypothesis]:
    """Some classes of entries in places of others, and what is wrong in one of them besides."""
    before, classes = asked.sample.good(), asked.question.classes
    for finding, samples in places.put_in_order(asked):
        put, good = replace(asked, sample=samples[0], fresh=samples[1]), samples[0].good()
        inside = (samples[0].flat(samples[0].inside(mask)) for *_, mask in classes)
        if any(good[one].all() > before[one].all() for one in inside):  # only in that place
            found = [(words, of_class(put, mask)) for _, words, mask in classes]
            wrong = [replace(f, output=f"for {words}") for words, f in found if f and f.kind]
            for one in reversed(wrong):
                finding = replace(one, second=finding)
            yield from [Hypothesis(finding)] if wrong and all(f for _, f in found) else []


def moved(asked: Asked, scaled: bool) -> Iterator[Hypothesis]:
    """A known mistake, or, `scaled`, one with a factor, and the values in other places besides."""
    if asked.calls is None or all(r.ndim == 0 for r in asked.sample.right):
        return
    whole = [(Finding("factor-other"), asked.question.right)]
    for finding, value in itertools.chain(whole, singles(asked.question)):
        factor = factor_of(asked, value)
        if factor is None or (factor[:2] != (1.0, ())) != scaled:
            continue
        constant, powers, predict = factor
        samples = [replace(s, right=tuple(predict(s)), known={}) for s in asked.samples]
        if samples[0].good().all():
            continue  # all stands in its place
        for h in places.reordered(replace(asked, sample=samples[0], fresh=samples[1])):
            if all(map(h.holds, samples)):
                size = None if constant == 1 else constant
                yield Hypothesis(replace(finding, factor=size, powers=powers, second=h.finding))


def of_class(asked: Asked, mask: Mask) -> Finding | None:
    """What is wrong in a class, of no kind where nothing is; None where it is unknown."""
    pairs = [(sample, sample.inside(mask)) for sample in asked.samples]

    def inside(values: Iterable[Array], masks: list[np.ndarray]) -> list[Array]:
        return [v[m] if v.shape == m.shape else v for v, m in zip(values, masks, strict=True)]

    def explained(values: Predict, order: Callable[[Array], Array] = np.asarray) -> bool:
        return all(
            value.shape == given.shape and agree(order(value), order(given), sample).all()
            for sample, m in pairs
            for value, given in zip(inside(values(sample), m), inside(sample.given, m), strict=True)
        )

    if explained(lambda s: s.right):
        return Finding("")
    sample, masks = pairs[0]
    right, given = (sample.flat(inside(v, masks)) for v in (sample.right, sample.given))
    ratio = constant_ratio(given, right)
    if ratio and explained(lambda s: (ratio * r for r in s.right)):
        some = ((f, v) for f, v in singles(asked.question) if f.parts or "-at-" in f.kind)
        off = [f for f, v in some if explained(times(v))]
        off = [f for f in off if not f.parts] or off
        off = [f for f in off if f.parts and f.parts[0].size == 0] or off
        if len(off) == 1 and not name_of_constant(ratio):  # a number of one part alone
            return off[0]
        return Finding(factor_kind(ratio), factor=tidy(ratio))
    if len(np.unique(right)) < 3:
        return None  # of one number, several parts explain it
    every = known(asked.question)
    found = next((finding for finding, value in every if explained(times(value))), None)
    elsewhere = found is None and explained(lambda s: s.right, np.sort)
    return Finding("flat-order") if elsewhere else found
