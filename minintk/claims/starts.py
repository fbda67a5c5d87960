"""Less noise from the same networks: what their random starts explain is taken out of a mean.

neuron_sums      what the neurons of a random start sum to, each with the mean 0 over all starts
without_starts   values of networks, less their best linear fit in these sums

By how much the weights of a start happen to be large, or to point one way, explains most of what a
loss or a kernel's gain scatters from network to network. The sums' own means are known, so nothing
but noise goes: the variance falls to between a half and a tenth of what it was (measured: losses
and gains of k ≤ 4, both targets, m = 16 … 256, τ = 50 and 250), as if there were so many times more
networks. These are the control variates of Monte-Carlo methods.
Source: Owen (2013), "Monte Carlo theory, methods and examples", chapter 8.
"""

from __future__ import annotations

import math

import numpy as np

from .._require import Array
from ..network import Params
from .statistics import student_quantile

__all__ = ["neuron_sums", "without_starts"]

_TURNS = np.arange(1, 9)  # with 16 of them little more is explained


def neuron_sums(params: Params) -> Array:
    """Of an antisymmetric start: means over its neurons that are 0 in the mean over all starts.

    |w|² − 2,  |w| − √(π/2),  and for j = 1 … 8:  Re z_j,  Im z_j,  (m/4) |z_j|² − 1
    z_j = mean of |w| e^{ijφ},  E |z_j|² = 2/(m/2), since half of the neurons are independent

    Returns (26,).

    >>> from minintk.network import initialise
    >>> rng = np.random.default_rng(0)
    >>> starts = [neuron_sums(initialise(8, rng, antisymmetric=True)) for _ in range(4000)]
    >>> bool(np.abs(np.mean(starts, axis=0)).max() < 0.06)
    True
    """
    radius = np.hypot(*params.w.T)
    angle = np.arctan2(*params.w.T[::-1])
    z = np.exp(1j * np.multiply.outer(_TURNS, angle)) @ radius / params.width
    sizes = [np.mean(radius**2) - 2, radius.mean() - math.sqrt(math.pi / 2)]
    return np.concatenate([sizes, z.real, z.imag, params.width / 4 * np.abs(z) ** 2 - 1])


def without_starts(values: Array, sums: Array) -> Array:
    """Values (seeds, …) with the mean and the standard error of a regression on the sums at 0.

    mean: intercept b of v ≈ b + β·sums;  spread: residuals √(n (AᵀA)⁻¹_00 (n − 1)/(n − p − 1))

    So `student_interval` of the result is the intercept's interval (A: the design matrix of n rows,
    p sums). With fewer than 2 (p + 1) networks the values come back as they are.

    >>> sums = np.linspace(-1, 1.4, 10)[:, None]
    >>> values = without_starts(3 + 5 * sums, sums)
    >>> print(f"{values.mean():.6f} {values.std():.6f}")
    3.000000 0.000000
    """
    design = np.concatenate([np.ones((len(sums), 1)), sums], axis=1)
    n, free = len(design), len(design) - design.shape[1]
    if n < 2 * design.shape[1]:
        return values
    flat = values.reshape(n, -1)
    fit = np.linalg.lstsq(design, flat, rcond=None)[0]
    error = math.sqrt(n * np.linalg.inv(design.T @ design)[0, 0] * (n - 1) / free)
    error *= student_quantile(free) / student_quantile(n - 1)
    return np.asarray((fit[0] + error * (flat - design @ fit)).reshape(values.shape))
