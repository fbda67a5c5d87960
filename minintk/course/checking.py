"""Is a formula right, and if not, what is wrong with it?

check            a formula for a named quantity: an `Answer`
quantity_table   every quantity with its letters and units
Answer           verdict, diagnosis, message, counterexample

A formula is compared at random inputs, not as text, so that it passes in any algebraic form; then
at the edges, where formulas break. What is said of a wrong one held on fresh inputs too.
"""

from __future__ import annotations

import ast
import itertools
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np

from .._require import did_you_mean, require_choice, require_flag, require_instance, require_text
from .answers.formula import Formula, FormulaError, parse_formula
from .answers.latex import DOT_PRODUCT, OF_POINTS, SPACE, plain_text
from .answers.notation import READINGS
from .answers.trees import zero_or_not
from .conventions import conventions_of, in_convention
from .diagnosis.finding import Finding, Sample, close
from .diagnosis.shown import value_words
from .diagnosis.words import say
from .examiner import Verdict, examine_formula
from .questions import QUESTIONS, names_of
from .questions.eigenvalues import K_CLASSES
from .questions.question import Question, value_of

SHORT_NAMES = {"ntk_w": "ntk_first_layer", "ntk_b": "ntk_bias", "ntk_a": "ntk_second_layer"}
# Letters of the course, and why they do not belong where a question has none of them.
_WORDS = {"n": "number of samples", "m": "width", "eta": "learning rate", "s": "number of steps"}
_WORDS |= {"tau": "time", "k": "frequency"}
STRAYS = {letter: f"the {words} does not enter here" for letter, words in _WORDS.items()}
STRAYS["sigma"] = "the weights are drawn with standard deviation 1 here"
_Z = rf"{DOT_PRODUCT}{SPACE}\+{SPACE}b\b"


@dataclass(frozen=True)
class Answer:
    """What was found: `verdict` is "right" or "wrong".

    diagnosis       name in the catalogue of mistakes, "unknown", or None where right
    message         what to tell the student; no right formula, no right value
    counterexample  inputs, "yours", and "right" if it was to be revealed; None where right
    finding         the same as data: kind, parts, factors, place
    note            how text or convention were read, "" where there is one way only
    """

    quantity: str
    verdict: str
    diagnosis: str | None
    message: str
    counterexample: Mapping[str, Any] | None = None
    finding: Finding | None = None
    note: str = ""


def check(
    quantity: str,
    formula: str,
    *,
    bias: bool = True,
    k: str | None = None,
    convention: str | None = None,
    reveal: bool = False,
    hints: bool = True,
) -> Answer:
    """Check a formula for one of the quantities, and say what is wrong with it.

    `quantity` is a name of `quantity_table()`. `bias` matters for the NTK and its eigenvalues. `k`
    chooses the frequencies of an eigenvalue's formula: "0", "1", "even" (k ≥ 2), "odd" (k ≥ 3), or
    a number such as "6". Without it the formula must hold for all. `convention` (basri2019, …) asks
    for another paper's kernel, eigenvalue, rate or loss. `reveal` puts the right value into the
    counterexample; `hints=False` leaves out Hint, Remember and Read, and so does `convention`:
    they are of minintk's own. Prints nothing.
    Raises FormulaError, a ValueError, for text that is no formula, with the fix.

    >>> answer = check("kappa1", "(sin(t) + (pi - t)*cos(t))/(2*pi)")
    >>> answer.verdict, answer.diagnosis
    ('wrong', 'factor-1/2')
    >>> check("ntk_eigenvalue", "1/(pi*k)^2", k="odd").verdict
    'right'
    """
    asked = find_question(quantity, require_flag("bias", bias), k)
    source = ""
    if convention is not None:
        row = conventions_of(asked, bias).get(require_text("convention", convention))
        source = f"in the convention “{row.name}”: {row.source}" if row else ""
        if not row and convention in conventions_of(find_question(quantity, not bias, k), not bias):
            with_it = "without a bias: add" if bias else "with a bias: leave out"
            raise ValueError(f"convention {convention} is known here {with_it} --no-bias")
        asked = in_convention(asked, convention, bias)
    parsed = _read_formula(asked, require_text("formula", formula))
    reveal, hints = require_flag("reveal", reveal), require_flag("hints", hints) and not source
    verdict = examine_formula(asked, parsed)
    if verdict.finding and parsed.note.startswith("read as"):  # right in another reading is right
        others = (_read_formula(asked, formula, reading) for reading in READINGS[1:])
        right = [other for other in others if examine_formula(asked, other).finding is None]
        parsed = right[0] if right else parsed
        verdict = examine_formula(asked, parsed) if right else verdict
    note = "; ".join(filter(None, (parsed.note, source)))
    if verdict.finding is None:
        return Answer(asked.name, "right", None, "Right.", note=note)
    example, kind = _counterexample(asked, parsed, reveal, verdict), verdict.finding.kind
    told = _in_words(example) if kind == "unknown" and example else ""
    about = None if kind == "unknown" else asked
    if about and "r" in parsed.tokens:  # what the residual is was known
        about = replace(about, hints={k: h for k, h in about.hints.items() if k != "sign"})
    message = say(verdict.finding, about, hints=hints, example=told)
    return Answer(asked.name, "wrong", kind, message, example, verdict.finding, note)


