"""A formula as a student writes it, read safely and evaluated on arrays.

parse_formula    from text to a `Formula`, or a `FormulaError` that says how to fix the text
parse_range      the range [0, pi] or 2..9 of a letter
why_unread       what to write where a line of a derivation does not read
answer_value     what a reader's own function gives, or a `FormulaError` on the shapes
Formula          call it with the values of its variables

`notation` reads what stands on paper, LaTeX among it, as Python's words. Those are read by Python's
own `ast`. Every node is held against a white list: numbers, names, + − * / ** and comparisons,
calls of known functions. Nothing else is ever evaluated: no attributes, no indices, no strings.
Numbers are float64, so no power can run away.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._require import Array
from .latex import APART, SPACE, FormulaError, plain_text
from .notation import MISREAD, READINGS, read_notation
from .trees import (
    BINDERS,
    CONSTANTS,
    FUNCTIONS,
    PLAIN_FUNCTIONS,
    evaluate,
    refuse_others,
    size,
    syntax_tree,
)

_RANGE = re.compile(r"\[(?P<low>[^,;]+)[,;](?P<high>[^,;]+)\]|(?P<first>.+?)\.\.(?P<last>.+)")
MAX_LENGTH = 1000
MAX_NODES = 300
MAX_DEPTH = 40


@dataclass(frozen=True)
class Formula:
    """A formula that was read: its text, tree and tokens.

    strays   letters of the course that occur, but do not belong here
    note     "read as …" where the text could be read in two ways, else ""
    """

    text: str
    tree: ast.expr
    tokens: tuple[str, ...]
    strays: frozenset[str] = frozenset()
    note: str = ""

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
    reading: str = READINGS[0],
) -> Formula:
    """Read a formula in the given variables.

    Takes the text, the names of the variables, other spellings of them (`aliases`) and the names of
    the functions that may be called. Then letters that are read although they do not belong, and
    one of READINGS for what can be read in two ways. Where a variable occurs in two spellings, the
    note says so; a spelling that is one of `strays` is that letter then. Raises FormulaError, with
    the fix, for anything else, such as an unknown name. A formula has at most 1000 characters and
    300 parts, nested at most 40 deep.

    >>> parse_formula("1/2pi", []).note
    'read as 1 / (2 * pi)'
    """
    if not isinstance(text, str) or not text.strip():
        raise FormulaError("the formula is empty")
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"the formula must have at most {MAX_LENGTH} characters")
    paper, of_python = re.subn(r"\b(?:np|numpy|math)\.(?:(m(?:ax|in))imum\b)?", r"\1", text)
    allowed, plain = frozenset(functions), plain_text(paper)
    used = set(re.findall(r"[^\W\d_]\w*", plain.replace("relu'", "relu_derivative")))
    spelling = {name: name for name in (*variables, *CONSTANTS)}
    others = dict(aliases or {}).items()
    spelling |= {alias: v for alias, v in others if v not in used or alias not in strays}
    spelling = {name: name for name in strays} | spelling
    unsaid = frozenset(strays) - frozenset(variables)
    for name in sorted((used & FUNCTIONS.keys()) - allowed - spelling.keys()):  # kappa0*cos(t), too
        raise FormulaError(f"{name} cannot be used here: write it out")
    words, note = read_notation(plain, spelling, allowed | FUNCTIONS.keys(), reading, unsaid)
    tree = _read(words)
    names = refuse_others(tree, frozenset(spelling.values()), allowed)
    both = [f"{n} as {v}" for n, v in others if n != v == spelling[n] and {n, v} <= used]
    note = note or "read without np. and math." * bool(of_python)
    note = note or (f"read with {' and '.join(both)}" if both else "")
    return Formula(text, tree, tuple(words.split()), names & unsaid, note)


def parse_range(text: str) -> tuple[float, float, bool]:
    """The ends of [0, pi] or of 2..9, and whether it is one of whole numbers."""
    if (match := _RANGE.fullmatch(plain_text(text).replace(APART, "").strip())) is None:
        raise FormulaError("a range must be written [0, pi], or 2..9 for whole numbers")
    whole = match["low"] is None
    ends = [match["first"], match["last"]] if whole else [match["low"], match["high"]]
    low, high = (float(parse_formula(end, [])({"": np.zeros(1)})[0]) for end in ends)
    if not (np.isfinite([low, high]).all() and low < high and max(-low, high) < 1e9):
        raise FormulaError(f"a range must go from a number to a larger one below 1e9, got {text}")
    if whole and (low % 1 or high % 1):
        raise FormulaError(f"the range of a whole number must have whole ends, got {text}")
    return low, high, whole


def is_formula(tree: ast.expr, names: Iterable[str], functions: Iterable[str]) -> bool:
    """Whether every node of a tree is on the white list."""
    try:
        refuse_others(tree, frozenset(names) | frozenset(CONSTANTS), frozenset(functions))
    except FormulaError:
        return False
    return True


def _read(source: str) -> ast.expr:
    try:
        tree: ast.expr = syntax_tree(source, "eval").body
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        raise FormulaError(MISREAD) from None
    count, depth = size(tree)
    if count > MAX_NODES or depth > MAX_DEPTH:
        most = f"{MAX_NODES} parts, nested at most {MAX_DEPTH} deep"
        raise FormulaError(f"the formula must have at most {most}")
    return tree


def answer_value(answer: Callable[..., Any], shape: tuple[int, ...], *inputs: Any) -> Array:
    """What a reader's own function gives for these inputs, an array of the shape that is asked.

    Raises FormulaError, one line on what came in and out, and what is asked, where it does not.

    >>> answer_value(lambda J, r: J.T @ r, (3,), np.ones((2, 3)), np.ones(2))
    array([2., 2., 2.])
    """
    if not callable(answer):
        raise FormulaError(f"your answer must be a function, as lambda x: x, got {answer!r:.60}")
    code, came = getattr(answer, "__code__", None), [f"{np.shape(x) or 'a number'}" for x in inputs]
    names = code.co_varnames[: code.co_argcount] if code else ()
    if named := len(names) == len(inputs):  # else it is not known which is which
        came = [f"{name} {size}" for name, size in zip(names, came, strict=True)]
    try:
        made = answer(*inputs)
        if np.iscomplexobj(real := np.real_if_close(made, tol=1e6)):
            raise ValueError("it gives complex numbers")
        value = np.asarray(real, dtype=np.float64)
        if made is None or value.shape != shape:
            raise ValueError(f"it gives {'None' if made is None else value.shape or 'a number'}")
    except Exception as error:
        how = "takes" if named else f"is called with {len(inputs)}:"
        said = f"{error}{of_power(str(error))}. " + f"It {how} {', '.join(came)}. " * bool(came)
        said += f"Asked is {shape or 'a number'}."
        raise FormulaError(f"your answer cannot be used: {said}") from error
    return value


def of_power(said: str) -> str:
    """What to add to Python's word on a ^ between floats."""
    return "; in Python a power is **" if re.search(r"bitwise_xor| \^:", said) else ""


def why_unread(error: FormulaError, line: str, names: Iterable[str]) -> str:
    """Why a line does not read, and what to write where that is known."""
    known = {*names, *CONSTANTS, *FUNCTIONS, *BINDERS, "let", "in", "inf", "and"}
    pairs = re.findall(r"(?<![\\\w/])(?=([A-Za-z]{2,})[ ,:.]+([A-Za-z]{2,})(?![\w(/]))", line)
    pairs = [pair for pair in pairs if not re.search(r"\bd\w\b", " ".join(pair))]  # cos ku du
    if any(not known & {*pair} for pair in pairs):
        return "words are not read: put a # before them"
    stray = re.match(r"unknown name '(\w\w?)';", f"{error}")
    called = stray and re.search(rf"(?<!\w){stray[1]}{SPACE}\(", plain_text(line))
    what = "; for a function write before it, such as  let K(u) = kappa0(u)/2"
    return f"{error}{what if called else ''}"
