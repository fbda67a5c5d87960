"""How fast errors fall: −½ in the width and in the number of samples, and to which limit.

Every slope is asserted with its own standard error and with the size of the error. A slope does not
see a wrong constant, so the mean of the kernel is compared with the limit entry by entry.
"""

import math

import numpy as np
import pytest

import minintk as mn
from tests.reference import strategies as some

EIGENVALUES = mn.fourier_eigenvalues(4)
GRID = mn.uniform_angles(64)
WIDTHS = [32, 64, 128, 256, 512]
SIZES = [64, 128, 256]
ANGLES = [0.0, 0.4, 1.9, -2.2]
OTHERS = [0.4, 0.4 + math.pi, 3.0]


def slope(sizes, errors, groups=16):
    """Slope of the mean error against the size in a log-log plot, and its standard error.

    errors (seeds, sizes): the seeds are dealt into groups, each with a slope of its own.
    """
    slopes = [
        np.polyfit(np.log(sizes), np.log(errors[group::groups].mean(axis=0)), 1)[0]
        for group in range(groups)
    ]
    return float(np.mean(slopes)), float(np.std(slopes, ddof=1) / math.sqrt(groups))


def mean_and_error(values):
    """Over the seeds, the first axis."""
    return values.mean(axis=0), values.std(axis=0, ddof=1) / math.sqrt(len(values))


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
        ({"output_law": "normal"}, 1.13),
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


@pytest.fixture(scope="module")
def sampling_errors():
    """Raw and whitened error of the low-frequency block at random angles, (2, seeds, sizes)."""

    def both(n, seed):
        angles = mn.sample_angles(n, np.random.default_rng([seed, n]))
        kernel = mn.infinite_ntk(angles)
        blocks = (mn.low_frequency_block(kernel, angles, whitened=w) for w in (False, True))
        return [mn.spectral_error(block, EIGENVALUES) for block in blocks]

    errors = np.array([[both(n, seed) for n in SIZES] for seed in range(256)])
    return errors.transpose(2, 0, 1)


@pytest.mark.spectrum
def test_the_raw_error_of_sampling(sampling_errors):
    # Not yet a pure power at these n: the error times √n falls from 2.65 at n = 64 towards 2.26.
    found, uncertainty = slope(SIZES, sampling_errors[0])
    assert uncertainty < 0.03
    assert found == pytest.approx(-0.58, abs=0.04)
    scaled, scaled_error = mean_and_error(sampling_errors[0] * np.sqrt(SIZES))
    assert scaled_error.max() < 0.08
    np.testing.assert_allclose(scaled, [2.65, 2.5, 2.4], rtol=0, atol=0.15)


@pytest.mark.spectrum
def test_the_whitened_error_of_sampling(sampling_errors):
    found, uncertainty = slope(SIZES, sampling_errors[1])
    assert uncertainty < 0.03
    assert found == pytest.approx(-0.5, abs=0.04)
    scaled, scaled_error = mean_and_error(sampling_errors[1].dot(np.sqrt(SIZES)) / 3)
    assert scaled_error < 0.02
    assert scaled == pytest.approx(0.64, abs=0.03)


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
    limit = mn.infinite_ntk(ANGLES, OTHERS, **closed_form)
    rng = np.random.default_rng(12)
    mean, error = mn.monte_carlo_ntk(ANGLES, 400_000, rng, OTHERS, **law)
    assert scores(mean, error, limit).max() < 4
    assert error.max() < 0.006 * np.abs(limit).max()


@pytest.mark.arccosine
@pytest.mark.parametrize("road", ["empirical_ntk", "factorised_ntk"])
@pytest.mark.parametrize("width", [2, 32])
@pytest.mark.parametrize("options", [{}, {"antisymmetric": True}, {"bias": False}])
def test_the_mean_over_networks_is_the_limit_at_every_width(road, width, options):
    limit = mn.infinite_ntk(ANGLES, OTHERS, bias=options.get("bias", True))
    draws = np.array(
        [
            getattr(mn, road)(
                mn.initialise(width, np.random.default_rng([width, seed]), **options),
                ANGLES,
                OTHERS,
            )
            for seed in range(2000)
        ]
    )
    mean, error = mean_and_error(draws)
    assert scores(mean, error, limit).max() < 4
    assert error.max() < 0.2 / math.sqrt(width)


@pytest.mark.arccosine
def test_points_without_spread_are_exact():
    # Antipodal points without a bias are never active together,.
    draws = [
        mn.factorised_ntk(
            mn.initialise(8, np.random.default_rng(seed), bias=False), [1.0], [1.0 + np.pi]
        )
        for seed in range(50)
    ]
    mean, error = mean_and_error(np.array(draws))
    assert error[0, 0] == 0
    assert scores(mean, error, mn.infinite_ntk([1.0], [1.0 + np.pi], bias=False)).size == 0


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
