"""What the grader asks of each exercise: inputs, right values, edges, and likely confusions.

NETWORK_PROBLEMS   name → Problem; those of kernels and dynamics are in `problems_of_kernels`

A right value comes from the hall. Generic cases have sizes n and m that are different primes, so
that a factor n cannot be taken for a factor m or 2; the edges are where programs break.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .._require import Array
from ..circle import circle_points
from ..jacobian import output_jacobian
from ..network import Params, forward, half_mean_square, loss_and_gradient, objective
from ..ntk import empirical_ntk, empirical_ntk_parts
from ..training import balance, gradient_descent
from .samples import Inputs, Question, Value

__all__ = ["NETWORK_PROBLEMS", "Problem"]

Arguments = tuple[Any, ...]
SIZES = ((5, 13), (7, 3), (3, 11), (11, 2), (2, 7), (13, 5), (5, 29))


@dataclass(frozen=True)
class Problem:
    """One exercise as the grader sees it.

    questions   one for each output, by its name
    draw        arguments of a generic case with n samples and m neurons
    edges       (what is special, name in the catalogue, arguments)
    single      arguments of one point only
    simple      arguments of few digits, where a drawn case cannot simply be rounded
    relative    relative tolerance: 1e-7 where an arccos may lose half of the digits, as it may
    entries     classes of entries of the output: (name in the catalogue, words, mask of a shape)
    """

    parameters: tuple[str, ...]
    questions: Mapping[str, Question]
    draw: Callable[[np.random.Generator, int, int], Arguments]
    edges: tuple[tuple[str, str, Arguments], ...] = ()
    single: Arguments | None = None
    simple: Arguments | None = None
    relative: float = 1e-9
    entries: tuple[tuple[str, str, Callable[[tuple[int, ...]], Any]], ...] = field(default=())

    @property
    def order(self) -> str:
        """The outputs as the exercise asks for them."""
        return ", ".join(self.questions)

    def inputs(self, arguments: Arguments) -> dict[str, Any]:
        """The arguments by name."""
        return dict(zip(self.parameters, arguments, strict=True))


def one_output(question: Question) -> dict[str, Question]:
    """The questions of a function with a single output.

    >>> list(one_output(Question("f", lambda inputs: 1.0)))
    ['']
    """
    return {"": question}


def _network(rng: np.random.Generator, n: int, m: int) -> Arguments:
    """Random a and b, uneven angles: nothing is symmetric, no pre-activation is near 0."""
    while True:
        w, b, a = rng.standard_normal((m, 2)), rng.standard_normal(m) / 2, rng.uniform(0.5, 2, m)
        angles = rng.uniform(0, 2 * np.pi, n)
        if np.abs(circle_points(angles) @ w.T + b).min() > 1e-4:
            return w, b, a * rng.choice([-1.0, 1.0], m), angles


def _with_targets(rng: np.random.Generator, n: int, m: int) -> Arguments:
    return (*_network(rng, n, m), rng.uniform(-2, 2, n))


def _training(rng: np.random.Generator, n: int, m: int) -> Arguments:
    return (*_with_targets(rng, n, m), float(rng.uniform(0.02, 0.1)), int(rng.integers(3, 7)))


def _params(i: Inputs) -> Params:
    return Params(i["w"], i["b"], i["a"])


def _points(i: Inputs) -> Array:
    return circle_points(i["angles"])


def _z(i: Inputs) -> Array:
    return np.asarray(_points(i) @ i["w"].T + i["b"])


def _h(i: Inputs) -> Array:
    return np.maximum(_z(i), 0.0)


def _d(i: Inputs) -> Any:
    return (_z(i) > 0) * 1.0


def _root_m(i: Inputs) -> float:
    return float(np.sqrt(len(i["a"])))


COUNTS: dict[str, Value] = {
    "n": lambda i: np.asarray(float(len(i["angles"]))),
    "m": lambda i: np.asarray(float(len(i["a"]))),
}
KINK_W = np.array([[1.0, 0.0], [0.5, -1.0], [0.0, 0.0]])
KINK_B, KINK_A = np.array([-1.0, 0.25, 0.0]), np.array([2.0, -1.0, 1.5])
KINK = (KINK_W, KINK_B, KINK_A, np.array([0.0, 2.0]))  # neurons 0 and 2 are exactly at 0
EQUAL = (KINK_W[:2], np.array([0.3, -0.2]), KINK_A[:2], np.array([1.0, 1.0, 2.0]))
SILENT = (-np.eye(2) * 0.1, np.array([-3.0, -3.0]), np.array([1.0, -1.0]), np.array([0.5, 1.5]))
_NUMBERS = np.array([[-1.5, 0.0, 2.0], [0.5, -0.0, -3.0]])


def _entrywise(
    name: str, right: Callable[[Any], Any], mistakes: tuple[tuple[str, Value, str], ...]
) -> Problem:
    question = Question(name, lambda i: np.asarray(right(i["z"])), mistakes=mistakes)
    return Problem(
        ("z",),
        one_output(question),
        lambda rng, n, m: (rng.uniform(-3, 3, (n, m)),),
        (("at z = 0", "kink", (_NUMBERS,)),),
        (np.array([0.7]),),
    )


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def _forward_with(
    x: Callable[[Inputs], Any] = _points,
    *,
    b: float = 1.0,
    activation: Callable[[Array], Any] = lambda z: np.maximum(z, 0.0),
    a: bool = True,
) -> Value:
    """The forward pass with something changed."""

    def value(i: Inputs) -> Array:
        h = activation(x(i) @ i["w"].T + b * i["b"])
        return np.asarray((h @ i["a"] if a else h.sum(axis=1)) / _root_m(i))

    return value


def _turned(i: Inputs) -> Array:
    return _points(i)[:, ::-1]


def _in_degrees(i: Inputs) -> Array:
    return circle_points(np.radians(i["angles"]))


_FORWARD = Question(
    "forward",
    lambda i: forward(_params(i), i["angles"]),
    factors=COUNTS,
    mistakes=(
        ("missing-bias", _forward_with(b=0.0), "the pre-activation has no bias"),
        ("sign-of-bias", _forward_with(b=-1.0), "the bias is subtracted"),
        ("ignores-activation", _forward_with(activation=lambda z: z), ""),
        (
            "product-of-means",
            lambda i: _h(i).sum(axis=1) * i["a"].sum() / _root_m(i),
            "The sum over the neurons is of products",
        ),
        ("leaky", _forward_with(activation=np.abs), ""),
        ("leaky", _forward_with(activation=lambda z: np.where(z > 0, z, 0.01 * z)), ""),
        ("other-activation", _forward_with(activation=np.tanh), "this is tanh"),
        ("other-activation", _forward_with(activation=_sigmoid), "this is the sigmoid"),
        ("uses-relu-for-derivative", _forward_with(activation=lambda z: (z > 0) * 1.0), ""),
        ("sin-cos-swapped", _forward_with(_turned), ""),
        ("degrees", _forward_with(_in_degrees), ""),
        ("wrong-variable", _forward_with(a=False), ": a does not enter"),
        ("relu-outside", lambda i: np.maximum(_z(i) @ i["a"], 0.0) / _root_m(i), ""),
        (
            "relu-outside",
            lambda i: np.maximum(_z(i) * i["a"], 0.0).sum(axis=1) / _root_m(i),
            "And the output weight does not belong inside it",
        ),
        ("relu-outside", lambda i: np.maximum(_h(i) @ i["a"], 0.0) / _root_m(i), ""),
        (
            "bias-outside",
            lambda i: (np.maximum(_points(i) @ i["w"].T, 0.0) + i["b"]) @ i["a"] / _root_m(i),
            "",
        ),
    ),
    hints={"factor-sqrt-m": "where is the m^-1/2?"},
    pointer="minintk.forward",
)


def _residual(i: Inputs) -> Array:
    return np.asarray(forward(_params(i), i["angles"]) - i["targets"])


def _backward_with(part: str, g: Callable[[Inputs], Any], d: Value = _d, h: Value = _h) -> Value:
    """The gradient of one part, from ∂L/∂f, the neurons' slopes and their outputs."""

    def value(i: Inputs) -> Array:
        scaled = g(i) / _root_m(i)
        if part == "a":
            return np.asarray(h(i).T @ scaled)
        slopes = scaled[:, None] * d(i) * i["a"]
        return np.asarray(slopes.sum(axis=0) if part == "b" else slopes.T @ _points(i))

    return value


