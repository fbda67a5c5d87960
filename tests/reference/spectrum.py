"""Spectra by plain loops: eigenvalues as integrals, the whitened basis by Gram-Schmidt."""

import math

from tests.reference.circle import fourier_matrix
from tests.reference.matrices import eigensystem, inner, orthonormal_columns, product, transpose
from tests.reference.quadrature import integral


def eigenvalue_by_integral(kernel_of_angle, k):
    return integral(lambda u: kernel_of_angle(u) * math.cos(k * u), 0.0, math.pi) / math.pi


def low_frequency_block(kernel, angles, k_max, whitened=False):
    n, phi = len(angles), fourier_matrix(angles, k_max)
    if whitened:
        phi = [[value * math.sqrt(n) for value in row] for row in orthonormal_columns(phi)]
    block = product(transpose(phi), product(kernel, phi))
    return [[value / n**2 for value in row] for row in block]


def spectral_error(block, eigenvalues):
    """The root of the largest eigenvalue of EᵀE, E = A − Λ."""
    error = [list(row) for row in block]
    for j in range(len(error)):
        error[j][j] -= eigenvalues[(j + 1) // 2]
    return math.sqrt(max(eigensystem(product(transpose(error), error))[0]))


def circulant_deviation(kernel):
    n = len(kernel)
    means = [math.fsum(kernel[i][(i + d) % n] for i in range(n)) / n for d in range(n)]
    off = [[kernel[i][j] - means[(j - i) % n] for j in range(n)] for i in range(n)]
    return math.sqrt(inner(off, off) / inner(kernel, kernel))


def circulant_eigenvalue(kernel, k):
    n = len(kernel)
    return math.fsum(kernel[0][j] * math.cos(2 * math.pi * (j * k % n) / n) for j in range(n)) / n
