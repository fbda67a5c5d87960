"""From findings to sentences: the only place where a diagnosis becomes text.

CATALOGUE   kind → what is said of it, and what to remember
say         a finding in words: what is wrong, a hint, where to read
Mistake     one entry of the catalogue
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..questions.question import Question
from .clauses import case, shown_value, value_words
from .finding import Finding
from .parts import NETWORK_PARTS

__all__ = ["CATALOGUE", "Mistake", "say", "shown_value", "value_words"]


class Mistake(NamedTuple):
    """One entry: what it says ({} takes what is known of the case), and what to remember."""

    says: str
    remember: str = ""


_HALF = "there is a ½ in the loss, and another in the Gaussian expectations"
_MEASURE = "the measure is dt/2π; κ0 and κ1 are 1 at angle 0"
_BASIS = "the basis 1, √2 cos kt, √2 sin kt is orthonormal for dt/2π"
_MEAN = "the loss is a mean over the n samples, and so is the operator K/n"
_FRONT = "the network has m^-1/2 in front, so a kernel has 1/m"
_FACTORS = {
    **dict.fromkeys(("2", "1/2", "4", "1/4"), _HALF),
    **dict.fromkeys(("pi", "1/pi", "2pi", "1/2pi", "pi^2", "1/pi^2"), _MEASURE),
    **dict.fromkeys(("sqrt2", "1/sqrt2"), _BASIS),
    **dict.fromkeys(("n", "1/n"), _MEAN),
    **dict.fromkeys(("m", "1/m", "sqrt-m", "1/sqrt-m"), _FRONT),
    **dict.fromkeys(("other", "variable"), ""),
}
_PARTS = "the NTK is a sum over the trained parts: first layer, bias, second layer"
_KINDS = ("missing", "doubled", "sign-of", "factor-of")

CATALOGUE: dict[str, Mistake] = {
    **{f"factor-{name}": Mistake("yours is {}", text) for name, text in _FACTORS.items()},
    **{
        f"{kind}-{part.replace(' ', '-')}": Mistake("{}", _PARTS)
        for part in NETWORK_PARTS
        for kind in _KINDS
    },
    **{f"{kind}-term": Mistake("{}") for kind in (*_KINDS, "foreign")},
    **{
        kind: Mistake(*said)
        for kind, said in {
            # Whole answers.
            "sign": ("yours has the opposite sign everywhere{}",),
            "residual-squared": (
                "yours has the residual f − y once too often: {}",
                "the derivative of r²/2 is r",
            ),
            "wrong-part": ("{}", "one kernel for each part"),
            "other-convention": (
                "right in another convention, that of {}; here minintk's is asked for",
                "`minintk conventions` lists them",
            ),
            "stray-letter": ("the letter {} does not belong here",),
            "wrong-term": ("one term is wrong: {}",),
            # Confusions.
            "kappa-swapped": (
                "the arc-cosine kernels have changed places",
                "κ0 belongs to the derivatives (first layer, bias), κ1 to the neurons' outputs",
            ),
            "cos-for-angle": (
                "a function of the angle (its cosine or sine), or what has it as its cosine, "
                "stands where the angle itself belongs",
            ),
            "degrees": ("the angle is taken in the wrong unit; here it is in radians",),
            "supplement": (
                "π − θ stands where θ belongs: check the value at θ = 0 against that at θ = π",
            ),
            "sin-cos-swapped": ("sin and cos have changed places",),
            "arccos-above-one": (
                "right in general, but not a number where the points coincide or are opposite: "
                "rounding takes the cosine above 1 there, and its arccos does not exist",
                "the cross product of the points still knows the angle where their cosine no "
                "longer does",
            ),
            "not-a-number": ("not a finite number {}",),
            "off-by-one-in-k": (
                "the frequency is off by one: yours is the value of a neighbouring k",
            ),
            "wrong-parity": (
                "{}",
                "cos θ κ0 and κ1 reach even k (and k = 1), κ0 reaches odd k (and k = 0)",
            ),
            "wrong-at-k0": ("{}", "the constant mode is not doubled: λ_0 = ∫ K du/2π"),
            "wrong-at-k1": (
                "{}",
                "at k = 1 the general formula divides by 0: integrate cos² by itself",
            ),
            "standard-parametrisation": (
                "these are the values of the standard parametrisation; here the factor m^-1/2 is "
                "in front of the network",
            ),
            "descent-for-flow": (
                "{}",
                "flow: dr/dτ = −Tr; descent: r_{s+1} = (I − ηT) r_s; they agree for ηλ ≪ 1 only",
            ),
            "loss-rate": (
                "this is how the loss decays, not the residual: the loss is the square",
                "the loss of a mode is half the square of its residual",
            ),
            "kink": (
                "right except on the kink, where a pre-activation is exactly 0",
                "relu'(0) = 0 by convention",
            ),
            "leaky": ("right for z > 0 only: below 0 the neuron must be silent{}",),
            "other-activation": (
                "the activation is not the ReLU: {}",
                "relu(z) = max(z, 0), and its derivative is 0 or 1",
            ),
            "missing-squares": (
                "not the same quantity: {}",
                "the derivation differentiates a square",
            ),
            "ignores-activation": (
                "the neuron is taken to be active everywhere: the factor that is 0 for z < 0 is "
                "missing",
                "∂relu(z)/∂w = relu'(z) x",
            ),
            "uses-relu-for-derivative": (
                "relu(z) and its derivative relu'(z) have changed places",
            ),
            "wrong-variable": ("a variable stands where another belongs: {}",),
            "growth-for-decay": ("yours grows with time; a residual decays",),
            "complement": ("this is what is learned, not what is left",),
            "chord-for-angle": ("this is the straight distance between the points",),
            "supplement-of-sign": ("the two sides of 0 have changed places",),
            "wrong-log": ("the logarithm is not the natural one",),
            "no-absolute-value": (
                "right up to the sign, which is wrong for some inputs: is something to be taken "
                "absolutely?",
            ),
            "other-branch": ("right for some inputs and not for others{}",),
            "bias-std-in-angle": (
                "the angle is the one between x and x'; with a random bias it is that between "
                "(x, β) and (x', β)",
            ),
            # One edit in the student's own formula or program.
            "inner-sign": ("one sign is wrong, at {}",),
            "inner-factor": ("one number or factor is wrong, at {}",),
            "exponent": ("one power is wrong, at {}",),
            "brackets": (
                "the brackets do not say what you mean: * and / go from left to right, ^ before "
                "both{}",
            ),
            "argument-order": ("the arguments of a function are in the wrong order, at {}",),
            "wrong-function": ("one function is wrong, at {}",),
            "inner-term": ("a term or factor is there that should not be, at {}",),
            "missing-inner-term": ("a term is missing, at {}",),
            "wrong-operator": ("one operator (+ - * / ^) is another than it should be{}",),
            "wrong-block": ("{}",),
            "wrong-variable-inside": ("one variable is wrong, at {}",),
            "inner-comparison": ("one comparison is wrong, at {}",),
            "inner-transposed": ("a transpose is missing or too many: {}",),
            "matrix-product": (
                "a product is taken entry by entry where it should be of matrices, or the other "
                "way round, at {}",
            ),
            "wrong-axis": ("a sum or norm runs over the wrong axis, at {}",),
            "off-by-one": ("a range begins or ends at the wrong number, at {}",),
            "statement-order": ("two lines are in the wrong order, from {}",),
            "missing-activation": ("negative values should be cut off, at {}",),
            "overwritten": ("an array that is still needed is overwritten in place, at {}",),
            # Relations that say less.
            "few-digits": (
                "nearly right: it agrees to {} only. Is a constant (π, √2) typed by hand, or an "
                "integral taken too coarsely, or float32 used on the way?",
            ),
            "rounded": ("right, but rounded to {}, which is not asked for",),
            "constant": ("yours is {} for every input: it must depend on the input",),
            "shift": ("yours is off by the same number, {}, everywhere",),
            "power": ("yours is {} of the right value",),
            "unknown": ("it differs, in no way that the catalogue knows{}",),
            # Values of programs.
            "transposed": ("yours is the transpose: rows and columns have changed places",),
            "flat-order": ("the numbers are right, their order is not: {}",),
            "shape": ("the shape is wrong: {}",),
            "float32": ("computed in float32, which keeps 7 digits: use float64",),
            "whole-numbers": (
                "the result is an array of whole numbers, which cuts off what stands behind the "
                "point: make it one of floats",
            ),
            "one-point-only": ("right for a single point, wrong for several at once{}",),
            "ties": ("right in general, wrong where points are equal or opposite: {}",),
            "edge-case": ("right in general, wrong {}",),
            "grid-only": (
                "right on a uniform grid only: of the angles nothing but the first is used",
            ),
            "eigenvalues-twice": (
                "each eigenvalue of k ≥ 1 is listed twice, for cos kt and for sin kt; here it is "
                "asked for once",
            ),
            "unlearned-modes": (
                "right for an invertible kernel, wrong for one with an eigenvalue 0: a mode that "
                "is not in the kernel keeps its residual, and the kernel cannot be inverted",
            ),
            "relu-outside": (
                "the ReLU belongs to each neuron, not around the sum over the neurons",
            ),
            "bias-outside": ("the bias belongs inside the ReLU",),
            "missing-residual": (
                "the residual is missing: this is the derivative of the output, not of the loss",
                "∂L/∂θ = Σ ∂L/∂f_i ∂f_i/∂θ",
            ),
            "missing-targets": (
                "the residual is incomplete: it is made of the output and the targets",
            ),
            "missing-output-weight": (
                "the output weight a is missing in the derivatives with respect to w and b",
            ),
            "missing-square": (
                "the output weight enters once where it belongs twice: K has one a from each of "
                "the two derivatives",
            ),
            "ascent": ("this goes up: descent goes against the gradient",),
            "inner-step": ("{}",),
            "wrong-norm": ("the measure is another one: {}",),
            "product-of-means": ("the mean of a product is not the product of the means",),
            "sum-then-square": ("the mean is taken before the square",),
            "toeplitz": (
                "this is another property: a circulant matrix depends on (i − j) mod n alone",
            ),
            "tolerance": ("the tolerance is not as asked, relative to the largest entry: {}",),
            "basis-not-normalised": ("the basis is not the orthonormal one: {}", _BASIS),
            "rate-without-1/n": (
                "the rates carry another power of n: {}",
                "the loss is a mean, so T = K/n",
            ),
            "residual-for-output": ("this is not the output but {}",),
            "rounded-up": ("right but for rounding to a whole number, which is not asked for",),
            "elementwise-exponential": (
                "the exponential was taken entry by entry; exp(−Tτ) of a matrix is V exp(−λτ) Vᵀ",
            ),
            "initial-output-ignored": (
                "the prediction does not start from the network's own f(0)",
            ),
            "one-step-too-few": ("the number of steps is off: {}",),
            "sequential-update": (
                "the parts are not moved at the same time: one gradient already sees another "
                "part's step",
            ),
            "residual-not-updated": ("the gradient is computed once and used for every step",),
            # What a program does.
            "raises": ("it raises {}",),
            "no-result": ("it returns None: is there a return?",),
            "not-an-array": ("what it returns is not {}",),
            "changed-inputs": ("it changes its input {}: work on a copy",),
            "missing-function": ("there is no function {}",),
            "not-written": ("not written yet",),
            "time-limit": ("stopped after {}",),
            "memory-limit": ("it asks for too much memory: {}",),
            "exit": ("it ends the program ({})",),
            "crash": ("the process died: {}",),
            "too-much-output": ("it prints without end: {}",),
            "numpy-changed": ("it replaces {} for everyone",),
            "forbidden-import": (
                "it uses {}, which does the exercise's work: write it with numpy",
            ),
            "random": ("the same input gives another value each time",),
            "remembers": ("it remembers the call before: {}",),
        }.items()
    },
}


def say(
    finding: Finding, question: Question | None = None, *, hints: bool = True, example: str = ""
) -> str:
    """What to tell the student: what is wrong, a hint, and where to read.

    `hints=False` leaves out the hint and the place to read; `example` is a counterexample in words,
    for a finding that has no relation to tell.

    >>> say(Finding("factor-1/2", factor=0.5), hints=False)
    'Yours is half the right value, everywhere.'
    >>> say(Finding("kappa-swapped", note="this is κ1, not κ0"), hints=False)
    'The arc-cosine kernels have changed places. This is κ1, not κ0.'
    """
    entry = CATALOGUE[finding.kind]
    known, more = case(finding)
    if finding.kind == "unknown" and example:
        known = f": {example}"
    if "{}" in entry.says:
        text = entry.says.replace("{}", known).removesuffix(": ").removesuffix(", at ")
    else:
        text, more = entry.says, [known, *more]
    sentences = [text, *more]
    if hints:
        named = question.hints.get(finding.kind) if question else None
        if named:
            sentences.append(f"Hint: {named}")
        elif entry.remember:
            sentences.append(f"Remember: {entry.remember}")
        if question and question.section and finding.kind != "not-written":
            number, heading = question.section
            sentences.append(f"Read: tutorial {number}, “{heading}”")
    return join(sentences)


def join(sentences: Iterable[str]) -> str:
    """Fragments as sentences: capitals at the start, a stop at the end, nothing twice.

    >>> join(["this is half", "", "and K stands for K/n"])
    'This is half, and K stands for K/n.'
    """
    text = ""
    for fragment in (f.strip() for f in sentences):
        if not fragment:
            continue
        if fragment.startswith("and ") and text:
            text = f"{text.rstrip('.')}, {fragment}"
        else:
            start = fragment[0].upper() if fragment[0].isascii() else fragment[0]
            text = f"{text} {start}{fragment[1:]}".strip()
        text = text if text.endswith((".", "?", "?”", ".”")) else f"{text}."
    return text
