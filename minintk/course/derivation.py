"""Is a derivation right, line by line, and if not, which line breaks?

check_steps        the lines of a derivation of a named quantity: a `StepsAnswer`
StepsAnswer        verdict, the line that breaks, and what it is to the line before
describe_steps     the answer for people

Every line is compared with the one before at random values of the letters, the last one with the
quantity. `answers.steps` reads the lines, `answers.calculus` computes them, `diagnosis.lines`
finds what a line is to another.
"""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from operator import itemgetter

import numpy as np

from .._require import Array, require_flag, require_instance, require_text
from .answers.calculus import Expression
from .answers.nodes import called
from .answers.quadrature import Budget, ConvergenceError
from .answers.steps import QUANTITY, Derivation, Line, StepsError, read_derivation
from .answers.trees import BINDERS, CONSTANTS, SPECIAL, show, terms
from .checking import find_question
from .diagnosis.finding import Asked, Finding, Sample
from .diagnosis.lines import POINTS, in_words, points_of, step_finding
from .diagnosis.words import say_end, say_step
from .questions import QUESTIONS, names_of
from .questions.question import Confusion, Question, formula_tree, value_of

_OTHERS = "Σ"  # no letter of a formula, which is ASCII
_VALUES, _TRIED = 1_000_000_000, 20_000_000  # some ten seconds, and a fifth of one
_STEPS = frozenset({"relu_derivative", "step", "heaviside"})
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


def check_steps(
    quantity: str, steps: str, *, bias: bool = True, k: str | None = None
) -> StepsAnswer:
    """Check a derivation of one of the quantities of `check`, line by line.

    `steps` is the text of the file: a formula a line, each equal to the one before, the last the
    quantity. Besides the functions of `check` there are integral(f, u, a, b) and sum(f, j, a, b),
    where b may be inf, diff(f, x) and mean(f). dL/dw1 is diff((f - y)^2/2, w1), and d/dx is of the
    product that follows. In diff the output f, the residual r and z change with what they depend
    on, such as the neuron's weights; elsewhere letters are numbers. The mean is over w ~ N(0, I):
    of w1, w2, z = w·x and z' = w·x', x and x' at the angle t. Integrals hold 12 digits of ∫|f|; two
    values are equal to 1e-9.
    At most 10 000 lines, of 250 000 characters in all. What needs more than some ten seconds of
    computing is rejected with the line that it stopped at. In an equation to be solved the unknown,
    s of steps_to_learn or eta of largest_stable_learning_rate, has the value that is asked for.
    Raises StepsError, a ValueError, with the number of a line that cannot be used.

    >>> check_steps("kappa0", "mean(2 step(z) step(z'))\\n= (pi - t)/pi").verdict
    'right'
    >>> check_steps("ntk_eigenvalue_bias", "1/π² 1/k² = (πk)^-2", k="odd").verdict
    'right'
    >>> answer = check_steps("kappa0", "integral(1/pi, u, 0, pi - t)\\n= 2 - 2t/pi\\n= 1 - t/pi")
    >>> answer.line, answer.finding.factor
    (2, 2.0)
    """
    asked = find_question(quantity, require_flag("bias", bias), k)
    text = require_text("steps", steps)
    spelling = {v.name: v.name for v in asked.letters} | {n: n for n in asked.shorthands}
    spelling |= {alias: v.name for v in asked.letters for alias in v.aliases}
    itself = _STEPS if asked.name in _STEPS else {asked.name}
    own, functions = [asked.name, *names_of(asked.name, k)], (asked.functions | SPECIAL) - itself
    try:
        derivation = read_derivation(text, spelling, functions, own, asked.unknown)
    except StepsError as error:
        unknown = re.match(r"unknown name '(\w+)'", error.reason)
        if unknown is None or unknown[1] not in asked.strays:
            raise
        why = f"{unknown[1]} is not known here: {asked.strays[unknown[1]]}"
        raise StepsError(error.line, why) from None
    letters = [v.name for v in asked.letters]
    others = [QUESTIONS[name](bias, k if name.startswith("ntk_e") else None) for name in QUESTIONS]
    alike = [q for q in others if [v.name for v in q.letters] == letters and q.name != asked.name]
    return _Comparison(asked, alike, derivation).answer()


class _Comparison:
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
        if asked.unknown:  # an equation holds for what solves it
            self.letters[asked.unknown] = self.with_others[asked.unknown] = self.right
        self.every, self.lines = derivation.lines, list[Line]()
        for a in self.every * bool(asked.unknown):
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
            found = StepsAnswer(self.asked.name, "right", said)
        else:
            found = self.elsewhere(begun)
        read = ((a.number, f"is {a.formula.note}") for a in self.every if a.formula.note)
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
        finding = self.finding(*pair)
        example = self.example(*pair) if finding.kind == "unknown" and not name else None
        finding = replace(finding, note=in_words(**example)) if example else finding
        message = say_step(finding, before, line, first, name)
        later = {i: self.lines[i].number for i in breaks if i > at}
        more = tuple(dict.fromkeys(n for n in later.values() if n != line[0]))
        if more and self.equal(self.values[min(later)], self.values[last]):
            left = "the left side of " * (before[0] == line[0])
            message += f" Line {more[0]} is {name or f'{left}line {before[0]}'} again."
        if before[0] == line[0] and example:  # an equation is solved
            own = self.asked.unknown in example
            message += f" {self.asked.unknown} has the value there that is asked for." * own
            message += " Both sides must be equal for all values of the letters." * (not own)
            message += " The output f has the other neurons' terms, too." * (before[1] == "f")
        start = max((i for i in begun if i < at), default=0)
        earlier = self.values[:start]
        if start not in self.own and any(self.equal(v, self.values[at]) for v in earlier):
            message += self.of_its_own(start)
        name, number, step = self.asked.name, (before if first else line)[0], (before[1], line[1])
        return StepsAnswer(name, "wrong", message, number, step, finding, more, example=example)

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


def describe_steps(answer: StepsAnswer) -> str:
    """An answer for people, a few lines.

    >>> print(describe_steps(check_steps("kappa0", "(pi - t)/pi\\n= 1 - t/pi")))
    right: kappa0, every line equals the next
    """
    require_instance("answer", answer, StepsAnswer, "check_steps(quantity, steps)")
    notes = [f"  (line {number} {note})" for number, note in answer.notes]
    if answer.verdict == "right":
        return "\n".join([f"right: {answer.quantity}, {answer.message}", *notes])
    kind = answer.finding.kind if answer.finding else ""
    lines = [f"wrong: {answer.quantity} [{kind}]", *notes, f"  {answer.message}"]
    if more := [n for n in answer.more if f" Line {n} is " not in answer.message]:
        numbers = ", ".join(map(str, more[:10])) + f" and {len(more) - 10} more" * (len(more) > 10)
        lines.append(f"  Lines that differ from the one before, too: {numbers}.")
    return "\n".join(lines)
