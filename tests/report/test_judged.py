"""Tables of what a verdict was decided on: parts in rows, cells in columns, and what is asked."""

import math

import pytest

from minintk.claims.moving import grouped
from minintk.claims.statistics import Finding, Interval, Verdict, below, every, exact, inside
from minintk.report.judged import tables
from minintk.report.results import verdict_in_words

pytestmark = pytest.mark.command

NEAR = Interval(-0.5, -0.55, -0.45, 8)
FAR = Interval(2.0, 1.0, 3.0, 8, "95 % of the median")
LOST = Interval(math.nan, -math.inf, math.inf, 8)


def tables_of(*findings):
    return tables(verdict_in_words(Verdict("", "", findings))["findings"])


# --- by hand --------------------------------------------------------------------------------------


def test_parts_of_one_number_are_rows():
    (table,) = tables_of(exact("rounding", 2e-16, 1e-13), inside("slope", NEAR, -0.6, -0.5))
    assert table.head == ["Part", "Measured", "Asked", "Outcome"]
    assert table.rows == [
        ["rounding", "2e−16", "below 1e−13", "shown"],
        ["slope", "−0.5 [−0.55, −0.45]", "−0.6 to −0.5", "open"],
    ]
    assert table.said == "Intervals: 95 % Student."


def test_several_kinds_of_interval_have_a_column():
    (table,) = tables_of(below("a", NEAR, -0.46), below("b", FAR, 0.9), exact("c", 1.0, 2.0))
    assert [row[3:] for row in table.rows] == [
        ["open, about 5 more seeds would decide it", "95 % Student"],
        ["refuted", "95 % of the median"],
        ["shown", "none"],
    ]
    assert (table.head[-1], table.said) == ("Interval", "")


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        (Interval(1.0, 0.9994, 1.0004), "1 [0.9994, 1.0004]"),
        (Interval(0.99999, 0.99973, 1.00022), "0.99999 [0.99973, 1.0002]"),
        (Interval(1.0, 0.99, 1.01), "1 [0.99, 1.01]"),
        (Interval(0.12345, 0.12345, 0.12345), "0.123 [0.123, 0.123]"),
        (Interval(1 / 3, 1 / 3 - 1e-9, 1 / 3 + 1e-9), "0.333 [0.333, 0.333]"),
    ],
)
def test_numbers_that_differ_have_digits_enough_to_read_apart(interval, said):
    (table,) = tables_of(inside("loss", interval, 0.0, 2.0))
    assert table.rows[0][1] == said


def test_a_part_that_measured_nothing_is_said():
    (table,) = tables_of(Finding("late", None), exact("gap", 0.0, -math.inf))
    assert table.rows == [
        ["late", "nothing", "–", "open"],
        ["gap", "0", "nothing can be shown", "refuted"],
    ]


def test_parts_with_the_same_cells_stand_side_by_side_at_most_four():
    cells = [f"{y} target, antisymmetric, m = {m}" for y in ("low", "high") for m in (8, 12)]
    findings, same = [], FAR._replace(kind=NEAR.kind)
    for k in range(5):
        far = {cells[1]} if k == 0 else set()
        each = {cell: inside(cell, same if cell in far else NEAR, -0.6, -0.4) for cell in cells}
        findings += grouped(f"null at k = {k}", each)
    first, second = tables_of(*findings)
    assert first.head == ["Cell", *(f"null at k = {k} (−0.6 to −0.4)" for k in range(3))]
    assert second.head == ["Cell", *(f"null at k = {k} (−0.6 to −0.4)" for k in (3, 4))]
    assert [row[0] for row in first.rows] == cells, "in their order, though one has another outcome"
    assert first.rows[1][1:] == ["2 [1, 3], refuted", *["−0.5 [−0.55, −0.45]"] * 2]
    assert first.said == "Intervals: 95 % Student. All are shown but what is marked."


def test_another_bound_or_kind_has_a_table_or_a_head_of_its_own():
    one = every("gains at m = 16", [inside("k = 0", NEAR, -0.6, -0.4)])
    two = every("gains at m = 64", [inside("k = 0", FAR, 0.9, 1.1)])
    three = every("ratio below 0.9", [below("k = 0", LOST, 0.9)])
    first, second = tables_of(one, three, two)
    assert first.head == ["Cell", "gains at m = 16 (−0.6 to −0.4)", "ratio below 0.9"]
    assert first.rows == [["k = 0", "−0.5 [−0.55, −0.45]", "nan [−inf, inf], open"]]
    assert second.rows == [["k = 0", "2 [1, 3], open"]]
