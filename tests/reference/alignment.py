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


def off_diagonal_correlation(block):
    total = 0.0
    for i, row in enumerate(block):
        for j, value in enumerate(row):
            if i != j:
                total += (value / block[i][i]) * (value / block[j][j])
    return total / (len(block) * (len(block) - 1))


def principal_angles(kernel, angles, k_max):
    """By the cosines alone, from the 2 × 2 matrix of squared overlaps; good to 1e-7 near 0."""
    values, vectors = eigensystem(kernel)
    largest = max(map(abs, values))
    vectors = [vectors[i] for i, value in enumerate(values) if abs(value) > 1e-12 * largest]
    found = []
    for k in range(1, k_max + 1):
        waves = [[math.cos(k * t), math.sin(k * t)] for t in angles]
        pair = transpose(orthonormal_columns(waves))
        overlaps = [product(pair, transpose([v])) for v in vectors]
        sizes = [sum(row[0] ** 2 for row in overlap) for overlap in overlaps]
        near = sorted(range(len(sizes)), key=sizes.__getitem__)[-2:]
        inside = [[overlaps[i][row][0] for i in near] for row in (0, 1)]
        squares = eigensystem(product(inside, transpose(inside)))[0]
        found.append([math.acos(min(1.0, math.sqrt(max(0.0, s)))) for s in sorted(squares)[::-1]])
    return found
