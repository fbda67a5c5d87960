"""Tests of minintk.arccosine: the kernel of infinite width and its eigenvalues in closed form."""

import itertools
import math
import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import minintk as mn
from tests.reference import arccosine as reference
from tests.reference import circle as reference_circle
from tests.reference import properties, wrong_input
from tests.reference import spectrum as reference_spectrum
from tests.reference import strategies as some
from tests.reference.closeness import HOLD, assert_close
from tests.reference.matrices import table
from tests.reference.rates import mean_and_error
from tests.reference.wrong_input import (
    MANY,
    NO_COUNT,
    NO_NUMBER,
    NOT_ANGLES,
    contradictions,
    counts,
    every,
    meets,
    meets_before_allocating,
    refuses,
)

# --- by hand --------------------------------------------------------------------------------------

# Where nothing else is said: mpmath at 60 digits, from the formula in the comment, rounded to 30.

# κ0(θ) = (π − θ)/π and κ1(θ) = (sin θ + (π − θ) cos θ)/π at the exact value of each double θ.
ARC_COSINE = {
    0.0: (1.0, 1.0),
    1e-8: (0.999999996816901138162093218024, 0.999999999999999950000000106103),
    math.pi / 4: (0.75, 0.755409164929187176926909123746),  # κ0 is off ¾ by 3e-17
    1.0: (0.681690113816209328462232473255, 0.636167273783576295603808719727),
    math.pi / 2: (0.5, 0.318309886183790702153937505429),
    2.5: (0.204225284540523321155581183137, 0.0268858172310033999930534563222),
    3.0: (0.0450703414486279853866974197649, 0.000300593850430902000881827466261),
    math.pi - 1e-8: (3.18309888147443411017621710762e-9, 1.06103297358249641045178297084e-25),
    math.pi: (3.89817183251937546e-17, 1.94877378010630806e-49),  # the double is below π
}

# λ_k = (1/π) ∫_0^π K(u) cos(ku) du by mpmath's quad on 12 pieces, K with bias, all trained.
WITH_BIAS = [
    0.55396355092701331433163838962918,
    0.35132118364233777144387946320973,
    0.0788053650551516000119062491631209,
    0.0112579092935930857159866070233033,
    0.00855601106313073144414982133771026,
    0.00405284734569351085775517852838909,
]

# The same for each part: ½ cos θ κ0, ½ κ0, ½ κ1. Zeros came out below 1e-68.
BY_PART = {
    "w": [
        0.1013211836423377714438795,
        0.125,
        0.05628954646796542857993304,
        0,
        0.007655378319643298,
    ],
    "b": [0.25, 0.1013211836423377714438795, 0, 0.01125790929359308571598661, 0],
    "a": [
        0.2026423672846755428877589,
        0.125,
        0.02251581858718617143197321,
        0,
        0.000900632743487446,
    ],
}


@pytest.mark.arccosine
@pytest.mark.parametrize("theta", ARC_COSINE, ids=repr)
def test_arc_cosine_kernels_at_named_angles(theta):
    order0, order1 = ARC_COSINE[theta]
    assert abs(mn.kappa0(theta) - order0) <= 1e-15
    assert abs(mn.kappa1(theta) - order1) <= 1e-15


@pytest.mark.arccosine
def test_limit_at_named_angles():
    # K(0) = ½(2 + 1) and K(π) = 0 by hand; K(π/4), K(1) and K(π/2) = ¼ + 1/(2π) by mpmath.
    named = {
        0.0: 1.5,
        math.pi / 4: 1.0178696254095489019950331704545,
        1.0: 0.84308806399109906668005189085632,
        math.pi / 2: 0.40915494309189533576888376337251,
        math.pi: 0.0,
    }
    for theta, value in named.items():
        assert abs(mn.ntk_of_angle(theta) - value) <= 1e-15, theta
        assert abs(mn.infinite_ntk([0.7], [0.7 + theta])[0, 0] - value) <= 1e-15, theta
    assert mn.ntk_of_angle(0.0, law=mn.Law(bias=False)) == 1.0
    assert mn.ntk_of_angle(0.0, law=mn.Law(bias_std=2.0, weight_std=3.0)) == 0.5 * (1 + 1 + 9 + 4)


