"""How close two results are: the one norm of these tests."""

import numpy as np

HOLD = 1e-13  # both methods round; relative to the largest entry


def relative_error(actual, expected):
    """max |actual − expected|/max |expected|, for arrays of one shape."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"shapes differ: {actual.shape}, {expected.shape}"
    assert expected.size, "nothing to compare"
    difference, size = float(np.abs(actual - expected).max()), float(np.abs(expected).max())
    if difference == 0:
        return 0.0
    return difference / size if size > 0 else float("inf")


def assert_close(actual, expected, tolerance, case=""):
    """Fail unless the relative error is at most the tolerance (also where it is nan)."""
    error = relative_error(actual, expected)
    assert error <= tolerance, f"{case}: relative error {error:.2e}, allowed {tolerance:.0e}"
