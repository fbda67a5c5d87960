"""Tests of minintk.training: gradient descent, its record, balance and growth."""

import math

import numpy as np
import pytest
from hypothesis import given

import minintk as mn
from tests.reference import circle as reference_circle
from tests.reference import network as reference_network
from tests.reference import ntk as reference_ntk
from tests.reference import spectrum as reference_spectrum
from tests.reference import strategies as some
from tests.reference import training as reference
from tests.reference.closeness import HOLD, assert_close
from tests.reference.matrices import table
from tests.reference.rates import slope
from tests.reference.variants import with_arrays
from tests.reference.wrong_input import (
    ANGLES,
    NETWORK,
    NO_COUNT,
    NO_NUMBER,
    NOT_ANGLES,
    counts,
    every,
    meets,
    objective,
    refuses,
    rng,
)

# --- reference ------------------------------------------------------------------------------------


@pytest.mark.dynamics
@given(case=some.networks_at_angles(), seed=some.seeds)
def test_gradient_descent(case, seed):
    params, angles = case
    targets = np.random.default_rng(seed).standard_normal(len(angles))
    trained, losses = mn.gradient_descent(params, mn.objective(angles, targets), 0.3, 5)
    by_loops, losses_by_loops = reference.descend(params, angles, targets, 0.3, 5)
    assert_close(losses, losses_by_loops, 1e-12)
    for part in ("w", "b", "a"):
        assert_close(getattr(trained, part), getattr(by_loops, part), 1e-12, part)
    assert trained.trained == params.trained


@pytest.mark.dynamics
@given(params=some.networks(), seed=some.seeds)
def test_balance_and_growth_rate(params, seed):
    np.testing.assert_allclose(
        mn.balance(params), reference.balance(params), rtol=0, atol=HOLD * 10
    )
    f, y = np.random.default_rng(seed).standard_normal((2, 5))
    expected = 2 / 5 * math.fsum((b - a) * a for a, b in zip(f, y, strict=True))
    assert mn.growth_rate(f, y) == pytest.approx(expected, rel=1e-12, abs=1e-14)


@pytest.mark.dynamics
@pytest.mark.parametrize("options", [{}, {"k_max": 1}])
def test_trace(options):
    rng = np.random.default_rng(3)
    params, angles = some.random_params(6, rng), some.distinct_angles(10, rng)
    targets = rng.standard_normal(10)
    trace = mn.Trace([0, 4, 2], angles, targets, kernel=mn.factorised_ntk, **options)
    mn.gradient_descent(params, mn.objective(angles, targets), 0.3, 4, record=trace)
    assert trace["step"].tolist() == [0, 2, 4]
    k_max = options.get("k_max", 4)
    for row, step in enumerate((0, 2, 4)):
        now, losses = reference.descend(params, angles, targets, 0.3, step)
        residual = [
            reference_network.output(now, t) - y for t, y in zip(angles, targets, strict=True)
        ]
        kernel = table(lambda t, u, now=now: reference_ntk.ntk(now, t, u), angles, angles)
        all_by_loops = {
            "loss": losses[-1],
            "output": [reference_network.output(now, t) for t in angles],
            "residual_spectrum": reference_circle.fourier_coefficients(angles, residual, k_max),
            "norms": [math.hypot(*np.ravel(part)) for part in (now.w, now.b, now.a)],
            "kernel_block": reference_spectrum.low_frequency_block(kernel, angles, k_max),
        }
        for column, by_loops in all_by_loops.items():
            assert_close(trace[column][row], by_loops, 1e-12, f"{column} at step {step}")
            kept = getattr(trace.snapshots[row], column)
            np.testing.assert_array_equal(kept, trace[column][row])


# --- theorem --------------------------------------------------------------------------------------


