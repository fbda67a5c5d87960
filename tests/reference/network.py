"""The network by plain loops: one neuron and one parameter at a time."""

import math

PARTS = ("w", "b", "a")


def preactivation(params, r, t):
    return float(params.w[r][0]) * math.cos(t) + float(params.w[r][1]) * math.sin(t) + params.b[r]


def on_a_kink(params, t):
    """Whether rounding decides if some neuron is active: |w·x + b| ≤ 1e-12 (|w| + |b|)."""
    return any(
        abs(preactivation(params, r, t)) <= 1e-12 * (math.hypot(*w) + abs(params.b[r]))
        for r, w in enumerate(params.w)
    )


def off_kinks(params, angles):
    """The angles at which rounding does not decide which neurons are active."""
    kept = [t for t in angles if not on_a_kink(params, t)]
    assert kept, f"no angle of {angles} is off the kinks"
    return kept


def output(params, t):
    active = [(r, preactivation(params, r, t)) for r in range(len(params.a))]
    return sum(params.a[r] * z for r, z in active if z > 0) / len(params.a) ** 0.5


def partial_derivatives(params, t):
    """∂f/∂θ of every single parameter, by part, w row by row."""
    x, m = (math.cos(t), math.sin(t)), len(params.a)
    derivatives = {"w": [], "b": [], "a": []}
    for r in range(m):
        z = preactivation(params, r, t)
        for axis in range(2):
            derivatives["w"].append(params.a[r] * x[axis] / math.sqrt(m) if z > 0 else 0.0)
        derivatives["b"].append(params.a[r] / math.sqrt(m) if z > 0 else 0.0)
        derivatives["a"].append(z / math.sqrt(m) if z > 0 else 0.0)
    return derivatives


def loss(params, angles, targets):
    squares = [(output(params, t) - y) ** 2 for t, y in zip(angles, targets, strict=True)]
    return math.fsum(squares) / (2 * len(squares))


def gradient(params, angles, targets):
    """∂L/∂θ by part, every parameter on its own; 0 where a part is not trained."""
    sums = {"w": [0.0] * 2 * len(params.a), "b": [0.0] * len(params.a), "a": [0.0] * len(params.a)}
    for t, y in zip(angles, targets, strict=True):
        residual = output(params, t) - y
        for part, derivatives in partial_derivatives(params, t).items():
            for j, derivative in enumerate(derivatives):
                sums[part][j] += residual * derivative / len(angles) * (part in params.trained)
    return sums
