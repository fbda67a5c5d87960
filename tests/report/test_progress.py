"""The lines of progress, by a clock of the tests' own."""

import io
import types

import pytest

from minintk.report import progress
from minintk.report.results import Job
from minintk.report.runner import tasks_of
from tests.reference import small_claims

pytestmark = pytest.mark.command

# Six units of an estimated second each in one claim, in the other with its control.
JOBS = [Job(claim, claim.default, "default") for claim in (small_claims.FINE, small_claims.OTHER)]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def progress_on(stream, workers=2, jobs=JOBS):
    tasks = tasks_of(jobs)
    return progress.Progress(tasks, workers, stream), tasks


# --- by hand --------------------------------------------------------------------------------------


def test_progress_in_plain_lines():
    stream = io.StringIO()
    lines, tasks = progress_on(stream)
    lines.note("something")
    for task in tasks[:7]:
        lines.unit_done(task, 3.0 * task.unit.cost)
    assert stream.getvalue() == "something\n", "units say nothing where lines cannot be rewritten"
    lines.claim_done("fine", "holds")  # six seconds are left by estimate, three times that in truth
    lines.claim_done("another_one", "crashed")
    lines.close()
    expected = "something\nfine: holds, about 9 s left\nanother_one: crashed\n"
    assert stream.getvalue() == expected


def test_progress_begins_with_the_estimated_cost():
    stream = io.StringIO()
    progress_on(stream)[0].claim_done("fine", "crashed")
    assert stream.getvalue() == "fine: crashed, about 6 s left\n"  # 12 s of work by two


def test_progress_on_a_terminal_rewrites_one_line():
    stream = Terminal()
    lines, tasks = progress_on(stream)
    for task in tasks[:7]:
        lines.unit_done(task, task.unit.cost)
    lines.claim_done("fine", "holds")
    lines.close()
    clear = "\r\x1b[K"
    assert stream.getvalue().split(clear)[1:4] == [
        "fine: 17 %, about 6 s left",
        "fine: 33 %, about 5 s left",
        "fine: 50 %, about 4 s left",
    ]
    assert stream.getvalue().split(clear)[-3:] == [
        "fine: holds, about 3 s left\n",
        "another_one: 0 %, about 3 s left",
        "",
    ]


def test_a_claim_whose_units_were_there_before_has_its_line():
    stream = io.StringIO()
    progress.Progress([], 2, stream).claim_done("fine", "holds")
    assert stream.getvalue() == "fine: holds\n"


# --- rate -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("factors", [(1.0, 1.0), (4.0, 4.0), (0.1, 0.1), (3.0, 1.0), (0.3, 2.0)])
def test_after_a_tenth_the_time_left_is_within_a_factor_of_one_and_a_half(factors):
    # The estimates are wrong by one factor for each claim, and units scatter by 30 % about it.
    jobs = [job._replace(sizes=small_claims.Sizes(seeds=40)) for job in JOBS]
    lines, tasks = progress_on(io.StringIO(), workers=2, jobs=jobs)
    truth = [
        factors[task.job] * task.unit.cost * (1.3 if place % 2 else 0.7)
        for place, task in enumerate(tasks)
    ]
    checked = 0
    for place, task in enumerate(tasks):
        if len(tasks) / 10 < place < len(tasks) - 10:
            left = sum(truth[place:]) / 2
            assert left / 1.5 < lines.seconds_left() < 1.5 * left, place
            checked += 1
        lines.unit_done(task, truth[place])
    assert checked > 100
    assert lines.seconds_left() == 0


def test_the_number_of_an_executors_workers_is_learned(monkeypatch):
    clock = iter([0.0, 2.0])
    monkeypatch.setattr(progress, "time", types.SimpleNamespace(monotonic=lambda: next(clock)))
    lines, tasks = progress_on(io.StringIO(), workers=None, jobs=JOBS[1:])
    for task in tasks[:4]:
        lines.unit_done(task, 2.0)  # 8 s of work in 2 s: four at once
    assert lines.seconds_left() == pytest.approx(2.0), "the longest unit, though 4/4 s are left"
