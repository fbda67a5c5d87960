"""What is asked of a student: one question, for a formula and for a function alike.

Question   inputs, right value, parts, likely confusions, edges
Keeper     an object that keeps what a function that is `once` makes of it
Letter     a letter of a formula: its unit or range, other spellings, and how it is drawn
Trials     how an exercise asks questions of a function: the arguments of its calls
value_of   the values of a question's text or function at some inputs
at, filled, sum_of   models: a value at changed inputs, a template with other pieces, a sum with
           other parts; `changed` is a confusion of one, `together` joins two
of_all     the same question of a function that sums or averages over arrays

Right values come from the core. Parts and confusions may be written as text, as a student would
write them: `"exp(-2*lambda*tau)"`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial, wraps
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np

from ..._require import Array
from ..answers.trees import PLAIN_FUNCTIONS, evaluate, syntax_tree

Inputs = Mapping[str, Any]
Value: TypeAlias = "str | Callable[[Inputs], Any]"
Draw = Callable[[np.random.Generator, int], Array]
Arguments = tuple[Any, ...]
Class = tuple[str, str, Callable[[Inputs, tuple[int, ...]], Any]]  # kind, words, mask
SIZES = ((5, 13), (7, 3), (3, 11), (11, 2), (2, 7), (13, 5), (5, 29))


@dataclass(frozen=True)
class Keeper:
    """An object that does not change, and keeps what is made of it once."""

    kept: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)


Of = TypeVar("Of", bound=Keeper)
Made = TypeVar("Made")


def once(make: Callable[[Of], Made]) -> Callable[[Of], Made]:
    """A function whose result its argument keeps; every thread that asks gets the same."""

    @wraps(make)
    def kept(keeper: Of) -> Made:
        if make not in keeper.kept:
            keeper.kept.setdefault(make, make(keeper))
        made: Made = keeper.kept[make]
        return made

    return kept


class Confusion(NamedTuple):
    """A known mistake: its kind, the value that it leads to, a word on it.

    The word fills the braces of the kind's sentence, or is a sentence of its own where it has none.

    A value that is `partial(model, …, key=changed)` can be joined with another of the same model.
    """

    kind: str
    value: Value
    note: str = ""


class Letter(NamedTuple):
    """A letter of a formula: what it is, its values, simple ones among them, other spellings.

    values   an interval (from, to), or a list of some, or how they are drawn
    """

    name: str
    meaning: str
    values: tuple[float, float] | list[float] | Draw
    simple: tuple[float, ...]
    aliases: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        v = self.values
        if callable(v):
            return v(rng, count)
        return rng.uniform(*v, count) if isinstance(v, tuple) else rng.choice(v, count)


@dataclass(frozen=True)
class Question(Keeper):
    """What is asked, and what a wrong answer is compared with.

    right       the right value of the inputs
    letters     of a formula; `shorthands` are made of them, such as z = w·x + b
    output      how the letter f depends on others in a derivative, but for what stays the same
    functions   that a formula may call
    parts       add up to the right value; `finer` are parts of those that are sums themselves
    inside      confusions inside a part
    foreign     parts that do not belong, but are often written
    factors     (n, √m, a residual) that may be missing or too many as a factor
    classes     of inputs or entries where an answer may be right in one and wrong in another:
                kind, words, mask of (inputs, shape)
    by_class    the question of a class alone, by its words, where it is one of k
    edges       where formulas break: what is special there, kind, values of the letters
    strays      letters of the course that do not belong here, and why
    unknown     the one of them that is solved for: equations with it can be steps
    column      "kernel" or "eigenvalue": what of other papers' conventions it is compared with
    section     where to read: the number of a tutorial, and a heading of it
    relative    tolerance: 1e-7 where an arccos may lose half of the digits
    absolute    tolerance besides, of the largest right value
    """

    name: str
    right: Value
    title: str = ""
    letters: tuple[Letter, ...] = ()
    functions: frozenset[str] = PLAIN_FUNCTIONS
    shorthands: Mapping[str, tuple[str, Value]] = field(default_factory=dict)
    output: str = ""
    parts: Mapping[str, Value] = field(default_factory=dict)
    finer: Mapping[str, Value] = field(default_factory=dict)
    inside: Mapping[str, tuple[Confusion, ...]] = field(default_factory=dict)
    foreign: Mapping[str, Value] = field(default_factory=dict)
    factors: Mapping[str, Value] = field(default_factory=dict)
    confusions: tuple[Confusion, ...] = ()
    hints: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[Class, ...] = ()
    by_class: Mapping[str, Question] = field(default_factory=dict)
    edges: tuple[tuple[str, str, Mapping[str, Any]], ...] = ()
    strays: Mapping[str, str] = field(default_factory=dict)
    unknown: str = ""
    column: str = ""
    section: tuple[int, str] | None = None
    relative: float = 1e-9
    absolute: float = 1e-11
    draw: Callable[[np.random.Generator, int], dict[str, Array]] | None = None
    simple: tuple[Mapping[str, float], ...] = ()

    def inputs(self, rng: np.random.Generator, count: int) -> dict[str, Array]:
        """Generic values of the letters, of the shorthands made of them, and of strays."""
        drawn = {v.name: v.draw(rng, count) for v in self.letters}
        drawn = self.draw(rng, count) if self.draw else drawn
        return self.complete(drawn | {name: rng.uniform(0.3, 0.9, count) for name in self.strays})

    def complete(self, values: Mapping[str, Any]) -> dict[str, Array]:
        """The letters with their shorthands; a stray is 1 unless it is given."""
        known = dict.fromkeys(self.strays, np.asarray(1.0))
        known |= {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}
        made = {name: value_of(value, known) for name, (_, value) in self.shorthands.items()}
        return known | made


@dataclass(frozen=True)
class Trials:
    """How an exercise asks its questions of a function.

    outputs   one question for each output, by its name
    draw      arguments of a generic call with n samples and m neurons
    edges     (what is special, kind, arguments)
    single    arguments of one point only
    simple    arguments of few digits, where a drawn case cannot simply be rounded
    letters   the questions' letters, from the arguments by name
    more      further n and m of generic calls, where an answer says no more than yes or no

    n and m of generic calls are different primes, so that no factor n is taken for m or 2.
    """

    outputs: Mapping[str, Question]
    draw: Callable[[np.random.Generator, int, int], Arguments]
    edges: tuple[tuple[str, str, Arguments], ...] = ()
    single: Arguments | None = None
    simple: Arguments | None = None
    letters: Callable[[Inputs], Mapping[str, Any]] = lambda i: {}
    more: tuple[tuple[int, int], ...] = ()


Builder = Callable[[bool, "str | None"], Question]


def fixed(*questions: Question) -> dict[str, Builder]:
    """The builders of questions that have no options, by name."""
    return {asked.name: partial(lambda asked, bias, k: asked, asked) for asked in questions}


@cache
def formula_tree(text: str) -> ast.expr:
    """The syntax tree of a part, a confusion or a right value that is written as text."""
    return syntax_tree(text.replace("^", "**").replace("lambda", "lambda_"), "eval").body


def value_of(value: Value, inputs: Inputs) -> Array:
    """The values at some inputs of a part, a confusion or a right value.

    >>> value_of("2*x^2", {"x": np.array([1.0, 2.0])})
    array([2., 8.])
    """
    found = evaluate(formula_tree(value), inputs) if isinstance(value, str) else value(inputs)
    return np.asarray(found, dtype=np.float64)


def at(inputs: Inputs, of: Value, change: Callable[[Inputs], Mapping[str, Any]]) -> Array:
    """A value at other inputs: `change` gives those that differ."""
    return value_of(of, {**inputs, **change(inputs)})


def filled(inputs: Inputs, template: str, defaults: Mapping[str, str], **pieces: str) -> Array:
    """A template with its pieces, which may have pieces themselves.

    >>> filled({"z": np.array(2.0)}, "{gate}/2", {"gate": "{z}^2", "z": "z"}, z="(z - 1)")
    array(0.5)
    """
    known = {**defaults, **pieces}
    return value_of(template.format(**known).format(**known), inputs)


def sum_of(inputs: Inputs, parts: Mapping[str, Value], **others: Value) -> Array:
    """A sum of parts, some of them changed."""
    return np.asarray(sum(value_of(part, inputs) for part in {**parts, **others}.values()))


def changed(model: Callable[..., Any], kind: str, note: str = "", **pieces: Any) -> Confusion:
    """The confusion in which some pieces of a model are changed."""
    return Confusion(kind, partial(model, **pieces), note)


def together(one: Value, other: Value) -> Value | None:
    """Two changes of one model at once, if they change different things.

    >>> double = partial(filled, template="{x} + {y}", defaults={"x": "1", "y": "2"})
    >>> value_of(together(partial(double, x="3"), partial(double, y="4")), {})
    array(7.)
    """
    if isinstance(one, partial) and isinstance(other, partial) and one.func is other.func:
        a, b = one.keywords, other.keywords
        both = {**a, **b}
        if all(a[key] is b[key] for key in a.keys() & b.keys()) and len(both) > max(len(a), len(b)):
            return partial(one.func, *one.args, **both)
    for value, of in ((one, other), (other, one)):
        of_letters = isinstance(of, str) or (isinstance(of, partial) and of.func is sum_of)
        if isinstance(value, partial) and value.func is at and of_letters:
            return partial(at, **{**value.keywords, "of": of})
    return None


def of_all(question: Question, join: Callable[[Array], Array], **changes: Any) -> Question:
    """The question of a function that joins the values of all samples or neurons into one array."""

    def all_values(value: Value, inputs: Inputs) -> Array:
        found = value_of(value, inputs)
        shape = np.broadcast_shapes(value_of(question.right, inputs).shape, found.shape)
        return np.asarray(join(np.broadcast_to(found, shape)))

    joined = partial(partial, all_values)
    fields: dict[str, Any] = {"right": joined(question.right), "factors": {}}
    for name in ("parts", "finer", "foreign"):
        fields[name] = {part: joined(v) for part, v in getattr(question, name).items()}
    confusions = (c._replace(value=joined(c.value)) for c in question.confusions)
    more = changes.pop("confusions", ())
    return replace(question, **{**fields, **changes, "confusions": (*more, *confusions)})
