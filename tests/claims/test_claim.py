"""The frame of the claims: units, statistics, verdicts, tampering and figures of all of them."""

import dataclasses
import functools
import inspect
import itertools
import json
import math
import re

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import minintk as mn
from minintk import fast
from minintk.claims import (
    CLAIMS,
    decay,
    eigenfunctions,
    evolving,
    rotation,
    sampling,
    sampling_and_width,
    spectral_bias,
    width,
)
from minintk.claims.beyond import (
    BEYOND,
    alignment,
    decomposition,
    evolving_or_frozen,
    frozen_fluctuation,
    growth,
    kernel_velocity,
    leading_logarithm,
    mean_field,
    mean_field_fluctuation,
    phase_split,
)
from minintk.claims.claim import (
    FAILS,
    HOLDS,
    IN_PART,
    Interval,
    Unit,
    arrays,
    by_size,
    fitted_slopes,
    measure,
    seed_units,
    seeds_in_block,
    student_interval,
    student_quantile,
    summary,
    unit_generator,
)
from minintk.report.figures import figure_of
from minintk.report.results import entry_of
from tests.reference import beyond_records
from tests.reference.claim_records import (
    SMALL,
    TINY,
    changed_by,
    figures_of_record,
    losses,
    near_half,
    sized,
    small_record,
    tiny_record,
    winning,
    with_entry,
    with_ratio,
    worse_where,
)
from tests.reference.closeness import assert_close
from tests.reference.tampering import (
    at_another_width,
    bent,
    of_width,
    raised,
    scaled,
    with_losses,
    with_stage_losses,
    without_ends,
)

pytestmark = pytest.mark.claims


STUDY = [name for name, claim in CLAIMS.items() if not claim.beyond_study]
every_claim = pytest.mark.parametrize("name", CLAIMS)
DETERMINISTIC = ("leading_logarithm",)  # a limit without any draw
claim_of_the_study = pytest.mark.parametrize("name", STUDY)  # the others: beyond_records


# --- by hand --------------------------------------------------------------------------------------


def test_the_sizes_cover_every_claim():
    assert len(STUDY) == 8
    assert set(SMALL) == set(TINY) == set(CLAIMS)
    assert set(TAMPERED) == set(BRANCHES) == set(JUDGED) == set(STUDY)


@pytest.mark.evolving
def test_every_claim_beyond_the_study_is_held():
    names = [module.CLAIM.name for module in BEYOND]
    assert len(names) == 10
    assert set(names) == set(beyond_records.SIZES) == set(VERDICTS) == set(TAMPERED_THEORIES)
    assert all(CLAIMS[name].beyond_study for name in names)


@pytest.mark.evolving
@pytest.mark.parametrize(
    ("name", "words", "sizes"),
    [
        ("decomposition", "τ = 250",
         {"widths": (16, 64, 256), "points": 64, "targets": ("low", "high")}),
        ("phase_split", "k = 3 and 5 and every m = 64 … 1024",
         {"frequencies": (3, 5), "widths": (64, 256, 1024), "amplitude": 1.0,
          "at_steps": (100, 500)}),
        ("leading_logarithm", "from m = 2^18 to 2^22",
         {"frequencies": (2, 3, 4, 5), "widths": (2**14, 2**18, 2**22), "steps": 100,
          "several": (1, 2, 3, 5, 6, 7), "amplitude_of_several": 0.5, "k_max": 7}),
        ("evolving_or_frozen", "m ≥ 64",
         {"frequencies": (1, 2, 3, 5, 8), "widths": (16, 64, 256), "points": 64}),
    ],
)  # fmt: skip
def test_the_default_sizes_are_those_of_the_criterion(name, words, sizes):
    claim = CLAIMS[name]
    assert words in claim.criterion
    assert {field: getattr(claim.default, field) for field in sizes} == sizes
    times = [float(time) for time in re.findall(r"τ = (\d+)", claim.criterion)]
    steps = getattr(claim.default, "at_steps", None) or (claim.default.steps,)
    assert {claim.default.learning_rate * step for step in steps} >= set(times)


def every_exact_part(*names):
    """Each of the named figures a little above 1e-13, and each nan."""
    return [
        (FAILS, {name: value}, "itself changes")
        for name, value in itertools.product(names, (1.1e-13, float("nan")))
    ]


