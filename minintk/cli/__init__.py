"""The command line: `minintk reproduce` runs every claim, `minintk bench` times the arcs, `minintk
check`, `grade`, `exercises` and `conventions` are for courses.

Each command is a file here: `add_command` describes its options, `run` carries it out and returns
the exit status. Of `reproduce`: 0 done, whatever the verdicts; 1 a claim crashed; 2 the call cannot
be carried out; 130 interrupted by Ctrl-C. Of `check` and `grade`: 0 right, 1 wrong, 2 not carried
out.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from .. import __version__


class _Parser(argparse.ArgumentParser):
    """An argument parser that refuses in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does; a formula that begins with a minus, -log(q)/eta, is no option."""
        if args is not None:
            args = [f" {arg}" if re.match(r"-[^-].*[()*/^+]", arg) else arg for arg in args]
        return super().parse_known_args(args, namespace)


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without λ shows ? instead
            stream.reconfigure(errors="replace")
    options = _parser().parse_args(arguments)
    try:
        status: int = options.command(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough: `minintk check --list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    from . import bench, check, conventions, exercises, grade, reproduce

    parser = _Parser(prog="minintk", description="How a two-layer ReLU network learns, in NumPy.")
    parser.add_argument("--version", action="version", version=f"minintk {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (reproduce, bench, check, grade, exercises, conventions):
        command.add_command(commands)
    return parser
