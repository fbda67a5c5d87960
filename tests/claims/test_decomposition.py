"""The claim on the four stages: its excesses, the borders of its verdict and its figure."""

import dataclasses

import numpy as np
import pytest

from minintk import evolving
from minintk.claims.beyond import (
    decomposition,
)
from minintk.claims.claim import (
    FAILS,
    HOLDS,
    IN_PART,
    Interval,
)
from tests.reference.canvas import Canvas
from tests.reference.closeness import assert_close

pytestmark = [pytest.mark.evolving, pytest.mark.claims]


def decomposition_record():
    size = decomposition.Configuration(
        widths=(8, 16), targets=("low",), points=16, steps=30, seeds=3, block=3, k_max=3,
        shown_width=16,
    )  # fmt: skip
    rng, rows = np.random.default_rng(0), len(decomposition._curve_steps(size))

    def drawn(seeds):
        return {
            "curves": rng.random((seeds, rows)), "residuals": rng.random((seeds, 4)),
            "kernels": rng.random((seeds, 4)), "alignments": rng.random((seeds, 5)),
        }  # fmt: skip

    parts = [
        {"mean-field": drawn(1)} if unit.key[2] == decomposition.LIMIT
        else {"frozen": drawn(3), "evolving": drawn(3)}
        for unit in decomposition.units(size)
    ]  # fmt: skip
    return parts, decomposition.collect(size, parts)


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(12.5, HOLDS), (12.0, HOLDS), (11.9, IN_PART), (1.5, IN_PART), (1.0, IN_PART), (0.99, FAILS)],
)
def test_the_borders_of_the_repair(factor, verdict):
    _, record = decomposition_record()
    names = tuple(record.repair)
    record = dataclasses.replace(
        record,
        excess_frozen=dict.fromkeys(names, Interval(20.0, factor, 30.0)),
        excess_evolving=dict.fromkeys(names, Interval(0.5, 0.1, 1.0)),
    )
    assert decomposition.judge(record).verdict == verdict


# --- reference ------------------------------------------------------------------------------------


def test_the_excess_of_every_stage_is_that_over_the_stage_without_a_draw():
    parts, record = decomposition_record()
    infinite = record.losses[0, 0, 0, 0]
    task = evolving.Task(tuple(decomposition.TARGETS["low"]), 0.5, 30, 16, 3)
    assert infinite == evolving.infinite_stage(task).losses[-1]
    for row, width in enumerate((8, 16)):
        drawn, limit = parts[2 * row], parts[2 * row + 1]
        frozen, evolves = (drawn[name]["curves"][:, -1] for name in ("frozen", "evolving"))
        name, below = f"low m = {width}", limit["mean-field"]["curves"][0, -1]
        means = frozen.mean() - infinite, evolves.mean() - below
        assert abs(record.excess_frozen[name].mean - means[0]) < 1e-14
        assert abs(record.excess_evolving[name].mean - means[1]) < 1e-14
        assert abs(record.repair[name] - means[0] / means[1]) < 1e-12 * abs(record.repair[name])


def test_the_bars_of_the_decomposition_are_5_to_95_per_cent_of_the_draws():
    _, record = decomposition_record()
    axes = [Canvas() for _ in range(4)]
    decomposition.draw(record, axes)

    def quantiles(values):
        return np.quantile(values, [0.05, 0.5, 0.95], axis=0)

    kernels = record.kernels[0, 1] / record.kernels[0, 1, 0]
    for axis, values, along in (
        (axes[1], record.residuals[0, 1], 1),
        (axes[2], kernels, 1),
        (axes[3], record.alignments[0, 1], 0),
    ):
        assert len(axis.of("errorbar")) == 4
        for stage, (arguments, options) in enumerate(axis.of("errorbar")):
            low, middle, high = quantiles(values[stage])
            assert_close(arguments[along], middle, 1e-14)
            bars = arguments[2] if along else options["xerr"]
            assert_close(np.array(bars), np.array([middle - low, high - middle]), 1e-14)
            places = arguments[1 - along] - np.arange(len(middle))
            assert_close(places, np.full(len(middle), 0.16 * (stage - 1.5)), 1e-12)
    curves = record.curves[0, 1, :, :, 1:]
    for stage, ((shade, _), (line, options)) in enumerate(
        zip(axes[0].of("fill_between"), axes[0].of("plot"), strict=True)
    ):
        low, middle, high = quantiles(curves[stage])
        for found, expected in ((shade[1], low), (shade[2], high), (line[1], middle)):
            assert_close(found, expected, 1e-14)
        assert options["label"] == decomposition.LABELS[stage]
