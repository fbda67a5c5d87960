"""Errors that fall as c/√n: slopes, and c beside the limits of `evolving.gaussian_limits`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .._require import Array
from .drawing import MARKERS, label, ticks_at
from .statistics import Finding, fitted_slopes, inside, student_interval

MARGIN = 0.1  # of the slopes and, relative, of the constants


def criterion(letter: str, sizes: Sequence[int]) -> str:
    """What is asked of errors at these sizes n or m; constants from the middle size on."""
    return (
        f"The slopes of log error in log {letter}, {letter} = {sizes[0]} … {sizes[-1]}, are inside "
        f"−½ ± {MARGIN:g}. The error times √{letter} at {letter} = {sizes[len(sizes) // 2]} … "
        f"{sizes[-1]}, over the mean norm of the Gaussian limit, is inside 1 ± {MARGIN:g}. (For a "
        f"while a slope within {MARGIN:g} of −½, known to {MARGIN:g}, was enough, which holds "
        "wherever this does. The constants came after a pilot, off by 0.03.)"
    )


def slopes_and_constants(
    sizes: Sequence[int], errors: Mapping[str, Array], limit: Mapping[str, Array], *names: str
) -> dict[str, Any]:
    """Of errors (sizes, seeds) beside the mean norms c of the limit, by name, with intervals.

    Slopes of log error in log n, and the mean of error × √n over the upper half of the sizes. That
    mean is given as it is, and over c. The intervals of slopes and ratios hold together.
    """
    upper, predicted = len(sizes) // 2, {name: float(value) for name, value in limit.items()}
    roots = np.sqrt(sizes[upper:])[:, None]
    constants = {name: (errors[name][upper:] * roots).mean(axis=0) for name in names}
    return {
        "slopes": {k: student_interval(fitted_slopes(sizes, errors[k]), len(names)) for k in names},
        "constants": {k: student_interval(constants[k]) for k in names},
        "ratios": {k: student_interval(constants[k] / predicted[k], len(names)) for k in names},
        "predicted": predicted,
        "for_a_tenth": {k: size_for_a_tenth(predicted[f"{k}_relative"]) for k in names},
    }


def size_for_a_tenth(constant: float) -> int:
    """How large n must be for a mean relative error of 10 %: (c/0.1)² to two digits.

    >>> size_for_a_tenth(2.63)
    690
    """
    return int(float(f"{(constant / 0.1) ** 2:.2g}"))


def findings(found: Any) -> Iterator[Finding]:
    """Slopes inside −½ ± MARGIN, constants inside 1 ± MARGIN of the predicted ones."""
    for name, slope in found.slopes.items():
        yield inside(f"slope, {name}", slope, -0.5 - MARGIN, -0.5 + MARGIN)
        yield inside(f"constant, {name}", found.ratios[name], 1 - MARGIN, 1 + MARGIN)


def said(letter: str, found: Any) -> str:
    """The measured numbers in words."""
    measured = "; ".join(
        f"{name}: slope {slope}, error × √{letter} {found.constants[name]} where "
        f"{found.predicted[name]:.3g} is predicted"
        for name, slope in found.slopes.items()
    )
    needed = ", ".join(f"{size:,} ({name})" for name, size in found.for_a_tenth.items())
    return f"{measured}. The error relative to λ is 10 % at {letter} = {needed}."


def draw(axes: Sequence[Any], letter: str, sizes: Sequence[int], k_max: int, found: Any) -> None:
    """Two panels: errors on the predicted lines, as they are and relative to λ."""
    n, what = np.array(sizes), {"n": "number of samples n", "m": "width m (neurons)"}[letter]
    axes[1].axhline(0.1, color="0.5", linewidth=1, label="10 %")
    for axis, ending, title, y in (
        (axes[0], "", f"Operator on |k| ≤ {k_max}: mean, spread of seeds", "‖A − Λ‖₂"),
        (axes[1], "_relative", "Relative to λ: what rates feel", "‖Λ⁻½ (A − Λ) Λ⁻½‖₂"),
    ):
        for name, style, line in zip(found.slopes, MARKERS, ("--", ":", "-."), strict=False):
            values, constant = vars(found)[name + ending], found.predicted[name + ending]
            axis.errorbar(n, values.mean(axis=1), values.std(axis=1, ddof=1), fmt=style, label=name)
            predicted = f"predicted, {constant:.3g}/√{letter}"
            axis.plot(n, constant / np.sqrt(n), "k" + line, label=predicted)
        label(axis, what, y, title, log="xy", legend="upper right")
        ticks_at(axis, sizes)
        low, high = axis.get_ylim()
        axis.set_ylim(low, high * (high / low) ** 0.4)  # room for the legend
