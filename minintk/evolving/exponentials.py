"""Fourier series on e^{ikt}, where a product of functions is a convolution of coefficients."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .._require import Array

Complex = npt.NDArray[np.complex128]


def on_exponentials(coefficients: Array) -> Complex:
    """From 1, √2 cos kt, √2 sin kt to e^{ikt}, k = −K … K.

    >>> on_exponentials(np.array([3.0, 2**0.5, 0.0])).real.round(12).tolist()  # 3 + 2 cos t
    [1.0, 3.0, 1.0]
    """
    positive = (coefficients[1::2] - 1j * coefficients[2::2]) / np.sqrt(2)
    return np.concatenate([np.conj(positive[::-1]), coefficients[:1], positive])


def in_real_basis(block: Complex) -> Array:
    """Of an operator: from e^{ikt}, k = −K … K, to 1, √2 cos kt, √2 sin kt.

    >>> in_real_basis(np.diag([3.0, 1.0, 3.0]).astype(complex)).diagonal()
    array([1., 3., 3.])
    """
    top = len(block) // 2
    change = np.zeros(block.shape, dtype=np.complex128)
    change[top, 0] = 1
    for k in range(1, top + 1):
        change[[top + k, top - k], 2 * k - 1] = 1 / np.sqrt(2)
        change[[top + k, top - k], 2 * k] = -1j / np.sqrt(2), 1j / np.sqrt(2)
    return np.asarray((change.conj().T @ block @ change).real)


def padded(force: Complex, top: int) -> Complex:
    """The coefficients of |k| ≤ top: cut, or filled with zeros.

    >>> padded(np.array([1j, 2.0, -1j]), 0), len(padded(np.array([1j, 2.0, -1j]), 2))
    (array([2.+0.j]), 5)
    """
    have = len(force) // 2
    if have >= top:
        return force[have - top : have + top + 1]
    return np.pad(force, top - have)
