"""The sizes of a run: the claims' own, and those that a reader sets."""

import dataclasses

import pytest

from minintk.claims import CLAIMS
from minintk.report import sizes
from tests.reference import small_claims
from tests.reference.small_claims import FINE, OTHER, Sizes

pytestmark = pytest.mark.command


# --- by hand --------------------------------------------------------------------------------------


def test_the_claims_of_the_study_come_first():
    jobs = sizes.jobs_of([OTHER, FINE], "quick")
    assert jobs == [(FINE, FINE.quick, "quick"), (OTHER, OTHER.quick, "quick")]


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ("cells=5", "cells", (5,)),
        ("cells=5,", "cells", (5,)),
        ("cells=16, 64,256", "cells", (16, 64, 256)),
        ("factor=1e-3", "factor", 1e-3),
        ("factor=2", "factor", 2.0),
        ("fair=False", "fair", False),
        ("fair=true", "fair", True),
        ("law=a=b.c", "law", "a=b.c"),
        ("seeds=7", "seeds", 7),
    ],
)
def test_a_change_of_one_field(change, field, value):
    (one, other) = sizes.jobs_of([FINE, OTHER], "quick", [f"fine.{change}"])
    assert one == (FINE, dataclasses.replace(FINE.quick, **{field: value}), "own")
    assert type(getattr(one.sizes, field)) is type(value)
    assert other.size == "quick"


def test_changes_add_up():
    (job,) = sizes.jobs_of([FINE], "default", ["fine.seeds=5", "fine.cells=1,2", "fine.seeds=6"])
    assert job.sizes == Sizes(cells=(1, 2), seeds=6)


def test_the_listing_has_every_claim_with_its_sizes_and_its_rough_time():
    lines = sizes.listing([FINE, OTHER]).splitlines()
    assert lines[:3] == [
        "fine: That fine <b>holds</b>.",
        "    quick,   about 6 s of work in 7 units, the longest about 1 s: cells=0,1,2 factor=2.0 "
        "fair=true law=uniform seeds=2 block=1",
        "    default, about 6 s of work in 7 units, the longest about 1 s: cells=0,1,2 factor=1.0 "
        "fair=true law=uniform seeds=2 block=1",
    ]
    long = dataclasses.replace(FINE, full=Sizes(seeds=1000))
    assert "full,    about 50 min of work" in sizes.listing([long])


@pytest.mark.parametrize("name", CLAIMS)
def test_every_field_of_every_claim_can_be_set_to_what_it_is(name):
    claim = CLAIMS[name]
    for part in sizes._in_words(claim.quick).split():
        (job,) = sizes.jobs_of([claim], "quick", [f"{name}.{part}"])
        assert job.sizes == claim.quick


def test_what_is_said_of_the_size():
    entries = [{"name": "a", "size": "quick"}, {"name": "b", "size": "own"}]
    assert sizes.size_in_words([], "default") == "default"
    assert sizes.size_in_words(entries, "quick").startswith("quick (a smoke run")
    assert sizes.size_in_words(entries, "quick").endswith("; b: own (set by the reader)")


# --- argument checks ------------------------------------------------------------------------------

FIELDS = "fine has cells=0,1,2 factor=2.0 fair=true law=uniform seeds=2 block=1"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("fine.cell=5", "no field 'cell': did you mean cells? " + FIELDS),
        ("fine.neurons=5", "no field 'neurons'; " + FIELDS),
        ("fine.cells", "must be CLAIM.FIELD=VALUE; " + FIELDS),
        ("fine", "must be CLAIM.FIELD=VALUE; " + FIELDS),
        ("", "must be CLAIM.FIELD=VALUE"),
        ("fin.cells=5", "must begin with a claim of this run: fine, another_one"),
        ("fine.cells=", "'' must be values between commas; " + FIELDS),
        ("fine.cells=1,,2", "must be values between commas"),
        ("fine.cells=1.5", "'1.5' must be a whole number from 0"),
        ("fine.cells=-1", "'-1' must be a whole number"),
        ("fine.seeds=²", "'²' must be a whole number"),
        ("fine.seeds=" + "9" * 5000, "must be a whole number"),
        ("fine.seeds=0", "fine has nothing to measure at these sizes; fine has cells"),
        ("fine.block=0", "fine cannot run at these sizes (ZeroDivisionError"),
        ("fine.factor=nan", "'nan' must be a finite number"),
        ("fine.factor=x", "'x' must be a finite number"),
        ("fine.fair=1", "'1' must be true or false"),
    ],
)
def test_a_change_that_cannot_be_made_lists_the_fields(change, words):
    with pytest.raises(sizes.SizeError, match=r".") as error:
        sizes.jobs_of([small_claims.FINE, OTHER], "quick", [change])
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_another_size_is_rejected():
    with pytest.raises(sizes.SizeError, match="must be one of quick, default, full, got 'small'"):
        sizes.jobs_of([FINE], "small")
