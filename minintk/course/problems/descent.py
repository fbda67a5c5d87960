"""What the grader asks of gradient descent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..._require import Array
from ...network import Params, objective
from ...training import gradient_descent
from ..samples import Inputs, Question, Value
from .gradients import backward_with, mean_residual
from .problem import (
    EQUAL,
    SINGLE,
    TRAINING,
    TWO_TARGETS,
    Problem,
    active,
    draw_training,
    params_of,
    points_of,
    root_m,
)

__all__ = ["DESCENT_PROBLEMS", "descend", "trained_confusions"]


def descend(
    i: Inputs,
    *,
    rate: float = 1.0,
    steps: int = 0,
    trained: tuple[str, ...] = ("w", "b", "a"),
    once: bool = False,
    order: tuple[str, ...] = (),
) -> Params:
    """Gradient descent with something changed."""
    goal = objective(i["angles"], i["targets"])
    params = Params(i["w"], i["b"], i["a"])
    eta, first = rate * i["learning_rate"], goal(params)[1]
    for _ in range(int(i["steps"]) + steps):
        for group in order or [trained]:
            gradient = first if once else goal(params)[1]
            moved = {p: getattr(params, p) for p in ("w", "b", "a")}
            moved |= {p: moved[p] - eta * getattr(gradient, p) for p in group}
            params = Params(**moved)
    return params


def _stale(i: Inputs) -> Params:
    """Descent in which a moves first, and w and b then take its new value with the old residual."""
    w, b, a = i["w"], i["b"], i["a"]
    for _ in range(int(i["steps"])):
        now = {**i, "w": w, "b": b, "a": a}
        moved = a - i["learning_rate"] * backward_with("a", mean_residual)(now)
        slopes = (mean_residual(now) / root_m(now))[:, None] * active(now) * moved
        w = w - i["learning_rate"] * slopes.T @ points_of(now)
        b = b - i["learning_rate"] * slopes.sum(axis=0)
        a = moved
    return Params(w, b, a)


def trained_confusions(
    read: Callable[[Inputs, Params], Array],
) -> tuple[tuple[str, Value, str], ...]:
    """The known confusions in training one part."""

    def changed(**options: Any) -> Value:
        return lambda i: read(i, descend(i, **options))

    def scaled(power: str) -> Value:
        n = {"n": 1.0, "1/n": -1.0}.get(power, 0.0)
        m = {"sqrt-m": 0.5, "1/sqrt-m": -0.5, "m": 1.0, "1/m": -1.0}.get(power, 0.0)
        return lambda i: read(i, descend(i, rate=len(i["angles"]) ** n * len(i["a"]) ** m))

    said = "the gradient, or the learning rate, is {} times the right one"
    return (
        ("ascent", changed(rate=-1.0), ""),
        ("inner-step", changed(rate=2.0), said.format("2")),
        ("inner-step", changed(rate=0.5), said.format("1/2")),
        *(
            ("inner-step", scaled(p), said.format(p))
            for p in ("n", "1/n", "m", "1/m", "sqrt-m", "1/sqrt-m")
        ),
        ("one-step-too-few", changed(steps=-1), "one too few"),
        ("one-step-too-few", changed(steps=1), "one too many"),
        ("one-step-too-few", lambda i: read(i, descend({**i, "steps": 1})), "one only"),
        ("residual-not-updated", changed(once=True), ""),
        ("sequential-update", lambda i: read(i, _stale(i)), "the slopes of w and b see the new a"),
        *(
            ("sequential-update", changed(order=tuple(order.split())), "")
            for order in ("w b a", "w a b", "b w a", "b a w", "a w b", "a b w")
        ),
        *(
            ("sequential-update", changed(order=tuple(order.split())), "")
            for order in ("w ba", "b wa", "a wb", "wb a", "wa b", "ba w")
        ),
        ("missing-bias", changed(trained=("w", "a")), "the bias does not move"),
        ("missing-first-layer", changed(trained=("a",)), "only a moves"),
        ("missing-first-layer", changed(trained=("b", "a")), "w does not move"),
        ("missing-second-layer", changed(trained=("w", "b")), "a does not move"),
        ("missing-second-layer", changed(trained=("w",)), "only w moves"),
    )


def _descent_question(part: str) -> Question:
    def right(i: Inputs) -> Array:
        goal = objective(i["angles"], i["targets"])
        return np.asarray(
            getattr(
                gradient_descent(params_of(i), goal, i["learning_rate"], int(i["steps"]))[0], part
            )
        )

    return Question(
        f"the trained {part}",
        right,
        mistakes=trained_confusions(lambda i, params: np.asarray(getattr(params, part))),
        pointer="minintk.gradient_descent",
    )


DESCENT_PROBLEMS: dict[str, Problem] = {
    "gradient_descent": Problem(
        TRAINING,
        {part: _descent_question(part) for part in ("w", "b", "a")},
        draw_training,
        (("for 0 steps", "edge-case", (*EQUAL[:3], np.array([0.1, 2.0]), TWO_TARGETS, 0.1, 0)),),
        (*SINGLE, TWO_TARGETS[:1], 0.1, 2),
    ),
}
