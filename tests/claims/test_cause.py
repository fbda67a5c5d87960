"""The claim on the cause of the lower loss: shares of an intervention, and their three outcomes."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest

from minintk.claims.claim import Cell, Found, run_claim
from minintk.claims.statistics import FAILS, HOLDS, IN_PART, OPEN, Interval
from minintk.claims.study import cause
from minintk.evolving.replays import PARTS
from tests.reference.claim_runs import run_with_control
from tests.reference.closeness import assert_close
from tests.reference.found import without_control

pytestmark = pytest.mark.claims

CLAIM = cause.CLAIM
TINY = cause.Sizes(widths=(16, 64), points=12, at_steps=(3, 8), seeds=3, block=2)
SMALL = cause.Sizes(widths=(16,), starts=("antisymmetric",), points=24, at_steps=(50, 500), seeds=8)
CELLS = [
    f"low target, {start}, m = {m}" for start in ("antisymmetric", "independent") for m in (16, 64)
]
MOST, LITTLE, SOME = (Interval(x, x - 0.05, x + 0.05, 9) for x in (0.8, 0.02, 0.3))
HIGHER, LOWER = (Interval(x, x - 0.05, x + 0.05, 9) for x in (0.52, 0.08))


def found(shares, off=0.01):
    """These shares, cell by cell."""
    ours = dict(zip(CELLS, shares, strict=True))
    rows = {"τ = 2": dict.fromkeys(PARTS, 0.25)}
    return Found(
        share_of_lowest={**ours, "high target, antisymmetric, m = 16": MOST},
        shares=dict.fromkeys([*ours, "high target, antisymmetric, m = 16"], rows),
        replay_off={**dict.fromkeys(ours, off), "high target, antisymmetric, m = 16": 9.0},
    )


@pytest.fixture(scope="module")
def small():
    return run_with_control(CLAIM, SMALL)


def data_of(gains):
    """Losses exp(−gain) of (networks, parts), one cell, one time."""
    networks = {"loss": np.exp(-np.asarray(gains, float))[None, None, None, :, None]}
    samples = np.random.default_rng(0).integers(0, len(gains), (500, len(gains)))
    return {"networks": networks, "resamples": {"networks": samples}}


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "shares"),
    [
        (HOLDS, [MOST] * 4),
        (FAILS, [LITTLE] * 4),
        (IN_PART, [SOME] * 4),
        (IN_PART, [MOST, LITTLE, MOST, MOST]),
        (IN_PART, [SOME, HIGHER, MOST, MOST]),
        (IN_PART, [MOST, LITTLE, HIGHER, LOWER]),
        (OPEN, [HIGHER, MOST, MOST, MOST]),
        (OPEN, [LITTLE, LITTLE, LOWER, LITTLE]),
        (OPEN, [HIGHER, LOWER, HIGHER, LOWER]),
        (HOLDS, [Interval(0.55, 0.5, 0.6)] * 4),
        (FAILS, [Interval(0.05, 0.0, 0.1)] * 4),
        (OPEN, [Interval(np.nan, np.nan, np.nan), *[MOST] * 3]),
    ],
)
def test_every_branch_of_judge(verdict, shares):
    assert CLAIM.judge(TINY, found(shares)).verdict == verdict
    assert CLAIM.judge(TINY, found(shares, off=-0.06)).verdict == OPEN, "not that network's path"
    assert CLAIM.judge(TINY, found(shares, off=np.nan)).verdict == OPEN


NEAR, AT = Interval(0.0928, 0.0386, 0.1558, 20), Interval(0.1, 0.05, 0.15, 9)
BETWEEN, LOST = Interval(0.3, 0.05, 0.4, 9), Interval(0.3, -np.inf, np.inf, 9)


def test_what_is_open_says_how_many_more_seeds_would_decide_it():
    for shares, shown, more in [
        ([LITTLE, MOST, SOME, HIGHER], [False, True, None, None], [None, None, None, 48]),
        ([NEAR, AT, BETWEEN, LOST], [None] * 4, [1512, None, 6, None]),
    ]:
        findings = CLAIM.judge(TINY, found(shares)).findings
        assert [one.shown for one in findings] == shown
        assert [one.more_seeds for one in findings] == more
        assert [one.judged[0][2:5] for one in findings] == [(x, 0.5, np.inf) for x in shares]


def test_reason_and_sentence_tell_the_shares():
    reason = CLAIM.judge(TINY, found([LITTLE] * 4)).reason
    assert f"{CELLS[0]}: 2.0 [−3.0, 7.0] %; gains of k ≥ 2 25, band means 25, turning 25" in reason
    assert "high target" not in reason
    said = CLAIM.explain(TINY, found([LITTLE] * 4))
    assert "grow as they did: 2 % of the gain in log loss remains" in said
    assert f"With k = 2 and 3: 25 %. All but 0 and 1: 25 % ({CELLS[0]})" in said


def test_a_share_is_a_ratio_of_mean_gains_in_log_loss():
    sizes = dataclasses.replace(SMALL, at_steps=(4,))
    gains = [[0, 4, 1, 2, 0, 0, 0, 3, 0, 4.01], [0, 2, 0.5, 1, 0, 0, 0, 1.5, 0, 2.01]]
    moved = CLAIM.find(sizes, data_of(gains))
    cell = "low target, antisymmetric, m = 16"
    assert_close(moved.share_of_lowest[cell][:3], [0.25, 0.25, 0.25], 1e-12)
    assert_close(moved.shares[cell]["τ = 1"]["gains of k ≥ 2"], 0.5, 1e-12)
    assert_close(moved.shares[cell]["τ = 1"]["gains of |k| ≤ 3"], 0.75, 1e-12)
    assert_close(moved.replay_off[cell], -0.01, 1e-10)
    assert_close(moved.whole_gain[cell], [3.0], 1e-12)
    assert_close(moved.gain[2, 0, 0, 0, 0, :4], [0, 3, 0.75, 1.5], 1e-12)


def test_a_part_that_diverges_has_no_share_and_the_others_have():
    gains = np.tile([0, 4, 1, 2, 0, -np.inf, 0, 0, 0, 4], (3, 1))
    moved = CLAIM.find(dataclasses.replace(SMALL, at_steps=(4,)), data_of(gains))
    shares = moved.shares["low target, antisymmetric, m = 16"]["τ = 1"]
    assert shares["turning"] == -np.inf
    assert_close(shares["gains of |k| ≤ 1"], 0.25, 1e-12)


@pytest.mark.parametrize(
    ("whole", "verdict"), [(0.5, FAILS), (-0.5, OPEN), (0.01, OPEN), (0.0, OPEN)]
)
def test_where_the_whole_motion_gains_nothing_there_is_nothing_to_share(whole, verdict):
    gains = np.zeros((40, 10))
    gains[:, 1] = gains[:, -1] = whole + np.tile([-0.3, 0.3], 20)
    sizes = dataclasses.replace(SMALL, at_steps=(4,))
    moved = CLAIM.find(sizes, data_of(gains))
    judged, said = CLAIM.judge(sizes, moved), CLAIM.explain(sizes, moved)
    assert judged.verdict == verdict
    assert ("no gain to share is shown" in judged.reason) == (verdict == OPEN)
    assert ("a whole no gain to share is shown (low target" in said) == (verdict == OPEN)
    assert "there is no gain to share. (This rule came after first runs.)" in CLAIM.criterion(SMALL)


def test_every_cell_has_its_own_share():
    gains = np.zeros((2, 1, 2, 5, 1, 10))  # starts, targets, widths, networks, times, parts
    gains[..., 1] = gains[..., -1] = 2.0
    gains[..., 2] = np.array([[0.2, 0.4], [0.6, 0.8]])[:, None, :, None, None]
    data = {
        "networks": {"loss": np.exp(-gains)},
        "resamples": data_of(gains[0, 0, 0, :, 0])["resamples"],
    }
    moved = CLAIM.find(dataclasses.replace(TINY, at_steps=(4,), seeds=5), data)
    shares = {cell: share.mean for cell, share in moved.share_of_lowest.items()}
    assert_close(list(shares.values()), [0.1, 0.2, 0.3, 0.4], 1e-12)
    assert list(shares) == list(moved.replay_off) == CELLS


# --- reference ------------------------------------------------------------------------------------


def test_the_bootstrap_interval_is_that_of_plain_loops():
    rng = np.random.default_rng(4)
    gains = np.zeros((12, 10))
    gains[:, 1], gains[:, 2] = 2 + rng.normal(size=12), 1 + rng.normal(size=12)
    data = data_of(gains)
    ratios = []
    for sample in data["resamples"]["networks"]:
        low = sum(gains[i, 2] for i in sample)
        ratios.append(low / sum(gains[i, 1] for i in sample))
    ratios.sort()
    moved = CLAIM.find(dataclasses.replace(SMALL, at_steps=(4,)), data)
    share = moved.share_of_lowest["low target, antisymmetric, m = 16"]
    expected = [np.interp(q * 499, np.arange(500), ratios) for q in (0.025, 0.975)]
    assert_close([share.low, share.high], expected, 1e-10)


# --- theorem --------------------------------------------------------------------------------------


def test_it_runs_and_its_control_gives_the_lowest_gains_nothing(small):
    assert small.control.verdict == FAILS
    assert "0.0 [0.0, 0.0] %" in small.control.reason
    share = small.found.share_of_lowest["low target, antisymmetric, m = 16"]
    assert share.low < share.mean < share.high < 0.5


def test_both_starts_are_measured_with_networks_of_their_kind():
    cell = Cell(start="independent", target="low", width=16)
    own = cause.measure(TINY, cell, np.random.default_rng(1), 2)["loss"]
    pairs = cause.measure(
        TINY, Cell(**{**vars(cell), "start": "antisymmetric"}), np.random.default_rng(1), 2
    )["loss"]
    assert own.shape == pairs.shape == (2, 2, len(PARTS))
    assert not np.allclose(own, pairs)


def test_its_figure_has_a_title_labels_and_finite_data(small):
    figure, axes = plt.subplots(CLAIM.panels)
    CLAIM.draw(SMALL, small.found, list(axes))
    assert all((axes[0].get_title(), axes[0].get_xlabel(), axes[0].get_legend()))
    names = [text.get_text() for text in axes[0].get_yticklabels()]
    assert names == [part for part in PARTS if part not in ("frozen", "turning")]
    widths = [bar.get_width() for bar in axes[0].patches]
    assert_close(widths[0], small.found.gain[2, 0, 0, 0, -1, 1], 1e-12)
    plt.close(figure)


# --- argument checks ------------------------------------------------------------------------------


def test_one_seed_decides_nothing():
    sizes = dataclasses.replace(SMALL, seeds=1)
    assert run_claim(without_control(CLAIM), sizes, seed=0).verdict.verdict == OPEN
