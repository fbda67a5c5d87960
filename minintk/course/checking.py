"""Is a formula right, and if not, what is wrong with it?

check            a formula for a named quantity: an `Answer`
quantity_table   every quantity with its variables and units
Answer           verdict, diagnosis, message, counterexample

A formula is compared at random inputs, not as text, so that it passes in any algebraic form; then
at the edges, where formulas break. What is said of a wrong one held on fresh inputs too.
"""

from __future__ import annotations

import ast
import copy
import itertools
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .._require import require_choice, require_flag, require_instance, require_text
from .answers.notation import READINGS
from .diagnosis import find_mistake
from .formula import Formula, evaluate, parse_formula
from .mistakes import say
from .parts import part_models
from .quantities import KERNEL_QUANTITIES, Quantity
from .rates import K_CLASSES, RATE_QUANTITIES
from .ratios import name_of_constant, ratio_words
from .samples import Model, Sample, Value, agree, as_right, close, constant_ratio
from .slips import misread, slip_models
from .slopes import SLOPE_QUANTITIES

__all__ = ["Answer", "as_json", "check", "describe", "quantity_table"]

QUANTITIES = KERNEL_QUANTITIES | RATE_QUANTITIES | SLOPE_QUANTITIES
SHORT_NAMES = {"ntk_w": "ntk_first_layer", "ntk_b": "ntk_bias", "ntk_a": "ntk_second_layer"}

_POINTS = 40
_EDGE_TOLERANCE = 1e-7  # an arccos loses half of the digits at its edges, which is no mistake


@dataclass(frozen=True)
class Answer:
    """What was found: `verdict` is "right" or "wrong".

    diagnosis       name in the catalogue of mistakes, "unknown", or None where right
    message         what to tell the student; no right formula, no right value
    counterexample  inputs, "yours", and "right" if it was to be revealed; None where right
    note            how the text was read, "" where there is one way only
    """

    quantity: str
    verdict: str
    diagnosis: str | None
    message: str
    counterexample: Mapping[str, Any] | None = None
    note: str = ""


def check(
    quantity: str, formula: str, *, bias: bool = True, k: str | None = None, reveal: bool = False
) -> Answer:
    """Check a formula for one of the quantities, and say what is wrong with it.

    `quantity` is a name of `quantity_table()`. `bias` matters for the NTK and its eigenvalues. `k`
    ("0", "1", "even", "odd": even k ≥ 2, odd k ≥ 3) chooses the class of frequencies of an
    eigenvalue's formula; without it the formula must hold for all. `reveal` puts the right value
    into the counterexample. Prints nothing.
    Raises FormulaError, a ValueError, for text that is no formula, with the fix.

    >>> answer = check("kappa1", "(sin(t) + (pi - t)*cos(t))/(2*pi)")
    >>> answer.verdict, answer.diagnosis
    ('wrong', 'factor-1/2')
    >>> check("ntk_eigenvalue", "1/(pi*k)^2", k="odd").verdict
    'right'
    """
    asked = find_quantity(quantity, require_flag("bias", bias), k)
    parsed = read_formula(asked, require_text("formula", formula))
    reveal = require_flag("reveal", reveal)
    found = _generic_mistake(asked, parsed) or _edge_mistake(asked, parsed)
    if found and parsed.note:  # right in another reading is right
        for reading in READINGS[1:]:
            other = read_formula(asked, formula, reading)
            if not (_generic_mistake(asked, other) or _edge_mistake(asked, other)):
                parsed, found = other, None
                break
    if found is None:
        return Answer(asked.question.name, "right", None, "Right.", note=parsed.note)
    model, where = found
    message = say(model.name, model.relation, asked.question.hints, asked.question.pointer)
    example = _counterexample(asked, parsed, reveal, where)
    if model.name == "unknown":
        message = f"It differs, in no way that the catalogue knows: {_in_words(example)}."
    return Answer(asked.question.name, "wrong", model.name, message, example, parsed.note)


