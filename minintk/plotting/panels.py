"""Pictures of a training, each on the Axes given, from a `Trace` or from arrays.

plot_fit      the output over the angle, beside the target
plot_modes    measured modes of the residual, on the predicted lines
plot_loss     the loss over the steps
plot_kernel   a kernel's matrix, or its low-frequency block
plot_arcs     the arc of the circle on which each neuron is active

They draw on the Axes and change nothing else. Colours are told apart in greyscale and by the
colour-blind. No meaning is carried by a colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from .._require import (
    Array,
    real_array,
    require_array,
    require_instance,
    require_integer,
    require_range,
    require_square,
    show,
)
from ..fast.arcs import neuron_arcs
from ..network import Params
from ..training import Trace
from .style import COLOURS, LINES, angle_ticks

__all__ = ["amplitudes", "plot_arcs", "plot_fit", "plot_kernel", "plot_loss", "plot_modes"]

MARKERS = "osD^v*P"
SMALL = 1e-3  # a mode below this share of the largest at the start is not drawn unless asked for
MOST_ARCS, POINTS_OF_ARC = 120, 40


def plot_fit(
    axes: Any,
    outputs: Trace | npt.ArrayLike,
    angles: npt.ArrayLike | None = None,
    targets: npt.ArrayLike | None = None,
    *,
    steps: Iterable[int] | None = None,
) -> None:
    """Draw the output over the angle as lines, and the targets as points.

    Takes a `Trace`, which holds its angles and targets, and draws the output at the given of its
    steps (the last unless given). Or takes outputs (n,) or (s, n), angles (n,) and targets (n,),
    or none; each row is labelled by its entry of `steps`, or "network". Angles are reduced to one
    turn and joined in their order. Raises ValueError for a step that the trace has not kept.

    >>> from matplotlib.figure import Figure
    >>> axes = Figure().subplots()
    >>> plot_fit(axes, [[0.0, 0.0], [0.5, -0.5]], [0.0, 3.0], [1.0, -1.0], steps=[0, 10])
    >>> [line.get_label() for line in axes.lines]
    ['target', 'step 0', 'step 10']
    """
    _require_axes(axes)
    if isinstance(outputs, Trace):
        _leave_out("angles and targets", angles, targets)
        angles, targets = outputs.angles, outputs.targets
        chosen = [_row_of(outputs, step) for step in ([None] if steps is None else steps)]
        steps = [int(outputs["step"][row]) for row in chosen]
        outputs = np.asarray(outputs["output"], dtype=np.float64)[chosen]
    t = require_array("angles", angles, (None,))  # type: ignore[arg-type]
    rows = np.atleast_2d(real_array("outputs", outputs))
    rows = require_array("outputs", rows, (None, len(t)))
    names = ["network"] * len(rows) if steps is None else [f"step {step}" for step in steps]
    if len(names) != len(rows):
        raise ValueError(f"steps must have one entry a row of outputs, {len(rows)}, got {names}")
    turn = np.mod(t, 2 * np.pi)
    order = np.argsort(turn, kind="stable")
    if targets is not None:
        y = require_array("targets", targets, t.shape)
        axes.plot(turn[order], y[order], ".", color="0.35", label="target", zorder=1.5)
    for place, (row, name) in enumerate(zip(rows, names, strict=True)):
        axes.plot(turn[order], row[order], _line(place), color=_colour(place), label=name)
    angle_ticks(axes, "x")
    axes.set(xlabel="angle t (radians)", ylabel="output f(t)")
    axes.legend()


def plot_modes(
    axes: Any,
    spectra: Trace | npt.ArrayLike,
    times: npt.ArrayLike,
    eigenvalues: npt.ArrayLike,
    *,
    frequencies: Iterable[int] | None = None,
) -> None:
    """Draw the modes of the residual over time as points, on the lines that theory predicts.

    R_k(τ) = √(r_kc² + r_ks²),  predicted  R_k(τ_0) exp(−λ_k (τ − τ_0)),  τ_0 the first of the times

    Takes a `Trace` or coefficients (s, 2 k_max + 1) of the residual in the order of
    `fourier_basis`. Also takes the times τ = η × steps (s,), and λ_k (k_max + 1,) or more. Draws
    the `frequencies` given, else those of at least 1e-3 of the largest at the start. The axis of R
    is logarithmic: an exponential is a straight line. Raises ValueError for a wrong shape, or a
    frequency above k_max.

    >>> from matplotlib.figure import Figure
    >>> axes = Figure().subplots()
    >>> plot_modes(axes, [[0.0, 3.0, 4.0], [0.0, 0.3, 0.4]], [0.0, 5.0], [0.5, 0.4])
    >>> [line.get_ydata().round(3).tolist() for line in axes.lines]  # predicted, measured
    [[5.0, 0.677], [5.0, 0.5]]
    """
    _require_axes(axes)
    if isinstance(spectra, Trace):
        spectra = np.asarray(spectra["residual_spectrum"], dtype=np.float64)
    measured = amplitudes(spectra)
    count, known = measured.shape
    tau = require_array("times", times, (count,))
    rates = require_range("eigenvalues", eigenvalues, 0.0, np.inf)
    if rates.ndim != 1 or len(rates) < known:
        raise ValueError(f"eigenvalues must be at least {known} numbers, got shape {rates.shape}")
    shown = _frequencies(frequencies, measured[0])
    for place, k in enumerate(shown):
        predicted = measured[0, k] * np.exp(-rates[k] * (tau - tau[0]))
        axes.plot(tau, predicted, "-", color=_colour(place), linewidth=1.2)
        marker = MARKERS[place % len(MARKERS)]
        axes.plot(tau, measured[:, k], marker, color=_colour(place), label=f"k = {k}")
    _logarithmic(axes, 1e-4, room=20.0)  # the legend stands above the points
    axes.set(xlabel="time τ = η × steps", ylabel="|mode k of the residual|")
    columns = {"ncol": min(4, max(1, len(shown))), "columnspacing": 1.0, "handletextpad": 0.3}
    axes.legend(title="lines: exp(−λ_k τ)", loc="upper right", **columns)


def plot_loss(
    axes: Any,
    losses: Trace | npt.ArrayLike,
    steps: npt.ArrayLike | None = None,
    *,
    label: str = "loss",
) -> None:
    """Draw the loss over the steps, on a logarithmic axis.

    Takes a `Trace`, or losses (s,) and their steps (s,), 0 … s − 1 unless given. Called again, it
    adds a line of another colour and style, under its own label.

    >>> from matplotlib.figure import Figure
    >>> axes = Figure().subplots()
    >>> plot_loss(axes, [0.5, 0.25])
    >>> axes.lines[0].get_xydata().tolist()
    [[0.0, 0.5], [1.0, 0.25]]
    """
    _require_axes(axes)
    if isinstance(losses, Trace):
        _leave_out("steps", steps)
        losses, steps = np.asarray(losses["loss"], dtype=np.float64), losses["step"]
    values = require_array("losses", losses, (None,))
    x = np.arange(len(values)) if steps is None else require_array("steps", steps, values.shape)
    place = len(axes.lines)
    axes.plot(x, values, _line(place), color=_colour(place), label=label)
    _logarithmic(axes, 1e-9)
    axes.set(xlabel="step", ylabel="loss")
    axes.legend()


def plot_kernel(
    axes: Any,
    kernel: Trace | npt.ArrayLike,
    angles: npt.ArrayLike | None = None,
    *,
    step: int | None = None,
) -> None:
    """Draw a kernel as colours, with their scale beside it.

    Takes a `Trace` with kernel blocks, and draws that of one of its steps, the last unless given.
    Or takes K (n, n) and its angles (n,), all different, drawn in their order around the circle.
    Without angles: a low-frequency block (2 k_max + 1, 2 k_max + 1) in the order 0, 1c, 1s, 2c, …
    Raises ValueError for a matrix that is not square, or a block of an even number of rows.

    >>> from matplotlib.figure import Figure
    >>> axes = Figure().subplots()
    >>> plot_kernel(axes, [[0.5, 0.0, 0.0], [0.0, 0.3, 0.0], [0.0, 0.0, 0.3]])
    >>> [text.get_text() for text in axes.get_xticklabels()]
    ['0', '1c', '1s']
    """
    _require_axes(axes)
    if isinstance(kernel, Trace):
        _leave_out("angles", angles)
        kernel = np.asarray(kernel["kernel_block"])[_row_of(kernel, step)]
    elif step is not None:
        raise ValueError(f"step goes with a Trace alone, got {show(step)}")
    matrix = require_square("kernel", kernel)  # type: ignore[arg-type]
    if angles is None:
        names = _names_of_modes(len(matrix))
        mesh = axes.pcolormesh(matrix, cmap="cividis")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_ticks(np.arange(len(names)) + 0.5, labels=names)
        axes.set(xlabel="mode", ylabel="mode")
    else:
        turn = np.mod(require_array("angles", angles, (len(matrix),)), 2 * np.pi)
        order = np.argsort(turn, kind="stable")
        places = turn[order], turn[order], matrix[np.ix_(order, order)]
        mesh = axes.pcolormesh(*places, cmap="cividis", shading="nearest")
        angle_ticks(axes, "x", "y")
        axes.set(xlabel="angle t (radians)", ylabel="angle t′ (radians)")
    axes.grid(visible=False)
    axes.invert_yaxis()
    axes.set_aspect("equal")
    axes.figure.colorbar(mesh, ax=axes, label="kernel")


def plot_arcs(axes: Any, params: Params) -> None:
    """Draw, for every neuron, the arc of the circle on which it is active.

    w·x(t) + b > 0  ⟺  |t − ϕ| < arccos(−b/|w|),  ϕ the angle of w

    The circle with the angle 0 on its right is the inner ring. Each neuron has a ring of its own
    around it, in the order of ϕ. The line is full where a > 0, dotted and in another colour where
    a ≤ 0. A neuron that is active nowhere has none. Of more than 120 neurons 120 are drawn, evenly
    chosen in that order.

    >>> from matplotlib.figure import Figure
    >>> axes = Figure().subplots()
    >>> plot_arcs(axes, Params(w=[[2.0, 0.0], [-2.0, 0.0]], b=[0.0, 1.0], a=[3.0, -1.0]))
    >>> [line.get_label() for line in axes.lines]
    ['circle', 'a > 0', 'a ≤ 0']
    """
    _require_axes(axes)
    require_instance("params", params, Params, "initialise(…)")
    order = np.argsort(np.arctan2(params.w[:, 1], params.w[:, 0]), kind="stable")
    chosen = order[np.unique(np.linspace(0, len(order) - 1, MOST_ARCS).round().astype(int))]
    arcs = neuron_arcs(params)
    start = arcs.start[chosen]
    end = arcs.end[chosen] + 2 * np.pi * arcs.crosses[chosen]
    end = np.where(end > start, end, np.nan)  # active nowhere: no arc
    radius = 1 + np.arange(1, len(chosen) + 1) / len(chosen)
    turn = np.linspace(0, 2 * np.pi, 200)
    axes.plot(np.cos(turn), np.sin(turn), "-", color="black", label="circle")
    positive = params.a[chosen] > 0
    width = min(2.0, 60 / len(chosen))
    for some, line, name in ((positive, "-", "a > 0"), (~positive, ":", "a ≤ 0")):
        x, y = _rings(start[some], end[some], radius[some])
        colour = COLOURS[0] if some is positive else COLOURS[1]
        axes.plot(x, y, line, color=colour, linewidth=width, label=name)
    for place, name in enumerate(("0", "π/2", "π", "3π/2")):
        angle = place * np.pi / 2
        axes.text(0.85 * np.cos(angle), 0.85 * np.sin(angle), name, ha="center", va="center")
    axes.set_aspect("equal")
    axes.set_axis_off()
    for line in axes.legend(loc="center").get_lines():
        line.set_linewidth(2)


def amplitudes(spectra: npt.ArrayLike) -> Array:
    """The size of each frequency in rows of Fourier coefficients.

    R_0 = |c_0|,  R_k = √(c_kc² + c_ks²) for k ≥ 1: it does not depend on where the wave begins

    Takes (s, 2 k_max + 1); returns (s, k_max + 1) float64.

    >>> amplitudes([[1.0, 3.0, 4.0]])
    array([[1., 5.]])
    """
    rows = require_array("spectra", spectra, (None, None))
    if rows.shape[1] % 2 == 0:
        raise ValueError(f"spectra must have an odd number of columns, got shape {rows.shape}")
    return np.concatenate([np.abs(rows[:, :1]), np.hypot(rows[:, 1::2], rows[:, 2::2])], axis=1)


def _rings(start: Array, end: Array, radius: Array) -> tuple[Array, Array]:
    """Points of every arc on its ring, and a gap after each: x and y."""
    share = np.append(np.linspace(0, 1, POINTS_OF_ARC), np.nan)
    turn = start[:, None] + (end - start)[:, None] * share
    return np.ravel(radius[:, None] * np.cos(turn)), np.ravel(radius[:, None] * np.sin(turn))


def _frequencies(asked: Iterable[int] | None, start: Array) -> list[int]:
    """The frequencies to draw, which must be among those known."""
    if asked is None:
        return [int(k) for k in np.flatnonzero(start >= SMALL * start.max())]
    shown = [require_integer("each of frequencies", k, least=0) for k in asked]
    if max(shown, default=0) >= len(start):
        raise ValueError(f"frequencies must be at most k_max = {len(start) - 1}, got {shown}")
    return shown


def _names_of_modes(count: int) -> list[str]:
    if count % 2 == 0:
        raise ValueError(
            f"kernel must be a block of an odd number of rows, or come with its angles, got {count}"
        )
    return ["0", *(f"{k}{phase}" for k in range(1, count // 2 + 1) for phase in "cs")]


def _row_of(trace: Trace, step: int | None) -> int:
    """The row of a trace at one of its steps, the last one unless given."""
    kept = trace["step"].tolist()
    if not kept:
        raise ValueError("the trace must have been used in a training, got one without steps")
    if step is None:
        return len(kept) - 1
    if step not in kept:
        raise ValueError(f"step must be one of those kept, {show(kept)}, got {show(step)}")
    return int(kept.index(step))


def _leave_out(names: str, *values: object) -> None:
    if any(value is not None for value in values):
        raise ValueError(f"{names} must be left out with a Trace, which has its own")


def _require_axes(axes: Any) -> None:
    if not hasattr(axes, "plot") or not hasattr(axes, "figure"):
        raise TypeError(f"axes must be matplotlib Axes, as from Figure().subplots(), got {axes!r}")


def _logarithmic(axes: Any, least: float, room: float = 2.0) -> None:
    """A logarithmic y axis, where any value is above 0: down to a share `least` of the largest."""
    values = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in axes.lines])
    if (values > 0).any():
        high = float(values.max())
        low = max(float(values[values > 0].min()), least * high)
        axes.set_yscale("log", nonpositive="mask")
        axes.set_ylim(low / 2, room * high)


def _colour(place: int) -> str:
    return COLOURS[place % len(COLOURS)]


def _line(place: int) -> str:
    return LINES[place % len(LINES)]
