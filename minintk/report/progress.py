"""Lines on stderr while the claims run: one a claim, with the time left."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TextIO

from .runner import Task

FEW = 5.0  # below so many seconds the time that is left is not counted

Kind = tuple[str, tuple[str, bool]]  # a claim, and which of its measures


def _kind(task: Task) -> Kind:
    return task.claim.name, (task.unit.measure, task.unit.control)


class Progress:
    """Counts the units done; on a terminal the current claim's line is rewritten in place.

    The time left is estimated from the units that are done, as measured over estimated seconds.
    They are those of each measure of a claim, and where none is done, of the claim, or of all. How
    many units run at once is estimated, too: at most `workers`, which is None for an executor.
    """

    def __init__(self, tasks: Sequence[Task], workers: int | None, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._start: float | None = None
        self._workers = workers
        self._left: dict[Kind, list[float]] = {}
        for task in tasks:
            self._left.setdefault(_kind(task), []).append(task.unit.cost)
        self._total = {kind: sum(costs) for kind, costs in self._left.items()}
        self._took = dict.fromkeys(self._left, 0.0)  # measured seconds of what is done
        self._open = list(dict.fromkeys(name for name, _ in self._left))

    def unit_done(self, task: Task, seconds: float) -> None:
        """One more unit is done, after so many seconds of work."""
        if self._start is None:
            self._start = time.monotonic() - seconds
        self._left[_kind(task)].remove(task.unit.cost)
        self._took[_kind(task)] += seconds
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
        rates = {kind: self._rate(kind) for kind, costs in self._left.items() if costs}
        work = sum(rate * sum(self._left[kind]) for kind, rate in rates.items())
        longest = max((rate * max(self._left[kind]) for kind, rate in rates.items()), default=0.0)
        return max(work / self._at_once(), longest)

    def _rate(self, kind: Kind) -> float:
        """Measured seconds for each estimated one, of the units that are nearest in kind."""
        claim = [other for other in self._left if other[0] == kind[0]]
        for kinds in ([kind], claim, list(self._left)):
            done = sum(self._total[one] - sum(self._left[one]) for one in kinds)
            if done > 1e-9:
                return sum(self._took[one] for one in kinds) / done
        return 1.0

    def _at_once(self) -> float:
        """How many units run at the same time: the work of those that are done, over the time.

        Before a tenth is done, the units that still run hide it: then as many as there are workers.
        """
        total = sum(self._total.values())
        early = total - sum(map(sum, self._left.values())) < total / 10
        if self._workers is not None and (early or self._start is None):
            return self._workers
        elapsed = 0.0 if self._start is None else time.monotonic() - self._start
        learned = sum(self._took.values()) / elapsed if elapsed > 0 else 1.0
        return max(1.0, min(learned, self._workers or learned))

    def _in_words(self) -> str:
        seconds = self.seconds_left()
        return f"about {seconds:.0f} s left" if seconds >= FEW else "a few seconds left"

    def _show(self) -> None:
        if not self._live or not self._open:
            return
        name = self._open[0]
        total = sum(total for kind, total in self._total.items() if kind[0] == name)
        left = sum(sum(costs) for kind, costs in self._left.items() if kind[0] == name)
        share = 1 - left / total if total > 0 else 0.0
        self._write(f"{name}: {100 * share:.0f} %, {self._in_words()}")

    def _write(self, text: str) -> None:
        self._stream.write(("\r\x1b[K" if self._live else "") + text)
        self._stream.flush()
