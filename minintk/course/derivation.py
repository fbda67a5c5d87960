"""Is a derivation right, line by line, and if not, which line breaks?

check_steps        the lines of a derivation of a named quantity: a `StepsAnswer`
StepsAnswer        verdict, the line that breaks, and what it is to the line before
read_steps         the text of a file of steps
describe_steps     the answer for people
steps_as_json      the answer as JSON can hold it

Every line is compared with the one before at random values of the letters, the last one with the
quantity. `answers.steps` reads the lines, `answers.calculus` computes them.
"""

from __future__ import annotations

import ast
import contextlib
import copy
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .._require import Array, require_flag, require_instance, require_path, require_text
from .answers.calculus import Expression
from .answers.quadrature import Budget, ConvergenceError
from .answers.steps import Derivation, Line, StepsError, read_derivation
from .checking import QUANTITIES, find_quantity
from .formula import SPECIAL, show
from .quantities import Quantity
from .ratios import name_of_constant, ratio_words

__all__ = [
    "StepFinding",
    "StepsAnswer",
    "check_steps",
    "describe_steps",
    "read_steps",
    "steps_as_json",
]

_POINTS = 10
_VALUES = 50_000_000  # half a minute
_LARGEST_FILE = 10_000_000
_STEPS = frozenset({"relu_derivative", "step", "heaviside"})
_POWERS = (1.0, -1.0, 2.0, -2.0, 0.5, -0.5)


@dataclass(frozen=True)
class StepFinding:
    """What one value is to another, at every point that was tried.

    kind     "zero", "sign", "factor", "factor-variable", "another-quantity", "missing-part",
             "doubled-part", "sign-of-part", "factor-of-part", "foreign-part", "shift", "class",
             "unknown"
    factor   the ratio, of the whole or of the part; the difference of a shift
    part     the part, the letter, the class or the quantity that it is about
    """

    kind: str
    factor: float | None = None
    part: str = ""


@dataclass(frozen=True)
class StepsAnswer:
    """What was found: `verdict` is "right" or "wrong".

    line       the number of the line that breaks; None where every line equals the next
    step       the texts of the line before and of that line
    finding    what that line is to the line before, or the last line to the quantity
    more       the numbers of the other lines that differ from the line before
    notes      how lines were read that could be read in two ways, by number
    """

    quantity: str
    verdict: str
    message: str
    line: int | None = None
    step: tuple[str, str] | None = None
    finding: StepFinding | None = None
    more: tuple[int, ...] = ()
    notes: tuple[tuple[int, str], ...] = ()


def check_steps(
    quantity: str, steps: str, *, bias: bool = True, k: str | None = None
) -> StepsAnswer:
    """Check a derivation of one of the quantities of `check`, line by line.

    `steps` is the text of the file: a formula a line, each equal to the one before, the last the
    quantity. Besides the functions of `check` there are integral(f, u, a, b), sum(f, j, a, b), b
    may be inf, diff(f, x), and mean(f) over w ~ N(0, I): of w1, w2, z = w·x and z' = w·x', x and x'
    at the angle t. Integrals hold 12 digits of ∫|f|; two values are equal to 1e-9.
    Raises StepsError, a ValueError, with the number of a line that cannot be used.

    >>> check_steps("kappa0", "mean(2 step(z) step(z'))\\n= (pi - t)/pi").verdict
    'right'
    >>> answer = check_steps("kappa0", "integral(1/pi, u, 0, pi - t)\\n= 2 - 2t/pi\\n= 1 - t/pi")
    >>> answer.line, answer.finding.factor
    (2, 2.0)
    """
    asked = find_quantity(quantity, require_flag("bias", bias), k)
    text = require_text("steps", steps)
    spelling = {v.name: v.name for v in asked.variables} | {n: n for n in asked.derived}
    spelling |= {alias: v.name for v in asked.variables for alias in v.aliases}
    itself = _STEPS if asked.question.name in _STEPS else {asked.question.name}
    derivation = read_derivation(text, spelling, (asked.functions | SPECIAL) - itself)
    return _Comparison(asked, derivation, bias, k).answer()


