"""The frame of the claims: cells, seeds, the same bits, the control, and each claim's figure."""

import dataclasses
import functools
import inspect
import itertools
import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from minintk.claims import CLAIMS
from minintk.claims.claim import (
    Measure,
    Unit,
    arrays,
    join,
    judge_run,
    run_claim,
    run_unit,
    summary,
    units_of,
)
from minintk.claims.statistics import FAILS, HOLDS, IN_PART, OPEN, Interval
from minintk.report.figures import figure_of
from minintk.report.judged import count, tables
from minintk.report.readable import readable
from minintk.report.results import Job, entry_of, verdict_in_words
from tests.reference import small_claims
from tests.reference.claim_runs import (
    SEED,
    bits,
    run_with_control,
    tiny,
    tiny_outcome,
    tiny_parts,
)
from tests.reference.readers import with_ends_apart
from tests.reference.small_claims import Sizes

pytestmark = pytest.mark.claims

SIZES = ("quick", "default", "full")
every_claim = pytest.mark.parametrize("name", CLAIMS)
every_control = pytest.mark.parametrize("name", [n for n, c in CLAIMS.items() if c.control])


# --- by hand --------------------------------------------------------------------------------------


def numbered(sizes, cell, rng):
    return {"place": [10 * cell.number + cell.half, sizes.factor]}


def limit(sizes, cell, rng):
    return {"number": cell.number}


def two_axes(**changes):
    """A claim whose measures return where they are."""
    over = {"number": "cells", "half": "halves"}

    @dataclasses.dataclass(frozen=True)
    class Halves(Sizes):
        halves: tuple[float, ...] = (0.25, 0.5)

    measures = {
        "networks": Measure(numbered, over, lambda sizes, cell: cell.half),
        "limit": Measure(limit, small_claims.CELLS, lambda sizes, cell: 2.0, draws=False),
    }
    return small_claims.claim("grid", measures=measures), Halves(**changes)


def test_units_are_all_cells_times_blocks_of_seeds_and_a_limit_is_done_once():
    units = units_of(*two_axes(cells=(1, 5), seeds=5, block=2))
    networks = [unit for unit in units if unit.measure == "networks"]
    assert [unit.cell for unit in networks[::3]] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert [unit[2:5] for unit in networks[:3]] == [(0, 2, 0.5), (1, 2, 0.5), (2, 1, 0.25)]
    assert [unit for unit in units if unit.measure == "limit"] == [
        Unit("limit", (0,), 0, 1, 2.0),
        Unit("limit", (1,), 0, 1, 2.0),
    ]


def test_joined_arrays_have_the_axes_of_the_grid_then_the_seeds():
    claim, sizes = two_axes(cells=(1, 5), seeds=5, block=2, factor=7.0)
    units = units_of(claim, sizes)
    data = join(claim, sizes, units, [run_unit(claim, sizes, unit, 0) for unit in units])
    assert data["networks"]["place"].shape == (2, 2, 5, 2)
    expected = np.array([[10.25, 10.5], [50.25, 50.5]])
    assert (data["networks"]["place"][..., 0] == expected[..., None]).all()
    assert (data["networks"]["place"][..., 1] == 7).all()
    assert data["limit"]["number"].tolist() == [1, 5]


def test_found_things_fall_into_summary_and_arrays():
    found = SimpleNamespace(
        number=np.float64(1.5),
        interval=Interval(1.0, 0.5, 1.5, 8),
        by_size={8: Interval(1.0, 0.5, 1.5, 8, "other"), "more": {"deep": 2}},
        short=np.arange(16),
        long=np.arange(17.0),
        grid=np.zeros((2, 2)),
        listed=(1, [np.float64(2.0)]),
    )
    said = summary(found)
    interval = {"mean": 1.0, "low": 0.5, "high": 1.5}
    assert said == {
        "number": 1.5,
        "interval": {**interval, "interval": "95 % Student"},
        "by_size": {"8": {**interval, "interval": "other"}, "more": {"deep": 2}},
        "short": list(range(16)),
        "listed": [1, [2.0]],
    }
    assert type(said["number"]) is float
    assert list(arrays(found)) == ["short", "long", "grid"]


