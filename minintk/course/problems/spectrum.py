"""What the grader asks of Fourier coefficients and of the eigenvalues of the NTK."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._require import Array
from ...arccosine import fourier_eigenvalue_parts
from ...circle import fourier_coefficients, uniform_angles
from ..rates import RATE_QUANTITIES
from ..samples import Inputs, Question, Value
from .problem import Arguments, Problem, one_output

__all__ = ["SPECTRUM_PROBLEMS"]


def _coefficients_with(
    *, root: float = np.sqrt(2), constant: float = 1.0, swap: bool = False, sign: float = 1.0
) -> Value:
    def value(i: Inputs) -> Array:
        k = (np.arange(2 * int(i["k_max"]) + 1) + 1) // 2
        cosine = np.arange(len(k)) % 2 == (0 if swap else 1)
        phase = np.outer(i["angles"], k)
        basis = root * np.where(cosine, np.cos(phase), sign * np.sin(phase))
        basis[:, 0] = constant
        return np.asarray(basis.T @ i["values"] / len(i["angles"]))

    return value


_FOURIER = Question(
    "fourier_coefficients",
    lambda i: fourier_coefficients(i["angles"], i["values"], int(i["k_max"])),
    factors={"n": lambda i: np.asarray(float(len(i["angles"])))},
    mistakes=(
        ("basis-not-normalised", _coefficients_with(root=1.0), "√2 is missing for k ≥ 1"),
        ("basis-not-normalised", _coefficients_with(root=2.0), "2 in place of √2 for k ≥ 1"),
        ("basis-not-normalised", _coefficients_with(root=np.sqrt(0.5)), "1/√2 for √2"),
        ("basis-not-normalised", _coefficients_with(constant=np.sqrt(2)), "the constant has a √2"),
        ("basis-not-normalised", _coefficients_with(constant=2.0), "the constant is doubled"),
        ("basis-not-normalised", _coefficients_with(root=2.0, constant=2.0), "2 for 1 and √2"),
        ("basis-not-normalised", _coefficients_with(root=2.0, constant=0.5), "half the constant"),
        (
            "basis-not-normalised",
            _coefficients_with(constant=np.sqrt(0.5)),
            "1/√2 for the constant",
        ),
        ("sin-cos-swapped", _coefficients_with(swap=True), "sin comes before cos in each pair"),
        (
            "sign-of-term",
            _coefficients_with(sign=-1.0),
            "the sine coefficients have the wrong sign",
        ),
    ),
    hints={"factor-n": "the mean over the samples, not the sum"},
    pointer="minintk.fourier_coefficients",
)


def _fourier_arguments(rng: np.random.Generator, n: int, m: int) -> Arguments:
    size = n + 8
    return uniform_angles(size) + 0.1, rng.uniform(-1, 1, size), int(m % 4 + 1)


def _eigenvalue_parts(part: str) -> Value:
    return lambda i: fourier_eigenvalue_parts(int(i["k_max"]))[part]


def _eigenvalues_at(shift: int) -> Value:
    def value(i: Inputs) -> Array:
        whole = RATE_QUANTITIES["ntk_eigenvalue"](True, None).question.right
        return whole({"k": np.abs(np.arange(int(i["k_max"]) + 1.0) + shift)})

    return value


_EIGENVALUES = Question(
    "ntk_eigenvalues",
    _eigenvalues_at(0),
    terms={
        "first layer": _eigenvalue_parts("w"),
        "bias": _eigenvalue_parts("b"),
        "second layer": _eigenvalue_parts("a"),
    },
    mistakes=(
        ("off-by-one-in-k", _eigenvalues_at(1), ""),
        ("off-by-one-in-k", _eigenvalues_at(-1), ""),
    ),
    hints={"factor-2": "λ is (1/2π) ∫ over the circle, and E[1 1'] is κ0/2"},
    pointer="minintk.fourier_eigenvalues",
)


def _k(shape: tuple[int, ...]) -> Any:
    return np.arange(shape[0])


_BY_FREQUENCY = (
    ("wrong-at-k0", "k = 0", lambda shape: _k(shape) == 0),
    ("wrong-at-k1", "k = 1", lambda shape: _k(shape) == 1),
    ("wrong-parity", "even k ≥ 2", lambda shape: (_k(shape) >= 2) & (_k(shape) % 2 == 0)),
    ("wrong-parity", "odd k ≥ 3", lambda shape: (_k(shape) >= 3) & (_k(shape) % 2 == 1)),
)

SPECTRUM_PROBLEMS: dict[str, Problem] = {
    "fourier_coefficients": Problem(
        ("angles", "values", "k_max"),
        one_output(_FOURIER),
        _fourier_arguments,
        (("for k_max = 0", "edge-case", (uniform_angles(5), np.arange(5.0), 0)),),
        (np.array([0.3]), np.array([2.0]), 1),
        (uniform_angles(4), np.array([1.0, 0.0, 2.0, 0.5]), 1),
        entries=(
            ("wrong-block", "the constant", lambda shape: _k(shape) == 0),
            ("wrong-block", "the cosines", lambda shape: _k(shape) % 2 == 1),
            ("wrong-block", "the sines", lambda shape: (_k(shape) > 0) & (_k(shape) % 2 == 0)),
        ),
    ),
    "ntk_eigenvalues": Problem(
        ("k_max",),
        one_output(_EIGENVALUES),
        lambda rng, n, m: (int(n + m),),
        (("for k_max = 0", "edge-case", (0,)), ("for k_max = 1", "edge-case", (1,))),
        entries=_BY_FREQUENCY,
    ),
}
