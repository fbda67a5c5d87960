"""The command of small_claims in a process that starts at once: forked from one that has loaded it.

It is a process like any other: its signals, limits, streams and children are its own. What depends
on how Python itself starts (its environment, its options) needs a fresh one: `commands.python`.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from unittest import mock

from tests.reference import small_claims

FORKS = "forkserver" in multiprocessing.get_all_start_methods()
LOADED = [
    "tests.reference.forked",
    "minintk.cli.reproduce",
    "minintk.report",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
]


class Forked:
    """`subprocess.Popen` of the command, with text streams, in a session of its own."""

    def __init__(self, *arguments, environment, largest_file=None):
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(LOADED)
        readers, writers = zip(context.Pipe(duplex=False), context.Pipe(duplex=False), strict=True)
        how = [str(argument) for argument in arguments], environment, writers, largest_file
        self._process = context.Process(target=_carry_out, args=how)
        place = {"PYTHONPATH": environment["PYTHONPATH"]}  # of the process that forks
        with mock.patch.dict(os.environ, place):
            self._process.start()
        for end in writers:
            end.close()
        self.pid = self._process.pid
        self.stdout, self.stderr = (
            open(os.dup(end.fileno()), encoding="utf-8")  # noqa: SIM115
            for end in readers
        )
        for end in readers:
            end.close()

    @property
    def returncode(self):
        return self._process.exitcode

    def poll(self):
        return self._process.exitcode

    def wait(self, timeout=30):
        self._process.join(timeout)
        return self._process.exitcode

    def terminate(self):
        os.kill(self.pid, signal.SIGTERM)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def communicate(self, timeout=60):
        """All that is still written. It ends only when no process is left that could write."""
        texts = {}

        def read(stream):
            with stream:
                texts[stream] = stream.read()

        threads = [
            threading.Thread(target=read, args=(stream,), daemon=True)
            for stream in (self.stdout, self.stderr)
            if not stream.closed
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout)
            if thread.is_alive():
                raise subprocess.TimeoutExpired("the command", timeout)
        self.wait(timeout)
        return texts.get(self.stdout, ""), texts.get(self.stderr, "")


def _carry_out(arguments, environment, writers, largest_file):
    os.setsid()
    for number, end in enumerate(writers, 1):
        os.dup2(end.fileno(), number)
        end.close()
    sys.stdout, sys.stderr = (
        open(number, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115
        for number in (1, 2)
    )
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # also under nohup
    os.environ.clear()
    os.environ.update(environment)
    if largest_file is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    sys.argv = ["small_claims", *arguments]
    sys.exit(small_claims._main())