def test_a_later_criterion_has_its_own_verdict():
    outcome = run_claim(small_claims.OTHER, Sizes(), 0)
    assert (outcome.verdict.verdict, outcome.later.verdict) == (HOLDS, FAILS)
    assert run_claim(small_claims.FINE, Sizes(), 0).later is None


# --- theorem --------------------------------------------------------------------------------------


def first_number(claim, sizes, unit, seed):
    return float(run_unit(claim, sizes, unit, seed)["values"].ravel()[0])


def test_a_unit_depends_on_seed_claim_cell_and_block_alone():
    claims = (small_claims.FINE, small_claims.OTHER)
    units = [Unit("networks", (i,), block, 1, 1.0) for i in (0, 1) for block in (0, 1)]
    cases = list(itertools.product(claims, [Sizes()], units, (0, 1)))
    assert len({first_number(*case) for case in cases}) == len(cases)
    for case in cases:
        assert first_number(*case) == first_number(*case)


def test_a_cell_keeps_its_draws_when_others_join_its_grid():
    claim, seed = small_claims.FINE, 0
    one = first_number(claim, Sizes(cells=(5,)), Unit("networks", (0,), 0, 1, 1.0), seed)
    other = first_number(claim, Sizes(cells=(1, 5)), Unit("networks", (1,), 0, 1, 1.0), seed)
    assert one == other
    more = first_number(claim, Sizes(cells=(5,), seeds=99), Unit("networks", (0,), 0, 1, 9.0), seed)
    assert one == more, "nor with more seeds"


def test_seeds_of_a_block_are_drawn_one_after_the_other():
    claim = small_claims.FINE
    three = run_unit(claim, Sizes(), Unit("networks", (0,), 0, 3, 1.0), 0)["values"]
    two = run_unit(claim, Sizes(), Unit("networks", (0,), 0, 2, 1.0), 0)["values"]
    assert np.array_equal(three[:2], two)


@every_claim
def test_same_seed_same_bits_in_whatever_order_of_the_units(name):
    claim, sizes = CLAIMS[name], tiny(name)
    units, parts = tiny_parts(name)
    # a control's units are of the same functions, with sizes that cost more
    own = {unit: part for unit, part in zip(units, parts, strict=True) if not unit.control}
    again = {unit: run_unit(claim, sizes, unit, SEED) for unit in reversed(own)}
    assert all(bits(again[unit]) == bits(part) for unit, part in own.items())
    found = [again.get(unit, part) for unit, part in zip(units, parts, strict=True)]
    outcome = judge_run(claim, sizes, units, found)
    assert bits(outcome._asdict()) == bits(tiny_outcome(name)._asdict())


def test_a_run_with_a_kept_control_has_the_bits_of_the_definition():
    claim, sizes = CLAIMS["growth"], tiny("growth")
    for seed in (SEED, SEED + 1):
        expected = run_claim(claim, sizes, seed)._asdict()
        assert bits(run_with_control(claim, sizes, seed)._asdict()) == bits(expected)
    tampered = dataclasses.replace(claim, control=claim.control._replace(wrong="nothing"))
    with pytest.raises(AssertionError, match="a tampered control is not kept"):
        run_with_control(tampered, sizes)


@every_claim
def test_another_seed_other_bits(name):
    claim, sizes = CLAIMS[name], tiny(name)
    units, parts = tiny_parts(name)
    drawn = {m for m, measure in claim.measures.items() if measure.draws}
    found = {}
    for unit, part in zip(units, parts, strict=True):
        if unit.measure in drawn and not unit.control and unit.measure not in found:
            found[unit.measure] = bits(run_unit(claim, sizes, unit, SEED + 1)) != bits(part)
    assert set(found) == drawn
    assert all(found.values()), found


@every_claim
@pytest.mark.parametrize("size", SIZES)
def test_units_are_distinct_and_have_a_cost(name, size):
    units = units_of(CLAIMS[name], getattr(CLAIMS[name], size))
    assert len({(unit.control, *unit[:3]) for unit in units}) == len(units)
    assert all(unit.cost > 0 for unit in units)


