"""A formula that one change makes right, or another meaning of its letters.

slip_models   models of a slip: a sign, a number, a pair of brackets in the student's own formula
misread       cos θ read for θ, k + 1 for k, one variable for another
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np

from .._require import Array
from .formula import Formula, evaluate, is_formula
from .quantities import Quantity
from .ratios import name_of_constant, ratio_words
from .repair import rebracketed, repairs
from .samples import Inputs, Model, Sample, as_right, close, constant_ratio

__all__ = ["misread", "slip_models"]

_REPAIR_WORK = 30_000  # parts of formulas evaluated in the search for a slip: below 0.1 s


def slip_models(quantity: Quantity, formula: Formula, sample: Sample) -> Iterator[_Mended]:
    """One edit in the student's formula that makes it right, up to a constant.

    >>> from minintk.course.checking import find_quantity, read_formula
    >>> asked = find_quantity("decay", True, None)
    >>> inputs = asked.inputs(np.random.default_rng(0), 10)
    >>> sample = Sample((inputs,), (asked.question.right(inputs),), (np.ones(10),))
    >>> next(slip_models(asked, read_formula(asked, "exp(lambda*tau)"), sample)).name
    'inner-sign'
    """
    inputs, right = sample.inputs[0], sample.right[0]
    few = {name: value[:8] for name, value in inputs.items()}
    work, brackets = 0, True
    names = [v.name for v in quantity.variables] + list(quantity.derived)
    size = formula.size
    seen_scaled: list[_Mended] = []
    for name, where, tree in repairs(formula.tree, names, quantity.functions):
        if brackets and name not in ("few-digits", "inner-sign", "inner-factor"):
            brackets = False
            yield from _brackets(quantity, formula, sample)
        work += size
        if work > _REPAIR_WORK:
            break
        value = np.broadcast_to(evaluate(tree, few), right[:8].shape)
        if not np.isfinite(value).all():
            continue
        if close(value, right[:8], sample.scale):
            said = "few" if name == "few-digits" else f"'{where}'" if where else ""
            yield _Mended(name, said, as_right, tree, 1.0)
        elif len(seen_scaled) < 8:
            ratio = constant_ratio(Sample((few,), (value,), (right[:8],)))
            if ratio is not None and name_of_constant(ratio) and len(set(right[:8].tolist())) > 1:
                relation = f"'{where}', and there is a factor {ratio_words(1 / ratio)} on top"
                seen_scaled.append(_Mended(name, relation, as_right, tree, ratio))
    yield from seen_scaled


def _brackets(quantity: Quantity, formula: Formula, sample: Sample) -> Iterator[_Mended]:
    """The same symbols with one pair of brackets more, or one bracket in another place."""
    few = {name: value[:8] for name, value in sample.inputs[0].items()}
    right = sample.right[0][:8]
    names = [v.name for v in quantity.variables] + list(quantity.derived)
    for name, tree in rebracketed(formula.tokens):
        if not is_formula(tree, names, quantity.functions):
            continue
        value = np.broadcast_to(evaluate(tree, few), right.shape)
        if close(value, right, sample.scale):
            yield _Mended(name, "", as_right, tree, 1.0)


def misread(quantity: Quantity, formula: Formula, sample: Sample, fresh: Sample) -> Model | None:
    """The formula is right for another meaning of its letters: cos θ for t, x2 for x1.

    >>> from minintk.course.checking import check
    >>> check("kappa0", "acos(-t)/pi").diagnosis
    'cos-for-angle'
    """
    names = [v.name for v in quantity.variables]
    meanings: list[tuple[str, str, dict[str, Callable[[Inputs], Any]]]] = []
    if "t" in names:
        said = "It would be right if {} were {}"
        for name, words, function in _MEANINGS_OF_T:
            meanings.append((name, said.format("t", words), {"t": _applied(function, "t")}))
    if "k" in names:
        for step in (1, -1):
            meanings.append(("off-by-one-in-k", "", {"k": _applied(partial(np.add, step), "k")}))
    for one, other in itertools.combinations(names, 2):
        swap: dict[str, Callable[[Inputs], Any]] = {one: itemgetter(other), other: itemgetter(one)}
        meanings.append(("wrong-variable", f": {one} and {other} have changed places", swap))
    for name, relation, change in meanings:
        if all(_right_with(quantity, formula, s, change) for s in (sample, fresh)):
            return Model(name, relation, as_right)
    return None


def _applied(function: Callable[[Array], Array], name: str) -> Callable[[Inputs], Any]:
    return lambda inputs: function(inputs[name])


_MEANINGS_OF_T: tuple[tuple[str, str, Callable[[Array], Array]], ...] = (
    ("cos-for-angle", "the cosine of the angle", np.cos),
    ("degrees", "in degrees", np.degrees),
    ("supplement", "the angle from the opposite point", lambda t: np.pi - t),
)


def _right_with(
    quantity: Quantity,
    formula: Formula,
    sample: Sample,
    change: Mapping[str, Callable[[Inputs], Array]],
) -> bool:
    inputs = sample.inputs[0]
    moved = {v.name: inputs[v.name] for v in quantity.variables}
    moved |= {name: function(inputs) for name, function in change.items()}
    return close(formula(quantity.complete(moved)), sample.right[0], sample.scale)


@dataclass(frozen=True)
class _Mended(Model):
    """The student's formula with one slip fixed; it holds where that one is right."""

    tree: Any = None
    factor: float = 1.0

    @property
    def exact(self) -> bool:
        """Whether the slip is all that is wrong."""
        return self.factor == 1.0

    def holds(self, sample: Sample) -> bool:
        value = evaluate(self.tree, sample.inputs[0])
        return close(self.factor * value, sample.right[0], sample.scale)
