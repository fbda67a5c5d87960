"""`minintk bench`: NumPy as a student writes it, the plain code and arcs, side by side."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__

if TYPE_CHECKING:
    from .. import bench


def add_command(commands: Any) -> None:
    """Describe the command and its options."""
    parser = commands.add_parser(
        "bench",
        help="time the fast functions against plain NumPy",
        description="Time three versions side by side: NumPy as a student writes it, the plain "
        "functions of minintk, and its fast ones. Every case runs in a process of its own, on one "
        "thread.",
    )
    quick = "small sizes: half a minute on an idle machine, where all sizes take twelve"
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the times as JSON")
    parser.add_argument(
        "--figure",
        type=Path,
        default=Path("minintk-bench.png"),
        metavar="FILE",
        help="where the figure of the times goes (default: %(default)s)",
    )
    parser.set_defaults(command=run, refuse=parser.error)


def run(options: argparse.Namespace) -> int:
    """Carry out the command and return its exit status."""
    from .. import bench
    from ..report.figures import save_drawing

    files = [path for path in (options.json, options.figure) if path]
    refuse_unwritable(files, options)
    cases, seconds = (bench.QUICK_CASES, 0.3) if options.quick else (bench.CASES, 5.0)
    try:
        limits = bench.machine_limits()
        results = list(bench.run_cases(cases, seconds, _show))
    except KeyboardInterrupt:
        print("interrupted: nothing was written", file=sys.stderr)
        return 130
    print(bench.table(results, limits))
    save_drawing(options.figure, lambda axes: bench.draw(results, axes), panels=2)
    if options.json:
        _write_json(options.json, results, limits)
    print("written: " + ", ".join(str(path) for path in files))
    return 0


def refuse_unwritable(files: list[Path], options: argparse.Namespace) -> None:
    """Before the run, not after it."""
    for path in files:
        if path.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK):
            options.refuse(f"the results must go to a file that can be written, got {path}")


def _show(case: bench.Case) -> None:
    sizes = [
        f"n = {case.n}",
        f"m = {case.m}" * bool(case.m),
        f"{case.steps} steps" * bool(case.steps),
    ]
    print(", ".join([case.name, *filter(None, sizes)]), file=sys.stderr)


def _write_json(path: Path, results: list[bench.Result], limits: dict[str, float]) -> None:
    from .. import bench
    from ..report.files import write_whole
    from ..report.results import machine

    content = {
        "version": __version__,
        "machine": {**machine(), **limits, "threads": 1},
        "growth_exponents": bench.growth_exponents(results),
        "cases": [dataclasses.asdict(result) for result in results],
    }
    write_whole(path, json.dumps(content, indent=1, ensure_ascii=False).encode())
