"""What a line of a derivation is to the line before.

step_finding   the relation of two lines, from their values, their terms and their text
points_of      the inputs at which lines are compared; in_words says what they are there
"""

from __future__ import annotations

import ast
import contextlib
import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..._require import Array
from ..answers.calculus import bracket
from ..answers.formula import Formula
from ..answers.nodes import around, called, changed, filled, made, name_node
from ..answers.rewritten import changes
from ..answers.trees import BINDERS, children, evaluate, show, terms
from ..questions.networks import FOR_OUTPUT, FOR_SLOPE
from ..questions.question import Confusion, formula_tree
from . import edited, parts, places, ratios
from .finding import Asked, Finding, Hypothesis, PartOff, constant_ratio
from .search import confusions, ranked, search

Terms = Sequence[tuple[str, Array]]  # with their values

POINTS = 24
# Of a line of a derivation: the tests before those of its terms, and after.
_PLAIN = (edited.parity, ratios.named_factor, confusions, places.classes)
_EDITS = ranked((0.0, (edited.one_edit, edited.everywhere_or_brackets)))  # any line can be made 0
_VAGUE = (ratios.any_factor, ratios.constant, parts.parts, ratios.shift, ratios.letter_factors)

_OF_TERM = (("inner-factor", "f - x/2; f + x"), ("inner-sign", "f - 2*x"))  # x of f


def step_finding(
    asked: Asked,
    old: Terms,
    new: Terms,
    known: Sequence[Confusion],
    trees: tuple[ast.expr | None, ast.expr],
    is_right: Callable[[ast.expr], bool],
) -> Finding:
    """The relation of a line to the line before, which is the right value here.

    `old` and `new` are terms of the two lines with their values at both samples, one after the
    other. A term of a term may be among them. `known` are confusions of the line before. `trees`
    are the two lines (None for the quantity). `is_right`: has a tree the values of the first?
    """
    before, line = trees
    edits = partial(_edits_of_new, trees=trees)
    if ends := _other_limits(asked, before, line, is_right, "bracket"):
        return ends
    both = zip(*((*sample.right, *sample.given) for sample in asked.samples), strict=True)
    right, given = map(np.concatenate, both)
    if plain := search(asked, _PLAIN):
        if plain.kind == "sign" and (slip := _by_parts(asked, before, line)):
            return slip
        slips = (_EDITS,) if plain.kind in ("another-quantity", "wrong-parity") else ()
        slip = search(asked, slips)  # that may lead there
        there = slip and slip.kind in ("inner-sign", "brackets") and _is_seen(slip, trees)
        return slip if slip and there else plain
    term, place = _one_term(right, given, old, new), None
    if before and not (term and _stands(term.parts[0].name, (before, line))):
        place = one_place(before, line)
        if not place and not asked.formula:
            place = _of_integrands(asked, (before, line)) or _one_power(line, is_right)
            whole = search(asked, (ratios.any_factor, ratios.letter_factors)) if place else None
            if place and whole and (place.factor or ratios.name_of_constant(whole.factor or 1.0)):
                place = whole  # a plain factor says more than an edit
    found = (
        place
        or term
        or search(asked, (partial(confusions, known=known), _relu_for_derivative, *_VAGUE))
        or (search(asked, (edits,)) if np.ptp(right) or not np.ptp(given) else None)
        or search(asked, (partial(edited.added_fractions, before=before),))
        or _other_terms(trees, dict([*old, *new]))
        or Finding("unknown")
    )
    if found.kind == "factor-other" and not np.ptp(right) and not edited.simple(found.factor or 0):
        found = Finding("unknown")  # two numbers say as much
    vague = found.kind in ("unknown", "missing-term", "constant") and np.ptp(right) > 0
    found = (_other_limits(asked, before, line, is_right, "") if vague else None) or found
    found = found if _is_seen(found, trees) else Finding("unknown")
    return (_in_bracket(line, is_right) if found.kind == "unknown" else None) or found


def _edits_of_new(asked: Asked, trees: Sequence[ast.expr | None]) -> Iterator[Hypothesis]:
    """One edit, but in no term that stands as it is in the line before."""
    old, new = ([*map(show, terms(tree) if tree else ())] for tree in trees)
    kept, rest = ("\n".join(t for t in new if (t in old) == same) for same in (True, False))
    return (h for h in _EDITS(asked) if h.finding.place in rest or h.finding.place not in kept)


