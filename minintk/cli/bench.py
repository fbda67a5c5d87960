"""`minintk bench`: the plain code against arcs, side by side."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from .. import __version__


def add_command(commands: Any) -> None:
    """Describe the command and its options."""
    parser = commands.add_parser(
        "bench",
        help="time the plain code against arcs, side by side",
        description="Time the plain code against arcs, side by side in one run.",
    )
    parser.add_argument("--quick", action="store_true", help="small sizes: under 30 s on 2 cores")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results as JSON")
    parser.add_argument(
        "--figure",
        type=Path,
        default=Path("minintk-bench.png"),
        metavar="FILE",
        help="log-log figure (default: %(default)s)",
    )
    parser.set_defaults(command=run, refuse=parser.error)


def run(options: argparse.Namespace) -> int:
    """Carry out the command and return its exit status."""
    import dataclasses
    import json

    from .. import bench
    from ..report.figures import save_drawing
    from ..report.results import machine, write_whole

    files = [path for path in (options.json, options.figure) if path]
    for path in files:
        if path.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK):
            options.refuse(f"the results must go to a file that can be written, got {path}")

    def show(case: bench.Case) -> None:
        print(f"{case.name}, n = {case.n}" + f", m = {case.m}" * bool(case.m), file=sys.stderr)

    cases, seconds = (bench.QUICK_CASES, 0.5) if options.quick else (bench.CASES, 5.0)
    try:
        limits = bench.machine_limits()
        results = list(bench.run_cases(cases, seconds, show))
    except KeyboardInterrupt:
        print("interrupted: nothing was written", file=sys.stderr)
        return 130
    print(bench.table(results, limits))
    save_drawing(options.figure, lambda axes: bench.draw(results, axes), panels=2)
    if options.json:
        content = {
            "version": __version__,
            "machine": {**machine(), **limits},
            "growth_exponents": bench.growth_exponents(results),
            "cases": [dataclasses.asdict(result) for result in results],
        }
        write_whole(options.json, json.dumps(content, indent=1, ensure_ascii=False).encode())
    print("written: " + ", ".join(str(path) for path in files))
    return 0
