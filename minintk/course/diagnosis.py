"""From wrong values to what went wrong.

A diagnosis is a model of the mistake: a rule that predicts the student's values from the inputs and
the right values. It is found on one sample and said only if it predicts a fresh one too. The tests
go from the cheapest relation to the most particular, as a teacher would: a constant ratio, a ratio
made of powers of n, m and the variables, a known confusion, a part that is missing or doubled, a
shift, a power. What the model says is a relation; the right formula is never in it.

find_mistake  the first model that explains both samples, or None
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from .._require import Array
from .mistakes import CATALOGUE
from .parts import part_models, scaled_part_models
from .ratios import name_of_constant, nearest_constant, ratio_name, ratio_words
from .samples import Inputs, Model, Question, Sample, Value, close, constant_ratio

__all__ = ["find_mistake"]


def find_mistake(
    question: Question,
    sample: Sample,
    fresh: Sample,
    more: Callable[[Sample], Iterator[Model]] | None = None,
    before_parts: Callable[[Sample], Iterator[Model]] | None = None,
) -> Model | None:
    """The first model of a mistake that predicts the student's values on both samples.

    `more` adds models of its own, tried before the vague ones (shift, power);
    `before_parts` adds models before those of more than one part. Returns None where
    nothing explains the values: then a counterexample is the better answer.

    >>> question = Question("double", lambda inputs: 2 * inputs["x"])
    >>> xs = {"x": np.array([1.0, 2.0, 5.0])}, {"x": np.array([3.0, 4.0, 7.0])}
    >>> samples = [Sample((x,), (2 * x["x"],), (x["x"],)) for x in xs]
    >>> find_mistake(question, *samples).name
    'factor-1/2'
    """
    tests: list[Callable[[Question, Sample], Iterator[Model]]] = [
        *(_constant, _named_ratio, _confusions, _leak, _one_factor, _nearly_one, _any_ratio),
        _one_part,
        lambda _, sample: before_parts(sample) if before_parts else iter(()),
        *(_only_one(part_models), _only_one(scaled_part_models)),
        lambda _, sample: _finer(question, sample),
        *(part_models, _monomial, _scaled_confusions, _shift, _power, scaled_part_models),
    ]
    tests += [lambda _, sample: more(sample)] if more else []
    tests += [_digits, _rough_ratio]
    with np.errstate(all="ignore"):
        for test in tests:
            for model in test(question, sample):
                if model.holds(sample) and model.holds(fresh):
                    return model
    return None


def _named_ratio(question: Question, sample: Sample) -> Iterator[Model]:
    yield from (model for model in _any_ratio(question, sample) if model.name != "factor-other")


def _any_ratio(question: Question, sample: Sample) -> Iterator[Model]:
    ratio = constant_ratio(sample)
    if ratio is not None:
        relation = "" if ratio_name(ratio) == "sign" else f"{ratio_words(ratio)} times"
        yield Model(ratio_name(ratio), relation, lambda _, right: ratio * right)


def _one_part(question: Question, sample: Sample) -> Iterator[Model]:
    """One part missing or counted twice, and nothing else."""
    for model in part_models(question, sample):
        if ";" not in model.relation and model.name.startswith(("missing", "doubled")):
            yield model


def _only_one(test: Callable[..., Iterator[Model]]) -> Callable[..., Iterator[Model]]:
    """A test on the parts, for answers with a single part off."""
    return lambda question, sample: (
        model
        for model in test(question, sample)
        if model.relation.count("the part '") == 1 and "does not belong" not in model.relation
    )


def _finer(question: Question, sample: Sample) -> Iterator[Model]:
    if question.finer:
        yield from part_models(replace(question, terms=question.finer), sample)


def _leak(question: Question, sample: Sample) -> Iterator[Model]:
    """A ReLU with a slope of its own below 0, or its derivative."""
    if not any(name == "leaky" for name, *_ in question.mistakes):
        return
    inputs = sample.inputs[-1]
    given, right = sample.given[-1], sample.right[-1]
    if "z" not in inputs or inputs["z"].shape != right.shape:
        return
    below = inputs["z"] < 0
    power = 0 if set(np.unique(right)) <= {0.0, 1.0} else 1
    if below.any():
        slope = float(np.median(given[below] / inputs["z"][below] ** power))

        def predict(inputs: Inputs, right: Array) -> Array:
            return np.where(inputs["z"] < 0, slope * inputs["z"] ** power, right)

        if slope:
            yield Model("leaky", f"There the slope is {slope:.3g}", predict)


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


def _rough_ratio(question: Question, sample: Sample) -> Iterator[Model]:
    """A known constant ratio, up to the student's own quadrature or Monte-Carlo error."""
    given, right = sample.flat(sample.given), sample.flat(sample.right)
    large = np.abs(right) > 1e-3 * sample.scale
    if not large.any() or not np.isfinite(given).all():
        return
    ratio = float(np.median(given[large] / right[large]))
    constant = nearest_constant(ratio)
    if constant is None or constant == 1.0:
        return
    error = float(np.abs(given - constant * right).max() / (abs(constant) * sample.scale))
    if error < 1e-3:
        words = f"{ratio_words(constant)} times" + " (up to the digits of your own sums)"

        def predict(_: Inputs, right: Array) -> Array:
            return constant * right

        yield _Near(ratio_name(constant), words, predict, 5 * error * abs(constant))


@dataclass(frozen=True)
class _Near(Model):
    tolerance: float = 0.0

    def holds(self, sample: Sample) -> bool:
        return all(
            bool(np.all(abs(g - self.predict(i, r)) <= self.tolerance * sample.scale))
            for i, g, r in zip(sample.inputs, sample.given, sample.right, strict=True)
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
    relation = said or " · ".join(words) + " times"
    missing = {"residual": "missing-residual", "a": "missing-output-weight"}
    alone = name_of_constant(c) == "1" and c > 0 and [*powers.values()] == [-1.0]
    if alone and question.name.startswith("dL"):
        name = name or missing.get(*powers)
        relation = "" if name in missing.values() else relation
    yield Model(name or _monomial_name(powers), relation, predict)


def _one_factor(question: Question, sample: Sample) -> Iterator[Model]:
    """One power of one factor; two factors at once are tried after the parts."""
    found = _powers_of_factors(question, sample)
    if found is not None and len(found[1]) == 1:
        yield from _monomial(question, sample)


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
        counts = {name: f for name, f in question.factors.items() if name in ("n", "m")}
        if counts and ratio is None:
            few = replace(question, factors=counts)
            yield from _monomial(few, sample, value, name, also.format("of n or m"))


def _cases(sample: Sample) -> Iterator[tuple[Inputs, Array]]:
    return zip(sample.inputs, sample.right, strict=True)


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
