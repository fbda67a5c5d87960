"""A formula as a student writes it, read safely and evaluated on arrays.

parse_formula    from text to a `Formula`, or a `FormulaError` that says how to fix the text
parse            the same text as a checked syntax tree alone
evaluate         the value of such a tree
Formula          call it with the values of its variables

The letters of the page work as on paper: π, θ, λ, τ, η, ½, √, ², ^. The text is cut into tokens,
read by Python's own `ast`, and every node is held against a white list: numbers, names,
+ − * / ** and comparisons, calls of the functions below. Nothing else is ever evaluated; there
are no attributes, no indices, no strings. Numbers are float64, so no power can run away.
"""

from __future__ import annotations

import ast
import difflib
import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._require import Array
from .trees import BINARY, COMPARISONS, CONSTANTS, FUNCTIONS, PLAIN_FUNCTIONS, children, evaluate

__all__ = ["Formula", "FormulaError", "evaluate", "parse", "parse_formula"]

MAX_LENGTH = 1000
MAX_NODES = 300
MAX_DEPTH = 40

_SYMBOLS = {
    **{"−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!="},
    **{"½": "(1/2)", "¼": "(1/4)", "¾": "(3/4)", "⅓": "(1/3)"},
    **{"π": "pi", "θ": "theta", "λ": "lambda", "τ": "tau", "η": "eta", "κ": "kappa"},
    **{"β": "beta", "ε": "epsilon", "Δ": "delta", "ϕ": "phi", "φ": "phi", "σ": "sigma"},
    **dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)),
}
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<operator>\*\*|<=|>=|==|!=|[-+*/^()<>,]))"
)
_WORDS = {"if", "else", "and", "or", "not"}


class FormulaError(ValueError):
    """The text is no formula that can be checked; the message says how to fix it."""


@dataclass(frozen=True)
class Formula:
    """A formula that was read: text, tree, the variables that occur, size, and its tokens.

    strays   letters of the course that occur, but do not belong here
    """

    text: str
    tree: ast.expr
    variables: frozenset[str]
    size: int
    tokens: tuple[str, ...]
    strays: frozenset[str] = frozenset()

    def __call__(self, values: Mapping[str, Array]) -> Array:
        """Values of the formula, float64, in the common shape of the variables given.

        Outside the domain of a function the value is nan or inf; nothing warns, nothing raises.

        >>> parse_formula("1/x^2", ["x"])({"x": np.array([1.0, 2.0])})
        array([1.  , 0.25])
        """
        shape = np.broadcast_shapes(*(np.shape(value) for value in values.values()))
        with np.errstate(all="ignore"):
            value = evaluate(self.tree, values)
        return np.broadcast_to(np.asarray(value, dtype=np.float64), shape).copy()


def parse_formula(
    text: str,
    variables: Iterable[str],
    *,
    aliases: Mapping[str, str] | None = None,
    functions: Iterable[str] = PLAIN_FUNCTIONS,
    strays: Iterable[str] = (),
) -> Formula:
    """Read a formula in the given variables.

    Takes the text, the names of the variables, other spellings of them (`aliases`), the names of
    the functions that may be called, and letters that are read although they do not belong. An
    alias gives way where the variable occurs under its own name. Raises FormulaError, with the
    fix, for anything else: an unknown name, a formula longer than 1000 characters, of more than
    300 parts, or nested more than 40 deep.

    >>> parse_formula("2pi", [])
    Traceback (most recent call last):
    ...
    minintk.course.answers.formula.FormulaError: write 2*pi for '2pi': products need a *
    """
    if not isinstance(text, str) or not text.strip():
        raise FormulaError("the formula is empty")
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"the formula must have at most {MAX_LENGTH} characters")
    allowed, tokens = frozenset(functions), _tokens(text)
    used = {value for _, value in tokens}
    spelling = {name: name for name in (*variables, *CONSTANTS)}
    spelling |= {alias: v for alias, v in dict(aliases or {}).items() if v not in used}
    spelling = {name: name for name in strays} | spelling
    tokens = [_spell(token, spelling, allowed) for token in tokens]
    _refuse_implicit_products(tokens, allowed)
    words = tuple(_python_word(value) for _, value in tokens)
    tree, size = _read(" ".join(words))
    names = _refuse_unknown(tree, frozenset(spelling.values()), allowed)
    own = frozenset(variables)
    return Formula(text, tree, names & own, size, words, (names & frozenset(strays)) - own)


def parse(text: str, letters: Iterable[str], functions: Iterable[str] = FUNCTIONS) -> ast.expr:
    """The checked syntax tree of a formula in the given letters; raises as `parse_formula` does.

    >>> ast.unparse(parse("x^2", ["x"]))
    'x ** 2'
    """
    return parse_formula(text, letters, functions=functions).tree


def is_formula(tree: ast.expr, names: Iterable[str], functions: Iterable[str]) -> bool:
    """Whether every node of a tree is on the white list.

    >>> is_formula(ast.parse("x.real", mode="eval").body, ["x"], [])
    False
    """
    try:
        _refuse_unknown(tree, frozenset(names) | frozenset(CONSTANTS), frozenset(functions))
    except FormulaError:
        return False
    return True


def _tokens(text: str) -> list[tuple[str, str]]:
    for symbol, replacement in _SYMBOLS.items():
        text = text.replace(symbol, replacement)
    text = re.sub(r"√\s*(\d+\.?\d*|\w+)", r"sqrt(\1)", text).replace("√", "sqrt")
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+", lambda s: f"^({s[0].translate(_SUPERSCRIPTS)})", text)
    tokens, position, text = [], 0, text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            _refuse_character(text[position:].lstrip())
        assert match is not None
        kind = str(match.lastgroup)
        tokens.append((kind, match[kind]))
        position = match.end()
    return tokens


