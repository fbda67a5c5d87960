"""Checks of what is no number: names, flags, texts, paths, functions, generators, objects.

`show` writes the value received into every message of these modules.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

Kind = TypeVar("Kind")


def require_choice(name: str, value: Any, choices: Iterable[str]) -> str:
    """Return one of the names on the list.

    >>> require_choice("output_law", "uniform", ("signs", "normal"))
    Traceback (most recent call last):
    ...
    ValueError: output_law must be one of 'signs', 'normal', got 'uniform'
    >>> require_choice("output_law", "sign", ("signs", "normal"))
    Traceback (most recent call last):
    ...
    ValueError: output_law must be one of 'signs', 'normal', got 'sign': did you mean signs?
    """
    names = tuple(choices)
    if not isinstance(value, str) or value not in names:
        listed = ", ".join(repr(choice) for choice in names)
        near = did_you_mean(value, names)
        raise ValueError(f"{name} must be one of {listed}, got {show(value)}{near}")
    return value


def did_you_mean(value: Any, choices: Iterable[str]) -> str:
    """The end of a message about an unknown name: the choice that was probably meant, or "".

    >>> did_you_mean("rotatoin", ["rotation", "decay"]), did_you_mean("x", ["rotation", "decay"])
    (': did you mean rotation?', '')
    """
    if not isinstance(value, str) or not 0 < len(value) < 80:
        return ""
    from difflib import get_close_matches  # only after a mistake: importing minintk stays cheap

    word = value.lower().replace("-", "_")
    spelled = {choice.lower().replace("-", "_"): choice for choice in choices}
    near = get_close_matches(word, spelled, 1, 0.66) or [
        choice for choice in spelled if len(word) > 2 and choice.startswith(word)
    ]
    return f": did you mean {spelled[near[0]]}?" if near else ""


def require_flag(name: str, value: Any) -> bool:
    """Return True or False; nothing else counts as one of them.

    >>> require_flag("antisymmetric", "no")
    Traceback (most recent call last):
    ...
    ValueError: antisymmetric must be True or False, got 'no'
    """
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} must be True or False, got {show(value)}")
    return bool(value)


def require_instance(name: str, value: Any, kind: type[Kind], maker: str) -> Kind:
    """Return an object of one class; `maker` says how to get one.

    >>> require_instance("law", {"bias": False}, int, "int(…)")
    Traceback (most recent call last):
    ...
    TypeError: law must be an int, as from int(…), got {'bias': False}
    """
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "aeiouAEIOU" else "a"
        raise TypeError(
            f"{name} must be {article} {kind.__name__}, as from {maker}, got {show(value)}"
        )
    return value


def require_text(name: str, value: Any) -> str:
    """Return text.

    >>> require_text("formula", None)
    Traceback (most recent call last):
    ...
    TypeError: formula must be text, got None
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be text, got {show(value)}")
    return value


def require_path(name: str, value: Any) -> Path:
    """Return the path of a file or folder.

    >>> require_path("folder", 5)
    Traceback (most recent call last):
    ...
    TypeError: folder must be a path or its text, got 5
    """
    if not isinstance(value, (str, Path)):
        raise TypeError(f"{name} must be a path or its text, got {show(value)}")
    return Path(value)


def require_function(name: str, value: Any, of: str) -> Any:
    """Return what can be called; `of` says with what.

    >>> require_function("kernel_of_angle", 0.5, "angles")
    Traceback (most recent call last):
    ...
    TypeError: kernel_of_angle must be a function of angles, got 0.5
    """
    if not callable(value):
        raise TypeError(f"{name} must be a function of {of}, got {show(value)}")
    return value


def require_generator(rng: Any) -> np.random.Generator:
    """Return a numpy Generator; a seed in its place is rejected, with how to make one.

    >>> require_generator(0)
    Traceback (most recent call last):
    ...
    TypeError: rng must be a numpy.random.Generator (numpy.random.default_rng(seed)), got 0
    """
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            "rng must be a numpy.random.Generator (numpy.random.default_rng(seed)), "
            f"got {show(rng)}"
        )
    return rng


def show(value: Any) -> str:
    """The value received, as short text on one line.

    >>> show("two\\nlines")
    "'two\\\\nlines'"
    """
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # Python writes no whole number of more than 4300 digits
        size = f" of {value.bit_length()} bits" if isinstance(value, int) else ""
        return f"{type(value).__name__} too long to write{size}"
    return text if len(text) <= 60 else text[:57] + "..."


def is_masked(value: Any) -> bool:
    """Whether it is a masked array; there is none where no one has loaded numpy.ma.

    >>> is_masked(np.zeros(2)), is_masked(np.ma.zeros(2))
    (False, True)
    """
    masks = sys.modules.get("numpy.ma")
    return masks is not None and isinstance(value, masks.MaskedArray)
