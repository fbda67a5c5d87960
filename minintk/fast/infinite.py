"""The infinite-width NTK, fast and exact: its matrix and its blocks.

infinite_ntk                   the matrix from the angles themselves, copied diagonally on a grid
infinite_low_frequency_block   Φᵀ K Φ/n² without K, in O(n k_max²)
grid_eigenvalues               the spectrum of K_n/n on a grid from one row, in O(n log n)

With Δ = t_i − t_j, s the `weight_std` and β the `bias_std`, c = 1 for a trained part, else 0:

2π K = (p cos Δ + q)(π − u) + r sin u,   p = c_w + c_a s²,  q = c_b + c_a β²,  r = c_a (s² + β²)

u is the angle between (s x, β) and (s x', β). For β = 0, π − u = |π − |Δ|| and sin u = |sin Δ|,
with the angles in [−π, π]. Then no entry needs an inverse function.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .._require import (
    PARTS,
    Array,
    require_array,
    require_flag,
    require_integer,
    require_memory,
)
from ..circle import circle_points, fourier_basis, uniform_angles
from ..law import DEFAULT_LAW, Law, _scaled_stds, require_law
from .modes import gram_matrix, require_room, whitened_block
from .order import SortedAngles, sort_angles

__all__ = [
    "grid_eigenvalues",
    "infinite_low_frequency_block",
    "infinite_ntk",
]

_ENTRIES_AT_ONCE = 2**15


class _Form(NamedTuple):
    """The numbers of 2π K = (p cos Δ + q)(π − u) + r sin u, and s and β up to a factor, for u."""

    p: float
    q: float
    r: float
    weight_std: float
    bias_std: float


def infinite_ntk(
    angles: npt.ArrayLike,
    other_angles: npt.ArrayLike | None = None,
    law: Law = DEFAULT_LAW,
) -> Array:
    """Infinite-width NTK as a matrix over points of the circle, fast.

    K_ij = K(θ_ij),  θ_ij the angle between point i and point j

    The fast version of `minintk.infinite_ntk`, with its arguments and result, to 1e-15 of K(0), in
    blocks of rows. On `uniform_angles(n)` one row is computed and copied along the diagonals.
    Raises ValueError for bad angles, MemoryError above 1 GiB.

    >>> infinite_ntk([0.0, np.pi / 4]).round(6)
    array([[1.5    , 1.01787],
           [1.01787, 1.5    ]])
    """
    form = _form(require_law(law))
    t = require_array("angles", angles, (None,))
    others = t if other_angles is None else require_array("other_angles", other_angles, (None,))
    require_memory("the kernel", len(t) * len(others), "take fewer angles at a time")
    if other_angles is None and np.array_equal(t, uniform_angles(len(t))):
        return _circulant(next(_rows(t[:1], t, form))[1][0])
    kernel = np.empty((len(t), len(others)))
    for some, block in _rows(t, others, form):
        kernel[some] = block
    return kernel


def infinite_low_frequency_block(
    angles: npt.ArrayLike,
    k_max: int = 4,
    law: Law = DEFAULT_LAW,
    *,
    whitened: bool = False,
) -> Array:
    """The sampled infinite-width kernel on the frequencies |k| ≤ k_max, without its matrix.

    A = Φᵀ K Φ/n²,  one product K φ a mode;  whitened: A_w = Qᵀ K Q/n,  Φ = QR

    The fast version of `low_frequency_block(infinite_ntk(angles), angles, k_max)`. Takes (n,)
    angles in radians and the law of the network. Returns (2 k_max + 1, 2 k_max + 1) float64, in the
    order of `fourier_basis`. Costs O(n k_max²) with a small constant on k_max². Raises ValueError
    for bad angles, or too few angles where whitened, MemoryError for a block above 1 GiB.

    >>> infinite_low_frequency_block(uniform_angles(64), 1).round(4) + 0.0
    array([[0.554 , 0.    , 0.    ],
           [0.    , 0.3514, 0.    ],
           [0.    , 0.    , 0.3514]])
    """
    form = _form(require_law(law))
    k_max, flag = require_integer("k_max", k_max, least=0), require_flag("whitened", whitened)
    require_room(k_max)
    samples = sort_angles(angles)
    product = _Product(samples, form)
    n = len(samples.angles)
    basis = fourier_basis(samples.angles, k_max)
    block = np.stack([basis.T @ product(mode) for mode in basis.T]) / n**2
    block = (block + block.T) / 2
    return whitened_block(block, gram_matrix(samples.angles, k_max)) if flag else block


def grid_eigenvalues(n: int, law: Law = DEFAULT_LAW) -> Array:
    """Eigenvalues of K_n/n of the infinite-width NTK on the uniform grid, from one row of it.

    λ_k = (1/n) Σ_j K(2πj/n) cos(2πjk/n),  k = 0 … n − 1

    Returns (n,) float64 by frequency, at a cost of O(n log n). The fast version of
    `circulant_eigenvalues(infinite_ntk(uniform_angles(n)))`, and where `bias_std` is 0, of
    `aliased_eigenvalues`. The law and errors as `infinite_ntk`.

    >>> grid_eigenvalues(64)[:3].round(4)
    array([0.554 , 0.3514, 0.0789])
    """
    form = _form(require_law(law))
    t = uniform_angles(n)
    row = next(_rows(t[:1], t, form))[1][0]
    half = np.fft.rfft(row).real / len(row)
    return np.concatenate([half, half[(len(row) - 1) // 2 : 0 : -1]])


def _form(law: Law) -> _Form:
    c_w, c_b, c_a = (float(part in law.trained) for part in PARTS)
    s, beta = law.weight_std, law.bias_std
    r = c_a * (s**2 + beta**2)
    return _Form(c_w + c_a * s**2, c_b + c_a * beta**2, r, *_scaled_stds(law))


def _circulant(row: Array) -> Array:
    """K_ij = row_{(j − i) mod n}: row i is n numbers from place n − i of the row written twice."""
    n = len(row)
    windows = np.lib.stride_tricks.sliding_window_view(np.concatenate([row, row]), n)
    return windows[n:0:-1].copy()


def _rows(t: Array, others: Array, form: _Form) -> Iterator[tuple[slice, Array]]:
    """The kernel, a few rows at a time that stay in the cache."""
    x, y = circle_points(t), circle_points(others)
    angles, other_angles = np.arctan2(x[:, 1], x[:, 0]), np.arctan2(y[:, 1], y[:, 0])
    across = np.stack([-y[:, 1], y[:, 0]])  # sin Δ' = x × y, cos Δ = x·y
    height = max(1, _ENTRIES_AT_ONCE // len(others))
    for start in range(0, len(t), height):
        some = slice(start, start + height)
        difference = np.subtract.outer(angles[some], other_angles)
        block = x[some] @ y.T  # cos Δ
        block *= form.p
        block += form.q
        if form.bias_std == 0:
            np.abs(difference, out=difference)
            difference -= np.pi
            block *= np.abs(difference, out=difference)  # π − θ
            block += form.r * np.abs(x[some] @ across)
        else:
            away, r_sine = _lifted(difference, form)
            block *= away
            block += r_sine
        block *= 1 / (2 * np.pi)
        yield some, block


def _lifted(difference: Array, form: _Form) -> tuple[Array, Array]:
    """π − u and r sin u, u the angle between (s x, β) and (s x', β), from their half angle.

    sin(u/2) and cos(u/2) are as s |sin Δ/2| to √(β² + s² cos² Δ/2), over √(s² + β²).
    """
    near = form.weight_std * np.abs(np.sin(difference / 2))
    far = np.hypot(form.bias_std, form.weight_std * np.cos(difference / 2))
    scale = 2 * form.r / (form.weight_std**2 + form.bias_std**2)
    return 2 * np.arctan2(far, near), scale * near * far


class _Product:
    """v ↦ K v at sorted samples, prepared once for several vectors.

    Take β = 0 and j ahead of i by less than half a turn. Then π − |Δ| = (π + t_i) − t_j and cos
    Δ = Re e^{i(t_j − t_i)}: factors of i and of j. So all j ahead need four running sums, of v, v
    e^{it}, v t and v t e^{it}; and so do all behind. What is computed, by loops:

    >>> t, v = np.array([0.1, 1.0, 2.5, 4.0, 6.0]), np.array([1.0, -2.0, 0.5, 3.0, -1.0])
    >>> p, q, r = 2.0, 1.0, 1.0  # all parts trained
    >>> loops = np.pi * (p + q) * v  # the point itself
    >>> for i in range(5):
    ...     for j in range(5):
    ...         ahead = (t[j] - t[i]) % (2 * np.pi)
    ...         if 0 < ahead < np.pi:  # i is then behind j by as much
    ...             entry = (p * np.cos(ahead) + q) * (np.pi - ahead) + r * np.sin(ahead)
    ...             loops[i] += entry * v[j]
    ...             loops[j] += entry * v[i]
    >>> product = _Product(sort_angles(t), _form(DEFAULT_LAW))
    >>> np.allclose(product(v), loops / (2 * np.pi), rtol=1e-14)
    True
    """

    def __init__(self, samples: SortedAngles, form: _Form) -> None:
        self.angles, self.form = samples.angles, form
        n = len(self.angles)
        # The circle twice, so that what is ahead of i and what is behind i + n are runs of it.
        self.twice = np.concatenate([self.angles, self.angles + 2 * np.pi])
        self.turn = samples.points[0] + 1j * samples.points[1]  # e^{it}
        here = np.arange(n)
        ahead_stop = np.searchsorted(self.twice, self.angles + np.pi, "right")
        behind_start = np.searchsorted(self.twice, self.angles + np.pi, "left")
        self.ahead = here + 1, np.maximum(ahead_stop, here + 1)
        self.behind = np.minimum(behind_start, here + n), here + n

    def __call__(self, v: Array) -> Array:
        if self.form.bias_std > 0:
            rows = _rows(self.angles, self.angles, self.form)
            return np.concatenate([block @ v for _, block in rows])
        p, q, r = self.form[:3]
        sums = [_running(np.concatenate([u, u])) for u in (v, v * self.turn)]
        sums += [_running(self.twice * np.concatenate([u, u])) for u in (v, v * self.turn)]
        total = np.pi * (p + q) * v  # the point itself
        for (start, stop), t, side in (
            (self.ahead, self.angles, 1),
            (self.behind, self.twice[len(v) :], -1),
        ):
            flat, wave, flat_t, wave_t = (running[stop] - running[start] for running in sums)
            wave, wave_t = wave * self.turn.conj(), wave_t * self.turn.conj()  # e^{i(t_j − t_i)}
            total += (np.pi + side * t) * (p * wave.real + q * flat)
            total -= side * (p * wave_t.real + q * flat_t)
            total += (side * r) * wave.imag
        return total / (2 * np.pi)


def _running(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.concatenate([np.zeros(1, values.dtype), np.cumsum(values)])
