"""What a line of a derivation is to the line before: a finding, and the sentence on it.

step_finding   the simplest relation between two lines, from their values and their terms
say_step       the sentence on a line that breaks
say_end        the sentence where every line equals the next, but the last is not the quantity
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..._require import Array
from . import edited, parts, places, ratios
from .finding import Asked, Finding, PartOff, Sample, constant_ratio
from .parts import kind_of
from .search import confusions, search
from .words import pretty

__all__ = ["say_end", "say_step", "step_finding"]

Terms = Sequence[tuple[str, Array]]

_PLAIN = (ratios.named_factor, confusions, ratios.one_letter_factor, places.classes)
_VAGUE = (ratios.any_factor, ratios.constant, parts.parts, ratios.shift, ratios.letter_factors)
_CHANGES = {  # of a line as a whole, which have no one place
    "brackets": "a bracket added or moved",
    "wrong-operator": "another operator (+ - * / ^) in one place",
    "sin-cos-swapped": "sin and cos exchanged",
    "kappa-swapped": "κ0 and κ1 exchanged",
    "few-digits": "exact constants for those typed by hand",
}
_SIZES = ((0.0, -1.0), (2.0, 1.0), (-1.0, -2.0))  # of a part, and the difference that it makes


def step_finding(asked: Asked, old: Terms, new: Terms) -> Finding:
    """The relation of a line to the line before, which is the right value here.

    `old` and `new` are terms of the two lines with their values at both samples, one after the
    other; a term of a term may be among them.

    >>> from ..questions import Question
    >>> x = {"x": np.arange(1.0, 6.0)}
    >>> sample = Sample((x,), (x["x"] + 1,), (x["x"] - 1,))
    >>> twice = np.tile(x["x"], 2), np.ones(10)
    >>> asked = Asked(Question("step", "x + 1"), sample, sample)
    >>> step_finding(asked, [("x", twice[0]), ("1", twice[1])], []).parts
    (PartOff(name='1', size=-1.0, foreign=False),)
    """
    samples: tuple[Sample, ...] = asked.samples
    right = np.concatenate([sample.right[0] for sample in samples])
    given = np.concatenate([sample.given[0] for sample in samples])
    return (
        search(asked, _PLAIN)
        or _one_term(right, given, old, new)
        or search(asked, (*_VAGUE, edited.one_edit))
        or Finding("unknown")
    )


def _one_term(right: Array, given: Array, old: Terms, new: Terms) -> Finding | None:
    """Equal but for one term of either line: missing, counted twice, of the other sign."""
    with np.errstate(all="ignore"):
        less = [(name, constant_ratio(given - right, value)) for name, value in old]
        more = [(name, constant_ratio(given - right, value)) for name, value in new]
    tries = [(less, size, by, False) for size, by in _SIZES]
    tries += [(more, 1.0, 1.0, True), (more, -1.0, 2.0, False)]
    for terms, size, by, foreign in tries:
        for name, ratio in terms:
            if ratio is not None and math.isclose(ratio, by, rel_tol=1e-7):
                part = PartOff(name, size, foreign)
                return Finding(kind_of((part,)), parts=(part,), confirmed=True)
    return None


def _relation(finding: Finding, base: str) -> str:
    """What something is to the base, after "it"."""
    factor = finding.factor
    if finding.parts:
        found = " and ".join(_part(part, base) for part in finding.parts)
        return found if factor is None else f"{found}; and the whole is {pretty(factor)} times it"
    if finding.powers:
        powers = "·".join(f"{name}^{power:g}".removesuffix("^1") for name, power in finding.powers)
        return f"is {'' if factor is None else f'{pretty(factor)}·'}{powers} times {base}"
    if finding.wrong:
        return f"differs from {base} for {' and '.join(finding.wrong)} only"
    if finding.kind == "another-quantity":
        return f"is another quantity, {finding.note}"
    if finding.kind == "shift" and finding.number is not None:
        return f"is {base} and {finding.number:+.6g}"
    if finding.kind == "constant" and finding.number is not None:
        return f"is {finding.number:.6g} everywhere, and {base} is not"
    change = f"one change in '{finding.place}'" if finding.place else _CHANGES.get(finding.kind)
    if change:
        besides = "" if factor is None else f", and a factor {pretty(factor)} besides"
        return f"would be {base} with {change}{besides}"
    if factor is not None:
        return f"is {pretty(factor)} times {base}"
    return f"differs from {base}"


def _part(part: PartOff, base: str) -> str:
    name = f"the part of the {part.name}" if part.name in parts.NETWORK_PARTS else part.name
    if part.foreign:
        return f"has a term that {base} does not have, {name}"
    said = {0.0: "lacks", 2.0: "has twice", -1.0: "has with the other sign"}.get(part.size)
    return f"{said or f'has {pretty(part.size)} times'} {name}"


def say_step(finding: Finding, before: tuple[int, str], line: tuple[int, str], first: bool) -> str:
    """The sentence on a line that breaks, from (number, text) of it and of the line before.

    `first`: all that follows is the quantity, so that the line before is the one that is off.

    >>> say_step(Finding("factor-2", factor=2.0), (1, "x"), (2, "2x"), False)
    'line 2 is where it breaks: it is 2 times line 1; in the step from  x  to  2x.'
    """
    step = f"in the step from  {before[1]}  to  {line[1]}"
    relation = _relation(finding, f"line {before[0]}")
    if not first:
        return f"line {line[0]} is where it breaks: it {relation}; {step}."
    return (
        f"line {before[0]} is where it breaks: the lines after it are the quantity, and it is not. "
        f"Line {line[0]} {relation}; {step}."
    )


def say_end(finding: Finding, name: str, count: int) -> str:
    """The sentence where every line equals the next, but the last is not the quantity.

    >>> say_end(Finding("another-quantity", note="kappa1"), "kappa0", 3)
    'every line equals the next, but the first is another quantity: kappa1, not kappa0.'
    """
    equal = "every line equals the next, but" if count > 1 else "this is not the quantity:"
    if finding.kind == "another-quantity":
        return f"{equal} the first is another quantity: {finding.note}, not {name}."
    return f"{equal} it {_relation(finding, name)}."
