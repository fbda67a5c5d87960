"""Outputs of another shape than asked: what is missing, and what they would be right for.

off_shape   that an output has another shape
reshaped    the questions that it could be an answer to
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from .._require import Array
from .diagnosis.finding import Finding, Sample, close
from .plans import Done
from .questions.question import Inputs, Question, Value, once, value_of

_NUMBERS: tuple[tuple[str, Callable[[Array], Any]], ...] = (
    ("all entries are summed into one number", np.sum),
    ("it is the mean of all entries", np.mean),
    ("it is the first entry alone", lambda right: right.flat[0]),
    ("it is the last entry alone", lambda right: right.flat[-1]),
)


def off_shape(number: int, group: list[Done]) -> Finding | None:
    """That an output has another shape than asked, and what is seen of it at once."""
    for entry in reversed(group):  # the last case has different, large sizes
        right, given = entry.right[number], entry.call.outputs[number]
        if right.shape == given.shape:
            continue
        if entry.call.lost[number][0]:
            return Finding(entry.call.lost[number][0], place=entry.call.lost[number][1])
        sample = Sample((), (right,), ())
        asked = f"{given.shape} where {right.shape} is asked"
        if given.shape == right.shape[::-1] and close(given.T, right, sample):
            return Finding("transposed")
        if given.size == right.size and close(given.ravel(), right.ravel(), sample):
            return Finding("shape", place=f"{asked}; the numbers are right")
        note = _number_note(number, group) if given.shape == () else ""
        return Finding("shape", place=asked, note=note or _shape_note(entry.inputs, right, given))
    return None


def _number_note(number: int, group: list[Done]) -> str:
    """What one number in place of an array is, in every call; empty where that is not known."""
    for words, made in _NUMBERS:
        pairs = [(e.call.outputs[number], e.right[number]) for e in group]
        if all(close(given, made(right), Sample((), (right,), ())) for given, right in pairs):
            return words
    return ""


def _shape_note(inputs: Inputs, right: Array, given: Array) -> str:
    m = len(inputs["a"]) if np.ndim(inputs.get("a", 0.0)) else 0
    if right.shape == () and given.size > 1:
        return "is the sum or the mean missing?"
    if right.ndim == 2 and m and given.shape == (right.shape[0], right.shape[1] - m):
        return "are the columns of b, or of a, there?"
    if m and given.ndim == 2 and given.shape[0] == given.shape[1] in (4 * m, 3 * m):
        return "is this Jᵀ J, over the parameters and not over the points?"
    return ""


def reshaped(
    number: int, question: Question, done: list[Done], shape: Finding
) -> Iterator[tuple[Question, list[Done], Finding]]:
    """The question and the calls where one output has another shape, and what is wrong then.

    It is transposed, flat, or lacks the columns of a network's b or a, or a frequency.
    """
    turned = (tuple(v.T if j == number else v for j, v in enumerate(e.call.outputs)) for e in done)
    yield question, [*map(Done.returning, done, turned)], Finding("transposed")
    pairs = ((zip(e.call.outputs, e.right, strict=False)) for e in done)
    flat = (tuple(v.reshape(r.shape) if v.size == r.size else v for v, r in p) for p in pairs)
    yield question, [*map(Done.returning, done, flat)], shape
    matrix = "a" in done[-1].inputs and done[-1].right[number].ndim == 2
    ends = ("k = 0", "the highest k") if "k_max" in done[-1].inputs else ()
    for part in ("b", "a") if matrix else ends:
        asked, fewer = _WITHOUT[part](question), []
        for entry in done:
            right = list(entry.right)
            right[number] = value_of(asked.right, entry.inputs)
            fewer.append(replace(entry, right=tuple(right)))
        words = f"the columns of {part} are" if matrix else f"{part} is"
        yield asked, fewer, Finding("shape", place=f"{words} not there")


def _without(question: Question, cut: Callable[[Inputs, Array], Any]) -> Question:
    """The question of an array without some of its entries along the last axis."""
    less = partial(_fewer, cut=cut)
    confusions = tuple(c._replace(value=partial(less, value=c.value)) for c in question.confusions)
    right = partial(less, value=question.right)
    return replace(question, right=right, parts={}, confusions=confusions, classes=())


def _fewer(i: Inputs, value: Value, cut: Callable[[Inputs, Array], Any]) -> Array:
    every = value_of(value, i)
    return np.delete(every, cut(i, every), axis=-1) if every.ndim else every


_WITHOUT = {
    part: once(partial(_without, cut=cut))
    for part, cut in {
        "b": lambda i, v: np.s_[2 * len(i["a"]) : 3 * len(i["a"])],
        "a": lambda i, v: np.s_[3 * len(i["a"]) :],
        "k = 0": lambda i, v: 0,
        # of a frequency there are one or two entries
        "the highest k": lambda i, v: np.s_[-((len(v) - 1) // max(i["k_max"], 1)) :],
    }.items()
}
