"""The driven prediction: neurons moved by the residual of the infinite-width flow.

driven_descent   move the neurons by a residual that is given, not by their own
limiting_gains   C_k: m times the gain of each frequency of the kernel, for m → ∞

To leading order in 1/m the residual that moves the neurons is that of infinite width, known in
closed form: r_s = −Σ_l y_l (1 − ηλ_l)^s φ_l. The neurons then no longer act on one another, and
each obeys

    w̃ ← w̃ − η (a/√m) ⟨r_s 1 x̃⟩,   a ← a − η (1/√m) ⟨r_s relu(w̃·x̃)⟩

on the whole circle, the integrals over each arc in closed form. gain_k, the change of the mean of
the kernel's two entries at frequency k, is then

    gain_k = (L_k ln √m + C_k)/m + O(m^{-3/2})

L_k is the logarithm of `leading_order` in that mean: 0 for k ≥ 2, where it cancels between the two
phases, and for k = 0 and 1 too unless the target itself holds a frequency 0 or 1. (On the diagonal
the operator leaves −(1/π²) Re e_k (Q̂+ + Q̂−)_0, e_k = 0 for k ≥ 2, and the mean of Q± holds only
products of a mode with itself, weighted with e_0 or e_1.) L_k is small beside C_k: for
Σ cos(kt + 0.3k), k = 1, 2, 3, at τ = 200 and η = ½, L_0 = −0.056 against C_0 = 29.4.

Where it breaks: the residual of a finite width is larger than that of infinite width, so late in
training, for rich targets, the true gain is larger: 1.7 times at m = 16 and 64 for
Σ ½ cos(kt + 0.3k), k = 1, 2, 4, 8, at τ = 500; 1.04 and 1.03 at τ = 50. `mean_field` has
none of it.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .._require import Array, require_array, require_integer, require_number
from ..arccosine import fourier_eigenvalues
from ..circle import basis_frequencies, mean_by_frequency
from ..fast.arcs import augmented_weights, neuron_arcs
from ..fast.modes import means_on_arcs, modes_on_arcs
from ..fast.population import population_low_frequency_block
from ..network import Params
from .leading_order import leading_logarithm
from .mean_field import mean_field_start

__all__ = ["driven_descent", "limiting_gains"]


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
    Raises ValueError for an even number of coefficients or a width that is not positive.

    >>> start = mean_field_start(16, 16)
    >>> moved = driven_descent(start, [0.0, 1.0, 0.0], 64, 0.5, 10)
    >>> bool(np.abs(moved.w - start.w).max() > 0)
    True
    """
    y = require_array("coefficients", coefficients, (None,))
    if len(y) % 2 == 0:
        raise ValueError(f"coefficients must be odd in number (0, 1c, 1s, …), got {len(y)}")
    eta = require_number("learning_rate", learning_rate, above=0)
    pull = eta / math.sqrt(require_number("width", width, above=0))  # η √(M/m)/√M
    k_max = len(y) // 2
    shrink = 1 - eta * fourier_eigenvalues(k_max)[basis_frequencies(k_max)]
    residual, params = -y, start
    for _ in range(require_integer("steps", steps, least=0)):
        modes = modes_on_arcs(means_on_arcs(neuron_arcs(params), k_max + 1))
        force = np.einsum("d,cdm->cm", residual, modes)  # ⟨r 1 x̃⟩
        value = (augmented_weights(params) * force).sum(axis=0)  # ⟨r relu⟩
        moved = pull * params.a * force
        params = Params(
            params.w - moved[:2].T, params.b - moved[2], params.a - pull * value, params.trained
        )
        residual = residual * shrink
    return params


def limiting_gains(
    coefficients: npt.ArrayLike,
    learning_rate: float,
    steps: int,
    k_max: int = 4,
    *,
    width: float = 2.0**14,
    radii: int = 192,
    directions: int = 48,
) -> Array:
    """C_k: gain_k = (L_k ln √m + C_k)/m + o(1/m), the change of the mean of both entries at k.

    c(m) = m gain_m − L ln √m at m and 4m, with a remainder ∝ m^-1/2: C = 2 c(4m) − c(m)

    L_k is `leading_logarithm` in that mean, 0 for k ≥ 2. Returns (k_max + 1,), good to about 1 %
    with the default nodes. Raises as `driven_descent`.

    >>> limiting_gains([0.0, 1.0, 0.0], 0.5, 20, 2, radii=24, directions=16).shape
    (3,)
    """
    start = mean_field_start(radii, directions, spacing="logarithm", smallest_radius=1e-4)
    before = population_low_frequency_block(start, k_max).diagonal()
    logarithm = leading_logarithm(
        coefficients, learning_rate * steps, k_max, learning_rate=learning_rate
    ).diagonal()
    scaled = []
    for m in (width, 4 * width):
        moved = driven_descent(start, coefficients, m, learning_rate, steps)
        gained = population_low_frequency_block(moved, k_max).diagonal() - before
        scaled.append(m * gained - logarithm * math.log(math.sqrt(m)))
    return mean_by_frequency(2 * scaled[1] - scaled[0])