@pytest.mark.arccosine
def test_parts_with_random_biases():
    # s = ¾, β = ½, θ = 2: cos u = (s² cos θ + β²)/(s² + β²), u by mpmath's acos.
    expected = {
        "w": -0.105334316779208228146350921233,
        "b": 0.253118148519856967440193125524,
        "a": 0.133317557994443268496641616176,
    }
    parts = mn.ntk_parts_of_angle(2.0, law=mn.Law(weight_std=0.75, bias_std=0.5))
    for part, value in expected.items():
        assert abs(parts[part] - value) <= 1e-15, part


@pytest.mark.eigenvalues
def test_eigenvalues_with_bias():
    closed = mn.fourier_eigenvalues(5)
    np.testing.assert_allclose(closed, WITH_BIAS, rtol=1e-14, atol=0)
    quadrature = mn.quadrature_eigenvalues(mn.ntk_of_angle, 5)
    np.testing.assert_allclose(quadrature, WITH_BIAS, rtol=0, atol=1e-13)
    # What the page prints: 3/π² + ¼, ¼ + 1/π², 7/(9π²), 1/(9π²), 19/(225π²), 1/(25π²).
    printed = [0.553964, 0.351321, 0.078805, 0.011258, 0.008556, 0.004053]
    assert closed.round(6).tolist() == printed


@pytest.mark.eigenvalues
@pytest.mark.parametrize("part", BY_PART)
def test_eigenvalues_by_part_up_to_frequency_4(part):
    closed = mn.fourier_eigenvalue_parts(4)[part]
    np.testing.assert_allclose(closed, BY_PART[part], rtol=1e-13, atol=0)


@pytest.mark.eigenvalues
def test_aliased_eigenvalues_of_17_points():
    # (1/17) Σ_j K(θ_j) cos(6πj/17) over the grid, summed by mpmath.
    without = mn.aliased_eigenvalues(17, law=mn.Law(bias=False))[3]
    assert without == pytest.approx(0.00095175516810724152966489777052907, rel=1e-12)
    with_bias = mn.aliased_eigenvalues(17)[3]
    assert with_bias == pytest.approx(0.012502501073895339407153505176257, rel=1e-13)
    assert mn.aliased_eigenvalues(16, law=mn.Law(bias=False))[3] == 0.0
    # One point: K(0). Two: (K(0) ± K(π))/2. By hand.
    assert mn.aliased_eigenvalues(1)[0] == pytest.approx(1.5, rel=1e-15)
    assert mn.aliased_eigenvalues(2) == pytest.approx([0.75, 0.75], rel=1e-15)


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.arccosine
@given(theta=st.lists(some.separations, min_size=1, max_size=5))
@example(theta=[0.0, 1e-8, math.pi - 1e-8, math.pi])
def test_arc_cosine_kernels(theta):
    for ours, by_loops in ((mn.kappa0, reference.kappa0), (mn.kappa1, reference.kappa1)):
        expected = [by_loops(t) for t in theta]
        np.testing.assert_allclose(ours(theta), expected, rtol=0, atol=1e-15)
        assert ours(theta[0]).shape == ()
        assert ours([theta]).shape == (1, len(theta))


@pytest.mark.arccosine
@given(law=some.laws(), theta=st.lists(some.separations, min_size=1, max_size=4))
@example(law={"bias_std": 0.3, "weight_std": 2.5}, theta=[0.0, 1e-8, math.pi - 1e-8, math.pi])
@example(law={"bias_std": 1e-9}, theta=[0.0, 1e-9, 3.0, math.pi])
def test_limit_of_angle(law, theta):
    parts = mn.ntk_parts_of_angle(theta, law=mn.Law(**law))
    names = law.get("trained") or (("w", "b", "a") if law.get("bias", True) else ("w", "a"))
    assert list(parts) == list(names)
    s, beta = law.get("weight_std", 1.0), law.get("bias_std", 0.0)
    size = 1 + s**2 + beta**2
    for part, ours in parts.items():
        by_loops = [reference.limit_parts(t, s, beta)[part] for t in theta]
        np.testing.assert_allclose(ours, by_loops, rtol=0, atol=1e-15 * size, err_msg=part)
    whole = [reference.limit(t, names, weight_std=s, bias_std=beta) for t in theta]
    np.testing.assert_allclose(
        mn.ntk_of_angle(theta, law=mn.Law(**law)), whole, rtol=0, atol=2e-15 * size
    )


