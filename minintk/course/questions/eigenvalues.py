"""Eigenvalues of the NTK on the Fourier modes, and Fourier coefficients.

QUESTIONS   name → builder; a builder takes (bias, k) and returns the `Question`
TRIALS      of functions, by exercise
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..._require import Array
from ...arccosine import fourier_eigenvalue_parts
from ...circle import fourier_coefficients, uniform_angles
from .question import Builder, Confusion, Inputs, Letter, Question, Trials, Value, changed, value_of

K_CLASSES = ("0", "1", "even", "odd")
PARTS = {"first layer": "w", "bias": "b", "second layer": "a"}
_ALL, _WITHOUT_BIAS = tuple(PARTS), ("first layer", "second layer")
# λ_k of each part for k = 0, k = 1, even k ≥ 2 and odd k ≥ 3, as one writes them on paper.
_TEXTS = {
    "first layer": ("1/pi^2", "1/8", "(k^2 + 1)/(pi*(k^2 - 1))^2", "0"),
    "bias": ("1/4", "1/pi^2", "0", "1/(pi*k)^2"),
    "second layer": ("2/pi^2", "1/8", "2/(pi*(k^2 - 1))^2", "0"),
}


def _class_of(k: str | None) -> str | None:
    """The class of frequencies that is asked for: "0", "1", "even", "odd", or None for all."""
    if k is None or k in K_CLASSES:
        return k
    return "even" if int(k) % 2 == 0 else "odd"


def _text(parts: tuple[str, ...], kind: str) -> str:
    return " + ".join(_TEXTS[part][K_CLASSES.index(kind)] for part in parts) + " + 0*k"


def _whole(parts: tuple[str, ...], shift: int = 0) -> Value:
    """λ_k for k of any class, from the core."""

    def value(inputs: Inputs) -> Array:
        k = np.abs(np.asarray(inputs["k"]) + shift).astype(int)
        found = fourier_eigenvalue_parts(int(k.max(initial=0)))
        return np.asarray(sum(found[PARTS[part]][k] for part in parts))

    return value


def _beside(k: str | None, step: int) -> str:
    """The next frequency, or the one before: k = 4 beside 3."""
    number = k is not None and k.isdigit()
    return f"k = {int(k or 0) + step}" if number else f"k {'+' if step > 0 else '−'} 1"


def _of_neighbour(parts: tuple[str, ...], k: str | None, step: int) -> Confusion:
    said = f"this is the value at {_beside(k, step)}"
    return Confusion("off-by-one-in-k" if abs(step) < 2 else "other-k", _whole(parts, step), said)


def _confusions(parts: tuple[str, ...], k: str | None) -> tuple[Confusion, ...]:
    """The value of another class of k, and of a neighbouring k."""
    if (kind := _class_of(k)) is None:
        zero, one, even, odd = (_text(parts, c).replace("k", "max(k, 2)") for c in K_CLASSES)
        exchanged = f"where(k < 2, where(k < 1, {zero}, {one}), where((-1)^k > 0, {odd}, {even}))"
        said = "the formulas of even and odd k have changed places"
        others = (_of_neighbour(parts, k, step) for step in (1, -1))
        return (*others, Confusion("wrong-parity", exchanged, said))
    if kind in ("0", "1"):
        said = f"this is the formula of {{}}, which does not hold at k = {kind}"
        general = (("even", "even k ≥ 2"), ("odd", "odd k ≥ 3")) if parts != _ALL else ()
        return (
            _of_neighbour(parts, kind, 1 if kind == "0" else -1),
            *(Confusion("wrong-parity", _text(parts, k), said.format(of)) for k, of in general),
        )
    other, i = ("odd", 3) if kind == "even" else ("even", 2)
    formula, index = _text(parts, kind), "2*k" if kind == "even" else "2*k + 1"
    near = {step: f"this is the formula of {kind} k at {_beside(k, step)}" for step in (1, -1)}
    said = f"this is the part of the {{}}, for {other} k"
    alone = {part: texts[i] for part, texts in _TEXTS.items() if texts[i] != "0"}
    without = [Confusion("missing-bias", "0*k", "this is the value without a bias")]
    return (
        *(without if kind == "odd" and parts == _ALL else ()),
        Confusion("wrong-parity", _text(parts, other), f"this is the formula of {other} k"),
        *(_of_neighbour(parts, k, step) for step in (1, -1, 2, -2) if k != kind),
        *(Confusion("off-by-one-in-k", formula.replace("k", f"(k + {s})"), near[s]) for s in near),
        *(Confusion("wrong-parity", text, said.format(part)) for part, text in alone.items()),
        Confusion("index-for-k", formula.replace("k", f"({index})"), f"{index} stands for k"),
    )


def _parts_of(parts: tuple[str, ...], k: str | None) -> dict[str, Value]:
    if (kind := _class_of(k)) is None:
        return {part: _whole((part,)) for part in parts}
    texts = {part: _TEXTS[part][K_CLASSES.index(kind)] for part in parts}
    return {part: f"{text} + 0*k" for part, text in texts.items() if text != "0"}


def _letter(k: str | None) -> Letter:
    pools = {"even": np.arange(2.0, 42.0, 2.0), "odd": np.arange(3.0, 43.0, 2.0)}
    pool = pools[k].tolist() if k in pools else [float(k or 0)]
    meaning = {None: "k = 0, 1, 2, …", "even": "even k ≥ 2", "odd": "odd k ≥ 3"}.get(k, f"k = {k}")
    return Letter(
        "k",
        f"frequency, a whole number: {meaning}",
        (lambda rng, n: np.arange(float(n))) if k is None else pool,
        (0.0, 1.0, 2.0, 3.0) if k is None else tuple(pool[:2]),
    )


_EVERY_K = (
    "without --k the formula must hold for every k = 0, 1, 2, …; "
    "--k 3, --k even or --k odd asks for those k alone"
)
_EVEN = "around the whole circle the kernel is even, K(2π − u) = K(u)"
_CLASSES = (
    ("wrong-at-k0", "k = 0", lambda i, shape: i["k"] == 0),
    ("wrong-at-k1", "k = 1", lambda i, shape: i["k"] == 1),
    ("wrong-parity", "even k ≥ 2", lambda i, shape: (i["k"] >= 2) & (i["k"] % 2 == 0)),
    ("wrong-parity", "odd k ≥ 3", lambda i, shape: (i["k"] >= 3) & (i["k"] % 2 == 1)),
)
_STRAYS = {"n": "these are eigenvalues of K/n: n is in them already"}
_STRAYS["m"] = "at infinite width no m is left"


def _eigenvalue(parts: tuple[str, ...], bias: bool, k: str | None) -> Question:
    """λ_k of one part of the NTK, or of all that are trained."""
    here, words = parts, f"the {parts[0]}'s part"
    if len(parts) > 1:
        here = parts if bias else _WITHOUT_BIAS
        words = f"all trained parts, {'with a trained bias' if bias else 'without bias'}"
    others = (p for p in _ALL if len(parts) == 1 and p not in parts)
    values = _parts_of(tuple(others), k).items()
    said = "this is another part of the kernel: the"
    return Question(
        _name(parts),
        _whole(here),
        f"eigenvalue of the infinite-width NTK on cos kt and sin kt, of {words}",
        (_letter(k),),
        parts=_parts_of(here, k),
        foreign=_parts_of(tuple(p for p in _ALL if p not in here), k) if k else {},
        factors={"k": "k"} if k in ("even", "odd") else {},
        confusions=(
            *_confusions(here, k),
            *(Confusion("wrong-part", value, f"{said} {part}") for part, value in values),
        ),
        hints={
            "factor-2": "E[1 1'] is κ0/2 and E[relu relu'] is κ1/2, and λ is (1/π) ∫_0^π",
            "factor-1/2": "λ is (1/2π) ∫ over the whole circle, so (1/π) ∫_0^π",
            "factor-n": "these are eigenvalues of K/n, not of K",
            **(dict.fromkeys(("constant", "not-a-number"), _EVERY_K) if k is None else {}),
        },
        classes=_CLASSES if k is None else (),
        strays=_STRAYS,
        column="eigenvalue",
        section=(4, "4. The other half, integral by integral"),
    )


def _name(parts: tuple[str, ...]) -> str:
    return "_".join(["ntk_eigenvalue", *(parts[0].split() if len(parts) == 1 else [])])


_ASKED = (_ALL, *((part,) for part in _ALL))
QUESTIONS: dict[str, Builder] = {_name(parts): partial(_eigenvalue, parts) for parts in _ASKED}


def _as_others(every: Value, at: int, top: int, others: str) -> Confusion:
    said = f"at k = {at} yours has the value of the formula of {others}"
    if at == 0:
        said = f"at k = 0 yours is without the bias. The formula of {others} gives the same"
    value = lambda i: np.where(i["k"] == at, top / np.pi**2, value_of(every, i))  # noqa: E731
    return Confusion(f"wrong-at-k{at}", value, said)


def _of_a_list() -> Question:
    asked, every = _eigenvalue(_ALL, True, None), _whole(_ALL)
    even, odd = (_eigenvalue(_ALL, True, k) for k in ("even", "odd"))
    terms = {name: f"{name}/(pi*(k^2 - 1))^2" for name in ("k^2", "3")}
    return replace(
        asked,
        name="ntk_eigenvalues",
        hints={k: h for k, h in asked.hints.items() if h != _EVERY_K} | {"constant": _EVEN},
        by_class={"even k ≥ 2": replace(even, parts=terms, column=""), "odd k ≥ 3": odd},
        absolute=2e-9,  # of λ_0: the exercise asks for 1e-9, absolute
        confusions=(
            *asked.confusions,
            Confusion("eigenvalues-twice", lambda i: value_of(every, {"k": (i["k"] + 1) // 2})),
            Confusion("missing-bias", _whole(_WITHOUT_BIAS), "the part of the bias is missing"),
            *map(partial(_as_others, every), (0, 1), (3, 1), ("even k ≥ 2", "odd k ≥ 3")),
        ),
    )


def _coefficients(
    i: Inputs, root: float = 2**0.5, swap: bool = False, start: Any = None, trapezoid: bool = False
) -> Array:
    """The coefficients in another basis, or the angles taken for a uniform grid."""
    n, k = len(i["angles"]), (np.arange(2 * int(i["k_max"]) + 1) + 1) // 2
    angles = i["angles"] if start is None else start(i["angles"]) + 2 * np.pi * np.arange(n) / n
    cosine = np.arange(len(k)) % 2 == (0 if swap else 1)
    phase = np.outer(angles, k)
    basis = root * np.where(cosine, np.cos(phase), np.sin(phase))
    basis[:, 0] = 1.0
    if trapezoid:
        gaps = np.diff(angles, prepend=angles[0], append=angles[-1])
        basis *= n * (gaps[1:] + gaps[:-1])[:, None] / (4 * np.pi)
    return np.asarray(basis.T @ i["values"] / n)


_in_basis = partial(changed, _coefficients)
_NO_ANGLE, _ZERO = "those given are not used", {"start": lambda t: 0.0}
_FOURIER = Question(
    "fourier_coefficients",
    lambda i: fourier_coefficients(i["angles"], i["values"], int(i["k_max"])),
    factors={"n": "n"},
    confusions=(
        _in_basis("basis-not-normalised", "√2 is missing for k ≥ 1", root=1.0),
        _in_basis("basis-not-normalised", "2 in place of √2 for k ≥ 1", root=2.0),
        _in_basis("sin-cos-swapped", swap=True),
        _in_basis(
            "wrong-norm", "the trapezoid rule, from the first sample to the last", trapezoid=True
        ),
        _in_basis("grid-only", "of those given the first alone is used", start=lambda t: t[0]),
        _in_basis("grid-only", _NO_ANGLE, **_ZERO),
        _in_basis("grid-only", f"{_NO_ANGLE}, and √2 is missing", **_ZERO, root=1.0),
    ),
    hints={
        "factor-n": "the mean over the samples, not the sum",
        "flat-order": "after the constant each k has its cosine, then its sine",
    },
    classes=(
        ("wrong-block", "the constant", lambda i, shape: i["row"] == 0),
        ("wrong-block", "the cosines", lambda i, shape: i["row"] % 2 == 1),
        ("wrong-block", "the sines", lambda i, shape: (i["row"] > 0) & (i["row"] % 2 == 0)),
    ),
    section=(4, "2. Convolution, and its eigenfunctions"),
)


def _samples(rng: np.random.Generator, n: int, m: int) -> tuple[Array, Array, int]:
    """Scattered angles: what holds on a grid alone is not enough."""
    size = n + 8
    return np.sort(rng.uniform(0, 2 * np.pi, size)), rng.uniform(-1, 1, size), int(m % 4 + 1)


TRIALS: dict[str, Trials] = {
    "fourier_coefficients": Trials(
        {"": _FOURIER},
        _samples,
        (
            ("for k_max = 0", "edge-case", (uniform_angles(5), np.arange(5.0), 0)),
            ("for integer angles", "edge-case", (np.array([0, 1, 2, 4]), np.arange(4.0) ** 2, 1)),
            ("on a uniform grid", "edge-case", (uniform_angles(9), np.arange(9.0) ** 2, 2)),
        ),
        (np.array([0.3]), np.array([2.0]), 1),
        (uniform_angles(4), np.array([1.0, 0.0, 2.0, 0.5]), 1),
        letters=lambda i: {"n": len(i["angles"]), "row": np.arange(2 * i["k_max"] + 1)},
    ),
    "ntk_eigenvalues": Trials(
        {"": _of_a_list()},
        lambda rng, n, m: (int(n + m),),
        (("for k_max = 0", "edge-case", (0,)), ("for k_max = 1", "edge-case", (1,))),
        letters=lambda i: {"k": np.arange(int(i["k_max"]) + 1.0)},
    ),
}
