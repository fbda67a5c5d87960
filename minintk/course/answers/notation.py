"""Formulas as they are written on paper, as text that Python reads.

read_notation   2 cos(t), |x|, sin²θ, relu'(z), 1(z>0) → words with every product and bracket
READINGS        the ways in which 1/2π or sin θ(π − θ) can be read, the most usual first

What stands side by side is a product, and binds closer than a division where no space is between.
1/2π is 1/(2π), and 1/2 cos t is half of the cosine. A function without brackets takes the letters
and numbers that follow it: cos kt. The exponent of m^-1/2 is −1/2. Where that could be read in two
ways, the note says how it was.
"""

from __future__ import annotations

import ast
import contextlib
import math
import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import NamedTuple

from .latex import APART, FormulaError, plain_text
from .trees import syntax_tree

Spellings = Mapping[str, str]  # of letters, each with its name
# as usual; a division or a function takes one factor only; a division takes all that follows
READINGS = ("usual", "short", "long")
_DEEPEST = 60

_TOKEN = re.compile(
    r"(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?(?![\w.])|\d+\.?\d*|\.\d+(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d_]\w*)"
    r"|(?P<operator>\*\*|<=|>=|==|!=|_\+|[-+*/^()<>,|'√\[\]{}_])"
    rf"|(?P<border>[\s{APART}])|(?P<wrong>.)"
)
_WORDS = {"if", "else", "and", "or", "not"}
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_INVERSES = {name: f"arc{name}" for name in ("sin", "cos", "tan")}
_FIXES = {"=": "give the right side of the equation only, without '='"}
_FIXES |= {"!": "factorials are not needed here", ".": "write * for a product, not '.'"}
MISREAD = "the formula does not read: look for a missing operand or bracket"


class _Token(NamedTuple):
    kind: str
    value: str
    apart: bool  # whether a space stands before it


_END = _Token("end", "", True)


def read_notation(
    text: str,
    letters: Spellings,
    functions: Collection[str],
    reading: str = "usual",
    unsaid: Collection[str] = (),
) -> tuple[str, str]:
    r"""A formula as on paper, as Python's words between spaces, and how it was read if in doubt.

    `letters` are the spellings that may occur, each with its name; `functions` what may be called.
    The note is "" where there is one way only to read the text. `reading` is one of READINGS;
    `unsaid` letters are read, but not named where a name is not known.
    Raises FormulaError, with the fix, for a name or a sign that is not known.

    >>> read_notation("2 cos kt", {"k": "k", "t": "t"}, ["cos"])
    ('2 * cos ( k * t )', '')
    >>> read_notation(r"\theta/2\pi", {"theta": "t", "pi": "pi"}, [])
    ('t / ( 2 * pi )', 'read as t / (2 * pi)')
    """
    reader = _Reader(plain_text(text), letters, frozenset(functions), reading)
    words = reader.whole({"e", *unsaid})
    return words, f"read as {_shown(words)}" if reader.doubt else ""


def _shown(words: str) -> str:
    with contextlib.suppress(SyntaxError):  # which the formula's reader will tell
        words = ast.unparse(syntax_tree(words, "eval"))
    return words.replace("**", "^").replace("lambda_", "lambda")


def _tokens(text: str) -> list[_Token]:
    tokens, apart = [], False
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "wrong":
            raise FormulaError(_FIXES.get(match[0], f"a formula cannot have {match[0]!r}"))
        if match.lastgroup != "border":
            tokens.append(_Token(str(match.lastgroup), match[0], apart))
        apart = match.lastgroup == "border" and (apart or match[0] != APART)
    return tokens


