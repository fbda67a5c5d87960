"""Lines on stderr while the claims run: one a claim, with the time left."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, TextIO

from ..claims.claim import Claim, Unit


class Progress:
    """Counts the units done; on a terminal the current claim's line is rewritten in place."""

    def __init__(self, jobs: Sequence[tuple[Claim, Any]], workers: int, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._start = time.monotonic()
        self._cost = {
            claim.name: sum(unit.cost for unit in claim.units(configuration))
            for claim, configuration in jobs
        }
        self._done = dict.fromkeys(self._cost, 0.0)
        self._open = list(self._cost)
        self._workers = workers

    def unit_done(self, claim: Claim, unit: Unit) -> None:
        """One more unit of this claim is done."""
        self._done[claim.name] += unit.cost
        self._show()

    def claim_done(self, name: str, outcome: str) -> None:
        """A claim is done: its line stays."""
        self._open.remove(name)
        left = f", {self._time_left()}" if self._open else ""
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

    def _show(self) -> None:
        if not self._live or not self._open:
            return
        name = self._open[0]
        share = self._done[name] / self._cost[name]
        self._write(f"{name}: {100 * share:.0f} %, {self._time_left()}")

    def _write(self, text: str) -> None:
        self._stream.write(("\r\x1b[K" if self._live else "") + text)
        self._stream.flush()

    def _time_left(self) -> str:
        """From the rate so far, once a tenth is done; before, from the estimated cost."""
        total, done = sum(self._cost.values()), sum(self._done.values())
        if done > total / 10:
            seconds = (time.monotonic() - self._start) * (total - done) / done
        else:
            seconds = (total - done) / self._workers
        return f"about {seconds:.0f} s left"
