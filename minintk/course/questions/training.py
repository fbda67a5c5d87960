"""Training: gradient descent, and how far the kernel moves in it.

TRAINING_TRIALS   of functions, by exercise
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..._require import Array
from ...jacobian import output_jacobian
from ...network import Params, objective
from ...ntk import empirical_ntk
from ...training import gradient_descent
from .gradients import _draw_with_targets, gradient_of
from .networks import EQUAL, SINGLE, TWO_TARGETS, WHOLE
from .question import Arguments, Confusion, Inputs, Question, Trials, Value

__all__ = ["TRAINING_TRIALS"]

_ALL = ("w", "b", "a")


def _descend(
    i: Inputs,
    *,
    rate: float = 1.0,
    steps: int = 0,
    trained: tuple[str, ...] = _ALL,
    once: bool = False,
    order: tuple[str, ...] = (),
    front: float | None = None,
    bias: float = 1.0,
) -> Params:
    """Gradient descent with something changed."""
    now = dict(i)
    first = gradient_of(now, front, bias)
    for _ in range(int(i["steps"]) + steps):
        for group in order or [trained]:
            gradient = first if once else gradient_of(now, front, bias)
            for part in group:
                now[part] = now[part] - rate * i["learning_rate"] * getattr(gradient, part)
    return Params(now["w"], now["b"], now["a"])


def _stale(i: Inputs) -> Params:
    """Descent in which a moves first, and w and b then take its new value with the old residual."""
    now = dict(i)
    for _ in range(int(i["steps"])):
        slopes = gradient_of(now)
        moved = now["a"] - i["learning_rate"] * slopes.a
        now["w"] = now["w"] - i["learning_rate"] * slopes.w * (moved / now["a"])[:, None]
        now["b"] = now["b"] - i["learning_rate"] * slopes.b * moved / now["a"]
        now["a"] = moved
    return Params(now["w"], now["b"], now["a"])


def _right(i: Inputs) -> Params:
    goal = objective(i["angles"], i["targets"])
    start = Params(i["w"], i["b"], i["a"])
    return gradient_descent(start, goal, i["learning_rate"], int(i["steps"]))[0]


_ORDERS: tuple[str, ...] = ("w b a", "w a b", "b w a", "b a w", "a w b", "a b w")
_ORDERS += ("w ba", "b wa", "a wb", "wb a", "wa b", "ba w")
_POWERS = (("n", 1, 0), ("1/n", -1, 0), ("m", 0, 1), ("1/m", 0, -1))
_POWERS += (("sqrt(m)", 0, 0.5), ("1/sqrt(m)", 0, -0.5))  # type: ignore[assignment]


def _confusions(read: Callable[[Inputs, Params], Array]) -> tuple[Confusion, ...]:
    """The known confusions in training, of what is read off the trained network."""

    def changed(kind: str, note: str = "", **options: Any) -> Confusion:
        return Confusion(kind, lambda i: read(i, _descend(i, **options)), note)

    def scaled(n: float, m: float) -> Value:
        return lambda i: read(i, _descend(i, rate=len(i["angles"]) ** n * len(i["a"]) ** m))

    said = "the gradient, or the learning rate, is {} times the right one"
    return (
        changed("ascent", rate=-1.0),
        changed("inner-step", said.format("2"), rate=2.0),
        changed("inner-step", said.format("1/2"), rate=0.5),
        *(Confusion("inner-step", scaled(n, m), said.format(name)) for name, n, m in _POWERS),
        changed("one-step-too-few", "one too few", steps=-1),
        changed("one-step-too-few", "one too many", steps=1),
        Confusion("one-step-too-few", lambda i: read(i, _descend({**i, "steps": 1})), "one only"),
        changed("residual-not-updated", once=True),
        Confusion(
            "sequential-update",
            lambda i: read(i, _stale(i)),
            "the gradients of w and b see the new a",
        ),
        *(changed("sequential-update", order=tuple(order.split())) for order in _ORDERS),
        changed("missing-bias", "the bias does not move", trained=("w", "a")),
        changed("missing-first-layer", "only a moves", trained=("a",)),
        changed("missing-first-layer", "w does not move", trained=("b", "a")),
        changed("missing-second-layer", "a does not move", trained=("w", "b")),
        changed("missing-second-layer", "only w moves", trained=("w",)),
        changed("missing-bias", "the network has no bias", bias=0.0),
        changed("factor-sqrt-m", "the network has no m^-1/2", front=1.0),
        changed("factor-sqrt-m", "the network has no m^-1/2, and no bias", front=1.0, bias=0.0),
    )


def _trained(part: str) -> Question:
    return Question(
        f"the trained {part}",
        lambda i: getattr(_right(i), part),
        confusions=_confusions(lambda i, params: np.asarray(getattr(params, part))),
        section=(1, "5. The gradient at work"),
    )


def _compared(
    measure: Callable[[Array, Array], Any], of: Any = empirical_ntk
) -> Callable[..., Any]:
    def value(i: Inputs, params: Params) -> Array:
        start = Params(i["w"], i["b"], i["a"])
        return np.asarray(measure(of(start, i["angles"]), of(params, i["angles"])))

    return value


_norm = np.linalg.norm


def _relative(k: Array, k_s: Array) -> Any:
    return _norm(k_s - k) / _norm(k)


_CHANGE = _compared(_relative)
_MEASURES: tuple[tuple[str, Callable[[Array, Array], Any]], ...] = (
    ("the spectral norm", lambda k, k_s: _norm(k_s - k, 2) / _norm(k, 2)),
    ("the largest entry", lambda k, k_s: abs(k_s - k).max() / abs(k).max()),
    ("the sum of sizes", lambda k, k_s: abs(k_s - k).sum() / abs(k).sum()),
    ("norms, then their difference", lambda k, k_s: abs(_norm(k_s) - _norm(k)) / _norm(k)),
    ("norms, then their difference", lambda k, k_s: (_norm(k_s) - _norm(k)) / _norm(k)),
    ("the square", lambda k, k_s: (_norm(k_s - k) / _norm(k)) ** 2),
    ("not relative to ‖K_0‖", lambda k, k_s: _norm(k_s - k)),
    ("relative to ‖K_s‖", lambda k, k_s: _norm(k_s - k) / _norm(k_s)),
    ("the ratio of norms", lambda k, k_s: _norm(k_s) / _norm(k)),
    ("1 − alignment", lambda k, k_s: 1 - (k * k_s).sum() / _norm(k) / _norm(k_s)),
    ("the trace", lambda k, k_s: abs(np.trace(k_s) - np.trace(k)) / np.trace(k)),
)


def _after(value: Callable[[Inputs, Params], Array]) -> Value:
    return lambda i: value(i, _descend(i))


_KERNEL_CHANGE = Question(
    "kernel_change",
    lambda i: _CHANGE(i, _right(i)),
    confusions=(
        *_confusions(_CHANGE),
        Confusion(
            "wrong-norm",
            _after(_compared(_relative, output_jacobian)),
            "of the Jacobian, not of the kernel",
        ),
        *(Confusion("wrong-norm", _after(_compared(m)), note) for note, m in _MEASURES),
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
