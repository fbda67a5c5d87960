"""`compare_kernels` names the reason why two kernels differ."""

import re

import numpy as np
import pytest

import minintk as mn
from minintk.course import CONVENTIONS, compare_kernels

pytestmark = pytest.mark.course


@pytest.fixture
def kernels():
    rng = np.random.default_rng(3)
    angles = mn.sample_angles(11, rng)
    return angles, mn.infinite_ntk(angles), mn.initialise(997, rng)


# --- by hand --------------------------------------------------------------------------------------


def test_compare_kernels_names_the_reason(kernels):
    angles, k, params = kernels
    e = mn.empirical_ntk(params, angles)
    permuted = np.random.default_rng(0).permutation(11)
    no_bias = mn.infinite_ntk(angles, law=mn.Law(bias=False))
    twice = np.append(angles[:-1], angles[0])
    cases = [
        (k, k, {}, "equal", "1"),
        (2 * k, k, {}, "factor", "2"),
        (k / 11, k, {}, "factor", "1/n"),
        (e, k, {"width": 997}, "width", "1"),
        (997 * e, k, {"width": 997}, "factor", "m"),
        (no_bias, k, {"angles": angles}, "part", None),
        (k[np.ix_(permuted, permuted)], k, {}, "order of the points", None),
        (k + np.eye(11), k, {"angles": angles}, "diagonal", None),
        (mn.infinite_ntk(twice), k, {}, "repeated point", None),
        (e, k, {}, "unknown", None),
    ]
    for a, b, options, reason, factor in cases:
        found = compare_kernels(a, b, **options)
        assert (found.reason, found.factor) == (reason, factor), found
    assert "bias is missing" in compare_kernels(no_bias, k, angles=angles).message
    parts = mn.empirical_ntk_parts(params, angles)
    lacking = compare_kernels(parts["w"] + parts["a"], k, angles=angles, width=997)
    assert "bias is missing" in lacking.message


def test_other_settings_are_named(kernels):
    angles, k, _ = kernels
    parts = mn.infinite_ntk_parts(angles)
    theta = mn.angle_between(mn.circle_points(angles), mn.circle_points(angles))
    jacot = next(row for row in CONVENTIONS if row.name.startswith("Jacot"))
    inputs = next(row for row in CONVENTIONS if row.name.startswith("inputs"))
    at = {"angles": angles}
    cases = [
        (k + 1, {}, "constant", "+ 1 everywhere"),
        (parts["w"] + parts["b"] + 997 * parts["a"], {**at, "width": 997}, "part", "times m"),
        (parts["w"] + parts["b"] + parts["a"] / 997, {**at, "width": 997}, "part", "over m"),
        (jacot.of_angle(theta, 1), at, "convention", "a is the kernel of Jacot"),
        (
            3 * inputs.of_angle(theta, 1),
            at,
            "convention",
            "a is 3 times the kernel of inputs (x, 1)",
        ),
        (mn.infinite_ntk(angles, law=mn.Law(bias_std=0.7)), at, "random bias", "β = 0.7;"),
        (k - np.diag(np.diag(k)), at, "diagonal", "K − diag K"),
    ]
    for a, options, reason, words in cases:
        found = compare_kernels(a, k, **options)
        assert found.reason == reason, found
        assert words in found.message


def test_a_convention_in_which_m_is_free_is_not_told_of_a_kernel_without_a_width():
    angles = mn.uniform_angles(9)
    w, b, a = mn.infinite_ntk_parts(angles).values()
    assert compare_kernels(3 * (2 * w + 2 * b + a), w + b + a, angles=angles).reason == "unknown"
    assert compare_kernels(w / 3, w + b + a, angles=angles).reason == "convention"


def test_noise_is_given_its_size(kernels):
    angles, k, params = kernels
    message = compare_kernels(mn.empirical_ntk(params, angles), k).message
    (neurons,) = re.findall(r"about ([\d.e+]+) neurons", message)
    assert 150 < float(neurons) < 6000


