"""`minintk check QUANTITY "FORMULA"`: is a formula right, and if not, what is wrong?"""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

from . import in_words


def add_command(commands: Any) -> None:
    """Describe the command and its options."""
    check = commands.add_parser(
        "check",
        help="check a formula of your own, and learn what is wrong with it",
        description="Check a formula of your own. The answer says what is wrong, and never shows "
        "the right formula. Exit status: 0 the formula is right, 1 it is wrong, 2 it could not be "
        "checked.",
    )
    check.intermixed = True  # options stand anywhere among the arguments
    check.add_argument(
        "quantity",
        nargs="?",
        type=str.strip,
        metavar="QUANTITY",
        help="what the formula is for: --list shows all",
    ).words = _quantities
    check.add_argument(
        "formula", nargs="?", metavar="FORMULA", help='your formula in quotes, such as "1 - t/pi"'
    )
    check.add_argument(
        "--bias",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="for the NTK and its eigenvalues: is the bias trained? (default: yes)",
    )
    check.add_argument(
        "--k",
        metavar="K",
        help="for eigenvalues: a frequency, such as 6; or odd (3, 5, …), even (2, 4, …), 0, 1",
    ).words = _classes_of_k
    check.add_argument(
        "--convention",
        metavar="NAME",
        help="check in another paper's convention, such as basri2019",
    ).words = _conventions
    check.add_argument(
        "--steps",
        type=Path,
        metavar="FILE",
        help="check a derivation: every line of FILE is one formula",
    )
    check.add_argument("--json", action="store_true", help="print the answer as JSON")
    check.add_argument(
        "--reveal", action="store_true", help="also show the right value at one input"
    )
    check.add_argument("--no-hints", action="store_true", help="leave out Hint, Remember and Read")
    check.add_argument(
        "--list",
        action="store_true",
        help="show every quantity, or QUANTITY alone, with its letters, and stop",
    )
    check.set_defaults(command=run, refuse=check.error)


def _quantities() -> list[str]:
    from ..course.questions import QUESTIONS

    return list(QUESTIONS)


def _classes_of_k() -> list[str]:
    from ..course.questions.eigenvalues import K_CLASSES

    return list(K_CLASSES)


def _conventions() -> list[str]:
    from ..course.conventions import CONVENTIONS

    return sorted({row.key for row in CONVENTIONS})


def run(options: argparse.Namespace) -> int:
    """Carry out the command and return its exit status."""
    from ..course.checking import as_json, check, describe

    if options.quantity is None and not options.list:
        options.refuse(
            "QUANTITY and FORMULA must be given (or QUANTITY and --steps FILE, or --list)"
        )
    if options.steps is not None and not options.list:
        return _check_steps(options)
    try:
        if options.list:
            _show_quantities(options.quantity)
            return 0
        if options.formula is None:
            options.refuse(f"QUANTITY and FORMULA must be given; {_letters(options.quantity)}")
        answer = check(
            options.quantity,
            options.formula,
            bias=options.bias,
            k=options.k,
            convention=options.convention,
            reveal=options.reveal,
            hints=not options.no_hints,
        )
    except ValueError as error:
        options.refuse(str(error))
    print(json.dumps(as_json(answer), ensure_ascii=False) if options.json else describe(answer))
    return 0 if answer.verdict == "right" else 1


def _show_quantities(quantity: str | None) -> None:
    from ..course.checking import quantity_table

    for name, entry in quantity_table(quantity).items():
        print(f"{name}: {entry['title']}")
        for variable, meaning in {**entry["variables"], **entry["shorthands"]}.items():
            spelled = ", ".join([variable, *entry["spellings"].get(variable, [])])
            print(f"    {spelled}: {meaning}")
        if entry["names"]:
            print(f"    in front of an equation of --steps: {', '.join(entry['names'])}")


def _letters(quantity: str) -> str:
    """The letters of a quantity in one line."""
    from ..course.checking import quantity_table

    ((name, entry),) = quantity_table(quantity).items()
    letters = {**entry["variables"], **entry["shorthands"]}.items()
    return f"the letters of {name} are {', '.join(f'{n} ({meaning})' for n, meaning in letters)}"


def _check_steps(options: argparse.Namespace) -> int:
    from ..course.answers.source import read_steps
    from ..course.derivation import check_steps, describe_steps

    if options.formula is not None or options.reveal or options.convention is not None:
        options.refuse("--steps FILE goes without FORMULA, --reveal and --convention")
    try:
        steps = read_steps(options.steps)
        answer = check_steps(options.quantity, steps, bias=options.bias, k=options.k)
    except (OSError, ValueError) as error:
        options.refuse(in_words(error))
    shown = json.dumps(dataclasses.asdict(answer), ensure_ascii=False)
    print(shown if options.json else describe_steps(answer))
    return 0 if answer.verdict == "right" else 1
