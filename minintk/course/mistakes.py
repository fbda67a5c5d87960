"""The catalogue of mistakes: how each is recognised, what is said, where the derivation is.

CATALOGUE   name → Mistake, for formulas and for functions alike
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["CATALOGUE", "Mistake", "say"]

NETWORK_PARTS = ("bias", "first layer", "second layer")


class Mistake(NamedTuple):
    """One entry: how it is recognised, what it says ({} takes the relation), where to read."""

    recognised: str
    says: str
    pointer: str = ""


def _ratio(relation: str, pointer: str = "") -> Mistake:
    return Mistake(
        f"the ratio to the right value is {relation} at every generic input",
        "yours is {} the right value, everywhere",
        pointer,
    )


_KINDS = {"missing": "0", "doubled": "2", "sign-of": "−1", "factor-of": "another number"}
_HALF = "there is a ½ in the loss, and another in the Gaussian expectations"

CATALOGUE: dict[str, Mistake] = {
    # Constant factors, sizes and sign.
    "factor-2": _ratio("2", _HALF),
    "factor-1/2": _ratio("1/2", _HALF),
    "factor-4": _ratio("4", _HALF),
    "factor-1/4": _ratio("1/4", _HALF),
    "factor-pi": _ratio("π", "the measure is dt/2π; κ0 and κ1 are 1 at angle 0"),
    "factor-1/pi": _ratio("1/π", "the measure is dt/2π; κ0 and κ1 are 1 at angle 0"),
    "factor-2pi": _ratio("2π", "the measure is dt/2π"),
    "factor-1/2pi": _ratio("1/(2π)", "the measure is dt/2π"),
    "factor-pi^2": _ratio("π²", "the measure is dt/2π"),
    "factor-1/pi^2": _ratio("1/π²", "the measure is dt/2π"),
    "factor-sqrt2": _ratio("√2", "the basis 1, √2 cos kt, √2 sin kt is orthonormal for dt/2π"),
    "factor-1/sqrt2": _ratio("1/√2", "the basis 1, √2 cos kt, √2 sin kt is orthonormal for dt/2π"),
    "factor-other": _ratio("another constant"),
    "factor-n": _ratio("n", "the loss is a mean over the n samples, and so is the operator K/n"),
    "factor-1/n": _ratio("1/n", "the mean over the n samples is taken once"),
    "factor-m": _ratio("m", "the network has m^-1/2 in front, so a kernel has 1/m"),
    "factor-1/m": _ratio("1/m", "the network has m^-1/2 in front, so a kernel has 1/m"),
    "factor-sqrt-m": _ratio("√m", "the network has m^-1/2 in front (NTK parametrisation)"),
    "factor-1/sqrt-m": _ratio("1/√m", "the network has m^-1/2 in front (NTK parametrisation)"),
    "factor-variable": _ratio("a product of powers of the variables"),
    "residual-squared": Mistake(
        "the ratio to the right value is the residual f − y",
        "yours has the residual f − y once too often: {} the right value",
        "the derivative of r²/2 is r",
    ),
    "sign": Mistake(
        "the ratio to the right value is −1 at every generic input",
        "yours has the opposite sign everywhere{}",
    ),
    # Parts of a sum.
    **{
        f"{kind}-{part.replace(' ', '-')}": Mistake(
            f"fitted on the parts, the {part}'s coefficient is {value} in place of 1",
            "{}",
            "the NTK is a sum over the trained parts: first layer, bias, second layer",
        )
        for part in NETWORK_PARTS
        for kind, value in _KINDS.items()
    },
    "wrong-part": Mistake(
        "another trained part of the kernel is the student's", "{}", "one kernel for each part"
    ),
    "missing-term": Mistake("fitted on the parts, a coefficient is 0 in place of 1", "{}"),
    "doubled-term": Mistake("fitted on the parts, a coefficient is 2 in place of 1", "{}"),
    "sign-of-term": Mistake("fitted on the parts, a coefficient is −1 in place of 1", "{}"),
    "factor-of-term": Mistake("fitted on the parts, one coefficient is not 1", "{}"),
    "foreign-term": Mistake("fitted on the parts and others, another coefficient is not 0", "{}"),
    # Confusions.
    "kappa-swapped": Mistake(
        "κ0 in place of κ1 and the other way round gives the student's values",
        "κ0 and κ1 have changed places",
        "κ0 belongs to the derivatives (first layer, bias), κ1 to the outputs of the neurons",
    ),
    "cos-for-angle": Mistake(
        "cos θ in place of θ gives the student's values",
        "the cosine of the angle stands where the angle itself belongs",
    ),
    "degrees": Mistake(
        "θ in degrees gives the student's values",
        "the angle is taken in degrees; here it is in radians",
    ),
    "supplement": Mistake(
        "π − θ in place of θ gives the student's values",
        "π − θ stands where θ belongs: check the value at θ = 0 against that at θ = π",
    ),
    "sin-cos-swapped": Mistake(
        "sin and cos exchanged give the student's values", "sin and cos have changed places"
    ),
    "arccos-above-one": Mistake(
        "right but for nan where points coincide or are opposite",
        "right in general, but not a number where the points coincide or are opposite: rounding "
        "takes the cosine above 1 there, and its arccos does not exist",
        "the cross product of the points still knows the angle where their cosine no longer does",
    ),
    "not-a-number": Mistake(
        "nan or infinite at an input where the right value is finite",
        "not a finite number {}",
    ),
    "off-by-one-in-k": Mistake(
        "k + 1 or k − 1 in place of k gives the student's values",
        "the frequency is off by one: yours is the value of a neighbouring k",
    ),
    "wrong-parity": Mistake(
        "the other parity's formula gives the student's values, or only one parity is right",
        "{}",
        "cos θ κ0 and κ1 reach even k (and k = 1), κ0 reaches odd k (and k = 0)",
    ),
    "wrong-at-k0": Mistake(
        "right at every k but 0",
        "right for k ≥ 1, wrong at k = 0 only {}",
        "the constant mode is not doubled: λ_0 = ∫ K du/2π",
    ),
    "wrong-at-k1": Mistake(
        "right at every k but 1",
        "right at every k but k = 1 {}",
        "at k = 1 the general formula divides by 0: integrate cos² by itself",
    ),
    "standard-parametrisation": Mistake(
        "the values of the network with 1/√m inside the weights (He) are the student's",
        "these are the values of the standard parametrisation; here the factor m^-1/2 is in front "
        "of the network",
    ),
    "descent-for-flow": Mistake(
        "(1 − ηλ)^s in place of exp(−λτ), or the other way round",
        "{}",
        "flow: dr/dτ = −Tr; descent: r_{s+1} = (I − ηT) r_s; they agree for ηλ ≪ 1 only",
    ),
    "loss-rate": Mistake(
        "the rate of the loss (the square) in place of the residual's",
        "this is how the loss decays, not the residual: the loss is the square",
        "the loss of a mode is half the square of its residual",
    ),
    "kink": Mistake(
        "right except where a pre-activation is exactly 0",
        "right except on the kink: where a pre-activation is exactly 0 {}",
        "relu'(0) = 0 by convention",
    ),
    "leaky": Mistake(
        "right for z > 0, and another multiple of z below 0",
        "right for z > 0 only: below 0 the neuron must be silent",
    ),
    "other-activation": Mistake(
        "another activation gives the student's values",
        "the activation is not the ReLU: {}",
        "relu(z) = max(z, 0), and its derivative is 0 or 1",
    ),
    "missing-squares": Mistake(
        "without a square the student's values come out",
        "not the same quantity: {} missing",
        "the derivation differentiates a square",
    ),
    "ignores-activation": Mistake(
        "the values without the factor relu'(z) or relu(z) are the student's",
        "the neuron is taken to be active everywhere: the factor that is 0 for z < 0 is missing",
        "∂relu(z)/∂w = relu'(z) x",
    ),
    "uses-relu-for-derivative": Mistake(
        "relu(z) in place of relu'(z), or the other way round, gives the student's values",
        "relu(z) and its derivative relu'(z) have changed places",
    ),
    "wrong-variable": Mistake(
        "one variable in place of another gives the student's values",
        "a variable stands where another belongs {}",
    ),
    "growth-for-decay": Mistake(
        "exp(+λτ) in place of exp(−λτ)", "yours grows with time; a residual decays"
    ),
    "complement": Mistake(
        "1 minus the right value, or q for 1 − q", "this is what is learned, not what is left"
    ),
    "chord-for-angle": Mistake(
        "|x − x'| is the student's value", "this is the straight distance between the points"
    ),
    "supplement-of-sign": Mistake(
        "the values at −z are the student's", "the two sides of 0 have changed places"
    ),
    "wrong-log": Mistake(
        "a logarithm to another base gives the student's values",
        "the logarithm is not the natural one",
    ),
    "no-absolute-value": Mistake(
        "right up to a sign that depends on the input",
        "right up to the sign, which is wrong for some inputs: is something to be taken "
        "absolutely?",
    ),
    "other-branch": Mistake(
        "right on part of the inputs, off by a relation on the rest",
        "right for some inputs and not for others: {}",
    ),
    "bias-std-in-angle": Mistake(
        "θ in place of the lifted angle u gives the student's values",
        "the angle is the one between x and x'; with a random bias it is that between (x, β) and "
        "(x', β)",
    ),
    # One step in the student's own formula.
    "inner-sign": Mistake(
        "with one sign in the formula turned, it is right", "one sign is wrong, at {}"
    ),
    "inner-factor": Mistake(
        "with one number or factor in the formula changed, it is right",
        "one number or factor is wrong, at {}",
    ),
    "exponent": Mistake(
        "with one power in the formula changed, it is right", "one power is wrong, at {}"
    ),
    "brackets": Mistake(
        "with one pair of brackets moved, it is right",
        "the brackets do not say what you mean: * and / go from left to right, ^ before both",
    ),
    "argument-order": Mistake(
        "with the two arguments of a function exchanged, it is right",
        "the arguments of a function are in the wrong order, at {}",
    ),
    "wrong-function": Mistake(
        "with one function in the formula changed, it is right", "one function is wrong, at {}"
    ),
    "inner-term": Mistake(
        "with one term or factor dropped from the formula, it is right",
        "a term or factor is there that should not be, at {}",
    ),
    "missing-inner-term": Mistake(
        "with one term more in the formula, it is right", "a term is missing, at {}"
    ),
    "wrong-operator": Mistake(
        "with one of + - * / ^ in place of another, it is right",
        "one operator (+ - * / ^) is another than it should be",
    ),
    "wrong-block": Mistake("right in some blocks of the result, wrong in the others", "{}"),
    "wrong-variable-inside": Mistake(
        "with one variable in the formula exchanged for another, it is right",
        "one variable is wrong, at {}",
    ),
    # Vague, but still a relation.
    "inner-comparison": Mistake(
        "with one comparison in the program turned, it is right", "one comparison is wrong, at {}"
    ),
    "inner-transposed": Mistake(
        "with one transpose more or less in the program, it is right",
        "a transpose is missing or too many: {}",
    ),
    "matrix-product": Mistake(
        "with @ for * or the other way round, it is right",
        "a product is taken entry by entry where it should be of matrices, or the other way "
        "round, at {}",
    ),
    "wrong-axis": Mistake(
        "with another axis, it is right", "a sum or norm runs over the wrong axis, at {}"
    ),
    "off-by-one": Mistake(
        "with a range that begins or ends one later, it is right",
        "a range begins or ends at the wrong number, at {}",
    ),
    "statement-order": Mistake(
        "with two lines exchanged, it is right", "two lines are in the wrong order, from {}"
    ),
    "missing-activation": Mistake(
        "with 0 in place of the negative values, it is right",
        "negative values should be cut off, at {}",
    ),
    "few-digits": Mistake(
        "within 1 % of the right value everywhere, but not to rounding",
        "nearly right: it agrees to {} digits only. Is a constant (π, √2) typed by hand, or an "
        "integral taken too coarsely, or float32 used on the way?",
    ),
    "constant": Mistake(
        "one value for all inputs", "yours is {} for every input: it must depend on the input"
    ),
    "shift": Mistake(
        "the difference from the right value is one number",
        "yours is off by the same number, {}, everywhere",
    ),
    "power": Mistake(
        "a power of the right value is the student's", "yours is {} of the right value"
    ),
    # Programs only.
    "transposed": Mistake(
        "the transpose is right", "yours is the transpose: rows and columns have changed places"
    ),
    "flat-order": Mistake(
        "the same numbers in another order along an axis",
        "the numbers are right, their order is not: {}",
    ),
    "shape": Mistake("another shape than asked", "the shape is wrong: {}"),
    "float32": Mistake(
        "the dtype is float32, or the error is that of 24 bits",
        "computed in float32, which keeps 7 digits: use float64",
    ),
    "one-point-only": Mistake(
        "right for one point, wrong for several",
        "right for a single point, wrong for several at once {}",
    ),
    "ties": Mistake(
        "right in general, wrong where points coincide",
        "right in general, wrong where points are equal or opposite: {}",
    ),
    "edge-case": Mistake("right in general, wrong at an edge case", "right in general, wrong {}"),
    "unlearned-modes": Mistake(
        "wrong only where the kernel has an eigenvalue 0",
        "right for an invertible kernel, wrong for one with an eigenvalue 0: a mode that is not in "
        "the kernel keeps its residual, and the kernel cannot be inverted",
    ),
    "relu-outside": Mistake(
        "the ReLU around the sum in place of each neuron gives the student's values",
        "the ReLU belongs to each neuron, not around the sum over the neurons",
    ),
    "bias-outside": Mistake(
        "the bias after the ReLU gives the student's values",
        "the bias belongs inside the ReLU",
    ),
    "missing-residual": Mistake(
        "1 in place of the residual gives the student's values",
        "the residual is missing: this is the slope of the output, not of the loss",
        "∂L/∂θ = Σ ∂L/∂f_i ∂f_i/∂θ",
    ),
    "missing-targets": Mistake(
        "f or −y in place of f − y gives the student's values",
        "the residual is incomplete: it is made of the output and the targets",
    ),
    "missing-output-weight": Mistake(
        "the values without the factor a are the student's",
        "the output weight a is missing in the slopes with respect to w and b",
    ),
    "missing-square": Mistake(
        "a in place of a² gives the student's values",
        "the output weight enters once where it belongs twice: K has one a from each of the two "
        "slopes",
    ),
    "ascent": Mistake(
        "ascent in place of descent gives the student's values",
        "this goes up: descent goes against the gradient",
    ),
    "inner-step": Mistake("another learning rate gives the student's values", "{}"),
    "wrong-norm": Mistake(
        "another measure of size gives the student's values", "the measure is another one: {}"
    ),
    "product-of-means": Mistake(
        "the product of two means gives the student's values",
        "the mean of a product is not the product of the means",
    ),
    "sum-then-square": Mistake(
        "the square of the mean gives the student's values",
        "the mean is taken before the square",
    ),
    "toeplitz": Mistake(
        "another symmetry gives the student's answers",
        "this is another property: a circulant matrix depends on (i − j) mod n alone",
    ),
    "tolerance": Mistake(
        "another tolerance gives the student's answers",
        "the tolerance is not as asked, relative to the largest entry: {}",
    ),
    "basis-not-normalised": Mistake(
        "the basis with other factors gives the student's values",
        "the basis is not the orthonormal one: {}",
        "1, √2 cos kt, √2 sin kt are orthonormal for dt/2π",
    ),
    "rate-without-1/n": Mistake(
        "K or K/n² in place of K/n gives the student's values",
        "the rates carry another power of n: {}",
        "the loss is a mean, so T = K/n",
    ),
    "residual-for-output": Mistake(
        "the residual, or the change, is what the student returns",
        "this is not the output: {}",
    ),
    "rounded-up": Mistake(
        "the right value rounded is the student's", "right but for rounding, which is not asked for"
    ),
    "elementwise-exponential": Mistake(
        "the exponential taken entry by entry gives the student's values",
        "the exponential was taken entry by entry; exp(−Tτ) of a matrix is V exp(−λτ) Vᵀ",
    ),
    "initial-output-ignored": Mistake(
        "the prediction from f(0) = 0 gives the student's values",
        "the prediction starts from 0; the network starts from its own f(0)",
    ),
    "one-step-too-few": Mistake(
        "the values after another number of steps are the student's",
        "the number of steps is off: {}",
    ),
    "sequential-update": Mistake(
        "the gradient of a later part was taken after an earlier part had moved",
        "the parts are not moved at the same time: one gradient already sees another part's step",
    ),
    "residual-not-updated": Mistake(
        "the gradient of the first step, used at every step, gives the student's values",
        "the gradient is computed once and used for every step",
    ),
    "raises": Mistake("the function raises", "it raises {}"),
    "no-result": Mistake("the function returns None", "it returns None: is there a return?"),
    "not-an-array": Mistake("what comes back is no array of numbers", "what it returns is not {}"),
    "changed-inputs": Mistake(
        "an input array is another after the call",
        "it changes its input {}: work on a copy",
    ),
    "missing-function": Mistake("the file has no such function", "there is no function {}"),
    "not-written": Mistake("the stub is untouched", "not written yet"),
    "time-limit": Mistake("killed after the time limit", "stopped after {}"),
    "memory-limit": Mistake("MemoryError, or killed for memory", "it asks for too much memory: {}"),
    "exit": Mistake("the function ends the program", "it ends the program ({})"),
    "crash": Mistake("the process died", "the process died: {}"),
    "too-much-output": Mistake(
        "more than a million characters printed", "it prints without end: {}"
    ),
    "numpy-changed": Mistake("a function of numpy was replaced", "it replaces {} for everyone"),
    "forbidden-import": Mistake(
        "minintk, JAX, torch, autograd or TensorFlow is used",
        "it uses {}, which does the exercise's work: write it with numpy",
    ),
    "random": Mistake(
        "two calls with the same input differ", "the same input gives another value each time"
    ),
    "unknown": Mistake("none of the above", "it differs {}"),
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
