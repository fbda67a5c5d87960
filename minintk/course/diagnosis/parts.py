"""Tests of the search: which part of a sum is missing, doubled, or of the wrong sign."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from ..._require import Array
from ..answers.trees import evaluate, show, terms
from ..questions.eigenvalues import PARTS
from ..questions.question import Question, Value, once, sum_of, value_of
from .finding import Asked, Finding, Hypothesis, PartOff, Sample, close, constant_ratio, predicts
from .ranking import cost_of
from .ratios import name_of_constant, tidy

NETWORK_PARTS = tuple(PARTS)
_WORDS = {0.0: "missing", 2.0: "doubled", -1.0: "sign-of"}
COMMON = (2.0, 0.5, -1.0, np.pi, 1 / np.pi, 2 * np.pi, 0.5 / np.pi)  # factors of a whole
_ORDER = ("missing", "doubled", "sign-of", "factor-of", "foreign")


def kind_of(off: tuple[PartOff, ...]) -> str:
    """The catalogue's name of parts that are off: that of the gravest."""

    def word(part: PartOff) -> str:
        return "foreign" if part.foreign else _WORDS.get(part.size, "factor-of")

    first = min(off, key=lambda part: _ORDER.index(word(part)))
    known = first.name in NETWORK_PARTS and not first.foreign
    return f"{word(first)}-{first.name.replace(' ', '-') if known else 'term'}"


def _fit(
    asked: Asked,
    terms: Mapping[str, Value],
    foreign: Mapping[str, Value],
    common: float = 1.0,
    powers: tuple[tuple[str, float], ...] = (),
) -> Iterator[Hypothesis]:
    """Fit the student's values on the parts; the coefficients name the part that is off.

    The whole may have a constant factor, or powers of n and m, besides.
    """
    sample = asked.sample
    every = {**terms, **foreign}
    given = sample.both[0]
    if not every or not np.isfinite(given).all():
        return

    def values(sample: Sample, name: str) -> Iterator[Array]:
        for i, value in zip(sample.inputs, sample.values(every[name]), strict=True):
            yield math.prod((value_of(of, i) ** power for of, power in powers), start=value)

    columns = {name: sample.flat(values(sample, name)) for name in every}
    columns = {name: c for name, c in columns.items() if np.linalg.norm(c) > 0}
    if not columns or not all(np.isfinite(c).all() for c in columns.values()):
        return
    norms = np.array([np.linalg.norm(c) for c in columns.values()])
    matrix = np.column_stack(list(columns.values()))
    solution, _, rank, _ = np.linalg.lstsq(matrix / norms, given, rcond=1e-10)
    if rank < len(columns):
        return
    found = dict(zip(columns, (solution / norms / common).tolist(), strict=True))
    sizes, common = _fewest_off(found, common) if not foreign else (found, common)
    off = tuple(
        PartOff(name, tidy(size), name not in terms)
        for name, size in sizes.items()
        if abs(size - (name in terms)) > 1e-6
    )
    scaled = common != 1.0 or bool(powers)
    if not _tells(off, len(terms), scaled) or not _written(asked, off, every):
        return
    doubt = asked.formula and _in_doubt(asked, off)
    if any(p.size < 0 if doubt else not seen(asked, every[p.name], p.size, common) for p in off):
        return
    known = {name: tidy(size) * common for name, size in sizes.items()}

    def predict(sample: Sample) -> Iterator[Array]:
        found = {name: list(values(sample, name)) for name, size in known.items() if size}
        for j, right in enumerate(sample.right):
            yield sum((known[name] * values[j] for name, values in found.items()), 0.0 * right)

    factor = None if common == 1.0 else common
    yield predicts(Finding(kind_of(off), parts=off, factor=factor, powers=powers), predict)


def _fewest_off(sizes: dict[str, float], common: float) -> tuple[dict[str, float], float]:
    """The size that most parts have as that of the whole, where it has one: then few are off."""
    most = float(np.median(list(sizes.values())))
    alike = sum(abs(size - most) < 1e-6 * abs(most) for size in sizes.values())
    lost = any(abs(size) < 1e-6 for size in sizes.values())  # that says enough
    if common == 1.0 or lost or not 2 * alike > len(sizes) > alike:
        return sizes, common
    return {name: size / most for name, size in sizes.items()}, tidy(common * most)


def _written(asked: Asked, off: tuple[PartOff, ...], every: Mapping[str, Value]) -> bool:
    """Whether the formula has foreign parts that are in doubt, and no part with a right one."""
    fine = [value for name, value in every.items() if name not in {part.name for part in off}]
    pairs = itertools.product((every[part.name] for part in off if part.size < 0), fine)
    doubtful = any(part.foreign and (part.size < 0 or len(off) > 1) for part in off)
    parts = [every[part.name] for part in off if part.size and doubtful]
    return all(_shows(asked, v) for v in parts) and not any(_shows(asked, *pair) for pair in pairs)


