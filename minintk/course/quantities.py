"""The quantities that `check` knows: what each is, its variables, and the confusions it invites.

Quantity           what a formula is checked against
KERNEL_QUANTITIES  name → builder; a builder takes (bias, k) and returns the `Quantity`

The kernels are here, eigenvalues and dynamics in `rates`, the network in `slopes`. A value is a
function of a mapping from the variables to arrays, evaluated at many inputs at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .._require import Array
from ..arccosine import kappa0, kappa1, ntk_of_angle
from ..law import Law
from .formula import PLAIN_FUNCTIONS
from .samples import Inputs, Question, Value

__all__ = ["KERNEL_QUANTITIES", "Quantity", "Variable"]

Draw = Callable[[np.random.Generator, int], Array]


@dataclass(frozen=True)
class Variable:
    """A variable of a formula: its unit or range, other spellings, and how it is drawn."""

    name: str
    meaning: str
    draw: Draw
    simple: tuple[float, ...]
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Quantity:
    """What a formula is checked against; `derived` are shorthands such as z = w·x + b.

    edges     inputs where formulas break: (what is special, its name in the catalogue, values)
    classes   classes of inputs where a formula may be right in one and wrong in another
    draw, simple   joint draws, and simple inputs, where the variables depend on each other
    """

    question: Question
    title: str
    variables: tuple[Variable, ...]
    functions: frozenset[str] = PLAIN_FUNCTIONS
    derived: Mapping[str, tuple[str, Value]] = field(default_factory=dict)
    edges: tuple[tuple[str, str, Mapping[str, Any]], ...] = ()
    classes: tuple[tuple[str, str, Callable[[Inputs], Any]], ...] = ()
    draw: Callable[[np.random.Generator, int], dict[str, Array]] | None = None
    simple: tuple[Mapping[str, float], ...] = ()

    def inputs(self, rng: np.random.Generator, count: int) -> dict[str, Array]:
        """Generic values of the variables, and of the shorthands made of them."""
        drawn = {v.name: v.draw(rng, count) for v in self.variables}
        return self.complete(self.draw(rng, count) if self.draw else drawn)

    def complete(self, values: Mapping[str, Any]) -> dict[str, Array]:
        """The variables with their shorthands."""
        known = {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}
        return known | {name: value(known) for name, (_, value) in self.derived.items()}


def uniform(low: float, high: float) -> Draw:
    """A variable that is drawn uniformly.

    >>> uniform(2.0, 2.0)(np.random.default_rng(0), 3)
    array([2., 2., 2.])
    """
    return lambda rng, n: rng.uniform(low, high, n)


ANGLE = Variable(
    "t",
    "angle θ between the points, radians in [0, π]",
    uniform(0.2, np.pi - 0.2),
    (np.pi / 2, 1.0, 2.0, 0.5),
    ("theta", "angle", "phi", "alpha"),
)
KERNELS = frozenset({"kappa0", "kappa1"})


def _k0(theta: Any) -> Array:
    """κ0 without its domain: confusions take it anywhere."""
    return np.asarray((np.pi - theta) / np.pi)


def _k1(theta: Any) -> Array:
    return np.asarray((np.sin(theta) + (np.pi - theta) * np.cos(theta)) / np.pi)


def _angle_confusions(value: Callable[[Any], Array]) -> tuple[tuple[str, Value, str], ...]:
    """A function of θ, given cos θ, π − θ or degrees."""
    return (
        ("supplement", lambda i: value(np.pi - i["t"]), ""),
        ("cos-for-angle", lambda i: value(np.cos(i["t"])), ""),
        ("cos-for-angle", lambda i: value(np.arccos(np.cos(i["t"]) / 2)), ""),
        ("degrees", lambda i: value(np.degrees(i["t"])), ""),
        ("degrees", lambda i: value(np.radians(i["t"])), ""),
    )


def _of_angle(
    name: str,
    title: str,
    right: Callable[[Any], Array],
    *,
    free: Callable[[Any], Array],
    pointer: str,
    functions: frozenset[str] = PLAIN_FUNCTIONS | KERNELS,
    mistakes: tuple[tuple[str, Value, str], ...] = (),
    **parts: Any,
) -> Quantity:
    question = Question(
        name,
        lambda inputs: right(inputs["t"]),
        mistakes=(*mistakes, *_angle_confusions(free)),
        pointer=pointer,
        **parts,
    )
    edges = tuple(
        (f"at {words}", "not-a-number", {"t": np.array(values)})
        for words, values in (("θ = 0", [0.0]), ("θ = π", [np.pi]), ("θ = π/2", [np.pi / 2]))
    )
    return Quantity(question, title, (ANGLE,), functions, edges=edges)


def _term(function: Callable[[Any], Any]) -> Value:
    return lambda inputs: np.asarray(function(inputs["t"]))


def _kappa0(bias: bool, k: str | None) -> Quantity:
    return _of_angle(
        "kappa0",
        "arc-cosine kernel of order 0, 1 at θ = 0: 2 E[1(w·x > 0) 1(w·x' > 0)], w ~ N(0, I)",
        kappa0,
        free=_k0,
        pointer="minintk.kappa0; Cho & Saul 2009",
        functions=PLAIN_FUNCTIONS,
        mistakes=(("kappa-swapped", _term(_k1), "This is κ1, not κ0"),),
        terms={"1": _term(np.ones_like), "θ/π": _term(lambda t: -t / np.pi)},
        hints={
            "factor-1/2": "did you give E[1 1'], which is κ0/2?",
            "factor-pi": "J0 of Cho & Saul?",
        },
    )


def _kappa1(bias: bool, k: str | None) -> Quantity:
    return _of_angle(
        "kappa1",
        "arc-cosine kernel of order 1, 1 at θ = 0: 2 E[relu(w·x) relu(w·x')], |x| = |x'| = 1",
        kappa1,
        free=_k1,
        pointer="minintk.kappa1; Cho & Saul 2009",
        functions=PLAIN_FUNCTIONS,
        mistakes=(
            ("kappa-swapped", _term(_k0), "This is κ0, not κ1"),
            (
                "sin-cos-swapped",
                _term(lambda t: (np.cos(t) + (np.pi - t) * np.sin(t)) / np.pi),
                "",
            ),
        ),
        terms={
            "sin θ": _term(lambda t: np.sin(t) / np.pi),
            "(π − θ) cos θ": _term(lambda t: _k0(t) * np.cos(t)),
        },
        finer={
            "sin θ": _term(lambda t: np.sin(t) / np.pi),
            "π cos θ": _term(np.cos),
            "θ cos θ": _term(lambda t: -t * np.cos(t) / np.pi),
        },
        foreign={"sin θ without 1/π, or π sin θ": _term(lambda t: t * np.sin(t))},
        hints={
            "factor-1/2": "did you give E[relu relu'], which is κ1/2?",
            "factor-pi": "did you give J1 of Cho & Saul?",
        },
    )


def _expectation_of_steps(bias: bool, k: str | None) -> Quantity:
    return _of_angle(
        "expectation_of_steps",
        "E[1(w·x > 0) 1(w·x' > 0)], w ~ N(0, I): the chance that both are active",
        lambda t: kappa0(t) / 2,
        free=lambda t: _k0(t) / 2,
        pointer="minintk.kappa0",
        mistakes=(("kappa-swapped", _term(lambda t: _k1(t) / 2), ""),),
        terms={"1/2": _term(lambda t: 0.5 + 0 * t), "θ/2π": _term(lambda t: -t / (2 * np.pi))},
        hints={"factor-2": "did you give κ0 itself, which is 1 at angle 0?"},
    )


def _expectation_of_relus(bias: bool, k: str | None) -> Quantity:
    return _of_angle(
        "expectation_of_relus",
        "E[relu(w·x) relu(w·x')], w ~ N(0, I), |x| = |x'| = 1",
        lambda t: kappa1(t) / 2,
        free=lambda t: _k1(t) / 2,
        pointer="minintk.kappa1",
        mistakes=(("kappa-swapped", _term(lambda t: _k0(t) / 2), ""),),
        terms={
            "sin θ": _term(lambda t: np.sin(t) / (2 * np.pi)),
            "(π − θ) cos θ": _term(lambda t: _k0(t) * np.cos(t) / 2),
        },
        finer={
            "sin θ": _term(lambda t: np.sin(t) / (2 * np.pi)),
            "π cos θ": _term(lambda t: np.cos(t) / 2),
            "θ cos θ": _term(lambda t: -t * np.cos(t) / (2 * np.pi)),
        },
        hints={"factor-2": "did you give κ1 itself, which is 1 at angle 0?"},
    )


_NTK_TERMS: dict[str, Callable[[Any], Any]] = {
    "first layer": lambda t: np.cos(t) * _k0(t) / 2,
    "bias": lambda t: _k0(t) / 2,
    "second layer": lambda t: _k1(t) / 2,
}


def _ntk(bias: bool, k: str | None) -> Quantity:
    b = 1.0 if bias else 0.0
    terms = {p: _term(f) for p, f in _NTK_TERMS.items() if bias or p != "bias"}
    foreign = {} if bias else {"bias": _term(_NTK_TERMS["bias"])}

    def free(t: Any) -> Array:
        return np.asarray(0.5 * ((np.cos(t) + b) * _k0(t) + _k1(t)))

    swapped = _term(lambda t: 0.5 * ((np.cos(t) + b) * _k1(t) + _k0(t)))
    arguments = _term(lambda t: 0.5 * ((t + b) * _k0(t) + _k1(t)))
    return _of_angle(
        "ntk",
        "infinite-width NTK on the circle, all parts trained, E a² = 1, b = 0 at the start "
        + ("(with a trained bias)" if bias else "(without bias)"),
        lambda t: ntk_of_angle(t, law=Law(bias=bias)),
        free=free,
        pointer="minintk.ntk_of_angle",
        mistakes=(("kappa-swapped", swapped, ""), ("cos-for-angle", arguments, "θ for cos θ")),
        terms=terms,
        sums=("second layer",),
        finer={
            "sin θ": _term(lambda t: np.sin(t) / (2 * np.pi)),
            "(π − θ) cos θ": _term(lambda t: np.cos(t) * _k0(t)),
            **({"π − θ": _term(_NTK_TERMS["bias"])} if bias else {}),
        },
        foreign=foreign | {"cos θ κ1": _term(lambda t: np.cos(t) * _k1(t))},
        hints={"factor-2": "is it Bietti & Mairal's kernel, with √(2/m) in front?"},
    )


def _ntk_part(part: str) -> Callable[[bool, str | None], Quantity]:
    function = _NTK_TERMS[part]
    name = f"ntk_{part.replace(' ', '_')}"
    others = [p for p in _NTK_TERMS if p != part]

    def build(bias: bool, k: str | None) -> Quantity:
        said = "This is another part of the kernel: the {}"
        return _of_angle(
            name,
            f"the {part}'s part of the infinite-width NTK (b = 0 at the start, E a² = 1)",
            lambda t: np.asarray(function(t)),
            free=lambda t: np.asarray(function(t)),
            pointer="minintk.ntk_parts_of_angle",
            mistakes=(
                *(("wrong-part", _term(_NTK_TERMS[p]), said.format(p)) for p in others),
                ("kappa-swapped", _term(_SWAPPED_PART[part]), ""),
            ),
            terms={part: _term(function)},
            foreign={p: _term(_NTK_TERMS[p]) for p in others},
            hints={"factor-2": "E[1 1'] is κ0/2 and E[relu relu'] is κ1/2"},
        )

    return build


_SWAPPED_PART: dict[str, Callable[[Any], Any]] = {
    "first layer": lambda t: np.cos(t) * _k1(t) / 2,
    "bias": lambda t: _k1(t) / 2,
    "second layer": lambda t: _k0(t) / 2,
}


def _lifted(inputs: Inputs) -> Array:
    beta = inputs["beta"]
    cosine = (np.cos(inputs["t"]) + beta**2) / (1 + beta**2)
    return np.arccos(np.clip(cosine, -1, 1))


def _with_bias_std(u: Any, inputs: Inputs, *, w: float = 1, b: float = 1, a: float = 1) -> Array:
    size = a * (1 + inputs["beta"] ** 2)
    return np.asarray(0.5 * ((w * np.cos(inputs["t"]) + b) * _k0(u) + size * _k1(u)))


def _whole_ntk_with_bias_std(bias: bool, k: str | None) -> Quantity:
    beta = Variable(
        "beta", "standard deviation β of the bias, above 0", uniform(0.3, 2), (1.0, 0.5)
    )
    zero = np.zeros(3)

    def right(inputs: Inputs) -> Array:
        pairs = np.broadcast_arrays(inputs["t"], inputs["beta"])
        values = [
            ntk_of_angle(t, law=Law(bias_std=s)) for t, s in zip(*map(np.ravel, pairs), strict=True)
        ]
        return np.reshape(values, pairs[0].shape)

    def unlifted(inputs: Inputs) -> Array:
        return _with_bias_std(inputs["t"], inputs)

    said = "the second layer's size is 1 + β², not 1"
    question = Question(
        "whole_ntk_with_bias_std",
        right,
        mistakes=(
            ("bias-std-in-angle", unlifted, ""),
            ("bias-std-in-angle", lambda i: ntk_of_angle(i["t"]), "β does not enter at all"),
            (
                "factor-of-second-layer",
                lambda i: 0.5 * ((np.cos(i["t"]) + 1) * _k0(_lifted(i)) + _k1(_lifted(i))),
                said,
            ),
            (
                "kappa-swapped",
                lambda i: (
                    0.5
                    * (
                        (np.cos(i["t"]) + 1) * _k1(_lifted(i))
                        + (1 + i["beta"] ** 2) * _k0(_lifted(i))
                    )
                ),
                "",
            ),
        ),
        terms={
            "first layer": lambda i: _with_bias_std(_lifted(i), i, b=0, a=0),
            "bias": lambda i: _with_bias_std(_lifted(i), i, w=0, a=0),
            "second layer": lambda i: _with_bias_std(_lifted(i), i, w=0, b=0),
        },
        foreign={"β² κ0": lambda i: i["beta"] ** 2 * _k0(_lifted(i))},
        pointer="minintk.ntk_of_angle with bias_std",
    )
    return Quantity(
        question,
        "infinite-width NTK with biases drawn from N(0, β²), s = 1, all parts trained",
        (ANGLE, beta),
        PLAIN_FUNCTIONS | KERNELS,
        {"u": ("angle between (x, β) and (x', β)", _lifted)},
        (("at θ = 0", "not-a-number", {"t": zero, "beta": np.array([0.5, 1.0, 2.0])}),),
    )


_PART_NAMES = ("first layer", "bias", "second layer")
KERNEL_QUANTITIES: dict[str, Callable[[bool, str | None], Quantity]] = {
    "kappa0": _kappa0,
    "kappa1": _kappa1,
    "expectation_of_steps": _expectation_of_steps,
    "expectation_of_relus": _expectation_of_relus,
    "ntk": _ntk,
    **{f"ntk_{part.replace(' ', '_')}": _ntk_part(part) for part in _PART_NAMES},
    "whole_ntk_with_bias_std": _whole_ntk_with_bias_std,
}
