"""The claim on the kink: the softplus's steps by plain loops, its slope, and its control."""

import dataclasses
import math

import matplotlib.pyplot as plt
import numpy as np
import pytest

import minintk as mn
from minintk.claims.beyond import kink
from minintk.claims.claim import Cell, Found, arrays, run_claim, summary
from minintk.claims.statistics import FAILS, HOLDS, IN_PART, OPEN, Interval
from minintk.evolving import driven_descent, mean_field_start
from minintk.fast import population_low_frequency_block
from tests.reference.claim_runs import run_with_control
from tests.reference.closeness import assert_close

pytestmark = [pytest.mark.evolving, pytest.mark.claims]

CLAIM = kink.CLAIM
ALONE = dataclasses.replace(CLAIM, control=None)
TINY = kink.Sizes(
    widths=(2**10, 2**12, 2**14, 2**16), late=2**12, steps=5, radii=20, directions=8,
    points=(24, 48),
)  # fmt: skip


@pytest.fixture(scope="module")
def tiny():
    return run_with_control(CLAIM, TINY)


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "shifted", "verdict"),
    [
        ((0.002, 0.001), (0.0089, 0.001), HOLDS),
        ((0.002, 0.001), (0.0091, 0.001), OPEN),
        ((0.0109, 0.001), (0.0091, 0.001), OPEN),
        ((0.0111, 0.001), (0.0089, 0.001), IN_PART),
        ((0.5, 0.01), (0.5, 0.01), FAILS),
        ((0.002, np.nan), (0.002, np.nan), OPEN),  # two widths give no error
        ((np.nan, np.nan), (np.nan, np.nan), OPEN),
    ],
)
def test_the_borders_of_the_criterion(tiny, own, shifted, verdict):
    shares = {
        phase: Interval(share, share - error, share + error)
        for phase, (share, error) in {"own": own, "shifted": shifted}.items()
    }
    assert CLAIM.judge(TINY, Found(**{**vars(tiny.found), "share": shares})).verdict == verdict


def test_the_share_and_its_error_are_those_of_two_lines_and_two_grids():
    x = np.log(np.sqrt(TINY.widths))
    steep, flat = np.stack([-40 * x, 50 * x], axis=1), np.stack([0.1 * x, 0.2 * x], axis=1)
    bent = flat + np.array([[0.0], [1.0], [-1.0], [0.0]])
    softplus = {"change": np.stack([flat, bent], axis=1), "rate": np.full((4, 2), 0.01)}
    data = {"relu": {"change": steep, "rate": np.full(4, 0.02)}, "softplus": softplus}
    found = kink.find(TINY, data)
    step = np.log(2)  # of x; around its middle x is (−1.5, −0.5, 0.5, 1.5) steps
    tilt = 1 / (5 * step)  # a line through (0, 1, −1, 0) falls by a fifth of a step
    of_fit = math.sqrt((2 - 0.2) / 2 / (5 * step**2))
    assert_close(found.slope, [0.1 - tilt, 0.2 - tilt], 1e-12)
    assert_close(found.error, [of_fit + tilt, of_fit + tilt], 1e-12)
    assert_close(found.share["shifted"].mean, abs(0.2 - tilt) / 50, 1e-12)
    assert_close(found.share["own"].high, (abs(0.1 - tilt) + of_fit + tilt) / 40, 1e-12)
    late = -1 / (2 * step)  # the last three of it are (1, −1, 0)
    assert_close(found.late_share, [abs(0.1 + late) / 40, abs(0.2 + late) / 50], 1e-12)
    assert_close(found.learned, [1 - 0.96**5, 1 - 0.98**5], 1e-12)


def test_reason_and_criterion_tell_numbers_and_sizes(tiny):
    found = Found(**{**vars(tiny.found), "slope_of_relu": [-38.0, 38.5], "learned": [0.43, 0.16]})
    reason = CLAIM.judge(TINY, found).reason
    for part in ("own phase: −38.00 ±", "shifted phase: +38.50 ±", "m ≥ 2^12", "43 % and 16 %"):
        assert part in reason
    for part in ("cos 3t, τ = 10, m = 2^10 … 2^16", "β = 4,", "below 1 %"):
        assert part in CLAIM.criterion(TINY)


# --- reference ------------------------------------------------------------------------------------


def logistic(z):
    return 1 / (1 + math.exp(-z))


def softplus(z, beta):
    return math.log(1 + math.exp(beta * z)) / beta


def kernel_entries(neurons, points, k, beta):
    """⟨φ, K φ⟩ for φ = √2 cos kt and √2 sin kt, from the whole kernel matrix."""
    angles = [2 * math.pi * i / points for i in range(points)]
    x = [(math.cos(t), math.sin(t), 1.0) for t in angles]
    entries = [0.0, 0.0]
    for share, *v, a in neurons:
        z = [sum(p * q for p, q in zip(v, point, strict=True)) for point in x]
        for i in range(points):
            for j in range(points):
                cosine = sum(p * q for p, q in zip(x[i], x[j], strict=True))
                value = a**2 * logistic(beta * z[i]) * logistic(beta * z[j]) * cosine
                value += softplus(z[i], beta) * softplus(z[j], beta)
                for phase, wave in enumerate((math.cos, math.sin)):
                    product = 2 * wave(k * angles[i]) * wave(k * angles[j])
                    entries[phase] += share * value * product / points**2
    return entries


