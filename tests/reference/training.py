"""Training by plain loops: gradient descent one parameter at a time."""

import math
from types import SimpleNamespace

from tests.reference.network import gradient, loss


def descend(params, angles, targets, learning_rate, steps):
    """Parameters and losses of gradient descent, one parameter at a time."""
    now = SimpleNamespace(
        w=[list(map(float, row)) for row in params.w],
        b=[float(b) for b in params.b],
        a=[float(a) for a in params.a],
        trained=params.trained,
    )
    losses = [loss(now, angles, targets)]
    for _ in range(steps):
        change = gradient(now, angles, targets)
        for r in range(len(now.a)):
            now.w[r][0] -= learning_rate * change["w"][2 * r]
            now.w[r][1] -= learning_rate * change["w"][2 * r + 1]
            now.b[r] -= learning_rate * change["b"][r]
            now.a[r] -= learning_rate * change["a"][r]
        losses.append(loss(now, angles, targets))
    return now, losses


def balance(params):
    rows = zip(params.w, params.b, params.a, strict=True)
    return [a * a - (math.hypot(*w) ** 2 + b * b) for w, b, a in rows]
