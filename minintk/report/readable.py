"""Plain text as a reader would write it by hand: a true minus sign, λₖ for λ_k, 10⁻¹³ for 1e-13.

readable   what the page and the terminal show of a claim's texts; claims.json has them as they are
"""

from __future__ import annotations

import re

__all__ = ["RAISED", "readable"]

RAISED = str.maketrans("-−0123456789", "⁻⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED = str.maketrans("0123456789jklmnpst", "₀₁₂₃₄₅₆₇₈₉ⱼₖₗₘₙₚₛₜ")
_TEN = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)e([+\-−]?)0?(\d+)(?!\w)")
_POWER = re.compile(r"(?<=\w)\^([-−]?\d+)(?![.\d/])")
_LETTER = re.compile(r"((?<![a-zA-Z_])[a-zA-Z]|[α-ωΑ-Ω])_([0-9jklmnpst]{1,2})(?![a-zA-Z0-9_,])")
_MINUS = re.compile(r"(?<![\w)\]}-])-(?=\d)")


def readable(text: str) -> str:
    """A text with signs and small letters in the place of what a keyboard has.

    >>> print(readable("λ_kτ is -0.05 at m = 2^18, to 1e-13 and 2.5e+07"))
    λₖτ is −0.05 at m = 2¹⁸, to 10⁻¹³ and 2.5 × 10⁷
    """
    text = _TEN.sub(_power_of_ten, text)
    text = _POWER.sub(lambda found: found[1].translate(RAISED), text)
    text = _LETTER.sub(lambda found: found[1] + found[2].translate(_LOWERED), text)
    return _MINUS.sub("−", text)


def _power_of_ten(found: re.Match[str]) -> str:
    if found[3] == "0":
        return found[1]
    factor = "" if found[1] == "1" else f"{found[1]} × "
    power = found[2].replace("+", "") + found[3]
    return f"{factor}10{power.translate(RAISED)}"