def test_the_softplus_is_driven_as_by_plain_loops_over_all_neurons():
    k, beta, eta, points, width = 3, 1.5, 2.0, 12, 50.0
    sizes = dataclasses.replace(TINY, sharpness=beta, radii=2, directions=4, steps=3)
    start = mean_field_start(2, 12, spacing="logarithm")
    neurons = []
    for (w0, w1), a in zip(start.w, start.a, strict=True):
        neurons.append([a**2 / start.width, w0 / abs(a), w1 / abs(a), 0.0, math.copysign(1, a)])
    assert_close(sum(neuron[0] for neuron in neurons), 1.0, 1e-12)
    before = kernel_entries(neurons, points, k, beta)
    rate, left = before[0], 1.0
    for _ in range(3):
        for neuron in neurons:
            _, v0, v1, v2, a = neuron
            force, lift = [0.0, 0.0, 0.0], 0.0
            for i in range(points):
                t = 2 * math.pi * i / points
                z, residual = v0 * math.cos(t) + v1 * math.sin(t) + v2, -left * math.cos(k * t)
                for part, x in enumerate((math.cos(t), math.sin(t), 1.0)):
                    force[part] += residual * logistic(beta * z) * x / points
                lift += residual * softplus(z, beta) / points
            for part in range(3):
                neuron[1 + part] -= eta * a / math.sqrt(width) * force[part]
            neuron[4] -= eta / math.sqrt(width) * lift
        left *= 1 - eta * rate
    after = kernel_entries(neurons, points, k, beta)
    part = kink.measure_softplus(sizes, Cell(width=width, points=points), None)
    assert_close(part["rate"], rate, 1e-12)
    expected = [width * (after[phase] - before[phase]) / rate for phase in (0, 1)]
    assert_close(part["change"], expected, 1e-9)


def test_the_neurons_of_one_turn_stand_for_all_of_the_relu():
    all_of_them = mean_field_start(TINY.radii, 3 * TINY.directions, spacing="logarithm")
    y = mn.target_coefficients((3,), shift=0.0)
    moved = driven_descent(all_of_them, y, 100.0, TINY.learning_rate, TINY.steps)
    before, after = (
        population_low_frequency_block(params, 3)[5:, 5:].diagonal()
        for params in (all_of_them, moved)
    )
    part = kink.measure_relu(TINY, Cell(width=100.0), None)
    assert_close(part["change"], 100 * (after - before) / mn.fourier_eigenvalues(3)[3], 1e-9)


# --- theorem --------------------------------------------------------------------------------------


def test_a_very_sharp_softplus_is_the_relu():
    sizes = dataclasses.replace(TINY, sharpness=1000.0, radii=8, directions=4)
    soft = kink.measure_softplus(sizes, Cell(width=30.0, points=3000), None)
    relu = kink.measure_relu(sizes, Cell(width=30.0), None)
    changes = [part["change"] * part["rate"] for part in (soft, relu)]
    gap = np.abs(changes[0] - changes[1]).max() / np.abs(changes[1]).max()
    assert gap < 0.02


def test_twice_as_many_points_change_nothing():
    coarse, fine = (
        kink.measure_softplus(kink.Sizes(radii=10), Cell(width=2**10, points=points), None)
        for points in (72, 144)
    )
    assert_close(coarse["change"], fine["change"], 1e-6)


def test_what_the_softplus_lacks_to_its_limit_falls_as_one_over_the_width(tiny):
    change = tiny.found.change_softplus
    ratio = (change[1:-1] - change[:-2]) / (change[2:] - change[1:-1])
    assert np.abs(ratio - 4).max() < 0.1, "m is four times as large"
    relu = tiny.found.change_relu
    even = (relu[1:-1] - relu[:-2]) / (relu[2:] - relu[1:-1])
    assert np.abs(even - 1).max() < 0.1, "but a logarithm rises by the same each time"


def test_it_holds_and_its_control_has_the_kink_back(tiny):
    assert tiny.verdict.verdict == HOLDS
    assert tiny.control.verdict == FAILS
    wrong = CLAIM.control.sizes
    rounded = dataclasses.replace(wrong, sharpness=1.0, points=(36, 72), radii=10)
    shares = run_claim(ALONE, rounded, 0).found.share
    assert max(share.high for share in shares.values()) < 0.01, "only its β is wrong"


def test_the_same_bits_at_every_seed(tiny):
    again = run_claim(ALONE, TINY, 1).found  # neither side has a random start
    assert summary(tiny.found) == summary(again)
    assert all(np.array_equal(v, arrays(again)[name]) for name, v in arrays(tiny.found).items())


def test_its_figure_has_titles_labels_and_the_measured_points(tiny):
    figure, axes = plt.subplots(CLAIM.panels)
    CLAIM.draw(TINY, tiny.found, list(axes))
    for axis in axes:
        assert all((axis.get_title(), axis.get_xlabel(), axis.get_ylabel(), axis.get_legend()))
        assert all(np.isfinite(line.get_ydata()).all() for line in axis.lines)
    assert_close(axes[0].lines[6].get_ydata(), tiny.found.change_softplus[:, 1], 1e-12)
    assert_close(axes[1].lines[0].get_ydata(), [1, 1, 1], 0.1)
    plt.close(figure)


# --- argument checks ------------------------------------------------------------------------------


def test_no_exponential_overflows_far_from_the_kink():
    with np.errstate(all="raise", under="ignore"):
        value, slope = kink._softplus(np.array([-1e4, 0.0, 1e4]), 4.0)
    assert_close(value, [0.0, math.log(2) / 4, 1e4], 1e-15)
    assert_close(slope, [0.0, 0.5, 1.0], 1e-15)


def test_two_widths_decide_nothing():
    sizes = dataclasses.replace(TINY, widths=(2**10, 2**14), late=2**10)
    assert run_claim(ALONE, sizes, 0).verdict.verdict == OPEN
