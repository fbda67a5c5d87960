"""Tests of minintk.network: initialisation, output, loss and gradient."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import minintk as mn
from tests.reference import jacobian as reference_jacobian
from tests.reference import matrices, properties
from tests.reference import network as reference
from tests.reference import strategies as some
from tests.reference.closeness import HOLD, assert_close
from tests.reference.network import off_kinks
from tests.reference.variants import with_arrays
from tests.reference.wrong_input import (
    ANGLES,
    FEWER,
    NAMES,
    NETWORK,
    NO_COUNT,
    NO_GENERATOR,
    NO_NUMBER,
    NOT_ANGLES,
    THOUSAND,
    contradictions,
    counts,
    every,
    meets,
    meets_before_allocating,
    refuses,
    rng,
)

# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.forward
def test_one_network_by_hand():
    # Two neurons at t = 0, x = (1, 0): z = (2·1 + ½, −1·1 + 3) = (2½, 2), both active, m = 2.
    params = mn.Params(w=[[2.0, 7.0], [-1.0, 4.0]], b=[0.5, 3.0], a=[3.0, -1.0])
    root = math.sqrt(2)
    assert mn.forward(params, [0.0])[0] == pytest.approx((3 * 2.5 - 2) / root, rel=1e-15)
    # ∂f/∂w = a x/√m, ∂f/∂b = a/√m, ∂f/∂a = z/√m
    row = np.array([3, 0, -1, 0, 3, -1, 2.5, 2]) / root
    np.testing.assert_allclose(mn.output_jacobian(params, [0.0])[0], row, rtol=1e-15)
    # K = Σ of the squares: w (9 + 1)/2, b (9 + 1)/2, a (6¼ + 4)/2
    parts = mn.empirical_ntk_parts(params, [0.0])
    np.testing.assert_allclose([parts[k][0, 0] for k in "wba"], [5, 5, 5.125], rtol=1e-15)
    assert mn.empirical_ntk(params, [0.0])[0, 0] == pytest.approx(15.125, rel=1e-15)
    # At t = π/2, x = (0, 1): z = (7½, 7); x·x' = 0, so K = b 10/2 and a (2½·7½ + 2·7)/2
    assert mn.empirical_ntk(params, [0.0], [np.pi / 2])[0, 0] == pytest.approx(
        5 + 16.375, rel=1e-15
    )
    assert mn.balance(params).tolist() == [9 - 53 - 0.25, 1 - 17 - 9]


@pytest.mark.forward
def test_relu():
    z = [[-2.0, -1e-300], [0.0, -0.0], [1e-300, 3.0]]
    assert mn.relu(z).tolist() == [[0.0, 0.0], [0.0, 0.0], [1e-300, 3.0]]
    assert mn.relu_derivative(z).tolist() == [[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]]


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.forward
@given(params=some.networks(), angles=some.angle_lists())
@example(params=some.ON_KINKS, angles=some.AXES + some.COINCIDENT)
@example(params=some.ON_KINKS, angles=some.ANTIPODAL)
def test_output(params, angles):
    # The output is continuous: a kink does not matter here.
    expected = [reference.output(params, t) for t in angles]
    np.testing.assert_allclose(mn.forward(params, angles), expected, rtol=0, atol=HOLD * 10)
    output, cache = mn.forward_with_cache(params, angles)
    np.testing.assert_array_equal(output, mn.forward(params, angles))
    z = [[reference.preactivation(params, r, t) for r in range(params.width)] for t in angles]
    np.testing.assert_allclose(cache.preactivation, z, rtol=0, atol=HOLD)
    np.testing.assert_allclose(cache.hidden, np.clip(z, 0, None), rtol=0, atol=HOLD)
    np.testing.assert_array_equal(cache.points, mn.circle_points(angles))


@pytest.mark.backward
@given(case=some.networks_at_angles(), seed=some.seeds)
@example(case=(some.ON_KINKS, some.ANTIPODAL), seed=1)
@example(case=(some.ON_KINKS, some.COINCIDENT + some.AXES), seed=2)
def test_loss_and_gradient(case, seed):
    params, angles = case
    angles = off_kinks(params, angles)
    targets = np.random.default_rng(seed).standard_normal(len(angles))
    value, gradient = mn.loss_and_gradient(params, angles, targets)
    assert value == pytest.approx(reference.loss(params, angles, targets), rel=HOLD)
    expected = reference.gradient(params, angles, targets)
    size = max(abs(value) for by_loops in expected.values() for value in by_loops)
    for part, by_loops in expected.items():
        ours = getattr(gradient, part).ravel()
        np.testing.assert_allclose(ours, by_loops, rtol=0, atol=HOLD * size, err_msg=part)
    assert gradient.trained == params.trained
    again, same = mn.objective(angles, targets)(params)
    assert again == value
    np.testing.assert_array_equal(mn.flatten(same), mn.flatten(gradient))
    output = [reference.output(params, t) for t in angles]
    assert mn.loss(output, targets) == pytest.approx(value, rel=HOLD)


@pytest.mark.backward
@given(case=some.networks_at_angles(), seed=some.seeds)
def test_backward_of_any_loss(case, seed):
    params, angles = case
    g = np.random.default_rng(seed).standard_normal(len(angles))
    gradient = mn.backward(params, mn.forward_with_cache(params, angles)[1], g)
    rows = [reference_jacobian.jacobian_row(params, t) for t in angles]
    assert_close(mn.flatten(gradient), matrices.product([g], rows)[0], HOLD)


@pytest.mark.forward
@given(params=some.networks())
def test_flatten(params):
    whole = {"w": [v for row in params.w for v in row], "b": params.b, "a": params.a}
    expected = [v for part in ("w", "b", "a") if part in params.trained for v in whole[part]]
    assert mn.flatten(params).tolist() == expected
    assert params.size == len(expected)
    assert params.width == len(list(params.a))


@pytest.mark.dynamics
@given(case=some.networks_at_angles())
@example(case=(some.ON_KINKS, np.array(some.FAR)))
def test_the_largest_eigenvalue_that_an_objective_finds(case):
    params, angles = case
    objective = mn.objective(angles, np.zeros(len(angles)))
    true = np.linalg.eigvalsh(mn.empirical_ntk(params, angles))[-1] / len(angles)
    assert 0.95 * true <= objective.largest_eigenvalue(params) <= true * (1 + 1e-12)


@pytest.mark.dynamics
@pytest.mark.parametrize("trained", some.TRAINED_SUBSETS, ids=str)
@pytest.mark.parametrize("antisymmetric", [False, True])
def test_the_largest_eigenvalue_on_a_grid(trained, antisymmetric):
    for width in (2, 4, 20, 300):
        for seed in range(6):
            rng = np.random.default_rng([width, seed])
            law = mn.Law(bias_std=0.3, output_law="normal", trained=trained)
            params = mn.initialise(width, rng, law, antisymmetric=antisymmetric)
            angles = mn.uniform_angles(16 + 48 * (seed % 2))
            objective = mn.objective(angles, np.zeros(len(angles)))
            true = np.linalg.eigvalsh(mn.factorised_ntk(params, angles))[-1] / len(angles)
            assert 0.95 * true <= objective.largest_eigenvalue(params) <= true * (1 + 1e-12)


# --- theorem --------------------------------------------------------------------------------------

# Everything whose rows belong to angles, one row an angle.
ROWS_OF_ANGLES = {"forward": lambda t: mn.forward(properties.NETWORK, t)}


@pytest.mark.circle
@pytest.mark.parametrize("name", ROWS_OF_ANGLES)
@given(seed=some.seeds)
def test_rows_come_in_the_order_of_the_angles(name, seed):
    properties.rows_come_in_the_order_of_the_angles(ROWS_OF_ANGLES[name], seed)


@pytest.mark.circle
@pytest.mark.parametrize("name", ROWS_OF_ANGLES)
def test_float32_and_whole_numbers_are_promoted(name):
    properties.float32_and_whole_numbers_are_promoted(ROWS_OF_ANGLES[name])


@pytest.mark.circle
@pytest.mark.parametrize("name", ROWS_OF_ANGLES)
def test_a_whole_turn_changes_nothing(name):
    properties.a_whole_turn_changes_nothing(ROWS_OF_ANGLES[name])


@pytest.mark.forward
@pytest.mark.parametrize("law", ["signs", "normal"])
@pytest.mark.parametrize("antisymmetric", [False, True])
def test_the_same_seed_gives_the_same_bits(law, antisymmetric):
    def draw(seed):
        rng = np.random.default_rng(seed)
        params = mn.initialise(
            6,
            rng,
            law=mn.Law(bias_std=0.5, output_law=law, weight_std=2.0),
            antisymmetric=antisymmetric,
        )
        mean, error = mn.monte_carlo_ntk([0.1, 2.0], 5, rng)
        return np.concatenate(
            [mn.flatten(params), mn.sample_angles(3, rng), mean.ravel(), error.ravel()]
        )

    np.testing.assert_array_equal(draw(7), draw(7))
    assert not np.any(draw(7)[:12] == draw(8)[:12])


@pytest.mark.forward
@pytest.mark.parametrize(
    "options",
    [{}, {"weight_std": 1.7, "bias_std": 0.4, "output_law": "normal"}, {"antisymmetric": True}],
)
def test_the_initial_law(options):
    m = 100_000
    law = {name: value for name, value in options.items() if name != "antisymmetric"}
    params = mn.initialise(
        m, np.random.default_rng(2), mn.Law(**law), antisymmetric="antisymmetric" in options
    )
    draws = m // 2 if options.get("antisymmetric") else m
    w, b, a = params.w[:draws], params.b[:draws], params.a[:draws]
    s, beta = options.get("weight_std", 1.0), options.get("bias_std", 0.0)
    if beta == 0:
        assert not np.any(b)
    if options.get("output_law") != "normal":
        assert set(a.tolist()) == {-1.0, 1.0}
    columns = np.column_stack([w / s, a, *([b / beta] if beta else [])])
    scores = columns.mean(axis=0) * math.sqrt(draws)
    assert np.abs(scores).max() < 4, "means"
    size = columns.shape[1]
    covariance = columns.T @ columns / draws
    assert np.abs(covariance - np.eye(size)).max() * math.sqrt(draws / 2) < 4, "covariance"
    fourth = (columns**4).mean(axis=0)
    is_sign = np.arange(size) == 2 if options.get("output_law") != "normal" else np.zeros(size)
    np.testing.assert_allclose(fourth, np.where(is_sign, 1.0, 3.0), rtol=0.05, err_msg="fourth")


@pytest.mark.forward
@given(half=st.integers(1, 6), seed=some.seeds, angles=some.angle_lists())
def test_antisymmetric_pairs_start_at_0_with_the_kernel_of_one_half(half, seed, angles):
    params = mn.initialise(
        2 * half,
        np.random.default_rng(seed),
        law=mn.Law(bias_std=0.6, output_law="normal"),
        antisymmetric=True,
    )
    np.testing.assert_array_equal(params.w[:half], params.w[half:])
    np.testing.assert_array_equal(params.b[:half], params.b[half:])
    np.testing.assert_array_equal(params.a[:half], -params.a[half:])
    np.testing.assert_allclose(mn.forward(params, angles), 0, atol=1e-14)
    one_half = mn.Params(params.w[:half], params.b[:half], params.a[:half])
    expected = mn.factorised_ntk(one_half, angles)
    np.testing.assert_allclose(mn.factorised_ntk(params, angles), expected, rtol=0, atol=1e-12)


@pytest.mark.forward
@pytest.mark.parametrize(
    ("trained", "bias"),
    [(None, True), (None, False), (("w",), False), (("w", "a"), False)]
    + [(subset, True) for subset in some.TRAINED_SUBSETS],
)
def test_trained_parts_of_a_new_network(trained, bias):
    params = mn.initialise(3, np.random.default_rng(0), law=mn.Law(bias=bias, trained=trained))
    everything = ("w", "b", "a") if bias else ("w", "a")
    assert params.trained == (trained or everything)
    assert not np.any(params.b)
    given_backwards = trained and tuple(reversed(trained))
    again = mn.initialise(
        3, np.random.default_rng(0), law=mn.Law(bias=bias, trained=given_backwards)
    )
    assert again.trained == params.trained


@pytest.mark.forward
@given(params=some.networks(), seed=some.seeds)
def test_flatten_and_unflatten_are_inverse(params, seed):
    vector = np.random.default_rng(seed).standard_normal(params.size)
    moved = mn.unflatten(vector, params)
    np.testing.assert_array_equal(mn.flatten(moved), vector)
    assert moved.trained == params.trained
    for part in {"w", "b", "a"} - set(params.trained):
        np.testing.assert_array_equal(getattr(moved, part), getattr(params, part))
    back = mn.unflatten(mn.flatten(params), moved)
    for part in ("w", "b", "a"):
        np.testing.assert_array_equal(getattr(back, part), getattr(params, part))


@pytest.mark.forward
@given(params=some.networks(), angles=some.angle_lists(), scale=st.floats(0.01, 100))
def test_the_output_is_homogeneous_in_either_layer(params, angles, scale):
    output = scale * mn.forward(params, angles)
    first = with_arrays(params, w=scale * params.w, b=scale * params.b)
    second = with_arrays(params, a=scale * params.a)
    for scaled in (first, second):
        np.testing.assert_allclose(
            mn.forward(scaled, angles), output, rtol=0, atol=1e-13 * (1 + scale)
        )


@pytest.mark.forward
@given(half=st.integers(4, 10), seed=some.seeds)
def test_without_bias_an_even_grid_sees_no_odd_frequency_above_1(half, seed):
    params = mn.initialise(
        5, np.random.default_rng(seed), law=mn.Law(bias=False, output_law="normal")
    )
    k_max = 2 * half - 2  # frequency n − 1 would be 1 again
    odd = (mn.basis_frequencies(k_max) % 2 == 1) & (mn.basis_frequencies(k_max) > 1)
    angles = mn.uniform_angles(2 * half)
    spectrum = mn.fourier_coefficients(angles, mn.forward(params, angles), k_max)
    np.testing.assert_allclose(spectrum[odd], 0, atol=1e-14)
    angles = mn.uniform_angles(2 * half + 1)
    spectrum = mn.fourier_coefficients(angles, mn.forward(params, angles), k_max)
    assert np.abs(spectrum[odd]).max() > 1e-5, "an odd grid lets them in"


@pytest.mark.forward
def test_params_never_change():
    w, b, a = np.ones((3, 2)), np.ones(3), np.ones(3)
    params = mn.Params(w, b, a)
    for array in (w, b, a):
        array[:] = 7.0
    assert params.w.max() == params.b.max() == params.a.max() == 1.0, "the input was aliased"
    for part in (params.w, params.b, params.a):
        with pytest.raises(ValueError, match="read-only"):
            part[0] = 2.0
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'w'"):
        params.w = w
    assert params != mn.Params(params.w, params.b, params.a), "compared by identity"
    assert len({params, params}) == 1
    flat = mn.flatten(params)
    flat[:] = 9.0
    assert params.w.max() == 1.0, "flatten gave a view"
    vector = np.arange(12.0)
    moved = mn.unflatten(vector, params)
    vector[:] = -1.0
    assert moved.w[0, 1] == 1.0, "unflatten kept the vector"
    new = mn.initialise(4, rng(), antisymmetric=True)
    assert not new.w.flags.writeable
    angles, targets = np.array(ANGLES), np.ones(3)
    objective = mn.objective(angles, targets)
    before = objective(NETWORK)[0]
    angles[:], targets[:] = 0.0, 5.0
    assert objective(NETWORK)[0] == before, "the objective kept the caller's arrays"


# --- rate -----------------------------------------------------------------------------------------


@pytest.mark.backward
@pytest.mark.parametrize("seed", range(4))
def test_the_loss_along_a_line_through_both_layers_has_central_differences_of_order_2(seed):
    rng = np.random.default_rng(seed)
    params, angles = some.random_params(20, rng), some.distinct_angles(12, rng)
    targets, line = rng.standard_normal(12), some.random_params(20, rng)
    points = mn.augmented_points(angles)
    z = points @ np.column_stack([params.w, params.b]).T
    slope_of_z = points @ np.column_stack([line.w, line.b]).T
    largest = 0.9 * np.abs(z / slope_of_z).min()  # no kink is crossed up to here
    derivative = mn.flatten(mn.loss_and_gradient(params, angles, targets)[1]) @ mn.flatten(line)

    def loss(step):
        moved = mn.unflatten(mn.flatten(params) + step * mn.flatten(line), params)
        return mn.loss(mn.forward(moved, angles), targets)

    steps = largest / 2.0 ** np.arange(4)
    errors = [abs((loss(h) - loss(-h)) / (2 * h) - derivative) for h in steps]
    assert errors[0] < 0.2 * abs(derivative), "size of the error at the largest step"
    assert errors[-1] > 1e3 * 1e-16 * loss(0) / steps[-1], "above rounding"
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert slope == pytest.approx(2.0, abs=0.01)


# --- argument checks ------------------------------------------------------------------------------

TAKE_ANGLES = {
    "forward": lambda t: mn.forward(NETWORK, t),
    "forward_with_cache": lambda t: mn.forward_with_cache(NETWORK, t),
    "loss_and_gradient": lambda t: mn.loss_and_gradient(NETWORK, t, [1.0, 2.0]),
    "objective": lambda t: mn.objective(t, [1.0, 2.0]),
}


@pytest.mark.circle
@refuses(*every(TAKE_ANGLES, NOT_ANGLES))
def test_what_is_no_list_of_angles(error, message, call):
    meets(error, message, call)


COUNTS = [("width", lambda v: mn.initialise(v, rng()))]


@pytest.mark.circle
@refuses(*counts(COUNTS, "a positive integer", [0, *NO_COUNT]))
def test_what_is_no_count(error, message, call):
    meets(error, message, call)


ABOVE_0 = [("weight_std", lambda v: mn.initialise(3, rng(), law=mn.Law(weight_std=v)))]
FROM_0 = [("bias_std", lambda v: mn.initialise(3, rng(), law=mn.Law(bias_std=v)))]


@pytest.mark.dynamics
@refuses(
    *counts(ABOVE_0, "a finite number above 0", [0.0, *NO_NUMBER]),
    *counts(FROM_0, "a finite number of at least 0", NO_NUMBER),
)
def test_what_is_no_number_in_the_range(error, message, call):
    meets(error, message, call)


@pytest.mark.forward
@refuses(*every({"initialise": lambda r: mn.initialise(3, r)}, NO_GENERATOR))
def test_a_generator_is_wanted_and_no_seed(error, message, call):
    meets(error, message, call)


TAKE_A_LAW = {"initialise": lambda **law: mn.initialise(4, rng(), law=mn.Law(**law))}


@pytest.mark.arccosine
@refuses(*contradictions(TAKE_A_LAW))
def test_options_that_contradict_each_other(error, message, call):
    meets(error, message, call)


@pytest.mark.forward
@refuses(
    (
        "output_law must be one of 'signs', 'normal', got 'uniform'",
        lambda: mn.initialise(3, rng(), law=mn.Law(output_law="uniform")),
    ),
    (
        "width must be even for antisymmetric pairs, got 5",
        lambda: mn.initialise(5, rng(), antisymmetric=True),
    ),
)
def test_initialisation(error, message, call):
    meets(error, message, call)


def network(**changes):
    return mn.Params(**{"w": NETWORK.w, "b": NETWORK.b, "a": NETWORK.a, **changes})


@pytest.mark.forward
@refuses(
    ("w must have shape (3, 2), got shape (2, 3)", lambda: network(w=NETWORK.w.T)),
    ("w must have shape (3, 2), got shape (2, 2)", lambda: network(w=NETWORK.w[:2])),
    ("b must have shape (3,), got shape (4,)", lambda: network(b=[1.0, 2.0, 3.0, 4.0])),
    ("b must have shape (3,), got shape (3, 1)", lambda: network(b=NETWORK.b[:, None])),
    ("w must have shape (1, 2), got shape (3, 2)", lambda: network(a=[1.0])),
    ("a must have shape (any length from 1,), got shape (0,)", lambda: network(a=[])),
    (
        "w must be finite, got nan at index (2, 1)",
        lambda: network(w=[[1, 2], [3, 4], [5, math.nan]]),
    ),
    ("b must be finite, got inf at index (0,)", lambda: network(b=[math.inf, 0.0, 0.0])),
    ("a must be finite, got -inf at index (2,)", lambda: network(a=[0.0, 0.0, -math.inf])),
    (TypeError, "a must be an array of real numbers, got ['x']", lambda: network(a=["x"])),
    (NAMES + "('a', 'z')", lambda: network(trained=("a", "z"))),
    (
        "vector must have shape (12,), got shape (11,)",
        lambda: mn.unflatten(np.ones(11), NETWORK),
    ),
    (
        "vector must have shape (9,), got shape (12,)",
        lambda: mn.unflatten(np.ones(12), network(trained=("w", "a"))),
    ),
    (
        "vector must be finite, got nan at index (11,)",
        lambda: mn.unflatten([*np.ones(11), math.nan], NETWORK),
    ),
    (
        "targets must have shape (3,), got shape (2,)",
        lambda: mn.loss_and_gradient(NETWORK, ANGLES, [1.0, 2.0]),
    ),
    (
        "targets must be finite, got nan at index (1,)",
        lambda: mn.loss_and_gradient(NETWORK, ANGLES, [1.0, math.nan, 2.0]),
    ),
    ("targets must have shape (3,), got shape (3, 1)", lambda: mn.objective(ANGLES, [[1.0]] * 3)),
    ("targets must be finite, got inf at index (0,)", lambda: mn.objective([0.0], [math.inf])),
    (
        "targets must have shape (2,), got shape (1,)",
        lambda: mn.loss([1.0, 2.0], [1.0]),
    ),
    (
        "output must be finite, got nan at index (0,)",
        lambda: mn.loss([math.nan], [1.0]),
    ),
    (
        "output must have shape (any length from 1,), got shape ()",
        lambda: mn.loss(1.0, 1.0),
    ),
    (
        "output_gradient must have shape (3,), got shape (2,)",
        lambda: mn.backward(NETWORK, mn.forward_with_cache(NETWORK, ANGLES)[1], [1.0, 2.0]),
    ),
    (
        "output_gradient must be finite, got nan at index (2,)",
        lambda: mn.backward(NETWORK, mn.forward_with_cache(NETWORK, ANGLES)[1], [1, 2, math.nan]),
    ),
)
def test_wrong_arguments(error, message, call):
    meets(error, message, call)


@pytest.mark.ntk
@pytest.mark.parametrize(
    ("message", "call"),
    [
        (
            "the matrix of pre-activations would take 7.5 GiB, more than 1 GiB: "
            f"{FEWER}, each output depends on its own angle only",
            lambda wide: mn.forward(wide, THOUSAND),
        ),
        (
            "the matrix of pre-activations would take 7.5 GiB",
            lambda wide: mn.loss_and_gradient(wide, THOUSAND, THOUSAND),
        ),
    ],
)
def test_more_than_a_gibibyte_is_rejected_before_it_is_allocated(wide, message, call):
    meets_before_allocating(message, lambda: call(wide))


@pytest.mark.project
@refuses(
    (ValueError, "must be finite", lambda: mn.relu([math.nan])),
    (ValueError, "must be finite", lambda: mn.relu_derivative([math.nan])),
    (
        ValueError,
        "antisymmetric must",
        lambda: mn.initialise(4, rng(), antisymmetric="no"),
    ),
)
def test_awkward_values(error, message, call):
    meets(error, message, call)


@pytest.mark.forward
@pytest.mark.parametrize("function", [mn.relu, mn.relu_derivative])
def test_relu_takes_every_finite_number(function):
    assert function([1e308, 1e308]).min() > 0
