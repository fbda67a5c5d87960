"""Quantities about the speed of learning: eigenvalues, decay, steps, learning rate, growth.

RATE_QUANTITIES    name → builder, as in `quantities`
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .._require import Array
from ..arccosine import _EIGENVALUES
from .quantities import Quantity, Variable, uniform
from .samples import Inputs, Question, Value

__all__ = ["RATE_QUANTITIES"]

K_CLASSES = ("0", "1", "even", "odd")
_EVEN, _ODD = np.arange(2.0, 42.0, 2.0), np.arange(3.0, 43.0, 2.0)

# λ_k of each part, as one formula for each class of k.
_PARTS = {
    name: dict(zip(("0", "1", "even", "odd"), _EIGENVALUES[part], strict=True))
    for name, part in (("first layer", "w"), ("bias", "b"), ("second layer", "a"))
}


def class_of(k: Any) -> np.ndarray:
    """The class of each k: "0", "1", "even" or "odd".

    >>> class_of(np.arange(4.0)).tolist()
    ['0', '1', 'even', 'odd']
    """
    return np.where(k < 2, np.where(k == 0, "0", "1"), np.where(k % 2 == 0, "even", "odd"))


def _sum(parts: tuple[str, ...], name: str) -> Callable[[Any], Any]:
    return lambda k: np.asarray(sum(_PARTS[part][name](k) for part in parts) + 0.0 * k)


def _whole(parts: tuple[str, ...]) -> Value:
    """λ_k for k of any class."""

    def value(inputs: Inputs) -> Array:
        k = np.asarray(inputs["k"], dtype=np.float64)
        classes = class_of(k)
        safe = {name: np.where(classes == name, k, 2.0) for name in K_CLASSES}
        return np.select(
            [classes == name for name in K_CLASSES],
            [_sum(parts, name)(safe[name]) for name in K_CLASSES],
        )

    return value


def _draw_k(name: str | None) -> Callable[[np.random.Generator, int], Array]:
    pool = {"0": np.zeros(1), "1": np.ones(1), "even": _EVEN, "odd": _ODD}
    values = np.arange(41.0) if name is None else pool[name]
    return lambda rng, n: values if name is None else rng.choice(values, n)


def _eigenvalue(name: str, parts: tuple[str, ...]) -> Callable[[bool, str | None], Quantity]:
    def build(bias: bool, k: str | None) -> Quantity:
        here = parts if len(parts) == 1 or bias else ("first layer", "second layer")
        words = "all trained parts" if len(parts) > 1 else f"the {parts[0]}'s part"
        if len(parts) > 1:
            words += ", with a trained bias" if bias else ", without bias"
        whole = _whole(here)
        question = Question(
            name,
            whole if k is None else (lambda i: _sum(here, k)(i["k"])),
            terms=_terms_of_class(here, k),
            foreign=_terms_of_class(tuple(p for p in _PARTS if p not in here), k),
            mistakes=_class_confusions(here, k),
            factors={"k": lambda i: np.asarray(i["k"])} if k in ("even", "odd") else {},
            hints={
                "factor-2": "E[1 1'] is κ0/2 and E[relu relu'] is κ1/2, and λ is (1/π) ∫_0^π",
                "factor-1/2": "λ is (1/2π) ∫ over the whole circle, so (1/π) ∫_0^π",
                "factor-n": "these are eigenvalues of K/n, not of K",
            },
            pointer="minintk.fourier_eigenvalue_parts; Basri et al. 2019, Bietti & Mairal 2019",
        )
        meaning = {None: "k = 0, 1, 2, …", "0": "k = 0", "1": "k = 1"}.get(k, f"{k} k ≥ 2")
        first = {"0": (0.0,), "1": (1.0,), "even": (2.0, 4.0), "odd": (3.0, 5.0)}
        simple = first[k] if k else (0.0, 1.0, 2.0, 3.0)
        variable = Variable("k", f"frequency, a whole number: {meaning}", _draw_k(k), simple)
        return Quantity(
            question,
            f"eigenvalue of the infinite-width NTK on cos kt and sin kt, of {words}",
            (variable,),
            classes=_CLASSES if k is None else (),
        )

    return build


def _terms_of_class(parts: tuple[str, ...], k: str | None) -> Mapping[str, Value]:
    if k is None:
        return {}
    ks = {"0": 0.0, "1": 1.0, "even": 2.0, "odd": 3.0}
    return {
        part: (lambda i, part=part: np.asarray(_PARTS[part][k](i["k"])))  # type: ignore[misc]
        for part in parts
        if _PARTS[part][k](ks[k])
    }


def _class_confusions(parts: tuple[str, ...], k: str | None) -> tuple[tuple[str, Value, str], ...]:
    """The formula of another class of k, and that of a neighbouring k."""
    found: list[tuple[str, Value, str]] = []
    if k in ("even", "odd"):
        for step in (1, -1):
            found.append(("off-by-one-in-k", _shifted(_sum(parts, k), step), ""))
            found.append(("off-by-one-in-k", _neighbour(parts, step), ""))
        other = "odd" if k == "even" else "even"
        for group in (parts, *((part,) for part in _PARTS)):
            said = f"This is the formula of {other} k"
            found.append(("wrong-parity", _shifted(_sum(group, other), 0), said))
    if k in ("0", "1"):
        neighbour = {"0": "1", "1": "0"}[k]
        for group in (parts, tuple(_PARTS)):
            said = f"This is the value at k = {neighbour}"
            found.append(("off-by-one-in-k", _shifted(_sum(group, neighbour), 0), said))
    return tuple(found)


def _neighbour(parts: tuple[str, ...], step: int) -> Value:
    return lambda i: _whole(parts)({"k": i["k"] + step})


def _shifted(formula: Callable[[Any], Any], step: int) -> Value:
    return lambda i: np.asarray(formula(i["k"] + step) + 0.0 * i["k"])


_CLASSES = (
    ("wrong-at-k0", "k = 0", lambda i: i["k"] == 0),
    ("wrong-at-k1", "k = 1", lambda i: i["k"] == 1),
    ("wrong-parity", "even k ≥ 2", lambda i: (i["k"] >= 2) & (i["k"] % 2 == 0)),
    ("wrong-parity", "odd k ≥ 3", lambda i: (i["k"] >= 3) & (i["k"] % 2 == 1)),
)

LAMBDA = Variable(
    "lambda", "eigenvalue of K/n, above 0", uniform(0.1, 0.9), (0.5, 0.25), ("lam", "lambdak", "l")
)
ETA = Variable(
    "eta", "learning rate, ηλ < 1", uniform(0.2, 0.9), (1.0, 0.5), ("lr", "learningrate")
)


def _variable_factors(*names: str) -> dict[str, Value]:
    return {name: (lambda i, name=name: np.asarray(i[name])) for name in names}  # type: ignore[misc]


def _decay(bias: bool, k: str | None) -> Quantity:
    tau = Variable("tau", "time τ = η × steps", uniform(0.3, 2.5), (1.0, 2.0), ("t", "time"))

    def rate(i: Inputs) -> Array:
        return np.asarray(i["lambda"] * i["tau"])

    said = "This is a step of descent, not the flow"
    question = Question(
        "decay",
        lambda i: np.exp(-rate(i)),
        mistakes=(
            ("loss-rate", lambda i: np.exp(-2 * rate(i)), ""),
            ("growth-for-decay", lambda i: np.exp(rate(i)), ""),
            ("growth-for-decay", lambda i: np.exp(2 * rate(i)), "and it is the loss's rate"),
            ("descent-for-flow", lambda i: (1 - i["lambda"]) ** i["tau"], said),
            ("descent-for-flow", lambda i: 1 - rate(i), said),
            ("descent-for-flow", lambda i: 1 / (1 + rate(i)), "This is an implicit step"),
            ("complement", lambda i: 1 - np.exp(-rate(i)), ""),
        ),
        factors=_variable_factors("lambda", "tau"),
        pointer="minintk.mode_decay",
    )
    title = "r_k(τ)/r_k(0): what is left of a mode of the residual under gradient flow"
    edges = (("at τ = 0", "not-a-number", {"lambda": np.array([0.5]), "tau": np.array([0.0])}),)
    return Quantity(question, title, (LAMBDA, tau), edges=edges)


def _descent_decay(bias: bool, k: str | None) -> Quantity:
    s = Variable(
        "s",
        "number of steps",
        lambda rng, n: rng.choice([2.0, 3.0, 5.0, 7.0, 11.0], n),
        (2.0, 1.0),
        ("steps", "n", "k", "t"),
    )

    def shrink(i: Inputs) -> Array:
        return np.asarray(i["eta"] * i["lambda"])

    said = "This is the flow, exp(−λτ) at τ = ηs, not descent"
    question = Question(
        "descent_decay",
        lambda i: (1 - shrink(i)) ** i["s"],
        mistakes=(
            ("descent-for-flow", lambda i: np.exp(-shrink(i) * i["s"]), said),
            ("descent-for-flow", lambda i: np.exp(-i["lambda"] * i["s"]), said),
            ("loss-rate", lambda i: (1 - shrink(i)) ** (2 * i["s"]), ""),
            ("growth-for-decay", lambda i: (1 + shrink(i)) ** i["s"], ""),
            ("one-step-too-few", lambda i: (1 - shrink(i)) ** (i["s"] - 1), "one too few"),
            ("one-step-too-few", lambda i: (1 - shrink(i)) ** (i["s"] + 1), "one too many"),
            ("one-step-too-few", lambda i: 1 - shrink(i) * i["s"], "the steps multiply, not add"),
            ("complement", lambda i: 1 - (1 - shrink(i)) ** i["s"], ""),
        ),
        factors=_variable_factors("lambda", "eta"),
        pointer="minintk.mode_descent",
    )
    title = "r_k(s)/r_k(0): what is left of a mode of the residual after s steps of descent"
    return Quantity(question, title, (LAMBDA, ETA, s))


def _steps_to_learn(bias: bool, k: str | None) -> Quantity:
    q = Variable(
        "q",
        "fraction of the residual that remains, in (0, 1)",
        uniform(0.02, 0.6),
        (0.5, 0.1),
        ("remaining", "epsilon", "eps", "delta", "rho"),
    )

    def left(i: Inputs) -> Array:
        return np.log(i["q"])

    def speed(i: Inputs) -> Array:
        return np.log1p(-i["eta"] * i["lambda"])

    said = "This is the flow's time over η"
    question = Question(
        "steps_to_learn",
        lambda i: left(i) / speed(i),
        mistakes=(
            ("descent-for-flow", lambda i: -left(i) / (i["eta"] * i["lambda"]), said),
            ("descent-for-flow", lambda i: -left(i) / i["lambda"], "This is the flow's time τ"),
            ("wrong-log", lambda i: left(i) / speed(i) / np.log(10), "one of the two has base 10"),
            ("wrong-log", lambda i: left(i) / speed(i) * np.log(10), "one of the two has base 10"),
            ("wrong-log", lambda i: left(i) / speed(i) / np.log(2), "one of the two has base 2"),
            ("complement", lambda i: np.log(1 - i["q"]) / speed(i), "q is what remains"),
            ("power", lambda i: speed(i) / left(i), "the inverse"),
            *(
                ("rounded-up", lambda i, whole=whole: whole(left(i) / speed(i)), "")
                for whole in (np.ceil, np.floor, np.round)
            ),
        ),
        factors=_variable_factors("lambda", "eta"),
        hints={"factor-1/2": "did you ask for the loss, which is the square of the residual?"},
        pointer="minintk.steps_to_learn",
    )
    title = "descent steps until the fraction q of a mode's residual remains (not rounded up)"
    return Quantity(question, title, (LAMBDA, ETA, q))


def _largest_stable_learning_rate(bias: bool, k: str | None) -> Quantity:
    question = Question(
        "largest_stable_learning_rate",
        lambda i: 2 / i["lambda"],
        factors=_variable_factors("lambda"),
        hints={
            "factor-1/2": "|1 − ηλ| < 1 has two sides",
            "factor-2": "|1 − ηλ| < 1 has two sides",
        },
        pointer="minintk.largest_stable_learning_rate",
    )
    title = "the learning rate above which the mode of the largest eigenvalue λ of K/n grows"
    return Quantity(question, title, (LAMBDA,))


def _growth_rate(bias: bool, k: str | None) -> Quantity:
    f = Variable("f", "the network's output at the sample", uniform(-2, 2), (1.0, 2.0), ("output",))
    y = Variable("y", "the target", uniform(-3, 3), (2.0, 3.0), ("target",))
    question = Question(
        "growth_rate",
        lambda i: 2 * (i["y"] - i["f"]) * i["f"],
        terms={"y f": lambda i: 2 * i["y"] * i["f"], "f²": lambda i: -2 * i["f"] ** 2},
        foreign={"y²": lambda i: np.asarray(i["y"] ** 2)},
        factors={"residual": lambda i: np.asarray(i["f"] - i["y"]), **_variable_factors("f", "y")},
        mistakes=(("wrong-variable", lambda i: 2 * (i["y"] - i["f"]) * i["y"], ": y for f"),),
        pointer="minintk.growth_rate",
    )
    title = "d/dτ Σ a² under gradient flow, for one sample (n = 1)"
    return Quantity(question, title, (f, y), derived={"r": ("f − y", lambda i: i["f"] - i["y"])})


_ALL = ("first layer", "bias", "second layer")
RATE_QUANTITIES: dict[str, Callable[[bool, str | None], Quantity]] = {
    "ntk_eigenvalue": _eigenvalue("ntk_eigenvalue", _ALL),
    **{
        f"ntk_eigenvalue_{part.replace(' ', '_')}": _eigenvalue(
            f"ntk_eigenvalue_{part.replace(' ', '_')}", (part,)
        )
        for part in _ALL
    },
    "decay": _decay,
    "descent_decay": _descent_decay,
    "steps_to_learn": _steps_to_learn,
    "largest_stable_learning_rate": _largest_stable_learning_rate,
    "growth_rate": _growth_rate,
}