def _tells(off: tuple[PartOff, ...], count: int, scaled: bool) -> bool:
    """Whether what is off says something: not a few digits, not as many oddities as parts."""
    digits = all(not part.foreign and abs(part.size - 1) < 1e-2 for part in off)
    strange = sum(name_of_constant(part.size) is None for part in off if part.size)
    many = len(off) > max(2, count - 1) or (scaled and len(off) >= count)
    return not (digits or many or (strange and len(off) > 1))


def parts(asked: Asked) -> Iterator[Hypothesis]:
    """One or two parts off."""
    return _fit(asked, asked.question.parts, asked.question.foreign)


def finer_parts(asked: Asked) -> Iterator[Hypothesis]:
    """The parts of parts that are sums themselves; before as many of them, the parts as such."""
    finer, foreign = asked.question.finer, asked.question.foreign
    if finer:
        found = list(_fit(asked, asked.question.parts, {}))
        fits = [*_fit(asked, finer, {}), *(_fit(asked, finer, foreign) if foreign else ())]
        written = [show(t) for t in terms(asked.formula.tree)] if asked.formula else []
        for h in fits:  # they have no names; nor need they, where each stands there as it is
            off = with_own_terms(asked, h.finding).parts
            stand = all(part.own in written and part.size > 0 for part in off)
            found += [replace(h, cost=cost_of(h.finding) + 0.1 * (not stand))]
        yield from sorted(found, key=lambda h: len(h.finding.parts))


def scaled_parts(asked: Asked) -> Iterator[Hypothesis]:
    """A part that is off, and a constant factor of the whole, or one of n or m."""
    terms, foreign = asked.question.parts, asked.question.foreign
    if len(terms) < 2:
        return
    for common in COMMON:
        yield from _fit(asked, terms, foreign, common)
    names = [name for name in ("n", "m") if name in asked.question.factors]
    for by in (*itertools.product((1.0, -1.0, 0.5, -0.5)), (-1.0, 1.0), (1.0, -1.0)):
        for some in itertools.combinations(names, len(by)):
            yield from _fit(asked, terms, foreign, powers=tuple(zip(some, by, strict=True)))


def seen(asked: Asked, part: Value, size: float, common: float = 1.0) -> bool:
    """Whether a part is off in the text: a number as it stands there, of others no right term."""
    value, tree = asked.sample.values(part)[0], asked.formula.tree if asked.formula else None
    if tree is None or (size and not np.ptp(value)):
        return tree is None or bool(_own_term(asked, part, size * common))
    written = terms(tree) if size <= 0 and np.ptp(value) else ()
    values = (evaluate(term, asked.sample.inputs[0]) + 0 * value for term in written)
    ratios = (constant_ratio(v, value) for v in values)
    return not any(r and (size == 0 or abs(r / common - 1) < 1e-9) for r in ratios)


def _own_term(asked: Asked, part: Value, size: float) -> str:
    """The student's own term, without its minus, that is a part times something."""
    (value,) = asked.sample.values(part)[:1]
    fine = [asked.sample.values(v)[0] for v in asked.question.parts.values()]
    if any(close(size * value, other, asked.sample) for other in fine):
        return ""  # that term is right, and what is off stands, or lacks, elsewhere
    tree = asked.formula.tree if asked.formula else ast.Constant(np.nan)
    for term in [t for whole in terms(tree) for t in (whole, *terms(whole, every=True))]:
        given = np.broadcast_to(evaluate(term, asked.sample.inputs[0]), value.shape)
        if close(given, size * value, asked.sample):
            minus = isinstance(term, ast.UnaryOp) and isinstance(term.op, ast.USub)
            return show(getattr(term, "operand", term) if minus else term)
    return ""


def with_own_terms(asked: Asked, finding: Finding) -> Finding:
    """The finding, with the student's own term for each part, and with what else may be meant."""
    if finding.second is not None:
        finding = replace(finding, second=with_own_terms(asked, finding.second))
    if _in_doubt(asked, finding.parts):
        finding = replace(finding, note="or a term of the same value in that of the second layer")
    if asked.formula is None or not finding.parts or finding.powers:
        return finding
    every = {**asked.question.finer, **asked.question.parts, **asked.question.foreign}
    common = 1.0 if finding.factor is None else finding.factor

    def own(part: PartOff) -> str:
        if part.name not in every or not part.size or part.name.startswith(NETWORK_PARTS):
            return ""
        return _own_term(asked, every[part.name], part.size * common)

    return replace(finding, parts=tuple(p._replace(own=p.own or own(p)) for p in finding.parts))


def parts_and_factor(asked: Asked) -> Iterator[Hypothesis]:
    """One or two parts off, perhaps with a factor of the whole: what takes least to believe."""
    yield from sorted([*parts(asked), *scaled_parts(asked)], key=lambda h: cost_of(h.finding))