def _mean_residual(i: Inputs) -> Array:
    return _residual(i) / len(i["targets"])


def _without_output_weight(part: str) -> Value:
    def value(i: Inputs) -> Array:
        slopes = (_mean_residual(i) / _root_m(i))[:, None] * _d(i)
        return np.asarray(slopes.sum(axis=0) if part == "b" else slopes.T @ _points(i))

    return value


def _gradient_question(part: str) -> Question:
    def right(i: Inputs) -> Array:
        gradient = loss_and_gradient(_params(i), i["angles"], i["targets"])[1]
        return np.asarray(getattr(gradient, part))

    ones = np.ones_like
    mistakes: list[tuple[str, Value, str]] = [
        (
            "missing-residual",
            _backward_with(part, lambda i: ones(_residual(i)) / len(_residual(i))),
            "",
        ),
        (
            "residual-squared",
            _backward_with(part, lambda i: _mean_residual(i) ** 2 * len(_z(i))),
            "the square",
        ),
        (
            "residual-squared",
            _backward_with(part, lambda i: _residual(i) ** 2 / len(_z(i))),
            "the square",
        ),
        (
            "missing-targets",
            _backward_with(part, lambda i: (_residual(i) + i["targets"]) / len(_z(i))),
            "",
        ),
        ("missing-targets", _backward_with(part, lambda i: -i["targets"] / len(_z(i))), ""),
    ]
    if part == "a":
        mistakes += [
            ("ignores-activation", _backward_with(part, _mean_residual, h=_z), ""),
            ("uses-relu-for-derivative", _backward_with(part, _mean_residual, h=_d), ""),
            (
                "wrong-variable",
                lambda i: _backward_with("a", _mean_residual)(i) * i["a"],
                ": a itself is not in this gradient",
            ),
        ]
    else:
        mistakes += [
            (
                "ignores-activation",
                _backward_with(part, _mean_residual, d=lambda i: ones(_z(i))),
                "",
            ),
            ("ignores-activation", _backward_with(part, _mean_residual, d=_z), "z for relu'(z)"),
            ("uses-relu-for-derivative", _backward_with(part, _mean_residual, d=_h), ""),
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


def _descend(
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
        moved = a - i["learning_rate"] * _backward_with("a", _mean_residual)(now)
        slopes = (_mean_residual(now) / _root_m(now))[:, None] * _d(now) * moved
        w = w - i["learning_rate"] * slopes.T @ _points(now)
        b = b - i["learning_rate"] * slopes.sum(axis=0)
        a = moved
    return Params(w, b, a)


def _trained_confusions(
    read: Callable[[Inputs, Params], Array],
) -> tuple[tuple[str, Value, str], ...]:
    def changed(**options: Any) -> Value:
        return lambda i: read(i, _descend(i, **options))

    def scaled(power: str) -> Value:
        n = {"n": 1.0, "1/n": -1.0}.get(power, 0.0)
        m = {"sqrt-m": 0.5, "1/sqrt-m": -0.5, "m": 1.0, "1/m": -1.0}.get(power, 0.0)
        return lambda i: read(i, _descend(i, rate=len(i["angles"]) ** n * len(i["a"]) ** m))

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
        ("one-step-too-few", lambda i: read(i, _descend({**i, "steps": 1})), "one only"),
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
                gradient_descent(_params(i), goal, i["learning_rate"], int(i["steps"]))[0], part
            )
        )

    return Question(
        f"the trained {part}",
        right,
        mistakes=_trained_confusions(lambda i, params: np.asarray(getattr(params, part))),
        pointer="minintk.gradient_descent",
    )


