"""One exercise as the grader sees it, and the networks that cases are drawn from.

Problem      inputs, right values, edges, and likely confusions of one exercise
one_output   the questions of a function with a single output

Generic cases have sizes n and m that are different primes, so that a factor n cannot be taken for
a factor m or 2; the edges are where programs break.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..._require import Array
from ...circle import circle_points
from ...network import Params, forward
from ..samples import Inputs, Question, Value

__all__ = [
    "COUNTS",
    "EQUAL",
    "KINK",
    "KINK_A",
    "KINK_B",
    "KINK_TARGETS",
    "KINK_W",
    "NETWORK",
    "SILENT",
    "SINGLE",
    "SIZES",
    "TRAINING",
    "TWO_TARGETS",
    "Arguments",
    "Problem",
    "active",
    "draw_network",
    "draw_outputs",
    "draw_training",
    "draw_with_targets",
    "hidden",
    "one_output",
    "params_of",
    "points_of",
    "preactivations",
    "residuals",
    "root_m",
]

Arguments = tuple[Any, ...]
SIZES = ((5, 13), (7, 3), (3, 11), (11, 2), (2, 7), (13, 5), (5, 29))


@dataclass(frozen=True)
class Problem:
    """One exercise as the grader sees it.

    questions   one for each output, by its name
    draw        arguments of a generic case with n samples and m neurons
    edges       (what is special, name in the catalogue, arguments)
    single      arguments of one point only
    simple      arguments of few digits, where a drawn case cannot simply be rounded
    relative    relative tolerance: 1e-7 where an arccos may lose half of the digits, as it may
    entries     classes of entries of the output: (name in the catalogue, words, mask of a shape)
    """

    parameters: tuple[str, ...]
    questions: Mapping[str, Question]
    draw: Callable[[np.random.Generator, int, int], Arguments]
    edges: tuple[tuple[str, str, Arguments], ...] = ()
    single: Arguments | None = None
    simple: Arguments | None = None
    relative: float = 1e-9
    entries: tuple[tuple[str, str, Callable[[tuple[int, ...]], Any]], ...] = field(default=())

    @property
    def order(self) -> str:
        """The outputs as the exercise asks for them."""
        return ", ".join(self.questions)

    def inputs(self, arguments: Arguments) -> dict[str, Any]:
        """The arguments by name."""
        return dict(zip(self.parameters, arguments, strict=True))


def one_output(question: Question) -> dict[str, Question]:
    """The questions of a function with a single output.

    >>> list(one_output(Question("f", lambda inputs: 1.0)))
    ['']
    """
    return {"": question}


def draw_network(rng: np.random.Generator, n: int, m: int) -> Arguments:
    """Random a and b, uneven angles: nothing is symmetric, no pre-activation is near 0."""
    while True:
        w, b, a = rng.standard_normal((m, 2)), rng.standard_normal(m) / 2, rng.uniform(0.5, 2, m)
        angles = rng.uniform(0, 2 * np.pi, n)
        if np.abs(circle_points(angles) @ w.T + b).min() > 1e-4:
            return w, b, a * rng.choice([-1.0, 1.0], m), angles


def draw_with_targets(rng: np.random.Generator, n: int, m: int) -> Arguments:
    """A network, angles and targets."""
    return (*draw_network(rng, n, m), rng.uniform(-2, 2, n))


def draw_training(rng: np.random.Generator, n: int, m: int) -> Arguments:
    """A network, angles, targets, a learning rate and a number of steps."""
    return (*draw_with_targets(rng, n, m), float(rng.uniform(0.02, 0.1)), int(rng.integers(3, 7)))


def params_of(i: Inputs) -> Params:
    """The parameters of a case."""
    return Params(i["w"], i["b"], i["a"])


def points_of(i: Inputs) -> Array:
    """The points x of a case."""
    return circle_points(i["angles"])


def preactivations(i: Inputs) -> Array:
    """Z = X wᵀ + b."""
    return np.asarray(points_of(i) @ i["w"].T + i["b"])


def hidden(i: Inputs) -> Array:
    """H = relu(Z)."""
    return np.maximum(preactivations(i), 0.0)


def active(i: Inputs) -> Any:
    """1 where a neuron is active, else 0."""
    return (preactivations(i) > 0) * 1.0


def root_m(i: Inputs) -> float:
    """√m."""
    return float(np.sqrt(len(i["a"])))


COUNTS: dict[str, Value] = {
    "n": lambda i: np.asarray(float(len(i["angles"]))),
    "m": lambda i: np.asarray(float(len(i["a"]))),
}
KINK_W = np.array([[1.0, 0.0], [0.5, -1.0], [0.0, 0.0]])
KINK_B, KINK_A = np.array([-1.0, 0.25, 0.0]), np.array([2.0, -1.0, 1.5])
KINK = (KINK_W, KINK_B, KINK_A, np.array([0.0, 2.0]))  # neurons 0 and 2 are exactly at 0
EQUAL = (KINK_W[:2], np.array([0.3, -0.2]), KINK_A[:2], np.array([1.0, 1.0, 2.0]))
SILENT = (-np.eye(2) * 0.1, np.array([-3.0, -3.0]), np.array([1.0, -1.0]), np.array([0.5, 1.5]))


def residuals(i: Inputs) -> Array:
    """r = f − y of a case."""
    return np.asarray(forward(params_of(i), i["angles"]) - i["targets"])


NETWORK = ("w", "b", "a", "angles")
TRAINING = (*NETWORK, "targets", "learning_rate", "steps")
KINK_TARGETS, TWO_TARGETS = np.array([1.0, -2.0]), np.array([0.5, -1.0])
SINGLE = (KINK_W[1:2], np.array([0.3]), np.array([1.5]), np.array([0.4]))


def draw_outputs(rng: np.random.Generator, n: int, m: int) -> Arguments:
    """Two vectors: outputs and targets."""
    return rng.uniform(-2, 2, n), rng.uniform(-2, 2, n)