@pytest.mark.arccosine
@pytest.mark.parametrize("exponent", [-1070, -600, -535, 200])
def test_the_angle_depends_on_the_ratio_of_the_deviations_alone(exponent):
    theta, size = [0.0, 1e-8, 1.0, 2.0, math.pi], 2.0**exponent
    ours = mn.ntk_parts_of_angle(theta, law=mn.Law(weight_std=3 * size, bias_std=2 * size))
    for part in ("w", "b"):
        by_loops = [reference.limit_parts(t, 3.0, 2.0)[part] for t in theta]
        np.testing.assert_allclose(ours[part], by_loops, rtol=0, atol=1e-15, err_msg=part)


@pytest.mark.arccosine
@given(law=some.laws(), angles=some.angle_lists(), others=some.angle_lists())
@example(law={}, angles=some.COINCIDENT, others=some.ANTIPODAL)
@example(law={"bias_std": 0.3}, angles=some.FAR, others=some.AXES)
def test_limit_matrix(law, angles, others):
    s, beta = law.get("weight_std", 1.0), law.get("bias_std", 0.0)
    size = 1 + s**2 + beta**2
    for columns, arguments in ((angles, [angles]), (others, [angles, others])):
        parts = mn.infinite_ntk_parts(*arguments, law=mn.Law(**law))
        for part, ours in parts.items():
            by_loops = table(
                lambda t, u, p=part: reference.limit_parts(
                    reference_circle.angle_between(t, u), s, beta
                )[p],
                angles,
                columns,
            )
            np.testing.assert_allclose(ours, by_loops, rtol=0, atol=1e-15 * size, err_msg=part)
        whole = table(
            lambda t, u, p=tuple(parts): reference.limit(
                reference_circle.angle_between(t, u), p, weight_std=s, bias_std=beta
            ),
            angles,
            columns,
        )
        ours = mn.infinite_ntk(*arguments, law=mn.Law(**law))
        np.testing.assert_allclose(ours, whole, rtol=0, atol=2e-15 * size)


@pytest.mark.eigenvalues
@pytest.mark.parametrize("part", ["w", "b", "a"])
def test_eigenvalues_by_part(part):
    ours = mn.fourier_eigenvalue_parts(9)[part]
    assert_close(ours, [reference.eigenvalue(k, part) for k in range(10)], HOLD, "closed form")

    def kernel(u):
        return reference.limit_parts(u)[part]

    integrals = [reference_spectrum.eigenvalue_by_integral(kernel, k) for k in range(10)]
    assert_close(ours, integrals, HOLD, "integral")


@pytest.mark.eigenvalues
@given(law=some.closed_form_laws(), k_max=st.integers(0, 6))
def test_eigenvalues_of_any_law(law, k_max):
    parts = mn.fourier_eigenvalue_parts(k_max, law=mn.Law(**law))
    s = law["weight_std"]
    names = law["trained"] or (("w", "b", "a") if law["bias"] else ("w", "a"))
    assert list(parts) == list(names)
    expected = {
        part: [
            (s**2 if part == "a" else 1) * reference.eigenvalue(k, part) for k in range(k_max + 1)
        ]
        for part in names
    }
    for part in names:
        assert_close(parts[part], expected[part], HOLD, part)
    assert_close(
        mn.fourier_eigenvalues(k_max, law=mn.Law(**law)), np.sum(list(expected.values()), 0), HOLD
    )


@pytest.mark.eigenvalues
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 17, 30, 33])
@pytest.mark.parametrize("options", [{}, {"bias": False, "weight_std": 1.4}], ids=["all", "w, a"])
def test_aliased_eigenvalues(n, options):
    names = ("w", "b", "a") if options.get("bias", True) else ("w", "a")
    s = options.get("weight_std", 1.0)
    scales = {"w": 1.0, "b": 1.0, "a": s**2}
    ours = mn.aliased_eigenvalues(n, law=mn.Law(**options))
    sums = [
        math.fsum(scales[part] * reference.aliased_eigenvalue(k, n, part) for part in names)
        for k in range(n)
    ]
    assert_close(ours, sums, HOLD, "term by term")
    row = [
        reference.limit(
            reference_circle.angle_between(0.0, 2 * math.pi * j / n), names, weight_std=s
        )
        for j in range(n)
    ]
    transform = [reference_spectrum.circulant_eigenvalue([row] * n, k) for k in range(n)]
    assert_close(ours, transform, HOLD, "transform of the first row")


