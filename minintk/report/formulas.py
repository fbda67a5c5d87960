"""Formulas of the claims, which are plain text, as MathML.

mathml   `r_k(τ) = exp(−λ_k τ) r_k(0)` as <math>, one for each part between "; "

Nothing is understood that is not written: letters, numbers, signs and words stand in the order of
the text. Only what is raised, lowered, under a root or has a mark on top changes its place.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

__all__ = ["mathml"]

# A word has three letters or more, or is one of the short ones; else two letters are a product.
_WORD = r"(?:[A-Za-z]{3,}(?:[-'’][a-z]+)*|(?:on|of|is|at|by|or|in|to)\b|a(?= [a-z]{3}))"
_TOKEN = re.compile(
    r"(?P<function>(?:exp|ln|log|cos|sin|relu|softplus)(?![a-z]))"
    rf"|(?P<words>{_WORD}(?: {_WORD})*)(?![A-Za-z])"
    r"|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<half>½)|(?P<root>√)"
    r"|(?P<down>_)|(?P<up>\^)"
    r"|(?P<lowered>[₀-₉]+)|(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀ]+)|(?P<prime>'+)"
    r"|(?P<letter>[^\W\d_]|[∞∇∂])"
    r"|(?P<space>\s+)"
    r"|(?P<sign>.)"
)  # fmt: skip
_MARK = re.compile(r"[\u0300-\u036f]")
_MARKS = {"\u0302": "^", "\u0303": "~", "\u0304": "¯"}
_BRACES = r"\{([^{}]*)\}"
_LOWERED = re.compile(
    rf"{_BRACES}|(?:[A-Z]+|[a-z]+|[0-9]+)[\u0300-\u036f]?(?:-[a-z]{{3,}})?|[^\s{{}}]"
)
_RAISED = re.compile(rf"{_BRACES}|[-−]?(?:\([^()]*\)|[0-9]+(?:/[0-9]+)?|[A-Za-z])|[^\s{{}}]")
_ROOTED = re.compile(r"(\([^()]*\))|[0-9]+|.[\u0300-\u036f]?")
_PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀ₀₁₂₃₄₅₆₇₈₉'", "0123456789−T0123456789′")
_DEEPEST = 8


def mathml(formula: str) -> str:
    """A formula as MathML, a <math> for each of its parts, with the text itself as `alttext`.

    x_k and x_{k+1} are lowered, x^2, x² and x^{2k} raised, √m and √(m + 1) under a root.

    >>> print(mathml("λ_k²"))
    <math display="block" alttext="λ_k²"><msubsup><mi>λ</mi><mi>k</mi><mn>2</mn></msubsup></math>
    """
    parts = [part.strip() for part in re.split(r";\s", formula)]
    return "\n".join(
        f'<math display="block" alttext="{html.escape(part)}">{_row(part, 0)}</math>'
        for part in parts
        if part
    )


def _row(text: str, depth: int) -> str:
    return "".join(_Reader(text, depth).pieces())


def _grouped(text: str, depth: int) -> str:
    """A text as one element."""
    pieces = list(_Reader(text, depth).pieces())
    return pieces[0] if len(pieces) == 1 else f"<mrow>{''.join(pieces)}</mrow>"


class _Reader:
    """Reads a formula from left to right: one piece with its scripts after the other."""

    def __init__(self, text: str, depth: int) -> None:
        self._text, self._place, self._depth = text, 0, depth + 1
        self._before = ""  # the kind of the piece before

    def pieces(self) -> Iterator[str]:
        """Every piece up to the end; too deep a nesting stays as it is written."""
        if self._depth > _DEEPEST:
            yield f"<mtext>{html.escape(self._text)}</mtext>"
            return
        while self._place < len(self._text):
            kind, text = self._token()
            self._place += len(text)
            piece = self._piece(kind, text)
            if piece:
                yield self._with_scripts(piece)
            self._before = kind

    def _token(self) -> tuple[str, str]:
        """The kind of what comes next, and its text."""
        found = _TOKEN.match(self._text, self._place)
        return (str(found.lastgroup), found.group()) if found else ("end", "")

    def _piece(self, kind: str, text: str) -> str:
        if kind == "root":
            return f"<msqrt>{self._group(_ROOTED)}</msqrt>"
        if kind == "half":
            return "<mfrac><mn>1</mn><mn>2</mn></mfrac>"
        if kind == "space":
            return self._space(text)
        if kind == "words":
            return f"<mtext>{self._spaced(text)}</mtext>"
        if kind == "function":
            space = "\u2009" if self._text[self._place :][:1] == " " else ""
            return f"<mi>{text}{space}</mi>"
        return self._marked(_element(kind, text))

    def _space(self, text: str) -> str:
        """A wide space stays, and one between factors is a thin one; signs have their own."""
        factors = ("letter", "number", "half")
        between = self._before in factors and self._token()[0] in (*factors, "function")
        width = "1em" if len(text) > 1 else "0.17em" if between else ""
        return f'<mspace width="{width}"></mspace>' if width else ""

    def _spaced(self, words: str) -> str:
        """Words keep the space to what stands beside them."""
        before, after = self._text[: self._place - len(words)], self._text[self._place :]
        left, right = ("\u00a0" * side.isspace() for side in (before[-1:], after[:1]))
        return f"{left}{html.escape(words)}{right}"

    def _marked(self, element: str) -> str:
        found = _MARK.match(self._text, self._place)
        if found is None:
            return element
        self._place = found.end()
        return f"<mover>{element}<mo>{_MARKS.get(found.group(), found.group())}</mo></mover>"

    def _with_scripts(self, piece: str) -> str:
        """The piece with what is lowered and what is raised after it."""
        down: list[str] = []
        up: list[str] = []
        while True:
            kind, text = self._token()
            if kind in ("lowered", "raised", "prime"):
                self._place += len(text)
                script = _grouped_plain(text.translate(_PLAIN))
            elif kind in ("down", "up"):
                self._place += 1
                script = self._group(_LOWERED if kind == "down" else _RAISED)
            elif text == "±" and not self._text[self._place - 1].isspace() and "<mo>" not in piece:
                self._place += 1  # H±: two functions in one
                kind, script = "down", "<mo>±</mo>"
            else:
                break
            (down if kind in ("lowered", "down") else up).append(script)
        return _scripted(piece, _together(down), _together(up))

    def _group(self, kind: re.Pattern[str]) -> str:
        """What is raised, lowered or under a root: in braces, in brackets, or one short word."""
        found = kind.match(self._text, self._place)
        if found is None:
            return "<mrow></mrow>"
        self._place = found.end()
        return _grouped(found[1] if found[1] is not None else found.group(), self._depth)


def _element(kind: str, text: str) -> str:
    """One letter, number or sign; capital Greek letters stand upright."""
    text = html.escape(text.translate(_PLAIN) if kind != "sign" else text)
    if kind == "letter":
        upright = ' mathvariant="normal"' if "Α" <= text <= "Ω" or text in "∞∇" else ""
        return f"<mi{upright}>{text}</mi>"
    if kind == "number":
        return f"<mn>{text}</mn>"
    bar = ' stretchy="false" lspace="0" rspace="0"' if text in "|‖" else ""  # may open or close
    return f"<mo{bar}>{text}</mo>"


def _grouped_plain(text: str) -> str:
    """A raised or lowered number, transposition or prime."""
    tag = "mn" if text.isdigit() else "mi" if text == "T" else "mo"
    return f"<{tag}>{text}</{tag}>"


def _together(scripts: list[str]) -> str:
    return scripts[0] if len(scripts) == 1 else f"<mrow>{''.join(scripts)}</mrow>" * bool(scripts)


def _scripted(piece: str, down: str, up: str) -> str:
    if down and up:
        return f"<msubsup>{piece}{down}{up}</msubsup>"
    tag = "msub" if down else "msup"
    return f"<{tag}>{piece}{down}{up}</{tag}>" if down or up else piece
