"""Training a real network: gradient descent, what to keep on the way, and its exact laws.

gradient_descent, Trace   train; keep loss, residual spectrum, kernel block and norms on the way
balance                   a² − |w|² − b², which gradient flow conserves
growth_rate               how fast both layers grow

What a fixed kernel predicts for it is in `frozen`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ._require import (
    LARGEST,
    PARTS,
    Array,
    require_array,
    require_choice,
    require_flag,
    require_function,
    require_integer,
    require_memory,
    require_number,
    show,
)
from ._stability import DIVERGED, ROUNDING, DivergenceError, require_stable
from .circle import _fourier_basis, _points
from .network import Objective, Params, _forward, _loss, _require_room, require_params
from .spectrum import low_frequency_block

__all__ = ["DivergenceError", "Snapshot", "Trace", "balance", "gradient_descent", "growth_rate"]


def gradient_descent(
    params: Params,
    objective: Objective,
    learning_rate: float,
    steps: int,
    *,
    largest_eigenvalue: float | None = None,
    allow_catapult: bool = False,
    record: Callable[[int, Params], None] | None = None,
) -> tuple[Params, Array]:
    """Train by full-batch gradient descent.

    θ_{s+1} = θ_s − η ∇L(θ_s)      for the trained parts; the others stay

    `objective(params)` returns the loss and a `Params` of gradients: `network.objective` builds
    one. Where it has `with_memory(width)`, that is called once, for an objective that keeps its
    arrays from step to step. `record(step, params)` is called at every step from 0 to `steps`.
    Returns the trained parameters and the losses (steps + 1,), the first before any step.
    A learning rate above 2/λ_max raises `StabilityError`, unless `allow_catapult`: the loss then
    rises first and comes back when the kernel has shrunk, or diverges. λ_max is that of K_n/n at
    the start: `largest_eigenvalue` if given, else what the objective's own
    `largest_eigenvalue(params)` finds. Objectives that minintk builds have one, good to 5 %, from
    below. An objective without it, such as a bare function, is not checked. Nor is a kernel that
    grows: where 2/λ_max falls below η later, the loss may jump, and all neurons may die. Then the
    loss stays as it is, and nothing is raised: halve η, and compare. Divergence (a loss that
    is not finite or 1e8 times the first, or a parameter above 1e70) raises `DivergenceError`; NaN
    is never returned. Raises ValueError for steps below 0.

    >>> from minintk.network import initialise, objective
    >>> params = initialise(64, np.random.default_rng(0))
    >>> trained, losses = gradient_descent(params, objective([0.0, 1.0], [1.0, -1.0]), 0.5, 200)
    >>> bool(losses[-1] < 1e-3 * losses[0])
    True
    """
    require_params(params)
    require_function("objective", objective, "the parameters")
    if record is not None:
        require_function("record", record, "a step and the parameters")
    eta = require_number("learning_rate", learning_rate, above=0)
    steps = require_integer("steps", steps, least=0)
    require_memory("the losses", steps + 1, "train fewer steps at a time")
    if not require_flag("allow_catapult", allow_catapult):
        if largest_eigenvalue is None:
            largest_eigenvalue = getattr(objective, "largest_eigenvalue", lambda _: 0.0)(params)
        require_stable(eta, largest_eigenvalue, "allow_catapult=True trains all the same")
    if hasattr(objective, "with_memory"):
        objective = objective.with_memory(params.width)
    losses, settings = np.empty(steps + 1), np.geterr()
    with np.errstate(over="ignore", invalid="ignore"):  # a divergence is found by its numbers
        for step in range(steps + 1):
            if record is not None:
                with np.errstate(**settings):
                    record(step, params)
            losses[step], gradient = loss, _ = _evaluate(objective, params, step, eta)
            if step == 0:
                most = max(DIVERGED * loss, ROUNDING)
            if step < steps:
                params = _descend(params, gradient, eta)
            if not (loss <= most and _within_range(params)):
                raise DivergenceError(
                    f"gradient descent diverged: loss {losses[0]:.3g} at the start, "
                    f"{losses[step]:.3g} at step {step}, with learning_rate {eta:g}"
                )
    return params, losses


class Snapshot(NamedTuple):
    """One row of a `Trace`: the kernel block is None where no kernel was given.

    A `Trace` always keeps the output f (n,); it is None only in a row made by hand.

    >>> Snapshot(0, 0.5, np.zeros(3), np.ones(3), None).loss
    0.5
    """

    step: int
    loss: float
    residual_spectrum: Array
    norms: Array
    kernel_block: Array | None
    output: Array | None = None


class Trace:
    """What to keep on the way: a `record` for `gradient_descent`.

    At each of the chosen steps it keeps a `Snapshot`. That has the step, the loss, the output f
    (n,), and the Euclidean norms of w, b and a (3,). Its `residual_spectrum` (2 k_max + 1,) is
    `fourier_coefficients` of the residual r = f − y, a plain mean over the samples and no fit:

    c_l = (1/n) Σ_i φ_l(t_i) r(t_i)

    On angles that are no uniform grid the modes mix: these are not the coefficients of the function
    r. Where a `kernel(params, angles)` such as `factorised_ntk` is given, a snapshot has the raw
    low-frequency block of the kernel of that step, too. trace["loss"] is one column over all steps
    kept, as an array; trace.angles and trace.targets (n,) are copies of what was given.
    This is the one object here that changes: make a new one for each training. `minintk.plotting`
    draws it.

    >>> from minintk.circle import uniform_angles
    >>> from minintk.network import initialise, objective
    >>> t, params = uniform_angles(16), initialise(8, np.random.default_rng(0))
    >>> trace = Trace([0, 10], t, np.cos(t), k_max=2)
    >>> _ = gradient_descent(params, objective(t, np.cos(t)), 0.5, 10, record=trace)
    >>> trace["step"].tolist(), trace["residual_spectrum"].shape, trace["output"].shape
    ([0, 10], (2, 5), (2, 16))
    """

    def __init__(
        self,
        at_steps: Iterable[int],
        angles: npt.ArrayLike,
        targets: npt.ArrayLike,
        *,
        k_max: int = 4,
        kernel: Callable[[Params, Array], Array] | None = None,
    ) -> None:
        if not isinstance(at_steps, Iterable):
            raise TypeError(f"at_steps must be a list of whole numbers, got {show(at_steps)}")
        self._chosen = {require_integer("each of at_steps", step, least=0) for step in at_steps}
        self.angles = require_array("angles", angles, (None,)).copy()
        self.targets = require_array("targets", targets, self.angles.shape, most=LARGEST).copy()
        self._k_max = require_integer("k_max", k_max, least=0)
        basis = len(self.angles) * (2 * self._k_max + 1)
        require_memory("the Fourier basis", basis, "take fewer angles, or a smaller k_max")
        if kernel is not None:
            require_function("kernel", kernel, "parameters and angles")
        self._kernel = kernel
        self.snapshots: list[Snapshot] = []

    def __call__(self, step: int, params: Params) -> None:
        """Keep a snapshot, if this step is one of the chosen."""
        if step not in self._chosen:
            return
        _require_room(len(self.angles), params.width)
        output = _forward(params, _points(self.angles))[0]
        block = None
        if self._kernel is not None:
            kernel = self._kernel(params, self.angles)
            block = low_frequency_block(kernel, self.angles, self._k_max)
        self.snapshots.append(
            Snapshot(
                step,
                _loss(output - self.targets),
                _fourier_basis(self.angles, self._k_max).T @ (output - self.targets) / len(output),
                np.array([np.linalg.norm(getattr(params, part)) for part in PARTS]),
                block,
                output,
            )
        )

    def __getitem__(self, column: str) -> npt.NDArray[np.generic]:
        """One column of the snapshots, as an array whose first axis is the step."""
        name = require_choice("column", column, Snapshot._fields)
        if name == "kernel_block" and self._kernel is None:
            raise ValueError("kernel must be given to Trace for kernel blocks, got None")
        return np.array([getattr(snapshot, name) for snapshot in self.snapshots])


def balance(params: Params) -> Array:
    """The balance of every neuron, conserved by gradient flow.

    c_r = a_r² − |w_r|² − b_r²

    Returns (m,) float64. Conserved when w, b and a are all trained, or w and a with b = 0. The
    reason: the network is unchanged when (w_r, b_r) grows as a_r shrinks. One step of descent with
    learning rate η changes it by exactly η² `balance(gradient)`. Over a fixed time that is O(η) in
    all. Source: Du et al. (2018), theorem 2.1.

    >>> balance(Params(w=[[1.0, 2.0]], b=[0.5], a=[3.0]))
    array([3.75])
    """
    require_params(params)
    of_neurons: Array = params.a**2 - np.sum(params.w**2, axis=1) - params.b**2
    return of_neurons


def growth_rate(output: npt.ArrayLike, targets: npt.ArrayLike) -> float:
    """Rate at which both layers grow under gradient flow.

    d/dτ Σ a_r² = d/dτ Σ (|w_r|² + b_r²) = 2 ⟨y − f, f⟩,  ⟨·,·⟩ the mean over the samples

    Takes f and y (n,). Exact where w, b and a are all trained. The layers grow as long as the
    output is still below the target. One step of descent adds η times this, and exactly η² Σ g_a²
    or η² Σ (|g_w|² + g_b²) more. `lazy_growth` is its integral while the kernel stays still.
    Source: derived in tutorial 7, "Second exact law".

    >>> growth_rate([0.5, 0.5], [1.0, 1.0])
    0.5
    """
    f = require_array("output", output, (None,), most=LARGEST)
    y = require_array("targets", targets, f.shape, most=LARGEST)
    return 2 * float(np.mean((y - f) * f))


def _evaluate(
    objective: Objective, params: Params, step: int, learning_rate: float
) -> tuple[float, Params]:
    """Loss and gradient; what was fine at step 0 is rejected later only where it is not finite."""
    try:
        if step > 0:
            return objective(params)
        return _require_result(objective(params), params)
    except ValueError as error:
        if step == 0:
            raise
        raise DivergenceError(
            f"gradient descent diverged at step {step}, learning_rate {learning_rate:g}: {error}"
        ) from error


def _require_result(result: Any, params: Params) -> tuple[float, Params]:
    """The first result of an objective: loss and gradient; later ones are not looked at."""
    pair = isinstance(result, tuple) and len(result) == 2
    number = pair and np.ndim(result[0]) == 0 and np.asarray(result[0]).dtype.kind in "iuf"
    if not (number and isinstance(result[1], Params) and result[1].width == params.width):
        raise TypeError(
            f"objective must return a number and a Params of width {params.width}, "
            f"got {show(result)}"
        )
    step: tuple[float, Params] = result
    return step


def _descend(params: Params, gradient: Params, learning_rate: float) -> Params:
    trained = params.trained
    w = params.w - learning_rate * gradient.w if "w" in trained else params.w
    b = params.b - learning_rate * gradient.b if "b" in trained else params.b
    a = params.a - learning_rate * gradient.a if "a" in trained else params.a
    return Params.unchecked(w, b, a, trained)


def _within_range(params: Params) -> bool:
    """Whether every parameter is finite and at most 1e70: most often, one sum of squares tells."""
    w, b, a = params.w.ravel(), params.b, params.a
    if w.dot(w) + b.dot(b) + a.dot(a) <= LARGEST**2:
        return True
    return all(bool((np.abs(array) <= LARGEST).all()) for array in (w, b, a))
