"""Decay: each Fourier mode of the residual falls exponentially, at the rate of its eigenvalue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .._require import Array
from ..arccosine import aliased_eigenvalues, infinite_ntk
from ..circle import basis_frequencies, fourier_coefficients, fourier_sum, uniform_angles
from ..fast.samples import objective
from ..frozen import frozen_flow, mode_decay, mode_descent
from ..network import initialise
from ..training import Trace, gradient_descent
from .claim import (
    FAILS,
    HOLDS,
    IN_PART,
    Claim,
    Interval,
    Part,
    Unit,
    Verdict,
    by_size,
    seed_units,
    seeds_in_block,
    student_interval,
)


@dataclass(frozen=True)
class Configuration:
    """Sizes of a run."""

    points: int = 64
    width: int = 4096
    k_max: int = 5
    amplitudes: tuple[float, ...] = (0.02, 1.0)
    learning_rate: float = 0.5
    steps: int = 1000
    seeds: int = 8
    block: int = 1
    fit_from: float = 0.9
    fit_to: float = 0.15


@dataclass(frozen=True)
class Record:
    """What was measured."""

    width: int
    points: int
    amplitudes: tuple[float, ...]
    learning_rate: float
    frequencies: tuple[int, ...]
    eigenvalues: Array
    fit_from: float
    fit_to: float
    times: Array
    measured: Array
    predicted: Array
    rate_ratios: Array
    rate_ratio: tuple[Interval, ...]
    rate_ratio_of_large_target: tuple[Interval, ...]
    holds_down_to: Array
    error_of_infinite_flow: float


def units(configuration: Configuration) -> list[Unit]:
    """One unit for the infinite width, then one for every target and block of seeds."""
    cost = configuration.steps * (1.5e-4 + 8e-8 * configuration.width)
    infinite = Unit((0, 0), 0.1)  # targets are numbered from 1; 0 is the infinite width
    numbers = range(1, len(configuration.amplitudes) + 1)
    return [
        infinite,
        *seed_units(numbers, configuration.seeds, configuration.block, lambda _: cost),
    ]


def _kept_steps(configuration: Configuration) -> Array:
    """Every step up to 20, then evenly in the logarithm."""
    late = np.geomspace(20, configuration.steps, 60)
    return np.unique(np.concatenate([np.arange(21), late.round()])).astype(int)


def _target(configuration: Configuration, number: int) -> Array:
    """Coefficients of a target: every mode up to k_max with the same amplitude."""
    return np.full(2 * configuration.k_max + 1, configuration.amplitudes[number - 1])


def _amplitudes(spectrum: npt.NDArray[Any]) -> Array:
    """Amplitude of every frequency, cosine and sine together: (s, k_max + 1)."""
    energy = spectrum**2
    return np.sqrt(np.column_stack([energy[:, 0], energy[:, 1::2] + energy[:, 2::2]]))


def measure_unit(configuration: Configuration, unit: Unit, rng: np.random.Generator) -> Part:
    """Train networks, and keep the amplitude of every mode relative to its start."""
    number, block = unit.key
    if number == 0:
        return {"error_of_infinite_flow": _error_of_infinite_flow(configuration)}
    angles = uniform_angles(configuration.points)
    targets = fourier_sum(angles, _target(configuration, number))
    steps = _kept_steps(configuration)
    measured = []
    for _ in seeds_in_block(configuration.seeds, configuration.block, block):
        params = initialise(configuration.width, rng, antisymmetric=True)
        trace = Trace(steps, angles, targets, k_max=configuration.k_max)
        gradient_descent(
            params,
            objective(angles, targets),
            configuration.learning_rate,
            configuration.steps,
            record=trace,
        )
        amplitudes = _amplitudes(trace["residual_spectrum"])
        measured.append(amplitudes / amplitudes[0])
    return {"measured": measured}


def _error_of_infinite_flow(configuration: Configuration) -> float:
    """Flow of the infinite-width kernel on the grid against exp(−λτ), largest error."""
    angles = uniform_angles(configuration.points)
    target = _target(configuration, 1)
    targets = fourier_sum(angles, target)
    times = configuration.learning_rate * _kept_steps(configuration)
    outputs = frozen_flow(infinite_ntk(angles), np.zeros_like(targets), targets, times)
    spectrum = np.array(
        [fourier_coefficients(angles, f - targets, configuration.k_max) for f in outputs]
    )
    eigenvalues = aliased_eigenvalues(configuration.points)[basis_frequencies(configuration.k_max)]
    return float(np.abs(spectrum + target * mode_decay(eigenvalues, times)).max())


def collect(configuration: Configuration, parts: Sequence[Part]) -> Record:
    """Fit a rate for every seed and frequency over the steps that the prediction chooses."""
    infinite, *finite = parts
    eta = configuration.learning_rate
    measured = by_size(finite, "measured", len(configuration.amplitudes))  # (2, seeds, s, k)
    steps = _kept_steps(configuration)
    eigenvalues = aliased_eigenvalues(configuration.points)[: configuration.k_max + 1]
    predicted = mode_descent(eigenvalues, eta, steps)
    inside = (predicted <= configuration.fit_from) & (predicted >= configuration.fit_to)
    rates = np.array([[_fitted_rates(steps, m, inside, eta) for m in seeds] for seeds in measured])
    ratios = rates / eigenvalues
    return Record(
        width=configuration.width,
        points=configuration.points,
        amplitudes=configuration.amplitudes,
        learning_rate=eta,
        frequencies=tuple(range(configuration.k_max + 1)),
        eigenvalues=eigenvalues,
        fit_from=configuration.fit_from,
        fit_to=configuration.fit_to,
        times=eta * steps,
        measured=measured,
        predicted=predicted,
        rate_ratios=ratios,
        rate_ratio=tuple(student_interval(column) for column in ratios[0].T),
        rate_ratio_of_large_target=tuple(student_interval(column) for column in ratios[1].T),
        holds_down_to=_holds_down_to(measured[0], predicted),
        error_of_infinite_flow=infinite["error_of_infinite_flow"],
    )


def _fitted_rates(
    steps: Array, amplitudes: Array, inside: npt.NDArray[Any], learning_rate: float
) -> Array:
    """λ of every frequency from the slope of log amplitude in steps: amplitude ∝ (1 − ηλ)^s."""
    slopes = [
        np.polyfit(steps[rows], np.log(amplitude[rows]), 1)[0]
        for amplitude, rows in zip(amplitudes.T, inside.T, strict=True)
    ]
    return -np.expm1(slopes) / learning_rate


def _holds_down_to(measured: Array, predicted: Array) -> Array:
    """Predicted amplitude at which the seeds' median first leaves it by over 20 %; 0 if never."""
    left = np.abs(np.median(measured, axis=0) - predicted) > 0.2 * predicted  # may be 0
    first = predicted[left.argmax(axis=0), np.arange(predicted.shape[1])]
    return np.where(left.any(axis=0), first, 0.0)


