"""Numbers that a reader can recompute, each with how it was computed.

Where nothing else is said: mpmath at 60 digits, from the formula in the comment, rounded to 30.
"""

import math

import numpy as np
import pytest

import minintk as mn

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
def test_arc_cosine_kernels(theta):
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
    assert mn.ntk_of_angle(0.0, bias=False) == 1.0
    assert mn.ntk_of_angle(0.0, bias_std=2.0, weight_std=3.0) == 0.5 * (1 + 1 + 9 + 4)


@pytest.mark.arccosine
def test_parts_with_random_biases():
    # s = ¾, β = ½, θ = 2: cos u = (s² cos θ + β²)/(s² + β²), u by mpmath's acos.
    expected = {
        "w": -0.105334316779208228146350921233,
        "b": 0.253118148519856967440193125524,
        "a": 0.133317557994443268496641616176,
    }
    parts = mn.ntk_parts_of_angle(2.0, weight_std=0.75, bias_std=0.5)
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
def test_eigenvalues_by_part(part):
    closed = mn.fourier_eigenvalue_parts(4)[part]
    np.testing.assert_allclose(closed, BY_PART[part], rtol=1e-13, atol=0)


@pytest.mark.eigenvalues
def test_eigenvalues_with_random_biases():
    # s = ¾, β = ½ as above, mpmath's quad on 20 pieces at 30 digits.
    expected = [0.59635167113194586533, 0.31444407111135889324, 0.05384690364674064453]
    kernel = mn.quadrature_eigenvalues(
        lambda u: mn.ntk_of_angle(u, weight_std=0.75, bias_std=0.5), 2
    )
    np.testing.assert_allclose(kernel, expected, rtol=1e-13, atol=0)


@pytest.mark.eigenvalues
def test_aliased_eigenvalues_of_17_points():
    # (1/17) Σ_j K(θ_j) cos(6πj/17) over the grid, summed by mpmath.
    without = mn.aliased_eigenvalues(17, bias=False)[3]
    assert without == pytest.approx(0.00095175516810724152966489777052907, rel=1e-12)
    with_bias = mn.aliased_eigenvalues(17)[3]
    assert with_bias == pytest.approx(0.012502501073895339407153505176257, rel=1e-13)
    assert mn.aliased_eigenvalues(16, bias=False)[3] == 0.0
    # One point: K(0). Two: (K(0) ± K(π))/2. By hand.
    assert mn.aliased_eigenvalues(1)[0] == pytest.approx(1.5, rel=1e-15)
    assert mn.aliased_eigenvalues(2) == pytest.approx([0.75, 0.75], rel=1e-15)


@pytest.mark.dynamics
def test_lazy_growth():
    # y = Σ_{k=1..3} cos(kt + 0.3k), so y_k² sums to ½ for each k: Σ_k (1 − exp(−λ_k τ))²/(2 λ_k).
    coefficients = mn.target_coefficients([1, 2, 3])
    rates = mn.fourier_eigenvalues(3)[mn.basis_frequencies(3)]
    growth = mn.lazy_growth(coefficients, rates, [200.0, 1000.0, 1e6])
    expected = [43.3255508112331547, 52.1800183307797485, 52.1811646130326996]
    np.testing.assert_allclose(growth, expected, rtol=1e-13)
    assert f"{growth[-1]:.1f}" == "52.2"


@pytest.mark.dynamics
def test_time_and_steps_to_learn_frequency_3():
    # ln 20/λ_3 = 9π² ln 20 and −ln 20/ln(1 − λ_3/2).
    rate = mn.fourier_eigenvalues(3)[3]
    assert mn.time_to_learn(rate) == pytest.approx(266.1002318839850992645681, rel=1e-14)
    assert mn.steps_to_learn(rate, 0.5) == pytest.approx(530.701188425271478083475, rel=1e-13)
    assert mn.largest_stable_learning_rate(0.5) == 4.0


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
    parts = mn.factorised_ntk_parts(params, [0.0])
    np.testing.assert_allclose([parts[k][0, 0] for k in "wba"], [5, 5, 5.125], rtol=1e-15)
    assert mn.empirical_ntk(params, [0.0])[0, 0] == pytest.approx(15.125, rel=1e-15)
    # At t = π/2, x = (0, 1): z = (7½, 7); x·x' = 0, so K = b 10/2 and a (2½·7½ + 2·7)/2
    assert mn.empirical_ntk(params, [0.0], [np.pi / 2])[0, 0] == pytest.approx(
        5 + 16.375, rel=1e-15
    )
    assert mn.balance(params).tolist() == [9 - 53 - 0.25, 1 - 17 - 9]


@pytest.mark.spectrum
def test_measures_by_hand():
    # K = [[2, 1], [1, 1]]: ‖K‖² = 7, tr = 3, yᵀKy = 1 for y = (1, −1), ⟨K, diag(1, 0)⟩ = 2.
    kernel = [[2.0, 1.0], [1.0, 1.0]]
    assert mn.effective_rank(kernel) == pytest.approx(9 / 7, rel=1e-15)
    assert mn.off_diagonal_share(kernel) == pytest.approx(2 / 7, rel=1e-15)
    assert mn.target_alignment(kernel, [1.0, -1.0]) == pytest.approx(1 / (2 * 7**0.5), rel=1e-15)
    unit = [[1.0, 0.0], [0.0, 0.0]]
    assert mn.kernel_alignment(kernel, unit) == pytest.approx(2 / 7**0.5, rel=1e-15)
    assert mn.kernel_distance(kernel, unit) == pytest.approx(1 - 2 / 7**0.5, rel=1e-15)
    # Nearest circulant: 1½ on the diagonal, 1 off it; K − C = diag(½, −½).
    assert mn.circulant_deviation(kernel) == pytest.approx((0.5 / 7) ** 0.5, rel=1e-15)
    # Centred, every 2×2 kernel is a multiple of [[1, −1], [−1, 1]].
    assert mn.centred_kernel_alignment(kernel, unit) == pytest.approx(1.0, rel=1e-14)
    assert mn.spectral_error([[3.0, 0, 0], [0, 1, 4], [0, 4, 1]], [1.0, 1.0]) == 4.0
