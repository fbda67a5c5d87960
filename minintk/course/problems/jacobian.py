"""What the grader asks of the Jacobian, the empirical NTK and its change in training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..._require import Array
from ...jacobian import output_jacobian
from ...network import Params
from ...ntk import empirical_ntk, empirical_ntk_parts
from ..samples import Inputs, Question, Value
from .descent import descend, trained_confusions
from .problem import (
    COUNTS,
    EQUAL,
    KINK,
    NETWORK,
    SINGLE,
    TRAINING,
    TWO_TARGETS,
    Problem,
    active,
    draw_network,
    draw_training,
    hidden,
    one_output,
    params_of,
    points_of,
    preactivations,
    root_m,
)

__all__ = ["JACOBIAN_PROBLEMS"]


def _jacobian_with(*, d: Value = active, a: bool = True, h: Value = hidden) -> Value:
    def value(i: Inputs) -> Array:
        slopes = d(i) * (i["a"] if a else 1.0)
        first = (slopes[:, :, None] * points_of(i)[:, None, :]).reshape(len(slopes), -1)
        return np.hstack([first, slopes, h(i)]) / root_m(i)

    return value


def _ones(i: Inputs) -> Array:
    return np.ones_like(preactivations(i))


_JACOBIAN = Question(
    "jacobian",
    lambda i: output_jacobian(params_of(i), i["angles"]),
    factors=COUNTS,
    mistakes=(
        ("ignores-activation", _jacobian_with(d=_ones), "in w and b"),
        ("ignores-activation", _jacobian_with(h=preactivations), "in a"),
        ("ignores-activation", _jacobian_with(d=_ones, h=preactivations), ""),
        ("uses-relu-for-derivative", _jacobian_with(d=hidden), "in w and b"),
        ("uses-relu-for-derivative", _jacobian_with(h=active), "in a"),
        ("uses-relu-for-derivative", _jacobian_with(d=hidden, h=active), ""),
        ("missing-output-weight", _jacobian_with(a=False), ""),
        ("standard-parametrisation", _jacobian_with(h=lambda i: hidden(i) * root_m(i)), ""),
    ),
    pointer="minintk.output_jacobian",
)


def _part_of_kernel(part: str) -> Value:
    return lambda i: empirical_ntk_parts(params_of(i), i["angles"])[part]


def _kernel_of(j: Value) -> Value:
    return lambda i: np.asarray(j(i) @ j(i).T)


_EMPIRICAL = Question(
    "empirical_ntk",
    lambda i: empirical_ntk(params_of(i), i["angles"]),
    terms={
        "first layer": _part_of_kernel("w"),
        "bias": _part_of_kernel("b"),
        "second layer": _part_of_kernel("a"),
    },
    factors=COUNTS,
    mistakes=(
        ("ignores-activation", _kernel_of(_jacobian_with(d=_ones)), "in w and b"),
        ("ignores-activation", _kernel_of(_jacobian_with(h=preactivations)), "in a"),
        ("uses-relu-for-derivative", _kernel_of(_jacobian_with(h=active)), "in a"),
        ("missing-output-weight", _kernel_of(_jacobian_with(a=False)), ""),
        (
            "standard-parametrisation",
            _kernel_of(_jacobian_with(h=lambda i: hidden(i) * root_m(i))),
            "",
        ),
        (
            "missing-square",
            lambda i: (
                (
                    (points_of(i) @ points_of(i).T + 1) * (active(i) * i["a"] @ active(i).T)
                    + hidden(i) @ hidden(i).T
                )
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
    before, after = (empirical_ntk(p, i["angles"]) for p in (params_of(i), params))
    return np.asarray(np.linalg.norm(after - before) / np.linalg.norm(before))


def _change_as(measure: Callable[[Array, Array], Any]) -> Value:
    def value(i: Inputs) -> Array:
        before, after = (empirical_ntk(p, i["angles"]) for p in (params_of(i), descend(i)))
        return np.asarray(measure(before, after))

    return value


def _change_of_jacobian(i: Inputs) -> Array:
    before, after = (output_jacobian(p, i["angles"]) for p in (params_of(i), descend(i)))
    return np.asarray(np.linalg.norm(after - before) / np.linalg.norm(before))


_norm = np.linalg.norm
_CHANGE = Question(
    "kernel_change",
    lambda i: _change(i, descend(i)),
    mistakes=(
        *trained_confusions(_change),
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


def _columns(shape: tuple[int, ...], first: int, last: int) -> Any:
    """The columns from first·m to last·m of a matrix with 4m columns."""
    quarter = np.broadcast_to(np.arange(shape[1]) * 4 // shape[1], shape)
    return (quarter >= first) & (quarter < last)


JACOBIAN_PROBLEMS: dict[str, Problem] = {
    "jacobian": Problem(
        NETWORK,
        one_output(_JACOBIAN),
        draw_network,
        (("with z = 0", "kink", KINK), ("with equal angles", "ties", EQUAL)),
        SINGLE,
        entries=(
            ("wrong-block", "the columns of w", lambda shape: _columns(shape, 0, 2)),
            ("wrong-block", "the columns of b", lambda shape: _columns(shape, 2, 3)),
            ("wrong-block", "the columns of a", lambda shape: _columns(shape, 3, 4)),
        ),
    ),
    "empirical_ntk": Problem(
        NETWORK,
        one_output(_EMPIRICAL),
        draw_network,
        (("with z = 0", "kink", KINK), ("with equal angles", "ties", EQUAL)),
        SINGLE,
    ),
    "kernel_change": Problem(
        TRAINING,
        one_output(_CHANGE),
        draw_training,
        (("for 0 steps", "edge-case", (*EQUAL[:3], np.array([0.1, 2.0]), TWO_TARGETS, 0.1, 0)),),
        (*SINGLE, TWO_TARGETS[:1], 0.1, 2),
    ),
}
