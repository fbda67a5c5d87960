"""Is a gradient right? Central differences that keep off kinks.

gradient_check    every coordinate of every parameter group of anyone's network
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .._require import LARGEST, Array, require_function, require_number, require_real, show
from .diagnosis.finding import constant_ratio
from .diagnosis.ratios import pretty

Groups = dict[str, Array]  # the parameters by name
_SMALLER = (1 / 32, 1 / 1024)  # of the first step: a kink within it is left behind
_LARGER = (32.0, 1024.0)  # where rounding hides a small slope


@dataclass(frozen=True)
class GroupCheck:
    """One parameter group: its worst coordinate, with both values, and what stands in the way.

    passed     every coordinate was decided, and is right
    error      |given − differences| over the sum of their sizes, at the worst coordinate
    kinks      coordinates with a kink within the first step: decided by a smaller step, or, with
               the kink at the point itself, right if the given slope lies between the one-sided
    ratio      given/differences, where it is one number for the whole group and not 1
    undecided  coordinates whose slope is too small beside the rounding of the function to decide
    """

    name: str
    size: int
    passed: bool
    worst: tuple[int, ...]
    given: float
    differences: float
    error: float
    kinks: int
    ratio: float | None
    undecided: int = 0


@dataclass(frozen=True)
class GradientCheck:
    """The groups, whether all passed, and the precision that the function computes in."""

    groups: tuple[GroupCheck, ...]
    precision: str = "float64"

    @property
    def passed(self) -> bool:
        """Whether every coordinate of every group is right; False where one is undecided."""
        return all(group.passed for group in self.groups)

    def __str__(self) -> str:
        lines = [_line(group) for group in self.groups]
        if self.precision != "float64":
            lines += [f"The function computes in {self.precision}: about 3 digits can be checked."]
        return "\n".join(lines)


def gradient_check(
    function: Callable[[Any], Any], gradient: Any, params: Any, *, tolerance: float = 1e-5
) -> GradientCheck:
    """Check a gradient by central differences, one coordinate after the other.

    (F(θ + h e_j) − F(θ − h e_j))/(2h),  h = ε^(1/3) max(1, |θ_j|)

    Takes F from parameters to a number, its gradient (or a function that returns it), and the
    parameters. These are a dict, tuple or list of arrays, one array, or minintk's `Params`, whose
    trained parts are checked. A coordinate that differs is tried again with h/32 and h/1024: a kink
    within the first step is left behind so. With a kink at the point itself the slope must lie
    between the one-sided ones. A slope that the rounding of F hides is tried with 32 h and 1024 h,
    and then called too small to decide, never right. Nothing is changed, nothing printed. Costs 3
    to 7 calls of F a coordinate, and up to 3 more a group.
    Raises ValueError where the gradient's groups or shapes are not those of the parameters.

    >>> wrong = lambda p: {"a": p["a"]}
    >>> check = gradient_check(lambda p: np.sum(p["a"] ** 2), wrong, {"a": [1.0, 3.0]})
    >>> check.passed, check.groups[0].ratio
    (False, 0.5)
    """
    require_function("function", function, "the parameters")
    tolerance = require_number("tolerance", tolerance, least=0, largest=LARGEST)
    groups, rebuild = _as_groups("params", params)

    def fresh(values: Groups) -> Any:
        """The parameters as copies: a function that changes its argument changes those alone."""
        return rebuild({name: value.copy() for name, value in values.items()})

    given = _given(groups, gradient(fresh(groups)) if callable(gradient) else gradient)
    seen: list[float] = []

    def at(name: str, index: tuple[int, ...], shift: float) -> float:
        moved = groups[name].copy()
        moved[index] += shift
        value = function(fresh({**groups, name: moved}))
        seen.append(require_number("the function's value", value))
        return seen[-1]

    for name, value in groups.items():
        for index in list(np.ndindex(value.shape))[:3]:
            at(name, index, 1e-3)
    single = _is_single(seen)
    epsilon = float(np.finfo(np.float32 if single else np.float64).eps)
    scale = max((float(np.abs(given[name]).max(initial=0.0)) for name in groups), default=0.0)
    rule = _Rule(max(tolerance, 1e-2) if single else tolerance, epsilon, scale)
    checked = [_group(name, value, given[name], at, rule) for name, value in groups.items()]
    return GradientCheck(tuple(checked), "float32" if single else "float64")


def _given(groups: Groups, found: Any) -> Groups:
    """The gradient's groups, which must be those of the parameters, in their shapes."""
    given, _ = _as_groups("gradient", found)
    if not set(groups) <= set(given):
        got = show(found) if list(given) == ["params"] else sorted(given)
        rule = f"the groups of the parameters, which are {sorted(groups)}"
        raise ValueError(f"gradient must have {rule}, got {got}")
    for name, value in groups.items():
        if (shape := given[name].shape) != value.shape:
            raise ValueError(f"gradient must have shape {value.shape} for {name!r}, got {shape}")
    return given


class _Rule(NamedTuple):
    """The tolerance, the function's rounding, and the largest slope of all groups."""

    tolerance: float
    epsilon: float
    scale: float


