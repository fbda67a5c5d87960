"""Units of work as files under units/: what shards write, and a plain run merges.

A unit's file has one line of JSON, then the arrays as .npz. The line has the digest of all else in
the file, the seconds, the arithmetic and the code. Its folder is named after the claim and the
fingerprint of all that the result depends on. So shards of other sizes and seeds are never mixed.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .files import digest, write_whole
from .results import Job, fingerprint
from .runner import Done, Task

__all__ = ["Shelf", "dealt"]


def dealt(tasks: Sequence[Task], number: int, count: int) -> list[Task]:
    """The tasks of shard `number` of `count`: the longest are dealt first, one to each."""
    return sorted(tasks, key=lambda task: -task.unit.cost)[number - 1 :: count]


class Shelf:
    """The unit files of some jobs in one folder."""

    def __init__(self, folder: Path, jobs: Sequence[Job], seed: int) -> None:
        self._folder = folder
        self._places = [
            f"units/{job.claim.name}-{fingerprint(job.claim, job.sizes, seed)}" for job in jobs
        ]

    def path(self, task: Task) -> Path:
        """Where a task's file is."""
        return self._folder / self._places[task.job] / f"{task.place:05}.unit"

    def write(self, task: Task, done: Done) -> None:
        """Write what a unit measured."""
        buffer = io.BytesIO()
        part: Any = {name: np.asarray(value) for name, value in done.part.items()}
        np.savez(buffer, **part)
        head = {"seconds": done.seconds, "arithmetic": done.arithmetic, "code": done.code}
        rest = json.dumps(head, sort_keys=True).encode() + b"\n" + buffer.getvalue()
        write_whole(self.path(task), digest(rest).encode() + b" " + rest)

    def read(self, task: Task) -> Done | None:
        """What a unit measured, or None where no file is; ValueError where it was changed."""
        path = self.path(task)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        written, _, rest = content.partition(b" ")
        if written != digest(rest).encode():
            raise ValueError(f"{path.relative_to(self._folder)} was changed since it was written")
        head, _, arrays = rest.partition(b"\n")
        with np.load(io.BytesIO(arrays), allow_pickle=False) as data:
            part = {name: data[name] for name in data}
        return Done(part, **json.loads(head))
