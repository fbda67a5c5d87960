"""A frozen kernel: what a kernel that stays still predicts for training.

largest_stable_learning_rate   2/λ_max: above it the stiffest mode grows
mode_decay, mode_descent       exp(−λτ) and (1 − ηλ)^s of one mode
time_to_learn, steps_to_learn  when a mode has fallen to a given fraction
frozen_flow, frozen_descent    outputs under a fixed kernel, on training and on test points
lazy_growth                    by how much Σ a² grows in the lazy limit

Time is τ = η × steps everywhere. Predictions start from the network's own f(0), never from 0.
What a real network does is in `training`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ._require import (
    LARGEST,
    Array,
    require_array,
    require_number,
    require_range,
    require_symmetric,
)
from ._stability import SMALLEST, StabilityError, require_stable

__all__ = [
    "StabilityError",
    "frozen_descent",
    "frozen_flow",
    "largest_stable_learning_rate",
    "lazy_growth",
    "mode_decay",
    "mode_descent",
    "steps_to_learn",
    "time_to_learn",
]


# The product of a rate and a time stays a floating-point number.
_LONGEST = 1e150


def largest_stable_learning_rate(largest_eigenvalue: float) -> float:
    """The learning rate at which the stiffest mode stops shrinking.

    η_max = 2/λ_max,  since |1 − ηλ| < 1 for all 0 < λ ≤ λ_max  ⟺  η < 2/λ_max

    λ_max is the largest eigenvalue of K_n/n, not of K_n. Raises ValueError where it is below
    1e-300.
    Source: derived in tutorial 2, section 3.

    >>> print(f"{largest_stable_learning_rate(0.553964):.2f}")  # infinite width, with bias
    3.61
    """
    number = require_number("largest_eigenvalue", largest_eigenvalue, above=0)
    if number < SMALLEST:
        raise ValueError(f"largest_eigenvalue must be at least {SMALLEST:g}, got {number}")
    return 2.0 / number


def mode_decay(eigenvalues: npt.ArrayLike, times: npt.ArrayLike) -> Array:
    """Factor by which each mode of the residual has shrunk under gradient flow.

    r_k(τ)/r_k(0) = exp(−λ_k τ);  the loss of the mode falls as its square, exp(−2 λ_k τ)

    Takes λ (d,) and τ (s,), both at least 0; returns (s, d) float64.
    Source: derived in tutorial 2, section 2.

    >>> mode_decay([0.0, 1.0], [0.0, 2.0]).round(4)
    array([[1.    , 1.    ],
           [1.    , 0.1353]])
    """
    rates = _not_negative("eigenvalues", eigenvalues)
    return np.exp(-np.outer(_not_negative("times", times), rates))


def mode_descent(eigenvalues: npt.ArrayLike, learning_rate: float, steps: npt.ArrayLike) -> Array:
    """Factor by which each mode of the residual has shrunk under gradient descent.

    r_k(s)/r_k(0) = (1 − η λ_k)^s,  which is exp(−λ_k τ) at τ = ηs up to O(η λ_k² τ)

    Takes λ (d,) at least 0, η > 0 and step numbers (s,); returns (s, d) float64.
    Raises `StabilityError` for η above 2/λ_max.
    Source: derived in tutorial 2, section 2.

    >>> mode_descent([0.0, 1.0], 0.5, [0, 2])
    array([[1.  , 1.  ],
           [1.  , 0.25]])
    """
    eta = require_number("learning_rate", learning_rate, above=0)
    rates = _not_negative("eigenvalues", eigenvalues)
    require_stable(eta, float(rates.max()))
    shrink, numbers = eta * rates, _step_numbers(steps)
    small = np.exp(np.outer(numbers, _log_of_small(shrink)))
    return np.where(shrink < 0.5, small, (1 - shrink) ** numbers[:, None])


def time_to_learn(eigenvalue: npt.ArrayLike, remaining: float = 0.05) -> Array:
    """Time under gradient flow until only a fraction of a mode's residual remains.

    τ = ln(1/remaining)/λ

    Takes λ ≥ 0 of any shape and a fraction in (0, 1). Returns float64 of that shape, in units of
    τ = η × steps. It is inf where λ = 0: that mode is never learned.
    Raises ValueError for 0 < λ < 1e-300, whose time is no floating-point number.
    Source: derived in tutorial 5, section 1.

    >>> print(time_to_learn([0.5, 0.0]).round(3))
    [5.991   inf]
    """
    rates = _rates_of_learning("eigenvalue", eigenvalue)
    with np.errstate(divide="ignore"):
        return _log_of_remaining(remaining) / rates


def steps_to_learn(
    eigenvalue: npt.ArrayLike, learning_rate: float, remaining: float = 0.05
) -> Array:
    """Number of gradient-descent steps until only a fraction of a mode's residual remains.

    s = −ln(1/remaining)/ln|1 − η λ|

    Takes λ ≥ 0 of any shape, η > 0 and a fraction in (0, 1). Returns float64 of that shape, not
    rounded up. It is inf where λ = 0 or ηλ = 2: the mode stays, or changes its sign for ever. It
    tends to 0 as ηλ tends to 1, where one step removes all. Raises `StabilityError` for η above
    2/λ_max, ValueError for λ or ηλ above 0 and below 1e-300.
    Source: derived in tutorial 5, section 1.

    >>> print(steps_to_learn([0.5, 0.0], learning_rate=1.0).round(3))
    [4.322   inf]
    """
    rates = _rates_of_learning("eigenvalue", eigenvalue)
    eta = require_number("learning_rate", learning_rate, above=0)
    require_stable(eta, float(rates.max(initial=0.0)))
    if (eta * rates[rates > 0] < SMALLEST).any():
        raise ValueError(
            f"learning_rate × eigenvalue must be 0 or at least {SMALLEST:g}, "
            f"got {eta:g} × {rates[rates > 0].min():g}"
        )
    shrink = eta * rates
    with np.errstate(divide="ignore"):
        log_factor = np.where(shrink < 0.5, _log_of_small(shrink), np.log(np.abs(1 - shrink)))
        return _log_of_remaining(remaining) / np.abs(log_factor)


def frozen_flow(
    kernel: npt.ArrayLike,
    initial_output: npt.ArrayLike,
    targets: npt.ArrayLike,
    times: npt.ArrayLike,
    *,
    test_kernel: npt.ArrayLike | None = None,
    test_initial_output: npt.ArrayLike | None = None,
) -> Array:
    """Outputs under gradient flow with a fixed kernel.

    r(τ) = exp(−T τ) r(0),  T = K/n,  exp(−Tτ) = V diag(exp(−λτ)) Vᵀ  (of the matrix, not entrywise)
    f(τ) = f(0) − T ψ(T) r(0),  f_test(τ) = f_test(0) − K_test ψ(T) r(0)/n,  ψ(λ) = (1 − e^{−λτ})/λ

    Takes K (n, n) symmetric positive semidefinite, f(0) and y (n,), τ (s,) at least 0; returns
    f (s, n). With `test_kernel` (n', n) and `test_initial_output` (n',), which go together, returns
    f_test (s, n') instead. K is never inverted: a mode with λ = 0 has ψ = τ and keeps its residual.
    Raises ValueError for bad shapes or a kernel that is not symmetric positive semidefinite.
    Source: Jacot et al. (2018), section 5; Lee et al. (2019), section 2.2.

    >>> frozen_flow([[2.0]], [0.0], [1.0], [0.0, 0.5]).round(4)  # 1 − exp(−2τ)
    array([[0.    ],
           [0.6321]])
    """
    tau = _not_negative("times", times)
    setting = _setting(kernel, initial_output, targets, test_kernel, test_initial_output)
    learned = -np.expm1(-np.outer(tau, setting.rates))  # λψ(λ), where no quotient is needed
    return _frozen_output(setting, learned, tau)


def frozen_descent(
    kernel: npt.ArrayLike,
    initial_output: npt.ArrayLike,
    targets: npt.ArrayLike,
    learning_rate: float,
    steps: npt.ArrayLike,
    *,
    test_kernel: npt.ArrayLike | None = None,
    test_initial_output: npt.ArrayLike | None = None,
) -> Array:
    """Outputs under gradient descent with a fixed kernel.

    r_s = (I − ηT)^s r_0,  T = K/n
    f_test,s = f_test,0 − K_test ψ(T) r_0/n,  ψ(λ) = (1 − (1 − ηλ)^s)/λ,  ηs where λ = 0

    As `frozen_flow`, with η > 0 and step numbers (s,) in place of times; one number counts as one
    row. Raises `StabilityError` for η above 2/λ_max.
    Source: derived in tutorial 2, section 2; between the samples tutorial 5, section 8.

    >>> frozen_descent([[2.0]], [0.0], [1.0], 0.25, [0, 1, 2])
    array([[0.  ],
           [0.5 ],
           [0.75]])
    """
    eta = require_number("learning_rate", learning_rate, above=0)
    numbers = _step_numbers(steps)
    setting = _setting(kernel, initial_output, targets, test_kernel, test_initial_output)
    require_stable(eta, float(setting.rates.max()))
    shrink = eta * setting.rates
    small = np.expm1(np.outer(numbers, _log_of_small(shrink)))
    learned = np.where(shrink < 0.5, -small, 1 - (1 - shrink) ** numbers[:, None])
    return _frozen_output(setting, learned, eta * numbers)


def lazy_growth(
    coefficients: npt.ArrayLike, eigenvalues: npt.ArrayLike, times: npt.ArrayLike
) -> Array:
    """Growth of Σ a² (and of Σ |w|² + b²) in the lazy limit, from f(0) = 0.

    Σ_l y_l² (1 − exp(−λ_l τ))²/λ_l,  in the end Σ_l y_l²/λ_l, the squared RKHS norm of the target

    Takes the target's coefficients (d,) in an orthonormal eigenbasis, their eigenvalues (d,) and τ
    (s,), at least 0; returns (s,) float64. A mode with λ = 0 adds nothing. Low frequencies come
    first (early growth is y² λ τ²), high ones weigh more in the end (y²/λ).
    Source: derived in tutorial 7, "Second exact law".

    >>> lazy_growth([1.0], [0.5], [0.0, 1e3])
    array([0., 2.])
    """
    rates = _not_negative("eigenvalues", eigenvalues)
    y = require_array("coefficients", coefficients, rates.shape, most=LARGEST)
    tau = _not_negative("times", times)
    learned = -np.expm1(-np.outer(tau, rates))
    return (learned * _per_rate(learned, rates, tau)) @ y**2


def _not_negative(name: str, value: npt.ArrayLike) -> Array:
    array = np.atleast_1d(require_range(name, value, 0.0, _LONGEST))
    return require_array(name, array, (None,))


def _rates_of_learning(name: str, value: npt.ArrayLike) -> Array:
    rates = require_range(name, value, 0.0, _LONGEST)
    tiny = rates[(rates > 0) & (rates < SMALLEST)]
    if tiny.size:
        raise ValueError(f"{name} must be 0 or at least {SMALLEST:g}, got {tiny.flat[0]}")
    return rates


def _step_numbers(steps: npt.ArrayLike) -> Array:
    numbers = _not_negative("steps", steps)
    if (numbers != np.round(numbers)).any():
        raise ValueError(f"steps must be whole numbers, got {numbers}")
    return numbers


def _log_of_small(shrink: Array) -> Array:
    """ln(1 − ηλ) where ηλ is below ½, with the digits of ηλ that 1 − ηλ loses."""
    logs: Array = np.log1p(-np.minimum(shrink, 0.5))
    return logs


def _log_of_remaining(remaining: float) -> float:
    fraction = require_number("remaining", remaining, above=0)
    if fraction >= 1:
        raise ValueError(f"remaining must be a fraction below 1, got {remaining}")
    return -math.log(fraction)


def _per_rate(learned: Array, rates: Array, times: Array) -> Array:
    """ψ(λ): the learned fraction over λ, and its limit τ where λ = 0."""
    safe = np.where(rates > 0, rates, 1.0)
    return np.where(rates > 0, learned / safe, times[:, None])


def _eigendecomposition(kernel: npt.ArrayLike) -> tuple[Array, Array]:
    """Eigenvalues of K/n, with those that are negative by rounding set to 0, and eigenvectors."""
    k = require_symmetric("kernel", kernel, most=LARGEST)
    rates, vectors = np.linalg.eigh(k / len(k))
    if rates[0] < -1e-10 * max(rates[-1], 0.0) or rates[-1] < 0:
        raise ValueError(
            f"kernel must be positive semidefinite, got an eigenvalue of K/n of {rates[0]:.3g}"
        )
    return np.maximum(rates, 0.0), vectors


class _Setting(NamedTuple):
    """A fixed kernel as its eigenvectors and rates, the residual, and where output is wanted.

    V (n, n) and the rates (n,), Vᵀ r(0) (n,), f(0) at the points asked for. K_test (n', n) there,
    or None at the training points.
    """

    rates: Array
    modes: Array
    initial_output: Array
    vectors: Array
    test_kernel: Array | None


def _setting(
    kernel: npt.ArrayLike,
    initial_output: npt.ArrayLike,
    targets: npt.ArrayLike,
    test_kernel: npt.ArrayLike | None,
    test_initial_output: npt.ArrayLike | None,
) -> _Setting:
    rates, vectors = _eigendecomposition(kernel)
    f0 = require_array("initial_output", initial_output, (len(rates),), most=LARGEST)
    y = require_array("targets", targets, (len(rates),), most=LARGEST)
    modes = vectors.T @ (f0 - y)
    if (test_kernel is None) != (test_initial_output is None):
        raise ValueError("test_kernel and test_initial_output go together, got only one of them")
    if test_kernel is None or test_initial_output is None:
        return _Setting(rates, modes, f0, vectors, None)
    k_test = require_array("test_kernel", test_kernel, (None, len(rates)), most=LARGEST)
    f0_test = require_array(
        "test_initial_output", test_initial_output, (len(k_test),), most=LARGEST
    )
    return _Setting(rates, modes, f0_test, vectors, k_test)


def _frozen_output(setting: _Setting, learned: Array, times: Array) -> Array:
    """f(τ) from the learned share λψ(λ) of every eigenvector at every time, (s, n).

    At the training points  f = f(0) − V (λψ) Vᵀ r(0);  at others  f(0) − K_test V ψ Vᵀ r(0)/n
    """
    rates, modes, f0, vectors, k_test = setting
    change: Array
    if k_test is None:
        change = (learned * modes) @ vectors.T
    else:
        change = (_per_rate(learned, rates, times) * modes) @ (k_test @ vectors).T / len(rates)
    return f0 - change
