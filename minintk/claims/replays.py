"""The path of a kernel replayed as descent, with an edit: what each part of its motion does.

EDITS      the edited paths, by name
PARTS      these, the descent from f = 0 under the kernel of the end, and the network itself
replayed   the losses of all of them
all_modes  the orthonormal real Fourier basis of a grid, every mode that it has
edits_of   what the edits let through, from the diagonals of A_s − A_0
pulls      what each edited path takes off the residual in one step

With the kernel A_s of the network at step s, on all modes, the residual r = f − y of a replay
obeys r_{s+1} = (I − η [A_0 + edit(A_s − A_0)]) r_s. After EARLY steps A_s hardly changes in one,
so the replays see it at one step in EVERY: half of their cost. An edit lets the named entries move
and leaves the others where they were. Band means: both phases of a frequency at their mean, which
is growth without turning; what is left of the motion is turning.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .._require import Array
from ..circle import fourier_basis
from ..fast import kernels_together, train_together
from ..frozen import frozen_descent
from ..network import Params, forward, loss

EDITS = ("frozen", "everything", "gains of |k| ≤ 1", "gains of k ≥ 2", "band means", "turning",
         "trace")  # fmt: skip
WHOLE = slice(1, None, 4)  # everything and turning: for these the whole kernel A_s is needed
EARLY, EVERY = 100, 4  # the kernels are seen at the first 100 steps, and then at every fourth
PARTS = (*EDITS, "end kernel from f = 0", "network itself")


def replayed(
    sizes: Any, starts: list[Params], grid: Array, targets: Array, lowest: bool = True
) -> Array:
    """Train networks and replay their kernels' paths: losses (networks, steps, parts).

    Without `lowest` the diagonal entries of |k| ≤ 1 stay where they were in every replay.
    """
    basis, n, eta = all_modes(grid), len(grid), sizes.learning_rate
    left = np.array([basis.T @ (forward(one, grid) - targets) for one in starts])
    left = np.repeat(left[:, :, None], len(EDITS), axis=2)  # modes of the residual, of every replay
    first = basis.T @ kernels_together(starts, grid) @ basis / n
    kept: list[Array] = []
    seen_at = _steps_seen(sizes.at_steps)
    pause = dict(zip(seen_at, np.diff(seen_at, append=seen_at[-1]).tolist(), strict=True))

    def record(step: int, networks: list[Params]) -> None:
        now = kernels_together(networks, grid)
        if step in sizes.at_steps:
            own = [loss(forward(one, grid), targets) for one in networks]
            task = (0 * targets, targets, eta, [step])
            restarted = [loss(frozen_descent(kernel, *task)[0], targets) for kernel in now]
            kept.append(np.column_stack([np.sum(left**2, axis=1) / (2 * n), restarted, own]))
        half = np.reshape(now.reshape(-1, n) @ basis, now.shape) / n  # BᵀK_sB/n is A_s
        gain = np.einsum("bij,ij->bj", half, basis) - np.diagonal(first, axis1=1, axis2=2)
        edits = edits_of(gain, first, lowest)
        for _ in range(pause[step]):
            whole = half.transpose(0, 2, 1) @ (basis @ left[..., WHOLE])
            np.subtract(left, eta * pulls(left, first, edits, whole), out=left)

    train_together(starts, grid, targets, eta, seen_at[-1], record=record, at_steps=seen_at)
    return np.stack(kept, axis=1)


def _steps_seen(at_steps: Sequence[int]) -> list[int]:
    """The steps at which the replays see the kernels: EARLY, then one in EVERY, and `at_steps`."""
    last = at_steps[-1]
    return sorted({*range(min(EARLY, last)), *range(0, last, EVERY), *at_steps})


def all_modes(grid: Array) -> Array:
    """1, cos t, sin t, … up to cos(nt/2) where n is even, as orthonormal columns (n, n).

    >>> modes = all_modes(2 * np.pi * np.arange(6) / 6)
    >>> print(np.abs(modes.T @ modes - np.eye(6)).max() < 1e-14)
    True
    """
    n = len(grid)
    modes = fourier_basis(grid, n // 2)[:, :n] / np.sqrt(n)
    modes[:, -1] /= 1 if n % 2 else np.sqrt(2)
    return modes


class Edits(NamedTuple):
    """Factors of A_0 (networks, 1, edits), and what its diagonal gains (networks, n, edits).

    Everything and turning have 0 for A_0: A_s itself takes its place. But A_s, n² entries of n²
    products each, is never made: only its diagonal, and its product with these two residuals.
    """

    scale: Array
    diagonal: Array


def edits_of(gain: Array, first: Array, lowest: bool = True) -> Edits:
    """The edits, from the diagonal of A_s − A_0 (networks, n) and from A_0 (networks, n, n).

    Without `lowest` the diagonal entries of |k| ≤ 1 stay where they were.
    """
    low = gain * (np.arange(gain.shape[1]) < 3)
    held = np.zeros_like(low) if lowest else low
    gain, low = gain - held, low - held
    bands = _band_means(gain)
    scale = np.ones((len(gain), 1, len(EDITS)))
    scale[..., WHOLE] = 0
    scale[:, 0, 6] += gain.sum(axis=1) / np.trace(first, axis1=1, axis2=2)
    parts = (0 * low, -held, low, gain - low, bands, -bands - held, 0 * low)
    return Edits(scale, np.stack(parts, axis=-1))


def pulls(left: Array, first: Array, edits: Edits, whole: Array) -> Array:
    """[A_0 + edit(A_s − A_0)] r of every edit: (networks, n, edits).

    Takes the residuals (networks, n, edits), A_0 (networks, n, n), the edits, and A_s times the
    residuals of everything and turning (networks, n, 2).
    """
    still = first @ left
    still *= edits.scale
    still += edits.diagonal * left
    still[..., WHOLE] += whole
    return np.asarray(still)


def _band_means(gain: Array) -> Array:
    """Both phases of each frequency at their mean; 0 and, where n is even, n/2 have one phase."""
    means, last = gain.copy(), gain.shape[1] - 1 + gain.shape[1] % 2
    means[:, 1:last:2] = means[:, 2:last:2] = (gain[:, 1:last:2] + gain[:, 2:last:2]) / 2
    return means