@every_claim
def test_every_claim_has_the_same_shape(name):
    claim = CLAIMS[name]
    assert claim.name == name
    module = inspect.getmodule(claim.draw)
    folder = "beyond" if claim.beyond_study else "study"
    assert inspect.getmodule(claim.find).__name__ == f"minintk.claims.{folder}.{name}"
    assert "matplotlib" not in inspect.getsource(module)
    for text in (claim.statement, claim.formula, claim.source):
        assert text.strip()
        assert "\n" not in text
    types = {type(getattr(claim, size)) for size in SIZES}
    assert len(types) == 1
    for size in SIZES:
        sizes = getattr(claim, size)
        if any(measure.draws for measure in claim.measures.values()):
            assert {"seeds", "block"} <= {field.name for field in dataclasses.fields(sizes)}
        hash(sizes)
        for field in dataclasses.fields(sizes):
            with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign"):
                setattr(sizes, field.name, None)


def test_the_study_comes_first_and_every_claim_of_it_has_a_control():
    beyond = [claim.beyond_study for claim in CLAIMS.values()]
    assert beyond == sorted(beyond)
    assert all(claim.control for claim in CLAIMS.values() if not claim.beyond_study)


def with_another(sizes, number):
    """The sizes with one more wherever this number is, but for the numbers of seeds."""

    def changed(value):
        if isinstance(value, tuple):
            return tuple(changed(item) for item in value)
        return value + 1 if type(value) in (int, float) and value == number else value

    fields = {field: value for field, value in vars(sizes).items() if "seeds" not in field}
    return dataclasses.replace(sizes, **{field: changed(v) for field, v in fields.items()})


@every_claim
def test_the_criterion_follows_the_sizes(name):
    # Where a number of the sizes stands in the text, another number there changes the text.
    claim = CLAIMS[name]
    for size in SIZES:
        sizes = getattr(claim, size)
        text = claim.criterion(sizes)
        assert text.strip().endswith((".", ")"))
        said = {float(number) for number in re.findall(r"(?<![\d.^])\d+(?:\.\d+)?", text)}
        for number in said:
            other = with_another(sizes, number)
            if number > 20 and other != sizes:
                assert claim.criterion(other) != text, f"{text} speaks of {number:g} at any size"


@every_claim
def test_the_outcome_is_in_words_finite_and_fits_in_json(name):
    outcome = tiny_outcome(name)
    job = Job(CLAIMS[name], tiny(name), "own")
    entry = entry_of(job, 0, outcome, 1.234, [{"blas": "b"}], {"data/x.npz": b""})
    text = json.dumps(entry, allow_nan=False)
    assert json.loads(text) == entry
    assert '"nan"' not in text
    assert outcome.verdict.verdict in (HOLDS, IN_PART, FAILS, OPEN)
    assert outcome.verdict.findings
    for words in (outcome.verdict.reason, outcome.explanation):
        assert words.strip().endswith((".", ")", "…"))
    assert set(entry["measured"]) | set(arrays(outcome.found)) == set(vars(outcome.found))
    part_of = [finding.part for finding in outcome.verdict.findings]
    assert len(set(part_of)) == len(part_of), "each part of a criterion has its own name"


@every_claim
def test_every_number_that_a_claim_judges_is_in_a_cell_of_a_table(name):
    outcome = tiny_outcome(name)
    for verdict in (outcome.verdict, outcome.control, outcome.later or outcome.verdict):
        findings = verdict_in_words(verdict)["findings"]
        judged = [one for finding in verdict.findings for one in finding.judged]
        assert all(finding.judged for finding in verdict.findings)
        assert count(findings) == len(judged)
        texts = [cell for table in tables(findings) for row in table.rows for cell in row[1:]]
        said = "\n".join([*texts, *(table.said for table in tables(findings))])
        for one in judged:
            ends = one.interval.mean, one.interval.low, one.interval.high
            assert not one.interval.kind or with_ends_apart(*ends) in said, f"{name}: {one}"
            assert one.interval.kind in said, f"{name}: {one}"
        assert len(texts) >= len(judged)