def some_parts(asked: Asked) -> Iterator[Hypothesis]:
    """Some parts alone, foreign ones too, or one with a known confusion; times a constant."""
    sample = asked.sample
    given, right = sample.both
    for finding, value in alone(asked.question) if np.ptp(right) else ():
        ratio = constant_ratio(given, sample.flat(sample.values(value)))
        name = name_of_constant(ratio) if ratio else None
        if ratio and name:
            finding = replace(finding, factor=None if name == "1" and ratio > 0 else tidy(ratio))
            # one part alone comes before terms of it, and several after other papers' kernels
            shown = len(asked.question.parts) + sum(1 if p.foreign else -1 for p in finding.parts)
            cost = cost_of(finding) + (0.2 if shown > 1 else -0.15)
            h = predicts(finding, lambda s, v=value, r=ratio: (r * x for x in s.values(v)))  # type: ignore[misc]
            yield replace(h, cost=cost)


@once
def alone(question: Question) -> list[tuple[Finding, Value]]:
    """What is missing and does not belong where some parts stand alone, and their value."""
    parts, found = question.parts, []
    every = {**parts, **question.foreign}
    counts = range(1, len(every) + 1) if parts else ()
    for names in (n for count in counts for n in itertools.combinations(every, count)):
        missing = (PartOff(name, 0.0) for name in parts if name not in names)
        off = (*missing, *(PartOff(name, 1.0, True) for name in names if name in question.foreign))
        shown: Value = partial(sum_of, parts={name: every[name] for name in names})
        known = inside(question, names[0]) if len(names) == 1 else []
        for value, second in [(shown, None), *known]:
            found += [(Finding(kind_of(off), parts=off, second=second), value)] if off else []
    return found


def inside(question: Question, part: str) -> list[tuple[Value, Finding]]:
    """The known confusions inside a part of a sum, with their values."""
    return [
        (c.value, Finding(c.kind, note=c.note, output=f"in the part of the {part}"))
        for c in question.inside.get(part, ())
    ]


def _shows(asked: Asked, *values: Value, without: str = "§") -> bool:
    """Whether a piece of the formula is the part, or the sum of parts, but for a factor."""
    if asked.formula is None:
        return len(values) == 1
    inputs = asked.sample.inputs[0]
    part = np.asarray(sum(asked.sample.values(value)[0] for value in values))
    for node in ast.walk(asked.formula.tree):
        if isinstance(node, ast.BinOp | ast.Call) and without not in ast.unparse(node):
            piece = np.broadcast_to(evaluate(node, inputs), part.shape)
            if np.isfinite(piece).all() and constant_ratio(piece, part):
                return True
    return False


def _in_doubt(asked: Asked, off: Sequence[PartOff]) -> bool:
    """Whether a term of the second layer, of the first layer's value, may be what is off."""
    first = asked.question.column == "kernel" and [part.name for part in off] == ["first layer"]
    second = asked.question.parts.get("second layer") if first else None
    return bool(second and not (asked.formula and _shows(asked, second, without="kappa0")))


def number(asked: Asked) -> Iterator[Hypothesis]:
    """A single number can be off in one part; a fit would need more than one."""
    off = _parts_of_number(asked)
    if len(off) == 1:
        yield Hypothesis(Finding(kind_of(off), parts=off))


def _parts_of_number(asked: Asked) -> tuple[PartOff, ...]:
    sample, question = asked.sample, asked.question
    given, right = sample.both
    sizes = (0.0, 2.0, -1.0, 0.5) if len(question.parts) > 1 else ()
    for size in sizes:
        off = tuple(
            PartOff(name, size)
            for name, value in question.parts.items()
            if close(given, right + (size - 1) * sample.flat(sample.values(value)), sample)
        )
        if off:
            return off
        # Two parts left out come before the wrong sign of one: equal parts give the same number.
        for lacking in itertools.combinations(question.parts if size == 0 else (), 2):
            missing = sum(sample.flat(sample.values(question.parts[name])) for name in lacking)
            if len(question.parts) > 2 and close(given, right - missing, sample):
                return (PartOff(" and of the ".join(lacking), 0.0),)
    foreign = {name: sample.flat(sample.values(v)) for name, v in question.foreign.items()}
    return tuple(
        PartOff(name, 1.0, True)
        for name, value in foreign.items()  # one that is as large as all the rest is a factor 2
        if close(given, right + value, sample) and not close(value, right, sample)
    )


def strange_number(asked: Asked) -> Iterator[Hypothesis]:
    """A number whose ratio to the right one says nothing: no known constant, no whole number."""
    if (ratio := asked.sample.ratio()) is not None:
        size = max(abs(ratio), 1 / abs(ratio))
        whole = size < 20 and abs(size - round(size)) < 1e-9
        if not whole and name_of_constant(ratio) is None:
            yield Hypothesis(Finding("unknown"))