def judge(record: Record) -> Verdict:
    """Exact at infinite width first, then the fitted rates of the small target."""
    misses = [abs(interval.mean - 1) for interval in record.rate_ratio]
    k = int(np.argmax(misses))
    worst = misses[k]
    large = record.rate_ratio_of_large_target
    last = int(np.argmin([interval.mean for interval in large]))
    if not record.error_of_infinite_flow < 1e-12:
        return Verdict(
            FAILS,
            f"the infinite-width flow misses exp(−λτ) by {record.error_of_infinite_flow:.1e}.",
        )
    if not worst < 0.05:
        return Verdict(
            IN_PART,
            f"exact at infinite width, but at width {record.width} the fitted rate of k = {k} is "
            f"{record.rate_ratio[k]} times λ_k.",
        )
    return Verdict(
        HOLDS,
        f"fitted rates are within {100 * worst:.1f} % of λ_k at width {record.width} (worst: "
        f"k = {k}), while a mode falls from {record.fit_from:g} to {record.fit_to:g} of its start. "
        f"{_where_it_stops(record)}It stops holding for large targets, which move the kernel: at "
        f"amplitude {record.amplitudes[1]:g} the rate of k = {last} is {large[last]} times λ_k.",
    )


def _where_it_stops(record: Record) -> str:
    k = int(np.argmax(record.holds_down_to))
    if record.holds_down_to[k] == 0:
        return ""
    return (
        f"k = {k} is the first to leave the line by 20 %, at {record.holds_down_to[k]:.2g} of its "
        f"start. "
    )


