"""The conventions of other papers, and what their numbers are in ours.

CONVENTIONS        one row a paper or habit: kernel, eigenvalue and rate as multiples of minintk's
conventions_text   the table for people, as `minintk conventions` prints it
convention_values  what a question's right value would be in each of them
in_convention      the question itself, asked in another convention

Every ratio is theirs/ours, part by part: w the first layer, b the bias, a the second layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from .._require import Array
from ..arccosine import kappa0, kappa1
from .questions.question import Confusion, Inputs, Question, Value, value_of

__all__ = ["CONVENTIONS", "Convention", "conventions_text"]

NO_RATIO = "no single ratio"


@dataclass(frozen=True)
class Convention:
    """How one source's numbers compare with ours.

    kernel, eigenvalue, rate   ratios theirs/ours: one for each part ("w", "b", "a"), as formulas in
                               n and m; "0": the part is not in their kernel
    whole      the one ratio of kernels with the same parts, or "no single ratio"
    formula    their kernel in our terms
    of_angle   their kernel as a function of θ and m, where they have one
    doubled    whether their eigenvalue is a cosine coefficient: half of the ratio at k = 0
    """

    name: str
    source: str
    kernel: Mapping[str, str]
    eigenvalue: Mapping[str, str]
    rate: Mapping[str, str]
    whole: str
    formula: str
    note: str = ""
    of_angle: Callable[[Any, int], Array] | None = field(default=None, compare=False)
    doubled: bool = False

    @property
    def key(self) -> str:
        """A short name for the command line: basri2019, or the words where there is no year."""
        words = self.name.replace("&", " ").replace(":", " ").lower().split()
        years = [word for word in words if word.isdigit()]
        return words[0] + years[0] if years else "-".join(words).replace("-(he)", "")


def _parts(w: str, b: str, a: str) -> dict[str, str]:
    return {"w": w, "b": b, "a": a}


def _all(ratio: str) -> dict[str, str]:
    return _parts(ratio, ratio, ratio)


_JACOT_BETA = 0.1


def _jacot(theta: Any, m: int) -> Array:
    beta = _JACOT_BETA
    u = np.arccos(np.clip((np.cos(theta) / 2 + beta**2) / (0.5 + beta**2), -1, 1))
    first = 0.5 * (np.cos(theta) / 2 + beta**2) * kappa0(u)
    return np.asarray(first + 0.5 * (0.5 + beta**2) * kappa1(u) + beta**2)


def _he(theta: Any, m: int) -> Array:
    return np.asarray((np.cos(theta) + 1) * kappa0(theta) + 0.5 * m * kappa1(theta))


def _mean_field(theta: Any, m: int) -> Array:
    return np.asarray(0.5 * ((np.cos(theta) + 1) * kappa0(theta) + kappa1(theta)) / m)


def _lifted_inputs(theta: Any, m: int) -> Array:
    u = np.arccos(np.clip((np.cos(theta) + 1) / 2, -1, 1))
    return np.asarray(0.5 * (np.cos(theta) + 1) * kappa0(u) + kappa1(u))


def _output_bias(theta: Any, m: int) -> Array:
    return np.asarray(0.5 * ((np.cos(theta) + 1) * kappa0(theta) + kappa1(theta)) + 1)


_LOSSES = (
    ("loss: mean with ½", "1/(2n) Σ (f − y)²", "1", "minintk's own"),
    ("loss: mean without ½", "(1/n) Σ (f − y)²", "2", "every rate is twice ours"),
    ("loss: sum with ½", "½ Σ (f − y)²", "n", "every rate carries n: K and not K/n decides"),
    ("loss: sum without ½", "Σ (f − y)²", "2*n", "both"),
)

CONVENTIONS: tuple[Convention, ...] = (
    Convention(
        "Cho & Saul 2009",
        "Kernel Methods for Deep Learning, equations 1 to 6",
        _parts("2", "2", "2"),
        _parts("2", "2", "2"),
        _parts("0", "0", "0"),
        "2",
        "κ0 and κ1 themselves: 2 E[1 1'], 2 E[relu relu']; the first layer's part is cos θ κ0",
        "kernels only: nothing is trained, so there is no rate",
        lambda theta, m: np.asarray((np.cos(theta) + 1) * kappa0(theta) + kappa1(theta)),
    ),
    Convention(
        "Jacot et al. 2018",
        "Neural Tangent Kernel, sections 3 and 6, β = 0.1",
        _all(NO_RATIO),
        _all(NO_RATIO),
        _all(NO_RATIO),
        NO_RATIO,
        "½(cos θ/2 + β²) κ0(u) + ½(½ + β²) κ1(u) + β², u the angle between (x/√2, β), (x'/√2, β)",
        "first layer over √2, every bias times β, and a bias of the output, which adds β²",
        _jacot,
    ),
    Convention(
        "Arora et al. 2019",
        "Fine-Grained Analysis, equation 5: H = x·x' (π − arccos x·x')/(2π)",
        _parts("1", "0", "0"),
        _parts("1", "0", "0"),
        _parts("n", "0", "0"),
        "1",
        "½ cos θ κ0: our first layer's part",
        "first layer only, a = ±1, no bias; the loss is a sum with ½, hence n in the rate",
        lambda theta, m: np.asarray(0.5 * np.cos(theta) * kappa0(theta)),
    ),
    Convention(
        "Basri et al. 2019 without bias",
        "Convergence Rate of Neural Networks for Learned Functions, section 3",
        _parts("1", "0", "0"),
        _parts("2", "0", "0"),
        _parts("n", "0", "0"),
        "1",
        "½ cos θ κ0; their cosine coefficient a_k is 2 λ_k for k ≥ 1, a_0 = λ_0 is not doubled",
        "first layer only; the loss is a sum with ½",
        lambda theta, m: np.asarray(0.5 * np.cos(theta) * kappa0(theta)),
        True,
    ),
    Convention(
        "Basri et al. 2019 with bias",
        "Convergence Rate of Neural Networks for Learned Functions, section 4",
        _parts("1/2", "1/2", "0"),
        _parts("1", "1", "0"),
        _parts("n/2", "n/2", "0"),
        "1/2",
        "¼ (cos θ + 1) κ0: half of our parts w and b, for their input is (x, 1)/√2",
        "coefficients are 2 λ_k of their kernel for k ≥ 1, so equal to ours; at k = 0 half of ours",
        lambda theta, m: np.asarray(0.25 * (np.cos(theta) + 1) * kappa0(theta)),
        True,
    ),
    Convention(
        "Bietti & Mairal 2019",
        "On the Inductive Bias of Neural Tangent Kernels, equation 3",
        _parts("2", "0", "2"),
        _parts("2", "0", "2"),
        _parts("2", "0", "2"),
        "2",
        "cos θ κ0 + κ1: twice our kernel without bias",
        "√(2/m) in front of the network",
        lambda theta, m: np.asarray(np.cos(theta) * kappa0(theta) + kappa1(theta)),
    ),
    Convention(
        "standard parametrisation (He)",
        "f = Σ a relu(w·x + b), w ~ N(0, 2/2), a ~ N(0, 2/m), b = 0 at the start",
        _parts("2", "2", "m"),
        _parts("2", "2", "m"),
        _parts("2", "2", "m"),
        NO_RATIO,
        "(cos θ + 1) κ0 + (m/2) κ1",
        "the second layer's part grows with m: the same η is another learning rate for each layer",
        _he,
    ),
    Convention(
        "mean-field scaling",
        "f = (1/m) Σ a relu(w·x + b)",
        _all("1/m"),
        _all("1/m"),
        _all("1/m"),
        "1/m",
        "our kernel over m; with the usual η multiplied by m the rates are ours",
        "the network then moves by O(1) at every width: features are learned",
        _mean_field,
    ),
    Convention(
        "inputs (x, 1)",
        "f = m^-1/2 Σ a relu(w·(x, 1)), w ~ N(0, I) in three dimensions",
        _all(NO_RATIO),
        _all(NO_RATIO),
        _all(NO_RATIO),
        NO_RATIO,
        "½(cos θ + 1) κ0(u) + κ1(u), u the angle between (x, 1) and (x', 1)",
        "a bias that starts at N(0, 1): bias_std=1 here",
        _lifted_inputs,
    ),
    Convention(
        "a bias of the output",
        "f = m^-1/2 Σ a relu(w·x + b) + c, c trained",
        _all(NO_RATIO),
        _all(NO_RATIO),
        _all(NO_RATIO),
        NO_RATIO,
        "our kernel + 1",
        "λ_0 grows by 1, the others stay",
        _output_bias,
    ),
    *(
        Convention(name, formula, _all("1"), _all("1"), _all(rate), "1", "our kernel", note)
        for name, formula, rate, note in _LOSSES
    ),
)


_LETTER_OF = {"first layer": "w", "bias": "b", "second layer": "a"}


def _part(ratio: str, part: Value, doubled: bool, i: Inputs) -> Array:
    value = value_of(ratio, {"n": 1.0, "m": 1.0, **i}) * value_of(part, i)
    return np.asarray(value * (np.where(i["k"] == 0, 0.5, 1.0) if doubled else 1.0))


def convention_parts(question: Question, row: Convention) -> dict[str, Value] | None:
    """The parts of a question in another convention; None where there is no ratio for them."""
    ratios = getattr(row, question.column, {})
    found: dict[str, Value] = {}
    every = {**question.parts, **(question.foreign if len(question.parts) > 1 else {})}
    for part, value in every.items():
        ratio = ratios.get(_LETTER_OF.get(part, ""), NO_RATIO)
        if ratio == NO_RATIO:
            return None
        if ratio != "0":
            doubled = row.doubled and question.column == "eigenvalue"
            found[part] = partial(_part, ratio, value, doubled)
    return found or None


def convention_values(question: Question) -> Iterator[tuple[str, Value]]:
    """What the right value would be in other conventions, where that is more than one factor.

    >>> from .questions import QUESTIONS
    >>> [name for name, _ in convention_values(QUESTIONS["kappa0"](True, None))]
    []
    """
    if not question.column:
        return
    for row in CONVENTIONS:
        parts = convention_parts(question, row)
        ratios = {getattr(row, question.column)[_LETTER_OF[p]] for p in question.parts}
        doubled = row.doubled and question.column == "eigenvalue"
        if parts is not None and (len(ratios) > 1 or doubled):
            yield row.name, partial(_sum, tuple(parts.values()))
        elif parts is None and row.of_angle and question.name == "ntk":
            yield row.name, lambda i, row=row: row.of_angle(i["t"], 1)  # type: ignore[misc]


def _sum(values: tuple[Value, ...], i: Inputs) -> Array:
    return np.asarray(sum(value_of(value, i) for value in values))


def conventions_of_factor(question: Question, ratio: float) -> list[str]:
    """The papers whose value is ours times this ratio, for every part.

    >>> from .questions import QUESTIONS
    >>> conventions_of_factor(QUESTIONS["ntk"](True, None), 2.0)
    ['Cho & Saul 2009']
    """
    if not question.column or not set(question.parts) <= set(_LETTER_OF):
        return []
    found = []
    for row in CONVENTIONS:
        texts = {getattr(row, question.column)[_LETTER_OF[part]] for part in question.parts}
        foreign = {getattr(row, question.column)[_LETTER_OF[part]] for part in question.foreign}
        if len(texts) == 1 and foreign <= {"0", NO_RATIO} and NO_RATIO not in texts:
            (text,) = texts
            if not set("nm") & set(text) and ratio != 1 and float(value_of(text, {})) == ratio:
                found.append(row.name)
    return found


def in_convention(question: Question, key: str) -> Question:
    """The question in another paper's convention; raises ValueError where that has none for it.

    >>> from .questions import QUESTIONS
    >>> asked = in_convention(QUESTIONS["ntk_bias"](True, None), "basri2019")
    >>> float(value_of(asked.right, {"t": np.array(0.0)}))
    0.25
    """
    keys = sorted({row.key for row in CONVENTIONS})
    rows = [row for row in CONVENTIONS if row.key == key]
    if not rows:
        raise ValueError(f"convention must be one of {', '.join(keys)}, got {key!r}")
    if len(rows) > 1:  # with bias and without
        rows = [row for row in rows if ("bias" in question.parts) == ("with bias" in row.name)]
    parts = convention_parts(question, rows[0]) if question.column else None
    if parts is None:
        raise ValueError(f"convention must be left out for {question.name}, got {key!r}")
    ours = Confusion("other-convention", question.right, "this is minintk's own value")
    return replace(
        question,
        right=partial(_sum, tuple(parts.values())),
        parts={name: parts[name] for name in parts if name in question.parts},
        foreign={},
        finer={},
        sums=(),
        confusions=(ours,),
        column="",
    )


def conventions_text() -> str:
    """The table for people.

    >>> print(conventions_text().splitlines()[0])
    theirs / ours, by part: w first layer, b bias, a second layer; "-": not in their kernel
    """
    lines = [
        'theirs / ours, by part: w first layer, b bias, a second layer; "-": not in their kernel'
    ]
    for row in CONVENTIONS:
        lines += ["", f"{row.name}: {row.source}"]
        for what in ("kernel", "eigenvalue", "rate"):
            column = getattr(row, what)
            lines.append(f"    {what:11} {_column_text(column)}")
        lines.append(f"    {row.formula}")
        if row.note:
            lines.append(f"    {row.note}")
    return "\n".join(lines)


def _column_text(column: Mapping[str, str]) -> str:
    if len(set(column.values())) == 1:
        only = column["w"]
        return "-" if only == "0" else only
    return ", ".join(f"{part} {'-' if ratio == '0' else ratio}" for part, ratio in column.items())