def _other_terms(trees: Sequence[ast.expr | None], values: dict[str, Array]) -> Finding | None:
    """The terms in which two lines differ, where others are alike."""
    old, new = ([*terms(tree)] if tree else [] for tree in trees)
    of, count = {term: values.get(show(term), np.nan) for term in (*old, *new)}, len(new)
    for one, other in itertools.product(old[:], new[:]):
        if one in old and other in new and np.allclose(of[one], of[other], 1e-9, 0):
            old.remove(one)
            new.remove(other)
    both = [[show(term) for term in side] for side in (old, new)]
    fits = 0 < len(old) < 3 and 0 < len(new) < min(3, count)
    said = "{} there, {} here".format(*(" and ".join(map("'{}'".format, side)) for side in both))
    fits &= all(_stands(term, trees) for side in both for term in side)
    return Finding("one-place", place=said, confirmed=True) if fits else None


def _relu_for_derivative(asked: Asked) -> Iterator[Hypothesis]:
    """A factor z, or 1/z, that is no factor of the text, but relu(z) for relu'(z), or reverse."""
    nodes = [*ast.walk(asked.formula.tree)] if asked.formula else []
    names = [getattr(node, "id", "") for node in nodes]
    relus, slopes = names.count("relu"), sum(isinstance(node, ast.Compare) for node in nodes)
    slopes += sum(map(names.count, ("relu_derivative", "step", "heaviside")))
    note, power = (FOR_OUTPUT, -1.0) if slopes else (FOR_SLOPE, 1.0)
    if bool(slopes) != bool(relus) and names.count("z") <= relus + slopes:
        for h in ratios.letter_factors(asked):
            if h.finding.powers == (("z", power),):
                found = Finding("uses-relu-for-derivative", note=note, factor=h.finding.factor)
                yield replace(h, finding=found)


def _one_term(right: Array, given: Array, old: Terms, new: Terms) -> Finding | None:
    """Equal but for one term of either line: missing, counted twice, of the other sign."""
    # the terms, the difference of the lines beside the term, the size of the part: foreign if 1
    both = [(1, v) for _, v in new] + [(-1, v) for _, v in old]  # how often each value is there
    signs = (new, 2.0, -1.0), (old, -2.0, -1.0)
    for written, by, size in ((old, -1.0, 0.0), (old, 1.0, 2.0), *signs, (new, 1.0, 1.0)):
        for name, value in written if right.any() else ():  # 0 = a² + a² is no a² − a²
            with np.errstate(all="ignore"):
                ratio = constant_ratio(given - right, value)
            if ratio is None or not math.isclose(ratio, by, rel_tol=1e-7):
                continue
            more = [sum(n for n, v in both if np.allclose(v, s * value, 1e-9, 0)) for s in (1, 2)]
            if (size == -1 and given.any()) or (
                max(more[: int(size)]) > 0 if size else more[0] < 0
            ):
                if size == -1 and not any(np.allclose(v, -value, 1e-12, 0) for _, v in written):
                    name = _unsigned(name)  # else it tells which of two
                part = PartOff(name, size, size == 1, name)
                return Finding(parts.kind_of((part,)), parts=(part,), confirmed=True)
    return None


def _unsigned(term: str) -> str:
    return re.sub(r"^([^(]*\*)?-", r"\1", term)


def _of_integrands(asked: Asked, trees: tuple[ast.expr, ast.expr]) -> Finding | None:
    """One change between the integrands of two lines that are a factor times an integral each.

    A change in what both lines share may make the integrals equal by chance, and no more.
    """
    calls: list[list[Any]] = [[n for n in ast.walk(t) if called(n) in BINDERS] for t in trees]
    keys = [[(called(n), *map(ast.dump, n.args[1:])) for n in of] for of in calls]
    if keys[0] != keys[1] or [key[0] for key in keys[0]] != ["integral"]:
        return None
    every = itertools.product(("x", "2 * x"), zip(trees, calls, strict=True))
    old, new, *twice = (made(t, {id(n): filled(by, x=n.args[0])}) for by, (t, (n,)) in every)
    sample, (_, letter, *ends) = asked.sample, calls[0][0].args
    with contextlib.suppress(KeyError):  # of a name that stands for more
        low, high = (np.clip(evaluate(end, sample.inputs[0]), -9, 9) for end in ends)
        share = np.random.default_rng(7).uniform(size=sample.right[0].shape)
        inputs = {**sample.inputs[0], letter.id.rstrip("_"): low + share * (high - low)}
        right, given, *more = (evaluate(t, inputs) + 0 * share for t in (old, new, *twice))
        sample = replace(sample, inputs=(inputs,), right=(right,), given=(given,), known={})
        asked = Asked(asked.question, sample, sample, Formula(show(new), new, ()))
        if np.allclose(more, (2 * right, 2 * given), 1e-9, 0):  # no term stands beside
            return search(asked, (ranked((0.0, (edited.one_edit,))),))
    return None