def draw(record: Record, axes: Sequence[Any]) -> None:
    """Modes against time on the predicted lines, and the fitted rates."""
    _draw_modes(record, axes[0])
    _draw_rates(record, axes[1])


def _draw_modes(record: Record, axis: Any) -> None:
    styles = "osD^v*P"  # seven, so that with six colours no pair comes twice
    mean = np.exp(np.log(record.measured[0]).mean(axis=0))  # (s, k_max + 1), over the seeds
    for k in record.frequencies:
        colour, style = f"C{k}", styles[k % len(styles)]
        axis.plot(record.times, record.predicted[:, k], "-", color=colour)
        axis.plot(
            record.times[1:], mean[1:, k], style, color=colour, markersize=4, label=f"k = {k}"
        )
    axis.axhspan(record.fit_to, record.fit_from, color="0.92", zorder=0, label="range of the fit")
    axis.set(
        xscale="log",
        yscale="log",
        ylim=(1e-4, 1.5),
        xlabel="time τ = η × steps",
        ylabel="residual mode, relative to its start",
        title=f"Points: width {record.width}, {record.measured.shape[1]} seeds. Lines: theory",
    )
    axis.legend(loc="lower left", ncols=2 if len(record.frequencies) <= 6 else 3)


def _draw_rates(record: Record, axis: Any) -> None:
    for intervals, amplitude, style, shift in (
        (record.rate_ratio, record.amplitudes[0], "o", -0.08),
        (record.rate_ratio_of_large_target, record.amplitudes[1], "s", 0.08),
    ):
        axis.errorbar(
            np.array(record.frequencies) + shift,
            [interval.mean for interval in intervals],
            [interval.high - interval.mean for interval in intervals],
            fmt=style,
            label=f"modes of the target at {amplitude:g}",
        )
    axis.axhline(1, color="k", linestyle="--", label="theory")
    axis.set(
        ylim=(0, 1.2),
        xlabel="frequency k",
        ylabel="fitted rate over λ_k (95 % interval)",
        title="Fitted rates: a large target moves the kernel",
    )
    axis.legend(loc="lower left")


CLAIM = Claim(
    name="decay",
    statement=(
        "Under gradient flow each Fourier mode of the residual decays exponentially, at a rate set "
        "by its eigenvalue."
    ),
    formula="r_k(τ) = exp(−λ_k τ) r_k(0);  under descent r_k = (1 − ηλ_k)^s r_k(0)",
    source="Kalvankar (2026); Jacot et al. (2018), section 5; Arora et al. (2019)",
    criterion=(
        "Holds if the rates fitted to real training for a small target, over the steps in which "
        "the prediction lies between 0.9 and 0.15 of its start, have seed means within 5 % of λ_k "
        "(aliased on the grid) for every k ≤ 5, and the infinite-width flow follows exp(−λτ) to "
        "1e-12. Holds in part if only the second does; fails if the second does not."
    ),
    default=Configuration(),
    quick=Configuration(width=1024, points=32, k_max=4, steps=500),
    full=Configuration(width=65536, k_max=8, steps=4000, seeds=16),
    units=units,
    measure_unit=measure_unit,
    collect=collect,
    judge=judge,
    draw=draw,
    panels=2,
)
