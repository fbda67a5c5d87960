"""The driven prediction: neurons moved by the residual of the infinite-width flow.

driven_descent   move the neurons by a residual that is given, not by their own

To leading order in 1/m the residual that moves the neurons is that of infinite width. It is known
in closed form: r_s = −Σ_l y_l (1 − ηλ_l)^s φ_l. The neurons then no longer act on one another, and
each obeys

    w̃ ← w̃ − η (a/√m) ⟨r_s 1 x̃⟩,   a ← a − η (1/√m) ⟨r_s relu(w̃·x̃)⟩

on the whole circle, the integrals over each arc in closed form.

Where it breaks: the residual of a finite width is larger than that of infinite width. So late in
training, for rich targets, the true gain of the kernel is larger. The gain is the change of the
mean of its two entries at one frequency. For Σ ½ cos(kt + 0.3k), k = 1, 2, 4, 8, it is 1.7 times as
large at τ = 500, for m = 16 and 64. At τ = 50 it is 1.04 and 1.03 times. `mean_field` has none of
it.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .._require import LARGEST, require_coefficients, require_integer, require_number, show
from .._stability import require_stable
from ..arccosine import fourier_eigenvalues
from ..circle import basis_frequencies
from ..fast.arcs import augmented_weights, neuron_arcs
from ..fast.modes import means_on_arcs, modes_on_arcs, require_room
from ..network import Params, require_params
from ..training import DivergenceError

__all__ = ["driven_descent"]

_MOST_STEPS = 2**27  # as many as `gradient_descent` has room for; more would take days


def driven_descent(
    start: Params,
    coefficients: npt.ArrayLike,
    width: float,
    learning_rate: float,
    steps: int,
) -> Params:
    """Move the neurons of `start` by the residual of the infinite-width descent.

    dŵ = −η (â/√M) √(M/m) ⟨r 1 x̃⟩,   dâ = −η (1/√M) √(M/m) ⟨r relu(ŵ·x̃)⟩

    As `mean_field_descent`, with the residual −Σ y_l (1 − ηλ_l)^s φ_l in place of the neurons' own.
    Takes the target's (2 k_y + 1,) coefficients in the order of `fourier_basis`; returns the moved
    neurons, whose kernel any function of `fast` gives. Costs O(M k_y) a step.
    Raises ValueError for an even number of coefficients, a width that is not positive or more than
    2^27 steps. Raises `StabilityError` for η above 2/λ_max of the target's modes, `DivergenceError`
    where a neuron leaves the range that `Params` allows.
    Source: derived in the module of the mean-field limit, with the residual that is given.

    >>> from minintk.evolving import mean_field_start
    >>> start = mean_field_start(16, 16)
    >>> moved = driven_descent(start, [0.0, 1.0, 0.0], 64, 0.5, 10)
    >>> bool(np.abs(moved.w - start.w).max() > 0)
    True
    """
    y = require_coefficients("coefficients", coefficients)
    eta = require_number("learning_rate", learning_rate, above=0)
    m = require_number("width", width, above=0, least=1 / LARGEST)
    pull, k_max = eta / math.sqrt(m), len(y) // 2  # η √(M/m)/√M
    rates = fourier_eigenvalues(k_max)[basis_frequencies(k_max)]
    require_stable(eta, float(rates.max()))
    shrink = 1 - eta * rates
    residual, params = -y, require_params(start, "start")
    require_room(k_max, params.width)
    count = require_integer("steps", steps, least=0)
    if count > _MOST_STEPS:
        raise ValueError(f"steps must be at most {_MOST_STEPS}, got {show(count)}")
    for step in range(count):
        modes = modes_on_arcs(means_on_arcs(neuron_arcs(params), k_max + 1))
        force = np.einsum("d,cdm->cm", residual, modes)  # ⟨r 1 x̃⟩
        weights = augmented_weights(params)
        value = (weights * force).sum(axis=0)  # ⟨r relu⟩
        weights, a = weights - pull * params.a * force, params.a - pull * value
        if max(np.abs(weights).max(), np.abs(a).max()) > LARGEST:
            raise DivergenceError(f"the driven descent of width {m:g} diverged at step {step + 1}")
        params = Params.unchecked(
            np.ascontiguousarray(weights[:2].T), weights[2], a, params.trained
        )
        residual = residual * shrink
    return params
