"""Why do two kernel matrices differ: by a factor, by a part, or by the width alone?

compare_kernels    the best single ratio, what is left after it, and the likely reason
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .._require import (
    LARGEST,
    Array,
    moderated,
    require_array,
    require_flag,
    require_integer,
    require_number,
    require_square,
)
from ..arccosine import infinite_ntk_parts, ntk_of_angle
from ..circle import angle_between, circle_points, uniform_angles
from ..law import DEFAULT_LAW, Law, require_law
from ..ntk import monte_carlo_ntk
from .conventions import CONVENTIONS
from .questions.eigenvalues import PARTS

Reason = tuple[str, str]  # its name, and the same in words
Fitting = list[tuple[float, Reason]]  # with what they leave of a, relative
Parts = tuple[str, ...]
_NEURONS, _TOLD = 2000, 3
_PART_NAMES = {letter: name for name, letter in PARTS.items()}
_CLOSED = "is the circle closed twice, as linspace(0, 2π, n) does?"
_HINTS = {
    "2": "The factor is 2: a kernel with √(2/m) in front, or 2 E[relu relu'].",
    "1/2": "The factor is ½: κ/2 taken twice, or an input (x, 1)/√2.",
    "n": "The factor is n: K against K/n, the operator.",
    "1/n": "The factor is 1/n: K/n, the operator, against K.",
    "m": "The factor is m: the 1/m of the network's m^-1/2 is missing.",
    "1/m": "The factor is 1/m: 1/m in front of the network (mean field) in place of m^-1/2.",
    "sqrt(m)": "The factor is √m: one of the two m^-1/2 of J Jᵀ is missing.",
    "1/sqrt(m)": "The factor is 1/√m: a power of m too many.",
}


@dataclass(frozen=True)
class KernelComparison:
    """What `compare_kernels` found; a ≈ ratio × b.

    left_over   ‖a − ratio b‖/‖a‖ in the Frobenius norm
    fluctuation what the randomness of `width` neurons leaves of it, on average; 0 without a width
    factor      the likely name of the ratio: "1", "2", "1/n", "m", …, or None
    reason      "equal", "factor", "width", "part", "constant", "convention", "random bias",
                "several", "order of the points", "repeated point", "diagonal" or "unknown"
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
    law: Law = DEFAULT_LAW,
    antisymmetric: bool = False,
) -> KernelComparison:
    """Compare two kernel matrices on the same points: the best ratio, and what is left after it.

    ratio = ⟨a, b⟩_F/⟨b, b⟩_F,  left over = ‖a − ratio b‖_F/‖a‖_F

    Takes (n, n) matrices. With `width` m, a is the empirical kernel of m random neurons. What their
    draw leaves, ‖std of one neuron's kernel‖/(√m ‖K‖), is taken into account. The std is from 2000
    neurons, the same at every call, drawn from the `law` of a's start: a = ±1 and b = 0, unless
    given. Antisymmetric pairs leave √2 times as much. Where a itself fits b, no other factor is
    named. With the (n,) `angles` the infinite-width kernel is fitted. That finds a part that is
    missing from a, halved, doubled or times m. It finds another paper's kernel (Jacot et al.,
    inputs (x, 1), …) and a random bias, too. With a width a reason fits where it leaves at most
    twice the fluctuation. Where several fit, all are told, and none is the reason: at a larger m
    fewer fit. By chance one start in a hundred or more leaves more, and then none may fit. Of
    another law than the given one that is more often. `trained` names the parts that b has.
    Raises ValueError for matrices that are not square, finite and of one size, or are 0 everywhere.
    The same where their entries are more than 1e298 apart.

    >>> import minintk as mn
    >>> kernel = mn.infinite_ntk(mn.uniform_angles(7))
    >>> comparison = compare_kernels(2 * kernel, kernel)
    >>> comparison.factor, comparison.reason
    ('2', 'factor')
    """
    x = require_square("a", a)
    y = require_array("b", b, x.shape)
    parts = Law(trained=trained).trained  # type: ignore[arg-type]
    start = replace(require_law(law), trained=parts)
    spread = math.sqrt(2) if require_flag("antisymmetric", antisymmetric) else 1.0
    t = None if angles is None else require_array("angles", angles, (len(x),))
    m = None if width is None else require_integer("width", width)
    if m is not None:
        require_number("width", m, largest=LARGEST)
    for name, matrix in (("a", x), ("b", y)):
        if not matrix.any():
            raise ValueError(f"{name} must not be 0 everywhere, got only zeros")
    (x, x_exponent), (y, y_exponent) = moderated(x), moderated(y)
    ratio, left = _best_ratio(x, y)
    if abs(x_exponent - y_exponent) > 990:
        name, power = max(("a", x_exponent), ("b", y_exponent), key=lambda pair: abs(pair[1]))
        rule = "within 1e298 of the other kernel in size"
        raise ValueError(f"{name} must be {rule}, got entries of 2^{power}")
    ratio = math.ldexp(ratio, x_exponent - y_exponent)
    noise = 0.0 if m is None else spread * _fluctuation(t, m, start)
    explained = left <= max(1e-9, 2 * noise)
    factor = _factor_name(ratio, max(1e-8, 2 * noise), len(x), m) if explained else None
    if _size(x - y) <= 2 * noise * _size(x):
        factor = "1"  # no other is needed
    fit = KernelComparison(ratio, left, noise, factor, "unknown", "")
    reason, words = _reason(x, y, t, fit, parts, m)
    message = f"a is {ratio:.6g} times b up to {left:.2g} of its norm. {words}"
    return replace(fit, reason=reason, message=message)


