"""The command line: `minintk reproduce` runs every claim, `minintk animate` shows a training,
`minintk bench` times the arcs; `check`, `grade`, `exercises` and `conventions` are for courses.

Each command is a file here: `add_command` describes its options, `run` carries it out and returns
the exit status. Of `reproduce`: 0 done, whatever the verdicts; 1 a claim crashed; 2 the call cannot
be carried out; 130 interrupted by Ctrl-C. Of `check` and `grade`: 0 right, 1 wrong, 2 not carried
out. Of `animate`: 0, 2 or 130.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from .. import __version__


class _Parser(argparse.ArgumentParser):
    """An argument parser that refuses in one line.

    intermixed   whether options may stand between the arguments
    """

    intermixed = False

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does; a formula that begins with a minus, -log(q)/eta, is no option."""
        if args is not None:
            args = [f" {arg}" if re.match(r"-[^-].*[()*/^+]", arg) else arg for arg in args]
        if self.intermixed:
            self.intermixed = False  # the method below calls this one
            try:
                return self.parse_known_intermixed_args(args, namespace)
            finally:
                self.intermixed = True
        return super().parse_known_args(args, namespace)


class _Output:
    """Standard output that remembers when it cannot be written, and lets the command finish."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.error: OSError | None = None

    def write(self, text: str) -> int:
        """Write, or not any more after an error."""
        self._unless_broken(self.stream.write, text)
        return len(text)

    def flush(self) -> None:
        """Flush, or not any more after an error."""
        self._unless_broken(self.stream.flush)

    def _unless_broken(self, do: Callable[..., object], *arguments: str) -> None:
        if self.error is None:
            try:
                do(*arguments)
            except OSError as error:
                self.error = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command and return its exit status.

    Where standard output is closed or full, every command does its work all the same, and its exit
    status is 1, with one line on stderr; without that line where a reader has seen enough.
    """
    closed = _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without λ shows ? instead
            stream.reconfigure(errors="replace")
    output = _Output(sys.stdout)
    try:
        with contextlib.redirect_stdout(output):
            options = _parser().parse_args(arguments)
            status: int = options.command(options)
    except SystemExit as stopped:  # --help and --version, and a call that was refused
        if _delivered(output, closed) or stopped.code != 0:
            raise
        return 1
    return status if _delivered(output, closed) else 1


def _delivered(output: _Output, closed: bool) -> bool:
    """Whether all that was printed went somewhere; if not, say so."""
    output.flush()
    if output.error is not None:  # what is still in the buffer can go nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), output.stream.fileno())
    if output.error is None and not closed:
        return True
    if not isinstance(output.error, BrokenPipeError):  # no reader: `minintk check --list | head`
        reason = output.error.strerror if output.error else "it is closed"
        print(f"minintk: standard output could not be written: {reason}", file=sys.stderr)
    return False


def _open_closed_streams() -> bool:
    """Put the null device where `>&-` left nothing, so that no file of ours takes that number.

    Returns whether standard output was closed.
    """
    closed = sys.stdout is None
    while (descriptor := os.open(os.devnull, os.O_RDWR)) < 3:
        pass
    os.close(descriptor)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    return closed


def _parser() -> argparse.ArgumentParser:
    from . import animate, bench, check, conventions, exercises, explore, grade, reproduce

    parser = _Parser(prog="minintk", description="How a two-layer ReLU network learns, in NumPy.")
    parser.add_argument("--version", action="version", version=f"minintk {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    listed = (reproduce, explore, animate, bench, check, grade, exercises, conventions)
    for command in listed:
        command.add_command(commands)
    return parser
