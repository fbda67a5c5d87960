"""What a reader's own sizes must have: else a claim would crash, or measure nothing.

broken_rule   the first rule that the sizes of a claim break, in one sentence
broken_limit  the same of a limit that only the run knows: a learning rate above that of a network

The numbers of a list are positive and in the order of the default: claims name the last one. So is
every other number whose default is. What else a claim needs of its sizes stands in `RULES`, by its
name: a field, what it must, and whether the sizes have it.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from .._require import PARTS
from ..claims.beyond import hard_targets, mean_field
from ..claims.claim import Claim, Sizes
from ..claims.moving import STARTS
from ..claims.study import cause, evolving
from ..claims.study.decay import STABLE
from ..claims.targets import TARGETS

__all__ = ["broken_limit", "broken_rule"]

WORDS = {"targets": tuple(TARGETS), "starts": STARTS, "trained": PARTS}
SLOPE = "have two values or more, since a slope is fitted"
# The constant alone; the first place; of these `sizes` says that nothing can be measured.
MAY_BE_0 = ("k_max", "slopes_from", "block", "seeds", "wide_seeds", "large_seeds")
WITH_INTERVALS = ("seeds", "wide_seeds", "large_seeds")
ANY_WIDTH = ("rotation", "sampling_and_width", "leading_logarithm", "kink", "hard_targets")


class Rule(NamedTuple):
    """What a field must, with names of sizes in brackets, and whether it does."""

    field: str
    must: str
    holds: Callable[[Sizes], bool]


def _least(field: str, value: int, since: str) -> Rule:
    """That a list begins high enough."""
    must = f"begin at {value} or above, since {since}"
    return Rule(field, must, lambda sizes: getattr(sizes, field)[0] >= value)


def _wide(judged: Sequence[int]) -> tuple[Rule, ...]:
    """Of claims with small and with wide networks, some of whose widths are judged."""
    some = f"have {' or '.join(map(str, judged))}, which are judged"
    return (
        Rule("wide", "begin above the last of widths", lambda s: s.wide[0] > s.widths[-1]),
        Rule("widths", some, lambda s: not judged or bool({*s.widths, *s.wide} & {*judged})),
    )


ON_GRID = Rule("points", "be above 2 k_max = 2 × {k_max}", lambda s: s.points > 2 * s.k_max)
RULES: dict[str, tuple[Rule, ...]] = {
    "rotation": (Rule("widths", SLOPE, lambda s: len(s.widths) > 1),),
    "eigenfunctions": (
        Rule("k_max", "be positive", lambda s: s.k_max > 0),
        Rule("biases", "have both true and false", lambda s: len(s.biases) == 2),
        Rule("grids", "begin with an even number above k_max = {k_max}, since odd k are looked at",
             lambda s: s.grids[0] % 2 == 0 and s.grids[0] > s.k_max),
    ),
    "spectral_bias": (
        Rule("frequencies", "have two values or more from 3 on, since an exponent is fitted",
             lambda s: sum(k >= 3 for k in s.frequencies) > 1),
        Rule("frequencies", "stay below half of points = {points}",
             lambda s: 2 * s.frequencies[-1] < s.points),
        Rule("unlearned", "stay below half of points = {points}",
             lambda s: 2 * s.unlearned[-1] < s.points),
        Rule("unlearned", "be odd and 3 or above, since without a bias the others are learned",
             lambda s: all(k % 2 and k >= 3 for k in s.unlearned)),
    ),
    "decay": (
        Rule("k_max", "be below half of points = {points}", lambda s: 2 * s.k_max < s.points),
    ),
    "mean_field": (
        Rule("widths", f"have {mean_field.SMALL} or a width from {mean_field.WIDE} on, which are "
             "judged", lambda s: bool(s.misses())),
    ),
    "sampling": (
        Rule("sizes", SLOPE, lambda s: len(s.sizes) > 1),
        Rule("sizes", "begin above 2 k_max = 2 × {k_max}", lambda s: s.sizes[0] > 2 * s.k_max),
    ),
    "width": (Rule("widths", SLOPE, lambda s: len(s.widths) > 1),),
    "evolving": _wide(evolving.SMALL),
    "cause": (
        Rule("widths", f"have {' or '.join(map(str, cause.WIDTHS))}, which are judged",
             lambda s: bool({*s.widths} & {*cause.WIDTHS})),
        _least("at_steps", 2, "the first step is the same for both kernels"),
    ),
    "isotropic_growth": (
        Rule("at_steps", "have more values than slopes_from = {slopes_from}, since slopes are "
             "judged from there on", lambda s: len(s.at_steps) > s.slopes_from),
    ),
    "alignment": (
        *_wide(())[:1],
        _least("widths", 4, "fewer neurons may all end at rest"),
        Rule("k_max", "be positive, since off the diagonal is looked at", lambda s: s.k_max > 0),
        ON_GRID,
    ),
    "decomposition": (ON_GRID,),
    "mean_field_fluctuation": (
        Rule("at_steps", "be even, since the response takes two steps at once",
             lambda s: not any(step % 2 for step in s.at_steps)),
    ),
    "frozen_fluctuation": (
        Rule("frequencies", "be at most k_max = {k_max}", lambda s: s.frequencies[-1] <= s.k_max),
    ),
    "evolving_or_frozen": (
        Rule("frequencies", "stay below half of points = {points}",
             lambda s: 2 * s.frequencies[-1] < s.points),
    ),
    "phase_split": (_least("widths", 16, "on fewer neurons the learning rate is too large"),),
    "leading_logarithm": (
        Rule("widths", SLOPE, lambda s: len(s.widths) > 1),
        Rule("frequencies", "be at most k_max = {k_max}", lambda s: s.frequencies[-1] <= s.k_max),
        Rule("several", "be at most k_max = {k_max}", lambda s: s.several[-1] <= s.k_max),
    ),
    "kink": (
        Rule("widths", "have three values or more, two of them from late = {late} on, since slopes "
             "have errors of their own",
             lambda s: len(s.widths) > 2 and sum(m >= s.late for m in s.widths) > 1),
        Rule("points", "be above 2 frequency = 2 × {frequency}",
             lambda s: s.points[0] > 2 * s.frequency),
    ),
    "hard_targets": (
        Rule("k_max", "be positive", lambda s: s.k_max > 0),
        _least("radii", 2, "the limit's nodes are spread over radii"),
        Rule("last", f"be {hard_targets.WINDOWS[0][1]:g} or above, where the first window ends",
             lambda s: bool(s.windows())),
    ),
}  # fmt: skip


def broken_rule(claim: Claim, sizes: Sizes) -> str:
    """The first rule that the sizes break, in one sentence; empty where they break none."""
    for field, must in _broken(claim, sizes):
        value = getattr(sizes, field)
        got = ", ".join(map(_text, value if isinstance(value, tuple) else (value,)))
        return f"{claim.name}.{field} must {must}, got {got}"
    return ""


def broken_limit(claim: Claim, sizes: Sizes, error: str) -> str:
    """What the last line of a traceback says of the learning rate; empty where it is of another.

    Some claims train at several times the rate: the limit is of the one that was set.
    """
    rate = getattr(sizes, "learning_rate", 0.0)
    _, _, said = error.partition("Error: learning_rate must ")
    limit = re.match(r"not be above 2/λ_max = ([\d.e+-]+) .+, got ([\d.e+-]+)$", said)
    if limit:
        most = float(limit[1]) * rate / float(limit[2])
        said = f"be at most {most:.4g} at these sizes, the 2/λ_max of a network that was drawn"
    return f"{claim.name}.learning_rate must {said}, got {rate:g}" if said else ""


def _broken(claim: Claim, sizes: Sizes) -> Iterator[tuple[str, str]]:
    for name, value in vars(sizes).items():
        if isinstance(value, tuple) and (must := _must(name, value, getattr(claim.default, name))):
            yield name, must
    yield from _broken_numbers(claim, sizes)
    for name in ("width", "widths", "wide", "law_widths") if claim.name not in ANY_WIDTH else ():
        pairs = STARTS[0] in getattr(sizes, "starts", STARTS)
        widths = getattr(sizes, name, ())
        if pairs and any(m % 2 for m in (widths if isinstance(widths, tuple) else (widths,))):
            yield name, "be even, since neurons start in antisymmetric pairs"
    for rule in RULES.get(claim.name, ()):
        if not rule.holds(sizes):
            yield rule.field, rule.must.format(**dataclasses.asdict(sizes))


def _broken_numbers(claim: Claim, sizes: Sizes) -> Iterator[tuple[str, str]]:
    """What the numbers that are no lists must."""
    for name, value in vars(sizes).items():
        default = getattr(claim.default, name)
        if isinstance(value, (str, bool, tuple)) or default <= 0:
            continue
        if value <= 0 and name not in MAY_BE_0:
            yield name, "be positive"
        if value == 1 and name in WITH_INTERVALS:
            yield name, "be 2 or more, since an interval needs two seeds"
    if getattr(sizes, "learning_rate", 0) > STABLE:
        yield "learning_rate", f"be at most 2/λ_0 = {STABLE:.4g}, as at infinite width"


def _must(name: str, value: Sequence[Any], default: Sequence[Any]) -> str:
    """What a list must by itself, where it does not."""
    if isinstance(value[0], (str, bool)):
        words = WORDS.get(name, (True, False) if isinstance(value[0], bool) else value)
        known = len({*value}) == len(value) and {*value} <= {*words}
        return "" if known else f"be some of {', '.join(map(_text, words))}, each once"
    if min(value) <= 0 < min(default):
        return "be positive"
    falls = len(default) > 1 and default[0] > default[1]
    ordered = all((a > b) == falls and a != b for a, b in itertools.pairwise(value))
    return "" if ordered else f"{'decrease' if falls else 'increase'} from value to value"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
