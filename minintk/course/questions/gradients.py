"""The network's derivatives: backward pass, Jacobian, empirical NTK; what the flow conserves.

QUESTIONS   of formulas: one neuron, one sample, L = (f − y)²/2, z = w1 x1 + w2 x2 + b
TRIALS      of functions: all neurons, means over all samples
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..._require import Array
from ...jacobian import output_jacobian
from ...network import Params, loss_and_gradient
from ...ntk import empirical_ntk, empirical_ntk_parts
from ...training import balance
from ..answers.trees import PLAIN_FUNCTIONS
from . import networks
from .networks import COUNTS, OUTPUT, RESIDUAL, STEPS, TARGET, TWO_TARGETS, grid, network_of
from .question import Confusion, Inputs, Letter, Question, Trials, Value, changed, filled, fixed

A = networks.plain_letter("a", "the neuron's output weight", -2, 2, "ar")
W1 = networks.plain_letter("w1", "the neuron's first input weight", -2, 2, "wr1")
W2 = networks.plain_letter("w2", "the neuron's second input weight", -2, 2, "wr2")
B = networks.plain_letter("b", "the neuron's bias", -1, 1, "br")
X1 = networks.plain_letter("x1", "first coordinate of the sample, cos t", -1, 1)
X2 = networks.plain_letter("x2", "second coordinate of the sample, sin t", -1, 1)
M = Letter("m", "width of the network", [2.0, 3.0, 5.0, 7.0, 11.0, 13.0], (4.0, 9.0))
_NETWORK = (OUTPUT, TARGET, A, W1, W2, B, X1, X2, M)
_ON_THE_KINK = {
    **{"f": [2.0, 2.0], "y": [1.0, -1.0], "a": [3.0, -1.0], "m": [4.0, 9.0]},
    **{"w1": [1.0, 2.0], "w2": [1.0, 0.0], "b": [-1.0, 2.0], "x1": [1.0, -1.0], "x2": [0.0, 0.5]},
}
_HINTS = {
    "sign": "the residual is r = f − y",
    **dict.fromkeys(("factor-2", "factor-1/2"), "L has a ½ in front of the square"),
    "factor-n": "the loss is a mean over the samples",
    "factor-1/n": "the mean is taken once",
    "factor-sqrt-m": "where is the m^-1/2 of the network?",
    "factor-1/sqrt-m": "the network has m^-1/2 in front, once",
}
_SLOPE = "({residual})*({weight})*({gate})*({x})/sqrt(m)"
_PIECES = {"residual": "f - y", "weight": "a", "gate": "step({z})", "x": "1", "z": "z"}
_PIECES |= {"output": "relu({z})", "scale": "1"}
_OWN: dict[str, dict[str, str]] = {
    "dL_da": {"weight": "1", "gate": "relu({z})"},
    "dL_dw1": {"x": "x1"},
    "dL_dw2": {"x": "x2"},
    "dL_db": {},
}
_RESIDUALS = (  # what stands in place of the residual
    ("missing-residual", {"residual": "1"}, ""),
    ("residual-squared", {"residual": "r^2"}, "the square"),
    ("residual-squared", {"residual": "r^2/2"}, "the loss r²/2 itself"),
    ("missing-targets", {"residual": "f"}, ""),
    ("missing-targets", {"residual": "-y"}, ""),
)
_GATES = (
    ("ignores-activation", {"gate": "1"}, ""),
    ("uses-relu-for-derivative", {"gate": "relu({z})"}, networks.FOR_SLOPE),
)
_Z = ("wrong-variable", {"gate": "{z}"}, "z for relu'(z)")  # of a text an edit tells
_NO_A = ("missing-output-weight", {"weight": "1"}, "")
_GATES_OF_A = (
    ("ignores-activation", {"gate": "{z}"}, ""),
    ("uses-relu-for-derivative", {"gate": "step({z})"}, networks.FOR_OUTPUT),
    ("missing-bias", {"z": "(z - b)"}, "your pre-activation has no b"),
)
WITHOUT_BIAS = "this is the value for a network without a bias"
_NO_FRONT_THERE = "the output in the residual lacks m^-1/2; the derivative has its own"


def _of_neuron(name: str, *confusions: tuple[str, dict[str, str], str]) -> Question:
    """∂L/∂(parameter) of one neuron; each confusion changes pieces of it."""
    parameter = name.removeprefix("dL_d")
    right = partial(filled, template=_SLOPE, defaults={**_PIECES, **_OWN[name]})
    others = [o for o in _OWN if (o == "dL_da") != (name == "dL_da")]  # of the rest a factor tells
    said = "this is another derivative, ∂L/∂"
    parts = (("wrong-part", {**_PIECES, **_OWN[o]}, f"{said}{o[4:]}") for o in others)
    return Question(
        name,
        right,
        f"∂L/∂{parameter} of one neuron and one sample, L = (f − y)²/2, "
        "f = m^-1/2 Σ a relu(z), z = w1 x1 + w2 x2 + b",
        _NETWORK,
        PLAIN_FUNCTIONS | STEPS,
        {"z": ("w1 x1 + w2 x2 + b", "w1*x1 + w2*x2 + b"), **RESIDUAL},
        "a*relu(z)/sqrt(m)",
        factors={"residual": "f - y", **{v.name: v.name for v in _NETWORK[2:]}},
        confusions=tuple(
            changed(right, kind, note, **of)
            for kind, of, note in (*confusions, *_RESIDUALS, *parts)
            if note != "the square"  # which a power of the residual says
        ),
        hints=_HINTS,
        edges=(("with z = 0", "kink", {k: np.array(v) for k, v in _ON_THE_KINK.items()}),),
        strays=networks.ONE_SAMPLE,
        section=(1, "2. The loss, and its gradient from the outside in"),
    )


_OF_NEURON = {
    "dL_da": _of_neuron("dL_da", *_GATES_OF_A),
    "dL_dw1": _of_neuron("dL_dw1", _NO_A, *_GATES, ("wrong-variable", {"x": "x2"}, "x2 for x1")),
    "dL_dw2": _of_neuron("dL_dw2", _NO_A, *_GATES, ("wrong-variable", {"x": "x1"}, "x1 for x2")),
    "dL_db": _of_neuron("dL_db", _NO_A, *_GATES),
}


def gradient_of(i: Inputs, front: float | None = None, bias: float = 1.0) -> dict[str, Array]:
    """The gradient at the points x of a network f = front Σ a relu(w·x + bias b), by its parts.

    front = m^-1/2 unless given.
    """
    front = len(i["a"]) ** -0.5 if front is None else front
    x = i["x"]
    z = x @ i["w"].T + bias * i["b"]
    h = np.maximum(z, 0.0)
    g = front * (front * h @ i["a"] - i["targets"]) / len(x)
    slopes = g[:, None] * (z > 0) * i["a"]
    return {"w": slopes.T @ x, "b": bias * slopes.sum(axis=0), "a": h.T @ g}


def _slopes(
    i: Inputs, names: tuple[str, ...], turned: bool = False, bias: float = 1.0, **pieces: str
) -> Array:
    """Means over the samples of ∂L/∂(parameter), side by side where there are two."""
    i = i if bias == 1.0 else {**i, **grid({**i, "b": bias * i["b"]})}
    shape = np.broadcast_shapes(i["z"].shape, i["r"].shape)
    columns = [
        np.broadcast_to(filled(i, _SLOPE, {**_PIECES, **_OWN[n]}, **pieces), shape).mean(axis=0)
        for n in (reversed(names) if turned else names)
    ]
    return np.stack(columns, axis=1) if len(columns) > 1 else np.asarray(columns[0])


def _of_all(part: str) -> Question:
    """∂L/∂(part) of the whole network."""
    model = partial(_slopes, names=("dL_dw1", "dL_dw2") if part == "w" else (f"dL_d{part}",))
    of_a = ("wrong-variable", {"weight": "a"}, "a itself is not in this gradient"), *_GATES_OF_A
    more = of_a if part == "a" else (_NO_A, _Z, *_GATES)

    def right(i: Inputs) -> Array:
        gradient = loss_and_gradient(network_of(i), i["angles"], i["targets"])[1]
        return np.asarray(getattr(gradient, part))

    return replace(
        _OF_NEURON[model.keywords["names"][0]],
        name=f"∂L/∂{part}",
        right=right,
        factors=COUNTS,
        confusions=(
            *([changed(model, "sin-cos-swapped", turned=True)] if part == "w" else []),
            *(changed(model, kind, note, **of) for kind, of, note in (*_RESIDUALS, *more)),
            changed(model, "missing-bias", WITHOUT_BIAS, bias=0.0),
            changed(model, "factor-sqrt-m", _NO_FRONT_THERE, residual="sqrt(m)*f - y"),
        ),
    )


_NORM = "hypot(hypot(w1, w2), b)"
_ROOTS = ("a - w1 - w2 - b", "a - hypot(w1, w2) - b", f"a - {_NORM}", f"abs(a) - {_NORM}")
_BALANCE = Question(
    "balance",
    "a^2 - w1^2 - w2^2 - b^2",
    "what gradient flow conserves for every neuron: a positive term in a, no number before it",
    (A, W1, W2, B),
    parts={"a": "a^2", "w": "-w1^2 - w2^2", "b": "-b^2"},
    confusions=(
        *(Confusion("missing-squares", text, "the squares are missing") for text in _ROOTS),
        Confusion("missing-term", "a^2 - w1^2 - b^2", "one component of w is missing"),
        Confusion("missing-term", "a^2 - w2^2 - b^2", "one component of w is missing"),
    ),
    section=(7, "First exact law: every neuron keeps its balance"),
)
_DERIVATIVES = "({weight})*({gate})", "({output})*{scale}"  # in z, and in a


def _jacobian(i: Inputs, **pieces: str) -> Array:
    """The Jacobian from a neuron's output weight, its slope in the pre-activation, its output."""
    found = (filled(i, text, _PIECES, **pieces) for text in _DERIVATIVES)
    d, h = (np.broadcast_to(value, i["z"].shape) for value in found)
    first = np.stack([d * i["x1"], d * i["x2"]], axis=2).reshape(len(d), -1)
    return np.hstack([first, d, h]) / np.sqrt(i["m"])


