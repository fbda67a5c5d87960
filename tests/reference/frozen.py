"""A fixed kernel by plain loops: the flow by a matrix exponential, descent step by step."""

import math

from tests.reference.matrices import exponential, product
from tests.reference.quadrature import integral


def flow(kernel, start, targets, time, test_kernel=(), test_start=()):
    """Outputs at train and test points, from the exponential of (r, q)' = (−T r, r), q = ∫ r."""
    n = len(kernel)
    generator = [[-k * time / n for k in row] + [0.0] * n for row in kernel]
    generator += [[time * (i == j) for j in range(n)] + [0.0] * n for i in range(n)]
    initial = [[f - y] for f, y in zip(start, targets, strict=True)] + [[0.0]] * n
    state = [value for (value,) in product(exponential(generator), initial)]
    train = [y + r for y, r in zip(targets, state[:n], strict=True)]
    pulled = product(test_kernel, [[q] for q in state[n:]]) if len(test_kernel) else []
    return train, [f - p / n for f, (p,) in zip(test_start, pulled, strict=True)]


def descent(kernel, start, targets, learning_rate, steps, test_kernel=(), test_start=()):
    """Outputs at train and test points after so many steps, one step at a time."""
    n, train, test = len(kernel), list(start), list(test_start)
    for _ in range(steps):
        residual = [[f - y] for f, y in zip(train, targets, strict=True)]
        moves = [learning_rate * move / n for (move,) in product(kernel, residual)]
        test_moves = product(test_kernel, residual) if test else []
        test = [f - learning_rate * p / n for f, (p,) in zip(test, test_moves, strict=True)]
        train = [f - move for f, move in zip(train, moves, strict=True)]
    return train, test


def lazy_growth(coefficients, eigenvalues, time):
    """The integral of the growth law 2 ⟨y − f, f⟩ along the flow of every mode from 0."""
    return math.fsum(
        integral(lambda s, y=y, rate=rate: 2 * _pull(y, rate, s), 0.0, time, 40)
        for y, rate in zip(coefficients, eigenvalues, strict=True)
    )


def _pull(y, rate, s):
    f = y * (1 - math.exp(-rate * s))
    return (y - f) * f
