"""Why do two kernel matrices differ: by a factor, by a part, or by the width alone?

compare_kernels    the best single ratio, what is left after it, and the likely reason
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .._require import (
    LARGEST,
    Array,
    moderated,
    require_array,
    require_integer,
    require_number,
    require_square,
)
from ..arccosine import infinite_ntk_parts
from ..circle import uniform_angles
from ..law import Law
from ..ntk import monte_carlo_ntk

__all__ = ["KernelComparison", "compare_kernels"]

_NEURONS = 2000
_PART_NAMES = {"w": "first layer", "b": "bias", "a": "second layer"}


@dataclass(frozen=True)
class KernelComparison:
    """What `compare_kernels` found; a ≈ ratio × b.

    left_over   ‖a − ratio b‖/‖a‖ in the Frobenius norm
    fluctuation what the random draw of `width` neurons leaves of it, on average; 0 without a width
    factor      the likely name of the ratio: "1", "2", "1/n", "m", …, or None
    reason      "equal", "factor", "width", "part", "order of the points", "repeated point",
                "diagonal" or "unknown"
    message     the same in words
    """

    ratio: float
    left_over: float
    fluctuation: float
    factor: str | None
    reason: str
    message: str


def compare_kernels(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    *,
    angles: npt.ArrayLike | None = None,
    width: int | None = None,
    trained: Iterable[str] | None = None,
) -> KernelComparison:
    """Compare two kernel matrices on the same points: the best ratio, and what is left after it.

    ratio = ⟨a, b⟩_F/⟨b, b⟩_F,  left over = ‖a − ratio b‖_F/‖a‖_F

    Takes (n, n) matrices. With `width` m, a is the empirical kernel of m random neurons: what their
    draw leaves, ‖std of one neuron's kernel‖/(√m ‖K‖), is taken into account (std from 2000 drawn
    neurons, the same at every call). With the (n,) `angles` a part that is missing from a, or
    doubled, is found by a fit on the parts of the infinite-width kernel; `trained` names the parts
    that b has. Raises ValueError for matrices that are not square, finite and of one size.

    >>> import minintk as mn
    >>> kernel = mn.infinite_ntk(mn.uniform_angles(7))
    >>> comparison = compare_kernels(2 * kernel, kernel)
    >>> comparison.factor, comparison.reason
    ('2', 'factor')
    """
    x = require_square("a", a)
    y = require_array("b", b, x.shape)
    parts = Law(trained=trained).trained  # type: ignore[arg-type]
    t = None if angles is None else require_array("angles", angles, (len(x),))
    m = None if width is None else require_integer("width", width)
    if m is not None:
        require_number("width", m, largest=LARGEST)
    for name, matrix in (("a", x), ("b", y)):
        if not matrix.any():
            raise ValueError(f"{name} must not be 0 everywhere, got only zeros")
    (x, x_exponent), (y, y_exponent) = moderated(x), moderated(y)
    ratio = float(np.vdot(x, y)) / float(np.vdot(y, y))
    left = float(np.linalg.norm(x - ratio * y) / np.linalg.norm(x))
    if abs(x_exponent - y_exponent) > 990:
        name, power = max(("a", x_exponent), ("b", y_exponent), key=lambda pair: abs(pair[1]))
        raise ValueError(
            f"{name} must be within 1e298 of the other kernel in size, got entries of 2^{power}"
        )
    ratio = math.ldexp(ratio, x_exponent - y_exponent)
    noise = 0.0 if m is None else _fluctuation(t, m, parts)
    explained = left <= max(1e-9, 2 * noise)
    factor = _factor_name(ratio, max(1e-8, 3 * noise), len(x), m) if explained else None
    reason, words = _reason(x, y, t, ratio, left, noise, factor, parts)
    message = f"a is {ratio:.6g} times b up to {left:.2g} of its norm. {words}"
    return KernelComparison(ratio, left, noise, factor, reason, message)


def _fluctuation(angles: Array | None, width: int, trained: tuple[str, ...]) -> float:
    """Relative Frobenius size of K_m − K, from the spread of one neuron's kernel."""
    t = uniform_angles(16) if angles is None else angles
    rng = np.random.default_rng(
        0
    )  # a fixed quadrature: the answer must not change from call to call
    mean, error = monte_carlo_ntk(t, _NEURONS, rng, law=Law(trained=trained))
    one_neuron = error * math.sqrt(_NEURONS)
    return float(np.linalg.norm(one_neuron) / np.linalg.norm(mean)) / math.sqrt(width)


