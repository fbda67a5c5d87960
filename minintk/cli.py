"""The command line: `minintk reproduce` runs every claim of the study, `minintk bench` times it.

Exit status: 0 done, whatever the verdicts; 1 a claim crashed; 2 the call cannot be carried out;
130 interrupted by Ctrl-C.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import signal
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from . import __version__

if TYPE_CHECKING:
    from .report.reproduce import Outcome

# More child processes than this would need more than 1 GiB of memory.
MOST_WORKERS = 8


class _Parser(argparse.ArgumentParser):
    """An argument parser that refuses in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without λ shows ? instead
            stream.reconfigure(errors="replace")
    options = _parser().parse_args(arguments)
    status: int = options.command(options)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="minintk", description="How a two-layer ReLU network learns, in NumPy.")
    parser.add_argument("--version", action="version", version=f"minintk {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_reproduce(commands)
    _add_bench(commands)
    return parser


def _add_reproduce(commands: Any) -> None:
    run = commands.add_parser(
        "reproduce",
        help="run every claim of the study and write one page with figures",
        description="Run every claim of the study and write one page with figures.",
    )
    run.add_argument(
        "--out",
        type=Path,
        default=Path("minintk-results"),
        metavar="DIR",
        help="folder of the results: absent, empty, or of an earlier run (default: %(default)s)",
    )
    run.add_argument(
        "--claims", metavar="NAME,...", help="only these claims, others stay as they are"
    )
    size = run.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="small sizes: under 20 s on 2 cores")
    size.add_argument("--full", action="store_true", help="large sizes: up to an hour on 2 cores")
    run.add_argument(
        "--seed", type=_whole_number(0), default=0, metavar="S", help="default: %(default)s"
    )
    run.add_argument(
        "--workers",
        type=_whole_number(1),
        default=min(_cores(), MOST_WORKERS),
        metavar="N",
        help="child processes; the results do not depend on it (default: one a core)",
    )
    run.add_argument("--fresh", action="store_true", help="run again what is already finished")
    run.add_argument("--open", action="store_true", help="show the page in a browser")
    run.set_defaults(command=_reproduce, refuse=run.error)


def _add_bench(commands: Any) -> None:
    run = commands.add_parser(
        "bench",
        help="time the plain code against arcs, side by side",
        description="Time the plain code against arcs, side by side in one run.",
    )
    run.add_argument("--quick", action="store_true", help="small sizes: under 30 s on 2 cores")
    run.add_argument("--json", type=Path, metavar="FILE", help="write the results as JSON")
    run.add_argument(
        "--figure",
        type=Path,
        default=Path("minintk-bench.png"),
        metavar="FILE",
        help="log-log figure (default: %(default)s)",
    )
    run.set_defaults(command=_bench, refuse=run.error)


def _bench(options: argparse.Namespace) -> int:
    import dataclasses
    import json

    from . import bench
    from .report.figures import save_drawing
    from .report.results import machine, write_whole

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


def _reproduce(options: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, _interrupt)  # so that no child process is left behind
    try:
        outcome = _run_reproduce(options)
    except KeyboardInterrupt:
        print(
            f"interrupted: what finished is kept in {options.out}, the same command continues",
            file=sys.stderr,
        )
        return 130
    _print_verdicts(outcome)
    if options.open:
        import webbrowser

        webbrowser.open(outcome.page.resolve().as_uri())
    return 1 if outcome.crashed else 0


def _run_reproduce(options: argparse.Namespace) -> Outcome:
    from .claims import CLAIMS
    from .report.reproduce import reproduce
    from .report.results import FolderError

    try:
        return reproduce(
            options.out,
            _claim_names(options, list(CLAIMS)),
            size="quick" if options.quick else "full" if options.full else "default",
            seed=options.seed,
            workers=options.workers,
            fresh=options.fresh,
            stream=sys.stderr,
        )
    except FolderError as error:
        options.refuse(str(error))
        raise  # refuse does not return


def _claim_names(options: argparse.Namespace, known: list[str]) -> list[str]:
    """The claims asked for, in the order of the study."""
    if options.claims is None:
        return known
    asked = options.claims.split(",")
    unknown = [name for name in asked if name not in known]
    if unknown:
        options.refuse(f"--claims must name some of {', '.join(known)}; got {unknown[0]!r}")
    return [name for name in known if name in asked]


def _print_verdicts(outcome: Outcome) -> None:
    """The table of verdicts; its last line says where the page is."""
    columns = max(60, min(shutil.get_terminal_size((100, 24)).columns, 120))
    beyond = False
    rows: list[dict[str, Any]] = [
        *outcome.entries,
        *({"name": name, "verdict": "crashed", "reason": "-"} for name in outcome.crashed),
    ]
    for row in rows:
        if row.get("beyond_study") and not beyond:
            print("beyond the study:")
            beyond = True
        start = f"{row['name']:20}{row['verdict']:15}"
        print(
            textwrap.fill(row["reason"], columns, initial_indent=start, subsequent_indent=" " * 35)
        )
    last = f"page: {outcome.page}"
    if outcome.tracebacks:
        last += f"; tracebacks: {outcome.tracebacks}"
    print(last)


def _whole_number(least: int) -> Callable[[str], int]:
    def whole_number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"must be a whole number from {least}, got {text!r}")
        return int(text)

    return whole_number


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
