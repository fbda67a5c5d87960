"""What the grader asks of the flow with a fixed kernel, its rates, and the growth law."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..._require import Array
from ...arccosine import infinite_ntk
from ...frozen import frozen_flow, steps_to_learn
from ...training import growth_rate
from ..rates import RATE_QUANTITIES
from ..samples import Inputs, Question, Value
from .kernels import draw_angles
from .problem import Arguments, Problem, one_output

__all__ = ["DYNAMICS_PROBLEMS"]


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
    kernel = infinite_ntk(draw_angles(rng, n))
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

DYNAMICS_PROBLEMS: dict[str, Problem] = {
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