def _factor_name(ratio: float, tolerance: float, n: int, m: int | None) -> str | None:
    """The constant, or the power of n and m, nearest to the ratio, if it is near enough."""
    known = {"1": 1.0, "2": 2.0, "pi": math.pi, "2pi": 2 * math.pi, "4": 4.0, "n": float(n)}
    known |= {"2n": 2.0 * n, "pi^2": math.pi**2, "sqrt2": math.sqrt(2)}
    if m is not None:
        known |= {"m": float(m), "sqrt(m)": math.sqrt(m), "2m": 2.0 * m, "n m": float(n * m)}
    values = known | {f"1/{name}": 1 / value for name, value in known.items() if name != "1"}
    name = min(values, key=lambda key: abs(math.log(values[key] / abs(ratio))) if ratio else 1.0)
    if not ratio or abs(abs(ratio) / values[name] - 1) > tolerance:
        return None
    return name if ratio > 0 else f"-{name}"


def _reason(
    x: Array,
    y: Array,
    angles: Array | None,
    ratio: float,
    left: float,
    noise: float,
    factor: str | None,
    parts: tuple[str, ...],
) -> tuple[str, str]:
    if left <= max(1e-9, 2 * noise):
        if factor == "1":
            if left <= 1e-9:
                return "equal", "They are equal to rounding."
            words = f"The width alone leaves {noise:.2g}: nothing is wrong; more neurons bring"
            return "width", f"{words} them together as m^-1/2."
        return "factor", _HINTS.get(factor or "", f"The factor is {factor or f'{ratio:.6g}'}.")
    if angles is not None:
        found = _missing_parts(x, angles, max(1e-9, 2 * noise), parts)
        if found:
            return "part", found
    if np.allclose(np.linalg.eigvalsh(x + x.T), np.linalg.eigvalsh(y + y.T), rtol=1e-7, atol=1e-9):
        return (
            "order of the points",
            "They have the same eigenvalues: the points are in another order.",
        )
    twice = _repeated_point(x)
    if twice:
        return "repeated point", f"Points {twice[0]} and {twice[1]} are the same for a: {_CLOSED}"
    off_diagonal = ~np.eye(len(x), dtype=bool)
    if np.allclose(x[off_diagonal], y[off_diagonal], rtol=1e-9, atol=1e-12):
        return "diagonal", "They differ on the diagonal only: a ridge, or nan replaced by hand?"
    words = "" if noise else " If a is the kernel of a network, give its width."
    return "unknown", f"No factor, no part of the kernel explains what is left.{words}"


_CLOSED = "is the circle closed twice, as linspace(0, 2π, n) does?"
_HINTS = {
    "2": "The factor is 2: a kernel with √(2/m) in front, a loss without ½, or 2 E[relu relu'].",
    "1/2": "The factor is ½: κ/2 taken twice, or an input (x, 1)/√2.",
    "n": "The factor is n: K against K/n, the operator.",
    "1/n": "The factor is 1/n: K/n, the operator, against K.",
    "m": "The factor is m: the 1/m of the network's m^-1/2 is missing.",
    "1/m": "The factor is 1/m: 1/m in front of the network (mean field) in place of m^-1/2.",
    "sqrt(m)": "The factor is √m: one of the two m^-1/2 of J Jᵀ is missing.",
    "1/sqrt(m)": "The factor is 1/√m: a power of m too many.",
}


def _missing_parts(x: Array, angles: Array, tolerance: float, trained: tuple[str, ...]) -> str:
    """Which part of the kernel a lacks or has twice: the simplest that fits within the tolerance.

    A free fit of the three parts is of no use here: they are so alike that the width's fluctuation
    would move its coefficients by more than 1.
    """
    columns = infinite_ntk_parts(angles)
    usual = tuple(1.0 if part in trained else 0.0 for part in columns)
    best: tuple[int, float, tuple[float, ...]] | None = None
    for coefficients in itertools.product((0.0, 0.5, 1.0, 2.0), repeat=3):
        if not any(coefficients) or coefficients == usual:
            continue
        sum_ = sum(c * column for c, column in zip(coefficients, columns.values(), strict=True))
        rest = float(np.linalg.norm(x - sum_) / np.linalg.norm(x))
        changes = sum(c != u for c, u in zip(coefficients, usual, strict=True))
        if rest <= tolerance and (best is None or (changes, rest) < best[:2]):
            best = changes, rest, coefficients
    if best is None:
        return ""
    said = {0.0: "is missing", 0.5: "is half of its size", 1.0: "should not be there"}
    words = [
        f"the part of the {_PART_NAMES[part]} {said.get(c, 'is counted twice')}"
        for part, c, u in zip(columns, best[2], usual, strict=True)
        if c != u
    ]
    return f"In a {' and '.join(words)}."


def _repeated_point(x: Array) -> tuple[int, int] | None:
    for i in range(len(x)):
        for j in range(i + 1, len(x)):
            if np.allclose(x[i], x[j], rtol=1e-12, atol=1e-12):
                return i, j
    return None