# For every claim, from a record that holds: (verdict, changed fields, words of the reason). A
# function of the record stands for the changed fields where they depend on it.
BRANCHES = {
    "rotation": [
        (HOLDS, {"infinite_change": 0.9e-13}, "every finite width does change"),
        (HOLDS, {"slope_of_change": near_half(-0.41)}, ""),
        (IN_PART, {"slope_of_change": near_half(-0.39)}, "instead of −1/2"),
        (IN_PART, {"slope_of_circulant_distance": near_half(-0.61)}, "instead of −1/2"),
        (IN_PART, {"slope_of_change": near_half(-0.5, 0.11)}, "instead of −1/2"),
        *every_exact_part(
            "infinite_change",
            "infinite_change_without_bias",
            "infinite_circulant_distance",
            "infinite_circulant_distance_without_bias",
        ),
    ],
    "eigenfunctions": [
        (HOLDS, {"largest_residual": 0.9e-12, "aliasing_error": 0.9e-12}, "aliasing sums"),
        (IN_PART, {"aliasing_error": 1.1e-12}, "the grid's eigenvalues differ"),
        (IN_PART, {"aliasing_error_without_bias": 1.1e-12}, "the grid's eigenvalues differ"),
        (IN_PART, {"largest_odd_eigenvalue_without_bias": 1.1e-14}, "parity gap is not there"),
        (IN_PART, {"smallest_eigenvalue_with_bias": 0.9e-14}, "parity gap is not there"),
        (FAILS, {"largest_residual": 1.1e-12}, "differs from λ_kφ_k by 1.1e-12"),
        (FAILS, {"largest_residual_without_bias": 1.1e-12}, "differs from λ_kφ_k"),
        (FAILS, {"largest_residual": float("nan")}, "differs from λ_kφ_k"),
    ],
    "decay": [
        (HOLDS, {"error_of_infinite_flow": 0.9e-12}, "fitted rates are within"),
        (HOLDS, lambda r: {"rate_ratio": with_ratio(r.rate_ratio, 1, 1.049)}, "worst: k = 1"),
        (IN_PART, lambda r: {"rate_ratio": with_ratio(r.rate_ratio, 2, 1.051)}, "rate of k = 2"),
        (IN_PART, lambda r: {"rate_ratio": with_ratio(r.rate_ratio, 0, 0.949)}, "rate of k = 0"),
        (FAILS, {"error_of_infinite_flow": 1.1e-12}, "misses exp(−λτ) by 1.1e-12"),
        (FAILS, {"error_of_infinite_flow": float("nan")}, "misses exp(−λτ)"),
    ],
    "spectral_bias": [
        (HOLDS, lambda r: {"step_ratio": with_ratio(r.step_ratio, 1, 1.09)}, "worst: k = 2"),
        (IN_PART, lambda r: {"step_ratio": with_ratio(r.step_ratio, 2, 0.89)}, "k = 3 takes"),
        (
            IN_PART,
            lambda r: {"exponent_from_3": near_half(r.exponent_on_grid_from_3 + 0.11)},
            "low frequencies come first, but",
        ),
        (
            IN_PART,
            lambda r: {"exponent_from_3": near_half(r.exponent_on_grid_from_3 - 0.11)},
            "low frequencies come first, but",
        ),
        (IN_PART, {"remaining_without_bias": np.array([1.0, 1 - 2e-9])}, "moved by 2.0e-09"),
        (HOLDS, {"remaining_without_bias": np.array([1.0, 1 - 0.9e-9])}, "keep their whole"),
        (FAILS, lambda r: {"steps": r.steps[[0, 2, 1, 3]]}, "before a lower one"),
        (FAILS, lambda r: {"steps": with_entry(r.steps, (3, 5), np.inf)}, "was not learned"),
    ],
    "sampling": [
        (HOLDS, {"slope_raw": near_half(-0.41), "slope_whitened": near_half(-0.59)}, "whitened"),
        (IN_PART, {"slope_raw": near_half(-0.39)}, "whitened"),
        (IN_PART, {"slope_whitened": near_half(-0.61)}, "whitened"),
        (IN_PART, {"slope_whitened": near_half(-0.5, 0.11)}, "whitened"),
        (FAILS, {"slope_raw": near_half(-0.39), "slope_whitened": near_half(-0.61)}, "whitened"),
    ],
    "width": [
        (HOLDS, {"largest_standard_score": 4.9}, "4.9 standard errors"),
        (HOLDS, lambda r: {"slopes": {**r.slopes, "normal": near_half(-0.41)}}, "slope"),
        *(
            (IN_PART, lambda r, law=law: {"slopes": {**r.slopes, law: near_half(-0.39)}}, "slope")
            for law in width.LAWS
        ),
        (FAILS, lambda r: {"slopes": dict.fromkeys(r.slopes, near_half(-0.61))}, "slope"),
        (FAILS, {"largest_standard_score": 5.1}, "not the infinite-width one"),
        (FAILS, {"largest_standard_score": float("inf")}, "not the infinite-width one"),
        (FAILS, {"largest_standard_score": float("nan")}, "not the infinite-width one"),
    ],
    "sampling_and_width": [
        (HOLDS, {"typical_misfit": 0.149, "largest_misfit": 0.449}, "Width dominates where"),
        (IN_PART, {"typical_misfit": 0.151}, "Width dominates where"),
        (IN_PART, {"largest_misfit": 0.451}, "45 % in the worst"),
        (IN_PART, {"typical_misfit": 0.299, "largest_misfit": 9.0}, "Width dominates where"),
        (FAILS, {"typical_misfit": 0.301}, "Width dominates where"),
        (FAILS, {"sampling_constant": 0.0}, "does not show"),
        (FAILS, {"width_constant": -0.1}, "does not show"),
    ],
    "evolving": [
        (HOLDS, {}, "the higher one for: none"),
        (HOLDS, lambda r: {"evolving_loss": losses(r, 0, 0, 1)}, "92 to 100 % of seeds"),
        (IN_PART, lambda r: {"evolving_loss": losses(r, 1, 1, 2)}, "83 to 100 % of seeds"),
        (IN_PART, lambda r: {"evolving_loss": losses(r, 1, 1, 7)}, "high target at m = 64."),
        (IN_PART, lambda r: {"evolving_loss": losses(r, 0, 0, 7)}, "low target at m = 16."),
        (
            IN_PART,
            lambda r: {
                "lowest_gain_at_small_width": {
                    **r.lowest_gain_at_small_width,
                    "high target, k = 1": Interval(0.1, -0.01, 0.21),
                }
            },
            "do not all grow",
        ),
        (
            IN_PART,
            lambda r: {"small_width": 16, "evolving_loss": losses(r, 1, 1, 7)},
            "the higher one for: high target at m = 64.",
        ),
        *(
            (
                IN_PART,
                lambda r, measure=measure, better=better: changed_by(r, measure, 0.1 * better),
                f"improve: {measure} (low target, m = 16) (",
            )
            for measure, better in (
                ("kernel alignment", 1),
                ("CKA", 1),
                ("subspace overlap", 1),
                ("off-diagonal share", -1),
            )
        ),
        (HOLDS, lambda r: changed_by(r, "CKA", -0.1), "improve: none"),
        (HOLDS, lambda r: changed_by(r, "off-diagonal share", 0.1), "improve: none"),
        (HOLDS, lambda r: changed_by(r, "target alignment", 0.1), "improve: none"),
        (
            FAILS,
            lambda r: {"evolving_loss": worse_where(r, np.ones_like(r.frozen_loss, dtype=bool))},
            "0 % of seeds",
        ),
    ],
}


@pytest.mark.parametrize(
    ("name", "number"),
    [(name, number) for name, cases in BRANCHES.items() for number in range(len(cases))],
)
def test_every_branch_of_judge(name, number):
    verdict, changes, words = BRANCHES[name][number]
    record = small_record(name)
    record = winning(record) if name == "evolving" else record
    changes = changes(record) if callable(changes) else changes
    changed = dataclasses.replace(record, **changes)
    assert CLAIMS[name].judge(changed)[0] == verdict, (list(changes), CLAIMS[name].judge(changed))
    assert words in CLAIMS[name].judge(changed)[1]


