"""What `bench` times: the methods of each kind of work, first of all plain NumPy.

methods   the methods of one case by name, each a call without arguments

Every work has the method "numpy": a short function on arrays, as a student would write it, with
nothing of minintk in it. It is the measure: the other methods are compared with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from . import fast
from ._require import GIBIBYTE, Array, require_choice, require_integer
from .arccosine import infinite_ntk
from .circle import sample_angles, uniform_angles
from .frozen import frozen_flow
from .law import Law
from .network import Objective, Params, initialise, objective
from .ntk import empirical_ntk, factorised_ntk
from .spectrum import circulant_eigenvalues, low_frequency_block
from .training import gradient_descent

__all__ = ["methods"]

KERNEL, BLOCK = "empirical NTK", "low-frequency block"
TRAINING, EIGHT = "training", "training, 8 networks"
INFINITE, GRID, SPECTRUM, FLOW = (
    "infinite-width NTK, scattered",
    "infinite-width NTK, grid",
    "spectrum on a grid",
    "gradient flow",
)
NUMPY, PLAIN, ARCS, JACOBIAN, LIMIT = "numpy", "plain", "arcs", "J Jᵀ", "limit"
TOGETHER = "together"
_OF_NETWORKS = (KERNEL, BLOCK, TRAINING, EIGHT)

Methods = dict[str, Callable[[], object]]

_LEARNING_RATE = 0.1
_NEURONS_AT_ONCE = 4096
_K_MAX = 4


def methods(name: str, n: int, m: int, steps: int, rng: np.random.Generator) -> Methods:
    """The methods of one case, "numpy" first and the limit last.

    Takes the work, n samples, m neurons (0: no network) and the steps of a training. A dense form
    above 1 GiB is left out. The limit allocates and writes as many doubles as the result has; in a
    training it does so at every step.
    Raises ValueError for an unknown work, and for no samples, neurons or steps where it has some.

    >>> list(methods("low-frequency block", 16, 8, 0, np.random.default_rng(0)))
    ['numpy', 'plain', 'arcs', 'limit']
    """
    require_choice("name", name, (*_OF_NETWORKS, INFINITE, GRID, SPECTRUM, FLOW))
    require_integer("n", n)
    require_integer("m", m, least=1 if name in _OF_NETWORKS else 0)
    require_integer("steps", steps, least=1 if name in (TRAINING, EIGHT) else 0)
    if name == EIGHT:
        calls = _of_eight_networks(n, m, steps, rng)
    elif name in _OF_NETWORKS:
        angles, params = sample_angles(n, rng), initialise(m, rng, law=Law(bias_std=1.0))
        calls = _of_a_network(name, params, angles, steps)
    else:
        calls = _of_infinite_width(name, n, rng)
    doubles = n * n if name in (KERNEL, INFINITE, GRID) else n + 4 * m
    doubles *= 8 if name == EIGHT else 1
    return {**calls, LIMIT: partial(_write, doubles, steps or 1)}


def _numpy_training(
    params: Params, angles: Array, targets: Array, learning_rate: float, steps: int
) -> tuple[tuple[Array, Array, Array], Array]:
    w, b, a = params.w, params.b, params.a
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    n, root = len(x), math.sqrt(len(a))
    losses = np.empty(steps + 1)
    for step in range(steps + 1):
        z = x @ w.T + b
        h = np.maximum(z, 0)
        residual = h @ a / root - targets
        losses[step] = residual @ residual / (2 * n)
        if step == steps:
            break
        g = residual / (n * root)
        d = g[:, None] * (z > 0) * a
        w = w - learning_rate * (d.T @ x)
        b = b - learning_rate * d.sum(axis=0)
        a = a - learning_rate * (h.T @ g)
    return (w, b, a), losses


def _numpy_ntk(params: Params, angles: Array) -> Array:
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    z = x @ params.w.T + params.b
    d, h = (z > 0) * params.a, np.maximum(z, 0)
    return ((x @ x.T + 1) * (d @ d.T) + h @ h.T) / len(params.a)


def _numpy_block(params: Params, angles: Array) -> Array:
    waves = np.outer(angles, np.arange(1, _K_MAX + 1))
    phi = np.ones((len(angles), 2 * _K_MAX + 1))
    phi[:, 1::2], phi[:, 2::2] = math.sqrt(2) * np.cos(waves), math.sqrt(2) * np.sin(waves)
    return phi.T @ _numpy_ntk(params, angles) @ phi / len(angles) ** 2


def _numpy_infinite_ntk(angles: Array) -> Array:
    x, y = np.cos(angles), np.sin(angles)
    cosine = np.outer(x, x) + np.outer(y, y)
    sine = np.abs(np.outer(x, y) - np.outer(y, x))
    rest = np.pi - np.arctan2(sine, cosine)
    return 0.5 * ((cosine + 1) * rest + sine + rest * cosine) / np.pi


def _numpy_spectrum(kernel: Array) -> npt.NDArray[np.floating[Any]]:
    return np.linalg.eigvalsh(kernel / len(kernel))


def _numpy_flow(kernel: Array, output: Array, targets: Array, times: Array) -> Array:
    values, vectors = np.linalg.eigh(kernel / len(kernel))
    residual = np.exp(-np.outer(times, values)) * (vectors.T @ (output - targets))
    return targets + residual @ vectors.T


def _of_a_network(name: str, params: Params, angles: Array, steps: int) -> Methods:
    if name == KERNEL:
        return _of_the_kernel(params, angles)
    if name == TRAINING:
        targets = np.cos(angles)
        return {
            NUMPY: partial(_numpy_training, params, angles, targets, _LEARNING_RATE, steps),
            PLAIN: partial(_train, objective, params, angles, targets, steps),
            ARCS: partial(_train, fast.objective, params, angles, targets, steps),
        }
    return {
        NUMPY: partial(_numpy_block, params, angles),
        PLAIN: lambda: low_frequency_block(factorised_ntk(params, angles), angles, _K_MAX),
        ARCS: partial(fast.empirical_low_frequency_block, params, angles, _K_MAX),
    }


def _of_the_kernel(params: Params, angles: Array) -> Methods:
    calls: Methods = {
        NUMPY: partial(_in_pieces, _numpy_ntk, params, angles),
        PLAIN: partial(_in_pieces, factorised_ntk, params, angles),
        ARCS: partial(fast.empirical_ntk, params, angles),
    }
    if 8 * len(angles) * params.size <= GIBIBYTE:
        calls[JACOBIAN] = partial(empirical_ntk, params, angles)
    return calls


def _of_eight_networks(n: int, m: int, steps: int, rng: np.random.Generator) -> Methods:
    """Eight loops, and `fast.train_together`: in each of its two forms, and in the one it takes."""
    angles = sample_angles(n, rng)
    networks = [initialise(m, rng, law=Law(bias_std=1.0)) for _ in range(8)]
    setting = (angles, np.cos(angles), _LEARNING_RATE, steps)
    together = partial(fast.train_together, networks, *setting)
    return {
        NUMPY: lambda: [_numpy_training(params, *setting) for params in networks],
        PLAIN: partial(together, method="plain"),
        ARCS: partial(together, method="arcs"),
        TOGETHER: together,
    }


def _of_infinite_width(name: str, n: int, rng: np.random.Generator) -> Methods:
    angles = uniform_angles(n) if name in (GRID, SPECTRUM) else sample_angles(n, rng)
    if name == SPECTRUM:
        kernel = infinite_ntk(angles)
        return {
            NUMPY: partial(_numpy_spectrum, kernel),
            PLAIN: partial(circulant_eigenvalues, kernel),
            ARCS: partial(fast.grid_eigenvalues, n),
        }
    if name == FLOW:
        times = np.array([1.0, 10.0, 100.0])
        arguments = (infinite_ntk(angles), np.zeros(n), np.cos(angles), times)
        return {
            NUMPY: partial(_numpy_flow, *arguments),
            PLAIN: partial(frozen_flow, *arguments),
            ARCS: partial(fast.frozen_flow, *arguments),
        }
    return {
        NUMPY: partial(_numpy_infinite_ntk, angles),
        PLAIN: partial(infinite_ntk, angles),
        ARCS: partial(fast.infinite_ntk, angles),
    }


def _train(
    build: Callable[[Array, Array], Objective],
    params: Params,
    angles: Array,
    targets: Array,
    steps: int,
) -> tuple[Params, Array]:
    """A whole training, with what comes before its first step: sorting, the stability check."""
    return gradient_descent(params, build(angles, targets), _LEARNING_RATE, steps)


def _in_pieces(form: Callable[[Params, Array], Array], params: Params, angles: Array) -> Array:
    """A kernel, some neurons at a time: at 65536 neurons its factors pass 1 GiB."""
    if params.width <= _NEURONS_AT_ONCE:
        return form(params, angles)
    total = np.zeros((len(angles), len(angles)))
    for piece in params.blocks(_NEURONS_AT_ONCE):
        total += form(piece, angles) * (piece.width / params.width)
    return total


def _write(doubles: int, times: int) -> Array:
    for _ in range(times):
        written = np.full(doubles, 1.0)
    return written
