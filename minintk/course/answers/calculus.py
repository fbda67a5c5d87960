"""Formulas with integrals, sums, derivatives and Gaussian means, evaluated on arrays.

Expression         a formula whose integrals, sums and derivatives are set apart, ready to evaluate
DoesNotConverge    an integral, a sum or a derivative that has no value, or none to 1e-11
Budget             how many values may still be computed

integral   panels of Gauss and Legendre between the kinks, which are the sign changes of what stands
           in |…|, relu, steps, comparisons, max and min; a panel where 10 and 16 points disagree is
           halved, so that what is not found is closed in on
sum        to infinity: sums with a smooth end at N, 2N, 4N, …, extrapolated in two ways that agree
diff       the derivative of the interpolant in Chebyshev points around x, in two sizes that agree
mean       over w ~ N(0, I) in the plane: an integral over the angle, and one over the length of w
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from ..._require import Array
from ..formula import BINDERS, FormulaError, children, evaluate

__all__ = ["Budget", "DoesNotConverge", "Expression"]

Values = Mapping[str, Array]

_FINE, _COARSE = np.polynomial.legendre.leggauss(16), np.polynomial.legendre.leggauss(10)
_NODES = np.concatenate([_FINE[0], _COARSE[0]])
_INFINITE = {"inf": np.asarray(np.inf)}
_PANELS, _HALVINGS, _GRID = 2, 100, 96
_ACCURATE, _ENOUGH = 1e-14, 1e-11
_LONGEST = 12.0  # of w ~ N(0, I) in the plane: longer ones have the weight e^-72
_MOST_TERMS, _MOST_PANELS = 100_000, 1000
_KINKED = {"abs", "relu", "step", "heaviside", "relu_derivative", "sign", "where"}
# x and x' on the unit circle, x at the angle 0, x' at the angle t from it
_GAUSSIAN = {
    "w1": "rho_ * cos(phi_)",
    "w2": "rho_ * sin(phi_)",
    "z": "rho_ * cos(phi_)",
    "zprime": "rho_ * cos(phi_ - angle_)",
}
_MOST_AT_ONCE = 4096  # points at which an inner integral is computed together


class DoesNotConverge(ValueError):
    """An integral, a sum or a derivative without a value; the message says which."""


@dataclass
class Budget:
    """How many values may still be computed."""

    left: int

    def spend(self, count: int) -> None:
        """Take some values off.

        >>> Budget(10).spend(11)
        Traceback (most recent call last):
        ...
        minintk.course.answers.calculus.DoesNotConverge: it needs more values than are allowed here
        """
        self.left -= count
        if self.left < 0:
            raise DoesNotConverge("it needs more values than are allowed here")


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
        found = _COMPUTE[self.kind](self, dict(zip(names, few.T, strict=True)), budget)
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
    def of(cls, tree: ast.expr, letters: frozenset[str] = frozenset()) -> Expression:
        """Set the integrals, sums and derivatives of a tree apart; `letters` are bound outside."""
        apart = _SetApart(letters)
        return cls(apart.visit(copy.deepcopy(tree)), apart.bound)

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


class _SetApart(ast.NodeTransformer):
    def __init__(self, letters: frozenset[str]) -> None:
        self.letters, self.bound = letters, dict[str, _Bound]()

    def visit_Call(self, node: ast.Call) -> ast.expr:  # noqa: N802
        kind = node.func.id  # type: ignore[attr-defined]
        if kind not in BINDERS:
            self.generic_visit(node)
            return node
        bound = self._mean(node) if kind == "mean" else self._bound(kind, node)
        self.bound[name := f"#{len(self.bound)}"] = bound
        return ast.Name(name)

    def _bound(self, kind: str, node: ast.Call) -> _Bound:
        letter = node.args[1].id.rstrip("_")  # type: ignore[attr-defined]
        inside = self.letters | {letter}
        limits = tuple(Expression.of(limit, self.letters) for limit in node.args[2:])
        kinks = _kinks(node.args[0]) if kind == "integral" else []
        return _Bound(
            kind,
            letter,
            Expression.of(node.args[0], inside),
            _names(node),
            limits,
            tuple(Expression.of(kink) for kink in kinks),
        )

    def _mean(self, node: ast.Call) -> _Bound:
        """The mean as an integral over the angle of an integral over the length."""
        angle = next((name for name in ("t", "theta", "u") if name in self.letters), None)
        if angle is None:
            raise FormulaError("a mean needs the angle t between the points, here or around it")
        own = {"rho_": "#length", "phi_": "#angle", "angle_": angle}
        names = Replaced({name: ast.Name(new) for name, new in own.items()})
        gaussian = {name: names.visit(_tree(text)) for name, text in _GAUSSIAN.items()}
        body = Replaced(gaussian).visit(copy.deepcopy(node.args[0]))
        weighted = ast.BinOp(body, ast.Mult(), names.visit(_tree("rho_ * exp(-rho_**2/2) / 2 / pi")))
        ends = _tree("0"), ast.Constant(_LONGEST)
        radial = ast.Call(ast.Name("integral"), [weighted, ast.Name("#length"), *ends], [])
        kinks = [Replaced({"#length": _tree("1")}).visit(kink) for kink in _kinks(body)]
        limits = (Expression(_tree("-pi")), Expression(_tree("pi")))
        inside = Expression.of(radial, self.letters | {"#angle"})
        used = frozenset({angle}) | _names(body)
        return _Bound("integral", "#angle", inside, used, limits, tuple(map(Expression, kinks)))


class Replaced(ast.NodeTransformer):
    """Puts trees in the place of names."""

    def __init__(self, trees: Mapping[str, ast.expr]) -> None:
        self.trees = trees

    def visit_Name(self, node: ast.Name) -> ast.expr:  # noqa: N802
        """The tree of the name, or the name."""
        return copy.deepcopy(self.trees.get(node.id, node))

    def visit_Call(self, node: ast.Call) -> ast.expr:  # noqa: N802
        """The name of the function stays, and the letter that it binds."""
        keep = 1 if node.func.id in ("integral", "sum", "diff") else None  # type: ignore[attr-defined]
        node.args = [a if i == keep else self.visit(a) for i, a in enumerate(node.args)]
        return node


def _names(node: ast.AST) -> frozenset[str]:
    return frozenset(n.id.rstrip("_") for n in ast.walk(node) if isinstance(n, ast.Name))


def _tree(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _kinks(node: ast.expr) -> list[ast.expr]:
    """What changes its sign where a formula has a kink; not inside of another integral."""
    if isinstance(node, ast.Call):
        name = node.func.id  # type: ignore[attr-defined]
        if name in BINDERS:
            return []
        found = [copy.deepcopy(node.args[0])] if name in _KINKED else []
        if name in ("max", "min"):
            found = [_minus(a, b) for a, b in zip(node.args, node.args[1:], strict=False)]
    elif isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        found = [_minus(a, b) for a, b in zip(sides, sides[1:], strict=False)]
    else:
        found = []
    return found + [kink for child in children(node) for kink in _kinks(child)]


def _minus(left: ast.expr, right: ast.expr) -> ast.expr:
    return copy.deepcopy(ast.BinOp(left, ast.Sub(), right))


# --- integrals ------------------------------------------------------------------------------------


def _integral(bound: _Bound, values: Values, budget: Budget) -> Array:
    low, high = (limit(values, budget) for limit in bound.limits)
    if np.isnan(low).any() or np.isnan(high).any():
        raise DoesNotConverge(f"a limit of the integral over {bound.letter} is not a number")
    place = _Substitution(np.minimum(low, high), np.maximum(low, high))

    def of(expression: Expression) -> Callable[[Array, Array], Array]:
        def function(index: Array, s: Array) -> Array:
            inside = {name: value[index] for name, value in values.items()}
            return expression({**inside, bound.letter: place(index, s)}, budget)

        return function

    budget.spend(_GRID * len(low) * len(bound.kinks))
    panels = _pieces([of(kink) for kink in bound.kinks], len(low))
    inner = of(bound.body)
    try:
        total = _adaptive(
            lambda i, s: _times(inner(i, s), place.speed(i, s)), panels, len(low), budget
        )
    except _Unsettled as unsettled:
        letter = {"#angle": "the mean", "#length": "the mean"}.get(
            bound.letter, f"the integral over {bound.letter}"
        )
        raise DoesNotConverge(f"{letter} {unsettled}") from None
    if bound.letter == "#length" and np.any(np.abs(inner(np.arange(len(low)), low + 1)) > 1e-9):
        raise DoesNotConverge("the mean does not converge")
    return np.where(low == high, 0.0, np.where(low < high, total, -total))


def _times(value: Array, speed: Array) -> Array:
    """A product in which 0 times infinity is 0: at the ends what is 0 stays 0."""
    with np.errstate(all="ignore"):
        return np.where(value == 0, 0.0, value * speed)


@dataclass(frozen=True)
class _Substitution:
    """u as a function of s in [0, 1]: it slows down at finite ends, and reaches infinite ones.

    Finite: u = a + (b − a) s²(3 − 2s), so that 1/√(u − a) is smooth in s; to infinity:
    u = a + (1/s − 1)², so that u^(−3/2) is, too.
    """

    low: Array
    high: Array

    def __call__(self, index: Array, s: Array) -> Array:
        a, b = self.low[index], self.high[index]
        left, right = np.isinf(a), np.isinf(b)
        with np.errstate(all="ignore"):
            finite = np.where(s < 0.5, a + (b - a) * s**2 * (3 - 2 * s),
                              b - (b - a) * (1 - s) ** 2 * (1 + 2 * s))  # fmt: skip
            both = (2 * s - 1) / (s * (1 - s))
            far = (1 / s - 1) ** 2
            u = np.where(left, b - far, np.where(right, a + far, finite))
        return np.where(left & right, both, u)

    def speed(self, index: Array, s: Array) -> Array:
        """du/ds."""
        a, b = self.low[index], self.high[index]
        left, right = np.isinf(a), np.isinf(b)
        with np.errstate(all="ignore"):
            both = 1 / s**2 + 1 / (1 - s) ** 2
            found = np.where(left | right, 2 * (1 / s - 1) / s**2, (b - a) * 6 * s * (1 - s))
        return np.where(left & right, both, found)


def _pieces(
    kinks: list[Callable[[Array, Array], Array]], count: int
) -> tuple[Array, Array, Array]:
    """The panels to begin with: (point, from, to), cut at the kinks."""
    everyone = np.arange(count)
    cuts = [(np.repeat(everyone, _PANELS + 1), np.tile(np.linspace(0, 1, _PANELS + 1), count))]
    cuts += [_sign_changes(kink, count) for kink in kinks]
    index, s = (np.concatenate(part) for part in zip(*cuts, strict=True))
    order = np.lexsort((s, index))
    index, s = index[order], s[order]
    inside = (index[1:] == index[:-1]) & (s[1:] > s[:-1])
    return index[1:][inside], s[:-1][inside], s[1:][inside]


def _sign_changes(function: Callable[[Array, Array], Array], count: int) -> tuple[Array, Array]:
    grid = (np.arange(_GRID) + 0.5) / _GRID
    index = np.repeat(np.arange(count), _GRID)
    positive = (function(index, np.tile(grid, count)) > 0).reshape(count, _GRID)
    point, cell = np.nonzero(positive[:, 1:] != positive[:, :-1])
    low, high, above = grid[cell], grid[cell + 1], positive[point, cell]
    if len(point):
        for _ in range(52):
            middle = (low + high) / 2
            same = (function(point, middle) > 0) == above
            low, high = np.where(same, middle, low), np.where(same, high, middle)
    return point, high


class _Unsettled(Exception):
    """Why an integral has no value."""


def _adaptive(
    function: Callable[[Array, Array], Array],
    panels: tuple[Array, Array, Array],
    count: int,
    budget: Budget,
) -> Array:
    """∫ function over panels; those where two rules disagree are halved."""
    index, a, b = panels
    total, size, error = np.zeros(count), np.zeros(count), np.zeros(count)
    for halving in range(_HALVINGS):
        budget.spend(len(index) * len(_NODES))
        half, middle = (b - a) / 2, (a + b) / 2
        s = middle[:, None] + half[:, None] * _NODES
        found = function(np.repeat(index, len(_NODES)), s.ravel()).reshape(s.shape)
        if not np.isfinite(found).any(axis=1).all():
            raise _Unsettled("has a part where it is not finite")
        with np.errstate(all="ignore"):
            fine, coarse = half * (found[:, :16] @ _FINE[1]), half * (found[:, 16:] @ _COARSE[1])
            rough = half * (np.abs(found[:, :16]) @ _FINE[1])
            size = np.fmax(size, np.bincount(index, np.nan_to_num(rough, posinf=0), count))
            off = np.abs(fine - coarse)
            # rounding near a singular end grows as panels shrink: they need not be better than 1e-12
            good = off <= min(_ACCURATE * 1.25**halving, 1e-12) * size[index]
        last = (middle <= a) | (middle >= b) | (halving == _HALVINGS - 1)
        done = good | last
        total += np.bincount(index[done], fine[done], count)
        error += np.bincount(index[done & ~good], off[done & ~good], count)
        if done.all():
            break
        index, a, b, middle = (part[~done] for part in (index, a, b, middle))
        index = np.concatenate([index, index])
        a, b = np.concatenate([a, middle]), np.concatenate([middle, b])
        if len(index) > _MOST_PANELS * count:
            raise _Unsettled("does not converge, or is too irregular")
    if not np.all(error <= _ENOUGH * size):
        raise _Unsettled(f"does not converge, or not to {_ENOUGH:g}")
    return total


# --- sums -----------------------------------------------------------------------------------------


def _sum(bound: _Bound, values: Values, budget: Budget) -> Array:
    low, high = (limit(values, budget) for limit in bound.limits)
    for limit in (low, high):
        if np.isnan(limit).any() or np.any((limit != np.floor(limit)) & np.isfinite(limit)):
            raise DoesNotConverge(f"a limit of the sum over {bound.letter} is no whole number")
    if np.any(low == np.inf) or np.any(high == -np.inf):
        raise DoesNotConverge(f"the sum over {bound.letter} must run upwards")

    def terms(start: Array, steps: Array, sign: float) -> Array:
        """The terms at start + sign·steps: one row for each entry."""
        shape = (len(start), len(steps))
        budget.spend(shape[0] * shape[1])
        inside = {name: np.repeat(value, shape[1]) for name, value in values.items()}
        inside[bound.letter] = (start[:, None] + sign * steps).ravel()
        return bound.body(inside, budget).reshape(shape)

    if np.isinf(low).any() or np.isinf(high).any():
        return _infinite_sum(terms, low, high, bound.letter)
    longest = int(max(0.0, (high - low).max() + 1))
    if longest > _MOST_TERMS:
        raise DoesNotConverge(f"the sum over {bound.letter} has more than {_MOST_TERMS} terms")
    steps = np.arange(float(longest))
    if not longest:
        return np.zeros(len(low))
    counted = steps <= (high - low)[:, None]
    return np.where(counted, terms(low, steps, 1.0), 0.0).sum(axis=1)


Terms = Callable[[Array, Array, float], Array]


def _infinite_sum(terms: Terms, low: Array, high: Array, letter: str) -> Array:
    if np.isinf(low).all() and np.isinf(high).all():
        zero = np.zeros(len(low))
        upwards = _to_infinity(lambda steps: terms(zero, steps, 1.0), letter)
        return upwards + _to_infinity(lambda steps: terms(zero - 1, steps, -1.0), letter)
    if np.isfinite(low).all() and np.isinf(high).all():
        return _to_infinity(lambda steps: terms(low, steps, 1.0), letter)
    if np.isinf(low).all() and np.isfinite(high).all():
        return _to_infinity(lambda steps: terms(high, steps, -1.0), letter)
    raise DoesNotConverge(f"the limits of the sum over {letter} must be all finite or all infinite")


def _to_infinity(terms: Callable[[Array], Array], letter: str) -> Array:
    """Σ of terms(0), terms(1), …, by sums that end smoothly at N = 128, 256, …

    What oscillates is gone with the smooth end; what falls as a power leaves powers of 1/N, which
    Richardson's table takes away for whole powers, and Wynn's for any. Two entries of the first
    must agree, and the second with them; and the terms must fall.
    """
    sums: list[Array] = []
    blocks = terms(np.arange(64.0))
    largest: list[Array] = []
    for level in range(7, 16):
        size = 1 << level
        blocks = np.hstack([blocks, terms(np.arange(size / 2, size))])
        if not np.isfinite(blocks).all():
            raise DoesNotConverge(f"a term of the sum over {letter} is not finite")
        sums.append(blocks @ _smooth_end((np.arange(size) + 0.5) / size))
        largest.append(np.abs(blocks[:, size // 2 :]).max(axis=1))
        if len(sums) < 5:
            continue
        scale = np.abs(blocks).max(axis=1)
        whole, any_power = _richardson(sums), _wynn(sums)
        off = np.minimum(
            np.abs(whole - _richardson(sums[:-1])) + 1e-3 * np.abs(whole - any_power),
            np.abs(any_power - _wynn(sums[:-1])) + 0.1 * np.abs(any_power - _wynn(sums[:-2])),
        )
        falls = (largest[-1] <= 0.97 * largest[-2]) | (largest[-1] <= 1e-16 * scale)
        if np.all((off <= 1e-12 * scale) & falls & _settles(sums, scale)):
            break
    if not np.all((off <= 1e-10 * scale) & falls & _settles(sums, scale)):
        raise DoesNotConverge(f"the sum over {letter} does not converge, or too slowly to be sure")
    with np.errstate(invalid="ignore"):
        exact = np.abs(whole - _richardson(sums[:-1])) <= np.abs(any_power - _wynn(sums[:-1]))
    return np.where(exact, whole, any_power)


def _settles(sums: list[Array], scale: Array) -> np.ndarray:
    """Whether the sums themselves come closer to each other, as those of 1/j do not."""
    last, before = np.abs(sums[-1] - sums[-2]), np.abs(sums[-2] - sums[-3])
    return (last <= 0.9 * before) | (last <= 1e-13 * scale)


def _smooth_end(x: Array) -> Array:
    """1 up to x = 1/2, then down to 0 at x = 1, with all derivatives continuous."""
    y = np.clip(2 * x - 1, 1e-9, 1 - 1e-9)
    with np.errstate(all="ignore"):
        return 1 / (1 + np.exp(1 / (1 - y) - 1 / y))


def _richardson(sums: list[Array]) -> Array:
    row = list(sums)
    for power in range(1, min(len(row), 7)):
        row = [(2**power * b - a) / (2**power - 1) for a, b in zip(row, row[1:], strict=False)]
    return row[-1]


def _wynn(sums: list[Array]) -> Array:
    """Wynn's ε: for S_N − S a sum of powers of any kind, at N = 2, 4, 8, …"""
    before, row = [np.zeros_like(s) for s in sums], list(sums)
    best = row[-1]
    for column in range(1, len(sums)):
        with np.errstate(all="ignore"):
            steps = [b - a for a, b in zip(row, row[1:], strict=False)]
            new = [p + 1 / s for p, s in zip(before[1:], steps, strict=False)]
        before, row = row, new
        if column % 2 == 0:
            best = np.where(np.isfinite(row[-1]), row[-1], best)
    return best


