"""The conventions of other papers, and what their numbers are in ours.

CONVENTIONS        one row a paper or habit: kernel, eigenvalue and rate as multiples of minintk's;
                   the file conventions.txt
conventions_text   the table for people, as `minintk conventions` prints it
convention_confusions  what a question's right value would be in each of them
conventions_of     those that a question can be asked in, by the names of the command line
in_convention      the question itself, asked in one of them

Every ratio is theirs/ours, part by part: w the first layer, b the bias, a the second layer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .._require import Array, did_you_mean
from .questions.eigenvalues import PARTS
from .questions.question import Confusion, Inputs, Letter, Question, Value, once, sum_of, value_of

__all__ = ["CONVENTIONS", "Convention", "conventions_text"]

NO_RATIO = "no single ratio"
_SHARES = {"0": "lacks", "1": "has", "1/2": "has half", "2": "has twice"}


@dataclass(frozen=True)
class Convention:
    """How one source's numbers compare with ours.

    kernel, eigenvalue, rate   ratios theirs/ours: one for each part ("w", "b", "a"), as formulas in
                               n and m; "0": not in their kernel, in `rate`: not trained;
                               "no single ratio": theirs is no sum of multiples of our parts
    formula    their kernel in our terms
    kernel_at  the same as text in the angle t and m, where they have one
    doubled    whether their eigenvalue is a cosine coefficient: half of the ratio at k = 0
    """

    name: str
    source: str
    kernel: Mapping[str, str]
    eigenvalue: Mapping[str, str]
    rate: Mapping[str, str]
    formula: str
    note: str = ""
    kernel_at: str = ""
    doubled: bool = False

    @property
    def key(self) -> str:
        """A short name for the command line: basri2019, or the words where there is no year."""
        plain = self.name.lower().replace("½", "half").replace("(x, 1)", "with-1")
        words = plain.replace(" (he)", "").replace("&", " ").replace(":", " ").split()
        years = [word for word in words if word.isdigit()]
        return words[0] + years[0] if years else "-".join(words)

    @property
    def of_angle(self) -> Callable[[Any, float], Array] | None:
        """Their kernel as a function of θ and m, where they have one."""
        if not self.kernel_at:
            return None
        return lambda theta, m: value_of(self.kernel_at, {"t": np.asarray(theta), "m": m})


def _read_conventions() -> Iterator[Convention]:
    """The rows of conventions.txt: a ratio stands for all parts, or three for w, b and a."""
    text = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    for block in text.strip().split("\n\n"):
        name, *lines = block.splitlines()
        row: dict[str, Any] = {line[4:16].strip(): line[16:] for line in lines}
        row["eigenvalue"], doubled, _ = row["eigenvalue"].partition("  doubled")
        for column in ("kernel", "eigenvalue", "rate"):
            ratios = [ratio.replace("?", NO_RATIO) for ratio in row[column].split()]
            row[column] = dict(zip("wba", ratios * 3, strict=False))
        yield Convention(name, **row, doubled=bool(doubled))


CONVENTIONS: tuple[Convention, ...] = tuple(_read_conventions())
_OF_LOSS = ("loss", "growth_rate", "dL_da", "dL_dw1", "dL_dw2", "dL_db")  # of one sample


def _part(ratio: str, part: Value, doubled: bool, i: Inputs) -> Array:
    scale = value_of(ratio, {"n": np.nan, "m": np.nan, **i})  # no count fits where none is asked
    if "lambda" in i:
        return value_of(part, {**i, "lambda": scale * i["lambda"]})
    value = scale * value_of(part, i)
    return np.asarray(value * (np.where(i["k"] == 0, 0.5, 1.0) if doubled else 1.0))


def _convention_parts(question: Question, row: Convention) -> dict[str, Value] | None:
    """The parts of a question in another convention; None where there is no ratio for them."""
    ratios = getattr(row, question.column or "rate")
    of_all = ratios["w"] if len(set(ratios.values())) == 1 else NO_RATIO
    doubled = row.doubled and question.column == "eigenvalue"
    found: dict[str, Value] = {}
    foreign = question.foreign if question.column and len(question.parts) > 1 else {}
    for part, value in ({**question.parts, **foreign} or {"": question.right}).items():
        ratio = ratios.get(PARTS.get(part, ""), of_all)
        if ratio == NO_RATIO:
            return None
        if ratio != "0":
            ratio = ratio.replace("n", "1") if question.name in _OF_LOSS else ratio
            found[part] = partial(_part, ratio, value, doubled)
    return found or None


@once
def convention_confusions(question: Question) -> tuple[Confusion, ...]:
    """What the right value would be in other conventions, where that is more than one factor."""
    found: dict[str, tuple[list[str], Value]] = {}  # by what differs: two papers may be one
    for row in CONVENTIONS if question.column else ():
        if row.name.endswith(" with bias") and "without bias" in question.title:
            continue
        parts = _convention_parts(question, row)
        ratios = {getattr(row, question.column)[PARTS[p]] for p in question.parts}
        doubled = row.doubled and question.column == "eigenvalue"
        if parts is not None and (len(ratios) > 1 or doubled):
            value: Value = partial(sum_of, parts=parts)
        elif parts is None and row.kernel_at and question.name == "ntk":
            value = row.kernel_at
        else:
            continue
        found.setdefault(_difference(question, row), ([], value))[0].append(row.name)
    return tuple(
        Confusion("other-convention", value, f"{listed(names)}; here minintk's is asked for. {how}")
        for how, (names, value) in found.items()
    )


def listed(names: Sequence[str]) -> str:
    """Names as in a sentence: a, b and c."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _difference(question: Question, row: Convention) -> str:
    """What theirs has, part by part, where that is not ours; at k = 0 the halves of cosines."""
    ratios = getattr(row, question.column)
    if NO_RATIO in ratios.values():
        return f"What differs: {row.note}"
    frequencies = set(question.letters[0].simple)
    halved = row.doubled and question.column == "eigenvalue" and 0.0 in frequencies
    alone = halved and len(frequencies) == 1
    shares: dict[str, list[str]] = {}
    for part in (*question.parts, *(question.foreign if len(question.parts) > 1 else ())):
        ratio = ratios[PARTS[part]]
        ratio = {"2": "1", "1": "1/2"}.get(ratio, ratio) if alone else ratio
        if ratio != ("1" if part in question.parts else "0"):
            shares.setdefault(_SHARES.get(ratio, f"has {ratio} times"), []).append(part)
    said = ", and ".join(
        f"{share} the part{'s' * (len(names) > 1)} of the {' and of the '.join(names)}"
        for share, names in shares.items()
    )
    return f"Theirs {said}" + ". At k = 0 theirs is halved besides" * (halved and not alone)