class _Comparison:
    """The values of every line, and of the quantity, at the same points."""

    def __init__(self, asked: Quantity, derivation: Derivation, bias: bool, k: str | None) -> None:
        self.asked, self.lines, self.options = asked, derivation.lines, (bias, k)
        rng = np.random.default_rng(5)
        inputs = asked.inputs(rng, 40)
        few = np.arange(_POINTS)
        if "k" in inputs:  # fast cosines cost many values: the lowest k; for one k always that
            few = np.resize(np.unique(inputs["k"], return_index=True)[1][:_POINTS], _POINTS)
        self.inputs = {name: value[few] for name, value in inputs.items()}
        self.points = {**self.inputs, **derivation.draw(rng, _POINTS)}
        right = np.asarray(asked.question.right(self.inputs), dtype=np.float64)
        self.right = np.broadcast_to(right, (_POINTS,))
        budget = Budget(_VALUES)
        try:
            self.values = [line.values(self.points, budget) for line in self.lines]
        except StepsError as error:
            if not asked.classes:
                raise
            more = "every k must do at once here; --k odd, for one, asks for one class"
            raise StepsError(error.line, f"{error.reason}; {more}") from None
        self.scale = max(float(np.abs(value).max()) for value in (self.right, *self.values))

    def equal(self, a: Array, b: Array) -> np.ndarray:
        size = np.maximum(np.abs(a), np.abs(b))
        return np.abs(a - b) <= 1e-9 * size + 1e-11 * min(self.scale, 1.0) + 1e-13

    def answer(self) -> StepsAnswer:
        pairs = range(1, len(self.lines))
        breaks = [i for i in pairs if not self.equal(self.values[i - 1], self.values[i]).all()]
        fits = [bool(self.equal(value, self.right).all()) for value in self.values]
        notes = tuple((line.number, line.note) for line in self.lines if line.note)
        name = self.asked.question.name
        if not breaks and fits[-1]:
            return StepsAnswer(name, "right", "every line equals the next", notes=notes)
        if not breaks:
            finding = self.finding(self.right, self.values[-1], [], self.lines[-1].tree)
            message = _say_quantity(finding, name, len(self.lines))
            return StepsAnswer(name, "wrong", message, finding=finding, notes=notes)
        at = breaks[0]
        before, line = self.lines[at - 1], self.lines[at]
        finding = self.finding(self.values[at - 1], self.values[at], [before.tree], line.tree)
        # where only the first line is not the quantity, it is the one that is off
        first = at == 1 and not fits[0] and all(fits[1:])
        message = _say_step(finding, before, line, first)
        more = tuple(self.lines[i].number for i in breaks[1:])
        if len(breaks) > 1 and self.equal(self.values[breaks[1]], self.values[at - 1]).all():
            message += f" Line {more[0]} is line {before.number} again."
        return StepsAnswer(
            name, "wrong", message, (before if first else line).number, (before.text, line.text),
            finding, more, notes,
        )  # fmt: skip

    def finding(
        self, right: Array, given: Array, before: list[ast.expr], tree: ast.expr
    ) -> StepFinding:
        """What the given values are to the right ones: the simplest relation that holds."""
        ratio = self.ratio(given, right)
        if ratio is not None:
            return StepFinding("sign" if ratio == -1 else "factor", ratio)
        for test in (self.power, self.other_quantity, self.classes):
            found = test(right, given)
            if found:
                return found
        if before:
            old, new = self.terms(before[0]), self.terms(tree)
        else:
            terms = self.asked.question.terms
            terms = terms if len(terms) > 1 else {}
            old, new = [(n, np.asarray(v(self.inputs))) for n, v in terms.items()], []
        zero = self.equal(given, 0 * given).all()
        return self.part(right, given, old, new) or StepFinding("zero" if zero else "unknown")

    def ratio(self, given: Array, base: Array) -> float | None:
        """The ratio, where it is one number at every point; a known constant without rounding."""
        if self.equal(base, 0 * base).all() or not self.equal(given, given).all():
            return None
        ratio = float(np.vdot(base, given) / np.vdot(base, base))
        if not self.equal(given, ratio * base).all() or abs(ratio) < 1e-9:
            return None
        near = round(ratio * 720) / 720
        return near if abs(near - ratio) < 1e-8 * abs(ratio) else ratio

    def power(self, right: Array, given: Array) -> StepFinding | None:
        for name, value in self.points.items():
            if np.ptp(value) == 0 or (value <= 0).any():
                continue
            for power in _POWERS:
                ratio = self.ratio(given, right * value**power)
                if ratio is not None and name_of_constant(ratio):
                    words = name if power > 0 else f"1/{name}"
                    words += "" if abs(power) == 1 else f"^{abs(power):g}"
                    return StepFinding("factor-variable", ratio, words)
        return None

    def other_quantity(self, right: Array, given: Array) -> StepFinding | None:
        letters = [v.name for v in self.asked.variables]
        for name in QUANTITIES:
            k = self.options[1] if name.startswith("ntk_eigenvalue") else None
            other = find_quantity(name, self.options[0], k)
            if [v.name for v in other.variables] != letters or name == self.asked.question.name:
                continue
            value = np.asarray(other.question.right(self.inputs))
            if self.equal(given, value).all() and np.ptp(value):
                return StepFinding("another-quantity", part=name)
        return None

    def classes(self, right: Array, given: Array) -> StepFinding | None:
        """Equal for some of the quantity's classes of inputs, such as even k."""
        good = self.equal(right, given)
        wrong = [c[1] for c in self.asked.classes if not good[c[2](self.inputs)].all()]
        if not wrong or len(wrong) == len(self.asked.classes):
            return None
        return StepFinding("class", part=" and ".join(wrong))

    def terms(self, tree: ast.expr) -> list[tuple[str, Array]]:
        """The terms of a sum with their values, and the terms of those."""
        coarse = list(_terms(tree))
        fine = [piece for term in coarse for piece in _terms(term)]
        found, budget = [], Budget(2_000_000)
        for term in [*coarse, *fine][:24] if len(fine) > 1 else []:
            with contextlib.suppress(ConvergenceError):
                value = Expression.of(term, frozenset(self.points))(self.points, budget)
                found.append((show(term), value))
        return found

    def part(
        self,
        right: Array,
        given: Array,
        old: list[tuple[str, Array]],
        new: list[tuple[str, Array]],
    ) -> StepFinding | None:
        """Right but for one part of the line before, or of the line that was given."""
        less = [(name, self.ratio(given - right, value), value) for name, value in old]
        more = [(name, self.ratio(right - given, value), value) for name, value in new]
        for kind, factor, parts, ratio in (
            ("missing-part", 0.0, less, -1),
            ("doubled-part", 2.0, less, 1),
            ("sign-of-part", -1.0, less, -2),
            ("foreign-part", None, more, -1),
            ("sign-of-part", -1.0, more, -2),
        ):
            for name, found, _ in parts:
                if found == ratio:
                    return StepFinding(kind, factor, name)
        if self.ratio(given - right, np.ones_like(right)) and np.ptp(right):
            return StepFinding("shift", float(np.mean(given - right)))
        sizes = [(name, r + 1, v) for name, r, v in less if r]
        sizes += [(name, 1 / (r + 1), v) for name, r, v in more if r and r != -1]
        for name, size, value in sizes:
            if np.ptp(value) and (name_of_constant(size) or (size * 12).is_integer()):
                return StepFinding("factor-of-part", size, name)
        return None