def _by_parts(asked: Asked, before: Any, line: ast.expr) -> Finding | None:
    """The integral beside a bracket, where with its other sign the integrands agree everywhere."""
    every, (sample, _) = [*_with_limits(before), *_with_limits(line)], asked.samples
    limits = {(letter.rstrip("_"), show(low), show(high)) for letter, low, high, _ in every}
    if [hasattr(node, "bracket") for *_, node in every] != [False, False, True] or len(limits) > 1:
        return None
    (letter, low, high, old), (*_, new), (*_, end) = every
    x, step = letter.rstrip("_"), 1e-6
    with contextlib.suppress(KeyError):  # of a name that stands for more
        a, b = (np.clip(evaluate(of, sample.inputs[0]), -9, 9) for of in (low, high))
        at = a + (b - a) * np.random.default_rng(7).uniform(size=sample.right[0].shape)
        up, down = (
            evaluate(end.bracket[0], {**sample.inputs[0], x: at + s}) for s in (step, -step)
        )
        inputs = {**sample.inputs[0], x: at, "slope": (up - down) / (2 * step)}
        flipped = {id(new): filled("-x", x=new.args[0]), id(end): name_node("slope")}
        one, other = made(before, {id(old): old.args[0]}), made(line, flipped)
        if np.allclose(evaluate(one, inputs), evaluate(other, inputs), 1e-6, 1e-8):
            return Finding("inner-sign", place=show(new), confirmed=True)
    return None


def _stands(term: str, lines: Sequence[ast.expr | None]) -> bool:
    """Whether a term is one as it was written: under an integral a product of sums has others."""
    inside = re.search(rf"({'|'.join(BINDERS)})\(.*\)", term)
    return inside is None or any(line and inside[0] in show(line) for line in lines)


def _one_power(line: ast.expr, is_right: Callable[[ast.expr], bool]) -> Finding | None:
    """One power, sign or factor of an angle, but for which a line with an integral is right."""
    nodes: list[Any] = [*ast.walk(line)]
    angles = {id(n) for node in nodes if called(node) in ("sin", "cos") for n in ast.walk(node)}
    letters = {id(n.args[1]) for n in nodes if called(n) in BINDERS and len(n.args) > 1}
    for c in changes(line, {n.id for n in nodes if isinstance(n, ast.Name)}, ()):
        of_angle = c.kind == "inner-factor" and called(c.shown) in ("sin", "cos")
        power = c.kind == "exponent" and id(c.node) not in angles  # sin(k³u) makes up for k²
        plain = (of_angle or power or c.kind == "inner-sign") and id(c.node) not in letters
        if plain and c.cost < 1.35 and is_right(made(line, {id(c.node): c.new})):
            return Finding(c.kind, place=show(c.shown), confirmed=True)
    return None


def _other_limits(
    asked: Asked, before: Any, line: ast.expr, is_right: Callable[[ast.expr], bool], over: str
) -> Finding | None:
    """A limit of an integral, or both, in place of which an end of an arc makes the line right.

    Not those that the line before has; both only where that has no integral. Or of a bracket.
    """
    shifts = ("", " + t", " - t")[: 3 if "t" in asked.sample.inputs[0] else 1]
    every = itertools.product(("0", "pi/2", "-pi/2", "pi", "-pi"), shifts)
    old, new = (_with_limits(tree) for tree in (before, line))
    ends = [*(formula_tree(end + by) for end, by in every), *(e for _, *of, _ in old for e in of)]
    taken = [[ast.dump(limit) for limit in limits] for _, *limits, _ in old]

    def right_with(node: Any, low: Any, high: Any) -> bool:
        of, letter, *_ = node.bracket if over else node.args
        args = [of, letter, low, high]
        new = bracket(*args) if over else changed(node, args=args)
        return is_right(made(line, {id(node): new}))

    for letter, low, high, node in new:
        if [ast.dump(low), ast.dump(high)] in taken or hasattr(node, "bracket") != bool(over):
            continue
        wrong = [low] * any(right_with(node, end, high) for end in ends)
        wrong += [high] * any(right_with(node, low, end) for end in ends)
        pairs = () if wrong or old or over else itertools.product(ends, ends)
        both = any(right_with(node, *pair) for pair in pairs)
        if wrong or both:
            named = (" and " if both else " or ").join(f"'{show(e)}'" for e in wrong or (low, high))
            said = f"the limit{'s' * both} {named} of the {over or 'integral'} over {letter}"
            return Finding("limits", place=f"{said} {'are' if both else 'is'}", confirmed=True)
    return None


