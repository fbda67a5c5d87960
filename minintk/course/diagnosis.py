"""From wrong values to what went wrong.

A diagnosis is a model of the mistake: a rule that predicts the student's values from the inputs and
the right values. It is found on one sample and said only if it predicts a fresh one too. The tests
go from the cheapest relation to the most particular, as a teacher would: a constant ratio, a ratio
made of powers of n, m and the variables, a known confusion, a part that is missing or doubled, a
shift, a power. What the model says is a relation; the right formula is never in it.

Question      what is asked: its right values, its parts, and the confusions it invites
Sample        inputs, right values and the student's, case by case
find_mistake  the first model that explains both samples, or None
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from .._require import Array
from .mistakes import CATALOGUE, NETWORK_PARTS

__all__ = ["Model", "Question", "Sample", "close", "find_mistake"]

Inputs = Mapping[str, Any]
Value = Callable[[Inputs], Any]

RELATIVE = 1e-9


@dataclass(frozen=True)
class Question:
    """What is asked, and what a wrong answer is compared with.

    right      the right value of the inputs
    terms      the parts that add up to it, by name
    foreign    parts that do not belong, but are often written
    factors    quantities (n, √m, a residual) that may be missing or too many as a factor
    mistakes   known confusions: (name in the catalogue, value of the mistake, what to say or "")
    hints      what to ask the student, by name in the catalogue
    pointer    where the derivation is
    """

    name: str
    right: Value
    terms: Mapping[str, Value] = field(default_factory=dict)
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
    """Entry by entry: do the values agree to rounding?"""
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(a), np.abs(b))
        return (np.abs(a - b) <= relative * size + 1e-2 * relative * scale) & np.isfinite(a - b)


def find_mistake(
    question: Question,
    sample: Sample,
    fresh: Sample,
    more: Callable[[Sample], Iterator[Model]] | None = None,
) -> Model | None:
    """The first model of a mistake that predicts the student's values on both samples.

    `more` adds models of its own, tried before the vague ones (shift, power). Returns None where
    nothing explains the values: then a counterexample is the better answer.

    >>> question = Question("double", lambda inputs: 2 * inputs["x"])
    >>> xs = {"x": np.array([1.0, 2.0, 5.0])}, {"x": np.array([3.0, 4.0, 7.0])}
    >>> samples = [Sample((x,), (2 * x["x"],), (x["x"],)) for x in xs]
    >>> find_mistake(question, *samples).name
    'factor-1/2'
    """
    tests: list[Callable[[Question, Sample], Iterator[Model]]] = [
        *(_constant, _named_ratio, _monomial, _confusions, _scaled_confusions),
        *(_nearly_one, _any_ratio, _terms, _shift, _power, _scaled_terms),
    ]
    tests += [lambda _, sample: more(sample)] if more else []
    tests.append(_digits)
    with np.errstate(all="ignore"):
        for test in tests:
            for model in test(question, sample):
                if model.holds(sample) and model.holds(fresh):
                    return model
    return None


def constant_ratio(sample: Sample, values: tuple[Array, ...] | None = None) -> float | None:
    """The ratio of the student's values to others (the right ones), where it is one number."""
    given = sample.flat(sample.given)
    base = sample.flat(sample.right if values is None else values)
    safe = np.abs(base) > 1e-6 * max(np.abs(base).max(initial=0.0), 1e-300)
    if not safe.any() or not np.isfinite(given).all():
        return None
    ratios = given[safe] / base[safe]
    ratio = float(np.median(ratios))
    spread = np.abs(ratios - ratio).max()
    return ratio if spread <= sample.relative * abs(ratio) and ratio != 0 else None


def name_of_constant(ratio: float) -> str | None:
    """`2`, `1/pi`, `sqrt2`, … where the size of the ratio is one of the known constants."""
    for name, value in _CONSTANTS.items():
        if math.isclose(abs(ratio), value, rel_tol=1e-7):
            return name
    return None


