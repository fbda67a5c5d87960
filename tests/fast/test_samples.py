"""Output, loss and gradient at samples, for networks with every awkward arc."""

import re

import numpy as np
import pytest
from hypothesis import given

import minintk as mn
from minintk import fast
from tests.reference import awkward
from tests.reference.agreement import sizes, within
from tests.reference.closeness import assert_close

# --- reference ------------------------------------------------------------------------------------


@pytest.mark.forward
@given(drawn=awkward.few())
def test_output_of_few_neurons(drawn):
    params, angles, _ = drawn
    within(fast.forward(params, angles), mn.forward(params, angles), sizes(params)[0], "output")


@pytest.mark.backward
@given(drawn=awkward.few())
def test_loss_and_gradient_of_few_neurons(drawn):
    params, angles, rng = drawn
    targets = rng.standard_normal(len(angles))
    loss, gradient = fast.loss_and_gradient(params, angles, targets)
    plain_loss, plain = mn.loss_and_gradient(params, angles, targets)
    output, _ = sizes(params)
    largest = max(np.abs(getattr(params, part)).max() for part in "wba")
    within(loss, plain_loss, (output + np.abs(targets).max()) ** 2, "loss")
    for part in "wba":
        size = (output + np.abs(targets).max()) * max(1.0, largest)
        within(getattr(gradient, part), getattr(plain, part), size, part)
        assert part in params.trained or not getattr(gradient, part).any()
    assert gradient.trained == params.trained


@pytest.mark.dynamics
def test_ten_thousand_steps_stay_with_the_plain_ones():
    rng = np.random.default_rng(6)
    params = awkward.network(15, 0, rng)
    angles = rng.uniform(0, 6, 20)
    targets = np.sin(angles) + 0.5 * np.cos(3 * angles)
    arguments = 0.05, 10_000
    trained, losses = mn.gradient_descent(params, fast.objective(angles, targets), *arguments)
    plain, plain_losses = mn.gradient_descent(params, mn.objective(angles, targets), *arguments)
    for part in "wba":
        assert_close(getattr(trained, part), getattr(plain, part), 1e-9, part)
        moved = np.abs(getattr(plain, part) - getattr(params, part)).max()
        assert moved > 0.01, f"{part} must move for this to show anything"
    assert np.abs(losses - plain_losses).max() <= 1e-9 * plain_losses[0]


@pytest.mark.dynamics
@given(drawn=awkward.few())
def test_largest_eigenvalue_of_few_neurons(drawn):
    params, angles, _ = drawn
    objective = fast.objective(angles, np.zeros(len(angles)))
    true = np.linalg.eigvalsh(mn.empirical_ntk(params, angles))[-1] / len(angles)
    assert 0.95 * true <= objective.largest_eigenvalue(params) <= true * (1 + 1e-12)


@pytest.mark.dynamics
@pytest.mark.parametrize("trained", awkward.TRAINED_SUBSETS, ids=str)
@pytest.mark.parametrize("antisymmetric", [False, True])
@pytest.mark.parametrize("width", [2, 20, 400])
def test_largest_eigenvalue_for_all_that_trains(trained, antisymmetric, width):
    rng = np.random.default_rng(width)
    law = mn.Law(bias_std=0.3, output_law="normal", trained=trained)
    for n in (1, 2, 64):
        params = mn.initialise(width, rng, law, antisymmetric=antisymmetric)
        angles = mn.uniform_angles(n)
        objective = fast.objective(angles, np.zeros(n))
        true = np.linalg.eigvalsh(mn.empirical_ntk(params, angles))[-1] / n
        assert 0.95 * true <= objective.largest_eigenvalue(params) <= true * (1 + 1e-12)


