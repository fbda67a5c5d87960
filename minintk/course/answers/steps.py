"""A derivation as it was handed in: a file of lines, each a formula.

Derivation       the lines, and the letters that were declared
StepsError       a line that cannot be used, with its number
read_derivation  from text to a `Derivation`

A line is one expression; `=` may stand before it, and a line a = b holds two. In h = relu(z) a name
stands for its formula in later lines. What follows a # is not read. `let u in [0, pi]` declares a
letter, `let n in 2..9` a whole number. `let A = cos(t)` is short for a formula.
"""

from __future__ import annotations

import ast
import contextlib
import keyword
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from ..._require import Array
from . import latex
from .calculus import Expression, Values, bracket, with_trees
from .formula import MAX_LENGTH, Formula, FormulaError, parse_formula, parse_range, why_unread
from .latex import DOT_PRODUCT, SPACE, equations, name_of, plain_text, second_arguments, sides_of
from .notation import Spellings
from .quadrature import Budget, ConvergenceError
from .trees import BINDERS, CONSTANTS, FUNCTIONS, free_names, run_over, show, size, syntax_tree

QUANTITY = "Λ"  # in a tree; no letter of a formula, which is ASCII
MOST_LINES = 10_000
_MOST_CHARACTERS, _MOST_LETTERS = 250_000, 200  # some seconds of reading
_MOST_PARTS, _DEEPEST = 3000, 150
_VALUES_PER_LINE = 250_000_000  # some seconds
_GAUSSIAN = {"w1": "w1", "w2": "w2", "z": "z", "z1": "z", "zprime": "zprime", "z2": "zprime"}
_NAMED = re.compile(r"\\?[^\W\d]\w*(_\{?\w+\}?)?\s*(\([^()=]*\))?")
_ARGUMENT = r"\(((?:[^()]|\([^()]*\))*)\)"  # with one pair of brackets inside, or more
_NO_STEP = re.compile(r"%|\\(begin|end)\{\w+\*?\}$|\\[\[\]]$|\$\$$")
_EVALUATE = "write [F]_0^π for F(π) − F(0), and [F]_{u=0}^π where several letters could run"
_NO_VALUE = "{0} is used where it has no value: let {0} in [a, b]?"
_INFINITE = dict.fromkeys(("inf", "infty", "infinity", "oo"), "inf")
_of_letter = partial(re.sub, r"(?<=\w)\([^\W\d]\w*\)$", "")  # c of c(tau), or the name as it is
_LET = re.compile(r"\s*let\s+(?P<name>.+?)\s*(?P<how>=|\bin\b)\s*(?P<what>.+)", re.DOTALL)


class StepsError(FormulaError):
    """A line that cannot be used: the number (None: the file as a whole), and the reason."""

    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(reason if line is None else f"line {line}: {reason}")
        self.line, self.reason = line, reason


@dataclass(frozen=True)
class Line:
    """One step: its line in the file, and its formula, with abbreviations written out.

    begins   whether it is the left side of an equation, or stands behind a name alone
    name     that name, where it is used in no line before
    fresh    whether it stands first on its line, or behind that name: it does not go on with =
    """

    number: int
    formula: Formula
    begins: bool = False
    name: str = ""
    fresh: bool = False

    @property
    def letters(self) -> set[str]:
        """The letters that need a value from outside."""
        means = "mean" in ast.unparse(self.formula.tree)  # of z and z', which t turns
        return free_names(self.formula.tree).union("t" * means)

    def values(self, values: Values, depends: Mapping[str, ast.expr], whole: Budget) -> Array:
        """The values of the line at points. Raises StepsError where there is none.

        In a derivative a letter of `depends` is what stands there; elsewhere it has its value.
        """
        budget = Budget(few := min(whole.left, _VALUES_PER_LINE))
        try:
            found = Expression.of(self.formula.tree, frozenset(values), depends)(values, budget)
        except KeyError as error:
            raise StepsError(self.number, _NO_VALUE.format(error.args[0])) from None
        except (ConvergenceError, FormulaError) as error:
            together = "the lines up to this one need more values than are allowed: check fewer"
            spent = budget.left < 0 and few < _VALUES_PER_LINE
            raise StepsError(self.number, together if spent else f"{error}") from None
        whole.left -= few - budget.left
        if not np.isfinite(found).all():
            at = int(np.argmin(np.isfinite(found)))
            where = ", ".join(f"{n} = {v[at]:.6g}" for n, v in values.items() if n in self.letters)
            read = f"; it is {self.formula.note}" * bool(self.formula.note)
            raise StepsError(self.number, f"it is not finite{' at ' if where else ''}{where}{read}")
        return found


