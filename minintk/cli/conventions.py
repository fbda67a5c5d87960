"""`minintk conventions`: other papers' kernels, eigenvalues and rates."""

from __future__ import annotations

import argparse
from typing import Any


def add_command(commands: Any) -> None:
    """Describe the command and its options."""
    conventions = commands.add_parser(
        "conventions",
        help="how the kernels and eigenvalues of other papers relate to those here",
        description="Show the kernels, eigenvalues and rates of other papers as multiples of those "
        "of minintk.",
    )
    conventions.set_defaults(command=run, refuse=conventions.error)


def run(options: argparse.Namespace) -> int:
    """Carry out the command and return its exit status."""
    from ..course.conventions import conventions_text

    print(conventions_text())
    return 0
