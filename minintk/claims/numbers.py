"""Numbers as the sentences of a claim have them."""

from __future__ import annotations

import math


def number(value: float, digits: int = 3, sign: str = "") -> str:
    """A number with so many digits; with `sign` "+" that of a positive one is written, too.

    >>> number(-562.3, 2), number(0.0004), number(20.0, 2, "+"), number(0.0, 2, "+")
    ('−560', '0.0004', '+20', '0')
    """
    rounded = float(f"{value:.{digits}g}")
    if not math.isfinite(rounded) or rounded == 0:
        return f"{rounded + 0.0:g}".replace("-", "−")
    plain = 1e-4 <= abs(rounded) < 1e6  # beyond, a power of ten is shorter
    return f"{rounded:{sign}.{max(digits, 6 if plain else 0)}g}".replace("-", "−")


def between(low: str, high: str, unit: str = "") -> str:
    """From low to high in words, once where they read the same.

    >>> between("−0.02", "+0.1", " rad"), between("0.41", "0.41")
    ('−0.02 to +0.1 rad', '0.41')
    """
    return f"{low}{unit}" if low == high else f"{low} to {high}{unit}"


def with_bounds(mean: str, low: str, high: str) -> str:
    """An interval in words, from its numbers in words.

    >>> with_bounds("1", "0.9", "1.1"), with_bounds("2", "−inf", "inf")
    ('1 [0.9, 1.1]', '2 (too few seeds for an interval)')
    """
    if mean in ("inf", "−inf", "∞", "−∞"):
        return mean
    if mean != "nan" and (low, high) in (("−inf", "inf"), ("−∞", "∞")):
        return f"{mean} (too few seeds for an interval)"
    return f"{mean} [{low}, {high}]"


def counted(count: int, one: str) -> str:
    """How many of something, whose plural has an s.

    >>> counted(1, "cell"), counted(12, "more seed")
    ('1 cell', '12 more seeds')
    """
    return f"{count} {one}{'s' * (count != 1)}"
