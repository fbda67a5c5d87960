"""From wrong values to what went wrong: one table of tests, from the plainest to the vaguest.

A test yields hypotheses made from one sample; the first that also predicts a fresh sample is the
finding. The order is that of a teacher: a constant factor, another paper's convention, a known
confusion, a part that is missing, one edit. Relations that say less come last.

search         the finding on a wrong answer, or None
TESTS          the table
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from ..conventions import convention_confusions
from ..questions.question import Confusion, Value
from . import coarse, edited, pairs, parts, places, ratios, readings
from .finding import Asked, Finding, Hypothesis, Mask, Sample, constant_ratio, predicts, times
from .ranking import cost_of

Test = Callable[[Asked], Iterator[Hypothesis]]
_TWO, _MOST = 1.9, 3.3  # the cost of the plainest two mistakes, and of what is still told


def confusions(asked: Asked, known: Iterable[Confusion] | None = None) -> Iterator[Hypothesis]:
    """A known confusion: one of the question, unless others are given."""
    every = asked.question.confusions if known is None else known
    return (predicts(Finding(c.kind, note=c.note), times(c.value)) for c in every)


def scaled_confusions(asked: Asked) -> Iterator[Hypothesis]:
    """A known confusion, with a constant factor, or a factor of n or m, on top."""
    # a multiple of minintk's own value is no other convention: the factor alone says it
    known = (c for c in asked.question.confusions if c.kind != "other-convention")
    return iter(sorted(_scaled(asked, known), key=_cost))


def _scaled(asked: Asked, known: Iterable[Confusion]) -> Iterator[Hypothesis]:
    sample = asked.sample
    if np.mean(sample.good() & (sample.both[1] != 0)) > 0.1:  # a factor of n or m may be 1 once
        return  # what is right here and there has no factor as a whole
    for c in known:
        values = sample.values(c.value)
        if not all(np.isfinite(v).all() for v in values):
            continue
        if (ratio := sample.ratio(values)) is None:
            yield from ratios.letter_factors(asked, c.value, c.kind, c.note)
        elif ratios.name_of_constant(ratio):
            yield predicts(Finding(c.kind, note=c.note, factor=ratio), times(c.value, ratio))


def confusions_at_a_constant(asked: Asked) -> Iterator[Hypothesis]:
    """A known confusion, where the ratio to the right value is a constant without a name."""
    if asked.sample.ratio():
        yield from scaled_confusions(asked)


def one_number(asked: Asked) -> Iterator[Hypothesis]:
    """A single number: a fit would need more, so each relation is tried alone."""
    sample = asked.sample
    given, right = sample.both
    if asked.formula is None or np.ptp(right) or np.ptp(given) or not np.isfinite(given).all():
        return
    tests = (confusions, parts.number, _conventions, ratios.named_factor, ratios.few_digits)
    strange = [*parts.strange_number(asked)]
    edits = [edited.one_edit] if strange else [edited.no_factor_inside, ratios.any_factor]
    for test in (*tests, *edits, edited.everywhere_or_brackets):
        yield from test(asked)
    yield from ranked((0.0, (edited.terms_of_number, edited.two_edits)))(asked)
    yield from strange


def other_convention(asked: Asked) -> Iterator[Hypothesis]:
    """Right in the convention of another paper, where that is more than one factor."""
    if np.ptp(asked.sample.both[1]) and asked.sample.ratio() is None:
        yield from _conventions(asked)


def _conventions(asked: Asked) -> Iterator[Hypothesis]:
    return confusions(asked, convention_confusions(asked.question))


def scaled_convention(asked: Asked) -> Iterator[Hypothesis]:
    """Another paper's convention, and a constant factor on top."""
    return _scaled(asked, convention_confusions(asked.question))


