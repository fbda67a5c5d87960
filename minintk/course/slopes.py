"""Quantities of the network itself: the ReLU, the loss, its gradient, the balance, the angle.

SLOPE_QUANTITIES    name → builder, as in `quantities`

The gradients are those of one neuron and one sample: L = (f − y)²/2 with n = 1, f the output of
the whole network of width m, z = w1 x1 + w2 x2 + b the neuron's pre-activation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._require import Array
from .formula import PLAIN_FUNCTIONS
from .quantities import Quantity, Variable, uniform
from .samples import Inputs, Question, Value

__all__ = ["SLOPE_QUANTITIES"]

_STEPS = frozenset({"relu", "step", "heaviside", "relu_derivative"})


def _get(name: str) -> Value:
    return lambda i: np.asarray(i[name])


def _plain(name: str, meaning: str, low: float, high: float, *aliases: str) -> Variable:
    simple = {"f": (2.0, 3.0), "y": (1.0, 0.0), "m": (4.0, 9.0), "x2": (0.0, 1.0), "b": (0.0, 1.0)}
    return Variable(name, meaning, uniform(low, high), simple.get(name, (1.0, 2.0, -1.0)), aliases)


OUTPUT = _plain("f", "the network's output at the sample", -2, 2, "output", "fx")
TARGET = _plain("y", "the target", -3, 3, "target", "ystar")
A = _plain("a", "the neuron's output weight", -2, 2, "ar")
W1 = _plain("w1", "the neuron's first input weight", -2, 2, "wr1")
W2 = _plain("w2", "the neuron's second input weight", -2, 2, "wr2")
B = _plain("b", "the neuron's bias", -1, 1, "br")
X1 = _plain("x1", "first coordinate of the sample, cos t", -1, 1)
X2 = _plain("x2", "second coordinate of the sample, sin t", -1, 1)
M = Variable(
    "m", "width of the network", lambda rng, n: rng.choice([2.0, 3, 5, 7, 11, 13], n), (4.0, 9.0)
)
_NETWORK = (OUTPUT, TARGET, A, W1, W2, B, X1, X2, M)


def _preactivation(i: Inputs) -> Array:
    return np.asarray(i["w1"] * i["x1"] + i["w2"] * i["x2"] + i["b"])


def _residual(i: Inputs) -> Array:
    return np.asarray(i["f"] - i["y"])


def _step(i: Inputs) -> Any:
    return (_preactivation(i) > 0) * 1.0


def _relu(i: Inputs) -> Array:
    return np.maximum(_preactivation(i), 0.0)


_DERIVED = {"z": ("w1 x1 + w2 x2 + b", _preactivation), "r": ("f − y", _residual)}
_ON_THE_KINK = {
    **{"f": [2.0, 2.0], "y": [1.0, -1.0], "a": [3.0, -1.0], "m": [4.0, 9.0]},
    **{"w1": [1.0, 2.0], "w2": [1.0, 0.0], "b": [-1.0, 2.0], "x1": [1.0, -1.0], "x2": [0.0, 0.5]},
}


def _gradient(
    parameter: str, slope: Value, confusions: dict[str, Value]
) -> Callable[..., Quantity]:
    """∂L/∂(parameter) = (f − y) slope/√m, and the same with a confusion in place of the slope."""
    name = f"dL_d{parameter}"

    def times_residual(value: Value) -> Value:
        return lambda i: _residual(i) * value(i) / np.sqrt(i["m"])

    def build(bias: bool, k: str | None) -> Quantity:
        question = Question(
            name,
            times_residual(slope),
            factors={"residual": _residual, **{v.name: _get(v.name) for v in _NETWORK[2:]}},
            mistakes=tuple(
                (key.split(":")[0], times_residual(value), "".join(key.split(":")[1:]))
                for key, value in confusions.items()
            ),
            hints={
                "sign": "the residual is r = f − y, output minus target",
                "factor-2": "L has a ½ in front of the square",
                "factor-sqrt-m": "the network has m^-1/2 in front",
                "factor-1/sqrt-m": "the network has m^-1/2 in front, once",
            },
            pointer="minintk.backward",
        )
        return Quantity(
            question,
            f"∂L/∂{parameter} of one neuron and one sample, L = (f − y)²/2, "
            "f = m^-1/2 Σ a relu(z), z = w1 x1 + w2 x2 + b",
            _NETWORK,
            PLAIN_FUNCTIONS | _STEPS,
            _DERIVED,
            (("with z = 0", "kink", {key: np.array(v) for key, v in _ON_THE_KINK.items()}),),
        )

    return build


def _weight_gradient(own: str, other: str) -> Callable[..., Quantity]:
    x, w = f"x{own}", f"w{own}"
    return _gradient(
        w,
        lambda i: i["a"] * _step(i) * i[x],
        {
            "ignores-activation": lambda i: i["a"] * i[x],
            "uses-relu-for-derivative": lambda i: i["a"] * _relu(i) * i[x],
            f"wrong-variable:: x{other} for {x}": lambda i: i["a"] * _step(i) * i[f"x{other}"],
            f"wrong-variable:: {w} for {x}": lambda i: i["a"] * _step(i) * i[w],
            f"wrong-variable:: {w} for a": lambda i: i[w] * _step(i) * i[x],
            "ignores-activation:z stands for relu'(z)": lambda i: i["a"] * _preactivation(i) * i[x],
        },
    )


def _dL_db() -> Callable[..., Quantity]:  # noqa: N802
    return _gradient(
        "b",
        lambda i: i["a"] * _step(i),
        {
            "ignores-activation": _get("a"),
            "uses-relu-for-derivative": lambda i: i["a"] * _relu(i),
            "wrong-variable:: b for a": lambda i: i["b"] * _step(i),
        },
    )


def _dL_da() -> Callable[..., Quantity]:  # noqa: N802
    return _gradient(
        "a",
        _relu,
        {
            "ignores-activation": _preactivation,
            "uses-relu-for-derivative": _step,
            "ignores-activation:and the bias is missing": lambda i: (
                i["w1"] * i["x1"] + i["w2"] * i["x2"]
            ),
            "missing-bias:the pre-activation has no b": lambda i: np.maximum(
                i["w1"] * i["x1"] + i["w2"] * i["x2"], 0.0
            ),
        },
    )


_Z = Variable("z", "the pre-activation", uniform(-2, 2), (1.0, -1.0, 2.0), ("x", "t", "u"))


def _relu_alone(bias: bool, k: str | None) -> Quantity:
    question = Question(
        "relu",
        lambda i: np.maximum(i["z"], 0.0),
        factors={"z": _get("z")},
        mistakes=(
            ("uses-relu-for-derivative", lambda i: (i["z"] > 0) * 1.0, ""),
            ("ignores-activation", _get("z"), ""),
            ("leaky", lambda i: np.abs(i["z"]), "This is |z|"),
            ("other-activation", lambda i: np.log1p(np.exp(i["z"])), "this is the softplus"),
            ("supplement-of-sign", lambda i: np.minimum(i["z"], 0.0), ""),
            ("supplement-of-sign", lambda i: np.maximum(-i["z"], 0.0), ""),
        ),
        pointer="minintk.relu",
    )
    edges = (("at z = 0", "kink", {"z": np.array([0.0])}),)
    return Quantity(question, "the rectified linear unit", (_Z,), edges=edges)


def _relu_derivative(bias: bool, k: str | None) -> Quantity:
    question = Question(
        "relu_derivative",
        lambda i: (i["z"] > 0) * 1.0,
        factors={"z": _get("z")},
        mistakes=(
            ("uses-relu-for-derivative", lambda i: np.maximum(i["z"], 0.0), ""),
            ("leaky", lambda i: np.sign(i["z"]), "This is the sign, −1 below 0"),
            ("other-activation", lambda i: 1 / (1 + np.exp(-i["z"])), "this is the sigmoid"),
            ("supplement-of-sign", lambda i: (i["z"] < 0) * 1.0, ""),
        ),
        pointer="minintk.relu_derivative",
    )
    edges = (("at z = 0", "kink", {"z": np.array([0.0])}),)
    title = "the derivative of the ReLU, with the convention of minintk at 0"
    return Quantity(
        question, title, (_Z,), PLAIN_FUNCTIONS | (_STEPS - {"relu_derivative"}), edges=edges
    )


def _loss(bias: bool, k: str | None) -> Quantity:
    question = Question(
        "loss",
        lambda i: _residual(i) ** 2 / 2,
        terms={
            "f²": lambda i: i["f"] ** 2 / 2,
            "y²": lambda i: i["y"] ** 2 / 2,
            "f y": lambda i: -i["f"] * i["y"],
        },
        factors={"residual": _residual},
        mistakes=(("wrong-norm", lambda i: np.abs(_residual(i)) / 2, "the absolute error"),),
        hints={"factor-2": "L has a ½ in front of the square", "factor-1/2": "there is one ½ only"},
        pointer="minintk.loss",
    )
    title = "the loss of one sample (n = 1) of output f and target y"
    return Quantity(question, title, (OUTPUT, TARGET), derived={"r": _DERIVED["r"]})


def _balance(bias: bool, k: str | None) -> Quantity:
    question = Question(
        "balance",
        lambda i: i["a"] ** 2 - i["w1"] ** 2 - i["w2"] ** 2 - i["b"] ** 2,
        terms={
            "a": lambda i: i["a"] ** 2,
            "w": lambda i: -(i["w1"] ** 2) - i["w2"] ** 2,
            "b": lambda i: -(i["b"] ** 2),
        },
        mistakes=(
            ("missing-squares", lambda i: i["a"] - i["w1"] - i["w2"] - i["b"], "the squares are"),
            (
                "missing-squares",
                lambda i: i["a"] - np.sqrt(i["w1"] ** 2 + i["w2"] ** 2 + i["b"] ** 2),
                "the squares are",
            ),
            (
                "missing-squares",
                lambda i: np.abs(i["a"]) - np.sqrt(i["w1"] ** 2 + i["w2"] ** 2 + i["b"] ** 2),
                "the squares are",
            ),
            (
                "missing-term",
                lambda i: i["a"] ** 2 - i["w1"] ** 2 - i["b"] ** 2,
                "one component of w is missing",
            ),
            (
                "missing-term",
                lambda i: i["a"] ** 2 - i["w2"] ** 2 - i["b"] ** 2,
                "one component of w is missing",
            ),
        ),
        pointer="minintk.balance; Du et al. 2018",
    )
    title = "what gradient flow conserves for every neuron (positive in a)"
    return Quantity(question, title, (A, W1, W2, B))


def _points(t: Any, u: Any) -> dict[str, Array]:
    return {"x1": np.cos(t), "x2": np.sin(t), "y1": np.cos(u), "y2": np.sin(u)}


def _draw_points(rng: np.random.Generator, count: int) -> dict[str, Array]:
    return _points(rng.uniform(0, 2 * np.pi, count), rng.uniform(0, 2 * np.pi, count))


def _dot(i: Inputs) -> Array:
    return np.asarray(i["x1"] * i["y1"] + i["x2"] * i["y2"])


def _cross(i: Inputs) -> Array:
    return np.asarray(i["x1"] * i["y2"] - i["x2"] * i["y1"])


def _angle(i: Inputs) -> Array:
    return np.arctan2(np.abs(_cross(i)), _dot(i))


def _angle_between(bias: bool, k: str | None) -> Quantity:
    turned = np.linspace(0, 2 * np.pi, 97)[1:]  # on some of these x·x is above 1 by rounding
    halves = "This loses which half of the circle the angle is in"
    question = Question(
        "angle_between",
        _angle,
        mistakes=(
            ("cos-for-angle", _dot, ""),
            ("degrees", lambda i: np.degrees(_angle(i)), ""),
            ("supplement", lambda i: np.pi - _angle(i), ""),
            ("no-absolute-value", lambda i: np.arctan2(_cross(i), _dot(i)), ""),
            ("no-absolute-value", lambda i: -np.arctan2(_cross(i), _dot(i)), ""),
            ("other-branch", lambda i: np.arctan(np.abs(_cross(i)) / _dot(i)), halves),
            ("other-branch", lambda i: np.arctan(_cross(i) / _dot(i)), halves),
            ("other-branch", lambda i: np.abs(np.arctan(_cross(i) / _dot(i))), halves),
            ("other-branch", lambda i: np.arcsin(np.abs(_cross(i))), halves),
            ("other-branch", lambda i: np.arcsin(_cross(i)), halves),
            ("other-branch", lambda i: np.arccos(np.abs(_dot(i))), halves),
            ("argument-order", lambda i: np.arctan2(_dot(i), np.abs(_cross(i))), "arctan2"),
            ("argument-order", lambda i: np.arctan2(_dot(i), _cross(i)), "arctan2"),
            ("cos-for-angle", lambda i: np.abs(_cross(i)), "This is the sine of the angle"),
            ("cos-for-angle", _cross, "This is the sine of the angle"),
            ("other-branch", _difference, "The difference of two angles can be above π"),
            ("other-branch", lambda i: np.abs(_difference(i)), "It can be above π"),
            (
                "chord-for-angle",
                lambda i: np.hypot(i["x1"] - i["y1"], i["x2"] - i["y2"]),
                "",
            ),
        ),
        pointer="minintk.angle_between",
    )
    coordinate = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0))
    pairs = [(p, q) for p in coordinate[:2] for q in coordinate]
    return Quantity(
        question,
        "angle θ in [0, π] between two points of the unit circle, (x1, x2) and (y1, y2)",
        tuple(
            Variable(
                n,
                f"{'first' if n[1] == '1' else 'second'} coordinate of {n[0]}",
                uniform(-1, 1),
                (),
            )
            for n in ("x1", "x2", "y1", "y2")
        ),
        edges=(
            ("where the points coincide", "arccos-above-one", _points(turned, turned)),
            ("where the points are opposite", "arccos-above-one", _opposite(turned)),
        ),
        draw=_draw_points,
        simple=tuple({"x1": p[0], "x2": p[1], "y1": q[0], "y2": q[1]} for p, q in pairs),
    )


def _difference(i: Inputs) -> Array:
    return np.arctan2(i["x2"], i["x1"]) - np.arctan2(i["y2"], i["y1"])


def _opposite(t: Array) -> dict[str, Array]:
    points = _points(t, t)
    return points | {"y1": -points["x1"], "y2": -points["x2"]}


SLOPE_QUANTITIES: dict[str, Callable[[bool, str | None], Quantity]] = {
    "angle_between": _angle_between,
    "relu": _relu_alone,
    "relu_derivative": _relu_derivative,
    "loss": _loss,
    "dL_da": _dL_da(),
    "dL_dw1": _weight_gradient("1", "2"),
    "dL_dw2": _weight_gradient("2", "1"),
    "dL_db": _dL_db(),
    "balance": _balance,
}
