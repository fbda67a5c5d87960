"""A derivation as it was handed in: a file of lines, each a formula.

Derivation       the lines, and the letters that were declared
StepsError       a line that cannot be used, with its number
read_derivation  from text to a `Derivation`

A line is one expression; `=` may stand before it, and a line a = b holds two. Blank lines, and what
follows a #, are not read. `let u in [0, pi]` declares a letter, `let n in 2..9` a whole number, and
`let A = cos(t)` is short for a formula. An integral and a sum declare their own letter.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import keyword
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from ..._require import Array
from ..formula import BINDERS, CONSTANTS, FUNCTIONS, MAX_LENGTH, children, parse_formula, show
from .calculus import Expression, Replaced
from .latex import APART, FormulaError, plain_text
from .quadrature import Budget, ConvergenceError

__all__ = ["Derivation", "Line", "StepsError", "read_derivation"]

MOST_LINES = 10_000
_MOST_PARTS, _DEEPEST = 3000, 150
_VALUES_PER_LINE = 10_000_000  # some seconds
_GAUSSIAN = {name: name for name in ("w1", "w2", "z", "zprime")}
_NAMED = re.compile(r"\\?[^\W\d]\w*(_\{?\w+\}?)?\s*(\([^()=]*\))?")
_INFINITE = dict.fromkeys(("inf", "infty", "infinity", "oo"), "inf")
_LET = re.compile(r"\s*let\s+(?P<name>.+?)\s*(?P<how>=|\bin\b)\s*(?P<what>.+)", re.DOTALL)
_RANGE = re.compile(r"\[(?P<low>[^,;]+)[,;](?P<high>[^,;]+)\]|(?P<first>.+?)\.\.(?P<last>.+)")
_X = rf"\bw[\s{APART}]*(?:\*|\.|\^[\s{APART}(]*T[\s{APART})]*)[\s{APART}]*x(?![A-Za-z0-9_])"


class StepsError(FormulaError):
    """A line that cannot be used: `line` is its number, None for the file as a whole."""

    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(reason if line is None else f"line {line}: {reason}")
        self.line = line


@dataclass(frozen=True)
class Line:
    """One step: its line in the file, its text, its tree, and how it was read if in doubt."""

    number: int
    text: str
    tree: ast.expr
    note: str = ""

    def values(self, values: Mapping[str, Array], whole: Budget) -> Array:
        """The values of the line at points. Raises StepsError where there is none."""
        budget = Budget(few := min(whole.left, _VALUES_PER_LINE))
        try:
            found = Expression.of(self.tree, frozenset(values))(values, budget)
        except (ConvergenceError, FormulaError) as error:
            raise StepsError(self.number, f"{error}") from None
        whole.left -= few - budget.left
        if not np.isfinite(found).all():
            at = int(np.argmin(np.isfinite(found)))
            where = ", ".join(f"{n} = {v[at]:.6g}" for n, v in values.items() if n in _free(self))
            raise StepsError(self.number, f"it is not finite{' at ' if where else ''}{where}")
        return found


@dataclass
class Derivation:
    """The lines of a derivation, and the letters that it declares: (from, to, whole numbers)."""

    lines: list[Line] = field(default_factory=list)
    letters: dict[str, tuple[float, float, bool]] = field(default_factory=dict)

    def draw(self, rng: np.random.Generator, count: int) -> dict[str, Array]:
        """Values of the declared letters."""
        drawn = {}
        for name, (low, high, whole) in self.letters.items():
            numbers = rng.uniform(low, high + whole, count)
            drawn[name] = np.floor(numbers) if whole else numbers
        return drawn


def read_derivation(text: str, names: Mapping[str, str], functions: frozenset[str]) -> Derivation:
    """Read the lines of a derivation.

    `names` are the spellings of the quantity's letters, each with its letter; `functions` what may
    be called besides integral, sum, diff and mean. Raises StepsError with the number of the line.

    >>> read_derivation("x + x\\n= 2x", {"x": "x"}, frozenset()).lines[1].text
    '2x'
    """
    lines = re.split("\r\n|\r|\n", text.removeprefix("\ufeff").replace(APART, " "))
    if len(lines) > MOST_LINES:
        raise StepsError(None, f"a derivation must have at most {MOST_LINES} lines")
    lines = [re.sub(r"(^|\s)#.*", "", line).strip() for line in lines]
    reader = _Reader(names, functions, lines)
    for number, line in enumerate(lines, 1):
        try:
            if len(line) > MAX_LENGTH:
                raise FormulaError(f"it must have at most {MAX_LENGTH} characters")
            if re.match(r"let\s", line):
                reader.declare(line)
            elif line and not line.startswith("%"):
                reader.step(number, line)
        except StepsError:
            raise
        except FormulaError as error:
            raise StepsError(number, f"{error}") from None
    if not reader.found.lines:
        raise StepsError(None, "the derivation is empty: write one formula a line")
    return reader.found


class _Reader:
    def __init__(
        self, names: Mapping[str, str], functions: frozenset[str], lines: list[str]
    ) -> None:
        self.names, self.functions = dict(names), functions | BINDERS.keys()
        self.found = Derivation()
        self.short: dict[str, tuple[ast.expr, int, int]] = {}
        self.bound: set[str] = set()  # by an integral or a sum of any line
        if any(line.startswith("let") for line in lines):
            for line in lines:
                with contextlib.suppress(FormulaError):  # told when the line is read
                    self.bound |= _bound_letters(plain_text(line[:MAX_LENGTH]))

    def declare(self, line: str) -> None:
        match = _LET.fullmatch(line)
        if match is None:
            raise FormulaError("write  let u in [0, pi],  let n in 2..9  or  let A = cos(t)")
        name = _letter(match["name"])
        if not _is_letter(name):
            raise FormulaError(f"{match['name']!r} cannot be a letter of your own")
        if name in {*self.names.values(), *self.found.letters, *self.short}:
            raise FormulaError(f"the letter {name} is there already: choose another")
        if match["how"] == "=":
            tree = self.tree(match["what"], self.bound)[0]
            self.short[name] = (tree, *_size(tree))
        else:
            self.found.letters[name] = _range(match["what"])

    def step(self, number: int, line: str) -> None:
        pieces = [piece for piece in _sides(line.removesuffix("\\\\")) if piece]
        if not pieces:
            raise FormulaError("there is nothing but '='")
        for i, piece in enumerate(pieces):
            try:
                tree, note = self.tree(piece)
            except FormulaError:
                if i == 0 and len(pieces) > 1 and _NAMED.fullmatch(piece):
                    continue  # what is derived: λ_k = …, κ0(θ) = …
                raise
            self.found.lines.append(Line(number, piece, tree, note))

    def tree(self, text: str, later: Collection[str] = ()) -> tuple[ast.expr, str]:
        """The tree of a formula, with what the reader's abbreviations stand for.

        `later` are letters without a value here that have one where an abbreviation is used.
        """
        plain = plain_text(text)
        if "w" not in self.names:
            plain = re.sub(_X + r"[\s\x1f]*'", " zprime ", plain)
            plain = re.sub(_X, " z ", plain)
        own = {
            name: name
            for name in (*later, *_bound_letters(plain), *self.found.letters, *self.short)
        }
        spelling = {**_GAUSSIAN, **self.names, **own, **_INFINITE}
        formula = parse_formula(
            plain, spelling.values(), aliases=spelling, functions=self.functions
        )
        short = {_python(name): tree for name, (tree, _, _) in self.short.items()}
        self.refuse_growth(formula.tree)
        tree = Replaced(short).visit(copy.deepcopy(formula.tree))
        known = {*self.names.values(), *self.found.letters, *later, "inf", *CONSTANTS}
        for name in sorted(_free_names(tree) - known):
            raise FormulaError(f"{name} is used where it has no value: let {name} in [a, b]?")
        return tree, formula.note

    def refuse_growth(self, tree: ast.expr) -> None:
        """Abbreviations of abbreviations: how large and deep is what they stand for?"""
        used = [self.short[n.id] for n in ast.walk(tree) if _is_name(n, self.short)]  # type: ignore[attr-defined]
        size = _size(tree)
        parts = size[0] + sum(entry[1] for entry in used)
        depth = size[1] + max((entry[2] for entry in used), default=0)
        if parts > _MOST_PARTS or depth > _DEEPEST:
            raise FormulaError("what the letters stand for is too long: write it another way")


def _sides(line: str) -> list[str]:
    """What stands between the signs = of a line, outside of brackets."""
    depth, cuts = 0, [-1]
    for at, sign in enumerate(line):
        depth += (sign in "([{") - (sign in ")]}")
        if (
            sign == "="
            and depth == 0
            and not {line[at - 1 : at], line[at + 1 : at + 2]} & {*"<>=!"}
        ):
            cuts.append(at)
    ends = zip(cuts, [*cuts[1:], len(line)], strict=True)
    return [line[start + 1 : end].strip(" &") for start, end in ends]


def _is_name(node: ast.AST, names: Mapping[str, object]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def _letter(text: str) -> str:
    return re.sub(rf"[\s_{APART}]", "", plain_text(text))


def _python(name: str) -> str:
    return "lambda_" if name == "lambda" else name


def _is_letter(name: str) -> bool:
    taken = name in CONSTANTS or name in FUNCTIONS or name in BINDERS or name in ("inf", "let")
    good = re.fullmatch(r"[^\W\d]\w*", name) and name.isascii() and not taken
    return bool(good) and (name == "lambda" or not keyword.iskeyword(name))


def _range(text: str) -> tuple[float, float, bool]:
    match = _RANGE.fullmatch(plain_text(text).replace(APART, "").strip())
    if match is None:
        raise FormulaError("a range must be written [0, pi], or 2..9 for whole numbers")
    whole = match["low"] is None
    ends = [match["first"], match["last"]] if whole else [match["low"], match["high"]]
    low, high = (float(parse_formula(end, [])({"": np.zeros(1)})[0]) for end in ends)
    if not (np.isfinite([low, high]).all() and low < high and max(-low, high) < 1e9):
        raise FormulaError(f"a range must go from a number to a larger one below 1e9, got {text}")
    if whole and (low % 1 or high % 1):
        raise FormulaError(f"the range of a whole number must have whole ends, got {text}")
    return low, high, whole


def _bound_letters(plain: str) -> set[str]:
    """The letters of the integrals and sums of a line: the second argument of each."""
    found = set()
    for match in re.finditer(r"(?<![A-Za-z_])(integral|sum)\s*\(", plain.replace(APART, " ")):
        depth, commas = 1, [match.end()]
        for at in range(match.end(), len(plain)):
            depth += (plain[at] in "([{") - (plain[at] in ")]}")
            if depth == 1 and plain[at] == ",":
                commas.append(at + 1)
            if depth == 0:
                break
        if len(commas) > 2:
            name = _letter(plain[commas[1] : commas[2] - 1])
            if not _is_letter(name):
                raise FormulaError(
                    f"{match[1]}(f, u, a, b): the second argument must be a letter, got {name!r}"
                )
            found.add(name)
    return found


def _size(tree: ast.expr) -> tuple[int, int]:
    """The number of parts of a tree, and its depth."""
    stack, count, deepest = [(tree, 1)], 0, 0
    while stack:
        node, depth = stack.pop()
        count, deepest = count + 1, max(deepest, depth)
        stack += [(child, depth + 1) for child in children(node)]
    return count, deepest


def _free(line: Line) -> set[str]:
    return _free_names(line.tree)


def _free_names(node: ast.expr) -> set[str]:
    """The letters that need a value from outside."""
    if isinstance(node, ast.Name):
        return {node.id.rstrip("_")}
    kind = node.func.id if isinstance(node, ast.Call) else ""  # type: ignore[attr-defined]
    if kind in ("integral", "sum", "diff"):
        letter = node.args[1]  # type: ignore[attr-defined]
        if not isinstance(letter, ast.Name):
            raise FormulaError(f"{kind}: the second argument must be a letter, got {show(letter)}")
        inside = _free_names(node.args[0])  # type: ignore[attr-defined]
        own = {letter.id.rstrip("_")}
        limits = [_free_names(limit) for limit in node.args[2:]]  # type: ignore[attr-defined]
        return (inside | own if kind == "diff" else inside - own).union(*limits)
    found = set().union(*(_free_names(child) for child in children(node)))
    return found - _GAUSSIAN.keys() if kind == "mean" else found
