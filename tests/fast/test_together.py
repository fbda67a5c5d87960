"""Many small networks trained side by side, against each trained alone."""

import numpy as np
import pytest

import minintk as mn
from minintk import fast
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.evolving


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.claims
def test_networks_without_a_loss_are_no_divergence():
    still = mn.Params([[1.0, 0.0]], [0.0], [0.0])
    _, losses, _ = fast.train_together([still], [0.0, 2.0], [0.0, 0.0], 0.5, 2)
    assert losses.tolist() == [[0.0, 0.0, 0.0]]


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "n"), [(1, 3), (6, 1), (17, 9)])
def test_networks_side_by_side_train_as_each_alone(width, n):
    rng = np.random.default_rng(width)
    angles, targets = mn.sample_angles(n, rng), rng.standard_normal(n)
    networks = [
        mn.initialise(width, rng, law=mn.Law(bias_std=0.4, output_law="normal")) for _ in range(4)
    ]
    trained, losses, _ = fast.train_together(networks, angles, targets, 0.3, 25)
    assert losses.shape == (4, 26)
    for index, network in enumerate(networks):
        alone, expected = mn.gradient_descent(network, mn.objective(angles, targets), 0.3, 25)
        assert_close(losses[index], expected, 1e-12)
        assert_close(mn.flatten(trained[index]), mn.flatten(alone), 1e-12)
        assert_close(mn.fast.forward(trained[index], angles), mn.forward(alone, angles), 1e-11)


# --- theorem --------------------------------------------------------------------------------------


def test_no_step_leaves_the_networks_as_they_are():
    networks = [mn.initialise(4, np.random.default_rng(seed)) for seed in (0, 1)]
    trained, losses, _ = fast.train_together(networks, [0.1, 2.0], [1.0, -1.0], 0.5, 0)
    assert losses.shape == (2, 1)
    for before, after in zip(networks, trained, strict=True):
        assert np.array_equal(mn.flatten(before), mn.flatten(after))


# --- refusal --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "networks"),
    [
        ("networks must be at least one, got none", []),
        ("networks must have one width, got", [2, 4]),
    ],
)
def test_networks_that_cannot_be_trained_together(rule, networks):
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=rule):
        fast.train_together([mn.initialise(m, rng) for m in networks], [0.0], [1.0], 0.5, 1)


def test_side_by_side_refuses_a_part_at_rest_and_a_divergence():
    rng = np.random.default_rng(0)
    still = mn.initialise(4, rng, law=mn.Law(trained=("w", "a")))
    with pytest.raises(ValueError, match="networks must train the same parts"):
        fast.train_together([still, mn.initialise(4, rng)], [0.0], [1.0], 0.5, 1)
    quiet, wild = mn.initialise(4, rng), mn.initialise(4, rng, law=mn.Law(weight_std=1e4))
    with pytest.raises(mn.DivergenceError, match=r"networks 1 at step \d+ diverged"):
        fast.train_together([quiet, wild], [0.0, 1.0], [1.0, 2.0], 0.5, 400, allow_catapult=True)
