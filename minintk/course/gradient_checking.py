"""Is a gradient right? Central differences that know about kinks.

gradient_check    every coordinate of every parameter group of anyone's network
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from .._require import LARGEST, Array, require_function, require_number, require_real
from .diagnosis.ratios import ratio_words

__all__ = ["GradientCheck", "GroupCheck", "gradient_check"]

_STEPS = (1.0, 1 / 32, 1 / 1024)  # of the first step: a kink within the first is left behind


@dataclass(frozen=True)
class GroupCheck:
    """One parameter group: its worst coordinate, with both values, and what stands in the way.

    error    |given − differences| over the sum of their sizes, at the worst coordinate
    kinks    coordinates with a kink within the first step: decided by a smaller step, or, with the
             kink at the point itself, right if the given slope lies between the two one-sided ones
    ratio    given/differences, where it is one number for the whole group and not 1
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


@dataclass(frozen=True)
class GradientCheck:
    """The groups, and whether all passed."""

    groups: tuple[GroupCheck, ...]

    @property
    def passed(self) -> bool:
        """Whether every coordinate of every group passed."""
        return all(group.passed for group in self.groups)

    def __str__(self) -> str:
        return "\n".join(_line(group) for group in self.groups)


def gradient_check(
    function: Callable[[Any], Any],
    gradient: Callable[[Any], Any] | Any,
    params: Any,
    *,
    tolerance: float = 1e-5,
) -> GradientCheck:
    """Check a gradient by central differences, one coordinate after the other.

    (F(θ + h e_j) − F(θ − h e_j))/(2h),  h = ε^(1/3) max(1, |θ_j|)

    Takes F from parameters to a number, its gradient (or a function that returns it), and the
    parameters: a dict of arrays, one array, or minintk's `Params`, whose trained parts are checked.
    A coordinate that differs is tried again with h/32 and h/1024: a kink within the first step is
    left behind so. With a kink at the point itself the slope must lie between the one-sided ones.
    Nothing is changed, nothing printed; costs 2 to 6 calls of F a coordinate.
    Raises ValueError where the gradient's groups or shapes are not those of the parameters.

    >>> wrong = lambda p: {"a": p["a"]}
    >>> check = gradient_check(lambda p: np.sum(p["a"] ** 2), wrong, {"a": [1.0, 3.0]})
    >>> check.passed, check.groups[0].ratio
    (False, 0.5)
    """
    require_function("function", function, "the parameters")
    tolerance = require_number("tolerance", tolerance, least=0, largest=LARGEST)
    groups, rebuild = _as_groups("params", params)
    given, _ = _as_groups("gradient", gradient(rebuild(groups)) if callable(gradient) else gradient)
    if not set(groups) <= set(given):
        lacking = sorted(set(groups) - set(given))
        raise ValueError(f"gradient must have the groups of the parameters, got none for {lacking}")
    for name, value in groups.items():
        if given[name].shape != value.shape:
            raise ValueError(
                f"gradient must have shape {value.shape} for {name!r}, got {given[name].shape}"
            )

    def at(name: str, index: tuple[int, ...], shift: float) -> float:
        moved = groups[name].copy()
        moved[index] += shift
        return require_number("the function's value", function(rebuild({**groups, name: moved})))

    return GradientCheck(
        tuple(_group(name, value, given[name], at, tolerance) for name, value in groups.items())
    )


def _group(name: str, value: Array, given: Array, at: Any, tolerance: float) -> GroupCheck:
    differences, errors = np.zeros_like(value), np.zeros_like(value)
    kinks, passed = 0, True
    floor = 1e-6 * float(np.abs(given).max(initial=0.0))
    for index in np.ndindex(value.shape):

        def shifted(shift: float, index: tuple[int, ...] = index) -> float:
            return float(at(name, index, shift))

        slope, good, kink = _coordinate(shifted, value[index], given[index], floor, tolerance)
        differences[index] = slope
        size = abs(given[index]) + abs(slope) + floor
        errors[index] = 0.0 if good or not size else abs(given[index] - slope) / size
        kinks += kink
        passed &= good
    worst = tuple(int(i) for i in np.unravel_index(int(np.argmax(errors)), value.shape))
    ratio = _constant_ratio_of(given, differences)
    return GroupCheck(
        name,
        value.size,
        passed,
        worst,
        float(given[worst]),
        float(differences[worst]),
        float(errors[worst]),
        kinks,
        None if passed else ratio,
    )


def _constant_ratio_of(given: Array, differences: Array) -> float | None:
    """given/differences where it is one number to the accuracy of differences."""
    rounded = [
        np.where(np.abs(v) < 1e-7 * np.abs(v).max(initial=1.0), 0, v) for v in (given, differences)
    ]
    safe = rounded[1] != 0
    if not safe.any():
        return None
    ratios = rounded[0][safe] / rounded[1][safe]
    ratio = float(np.median(ratios))
    if ratio == 0 or np.abs(ratios - ratio).max() > 1e-4 * abs(ratio):
        return None
    return float(f"{ratio:.4g}")


def _coordinate(
    shifted: Callable[[float], float], value: float, given: float, floor: float, tolerance: float
) -> tuple[float, bool, bool]:
    """(slope by differences, whether the given one agrees, whether a kink lay within a step)."""
    here, first = shifted(0.0), np.finfo(float).eps ** (1 / 3) * max(1.0, abs(value))
    before = after = centre = 0.0
    for number, share in enumerate(_STEPS):
        h = first * share
        higher, lower = shifted(h), shifted(-h)
        centre = (higher - lower) / (2 * h)
        after, before = (higher - here) / h, (here - lower) / h
        rounding = 8 * np.finfo(float).eps * max(abs(higher), abs(lower)) / h
        allowed = tolerance * (abs(given) + abs(centre) + floor) + rounding
        if abs(given - centre) <= allowed:
            return centre, True, number > 0
    low, high = min(before, after), max(before, after)
    kink = high - low > 10 * allowed
    return centre, bool(kink and low - allowed <= given <= high + allowed), bool(kink)


def _as_groups(
    called: str, params: Any
) -> tuple[dict[str, Array], Callable[[dict[str, Array]], Any]]:
    """Named arrays, and the way back to what the student's functions take."""
    if isinstance(params, Mapping):
        groups = {str(k): require_real(f"{called}[{k!r}]", v).copy() for k, v in params.items()}
        return groups, dict
    if is_dataclass(params) and hasattr(params, "trained"):
        groups = {part: np.array(getattr(params, part)) for part in params.trained}
        kind: Any = type(params)
        others = {f.name: getattr(params, f.name) for f in fields(params)}
        return groups, lambda moved: kind(**{**others, **moved})
    return {"params": require_real(called, params).copy()}, lambda moved: moved["params"]


def _line(group: GroupCheck) -> str:
    kinks = f"; a kink within a step of {group.kinks} of them" if group.kinks else ""
    if group.passed:
        return f"{group.name}: right in {group.size} coordinates{kinks}"
    ratio = f"; {ratio_words(group.ratio)} times the slope everywhere" if group.ratio else ""
    place = f"[{', '.join(map(str, group.worst))}]"
    return (
        f"{group.name}: wrong, worst at {group.name}{place}: {group.given:.6g} by hand, "
        f"{group.differences:.6g} by differences{ratio}{kinks}"
    )
