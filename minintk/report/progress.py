"""Lines on stderr while the claims run: one a claim, with the time left."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TextIO

from .runner import Task


class Progress:
    """Counts the units done; on a terminal the current claim's line is rewritten in place.

    The time left is learned: for each claim the measured seconds over the estimated ones of its
    units that are done, for a claim that has not begun those of all. `workers` is None for an
    executor, whose number is learned too.
    """

    def __init__(self, tasks: Sequence[Task], workers: int | None, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._start = time.monotonic()
        self._workers = workers
        self._left: dict[str, list[float]] = {}
        for task in tasks:
            self._left.setdefault(task.claim.name, []).append(task.unit.cost)
        self._cost = {name: sum(costs) for name, costs in self._left.items()}
        self._open = list(self._left)
        self._done = dict.fromkeys(self._left, 0.0)  # estimated seconds of what is done
        self._took = dict.fromkeys(self._left, 0.0)  # measured seconds of the same

    def unit_done(self, task: Task, seconds: float) -> None:
        """One more unit is done, after so many seconds of work."""
        name = task.claim.name
        self._left[name].remove(task.unit.cost)
        self._done[name] += task.unit.cost
        self._took[name] += seconds
        self._show()

    def claim_done(self, name: str, outcome: str) -> None:
        """A claim is done: its line stays."""
        if name in self._open:  # else all its units were there before
            self._open.remove(name)
        left = f", {self._in_words()}" if self._open else ""
        self._write(f"{name}: {outcome}{left}\n")
        self._show()

    def note(self, text: str) -> None:
        """A line that stays."""
        self._write(f"{text}\n")

    def close(self) -> None:
        """Take away the line that was being rewritten."""
        if self._live:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def seconds_left(self) -> float:
        """The work that is left over the workers; no less than the longest unit that is left."""
        left = {name: self._rate(name) * sum(costs) for name, costs in self._left.items()}
        longest = max(
            (self._rate(name) * max(costs) for name, costs in self._left.items() if costs),
            default=0.0,
        )
        return max(sum(left.values()) / self._busy(), longest)

    def _rate(self, name: str) -> float:
        """Measured seconds for each estimated one, of the claim's own units if any is done."""
        if self._done[name] > 0:
            return self._took[name] / self._done[name]
        done = sum(self._done.values())
        return sum(self._took.values()) / done if done > 0 else 1.0

    def _busy(self) -> float:
        if self._workers is not None:
            return self._workers
        elapsed = time.monotonic() - self._start
        return max(1.0, sum(self._took.values()) / elapsed) if elapsed > 0 else 1.0

    def _in_words(self) -> str:
        return f"about {self.seconds_left():.0f} s left"

    def _show(self) -> None:
        if not self._live or not self._open:
            return
        name = self._open[0]
        share = self._done[name] / self._cost[name] if self._cost[name] > 0 else 0.0
        self._write(f"{name}: {100 * share:.0f} %, {self._in_words()}")

    def _write(self, text: str) -> None:
        self._stream.write(("\r\x1b[K" if self._live else "") + text)
        self._stream.flush()