def _refuse_character(rest: str) -> None:
    fixes = {
        "=": "give the right side of the equation only, without '='",
        "|": "write abs(x) for |x|",
        "[": "write ( ) for [ ]",
        "{": "write ( ) for { }",
        "'": "a formula has no primes or quotes: see --list for the names of the variables",
        "!": "factorials are not needed here",
        "%": "write 'k' classes with --k, there is no %",
    }
    raise FormulaError(fixes.get(rest[0], f"a formula cannot have {rest[0]!r}"))


def _spell(
    token: tuple[str, str], spelling: Mapping[str, str], functions: frozenset[str]
) -> tuple[str, str]:
    kind, value = token
    if kind != "name" or value in functions:
        return token
    if value in _WORDS:
        return "word", value
    for spelled in (value, value.replace("_", "")):
        if spelled in spelling:
            return kind, spelling[spelled]
        if spelled in functions:
            return kind, spelled
    if value in FUNCTIONS:
        raise FormulaError(f"{value} cannot be used here: write it out")
    fix = _as_product(value, {**spelling, **CONSTANTS})
    if fix:
        raise FormulaError(f"write {fix} for {value!r}: products need a *")
    near = difflib.get_close_matches(value, [*spelling, *functions], 1, 0.7)
    if near:
        raise FormulaError(f"unknown name {value!r}: did you mean {near[0]}?")
    names = ", ".join(sorted({*spelling.values()} - {"e"})) or "none"
    raise FormulaError(f"unknown name {value!r}; the names here are {names}")


def _as_product(word: str, names: Mapping[str, Any]) -> str | None:
    """`kt` as k*t, where both are names."""
    for cut in range(1, len(word)):
        if word[:cut] in names:
            rest = word[cut:]
            tail = rest if rest in names else _as_product(rest, names)
            if tail:
                return f"{word[:cut]}*{tail}"
    return None


def _refuse_implicit_products(tokens: list[tuple[str, str]], functions: frozenset[str]) -> None:
    for (kind, value), (next_kind, following) in itertools.pairwise(tokens):
        is_function = kind == "name" and value in functions
        if is_function and following != "(":
            fix = f"{value}(x)^2 for {value}^2(x)" if following in ("^", "**") else f"{value}(...)"
            raise FormulaError(f"{value} needs brackets around its argument: write {fix}")
        ends = (kind in ("number", "name") and not is_function) or value == ")"
        starts = next_kind in ("number", "name") or following == "("
        if ends and starts:
            space = " " if next_kind == kind else ""
            shown = f"{value}{space}{following}"
            raise FormulaError(f"write {value}*{following} for {shown!r}: products need a *")


def _python_word(value: str) -> str:
    return {"^": "**", "lambda": "lambda_"}.get(value, value)


def _read(source: str) -> tuple[ast.expr, int]:
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        raise FormulaError(
            "the formula does not read: look for a missing operand or bracket"
        ) from None
    stack, count = [(tree, 1)], 0
    while stack:
        node, depth = stack.pop()
        count += 1
        if count > MAX_NODES or depth > MAX_DEPTH:
            raise FormulaError(
                f"the formula must have at most {MAX_NODES} parts, nested at most {MAX_DEPTH} deep"
            )
        stack += [(child, depth + 1) for child in children(node)]
    return tree, count


def _refuse_unknown(
    tree: ast.expr, names: frozenset[str], functions: frozenset[str]
) -> frozenset[str]:
    """Hold every node against the white list; return the names that occur."""
    used, stack = set(), [tree]
    while stack:
        node = stack.pop()
        _refuse_node(node, names, functions)
        if isinstance(node, ast.Name):
            used.add(node.id.rstrip("_"))
        stack += children(node)
    return frozenset(used)


def _refuse_node(node: ast.expr, names: frozenset[str], functions: frozenset[str]) -> None:
    if isinstance(node, ast.Constant):
        if type(node.value) not in (int, float) or not abs(node.value) < 1e300:  # type: ignore[arg-type]
            raise FormulaError("numbers must be below 1e300")
    elif isinstance(node, ast.Name):
        if node.id.rstrip("_") not in names:
            raise FormulaError(f"unknown name {node.id!r}")
    elif isinstance(node, ast.Call):
        _refuse_call(node, functions)
    elif isinstance(node, ast.Tuple):
        raise FormulaError("a comma stands between arguments only: write 0.5 for 0,5")
    elif isinstance(node, ast.BinOp):
        _refuse_operator(type(node.op) in BINARY)
    elif isinstance(node, ast.Compare):
        _refuse_operator(all(type(op) in COMPARISONS for op in node.ops))
    else:
        plain = isinstance(node, (ast.UnaryOp, ast.BoolOp, ast.IfExp))
        _refuse_operator(plain and not isinstance(getattr(node, "op", None), ast.Invert))


def _refuse_call(node: ast.Call, functions: frozenset[str]) -> None:
    if not isinstance(node.func, ast.Name) or node.func.id not in functions or node.keywords:
        raise FormulaError("only the usual functions can be called, by name")
    _, least, largest = FUNCTIONS[node.func.id]
    if not least <= len(node.args) <= largest:
        count = f"{least}" if least == largest else f"{least} to {largest}"
        raise FormulaError(f"{node.func.id} takes {count} arguments, got {len(node.args)}")


def _refuse_operator(known: bool) -> None:
    if not known:
        raise FormulaError("a formula has numbers, names, + - * / ^, comparisons and functions")