@pytest.mark.dynamics
@given(case=some.networks_at_angles(), seed=some.seeds)
def test_training_the_second_layer_alone_is_the_frozen_kernel_exactly(case, seed):
    params, angles = case
    params = with_arrays(params, trained=("a",))
    targets = np.random.default_rng(seed).standard_normal(len(angles))
    kernel, f0 = mn.empirical_ntk(params, angles), mn.forward(params, angles)
    others = [0.3, -2.0, 1.0]
    test = {
        "test_kernel": mn.empirical_ntk(params, others, angles),
        "test_initial_output": mn.forward(params, others),
    }
    trained, losses = mn.gradient_descent(params, mn.objective(angles, targets), 0.05, 20)
    frozen = mn.frozen_descent(kernel, f0, targets, 0.05, range(21))
    assert_close(mn.forward(trained, angles), frozen[-1], 1e-11)
    assert_close(losses, [mn.loss(f, targets) for f in frozen], 1e-11)
    at_others = mn.frozen_descent(kernel, f0, targets, 0.05, [20], **test)[0]
    assert_close(mn.forward(trained, others), at_others, 1e-11)


@pytest.mark.dynamics
def test_every_step_is_recorded_and_the_last_is_returned():
    rng = np.random.default_rng(1)
    params, angles = some.random_params(5, rng), some.distinct_angles(4, rng)
    objective = mn.objective(angles, rng.standard_normal(4))
    seen = []
    trained, losses = mn.gradient_descent(
        params, objective, 0.2, 3, record=lambda step, now: seen.append((step, now))
    )
    assert [step for step, _ in seen] == [0, 1, 2, 3]
    assert seen[0][1] is params
    assert seen[-1][1] is trained
    np.testing.assert_array_equal(losses, [objective(now)[0] for _, now in seen])
    unchanged, losses = mn.gradient_descent(params, objective, 0.2, 0)
    assert unchanged is params
    assert losses.shape == (1,)


@pytest.mark.dynamics
@pytest.mark.parametrize("trained", some.TRAINED_SUBSETS, ids="".join)
def test_parts_that_are_not_trained_stay_whatever_the_objective_says(trained):
    rng = np.random.default_rng(0)
    params, gradient = some.random_params(4, rng, trained), some.random_params(4, rng)
    moved, _ = mn.gradient_descent(params, lambda params: (1.0, gradient), 0.5, 1)
    for part in ("w", "b", "a"):
        expected = getattr(params, part) - 0.5 * getattr(gradient, part) * (part in trained)
        np.testing.assert_array_equal(getattr(moved, part), expected)


@pytest.mark.dynamics
@given(case=some.networks_at_angles(), seed=some.seeds)
def test_both_layers_grow_by_the_growth_law(case, seed):
    params, angles = case
    params = with_arrays(params, trained=("w", "b", "a"))
    targets = np.random.default_rng(seed).standard_normal(len(angles))
    objective, eta = mn.objective(angles, targets), 1e-2
    gradient = objective(params)[1]
    moved, _ = mn.gradient_descent(params, objective, eta, 1)
    rate = mn.growth_rate(mn.forward(params, angles), targets)

    def sizes(p):
        return np.array([np.sum(p.a**2), np.sum(p.w**2) + np.sum(p.b**2)])

    # One step of length η adds its own square, nothing else.
    growth = (sizes(moved) - sizes(params)) / eta - eta * sizes(gradient)
    np.testing.assert_allclose(growth, rate, rtol=0, atol=1e-11)


@pytest.mark.dynamics
@pytest.mark.parametrize("bias", [True, False])
def test_the_balance_drifts_in_proportion_to_the_learning_rate(bias):
    rng = np.random.default_rng(6)
    params = mn.initialise(8, rng, law=mn.Law(bias=bias, output_law="normal", bias_std=0.5 * bias))
    angles, targets = some.distinct_angles(10, rng), 2 * rng.standard_normal(10)
    start, drifts = mn.balance(params), []
    for steps in (200, 400, 800):
        trained, _ = mn.gradient_descent(params, mn.objective(angles, targets), 4 / steps, steps)
        drifts.append(np.abs(mn.balance(trained) - start).max())
    moved = np.abs(trained.a**2 - params.a**2).max()
    assert drifts[-1] < 0.02 * moved, "against what the layers themselves moved"
    np.testing.assert_allclose(np.divide(drifts[:-1], drifts[1:]), 2, atol=0.2)


