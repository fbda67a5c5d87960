"""`minintk reproduce`: every claim of the study, and one page with figures."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..report.reproduce import Outcome


# More child processes than this would need more than 1 GiB of memory.
MOST_WORKERS = 8


def add_command(commands: Any) -> None:
    """Describe the command and its options."""
    parser = commands.add_parser(
        "reproduce",
        help="run every claim of the study and write one page with figures",
        description="Run every claim of the study and write one page with figures.",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("minintk-results"),
        metavar="DIR",
        help="folder of the results: absent, empty, or of an earlier run (default: %(default)s)",
    )
    parser.add_argument(
        "--claims", metavar="NAME,...", help="only these claims, others stay as they are"
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="small sizes: under 20 s on 2 cores")
    size.add_argument("--full", action="store_true", help="large sizes: up to an hour on 2 cores")
    parser.add_argument(
        "--seed", type=_whole_number(0), default=0, metavar="S", help="default: %(default)s"
    )
    parser.add_argument(
        "--workers",
        type=_whole_number(1),
        default=min(_cores(), MOST_WORKERS),
        metavar="N",
        help="child processes; the results do not depend on it (default: one a core)",
    )
    parser.add_argument("--fresh", action="store_true", help="run again what is already finished")
    parser.add_argument("--open", action="store_true", help="show the page in a browser")
    parser.set_defaults(command=run, refuse=parser.error)


def run(options: argparse.Namespace) -> int:
    """Carry out the command and return its exit status."""
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
    from ..claims import CLAIMS
    from ..report.reproduce import reproduce
    from ..report.results import FolderError

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
    longest = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        if row.get("beyond_study") and not beyond:
            print("beyond the study:")
            beyond = True
        start = f"{row['name']:{longest + 2}}{row['verdict']:15}"
        indent = " " * len(start)
        print(textwrap.fill(row["reason"], columns, initial_indent=start, subsequent_indent=indent))
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