@claim_of_the_study
def test_the_branches_reach_every_verdict(name):
    assert {case[0] for case in BRANCHES[name]} == {HOLDS, IN_PART, FAILS}


UNKNOWN = student_interval(np.array([1.0, 2.0, np.nan]))


def nan_in(record, name):
    """One value of the record's field turned into nan, whatever the field is made of."""
    value = getattr(record, name)
    if isinstance(value, np.ndarray):
        return with_entry(value, (-1,) * value.ndim, np.nan)
    if isinstance(value, tuple) and not isinstance(value, Interval):
        return (*value[:-1], UNKNOWN)
    if isinstance(value, dict):
        return {**value, list(value)[-1]: UNKNOWN}
    return UNKNOWN if isinstance(value, Interval) else float("nan")


# For every claim the fields that its criterion speaks of.
JUDGED = {
    "rotation": [
        "infinite_change",
        "infinite_change_without_bias",
        "infinite_circulant_distance",
        "infinite_circulant_distance_without_bias",
        "slope_of_change",
        "slope_of_circulant_distance",
    ],
    "eigenfunctions": [
        "largest_residual",
        "largest_residual_without_bias",
        "aliasing_error",
        "aliasing_error_without_bias",
        "largest_odd_eigenvalue_without_bias",
        "smallest_eigenvalue_with_bias",
    ],
    "decay": ["rate_ratio", "error_of_infinite_flow"],
    "spectral_bias": ["steps", "step_ratio", "exponent_from_3", "remaining_without_bias"],
    "sampling": ["slope_raw", "slope_whitened"],
    "width": ["slopes", "largest_standard_score"],
    "sampling_and_width": [
        "sampling_constant",
        "width_constant",
        "typical_misfit",
        "largest_misfit",
    ],
    "evolving": ["evolving_loss", "lowest_gain_at_small_width"],
}


@pytest.mark.parametrize(("name", "field"), [(n, field) for n in JUDGED for field in JUDGED[n]])
def test_nan_never_passes_a_criterion(name, field):
    record = small_record(name)
    if name == "evolving":  # 12 seeds, of which one may lose: two are not finite
        record = dataclasses.replace(winning(record), evolving_loss=losses(record, 1, 1, 1))
    changed = dataclasses.replace(record, **{field: nan_in(record, field)})
    assert CLAIMS[name].judge(record).verdict == HOLDS
    assert CLAIMS[name].judge(changed).verdict != HOLDS


def intervals(*means, half=0.5):
    return tuple(Interval(mean, mean - half, mean + half) for mean in means)


def excesses(*means):
    names = ("low m = 16", "low m = 64", "high m = 16")
    return dict(zip(names, intervals(*means, half=0.1), strict=True))


def shares(value):
    return np.full((2, 1, 1), value)


def but_for_one(value, other):
    """The same in all cells of the two widths but one of the largest width."""
    cells = np.full((2, 3, 2), value)
    cells[-1, 1, 1] = other
    return cells


# For every claim: changes after which it holds, and changes to that for the other verdicts and nan.
GOOD_GAINS = {"m = 16": 0.15, "m = 64": 0.05}

