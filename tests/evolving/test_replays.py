"""The path of a kernel replayed with edits: what each part of its motion does to the loss."""

import numpy as np
import pytest

import minintk as mn
from minintk.evolving import replays
from tests.reference import replays as reference
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.evolving


def task(points, width, seed=3, start="independent"):
    rng, angles = np.random.default_rng(seed), mn.uniform_angles(points)
    pairs = start == "antisymmetric"
    params = mn.initialise(width, rng, antisymmetric=pairs)
    targets = np.cos(angles) + np.cos(2 * angles + 0.6)
    return params, angles, targets


def step_of(rate):
    def stepped(params, gradient):
        parts = (
            getattr(params, part) - rate * np.reshape(gradient[part], getattr(params, part).shape)
            for part in "wba"
        )
        return mn.Params(*parts)

    return stepped


def pulls(left, first, moved):
    """What the edited paths pull, from the kernels themselves."""
    edits = replays._edits_of(np.diagonal(moved - first, axis1=1, axis2=2), first)
    return replays._pulls(left, first, edits, moved @ left[..., replays.WHOLE])


# --- by hand --------------------------------------------------------------------------------------


def test_pulls_of_every_edit_by_hand():
    # Five modes, 0, 1c, 1s, 2c, 2s: the diagonal grows by 1, 2, 4, 8, 16, and 1c turns to 2c by 3.
    first = np.diag([1.0, 1, 1, 1, 1])
    moved = first + np.diag([1.0, 2, 4, 8, 16])
    moved[1, 3] = moved[3, 1] = 3.0
    left = np.ones((1, 5, 8))
    found = pulls(left, first[None], moved[None])[0].T
    expected = {
        "frozen": [1, 1, 1, 1, 1],
        "everything": [2, 6, 5, 12, 17],
        "gains of |k| ≤ 1": [2, 3, 5, 1, 1],
        "gains of k ≥ 2": [1, 1, 1, 9, 17],
        "band means": [2, 4, 4, 13, 13],
        "turning": [1, 3, 2, 0, 5],
        "trace": [36 / 5] * 5,
        "gains of |k| ≤ 3": [2, 3, 5, 9, 17],
    }
    for name, row in zip(replays.EDITS, found, strict=True):
        assert_close(row, np.array(expected[name], float), 1e-14, name)


def test_entries_that_are_held_stay_where_they_were_in_every_edit():
    rng = np.random.default_rng(5)
    first, moved = rng.standard_normal((2, 2, 5, 5))
    left = rng.standard_normal((2, 5, 8))
    held = moved.copy()
    held[:, range(3), range(3)] = first[:, range(3), range(3)]
    gain = np.diagonal(moved - first, axis1=1, axis2=2)
    edits = replays._edits_of(gain, first, lowest=False)
    found = replays._pulls(left, first, edits, moved @ left[..., replays.WHOLE])
    assert_close(found, pulls(left, first, held), 1e-13)


def test_on_an_even_grid_the_last_mode_has_one_phase():
    first, moved = np.eye(4), np.eye(4) + np.diag([1.0, 2, 4, 8])
    left = np.ones((1, 4, 8))
    found = pulls(left, first[None], moved[None])[0]
    assert_close(found[:, 4], [2.0, 4.0, 4.0, 9.0], 1e-14)


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.parametrize("points", [7, 8, 10])
def test_every_replay_is_that_of_plain_loops(points):
    params, angles, targets = task(points, 3)
    found = replays.replayed([params, params], angles, targets, 0.25, [0, 4])
    for place, name in enumerate(replays.EDITS):
        for row, steps in enumerate((0, 4)):
            expected = reference.loss_of_replay(
                name, params, angles, targets, 0.25, steps, step_of(0.25)
            )
            assert_close(found[:, row, place], [expected] * 2, 1e-10, name)


def test_steps_come_back_as_they_were_given():
    params, angles, targets = task(7, 3)
    rows = replays.replayed([params], angles, targets, 0.25, [0, 4])
    found = replays.replayed([params], angles, targets, 0.25, [4, 0, 4])
    assert np.array_equal(found, rows[:, [1, 0, 1]])


