"""The circle by plain loops: angles by exact arithmetic modulo 2π, modes as powers of e^{it}."""

import cmath
import math
from fractions import Fraction

PI = Fraction("3.14159265358979323846264338327950288419716939937510582097494459")


def angle_between(t, u):
    """In [0, π], by exact arithmetic modulo 2π."""
    turn = (Fraction(float(t)) - Fraction(float(u))) % (2 * PI)
    return float(min(turn, 2 * PI - turn))


def angle_between_points(x, y):
    """Kahan: twice the angle of half the difference over half the sum of the unit vectors."""
    p, q = math.hypot(*x), math.hypot(*y)
    difference = math.hypot(*(a * q - b * p for a, b in zip(x, y, strict=True)))
    total = math.hypot(*(a * q + b * p for a, b in zip(x, y, strict=True)))
    return 2 * math.atan2(difference, total)


def fourier_mode(column, t):
    """Column 0, 1c, 1s, 2c, …: real or imaginary part of a power of e^{it}."""
    if column == 0:
        return 1.0
    power, z = complex(1.0), cmath.exp(1j * float(t))
    for _ in range((column + 1) // 2):
        power *= z
    return math.sqrt(2) * (power.real if column % 2 else power.imag)


def fourier_matrix(angles, k_max):
    return [[fourier_mode(column, t) for column in range(2 * k_max + 1)] for t in angles]


def fourier_sum(coefficients, t):
    return math.fsum(c * fourier_mode(column, t) for column, c in enumerate(coefficients))


def fourier_coefficients(angles, values, k_max):
    return [
        math.fsum(fourier_mode(c, t) * v for t, v in zip(angles, values, strict=True)) / len(angles)
        for c in range(2 * k_max + 1)
    ]


def cosine_target(t, frequencies, amplitude, shift):
    return math.fsum(amplitude * math.cos(k * (t + shift)) for k in frequencies)
