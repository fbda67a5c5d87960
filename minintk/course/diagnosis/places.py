"""Tests of the search: which values are wrong, and how: a class of them, places, digits."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np

from ..._require import Array
from ..conventions import listed
from ..questions.question import Class, value_of
from .finding import Asked, Finding, Hypothesis, Sample, agree, close, constant_ratio, predicts
from .parts import COMMON

_TO_WHOLE: dict[str, Callable[[Array], Array]] = {
    **{"up to a whole number": np.ceil, "down to a whole number": np.floor},
    **{"to the nearest whole number": np.rint, "towards 0 to a whole number": np.trunc},
}


def classes(asked: Asked, common: float = 1.0) -> Iterator[Hypothesis]:
    """Wrong in one class of inputs or entries (k = 0, odd k) and right in the others."""
    found = [_wrong_classes(asked, sample, common) for sample in asked.samples]
    if found[0] is not None and found[1] is not None and found[0].wrong == found[1].wrong:
        yield Hypothesis(found[0])


def scaled_classes(asked: Asked) -> Iterator[Hypothesis]:
    """Wrong in one class, and a constant factor in the others."""
    for common in COMMON if asked.question.classes else ():
        for h in classes(asked, common):
            yield replace(h, finding=replace(h.finding, number=common, factor=None))


def _wrong_classes(asked: Asked, sample: Sample, common: float) -> Finding | None:
    if not (every := asked.question.classes):
        return None
    whole, right = sample.both[0] / common, sample.both[1]
    good = agree(whole, right, sample)
    masks = [sample.flat(sample.inside(mask)) for *_, mask in every]
    wrong = [j for j, mask in enumerate(masks) if not good[mask].all()]
    if not wrong or len(wrong) == len([mask for mask in masks if mask.any()]):
        return None
    inside = np.any([masks[j] for j in wrong], axis=0)
    kinds = [every[j][0] for j in wrong]
    if len(wrong) > 1:  # where every k ≥ 1 is wrong, it is no matter of parity
        parity = "wrong-parity" in kinds and kinds[-3:-2] != ["wrong-at-k1"]
        kinds = ["wrong-parity" if parity else "wrong-block"]
    return Finding(
        kinds[0],
        factor=_factor(whole[inside], right[inside]) if whole[inside].any() else 0.0,
        fine=tuple(entry[1] for j, entry in enumerate(every) if j not in wrong),
        wrong=tuple(every[j][1] for j in wrong),
    )


def _factor(given: Array, right: Array) -> float | None:
    """The factor between values and the right ones, where it holds of all of them, also of 0."""
    ratio = constant_ratio(given, right)
    fits = ratio and np.all(np.abs(given - ratio * right) <= 1e-6 * np.abs(given).max())
    return ratio if fits else None


def reordered(asked: Asked) -> Iterator[Hypothesis]:
    """The same numbers in other places: transposed, or permuted along an axis."""
    if asked.calls is None:
        return
    if all(r.ndim == 2 and r.shape[0] == r.shape[1] for r in asked.sample.right):
        yield predicts(Finding("transposed"), lambda sample: (r.T for r in sample.right))
    for axis, words in ((-1, "along the last axis"), (0, "along the first axis"), (None, "")):
        pairs = ((pair, sample) for sample in asked.samples for pair in _pairs(sample))
        if all(_ordered_alike(*pair, sample, axis) for pair, sample in pairs):
            blocks = _order_of_blocks(asked) if words[-9:] == "last axis" else ""
            yield Hypothesis(Finding("flat-order", place=blocks or words))
            return


def _order_of_blocks(asked: Asked) -> str:
    """In which order the classes of entries stand, or inside which the order is another."""
    for finding, samples in put_in_order(asked):
        if all(sample.good().all() for sample in samples):
            return finding.place
    found = _wrong_classes(asked, asked.sample, 1.0)
    return f"inside {listed(found.wrong)}" if found else ""


def put_in_order(asked: Asked) -> Iterator[tuple[Finding, list[Sample]]]:
    """Each order that the classes of entries may stand in; the samples with them put back."""
    every = [entry for entry in asked.question.classes if entry[0] == "wrong-block"]
    for order in itertools.permutations(every) if every and asked.calls else ():
        words = f"yours has first {', then '.join(words for _, words, _ in order)}"
        samples = [replace(s, given=tuple(_put_back(order, s))) for s in asked.samples]
        yield Finding("flat-order", place=words), samples


def _put_back(order: Iterable[Class], sample: Sample) -> Iterator[Array]:
    for i, (given, right) in zip(sample.inputs, _pairs(sample), strict=True):
        masks = (np.atleast_2d(mask(i, right.shape))[0] for *_, mask in order)
        back = np.empty_like(given)
        back[..., np.concatenate([np.flatnonzero(mask) for mask in masks])] = given
        yield back


def _pairs(sample: Sample) -> Iterator[tuple[Array, Array]]:
    return zip(sample.given, sample.right, strict=True)


def _ordered_alike(given: Array, right: Array, sample: Sample, axis: int | None) -> bool:
    if right.ndim == 0:
        return False
    if axis is None or right.ndim < 2:
        return close(np.sort(given, axis=None), np.sort(right, axis=None), sample)
    # Whole rows or columns change places: each keeps its numbers.
    rows = [np.moveaxis(value, axis, 0) for value in (given, right)]
    weights = np.cos(np.arange(rows[0][0].size) + 1.0)
    one, other = (np.sort(v.reshape(len(v), -1) @ weights) for v in rows)
    return close(one, other, sample)


def some_columns(asked: Asked) -> Iterator[Hypothesis]:
    """The same columns are right in every case, perhaps the others but for one factor."""
    counts = {r.shape[1] if r.ndim == 2 else 0 for s in asked.samples for r in s.right}
    columns = tuple(
        ("wrong-block", f"column {j + 1}", lambda i, shape, j=j: np.arange(shape[1]) == j)
        for j in range(counts.pop() if len(counts) == 1 else 0)
    )
    yield from classes(replace(asked, question=replace(asked.question, classes=columns)))


def not_finite(asked: Asked) -> Iterator[Hypothesis]:
    """Not a number somewhere: on the diagonal only, or at ordinary inputs."""
    sample = asked.sample
    given, right = sample.both
    bad = ~np.isfinite(given)
    if not bad.any():
        return
    fine = agree(given[~bad], right[~bad], sample)
    rare = all(np.isfinite(v).all() or _fine_off_diagonal(v) for v in sample.given)
    if rare and asked.calls is not None:
        yield Hypothesis(Finding("arccos-above-one", number=None if fine.all() else 1.0))
    else:
        share = f"{100 * bad.mean():.0f} % of"
        where = f"in {share} its values" if asked.calls else f"at {share} ordinary inputs"
        if "k" in sample.inputs[0]:  # a frequency says more than a share
            every = sample.flat(sample.values("k"))[bad]
            names = [f"k = {k:g}" for k in np.unique(every)]
            where = f"at {listed(names)}" if len(names) < 3 else where
        yield Hypothesis(Finding("not-a-number", number=float(bad.mean()), place=where))


def _fine_off_diagonal(value: Array) -> bool:
    square = value.ndim == 2 and value.shape[0] == value.shape[1]
    return square and bool(np.isfinite(value[~np.eye(len(value), dtype=bool)]).all())


def in_part(asked: Asked) -> Iterator[Hypothesis]:
    """Right for some inputs or entries; zeros of arrays that all answers share say nothing."""
    shares, ratios = [], []
    for sample in asked.samples:
        (given, right), good = sample.both, sample.good()
        telling = (right != 0) | ~good | all(r.ndim == 0 for r in sample.right)
        shares.append((float(good[telling].mean()), float(good.mean())))
        ratios.append(_factor(given[~good], right[~good]) if (~good).any() else None)
    if min(shares)[0] < 0.15:
        return
    same = None not in ratios and np.isclose(ratios[0], ratios[1], rtol=1e-6)  # type: ignore[arg-type]
    factor = ratios[0] if same else None
    yield Hypothesis(Finding("other-branch", number=shares[0][1], factor=factor))


def changes_every_time(asked: Asked) -> Iterator[Hypothesis]:
    """The same call gives another value."""
    if asked.calls is not None:
        first, again = (asked.calls[label][0][1].outputs for label in ("generic", "again"))
        one, other = first[asked.output], again[asked.output]
        if one.shape != other.shape or not np.array_equal(one, other, equal_nan=True):
            yield Hypothesis(Finding("random"))


def single_precision(asked: Asked) -> Iterator[Hypothesis]:
    """Computed in float32, or in float16: right to its digits."""
    if _dtypes(asked) & {"float32", "float16"}:
        pairs = [(*s.both, s.scale) for s in asked.samples]
        to, of = (1e-2, 1e-2) if "float16" in _dtypes(asked) else (1e-4, 1e-6)
        if all(np.all(abs(g - r) <= to * abs(r) + of * scale) for g, r, scale in pairs):
            yield Hypothesis(few_bits(_dtypes(asked)))


def few_bits(dtypes: set[str]) -> Finding:
    """That something was computed in float32, or in float16."""
    bits, digits = (16, 3) if "float16" in dtypes else (32, 7)
    return Finding("float32", place=f"float{bits}, which keeps {digits} digits")


def whole_numbers(asked: Asked) -> Iterator[Hypothesis]:
    """Computed in whole numbers, where the right values are none and rounding is no known slip."""
    if any(c.kind == "rounded-to-whole" for c in asked.question.confusions):
        return
    if any(dtype.startswith(("int", "uint")) for dtype in _dtypes(asked)):
        pairs = [s.both for s in asked.samples]
        if any(np.any(r != np.round(r)) for _, r in pairs):
            cut = all(np.array_equal(np.trunc(r), g) for g, r in pairs)  # that alone is wrong
            yield Hypothesis(Finding("whole-numbers", note="return floats" * cut))


def _dtypes(asked: Asked) -> set[str]:
    calls = asked.calls["generic"] if asked.calls else []
    return {call.dtypes[asked.output] for _, call in calls}


def to_whole_numbers(asked: Asked) -> Iterator[Hypothesis]:
    """The right values, rounded to whole numbers, of which several occur."""
    given, right = asked.sample.both
    ways = list(_TO_WHOLE)[: 4 if (right < 0).any() else 3]
    fits = [words for words in ways if np.array_equal(_TO_WHOLE[words](right), given)]
    if fits and len(np.unique(given)) > 2:
        words = fits[0] if len(fits) == 1 else "to a whole number"
        finding = Finding("rounded-to-whole", note=words)
        yield predicts(finding, lambda sample: map(_TO_WHOLE[fits[0]], sample.right))


def rounded(asked: Asked) -> Iterator[Hypothesis]:
    """The right values, rounded to a few places; 0 for all of them says more."""
    for places in range(1, 9) if np.any(asked.sample.both[0]) else ():
        yield predicts(
            Finding("rounded", number=places),
            lambda sample, places=places: (np.round(r, places) for r in sample.right),  # type: ignore[misc]
        )


def one_point(asked: Asked) -> Iterator[Hypothesis]:
    """Right for one point at a time, for two of them, and for few of several at once."""
    single = asked.calls["single"] if asked.calls else []
    rights = [value_of(asked.question.right, inputs) for inputs, _ in single]
    if len(single) < 2 or np.array_equal(rights[0], rights[1]):
        return  # one value for all is right by luck
    given = [call.outputs[asked.output] for _, call in single if call.problem is None]
    if len(given) == len(rights) and all(s.good().mean() < 0.4 for s in asked.samples):
        pairs = zip(given, rights, strict=True)
        if all(g.shape == r.shape and close(g, r, asked.sample) for g, r in pairs):
            yield Hypothesis(Finding("one-point-only"))
