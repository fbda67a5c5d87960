"""Formulas with integrals, sums, derivatives and Gaussian means, evaluated on arrays.

Expression   a formula whose integrals, sums and derivatives are set apart, ready to evaluate
with_trees   a tree with trees in the place of names

integral(f, u, a, b)   between kinks: where |…|, relu, a comparison, max or min change
sum(f, j, a, b)        term by term, or to infinity where two ways to extrapolate agree
diff(f, x)             where the slopes of two interpolants around x agree
mean(f)                over w ~ N(0, I) in the plane: over the angle of w, then over its length
"""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from ..._require import Array
from .latex import FormulaError
from .nodes import called, rebuilt
from .quadrature import Budget, ConvergenceError, Function, Numbers, integrate, slope, to_infinity
from .trees import BINDERS, children, evaluate, size, syntax_tree

Values = Mapping[str, Array]

_INFINITE = {"inf": np.asarray(np.inf)}
_LONGEST = 12.0  # of w ~ N(0, I) in the plane: longer ones have the weight e^-72
_MOST_TERMS = 100_000
# of ∫ f(ρ) ρ exp(−ρ²/2) dρ = ∫ f(√(2s)) e^−s ds: exact for even powers of ρ
_GAUSS = [(np.sqrt(2 * s), w) for s, w in map(np.polynomial.laguerre.laggauss, (10, 6))]
_KINKED = {"abs", "relu", "step", "heaviside", "relu_derivative", "sign", "where"}
# w = ρ (cos φ, sin φ), which no reader can call so; x at the angle 0, x' at the angle t from it
_GAUSSIAN = {"w1": "ρ*cos(φ)", "w2": "ρ*sin(φ)", "z": "ρ*cos(φ)", "zprime": "ρ*cos(φ - {t})"}
_MOST_AT_ONCE = 4096  # points at which an inner integral is computed together
_CALL = 1000  # values that take as long as calling NumPy for few of them


@dataclass(frozen=True)
class _Bound:
    """An integral, a sum or a derivative: its letter, what stands in it, its limits, its kinks.

    used   the names that occur: points where those are equal are computed once
    """

    kind: str
    letter: str
    body: Expression
    used: frozenset[str]
    limits: tuple[Expression, ...] = ()
    kinks: tuple[Expression, ...] = ()

    def __call__(self, values: Values, budget: Budget) -> Array:
        """The values at points, each set of letters that occurs once."""
        names = [name for name in values if name in self.used] or [next(iter(values))]
        rows = np.column_stack([values[name] for name in names])
        if not self.used & values.keys():
            rows = rows[:1]
        few, back = np.unique(rows, axis=0, return_inverse=True)
        compute, words = _KINDS[self.kind]
        try:
            found = compute(self, dict(zip(names, few.T, strict=True)), budget)
        except ConvergenceError as error:
            if not error.named:
                name = "the mean" if self.letter in ("ρ", "φ") else f"{words} {self.letter}"
                error = ConvergenceError(f"{name}: {error}")
                error.named = True
            raise error from None
        whole = np.broadcast_to(found[back.ravel()], (len(back.ravel()),))
        return np.resize(whole, len(values[names[0]]))


@dataclass(frozen=True)
class Expression:
    """A formula's tree with a name in place of each integral, sum and derivative.

    >>> tree = ast.parse("integral(abs(u - x), u, 0, 1)", mode="eval").body
    >>> Expression.of(tree)({"x": np.array([0.0, 0.5])}, Budget(10**6)).round(12).tolist()
    [0.5, 0.25]
    """

    tree: ast.expr
    bound: Mapping[str, _Bound] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        tree: ast.expr,
        letters: frozenset[str] = frozenset(),
        depends: Mapping[str, ast.expr] | None = None,
    ) -> Expression:
        """Set the integrals, sums and derivatives of a tree apart; `letters` are bound outside.

        In a derivative by another letter a letter of `depends` is what stands there.
        """
        bound: dict[str, _Bound] = {}

        def change(node: Any) -> Any:
            kind = called(node)
            if kind not in BINDERS:
                return None
            found = _mean(node, letters) if kind == "mean" else _bound(node, letters)
            bound[name := f"#{len(bound)}"] = found
            return ast.Name(name)

        return cls(rebuilt(_with_chain_rule(tree, depends or {}), change), bound)

    @cached_property
    def parts(self) -> int:
        """How many parts are evaluated at every point; integrals and sums count their own."""
        return size(self.tree)[0]

    def __call__(self, values: Values, budget: Budget) -> Array:
        """The values, one for each entry of the letters, which are vectors of one length."""
        count = len(next(iter(values.values())))
        if self.bound and count > _MOST_AT_ONCE:
            cuts = range(0, count, _MOST_AT_ONCE)
            few = ({n: v[i : i + _MOST_AT_ONCE] for n, v in values.items()} for i in cuts)
            return np.concatenate([self(part, budget) for part in few])
        inner = {name: bound(values, budget) for name, bound in self.bound.items()}
        with np.errstate(all="ignore"):
            found = evaluate(self.tree, {**_INFINITE, **values, **inner})
        return np.broadcast_to(np.asarray(found, dtype=np.float64), (count,))


