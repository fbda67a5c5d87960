"""Ratios by name: 1/2, 2pi, sqrt2.

name_of_constant   the known constant that a ratio is
nearest_constant   the one that it is nearly
ratio_name         the catalogue's name of a constant ratio
ratio_words        a ratio for a message
tidy               a fitted coefficient without its rounding
"""

from __future__ import annotations

import math

import numpy as np

from .mistakes import CATALOGUE

__all__ = ["name_of_constant", "nearest_constant", "ratio_name", "ratio_words", "tidy"]


_CONSTANTS = {
    **{"1": 1.0, "2": 2.0, "1/2": 0.5, "4": 4.0, "1/4": 0.25, "3": 3.0, "1/3": 1 / 3},
    **{"pi": np.pi, "1/pi": 1 / np.pi, "2pi": 2 * np.pi, "1/2pi": 0.5 / np.pi},
    **{"sqrt2": math.sqrt(2), "1/sqrt2": math.sqrt(0.5), "pi/2": np.pi / 2, "2/pi": 2 / np.pi},
    **{"pi^2": np.pi**2, "1/pi^2": np.pi**-2, "180/pi": 180 / np.pi, "pi/180": np.pi / 180},
    **{"sqrt(pi)": math.sqrt(np.pi), "1/sqrt(pi)": math.sqrt(1 / np.pi)},
    **{"sqrt(2pi)": math.sqrt(2 * np.pi), "1/sqrt(2pi)": math.sqrt(0.5 / np.pi)},
    **{"8": 8.0, "1/8": 0.125, "6": 6.0, "1/6": 1 / 6, "4pi": 4 * np.pi, "1/4pi": 0.25 / np.pi},
    **{"2pi^2": 2 * np.pi**2, "1/2pi^2": 0.5 / np.pi**2, "pi/4": np.pi / 4, "4/pi": 4 / np.pi},
    **{"2sqrt2": math.sqrt(8), "1/2sqrt2": math.sqrt(1 / 8)},
    **{"2/pi^2": 2 / np.pi**2, "pi^2/2": np.pi**2 / 2, "4pi^2": 4 * np.pi**2},
    **{"1/4pi^2": 0.25 / np.pi**2, "16": 16.0, "1/16": 1 / 16},
}


def name_of_constant(ratio: float) -> str | None:
    """`2`, `1/pi`, `sqrt2`, … where the size of the ratio is one of the known constants.

    >>> name_of_constant(-np.pi / 2)
    'pi/2'
    """
    for name, value in _CONSTANTS.items():
        if math.isclose(abs(ratio), value, rel_tol=1e-7):
            return name
    return None


def nearest_constant(ratio: float) -> float | None:
    """The known constant, with the ratio's sign, that a ratio is to 1e-3.

    >>> nearest_constant(-1.5706), nearest_constant(1.7)
    (-1.5707963267948966, None)
    """
    for value in _CONSTANTS.values():
        if math.isclose(abs(ratio), value, rel_tol=1e-3):
            return math.copysign(value, ratio)
    return None


def ratio_name(ratio: float) -> str:
    """The catalogue's name of a constant ratio.

    >>> ratio_name(0.5), ratio_name(-1.0), ratio_name(1.7)
    ('factor-1/2', 'sign', 'factor-other')
    """
    if math.isclose(ratio, -1, rel_tol=1e-7):
        return "sign"
    name = f"factor-{name_of_constant(ratio)}"
    return name if name in CATALOGUE else "factor-other"


def ratio_words(ratio: float) -> str:
    """A ratio for a message: 1/pi, or its digits.

    >>> ratio_words(-np.pi), ratio_words(1.7)
    ('-pi', '1.7')
    """
    sign = "-" if ratio < 0 else ""
    return sign + (name_of_constant(ratio) or f"{abs(ratio):.6g}")


def tidy(coefficient: float) -> float:
    """0, 1 and the known constants without the rounding of a fit.

    >>> tidy(1e-9), tidy(2.0000000001)
    (0.0, 2.0)
    """
    if abs(coefficient) < 1e-6:
        return 0.0
    for value in _CONSTANTS.values():
        if math.isclose(abs(coefficient), value, rel_tol=1e-6):
            return math.copysign(value, coefficient)
    return coefficient