def quantity_table() -> dict[str, dict[str, Any]]:
    """Every quantity of `check`: its title, its variables with units, its shorthands.

    >>> quantity_table()["kappa0"]["variables"]
    {'t': 'angle θ between the points, radians in [0, π]'}
    """
    table = {}
    for name in QUANTITIES:
        quantity = find_quantity(name, True, None)
        table[name] = {
            "title": quantity.title,
            "variables": {v.name: v.meaning for v in quantity.variables},
            "shorthands": {short: words for short, (words, _) in quantity.derived.items()},
            "spellings": {v.name: list(v.aliases) for v in quantity.variables if v.aliases},
        }
    return table


def find_quantity(name: str, bias: bool, k: str | None) -> Quantity:
    """The quantity of a name, for the options; refuses those that do not fit it.

    >>> find_quantity("ntk_w", True, None).question.name
    'ntk_first_layer'
    """
    if isinstance(name, str):
        name = SHORT_NAMES.get(name, name)
    name = require_choice("quantity", name, QUANTITIES)
    if k is not None:
        require_choice("k", k, K_CLASSES)
        if not name.startswith("ntk_eigenvalue"):
            raise ValueError(f"k must be left out for {name}, got {k!r}")
    return QUANTITIES[name](bias, k)


def read_formula(quantity: Quantity, text: str, reading: str = READINGS[0]) -> Formula:
    """The formula in the variables and shorthands of the quantity.

    >>> read_formula(find_quantity("kappa0", True, None), "1 - θ/π").variables
    frozenset({'t'})
    """
    aliases = {alias: v.name for v in quantity.variables for alias in v.aliases}
    names = [v.name for v in quantity.variables] + list(quantity.derived)
    return parse_formula(
        text, names, aliases=aliases, functions=quantity.functions, reading=reading
    )


def _sample(quantity: Quantity, formula: Formula, seed: int) -> Sample:
    inputs = quantity.inputs(np.random.default_rng(seed), _POINTS)
    right = quantity.question.right(inputs)
    return Sample((inputs,), (right,), (np.broadcast_to(formula(inputs), right.shape),))


def _generic_mistake(quantity: Quantity, formula: Formula) -> tuple[Model, None] | None:
    sample, fresh = (_sample(quantity, formula, seed) for seed in (1, 2))
    if _is_right(sample) and _is_right(fresh):
        return None

    def slips(sample: Sample) -> Iterator[Model]:
        return slip_models(quantity, formula, sample)

    def before_parts(sample: Sample) -> Iterator[Model]:
        return _slips_before_parts(quantity, formula, sample)

    def other_meaning() -> Model | None:
        return misread(quantity, formula, sample, fresh) if formula.variables else None

    one_number = not formula.variables and len(set(sample.right[0].tolist())) == 1
    model = (
        _class_mistake(quantity, sample)
        or (one_number and _number_mistake(quantity, sample))
        or (None if np.isfinite(sample.given[0]).all() else other_meaning() or _not_finite(sample))
        or _half_turns_as_180(quantity, formula, sample, fresh)
        or find_mistake(quantity.question, sample, fresh, slips, before_parts)
        or other_meaning()
        or _right_up_to_sign(sample, fresh)
        or _right_in_part(sample, fresh)
        or Model("unknown", "", lambda _, right: right)
    )
    return model, None


def _half_turns_as_180(
    quantity: Quantity, formula: Formula, sample: Sample, fresh: Sample
) -> Model | None:
    """Right if every 180 and 360 of the formula were π and 2π."""
    radians = {180: np.pi, 360: 2 * np.pi, 90: np.pi / 2}
    tree = copy.deepcopy(formula.tree)
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and n.value in radians]
    for node in found:
        node.value = radians[node.value]  # type: ignore[index]
    right = found and all(
        close(evaluate(tree, s.inputs[0]), s.right[0], s.scale) for s in (sample, fresh)
    )
    return Model("degrees", "The angle is in radians here", as_right) if right else None


def _slips_before_parts(quantity: Quantity, formula: Formula, sample: Sample) -> Iterator[Model]:
    """Slips inside a part. A fit on the parts would blame two others, with odd coefficients."""
    question = quantity.question
    hidden = not all(_shows(formula, question.terms[name], sample) for name in question.sums)
    odd = any(re.search("-[0-9]", model.relation) for model in part_models(question, sample))
    if hidden or odd:
        for model in slip_models(quantity, formula, sample):
            if model.exact and model.name != "missing-inner-term":
                yield model
    if hidden:
        yield from (
            model
            for model in part_models(replace(question, terms=question.finer), sample)
            if ";" not in model.relation
        )


