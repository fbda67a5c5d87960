"""The claim on hard targets: exponents of the loss, and by how much feature learning moves them."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest

import minintk as mn
from minintk.claims.beyond import hard_targets
from minintk.claims.claim import Cell, Found, run_claim
from minintk.claims.statistics import FAILS, HOLDS, IN_PART, OPEN
from minintk.evolving import mean_field_start
from tests.reference.claim_runs import run_with_control
from tests.reference.closeness import assert_close

pytestmark = [pytest.mark.evolving, pytest.mark.claims]

CLAIM = hard_targets.CLAIM
TINY = hard_targets.Sizes(widths=(4.0, 1.0), radii=(3, 4), k_max=5, learning_rate=0.5, last=100.0)
WHOLE = dataclasses.replace(TINY, last=800.0)
HALF = (2 * 0.5 / 1.5 - 0.5) / 2  # of the predicted difference at β = ½


def found(hard=(0.1, 0.2), easy=(-0.05, 0.05)):
    """Differences of exponents, for each β."""
    return Found(
        steeper={"β = 0.5": hard, "β = 1.5": easy},
        lazy_range={"β = 0.5": (0.4, 0.5), "β = 1.5": (1.4, 1.5)},
    )


@pytest.fixture(scope="module")
def tiny():
    return run_with_control(CLAIM, TINY)


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "differences"),
    [
        (HOLDS, {}),
        (HOLDS, {"hard": (HALF + 1e-9, 1.0), "easy": (-0.1, 0.1)}),
        (OPEN, {"hard": (HALF - 1e-9, 1.0)}),
        (IN_PART, {"hard": (0.0, HALF - 1e-9)}),
        (OPEN, {"easy": (-0.11, 0.0)}),
        (IN_PART, {"easy": (-0.3, -0.11)}),
        (FAILS, {"hard": (0.0, 0.05), "easy": (0.11, 0.3)}),
        (OPEN, {"hard": (np.nan, np.nan)}),
    ],
)
def test_every_branch_of_judge(verdict, differences):
    assert CLAIM.judge(WHOLE, found(**differences)).verdict == verdict
    assert CLAIM.judge(TINY, found(**differences)).verdict == OPEN, "without the late windows"
    single = dataclasses.replace(WHOLE, radii=(4,))
    assert CLAIM.judge(single, found(**differences)).verdict == OPEN, "without a second resolution"


@pytest.mark.parametrize(
    ("verdict", "windows"),
    [
        (HOLDS, 3 * [[(HALF, 0.2), (-0.1, 0.1)]]),
        (OPEN, [[(HALF, 0.2), (-0.1, 0.1)], [(HALF, 0.2), (-0.11, 0.1)], [(0.0, 0.2), (0, 0)]]),
        (IN_PART, [[(0.0, HALF - 1e-9), (0, 0)], *2 * [[(HALF, 0.2), (-0.1, 0.1)]]]),
        (FAILS, 3 * [[(0.0, HALF - 1e-9), (0.11, 0.2)]]),
        (OPEN, 3 * [[(np.nan, np.nan), (np.nan, np.nan)]]),
    ],
)
def test_the_later_criterion_judges_each_window_by_itself(verdict, windows):
    run = Found(steeper_by_window=np.array(windows))
    assert hard_targets.judge_later(WHOLE, run).verdict == verdict
    single = dataclasses.replace(WHOLE, radii=(4,))
    assert hard_targets.judge_later(single, run).verdict == OPEN, "without a second resolution"


def test_the_later_reason_names_the_windows():
    windows = [[(0.05, 0.06), (0, 0)], *2 * [[(0.1, 0.2), (-0.1, 0.09)]]]
    reason = hard_targets.judge_later(WHOLE, Found(steeper_by_window=np.array(windows))).reason
    assert "β = 0.5, τ = 10–100: +0.050 to +0.060; β = 1.5, τ = 10–100: " in reason
    assert "β = 1.5, τ = 100–800: −0.100 to +0.090" in reason
    assert "Refuted: β = 0.5 steeper by 0.083 on τ = 10–100." in reason


def test_differences_of_each_window_and_of_all_agree():
    times = WHOLE.learning_rate * WHOLE.steps()
    lazy = np.tile(times**-0.4, (2, 1))
    # of each resolution, in each window another exponent: (β, γ^-2, resolutions, times)
    late = np.where(times > 300, times**-0.9, 1e9)
    rich = np.stack([np.minimum(times**-0.5, late), times**-0.7])[None, None].repeat(2, 0)
    run = hard_targets.find(WHOLE, {"limit": {"loss": rich.repeat(2, 1)}, "lazy": {"loss": lazy}})
    assert_close(run.steeper_by_window[0], np.tile([0.1, 0.3], (2, 1)), 1e-12)
    ends = np.array([run.steeper[f"β = {beta:g}"] for beta in WHOLE.betas])
    assert_close(run.steeper_by_window.min(axis=(0, 2)), ends[:, 0], 1e-12)
    assert_close(run.steeper_by_window.max(axis=(0, 2)), ends[:, 1], 1e-12)
    assert run.steeper_by_window[2, 0, 1] > 0.31


def test_reason_and_criterion_tell_numbers_and_windows():
    reason = CLAIM.judge(WHOLE, found(easy=(-0.05, 0.05))).reason
    assert "β = 0.5: +0.100 to +0.200 on the lazy exponent 0.40 to 0.50" in reason
    assert "β = 1.5: −0.050 to +0.050" in reason
    assert "This run goes to τ = 100; without all windows" in CLAIM.criterion(TINY)
    assert "10–100, 30–300, 100–800, at two resolutions" in CLAIM.criterion(WHOLE)
    assert [len(sizes.windows()) for sizes in (TINY, WHOLE)] == [1, 3]


def test_the_exponent_of_a_power_law_is_its_power():
    times = np.geomspace(1, 100, 30)
    losses = np.stack([3 * times**-0.7, 0.1 * times**-2.0])
    found = hard_targets._exponent(times, losses, times > 10)
    assert_close(found, [0.7, 2.0], 1e-12)


# --- reference ------------------------------------------------------------------------------------


def test_targets_and_lazy_losses_are_those_of_plain_sums():
    y = hard_targets._target(TINY, 0.5)
    angles = mn.uniform_angles(32)
    wave = sum(k**-1.0 * np.sqrt(2) * np.cos(k * angles + 0.3 * k) for k in range(1, 6))
    assert_close(mn.fourier_sum(angles, y), wave, 1e-12)
    lazy = hard_targets.measure_lazy(TINY, Cell(beta=0.5), None)["loss"]
    rates, place = mn.fourier_eigenvalues(5), 40
    steps = int(TINY.steps()[place])
    expected = sum(k**-2.0 * (1 - 0.5 * rates[k]) ** (2 * steps) for k in range(1, 6)) / 2
    assert_close(lazy[place], expected, 1e-12)


def test_the_limit_is_trained_on_the_whole_circle_at_its_motion():
    sizes = dataclasses.replace(TINY, last=3.0)
    part = hard_targets.measure(sizes, Cell(beta=1.5, width=4.0, radii=3), None)["loss"]
    start = mean_field_start(3, 24)
    scale = np.sqrt(start.width / 4.0)
    target = scale * hard_targets._target(sizes, 1.5)
    params, losses = start, []
    for _ in range(7):
        value, gradient = mn.fast.population_objective(target)(params)
        losses.append(value / scale**2)
        params = mn.unflatten(mn.flatten(params) - 0.5 * mn.flatten(gradient), params)
    assert_close(part, np.array(losses)[sizes.steps()], 1e-10)


# --- theorem --------------------------------------------------------------------------------------


def test_at_a_huge_width_the_limit_is_lazy_and_the_control_fails(tiny):
    sizes = dataclasses.replace(TINY, betas=(0.5,), widths=(1e12,), radii=(6, 8))
    wide = run_claim(dataclasses.replace(CLAIM, control=None), sizes, seed=0).found
    assert max(abs(value) for pair in wide.steeper.values() for value in pair) < 0.03
    assert tiny.control.verdict == FAILS
    assert tiny.verdict.verdict == OPEN


def test_a_richer_limit_differs(tiny):
    assert (tiny.found.losses[:, 0] != tiny.found.losses[:, 1]).any()


def test_its_figure_has_a_title_labels_and_finite_data(tiny):
    figure, axes = plt.subplots(CLAIM.panels)
    CLAIM.draw(TINY, tiny.found, list(axes))
    for axis in axes:
        assert all((axis.get_title(), axis.get_xlabel(), axis.get_ylabel(), axis.get_legend()))
        assert all(np.isfinite(line.get_ydata()).all() for line in axis.lines)
    assert_close(axes[1].lines[0].get_ydata(), tiny.found.lazy_loss[1], 1e-12)
    for axis, slope in zip(axes, (2 / 3, 1.5), strict=True):
        (line,) = (one for one in axis.lines if "at any height" in one.get_label())
        x, y = np.log(line.get_xdata()), np.log(line.get_ydata())
        assert_close(np.diff(y), -slope * np.diff(x), 1e-9)
        assert f"slope −{slope:.2f}" in line.get_label()
    plt.close(figure)


# --- argument checks ------------------------------------------------------------------------------


def test_a_loss_that_is_not_finite_decides_nothing(tiny):
    bad = Found(**{**vars(tiny.found), "steeper": {"β = 0.5": (np.nan, np.nan),
                                                   "β = 1.5": (np.nan, np.nan)}})  # fmt: skip
    assert CLAIM.judge(WHOLE, bad).verdict == OPEN
