"""Less noise from the same networks: what their random starts explain is taken out of a mean.

How large the weights of a start are, and where they point, explains most of a loss's scatter over
networks. The sums' means are known, so only noise goes: the variance falls to a half to a tenth, as
measured. These are control variates: Owen (2013), "Monte Carlo theory", chapter 8.
"""

from __future__ import annotations

import math

import numpy as np

from .._require import Array
from ..network import Params
from .statistics import student_quantile

_TURNS = np.arange(1, 9)  # with 16 of them little more is explained
ADJUSTED = (
    " Means over many networks are adjusted for the start by a regression on sums of its neurons, "
    "to lessen the variance. That came after first runs; what the verdict is without it is told."
)


def neuron_sums(params: Params) -> Array:
    """Of an antisymmetric start: means over its neurons that are 0 in the mean over all starts.

    |w|² − 2,  |w| − √(π/2),  and for j = 1 … 8:  Re z_j,  Im z_j,  (m/4) |z_j|² − 1
    z_j = mean of |w| e^{ijφ},  E |z_j|² = 2/(m/2), since half of the neurons are independent

    >>> neuron_sums(Params(w=[[2.0, 0.0]] * 2, b=[0.0, 0.0], a=[1.0, -1.0]))[[0, 2, 10, 18]]
    array([2., 2., 0., 1.])
    """
    w1, w2 = params.w.T
    radius, angle = np.hypot(w1, w2), np.arctan2(w2, w1)
    z = np.exp(1j * np.multiply.outer(_TURNS, angle)) @ radius / params.width
    sizes = [np.mean(radius**2) - 2, radius.mean() - math.sqrt(math.pi / 2)]
    return np.concatenate([sizes, z.real, z.imag, params.width / 4 * np.abs(z) ** 2 - 1])


def without_starts(values: Array, sums: Array) -> Array:
    """Values (n, …) with the mean and standard error of a regression on the sums (n, p) at 0.

    mean: intercept b of v ≈ b + β·sums;  spread: residuals √(n (AᵀA)⁻¹_00 (n − 1)/(n − p − 1))

    So `student_interval` of the result is the intercept's (A is the design matrix). With fewer than
    2 (p + 1) networks the values come back as they are.

    >>> sums = np.linspace(-1, 1.4, 10)[:, None]
    >>> print(without_starts(3 + 5 * sums, sums).round(6).ravel()[:3])
    [3. 3. 3.]
    """
    n, p = sums.shape
    if n < 2 * (p + 1):
        return values
    design, flat = np.insert(sums, 0, 1.0, axis=1), values.reshape(n, -1)
    fit = np.linalg.lstsq(design, flat, rcond=None)[0]
    error = math.sqrt(n * np.linalg.inv(design.T @ design)[0, 0] * (n - 1) / (n - p - 1))
    error *= student_quantile(n - p - 1) / student_quantile(n - 1)
    return np.asarray((fit[0] + error * (flat - design @ fit)).reshape(values.shape))