@functools.cache
def drawn(name):
    """The figure of the tiny run, laid out, with its panels, what measures text in it, and the bits
    of what was found before.
    """
    before = bits(tiny_outcome(name).found)
    figure = figure_of(CLAIMS[name], tiny(name), tiny_outcome(name).found)
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()  # every artist's own code, without the pixels
    return figure, figure.axes[: CLAIMS[name].panels], renderer, before


@every_claim
def test_every_panel_says_what_it_shows(name):
    figure, panels, *_ = drawn(name)
    assert len(panels) == CLAIMS[name].panels
    legends = [*figure.legends, *(axis.get_legend() for axis in panels if axis.get_legend())]
    told = {text.get_text() for legend in legends for text in legend.get_texts()}
    for axis in panels:
        ticks = "".join(tick.get_text() for tick in axis.get_yticklabels())
        upwards = axis.get_ylabel() or re.search("[a-z]{3}", ticks)  # or each place has its name
        for text in (axis.get_title(), axis.get_xlabel(), upwards):
            assert text, f"{name}: a panel without title or label"
        labels = axis.get_legend_handles_labels()[1]
        assert len(labels) == len(set(labels)), f"{name}: {labels}"
        assert len(labels) < 2 or {*map(readable, labels)} <= told, f"{name}: {labels}"
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
    figure, panels, renderer, _ = drawn(name)
    width, height = figure.canvas.get_width_height()
    for axis in panels:
        box = axis.get_tightbbox(renderer)
        assert box.x0 >= 0, f"{name}: {axis.get_title()} leaves on the left"
        assert box.y0 >= 0, f"{name}: {axis.get_title()} leaves at the bottom"
        assert box.x1 <= width, f"{name}: {axis.get_title()} leaves on the right"
        assert box.y1 <= height, f"{name}: {axis.get_title()} leaves at the top"
    texts = [text for axis in panels for text in (axis.title, axis.xaxis.label, axis.yaxis.label)]
    for first, second in itertools.combinations(texts, 2):
        apart = not first.get_window_extent(renderer).overlaps(second.get_window_extent(renderer))
        assert apart, f"{name}: {first.get_text()!r} on {second.get_text()!r}"


@every_claim
def test_drawing_does_not_change_what_was_found(name):
    *_, before = drawn(name)
    assert bits(tiny_outcome(name).found) == before


# --- argument checks ------------------------------------------------------------------------------


@every_control
def test_the_negative_control_fails(name):
    control = tiny_outcome(name).control
    assert control.verdict == FAILS, control.reason
    assert CLAIMS[name].control.wrong.strip()
    assert CLAIMS[name].control.measures.keys() == CLAIMS[name].measures.keys()


@pytest.mark.parametrize(("name", "seed"), [("spectral_bias", 2), ("cause", 1)])
def test_the_negative_control_fails_at_other_seeds(name, seed):
    """Two frequencies that are both not learned, and a gain that is small, once left it open."""
    claim = CLAIMS[name]
    units = [unit for unit in units_of(claim, claim.default) if unit.control]
    parts = [run_unit(claim, claim.default, unit, seed) for unit in units]
    own = claim.control.sizes
    assert claim.judge(own, claim.find(own, join(claim, own, units, parts))).verdict == FAILS


def test_a_control_that_does_not_fail_leaves_its_claim_open_and_says_so():
    outcome = run_claim(small_claims.UNCONTROLLED, Sizes(), 0)
    assert (outcome.control.verdict, outcome.verdict.verdict) == (HOLDS, OPEN)
    assert outcome.verdict.reason.startswith(
        "the negative control (numbers that are too large) does not fail: it says “holds”. "
        "Without it: holds, 1 < 2"
    )


def test_a_control_uses_its_own_sizes_and_measures():
    claim = small_claims.FINE
    control = [unit for unit in units_of(claim, Sizes(cells=(0,), seeds=9)) if unit.control]
    assert control == [Unit("networks", (0,), 0, 1, 0.0, True)]
    part = run_unit(claim, Sizes(), control[0], 0)
    assert part["unit"].tolist() == [7]
    assert part["values"].min() > 5