def _best_ratio(x: Array, y: Array) -> tuple[float, float]:
    """The ratio of x to y, and ‖x − ratio y‖/‖x‖."""
    ratio = float(np.vdot(x, y)) / float(np.vdot(y, y))
    return ratio, _size(x - ratio * y) / _size(x)


def _fluctuation(angles: Array | None, width: int, law: Law) -> float:
    """Relative Frobenius size of K_m − K, from the spread of one neuron's kernel."""
    t = uniform_angles(16) if angles is None else angles
    rng = np.random.default_rng(0)  # fixed: the answer must not change from call to call
    mean, error = monte_carlo_ntk(t, _NEURONS, rng, law=law)
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
    x: Array, y: Array, angles: Array | None, fit: KernelComparison, parts: Parts, width: int | None
) -> Reason:
    tolerance, near = max(1e-9, 2 * fit.fluctuation), fit.left_over <= 1e-9
    exact = [] if angles is None or near else _missing_parts(x, angles, 1e-9, parts, width)
    if exact:
        return exact[0][1]
    if fit.left_over <= tolerance and (fit.factor or angles is None):
        return _of_ratio(fit)
    found: Fitting = []
    shift = float(np.median(x - y))
    if np.abs(x - y - shift).max() <= tolerance * np.abs(x).max() and shift:
        words = f"a is b + {shift:.6g} everywhere: a bias of the output adds a constant."
        found = [(_size(x - y - shift) / _size(x), ("constant", words))]
    if angles is not None and (fit.fluctuation or not found):
        found += _missing_parts(x, angles, tolerance, parts, width)
        found += _other_kernels(x, angles, tolerance) if fit.fluctuation or not found else []
    if found:
        return found[0][1] if len(found) == 1 or not fit.fluctuation else _of_several(found)
    return _of_ratio(fit) if fit.left_over <= tolerance else _of_matrices(x, y, fit, parts)


def _size(x: Array) -> float:
    return float(np.linalg.norm(x))


def _of_several(found: Fitting) -> Reason:
    """Reasons that the width's fluctuation does not tell apart, the nearest first."""
    nearest = sorted(found)[:_TOLD]
    words = " ".join(f"({rest:.2g} left) {words}" for rest, (_, words) in nearest)
    more = f" And {len(found) - _TOLD} more." if len(found) > _TOLD else ""
    return "several", f"At this width {len(found)} reasons fit: more neurons tell. {words}{more}"


def _of_ratio(fit: KernelComparison) -> Reason:
    factor = fit.factor
    if factor != "1":
        return "factor", _HINTS.get(factor or "", f"The factor is {factor or f'{fit.ratio:.6g}'}.")
    if fit.left_over <= 1e-9:
        return "equal", "They are equal to rounding."
    words = f"The width alone leaves {fit.fluctuation:.2g}: nothing need be wrong; then more"
    return "width", f"{words} neurons bring them together as m^-1/2."


