"""Formulas one edit away: at one place, everywhere, or with other brackets.

changes       every change at one place, the likeliest first
everywhere    one name for another in the whole formula, numbers typed by hand
exact_number  π for 3.14159, and others that are typed by hand
rebracketed   formulas of the same symbols with other brackets, or one other operator
"""

from __future__ import annotations

import ast
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from .edits import ORDER, Change, Scope, of_call, of_number, of_operator, places
from .nodes import Kinds, around, changed, filled, made, name_node, of_squares, rebuilt, with_nodes
from .trees import children, show, syntax_tree

_GATES = frozenset({"kappa0", "kappa1", "step", "relu", "sin", "cos"})
_TYPED = [math.pi**p * c for p in (1, 2, -1, -2) for c in (1, 2, 0.5, 4, 0.25)]
_TYPED += [2**0.5, 0.5**0.5, 180 / math.pi, 1 / 3, 2 / 3, math.e]
# Of kinds that are less likely than a wrong sign. A space after a kind as in ORDER.
_COSTS = {
    **{"inner-sign ": 1.3, "inner-factor": 1.1, "argument-order": 1.2, "wrong-function": 1.2},
    **{"exponent": 1.2, "inverse": 1.2, "wrong-operator": 1.25, "brackets": 1.6, "supplement": 1.1},
    **{"wrong-variable-inside": 1.3, "inner-term": 1.4, "missing-inner-term": 1.5},
    **{"square-of-sum": 1.1, "squares-of-terms": 1.2, "inner-factor ": 1.5, "inner-factor  ": 1.8},
}
_OF_A_LETTER = {"exponent", "wrong-variable-inside"}  # told of the letter, not of the whole
_EXCHANGES = (("sin-cos-swapped", "sin", "cos"), ("kappa-swapped", "kappa0", "kappa1"))
_RADIANS = {180: math.pi, 360: 2 * math.pi, 90: math.pi / 2}
Tokens = tuple[str, ...]