def _in_bracket(line: ast.expr, is_right: Callable[[ast.expr], bool]) -> Finding | None:
    """A term of F in [F]_a^b that half, doubled or of the other sign makes the line right."""
    for letter, *_, node in _with_limits(line):
        of, name, *ends = getattr(node, "bracket", (ast.Constant(0), letter))
        for term in terms(of) if ends else ():
            for kind, new in around(_OF_TERM, f=of, x=term):
                if is_right(made(line, {id(node): bracket(new, name, *ends)})):
                    return Finding(kind, place=show(getattr(term, "operand", term)), confirmed=True)
    return None


def _with_limits(tree: Any) -> list[tuple[str, Any, Any, Any]]:
    """The integrals and the brackets [F]_a^b of a line: letter, limits, and node."""
    found: list[Any] = [*ast.walk(tree)] if tree else []
    every = [(show(n.args[1]), *n.args[2:], n) for n in found if called(n) == "integral"]
    return [*every, *((*n.bracket[1:], n) for n in found if hasattr(n, "bracket"))]


def _is_seen(found: Finding, trees: Sequence[ast.expr | None]) -> bool:
    """Whether what is quoted stands in a line: of a bracket [F]_a^b is written what it is for."""
    texts = []
    for tree in filter(None, trees):
        written = [n for *_, n in _with_limits(tree) if hasattr(n, "bracket")]
        texts.append(show(made(tree, {id(n): name_node("[…]") for n in written})))
        if not written and found.kind.startswith("sign-"):  # of a product of sums
            texts += [_unsigned(show(piece)) for one in terms(tree) for piece in terms(one)]
    pieces = [p for p in (found.place, *(of.own or of.name for of in found.parts)) if p]
    return "[…]" not in "".join(texts) or all(any(p in text for text in texts) for p in pieces)


def one_place(old: ast.expr, new: ast.expr) -> Finding | None:
    """Where two lines differ, if that is one place, inside an integral, a sum or a mean."""
    inside, differ = False, [(old, new)]
    while len(differ) == 1:
        old, new = differ[0]
        if _factors(old, True) == _factors(new, True):
            return Finding("product-of-means", confirmed=True)
        alike = _head(old) == _head(new) and len([*children(old)]) == len([*children(new)])
        pairs = zip(children(old), children(new), strict=True) if alike else ()
        differ = [(a, b) for a, b in pairs if ast.dump(a) != ast.dump(b)]
        inside |= len(differ) == 1 and _head(old)[1] in BINDERS
    said = f"'{show(old)}' there, '{show(new)}' here"
    of = [show(term).lstrip("-") for term in terms(getattr(old, "left", old))]
    squares, made = {f"{term}^2" for term in of}, {show(term).lstrip("-") for term in terms(new)}
    expanded = len(squares) == 2 and squares <= made
    expanded &= not any(term.startswith("2*") for term in made)
    expanded &= show(old).endswith(")^2")
    note = "the square of a sum has the product of its terms twice" * expanded
    return Finding("one-place", place=said, note=note, confirmed=True) if inside else None


def _head(node: Any) -> tuple[str, str]:
    """What a node does with its operands: its operator, or the name of the function."""
    return f"{type(node)} {type(getattr(node, 'op', None))}", called(node)


def _factors(node: Any, of_means: bool) -> list[str]:
    """The factors of a product, in their order by name; those in a mean as if they stood alone."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return sorted(_factors(node.left, of_means) + _factors(node.right, of_means))
    is_mean = of_means and _head(node)[1] == "mean"
    return _factors(node.args[0], False) if is_mean else [ast.dump(node)]


def points_of(inputs: dict[str, Array]) -> dict[str, Array]:
    """Few of the drawn inputs: those at which lines are compared."""
    few = np.arange(POINTS)
    if "z" in inputs:  # where the ReLU is off, the factors of a line do not show
        on, off = (np.flatnonzero(side) for side in (inputs["z"] > 0, inputs["z"] <= 0))
        few = np.concatenate([on[:8], off[:4], on[8:16], off[4:8]])
    if "k" in inputs:  # fast cosines cost many values: the lowest ten k; for one k always that
        few = np.resize(np.unique(inputs["k"], return_index=True)[1][:10], POINTS)
    return {name: value[few] for name, value in inputs.items()}


def in_words(before: float, line: float, **inputs: float) -> str:
    """The values of two lines at some inputs."""
    where = ", ".join(f"{name} = {value:.6g}" for name, value in inputs.items())
    return f"{before:.6g} there and {line:.6g} here" + (where and f", at {where}")
