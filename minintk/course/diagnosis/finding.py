"""What was found: a mistake as data, and what it was found on.

Finding      a mistake: its kind, the parts and factors that it speaks of, its place
Hypothesis   a finding that is yet to be confirmed on values that it was not made from
Sample       inputs, right values and the student's, case by case
Asked        everything that a test of the search may look at
close, agree equal to rounding, as a whole and entry by entry
constant_ratio   the ratio of the student's values to others, where it is one number
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.ma  # np.median loads it when first called, and two threads at once see half of it

from ..._require import Array
from ..answers.formula import Formula
from ..answers.program import Call
from ..answers.variants import Variants
from ..questions.question import Inputs, Question, Value, value_of

FEW = 16  # inputs of the first search: enough for a step to be told from another
Mask = Callable[[Inputs, tuple[int, ...]], Any]
Known = dict[Any, tuple[Array, ...]]  # by what it is the value of


class PartOff(NamedTuple):
    """A part of a sum that is off: how many times its right size it has; foreign if no part.

    own   the student's term for it, where one of his formula's corresponds
    """

    name: str
    size: float
    foreign: bool = False
    own: str = ""


@dataclass(frozen=True)
class Finding:
    """A mistake.

    kind       its name in the catalogue
    parts      the parts of a sum that are off
    factor     what the whole is multiplied by, besides; None where nothing is
    powers     and by which powers of n, m or a letter
    place      where: a piece of the formula, an edge, what a program raised
    line       of a program
    note       the question's word on a known confusion
    number     a value that the kind speaks of: digits, a shift, a power
    fine, wrong   classes of inputs or entries that are right, and that are not
    then       "rough" where it holds up to the digits of the student's own sums, "besides" where
               the values are rounded and wrong
    second     what is wrong besides
    output     of which of several outputs or entries it is said: "in ∂L/∂a"
    confirmed  whether it held on inputs that it was not found on
    """

    kind: str
    parts: tuple[PartOff, ...] = ()
    factor: float | None = None
    powers: tuple[tuple[str, float], ...] = ()
    place: str = ""
    line: int | None = None
    note: str = ""
    number: float | None = None
    fine: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    then: str = ""
    second: Finding | None = None
    output: str = ""
    confirmed: bool = False

    @property
    def is_factor(self) -> bool:
        """Whether nothing but a factor is between the student's values and the right ones."""
        alone = self.kind in ("residual-squared", "wrong-variable")
        return (alone or self.kind.startswith("factor-")) and not self.parts and not self.note

    def each(self) -> Iterator[Finding]:
        """The finding itself, and what is wrong besides."""
        yield self
        if self.second is not None:
            yield from self.second.each()


@dataclass(frozen=True)
class Sample:
    """Inputs, right values and the student's values, one entry a case; equal shapes in each.

    `known` has what was computed at these inputs before; who asks several students the same keeps
    it for all of them.
    """

    inputs: tuple[Inputs, ...]
    right: tuple[Array, ...]
    given: tuple[Array, ...]
    relative: float = 1e-9
    absolute: float = 1e-11
    known: Known = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def scale(self) -> float:
        """The largest right value, for the absolute part of a tolerance."""
        return max((float(np.abs(value).max(initial=0.0)) for value in self.right), default=0.0)

    @cached_property
    def both(self) -> tuple[Array, Array]:
        """The student's values and the right ones, of all cases as one vector each."""
        return self.flat(self.given), self.flat(self.right)

    @staticmethod
    def flat(values: Iterable[Array]) -> Array:
        """Values of all cases as one vector."""
        return np.concatenate([value.ravel() for value in values])

    def values(self, value: Value) -> tuple[Array, ...]:
        """A part or a confusion at the inputs of every case, in the shape of the right value."""
        if value not in self.known:
            cases = zip(self.inputs, self.right, strict=True)
            found = ((value_of(value, i), r.shape) for i, r in cases)
            self.known[value] = tuple(
                v if v.shape == s or v.ndim > len(s) else np.broadcast_to(v, s) for v, s in found
            )
        return self.known[value]

    def value_of_case(self, value: Value, case: int) -> Array:
        """The same for one case alone, in whatever shape it has."""
        key = (value, case)
        if key not in self.known:
            self.known[key] = (value_of(value, self.inputs[case]),)
        return self.known[key][0]

    @cached_property
    def given_sizes(self) -> tuple[Array, ...]:
        """The norm of the student's values in each case."""
        return tuple(np.asarray(np.linalg.norm(value)) for value in self.given)

    def sizes(self, value: Value) -> tuple[Array, ...]:
        """The norm of a part or a confusion in each case."""
        if (key := (value, "size")) not in self.known:
            self.known[key] = tuple(np.asarray(np.linalg.norm(v)) for v in self.values(value))
        return self.known[key]

    def inside(self, mask: Mask) -> list[np.ndarray]:
        """Which entries are in a class of the question, case by case."""
        shaped = zip(self.inputs, self.right, strict=True)
        return [np.broadcast_to(mask(i, r.shape), r.shape).astype(bool) for i, r in shaped]

    def ratio(self, values: Iterable[Array] | None = None) -> float | None:
        """The ratio of the student's values to the right ones, or to others, where it is one."""
        given, right = self.both
        return constant_ratio(given, right if values is None else self.flat(values), self.relative)

    def good(self) -> np.ndarray:
        """Which of the student's values are right, all cases as one vector."""
        return agree(*self.both, self)


