"""Which of several findings on a formula is told: the one that takes least to believe.

cost_of   how much a finding says to be wrong: about 1 for a mistake
"""

from __future__ import annotations

from .finding import Finding, PartOff
from .ratios import name_of_constant

_PLAIN = ("1", "2", "1/2", "4", "1/4", "pi", "1/pi", "2pi", "1/2pi")  # sizes that are often lost
_KINDS = {"other-convention": 1.15, "power": 1.15, "kappa-swapped": 1.05}
_KINDS |= dict.fromkeys(("shift", "wrong-part", "wrong-parity", "wrong-term"), 1.2)


def cost_of(finding: Finding) -> float:
    """How much a finding says to be wrong."""
    sizes: dict[tuple[float, bool], float] = {}
    for part in finding.parts:  # of one size they have one reason
        key = (part.size, part.foreign)
        sizes[key] = sizes[key] + 0.25 if key in sizes else _of_part(part)
    cost = sum(sizes.values())
    if finding.factor is not None and not finding.wrong:
        cost += _of_size(finding.factor)
    one_for_another = finding.kind == "wrong-variable" and len(finding.powers) == 2
    powers = finding.powers[:1] if one_for_another else finding.powers
    cost += sum(1.0 if abs(power) <= 1 else 1.3 for _, power in powers)
    if not finding.parts and not finding.is_factor:
        cost += _KINDS.get(finding.kind, 1.0) + 0.2 * bool(finding.output)
    return cost + (cost_of(finding.second) if finding.second else 0.0)


def _of_part(part: PartOff) -> float:
    if part.foreign:
        return 1.0 + 0.3 * (part.size != 1)
    return 0.95 if part.size in (0.0, 2.0, -1.0, 0.5) else _of_size(part.size) + 0.2


def _of_size(size: float) -> float:
    """What a factor costs; a wrong sign besides costs less than a mistake of its own."""
    name = name_of_constant(size)
    return (0.9 if name in _PLAIN else 1.4 if name else 2.5) + 0.5 * (size < 0 and size != -1)
