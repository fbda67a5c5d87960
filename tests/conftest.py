"""Repeatable hypothesis runs without a clock; and one finished run of the command for all tests."""

import contextlib
import gc
import importlib.util
import os
import shutil
import signal
import sys

# Before NumPy is loaded: many small products, which two threads of BLAS only slow down.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest

from minintk.report import book
from minintk.report import reproduce as reproduction
from tests.reference.commands import NAMES, all_started, command, drawn_once, ended, on_no_pool
from tests.reference.kept import own_folder

# pytest rewrites the asserts of its plugins: those of hypothesis take a second, and tell nothing.
_rewriting = [finder for finder in sys.meta_path if hasattr(finder, "mark_rewrite")]
sys.meta_path[:] = [finder for finder in sys.meta_path if finder not in _rewriting]
try:
    from hypothesis import given, settings, strategies
finally:
    sys.meta_path[:0] = _rewriting

pytest_plugins = ["tests.reference.two_processes"]

settings.register_profile("minintk", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("minintk")


STARTED = pytest.StashKey()


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session):
    """Before all else: hypothesis looks once who holds its generator, among all objects."""
    given(strategies.none())(lambda _: None)()
    config = session.config
    if config.args == config.getini("testpaths") and not config.option.collectonly:
        config.stash[STARTED] = Started()  # all tests: some will need it
    gc.disable()  # until all is collected, which leaves no garbage


def pytest_unconfigure(config):
    if STARTED in config.stash:
        config.stash[STARTED].end()


def pytest_collection_finish():
    """What is collected stays to the end: no later search for garbage need look through it."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _children_do_not_load_pytest():
    """A spawned child runs the main program's file again: here that is pytest, which none needs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["__main__"], "__spec__", None)
        patch.delattr(sys.modules["__main__"], "__file__", raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def _started(request):
    if STARTED in request.config.stash:
        yield request.config.stash[STARTED]
        return
    started = Started(
        any("finished" in getattr(i, "fixturenames", ()) for i in request.session.items)
    )
    yield started
    started.end()


class Started:
    """What goes on beside the collection or the first tests: one run of the command.

    Where Python was told to keep no compiled modules, children keep theirs until the end.
    """

    def __init__(self, run=True):
        self._owner, self._place = os.getpid(), own_folder()
        self.folder, self._kept = self._place / "new" / "results", contextlib.ExitStack()
        if sys.dont_write_bytecode:
            self._kept.enter_context(_compiled_modules_are_kept(str(self._place / "compiled")))
        if run:
            call = command(self.folder, "--claims", ",".join(NAMES), "--workers", "2")
            self.run = self._kept.enter_context(all_started({"run": (call, {})}))["run"]

    def end(self):
        if os.getpid() == self._owner:  # and not a fork
            self._kept.close()


@contextlib.contextmanager
def _compiled_modules_are_kept(place):
    with pytest.MonkeyPatch.context() as patch:
        with pytest.MonkeyPatch.context() as here:
            here.setattr(sys, "pycache_prefix", place)
            _link_what_is_compiled()
        patch.setenv("PYTHONPYCACHEPREFIX", place)
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield


def _link_what_is_compiled():
    """Installed packages are compiled beside their source: no child need do it again."""
    made = set()
    for module in list(sys.modules.values()):
        cached = getattr(getattr(module, "__spec__", None), "cached", None)
        if not (cached and os.path.exists(cached)):
            continue
        target = importlib.util.cache_from_source(module.__spec__.origin)
        if target not in made:  # one module may have two names
            made.add(target)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            try:
                os.symlink(cached, target)
            except OSError:  # a system that makes no links for everyone
                shutil.copyfile(cached, target)


@pytest.fixture(scope="session", autouse=True)
def _figures_are_drawn_once():
    """Runs in this process draw the same figure of the same claim, sizes and numbers once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(book, "figure_bytes", drawn_once(book.figure_bytes))
        yield


@pytest.fixture(scope="session")
def finished(_started):
    return _started.folder, ended(_started.run)


@pytest.fixture
def folder(finished, tmp_path):
    """A copy of the finished run, to do something to."""
    return shutil.copytree(finished[0], tmp_path / "results")


@pytest.fixture
def _keep_the_handler_of_sigterm():
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def _units_here(monkeypatch):
    """Units in this process, where the pool of child processes is not what is tested."""
    monkeypatch.setattr(reproduction, "on_pool", on_no_pool)


@pytest.fixture(scope="session")
def kept_process():
    """A process that does what the command starts one process a file for."""
    from tests.course.runner import KeptProcess

    process = KeptProcess()
    yield process
    process.end()


@pytest.fixture
def in_forks(request, monkeypatch, kept_process):
    """Grade in forks of one process, which is kept for all tests.

    A test with the mark `command` has processes as they are, but where it calls the command here.
    """
    from minintk.course.answers import program

    as_they_are = request.node.get_closest_marker("command") is not None
    if "capsys" in request.fixturenames or not as_they_are:
        monkeypatch.setattr(program, "_run_process", kept_process.run)