def _kernel(i: Inputs, **pieces: str) -> Array:
    j = _jacobian(i, **pieces)
    return np.asarray(j @ j.T)


_OF_DERIVATIVES: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("ignores-activation", {"gate": "1"}, "it is so in w and b"),
    ("ignores-activation", {"output": "{z}"}, "it is so in a"),
    ("uses-relu-for-derivative", {"gate": "relu({z})"}, f"{networks.FOR_SLOPE}, in w and b"),
    ("uses-relu-for-derivative", {"output": "step({z})"}, f"{networks.FOR_OUTPUT}, in a"),
    ("missing-output-weight", {"weight": "1"}, ""),
    (*_Z[:2], f"{_Z[2]}, in w and b"),
    ("standard-parametrisation", {"scale": "sqrt(m)"}, ""),
)


def _columns(shape: tuple[int, ...], first: int, last: int) -> Any:
    """The columns from first·m to last·m of a matrix with 4m columns."""
    quarter = np.broadcast_to(np.arange(shape[1]) * 4 // shape[1], shape)
    return (quarter >= first) & (quarter < last)


_JACOBIAN = Question(
    "jacobian",
    lambda i: output_jacobian(network_of(i), i["angles"]),
    factors=COUNTS,
    confusions=tuple(changed(_jacobian, kind, note, **of) for kind, of, note in _OF_DERIVATIVES),
    classes=(
        ("wrong-block", "the columns of w", lambda i, shape: _columns(shape, 0, 2)),
        ("wrong-block", "the columns of b", lambda i, shape: _columns(shape, 2, 3)),
        ("wrong-block", "the columns of a", lambda i, shape: _columns(shape, 3, 4)),
    ),
    hints={"flat-order": "the columns are w row by row (w_11, w_12, w_21, …), then b, then a"},
    section=(2, "1. How the residual moves"),
)


def _part(part: str) -> Value:
    return lambda i: empirical_ntk_parts(network_of(i), i["angles"])[part]


def _one_a(i: Inputs) -> Array:
    points = i["x1"] * i["x1"].T + i["x2"] * i["x2"].T
    d, h = (i["z"] > 0) * 1.0, np.maximum(i["z"], 0.0)
    return np.asarray(((points + 1) * (d * i["a"] @ d.T) + h @ h.T) / i["m"])


_EMPIRICAL = Question(
    "empirical_ntk",
    lambda i: empirical_ntk(network_of(i), i["angles"]),
    parts={"first layer": _part("w"), "bias": _part("b"), "second layer": _part("a")},
    factors=COUNTS,
    confusions=(
        *(changed(_kernel, kind, note, **of) for kind, of, note in _OF_DERIVATIVES),
        Confusion("missing-square", _one_a),
        Confusion(
            "missing-bias",
            lambda i: empirical_ntk(Params(i["w"], 0 * i["b"], i["a"], ("w", "a")), i["angles"]),
            WITHOUT_BIAS,
        ),
    ),
    hints={
        **dict.fromkeys(("factor-m", "factor-1/m"), "K = J Jᵀ has 1/m, from m^-1/2 twice"),
        **dict.fromkeys(("factor-sqrt-m", "factor-1/sqrt-m"), "K = J Jᵀ has m^-1/2 twice"),
        "factor-1/n": "the kernel is K, the operator is K/n",
    },
    section=_JACOBIAN.section,
)


QUESTIONS = fixed(*_OF_NEURON.values(), _BALANCE)

_OF_NETWORKS = Trials(
    {"": _JACOBIAN},
    networks.draw_network,
    (
        ("with z = 0", "kink", networks.KINK),
        ("with equal angles", "ties", networks.EQUAL),
        ("for integer angles", "edge-case", networks.WHOLE),
    ),
    networks.SINGLE,
    letters=grid,
)
TRIALS: dict[str, Trials] = {
    "jacobian": _OF_NETWORKS,
    "empirical_ntk": replace(_OF_NETWORKS, outputs={"": _EMPIRICAL}),
    "backward": Trials(
        {part: _of_all(part) for part in ("w", "b", "a")},
        networks.draw_with_targets,
        (
            ("with z = 0", "kink", (*networks.KINK, np.array([1.0, -2.0]))),
            ("with a silent network", "edge-case", (*networks.SILENT, TWO_TARGETS)),
            ("for integer angles", "edge-case", (*networks.WHOLE, np.array([0.5, -1.0, 2.0]))),
        ),
        (*networks.SINGLE, TWO_TARGETS[:1]),
        letters=grid,
    ),
    "balance": Trials(
        {"": replace(_BALANCE, right=lambda i: balance(network_of(i)))},
        lambda rng, n, m: networks.draw_network(rng, n, m)[:3],
        single=networks.SINGLE[:3],
        letters=lambda i: {"w1": i["w"][:, 0], "w2": i["w"][:, 1]},
    ),
}
