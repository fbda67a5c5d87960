"""Integrals by Gauss-Legendre, the rule from the recurrence of its polynomials."""

import math


def gauss_legendre(count=24):
    """Nodes and weights on [−1, 1]: roots of P_n by Newton, from the recurrence."""
    rule = []
    for i in range(count):
        x = math.cos(math.pi * (i + 0.75) / (count + 0.5))
        for _ in range(60):
            p, q = 1.0, x
            for k in range(2, count + 1):
                p, q = q, ((2 * k - 1) * x * q - (k - 1) * p) / k
            slope = count * (x * q - p) / (x * x - 1)
            x -= q / slope
        rule.append((x, 2 / ((1 - x * x) * slope * slope)))
    return rule


RULE = gauss_legendre()


def integral(function, low, high, pieces=8):
    half = (high - low) / (2 * pieces)
    middles = [low + (2 * i + 1) * half for i in range(pieces)]
    return math.fsum(half * w * function(c + half * x) for c in middles for x, w in RULE)
