"""Numbers and arrays, as a message shows them.

value_words   a value of a letter
shown_value   an argument or an output of a program
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from ..._require import show


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
        return f"{value:.6g}" if isinstance(value, (int, float, np.number)) else show(value)
    flat = ", ".join(shown_value(v) for v in itertools.islice(value.ravel().tolist(), 8))
    more = ", …" if value.size > 8 else ""
    shape = f" of shape {value.shape}" if value.ndim > 1 else ""
    return f"[{flat}{more}]{shape}" if value.ndim else flat


def as_python(value: Any) -> str:
    """An argument or an output as it can be run; of an array of more than 400 numbers the first."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(as_python, value))}]"
    if np.size(value) > 400:
        return f"{shown_value(value)} (cut: {np.size(value)} numbers)"
    plain = np.asarray(value).tolist()
    return f"np.array({plain})" if np.ndim(value) else repr(plain)