def test_later_the_kernels_are_seen_at_some_steps_and_at_those_that_are_kept(monkeypatch):
    monkeypatch.setattr(replays, "EARLY", 1)
    params, angles, targets = task(7, 3)
    found = replays.replayed([params], angles, targets, 0.25, [4, 6])[0]
    for place, name in enumerate(replays.EDITS):
        for row, steps in enumerate((4, 6)):
            expected = reference.loss_of_replay(
                name, params, angles, targets, 0.25, steps, step_of(0.25), pause=4
            )
            assert_close(found[row, place], expected, 1e-10, name)
    assert replays._steps_seen([6, 9]) == [0, 4, 6, 8, 9]
    monkeypatch.undo()
    seen = replays._steps_seen([200, 1000])
    assert seen == [*range(100), *range(100, 1001, 4)]
    assert replays._steps_seen([3]) == [0, 1, 2, 3]


def test_the_last_two_parts_are_the_network_and_its_end_kernel_from_output_0():
    params, angles, targets = task(8, 5)
    found = replays.replayed([params], angles, targets, 0.25, [6])[0, 0]
    for _ in range(6):
        gradient = mn.loss_and_gradient(params, angles, targets)[1]
        params = mn.unflatten(mn.flatten(params) - 0.25 * mn.flatten(gradient), params)
    residual = -targets
    for _ in range(6):
        residual = residual - 0.25 * mn.empirical_ntk(params, angles) @ residual / 8
    own = mn.loss(mn.forward(params, angles), targets)
    assert_close(found[-2:], [np.mean(residual**2) / 2, own], 1e-10)


@pytest.mark.parametrize("points", [6, 9])
def test_all_modes_are_those_of_plain_loops(points):
    angles = mn.uniform_angles(points)
    assert_close(replays._all_modes(angles), np.array(reference.modes(angles)).T, 1e-12)


# --- theorem --------------------------------------------------------------------------------------


def test_the_replay_of_everything_is_the_network_to_first_order_in_the_step():
    networks = [task(16, 8, seed, "antisymmetric")[0] for seed in range(16)]
    _, angles, targets = task(16, 8)
    off = []
    for rate in (0.2, 0.05, 0.0125):
        losses = replays.replayed(networks, angles, targets, rate, [round(2 / rate)])[:, 0]
        off.append(np.mean(np.abs(losses[:, 1] / losses[:, -1] - 1)))  # kinks pass one by one
    assert off[0] < 0.05
    assert off[2] < off[1] < off[0] / 2


def test_where_only_the_lowest_gains_move_they_give_everything():
    first = np.eye(7)
    moved = first + np.diag([0.5, 0.25, 0.125, 0, 0, 0, 0])
    left = np.random.default_rng(0).standard_normal((2, 7, 1)).repeat(8, axis=2)
    first, moved = np.stack([first] * 2), np.stack([moved] * 2)
    found = pulls(left, first, moved)
    assert_close(found[..., 2], found[..., 1], 1e-14)
    assert_close(found[..., 7], found[..., 1], 1e-14)
    assert_close(found[..., 3], found[..., 0], 1e-14)


def test_without_the_lowest_gains_their_replay_is_the_frozen_one():
    params, angles, targets = task(12, 6)
    part = replays.replayed([params], angles, targets, 0.25, [5], lowest=False)[0, 0]
    whole = replays.replayed([params], angles, targets, 0.25, [5])[0, 0]
    assert part[2] == part[0] == whole[0]
    assert whole[2] != whole[0]


# --- argument checks ------------------------------------------------------------------------------


def test_a_replay_that_diverges_is_not_finite_and_the_others_are():
    grid = mn.uniform_angles(8)
    targets = mn.fourier_sum(grid, mn.target_coefficients((1, 2, 3)))
    start = mn.initialise(4, np.random.default_rng(0), antisymmetric=True)
    losses = replays.replayed([start], grid, targets, 0.25, [4000])[0, 0]  # no warning is raised
    diverged = [part for part, loss in zip(replays.PARTS, losses, strict=True) if not loss < 1]
    assert diverged == ["turning"]


def test_angles_that_are_no_grid():
    params = mn.initialise(3, np.random.default_rng(0))
    with pytest.raises(ValueError, match="angles must be a uniform grid from 0, got"):
        replays.replayed([params], [0.0, 1.0, 2.0], [0.0, 0.0, 0.0], 0.25, [1])
    with pytest.raises(ValueError, match="lowest must be"):
        replays.replayed([params], mn.uniform_angles(3), np.zeros(3), 0.25, [1], lowest=1)
    with pytest.raises(TypeError, match="at_steps must be a list, got 3"):
        replays.replayed([params], mn.uniform_angles(3), np.zeros(3), 0.25, 3)
    with pytest.raises(ValueError, match="networks must be at least one, got none"):
        replays.replayed([], mn.uniform_angles(3), np.zeros(3), 0.25, [1])
