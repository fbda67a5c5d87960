"""`minintk doctor`: what is installed here, and whether it computes what the formulas say.

The self-test compares functions with other ways to the same number, at fixed inputs. What it prints
differs between machines in the last digits alone.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import numpy as np

from .. import __version__


def add_command(commands: Any) -> None:
    """Describe the command and its options."""
    doctor = commands.add_parser(
        "doctor",
        help="show what is installed, and test in two seconds that it computes correctly",
        description="Show the versions and the machine, and run a self-test of about two seconds. "
        "All that is printed is meant to be pasted into a report of a bug. Exit status: 0 the "
        "self-test passed, 1 it failed.",
    )
    doctor.set_defaults(command=run, refuse=doctor.error)


def run(options: argparse.Namespace) -> int:
    """Carry out the command and return its exit status."""
    for name, value in _surroundings():
        print(f"{name:12}{value}")
    print("self-test, the largest relative difference and the limit:")
    failed = 0
    for check in _CHECKS:
        passed, line = _outcome(check)
        failed += not passed
        print(f"  {'passed' if passed else 'FAILED'}  {line}")
    if failed:
        print(f"The self-test failed: {failed} of {len(_CHECKS)}. Please report it with this text.")
        return 1
    print("The self-test passed. In a report of a bug, please paste this text.")
    return 0


def _surroundings() -> Iterator[tuple[str, str]]:
    from ..report.arithmetic import arithmetic, in_words

    yield "minintk", __version__
    yield "Python", f"{platform.python_version()} ({platform.python_implementation()})"
    yield "NumPy", np.__version__
    yield "matplotlib", _matplotlib()
    yield "platform", f"{platform.platform()}, {platform.machine()}"
    yield "BLAS", in_words(arithmetic())
    yield "encoding", str(sys.stdout.encoding)


def _matplotlib() -> str:
    """Its version, after a figure was drawn with it; else why there is none."""
    from ..report.figures import drawing

    try:
        drawing(lambda axes: axes[0].plot([0, 1]), panels=1)
        return metadata.version("matplotlib")
    except Exception as error:  # whatever is wrong with it, the rest is told
        return f"draws nothing here: {type(error).__name__}: {error}"


@dataclass(frozen=True)
class _Check:
    """`what` is compared; `values` returns both sides, an array each."""

    what: str
    limit: float
    values: Callable[[], tuple[Any, Any]]


def _outcome(check: _Check) -> tuple[bool, str]:
    """Whether both sides agree within the limit, and the line that says so."""
    try:
        ours, other = (np.asarray(side, dtype=np.float64) for side in check.values())
        difference = float(np.max(np.abs(ours - other)) / np.max(np.abs(other)))
    except Exception as error:  # a broken function is what this looks for
        return False, f"{check.what}: {type(error).__name__}: {error}"
    passed = difference <= check.limit  # false for nan
    return passed, f"{check.what}: {difference:.1e}, limit {check.limit:.0e}"


def _eigenvalues() -> tuple[Any, Any]:
    from ..arccosine import fourier_eigenvalues, ntk_of_angle
    from ..spectrum import quadrature_eigenvalues

    return fourier_eigenvalues(8), quadrature_eigenvalues(ntk_of_angle, 8)


def _grid() -> tuple[Any, Any]:
    from ..arccosine import aliased_eigenvalues, infinite_ntk
    from ..circle import uniform_angles
    from ..spectrum import circulant_eigenvalues

    n = 64
    return aliased_eigenvalues(n), circulant_eigenvalues(infinite_ntk(uniform_angles(n)))


def _kernel() -> tuple[Any, Any]:
    """The mean over all directions of w by the trapezoidal rule; E|w|² = 2."""
    from ..arccosine import infinite_ntk
    from ..circle import circle_points, uniform_angles
    from ..network import Params
    from ..ntk import empirical_ntk

    width, angles = 4096, uniform_angles(16)
    directions = circle_points((np.arange(width) + 0.5) * 2 * np.pi / width)
    params = Params(w=np.sqrt(2) * directions, b=np.zeros(width), a=np.ones(width))
    return empirical_ntk(params, angles), infinite_ntk(angles)


def _example() -> tuple[Any, Any, Any]:
    """A small network, angles and targets."""
    from ..circle import sample_angles
    from ..law import Law
    from ..network import initialise

    rng = np.random.default_rng(0)
    params = initialise(64, rng, law=Law(bias_std=0.5, output_law="normal"))
    angles = sample_angles(24, rng)
    return params, angles, np.cos(3 * angles) + np.sin(angles)


def _gradient() -> tuple[Any, Any]:
    from ..jacobian import central_differences
    from ..network import flatten, loss_and_gradient, unflatten

    params, angles, targets = _example()
    theta, gradient = flatten(params), flatten(loss_and_gradient(params, angles, targets)[1])

    def loss_at(place: Any) -> float:
        return loss_and_gradient(unflatten(place, params), angles, targets)[0]

    return gradient, central_differences(loss_at, theta, 1e-6)


def _step() -> tuple[Any, Any]:
    """One step of descent changes the balance of each neuron by η² balance(gradient)."""
    from ..network import loss_and_gradient, objective
    from ..training import balance, gradient_descent

    (params, angles, targets), rate = _example(), 0.5
    gradient = loss_and_gradient(params, angles, targets)[1]
    moved = gradient_descent(params, objective(angles, targets), rate, 1)[0]
    return balance(moved), balance(params) + rate**2 * balance(gradient)


def _fast() -> tuple[Any, Any]:
    from .. import fast
    from ..network import flatten, loss_and_gradient

    params, angles, targets = _example()
    gradient = fast.objective(angles, targets)(params)[1]
    return flatten(gradient), flatten(loss_and_gradient(params, angles, targets)[1])


_CHECKS = (
    _Check(
        "eigenvalues λ_0 … λ_8 in closed form, and by quadrature of the kernel", 1e-9, _eigenvalues
    ),
    _Check("eigenvalues of the kernel's 64 × 64 matrix in closed form, and by FFT", 1e-12, _grid),
    _Check("infinite-width kernel in closed form, and J Jᵀ of 4096 directions", 1e-6, _kernel),
    _Check("gradient by hand, and by central differences", 1e-6, _gradient),
    _Check("one step of gradient descent, and its exact balance law", 1e-12, _step),
    _Check("gradient by the fast functions, and by the core", 1e-12, _fast),
)
