"""Many networks of one width trained side by side: the same steps, at a fraction of the cost.

train_together   gradient descent of every network, on n samples or on the whole circle

A small network spends its time on calls, and a wide one on moving an (n, m) matrix through memory
time and again. Here one call serves many networks, and each matrix is used while it is in the cache
(reference version) or is never made (arcs).
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
    require_choice,
    require_coefficients,
    require_flag,
    require_instance,
    require_integer,
    require_memory,
    require_number,
    show,
)
from .._stability import DIVERGED, DivergenceError, require_stable
from ..circle import augmented_points
from ..network import Params
from ._side_by_side import ArcSteps, CircleSteps, PlainSteps, Steps
from .order import sort_angles

__all__ = ["Together", "train_together"]

Record = Callable[[int, list[Params]], None]
_METHODS = ("plain", "arcs")
# A step takes about 20 µs + 1.5 ns for each activity in the reference version. Through arcs it is
# 60 µs + 60 ns for each neuron + 60 ns for each sample of each network. The numbers below are in
# activities, also the 40 µs between the two. Measured on one thread, in µs a step, for eight
# networks, reference/arcs:
#     m           16       64      128      256       512      1024
#     n = 64    32/89   57/106  102/123  203/172   415/271   899/613
#     n = 256  66/164  192/196  384/233  843/316  1728/463  3167/745
# Over 1, 8 and 64 networks, n = 16 … 1024, the choice costs at most a tenth of the better time.
_ARC_NEURON, _ARC_SAMPLE, _ARC_CALLS = 40, 40, 27_000
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
    to `steps`. By default that is every one. The list is made at these steps only. Where `traces`
    holds one `Trace` for each network,
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
    state, trained = _stacked(_listed(networks))
    steps_of = _steps_of(state.shape[1:], angles, targets, method)
    eta = require_number("learning_rate", learning_rate, above=0, largest=LARGEST)
    count = require_integer("steps", steps, least=0)
    require_memory("the losses", state.shape[1] * (count + 1), "train fewer steps at a time")
    chosen = _chosen(record, at_steps, count)
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
        loss = self.loss[step]
        loss[:] = self.steps.descend(self.now, self.change, self.eta)
        if step == 0:
            np.maximum(loss, self.steps.rounding, out=self.most)
            self.most *= DIVERGED
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


def _listed(networks: Sequence[Params]) -> list[Params]:
    """The networks: at least one, of one width, training the same parts."""
    if not isinstance(networks, Iterable):
        raise TypeError(f"networks must be a list of Params, got {show(networks)}")
    listed = [
        require_instance("each of networks", network, Params, "minintk.initialise(width, rng)")
        for network in networks
    ]
    if not listed:
        raise ValueError("networks must be at least one, got none")
    widths = {network.width for network in listed}
    if len(widths) > 1:
        raise ValueError(f"networks must have one width, got {sorted(widths)}")
    trained = {network.trained for network in listed}
    if len(trained) > 1:
        raise ValueError(f"networks must train the same parts, got {sorted(trained)}")
    return listed


def _stacked(networks: list[Params]) -> tuple[Array, tuple[str, ...]]:
    """w₁, w₂, b and a of all networks as (4, networks, m), and the parts that they train."""
    width = networks[0].width
    require_memory("the networks", 4 * len(networks) * width, "train fewer at a time")
    state = np.empty((4, len(networks), width))
    for s, network in enumerate(networks):
        state[:2, s], state[2, s], state[3, s] = network.w.T, network.b, network.a
    return state, networks[0].trained


def _steps_of(
    shape: tuple[int, ...],
    angles: npt.ArrayLike | None,
    targets: npt.ArrayLike,
    method: str | None,
) -> Steps:
    if method is not None:
        require_choice("method", method, _METHODS)
    if angles is None:
        if method == "plain":
            raise ValueError("method must be 'arcs' on the whole circle (angles=None), got 'plain'")
        return CircleSteps(require_coefficients("targets", targets), *shape)
    t = require_array("angles", angles, (None,))
    y = require_array("targets", targets, t.shape, most=LARGEST)
    if (method or _faster(len(t), *shape)) == "plain":
        return PlainSteps(augmented_points(t).T.copy(), y, *shape)
    samples = sort_angles(t)
    return ArcSteps(samples, y[samples.order], *shape)


def _faster(n: int, networks: int, width: int) -> str:
    arcs = networks * (_ARC_NEURON * width + _ARC_SAMPLE * n) + _ARC_CALLS
    return "arcs" if networks * width * n > arcs else "plain"


def _chosen(record: Record | None, at_steps: Iterable[int] | None, count: int) -> frozenset[int]:
    if record is None:
        if at_steps is not None:
            raise ValueError(f"at_steps must come with a record, got {show(at_steps)} alone")
        return frozenset()
    if not callable(record):
        raise TypeError(f"record must be a function of step and networks, got {show(record)}")
    if at_steps is None:
        return frozenset(range(count + 1))
    if not isinstance(at_steps, Iterable):
        raise TypeError(f"at_steps must be a list of whole numbers, got {show(at_steps)}")
    chosen = frozenset(require_integer("each of at_steps", step, least=0) for step in at_steps)
    if max(chosen, default=0) > count:
        raise ValueError(f"each of at_steps must be at most steps = {count}, got {max(chosen)}")
    return chosen


def _require_stable(eta: float, steps: Steps, state: Array, trained: tuple[str, ...]) -> None:
    rows = np.zeros(4)
    for part in trained:
        rows[_ROWS[part]] = 1.0
    largest = steps.largest_eigenvalues(state, rows)
    worst = int(largest.argmax())
    require_stable(
        eta, float(largest[worst]), f"network {worst}; allow_catapult=True trains all the same"
    )
