"""Three claims on a real Dask cluster, one of whose workers is killed half-way: the same bits.

Run it where minintk and distributed are installed: it starts a scheduler and two workers on the
loopback address, and prints how long each run took.
"""

import contextlib
import io
import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Executor
from pathlib import Path

import numpy as np
from dask.distributed import Client

from minintk import cli, report
from minintk.claims import CLAIMS

NAMES = list(CLAIMS)[:3]
SIZES = ["--quick", "--claims", ",".join(NAMES)]
PROGRAM = [sys.executable, "-m", "dask"]


def worker(address):
    options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
    return subprocess.Popen([*PROGRAM, "worker", address, *options], stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def cluster(folder):
    """The address of a scheduler, and its two workers."""
    file = folder / "scheduler.json"
    options = [
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--no-dashboard",
        "--scheduler-file",
        str(file),
    ]
    scheduler = subprocess.Popen([*PROGRAM, "scheduler", *options], stderr=subprocess.DEVNULL)
    workers = []
    try:
        while not file.exists():
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        workers += [worker(address), worker(address)]
        with Client(address) as client:
            client.wait_for_workers(2, timeout=60)
        yield address, workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


class Killing(Executor):
    """An executor that kills a process of its cluster when half of the units are done."""

    def __init__(self, inner, process, units):
        self.inner, self.process, self.left = inner, process, units // 2

    def submit(self, function, /, *arguments, **keywords):
        future = self.inner.submit(function, *arguments, **keywords)
        future.add_done_callback(self._count)
        return future

    def _count(self, _):
        self.left -= 1
        if self.left == 0:
            self.process.kill()


def timed(words, run):
    start = time.perf_counter()
    run()
    print(f"{words}: {time.perf_counter() - start:.1f} s", flush=True)


def command(out, *arguments):
    with contextlib.redirect_stdout(io.StringIO()):
        status = cli.main(["reproduce", "--out", str(out), *SIZES, *arguments])
    assert status == 0, status


def killing(out, address, process):
    units = sum(1 for _ in (out.parent / "shard" / "units").rglob("*.unit"))
    with Client(address) as client:
        executor = Killing(client.get_executor(), process, units)
        report.run(out, NAMES, size="quick", executor=executor)
    assert executor.left < 0, "the worker was not killed"
    assert process.wait(timeout=60) != 0


def the_same(one, other):
    """The arrays bit by bit, and all else that was found."""
    entries = [json.loads((out / "claims.json").read_text())["claims"] for out in (one, other)]
    for mine, theirs in zip(*entries, strict=True):
        for key in ("name", "measured", "verdict", "reason", "control", "later"):
            assert mine[key] == theirs[key], (mine["name"], key)
        with (
            np.load(one / "data" / f"{mine['name']}.npz") as here,
            np.load(other / "data" / f"{mine['name']}.npz") as there,
        ):
            assert here.files == there.files
            for key in here.files:
                assert here[key].tobytes() == there[key].tobytes(), (mine["name"], key)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        timed("one worker here", lambda: command(folder / "one", "--workers", "1"))
        timed("two workers here", lambda: command(folder / "local", "--workers", "2"))
        timed("the only shard", lambda: command(folder / "shard", "--shard", "1/1"))
        with cluster(folder) as (address, workers):
            timed("two Dask workers", lambda: command(folder / "dask", "--dask", address))
            timed(
                "two Dask workers, one killed half-way",
                lambda: killing(folder / "killed", address, workers[0]),
            )
            timed("one Dask worker", lambda: command(folder / "last", "--dask", address))
        for other in ("one", "dask", "killed", "last"):
            the_same(folder / "local", folder / other)
    print(f"the same bits in {', '.join(NAMES)}")


if __name__ == "__main__":
    main()
