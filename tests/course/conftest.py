"""What several files of tests of the course set up."""

import pytest

from minintk.course.answers import program
from tests.course.runner import KeptProcess


@pytest.fixture(scope="session")
def kept_process():
    """A process that does what the command starts one process a file for."""
    process = KeptProcess()
    yield process
    process.end()


@pytest.fixture
def in_forks(request, monkeypatch, kept_process):
    """Grade in forks of one process, which is kept for all tests.

    A test with the mark `command` has processes as they are.
    """
    if request.node.get_closest_marker("command") is None:
        monkeypatch.setattr(program, "_run_process", kept_process.run)