def conventions_of_factor(question: Question, ratio: float) -> list[str]:
    """The papers whose value is ours times this ratio, for every part."""
    if not question.column or not set(question.parts) <= set(PARTS):
        return []
    found, several = [], len(question.parts) > 1
    for row in CONVENTIONS:
        ratios = getattr(row, question.column)
        texts = {ratios[PARTS[part]] for part in question.parts}
        foreign = {ratios[PARTS[part]] for part in question.foreign if several}
        summed = not several or set(row.rate.values()) != {"0"}  # over what is trained there
        if summed and len(texts) == 1 and foreign <= {"0", NO_RATIO} and ratio != 1:
            (text,) = texts  # NO_RATIO has an n
            number = not set("nm") & set(text)
            found += [row.name] * (number and math.isclose(value_of(text, {}), ratio))
    return found


def _asked_parts(question: Question, row: Convention, bias: bool) -> dict[str, Value]:
    """What adds up to the right value in a row's convention; empty where it has none."""
    of_loss = question.name in _OF_LOSS and row.name.startswith("loss")
    known = question.column or of_loss or question.letters[0].name == "lambda"
    if not known or row.name.endswith(" without bias" if bias else " with bias"):
        return {}
    whole = row.kernel_at if question.name == "ntk" and bias else ""
    zero = question.column == "eigenvalue" and not question.parts  # at odd k without a bias
    if zero and NO_RATIO not in row.kernel.values():
        return {"": "0*k"}
    own = replace(question, foreign={})  # without a bias there is none in any convention
    return _convention_parts(own, row) or ({row.name: whole} if whole else {})


def conventions_of(question: Question, bias: bool = True) -> dict[str, Convention]:
    """The conventions that a question can be asked in, by their names on the command line."""
    return {row.key: row for row in CONVENTIONS if _asked_parts(question, row, bias)}


def in_convention(question: Question, key: str, bias: bool = True) -> Question:
    """The question in another paper's convention; raises ValueError where that has none for it."""
    rows = conventions_of(question, bias)
    if key not in rows:
        rule = f"one of {', '.join(rows)}" if rows else "left out"
        near = did_you_mean(key, rows)
        raise ValueError(f"convention must be {rule} for {question.name}, got {key!r}{near}")
    parts = _asked_parts(question, rows[key], bias)
    said = f"minintk's own; here {rows[key].name} is asked for"
    confusions = [Confusion("other-convention", question.right, said)]
    for row in CONVENTIONS:  # with and without a bias are two sections of one paper
        other = _convention_parts(question, row) if row.key == key and row != rows[key] else None
        if other is not None:
            where = f"{row.name}, {row.source.split(', ')[-1]}"
            said = f"{where}: add {'--no-bias' if bias else '--bias'}"
            confusions.insert(0, Confusion("other-convention", partial(sum_of, parts=other), said))
    return replace(
        question,
        right=partial(sum_of, parts=parts),
        letters=tuple(_letters(question, rows[key])),
        parts={name: parts[name] for name in parts if name in question.parts},
        foreign={} if question.parts else question.foreign,  # what would not be 0
        finer={},
        confusions=tuple(confusions),
        column="",
    )


def _letters(question: Question, row: Convention) -> Iterator[Letter]:
    """The letters of a question, and those of the row's ratios."""
    small: dict[str, Any] = {"values": (0.02, 0.09), "simple": (0.1, 0.05)}  # η: 2nηλ < 1
    yield from (v._replace(**small) if v.name == "eta" else v for v in question.letters)
    ratios = {*getattr(row, question.column or "rate").values()} - {NO_RATIO}
    for name, meaning in (("n", "number of samples"), ("m", "width, the number of neurons")):
        if question.name not in _OF_LOSS and name in "".join(ratios):
            yield Letter(name, meaning, (0.3, 0.9), (2.0, 3.0))


def conventions_text() -> str:
    """The table for people.

    >>> print(conventions_text().splitlines()[1])
    "-": not in their kernel; as a rate: not trained
    """
    lines = ["theirs / ours, by part: w first layer, b bias, a second layer"]
    lines += ['"-": not in their kernel; as a rate: not trained']
    for row in CONVENTIONS:
        lines += ["", f"{row.name}: {row.source}"]
        for what in ("kernel", "eigenvalue", "rate"):
            ratios = {p: "-" if ratio == "0" else ratio for p, ratio in getattr(row, what).items()}
            parts = ", ".join(f"{part} {ratio}" for part, ratio in ratios.items())
            lines.append(f"    {what:11} {parts if len(set(ratios.values())) > 1 else ratios['w']}")
        lines += [f"    {text}" for text in (row.formula, row.note) if text]
    return "\n".join(lines)
