"""The command line: `minintk` alone prints the help, which names every command.

Each command is a file here: `add_command` describes its options, `run` carries it out and returns
the exit status. `minintk` alone is `minintk --help`, with exit status 0. Of every command: 0 done,
2 the call cannot be carried out, 130 interrupted by Ctrl-C. And 1: a claim of `reproduce` crashed,
the answer to `check` or `grade` is wrong, or the self-test of `doctor` fails. 1 also where standard
output could not be written.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import gc
import io
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from .. import __version__
from .._require import did_you_mean

_EXAMPLES = """\
examples:
  minintk check kappa0 "1 - t/pi"    is this formula right? if not, what is wrong?
  minintk exercises --out handout    write the exercises as Python files
  minintk reproduce --quick          measure every claim of the study, at small sizes

`minintk COMMAND --help` shows the options of a command."""


class _Help(argparse.HelpFormatter):
    """Help whose examples keep their lines, and whose commands have one column."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if text.startswith("examples") else super()._fill_text(text, width, indent)

    def add_argument(self, action: argparse.Action) -> None:
        """As argparse does, with room for the indent of commands, which it forgets."""
        super().add_argument(action)
        if isinstance(action, argparse._SubParsersAction):
            self._action_max_length += 2


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors take one line.

    intermixed   whether options may stand between the arguments
    """

    intermixed = False
    _inside = False

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"formatter_class": _Help, **settings})

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does; a formula that begins with a minus, -log(q)/eta, is no option."""
        if args is not None:
            pairs = zip(["", *args], args, strict=False)  # the last one stands before none
            args = [f" {arg}" if self._is_formula(arg, before) else arg for before, arg in pairs]
        if self._inside:
            return super().parse_known_args(args, namespace)
        self._inside = True  # argparse's method for intermixed options calls this one
        try:
            how = self.parse_known_intermixed_args if self.intermixed else super().parse_known_args
            found, unknown = how(args, namespace)
        finally:
            self._inside = False
        if unknown:
            self.error(self._unknown(unknown[0].strip()))
        return found, unknown

    def _is_formula(self, word: str, before: str) -> bool:
        """Whether a word that begins with one minus is a formula: -t, and not -h or -lisst."""
        option = self._option_string_actions.get(before)
        takes_it = option is not None and option.nargs != 0
        if not re.match(r"-[^-]", word) or word in self._option_string_actions or takes_it:
            return False
        if re.search(r"[()*/^+]", word):
            return True
        return self.intermixed and "did you mean" not in self._unknown(word)

    def _unknown(self, word: str) -> str:
        """What to say of an argument that there is no place for."""
        if not word.startswith("-"):
            return f"one argument too many: {word!r}"
        options = [option.lstrip("-") for option in self._option_string_actions]
        near = did_you_mean(word.split("=")[0].lstrip("-"), options)
        hint = near.replace("mean ", "mean --") or f"; see {self.prog} --help"
        return f"no option {word!r}{hint}"

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Reject a word that is not on a list, with the list and the nearest word."""
        if action.choices is not None and value not in action.choices:
            listed = ", ".join(map(str, action.choices))
            near = did_you_mean(value, map(str, action.choices))
            raise argparse.ArgumentError(action, f"must be one of {listed}, got {value!r}{near}")


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

    Where standard output is closed or full, every command does its work all the same. Its exit
    status is 1, with one line on stderr, or without it where a reader has seen enough.
    """
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)  # no last search for garbage: a fifth of a short command
    closed = _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without λ shows ? instead
            stream.reconfigure(errors="replace")
    output = _Output(sys.stdout)
    try:
        with contextlib.redirect_stdout(output):
            options = _parser().parse_args(arguments)
            status: int = options.command(options)
    except SystemExit as stopped:  # --help and --version, and a call with a wrong argument
        if _delivered(output, closed) or stopped.code != 0:
            raise
        return 1
    return status if _delivered(output, closed) else 1


def in_words(error: Exception) -> str:
    """What an error says in one line; of the system's own errors the file, and why not."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"could not read or write {error.filename}: {error.strerror}"
    return str(error)


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


def _help(options: argparse.Namespace) -> int:
    options.parser.print_help()
    return 0


def _parser() -> argparse.ArgumentParser:
    from . import (
        animate,
        bench,
        check,
        completion,
        conventions,
        doctor,
        exercises,
        explore,
        grade,
        reproduce,
    )

    parser = _Parser(
        prog="minintk",
        description="How a two-layer ReLU network learns on the unit circle, in NumPy.",
        epilog=_EXAMPLES,
    )
    parser.add_argument(
        "--version", action="version", version=f"minintk {__version__}", help="show the version"
    )
    parser.set_defaults(command=_help, parser=parser)
    commands = parser.add_subparsers(metavar="COMMAND", title="commands")
    for command in (
        explore,
        animate,
        check,
        exercises,
        grade,
        conventions,
        reproduce,
        bench,
        doctor,
        completion,
    ):
        command.add_command(commands)
    return parser