def must_vanish(asked: Asked) -> Iterator[Hypothesis]:
    """Where the right value is 0: a known formula, a part, a sign, or that another is not 0."""
    if asked.formula is None or any(sample.scale for sample in asked.samples):
        return
    several = np.ptp(asked.sample.given[0])  # one number is some multiple of any other
    for test in (confusions, *((parts.parts, scaled_confusions) if several else (parts.number,))):
        yield from test(asked)
    yield from (h for h in edited.one_edit(asked) if h.finding.kind == "inner-sign")
    yield from readings.any_stray_letter(asked)
    words = (v.meaning.rpartition(": ")[2] for v in asked.question.letters)
    yield Hypothesis(Finding("must-vanish", place=" and ".join(words)))


def leak(asked: Asked) -> Iterator[Hypothesis]:
    """A slope of its own where a neuron is silent."""
    sample, (given, right) = asked.sample, asked.sample.both
    every = [c.value for c in asked.question.confusions if c.kind == "ignores-activation"]
    for some in [*([value] for value in every), *([every] if len(every) > 1 else [])]:
        active = sample.flat(_leaking(sample, some, 1.0))
        same = active.shape == right.shape
        if same and (slope := constant_ratio(given - right, active - right)):
            predict = partial(_leaking, some=some, slope=slope)
            yield predicts(Finding("leaky", number=slope), predict)


def _leaking(sample: Sample, some: list[Value], slope: float) -> Iterator[np.ndarray]:
    """So far on the way from the right values to those of a neuron that is active everywhere."""
    for right, *values in zip(sample.right, *map(sample.values, some), strict=True):
        yield np.asarray(right + slope * sum(value - right for value in values))


def by_class(asked: Asked) -> Iterator[Hypothesis]:
    """Wrong in several classes of inputs or entries, and in each by a mistake of its own."""
    found, alone, unknown = list[Finding](), False, False
    for _, words, mask in asked.question.classes if asked.formula is None else ():
        if all(any(map(np.any, s.inside(mask))) for s in asked.samples):
            finding = pairs.of_class(asked, mask)
            if finding and finding.kind == "sin-cos-swapped" and "sines" in words:
                finding = None  # of these entries alone: they may have moved on by one
            alone |= finding is None  # then the lines of a program, if they are found, say more
            finding = finding or _asked_alone(asked, words, mask)
            unknown |= finding is None
            found += [replace(finding, output=f"for {words}")] if finding and finding.kind else []
    if not found:
        return
    *rest, whole = found
    for finding in reversed(rest):
        whole = replace(finding, second=whole)
    several = len({(f.kind, f.factor, f.note) for f in found}) > 1 or any(f.parts for f in found)
    if alone or (len(found) == 1 and found[0].parts):
        place = whole.output if rest or unknown else ""  # else it has been said
        whole = replace(whole, output=place)
        more = {"second": whole} if alone else {"parts": whole.parts, "factor": None}
        yield from (Hypothesis(replace(h.finding, **more)) for h in places.classes(asked))
    elif several and 1 < len(found) < 4:
        yield Hypothesis(whole)


def _asked_alone(asked: Asked, words: str, mask: Mask) -> Finding | None:
    """What is wrong in a class that is a question of its own, asked for its inputs alone."""
    if (question := asked.question.by_class.get(words)) is None:
        return None
    one, other = (_inside(sample, mask) for sample in asked.samples)
    finding = search(Asked(question, one, other))
    if finding is None or finding.then == "rough":  # of few frequencies such a ratio is chance
        return None
    return None if finding.kind in ("other-branch", "wrong-parity") else finding


def _inside(sample: Sample, mask: Mask) -> Sample:
    masks = sample.inside(mask)
    values = [i["k"] for i in sample.inputs], sample.right, sample.given
    pairs = (zip(of, masks, strict=True) for of in values)
    k, right, given = (np.concatenate([v[m] for v, m in each]) for each in pairs)
    return replace(sample, inputs=({"k": k},), right=(right,), given=(given,), known={})


