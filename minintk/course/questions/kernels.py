"""The infinite-width kernels: arc-cosine kernels, expectations, the NTK and its parts.

QUESTIONS   name → builder; a builder takes (bias, k) and returns the `Question`
TRIALS      of functions, by exercise
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ...arccosine import infinite_ntk, kappa0, kappa1, ntk_of_angle
from ...law import Law
from ..answers.trees import PLAIN_FUNCTIONS
from .geometry import FOLDS, GRID, OPPOSITE, draw_angles, pairs_of_points
from .question import Confusion, Letter, Question, Trials, Value, at, changed, fixed

ANGLE = Letter(
    "t",
    "angle θ between the points, radians in [0, π]",
    (0.2, np.pi - 0.2),
    (np.pi / 2, 1.0, 2.0, 0.5),
    ("theta", "angle", "phi", "alpha"),
)
KERNELS = frozenset({"kappa0", "kappa1", "kappa2"})
_INTEGRALS = (3, "2. The two integrals")
_EDGES = tuple(
    (f"at {words}", "not-a-number", {"t": np.array([value])})
    for words, value in (("θ = 0", 0.0), ("θ = π", np.pi), ("θ = π/2", np.pi / 2))
)
_OTHERS = (
    ("supplement", "pi - t", "θ and π − θ are exchanged, so that yours is the value at π − θ"),
    *(("cos-for-angle", "cos(t)", ""), ("degrees", "degrees(t)", "")),
    ("angle-for-cos", "arccos(min(1, t))", "an arccosine or the like"),
)
_INSIDE = (("supplement", "pi - t", "each arc-cosine kernel is taken at π − θ"), *_OTHERS[1:])


def _of_angle(
    name: str, title: str, text: str, *, right: Any = None, confusions: Any = (), **more: Any
) -> Question:
    """A function of θ; the confusions give it cos θ, π − θ or degrees."""
    at_others = [(kind, re.sub(r"\bt\b", f"({angle})", text), n) for kind, angle, n in _OTHERS]
    if "cos" in text and "kappa" in text:  # in the kernels alone
        at_others += ((kind, re.sub(r"(?<=kappa\d\()t", x, text), n) for kind, x, n in _INSIDE)
    return Question(
        name,
        text if right is None else (lambda i: right(i["t"])),
        title,
        (ANGLE,),
        confusions=(*confusions, *(Confusion(*other) for other in at_others)),
        edges=_EDGES,
        **{"functions": PLAIN_FUNCTIONS | KERNELS, "section": _INTEGRALS, **more},
    )


_SIN, _COS = "sin(t)/pi", "(pi - t)*cos(t)/pi"
_HALF = "did you give the expectation, which is half of it?"
KAPPA0 = _of_angle(
    "kappa0",
    "arc-cosine kernel of order 0, 1 at θ = 0: 2 E[1(w·x > 0) 1(w·x' > 0)], w ~ N(0, I)",
    "(pi - t)/pi",
    right=kappa0,
    functions=PLAIN_FUNCTIONS,
    confusions=(
        Confusion("kappa-swapped", "kappa1(t)", "this is κ1, not κ0"),
        Confusion("cos-for-angle", "(1 + cos(t))/2", "it is right at 0, π/2 and π alone"),
    ),
    parts={"1": "1 + 0*t", "θ/π": "-t/pi"},
    hints={"factor-1/2": _HALF, "factor-pi": "did you give J0 of Cho & Saul?"},
)
KAPPA1 = _of_angle(
    "kappa1",
    "arc-cosine kernel of order 1, 1 at θ = 0: 2 E[relu(w·x) relu(w·x')], |x| = |x'| = 1",
    f"{_SIN} + {_COS}",
    right=kappa1,
    functions=PLAIN_FUNCTIONS,
    confusions=(
        Confusion("kappa-swapped", "kappa0(t)", "this is κ0, not κ1"),
        Confusion("sin-cos-swapped", "(cos(t) + (pi - t)*sin(t))/pi"),
        Confusion("supplement", "(sin(t) + t*cos(t))/pi", "θ stands for π − θ in one term"),
        Confusion("wrong-term", "(sin(t) + (pi - t))/pi", "a cosine is missing in it"),
    ),
    parts={"sin θ": _SIN, "(π − θ) cos θ": _COS},
    finer={"sin θ": _SIN, "π cos θ": "cos(t)", "θ cos θ": "-t*cos(t)/pi"},
    foreign={"sin θ without 1/π, or π sin θ": "t*sin(t)"},
    hints={"factor-1/2": _HALF, "factor-pi": "did you give J1 of Cho & Saul?"},
)
_KAPPA2 = _of_angle(
    "kappa2",
    "arc-cosine kernel of order 2, 1 at θ = 0: (2/3) E[relu(w·x)² relu(w·x')²], |x| = |x'| = 1",
    "(3*sin(t)*cos(t) + (pi - t)*(1 + 2*cos(t)^2))/(3*pi)",
    functions=PLAIN_FUNCTIONS | {"kappa0", "kappa1"},
    parts={
        "sin θ cos θ": "sin(t)*cos(t)/pi",
        "(π − θ)": "(pi - t)/(3*pi)",
        "(π − θ) cos² θ": "2*(pi - t)*cos(t)^2/(3*pi)",
    },
)
_SWAPPED = str.maketrans("01", "10")


def _halves(terms: Mapping[str, Value]) -> dict[str, Value]:
    return {name: f"({text})/2" for name, text in terms.items()}


def _expectation(name: str, title: str, kappa: Question, of_means: str) -> Question:
    order = kappa.title.split(",")[0]
    halves = (c._replace(value=f"({c.value})/2") for c in kappa.confusions)
    return _of_angle(
        name,
        title,
        f"{kappa.name}(t)/2",
        confusions=(Confusion("product-of-means", of_means), *halves),
        hints={"factor-2": f"did you give the {order} itself, which is 1 at angle 0?"},
        parts=_halves(kappa.parts),
        finer=_halves(kappa.finer),
    )


_OF_STEPS = "E[1(w·x > 0) 1(w·x' > 0)], w ~ N(0, I): the chance that both are active"
_STEPS = _expectation("expectation_of_steps", _OF_STEPS, KAPPA0, "1/4")
_OF_RELUS = "E[relu(w·x) relu(w·x')], w ~ N(0, I), |x| = |x'| = 1"
_RELUS = _expectation("expectation_of_relus", _OF_RELUS, KAPPA1, "1/(2*pi)")
_WHOLE = "((cos(t) + 1)*kappa0(t) + kappa1(t))/2"
_PARTS = {"first layer": "cos(t)*kappa0(t)/2", "bias": "kappa0(t)/2", "second layer": "kappa1(t)/2"}
_TERMS: dict[str, Mapping[str, Value]] = {
    "first layer": {"π cos θ": "cos(t)", "θ cos θ": "-t*cos(t)/pi"},
    "bias": KAPPA0.parts,
    "second layer": KAPPA1.parts,
}
_STRAYS = {
    "m": "at infinite width no m is left: the sum over the neurons became a mean",
    "n": "this is the kernel K; the operator is K/n",
}
_SECTION = (3, "3. The NTK on the circle")
_IN_EITHER = "a cosine is missing in it, or in that of the second layer"
_NO_COSINE = (Confusion("wrong-term", "kappa0(t)/2", _IN_EITHER),)
_NTK: dict[str, Any] = {"strays": _STRAYS, "column": "kernel", "section": _SECTION}


def _ntk(bias: bool, k: str | None) -> Question:
    parts = {part: text for part, text in _PARTS.items() if bias or part != "bias"}
    b = " + 1" if bias else ""
    return _of_angle(
        "ntk",
        "infinite-width NTK on the circle, all parts trained, E a² = 1, b = 0 at the start "
        + ("(with a trained bias)" if bias else "(without bias)"),
        f"((cos(t){b})*kappa0(t) + kappa1(t))/2",
        right=lambda t: ntk_of_angle(t, law=Law(bias=bias)),
        confusions=(
            Confusion("kappa-swapped", f"((cos(t){b})*kappa1(t) + kappa0(t))/2"),
            Confusion("angle-for-cos", f"((t{b})*kappa0(t) + kappa1(t))/2", "the first layer"),
        ),
        parts=parts,
        inside={"first layer": _NO_COSINE, "second layer": _RELUS.confusions},
        finer={
            "sin θ": "sin(t)/(2*pi)",
            "(π − θ) cos θ": "cos(t)*kappa0(t)",
            **({"π − θ": "kappa0(t)/2"} if bias else {}),
        },
        foreign={} if bias else {"bias": "kappa0(t)/2"},
        **_NTK,
    )


def _ntk_part(part: str) -> Question:
    others = {name: text for name, text in _PARTS.items() if name != part}
    said = "this is another part of the kernel: the {}"
    return _of_angle(
        f"ntk_{part.replace(' ', '_')}",
        f"the {part}'s part of the infinite-width NTK (b = 0 at the start, E a² = 1)",
        _PARTS[part],
        confusions=(
            Confusion("kappa-swapped", _PARTS[part].translate(_SWAPPED)),
            *(Confusion("wrong-part", text, said.format(name)) for name, text in others.items()),
        ),
        parts={part: _PARTS[part]},
        finer=_halves(_TERMS[part]),
        foreign=others,
        **_NTK,
    )


def _with_bias_std() -> Question:
    beta = Letter("beta", "standard deviation β of the bias, above 0", (0.3, 2), (1.0, 0.5))
    right = np.vectorize(lambda t, std: float(ntk_of_angle(t, law=Law(bias_std=std))))
    size, said = "(1 + beta^2)", "the second layer's size is 1 + β², not 1"
    return Question(
        "whole_ntk_with_bias_std",
        lambda i: right(i["t"], i["beta"]),
        "infinite-width NTK with biases drawn from N(0, β²), s = 1, all parts trained",
        (ANGLE, beta),
        PLAIN_FUNCTIONS | KERNELS,
        {"u": ("angle between (x, β) and (x', β)", f"arccos(min(1, (cos(t) + beta^2)/{size}))")},
        parts={
            "first layer": "cos(t)*kappa0(u)/2",
            "bias": "kappa0(u)/2",
            "second layer": f"{size}*kappa1(u)/2",
        },
        inside={
            "bias": (Confusion("foreign-term", "beta^2*kappa0(u)/2", "β² stands where 1 belongs"),),
            "second layer": (Confusion("factor-of-second-layer", "kappa1(u)/2", said),),
        },
        foreign={"β² κ0": "beta^2*kappa0(u)"},
        confusions=(
            Confusion("bias-std-in-angle", f"((cos(t) + 1)*kappa0(t) + {size}*kappa1(t))/2"),
            Confusion("bias-std-in-angle", _WHOLE, "β does not enter at all"),
        ),
        edges=(("at θ = 0", "not-a-number", {"t": np.zeros(3), "beta": np.array([0.5, 1, 2])}),),
        strays=_STRAYS,
        section=(3, "5. Biases that do not start at zero"),
    )


QUESTIONS = {
    **fixed(KAPPA0, KAPPA1, _KAPPA2, _STEPS, _RELUS),
    "ntk": _ntk,
    **fixed(*map(_ntk_part, _PARTS), _with_bias_std()),
}


def _of_theta(question: Question) -> Trials:
    return Trials(
        {"": question},
        lambda rng, n, m: (rng.uniform(0.2, np.pi - 0.2, n),),
        (
            *((words, kind, (np.append(end["t"], 1.0),)) for words, kind, end in _EDGES[:2]),
            ("for integer angles", "edge-case", (np.array([0, 1, 3]),)),
            ("for a matrix of angles", "shape", (np.array([[0.1, 1.0, 2.0], [0.5, 3.0, 2.5]]),)),
        ),
        (0.7,),
        letters=lambda i: {"t": np.asarray(i["theta"])},
    )


_SUMS = [f"(cos(t) + {b}kappa0(t) + kappa1(t))/2" for b in ("", "1 + ", "kappa0(t) + ")]
_OF_ANGLES = replace(
    _ntk(True, None),
    name="analytic_ntk",
    right=lambda i: infinite_ntk(i["angles"]),
    factors={"n": "n"},
    confusions=(
        *_ntk(True, None).confusions,
        *(Confusion("wrong-term", of, "the cosine is added, and should multiply") for of in _SUMS),
        *(
            changed(at, kind, note, of=_WHOLE, change=lambda i, f=fold: {"t": f(i["gap"])})
            for kind, fold, note in FOLDS
        ),
    ),
    finer={},
    relative=1e-7,
    absolute=1e-9,
)
TRIALS: dict[str, Trials] = {
    "kappa0": _of_theta(KAPPA0),
    "kappa1": _of_theta(KAPPA1),
    "analytic_ntk": Trials(
        {"": _OF_ANGLES},
        lambda rng, n, m: (draw_angles(rng, n),),
        (
            ("where points coincide", "ties", (np.array([0.1, 0.1, 2.0, 2.0 + 2 * np.pi]),)),
            ("on a grid with opposite points", "ties", (GRID,)),
            ("where points are opposite", "ties", (OPPOSITE,)),
            ("for integer angles", "edge-case", (np.array([0, 1, 4]),)),
        ),
        (np.array([0.3]),),
        letters=lambda i: {**pairs_of_points(i["angles"], i["angles"]), "n": len(i["angles"])},
    ),
}
