"""The Jacobian and the empirical NTK.

TRIALS   of functions, by exercise
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._require import Array
from ...jacobian import output_jacobian
from ...network import Params
from ...ntk import empirical_ntk, empirical_ntk_parts
from .networks import (
    COUNTS,
    EQUAL,
    FOR_OUTPUT,
    FOR_SLOPE,
    KINK,
    SINGLE,
    WHOLE,
    draw_network,
    grid,
    network_of,
)
from .question import Confusion, Inputs, Question, Trials, Value, changed, filled

__all__ = ["TRIALS"]


_PIECES = {"weight": "a", "gate": "step({z})", "output": "relu({z})", "z": "z", "scale": "1"}
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


_CONFUSIONS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("ignores-activation", {"gate": "1"}, "it is so in w and b"),
    ("ignores-activation", {"output": "{z}"}, "it is so in a"),
    ("ignores-activation", {"gate": "1", "output": "{z}"}, ""),
    ("uses-relu-for-derivative", {"gate": "relu({z})"}, f"{FOR_SLOPE}, in w and b"),
    ("uses-relu-for-derivative", {"output": "step({z})"}, f"{FOR_OUTPUT}, in a"),
    (
        "uses-relu-for-derivative",
        {"gate": "relu({z})", "output": "step({z})"},
        "relu(z) and its derivative relu'(z) have changed places",
    ),
    ("missing-output-weight", {"weight": "1"}, ""),
    ("standard-parametrisation", {"scale": "sqrt(m)"}, ""),
    ("missing-bias", {"z": "(z - b)"}, "the pre-activation has no bias"),
)


def _columns(shape: tuple[int, ...], first: int, last: int) -> Any:
    """The columns from first·m to last·m of a matrix with 4m columns."""
    quarter = np.broadcast_to(np.arange(shape[1]) * 4 // shape[1], shape)
    return (quarter >= first) & (quarter < last)


_JACOBIAN = Question(
    "jacobian",
    lambda i: output_jacobian(network_of(i), i["angles"]),
    factors=COUNTS,
    confusions=tuple(changed(_jacobian, kind, note, **of) for kind, of, note in _CONFUSIONS),
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
        *(changed(_kernel, kind, note, **of) for kind, of, note in _CONFUSIONS),
        Confusion("missing-square", _one_a),
        Confusion(
            "missing-bias",
            lambda i: empirical_ntk(Params(i["w"], 0 * i["b"], i["a"], ("w", "a")), i["angles"]),
            "the network has no bias",
        ),
    ),
    hints={
        **dict.fromkeys(("factor-m", "factor-1/m"), "K = J Jᵀ has 1/m, from m^-1/2 twice"),
        **dict.fromkeys(("factor-sqrt-m", "factor-1/sqrt-m"), "K = J Jᵀ has m^-1/2 twice"),
        "factor-1/n": "the kernel is K, the operator is K/n",
    },
    section=(3, "1. The kernel is a mean, and so is its limit"),
)


def _trials(question: Question) -> Trials:
    edges = (
        ("with z = 0", "kink", KINK),
        ("with equal angles", "ties", EQUAL),
        ("for integer angles", "edge-case", WHOLE),
    )
    return Trials({"": question}, draw_network, edges, SINGLE, letters=grid)


TRIALS = {"jacobian": _trials(_JACOBIAN), "empirical_ntk": _trials(_EMPIRICAL)}
