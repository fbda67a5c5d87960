"""Plain against arcs, side by side in one run: what the fast road saves on this machine.

run_cases            time every case, each in a process of its own
growth_exponents     how the time of each method grows in n and in m
table                the results as lines of text
draw                 the same on given Axes

In a case the methods take turns, so that whatever else the machine does meets them alike; the
smallest time of all turns counts, the median says how steady it was. The limit of a case is the
time to allocate and write as many doubles as its result has: no method can be faster than that.
"""

from __future__ import annotations

import math
import multiprocessing
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from . import fast
from ._require import GIBIBYTE, Array
from .arccosine import infinite_ntk
from .circle import sample_angles, uniform_angles
from .frozen import frozen_flow
from .law import Law
from .network import Params, initialise, objective
from .ntk import empirical_ntk, factorised_ntk
from .spectrum import low_frequency_block
from .training import gradient_descent

__all__ = [
    "CASES",
    "QUICK_CASES",
    "Case",
    "Result",
    "draw",
    "growth_exponents",
    "run_cases",
    "table",
]

PLAIN, ARCS, JACOBIAN, LIMIT = "plain", "arcs", "J Jᵀ", "limit"
_STEPS = 5  # training steps in one call
_NEURONS_AT_ONCE = 4096


class Case(NamedTuple):
    """What to time, at which number of samples n and width m (0: no network)."""

    name: str
    n: int
    m: int


@dataclass(frozen=True)
class Result:
    """Times of one method in one case: seconds, MiB at the peak, and ratios of smallest times."""

    name: str
    n: int
    m: int
    method: str
    seconds_min: float
    seconds_median: float
    peak_mib: float
    ratio_to_plain: float
    ratio_to_limit: float


KERNEL, STEP, BLOCK = "empirical NTK", "training step", "low-frequency block"
INFINITE, GRID, SPECTRUM, FLOW = (
    "infinite-width NTK, scattered",
    "infinite-width NTK, grid",
    "spectrum on a grid",
    "gradient flow",
)

QUICK_CASES = (
    Case(KERNEL, 256, 1024),
    Case(KERNEL, 1024, 1024),
    Case(KERNEL, 1024, 4096),
    Case(STEP, 256, 1024),
    Case(STEP, 1024, 1024),
    Case(STEP, 1024, 4096),
    Case(BLOCK, 1024, 1024),
    Case(BLOCK, 1024, 4096),
    Case(INFINITE, 1024, 0),
    Case(GRID, 1024, 0),
    Case(SPECTRUM, 1024, 0),
    Case(FLOW, 1024, 0),
)
CASES = (
    *QUICK_CASES,
    Case(KERNEL, 64, 1024),
    Case(KERNEL, 1024, 16384),
    Case(KERNEL, 4096, 4096),
    Case(KERNEL, 4096, 65536),
    Case(STEP, 64, 1024),
    Case(STEP, 1024, 16384),
    Case(BLOCK, 4096, 4096),
    Case(INFINITE, 4096, 0),
    Case(GRID, 4096, 0),
    Case(FLOW, 4096, 0),
)


def run_cases(
    cases: Sequence[Case], seconds_per_case: float, on_case: Callable[[Case], None]
) -> Iterator[Result]:
    """Time every case in a fresh process, and yield the results of its methods."""
    context = multiprocessing.get_context("spawn")
    for case in cases:
        on_case(case)
        with context.Pool(1) as pool:
            yield from pool.apply(measure_case, (case, seconds_per_case))


def measure_case(case: Case, seconds: float) -> list[Result]:
    """Let the methods of a case take turns for about so many seconds, then trace their memory."""
    calls = _methods(case, np.random.default_rng(0))
    times: dict[str, list[float]] = {method: [] for method in calls}
    end = time.perf_counter() + seconds
    while not times[LIMIT] or (time.perf_counter() < end and len(times[LIMIT]) < 15):
        for method, call in calls.items():
            times[method].append(_turn(call))
    smallest = {method: min(values) for method, values in times.items()}
    return [
        Result(
            *case,
            method,
            smallest[method],
            float(np.median(times[method])),
            _peak_mib(calls[method]),
            smallest[PLAIN] / smallest[method],
            smallest[method] / smallest[LIMIT],
        )
        for method in calls
    ]


def _turn(call: Callable[[], object]) -> float:
    """Seconds of one call; a call of milliseconds may first find its way back into the cache."""
    best = math.inf
    for _ in range(5):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
        if best > 0.02:
            break
    return best


def _peak_mib(call: Callable[[], object]) -> float:
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def _methods(case: Case, rng: np.random.Generator) -> dict[str, Callable[[], object]]:
    """The methods of a case, plain first; a dense form above 1 GiB is left out."""
    name, n, m = case
    if m:
        angles, params = sample_angles(n, rng), initialise(m, rng, law=Law(bias_std=1.0))
        calls = _network_methods(name, params, angles)
    else:
        calls = _infinite_methods(name, n, rng)
    doubles = n * n if name in (KERNEL, INFINITE, GRID) else n + 4 * m
    return {**calls, LIMIT: partial(np.full, doubles, 1.0)}


