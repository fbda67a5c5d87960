"""The page on sizes, arrays and what was measured: one line each, with its axes, and no other."""

import collections
import dataclasses

import numpy as np
import pytest

from minintk import alignment
from minintk.claims import CLAIMS
from minintk.claims.claim import arrays
from minintk.claims.moving import spread
from minintk.evolving.replays import PARTS
from tests.reference.claim_runs import tiny, tiny_outcome
from tests.reference.lists import assert_same
from tests.reference.readers import MAKE_PAGES, MEASURE_AGAIN, makers, text_of

pytestmark = pytest.mark.project

NOT_FINITE = ("inf", "-inf", "nan")  # how JSON has such a number
# Axes that are neither a size nor an entry, and how many places they have.
BY_WORDS = {
    "modes": lambda sizes: 2 * sizes.k_max + 1,
    "k = 0 … k_max": lambda sizes: sizes.k_max + 1,
    "kept steps": lambda sizes: len(spread(sizes.steps, 28)),
    "windows": lambda sizes: len(sizes.windows()),
    "start": lambda _: 1,
    "target of several": lambda _: 1,
}
ORDER = {"low": 0, "5 %": 0, "least": 0, "mean": 1, "median": 1, "high": 2, "95 %": 2, "largest": 2}


@pytest.fixture(scope="module")
def made():
    with makers("records", "results") as modules:
        yield modules


@pytest.fixture(scope="module")
def records(made):
    return made["records"]


def names_of(lines, *kinds):
    """The names in lines of these kinds, once for each line that they are in."""
    return sorted(name for line in lines if line.kind in kinds for name in line.names)


def fields_of(name):
    return [field.name for field in dataclasses.fields(CLAIMS[name].default)]


def places(axis, sizes, entries):
    """How many places an axis has, by its words."""
    if " + " in axis:
        return sum(places(part, sizes, entries) for part in axis.split(" + "))
    if ", " in axis:
        return len(axis.split(", "))
    if axis in BY_WORDS:
        return BY_WORDS[axis](sizes)
    values = getattr(sizes, axis) if hasattr(sizes, axis) else entries[axis]
    return values if isinstance(values, int) else len(values)


def wrong_arrays(name, lines):
    """What the lines of a claim say wrong of the arrays that a run writes."""
    found, sizes = tiny_outcome(name).found, tiny(name)
    written, said = arrays(found), [line for line in lines if line.kind in ("array", "both")]
    if names_of(said, "array", "both") != sorted(written):
        return [f"{name} writes {sorted(written)}, not {names_of(said, 'array', 'both')}"]
    return [
        f"{name}.{one}: {shape}, not {written[one].shape}"
        for line in said
        for one in line.names
        for shape in [tuple(places(axis, sizes, vars(found)) for axis in line.axes)]
        if shape != written[one].shape
    ]


def kinds_of(value, levels, sizes, entries):
    """What the innermost values are; a level that is not as it is said is one, too."""
    interval = isinstance(value, dict) and set(value) == {"mean", "low", "high", "interval"}
    if interval or not isinstance(value, (dict, list)):
        words = isinstance(value, str) and value not in NOT_FINITE
        kind = "interval" if interval else "words" if words else "number"
        return {f"{kind} above {levels}" if levels else kind}
    if not levels:
        return {"a level that is not named"}
    level, *rest = levels
    if level.startswith("such as "):
        right = isinstance(value, dict) and level.removeprefix("such as ") in value
    elif isinstance(value, dict):
        right = list(value) == level.split(", ")
    else:
        right = len(value) == places(level, sizes, entries)
    items = value.values() if isinstance(value, dict) else value
    inner = set().union(*(kinds_of(item, rest, sizes, entries) for item in items))
    return inner | (set() if right else {f"another level than {level}"})


