"""What the grader asks of relu, its derivative, the points, the network and the loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..._require import Array
from ...circle import circle_points
from ...network import forward, loss
from ..samples import Inputs, Question, Value
from .problem import (
    COUNTS,
    KINK,
    NETWORK,
    SILENT,
    SINGLE,
    TWO_TARGETS,
    Problem,
    draw_network,
    draw_outputs,
    hidden,
    one_output,
    params_of,
    points_of,
    preactivations,
    root_m,
)

__all__ = ["NETWORK_PROBLEMS"]

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
    x: Callable[[Inputs], Any] = points_of,
    *,
    b: float = 1.0,
    activation: Callable[[Array], Any] = lambda z: np.maximum(z, 0.0),
    a: bool = True,
) -> Value:
    """The forward pass with something changed."""

    def value(i: Inputs) -> Array:
        h = activation(x(i) @ i["w"].T + b * i["b"])
        return np.asarray((h @ i["a"] if a else h.sum(axis=1)) / root_m(i))

    return value


def _turned(i: Inputs) -> Array:
    return points_of(i)[:, ::-1]


def _in_degrees(i: Inputs) -> Array:
    return circle_points(np.radians(i["angles"]))


_FORWARD = Question(
    "forward",
    lambda i: forward(params_of(i), i["angles"]),
    factors=COUNTS,
    mistakes=(
        ("missing-bias", _forward_with(b=0.0), "the pre-activation has no bias"),
        ("sign-of-bias", _forward_with(b=-1.0), "the bias is subtracted"),
        ("ignores-activation", _forward_with(activation=lambda z: z), ""),
        (
            "product-of-means",
            lambda i: hidden(i).sum(axis=1) * i["a"].sum() / root_m(i),
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
        ("relu-outside", lambda i: np.maximum(preactivations(i) @ i["a"], 0.0) / root_m(i), ""),
        (
            "relu-outside",
            lambda i: np.maximum(preactivations(i) * i["a"], 0.0).sum(axis=1) / root_m(i),
            "And the output weight does not belong inside it",
        ),
        ("relu-outside", lambda i: np.maximum(hidden(i) @ i["a"], 0.0) / root_m(i), ""),
        (
            "bias-outside",
            lambda i: (np.maximum(points_of(i) @ i["w"].T, 0.0) + i["b"]) @ i["a"] / root_m(i),
            "",
        ),
    ),
    hints={"factor-sqrt-m": "where is the m^-1/2?"},
    pointer="minintk.forward",
)
_LOSS = Question(
    "loss",
    lambda i: np.asarray(loss(i["output"], i["targets"])),
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
    pointer="minintk.loss",
)

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
            ("other-activation", lambda i: _sigmoid(i["z"]), "this is the sigmoid"),
            ("supplement-of-sign", lambda i: (i["z"] < 0) * 1.0, ""),
        ),
    ),
    "circle_points": Problem(
        ("angles",),
        one_output(
            Question(
                "circle_points",
                points_of,
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
        NETWORK,
        one_output(_FORWARD),
        draw_network,
        (("with a silent network", "edge-case", SILENT), ("with z = 0", "kink", KINK)),
        SINGLE,
    ),
    "loss": Problem(
        ("output", "targets"),
        one_output(_LOSS),
        draw_outputs,
        (),
        (TWO_TARGETS[:1], TWO_TARGETS[1:]),
    ),
}
