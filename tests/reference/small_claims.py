"""Claims that take no time: some that hold, and some that crash, each at another place.

In a module of its own, so that child processes can import what they run. As a program it is the
command `minintk` with these claims beside one of the study's.
"""

import multiprocessing
import os
import signal
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from minintk.claims import CLAIMS
from minintk.claims.claim import Cell, Claim, Control, Measure
from minintk.claims.statistics import decide, exact, student_interval
from minintk.claims.study import rotation


@dataclass(frozen=True)
class Sizes:
    cells: tuple[int, ...] = (0, 1, 2)
    factor: float = 1.0
    fair: bool = True
    law: str = "uniform"
    seeds: int = 2
    block: int = 1


def measure(sizes, cell, rng, shift=0.0):
    return {
        "values": shift + sizes.factor * rng.random(40),
        "unit": cell.number,
    }


def measure_with_place(sizes, cell, rng):
    """Where it is measured, too."""
    return {
        **measure(sizes, cell, rng),
        "child": multiprocessing.parent_process() is not None,
        "threads": os.environ.get("OPENBLAS_NUM_THREADS", "as many as there are cores"),
    }


def measure_wrong(sizes, cell, rng):
    return measure(sizes, cell, rng, shift=5.0)


def measure_together(sizes, cell, rng, count):
    rows = [measure(sizes, cell, rng) for _ in range(count)]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def crash_in_unit(sizes, cell, rng):
    if cell.number == 1:
        raise RuntimeError("this unit cannot be measured")
    return measure(sizes, cell, rng)


def sleep_in_unit(sizes, cell, rng):
    """Some sleep, and the process's number in a folder, so that a test can find it."""
    (Path(os.environ["PROCESSES"]) / str(os.getpid())).touch()
    time.sleep(0.4)
    return measure(sizes, cell, rng)


def die_once(sizes, cell, rng):
    """Kill the own process the first time that this cell runs."""
    mark = Path(os.environ["PROCESSES"]) / f"died-{cell.number}"
    if cell.number == 1 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return measure(sizes, cell, rng)


def die(sizes, cell, rng):
    if cell.number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return measure(sizes, cell, rng)


def find(sizes, data):
    data = data["networks"]
    values = data["values"]
    return SimpleNamespace(
        values=values,
        mean=student_interval(values.mean(axis=(0, 2))),
        units=tuple(data["unit"][:, 0].tolist()),
        never=float("inf"),
    )


def find_with_place(sizes, data):
    child, threads = (data["networks"][name] for name in ("child", "threads"))
    return SimpleNamespace(
        **vars(find(sizes, data)),
        in_child_process=bool(child.all()),
        blas_threads=tuple(sorted(set(threads.ravel().tolist()))),
    )


def judge(sizes, found):
    return decide(
        [exact("mean", float(found.values.mean()), 2 * sizes.factor)],
        f"1 < 2 & the mean of {found.values.size} numbers is λ.",
    )


def judge_later(sizes, found):
    return decide([exact("half", float(found.values.mean()), 0.1)], "the mean is not <small>.")


def explain(sizes, found):
    return "Numbers between 0 and 1 are <b>small</b>."


def draw(sizes, found, axes):
    (axis,) = axes
    axis.plot(found.values[:, 0].T)


def crash_while_drawing(sizes, found, axes):
    raise RuntimeError("this record cannot be drawn")


def crash_while_judging(sizes, found):
    raise RuntimeError("this record cannot be judged")


def cost(sizes, cell):
    return 1.0


CELLS = {"number": "cells"}
WRONG = Control(
    "numbers that are too large",
    Sizes(cells=(7,), seeds=1),
    {"networks": Measure(measure_wrong, CELLS, lambda sizes, cell: 0.0)},
)


def claim(name, of=measure, **changes):
    return Claim(
        **{
            "name": name,
            "statement": f"That {name} <b>holds</b>.",
            "formula": "λ < π & 4",
            "source": "none",
            "criterion": lambda sizes: f"{len(sizes.cells)} cells: below {2 * sizes.factor:g}.",
            "default": Sizes(),
            "quick": Sizes(factor=2.0),
            "full": Sizes(factor=3.0),
            "measures": {"networks": Measure(of, CELLS, cost)},
            "find": find,
            "judge": judge,
            "explain": explain,
            "draw": draw,
            "panels": 1,
            **changes,
        }
    )


def named(*claims):
    return {one.name: one for one in claims}


FINE = claim("fine", control=WRONG)
OTHER = claim("another_one", beyond_study=True, later=("Below 0.1 & λ.", judge_later))
PLACED = claim("placed", measure_with_place, find=find_with_place)
SLEEPING = claim("sleeping", sleep_in_unit, default=Sizes(seeds=8))  # ten seconds of work
CRASHING = claim("crashing", crash_in_unit)
DYING_ONCE = claim("dying_once", die_once)
DYING = claim("dying", die)
UNDRAWABLE = claim("undrawable", draw=crash_while_drawing)
UNJUDGED = claim("unjudged", judge=crash_while_judging)
UNCONTROLLED = claim("uncontrolled", control=WRONG._replace(measures=FINE.measures))


def measure_stretched_limit(sizes, cell, rng):
    return rotation.measure(sizes, Cell(width=1000), rng, rotation.STRETCH)


def small_rotation():
    """A claim of the study, its control too, at sizes that take a tenth of a second."""
    claim, few = CLAIMS["rotation"], rotation.Sizes(16, 4, (16, 1024), seeds=48, block=24)
    wrong = claim.control.measures
    limit = replace(wrong["infinite"], of=measure_stretched_limit)
    control = claim.control._replace(
        sizes=replace(few, seeds=8), measures={**wrong, "infinite": limit}
    )
    return replace(claim, quick=few, control=control)


ROTATION = small_rotation()


def _main():
    from minintk import cli

    others = named(FINE, SLEEPING, CRASHING, DYING_ONCE, DYING, UNDRAWABLE, OTHER)
    CLAIMS.clear()
    CLAIMS.update({"rotation": ROTATION, **others})
    return cli.main()


if __name__ == "__main__":
    sys.exit(_main())