# --- derivatives ----------------------------------------------------------------------------------


def _derivative(bound: _Bound, values: Values, budget: Budget) -> Array:
    x = values.get(bound.letter)
    if x is None:
        raise DoesNotConverge(f"the derivative in {bound.letter} needs a value of {bound.letter}")
    best, least = np.full(len(x), np.nan), np.full(len(x), np.inf)
    for step in (0.3, 0.1, 0.03, 0.01, 0.003, 0.001):
        found = [_chebyshev_slope(bound, values, budget, x, step, n) for n in (12, 17)]
        size = np.abs(found[1][1]) + np.abs(found[1][0])
        off = np.abs(found[0][0] - found[1][0])
        with np.errstate(all="ignore"):
            better = off < least
        best, least = np.where(better, found[1][0], best), np.where(better, off, least)
        if np.all(least <= 1e-13 * size):
            break
    if not np.all(least <= 1e-9 * size):
        raise DoesNotConverge(f"the derivative in {bound.letter} has no value to 1e-9: a kink?")
    return best


def _chebyshev_slope(
    bound: _Bound, values: Values, budget: Budget, x: Array, step: float, n: int
) -> tuple[Array, Array]:
    """The slope of the interpolant in n Chebyshev points of [x − step, x + step], and f's size."""
    nodes = np.cos(np.pi * (np.arange(n) + 0.5) / n)
    order = np.arange(n)
    # the interpolant is Σ c_k T_k, c_k = (2/n) Σ_j f_j T_k(x_j), and T_k'(0) = k sin(kπ/2)
    weights = (2 / n) * np.cos(np.outer(np.arccos(nodes), order)) @ (
        order * np.sin(order * np.pi / 2)
    )
    inside = {name: np.repeat(value, n) for name, value in values.items()}
    inside[bound.letter] = (x[:, None] + step * nodes).ravel()
    budget.spend(len(x) * n)
    f = bound.body(inside, budget).reshape(len(x), n)
    return (f - f[:, n // 2, None]) @ weights / step, np.abs(f).max(axis=1)


_COMPUTE: dict[str, Callable[[_Bound, Values, Budget], Array]] = {
    "integral": _integral,
    "sum": _sum,
    "diff": _derivative,
}
