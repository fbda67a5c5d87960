"""The command line: `minintk reproduce` runs every claim, `minintk bench` times the arcs, `minintk
check`, `grade`, `exercises` and `conventions` are for courses.

Exit status of `reproduce`: 0 done, whatever the verdicts; 1 a claim crashed; 2 the call cannot be
carried out; 130 interrupted by Ctrl-C. Of `check` and `grade`: 0 right, 1 wrong, 2 not carried out.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
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
    status: int = options.command(options)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="minintk", description="How a two-layer ReLU network learns, in NumPy.")
    parser.add_argument("--version", action="version", version=f"minintk {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_reproduce(commands)
    _add_bench(commands)
    _add_check(commands)
    _add_grade(commands)
    _add_exercises(commands)
    _add_conventions(commands)
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


def _add_check(commands: Any) -> None:
    check = commands.add_parser(
        "check",
        help="check a formula of your own, and learn what is wrong with it",
        description="Check a formula of your own. Exit status: 0 right, 1 wrong, 2 unusable.",
    )
    check.add_argument("quantity", nargs="?", metavar="QUANTITY", help="see --list")
    check.add_argument("formula", nargs="?", metavar="FORMULA", help='e.g. "1 - t/pi"')
    check.add_argument(
        "--bias",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="ntk and its eigenvalues: with a trained bias or without (default: with)",
    )
    check.add_argument(
        "--k", choices=("0", "1", "even", "odd"), help="eigenvalues: for which frequencies"
    )
    check.add_argument("--json", action="store_true", help="print the answer as JSON")
    check.add_argument("--reveal", action="store_true", help="show the right value, too")
    check.add_argument("--list", action="store_true", help="name every quantity, then stop")
    check.set_defaults(command=_check, refuse=check.error)


def _check(options: argparse.Namespace) -> int:
    from .course.checking import as_json, check, describe, quantity_table

    if options.list:
        for name, entry in quantity_table().items():
            print(f"{name}: {entry['title']}")
            for variable, meaning in {**entry["variables"], **entry["shorthands"]}.items():
                spelled = ", ".join([variable, *entry["spellings"].get(variable, [])])
                print(f"    {spelled}: {meaning}")
        return 0
    if options.quantity is None or options.formula is None:
        options.refuse("QUANTITY and FORMULA must be given (or --list)")
    try:
        answer = check(
            options.quantity,
            options.formula,
            bias=options.bias,
            k=options.k,
            reveal=options.reveal,
        )
    except ValueError as error:
        options.refuse(str(error))
    print(json.dumps(as_json(answer), ensure_ascii=False) if options.json else describe(answer))
    return 0 if answer.verdict == "right" else 1


def _add_grade(commands: Any) -> None:
    grade = commands.add_parser(
        "grade",
        help="grade a file of functions, and say what is wrong with each",
        description="Grade a file of functions, each in a process of its own. This isolates "
        "accidents and is no sandbox. Exit status: 0 all passed, 1 some failed, 2 not run.",
    )
    grade.add_argument("file", metavar="FILE.py")
    grade.add_argument("--exercise", metavar="NAME,...", help="only these exercises")
    grade.add_argument(
        "--json", metavar="FILE", type=Path, help="write the result as Gradescope reads it"
    )
    grade.set_defaults(command=_grade, refuse=grade.error)


def _grade(options: argparse.Namespace) -> int:
    from .course.grading import grade, gradescope_json, report_text

    try:
        names = options.exercise.split(",") if options.exercise else None
        report = grade(options.file, names)
    except (OSError, ValueError) as error:
        options.refuse(str(error))
    print(report_text(report))
    if options.json is not None:
        text = json.dumps(gradescope_json(report), ensure_ascii=False, indent=1)
        try:
            options.json.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            options.refuse(f"--json: {error}")
    if not report.loaded:
        return 2
    return 0 if report.passed else 1


def _add_exercises(commands: Any) -> None:
    exercises = commands.add_parser(
        "exercises",
        help="list the exercises, show one, or write them to a folder",
        description="List the exercises, show one, or write them to a folder.",
    )
    exercises.add_argument("name", nargs="?", metavar="NAME", help="show this exercise")
    exercises.add_argument("--out", type=Path, metavar="DIR", help="write files to hand out")
    exercises.set_defaults(command=_exercises, refuse=exercises.error)


def _exercises(options: argparse.Namespace) -> int:
    from .course.exercises import EXERCISES, exercise_text, write_exercises

    names = None if options.name is None else [options.name]
    try:
        if options.out is not None:
            for path in write_exercises(options.out, names):
                print(path)
        elif names:
            print(exercise_text(names), end="")
        else:
            for number, exercise in enumerate(EXERCISES.values(), 1):
                first = exercise.statement.splitlines()[0]
                print(f"{number:2} {exercise.name:26}{exercise.points} {first}")
    except (OSError, ValueError) as error:
        options.refuse(str(error))
    return 0


def _add_conventions(commands: Any) -> None:
    conventions = commands.add_parser(
        "conventions",
        help="other papers' kernels, eigenvalues and rates as multiples of these",
        description="Other papers' kernels, eigenvalues and rates as multiples of these.",
    )
    conventions.set_defaults(command=_conventions, refuse=conventions.error)


def _conventions(options: argparse.Namespace) -> int:
    from .course.conventions import conventions_text

    print(conventions_text())
    return 0


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
