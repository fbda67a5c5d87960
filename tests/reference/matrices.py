"""Matrices by plain loops: Gram-Schmidt, Jacobi rotations, the exponential by its series."""

import math

import numpy as np


def table(function, rows, columns):
    return np.array([[function(t, u) for u in columns] for t in rows])


def product(left, right):
    columns = list(zip(*right, strict=True))
    return [
        [math.fsum(p * q for p, q in zip(row, column, strict=True)) for column in columns]
        for row in left
    ]


def transpose(matrix):
    return [list(column) for column in zip(*matrix, strict=True)]


def inner(left, right):
    return math.fsum(
        p * q for r, s in zip(left, right, strict=True) for p, q in zip(r, s, strict=True)
    )


def eigensystem(matrix, sweeps=30):
    """Eigenvalues and eigenvectors (as rows) of a symmetric matrix, by Jacobi rotations."""
    size = len(matrix)
    a = [list(map(float, row)) for row in matrix]
    v = [[float(i == j) for j in range(size)] for i in range(size)]
    for _ in range(sweeps):
        largest = max(abs(value) for row in a for value in row)
        off = max((abs(a[p][q]) for p in range(size) for q in range(p)), default=0.0)
        for p in range(size):
            for q in range(p + 1, size):
                angle = 0.5 * math.atan2(2 * a[p][q], a[q][q] - a[p][p])
                c, s = math.cos(angle), math.sin(angle)
                for rows in (a, v):
                    rows[p], rows[q] = (
                        [c * x - s * y for x, y in zip(rows[p], rows[q], strict=True)],
                        [s * x + c * y for x, y in zip(rows[p], rows[q], strict=True)],
                    )
                for row in a:
                    row[p], row[q] = c * row[p] - s * row[q], s * row[p] + c * row[q]
        if off <= 1e-12 * largest:  # before this sweep: now its square, which is rounding
            break
    return [a[i][i] for i in range(size)], v


def orthonormal_columns(matrix):
    """Gram-Schmidt, twice, on the columns in their order."""
    done = []
    for column in transpose(matrix):
        for _ in range(2):
            for unit in done:
                share = math.fsum(p * q for p, q in zip(unit, column, strict=True))
                column = [q - share * p for p, q in zip(unit, column, strict=True)]
        length = math.hypot(*column)
        done.append([value / length for value in column])
    return transpose(done)


def plus(left, right):
    return [[p + q for p, q in zip(r, s, strict=True)] for r, s in zip(left, right, strict=True)]


def exponential(matrix):
    """The power series of a matrix small enough, then squared as often as it was halved."""
    size = len(matrix)
    halvings = max(0, math.ceil(math.log2(1 + 4 * max(sum(map(abs, row)) for row in matrix))))
    small = [[value / 2**halvings for value in row] for row in matrix]
    total = term = [[float(i == j) for j in range(size)] for i in range(size)]
    for k in range(1, 20):
        term = [[value / k for value in row] for row in product(term, small)]
        total = plus(total, term)
    for _ in range(halvings):
        total = product(total, total)
    return total
