"""Child processes of our own for the units: none is left behind, and one that dies is replaced.

Where a child dies, the unit that it had is not known. All units in flight run again, each in a pool
of its own. A unit that ends its process again is then known, and the others are done. Where no
child could start, no unit runs again.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from multiprocessing.connection import wait as wait_for_any
from multiprocessing.synchronize import Event
from typing import Any

from .arithmetic import THREADS
from .runner import Done, Failed, Results, Task, submit, traced

__all__ = ["on_pool", "refuse_in_import"]

_GUARD = 'under `if __name__ == "__main__":`'
_NOT_STARTED = (
    "RuntimeError: no worker process could start: a script must be a file that calls run "
    f"{_GUARD}\n"
)

# Before Python starts in a child: one thread, and no module from the reader's folder. GNU's malloc
# gives arrays above 128 KiB back at once. The system then clears them anew at every step: half of
# the time of some units. Let it keep 64 MiB, and ask the system only for arrays above 32 MiB.
_MALLOC = {"MALLOC_MMAP_THRESHOLD_": str(2**25), "MALLOC_TRIM_THRESHOLD_": str(2**26)}
_ENVIRONMENT = {**dict.fromkeys(THREADS, "1"), "PYTHONSAFEPATH": "1", **_MALLOC}


def refuse_in_import() -> None:
    """Raise RuntimeError in a child that still imports the script of its parent."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):  # as Python itself asks
        raise RuntimeError(f"a worker process imports this script again: put the call {_GUARD}")


def on_pool(tasks: Sequence[Task], seed: int, workers: int) -> Results:
    """Run units on so many child processes."""
    waiting = deque(tasks)
    with _environment(_ENVIRONMENT):
        while waiting:
            suspects: list[Task] = []
            with _pool(workers) as (pool, started):
                yield from _flow(pool, waiting, suspects, seed, 2 * workers)
            if not started.is_set():
                yield from ((task, Failed(_NOT_STARTED)) for task in (*suspects, *waiting))
                return
            for task in suspects:
                yield from _alone(task, seed)


def _alone(task: Task, seed: int) -> Results:
    suspects: list[Task] = []
    with _pool(1) as (pool, _):
        yield from _flow(pool, deque([task]), suspects, seed, 1)
    if suspects:
        where = f"{task.unit.measure}, cell {task.unit.cell}, block {task.unit.block}"
        yield task, Failed(f"RuntimeError: the worker process died twice in this unit ({where})\n")


def _flow(
    pool: ProcessPoolExecutor, waiting: deque[Task], suspects: list[Task], seed: int, depth: int
) -> Results:
    """Keep `depth` units in flight. Where the pool breaks, those in flight become suspects."""
    feed = _Feed(pool, waiting, seed, depth)
    with _interrupts_held():
        feed.top_up()
    while feed.flying:
        future = feed.arrived.get()
        task = feed.flying.pop(future)
        try:
            result = traced(future)
        except BrokenExecutor:
            suspects.append(task)
        else:
            yield task, result


class _Feed:
    """Units on their way: one that arrives is replaced at once, also while a claim is judged."""

    def __init__(
        self, pool: ProcessPoolExecutor, waiting: deque[Task], seed: int, depth: int
    ) -> None:
        self.pool, self.waiting, self.seed, self.depth = pool, waiting, seed, depth
        self.flying: dict[Future[Done], Task] = {}
        self.arrived: queue.SimpleQueue[Future[Done]] = queue.SimpleQueue()
        self._running = 0
        self._lock = threading.RLock()

    def top_up(self) -> None:
        """Submit until `depth` units run; nothing where the pool is broken or shut."""
        with self._lock, contextlib.suppress(RuntimeError):  # BrokenExecutor is one
            while self.waiting and self._running < self.depth:
                future = submit(self.pool, self.waiting[0], self.seed)
                self.flying[future] = self.waiting.popleft()
                self._running += 1
                future.add_done_callback(self._arrive)

    def _arrive(self, future: Future[Done]) -> None:
        """In the pool's thread. The next is on its way before this one is told.

        In a pool that breaks, that thread may hold the lock that `submit` waits for (Python 3.13).
        """
        with self._lock:
            self._running -= 1
        if not (future.cancelled() or isinstance(future.exception(), BrokenExecutor)):
            self.top_up()
        self.arrived.put(future)


@contextlib.contextmanager
def _pool(workers: int) -> Iterator[tuple[ProcessPoolExecutor, Event]]:
    """A pool, and whether one of its children has begun to work."""
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    started = context.Event()
    pool = ProcessPoolExecutor(workers, context, initializer=_start, initargs=(started,))
    try:
        yield pool, started
    finally:
        # also on Ctrl-C: the units that still run are worth nothing now
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()
            child.join()


def _start(started: Event) -> None:
    """In a child: Ctrl-C reaches every process of a terminal, but only the parent answers it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    started.set()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that was killed can tell nobody: its end of a pipe closes, and this process ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for_any([parent.sentinel])
        os._exit(1)


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back while children start, who inherit that; the parent gets it afterwards.

    The mask alone is not enough: a thread of BLAS may take the signal. Python would then raise in
    the middle of a child's start. So it is noted too, and raised at the end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # no signal handler can be set here, and none is called here
        return
    noted: list[int] = []
    mask: Any = getattr(signal, "pthread_sigmask", lambda *_: set())  # not on Windows
    handler = signal.signal(signal.SIGINT, lambda number, _: noted.append(number))
    before = mask(getattr(signal, "SIG_BLOCK", 0), {signal.SIGINT})
    try:
        yield
    finally:
        mask(getattr(signal, "SIG_SETMASK", 2), before)
        signal.signal(signal.SIGINT, handler)
    if noted:
        raise KeyboardInterrupt


@contextlib.contextmanager
def _environment(changes: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