@pytest.mark.eigenvalues
@pytest.mark.parametrize("trained", some.TRAINED_SUBSETS, ids="".join)
@pytest.mark.parametrize("n", [6, 7])
def test_aliased_eigenvalues_of_trained_parts(trained, n):
    ours = mn.aliased_eigenvalues(n, law=mn.Law(trained=trained))
    sums = [math.fsum(reference.aliased_eigenvalue(k, n, p) for p in trained) for k in range(n)]
    assert_close(ours, sums, HOLD)


# --- theorem --------------------------------------------------------------------------------------

# Everything whose rows belong to angles, one row an angle.
ROWS_OF_ANGLES = {"infinite_ntk": lambda t: mn.infinite_ntk(t, [0.1, 2.0, -1.0])}


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
    "infinite_ntk": mn.infinite_ntk,
    "infinite_ntk, bias_std": lambda *t: mn.infinite_ntk(
        *t, law=mn.Law(bias_std=0.8, weight_std=1.4)
    ),
    "infinite_ntk, no bias": lambda *t: mn.infinite_ntk(*t, law=mn.Law(bias=False)),
}


@pytest.mark.ntk
@pytest.mark.parametrize("name", KERNELS)
@given(angles=some.angle_lists(2, 6), others=some.angle_lists(1, 3))
@example(angles=some.COINCIDENT, others=some.COINCIDENT[:3])
@example(angles=some.ANTIPODAL, others=some.AXES)
@example(angles=some.FAR, others=some.ANTIPODAL)
def test_kernels_are_symmetric_and_positive_semidefinite(name, angles, others):
    properties.kernel_is_symmetric_and_positive_semidefinite(KERNELS[name], angles, others)


@pytest.mark.arccosine
@given(law=some.laws(), angles=some.angle_lists(2, 6), turn=st.floats(-7, 7))
@example(law={}, angles=some.COINCIDENT, turn=1.0)
@example(law={"bias_std": 0.3}, angles=some.ANTIPODAL, turn=-2.0)
def test_the_limit_knows_no_rotation_and_no_order(law, angles, turn):
    kernel = mn.infinite_ntk(angles, law=mn.Law(**law))
    size = np.abs(kernel).max()
    moved = mn.infinite_ntk(np.array(angles) + turn, law=mn.Law(**law))
    np.testing.assert_allclose(moved, kernel, rtol=0, atol=1e-12 * size)
    mirrored = mn.infinite_ntk(-np.array(angles), law=mn.Law(**law))
    np.testing.assert_allclose(mirrored, kernel, rtol=0, atol=1e-15 * size)
    assert np.linalg.eigvalsh(kernel)[0] >= -1e-13 * size * len(angles)


@pytest.mark.arccosine
@given(law=some.laws(), n=st.integers(1, 30))
def test_on_a_grid_the_limit_is_circulant(law, n):
    kernel = mn.infinite_ntk(mn.uniform_angles(n), law=mn.Law(**law))
    assert mn.is_circulant(kernel, 1e-14)
    assert mn.circulant_deviation(kernel) < 1e-14
    off_grid = mn.infinite_ntk([0.0, 1.0, 2.5], law=mn.Law(**law))
    assert not mn.is_circulant(off_grid)


@pytest.mark.arccosine
@given(law=some.laws(), theta=some.angles_within)
def test_parts_of_the_limit_add_up_and_follow_the_trained(law, theta):
    options = {**law, "trained": None}
    parts = mn.ntk_parts_of_angle(theta, law=mn.Law(**options))
    assert list(parts) == (["w", "b", "a"] if law["bias"] else ["w", "a"])
    chosen = law["trained"] or tuple(parts)
    assert mn.ntk_of_angle(theta, law=mn.Law(**law)) == pytest.approx(
        sum(parts[part] for part in chosen), rel=1e-14, abs=1e-16
    )
    eigenvalues = mn.fourier_eigenvalue_parts(4, law=mn.Law(**{**options, "bias_std": 0.0}))
    total = sum(eigenvalues[part] for part in chosen)
    assert_close(mn.fourier_eigenvalues(4, law=mn.Law(**{**law, "bias_std": 0.0})), total, 1e-15)


