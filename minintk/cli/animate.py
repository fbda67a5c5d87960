"""`minintk animate "sign(sin(t))"`: watch a network learn a function of the angle.

The result is FILE.gif, or FILE.mp4 where the program ffmpeg is there. For FILE.png it is one
picture a frame: FILE-001.png, FILE-002.png, …
Exit status: 0 written; 2 not carried out, with one line that says why; 130 interrupted by Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import SubprocessError
from typing import TYPE_CHECKING, Any

from .bench import refuse_unwritable
from .reproduce import whole_number

if TYPE_CHECKING:
    from .._require import Array

ENDINGS = (".gif", ".mp4", ".png")
LONGEST_TITLE = 40
# Options that are whole numbers: name, default, least value, letter, and what it is.
NUMBERS = (
    ("width", 512, 2, "M", "how many neurons, an even number"),
    ("steps", 2000, 1, "N", "how many steps of gradient descent"),
    ("samples", 128, 4, "N", "how many samples, evenly around the circle"),
    ("frames", 60, 2, "N", "how many pictures at most"),
    ("seed", 0, 0, "S", "the seed of the random start"),
)


def add_command(commands: Any) -> None:
    """Describe the command and its options."""
    parser = commands.add_parser(
        "animate",
        help="write an animation of a network that learns a function of the angle",
        description="Train a network on a function of the angle t, and write an animation. It "
        "shows the output on its way to the target, and the loss. It also shows how much of each "
        "frequency is still to be learned, beside the prediction of infinite width.",
        epilog="examples:\n"
        '  minintk animate "sign(sin(t))"              a square wave, low frequencies first\n'
        '  minintk animate "cos(3t)" --no-bias         what no network without a bias learns\n'
        '  minintk animate "abs(t - pi)" --kernel both --out wave.mp4',
    )
    parser.intermixed = True  # options stand anywhere among the arguments
    parser.add_argument(
        "target", metavar="TARGET", help='a function of t in quotes, such as "sign(sin(t))"'
    )
    _add_training(parser)
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("minintk-animation.gif"),
        metavar="FILE",
        help="what to write: FILE.gif, or FILE.mp4, which needs ffmpeg, or FILE.png for pictures "
        "FILE-001.png and so on (default: %(default)s)",
    )
    parser.set_defaults(command=run, refuse=parser.error)


def _add_training(parser: Any) -> None:
    """Options that say what is trained, and how."""
    parser.add_argument(
        "--bias",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="is there a bias, which is trained? (default: yes)",
    )
    parser.add_argument(
        "--kernel",
        choices=("evolving", "frozen", "both"),
        default="evolving",
        help="evolving: train the network; frozen: keep the kernel of its start; both: side by "
        "side (default: %(default)s)",
    )
    for name, default, least, letter, note in NUMBERS:
        text, kind = f"{note} (default: %(default)s)", whole_number(least)
        parser.add_argument(f"--{name}", type=kind, default=default, metavar=letter, help=text)
    parser.add_argument(
        "--learning-rate",
        type=float,
        metavar="ETA",
        help="the learning rate (default: half of the largest stable one)",
    )


def run(options: argparse.Namespace) -> int:
    """Carry out the command and return its exit status."""
    from ..report.files import NotWrittenError, write_whole

    if options.out.suffix.lower() not in ENDINGS:
        options.refuse(f"--out must end in {', '.join(ENDINGS)}, got {str(options.out)!r}")
    refuse_unwritable([options.out], options)
    written: list[Path] = []
    try:
        for path, content in _files(options).items():
            write_whole(path, content)
            written.append(path)
    except NotWrittenError as error:
        options.refuse(f"could not write {error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        _clear_line()
        print(f"interrupted: {_listed(written)}", file=sys.stderr)
        return 130
    print(_listed(written))
    return 0


def _listed(written: list[Path]) -> str:
    """What was written, in words."""
    if not written:
        return "nothing was written"
    return f"written: {written[0]}" + f" to {written[-1].name}" * (len(written) > 1)


def _files(options: argparse.Namespace) -> dict[Path, bytes]:
    """Train and draw: the files to write, and what is in them; rejects what cannot be done."""
    try:
        return _drawn(options)
    except (ValueError, ArithmeticError, MemoryError, OSError, SubprocessError) as error:
        _clear_line()
        options.refuse(str(error))
        raise  # not reached: it says so to the type checker


def _drawn(options: argparse.Namespace) -> dict[Path, bytes]:
    import numpy as np

    from ..plotting import animation_bytes, animation_frames, record_training, require_ffmpeg

    out, kind = options.out, options.out.suffix.lower()[1:]
    if kind == "mp4":
        require_ffmpeg()  # before the training, not after it
    training = record_training(
        _function(options.target),
        options.width,
        np.random.default_rng(options.seed),
        bias=options.bias,
        kernel=options.kernel,
        steps=options.steps,
        learning_rate=options.learning_rate,
        samples=options.samples,
        frames=options.frames,
        progress=_Progress("training", "step"),
    )
    how: Any = {"title": _title(options), "progress": _Progress("drawing", "frame")}
    if kind != "png":
        return {out: animation_bytes(training, kind, **how)}
    frames = enumerate(animation_frames(training, **how), start=1)
    return {out.with_name(f"{out.stem}-{number:03}{out.suffix}"): frame for number, frame in frames}


def _function(text: str) -> Callable[[Array], Array]:
    """The function of the angle that a formula says, in the formulas' language of `check`."""
    from ..course.answers.formula import parse_formula

    formula = parse_formula(text, ["t"], aliases={"theta": "t", "x": "t"})
    if formula.note:
        print(f"the target was {formula.note}", file=sys.stderr)
    return lambda angles: formula({"t": angles})


def _title(options: argparse.Namespace) -> str:
    text = " ".join(options.target.split()).replace("$", r"\$")
    text = text if len(text) <= LONGEST_TITLE else f"{text[: LONGEST_TITLE - 1]}…"
    bias = "with bias" if options.bias else "without bias"
    return f"f(t) = {text},  width {options.width},  {bias}"


def _clear_line() -> None:
    """Take away a line of progress that was being rewritten."""
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)


class _Progress:
    """A line on stderr: rewritten in place on a terminal, else once."""

    def __init__(self, what: str, unit: str) -> None:
        self._what, self._unit, self._last = what, unit, -1.0

    def __call__(self, done: int, total: int) -> None:
        """So much is done."""
        if not sys.stderr.isatty():
            if self._last < 0:
                print(f"{self._what}: {total} {self._unit}s", file=sys.stderr)
            self._last = 0.0
        elif done == total or time.monotonic() > self._last + 0.1:
            end = "\n" if done == total else ""
            line = f"\r{self._what}: {self._unit} {done} of {total}"
            print(line, end=end, file=sys.stderr, flush=True)
            self._last = time.monotonic()
