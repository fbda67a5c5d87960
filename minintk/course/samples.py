"""What is asked, what was answered, and a mistake as a model of the answer.

Question         what is asked: its right values, its parts, and the confusions it invites
Sample           inputs, right values and the student's, case by case
Model            a mistake that predicts the student's values
close, agree     equal to rounding, as a whole and entry by entry
constant_ratio   the ratio of the student's values to the right ones, where it is one number
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .._require import Array

__all__ = [
    "Inputs",
    "Model",
    "Question",
    "Sample",
    "Value",
    "agree",
    "as_right",
    "close",
    "constant_ratio",
]

Inputs = Mapping[str, Any]
Value = Callable[[Inputs], Any]

RELATIVE = 1e-9


@dataclass(frozen=True)
class Question:
    """What is asked, and what a wrong answer is compared with.

    right      the right value of the inputs
    terms      the parts that add up to it, by name
    sums       parts that are sums themselves: named only where the formula shows them as a piece
    finer      the parts of those sums, for a formula that does not
    foreign    parts that do not belong, but are often written
    factors    quantities (n, √m, a residual) that may be missing or too many as a factor
    mistakes   known confusions: (name in the catalogue, value of the mistake, what to say or "")
    hints      what to ask the student, by name in the catalogue
    pointer    where the derivation is
    """

    name: str
    right: Value
    terms: Mapping[str, Value] = field(default_factory=dict)
    sums: tuple[str, ...] = ()
    finer: Mapping[str, Value] = field(default_factory=dict)
    foreign: Mapping[str, Value] = field(default_factory=dict)
    factors: Mapping[str, Value] = field(default_factory=dict)
    mistakes: tuple[tuple[str, Value, str], ...] = ()
    hints: Mapping[str, str] = field(default_factory=dict)
    pointer: str = ""


@dataclass(frozen=True)
class Sample:
    """Inputs, right values and the student's values, one entry a case; equal shapes in each."""

    inputs: tuple[Inputs, ...]
    right: tuple[Array, ...]
    given: tuple[Array, ...]
    relative: float = RELATIVE

    @property
    def scale(self) -> float:
        """The largest right value, for the absolute part of a tolerance."""
        return max((float(np.abs(value).max(initial=0.0)) for value in self.right), default=0.0)

    def flat(self, values: Iterable[Array]) -> Array:
        """Values of all cases as one vector."""
        return np.concatenate([np.ravel(value) for value in values])


@dataclass(frozen=True)
class Model:
    """A mistake that predicts the student's values: its name, what to say, and the prediction."""

    name: str
    relation: str
    predict: Callable[[Inputs, Array], Array]

    def holds(self, sample: Sample) -> bool:
        """Whether the student's values of the sample are those of this mistake."""
        with np.errstate(all="ignore"):
            return bool(sample.inputs) and all(
                close(self.predict(inputs, right), given, sample.scale, sample.relative)
                for inputs, right, given in zip(
                    sample.inputs, sample.right, sample.given, strict=True
                )
            )


def close(value: Any, other: Any, scale: float, relative: float = RELATIVE) -> bool:
    """Whether two arrays agree to rounding: 1e-9 of the value, or 1e-11 of the scale.

    >>> close(np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-12]), scale=2.0)
    True
    """
    a, b = np.asarray(value, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if np.shape(a) not in ((), np.shape(b)):
        return False
    return bool(np.all(agree(a, b, scale, relative)))


def agree(a: Array, b: Array, scale: float, relative: float = RELATIVE) -> np.ndarray:
    """Entry by entry: do the values agree to rounding?

    >>> agree(np.array([1.0, 2.0]), np.array([1.0, 2.1]), scale=2.0).tolist()
    [True, False]
    """
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(a), np.abs(b))
        return (np.abs(a - b) <= relative * size + 1e-2 * relative * scale) & np.isfinite(a - b)


def constant_ratio(sample: Sample, values: tuple[Array, ...] | None = None) -> float | None:
    """The ratio of the student's values to others (the right ones), where it is one number.

    >>> constant_ratio(Sample((), (np.array([1.0, 2.0]),), (np.array([3.0, 6.0]),)))
    3.0
    """
    given = sample.flat(sample.given)
    base = sample.flat(sample.right if values is None else values)
    safe = np.abs(base) > 1e-6 * max(np.abs(base).max(initial=0.0), 1e-300)
    if not safe.any() or not np.isfinite(given).all():
        return None
    ratios = given[safe] / base[safe]
    ratio = float(np.median(ratios))
    spread = np.abs(ratios - ratio).max()
    return ratio if spread <= sample.relative * abs(ratio) and ratio != 0 else None


def as_right(_: Any, right: Array) -> Array:
    """The prediction of a model that was confirmed in another way.

    >>> as_right({}, np.array([1.0]))
    array([1.])
    """
    return right
