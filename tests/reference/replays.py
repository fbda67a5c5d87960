"""A replay by plain loops: the kernel of a network at every step, entry by entry, and its edits."""

import cmath
import math

from tests.reference.network import PARTS, gradient, output, partial_derivatives


def modes(angles):
    """Orthonormal columns: real and imaginary parts of e^{ikt}, by their own length."""
    n, columns = len(angles), []
    for k in range(n // 2 + 1):
        waves = [cmath.exp(1j * k * t) for t in angles]
        for column in ([w.real for w in waves], [w.imag for w in waves]):
            length = math.sqrt(math.fsum(v * v for v in column))
            if length > 1e-6:
                columns.append([v / length for v in column])
    return columns[:n]


def kernel_on_modes(params, angles):
    rows = []
    for t in angles:
        derivatives = partial_derivatives(params, t)
        rows.append([d for part in PARTS for d in derivatives[part]])
    kernel = [[math.fsum(p * q for p, q in zip(x, y, strict=True)) for y in rows] for x in rows]
    columns, n = modes(angles), len(angles)
    return [
        [
            math.fsum(u[i] * kernel[i][j] * v[j] for i in range(n) for j in range(n)) / n
            for v in columns
        ]
        for u in columns
    ]


def edited(name, first, now):
    """A_0 and of the motion only what the edit lets through."""
    n = len(first)
    growth = sum(now[j][j] for j in range(n)) / sum(first[j][j] for j in range(n))
    partner = {j: j + 1 if j % 2 else j - 1 for j in range(1, n - 1 + n % 2)}
    result = [list(row) for row in first]
    for j in range(n):
        own = now[j][j] - first[j][j]
        other = partner.get(j, j)
        band = (own + now[other][other] - first[other][other]) / 2
        for column in range(n):
            moved = now[j][column] - first[j][column]
            on = j == column
            result[j][column] += {
                "frozen": 0.0,
                "everything": moved,
                "gains of |k| ≤ 1": own if on and j < 3 else 0.0,
                "gains of k ≥ 2": own if on and j >= 3 else 0.0,
                "band means": band if on else 0.0,
                "turning": moved - band if on else moved,
                "gains of |k| ≤ 3": own if on and j < 7 else 0.0,
                "trace": (growth - 1) * first[j][column],
            }[name]
    return result


def loss_of_replay(name, params, angles, targets, learning_rate, steps, step_of, pause=1):
    """½ mean r² after the steps; `step_of(params, gradient)` makes the network of the next step.

    The kernel is that of the last step that is a multiple of the pause.
    """
    columns, n = modes(angles), len(angles)
    start = [output(params, t) - y for t, y in zip(angles, targets, strict=True)]
    left = [math.fsum(u * r for u, r in zip(column, start, strict=True)) for column in columns]
    first = kernel_on_modes(params, angles)
    for step in range(steps):
        if step % pause == 0:
            path = edited(name, first, kernel_on_modes(params, angles))
        pulls = [math.fsum(p * r for p, r in zip(row, left, strict=True)) for row in path]
        left = [r - learning_rate * pull for r, pull in zip(left, pulls, strict=True)]
        params = step_of(params, gradient(params, angles, targets))
    return math.fsum(r * r for r in left) / (2 * n)
