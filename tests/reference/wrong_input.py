"""Wrong input for functions of several modules, right arguments beside it, and the check."""

import math
import re
import tracemalloc

import numpy as np
import pytest

import minintk as mn
from tests.reference import strategies as some

# --- right arguments ------------------------------------------------------------------------------

NETWORK = some.random_params(3, np.random.default_rng(0))
ANGLES = [0.3, 1.9, -2.0]
EYE = np.eye(3)


def rng():
    return np.random.default_rng(0)


def objective():
    return mn.objective(ANGLES, [1.0, -1.0, 0.5])


# --- cases and the check --------------------------------------------------------------------------


def refuses(*cases):
    """Parametrise a test over (message, call), or (exception, message, call)."""
    full = [case if len(case) == 3 else (ValueError, *case) for case in cases]
    assert len(full) > 1
    ids = [message[:60] for _, message, _ in full]
    return pytest.mark.parametrize(("error", "message", "call"), full, ids=ids)


def every(functions, values):
    """Cases of every function with every (exception, message, value)."""
    return [
        (error, message, lambda f=function, v=value: f(v))
        for function in functions.values()
        for error, message, value in values
    ]


def counts(functions, rule, values):
    return [
        (f"{name} must be {rule}, got {value!r}", lambda f=function, v=value: f(v))
        for name, function in functions
        for value in values
    ]


def contradictions(functions):
    """Cases of every function with every pair of options that contradict each other."""
    return [
        (message, lambda f=function, options=law: f(**options))
        for function in functions.values()
        for message, law in CONTRADICTIONS
    ]


def meets(error, message, call):
    with pytest.raises(error, match=re.escape(message)):
        call()


def meets_before_allocating(message, call):
    """The call asks for too much memory, and is rejected before it takes any."""
    tracemalloc.start()
    try:
        with pytest.raises(MemoryError, match=re.escape(message)):
            call()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * MANY.nbytes, "more than a few numbers an angle"


# --- wrong values ---------------------------------------------------------------------------------

NOT_ANGLES = [
    (ValueError, "angles must be finite, got nan at index (1,)", [0.0, math.nan]),
    (ValueError, "angles must be finite, got inf at index (0,)", [math.inf, 0.0]),
    (ValueError, "angles must be finite, got -inf at index (0,)", [-math.inf]),
    (ValueError, "angles must have shape (any length from 1,), got shape (1, 2)", [[0.0, 1.0]]),
    (ValueError, "angles must have shape (any length from 1,), got shape ()", 0.3),
    (ValueError, "angles must have shape (any length from 1,), got shape (0,)", []),
    (TypeError, "angles must be an array of real numbers, got ['a']", ["a"]),
    (TypeError, "angles must be an array of real numbers, got [True]", [True]),
    (TypeError, "angles must be an array of real numbers, got [1j]", [1j]),
    (TypeError, "angles must be an array of real numbers, got None", None),
]

NO_COUNT = [-3, 2.0, 2.5, math.nan, True, np.True_, "3", None]
NO_NUMBER = [-0.5, math.nan, math.inf, "1", None, True, [0.1], 1j]

NO_GENERATOR = [
    (TypeError, "rng must be a numpy.random.Generator (numpy.random.default_rng(seed)), got ", seed)
    for seed in (0, None, np.random, np.random.RandomState(0))
]

NAMES = "trained must be a tuple of different names out of 'w', 'b', 'a', got "
CONTRADICTIONS = [
    (
        "trained must be without 'b' where bias is False, got ('w', 'b')",
        {"bias": False, "trained": ("w", "b")},
    ),
    ("bias_std must be 0 where bias is False, got 0.5", {"bias": False, "bias_std": 0.5}),
    ("bias must be True or False, got 1", {"bias": 1}),
    ("bias must be True or False, got None", {"bias": None}),
    (NAMES + "('w', 'c')", {"trained": ("w", "c")}),
    (NAMES + "('w', 'w')", {"trained": ("w", "w")}),
    (NAMES + "()", {"trained": ()}),
    (NAMES + "'wba'", {"trained": "wba"}),
]

NO_SQUARE = [
    (ValueError, "kernel must be a square matrix, got shape (3, 2)", [[1.0, 2.0]] * 3),
    (
        ValueError,
        "kernel must have shape (any length from 1, any length from 1), got shape (3,)",
        [1.0, 2.0, 3.0],
    ),
    (ValueError, "kernel must be finite, got nan at index (0, 0)", math.nan * EYE),
    (TypeError, "kernel must be an array of real numbers, got ", 1j * EYE),
]

NOT_SYMMETRIC = [
    (ValueError, "kernel must be symmetric, got |K - K.T| up to 1.0e+00", EYE + np.eye(3, k=1))
]

# MANY angles are too many for a square matrix, a THOUSAND for a network of a million neurons.
MANY = np.linspace(0, 6, 20_000)
THOUSAND = np.linspace(0, 6, 1_000)
FEWER = "take fewer angles at a time"
