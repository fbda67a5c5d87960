"""Many networks of one width trained side by side: the same steps, at a fraction of the cost.

train_together   gradient descent of every network, on n samples or on the whole circle

A small network spends its time on calls, and a wide one on moving an (n, m) matrix through memory
time and again. Here one call serves many networks, and each matrix is used while it is in the cache
(plain form) or is never made (arcs).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .._require import (
    LARGEST,
    PARTS,
    Array,
    require_array,
    require_flag,
    require_instance,
    require_integer,
    require_memory,
    require_number,
)
from ..circle import augmented_points
from ..frozen import DIVERGED, DivergenceError, require_stable
from ..network import Params
from ._side_by_side import PlainSteps, Steps

__all__ = ["Together", "train_together"]

Record = Callable[[int, list[Params]], None]
_METHODS = ("plain", "arcs")
# Rows of w, b and a in the array of all parameters, (4, networks, width).
_ROWS = {"w": slice(0, 2), "b": slice(2, 3), "a": slice(3, 4)}


class Together(NamedTuple):
    """Trained networks, losses (networks, steps + 1), and the step where each diverged, else −1.

    A network that diverged is here as it was one step before; its losses from there on are inf.

    >>> Together([], np.zeros((0, 3)), np.zeros(0, dtype=int)).losses.shape
    (0, 3)
    """

    networks: list[Params]
    losses: Array
    diverged_at: npt.NDArray[np.int_]


def train_together(
    networks: Sequence[Params],
    angles: npt.ArrayLike | None,
    targets: npt.ArrayLike,
    learning_rate: float,
    steps: int,
    *,
    method: str | None = None,
    record: Record | None = None,
    at_steps: Iterable[int] | None = None,
    allow_catapult: bool = False,
    allow_divergence: bool = False,
) -> Together:
    """Train networks of one width side by side, each as `gradient_descent` trains it alone.

    θ_{s+1} = θ_s − η ∇L(θ_s)      for every network on its own

    On n samples `angles` (n,) are in radians and `targets` (n,) are the values there, the same for
    all networks. With angles=None training is on the whole circle, n = ∞, and `targets` are the
    target's Fourier coefficients (2 k_y + 1,), as in `population_objective`. The networks must have
    one width and the same trained parts. Results are within rounding of those of one at a time, and
    a network's are the same bits whatever the others do.

    `method` is "plain" (a matrix of activities, O(n m) for each network) or "arcs" (O(n + m)); by
    default the faster one for these sizes. On the whole circle there are only arcs.
    `record(step, networks)` is called with the list of all networks at the steps `at_steps`, from 0
    to `steps`, by default at every one; the list is made at these steps only. Where `traces` holds
    one `Trace` for each network,
    record=lambda step, networks: [t(step, p) for t, p in zip(traces, networks)] keeps them all.

    A learning rate above 2/λ_max of some network raises `StabilityError`, unless `allow_catapult`.
    A network diverges where `gradient_descent` says so. The others go on; it stays as it was one
    step before. At the end `DivergenceError` names all that diverged, or with `allow_divergence`
    they are in the result: see `Together`. When every network has diverged training ends.
    Raises ValueError for no network, widths or trained parts that differ, or a wrong argument.

    >>> from minintk.network import initialise
    >>> rng = np.random.default_rng(0)
    >>> networks = [initialise(16, rng, antisymmetric=True) for _ in range(3)]
    >>> _, losses, _ = train_together(networks, [0.0, 2.0, 4.0], [1.0, 0.0, -1.0], 0.5, 50)
    >>> losses.shape, bool((losses[:, -1] < 0.01 * losses[:, 0]).all())
    ((3, 51), True)
    """
    state, trained = _stacked(networks)
    steps_of = _steps_of(state.shape[1:], angles, targets, method)
    eta = require_number("learning_rate", learning_rate, above=0, most=LARGEST)
    count = require_integer("steps", steps, least=0)
    require_memory("the losses", len(networks) * (count + 1), "train fewer steps at a time")
    chosen = _chosen(at_steps, count) if record is not None else frozenset()
    forgiving = require_flag("allow_divergence", allow_divergence)
    if not require_flag("allow_catapult", allow_catapult):
        _require_stable(eta, steps_of, state, trained)
    run = _Run(state, trained, steps_of, eta, count)
    for step in range(count + 1):
        if record is not None and step in chosen:
            record(step, run.networks())
        if not run.advance(step):
            break
    if not forgiving:
        run.require_convergence()
    return run.result()


class _Run:
    """One training: the parameters of all networks, now and one step before, and the losses."""

    def __init__(
        self, state: Array, trained: tuple[str, ...], steps: Steps, eta: float, count: int
    ) -> None:
        self.now, self.before, self.change = state, state.copy(), np.empty_like(state)
        self.trained, self.steps, self.eta, self.count = trained, steps, eta, count
        self.rows = [_ROWS[part] for part in trained] if trained != PARTS else [slice(0, 4)]
        self.loss = np.empty((count + 1, state.shape[1]))
        self.most = np.full(state.shape[1], np.inf)  # a loss above it is a divergence
        self.diverged: dict[int, tuple[int, Array]] = {}

    def advance(self, step: int) -> bool:
        """Losses of this step, and the next parameters; False where all networks have diverged."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            loss = self.loss[step]
            loss[:] = self.steps.descend(self.now, self.change, self.eta)
            if step == 0:
                np.multiply(loss, DIVERGED, out=self.most)
            if not (loss <= self.most).all():
                for network in np.flatnonzero(~(loss <= self.most)).tolist():
                    self._stop(network, step, self.before)
            if step < self.count:
                self._descend(step)
        return len(self.diverged) < self.now.shape[1]

    def _descend(self, step: int) -> None:
        for rows in self.rows:
            np.subtract(self.now[rows], self.change[rows], out=self.before[rows])
        self.now, self.before = self.before, self.now
        # One number that is not finite, or a huge one, shows in the sum of squares.
        if not np.vdot(self.now, self.now) <= LARGEST**2:
            fine = (np.abs(self.now) <= LARGEST).all(axis=(0, 2))
            for network in np.flatnonzero(~fine).tolist():
                self._stop(network, step + 1, self.before)

    def _stop(self, network: int, step: int, kept: Array) -> None:
        """Keep a network as it was; zeros in its place stay zeros and disturb nobody."""
        self.diverged[network] = (step, kept[:, network].copy())
        for array in (self.now, self.before, self.change):
            array[:, network] = 0.0
        self.most[network] = np.inf

    def networks(self) -> list[Params]:
        """All of them as `Params`, copied."""
        return [
            _params(self.diverged[s][1] if s in self.diverged else self.now[:, s], self.trained)
            for s in range(self.now.shape[1])
        ]

    def require_convergence(self) -> None:
        """Raise `DivergenceError` where a network has diverged."""
        if self.diverged:
            found = sorted(self.diverged.items())
            named = [f"{network} at step {step}" for network, (step, _) in found[:5]]
            more = [f"{len(found) - 5} more"] if len(found) > 5 else []
            raise DivergenceError(
                f"gradient descent of networks {', '.join([*named, *more])} diverged, of "
                f"{self.now.shape[1]} with learning_rate {self.eta:g}; allow_divergence=True "
                "returns the others"
            )

    def result(self) -> Together:
        """The networks, the losses, inf where one has diverged, and where that was."""
        diverged_at = np.full(self.now.shape[1], -1)
        for network, (step, _) in self.diverged.items():
            diverged_at[network] = step
            self.loss[step:, network] = np.inf
        return Together(self.networks(), np.ascontiguousarray(self.loss.T), diverged_at)


