"""How far a fast result may be from the reference, and the size that this is relative to."""

import math

import numpy as np

HOLD = 1e-13  # relative to the largest entry of the reference


def within(actual, expected, size, case):
    """Fail where the absolute error is above 1e-14 of the size of what was added up."""
    error = float(np.abs(np.asarray(actual) - expected).max())
    assert error <= 1e-14 * size, f"{case}: error {error:.1e}, size {size:.1e}"


def sizes(params):
    """How large a sum over the neurons can be, of outputs and of kernel entries."""
    norms = np.abs(params.w).sum(axis=1) + np.abs(params.b)
    outputs = np.sum(np.abs(params.a) * norms) / math.sqrt(params.width)
    return outputs, np.sum(params.a**2 * 2 + norms**2) / params.width