def _terms(node: ast.expr) -> Iterator[ast.expr]:
    """The terms of a sum, also of one with a factor, or under an integral or a minus."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        left = node.left
        is_sum = isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add | ast.Sub)
        yield from _terms(left) if is_sum else [left]
        yield node.right if isinstance(node.op, ast.Add) else ast.UnaryOp(ast.USub(), node.right)
        return
    for place, inner in _factors(node):
        terms = list(_terms(inner))
        if len(terms) > 1:
            for term in terms:
                whole = copy.copy(node)
                if isinstance(whole, ast.Call):
                    whole.args = [term, *whole.args[1:]]
                else:
                    setattr(whole, place, term)
                yield whole
            return
    yield node


def _factors(node: ast.expr) -> list[tuple[str, ast.expr]]:
    """Where a sum can stand in a node such that the node is a sum, too."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return [("operand", node.operand)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        both = [("left", node.left), ("right", node.right)]
        return both if isinstance(node.op, ast.Mult) else both[:1]
    if isinstance(node, ast.Call) and node.func.id in ("integral", "sum", "mean"):  # type: ignore[attr-defined]
        return [("args", node.args[0])]
    return []


# --- words ----------------------------------------------------------------------------------------


def _relation(finding: StepFinding, base: str) -> str:
    """What something is to the base, after "it is" or "it has"."""
    times = ratio_words(finding.factor) if finding.factor else ""
    power = finding.part if times == "1" else f"{times}·{finding.part}"
    words = {
        "zero": f"it is 0, and {base} is not",
        "sign": f"it is −1 times {base}",
        "factor": f"it is {times} times {base}",
        "factor-variable": f"it is {power} times {base}",
        "another-quantity": f"it is another quantity, {finding.part}",
        "missing-part": f"it lacks a part of {base}: {finding.part}",
        "doubled-part": f"a part of {base} is counted twice: {finding.part}",
        "sign-of-part": f"a part has the other sign: {finding.part}",
        "factor-of-part": f"a part is {times} times its size: {finding.part}",
        "foreign-part": f"it has a part that {base} does not have: {finding.part}",
        "shift": f"it is {base} and {finding.factor or 0:+.6g}",
        "class": f"it differs from {base} for {finding.part} only",
        "unknown": f"it differs from {base}",
    }
    return words[finding.kind]


