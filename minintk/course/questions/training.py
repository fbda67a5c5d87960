"""Training: gradient descent, and how far the kernel moves in it.

TRAINING_TRIALS   of functions, by exercise
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..._require import Array
from ...circle import circle_points
from ...jacobian import output_jacobian
from ...network import Params, objective
from ...ntk import empirical_ntk
from ...training import gradient_descent
from .gradients import _draw_with_targets, gradient_of
from .networks import EQUAL, SINGLE, TWO_TARGETS, WHOLE
from .question import Arguments, Confusion, Inputs, Question, Trials

__all__ = ["TRAINING_TRIALS"]

_ALL = ("w", "b", "a")


def _descend(
    i: Inputs,
    *,
    sign: float = 1.0,
    rate: Callable[[int, int], float] = lambda n, m: 1.0,
    steps: Callable[[int], int] = int,
    trained: tuple[str, ...] = _ALL,
    once: bool = False,
    order: tuple[str, ...] = (),
    pick: Callable[[int, int], list[Any]] = lambda n, s: [...],
    stale: bool = False,
    front: float | None = None,
    bias: float = 1.0,
) -> Params:
    """Gradient descent with something changed; `pick` gives a step's samples, one after another.

    `stale`: a moves first, and w and b then take its new value with the old residual.
    """
    x = circle_points(i["angles"])
    now = {**i, "x": x}
    first = gradient_of(now, front, bias)
    step = sign * rate(len(i["angles"]), len(i["a"])) * i["learning_rate"]
    for some in (j for s in range(steps(i["steps"])) for j in pick(len(i["angles"]), s)):
        now |= {"x": x[some], "targets": i["targets"][some]}
        for group in order or [_ALL]:
            gradient = first if once else gradient_of(now, front, bias)
            if stale:
                ratio = 1 - step * gradient["a"] / now["a"]
                later = {"w": gradient["w"] * ratio[:, None], "b": gradient["b"] * ratio}
                gradient = {**gradient, **later}
            for part in set(group) & set(trained):
                now[part] = now[part] - step * gradient[part]
    return Params(now["w"], now["b"], now["a"])


def _right(i: Inputs) -> Params:
    goal = objective(i["angles"], i["targets"])
    start = Params(i["w"], i["b"], i["a"])
    return gradient_descent(start, goal, i["learning_rate"], int(i["steps"]))[0]


_ORDERS: tuple[str, ...] = ("w b a", "w a b", "b w a", "b a w", "a w b", "a b w")
_ORDERS += ("w ba", "b wa", "a wb", "wb a", "wa b", "ba w")
_RATES: tuple[tuple[str, Callable[[int, int], float]], ...] = (
    ("2", lambda n, m: 2.0),
    ("1/2", lambda n, m: 0.5),
    ("n", lambda n, m: n),
    ("1/n", lambda n, m: 1 / n),
    ("m", lambda n, m: m),
    ("1/m", lambda n, m: 1 / m),
    ("sqrt(m)", lambda n, m: m**0.5),
    ("1/sqrt(m)", lambda n, m: m**-0.5),
)


def _confusions(model: Callable[..., Any]) -> tuple[Confusion, ...]:
    """The known confusions in training, of what `model` reads off the trained network."""

    def changed(kind: str, note: str = "", **options: Any) -> Confusion:
        return Confusion(kind, partial(model, **options), note)

    said = "the gradient, or the learning rate, is {} times the right one"
    return (
        changed("ascent", sign=-1.0),
        *(changed("inner-step", said.format(name), rate=rate) for name, rate in _RATES),
        changed("number-of-steps", "one too few", steps=lambda s: int(s) - 1),
        changed("number-of-steps", "one too many", steps=lambda s: int(s) + 1),
        changed("number-of-steps", "one only", steps=lambda s: 1),
        changed("residual-not-updated", once=True),
        changed("single-samples", "each in turn", pick=lambda n, s: [[j] for j in range(n)]),
        changed("single-samples", "one of them", pick=lambda n, s: [[s % n]]),
        changed("sequential-update", "the gradients of w and b see the new a", stale=True),
        *(changed("sequential-update", order=tuple(order.split())) for order in _ORDERS),
        changed("missing-bias", "the bias does not move", trained=("w", "a")),
        changed("missing-first-layer", "only a moves", trained=("a",)),
        changed("missing-first-layer", "w does not move", trained=("b", "a")),
        changed("missing-second-layer", "a does not move", trained=("w", "b")),
        changed("missing-second-layer", "only w moves", trained=("w",)),
        changed("missing-bias", "the network has no bias", bias=0.0),
        changed("factor-sqrt-m", "the network has no m^-1/2", front=1.0),
    )


def _trained(part: str) -> Question:
    return Question(
        f"the trained {part}",
        lambda i: getattr(_right(i), part),
        confusions=_confusions(lambda i, **options: getattr(_descend(i, **options), part)),
        section=(1, "5. The gradient at work"),
    )


_norm = np.linalg.norm
Measure = Callable[..., Any]  # of the kernels before and after, or of the size of one


def _change(
    i: Inputs,
    end: Callable[..., Params] = _descend,
    size: Measure = _norm,
    top: Measure = lambda size, k, k_s: size(k_s - k),
    bottom: Measure = lambda size, k, k_s: size(k),
    of: Any = empirical_ntk,
    power: int = 1,
    **options: Any,
) -> Array:
    """How far the kernel moved, with something changed in the measure or in the training."""
    start = Params(i["w"], i["b"], i["a"])
    k, k_s = (of(params, i["angles"]) for params in (start, end(i, **options)))
    return np.asarray((top(size, k, k_s) / bottom(size, k, k_s)) ** power)


_MEASURES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("the spectral norm", {"size": lambda k: _norm(k, 2)}),
    ("the largest entry", {"size": lambda k: abs(k).max()}),
    ("the sum of sizes", {"size": lambda k: abs(k).sum()}),
    ("the trace", {"size": np.trace, "top": lambda size, k, k_s: abs(size(k_s) - size(k))}),
    ("norms, then their difference", {"top": lambda size, k, k_s: abs(size(k_s) - size(k))}),
    ("norms, then their difference", {"top": lambda size, k, k_s: size(k_s) - size(k)}),
    ("the square", {"power": 2}),
    ("not relative to ‖K_0‖", {"bottom": lambda size, k, k_s: 1.0}),
    ("relative to ‖K_s‖", {"bottom": lambda size, k, k_s: size(k_s)}),
    ("the ratio of norms", {"top": lambda size, k, k_s: size(k_s)}),
    ("1 − alignment", {"top": lambda size, k, k_s: size(k) - (k * k_s).sum() / size(k_s)}),
    ("of the Jacobian, not of the kernel", {"of": output_jacobian}),
)
_KERNEL_CHANGE = Question(
    "kernel_change",
    partial(_change, end=_right),
    confusions=(
        *_confusions(_change),
        *(Confusion("wrong-norm", partial(_change, **how), note) for note, how in _MEASURES),
    ),
    section=(7, "Two ways to train"),
)


def _draw_training(rng: np.random.Generator, n: int, m: int) -> Arguments:
    settings = float(rng.uniform(0.02, 0.1)), int(rng.integers(3, 7))
    return (*_draw_with_targets(rng, n, m), *settings)


def _trials(outputs: dict[str, Question]) -> Trials:
    no_steps = (*EQUAL[:3], np.array([0.1, 2.0]), TWO_TARGETS, 0.1, 0)
    single = (*SINGLE, TWO_TARGETS[:1], 0.1, 2)
    simple = (*EQUAL[:3], np.array([0.1, 2.0]), TWO_TARGETS, 0.1, 3)
    whole = (*WHOLE, np.array([0.5, -1.0, 2.0]), 0.1, 2)
    edges = (("for 0 steps", "edge-case", no_steps), ("for integer angles", "edge-case", whole))
    return Trials(outputs, _draw_training, edges, single, simple)


TRAINING_TRIALS: dict[str, Trials] = {
    "gradient_descent": _trials({part: _trained(part) for part in _ALL}),
    "kernel_change": _trials({"": _KERNEL_CHANGE}),
}
