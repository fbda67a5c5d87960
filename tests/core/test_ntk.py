"""Tests of minintk.ntk: the kernel of a network, by definition, factorised and by Monte Carlo."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import minintk as mn
from tests.reference import ntk as reference
from tests.reference import properties
from tests.reference import strategies as some
from tests.reference.closeness import HOLD, assert_close
from tests.reference.matrices import table
from tests.reference.network import off_kinks
from tests.reference.rates import mean_and_error, slope
from tests.reference.variants import rotated
from tests.reference.wrong_input import (
    ANGLES,
    FEWER,
    MANY,
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

# --- reference ------------------------------------------------------------------------------------


@pytest.mark.ntk
@pytest.mark.parametrize("method", ["empirical", "factorised"])
@given(case=some.networks_at_angles(), seed=some.seeds)
@example(case=(some.ON_KINKS, some.ANTIPODAL), seed=1)
@example(case=(some.ON_KINKS, some.COINCIDENT + some.AXES), seed=2)
def test_empirical_kernel(method, case, seed):
    params, angles = case
    angles = off_kinks(params, angles)
    others = some.distinct_angles(len(angles) + 2, np.random.default_rng(seed))
    kernel, parts = getattr(mn, f"{method}_ntk"), mn.empirical_ntk_parts
    for columns, arguments in ((angles, [angles]), (others, [angles, others])):
        expected = table(lambda t, u: reference.ntk(params, t, u), angles, columns)
        assert_close(kernel(params, *arguments), expected, HOLD)
        by_part = parts(params, *arguments)
        assert list(by_part) == list(params.trained)
        for part, ours in by_part.items():
            by_loops = table(
                lambda t, u, p=part: reference.ntk_part(params, p, t, u), angles, columns
            )
            size = np.abs(expected).max()
            np.testing.assert_allclose(ours, by_loops, rtol=0, atol=HOLD * size, err_msg=part)


@pytest.mark.ntk
@pytest.mark.parametrize("trained", some.TRAINED_SUBSETS, ids="".join)
@pytest.mark.parametrize("chunk", [4096, 4])
def test_monte_carlo_kernel(trained, chunk):
    law = {"weight_std": 1.3, "bias_std": 0.4, "output_law": "normal", "trained": trained}
    rows, columns, neurons = [0.3, 2.0, -1.1], [0.3, 1.0], 11
    drawn = mn.initialise(neurons, np.random.default_rng(5), law=mn.Law(**law))
    mean, error = mn.monte_carlo_ntk(
        rows, neurons, np.random.default_rng(5), columns, chunk=chunk, law=mn.Law(**law)
    )
    expected = table(lambda t, u: reference.neuron_statistics(drawn, t, u), rows, columns)
    assert_close(mean, expected[..., 0], HOLD, "mean")
    assert_close(error, expected[..., 1], 1e-12, "standard error")
    assert np.count_nonzero(error) > 3


@pytest.mark.ntk
def test_monte_carlo_kernel_without_bias_and_on_one_set_of_angles():
    rows = [0.3, 2.0, -1.1]
    drawn = mn.initialise(7, np.random.default_rng(6), law=mn.Law(bias=False))
    mean, error = mn.monte_carlo_ntk(rows, 7, np.random.default_rng(6), law=mn.Law(bias=False))
    expected = table(lambda t, u: reference.neuron_statistics(drawn, t, u), rows, rows)
    assert_close(mean, expected[..., 0], HOLD, "mean")
    assert_close(error, expected[..., 1], 1e-12, "standard error")


@pytest.mark.ntk
@given(seed=some.seeds)
def test_the_definition_and_the_factorised_form_agree(seed):
    rng = np.random.default_rng(seed)
    params, angles = some.random_params(60, rng), some.distinct_angles(23, rng)
    jacobian = mn.output_jacobian(params, angles)
    expected = np.einsum("ip,jp->ij", jacobian, jacobian)
    assert_close(mn.factorised_ntk(params, angles), expected, 1e-13)
    assert_close(mn.empirical_ntk(params, angles), expected, 1e-13)


# --- theorem --------------------------------------------------------------------------------------

# Everything whose rows belong to angles, one row an angle.
ROWS_OF_ANGLES = {
    "empirical_ntk": lambda t: mn.empirical_ntk(properties.NETWORK, t, [0.1, 2.0, -1.0]),
    "factorised_ntk": lambda t: mn.factorised_ntk(properties.NETWORK, t, [0.1, 2.0, -1.0]),
    "monte_carlo_ntk": lambda t: mn.monte_carlo_ntk(t, 6, np.random.default_rng(1), [0.1, 2.0])[0],
}


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


KERNELS = {
    "empirical_ntk": lambda *t: mn.empirical_ntk(properties.NETWORK, *t),
    "factorised_ntk": lambda *t: mn.factorised_ntk(properties.NETWORK, *t),
}


@pytest.mark.ntk
@pytest.mark.parametrize("name", KERNELS)
@given(angles=some.angle_lists(2, 6), others=some.angle_lists(1, 3))
@example(angles=some.COINCIDENT, others=some.COINCIDENT[:3])
@example(angles=some.ANTIPODAL, others=some.AXES)
@example(angles=some.FAR, others=some.ANTIPODAL)
def test_kernels_are_symmetric_and_positive_semidefinite(name, angles, others):
    properties.kernel_is_symmetric_and_positive_semidefinite(KERNELS[name], angles, others)


@pytest.mark.forward
@given(case=some.networks_off_kinks(), turn=some.angle)
def test_network_and_points_turn_together(case, turn):
    params, angles, _ = case
    moved = rotated(params, turn)
    for function in (mn.forward, mn.empirical_ntk, mn.factorised_ntk):
        assert_close(
            function(moved, angles + turn), function(params, angles), 1e-11, function.__name__
        )


@pytest.mark.ntk
@given(params=some.networks(), angles=some.angle_lists(1, 5))
@example(params=some.ON_KINKS, angles=some.AXES + some.COINCIDENT)
def test_parts_add_up_to_the_kernel(params, angles):
    others = [0.2, -1.0]
    for method in ("empirical", "factorised"):
        whole = getattr(mn, f"{method}_ntk")(params, angles, others)
        parts = mn.empirical_ntk_parts(params, angles, others)
        np.testing.assert_allclose(sum(parts.values()), whole, rtol=0, atol=1e-13)


@pytest.mark.ntk
@given(seed=some.seeds, width=st.integers(2, 40))
def test_at_finite_width_the_kernel_on_a_grid_is_not_circulant(seed, width):
    params = mn.initialise(width, np.random.default_rng(seed))
    kernel = mn.empirical_ntk(params, mn.uniform_angles(16))
    assert not mn.is_circulant(kernel)
    assert mn.circulant_deviation(kernel) > 0.01


@pytest.mark.ntk
@pytest.mark.parametrize("chunk", [1, 7, 19, 20, 10**9])
def test_the_chunk_changes_only_rounding(chunk):
    def estimate(**options):
        rng = np.random.default_rng(4)
        return mn.monte_carlo_ntk(
            [0.3, 2.0, -1.0], 20, rng, [0.3, 1.0], mn.Law(bias_std=0.3), **options
        )

    for ours, whole in zip(estimate(chunk=chunk), estimate(), strict=True):
        assert_close(ours, whole, 1e-14)


@pytest.mark.ntk
def test_where_no_draw_varies_the_standard_error_is_0():
    mean, error = mn.monte_carlo_ntk(
        [0.0], 50, np.random.default_rng(0), [np.pi, 0.0], law=mn.Law(bias=False)
    )
    assert mean[0, 0] == error[0, 0] == 0
    assert min(mean[0, 1], error[0, 1]) > 0.01


# --- rate -----------------------------------------------------------------------------------------

GRID = mn.uniform_angles(64)
EIGENVALUES = mn.fourier_eigenvalues(4)
WIDTHS = [32, 64, 128, 256, 512]


def width_error(width, seed, options):
    params = mn.initialise(width, np.random.default_rng([seed, width]), **options)
    block = mn.low_frequency_block(mn.factorised_ntk(params, GRID), GRID)
    return mn.spectral_error(block, EIGENVALUES)


@pytest.mark.ntk
@pytest.mark.parametrize(
    ("options", "constant"),
    [
        ({}, 0.77),
        ({"antisymmetric": True}, 0.77 * math.sqrt(2)),
        ({"law": mn.Law(output_law="normal")}, 1.13),
    ],
    ids=["independent", "antisymmetric", "normal"],
)
def test_the_error_of_the_width(options, constant):
    errors = np.array([[width_error(m, s, options) for m in WIDTHS] for s in range(320)])
    found, uncertainty = slope(WIDTHS, errors)
    assert uncertainty < 0.015
    assert abs(found + 0.5) < 0.03
    scaled, scaled_error = mean_and_error(errors[:, 1:].dot(np.sqrt(WIDTHS[1:])) / 4)
    assert scaled_error < 0.015 * constant
    assert scaled == pytest.approx(constant, rel=0.05)


# --- argument checks ------------------------------------------------------------------------------

TAKE_ANGLES = {
    "empirical_ntk": lambda t: mn.empirical_ntk(NETWORK, t),
    "empirical_ntk_parts": lambda t: mn.empirical_ntk_parts(NETWORK, t),
    "factorised_ntk": lambda t: mn.factorised_ntk(NETWORK, t),
    "monte_carlo_ntk": lambda t: mn.monte_carlo_ntk(t, 5, rng()),
}
# None means "the same angles" for the second set.
TAKE_OTHER_ANGLES = {
    "empirical_ntk, other": lambda t: mn.empirical_ntk(NETWORK, ANGLES, t),
    "factorised_ntk, other": lambda t: mn.factorised_ntk(NETWORK, ANGLES, t),
    "monte_carlo_ntk, other": lambda t: mn.monte_carlo_ntk(ANGLES, 5, rng(), t),
}


@pytest.mark.circle
@refuses(
    *every(TAKE_ANGLES, NOT_ANGLES),
    *every(TAKE_OTHER_ANGLES, NOT_ANGLES[:-1]),
)
def test_what_is_no_list_of_angles(error, message, call):
    meets(error, message, call)


COUNTS = [("chunk", lambda v: mn.monte_carlo_ntk(ANGLES, 5, rng(), chunk=v))]


@pytest.mark.circle
@refuses(
    *counts(COUNTS, "a positive integer", [0, *NO_COUNT]),
    *counts(
        [("neurons", lambda v: mn.monte_carlo_ntk(ANGLES, v, rng()))],
        "an integer of at least 2",
        [1, 0, *NO_COUNT],
    ),
)
def test_what_is_no_count(error, message, call):
    meets(error, message, call)


ABOVE_0 = [("weight_std", lambda v: mn.monte_carlo_ntk(ANGLES, 5, rng(), law=mn.Law(weight_std=v)))]
FROM_0 = [("bias_std", lambda v: mn.monte_carlo_ntk(ANGLES, 5, rng(), law=mn.Law(bias_std=v)))]


@pytest.mark.dynamics
@refuses(
    *counts(ABOVE_0, "a finite number above 0", [0.0, *NO_NUMBER]),
    *counts(FROM_0, "a finite number of at least 0", NO_NUMBER),
)
def test_what_is_no_number_in_the_range(error, message, call):
    meets(error, message, call)


@pytest.mark.forward
@refuses(*every({"monte_carlo_ntk": lambda r: mn.monte_carlo_ntk(ANGLES, 5, r)}, NO_GENERATOR))
def test_a_generator_is_wanted_and_no_seed(error, message, call):
    meets(error, message, call)


TAKE_A_LAW = {
    "monte_carlo_ntk": lambda **law: mn.monte_carlo_ntk(ANGLES, 5, rng(), law=mn.Law(**law))
}


@pytest.mark.arccosine
@refuses(*contradictions(TAKE_A_LAW))
def test_options_that_contradict_each_other(error, message, call):
    meets(error, message, call)


@pytest.mark.forward
def test_what_is_no_output_law():
    meets(
        ValueError,
        "output_law must be one of 'signs', 'normal', got None",
        lambda: mn.monte_carlo_ntk(ANGLES, 5, rng(), law=mn.Law(output_law=None)),
    )


@pytest.mark.ntk
@pytest.mark.parametrize(
    ("message", "call"),
    [
        (
            "the Jacobian would take 29.8 GiB, more than 1 GiB: factorised_ntk",
            lambda wide: mn.empirical_ntk(wide, THOUSAND),
        ),
        (
            "the Jacobian would take 29.8 GiB, more than 1 GiB: factorised_ntk",
            lambda wide: mn.empirical_ntk_parts(wide, THOUSAND),
        ),
        (
            f"each factor of the kernel would take 7.5 GiB, more than 1 GiB: {FEWER}",
            lambda wide: mn.factorised_ntk(wide, THOUSAND),
        ),
        (
            f"the kernel would take 3.0 GiB, more than 1 GiB: {FEWER}: rows of the kernel",
            lambda wide: mn.empirical_ntk(NETWORK, MANY),
        ),
        (
            "the kernel would take 3.0 GiB, more than 1 GiB",
            lambda wide: mn.factorised_ntk(NETWORK, MANY),
        ),
        (
            "the kernel would take 3.0 GiB, more than 1 GiB",
            lambda wide: mn.monte_carlo_ntk(MANY, 3, rng()),
        ),
    ],
)
def test_more_than_a_gibibyte_is_rejected_before_it_is_allocated(wide, message, call):
    meets_before_allocating(message, lambda: call(wide))