def _shows(formula: Formula, value: Value, sample: Sample) -> bool:
    """Whether a piece of the formula is the part, but for a factor."""
    inputs = sample.inputs[0]
    part = np.asarray(value(inputs))
    for node in ast.walk(formula.tree):
        if isinstance(node, ast.BinOp | ast.Call):
            piece = np.broadcast_to(evaluate(node, inputs), part.shape)
            if np.isfinite(piece).all() and constant_ratio(Sample((), (part,), (piece,))):
                return True
    return False


def _is_right(sample: Sample) -> bool:
    return close(sample.given[0], sample.right[0], sample.scale)


def _class_mistake(quantity: Quantity, sample: Sample) -> Model | None:
    """Wrong in some classes of inputs (k = 0, odd k) and right in the others."""
    inputs, right, given = sample.inputs[0], sample.right[0], sample.given[0]
    good = agree(given, right, sample.scale)
    wrong = [entry for entry in quantity.classes if not good[entry[2](inputs)].all()]
    if not wrong or len(wrong) == len(quantity.classes):
        return None
    words = " and ".join(entry[1] for entry in wrong)
    inside = np.any([entry[2](inputs) for entry in wrong], axis=0)
    ratio = constant_ratio(Sample((), (right[inside],), (given[inside],)))
    relation = f": yours is {ratio_words(ratio)} times the right value" if ratio else ""
    if len(wrong) == 1 and wrong[0][0] != "wrong-parity":
        return Model(wrong[0][0], f"({relation[2:]})" if relation else "", as_right)
    fine = " and ".join(entry[1] for entry in quantity.classes if entry not in wrong)
    return Model("wrong-parity", f"right for {fine}, wrong for {words}{relation}", as_right)


def _not_finite(sample: Sample) -> Model | None:
    given = sample.given[0]
    bad = ~np.isfinite(given)
    if not bad.any():
        return None
    words = "anywhere" if bad.all() else f"at {bad.sum()} of {bad.size} ordinary inputs"
    return Model("not-a-number", words, as_right)


def _number_mistake(quantity: Quantity, sample: Sample) -> Model | None:
    """A single number can be off in one part, in a known confusion, or by a known factor."""
    question, inputs, given = quantity.question, sample.inputs[0], sample.given[0]
    scale = float(np.abs(sample.right[0]).max())
    for name, value, said in question.mistakes:
        if close(given, value(inputs), scale):
            return Model(name, said, as_right)
    for part, value in question.terms.items():
        for kind, times in (("missing", -1), ("doubled", 1), ("sign-of", -2), ("factor-of", -0.5)):
            if len(question.terms) > 1 and close(
                given, sample.right[0] + times * value(inputs), scale
            ):
                words = {"missing": "missing", "doubled": "counted twice"}
                words |= {"sign-of": "of the wrong sign", "factor-of": "half of its size"}
                relation = f"the part '{part}' is {words[kind]}"
                return Model(f"{kind}-{part.replace(' ', '-')}", relation, as_right)
    for part, value in question.foreign.items():
        if close(given, sample.right[0] + value(inputs), scale):
            return Model("foreign-term", f"there is a part that does not belong: {part}", as_right)
    ratio = constant_ratio(sample)
    if ratio is not None and 0 < abs(ratio - 1) < 1e-2:
        return Model("few-digits", "few", as_right)
    return None if ratio is None or name_of_constant(ratio) else Model("unknown", "", as_right)


def _right_up_to_sign(sample: Sample, fresh: Sample) -> Model | None:
    if all(close(np.abs(s.given[0]), np.abs(s.right[0]), s.scale) for s in (sample, fresh)):
        return Model("no-absolute-value", "", as_right)
    return None