def _say_step(finding: StepFinding, before: Line, line: Line, first: bool) -> str:
    where = f"in the step from  {before.text}  to  {line.text}"
    relation = _relation(finding, f"line {before.number}")
    if not first:
        return f"line {line.number} is where it breaks: {relation}; {where}."
    return (
        f"line {before.number} is where it breaks: the lines after it are the quantity, and it is "
        f"not. Line {line.number} against it: {relation}; {where}."
    )


def _say_quantity(finding: StepFinding, name: str, count: int) -> str:
    equal = "every line equals the next, but" if count > 1 else "this is not the quantity:"
    if finding.kind == "another-quantity":
        return f"{equal} the first is another quantity: {finding.part}, not {name}."
    return f"{equal} {_relation(finding, name)}."


def read_steps(file: Path) -> str:
    """The text of a file of steps. Raises ValueError for one that is not text in UTF-8, or is huge.

    >>> read_steps(Path(__file__).parent / "derivations" / "kappa0.txt").splitlines()[0]
    '# minintk check kappa0 --steps kappa0.txt'
    """
    path = require_path("file", file)
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} must be a file")
    with path.open("rb") as stream:
        data = stream.read(_LARGEST_FILE + 1)
    if len(data) > _LARGEST_FILE:
        raise ValueError(f"{path} must have at most {_LARGEST_FILE} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path} must be text in UTF-8; line {line} is not") from None


def describe_steps(answer: StepsAnswer) -> str:
    """An answer for people, a few lines.

    >>> print(describe_steps(check_steps("kappa0", "(pi - t)/pi\\n= 1 - t/pi")))
    right: kappa0, every line equals the next
    """
    require_instance("answer", answer, StepsAnswer, "check_steps(quantity, steps)")
    notes = [f"  (line {number} is {note})" for number, note in answer.notes]
    if answer.verdict == "right":
        return "\n".join([f"right: {answer.quantity}, {answer.message}", *notes])
    kind = answer.finding.kind if answer.finding else ""
    lines = [f"wrong: {answer.quantity} [{kind}]", *notes, f"  {answer.message}"]
    if answer.more:
        lines.append(f"  Lines that differ from the one before, too: {_numbers(answer.more)}.")
    return "\n".join(lines)


def _numbers(numbers: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, numbers[:10]))
    return f"{shown} and {len(numbers) - 10} more" if len(numbers) > 10 else shown


def steps_as_json(answer: StepsAnswer) -> Mapping[str, Any]:
    """An answer as JSON can hold it.

    >>> steps_as_json(check_steps("kappa0", "1 - t/pi"))["verdict"]
    'right'
    """
    return asdict(require_instance("answer", answer, StepsAnswer, "check_steps(quantity, steps)"))