_CONSTANTS = {
    **{"1": 1.0, "2": 2.0, "1/2": 0.5, "4": 4.0, "1/4": 0.25, "3": 3.0, "1/3": 1 / 3},
    **{"pi": np.pi, "1/pi": 1 / np.pi, "2pi": 2 * np.pi, "1/2pi": 0.5 / np.pi},
    **{"sqrt2": math.sqrt(2), "1/sqrt2": math.sqrt(0.5), "pi/2": np.pi / 2, "2/pi": 2 / np.pi},
    **{"pi^2": np.pi**2, "1/pi^2": np.pi**-2, "180/pi": 180 / np.pi, "pi/180": np.pi / 180},
    **{"sqrt(pi)": math.sqrt(np.pi), "1/sqrt(pi)": math.sqrt(1 / np.pi)},
    **{"sqrt(2pi)": math.sqrt(2 * np.pi), "1/sqrt(2pi)": math.sqrt(0.5 / np.pi)},
    **{"8": 8.0, "1/8": 0.125, "6": 6.0, "1/6": 1 / 6, "4pi": 4 * np.pi, "1/4pi": 0.25 / np.pi},
    **{"2pi^2": 2 * np.pi**2, "1/2pi^2": 0.5 / np.pi**2, "pi/4": np.pi / 4, "4/pi": 4 / np.pi},
    **{"2sqrt2": math.sqrt(8), "1/2sqrt2": math.sqrt(1 / 8)},
    **{"2/pi^2": 2 / np.pi**2, "pi^2/2": np.pi**2 / 2, "4pi^2": 4 * np.pi**2},
    **{"1/4pi^2": 0.25 / np.pi**2, "16": 16.0, "1/16": 1 / 16},
}


def ratio_name(ratio: float) -> str:
    """The catalogue's name of a constant ratio."""
    if math.isclose(ratio, -1, rel_tol=1e-7):
        return "sign"
    name = f"factor-{name_of_constant(ratio)}"
    return name if name in CATALOGUE else "factor-other"


def ratio_words(ratio: float) -> str:
    """A ratio for a message: 1/pi, or its digits."""
    sign = "-" if ratio < 0 else ""
    return sign + (name_of_constant(ratio) or f"{abs(ratio):.6g}")


def _named_ratio(question: Question, sample: Sample) -> Iterator[Model]:
    yield from (model for model in _any_ratio(question, sample) if model.name != "factor-other")


def _any_ratio(question: Question, sample: Sample) -> Iterator[Model]:
    ratio = constant_ratio(sample)
    if ratio is not None:
        relation = "" if ratio_name(ratio) == "sign" else f"{ratio_words(ratio)} times"
        yield Model(ratio_name(ratio), relation, lambda _, right: ratio * right)


def _nearly_one(question: Question, sample: Sample) -> Iterator[Model]:
    ratio = constant_ratio(sample)
    if ratio is not None and 0 < abs(ratio - 1) < 1e-2:
        yield from _digits(question, sample)


def _digits(question: Question, sample: Sample) -> Iterator[Model]:
    """Right, but with a constant that was typed with a few digits only."""
    given, right = sample.flat(sample.given), sample.flat(sample.right)
    scale = sample.scale
    if not scale or not np.isfinite(given).all():
        return
    error = float((np.abs(given - right)).max() / scale)
    if error < 1e-2 and all(close(g, r, scale, 1e-1) for g, r in _pairs(sample)):
        digits = max(1, int(-math.log10(max(error, 1e-16))))
        inside = 5 * error

        def predict(_: Inputs, right: Array) -> Array:
            return right

        yield _Near("few-digits", f"{digits}", predict, inside)


@dataclass(frozen=True)
class _Near(Model):
    tolerance: float = 0.0

    def holds(self, sample: Sample) -> bool:
        return all(
            bool(np.all(abs(g - r) <= self.tolerance * sample.scale)) for g, r in _pairs(sample)
        )


