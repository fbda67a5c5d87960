"""A pytest plugin: many tests run in two processes, one for each core of a small machine.

Both have collected the same tests, for the second is forked from the first. A file of tests runs
in the process that takes its number out of a pipe. What the second finds, the first reports as its
own: counts, failures and the exit code are those of one run.
"""

import base64
import os
import pickle
import signal
import sys
import tempfile

import pytest

ENOUGH = 1000  # tests; below it a second process gains little
DIED = "the second process of tests ended with {} before its tests were done"


def pytest_addoption(parser):
    parser.addoption(
        "--processes",
        type=int,
        choices=(1, 2),
        help=f"how many processes run the tests (default: two on Linux, from {ENOUGH} tests on)",
    )


def _wanted(config, count):
    if config.option.collectonly or config.getoption("usepdb"):
        return 1
    if config.option.processes is not None:
        return config.option.processes
    return 2 if sys.platform == "linux" and os.cpu_count() > 1 and count >= ENOUGH else 1


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    if session.testsfailed or _wanted(session.config, len(session.items)) == 1:
        return None  # as pytest itself does it
    files = {}  # the tests of each
    for item in session.items:
        files.setdefault(item.nodeid.split("::")[0], []).append(item)
    files = list(files.values())
    # The run of the command that several files look at is made once, by the first process.
    kept = [number for number, items in enumerate(files) if _look_at_one_run(items)]
    shared = [number for number in range(len(files)) if number not in kept]
    reader, writer = os.pipe()
    for number in shared:
        os.write(writer, number.to_bytes(2, "big"))
    os.close(writer)
    with tempfile.TemporaryFile() as reports:
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child == 0:
            _tell_only(session.config, reports)
            session.items = [item for number in shared for item in files[number]]
            _run(session, (files[number] for number in _taken(reader)))
            return True
        retold = Retold(session.config, reports)
        try:
            _run(session, _in_order(files, kept, shared, reader), after_each=retold.new)
        except BaseException as error:
            for _ in _taken(reader):  # what is left in the pipe is run by nobody
                pass
            if not isinstance(error, KeyboardInterrupt):  # Ctrl-C reaches both
                os.kill(child, signal.SIGINT)
            os.waitpid(child, 0)
            raise
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        retold.new()
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            session.shouldfail = DIED.format(code)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
    return True


def _look_at_one_run(items):
    return any("finished" in getattr(item, "fixturenames", ()) for item in items)


def _taken(reader):
    """Numbers from the pipe, until none is left: each is read by one process alone."""
    while number := os.read(reader, 2):
        yield int.from_bytes(number, "big")


def _in_order(files, kept, shared, reader):
    """What the first process runs: its own files in the middle, when their run has long ended."""
    kept = list(kept)
    for number in _taken(reader):
        yield files[number]
        if number >= shared[len(shared) // 2]:
            while kept:
                yield files[kept.pop(0)]
    for number in kept:
        yield files[number]


def _run(session, files, after_each=lambda: None):
    """The loop of pytest, over tests that are known one file ahead."""
    items = (item for file in files for item in file)
    item = next(items, None)
    while item is not None:
        following = next(items, None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        after_each()
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = following


def _tell_only(config, reports):
    """In the second process: reports go to the first, which alone prints and writes files."""
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.stop_global_capturing()  # its file is that of the first process
    capture.start_global_capturing()
    for name in ("terminalreporter", "lfplugin", "nfplugin", "stepwiseplugin", "junitxml"):
        plugin = config.pluginmanager.getplugin(name)
        if plugin is not None:
            config.pluginmanager.unregister(plugin)
    config.pluginmanager.register(Telling(config, reports))


class Telling:
    """Writes each report as a line, which the first process reads."""

    def __init__(self, config, reports):
        self._config, self._reports = config, reports

    def pytest_runtest_logreport(self, report):
        hook = self._config.hook.pytest_report_to_serializable
        data = hook(config=self._config, report=report)
        self._reports.write(base64.b64encode(pickle.dumps(data)) + b"\n")
        self._reports.flush()


class Retold:
    """Reports of the second process, given to the plugins of the first."""

    def __init__(self, config, reports):
        self._config, self._file = config, reports.fileno()
        self._place, self._rest = 0, b""

    def new(self):
        size = os.fstat(self._file).st_size
        # The two processes share the place in the file, so it is read without moving there.
        text = self._rest + os.pread(self._file, size - self._place, self._place)
        self._place = size
        *lines, self._rest = text.split(b"\n")
        hook = self._config.hook
        for line in lines:
            data = pickle.loads(base64.b64decode(line))
            report = hook.pytest_report_from_serializable(config=self._config, data=data)
            if report.when == "setup":
                hook.pytest_runtest_logstart(nodeid=report.nodeid, location=report.location)
            hook.pytest_runtest_logreport(report=report)
            if report.when == "teardown":
                hook.pytest_runtest_logfinish(nodeid=report.nodeid, location=report.location)
