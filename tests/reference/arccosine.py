"""The limit of infinite width by other formulas: integrals over arcs, sums term by term."""

import math

from tests.reference.network import PARTS
from tests.reference.quadrature import integral


def kappa0(theta):
    """Twice the share of directions φ that are within π/2 of both 0 and θ."""
    return ((math.pi / 2) - (theta - math.pi / 2)) / math.pi


def kappa1(theta):
    """2 E[relu relu], w = ρ (cos φ, sin φ), E ρ² = 2, over the φ where both are active."""
    low, high = theta - math.pi / 2, math.pi / 2
    return integral(lambda p: math.cos(p) * math.cos(p - theta), low, high, 2) * 2 / math.pi


def limit_parts(theta, weight_std=1.0, bias_std=0.0):
    """The NTK of infinite width by part; u from |v − v'| and |v + v'| of the lifted points."""
    s, beta = weight_std, bias_std
    across = s * math.sin(theta / 2)
    u = 2 * math.atan2(across, math.hypot(s * math.cos(theta / 2), beta))
    return {
        "w": math.cos(theta) * kappa0(u) / 2,
        "b": kappa0(u) / 2,
        "a": (s * s + beta * beta) * kappa1(u) / 2,
    }


def limit(theta, parts=PARTS, **law):
    return math.fsum(limit_parts(theta, **law)[part] for part in parts)


def eigenvalue(k, part):
    """The closed forms, one case after the other (weight_std 1, bias_std 0)."""
    k = abs(k)
    if k == 0:
        return {"w": 1 / math.pi**2, "b": 0.25, "a": 2 / math.pi**2}[part]
    if k == 1:
        return {"w": 0.125, "b": 1 / math.pi**2, "a": 0.125}[part]
    if k % 2:
        return {"w": 0.0, "b": 1 / (math.pi * k) ** 2, "a": 0.0}[part]
    scale = (math.pi * (k * k - 1)) ** 2
    return {"w": (k * k + 1) / scale, "b": 0.0, "a": 2 / scale}[part]


# The closed forms for large l, as coefficients of l^-2, l^-4, l^-6, l^-8 over π².
EXPANSIONS = {"w": (1, 3, 5, 7), "a": (0, 2, 4, 6), "b": (1, 0, 0, 0)}


def power_tail(first, step, power):
    """Σ_j (first + j step)^-power over j ≥ 0, by Euler-Maclaurin."""
    x, p = first, power
    return (
        x ** (1 - p) / ((p - 1) * step)
        + x**-p / 2
        + p * step * x ** (-p - 1) / 12
        - p * (p + 1) * (p + 2) * step**3 * x ** (-p - 3) / 720
    )


def aliased_eigenvalue(k, n, part, terms=60):
    """Σ_j λ_{k + jn}: the terms with |j| ≤ terms one by one, the two tails by parity."""
    total = math.fsum(eigenvalue(k + j * n, part) for j in range(-terms, terms + 1))
    wanted = 1 if part == "b" else 0  # the parity that has eigenvalues at large l
    step = n if n % 2 == 0 else 2 * n
    for sign in (1, -1):
        first = sign * k + (terms + 1) * n
        if first % 2 != wanted and n % 2 == 0:
            continue
        first += n * (first % 2 != wanted)
        tails = (c * power_tail(first, step, 2 * i) for i, c in enumerate(EXPANSIONS[part], 1))
        total += math.fsum(tails) / math.pi**2
    return total