def _pairs(sample: Sample) -> Iterator[tuple[Array, Array]]:
    return zip(sample.given, sample.right, strict=True)


def _factor_columns(question: Question, sample: Sample) -> dict[str, Array]:
    """Each factor, broadcast to the values of every case."""
    return {
        name: sample.flat(
            np.broadcast_to(value(inputs), right.shape)
            for inputs, right in zip(sample.inputs, sample.right, strict=True)
        )
        for name, value in question.factors.items()
    }


def _powers_of_factors(
    question: Question, sample: Sample, values: tuple[Array, ...] | None = None
) -> tuple[float, dict[str, float]] | None:
    """(c, powers) where the student's values are c Π factor^power times the others, or None."""
    given = sample.flat(sample.given)
    base = sample.flat(sample.right if values is None else values)
    columns = _factor_columns(question, sample)
    safe = (np.abs(base) > 1e-6 * np.abs(base).max(initial=0.0)) & (given != 0)
    for column in columns.values():
        safe &= np.abs(column) > 1e-6
    if not columns or safe.sum() < len(columns) + 2:
        return None
    logs = np.log(np.abs(given[safe] / base[safe]))
    matrix = np.column_stack(
        [np.ones(safe.sum()), *(np.log(np.abs(c[safe])) for c in columns.values())]
    )
    if not np.isfinite(logs).all():
        return None
    solution = np.linalg.lstsq(matrix, logs, rcond=1e-10)[0]
    halves = np.round(2 * solution[1:]) / 2
    powers = {name: float(p) for name, p in zip(columns, halves, strict=True) if p}
    if not powers or len(powers) > 2 or np.abs(matrix @ solution - logs).max() > 1e-7:
        return None
    rest = given[safe] / base[safe]
    for name, power in powers.items():
        rest = rest / np.sign(columns[name][safe]) ** (power % 2 == 1)
        rest = rest / np.abs(columns[name][safe]) ** power
    return float(np.median(rest)), powers


def _monomial(
    question: Question,
    sample: Sample,
    value: Value | None = None,
    name: str | None = None,
    said: str = "",
) -> Iterator[Model]:
    base = None if value is None else tuple(value(i) for i in sample.inputs)
    found = _powers_of_factors(question, sample, base)
    if found is None or (not name_of_constant(found[0]) and len(found[1]) > 1):
        return
    c, powers = found

    def predict(inputs: Inputs, right: Array) -> Array:
        product = c * (right if value is None else value(inputs))
        for factor, power in powers.items():
            column = np.asarray(question.factors[factor](inputs), dtype=np.float64)
            sign = np.sign(column) if power % 2 == 1 else 1.0
            product = product * sign * np.abs(column) ** power
        return product

    words = [_power_words(factor, power).replace("sqrt-", "√") for factor, power in powers.items()]
    if name_of_constant(c) != "1" or c < 0:
        words.insert(0, ratio_words(c))
    yield Model(name or _monomial_name(powers), said or " · ".join(words) + " times", predict)


def _monomial_name(powers: Mapping[str, float]) -> str:
    if len(powers) == 1:
        ((factor, power),) = powers.items()
        name = f"factor-{_power_words(factor, power)}"
        if name in CATALOGUE:
            return name
        if factor == "residual" and power > 0:
            return "residual-squared"
    if sorted(powers.values()) == [-1.0, 1.0]:
        return "wrong-variable"
    return "factor-variable"


def _power_words(factor: str, power: float) -> str:
    inverse = "1/" if power < 0 else ""
    size = abs(power)
    if size == 0.5:
        return f"{inverse}sqrt({factor})" if len(factor) > 1 else f"{inverse}sqrt-{factor}"
    return inverse + (factor if size == 1 else f"{factor}^{size:g}")


def _confusions(question: Question, sample: Sample) -> Iterator[Model]:
    for name, value, said in question.mistakes:
        yield Model(name, said, lambda inputs, _, value=value: value(inputs))  # type: ignore[misc]