def _network_methods(name: str, params: Params, angles: Array) -> dict[str, Callable[[], object]]:
    if name == KERNEL:
        calls: dict[str, Callable[[], object]] = {
            PLAIN: partial(_factorised_in_pieces, params, angles),
            ARCS: partial(fast.empirical_ntk, params, angles),
        }
        if 8 * len(angles) * params.size <= GIBIBYTE:
            calls[JACOBIAN] = partial(empirical_ntk, params, angles)
        return calls
    if name == STEP:
        targets = np.cos(angles)
        return {
            method: partial(gradient_descent, params, build(angles, targets), 0.1, _STEPS)
            for method, build in ((PLAIN, objective), (ARCS, fast.objective))
        }
    return {
        PLAIN: lambda: low_frequency_block(factorised_ntk(params, angles), angles),
        ARCS: partial(fast.empirical_low_frequency_block, params, angles),
    }


def _infinite_methods(
    name: str, n: int, rng: np.random.Generator
) -> dict[str, Callable[[], object]]:
    angles = uniform_angles(n) if name in (GRID, SPECTRUM) else sample_angles(n, rng)
    if name == SPECTRUM:
        kernel = infinite_ntk(angles)
        return {
            PLAIN: lambda: np.linalg.eigvalsh(kernel / n),
            ARCS: partial(fast.grid_eigenvalues, n),
        }
    if name == FLOW:
        arguments = (infinite_ntk(angles), np.zeros(n), np.cos(angles), [1.0, 10.0, 100.0])
        return {
            PLAIN: partial(frozen_flow, *arguments),
            ARCS: partial(fast.frozen_flow, *arguments),
        }
    return {PLAIN: partial(infinite_ntk, angles), ARCS: partial(fast.infinite_ntk, angles)}


def _factorised_in_pieces(params: Params, angles: Array) -> Array:
    """The factorised kernel, some neurons at a time: at 65536 neurons its factors pass 1 GiB."""
    total = np.zeros((len(angles), len(angles)))
    for piece in params.blocks(_NEURONS_AT_ONCE):
        total += factorised_ntk(piece, angles) * (piece.width / params.width)
    return total


def machine_limits() -> dict[str, float]:
    """What this machine can do at most: the rate of matrix products, and of writing doubles."""
    matrix = np.random.default_rng(0).standard_normal((1024, 1024))
    product = min(_turn(lambda: matrix @ matrix) for _ in range(5))
    write = min(_turn(partial(np.full, 2**24, 1.0)) for _ in range(5))
    return {"dgemm_gflops": 2 * 1024**3 / product / 1e9, "write_gib_per_second": 0.125 / write}


def growth_exponents(results: Sequence[Result]) -> dict[str, dict[str, float]]:
    """Exponents p of time ∝ n^p and m^p, for every name and method with two sizes or more.

    Each is fitted in one size at the most frequent value of the other, and named after both.
    """
    found: dict[str, dict[str, float]] = {}
    for name, method in dict.fromkeys((r.name, r.method) for r in results):
        if method == LIMIT:
            continue
        rows = [(r.n, r.m, r.seconds_min) for r in results if (r.name, r.method) == (name, method)]
        for moving, fixed, letters in ((0, 1, "nm"), (1, 0, "mn")):
            value = max((row[fixed] for row in rows), key=[row[fixed] for row in rows].count)
            line = sorted({row[moving]: row[2] for row in rows if row[fixed] == value}.items())
            if len(line) > 1:
                sizes, times = np.log(np.array(line)).T
                slope = np.polyfit(sizes, times, 1)[0]
                where = f" at {letters[1]} = {value}" if value else ""
                found.setdefault(name, {})[f"{method}: {letters[0]}{where}"] = float(slope)
    return found


def table(results: Sequence[Result], limits: dict[str, float]) -> str:
    """The results as text, one line a method, then the growth exponents and the machine."""
    lines = [
        f"{'case':30}{'n':>6}{'m':>7} {'method':8}{'smallest':>11}{'median':>11}{'peak':>10}"
        f"{'plain/this':>12}{'this/limit':>12}"
    ]
    for r in results:
        lines.append(
            f"{r.name:30}{r.n:6}{r.m or '':>7} {r.method:8}{1e3 * r.seconds_min:8.2f} ms"
            f"{1e3 * r.seconds_median:8.2f} ms{r.peak_mib:6.0f} MiB{r.ratio_to_plain:12.1f}"
            f"{r.ratio_to_limit:12.3g}"
        )
    lines.append("")
    for name, exponents in growth_exponents(results).items():
        shown = ", ".join(f"{key}: {value:.2f}" for key, value in exponents.items())
        lines.append(f"growth exponents of {name}: {shown}")
    lines.append(
        f"a training step is {_STEPS} steps in a row; this machine: "
        f"{limits['dgemm_gflops']:.0f} Gflop/s in matrix products, "
        f"{limits['write_gib_per_second']:.1f} GiB/s in writing new memory"
    )
    return "\n".join(lines)


def draw(results: Sequence[Result], axes: Sequence[Any]) -> None:
    """Smallest times of the empirical NTK and of training, against n·m, on two Axes."""
    for axis, name in zip(axes, (KERNEL, STEP), strict=True):
        for method, style in ((JACOBIAN, "^"), (PLAIN, "s"), (ARCS, "o"), (LIMIT, "_")):
            rows = [r for r in results if (r.name, r.method) == (name, method)]
            label = "limit: write the result" if method == LIMIT else method
            sizes, times = [r.n * r.m for r in rows], [r.seconds_min for r in rows]
            axis.plot(sizes, times, style, label=label)
        axis.set(
            xscale="log",
            yscale="log",
            xlabel="samples × neurons",
            ylabel="smallest time (s)",
            title=name if name == KERNEL else f"{_STEPS} training steps",
        )
        axis.minorticks_off()
        axis.margins(x=0.1, y=0.35)
        axis.legend(loc="upper left")