def quantity_table(quantity: str | None = None) -> dict[str, dict[str, Any]]:
    """Every quantity of `check`, or one: title, variables with units, shorthands, names on paper.

    >>> quantity_table()["kappa0"]["variables"]
    {'t': 'angle θ between the points, radians in [0, π]'}
    """
    table = {}
    for key in QUESTIONS if quantity is None else [quantity]:
        question = find_question(key, True, None)
        table[question.name] = {
            "title": question.title,
            "variables": {v.name: v.meaning for v in question.letters},
            "shorthands": {short: words for short, (words, _) in question.shorthands.items()},
            "spellings": {v.name: list(v.aliases) for v in question.letters if v.aliases},
            "names": names_of(question.name),
        }
    return table


def find_question(name: str, bias: bool, k: str | None) -> Question:
    """The question of a name, for the options; rejects those that do not fit it."""
    if isinstance(name, str):
        name = SHORT_NAMES.get(name, name)
        near = "" if name in QUESTIONS else did_you_mean(name, QUESTIONS)
        if near:
            raise ValueError(f"quantity must be one of those of --list, got {name!r}{near}")
    name = require_choice("quantity", name, QUESTIONS)
    if k is not None:
        if not (isinstance(k, str) and k.isascii() and k.isdigit() and len(k) < 5):
            require_choice("k", k, (*K_CLASSES, "any whole number, as 6"))
        if not name.startswith("ntk_eigenvalue"):
            raise ValueError(f"k must be left out for {name}, got {k!r}")
    return _question(name, bias, k)


@lru_cache(maxsize=128)
def _question(name: str, bias: bool, k: str | None) -> Question:
    """The question, and what it keeps of its values: there are few but for the numbers k."""
    question = QUESTIONS[name](bias, k)
    own = {letter.name for letter in question.letters} | set(question.shorthands)
    strays = {key: why for key, why in {**STRAYS, **question.strays}.items() if key not in own}
    return replace(question, strays=strays)


def _read_formula(question: Question, text: str, reading: str = READINGS[0]) -> Formula:
    """The formula in the letters and shorthands of the question."""
    aliases = {alias: v.name for v in question.letters for alias in v.aliases}
    names = [v.name for v in question.letters] + list(question.shorthands)
    plain, note = plain_text(text), ""
    for letter, pattern, said in (("z", _Z, "w·x + b as z"), ("t", OF_POINTS, "x·x' as cos(t)")):
        if letter in names and re.search(pattern, plain):
            plain = re.sub(pattern, said.partition(" as")[2] + " ", plain)
            note = f"read with {said}"
    if "z" in names and re.search(DOT_PRODUCT, plain):
        raise FormulaError("write z for w·x + b, the coordinates of w and x for w·x alone")
    if "z" in names and re.search(r"(?<![A-Za-z_])h(?![\w(])", plain):
        raise FormulaError("write relu(z) for h")
    if {"w1", "x1"} <= {*names} and re.search(rf"\b(cos|sin){SPACE}\(?{SPACE}(t|theta)\b", plain):
        raise FormulaError("write x1 for cos(t), x2 for sin(t)")
    formula = parse_formula(
        plain if note else text,
        names,
        aliases=aliases,
        functions=question.functions,
        strays=question.strays,
        reading=reading,
    )
    if "tau" in names and {"eta", "s"} <= formula.strays:
        one, other = (question.inputs(np.random.default_rng(seed), 9) for seed in (1, 2))
        other = one | {"eta": other["eta"], "s": one["eta"] * one["s"] / other["eta"]}
        if np.allclose(formula(one), formula(other), 1e-9, 0):  # their product alone enters
            raise FormulaError("write tau for eta s")
    if isinstance(compared := formula.tree, ast.Compare):  # eta < 2/lambda, but not z > 0
        sides = [replace(formula, tree=t) for t in (compared.left, *compared.comparators)]
        if formula.strays or any(examine_formula(question, s).finding is None for s in sides):
            raise FormulaError("give the formula only, one side of the inequality, without < or >")
    return replace(formula, text=text, note=formula.note or note)


