"""Answers that are the right one times something: a constant, a power of n, m or a letter.

any_factor, letter_factors, few_digits, …   tests of the search, see its table
name_of_constant   the known constant that a ratio is
pretty             a number for a message
tidy               a fitted coefficient without its rounding
factor_of          the factor of the whole, by the size of the values alone
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np

from ..._require import Array
from ...arccosine import ntk_of_angle
from ..conventions import conventions_of_factor, listed
from ..questions.question import Value, value_of
from .finding import Asked, Finding, Hypothesis, Predict, Sample, close, predicts

Factor = tuple[float, tuple[tuple[str, float], ...], Predict]  # constant, powers, what it predicts
_LARGE = {str(whole): float(whole) for whole in (2, 4, 3, 8, 6, 16)}
_LARGE |= {"pi": np.pi, "2pi": 2 * np.pi, "4pi": 4 * np.pi, "pi/2": np.pi / 2}
_LARGE |= {"pi^2": np.pi**2, "2pi^2": 2 * np.pi**2, "4pi^2": 4 * np.pi**2, "pi^2/2": np.pi**2 / 2}
_LARGE |= {"3pi": 3 * np.pi, "3pi/2": 1.5 * np.pi, "180/pi": 180 / np.pi, "4/pi": 4 / np.pi}
_LARGE |= {"3/2": 1.5, "4/3": 4 / 3, "sqrt2": math.sqrt(2), "2sqrt2": math.sqrt(8)}
_LARGE |= {"sqrt(pi)": math.sqrt(np.pi), "sqrt(2pi)": math.sqrt(2 * np.pi)}
_PAIRS = ((name.partition("/"), value) for name, value in _LARGE.items())
CONSTANTS = {"1": 1.0, **_LARGE, **{f"{below or 1}/{a}": 1 / v for (a, _, below), v in _PAIRS}}
_KINDS = {*("2", "1/2", "4", "1/4", "pi", "1/pi", "2pi", "1/2pi", "pi^2", "1/pi^2")}
_KINDS |= {"sqrt2", "1/sqrt2"}
_POWER_KINDS = {"n", "1/n", "m", "1/m", "sqrt-m", "1/sqrt-m"}


def name_of_constant(ratio: float, relative: float = 1e-7) -> str | None:
    """`2`, `1/pi`, `sqrt2`, … where the size of the ratio is one of the known constants.

    >>> name_of_constant(-np.pi / 2)
    'pi/2'
    """
    size, every = abs(ratio), CONSTANTS.items()
    return next((n for n, v in every if math.isclose(size, v, rel_tol=relative)), None)


def factor_kind(ratio: float) -> str:
    """The catalogue's name of a constant ratio."""
    if math.isclose(ratio, -1, rel_tol=1e-7):
        return "sign"
    name = name_of_constant(ratio)
    return f"factor-{name}" if name in _KINDS else "factor-other"


def pretty(size: float) -> str:
    """A number as on paper: 1/(2π), √2, or its digits; 0, not −0.

    >>> pretty(0.5 / math.pi), pretty(1.7), pretty(-0.0), pretty(-2.0)
    ('1/(2π)', '1.7', '0', '−2')
    """
    if (name := name_of_constant(size)) is None:
        return f"{size + 0.0:.6g}".replace("-", "−", 1) if abs(size) > 1e-12 else "0"
    name = re.sub(r"/(\d+[a-z].*)", r"/(\1)", name)
    sign = "−" if size < 0 else ""
    return sign + name.replace("sqrt", "√").replace("pi", "π").replace("^2", "²")


def tidy(coefficient: float) -> float:
    """0, 1 and the known constants without the rounding of a fit."""
    if abs(coefficient) < 1e-6:
        return 0.0
    name = name_of_constant(coefficient, 1e-6)
    return math.copysign(CONSTANTS[name], coefficient) if name else coefficient


def constant(asked: Asked) -> Iterator[Hypothesis]:
    """One number for every input."""
    given, right = asked.sample.both
    small = 1e-12 * asked.sample.scale * (asked.calls is not None)  # the rounding of a sum
    if len(given) > 1 and np.ptp(given) <= small and np.ptp(right) > 0:
        value = float(given[0])
        known = (asked.sample.values(c.value) for c in asked.question.confusions)
        if any(close(asked.sample.flat(v), given, asked.sample) for v in known):
            return  # which says more
        letters = asked.question.letters
        given_by = "k" in asked.sample.inputs[0] or asked.formula
        name = letters[0].name if given_by else next(iter(asked.sample.inputs[0]))
        on = name if len(letters) == 1 else "the input"
        edges = (c.outputs[asked.output] for _, c in (asked.calls or {}).get("edge", ()))
        rare = any(np.any(edge != value) for edge in edges)
        said, where = f"it must depend on {on}", f"{'ordinary ' * rare}input tried"
        finding = Finding("constant", number=value, place=where, note=said)
        yield predicts(finding, lambda sample: (np.full_like(r, value) for r in sample.right))


