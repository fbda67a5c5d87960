"""The alignment measures by plain loops, eigenvectors by Jacobi rotations."""

import math

from tests.reference.circle import fourier_matrix
from tests.reference.matrices import eigensystem, inner, orthonormal_columns, product, transpose


def alignment(kernel, other):
    return inner(kernel, other) / math.sqrt(inner(kernel, kernel) * inner(other, other))


def centred(kernel):
    n = len(kernel)
    c = [[(i == j) - 1 / n for j in range(n)] for i in range(n)]
    return product(c, product(kernel, c))


def target_alignment(kernel, targets):
    return alignment(kernel, [[p * q for q in targets] for p in targets])


def subspace_overlap(kernel, angles, k_max):
    q = transpose(orthonormal_columns(fourier_matrix(angles, k_max)))
    values, vectors = eigensystem(kernel)
    top = sorted(range(len(values)), key=values.__getitem__)[-len(q) :]
    cosines = product(q, transpose([vectors[i] for i in top]))
    return inner(cosines, cosines) / len(q)


def off_diagonal_share(block):
    off = [[0.0 if i == j else v for j, v in enumerate(row)] for i, row in enumerate(block)]
    return inner(off, off) / inner(block, block)


def effective_rank(kernel):
    values = eigensystem(kernel)[0]
    return math.fsum(values) ** 2 / math.fsum(v * v for v in values)