def _counterexample(
    question: Question, formula: Formula, reveal: bool, verdict: Verdict
) -> dict[str, Any]:
    """The simplest input at which the two differ; at which there is no number, if that is said."""
    where = verdict.where
    no_number = verdict.finding is not None and verdict.finding.kind == "not-a-number"
    strays = dict.fromkeys(sorted(formula.strays), 2.0)
    first, again = itertools.tee([dict(where)] if where else _simple_inputs(question))
    small = ((0.0, known) for known in again)  # at last a small one beside 0, too
    for least, known in itertools.chain(((1e-3, known) for known in first), small):
        values = known | strays
        inputs = question.complete(values)
        right = float(value_of(question.right, inputs))
        given = formula(inputs)
        yours = float(given if least or right else zero_or_not(formula.tree, inputs, given))
        scale = np.array(max(abs(right), least))
        sample = Sample((), (scale,), (), question.relative, question.absolute)
        wrong = not (math.isfinite(yours) if no_number else close(yours, right, sample))
        if where or wrong:
            found = [("yours", yours), ("right", right)][: 1 + reveal]
            rounded = {n: 0.0 if abs(v) < 1e-13 and least else v for n, v in found}
            return {"inputs": values, **rounded}
    return {}


def _simple_inputs(question: Question) -> Iterator[dict[str, Any]]:
    yield from map(dict, question.simple)
    names = [v.name for v in question.letters]
    choices = itertools.product(*(v.simple for v in question.letters))
    yield from (dict(zip(names, c, strict=True)) for c in itertools.islice(choices, 200))
    drawn = question.inputs(np.random.default_rng(3), 200)
    for i in range(200):
        digits = 16 if question.draw else 2
        yield {name: round(float(drawn[name][i % len(drawn[name])]), digits) for name in names}


def _in_words(example: Mapping[str, Any], digits: int = 6) -> str:
    inputs = ", ".join(f"{name} = {value_words(v)}" for name, v in example["inputs"].items())
    said = {"yours": "yours is", "right": "the right value is"}
    values = [(words, example[n]) for n, words in said.items() if n in example]
    small = {0: "0", 5e-324: "below 1e-300"}  # what a float rounds to 0
    found = (f"{words} {small.get(abs(v)) or f'{v:.{digits}g}'}" for words, v in values)
    return f"at {inputs} {', '.join(found)}"


def describe(answer: Answer) -> str:
    """An answer for people, a few lines.

    >>> print(describe(check("relu", "max(z, 0)")))
    right: relu
    """
    require_instance("answer", answer, Answer, "check(quantity, formula)")
    note = [f"  ({answer.note})"] if answer.note else []
    if answer.verdict == "right":
        return "\n".join([f"right: {answer.quantity}", *note])
    lines = [f"wrong: {answer.quantity} [{answer.diagnosis}]", *note, f"  {answer.message}"]
    if answer.counterexample and answer.diagnosis != "unknown":
        digits = 12 if answer.diagnosis == "few-digits" else 6
        lines.append(f"  For example, {_in_words(answer.counterexample, digits)}.")
    return "\n".join(lines)


def as_json(answer: Answer) -> dict[str, Any]:
    """An answer as JSON can hold it: a value that is not finite becomes "nan" or "inf"."""

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: plain(entry) for key, entry in value.items()}
        return str(value) if isinstance(value, float) and not math.isfinite(value) else value

    return {f.name: plain(getattr(answer, f.name)) for f in fields(answer) if f.name != "finding"}
