"""The lines of progress, by a clock of the tests' own."""

import io
import itertools
import types

import pytest

from minintk.report import progress
from tests.reference import small_claims

pytestmark = pytest.mark.command


class Terminal(io.StringIO):
    def isatty(self):
        return True


def progress_on(stream, clock, monkeypatch):
    """Progress of two claims of three units, 2 s each, on two workers, by a clock of our own."""
    monkeypatch.setattr(progress, "time", types.SimpleNamespace(monotonic=lambda: next(clock)))
    jobs = [(claim, claim.default) for claim in (small_claims.FINE, small_claims.OTHER)]
    return progress.Progress(jobs, 2, stream)


# --- by hand --------------------------------------------------------------------------------------


def test_progress_in_plain_lines(monkeypatch):
    stream = io.StringIO()
    lines = progress_on(stream, iter([0.0, 9.0, 11.0]), monkeypatch)
    lines.note("something")
    for unit in small_claims.units(small_claims.FINE.default):
        lines.unit_done(small_claims.FINE, unit)
    assert stream.getvalue() == "something\n", "units say nothing where lines cannot be rewritten"
    lines.claim_done("fine", "holds")  # half is done after 9 s
    lines.claim_done("another_one", "crashed")
    lines.close()
    expected = "something\nfine: holds, about 9 s left\nanother_one: crashed\n"
    assert stream.getvalue() == expected


def test_progress_begins_with_the_estimated_cost(monkeypatch):
    stream = io.StringIO()
    progress_on(stream, itertools.count(), monkeypatch).claim_done("fine", "crashed")
    assert stream.getvalue() == "fine: crashed, about 6 s left\n"  # 12 s of work by two


def test_progress_on_a_terminal_rewrites_one_line(monkeypatch):
    stream = Terminal()
    lines = progress_on(stream, iter([0.0, 1.0, 2.0, 3.0, 3.0, 3.0]), monkeypatch)
    first, second, third = small_claims.units(small_claims.FINE.default)
    lines.unit_done(small_claims.FINE, first)
    lines.unit_done(small_claims.FINE, second)
    lines.unit_done(small_claims.FINE, third)
    lines.claim_done("fine", "holds")
    lines.close()
    clear = "\r\x1b[K"
    assert stream.getvalue().split(clear) == [
        "",
        "fine: 33 %, about 5 s left",
        "fine: 67 %, about 4 s left",
        "fine: 100 %, about 3 s left",
        "fine: holds, about 3 s left\n",
        "another_one: 0 %, about 3 s left",
        "",
    ]