Predict = Callable[[Sample], Iterable[Array]]


@dataclass(frozen=True)
class Hypothesis:
    """A finding, and whether it holds on a sample."""

    finding: Finding
    holds: Callable[[Sample], bool] = field(default=lambda sample: True)
    cost: float | None = None  # of changes of a formula; of other findings see `ranking`


@dataclass(frozen=True)
class Asked:
    """A wrong answer: the question, two samples of values, and what gave them.

    formula   of the student, or None
    calls     of the student's function, by what was called ("generic", "again", "single"), or None
    output    which of its outputs
    kinks     the values on the kink of the ReLU, where a relation may break
    """

    question: Question
    sample: Sample
    fresh: Sample
    formula: Formula | None = None
    calls: dict[str, list[tuple[Inputs, Call]]] | None = None
    output: int = 0
    kinks: tuple[Sample, ...] = ()

    @property
    def samples(self) -> tuple[Sample, Sample]:
        return self.sample, self.fresh

    @cached_property
    def few(self) -> dict[str, Array]:
        """The first inputs of a formula."""
        return {name: np.atleast_1d(v)[:FEW] for name, v in self.sample.inputs[0].items()}

    @cached_property
    def variants(self) -> Variants:
        """The changes of the student's formula, with the first values after each."""
        assert self.formula is not None
        names = [letter.name for letter in self.question.letters] + list(self.question.shorthands)
        return Variants(self.formula.tree, self.few, names, self.question.functions)


def predicts(finding: Finding, predict: Predict, within: float | None = None) -> Hypothesis:
    """A finding that holds where the student's values are the predicted ones, to rounding.

    within   another tolerance, relative to the largest right value
    """

    def holds(sample: Sample) -> bool:
        with np.errstate(all="ignore"):
            pairs = list(zip(predict(sample), sample.given, strict=True))
            if within is None:
                return bool(pairs) and all(close(*pair, sample) for pair in pairs)
            return all(np.all(abs(g - v) <= within * sample.scale) for v, g in pairs)

    return Hypothesis(finding, holds)


def times(value: Value, ratio: float = 1.0) -> Predict:
    """A part or a confusion, times a constant."""
    return lambda sample: (ratio * v for v in sample.values(value))


def close(value: Any, other: Any, sample: Sample) -> bool:
    """Whether two arrays agree to the sample's rounding: 1e-9 of the value, 1e-11 of the scale."""
    a, b = np.asarray(value, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if a.shape not in ((), b.shape):
        return False
    if b.size:  # most differ in the last entry, which is quicker than all
        x, y = a.item(-1), b.item(-1)
        allowed = sample.relative * max(abs(x), abs(y)) + sample.absolute * sample.scale
        if abs(x - y) > allowed:
            return False
    return bool(np.all(agree(a, b, sample)))


def agree(a: Array, b: Array, sample: Sample) -> np.ndarray:
    """Entry by entry: do the values agree to rounding?"""
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(a), np.abs(b))
        allowed = sample.relative * size + sample.absolute * sample.scale
        return (np.abs(a - b) <= allowed) & np.isfinite(a - b)


def constant_ratio(given: Array, base: Array, relative: float = 1e-9) -> float | None:
    """The ratio of values to others, where it is one number.

    >>> constant_ratio(np.array([3.0, 6.0]), np.array([1.0, 2.0]))
    3.0
    """
    safe = np.abs(base) > 1e-6 * max(np.abs(base).max(initial=0.0), 1e-300)
    if not safe.any() or not np.isfinite(given).all() or not np.isfinite(base).all():
        return None
    ratios = given[safe] / base[safe]
    if np.ptp(ratios) > 3 * relative * np.abs(ratios).max():
        return None  # as most are: a median takes longer
    ratio = float(np.median(ratios))
    return ratio if np.abs(ratios - ratio).max() <= relative * abs(ratio) and ratio != 0 else None
