"""Slopes and means over the seeds, each with its own standard error.

A slope is asserted together with the size of the error: it does not see a wrong constant.
"""

import math

import numpy as np


def slope(sizes, errors, groups=16):
    """Slope of the mean error against the size in a log-log plot, and its standard error.

    errors (seeds, sizes): the seeds are dealt into groups, each with a slope of its own.
    """
    slopes = [
        np.polyfit(np.log(sizes), np.log(errors[group::groups].mean(axis=0)), 1)[0]
        for group in range(groups)
    ]
    return float(np.mean(slopes)), float(np.std(slopes, ddof=1) / math.sqrt(groups))


def mean_and_error(values):
    """Over the seeds, the first axis."""
    return values.mean(axis=0), values.std(axis=0, ddof=1) / math.sqrt(len(values))