def changes(tree: ast.expr, names: Iterable[str], functions: Iterable[str]) -> list[Change]:
    """Every change of a formula at one place, the likeliest first, then the smallest part."""
    scope = Scope(tuple(names), frozenset(functions))
    letters = Counter(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
    once = {name for name, count in letters.items() if count == 1}
    around_it = {id(node): parent for parent, _, node in places(tree)}
    texts, whole = {id(n): ast.unparse(n) for n in ast.walk(tree)}, ast.unparse(tree)
    found, count = [], {text: _times(text, whole) for text in texts.values()}
    for n in ast.walk(tree):  # of two that are alike and together one is as good as the other
        if isinstance(n, ast.BinOp) and texts[id(n.left)] == texts[id(n.right)]:
            count[texts[id(n.left)]] -= 1
    for parent, field, node in places(ast.Expression(tree)):
        size = sum(1 for _ in ast.walk(node))
        leaf = isinstance(node, (ast.Name, ast.Constant)) and node is not tree
        place = parent if leaf else node
        alone = leaf and getattr(node, "id", "") in once and _is_long(parent, tree)
        exponent = field == "right" and isinstance(getattr(parent, "op", None), ast.Pow)
        for kind, new in _of_formula(node, scope):
            if kind in ("angle-for-cos", "supplement") and texts.get(id(parent)) == "cos(t)":
                continue  # cos(pi − t) is −cos(t): a sign says it
            number = getattr(node, "value", 0) if kind == "inner-factor" else 0
            name = "inner-sign " if number and getattr(new, "value", 0) == -number else kind
            name = "exponent" if exponent and kind == "inner-factor" else name
            cost = _cost(name, node, new) + 0.002 * size
            shown = place
            if kind == "inner-term":  # the operand that is left out
                shown = node.right if new is node.left else node.left
                shown = _which(shown, tree) if count[texts[id(shown)]] > 1 else shown
            shown = node if alone and kind in _OF_A_LETTER else shown
            told = shown
            while kind != "inner-term" and count[texts[id(shown)]] > 1:
                shown = around_it[id(shown)]  # in which of them it is
            if shown is tree is not told:  # that is no place
                shown = _which(told, tree)
            if _is_last_sign(kind, node, new) and shown is node:
                shown = ast.UnaryOp(
                    ast.UAdd() if type(node.op) is ast.Add else ast.USub(), node.right
                )
            change = Change(name.strip(), shown, node, new, cost)
            found.append((ORDER.index(name), size, change))
    found.sort(key=lambda entry: entry[:2])
    return [change for *_, change in found]


def _is_last_sign(kind: str, node: Any, new: Any) -> bool:
    """Whether of a sum of three terms or more the sign before the last becomes another."""
    several = isinstance(getattr(getattr(node, "left", None), "op", None), ast.Add | ast.Sub)
    of_last = getattr(new, "left", None) is getattr(node, "left", 0)
    return several and of_last and kind == "inner-sign"


def _which(part: ast.expr, tree: ast.expr) -> ast.expr:
    """A name for a part: the second 'sin(t)'."""
    before = ast.unparse(made(tree, {id(part): ast.Name("§")})).partition("§")[0]
    at = _times(ast.unparse(part), before)
    ordinal = ("first", "second", "third", f"{at + 1}th")[min(at, 3)]
    return ast.Name(f"the {ordinal} '{show(part)}'")


def _times(text: str, whole: str) -> int:
    """How often a text stands in another, not inside a longer name or number."""
    return len(re.findall(rf"(?<![\w.]){re.escape(text)}(?![\w.])", whole))


def _is_long(part: Any, whole: ast.expr) -> bool:
    """Whether a part of a formula says less of a place than one of its letters."""
    of_sum = isinstance(getattr(part, "op", None), ast.Add | ast.Sub)
    return part is whole or of_sum or sum(isinstance(n, ast.Name) for n in ast.walk(part)) > 4


def _cost(kind: str, node: Any, new: Any) -> float:
    """What a change costs: more where it is less likely than others of its kind."""
    beside = isinstance(new, ast.BinOp) and node in (new.left, new.right)
    cost = _COSTS.get(kind, 1.0) + 0.15 * (kind == "inner-factor" and beside)
    if kind in ("wrong-function", "angle-for-cos") and not isinstance(node, ast.Call):
        return 1.6
    if kind == "wrong-function" and isinstance(node, ast.Call) and len(node.args) > 1:
        return 2.6 if new in node.args else cost
    if kind == "wrong-variable-inside" and getattr(new, "id", "") == "pi":
        return 1.8
    if kind == "wrong-operator" and isinstance(getattr(node, "op", None), ast.Sub):
        return 1.6  # 1 − x is 1 · x
    of_pi = kind == "inner-term" and getattr(getattr(node, "left", None), "id", "") == "pi"
    if of_pi or (isinstance(node, ast.Call) and ast.unparse(new).startswith("1 - cos(")):
        return cost + 0.5  # rather two that changed places, or a sign
    if kind == "exponent" and isinstance(getattr(node, "op", None), ast.Mult):
        return 1.4  # a product for a power
    if isinstance(node, ast.Constant):
        value: Any = node.value
        other = getattr(new, "value", None)
        likely = (2 * value, value / 2, -value, 1, value + 1, value - 1)
        return cost if other in likely and other != 0 else cost + (0.3 if other else 0.5)
    return cost


# What may be missing around a part x of a formula; n is each of its letters.
_AROUND_NAME = (("missing-inner-term", "x + n; x - n"),)
_AROUND = (
    ("inner-sign ", "-x"),  # after a + for a −, which says where more clearly
    ("inner-factor", "x * 2; x / 2; x * pi; x / pi; x * pi**2; x / pi**2"),
    ("exponent", "x**2; x**3; x**0.5"),
    ("missing-inner-term", "x + 1; x - 1; 1 - x"),
    ("wrong-function", "abs(x)"),
)


def _of_formula(node: Any, scope: Scope) -> Kinds:
    yield from of_squares(node)
    if isinstance(node, ast.BinOp):
        yield from _of_operation(node, scope)
    elif isinstance(node, ast.Call):
        yield from of_call(node, scope)
    elif isinstance(node, ast.Name) and node.id != "pi":
        known = node.id.rstrip("_") in scope.names
        for other in (*scope.names, "pi") if known else scope.names:
            if node.id.rstrip("_") != other:
                yield "wrong-variable-inside", name_node(other)
        kind = "supplement" if node.id in ("t", "u") else "missing-inner-term"
        yield kind, filled("pi - x", x=node)
    elif isinstance(node, ast.Constant):
        yield from of_number(node)
        yield "inner-factor", name_node("pi")
        yield "inner-factor", ast.Constant(node.value / 4)  # type: ignore[operator]
        yield "inner-factor", ast.Constant(4 * node.value)  # type: ignore[operator]
    elif isinstance(node, ast.UnaryOp):
        yield "inner-sign", node.operand
        yield from around((("missing-inner-term", "pi - x; 1 - x"),), x=node.operand)
    elif isinstance(node, ast.Compare):
        yield "inner-sign", filled("1 - x", x=node)
    yield from _around_formula(node, scope)


def _of_operation(node: ast.BinOp, scope: Scope) -> Kinds:
    opposite = isinstance(node.op, ast.Sub) and getattr(node.left, "id", "") == "pi"
    opposite = opposite and not re.search(r"\b(cos|sin)\(", ast.unparse(node.right))  # no angle
    for kind, new in of_operator(node, scope):
        yield "supplement" if opposite and new is node.right else kind, new
    below: Any = node.right
    if isinstance(node.op, ast.Div) and isinstance(getattr(below, "op", None), ast.Add | ast.Sub):
        one, other = (filled("a / b", a=node.left, b=b) for b in (below.left, below.right))
        yield "inverse-of-sum", changed(below, left=one, right=other)
    if any(name[1:] in ("1", "2") for name in scope.names):
        other = rebuilt(node, _other_index)  # the term in x2 beside that in x1
        if ast.dump(other) != ast.dump(node):
            yield from around((("missing-inner-term", "x + y; x - y"),), x=node, y=other)


def _around_formula(node: Any, scope: Scope) -> Kinds:
    """A sign, a factor, a power, a term that is missing around a part of a formula."""
    assert scope.functions is not None
    for function in sorted(scope.functions & _GATES) if len(scope.names) <= 4 else ():
        for name in scope.names:
            yield "inner-factor ", filled(f"x * {function}(n)", x=node, n=name_node(name))
    for name in scope.names:
        yield from around(_AROUND_NAME, x=node, n=name_node(name))
    if isinstance(node, ast.Constant):
        return
    yield from around(_AROUND, x=node)
    if "m" in scope.names:
        yield from around((("inner-factor", "x * sqrt(m); x / sqrt(m)"),), x=node)
    for name in scope.names:
        same = isinstance(node, ast.Name) and node.id.rstrip("_") == name
        yield "exponent" if same else "inner-factor ", filled("x * n", x=node, n=name_node(name))
        yield "inner-factor ", filled("x / n", x=node, n=name_node(name))  # a number is likelier
    wrapped = {"sin", "cos", "exp", "relu", "step", "ln"} if isinstance(node, ast.Name) else {"ln"}
    for function in sorted(scope.functions & wrapped):
        kind = "angle-for-cos" if function == "cos" and node.id == "t" else "wrong-function"
        yield kind, filled(f"{function}(x)", x=node)


def everywhere(tree: ast.expr, functions: Iterable[str]) -> Kinds:
    """One name for another in the whole formula, numbers typed by hand."""
    yield "few-digits", rebuilt(tree, exact_number)
    yield "degrees", rebuilt(tree, _radians)
    for kind, one, other in _EXCHANGES:
        if {one, other} <= set(functions):
            yield kind, with_nodes(tree, {one: name_node(other), other: name_node(one)})


def _radians(node: Any) -> Any:
    turns = isinstance(node, ast.Constant) and node.value in _RADIANS
    return ast.Constant(_RADIANS[node.value]) if turns else None


class _Typed(float):
    """A number that is shown as it was typed."""

    text = ""

    def __repr__(self) -> str:
        return self.text


def exact_number(node: Any) -> Any:
    """π for 3.14159 or 22/7, and others that are typed by hand."""
    value, text = getattr(node, "value", 0), ""
    if isinstance(getattr(node, "op", None), ast.Div):
        above, below = (getattr(side, "value", 0) for side in (node.left, node.right))
        value, text = above / below if below else 0, f"({ast.unparse(node)})"
    for exact in _TYPED:
        near = 2e-2 if exact == math.pi else 2e-3 * (value != round(value, 1))
        if 1e-15 < abs(value / exact - 1) < near:
            number = _Typed(exact)
            number.text = text or repr(value)
            return ast.Constant(number)
    return None


def _other_index(node: Any) -> Any:
    """The letters x1, w1 for x2, w2, and back."""
    name = getattr(node, "id", "")
    return name_node(name[0] + {"1": "2", "2": "1"}[name[1:]]) if name[1:] in ("1", "2") else None


_CHANCE = r"\*\* \( (\d+|\( \d+ \)) [-+*] "  # k^(2 - 1) for k^2 - 1: nobody means that


def rebracketed(tokens: tuple[str, ...]) -> Iterator[tuple[str, ast.expr, ast.expr]]:
    """The formula with other brackets, or one other operator: (kind, place, tree).

    One pair of brackets more, one bracket in another place, or one of + - * / ^ for another.

    >>> found = rebracketed(("a", "+", "b", "*", "c"))
    >>> sum(ast.unparse(tree) == "(a + b) * c" for *_, tree in found)
    1
    """
    if len(tokens) > 50:
        return
    seen, whole = set(), syntax_tree(" ".join(tokens), "eval").body
    starts = list(itertools.accumulate((len(token) + 1 for token in tokens), initial=0))
    for kind, first, last, words in _other_words(tokens):
        try:
            tree = syntax_tree(" ".join(words), "eval").body
        except SyntaxError:
            continue
        shape = _shape(tree)  # ast.dump takes longer than all the rest
        if shape not in seen and not re.search(_CHANCE, " ".join(words)):
            seen.add(shape)
            yield kind, _around(whole, starts[first], starts[last] - 1), tree


def _shape(node: Any) -> Any:
    """What is the same for two formulas that differ in their brackets' places alone."""
    if isinstance(node, ast.BinOp):
        return type(node.op), _shape(node.left), _shape(node.right)
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Constant):
        return repr(node.value)
    if isinstance(node, ast.UnaryOp):
        return type(node.op), _shape(node.operand)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id, *map(_shape, node.args)
    return ast.dump(node)