def named_factor(asked: Asked) -> Iterator[Hypothesis]:
    """One of the constants of the catalogue."""
    yield from (h for h in any_factor(asked) if h.finding.kind != "factor-other")


def any_factor(asked: Asked) -> Iterator[Hypothesis]:
    """Any constant."""
    if (ratio := asked.sample.ratio()) is not None:
        papers = listed(conventions_of_factor(asked.question, ratio))
        finding = Finding(factor_kind(ratio), factor=ratio, place=papers)
        written = asked.formula is None or re.search("log|ln", asked.formula.text)
        for base in (10, 2) if written else ():
            if math.isclose(ratio, 1 / math.log(base), rel_tol=1e-9):
                said = f"yours is 1/ln {base} = {ratio:.6g} times the right value"
                finding = Finding("wrong-log", note=said, number=ratio)
        yield predicts(finding, lambda sample: (ratio * r for r in sample.right))


def few_digits(asked: Asked) -> Iterator[Hypothesis]:
    """Right, but with a constant that was typed with a few digits only, or a coarse integral."""
    sample = asked.sample
    given, right = sample.both
    if not sample.scale or not np.isfinite(given).all():
        return
    error = float((np.abs(given - right)).max() / sample.scale)
    if error < 1e-2 and np.all(np.abs(given - right) <= 0.1 * np.abs(right) + 1e-3 * sample.scale):
        digits = max(1, int(-math.log10(max(error, 1e-16))))
        yield predicts(Finding("few-digits", number=digits), lambda s: s.right, 5 * error)


def last_digits(asked: Asked) -> Iterator[Hypothesis]:
    """A formula that is right to eight digits or more: no edit of it says anything."""
    found = few_digits(asked) if asked.formula else ()
    return (h for h in found if (h.finding.number or 0) >= 8)


def closed_grid(asked: Asked) -> Iterator[Hypothesis]:
    """A sum over a grid that ends where it began, over some number of points; or 2 or ½ of it."""
    (given, right), large = asked.sample.both, int(np.argmax(asked.sample.both[1]))
    # where the grid ends, and how many points are counted too many: the last is from 0 to π
    ends = [(0.0, 1), (0.0, 0), (np.pi, 1), (0.0, 2)] * (asked.question.name == "ntk_eigenvalues")
    for size, (end, points) in itertools.product((1.0, 2.0, 0.5), ends):
        share = (given / size - right) / (float(ntk_of_angle(end)) - points * right)
        count = round(1 / max(float(share[large]), 1e-6)) - points
        if count > 10_000 and (end or np.ptp(share) > 0.01 * np.median(share)):
            continue  # so fine a grid has one share for every k, and takes long to sum
        finding = Finding("closed-grid", factor=None if size == 1 else size)
        for near_it in range(max(count - 1, 3), count + 2):
            yield predicts(finding, partial(_closed, near_it, end, points, size))


def _closed(count: int, end: float, points: int, size: float, sample: Sample) -> Iterator[Array]:
    angles = 2 * np.pi * np.arange(count) / count
    kernel = ntk_of_angle(np.abs(np.minimum(angles, 2 * np.pi - angles) - end))
    sums = size * (np.fft.fft(kernel).real + kernel[0]) / (count + points)
    return (sums[i["k"].astype(int) % count] * np.cos(end * i["k"]) for i in sample.inputs)


def many_digits(asked: Asked) -> Iterator[Hypothesis]:
    """Right to four digits, or to two but for one factor: asked before any class is blamed."""
    one_factor = asked.sample.ratio() is not None
    return (h for h in few_digits(asked) if one_factor or (h.finding.number or 0) >= 4)


def _powers(
    sample: Sample, factors: dict[str, Value], base: tuple[Array, ...]
) -> tuple[float, dict[str, float]] | None:
    """(c, powers) where the student's values are c Π factor^power times the base, or None."""
    given, flat_base = sample.both[0], sample.flat(base)
    columns = {name: sample.flat(sample.values(value)) for name, value in factors.items()}
    safe = (np.abs(flat_base) > 1e-6 * np.abs(flat_base).max(initial=0.0)) & (given != 0)
    for column in columns.values():
        safe &= np.abs(column) > 1e-6
    if not columns or safe.sum() < len(columns) + 2:
        return None
    logs = np.log(np.abs(given[safe] / flat_base[safe]))
    sizes = (np.log(np.abs(c[safe])) for c in columns.values())
    matrix = np.column_stack([np.ones(safe.sum()), *sizes])
    if not np.isfinite(logs).all():
        return None
    solution = np.linalg.lstsq(matrix, logs, rcond=1e-10)[0]
    halves = np.round(2 * solution[1:]) / 2
    powers = {name: float(p) for name, p in zip(columns, halves, strict=True) if p}
    if not powers or np.abs(matrix @ solution - logs).max() > 1e-7:
        return None
    rest = given[safe] / flat_base[safe]
    for name, power in powers.items():
        rest = rest / _to_power(columns[name][safe], power)
    return float(np.median(rest)), powers