@pytest.mark.arccosine
@given(theta=some.separations, s=st.floats(0.1, 10), beta=st.floats(0.01, 10))
def test_only_the_ratio_of_the_standard_deviations_bends_the_angle(theta, s, beta):
    ours = mn.ntk_parts_of_angle(theta, law=mn.Law(weight_std=s, bias_std=beta))
    scaled = mn.ntk_parts_of_angle(theta, law=mn.Law(weight_std=3 * s, bias_std=3 * beta))
    for part, factor in (("w", 1), ("b", 1), ("a", 9)):
        size = factor * (1 + s**2 + beta**2)
        np.testing.assert_allclose(scaled[part], factor * ours[part], rtol=0, atol=1e-14 * size)
    assert ours["b"] >= mn.ntk_parts_of_angle(theta)["b"] - 1e-15  # points come closer together


@pytest.mark.arccosine
@given(first=some.separations, second=some.separations)
def test_arc_cosine_kernels_fall_from_1_to_0(first, second):
    near, far = sorted((first, second))
    for kappa in (mn.kappa0, mn.kappa1):
        assert 1 >= kappa(near) >= kappa(far) - 1e-15 >= -2e-15


@pytest.mark.eigenvalues
@given(law=some.closed_form_laws(), n=st.integers(1, 40))
def test_the_transform_of_the_kernel_on_a_grid_gives_the_aliased_eigenvalues(law, n):
    aliased = mn.aliased_eigenvalues(n, law=mn.Law(**law))
    kernel = mn.infinite_ntk(mn.uniform_angles(n), law=mn.Law(**law))
    size = aliased.max()
    transform = mn.circulant_eigenvalues(kernel)
    np.testing.assert_allclose(transform, aliased, rtol=0, atol=1e-14 * size)
    by_size = np.linalg.eigvalsh(kernel / n)
    np.testing.assert_allclose(np.sort(aliased), by_size, rtol=0, atol=1e-13 * size)
    np.testing.assert_allclose(aliased[1:], aliased[:0:-1], rtol=0, atol=1e-14 * size)
    assert aliased.sum() == pytest.approx(float(mn.ntk_of_angle(0.0, law=mn.Law(**law))), rel=1e-12)


@pytest.mark.eigenvalues
@given(law=some.closed_form_laws())
def test_closed_form_and_quadrature_agree(law):
    integrals = mn.quadrature_eigenvalues(lambda u: mn.ntk_of_angle(u, law=mn.Law(**law)), 8)
    assert_close(mn.fourier_eigenvalues(8, law=mn.Law(**law)), integrals, 1e-13)


@pytest.mark.eigenvalues
def test_with_bias_every_frequency_is_learned_and_lower_ones_first():
    assert np.all(np.diff(mn.fourier_eigenvalues(200)) < 0)
    assert mn.fourier_eigenvalues(200)[-1] > 0
    squares = np.arange(3, 200) ** 2 * mn.fourier_eigenvalues(199)[3:]
    # The time to learn k grows as k²: λ_k k² π² is 1 for odd k and falls to 1 for even k.
    np.testing.assert_allclose(squares[::2] * np.pi**2, 1, rtol=1e-12)
    assert np.all(np.diff(squares[1::2]) < 0)
    assert 1 < squares[-2] * np.pi**2 < 1.001


@pytest.mark.eigenvalues
@pytest.mark.parametrize("trained", [None, ("w",), ("a",)])
def test_without_bias_odd_frequencies_above_1_have_no_eigenvalue(trained):
    odd = np.arange(3, 20, 2)
    assert not np.any(mn.fourier_eigenvalues(20, law=mn.Law(bias=False, trained=trained))[odd])
    even_grid = mn.aliased_eigenvalues(24, law=mn.Law(bias=False, trained=trained))
    assert not np.any(even_grid[odd])
    odd_grid = mn.aliased_eigenvalues(25, law=mn.Law(bias=False, trained=trained))
    assert np.all(odd_grid[odd] > 1e-6)
    even = np.arange(2, 21, 2)
    assert np.all(mn.fourier_eigenvalues(20, law=mn.Law(bias=False, trained=trained))[even] > 1e-6)


@pytest.mark.eigenvalues
def test_finer_grids_fold_less():
    limit = mn.fourier_eigenvalues(3)
    errors = [mn.aliased_eigenvalues(n)[:4] - limit for n in (16, 32, 64)]
    for coarse, fine in itertools.pairwise(errors):
        assert np.all(coarse > fine)
        assert np.all(fine > 0)
    np.testing.assert_allclose(errors[1] / errors[2], 4, rtol=0.1)  # as n^-2


# --- rate -----------------------------------------------------------------------------------------