@pytest.mark.dynamics
def test_above_the_stable_learning_rate_the_loss_rises_and_comes_back():
    rng = np.random.default_rng(0)
    params = mn.initialise(64, rng, law=mn.Law(output_law="normal"))
    angles = mn.uniform_angles(12) + 0.3
    targets = 2 * mn.fourier_sum(angles, mn.target_coefficients([1, 3]))
    largest = float(np.linalg.eigvalsh(mn.empirical_ntk(params, angles) / 12)[-1])
    trained, losses = mn.gradient_descent(
        params,
        mn.objective(angles, targets),
        3.5 / largest,
        400,
        largest_eigenvalue=largest,
        allow_catapult=True,
    )
    assert losses.max() > 1.5 * losses[0]
    assert losses[-1] < 0.05 * losses[0]
    after = float(np.linalg.eigvalsh(mn.empirical_ntk(trained, angles) / 12)[-1])
    assert after < 0.7 * largest


# --- rate -----------------------------------------------------------------------------------------


@pytest.mark.dynamics
def test_wide_networks_approach_their_frozen_kernel_faster_than_the_limit():
    angles = np.sort(some.distinct_angles(16, np.random.default_rng(9)))
    targets = mn.fourier_sum(angles, mn.target_coefficients([1, 2]))
    others = [0.2, 2.0, -1.5]
    limit = {"kernel": mn.infinite_ntk(angles), "test_kernel": mn.infinite_ntk(others, angles)}

    def distances(width, seed):
        params = mn.initialise(width, np.random.default_rng([seed, width]))
        own = {
            "kernel": mn.factorised_ntk(params, angles),
            "test_kernel": mn.factorised_ntk(params, others, angles),
        }
        trained, _ = mn.gradient_descent(params, mn.objective(angles, targets), 0.5, 40)
        start, end = mn.forward(params, angles), mn.forward(trained, others)
        predictions = [
            mn.frozen_descent(
                **kernel,
                initial_output=start,
                targets=targets,
                learning_rate=0.5,
                steps=[40],
                test_initial_output=mn.forward(params, others),
            )[0]
            for kernel in (own, limit)
        ]
        return [np.linalg.norm(end - prediction) for prediction in predictions]

    widths = [64, 256, 1024]
    errors = np.array([[distances(m, seed) for m in widths] for seed in range(48)])
    found, uncertainty = slope(widths, errors[:, :, 0])
    assert uncertainty < 0.06
    assert -1.05 < found < -0.58, "to its own frozen kernel"
    assert errors[:, -1, 0].mean() < 0.015
    found, uncertainty = slope(widths, errors[:, :, 1])
    assert uncertainty < 0.06
    assert found == pytest.approx(-0.5, abs=0.1), "to the kernel of infinite width"
    assert errors[:, -1, 1].mean() < 0.1


# --- argument checks ------------------------------------------------------------------------------

TAKE_ANGLES = {"Trace": lambda t: mn.Trace([0], t, [1.0, 2.0])}


@pytest.mark.circle
@refuses(*every(TAKE_ANGLES, NOT_ANGLES))
def test_what_is_no_list_of_angles(error, message, call):
    meets(error, message, call)


COUNTS_FROM_0 = [
    ("k_max", lambda v: mn.Trace([0], ANGLES, ANGLES, k_max=v)),
    ("each of at_steps", lambda v: mn.Trace([0, v], ANGLES, ANGLES)),
    ("steps", lambda v: mn.gradient_descent(NETWORK, objective(), 0.1, v)),
]


@pytest.mark.circle
@refuses(*counts(COUNTS_FROM_0, "an integer of at least 0", NO_COUNT))
def test_what_is_no_count(error, message, call):
    meets(error, message, call)


ABOVE_0 = [("learning_rate", lambda v: mn.gradient_descent(NETWORK, objective(), v, 1))]


@pytest.mark.dynamics
@refuses(*counts(ABOVE_0, "a finite number above 0", [0.0, *NO_NUMBER]))
def test_what_is_no_number_in_the_range(error, message, call):
    meets(error, message, call)


