"""Which part of a sum is missing, doubled, or of the wrong sign: a fit on the parts.

part_models          models of a wrong answer with one or two parts off
scaled_part_models   the same with a factor in front of the whole
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from .._require import Array
from .mistakes import CATALOGUE, NETWORK_PARTS
from .ratios import name_of_constant, ratio_words, tidy
from .samples import Inputs, Model, Question, Sample

__all__ = ["part_models", "scaled_part_models"]


def part_models(question: Question, sample: Sample, common: float = 1.0) -> Iterator[Model]:
    """Fit the student's values on the parts; the coefficients name the part that is off.

    `common` is a factor of the whole, tried on top.

    >>> question = Question("f", lambda i: 1 + i["x"], {"1": lambda i: 1 + 0 * i["x"],
    ...                                                 "x": lambda i: i["x"]})
    >>> x = np.array([1.0, 2.0, 4.0])
    >>> next(part_models(question, Sample(({"x": x},), (1 + x,), (1 - x,)))).relation
    "the part 'x' has the wrong sign"
    """
    terms = {**question.terms, **question.foreign}
    if not terms:
        return
    columns = np.column_stack(
        [
            sample.flat(np.broadcast_to(value(i), r.shape) for i, r in _cases(sample))
            for value in terms.values()
        ]
    )
    given = sample.flat(sample.given)
    if not np.isfinite(given).all() or not np.isfinite(columns).all():
        return
    there = np.linalg.norm(columns, axis=0) > 0  # some parts are 0 for a class of frequencies
    terms = {name: value for (name, value), t in zip(terms.items(), there, strict=True) if t}
    columns = columns[:, there]
    norms = np.linalg.norm(columns, axis=0)
    solution, _, rank, _ = np.linalg.lstsq(columns / norms, given, rcond=1e-10)
    if not terms or rank < len(terms):
        return
    coefficients = solution / norms / common
    off = _wrong_terms(question, dict(zip(terms, coefficients, strict=True)))
    if all(name in question.terms and abs(c - 1) < 1e-2 for name, c in off.items()):
        return  # a constant typed with few digits
    if common != 1.0 and len(off) >= len(question.terms):
        return
    strange = sum(name_of_constant(c) is None for c in off.values() if c)
    if not off or strange > 1 or len(off) > max(2, len(question.terms) - 1):
        return
    known = {name: tidy(float(c)) * common for name, c in zip(terms, coefficients, strict=True)}

    def predict(inputs: Inputs, right: Array) -> Array:
        return sum((c * terms[name](inputs) for name, c in known.items() if c), 0.0 * right)

    words = [_term_words(name, c, name in question.terms) for name, c in off.items()]
    if common != 1.0:
        words.append(f"the whole has a factor {ratio_words(common)}")
    yield Model(_term_name(question, off), "; ".join(words), predict)


def _wrong_terms(question: Question, coefficients: Mapping[str, float]) -> dict[str, float]:
    off = {}
    for name, coefficient in coefficients.items():
        wanted = 1.0 if name in question.terms else 0.0
        if abs(coefficient - wanted) > 1e-6:
            off[name] = float(tidy(coefficient))
    return off


def _term_words(name: str, coefficient: float, belongs: bool) -> str:
    if not belongs:
        return f"there is a part that does not belong: {name}"
    if coefficient == 0:
        return f"the part '{name}' is missing"
    if coefficient == 2:
        return f"the part '{name}' is counted twice"
    if coefficient == -1:
        return f"the part '{name}' has the wrong sign"
    return f"the part '{name}' is {ratio_words(coefficient)} times its right size"


def _term_name(question: Question, off: Mapping[str, float]) -> str:
    def kind(name: str, coefficient: float) -> str:
        if name not in question.terms:
            return "foreign"
        return {0.0: "missing", 2.0: "doubled", -1.0: "sign-of"}.get(coefficient, "factor-of")

    kinds = {name: kind(name, c) for name, c in off.items()}
    order = ["missing", "doubled", "sign-of", "factor-of", "foreign"]
    first = min(kinds, key=lambda name: order.index(kinds[name]))
    part = first.replace(" ", "-") if first in NETWORK_PARTS else "term"
    name = f"{kinds[first]}-{part}"
    return name if name in CATALOGUE else f"{kinds[first]}-term"


def scaled_part_models(question: Question, sample: Sample) -> Iterator[Model]:
    """A part that is off, and a constant factor in front of the whole.

    >>> list(scaled_part_models(Question("f", lambda i: i["x"]), Sample((), (), ())))
    []
    """
    if len(question.terms) < 2:
        return
    for common in (2.0, 0.5, -1.0, np.pi, 1 / np.pi, 2 * np.pi, 0.5 / np.pi):
        yield from part_models(question, sample, common)


def _cases(sample: Sample) -> Iterator[tuple[Inputs, Array]]:
    return zip(sample.inputs, sample.right, strict=True)