VERDICTS = {
    "growth": (
        {"ratio_to_lazy": intervals(0.8, 1.02, half=0.02)},
        [
            (IN_PART, {"ratio_to_lazy": intervals(1.32, 1.0, half=0.02)}),
            (IN_PART, {"ratio_to_lazy": intervals(0.68, 1.0, half=0.02)}),
            (IN_PART, {"ratio_to_lazy": intervals(1.0, 1.04, half=0.02)}),  # at the largest width
            (IN_PART, {"ratio_to_lazy": intervals(1.0, 0.96, half=0.02)}),
            (FAILS, {"error_of_growth_law": 1e-8}),
            (FAILS, {"error_of_balance_law": 1e-8}),
            (FAILS, {"error_of_growth_law": np.nan}),
            (FAILS, {"error_of_balance_law": np.nan}),
            (FAILS, {"ratio_to_lazy": intervals(np.nan, 1.0, half=0.02)}),
            (FAILS, {"ratio_to_lazy": intervals(1.0, np.nan, half=0.02)}),
            (FAILS, {"ratio_to_lazy": intervals(1.0, 1.0, half=np.nan)}),
            (FAILS, {"ratio_to_lazy": intervals(1.0, 1.0, half=np.inf)}),  # one seed
        ],
    ),
    "mean_field": (
        {"inside": 8, "cells": 8, "largest_factor": 1.4, "gain_misses": GOOD_GAINS},
        [
            (IN_PART, {"inside": 7}),  # 22 of 24 is 7.33 of 8: all 8 are needed
            (IN_PART, {"largest_factor": 1.51}),
            (IN_PART, {"largest_factor": np.nan}),
            (IN_PART, {"gain_misses": {"m = 16": 0.21, "m = 64": 0.05}}),
            (IN_PART, {"gain_misses": {"m = 16": 0.15, "m = 64": 0.08}}),
            (IN_PART, {"gain_misses": {"m = 16": np.nan, "m = 64": 0.05}}),
            (FAILS, {"inside": 2, "gain_misses": {"m = 16": 0.3, "m = 64": 0.3}}),
            (IN_PART, {"widths": (32,), "gain_misses": {"m = 32": 0.01}}),  # no judged width
            (FAILS, {"widths": (32,), "gain_misses": {"m = 32": 0.01}, "inside": 2}),
            (FAILS, {"cells": 0, "inside": 0, "gain_misses": {"m = 16": 0.3, "m = 64": 0.3}}),
        ],
    ),
    "mean_field_fluctuation": (
        {"neurons": (32, 64, 128), "excess_times_neurons": intervals(9.0, 17.0, 16.0)},
        [
            (IN_PART, {"excess_times_neurons": intervals(9.0, 26.0, 14.0, half=5.0)}),
            (FAILS, {"excess_times_neurons": intervals(9.0, 26.0, 14.0, half=0.1)}),
            (FAILS, {"excess_times_neurons": intervals(9.0, -17.0, -16.0)}),
            (FAILS, {"excess_times_neurons": intervals(9.0, np.nan, 16.0)}),
            (FAILS, {"excess_times_neurons": intervals(9.0, 17.0, 16.0, half=np.inf)}),
            (FAILS, {"neurons": (32, 33, 64), "excess_times_neurons": intervals(9.0, 9.0, 16.0)}),
        ],
    ),
    "decomposition": (
        {
            "widths": (16, 64),
            "repair": {"low m = 16": 20.0, "low m = 64": 15.0, "high m = 16": 0.1},
            "excess_frozen": excesses(20.0, 15.0, 0.1),
            "excess_evolving": excesses(1.0, 1.0, 1.0),
        },
        [
            (IN_PART, {"excess_frozen": excesses(20.0, 12.0, 0.1)}),  # its interval reaches lower
            (HOLDS, {"excess_evolving": excesses(0.1, 0.0, 1.0)}),
            (FAILS, {"excess_evolving": excesses(0.1, -1.0, 1.0)}),  # a limit above its networks
            (FAILS, {"excess_frozen": excesses(20.0, 0.9, 0.1)}),
            (FAILS, {"excess_frozen": excesses(np.nan, 15.0, 0.1)}),
            (FAILS, {"losses": np.array([[[[np.nan]]]])}),
        ],
    ),
    "frozen_fluctuation": (
        {
            "ratio": np.full((2, 3, 2), 1.01), "ratio_error": np.full((2, 3, 2), 0.02),
            "added": np.full((2, 3, 2), 1.14), "added_error": np.full((2, 3, 2), 0.14),
        },
        [
            (HOLDS, {"ratio": np.full((2, 3, 2), 0.975)}),  # within 3 %
            (HOLDS, {"added": np.full((2, 3, 2), 0.86)}),
            (IN_PART, {"ratio": but_for_one(1.01, 1.2)}),  # five of six
            (IN_PART, {"added": but_for_one(1.0, 1.16)}),
            (IN_PART, {"added": but_for_one(1.0, np.nan)}),
            (IN_PART, {"added_error": but_for_one(0.14, 0.16)}),
            (FAILS, {"ratio": np.full((2, 3, 2), 1.2)}),
            (FAILS, {"ratio": np.full((2, 3, 2), np.nan)}),
            (FAILS, {"added": np.full((2, 3, 2), 0.84)}),
            (FAILS, {"added": np.full((2, 3, 2), np.nan)}),
            (FAILS, {"added_error": np.full((2, 3, 2), np.nan)}),
        ],
    ),
    "evolving_or_frozen": (
        {"wins_late": 0.96, "wins_early": 0.09},
        [
            (IN_PART, {"wins_late": 0.94}),
            (IN_PART, {"wins_early": 0.11}),
            (FAILS, {"wins_early": np.nan}),
            (FAILS, {"wins_late": np.nan}),
            (FAILS, {"not_finite": 1}),
            (FAILS, {"wins_early": 0.11, "wins_late": 0.9}),
        ],
    ),
    "phase_split": (
        {"share_own_falls": shares(0.8), "share_shifted_rises": shares(0.9)},
        [
            (IN_PART, {"share_own_falls": np.array([[[0.79]], [[1.0]]])}),
            (FAILS, {"share_shifted_rises": shares(0.7)}),
            (FAILS, {"share_own_falls": shares(np.nan)}),
        ],
    ),
    "leading_logarithm": (
        {"largest_miss": 0.05, "largest_without_logarithm": 0.0099, "miss_of_several": 0.02},
        [
            (IN_PART, {"largest_miss": 0.051}),
            (IN_PART, {"largest_without_logarithm": 0.011}),
            (IN_PART, {"miss_of_several": np.nan}),
            (
                FAILS,
                {"largest_miss": 0.1, "largest_without_logarithm": 0.1, "miss_of_several": 0.1},
            ),
        ],
    ),
    "kernel_velocity": (
        {
            "error_of_velocity": 1e-7,
            "error_of_integral": 0.01,
            "share_of_ends": intervals(0.03, -0.03, 0.0, 0.0, -0.2, half=0.02),
        },
        [
            (IN_PART, {"share_of_ends": intervals(0.04, 0.0, 0.0, 0.0, 0.0, half=0.02)}),
            (IN_PART, {"share_of_ends": intervals(0.0, 0.0, 0.0, -0.04, 0.0, half=0.02)}),
            (FAILS, {"share_of_ends": intervals(0.0, 0.0, np.nan, 0.0, 0.0, half=0.02)}),
            (FAILS, {"share_of_ends": intervals(0.0, 0.0, 0.0, 0.0, 0.0, half=np.nan)}),
            (FAILS, {"share_of_ends": intervals(0.0, 0.0, 0.0, 0.0, 0.0, half=np.inf)}),
            (FAILS, {"error_of_velocity": 2e-5}),
            (FAILS, {"error_of_velocity": np.nan}),
            (FAILS, {"error_of_integral": 0.06}),
            (FAILS, {"error_of_integral": np.nan}),
        ],
    ),
    "alignment": (
        {"verdicts": dict.fromkeys(alignment.MEASURES, "gets worse (low m = 16)")},
        [
            (IN_PART, {"verdicts": {**dict.fromkeys(alignment.MEASURES, "gets worse"),
                                    "CKA": "improves (low m = 16)"}}),
            (FAILS, {"verdicts": dict.fromkeys(alignment.MEASURES, "improves (low m = 16)")}),
            (FAILS, {"mean": np.array([[[0.1, np.nan]]])}),
            (FAILS, {"half_interval": np.array([[[0.1, np.nan]]])}),
            (FAILS, {"half_interval": np.array([[[0.1, np.inf]]])}),  # one seed
        ],
    ),
}  # fmt: skip


@pytest.mark.evolving
@pytest.mark.parametrize(
    ("name", "number"), [(name, i) for name in VERDICTS for i in range(len(VERDICTS[name][1]))]
)
def test_every_verdict(name, number):
    good, others = VERDICTS[name]
    holding = dataclasses.replace(beyond_records.record_of(name), **good)
    assert CLAIMS[name].judge(holding).verdict == HOLDS
    verdict, changes = others[number]
    assert CLAIMS[name].judge(dataclasses.replace(holding, **changes)).verdict == verdict
    assert {FAILS, IN_PART} <= {case[0] for case in others}


