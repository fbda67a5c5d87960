"""The clauses that `words` puts into its sentences: sizes, parts, classes, places.

case        what is known of a finding, and what is to be said besides
size_words  how large something is: "half the right value", "of the wrong sign and twice its size"
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from .finding import Finding, PartOff
from .parts import NETWORK_PARTS
from .ratios import name_of_constant

__all__ = ["case", "shown_value", "size_words", "value_words"]

_SHARES = {"1/2": "half", "1/3": "a third of", "1/4": "a quarter of", "2": "twice"}
_POWERS = {2.0: "the square", 0.5: "the square root", -1.0: "the inverse", 3.0: "the cube"}


def pretty(size: float) -> str:
    """A positive number as on paper: 1/(2π), √2, or its digits.

    >>> pretty(0.5 / 3.141592653589793), pretty(1.7), pretty(-0.0)
    ('1/(2π)', '1.7', '0')
    """
    name = name_of_constant(size)
    if name is None:
        return f"{size + 0.0:.6g}"
    over = name.startswith("1/") and len(name) > 4 and name[2].isdigit()
    name = f"1/({name[2:]})" if over else name
    return name.replace("sqrt", "√").replace("pi", "π").replace("^2", "²")


def size_words(size: float, of: str = "its size") -> str:
    """How many times something is what it should be.

    >>> size_words(0.5), size_words(-0.5), size_words(3.141592653589793)
    ('half its size', 'of the wrong sign and half its size', 'π times its size')
    """
    if size < 0:
        rest = "" if size == -1 else f" and {size_words(-size, of)}"
        return f"of the wrong sign{rest}"
    name = name_of_constant(size)
    return f"{_SHARES[name]} {of}" if name in _SHARES else f"{pretty(size)} times {of}"


def _part_words(part: PartOff) -> str:
    if part.foreign:
        return f"there is a part that does not belong: {part.name}"
    known = part.name.startswith(NETWORK_PARTS)
    name = f"the part of the {part.name}" if known else f"the term {part.name}"
    if part.size == 0:
        return f"{name} is missing"
    if part.size == 2:
        return f"{name} is counted twice"
    if part.size == -1:
        return f"{name} has the wrong sign"
    if part.size < 0:
        return f"{name} has the wrong sign and {size_words(-part.size)}"
    constant = name_of_constant(part.size) or ""
    if "pi" in constant and not constant.startswith("1/"):
        missing = pretty(1 / part.size)
        return f"{name} is {pretty(part.size)} times too large: is a factor {missing} missing?"
    return f"{name} has {size_words(part.size)}"


def _power_words(finding: Finding, of: str = "the right value") -> str:
    """c · n · √m times, of a letter factor."""
    words = []
    if finding.factor is not None:
        words.append(("−" if finding.factor < 0 else "") + pretty(abs(finding.factor)))
    for name, power in finding.powers:
        size = {0.5: f"√{name}", 1.0: name}.get(abs(power), f"{name}^{abs(power):g}")
        words.append(f"1/{size}" if power < 0 else size)
    return f"{' · '.join(words)} times {of}"


def _joined(names: tuple[str, ...]) -> str:
    return " and ".join(names)


def _class_words(finding: Finding) -> str:
    fine = f"right for {_joined(finding.fine)}, " if finding.fine else ""
    said = f"{fine}wrong for {_joined(finding.wrong)}"
    if finding.factor is not None:
        said += f": yours is {size_words(finding.factor, 'the right value')} there"
    return said


def _count(number: float | None, unit: str) -> str:
    if number is None:
        return f"a few {unit}s"
    return f"{number:g} {unit}{'' if number == 1 else 's'}"


def _number_words(finding: Finding) -> str | None:
    """What the kinds say that speak of a number."""
    kind, number = finding.kind, finding.number
    if kind == "few-digits":
        return _count(number, "digit")
    if kind == "rounded":
        return _count(number, "decimal")
    if kind in ("constant", "shift") and number is not None:
        return pretty(number)
    if kind == "power" and number is not None:
        return _POWERS.get(number, f"the power {number:g}")
    if kind == "not-a-number" and number is not None:
        return "anywhere" if number == 1 else f"at {100 * number:.0f} % of ordinary inputs"
    if kind == "leaky" and number is not None:
        return f"; there the slope is {number:.3g}"
    if kind == "other-branch" and number is not None:
        return f": right at {100 * number:.0f} % of them"
    return None


def case(finding: Finding) -> tuple[str, list[str]]:
    """What is known of a finding, for its sentence, and what is to be said besides.

    >>> case(Finding("missing-bias", parts=(PartOff("bias", 0.0),)))
    ('the part of the bias is missing', [])
    """
    known, more = _known(finding), []
    if finding.note and not known:
        known = finding.note
    elif finding.note:
        more.append(finding.note)
    if finding.factor is not None and not _says_the_factor(finding):
        more.append(_besides(finding.factor, finding.kind))
    elif finding.powers and (finding.parts or finding.note):
        more.append(f"and the whole is {_power_words(finding, 'its size')}")
    if finding.then == "rough":
        more.append("this holds up to the digits of your own sums")
    return known, more


def _known(finding: Finding) -> str:
    if finding.parts:
        return "; ".join(_part_words(part) for part in finding.parts)
    if finding.kind == "wrong-term":
        said = f"the others are right ({_joined(finding.fine)}), and '{finding.place}' should be "
        return f"{said}the part of the {_joined(finding.wrong)}"
    if finding.wrong:
        return _class_words(finding)
    if finding.powers and not finding.note:
        return _power_words(finding)
    if _says_the_factor(finding) and finding.factor is not None and finding.kind != "sign":
        return f"{size_words(finding.factor, 'the right value')}, everywhere"
    return _number_words(finding) or (_place_words(finding) if finding.place else "")


def _says_the_factor(finding: Finding) -> bool:
    """Whether the sentence itself has the factor."""
    alone = finding.kind.startswith("factor-") and not finding.parts and not finding.note
    return alone or finding.kind == "sign" or bool(finding.wrong)


def _besides(factor: float, kind: str) -> str:
    if kind == "other-branch":
        return f"at the others yours is {size_words(factor, 'the right value')}"
    return f"and the whole is {size_words(factor)}"


def _place_words(finding: Finding) -> str:
    if finding.line is not None:
        return f"line {finding.line}: {finding.place}"
    quoted = finding.kind in _QUOTED
    return f"'{finding.place}'" if quoted else finding.place


_QUOTED = {
    *("inner-sign", "inner-factor", "exponent", "argument-order", "wrong-function", "inner-term"),
    *("missing-inner-term", "wrong-variable-inside", "stray-letter", "inner-comparison"),
}


def value_words(value: float) -> str:
    """A value of a letter: a multiple of π as such, or its digits.

    >>> value_words(math.pi / 2), value_words(0.5)
    ('pi/2', '0.5')
    """
    for denominator in (1, 2, 3, 4, 6):
        times = value * denominator / math.pi
        if times and abs(times - round(times)) < 1e-12:
            pi = "pi" if abs(round(times)) == 1 else f"{round(times)}*pi"
            return pi if denominator == 1 else f"{pi}/{denominator}"
    return f"{value:.6g}"


def shown_value(value: Any) -> str:
    """An argument or an output of a program, its first numbers.

    >>> shown_value(np.array([1.0, 2.0])), shown_value(0.5)
    ('[1, 2]', '0.5')
    """
    if not isinstance(value, np.ndarray):
        return f"{value:.6g}"
    flat = ", ".join(f"{v:.6g}" for v in itertools.islice(value.ravel(), 8))
    more = ", …" if value.size > 8 else ""
    shape = f" of shape {value.shape}" if value.ndim > 1 else ""
    return f"[{flat}{more}]{shape}" if value.ndim else flat