def _bound(node: Any, letters: frozenset[str]) -> _Bound:
    kind, letter = called(node), node.args[1].id.rstrip("_")
    body = Expression.of(node.args[0], letters | {letter})
    limits = tuple(Expression.of(limit, letters) for limit in node.args[2:])
    kinks = _kinks(node.args[0]) if kind == "integral" else []
    return _Bound(kind, letter, body, _names(node), limits, tuple(map(Expression.of, kinks)))


def _mean(node: Any, letters: frozenset[str]) -> _Bound:
    """The mean as an integral over the angle of an integral over the length."""
    angle = next((name for name in ("t", "theta", "u") if name in letters), None)
    if angle is None:
        raise FormulaError("a mean needs the angle t between the points, here or around it")
    if any(called(n) == "diff" and n.args[1].id in _GAUSSIAN for n in ast.walk(node)):  # type: ignore[attr-defined]
        raise FormulaError("write out the derivative that stands in the mean")
    trees = {name: _tree(text.format(t=angle)) for name, text in _GAUSSIAN.items()}
    body = with_trees(node.args[0], trees)
    kinks = _kinks(body)
    inner = Expression.of(body, letters | {"ρ", "φ"})
    used, own = _names(body), tuple(map(Expression.of, kinks))
    inside = Expression(ast.Name("#0"), {"#0": _Bound("radial", "ρ", inner, used, (), own)})
    at_1 = tuple(Expression.of(with_trees(kink, {"ρ": _tree("1")})) for kink in kinks)
    limits = (Expression(_tree("-pi")), Expression(_tree("pi")))
    return _Bound("integral", "φ", inside, used, limits, at_1)


def with_trees(tree: ast.expr, trees: Mapping[str, ast.expr]) -> ast.expr:
    """A copy of a tree with trees in the place of names, but for the letter of a derivative."""

    def change(node: Any) -> Any:
        if called(node) == "diff":
            function, letter, *more = node.args
            others = [with_trees(argument, trees) for argument in (function, *more)]
            return ast.Call(node.func, [others[0], letter, *others[1:]], [])
        found = trees.get(getattr(node, "id", ""))
        return found and rebuilt(found)  # a change of one copy is none of another

    new: ast.expr = rebuilt(tree, change)
    return new


def bracket(tree: ast.expr, letter: str, low: ast.expr, high: ast.expr) -> Any:
    """F(b) − F(a), which keeps what it was made of."""
    ends = (with_trees(tree, {letter: end}) for end in (high, low))
    made: Any = ast.BinOp(next(ends), ast.Sub(), next(ends))
    made.bracket = [tree, letter, low, high]
    return made


def _with_chain_rule(tree: ast.expr, depends: Mapping[str, ast.expr]) -> ast.expr:
    """Writes out in each derivative what letters depend on; one by such a letter has its value."""

    def change(node: Any) -> Any:
        if called(node) != "diff":
            return None
        body, by = rebuilt(node.args[0], change), node.args[1].id.rstrip("_")
        others = {name: tree for name, tree in depends.items() if name != by}
        inner: list[Any] = [n for n in ast.walk(body) if called(n) == "diff"]
        if any(n.args[1].id in others for n in inner):
            raise FormulaError(f"write out the derivative that stands in the one by {by}")
        parts = [body, *(rebuilt(depends[name]) for name in [by] if name in depends)]
        for i in range(len(parts)):
            while others.keys() & _names(parts[i]):
                parts[i] = with_trees(parts[i], others)
        if parts[1:]:
            parts[0] = _in_terms_of(by, *parts)
        return ast.Call(node.func, [parts[0], node.args[1], *parts[1:]], [])

    new: ast.expr = rebuilt(tree, change)
    return new


def _in_terms_of(letter: str, tree: ast.expr, stands_for: ast.expr) -> ast.expr:
    """A tree with a letter in the place of what it stands for."""
    place, of = ast.dump(stands_for), _names(stands_for)

    def change(node: Any) -> Any:
        found = type(node) is type(stands_for) and ast.dump(node) == place
        return ast.Name(letter) if found else None

    tree = rebuilt(tree, change) if of else tree
    if letter not in _names(tree) and (not of or of & _names(tree)):
        raise FormulaError(f"what is derived by {letter} must have {letter} in it, as declared")
    return tree


def _names(node: ast.AST) -> frozenset[str]:
    return frozenset(n.id.rstrip("_") for n in ast.walk(node) if isinstance(n, ast.Name))


def _tree(text: str) -> ast.expr:
    return syntax_tree(text, "eval").body


def _kinks(node: ast.expr) -> list[ast.expr]:
    """What changes its sign where a formula has a kink; not inside of another integral."""
    name = called(node)
    if name in BINDERS:
        return []
    sides = node.args if name in ("max", "min") else []  # type: ignore[attr-defined]
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
    found = [ast.BinOp(a, ast.Sub(), b) for a, b in itertools.pairwise(sides)]
    found += node.args[:1] if name in _KINKED else []  # type: ignore[attr-defined]
    return [*found, *(kink for child in children(node) for kink in _kinks(child))]