def wrong_measured(name, lines, measured, values):
    """What the lines of a claim say wrong of `measured` in the record of a default run."""
    said = [line for line in lines if line.kind in ("measured", "both")]
    if names_of(said, "measured", "both") != sorted(measured):
        return [f"{name} measures {sorted(measured)}, not {names_of(said, 'measured', 'both')}"]
    problems = []
    for line in said:
        *levels, last = (*line.axes, "number") if {*line.axes}.isdisjoint(values) else line.axes
        for one in line.names:
            found = kinds_of(measured[one], levels, CLAIMS[name].default, measured)
            if found != set(last.split(" or ")):
                problems.append(f"{name}.{one}: {sorted(found)}, not {last}")
    return problems


# --- by hand --------------------------------------------------------------------------------------


def test_every_size_has_one_line(records):
    shared, used = names_of(records.common(), "size"), collections.Counter()
    assert len(shared) == len(set(shared)) > 10
    for name, lines in records.claims().items():
        own = names_of(lines, "size")
        above = records.shared(name, lines)
        assert sorted([*own, *above]) == sorted(fields_of(name)), name
        used.update(above)
    assert set(used) == set(shared)
    assert min(used.values()) > 1, used  # else its line belongs to the one claim


@pytest.mark.parametrize("name", CLAIMS)
def test_every_array_has_one_line_with_its_axes(records, name):
    assert name in records.claims(), f"tutorials/records.txt must have lines under `== {name}`"
    wrong = wrong_arrays(name, records.claims()[name])
    assert not wrong, f"tutorials/records.txt, under `== {name}`: {'; '.join(wrong)}"


@pytest.mark.parametrize("name", CLAIMS)
def test_everything_measured_has_one_line_with_its_levels(made, records, name):
    record = made["results"].record()
    assert name in record, f"{name} is not in the record: {MEASURE_AGAIN}"
    entry = record[name]
    assert entry["measured"]
    wrong = wrong_measured(name, records.claims()[name], entry["measured"], records.VALUES)
    assert not wrong, f"tutorials/records.txt, under `== {name}`: {'; '.join(wrong)}"


def test_a_full_run_measures_nothing_else(made, records):
    full = made["results"].record(made["results"].FULL)
    kept = {name: entry["measured"] for name, entry in full.items() if "measured" in entry}
    assert len(kept) > 5
    for name, measured in kept.items():
        assert set(measured) <= {*names_of(records.claims()[name], "array", "measured", "both")}


def test_the_page_has_a_section_for_each_claim_and_its_sizes_by_name():
    parts = text_of("tutorials/records.md").split("\n## ")
    heads = (part.split("\n", 1) for part in parts[1:])
    sections = {head: text for head, text in heads if " " not in head}
    assert_same(list(sections), list(CLAIMS), "tutorials/records.md, its sections", MAKE_PAGES)
    for name, section in sections.items():
        fields = {field for field in fields_of(name) if f"`{field}`" in section}
        assert_same(fields, set(fields_of(name)), f"tutorials/records.md, {name}", MAKE_PAGES)
        empty = f"`data/{name}.npz` has no arrays." in section
        assert empty == (arrays(tiny_outcome(name).found) == {}), f"records.md, {name}"
    row = "\n- `change`: *array*, `widths` × `seeds`\n\n  ‖K' − K‖_F/‖K‖_F, "
    assert row in sections["rotation"]


# --- reference ------------------------------------------------------------------------------------


def test_the_places_that_are_named_are_those_of_the_code(records):
    axes = {
        (name, one): line.axes
        for name, lines in records.claims().items()
        for line in lines
        for one in line.names
    }
    assert axes["cause", "gain"][-1] == ", ".join(PARTS)
    names = [measure.name for measure in alignment.MEASURES]
    assert axes["decomposition", "alignments"][-1] == ", ".join(names)
    gains = tiny_outcome("kernel_velocity").found.gains
    assert axes["kernel_velocity", "gains"][2] == "smooth, ends, whole"
    np.testing.assert_allclose(gains[:, :, 0] + gains[:, :, 1], gains[:, :, 2], atol=1e-5)
    for one in ("curves", "residuals", "kernels", "alignments"):
        spread = np.ptp(getattr(tiny_outcome("decomposition").found, one)[0, 0], axis=0)
        of_stage = spread.reshape(4, -1).max(axis=1)
        assert axes["decomposition", one][3] == "infinite width, frozen, mean-field, evolving"
        assert ((of_stage > 0) == [False, True, False, True]).all(), one


