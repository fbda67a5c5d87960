"""Every public function with every kind of wrong or odd argument: the right value, or an error.

An error names the argument as it was given, and the value. Calls with good arguments come from
the docstrings' examples (tests/reference/calls.py); the kinds are in tests/reference/odd_input.py,
and what counts as the right value or as a good message in tests/reference/judged_calls.py.
"""

import functools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference.calls import (
    ON_FILES,
    completed,
    good_calls,
    parameters_of,
    public_functions,
)
from tests.reference.judged_calls import complaint
from tests.reference.odd_input import EITHER, REFUSED, Kind, kinds_of

pytestmark = pytest.mark.project


def cases(name):
    """(call, parameter, kind) of one function: every kind, at every call that has the parameter."""
    for parameter, annotation in parameters_of(name).items():
        for call in calls_with(name, parameter):
            for kind in kinds_of(parameter, annotation):
                yield call, parameter, kind


def calls_with(name, parameter):
    """The calls of a function that have the parameter, or that can be given it."""
    return [
        call
        for call, arguments in enumerate(good_calls()[name])
        if completed(name, arguments, parameter) is not None
    ]


@functools.cache
def arguments_like(annotations):
    """(function, parameter) of every parameter with one of some annotations."""
    return [
        (name, parameter)
        for name in public_functions()
        for parameter, annotation in parameters_of(name).items()
        if annotation.split(" | ")[0] in annotations and name not in ON_FILES
    ]


@pytest.mark.parametrize("name", public_functions())
def test_wrong_and_odd_arguments(name):
    wrong = {}
    for call, parameter, kind in cases(name):
        found = complaint(name, call, parameter, kind)
        if found:
            wrong[parameter, kind.name] = found
    assert not wrong, "\n".join(f"{key}: {text}" for key, text in wrong.items())


NUMERIC = ("npt.ArrayLike", "Array", "float")


@settings(max_examples=300)
@given(st.data())
def test_any_magnitude(data):
    name, parameter = data.draw(st.sampled_from(arguments_like(NUMERIC)))
    factor = 10.0 ** data.draw(st.floats(-290.0, 300.0))
    call = data.draw(st.sampled_from(calls_with(name, parameter)))
    kind = Kind(f"times {factor!r}", EITHER, lambda good: factor * np.asarray(good, float)[()])
    assert complaint(name, call, parameter, kind) is None


@settings(max_examples=200)
@given(st.data())
def test_a_value_that_is_not_finite_at_any_place(data):
    name, parameter = data.draw(st.sampled_from(arguments_like(NUMERIC[:2])))
    call = data.draw(st.sampled_from(calls_with(name, parameter)))
    value = data.draw(st.sampled_from([math.nan, math.inf, -math.inf, np.float32("nan")]))
    share = data.draw(st.floats(0.0, 1.0, exclude_max=True))

    def spoilt(good):
        array = np.array(good, dtype=np.float64)
        array.flat[int(share * array.size)] = value
        return array

    kind = Kind("not finite", REFUSED, spoilt)
    assert complaint(name, call, parameter, kind) is None


@settings(max_examples=100)
@given(st.data())
def test_any_size(data):
    name, parameter = data.draw(st.sampled_from(arguments_like(("int",))))
    call = data.draw(st.sampled_from(calls_with(name, parameter)))
    size = data.draw(st.integers(2**31, 2**200))
    kind = Kind(f"size {size}", EITHER, lambda good: size)
    assert complaint(name, call, parameter, kind) is None


@pytest.mark.parametrize("name", public_functions())
def test_every_parameter_is_met_in_a_call(name):
    met = {parameter for _, parameter, _ in cases(name)}
    missing = sorted(set(parameters_of(name)) - met)
    assert not missing, f"no example of a docstring, and no call of calls.py, gives {missing}"
    assert met <= set(parameters_of(name))