def _right_in_part(sample: Sample, fresh: Sample) -> Model | None:
    """Right at some inputs: what holds at the others?"""
    shares, ratios = [], []
    for part in (sample, fresh):
        good = agree(part.given[0], part.right[0], part.scale)
        rest = Sample((), (part.right[0][~good],), (part.given[0][~good],))
        shares.append(good.mean())
        ratios.append(constant_ratio(rest) if (~good).any() else None)
    if min(shares) < 0.15:
        return None
    words = f"right at {100 * shares[0]:.0f} % of ordinary inputs"
    if ratios[0] and ratios[1] and math.isclose(ratios[0], ratios[1], rel_tol=1e-6):
        words += f", {ratio_words(ratios[0])} times the right value at the others"
    return Model("other-branch", words, as_right)


def _edge_mistake(quantity: Quantity, formula: Formula) -> tuple[Model, dict[str, Any]] | None:
    """Right in general: and at the edges?"""
    for words, name, values in quantity.edges:
        inputs = quantity.complete(values)
        right, given = quantity.question.right(inputs), formula(inputs)
        scale = max(1.0, float(np.abs(right).max()))
        with np.errstate(all="ignore"):
            wrong = ~(np.abs(given - right) <= _EDGE_TOLERANCE * scale)
        if not wrong.any():
            continue
        at = int(np.argmax(wrong))
        where = {key: float(np.broadcast_to(v, right.shape)[at]) for key, v in values.items()}
        finite = np.isfinite(given[wrong]).all()
        kind = name if name == "kink" or not finite else "edge-case"
        relation = "" if kind in ("kink", "arccos-above-one") else words
        return Model(kind, relation, as_right), where
    return None


def _counterexample(
    quantity: Quantity, formula: Formula, reveal: bool, where: dict[str, Any] | None
) -> dict[str, Any]:
    """The simplest input at which the two differ."""
    for values in [where] if where else _simple_inputs(quantity):
        inputs = quantity.complete(values)
        right = float(quantity.question.right(inputs))
        yours = float(formula(inputs))
        if where or not close(yours, right, max(abs(right), 1e-3)):
            example: dict[str, Any] = {"inputs": values, "yours": yours}
            return example | ({"right": right} if reveal else {})
    return {"inputs": {}, "yours": math.nan}


def _simple_inputs(quantity: Quantity) -> Iterator[dict[str, Any]]:
    yield from map(dict, quantity.simple)
    names = [v.name for v in quantity.variables]
    if not quantity.simple:
        choices = itertools.product(*(v.simple for v in quantity.variables))
        yield from (dict(zip(names, c, strict=True)) for c in itertools.islice(choices, 200))
    drawn = quantity.inputs(np.random.default_rng(3), 200)
    for i in range(200):
        digits = 16 if quantity.draw else 2
        yield {name: round(float(drawn[name][i % len(drawn[name])]), digits) for name in names}


def _in_words(example: Mapping[str, Any]) -> str:
    inputs = ", ".join(f"{name} = {_number(value)}" for name, value in example["inputs"].items())
    text = f"at {inputs or 'this quantity'} yours is {example['yours']:.6g}"
    return text + (f", the right value is {example['right']:.6g}" if "right" in example else "")


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
        lines.append(f"  For example, {_in_words(answer.counterexample)}.")
    return "\n".join(lines)


def as_json(answer: Answer) -> dict[str, Any]:
    """An answer as JSON can hold it: a value that is not finite becomes "nan" or "inf".

    >>> as_json(check("relu", "max(z, 0)"))["verdict"]
    'right'
    """

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: plain(entry) for key, entry in value.items()}
        return str(value) if isinstance(value, float) and not math.isfinite(value) else value

    return {
        "quantity": answer.quantity,
        "verdict": answer.verdict,
        "diagnosis": answer.diagnosis,
        "message": answer.message,
        "counterexample": plain(answer.counterexample),
        "note": answer.note,
    }


def _number(value: float) -> str:
    for denominator in (1, 2, 3, 4, 6):
        times = value * denominator / math.pi
        if times and abs(times - round(times)) < 1e-12:
            pi = "pi" if abs(round(times)) == 1 else f"{round(times)}*pi"
            return pi if denominator == 1 else f"{pi}/{denominator}"
    return f"{value:.6g}"
