"""Kinds of wrong and odd arguments, by what a parameter takes; and what each must come to.

A kind turns a good value into an odd one, and says what must come of it:
REFUSED   an error that names the parameter and the value
SAME      what comes of a plain value: the kind makes both, the odd one and the plain one
EITHER    a right value (finite, and scaled as at moderate sizes), or such an error
"""

import datetime
import functools
import math
from typing import NamedTuple

import numpy as np

import minintk as mn
from tests.reference.calls import NETWORK

REFUSED, SAME, EITHER = "refused", "same", "either"
SKIP = object()

MAGNITUDES = (1e155, 1e-161, 1e300, 1e-300)
SIZES = (2**31, 10**12, 2**62, 2**63, 10**400)
FAR = (1e6, 1e15)


class Kind(NamedTuple):
    """`make(good)` gives the odd value; for SAME the odd one and the plain one."""

    name: str
    expected: str
    make: object
    of_shape: bool = False  # what is wrong may then be said of an argument that it must fit


def _always(name, value):
    return Kind(name, REFUSED, lambda good: value)


def _entry(good, value):
    """The array with one entry replaced."""
    array = np.array(good, dtype=np.result_type(np.asarray(value).dtype, np.float64))
    array.flat[array.size // 2] = value
    return array


def _of_array(make):
    """A kind of arrays alone: a number in the place of one has no such form."""

    def made(good):
        array = np.asarray(good)
        return make(np.array(array, dtype=np.float64)) if array.ndim else SKIP

    return made


def _read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def _ragged(array):
    rows = array.tolist()
    return [*rows, [*rows, 1.0]]


def _spread(array):
    wide = np.zeros(tuple(2 * size for size in array.shape))
    wide[tuple(slice(None, None, 2) for _ in array.shape)] = array
    return wide[tuple(slice(None, None, 2) for _ in array.shape)]


def _pair(odd, plain):
    return odd, plain


NOT_NUMBERS = [
    _always("None", None),
    _always("text", "some text"),
    _always("a dict", {"a": 1.0}),
    _always("a set", {1.0}),
    _always("a function", lambda *arguments: None),
    _always("an object", object()),
    _always("a Params", NETWORK),
    _always("a date", datetime.date(2020, 1, 1)),
    _always("a numpy date", np.datetime64("2020-01-01")),
    _always("bytes", b"1"),
    _always("no number of numpy's", np.ma.masked),
]

ARRAY_KINDS = [
    *NOT_NUMBERS,
    _always("a list of text", ["a", "b"]),
    _always("numbers as text", ["1.0", "2.0"]),
    _always("a list with None", [1.0, None]),
    _always("an int of 400 digits", [10**400]),
    _always("an int of 5000 digits", [10**5000]),
    Kind("complex", REFUSED, lambda good: np.asarray(good) + 1j),
    Kind("complex without imaginary part", REFUSED, lambda good: np.asarray(good) + 0j),
    Kind("truth values", REFUSED, lambda good: np.asarray(good) > 0),
    Kind("objects", REFUSED, _of_array(lambda a: a.astype(object))),
    Kind("a masked array", REFUSED, lambda good: np.ma.masked_array(good, np.asarray(good) > 0)),
    Kind("a mask of nothing", REFUSED, lambda good: np.ma.masked_array(good)),
    Kind("a list with a masked entry", REFUSED, _of_array(lambda a: [*a[:-1], np.ma.masked])),
    Kind("a ragged list", REFUSED, _of_array(_ragged)),
    Kind("nan", REFUSED, lambda good: _entry(good, math.nan)),
    Kind("inf", REFUSED, lambda good: _entry(good, math.inf)),
    Kind("-inf", REFUSED, lambda good: _entry(good, -math.inf)),
    Kind("beyond float64", REFUSED, lambda good: _entry(good, np.longdouble("1e4000"))),
    # Shapes. A function that takes any shape has a value for some of them.
    Kind("no entries", EITHER, _of_array(lambda a: a[:0]), of_shape=True),
    Kind("no columns", EITHER, _of_array(lambda a: a[..., :0]), of_shape=True),
    Kind("one entry less", EITHER, _of_array(lambda a: a[:-1]), of_shape=True),
    Kind("one entry more", EITHER, _of_array(lambda a: np.concatenate([a, a[:1]])), of_shape=True),
    Kind("one axis more", EITHER, lambda good: np.asarray(good)[None], of_shape=True),
    Kind("one axis less", EITHER, _of_array(lambda a: a[0]), of_shape=True),
    Kind("a number", EITHER, lambda good: 0.5, of_shape=True),
    # Numbers.
    Kind("zeros", EITHER, lambda good: 0.0 * np.asarray(good)),
    Kind("negative zeros", SAME, lambda good: _pair(-0.0 * np.abs(good), 0.0 * np.abs(good))),
    Kind("negative", EITHER, lambda good: -np.abs(good)),
    Kind("one entry of 1e308", EITHER, lambda good: _entry(good, 1e308)),
    Kind("one entry of -1e100", EITHER, lambda good: _entry(good, -1e100)),
    Kind("one entry of 1e-310", EITHER, lambda good: _entry(good, 1e-310)),
    *(
        Kind(f"times {factor:g}", EITHER, lambda good, s=factor: s * np.asarray(good))
        for factor in MAGNITUDES
    ),
    Kind("hardly above zero", EITHER, lambda good: 1e-320 * np.asarray(good)),
    # Forms of the same numbers.
    *(
        Kind(
            np.dtype(dtype).name + np.dtype(dtype).byteorder,
            SAME,
            lambda good, d=dtype: _pair(
                np.asarray(good).astype(d), np.asarray(good).astype(d).astype(float)
            ),
        )
        for dtype in (np.float16, np.float32, np.longdouble, ">f8", np.int64, np.int8)
    ),
    Kind(
        "unsigned",
        SAME,
        lambda good: _pair(
            np.abs(good).astype(np.uint8), np.abs(good).astype(np.uint8).astype(float)
        ),
    ),
    Kind("a list", SAME, lambda good: _pair(np.asarray(good, float).tolist(), np.array(good))),
    Kind("read-only", SAME, _of_array(lambda a: _pair(_read_only(a), a))),
    Kind("Fortran order", SAME, _of_array(lambda a: _pair(np.asfortranarray(a), a))),
    Kind("every second", SAME, _of_array(lambda a: _pair(_spread(a), a))),
    Kind("backwards", SAME, _of_array(lambda a: _pair(a[::-1].copy()[::-1], a))),
]

ANGLE_KINDS = [
    Kind(
        f"far, {far:g}",
        SAME,
        lambda good, s=far: _pair(
            far_angles := s + np.asarray(good), np.arctan2(np.sin(far_angles), np.cos(far_angles))
        ),
    )
    for far in FAR
] + [
    Kind(
        f"far backwards, {far:g}",
        SAME,
        lambda good, s=far: _pair(
            far_angles := -s - np.asarray(good), np.arctan2(np.sin(far_angles), np.cos(far_angles))
        ),
    )
    for far in FAR
]

NUMBER_KINDS = [
    *NOT_NUMBERS,
    _always("a truth value", True),
    _always("a truth value of numpy's", np.True_),
    _always("a number as text", "0.5"),
    _always("a list", [0.5]),
    _always("an array", np.array([0.5])),
    _always("complex", 0.5 + 0j),
    _always("a masked number", np.ma.masked_array(0.5)),
    _always("nan", math.nan),
    _always("inf", math.inf),
    _always("-inf", -math.inf),
    _always("nan of numpy's", np.float32("nan")),
    _always("beyond float64", np.longdouble("1e4000")),
    _always("an int of 400 digits", 10**400),
    _always("an int of 5000 digits", 10**5000),
    Kind("negative", EITHER, lambda good: -abs(good)),
    Kind("negative zero", SAME, lambda good: _pair(-0.0, 0.0)),
    Kind("1e308", EITHER, lambda good: 1e308),
    Kind("-1e308", EITHER, lambda good: -1e308),
    Kind("5e-324", EITHER, lambda good: 5e-324),
    Kind("a large int", EITHER, lambda good: 10**30),
    *(Kind(f"times {s:g}", EITHER, lambda good, s=s: s * float(good)) for s in MAGNITUDES),
    Kind("float64", SAME, lambda good: _pair(np.float64(good), float(good))),
    Kind("float32", SAME, lambda good: _pair(np.float32(good), float(np.float32(good)))),
    Kind("longdouble", SAME, lambda good: _pair(np.longdouble(good), float(good))),
    Kind("an array without axes", SAME, lambda good: _pair(np.array(float(good)), float(good))),
    Kind("int64", SAME, lambda good: _pair(np.int64(good), float(int(good)))),
]

COUNT_KINDS = [
    *NOT_NUMBERS,
    _always("a truth value", True),
    _always("a truth value of numpy's", np.False_),
    _always("a number as text", "3"),
    _always("a half", 2.5),
    _always("a float", 3.0),
    _always("nan", math.nan),
    _always("inf", math.inf),
    _always("a list", [3]),
    _always("an array", np.array([3])),
    _always("complex", 3 + 0j),
    _always("a masked number", np.ma.masked_array(3)),
    _always("negative", -1),
    _always("very negative", -(10**400)),
    Kind("zero", EITHER, lambda good: 0),
    Kind("one", EITHER, lambda good: 1),
    *(
        Kind(f"size {float(s) if s < 1e99 else math.inf:.0e}", EITHER, lambda good, s=s: s)
        for s in SIZES
    ),
    Kind("int64", SAME, lambda good: _pair(np.int64(good), good)),
    Kind("uint8", SAME, lambda good: _pair(np.uint8(good % 256), good % 256)),
    Kind("an array without axes", SAME, lambda good: _pair(np.array(good), good)),
]

FLAG_KINDS = [
    *NOT_NUMBERS,
    _always("one", 1),
    _always("zero", 0),
    _always("a half", 0.5),
    _always("no", "no"),
    _always("an empty list", []),
    _always("an array", np.array([True])),
    Kind("of numpy's", SAME, lambda good: _pair(np.bool_(good), bool(good))),
]

PARAMS_KINDS = [
    _always("None", None),
    _always("a tuple", (NETWORK.w, NETWORK.b, NETWORK.a)),
    _always("a dict", {"w": NETWORK.w, "b": NETWORK.b, "a": NETWORK.a}),
    _always("a vector", mn.flatten(NETWORK)),
    _always("the class", mn.Params),
    _always("a law", mn.Law()),
    _always("text", "params"),
    # Two networks must fit together: a message may name the other one.
    Kind("times 1e70", EITHER, lambda good: _times(good, 1e70), of_shape=True),
    Kind("times 1e-300", EITHER, lambda good: _times(good, 1e-300), of_shape=True),
]

LAW_KINDS = [
    _always("None", None),
    _always("options", {"bias": False}),
    _always("text", "signs"),
    _always("a number", 1.0),
    _always("the class", mn.Law),
    _always("a network", NETWORK),
    Kind("a large law", EITHER, lambda good: mn.Law(weight_std=1e70)),
    Kind("a small law", EITHER, lambda good: mn.Law(weight_std=1e-300)),
    Kind("a large bias", EITHER, lambda good: mn.Law(bias_std=1e70)),
    Kind("a small bias", EITHER, lambda good: mn.Law(bias_std=1e-300)),
]

RNG_KINDS = [
    _always("None", None),
    _always("a seed", 0),
    _always("the module", np.random),
    _always("the class", np.random.Generator),
    _always("an old generator", np.random.RandomState(0)),
    _always("a bit generator", np.random.PCG64(0)),
]

TEXT_KINDS = [
    _always("None", None),
    _always("a number", 1),
    _always("another text", "no such name"),
    _always("empty", ""),
    _always("a list", ["w"]),
    _always("an array", np.array(["w", "b"])),
    _always("bytes", b"w"),
]

LIST_KINDS = [
    _always("a number", 5),
    _always("text", "wb"),
    _always("numbers and None", [0, None]),
    _always("a list of lists", [["w"]]),
    _always("halves", [0.5]),
    _always("negative", [-1]),
    _always("arrays", [np.zeros(2), np.ones(2)]),
    _always("a function", math.cos),
]

RECORD_KINDS = [
    _always("a number", 0.5),
    _always("text", "cos"),
    _always("an object", object()),
]

FUNCTION_KINDS = [
    *RECORD_KINDS,
    Kind("returns None", REFUSED, lambda good: lambda *arguments: None),
    Kind("returns text", REFUSED, lambda good: lambda *arguments: "text"),
    Kind("returns nan", REFUSED, lambda good: lambda *arguments: math.nan),
    Kind("returns an array of nan", REFUSED, lambda good: lambda *arguments: np.full(3, math.nan)),
    Kind("returns another shape", EITHER, lambda good: lambda *arguments: np.zeros((2, 7))),
    Kind("returns 1e300", EITHER, lambda good: lambda *arguments: 1e300),
]

CACHE_KINDS = [
    _always("a tuple", (1.0, 2.0, 3.0)),
    _always("a cache of text", mn.Cache("points", "preactivation", "hidden")),
    _always("a cache of None", mn.Cache(None, None, None)),
    _always("a cache of another width", mn.forward_with_cache(NETWORK, [0.0])[1]),
    _always(
        "a cache that does not fit", mn.Cache(np.ones((1, 2)), np.ones((2, 1)), np.ones((1, 1)))
    ),
    _always("None", None),
]

PATH_KINDS = [
    _always("a number", 0.5),
    _always("a dict", {"a": 1.0}),
    _always("a list", ["a"]),
    _always("an object", object()),
    _always("None", None),
]

OBJECT_KINDS = [
    _always("a number", 0.5),
    _always("text", "some text"),
    _always("a dict", {"a": 1.0}),
    _always("a list", [1.0]),
    _always("an object", object()),
    _always("None", None),
]


def _times(params, factor):
    w, b, a = (factor * getattr(params, part) for part in ("w", "b", "a"))
    return (
        mn.Params(w, b, a, params.trained)
        if max(map(np.max, map(np.abs, (w, b, a)))) <= 1e70
        else SKIP
    )


# An angle that is one number.
SHIFT_KINDS = [
    kind._replace(make=lambda good, make=kind.make: tuple(map(float, make(good))))
    for kind in ANGLE_KINDS
]


@functools.cache
def kinds_of(parameter, annotation):
    """The kinds for a parameter, by its annotation."""
    may_be_none = annotation.endswith("| None") or (parameter == "trained")
    kinds = _by_annotation(parameter, annotation)
    return [kind for kind in kinds if not (may_be_none and kind.name == "None")]


def _by_annotation(parameter, annotation):
    first = annotation.split(" | ")[0]
    exact = {"int": COUNT_KINDS, "float": NUMBER_KINDS, "bool": FLAG_KINDS, "str": TEXT_KINDS}
    exact |= {"Params": PARAMS_KINDS, "Law": LAW_KINDS, "np.random.Generator": RNG_KINDS}
    exact["Cache"] = CACHE_KINDS
    if "Path" in annotation:
        return PATH_KINDS
    if annotation == "Any":  # anyone's parameters
        return [kind._replace(expected=EITHER) for kind in OBJECT_KINDS]
    if parameter in ("file", "fix"):  # any text will do
        return [kind for kind in TEXT_KINDS if not isinstance(kind.make(None), str)]
    if parameter == "shift":
        return NUMBER_KINDS + SHIFT_KINDS
    if first in exact:
        return exact[first]
    if first in ("npt.ArrayLike", "Array"):
        return ARRAY_KINDS + (ANGLE_KINDS if parameter.endswith("angles") else [])
    if parameter == "record":  # what it returns is of no use to anyone
        return RECORD_KINDS
    if first.startswith("Callable") or first in ("Objective", "AngleFunction"):
        return FUNCTION_KINDS
    if first.startswith(("Iterable", "Sequence", "tuple")):
        return LIST_KINDS
    return OBJECT_KINDS
