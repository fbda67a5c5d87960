"""What comes of a call with a wrong or odd argument, and what is wrong with that."""

import copy
import dataclasses
import functools
import inspect
import math
import re
import traceback

import numpy as np

import minintk as mn
from minintk._require import show
from tests.reference.calls import (
    NETWORK,
    ON_FILES,
    completed,
    good_calls,
    parameters_of,
    public_functions,
)
from tests.reference.odd_input import REFUSED, SAME, SKIP

REFUSALS = (ValueError, TypeError, MemoryError, mn.StabilityError, mn.DivergenceError)

# On files: they meet wrong arguments alone.
REFUSALS_ALONE = ON_FILES

# An infinite time is the right value: a mode of eigenvalue 0 is never learned.
MAY_BE_INFINITE = {"time_to_learn", "steps_to_learn"}
IF_INFINITE = (
    "reject the argument that leads to it, as _rates_of_learning in minintk/frozen.py does; if inf "
    "is right at 0, name the function in MAY_BE_INFINITE of tests/reference/judged_calls.py"
)


def outcome(name, arguments):
    """What a call gives: a list of arrays, or the error. Its arguments must stay as they are."""
    arguments = {
        key: value if inspect.ismodule(value) else copy.deepcopy(value)
        for key, value in arguments.items()
    }
    before = {key: bits(value) for key, value in arguments.items()}
    try:
        result = public_functions()[name](**arguments)
        return list(numbers(result, name))
    except REFUSALS as error:
        return error
    finally:
        after = {key: bits(value) for key, value in arguments.items()}
        assert after == before, "an argument was modified"