def _scaled_confusions(question: Question, sample: Sample) -> Iterator[Model]:
    """A known confusion and a constant factor, or a factor of n, m or a variable, on top."""
    for name, value, said in question.mistakes:
        values = tuple(np.broadcast_to(value(i), r.shape) for i, r in _cases(sample))
        if not all(np.isfinite(v).all() for v in values):
            continue
        ratio = constant_ratio(sample, values)
        also = f"{said}; and there is a factor {{}} on top".removeprefix("; and t").replace(
            "here is", "There is", 0 if said else 1
        )
        if ratio is not None and name_of_constant(ratio):

            def predict(
                inputs: Inputs, _: Array, value: Value = value, ratio: float = ratio
            ) -> Array:
                return ratio * value(inputs)

            yield Model(name, also.format(ratio_words(ratio)), predict)
        elif question.factors:
            yield from _monomial(
                question, sample, value, name, also.format("of n, m or a variable")
            )


def _cases(sample: Sample) -> Iterator[tuple[Inputs, Array]]:
    return zip(sample.inputs, sample.right, strict=True)


def _terms(question: Question, sample: Sample, common: float = 1.0) -> Iterator[Model]:
    """Fit the student's values on the parts; the coefficients name the part that is off."""
    terms = {**question.terms, **question.foreign}
    if not question.terms:
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
    norms = np.linalg.norm(columns, axis=0)
    solution, _, rank, _ = np.linalg.lstsq(columns / norms, given, rcond=1e-10)
    if rank < len(terms):
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
    known = {name: _tidy(float(c)) * common for name, c in zip(terms, coefficients, strict=True)}

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
            off[name] = float(_tidy(coefficient))
    return off


def _tidy(coefficient: float) -> float:
    """0, 1 and the known constants without the rounding of the fit."""
    if abs(coefficient) < 1e-6:
        return 0.0
    for value in _CONSTANTS.values():
        if math.isclose(abs(coefficient), value, rel_tol=1e-6):
            return math.copysign(value, coefficient)
    return coefficient


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


def _scaled_terms(question: Question, sample: Sample) -> Iterator[Model]:
    """A part that is off, and a constant factor in front of the whole."""
    if len(question.terms) < 2:
        return
    for common in (2.0, 0.5, -1.0, np.pi, 1 / np.pi, 2 * np.pi, 0.5 / np.pi):
        yield from _terms(question, sample, common)


def _constant(question: Question, sample: Sample) -> Iterator[Model]:
    given = sample.flat(sample.given)
    if len(given) > 1 and np.ptp(given) == 0 and np.ptp(sample.flat(sample.right)) > 0:
        value = float(given[0])
        yield Model("constant", f"{value:.6g}", lambda _, right: np.full_like(right, value))


def _shift(question: Question, sample: Sample) -> Iterator[Model]:
    difference = sample.flat(sample.given) - sample.flat(sample.right)
    shift = float(np.median(difference))
    tiny = abs(shift) <= 1e-3 * sample.scale  # that is a lack of digits
    if not tiny and np.abs(difference - shift).max() <= 1e-9 * max(sample.scale, abs(shift)):
        yield Model("shift", f"{shift:.6g}", lambda _, right: right + shift)


def _power(question: Question, sample: Sample) -> Iterator[Model]:
    given, right = sample.flat(sample.given), sample.flat(sample.right)
    for power in (2.0, 0.5, -1.0, -2.0, 3.0):
        if close(np.abs(given), np.abs(right) ** power, float(np.abs(given).max())):
            words = {2.0: "the square", 0.5: "the square root", -1.0: "the inverse"}
            relation = words.get(power, f"the power {power:g}")
            signed = bool((given < 0).any())
            yield Model("power", relation, partial(_to_the_power, power=power, signed=signed))


def _to_the_power(_: Inputs, right: Array, power: float, signed: bool) -> Array:
    value: Array = np.abs(right) ** power
    return np.sign(right) * value if signed else value
