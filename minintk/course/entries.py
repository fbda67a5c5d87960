"""Which entries of an array are wrong, and how: a class of them, their places, a column's sign.

by_entries         wrong in one class of entries (k = 0, odd k) and right in the others
reordered          the right numbers in other places
signs_of_columns   some columns have the wrong sign
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._require import Array
from .problems import Problem
from .ratios import ratio_words
from .samples import Model, Sample, agree, as_right, close, constant_ratio

__all__ = ["by_entries", "reordered", "signs_of_columns"]


class _Said(Model):
    """A model that was confirmed where it was found."""

    def holds(self, sample: Sample) -> bool:
        return True


def by_entries(problem: Problem, sample: Sample, fresh: Sample) -> Iterator[Model]:
    """Wrong in one class of entries (k = 0, odd k) and right in the others, on both samples."""
    found, again = (_wrong_entries(problem, s) for s in (sample, fresh))
    if found is not None and again is not None and found.name == again.name:
        yield _Said(found.name, found.relation, as_right)


def _wrong_entries(problem: Problem, sample: Sample) -> Model | None:
    if not problem.entries:
        return None
    good = sample.flat(
        [agree(g, r, sample.scale) for g, r in zip(sample.given, sample.right, strict=True)]
    )
    masks = [sample.flat([mask(r.shape) for r in sample.right]) for *_, mask in problem.entries]
    wrong = [i for i, mask in enumerate(masks) if not good[mask.astype(bool)].all()]
    if not wrong or len(wrong) == len(masks):
        return None
    inside = np.any([masks[i] for i in wrong], axis=0)
    given, right = sample.flat(sample.given)[inside], sample.flat(sample.right)[inside]
    ratio = constant_ratio(Sample((), (right,), (given,)))
    said = f"yours is {ratio_words(ratio)} times the right value" if ratio else ""
    name = problem.entries[wrong[0]][0]
    if len(wrong) == 1 and name not in ("wrong-parity", "wrong-block"):
        return Model(name, f"({said})" if said else "", as_right)
    fine = " and ".join(entry[1] for i, entry in enumerate(problem.entries) if i not in wrong)
    words = " and ".join(problem.entries[i][1] for i in wrong)
    relation = f"right for {fine}, wrong for {words}" + (f": {said}" if said else "")
    return Model(
        problem.entries[wrong[0]][0] if name == "wrong-block" else "wrong-parity",
        relation,
        as_right,
    )


def reordered(sample: Sample) -> Iterator[Model]:
    """The same numbers in other places: transposed, or permuted along an axis."""
    if all(r.ndim == 2 and r.shape[0] == r.shape[1] for r in sample.right):
        yield Model("transposed", "", lambda _, right: right.T)
    for axis, words in ((-1, "along the last axis"), (0, "along the first axis"), (None, "")):
        if all(_same_numbers(g, r, axis) for g, r in zip(sample.given, sample.right, strict=True)):
            relation = f"in another order {words}".strip()
            yield _Reordered("flat-order", relation, as_right, axis)
            return


@dataclass(frozen=True)
class _Reordered(Model):
    axis: int | None = None

    def holds(self, sample: Sample) -> bool:
        pairs = list(zip(sample.given, sample.right, strict=True))
        return all(_same_numbers(given, right, self.axis) for given, right in pairs)


def _same_numbers(given: Array, right: Array, axis: int | None) -> bool:
    if right.size < 2 and right.ndim == 0:
        return False
    ordered: Any
    if axis is None:
        ordered = np.sort(given, axis=None), np.sort(right, axis=None)
    elif right.ndim < 2:
        ordered = np.sort(given), np.sort(right)
    else:  # whole rows or columns change places: each keeps its numbers
        one, other = (np.moveaxis(value, axis, 0) for value in (given, right))
        weights = np.cos(np.arange(one[0].size) + 1.0).reshape(one[0].shape)
        ordered = tuple(
            np.sort((v * weights).reshape(len(v), -1).sum(axis=1)) for v in (one, other)
        )
    return close(ordered[0], ordered[1], scale=float(np.abs(right).max(initial=0.0)))


def signs_of_columns(sample: Sample, fresh: Sample) -> Model | None:
    """Some columns have the wrong sign, whole, the others are right."""
    cases = [pair for s in (sample, fresh) for pair in zip(s.given, s.right, strict=True)]
    found = []
    for given, right in cases:
        if right.ndim != 2:
            return None
        pairs = list(zip(given.T, right.T, strict=True))
        wrong = [j for j, (g, r) in enumerate(pairs) if close(-g, r, sample.scale)]
        if not all(close(*pair, sample.scale) for j, pair in enumerate(pairs) if j not in wrong):
            return None
        found.append(wrong)
    if not found[0] or any(columns != found[0] for columns in found):
        return None
    words = ", ".join(str(j + 1) for j in found[0])
    return Model("wrong-block", f"column {words} has the wrong sign", as_right)
