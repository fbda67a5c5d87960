"""The methods that the bench times: all of a case do the same work, plain NumPy among them."""

import numpy as np
import pytest

import minintk as mn
from minintk import bench_methods as of

pytestmark = pytest.mark.command

STEPS = 30
SMALL = [(of.KERNEL, 24, 40, 0), (of.TRAINING, 24, 40, STEPS), (of.BLOCK, 24, 40, 0)]
SMALL += [(of.EIGHT, 24, 40, STEPS)]
SMALL += [(name, 24, 0, 0) for name in (of.INFINITE, of.GRID, of.SPECTRUM, of.FLOW)]


@pytest.fixture(params=SMALL, ids=lambda case: case[0])
def case(request):
    return request.param


def calls(case):
    return of.methods(*case, np.random.default_rng(0))


# --- by hand --------------------------------------------------------------------------------------


def test_every_case_has_numpy_first_and_the_limit_last(case):
    names = list(calls(case))
    assert names[:3] == [of.NUMPY, of.PLAIN, of.ARCS]
    more = {of.KERNEL: [of.JACOBIAN], of.EIGHT: [of.TOGETHER]}.get(case[0], [])
    assert names[3:] == [*more, of.LIMIT]


def test_the_limit_writes_as_many_doubles_as_the_result_has():
    sizes = {case[0]: calls(case)[of.LIMIT]().size for case in SMALL}
    kernels = dict.fromkeys((of.KERNEL, of.INFINITE, of.GRID), 24 * 24)
    moments = dict.fromkeys((of.TRAINING, of.BLOCK), 24 + 4 * 40)
    moments[of.EIGHT] = 8 * (24 + 4 * 40)
    assert sizes == {**kernels, **moments, of.SPECTRUM: 24, of.FLOW: 24}


@pytest.mark.parametrize(("case", "times"), [(SMALL[1], STEPS), (SMALL[2], 1)], ids=str)
def test_the_limit_of_a_training_writes_at_every_step(case, times, monkeypatch):
    written = []
    monkeypatch.setattr(of.np, "full", lambda *arguments: written.append(arguments))
    calls(case)[of.LIMIT]()
    assert written == times * [(24 + 4 * 40, 1.0)]


@pytest.mark.parametrize(("limit", "there"), [(8 * 24 * 160, True), (8 * 24 * 160 - 1, False)])
def test_a_jacobian_above_the_limit_is_left_out(limit, there, monkeypatch):
    monkeypatch.setattr(of, "GIBIBYTE", limit)
    assert (of.JACOBIAN in calls(SMALL[0])) is there


# --- reference ------------------------------------------------------------------------------------


def test_methods_of_a_case_give_the_same_result(case):
    values = {method: call() for method, call in calls(case).items() if method != of.LIMIT}
    for method, value in values.items():
        one, two = values[of.PLAIN], value
        if case[0] == of.TRAINING:
            one, two = one[1], two[1]
        if case[0] == of.EIGHT:
            one = one.losses
            two = [losses for _, losses in two] if method == of.NUMPY else two.losses
        if case[0] == of.SPECTRUM:
            one, two = np.sort(one), np.sort(two)
        np.testing.assert_allclose(two, one, rtol=0, atol=1e-11, err_msg=method)


def test_the_numpy_loop_trains_as_gradient_descent_does():
    angles, params = mn.uniform_angles(32), mn.initialise(24, np.random.default_rng(0))
    targets = np.cos(angles) + np.cos(2 * angles)
    (w, b, a), losses = of._numpy_training(params, angles, targets, 0.5, 100)
    trained, expected = mn.gradient_descent(params, mn.objective(angles, targets), 0.5, 100)
    np.testing.assert_allclose(losses, expected, rtol=1e-12)
    for own, name in ((w, "w"), (b, "b"), (a, "a")):
        np.testing.assert_allclose(own, getattr(trained, name), rtol=0, atol=1e-13, err_msg=name)


def test_every_other_numpy_method_is_its_plain_function():
    rng = np.random.default_rng(0)
    angles, params = mn.sample_angles(40, rng), mn.initialise(30, rng, mn.Law(bias_std=0.5))
    kernel, grid = mn.infinite_ntk(angles), mn.infinite_ntk(mn.uniform_angles(40))
    setting = (kernel, np.sin(angles), np.cos(3 * angles), np.array([0.0, 2.0, 50.0]))
    empirical = mn.factorised_ntk(params, angles)
    for own, plain in (
        (of._numpy_ntk(params, angles), empirical),
        (of._numpy_block(params, angles), mn.low_frequency_block(empirical, angles, 4)),
        (of._numpy_infinite_ntk(angles), kernel),
        (of._numpy_spectrum(grid), np.sort(mn.circulant_eigenvalues(grid))),
        (of._numpy_flow(*setting), mn.frozen_flow(*setting)),
    ):
        np.testing.assert_allclose(own, plain, rtol=0, atol=1e-13 * np.abs(plain).max())


@pytest.mark.parametrize("form", [of._numpy_ntk, mn.factorised_ntk])
def test_a_kernel_in_pieces_of_neurons_is_the_whole_one(form, monkeypatch):
    monkeypatch.setattr(of, "_NEURONS_AT_ONCE", 7)
    params, angles = mn.initialise(40, np.random.default_rng(0)), mn.uniform_angles(9)
    pieces = of._in_pieces(form, params, angles)
    np.testing.assert_allclose(pieces, mn.factorised_ntk(params, angles), rtol=0, atol=1e-14)


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "rule"),
    [
        (("trainin", 24, 40, 3), "name must be one of .*, got 'trainin': did you mean training"),
        ((of.FLOW, 0, 0, 0), "n must be a positive integer, got 0"),
        ((of.KERNEL, 24, 0, 0), "m must be a positive integer, got 0"),
        ((of.INFINITE, 24, -1, 0), "m must be an integer of at least 0, got -1"),
        ((of.EIGHT, 24, 40, 0), "steps must be a positive integer, got 0"),
        ((of.BLOCK, 24, 40, -1), "steps must be an integer of at least 0, got -1"),
    ],
)
def test_a_case_that_cannot_be_timed_is_rejected(case, rule):
    with pytest.raises(ValueError, match=f"^{rule}"):
        calls(case)
