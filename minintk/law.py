"""The law of a network's start: how its parameters are drawn, and which of them train.

Law   one object for the network, its kernel at infinite width, and the eigenvalues of that
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ._require import (
    LARGEST,
    PARTS,
    require_choice,
    require_flag,
    require_instance,
    require_number,
    show,
)

__all__ = ["DEFAULT_LAW", "Law"]


@dataclass(frozen=True)
class Law:
    """How a network is drawn and which of its parts train; it never changes.

    w_r ~ N(0, s² I),  b_r ~ N(0, β²),  a_r = ±1 ("signs") or N(0, 1) ("normal")

    s is `weight_std`, β is `bias_std` (0: every bias starts at 0), the law of a is `output_law`.
    Without `bias`, b = 0 for ever: β must be 0 and "b" is not trained. `trained` names the parts
    that move, in the order "w", "b", "a": all that there are, unless named.
    Raises ValueError for a standard deviation that is negative (or 0 for the weights) or above
    1e70. The same for an unknown law or part, and options that contradict each other.
    Source: Jacot et al. (2018), section 2, with s and β as parameters of the law.

    >>> Law(bias=False)
    Law(weight_std=1.0, bias_std=0.0, bias=False, output_law='signs', trained=('w', 'a'))
    """

    weight_std: float = 1.0
    bias_std: float = 0.0
    bias: bool = True
    output_law: str = "signs"
    trained: tuple[str, ...] = None  # type: ignore[assignment]  # None: every part that there is

    def __post_init__(self) -> None:
        bias = require_flag("bias", self.bias)
        s = require_number("weight_std", self.weight_std, above=0, largest=LARGEST)
        beta = require_number("bias_std", self.bias_std, least=0, largest=LARGEST)
        if beta > 0 and not bias:
            raise ValueError(f"bias_std must be 0 where bias is False, got {show(self.bias_std)}")
        output_law = require_choice("output_law", self.output_law, ("signs", "normal"))
        trained = require_trained(self.trained, bias)
        checked = (s, beta, bias, output_law, trained)
        for name, value in zip(self.__dataclass_fields__, checked, strict=True):
            object.__setattr__(self, name, value)


def require_law(law: Any) -> Law:
    """Return a `Law`; options in its place are rejected, with how to make one.

    >>> require_law({"bias": False})
    Traceback (most recent call last):
    ...
    TypeError: law must be a Law, as from minintk.Law(bias=False), got {'bias': False}
    """
    return require_instance("law", law, Law, "minintk.Law(bias=False)")


def _scaled_stds(law: Law) -> tuple[float, float]:
    """s and β over a power of two: the angle they decide is the same, and no square of them is 0.

    >>> _scaled_stds(Law(weight_std=2**-600, bias_std=2**-601))
    (0.5, 0.25)
    """
    exponent = math.frexp(max(law.weight_std, law.bias_std))[1]
    return math.ldexp(law.weight_std, -exponent), math.ldexp(law.bias_std, -exponent)


def require_trained(trained: Iterable[str] | None, bias: bool) -> tuple[str, ...]:
    """Return the trained parts in the order w, b, a; None means every part that there is.

    >>> require_trained(("a", "w"), bias=True)
    ('w', 'a')
    >>> require_trained(("w", "b"), bias=False)
    Traceback (most recent call last):
    ...
    ValueError: trained must be without 'b' where bias is False, got ('w', 'b')
    """
    if trained is None:
        return PARTS if bias else ("w", "a")
    listed = isinstance(trained, Iterable) and not isinstance(trained, str)
    parts = tuple(trained) if listed else ()
    known = all(isinstance(part, str) and part in PARTS for part in parts)
    if not parts or not known or len(set(parts)) < len(parts):
        raise ValueError(
            f"trained must be a tuple of different names out of 'w', 'b', 'a', got {show(trained)}"
        )
    if "b" in parts and not bias:
        raise ValueError(f"trained must be without 'b' where bias is False, got {show(trained)}")
    return tuple(part for part in PARTS if part in parts)


DEFAULT_LAW = Law()
