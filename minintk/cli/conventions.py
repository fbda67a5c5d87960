"""`minintk conventions`: other papers' kernels, eigenvalues and rates."""

from __future__ import annotations

import argparse
from typing import Any


def add_command(commands: Any) -> None:
    """Describe the command and its options."""
    conventions = commands.add_parser(
        "conventions",
        help="other papers' kernels, eigenvalues and rates as multiples of these",
        description="Other papers' kernels, eigenvalues and rates as multiples of these.",
    )
    conventions.set_defaults(command=run, refuse=conventions.error)


def run(options: argparse.Namespace) -> int:
    """Carry out the command and return its exit status."""
    from ..course.conventions import conventions_text

    print(conventions_text())
    return 0