@pytest.mark.forward
@pytest.mark.parametrize("size", [1e8, 1e12, 1e40])
def test_a_huge_neuron_that_is_active_on_no_sample_costs_nothing(size):
    rng = np.random.default_rng(8)
    small, angles = awkward.network(20, 4, rng), mn.uniform_angles(16) + 0.1
    # The second arc crosses the cut, without a sample on it.
    for centre, b in ((6.2, -1.5), (0.0, -0.999), (0.3, -0.999)):
        direction = [np.cos(centre), np.sin(centre)]
        params = mn.Params(
            np.vstack([small.w[:9], size * np.array([direction]), small.w[9:]]),
            np.insert(small.b, 9, size * b),
            np.insert(small.a, 9, size),
        )
        assert_close(fast.forward(params, angles), mn.forward(params, angles), 1e-13)
        gradient = fast.loss_and_gradient(params, angles, np.cos(angles))[1]
        expected = mn.loss_and_gradient(params, angles, np.cos(angles))[1]
        for part in "wba":
            assert_close(getattr(gradient, part), getattr(expected, part), 1e-13, part)
            assert not np.any(getattr(gradient, part)[9])


@pytest.mark.forward
@pytest.mark.parametrize("size", [1e4, 1e8, 1e12])
def test_a_huge_neuron_that_is_active_costs_the_digits_that_the_docstring_says(size):
    rng = np.random.default_rng(9)
    small, angles = awkward.network(50, 0, rng), mn.uniform_angles(100)
    for direction in rng.standard_normal((10, 2)):
        w, b = np.vstack([small.w, size * direction]), np.append(small.b, -0.9 * size)
        params = mn.Params(w, b, np.append(small.a, 1.0))
        error = np.abs(fast.forward(params, angles) - mn.forward(params, angles)).max()
        assert error <= 1e-14 * sizes(params)[0]


# --- theorem --------------------------------------------------------------------------------------


@pytest.mark.backward
@pytest.mark.parametrize("trained", [("w", "b", "a"), ("w", "b"), ("a",)], ids=str)
def test_objective_is_loss_and_gradient(trained):
    rng = np.random.default_rng(3)
    angles, targets = awkward.angles(23, 0, rng), rng.standard_normal(23)
    objective = fast.objective(angles, targets)
    for _ in range(2):
        params = awkward.network(11, 4, rng, trained)
        loss, gradient = objective(params)
        expected_loss, expected = fast.loss_and_gradient(params, angles, targets)
        assert loss == expected_loss
        for part in "wba":
            np.testing.assert_array_equal(getattr(gradient, part), getattr(expected, part))


@pytest.mark.forward
def test_antisymmetric_pairs_cancel():
    rng = np.random.default_rng(5)
    params = awkward.network(300, 60, rng, antisymmetric=True)
    output = fast.forward(params, awkward.angles(100, 17, rng))
    assert np.abs(output).max() < 1e-13


# --- argument checks ------------------------------------------------------------------------------

NETWORK = awkward.network(3, 0, np.random.default_rng(0))
ANGLES = [0.3, 1.9, -2.0]
NAN = float("nan")

CASES = [
    ("angles must be finite, got nan", lambda: fast.forward(NETWORK, [0.0, NAN])),
    ("angles must have shape", lambda: fast.forward(NETWORK, [[0.0]])),
    ("angles must have shape", lambda: fast.forward(NETWORK, [])),
    ("targets must have shape (3,)", lambda: fast.objective(ANGLES, [1.0])),
    ("targets must be at most 1e+70", lambda: fast.objective(ANGLES, [1.0, 1e71, 0.0])),
    ("targets must be finite", lambda: fast.loss_and_gradient(NETWORK, ANGLES, [1.0, NAN, 0.0])),
]


@pytest.mark.project
@pytest.mark.parametrize(("message", "call"), CASES, ids=[case[0][:60] for case in CASES])
def test_rejected(message, call):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


@pytest.mark.project
@pytest.mark.parametrize("call", [fast.forward, mn.fast.loss_and_gradient], ids=str)
def test_another_object_in_place_of_the_network(call):
    more = (ANGLES,) if call is fast.loss_and_gradient else ()
    with pytest.raises(TypeError, match="params must be a Params"):
        call({"w": 1}, ANGLES, *more)
    objective = fast.objective(ANGLES, ANGLES)
    for function in (objective, objective.largest_eigenvalue):
        with pytest.raises(TypeError, match="params must be a Params"):
            function(None)