def test_low_middle_and_high_are_in_the_order_of_their_names(records):
    seen = 0
    for name, lines in records.claims().items():
        for line in lines:
            for place, axis in enumerate(line.axes):
                ranks = [ORDER.get(word, 9) for word in axis.split(", ")]
                if line.kind == "array" and len(ranks) > 1 and max(ranks) < 9:
                    for one in line.names:
                        values = getattr(tiny_outcome(name).found, one)
                        steps = np.diff(np.take(values, np.argsort(ranks), axis=place), axis=place)
                        assert (np.isnan(steps) | (steps >= 0)).all(), (name, one)
                        assert (steps > 0).any(), (name, one)
                        seen += 1
    assert seen > 8


# --- argument checks ------------------------------------------------------------------------------


def changed(lines, name, **fields):
    """The lines with another one for a name; without it, if no field is given."""
    new = [line._replace(**fields) if name in line.names else line for line in lines]
    return new if fields else [line for line in new if name not in line.names]


@pytest.mark.parametrize(
    ("name", "fields", "words"),
    [
        ("change", {}, "rotation writes ['change', 'circulant_distance'], not ['circulant_d"),
        ("change", {"names": ("change", "motion")}, "not ['change', 'circulant_distance', 'motion"),
        ("change", {"axes": ("widths",)}, "rotation.change: (3,), not (3, 4)"),
        ("change", {"axes": ("seeds", "widths")}, "rotation.change: (4, 3), not (3, 4)"),
    ],
)
def test_a_wrong_line_on_an_array_is_seen(records, name, fields, words):
    (problem,) = wrong_arrays("rotation", changed(records.claims()["rotation"], name, **fields))
    assert words in problem


@pytest.mark.parametrize(
    ("name", "fields", "words"),
    [
        ("slopes", {}, "width measures ['constants', "),
        ("slopes", {"names": ("slopes", "slope")}, "width measures ['constants', "),
        ("slopes", {"axes": ("signs, antisymmetric, normal",)}, "['interval'], not number"),
        ("slopes", {"axes": ("signs, normal, antisymmetric", "interval")}, "another level than si"),
        ("slopes", {"axes": ("such as sign", "interval")}, "another level than such as sign"),
        ("slopes", {"axes": ("interval",)}, "a level that is not named"),
        ("for_a_tenth", {"axes": ("signs, antisymmetric, normal", "widths")}, "number above"),
        ("predicted_by_k", {"axes": ("widths",)}, "another level than widths"),
    ],
)
def test_a_wrong_line_on_what_was_measured_is_seen(made, records, name, fields, words):
    lines = changed(records.claims()["width"], name, **fields)
    measured = made["results"].record()["width"]["measured"]
    (problem,) = wrong_measured("width", lines, measured, records.VALUES)
    assert words in problem


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("size rotations: ", "size rotation: ", "a line on the size rotations of rotation"),
        ("size rotations: ", "sizes rotations: ", "must have lines KIND NAME .* 'sizes rotations"),
        ("== rotation", "== rotated", "must have the claims of minintk, in their order"),
    ],
)
def test_a_text_without_what_the_page_needs_is_rejected(
    records, tmp_path, monkeypatch, before, after, words
):
    text = text_of("tutorials/records.txt")
    assert before in text
    (tmp_path / "records.txt").write_text(text.replace(before, after, 1), encoding="utf-8")
    known = {name: CLAIMS[name] for name in records.claims() if name in CLAIMS}
    monkeypatch.setattr(records, "CLAIMS", known)  # a claim without lines is told elsewhere
    monkeypatch.setattr(records, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=words):
        records.page()
