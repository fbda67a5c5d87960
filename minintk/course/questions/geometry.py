"""Angles between points of the circle, and circulant matrices.

ANGLE_BETWEEN      of formulas: two points by their coordinates
TRIALS             of functions, by exercise
draw_angles        angles of which no two nearly coincide or are opposite
pairs_of_points    the letters of all pairs of two sets
FOLDS              what stands for the angle between two points
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..._require import Array
from ...circle import angle_between, circle_points
from ...spectrum import is_circulant
from .question import Confusion, Inputs, Letter, Question, Trials, changed

_NAMES = ("x1", "x2", "y1", "y2")
_ALL, _NOT_FIRST, _NOT_LAST = slice(None), slice(1, None), slice(-1)
_LINES = {"first row": (_NOT_FIRST, _ALL), "first column": (_ALL, _NOT_FIRST)}
_LINES |= {"last row": (_NOT_LAST, _ALL), "last column": (_ALL, _NOT_LAST)}


def _pair(t: Any, u: Any) -> dict[str, Array]:
    return dict(zip(_NAMES, (np.cos(t), np.sin(t), np.cos(u), np.sin(u)), strict=True))


def gaps(count: int) -> Array:
    """Angles around the circle: on some of them x·x is above 1 by rounding."""
    return np.linspace(0, 2 * np.pi, count + 1)[1:]


_SAME = _pair(gaps(96), gaps(96))
_OPPOSITE = _SAME | {"y1": -_SAME["x1"], "y2": -_SAME["x2"]}
_DOT, _CROSS = "(x1*y1 + x2*y2)", "(x1*y2 - x2*y1)"
_ANGLE = f"arctan2(abs({_CROSS}), {_DOT})"
_DIFFERENCE = "(arctan2(x2, x1) - arctan2(y2, y1))"
_HALVES = "yours is never above π/2, and the angle may be"
_OF_ARCTAN2 = "those of arctan2 have changed places, and an absolute value is missing"
_NOT_FOLDED = "the difference of two angles"
_SIGNS = (_DIFFERENCE, f"(-{_DIFFERENCE})")
_SIGNED = f"{_NOT_FOLDED} can be below 0: take its absolute value"
_DIFFERENCES = (
    *(Confusion("other-branch", d, f"{_NOT_FOLDED} is not in [0, π]") for d in _SIGNS),
    Confusion("other-branch", f"abs({_DIFFERENCE})", f"{_NOT_FOLDED} can be above π"),
)
_ENDS = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0))
ANGLE_BETWEEN = Question(
    "angle_between",
    _ANGLE,
    "angle θ in [0, π] between two points of the unit circle, (x1, x2) and (y1, y2)",
    tuple(
        Letter(f"{point}{j}", f"{number} coordinate of {point}", (-1, 1), ())
        for point in "xy"
        for j, number in enumerate(("first", "second"), 1)
    ),
    confusions=(
        Confusion("cos-for-angle", _DOT),
        Confusion("degrees", f"degrees({_ANGLE})"),
        Confusion("supplement", f"pi - {_ANGLE}", "π − θ stands where θ belongs"),
        *(Confusion("no-absolute-value", f"arctan2({s}{_CROSS}, {_DOT})") for s in ("", "-")),
        Confusion("other-branch", f"arctan(abs({_CROSS})/{_DOT})", _HALVES),
        Confusion("other-branch", f"arcsin(abs({_CROSS}))", _HALVES),
        Confusion("argument-order", f"arctan2({_DOT}, {_CROSS})", _OF_ARCTAN2),
        Confusion("cos-for-angle", f"abs({_CROSS})", "this is the sine of the angle"),
        *_DIFFERENCES,
        *(Confusion("other-branch", f"min({d}, 2*pi - {d})", _SIGNED) for d in _SIGNS),
        Confusion("chord-for-angle", "hypot(x1 - y1, x2 - y2)"),
    ),
    edges=(
        ("where the points coincide", "arccos-above-one", _SAME),
        ("where the points are opposite", "arccos-above-one", _OPPOSITE),
    ),
    section=(3, "3. The NTK on the circle"),
    draw=lambda rng, n: _pair(rng.uniform(0, 2 * np.pi, n), rng.uniform(0, 2 * np.pi, n)),
    simple=tuple(dict(zip(_NAMES, p + q, strict=True)) for p in _ENDS[:2] for q in _ENDS),
)


def draw_angles(rng: np.random.Generator, n: int) -> Array:
    """Angles of which no two nearly coincide or are opposite."""
    while True:
        t = rng.uniform(-4.0, 9.0, n)
        if (np.abs(np.sin(t[:, None] - t[None, :])) + np.eye(n)).min() > 1e-2:
            return t


def pairs_of_points(t: Array, u: Array) -> dict[str, Any]:
    """The coordinates of every pair of points, their angle, the difference and sum of their own."""
    t, u, angle = t[:, None], u[None, :], angle_between(circle_points(t), circle_points(u))
    return {**_pair(t, u), "gap": t - u, "total": t + u, "t": angle}


_HALF_TURN = "the other way round is 2π minus the difference, not π minus it"
_SIZES = (np.abs, lambda d: d % (2 * np.pi), lambda d: abs(d) % (2 * np.pi))
_MODULO_PI = f"{_NOT_FOLDED} modulo π loses which half of the circle it is in"
# What people write for the angle between points, from the difference t − t' of their angles.
FOLDS: tuple[tuple[str, Callable[[Array], Any], str], ...] = (
    ("other-branch", lambda d: d, f"{_NOT_FOLDED} is not in [0, π]"),
    ("other-branch", lambda d: np.minimum(d, 2 * np.pi - d), _SIGNED),
    ("other-branch", np.abs, f"{_NOT_FOLDED} can be above π"),
    ("other-branch", lambda d: d % (2 * np.pi), f"{_NOT_FOLDED} modulo 2π can be above π"),
    ("other-branch", lambda d: abs(d) % (2 * np.pi), f"{_NOT_FOLDED} modulo 2π can be above π"),
    ("other-branch", lambda d: np.pi - abs(np.pi - abs(d)), "angles may differ by more than 2π"),
    ("other-branch", lambda d: np.minimum(d, 2 * np.pi - abs(d)), _SIGNED),
    *(("other-branch", lambda d, s=s: np.minimum(s(d), np.pi - s(d)), _HALF_TURN) for s in _SIZES),
    ("other-branch", lambda d: d % np.pi, _MODULO_PI),
    ("other-branch", lambda d: abs(d) % np.pi, _MODULO_PI),
)


def _folded(
    i: Inputs,
    fold: Callable[[Array], Any] = lambda d: abs((d + np.pi) % (2 * np.pi) - np.pi),
    of: str = "gap",
) -> Any:
    return fold(i[of])


GRID = 2 * np.pi * np.arange(24) / 24
OPPOSITE = np.concatenate([gaps(48), gaps(48) + np.pi])
_OF_ARRAYS = replace(
    ANGLE_BETWEEN,
    right="t",
    confusions=(
        *(changed(_folded, kind, note, fold=fold) for kind, fold, note in FOLDS),
        changed(_folded, "sum-for-difference", of="total"),
        *(c for c in ANGLE_BETWEEN.confusions if c not in _DIFFERENCES),
    ),
    relative=1e-7,
    absolute=1e-9,
)


def _draw_matrix(rng: np.random.Generator, n: int, m: int) -> Array:
    """By turns a circulant matrix, and matrices that look like one, of different sizes."""
    few = m < 30  # of more, see below, the sizes are given
    n += int(rng.integers(9)) * few
    row, symmetric, noise = rng.standard_normal(n), rng.integers(2), rng.standard_normal((n, n))
    i, j = np.indices((n, n))
    circulant = row[(j - i) % n]
    rounded = circulant + 1e-13 * noise
    last, half = n - 1, n // 2
    places = (last, half), (half, last), (0, half), (half, 0)
    others = (
        row[(i + j) % n] + 1e-13 * noise * (not few),
        row[0 * i + j],
        np.where((i == 0) | (i == j), row[j], noise),
    )
    kinds = (
        circulant + (symmetric or few) * circulant.T,
        rounded + symmetric * rounded.T,
        1e6 * rounded,
        row[np.abs(i - j)],  # Toeplitz and symmetric
        others[0 if few else rng.integers(3)],
        _one_off(circulant, *((3e-7, places[n % 2]) if few else (0.5, places[m // 7 % 4]))),
        1e-9 * np.where(i == j, 1, noise),
    )
    return np.asarray(kinds[m % 7])


def _one_off(matrix: Array, size: float, place: tuple[int, int]) -> Array:
    """One entry off by so much of the largest."""
    other = matrix.copy()
    other[place] += size * np.abs(matrix).max()
    return other


def _allowed(matrix: Array, absolute: float = 0.0, relative: float = 1e-9) -> float:
    return float(absolute + relative * np.abs(matrix).max())


def _constant(
    i: Inputs,
    along: Callable[..., Any] = lambda r, c, n: (r - c) % n,
    allowed: Callable[[Array], float] = _allowed,
    symmetric: bool = False,
    seen: tuple[slice, slice] = (_ALL, _ALL),
) -> Any:
    """Whether the entries of one value of `along` are equal, to what is allowed, where seen."""
    matrix = i["matrix"][seen]
    which = along(*np.indices(matrix.shape), len(i["matrix"]))
    spread = max(np.ptp(matrix[which == v]) for v in np.unique(which))
    return float(spread <= allowed(matrix)) * (_symmetric(i) if symmetric else 1.0)


def _symmetric(i: Inputs, absolute: float = 0.0) -> float:
    return float(np.abs(i["matrix"] - i["matrix"].T).max() <= _allowed(i["matrix"], absolute))


def _tolerance(note: str, absolute: float = 0.0, relative: float = 0.0) -> Confusion:
    allowed = partial(_allowed, absolute=absolute, relative=relative)
    return changed(_constant, "tolerance", f"yours {note}", allowed=allowed)


_BIG = partial(_allowed, absolute=1e-8, relative=1e-5)  # as that of np.allclose
_NO = partial(_allowed, relative=0.0)
_OTHER = "another-property"
_another = partial(changed, _constant, _OTHER)
_by_sum = partial(_another, along=lambda r, c, n: (r + c) % n)
_few_rows = partial(changed, _constant, "few-rows", seen=(slice(2), _ALL))
_SYMMETRY, _ROWS = "this is the test for symmetry", "yours asks that all rows are alike"
_SIGN = "yours takes that with its sign, which may be negative"
_TINY = "of what was tried yours says yes to tiny entries alone: is an axis missing?"
_CIRCULANT = Question(
    "is_circulant",
    lambda i: float(is_circulant(i["matrix"])),
    confusions=(
        _another(along=lambda r, c, n: r - c),
        _another("yours goes by |i − j|", along=lambda r, c, n: abs(r - c)),
        _by_sum("yours goes by i + j"),
        _by_sum("yours goes by i + j, and allows too little for rounding", allowed=_NO),
        Confusion(_OTHER, lambda i: np.allclose(i["matrix"][1:, 1:], i["matrix"][:-1, :-1])),
        *(changed(_symmetric, _OTHER, _SYMMETRY, absolute=a) for a in (0.0, 1e-8)),
        _another("yours asks for symmetry too", symmetric=True),
        *(_another(f"yours does not look at the {line}", seen=s) for line, s in _LINES.items()),
        Confusion("negated", lambda i: 1.0 - is_circulant(i["matrix"])),
        Confusion(_OTHER, lambda i: np.allclose(i["matrix"], i["matrix"][0]), _ROWS),
        Confusion(_OTHER, lambda i: float(np.abs(i["matrix"]).max() < 1e-8), _TINY),
        _tolerance("allows too much: is it np.allclose's own?", 1e-8, 1e-5),
        *(_few_rows(allowed=a) for a in (_allowed, _BIG, _NO)),
        _tolerance("allows too little for rounding"),
        changed(_constant, "tolerance", _SIGN, allowed=lambda m: 1e-9 * float(m.max())),
        _tolerance("allows too much", relative=1e-5),
        *(_tolerance("is absolute", size) for size in (1e-12, 1e-10, 1e-8, 1e-6)),
    ),
    section=(4, "6. On a grid: circulant, and aliased"),
)

TRIALS: dict[str, Trials] = {
    "angle_between": Trials(
        {"": _OF_ARRAYS},
        lambda rng, n, m: (rng.uniform(-4, 9, n), rng.uniform(-4, 9, n + m)),
        (
            ("where points coincide", "ties", (gaps(96), gaps(96))),
            ("where points are opposite", "ties", (gaps(96), gaps(96) + np.pi)),
            ("for integer angles", "edge-case", (np.array([0, 1, 4]), np.array([2, 7]))),
        ),
        (np.array([0.4]), np.array([2.0])),
        letters=lambda i: pairs_of_points(*i.values()),
    ),
    "is_circulant": Trials(
        {"": _CIRCULANT},
        lambda rng, n, m: (_draw_matrix(rng, n, m),),
        (
            ("for a matrix of size 1", "edge-case", (np.array([[2.0]]),)),
            ("for a matrix of zeros", "edge-case", (np.zeros((3, 3)),)),
            (
                "for one entry off by 8e-9 of the largest",
                "edge-case",
                (_one_off(np.eye(5), 8e-9, (4, 2)),),
            ),
        ),
        # what is plainly circulant, of every size, and what is plainly not: at every border, too
        more=(
            *((n, 35) for n in range(2, 21)),
            *((n, 39) for n in range(3, 21, 2)),
            *((n, 40 + 7 * place) for n in (3, 5) for place in range(4)),
        ),
        simple=(np.eye(5) + np.diag([0.0, 0, 1, 0], -1),),
    ),
}
