"""What several files of tests of the course set up."""

import os

import pytest

from minintk.course.answers import program
from tests.course.runner import forked_here


@pytest.fixture
def in_forks(request, monkeypatch):
    """Grade in forks of this process, for programs that do nothing but compute, raise or loop.

    A test with the mark `command` has processes as they are.
    """
    if hasattr(os, "fork") and request.node.get_closest_marker("command") is None:
        monkeypatch.setattr(program, "_run_process", forked_here)
