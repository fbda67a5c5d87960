"""The path of a kernel replayed as descent, with an edit: what each part of its motion does.

EDITS      the edited paths, by name
PARTS      these, the descent from f = 0 under the kernel of the end, and the network itself
replayed   the losses of all of them
all_modes  the orthonormal real Fourier basis of a grid, every mode that it has
kernels    the kernels of networks of one width at once
Seen       what the replays need of the networks' kernels at a step
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
from ..circle import augmented_points, fourier_basis
from ..fast import train_together
from ..frozen import frozen_descent
from ..network import Params, forward, loss

EDITS = ("frozen", "everything", "gains of |k| ≤ 1", "gains of k ≥ 2", "band means", "turning",
         "trace")  # fmt: skip
WHOLE = [1, 5]  # everything and turning: the edits for which the whole kernel is needed
EARLY, EVERY = 100, 4  # the kernels are seen at the first 100 steps, and then at every fourth
PARTS = (*EDITS, "end kernel from f = 0", "network itself")


def replayed(
    sizes: Any, starts: list[Params], grid: Array, targets: Array, lowest: bool = True
) -> Array:
    """Train networks and replay their kernels' paths: losses (networks, steps, parts).

    Without `lowest` the diagonal entries of |k| ≤ 1 stay where they were in every replay.
    """
    points, basis, n, eta = augmented_points(grid), all_modes(grid), len(grid), sizes.learning_rate
    left = np.array([basis.T @ (forward(one, grid) - targets) for one in starts])
    left = np.repeat(left[:, :, None], len(EDITS), axis=2)  # modes of the residual, of every replay
    first = basis.T @ kernels(starts, points) @ basis / n
    kept: list[Array] = []
    seen_at = _steps_seen(sizes.at_steps)
    pause = dict(zip(seen_at, np.diff(seen_at, append=seen_at[-1]).tolist(), strict=True))

    def record(step: int, networks: list[Params]) -> None:
        now = kernels(networks, points)
        if step in sizes.at_steps:
            own = [loss(forward(one, grid), targets) for one in networks]
            task = (0 * targets, targets, eta, [step])
            restarted = [loss(frozen_descent(kernel, *task)[0], targets) for kernel in now]
            kept.append(np.column_stack([np.sum(left**2, axis=1) / (2 * n), restarted, own]))
        half = np.reshape(now.reshape(-1, n) @ basis, now.shape) / n  # BᵀK_sB/n is A_s
        gain = np.einsum("bij,ij->bj", half, basis) - np.diagonal(first, axis1=1, axis2=2)
        for _ in range(pause[step]):
            seen = Seen(gain, half.transpose(0, 2, 1) @ (basis @ left[..., WHOLE]))
            pulled = pulls(left, first, seen if lowest else _without_lowest(seen, left))
            np.subtract(left, eta * pulled, out=left)

    train_together(starts, grid, targets, eta, seen_at[-1], record=record, at_steps=seen_at)
    return np.stack(kept, axis=1)


class Seen(NamedTuple):
    """Of kernels A_s on modes: the diagonal of A_s − A_0 (networks, n), and A_s r (networks, n, 2).

    The two residuals r are those of the replays in which the whole kernel moves (WHOLE). So A_s,
    n² entries of n² products each, is never made.
    """

    gain: Array
    whole: Array


def _steps_seen(at_steps: Sequence[int]) -> list[int]:
    """The steps at which the replays see the kernels: EARLY, then one in EVERY, and `at_steps`."""
    last = at_steps[-1]
    return sorted({*range(min(EARLY, last)), *range(0, last, EVERY), *at_steps})


def _without_lowest(seen: Seen, left: Array) -> Seen:
    """The diagonal entries of |k| ≤ 1 stay where they were."""
    low = seen.gain * (np.arange(seen.gain.shape[1]) < 3)
    return Seen(seen.gain - low, seen.whole - low[..., None] * left[..., WHOLE])


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


def kernels(networks: Sequence[Params], points: Array) -> Array:
    """Kernels (networks, n, n) at augmented points (n, 3), factorised as `factorised_ntk`."""
    weights = np.array([np.column_stack([one.w, one.b]) for one in networks])
    z = points @ weights.transpose(0, 2, 1)
    slopes = (z > 0) * np.array([one.a for one in networks])[:, None]
    values = np.maximum(z, 0, out=z)
    kernel = slopes @ slopes.transpose(0, 2, 1)  # in place from here on: many, and at every step
    kernel *= points @ points.T
    kernel += values @ values.transpose(0, 2, 1)
    kernel /= weights.shape[1]
    return np.asarray(kernel)


def pulls(left: Array, first: Array, seen: Seen) -> Array:
    """[A_0 + edit(A_s − A_0)] r of every edit: (networks, n, edits).

    Takes the residuals (networks, n, edits), A_0 (networks, n, n) and what is seen of A_s.
    """
    gain, whole = seen
    bands, low = _band_means(gain), np.arange(gain.shape[1]) < 3
    growth = 1 + gain.sum(axis=1) / np.trace(first, axis1=1, axis2=2)
    still = first @ left
    still[..., 1] = whole[..., 0]
    still[..., 2] += gain * low * left[..., 2]
    still[..., 3] += gain * ~low * left[..., 3]
    still[..., 4] += bands * left[..., 4]
    still[..., 5] = whole[..., 1] - bands * left[..., 5]
    still[..., 6] *= growth[:, None]
    return still


def _band_means(gain: Array) -> Array:
    """Both phases of each frequency at their mean; 0 and, where n is even, n/2 have one phase."""
    means, last = gain.copy(), gain.shape[1] - 1 + gain.shape[1] % 2
    means[:, 1:last:2] = means[:, 2:last:2] = (gain[:, 1:last:2] + gain[:, 2:last:2]) / 2
    return means
