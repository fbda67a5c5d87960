"""What the grader asks of angles, arc-cosine kernels, the infinite-width NTK, and circulants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..._require import Array
from ...arccosine import _angle, _kappa0, _kappa1, infinite_ntk, infinite_ntk_parts
from ...circle import angle_between, circle_points
from ...spectrum import is_circulant
from ..quantities import KERNEL_QUANTITIES
from ..samples import Inputs, Question, Value
from .problem import Arguments, Problem, one_output

__all__ = ["KERNELS_PROBLEMS", "draw_angles"]


def draw_angles(rng: np.random.Generator, n: int) -> Array:
    """Angles of which no two nearly coincide or are opposite."""
    while True:
        t = rng.uniform(-4.0, 9.0, n)
        gaps = np.abs(np.sin(t[:, None] - t[None, :])) + np.eye(n)
        if gaps.min() > 1e-2:
            return t


def _of_theta(name: str) -> Problem:
    """κ0 and κ1: the same question as `check` asks, of a function."""
    asked = KERNEL_QUANTITIES[name](True, None).question

    def named(value: Value) -> Value:
        return lambda i: np.asarray(value({"t": np.asarray(i["theta"])}))

    question = Question(
        name,
        named(asked.right),
        terms={key: named(value) for key, value in asked.terms.items()},
        foreign={key: named(value) for key, value in asked.foreign.items()},
        mistakes=tuple((key, named(value), said) for key, value, said in asked.mistakes),
        hints=asked.hints,
        pointer=asked.pointer,
    )
    return Problem(
        ("theta",),
        one_output(question),
        lambda rng, n, m: (rng.uniform(0.2, np.pi - 0.2, n),),
        (
            ("at θ = 0 and θ = π", "not-a-number", (np.array([0.0, np.pi, 1.0]),)),
            ("for a matrix of angles", "shape", (np.array([[0.1, 1.0, 2.0], [0.5, 3.0, 2.5]]),)),
        ),
        (0.7,),
    )


def _theta(i: Inputs) -> Array:
    other = i.get("other_angles", i["angles"])
    return angle_between(circle_points(i["angles"]), circle_points(other))


def _gap(i: Inputs) -> Array:
    return np.asarray(i["angles"][:, None] - i.get("other_angles", i["angles"])[None, :])


_ANGLE = Question(
    "angle_between",
    _theta,
    mistakes=(
        ("cos-for-angle", lambda i: np.cos(_gap(i)), ""),
        ("cos-for-angle", lambda i: np.abs(np.sin(_gap(i))), "This is the sine of the angle"),
        ("degrees", lambda i: np.degrees(_theta(i)), ""),
        ("degrees", lambda i: np.arccos(np.cos(np.radians(_gap(i)))), ""),
        ("supplement", lambda i: np.pi - _theta(i), ""),
        ("other-branch", _gap, "The difference of two angles is not in [0, π]"),
        ("other-branch", lambda i: np.abs(_gap(i)), "The difference of two angles can be above π"),
        ("other-branch", lambda i: _gap(i) % (2 * np.pi), "Modulo 2π it can be above π"),
        ("other-branch", lambda i: np.abs(_gap(i)) % (2 * np.pi), "Modulo 2π it can be above π"),
        ("other-branch", lambda i: np.abs(_gap(i)) % np.pi, "An angle above π is not folded so"),
        (
            "other-branch",
            lambda i: np.minimum(abs(_gap(i)), 2 * np.pi - abs(_gap(i))),
            "angles may differ by more than 2π",
        ),
        ("other-branch", lambda i: np.arcsin(np.abs(np.sin(_gap(i)))), "This loses which half"),
        ("other-branch", lambda i: np.arctan(np.abs(np.tan(_gap(i)))), "This loses which half"),
        ("no-absolute-value", lambda i: np.arctan2(np.sin(_gap(i)), np.cos(_gap(i))), ""),
        ("no-absolute-value", lambda i: -np.arctan2(np.sin(_gap(i)), np.cos(_gap(i))), ""),
        ("chord-for-angle", lambda i: 2 * np.abs(np.sin(_gap(i) / 2)), ""),
    ),
    pointer="minintk.angle_between",
)


def _ntk_with(angle: Value, c: float = 1.0, swapped: bool = False) -> Value:
    def value(i: Inputs) -> Array:
        theta = angle(i)
        k0, k1 = _kappa0(_angle(theta)), _kappa1(_angle(theta))
        first, second = (k1, k0) if swapped else (k0, k1)
        return np.asarray(0.5 * ((np.cos(theta) + c) * first + second))

    return value


def _ntk_part(part: str) -> Value:
    return lambda i: infinite_ntk_parts(i["angles"])[part]


_ANALYTIC = Question(
    "analytic_ntk",
    lambda i: infinite_ntk(i["angles"]),
    terms={
        "first layer": _ntk_part("w"),
        "bias": _ntk_part("b"),
        "second layer": _ntk_part("a"),
    },
    factors={"n": lambda i: np.asarray(float(len(i["angles"])))},
    mistakes=(
        ("kappa-swapped", _ntk_with(_theta, swapped=True), ""),
        ("other-branch", _ntk_with(lambda i: np.abs(_gap(i))), "|t − t'| can be above π"),
        ("other-branch", _ntk_with(_gap), "t − t' is not in [0, π]"),
        (
            "other-branch",
            _ntk_with(lambda i: _gap(i) % (2 * np.pi)),
            "t − t' mod 2π can be above π",
        ),
        (
            "other-branch",
            _ntk_with(lambda i: np.abs(_gap(i)) % np.pi),
            "above π it is not folded so",
        ),
        (
            "other-branch",
            _ntk_with(lambda i: np.abs(_gap(i)) % (2 * np.pi)),
            "mod 2π can be above π",
        ),
        (
            "other-branch",
            _ntk_with(lambda i: np.minimum(abs(_gap(i)), 2 * np.pi - abs(_gap(i)))),
            "angles may differ by more than 2π",
        ),
        ("supplement", _ntk_with(lambda i: np.pi - _theta(i)), ""),
        ("cos-for-angle", _ntk_with(lambda i: np.cos(_theta(i))), ""),
        ("degrees", _ntk_with(lambda i: np.degrees(_theta(i))), ""),
        ("degrees", _ntk_with(lambda i: np.arccos(np.cos(np.radians(_gap(i))))), ""),
    ),
    hints={"factor-2": "E[1 1'] is κ0/2 and E[relu relu'] is κ1/2"},
    pointer="minintk.infinite_ntk",
)


def _circulants(rng: np.random.Generator, n: int, m: int) -> Arguments:
    """By turns a circulant matrix, and matrices that look like one."""
    size, kind = n, m % 7
    row = rng.standard_normal(size)
    i, j = np.indices((size, size))
    matrix = row[(j - i) % size]
    if kind == 2:  # circulant up to rounding, and large
        matrix = 1e6 * (matrix + 1e-13 * rng.standard_normal((size, size)))
    elif kind == 3:  # Toeplitz and symmetric, not circulant
        matrix = row[np.abs(i - j)]
    elif kind == 4:  # constant along i + j
        matrix = row[(i + j) % size]
    elif kind == 5:  # one entry off
        matrix = matrix + 1e-6 * (i == size - 1) * (j == size // 2)
    elif kind == 6:
        matrix = 1e-7 * rng.standard_normal((size, size))
    elif kind == 0:  # symmetric and circulant
        matrix = matrix + matrix.T
    return (matrix,)


def _constant_along(i: Inputs, pick: Callable[[int, int, int], Any], tolerance: float) -> Array:
    matrix = i["matrix"]
    n = len(matrix)
    groups: dict[Any, list[float]] = {}
    for r in range(n):
        for c in range(n):
            groups.setdefault(pick(r, c, n), []).append(float(matrix[r, c]))
    spread = max(max(g) - min(g) for g in groups.values())
    return np.asarray(float(spread <= tolerance * abs(matrix).max()))


_CIRCULANT = Question(
    "is_circulant",
    lambda i: np.asarray(float(is_circulant(i["matrix"]))),
    mistakes=(
        ("toeplitz", lambda i: _constant_along(i, lambda r, c, n: r - c, 1e-9), ""),
        (
            "toeplitz",
            lambda i: _constant_along(i, lambda r, c, n: (r + c) % n, 1e-9),
            "Yours goes by i + j",
        ),
        (
            "toeplitz",
            lambda i: np.asarray(float(np.abs(i["matrix"] - i["matrix"].T).max() <= 1e-9)),
            "This is the test for symmetry",
        ),
        (
            "toeplitz",
            lambda i: (
                _constant_along(i, lambda r, c, n: (r - c) % n, 1e-9)
                * (np.abs(i["matrix"] - i["matrix"].T).max() <= 1e-9)
            ),
            "A circulant matrix need not be symmetric",
        ),
        (
            "tolerance",
            lambda i: _constant_along(i, lambda r, c, n: (r - c) % n, 0.0),
            "none at all",
        ),
        *(
            (
                "tolerance",
                lambda i, size=size: _constant_along(
                    i, lambda r, c, n: (r - c) % n, size / abs(i["matrix"]).max()
                ),
                "an absolute one",
            )
            for size in (1e-12, 1e-10, 1e-8, 1e-6)
        ),
    ),
    pointer="minintk.is_circulant",
)

KERNELS_PROBLEMS: dict[str, Problem] = {
    "angle_between": Problem(
        ("angles", "other_angles"),
        one_output(_ANGLE),
        lambda rng, n, m: (rng.uniform(-4, 9, n), rng.uniform(-4, 9, n + m)),
        (
            (
                "where points coincide",
                "ties",
                (np.linspace(0, 2 * np.pi, 97), np.linspace(0, 2 * np.pi, 97)),
            ),
            (
                "where points are opposite",
                "ties",
                (np.array([0.0, 1.0]), np.array([np.pi, 1 + np.pi])),
            ),
        ),
        (np.array([0.4]), np.array([2.0])),
        relative=1e-7,
    ),
    "kappa0": _of_theta("kappa0"),
    "kappa1": _of_theta("kappa1"),
    "analytic_ntk": Problem(
        ("angles",),
        one_output(_ANALYTIC),
        lambda rng, n, m: (draw_angles(rng, n),),
        (
            ("where points coincide", "ties", (np.array([0.1, 0.1, 2.0, 2.0 + 2 * np.pi]),)),
            ("on a grid", "ties", (2 * np.pi * np.arange(24) / 24,)),
        ),
        (np.array([0.3]),),
        relative=1e-7,
    ),
    "is_circulant": Problem(
        ("matrix",),
        one_output(_CIRCULANT),
        _circulants,
        (
            ("for a matrix of size 1", "edge-case", (np.array([[2.0]]),)),
            ("for a matrix of zeros", "edge-case", (np.zeros((3, 3)),)),
        ),
    ),
}
