"""Which of several findings on a formula is told: the one that takes least to believe.

cost_of   how much a finding says to be wrong: about 1 for a mistake
"""

from __future__ import annotations

from .finding import Finding, PartOff
from .ratios import name_of_constant

__all__ = ["cost_of"]

_FACTOR = 0.9
_PLAIN = ("2", "1/2", "4", "1/4", "pi", "1/pi", "2pi", "1/2pi")
_SIZES = {0.0: 0.95, 2.0: 0.95, -1.0: 0.95, 0.5: 0.95}
_KINDS = {
    "shift": 1.2,
    "other-convention": 1.15,
    "power": 1.15,
    "kappa-swapped": 1.05,
    "wrong-part": 1.2,
    "wrong-parity": 1.2,
    "wrong-term": 1.2,
}


def cost_of(finding: Finding) -> float:
    """How much a finding says to be wrong.

    >>> one = Finding("missing-term", (PartOff("x", 0.0),))
    >>> cost_of(one) < cost_of(Finding("missing-term", (PartOff("x", 0.0), PartOff("y", 2.0))))
    True
    """
    sizes: dict[tuple[float, bool], float] = {}
    for part in finding.parts:  # of one size they have one reason
        key = (part.size, part.foreign)
        sizes[key] = sizes[key] + 0.25 if key in sizes else _of_part(part)
    cost = sum(sizes.values())
    if finding.factor is not None and not finding.wrong:
        cost += _of_factor(finding.factor)
    one_for_another = finding.kind == "wrong-variable" and len(finding.powers) == 2
    powers = finding.powers[:1] if one_for_another else finding.powers
    cost += sum(1.0 if abs(power) <= 1 else 1.3 for _, power in powers)
    if not finding.parts and not finding.is_factor:
        cost += _KINDS.get(finding.kind, 1.0) + 0.2 * bool(finding.output)
    return cost + (cost_of(finding.second) if finding.second else 0.0)


def _of_factor(size: float) -> float:
    if size == -1:
        return _FACTOR
    name = name_of_constant(size)
    return (_FACTOR if name in _PLAIN else 1.4 if name else 2.5) + 0.5 * (size < 0)


def _of_part(part: PartOff) -> float:
    if part.foreign:
        return 1.0 + 0.3 * (part.size != 1)
    if part.size in _SIZES:
        return _SIZES[part.size]
    name = name_of_constant(part.size)
    return (1.1 if name in _PLAIN else 1.6 if name else 2.8) + 0.6 * (part.size < 0)