def _at(bound: _Bound, expression: Expression, values: Values, budget: Budget) -> Function:
    """A function of the letter: its values at u, each with the other letters of entry `index`."""

    def function(index: Numbers, u: Array) -> Array:
        budget.spend(expression.parts * (len(u) + _CALL))
        inside = {name: value[index] for name, value in values.items()}
        return expression({**inside, bound.letter: u}, budget)

    return function


def _at_rows(bound: _Bound, points: Array, values: Values, budget: Budget) -> Array:
    """What is bound, at one row of points for each entry."""
    index = np.repeat(np.arange(len(points)), points.shape[1])
    return _at(bound, bound.body, values, budget)(index, points.ravel()).reshape(points.shape)


def _integral(bound: _Bound, values: Values, budget: Budget) -> Array:
    low, high = (limit(values, budget) for limit in bound.limits)
    body, *kinks = (_at(bound, e, values, budget) for e in (bound.body, *bound.kinks))
    return integrate(body, kinks, low, high)


def _radial(bound: _Bound, values: Values, budget: Budget) -> Array:
    """(1/2π) ∫ f(ρ) ρ exp(−ρ²/2) dρ: by Gauss's rules for even powers of ρ, else by panels."""
    count = len(next(iter(values.values())))

    def at(lengths: Array) -> Array:
        return _at_rows(bound, np.tile(lengths, (count, 1)), values, budget)

    (x, v), (y, w) = _GAUSS
    with np.errstate(all="ignore"):
        fine, coarse = at(x) @ v, at(y) @ w
        if np.all(np.abs(fine - coarse) <= 1e-13 * np.abs(fine)):
            return fine / (2 * np.pi)
    if np.any(np.abs(at(np.array([_LONGEST]))) * math.exp(-(_LONGEST**2) / 2) > 1e-9):
        raise ConvergenceError("it does not converge")
    weighted = ast.BinOp(bound.body.tree, ast.Mult(), _tree("ρ*exp(-ρ**2/2)/2/pi"))
    limits = (Expression(_tree("0")), Expression(ast.Constant(_LONGEST)))
    body = Expression(weighted, bound.body.bound)
    return _integral(replace(bound, body=body, limits=limits), values, budget)


def _sum(bound: _Bound, values: Values, budget: Budget) -> Array:
    low, high = (limit(values, budget) for limit in bound.limits)
    for limit in (low, high):
        if np.isnan(limit).any() or np.any((limit != np.floor(limit)) & np.isfinite(limit)):
            raise ConvergenceError("a limit is no whole number")
    infinite = bool(np.isinf(low).any()), bool(np.isinf(high).any())
    below, above = bool(np.all(low == -np.inf)), bool(np.all(high == np.inf))
    if infinite != (below, above):
        raise ConvergenceError("it must run upwards, from and to limits all finite or all infinite")

    def terms(start: Array, sign: float, steps: Array) -> Array:
        """The terms at start + sign·steps: one row for each entry."""
        return _at_rows(bound, start[:, None] + sign * steps, values, budget)

    if below and above:
        zero = np.zeros(len(low))
        return to_infinity(partial(terms, zero, 1)) + to_infinity(partial(terms, zero - 1, -1))
    if below or above:
        return to_infinity(partial(terms, low, 1) if above else partial(terms, high, -1))
    longest = max(0.0, float((high - low).max()) + 1)
    if longest > _MOST_TERMS:
        raise ConvergenceError(f"it has more than {_MOST_TERMS} terms")
    steps = np.arange(longest)
    return np.where(steps <= (high - low)[:, None], terms(low, 1, steps), 0.0).sum(axis=1)


def _derivative(bound: _Bound, values: Values, budget: Budget) -> Array:
    (x,) = [e(values, budget) for e in bound.limits] or [values[bound.letter]]

    def around(steps: Array) -> Array:
        return _at_rows(bound, x[:, None] + steps, values, budget)

    best, least, scale = np.full(len(x), np.nan), np.full(len(x), np.inf), np.zeros(len(x))
    for step in (0.3, 0.1, 0.03, 0.01, 0.003, 0.001):
        (coarse, _), (fine, size) = (slope(around, step, n) for n in (12, 17))
        with np.errstate(all="ignore"):
            off = np.abs(coarse - fine)
            better = off < least
        best, least = np.where(better, fine, best), np.where(better, off, least)
        scale = np.fmax(scale, size)  # of the widest: f itself may be next to 0 at x
        if np.all(least <= 1e-13 * (scale + np.abs(best))):
            break
    if not np.all(least <= 1e-9 * (scale + np.abs(best))):
        raise ConvergenceError("it has no value to 1e-9: is there a kink?")
    return best


# how each is computed, and what it is called
_KINDS: dict[str, tuple[Callable[[_Bound, Values, Budget], Array], str]] = {
    "integral": (_integral, "the integral over"),
    "radial": (_radial, "the integral over"),
    "sum": (_sum, "the sum over"),
    "diff": (_derivative, "the derivative in"),
}