@pytest.mark.parametrize(
    ("degrees", "tail", "quantile"),
    [  # tables of Student's t
        (1, 0.025, 12.7062047),
        (2, 0.025, 4.3026527),
        (7, 0.025, 2.3646243),
        (15, 0.025, 2.1314495),
        (15, 0.005, 2.9467129),
        (23, 0.025, 2.0686576),
        (63, 0.025, 1.9983405),
        (10**6, 0.025, 1.9599664),
    ],
)
def test_student_quantile_of_the_tables(degrees, tail, quantile):
    assert abs(student_quantile(degrees, tail) - quantile) < 1e-7


def test_student_interval_of_a_sample_by_hand():
    # mean 4, sum of squares 28, variance 28/7 = 4, standard error 2/√8
    values = np.array([1.0, 2.0, 3.0, 4.0, 4.0, 5.0, 6.0, 7.0])
    half = 2.364624 * 2 / math.sqrt(8)
    mean, low, high = student_interval(values)
    assert mean == 4.0
    assert abs(low - (4 - half)) < 1e-6
    assert abs(high - (4 + half)) < 1e-6
    four = student_interval(values, cells=4)  # all four hold together
    assert four.mean == 4.0
    assert abs(four.high - 4 - 3.335295 * 2 / math.sqrt(8)) < 1e-6
    assert "Bonferroni" in four.kind
    assert student_interval(values).kind == "95 % Student"
    assert student_interval(values[:1]) == (1.0, -math.inf, math.inf)


def test_an_interval_is_near_a_value_that_it_is_within_and_known_to():
    assert near_half(-0.41).near(-0.5, 0.1)
    assert not near_half(-0.39).near(-0.5, 0.1)
    assert not near_half(-0.61).near(-0.5, 0.1)
    assert near_half(-0.5, 0.09).near(-0.5, 0.1)
    assert not near_half(-0.5, 0.11).near(-0.5, 0.1)
    assert str(Interval(-0.5, -0.5123, -0.4877)) == "−0.5 [−0.512, −0.488]"


def test_by_size_joins_blocks_to_sizes_and_seeds():
    # two sizes, five seeds in blocks of two: value = 10 × size + seed, once alone and once in pairs
    parts = [
        {"x": [10 * size + seed for seed in seeds], "y": [[size, seed] for seed in seeds]}
        for size in (1, 2)
        for seeds in ((0, 1), (2, 3), (4,))
    ]
    assert by_size(parts, "x", 2).tolist() == [[10, 11, 12, 13, 14], [20, 21, 22, 23, 24]]
    assert by_size(parts, "y", 2).shape == (2, 5, 2)
    assert by_size(parts, "y", 2)[1, 3].tolist() == [2, 3]


@dataclasses.dataclass(frozen=True)
class Mixed:
    """A record with everything that a record may hold."""

    number: float
    short: np.ndarray
    long: np.ndarray
    matrix: np.ndarray
    interval: Interval
    intervals: tuple
    by_name: dict


def test_a_record_falls_into_summary_and_arrays():
    record = Mixed(
        number=np.float64(0.5),
        short=np.arange(16.0),
        long=np.arange(17.0),
        matrix=np.zeros((2, 2)),
        interval=Interval(1.0, 0.5, 1.5),
        intervals=(Interval(1.0, 0.5, 1.5),),
        by_name={"a": np.float64(2.0)},
    )
    interval = {"mean": 1.0, "low": 0.5, "high": 1.5, "interval": "95 % Student"}
    assert summary(record) == {
        "number": 0.5,
        "short": list(range(16)),
        "interval": interval,
        "intervals": [interval],
        "by_name": {"a": 2.0},
    }
    assert set(arrays(record)) == {"short", "long", "matrix"}
    assert arrays(record)["long"] is record.long


# --- reference ------------------------------------------------------------------------------------


def slopes(sizes, values):
    """Slope of log value against log size for every seed, by NumPy's own polynomial fit."""
    return np.polyfit(np.log(sizes), np.log(values), 1)[0]


def mean_of(intervals):
    return [interval.mean for interval in intervals]


def rotation_reported(r):
    yield r.slope_of_change.mean, slopes(r.widths, r.empirical_change).mean()
    distances = r.empirical_circulant_distance
    yield r.slope_of_circulant_distance.mean, slopes(r.widths, distances).mean()
    yield r.smallest_empirical_distance, np.min([r.empirical_change, distances])


def eigenfunctions_reported(r):
    yield r.largest_residual, r.residual.max()
    yield r.largest_residual_without_bias, r.residual_without_bias.max()
    yield r.smallest_eigenvalue_with_bias, r.grid_eigenvalues.min()
    odd = np.abs(r.grid_eigenvalues_without_bias[3::2])
    yield r.largest_odd_eigenvalue_without_bias, odd.max()
    yield r.eigenvalues, mn.fourier_eigenvalues(r.k_max)
    yield r.eigenvalues_without_bias, mn.fourier_eigenvalues(r.k_max, law=mn.Law(bias=False))
    on_grid = mn.aliased_eigenvalues(r.grids[0])[: r.k_max + 1]
    yield r.grid_eigenvalues, on_grid


def decay_reported(r):
    steps = np.rint(r.times / r.learning_rate)
    yield r.times, r.learning_rate * steps
    yield r.predicted, (1 - r.learning_rate * r.eigenvalues) ** steps[:, None]
    for intervals, ratios, measured in (
        (r.rate_ratio, r.rate_ratios[0], r.measured[0]),
        (r.rate_ratio_of_large_target, r.rate_ratios[1], r.measured[1]),
    ):
        yield mean_of(intervals), ratios.mean(axis=0)
        for k, eigenvalue in enumerate(r.eigenvalues):
            rows = (r.predicted[:, k] <= r.fit_from) & (r.predicted[:, k] >= r.fit_to)
            logs = np.polyfit(steps[rows], np.log(measured[:, rows, k]).T, 1)[0]
            yield ratios[:, k], (1 - np.exp(logs)) / r.learning_rate / eigenvalue