def _params(columns: Array, trained: tuple[str, ...]) -> Params:
    return Params.unchecked(columns[:2].T.copy(), columns[2].copy(), columns[3].copy(), trained)


def _stacked(networks: Sequence[Params]) -> tuple[Array, tuple[str, ...]]:
    """w₁, w₂, b and a of all networks as (4, networks, m), and the parts that they train."""
    if not networks:
        raise ValueError("networks must be at least one, got none")
    for network in networks:
        require_instance("each of networks", network, Params, "minintk.initialise(width, rng)")
    widths = {network.width for network in networks}
    if len(widths) > 1:
        raise ValueError(f"networks must have one width, got {sorted(widths)}")
    trained = {network.trained for network in networks}
    if len(trained) > 1:
        raise ValueError(f"networks must train the same parts, got {sorted(trained)}")
    (width,), (parts,) = widths, trained
    require_memory("the networks", 4 * len(networks) * width, "train fewer at a time")
    return (
        np.array([[*network.w.T, network.b, network.a] for network in networks])
        .swapaxes(0, 1)
        .copy(),
        parts,
    )


def _steps_of(
    shape: tuple[int, ...],
    angles: npt.ArrayLike | None,
    targets: npt.ArrayLike,
    method: str | None,
) -> Steps:
    if angles is None:
        raise NotImplementedError
    t = require_array("angles", angles, (None,))
    y = require_array("targets", targets, t.shape, most=LARGEST)
    return PlainSteps(augmented_points(t), y, *shape)


def _chosen(at_steps: Iterable[int] | None, count: int) -> frozenset[int]:
    if at_steps is None:
        return frozenset(range(count + 1))
    return frozenset(require_integer("each of at_steps", step, least=0) for step in at_steps)


def _require_stable(eta: float, steps: Steps, state: Array, trained: tuple[str, ...]) -> None:
    rows = np.zeros(4)
    for part in trained:
        rows[_ROWS[part]] = 1.0
    largest = steps.largest_eigenvalues(state, rows)
    worst = int(largest.argmax())
    require_stable(
        eta, float(largest[worst]), f"network {worst}; allow_catapult=True trains all the same"
    )
