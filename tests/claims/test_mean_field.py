"""The claim on the mean-field limit: what it measures of one network, and its farthest cell."""

import dataclasses
import math

import numpy as np
import pytest

import minintk as mn
from minintk.claims import CLAIMS
from minintk.claims.beyond import (
    mean_field,
)
from minintk.claims.claim import (
    measure,
)
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.evolving


# --- reference ------------------------------------------------------------------------------------


def test_what_the_mean_field_claim_measures_of_one_network():
    claim = CLAIMS["mean_field"]
    small = dataclasses.replace(claim.quick, at_steps=(4, 9), points=12, k_max=2)
    unit = mean_field.units(small)[0]
    part = mean_field.measure_unit(small, unit, np.random.default_rng(5))
    network = mn.initialise(unit.key[1], np.random.default_rng(5), antisymmetric=True)
    grid = mn.uniform_angles(12)
    y, blocks = mn.fourier_sum(grid, mean_field.TARGETS["low"]), {}

    def record(step, params):
        blocks[step] = mn.fast.population_low_frequency_block(params, 2).diagonal()

    losses = mn.gradient_descent(network, mn.objective(grid, y), 0.5, 9, record=record)[1]
    assert_close(part["evolving"][0], losses[[4, 9]], 1e-12)
    for column, step in enumerate((4, 9)):
        change = blocks[step] - blocks[0]
        expected = [change[0], change[1:3].mean(), change[3:5].mean()]
        assert_close(part["gains"][0, column], np.array(expected), 1e-11)


def test_the_farthest_cell_is_named_with_its_standard_error():
    claim = CLAIMS["mean_field"]
    small = dataclasses.replace(
        claim.quick, at_steps=(3, 6), points=12, seeds=10, radii=4, directions=24
    )
    record = measure(claim, small, seed=0)
    cells = {}
    for t, w, s in np.ndindex(record.mean_field_loss.shape):
        logs = [math.log(loss) for loss in record.evolving_loss[t, w, s]]
        mean = math.fsum(logs) / 10
        error = math.sqrt(math.fsum((x - mean) ** 2 for x in logs) / 9 / 10)
        name = f"m = {record.widths[w]}, {record.targets[t]}, τ = {record.times[s]:g}"
        cells[name] = math.exp(abs(math.log(record.mean_field_loss[t, w, s]) - mean)), error
    farthest = max(cells, key=lambda name: cells[name][0])
    assert record.factor_cell == farthest
    assert_close([record.largest_factor, record.factor_error], list(cells[farthest]), 1e-12)