def spectral_bias_reported(r):
    ks, high = np.array(r.frequencies), slice(r.frequencies.index(3), None)
    eta, left = r.learning_rate, np.log(r.remaining)
    predicted = left / np.log(1 - eta * mn.aliased_eigenvalues(r.points)[ks])
    formula = -left / mn.fourier_eigenvalues(max(ks))[ks]
    yield r.predicted_steps, predicted
    yield mean_of(r.step_ratio), (r.steps / predicted[:, None]).mean(axis=1)
    yield r.exponent.mean, slopes(ks, r.steps).mean()
    yield r.exponent_from_3.mean, slopes(ks[high], r.steps[high]).mean()
    yield r.exponent_on_grid, slopes(ks, predicted)
    yield r.exponent_on_grid_from_3, slopes(ks[high], predicted[high])
    yield r.exponent_of_formula, slopes(ks, formula)
    yield r.exponent_of_formula_from_3, slopes(ks[high], formula[high])


def sampling_reported(r):
    yield r.slope_raw.mean, slopes(r.sizes, r.raw).mean()
    yield r.slope_whitened.mean, slopes(r.sizes, r.whitened).mean()
    yield r.raw_times_root_n_at_smallest.mean, r.raw[0].mean() * math.sqrt(r.sizes[0])
    yield r.raw_times_root_n.mean, r.raw[-1].mean() * math.sqrt(r.sizes[-1])
    yield r.whitened_times_root_n.mean, r.whitened[-1].mean() * math.sqrt(r.sizes[-1])
    yield r.grid, r.grid_predicted
    yield r.largest_size, r.sizes[-1]


def width_reported(r):
    for law, slope in r.slopes.items():
        errors = getattr(r, f"errors_{law}")
        yield slope.mean, slopes(r.widths, errors).mean()
        times_root_m = (errors.T * np.sqrt(r.widths)).mean()
        yield r.error_times_root_m[law].mean, times_root_m
    varying = r.mean_kernel_error > 1e-12
    scores = np.abs(r.mean_kernel - r.mean_kernel_theory)[varying] / r.mean_kernel_error[varying]
    yield r.largest_standard_score, scores.max()


def sampling_and_width_reported(r):
    yield r.root_mean_square, np.sqrt((r.errors**2).mean(axis=2))
    n, m = np.meshgrid(r.samples, r.widths, indexing="ij")
    yield r.model, np.sqrt(r.sampling_constant / n + r.width_constant / m)
    # the fit minimises Σ (model²/error² − 1)²: both derivatives vanish there
    misses = (r.model / r.root_mean_square) ** 2 - 1
    for term in (1 / n, 1 / m):
        slope = term / r.root_mean_square**2
        yield 1 + (misses * slope).sum() / np.abs(slope).sum(), 1.0
    yield r.typical_misfit, np.sqrt(((r.root_mean_square / r.model - 1) ** 2).mean())
    yield r.largest_misfit, np.abs(r.root_mean_square / r.model - 1).max()
    yield r.width_dominates_below, r.width_constant / r.sampling_constant


def evolving_reported(r):
    for number, target in enumerate(r.targets):
        for column, m in enumerate(r.widths):
            lower = r.evolving_loss[number, column] < r.frozen_loss[number, column]
            yield r.share_evolving_lower[target][f"m = {m}"], lower.mean()
        small = r.widths.index(r.small_width)
        for k in (0, 1):
            gain = r.lowest_gain_at_small_width[f"{target} target, k = {k}"].mean
            yield gain, r.gains[number, small, :, k].mean()
    aliased = mn.aliased_eigenvalues(CLAIMS["evolving"].quick.points)[: r.gains.shape[3]]
    yield r.gain_relative_to_eigenvalue, r.gains / aliased
    yield r.before[..., -1] + 1, np.ones(r.before.shape[:3])  # no distance from itself


@claim_of_the_study
def test_reported_figures_are_those_of_the_arrays(name):
    found = 0
    for reported, recomputed in globals()[f"{name}_reported"](small_record(name)):
        assert_close(reported, recomputed, 1e-9, f"{name}, figure {found}")
        found += 1
    assert found >= 3


