"""What the grader asks of the backward pass and of what the flow conserves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..._require import Array
from ...network import loss_and_gradient
from ...training import balance
from ..samples import Inputs, Question, Value
from .problem import (
    COUNTS,
    KINK,
    KINK_TARGETS,
    NETWORK,
    SILENT,
    SINGLE,
    TWO_TARGETS,
    Problem,
    active,
    draw_network,
    draw_with_targets,
    hidden,
    one_output,
    params_of,
    points_of,
    preactivations,
    residuals,
    root_m,
)

__all__ = ["GRADIENTS_PROBLEMS", "backward_with", "mean_residual"]


def backward_with(
    part: str, g: Callable[[Inputs], Any], d: Value = active, h: Value = hidden
) -> Value:
    """The gradient of one part, from ∂L/∂f, the neurons' slopes and their outputs."""

    def value(i: Inputs) -> Array:
        scaled = g(i) / root_m(i)
        if part == "a":
            return np.asarray(h(i).T @ scaled)
        slopes = scaled[:, None] * d(i) * i["a"]
        return np.asarray(slopes.sum(axis=0) if part == "b" else slopes.T @ points_of(i))

    return value


def mean_residual(i: Inputs) -> Array:
    """The mean residual of a case, for each sample."""
    return residuals(i) / len(i["targets"])


def _without_output_weight(part: str) -> Value:
    def value(i: Inputs) -> Array:
        slopes = (mean_residual(i) / root_m(i))[:, None] * active(i)
        return np.asarray(slopes.sum(axis=0) if part == "b" else slopes.T @ points_of(i))

    return value


def _gradient_question(part: str) -> Question:
    def right(i: Inputs) -> Array:
        gradient = loss_and_gradient(params_of(i), i["angles"], i["targets"])[1]
        return np.asarray(getattr(gradient, part))

    ones = np.ones_like
    mistakes: list[tuple[str, Value, str]] = [
        (
            "missing-residual",
            backward_with(part, lambda i: ones(residuals(i)) / len(residuals(i))),
            "",
        ),
        (
            "residual-squared",
            backward_with(part, lambda i: mean_residual(i) ** 2 * len(preactivations(i))),
            "the square",
        ),
        (
            "residual-squared",
            backward_with(part, lambda i: residuals(i) ** 2 / len(preactivations(i))),
            "the square",
        ),
        (
            "missing-targets",
            backward_with(part, lambda i: (residuals(i) + i["targets"]) / len(preactivations(i))),
            "",
        ),
        (
            "missing-targets",
            backward_with(part, lambda i: -i["targets"] / len(preactivations(i))),
            "",
        ),
    ]
    if part == "a":
        mistakes += [
            ("ignores-activation", backward_with(part, mean_residual, h=preactivations), ""),
            ("uses-relu-for-derivative", backward_with(part, mean_residual, h=active), ""),
            (
                "wrong-variable",
                lambda i: backward_with("a", mean_residual)(i) * i["a"],
                ": a itself is not in this gradient",
            ),
        ]
    else:
        mistakes += [
            (
                "ignores-activation",
                backward_with(part, mean_residual, d=lambda i: ones(preactivations(i))),
                "",
            ),
            (
                "ignores-activation",
                backward_with(part, mean_residual, d=preactivations),
                "z for relu'(z)",
            ),
            ("uses-relu-for-derivative", backward_with(part, mean_residual, d=hidden), ""),
            ("missing-output-weight", _without_output_weight(part), ""),
        ]
    hints = {
        "factor-n": "the loss is a mean over the samples",
        "factor-1/n": "the mean is taken once",
        "factor-2": "L has a ½ in front of the square",
        "sign": "the residual is r = f − y",
        "factor-sqrt-m": "where is the m^-1/2 of the network?",
    }
    return Question(
        f"∂L/∂{part}",
        right,
        factors=COUNTS,
        mistakes=tuple(mistakes),
        hints=hints,
        pointer="minintk.backward",
    )


def _without_component(j: int) -> Value:
    return lambda i: i["a"] ** 2 - i["w"][:, j] ** 2 - i["b"] ** 2


GRADIENTS_PROBLEMS: dict[str, Problem] = {
    "backward": Problem(
        (*NETWORK, "targets"),
        {part: _gradient_question(part) for part in ("w", "b", "a")},
        draw_with_targets,
        (
            ("with z = 0", "kink", (*KINK, KINK_TARGETS)),
            ("with a silent network", "edge-case", (*SILENT, TWO_TARGETS)),
        ),
        (*SINGLE, TWO_TARGETS[:1]),
    ),
    "balance": Problem(
        ("w", "b", "a"),
        one_output(
            Question(
                "balance",
                lambda i: balance(params_of(i)),
                terms={
                    "a": lambda i: i["a"] ** 2,
                    "w": lambda i: -(i["w"] ** 2).sum(axis=1),
                    "b": lambda i: -(i["b"] ** 2),
                },
                mistakes=(
                    *(
                        ("missing-term", _without_component(j), "one component of w is missing")
                        for j in (0, 1)
                    ),
                    (
                        "missing-squares",
                        lambda i: i["a"] - np.sqrt((i["w"] ** 2).sum(axis=1)) - i["b"],
                        "the squares are",
                    ),
                    (
                        "missing-squares",
                        lambda i: i["a"] - np.sqrt((i["w"] ** 2).sum(axis=1) + i["b"] ** 2),
                        "the squares are",
                    ),
                    (
                        "missing-squares",
                        lambda i: np.abs(i["a"]) - np.sqrt((i["w"] ** 2).sum(axis=1) + i["b"] ** 2),
                        "the squares are",
                    ),
                    (
                        "missing-squares",
                        lambda i: i["a"] ** 2 - i["w"].sum(axis=1) ** 2 - i["b"] ** 2,
                        "the square of each component of w is",
                    ),
                    (
                        "missing-squares",
                        lambda i: i["a"] ** 2 - np.sqrt((i["w"] ** 2).sum(axis=1)) - i["b"] ** 2,
                        "the square of |w| is",
                    ),
                ),
                pointer="minintk.balance",
            )
        ),
        lambda rng, n, m: draw_network(rng, n, m)[:3],
        single=SINGLE[:3],
    ),
}