def _is_single(values: list[float]) -> bool:
    """Whether every value of the function is one of float32, and that is no chance."""
    telling = {v for v in values if v * 2**12 != round(v * 2**12)}
    with np.errstate(over="ignore"):
        return len(telling) > 1 and all(float(np.float32(v)) == v for v in telling)


def _group(name: str, value: Array, given: Array, at: Any, rule: _Rule) -> GroupCheck:
    floor = 1e-6 * float(np.abs(given).max(initial=0.0))
    found = [
        _coordinate(partial(at, name, index), value[index], given[index], floor, rule)
        for index in np.ndindex(value.shape)
    ]
    verdicts = [verdict for _, verdict, _ in found]
    differences = np.reshape([slope for slope, *_ in found], value.shape)
    wrong = np.reshape([verdict == "wrong" for verdict in verdicts], value.shape)
    size = np.abs(given) + np.abs(differences) + floor
    errors = np.where(wrong, np.abs(given - differences) / np.where(size > 0, size, 1.0), 0.0)
    worst = tuple(int(i) for i in np.unravel_index(int(np.argmax(errors)), value.shape))
    ratio = None
    if "wrong" in verdicts:  # one number for all, to the accuracy of differences
        ratio = constant_ratio(np.ravel(given), np.ravel(differences), 1e-4)
    ratio = None if ratio is None else float(f"{ratio:.4g}")
    passed, kinks = set(verdicts) <= {"right"}, sum(kink for *_, kink in found)
    a, b, error = (float(values[worst]) for values in (given, differences, errors))
    undecided = verdicts.count("undecided")
    return GroupCheck(name, value.size, passed, worst, a, b, error, kinks, ratio, undecided)


def _coordinate(
    shifted: Callable[[float], float], value: float, given: float, floor: float, rule: _Rule
) -> tuple[float, str, bool]:
    """(slope by differences, "right", "wrong" or "undecided", whether a kink lay within a step)."""
    here, first = shifted(0.0), rule.epsilon ** (1 / 3) * max(1.0, abs(value))

    def probe(h: float) -> tuple[float, float, float, float]:
        """Slope, its error by rounding, and the slopes on either side."""
        higher, lower = shifted(h), shifted(-h)
        noise = 8 * rule.epsilon * max(abs(higher), abs(lower)) / h
        return (higher - lower) / (2 * h), noise, (here - lower) / h, (higher - here) / h

    slope, noise, before, after = probe(first)
    allowed = rule.tolerance * (abs(given) + abs(slope) + floor)
    error = abs(given - slope)
    if error <= allowed + noise:
        if noise <= max(allowed, rule.tolerance * rule.scale):
            return slope, "right", False
        for share in _LARGER:
            larger, less_noise, *_ = probe(first * share)
            if abs(given - larger) <= allowed + less_noise and less_noise <= allowed:
                return larger, "right", False
        return slope, "undecided", False
    for share in _SMALLER:
        nearer, more_noise, *_ = probe(first * share)
        near_enough = rule.tolerance * (abs(given) + abs(nearer) + floor) + more_noise
        if more_noise < 0.1 * error and abs(given - nearer) <= near_enough:
            return nearer, "right", True
    low, high = min(before, after), max(before, after)
    kink = high - low > 10 * (allowed + noise)
    between = low - allowed - noise <= given <= high + allowed + noise
    return slope, "right" if kink and between else "wrong", kink


def _as_groups(called: str, params: Any) -> tuple[Groups, Callable[[Groups], Any]]:
    """Named arrays, and the way back to what the student's functions take."""
    if isinstance(params, Mapping):
        groups = {str(k): require_real(f"{called}[{k!r}]", v).copy() for k, v in params.items()}
        return groups, dict
    if isinstance(params, (tuple, list)) and any(np.ndim(v) for v in params):
        groups = {str(j): require_real(f"{called}[{j}]", v).copy() for j, v in enumerate(params)}
        return groups, lambda moved: type(params)(moved.values())
    trained = getattr(params, "trained", None)
    if trained is not None and is_dataclass(params) and not isinstance(params, type):
        groups = {part: np.array(getattr(params, part)) for part in trained}
        return groups, lambda moved: replace(params, **moved)
    return {"params": require_real(called, params).copy()}, lambda moved: moved["params"]


def _line(group: GroupCheck) -> str:
    kinks = f"; a kink within a step of {group.kinks} of them" if group.kinks else ""
    if group.undecided:
        kinks += f"; {group.undecided} too small to decide beside the rounding of the function"
    if group.passed:
        return f"{group.name}: right in {group.size} coordinates{kinks}"
    if not group.error:
        return f"{group.name}: not decided in all of {group.size} coordinates{kinks}"
    ratio = f"; {pretty(group.ratio)} times the slope everywhere" if group.ratio else ""
    place = f"[{', '.join(map(str, group.worst))}]"
    return (
        f"{group.name}: wrong, worst at {group.name}{place}: {group.given:.6g} by hand, "
        f"{group.differences:.6g} by differences{ratio}{kinks}"
    )
