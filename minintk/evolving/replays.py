"""The path of a kernel replayed as descent, with an edit: what each part of its motion does.

replayed   the losses of networks and of all replays
EDITS      the edited paths, by name
PARTS      these, the descent from f = 0 under the kernel of the end, and the network itself

A_s is the kernel of the network at step s, on all modes. The residual r = f − y of a replay obeys
r_{s+1} = (I − η [A_0 + edit(A_s − A_0)]) r_s. After EARLY steps A_s hardly changes in one, so the
replays see it at one step in EVERY: half of their cost. An edit lets the named entries move and
leaves the others where they were. Band means: both phases of a frequency at their mean, which is
growth without turning; what is left of the motion is turning. |k| ≤ 3 are the modes of the low
target, which `cause` judges.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .._require import Array, require_array, require_flag, require_instance, require_integer, show
from ..circle import fourier_basis, uniform_angles
from ..fast import kernels_together, train_together
from ..frozen import frozen_descent
from ..network import Params, forward, loss

__all__ = ["EARLY", "EDITS", "EVERY", "PARTS", "replayed"]

EDITS = ("frozen", "everything", "gains of |k| ≤ 1", "gains of k ≥ 2", "band means", "turning",
         "trace", "gains of |k| ≤ 3")  # fmt: skip
WHOLE = slice(1, None, 4)  # everything and turning: for these the whole kernel A_s is needed
EARLY, EVERY = 100, 4  # the kernels are seen at the first 100 steps, and then at every fourth
PARTS = (*EDITS, "end kernel from f = 0", "network itself")


def replayed(
    networks: Sequence[Params],
    angles: npt.ArrayLike,
    targets: npt.ArrayLike,
    learning_rate: float,
    at_steps: Sequence[int],
    *,
    lowest: bool = True,
) -> Array:
    """Train networks and replay the paths of their kernels, edited: the losses of all.

    r_{s+1} = (I − η [A_0 + edit(A_s − A_0)]) r_s      for every edit, on all modes of the grid

    Takes networks of one width, the (n,) angles of a uniform grid, targets (n,), η and the steps at
    which losses are kept. Without `lowest` the diagonal entries of |k| ≤ 1 stay where they were in
    every replay. Returns (networks, steps, parts) float64: the steps as they were given, the parts
    by the names in `PARTS`. The loss of a replay that diverges is inf or nan, for an edited kernel
    can have negative eigenvalues.
    Raises as `fast.train_together`, and ValueError for angles that are no uniform grid.

    >>> from minintk.circle import uniform_angles
    >>> from minintk.network import initialise
    >>> t, network = uniform_angles(8), initialise(16, np.random.default_rng(0))
    >>> found = replayed([network], t, np.cos(t), 0.5, [0, 20])
    >>> found.shape, bool(found[0, 1, 0] < found[0, 0, 0])
    ((1, 2, 10), True)
    """
    grid = require_array("angles", angles, (None,))
    if not np.allclose(grid, uniform_angles(len(grid)), rtol=0, atol=1e-12):
        raise ValueError(f"angles must be a uniform grid from 0, got {show(angles)}")
    goal = require_array("targets", targets, grid.shape)
    for name, given in (("at_steps", at_steps), ("networks", networks)):
        if not isinstance(given, Iterable):
            raise TypeError(f"{name} must be a list, got {show(given)}")
    made = "minintk.initialise(width, rng)"
    listed = [require_instance("each of networks", one, Params, made) for one in networks]
    asked = [require_integer("each of at_steps", step, least=0) for step in at_steps]
    if not listed or not asked:
        raise ValueError(f"{'at_steps' if listed else 'networks'} must be at least one, got none")
    steps = sorted(set(asked))
    found = _replayed(listed, grid, goal, learning_rate, steps, require_flag("lowest", lowest))
    return found[:, [steps.index(step) for step in asked]]


@np.errstate(over="ignore", invalid="ignore")  # a replay may diverge, and its loss says so
def _replayed(
    starts: list[Params], grid: Array, targets: Array, eta: float, at_steps: list[int], lowest: bool
) -> Array:
    basis, n = _all_modes(grid), len(grid)
    left = np.array([basis.T @ (forward(one, grid) - targets) for one in starts])
    left = np.repeat(left[:, :, None], len(EDITS), axis=2)  # modes of the residual, of every replay
    first = basis.T @ kernels_together(starts, grid) @ basis / n
    kept: list[Array] = []
    seen_at = _steps_seen(at_steps)
    pause = dict(zip(seen_at, np.diff(seen_at, append=seen_at[-1]).tolist(), strict=True))

    def record(step: int, networks: list[Params]) -> None:
        now = kernels_together(networks, grid)
        if step in at_steps:
            own = [loss(forward(one, grid), targets) for one in networks]
            task = (0 * targets, targets, eta, [step])
            restarted = [loss(frozen_descent(kernel, *task)[0], targets) for kernel in now]
            kept.append(np.column_stack([np.sum(left**2, axis=1) / (2 * n), restarted, own]))
        half = np.reshape(now.reshape(-1, n) @ basis, now.shape) / n  # BᵀK_sB/n is A_s
        gain = np.einsum("bij,ij->bj", half, basis) - np.diagonal(first, axis1=1, axis2=2)
        edits = _edits_of(gain, first, lowest)
        for _ in range(pause[step]):
            whole = half.transpose(0, 2, 1) @ (basis @ left[..., WHOLE])
            np.subtract(left, eta * _pulls(left, first, edits, whole), out=left)

    train_together(starts, grid, targets, eta, seen_at[-1], record=record, at_steps=seen_at)
    return np.stack(kept, axis=1)


def _steps_seen(at_steps: Sequence[int]) -> list[int]:
    """The steps at which the replays see the kernels: EARLY, then one in EVERY, and `at_steps`."""
    last = at_steps[-1]
    return sorted({*range(min(EARLY, last)), *range(0, last, EVERY), *at_steps})


def _all_modes(grid: Array) -> Array:
    """1, cos t, sin t, … up to cos(nt/2) where n is even, as orthonormal columns (n, n).

    >>> modes = _all_modes(2 * np.pi * np.arange(6) / 6)
    >>> print(np.abs(modes.T @ modes - np.eye(6)).max() < 1e-14)
    True
    """
    n = len(grid)
    modes = fourier_basis(grid, n // 2)[:, :n] / np.sqrt(n)
    modes[:, -1] /= 1 if n % 2 else np.sqrt(2)
    return modes


class _Edits(NamedTuple):
    """Factors of A_0 (networks, 1, edits), and what its diagonal gains (networks, n, edits).

    Everything and turning have 0 for A_0: A_s itself takes its place. But A_s, n² entries of n²
    products each, is never made: only its diagonal, and its product with these two residuals.
    """

    scale: Array
    diagonal: Array


def _edits_of(gain: Array, first: Array, lowest: bool = True) -> _Edits:
    """The edits, from the diagonal of A_s − A_0 (networks, n) and from A_0 (networks, n, n).

    Without `lowest` the diagonal entries of |k| ≤ 1 stay where they were.
    """
    mode = np.arange(gain.shape[1])
    low = gain * (mode < 3)
    held = np.zeros_like(low) if lowest else low
    gain, low = gain - held, low - held
    bands = _band_means(gain)
    scale = np.ones((len(gain), 1, len(EDITS)))
    scale[..., WHOLE] = 0
    scale[:, 0, 6] += gain.sum(axis=1) / np.trace(first, axis1=1, axis2=2)
    parts = (0 * low, -held, low, gain - low, bands, -bands - held, 0 * low, gain * (mode < 7))
    return _Edits(scale, np.stack(parts, axis=-1))


def _pulls(left: Array, first: Array, edits: _Edits, whole: Array) -> Array:
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