def _jacobian_with(*, d: Value = _d, a: bool = True, h: Value = _h) -> Value:
    def value(i: Inputs) -> Array:
        slopes = d(i) * (i["a"] if a else 1.0)
        first = (slopes[:, :, None] * _points(i)[:, None, :]).reshape(len(slopes), -1)
        return np.hstack([first, slopes, h(i)]) / _root_m(i)

    return value


def _ones(i: Inputs) -> Array:
    return np.ones_like(_z(i))


_JACOBIAN = Question(
    "jacobian",
    lambda i: output_jacobian(_params(i), i["angles"]),
    factors=COUNTS,
    mistakes=(
        ("ignores-activation", _jacobian_with(d=_ones), "in w and b"),
        ("ignores-activation", _jacobian_with(h=_z), "in a"),
        ("ignores-activation", _jacobian_with(d=_ones, h=_z), ""),
        ("uses-relu-for-derivative", _jacobian_with(d=_h), "in w and b"),
        ("uses-relu-for-derivative", _jacobian_with(h=_d), "in a"),
        ("uses-relu-for-derivative", _jacobian_with(d=_h, h=_d), ""),
        ("missing-output-weight", _jacobian_with(a=False), ""),
        ("standard-parametrisation", _jacobian_with(h=lambda i: _h(i) * _root_m(i)), ""),
    ),
    pointer="minintk.output_jacobian",
)


