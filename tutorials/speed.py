"""The table of speed.md, from the record of one `minintk bench` in data/bench.json."""

from __future__ import annotations

import json
from pathlib import Path

RECORD = Path(__file__).resolve().parent / "data" / "bench.json"

# What the page calls a case, the case, and which of its sizes the row names.
ROWS = (
    *(("training", "training", 64, m, "n = 64, m = {m}") for m in (16, 64, 256, 512, 1024)),
    ("training", "training", 1024, 1024, "n = m = 1024"),
    ("training", "training", 1024, 16384, "n = 1024, m = 16384"),
    *(
        ("eight trainings side by side", "training, 8 networks", 64, m, "n = 64, m = {m}")
        for m in (16, 64, 256, 512, 1024)
    ),
    ("empirical NTK", "empirical NTK", 256, 256, "n = m = 256"),
    ("empirical NTK", "empirical NTK", 1024, 16384, "n = 1024, m = 16384"),
    ("empirical NTK", "empirical NTK", 4096, 4096, "n = m = 4096"),
    ("empirical NTK", "empirical NTK", 4096, 65536, "n = 4096, m = 65536"),
    ("low-frequency block", "low-frequency block", 4096, 4096, "n = m = 4096"),
    ("infinite-width NTK", "infinite-width NTK, scattered", 4096, 0, "n = 4096, scattered points"),
    ("infinite-width NTK", "infinite-width NTK, grid", 4096, 0, "n = 4096, grid"),
    ("spectrum on a grid", "spectrum on a grid", 1024, 0, "n = 1024"),
    ("gradient flow", "gradient flow", 4096, 0, "n = 4096"),
)
HEAD = """\
| Work | numpy | plain | arcs | numpy/plain | numpy/arcs |
|---|--:|--:|--:|--:|--:|
"""


def table() -> str:
    """The rows of the page: smallest times, and how many times faster than NumPy."""
    of_case: dict[tuple[str, int, int], dict[str, dict]] = {}
    for case in json.loads(RECORD.read_text("utf-8"))["cases"]:
        key = case["name"], case["n"], case["m"]
        of_case.setdefault(key, {})[case["method"]] = case
    return HEAD + "".join(
        _row(f"{called}, {sizes.format(m=m)}", of_case[name, n, m])
        for called, name, n, m, sizes in ROWS
    )


def _row(work: str, methods: dict[str, dict]) -> str:
    steps, dense = methods["numpy"]["steps"], methods.get("J Jᵀ")
    cells = [work + (f", {steps} steps" if steps else "")]
    cells += [_time(methods[method]["seconds_min"]) for method in ("numpy", "plain", "arcs")]
    cells += [_digits(methods[method]["ratio_to_numpy"]) for method in ("plain", "arcs")]
    if dense is not None:
        cells[2] += f" (J Jᵀ: {_time(dense['seconds_min'])})"
    return f"| {' | '.join(cells)} |\n"


def _time(seconds: float) -> str:
    return f"{_digits(seconds)} s" if seconds >= 1 else f"{_digits(1e3 * seconds)} ms"


def _digits(number: float) -> str:
    """Two digits that count, and no more than two after the point."""
    if number >= 100:
        return f"{float(f'{number:.2g}'):.0f}"
    return (
        f"{number:.0f}" if number >= 10 else f"{number:.1f}" if number >= 0.1 else f"{number:.2f}"
    )
