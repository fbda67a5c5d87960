"""The catalogue of mistakes: what is said of each, and where the derivation is.

CATALOGUE   name → Mistake, for formulas and for functions alike
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["CATALOGUE", "Mistake", "say"]

NETWORK_PARTS = ("bias", "first layer", "second layer")


class Mistake(NamedTuple):
    """One entry: what it says ({} takes the relation), and where to read."""

    says: str
    pointer: str = ""


def _ratio(pointer: str = "") -> Mistake:
    return Mistake(
        "yours is {} the right value, everywhere",
        pointer,
    )


_KINDS = ("missing", "doubled", "sign-of", "factor-of")
_HALF = "there is a ½ in the loss, and another in the Gaussian expectations"

CATALOGUE: dict[str, Mistake] = {
    # Constant factors, sizes and sign.
    "factor-2": _ratio(_HALF),
    "factor-1/2": _ratio(_HALF),
    "factor-4": _ratio(_HALF),
    "factor-1/4": _ratio(_HALF),
    "factor-pi": _ratio("the measure is dt/2π; κ0 and κ1 are 1 at angle 0"),
    "factor-1/pi": _ratio("the measure is dt/2π; κ0 and κ1 are 1 at angle 0"),
    "factor-2pi": _ratio("the measure is dt/2π"),
    "factor-1/2pi": _ratio("the measure is dt/2π"),
    "factor-pi^2": _ratio("the measure is dt/2π"),
    "factor-1/pi^2": _ratio("the measure is dt/2π"),
    "factor-sqrt2": _ratio("the basis 1, √2 cos kt, √2 sin kt is orthonormal for dt/2π"),
    "factor-1/sqrt2": _ratio("the basis 1, √2 cos kt, √2 sin kt is orthonormal for dt/2π"),
    "factor-other": _ratio(),
    "factor-n": _ratio("the loss is a mean over the n samples, and so is the operator K/n"),
    "factor-1/n": _ratio("the mean over the n samples is taken once"),
    "factor-m": _ratio("the network has m^-1/2 in front, so a kernel has 1/m"),
    "factor-1/m": _ratio("the network has m^-1/2 in front, so a kernel has 1/m"),
    "factor-sqrt-m": _ratio("the network has m^-1/2 in front (NTK parametrisation)"),
    "factor-1/sqrt-m": _ratio("the network has m^-1/2 in front (NTK parametrisation)"),
    "factor-variable": _ratio(),
    "residual-squared": Mistake(
        "yours has the residual f − y once too often: {} the right value",
        "the derivative of r²/2 is r",
    ),
    "sign": Mistake(
        "yours has the opposite sign everywhere{}",
    ),
    # Parts of a sum.
    **{
        f"{kind}-{part.replace(' ', '-')}": Mistake(
            "{}",
            "the NTK is a sum over the trained parts: first layer, bias, second layer",
        )
        for part in NETWORK_PARTS
        for kind in _KINDS
    },
    "wrong-part": Mistake("{}", "one kernel for each part"),
    "missing-term": Mistake("{}"),
    "doubled-term": Mistake("{}"),
    "sign-of-term": Mistake("{}"),
    "factor-of-term": Mistake("{}"),
    "foreign-term": Mistake("{}"),
    # Confusions.
    "kappa-swapped": Mistake(
        "κ0 and κ1 have changed places",
        "κ0 belongs to the derivatives (first layer, bias), κ1 to the outputs of the neurons",
    ),
    "cos-for-angle": Mistake(
        "the cosine of the angle stands where the angle itself belongs",
    ),
    "degrees": Mistake(
        "the angle is taken in degrees; here it is in radians",
    ),
    "supplement": Mistake(
        "π − θ stands where θ belongs: check the value at θ = 0 against that at θ = π",
    ),
    "sin-cos-swapped": Mistake("sin and cos have changed places"),
    "arccos-above-one": Mistake(
        "right in general, but not a number where the points coincide or are opposite: rounding "
        "takes the cosine above 1 there, and its arccos does not exist",
        "the cross product of the points still knows the angle where their cosine no longer does",
    ),
    "not-a-number": Mistake(
        "not a finite number {}",
    ),
    "off-by-one-in-k": Mistake(
        "the frequency is off by one: yours is the value of a neighbouring k",
    ),
    "wrong-parity": Mistake(
        "{}",
        "cos θ κ0 and κ1 reach even k (and k = 1), κ0 reaches odd k (and k = 0)",
    ),
    "wrong-at-k0": Mistake(
        "right for k ≥ 1, wrong at k = 0 only {}",
        "the constant mode is not doubled: λ_0 = ∫ K du/2π",
    ),
    "wrong-at-k1": Mistake(
        "right at every k but k = 1 {}",
        "at k = 1 the general formula divides by 0: integrate cos² by itself",
    ),
    "standard-parametrisation": Mistake(
        "these are the values of the standard parametrisation; here the factor m^-1/2 is in front "
        "of the network",
    ),
    "descent-for-flow": Mistake(
        "{}",
        "flow: dr/dτ = −Tr; descent: r_{s+1} = (I − ηT) r_s; they agree for ηλ ≪ 1 only",
    ),
    "loss-rate": Mistake(
        "this is how the loss decays, not the residual: the loss is the square",
        "the loss of a mode is half the square of its residual",
    ),
    "kink": Mistake(
        "right except on the kink: where a pre-activation is exactly 0 {}",
        "relu'(0) = 0 by convention",
    ),
    "leaky": Mistake(
        "right for z > 0 only: below 0 the neuron must be silent",
    ),
    "other-activation": Mistake(
        "the activation is not the ReLU: {}",
        "relu(z) = max(z, 0), and its derivative is 0 or 1",
    ),
    "missing-squares": Mistake(
        "not the same quantity: {} missing",
        "the derivation differentiates a square",
    ),
    "ignores-activation": Mistake(
        "the neuron is taken to be active everywhere: the factor that is 0 for z < 0 is missing",
        "∂relu(z)/∂w = relu'(z) x",
    ),
    "uses-relu-for-derivative": Mistake(
        "relu(z) and its derivative relu'(z) have changed places",
    ),
    "wrong-variable": Mistake(
        "a variable stands where another belongs {}",
    ),
    "growth-for-decay": Mistake("yours grows with time; a residual decays"),
    "complement": Mistake("this is what is learned, not what is left"),
    "chord-for-angle": Mistake("this is the straight distance between the points"),
    "supplement-of-sign": Mistake("the two sides of 0 have changed places"),
    "wrong-log": Mistake(
        "the logarithm is not the natural one",
    ),
    "no-absolute-value": Mistake(
        "right up to the sign, which is wrong for some inputs: is something to be taken "
        "absolutely?",
    ),
    "other-branch": Mistake(
        "right for some inputs and not for others: {}",
    ),
    "bias-std-in-angle": Mistake(
        "the angle is the one between x and x'; with a random bias it is that between (x, β) and "
        "(x', β)",
    ),
    # One step in the student's own formula.
    "inner-sign": Mistake("one sign is wrong, at {}"),
    "inner-factor": Mistake(
        "one number or factor is wrong, at {}",
    ),
    "exponent": Mistake("one power is wrong, at {}"),
    "brackets": Mistake(
        "the brackets do not say what you mean: * and / go from left to right, ^ before both",
    ),
    "argument-order": Mistake(
        "the arguments of a function are in the wrong order, at {}",
    ),
    "wrong-function": Mistake("one function is wrong, at {}"),
    "inner-term": Mistake(
        "a term or factor is there that should not be, at {}",
    ),
    "missing-inner-term": Mistake("a term is missing, at {}"),
    "wrong-operator": Mistake(
        "one operator (+ - * / ^) is another than it should be",
    ),
    "wrong-block": Mistake("{}"),
    "wrong-variable-inside": Mistake(
        "one variable is wrong, at {}",
    ),
    # Vague, but still a relation.
    "inner-comparison": Mistake("one comparison is wrong, at {}"),
    "inner-transposed": Mistake(
        "a transpose is missing or too many: {}",
    ),
    "matrix-product": Mistake(
        "a product is taken entry by entry where it should be of matrices, or the other way "
        "round, at {}",
    ),
    "wrong-axis": Mistake("a sum or norm runs over the wrong axis, at {}"),
    "off-by-one": Mistake(
        "a range begins or ends at the wrong number, at {}",
    ),
    "statement-order": Mistake("two lines are in the wrong order, from {}"),
    "missing-activation": Mistake(
        "negative values should be cut off, at {}",
    ),
    "few-digits": Mistake(
        "nearly right: it agrees to {} digits only. Is a constant (π, √2) typed by hand, or an "
        "integral taken too coarsely, or float32 used on the way?",
    ),
    "constant": Mistake("yours is {} for every input: it must depend on the input"),
    "shift": Mistake(
        "yours is off by the same number, {}, everywhere",
    ),
    "power": Mistake("yours is {} of the right value"),
    # Programs only.
    "transposed": Mistake("yours is the transpose: rows and columns have changed places"),
    "flat-order": Mistake(
        "the numbers are right, their order is not: {}",
    ),
    "shape": Mistake("the shape is wrong: {}"),
    "float32": Mistake(
        "computed in float32, which keeps 7 digits: use float64",
    ),
    "one-point-only": Mistake(
        "right for a single point, wrong for several at once {}",
    ),
    "ties": Mistake(
        "right in general, wrong where points are equal or opposite: {}",
    ),
    "edge-case": Mistake("right in general, wrong {}"),
    "unlearned-modes": Mistake(
        "right for an invertible kernel, wrong for one with an eigenvalue 0: a mode that is not in "
        "the kernel keeps its residual, and the kernel cannot be inverted",
    ),
    "relu-outside": Mistake(
        "the ReLU belongs to each neuron, not around the sum over the neurons",
    ),
    "bias-outside": Mistake(
        "the bias belongs inside the ReLU",
    ),
    "missing-residual": Mistake(
        "the residual is missing: this is the slope of the output, not of the loss",
        "∂L/∂θ = Σ ∂L/∂f_i ∂f_i/∂θ",
    ),
    "missing-targets": Mistake(
        "the residual is incomplete: it is made of the output and the targets",
    ),
    "missing-output-weight": Mistake(
        "the output weight a is missing in the slopes with respect to w and b",
    ),
    "missing-square": Mistake(
        "the output weight enters once where it belongs twice: K has one a from each of the two "
        "slopes",
    ),
    "ascent": Mistake(
        "this goes up: descent goes against the gradient",
    ),
    "inner-step": Mistake("{}"),
    "wrong-norm": Mistake("the measure is another one: {}"),
    "product-of-means": Mistake(
        "the mean of a product is not the product of the means",
    ),
    "sum-then-square": Mistake(
        "the mean is taken before the square",
    ),
    "toeplitz": Mistake(
        "this is another property: a circulant matrix depends on (i − j) mod n alone",
    ),
    "tolerance": Mistake(
        "the tolerance is not as asked, relative to the largest entry: {}",
    ),
    "basis-not-normalised": Mistake(
        "the basis is not the orthonormal one: {}",
        "1, √2 cos kt, √2 sin kt are orthonormal for dt/2π",
    ),
    "rate-without-1/n": Mistake(
        "the rates carry another power of n: {}",
        "the loss is a mean, so T = K/n",
    ),
    "residual-for-output": Mistake(
        "this is not the output: {}",
    ),
    "rounded-up": Mistake("right but for rounding, which is not asked for"),
    "elementwise-exponential": Mistake(
        "the exponential was taken entry by entry; exp(−Tτ) of a matrix is V exp(−λτ) Vᵀ",
    ),
    "initial-output-ignored": Mistake(
        "the prediction starts from 0; the network starts from its own f(0)",
    ),
    "one-step-too-few": Mistake(
        "the number of steps is off: {}",
    ),
    "sequential-update": Mistake(
        "the parts are not moved at the same time: one gradient already sees another part's step",
    ),
    "residual-not-updated": Mistake(
        "the gradient is computed once and used for every step",
    ),
    "raises": Mistake("it raises {}"),
    "no-result": Mistake("it returns None: is there a return?"),
    "not-an-array": Mistake("what it returns is not {}"),
    "changed-inputs": Mistake(
        "it changes its input {}: work on a copy",
    ),
    "missing-function": Mistake("there is no function {}"),
    "not-written": Mistake("not written yet"),
    "time-limit": Mistake("stopped after {}"),
    "memory-limit": Mistake("it asks for too much memory: {}"),
    "exit": Mistake("it ends the program ({})"),
    "crash": Mistake("the process died: {}"),
    "too-much-output": Mistake("it prints without end: {}"),
    "numpy-changed": Mistake("it replaces {} for everyone"),
    "forbidden-import": Mistake(
        "it uses {}, which does the exercise's work: write it with numpy",
    ),
    "random": Mistake("the same input gives another value each time"),
    "unknown": Mistake("it differs {}"),
}


def say(name: str, relation: str, hints: Mapping[str, str], pointer: str = "") -> str:
    """What to tell the student: the entry's words with the relation, a question, where to read.

    >>> say("kappa-swapped", "", {"kappa-swapped": "which one has the jump?"})
    'κ0 and κ1 have changed places. Hint: which one has the jump?'
    """
    entry = CATALOGUE[name]
    text = entry.says.replace("{}", relation).replace(" :", ":").strip()
    if relation and "{}" not in entry.says:
        text = f"{text}. {relation}"
    text = text[0].upper() + text[1:] if text[0].isascii() else text
    text = text if text.endswith((".", "?")) else f"{text}."
    if name in hints:
        text += f" Hint: {hints[name]}."
    elif entry.pointer:
        text += f" Remember: {entry.pointer}."
    return text.replace("?.", "?") + (f" Derivation: {pointer}." if pointer else "")