def _part_of_kernel(part: str) -> Value:
    return lambda i: empirical_ntk_parts(_params(i), i["angles"])[part]


def _kernel_of(j: Value) -> Value:
    return lambda i: np.asarray(j(i) @ j(i).T)


_EMPIRICAL = Question(
    "empirical_ntk",
    lambda i: empirical_ntk(_params(i), i["angles"]),
    terms={
        "first layer": _part_of_kernel("w"),
        "bias": _part_of_kernel("b"),
        "second layer": _part_of_kernel("a"),
    },
    factors=COUNTS,
    mistakes=(
        ("ignores-activation", _kernel_of(_jacobian_with(d=_ones)), "in w and b"),
        ("ignores-activation", _kernel_of(_jacobian_with(h=_z)), "in a"),
        ("uses-relu-for-derivative", _kernel_of(_jacobian_with(h=_d)), "in a"),
        ("missing-output-weight", _kernel_of(_jacobian_with(a=False)), ""),
        (
            "standard-parametrisation",
            _kernel_of(_jacobian_with(h=lambda i: _h(i) * _root_m(i))),
            "",
        ),
        (
            "missing-square",
            lambda i: (
                ((_points(i) @ _points(i).T + 1) * (_d(i) * i["a"] @ _d(i).T) + _h(i) @ _h(i).T)
                / len(i["a"])
            ),
            "",
        ),
    ),
    hints={
        "factor-m": "K = J Jᵀ has 1/m, from m^-1/2 twice",
        "factor-sqrt-m": "K = J Jᵀ has m^-1/2 twice",
        "factor-1/n": "the kernel is K, the operator is K/n",
    },
    pointer="minintk.empirical_ntk, minintk.factorised_ntk",
)


def _change(i: Inputs, params: Params) -> Array:
    before, after = (empirical_ntk(p, i["angles"]) for p in (_params(i), params))
    return np.asarray(np.linalg.norm(after - before) / np.linalg.norm(before))


def _change_as(measure: Callable[[Array, Array], Any]) -> Value:
    def value(i: Inputs) -> Array:
        before, after = (empirical_ntk(p, i["angles"]) for p in (_params(i), _descend(i)))
        return np.asarray(measure(before, after))

    return value


def _change_of_jacobian(i: Inputs) -> Array:
    before, after = (output_jacobian(p, i["angles"]) for p in (_params(i), _descend(i)))
    return np.asarray(np.linalg.norm(after - before) / np.linalg.norm(before))


