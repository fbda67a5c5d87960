"""The lines of a derivation, each compared with the one before: where it breaks, and how.

StepsAnswer   verdict, the line that breaks, and what it is to the line before
Comparison    the values of every line at the same points

`derivation` has the public function.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from operator import itemgetter

import numpy as np

from .._require import Array
from .answers.calculus import Expression
from .answers.nodes import called
from .answers.quadrature import Budget, ConvergenceError
from .answers.steps import QUANTITY, Derivation, Line, StepsError
from .answers.trees import BINDERS, CONSTANTS, show, terms
from .diagnosis.finding import Asked, Finding, Sample
from .diagnosis.lines import POINTS, in_words, points_of, step_finding
from .diagnosis.words import say, say_end, say_step
from .questions.question import Confusion, Question, formula_tree, value_of

_OTHERS = "Σ"  # no letter of a formula, which is ASCII
_VALUES, _TRIED = 1_000_000_000, 20_000_000  # some ten seconds, and a fifth of one
_IN_WORDS = {"integral": "an integral", "sum": "a sum", "diff": "a derivative", "mean": "a mean"}
Term = tuple[str, Array]  # with its values


@dataclass(frozen=True)
class StepsAnswer:
    """What was found: `verdict` is "right" or "wrong".

    line       the number of the line that breaks; None where every line equals the next
    step       the texts of the line before and of that line
    finding    what that line is to the line before, or the last line to the quantity
    more       the numbers of the other lines that differ from the line before
    example    where no relation is known: inputs, the values of the line before and of that line
    notes      how lines were read that could be read in two ways, and names without use, by number
    """

    quantity: str
    verdict: str
    message: str
    line: int | None = None
    step: tuple[str, str] | None = None
    finding: Finding | None = None
    more: tuple[int, ...] = ()
    notes: tuple[tuple[int, str], ...] = ()
    example: Mapping[str, float] | None = None


class Comparison:
    """The values of every line, and of the quantity, at the same points.

    `letters` has the values of the letters that a line may name; `with_others` also what the other
    neurons add to f.
    """

    def __init__(self, asked: Question, alike: list[Question], derivation: Derivation) -> None:
        self.asked, self.alike, self.used = asked, alike, derivation.used
        rng = np.random.default_rng(5)
        inputs = points_of(replace(asked, strays={}).inputs(rng, 200))
        self.letters = {**inputs, **derivation.draw(rng, POINTS)}
        texts = {n: v for n, (_, v) in asked.shorthands.items() if isinstance(v, str)}
        self.with_others = dict(self.letters)
        if asked.output:  # of one neuron: what the others add stays as it is
            texts["f"] = f"{_OTHERS} + {asked.output}"
            self.with_others[_OTHERS] = inputs["f"] - value_of(asked.output, inputs)
        self.depends = {n: formula_tree(text) for n, text in texts.items()} | derivation.short
        self.right = np.broadcast_to(value_of(asked.right, inputs), (POINTS,))
        self.with_others[QUANTITY] = self.right
        self.every, self.lines = derivation.lines, list[Line]()
        if asked.unknown:  # an equation holds for what solves it
            self.letters[asked.unknown] = self.with_others[asked.unknown] = self.right
            for a in self.every:
                if isinstance(a.formula.tree, ast.Compare):
                    raise StepsError(a.number, "an inequality is not checked: write it with =")
        for a in reversed(self.every):  # h = relu(z) before an expression is no step by itself
            bare = bool(self.lines) and self.lines[0].fresh and not self.lines[0].begins
            waits = not a.letters <= {*self.with_others, *CONSTANTS, "inf"}  # for an integral
            if not (a.fresh and a.name in self.used and (bare or waits)):
                self.lines.insert(0, a)
        self.own = {i for i, a in enumerate(self.lines) if ast.unparse(a.formula.tree) == QUANTITY}
        self.values = self.of_lines()
        scale = max(float(np.abs(value).max()) for value in (self.right, *self.values))
        self.floor = 1e-11 * min(scale, 1.0) + 1e-13
        every = zip(self.lines, self.values, strict=True)  # one with the unknown is not solved
        fits = [asked.unknown not in a.letters and self.equal(v, self.right) for a, v in every]
        self.fits = [i not in self.own and fit for i, fit in enumerate(fits)]

    def of_lines(self) -> list[Array]:
        budget = Budget(_VALUES)
        try:
            return [a.values(self.with_others, self.depends, budget) for a in self.lines]
        except StepsError as error:
            if not self.asked.classes:
                raise
            more = "every k must do at once here; --k odd, for one, asks for one class"
            raise StepsError(error.line, f"{error.reason}; {more}") from None

    def equal(self, a: Array, b: Array) -> bool:
        return bool(np.all(np.abs(a - b) <= 1e-9 * np.maximum(np.abs(a), np.abs(b)) + self.floor))

    def links(self) -> tuple[list[int], list[int]]:
        """The lines that differ from the one before: where it breaks; where an equation begins.

        A new left side begins an equation, once what stands before it is one; so does what follows
        r = f - y. From a name that no later line can use, such as κ0(θ), the next line goes on.
        """
        breaks: list[int] = []
        begun = [0]
        for i in range(1, len(self.lines)):
            if not self.equal(self.values[i - 1], self.values[i]):
                start = begun[-1]
                own, asked = start in self.own, i in self.own
                name = self.lines[start + own].name
                whole = i - start > 1 + (own and name != "") or (asked and (own or name != ""))
                whole |= name.isidentifier() or name in self.used
                letter = self.lines[start].begins and self.lines[start].formula.text.isidentifier()
                begins = self.lines[i].begins or (letter and self.lines[i].fresh)
                (begun if begins and whole else breaks).append(i)
        return breaks, begun[1:]

    def answer(self) -> StepsAnswer:
        breaks, begun = self.links()
        if breaks:
            found = self.broken(breaks, begun)
        elif self.fits[-1] or self.solved():
            whole = not begun and self.lines == self.every
            said = "every line equals the next" if whole else "every equation holds"
            alone = len(self.every) - len(self.own) < 2
            said = "but it is one line, without a step" if alone else said
            found = StepsAnswer(self.asked.name, "right", said)
        else:
            found = self.elsewhere(begun)
        read = [(a.number, f"is {a.formula.note}") for a in self.every if a.formula.note]
        nodes = ast.walk(self.lines[-1].formula.tree)
        left = [name for node in nodes if (name := called(node)) in BINDERS]
        if found.verdict == "right" and left:
            read.append((self.lines[-1].number, f"is the last, and still has {_IN_WORDS[left[0]]}"))
        new = (self.lines[i - 1] for i in begun if i - 2 not in self.own)
        unused = (a for a in new if a.name not in {"", *self.used})
        said = "gives a value to {}, which is not used"
        return replace(found, notes=(*read, *((a.number, said.format(a.name)) for a in unused)))

    def solved(self) -> bool:
        """Whether the last equation is the quantity, with the unknown on its right side."""
        last, unknown = self.lines[-1], self.asked.unknown
        found = any(unknown in a.letters for a in self.lines if a.number == last.number)
        turned = last.formula.text == unknown and not last.fresh and self.fits[-2]
        if found and not turned:
            raise StepsError(last.number, f"{unknown} still stands here: solve for it")
        return found

    def elsewhere(self, begun: list[int]) -> StepsAnswer:
        """The lines are right by themselves, but the last is not the quantity."""
        name, count = self.asked.name, len(self.lines)
        finding = self.finding(None, count - 1)
        message = say_end(finding, name, count, bool(begun))
        if begun:
            here = max((a.number for i, a in enumerate(self.lines) if self.fits[i]), default=0)
            message += f" Line {here} is {name}: end with it." if here else ""
            message += self.of_its_own(begun[-1])
        return StepsAnswer(name, "wrong", message, finding=finding)

    def where_it_breaks(self, at: int) -> tuple[int, int, bool]:
        """The line before and the line that differs; and whether the line before is what is off.

        It is, where only the first line, or the one that is named, is not the quantity.
        """
        own, same = self.own, [ast.dump(a.formula.tree) for a in self.lines[:at]]
        last = same.index(same[-1])  # c = … in two lines: what c is stands in the first
        after = [i for i in range(at + (last in own), len(self.lines)) if i not in own]
        alone = 0 < len(after) == sum(self.fits[at:])
        if last in {0, *own} and not self.fits[last] and alone:
            return (at, after[0], True) if last in own else (last, at, True)
        return at - 1, at, False

    def broken(self, breaks: list[int], begun: list[int]) -> StepsAnswer:
        """The first line that breaks, and what it is to the line before."""
        last, at, first = self.where_it_breaks(breaks[0])
        before, line = ((a.number, a.formula.text) for a in (self.lines[last], self.lines[at]))
        name = self.asked.name if last in self.own else ""  # no value of which is told
        pair = (at, last) if first else (last, at)
        solving = not {last, at} & self.own and any(map(self.has_unknown, pair))
        finding = self.finding(*pair)
        if solving and not finding.is_factor:  # of one value of the unknown all else is chance
            finding = Finding("unknown")
        example = self.example(*pair) if finding.kind == "unknown" and not name else None
        finding = replace(finding, note=in_words(**example)) if example else finding
        message = say_step(finding, before, line, first, name)
        later = {i: self.lines[i].number for i in breaks if i > at}
        more = () if solving else tuple(dict.fromkeys(n for n in later.values() if n != line[0]))
        if more and self.equal(self.values[min(later)], self.values[last]):
            left = "the left side of " * (before[0] == line[0])
            message += f" Line {more[0]} is {name or f'{left}line {before[0]}'} again."
        if solving:
            message += self.of_another(last, at)
        elif before[0] == line[0] and example:  # an equation is solved
            message += " Both sides must be equal for all values of the letters."
            message += " The output f has the other neurons' terms, too." * (before[1] == "f")
        start = max((i for i in begun if i < at), default=0)
        earlier = self.values[:start]
        again = any(self.equal(v, self.values[at]) for v in earlier)
        if start not in self.own and again and not solving:
            message += self.of_its_own(start)
        name, number, step = self.asked.name, (before if first else line)[0], (before[1], line[1])
        return StepsAnswer(name, "wrong", message, number, step, finding, more, example=example)

    def has_unknown(self, at: int) -> bool:
        """Whether a line has the letter that is solved for."""
        return self.asked.unknown in self.lines[at].letters

    def of_another(self, before: int, at: int) -> str:
        """For which value an equation must hold, and the known mistake for which it does."""
        unknown, budget = self.asked.unknown, Budget(_TRIED)
        said = f" {unknown} has the value there that is asked for."
        for known in self.asked.confusions:
            value = np.broadcast_to(value_of(known.value, self.letters), (POINTS,))
            there = self.with_others | {unknown: value}
            pair = (self.lines[i].values(there, self.depends, budget) for i in (before, at))
            if self.equal(*pair):
                found = say(Finding(known.kind, note=known.note), hints=False)
                return f"{said} It holds for another {unknown}. {found}"
        return said

    def example(self, before: int, at: int) -> dict[str, float]:
        """The first inputs at which two lines differ, of the letters that they have; the values."""
        one, other = self.values[before], self.values[at]
        i = next(i for i in range(POINTS) if not self.equal(one[i], other[i]))
        letters = self.lines[before].letters | self.lines[at].letters
        inputs = {name: float(v[i]) for name, v in self.letters.items() if name in letters}
        return {**inputs, "before": float(one[i]), "line": float(other[i])}

    def of_its_own(self, at: int) -> str:
        """That a line is not compared with the one before."""
        before, line = self.lines[at - 1 : at + 1]
        said = f"its left side is not equal to line {before.number}"
        return f" Line {line.number} begins an equation of its own: {said}."

    def finding(self, before: int | None, at: int) -> Finding:
        """What a line is to the line before, or (None) the last line to the quantity."""
        formula, parts, right = self.lines[at].formula, self.asked.parts, self.right
        old, new, tree = list[Term](), list[Term](), None
        if before is not None:
            earlier, right = self.lines[before], self.values[before]
            tree = earlier.formula.tree
            if before not in self.own:
                parts, old, new = {}, self.terms(earlier), self.terms(self.lines[at])
        values = ((q, value_of(q.right, self.letters)) for q in self.alike)
        others = [q for q, v in values if np.ptp(v) and not self.equal(v, self.right)]  # no mere 0
        step = replace(
            self.asked,
            name="step",
            parts=parts if len(parts) > 1 else {},  # of one part "it lacks all" says nothing
            foreign={},
            factors={name: itemgetter(name) for name in self.letters},
            confusions=tuple(Confusion("another-quantity", q.right, q.name) for q in others),
        )
        sample, fresh = self.samples(right, self.values[at])
        calls = at in self.own or any(called(node) in BINDERS for node in ast.walk(formula.tree))
        asked = Asked(step, sample, fresh, None if calls else formula)
        own = self.asked.confusions if self.equal(right, self.right) else ()
        mistakes, budget = [c for c in own if self.has_value(c)], Budget(_TRIED)

        def is_right(tree: ast.expr) -> bool:
            with contextlib.suppress(ValueError):  # that it has no value
                return self.equal(self.value(tree, budget), right)
            return False

        return step_finding(asked, old, new, mistakes, (tree, formula.tree), is_right)

    def samples(self, right: Array, given: Array) -> Iterator[Sample]:
        """Two samples of values that a line should have, and of those that it has."""
        floor = self.floor / max(float(np.abs(right).max()), 1e-300)
        for half in (slice(POINTS // 2), slice(POINTS // 2, None)):
            inputs = {name: value[half] for name, value in self.letters.items()}
            yield Sample((inputs,), (right[half],), (given[half],), absolute=floor)

    def has_value(self, confusion: Confusion) -> bool:
        """Whether a confusion of the quantity is one in the letters that are there."""
        with contextlib.suppress(KeyError), np.errstate(all="ignore"):
            value_of(confusion.value, self.letters)
            return True
        return False

    def terms(self, line: Line) -> list[Term]:
        """The terms of a sum with their values, and the terms of those."""
        coarse = list(terms(line.formula.tree))
        fine = [piece for term in coarse for piece in terms(term)]
        found, budget = [], Budget(50_000_000)
        for term in [*coarse, *fine][:24] if len(fine) > 1 else []:
            with contextlib.suppress(ConvergenceError):
                found.append((show(term), self.value(term, budget)))
        return found

    def value(self, tree: ast.expr, budget: Budget) -> Array:
        """The values of a formula at the points of the lines."""
        line = Expression.of(tree, frozenset(self.with_others), self.depends)
        return line(self.with_others, budget)
