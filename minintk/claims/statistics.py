"""What data over seeds can show: intervals, slopes, and decisions between bounds.

student_interval, student_intervals a mean with its 95 % interval; many of them
ratio_interval                      a ratio of two means
median_interval                     a median with its interval, for heavy tails
share_interval                      the share of seeds that do something, exactly
fitted_slopes                       the exponent of a power law, for every seed
inside, above, below, exact         a finding: shown, refuted, or not decided
negative                            the same of an interval of Holm's
every                               one finding of several that only count together
decide                              from findings to a verdict, in words
"""

from __future__ import annotations

import functools
import math
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .._require import Array
from .numbers import counted, number, with_bounds

HOLDS, IN_PART, FAILS, OPEN = "holds", "holds in part", "fails", "not decided"
NEVER = 10_000  # so many more seeds are no advice
JOINT = "95 % Student, {} cells together (Bonferroni)"


class Interval(NamedTuple):
    """A mean (or median) over seeds with its 95 % interval, from so many seeds."""

    mean: float
    low: float
    high: float
    seeds: int = 0
    kind: str = "95 % Student"

    def __str__(self) -> str:
        return with_bounds(*(number(value) for value in self[:3]))


_GAUSS = np.polynomial.legendre.leggauss(64)


@functools.cache
def student_quantile(degrees: int, tail: float = 0.025) -> float:
    """The t that Student's law exceeds with the given probability, to 1e-7.

    P(T > t) = ½ − c ∫_0^θ cos^{ν−1} φ dφ,  t = √ν tan θ,  c = Γ((ν+1)/2)/(√π Γ(ν/2))

    By bisection in θ, the integral by Gauss-Legendre: cos^{ν−1} is smooth for every ν ≥ 1. For a
    tail of 1e-4 or more and at most 10⁶ degrees of freedom.
    Source: Abramowitz & Stegun, 26.7.1.

    >>> print(f"{student_quantile(7):.6f} {student_quantile(15, 0.005):.6f}")
    2.364624 2.946713
    """
    scale = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(math.pi)
    nodes, weights = _GAUSS

    def beyond(theta: float) -> float:
        values = np.cos(theta / 2 * (1 + nodes)) ** (degrees - 1)
        return 0.5 - scale * theta / 2 * float(weights @ values)

    low, high = 0.0, math.atan(12 / math.sqrt(degrees)) if degrees > 100 else math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if beyond(middle) > tail else (low, middle)
    return math.sqrt(degrees) * math.tan((low + high) / 2)


def student_interval(values: Array, cells: int = 1) -> Interval:
    """Mean over seeds and its 95 % Student interval (without bounds: not all finite).

    With `cells` above 1 as one of so many that hold together (Bonferroni). One value has a mean and
    no bounds.

    >>> print(student_interval(np.array([1.0, 2.0, 3.0])))
    2 [−0.484, 4.48]
    """
    kind = "95 % Student" if cells == 1 else JOINT.format(cells)
    with np.errstate(invalid="ignore"):  # inf − inf
        count, mean = len(values), float(np.mean(values))
    if count < 2 or not math.isfinite(mean):
        return Interval(mean, -math.inf, math.inf, count, kind)
    error = float(np.std(values, ddof=1)) / math.sqrt(count)
    half = student_quantile(count - 1, 0.025 / cells) * error
    return Interval(mean, mean - half, mean + half, count, kind)


def ratio_interval(above: Array, below: Array) -> Interval:
    """A ratio of two means over the same seeds, with its interval to first order in the noise.

    S = ⟨a⟩/⟨b⟩ varies as the mean of S + (a − S b)/⟨b⟩

    >>> print(ratio_interval(np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0])))
    2 [2, 2]
    """
    ratio = above.mean() / below.mean()
    return student_interval(ratio + (above - ratio * below) / below.mean())


def student_intervals(values: Array, cells: int = 1) -> Array:
    """Mean, low and high of every column: values (seeds, …) to (…, 3). See `student_interval`.

    >>> student_intervals(np.array([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]]))[1]
    array([5., 5., 5.])
    """
    columns = values.reshape(len(values), -1).T
    found = np.array([student_interval(column, cells)[:3] for column in columns])
    return found.reshape((*values.shape[1:], 3))