def ranked(*stages: tuple[float, tuple[Test, ...]]) -> Test:
    """Several tests as one: of a formula, what takes least to believe comes first.

    Each stage has the cost below which it is not entered: it would not find what is plainer. Nor
    is it, where values alone tell as much as two mistakes.
    """

    def test(asked: Asked) -> Iterator[Hypothesis]:
        if asked.formula is None:
            yield from itertools.chain.from_iterable(t(asked) for _, tests in stages for t in tests)
            return
        found: list[Hypothesis] = []
        for least, tests in stages:
            limits = [least if h.cost else least and max(least, _TWO) for h in found]
            plain = (h for h, limit in zip(found, limits, strict=True) if _cost(h) < limit)
            if not any(h.holds(asked.fresh) for h in plain):
                every = itertools.chain.from_iterable(test(asked) for test in tests)
                found += [h for h in every if h.holds(asked.sample)]
        yield from sorted((h for h in found if _cost(h) < _MOST), key=_cost)

    return test


def _cost(h: Hypothesis) -> float:
    return cost_of(h.finding) if h.cost is None else h.cost


ONE: tuple[Test, ...] = (
    scaled_confusions,
    parts.parts_and_factor,
    parts.finer_parts,
    ratios.letter_factors,
    scaled_convention,
    ratios.shift,
    ratios.power,
    parts.some_parts,
    # Places, and one edit anywhere.
    places.reordered,
    pairs.of_function,
    by_class,
    places.classes,
    places.scaled_classes,
    pairs.inside_a_part,
    edited.terms_one_by_one,
    edited.one_edit,
)
AND_KNOWN: tuple[Test, ...] = (pairs.two_known, edited.one_edit_and_known)
TWO: tuple[Test, ...] = (edited.two_edits,)
TESTS: tuple[Test, ...] = (
    # What makes every relation pointless.
    coarse.spoiled,
    places.changes_every_time,
    ratios.last_digits,
    edited.plain_changes,
    readings.misread_where_undefined,
    edited.parity,
    places.not_finite,
    places.single_precision,
    places.to_whole_numbers,
    places.whole_numbers,
    must_vanish,
    # Plain relations.
    ratios.constant,
    readings.stray_letter,
    one_number,
    confusions,
    leak,
    places.rounded,
    ratios.closed_grid,
    ratios.many_digits,
    ratios.named_factor,
    confusions_at_a_constant,
    ratios.any_factor,
    # Parts of a sum, and edits.
    other_convention,
    edited.term_too_many,
    ranked((0.0, ONE), (1.3, (edited.everywhere_or_brackets,)), (_TWO, AND_KNOWN), (2.1, TWO)),
    # What says less.
    ratios.few_digits,
    coarse.rough_factor,
    coarse.roughly_known,
    readings.misread,
    places.some_columns,
    places.one_point,
    readings.any_stray_letter,
    places.in_part,
    readings.lacking_letter,
)


def search(asked: Asked, tests: tuple[Test, ...] = TESTS) -> Finding | None:
    """The first finding that explains both samples; None where a counterexample says more."""
    with np.errstate(all="ignore"):
        for test in tests:
            for hypothesis in test(asked):
                if all(hypothesis.holds(sample) for sample in asked.samples):
                    finding = parts.with_own_terms(asked, hypothesis.finding)
                    if finding.kind == "growth-for-decay" and finding.second is None:
                        edits = (h.finding for h in edited.one_edit(asked) if h.holds(asked.fresh))
                        sign = next((f for f in edits if f.kind == "inner-sign"), None)
                        finding = replace(finding, second=sign and replace(sign, factor=None))
                    off = (s for s in asked.kinks if not s.good().all())
                    if finding.second is None and not all(map(hypothesis.holds, off)):
                        finding = replace(finding, second=Finding("kink"))
                    return replace(finding, confirmed=True)
    return None
