"""The four stages from the infinite-width flow to the evolving network, side by side."""

import dataclasses
import inspect

import numpy as np
import pytest

import minintk as mn
from minintk import evolving
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.evolving


def four_stages(width, task, rng, **nodes):
    ((frozen, network),) = evolving.drawn_stages(width, task, rng, 1)
    return {
        "infinite width": evolving.infinite_stage(task),
        "frozen": frozen,
        "mean-field": evolving.mean_field_stage(width, task, **nodes),
        "evolving": network,
    }


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.claims
def test_the_defaults_of_the_stages_are_those_of_the_mean_field_nodes():
    def nodes(function):
        found = inspect.signature(function).parameters
        return [found[name].default for name in ("radii", "directions")]

    expected = nodes(evolving.mean_field_start)
    assert expected == [48, 96], "the table of the docstring"
    assert nodes(evolving.mean_field_stage) == expected
    task = evolving.Task((0.0, 1.0, 0.0), 0.5, 20)
    assert (task.points, task.k_max) == (64, 4)
    with pytest.raises(dataclasses.FrozenInstanceError, match="steps"):
        task.steps = 3


# --- reference ------------------------------------------------------------------------------------


def test_each_stage_is_what_it_says():
    rng, eta, steps, width = np.random.default_rng(6), 0.5, 30, 24
    task = evolving.Task((0.0, 1.0, 0.3, -0.5, 0.2), eta, steps, points=32, k_max=3)
    stages = four_stages(width, task, rng, radii=24, directions=32)
    grid = mn.uniform_angles(32)
    y = mn.fourier_sum(grid, task.coefficients)
    start = mn.initialise(width, np.random.default_rng(6), antisymmetric=True)
    kernels = {"infinite width": mn.infinite_ntk(grid), "frozen": mn.empirical_ntk(start, grid)}
    for name, kernel in kernels.items():
        outputs = mn.frozen_descent(kernel, np.zeros(32), y, eta, [steps])
        assert_close(stages[name].losses[-1], np.mean((outputs[0] - y) ** 2) / 2, 1e-12, name)
        assert_close(stages[name].kernel_block, mn.low_frequency_block(kernel, grid, 3), 1e-12)
    trained, losses = mn.gradient_descent(start, mn.objective(grid, y), eta, steps)
    assert_close(stages["evolving"].losses, losses, 1e-11)
    after = mn.low_frequency_block(mn.empirical_ntk(trained, grid), grid, 3)
    assert_close(stages["evolving"].kernel_block, after, 1e-11)
    for name, stage in stages.items():
        assert_close(stage.losses[0], np.array(np.mean(y**2) / 2), 1e-12, name)
        inside = 0.5 * np.sum(stage.residual_spectrum**2)
        assert inside <= stage.losses[-1] * (1 + 1e-12), name  # Bessel
        assert stage.alignments.keys() == stages["frozen"].alignments.keys()
    limit = stages["mean-field"]
    assert abs(0.5 * np.sum(limit.residual_spectrum**2) / limit.losses[-1] - 1) < 0.05
    assert (
        limit.alignments["off-diagonal share"] < stages["frozen"].alignments["off-diagonal share"]
    )


# --- theorem --------------------------------------------------------------------------------------


def test_all_stages_agree_at_very_large_width():
    task = evolving.Task((0.0, 0.05, 0.0), 0.5, 8, points=16)
    stages = four_stages(200_000, task, np.random.default_rng(0))
    losses = np.array([stage.losses for stage in stages.values()])
    assert np.ptp(losses, axis=0).max() < 5e-3 * losses.max()