def median_interval(values: Array) -> Interval:
    """Median over seeds and an interval between two of the ordered values, for heavy tails.

    P(x_(r) ≤ median ≤ x_(n+1−r)) = 1 − 2 P(Binomial(n, ½) < r) ≥ 0.95, the largest such r

    No bounds where there are too few values for any r ≥ 1, or one is not finite.
    Source: the sign test, inverted.

    >>> print(median_interval(np.arange(1.0, 12.0)))
    6 [2, 10]
    """
    count, finite, ordered = len(values), np.isfinite(values).all(), np.sort(values)
    tails = np.cumsum([math.comb(count, below) / 2.0**count for below in range(count // 2)])
    rank = int(np.sum(tails <= 0.025)) if finite else 0
    low, high = (ordered[rank - 1], ordered[count - rank]) if rank else (-math.inf, math.inf)
    middle = float(np.median(values)) if finite else math.nan
    return Interval(middle, float(low), float(high), count, "95 % of the median")


def share_interval(hits: npt.ArrayLike) -> Interval:
    """The share of hits (True) among seeds, with its exact 95 % interval.

    low: the p with P(Binomial(n, p) ≥ hits) = 0.025;  high: the same of the misses

    Source: Clopper & Pearson (1934).

    >>> print(share_interval(np.array([True] * 19 + [False])))
    0.95 [0.751, 0.999]
    """
    count, found = np.size(hits), int(np.count_nonzero(hits))
    low, high = _least_share(found, count), 1 - _least_share(count - found, count)
    return Interval(found / count, low, high, count, "95 % Clopper–Pearson")


def _least_share(hits: int, count: int) -> float:
    """The p with P(Binomial(count, p) ≥ hits) = 0.025 by bisection; 0 without hits."""
    low, high = 0.0, hits / count
    ways = {k: math.lgamma(count + 1) - math.lgamma(k + 1) - math.lgamma(count - k + 1)
            for k in range(hits, count + 1)}  # fmt: skip
    for _ in range(50 if hits else 0):
        p = (low + high) / 2
        logs = (way + k * math.log(p) + (count - k) * math.log1p(-p) for k, way in ways.items())
        low, high = (p, high) if sum(map(math.exp, logs)) < 0.025 else (low, p)
    return low


def fitted_slopes(sizes: Sequence[float] | Array, values: Array) -> Array:
    """Least-squares slope of log value against log size, for every seed.

    Takes sizes (s,) and positive values (s, seeds); returns (seeds,).

    >>> fitted_slopes([1.0, 10.0], np.array([[2.0], [0.2]])).round(6)
    array([-1.])
    """
    x = np.log(np.asarray(sizes, dtype=np.float64))
    x -= x.mean()
    return np.asarray(x @ np.log(values) / (x @ x))


class Judged(NamedTuple):
    """What a finding was decided on: a number (of no kind) or an interval, and the bounds asked."""

    part: str
    shown: bool | None
    interval: Interval
    least: float
    most: float
    of: str = ""  # the part of the criterion of which this is one cell


@dataclass(frozen=True)
class Finding:
    """What the data say of one part of a criterion: shown (True), refuted (False) or open (None).

    `more_seeds`: about how many more would decide an open one, where seeds can.
    """

    part: str
    shown: bool | None
    more_seeds: int | None = None
    judged: Sequence[Judged] = field(default=(), compare=False, repr=False)


def looked_at(part: str, shown: bool | None, on: Interval, *asked: float, more: int = 0) -> Finding:
    """A finding that keeps what it was decided on."""
    return Finding(part, shown, more or None, (Judged(part, shown, on, asked[0], asked[1]),))


def exact(part: str, value: float, bound: float) -> Finding:
    """A number that is not random: shown below the bound, else refuted; nan says nothing.

    >>> exact("rounding", 1e-16, 1e-13).shown, exact("rounding", float("nan"), 1.0).shown
    (True, None)
    """
    shown = None if math.isnan(value) else bool(value < bound)
    return looked_at(part, shown, Interval._make([*[float(value)] * 3, 0, ""]), -math.inf, bound)


def inside(part: str, interval: Interval, low: float, high: float) -> Finding:
    """Shown where the whole interval is within the bounds, refuted where it is outside, as ±∞ is.

    >>> inside("slope", Interval(-0.5, -0.55, -0.45, 8), -0.6, -0.4).shown
    True
    >>> inside("slope", Interval(-0.5, -0.7, -0.3, 8), -0.6, -0.4)
    Finding(part='slope', shown=None, more_seeds=24)
    """
    within = low <= interval.low and interval.high <= high
    infinite = abs(interval.mean) == math.inf and not low <= interval.mean <= high
    if within or interval.high < low or interval.low > high or infinite:
        return looked_at(part, within, interval, low, high)
    # How many more seeds would bring the interval to one side, if its mean stays.
    half = max(interval.high - interval.mean, interval.mean - interval.low)
    gap = min(abs(interval.mean - low), abs(interval.mean - high))
    more = NEVER
    if math.isfinite(half) and gap > 0 and interval.seeds:
        more = max(1, math.ceil(interval.seeds * ((half / gap) ** 2 - 1) - 1e-9))
    return looked_at(part, None, interval, low, high, more=more if more < NEVER else 0)


def above(part: str, interval: Interval, bound: float) -> Finding:
    """Shown where the whole interval is above the bound, refuted where it is below."""
    return inside(part, interval, bound, math.inf)


def below(part: str, interval: Interval, bound: float) -> Finding:
    """Shown where the whole interval is below the bound, refuted where it is above."""
    return inside(part, interval, -math.inf, bound)


def negative(cell: str, interval: Interval, of: str) -> Finding:
    """Whether a mean with an interval of Holm's is below 0: one that ends at 0 is open."""
    one = below(cell, interval, 0.0)
    one = looked_at(cell, None, interval, -math.inf, 0.0) if 0.0 in interval[1:3] else one
    return replace(one, judged=(one.judged[0]._replace(of=of),))


def every(part: str, findings: Collection[Finding], cells: str = "") -> Finding:
    """Several findings as one, on these cells: shown where all are, refuted where one is.

    >>> every("constant", [Finding("a", True), Finding("b", None, 5), Finding("c", None, 8)])
    Finding(part='constant', shown=None, more_seeds=8)
    """
    judged = [one._replace(of=one.of or part) for finding in findings for one in finding.judged]
    outcomes, part = {finding.shown for finding in findings}, part + cells
    if False in outcomes or outcomes == {True}:
        return Finding(part, False not in outcomes, None, judged)
    more = [finding.more_seeds or NEVER for finding in findings if finding.shown is None]
    most = max(more, default=NEVER)
    return Finding(part, None, most if most < NEVER else None, judged)


class Verdict(NamedTuple):
    """Whether a claim holds, in words, and the findings that decided it."""

    verdict: str
    reason: str
    findings: tuple[Finding, ...] = ()


def decide(findings: Sequence[Finding], reason: str) -> Verdict:
    """Holds if every part is shown, fails if every part is refuted, else in part or not decided.

    Both shown and refuted parts: holds in part, and the refuted ones are named. Else an open part
    leaves the claim not decided at these sizes, with how many more seeds would decide it.

    >>> decide([Finding("a", True), Finding("b", False)], "measured 1.").verdict
    'holds in part'
    >>> decide([Finding("a", True), Finding("b", None, 12)], "measured 1.").reason
    'measured 1. Not decided at these sizes: b (about 12 more seeds would decide it).'
    """
    outcomes = {finding.shown for finding in findings}
    if outcomes in ({True}, {False}):
        return Verdict(HOLDS if True in outcomes else FAILS, reason, tuple(findings))
    said: dict[bool | None, list[str]] = {True: [], False: [], None: []}
    for one in findings:
        more = one.more_seeds or 0
        seeds = f" (about {counted(more, 'more seed')} would decide it)" if more else ""
        said[one.shown].append(one.part + seeds)
    reason += f" Refuted: {'; '.join(said[False])}." if said[False] else ""
    reason += f" Not decided at these sizes: {'; '.join(said[None])}." if said[None] else ""
    return Verdict(IN_PART if {True, False} <= outcomes else OPEN, reason, tuple(findings))


def holm(tests: Sequence[tuple[Hashable, Array]]) -> dict[Any, Interval]:
    """Intervals of several means, of which all that Holm's steps reject are certain together.

    The cells are ordered by |mean|/error; the i-th is given the interval for 0.05/(N − i). A cell
    whose interval does not contain 0 is decided only if all before it are.
    Source: Holm (1979), "A simple sequentially rejective multiple test procedure".

    >>> found = holm([("a", np.array([5.0, 5.1, 4.9])), ("b", np.array([1.0, -1.0, 0.2]))])
    >>> found["a"].low > 0, found["b"].low < 0 < found["b"].high
    (True, True)
    """

    def strength(values: Array) -> float:
        spread = float(np.std(values, ddof=1)) if len(values) > 1 else math.inf
        return abs(float(np.mean(values))) / spread * math.sqrt(len(values)) if spread else math.inf

    found: dict[Hashable, Interval] = {}
    cells, stopped, kind = len(tests), False, f"95 % Student, Holm over {len(tests)} cells"
    for name, values in sorted(tests, key=lambda test: -strength(test[1])):
        one = student_interval(values, cells)
        low, high = (min(one.low, 0.0), max(one.high, 0.0)) if stopped else (one.low, one.high)
        stopped = low <= 0 <= high  # this one and all after it stay undecided
        cells -= not stopped
        found[name] = one._replace(low=low, high=high, kind=kind)
    return {name: found[name] for name, _ in tests}
