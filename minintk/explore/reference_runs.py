"""What the page checks itself against: small trainings by minintk's core, as plain numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .._require import Array
from ..alignment import kernel_alignment, off_diagonal_share, target_alignment
from ..arccosine import aliased_eigenvalues, fourier_eigenvalues, infinite_ntk
from ..circle import (
    fourier_coefficients,
    fourier_sum,
    sample_angles,
    target_coefficients,
    uniform_angles,
)
from ..frozen import frozen_descent
from ..law import Law
from ..network import Params, forward, initialise, loss, objective
from ..ntk import empirical_ntk
from ..spectrum import low_frequency_block
from ..training import gradient_descent

__all__ = ["reference_runs"]

MOMENTS = (0, 1, 10, 60, 300)
K_MAX = 4


class _Setting(NamedTuple):
    name: str
    width: int
    bias: bool
    antisymmetric: bool
    angles: Array
    targets: Array
    learning_rate: float


def reference_runs() -> list[dict[str, Any]]:
    """Trainings of small networks, with everything that the page computes too.

    Each is kept at steps 0, 1, 10, 60 and 300. Losses and Fourier coefficients of the residual are
    those with the evolving, the frozen and the infinite-width kernel. The low-frequency block and
    the alignment are those of the evolving one. Returns dictionaries of numbers and lists, ready
    for JSON; the same each time.

    >>> runs = reference_runs()
    >>> print(runs[0]["name"], [moment["step"] for moment in runs[0]["moments"]])
    low frequencies, bias, antisymmetric, even grid [0, 1, 10, 60, 300]
    """
    rng = np.random.default_rng(0)
    grid, scattered = uniform_angles(32), np.sort(sample_angles(14, rng))
    high = fourier_sum(scattered, target_coefficients((1, 2, 4, 8), amplitude=0.5))
    settings = (
        _Setting(
            "low frequencies, bias, antisymmetric, even grid",
            *(32, True, True, grid),
            fourier_sum(grid, target_coefficients((1, 2, 3), amplitude=1.0)),
            0.5,
        ),
        _Setting(
            "high frequencies, bias, independent, random samples",
            *(10, True, False, scattered, high, 0.3),
        ),
        _Setting(
            "square wave, no bias, independent, odd grid",
            *(9, False, False, uniform_angles(15), np.sign(np.sin(uniform_angles(15) + 0.1)), 0.7),
        ),
    )
    return [_run(setting, rng) for setting in settings]


def _run(setting: _Setting, rng: np.random.Generator) -> dict[str, Any]:
    law = Law(bias=setting.bias)
    params = initialise(setting.width, rng, law, antisymmetric=setting.antisymmetric)
    kept = _trained(setting, params)
    angles, fine = setting.angles, uniform_angles(64)
    kernels = {"frozen": empirical_ntk(params, angles), "infinite": infinite_ntk(angles, law=law)}
    n, even = len(angles), np.array_equal(angles, uniform_angles(len(angles)))
    return {
        "name": setting.name,
        "bias": setting.bias,
        "eta": setting.learning_rate,
        "angles": angles.tolist(),
        "targets": setting.targets.tolist(),
        "w": params.w.ravel().tolist(),
        "b": params.b.tolist(),
        "a": params.a.tolist(),
        "moments": _moments(setting, kept, kernels),
        "eigenvalues": fourier_eigenvalues(K_MAX, law).tolist(),
        "largest": float(np.linalg.eigvalsh(kernels["frozen"])[-1]) / n,
        "aliased": aliased_eigenvalues(n, law)[: K_MAX + 1].tolist() if even else None,
        "elsewhere": _elsewhere(setting, kept, kernels),
        "fits": [[fine.tolist(), forward(kept[step], fine).tolist()] for step in MOMENTS],
    }


def _trained(setting: _Setting, params: Params) -> dict[int, Params]:
    """The network at each of the moments."""
    kept: dict[int, Params] = {}

    def keep(step: int, now: Params) -> None:
        if step in MOMENTS:
            kept[step] = now

    loss_of = objective(setting.angles, setting.targets)
    gradient_descent(params, loss_of, setting.learning_rate, MOMENTS[-1], record=keep)
    return kept


def _elsewhere(
    setting: _Setting, kept: dict[int, Params], kernels: dict[str, Array]
) -> dict[str, list[float]]:
    """Outputs between the samples, after the last step."""
    angles, params, others = setting.angles, kept[0], uniform_angles(12)
    rows = {
        "frozen": empirical_ntk(params, others, angles),
        "infinite": infinite_ntk(others, angles, law=Law(bias=setting.bias)),
    }
    found = {"angles": others, "evolving": forward(kept[MOMENTS[-1]], others)}
    for name, kernel in kernels.items():
        found[name] = frozen_descent(
            kernel,
            forward(params, angles),
            setting.targets,
            setting.learning_rate,
            MOMENTS[-1],
            test_kernel=rows[name],
            test_initial_output=forward(params, others),
        )[0]
    return {name: values.tolist() for name, values in found.items()}


def _moments(
    setting: _Setting, kept: dict[int, Params], kernels: dict[str, Array]
) -> list[dict[str, Any]]:
    start, eta = forward(kept[0], setting.angles), setting.learning_rate
    fixed = {
        name: frozen_descent(kernel, start, setting.targets, eta, MOMENTS)
        for name, kernel in kernels.items()
    }
    found = []
    for i, step in enumerate(MOMENTS):
        outputs = {"evolving": forward(kept[step], setting.angles)}
        outputs.update({name: rows[i] for name, rows in fixed.items()})
        found.append(_moment(setting, step, kept[step], outputs, kernels["infinite"]))
    return found


def _moment(
    setting: _Setting, step: int, params: Params, outputs: dict[str, Array], limit: Array
) -> dict[str, Any]:
    angles, targets = setting.angles, setting.targets
    kernel = empirical_ntk(params, angles)
    block = low_frequency_block(kernel, angles, K_MAX)
    found = {
        name: {
            "loss": loss(output, targets),
            "modes": fourier_coefficients(angles, output - targets, K_MAX).tolist(),
        }
        for name, output in outputs.items()
    }
    return {
        "step": step,
        **found,
        "block": block.ravel().tolist() if step in (0, MOMENTS[-1]) else None,
        "alignment": [
            kernel_alignment(kernel, limit),
            target_alignment(kernel, targets),
            off_diagonal_share(block),
        ],
    }