ANGLES = [0.0, 0.4, 1.9, -2.2]
OTHERS = [0.4, 0.4 + math.pi, 3.0]
# The laws whose mean kernel the closed form must be.
LAWS = {
    "default": {},
    "no bias": {"bias": False},
    "normal a": {"output_law": "normal"},
    "random biases": {"bias_std": 0.7, "weight_std": 1.5},
    "random biases, untrained": {"bias_std": 0.7, "trained": ("w", "a")},
    "first layer": {"trained": ("w", "b")},
    **{f"{part} alone": {"trained": (part,), "bias_std": 0.4} for part in ("w", "b", "a")},
}


def scores(mean, error, limit):
    """(mean − limit) in standard errors; entries without spread must be the limit to rounding."""
    fixed = error == 0
    np.testing.assert_allclose(mean[fixed], limit[fixed], rtol=0, atol=1e-15)
    return np.abs(mean - limit)[~fixed] / error[~fixed]


@pytest.mark.arccosine
@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_the_mean_over_neurons_is_the_limit(law):
    closed_form = {name: value for name, value in law.items() if name != "output_law"}
    limit = mn.infinite_ntk(ANGLES, OTHERS, law=mn.Law(**closed_form))
    rng = np.random.default_rng(12)
    mean, error = mn.monte_carlo_ntk(ANGLES, 400_000, rng, OTHERS, law=mn.Law(**law))
    assert scores(mean, error, limit).max() < 4
    assert error.max() < 0.006 * np.abs(limit).max()


@pytest.mark.arccosine
@pytest.mark.parametrize("method", ["empirical_ntk", "factorised_ntk"])
@pytest.mark.parametrize("width", [2, 32])
@pytest.mark.parametrize("options", [{}, {"antisymmetric": True}, {"law": mn.Law(bias=False)}])
def test_the_mean_over_networks_is_the_limit_at_every_width(method, width, options):
    limit = mn.infinite_ntk(ANGLES, OTHERS, options.get("law", mn.Law()))
    rng, kernel = np.random.default_rng(width), getattr(mn, method)
    networks = (mn.initialise(width, rng, **options) for _ in range(2000))
    draws = np.array([kernel(params, ANGLES, OTHERS) for params in networks])
    mean, error = mean_and_error(draws)
    assert scores(mean, error, limit).max() < 4
    assert error.max() < 0.2 / math.sqrt(width)


@pytest.mark.arccosine
def test_points_without_spread_are_exact():
    # Antipodal points without a bias are never active together.
    draws = [
        mn.factorised_ntk(
            mn.initialise(8, np.random.default_rng(seed), law=mn.Law(bias=False)),
            [1.0],
            [1.0 + np.pi],
        )
        for seed in range(50)
    ]
    mean, error = mean_and_error(np.array(draws))
    assert error[0, 0] == 0
    assert (
        scores(mean, error, mn.infinite_ntk([1.0], [1.0 + np.pi], law=mn.Law(bias=False))).size == 0
    )


# --- argument checks ------------------------------------------------------------------------------

TAKE_ANGLES = {
    "infinite_ntk": mn.infinite_ntk,
    "infinite_ntk_parts": mn.infinite_ntk_parts,
}
# None means "the same angles" for the second set.
TAKE_OTHER_ANGLES = {"infinite_ntk, other": lambda t: mn.infinite_ntk(wrong_input.ANGLES, t)}


@pytest.mark.circle
@refuses(
    *every(TAKE_ANGLES, NOT_ANGLES),
    *every(TAKE_OTHER_ANGLES, NOT_ANGLES[:-1]),
)
def test_what_is_no_list_of_angles(error, message, call):
    meets(error, message, call)


TAKE_AN_ANGLE_BETWEEN = {
    "kappa0": mn.kappa0,
    "kappa1": mn.kappa1,
    "ntk_of_angle": mn.ntk_of_angle,
    "ntk_parts_of_angle": mn.ntk_parts_of_angle,
}
RANGE = "angle must lie in [0, 3.14159] and be finite, got "
NO_ANGLE_BETWEEN = [
    (ValueError, RANGE + "-1e-09 at index (1,)", [0.0, -1e-9]),
    (ValueError, RANGE + "3.1416", 3.1416),
    (ValueError, "angle must be finite, got nan", math.nan),
    (ValueError, "angle must be finite, got inf at index (0, 1)", [[1.0, math.inf]]),
    (TypeError, "angle must be an array of real numbers, got 'pi'", "pi"),
    (TypeError, "angle must be an array of real numbers, got True", True),
]