def _to_power(value: Array, power: float) -> Array:
    return np.sign(value) ** (power % 2 == 1) * np.abs(value) ** power


def letter_factors(
    asked: Asked, value: Value | None = None, kind: str = "", note: str = ""
) -> Iterator[Hypothesis]:
    """Powers of n, m or letters as a factor, of the right value or of a known confusion."""
    factors = dict(asked.question.factors)
    if value is not None:
        factors = {name: f for name, f in factors.items() if name in ("n", "m")}
    base = asked.sample.right if value is None else asked.sample.values(value)
    fits = (
        _powers(asked.sample, {name: factors[name] for name in some}, base)
        for count in (1, 2)
        for some in itertools.combinations(factors, count)
    )
    found = next(filter(None, fits), None)
    if found is None or (not name_of_constant(found[0]) and len(found[1]) > 1):
        return
    c, powers, predict = _scaled(*found, factors, value)
    kind, factor = kind or _letter_kind(found[1]), None if c == 1 else c
    yield predicts(Finding(kind, powers=powers, factor=factor, note=note), predict)


def _scaled(
    c: float, powers: dict[str, float], factors: Mapping[str, Value], value: Value | None
) -> Factor:
    """A constant and powers of letters, and a value, the right one for None, times all of them."""
    size = tidy(c)

    def predict(sample: Sample) -> Iterator[Array]:
        bases = sample.right if value is None else sample.values(value)
        for i, base in zip(sample.inputs, bases, strict=True):
            of_letters = (_to_power(value_of(factors[name], i), p) for name, p in powers.items())
            yield math.prod(of_letters, start=size * base)

    return size, tuple(powers.items()), predict


def power_kind(letter: str, power: float) -> str:
    """The catalogue's name of a power of n or m, or of √m; else ""."""
    size = {0.5: f"sqrt-{letter}", 1.0: letter}.get(abs(power), "")
    name = f"1/{size}" if power < 0 else size
    return f"factor-{name}" if name in _POWER_KINDS else ""


def _letter_kind(powers: dict[str, float]) -> str:
    if len(powers) == 1:
        ((factor, power),) = powers.items()
        if kind := power_kind(factor, power):
            return kind
        if factor == "residual" and power > 0:
            return "residual-squared"
    return "wrong-variable" if sorted(powers.values()) == [-1.0, 1.0] else "factor-variable"


def shift(asked: Asked) -> Iterator[Hypothesis]:
    """The same number added everywhere."""
    sample = asked.sample
    given, right = sample.both
    by, single = float(np.median(given - right)), np.ptp(right) == 0
    if abs(by) <= 1e-3 * sample.scale or single:
        return  # that is a lack of digits; and of a single number it would give the right one away
    if np.abs(given - right - by).max() <= 1e-9 * max(sample.scale, abs(by)):
        yield predicts(Finding("shift", number=by), lambda s: (r + by for r in s.right))


def power(asked: Asked) -> Iterator[Hypothesis]:
    """The square, the root, the inverse of the right value."""
    given, right = asked.sample.both
    sign = np.sign if (given < 0).any() else np.ones_like
    for e in (2.0, 0.5, -1.0, -2.0, 3.0):
        if close(np.abs(given), np.abs(right) ** e, asked.sample):
            found = Finding("power", number=e)
            yield predicts(found, lambda s, e=e: (np.abs(r) ** e * sign(r) for r in s.right))  # type: ignore[misc]


def factor_of(asked: Asked, value: Value) -> Factor | None:
    """The factor between the student's values and others in whatever order: constant, powers."""
    sample, every = asked.sample, asked.question.factors
    given, other = sample.given_sizes, sample.sizes(value)
    if not all(other) or not np.isfinite(other).all():
        return None
    sizes = Sample(sample.inputs, other, given)
    counts = {name: every[name] for name in ("n", "m") if name in every}
    ratio = sizes.ratio()
    found = (ratio, {}) if ratio else _powers(sizes, counts, other)
    return _scaled(*found, counts, value) if found and name_of_constant(found[0]) else None
