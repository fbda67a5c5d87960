"""What a search for mutants found unheld: joins, borders of verdicts, figures and sizes."""

import dataclasses
import inspect
import re

import numpy as np
import pytest

import minintk as mn
from minintk import evolving, fast, training
from minintk.claims import CLAIMS
from minintk.claims.beyond import decomposition, evolving_or_frozen, leading_logarithm, phase_split
from minintk.claims.claim import FAILS, HOLDS, IN_PART, Interval
from minintk.evolving import together
from tests.reference.closeness import assert_close

pytestmark = [pytest.mark.evolving, pytest.mark.claims]


class Canvas:
    """Axes that keep what is drawn on them: [(method, arguments, options), …]."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, name):
        return lambda *arguments, **options: self.calls.append((name, arguments, options)) or self

    def of(self, method):
        return [call[1:] for call in self.calls if call[0] == method]


# --- theory ---------------------------------------------------------------------------------------


def change_and_difference(start, end):
    pair = [mn.Params([way[:2]], [way[2]], [1.0]) for way in (start, end)]
    before, after = (fast.population_low_frequency_block(params) for params in pair)
    return evolving.kernel_change(*pair).total, after - before


@pytest.mark.parametrize("ends", [(1.05, 0.05), (-0.05, -1.05)])
def test_a_neuron_on_a_line_through_the_origin_that_ends_before_it(ends):
    change, difference = change_and_difference(*([end, 0.0, 0.0] for end in ends))
    assert np.abs(change - difference).max() < 1e-13


@pytest.mark.parametrize("least", [1e-2, 1e-4])
def test_a_neuron_that_nearly_touches_the_cone_away_from_its_least_weights(least):
    # D = |w|² − b² is least at s = 0.71, |w|² + b² at 0.09: the complex roots count from there.
    bias = np.sqrt((1 - least) / (1 - 0.3**2))
    begin = bias - 0.3 * (0.4 + 0.3 * bias)
    change, difference = change_and_difference([1, -0.4, begin], [1, 0.6, begin + 0.3])
    assert np.abs(change - difference).max() < 1e-13


def test_networks_without_a_loss_are_no_divergence():
    still = mn.Params([[1.0, 0.0]], [0.0], [0.0])
    _, losses = evolving.train_together([still], [0.0, 2.0], [0.0, 0.0], 0.5, 2)
    assert losses.tolist() == [[0.0, 0.0, 0.0]]
    assert together._DIVERGED == training._DIVERGED


def test_the_defaults_of_the_stages_are_those_of_the_mean_field_nodes():
    def nodes(function):
        found = inspect.signature(function).parameters
        return [found[name].default for name in ("radii", "directions")]

    expected = nodes(evolving.mean_field_start)
    assert expected == [48, 96], "the table of the docstring"
    assert nodes(evolving.decompose) == nodes(evolving.mean_field_stage) == expected
    task = evolving.Task((0.0, 1.0, 0.0), 0.5, 20)
    assert (task.points, task.k_max) == (64, 4)
    with pytest.raises(dataclasses.FrozenInstanceError, match="steps"):
        task.steps = 3


def test_directions_without_samples_are_turned_by_the_golden_share_of_their_spacing():
    w = evolving.mean_field_start(2, 8).w[0]
    share = np.arctan2(w[1], w[0]) / (2 * np.pi / 8) % 1
    assert abs(share - (np.sqrt(5) - 1) / 2) < 1e-12


def test_a_smallest_radius_at_the_largest():
    with pytest.raises(ValueError, match=r"below 6\.5"):
        evolving.mean_field_start(4, 4, spacing="logarithm", smallest_radius=6.5)


# --- sizes: the criterion's words and the default -------------------------------------------------


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


# --- decomposition --------------------------------------------------------------------------------


def decomposition_record():
    size = decomposition.Configuration(
        widths=(8, 16), targets=("low",), points=16, steps=30, seeds=3, block=3, k_max=3,
        shown_width=16,
    )  # fmt: skip
    rng, rows = np.random.default_rng(0), len(decomposition._curve_steps(size))

    def drawn(seeds):
        return {
            "curves": rng.random((seeds, rows)), "residuals": rng.random((seeds, 4)),
            "kernels": rng.random((seeds, 4)), "alignments": rng.random((seeds, 5)),
        }  # fmt: skip

    parts = [
        {"mean-field": drawn(1)} if unit.key[2] == decomposition.LIMIT
        else {"frozen": drawn(3), "evolving": drawn(3)}
        for unit in decomposition.units(size)
    ]  # fmt: skip
    return parts, decomposition.collect(size, parts)


def test_the_excess_of_every_stage_is_that_over_the_stage_without_a_draw():
    parts, record = decomposition_record()
    infinite = record.losses[0, 0, 0, 0]
    task = evolving.Task(tuple(decomposition.TARGETS["low"]), 0.5, 30, 16, 3)
    assert infinite == evolving.infinite_stage(task).losses[-1]
    for row, width in enumerate((8, 16)):
        drawn, limit = parts[2 * row], parts[2 * row + 1]
        frozen, evolves = (drawn[name]["curves"][:, -1] for name in ("frozen", "evolving"))
        name, below = f"low m = {width}", limit["mean-field"]["curves"][0, -1]
        means = frozen.mean() - infinite, evolves.mean() - below
        assert abs(record.excess_frozen[name].mean - means[0]) < 1e-14
        assert abs(record.excess_evolving[name].mean - means[1]) < 1e-14
        assert abs(record.repair[name] - means[0] / means[1]) < 1e-12 * abs(record.repair[name])


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(12.5, HOLDS), (12.0, HOLDS), (11.9, IN_PART), (1.5, IN_PART), (1.0, IN_PART), (0.99, FAILS)],
)
def test_the_borders_of_the_repair(factor, verdict):
    _, record = decomposition_record()
    names = tuple(record.repair)
    record = dataclasses.replace(
        record,
        excess_frozen=dict.fromkeys(names, Interval(20.0, factor, 30.0)),
        excess_evolving=dict.fromkeys(names, Interval(0.5, 0.1, 1.0)),
    )
    assert decomposition.judge(record).verdict == verdict


def test_the_bars_of_the_decomposition_are_5_to_95_per_cent_of_the_draws():
    _, record = decomposition_record()
    axes = [Canvas() for _ in range(4)]
    decomposition.draw(record, axes)

    def quantiles(values):
        return np.quantile(values, [0.05, 0.5, 0.95], axis=0)

    kernels = record.kernels[0, 1] / record.kernels[0, 1, 0]
    for axis, values, along in (
        (axes[1], record.residuals[0, 1], 1),
        (axes[2], kernels, 1),
        (axes[3], record.alignments[0, 1], 0),
    ):
        assert len(axis.of("errorbar")) == 4
        for stage, (arguments, options) in enumerate(axis.of("errorbar")):
            low, middle, high = quantiles(values[stage])
            assert_close(arguments[along], middle, 1e-14)
            bars = arguments[2] if along else options["xerr"]
            assert_close(np.array(bars), np.array([middle - low, high - middle]), 1e-14)
            places = arguments[1 - along] - np.arange(len(middle))
            assert_close(places, np.full(len(middle), 0.16 * (stage - 1.5)), 1e-12)
    curves = record.curves[0, 1, :, :, 1:]
    for stage, ((shade, _), (line, options)) in enumerate(
        zip(axes[0].of("fill_between"), axes[0].of("plot"), strict=True)
    ):
        low, middle, high = quantiles(curves[stage])
        for found, expected in ((shade[1], low), (shade[2], high), (line[1], middle)):
            assert_close(found, expected, 1e-14)
        assert options["label"] == decomposition.LABELS[stage]


# --- phase split ----------------------------------------------------------------------------------


def phase_record():
    size = phase_split.Configuration(
        frequencies=(3, 5), widths=(64, 128, 256), at_steps=(10, 20), seeds=4, block=4
    )
    rng = np.random.default_rng(1)
    change, limit = rng.uniform(-0.9, 0.9, (2, 3, 4, 2, 2)), rng.uniform(1, 2, (2, 3, 2, 2))
    parts = [
        {"limit": limit[unit.key[0], size.widths.index(unit.key[1])]}
        if unit.key[2] == phase_split.LIMIT
        else {"change": change[unit.key[0], size.widths.index(unit.key[1])]}
        for unit in phase_split.units(size)
    ]
    return change, limit, phase_split.collect(size, parts)


def test_the_shares_and_ratios_of_the_phase_split_are_over_the_draws():
    change, limit, record = phase_record()
    for cell in np.ndindex(2, 3, 2):
        row, column, time = cell
        own, shifted = change[row, column, :, time].T
        assert record.share_own_falls[cell] == sum(value < 0 for value in own) / 4
        assert record.share_shifted_rises[cell] == sum(value > 0 for value in shifted) / 4
    ratios = change.sum(axis=2) / 4 / limit
    assert_close(record.mean_field_ratio, [ratios.min(), ratios.max()], 1e-13)
    assert record.average_rises == (change[..., 0] + change[..., 1] > 0).mean()
    smallest = min(record.share_own_falls.min(), record.share_shifted_rises.min())
    assert record.smallest_share == smallest


# --- leading logarithm ----------------------------------------------------------------------------


def logarithm_record():
    size = leading_logarithm.Configuration(
        frequencies=(2, 3), several=(1, 3), widths=(2**10, 2**12, 2**18), k_max=3, steps=40
    )
    rng = np.random.default_rng(2)
    change = rng.normal(size=(3, 3, 7, 7))
    for row, k in enumerate(size.frequencies):  # its own two entries are the largest
        for mode in (2 * k - 1, 2 * k):
            change[row, 2, mode, mode] = 100.0
    parts = [
        {"change": change[(2, 3, 0).index(unit.key[0]), size.widths.index(unit.key[1])]}
        for unit in leading_logarithm.units(size)
    ]
    return change, leading_logarithm.collect(size, parts)


def test_the_slopes_of_the_logarithm_are_those_between_the_last_two_widths():
    change, record = logarithm_record()
    slopes = (change[:, 2] - change[:, 1]) / (0.5 * np.log(2.0**6))
    rates, misses, others = mn.fourier_eigenvalues(3), [], []
    for row, k in enumerate((2, 3)):
        own, shifted = evolving.relative_split(k, 1.0, 20.0, learning_rate=0.5)
        relative = slopes[row].diagonal() / rates[k]
        expected = relative[[2 * k - 1, 2 * k]] / [own, shifted]
        assert_close(record.slope_over_theory[row], expected, 1e-12)
        assert_close(record.split[row], [own, shifted], 1e-14)
        misses += list(np.abs(expected - 1))
        others += [abs(relative[i]) / shifted for i in range(7) if i not in (2 * k - 1, 2 * k)]
    assert abs(record.largest_miss / max(misses) - 1) < 1e-12
    assert abs(record.largest_without_logarithm / max(others) - 1) < 1e-12
    target = mn.target_coefficients((1, 3), amplitude=0.5)
    theory = evolving.leading_logarithm(target, 20.0, 3, learning_rate=0.5)
    miss = np.abs(slopes[2] - theory).max() / np.abs(theory).max()
    assert abs(record.miss_of_several / miss - 1) < 1e-12
    assert (record.change_of_several == change[2]).all()


def test_the_lines_of_the_logarithm_go_through_the_last_width():
    change, record = logarithm_record()
    axis = Canvas()
    leading_logarithm._draw_slopes(record, axis)
    drawn, rates = axis.of("plot"), mn.fourier_eigenvalues(3)
    assert len(drawn) == 8
    cells = [(row, k, phase) for row, k in enumerate((2, 3)) for phase in (0, 1)]
    for (row, k, phase), (points, _), (line, _) in zip(cells, drawn[::2], drawn[1::2], strict=True):
        mode = 2 * k - 1 + phase
        values = change[row, :, mode, mode] / rates[k]
        assert_close(points[1], values, 1e-14)
        assert abs(line[1][-1] - values[-1]) < 1e-12 * abs(values[-1])
        slope = (line[1][-1] - line[1][0]) / (0.5 * np.log(2.0**8))
        assert abs(slope / record.split[row, phase] - 1) < 1e-12


# --- evolving or frozen ---------------------------------------------------------------------------


def map_record():
    size = evolving_or_frozen.Configuration(
        frequencies=(1, 3), amplitudes=(0.5, 1.0), widths=(32, 64, 128), at_steps=(4, 80), seeds=4
    )
    rng, parts = np.random.default_rng(3), []
    for unit in evolving_or_frozen.units(size):
        if unit.key[3] == evolving_or_frozen._NETWORKS:
            losses = rng.random((2, 4, 2))
            parts.append({"evolving": losses[0], "frozen": losses[1]})
        else:
            parts.append({"mean_field": rng.random(2)})
    return evolving_or_frozen.collect(size, parts)


def test_the_borders_and_the_words_of_the_map():
    record = dataclasses.replace(
        map_record(),
        wins_late=0.95, wins_early=0.10, wins_between=0.76,
        wins_early_by_frequency={"k = 1": 0.1, "k = 2": 0.74, "k = 3": 0.02},
    )  # fmt: skip
    verdict, reason = evolving_or_frozen.judge(record)
    assert verdict == HOLDS
    for words in ("wins in 95 %", "in 10 % where", "10 % for k = 2: 74 %)", "in 76 % between"):
        assert words in reason


def test_a_tie_counts_for_the_evolving_kernel():
    wins, learned = np.array([[[[0.5, 0.5]]], [[[0.25, 0.75]]]]), np.array([[1.0, 9.0], [1.0, 9.0]])
    for theory, right in ((True, (1, 2)), (False, (1, 0))):
        found, named = evolving_or_frozen._told(wins, np.full(wins.shape, theory), learned)
        early = f"early, {'evolving' if theory else 'frozen'}"
        assert (found[early], found["late"]) == right
        assert (named[early], named["late"]) == (2, 2)


def test_the_map_draws_every_cell_under_its_own_label():
    record, axes = map_record(), [Canvas(), Canvas()]
    evolving_or_frozen.draw(record, axes)
    wins = (record.evolving_loss < record.frozen_loss).mean(axis=3) >= 0.5
    theory = record.mean_field_loss < record.frozen_loss.mean(axis=3)
    labels = {
        "evolving wins, as theory says": wins & theory,
        "frozen wins, as theory says": ~wins & ~theory,
        "evolving wins against theory": wins & ~theory,
        "frozen wins against theory": ~wins & theory,
    }
    drawn = {options["label"]: arguments for arguments, options in axes[1].of("plot")}
    assert set(drawn) == set(labels)
    for label, chosen in labels.items():
        x = np.broadcast_to(record.learned[:, None, None], chosen.shape)[chosen]
        assert chosen.any()
        assert (drawn[label][0] == x).all(), label
        lazy = np.array(record.amplitudes)[:, None] / np.sqrt(record.widths)
        y = np.broadcast_to(lazy[None, :, :, None], chosen.shape)[chosen]
        assert (np.abs(np.log(drawn[label][1] / y)) < 0.12).all(), "beside its own place"


def test_the_map_fills_what_the_criterion_looks_at():
    record, axis = map_record(), Canvas()
    evolving_or_frozen._draw_shares(record, axis)
    shares = (record.evolving_loss < record.frozen_loss).mean(axis=(1, 3))
    points = [call for call in axis.of("plot") if "fillstyle" in call[1]]
    assert len(points) == 6
    for number, ((x, y), options) in enumerate(points):
        column, full = number // 2, number % 2 == 0
        early = (record.learned < 2) & (record.widths[column] >= 64)
        chosen = (early | (record.learned > 12)) == full
        assert options["fillstyle"] == ("full" if full else "none")
        assert (x == record.learned[chosen]).all()
        assert np.allclose(y, 100 * shares[:, column][chosen], rtol=1e-13)