@dataclass
class Derivation:
    """The lines of a derivation, and what it declares.

    letters   (from, to, whole numbers) of each
    short     the formulas that letters stand for
    used      the names and abbreviations that a line or an abbreviation uses
    """

    lines: list[Line] = field(default_factory=list)
    letters: dict[str, tuple[float, float, bool]] = field(default_factory=dict)
    short: dict[str, ast.expr] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def draw(self, rng: np.random.Generator, count: int) -> dict[str, Array]:
        """Values of the declared letters."""
        every = self.letters.items()
        drawn = {n: rng.uniform(low, high + whole, count) for n, (low, high, whole) in every}
        return {n: np.floor(v) if self.letters[n][2] else v for n, v in drawn.items()}


def read_derivation(
    text: str,
    names: Spellings,
    functions: frozenset[str],
    own: Collection[str] = (),
    unknown: str = "",
) -> Derivation:
    """Read the lines of a derivation.

    `names` are the spellings of the quantity's letters, each with its letter; `functions` what may
    be called besides integral, sum, diff and mean. On a left side `own` names are the quantity; in
    an equation the `unknown` is, which may be one of them.
    Raises StepsError with the number of the line.

    >>> read_derivation("x + x\\n= 2x", {"x": "x"}, frozenset()).lines[1].formula.text
    '2x'
    """
    lines = re.split("\r\n|\r|\n", text.removeprefix("\ufeff").replace(latex.APART, " "))
    lines = lines[:-1] if lines[-1] == "" else lines
    if len(lines) > MOST_LINES:
        raise StepsError(None, f"a derivation must have at most {MOST_LINES} lines")
    lines = [re.sub(r"(^|\s)#.*", "", line).strip() for line in lines]
    if sum(map(len, lines)) > _MOST_CHARACTERS:
        raise StepsError(None, f"a derivation must have at most {_MOST_CHARACTERS} characters")
    reader = _Reader(names, functions, lines, own)
    reader.names |= dict.fromkeys((unknown, *map(name_of, own)), unknown) if unknown else {}
    for number, line in enumerate(lines, 1):
        try:
            if len(line) > MAX_LENGTH:
                raise FormulaError(f"it must have at most {MAX_LENGTH} characters")
            if re.match(r"let\s", line):
                reader.declare(line)
            elif line and not _NO_STEP.match(line):
                for equation in equations(line.removesuffix("\\\\").rstrip(" ,;")):
                    reader.step(number, equation.strip())
        except FormulaError as error:
            raise StepsError(number, why_unread(error, line, reader.names)) from None
    if not reader.found.lines:
        raise StepsError(None, "the derivation is empty: write one formula a line")
    return reader.found


