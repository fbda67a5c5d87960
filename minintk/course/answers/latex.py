r"""LaTeX and the symbols of a page, in plain letters.

FormulaError   the text is no formula that can be checked; the message says how to fix it
plain_text     \frac12 \sin\theta, ½ sin θ → ((1)/(2)) sin theta; also ∫ … du and Σ
name_of        a letter, or the left side of an equation, without spaces
second_arguments      the letters of integrals and sums
equations, sides_of   the equations of a line, and what stands between the signs = of one
with_derivatives   dL/dw1 as diff(L, w1)
DOT_PRODUCT    the pattern of w·x in what comes out, OF_POINTS that of x·x', SPACE of any space,
               EVALUATED of [F]_a^b
What comes out is still the notation of paper, products without a sign among it: `notation` reads
it. A letter that was one symbol on paper stays apart from its neighbours by the character APART.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator

APART = "\x1f"  # a border between two symbols that is no space
SPACE = rf"[\s{APART}]*"
_DOT = rf"{SPACE}(?:\*|\.|ᵀ|\^[\s{APART}({{]*T[\s{APART})}}]*){SPACE}"
DOT_PRODUCT = rf"(?<![A-Za-z_])w{_DOT}x(?![A-Za-z0-9_])"  # w·x and w^T x
_OPEN, _CLOSED = rf"(?:langle|⟨){SPACE}", rf"{SPACE}(?:rangle|⟩)"
OF_POINTS = rf"(?<![A-Za-z_])x{_DOT}x{SPACE}'|{_OPEN}x{SPACE},{SPACE}x{SPACE}'{_CLOSED}"
_D = rf"(?:∂|\bpartial\b|\bd){SPACE}"
_INSIDE = r"(?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*"
_NAME = r"[^\W\d_]\w*"
_SLOPE = re.compile(  # dL/dw1, ∂L/∂w1, d/dw1, d(relu(z))/dw1, and as a fraction of LaTeX
    rf"(?P<open>\(\({SPACE})?{_D}(?P<of>(?(open){_INSIDE}|(?:{_NAME})?{SPACE}(?:\({_INSIDE}\))?))"
    rf"{SPACE}(?(open)\)){SPACE}/{SPACE}(?(open)\()"
    rf"{SPACE}{_D}(?P<by>{_NAME}){SPACE}(?(open)\)\))"
)
_DEEPEST = 40

_GREEK = {
    **{"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta"},
    **{"η": "eta", "θ": "theta", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi"},
    **{"π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "ϕ": "phi", "χ": "chi"},
    **{"ψ": "psi", "ω": "omega", "Δ": "delta", "Θ": "Theta", "Φ": "Phi", "Ψ": "Psi", "ϑ": "theta"},
}
_SYMBOLS = {
    **{"−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "∗": "*", "÷": "/", "∕": "/", "⁄": "/"},
    **{"≤": "<=", "≥": ">=", "≠": "!=", "′": "'", "’": "'", "\u00a0": " ", "\u2009": " "},
    **{"½": "(1/2)", "¼": "(1/4)", "¾": "(3/4)", "⅓": "(1/3)", "∞": f"{APART}inf{APART}"},
    **{"𝟙": "1", "𝟏": "1", "𝔼": "mean", "∑": r"\sum ", "Σ": r"\sum ", "∫": r"\int "},
    **{symbol: f"{APART}{name}{APART}" for symbol, name in _GREEK.items()},
    **{below: f"_{digit}" for below, digit in zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)},
}
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_OPERATORS = {
    **{"cdot": "*", "times": "*", "ast": "*", "div": "/", "le": "<=", "leq": "<=", "ge": ">="},
    **{"geq": ">=", "lt": "<", "gt": ">", "ne": "!=", "neq": "!=", "lvert": "|", "rvert": "|"},
    **{"vert": "|", "mid": "|", "lbrace": "(", "rbrace": ")", "{": "(", "}": ")", "|": "|"},
    **{"lbrack": "[", "rbrack": "]", "lVert": "|", "rVert": "|", "prime": "'", "top": "T"},
    **{"intercal": "T", "infty": f"{APART}inf{APART}", "int": r"\int ", "sum": r"\sum "},
}
_SPACES = (",", ";", ":", "!", " ", ">", "quad", "qquad", "enspace", "thinspace", "\\")
_SIZES = {"left", "right", "middle", "big", "Big", "bigg", "Bigg", "displaystyle", "textstyle"}
_SIZES |= {f"{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in "lrm"}
_SIZES |= {"limits", "nolimits"}
_FRACTIONS = {"frac", "tfrac", "dfrac", "cfrac"}
_STYLES = {"mathrm", "operatorname", "text", "textrm", "mathbf", "boldsymbol", "mathit", "mathsf"}
_STYLES |= {"mathbb", "mathds", "boxed", "bm", "mathcal", "rm"}
_COMMAND = re.compile(r"\\([A-Za-z]+|.|$)", re.DOTALL)
_LETTERS = {"varepsilon": "epsilon", "varphi": "phi", "vartheta": "theta", "Delta": "delta"}
_REPLACED = {**_OPERATORS, **dict.fromkeys(_SPACES, " ")}
_REPLACED |= {name: f"{APART}{letter}{APART}" for name, letter in _LETTERS.items()}
_AND = re.compile(r"(?<=\s)(?:and|\\(?:text|mathrm)\{\s*and\s*\})(?=\s)")


class FormulaError(ValueError):
    """The text is no formula that can be checked; the message says how to fix it."""

    def _render_traceback_(self) -> list[str]:
        """What IPython prints in the place of a traceback."""
        return [f"{type(self).__name__}: {self}"]


def plain_text(text: str) -> str:
    r"""A formula in LaTeX, or with the symbols of a page, in plain letters and signs.

    Raises FormulaError for braces that do not match, and an integral or a sum without its limits.

    >>> plain_text(r"\tfrac{1}{2} (k x_{1})^{2}")
    '((1)/(2)) (k x_1)^(2)'
    >>> plain_text(r"\int_0^1 u^2 \, du").replace(APART, "")
    ' integral(( u^2  ),u,0,1) '
    """
    for symbol, replacement in _SYMBOLS.items():
        text = text.replace(symbol, replacement)
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+", lambda s: f"^({s[0].translate(_SUPERSCRIPTS)})", text)
    if "\\" in text:
        text = text.replace("$", " ").replace("&", " ").replace("~", " ")
        text = _translated(text, 0)
    text = re.sub(rf"(kappa){APART}+(?=\d)", r"\1", text)
    text = re.sub(rf"{APART}+_", "_", re.sub(r"(?<=\w)\s*_\s*\{(\w+)\}", r"_\1", text))
    return _without_big_operators(text)


def name_of(text: str) -> str:
    """A letter or a left side without spaces; d/dτ Σ a² has no limits, as in LaTeX."""
    plain = plain_text(re.sub(r"(Σ|∑|\\sum)(?!\s*_\s*[({])", "Sum", text)).replace("^(2)", "^2")
    return re.sub(r"\(\((\w+)\)/\((\w+)\)\)", r"\1/\2", re.sub(rf"[\s_{APART}]", "", plain))


def _translated(text: str, depth: int) -> str:
    if depth > _DEEPEST:
        raise FormulaError(f"the formula must be nested at most {_DEEPEST} deep")
    out, place = "", 0
    while place < len(text):
        if text[place] == "\\":
            piece, place = _command(text, place, depth)
        elif text[place] == "{":
            inside, place = _group(text, place)
            inside = _translated(inside, depth + 1)
            index = re.sub(rf"[\s,{APART}]", "", inside) if out.rstrip().endswith("_") else ""
            piece = index if re.fullmatch(r"\w+", index) else f"({inside})"
        else:
            piece, place = text[place], place + 1
        out += piece
    return out


def _command(text: str, place: int, depth: int) -> tuple[str, int]:
    match = _COMMAND.match(text, place)
    assert match is not None
    name, after = match[1], match.end()
    if name in _FRACTIONS:
        above, after = _group(text, after)
        below, after = _group(text, after)
        return f"(({_translated(above, depth + 1)})/({_translated(below, depth + 1)}))", after
    if name == "sqrt":
        degree = re.compile(r"\s*\[([^\]]*)\]").match(text, after)
        inside, after = _group(text, degree.end() if degree else after)
        inside = _translated(inside, depth + 1)
        return (f"(({inside})^(1/({degree[1]})))" if degree else f"sqrt({inside})"), after
    if name in _STYLES:
        inside, after = _group(text, after)
        return _styled(name, _translated(inside, depth + 1)), after
    if name in _SIZES:
        return "", after + (text[after : after + 1] == ".")
    # else a letter, a function, or unknown
    return _REPLACED.get(name, f"{APART}{name}{APART}"), after


def _styled(style: str, inside: str) -> str:
    if style == "boxed":
        return f"({inside})"
    if style in ("mathbb", "mathds") and inside.strip() == "E":
        return "mean"
    return f"{APART}{inside.strip()}{APART}" if inside.strip() else " "


def _group(text: str, place: int) -> tuple[str, int]:
    """The argument of a command: what stands in braces, one command, or one character."""
    while text[place : place + 1].isspace():
        place += 1
    if match := _COMMAND.match(text, place):
        return match[0], match.end()
    if place >= len(text):
        raise FormulaError("a LaTeX command lacks what should follow it")
    if text[place] != "{":
        return text[place], place + 1
    depth = 0
    for at in range(place, len(text)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return text[place + 1 : at], at + 1
    raise FormulaError("a bracket { is not closed")


def _outside_of_brackets(text: str) -> Iterator[tuple[int, str]]:
    """Place and sign of what stands in no bracket, up to one that is closed and was not opened."""
    depth = 0
    for at, sign in enumerate(text):
        if depth == 0:
            yield at, sign
        depth += (sign in "([{") - (sign in ")]}")
        if depth < 0:
            return


def second_arguments(plain: str) -> Iterator[tuple[str, str]]:
    """Of each integral and sum: its name, and what stands between its first two commas."""
    for match in re.finditer(r"(?<![A-Za-z_])(integral|sum)\s*\(", plain.replace(APART, " ")):
        inside = plain[match.end() :]
        commas = [at for at, sign in _outside_of_brackets(inside) if sign == ","]
        if len(commas) > 1:
            yield match[1], inside[commas[0] + 1 : commas[1]]


def equations(line: str) -> list[str]:
    """A line as it is, or dL/df = f - y, dz/db = 1 and df/dy = 0 in its parts.

    >>> equations("a = b, c = d and e = f"), equations("where(0 < t and t < 1, 1, 0) = 1")
    (['a = b', 'c = d', 'e = f'], ['where(0 < t and t < 1, 1, 0) = 1'])
    """
    # a mark of one character, which no line has, since "and" may stand in a bracket as well
    parts = _cut(_AND.sub(APART, line), f",;{APART}")
    found = [part.replace(APART, "and").strip() for part in parts if part.strip()]
    return found if all(len(sides_of(part)) > 1 for part in found) else [line]


def sides_of(line: str) -> list[str]:
    """What stands between the signs = of a line, outside of brackets."""
    return [side.strip(" &") for side in _cut(line, "=")]


def _cut(line: str, signs: str) -> list[str]:
    """What stands between some signs of a line, outside of brackets, but for <= and the like."""
    cuts = [at for at, sign in _outside_of_brackets(line) if sign in signs]
    cuts = [at for at in cuts if not {line[at - 1 : at], line[at + 1 : at + 2]} & {*"<>=!"}]
    return [line[start + 1 : end] for start, end in itertools.pairwise([-1, *cuts, len(line)])]


_LIMIT = rf"{SPACE}(\((?:[^()]|\([^()]*\))*\)|{{[^{{}}]*}}|[-+]?{SPACE}\w+)"
_INTEGRAL = re.compile(rf"\\int{SPACE}_{_LIMIT}{SPACE}\^{_LIMIT}")
EVALUATED = re.compile(rf"\[([^\[\]]*)\]{SPACE}_{_LIMIT}{SPACE}\^{_LIMIT}")  # [F]_a^b
_SUM = re.compile(rf"\\sum{SPACE}_{SPACE}\({SPACE}(\w+){SPACE}=([^()]*)\){SPACE}\^{_LIMIT}")
_SINGLE = "|".join(sorted({*_GREEK.values()} | {r"[A-Za-z](?:_\w+)?"}, key=len, reverse=True))
_DIFFERENTIAL = re.compile(  # of an integral, which dF/du is not
    rf"(?<![A-Za-z_/])d{SPACE}({_SINGLE})(?!\w)(?!{SPACE}/{SPACE}d{SPACE}(?:{_SINGLE})(?!\w))"
)


def _without_big_operators(text: str) -> str:
    """∫_a^b f du as integral(f, u, a, b), Σ_{j=a}^b f as sum(f, j, a, b), the innermost first."""
    while (start := max(text.rfind("\\int"), text.rfind("\\sum"))) >= 0:
        integral = text.startswith("\\int", start)
        if (match := (_INTEGRAL if integral else _SUM).match(text, start)) is None:
            shape = "∫_a^b f du" if integral else "Σ_{j=a}^b f"
            raise FormulaError(f"an integral or a sum must be written {shape}, with both limits")
        if integral:
            body, letter, rest = _up_to_differential(text[match.end() :])
            new = f"integral(({body}),{letter},{match[1]},{match[2]})"
        else:
            body, rest = _up_to_plus(text[match.end() :])
            new = f"sum(({body}),{match[1]},{match[2]},{match[3]})"
        text = f"{text[:start]} {new} {rest}"
    return text


def _up_to_differential(text: str) -> tuple[str, str, str]:
    for match in _DIFFERENTIAL.finditer(text):
        before = text[: match.start()]
        if all(before.count(a) == before.count(b) for a, b in ("()", "[]")):
            return before if before.strip(f" {APART}") else "1", match[1], text[match.end() :]
    raise FormulaError("an integral must end in its variable: ∫_a^b f du")


def _up_to_plus(text: str, before: str = "=") -> tuple[str, str]:
    """The product that a Σ or a d/dx is of, up to a word or a term, and the rest."""
    seen = False
    for at, sign in _outside_of_brackets(text):
        if sign in ")]" or (seen and (sign in "+-=,<>" or text.startswith(before, at))):
            return text[:at], text[at:]
        seen = (seen or not (sign.isspace() or sign == APART)) and sign not in "*/^"
    return text, ""


def with_derivatives(text: str, letters: Collection[str], own: Collection[str]) -> tuple[str, bool]:
    """Quotients of differentials as diff(f, x), and whether one can be read in two ways.

    d/dx is of the product that follows, as a sum is, up to the next derivative. `letters` may be
    derived, and so may those of one's `own`, of which dx and dy may be two.

    >>> with_derivatives("2 dr/dy", ["r", "y"], [])
    ('2  diff((r), y) ', False)
    """
    after, in_doubt = "", False
    for match in reversed([*_SLOPE.finditer(text)]):
        after, text = text[match.end() :] + after, text[: match.start()]
        of, by = match["of"].strip(f" {APART}"), match["by"]
        if f"d{of}" in own and (not of or f"d{by}" in own):  # dx/dy of two letters
            after = match[0] + after
            continue
        if re.fullmatch(_NAME, of) and of.replace("_", "") not in {*letters, *own}:
            said = f"say what {of} is, or write diff(f, {by}) of a formula f"
            raise FormulaError(f"d{of}/d{by}: {said}")
        if not of:
            of, after = _up_to_plus(after, before="diff(")
            of = of.strip(f" {APART}")
            in_doubt |= not re.fullmatch(rf"\w*{APART}*\({_INSIDE}\)|\[[^]]*\]|\w+", of)
        if not of:
            raise FormulaError(f"d/d{by} must be followed by what is derived")
        of, more = with_derivatives(of, letters, own)
        in_doubt |= more
        after = f" diff(({of}), {by}) {after}"  # apart, as it was written
    return text + after, in_doubt
