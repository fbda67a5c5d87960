"""The lines of progress, by a clock of the tests' own."""

import io

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


class Clock:
    """Seconds that a test sets."""

    now = 0.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def progress_on(stream, workers=2, jobs=JOBS):
    tasks = tasks_of(jobs)
    return progress.Progress(tasks, workers, stream), tasks


def run_on(lines, clock, tasks, seconds, workers=1):
    """Units that are done one after the other, each in so many seconds of one of the workers."""
    for task, took in zip(tasks, seconds, strict=True):
        clock.now += took / workers
        lines.unit_done(task, took)


# --- by hand --------------------------------------------------------------------------------------


def test_progress_in_plain_lines(clock):
    stream = io.StringIO()
    lines, tasks = progress_on(stream, workers=1)
    lines.note("something")
    fine = [task for task in tasks if task.claim.name == "fine"]
    run_on(lines, clock, fine, [3.0 * task.unit.cost for task in fine])
    assert stream.getvalue() == "something\n", "units say nothing where lines cannot be rewritten"
    lines.claim_done("fine", "holds")  # six seconds are left by estimate, three times that in truth
    lines.claim_done("another_one", "crashed")
    lines.close()
    expected = "something\nfine: holds, about 18 s left\nanother_one: crashed\n"
    assert stream.getvalue() == expected


def test_progress_begins_with_the_estimated_cost():
    stream = io.StringIO()
    progress_on(stream)[0].claim_done("fine", "crashed")
    assert stream.getvalue() == "fine: crashed, about 6 s left\n"  # 12 s of work by two


def test_progress_on_a_terminal_rewrites_one_line(clock):
    stream = Terminal()
    lines, tasks = progress_on(stream, workers=1)
    fine = [task for task in tasks if task.claim.name == "fine"]
    run_on(lines, clock, fine, [task.unit.cost for task in fine])
    lines.claim_done("fine", "holds")
    lines.close()
    clear = "\r\x1b[K"
    assert stream.getvalue().split(clear)[1:4] == [
        "fine: 17 %, about 11 s left",
        "fine: 33 %, about 10 s left",
        "fine: 50 %, about 9 s left",
    ]
    assert stream.getvalue().split(clear)[-3:] == [
        "fine: holds, about 6 s left\n",
        "another_one: 0 %, about 6 s left",
        "",
    ]


def test_a_few_seconds_are_not_counted(clock):
    stream = io.StringIO()
    lines, tasks = progress_on(stream, workers=1)
    run_on(lines, clock, tasks[:-4], [task.unit.cost for task in tasks[:-4]])
    assert 0 < lines.seconds_left() < 5
    lines.claim_done("fine", "holds")
    assert stream.getvalue() == "fine: holds, a few seconds left\n"


def test_a_claim_whose_units_were_there_before_has_its_line():
    stream = io.StringIO()
    progress.Progress([], 2, stream).claim_done("fine", "holds")
    assert stream.getvalue() == "fine: holds\n"


# --- rate -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("factors", [(1.0, 1.0), (4.0, 4.0), (0.1, 0.1), (3.0, 1.0), (0.3, 2.0)])
def test_after_a_tenth_the_time_left_is_within_a_factor_of_one_and_a_half(factors, clock):
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
        run_on(lines, clock, [task], [truth[place]], workers=2)
    assert checked > 100
    assert lines.seconds_left() == 0


@pytest.mark.parametrize("workers", [None, 9])
def test_how_many_units_run_at_once_is_learned(workers, clock):
    many = [job._replace(sizes=small_claims.Sizes(seeds=40)) for job in JOBS[1:]]
    lines, tasks = progress_on(io.StringIO(), workers=workers, jobs=many)
    for task in tasks[:60]:
        clock.now += 0.5
        lines.unit_done(task, 2.0)  # 2 s of work in every half second: four at once
    assert lines.seconds_left() == pytest.approx(30.0, rel=0.06)
