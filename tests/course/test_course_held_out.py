"""Mistakes that the catalogue's author had not seen: the share diagnosed rightly, none falsely."""

import pytest

from minintk.course import check
from minintk.course.grading import SLIPS, VAGUE, is_vague
from tests.course import (
    course_runner,
    held_out_formulas,
    held_out_programs,
    held_out_readings,
    held_out_second,
    held_out_third,
)

pytestmark = pytest.mark.course

FORMULAS = {
    "first": held_out_formulas.HELD_OUT,
    "second": held_out_second.FORMULAS,
    "third": held_out_third.FORMULAS,
}
PROGRAMS = {
    "first": held_out_programs.HELD_OUT,
    "second": held_out_second.PROGRAMS,
    "third": held_out_third.PROGRAMS[:-1],  # the last one leaves the process
}
# The third list has two slips in most entries.
LEAST = {"first": 0.95, "second": 0.95, "third": 0.85}


def program_diagnosis(exercise, old, new):
    source = course_runner.changed_solution(exercise, old, new)
    verdict = course_runner.verdict_of(source, exercise)
    found = verdict.mistake
    if is_vague(verdict):
        kind, _ = course_runner.slip_of(source, exercise)
        found = SLIPS.get(kind, kind) if kind else found
    return found


def hold(found, readings, name):
    """Every diagnosis is a true one or none, and nearly all are one."""
    false = [
        (case, diagnosis)
        for expected, case, diagnosis in found
        if diagnosis not in (*expected.split("|"), readings.get(case), *VAGUE)
    ]
    right = sum(
        diagnosis in (*expected.split("|"), readings.get(case))
        for expected, case, diagnosis in found
    )
    assert len(found) >= 19
    assert not false, f"{name} list: {false}"
    assert right >= LEAST[name] * len(found), f"{name} list: {right} of {len(found)}"


@pytest.mark.parametrize("name", FORMULAS)
def test_formulas(name):
    found = [
        (expected, (quantity, formula), check(quantity, formula, **options).diagnosis)
        for expected, quantity, formula, options in FORMULAS[name]
    ]
    hold(found, held_out_readings.FORMULAS, name)


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    found = [
        (expected, (exercise, new), program_diagnosis(exercise, old, new))
        for expected, exercise, old, new in PROGRAMS[name]
    ]
    hold(found, held_out_readings.PROGRAMS, name)