@pytest.mark.dynamics
@refuses(
    (
        "targets must have shape (3,), got shape (2,)",
        lambda: mn.Trace([0], ANGLES, [1.0, 2.0]),
    ),
    (
        "column must be one of 'step', 'loss', 'residual_spectrum', 'norms', 'kernel_block', "
        "'output', got 'speed'",
        lambda: mn.Trace([0], ANGLES, ANGLES)["speed"],
    ),
    (
        "kernel must be given to Trace for kernel blocks, got None",
        lambda: mn.Trace([0], ANGLES, ANGLES)["kernel_block"],
    ),
    ("targets must have shape (2,), got shape (3,)", lambda: mn.growth_rate([1, 2], [1, 2, 3])),
    ("output must be finite, got nan at index (0,)", lambda: mn.growth_rate([math.nan], [1])),
)
def test_wrong_arguments(error, message, call):
    meets(error, message, call)


@pytest.mark.dynamics
@pytest.mark.parametrize("options", [{}, {"largest_eigenvalue": 1.0}])
def test_a_training_that_memory_has_no_room_for(options):
    angles, params = np.zeros(20000), mn.initialise(20000, rng())
    trace = mn.Trace([0], angles, angles, k_max=0)
    message = (
        "the matrix of pre-activations would take 3.0 GiB, more than 1 GiB: "
        "take fewer angles at a time, each output depends on its own angle only"
    )
    loss = mn.objective(angles, angles)
    meets(MemoryError, message, lambda: mn.gradient_descent(params, loss, 0.1, 1, **options))
    meets(MemoryError, message, lambda: loss.largest_eigenvalue(params))
    meets(MemoryError, message, lambda: trace(0, params))


@pytest.mark.dynamics
def test_a_learning_rate_above_the_largest_stable_one():
    meets(
        mn.StabilityError,
        "learning_rate must not be above 2/λ_max = 4 "
        "(allow_catapult=True trains all the same), got 4.1",
        lambda: mn.gradient_descent(NETWORK, objective(), 4.1, 2, largest_eigenvalue=0.5),
    )


@pytest.mark.dynamics
@pytest.mark.parametrize("learning_rate", [60.0, 1e4, 1e100])
def test_divergence_is_named_and_never_nan(learning_rate):
    params = mn.initialise(64, rng(), law=mn.Law(output_law="normal"))
    options = {"largest_eigenvalue": 1.0, "allow_catapult": True}
    rule = f"diverged: loss .* at the start, .* at step .*, with learning_rate {learning_rate:g}"
    with pytest.raises(mn.DivergenceError, match=rule.replace("+", r"\+")):
        mn.gradient_descent(params, objective(), learning_rate, 50, **options)


@pytest.mark.dynamics
def test_the_loss_may_rise_to_1e8_times_the_first_and_not_above():
    def climb(factor):
        losses = iter([2.0, 2.0 * factor, 1.0])
        return mn.gradient_descent(NETWORK, lambda params: (next(losses), params), 0.1, 2)[1]

    assert climb(1e8)[1] == 2e8
    with pytest.raises(mn.DivergenceError, match=r"loss 2 at the start, 2e.08 at step 1, with"):
        climb(1e8 + 0.5)
    with pytest.raises(mn.DivergenceError, match="loss 2 at the start, nan at step 1, with"):
        climb(math.nan)


SIGNS = mn.initialise(8, np.random.default_rng(0))


def steep():
    """A gradient with which a huge learning rate leaves the floating-point numbers."""
    return mn.Params(np.full((3, 2), 10.0), np.full(3, 10.0), np.full(3, 10.0))


@pytest.mark.project
@refuses(
    (
        ValueError,
        "largest_eigenvalue must",
        lambda: mn.gradient_descent(NETWORK, objective(), 0.1, 1, largest_eigenvalue=-1.0),
    ),
    (
        mn.DivergenceError,
        "diverged",
        lambda: mn.gradient_descent(NETWORK, lambda params: (1.0, steep()), 1e308, 5),
    ),
    (
        mn.DivergenceError,
        "diverged",
        lambda: mn.gradient_descent(SIGNS, objective(), 1e150, 5, allow_catapult=True),
    ),
    (
        mn.DivergenceError,
        "diverged",
        lambda: mn.gradient_descent(SIGNS, objective(), 1e200, 5, allow_catapult=True),
    ),
    (
        ValueError,
        "allow_catapult must",
        lambda: mn.gradient_descent(NETWORK, objective(), 0.1, 1, allow_catapult="no"),
    ),
)
def test_awkward_values(error, message, call):
    meets(error, message, call)