class _Reader:
    def __init__(
        self, names: Spellings, functions: frozenset[str], lines: list[str], own: Collection[str]
    ) -> None:
        own = {name_of(name) for name in own} - {*names}
        self.own = own | {f"{name}({by})" for name in own for by in (*names, "x,x'")}
        self.names, self.functions = dict(names), functions | BINDERS.keys()
        self.found = Derivation()
        self.short, self.sizes = self.found.short, dict[str, tuple[int, int]]()
        self.of: dict[str, str] = {}  # c(tau), by c, which is short for the formula
        if {"f", "y", "m"} <= {*names.values()}:
            self.shorten("L", syntax_tree("(f - y)**2/2", "eval").body)
        self.named: dict[str, Formula] = {}  # by the left sides that are names
        self.bound: set[str] = set()  # by an integral or a sum of any line
        for line in lines:
            with contextlib.suppress(FormulaError):  # told when the line is read
                self.bound |= _bound_letters(plain_text(line[:MAX_LENGTH]))

    def declare(self, line: str) -> None:
        if (match := _LET.fullmatch(line)) is None:
            raise FormulaError("write  let u in [0, pi],  let n in 2..9  or  let A = cos(t)")
        whole = name_of(match["name"])
        name = _of_letter(whole) if match["how"] == "=" else whole
        if not _is_letter(name):
            raise FormulaError(f"{match['name']!r} cannot be a letter of your own")
        if len(self.found.letters) + len(self.short) >= _MOST_LETTERS:
            raise FormulaError(f"a derivation must have at most {_MOST_LETTERS} letters of its own")
        if name in {*self.names.values(), *self.found.letters, *self.short.keys() - {"L"}}:
            raise FormulaError(f"the letter {name} is there already: choose another")
        if match["how"] == "=":
            by = _argument_of(whole)  # x of g(x), which may be new
            more = {by} if _is_letter(by) and by not in self.names else set[str]()
            self.shorten(whole, self.formula(match["what"], self.bound | more).tree)
        else:
            self.found.letters[name] = parse_range(match["what"])

    def shorten(self, whole: str, tree: ast.expr) -> None:
        """Let h, or c of c(tau), stand for a formula."""
        name = whole.partition("(")[0]
        self.short[name], self.sizes[name] = tree, size(tree)
        self.of |= {name: whole} if name != whole else {}

    def without_arguments(self, plain: str, found: dict[str, ast.expr]) -> str:
        """A text with c for c(tau), where that was its left side; c(0) is named, and found."""
        for name, whole in self.of.items():
            word, by = "_?".join(name), _argument_of(whole)
            letter, tree = self.names.get(by, by), self.short[name]
            for match in re.finditer(rf"(?<![A-Za-z_]){word}{SPACE}{_ARGUMENT}", plain):
                other, put = name_of(match[1]), name
                if self.names.get(other, other) != letter:
                    if letter not in free_names(tree) or letter in run_over(tree):
                        raise FormulaError(
                            f"{name} is short for {whole}: write out {name}({other})"
                        )
                    value = self.formula(match[1], self.bound).tree
                    put = f"Ξ{len(found)}"
                    found[put] = with_trees(tree, {letter + "_" * (letter == "lambda"): value})
                plain = plain.replace(match[0], f"{put} ")
        return plain

    def step(self, number: int, line: str) -> None:
        ordinal = re.match(r"\(?(\d+)[.)]\s", line)  # 2. (π − t)/π, where it is the second line
        if ordinal and int(ordinal[1]) == len(self.found.lines) + 1:
            line = line[ordinal.end() :]
        sides = sides_of(line)
        if not (pieces := [piece for piece in sides if piece]):
            raise FormulaError("there is nothing but '='")
        fresh = bool(sides[0])
        begins, name = fresh and len(pieces) > 1, ""
        if begins and name_of(pieces[0]) in self.own:
            begins, fresh, name = False, False, self.quantity(number, pieces.pop(0))
        for i, piece in enumerate(pieces):
            try:
                formula = self.formula(piece, self.bound if fresh and name else ())
            except FormulaError:
                if i or not begins or not _NAMED.fullmatch(piece):
                    raise
                name = name_of(piece)  # what is derived: λ_k = …, κ0(θ) = …; or h = relu(z)
                if name not in self.named:
                    continue
                self.found.used.add(name)
                formula, name = replace(self.named[name], text=piece), ""
            self.found.lines.append(Line(number, formula, begins, name, fresh))
            if name:
                self.named[name] = formula
                letter, many = _of_letter(name), len(self.short) >= _MOST_LETTERS
                taken = {*self.names.values(), *self.found.letters, *self.short} - {name}
                if _is_letter(letter) and letter not in taken | self.bound and not many:
                    self.shorten(name, formula.tree)
            begins, name, fresh = False, "", False

    def quantity(self, number: int, piece: str) -> str:
        """Take a left side for the quantity; its name, where it is used in no line before."""
        formula, name = Formula(piece, ast.Name(QUANTITY), ()), name_of(piece)
        self.found.lines.append(Line(number, formula, begins=True, fresh=True))
        self.found.used |= {name} & self.named.keys()
        return "" if name in self.named else name

    def formula(self, text: str, later: Collection[str] = ()) -> Formula:
        """A formula, with what the reader's abbreviations stand for.

        `later` are letters without a value here that have one where an abbreviation is used.
        """
        found: dict[str, ast.expr] = {}
        plain = self.without_arguments(plain_text(text), found)
        if "w" not in self.names:
            plain = re.sub(rf"{DOT_PRODUCT}{SPACE}'", " zprime ", plain)
            plain = re.sub(DOT_PRODUCT, " z ", plain)
        if "t" in self.names.values():  # the angle between the points
            plain = re.sub(latex.OF_POINTS, " cos(t) ", plain)
        over = re.search(rf"{latex.EVALUATED.pattern}(?<![)}}]){SPACE}/", plain)  # [F]_0^π/2
        plain = latex.EVALUATED.sub(lambda match: self.evaluated(match, found), plain)
        if re.search(rf"[\]|]{SPACE}_", plain):
            raise FormulaError(_EVALUATE)
        mine = {*self.found.letters, *self.short}
        plain, in_doubt = latex.with_derivatives(plain, {*self.names.values()}, mine)
        straight = "∂" if "d" in mine else r"\bd\s*(\^|/\s*d[a-zA-Z])"
        if re.search(rf"∂|\bpartial\b|{straight}", plain):
            raise FormulaError("write d/dx f, ∂f/∂x or diff(f, x) for the derivative of a formula")
        bound = _bound_letters(plain)
        for name in bound & self.short.keys():
            raise FormulaError(f"{name} is short for a formula: no integral or sum can run over it")
        if "mean" in plain and bound & {*_GAUSSIAN}:
            raise FormulaError("w1, w2, z and z' belong to the mean: integrate over another letter")
        own = {name: name for name in (*later, *bound, *self.found.letters, *self.short)}
        letters = {**self.names, **own, **_INFINITE}
        spelling, of_mean = {**_GAUSSIAN, **letters}, {*_GAUSSIAN.values()}
        letters |= _GAUSSIAN if "mean" in plain else {}
        strays = (of_mean | found.keys()) - {*letters.values()}
        formula = parse_formula(
            plain, letters.values(), aliases=spelling, functions=self.functions, strays=strays
        )
        note = formula.note or f"read as {show(formula.tree)}" * bool(in_doubt or over)
        for name in found:
            note = note.replace(name, f"({show(found[name])})")
        tree = self.written_out(with_trees(formula.tree, found))
        known = {*self.names.values(), *self.found.letters, *later, "inf", *CONSTANTS}
        free = free_names(tree)  # a derivative by an abbreviation needs what that stands for
        free = free.union(*(free_names(self.short[name]) for name in free & self.short.keys()))
        for name in sorted(free - known - self.short.keys()):
            raise FormulaError(_NO_VALUE.format(name))
        return replace(formula, text=text, tree=tree, note=note)

    def evaluated(self, match: re.Match[str], found: dict[str, ast.expr]) -> str:
        """A name for F(b) − F(a), which is found under it; the text is [F]_a^b or [F]_{u=a}^b."""
        ends = [re.sub(r"^[({](.*)[)}]$", r"\1", end).rpartition("=") for end in match.groups()[1:]]
        letters = {name_of(letter) for letter, *_ in ends if letter} or self.bound
        tree = self.formula(match[1], letters).tree if letters else ast.Constant(0)
        runs = [*free_names(tree) & letters]
        if len(runs) != 1:
            raise FormulaError(_EVALUATE)
        limits = [self.formula(end).tree for *_, end in ends]
        found[name := f"Ξ{len(found)}"] = bracket(tree, runs[0], *limits)
        return f" ({name}) "  # in brackets, which end the argument of cos θ [F]_a^b

    def written_out(self, tree: ast.expr) -> ast.expr:
        """The tree with what its letters stand for; abbreviations of abbreviations can grow."""
        names = [n.id.rstrip("_") for n in ast.walk(tree) if isinstance(n, ast.Name)]
        self.found.used |= {*names, *(self.of.get(name, name) for name in names)}
        used = [self.sizes[name] for name in names if name in self.short]
        parts, depth = size(tree)
        parts += sum(entry[0] for entry in used)
        if parts > _MOST_PARTS or depth + max((e[1] for e in used), default=0) > _DEEPEST:
            raise FormulaError("what the letters stand for is too long: write it another way")
        return with_trees(tree, {n + "_" * (n == "lambda"): t for n, t in self.short.items()})


def _argument_of(whole: str) -> str:
    """The tau of c(tau)."""
    return whole.partition("(")[2].rstrip(")")


def _is_letter(name: str) -> bool:
    taken = name in CONSTANTS or name in FUNCTIONS or name in BINDERS or name in ("inf", "let")
    good = re.fullmatch(r"[^\W\d]\w*", name) and name.isascii() and not taken
    return bool(good) and (name == "lambda" or not keyword.iskeyword(name))


def _bound_letters(plain: str) -> set[str]:
    """The letters of the integrals and sums of a line."""
    found = [(function, name_of(text)) for function, text in second_arguments(plain)]
    for function, name in found:
        if not _is_letter(name):
            rule = f"{function}(f, u, a, b): the second argument must be a letter"
            raise FormulaError(f"{rule}, got {name!r}")
    return {name for _, name in found}