_norm = np.linalg.norm
_CHANGE = Question(
    "kernel_change",
    lambda i: _change(i, _descend(i)),
    mistakes=(
        *_trained_confusions(_change),
        ("wrong-norm", _change_of_jacobian, "of the Jacobian, not of the kernel"),
        (
            "wrong-norm",
            _change_as(lambda k, k_s: _norm(k_s - k, 2) / _norm(k, 2)),
            "the spectral norm",
        ),
        (
            "wrong-norm",
            _change_as(lambda k, k_s: abs(k_s - k).max() / abs(k).max()),
            "the largest entry",
        ),
        (
            "wrong-norm",
            _change_as(lambda k, k_s: abs(k_s - k).sum() / abs(k).sum()),
            "the sum of sizes",
        ),
        (
            "wrong-norm",
            _change_as(lambda k, k_s: abs(_norm(k_s) - _norm(k)) / _norm(k)),
            "norms, then their difference",
        ),
        (
            "wrong-norm",
            _change_as(lambda k, k_s: (_norm(k_s) - _norm(k)) / _norm(k)),
            "norms, then their difference",
        ),
        ("wrong-norm", _change_as(lambda k, k_s: (_norm(k_s - k) / _norm(k)) ** 2), "the square"),
        ("wrong-norm", _change_as(lambda k, k_s: _norm(k_s - k)), "not relative to ‖K_0‖"),
        ("wrong-norm", _change_as(lambda k, k_s: _norm(k_s - k) / _norm(k_s)), "relative to ‖K_s‖"),
        ("wrong-norm", _change_as(lambda k, k_s: _norm(k_s) / _norm(k)), "the ratio of norms"),
        (
            "wrong-norm",
            _change_as(lambda k, k_s: 1 - (k * k_s).sum() / _norm(k) / _norm(k_s)),
            "1 − alignment",
        ),
        (
            "wrong-norm",
            _change_as(lambda k, k_s: abs(np.trace(k_s) - np.trace(k)) / np.trace(k)),
            "the trace",
        ),
    ),
    pointer="minintk.gradient_descent, minintk.empirical_ntk",
)

_LOSS = Question(
    "loss",
    lambda i: np.asarray(half_mean_square(i["output"], i["targets"])),
    terms={
        "f²": lambda i: np.mean(i["output"] ** 2) / 2,
        "y²": lambda i: np.mean(i["targets"] ** 2) / 2,
        "f y": lambda i: -np.mean(i["output"] * i["targets"]),
    },
    factors={"n": lambda i: np.asarray(float(len(i["output"])))},
    mistakes=(
        ("wrong-norm", lambda i: np.mean(np.abs(i["output"] - i["targets"])), "the absolute error"),
        ("wrong-norm", lambda i: np.linalg.norm(i["output"] - i["targets"]), "the root of the sum"),
        ("wrong-norm", lambda i: np.sqrt(np.mean((i["output"] - i["targets"]) ** 2)), "the root"),
        ("sum-then-square", lambda i: np.mean(i["output"] - i["targets"]) ** 2, ""),
        (
            "sign-of-term",
            lambda i: np.mean((i["output"] + i["targets"]) ** 2) / 2,
            "f + y for f − y",
        ),
    ),
    hints={"factor-2": "L has a ½ in front of the square", "factor-n": "the mean, not the sum"},
    pointer="minintk.half_mean_square",
)

_W = ("w", "b", "a", "angles")
_TRAIN = (*_W, "targets", "learning_rate", "steps")
_KINK_TARGETS, _TWO = np.array([1.0, -2.0]), np.array([0.5, -1.0])
_SINGLE = (KINK_W[1:2], np.array([0.3]), np.array([1.5]), np.array([0.4]))


def _vectors(rng: np.random.Generator, n: int, m: int) -> Arguments:
    return rng.uniform(-2, 2, n), rng.uniform(-2, 2, n)


