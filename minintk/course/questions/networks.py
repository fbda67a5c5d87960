"""The network: the ReLU and its derivative, points of the circle, the output, the loss.

QUESTIONS   of formulas, by name
TRIALS      of functions, by exercise
grid                letters of a network at n samples and m neurons, as arrays that broadcast
draw_network        random networks: nothing is symmetric, no pre-activation is near 0
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..._require import Array
from ...circle import circle_points
from ...network import Params, forward, loss
from ..answers.trees import PLAIN_FUNCTIONS
from .question import Confusion, Inputs, Letter, Question, Trials, changed, filled, fixed, of_all

KINK_W = np.array([[1.0, 0.0], [0.5, -1.0], [0.0, 0.0]])
KINK_B, KINK_A = np.array([-1.0, 0.25, 0.0]), np.array([2.0, -1.0, 1.5])
KINK = (KINK_W, KINK_B, KINK_A, np.array([0.0, 2.0]))  # neurons 0 and 2 are exactly at 0
EQUAL = (KINK_W[:2], np.array([0.3, -0.2]), KINK_A[:2], np.array([1.0, 1.0, 2.0]))
SILENT = (-np.eye(2) * 0.1, np.array([-3.0, -3.0]), np.array([1.0, -1.0]), np.array([0.5, 1.5]))
WHOLE = (*EQUAL[:3], np.array([0, 1, 4]))  # angles that are integers in NumPy
SINGLE = (KINK_W[1:2], np.array([0.3]), np.array([1.5]), np.array([0.4]))
TWO_TARGETS = np.array([0.5, -1.0])
COUNTS = {"n": "n", "m": "m"}


def network_of(i: Inputs) -> Params:
    """The network whose parts are among the inputs."""
    return Params(i["w"], i["b"], i["a"])


def grid(i: Inputs) -> dict[str, Any]:
    """Samples down, neurons across: every letter of the formulas for all of them at once."""
    x = circle_points(i["angles"])
    known = {"x1": x[:, :1], "x2": x[:, 1:], "w1": i["w"][:, 0], "w2": i["w"][:, 1]}
    f = forward(network_of(i), i["angles"])[:, None]
    known |= {"z": x @ i["w"].T + i["b"], "n": len(x), "m": len(i["a"]), "f": f}
    if "targets" in i:
        known |= {"y": i["targets"][:, None], "r": f - i["targets"][:, None]}
    return known


def draw_network(rng: np.random.Generator, n: int, m: int) -> tuple[Array, ...]:
    """Random w, b, a and uneven angles."""
    while True:
        w, b, a = rng.standard_normal((m, 2)), rng.standard_normal(m) / 2, rng.uniform(0.5, 2, m)
        angles = rng.uniform(0, 2 * np.pi, n)
        if np.abs(circle_points(angles) @ w.T + b).min() > 1e-4:
            return w, b, a * rng.choice([-1.0, 1.0], m), angles


def draw_with_targets(rng: np.random.Generator, n: int, m: int) -> tuple[Array, ...]:
    """The same with targets."""
    return (*draw_network(rng, n, m), rng.uniform(-2, 2, n))


_SECTION = (1, "1. The network")
_Z = Letter("z", "the pre-activation", (-2, 2), (1.0, -1.0, 2.0), ("x", "t", "u"))
_TINY = np.outer([1.0, -1.0], 0.3 ** np.arange(6.0, 17.0))
_NEAR = "very near z = 0, where a difference quotient reaches across the kink"
_ZERO = ((_NEAR, "edge-case", {"z": np.ravel(_TINY)}), ("at z = 0", "kink", {"z": np.array([0.0])}))
STEPS = frozenset({"relu", "step", "heaviside", "relu_derivative"})

FOR_SLOPE = "relu(z) stands where its derivative relu'(z) belongs"
FOR_OUTPUT = "the derivative relu'(z) stands where relu(z) belongs"
_TWO_VALUES = "what is the value at z = 1, and at z = −1?"
_RELU = Question(
    "relu",
    lambda i: np.maximum(i["z"], 0.0),
    "the rectified linear unit",
    (_Z,),
    PLAIN_FUNCTIONS | (STEPS - {"relu"}),
    factors={"z": "z"},
    confusions=(
        Confusion("uses-relu-for-derivative", "step(z)", FOR_OUTPUT),
        Confusion("ignores-activation", "z"),
        Confusion("leaky", "abs(z)", "this is |z|"),
        Confusion("other-activation", "log(1 + exp(z))", "this is the softplus"),
        Confusion("other-activation", "max(0, 1 - z)", "this is the hinge loss, max(0, 1 − z)"),
        Confusion("supplement-of-sign", "max(-z, 0)", "this is relu(−z)"),
        Confusion("supplement-of-sign", "min(z, 0)"),
    ),
    hints=dict.fromkeys(("factor-2", "factor-1/2", "ignores-activation"), _TWO_VALUES),
    edges=_ZERO,
    section=_SECTION,
)
_RELU_DERIVATIVE = Question(
    "relu_derivative",
    lambda i: (i["z"] > 0) * 1.0,
    "the derivative of the ReLU, with the convention of minintk at 0",
    (_Z,),
    PLAIN_FUNCTIONS | (STEPS - {"relu_derivative"}),
    factors={"z": "z"},
    confusions=(
        Confusion("uses-relu-for-derivative", "relu(z)", FOR_SLOPE),
        Confusion("leaky", "sign(z)", "this is the sign, −1 below 0"),
        Confusion("ignores-activation", "1 + 0*z"),
        Confusion("other-activation", "1/(1 + exp(-z))", "this is the sigmoid"),
        Confusion("supplement-of-sign", "z < 0"),
    ),
    edges=_ZERO,
    section=(1, "4. What a kink does"),
)


def plain_letter(name: str, meaning: str, low: float, high: float, *aliases: str) -> Letter:
    """A letter between two values, with simple ones that suit it."""
    simple = {"f": (2.0, 3.0), "y": (1.0, 0.0), "m": (4.0, 9.0), "b": (0.0, 1.0)}
    simple |= {"x1": (0.6, -0.6), "x2": (0.8, -0.8)}  # on the circle
    return Letter(name, meaning, (low, high), simple.get(name, (1.0, 2.0, -1.0)), aliases)


OUTPUT = plain_letter("f", "the network's output at the sample", -2, 2, "output", "fx")
TARGET = plain_letter("y", "the target", -3, 3, "target", "ystar")
RESIDUAL = {"r": ("f − y", "f - y")}
ONE_SAMPLE = {"n": "the question is of one sample: a mean over n = 1"}
LOSS = Question(
    "loss",
    "(f - y)^2/2",
    "the loss of one sample (n = 1) of output f and target y",
    (OUTPUT, TARGET),
    shorthands=RESIDUAL,
    parts={"f²": "f^2/2", "y²": "y^2/2", "f y": "-f*y"},
    factors={"residual": "f - y"},
    confusions=(
        Confusion("wrong-norm", "abs(f - y)", "the absolute error, without a ½"),
        Confusion("wrong-norm", "abs(f - y)/2", "half the absolute error"),
        *(Confusion("missing-targets", f"{letter}^2/2", f"{letter} alone") for letter in "fy"),
    ),
    hints={
        "factor-2": "L has a ½ in front of the square",
        "factor-1/2": "there is one ½ only",
        "factor-n": "the mean, not the sum",
    },
    strays=ONE_SAMPLE,
    section=(1, "2. The loss, and its gradient from the outside in"),
)


def draw_outputs(rng: np.random.Generator, n: int, m: int) -> tuple[Array, ...]:
    """Two vectors: outputs and targets."""
    return rng.uniform(-2, 2, n), rng.uniform(-2, 2, n)


def outputs_as_letters(i: Inputs) -> dict[str, Any]:
    """The letters of one sample, for all samples at once."""
    r = i["output"] - i["targets"]
    return {"f": i["output"], "y": i["targets"], "r": r, "n": len(r)}


def _norm(i: Inputs) -> Any:
    return np.linalg.norm(i["r"])


_OF_MEAN = "the root of the mean"
_ONLY = "the factor 1/(2n) is right, the root is not"
_LOSS_OF_ARRAYS = of_all(
    LOSS,
    np.mean,
    right=lambda i: loss(i["output"], i["targets"]),
    factors={"n": "n"},
    confusions=(
        Confusion("wrong-norm", _norm, "the root of the sum"),
        Confusion("wrong-norm", lambda i: _norm(i) / i["n"] ** 0.5, f"{_OF_MEAN}, without a ½"),
        Confusion("wrong-norm", lambda i: _norm(i) / 2 / i["n"], f"the root of the sum; {_ONLY}"),
        Confusion("wrong-norm", lambda i: _norm(i) / 2 / i["n"] ** 0.5, _OF_MEAN),
        Confusion("sum-then-square", lambda i: np.mean(i["r"]) ** 2 / 2, "the mean is taken"),
        Confusion("sum-then-square", lambda i: i["r"].sum() ** 2 / i["n"] / 2, "the sum is taken"),
    ),
)
_PIECES = {"weight": "a", "output": "relu({z})", "z": "z"}


def _output(
    i: Inputs, angle: Callable[[Array], Array] | None = None, outside: str = "", **pieces: str
) -> Array:
    """The output as a sum over the neurons, with something changed in its terms.

    `outside`: what is summed inside of a ReLU.
    """
    found = {**i, **grid({**i, "angles": angle(i["angles"])})} if angle else i
    if outside:
        summed = filled(found, outside, _PIECES, **pieces) @ i["a"]
        return np.asarray(np.maximum(summed, 0.0) / np.sqrt(len(i["a"])))
    terms = filled(found, "({weight})*({output})/sqrt(m)", _PIECES, **pieces)
    return np.asarray(np.broadcast_to(terms, i["z"].shape).sum(axis=1))


_network = partial(changed, _output)
_FORWARD = Question(
    "forward",
    lambda i: forward(network_of(i), i["angles"]),
    factors=COUNTS,
    confusions=(
        _network("sin-cos-swapped", angle=lambda t: np.pi / 2 - t),
        _network("degrees", angle=np.radians),
        _network("missing-bias", "your pre-activation has no bias", z="(z - b)"),
        _network("sign-of-bias", "the bias is subtracted", z="(z - 2*b)"),
        _network("ignores-activation", output="{z}"),
        _network("leaky", output="abs({z})"),
        _network("leaky", output="where({z} > 0, {z}, 0.01*{z})"),
        _network("other-activation", "this is tanh", output="tanh({z})"),
        _network("uses-relu-for-derivative", FOR_OUTPUT, output="step({z})"),
        _network("wrong-variable", "a does not enter", weight="1"),
        *(
            _network("bias-outside", z="(z - b)", output=f"relu({{z}}) + {b}")
            for b in ("b", "b/a", "b*sqrt(m)/a")  # in the sum, and after it
        ),
        _network("weight-inside", weight="1", output="relu(a*{z})"),
        _network("relu-outside", outside="{z}"),
        _network("relu-outside", outside="relu({z})"),
    ),
    hints={"factor-sqrt-m": "where is the m^-1/2?"},
    section=_SECTION,
)


def _points(i: Inputs, fold: Callable[[Array], Any] = np.asarray, order: int = 1) -> Array:
    return circle_points(fold(i["angles"]))[:, ::order]


_SWAPPED = changed(_points, "sin-cos-swapped", order=-1)
_POINTS = Question(
    "circle_points",
    _points,
    confusions=(_SWAPPED, changed(_points, "degrees", fold=np.radians)),
    section=_SECTION,
)
_ENTRIES = (
    (_NEAR, "edge-case", (_TINY,)),
    ("at z = 0", "kink", (np.array([[0.0, -0.0]]),)),
    ("for whole numbers", "edge-case", (np.array([-1, 0, 2]),)),
)


def _entrywise(question: Question, *more: Confusion) -> Trials:
    return Trials(
        {"": of_all(question, np.asarray, confusions=more)},
        lambda rng, n, m: (rng.uniform(-3, 3, (n, m)),),
        _ENTRIES,
        (np.array([0.7]),),
    )


QUESTIONS = fixed(_RELU, _RELU_DERIVATIVE, LOSS)
TRIALS: dict[str, Trials] = {
    "relu": _entrywise(_RELU, Confusion("leaky", "where(z > 0, z, 0.01*z)")),
    "relu_derivative": _entrywise(_RELU_DERIVATIVE, Confusion("leaky", "where(z > 0, 1, 0.01)")),
    "circle_points": Trials(
        {"": _POINTS},
        lambda rng, n, m: (rng.uniform(-4, 8, n),),
        (("for integer angles", "edge-case", WHOLE[3:]),),
        (np.array([0.4]),),
    ),
    "forward": Trials(
        {"": _FORWARD},
        draw_network,
        (
            ("with a silent network", "edge-case", SILENT),
            ("with z = 0", "kink", KINK),
            ("for integer angles", "edge-case", WHOLE),
        ),
        SINGLE,
        letters=grid,
    ),
    "loss": Trials(
        {"": _LOSS_OF_ARRAYS},
        draw_outputs,
        single=(TWO_TARGETS[:1], TWO_TARGETS[1:]),
        letters=outputs_as_letters,
    ),
}