@pytest.mark.parametrize("seed", range(6))
def test_reasons_that_the_width_does_not_tell_apart_are_all_told(seed):
    """Biases of 0.7 at m = 512: a constant or two wrong parts leave about as much."""
    angles, law = mn.uniform_angles(64), mn.Law(bias_std=0.7)
    k, params = mn.infinite_ntk(angles), mn.initialise(512, np.random.default_rng(seed), law)
    found = compare_kernels(mn.empirical_ntk(params, angles), k, angles=angles, width=512)
    assert found.reason in ("several", "random bias")
    assert "a has biases drawn from N(0, β²), β = 0.7" in found.message.replace("0.6", "0.7")
    exact = mn.infinite_ntk(angles, law=law)
    assert compare_kernels(exact, k, angles=angles, width=10**6).reason == "random bias"


def test_a_factor_is_not_named_that_the_ratio_contradicts():
    angles, law = mn.uniform_angles(64), mn.Law(bias_std=0.5)
    k, params = mn.infinite_ntk(angles), mn.initialise(512, np.random.default_rng(6), law)
    found = compare_kernels(mn.empirical_ntk(params, angles), k, angles=angles, width=512)
    assert (found.factor, found.reason) == (None, "several")


@pytest.mark.parametrize("seed", [7, 0, 1])
def test_a_kernel_that_the_width_explains_has_no_factor(seed):
    """A small network with biases is off by much, and √½ may fit as well; so does no factor."""
    angles, law = mn.uniform_angles(32), mn.Law(bias_std=1.0)
    params = mn.initialise(64, np.random.default_rng(seed), law)
    k, m = mn.empirical_ntk(params, angles), mn.infinite_ntk(angles, law=law)
    found = compare_kernels(k, m, angles=angles, width=64)
    assert (found.factor, found.reason) == ("1", "width")


def test_a_factor_beside_random_biases_is_told():
    angles = mn.uniform_angles(16)
    k, other = mn.infinite_ntk(angles), mn.infinite_ntk(angles, law=mn.Law(bias_std=0.7))
    message = compare_kernels(2.5 * other, k, angles=angles).message
    assert "a is 2.5 times the kernel of biases drawn from N(0, β²), β = 0.7." in message


@pytest.mark.parametrize(
    ("law", "pairs"),
    [(mn.Law(output_law="normal"), False), (mn.Law(), True), (mn.Law(bias_std=1.0), False)],
)
def test_the_fluctuation_is_that_of_the_start(law, pairs):
    angles, rng = mn.uniform_angles(20), np.random.default_rng(3)
    k = mn.infinite_ntk(angles, law=law)
    options = {"angles": angles, "width": 300, "law": law, "antisymmetric": pairs}
    drawn = (mn.initialise(300, rng, law, antisymmetric=pairs) for _ in range(60))
    found = [compare_kernels(mn.empirical_ntk(params, angles), k, **options) for params in drawn]
    left = [np.hypot(f.left_over, f.ratio - 1) for f in found]
    assert np.sqrt(np.mean(np.square(left))) == pytest.approx(found[0].fluctuation, rel=0.2)
    assert [f.reason for f in found].count("width") >= 58


# --- rate -----------------------------------------------------------------------------------------


def test_fluctuation_is_what_the_width_leaves(kernels):
    angles, k, _ = kernels
    rng = np.random.default_rng(5)
    left = [
        np.linalg.norm(mn.empirical_ntk(mn.initialise(200, rng), angles) - k) / np.linalg.norm(k)
        for _ in range(40)
    ]
    expected = compare_kernels(k, k, angles=angles, width=200).fluctuation
    assert np.sqrt(np.mean(np.square(left))) == pytest.approx(expected, rel=0.2)


# --- argument checks ------------------------------------------------------------------------------


def test_compare_kernels_rejects():
    with pytest.raises(ValueError, match="a must be a square matrix"):
        compare_kernels(np.ones((2, 3)), np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"b must have shape \(2, 2\)"):
        compare_kernels(np.ones((2, 2)), np.ones((3, 3)))
    with pytest.raises(ValueError, match="must not be 0 everywhere"):
        compare_kernels(np.zeros((2, 2)), np.ones((2, 2)))
