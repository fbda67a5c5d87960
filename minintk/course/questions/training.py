"""Training: gradient descent, and how far the kernel moves in it.

TRIALS   of functions, by exercise
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..._require import Array
from ...circle import circle_points
from ...network import Params, forward, objective
from ...ntk import empirical_ntk
from ...training import gradient_descent
from .gradients import WITHOUT_BIAS, gradient_of
from .networks import EQUAL, SINGLE, TWO_TARGETS, WHOLE, draw_with_targets, network_of
from .question import Arguments, Confusion, Inputs, Question, Trials, changed, value_of

_ALL = ("w", "b", "a")
_ORDERS = ("w b a", "a w b", "a b w", "w ba", "a wb", "wb a")
_RATES = ("2", "1/2", "n", "1/n", "sqrt(m)")
_norm = np.linalg.norm
Measure = Callable[..., Any]  # of the kernels before and after, or of the size of one


def _descend(
    i: Inputs,
    *,
    sign: float = 1.0,
    rate: str = "1",
    steps: Callable[[int], int] = int,
    trained: tuple[str, ...] = _ALL,
    once: bool = False,
    order: tuple[str, ...] = (),
    pick: Callable[[int, int], list[Any]] = lambda n, s: [...],
    stale: bool = False,
    old: bool = False,
    bare: str = "",
    **network: Any,
) -> Params:
    """Gradient descent with something changed; `pick` gives a step's samples, one after another.

    `network`: see `gradient_of`.
    `old`: the residual is that of the start; the rest of the gradient is of each step.
    `bare`: a part that moves by its whole gradient, without the learning rate.
    `stale`: a moves first, and w and b then take its new value with the old residual.
    """
    x = circle_points(i["angles"])
    now = {**i, "x": x}
    first = gradient_of(now, **network) if once else None
    start = forward(network_of(i), i["angles"]) - i["targets"]
    sizes = {"n": float(len(i["angles"])), "m": float(len(i["a"])), "eta": i["learning_rate"]}
    step = sign * value_of(rate, sizes) * i["learning_rate"]
    for some in (j for s in range(steps(i["steps"])) for j in pick(len(i["angles"]), s)):
        if max(np.abs(now[part]).max() for part in _ALL) > 1e15:
            break  # what diverges explains nothing, and its cubes must stay numbers
        now |= {"x": x[some], "targets": i["targets"][some]}
        for group in order or [_ALL]:
            if old:
                now["targets"] = (forward(network_of(now), i["angles"]) - start)[some]
            gradient = first or gradient_of(now, **network)
            if stale:
                ratio = 1 - step * gradient["a"] / now["a"]
                later = {"w": gradient["w"] * ratio[:, None], "b": gradient["b"] * ratio}
                gradient = {**gradient, **later}
            for part in set(group) & set(trained):
                now[part] = now[part] - (sign if part == bare else step) * gradient[part]
    return Params(now["w"], now["b"], now["a"])


def _right(i: Inputs) -> Params:
    goal = objective(i["angles"], i["targets"])
    return gradient_descent(network_of(i), goal, i["learning_rate"], int(i["steps"]))[0]


def _confusions(model: Callable[..., Any]) -> tuple[Confusion, ...]:
    """The known confusions in training, of what `model` reads off the trained network."""
    said = "the gradient, or the learning rate, is {} times the right one"
    trains = partial(changed, model)
    return (
        trains("ascent", sign=-1.0),
        *(trains("inner-step", said.format(rate), rate=rate) for rate in _RATES),
        trains("inner-step", "the learning rate is missing", rate="1/eta"),
        *(trains("inner-step", f"the learning rate is missing for {p}", bare=p) for p in _ALL),
        trains("inner-step", "the learning rate is there twice", rate="eta"),
        trains("number-of-steps", "one too few", steps=lambda s: int(s) - 1),
        trains("number-of-steps", "one too many", steps=lambda s: int(s) + 1),
        trains("number-of-steps", "one only", steps=lambda s: 1),
        trains("residual-not-updated", "gradient", once=True),
        trains("residual-not-updated", "residual", old=True),
        trains("single-samples", "each in turn", pick=lambda n, s: [[j] for j in range(n)]),
        trains("single-samples", "one of them", pick=lambda n, s: [[s % n]]),
        trains("sequential-update", "the gradients of w and b see the new a", stale=True),
        *(trains("sequential-update", order=tuple(order.split())) for order in _ORDERS),
        trains("missing-bias", "the bias does not move", trained=("w", "a")),
        trains("missing-first-layer", "only a moves", trained=("a",)),
        trains("missing-first-layer", "only b moves", trained=("b",)),
        trains("missing-first-layer", "w does not move", trained=("b", "a")),
        trains("missing-second-layer", "a does not move", trained=("w", "b")),
        trains("missing-second-layer", "only w moves", trained=("w",)),
        trains("missing-bias", WITHOUT_BIAS, bias=0.0),
        trains("factor-sqrt-m", "the network lacks m^-1/2", front=1.0),
    )


def _trained(part: str) -> Question:
    return Question(
        f"the trained {part}",
        lambda i: getattr(_right(i), part),
        confusions=(
            Confusion("not-moved", lambda i: i[part]),  # which tells nothing of the others
            *_confusions(lambda i, **options: getattr(_descend(i, **options), part)),
        ),
        section=(1, "5. The gradient at work"),
    )


def _change(
    i: Inputs,
    end: Callable[..., Params] = _descend,
    size: Measure = _norm,
    top: Measure = lambda size, k, k_s: size(k_s - k),
    bottom: Measure = lambda size, k, k_s: size(k),
    power: int = 1,
    **options: Any,
) -> Array:
    """How far the kernel moved, with something changed in the measure or in the training."""
    start = network_of(i)
    k, k_s = (empirical_ntk(params, i["angles"]) for params in (start, end(i, **options)))
    return np.asarray((top(size, k, k_s) / bottom(size, k, k_s)) ** power)


_NORMS = "norms, then their difference"
_measured = partial(changed, _change, "wrong-norm")
_KERNEL_CHANGE = Question(
    "kernel_change",
    partial(_change, end=_right),
    factors={"n": lambda i: np.asarray(float(len(i["angles"])))},
    confusions=(
        *_confusions(_change),
        _measured("the spectral norm", size=lambda k: _norm(k, 2)),
        _measured("the spectral norm of the change", top=lambda size, k, k_s: _norm(k_s - k, 2)),
        _measured("the spectral norm of K_0", bottom=lambda size, k, k_s: _norm(k, 2)),
        _measured(_NORMS, top=lambda size, k, k_s: abs(size(k_s) - size(k))),
        _measured(_NORMS, top=lambda size, k, k_s: size(k_s) - size(k)),
        _measured("the square", power=2),
        _measured("not relative to ‖K_0‖", bottom=lambda size, k, k_s: 1.0),
        _measured("relative to ‖K_s‖", bottom=lambda size, k, k_s: size(k_s)),
    ),
    section=(7, "Two ways to train"),
)


def _draw_training(rng: np.random.Generator, n: int, m: int) -> Arguments:
    settings = float(rng.uniform(0.02, 0.1)), int(rng.integers(3, 7))
    return (*draw_with_targets(rng, n, m), *settings)


def _trials(outputs: dict[str, Question]) -> Trials:
    no_steps = (*EQUAL[:3], np.array([0.1, 2.0]), TWO_TARGETS, 0.1, 0)
    single = (*SINGLE, TWO_TARGETS[:1], 0.1, 2)
    simple = (*EQUAL[:3], np.array([0.1, 2.0]), TWO_TARGETS, 0.1, 3)
    whole = (*WHOLE, np.array([0.5, -1.0, 2.0]), 0.1, 2)
    edges = (("for 0 steps", "edge-case", no_steps), ("for integer angles", "edge-case", whole))
    return Trials(outputs, _draw_training, edges, single, simple)


TRIALS: dict[str, Trials] = {
    "gradient_descent": _trials({part: _trained(part) for part in _ALL}),
    "kernel_change": _trials({"": _KERNEL_CHANGE}),
}