def _around(tree: ast.expr, start: int, end: int) -> ast.expr:
    """The smallest part of a formula that has a passage of its text in it."""
    for part in children(tree):
        if part.col_offset <= start and end <= (part.end_col_offset or 0):
            return _around(part, start, end)
    return tree


def _other_words(tokens: Tokens) -> Iterator[tuple[str, int, int, Tokens]]:
    """Each change's kind, the first and the last token that it is about, and the new tokens."""
    size = len(tokens)
    for i in (i for i in range(size) if tokens[i] == "(" or tokens[i][0].isalnum()):
        for j in range(i + 3, size + 1):
            inside = tokens[i:j]
            if inside.count("(") == inside.count(")"):
                yield "brackets", i, j, (*tokens[:i], "(", *inside, ")", *tokens[j:])
    for i, token in enumerate(tokens):
        if token in "()":
            rest = tokens[:i] + tokens[i + 1 :]
            for j in (*range(i), *range(i + 1, size)):
                yield "brackets", min(i, j), max(i, j) + 1, (*rest[:j], token, *rest[j:])
    others = {"+": "- * /", "-": "+ * /", "*": "+ - / **", "/": "+ - *"}
    for i, token in enumerate(tokens):
        for other in others.get(token, "").split():
            if other in "+-" or tokens[i + 1 : i + 2] != ("1",):  # x·1 is x: a term too many
                yield "wrong-operator", i, i + 1, (*tokens[:i], other, *tokens[i + 1 :])
