"""Tests of the search: a known mistake in values that are of few digits, whole, or random."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ..questions.question import Value
from .finding import Asked, Finding, Hypothesis, Sample, predicts
from .pairs import known
from .parts import alone
from .places import few_bits
from .ratios import CONSTANTS, factor_kind, name_of_constant

_OFF = {"float32": 1e-5, "float16": 1e-2}  # of the largest value, after some operations


def spoiled(asked: Asked) -> Iterator[Hypothesis]:
    """A known mistake, in values that are seen to have few digits, or to change every time."""
    for what, least, most in _seen(asked):
        h = _nearest(asked, most, least)
        if h is not None and what.kind == "random":
            found = replace(h.finding, output="but for that")
            yield replace(h, finding=replace(what, second=found))
        elif h is not None and h.finding.second is None:
            yield replace(h, finding=replace(h.finding, second=what))


def roughly_known(asked: Asked) -> Iterator[Hypothesis]:
    """A known mistake, up to the digits of the student's own sums."""
    number, _ = asked.question.section or (0, "")  # of a tutorial; in the first is no integral
    share = 1e-3 if number in (2, 3, 4) else 1e-5
    h = _nearest(asked, share * np.abs(asked.sample.both[0]).max(initial=0.0))
    yield from [replace(h, finding=replace(h.finding, then="rough"))] if h else []


def rough_factor(asked: Asked) -> Iterator[Hypothesis]:
    """A known constant, up to the student's own quadrature or Monte-Carlo error."""
    sample = asked.sample
    given, right = sample.both
    large = np.abs(right) > 1e-3 * sample.scale
    if not large.any() or not np.isfinite(given).all():
        return
    ratio = float(np.median(given[large] / right[large]))
    name, whole = name_of_constant(ratio, 1e-3), round(ratio)
    if name == "1" or (name is None and (whole < 20 or abs(ratio / whole - 1) > 1e-4)):
        return
    known = math.copysign(CONSTANTS[name], ratio) if name else float(whole)
    error = float(np.abs(given - known * right).max() / (abs(known) * sample.scale))
    if error < 1e-3:
        finding = Finding(factor_kind(known), factor=known, then="rough")
        if name is None:
            finding = Finding("not-divided", number=known)
        yield predicts(finding, lambda s: (known * r for r in s.right), 5 * error * abs(known))


def _seen(asked: Asked) -> Iterator[tuple[Finding, float, float]]:
    """What is wrong with the digits, and how far they are off, at least and at most."""
    if asked.calls is None or not all(s.given for s in asked.samples):
        return  # of the cases none may be left that has numbers
    given, right = np.hstack([s.both for s in asked.samples])
    if not np.isfinite(given).all() or len(np.unique(given)) < 4:
        return
    first, again = (asked.calls[label][0][1] for label in ("generic", "again"))
    one, other, size = first.outputs[asked.output], again.outputs[asked.output], np.abs(given).max()
    dtype = first.dtypes[asked.output]
    if one.shape == other.shape and not np.array_equal(one, other):
        yield Finding("random"), 0.0, 8 * float(np.abs(one - other).max())
    elif dtype in _OFF:
        yield few_bits({dtype}), 0.0, _OFF[dtype] * size
    elif dtype.startswith(("int", "uint")) and np.any(right != np.round(right)):
        if any(c.kind == "rounded-to-whole" for c in asked.question.confusions):
            return  # which says more
        yield Finding("whole-numbers"), 1e-9 * size, 1.0
    else:
        few = (p for p in range(1, 9) if np.array_equal(given, np.round(given, p)))
        if (p := next(few, None)) and not np.array_equal(right, np.round(right, p)):
            yield Finding("rounded", number=p, then="besides"), 1e-9 * size, 1.01 * 10.0**-p


def _nearest(asked: Asked, tolerance: float, at_least: float = 0.0) -> Hypothesis | None:
    """The known mistake that alone is as near as that; none where the right value is, too."""
    sample = asked.sample
    if _error(sample, asked.question.right) <= tolerance:
        return None
    every = [*known(asked.question), *alone(asked.question)]
    errors = np.array([_error(sample, value) for _, value in every])
    best = int(errors.argmin())
    least, (finding, value) = errors[best], every[best]
    if not at_least <= least <= tolerance:
        return None
    for n in np.flatnonzero(errors < min(10 * least, 2 * tolerance)):
        if n != best and not _same(sample, value, every[n][1]):
            return None
    return Hypothesis(finding, lambda s: _error(s, value) <= tolerance)


def _same(sample: Sample, one: Value, other: Value) -> bool:
    a, b = (sample.flat(sample.values(value)) for value in (one, other))
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-7, atol=1e-9 * sample.scale)


def _error(sample: Sample, value: Value) -> float:
    """How far the student's values are from others."""
    values, given = sample.flat(sample.values(value)), sample.both[0]
    fits = values.shape == given.shape and np.isfinite(values - given).all()
    return float(np.abs(given - values).max(initial=0.0)) if fits else np.inf
