"""What is left to learn while networks train side by side: the modes of their residuals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from .._require import Array
from ..circle import fourier_basis, uniform_angles
from ..fast import forward, train_together
from ..law import DEFAULT_LAW, Law
from ..network import Params, initialise


def residual_spectra(
    sizes: Any, target: Array, steps: Array, rng: Generator, count: int, law: Law = DEFAULT_LAW
) -> Array:
    """Train networks from f = 0; the Fourier coefficients of y − f: (count, steps, modes).

    `sizes` has the grid's points, the width and the learning rate; `target` has as many modes.
    """
    networks = [initialise(sizes.width, rng, law, antisymmetric=True) for _ in range(count)]
    angles = uniform_angles(sizes.points)
    basis = fourier_basis(angles, len(target) // 2)
    targets, kept = basis @ target, [int(step) for step in steps]
    spectra: list[list[Array]] = []

    def record(step: int, trained: list[Params]) -> None:
        spectra.append([(targets - forward(network, angles)) @ basis for network in trained])

    eta = sizes.learning_rate
    train_together(networks, angles, targets, eta, kept[-1], record=record, at_steps=kept)
    return np.swapaxes(np.array(spectra), 0, 1) / sizes.points


def amplitudes(spectra: Array) -> Array:
    """Amplitude of every frequency, from the coefficients (…, modes) of its cosine and sine.

    >>> amplitudes(np.array([-2.0, 3.0, 4.0]))
    array([2., 5.])
    """
    waves = np.hypot(spectra[..., 1::2], spectra[..., 2::2])
    return np.concatenate([np.abs(spectra[..., :1]), waves], axis=-1)


def steps_until(share: float, steps: Array, shares: Array) -> float:
    """Steps until so little of a mode is left, interpolated in the logarithm; inf if never.

    >>> steps_until(0.25, np.array([0.0, 1.0, 3.0]), np.array([1.0, 0.5, 0.125]))
    2.0
    """
    below = np.flatnonzero(shares <= share)
    if len(below) == 0:
        return np.inf
    around = slice(below[0] - 1, below[0] + 1)
    logs = np.log(np.maximum(shares[around], 1e-300))
    return float(np.interp(-np.log(share), -logs, steps[around]))
