"""One training of a function, kept frame by frame: with the evolving kernel, the frozen one, both.

record_training   train, and keep what an animation shows
Recording         what was kept, and what infinite width predicts
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .. import fast
from .._require import (
    LARGEST,
    Array,
    require_choice,
    require_flag,
    require_function,
    require_generator,
    require_integer,
    require_number,
    show,
)
from ..arccosine import aliased_eigenvalues
from ..circle import uniform_angles
from ..frozen import StabilityError, frozen_descent, mode_descent
from ..law import Law
from ..network import Params, forward, initialise, objective
from ..ntk import factorised_ntk
from ..training import Trace, gradient_descent

__all__ = ["KERNELS", "History", "Recording", "record_training"]

Steps = npt.NDArray[np.int_]
KERNELS = ("evolving", "frozen", "both")
PLAIN_SIZE = 2**14  # samples times neurons up to which the plain code is as fast as arcs
MOST_SHOWN, LEAST_SHOWN = 8, 0.02  # frequencies shown, and their least share of the largest


class History(NamedTuple):
    """What one training did: outputs (s, n), losses (s,), and shares (s, k) of each frequency."""

    outputs: Array
    losses: Array
    shares: Array


@dataclass(frozen=True)
class Recording:
    """A training on samples of a function, at chosen steps.

    angles, targets   (n,) samples of the function, on the uniform grid
    steps             (s,) whole numbers, from 0
    learning_rate     η, so that the time is τ = η × steps
    width             m
    frequencies       those of the target that are shown, in their order
    predicted         (s, k) shares of their residual that are left at infinite width
    histories         a `History` of each kernel by its name, "evolving" or "frozen"
    """

    angles: Array
    targets: Array
    steps: Steps
    learning_rate: float
    width: int
    frequencies: tuple[int, ...]
    predicted: Array
    histories: Mapping[str, History]


def record_training(
    function: Callable[[Array], npt.ArrayLike],
    width: int,
    rng: np.random.Generator,
    *,
    bias: bool = True,
    kernel: str = "evolving",
    steps: int = 2000,
    learning_rate: float | None = None,
    samples: int = 128,
    frames: int = 60,
    progress: Callable[[int, int], None] | None = None,
) -> Recording:
    """Train a network on a function of the angle, and keep it frame by frame.

    shares R_k(s)/R_k(0) of each frequency of the residual;  predicted |1 − η λ_k|^s

    `function` takes angles (n,) in radians in [0, 2π) and returns values (n,). The network has
    `width` neurons in antisymmetric pairs, so that f = 0 at the start. It trains by descent on a
    uniform grid of `samples`. Unless given, η is 1/λ_max of K_n/n at the start, half of what is
    stable. `kernel` "frozen" keeps the kernel of the start, "both" shows both. At most `frames`
    steps are kept, from 0 to `steps`, evenly in the logarithm. λ_k is that of infinite width on the
    grid. Shown are the up to eight strongest frequencies of the target, of at least 2 % of the
    strongest. Above 2^14 neurons times samples it computes through arcs (`minintk.fast`).
    `progress(done, total)` is called after each step of an evolving kernel.
    Raises ValueError for a value of the function that is not finite, with its angle. The same for a
    function that is 0 at all samples, or an odd width. `StabilityError` and `DivergenceError` are
    as in `gradient_descent`.

    >>> training = record_training(np.cos, 64, np.random.default_rng(0), steps=20, frames=3)
    >>> training.steps.tolist(), training.frequencies
    ([0, 1, 20], (1,))
    """
    angles = uniform_angles(require_integer("samples", samples, least=4))
    targets = _values(require_function("function", function, "the angles"), angles)
    names = _kernels(require_choice("kernel", kernel, KERNELS))
    kept = _kept_steps(require_integer("steps", steps), require_integer("frames", frames, least=2))
    law = Law(bias=require_flag("bias", bias))
    params = initialise(width, require_generator(rng), law, antisymmetric=True)
    training = _Training(params, angles, targets, kept, learning_rate, progress)
    frequencies = _strongest(_sizes(targets))
    rates = aliased_eigenvalues(len(angles), law)[frequencies]
    outputs = {name: OUTPUTS[name](training) for name in names}
    return Recording(
        angles=angles,
        targets=targets,
        steps=kept,
        learning_rate=training.learning_rate,
        width=params.width,
        frequencies=tuple(frequencies),
        predicted=np.abs(mode_descent(rates, training.learning_rate, kept)),
        histories={name: _history(f, targets, frequencies) for name, f in outputs.items()},
    )


class _Training:
    """A network at its start, samples, and how to train: two ways to get the outputs (s, n)."""

    def __init__(
        self,
        params: Params,
        angles: Array,
        targets: Array,
        kept: Steps,
        learning_rate: float | None,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._params, self._angles, self._targets, self._kept = params, angles, targets, kept
        self._progress = progress
        self._large = len(angles) * params.width > PLAIN_SIZE
        lowers: Any = fast.objective if self._large else objective
        self._lowers = lowers(angles, targets)
        self._largest = float(self._lowers.largest_eigenvalue(params))
        eta = 1 / self._largest if learning_rate is None else learning_rate
        self.learning_rate = require_number("learning_rate", eta, above=0)
        limit = 2 / self._largest
        if self.learning_rate > limit:
            raise StabilityError(
                f"learning_rate must not be above 2/λ_max = {limit:.6g}, got {learning_rate:g}"
            )

    def evolving(self) -> Array:
        """Of the network, by descent."""
        trace = Trace(self._kept.tolist(), self._angles, self._targets, k_max=0)
        last = int(self._kept[-1])

        def record(step: int, params: Params) -> None:
            trace(step, params)
            if self._progress is not None and step > 0:
                self._progress(step, last)

        gradient_descent(
            self._params,
            self._lowers,
            self.learning_rate,
            last,
            largest_eigenvalue=self._largest,
            record=record,
        )
        return np.asarray(trace["output"], dtype=np.float64)

    def frozen(self) -> Array:
        """With the kernel of the start, in closed form."""
        kernel = (fast.empirical_ntk if self._large else factorised_ntk)(self._params, self._angles)
        output = (fast.forward if self._large else forward)(self._params, self._angles)
        return frozen_descent(kernel, output, self._targets, self.learning_rate, self._kept)


OUTPUTS = {"evolving": _Training.evolving, "frozen": _Training.frozen}


def _history(outputs: Array, targets: Array, frequencies: list[int]) -> History:
    residuals = outputs - targets
    sizes = _sizes(residuals)[:, frequencies]
    return History(outputs, np.mean(residuals**2, axis=1) / 2, sizes / sizes[0])


def _sizes(values: Array) -> Array:
    """The size of each frequency of values on the uniform grid, in the orthonormal basis."""
    n = values.shape[-1]
    sizes = np.abs(np.fft.rfft(values)) / n
    sizes[..., 1:] *= math.sqrt(2)
    return sizes


def _values(function: Callable[[Array], npt.ArrayLike], angles: Array) -> Array:
    """The function at the angles; rejected where it is not finite, with the angle."""
    raw = np.asarray(function(angles.copy()))
    if raw.dtype.kind not in "iuf" or raw.shape not in ((), angles.shape):
        raise ValueError(
            f"function must return {len(angles)} real numbers for {len(angles)} angles, "
            f"got {show(raw)}"
        )
    values = np.broadcast_to(raw.astype(np.float64), angles.shape)
    wrong = ~(np.abs(values) <= LARGEST)  # also true for nan
    if wrong.any():
        place = int(np.argmax(wrong))
        rule = "be finite" if not np.isfinite(values[place]) else f"be at most {LARGEST:g} in size"
        raise ValueError(
            f"the target must {rule}, got {values[place]:g} at the angle t = {angles[place]:.6g}"
        )
    if not values.any():
        raise ValueError("the target must not be 0 at every angle: there is nothing to learn")
    return values


def _kernels(kernel: str) -> tuple[str, ...]:
    return KERNELS[:2] if kernel == "both" else (kernel,)


def _kept_steps(steps: int, frames: int) -> Steps:
    """From 0 to the last step, evenly in the logarithm."""
    return np.unique(np.append(0, np.geomspace(1, steps, frames - 1).round())).astype(int)


def _strongest(start: Array) -> list[int]:
    """The frequencies to show, in their order."""
    first = np.argsort(-start, kind="stable")[:MOST_SHOWN]
    return sorted(int(k) for k in first if start[k] >= LEAST_SHOWN * start.max())