def bits(value):
    """All that a call must not modify, in a form to compare."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        return np.ma.getdata(value).tobytes()
    if isinstance(value, mn.Params):
        return [value.w.tobytes(), value.b.tobytes(), value.a.tobytes()]
    if isinstance(value, dict):
        return [[key, bits(entry)] for key, entry in value.items()]
    if isinstance(value, list | tuple):
        return [bits(entry) for entry in value]
    return value if isinstance(value, str | bytes | bool | int | type(None)) else None


def numbers(result, name=""):
    """Every number of a result, as arrays; what is still a function is called with a network."""
    if isinstance(result, mn.Trace):
        result(0, NETWORK)
        result = result.snapshots
    if isinstance(result, dict):
        result = list(result.values())
    if hasattr(result, "largest_eigenvalue"):
        yield from numbers([result(NETWORK), result.largest_eigenvalue(NETWORK)])
    elif dataclasses.is_dataclass(result):
        fields = [getattr(result, field.name) for field in dataclasses.fields(result)]
        yield from numbers(fields)
    elif isinstance(result, list | tuple):
        for entry in result:
            yield from numbers(entry)
    elif callable(result):
        yield from numbers(result(NETWORK))
    elif result is not None and not isinstance(result, str | slice):
        yield np.asarray(result, dtype=np.float64)


def complaint(name, call, parameter, kind):
    """What is wrong with what a function makes of a kind of argument; None where nothing is."""
    arguments = completed(name, good_calls()[name][call], parameter)
    odd = kind.make(arguments[parameter])
    if odd is SKIP or (name in REFUSALS_ALONE and kind.expected != REFUSED):
        return None
    if kind.expected == SAME:
        odd, plain = odd
    try:
        found = outcome(name, {**arguments, parameter: odd})
        if kind.expected == SAME:
            return difference(found, outcome(name, {**arguments, parameter: plain}))
    except Exception as error:
        if traceback.extract_tb(error.__traceback__)[-1].filename == "<example>":
            return None  # the caller's own function raised it
        return f"{type(error).__name__}: {error}"
    if isinstance(found, Exception):
        return poor_message(found, name, parameter, odd, kind)
    if kind.expected == REFUSED:
        return f"accepted, {show(found)}"
    return wrong_numbers(found, name, call, parameter, kind)


def difference(one, other):
    if isinstance(one, Exception) or isinstance(other, Exception):
        if type(one) is type(other):
            return None
        return f"{show(one)} in place of {show(other)}"
    for x, y in zip(one, other, strict=True):
        if x.shape != y.shape:
            return f"shape {x.shape} in place of {y.shape}"
        both = np.isfinite(y)
        size = np.abs(y[both]).max(initial=0.0)
        if (np.sign(x[~both]) != np.sign(y[~both])).any() or not np.allclose(
            x[both], y[both], rtol=0, atol=3e-12 * size
        ):
            return f"{show(x)} in place of {show(y)}"
    return None


def poor_message(error, name, parameter, odd, kind):
    text = str(error)
    if type(error).__name__ in ("FormulaError", "StepsError"):  # how to write it: tests/course
        return None
    if len(text) > (1500 if "must be one of" in text else 300) or "\n" in text:
        return f"a long message: {text[:400]}"
    if isinstance(error, MemoryError):
        if not re.search(r"would take .* GiB, more than 1 GiB: .", text):
            return f"does not say what it would need: {text}"
        counted = parameters_of(name)[parameter].startswith("int")
        named = re.search(rf"\b{parameter}\b", text) or not counted
        return None if named else f"does not name the argument: {text}"
    names = [re.escape(some) for some in names_of(error, name, parameter, odd, kind)]
    if not re.search(rf"(^|each of )({'|'.join(names)})\b", text):
        return f"does not name the argument: {text}"
    if isinstance(error, mn.DivergenceError):  # tells the learning rate and the losses
        return None
    after = text.rpartition("got ")[2] if "got " in text else ""
    if not after or (kind.expected == REFUSED and not any(s in after for s in said_of(odd))):
        return f"does not tell the value: {text}"
    return None


def names_of(error, name, parameter, odd, kind):
    """Names by which a message may call the argument."""
    names = list(parameters_of(name)) if kind.of_shape else [parameter]
    if parameter in ("names", "exercises"):
        names.append("exercise")
    if isinstance(error, mn.StabilityError | mn.DivergenceError):
        names += ["learning_rate", "gradient descent", "the driven descent", "the limit"]
    if isinstance(odd, mn.Law):
        names += [field.name for field in dataclasses.fields(odd)]
    if callable(odd):
        names += [f"the {word}'s" for word in parameter.split("_")]
    return names


def said_of(odd):
    """Texts of which one must name the value."""
    if callable(odd) and not isinstance(odd, type):
        return ["nan", "none", "None", "text", "shape", "array", show(odd)]
    said = [show(odd), type(odd).__name__]
    if isinstance(odd, float):
        said.append("none for")  # groups of a gradient
    if isinstance(odd, list | str):
        said += [show(entry) for entry in odd]
    if isinstance(odd, mn.Cache):
        said += [", ".join(str(getattr(part, "shape", type(part).__name__)) for part in odd)]
    if isinstance(odd, np.ndarray):
        odd = np.ma.getdata(odd)
        said += [f"shape {odd.shape}", *(repr(entry) for entry in odd.ravel()[:50].tolist())]
        if odd.dtype.kind == "f":
            said += [repr(float(entry)) for entry in odd.ravel() if not np.isfinite(float(entry))]
    return said


def wrong_numbers(found, name, call, parameter, kind):
    for x in found:
        if np.isnan(x).any():
            return f"nan in {show(x)}"
        if np.isinf(x).any() and not (name in MAY_BE_INFINITE and kind.name == "zeros"):
            before = infinite_before(name, call, parameter)
            return None if before else f"inf in {show(x)}: {IF_INFINITE}"
    if kind.name.startswith("times "):
        factor = float(kind.name.split()[1])
        for x, (degree, plain) in zip(found, degrees(name, call, parameter), strict=False):
            problem = wrongly_scaled(x, plain, degree, factor)
            if problem:
                return problem
    return None


def infinite_before(name, call, parameter):
    good = outcome(name, completed(name, good_calls()[name][call], parameter))
    return any(np.isinf(x).any() for x in good)


@functools.cache
def degrees(name, call, parameter):
    """(d, value) of every array of a result that goes as the d-th power of an argument's size."""
    arguments = completed(name, good_calls()[name][call], parameter)
    good = arguments[parameter]
    if isinstance(good, mn.Params):
        return []
    factors = (1.0, 2.0, 4.0, 2.0**-30, 2.0**30)
    values = [
        outcome(name, {**arguments, parameter: s * np.asarray(good, dtype=np.float64)[()]})
        for s in factors
    ]
    if any(isinstance(some, Exception) or len(some) != len(values[0]) for some in values):
        return []
    return [(degree_of(factors, some), some[0]) for some in zip(*values, strict=True)]


def degree_of(factors, values):
    """d, where the values go as the factors to the power d; None where they do not."""
    largest = [np.abs(value).max(initial=0.0) for value in values]
    if len({value.shape for value in values}) > 1 or min(largest) == 0 or max(largest) == np.inf:
        return None
    degree = round(math.log2(largest[1] / largest[0]))
    expected = (values[0] * factor**degree for factor in factors)
    pairs = zip(values, expected, strict=True)
    return degree if all(np.allclose(*pair, rtol=1e-12, atol=0) for pair in pairs) else None


def wrongly_scaled(x, plain, degree, factor):
    if degree is None:
        return None
    exponent = degree * math.log10(factor) + math.log10(np.abs(plain).max())
    if exponent > 308:
        return f"a number of 1e{exponent:.0f} came out as {show(x)}"
    wanted = plain * 10.0 ** max(degree * math.log10(factor), -300.0)
    if exponent < -300:
        wanted = 0 * plain
    limit = 1e-11 * np.abs(wanted).max() + (1e-13 if degree == 0 else 1e-295)
    if x.shape != plain.shape or np.abs(x - wanted).max() > limit:
        return f"{show(x)} in place of {show(wanted)}"
    return None
