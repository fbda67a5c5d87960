"""Whether a learning rate can work: λ_max of an operator from its products, and the limit 2/λ_max.

StabilityError, require_stable             a learning rate above 2/λ_max
SMALLEST                                   the least eigenvalue that is not 0 or a mistake
DivergenceError, DIVERGED                  a training whose loss grows without bound
largest_eigenvalue, largest_eigenvalues    λ_max, from a few products with the operator
irregular                                  a vector to start from
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ._require import Array, require_number, require_text

# A catapult multiplies the loss by less than 1e4 before it comes back; this is not one.
DIVERGED = 1e8
# Nor is a loss that starts at 0 or below it by rounding, and is then this.
ROUNDING = 1e-12
# Below this an eigenvalue is 0 or a mistake, and its inverse leaves the floating-point numbers.
SMALLEST = 1e-300
_FEWEST_PRODUCTS, _MOST_PRODUCTS = 7, 20


class StabilityError(ValueError):
    """The learning rate is above the largest stable one."""


class DivergenceError(ArithmeticError):
    """Training diverged: the loss grew without bound."""


def require_stable(learning_rate: float, largest_eigenvalue: float, fix: str = "lower it") -> None:
    """Reject a learning rate above the largest stable one.

    η ≤ 2/λ_max

    Raises `StabilityError` with both numbers and the fix. λ_max = 0 allows every learning rate.

    >>> require_stable(3.0, 1.0)
    Traceback (most recent call last):
    ...
    minintk._stability.StabilityError: learning_rate must not be above 2/λ_max = 2 (lower it), got 3
    """
    eta = require_number("learning_rate", learning_rate, above=0)
    require_text("fix", fix)
    largest = require_number("largest_eigenvalue", largest_eigenvalue, least=0)
    if largest < SMALLEST:
        return
    stable = 2.0 / largest
    if eta > stable:
        raise StabilityError(
            f"learning_rate must not be above 2/λ_max = {stable:.6g} ({fix}), got {eta:g}"
        )


def largest_eigenvalue(operator: Callable[[Array], Array], start: Array) -> float:
    """λ_max of a positive semidefinite operator T, from below, within 5 %.

    The largest eigenvalue of T on the span of v, T v, T² v, …: power iteration that forgets no
    power (Lanczos). It ends where another product adds less than 0.1 %, or after 20. It is never
    above λ_max. The last power alone needs many more products where two eigenvalues are close, and
    stops too early.

    >>> round(largest_eigenvalue(lambda v: np.array([1.0, 2.0, 3.0]) * v, np.ones(3)), 12)
    3.0
    """
    return float(largest_eigenvalues(lambda rows: operator(rows[0])[None], start[None])[0])


def largest_eigenvalues(operator: Callable[[Array], Array], start: Array) -> Array:
    """The same for several operators side by side: one row each (s, p), and λ_max (s,).

    >>> factors = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
    >>> largest_eigenvalues(lambda v: factors * v, np.ones((2, 3))).round(12)
    array([3., 0.])
    """
    count, size = start.shape
    most = min(_MOST_PRODUCTS, size)
    projected, basis = np.zeros((count, most, most)), np.empty((most, count, size))
    largest, rest = np.zeros(count), start
    for done in range(1, most + 1):
        sizes = np.linalg.norm(rest, axis=1)
        # Where nothing is left a row of zeros adds the eigenvalue 0, which changes no maximum.
        over = (sizes > 1e-12 * largest) / np.where(sizes > 0, sizes, 1.0)
        np.multiply(rest, over[:, None], out=basis[done - 1])
        image = operator(basis[done - 1])
        products = np.einsum("ksp,sp->sk", basis[:done], image)
        projected[:, done - 1, :done] = products
        before, largest = largest, np.linalg.eigvalsh(projected[:, :done, :done])[:, -1]
        if done >= _FEWEST_PRODUCTS and (largest <= 1.001 * before).all():
            break
        rest = image - np.einsum("sk,ksp->sp", products, basis[:done])
        # Again: what rounding left of the span, made a unit vector, would count twice in it.
        rest -= np.einsum("sk,ksp->sp", np.einsum("ksp,sp->sk", basis[:done], rest), basis[:done])
    return largest


def irregular(n: int) -> Array:
    """A vector that no symmetry makes orthogonal to the first eigenvector.

    >>> irregular(3).round(3)
    array([1.878, 1.071, 0.789])
    """
    return 1.0 + np.cos(np.arange(n) ** 2 + 0.5)