class _Reader:
    """Recursive descent over the tokens; every method returns the Python text of what it read."""

    def __init__(self, text: str, letters: Spellings, functions: frozenset[str], way: str) -> None:
        self.letters, self.functions, self.way = letters, functions, way
        self.place, self.doubt, self.depth, self.bars = 0, False, 0, 0
        self.tokens = [piece for token in _tokens(text) for piece in self.apart(token)] + [_END]

    def whole(self, unsaid: set[str]) -> str:
        self.unsaid = unsaid
        text = self.expression()
        if self.next.kind == "end":
            return text
        raise FormulaError(f"a bracket {self.next.value!r} is closed that was not opened")

    @property
    def next(self) -> _Token:
        return self.tokens[self.place]

    def take(self) -> str:
        self.place += 1
        return self.tokens[self.place - 1].value

    def at(self, *values: str) -> bool:
        return self.next.value in values

    def skip(self, *values: str) -> bool:
        found = self.at(*values)
        self.place += found
        return found

    def at_operand(self) -> bool:
        kind, value, _ = self.next
        known = kind == "number" or (kind == "name" and value not in _WORDS)
        return known or value in (*_BRACKETS, "√") or (value == "|" and not self.bars)

    def expression(self) -> str:
        """Sums, comparisons and words, which Python reads as paper does."""
        parts: list[str] = []
        operand = False
        while self.next.kind != "end" and self.next.value not in _BRACKETS.values():
            if operand and self.bars and self.at("|"):
                break
            operand = self.at_operand() or self.at("|")
            parts.append(self.product() if operand else self.take().replace("^", "**"))
        return " ".join(parts)

    def product(self) -> str:
        text = self.factors(after_slash=False)
        divided = False
        while self.at("*", "/") or self.at_operand():
            sign = self.take() if self.at("*", "/") else "*"
            explicit = self.tokens[self.place - 1].value == sign
            self.doubt |= divided and not explicit  # 1/2 cos t
            divided = sign == "/" if explicit else divided
            text += f" {sign} {self.signs()}{self.factors(after_slash=sign == '/')}"
        return text

    def signs(self) -> str:
        text = ""
        while self.at("-", "+"):
            text += f"{self.take()} "
        return text

    def factors(self, after_slash: bool) -> str:
        """Factors side by side without a space: after a slash they belong together, mostly."""
        first = self.next
        found = [self.power()]
        while self.at_operand() and (not self.next.apart or (after_slash and self.way == "long")):
            self.doubt |= after_slash
            if after_slash and self._stands_apart(first, len(found)):
                break
            found.append(self.power())
        text = " * ".join(found)
        return f"( {text} )" if after_slash and len(found) > 1 else text

    def _stands_apart(self, first: _Token, count: int) -> bool:
        """Whether what follows 1/2, 1/(2π) or 1/π is the bracket (a + b), which is not below."""
        if self.way != "usual":
            return self.way == "short"
        if count == 1 and (first.value in _BRACKETS or first.kind == "number"):
            return self.next.value in _BRACKETS or self.next.value in self.functions
        if self.next.value not in _BRACKETS:
            return False
        depth, signs, at = 0, False, self.place
        for at in range(self.place, len(self.tokens) - 1):
            value = self.tokens[at].value
            depth += (value in _BRACKETS) - (value in _BRACKETS.values())
            signs |= depth == 1 and value in "+-"
            if depth == 0:
                break
        return signs and self.tokens[at + 1].value not in ("^", "**")

    def power(self) -> str:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise FormulaError(f"the formula must be nested at most {_DEEPEST} deep")
        text = base = self.primary()
        if self.skip("^", "**"):
            on_paper = self.tokens[self.place - 1].value == "^" and self.way != "short"
            exponent = (self.negative_fraction() if on_paper else "") or self.exponent(base)
            text = f"{base} ** {exponent}"
        self.depth -= 1
        return text

    def negative_fraction(self) -> str:
        """The exponent of m^-1/2, in lowest terms; m^-1/2π goes on as a division does."""
        ahead = self.tokens[self.place : self.place + 5]
        text = "".join(" " * token.apart + token.value for token in ahead)
        match = re.match(r"-(\d)/([2-9])(?![.\d^/]|\*\*)", text)
        after = ahead[-1]
        letter = after.kind == "name" and self.known(after.value) not in self.functions
        if not match or math.gcd(*map(int, match.groups())) > 1 or (letter and not after.apart):
            return ""
        self.place, self.doubt = self.place + 4, True
        return f"( {match[0]} )"

    def exponent(self, base: str) -> str:
        signs = self.signs()
        bracketed = self.next.value in _BRACKETS
        found = [self.power()]
        tight = self.at_operand() and not self.next.apart and not bracketed
        self.doubt |= tight and not self.at(*_BRACKETS)
        if base == "e" and self.way != "short":  # e^-λτ
            while self.at_operand() and not self.next.apart and not bracketed:
                found.append(self.power())
        text = signs + " * ".join(found)
        return text if len(found) == 1 else f"( {text} )"

    def primary(self) -> str:
        kind, value, _ = self.next
        if kind == "number":
            if self.take() == "1":
                self.skip("_")  # 1_{z > 0}
            return value
        if value in _BRACKETS:
            inside = self.bracket()
            return f"max ( {inside} , 0 )" if self.skip("_+") else f"( {inside} )"
        if value == "|":
            return self.absolute()
        if self.skip("√"):
            return f"sqrt ( {self.primary()} )"
        if kind != "name":
            raise FormulaError(MISREAD)
        return self.name()

    def bracket(self) -> str:
        opening, bars, self.bars = self.take(), self.bars, 0
        inside, self.bars = self.expression(), bars
        if not self.skip(_BRACKETS[opening]):
            what = f"a bracket {opening!r} is not closed by {_BRACKETS[opening]!r}"
            raise FormulaError(f"the formula does not read: {what}")
        return inside

    def absolute(self) -> str:
        self.take()
        self.bars += 1
        inside = self.expression()
        self.bars -= 1
        if not inside or not self.skip("|"):
            raise FormulaError("the formula does not read: |x| lacks its other bar: write abs(x)")
        return f"abs ( {inside} )"

    def name(self) -> str:
        word = self.take()
        if word in ("log_", "ln_"):  # to the base that follows
            self.doubt = True
            return self.call("log", self.primary())
        if self.skip("'"):
            return self.primed(word)
        if (name := self.known(word)) is None:
            usual = re.sub(r"^[kK]_?(?=[01]$)", "kappa", word)
            usual = "step" if word in ("H", "theta", "Theta") and self.at("(") else usual
            likely = {*self.letters, *self.functions} - {"kappa2", *self.unsaid}
            near = get_close_matches(usual, likely, 1, 0.7)
            if near:
                raise FormulaError(f"unknown name {word!r}: did you mean {near[0]}?")
            names = ", ".join(sorted({*self.letters.values()} - self.unsaid)) or "none"
            raise FormulaError(
                f"unknown name {word!r}; the names here, with other spellings, are {names}"
            )
        if name in self.functions:
            return self.call(name)
        self.doubt |= self.at("(") and not self.next.apart  # t(π − t): a letter, no function
        return {"lambda": "lambda_"}.get(name, name)

    def primed(self, word: str) -> str:
        name = self.letters.get(f"{word}prime")
        if name is None and word.lower() == "relu" and "relu_derivative" in self.functions:
            name = "relu_derivative"
        if name is None:
            raise FormulaError(f"{word}' is not known here: a prime stands behind relu only")
        return self.call(name) if name in self.functions else name

    def spelled(self, word: str) -> str | None:
        return self.letters.get(word, word if word in self.functions else None)

    def known(self, word: str) -> str | None:
        """The letter or the function that a word is."""
        if found := self.spelled(word) or self.spelled(word.replace("_", "")):
            return found
        if word.split("_")[0] == "E" and "mean" in self.functions:
            return "mean"
        return "relu" if word.lower() == "relu" and "relu" in self.functions else None

    def apart(self, token: _Token) -> list[_Token]:
        """`kt` as k and t, `x_1y_2` as x_1 and y_2: as few pieces as can be."""
        word = token.value
        if token.kind != "name" or word in _WORDS or self.known(word):
            return [token]
        if to_base := re.fullmatch(r"(log_|ln_)(\w+)", word):  # log_a, and log_{ηλ} of LaTeX
            base = (p for t in _tokens(f"({to_base[2]})") for p in self.apart(t))
            return [token._replace(value=to_base[1]), *base]
        best: list[list[str] | None] = [[]] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(end):
                before, piece = best[start], word[start:end]
                plain = piece if "_" in (piece[0], piece[-1]) else piece.replace("_", "")
                known = self.spelled(piece) or self.spelled(plain)
                fewer = best[end] is None or len(before or ()) + 1 < len(best[end] or ())
                if before is not None and known and fewer:
                    best[end] = [*before, piece]
        return [_Token("name", p, token.apart and i == 0) for i, p in enumerate(best[-1] or [word])]

    def call(self, function: str, base: str = "") -> str:
        """A function with its argument: sin(x), sin x, sin²x, sin²(x); a logarithm to a base."""
        power = ""
        if self.skip("^", "**"):
            power = f"{self.signs()}{self.primary()}"
            if re.sub(r"[ ()]", "", power) == "-1" and function in _INVERSES:
                self.doubt, function, power = True, _INVERSES[function], ""
        within = self.bracket if self.at(*_BRACKETS) else self.absolute if self.at("|") else None
        text = f"{function} ( {within() if within else self.argument(function)} )"
        self.doubt |= function in ("log", "ln") and self.at("^", "**")  # ln(1 - q)^s
        text = f"( {text} / log ( {base} ) )" if base else text
        return f"( {text} ) ** ( {power} )" if power else text

    def argument(self, function: str) -> str:
        negative = self.at("-") and not self.tokens[self.place + 1].apart  # sin -t
        signs = self.signs() if negative else ""
        found: list[str] = []
        while self._in_argument() and not (found and self.way == "short"):
            self.doubt |= bool(found) and self.next.apart and self.next.kind == "name"
            found.append(self.primary() if self.way == "short" else self.power())
            self.doubt |= self.at("^", "**") or "**" in found[-1]  # cos t^2
        if not found:
            own = [name for name in self.letters.values() if name not in self.unsaid] or ["x"]
            rule = f"{function} needs brackets around its argument"
            raise FormulaError(f"{rule}: write {function}({'z' if 'z' in own else own[0]})")
        signs_doubt = ("+", "-") if found[0].isdigit() else ()  # ln 1-ηλ
        self.doubt |= self.at("/", *_BRACKETS, *signs_doubt) and not self.next.apart
        return signs + " * ".join(found)

    def _in_argument(self) -> bool:
        function = self.known(self.next.value) in self.functions
        return self.at_operand() and not function and not self.at(*_BRACKETS, "|")
