"""Findings of a claim to put changed numbers into, and its outcome at small sizes."""

import dataclasses

from minintk.claims.claim import Cell
from minintk.claims.statistics import Interval, student_interval
from tests.reference.claim_runs import run_with_control

UNKNOWN = student_interval([1.0, float("nan"), 2.0])  # of seeds that are not all finite


def changed(found, **fields):
    """The same findings but for these, which must be there."""
    assert set(fields) <= set(vars(found))
    return Cell(**{**vars(found), **fields})


def near(mean, half=0.02):
    """An interval that is so narrow on both sides."""
    return Interval(mean, mean - half, mean + half, 8)


def with_entry(values, place, value):
    """The list with one entry changed."""
    return [value if place == number else old for number, old in enumerate(values)]


def without_control(claim):
    """The claim where its control is not what is tested: the verdict can have no other cause."""
    return dataclasses.replace(claim, control=None)


_OUTCOMES = {}


def outcome(claim, sizes, seed=0):
    """The outcome of the claim with these sizes, once for all tests."""
    key = claim.name, sizes, seed
    if key not in _OUTCOMES:
        _OUTCOMES[key] = run_with_control(claim, sizes, seed)
    return _OUTCOMES[key]