def _of_matrices(x: Array, y: Array, fit: KernelComparison, parts: Parts) -> Reason:
    """What can be seen without the angles."""
    if np.allclose(np.linalg.eigvalsh(x + x.T), np.linalg.eigvalsh(y + y.T), rtol=1e-7, atol=1e-9):
        words = "They have the same eigenvalues: the points are in another order."
        return "order of the points", words
    pairs = itertools.combinations(range(len(x)), 2)
    alike = (p for p in pairs if np.allclose(x[p[0]], x[p[1]], rtol=1e-12, atol=1e-12))
    if twice := next(alike, None):
        return "repeated point", f"Points {twice[0]} and {twice[1]} are the same for a: {_CLOSED}"
    off_diagonal = ~np.eye(len(x), dtype=bool)
    if np.allclose(x[off_diagonal], y[off_diagonal], rtol=1e-9, atol=1e-12):
        if not np.diag(x).any():
            return "diagonal", "The diagonal of a is 0: it is K − diag K."
        return "diagonal", "They differ on the diagonal only: a ridge, or nan replaced by hand?"
    words = "No factor, no part of the kernel explains what is left."
    if fit.fluctuation:
        words += f" The width leaves {fit.fluctuation:.2g}, and seldom twice that."
    else:
        m = (_fluctuation(None, 1, Law(trained=parts)) / fit.left_over) ** 2
        words += f" As the kernel of a network it would have about {m:.2g} neurons: give its width."
    return "unknown", words


def _other_kernels(x: Array, angles: Array, tolerance: float) -> Fitting:
    """Another paper's kernel of the angle, or a random bias of some size."""
    points = circle_points(angles)
    theta = angle_between(points, points)

    def fit(log_beta: float) -> tuple[float, float]:
        return _best_ratio(x, ntk_of_angle(theta, law=Law(bias_std=math.exp(log_beta))))

    def times(ratio: float) -> str:
        return "" if abs(ratio - 1) <= tolerance else f"{ratio:.4g} times "

    found: Fitting = []
    for row in CONVENTIONS:  # but where m is free: no number of it is known
        if row.of_angle is None:
            continue
        ratio, rest_of_it = _best_ratio(x, row.of_angle(theta, math.nan))
        if rest_of_it <= tolerance:
            words = f"a is {times(ratio)}the kernel of {row.name}: {row.formula}."
            found.append((rest_of_it, ("convention", words)))
    low, high = math.log(0.01), math.log(30.0)
    for _ in range(60):  # the golden section of log β
        one, other = high - 0.618034 * (high - low), low + 0.618034 * (high - low)
        low, high = (low, other) if fit(one)[1] < fit(other)[1] else (one, high)
    ratio, least = fit((low + high) / 2)
    if least <= max(tolerance, 1e-7):
        beta = f"β = {math.exp((low + high) / 2):.4g}"
        words = f"a has biases drawn from N(0, β²), {beta}; b has none."
        if many := times(ratio):
            words = f"a is {many}the kernel of biases drawn from N(0, β²), {beta}."
        found.append((least, ("random bias", words)))
    return found


def _missing_parts(
    x: Array, angles: Array, tolerance: float, trained: Parts, width: int | None
) -> Fitting:
    """Which part of the kernel a lacks or has twice: the simplest that fit within the tolerance.

    A free fit of the three parts is of no use here. They are so alike that the width's fluctuation
    would move its coefficients by more than 1.
    """
    columns = infinite_ntk_parts(angles)
    usual = tuple(float(part in trained) for part in columns)
    m = float(width or np.nan)
    scaled = {m: "is times m: standard parametrisation?", 1 / m: "is over m"} if width else {}
    said = {0.0: "is missing", 0.5: "is half of its size", 2.0: "is counted twice"}
    said |= {1.0: "should not be there", **scaled}
    fits = []
    for sizes in itertools.product((0.0, 0.5, 1.0, 2.0, *scaled), repeat=3):
        if any(sizes) and sizes != usual:
            sum_ = sum(c * column for c, column in zip(sizes, columns.values(), strict=True))
            rest = _size(x - sum_) / _size(x)
            changed = [c for c, u in zip(sizes, usual, strict=True) if c != u]
            effort = len(changed) + 0.5 * sum(c in scaled for c in changed)
            fits += [(effort, rest, sizes)] if rest <= tolerance else []
    found: Fitting = []
    for effort, rest, sizes in sorted(fits):
        words = " and ".join(
            f"the part of the {_PART_NAMES[part]} {said[c]}"
            for part, c, u in zip(columns, sizes, usual, strict=True)
            if c != u
        )
        found += [(rest, ("part", f"In a {words}."))] if effort == min(fits)[0] else []
    return found