def _columns(shape: tuple[int, ...], first: int, last: int) -> Any:
    """The columns from first·m to last·m of a matrix with 4m columns."""
    quarter = np.broadcast_to(np.arange(shape[1]) * 4 // shape[1], shape)
    return (quarter >= first) & (quarter < last)


def _without_component(j: int) -> Value:
    return lambda i: i["a"] ** 2 - i["w"][:, j] ** 2 - i["b"] ** 2


NETWORK_PROBLEMS: dict[str, Problem] = {
    "relu": _entrywise(
        "relu",
        lambda z: np.maximum(z, 0.0),
        (
            ("uses-relu-for-derivative", lambda i: (i["z"] > 0) * 1.0, ""),
            ("ignores-activation", lambda i: i["z"], ""),
            ("leaky", lambda i: np.abs(i["z"]), "This is |z|"),
            ("leaky", lambda i: np.where(i["z"] > 0, i["z"], 0.01 * i["z"]), ""),
            ("other-activation", lambda i: np.log1p(np.exp(i["z"])), "this is the softplus"),
            ("supplement-of-sign", lambda i: np.minimum(i["z"], 0.0), ""),
            ("supplement-of-sign", lambda i: np.maximum(-i["z"], 0.0), ""),
        ),
    ),
    "relu_derivative": _entrywise(
        "relu_derivative",
        lambda z: (z > 0) * 1.0,
        (
            ("uses-relu-for-derivative", lambda i: np.maximum(i["z"], 0.0), ""),
            ("leaky", lambda i: np.sign(i["z"]), "This is the sign"),
            ("leaky", lambda i: np.where(i["z"] > 0, 1.0, 0.01), ""),
            ("other-activation", lambda i: 1 / (1 + np.exp(-i["z"])), "this is the sigmoid"),
            ("supplement-of-sign", lambda i: (i["z"] < 0) * 1.0, ""),
        ),
    ),
    "circle_points": Problem(
        ("angles",),
        one_output(
            Question(
                "circle_points",
                _points,
                mistakes=(
                    ("sin-cos-swapped", _turned, ""),
                    ("degrees", _in_degrees, ""),
                    ("degrees", lambda i: circle_points(np.degrees(i["angles"])), ""),
                    ("degrees", lambda i: circle_points(2 * np.pi * i["angles"]), "in turns"),
                ),
                pointer="minintk.circle_points",
            )
        ),
        lambda rng, n, m: (rng.uniform(-4, 8, n),),
        single=(np.array([0.4]),),
    ),
    "forward": Problem(
        _W,
        one_output(_FORWARD),
        _network,
        (("with a silent network", "edge-case", SILENT), ("with z = 0", "kink", KINK)),
        _SINGLE,
    ),
    "loss": Problem(("output", "targets"), one_output(_LOSS), _vectors, (), (_TWO[:1], _TWO[1:])),
    "backward": Problem(
        (*_W, "targets"),
        {part: _gradient_question(part) for part in ("w", "b", "a")},
        _with_targets,
        (
            ("with z = 0", "kink", (*KINK, _KINK_TARGETS)),
            ("with a silent network", "edge-case", (*SILENT, _TWO)),
        ),
        (*_SINGLE, _TWO[:1]),
    ),
    "gradient_descent": Problem(
        _TRAIN,
        {part: _descent_question(part) for part in ("w", "b", "a")},
        _training,
        (("for 0 steps", "edge-case", (*EQUAL[:3], np.array([0.1, 2.0]), _TWO, 0.1, 0)),),
        (*_SINGLE, _TWO[:1], 0.1, 2),
    ),
    "jacobian": Problem(
        _W,
        one_output(_JACOBIAN),
        _network,
        (("with z = 0", "kink", KINK), ("with equal angles", "ties", EQUAL)),
        _SINGLE,
        entries=(
            ("wrong-block", "the columns of w", lambda shape: _columns(shape, 0, 2)),
            ("wrong-block", "the columns of b", lambda shape: _columns(shape, 2, 3)),
            ("wrong-block", "the columns of a", lambda shape: _columns(shape, 3, 4)),
        ),
    ),
    "empirical_ntk": Problem(
        _W,
        one_output(_EMPIRICAL),
        _network,
        (("with z = 0", "kink", KINK), ("with equal angles", "ties", EQUAL)),
        _SINGLE,
    ),
    "balance": Problem(
        ("w", "b", "a"),
        one_output(
            Question(
                "balance",
                lambda i: balance(_params(i)),
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
        lambda rng, n, m: _network(rng, n, m)[:3],
        single=_SINGLE[:3],
    ),
    "kernel_change": Problem(
        _TRAIN,
        one_output(_CHANGE),
        _training,
        (("for 0 steps", "edge-case", (*EQUAL[:3], np.array([0.1, 2.0]), _TWO, 0.1, 0)),),
        (*_SINGLE, _TWO[:1], 0.1, 2),
    ),
}