@pytest.mark.arccosine
@refuses(*every(TAKE_AN_ANGLE_BETWEEN, NO_ANGLE_BETWEEN))
def test_what_is_no_angle_between_points(error, message, call):
    meets(error, message, call)


COUNTS = [("n", mn.aliased_eigenvalues)]
COUNTS_FROM_0 = [
    ("k_max", mn.fourier_eigenvalues),
    ("k_max", mn.fourier_eigenvalue_parts),
]


@pytest.mark.circle
@refuses(
    *counts(COUNTS, "a positive integer", [0, *NO_COUNT]),
    *counts(COUNTS_FROM_0, "an integer of at least 0", NO_COUNT),
)
def test_what_is_no_count(error, message, call):
    meets(error, message, call)


ABOVE_0 = [
    ("weight_std", lambda v: mn.ntk_of_angle(1.0, law=mn.Law(weight_std=v))),
    ("weight_std", lambda v: mn.ntk_parts_of_angle(1.0, law=mn.Law(weight_std=v))),
    ("weight_std", lambda v: mn.infinite_ntk(wrong_input.ANGLES, law=mn.Law(weight_std=v))),
    ("weight_std", lambda v: mn.infinite_ntk_parts(wrong_input.ANGLES, law=mn.Law(weight_std=v))),
    ("weight_std", lambda v: mn.fourier_eigenvalues(3, law=mn.Law(weight_std=v))),
    ("weight_std", lambda v: mn.fourier_eigenvalue_parts(3, law=mn.Law(weight_std=v))),
    ("weight_std", lambda v: mn.aliased_eigenvalues(3, law=mn.Law(weight_std=v))),
]
FROM_0 = [
    ("bias_std", lambda v: mn.ntk_of_angle(1.0, law=mn.Law(bias_std=v))),
    ("bias_std", lambda v: mn.infinite_ntk(wrong_input.ANGLES, law=mn.Law(bias_std=v))),
    ("bias_std", lambda v: mn.fourier_eigenvalues(3, law=mn.Law(bias_std=v))),
    ("bias_std", lambda v: mn.aliased_eigenvalues(3, law=mn.Law(bias_std=v))),
]


@pytest.mark.dynamics
@refuses(
    *counts(ABOVE_0, "a finite number above 0", [0.0, *NO_NUMBER]),
    *counts(FROM_0, "a finite number of at least 0", NO_NUMBER),
)
def test_what_is_no_number_in_the_range(error, message, call):
    meets(error, message, call)


TAKE_A_LAW = {
    "ntk_of_angle": lambda **law: mn.ntk_of_angle(1.0, law=mn.Law(**law)),
    "ntk_parts_of_angle": lambda **law: mn.ntk_parts_of_angle(1.0, law=mn.Law(**law)),
    "infinite_ntk": lambda **law: mn.infinite_ntk(wrong_input.ANGLES, law=mn.Law(**law)),
    "infinite_ntk_parts": lambda **law: mn.infinite_ntk_parts(
        wrong_input.ANGLES, law=mn.Law(**law)
    ),
    "fourier_eigenvalues": lambda **law: mn.fourier_eigenvalues(3, law=mn.Law(**law)),
    "fourier_eigenvalue_parts": lambda **law: mn.fourier_eigenvalue_parts(3, law=mn.Law(**law)),
    "aliased_eigenvalues": lambda **law: mn.aliased_eigenvalues(3, law=mn.Law(**law)),
}


@pytest.mark.arccosine
@refuses(*contradictions(TAKE_A_LAW))
def test_options_that_contradict_each_other(error, message, call):
    meets(error, message, call)


@pytest.mark.eigenvalues
@pytest.mark.parametrize(
    "name", ["fourier_eigenvalues", "fourier_eigenvalue_parts", "aliased_eigenvalues"]
)
def test_no_closed_form_with_random_biases(name):
    rule = "bias_std must be 0 for the closed form (quadrature_eigenvalues takes any kernel), got"
    with pytest.raises(ValueError, match=re.escape(rule + " 0.5")):
        TAKE_A_LAW[name](bias_std=0.5)


@pytest.mark.ntk
def test_more_than_a_gibibyte_is_rejected_before_it_is_allocated():
    meets_before_allocating(
        "the kernel would take 3.0 GiB, more than 1 GiB: take fewer angles",
        lambda: mn.infinite_ntk(MANY),
    )