@pytest.mark.parametrize("degrees", [1, 2, 3, 8, 31, 100, 101, 599])
@pytest.mark.parametrize("tail", [0.025, 0.025 / 12, 1e-4])
def test_student_quantile_against_the_finite_series(degrees, tail):
    # Abramowitz & Stegun 26.7.3, 26.7.4: P(|T| ≤ t) by powers of cos θ, t = √ν tan θ.
    theta = math.atan(student_quantile(degrees, tail) / math.sqrt(degrees))
    cosine, odd = math.cos(theta), degrees % 2
    term, total = (cosine if odd else 1.0), 0.0
    for k in range(1, (degrees - odd) // 2 + 1):
        total += term
        term *= cosine**2 * ((2 * k) / (2 * k + 1) if odd else (2 * k - 1) / (2 * k))
    within = math.sin(theta) * total
    within = (theta + within) * 2 / math.pi if odd else within
    assert abs((1 - within) / 2 / tail - 1) < 1e-8


def test_a_fitted_slope_is_the_least_squares_one():
    sizes = (2, 3, 7, 11)
    values = np.random.default_rng(2).uniform(1, 2, (4, 3))
    expected = np.polyfit(np.log(sizes), np.log(values), 1)[0]
    assert np.abs(fitted_slopes(sizes, values) - expected).max() < 1e-12


# --- theorem --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in STUDY if name != "evolving"])
def test_the_claim_holds(name):
    verdict, reason = CLAIMS[name].judge(small_record(name))
    assert verdict == HOLDS, reason


@pytest.mark.evolving
def test_the_claims_that_are_exact_hold_at_small_sizes():
    for name in ("leading_logarithm", "phase_split"):
        assert CLAIMS[name].judge(beyond_records.record_of(name)).verdict == HOLDS, CLAIMS[
            name
        ].judge(beyond_records.record_of(name))
    assert beyond_records.record_of("growth").error_of_growth_law < 1e-11
    assert beyond_records.record_of("kernel_velocity").error_of_velocity < 1e-6
    assert beyond_records.record_of("kernel_velocity").error_of_integral < 1e-5


@pytest.mark.parametrize("module", [decay, spectral_bias, evolving])
def test_training_starts_from_output_0(module, monkeypatch):
    outputs = []

    def descend(params, *arguments, **options):
        outputs.append(np.abs(mn.forward(params, [0.1, 2.0, -1.3])).max())
        return mn.gradient_descent(params, *arguments, **options)

    monkeypatch.setattr(module, "gradient_descent", descend)
    name = module.CLAIM.name
    measure(CLAIMS[name], sized(name, TINY), seed=3)
    assert len(outputs) > 8
    assert max(outputs) < 1e-12


@every_claim
def test_same_seed_same_bits(name):
    record = measure(CLAIMS[name], sized(name, TINY), seed=3)
    assert figures_of_record(record) == figures_of_record(tiny_record(name))


@pytest.mark.parametrize("name", [name for name in CLAIMS if name not in DETERMINISTIC])
def test_another_seed_other_bits(name):
    record = measure(CLAIMS[name], sized(name, TINY), seed=4)
    assert figures_of_record(record) != figures_of_record(tiny_record(name))


@every_claim
def test_the_order_of_the_units_does_not_matter(name):
    claim, configuration = CLAIMS[name], sized(name, TINY)
    units = claim.units(configuration)
    assert len(units) > 1
    parts = {
        unit: claim.measure_unit(configuration, unit, unit_generator(3, name, unit))
        for unit in reversed(units)
    }
    record = claim.collect(configuration, [parts[unit] for unit in units])
    assert figures_of_record(record) == figures_of_record(tiny_record(name))


@every_claim
@pytest.mark.parametrize("size", ["default", "quick"])
def test_units_have_distinct_keys_and_a_cost(name, size):
    units = CLAIMS[name].units(getattr(CLAIMS[name], size))
    assert len({unit.key for unit in units}) == len(units)
    assert all(unit.cost > 0 for unit in units)


def test_a_generator_depends_on_seed_claim_and_key_alone():
    def draw(*arguments):
        return unit_generator(*arguments).random()

    cases = [
        (seed, claim, Unit(key, 1.0))
        for seed in (0, 1)
        for claim in ("rotation", "width")
        for key in ((1, 2), (2, 1), (1, 3))
    ]
    assert len({draw(*case) for case in cases}) == len(cases)
    assert draw(0, "width", Unit((1, 2), 1.0)) == draw(0, "width", Unit((1, 2), 9.0))


def test_claims_are_frozen_and_have_the_same_shape():
    for name, claim in CLAIMS.items():
        assert claim.name == name
        for text in (claim.statement, claim.formula, claim.source, claim.criterion):
            assert text.strip(), name
        for configuration in (claim.default, claim.quick):
            field = dataclasses.fields(configuration)[0].name
            with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign"):
                setattr(configuration, field, None)
        with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign"):
            tiny_record(name).widths = ()
        assert "matplotlib" not in inspect.getsource(inspect.getmodule(claim.draw))


def test_fitted_slopes_are_exact_on_power_laws():
    sizes = (16, 64, 1024, 3000)
    exponents = np.array([-0.5, -2.0, 1.25])
    values = np.array([0.7, 3.0, 1e-4]) * np.array(sizes, dtype=float)[:, None] ** exponents
    assert np.abs(fitted_slopes(sizes, values) - exponents).max() < 1e-12


@pytest.mark.parametrize(("seeds", "block"), [(8, 2), (8, 3), (7, 7), (7, 8), (5, 1)])
def test_blocks_cover_every_seed_once(seeds, block):
    units = seed_units((10, 30), seeds, block, lambda size: 0.5 * size)
    covered = {10: [], 30: []}
    for unit in units:
        size, number = unit.key
        in_block = seeds_in_block(seeds, block, number)
        assert 1 <= len(in_block) <= block
        assert unit.cost == 0.5 * size * len(in_block)
        covered[size].extend(in_block)
    assert covered == {10: list(range(seeds)), 30: list(range(seeds))}
    assert [unit.key for unit in units] == sorted(unit.key for unit in units)


@every_claim
def test_measured_figures_are_finite_and_fit_in_json(name):
    claim, record = CLAIMS[name], small_record(name)
    entry = entry_of(claim, sized(name, SMALL), 0, record, claim.judge(record), 1.234)
    text = json.dumps(entry, allow_nan=False)
    assert '"nan"' not in text
    assert '"inf"' not in text
    assert json.loads(text)["measured"] == entry["measured"]
    assert set(entry["measured"]) | set(arrays(record)) == {
        field.name for field in dataclasses.fields(record)
    }
    assert all(np.isfinite(array).all() for array in arrays(record).values())


@functools.cache
def drawn(name):
    """The figure of the small record, laid out, with its panels and what measures text in it."""
    figure = figure_of(CLAIMS[name], small_record(name))
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return figure, figure.axes[: CLAIMS[name].panels], canvas.get_renderer()


@every_claim
def test_every_panel_says_what_it_shows(name):
    figure, panels, _ = drawn(name)
    assert len(panels) == CLAIMS[name].panels
    for axis in panels:
        for text in (axis.get_title(), axis.get_xlabel(), axis.get_ylabel()):
            assert text.strip(), f"{name}: a panel without title or label"
        labels = axis.get_legend_handles_labels()[1]
        assert len(labels) == len(set(labels)), f"{name}: {labels}"
        assert len(labels) < 2 or axis.get_legend() is not None, f"{name}: {labels}"
        assert axis.has_data(), axis.get_title()
    others = figure.axes[len(panels) :]
    assert all(bar.get_ylabel() for bar in others), f"{name}: a colour bar without label"


@every_claim
def test_series_are_told_apart_without_colour(name):
    for axis in drawn(name)[1]:
        handles, labels = axis.get_legend_handles_labels()
        lines = [getattr(handle, "lines", [handle])[0] for handle in handles]
        styles = [
            (line.get_marker(), line.get_linestyle())
            for line in lines
            if hasattr(line, "get_marker")
        ]
        assert len(set(styles)) == len(styles), f"{name}, {axis.get_title()}: {labels}, {styles}"


@every_claim
def test_text_stays_inside_the_figure_and_apart(name):
    figure, panels, renderer = drawn(name)
    width_, height = figure.canvas.get_width_height()
    for axis in panels:
        box = axis.get_tightbbox(renderer)
        assert box.x0 >= 0, f"{name}: {axis.get_title()} leaves on the left"
        assert box.y0 >= 0, f"{name}: {axis.get_title()} leaves at the bottom"
        assert box.x1 <= width_, f"{name}: {axis.get_title()} leaves on the right"
        assert box.y1 <= height, f"{name}: {axis.get_title()} leaves at the top"
    texts = [text for axis in panels for text in (axis.title, axis.xaxis.label, axis.yaxis.label)]
    for first, second in itertools.combinations(texts, 2):
        apart = not first.get_window_extent(renderer).overlaps(second.get_window_extent(renderer))
        assert apart, f"{name}: {first.get_text()!r} on {second.get_text()!r}"


@every_claim
def test_drawing_does_not_change_the_record(name):
    before = figures_of_record(small_record(name))
    figure_of(CLAIMS[name], small_record(name))
    assert figures_of_record(small_record(name)) == before


# --- rate -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seeds", [8, 24])
def test_student_intervals_cover_95_percent(seeds):
    samples = np.random.default_rng(5).normal(2.0, 3.0, (8000, seeds))
    intervals = [student_interval(sample) for sample in samples]
    covered = np.mean([interval.low <= 2.0 <= interval.high for interval in intervals])
    error = math.sqrt(0.05 * 0.95 / len(samples))
    assert abs(covered - 0.95) < 3 * error, f"{covered:.4f} of the intervals hold the mean"


# --- refusal --------------------------------------------------------------------------------------


# For every claim: its module, a name in it, and a wrong kernel in its place.
TAMPERED = {
    "rotation": (rotation, "infinite_ntk", bent(mn.infinite_ntk)),
    "eigenfunctions": (eigenfunctions, "ntk_of_angle", raised(mn.ntk_of_angle)),
    "decay": (decay, "infinite_ntk", scaled(mn.infinite_ntk, 1.01)),
    "spectral_bias": (spectral_bias, "aliased_eigenvalues", scaled(mn.aliased_eigenvalues, 2)),
    "sampling": (
        sampling,
        "infinite_low_frequency_block",
        scaled(fast.infinite_low_frequency_block, 1.3),
    ),
    "width": (width, "infinite_ntk", scaled(mn.infinite_ntk, 1.05)),
    "sampling_and_width": (
        sampling_and_width,
        "empirical_low_frequency_block",
        scaled(fast.empirical_low_frequency_block, 0.5),
    ),
    "evolving": (
        evolving,
        "factorised_ntk",
        lambda params, angles: mn.infinite_ntk(angles),
    ),
}


@claim_of_the_study
def test_a_tampered_kernel_fails_the_claim(name, monkeypatch):
    module, attribute, wrong = TAMPERED[name]
    assert module.CLAIM is CLAIMS[name]
    monkeypatch.setattr(module, attribute, wrong)
    record = measure(CLAIMS[name], sized(name, SMALL), seed=0)
    verdict, reason = CLAIMS[name].judge(record)
    assert verdict == FAILS, reason
    assert figure_of(CLAIMS[name], record).axes, "a claim that fails must be drawn all the same"


# For every claim: what is put in the place of its theory, and the figure that must see it.
TAMPERED_THEORIES = {
    "growth": (growth, "growth_rate", scaled, 1.01, "error_of_growth_law", 1e-4),
    "mean_field": (mean_field, "mean_field_descent", with_losses, 3.0, "largest_factor", 1.5),
    "mean_field_fluctuation": (
        mean_field_fluctuation,
        "mean_field_descent",
        with_losses,
        0.9,
        "excess_times_neurons",
        10.0,
    ),
    "decomposition": (
        decomposition,
        "mean_field_stage",
        with_stage_losses,
        3.0,
        "repair",
        None,
    ),
    "frozen_fluctuation": (frozen_fluctuation, "frozen_loss", of_width, 2.0, "added", 1.5),
    "evolving_or_frozen": (
        evolving_or_frozen,
        "mean_field_descent",
        with_losses,
        1e9,
        "predicted",
        None,
    ),
    "phase_split": (
        phase_split,
        "mean_field_descent",
        at_another_width,
        4.0,
        "mean_field_ratio",
        2.0,
    ),
    "leading_logarithm": (
        leading_logarithm,
        "leading_logarithm",
        scaled,
        1.05,
        "miss_of_several",
        0.02,
    ),
    "kernel_velocity": (
        kernel_velocity,
        "flow_velocity",
        lambda function, _: without_ends(function),
        None,
        "error_of_velocity",
        1e-3,
    ),
    "alignment": (mn.alignment, "_alignment", scaled, -1.0, "mean", None),
}


def figures(record, field):
    value = getattr(record, field)
    return np.array(list(value.values())) if isinstance(value, dict) else np.asarray(value)


@pytest.mark.evolving
@pytest.mark.parametrize("name", TAMPERED_THEORIES)
def test_a_tampered_theory_is_seen(name, monkeypatch):
    module, attribute, tamper, factor, field, above = TAMPERED_THEORIES[name]
    before = figures(beyond_records.record_of(name), field)
    monkeypatch.setattr(module, attribute, tamper(getattr(module, attribute), factor))
    after = figures(measure(CLAIMS[name], beyond_records.sized(name), seed=0), field)
    if above is None:
        assert np.abs(after - before).max() > 1e-3
    else:
        assert after.max() > above > (before.max() if field != "mean_field_loss" else 0)


@pytest.mark.evolving
def test_an_interval_of_one_seed_fails_the_claims():
    changes = {"seeds": 1, "steps": 2, "widths": (8,)}
    for name in ("growth", "kernel_velocity", "alignment"):
        record = measure(CLAIMS[name], dataclasses.replace(CLAIMS[name].quick, **changes), seed=0)
        assert CLAIMS[name].judge(record).verdict == FAILS
