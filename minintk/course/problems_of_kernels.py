"""What the grader asks of kernels, spectra and dynamics, as `problems` does of the network.

PROBLEMS    name → Problem, of every exercise
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._require import Array
from ..arccosine import fourier_eigenvalue_parts, infinite_ntk, infinite_ntk_parts
from ..circle import angle_between, circle_points, fourier_coefficients, uniform_angles
from ..dynamics import frozen_flow, steps_to_learn
from ..spectrum import is_circulant
from ..training import growth_rate
from .problems import NETWORK_PROBLEMS, Arguments, Problem, one_output
from .quantities import KERNEL_QUANTITIES
from .rates import RATE_QUANTITIES
from .samples import Inputs, Question, Value

__all__ = ["PROBLEMS"]


def _angles(rng: np.random.Generator, n: int) -> Array:
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
        k0 = (np.pi - theta) / np.pi
        k1 = (np.sin(theta) + (np.pi - theta) * np.cos(theta)) / np.pi
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


def _flow_with(
    *, times_n: float = 0.0, rate: float = 1.0, sign: float = 1.0, initial: float = 1.0
) -> Value:
    """The flow of a fixed kernel with something changed."""

    def value(i: Inputs) -> Array:
        n = len(i["kernel"])
        rates, vectors = np.linalg.eigh(i["kernel"] / n)
        residual = initial * i["initial_output"] - i["targets"]
        shrunk = np.exp(-rates * rate * n**times_n * i["time"]) * (vectors.T @ residual)
        return np.asarray(i["targets"] + sign * vectors @ shrunk)

    return value


def _with_rows_for_columns(i: Inputs) -> Array:
    rates, vectors = np.linalg.eigh(i["kernel"] / len(i["kernel"]))
    shrunk = np.exp(-rates * i["time"]) * (vectors @ (i["initial_output"] - i["targets"]))
    return np.asarray(i["targets"] + vectors.T @ shrunk)


def _shrunk(i: Inputs, factor: Callable[[Array], Any]) -> Array:
    """y + (a matrix function of T) r."""
    t = i["kernel"] / len(i["kernel"]) * i["time"]
    return np.asarray(i["targets"] + factor(t) @ (i["initial_output"] - i["targets"]))


def _kernels(rng: np.random.Generator, n: int, m: int) -> Arguments:
    kernel = infinite_ntk(_angles(rng, n))
    return kernel, rng.uniform(-1, 1, n), rng.uniform(-1, 1, n), float(rng.uniform(0.5, 3.0))


def _euler(count: int) -> Value:
    return lambda i: _shrunk(i, lambda t: np.linalg.matrix_power(np.eye(len(t)) - t / count, count))


_EULER = (1, 10, 20, 50, 100, 200, 500, 1000, 10000)
_SINGULAR = (
    infinite_ntk(np.array([0.0, 0.0, 2.0])),
    np.array([0.5, -0.5, 0.2]),
    np.array([1.0, -1.0, 0.4]),
    1.5,
)
_FLOW = Question(
    "frozen_kernel_prediction",
    lambda i: frozen_flow(i["kernel"], i["initial_output"], i["targets"], [i["time"]])[0],
    mistakes=(
        ("rate-without-1/n", _flow_with(times_n=1.0), "K in place of K/n"),
        ("rate-without-1/n", _flow_with(times_n=-1.0), "1/n twice"),
        ("rate-without-1/n", _flow_with(times_n=0.5), "1/√n in place of 1/n"),
        ("loss-rate", _flow_with(rate=2.0), ""),
        ("inner-step", _flow_with(rate=0.5), "the rate is half the right one"),
        ("growth-for-decay", _flow_with(rate=-1.0), ""),
        ("growth-for-decay", _flow_with(rate=-1.0, times_n=1.0), "and K in place of K/n"),
        ("initial-output-ignored", _flow_with(initial=0.0), ""),
        ("initial-output-ignored", _flow_with(initial=0.0, times_n=1.0), "and K stands for K/n"),
        ("sign-of-term", _flow_with(sign=-1.0), "the residual has the wrong sign: r = f − y"),
        ("initial-output-ignored", _flow_with(initial=-1.0), "f(0) has the wrong sign"),
        ("residual-for-output", lambda i: _flow_with()(i) - i["targets"], "it is the residual"),
        (
            "residual-for-output",
            lambda i: i["targets"] - _flow_with()(i),
            "it is the residual, with the other sign",
        ),
        (
            "residual-for-output",
            lambda i: _flow_with(sign=-1.0)(i) * 0 + _learned(i),
            "it is the change",
        ),
        ("inner-transposed", _with_rows_for_columns, "the eigenvectors are the columns of V"),
        ("elementwise-exponential", lambda i: _shrunk(i, lambda t: np.exp(-t)), ""),
        (
            "elementwise-exponential",
            lambda i: _shrunk(i, lambda t: np.exp(-t * len(t))),
            "and K for K/n",
        ),
        *(("descent-for-flow", _euler(count), f"{count} steps of descent") for count in _EULER),
        (
            "descent-for-flow",
            lambda i: _shrunk(i, lambda t: np.linalg.inv(np.eye(len(t)) + t)),
            "an implicit step",
        ),
    ),
    pointer="minintk.frozen_flow",
)


def _learned(i: Inputs) -> Array:
    return _flow_with()(i) - i["initial_output"]


def _steps() -> Problem:
    """The same question as `check` asks, of a function of numbers."""
    asked = RATE_QUANTITIES["steps_to_learn"](True, None).question

    def named(value: Value) -> Value:
        def of(i: Inputs) -> Array:
            names = {"lambda": "eigenvalue", "eta": "learning_rate", "q": "remaining"}
            return np.asarray(value({key: np.asarray(i[name]) for key, name in names.items()}))

        return of

    question = Question(
        "steps_to_learn",
        lambda i: steps_to_learn(i["eigenvalue"], i["learning_rate"], i["remaining"]),
        mistakes=(
            *((key, named(value), said) for key, value, said in asked.mistakes),
            ("rounded-up", lambda i: np.ceil(named(asked.right)(i)), ""),
            ("rounded-up", lambda i: np.floor(named(asked.right)(i)), "Yours is rounded down"),
        ),
        factors={
            "λ": lambda i: np.asarray(i["eigenvalue"]),
            "η": lambda i: np.asarray(i["learning_rate"]),
        },
        hints=asked.hints,
        pointer=asked.pointer,
    )
    return Problem(
        ("eigenvalue", "learning_rate", "remaining"),
        one_output(question),
        lambda rng, n, m: tuple(float(rng.uniform(0.1, 0.9)) for _ in range(3)),
        (("for a small ηλ", "edge-case", (1e-7, 0.5, 0.05)),),
    )


_GROWTH = Question(
    "growth_rate",
    lambda i: np.asarray(growth_rate(i["output"], i["targets"])),
    terms={
        "y f": lambda i: 2 * np.mean(i["output"] * i["targets"]),
        "f²": lambda i: -2 * np.mean(i["output"] ** 2),
    },
    foreign={"y²": lambda i: np.mean(i["targets"] ** 2)},
    factors={"n": lambda i: np.asarray(float(len(i["output"])))},
    mistakes=(
        (
            "product-of-means",
            lambda i: 2 * np.mean(i["targets"] - i["output"]) * np.mean(i["output"]),
            "",
        ),
    ),
    hints={"factor-n": "the mean over the samples, not the sum"},
    pointer="minintk.growth_rate",
)

PROBLEMS: dict[str, Problem] = {
    **NETWORK_PROBLEMS,
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
        lambda rng, n, m: (_angles(rng, n),),
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
    "frozen_kernel_prediction": Problem(
        ("kernel", "initial_output", "targets", "time"),
        one_output(_FLOW),
        _kernels,
        (
            ("for a singular kernel", "unlearned-modes", _SINGULAR),
            ("at τ = 0", "edge-case", (*_SINGULAR[:3], 0.0)),
        ),
        (np.array([[1.5]]), np.array([0.5]), np.array([-1.0]), 0.7),
        (np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([0.0, 0.5]), np.array([1.0, -1.0]), 1.0),
    ),
    "steps_to_learn": _steps(),
    "growth_rate": Problem(
        ("output", "targets"),
        one_output(_GROWTH),
        lambda rng, n, m: (rng.uniform(-2, 2, n), rng.uniform(-2, 2, n)),
        (),
        (np.array([0.5]), np.array([2.0])),
    ),
}
